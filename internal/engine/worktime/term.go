package worktime

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
)

// Unit is what a term is counted in.
type Unit string

// The units. Hours and working days are counted in office time, the others in days of the calendar.
const (
	WorkingHour   Unit = "working_hour" // 60 office minutes
	WorkingDay    Unit = "working_day"  // one day of office time, 8 hours in the default week
	CalendarDay   Unit = "day"
	CalendarWeek  Unit = "week"
	CalendarMonth Unit = "month"
	SameDay       Unit = "same_day" // "trong ngày làm việc": by the close of the day of receipt; N is 1
)

// office reports whether the unit is counted in office minutes.
func (u Unit) office() bool { return u == WorkingHour || u == WorkingDay || u == SameDay }

// Term is a length of time the law or a rule grants, such as 3 working days.
type Term struct {
	N    int  `json:"n"`
	Unit Unit `json:"unit"`
}

// max returns the largest N of the unit, 0 for an unknown one. The bounds are far above any legal term
// and keep sums inside the calendar.
func (u Unit) max() int {
	switch u {
	case WorkingHour:
		return 20000
	case WorkingDay, CalendarDay:
		return 3650
	case CalendarWeek:
		return 520
	case CalendarMonth:
		return 120
	case SameDay:
		return 1
	}
	return 0
}

// Check returns nil or an Invalid fault: the unit is unknown, or N is not from 1 to the unit's bound.
func (t Term) Check() error {
	if top := t.Unit.max(); t.N < 1 || t.N > top {
		return fault.New(fault.Invalid, "worktime.term.range", "n", t.N, "unit", string(t.Unit), "max", top)
	}
	return nil
}

// Minutes returns the office minutes of the term at dayMinutes a working day, and false for terms
// counted in calendar days, which have no fixed number. The budgets of a process's steps must not sum
// to more.
func (t Term) Minutes(dayMinutes int) (int, bool) {
	switch t.Unit {
	case WorkingHour:
		return t.N * 60, true
	case WorkingDay, SameDay:
		return t.N * dayMinutes, true
	}
	return 0, false
}

// Text returns the term as people say it, in Vietnamese or, for lang "en", in English.
func (t Term) Text(lang string) string {
	if lang == "en" {
		unit := map[Unit]string{WorkingHour: "working hour", WorkingDay: "working day", CalendarDay: "day", CalendarWeek: "week", CalendarMonth: "month"}[t.Unit]
		switch {
		case t.Unit == SameDay:
			return "the same working day"
		case t.N != 1:
			unit += "s"
		}
		return fmt.Sprintf("%d %s", t.N, unit)
	}
	if t.Unit == SameDay {
		return "trong ngày làm việc"
	}
	return fmt.Sprintf("%d %s", t.N, map[Unit]string{WorkingHour: "giờ làm việc", WorkingDay: "ngày làm việc",
		CalendarDay: "ngày", CalendarWeek: "tuần", CalendarMonth: "tháng"}[t.Unit])
}

// EntryKind is what happened to a term.
type EntryKind string

// The kinds of ledger entry, in the order in which they can first occur.
const (
	Receive EntryKind = "receive" // a valid, complete dossier was received; always the first entry
	Pause   EntryKind = "pause"   // the clock stops for Reason
	Resume  EntryKind = "resume"  // Reason has passed; without a Reason, every one has
	Restart EntryKind = "restart" // the term begins anew, as if received now
	Extend  EntryKind = "extend"  // Term is added, with a letter of apology
	Stop    EntryKind = "stop"    // finished, returned, withdrawn or refused; always the last entry
)

// The reasons for a pause that Explain has words for; others are shown as they are.
const (
	Supplement  = "supplement"   // papers to be supplied or corrected
	Payment     = "payment"      // a financial duty to be met
	OtherAgency = "other_agency" // another agency's answer, where the law stops the clock for it
	Held        = "stopped"      // stopped for a while by the office's own decision
)

// Entry is one line of a term's ledger. Entries are in order of time; equal instants keep their order.
type Entry struct {
	Kind   EntryKind `json:"kind"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"` // of Pause and Resume, and for the record of others
	Term   *Term     `json:"term,omitempty"`   // of Extend; of Restart when another term applies
}

// Limits of a ledger.
const (
	MaxEntries     = 1000
	MaxLedgerBytes = 1 << 18
	maxReason      = 100 // bytes
)

// ParseLedger reads entries from a JSON array. It checks form, not order: Compute does that. Errors
// are faults of kind Invalid or TooLarge.
func ParseLedger(data []byte) ([]Entry, error) {
	if len(data) > MaxLedgerBytes {
		return nil, fault.New(fault.TooLarge, "worktime.ledger.size", "max", MaxLedgerBytes)
	}
	var out []Entry
	if err := strict(data, &out); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "worktime.ledger.syntax")
	}
	return out, nil
}

// Rules are the choices a legal regime makes about counting. They are data with dates of effect; a
// dossier keeps the set under which it was received.
type Rules struct {
	Key  string      `json:"key,omitempty"`
	From civil.Date  `json:"from"`         // first day of receipt to which the set applies
	To   *civil.Date `json:"to,omitempty"` // last such day, or nil
	// Source is the decree the set belongs to, for the record.
	Source string `json:"source,omitempty"`
	// SameDayCutoff is the minute of the day after which a dossier of a same-day procedure is
	// answered on the next working day; 900 is 15:00, and 15:00 itself is still in time.
	SameDayCutoff int `json:"same_day_cutoff"`
	// CountReceiptDay makes the day of receipt the first day of a term in days. The Civil Code
	// does not count it (art. 147).
	CountReceiptDay bool `json:"count_receipt_day"`
	// AfterHoursNext deems a dossier that arrives outside office hours received when the office
	// opens next. Without it the day of arrival is the day of receipt, even a Sunday.
	AfterHoursNext bool `json:"after_hours_next"`
	// EndAtClose ends a term in days when the office closes on its last day; without it, at 24:00
	// (Civil Code 2015 art. 148.6).
	EndAtClose bool `json:"end_at_close"`
	// MoveEnd moves an end that falls on a day off to the next working day (art. 148.5).
	MoveEnd bool `json:"move_end"`
	// PauseReasons are the reasons that stop the clock; empty means all do. Pauses for others are
	// recorded and the clock runs on.
	PauseReasons []string `json:"pause_reasons,omitempty"`
	// RestartReasons are the reasons after which the term begins anew instead of running on.
	RestartReasons []string `json:"restart_reasons,omitempty"`
	// MaxExtensions is how often a term may be extended.
	MaxExtensions int `json:"max_extensions"`
	// ExtensionNotice is how many office minutes before the end an extension must be made; a later
	// one counts, and is marked late.
	ExtensionNotice int `json:"extension_notice"`
	// Status says how sure the set is: verified, memory, assumed or unknown; "" is not said.
	Status string `json:"status,omitempty"`
	// Unknown names the fields above, as they are spelt in JSON, whose value no source is at hand
	// for. They are left out of the data; Complete says by what they are counted meanwhile.
	Unknown []string `json:"unknown,omitempty"`
}

// DefaultRules returns the usual counting: receipt day not counted, after-hours receipt moved to the
// next opening, ends at close of office and off days off, every pause counts and the clock runs on
// after it, one extension at least 8 office hours before the end.
func DefaultRules() Rules {
	return Rules{
		Key: "default", From: firstDay(), SameDayCutoff: 15 * 60, AfterHoursNext: true, EndAtClose: true, MoveEnd: true,
		MaxExtensions: 1, ExtensionNotice: 480,
	}
}

// ParseRules reads rule sets from a JSON array. A name left out of a set has the value false or 0, not
// that of DefaultRules. Errors are faults of kind Invalid or TooLarge.
func ParseRules(data []byte) ([]Rules, error) {
	if len(data) > MaxLedgerBytes {
		return nil, fault.New(fault.TooLarge, "worktime.rules.size", "max", MaxLedgerBytes)
	}
	var out []Rules
	if err := strict(data, &out); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "worktime.rules.syntax")
	}
	for i := range out {
		if err := out[i].Check(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Check returns nil or an Invalid fault that names the fields out of range.
func (r *Rules) Check() error {
	var f []fault.Field
	if r.SameDayCutoff < 0 || r.SameDayCutoff > minutesPerDay {
		f = append(f, fault.Field{Path: "/same_day_cutoff", Key: "worktime.rules.cutoff"})
	}
	if r.MaxExtensions < 0 || r.MaxExtensions > MaxEntries || r.ExtensionNotice < 0 || r.ExtensionNotice > 100000 {
		f = append(f, fault.Field{Path: "/max_extensions", Key: "worktime.rules.extensions"})
	}
	if r.To != nil && *r.To < r.From {
		f = append(f, fault.Field{Path: "/to", Key: "worktime.rules.dates"})
	}
	if len(r.PauseReasons) > 50 || len(r.RestartReasons) > 50 {
		f = append(f, fault.Field{Path: "/pause_reasons", Key: "worktime.rules.reasons"})
	}
	for _, name := range r.Unknown {
		if !slices.Contains(ruleNames(), name) {
			f = append(f, fault.Field{Path: "/unknown", Key: "worktime.rules.unknown", Args: fault.Args("name", name)})
		}
	}
	if len(f) == 0 {
		return nil
	}
	return fault.Input("worktime.rules.invalid", f...)
}

// RulesOn returns the set in force for a dossier received on d: of those whose dates hold it, the one
// that began last. The error is a NotFound fault.
func RulesOn(sets []Rules, d civil.Date) (Rules, error) {
	best := -1
	for i := range sets {
		s := &sets[i]
		if s.From <= d && (s.To == nil || d <= *s.To) && (best < 0 || s.From >= sets[best].From) {
			best = i
		}
	}
	if best < 0 {
		return Rules{}, fault.New(fault.NotFound, "worktime.rules.none", "date", d.String())
	}
	return sets[best], nil
}

func (r *Rules) pauses(reason string) bool {
	return len(r.PauseReasons) == 0 || names(r.PauseReasons, reason)
}

func (r *Rules) restarts(reason string) bool { return names(r.RestartReasons, reason) }

// names tells whether the list holds the reason, with its stage or for every stage.
func names(list []string, reason string) bool {
	return slices.Contains(list, reason) || slices.Contains(list, plainReason(reason))
}

// AtStage returns the reason as it stands in a ledger when it arose at a stage of the process, such as
// "supplement@specialist". A rule set may name it with or without the stage: papers asked for at the
// examination may begin the term anew where those asked for at the counter do not.
func AtStage(reason, stage string) string {
	if stage == "" {
		return reason
	}
	return reason + "@" + stage
}

// plainReason returns the reason without its stage.
func plainReason(reason string) string {
	plain, _, _ := strings.Cut(reason, "@")
	return plain
}

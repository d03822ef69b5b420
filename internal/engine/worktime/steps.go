package worktime

import (
	"time"

	"lienthong/internal/kit/civil"
)

// StepKind says what a step of the account is.
type StepKind string

// The kinds of step.
const (
	StepReceived     StepKind = "received"      // at At, under Term
	StepRestarted    StepKind = "restarted"     // the term began anew at At, under Term
	StepMoved        StepKind = "moved"         // arrived outside office hours; counts as received at At
	StepCutoff       StepKind = "cutoff"        // after the hour of same-day procedures; counted from At
	StepReceiptDay   StepKind = "receipt_day"   // Date, the day of receipt, is not counted
	StepStarted      StepKind = "started"       // the clock runs from At
	StepCounted      StepKind = "counted"       // Date to To counted: Minutes of office time, or Days
	StepSkipped      StepKind = "skipped"       // Date to To not counted, because of Day and Name
	StepPaused       StepKind = "paused"        // the clock stopped at At for Reason
	StepPausedAlso   StepKind = "paused_also"   // a further Reason while it stood still
	StepPauseIgnored StepKind = "pause_ignored" // Reason does not stop the clock under the rules
	StepStillPaused  StepKind = "still_paused"  // Reason has passed, another has not
	StepResumed      StepKind = "resumed"       // runs again from At; Minutes or Days since Date were not counted
	StepExtended     StepKind = "extended"      // by Term at At, the end then being To; Late: after the time for it
	StepEndMoved     StepKind = "end_moved"     // the last day Date is off because of Day and Name; ends on To
	StepDue          StepKind = "due"           // the term ends at At
	StepStopped      StepKind = "stopped"       // finished at At, Minutes of office time before the end or, if Late, after it
	stepWalk         StepKind = "walk"          // inside only: a run to be told day by day
)

// Step is one line of the account of a due date: enough to write it in any language without asking
// the calendar again. Date and To are always set; for an instant both are its day.
type Step struct {
	Kind    StepKind    `json:"kind"`
	At      time.Time   `json:"at,omitzero"`
	Date    civil.Date  `json:"date"`
	To      civil.Date  `json:"to"`
	Day     Kind        `json:"day,omitempty"`
	Late    bool        `json:"late,omitempty"`
	Name    string      `json:"name,omitempty"`
	NameEN  string      `json:"name_en,omitempty"`
	Source  string      `json:"source,omitempty"` // the clause or notice behind it
	Swap    *civil.Date `json:"swap,omitempty"`
	Reason  string      `json:"reason,omitempty"`
	Minutes int         `json:"minutes,omitempty"`
	Days    int         `json:"days,omitempty"` // days of the calendar in Date to To, or not counted
	Term    *Term       `json:"term,omitempty"`
}

// The clauses the counting itself rests on.
const (
	sourceReceiptDay = "Bộ luật Dân sự 2015, Điều 147"
	sourceEndMoved   = "Bộ luật Dân sự 2015, Điều 148 khoản 5"
)

// trace is what compute notes about an event; steps turns it into a Step once the end is known.
type trace struct {
	kind   StepKind
	at, to minute
	base   civil.Date
	entry  int
	late   bool
	term   *Term // in force at the event
}

func (k *tally) trace(m trace) {
	if !k.explain {
		return
	}
	if m.term = &k.first; k.again != nil {
		m.term = k.again
	}
	k.marks = append(k.marks, m)
}

// account collects steps.
type account struct {
	k     *tally
	steps []Step
	told  bool // the due date has been told
}

// steps writes the account. end is the end of the term, due the instant shown for it.
func (k *tally) steps(end, due minute, known bool) []Step {
	days := 0
	for _, m := range k.marks {
		if m.kind == stepWalk {
			days += int(m.to-m.at) / minutesPerDay
		}
	}
	if k.state == Running {
		days += int(max(end-k.told.from, 0)) / minutesPerDay
	}
	a := &account{k: k, steps: make([]Step, 0, len(k.marks)+4+min(days, 4000)*2/5)}
	for i := range k.marks {
		m := &k.marks[i]
		if m.kind != stepWalk {
			a.event(m, due)
			continue
		}
		switch {
		case i < k.epoch || !known:
			a.walk(*m.term, m.at, m.to, m.base)
		case a.told: // past the end nothing is counted
		case m.to >= end || k.final && i == len(k.marks)-2:
			a.end(m.at, end, due, m.base)
		default:
			a.walk(*m.term, m.at, m.to, m.base)
		}
	}
	if k.state == Running && !a.told {
		a.end(k.told.from, end, due, k.told.base)
	}
	return a.steps
}

func (a *account) add(s Step) { a.steps = append(a.steps, s) }

// end tells the run in which the term ends, and the due date.
func (a *account) end(from, end, due minute, base civil.Date) {
	a.told = true
	k := a.k
	day := dateOf(due - 1)
	if k.term.Unit.office() {
		a.walk(k.term, from, end, base)
	} else {
		last, _, _ := k.dayEnd()
		a.walk(k.term, from, minute(last)*minutesPerDay, base)
		if last != day {
			s := a.dayStep(last)
			s.Kind, s.To, s.Source = StepEndMoved, day, sourceEndMoved
			a.add(s)
		}
	}
	a.add(Step{Kind: StepDue, At: instant(due), Date: day, To: day})
}

// event tells one event.
func (a *account) event(m *trace, due minute) {
	k := a.k
	d := dateOf(m.at)
	s := Step{Kind: m.kind, At: instant(m.at), Date: d, To: d}
	e := &k.ledger[m.entry]
	switch m.kind {
	case StepReceived, StepRestarted:
		s.Term, s.Reason = m.term, e.Reason
	case StepReceiptDay:
		s.At, s.Source = time.Time{}, sourceReceiptDay
	case StepPaused, StepPausedAlso, StepPauseIgnored, StepStillPaused:
		s.Reason = e.Reason
	case StepResumed:
		s.Reason, s.Date = e.Reason, dateOf(m.to)
		if m.term.Unit.office() {
			s.Minutes = k.c.between(m.to, max(m.at, m.to))
		} else {
			s.Days = int(max(s.To-s.Date, 0))
		}
	case StepExtended:
		s.Term, s.Late, s.To, s.Reason = e.Term, m.late, dateOf(m.to-1), e.Reason
	case StepStopped:
		s.Reason = e.Reason
		if due > 0 {
			s.Late = m.at > due
			s.Minutes = max(k.c.between(m.at, due), k.c.between(due, m.at))
		}
	}
	a.add(s)
}

// walk tells the days of a run: which were counted, which not and why.
func (a *account) walk(t Term, from, to minute, base civil.Date) {
	if !t.Unit.office() {
		if d := dateOf(to); d > base {
			a.add(Step{Kind: StepCounted, Date: base + 1, To: d, Days: int(d - base)})
		}
		return
	}
	if to <= from {
		return
	}
	c := a.k.c
	first, last := dateOf(from), dateOf(to-1)
	y, i := c.at(first)
	var s *Step // the step that the next day may prolong
	for d := first; d <= last; d++ {
		if i == y.n {
			y, i = c.year(y.first.Year()+1), 0
		}
		p, m, kind := &y.patterns[y.day[i]], y.marks[i], y.kind(i)
		i++
		n := int(p.total)
		if d == first || d == last {
			n = p.before(int(min(to-minute(d)*minutesPerDay, minutesPerDay))) - p.before(int(max(from-minute(d)*minutesPerDay, 0)))
		}
		what := StepCounted
		if p.total == 0 {
			what = StepSkipped
		} else if n == 0 {
			continue // before the office opened or after it closed
		}
		if s != nil && s.Kind == what && s.Day == kind && s.To == d-1 && (m == nil && s.Name == "" || m != nil && s.Name == m.name && s.Swap == m.swap) {
			s.To, s.Minutes, s.Days = d, s.Minutes+n, s.Days+1
			continue
		}
		a.add(Step{Kind: what, Date: d, To: d, Day: kind, Minutes: n, Days: 1})
		s = &a.steps[len(a.steps)-1]
		if m != nil {
			s.Name, s.NameEN, s.Source, s.Swap = m.name, m.nameEN, m.source, m.swap
		}
	}
}

// dayStep returns a step that says what the day is.
func (a *account) dayStep(d civil.Date) Step {
	info := a.k.c.Day(d)
	return Step{Date: d, To: d, Day: info.Kind, Name: info.Name, NameEN: info.NameEN, Source: info.Source, Swap: info.Swap}
}

package worktime

import (
	"slices"
	"time"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
)

// State is where a term stands.
type State string

// The states of a term.
const (
	NotStarted State = "notstarted" // the ledger is empty
	Running    State = "running"
	Paused     State = "paused"
	Stopped    State = "stopped"
)

// Result is what a ledger amounts to.
type Result struct {
	State State  `json:"state"`
	Term  Term   `json:"term"`            // the term now counted, without extensions
	Rules string `json:"rules,omitempty"` // key of the rule set
	// Received is when the dossier counts as received, Started when the clock first ran after it.
	Received time.Time `json:"received,omitzero"`
	Started  time.Time `json:"started,omitzero"`
	// Due is when the term ends. While the clock is paused it is unknown and zero, unless the term
	// had ended before the pause. For a term stopped during a pause it is the end there would have
	// been, had the clock resumed at that moment.
	Due time.Time `json:"due,omitzero"`
	// Budget is the whole term with extensions and Used what had run by the last entry: office
	// minutes for terms in working hours, working days or the same day, days for the others.
	Budget int `json:"budget"`
	Used   int `json:"used"`
	// DayMinutes is the office minutes of a full working day when the dossier was received.
	DayMinutes int `json:"day_minutes,omitempty"`
	// Late tells, for a stopped term, that it stopped after Due; LateMinutes is the office time
	// between the two, which is 0 when it stopped in the evening of the last day.
	Late        bool `json:"late,omitempty"`
	LateMinutes int  `json:"late_minutes,omitempty"`
	Extensions  int  `json:"extensions,omitempty"`
	// Waiting are the reasons of the pauses that stop the clock now.
	Waiting []string `json:"waiting,omitempty"`
	Steps   []Step   `json:"steps,omitempty"`
}

// run is a stretch in which the clock runs; to is -1 while it does. base is the day before the first
// counted one, for terms counted in days of the calendar; worked is the office minutes of a closed run,
// for the others.
type run struct {
	from, to minute
	worked   int
	base     civil.Date
}

type openPause struct {
	reason string
	counts bool // stops the clock
}

// tally is the state of one computation.
type tally struct {
	c      *Calendar
	r      *Rules
	ledger []Entry
	term   Term
	first  Term  // the term asked for
	again  *Term // the term of the last restart that brought its own
	state  State

	received, start minute
	budget          int // office minutes, or days from base to the last day
	runs            []run
	pauses          []openPause
	restart         bool // a pause that ends in a restart is open, or was since the clock stopped
	extensions      int
	stopAt          minute
	final           bool // stopped while running, so the last run leads on to the end

	explain bool
	marks   []trace
	epoch   int // index in marks of the last receipt or restart
	told    run // the part of the open run not yet noted in marks

	runBuf   [12]run
	pauseBuf [4]openPause
}

// Compute counts the term t under the rules r over the ledger and explains every day. An empty ledger
// is a term not started. Errors are Invalid faults: the term or rules are out of range, or an entry
// cannot follow the ones before it (Args "entry" is its index, from 0).
func Compute(c *Calendar, t Term, r Rules, ledger []Entry) (Result, error) {
	return compute(c, t, &r, ledger, true)
}

// Due is Compute without the Steps, for counting many dossiers at once.
func Due(c *Calendar, t Term, r Rules, ledger []Entry) (Result, error) {
	return compute(c, t, &r, ledger, false)
}

func compute(c *Calendar, t Term, r *Rules, ledger []Entry, explain bool) (Result, error) {
	if err := t.Check(); err != nil {
		return Result{}, err
	}
	if err := r.Check(); err != nil {
		return Result{}, err
	}
	if len(ledger) == 0 {
		return Result{State: NotStarted, Term: t, Rules: r.Key}, nil
	}
	if len(ledger) > MaxEntries {
		return Result{}, fault.New(fault.TooLarge, "worktime.ledger.entries", "max", MaxEntries)
	}
	k := &tally{c: c, r: r, ledger: ledger, term: t, first: t, state: NotStarted, explain: explain}
	k.runs, k.pauses = k.runBuf[:0], k.pauseBuf[:0]
	if explain {
		k.marks = make([]trace, 0, 2*len(ledger)+6)
	}
	for i := range ledger {
		if err := k.entry(i); err != nil {
			return Result{}, err
		}
	}
	return k.result()
}

func (k *tally) bad(i int, key string) error {
	return fault.New(fault.Invalid, key, "entry", i, "kind", string(k.ledger[i].Kind))
}

// entry applies entry i of the ledger.
func (k *tally) entry(i int) error {
	e := &k.ledger[i]
	if i > 0 && e.At.Before(k.ledger[i-1].At) {
		return k.bad(i, "worktime.ledger.time")
	}
	at := minuteOf(e.At)
	if at <= firstMinute() || at >= lastMinute() {
		return k.bad(i, "worktime.ledger.range")
	}
	if len(e.Reason) > maxReason {
		return k.bad(i, "worktime.ledger.reason")
	}
	if (i == 0) != (e.Kind == Receive) {
		return k.bad(i, "worktime.ledger.receive")
	}
	if k.state == Stopped {
		return k.bad(i, "worktime.ledger.stopped")
	}
	switch e.Kind {
	case Receive:
		return k.begin(i, at)
	case Restart:
		return k.restartAt(i, at)
	case Pause:
		return k.pause(i, at)
	case Resume:
		return k.resume(i, at)
	case Extend:
		return k.extend(i, at)
	case Stop:
		k.stop(i, at)
		return nil
	}
	return k.bad(i, "worktime.ledger.kind")
}

// begin starts the term at a receipt or restart.
func (k *tally) begin(i int, at minute) error {
	kind := StepRestarted
	if k.ledger[i].Kind == Receive {
		kind = StepReceived
	}
	k.epoch = len(k.marks)
	k.trace(trace{kind: kind, at: at, entry: i})
	k.received = at
	if k.r.AfterHoursNext {
		o, ok := k.c.opening(at)
		if !ok {
			return k.bad(i, "worktime.horizon")
		}
		if o != at {
			k.received = o
			k.trace(trace{kind: StepMoved, at: o})
		}
	}
	day := dateOf(k.received)
	base := day
	k.start = k.received
	ok := true
	switch {
	case !k.term.Unit.office():
		if k.r.CountReceiptDay {
			base--
		} else {
			k.trace(trace{kind: StepReceiptDay, at: k.received})
		}
		last := base + span(day, k.term)
		ok = last < lastDay()
		k.budget = int(last - base)
	case k.term.Unit == WorkingDay && !k.r.CountReceiptDay:
		k.trace(trace{kind: StepReceiptDay, at: k.received})
		k.start, ok = k.c.opening(minute(day+1) * minutesPerDay)
	case k.term.Unit == SameDay && int(k.received-minute(day)*minutesPerDay) > k.r.SameDayCutoff:
		k.start, ok = k.c.opening(minute(day+1) * minutesPerDay)
		k.trace(trace{kind: StepCutoff, at: k.start})
	default:
		k.start, ok = k.c.opening(k.received)
	}
	if ok && k.term.Unit.office() {
		var end minute
		switch k.term.Unit {
		case WorkingHour:
			end, ok = k.c.add(k.start, k.term.N*60)
		case WorkingDay:
			end, ok = k.c.closeAfter(dateOf(k.start), k.term.N)
		case SameDay:
			end = k.c.closing(dateOf(k.start))
		}
		k.budget = k.c.between(k.start, end)
	}
	if !ok {
		return k.bad(i, "worktime.horizon")
	}
	if next := day + 1; k.term.Unit.office() && dateOf(k.start) > next {
		// The days off between the receipt and the first day that counts have their rules too.
		k.trace(trace{kind: stepWalk, at: minute(next) * minutesPerDay, to: minute(dateOf(k.start)) * minutesPerDay})
	}
	k.trace(trace{kind: StepStarted, at: k.start})
	k.told = run{from: k.start, to: -1, base: base}
	k.runs = append(k.runs[:0], k.told)
	k.restart = false
	k.state = Running
	return nil
}

// span returns the days from d to the end of a term counted in days of the calendar.
func span(d civil.Date, t Term) civil.Date {
	switch t.Unit {
	case CalendarWeek:
		return civil.Date(7 * t.N)
	case CalendarMonth:
		return d.AddMonths(t.N) - d
	}
	return civil.Date(t.N)
}

func (k *tally) pause(i int, at minute) error {
	e := &k.ledger[i]
	for _, p := range k.pauses {
		if p.reason == e.Reason {
			return k.bad(i, "worktime.ledger.paused")
		}
	}
	counts := k.r.pauses(e.Reason)
	k.pauses = append(k.pauses, openPause{e.Reason, counts})
	switch {
	case !counts:
		k.tellUntil(at)
		k.trace(trace{kind: StepPauseIgnored, at: at, entry: i})
	case k.state == Paused:
		k.trace(trace{kind: StepPausedAlso, at: at, entry: i})
	default:
		k.closeRun(at)
		k.trace(trace{kind: StepPaused, at: at, entry: i})
		k.state = Paused
	}
	return nil
}

// closeRun ends the open run at the given minute.
func (k *tally) closeRun(at minute) {
	r := &k.runs[len(k.runs)-1]
	r.to = max(at, r.from)
	if k.term.Unit.office() {
		r.worked = k.c.between(r.from, r.to)
	}
	k.trace(trace{kind: stepWalk, at: k.told.from, to: max(r.to, k.told.from), base: k.told.base})
}

// tellUntil notes the open run up to the minute, so that an event in the middle of it is told in its
// place.
func (k *tally) tellUntil(at minute) {
	if !k.explain || k.state != Running || at <= k.told.from {
		return
	}
	if !k.term.Unit.office() {
		if last, _, _ := k.dayEnd(); dateOf(at) > last {
			return
		}
	}
	k.trace(trace{kind: stepWalk, at: k.told.from, to: at, base: k.told.base})
	k.told.from, k.told.base = at, max(dateOf(at), k.told.base)
}

func (k *tally) resume(i int, at minute) error {
	e := &k.ledger[i]
	kept := k.pauses[:0]
	found := false
	for _, p := range k.pauses {
		if e.Reason != "" && p.reason != e.Reason {
			kept = append(kept, p)
			continue
		}
		found = true
		k.restart = k.restart || p.counts && k.r.restarts(p.reason)
	}
	k.pauses = kept
	if !found {
		return k.bad(i, "worktime.ledger.resume")
	}
	if k.state != Paused {
		return nil // only a pause that never stopped the clock has ended
	}
	if slices.ContainsFunc(k.pauses, func(p openPause) bool { return p.counts }) {
		k.trace(trace{kind: StepStillPaused, at: at, entry: i})
		return nil
	}
	if k.restart {
		// A term that had ended before the pause stays late; only a live one begins anew.
		if _, over := k.ended(); !over {
			return k.begin(i, at)
		}
	}
	k.restart = false
	since := k.runs[len(k.runs)-1].to
	k.trace(trace{kind: StepResumed, at: at, to: since, entry: i})
	from := max(k.start, at)
	k.told = run{from: from, to: -1, base: k.dayFrom(from)}
	k.runs = append(k.runs, k.told)
	k.state = Running
	return nil
}

func (k *tally) restartAt(i int, at minute) error {
	if k.state == Running {
		k.closeRun(at)
	}
	if t := k.ledger[i].Term; t != nil {
		if err := t.Check(); err != nil {
			return err
		}
		k.term, k.again = *t, t
	}
	k.pauses = k.pauses[:0]
	return k.begin(i, at)
}

// ended returns the end of the term as far as the runs tell: known is false while the clock is paused
// before the end.
func (k *tally) ended() (end minute, known bool) {
	if !k.term.Unit.office() {
		last, _, known := k.dayEnd()
		return k.endOf(last), known
	}
	left := k.budget
	for _, r := range k.runs {
		if r.to < 0 {
			return k.c.add(r.from, left)
		}
		if r.worked >= left {
			return k.c.add(r.from, left)
		}
		left -= r.worked
	}
	return 0, false
}

// dayEnd is ended for a term counted in days: its last day, not yet moved off days off. The days of a
// term may be over while its end is still to come, because the last day was a day off; days that run
// then are grace, and a pause does not take them away.
func (k *tally) dayEnd() (last civil.Date, grace int, known bool) {
	left := k.budget
	for _, r := range k.runs {
		last = r.base + civil.Date(left)
		if r.to < 0 || r.to >= k.endOf(last) {
			return last, grace, true
		}
		left -= r.days()
		if left < 0 {
			left, grace = 0, grace-left
		}
	}
	return 0, grace, false
}

// days returns the days a closed run has used of a term counted in days.
func (r run) days() int { return int(max(dateOf(r.to)-r.base, 0)) }

// dayFrom returns the day a term in days is counted on from when it resumes: that day itself, or the
// next when nothing is left of the term and the office has closed, for it would be late at once.
func (k *tally) dayFrom(at minute) civil.Date {
	d := dateOf(at)
	if !k.term.Unit.office() && k.left() == 0 && k.endOf(d) <= at {
		d++
	}
	return d
}

// used returns what the closed runs have used.
func (k *tally) used() int {
	n := 0
	for _, r := range k.runs {
		switch {
		case r.to < 0:
		case k.term.Unit.office():
			n += r.worked
		default:
			n += r.days()
		}
	}
	return n
}

// left returns what remains of the budget after all closed runs.
func (k *tally) left() int { return max(k.budget-k.used(), 0) }

// endOf returns the end of a term counted in days whose last day is d.
func (k *tally) endOf(d civil.Date) minute {
	d = min(d, lastDay())
	if k.r.MoveEnd {
		d, _ = k.c.workingDay(d)
	}
	if k.r.EndAtClose {
		return k.c.closing(d)
	}
	return minute(d+1) * minutesPerDay
}

// shown turns the end of a term in working days into the instant the rules name: close of office as
// computed, or 24:00 of that day.
func (k *tally) shown(end minute) minute {
	if k.r.EndAtClose || k.term.Unit != WorkingDay && k.term.Unit != SameDay {
		return end
	}
	if d := dateOf(end); end == k.c.closing(d) {
		return minute(d+1) * minutesPerDay
	}
	return end
}

func (k *tally) stop(i int, at minute) {
	if k.state == Running {
		k.closeRun(at)
		k.final = true
	}
	k.stopAt = at
	k.state = Stopped
	k.trace(trace{kind: StepStopped, at: at, entry: i})
}

// result sums up after the last entry.
func (k *tally) result() (Result, error) {
	res := Result{
		State: k.state, Term: k.term, Rules: k.r.Key, Extensions: k.extensions, Budget: k.budget,
		Used: k.used(), Received: instant(k.received), Started: instant(k.start),
		DayMinutes: total(k.c.weekAt(dateOf(k.received)).longest()),
	}
	if !k.term.Unit.office() {
		_, grace, _ := k.dayEnd()
		res.Budget += grace
	}
	end, known := k.ended()
	if k.state == Stopped && !known {
		end, known = k.resumedAt(k.stopAt)
	}
	if k.state == Running {
		if !known || end >= lastMinute() {
			return Result{}, fault.New(fault.Invalid, "worktime.horizon", "entry", len(k.ledger)-1)
		}
	}
	var due minute
	if known {
		due = k.shown(end)
		res.Due = instant(due)
	}
	if k.state == Stopped && k.stopAt > due {
		res.Late, res.LateMinutes = true, k.c.between(due, k.stopAt)
	}
	if k.state == Paused {
		for _, p := range k.pauses {
			if p.counts {
				res.Waiting = append(res.Waiting, p.reason)
			}
		}
	}
	if k.explain {
		res.Steps = k.steps(end, due, known)
	}
	return res, nil
}

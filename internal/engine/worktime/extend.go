package worktime

import (
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
)

// extend adds the entry's term to the end as it stands at that moment; during a pause, to the end
// there would be if the clock resumed then.
func (k *tally) extend(i int, at minute) error {
	t := k.ledger[i].Term
	if t == nil || t.Unit == SameDay {
		return k.bad(i, "worktime.ledger.extension")
	}
	if err := t.Check(); err != nil {
		return err
	}
	if k.extensions >= k.r.MaxExtensions {
		return fault.New(fault.Invalid, "worktime.extension.limit", "entry", i, "max", k.r.MaxExtensions)
	}
	k.extensions++
	end, known := k.ended()
	if !known {
		if end, known = k.resumedAt(at); !known {
			return k.bad(i, "worktime.horizon")
		}
	}
	k.tellUntil(at)
	var longer minute
	var ok bool
	if k.term.Unit.office() {
		longer, ok = k.longer(end, *t)
		k.budget += k.c.between(end, longer)
	} else {
		last, grace, known := k.dayEnd()
		if !known {
			last = k.dayFrom(max(at, k.start)) + civil.Date(k.left())
		}
		// The added days follow the day the applicant was told, which may lie after the last
		// day of the term.
		var longerDay civil.Date
		longerDay, ok = k.longerDay(dateOf(end-1), *t)
		k.budget += int(longerDay-last) + grace
		longer = k.endOf(longerDay)
	}
	if !ok {
		return k.bad(i, "worktime.horizon")
	}
	k.trace(trace{kind: StepExtended, at: at, to: k.shown(longer), entry: i, late: k.c.between(at, end) < k.r.ExtensionNotice})
	return nil
}

// resumedAt returns the end there would be if a paused clock resumed at the minute.
func (k *tally) resumedAt(at minute) (minute, bool) {
	if k.term.Unit.office() {
		return k.c.add(max(at, k.start), k.left())
	}
	return k.endOf(k.dayFrom(max(at, k.start)) + civil.Date(k.left())), true
}

// longer returns the end of a term in office time moved on by t. Calendar days are counted from the
// day after the old end and end with a working day.
func (k *tally) longer(end minute, t Term) (minute, bool) {
	switch t.Unit {
	case WorkingHour:
		return k.c.add(end, t.N*60)
	case WorkingDay:
		return k.c.addDays(end, t.N)
	}
	d := dateOf(end-1) + span(dateOf(end-1), t)
	if d >= lastDay() {
		return end, false
	}
	d, ok := k.c.workingDay(d)
	return k.c.closing(d), ok
}

// longerDay returns the last day of a term in days that ended on d, moved on by t.
func (k *tally) longerDay(d civil.Date, t Term) (civil.Date, bool) {
	var m minute
	var ok bool
	switch t.Unit {
	case WorkingHour:
		m, ok = k.c.add(k.c.closing(d), t.N*60)
		return dateOf(m), ok
	case WorkingDay:
		m, ok = k.c.closeAfter(min(d+1, lastDay()), t.N)
		return dateOf(m), ok
	}
	d += span(d, t)
	return d, d < lastDay()
}

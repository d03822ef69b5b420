package worktime

import "time"

// StepDue returns when a step of a process that was opened at from and may take budget office minutes
// is due: the first minute by which they have run, not counting the time in which the term's clock
// stood. standing is true, and the instant zero, while the clock stands and the step was not due
// before: how long that lasts nobody knows. A budget that is not positive gives the zero instant.
// Pauses for reasons that do not stop the clock under the rules are as if they were not there; a
// ledger that cannot be read that far is read as far as it makes sense.
func (c *Calendar) StepDue(from time.Time, budget int, r Rules, ledger []Entry) (due time.Time, standing bool) {
	if budget <= 0 {
		return time.Time{}, false
	}
	at, left := minuteOf(from), budget
	open, since := 0, minute(0)
	run := func(to minute) bool { // the clock runs until to; true when the budget ends before
		n := c.between(at, max(to, at))
		if n >= left {
			return true
		}
		left -= n
		return false
	}
	for i := range ledger {
		e := &ledger[i]
		m := minuteOf(e.At)
		was := open
		switch e.Kind {
		case Pause:
			if r.pauses(e.Reason) {
				open++
			}
		case Resume, Restart:
			open = 0
			for _, reason := range Waiting(ledger[:i+1]) {
				if r.pauses(reason) {
					open++
				}
			}
		}
		switch {
		case was == 0 && open > 0:
			if m > at && run(m) {
				end, _ := c.add(at, left)
				return instant(end), false
			}
			since = m
		case was > 0 && open == 0:
			at = max(at, m, since)
		}
	}
	if open > 0 {
		return time.Time{}, true
	}
	end, _ := c.add(at, left)
	return instant(end), false
}

// Before returns the last minute at which n office minutes or more remain until due: when a warning n
// minutes ahead is to be given. A due date that is zero, or n that is not positive, gives due itself.
func (c *Calendar) Before(due time.Time, n int) time.Time {
	if due.IsZero() || n <= 0 {
		return due
	}
	end := minuteOf(due)
	lo, hi := max(firstMinute(), end-minute(n)*12-14*minutesPerDay), end
	for c.between(lo, end) < n && lo > firstMinute() {
		lo = max(firstMinute(), lo-60*minutesPerDay)
	}
	for lo < hi { // the largest minute from which n still lie ahead
		mid := lo + (hi-lo+1)/2
		if c.between(mid, end) >= n {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return instant(lo)
}

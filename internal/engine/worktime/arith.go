package worktime

import (
	"sort"
	"time"

	"lienthong/internal/kit/civil"
)

// An instant is counted in whole minutes of Vietnamese time since 1970-01-01T00:00+07, type minute
// below; seconds are cut off, so that counting is exact and adds up.
type minute = int64

const zoneSeconds = 7 * 3600

func firstMinute() minute { return minute(firstDay()) * minutesPerDay }
func lastMinute() minute  { return minute(lastDay()+1) * minutesPerDay }

// minuteOf returns the minute that holds t, brought into the calendar's range.
func minuteOf(t time.Time) minute {
	s := t.Unix()
	if s <= firstMinute()*60-zoneSeconds {
		return firstMinute()
	}
	if s >= lastMinute()*60-zoneSeconds {
		return lastMinute()
	}
	return floorDiv(s+zoneSeconds, 60)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func instant(m minute) time.Time { return time.Unix(m*60-zoneSeconds, 0).In(civil.Zone()) }

// dateOf returns the day of m; the end of the range belongs to the last day.
func dateOf(m minute) civil.Date {
	return min(civil.Date(floorDiv(m, minutesPerDay)), lastDay())
}

// before returns the office minutes of the day before its minute m.
func (p *pattern) before(m int) int {
	n := 0
	for _, s := range p.spans {
		if m <= s.From {
			break
		}
		n += min(m, s.To) - s.From
	}
	return n
}

// end returns the first minute of the day by which n of its office minutes have passed, n >= 1.
func (p *pattern) end(n int) int {
	for _, s := range p.spans {
		if n <= s.To-s.From {
			return s.From + n
		}
		n -= s.To - s.From
	}
	return minutesPerDay
}

// start returns the minute at which office minute n of the day begins, counted from 0.
func (p *pattern) start(n int) int {
	for _, s := range p.spans {
		if n < s.To-s.From {
			return s.From + n
		}
		n -= s.To - s.From
	}
	return minutesPerDay
}

// position returns where m stands: its year's table, day, and office minutes since the year began.
func (c *Calendar) position(m minute) (t *year, i, worked int) {
	d := dateOf(m)
	t, i = c.at(d)
	return t, i, int(t.worked[i]) + t.patterns[t.day[i]].before(int(m-minute(d)*minutesPerDay))
}

// between returns the office minutes from a to b, negative when b is earlier.
func (c *Calendar) between(a, b minute) int {
	if b < a {
		return -c.between(b, a)
	}
	ta, _, wa := c.position(a)
	tb, _, wb := c.position(b)
	n := wb - wa
	for y := ta.first.Year(); ta != tb; y++ {
		n += int(ta.worked[ta.n])
		ta = c.year(y + 1)
	}
	return n
}

// add returns the first minute by which n office minutes have passed since m, or m when n is not
// positive; false when the calendar ends before.
func (c *Calendar) add(m minute, n int) (minute, bool) {
	if n <= 0 {
		return m, true
	}
	t, i, w := c.position(m)
	target := w + n
	for target > int(t.worked[t.n]) {
		y := t.first.Year() + 1
		if y > LastYear {
			return lastMinute(), false
		}
		target -= int(t.worked[t.n])
		t, i = c.year(y), 0
	}
	j := i + sort.Search(t.n-i, func(j int) bool { return int(t.worked[i+j+1]) >= target })
	return minute(t.first+civil.Date(j))*minutesPerDay + minute(t.patterns[t.day[j]].end(target-int(t.worked[j]))), true
}

// sub returns the last minute from which n office minutes pass until m, or m when n is not positive.
func (c *Calendar) sub(m minute, n int) minute {
	if n <= 0 {
		return m
	}
	t, _, w := c.position(m)
	target := w - n
	for target < 0 {
		y := t.first.Year() - 1
		if y < FirstYear {
			return firstMinute()
		}
		t = c.year(y)
		target += int(t.worked[t.n])
	}
	out, _ := c.startOf(t, target)
	return out
}

// startOf returns the minute at which office minute n of the year t begins, in a later year if t has
// no more.
func (c *Calendar) startOf(t *year, n int) (minute, bool) {
	for n >= int(t.worked[t.n]) {
		y := t.first.Year() + 1
		if y > LastYear {
			return lastMinute(), false
		}
		n -= int(t.worked[t.n])
		t = c.year(y)
	}
	j := sort.Search(t.n, func(j int) bool { return int(t.worked[j+1]) > n })
	return minute(t.first+civil.Date(j))*minutesPerDay + minute(t.patterns[t.day[j]].start(n-int(t.worked[j]))), true
}

// opening returns m if it lies in office time, else the next minute that does.
func (c *Calendar) opening(m minute) (minute, bool) {
	t, _, w := c.position(m)
	return c.startOf(t, w)
}

// inOffice reports whether the minute beginning at m is office time.
func (c *Calendar) inOffice(m minute) bool {
	o, ok := c.opening(m)
	return ok && o == m
}

// workingDay returns d or the next day that has office hours.
func (c *Calendar) workingDay(d civil.Date) (civil.Date, bool) {
	o, ok := c.opening(minute(d) * minutesPerDay)
	return dateOf(o), ok
}

// closing returns the close of office on d, or the end of the day when the office is shut all day.
func (c *Calendar) closing(d civil.Date) minute {
	t, i := c.at(d)
	p := &t.patterns[t.day[i]]
	if p.total == 0 {
		return minute(d+1) * minutesPerDay
	}
	return minute(d)*minutesPerDay + minute(p.spans[len(p.spans)-1].To)
}

// closeAfter returns the end of the n-th working day from d on, d itself being the first if it has
// office hours; n >= 1. Half days count half, so the end may be the middle of a day.
func (c *Calendar) closeAfter(d civil.Date, n int) (minute, bool) {
	t, i := c.at(d)
	target := int(t.halves[i]) + 2*n
	for target > int(t.halves[t.n]) {
		y := t.first.Year() + 1
		if y > LastYear {
			return lastMinute(), false
		}
		target -= int(t.halves[t.n])
		t, i = c.year(y), 0
	}
	j := i + sort.Search(t.n-i, func(j int) bool { return int(t.halves[i+j+1]) >= target })
	p := &t.patterns[t.day[j]]
	worked := int(p.total)
	if int(t.halves[j+1]) > target {
		worked = int(p.mid)
	}
	return minute(t.first+civil.Date(j))*minutesPerDay + minute(p.end(worked)), true
}

// addDays moves m on by n working days, keeping the part of its day that has passed.
func (c *Calendar) addDays(m minute, n int) (minute, bool) {
	d := dateOf(m)
	t, i := c.at(d)
	p := &t.patterns[t.day[i]]
	passed := p.before(int(m - minute(d)*minutesPerDay))
	if passed == int(p.total) { // nothing of this day is left
		d, passed = d+1, 0
	}
	if d > lastDay() {
		return lastMinute(), false
	}
	end, ok := c.closeAfter(d, n)
	if !ok {
		return end, false
	}
	return c.add(end, passed)
}

// Between returns the office minutes from a to b, negative when b is earlier. It is additive: the
// minutes from a to b and from b to c sum to those from a to c.
func (c *Calendar) Between(a, b time.Time) int { return c.between(minuteOf(a), minuteOf(b)) }

// Add returns the first instant by which the given number of office minutes has passed since from:
// a budget that fills a day ends when the office closes, not when it opens again. A negative number
// goes back to the last instant from which so many minutes remain until from, which is when a warning
// before a deadline is due. Results stop at the ends of the calendar.
func (c *Calendar) Add(from time.Time, minutes int) time.Time {
	if minutes < 0 {
		return instant(c.sub(minuteOf(from), -minutes))
	}
	m, _ := c.add(minuteOf(from), minutes)
	return instant(m)
}

// DayMinutes returns the office minutes of a full working day at the instant: 480 in the default week.
func (c *Calendar) DayMinutes(at time.Time) int {
	return total(c.weekAt(dateOf(minuteOf(at))).longest())
}

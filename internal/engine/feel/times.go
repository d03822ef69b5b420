package feel

import (
	"time"

	"github.com/cockroachdb/apd/v3"
)

const (
	maxYear  = 999_999_999
	dayNanos = int64(24 * time.Hour)
)

func utc() Zone { return Zone{kind: 1} }

// dayNumber counts days from 1970-01-01 in the proleptic Gregorian calendar, without the limits of
// package time's formatting. It counts years from March so that the leap day is a year's last.
func dayNumber(d Date) int64 {
	y, m := int64(d.Year), int64(d.Month)
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	ofEra := y - era*400
	ofYear := (153*(m-3)+2)/5 + int64(d.Day) - 1
	return era*146097 + ofEra*365 + ofEra/4 - ofEra/100 + ofYear - 719468
}

// dateOfDay is dayNumber backwards.
func dateOfDay(n int64) Date {
	n += 719468
	era := n / 146097
	if n < 0 {
		era = (n - 146096) / 146097
	}
	d := n - era*146097
	y := (d - d/1460 + d/36524 - d/146096) / 365
	d -= 365*y + y/4 - y/100
	m := (5*d + 2) / 153
	out := Date{Year: int(y + era*400), Month: int(m + 3), Day: int(d - (153*m+2)/5 + 1)}
	if out.Month > 12 {
		out.Month -= 12
		out.Year++
	}
	return out
}

func leap(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

func daysIn(y, m int) int {
	switch m {
	case 2:
		if leap(y) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// NewDate returns the day; ok is false when there is no such day or its year is out of range.
func NewDate(y, m, d int) (Date, bool) {
	ok := y >= -maxYear && y <= maxYear && m >= 1 && m <= 12 && d >= 1 && d <= daysIn(y, m)
	return Date{y, m, d}, ok
}

// weekday is 1 for Monday to 7 for Sunday.
func weekday(d Date) int64 {
	w := (dayNumber(d) + 3) % 7
	if w < 0 {
		w += 7
	}
	return w + 1
}

// offsetAt returns the zone's seconds east of UTC at a local time; ok is false without a zone.
func (z Zone) offsetAt(d Date, nanos int64) (int, bool) {
	switch z.kind {
	case 1:
		return z.offset, true
	case 2:
		_, off := time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, int(nanos), z.loc).Zone()
		return off, true
	}
	return 0, false
}

// instant returns seconds since 1970 in UTC and nanoseconds; a time without a zone counts as UTC.
func (t DateTime) instant() (sec, nanos int64, zoned bool) {
	off, ok := t.Time.Zone.offsetAt(t.Date, t.Time.Nanos)
	return dayNumber(t.Date)*86400 + t.Time.Nanos/1e9 - int64(off), t.Time.Nanos % 1e9, ok
}

// dateTimeOf is a day or a moment as a moment: a day is its midnight in UTC (clause 10.3.2.3.5).
func dateTimeOf(v Value) (DateTime, bool) {
	switch x := v.(type) {
	case DateTime:
		return x, true
	case Date:
		return DateTime{Date: x, Time: Time{Zone: utc()}}, true
	}
	return DateTime{}, false
}

// timeOffset is the offset of a time of day; a named zone without a day stands as on 1970-01-01.
func timeOffset(t Time) (int, bool) { return t.Zone.offsetAt(Date{1970, 1, 1}, t.Nanos) }

// compareTimes orders days, times and moments. With a zone on one side only there is no order
// between times; a day compares with a moment as its midnight.
func compareTimes(a, b Value) (int, bool) {
	order := func(x, y int64) int {
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	switch x := a.(type) {
	case Date:
		if y, ok := b.(Date); ok {
			return order(dayNumber(x), dayNumber(y)), true
		}
	case Time:
		y, ok := b.(Time)
		if !ok {
			return 0, false
		}
		o, oz := timeOffset(x)
		p, pz := timeOffset(y)
		if oz != pz {
			return 0, false
		}
		return order(x.Nanos-int64(o)*1e9, y.Nanos-int64(p)*1e9), true
	case DateTime:
		y, ok := b.(DateTime)
		if !ok {
			return 0, false
		}
		s, n, zs := x.instant()
		t, m, zt := y.instant()
		if zs != zt {
			return 0, false
		}
		if c := order(s, t); c != 0 {
			return c, true
		}
		return order(n, m), true
	}
	return 0, false
}

func equalTimes(a, b Value) (equal, ok bool) {
	if kindOf(a) != kindOf(b) {
		return false, false
	}
	// Equality looks at whole seconds, as the properties do that the standard compares; order does not.
	switch x := a.(type) {
	case Time:
		a = Time{x.Nanos / 1e9 * 1e9, x.Zone}
		y := b.(Time)
		b = Time{y.Nanos / 1e9 * 1e9, y.Zone}
	case DateTime:
		a = DateTime{x.Date, Time{x.Time.Nanos / 1e9 * 1e9, x.Time.Zone}}
		y := b.(DateTime)
		b = DateTime{y.Date, Time{y.Time.Nanos / 1e9 * 1e9, y.Time.Zone}}
	}
	c, ok := compareTimes(a, b)
	if !ok {
		return false, true
	}
	return c == 0, true
}

// property returns a property of a time, a duration or a range (table 53 and clause 10.3.2.7).
func property(v Value, name string) (Value, bool) {
	switch x := v.(type) {
	case Date:
		switch name {
		case "year":
			return NewNumber(int64(x.Year)), true
		case "month":
			return NewNumber(int64(x.Month)), true
		case "day":
			return NewNumber(int64(x.Day)), true
		case "weekday":
			return NewNumber(weekday(x)), true
		}
	case DateTime:
		if v, ok := property(x.Date, name); ok {
			return v, true
		}
		if name == "time offset" {
			off, ok := x.Time.Zone.offsetAt(x.Date, x.Time.Nanos)
			if !ok {
				return nil, true
			}
			return Days{NewNumber(int64(off))}, true
		}
		return property(x.Time, name)
	case Time:
		switch name {
		case "hour":
			return NewNumber(x.Nanos / int64(time.Hour)), true
		case "minute":
			return NewNumber(x.Nanos / int64(time.Minute) % 60), true
		case "second":
			return secondsOf(x.Nanos % int64(time.Minute)), true
		case "time offset":
			off, ok := timeOffset(x)
			if !ok {
				return nil, true
			}
			return Days{NewNumber(int64(off))}, true
		case "timezone":
			if x.Zone.kind != 2 {
				return nil, true
			}
			return x.Zone.name, true
		}
	case Days:
		sec := x.Seconds
		whole, ok := truncOf(sec)
		if !ok {
			return nil, true
		}
		switch name {
		case "days":
			return NewNumber(whole / 86400), true
		case "hours":
			return NewNumber(whole / 3600 % 24), true
		case "minutes":
			return NewNumber(whole / 60 % 60), true
		case "seconds":
			var frac apd.Decimal
			if _, err := arith().Sub(&frac, sec, NewNumber(whole)); err != nil {
				return nil, true
			}
			return add(NewNumber(whole%60), &frac), true
		}
	case Months:
		switch name {
		case "years":
			return NewNumber(int64(x) / 12), true
		case "months":
			return NewNumber(int64(x) % 12), true
		}
	case *Range:
		switch name {
		case "start":
			return x.Low, true
		case "end":
			return x.High, true
		case "start included":
			return x.LowClosed, true
		case "end included":
			return x.HighClosed, true
		}
	}
	return nil, false
}

// secondsOf returns nanoseconds as a number of seconds.
func secondsOf(nanos int64) Number {
	var d apd.Decimal
	d.Reduce(apd.New(nanos, -9))
	return &d
}

func add(a, b Number) Value {
	var d apd.Decimal
	c, err := arith().Add(&d, a, b)
	return finish(&d, c, err)
}

// span is a duration as whole seconds and nanoseconds of one sign.
type span struct{ sec, nanos int64 }

func nanosOf(seconds Number) (span, bool) {
	whole, ok := truncOf(seconds)
	if !ok {
		return span{}, false
	}
	frac, ok := add(seconds, NewNumber(-whole)).(Number)
	if !ok {
		return span{}, false
	}
	var d apd.Decimal
	if _, err := arith().Mul(&d, frac, NewNumber(1e9)); err != nil {
		return span{}, false
	}
	n, ok := truncOf(&d)
	return span{whole, n}, ok
}

// timeIn returns the offset of a zone at an instant given as a day and time in UTC.
func timeIn(d Date, nanos int64, z Zone) (string, int) {
	return time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, int(nanos), time.UTC).In(z.loc).Zone()
}

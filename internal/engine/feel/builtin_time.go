package feel

import "time"

// timeFunctions are the functions of clauses 10.3.4.6 and 10.3.4.7 and of now and today.
func timeFunctions(name string) (string, body) {
	day := func(f func(d Date) Value) body {
		return func(r *Run, args []Value) Value {
			switch x := args[0].(type) {
			case Date:
				return f(x)
			case DateTime:
				return f(x.Date)
			}
			return r.wrong(name, args...)
		}
	}
	switch name {
	case "is":
		return "value1, value2|value1", func(_ *Run, args []Value) Value { return same(args[0], arg(args, 1)) }
	case "day of year":
		return "date", day(func(d Date) Value { return NewNumber(ofYear(d)) })
	case "day of week":
		return "date", day(func(d Date) Value {
			return []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}[weekday(d)-1]
		})
	case "month of year":
		return "date", day(func(d Date) Value {
			return time.Month(d.Month).String()
		})
	case "week of year":
		return "date", day(func(d Date) Value {
			// The week of ISO 8601 is that of its Thursday.
			thursday := dateOfDay(dayNumber(d) + 4 - weekday(d))
			return NewNumber((ofYear(thursday)-1)/7 + 1)
		})
	case "now":
		return "", func(r *Run, _ []Value) Value { return FromTime(r.Now) }
	case "today":
		return "", func(r *Run, _ []Value) Value { return FromTime(r.Now).Date }
	}
	return "", nil
}

func ofYear(d Date) int64 { return dayNumber(d) - dayNumber(Date{d.Year, 1, 1}) + 1 }

// FromTime returns an instant as the wall clock of its location shows it, with the offset.
func FromTime(t time.Time) DateTime {
	_, off := t.Zone()
	return DateTime{Date: Date{t.Year(), int(t.Month()), t.Day()},
		Time: Time{Nanos: int64(t.Hour())*int64(time.Hour) + int64(t.Minute())*int64(time.Minute) + int64(t.Second())*int64(time.Second) + int64(t.Nanosecond()), Zone: Zone{kind: 1, offset: off}}}
}

// same tells whether two values are one in the semantic domain (clause 10.3.4.7): unlike =, times
// that name the same instant in different zones differ.
func same(a, b Value) Value {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if kindOf(a) != kindOf(b) {
		return false
	}
	switch x := a.(type) {
	case Time:
		y := b.(Time)
		return x.Nanos == y.Nanos && sameZone(x.Zone, y.Zone, Date{1970, 1, 1}, x.Nanos)
	case DateTime:
		y := b.(DateTime)
		return x.Date == y.Date && x.Time.Nanos == y.Time.Nanos && sameZone(x.Time.Zone, y.Time.Zone, x.Date, x.Time.Nanos)
	}
	e, ok := Equal(a, b)
	return ok && e
}

func sameZone(a, b Zone, d Date, nanos int64) bool {
	x, ok := a.offsetAt(d, nanos)
	y, ok2 := b.offsetAt(d, nanos)
	return ok == ok2 && x == y && a.kind == b.kind && a.name == b.name
}

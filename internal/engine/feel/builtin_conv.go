package feel

import (
	"strings"
	"unicode/utf8"

	"github.com/cockroachdb/apd/v3"
)

// conversions are the functions of clause 10.3.4.1.
func conversions(name string) (string, body) {
	switch name {
	case "date":
		return "from|year, month, day", makeDate
	case "date and time":
		return "from|date, time|year, month, day, hour, minute, second|year, month, day, hour, minute, second, offset|date, time, timezone", makeDateTime
	case "time":
		return "from|hour, minute, second, offset?", makeTime
	case "number":
		return "from, grouping separator?, decimal separator?", makeNumber
	case "string":
		return "from", func(r *Run, args []Value) Value {
			if args[0] == nil {
				return nil
			}
			return r.Text(args[0])
		}
	case "duration":
		return "from", func(r *Run, args []Value) Value {
			s, ok := args[0].(string)
			if !ok {
				return r.wrong("duration", args...)
			}
			if v := parseDuration(s); v != nil {
				return v
			}
			return r.null(0, "feel.null.literal", "text", s)
		}
	case "years and months duration":
		return "from, to", monthsBetween
	case "not":
		return "negand", func(_ *Run, args []Value) Value {
			if b, ok := args[0].(bool); ok {
				return !b
			}
			return nil
		}
	}
	return "", nil
}

func makeDate(r *Run, args []Value) Value {
	switch len(args) {
	case 1:
		switch x := args[0].(type) {
		case string:
			if d, ok := parseDate(x); ok {
				return d
			}
			return r.null(0, "feel.null.literal", "text", x)
		case Date:
			return x
		case DateTime:
			return x.Date
		}
	case 3:
		y, a := wholeOf(args[0])
		m, b := wholeOf(args[1])
		d, c := wholeOf(args[2])
		if a && b && c && m > 0 && m < 13 && d > 0 && d < 32 && y <= maxYear && y >= -maxYear {
			if out, ok := NewDate(int(y), int(m), int(d)); ok {
				return out
			}
		}
	}
	return r.wrong("date", args...)
}

func makeDateTime(r *Run, args []Value) Value {
	switch len(args) {
	case 1:
		switch x := args[0].(type) {
		case string:
			if t, ok := r.parseDateTime(x); ok {
				return t
			}
			return r.null(0, "feel.null.literal", "text", x)
		case DateTime:
			return x
		case Date:
			return DateTime{Date: x, Time: Time{Zone: utc()}}
		}
	case 2, 3:
		var d Date
		switch x := args[0].(type) {
		case Date:
			d = x
		case DateTime:
			if len(args) == 3 {
				return r.wrong("date and time", args...)
			}
			d = x.Date
		default:
			return r.wrong("date and time", args...)
		}
		t, ok := args[1].(Time)
		if !ok {
			return r.wrong("date and time", args...)
		}
		if len(args) == 3 {
			return r.wrong("date and time", args...)
		}
		return DateTime{Date: d, Time: t}
	case 6, 7:
		d, ok := makeDate(r, args[:3]).(Date)
		if !ok {
			return nil
		}
		t, ok := makeTime(r, args[3:]).(Time)
		if !ok {
			// The seventh may be a zone's name.
			name, is := arg(args, 6).(string)
			z, known := r.zone(name)
			if t, ok = makeTime(r, args[3:6]).(Time); !ok || !is || !known {
				return nil
			}
			t.Zone = z
		}
		return DateTime{Date: d, Time: t}
	}
	return r.wrong("date and time", args...)
}

func makeTime(r *Run, args []Value) Value {
	if len(args) == 1 {
		switch x := args[0].(type) {
		case string:
			if t, ok := r.parseTime(x); ok && t.Nanos < dayNanos {
				return t
			}
			return r.null(0, "feel.null.literal", "text", x)
		case Time:
			return x
		case DateTime:
			return x.Time
		case Date:
			return Time{Zone: utc()}
		}
		return r.wrong("time", args...)
	}
	if len(args) < 3 {
		return r.wrong("time", args...)
	}
	h, a := wholeOf(args[0])
	m, b := wholeOf(args[1])
	sec, c := args[2].(Number)
	if !a || !b || !c || h < 0 || h > 23 || m < 0 || m > 59 || sec.Sign() < 0 {
		return r.wrong("time", args...)
	}
	s, ok := nanosOf(sec)
	if !ok || s.sec > 59 {
		return r.wrong("time", args...)
	}
	t := Time{Nanos: (h*3600+m*60+s.sec)*1e9 + s.nanos}
	if len(args) > 3 && args[3] != nil {
		d, is := args[3].(Days)
		if !is {
			return r.wrong("time", args...)
		}
		off, ok := wholeOf(d.Seconds)
		if !ok || off > 18*3600 || off < -18*3600 {
			return r.wrong("time", args...)
		}
		t.Zone = Zone{kind: 1, offset: int(off)}
	}
	return t
}

func makeNumber(r *Run, args []Value) Value {
	if n, ok := args[0].(Number); ok && len(args) == 1 {
		return n
	}
	s, ok := args[0].(string)
	if !ok {
		return r.wrong("number", args...)
	}
	group, decimal := "", ""
	for i, into := range []*string{&group, &decimal} {
		switch x := arg(args, i+1).(type) {
		case nil:
		case string:
			if x != "." && x != "," && (x != " " || i == 1) {
				return r.wrong("number", args...)
			}
			*into = x
		default:
			return r.wrong("number", args...)
		}
	}
	if group != "" && group == decimal {
		return r.wrong("number", args...)
	}
	if group != "" {
		s = strings.ReplaceAll(s, group, "")
	}
	if decimal != "" {
		if decimal != "." && strings.Contains(s, ".") {
			return r.null(0, "feel.null.literal", "text", s)
		}
		s = strings.Replace(s, decimal, ".", 1)
	}
	if n, ok := ParseNumber(s); ok {
		return n
	}
	return r.null(0, "feel.null.literal", "text", s)
}

// monthsBetween counts whole months between the days, towards zero; the time of day does not count.
func monthsBetween(r *Run, args []Value) Value {
	a, ok := dateTimeOf(args[0])
	b, ok2 := dateTimeOf(args[1])
	if !ok || !ok2 {
		return r.wrong("years and months duration", args...)
	}
	m := int64(b.Date.Year-a.Date.Year)*12 + int64(b.Date.Month-a.Date.Month)
	before := func(x, y DateTime) bool { // in the month
		return x.Date.Day < y.Date.Day
	}
	switch {
	case m > 0 && before(b, a):
		m--
	case m < 0 && before(a, b):
		m++
	}
	return Months(m)
}

// Text writes a value as the function string does: strings bare, and quoted inside of others.
func (r *Run) Text(v Value) string {
	var b strings.Builder
	r.write(&b, v, false, 0)
	return b.String()
}

func (r *Run) write(b *strings.Builder, v Value, inside bool, depth int) {
	if !r.spend(1) || depth > maxDepth || b.Len() > maxString {
		return
	}
	switch x := v.(type) {
	case nil:
		b.WriteString("null")
	case Number:
		s := r.plain(x)
		r.spend(len(s) / 4)
		b.WriteString(s)
	case string:
		if !inside {
			b.WriteString(x)
			return
		}
		b.WriteString(`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(x) + `"`)
	case bool:
		if x {
			b.WriteString("true")
		} else {
			b.WriteString("false")
		}
	case Date:
		b.WriteString(x.String())
	case Time:
		b.WriteString(x.String())
	case DateTime:
		b.WriteString(x.String())
	case Days:
		b.WriteString(x.String())
	case Months:
		b.WriteString(x.String())
	case List:
		b.WriteByte('[')
		for i, e := range x {
			if i > 0 {
				b.WriteString(", ")
			}
			r.write(b, e, true, depth+1)
		}
		b.WriteByte(']')
	case *Context:
		b.WriteByte('{')
		for i, k := range x.keys {
			if i > 0 {
				b.WriteString(", ")
			}
			if plainName(k) {
				b.WriteString(k)
			} else {
				b.WriteString(`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(k) + `"`)
			}
			b.WriteString(": ")
			r.write(b, x.vals[k], true, depth+1)
		}
		b.WriteByte('}')
	case *Range:
		r.writeRange(b, x, depth)
	case *Function:
		b.WriteString("function " + x.Name)
	}
}

func (r *Run) writeRange(b *strings.Builder, x *Range, depth int) {
	if x.compared {
		sign, v := ">", x.Low
		switch {
		case x.Other:
			sign = "!="
		case x.Low != nil && x.High != nil:
			sign = "="
		case x.Low == nil:
			sign, v = "<", x.High
			if x.HighClosed {
				sign = "<="
			}
		case x.LowClosed:
			sign = ">="
		}
		b.WriteString(sign + " ")
		r.write(b, v, true, depth+1)
		return
	}
	open, end := "(", ")"
	if x.LowClosed {
		open = "["
	}
	if x.HighClosed {
		end = "]"
	}
	b.WriteString(open)
	r.write(b, x.Low, true, depth+1)
	b.WriteString(" .. ")
	r.write(b, x.High, true, depth+1)
	b.WriteString(end)
}

// plain writes a number, with an exponent only when it would fill a page without.
func (r *Run) plain(n Number) string {
	if n.Exponent > 60 || n.Exponent < -400 {
		var d apd.Decimal
		d.Reduce(n)
		return d.Text('G')
	}
	return NumberText(n)
}

func plainName(k string) bool {
	for i, p := range nameParts(k) {
		r, _ := utf8.DecodeRuneInString(p)
		if !continuesName(r) || i == 0 && !startsName(r) || keyword(p) {
			return false
		}
	}
	return k != ""
}

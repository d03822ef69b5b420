package feel

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cockroachdb/apd/v3"
)

// literal reads what stands in an at-literal: a time, a day, a moment or a duration (rule 65).
func (r *Run) literal(s string) Value {
	if d, ok := parseDate(s); ok {
		return d
	}
	if t, ok := r.parseDateTime(s); ok {
		return t
	}
	if t, ok := r.parseTime(s); ok {
		return t
	}
	return parseDuration(s)
}

// digitsAt reads exactly n digits.
func digitsAt(s string, n int) (int, string, bool) {
	if len(s) < n {
		return 0, s, false
	}
	v := 0
	for _, c := range []byte(s[:n]) {
		if c < '0' || c > '9' {
			return 0, s, false
		}
		v = v*10 + int(c-'0')
	}
	return v, s[n:], true
}

// parseDate reads a day as XML Schema writes it, without a zone.
func parseDate(s string) (Date, bool) {
	d, rest, ok := cutDate(s)
	return d, ok && rest == ""
}

func cutDate(s string) (Date, string, bool) {
	minus := strings.HasPrefix(s, "-")
	t := strings.TrimPrefix(s, "-")
	n := 0
	for n < len(t) && t[n] >= '0' && t[n] <= '9' {
		n++
	}
	if n < 4 || n > 9 || n > 4 && t[0] == '0' {
		return Date{}, s, false
	}
	y, t, _ := digitsAt(t, n)
	if minus {
		y = -y
	}
	var m, d int
	var ok bool
	if !strings.HasPrefix(t, "-") {
		return Date{}, s, false
	}
	if m, t, ok = digitsAt(t[1:], 2); !ok || !strings.HasPrefix(t, "-") {
		return Date{}, s, false
	}
	if d, t, ok = digitsAt(t[1:], 2); !ok {
		return Date{}, s, false
	}
	out, ok := NewDate(y, m, d)
	return out, t, ok
}

// parseTime reads a time of day with an offset, a zone's name behind @, or neither.
func (r *Run) parseTime(s string) (Time, bool) {
	h, rest, ok := digitsAt(s, 2)
	if !ok || !strings.HasPrefix(rest, ":") {
		return Time{}, false
	}
	m, rest, ok := digitsAt(rest[1:], 2)
	if !ok || !strings.HasPrefix(rest, ":") {
		return Time{}, false
	}
	sec, rest, ok := digitsAt(rest[1:], 2)
	if !ok || h > 24 || m > 59 || sec > 59 {
		return Time{}, false
	}
	nanos := int64(0)
	if strings.HasPrefix(rest, ".") {
		n := 1
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		if n == 1 {
			return Time{}, false
		}
		frac := (rest[1:n] + "000000000")[:9]
		nanos, _ = strconv.ParseInt(frac, 10, 64)
		rest = rest[n:]
	}
	if h == 24 && (m != 0 || sec != 0 || nanos != 0) {
		return Time{}, false
	}
	z, ok := r.parseZone(rest)
	return Time{Nanos: int64(h)*int64(time.Hour) + int64(m)*int64(time.Minute) + int64(sec)*int64(time.Second) + nanos, Zone: z}, ok
}

func (r *Run) parseZone(s string) (Zone, bool) {
	switch {
	case s == "":
		return Zone{}, true
	case s == "Z" || s == "z":
		return utc(), true
	case s[0] == '@':
		return r.zone(s[1:])
	case s[0] == '+' || s[0] == '-':
		h, rest, ok := digitsAt(s[1:], 2)
		if !ok || !strings.HasPrefix(rest, ":") || h > 18 {
			return Zone{}, false
		}
		m, rest, ok := digitsAt(rest[1:], 2)
		if !ok || m > 59 {
			return Zone{}, false
		}
		sec := 0
		if strings.HasPrefix(rest, ":") {
			if sec, rest, ok = digitsAt(rest[1:], 2); !ok || sec > 59 {
				return Zone{}, false
			}
		}
		off := h*3600 + m*60 + sec
		if s[0] == '-' {
			off = -off
		}
		return Zone{kind: 1, offset: off}, rest == "" && h*3600+m*60+sec <= 18*3600
	}
	return Zone{}, false
}

func (r *Run) zone(name string) (Zone, bool) {
	if name == "" || len(name) > 64 || r.Zones == nil || strings.HasPrefix(name, "/") || strings.Contains(name, "..") || name == "Local" {
		return Zone{}, false
	}
	loc, err := r.Zones(name)
	if err != nil || loc == nil {
		return Zone{}, false
	}
	return Zone{kind: 2, name: name, loc: loc}, true
}

// parseDateTime reads a moment; a day alone is its midnight. 24:00:00 is the next day's midnight.
func (r *Run) parseDateTime(s string) (DateTime, bool) {
	d, rest, ok := cutDate(s)
	if !ok {
		return DateTime{}, false
	}
	if rest == "" {
		return DateTime{Date: d}, true
	}
	if rest[0] != 'T' {
		return DateTime{}, false
	}
	t, ok := r.parseTime(rest[1:])
	if t.Nanos == dayNanos {
		t.Nanos = 0
		d = dateOfDay(dayNumber(d) + 1)
	}
	return DateTime{Date: d, Time: t}, ok
}

// parseDuration reads a duration of either kind; one of both kinds at once is none.
func parseDuration(s string) Value {
	minus := strings.HasPrefix(s, "-")
	t := strings.TrimPrefix(s, "-")
	if !strings.HasPrefix(t, "P") || len(t) < 3 || len(t) > 200 {
		return nil
	}
	t = t[1:]
	var months, count int64
	sec := NewNumber(0)
	var out Value = sec
	order := "YMDHMS"
	at, timed, days := 0, false, false
	for t != "" {
		if t[0] == 'T' {
			if timed || len(t) == 1 {
				return nil
			}
			timed, t = true, t[1:]
			at = max(at, 3)
			continue
		}
		n := strings.IndexFunc(t, func(c rune) bool { return (c < '0' || c > '9') && c != '.' })
		if n <= 0 {
			return nil
		}
		v, ok := ParseNumber(strings.TrimSuffix(t[:n], "."))
		i := strings.IndexByte(order[at:], t[n])
		if !ok || i < 0 || t[n] != 'S' && strings.Contains(t[:n], ".") {
			return nil
		}
		i += at
		if (i >= 3) != timed {
			return nil
		}
		at, t = i+1, t[n+1:]
		count++
		if i < 2 {
			w, ok := wholeOf(v)
			if !ok || w > 1e15 {
				return nil
			}
			if i == 0 {
				w *= 12
			}
			months += w
			continue
		}
		days = true
		unit := []int64{86400, 3600, 60, 1}[i-2]
		var p apd.Decimal
		if _, err := arith().Mul(&p, v, NewNumber(unit)); err != nil {
			return nil
		}
		if out = add(out.(Number), &p); out == nil {
			return nil
		}
	}
	switch {
	case count == 0:
		return nil
	case days && months == 0:
		d := out.(Number)
		if minus {
			d = new(apd.Decimal).Neg(d)
		}
		return Days{d}
	case days:
		return nil
	case minus:
		months = -months
	}
	return Months(months)
}

// String writes the day as XML Schema does.
func (d Date) String() string {
	if d.Year < 0 {
		return fmt.Sprintf("-%04d-%02d-%02d", -d.Year, d.Month, d.Day)
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// String writes the time of day with its zone.
func (t Time) String() string {
	sec := t.Nanos / int64(time.Second)
	s := fmt.Sprintf("%02d:%02d:%02d", sec/3600, sec/60%60, sec%60)
	if n := t.Nanos % int64(time.Second); n > 0 {
		s += "." + strings.TrimRight(fmt.Sprintf("%09d", n), "0")
	}
	switch {
	case t.Zone.kind == 2:
		s += "@" + t.Zone.name
	case t.Zone.kind == 1 && t.Zone.offset == 0:
		s += "Z"
	case t.Zone.kind == 1:
		o, sign := t.Zone.offset, "+"
		if o < 0 {
			o, sign = -o, "-"
		}
		s += fmt.Sprintf("%s%02d:%02d", sign, o/3600, o/60%60)
		if o%60 != 0 {
			s += fmt.Sprintf(":%02d", o%60)
		}
	}
	return s
}

// String writes the moment.
func (t DateTime) String() string { return t.Date.String() + "T" + t.Time.String() }

// String writes the duration, as P1DT2H3M4.5S.
func (d Days) String() string {
	abs := new(apd.Decimal).Abs(d.Seconds)
	whole, ok := truncOf(abs)
	if !ok {
		return "PT" + NumberText(d.Seconds) + "S"
	}
	frac, _ := add(abs, NewNumber(-whole)).(Number)
	var b strings.Builder
	if d.Seconds.Sign() < 0 {
		b.WriteByte('-')
	}
	b.WriteByte('P')
	if n := whole / 86400; n > 0 {
		fmt.Fprintf(&b, "%dD", n)
	}
	rest := whole % 86400
	if rest > 0 || frac != nil && !frac.IsZero() {
		b.WriteByte('T')
	}
	if n := rest / 3600; n > 0 {
		fmt.Fprintf(&b, "%dH", n)
	}
	if n := rest / 60 % 60; n > 0 {
		fmt.Fprintf(&b, "%dM", n)
	}
	if sec, _ := add(NewNumber(rest%60), frac).(Number); sec != nil && !sec.IsZero() {
		b.WriteString(NumberText(sec) + "S")
	}
	if s := b.String(); s != "P" && s != "-P" {
		return s
	}
	return "PT0S"
}

// String writes the duration, as P1Y2M.
func (m Months) String() string {
	n, sign := int64(m), ""
	if n < 0 {
		n, sign = -n, "-"
	}
	switch {
	case n == 0:
		return "P0M"
	case n%12 == 0:
		return fmt.Sprintf("%sP%dY", sign, n/12)
	case n < 12:
		return fmt.Sprintf("%sP%dM", sign, n)
	}
	return fmt.Sprintf("%sP%dY%dM", sign, n/12, n%12)
}

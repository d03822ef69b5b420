package feel

import (
	"github.com/cockroachdb/apd/v3"
)

func (n *negative) eval(r *Run, s *Scope) Value {
	switch v := r.eval(n.v, s).(type) {
	case Number:
		return finish(new(apd.Decimal).Neg(v), 0, nil)
	case Days:
		return Days{new(apd.Decimal).Neg(v.Seconds)}
	case Months:
		return -v
	case nil:
		return nil
	default:
		return r.null(n.pos, "feel.null.arithmetic", "op", "-", "a", TypeName(v), "b", "")
	}
}

// eval calculates (clause 10.3.2.11, tables 45 to 48).
func (n *calc) eval(r *Run, s *Scope) Value {
	a, b := r.eval(n.a, s), r.eval(n.b, s)
	if a == nil || b == nil {
		return nil
	}
	v, ok := r.calculate(n.op, a, b)
	op := string(n.op)
	if n.op == '^' {
		op = "**"
	}
	if !ok {
		return r.null(n.pos, "feel.null.arithmetic", "op", op, "a", TypeName(a), "b", TypeName(b))
	}
	if v == nil {
		return r.null(n.pos, "feel.null.overflow", "op", op)
	}
	return v
}

// calculate returns a value and whether the kinds of the operands go together.
func (r *Run) calculate(op byte, a, b Value) (Value, bool) {
	switch x := a.(type) {
	case Number:
		switch y := b.(type) {
		case Number:
			return r.numbers(op, x, y), true
		case Days:
			if op == '*' {
				return r.scaled(op, y.Seconds, x), true
			}
		case Months:
			if op == '*' {
				return r.scaledMonths(op, y, x), true
			}
		}
	case string:
		if y, ok := b.(string); ok && op == '+' {
			if len(x)+len(y) > maxString || !r.spend((len(x)+len(y))/64) {
				return nil, true
			}
			return x + y, true
		}
	case Days:
		switch y := b.(type) {
		case Days:
			switch op {
			case '+', '-':
				if n, ok := r.numbers(op, x.Seconds, y.Seconds).(Number); ok {
					return Days{n}, true
				}
				return nil, true
			case '/':
				return r.numbers(op, x.Seconds, y.Seconds), true
			}
		case Number:
			if op == '*' || op == '/' {
				return r.scaled(op, x.Seconds, y), true
			}
		case Date, DateTime, Time:
			if op == '+' {
				return r.calculate(op, b, a)
			}
		}
	case Months:
		switch y := b.(type) {
		case Months:
			switch op {
			case '+':
				return x + y, true
			case '-':
				return x - y, true
			case '/':
				return r.numbers(op, NewNumber(int64(x)), NewNumber(int64(y))), true
			}
		case Number:
			if op == '*' || op == '/' {
				return r.scaledMonths(op, x, y), true
			}
		case Date, DateTime:
			if op == '+' {
				return r.calculate(op, b, a)
			}
		}
	case Date, DateTime, Time:
		return r.moments(op, a, b)
	}
	return nil, false
}

// numbers calculates with two numbers; null when there is no result or it is too large.
func (r *Run) numbers(op byte, a, b Number) Value {
	// Numbers of very different size are written out before they are added.
	if far := int(a.Exponent) - int(b.Exponent); (far > 60 || far < -60) && !r.spend(max(far, -far)/8) {
		return nil
	}
	var d apd.Decimal
	c := arith()
	var cond apd.Condition
	var err error
	switch op {
	case '+':
		cond, err = c.Add(&d, a, b)
	case '-':
		cond, err = c.Sub(&d, a, b)
	case '*':
		cond, err = c.Mul(&d, a, b)
	case '/':
		if b.IsZero() {
			return nil
		}
		cond, err = c.Quo(&d, a, b)
		if err == nil {
			d.Reduce(&d)
		}
	case '^':
		return r.powers(a, b)
	}
	return finish(&d, cond, err)
}

// powers bounds the work: a large result is out of range before it is calculated.
func (r *Run) powers(a, b Number) Value {
	if !r.spend(2000) {
		return nil
	}
	if a.IsZero() && b.Sign() <= 0 {
		if b.IsZero() {
			return NewNumber(1)
		}
		return nil
	}
	var d apd.Decimal
	if i, ok := wholeOf(b); ok && i >= 0 && i <= 1_000_000 {
		// By squaring, exact as long as the digits suffice.
		out, base, c := *apd.New(1, 0), *a, arith()
		c.Precision = digits + 10
		for ; i > 0; i >>= 1 {
			if i&1 == 1 {
				if _, err := c.Mul(&out, &out, &base); err != nil {
					return nil
				}
			}
			if i > 1 {
				if _, err := c.Mul(&base, &base, &base); err != nil {
					return nil
				}
			}
		}
		cond, err := arith().Round(&d, &out)
		return finish(&d, cond, err)
	}
	if b.Exponent > 8 || a.Sign() < 0 && b.Exponent < 0 {
		return nil
	}
	cond, err := arith().Pow(&d, a, b)
	return finish(&d, cond, err)
}

func (r *Run) scaled(op byte, seconds, by Number) Value {
	if n, ok := r.numbers(op, seconds, by).(Number); ok {
		return Days{n}
	}
	return nil
}

// scaledMonths rounds to whole months towards zero.
func (r *Run) scaledMonths(op byte, m Months, by Number) Value {
	n, ok := r.numbers(op, NewNumber(int64(m)), by).(Number)
	if !ok {
		return nil
	}
	w, ok := truncOf(n)
	if !ok {
		return nil
	}
	return Months(w)
}

// moments adds durations to days, times and moments and subtracts them from each other.
func (r *Run) moments(op byte, a, b Value) (Value, bool) {
	if op != '+' && op != '-' {
		return nil, false
	}
	switch y := b.(type) {
	case Days:
		sec := y.Seconds
		if op == '-' {
			sec = new(apd.Decimal).Neg(sec)
		}
		return shift(a, sec), true
	case Months:
		if _, is := a.(Time); is {
			return nil, false
		}
		if op == '-' {
			y = -y
		}
		return shiftMonths(a, y), true
	case Time:
		x, ok := a.(Time)
		if !ok || op != '-' {
			return nil, false
		}
		o, oz := timeOffset(x)
		p, pz := timeOffset(y)
		if oz != pz {
			return nil, true
		}
		return Days{secondsOf(x.Nanos - y.Nanos - int64(o-p)*1e9)}, true
	case Date, DateTime:
		x, xok := dateTimeOf(a)
		z, zok := dateTimeOf(b)
		if op != '-' || !xok || !zok {
			return nil, false
		}
		s, n, sz := x.instant()
		t, m, tz := z.instant()
		if sz != tz {
			return nil, true
		}
		return Days{addNanos(s-t, n-m)}, true
	}
	return nil, false
}

func addNanos(sec, nanos int64) Number {
	n, _ := add(NewNumber(sec), secondsOf(nanos)).(Number)
	if n == nil {
		return NewNumber(sec)
	}
	return n
}

// shift moves a day, a time or a moment by seconds; null when it leaves the calendar.
func shift(v Value, by Number) Value {
	nanosBy, ok := nanosOf(by)
	if !ok {
		return nil
	}
	sec, nanos := nanosBy.sec, nanosBy.nanos
	switch x := v.(type) {
	case Time:
		total := (x.Nanos + nanos + sec%86400*1e9) % dayNanos
		if total < 0 {
			total += dayNanos
		}
		return Time{Nanos: total, Zone: x.Zone}
	case Date:
		d, _, ok := shifted(x, 0, sec, nanos)
		if !ok {
			return nil
		}
		return d
	case DateTime:
		if x.Time.Zone.kind == 2 {
			// In a named zone the clock moves with the instant: an hour more is an hour later.
			off, _ := x.Time.Zone.offsetAt(x.Date, x.Time.Nanos)
			d, n, ok := shifted(x.Date, x.Time.Nanos, sec-int64(off), nanos)
			if !ok {
				return nil
			}
			_, there := timeIn(d, n, x.Time.Zone)
			d, n, ok = shifted(d, n, int64(there), 0)
			if !ok {
				return nil
			}
			return DateTime{d, Time{n, x.Time.Zone}}
		}
		d, n, ok := shifted(x.Date, x.Time.Nanos, sec, nanos)
		if !ok {
			return nil
		}
		return DateTime{d, Time{n, x.Time.Zone}}
	}
	return nil
}

func shifted(d Date, ofDay, sec, nanos int64) (Date, int64, bool) {
	const span = int64(4e16)
	if sec > span || sec < -span {
		return Date{}, 0, false
	}
	total := ofDay + nanos + sec%86400*1e9
	days := dayNumber(d) + sec/86400
	for total < 0 {
		total += dayNanos
		days--
	}
	days += total / dayNanos
	out := dateOfDay(days)
	return out, total % dayNanos, out.Year >= -maxYear && out.Year <= maxYear
}

// shiftMonths moves by months, to the month's last day when it has no such day (clause 10.3.2.11).
func shiftMonths(v Value, by Months) Value {
	d, t := Date{}, Time{}
	switch x := v.(type) {
	case Date:
		d = x
	case DateTime:
		d, t = x.Date, x.Time
	}
	m := int64(d.Year)*12 + int64(d.Month-1) + int64(by)
	y := m / 12
	if m%12 < 0 {
		y--
	}
	if y > maxYear || y < -maxYear {
		return nil
	}
	out := Date{Year: int(y), Month: int(m-y*12) + 1}
	out.Day = min(d.Day, daysIn(out.Year, out.Month))
	if _, is := v.(DateTime); is {
		return DateTime{out, t}
	}
	return out
}

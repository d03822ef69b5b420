package feel

import (
	"sort"

	"github.com/cockroachdb/apd/v3"
)

// sumFunctions are the functions over lists that may also be given their elements one by one
// (clause 10.3.4.4).
func sumFunctions(name string) (string, body) {
	over := func(f func(r *Run, l List) Value) body {
		return func(r *Run, args []Value) Value {
			var l List
			if len(args) == 0 {
				return r.wrong(name)
			}
			if len(args) == 1 {
				var ok bool
				if l, ok = args[0].(List); !ok {
					if args[0] == nil {
						return r.wrong(name, args...)
					}
					l = List(args)
				}
			} else {
				l = List(args)
			}
			if !r.spend(len(l)) {
				return nil
			}
			return f(r, l)
		}
	}
	numbers := func(empty Value, f func(r *Run, l []Number) Value) body {
		return over(func(r *Run, l List) Value {
			if len(l) == 0 {
				return empty
			}
			out := make([]Number, len(l))
			for i, e := range l {
				n, ok := e.(Number)
				if !ok {
					return r.wrong(name, e)
				}
				out[i] = n
			}
			return f(r, out)
		})
	}
	switch name {
	case "min", "max":
		return "list...", over(func(r *Run, l List) Value { return extreme(r, name, l) })
	case "sum":
		return "list...", over(func(r *Run, l List) Value { return sum(r, l) })
	case "mean":
		return "list...", numbers(nil, mean)
	case "product":
		return "list...", numbers(nil, func(r *Run, l []Number) Value { return fold(r, '*', l) })
	case "median":
		return "list...", numbers(nil, median)
	case "stddev":
		return "list...", numbers(nil, stddev)
	case "mode":
		return "list...", numbers(List{}, mode)
	case "all":
		return "list...", over(func(_ *Run, l List) Value { return every(l, false) })
	case "any":
		return "list...", over(func(_ *Run, l List) Value { return every(l, true) })
	}
	return "", nil
}

// every is all for false and any for true: the value decides as soon as it is met.
func every(l List, decides bool) Value {
	var out Value = !decides
	for _, e := range l {
		b, ok := e.(bool)
		if ok && b == decides {
			return decides
		}
		if !ok {
			out = nil
		}
	}
	return out
}

func extreme(r *Run, name string, l List) Value {
	if len(l) == 0 {
		return nil
	}
	best := l[0]
	for _, e := range l {
		c, ok := compare(e, best)
		if !ok {
			return r.wrong(name, e, best)
		}
		if name == "min" && c < 0 || name == "max" && c > 0 {
			best = e
		}
	}
	return best
}

// sum adds numbers, or durations of one kind.
func sum(r *Run, l List) Value {
	if len(l) == 0 {
		return nil
	}
	out := l[0]
	switch out.(type) {
	case Number, Days, Months:
	default:
		return r.wrong("sum", out)
	}
	for _, e := range l[1:] {
		if kindOf(e) != kindOf(out) {
			return r.wrong("sum", e)
		}
		if out, _ = r.calculate('+', out, e); out == nil {
			return r.null(0, "feel.null.overflow", "op", "sum")
		}
	}
	return out
}

func fold(r *Run, op byte, l []Number) Value {
	out := l[0]
	for _, n := range l[1:] {
		v, ok := r.numbers(op, out, n).(Number)
		if !ok {
			return r.null(0, "feel.null.overflow", "op", string(op))
		}
		out = v
	}
	return out
}

func mean(r *Run, l []Number) Value {
	s, ok := fold(r, '+', l).(Number)
	if !ok {
		return nil
	}
	return r.numbers('/', s, NewNumber(int64(len(l))))
}

func sorted(l []Number) []Number {
	out := append([]Number(nil), l...)
	sort.SliceStable(out, func(i, j int) bool { return out[i].Cmp(out[j]) < 0 })
	return out
}

func median(r *Run, l []Number) Value {
	s := sorted(l)
	if n := len(s); n%2 == 0 {
		return mean(r, s[n/2-1:n/2+1])
	}
	return s[len(s)/2]
}

// stddev is that of a sample: it divides by one less than the count.
func stddev(r *Run, l []Number) Value {
	m, ok := mean(r, l).(Number)
	if !ok || len(l) < 2 || !r.spend(2000) {
		return nil
	}
	var total apd.Decimal
	c := arith()
	c.Precision = digits + 10
	for _, n := range l {
		var d apd.Decimal
		if _, err := c.Sub(&d, n, m); err != nil {
			return nil
		}
		if _, err := c.Mul(&d, &d, &d); err != nil {
			return nil
		}
		if _, err := c.Add(&total, &total, &d); err != nil {
			return nil
		}
	}
	if _, err := c.Quo(&total, &total, NewNumber(int64(len(l)-1))); err != nil {
		return nil
	}
	var out apd.Decimal
	cond, err := arith().Sqrt(&out, &total)
	return finish(&out, cond, err)
}

func mode(_ *Run, l []Number) Value {
	s := sorted(l)
	best, out := 0, List{}
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && s[j].Cmp(s[i]) == 0 {
			j++
		}
		if j-i > best {
			best, out = j-i, List{}
		}
		if j-i == best {
			out = append(out, s[i])
		}
		i = j
	}
	return out
}

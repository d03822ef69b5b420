package feel

import "github.com/cockroachdb/apd/v3"

// Constants returns the values that stand in the tests, such as the ends of intervals, and whether
// the tests depend on nothing but their input: fixed is false when they name a variable.
func (t *Tests) Constants(r *Run) (values List, fixed bool) {
	w := &gather{r: r, fixed: true}
	for _, n := range t.list {
		w.walk(n)
	}
	return w.out, w.fixed
}

// gather walks over tests. What it does not know is taken to depend on more than the input.
type gather struct {
	r     *Run
	out   List
	fixed bool
}

func (w *gather) walk(n node) {
	if !w.r.spend(1) {
		w.fixed = false
		return
	}
	switch x := n.(type) {
	case nil:
	case *constant, *atLiteral:
		w.out = append(w.out, w.r.eval(n, nil))
	case *input:
	case *negative:
		if c, ok := x.v.(*constant); ok {
			w.out = append(w.out, w.r.eval(&negative{v: c}, nil))
			return
		}
		w.walk(x.v)
	case *compared:
		w.walk(x.v)
	case *rangeLit:
		w.walk(x.lo)
		w.walk(x.hi)
	case *listLit:
		for _, e := range x.items {
			w.walk(e)
		}
	case *logic:
		w.walk(x.a)
		w.walk(x.b)
	case *comparing:
		w.walk(x.a)
		w.walk(x.b)
	case *between:
		w.walk(x.v)
		w.walk(x.lo)
		w.walk(x.hi)
	case *inside:
		w.walk(x.v)
		for _, e := range x.tests {
			w.walk(e)
		}
	case *call:
		v, ok := x.fn.(*variable)
		if !ok || v.built == nil || v.name == "now" || v.name == "today" {
			w.fixed = false
			return
		}
		literal := true
		for _, a := range x.args {
			_, is := a.(*constant)
			literal = literal && is
		}
		if literal {
			w.out = append(w.out, w.r.eval(n, nil))
			return
		}
		for _, a := range x.args {
			w.walk(a)
		}
	default:
		w.fixed = false
	}
}

// Between returns a value between two others of one kind, below b when a is nil, above a when b is
// nil; ok is false where there is none, as between neighbouring days, and for kinds without one.
func Between(a, b Value) (v Value, ok bool) {
	r := &Run{Steps: 1000}
	near := a
	if near == nil {
		near = b
	}
	var out Value
	switch x := near.(type) {
	case Number:
		switch {
		case a == nil:
			out = r.numbers('-', x, NewNumber(1))
		case b == nil:
			out = r.numbers('+', x, NewNumber(1))
		default:
			y, is := b.(Number)
			if !is {
				return nil, false
			}
			sum, is := r.numbers('+', x, y).(Number)
			if !is {
				return nil, false
			}
			half, is := r.numbers('/', sum, NewNumber(2)).(Number)
			if !is {
				return nil, false
			}
			out = half
			// A whole number reads better, where there is one between them.
			if whole, is := round(half, 0, apd.RoundFloor).(Number); is && whole.Cmp(x) > 0 {
				out = whole
			}
		}
	case Date:
		n := dayNumber(x)
		switch {
		case a == nil:
			out = dateOfDay(n - 1)
		default:
			out = dateOfDay(n + 1)
		}
	case Days:
		one, is := Between(numberIn(a), numberIn(b))
		if !is {
			return nil, false
		}
		out = Days{one.(Number)}
	case Months:
		if a == nil {
			out = x - 1
		} else {
			out = x + 1
		}
	case DateTime:
		if a == nil {
			out = shift(x, NewNumber(-1))
		} else {
			out = shift(x, NewNumber(1))
		}
	default:
		return nil, false
	}
	if out == nil {
		return nil, false
	}
	for i, end := range []Value{a, b} {
		if end == nil {
			continue
		}
		if c, is := compare(out, end); !is || i == 0 && c <= 0 || i == 1 && c >= 0 {
			return nil, false
		}
	}
	return out, true
}

func numberIn(v Value) Value {
	if d, ok := v.(Days); ok {
		return d.Seconds
	}
	return nil
}

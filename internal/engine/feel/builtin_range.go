package feel

// ends are a value as an interval: a point is closed on both sides.
type ends struct {
	low, high             Value
	lowClosed, highClosed bool
	point                 bool
}

func endsOf(v Value) (ends, bool) {
	switch x := v.(type) {
	case nil, List, *Context, *Function, bool:
		return ends{}, false
	case *Range:
		return ends{x.Low, x.High, x.LowClosed, x.HighClosed, false}, !x.Other
	}
	return ends{v, v, true, true, true}, true
}

// order compares two ends; an end that is missing lies beyond all on its own side.
func order(a, b Value, aHigh, bHigh bool) (int, bool) {
	side := func(v Value, high bool) int {
		switch {
		case v != nil:
			return 0
		case high:
			return 1
		}
		return -1
	}
	x, y := side(a, aHigh), side(b, bHigh)
	if x != 0 || y != 0 {
		return x - y, true
	}
	return compare(a, b)
}

// rangeFunctions are the functions of clause 10.3.4.9, table 78, and range of later versions.
func rangeFunctions(name string) (string, body) {
	if name == "range" {
		return "from", makeRange
	}
	f := relation(name)
	if f == nil {
		return "", nil
	}
	// The table gives each function the kinds of its arguments: points, ranges or either.
	sig := "range1, range2|point, range|range, point|point1, point2"
	switch name {
	case "finishes", "starts", "during":
		sig = "range1, range2|point, range"
	case "finished by", "started by", "includes":
		sig = "range1, range2|range, point"
	case "coincides":
		sig = "range1, range2|point1, point2"
	case "meets", "met by", "overlaps", "overlaps before", "overlaps after":
		sig = "range1, range2"
	}
	return sig, func(r *Run, args []Value) Value {
		a, ok := endsOf(args[0])
		b, ok2 := endsOf(args[1])
		if !ok || !ok2 || !allowed(name, a.point, b.point) {
			return r.wrong(name, args...)
		}
		bad := false
		c := func(x, y Value, xh, yh bool) int {
			n, ok := order(x, y, xh, yh)
			bad = bad || !ok
			return n
		}
		v := f(a, b, c)
		if bad {
			return r.null(0, "feel.null.compare", "a", TypeName(args[0]), "b", TypeName(args[1]))
		}
		return v
	}
}

// allowed tells which of a function's arguments may be points.
func allowed(name string, a, b bool) bool {
	switch name {
	case "finishes", "starts", "during":
		return !b
	case "finished by", "started by", "includes":
		return !a
	case "coincides":
		return a == b
	case "meets", "met by", "overlaps", "overlaps before", "overlaps after":
		return !a && !b
	}
	return true
}

type comparer func(x, y Value, xHigh, yHigh bool) int

func relation(name string) func(a, b ends, c comparer) bool {
	before := func(a, b ends, c comparer) bool {
		n := c(a.high, b.low, true, false)
		return n < 0 || n == 0 && !(a.highClosed && b.lowClosed)
	}
	meets := func(a, b ends, c comparer) bool {
		return a.highClosed && b.lowClosed && c(a.high, b.low, true, false) == 0
	}
	overlaps := func(a, b ends, c comparer) bool { return !before(a, b, c) && !before(b, a, c) }
	// starting tells whether a begins no later (strict: earlier) than b; ending likewise.
	lowOrder := func(a, b ends, c comparer) int {
		n := c(a.low, b.low, false, false)
		if n == 0 && a.lowClosed != b.lowClosed {
			if a.lowClosed {
				return -1
			}
			return 1
		}
		return n
	}
	highOrder := func(a, b ends, c comparer) int {
		n := c(a.high, b.high, true, true)
		if n == 0 && a.highClosed != b.highClosed {
			if a.highClosed {
				return 1
			}
			return -1
		}
		return n
	}
	overlapsBefore := func(a, b ends, c comparer) bool {
		return overlaps(a, b, c) && lowOrder(a, b, c) < 0 && highOrder(a, b, c) <= 0
	}
	includes := func(a, b ends, c comparer) bool { return lowOrder(a, b, c) <= 0 && highOrder(a, b, c) >= 0 }
	starts := func(a, b ends, c comparer) bool { return lowOrder(a, b, c) == 0 && highOrder(a, b, c) <= 0 }
	finishes := func(a, b ends, c comparer) bool { return highOrder(a, b, c) == 0 && lowOrder(a, b, c) >= 0 }
	turned := func(f func(a, b ends, c comparer) bool) func(a, b ends, c comparer) bool {
		return func(a, b ends, c comparer) bool { return f(b, a, c) }
	}
	switch name {
	case "before":
		return before
	case "after":
		return turned(before)
	case "meets":
		return meets
	case "met by":
		return turned(meets)
	case "overlaps":
		return overlaps
	case "overlaps before":
		return overlapsBefore
	case "overlaps after":
		return turned(overlapsBefore)
	case "finishes":
		return finishes
	case "finished by":
		return turned(finishes)
	case "includes":
		return includes
	case "during":
		return turned(includes)
	case "starts":
		return starts
	case "started by":
		return turned(starts)
	case "coincides":
		return func(a, b ends, c comparer) bool { return lowOrder(a, b, c) == 0 && highOrder(a, b, c) == 0 }
	}
	return nil
}

// makeRange reads a range of literals, such as [18..21) or [@"2020-01-01".."2021-01-01"].
func makeRange(r *Run, args []Value) Value {
	s, ok := args[0].(string)
	if !ok {
		return r.wrong("range", args...)
	}
	p := &parser{src: s}
	n := p.expr()
	if p.end(); p.err != nil || !r.spend(len(s)) {
		return r.null(0, "feel.null.literal", "text", s)
	}
	lit, ok := n.(*rangeLit)
	if !ok || !literalEnd(lit.lo) || !literalEnd(lit.hi) {
		return r.null(0, "feel.null.literal", "text", s)
	}
	out, ok := r.eval(lit, nil).(*Range)
	if !ok || out.Low == nil && out.LowClosed || out.High == nil && out.HighClosed || out.Low != nil && out.High != nil && outOfOrder(out) {
		return r.null(0, "feel.null.literal", "text", s)
	}
	return out
}

func outOfOrder(x *Range) bool {
	c, ok := compare(x.Low, x.High)
	return !ok || c > 0
}

func literalEnd(n node) bool {
	switch x := n.(type) {
	case *constant, *atLiteral:
		return true
	case *negative:
		return literalEnd(x.v)
	case *call:
		v, ok := x.fn.(*variable)
		if !ok || v.built == nil || len(x.names) > 0 {
			return false
		}
		for _, a := range x.args {
			if _, ok := a.(*constant); !ok {
				return false
			}
		}
		return true
	}
	return false
}

package feel

import (
	"github.com/cockroachdb/apd/v3"
)

// numberFunctions are the functions of clause 10.3.4.5.
func numberFunctions(name string) (string, body) {
	one := func(f func(r *Run, n Number) Value) body {
		return func(r *Run, args []Value) Value {
			n, ok := args[0].(Number)
			if !ok {
				return r.wrong(name, args...)
			}
			return f(r, n)
		}
	}
	rounding := func(how apd.Rounder) body {
		return func(r *Run, args []Value) Value {
			n, ok := args[0].(Number)
			scale := int64(0)
			if len(args) > 1 {
				var ok2 bool
				scale, ok2 = truncOf(args[1])
				ok = ok && ok2
			}
			if !ok {
				return r.wrong(name, args...)
			}
			if scale < -6111 || scale > 6176 {
				return r.null(0, "feel.null.overflow", "op", name)
			}
			return round(n, scale, how)
		}
	}
	real := func(f func(c *apd.Context, d, n *apd.Decimal) (apd.Condition, error)) body {
		return one(func(r *Run, n Number) Value {
			var d apd.Decimal
			if !r.spend(2000) {
				return nil
			}
			c := arith()
			cond, err := f(c, &d, n)
			v := finish(&d, cond, err)
			if v == nil {
				return r.null(0, "feel.null.overflow", "op", name)
			}
			return v
		})
	}
	switch name {
	case "decimal":
		return "n, scale", rounding(apd.RoundHalfEven)
	case "floor":
		return "n, scale?", rounding(apd.RoundFloor)
	case "ceiling":
		return "n, scale?", rounding(apd.RoundCeiling)
	case "round up":
		return "n, scale", rounding(apd.RoundUp)
	case "round down":
		return "n, scale", rounding(apd.RoundDown)
	case "round half up":
		return "n, scale", rounding(apd.RoundHalfUp)
	case "round half down":
		return "n, scale", rounding(apd.RoundHalfDown)
	case "abs":
		return "n", absolute
	case "modulo":
		return "dividend, divisor", modulo
	case "sqrt":
		return "number", real((*apd.Context).Sqrt)
	case "log":
		return "number", real((*apd.Context).Ln)
	case "exp":
		return "number", func(r *Run, args []Value) Value {
			return real(func(c *apd.Context, d, n *apd.Decimal) (apd.Condition, error) {
				// Beyond this the result has no place among the numbers, and the work would grow.
				i, ok := truncOf(n)
				if !ok || i > 15000 || i < -15000 {
					return 0, apdRange{}
				}
				if !r.spend(20 * int(max(i, -i))) {
					return 0, apdRange{}
				}
				return c.Exp(d, n)
			})(r, args)
		}
	case "odd", "even":
		return "number", one(func(_ *Run, n Number) Value {
			i, ok := wholeOf(n)
			if !ok {
				if n.Exponent > 0 {
					return name == "even"
				}
				return wideParity(n, name)
			}
			return (i%2 == 0) == (name == "even")
		})
	}
	return "", nil
}

// apdRange says that a result is outside of a number's range.
type apdRange struct{}

func (apdRange) Error() string { return "out of range" }

// wideParity handles whole numbers of more than 18 digits; a fraction is neither odd nor even.
func wideParity(n Number, name string) Value {
	var rest apd.Decimal
	if _, err := arith().Rem(&rest, n, apd.New(2, 0)); err != nil {
		return nil
	}
	var whole apd.Decimal
	whole.Reduce(n)
	if whole.Exponent < 0 {
		return false
	}
	return rest.IsZero() == (name == "even")
}

func absolute(r *Run, args []Value) Value {
	switch x := args[0].(type) {
	case Number:
		return new(apd.Decimal).Abs(x)
	case Days:
		return Days{new(apd.Decimal).Abs(x.Seconds)}
	case Months:
		if x < 0 {
			return -x
		}
		return x
	}
	return r.wrong("abs", args...)
}

// modulo is dividend - divisor*floor(dividend/divisor): it has the sign of the divisor.
func modulo(r *Run, args []Value) Value {
	a, ok := args[0].(Number)
	b, ok2 := args[1].(Number)
	if !ok || !ok2 || b.IsZero() || !r.spend(2000) {
		return r.wrong("modulo", args...)
	}
	wide := arith()
	wide.Precision = 6300
	var d apd.Decimal
	if _, err := wide.Rem(&d, a, b); err != nil {
		return r.null(0, "feel.null.overflow", "op", "modulo")
	}
	if !d.IsZero() && d.Negative != b.Negative {
		if _, err := arith().Add(&d, &d, b); err != nil {
			return r.null(0, "feel.null.overflow", "op", "modulo")
		}
	}
	if d.IsZero() {
		return NewNumber(0)
	}
	cond, err := arith().Round(&d, &d)
	return finish(&d, cond, err)
}

package feel

import (
	"encoding/json"
	"math"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// Number is a decimal of 34 digits with an exponent from -6143 to 6144, as IEEE 754-2008 decimal128
// (DMN 1.3, clause 10.3.2.3.1). It holds no infinity and no NaN: a calculation without a result is null.
type Number = *apd.Decimal

// digits is the precision of a number.
const digits = 34

// arith returns the rules of calculation: 34 digits, half to even.
func arith() *apd.Context {
	return &apd.Context{Precision: digits, MaxExponent: 6144, MinExponent: -6143, Rounding: apd.RoundHalfEven,
		Traps: apd.Overflow | apd.InvalidOperation | apd.DivisionByZero | apd.DivisionUndefined | apd.DivisionImpossible | apd.SystemOverflow | apd.SystemUnderflow}
}

// NewNumber returns a whole number.
func NewNumber(n int64) Number { return apd.New(n, 0) }

// ParseNumber reads a decimal such as -12.50 or 1.2e3; ok is false for anything else and for what
// lies outside of a number's range.
func ParseNumber(s string) (n Number, ok bool) {
	if s == "" || len(s) > 400 || strings.Trim(s, "0123456789+-.eE") != "" {
		return nil, false
	}
	if c := s[len(s)-1]; c < '0' || c > '9' {
		return nil, false
	}
	d, _, err := arith().NewFromString(s)
	if err != nil || d.Form != apd.Finite {
		return nil, false
	}
	return d, true
}

// finish returns the result of a calculation, null where there is none.
func finish(d *apd.Decimal, _ apd.Condition, err error) Value {
	if err != nil || d.Form != apd.Finite {
		return nil
	}
	return d
}

// NumberText writes a number without an exponent and without zeros at the end of its fraction.
func NumberText(n Number) string {
	var r apd.Decimal
	r.Reduce(n)
	if r.IsZero() {
		return "0"
	}
	return r.Text('f')
}

// wholeOf returns a number as an int64, when it is whole and fits.
func wholeOf(v Value) (int64, bool) {
	n, ok := v.(Number)
	if !ok || n.Exponent > 18 {
		return 0, false
	}
	var r apd.Decimal
	r.Reduce(n)
	i, err := r.Int64()
	return i, err == nil
}

// truncOf returns a number's whole part as an int64, when it fits.
func truncOf(v Value) (int64, bool) {
	n, ok := v.(Number)
	if !ok || n.Exponent > 18 {
		return 0, false
	}
	return wholeOf(round(n, 0, apd.RoundDown))
}

// round rounds to digits behind the point (before it, when negative).
func round(n Number, scale int64, how apd.Rounder) Value {
	if scale > 6176 || scale < -6111 {
		return nil
	}
	if -int64(n.Exponent) <= scale {
		return n
	}
	c := *arith()
	c.Precision, c.Rounding = 6200, how
	var d apd.Decimal
	if _, err := c.Quantize(&d, n, int32(-scale)); err != nil {
		return nil
	}
	var out apd.Decimal
	cond, err := arith().Round(&out, &d)
	return finish(&out, cond, err)
}

// numberOf turns what Go calls a number into one of FEEL.
func numberOf(v any) (Value, bool) {
	switch n := v.(type) {
	case int:
		return apd.New(int64(n), 0), true
	case int8:
		return apd.New(int64(n), 0), true
	case int16:
		return apd.New(int64(n), 0), true
	case int32:
		return apd.New(int64(n), 0), true
	case int64:
		return apd.New(n, 0), true
	case uint8:
		return apd.New(int64(n), 0), true
	case uint16:
		return apd.New(int64(n), 0), true
	case uint32:
		return apd.New(int64(n), 0), true
	case float64:
		if math.IsNaN(n) || math.IsInf(n, 0) {
			return nil, false
		}
		d, err := new(apd.Decimal).SetFloat64(n)
		return d, err == nil
	case json.Number:
		d, ok := ParseNumber(string(n))
		if !ok {
			return nil, false
		}
		return d, true
	}
	return nil, false
}

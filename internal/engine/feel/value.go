package feel

import (
	"strings"
	"time"
)

// Value is a value of FEEL (DMN 1.3, clause 10.3.2.3): nil for null, Number, string, bool, Date,
// Time, DateTime, Days, Months, *Range, List, *Context or *Function. A value is never changed once
// it was made.
type Value any

// List is an ordered sequence of values (DMN 1.3, clause 10.3.2.3.8).
type List []Value

// Context is a set of entries with names, in the order they were written (clause 10.3.2.3.9).
type Context struct {
	keys []string
	vals map[string]Value
}

// NewContext returns a context without entries.
func NewContext() *Context { return &Context{vals: map[string]Value{}} }

// Put gives an entry a value; only whoever makes a context may use it, before it is handed on.
func (c *Context) Put(key string, v Value) {
	if _, ok := c.vals[key]; !ok {
		c.keys = append(c.keys, key)
	}
	c.vals[key] = v
}

// Get returns the value of an entry and whether there is one.
func (c *Context) Get(key string) (Value, bool) {
	v, ok := c.vals[key]
	return v, ok
}

// Keys returns the names of the entries in their order.
func (c *Context) Keys() []string { return c.keys }

// Len returns how many entries there are.
func (c *Context) Len() int { return len(c.keys) }

func (c *Context) clone() *Context {
	out := &Context{keys: append([]string(nil), c.keys...), vals: make(map[string]Value, len(c.vals))}
	for k, v := range c.vals {
		out.vals[k] = v
	}
	return out
}

// Range is an interval of comparable values (clause 10.3.2.7). An end that is nil has no bound. A
// range that was written with a comparison, such as < 5, has one bound; Other tells of != alone.
type Range struct {
	Low, High             Value
	LowClosed, HighClosed bool
	Other                 bool // everything but Low
	compared              bool // written with a comparison sign
}

// Days is a days and time duration in seconds, exact (clause 10.3.2.3.6).
type Days struct{ Seconds Number }

// Months is a years and months duration in months (clause 10.3.2.3.7).
type Months int64

// Date is a day of the proleptic Gregorian calendar; the year may be from -999999999 to 999999999.
type Date struct {
	Year, Month, Day int
}

// Zone is what a time says about its place: nothing, an offset in seconds east of UTC, or a name of
// the IANA data base.
type Zone struct {
	kind   byte // 0 nothing, 1 offset, 2 name
	offset int
	name   string
	loc    *time.Location
}

// Time is a time of day in nanoseconds after midnight, with or without a zone.
type Time struct {
	Nanos int64
	Zone  Zone
}

// DateTime is a day and a time of it.
type DateTime struct {
	Date Date
	Time Time
}

// Param is a parameter of a function.
type Param struct {
	Name string
	Type *Type
}

// Function is a function: a built-in one, one written in FEEL, or one of the caller's.
type Function struct {
	Name     string
	Params   []Param
	Variadic bool  // the last parameter may be given any number of times
	Result   *Type // nil when nothing is said
	body     node
	env      *Scope
	native   func(r *Run, args []Value) Value // the caller's
	builtin  func(r *Run, args []Value) Value // of the standard
	single   bool                             // a built-in one of single values
	least    int                              // arguments a built-in one needs
	sets     [][]string                       // names of a built-in one's parameters, when there are several
	external bool
}

// NewFunction returns a function whose body is the caller's.
func NewFunction(name string, params []Param, result *Type, body func(r *Run, args []Value) Value) *Function {
	return &Function{Name: name, Params: params, Result: result, native: body}
}

// kindOf names the kind of a value as the standard does.
func kindOf(v Value) kind {
	switch v.(type) {
	case nil:
		return kNull
	case Number:
		return kNumber
	case string:
		return kString
	case bool:
		return kBoolean
	case Date:
		return kDate
	case Time:
		return kTime
	case DateTime:
		return kDateTime
	case Days:
		return kDays
	case Months:
		return kMonths
	case List:
		return kList
	case *Context:
		return kContext
	case *Range:
		return kRange
	case *Function:
		return kFunction
	}
	return kAny
}

// TypeName returns the standard's name of the kind of a value, such as "days and time duration".
func TypeName(v Value) string { return kindOf(v).String() }

// Equal compares two values (clause 10.3.2.13, table 54): ok is false where the standard says null,
// as for values of different kinds.
func Equal(a, b Value) (equal, ok bool) { return equalDeep(a, b, 0) }

func equalDeep(a, b Value, depth int) (equal, ok bool) {
	if a == nil || b == nil {
		return a == nil && b == nil, true
	}
	if depth > maxDepth {
		return false, false
	}
	switch x := a.(type) {
	case Number:
		y, is := b.(Number)
		return is && x.Cmp(y) == 0, is
	case string:
		y, is := b.(string)
		return is && x == y, is
	case bool:
		y, is := b.(bool)
		return is && x == y, is
	case Date, Time, DateTime:
		return equalTimes(a, b)
	case Days:
		y, is := b.(Days)
		return is && x.Seconds.Cmp(y.Seconds) == 0, is
	case Months:
		y, is := b.(Months)
		return is && x == y, is
	case List:
		y, is := b.(List)
		if !is {
			return false, false
		}
		if len(x) != len(y) {
			return false, true
		}
		for i := range x {
			if e, ok := equalDeep(x[i], y[i], depth+1); !ok || !e {
				return false, ok
			}
		}
		return true, true
	case *Context:
		y, is := b.(*Context)
		if !is {
			return false, false
		}
		if x.Len() != y.Len() {
			return false, true
		}
		for k, v := range x.vals {
			w, has := y.vals[k]
			if !has {
				return false, true
			}
			if e, ok := equalDeep(v, w, depth+1); !ok || !e {
				return false, ok
			}
		}
		return true, true
	case *Range:
		y, is := b.(*Range)
		if !is {
			return false, false
		}
		if x.compared != y.compared {
			return false, true // two ways to write a range have different ends
		}
		if x.LowClosed != y.LowClosed || x.HighClosed != y.HighClosed || x.Other != y.Other {
			return false, true
		}
		l, _ := equalDeep(x.Low, y.Low, depth+1)
		h, _ := equalDeep(x.High, y.High, depth+1)
		return l && h, true
	case *Function:
		y, is := b.(*Function)
		return is && x == y, is
	}
	return false, false
}

// compare orders two values of one kind that has an order: numbers, strings, days, times, durations.
func compare(a, b Value) (int, bool) {
	switch x := a.(type) {
	case Number:
		if y, ok := b.(Number); ok {
			return x.Cmp(y), true
		}
	case string:
		if y, ok := b.(string); ok {
			return strings.Compare(x, y), true
		}
	case Days:
		if y, ok := b.(Days); ok {
			return x.Seconds.Cmp(y.Seconds), true
		}
	case Months:
		if y, ok := b.(Months); ok {
			switch {
			case x < y:
				return -1, true
			case x > y:
				return 1, true
			}
			return 0, true
		}
	case Date, Time, DateTime:
		return compareTimes(a, b)
	}
	return 0, false
}

// Compare orders two values: negative, zero or positive; ok is false for values without an order
// between them.
func Compare(a, b Value) (order int, ok bool) { return compare(a, b) }

// Contains tells whether a value lies in the range; ok is false where they do not compare.
func (r *Range) Contains(v Value) (in, ok bool) {
	if r.Other {
		e, ok := Equal(v, r.Low)
		return ok && !e, ok
	}
	if !r.compared && (r.Low == nil || r.High == nil) {
		return false, false
	}
	if r.Low != nil {
		c, ok := compare(v, r.Low)
		if !ok {
			return false, false
		}
		if c < 0 || c == 0 && !r.LowClosed {
			return false, true
		}
	}
	if r.High != nil {
		c, ok := compare(v, r.High)
		if !ok {
			return false, false
		}
		if c > 0 || c == 0 && !r.HighClosed {
			return false, true
		}
	}
	return true, r.Low != nil || r.High != nil
}

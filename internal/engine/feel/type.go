package feel

import "strings"

type kind byte

const (
	kAny kind = iota
	kNull
	kNumber
	kString
	kBoolean
	kDate
	kTime
	kDateTime
	kDays
	kMonths
	kList
	kContext
	kRange
	kFunction
)

// String returns the standard's name of the kind.
func (k kind) String() string {
	switch k {
	case kNull:
		return "Null"
	case kNumber:
		return "number"
	case kString:
		return "string"
	case kBoolean:
		return "boolean"
	case kDate:
		return "date"
	case kTime:
		return "time"
	case kDateTime:
		return "date and time"
	case kDays:
		return "days and time duration"
	case kMonths:
		return "years and months duration"
	case kList:
		return "list"
	case kContext:
		return "context"
	case kRange:
		return "range"
	case kFunction:
		return "function"
	}
	return "Any"
}

// Type is a type of FEEL (clause 10.3.2.9): a kind, with what its parts are, and with the values an
// item definition allows. A nil *Type is Any.
type Type struct {
	kind    kind
	elem    *Type   // of a list or a range; nil is Any
	fields  []Param // of a context
	open    bool    // a context of any entries
	params  []*Type // of a function
	any     bool    // a function of any parameters
	result  *Type
	name    string
	Allowed func(r *Run, v Value) bool // nil when every value is allowed
}

// TypeOf returns the built-in type of a name, as FEEL and the schema of DMN spell it.
func TypeOf(name string) (*Type, bool) {
	switch strings.Join(strings.Fields(name), " ") {
	case "Any":
		return &Type{kind: kAny}, true
	case "Null":
		return &Type{kind: kNull}, true
	case "number":
		return &Type{kind: kNumber}, true
	case "string":
		return &Type{kind: kString}, true
	case "boolean":
		return &Type{kind: kBoolean}, true
	case "date":
		return &Type{kind: kDate}, true
	case "time":
		return &Type{kind: kTime}, true
	case "date and time", "dateTime":
		return &Type{kind: kDateTime}, true
	case "days and time duration", "dayTimeDuration":
		return &Type{kind: kDays}, true
	case "years and months duration", "yearMonthDuration":
		return &Type{kind: kMonths}, true
	case "list":
		return &Type{kind: kList}, true
	case "context":
		return &Type{kind: kContext, open: true}, true
	case "function":
		return &Type{kind: kFunction, any: true}, true
	case "range":
		return &Type{kind: kRange}, true
	}
	return nil, false
}

// ListOf returns the type of lists of an element type.
func ListOf(elem *Type) *Type { return &Type{kind: kList, elem: elem} }

// ContextOf returns the type of contexts that have at least the entries.
func ContextOf(name string, fields []Param) *Type {
	return &Type{kind: kContext, fields: fields, name: name}
}

// FunctionOf returns the type of functions.
func FunctionOf(params []*Type, result *Type) *Type {
	return &Type{kind: kFunction, params: params, result: result}
}

// IsList tells whether values of the type are lists.
func (t *Type) IsList() bool { return t != nil && t.kind == kList }

// Kind returns the standard's name of what kind of values the type has; "Any" for a nil type.
func (t *Type) Kind() string {
	if t == nil {
		return "Any"
	}
	return t.kind.String()
}

// Elem returns the type of a list's elements; nil is Any.
func (t *Type) Elem() *Type { return t.elem }

// Result returns what a function of the type returns; nil is Any.
func (t *Type) Result() *Type { return t.result }

// Fields returns the entries a context must have.
func (t *Type) Fields() []Param {
	if t == nil {
		return nil
	}
	return t.fields
}

// Named returns the type with a name, and with the values it allows in place of its own.
func (t *Type) Named(name string, allowed func(r *Run, v Value) bool) *Type {
	out := *t
	out.name = name
	if allowed != nil {
		before := t.Allowed
		out.Allowed = func(r *Run, v Value) bool { return (before == nil || before(r, v)) && allowed(r, v) }
	}
	return &out
}

// Name returns the name of the type for people.
func (t *Type) Name() string {
	switch {
	case t == nil:
		return "Any"
	case t.name != "":
		return t.name
	case t.kind == kList && t.elem != nil:
		return "list<" + t.elem.Name() + ">"
	}
	return t.kind.String()
}

// Has tells whether a value is an instance of the type (clause 10.3.2.9.4); null is of every type
// that a variable may have.
func (t *Type) Has(r *Run, v Value) bool { return t.has(r, v, 0, true) }

func (t *Type) has(r *Run, v Value, depth int, allowed bool) bool {
	if t == nil || v == nil {
		return true
	}
	if depth > maxDepth || !r.spend(1) {
		return false
	}
	switch t.kind {
	case kAny:
	case kNull:
		return false
	case kList:
		l, ok := v.(List)
		if !ok {
			return false
		}
		for _, e := range l {
			if !t.elem.has(r, e, depth+1, allowed) {
				return false
			}
		}
	case kContext:
		c, ok := v.(*Context)
		if !ok {
			return false
		}
		for _, f := range t.fields {
			e, there := c.Get(f.Name)
			if !there || !f.Type.has(r, e, depth+1, allowed) {
				return false
			}
		}
	case kRange:
		x, ok := v.(*Range)
		if !ok {
			return false
		}
		return t.elem.has(r, x.Low, depth+1, allowed) && t.elem.has(r, x.High, depth+1, allowed)
	case kFunction:
		f, ok := v.(*Function)
		if !ok {
			return false
		}
		if t.any {
			break
		}
		if len(f.Params) != len(t.params) {
			return false
		}
		for i, p := range t.params {
			if !p.fits(f.Params[i].Type) {
				return false
			}
		}
		if f.Result != nil && t.result != nil && !f.Result.fits(t.result) {
			return false
		}
	default:
		if kindOf(v) != t.kind {
			return false
		}
	}
	return !allowed || t.Allowed == nil || t.Allowed(r, v)
}

// fits tells whether every value of t is one of u (clause 10.3.2.9.3).
func (t *Type) fits(u *Type) bool { return t.fitsDeep(u, 0) }

func (t *Type) fitsDeep(u *Type, depth int) bool {
	if u == nil || u.kind == kAny {
		return true
	}
	if t == nil || depth > maxDepth {
		return false
	}
	if t.kind == kNull {
		return true
	}
	if t.kind != u.kind {
		return false
	}
	switch t.kind {
	case kList, kRange:
		return t.elem.fitsDeep(u.elem, depth+1)
	case kContext:
		for _, f := range u.fields {
			found := false
			for _, g := range t.fields {
				found = found || g.Name == f.Name && g.Type.fitsDeep(f.Type, depth+1)
			}
			if !found {
				return false
			}
		}
	case kFunction:
		if u.any {
			return true
		}
		if t.any || len(t.params) != len(u.params) {
			return false
		}
		for i := range t.params {
			if !u.params[i].fitsDeep(t.params[i], depth+1) {
				return false
			}
		}
		return t.result.fitsDeep(u.result, depth+1)
	}
	return true
}

// Coerce makes a value conform to a type as clause 10.3.2.9.4 says: a list of one becomes its
// element, an element a list of one, a date midnight in UTC; whatever still does not conform is
// null, and ok is false.
func (t *Type) Coerce(r *Run, v Value) (out Value, ok bool) {
	if t == nil || v == nil || t.Has(r, v) {
		return v, true
	}
	if l, is := v.(List); is && t.kind != kList && len(l) == 1 && t.Has(r, l[0]) {
		return l[0], true
	}
	if _, is := v.(List); !is && t.kind == kList {
		if one := (List{v}); t.Has(r, one) {
			return one, true
		}
		if e, fit := t.elem.Coerce(r, v); fit && t.Has(r, List{e}) {
			return List{e}, true
		}
	}
	if d, is := v.(Date); is && t.kind == kDateTime {
		if dt := (DateTime{Date: d, Time: Time{Zone: utc()}}); t.Has(r, dt) {
			return dt, true
		}
	}
	return nil, false
}

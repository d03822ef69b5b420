package feel

import (
	"time"

	"lienthong/internal/kit/fault"
)

// Limits on what an evaluation may cost.
const (
	MaxSteps  = 5_000_000 // nodes, list elements and characters looked at, unless Run says otherwise
	maxCalls  = 300       // calls within calls
	maxLevel  = 20_000    // nodes within nodes, over all calls
	maxString = 1 << 20   // bytes of a string that is made
	maxNotes  = 40
)

// Run is one evaluation: what it may know of the world, what it has left, and what it met. A Run is
// used by one goroutine and for one evaluation or for several that belong together.
type Run struct {
	Now   time.Time                                 // what now() and today() tell, in the caller's zone
	Zones func(name string) (*time.Location, error) // the IANA zones; without it no zone has a name
	Steps int                                       // how many steps are left; NewRun sets MaxSteps
	Notes []Note                                    // why results are null, the first 40
	Owner any                                       // whose run it is; functions of NewFunction find their way home by it
	depth int                                       // of calls
	level int                                       // of nodes
	over  bool
}

// NewRun returns a run with MaxSteps steps.
func NewRun(now time.Time, zones func(name string) (*time.Location, error)) *Run {
	return &Run{Now: now, Zones: zones, Steps: MaxSteps}
}

// Note tells why a part of an expression is null. Pos is the byte in the expression's text.
type Note struct {
	Pos  int            `json:"pos"`
	Key  string         `json:"key"`
	Args map[string]any `json:"args,omitempty"`
}

// Spent tells whether the evaluation was cut short: it had no steps left or called too deeply. Its
// result is null and says nothing.
func (r *Run) Spent() bool { return r.over }

// spend takes steps away and reports whether the evaluation may go on.
func (r *Run) spend(n int) bool {
	if r.over {
		return false
	}
	if r.Steps -= n; r.Steps < 0 {
		r.over = true
		r.note(0, "feel.null.steps")
		return false
	}
	return true
}

// null notes why there is no value and returns null.
func (r *Run) null(pos int, key string, args ...any) Value {
	r.note(pos, key, args...)
	return nil
}

func (r *Run) note(pos int, key string, args ...any) {
	if len(r.Notes) < maxNotes {
		r.Notes = append(r.Notes, Note{Pos: pos, Key: key, Args: fault.Args(args...)})
	}
}

// Scope holds the values of names; an inner scope hides the names of the outer.
type Scope struct {
	up    *Scope
	vars  map[string]Value
	name  string
	value Value
	item  *Context // entries of a filter's item
	asked bool     // value is the input of unary tests
}

// NewScope returns a scope with the variables inside another scope, which may be nil.
func NewScope(up *Scope, vars map[string]Value) *Scope { return &Scope{up: up, vars: vars} }

// With returns a scope inside s with one more variable.
func (s *Scope) With(name string, v Value) *Scope { return &Scope{up: s, name: name, value: v} }

// Input returns a scope inside s in which ? is the value.
func (s *Scope) Input(v Value) *Scope { return &Scope{up: s, value: v, asked: true} }

// Lookup returns the value of a name.
func (s *Scope) Lookup(name string) (Value, bool) {
	for ; s != nil; s = s.up {
		if s.name == name && name != "" {
			return s.value, true
		}
		if s.vars != nil {
			if v, ok := s.vars[name]; ok {
				return v, true
			}
		}
		if s.item != nil {
			if v, ok := s.item.Get(name); ok {
				return v, true
			}
		}
	}
	return nil, false
}

// Item returns a scope inside s that knows the entries of a filter's item.
func (s *Scope) Item(v Value) *Scope {
	c, _ := v.(*Context)
	return &Scope{up: s, item: c}
}

func (s *Scope) input() (Value, bool) {
	for ; s != nil; s = s.up {
		if s.asked {
			return s.value, true
		}
	}
	return nil, false
}

// Expr is a text of FEEL that was read. It is not changed by evaluation.
type Expr struct {
	Text    string
	Unknown []NameAt // names that nothing declares
	root    node
}

// Parse reads an expression (rule 1 of clause 10.3.1.2) that may speak of the names and types; both
// may be nil. The error is an *Error.
func Parse(text string, names *Names, types TypeNames) (*Expr, error) {
	p := &parser{src: text, names: names, types: types}
	if len(text) > MaxText {
		p.src = ""
		p.fail("feel.parse.long")
		return nil, p.err
	}
	n := p.expr()
	if p.end(); p.err != nil {
		return nil, p.err
	}
	return &Expr{Text: text, Unknown: p.unknown, root: n}, nil
}

func (p *parser) end() {
	p.ws()
	if p.err == nil && p.pos < len(p.src) {
		p.fail("feel.parse.unexpected")
	}
}

// Eval returns the value of the expression; null with a note where the standard has no value.
func (e *Expr) Eval(r *Run, s *Scope) Value {
	v := r.eval(e.root, s)
	if r.over {
		return nil
	}
	return v
}

// Tests are unary tests, the content of an input entry of a decision table (rules 16 and 17).
type Tests struct {
	Text    string
	Unknown []NameAt
	any     bool // "-"
	not     bool
	list    []node
	asks    []bool // which of them use ?
}

// ParseTests reads unary tests. The error is an *Error.
func ParseTests(text string, names *Names, types TypeNames) (*Tests, error) {
	p := &parser{src: text, names: names, types: types}
	if len(text) > MaxText {
		p.src = ""
		p.fail("feel.parse.long")
		return nil, p.err
	}
	t := &Tests{Text: text}
	p.ws()
	if p.pos == len(p.src) || p.src[p.pos] == '-' && skipSpace(p.src, p.pos+1) == len(p.src) {
		t.any = true
		return t, p.error()
	}
	if p.word() == "not" && p.negated() {
		t.not = true
		p.pos += len("not")
		p.want("(")
	}
	for p.err == nil {
		p.asks = false
		t.list = append(t.list, p.test())
		t.asks = append(t.asks, p.asks)
		if !p.take(",") {
			break
		}
	}
	if t.not {
		p.want(")")
	}
	p.end()
	t.Unknown = p.unknown
	return t, p.error()
}

func (p *parser) error() error {
	if p.err != nil {
		return p.err
	}
	return nil
}

// negated tells whether the parenthesis behind "not" closes at the end of the text, so that it
// holds tests and is not a call in an expression. Strings and comments are looked over.
func (p *parser) negated() bool {
	i := skipSpace(p.src, p.pos+len("not"))
	if i >= len(p.src) || p.src[i] != '(' {
		return false
	}
	level := 0
	for ; i < len(p.src); i++ {
		switch p.src[i] {
		case '"':
			for i++; i < len(p.src) && p.src[i] != '"'; i++ {
				if p.src[i] == '\\' {
					i++
				}
			}
		case '(':
			level++
		case ')':
			if level--; level == 0 {
				return skipSpace(p.src, i+1) == len(p.src)
			}
		}
	}
	return false
}

// Any tells whether the tests are "-", which everything passes.
func (t *Tests) Any() bool { return t.any }

// Match tells whether a value passes: one of the tests, or none of them behind "not" (clause
// 10.3.2.8). A test without a result is not passed.
func (t *Tests) Match(r *Run, s *Scope, v Value) bool {
	if t.any {
		return true
	}
	s = s.Input(v)
	var found Value = false
	for i, n := range t.list {
		switch x := r.test(n, s, v, t.asks[i]); x {
		case true:
			return !t.not
		case nil:
			found = nil
		}
		if r.over {
			return false
		}
	}
	return t.not && found == false
}

package feel

// node is a part of a text.
type node interface {
	eval(r *Run, s *Scope) Value
}

type (
	constant struct {
		pos int
		v   Value
	}
	atLiteral struct {
		pos  int
		text string
	}
	input    struct{ pos int }
	variable struct {
		pos   int
		name  string
		built *Function
	}
	logic struct {
		pos  int
		or   bool
		a, b node
	}
	comparing struct {
		pos  int
		op   string
		a, b node
	}
	compared struct {
		pos int
		op  string
		v   node
	}
	between struct {
		pos       int
		v, lo, hi node
	}
	inside struct {
		pos   int
		v     node
		tests []node
	}
	negative struct {
		pos int
		v   node
	}
	calc struct {
		pos  int
		op   byte
		a, b node
	}
	path struct {
		pos  int
		of   node
		name string
	}
	filter struct {
		pos      int
		of, cond node
	}
	call struct {
		pos   int
		fn    node
		names []string
		args  []node
	}
	isA struct {
		pos int
		v   node
		t   *Type
	}
	choice struct {
		pos           int
		cond, yes, no node
	}
	iterator struct {
		name     string
		from, to node
	}
	loop struct {
		pos  int
		kind string // for, some, every
		over []iterator
		body node
	}
	rangeLit struct {
		pos                int
		lo, hi             node
		loClosed, hiClosed bool
	}
	listLit struct {
		pos   int
		items []node
	}
	contextLit struct {
		pos  int
		keys []string
		vals []node
	}
	functionLit struct {
		pos      int
		params   []Param
		body     node
		external bool
	}
)

// eval is the one way to a node's value, so that every step is counted.
func (r *Run) eval(n node, s *Scope) Value {
	if !r.spend(1) {
		return nil
	}
	if r.level++; r.level > maxLevel {
		r.over = true
		r.note(0, "feel.null.calls")
	}
	defer r.up()
	if r.over {
		return nil
	}
	return n.eval(r, s)
}

func (r *Run) up() { r.level-- }

func (n *constant) eval(*Run, *Scope) Value { return n.v }

func (n *atLiteral) eval(r *Run, _ *Scope) Value {
	if v := r.literal(n.text); v != nil {
		return v
	}
	return r.null(n.pos, "feel.null.literal", "text", n.text)
}

func (n *input) eval(r *Run, s *Scope) Value {
	if v, ok := s.input(); ok {
		return v
	}
	if v, ok := s.Lookup("?"); ok {
		return v
	}
	return r.null(n.pos, "feel.null.name", "name", "?")
}

func (n *variable) eval(r *Run, s *Scope) Value {
	if v, ok := s.Lookup(n.name); ok {
		return v
	}
	if n.built != nil {
		return n.built
	}
	return r.null(n.pos, "feel.null.name", "name", n.name)
}

// eval follows table 50 of clause 10.3.2.10: what is not boolean is unknown.
func (n *logic) eval(r *Run, s *Scope) Value {
	a, aok := r.eval(n.a, s).(bool)
	if aok && a == n.or {
		return a
	}
	b, bok := r.eval(n.b, s).(bool)
	if bok && b == n.or {
		return b
	}
	if !aok || !bok {
		return nil
	}
	return !n.or
}

func (n *comparing) eval(r *Run, s *Scope) Value {
	a, b := r.eval(n.a, s), r.eval(n.b, s)
	return r.compare(n.pos, n.op, a, b)
}

func (r *Run) compare(pos int, op string, a, b Value) Value {
	if !r.spend(sizeOf(a)) {
		return nil
	}
	switch op {
	case "=", "!=":
		e, ok := Equal(a, b)
		if !ok {
			return r.null(pos, "feel.null.compare", "a", TypeName(a), "b", TypeName(b))
		}
		return e == (op == "=")
	}
	c, ok := compare(a, b)
	if !ok {
		return r.null(pos, "feel.null.compare", "a", TypeName(a), "b", TypeName(b))
	}
	switch op {
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	}
	return c >= 0
}

// eval makes the range that a comparison without a left side means.
func (n *compared) eval(r *Run, s *Scope) Value {
	v := r.eval(n.v, s)
	if v == nil && n.op != "=" && n.op != "!=" {
		return nil
	}
	switch n.op {
	case "<":
		return &Range{High: v, compared: true}
	case "<=":
		return &Range{High: v, HighClosed: true, compared: true}
	case ">":
		return &Range{Low: v, compared: true}
	case ">=":
		return &Range{Low: v, LowClosed: true, compared: true}
	case "!=":
		return &Range{Low: v, Other: true, compared: true}
	}
	return &Range{Low: v, High: v, LowClosed: true, HighClosed: true, compared: true}
}

func (n *between) eval(r *Run, s *Scope) Value {
	v, lo, hi := r.eval(n.v, s), r.eval(n.lo, s), r.eval(n.hi, s)
	a, aok := r.compare(n.pos, ">=", v, lo).(bool)
	b, bok := r.compare(n.pos, "<=", v, hi).(bool)
	if !aok || !bok {
		return nil
	}
	return a && b
}

func (n *inside) eval(r *Run, s *Scope) Value {
	v := r.eval(n.v, s)
	in := s.Input(v)
	var out Value = false
	for _, t := range n.tests {
		switch r.test(t, in, v, false) {
		case true:
			return true
		case nil:
			out = nil
		}
	}
	return out
}

// test applies one positive unary test: true, false, or null without a result (table 55).
func (r *Run) test(n node, s *Scope, v Value, asks bool) Value {
	if c, ok := n.(*compared); ok {
		return r.compare(c.pos, c.op, v, r.eval(c.v, s))
	}
	x := r.eval(n, s)
	if asks {
		b, ok := x.(bool)
		if ok {
			return b
		}
		if x == nil {
			return nil
		}
	}
	if b, ok := x.(bool); ok {
		if w, is := v.(bool); is {
			return b == w
		}
		if _, lit := n.(*constant); !lit {
			return b
		}
		return false
	}
	return r.among(v, x)
}

// among tells whether a value equals the other, is in its range or in its list.
func (r *Run) among(v, x Value) Value {
	switch t := x.(type) {
	case *Range:
		if l, is := v.(*Range); is {
			e, _ := Equal(l, t)
			return e
		}
		in, ok := t.Contains(v)
		if !ok {
			return nil
		}
		return in
	case List:
		if !r.spend(len(t)) {
			return nil
		}
		if l, is := v.(List); is {
			if e, ok := Equal(l, t); ok && e {
				return true
			}
		}
		for _, e := range t {
			if g, is := e.(*Range); is {
				if in, ok := g.Contains(v); ok && in {
					return true
				}
			}
			if eq, ok := Equal(v, e); ok && eq {
				return true
			}
		}
		return false
	}
	e, ok := Equal(v, x)
	if !ok {
		return nil
	}
	return e
}

func (n *isA) eval(r *Run, s *Scope) Value {
	v := r.eval(n.v, s)
	if n.t.kind == kNull {
		return v == nil
	}
	if v == nil {
		return false
	}
	return n.t.has(r, v, 0, false) // the values an item definition allows do not count here
}

func (n *choice) eval(r *Run, s *Scope) Value {
	if b, ok := r.eval(n.cond, s).(bool); ok && b {
		return r.eval(n.yes, s)
	}
	return r.eval(n.no, s)
}

func (n *rangeLit) eval(r *Run, s *Scope) Value {
	lo, hi := r.eval(n.lo, s), r.eval(n.hi, s)
	if lo != nil && hi != nil {
		if _, ok := compare(lo, hi); !ok {
			return r.null(n.pos, "feel.null.compare", "a", TypeName(lo), "b", TypeName(hi))
		}
	}
	if lo == nil && hi == nil {
		return r.null(n.pos, "feel.null.range")
	}
	return &Range{Low: lo, High: hi, LowClosed: n.loClosed, HighClosed: n.hiClosed}
}

func (n *listLit) eval(r *Run, s *Scope) Value {
	out := make(List, len(n.items))
	for i, x := range n.items {
		out[i] = r.eval(x, s)
	}
	return out
}

func (n *contextLit) eval(r *Run, s *Scope) Value {
	out := NewContext()
	in := &Scope{up: s, item: out}
	for i, k := range n.keys {
		if _, twice := out.Get(k); twice {
			return r.null(n.pos, "feel.null.twice", "name", k)
		}
		out.Put(k, r.eval(n.vals[i], in))
	}
	return out
}

func (n *functionLit) eval(_ *Run, s *Scope) Value {
	return &Function{Params: n.params, body: n.body, env: s, external: n.external}
}

// sizeOf is a rough price of looking at a value.
func sizeOf(v Value) int {
	switch x := v.(type) {
	case List:
		return 1 + len(x)
	case *Context:
		return 1 + x.Len()
	case string:
		return 1 + len(x)/64
	}
	return 1
}

package feel

// eval takes one entry of a context, of every context of a list, or a property of a time, a
// duration or a range (clauses 10.3.2.5 and 10.3.2.4, table 53).
func (n *path) eval(r *Run, s *Scope) Value {
	return r.entry(n.pos, r.eval(n.of, s), n.name, 0)
}

func (r *Run) entry(pos int, of Value, name string, depth int) Value {
	switch x := of.(type) {
	case nil:
		return nil
	case *Context:
		if v, ok := x.Get(name); ok {
			return v
		}
		return r.null(pos, "feel.null.entry", "name", name)
	case List:
		if depth > maxDepth || !r.spend(len(x)) {
			return nil
		}
		out := make(List, len(x))
		for i, e := range x {
			out[i] = r.entry(pos, e, name, depth+1)
		}
		return out
	}
	if v, ok := property(of, name); ok {
		return v
	}
	return r.null(pos, "feel.null.property", "name", name, "type", TypeName(of))
}

// eval keeps the elements for which the condition holds, or takes the element with a number
// (clause 10.3.2.5).
func (n *filter) eval(r *Run, s *Scope) Value {
	of := r.eval(n.of, s)
	list, ok := of.(List)
	if !ok {
		list = List{of}
		if of == nil {
			list = List{}
		}
	}
	if len(list) == 0 {
		if _, ok := r.eval(n.cond, s.With("item", nil)).(Number); ok {
			return r.null(n.pos, "feel.null.index", "count", 0)
		}
		return List{}
	}
	out := List{}
	for i, e := range list {
		in := s.With("item", e)
		if c, ok := e.(*Context); ok {
			in.item = c
			if _, has := c.Get("item"); has {
				in.name = ""
			}
		}
		switch v := r.eval(n.cond, in).(type) {
		case bool:
			if v {
				out = append(out, e)
			}
		case Number:
			if i == 0 {
				return r.index(n.pos, list, v)
			}
		}
		if r.over {
			return nil
		}
	}
	return out
}

func (r *Run) index(pos int, list List, v Number) Value {
	i, ok := wholeOf(v)
	switch {
	case ok && i > 0 && i <= int64(len(list)):
		return list[i-1]
	case ok && i < 0 && -i <= int64(len(list)):
		return list[int64(len(list))+i]
	}
	return r.null(pos, "feel.null.index", "count", len(list))
}

// eval runs the body for every combination (clause 10.3.2.14).
func (n *loop) eval(r *Run, s *Scope) Value {
	w := &walk{r: r, n: n, out: List{}}
	switch n.kind {
	case "for":
		if !w.step(0, s) {
			return nil
		}
		return w.out
	}
	w.found = n.kind == "every"
	if !w.step(0, s) {
		return nil
	}
	if w.done {
		return n.kind == "some"
	}
	if w.unknown {
		return nil
	}
	return w.found
}

type walk struct {
	r       *Run
	n       *loop
	out     List
	found   bool
	unknown bool
	done    bool
}

// step goes through the iterators from the i-th on; false means there is no result.
func (w *walk) step(i int, s *Scope) bool {
	r := w.r
	if r.over || w.done {
		return !r.over
	}
	if i == len(w.n.over) {
		return w.body(s)
	}
	it := w.n.over[i]
	each := func(v Value) bool { return w.step(i+1, s.With(it.name, v)) }
	from := r.eval(it.from, s)
	if it.to != nil {
		return w.between(from, r.eval(it.to, s), true, true, each)
	}
	switch x := from.(type) {
	case List:
		for _, v := range x {
			if !each(v) {
				return false
			}
		}
		return true
	case *Range:
		if x.Low == nil || x.High == nil || x.Other {
			r.note(w.n.pos, "feel.null.iterate", "type", "range")
			return false
		}
		if c, ok := compare(x.Low, x.High); !ok || c > 0 {
			r.note(w.n.pos, "feel.null.iterate", "type", "range")
			return false
		}
		return w.between(x.Low, x.High, x.LowClosed, x.HighClosed, each)
	case nil:
		r.note(w.n.pos, "feel.null.iterate", "type", "Null")
		return false
	}
	return each(from)
}

func (w *walk) body(s *Scope) bool {
	if w.n.kind == "for" {
		v := w.r.eval(w.n.body, s.With("partial", w.out[:len(w.out):len(w.out)]))
		w.out = append(w.out, v)
		return !w.r.over
	}
	b, ok := w.r.eval(w.n.body, s).(bool)
	switch {
	case !ok:
		w.unknown = true
	case b == (w.n.kind == "some"):
		w.done = true
	}
	return !w.r.over
}

// between goes from one whole number or day to the other, up or down.
func (w *walk) between(from, to Value, first, last bool, each func(Value) bool) bool {
	r := w.r
	if d, ok := from.(Date); ok {
		e, ok := to.(Date)
		if !ok {
			r.note(w.n.pos, "feel.null.iterate", "type", TypeName(to))
			return false
		}
		a, b := dayNumber(d), dayNumber(e)
		return w.count(a, b, first, last, func(i int64) bool { return each(dateOfDay(i)) })
	}
	a, aok := wholeOf(from)
	b, bok := wholeOf(to)
	if !aok || !bok {
		r.note(w.n.pos, "feel.null.iterate", "type", TypeName(from))
		return false
	}
	return w.count(a, b, first, last, func(i int64) bool { return each(NewNumber(i)) })
}

func (w *walk) count(a, b int64, first, last bool, each func(int64) bool) bool {
	step := int64(1)
	if a > b {
		step = -1
	}
	for i := a; ; i += step {
		if (i != a || first) && (i != b || last) {
			if !w.r.spend(1) || !each(i) {
				return false
			}
		}
		if i == b || w.done {
			return true
		}
	}
}

// eval calls a function with arguments by position or by name (clause 10.3.2.13.3).
func (n *call) eval(r *Run, s *Scope) Value {
	v := r.eval(n.fn, s)
	f, ok := v.(*Function)
	if !ok {
		return r.null(n.pos, "feel.null.function", "type", TypeName(v))
	}
	args := make([]Value, len(n.args))
	for i, a := range n.args {
		args[i] = r.eval(a, s)
	}
	if n.names != nil {
		if args, ok = f.arrange(n.names, args); !ok {
			return r.null(n.pos, "feel.null.arguments", "name", f.Name)
		}
	}
	before := len(r.Notes)
	out := f.Invoke(r, args)
	for i := before; i < len(r.Notes); i++ {
		if f.builtin != nil && r.Notes[i].Pos == 0 {
			r.Notes[i].Pos = n.pos
		}
	}
	return out
}

// arrange puts arguments given by name into their places.
func (f *Function) arrange(names []string, args []Value) ([]Value, bool) {
	sets := f.sets
	if sets == nil {
		sets = [][]string{nil}
		for _, p := range f.Params {
			sets[0] = append(sets[0], p.Name)
		}
	}
next:
	for _, set := range sets {
		out := make([]Value, len(set))
		given := make([]bool, len(set))
		last := -1
		for i, name := range names {
			at := -1
			for j, p := range set {
				if p == name || p == name+"?" {
					at = j
				}
			}
			if at < 0 || given[at] {
				continue next
			}
			out[at], given[at] = args[i], true
			last = max(last, at)
		}
		for j := range set {
			if !given[j] && j >= last+1 && (f.builtin == nil || len(set[j]) == 0 || set[j][len(set[j])-1] != '?') {
				continue next
			}
			if !given[j] && j <= last && f.builtin == nil {
				continue next
			}
		}
		return out[:last+1], true
	}
	return nil, false
}

// Invoke calls a function with arguments in their places; null with a note when they do not fit.
func (f *Function) Invoke(r *Run, args []Value) Value {
	if !r.spend(1) {
		return nil
	}
	if f.builtin != nil {
		if len(args) < f.least || !f.Variadic && len(args) > len(f.Params) {
			return r.null(0, "feel.null.arguments", "name", f.Name)
		}
		if f.single {
			for i, a := range args {
				if l, ok := a.(List); ok && len(l) == 1 {
					args[i] = l[0]
				}
			}
		}
		return f.builtin(r, args)
	}
	if f.external {
		return r.null(0, "feel.null.external")
	}
	if len(args) != len(f.Params) {
		return r.null(0, "feel.null.arguments", "name", f.Name)
	}
	for i, p := range f.Params {
		v, ok := p.Type.Coerce(r, args[i])
		if !ok {
			return r.null(0, "feel.null.parameter", "name", p.Name, "type", p.Type.Name(), "given", TypeName(args[i]))
		}
		args[i] = v
	}
	if r.depth++; r.depth > maxCalls {
		r.over = true
		r.note(0, "feel.null.calls")
	}
	defer func() { r.depth-- }()
	if r.over {
		return nil
	}
	var out Value
	if f.native != nil {
		out = f.native(r, args)
	} else {
		vars := make(map[string]Value, len(args))
		for i, p := range f.Params {
			vars[p.Name] = args[i]
		}
		out = r.eval(f.body, &Scope{up: f.env, vars: vars})
	}
	out, ok := f.Result.Coerce(r, out)
	if !ok {
		return r.null(0, "feel.null.result", "type", f.Result.Name())
	}
	return out
}

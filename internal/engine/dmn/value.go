package dmn

import (
	"errors"

	"lienthong/internal/engine/feel"
)

type (
	nothing struct {
		key, text string
		err       error
	} // has no value: empty, or refused by Check
	literal struct {
		id string
		x  *feel.Expr
	}
	typed struct {
		of  logic
		typ *feel.Type
		id  string
	}
	boxedList  struct{ items []logic }
	boxedEntry struct {
		name string
		typ  *feel.Type
		x    logic
	}
	boxedContext struct {
		entries   []boxedEntry
		result    logic
		hasResult bool
	}
	boxedCall struct {
		fn    logic
		names []string
		types []*feel.Type
		args  []logic
	}
	boxedRelation struct {
		columns []string
		rows    [][]logic
	}
	boxedFunction struct {
		params   []feel.Param
		result   *feel.Type
		body     logic
		external bool
	}
	boxedIf   struct{ cond, yes, no logic }
	boxedLoop struct {
		kind, name string
		in, body   logic
	}
)

// of returns the value of logic that may be missing.
func (q *question) of(l logic, s *feel.Scope) feel.Value {
	if l == nil || q.run.Spent() {
		return nil
	}
	if q.level++; q.level > maxLevel {
		q.run.Steps = -1
	}
	defer func() { q.level-- }()
	if q.run.Steps--; q.run.Steps < 0 {
		return nil
	}
	return l.value(q, s)
}

func (n *nothing) value(q *question, _ *feel.Scope) feel.Value {
	if n.key != "" {
		q.note("", n.key, "text", n.text, "language", n.text)
		var e *feel.Error
		if errors.As(n.err, &e) {
			q.notes[len(q.notes)-1].reason = e
		}
	}
	return nil
}

func (l *literal) value(q *question, s *feel.Scope) feel.Value {
	before := len(q.run.Notes)
	v := l.x.Eval(q.run, s)
	q.tell(l.id, l.x.Text, before)
	return v
}

func (t *typed) value(q *question, s *feel.Scope) feel.Value {
	return q.coerce(t.id, "", t.typ, q.of(t.of, s))
}

// coerce makes a value conform to a type, or null with a note.
func (q *question) coerce(id, name string, t *feel.Type, v feel.Value) feel.Value {
	out, ok := t.Coerce(q.run, v)
	if !ok {
		q.note(id, "dmn.null.type", "type", t.Name(), "value", q.short(v), "name", name)
	}
	return out
}

func (l *boxedList) value(q *question, s *feel.Scope) feel.Value {
	out := make(feel.List, len(l.items))
	for i, x := range l.items {
		out[i] = q.of(x, s)
	}
	return out
}

func (c *boxedContext) value(q *question, s *feel.Scope) feel.Value {
	out := feel.NewContext()
	vars := map[string]feel.Value{}
	in := feel.NewScope(s, vars)
	for _, e := range c.entries {
		v := q.coerce("", e.name, e.typ, q.of(e.x, in))
		out.Put(e.name, v)
		vars[e.name] = v
	}
	if c.hasResult {
		return q.of(c.result, in)
	}
	return out
}

func (c *boxedCall) value(q *question, s *feel.Scope) feel.Value {
	v := q.of(c.fn, s)
	f, ok := v.(*feel.Function)
	if !ok {
		q.note("", "dmn.null.function", "type", feel.TypeName(v))
		return nil
	}
	args := make([]feel.Value, len(f.Params))
	given := make([]bool, len(f.Params))
next:
	for i, name := range c.names {
		for j, p := range f.Params {
			if p.Name == name && !given[j] {
				args[j], given[j] = q.coerce("", name, c.types[i], q.of(c.args[i], s)), true
				continue next
			}
		}
		q.note("", "dmn.null.parameter", "name", name)
		return nil
	}
	return f.Invoke(q.run, args)
}

func (r *boxedRelation) value(q *question, s *feel.Scope) feel.Value {
	out := feel.List{}
	for _, row := range r.rows {
		c := feel.NewContext()
		for i, name := range r.columns {
			if i < len(row) {
				c.Put(name, q.of(row[i], s))
			} else {
				c.Put(name, nil)
			}
		}
		out = append(out, c)
	}
	return out
}

func (f *boxedFunction) value(_ *question, s *feel.Scope) feel.Value {
	return feel.NewFunction("", f.params, f.result, func(r *feel.Run, args []feel.Value) feel.Value {
		q := questionOf(r)
		if q == nil {
			return nil
		}
		if f.external {
			q.note("", "dmn.function.kind", "kind", "")
			return nil
		}
		vars := map[string]feel.Value{}
		for i, p := range f.params {
			vars[p.Name] = args[i]
		}
		return q.of(f.body, feel.NewScope(s, vars))
	})
}

func (c *boxedIf) value(q *question, s *feel.Scope) feel.Value {
	v := q.of(c.cond, s)
	if b, ok := v.(bool); ok && b {
		return q.of(c.yes, s)
	} else if v != nil && !ok {
		q.note("", "dmn.null.type", "type", "boolean", "value", q.short(v), "name", "if")
		return nil
	}
	return q.of(c.no, s)
}

// value goes through a list as for, some, every and filter do in FEEL.
func (l *boxedLoop) value(q *question, s *feel.Scope) feel.Value {
	v := q.of(l.in, s)
	var list feel.List
	switch x := v.(type) {
	case feel.List:
		list = x
	case *feel.Range:
		e, err := feel.Parse("for i in r return i", feel.NewNames("r"), nil)
		if err != nil {
			return nil
		}
		var ok bool
		if list, ok = e.Eval(q.run, feel.NewScope(nil, map[string]feel.Value{"r": x})).(feel.List); !ok {
			return nil
		}
	case nil:
		if l.kind == "filter" {
			return feel.List{}
		}
		q.note("", "dmn.null.iterate")
		return nil
	default:
		if l.kind != "filter" {
			q.note("", "dmn.null.iterate")
			return nil
		}
		list = feel.List{v}
	}
	out := feel.List{}
	unknown, decided := false, false
	for i, e := range list {
		if q.run.Spent() {
			return nil
		}
		in := s.With(l.name, e)
		switch l.kind {
		case "for":
			out = append(out, q.of(l.body, in.With("partial", out[:len(out):len(out)])))
			continue
		case "filter":
			in = in.Item(e)
		}
		switch b := q.of(l.body, in).(type) {
		case bool:
			switch {
			case l.kind == "some" && b, l.kind == "every" && !b:
				decided = true
			case l.kind == "filter" && b:
				out = append(out, e)
			}
		case feel.Number:
			if l.kind == "filter" && i == 0 {
				return feel.At(list, b)
			}
			unknown = true
		default:
			unknown = true
		}
	}
	switch {
	case unknown && l.kind == "filter":
		q.note("", "dmn.null.type", "type", "boolean", "value", "", "name", l.name)
		return nil
	case l.kind == "filter" || l.kind == "for":
		return out
	case unknown:
		return nil
	}
	return decided != (l.kind == "every")
}

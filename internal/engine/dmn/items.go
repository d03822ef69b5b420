package dmn

import (
	"strings"

	"lienthong/internal/engine/feel"
)

// item is an item definition (clause 7.3.2).
type item struct {
	el   *element
	typ  *feel.Type
	busy bool
}

func (m *Model) readItems() {
	for _, e := range m.root.all("itemDefinition") {
		m.items[e.attr("name")] = &item{el: e}
	}
	for _, e := range m.root.all("itemDefinition") {
		m.itemType(e.attr("name"))
	}
}

// typeRef returns the type a reference names: a built-in one, one of this model or of an imported
// one. A reference to nothing is told of and is Any.
func (m *Model) typeRef(element, ref string) *feel.Type {
	ref = strings.TrimSpace(ref)
	if t, ok := m.lookupType(ref); ok {
		return t
	}
	m.problem(element, "dmn.type.unknown", "type", ref)
	return nil
}

func (m *Model) lookupType(ref string) (*feel.Type, bool) {
	if _, ok := m.items[ref]; ok {
		return m.itemType(ref), true
	}
	if _, local, ok := strings.Cut(ref, ":"); ok {
		if _, own := m.items[local]; own {
			return m.itemType(local), true
		}
		if t, ok := feel.TypeOf(local); ok {
			return t, true
		}
	}
	if t, ok := feel.TypeOf(strings.TrimPrefix(ref, "feel.")); ok {
		return t, true
	}
	for _, i := range m.imports {
		if rest, ok := strings.CutPrefix(ref, i.name+"."); ok || i.name == "" {
			if i.name == "" {
				rest = ref
			}
			if t, ok := i.model.lookupType(rest); ok {
				return t, true
			}
		}
	}
	return nil, false
}

func (m *Model) itemType(name string) *feel.Type {
	i := m.items[name]
	if i.typ != nil {
		return i.typ
	}
	if i.busy {
		m.problem(i.id(), "dmn.type.cycle", "type", name)
		return nil
	}
	i.busy = true
	t := m.define(i.el, name, 0)
	if t == nil {
		t, _ = feel.TypeOf("Any")
	}
	i.typ = t
	i.busy = false
	return i.typ
}

func (i *item) id() string {
	if id := i.el.attr("id"); id != "" {
		return id
	}
	return i.el.attr("name")
}

func (m *Model) define(e *element, name string, depth int) *feel.Type {
	id := e.attr("id")
	if id == "" {
		id = e.attr("name")
	}
	var t *feel.Type
	parts := e.all("itemComponent")
	switch {
	case len(parts) > 0 && depth < 30:
		var fields []feel.Param
		for _, p := range parts {
			f := feel.Param{Name: p.attr("name")}
			if v := p.child("variable").attr("name"); v != "" {
				f.Name = v
			}
			m.names.AddMember(f.Name)
			f.Type = m.define(p, "", depth+1)
			fields = append(fields, f)
		}
		t = feel.ContextOf(name, fields)
	case e.child("functionItem") != nil:
		f := e.child("functionItem")
		var params []*feel.Type
		for _, p := range f.all("parameters") {
			params = append(params, m.typeRef(id, p.attr("typeRef")))
		}
		var out *feel.Type
		if r := f.attr("outputTypeRef"); r != "" {
			out = m.typeRef(id, r)
		}
		t = feel.FunctionOf(params, out)
	default:
		ref := e.attr("typeRef")
		if c := e.child("typeRef"); c != nil {
			ref = c.words()
		}
		if ref != "" {
			t = m.typeRef(id, ref)
		}
	}
	allowed := m.allowed(id, e.child("allowedValues"), t)
	if t == nil {
		t, _ = feel.TypeOf("Any")
	}
	if e.attr("isCollection") == "true" {
		// The allowed values are those of each element; typeConstraint (1.5) is of the whole.
		if allowed != nil {
			t = t.Named("", allowed)
		}
		t = feel.ListOf(t)
		allowed = nil
	}
	if c := m.allowed(id, e.child("typeConstraint"), t); c != nil {
		before := allowed
		allowed = func(r *feel.Run, v feel.Value) bool { return (before == nil || before(r, v)) && c(r, v) }
	}
	if name != "" || allowed != nil {
		t = t.Named(name, allowed)
	}
	return t
}

// allowed reads unary tests that values must pass; nil without any.
func (m *Model) allowed(id string, e *element, _ *feel.Type) func(*feel.Run, feel.Value) bool {
	text := e.words()
	if text == "" {
		return nil
	}
	tests, err := feel.ParseTests(text, m.names, nil)
	if err != nil {
		m.badText(id, text, err)
		return nil
	}
	return func(r *feel.Run, v feel.Value) bool { return tests.Match(r, nil, v) }
}

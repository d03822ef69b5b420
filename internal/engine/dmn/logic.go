package dmn

import (
	"errors"

	"lienthong/internal/engine/feel"
)

// logic is a boxed expression that was compiled.
type logic interface {
	value(q *question, s *feel.Scope) feel.Value
}

// compiler turns boxed expressions into logic; names grows as contexts are entered.
type compiler struct {
	m     *Model
	owner string // id of the decision or the knowledge model
	names *feel.Names
	depth int
}

func (m *Model) badText(element, text string, err error) {
	p := m.problem(element, "dmn.expression.syntax", "text", clip(text))
	var e *feel.Error
	if errors.As(err, &e) {
		p.reason = e
	}
}

// compile compiles every decision and knowledge model.
func (m *Model) compile() {
	for _, d := range m.nodes {
		c := &compiler{m: m, owner: d.id, names: m.scopeNames(d)}
		switch d.kind {
		case KindDecision:
			for _, k := range d.el.kids {
				if k.space == d.el.space && boxed(k.name) {
					d.logic = c.expr(k)
					break
				}
			}
			if d.logic == nil {
				m.problem(d.id, "dmn.decision.empty", "name", d.name).Warning = true
			}
		case KindKnowledge:
			m.compileKnowledge(d, c)
		}
	}
}

func (m *Model) compileKnowledge(d *drg, c *compiler) {
	f := d.el.child("encapsulatedLogic")
	if f == nil {
		m.problem(d.id, "dmn.decision.empty", "name", d.name).Warning = true
		return
	}
	if k := f.attr("kind"); k != "" && k != "FEEL" {
		m.problem(d.id, "dmn.function.kind", "kind", k)
		d.external = true
	}
	for _, p := range f.all("formalParameter") {
		d.params = append(d.params, c.param(p))
		c.names.Add(p.attr("name"))
	}
	if t := f.attr("typeRef"); t != "" {
		d.result = m.typeRef(d.id, t)
	}
	for _, k := range f.kids {
		if k.space == f.space && boxed(k.name) {
			d.logic = c.expr(k)
		}
	}
	// The variable's type is that of the function, or, in many files, of what it returns.
	if d.typ != nil && d.typ.Kind() != "function" && d.result == nil {
		d.result = d.typ
	}
}

func (c *compiler) param(p *element) feel.Param {
	out := feel.Param{Name: p.attr("name")}
	if t := p.attr("typeRef"); t != "" {
		out.Type = c.m.typeRef(c.owner, t)
	}
	return out
}

// scopeNames returns the names an element's logic may speak of.
func (m *Model) scopeNames(d *drg) *feel.Names {
	names := m.names.Clone()
	for _, list := range [][]*drg{d.needs, d.knowledge} {
		for _, n := range list {
			if n.model == m {
				names.Add(n.name)
				continue
			}
			for _, i := range m.imports {
				if i.model == n.model {
					if i.name == "" {
						names.Add(n.name)
					} else {
						names.Add(i.name)
						names.AddMember(n.name)
					}
				}
			}
		}
	}
	return names
}

func boxed(name string) bool {
	switch name {
	case "literalExpression", "decisionTable", "context", "invocation", "list", "relation", "functionDefinition",
		"conditional", "filter", "for", "some", "every":
		return true
	}
	return false
}

// inner returns the boxed expression inside an element.
func inner(e *element) *element {
	if e == nil {
		return nil
	}
	for _, k := range e.kids {
		if k.space == e.space && boxed(k.name) {
			return k
		}
	}
	return nil
}

// expr compiles a boxed expression; nil stays nil and has no value.
func (c *compiler) expr(e *element) logic {
	if e == nil {
		return nil
	}
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > maxDepth {
		c.m.problem(c.owner, "dmn.size.elements")
		return nil
	}
	l := c.plain(e)
	if t := e.attr("typeRef"); t != "" && l != nil && e.name != "functionDefinition" {
		l = &typed{of: l, typ: c.m.typeRef(c.id(e), t), id: c.id(e)}
	}
	return l
}

func (c *compiler) id(e *element) string {
	if id := e.attr("id"); id != "" {
		return id
	}
	return c.owner
}

func (c *compiler) plain(e *element) logic {
	switch e.name {
	case "literalExpression":
		return c.literal(e)
	case "decisionTable":
		return c.table(e)
	case "context":
		return c.context(e)
	case "invocation":
		return c.invocation(e)
	case "list":
		l := &boxedList{}
		for _, k := range e.kids {
			if k.space == e.space && boxed(k.name) {
				l.items = append(l.items, c.expr(k))
			}
		}
		return l
	case "relation":
		return c.relation(e)
	case "functionDefinition":
		return c.function(e)
	case "conditional":
		return &boxedIf{cond: c.expr(inner(e.child("if"))), yes: c.expr(inner(e.child("then"))), no: c.expr(inner(e.child("else")))}
	}
	return c.iteration(e)
}

func (c *compiler) literal(e *element) logic {
	if l := e.attr("expressionLanguage"); l != "" && !feelLanguage(l) {
		c.m.problem(c.id(e), "dmn.expression.language", "language", l)
		return &nothing{key: "dmn.expression.language", text: l}
	}
	return c.text(c.id(e), e.words())
}

// feelLanguage tells whether a language's address is that of FEEL in any version.
func feelLanguage(l string) bool {
	switch l {
	case "FEEL", "feel", "http://www.omg.org/spec/FEEL/20140401", "http://www.omg.org/spec/DMN/20180521/FEEL/",
		"https://www.omg.org/spec/DMN/20191111/FEEL/", "https://www.omg.org/spec/DMN/20211108/FEEL/", "https://www.omg.org/spec/DMN/20230324/FEEL/",
		"https://www.omg.org/spec/DMN/20240513/FEEL/":
		return true
	}
	return false
}

// text compiles an expression of FEEL.
func (c *compiler) text(id, text string) logic {
	if text == "" {
		return &nothing{}
	}
	x, err := feel.Parse(text, c.names, c.m.lookupType)
	if err != nil {
		c.m.badText(id, text, err)
		return &nothing{key: "dmn.expression.syntax", text: text, err: err}
	}
	c.unknown(id, x.Unknown)
	return &literal{id: id, x: x}
}

func (c *compiler) unknown(id string, names []feel.NameAt) {
	for _, n := range names {
		c.m.problem(id, "dmn.name.unknown", "name", n.Name)
	}
}

func (c *compiler) context(e *element) logic {
	before := c.names
	c.names = c.names.Clone()
	defer func() { c.names = before }()
	out := &boxedContext{}
	for _, entry := range e.all("contextEntry") {
		v := entry.child("variable")
		ce := boxedEntry{name: v.attr("name"), x: c.expr(inner(entry))}
		if t := v.attr("typeRef"); t != "" {
			ce.typ = c.m.typeRef(c.id(v), t)
		}
		if v == nil {
			out.result = ce.x
			out.hasResult = true
			continue
		}
		c.names.Add(ce.name)
		out.entries = append(out.entries, ce)
	}
	return out
}

func (c *compiler) invocation(e *element) logic {
	out := &boxedCall{fn: c.expr(inner(e))}
	for _, b := range e.all("binding") {
		p := b.child("parameter")
		out.names = append(out.names, p.attr("name"))
		var t *feel.Type
		if ref := p.attr("typeRef"); ref != "" {
			t = c.m.typeRef(c.id(b), ref)
		}
		out.types = append(out.types, t)
		out.args = append(out.args, c.expr(inner(b)))
	}
	return out
}

func (c *compiler) relation(e *element) logic {
	out := &boxedRelation{}
	for _, col := range e.all("column") {
		out.columns = append(out.columns, col.attr("name"))
	}
	for _, row := range e.all("row") {
		var cells []logic
		for _, k := range row.kids {
			if k.space == row.space && boxed(k.name) {
				cells = append(cells, c.expr(k))
			}
		}
		if len(cells) != len(out.columns) {
			c.m.problem(c.id(row), "dmn.relation.row", "cells", len(cells), "columns", len(out.columns))
		}
		out.rows = append(out.rows, cells)
	}
	return out
}

func (c *compiler) function(e *element) logic {
	before := c.names
	c.names = c.names.Clone()
	defer func() { c.names = before }()
	out := &boxedFunction{}
	for _, p := range e.all("formalParameter") {
		out.params = append(out.params, c.param(p))
		c.names.Add(p.attr("name"))
	}
	if k := e.attr("kind"); k != "" && k != "FEEL" {
		c.m.problem(c.id(e), "dmn.function.kind", "kind", k)
		out.external = true
		return out
	}
	if t := e.attr("typeRef"); t != "" {
		if typ := c.m.typeRef(c.id(e), t); typ.Kind() != "function" {
			out.result = typ
		}
	}
	out.body = c.expr(inner(e))
	return out
}

// iteration compiles the boxed iterators and filters of DMN 1.4.
func (c *compiler) iteration(e *element) logic {
	out := &boxedLoop{kind: e.name, name: e.attr("iteratorVariable"), in: c.expr(inner(e.child("in")))}
	before := c.names
	c.names = c.names.Clone()
	defer func() { c.names = before }()
	body := "satisfies"
	switch e.name {
	case "filter":
		out.name, body = "item", "match"
	case "for":
		body = "return"
		c.names.Add("partial")
	}
	c.names.Add(out.name)
	if e.name == "filter" {
		// Names of the items' entries are known only when there are items.
		problems := len(c.m.problems)
		out.body = c.expr(inner(e.child(body)))
		kept := c.m.problems[:problems]
		for _, p := range c.m.problems[problems:] {
			if p.Key != "dmn.name.unknown" {
				kept = append(kept, p)
			}
		}
		c.m.problems = kept
		return out
	}
	out.body = c.expr(inner(e.child(body)))
	return out
}

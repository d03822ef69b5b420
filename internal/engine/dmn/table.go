package dmn

import (
	"strings"

	"lienthong/internal/engine/feel"
)

// table is a decision table (clause 8).
type table struct {
	id      string
	name    string
	policy  byte // U, A, P, F, R, O, C
	gather  string
	inputs  []tableInput
	outputs []tableOutput
	rules   []tableRule
}

type tableInput struct {
	id, label string
	x         logic
	typ       *feel.Type
	allowed   *feel.Tests
	allText   string
}

type tableOutput struct {
	id, name string
	typ      *feel.Type
	values   logic // the allowed outputs in the order of their priority
	list     []string
	tests    *feel.Tests
	fallback logic
	has      bool // a default
}

type tableRule struct {
	id    string
	tests []*feel.Tests
	out   []logic
	texts []string
	notes []string
}

func policyOf(s string) (byte, bool) {
	switch s {
	case "", "UNIQUE":
		return 'U', true
	case "ANY":
		return 'A', true
	case "PRIORITY":
		return 'P', true
	case "FIRST":
		return 'F', true
	case "RULE ORDER":
		return 'R', true
	case "OUTPUT ORDER":
		return 'O', true
	case "COLLECT":
		return 'C', true
	}
	return 'U', false
}

func (c *compiler) table(e *element) logic {
	t := &table{id: c.id(e), name: e.attr("outputLabel"), gather: e.attr("aggregation")}
	var ok bool
	if t.policy, ok = policyOf(e.attr("hitPolicy")); !ok {
		c.m.problem(t.id, "dmn.table.policy", "policy", e.attr("hitPolicy"))
	}
	switch t.gather {
	case "", "SUM", "COUNT", "MIN", "MAX":
	default:
		c.m.problem(t.id, "dmn.table.policy", "policy", t.gather)
	}
	for _, i := range e.all("input") {
		x := i.child("inputExpression")
		in := tableInput{id: c.id(i), label: i.attr("label"), x: c.text(c.id(i), x.words())}
		if in.label == "" {
			in.label = x.words()
		}
		if ref := x.attr("typeRef"); ref != "" {
			in.typ = c.m.typeRef(in.id, ref)
		}
		if v := i.child("inputValues").words(); v != "" {
			in.allText = v
			in.allowed = c.tests(in.id, v)
		}
		t.inputs = append(t.inputs, in)
	}
	for _, o := range e.all("output") {
		out := tableOutput{id: c.id(o), name: o.attr("name")}
		if ref := o.attr("typeRef"); ref != "" {
			out.typ = c.m.typeRef(out.id, ref)
		}
		values := o.child("outputValues").words()
		if values == "" && (t.policy == 'P' || t.policy == 'O') {
			values = c.allowedText(o.attr("typeRef"))
		}
		if values != "" {
			if x, err := feel.Parse("["+values+"]", c.names, c.m.lookupType); err == nil {
				out.values = &literal{id: out.id, x: x}
			}
		}
		if d := o.child("defaultOutputEntry"); d != nil {
			out.fallback, out.has = c.text(c.id(d), d.words()), true
		}
		t.outputs = append(t.outputs, out)
	}
	if len(t.outputs) == 0 {
		c.m.problem(t.id, "dmn.table.output")
	}
	for i, r := range e.all("rule") {
		rule := tableRule{id: r.attr("id")}
		if rule.id == "" {
			rule.id = t.id
		}
		entries, outs := r.all("inputEntry"), r.all("outputEntry")
		if len(entries) != len(t.inputs) || len(outs) != len(t.outputs) {
			c.m.problem(rule.id, "dmn.table.row", "rule", i+1, "cells", len(entries)+len(outs), "columns", len(t.inputs)+len(t.outputs))
		}
		for _, k := range entries {
			rule.texts = append(rule.texts, k.words())
			rule.tests = append(rule.tests, c.tests(c.idOr(k, rule.id), k.words()))
		}
		for _, k := range outs {
			rule.out = append(rule.out, c.text(c.idOr(k, rule.id), k.words()))
		}
		for _, k := range r.all("annotationEntry") {
			rule.notes = append(rule.notes, k.words())
		}
		if d := strings.TrimSpace(r.child("description").words()); d != "" {
			rule.notes = append(rule.notes, d)
		}
		t.rules = append(t.rules, rule)
	}
	if len(t.rules) > 5000 {
		c.m.problem(t.id, "dmn.table.rules", "limit", 5000)
		t.rules = t.rules[:5000]
	}
	return t
}

func (c *compiler) idOr(e *element, id string) string {
	if own := e.attr("id"); own != "" {
		return own
	}
	return id
}

func (c *compiler) tests(id, text string) *feel.Tests {
	t, err := feel.ParseTests(text, c.names, c.m.lookupType)
	if err != nil {
		c.m.badText(id, text, err)
		return nil
	}
	c.unknown(id, t.Unknown)
	return t
}

// allowedText returns the allowed values of an item definition, whose order is that of priority.
func (c *compiler) allowedText(ref string) string {
	if _, local, ok := strings.Cut(ref, ":"); ok {
		ref = local
	}
	if i := c.m.items[ref]; i != nil {
		return i.el.child("allowedValues").words()
	}
	return ""
}

// value asks the table (clause 8.2.8 to 8.2.11).
func (t *table) value(q *question, s *feel.Scope) feel.Value {
	f := Firing{Table: t.id, Policy: t.label()}
	if q.owner != nil {
		f.Decision = q.owner.name
	}
	mark := len(q.run.Notes)
	values := make([]feel.Value, len(t.inputs))
	for i, in := range t.inputs {
		v := q.of(in.x, s)
		if in.typ != nil {
			v = q.coerce(in.id, in.label, in.typ, v)
		}
		values[i] = v
		f.Inputs = append(f.Inputs, Seen{Name: in.label, Value: q.short(v)})
		if in.allowed != nil && v != nil && !in.allowed.Match(q.run, s, v) {
			q.note(in.id, "dmn.null.allowed", "name", in.label, "value", q.short(v), "allowed", in.allText)
			f.Outcome = outcomeRefused
			q.fired(f)
			return nil
		}
	}
	var hits []int
	for i, r := range t.rules {
		if r.match(q, s, values) {
			hits = append(hits, i)
			if t.policy == 'F' {
				break
			}
		}
		if q.run.Spent() {
			return nil
		}
	}
	q.run.Notes = q.run.Notes[:mark] // why a test has no result tells nobody anything
	for _, i := range hits {
		f.Rules = append(f.Rules, i+1)
		f.RuleIDs = append(f.RuleIDs, t.rules[i].id)
		f.Tests = append(f.Tests, t.rules[i].texts)
		f.Annotations = append(f.Annotations, t.rules[i].notes)
	}
	v := t.settle(q, s, hits, &f)
	f.Value = q.short(v)
	q.fired(f)
	return v
}

func (q *question) fired(f Firing) {
	if len(q.tables) < 200 {
		q.tables = append(q.tables, f)
	}
}

func (r *tableRule) match(q *question, s *feel.Scope, values []feel.Value) bool {
	for i, t := range r.tests {
		if t == nil || i >= len(values) || !t.Match(q.run, s, values[i]) {
			return false
		}
	}
	return true
}

// label writes the hit policy as the letter of the table's corner.
func (t *table) label() string {
	sign := map[string]string{"SUM": "+", "MIN": "<", "MAX": ">", "COUNT": "#"}[t.gather]
	if t.policy != 'C' {
		sign = ""
	}
	return string(t.policy) + sign
}

// row returns what a rule puts out: a value, or a context of several outputs.
func (t *table) row(q *question, s *feel.Scope, out []logic) feel.Value {
	if len(t.outputs) == 1 {
		var v feel.Value
		if len(out) > 0 {
			v = q.of(out[0], s)
		}
		return q.coerce(t.outputs[0].id, t.outputs[0].name, t.outputs[0].typ, v)
	}
	c := feel.NewContext()
	for i, o := range t.outputs {
		var v feel.Value
		if i < len(out) {
			v = q.of(out[i], s)
		}
		c.Put(o.name, q.coerce(o.id, o.name, o.typ, v))
	}
	return c
}

// settle applies the hit policy.
func (t *table) settle(q *question, s *feel.Scope, hits []int, f *Firing) feel.Value {
	if len(hits) == 0 {
		return t.none(q, s, f)
	}
	f.Outcome = outcomeMatched
	if t.policy == 'U' && len(hits) > 1 {
		q.note(t.id, "dmn.null.unique", "rules", numbers(f.Rules))
		f.Outcome = outcomeConflict
		return nil
	}
	rows := make([]feel.Value, len(hits))
	for i, h := range hits {
		rows[i] = t.row(q, s, t.rules[h].out)
	}
	switch t.policy {
	case 'A':
		for _, r := range rows[1:] {
			if eq, ok := feel.Equal(r, rows[0]); !ok || !eq {
				q.note(t.id, "dmn.null.any", "rules", numbers(f.Rules))
				f.Outcome = outcomeConflict
				return nil
			}
		}
		return rows[0]
	case 'P', 'O':
		if !t.rank(q, s, rows, f) {
			q.note(t.id, "dmn.null.priority")
			return nil
		}
		if t.policy == 'P' {
			return rows[0]
		}
		return feel.List(rows)
	case 'R':
		return feel.List(rows)
	case 'C':
		return t.collect(q, rows)
	}
	return rows[0]
}

// none is what a table says when no rule matches: its defaults, or nothing.
func (t *table) none(q *question, s *feel.Scope, f *Firing) feel.Value {
	out := make([]logic, len(t.outputs))
	any := false
	for i, o := range t.outputs {
		out[i] = o.fallback
		any = any || o.has
	}
	if !any {
		f.Outcome = outcomeNone
		if t.policy == 'C' && t.gather == "COUNT" {
			return feel.NewNumber(0)
		}
		q.note(t.id, "dmn.null.nomatch")
		return nil
	}
	f.Outcome = outcomeDefault
	return t.row(q, s, out)
}

func (t *table) collect(q *question, rows []feel.Value) feel.Value {
	if t.gather == "" {
		return feel.List(rows)
	}
	if t.gather == "COUNT" {
		distinct := feel.Apply(q.run, "distinct values", feel.List(rows))
		return feel.Apply(q.run, "count", distinct)
	}
	if len(t.outputs) > 1 {
		q.note(t.id, "dmn.null.aggregate")
		return nil
	}
	return feel.Apply(q.run, strings.ToLower(t.gather), feel.List(rows))
}

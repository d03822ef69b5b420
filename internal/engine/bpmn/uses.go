package bpmn

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// Uses returns the variables that conditions, scripts, timers and loops of the process look at, as
// paths below "vars", such as "fee" or "form.land.area", sorted. A caller with much data of its own
// needs to give no more than these.
func (d *Definition) Uses() []string { return slices.Clone(d.uses) }

// path returns what a chain of members below vars names, "" for any other.
func path(m *ast.MemberNode) string {
	var parts []string
	for {
		s, ok := m.Property.(*ast.StringNode)
		if !ok || strings.Contains(s.Value, ".") {
			return ""
		}
		parts = append(parts, s.Value)
		next := m.Node
		if c, ok := next.(*ast.ChainNode); ok {
			next = c.Node
		}
		switch x := next.(type) {
		case *ast.MemberNode:
			m = x
		case *ast.IdentifierNode:
			if x.Value != "vars" {
				return ""
			}
			slices.Reverse(parts)
			return strings.Join(parts, ".")
		default:
			return ""
		}
	}
}

// looked gathers the paths of every expression; of a path that leads on from another the longer stays.
func (d *Definition) looked() []string {
	all := map[string]bool{}
	add := func(c *condition) {
		if c != nil {
			for _, p := range c.paths {
				all[p] = true
			}
		}
	}
	for i := range d.Flows {
		add(d.Flows[i].cond)
	}
	for i := range d.Nodes {
		n := &d.Nodes[i]
		if n.Event != nil {
			add(n.Event.cond)
			add(n.Event.text)
		}
		if n.Loop != nil {
			add(n.Loop.count)
			add(n.Loop.until)
			if n.Loop.Collection != "" {
				all[n.Loop.Collection] = true
			}
		}
		for _, a := range n.script {
			add(a.value)
		}
	}
	var out []string
	for _, p := range keys(all) {
		longer := func(q string) bool { return strings.HasPrefix(q, p+".") }
		if !slices.ContainsFunc(keys(all), longer) {
			out = append(out, p)
		}
	}
	return out
}

// Names says which of the names a process speaks of exist where it is to run; a nil function knows
// none.
type Names struct {
	Service  func(name string) bool
	Decision func(name string) bool
	Process  func(name string) bool // called processes that are not in the file
}

// CheckNames returns what keeps a process from running for a caller who starts it by its plain start
// event: services, decisions and called processes that do not exist, messages and signals without a
// name, and a start that only an event would trigger.
func (d *Definition) CheckNames(n Names) []Problem {
	c := &checker{d: d}
	known := func(f func(string) bool, name string) bool { return f != nil && name != "" && f(name) }
	plain := false
	for i := range d.Nodes {
		x := &d.Nodes[i]
		if x.unsupported != "" {
			continue
		}
		plain = plain || x.kind == kindStart && x.Parent == "" && x.Event == nil
		switch {
		case x.kind == kindService && !known(n.Service, x.Work):
			c.add(x.ID, "bpmn.check.service", "name", x.Title(""), "service", x.Work)
		case x.kind == kindRule && !known(n.Decision, x.Work):
			c.add(x.ID, "bpmn.check.decision", "name", x.Title(""), "decision", x.Work)
		case x.kind == kindCall && !known(n.Process, x.Work):
			c.add(x.ID, "bpmn.check.call", "name", x.Title(""), "process", x.Work)
		case (x.is(TriggerMessage) || x.is(TriggerSignal)) && x.Event.Name == "":
			c.add(x.ID, "bpmn.check.unnamed", "name", x.Title(""))
		}
	}
	if !plain {
		c.add("", "bpmn.check.plainstart")
	}
	pos := d.positions()
	slices.SortStableFunc(c.out, func(a, b Problem) int { return pos[a.Element] - pos[b.Element] })
	return c.out
}

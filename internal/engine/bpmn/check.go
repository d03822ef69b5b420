package bpmn

import (
	"cmp"
	"slices"
	"strings"
)

// Check returns everything that keeps the definition from being published, in the order of the
// file; none means that it may run. It finds what is not executed yet, what cannot be reached or
// never ends, tasks nobody is named for, outcomes and conditions that do not meet, loops without
// work in them, joins that could wait for ever and work that could be doubled.
func (d *Definition) Check() []Problem {
	c := &checker{d: d}
	c.out = append(c.out, d.foreign...)
	c.events()
	for i := range d.Nodes {
		if d.Nodes[i].Parent == "" {
			c.node(i)
		}
	}
	c.lanes()
	c.conditions()
	if d.start >= 0 {
		c.ways()
		c.idleLoops()
	}
	if len(c.out) == 0 {
		c.out = append(c.out, d.explore(marking{})...)
	}
	pos := d.positions()
	slices.SortStableFunc(c.out, func(a, b Problem) int { return cmp.Compare(pos[a.Element], pos[b.Element]) })
	return c.out
}

type checker struct {
	d   *Definition
	out []Problem
}

func (c *checker) add(element, key string, args ...any) {
	c.out = append(c.out, *newProblem(element, key, args...))
}

// positions orders elements for the list of problems: nodes, then lanes, then flows.
func (d *Definition) positions() map[string]int {
	pos := make(map[string]int, len(d.Nodes)+len(d.Lanes)+len(d.Flows))
	n := 0
	for i := range d.Nodes {
		n++
		pos[d.Nodes[i].ID] = n
	}
	for i := range d.Lanes {
		n++
		pos[d.Lanes[i].ID] = n
	}
	for i := range d.Flows {
		n++
		pos[d.Flows[i].ID] = n
	}
	return pos
}

func (c *checker) events() {
	d := c.d
	starts, ends := 0, 0
	for i := range d.Nodes {
		n := &d.Nodes[i]
		if n.Parent != "" || n.unsupported != "" {
			continue
		}
		switch n.Type {
		case TypeStart:
			starts++
		case TypeEnd:
			ends++
		}
	}
	if starts != 1 {
		c.add("", "bpmn.check.start", "count", starts)
	}
	if ends == 0 {
		c.add("", "bpmn.check.noend")
	}
}

func (c *checker) node(i int) {
	n := &c.d.Nodes[i]
	if n.unsupported != "" {
		key := "bpmn.unsupported"
		if n.unsupported == "task" {
			key = "bpmn.check.plaintask"
		}
		c.add(n.ID, key, "type", n.unsupported, "element", n.ID)
		return
	}
	if n.Type == TypeStart && len(n.in) > 0 {
		c.add(n.ID, "bpmn.check.intostart", "element", n.ID)
	}
	if n.Type == TypeEnd && len(n.out) > 0 {
		c.add(n.ID, "bpmn.check.outofend", "element", n.ID)
	}
	if n.Type != TypeEnd && len(n.out) == 0 {
		c.add(n.ID, "bpmn.check.nowayon", "name", n.Title(""), "element", n.ID)
	}
	if !n.IsTask() {
		if len(n.Outcomes) > 0 || n.Budget > 0 || n.Action != "" {
			c.add(n.ID, "bpmn.check.notatask", "element", n.ID)
		}
		return
	}
	if n.Name == "" {
		c.add(n.ID, "bpmn.check.noname", "element", n.ID)
	}
	if n.Action == "" {
		c.add(n.ID, "bpmn.check.noaction", "name", n.Title(""))
	}
	if n.Lane == "" {
		c.add(n.ID, "bpmn.check.nolane", "name", n.Title(""))
	}
	if n.Form != "" && !freeKey(n.Form) {
		c.add(n.ID, "bpmn.check.key", "attribute", "lt:form", "value", n.Form)
	}
	if n.Action != "" && !freeKey(n.Action) {
		c.add(n.ID, "bpmn.check.key", "attribute", "lt:action", "value", n.Action)
	}
}

func (c *checker) lanes() {
	used := map[string]bool{}
	for i := range c.d.Nodes {
		if c.d.Nodes[i].IsTask() {
			used[c.d.Nodes[i].Lane] = true
		}
	}
	for i := range c.d.Lanes {
		l := &c.d.Lanes[i]
		switch {
		case l.Role == "" && used[l.ID]:
			c.add(l.ID, "bpmn.lane.role", "name", l.Title(""))
		case l.Role != "" && !freeKey(l.Role):
			c.add(l.ID, "bpmn.check.key", "attribute", "lt:role", "value", l.Role)
		}
		if l.Division != "" && !freeKey(l.Division) {
			c.add(l.ID, "bpmn.check.key", "attribute", "lt:division", "value", l.Division)
		}
		switch unit, isUnit := strings.CutPrefix(l.Agency, AgencyUnit); {
		case isUnit && freeKey(unit):
		case l.Agency == AgencyReception || l.Agency == AgencyDecision || l.Agency == AgencySuperior:
		case l.Agency == "" && (l.Role == RoleApplicant || !used[l.ID]):
		default:
			c.add(l.ID, "bpmn.lane.agency", "name", l.Title(""), "value", l.Agency)
		}
	}
}

// ways finds what no token reaches and what never comes to an end.
func (c *checker) ways() {
	d := c.d
	from := d.reach([]int{d.start}, true, false)
	var ends []int
	for i := range d.Nodes {
		if d.Nodes[i].Type == TypeEnd || len(d.Nodes[i].out) == 0 {
			ends = append(ends, i)
		}
	}
	to := d.reach(ends, false, false)
	for i := range d.Nodes {
		n := &d.Nodes[i]
		if n.Parent != "" || n.unsupported != "" {
			continue
		}
		if !from[i] {
			c.add(n.ID, "bpmn.check.unreachable", "name", n.Title(""))
		} else if !to[i] {
			c.add(n.ID, "bpmn.check.endless", "name", n.Title(""))
		}
	}
}

// idleLoops finds loops in which nobody has anything to do: once inside, a token would turn for
// ever.
func (c *checker) idleLoops() {
	d := c.d
	colour := make([]byte, len(d.Nodes))
	var visit func(int)
	visit = func(i int) {
		colour[i] = 1
		for _, fi := range d.Nodes[i].out {
			to := d.Flows[fi].to
			if d.Nodes[to].IsTask() || d.Nodes[to].unsupported != "" {
				continue
			}
			switch colour[to] {
			case 0:
				visit(to) // at most maxNodes deep
			case 1:
				c.add(d.Nodes[to].ID, "bpmn.check.idleloop", "element", d.Nodes[to].ID)
			}
		}
		colour[i] = 2
	}
	for i := range d.Nodes {
		if colour[i] == 0 && !d.Nodes[i].IsTask() {
			visit(i)
		}
	}
}

// freeKey reports whether s may be a key of a role, action, form, division or unit: as an outcome
// key, with dots too.
func freeKey(s string) bool { return validKey(strings.ReplaceAll(s, ".", "-")) }

package bpmn

import (
	"cmp"
	"slices"
	"strings"
)

// Check returns everything that keeps the definition from being published where people work
// through tasks alone: CheckFor the zero Host.
func (d *Definition) Check() []Problem { return d.CheckFor(Host{}) }

// CheckFor returns everything that keeps the definition from being published for a caller who
// carries out what h says, in the order of the file; none means that it may run. It finds what is
// not executed, or needs what the caller cannot do, what cannot be reached or never ends, tasks
// nobody is named for, outcomes and conditions that do not meet, loops without work in them, joins
// that could wait for ever and work that could be doubled.
func (d *Definition) CheckFor(h Host) []Problem {
	c := &checker{d: d, host: h, can: h.abilities()}
	c.out = append(c.out, d.foreign...)
	if c.can&needMessages == 0 {
		for _, id := range d.messageFlows {
			c.add(id, "bpmn.unsupported", "type", "messageFlow", "element", id)
		}
	}
	c.hide()
	c.events()
	for i := range d.Nodes {
		if !c.hidden[i] {
			c.node(i)
		}
	}
	if !h.Anyone {
		c.lanes()
	}
	c.conditions()
	if len(d.StartEvents()) > 0 || h.Anyone {
		c.ways()
		c.idleLoops()
	}
	if len(c.out) == 0 {
		c.out = append(c.out, d.explore(nil)...)
	}
	pos := d.positions()
	slices.SortStableFunc(c.out, func(a, b Problem) int { return cmp.Compare(pos[a.Element], pos[b.Element]) })
	return c.out
}

type checker struct {
	d      *Definition
	host   Host
	can    ability
	hidden []bool // nodes inside a sub-process that is refused as a whole
	out    []Problem
}

// hide finds what stands inside a sub-process that is not executed: one word about it is enough.
func (c *checker) hide() {
	d := c.d
	c.hidden = make([]bool, len(d.Nodes))
	for i := range d.Nodes {
		for p := d.Nodes[i].Parent; p != ""; {
			k, ok := d.nodes[p]
			if !ok {
				break
			}
			if d.Nodes[k].unsupported != "" {
				c.hidden[i] = true
				break
			}
			p = d.Nodes[k].Parent
		}
	}
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
	starts, none, ends := 0, 0, 0
	for i := range d.Nodes {
		n := &d.Nodes[i]
		if n.Parent != "" || n.unsupported != "" {
			continue
		}
		switch n.Type {
		case TypeStart:
			if n.needs&^c.can == 0 {
				starts++
			}
			if n.Event == nil {
				none++
			}
		case TypeEnd:
			ends++
		}
	}
	implicit := c.host.Anyone && len(d.StartEvents()) == 0 && len(d.scopes[""].starts) > 0
	if starts == 0 && !implicit || none > 1 {
		c.add("", "bpmn.check.start", "count", none)
	}
	if ends == 0 && !c.host.Anyone {
		c.add("", "bpmn.check.noend")
	}
}

func (c *checker) node(i int) {
	n := &c.d.Nodes[i]
	if n.unsupported != "" {
		c.add(n.ID, "bpmn.unsupported", "type", n.unsupported, "element", n.ID)
		return
	}
	if n.Type == TypeTask && !c.host.Anyone {
		c.add(n.ID, "bpmn.check.plaintask", "type", n.Type, "element", n.ID)
		return
	}
	if n.needs&^c.can != 0 {
		c.add(n.ID, "bpmn.unsupported", "type", n.needsName, "element", n.ID)
		return
	}
	c.shape(i)
	c.structure(i)
	c.task(n)
}

// shape checks which flows lead to and from the node (BPMN 7.6.1).
func (c *checker) shape(i int) {
	n := &c.d.Nodes[i]
	name, s := n.Title(""), c.d.scopes[n.Parent]
	switch {
	case n.Type == TypeStart && len(n.in) > 0:
		c.add(n.ID, "bpmn.check.intostart", "element", n.ID)
	case n.Type == TypeEnd && len(n.out) > 0:
		c.add(n.ID, "bpmn.check.outofend", "element", n.ID)
	case (n.kind == kindBoundary || n.Triggered || n.Compensates) && len(n.in) > 0:
		c.add(n.ID, "bpmn.check.noflowin", "name", name, "element", n.ID)
	case (n.Triggered || n.Compensates || n.kind == kindBoundary && n.is(TriggerCompensation)) && len(n.out) > 0:
		c.add(n.ID, "bpmn.check.noflowout", "name", name, "element", n.ID)
	}
	if len(n.out) > 0 || n.Type == TypeEnd || n.Triggered || n.Compensates ||
		n.kind == kindBoundary && n.is(TriggerCompensation) || n.kind == kindThrow && n.is(TriggerLink) {
		return
	}
	hasEnd := slices.ContainsFunc(s.nodes, func(k int) bool { return c.d.Nodes[k].Type == TypeEnd })
	if !c.host.Anyone && (n.Parent == "" || hasEnd && n.kind != kindBoundary) || n.kind == kindEventGate {
		c.add(n.ID, "bpmn.check.nowayon", "name", name, "element", n.ID)
	}
}

// structure checks what belongs to one kind of node only.
func (c *checker) structure(i int) {
	d := c.d
	n := &d.Nodes[i]
	switch {
	case n.kind == kindSub:
		s := d.scope(n)
		none := 0
		for _, k := range s.starts {
			if m := &d.Nodes[k]; m.kind == kindStart && m.Event == nil {
				none++
			}
		}
		switch {
		case n.Triggered && (len(s.starts) != 1 || d.Nodes[s.starts[0]].kind != kindStart):
			c.add(n.ID, "bpmn.check.handlerstart", "name", n.Title(""), "count", len(s.starts))
		case none > 1 || len(s.starts) == 0 && len(s.nodes) > 0:
			c.add(n.ID, "bpmn.check.substart", "name", n.Title(""), "count", none)
		case len(s.starts) == 0:
			c.add(n.ID, "bpmn.check.empty", "name", n.Title(""), "element", n.ID)
		}
	case n.kind == kindEventGate:
		for _, fi := range n.out {
			to := &d.Nodes[d.Flows[fi].to]
			if to.kind != kindReceive && (to.kind != kindCatch || !external(to)) || len(to.in) != 1 {
				c.add(n.ID, "bpmn.check.eventgate", "name", n.Title(""), "to", to.Title(""))
			}
		}
	case n.is(TriggerLink) && n.kind == kindThrow && len(n.virt) != 1:
		c.add(n.ID, "bpmn.check.link", "name", n.Event.Name, "count", len(n.virt))
	case n.is(TriggerLink) && n.kind == kindCatch && len(n.virtIn) == 0:
		c.add(n.ID, "bpmn.check.link", "name", n.Event.Name, "count", 0)
	case n.kind == kindBoundary && n.is(TriggerCompensation):
		if n.handler < 0 || !d.Nodes[n.handler].Compensates {
			c.add(n.ID, "bpmn.check.nohandler", "name", n.Title(""), "element", n.ID)
		}
	case n.Compensates && len(n.virtIn) == 0:
		c.add(n.ID, "bpmn.check.lonehandler", "name", n.Title(""), "element", n.ID)
	case n.kind == kindThrow && n.is(TriggerCompensation) || n.kind == kindEnd && n.is(TriggerCompensation):
		if ref := n.Event.Ref; ref != "" {
			if k, ok := d.nodes[ref]; !ok || !d.compensated(&d.Nodes[k]) {
				c.add(n.ID, "bpmn.check.notcompensable", "name", n.Title(""), "activity", ref)
			}
		}
	}
}

// task checks what the project adds to tasks.
func (c *checker) task(n *Node) {
	if !n.IsTask() {
		if len(n.Outcomes) > 0 || n.Budget > 0 || n.Action != "" {
			c.add(n.ID, "bpmn.check.notatask", "element", n.ID)
		}
		return
	}
	if !c.host.Anyone {
		if n.Name == "" {
			c.add(n.ID, "bpmn.check.noname", "element", n.ID)
		}
		if n.Action == "" {
			c.add(n.ID, "bpmn.check.noaction", "name", n.Title(""))
		}
		if n.Lane == "" {
			c.add(n.ID, "bpmn.check.nolane", "name", n.Title(""))
		}
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
	from := d.reach(append(slices.Clone(d.scopes[""].starts), d.scopes[""].handlers...), true, false)
	var ends []int
	for i := range d.Nodes {
		if n := &d.Nodes[i]; n.Type == TypeEnd || len(n.out) == 0 && !(n.kind == kindThrow && n.is(TriggerLink)) {
			ends = append(ends, i)
		}
	}
	to := d.reach(ends, false, false)
	for i := range d.Nodes {
		n := &d.Nodes[i]
		if c.hidden[i] || n.unsupported != "" || n.Triggered || n.Compensates {
			continue
		}
		if !from[i] {
			c.add(n.ID, "bpmn.check.unreachable", "name", n.Title(""))
		} else if !to[i] {
			c.add(n.ID, "bpmn.check.endless", "name", n.Title(""))
		}
	}
}

// rests reports whether a token stays at the node until something happens outside.
func (n *Node) rests() bool {
	switch n.kind {
	case kindTask, kindReceive, kindService, kindRule, kindCall, kindEventGate:
		return true
	case kindCatch:
		return !n.is(TriggerLink)
	}
	return n.unsupported != ""
}

// idleLoops finds loops in which nobody has anything to do: once inside, a token would turn for
// ever.
func (c *checker) idleLoops() {
	d := c.d
	colour := make([]byte, len(d.Nodes))
	var visit func(int)
	visit = func(i int) {
		colour[i] = 1
		next := make([]int, 0, len(d.Nodes[i].out)+1)
		for _, fi := range d.Nodes[i].out {
			next = append(next, d.Flows[fi].to)
		}
		if d.Nodes[i].is(TriggerLink) {
			next = append(next, d.Nodes[i].virt...)
		}
		for _, to := range next {
			if d.Nodes[to].rests() || d.Nodes[to].kind == kindSub {
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
		if colour[i] == 0 && !d.Nodes[i].rests() && d.Nodes[i].kind != kindSub {
			visit(i)
		}
	}
}

// freeKey reports whether s may be a key of a role, action, form, division or unit: as an outcome
// key, with dots too.
func freeKey(s string) bool { return validKey(strings.ReplaceAll(s, ".", "-")) }

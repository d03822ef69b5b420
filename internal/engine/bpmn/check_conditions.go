package bpmn

import (
	"slices"
	"strings"
)

// conditions checks where ways part: that every way out is decided, by a condition or a default,
// that conditions compile and that outcomes and conditions know each other.
func (c *checker) conditions() {
	d := c.d
	for i := range d.Flows {
		f := &d.Flows[i]
		if d.Nodes[f.from].Parent != "" || d.Nodes[f.from].unsupported != "" {
			continue
		}
		if f.cond != nil && f.cond.problem != nil {
			c.out = append(c.out, *f.cond.problem)
			continue
		}
		c.flow(f)
	}
	for i := range d.Nodes {
		n := &d.Nodes[i]
		if n.Parent != "" || n.unsupported != "" {
			continue
		}
		if (n.Type == TypeExclusive || n.IsTask()) && slices.ContainsFunc(n.out, func(fi int) bool { return d.Flows[fi].cond != nil }) {
			c.split(i)
		}
	}
}

// flow checks one flow: a condition only where BPMN gives it a meaning (8.4.13: on the ways out of
// activities and of exclusive gateways, never on a default), and naming only what exists.
func (c *checker) flow(f *Flow) {
	d := c.d
	n := &d.Nodes[f.from]
	if f.cond == nil {
		if n.Type == TypeExclusive && len(n.out) > 1 && d.Flow(n.Default) != f {
			c.add(f.ID, "bpmn.condition.missing", "element", f.ID, "gateway", n.Title(""))
		}
		return
	}
	if n.Default == f.ID {
		c.add(f.ID, "bpmn.condition.ondefault", "element", f.ID)
	} else if n.Type != TypeExclusive && !n.IsTask() {
		c.add(f.ID, "bpmn.condition.misplaced", "element", f.ID)
	}
	for _, id := range f.cond.tasks {
		if t := d.Node(id); t == nil || !t.IsTask() {
			c.add(f.ID, "bpmn.condition.task", "condition", f.Condition, "task", id)
		}
	}
	if len(f.cond.names) == 0 {
		return
	}
	tasks := c.before(f.from)
	for _, want := range f.cond.names {
		known := want == "" || slices.ContainsFunc(tasks, func(t int) bool { return d.Nodes[t].Outcome(want) != nil })
		if !known {
			c.add(f.ID, "bpmn.condition.outcome", "condition", f.Condition, "outcome", want)
		}
	}
}

// before returns the tasks whose outcome decides at the node: the node itself when it is a task.
func (c *checker) before(node int) []int {
	if c.d.Nodes[node].IsTask() {
		return []int{node}
	}
	tasks, _ := c.d.tasksBefore(node)
	return tasks
}

// split checks that every outcome that can arrive finds a way out. A default settles it; without
// one each condition may look at the outcome alone, and then all outcomes are tried.
func (c *checker) split(i int) {
	d := c.d
	n := &d.Nodes[i]
	if n.def >= 0 || slices.ContainsFunc(n.out, func(fi int) bool { return d.Flows[fi].cond == nil }) {
		return
	}
	for _, fi := range n.out {
		if cond := d.Flows[fi].cond; cond.problem != nil {
			return // said already
		} else if cond.vars {
			c.add(n.ID, "bpmn.check.nodefault", "name", n.Title(""), "element", n.ID)
			return
		}
	}
	tasks := c.before(i)
	fromStart := false
	if !n.IsTask() {
		_, fromStart = d.tasksBefore(i)
	}
	var lost []string
	seen := map[string]bool{}
	try := func(outcome string) {
		if seen[outcome] {
			return
		}
		seen[outcome] = true
		for _, fi := range n.out {
			if ok, p := d.Flows[fi].cond.eval(&d.Flows[fi], &condEnv{Outcome: outcome}); ok || p != nil {
				return
			}
		}
		lost = append(lost, outcome)
	}
	for _, t := range tasks {
		for _, o := range outcomesOf(&d.Nodes[t]) {
			try(o)
		}
	}
	if fromStart || len(tasks) == 0 {
		try("")
	}
	if len(lost) == 0 {
		return
	}
	if slices.Contains(lost, "") {
		c.add(n.ID, "bpmn.check.nodefault", "name", n.Title(""), "element", n.ID)
		return
	}
	c.add(n.ID, "bpmn.check.lostoutcome", "name", n.Title(""), "element", n.ID, "outcomes", strings.Join(lost, ", "))
}

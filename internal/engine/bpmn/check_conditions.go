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
		if c.hidden[f.from] || d.Nodes[f.from].unsupported != "" {
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
		if c.hidden[i] || n.unsupported != "" {
			continue
		}
		if n.decides() && slices.ContainsFunc(n.out, func(fi int) bool { return d.Flows[fi].cond != nil }) {
			c.split(i)
		}
	}
}

// decides reports whether conditions on the ways out of the node have a meaning (BPMN 8.4.13,
// 10.6.2, 10.6.3).
func (n *Node) decides() bool {
	return n.kind == kindExclusive || n.kind == kindInclusive || n.activity()
}

// flow checks one flow: a condition only where BPMN gives it a meaning, never on a default, and
// naming only what exists.
func (c *checker) flow(f *Flow) {
	d := c.d
	n := &d.Nodes[f.from]
	if f.cond == nil {
		if (n.kind == kindExclusive || n.kind == kindInclusive) && len(n.out) > 1 && d.Flow(n.Default) != f {
			c.add(f.ID, "bpmn.condition.missing", "element", f.ID, "gateway", n.Title(""))
		}
		return
	}
	if n.Default == f.ID {
		c.add(f.ID, "bpmn.condition.ondefault", "element", f.ID)
	} else if !n.decides() {
		c.add(f.ID, "bpmn.condition.misplaced", "element", f.ID)
	}
	for _, id := range f.cond.tasks {
		if t := d.Node(id); t == nil || !t.IsTask() {
			c.add(f.ID, "bpmn.condition.task", "condition", f.Condition, "task", id)
		}
	}
	tasks, open := c.before(f.from)
	if len(d.callsBefore(f.from)) > 0 {
		return // a process of another file may end with any outcome
	}
	all := true
	for _, want := range f.cond.names {
		if want != "" && !slices.ContainsFunc(tasks, func(t int) bool { return d.Nodes[t].Outcome(want) != nil }) {
			all = false
			c.add(f.ID, "bpmn.condition.outcome", "condition", f.Condition, "outcome", want)
		}
	}
	if all {
		c.never(f, tasks, open)
	}
}

// never finds a condition that no data can make true.
func (c *checker) never(f *Flow, tasks []int, open bool) {
	if f.cond.vars {
		return
	}
	outcomes := []string{}
	if open || len(tasks) == 0 {
		outcomes = append(outcomes, "")
	}
	for _, t := range tasks {
		outcomes = append(outcomes, outcomesOf(&c.d.Nodes[t])...)
	}
	for _, o := range outcomes {
		if ok, p := f.cond.eval(f, &condEnv{Outcome: o}); ok || p != nil {
			return
		}
	}
	c.add(f.ID, "bpmn.condition.never", "condition", f.Condition, "element", f.ID)
}

// before returns the tasks whose outcome decides at the node: the node itself when it is a task.
// open says that a token can also come without an outcome of theirs.
func (c *checker) before(node int) (tasks []int, open bool) {
	n := &c.d.Nodes[node]
	switch {
	case n.IsTask():
		return []int{node}, n.Loop != nil
	case n.kind == kindSub:
		for _, i := range c.d.inside(n) {
			if c.d.Nodes[i].IsTask() {
				tasks = append(tasks, i)
			}
		}
		return tasks, true
	}
	return c.d.tasksBefore(node)
}

// callsBefore returns the call activities through which a token comes to the node: a process of
// another file may end with any outcome.
func (d *Definition) callsBefore(node int) []int {
	var out []int
	for i, ok := range d.reach([]int{node}, false, false) {
		if ok && d.Nodes[i].kind == kindCall {
			out = append(out, i)
		}
	}
	return out
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
	tasks, fromStart := c.before(i)
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

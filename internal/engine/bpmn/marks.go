package bpmn

import "slices"

// States of a Mark.
const (
	MarkDone    = "done"    // behind the dossier
	MarkCurrent = "current" // somebody works on it now
	MarkNext    = "next"    // a task that can come directly after a current one

	MarkWarm = "warm" // in a trial: work waits here
	MarkHot  = "hot"  // and here most of it piles up
)

// Mark says how an element of the diagram is shown.
type Mark struct {
	State string // done, current, next, or empty
	Note  string // a short line below the name of a task, such as a date or an office
}

// Marks returns the marks of a process in the state: flows passed and nodes left are done, open
// tasks are current, the tasks that can follow them are next. What lies ahead again after a way
// back is not done any more, so nobody reads a signature that is still to come as given.
func (d *Definition) Marks(s State) map[string]Mark {
	out := map[string]Mark{}
	var current, around []int // where somebody or something is awaited, and the sub-processes around
	for _, t := range s.Tokens {
		i, ok := d.nodes[t.Node]
		switch {
		case !ok || t.Of != 0 || t.State == TokenJoin:
		case t.State == TokenScope:
			around = append(around, i)
		case !slices.Contains(current, i):
			current = append(current, i)
		}
	}
	ahead := make([]bool, len(d.Nodes))
	if len(current) > 0 {
		from := slices.Clone(current)
		for _, i := range around { // what comes after a sub-process lies ahead of what is in it
			for _, fi := range d.Nodes[i].out {
				if !d.back[fi] {
					from = append(from, d.Flows[fi].to)
				}
			}
		}
		ahead = d.reach(from, true, true)
		for _, i := range current {
			// A way of an open task's own branch is ahead; the branches beside it are judged below.
			ahead[i] = false
		}
	}
	waiting := map[string]bool{}
	for _, t := range s.Tokens {
		if t.State == TokenJoin {
			waiting[t.Via] = true
		}
	}
	for _, id := range s.Seen {
		fi, ok := d.flows[id]
		if !ok {
			continue
		}
		f := &d.Flows[fi]
		if !waiting[id] && (ahead[f.from] || slices.Contains(current, f.from) && ahead[f.to]) {
			continue
		}
		out[id] = Mark{State: MarkDone}
		if !ahead[f.from] {
			out[f.From] = Mark{State: MarkDone}
		}
		if to := &d.Nodes[f.to]; to.Type == TypeEnd && !ahead[f.to] {
			out[f.To] = Mark{State: MarkDone}
		}
	}
	for _, i := range current {
		for _, next := range d.following(i) {
			if id := d.Nodes[next].ID; out[id].State == "" {
				out[id] = Mark{State: MarkNext}
			}
		}
	}
	for _, i := range append(current, around...) {
		out[d.Nodes[i].ID] = Mark{State: MarkCurrent}
	}
	return out
}

// following returns the tasks and ends that can come directly after the node, onward only.
func (d *Definition) following(node int) []int {
	var out []int
	seen := make([]bool, len(d.Nodes))
	queue := []int{node}
	for len(queue) > 0 {
		n := &d.Nodes[queue[0]]
		queue = queue[1:]
		for _, fi := range n.out {
			to := d.Flows[fi].to
			if d.back[fi] || seen[to] {
				continue
			}
			seen[to] = true
			if d.Nodes[to].IsTask() || d.Nodes[to].Type == TypeEnd {
				out = append(out, to)
			} else {
				queue = append(queue, to)
			}
		}
	}
	return out
}

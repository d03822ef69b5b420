package bpmn

import (
	"sort"
	"strconv"
	"strings"
)

// maxMarkings bounds the exploration; a process with more combinations of open tasks is not judged
// (its joins are still guarded at run time: a step into a dead end is refused).
const maxMarkings = 4000

// marking is an abstract state: which tasks are open and which flows hold a token before a join.
// Equal entries mean two tokens in the same place.
type marking struct {
	tasks []int
	joins []int // flows
}

func (m marking) key() string {
	sort.Ints(m.tasks)
	sort.Ints(m.joins)
	var b strings.Builder
	for _, t := range m.tasks {
		b.WriteString(strconv.Itoa(t) + ",")
	}
	b.WriteByte('|')
	for _, f := range m.joins {
		b.WriteString(strconv.Itoa(f) + ",")
	}
	return b.String()
}

func (m marking) clone() marking {
	return marking{append([]int(nil), m.tasks...), append([]int(nil), m.joins...)}
}

// markingOf returns the marking of a state; places the definition does not know are left out.
func (d *Definition) markingOf(s *State) marking {
	var m marking
	for _, t := range s.Tokens {
		if t.State == TokenTask {
			if i, ok := d.nodes[t.Node]; ok {
				m.tasks = append(m.tasks, i)
			}
		} else if i, ok := d.flows[t.Via]; ok {
			m.joins = append(m.joins, i)
		}
	}
	return m
}

// wander is a marking with tokens that still move.
type wander struct {
	m      marking
	moving []mover
}

// mover is a token on a flow; known says that outcome is what the last task ended with.
type mover struct {
	flow    int
	outcome string
	known   bool
}

// explore follows every order of completions and every outcome from the marking and returns what
// can go wrong: a join that waits for ever, or a task that is open twice at the same time. A
// condition that looks only at the outcome is decided; any other may go either way.
func (d *Definition) explore(from marking) []Problem {
	stuck, twice := map[string]bool{}, map[string]bool{}
	seen := map[string]bool{from.key(): true}
	queue := []marking{from}
	if len(from.tasks) == 0 && len(from.joins) == 0 && d.start >= 0 {
		queue, seen = nil, map[string]bool{}
		d.settle(d.leaving(wander{}, d.start, "", false), func(m marking) { queue = d.note(queue, seen, m, stuck, twice) })
	}
	for len(queue) > 0 && len(seen) <= maxMarkings {
		m := queue[0]
		queue = queue[1:]
		for k, t := range m.tasks {
			if k > 0 && m.tasks[k-1] == t {
				continue
			}
			rest := m.clone()
			rest.tasks = append(rest.tasks[:k], rest.tasks[k+1:]...)
			for _, o := range outcomesOf(&d.Nodes[t]) {
				d.settle(d.leaving(wander{m: rest.clone()}, t, o, true), func(m marking) {
					queue = d.note(queue, seen, m, stuck, twice)
				})
			}
		}
	}
	if len(seen) > maxMarkings {
		return nil
	}
	var out []Problem
	for _, id := range keys(stuck) {
		out = append(out, *newProblem(id, "bpmn.check.stuck", "element", id))
	}
	for _, id := range keys(twice) {
		out = append(out, *newProblem(id, "bpmn.check.twice", "element", id))
	}
	return out
}

func outcomesOf(n *Node) []string {
	if len(n.Outcomes) == 0 {
		return []string{""}
	}
	var out []string
	for _, o := range n.Outcomes {
		out = append(out, o.Key)
	}
	return out
}

// note judges a settled marking and queues it when it is new.
func (d *Definition) note(queue []marking, seen map[string]bool, m marking, stuck, twice map[string]bool) []marking {
	k := m.key()
	if seen[k] {
		return queue
	}
	seen[k] = true
	for i := 1; i < len(m.tasks); i++ {
		if m.tasks[i] == m.tasks[i-1] {
			twice[d.Nodes[m.tasks[i]].ID] = true
			return queue // everything after would be double too
		}
	}
	for i := 1; i < len(m.joins); i++ {
		if m.joins[i] == m.joins[i-1] {
			twice[d.Nodes[d.Flows[m.joins[i]].to].ID] = true
			return queue
		}
	}
	if len(m.tasks) == 0 && len(m.joins) > 0 {
		stuck[d.Nodes[d.Flows[m.joins[0]].to].ID] = true
		return queue
	}
	return append(queue, m)
}

// leaving returns the ways tokens can leave a node; several where a condition may go either way.
func (d *Definition) leaving(w wander, node int, outcome string, known bool) []wander {
	n := &d.Nodes[node]
	if n.Type == TypeExclusive {
		var out []wander
		for _, fi := range d.choices(n, outcome, known) {
			out = append(out, w.with(mover{fi, outcome, known}))
		}
		return out
	}
	ways := []wander{w}
	held := false
	var maybe []int
	for _, fi := range n.out {
		f := &d.Flows[fi]
		if fi == n.def {
			continue
		}
		if f.cond == nil {
			held = true
			ways[0] = ways[0].with(mover{fi, outcome, known})
			continue
		}
		ok, decided := f.cond.decide(outcome, known)
		switch {
		case decided && ok:
			held = true
			ways[0] = ways[0].with(mover{fi, outcome, known})
		case !decided:
			maybe = append(maybe, fi)
		}
	}
	if len(maybe) == 0 {
		if !held && n.def >= 0 {
			ways[0] = ways[0].with(mover{n.def, outcome, known})
		}
		return ways
	}
	base := ways[0]
	ways = nil
	for bits := 0; bits < 1<<min(len(maybe), 6); bits++ {
		x, any := base, held
		for k := 0; k < min(len(maybe), 6); k++ {
			if bits&(1<<k) != 0 {
				x, any = x.with(mover{maybe[k], outcome, known}), true
			}
		}
		if !any {
			if n.def < 0 {
				continue // run time refuses this step
			}
			x = x.with(mover{n.def, outcome, known})
		}
		ways = append(ways, x)
	}
	return ways
}

// choices returns the flows an exclusive gateway may take.
func (d *Definition) choices(n *Node, outcome string, known bool) []int {
	var out []int
	for _, fi := range n.out {
		if fi == n.def {
			continue
		}
		f := &d.Flows[fi]
		if f.cond == nil {
			return append(out, fi)
		}
		ok, decided := f.cond.decide(outcome, known)
		if decided && ok {
			return append(out, fi)
		}
		if !decided {
			out = append(out, fi)
		}
	}
	if n.def >= 0 {
		out = append(out, n.def)
	}
	return out
}

// decide evaluates a condition that the outcome alone decides.
func (c *condition) decide(outcome string, known bool) (ok, decided bool) {
	if !known || c.vars || c.problem != nil {
		return false, false
	}
	ok, p := c.eval(&Flow{}, &condEnv{Outcome: outcome})
	return ok, p == nil
}

func (w wander) with(m mover) wander {
	w.moving = append(append([]mover(nil), w.moving...), m)
	return w
}

// settle lets moving tokens go on until all rest and gives each resulting marking to visit.
func (d *Definition) settle(ways []wander, visit func(marking)) {
	budget := maxTransitions
	for len(ways) > 0 && budget > 0 {
		budget--
		w := ways[len(ways)-1]
		ways = ways[:len(ways)-1]
		if len(w.moving) == 0 {
			visit(w.m)
			continue
		}
		mv := w.moving[0]
		w.moving = w.moving[1:]
		w.m = w.m.clone()
		to := d.Flows[mv.flow].to
		n := &d.Nodes[to]
		switch {
		case n.IsTask():
			w.m.tasks = append(w.m.tasks, to)
			ways = append(ways, w)
		case n.Type == TypeEnd:
			if n.Terminate {
				w = wander{}
			}
			ways = append(ways, w)
		case n.Type == TypeParallel && len(n.in) > 1:
			w.m.joins = append(w.m.joins, mv.flow)
			if !w.m.fire(n) {
				ways = append(ways, w)
				break
			}
			for _, fi := range n.out {
				w = w.with(mover{fi, "", false})
			}
			ways = append(ways, w)
		default:
			ways = append(ways, d.leaving(w, to, mv.outcome, mv.known)...)
		}
	}
}

// fire takes one token of every incoming flow when each has one.
func (m *marking) fire(n *Node) bool {
	left := append([]int(nil), m.joins...)
	for _, fi := range n.in {
		found := false
		for i, f := range left {
			if f == fi {
				left, found = append(left[:i], left[i+1:]...), true
				break
			}
		}
		if !found {
			return false
		}
	}
	m.joins = left
	return true
}

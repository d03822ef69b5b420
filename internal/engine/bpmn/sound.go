package bpmn

import (
	"slices"
	"strconv"
	"strings"
)

// Limits on the exploration. A process with more combinations of what is open is not judged (its
// joins are still guarded at run time: a step into a dead end is refused).
const (
	maxStates  = 4000  // different states looked at
	maxSteps   = 60000 // steps tried
	maxAnswers = 64    // ways one event is tried with undecided conditions
)

// explore follows every order of what can happen (completions with every outcome, timers, messages,
// errors, answers) from the state, or from the start, and returns what can go wrong: a join that
// waits for ever, or a task that is open twice at the same time. It is the execution itself that is
// explored; a condition that looks only at the outcome is decided, any other may go either way, an
// activity with several instances has two, and a listener that does not interrupt is triggered once.
func (d *Definition) explore(from *State) []Problem {
	x := d.look(from)
	if x.gaveUp() {
		return nil
	}
	var out []Problem
	for _, id := range keys(x.stuck) {
		out = append(out, *newProblem(id, "bpmn.check.stuck", "element", id))
	}
	for _, id := range keys(x.twice) {
		out = append(out, *newProblem(id, "bpmn.check.twice", "element", id))
	}
	return out
}

// look explores from the state, or from the start.
func (d *Definition) look(from *State) *explorer {
	x := &explorer{d: d, main: d.mainWay(), seen: map[string]bool{}, stuck: map[string]bool{}, twice: map[string]bool{}, lost: map[string]bool{}}
	if from == nil {
		for _, n := range d.StartEvents() {
			x.try(State{}, Event{Kind: EventStart, Node: n.ID})
		}
		if len(d.StartEvents()) == 0 {
			x.try(State{}, Event{Kind: EventStart})
		}
	} else {
		s := *from
		s.Seen, s.Outcomes = nil, nil
		x.visit(s)
	}
	for len(x.queue) > 0 && !x.gaveUp() {
		s := x.queue[0]
		x.queue = x.queue[1:]
		x.events(s)
	}
	return x
}

// gaveUp reports whether there was more to explore than is looked at.
func (x *explorer) gaveUp() bool { return len(x.seen) > maxStates || x.steps > maxSteps }

type explorer struct {
	d            *Definition
	main         []bool
	queue        []State
	seen         map[string]bool // states by what rests where
	stuck, twice map[string]bool
	lost         map[string]bool // nodes at which an outcome had no way on
	steps        int
}

// events tries everything that can happen in the state.
func (x *explorer) events(s State) {
	for i := range s.Tokens {
		t := &s.Tokens[i]
		n := x.d.Node(t.Node)
		if n == nil {
			continue
		}
		switch t.State {
		case TokenTask:
			for _, o := range outcomesOf(n) {
				x.try(s, Event{Kind: EventComplete, Token: t.ID, Outcome: o})
			}
			x.errors(s, t, n)
		case TokenTimer, TokenMessage, TokenSignal, TokenWhen:
			x.try(s, Event{Kind: eventFire, Token: t.ID})
		case TokenService, TokenDecision, TokenCall:
			x.try(s, Event{Kind: EventDone, Token: t.ID})
			x.errors(s, t, n)
		}
	}
}

// errors tries the errors and escalations that the boundary of the activity handles.
func (x *explorer) errors(s State, t *Token, n *Node) {
	for _, i := range n.boundary {
		switch b := &x.d.Nodes[i]; {
		case b.is(TriggerError):
			x.try(s, Event{Kind: EventError, Token: t.ID, Name: b.Event.Name})
		case b.is(TriggerEscalation) && b.Interrupting:
			x.try(s, Event{Kind: EventEscalate, Token: t.ID, Name: b.Event.Name})
		}
	}
}

// eventFire stands for whatever a token waits for, while ways are explored.
const eventFire EventKind = "fire"

// try applies the event with every answer to the conditions it meets that data would decide.
func (x *explorer) try(s State, e Event) {
	o := &oracle{}
	for range maxAnswers {
		was := o.moves
		next, _, err := x.d.step(s, e, o)
		x.steps += 1 + (o.moves-was)/4
		if p, ok := err.(*Problem); ok && p.Key == "bpmn.state.stuck" {
			x.stuck[p.Element] = true
		} else if ok && p.Key == "bpmn.state.noflow" {
			x.lost[p.Element] = true
		} else if err == nil && !next.Done {
			x.visit(next)
		}
		if !o.turn() {
			return
		}
	}
}

// visit judges a state and queues it when it is new.
func (x *explorer) visit(s State) {
	s.Outcomes, s.Vars = nil, nil
	k, double := x.d.shape(&s, x.main)
	if x.seen[k] {
		return
	}
	x.seen[k] = true
	if double != "" {
		x.twice[double] = true // everything after would be double too
		return
	}
	x.queue = append(x.queue, s)
}

// mainWay returns the nodes that are reached without an event that runs beside its activity: what
// such an event starts may well be open several times.
func (d *Definition) mainWay() []bool {
	seen := make([]bool, len(d.Nodes))
	var queue []int
	visit := func(i int) {
		if n := &d.Nodes[i]; !seen[i] && !n.Triggered && (n.kind != kindBoundary || n.Interrupting) {
			seen[i] = true
			queue = append(queue, i)
		}
	}
	for _, i := range d.scopes[""].starts {
		visit(i)
	}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		for _, s := range d.steps(i) {
			visit(s.to)
		}
	}
	return seen
}

// shape describes what rests where, without the ids of tokens; double is a node where two tokens
// of one scope rest that are no instances of a loop.
func (d *Definition) shape(s *State, main []bool) (key, double string) {
	names := make([]string, len(s.Tokens))
	under := func(t *Token) (of string) {
		for _, id := range []int{t.Scope, t.Of} {
			for i := range s.Tokens {
				if s.Tokens[i].ID == id {
					of += names[i] // holders come before what they hold
				}
			}
			of += ">"
		}
		return of
	}
	for i := range s.Tokens {
		t := &s.Tokens[i]
		b := under(t) + t.Node + "/" + string(t.State) + "/" + t.Via
		if t.State == TokenJoin {
			b += "/" + t.Outcome
		} else if n := d.Node(t.Node); n != nil && (t.State != TokenTask || len(n.Outcomes) == 0) {
			b += "/" + t.Outcome
		}
		if n := d.Node(t.Node); n != nil && n.Loop != nil && !n.Loop.Standard {
			b += "#" + strconv.Itoa(t.Done)
		}
		for _, u := range t.Undo {
			b += "-" + u.Node
		}
		names[i] = b
	}
	sorted := slices.Clone(names)
	slices.Sort(sorted)
	for i := range s.Tokens {
		t := &s.Tokens[i]
		if t.State != TokenTask && t.State != TokenJoin && t.State != TokenScope && t.State != TokenLoop {
			continue
		}
		if n := d.Node(t.Node); n == nil || !main[d.nodes[t.Node]] || n.Loop != nil && t.State != TokenLoop {
			continue
		}
		for j := range i {
			q := &s.Tokens[j]
			if q.Node == t.Node && q.State == t.State && q.Scope == t.Scope && (t.State != TokenJoin || q.Via == t.Via) {
				double = t.Node
			}
		}
	}
	var b strings.Builder
	for _, n := range sorted {
		b.WriteString(n + "|")
	}
	b.WriteByte('~')
	for _, u := range s.Undo {
		b.WriteString(u.Node + ",")
	}
	return b.String(), double
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

package bpmn

import (
	"maps"
	"slices"
)

// Limits on execution.
const (
	maxTransitions = 1000 // nodes entered in one step; a loop of gateways alone ends here
	maxTokens      = 500  // resting tokens of one process
	maxInstances   = 100  // of one activity
	maxExplored    = 200  // nodes entered in one step while ways are explored
)

// Step applies one event and returns the next state with its consequences. It never changes s. The
// same definition, state and event always give the same answer. On an error (a *Problem) nothing
// has happened and the returned state is s.
//
// What a person's act leads to is refused as a whole when it cannot be done, so that the person
// learns of it. After any other event nobody would: there the token rests as an incident.
func (d *Definition) Step(s State, e Event) (State, []Effect, error) {
	return d.step(s, e, nil)
}

func (d *Definition) step(s State, e Event, o *oracle) (State, []Effect, error) {
	r := &run{d: d, st: s, oracle: o}
	if p := r.apply(e); p != nil {
		return s, nil, p
	}
	if len(r.st.Tokens) == 0 {
		r.st.Tokens = nil // as it reads back from JSON
	}
	if len(r.st.Undo) == 0 {
		r.st.Undo = nil
	}
	r.st.V = max(r.st.V, r.st.format())
	return r.st, r.eff, nil
}

// format returns the earliest format that can say what the state says.
func (s *State) format() int {
	if s.Undo != nil || s.Error != "" {
		return 2
	}
	for i := range s.Tokens {
		if t := &s.Tokens[i]; t.State != TokenTask && t.State != TokenJoin || t.Scope != 0 || t.Of != 0 {
			return 2
		}
	}
	return 1
}

// run is one step under way, on its own copy of the state.
type run struct {
	d      *Definition
	st     State
	eff    []Effect
	queue  []arrival
	count  int
	last   *Node   // the end event of the process reached last
	inner  *Node   // the end event of a sub-process reached last
	soft   bool    // no person is there to be told: failures become incidents
	oracle *oracle // decides what data would decide, while ways are explored
}

// arrival is a token that moves and is about to enter a node.
type arrival struct {
	node, flow int // flow is -1 at the start
	scope      int
	outcome    string
	leave      bool // it has been in the node and is about to leave it
}

func (r *run) apply(e Event) *Problem {
	s := &r.st
	if s.V > StateVersion {
		return newProblem("", "bpmn.state.version", "version", s.V)
	}
	switch {
	case e.Kind == EventStart && s.V > 0:
		return newProblem("", "bpmn.state.started")
	case e.Kind != EventStart && s.V == 0:
		return newProblem("", "bpmn.state.notstarted")
	case s.Done:
		return newProblem("", "bpmn.state.done")
	}
	if e.Kind != EventCancel { // stopping has to be possible whatever is stored
		for i := range s.Tokens {
			if !r.fits(&s.Tokens[i]) {
				return newProblem(clip(s.Tokens[i].Node), "bpmn.state.broken", "token", s.Tokens[i].ID)
			}
		}
	}
	// From here on everything that is changed is a copy.
	s.V = max(s.V, 1)
	s.Tokens = slices.Clone(s.Tokens)
	s.Undo = slices.Clone(s.Undo)
	s.Seen = slices.Clip(s.Seen) // appending then copies
	result := any(nil)
	if e.Kind == EventDone {
		if v, ok := e.Vars[""]; ok {
			e.Vars = maps.Clone(e.Vars)
			delete(e.Vars, "")
			result = v
		}
	}
	if e.Kind != EventDone && e.Kind != EventComplete { // those belong to the scope of their token
		if p := r.setVars(e.Vars); p != nil {
			return p
		}
	}
	switch e.Kind {
	case EventStart:
		return r.start(e)
	case EventComplete:
		return r.complete(e)
	case EventCancel:
		r.clear(0)
		s.Done, s.Cancelled, s.Undo = true, true, nil
		r.eff = append(r.eff, Effect{Kind: EffectCancelled})
		return nil
	case EventVars:
		r.soft = true
		return r.drain()
	case EventMove:
		return r.move(e)
	}
	r.soft = true
	return r.outside(e, result)
}

// start lets the first token out of a start event.
func (r *run) start(e Event) *Problem {
	i := r.d.start
	if e.Node != "" {
		n, ok := r.d.nodes[e.Node]
		if !ok || r.d.Nodes[n].kind != kindStart || r.d.Nodes[n].Parent != "" {
			return newProblem(clip(e.Node), "bpmn.event.start", "element", e.Node)
		}
		i = n
		r.soft = r.d.Nodes[n].Event != nil
	}
	begin := []int{i}
	if i < 0 {
		if begin = r.d.scopes[""].starts; len(begin) == 0 || r.d.Nodes[begin[0]].kind == kindStart {
			return newProblem("", "bpmn.check.start", "count", len(begin))
		}
	}
	if p := r.watch("", 0, -1); p != nil {
		return p
	}
	for _, i := range begin {
		r.queue = append(r.queue, arrival{node: i, flow: -1})
	}
	return r.drain()
}

// token returns the index of a resting token, -1 without.
func (r *run) token(id int) int {
	for i := range r.st.Tokens {
		if r.st.Tokens[i].ID == id {
			return i
		}
	}
	return -1
}

// task returns the index of the open task's token.
func (r *run) task(id int) (int, *Node, *Problem) {
	i := r.token(id)
	if i < 0 || r.st.Tokens[i].State != TokenTask {
		return 0, nil, newProblem("", "bpmn.state.token", "token", id)
	}
	n := r.d.Node(r.st.Tokens[i].Node)
	if n == nil {
		return 0, nil, newProblem(r.st.Tokens[i].Node, "bpmn.state.node", "element", r.st.Tokens[i].Node)
	}
	return i, n, nil
}

func (r *run) complete(e Event) *Problem {
	i, n, p := r.task(e.Token)
	if p != nil {
		return p
	}
	outcome := n.Outcome(e.Outcome)
	if outcome == nil && (len(n.Outcomes) > 0 || e.Outcome != "") {
		return newProblem(n.ID, "bpmn.event.outcome", "outcome", e.Outcome, "task", n.Title(""))
	}
	t := r.st.Tokens[i]
	r.st.Tokens = slices.Delete(r.st.Tokens, i, i+1)
	if p := r.give(&t, e.Vars); p != nil {
		return p
	}
	r.st.Outcomes = maps.Clone(r.st.Outcomes)
	if r.st.Outcomes == nil && e.Outcome != "" {
		r.st.Outcomes = map[string]string{}
	}
	if e.Outcome != "" {
		r.st.Outcomes[n.ID] = e.Outcome
	}
	r.eff = append(r.eff, Effect{Kind: EffectTaskClosed, Token: t.ID, Node: n, Outcome: outcome, Via: t.Via})
	if p := r.finished(n, t, e.Outcome); p != nil {
		return p
	}
	return r.drain()
}

// move carries a token from one task to another, if the process can still end properly from there:
// a token set down beyond a fork would leave a join waiting for ever.
func (r *run) move(e Event) *Problem {
	i, from, p := r.task(e.Token)
	if p != nil {
		return p
	}
	to := r.d.Node(e.Node)
	if to == nil || !to.IsTask() || to.Parent != from.Parent || from.Loop != nil || from.Compensates || to.Compensates {
		return newProblem(clip(e.Node), "bpmn.event.move", "element", e.Node)
	}
	t := r.st.Tokens[i]
	r.remove(t.ID)
	if p := r.begin(to, arrival{flow: -1, scope: t.Scope, outcome: t.Outcome}, ""); p != nil {
		return p
	}
	if bad := r.d.explore(&r.st); len(bad) > 0 {
		return newProblem(to.ID, "bpmn.event.move", "element", to.ID)
	}
	return nil
}

// drain lets moving tokens go on until all rest. Joins, ends of sub-processes and conditions are
// looked at when nothing moves, so that the order of the branches does not matter.
func (r *run) drain() *Problem {
	for {
		for len(r.queue) > 0 {
			a := r.queue[0]
			r.queue = r.queue[1:]
			if p := r.arrive(a); p != nil {
				return p
			}
		}
		if again, p := r.settle(); p != nil {
			return p
		} else if !again {
			break
		}
	}
	return r.rested()
}

// arrive lets one token into its node, or out of it. What fails after an event that no person waits
// for is undone as far as this node and rests as an incident.
func (r *run) arrive(a arrival) *Problem {
	n := &r.d.Nodes[a.node]
	if r.count++; r.count > maxTransitions || r.oracle != nil && r.count > maxExplored {
		return newProblem(n.ID, "bpmn.state.loop", "element", n.ID, "limit", maxTransitions)
	}
	if r.oracle != nil {
		r.oracle.moves++
	}
	if a.flow >= 0 {
		r.seen(r.d.Flows[a.flow].ID)
	}
	if !r.soft && n.kind != kindScript || r.oracle != nil {
		return r.enter(n, a)
	}
	before, queue, eff := r.st, slices.Clone(r.queue), len(r.eff)
	r.st.Tokens, r.st.Undo = slices.Clone(before.Tokens), slices.Clone(before.Undo)
	p := r.enter(n, a)
	if p == nil || !retryable(p) {
		return p
	}
	r.st, r.queue, r.eff = before, queue, r.eff[:eff]
	t := Token{Node: n.ID, State: TokenIncident, Scope: a.scope, Outcome: a.outcome}
	if a.flow >= 0 {
		t.Via = r.d.Flows[a.flow].ID
	}
	if a.leave {
		t.Phase = PhaseLeave
	}
	return r.incident(t, n, p)
}

// retryable reports whether another try, with other data, may do better.
func retryable(p *Problem) bool {
	switch p.Key {
	case "bpmn.state.condition", "bpmn.state.noflow", "bpmn.state.instances", "bpmn.state.timer", "bpmn.event.vars", "bpmn.size.vars":
		return true
	}
	return false
}

func (r *run) seen(flow string) {
	if r.oracle == nil && !slices.Contains(r.st.Seen, flow) {
		r.st.Seen = append(r.st.Seen, flow)
	}
}

// settle looks at what only counts when nothing moves; again says that something moves now.
func (r *run) settle() (again bool, p *Problem) {
	if len(r.st.Tokens) == 0 {
		return false, nil
	}
	for _, look := range []func() (bool, *Problem){r.endScopes, r.openInclusive, r.testConditions} {
		if again, p = look(); again || p != nil {
			return again, p
		}
	}
	return false, nil
}

// rested ends the process when nothing is left in it, and refuses to leave it where nothing from
// outside could ever move it.
func (r *run) rested() *Problem {
	open, left := false, 0
	for i := range r.st.Tokens {
		t := &r.st.Tokens[i]
		if t.Of == -1 {
			continue // only listens
		}
		left++
		switch t.State {
		case TokenJoin, TokenScope, TokenLoop, TokenUndo, TokenGate:
		default:
			open = open || t.Of == 0
		}
		open = open || t.State == TokenGate
	}
	switch {
	case left == 0:
		r.clear(0)
		r.st.Done, r.st.Undo = true, nil
		if r.last == nil {
			r.last = r.inner // nothing followed that sub-process, as after the handler of an event
		}
		e := Effect{Kind: EffectEnded, Node: r.last}
		if r.last != nil {
			r.st.End = r.last.ID
		}
		r.eff = append(r.eff, e)
	case !open:
		id := r.st.Tokens[0].Node
		for _, t := range r.st.Tokens {
			if t.State == TokenJoin {
				id = t.Node
				break
			}
		}
		return newProblem(id, "bpmn.state.stuck", "element", id)
	}
	return nil
}

// rest gives a token its id and lets it wait.
func (r *run) rest(t Token) (int, *Problem) {
	if len(r.st.Tokens) >= maxTokens {
		return 0, newProblem(t.Node, "bpmn.state.tokens", "limit", maxTokens)
	}
	r.st.Seq++
	t.ID = r.st.Seq
	r.st.Tokens = append(r.st.Tokens, t)
	return t.ID, nil
}

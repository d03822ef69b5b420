package bpmn

import (
	"maps"
	"slices"
)

// Limits on execution.
const (
	maxTransitions = 1000 // nodes entered in one step; a loop of gateways alone ends here
	maxTokens      = 500  // resting tokens of one process
)

// Step applies one event and returns the next state with its consequences. It never changes s. The
// same definition, state and event always give the same answer. On an error (a *Problem) nothing
// has happened and the returned state is s.
func (d *Definition) Step(s State, e Event) (State, []Effect, error) {
	r := &run{d: d, st: s}
	if p := r.apply(e); p != nil {
		return s, nil, p
	}
	if len(r.st.Tokens) == 0 {
		r.st.Tokens = nil // as it reads back from JSON
	}
	return r.st, r.eff, nil
}

// run is one step under way, on its own copy of the state.
type run struct {
	d     *Definition
	st    State
	eff   []Effect
	queue []arrival
	count int
	last  *Node // the end event reached last
}

// arrival is a token that moves and is about to enter a node.
type arrival struct {
	node, flow int // flow is -1 at the start
	scope      int
	outcome    string
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
	// From here on everything that is changed is a copy.
	s.V = StateVersion
	s.Tokens = slices.Clone(s.Tokens)
	s.Seen = slices.Clip(s.Seen) // appending then copies
	if p := r.setVars(e.Vars); p != nil {
		return p
	}
	switch e.Kind {
	case EventStart:
		if r.d.start < 0 {
			return newProblem("", "bpmn.check.start", "count", 0)
		}
		r.queue = append(r.queue, arrival{node: r.d.start, flow: -1})
		return r.drain()
	case EventComplete:
		return r.complete(e)
	case EventCancel:
		r.cancelTokens()
		s.Done, s.Cancelled = true, true
		r.eff = append(r.eff, Effect{Kind: EffectCancelled})
		return nil
	case EventVars:
		return nil
	case EventMove:
		return r.move(e)
	}
	return newProblem("", "bpmn.event.kind", "kind", string(e.Kind))
}

// task returns the index of the open task's token.
func (r *run) task(id int) (int, *Node, *Problem) {
	for i := range r.st.Tokens {
		t := &r.st.Tokens[i]
		if t.ID != id {
			continue
		}
		if t.State != TokenTask {
			break
		}
		n := r.d.Node(t.Node)
		if n == nil {
			return 0, nil, newProblem(t.Node, "bpmn.state.node", "element", t.Node)
		}
		return i, n, nil
	}
	return 0, nil, newProblem("", "bpmn.state.token", "token", id)
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
	r.st.Outcomes = maps.Clone(r.st.Outcomes)
	if r.st.Outcomes == nil && e.Outcome != "" {
		r.st.Outcomes = map[string]string{}
	}
	if e.Outcome != "" {
		r.st.Outcomes[n.ID] = e.Outcome
	}
	r.eff = append(r.eff, Effect{Kind: EffectTaskClosed, Token: t.ID, Node: n, Outcome: outcome, Via: t.Via})
	if p := r.leave(n, t.Scope, e.Outcome); p != nil {
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
	if to == nil || !to.IsTask() || to.Parent != from.Parent {
		return newProblem(clip(e.Node), "bpmn.event.move", "element", e.Node)
	}
	t := r.st.Tokens[i]
	r.st.Tokens = slices.Delete(r.st.Tokens, i, i+1)
	r.eff = append(r.eff, Effect{Kind: EffectTaskCancelled, Token: t.ID, Node: from, Via: t.Via})
	if p := r.rest(Token{Node: to.ID, State: TokenTask, Scope: t.Scope, Outcome: t.Outcome}); p != nil {
		return p
	}
	r.eff = append(r.eff, Effect{Kind: EffectTaskOpened, Token: r.st.Seq, Node: to})
	if bad := r.d.explore(r.d.markingOf(&r.st)); len(bad) > 0 {
		return newProblem(to.ID, "bpmn.event.move", "element", to.ID)
	}
	return nil
}

// drain lets moving tokens go on until all rest.
func (r *run) drain() *Problem {
	for len(r.queue) > 0 {
		a := r.queue[0]
		r.queue = r.queue[1:]
		n := &r.d.Nodes[a.node]
		if r.count++; r.count > maxTransitions {
			return newProblem(n.ID, "bpmn.state.loop", "element", n.ID, "limit", maxTransitions)
		}
		if a.flow >= 0 {
			if id := r.d.Flows[a.flow].ID; !slices.Contains(r.st.Seen, id) {
				r.st.Seen = append(r.st.Seen, id)
			}
		}
		if p := r.enter(n, a); p != nil {
			return p
		}
	}
	open := false
	for i := range r.st.Tokens {
		open = open || r.st.Tokens[i].State == TokenTask
	}
	switch {
	case len(r.st.Tokens) == 0:
		r.st.Done = true
		e := Effect{Kind: EffectEnded, Node: r.last}
		if r.last != nil {
			r.st.End = r.last.ID
		}
		r.eff = append(r.eff, e)
	case !open:
		id := r.st.Tokens[0].Node
		return newProblem(id, "bpmn.state.stuck", "element", id)
	}
	return nil
}

// enter lets a token into a node (BPMN 13.3 to 13.5).
func (r *run) enter(n *Node, a arrival) *Problem {
	if n.unsupported != "" {
		return newProblem(n.ID, "bpmn.unsupported", "type", n.unsupported, "element", n.ID)
	}
	via := ""
	if a.flow >= 0 {
		via = r.d.Flows[a.flow].ID
	}
	switch n.Type {
	case TypeStart:
		return r.leave(n, a.scope, a.outcome)
	case TypePass:
		r.eff = append(r.eff, Effect{Kind: EffectPassed, Node: n, Via: via})
		return r.leave(n, a.scope, a.outcome)
	case TypeUserTask, TypeManualTask:
		if p := r.rest(Token{Node: n.ID, State: TokenTask, Via: via, Scope: a.scope, Outcome: a.outcome}); p != nil {
			return p
		}
		r.eff = append(r.eff, Effect{Kind: EffectTaskOpened, Token: r.st.Seq, Node: n, Via: via})
		return nil
	case TypeExclusive:
		return r.choose(n, a)
	case TypeParallel:
		return r.join(n, a, via)
	case TypeEnd:
		r.last = n
		if n.Terminate {
			r.queue = nil
			r.cancelTokens()
		} else if len(r.queue) > 0 || len(r.st.Tokens) > 0 {
			r.eff = append(r.eff, Effect{Kind: EffectBranchEnded, Node: n, Via: via})
		}
		return nil
	}
	return newProblem(n.ID, "bpmn.unsupported", "type", n.Type, "element", n.ID)
}

// choose takes the first flow whose condition holds, otherwise the default (BPMN 13.4.2).
func (r *run) choose(n *Node, a arrival) *Problem {
	env := r.env(a.outcome)
	for _, fi := range n.out {
		if fi == n.def {
			continue
		}
		f := &r.d.Flows[fi]
		ok := f.cond == nil
		if !ok {
			var p *Problem
			if ok, p = f.cond.eval(f, env); p != nil {
				return p
			}
		}
		if ok {
			r.queue = append(r.queue, arrival{f.to, fi, a.scope, a.outcome})
			return nil
		}
	}
	if n.def < 0 {
		return newProblem(n.ID, "bpmn.state.noflow", "element", n.ID, "outcome", a.outcome)
	}
	r.queue = append(r.queue, arrival{r.d.Flows[n.def].to, n.def, a.scope, a.outcome})
	return nil
}

// join waits until every incoming flow has brought a token, takes one of each and sends one out on
// every outgoing flow; a second token on the same flow stays and waits (BPMN 13.4.1).
func (r *run) join(n *Node, a arrival, via string) *Problem {
	if len(n.in) > 1 {
		if p := r.rest(Token{Node: n.ID, State: TokenJoin, Via: via, Scope: a.scope, Outcome: a.outcome}); p != nil {
			return p
		}
		var take []int
		for _, id := range n.In {
			i := slices.IndexFunc(r.st.Tokens, func(t Token) bool {
				return t.State == TokenJoin && t.Node == n.ID && t.Via == id && t.Scope == a.scope
			})
			if i < 0 {
				return nil
			}
			take = append(take, i)
		}
		slices.Sort(take)
		for k := len(take) - 1; k >= 0; k-- {
			r.st.Tokens = slices.Delete(r.st.Tokens, take[k], take[k]+1)
		}
	}
	for _, fi := range n.out {
		r.queue = append(r.queue, arrival{r.d.Flows[fi].to, fi, a.scope, a.outcome})
	}
	return nil
}

// leave sends tokens out of an event or a task: along every flow without a condition, every flow
// whose condition holds, and the default when there is no other (BPMN 8.4.13, 13.3.1).
func (r *run) leave(n *Node, scope int, outcome string) *Problem {
	var env *condEnv
	conditional, sent := false, false
	for _, fi := range n.out {
		if fi == n.def {
			continue
		}
		f := &r.d.Flows[fi]
		if f.cond != nil {
			conditional = true
			if env == nil {
				env = r.env(outcome)
			}
			ok, p := f.cond.eval(f, env)
			if p != nil {
				return p
			}
			if !ok {
				continue
			}
		}
		sent = true
		r.queue = append(r.queue, arrival{f.to, fi, scope, outcome})
	}
	if n.def >= 0 && !sent {
		sent = true
		r.queue = append(r.queue, arrival{r.d.Flows[n.def].to, n.def, scope, outcome})
	}
	if !sent && conditional {
		return newProblem(n.ID, "bpmn.state.noflow", "element", n.ID, "outcome", outcome)
	}
	return nil // without any outgoing flow the token ends here (BPMN 13.2)
}

// rest gives a token its id and lets it wait.
func (r *run) rest(t Token) *Problem {
	if len(r.st.Tokens) >= maxTokens {
		return newProblem(t.Node, "bpmn.state.tokens", "limit", maxTokens)
	}
	r.st.Seq++
	t.ID = r.st.Seq
	r.st.Tokens = append(r.st.Tokens, t)
	return nil
}

func (r *run) cancelTokens() {
	for _, t := range r.st.Tokens {
		if t.State == TokenTask {
			r.eff = append(r.eff, Effect{Kind: EffectTaskCancelled, Token: t.ID, Node: r.d.Node(t.Node), Via: t.Via})
		}
	}
	r.st.Tokens = nil
}

func (r *run) env(outcome string) *condEnv {
	return &condEnv{Outcome: outcome, Outcomes: r.st.Outcomes, Vars: r.st.Vars}
}

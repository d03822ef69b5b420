package bpmn

import (
	"slices"
)

// enter lets a token into a node (BPMN 13.3 to 13.5), or out of it when it has been there.
func (r *run) enter(n *Node, a arrival) *Problem {
	if a.leave {
		return r.leave(n, a.scope, a.outcome)
	}
	if n.unsupported != "" {
		return newProblem(n.ID, "bpmn.unsupported", "type", n.unsupported, "element", n.ID)
	}
	if n.broken {
		return newProblem(n.ID, "bpmn.state.notunderstood", "element", n.ID)
	}
	via := ""
	if a.flow >= 0 {
		via = r.d.Flows[a.flow].ID
	}
	switch n.kind {
	case kindStart:
		return r.leave(n, a.scope, a.outcome)
	case kindThrow, kindEnd:
		return r.throw(n, a, via)
	case kindCatch:
		if n.is(TriggerLink) {
			return r.leave(n, a.scope, a.outcome)
		}
		return r.arm(n, Token{Via: via, Scope: a.scope, Outcome: a.outcome})
	case kindExclusive:
		return r.choose(n, a)
	case kindParallel:
		return r.join(n, a, via)
	case kindInclusive:
		if len(n.in) > 1 {
			_, p := r.rest(Token{Node: n.ID, State: TokenJoin, Via: via, Scope: a.scope, Outcome: a.outcome})
			return p // settle opens it
		}
		return r.leave(n, a.scope, a.outcome)
	case kindEventGate:
		return r.eventGate(n, a, via)
	}
	if n.activity() {
		return r.begin(n, a, via)
	}
	return newProblem(n.ID, "bpmn.unsupported", "type", n.Type, "element", n.ID)
}

// choose takes the first flow whose condition holds, otherwise the default (BPMN 13.4.2).
func (r *run) choose(n *Node, a arrival) *Problem {
	var env *condEnv
	for _, fi := range n.out {
		if fi == n.def {
			continue
		}
		f := &r.d.Flows[fi]
		ok := f.cond == nil
		if !ok {
			if env == nil {
				env = r.env(a.scope, a.outcome)
			}
			var p *Problem
			if ok, p = r.holds(f.cond, f, env); p != nil {
				return p
			}
		}
		if ok {
			r.send(fi, a.scope, a.outcome)
			return nil
		}
	}
	if n.def < 0 {
		if len(n.out) == 0 {
			return nil // the token ends here
		}
		return newProblem(n.ID, "bpmn.state.noflow", "element", n.ID, "outcome", a.outcome)
	}
	r.send(n.def, a.scope, a.outcome)
	return nil
}

// send lets a token go along a flow.
func (r *run) send(flow, scope int, outcome string) {
	r.queue = append(r.queue, arrival{node: r.d.Flows[flow].to, flow: flow, scope: scope, outcome: outcome})
}

// join waits until every incoming flow has brought a token, takes one of each and sends one out on
// every outgoing flow; a second token on the same flow stays and waits (BPMN 13.4.1).
func (r *run) join(n *Node, a arrival, via string) *Problem {
	if len(n.in) > 1 {
		if _, p := r.rest(Token{Node: n.ID, State: TokenJoin, Via: via, Scope: a.scope, Outcome: a.outcome}); p != nil {
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
		r.take(take)
	}
	for _, fi := range n.out {
		r.send(fi, a.scope, a.outcome)
	}
	return nil
}

// take removes the tokens at the indices.
func (r *run) take(at []int) {
	slices.Sort(at)
	for k := len(at) - 1; k >= 0; k-- {
		r.st.Tokens = slices.Delete(r.st.Tokens, at[k], at[k]+1)
	}
}

// openInclusive opens the first inclusive join that need not wait any longer (BPMN 13.4.3): some
// incoming flow has a token, and no token elsewhere could still arrive by one that has none, unless
// it could as well arrive by one that has.
func (r *run) openInclusive() (bool, *Problem) {
	for i := range r.st.Tokens {
		t := r.st.Tokens[i]
		n := r.d.Node(t.Node)
		if t.State != TokenJoin || n == nil || n.kind != kindInclusive || !r.mayOpen(n, t.Scope) {
			continue
		}
		var take []int
		outcome := t.Outcome
		for _, id := range n.In {
			for k := range r.st.Tokens {
				if x := &r.st.Tokens[k]; x.State == TokenJoin && x.Node == n.ID && x.Via == id && x.Scope == t.Scope {
					take = append(take, k)
					outcome = x.Outcome
					break
				}
			}
		}
		if len(take) == 0 {
			continue // it came by a flow that this version does not have
		}
		r.take(take)
		r.queue = append(r.queue, arrival{node: r.d.nodes[n.ID], flow: -1, scope: t.Scope, outcome: outcome, leave: true})
		return true, nil
	}
	return false, nil
}

// mayOpen applies the rule of openInclusive to one join in one scope.
func (r *run) mayOpen(n *Node, scope int) bool {
	filled := make([]bool, len(n.In))
	for i := range r.st.Tokens {
		if t := &r.st.Tokens[i]; t.State == TokenJoin && t.Node == n.ID && t.Scope == scope {
			if k := slices.Index(n.In, t.Via); k >= 0 {
				filled[k] = true
			}
		}
	}
	for i := range r.st.Tokens {
		t := &r.st.Tokens[i]
		if t.Scope != scope || t.Of != 0 || t.State == TokenJoin && t.Node == n.ID {
			continue
		}
		at, ok := r.d.nodes[t.Node]
		if !ok {
			continue
		}
		toEmpty, toFilled := false, false
		for k := range n.up {
			if n.up[k][at] {
				toFilled = toFilled || filled[k]
				toEmpty = toEmpty || !filled[k]
			}
		}
		if toEmpty && !toFilled {
			return false
		}
	}
	return true
}

// eventGate waits for the first of the events that follow (BPMN 13.4.4).
func (r *run) eventGate(n *Node, a arrival, via string) *Problem {
	id, p := r.rest(Token{Node: n.ID, State: TokenGate, Via: via, Scope: a.scope, Outcome: a.outcome})
	if p != nil {
		return p
	}
	for _, fi := range n.out {
		to := &r.d.Nodes[r.d.Flows[fi].to]
		if p := r.arm(to, Token{Via: r.d.Flows[fi].ID, Scope: a.scope, Outcome: a.outcome, Of: id}); p != nil {
			return p
		}
	}
	return nil
}

// leave sends tokens out of an event, an activity or an inclusive gateway: along every flow without
// a condition, every flow whose condition holds, and the default when there is no other (BPMN
// 8.4.13, 13.3.1, 13.4.3).
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
				env = r.env(scope, outcome)
			}
			ok, p := r.holds(f.cond, f, env)
			if p != nil {
				return p
			}
			if !ok {
				continue
			}
		}
		sent = true
		r.send(fi, scope, outcome)
	}
	if n.def >= 0 && !sent {
		sent = true
		r.send(n.def, scope, outcome)
	}
	if !sent && conditional {
		return newProblem(n.ID, "bpmn.state.noflow", "element", n.ID, "outcome", outcome)
	}
	if !sent {
		r.carry(scope, outcome) // the token ends here (BPMN 13.2)
	}
	return nil
}

// carry lets the sub-process know the outcome its last token brought, which is its own when it ends.
func (r *run) carry(scope int, outcome string) {
	if i := r.token(scope); scope != 0 && i >= 0 && outcome != "" && r.st.Tokens[i].State == TokenScope {
		r.st.Tokens[i].Outcome = outcome
	}
}

// leaveLater lets a token leave the node when it is its turn.
func (r *run) leaveLater(n *Node, scope int, outcome string) {
	r.queue = append(r.queue, arrival{node: r.d.nodes[n.ID], flow: -1, scope: scope, outcome: outcome, leave: true})
}

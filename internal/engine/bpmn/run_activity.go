package bpmn

import (
	"maps"
)

// begin starts an activity: once, or as often as its loop says.
func (r *run) begin(n *Node, a arrival, via string) *Problem {
	if n.Loop != nil {
		return r.beginLoop(n, a, via)
	}
	t := Token{Node: n.ID, Via: via, Scope: a.scope, Outcome: a.outcome}
	id, p := r.instance(n, &t)
	if p != nil {
		return p
	}
	if id == 0 {
		return r.finished(n, t, t.Outcome)
	}
	return r.listen(n, id, a.scope, a.outcome)
}

// instance starts one instance of an activity and returns the token that rests in it, 0 when it is
// over at once (BPMN 13.3.3).
func (r *run) instance(n *Node, t *Token) (int, *Problem) {
	rest := func(s TokenState, e EffectKind, name string) (int, *Problem) {
		t.State = s
		id, p := r.rest(*t)
		if p == nil && e != "" {
			r.eff = append(r.eff, Effect{Kind: e, Token: id, Node: n, Via: t.Via, Name: name, Vars: t.Vars})
		}
		return id, p
	}
	switch n.kind {
	case kindTask:
		return rest(TokenTask, EffectTaskOpened, "")
	case kindService:
		return rest(TokenService, EffectServiceCalled, n.Work)
	case kindRule:
		return rest(TokenDecision, EffectDecisionAsked, n.Work)
	case kindCall:
		return rest(TokenCall, EffectCallStarted, n.Work)
	case kindReceive:
		return rest(TokenMessage, EffectSubscribed, n.Event.Name)
	case kindSend:
		r.eff = append(r.eff, Effect{Kind: EffectMessageSent, Node: n, Via: t.Via, Name: n.Event.Name, Vars: t.Vars})
		return 0, nil
	case kindScript:
		return 0, r.script(n, t)
	case kindSub:
		id, p := rest(TokenScope, "", "")
		if p != nil {
			return 0, p
		}
		return id, r.inside(n, id, t.Outcome)
	}
	return 0, newProblem(n.ID, "bpmn.unsupported", "type", n.Type, "element", n.ID)
}

// inside lets tokens into a sub-process: at its none start event, or where nothing leads to.
func (r *run) inside(n *Node, id int, outcome string) *Problem {
	if p := r.watch(n.inner, id, id); p != nil {
		return p
	}
	for _, i := range r.d.scope(n).starts {
		if m := &r.d.Nodes[i]; m.kind != kindStart || m.Event == nil || r.onlyStart(n) {
			r.queue = append(r.queue, arrival{node: i, flow: -1, scope: id, outcome: outcome})
			if m.kind == kindStart {
				break
			}
		}
	}
	return nil
}

// onlyStart reports whether a called process has no none start event, so that the call itself
// takes the place of what would trigger it.
func (r *run) onlyStart(n *Node) bool {
	for _, i := range r.d.scope(n).starts {
		if r.d.Nodes[i].Event == nil {
			return false
		}
	}
	return true
}

// script runs a script task; nothing is changed when a line fails.
func (r *run) script(n *Node, t *Token) *Problem {
	if r.oracle != nil {
		return nil
	}
	vars := map[string]any{}
	env := r.env(t.Scope, t.Outcome)
	env.Vars = maps.Clone(env.Vars)
	if env.Vars == nil {
		env.Vars = map[string]any{}
	}
	maps.Copy(env.Vars, t.Vars)
	if t.N > 0 {
		env.Loop.Counter = t.N
	}
	for _, a := range n.script {
		v, p := a.value.value(n.ID, env)
		if p != nil {
			return p
		}
		j, ok := jsonValue(v, 0)
		if !ok {
			return newProblem(n.ID, "bpmn.event.vars", "name", a.name)
		}
		vars[a.name], env.Vars[a.name] = j, j // later lines see it
	}
	return r.assign(t.Scope, vars)
}

// finished goes on after an activity, or one instance of it, is over: t is the token it had.
func (r *run) finished(n *Node, t Token, outcome string) *Problem {
	if i := r.token(t.Scope); t.Scope != 0 && i >= 0 {
		switch r.st.Tokens[i].State {
		case TokenLoop:
			return r.nextInstance(n, i, t, outcome)
		case TokenUndo:
			r.dropListeners(t.ID)
			return r.nextUndo(t.Scope)
		}
	}
	return r.endActivity(n, t.ID, t.Scope, outcome, 0)
}

// endActivity lets the token out of an activity and remembers it when it can be compensated.
func (r *run) endActivity(n *Node, id, scope int, outcome string, times int) *Problem {
	if id != 0 {
		r.dropListeners(id)
	}
	r.remember(n, id, scope, times)
	if r.soft {
		r.leaveLater(n, scope, outcome)
		return nil
	}
	return r.leave(n, scope, outcome)
}

// endScopes ends a sub-process in which nothing is left (BPMN 13.3.4).
func (r *run) endScopes() (bool, *Problem) {
	for i := range r.st.Tokens {
		t := r.st.Tokens[i]
		if t.State != TokenScope || r.busy(t.ID) {
			continue
		}
		n := r.d.Node(t.Node)
		if n == nil {
			continue
		}
		r.dropListenersIn(t.ID)
		if !n.Triggered {
			k := r.token(t.ID)
			r.st.Tokens = append(r.st.Tokens[:k], r.st.Tokens[k+1:]...)
			return true, r.finished(n, t, t.Outcome)
		}
		r.remove(t.ID) // the handler of an event: what it interrupted, or runs beside, goes on by itself
		r.carry(t.Scope, t.Outcome)
		if k := r.token(t.Scope); k >= 0 && r.st.Tokens[k].State == TokenUndo {
			return true, r.nextUndo(t.Scope)
		}
		return true, nil
	}
	return false, nil
}

// busy reports whether anything but listeners is left in a scope.
func (r *run) busy(scope int) bool {
	for i := range r.st.Tokens {
		if t := &r.st.Tokens[i]; t.Scope == scope && t.Of == 0 {
			return true
		}
	}
	return false
}

// remove takes a token away with everything it holds and that listens for it, and says so to the
// caller.
func (r *run) remove(id int) {
	r.purge(func(t *Token) bool { return t.ID == id })
}

// clear takes everything out of a scope, which itself stays; 0 is the process.
func (r *run) clear(scope int) {
	if scope == 0 {
		r.queue = nil
		r.purge(func(*Token) bool { return true })
		return
	}
	r.purge(func(t *Token) bool { return t.Scope == scope })
	r.queue = deleteArrivals(r.queue, func(s int) bool { return s == scope })
}

// purge removes the tokens and all below them.
func (r *run) purge(first func(*Token) bool) {
	dead := map[int]bool{}
	for again := true; again; {
		again = false
		for i := range r.st.Tokens {
			t := &r.st.Tokens[i]
			if !dead[t.ID] && (first(t) || dead[t.Scope] || dead[t.Of]) {
				dead[t.ID], again = true, true
			}
		}
	}
	if len(dead) == 0 {
		return
	}
	kept := r.st.Tokens[:0]
	for _, t := range r.st.Tokens {
		if dead[t.ID] {
			r.gone(&t)
		} else {
			kept = append(kept, t)
		}
	}
	r.st.Tokens = kept
	r.queue = deleteArrivals(r.queue, func(s int) bool { return dead[s] })
	undo := r.st.Undo[:0]
	for _, u := range r.st.Undo {
		if !dead[u.Scope] {
			undo = append(undo, u)
		}
	}
	r.st.Undo = undo
}

func deleteArrivals(q []arrival, in func(int) bool) []arrival {
	var out []arrival
	for _, a := range q {
		if !in(a.scope) {
			out = append(out, a)
		}
	}
	return out
}

// gone tells the caller that a token waits no longer.
func (r *run) gone(t *Token) {
	e := Effect{Token: t.ID, Node: r.d.Node(t.Node), Via: t.Via}
	switch t.State {
	case TokenTask:
		e.Kind = EffectTaskCancelled
	case TokenTimer:
		e.Kind = EffectTimerCancelled
	case TokenMessage, TokenSignal, TokenWhen:
		e.Kind = EffectUnsubscribed
	case TokenService, TokenDecision, TokenCall:
		e.Kind = EffectWorkCancelled
	case TokenIncident:
		e.Kind = EffectIncidentClosed
	default:
		return
	}
	if e.Node != nil && e.Node.Event != nil {
		e.Name = e.Node.Event.Name
	} else if e.Node != nil {
		e.Name = e.Node.Work
	}
	r.eff = append(r.eff, e)
}

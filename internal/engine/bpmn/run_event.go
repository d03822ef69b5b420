package bpmn

import (
	"slices"
)

// arm lets a token wait for the event of the node: time, a message, a signal or a condition.
func (r *run) arm(n *Node, t Token) *Problem {
	t.Node = n.ID
	if n.Event == nil {
		return newProblem(n.ID, "bpmn.unsupported", "type", n.Type, "element", n.ID)
	}
	if n.broken {
		return newProblem(n.ID, "bpmn.state.notunderstood", "element", n.ID)
	}
	e := Effect{Kind: EffectSubscribed, Node: n, Via: t.Via, Name: n.Event.Name}
	switch n.Event.Kind {
	case TriggerMessage:
		t.State = TokenMessage
	case TriggerSignal:
		t.State = TokenSignal
	case TriggerCondition:
		t.State = TokenWhen
	case TriggerTimer:
		timer, p := r.timer(n, t)
		if p != nil {
			return p
		}
		t.State, e.Kind = TokenTimer, EffectTimerArmed
		if timer.Kind == TimerCycle {
			t.N = max(t.N, 1)
			timer.Round = t.N
		}
		e.Timer = &timer
	default:
		return newProblem(n.ID, "bpmn.unsupported", "type", n.Type, "element", n.ID)
	}
	id, p := r.rest(t)
	if p != nil {
		return p
	}
	e.Token = id
	r.eff = append(r.eff, e)
	return nil
}

// timer returns the text of a timer; an expression has to give one that ISO 8601 knows.
func (r *run) timer(n *Node, t Token) (Timer, *Problem) {
	timer := n.Event.Timer
	if n.Event.text == nil || r.oracle != nil {
		return timer, nil
	}
	v, p := n.Event.text.value(n.ID, r.env(t.Scope, t.Outcome))
	if p != nil {
		return timer, p
	}
	s, ok := v.(string)
	if !ok || !validTimer(timer.Kind, s) {
		return timer, newProblem(n.ID, "bpmn.state.timer", "element", n.ID, "value", s)
	}
	timer.Text = s
	return timer, nil
}

// listen arms the boundary events of an activity that has begun.
func (r *run) listen(n *Node, id, scope int, outcome string) *Problem {
	for _, i := range n.boundary {
		b := &r.d.Nodes[i]
		if b.unsupported != "" || !external(b) {
			continue
		}
		if p := r.armSoftly(b, Token{Scope: scope, Outcome: outcome, Of: id}); p != nil {
			return p
		}
	}
	return nil
}

// watch arms the start events of the event sub-processes of a scope; of is -1 for the process.
func (r *run) watch(key string, scope, of int) *Problem {
	s := r.d.scopes[key]
	if s == nil {
		return nil
	}
	for _, h := range s.handlers {
		for _, i := range r.d.scope(&r.d.Nodes[h]).starts {
			if n := &r.d.Nodes[i]; n.kind == kindStart && external(n) {
				if p := r.armSoftly(n, Token{Scope: scope, Of: of}); p != nil {
					return p
				}
			}
		}
	}
	return nil
}

// armSoftly arms a listener; where nobody could be told of a timer without a meaning, it becomes an
// incident beside the work that goes on.
func (r *run) armSoftly(n *Node, t Token) *Problem {
	p := r.arm(n, t)
	if p == nil || !r.soft || !retryable(p) {
		return p
	}
	t.Node, t.State, t.Phase = n.ID, TokenIncident, PhaseArm
	return r.incident(t, n, p)
}

// external reports whether the event comes from outside the flow of the process, so that it has to
// be listened for.
func external(n *Node) bool {
	return n.is(TriggerMessage) || n.is(TriggerTimer) || n.is(TriggerSignal) || n.is(TriggerCondition)
}

// dropListeners takes away what listens as long as the token rests.
func (r *run) dropListeners(id int) {
	for i := range r.st.Tokens {
		if r.st.Tokens[i].Of == id {
			r.purge(func(t *Token) bool { return t.Of == id })
			return
		}
	}
}

// dropListenersIn takes away what starts the event sub-processes of a scope.
func (r *run) dropListenersIn(scope int) {
	r.purge(func(t *Token) bool { return t.Of == scope && t.Scope == scope })
}

// fire lets what a token waited for happen.
func (r *run) fire(id int) *Problem {
	i := r.token(id)
	if i < 0 {
		return nil
	}
	t := r.st.Tokens[i]
	n := r.d.Node(t.Node)
	if n == nil {
		return newProblem(t.Node, "bpmn.state.node", "element", t.Node)
	}
	e := Effect{Kind: EffectCaught, Token: id, Node: n, Via: t.Via}
	if n.Event != nil {
		e.Name = n.Event.Name
	}
	r.eff = append(r.eff, e)
	if t.Of == 0 {
		r.st.Tokens = slices.Delete(r.st.Tokens, i, i+1)
		return r.goOn(n, t)
	}
	if n.kind != kindBoundary && n.kind != kindStart { // after an event-based gateway
		r.st.Tokens = slices.Delete(r.st.Tokens, i, i+1)
		r.remove(t.Of)
		r.seen(t.Via)
		return r.goOn(n, t)
	}
	if n.Interrupting {
		r.st.Tokens = slices.Delete(r.st.Tokens, i, i+1) // it has been heard: no word of the end of its waiting
		return r.interrupt(n, t)
	}
	if p := r.again(n, i); p != nil {
		return p
	}
	if n.kind == kindStart {
		return r.handle(n, t.Scope, t.Outcome)
	}
	r.leaveLater(n, t.Scope, t.Outcome)
	return nil
}

// goOn leaves a catch event or a receive task whose event has come.
func (r *run) goOn(n *Node, t Token) *Problem {
	if n.kind == kindReceive {
		return r.finished(n, t, t.Outcome)
	}
	r.leaveLater(n, t.Scope, t.Outcome)
	return nil
}

// interrupt ends the activity of a boundary event, or all that goes on in the scope of an event
// sub-process, and goes on at the event.
func (r *run) interrupt(n *Node, t Token) *Problem {
	if n.kind == kindBoundary {
		outcome := t.Outcome
		if k := r.token(t.Of); k >= 0 && r.st.Tokens[k].Outcome != "" {
			outcome = r.st.Tokens[k].Outcome
		}
		r.remove(t.Of)
		r.leaveLater(n, t.Scope, outcome)
		return nil
	}
	r.clear(t.Scope)
	return r.handle(n, t.Scope, t.Outcome)
}

// handle starts the event sub-process of a start event.
func (r *run) handle(n *Node, scope int, outcome string) *Problem {
	sub := r.d.Node(n.Parent)
	id, p := r.rest(Token{Node: sub.ID, State: TokenScope, Scope: scope, Outcome: outcome})
	if p != nil {
		return p
	}
	if p := r.watch(sub.inner, id, id); p != nil {
		return p
	}
	r.queue = append(r.queue, arrival{node: r.d.nodes[n.ID], flow: -1, scope: id, outcome: outcome})
	return nil
}

// again keeps a listener that does not interrupt: messages, signals and conditions go on being
// listened for, a cycle is armed for its next round, other timers have had their time.
func (r *run) again(n *Node, i int) *Problem {
	t := r.st.Tokens[i]
	if r.oracle != nil {
		r.st.Tokens = slices.Delete(r.st.Tokens, i, i+1) // once is enough to see what it leads to
		return nil
	}
	if t.State != TokenTimer {
		return nil
	}
	r.st.Tokens = slices.Delete(r.st.Tokens, i, i+1)
	if n.Event.Timer.Kind != TimerCycle {
		return nil
	}
	timer, p := r.timer(n, t)
	if p != nil {
		return p
	}
	if limit, _ := rounds(timer.Text); limit > 0 && t.N >= limit {
		return nil
	}
	t.ID = 0
	t.N++
	return r.armSoftly(n, t)
}

// testConditions fires conditional events whose condition has come true (BPMN 10.5.5).
func (r *run) testConditions() (bool, *Problem) {
	if r.oracle != nil {
		return false, nil // explored as events of their own
	}
	for i := range r.st.Tokens {
		t := &r.st.Tokens[i]
		n := r.d.Node(t.Node)
		if t.State != TokenWhen || n == nil || n.Event == nil || n.Event.cond == nil {
			continue
		}
		ok, p := n.Event.cond.eval(&Flow{ID: n.ID}, r.env(t.Scope, t.Outcome))
		switch {
		case p != nil || !ok: // what cannot be decided yet has not come true
			t.On = false
		case !t.On:
			id := t.ID
			t.On = true
			if r.count++; r.count > maxTransitions {
				return false, newProblem(n.ID, "bpmn.state.loop", "element", n.ID, "limit", maxTransitions)
			}
			return true, r.fire(id)
		}
	}
	return false, nil
}

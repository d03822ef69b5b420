package bpmn

import (
	"slices"
)

// outside applies what happens without a person at a task: time, messages, signals, answers of
// services, retries.
func (r *run) outside(e Event, result any) *Problem {
	switch e.Kind {
	case EventMessage:
		return r.message(e)
	case EventSignal:
		if p := r.broadcast(e.Name); p != nil {
			return p
		}
		return r.drain()
	case EventTimer, EventDone, EventError, EventEscalate, EventFail, EventRetry, eventFire:
	default:
		return newProblem("", "bpmn.event.kind", "kind", string(e.Kind))
	}
	i := r.token(e.Token)
	if i < 0 {
		return newProblem("", "bpmn.state.token", "token", e.Token)
	}
	t := r.st.Tokens[i]
	n := r.d.Node(t.Node)
	if n == nil {
		return newProblem(t.Node, "bpmn.state.node", "element", t.Node)
	}
	if e.Kind == eventFire && r.oracle != nil {
		if p := r.fire(t.ID); p != nil {
			return p
		}
		return r.drain()
	}
	work := t.State == TokenService || t.State == TokenDecision || t.State == TokenCall
	switch e.Kind {
	case EventTimer:
		if t.State != TokenTimer {
			return newProblem("", "bpmn.state.token", "token", e.Token)
		}
		if p := r.fire(t.ID); p != nil {
			return p
		}
	case EventDone:
		if !work && !(t.State == TokenIncident && t.Phase == PhaseWork) {
			return newProblem("", "bpmn.state.token", "token", e.Token)
		}
		return r.done(n, i, e, result)
	case EventError:
		if !work && t.State != TokenTask && !(t.State == TokenIncident && t.Phase == PhaseWork) {
			return newProblem("", "bpmn.state.token", "token", e.Token)
		}
		if caught, p := r.throwError(e.Name, t.Scope, t.ID, n); p != nil {
			return p
		} else if !caught {
			if t.State == TokenIncident {
				return newProblem(n.ID, "bpmn.state.uncaught", "element", n.ID, "error", e.Name)
			}
			return r.fail(i, n, newProblem(n.ID, "bpmn.state.uncaught", "element", n.ID, "error", e.Name))
		}
	case EventEscalate:
		if !work && t.State != TokenTask {
			return newProblem("", "bpmn.state.token", "token", e.Token)
		}
		if p := r.throwEscalation(e.Name, t.Scope, t.ID, n); p != nil {
			return p
		}
	case EventFail:
		if !work {
			return newProblem("", "bpmn.state.token", "token", e.Token)
		}
		return r.fail(i, n, newProblem(n.ID, "bpmn.state.failed", "element", n.ID, "reason", e.Name))
	case EventRetry:
		if t.State != TokenIncident {
			return newProblem("", "bpmn.state.token", "token", e.Token)
		}
		if p := r.retry(n, i); p != nil {
			return p
		}
	}
	return r.drain()
}

// done takes the answer of a service, a decision or a called process.
func (r *run) done(n *Node, i int, e Event, result any) *Problem {
	t := r.st.Tokens[i]
	if e.Outcome != "" { // a called process hands its outcome on
		t.Outcome = e.Outcome
	}
	vars := e.Vars
	if n.Result != "" && result != nil {
		vars = map[string]any{n.Result: result}
		for k, v := range e.Vars {
			vars[k] = v
		}
	}
	r.st.Tokens = slices.Delete(r.st.Tokens, i, i+1)
	if p := r.give(&t, vars); p != nil {
		return p
	}
	if t.State == TokenIncident {
		r.eff = append(r.eff, Effect{Kind: EffectIncidentClosed, Token: t.ID, Node: n, Via: t.Via})
	} else {
		r.eff = append(r.eff, Effect{Kind: EffectWorkClosed, Token: t.ID, Node: n, Via: t.Via, Name: n.Work})
	}
	if p := r.finished(n, t, t.Outcome); p != nil {
		return p
	}
	return r.drain()
}

// message delivers a message to whom it is addressed, else to the first that waits for it.
func (r *run) message(e Event) *Problem {
	for i := range r.st.Tokens {
		t := &r.st.Tokens[i]
		n := r.d.Node(t.Node)
		if t.State != TokenMessage || n == nil || n.Event == nil || e.Token != 0 && t.ID != e.Token {
			continue
		}
		if e.Name == n.Event.Name || e.Name == n.Event.Ref && e.Name != "" || e.Name == "" && e.Token != 0 {
			if p := r.fire(t.ID); p != nil {
				return p
			}
			return r.drain()
		}
	}
	return newProblem("", "bpmn.state.message", "message", e.Name)
}

// broadcast lets everything that listens for the signal hear it (BPMN 10.5.5).
func (r *run) broadcast(name string) *Problem {
	var heard []int
	for i := range r.st.Tokens {
		t := &r.st.Tokens[i]
		if n := r.d.Node(t.Node); t.State == TokenSignal && n != nil && n.Event != nil && (n.Event.Name == name || n.Event.Ref == name && name != "") {
			heard = append(heard, t.ID)
		}
	}
	for _, id := range heard { // one may end another before its turn
		if p := r.fire(id); p != nil {
			return p
		}
	}
	return nil
}

// incident lets a token rest where something failed.
func (r *run) incident(t Token, n *Node, p *Problem) *Problem {
	t.State = TokenIncident
	id, full := r.rest(t)
	if full != nil {
		return full
	}
	r.eff = append(r.eff, Effect{Kind: EffectIncident, Token: id, Node: n, Via: t.Via, Problem: p})
	return nil
}

// fail turns work that could not be done into an incident. It takes a new token id, so that a late
// answer to the old one is recognised; what listens beside the work goes on listening.
func (r *run) fail(i int, n *Node, p *Problem) *Problem {
	t := r.st.Tokens[i]
	old := t.ID
	if t.State == TokenTask {
		return p // the person still has the task and is told
	}
	r.st.Tokens = slices.Delete(r.st.Tokens, i, i+1)
	t.Phase = PhaseWork
	if q := r.incident(t, n, p); q != nil {
		return q
	}
	r.adopt(old, r.st.Seq)
	return nil
}

// adopt lets what listened for the one token listen for the other.
func (r *run) adopt(old, id int) {
	for k := range r.st.Tokens {
		if r.st.Tokens[k].Of == old {
			r.st.Tokens[k].Of = id
		}
	}
}

// retry does again what an incident stopped at.
func (r *run) retry(n *Node, i int) *Problem {
	t := r.st.Tokens[i]
	r.st.Tokens = slices.Delete(r.st.Tokens, i, i+1)
	r.eff = append(r.eff, Effect{Kind: EffectIncidentClosed, Token: t.ID, Node: n, Via: t.Via})
	switch t.Phase {
	case PhaseArm:
		t.ID, t.Phase = 0, ""
		return r.armSoftly(n, t)
	case PhaseWork:
		old := t.ID
		t.ID, t.Phase = 0, ""
		id, p := r.instance(n, &t)
		if p == nil {
			r.adopt(old, id)
		}
		return p
	}
	a := arrival{node: r.d.nodes[n.ID], flow: -1, scope: t.Scope, outcome: t.Outcome, leave: t.Phase == PhaseLeave}
	if fi, ok := r.d.flows[t.Via]; ok {
		a.flow = fi
	}
	r.queue = append(r.queue, a)
	return nil
}

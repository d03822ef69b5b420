package bpmn

import (
	"slices"
)

// remember notes a completed activity that can be compensated (BPMN 10.7.2).
func (r *run) remember(n *Node, id, scope, times int) {
	var inner []Undo
	if n.kind == kindSub && id != 0 {
		kept := r.st.Undo[:0:0]
		for _, u := range r.st.Undo {
			if u.Scope == id {
				u.Scope = 0
				inner = append(inner, u)
			} else {
				kept = append(kept, u)
			}
		}
		if len(inner) > 0 {
			r.st.Undo = kept
		}
	}
	if n.Compensates || !r.d.compensated(n) {
		return
	}
	if n.handler >= 0 {
		inner = nil // its own handler answers for all of it
	} else if len(inner) == 0 && !r.undoesItself(n) {
		return
	}
	if times == 1 {
		times = 0
	}
	r.st.Undo = append(r.st.Undo, Undo{Node: n.ID, Scope: scope, Times: times, Inner: inner})
}

// undoesItself reports whether a sub-process has a compensation event sub-process.
func (r *run) undoesItself(n *Node) bool { return r.undoer(n) != nil }

// undoer returns the start event of the compensation event sub-process, or nil.
func (r *run) undoer(n *Node) *Node {
	for _, h := range r.d.scope(n).handlers {
		for _, i := range r.d.scope(&r.d.Nodes[h]).starts {
			if m := &r.d.Nodes[i]; m.is(TriggerCompensation) {
				return m
			}
		}
	}
	return nil
}

// compensate undoes completed activities, the last first: all of the scope the event stands in (of
// the scope around it when it stands in an event sub-process), or the one it names. The event waits
// until the handlers are done.
func (r *run) compensate(n *Node, a arrival, via string) *Problem {
	scopes := []int{a.scope}
	if i := r.token(a.scope); a.scope != 0 && i >= 0 {
		if host := r.d.Node(r.st.Tokens[i].Node); host.Triggered {
			scopes = append(scopes, r.st.Tokens[i].Scope)
		}
	}
	var todo, kept []Undo
	for _, u := range r.st.Undo {
		if slices.Contains(scopes, u.Scope) && (n.Event.Ref == "" || n.Event.Ref == u.Node) {
			todo = append(todo, u)
		} else {
			kept = append(kept, u)
		}
	}
	slices.Reverse(todo)
	r.st.Undo = kept
	wait := n.Event.wait || n.kind == kindEnd
	if !wait {
		if p := r.leave(n, a.scope, a.outcome); p != nil {
			return p
		}
	}
	if len(todo) == 0 {
		return r.compensatedAll(n, a.scope, a.outcome, via, wait)
	}
	t := Token{Node: n.ID, State: TokenUndo, Via: via, Scope: a.scope, Outcome: a.outcome, Undo: todo}
	if !wait {
		t.N = 1 // it has gone on already
	}
	id, p := r.rest(t)
	if p != nil {
		return p
	}
	return r.nextUndo(id)
}

// nextUndo starts the next compensation handler, or goes on when all are done.
func (r *run) nextUndo(id int) *Problem {
	i := r.token(id)
	if i < 0 || r.busy(id) {
		return nil
	}
	t := r.st.Tokens[i]
	for len(t.Undo) > 0 {
		u := t.Undo[0]
		n := r.d.Node(u.Node)
		rest := slices.Clone(t.Undo[1:])
		if n != nil && n.handler >= 0 && u.Times > 1 {
			u.Times--
			rest = append([]Undo{u}, rest...)
		}
		var start *Node
		if n != nil && n.handler < 0 {
			if start = r.undoer(n); start == nil { // a sub-process without a handler: what is in it, backwards
				inner := slices.Clone(u.Inner)
				slices.Reverse(inner)
				t.Undo = append(inner, rest...)
				r.st.Tokens[i].Undo = t.Undo
				continue
			}
		}
		if len(rest) == 0 {
			rest = nil // as it reads back from JSON
		}
		t.Undo = rest
		r.st.Tokens[i].Undo = rest
		if n == nil {
			continue // not in this version of the process any more
		}
		if r.count++; r.count > maxTransitions {
			return newProblem(n.ID, "bpmn.state.loop", "element", n.ID, "limit", maxTransitions)
		}
		r.eff = append(r.eff, Effect{Kind: EffectUndoing, Node: n})
		if start != nil {
			if p := r.handle(start, id, t.Outcome); p != nil {
				return p
			}
			for _, in := range u.Inner {
				in.Scope = r.st.Seq // what the event sub-process may compensate in its turn
				r.st.Undo = append(r.st.Undo, in)
			}
			return nil
		}
		return r.begin(&r.d.Nodes[n.handler], arrival{flow: -1, scope: id, outcome: t.Outcome}, "")
	}
	r.st.Tokens = slices.Delete(r.st.Tokens, i, i+1)
	return r.compensatedAll(r.d.Node(t.Node), t.Scope, t.Outcome, t.Via, t.N == 0)
}

// compensatedAll goes on after a compensation event.
func (r *run) compensatedAll(n *Node, scope int, outcome, via string, wait bool) *Problem {
	switch {
	case n.kind == kindEnd:
		r.end(n, arrival{scope: scope}, via)
	case wait:
		r.leaveLater(n, scope, outcome)
	}
	return nil
}

package bpmn

import "slices"

// fits reports whether a stored token can stand where it stands in this definition. The state may
// have been made with another version of the process.
func (r *run) fits(t *Token) bool {
	if t.Scope >= t.ID || t.ID > r.st.Seq { // what holds a token is older than it
		return false
	}
	n := r.d.Node(t.Node)
	switch t.State {
	case TokenScope:
		if n == nil || n.kind != kindSub {
			return false
		}
	case TokenLoop:
		if n == nil || n.Loop == nil {
			return false
		}
	case TokenUndo:
		if n == nil || !n.is(TriggerCompensation) || n.kind != kindThrow && n.kind != kindEnd {
			return false
		}
	case TokenTimer, TokenMessage, TokenSignal, TokenWhen:
		if n == nil || n.Event == nil {
			return false
		}
	}
	if t.Scope == 0 {
		return true
	}
	i := r.token(t.Scope)
	if i < 0 {
		return false
	}
	switch h := &r.st.Tokens[i]; h.State {
	case TokenLoop:
		return h.Node == t.Node
	case TokenScope, TokenUndo:
		return true
	}
	return false
}

// Fits returns what keeps a process in the state from going on with this definition: what rests at
// elements that are not here, or that are of another kind. None means that it can; the caller who
// moves a process to another version asks this first.
func (d *Definition) Fits(s State) []Problem {
	r := &run{d: d, st: s}
	var out []Problem
	for i := range s.Tokens {
		t := &s.Tokens[i]
		switch n := d.Node(t.Node); {
		case n == nil:
			out = append(out, *newProblem(clip(t.Node), "bpmn.state.node", "element", t.Node))
		case !r.fits(t), t.State == TokenTask && !n.IsTask(), t.State == TokenJoin && !slices.Contains(n.In, t.Via):
			out = append(out, *newProblem(t.Node, "bpmn.state.broken", "token", t.ID))
		}
	}
	if len(out) == 0 && s.V > 0 && !s.Done {
		out = d.explore(&s)
	}
	return out
}

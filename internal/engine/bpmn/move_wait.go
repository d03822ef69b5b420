package bpmn

import (
	"maps"
	"slices"
)

// waitsOtherwise reports whether the token waits for an event that reads differently by the other
// version.
func (x *moving) waitsOtherwise(t *Token, old, n *Node) bool {
	switch t.State {
	case TokenTimer, TokenMessage, TokenSignal, TokenWhen:
	default:
		return false
	}
	a, b := old.Event, n.Event
	if a == nil || b == nil {
		return a != b
	}
	return a.Name != b.Name || a.Timer != b.Timer || source(a.cond) != source(b.cond) || source(a.text) != source(b.text)
}

func source(c *condition) string {
	if c == nil {
		return ""
	}
	return c.src
}

// wait arms what reads differently by the other version, and what that version adds.
func (x *moving) wait() *Problem {
	kept := slices.Clone(x.r.st.Tokens)
	for _, a := range x.again {
		was := a.t.ID
		a.t.ID, a.t.N, a.t.On = 0, 0, false
		if a.n.kind == kindReceive {
			a.t.N = x.old.Token(was).N // the number of an instance
		}
		if p := x.r.arm(a.n, a.t); p != nil {
			return p
		}
		a.t.ID = x.r.st.Seq
		x.r.adopt(was, a.t.ID)
		if p := x.listenNew(a.n, &a.t); a.t.Of == 0 && p != nil {
			return p
		}
	}
	if p := x.watchNew("", 0, -1); p != nil {
		return p
	}
	for i := range kept {
		t := &kept[i]
		n := x.to.Node(t.Node)
		if t.Of != 0 {
			continue
		}
		if t.State == TokenScope {
			if p := x.watchNew(n.inner, t.ID, t.ID); p != nil {
				return p
			}
		}
		if t.State == TokenGate {
			if p := x.gateNew(n, t); p != nil {
				return p
			}
		}
		if p := x.listenNew(n, t); p != nil {
			return p
		}
	}
	return nil
}

// isNew reports whether nothing of this version is the event of the other one.
func (x *moving) isNew(n *Node) bool {
	old := x.from.Node(x.pre[n.ID])
	return old == nil || !x.same(old, n)
}

// listenNew arms the boundary events that the other version adds to the activity of the token.
func (x *moving) listenNew(n *Node, t *Token) *Problem {
	if !n.activity() || t.State == TokenIncident && t.Phase != PhaseWork {
		return nil
	}
	if k := x.r.token(t.Scope); t.Scope != 0 && k >= 0 && x.r.st.Tokens[k].State == TokenLoop {
		return nil // its boundary is that of all instances
	}
	for _, i := range n.boundary {
		if b := &x.to.Nodes[i]; b.unsupported == "" && external(b) && x.isNew(b) {
			if p := x.r.arm(b, Token{Scope: t.Scope, Outcome: t.Outcome, Of: t.ID}); p != nil {
				return p
			}
		}
	}
	return nil
}

// watchNew arms the event sub-processes that the other version adds to a scope.
func (x *moving) watchNew(key string, scope, of int) *Problem {
	s := x.to.scopes[key]
	if s == nil || x.interrupted(scope) {
		return nil
	}
	for _, h := range s.handlers {
		for _, i := range x.to.scope(&x.to.Nodes[h]).starts {
			if n := &x.to.Nodes[i]; n.kind == kindStart && external(n) && x.isNew(n) {
				if p := x.r.arm(n, Token{Scope: scope, Of: of}); p != nil {
					return p
				}
			}
		}
	}
	return nil
}

// interrupted reports whether an event sub-process has stopped what went on in the scope; its other
// events are not listened for any more.
func (x *moving) interrupted(scope int) bool {
	for i := range x.r.st.Tokens {
		t := &x.r.st.Tokens[i]
		if n := x.to.Node(t.Node); t.State == TokenScope && t.Scope == scope && n.Triggered &&
			slices.ContainsFunc(x.to.scope(n).starts, func(i int) bool { return x.to.Nodes[i].Interrupting }) {
			return true
		}
	}
	return false
}

// gateNew arms the events that the other version adds behind an event-based gateway.
func (x *moving) gateNew(n *Node, t *Token) *Problem {
	for _, fi := range n.out {
		to := x.r.d.Flows[fi].to
		if slices.ContainsFunc(x.r.st.Tokens, func(l Token) bool { return l.Of == t.ID && l.Node == x.to.Nodes[to].ID }) {
			continue
		}
		if p := x.r.arm(&x.to.Nodes[to], Token{Via: x.to.Flows[fi].ID, Scope: t.Scope, Outcome: t.Outcome, Of: t.ID}); p != nil {
			return p
		}
	}
	return nil
}

// openJoins lets parallel joins go on that have all their tokens by the other version, and tokens
// that wait where nothing is joined any more. Inclusive joins look by themselves.
func (x *moving) openJoins() {
	r := x.r
	for i := 0; i < len(r.st.Tokens); i++ {
		t := r.st.Tokens[i]
		n := x.to.Node(t.Node)
		if t.State != TokenJoin || n.kind != kindParallel {
			continue
		}
		var take []int
		last := t
		for _, id := range n.In {
			k := slices.IndexFunc(r.st.Tokens, func(o Token) bool {
				return o.State == TokenJoin && o.Node == n.ID && o.Via == id && o.Scope == t.Scope
			})
			if k < 0 {
				break
			}
			take = append(take, k)
			if r.st.Tokens[k].ID > last.ID {
				last = r.st.Tokens[k] // a join hands on the outcome that came last
			}
		}
		if len(take) < len(n.In) {
			continue
		}
		r.take(take)
		for _, fi := range n.out {
			r.send(fi, t.Scope, last.Outcome)
		}
		i = -1
	}
}

// memory carries over what the process remembers: completed activities that can be undone, outcomes
// by task, and the ways passed.
func (x *moving) memory() {
	s := &x.r.st
	var ok bool
	if s.Undo, ok = x.undo(s.Undo); !ok {
		x.bad = append(x.bad, Obstacle{Problem: *newProblem("", "bpmn.move.undo")})
	}
	if len(x.m) > 0 && s.Outcomes != nil {
		out := maps.Clone(s.Outcomes)
		for k := range s.Outcomes {
			if to := x.Target(k); to != k && to != "" {
				delete(out, k)
			}
		}
		for k, o := range s.Outcomes {
			if to := x.Target(k); to != "" {
				out[to] = o
			}
		}
		s.Outcomes = out
	}
	var seen []string
	for _, id := range s.Seen {
		if to := x.flow(id); to != "" && !slices.Contains(seen, to) {
			seen = append(seen, to)
		}
	}
	s.Seen = seen
}

// undo carries over what could be compensated. What the other version could not undo is an
// obstacle there if it undoes anything at all; otherwise nobody will ever ask.
func (x *moving) undo(list []Undo) ([]Undo, bool) {
	var out []Undo
	for _, u := range list {
		n := x.to.Node(x.Target(u.Node))
		if n == nil || !x.to.compensated(n) {
			if x.undoes() {
				return nil, false
			}
			continue
		}
		u.Node = n.ID
		var ok bool
		if u.Inner, ok = x.undo(u.Inner); !ok {
			return nil, false
		}
		out = append(out, u)
	}
	return out, true
}

// undoes reports whether the other version has an event that compensates.
func (x *moving) undoes() bool {
	return slices.ContainsFunc(x.to.Nodes, func(n Node) bool {
		return (n.kind == kindThrow || n.kind == kindEnd) && n.is(TriggerCompensation)
	})
}

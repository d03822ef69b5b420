package bpmn

import (
	"maps"
	"slices"
)

// beginLoop starts a standard loop or the instances of an activity (BPMN 13.3.6, 13.3.7).
func (r *run) beginLoop(n *Node, a arrival, via string) *Problem {
	l := n.Loop
	box := Token{Node: n.ID, State: TokenLoop, Via: via, Scope: a.scope, Outcome: a.outcome}
	if l.Standard {
		if l.TestBefore && l.until != nil {
			env := r.env(a.scope, a.outcome)
			if ok, p := r.holds(l.until, &Flow{ID: n.ID}, env); p != nil {
				return p
			} else if !ok {
				return r.skip(n, a)
			}
		}
	} else {
		total, p := r.instances(n, a)
		if p != nil {
			return p
		}
		if total == 0 {
			return r.skip(n, a)
		}
		box.Total = total
	}
	id, p := r.rest(box)
	if p != nil {
		return p
	}
	if p := r.listen(n, id, a.scope, a.outcome); p != nil {
		return p
	}
	if !l.Standard && l.Output != "" {
		if p := r.assign(a.scope, map[string]any{l.Output: []any{}}); p != nil {
			return p
		}
	}
	return r.moreInstances(n, id)
}

// skip goes on after an activity of which no instance is wanted.
func (r *run) skip(n *Node, a arrival) *Problem {
	if i := r.token(a.scope); a.scope != 0 && i >= 0 && r.st.Tokens[i].State == TokenUndo {
		return r.nextUndo(a.scope)
	}
	r.leaveLater(n, a.scope, a.outcome)
	return nil
}

// instances returns how many instances are wanted: as many as the collection has items, or what
// the cardinality says.
func (r *run) instances(n *Node, a arrival) (int, *Problem) {
	if r.oracle != nil {
		return 2, nil
	}
	l := n.Loop
	env := r.env(a.scope, a.outcome)
	total, ok := 0, false
	if l.Collection != "" {
		var items []any
		if items, ok = env.Vars[l.Collection].([]any); ok {
			total = len(items)
		}
	} else if l.count != nil {
		v, p := l.count.value(n.ID, env)
		if p != nil {
			return 0, p
		}
		switch x := v.(type) {
		case int:
			total, ok = x, true
		case float64:
			total, ok = int(x), x == float64(int(x))
		}
	}
	if !ok || total < 0 || total > maxInstances {
		return 0, newProblem(n.ID, "bpmn.state.instances", "element", n.ID, "limit", maxInstances)
	}
	return total, nil
}

// moreInstances starts the next instance, or all of them when they run side by side. An instance
// that is over at once, as a script is, counts at once.
func (r *run) moreInstances(n *Node, box int) *Problem {
	for {
		i := r.token(box)
		if i < 0 {
			return nil // ended by its completion condition
		}
		b := &r.st.Tokens[i]
		l := n.Loop
		side := !l.Standard && !l.Sequential
		if !l.Standard && b.N >= b.Total || !side && b.N > b.Done {
			return nil
		}
		if r.count++; r.count > maxTransitions {
			return newProblem(n.ID, "bpmn.state.loop", "element", n.ID, "limit", maxTransitions)
		}
		b.N++
		t := Token{Node: n.ID, Via: b.Via, Scope: box, Outcome: b.Outcome, N: b.N}
		if l.Collection != "" && l.Element != "" && r.oracle == nil {
			if items, ok := r.env(b.Scope, "").Vars[l.Collection].([]any); ok && b.N <= len(items) {
				t.Vars = map[string]any{l.Element: items[b.N-1]}
			}
		}
		id, p := r.instance(n, &t)
		if p != nil {
			return p
		}
		if id == 0 {
			if over, p := r.countInstance(n, r.token(box), t, t.Outcome); over || p != nil {
				return p
			}
		}
	}
}

// nextInstance goes on after one instance is over.
func (r *run) nextInstance(n *Node, i int, t Token, outcome string) *Problem {
	box := r.st.Tokens[i].ID
	if over, p := r.countInstance(n, i, t, outcome); over || p != nil {
		return p
	}
	return r.moreInstances(n, box)
}

// countInstance counts a completed instance; over says that the activity has ended by it.
func (r *run) countInstance(n *Node, i int, t Token, outcome string) (over bool, p *Problem) {
	l := n.Loop
	b := &r.st.Tokens[i]
	b.Done++
	for k := range r.st.Undo { // what an instance did can be undone when all are done
		if u := &r.st.Undo[k]; t.ID != 0 && u.Scope == t.ID {
			u.Scope = b.ID
		}
	}
	if outcome != "" && (n.kind == kindTask || n.kind == kindSub) {
		b.Outcome = outcome
		b.Votes = maps.Clone(b.Votes)
		if b.Votes == nil {
			b.Votes = map[string]int{}
		}
		b.Votes[outcome]++
	}
	if !l.Standard && l.Output != "" && r.oracle == nil {
		if p := r.gather(l, b.Scope, t, outcome); p != nil {
			return false, p
		}
		b = &r.st.Tokens[i]
	}
	done := !l.Standard && b.Done >= b.Total
	if l.Standard {
		done = l.Max > 0 && b.Done >= l.Max
	}
	if l.until != nil && !done {
		env := r.env(b.Scope, b.Outcome)
		env.Loop = r.loopEnv(b)
		ok, p := r.holds(l.until, &Flow{ID: n.ID}, env)
		if p != nil {
			return false, p
		}
		done = ok != l.Standard // a loop condition goes on, a completion condition ends
	}
	if !done {
		return false, nil
	}
	box := *b
	r.purge(func(x *Token) bool { return x.Scope == box.ID })
	k := r.token(box.ID)
	r.st.Tokens = slices.Delete(r.st.Tokens, k, k+1)
	if k := r.token(box.Scope); box.Scope != 0 && k >= 0 && r.st.Tokens[k].State == TokenUndo {
		return true, r.finished(n, box, box.Outcome)
	}
	return true, r.endActivity(n, box.ID, box.Scope, box.Outcome, box.Done)
}

// gather adds what an instance gave to the list of outputs: its output item, else its outcome.
func (r *run) gather(l *Loop, scope int, t Token, outcome string) *Problem {
	env := r.env(scope, "")
	var v any = outcome
	if l.OutputItem != "" {
		var own bool
		if v, own = t.Vars[l.OutputItem]; !own {
			v = env.Vars[l.OutputItem]
		}
	}
	list, _ := env.Vars[l.Output].([]any)
	return r.assign(scope, map[string]any{l.Output: append(slices.Clip(list), v)})
}

// loopEnv returns what the loop knows of itself.
func (r *run) loopEnv(b *Token) loopEnv {
	total := b.Total
	if total == 0 {
		total = b.N
	}
	return loopEnv{Counter: b.N, Total: total, Done: b.Done, Active: b.N - b.Done, Votes: b.Votes}
}

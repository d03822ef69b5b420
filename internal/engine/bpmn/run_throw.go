package bpmn

// throw lets a token into an intermediate throw event or an end event (BPMN 13.5.2, 13.5.6).
func (r *run) throw(n *Node, a arrival, via string) *Problem {
	end := n.kind == kindEnd
	if end {
		r.carry(a.scope, a.outcome)
	}
	if n.is(TriggerCompensation) {
		return r.compensate(n, a, via)
	}
	if n.is(TriggerError) {
		return r.endByError(n, a)
	}
	if n.is(TriggerLink) {
		for _, i := range n.virt {
			r.queue = append(r.queue, arrival{node: i, flow: -1, scope: a.scope, outcome: a.outcome})
		}
		return nil
	}
	if end {
		r.end(n, a, via)
	} else {
		if n.Event == nil {
			r.eff = append(r.eff, Effect{Kind: EffectPassed, Node: n, Via: via})
		}
		if p := r.leave(n, a.scope, a.outcome); p != nil {
			return p
		}
	}
	// The token has gone on by now, so that whoever hears this may stop it.
	switch {
	case n.is(TriggerMessage):
		r.eff = append(r.eff, Effect{Kind: EffectMessageSent, Node: n, Via: via, Name: n.Event.Name})
	case n.is(TriggerSignal):
		r.eff = append(r.eff, Effect{Kind: EffectSignalSent, Node: n, Via: via, Name: n.Event.Name})
		return r.broadcast(n.Event.Name)
	case n.is(TriggerEscalation):
		return r.throwEscalation(n.Event.Name, a.scope, 0, n)
	}
	return nil
}

// end takes the token at an end event; terminate takes all others of the same process or
// sub-process with it.
func (r *run) end(n *Node, a arrival, via string) {
	if a.scope == 0 {
		r.last = n
	} else {
		r.inner = n
	}
	if n.Terminate {
		r.clear(a.scope)
		if a.scope != 0 {
			r.eff = append(r.eff, Effect{Kind: EffectBranchEnded, Node: n, Via: via})
		}
		return
	}
	others := len(r.queue) > 0
	for i := range r.st.Tokens {
		others = others || r.st.Tokens[i].Of != -1
	}
	if others {
		r.eff = append(r.eff, Effect{Kind: EffectBranchEnded, Node: n, Via: via})
	}
}

// endByError ends what the error end event stands in; one that nothing handles ends the process.
func (r *run) endByError(n *Node, a arrival) *Problem {
	caught, p := r.throwError(n.Event.Name, a.scope, 0, n)
	if p != nil || caught {
		return p
	}
	r.clear(0)
	r.last, r.st.Error = n, first(n.Event.Name, n.ID)
	return nil
}

// throwError looks for who handles an error, from the inside out (BPMN 10.5.6): at the activity it
// comes from, then the event sub-processes and the boundary of every sub-process around it. What
// names the code goes before what takes any.
func (r *run) throwError(code string, scope, from int, n *Node) (caught bool, p *Problem) {
	return r.propagate(TriggerError, code, scope, from, n)
}

// throwEscalation does the same for an escalation, which may be handled without stopping anything
// and need not be handled at all.
func (r *run) throwEscalation(code string, scope, from int, n *Node) *Problem {
	r.eff = append(r.eff, Effect{Kind: EffectEscalated, Node: n, Name: code})
	_, p := r.propagate(TriggerEscalation, code, scope, from, n)
	return p
}

func (r *run) propagate(k TriggerKind, code string, scope, from int, n *Node) (bool, *Problem) {
	caughtBy := func(b *Node) {
		if k == TriggerError {
			r.eff = append(r.eff, Effect{Kind: EffectErrorCaught, Node: b, Name: code})
		}
	}
	// at looks at the boundary of the activity whose token is given.
	at := func(id int) bool {
		i := r.token(id)
		if i < 0 {
			return false
		}
		t := r.st.Tokens[i]
		host := r.d.Node(t.Node)
		if host == nil {
			return false
		}
		b := r.match(host.boundary, k, code)
		if b == nil {
			return false
		}
		if t.State != TokenLoop {
			if k := r.token(t.Scope); t.Scope != 0 && k >= 0 && r.st.Tokens[k].State == TokenLoop {
				t = r.st.Tokens[k] // the boundary is that of all instances
			}
		}
		caughtBy(b)
		if b.Interrupting {
			r.remove(t.ID)
		}
		r.leaveLater(b, t.Scope, t.Outcome)
		return true
	}
	if from != 0 && at(from) {
		return true, nil
	}
	inHandler := "" // the event sub-process the way out has just left
	for {
		key, i := "", -1
		if scope != 0 {
			if i = r.token(scope); i < 0 {
				return false, nil
			}
			if host := r.d.Node(r.st.Tokens[i].Node); host != nil {
				key = host.inner
			}
		}
		if i < 0 || r.st.Tokens[i].State == TokenScope {
			if s := r.handler(key, k, code, inHandler); s != nil {
				caughtBy(s)
				if s.Interrupting {
					r.clear(scope)
				}
				return true, r.handle(s, scope, "")
			}
		}
		if i < 0 {
			return false, nil
		}
		t := r.st.Tokens[i]
		inHandler = ""
		if host := r.d.Node(t.Node); host != nil && host.Triggered {
			inHandler = host.ID
		} else if t.State == TokenScope && at(t.ID) {
			return true, nil
		}
		scope = t.Scope
	}
}

// match returns the boundary event that handles the code, the one that names it first.
func (r *run) match(boundary []int, k TriggerKind, code string) *Node {
	var any *Node
	for _, i := range boundary {
		b := &r.d.Nodes[i]
		if b.unsupported != "" || !b.is(k) {
			continue
		}
		if b.Event.Name == code && code != "" {
			return b
		}
		if b.Event.Name == "" && any == nil {
			any = b
		}
	}
	return any
}

// handler returns the start event of the event sub-process of a scope that handles the code; an
// event sub-process does not handle what it throws itself.
func (r *run) handler(key string, k TriggerKind, code, except string) *Node {
	s := r.d.scopes[key]
	if s == nil {
		return nil
	}
	var any *Node
	for _, h := range s.handlers {
		sub := &r.d.Nodes[h]
		if sub.ID == except {
			continue
		}
		if n := r.match(r.d.scope(sub).starts, k, code); n != nil {
			if n.Event.Name != "" {
				return n
			}
			if any == nil {
				any = n
			}
		}
	}
	return any
}

package bpmn

import (
	"cmp"
	"slices"
)

// Reversible reports whether what a move led to can be taken back: nothing was said to others and
// no work began that reaches beyond the process. Only then may MoveBack follow.
func Reversible(effects []Effect) bool {
	return !slices.ContainsFunc(effects, func(e Effect) bool {
		switch e.Kind {
		case EffectMessageSent, EffectSignalSent, EffectServiceCalled, EffectDecisionAsked, EffectCallStarted, EffectWorkCancelled,
			EffectEscalated, EffectErrorCaught, EffectUndoing, EffectEnded, EffectCancelled:
			return true
		}
		return false
	})
}

// MoveBack takes back a move from one version to another after which nothing has happened: before
// is the state that was moved, after the one it became. It returns before as it was, but for the ids
// of tokens that the move ended: an id is never used again, so they come back under new ones, and
// what they waited for is waited for anew. Effects that end something name nodes of to, others nodes
// of from.
func MoveBack(from, to *Definition, before, after State) (State, []Effect) {
	there, here := &run{d: to}, &run{d: from, st: before}
	for i := range after.Tokens {
		if t := after.Tokens[i]; before.Token(t.ID) == nil {
			there.gone(&t)
		}
	}
	s := &here.st
	s.Tokens = slices.Clone(before.Tokens)
	s.Seq = max(before.Seq, after.Seq)
	fresh := map[int]int{}
	for i := range s.Tokens { // what holds others is older than they are, so it is renamed first
		t := &s.Tokens[i]
		if id, ok := fresh[t.Scope]; ok {
			t.Scope = id
		}
		if after.Token(t.ID) == nil {
			s.Seq++
			fresh[t.ID] = s.Seq
			t.ID = s.Seq
		}
	}
	for i := range s.Tokens {
		if id, ok := fresh[s.Tokens[i].Of]; ok {
			s.Tokens[i].Of = id
		}
	}
	s.Undo = slices.Clone(before.Undo)
	for i := range s.Undo {
		if id, ok := fresh[s.Undo[i].Scope]; ok {
			s.Undo[i].Scope = id
		}
	}
	slices.SortStableFunc(s.Tokens, func(a, b Token) int { return cmp.Compare(a.ID, b.ID) })
	for _, t := range s.Tokens {
		if t.ID > after.Seq {
			here.opened(t)
		}
	}
	here.tidy()
	return here.st, append(there.eff, here.eff...)
}

// opened tells the caller again what a token waits for.
func (r *run) opened(t Token) {
	n := r.d.Node(t.Node)
	if n == nil {
		return
	}
	e := Effect{Token: t.ID, Node: n, Via: t.Via, Vars: t.Vars}
	if n.Event != nil {
		e.Name = n.Event.Name
	} else {
		e.Name = n.Work
	}
	switch t.State {
	case TokenTask:
		e.Kind, e.Name = EffectTaskOpened, ""
	case TokenMessage, TokenSignal, TokenWhen:
		e.Kind = EffectSubscribed
	case TokenTimer:
		timer, p := r.timer(n, t)
		if p != nil {
			timer = n.Event.Timer // it was understood when it was armed first
		}
		timer.Round = t.N
		e.Kind, e.Timer = EffectTimerArmed, &timer
	case TokenService:
		e.Kind = EffectServiceCalled
	case TokenDecision:
		e.Kind = EffectDecisionAsked
	case TokenCall:
		e.Kind = EffectCallStarted
	case TokenIncident:
		e.Kind, e.Name, e.Problem = EffectIncident, "", newProblem(n.ID, "bpmn.move.incident")
	default:
		return
	}
	r.eff = append(r.eff, e)
}

// Suggest returns a mapping for elements that the other version does not have under their ids: a task,
// event or gateway goes to the only one of the same type and name that this version does not have.
// It is a proposal for a person to look at.
func Suggest(from, to *Definition) Mapping {
	type face struct{ typ, name string }
	lost, found := map[face][]string{}, map[face][]string{}
	for i := range from.Nodes {
		if n := &from.Nodes[i]; n.Name != "" && to.Node(n.ID) == nil {
			lost[face{n.Type, n.Name}] = append(lost[face{n.Type, n.Name}], n.ID)
		}
	}
	for i := range to.Nodes {
		if n := &to.Nodes[i]; n.Name != "" && from.Node(n.ID) == nil {
			found[face{n.Type, n.Name}] = append(found[face{n.Type, n.Name}], n.ID)
		}
	}
	m := Mapping{}
	for f, ids := range lost {
		if len(ids) == 1 && len(found[f]) == 1 {
			m[ids[0]] = found[f][0]
		}
	}
	return m
}

package bpmn

import (
	"maps"
	"slices"
)

// Mapping names, by ids of elements of one version of a process, the elements of another version
// that take their place. What it does not name goes to the element of the same id. Nodes and flows
// may be named; flows that end at joins matter, others only for the marks on the diagram.
type Mapping map[string]string

// Obstacle is one thing that keeps a running process from going on by another version of its
// definition: the token that would stand badly (0 when it concerns the whole) and the sentence.
type Obstacle struct {
	Token int `json:"token,omitempty"`
	Problem
}

// Move carries a running process over to another version of its definition. It is NewMover and
// Mover.Move for one state.
func Move(from, to *Definition, s State, m Mapping) (State, []Effect, []Obstacle) {
	return NewMover(from, to, m).Move(s)
}

// Mover moves running processes from one version of a definition to another. It remembers what it
// found out about states that rest at the same places, so it is for one goroutine.
type Mover struct {
	from, to *Definition
	m        Mapping
	pre      map[string]string // by node of to: the node of from that goes there
	ways     [2][]bool         // main ways of from and to
	bad      []Obstacle        // of the mapping itself
	known    map[string][]Obstacle
}

// NewMover returns a Mover for the two versions; the mapping may be nil.
func NewMover(from, to *Definition, m Mapping) *Mover {
	v := &Mover{from: from, to: to, m: m, pre: map[string]string{}, known: map[string][]Obstacle{},
		ways: [2][]bool{from.mainWay(), to.mainWay()}}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		node := from.Node(k) != nil && (m[k] == "" || to.Node(m[k]) != nil)
		flow := from.Flow(k) != nil && (m[k] == "" || to.Flow(m[k]) != nil)
		if !node && !flow {
			v.bad = append(v.bad, Obstacle{Problem: *newProblem(clip(k), "bpmn.move.mapping", "element", k, "to", m[k])})
		}
	}
	for i := range from.Nodes {
		if n := to.Node(v.Target(from.Nodes[i].ID)); n != nil && v.pre[n.ID] == "" {
			v.pre[n.ID] = from.Nodes[i].ID
		}
	}
	return v
}

// Target returns the id of the node that takes the place of the one with the id, "" without.
func (v *Mover) Target(id string) string {
	if to, ok := v.m[id]; ok {
		return to
	}
	if v.to.Node(id) != nil {
		return id
	}
	return ""
}

// Move returns the state in the other version with its consequences, or s unchanged with what stands
// in the way. It never changes s, and the same arguments always give the same answer.
//
// A token keeps its id and goes to the element its own maps to, which has to be of the same kind and
// in the same sub-process; at a join it counts for the way in that belongs to the branch it came by.
// Timers, messages, signals and conditions that read the same go on waiting, others are given up and
// waited for anew from now on, under new ids. Events beside an activity or a sub-process that the
// other version adds are listened for, those it no longer has are not; one that has had its time is
// not waited for again. A join that has all its tokens by the other version opens. Then the other
// version is explored from there: a join that would wait for ever, work that would be doubled and an
// outcome without a way on are obstacles, unless they were so before.
//
// Effects name nodes of the other version, those that end something nodes of this one.
func (v *Mover) Move(s State) (State, []Effect, []Obstacle) {
	switch {
	case len(v.bad) > 0:
		return s, nil, v.bad
	case s.V > StateVersion:
		return s, nil, []Obstacle{{Problem: *newProblem("", "bpmn.state.version", "version", s.V)}}
	case s.V == 0:
		return s, nil, nil
	case s.Done:
		return s, nil, []Obstacle{{Problem: *newProblem("", "bpmn.state.done")}}
	}
	x := &moving{Mover: v, old: s, r: &run{d: v.to, st: s}, gone: map[int]bool{}}
	x.r.st.Tokens = nil
	for _, t := range s.Tokens {
		x.place(t)
	}
	x.memory()
	if len(x.bad) > 0 {
		return s, nil, x.bad
	}
	if p := x.wait(); p != nil {
		return s, nil, []Obstacle{{Problem: *p}}
	}
	x.openJoins()
	if p := x.r.drain(); p != nil {
		return s, nil, []Obstacle{{Problem: *p}}
	}
	if x.r.st.Done {
		return s, nil, []Obstacle{{Problem: *newProblem(x.r.st.End, "bpmn.move.ends")}}
	}
	x.r.tidy()
	if bad := v.judge(&s, &x.r.st); len(bad) > 0 {
		return s, nil, bad
	}
	return x.r.st, x.r.eff, nil
}

// tidy gives the state the form in which it reads back from JSON.
func (r *run) tidy() {
	if len(r.st.Tokens) == 0 {
		r.st.Tokens = nil
	}
	if len(r.st.Undo) == 0 {
		r.st.Undo = nil
	}
	r.st.V = max(r.st.V, r.st.format())
}

// judge explores the other version from the state and returns what can go wrong there and could not
// before.
func (v *Mover) judge(before, after *State) []Obstacle {
	key, _ := v.to.shape(after, v.ways[1])
	was, _ := v.from.shape(before, v.ways[0])
	key = was + "→" + key
	if bad, ok := v.known[key]; ok {
		return bad
	}
	x := v.to.look(after)
	var bad []Obstacle
	if !x.gaveUp() && len(x.stuck)+len(x.twice)+len(x.lost) > 0 {
		old := v.from.look(before)
		for _, k := range []struct {
			key      string
			now, was map[string]bool
		}{{"bpmn.move.stuck", x.stuck, old.stuck}, {"bpmn.move.twice", x.twice, old.twice}, {"bpmn.move.lost", x.lost, old.lost}} {
			for _, id := range keys(k.now) {
				if !k.was[v.pre[id]] {
					bad = append(bad, Obstacle{Problem: *newProblem(id, k.key, "element", id, "name", v.to.Node(id).Title(""))})
				}
			}
		}
	}
	v.known[key] = bad
	return bad
}

// moving is one state on its way.
type moving struct {
	*Mover
	old   State
	r     *run
	again []rearm
	gone  map[int]bool // tokens that are given up
	bad   []Obstacle
}

// rearm is a token that waits for something else by the other version.
type rearm struct {
	t Token
	n *Node
}

func (x *moving) refuse(t *Token, n *Node, key string, args ...any) {
	name := ""
	if n != nil {
		name = n.Title("")
	}
	x.bad = append(x.bad, Obstacle{Token: t.ID, Problem: *newProblem(clip(t.Node), key, append(args, "element", t.Node, "name", name)...)})
	x.gone[t.ID] = true
}

// drop gives up what a token waited for.
func (x *moving) drop(t Token) {
	x.gone[t.ID] = true
	here := &run{d: x.from}
	here.gone(&t)
	x.r.eff = append(x.r.eff, here.eff...)
}

// place sets a token down in the other version, or says why it cannot stand there.
func (x *moving) place(t Token) {
	if x.gone[t.Scope] && t.Scope != 0 || x.gone[t.Of] && t.Of > 0 {
		x.gone[t.ID] = true // what it belongs to has been refused
		return
	}
	old, n := x.from.Node(t.Node), x.to.Node(x.Target(t.Node))
	if t.Of != 0 {
		if old == nil || n == nil || !x.listens(&t, old, n) {
			x.drop(t)
			return
		}
	} else if !x.stands(&t, old, n) {
		return
	}
	via, ok := x.way(&t, n)
	if !ok {
		x.refuse(&t, old, "bpmn.move.way")
		return
	}
	if t.Undo != nil {
		if t.Undo, ok = x.undo(t.Undo); !ok {
			x.refuse(&t, old, "bpmn.move.undo")
			return
		}
	}
	if x.waitsOtherwise(&t, old, n) {
		here := t
		t.Node, t.Via = n.ID, via
		x.again = append(x.again, rearm{t, n})
		x.drop(here)
		delete(x.gone, t.ID) // what listens beside it goes on
		return
	}
	t.Node, t.Via = n.ID, via
	x.r.st.Tokens = append(x.r.st.Tokens, t)
}

// stands reports whether a token that takes part in the flow can stand at the node.
func (x *moving) stands(t *Token, old, n *Node) bool {
	switch {
	case old == nil:
		x.refuse(t, nil, "bpmn.state.node")
	case n == nil:
		x.refuse(t, old, "bpmn.move.gone")
	case n.unsupported != "" || n.broken, n.Compensates != old.Compensates, n.kind != old.kind && !x.joins(old, n):
		x.refuse(t, old, "bpmn.move.type", "from", old.Type, "to", n.Type)
	case !x.inScope(t, old, n):
		x.refuse(t, old, "bpmn.move.scope")
	case !sameLoop(old.Loop, n.Loop):
		x.refuse(t, old, "bpmn.move.loop")
	case t.State == TokenTask && !shareOutcome(old, n):
		x.refuse(t, old, "bpmn.move.outcomes")
	case t.State == TokenLoop && !countsVotes(t, n):
		x.refuse(t, old, "bpmn.move.votes")
	case (t.State == TokenService || t.State == TokenDecision || t.State == TokenCall) && n.Work != old.Work:
		x.refuse(t, old, "bpmn.move.work", "work", old.Work)
	case trigger(old) != trigger(n), t.State == TokenUndo && n.Event.wait != old.Event.wait:
		x.refuse(t, old, "bpmn.move.event")
	default:
		return true
	}
	return false
}

// joins reports whether two joins of different types were named for each other: the automatic
// mapping keeps types apart, a person may know better.
func (x *moving) joins(old, n *Node) bool {
	_, named := x.m[old.ID]
	join := func(k kind) bool { return k == kindParallel || k == kindInclusive }
	return named && join(old.kind) && join(n.kind)
}

// inScope reports whether the node is drawn where the token is held.
func (x *moving) inScope(t *Token, old, n *Node) bool {
	parent := n.Parent
	if t.Of != 0 && n.kind == kindStart { // listens in the scope around its event sub-process
		sub := x.to.Node(n.Parent)
		if sub == nil {
			return false
		}
		parent = sub.Parent
	}
	for scope := t.Scope; scope != 0; {
		h := x.old.Token(scope)
		if h == nil {
			return false
		}
		switch h.State {
		case TokenScope:
			in := x.to.Node(x.Target(h.Node))
			return in != nil && in.kind == kindSub && in.inner == parent
		case TokenUndo: // handlers are drawn beside what they undo, wherever that is
			if old.Parent == "" {
				return parent == ""
			}
			return x.Target(old.Parent) == parent || old.Parent == parent
		}
		scope = h.Scope
	}
	return parent == ""
}

// sameLoop reports whether instances of the one loop can go on in the other. How many there are was
// decided when it began.
func sameLoop(a, b *Loop) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Standard == b.Standard && a.Sequential == b.Sequential && a.Element == b.Element && a.Output == b.Output
}

// shareOutcome reports whether the two tasks end alike in at least one way. Tasks without outcomes
// end in one way.
func shareOutcome(a, b *Node) bool {
	return slices.ContainsFunc(outcomesOf(a), func(k string) bool { return slices.Contains(outcomesOf(b), k) })
}

// countsVotes reports whether the outcomes that were counted exist by the other version.
func countsVotes(t *Token, n *Node) bool {
	if n.kind != kindTask {
		return true
	}
	for k := range t.Votes {
		if n.Outcome(k) == nil {
			return false
		}
	}
	return true
}

func trigger(n *Node) TriggerKind {
	if n.Event == nil {
		return ""
	}
	return n.Event.Kind
}

// listens reports whether what listened beside a token goes on by the other version.
func (x *moving) listens(t *Token, old, n *Node) bool {
	if !x.same(old, n) || n.broken || n.unsupported != "" || !x.inScope(t, old, n) {
		return false
	}
	if n.kind != kindBoundary && n.kind != kindStart { // after an event-based gateway
		return x.fromGate(t, n) != ""
	}
	return true
}

// same reports whether an event of the other version is the one of this version: of the same kind,
// beside the same activity.
func (x *moving) same(old, n *Node) bool {
	if old.kind != n.kind || trigger(old) != trigger(n) {
		return false
	}
	if n.kind == kindBoundary {
		return n.Attached == x.Target(old.Attached)
	}
	return true
}

// fromGate returns the flow from the gateway for which the token listens to the event.
func (x *moving) fromGate(t *Token, n *Node) string {
	h := x.old.Token(t.Of)
	if h == nil {
		return ""
	}
	gate := x.Target(h.Node)
	for _, fi := range n.in {
		if f := &x.to.Flows[fi]; f.From == gate {
			return f.ID
		}
	}
	return ""
}

// way returns the flow by which the token came, in the words of the other version. For a token at a
// join it decides which of the branches it stands for, so there it has to be found.
func (x *moving) way(t *Token, n *Node) (string, bool) {
	if t.Of != 0 && n.kind != kindBoundary && n.kind != kindStart {
		return x.fromGate(t, n), true
	}
	if t.Via == "" {
		return "", true
	}
	id := x.flow(t.Via)
	if t.State != TokenJoin {
		return id, true
	}
	if f := x.to.Flow(id); f != nil && f.To == n.ID {
		return id, true
	}
	// The branch was drawn otherwise: the way in behind which its last element now lies.
	old := x.from.Flow(t.Via)
	if old == nil {
		return "", false
	}
	src, ok := x.to.nodes[x.Target(old.From)]
	if !ok {
		return "", false
	}
	found := ""
	for _, fi := range n.in {
		if x.to.upstream(x.to.nodes[n.ID], fi)[src] {
			if found != "" {
				return "", false
			}
			found = x.to.Flows[fi].ID
		}
	}
	return found, found != ""
}

// flow returns the flow of the other version that leads as the one with the id did, "" without.
func (x *moving) flow(id string) string {
	if to, ok := x.m[id]; ok && (to == "" || x.to.Flow(to) != nil) {
		return to
	}
	old := x.from.Flow(id)
	if old == nil {
		return ""
	}
	from, to := x.Target(old.From), x.Target(old.To)
	if f := x.to.Flow(id); f != nil && f.To == to {
		return id
	}
	found := ""
	for i := range x.to.Flows {
		if f := &x.to.Flows[i]; f.From == from && f.To == to {
			if found != "" {
				return ""
			}
			found = f.ID
		}
	}
	return found
}

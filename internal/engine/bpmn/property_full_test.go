package bpmn

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// full draws well-built processes of everything that is executed: the blocks of grower, and
// inclusive branches, event-based gateways, sub-processes with boundary events and handlers,
// several instances, loops, services, scripts and compensation.
type full struct {
	t     *rapid.T
	flows []string // of the scope that is drawn
	nodes string
	n     int
}

func (g *full) id(prefix string) string {
	g.n++
	return fmt.Sprintf("%s%d", prefix, g.n)
}

func (g *full) add(typ, attrs, inner string) string {
	id := g.id("n")
	g.nodes += `<bpmn:` + typ + ` id="` + id + `" name="` + id + `" ` + attrs + `>` + inner + `</bpmn:` + typ + `>`
	return id
}

func (g *full) flow(f string) { g.flows = append(g.flows, f) }

// scope draws a sub-process and returns its id; extra adds to what is inside it.
func (g *full) scope(depth int, attrs, loop string, extra func()) string {
	nodes, flows := g.nodes, g.flows
	g.nodes, g.flows = "", nil
	s, e := g.add("startEvent", "", ""), g.add("endEvent", "", "")
	a, b := g.block(depth)
	g.flow(s + ">" + a)
	g.flow(b + ">" + e)
	if extra != nil {
		extra()
	}
	id := g.id("p")
	inner := sub(id, attrs, g.nodes, g.flows...)
	g.nodes, g.flows = nodes+strings.Replace(inner, ">", ">"+loop, 1), flows
	return id
}

// handler draws an event sub-process.
func (g *full) handler(start string, interrupting bool) {
	nodes, flows := g.nodes, g.flows
	g.nodes, g.flows = "", nil
	s := g.id("n")
	g.nodes += ev("startEvent", s, fmt.Sprintf(`isInterrupting="%v"`, interrupting), start)
	a, b := g.block(0)
	e := g.add("endEvent", "", "")
	g.flow(s + ">" + a)
	g.flow(b + ">" + e)
	id := g.id("h")
	g.nodes, g.flows = nodes+sub(id, `triggeredByEvent="true"`, g.nodes, g.flows...), flows
}

func (g *full) block(depth int) (first, last string) {
	kind := rapid.IntRange(0, 4).Draw(g.t, "leaf")
	if depth > 0 {
		kind = rapid.IntRange(0, 14).Draw(g.t, "block")
	}
	const instances = `<bpmn:multiInstanceLoopCharacteristics isSequential="%v"><bpmn:loopCardinality>3</bpmn:loopCardinality>%s</bpmn:multiInstanceLoopCharacteristics>`
	until := rapid.SampledFrom([]string{"", "<bpmn:completionCondition>loop.done &gt;= 2</bpmn:completionCondition>", `<bpmn:completionCondition>outcome == "no"</bpmn:completionCondition>`})
	switch kind {
	case 1: // a service, perhaps with an error
		x := g.add("serviceTask", "", "")
		if rapid.Bool().Draw(g.t, "error") {
			m := g.add(TypeExclusive, "", "")
			b := g.id("n")
			g.nodes += ev("boundaryEvent", b, `attachedToRef="`+x+`"`, "error")
			g.flow(x + ">" + m)
			g.flow(b + ">" + m)
			return x, m
		}
		return x, x
	case 2:
		x := g.add("scriptTask", "", `<bpmn:script>n = vars.n + 1</bpmn:script>`)
		return x, x
	case 3: // several instances
		id := g.id("t")
		x := task(id, "yes", "no")
		g.nodes += strings.Replace(x, "</bpmn:userTask>", fmt.Sprintf(instances, rapid.Bool().Draw(g.t, "sequential"), until.Draw(g.t, "until"))+"</bpmn:userTask>", 1)
		return id, id
	case 4: // a loop
		id := g.id("t")
		x := task(id, "yes", "no")
		g.nodes += strings.Replace(x, "</bpmn:userTask>", `<bpmn:standardLoopCharacteristics loopMaximum="4"><bpmn:loopCondition>outcome == "no"</bpmn:loopCondition></bpmn:standardLoopCharacteristics></bpmn:userTask>`, 1)
		return id, id
	case 5:
		a, b := g.block(depth - 1)
		c, d := g.block(depth - 1)
		g.flow(b + ">" + c)
		return a, d
	case 6: // a choice by outcome
		t := g.id("t")
		g.nodes += task(t, "yes", "no")
		split, merge := g.add(TypeExclusive, "", ""), g.add(TypeExclusive, "", "")
		a, b := g.block(depth - 1)
		c, d := g.block(depth - 1)
		for _, f := range []string{t + ">" + split, split + `>` + a + `:outcome == "yes"`, split + ">" + c + "!", b + ">" + merge, d + ">" + merge} {
			g.flow(f)
		}
		return t, merge
	case 7, 8: // parallel or inclusive branches
		typ, conds := TypeParallel, []string{"", "", ""}
		if kind == 8 {
			typ, conds = TypeInclusive, []string{":vars.n > 0", ":vars.n > 1", "!"}
		}
		fork, join := g.add(typ, "", ""), g.add(typ, "", "")
		for _, c := range conds {
			a, b := g.block(depth - 1)
			g.flow(fork + ">" + a + c)
			g.flow(b + ">" + join)
		}
		return fork, join
	case 9: // a loop back around an inclusive join, too
		merge, split := g.add(TypeExclusive, "", ""), g.add(TypeExclusive, "", "")
		t, exit := g.id("t"), g.id("t")
		g.nodes += task(t, "yes", "no") + task(exit)
		a, b := g.block(depth - 1)
		for _, f := range []string{merge + ">" + a, b + ">" + t, t + ">" + split, split + ">" + merge + `:outcome == "no"`, split + ">" + exit + "!"} {
			g.flow(f)
		}
		return merge, exit
	case 10: // whichever event comes first
		gate, merge := g.add(TypeEventGate, "", ""), g.add(TypeExclusive, "", "")
		for _, def := range []string{"timer", "message", "signal"} {
			m := g.id("n")
			g.nodes += ev("intermediateCatchEvent", m, "", def)
			a, b := g.block(depth - 1)
			for _, f := range []string{gate + ">" + m, m + ">" + a, b + ">" + merge} {
				g.flow(f)
			}
		}
		return gate, merge
	case 11: // a sub-process that an event stops, or that has something beside it
		loop := ""
		if rapid.Bool().Draw(g.t, "instances") {
			loop = fmt.Sprintf(instances, rapid.Bool().Draw(g.t, "sequential"), "")
		}
		p := g.scope(depth-1, "", loop, nil)
		merge := g.add(TypeExclusive, "", "")
		stop, beside := g.id("n"), g.id("n")
		g.nodes += ev("boundaryEvent", stop, `attachedToRef="`+p+`"`, rapid.SampledFrom([]string{"timer", "message", "signal"}).Draw(g.t, "stop"))
		g.nodes += ev("boundaryEvent", beside, `attachedToRef="`+p+`" cancelActivity="false"`, rapid.SampledFrom([]string{"cycle", "message"}).Draw(g.t, "beside"))
		a, b := g.block(0)
		c, d := g.block(0)
		for _, f := range []string{p + ">" + merge, stop + ">" + a, b + ">" + merge, beside + ">" + c, d + ">" + g.add("endEvent", "", "")} {
			g.flow(f)
		}
		return p, merge
	case 12: // a sub-process with handlers inside
		p := g.scope(depth-1, "", "", func() {
			g.handler(rapid.SampledFrom([]string{"message", "timer", "signal"}).Draw(g.t, "on"), rapid.Bool().Draw(g.t, "interrupting"))
		})
		return p, p
	case 13: // work that is undone later
		t, u, h, as := g.id("t"), g.id("n"), g.id("n"), g.id("as")
		throw := g.id("n")
		g.nodes += task(t, "yes", "no") + ev("boundaryEvent", u, `attachedToRef="`+t+`"`, "undo") +
			`<bpmn:association id="` + as + `" sourceRef="` + u + `" targetRef="` + h + `"/><bpmn:serviceTask id="` + h + `" isForCompensation="true"/>` +
			ev("intermediateThrowEvent", throw, "", `<bpmn:compensateEventDefinition activityRef="`+t+`"/>`)
		a, b := g.block(depth - 1)
		for _, f := range []string{t + ">" + a, b + ">" + throw} {
			g.flow(f)
		}
		return t, throw
	case 14: // an error that leads out of a sub-process
		p := g.scope(depth-1, "", "", func() {
			// beside the rest: a choice that may throw
			s := g.id("t")
			g.nodes += task(s, "yes", "no")
			split, e, ok := g.add(TypeExclusive, "", ""), g.id("n"), g.add("endEvent", "", "")
			g.nodes += ev("endEvent", e, "", "error")
			start := g.nodes[strings.Index(g.nodes, `id="`)+4:]
			start = start[:strings.IndexByte(start, '"')]
			for _, f := range []string{start + ">" + s, s + ">" + split, split + `>` + e + `:outcome == "no"`, split + ">" + ok + "!"} {
				g.flow(f)
			}
		})
		b := g.id("n")
		g.nodes += ev("boundaryEvent", b, `attachedToRef="`+p+`"`, rapid.SampledFrom([]string{"error", "anyerror"}).Draw(g.t, "code"))
		merge := g.add(TypeExclusive, "", "")
		g.flow(p + ">" + merge)
		g.flow(b + ">" + merge)
		return p, merge
	}
	t := g.id("t")
	g.nodes += task(t, "yes", "no")
	return t, t
}

func fullProcess(t *rapid.T) *Definition {
	g := &full{t: t}
	s, e := g.add("startEvent", "", ""), g.add("endEvent", "", "")
	a, b := g.block(rapid.IntRange(1, 3).Draw(t, "depth"))
	g.flow(s + ">" + a)
	g.flow(b + ">" + e)
	d, err := Parse([]byte(model(g.nodes, g.flows...)))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// happen draws something that can happen in the state; late makes for an end.
func happen(t *rapid.T, d *Definition, s State, late bool) Event {
	w := s.Waiting()
	if late {
		w = slices.DeleteFunc(w, func(k Token) bool { return k.Of != 0 && s.Token(k.Of) == nil || k.Of == -1 })
	}
	k := w[rapid.IntRange(0, len(w)-1).Draw(t, "token")]
	n := d.Node(k.Node)
	outcome := "yes"
	if !late {
		outcome = rapid.SampledFrom([]string{"yes", "no"}).Draw(t, "outcome")
	}
	switch k.State {
	case TokenTask:
		if len(n.Outcomes) == 0 {
			outcome = ""
		}
		return Event{Kind: EventComplete, Token: k.ID, Outcome: outcome}
	case TokenTimer:
		return Event{Kind: EventTimer, Token: k.ID}
	case TokenMessage:
		return Event{Kind: EventMessage, Token: k.ID, Name: n.Event.Name}
	case TokenSignal:
		return Event{Kind: EventSignal, Name: n.Event.Name}
	case TokenService:
		switch x := rapid.IntRange(0, 5).Draw(t, "answer"); {
		case x == 0 && !late:
			return Event{Kind: EventFail, Token: k.ID, Name: "net"}
		case x == 1 && !late:
			return Event{Kind: EventError, Token: k.ID, Name: "E1"}
		}
		return Event{Kind: EventDone, Token: k.ID}
	case TokenIncident:
		return Event{Kind: EventRetry, Token: k.ID}
	}
	t.Fatalf("nothing can happen to %+v", k)
	return Event{}
}

// TestAnyOrderOfEverythingEnds lets what can happen happen in any order: no step is refused, no
// token is stuck or doubled, every token the caller was told of is taken back exactly once, the
// state survives storage, earlier states stay as they were, and replaying the recorded events gives
// the same states.
func TestAnyOrderOfEverythingEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := fullProcess(t)
		if p := d.CheckFor(Everything()); len(p) > 0 {
			t.Fatalf("a well-built process does not pass: %v", p)
		}
		events := []Event{{Kind: EventStart, Vars: map[string]any{"n": rapid.IntRange(0, 3).Draw(t, "n")}}}
		var states []State
		s, told := State{}, map[int]EffectKind{}
		for step := 0; ; step++ {
			before, _ := json.Marshal(s)
			next, eff, err := d.Step(s, events[len(events)-1])
			if err != nil {
				t.Fatalf("step %d, %+v: %v; %s", step, events[len(events)-1], err, rests(s))
			}
			if after, _ := json.Marshal(s); string(after) != string(before) {
				t.Fatal("a step changed the state it was given")
			}
			tell(t, told, eff, next)
			raw, err := json.Marshal(next)
			if err != nil {
				t.Fatal(err)
			}
			var back State
			if err := json.Unmarshal(raw, &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(next, back); diff != "" {
				t.Fatalf("the state does not survive JSON: %s", diff)
			}
			s = back
			states = append(states, next)
			if s.Done {
				break
			}
			if len(s.Waiting()) != len(told) {
				t.Fatalf("%d tokens wait, the caller knows of %d: %s", len(s.Waiting()), len(told), rests(s))
			}
			if step > 600 {
				t.Fatalf("the process does not end: %s", rests(s))
			}
			events = append(events, happen(t, d, s, step > 60))
		}
		if len(told) > 0 || len(s.Tokens) > 0 || len(s.Undo) > 0 {
			t.Fatalf("over, and left: %v, %s", told, rests(s))
		}
		s = State{}
		for i, e := range events {
			var err error
			if s, _, err = d.Step(s, e); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(states[i], s); diff != "" {
				t.Fatalf("replay differs at event %d: %s", i, diff)
			}
		}
	})
}

// tell keeps what a caller knows of who waits, and finds what it would be told wrongly.
func tell(t *rapid.T, told map[int]EffectKind, eff []Effect, s State) {
	for _, e := range eff {
		switch e.Kind {
		case EffectTaskOpened, EffectTimerArmed, EffectSubscribed, EffectServiceCalled, EffectDecisionAsked, EffectCallStarted, EffectIncident:
			if told[e.Token] != "" {
				t.Fatalf("token %d twice: %s, %s", e.Token, told[e.Token], e.Kind)
			}
			told[e.Token] = e.Kind
		case EffectTaskClosed, EffectTaskCancelled, EffectTimerCancelled, EffectUnsubscribed, EffectWorkCancelled, EffectWorkClosed, EffectIncidentClosed:
			if told[e.Token] == "" {
				t.Fatalf("%s for token %d, of which nothing was told", e.Kind, e.Token)
			}
			delete(told, e.Token)
		case EffectCaught:
			if told[e.Token] == "" {
				t.Fatalf("token %d caught something, of which nothing was told", e.Token)
			}
			if s.Token(e.Token) == nil && !slices.ContainsFunc(eff, func(x Effect) bool {
				return x.Token == e.Token && (x.Kind == EffectUnsubscribed || x.Kind == EffectTimerCancelled)
			}) {
				delete(told, e.Token)
			}
		}
	}
	for id := range told { // work that failed lives on as an incident with another token
		if s.Token(id) == nil && (told[id] == EffectServiceCalled) {
			delete(told, id)
		}
	}
}

package bpmn

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fork is a process of branches that are joined; extra nodes and flows change it.
func fork(typ string, nodes string, flows ...string) string {
	return model(node("startEvent", "s")+node(typ, "split")+task("a", "yes", "no")+task("b", "yes", "no")+node(typ, "join")+
		task("last", "yes")+node("endEvent", "e")+nodes, flows...)
}

var twoWays = []string{"s>split", "split>a", "split>b", "a>join", "b>join", "join>last", "last>e"}

func TestMoveToAnotherVersion(t *testing.T) {
	plain := fork(TypeParallel, "", twoWays...)
	timed := func(text string) string {
		return model(node("startEvent", "s")+task("a", "yes")+strings.Replace(ev("boundaryEvent", "late", `attachedToRef="a" cancelActivity="false"`, "timer"), "PT1H", text, 1)+
			task("told", "yes")+node("endEvent", "e")+node("endEvent", "e2"), "s>a", "a>e", "late>told", "told>e2")
	}
	one := func(id string, outcomes ...string) string {
		return model(node("startEvent", "s")+task(id, outcomes...)+node("endEvent", "e"), "s>"+id, id+">e")
	}
	inSub := model(node("startEvent", "s")+sub("box", "", node("startEvent", "bs")+task("a", "yes", "no")+node("endEvent", "be"), "bs>a", "a>be")+node("endEvent", "e"), "s>box", "box>e")
	instances := func(sequential bool, outcomes ...string) string {
		return strings.Replace(one("a", outcomes...), "</bpmn:userTask>", fmt.Sprintf(`<bpmn:multiInstanceLoopCharacteristics isSequential="%v"><bpmn:loopCardinality>3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>`, sequential), 1)
	}
	choice := func(second string) string {
		return model(node("startEvent", "s")+task("a", "yes", second)+node("serviceTask", "w")+node(TypeExclusive, "which")+node("endEvent", "e")+node("endEvent", "e2"),
			"s>a", "a>w", "w>which", `which>e:outcome == "yes"`, `which>e2:outcome == "`+second+`"`)
	}
	for name, c := range map[string]struct {
		from, to string
		steps    []string
		m        Mapping
		bad      string   // key and element of the first obstacle
		rests    string   // what rests after the move
		effects  []string // short forms
		then     []string // what leads to the end from there
	}{
		"a join half full": {from: plain, to: fork(TypeParallel, task("c", "yes"), "s>split", "split>a", "split>b", "a>c", "c>join", "b>join", "join>last", "last>e"),
			steps: []string{"a=yes"}, rests: "b/task join/join", then: []string{"b=yes", "last=yes"}},
		"a join that gets a third branch": {from: plain, to: fork(TypeParallel, task("c", "yes"), append(slices.Clone(twoWays), "split>c", "c>join")...),
			steps: []string{"a=yes"}, bad: "bpmn.move.stuck join"},
		"a join that loses the branch it waits for": {from: plain, to: fork(TypeParallel, node("endEvent", "e2"), "s>split", "split>a", "split>b", "a>join", "b>e2", "join>last", "last>e"),
			steps: []string{"a=yes"}, rests: "b/task last/task", effects: []string{"task_opened last"}, then: []string{"last=yes", "b=yes"}},
		"an inclusive join half full": {from: fork(TypeInclusive, "", twoWays...), to: fork(TypeInclusive, task("c", "yes"), append(slices.Clone(twoWays), "split>c", "c>join")...),
			steps: []string{"b=no"}, rests: "a/task join/join", then: []string{"a=yes", "last=yes"}},
		"a parallel join becomes inclusive": {from: plain, to: fork(TypeInclusive, "", twoWays...), steps: []string{"a=yes"}, bad: "bpmn.move.type join"},
		"and a person says that it is the same": {from: plain, to: fork(TypeInclusive, "", twoWays...), steps: []string{"a=yes"}, m: Mapping{"join": "join"},
			rests: "b/task join/join", then: []string{"b=yes", "last=yes"}},
		"the way in was drawn anew": {from: plain, to: strings.ReplaceAll(plain, `id="f4"`, `id="other"`), steps: []string{"a=yes"},
			rests: "b/task join/join", then: []string{"b=no", "last=yes"}},
		"the step is gone":           {from: one("a", "yes"), to: one("b", "yes"), bad: "bpmn.move.gone a"},
		"the step has another name":  {from: one("a", "yes"), to: one("b", "yes"), m: Mapping{"a": "b"}, rests: "b/task", then: []string{"b=yes"}},
		"matched with nothing there": {from: one("a", "yes"), to: one("b", "yes"), m: Mapping{"a": "z"}, bad: "bpmn.move.mapping a"},
		"no outcome is left":         {from: one("a", "yes"), to: one("a", "well", "badly"), bad: "bpmn.move.outcomes a"},
		"one outcome is left":        {from: one("a", "yes", "no"), to: one("a", "yes", "later"), rests: "a/task", then: []string{"a=later"}},
		"a task becomes a service":   {from: one("a"), to: strings.ReplaceAll(one("a"), "userTask", "serviceTask"), bad: "bpmn.move.type a"},
		"into a sub-process":         {from: one("a", "yes", "no"), to: inSub, bad: "bpmn.move.scope a"},
		"out of a sub-process":       {from: inSub, to: one("a", "yes", "no"), bad: "bpmn.move.gone box"},
		"in a sub-process":           {from: inSub, to: strings.ReplaceAll(inSub, `name="a"`, `name="A"`), rests: "a/task box/scope", then: []string{"a=yes"}},
		"instances under way":        {from: instances(false, "yes", "no"), to: instances(false, "yes", "maybe"), steps: []string{"a=yes"}, rests: "a/loop a/task a/task", then: []string{"a=yes", "a=maybe"}},
		"a vote that is gone":        {from: instances(false, "yes", "no"), to: instances(false, "yes", "maybe"), steps: []string{"a=no"}, bad: "bpmn.move.votes a"},
		"instances in another order": {from: instances(false, "yes"), to: instances(true, "yes"), steps: []string{"a=yes"}, bad: "bpmn.move.loop a"},
		"the same timer is kept":     {from: timed("PT1H"), to: timed("PT1H"), rests: "[late/timer] a/task"},
		"another timer is armed":     {from: timed("PT1H"), to: timed("PT3H"), rests: "[late/timer] a/task", effects: []string{"timer_cancelled late", "timer_armed late"}, then: []string{"!timer late", "told=yes", "a=yes"}},
		"a timer that had its time":  {from: timed("PT1H"), to: timed("PT3H"), steps: []string{"!timer late"}, rests: "a/task told/task"},
		"a timer more":               {from: model(node("startEvent", "s")+task("a", "yes")+node("endEvent", "e"), "s>a", "a>e"), to: timed("PT1H"), rests: "[late/timer] a/task", effects: []string{"timer_armed late"}},
		"a timer less":               {from: timed("PT1H"), to: model(node("startEvent", "s")+task("a", "yes")+node("endEvent", "e"), "s>a", "a>e"), rests: "a/task", effects: []string{"timer_cancelled late"}, then: []string{"a=yes"}},
		"an outcome without a way":   {from: choice("no"), to: choice("later"), steps: []string{"a=no"}, bad: "bpmn.move.lost which"},
		"an outcome with a way":      {from: choice("no"), to: choice("later"), steps: []string{"a=yes"}, rests: "w/service", then: []string{"!done w"}},
		"it would be over":           {from: fork(TypeParallel, node("endEvent", "e0"), twoWays...), to: model(node("startEvent", "s")+node(TypeParallel, "split")+task("a", "yes")+node(TypeParallel, "join")+task("b", "yes")+node("endEvent", "e"), "s>split", "split>a", "a>join", "join>e", "split>b", "b>e"), steps: []string{"a=yes"}, rests: "b/task", effects: []string{"branch_ended e"}},
	} {
		t.Run(name, func(t *testing.T) {
			from, to := mustParse(t, c.from), mustParse(t, c.to)
			s, _ := runModel(t, from, nil, c.steps...)
			next, eff, bad := Move(from, to, s, c.m)
			got := ""
			if len(bad) > 0 {
				got = bad[0].Key + " " + bad[0].Element
				for _, lang := range []string{"vi", "en"} {
					if text := bad[0].Text(lang); text == bad[0].Key || strings.Contains(text, "{") {
						t.Errorf("said as %q", text)
					}
				}
			}
			if got != c.bad {
				t.Fatalf("in the way: %q, want %q", got, c.bad)
			}
			if c.bad != "" {
				return
			}
			if r := rests(next); r != c.rests {
				t.Errorf("rests %s, want %s", r, c.rests)
			}
			if diff := cmp.Diff(c.effects, short(eff)); diff != "" {
				t.Errorf("effects: %s", diff)
			}
			for _, st := range c.then {
				n, _, err := to.Step(next, event(t, next, st))
				if err != nil {
					t.Fatalf("%s: %v", st, err)
				}
				next = n
			}
			if len(c.then) > 0 && !next.Done {
				t.Errorf("left at the end: %s", rests(next))
			}
		})
	}
}

// TestMoveRemembersOutcomes carries what was decided at a step over to the step that takes its place.
func TestMoveRemembersOutcomes(t *testing.T) {
	from := mustParse(t, model(node("startEvent", "s")+task("a", "yes")+task("b", "yes")+node("endEvent", "e"), "s>a", "a>b", "b>e"))
	to := mustParse(t, model(node("startEvent", "s")+task("b", "yes")+task("a", "yes")+node("endEvent", "e"), "s>b", "b>a", "a>e"))
	s, _ := runModel(t, from, nil, "a=yes")
	next, _, bad := Move(from, to, s, Mapping{"a": "b", "b": "a"})
	if len(bad) > 0 || rests(next) != "a/task" || next.Outcomes["b"] != "yes" || len(next.Outcomes) != 1 {
		t.Errorf("%v, %s, %v", bad, rests(next), next.Outcomes)
	}
	if diff := cmp.Diff([]string{"f1", "f2"}, next.Seen); diff != "" {
		t.Error(diff)
	}
}

// TestMoveBackNamesAnew takes a move back that opened a join: what it ended is there again under ids
// that were never used.
func TestMoveBackNamesAnew(t *testing.T) {
	from := mustParse(t, fork(TypeParallel, "", twoWays...))
	to := mustParse(t, fork(TypeParallel, node("endEvent", "e2"), "s>split", "split>a", "split>b", "a>join", "b>e2", "join>last", "last>e"))
	s, _ := runModel(t, from, nil, "a=yes")
	next, eff, _ := Move(from, to, s, nil)
	if !Reversible(eff) {
		t.Fatalf("%v cannot be taken back", short(eff))
	}
	back, eff := MoveBack(from, to, s, next)
	if diff := cmp.Diff([]string{"task_cancelled last"}, short(eff)); diff != "" {
		t.Error(diff)
	}
	if rests(back) != rests(s) || back.Seq <= next.Seq-1 {
		t.Errorf("%s, last id %d after %d", rests(back), back.Seq, next.Seq)
	}
	for _, k := range back.Tokens {
		if k.State == TokenJoin && k.ID <= next.Seq {
			t.Errorf("the token at the join is %d again", k.ID)
		}
	}
	if Reversible([]Effect{{Kind: EffectMessageSent}}) {
		t.Error("a message that was sent can be taken back")
	}
}

// TestSuggest proposes only what is beyond doubt.
func TestSuggest(t *testing.T) {
	named := func(id, name string) string { return strings.Replace(task(id), `name="`+id+`"`, `name="`+name+`"`, 1) }
	from := mustParse(t, model(node("startEvent", "s")+named("a", "Thẩm định")+named("b", "Ký")+node("endEvent", "e"), "s>a", "a>b", "b>e"))
	to := mustParse(t, model(node("startEvent", "s")+named("x", "Thẩm định")+named("y", "Ký")+named("z", "Ký")+node("endEvent", "e"), "s>x", "x>y", "y>z", "z>e"))
	if diff := cmp.Diff(Mapping{"a": "x"}, Suggest(from, to)); diff != "" {
		t.Error(diff)
	}
}

package bpmn

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCombinations walks elements inside one another, where their rules meet.
func TestCombinations(t *testing.T) {
	s, e := node("startEvent", "s"), node("endEvent", "e")
	a, b, c := task("a"), task("b"), task("c")
	and := "parallelGateway"
	undoes := func(of, handler string) string {
		return ev("boundaryEvent", "u"+of, `attachedToRef="`+of+`"`, "undo") + `<bpmn:association id="as` + of + `" sourceRef="u` + of + `" targetRef="` + handler + `"/>` +
			`<bpmn:serviceTask id="` + handler + `" isForCompensation="true"/>`
	}
	many := `<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>`
	with := func(x, loop string) string { return strings.Replace(x, "</bpmn:userTask>", loop+"</bpmn:userTask>", 1) }
	for name, x := range map[string]struct {
		src   string
		vars  map[string]any
		steps []string
		want  string
	}{
		"error of a service inside, caught outside": {model(s+sub("p", "", node("serviceTask", "x")+b)+ev("boundaryEvent", "t", `attachedToRef="p"`, "error")+a+e, "s>p", "p>e", "t>a", "a>e"), nil, []string{"!error x E1"}, "a/task"},
		"error of one of several services":          {model(s+`<bpmn:serviceTask id="x">`+many+`</bpmn:serviceTask>`+ev("boundaryEvent", "t", `attachedToRef="x"`, "error")+a+e, "s>x", "x>e", "t>a", "a>e"), nil, []string{"!error x E1"}, "a/task"},
		"several called processes":                  {model(s+`<bpmn:callActivity id="k" calledElement="other">`+many+`</bpmn:callActivity>`+a+e, "s>k", "k>a", "a>e"), nil, []string{"!done k", "!done k"}, "a/task"},
		"several receive tasks":                     {model(s+`<bpmn:receiveTask id="x">`+many+`</bpmn:receiveTask>`+a+e, "s>x", "x>a", "a>e"), nil, []string{"!message x", "!message x"}, "a/task"},
		"one of several services is retried":        {model(s+`<bpmn:serviceTask id="x">`+many+`</bpmn:serviceTask>`+a+e, "s>x", "x>a", "a>e"), nil, []string{"!fail x#0 net", "!done x#0", "!retry x", "!done x"}, "a/task"},
		"condition starts a handler":                {model(s+sub("p", "", b+sub("h", `triggeredByEvent="true"`, ev("startEvent", "hs", "", "when")+c, "hs>c"))+a+e, "s>p", "p>a", "a>e"), nil, []string{"!vars x=9"}, "c/task h/scope p/scope"},
		"condition starts a handler beside":         {model(s+sub("p", "", b+sub("h", `triggeredByEvent="true"`, ev("startEvent", "hs", `isInterrupting="false"`, "when")+c, "hs>c"))+a+e, "s>p", "p>a", "a>e"), nil, []string{"!vars x=9", "!vars x=8", "c", "b"}, "a/task"},
		"cycle starts a handler again":              {model(s+a+sub("h", `triggeredByEvent="true"`, ev("startEvent", "hs", `isInterrupting="false"`, "cycle")+c, "hs>c")+e, "s>a", "a>e"), nil, []string{"!timer hs", "!timer hs", "c"}, "[hs/timer] a/task c/task h/scope"},
		"escalation starts a handler beside":        {model(s+sub("p", "", ev("intermediateThrowEvent", "pt", "", "escalation")+b+sub("h", `triggeredByEvent="true"`, ev("startEvent", "hs", `isInterrupting="false"`, "escalation")+c, "hs>c"), "pt>b")+a+e, "s>p", "p>a", "a>e"), nil, nil, "b/task c/task h/scope p/scope"},
		"terminate in a handler":                    {model(s+sub("p", "", b+sub("h", `triggeredByEvent="true"`, ev("startEvent", "hs", `isInterrupting="false"`, "message")+c+ev("endEvent", "he", "", "terminate"), "hs>c", "c>he"))+a+e, "s>p", "p>a", "a>e"), nil, []string{"!message hs", "c"}, "b/task p/scope"},
		"signal inside stops its own sub-process":   {model(s+sub("p", "", node(and, "g")+b+c+ev("endEvent", "pe", "", "signal"), "g>b", "g>c", "b>pe")+ev("boundaryEvent", "t", `attachedToRef="p"`, "signal")+a+e, "s>p", "p>e", "t>a", "a>e"), nil, []string{"b"}, "a/task"},
		"two timers race":                           {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a"`, "timer")+ev("boundaryEvent", "t2", `attachedToRef="a"`, "timer")+b+c+e, "s>a", "a>e", "t>b", "t2>c", "b>e", "c>e"), nil, []string{"!timer t2", "!timer t"}, "c/task"},
		"undone in reverse":                         {model(s+a+b+undoes("a", "ha")+undoes("b", "hb")+ev("intermediateThrowEvent", "u", "", "undo")+c+e, "s>a", "a>b", "b>u", "u>c", "c>e"), nil, []string{"a", "b"}, "hb/service u/undo"},
		"undone in reverse, then the first":         {model(s+a+b+undoes("a", "ha")+undoes("b", "hb")+ev("intermediateThrowEvent", "u", "", "undo")+c+e, "s>a", "a>b", "b>u", "u>c", "c>e"), nil, []string{"a", "b", "!done hb"}, "ha/service u/undo"},
		"undone once only":                          {model(s+a+undoes("a", "ha")+ev("intermediateThrowEvent", "u", "", "undo")+ev("intermediateThrowEvent", "u2", "", "undo")+c+e, "s>a", "a>u", "u>u2", "u2>c", "c>e"), nil, []string{"a", "!done ha"}, "c/task"},
		"instances are undone one by one":           {model(s+with(a, many)+undoes("a", "ha")+ev("intermediateThrowEvent", "u", "", "undo")+c+e, "s>a", "a>u", "u>c", "c>e"), nil, []string{"a", "a", "!done ha"}, "ha/service u/undo"},
		"instances are all undone":                  {model(s+with(a, many)+undoes("a", "ha")+ev("intermediateThrowEvent", "u", "", "undo")+c+e, "s>a", "a>u", "u>c", "c>e"), nil, []string{"a", "a", "!done ha", "!done ha"}, "c/task"},
		"what instances of a sub-process did":       {model(s+strings.Replace(sub("p", "", a+undoes("a", "ha")), `<bpmn:userTask id="a"`, many+`<bpmn:userTask id="a"`, 1)+ev("intermediateThrowEvent", "u", "", "undo")+c+e, "s>p", "p>u", "u>c", "c>e"), nil, []string{"a", "a", "!done ha", "!done ha"}, "c/task"},
		"undoing fails and is retried":              {model(s+a+undoes("a", "ha")+ev("intermediateThrowEvent", "u", "", "undo")+c+e, "s>a", "a>u", "u>c", "c>e"), nil, []string{"a", "!fail ha net", "!retry ha", "!done ha"}, "c/task"},
		"stopped while it is undone":                {model(s+sub("p", "", a+undoes("a", "ha")+ev("intermediateThrowEvent", "u", "", "undo"), "a>u")+ev("boundaryEvent", "t", `attachedToRef="p"`, "timer")+c+e, "s>p", "p>e", "t>c", "c>e"), nil, []string{"a", "!timer t"}, "c/task"},
		"timer beside a failed service":             {model(s+node("serviceTask", "x")+ev("boundaryEvent", "t", `attachedToRef="x"`, "timer")+a+e, "s>x", "x>e", "t>a", "a>e"), nil, []string{"!fail x net", "!timer t"}, "a/task"},
		"timer beside a retried service":            {model(s+node("serviceTask", "x")+ev("boundaryEvent", "t", `attachedToRef="x"`, "timer")+a+e, "s>x", "x>e", "t>a", "a>e"), nil, []string{"!fail x net", "!retry x", "!timer t"}, "a/task"},
		"inclusive join waits for a sub-process":    {model(s+node("inclusiveGateway", "g")+sub("p", "", b)+a+node("inclusiveGateway", "j")+c+e, "s>g", "g>p:true", "g>a:true", "p>j", "a>j", "j>c", "c>e"), nil, []string{"a"}, "b/task j/join p/scope"},
		"inclusive join waits for a boundary":       {model(s+node("inclusiveGateway", "g")+a+b+ev("boundaryEvent", "t", `attachedToRef="a"`, "timer")+node("inclusiveGateway", "j")+c+e, "s>g", "g>a:true", "g>b:true", "a>e", "t>j", "b>j", "j>c", "c>e"), nil, []string{"b"}, "a/task j/join"},
		"inclusive join need not wait any more":     {model(s+node("inclusiveGateway", "g")+a+b+ev("boundaryEvent", "t", `attachedToRef="a"`, "timer")+node("inclusiveGateway", "j")+c+e, "s>g", "g>a:true", "g>b:true", "a>e", "t>j", "b>j", "j>c", "c>e"), nil, []string{"b", "a"}, "c/task"},
		"inclusive join by a link":                  {model(s+node("inclusiveGateway", "g")+a+b+ev("intermediateThrowEvent", "lt", "", "link")+ev("intermediateCatchEvent", "lc", "", "link")+node("inclusiveGateway", "j")+c+e, "s>g", "g>a:true", "g>b:true", "a>lt", "lc>j", "b>j", "j>c", "c>e"), nil, []string{"b"}, "a/task j/join"},
		"instances of a sub-process keep their own": {model(s+`<bpmn:property id="pr" name="items"/>`+strings.Replace(sub("p", "", `<bpmn:scriptTask id="x"><bpmn:script>sum = vars.sum + item; item = 0</bpmn:script></bpmn:scriptTask>`+b, "x>b"), `<bpmn:scriptTask id="x"`, `<bpmn:multiInstanceLoopCharacteristics lt:collection="items" lt:element="item"/><bpmn:scriptTask id="x"`, 1)+node("exclusiveGateway", "g")+a+e, "s>p", "p>g", "g>a:vars.sum == 6 && vars.items[0] == 1 && vars.item == nil", "g>e!", "a>e"), map[string]any{"items": []any{1, 2, 3}, "sum": 0}, []string{"b", "b", "b"}, "a/task"},
		"outcome of a sub-process":                  {model(s+sub("p", "", task("b", "yes", "no")+node("endEvent", "pe"), "b>pe")+node("exclusiveGateway", "g")+a+c+e, "s>p", "p>g", `g>a:outcome == "yes"`, "g>c!", "a>e", "c>e"), nil, []string{"b=yes"}, "a/task"},
		"votes":                                     {model(s+with(task("a", "yes", "no"), `<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>5</bpmn:loopCardinality><bpmn:completionCondition>(loop.votes.yes ?? 0) &gt;= 2 || (loop.votes.no ?? 0) &gt;= 2</bpmn:completionCondition></bpmn:multiInstanceLoopCharacteristics>`)+b+e, "s>a", "a>b", "b>e"), nil, []string{"a=yes", "a=no", "a=yes"}, "b/task"},
	} {
		t.Run(name, func(t *testing.T) {
			s, log := runModel(t, mustParse(t, x.src), x.vars, x.steps...)
			got := rests(s)
			if s.Done {
				got = "done"
			}
			if !strings.Contains(x.want, "[") {
				got = strings.Join(slices.DeleteFunc(strings.Fields(got), func(f string) bool { return f[0] == '[' }), " ")
			}
			if got != x.want {
				t.Errorf("rests %q, want %q; %q", got, x.want, log)
			}
		})
	}
}

// TestOutputsAreGathered collects what the instances of an activity gave.
func TestOutputsAreGathered(t *testing.T) {
	d := mustParse(t, model(node("startEvent", "s")+`<bpmn:dataObject id="all" name="opinions"/>`+
		`<bpmn:userTask id="a"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality><bpmn:loopDataOutputRef>all</bpmn:loopDataOutputRef><bpmn:outputDataItem id="one" name="opinion"/></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>`+
		node("task", "b")+node("endEvent", "e"), "s>a", "a>b", "b>e"))
	s, _, err := d.Step(State{}, Event{Kind: EventStart})
	for _, v := range []string{"good", "bad"} {
		if err != nil {
			t.Fatal(err)
		}
		s, _, err = d.Step(s, Event{Kind: EventComplete, Token: s.Tasks()[0].ID, Vars: map[string]any{"opinion": v}})
	}
	if err != nil || rests(s) != "b/task" {
		t.Fatalf("%v, %s", err, rests(s))
	}
	if diff := cmp.Diff([]any{"good", "bad"}, s.Vars["opinions"]); diff != "" {
		t.Error(diff)
	}
}

// TestAnswersComeOnce refuses what comes a second time: a timer, an answer, a retry.
func TestAnswersComeOnce(t *testing.T) {
	d := mustParse(t, model(node("startEvent", "s")+node("serviceTask", "x")+ev("boundaryEvent", "t", `attachedToRef="x" cancelActivity="false"`, "cycle")+node("endEvent", "e"), "s>x", "x>e", "t>e"))
	s, _ := runModel(t, d, nil)
	timer := Event{Kind: EventTimer, Token: s.Tokens[1].ID}
	fail := Event{Kind: EventFail, Token: s.Tokens[0].ID, Name: "net"}
	for _, e := range []Event{timer, fail} {
		next, _, err := d.Step(s, e)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.Step(next, e); keyOf(err) != "bpmn.state.token" {
			t.Errorf("%s twice: %v", e.Kind, err)
		}
		s = next
	}
	if _, _, err := d.Step(s, Event{Kind: EventDone, Token: fail.Token}); keyOf(err) != "bpmn.state.token" {
		t.Errorf("late answer: %v", err)
	}
	retry := Event{Kind: EventRetry, Token: s.Waiting()[len(s.Waiting())-1].ID}
	next, _, err := d.Step(s, retry)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Step(next, retry); keyOf(err) != "bpmn.state.token" {
		t.Errorf("retry twice: %v", err)
	}
}

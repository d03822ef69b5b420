package bpmn

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ev writes an event with its definition: ev("boundaryEvent", "b", `attachedToRef="a"`, "timer").
func ev(typ, id, attrs, def string) string {
	inner := map[string]string{
		"timer":      `<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>`,
		"cycle":      `<bpmn:timerEventDefinition><bpmn:timeCycle>R3/PT10M</bpmn:timeCycle></bpmn:timerEventDefinition>`,
		"message":    `<bpmn:messageEventDefinition/>`,
		"signal":     `<bpmn:signalEventDefinition signalRef="sig"/>`,
		"error":      `<bpmn:errorEventDefinition errorRef="err"/>`,
		"anyerror":   `<bpmn:errorEventDefinition/>`,
		"othererror": `<bpmn:errorEventDefinition errorRef="err2"/>`,
		"escalation": `<bpmn:escalationEventDefinition escalationRef="esc"/>`,
		"undo":       `<bpmn:compensateEventDefinition/>`,
		"terminate":  `<bpmn:terminateEventDefinition/>`,
		"link":       `<bpmn:linkEventDefinition name="L"/>`,
		"when":       `<bpmn:conditionalEventDefinition><bpmn:condition>vars.x &gt; 5</bpmn:condition></bpmn:conditionalEventDefinition>`,
	}[def]
	if inner == "" {
		inner = def
	}
	return `<bpmn:` + typ + ` id="` + id + `" ` + attrs + `>` + inner + `</bpmn:` + typ + `>`
}

// sub wraps nodes and flows into a sub-process.
func sub(id, attrs, nodes string, flows ...string) string {
	inner := process(nodes, flows...)
	inner = inner[strings.Index(inner, `isExecutable="true">`)+len(`isExecutable="true">`) : strings.Index(inner, `</bpmn:process>`)]
	inner = strings.ReplaceAll(inner, `sequenceFlow id="f`, `sequenceFlow id="`+id+`_f`)
	inner = strings.ReplaceAll(inner, `default="f`, `default="`+id+`_f`)
	return `<bpmn:subProcess id="` + id + `" ` + attrs + `>` + inner + `</bpmn:subProcess>`
}

// model adds the messages, signals, errors and escalations that ev refers to.
func model(nodes string, flows ...string) string {
	return strings.Replace(strings.Replace(process(nodes, flows...), `process id="p"`, `process id="proc"`, 1), foot, `<bpmn:signal id="sig" name="S"/><bpmn:error id="err" name="E" errorCode="E1"/><bpmn:error id="err2" errorCode="E2"/><bpmn:escalation id="esc" escalationCode="X1"/>`+foot, 1)
}

// run plays a script against a model. A step is "node" or "node=outcome" to complete a task, or
// "!kind node …" for another event: !timer n, !message name, !signal name, !done n, !error n code,
// !fail n reason, !retry n, !escalate n code, !vars x=7, !cancel. It returns the state and, per
// step, the effects and what then rests.
func runModel(t *testing.T, d *Definition, vars map[string]any, steps ...string) (State, []string) {
	t.Helper()
	s, eff, err := d.Step(State{}, Event{Kind: EventStart, Vars: vars})
	if err != nil {
		t.Fatal(err)
	}
	log := short(eff)
	for _, st := range steps {
		e := event(t, s, st)
		before, _ := json.Marshal(s)
		next, eff, err := d.Step(s, e)
		if after, _ := json.Marshal(s); string(before) != string(after) {
			t.Fatalf("%s changed the state it was given", st)
		}
		if err != nil {
			log = append(log, "refused "+keyOf(err))
			continue
		}
		raw, _ := json.Marshal(next)
		s = State{}
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(next, s); diff != "" {
			t.Fatalf("%s: the state does not survive JSON: %s", st, diff)
		}
		log = append(log, short(eff)...)
	}
	return s, log
}

func event(t *testing.T, s State, st string) Event {
	t.Helper()
	tokenAt := func(node string) int {
		node, nth, _ := strings.Cut(node, "#")
		k := 0
		for _, x := range s.Tokens {
			if x.Node == node && x.State != TokenJoin && x.State != TokenScope && x.State != TokenLoop && x.State != TokenUndo {
				if fmt.Sprint(k) == nth || nth == "" {
					return x.ID
				}
				k++
			}
		}
		return 0
	}
	if !strings.HasPrefix(st, "!") {
		node, outcome, _ := strings.Cut(st, "=")
		return Event{Kind: EventComplete, Token: tokenAt(node), Outcome: outcome}
	}
	f := strings.Fields(st[1:])
	e := Event{Kind: EventKind(f[0])}
	switch e.Kind {
	case EventMessage, EventSignal:
		e.Name = f[1]
	case EventVars:
		k, v, _ := strings.Cut(f[1], "=")
		var x any
		if err := json.Unmarshal([]byte(v), &x); err != nil {
			t.Fatal(err)
		}
		e.Vars = map[string]any{k: x}
	default:
		if len(f) > 1 {
			e.Token = tokenAt(f[1])
		}
		if len(f) > 2 {
			e.Name = f[2]
		}
	}
	return e
}

// rests writes what rests where: "node/state", listeners in brackets.
func rests(s State) string {
	var out []string
	for _, k := range s.Tokens {
		x := k.Node + "/" + string(k.State)
		if k.Of != 0 {
			x = "[" + x + "]"
		}
		out = append(out, x)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// TestExecution walks one small model per element of the standard. Each case says what rests at
// the end; "done" stands for a process that is over.
func TestExecution(t *testing.T) {
	s, e := node("startEvent", "s"), node("endEvent", "e")
	a, b, c := task("a"), task("b"), task("c")
	xor, and, or := "exclusiveGateway", "parallelGateway", "inclusiveGateway"
	handler := `<bpmn:association id="as" sourceRef="ub" targetRef="h"/><bpmn:serviceTask id="h" isForCompensation="true"/>`
	undoable := ev("boundaryEvent", "ub", `attachedToRef="a"`, "undo") + handler
	mi := func(attrs, inner string) string {
		return `<bpmn:userTask id="a" name="a"><bpmn:multiInstanceLoopCharacteristics ` + attrs + `>` + inner + `</bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>`
	}
	for name, x := range map[string]struct {
		src   string
		vars  map[string]any
		steps []string
		want  string
	}{
		// Events
		"timer catch":                 {model(s+ev("intermediateCatchEvent", "m", "", "timer")+a+e, "s>m", "m>a", "a>e"), nil, []string{"!timer m"}, "a/task"},
		"timer waits":                 {model(s+ev("intermediateCatchEvent", "m", "", "timer")+a+e, "s>m", "m>a", "a>e"), nil, nil, "m/timer"},
		"message catch":               {model(s+ev("intermediateCatchEvent", "m", "", "message")+e, "s>m", "m>e"), nil, []string{"!message m"}, "done"},
		"message of another name":     {model(s+ev("intermediateCatchEvent", "m", "", "message")+e, "s>m", "m>e"), nil, []string{"!message x"}, "m/message"},
		"signal catch":                {model(s+ev("intermediateCatchEvent", "m", "", "signal")+e, "s>m", "m>e"), nil, []string{"!signal S"}, "done"},
		"signal nobody hears":         {model(s+a+e, "s>a", "a>e"), nil, []string{"!signal S"}, "a/task"},
		"signal inside":               {model(s+node(and, "g")+ev("intermediateCatchEvent", "m", "", "signal")+a+ev("intermediateThrowEvent", "t", "", "signal")+b+e, "s>g", "g>m", "g>a", "a>t", "m>b", "b>e", "t>e"), nil, []string{"a"}, "b/task"},
		"signal end":                  {model(s+node(and, "g")+ev("intermediateCatchEvent", "m", "", "signal")+a+ev("endEvent", "t", "", "signal")+b+e, "s>g", "g>m", "g>a", "a>t", "m>b", "b>e"), nil, []string{"a"}, "b/task"},
		"condition waits":             {model(s+ev("intermediateCatchEvent", "m", "", "when")+e, "s>m", "m>e"), nil, []string{"!vars x=3"}, "m/when"},
		"condition comes true":        {model(s+ev("intermediateCatchEvent", "m", "", "when")+e, "s>m", "m>e"), nil, []string{"!vars x=3", "!vars x=6"}, "done"},
		"condition is true":           {model(s+ev("intermediateCatchEvent", "m", "", "when")+e, "s>m", "m>e"), map[string]any{"x": 9}, nil, "done"},
		"link":                        {model(s+a+ev("intermediateThrowEvent", "lt", "", "link")+ev("intermediateCatchEvent", "lc", "", "link")+b+e, "s>a", "a>lt", "lc>b", "b>e"), nil, []string{"a"}, "b/task"},
		"error end of a process":      {model(s+a+ev("endEvent", "t", "", "error"), "s>a", "a>t"), nil, []string{"a"}, "done"},
		"terminate in a sub-process":  {model(s+sub("p", "", node(and, "g")+b+c+ev("endEvent", "pe", "", "terminate"), "g>b", "g>c", "b>pe", "c>pe")+a+e, "s>p", "p>a", "a>e"), nil, []string{"b"}, "a/task"},
		"message start of a process":  {model(ev("startEvent", "s", "", "message")+a+e, "s>a", "a>e"), nil, nil, "a/task"},
		"boundary timer interrupts":   {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a"`, "timer")+b+e, "s>a", "a>e", "t>b", "b>e"), nil, []string{"!timer t"}, "b/task"},
		"boundary timer not needed":   {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a"`, "timer")+b+e, "s>a", "a>e", "t>b", "b>e"), nil, []string{"a"}, "done"},
		"boundary timer beside":       {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a" cancelActivity="false"`, "timer")+b+e, "s>a", "a>e", "t>b", "b>e"), nil, []string{"!timer t"}, "a/task b/task"},
		"boundary cycle":              {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a" cancelActivity="false"`, "cycle")+e, "s>a", "a>e", "t>e"), nil, []string{"!timer t", "!timer t"}, "[t/timer] a/task"},
		"boundary cycle runs out":     {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a" cancelActivity="false"`, "cycle")+e, "s>a", "a>e", "t>e"), nil, []string{"!timer t", "!timer t", "!timer t"}, "a/task"},
		"boundary message twice":      {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a" cancelActivity="false"`, "message")+b+e, "s>a", "a>e", "t>b", "b>e"), nil, []string{"!message t", "!message t"}, "[t/message] a/task b/task b/task"},
		"boundary condition":          {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a"`, "when")+b+e, "s>a", "a>e", "t>b", "b>e"), nil, []string{"!vars x=7"}, "b/task"},
		"boundary condition once":     {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a" cancelActivity="false"`, "when")+b+e, "s>a", "a>e", "t>b", "b>e"), nil, []string{"!vars x=7", "!vars x=8", "!vars x=1", "!vars x=9"}, "[t/when] a/task b/task b/task"},
		"boundary signal":             {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a"`, "signal")+b+e, "s>a", "a>e", "t>b", "b>e"), nil, []string{"!signal S"}, "b/task"},
		"error of a task":             {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a"`, "error")+b+e, "s>a", "a>e", "t>b", "b>e"), nil, []string{"!error a E1"}, "b/task"},
		"error of a task, any":        {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a"`, "anyerror")+b+e, "s>a", "a>e", "t>b", "b>e"), nil, []string{"!error a E7"}, "b/task"},
		"error of a task, other":      {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a"`, "error")+b+e, "s>a", "a>e", "t>b", "b>e"), nil, []string{"!error a E7"}, "a/task"},
		"escalation of a task":        {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a" cancelActivity="false"`, "escalation")+b+e, "s>a", "a>e", "t>b", "b>e"), nil, []string{"!escalate a X1"}, "a/task b/task"},
		"error end in a sub-process":  {model(s+sub("p", "", b+ev("endEvent", "pe", "", "error"), "b>pe")+ev("boundaryEvent", "t", `attachedToRef="p"`, "error")+ev("boundaryEvent", "t2", `attachedToRef="p"`, "anyerror")+a+c+e, "s>p", "p>e", "t>a", "a>e", "t2>c", "c>e"), nil, []string{"b"}, "a/task"},
		"error through two levels":    {model(s+sub("p", "", sub("q", "", b+ev("endEvent", "pe", "", "error"), "b>pe"))+ev("boundaryEvent", "t", `attachedToRef="p"`, "error")+a+e, "s>p", "p>e", "t>a", "a>e"), nil, []string{"b"}, "a/task"},
		"uncaught error in a sub":     {model(s+sub("p", "", b+ev("endEvent", "pe", "", "error"), "b>pe")+a+e, "s>p", "p>a", "a>e"), nil, []string{"b"}, "done"},
		"escalation throw goes on":    {model(s+sub("p", "", ev("intermediateThrowEvent", "pt", "", "escalation")+b, "pt>b")+ev("boundaryEvent", "t", `attachedToRef="p" cancelActivity="false"`, "escalation")+a+e, "s>p", "p>e", "t>a", "a>e"), nil, nil, "a/task b/task p/scope"},
		"escalation throw interrupts": {model(s+sub("p", "", ev("intermediateThrowEvent", "pt", "", "escalation")+b, "pt>b")+ev("boundaryEvent", "t", `attachedToRef="p"`, "escalation")+a+e, "s>p", "p>e", "t>a", "a>e"), nil, nil, "a/task"},
		"escalation nobody handles":   {model(s+ev("intermediateThrowEvent", "pt", "", "escalation")+a+e, "s>pt", "pt>a", "a>e"), nil, nil, "a/task"},
		"escalation end":              {model(s+sub("p", "", b+ev("endEvent", "pe", "", "escalation"), "b>pe")+ev("boundaryEvent", "t", `attachedToRef="p" cancelActivity="false"`, "escalation")+a+c+e, "s>p", "p>c", "c>e", "t>a", "a>e"), nil, []string{"b"}, "a/task c/task"},
		// Sub-processes
		"sub-process":                    {model(s+sub("p", "", node("startEvent", "ps")+b+node("endEvent", "pe"), "ps>b", "b>pe")+a+e, "s>p", "p>a", "a>e"), nil, []string{"b"}, "a/task"},
		"sub-process at work":            {model(s+sub("p", "", node("startEvent", "ps")+b+node("endEvent", "pe"), "ps>b", "b>pe")+a+e, "s>p", "p>a", "a>e"), nil, nil, "b/task p/scope"},
		"sub-process without events":     {model(s+sub("p", "", b+c)+a+e, "s>p", "p>a", "a>e"), nil, []string{"c"}, "b/task p/scope"},
		"timer on a sub-process":         {model(s+sub("p", "", b+c)+ev("boundaryEvent", "t", `attachedToRef="p"`, "timer")+a+e, "s>p", "p>e", "t>a", "a>e"), nil, []string{"!timer t"}, "a/task"},
		"event sub-process interrupts":   {model(s+a+sub("h", `triggeredByEvent="true"`, ev("startEvent", "hs", "", "message")+b, "hs>b")+e, "s>a", "a>e"), nil, []string{"!message hs"}, "b/task h/scope"},
		"event sub-process ends all":     {model(s+a+sub("h", `triggeredByEvent="true"`, ev("startEvent", "hs", "", "message")+b, "hs>b")+e, "s>a", "a>e"), nil, []string{"!message hs", "b"}, "done"},
		"event sub-process beside":       {model(s+a+sub("h", `triggeredByEvent="true"`, ev("startEvent", "hs", `isInterrupting="false"`, "message")+b, "hs>b")+e, "s>a", "a>e"), nil, []string{"!message hs", "!message hs"}, "[hs/message] a/task b/task b/task h/scope h/scope"},
		"event sub-process outlasts":     {model(s+a+sub("h", `triggeredByEvent="true"`, ev("startEvent", "hs", `isInterrupting="false"`, "message")+b, "hs>b")+e, "s>a", "a>e"), nil, []string{"!message hs", "a"}, "[hs/message] b/task h/scope"},
		"event sub-process not needed":   {model(s+a+sub("h", `triggeredByEvent="true"`, ev("startEvent", "hs", `isInterrupting="false"`, "message")+b, "hs>b")+e, "s>a", "a>e"), nil, []string{"a"}, "done"},
		"error event sub-process":        {model(s+sub("p", "", b+ev("endEvent", "pe", "", "error")+sub("h", `triggeredByEvent="true"`, ev("startEvent", "hs", "", "error")+c, "hs>c"), "b>pe")+a+e, "s>p", "p>a", "a>e"), nil, []string{"b", "c"}, "a/task"},
		"handler does not handle itself": {model(s+sub("p", "", b+ev("endEvent", "pe", "", "error")+sub("h", `triggeredByEvent="true"`, ev("startEvent", "hs", "", "error")+c+ev("endEvent", "he", "", "error"), "hs>c", "c>he"), "b>pe")+ev("boundaryEvent", "t", `attachedToRef="p"`, "error")+a+e, "s>p", "p>e", "t>a", "a>e"), nil, []string{"b", "c"}, "a/task"},
		"timer event sub-process inside": {model(s+sub("p", "", b+sub("h", `triggeredByEvent="true"`, ev("startEvent", "hs", "", "timer")+c, "hs>c"))+a+e, "s>p", "p>a", "a>e"), nil, []string{"!timer hs", "c"}, "a/task"},
		"called process of the file":     {strings.Replace(model(s+`<bpmn:callActivity id="k" calledElement="q"/>`+a+e, "s>k", "k>a", "a>e"), foot, `<bpmn:process id="q"><bpmn:startEvent id="qs"/><bpmn:userTask id="qt" name="q"/><bpmn:sequenceFlow id="qf" sourceRef="qs" targetRef="qt"/></bpmn:process>`+foot, 1), nil, []string{"qt"}, "a/task"},
		"called process elsewhere":       {model(s+`<bpmn:callActivity id="k" calledElement="q"/>`+a+e, "s>k", "k>a", "a>e"), nil, []string{"!done k"}, "a/task"},
		"error of a called process":      {model(s+`<bpmn:callActivity id="k" calledElement="q"/>`+ev("boundaryEvent", "t", `attachedToRef="k"`, "error")+a+e, "s>k", "k>e", "t>a", "a>e"), nil, []string{"!error k E1"}, "a/task"},
		"process without events":         {model(a+b+c, "a>b", "c>b"), nil, []string{"a", "c", "b"}, "b/task"},
		// Tasks
		"abstract task":    {model(s+node("task", "x")+e, "s>x", "x>e"), nil, nil, "x/task"},
		"service":          {model(s+node("serviceTask", "x")+e, "s>x", "x>e"), nil, nil, "x/service"},
		"service answers":  {model(s+node("serviceTask", "x")+e, "s>x", "x>e"), nil, []string{"!done x"}, "done"},
		"service fails":    {model(s+node("serviceTask", "x")+e, "s>x", "x>e"), nil, []string{"!fail x net"}, "x/incident"},
		"service retried":  {model(s+node("serviceTask", "x")+e, "s>x", "x>e"), nil, []string{"!fail x net", "!retry x", "!done x"}, "done"},
		"service by hand":  {model(s+node("serviceTask", "x")+e, "s>x", "x>e"), nil, []string{"!fail x net", "!done x"}, "done"},
		"service error":    {model(s+node("serviceTask", "x")+e, "s>x", "x>e"), nil, []string{"!error x E1"}, "x/incident"},
		"decision":         {model(s+node("businessRuleTask", "x")+e, "s>x", "x>e"), nil, nil, "x/decision"},
		"send":             {model(s+node("sendTask", "x")+a+e, "s>x", "x>a", "a>e"), nil, nil, "a/task"},
		"receive":          {model(s+node("receiveTask", "x")+a+e, "s>x", "x>a", "a>e"), nil, []string{"!message x"}, "a/task"},
		"script":           {model(s+`<bpmn:scriptTask id="x"><bpmn:script>n = vars.k + 1; m = n * 2</bpmn:script></bpmn:scriptTask>`+node(xor, "g")+a+b+e, "s>x", "x>g", "g>a:vars.m == 10", "g>b!", "a>e", "b>e"), map[string]any{"k": 4}, nil, "a/task"},
		"script fails":     {model(s+`<bpmn:scriptTask id="x"><bpmn:script>n = vars.k + 1</bpmn:script></bpmn:scriptTask>`+a+e, "s>x", "x>a", "a>e"), nil, nil, "x/incident"},
		"script retried":   {model(s+`<bpmn:scriptTask id="x"><bpmn:script>n = vars.k + 1</bpmn:script></bpmn:scriptTask>`+a+e, "s>x", "x>a", "a>e"), nil, []string{"!vars k=1", "!retry x"}, "a/task"},
		"gateway incident": {model(s+node("serviceTask", "x")+node(xor, "g")+a+e, "s>x", "x>g", "g>a:vars.k > 1", "g>e:vars.k <= 1", "a>e"), nil, []string{"!done x"}, "g/incident"},
		"gateway retried":  {model(s+node("serviceTask", "x")+node(xor, "g")+a+e, "s>x", "x>g", "g>a:vars.k > 1", "g>e:vars.k <= 1", "a>e"), nil, []string{"!done x", "!vars k=2", "!retry g"}, "a/task"},
		// Gateways
		"event gateway":          {model(s+node("eventBasedGateway", "g")+ev("intermediateCatchEvent", "t", "", "timer")+ev("intermediateCatchEvent", "m", "", "message")+a+b+e, "s>g", "g>t", "g>m", "t>a", "m>b", "a>e", "b>e"), nil, []string{"!message m"}, "b/task"},
		"event gateway waits":    {model(s+node("eventBasedGateway", "g")+ev("intermediateCatchEvent", "t", "", "timer")+node("receiveTask", "m")+a+b+e, "s>g", "g>t", "g>m", "t>a", "m>b", "a>e", "b>e"), nil, nil, "[m/message] [t/timer] g/gate"},
		"event gateway, receive": {model(s+node("eventBasedGateway", "g")+ev("intermediateCatchEvent", "t", "", "timer")+node("receiveTask", "m")+a+b+e, "s>g", "g>t", "g>m", "t>a", "m>b", "a>e", "b>e"), nil, []string{"!message m"}, "b/task"},
		"inclusive, both":        {model(s+node(or, "g")+a+b+node(or, "j")+c+e, "s>g", "g>a:vars.x > 1", "g>b:vars.x > 2", "a>j", "b>j", "j>c", "c>e"), map[string]any{"x": 3}, []string{"a"}, "b/task j/join"},
		"inclusive, one":         {model(s+node(or, "g")+a+b+node(or, "j")+c+e, "s>g", "g>a:vars.x > 1", "g>b:vars.x > 2", "a>j", "b>j", "j>c", "c>e"), map[string]any{"x": 2}, []string{"a"}, "c/task"},
		"inclusive, default":     {model(s+node(or, "g")+a+b+node(or, "j")+c+e, "s>g", "g>a:vars.x > 1", "g>b!", "a>j", "b>j", "j>c", "c>e"), map[string]any{"x": 0}, nil, "b/task"},
		"inclusive, early end":   {model(s+node(or, "g")+task("a", "go", "stop")+b+node(or, "j")+c+node(xor, "x")+e, "s>g", "g>a:true", "g>b:true", `a>x`, `x>j:outcome == "go"`, "x>e!", "b>j", "j>c", "c>e"), nil, []string{"b", "a=stop"}, "c/task"},
		"inclusive in a loop":    {model(s+node(xor, "m")+node(or, "g")+a+b+node(or, "j")+task("c", "again", "end")+node(xor, "x")+e, "s>m", "m>g", "g>a:true", "g>b:true", "a>j", "b>j", "j>c", "c>x", `x>m:outcome == "again"`, "x>e!"), nil, []string{"a", "b", "c=again", "b"}, "a/task j/join"},
		// Loops
		"instances side by side":    {model(s+mi("", "<bpmn:loopCardinality>3</bpmn:loopCardinality>")+b+e, "s>a", "a>b", "b>e"), nil, []string{"a#1"}, "a/loop a/task a/task"},
		"instances all done":        {model(s+mi("", "<bpmn:loopCardinality>3</bpmn:loopCardinality>")+b+e, "s>a", "a>b", "b>e"), nil, []string{"a", "a", "a"}, "b/task"},
		"instances one by one":      {model(s+mi(`isSequential="true"`, "<bpmn:loopCardinality>2</bpmn:loopCardinality>")+b+e, "s>a", "a>b", "b>e"), nil, []string{"a"}, "a/loop a/task"},
		"instances none":            {model(s+mi("", "<bpmn:loopCardinality>vars.n</bpmn:loopCardinality>")+b+e, "s>a", "a>b", "b>e"), map[string]any{"n": 0}, nil, "b/task"},
		"instances complete early":  {model(s+mi("", "<bpmn:loopCardinality>3</bpmn:loopCardinality><bpmn:completionCondition>nrOfCompletedInstances >= 2</bpmn:completionCondition>")+b+e, "s>a", "a>b", "b>e"), nil, []string{"a", "a"}, "b/task"},
		"instances of a list":       {model(s+`<bpmn:dataObject id="do" name="list"/>`+mi("", `<bpmn:loopDataInputRef>do</bpmn:loopDataInputRef><bpmn:inputDataItem id="it" name="item"/>`)+b+e, "s>a", "a>b", "b>e"), map[string]any{"list": []any{"x", "y"}}, nil, "a/loop a/task a/task"},
		"timer on instances":        {model(s+mi("", "<bpmn:loopCardinality>3</bpmn:loopCardinality>")+ev("boundaryEvent", "t", `attachedToRef="a"`, "timer")+b+e, "s>a", "a>e", "t>b", "b>e"), nil, []string{"a", "!timer t"}, "b/task"},
		"standard loop":             {model(s+`<bpmn:userTask id="a" name="a"><bpmn:extensionElements><lt:outcome key="more" name="m"/><lt:outcome key="end" name="e"/></bpmn:extensionElements><bpmn:standardLoopCharacteristics><bpmn:loopCondition>outcome == "more"</bpmn:loopCondition></bpmn:standardLoopCharacteristics></bpmn:userTask>`+b+e, "s>a", "a>b", "b>e"), nil, []string{"a=more", "a=more", "a=end"}, "b/task"},
		"standard loop, maximum":    {model(s+`<bpmn:userTask id="a" name="a"><bpmn:standardLoopCharacteristics loopMaximum="2"/></bpmn:userTask>`+b+e, "s>a", "a>b", "b>e"), nil, []string{"a", "a"}, "b/task"},
		"standard loop, before":     {model(s+`<bpmn:userTask id="a" name="a"><bpmn:standardLoopCharacteristics testBefore="true"><bpmn:loopCondition>vars.x</bpmn:loopCondition></bpmn:standardLoopCharacteristics></bpmn:userTask>`+b+e, "s>a", "a>b", "b>e"), map[string]any{"x": false}, nil, "b/task"},
		"instances of scripts":      {model(s+`<bpmn:scriptTask id="x"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics><bpmn:script>n = vars.n + loop.counter</bpmn:script></bpmn:scriptTask>`+node(xor, "g")+a+b+e, "s>x", "x>g", "g>a:vars.n == 6", "g>b!", "a>e", "b>e"), map[string]any{"n": 0}, nil, "a/task"},
		"instances of a sub":        {model(s+strings.Replace(sub("p", "", b+c, "b>c"), `<bpmn:userTask id="b"`, `<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics><bpmn:userTask id="b"`, 1)+a+e, "s>p", "p>a", "a>e"), nil, []string{"b#0", "b#0", "c#0"}, "c/task p/loop p/scope"},
		"instances of a sub, error": {model(s+strings.Replace(sub("p", "", b+ev("endEvent", "pe", "", "error"), "b>pe"), `<bpmn:userTask id="b"`, `<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics><bpmn:userTask id="b"`, 1)+ev("boundaryEvent", "t", `attachedToRef="p"`, "error")+a+e, "s>p", "p>e", "t>a", "a>e"), nil, []string{"b"}, "a/task"},
		// Compensation
		"undo":                     {model(s+a+undoable+ev("intermediateThrowEvent", "u", "", "undo")+b+e, "s>a", "a>u", "u>b", "b>e"), nil, []string{"a"}, "h/service u/undo"},
		"undone":                   {model(s+a+undoable+ev("intermediateThrowEvent", "u", "", "undo")+b+e, "s>a", "a>u", "u>b", "b>e"), nil, []string{"a", "!done h"}, "b/task"},
		"nothing to undo":          {model(s+node(xor, "x")+a+undoable+ev("intermediateThrowEvent", "u", "", "undo")+b+e, "s>x", "x>a:vars.x", "x>u!", "a>u", "u>b", "b>e"), nil, nil, "b/task"},
		"undo at the end":          {model(s+a+undoable+ev("endEvent", "u", "", "undo"), "s>a", "a>u"), nil, []string{"a", "!done h"}, "done"},
		"undo by name":             {model(s+a+undoable+ev("intermediateThrowEvent", "u", "", `<bpmn:compensateEventDefinition activityRef="b"/>`)+b+e, "s>a", "a>b", "b>u", "u>e"), nil, []string{"a", "b"}, "done"},
		"undo without waiting":     {model(s+a+undoable+ev("intermediateThrowEvent", "u", "", `<bpmn:compensateEventDefinition waitForCompletion="false"/>`)+b+e, "s>a", "a>u", "u>b", "b>e"), nil, []string{"a"}, "b/task h/service u/undo"},
		"undo what a sub did":      {model(s+sub("p", "", a+undoable)+ev("intermediateThrowEvent", "u", "", "undo")+b+e, "s>p", "p>u", "u>b", "b>e"), nil, []string{"a"}, "h/service u/undo"},
		"undo by an event sub":     {model(s+sub("p", "", a+undoable+sub("k", `triggeredByEvent="true"`, ev("startEvent", "ks", "", "undo")+c, "ks>c"))+ev("intermediateThrowEvent", "u", "", "undo")+b+e, "s>p", "p>u", "u>b", "b>e"), nil, []string{"a"}, "c/task k/scope u/undo"},
		"undo by an event sub, on": {model(s+sub("p", "", a+undoable+sub("k", `triggeredByEvent="true"`, ev("startEvent", "ks", "", "undo")+c+ev("intermediateThrowEvent", "ku", "", "undo")+node("task", "d"), "ks>c", "c>ku", "ku>d"))+ev("intermediateThrowEvent", "u", "", "undo")+b+e, "s>p", "p>u", "u>b", "b>e"), nil, []string{"a", "c", "!done h", "d"}, "b/task"},
		"error then undo":          {model(s+sub("p", "", a+undoable+ev("endEvent", "pe", "", "error")+sub("k", `triggeredByEvent="true"`, ev("startEvent", "ks", "", "error")+ev("endEvent", "ku", "", "undo"), "ks>ku"), "a>pe")+b+e, "s>p", "p>b", "b>e"), nil, []string{"a", "!done h"}, "b/task"},
		"not undone when stopped":  {model(s+a+undoable+ev("boundaryEvent", "t", `attachedToRef="a"`, "timer")+ev("intermediateThrowEvent", "u", "", "undo")+b+e, "s>a", "a>u", "t>u", "u>b", "b>e"), nil, []string{"!timer t"}, "b/task"},
		"cancel":                   {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a"`, "timer")+e, "s>a", "a>e", "t>e"), nil, []string{"!cancel"}, "done"},
	} {
		t.Run(name, func(t *testing.T) {
			d := mustParse(t, x.src)
			s, log := runModel(t, d, x.vars, x.steps...)
			got := rests(s)
			if s.Done {
				got += "done"
			}
			// Listeners of what still rests are named only where the case is about them.
			if !strings.Contains(x.want, "[") {
				got = strings.Join(slices.DeleteFunc(strings.Fields(got), func(f string) bool { return f[0] == '[' }), " ")
			}
			if got != x.want {
				t.Errorf("rests %q, want %q; %q", got, x.want, log)
			}
		})
	}
}

// TestEffects says what the caller is told, in order.
func TestEffects(t *testing.T) {
	s, e, a, b := node("startEvent", "s"), node("endEvent", "e"), task("a"), task("b")
	for name, x := range map[string]struct {
		src   string
		steps []string
		want  []string
	}{
		"listeners come and go": {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a"`, "timer")+ev("boundaryEvent", "m", `attachedToRef="a"`, "message")+b+e, "s>a", "a>b", "t>e", "m>e", "b>e"), []string{"a"},
			[]string{"task_opened a", "timer_armed t", "subscribed m", "task_closed a", "timer_cancelled t", "unsubscribed m", "task_opened b"}},
		"an interrupting timer": {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a"`, "timer")+ev("boundaryEvent", "m", `attachedToRef="a"`, "message")+b+e, "s>a", "a>e", "t>b", "m>e", "b>e"), []string{"!timer t"},
			[]string{"task_opened a", "timer_armed t", "subscribed m", "caught t", "task_cancelled a", "unsubscribed m", "task_opened b"}},
		"a cycle": {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a" cancelActivity="false"`, "cycle")+e, "s>a", "a>e", "t>e"), []string{"!timer t", "a"},
			[]string{"task_opened a", "timer_armed t", "caught t", "timer_armed t", "branch_ended e", "task_closed a", "timer_cancelled t", "ended e"}},
		"a service": {model(s+node("serviceTask", "x")+e, "s>x", "x>e"), []string{"!fail x net", "!retry x", "!done x"},
			[]string{"service_called x", "incident x", "incident_closed x", "service_called x", "work_closed x", "ended e"}},
		"an event gateway": {model(s+node("eventBasedGateway", "g")+ev("intermediateCatchEvent", "t", "", "timer")+ev("intermediateCatchEvent", "m", "", "message")+e, "s>g", "g>t", "g>m", "t>e", "m>e"), []string{"!timer t"},
			[]string{"timer_armed t", "subscribed m", "caught t", "unsubscribed m", "ended e"}},
		"an event sub-process": {model(s+a+sub("h", `triggeredByEvent="true"`, ev("startEvent", "hs", "", "signal")+b, "hs>b")+e, "s>a", "a>e"), []string{"!signal S", "b"},
			[]string{"subscribed hs", "task_opened a", "caught hs", "task_cancelled a", "task_opened b", "task_closed b", "ended"}},
		"cancelling": {model(s+node("serviceTask", "x")+ev("boundaryEvent", "t", `attachedToRef="x"`, "timer")+e, "s>x", "x>e", "t>e"), []string{"!cancel"},
			[]string{"service_called x", "timer_armed t", "work_cancelled x", "timer_cancelled t", "cancelled"}},
		"messages out": {model(s+ev("intermediateThrowEvent", "m", "", "message")+ev("endEvent", "z", "", "signal"), "s>m", "m>z"), nil,
			[]string{"message_sent m", "signal_sent z", "ended z"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, log := runModel(t, mustParse(t, x.src), nil, x.steps...)
			if diff := cmp.Diff(x.want, log); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestStoredStatesGoOn reads states as earlier versions of the program stored them: they come out
// as they went in, and the dossier goes on.
func TestStoredStatesGoOn(t *testing.T) {
	raw, err := os.ReadFile("testdata/states-v1.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		File  string
		State json.RawMessage
	}
	if err := json.Unmarshal(raw, &cases); err != nil || len(cases) == 0 {
		t.Fatal(err)
	}
	for _, c := range cases {
		d := mustParse(t, string(realFiles(t)[c.File]))
		var s State
		if err := json.Unmarshal(c.State, &s); err != nil {
			t.Fatal(err)
		}
		var was, is any
		again, _ := json.Marshal(s)
		if json.Unmarshal(c.State, &was) != nil || json.Unmarshal(again, &is) != nil {
			t.Fatal("no JSON")
		}
		if diff := cmp.Diff(was, is); diff != "" {
			t.Errorf("%s: %s", c.File, diff)
		}
		for step := 0; !s.Done; step++ {
			if step > 40 {
				t.Fatalf("%s does not end: %s", c.File, rests(s))
			}
			k := s.Tasks()[0]
			o := outcomesOf(d.Node(k.Node))
			next, _, err := d.Step(s, Event{Kind: EventComplete, Token: k.ID, Outcome: o[0]})
			if err != nil {
				t.Fatalf("%s: %v", c.File, err)
			}
			if next.V != 1 {
				t.Errorf("%s: format %d, which the earlier version does not read", c.File, next.V)
			}
			s = next
		}
	}
}

package bpmn

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestHostDecides refuses what the caller cannot carry out, by name, and nothing that he can.
func TestHostDecides(t *testing.T) {
	for name, c := range map[string]struct {
		src  string
		can  Host
		typ  string
		more string
	}{
		"timer":     {src: ev("intermediateCatchEvent", "m", "", "timer"), can: Host{Timers: true}, typ: "timerEventDefinition"},
		"message":   {src: ev("intermediateCatchEvent", "m", "", "message"), can: Host{Messages: true}, typ: "messageEventDefinition"},
		"send":      {src: node("sendTask", "m"), can: Host{Messages: true}, typ: "sendTask"},
		"signal":    {src: ev("intermediateThrowEvent", "m", "", "signal"), can: Host{Signals: true}, typ: "signalEventDefinition"},
		"service":   {src: node("serviceTask", "m"), can: Host{Services: true}, typ: "serviceTask"},
		"decision":  {src: node("businessRuleTask", "m"), can: Host{Decisions: true}, typ: "businessRuleTask"},
		"call":      {src: `<bpmn:callActivity id="m" calledElement="other"/>`, can: Host{Calls: true}, typ: "callActivity"},
		"condition": {src: ev("intermediateCatchEvent", "m", "", "when"), can: Host{Data: true}, typ: "conditionalEventDefinition"},
		"script":    {src: `<bpmn:scriptTask id="m"><bpmn:script>x = 1</bpmn:script></bpmn:scriptTask>`, can: Host{Incidents: true}, typ: "scriptTask"},
		"beside":    {src: node("manualTask", "m") + ev("boundaryEvent", "b", `attachedToRef="m"`, "timer"), can: Host{Timers: true}, typ: "timerEventDefinition", more: "b>e"},
	} {
		flows := []string{"s>m", "m>e"}
		if c.more != "" {
			flows = append(flows, c.more)
		}
		d := mustParse(t, model(node("startEvent", "s")+c.src+node("endEvent", "e"), flows...))
		c.can.Anyone = true
		if p := d.CheckFor(c.can); len(p) > 0 {
			t.Errorf("%s: refused although it can be done: %v", name, p)
		}
		p := d.CheckFor(Host{Anyone: true})
		if len(p) != 1 || p[0].Key != "bpmn.unsupported" || p[0].Args["type"] != c.typ {
			t.Errorf("%s: %v", name, p)
		}
	}
}

// TestCheckFindsStructure finds what only the elements beyond tasks and gateways can get wrong.
func TestCheckFindsStructure(t *testing.T) {
	s, e, a, b := node("startEvent", "s"), node("endEvent", "e"), task("a", "yes", "no"), task("b")
	for name, c := range map[string]struct {
		src  string
		want []string
	}{
		"handler without a start":   {model(s+a+e+sub("h", `triggeredByEvent="true"`, b), "s>a", "a>e"), []string{"handlerstart h"}},
		"two starts inside":         {model(s+sub("p", "", node("startEvent", "x")+node("startEvent", "y")+b, "x>b", "y>b")+e, "s>p", "p>e"), []string{"substart p"}},
		"empty sub-process":         {model(s+sub("p", "", "")+e, "s>p", "p>e"), []string{"empty p"}},
		"gateway before a task":     {model(s+node("eventBasedGateway", "g")+b+ev("intermediateCatchEvent", "m", "", "timer")+e, "s>g", "g>b", "g>m", "b>e", "m>e"), []string{"eventgate g"}},
		"link to nowhere":           {model(s+ev("intermediateThrowEvent", "l", "", "link")+e, "s>l"), []string{"endless s", "link l", "endless l", "unreachable e"}},
		"link from nowhere":         {model(s+a+ev("intermediateCatchEvent", "l", "", "link")+e, "s>a", "a>e", "l>e"), []string{"link l", "unreachable l"}},
		"compensation of nothing":   {model(s+a+ev("intermediateThrowEvent", "u", "", `<bpmn:compensateEventDefinition activityRef="a"/>`)+e, "s>a", "a>u", "u>e"), []string{"notcompensable u"}},
		"compensation by nothing":   {model(s+a+ev("boundaryEvent", "u", `attachedToRef="a"`, "undo")+e, "s>a", "a>e"), []string{"nohandler u"}},
		"handler for nothing":       {model(s+a+`<bpmn:userTask id="h" isForCompensation="true"/>`+e, "s>a", "a>e"), []string{"lonehandler h"}},
		"flow into a boundary":      {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a"`, "timer")+e, "s>a", "a>t", "t>e"), []string{"noflowin t"}},
		"script in Groovy":          {model(s+`<bpmn:scriptTask id="x" scriptFormat="groovy"><bpmn:script>println 1</bpmn:script></bpmn:scriptTask>`+e, "s>x", "x>e"), []string{"script.format x"}},
		"script nobody understands": {model(s+`<bpmn:scriptTask id="x"><bpmn:script>do it</bpmn:script></bpmn:scriptTask>`+e, "s>x", "x>e"), []string{"script.line x"}},
		"no time":                   {model(s+ev("intermediateCatchEvent", "m", "", "<bpmn:timerEventDefinition/>")+e, "s>m", "m>e"), []string{"timer.missing m"}},
		"no condition":              {model(s+ev("intermediateCatchEvent", "m", "", "<bpmn:conditionalEventDefinition/>")+e, "s>m", "m>e"), []string{"event.condition m"}},
		"no number of instances":    {model(s+`<bpmn:userTask id="x"><bpmn:multiInstanceLoopCharacteristics/></bpmn:userTask>`+e, "s>x", "x>e"), []string{"loop.count x"}},
		"endless loop":              {model(s+`<bpmn:userTask id="x"><bpmn:standardLoopCharacteristics/></bpmn:userTask>`+e, "s>x", "x>e"), []string{"loop.endless x"}},
		"call of nothing":           {model(s+`<bpmn:callActivity id="k"/>`+e, "s>k", "k>e"), []string{"call.missing k"}},
		"never true":                {model(s+a+node("exclusiveGateway", "g")+e, "s>a", "a>g", `g>e:outcome == "yes" && outcome == "no"`, "g>e!"), []string{"condition.never f3"}},
		"inclusive, no default":     {model(s+node("inclusiveGateway", "g")+a+e, "s>g", "g>a:vars.x > 1", "g>e:vars.x < 1", "a>e"), []string{"nodefault g"}},
		"inclusive into parallel":   {model(s+node("inclusiveGateway", "g")+a+b+node("parallelGateway", "j")+e, "s>g", "g>a:vars.x > 1", "g>b!", "a>j", "b>j", "j>e"), []string{"stuck j"}},
		"beside merged into main":   {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a" cancelActivity="false"`, "timer")+b+e, "s>a", "a>b", "t>b", "b>e"), []string{"twice b"}},
	} {
		d := mustParse(t, c.src)
		p := d.CheckFor(Everything())
		if diff := cmp.Diff(c.want, found(p)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		for _, p := range p {
			if vi, en := p.Text("vi"), p.Text("en"); strings.Contains(vi+en, "{") || vi == en {
				t.Errorf("%s: texts %q, %q", name, vi, en)
			}
		}
	}
}

// TestNotUnderstoodIsNotPassed refuses at run time, too, what Check has refused.
func TestNotUnderstoodIsNotPassed(t *testing.T) {
	for _, x := range []string{
		`<bpmn:scriptTask id="x" scriptFormat="groovy"><bpmn:script>println 1</bpmn:script></bpmn:scriptTask>`,
		ev("intermediateCatchEvent", "x", "", "<bpmn:timerEventDefinition/>"),
		`<bpmn:callActivity id="x"/>`,
	} {
		d := mustParse(t, model(node("startEvent", "s")+x+node("endEvent", "e"), "s>x", "x>e"))
		if s, _, err := d.Step(State{}, Event{Kind: EventStart}); err == nil {
			t.Errorf("%s: %s", x, rests(s))
		}
	}
}

// TestFits asks before a process moves to another version.
func TestFits(t *testing.T) {
	s, e, a, b := node("startEvent", "s"), node("endEvent", "e"), task("a"), task("b")
	and := node("parallelGateway", "g") + node("parallelGateway", "j")
	old := mustParse(t, model(s+and+a+b+ev("boundaryEvent", "t", `attachedToRef="a"`, "timer")+ev("endEvent", "x", "", "terminate")+e, "s>g", "g>a", "g>b", "a>j", "b>j", "j>e", "t>x"))
	st, _ := runModel(t, old, nil, "b")
	for name, c := range map[string]struct {
		src  string
		want []string
	}{
		"itself":            {model(s+and+a+b+ev("boundaryEvent", "t", `attachedToRef="a"`, "timer")+ev("endEvent", "x", "", "terminate")+e, "s>g", "g>a", "g>b", "a>j", "b>j", "j>e", "t>x"), nil},
		"without the timer": {model(s+and+a+b+e, "s>g", "g>a", "g>b", "a>j", "b>j", "j>e"), []string{"state.node t"}},
		"without the join":  {model(s+a+ev("boundaryEvent", "t", `attachedToRef="a"`, "timer")+b+e, "s>a", "a>b", "b>e", "t>e"), []string{"state.node j"}},
	} {
		if diff := cmp.Diff(c.want, found(mustParse(t, c.src).Fits(st))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if p := old.Fits(State{}); len(p) > 0 {
		t.Errorf("not started: %v", p)
	}
}

// TestMarksAndBudgetInside follows work into a sub-process.
func TestMarksAndBudgetInside(t *testing.T) {
	timed := func(id, budget string) string {
		return strings.Replace(task(id), "lt:action", `lt:budget="`+budget+`" lt:action`, 1)
	}
	d := mustParse(t, model(node("startEvent", "s")+timed("a", "4h")+sub("p", `name="Phần"`, timed("b", "1d")+timed("c", "2d"), "b>c")+timed("z", "1h")+node("endEvent", "e"), "s>a", "a>p", "p>z", "z>e"))
	if got := d.Budget(); got != 240+3*480+60 {
		t.Errorf("budget %d", got)
	}
	s, _ := runModel(t, d, nil, "a", "b")
	got := map[string]string{}
	for id, m := range d.Marks(s) {
		if n := d.Node(id); n != nil {
			got[id] = m.State
		}
	}
	if diff := cmp.Diff(map[string]string{"s": MarkDone, "a": MarkDone, "b": MarkDone, "p": MarkCurrent, "c": MarkCurrent}, got); diff != "" {
		t.Error(diff)
	}
	var order []string
	for _, o := range d.Outline(nil) {
		order = append(order, strings.Repeat(">", o.Depth)+o.ID)
	}
	if diff := cmp.Diff([]string{"s", "a", "p", ">b", ">c", "z", "e"}, order); diff != "" {
		t.Error(diff)
	}
}

// TestEveryProblemHasASentence looks for every key in the code of this package.
func TestEveryProblemHasASentence(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	key := regexp.MustCompile(`"(bpmn\.[a-z]+\.[a-z]+|bpmn\.unsupported)"`)
	n := 0
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") || f == "texts.go" {
			continue
		}
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllStringSubmatch(string(raw), -1) {
			n++
			if vi, en := sentence(m[1]); vi == "" || en == "" {
				t.Errorf("%s: %s has no sentence", f, m[1])
			}
		}
	}
	if n < 80 {
		t.Errorf("only %d keys found", n)
	}
}

// TestEndInsideAHandler names the end event of a handler after which nothing follows.
func TestEndInsideAHandler(t *testing.T) {
	d := mustParse(t, model(node("startEvent", "s")+task("a")+ev("endEvent", "x", "", "error")+
		sub("h", `triggeredByEvent="true"`, ev("startEvent", "hs", "", "error")+task("b")+node("endEvent", "he"), "hs>b", "b>he"), "s>a", "a>x"))
	s, log := runModel(t, d, nil, "a", "b")
	if !s.Done || s.End != "he" || s.Error != "" || log[len(log)-1] != "ended he" {
		t.Errorf("%+v, %q", s, log)
	}
	if p := d.Check(); len(p) != 2 { // the two tasks are in no lane, which is all that keeps people from it
		t.Errorf("%v", found(p))
	}
}

// TestSeveralProcesses chooses the process that runs.
func TestSeveralProcesses(t *testing.T) {
	one := func(id, exec string) string {
		return `<bpmn:process id="` + id + `"` + exec + `><bpmn:startEvent id="` + id + `s"/><bpmn:task id="` + id + `t"/><bpmn:sequenceFlow id="` + id + `f" sourceRef="` + id + `s" targetRef="` + id + `t"/></bpmn:process>`
	}
	pools := `<bpmn:collaboration id="c1"><bpmn:participant id="p1" name="Một" processRef="x"/></bpmn:collaboration><bpmn:collaboration id="c2"><bpmn:participant id="p2" name="Hai" processRef="y"/></bpmn:collaboration>`
	for name, c := range map[string]struct {
		src, ask, id string
		several      bool
	}{
		"the executable one": {one("x", "") + one("y", ` isExecutable="true"`), "", "y", false},
		"two executable":     {one("x", ` isExecutable="true"`) + one("y", ` isExecutable="true"`), "", "x", true},
		"by name":            {one("x", ` isExecutable="true"`) + one("y", ` isExecutable="true"`), "y", "y", false},
		"none executable":    {pools + one("x", "") + one("y", ""), "", "x", true},
	} {
		d, err := ParseProcess([]byte(head+c.src+foot), c.ask)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		p := strings.Join(found(d.CheckFor(Everything())), ",")
		if d.ID != c.id || strings.Contains(p, "process.several") != c.several {
			t.Errorf("%s: %s, %s", name, d.ID, p)
		}
		if s, _, err := d.Step(State{}, Event{Kind: EventStart}); err != nil || rests(s) != c.id+"t/task" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseProcess([]byte(head+one("x", "")+foot), "z"); keyOf(err) != "bpmn.process.unknown" {
		t.Errorf("%v", err)
	}
}

package bpmn

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTranslate reads the conditions of other modelers as far as they say what expr-lang can say.
func TestTranslate(t *testing.T) {
	for _, c := range []struct{ src, language, want, refused string }{
		{"${amount > 5}", "", "amount > 5", ""},
		{"${ amount gt 5 and not approved }", "", "amount > 5 and not approved", ""},
		{`#{status eq 'ok' || x.y ne null}`, "", `status == 'ok' || x.y != nil`, ""},
		{`${execution.getVariable("a b") == 3}`, "", `vars["a b"] == 3`, ""},
		{`${a == "gt {x} eq"}`, "", `a == "gt {x} eq"`, ""},
		{"=amount > 5 and status = \"x\"", "", `amount > 5 and status == "x"`, ""},
		{"= a <= 3 or b >= 4 or c != 5 or d <> 6", "", "a <= 3 or b >= 4 or c != 5 or d != 6", ""},
		{`status = "a"`, "http://www.omg.org/spec/FEEL/20140401", `status == "a"`, ""},
		{"vars.x == 1", "", "vars.x == 1", ""},
		{"${a}-${b}", "", "${a}-${b}", ""},
		{"count(/a/b) > 1", "http://www.w3.org/1999/XPath", "", "xpath"},
		{"x > 1", "groovy", "", "groovy"},
		{"${x > 1}", "http://www.w3.org/1999/XPath", "x > 1", ""},
	} {
		got, _, refused := translate(c.src, c.language)
		if refused != c.refused || refused == "" && got != c.want {
			t.Errorf("%s: %q, refused %q", c.src, got, refused)
		}
	}
}

// TestForeignConditions runs them: bare names are variables there, and nowhere else unless the
// process declares them.
func TestForeignConditions(t *testing.T) {
	for src, ok := range map[string]bool{
		"${amount > 5}": true, "=amount > 5": true, "${amount lt 5}": false, "#{kind == 'a' && amount >= 7}": true,
		`=kind = "a" and amount = 7`: true, "${missing == null}": true, "${!done}": true, "${order.items[0] == 'x'}": true,
	} {
		d := mustParse(t, process(node("startEvent", "s")+node("exclusiveGateway", "g")+task("a")+task("b")+node("endEvent", "e"), "s>g", "g>a:"+src, "g>b!", "a>e", "b>e"))
		s, _, err := d.Step(State{}, Event{Kind: EventStart, Vars: map[string]any{"amount": 7, "kind": "a", "done": false,
			"order": map[string]any{"items": []any{"x"}}}})
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if (rests(s) == "a/task") != ok {
			t.Errorf("%s: %s", src, rests(s))
		}
	}
	declared := `<bpmn:dataObject id="do1" name="amount"/><bpmn:property id="pr" name="kind"/>`
	src := process(declared+node("startEvent", "s")+node("exclusiveGateway", "g")+node("endEvent", "e"), "s>g", `g>e:amount > 5 && kind == "a"`, "g>e!")
	if p := mustParse(t, src).CheckFor(Everything()); len(p) > 0 {
		t.Errorf("declared names: %v", p)
	}
	for _, bad := range []string{"amount > 5", "${amount >}", "${foo.bar()}", "${a ? b}"} {
		d := mustParse(t, process(node("startEvent", "s")+node("exclusiveGateway", "g")+node("endEvent", "e"), "s>g", "g>e:"+bad, "g>e!"))
		p := d.CheckFor(Everything())
		if len(p) != 1 || p[0].Element != "f2" || !strings.HasPrefix(p[0].Key, "bpmn.condition.") {
			t.Errorf("%s: %v", bad, p)
		}
	}
	x := strings.Replace(process(node("startEvent", "s")+node("exclusiveGateway", "g")+node("endEvent", "e"), "s>g", "g>e:getX() > 1", "g>e!"),
		"<bpmn:conditionExpression>", `<bpmn:conditionExpression language="http://www.w3.org/1999/XPath">`, 1)
	if p := mustParse(t, x).CheckFor(Everything()); len(p) != 1 || p[0].Key != "bpmn.condition.language" || !strings.Contains(p[0].Text("vi"), "xpath") {
		t.Errorf("%v", p)
	}
}

// plain is a file as a modeler without our extensions writes it: default name space, two pools with
// message flows, lanes without roles, tasks without types, data, groups, vendors' attributes.
const plain = `<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:x="urn:modeler" xmlns:tns="urn:t" id="defs" targetNamespace="urn:t" expressionLanguage="http://www.w3.org/1999/XPath" typeLanguage="http://www.w3.org/2001/XMLSchema" exporter="other" exporterVersion="1">
 <itemDefinition id="item" structureRef="xsd:string"/>
 <message id="msg" name="Order" itemRef="tns:item"/>
 <signal id="sg" name="Alarm"/>
 <collaboration id="col"><participant id="customer" name="Customer"/><participant id="shop" name="Shop" processRef="tns:main"/>
  <messageFlow id="mf1" sourceRef="customer" targetRef="start"/><messageFlow id="mf2" sourceRef="ship" targetRef="customer"/></collaboration>
 <process id="main" isClosed="false" processType="None">
  <ioSpecification id="io"><dataInput id="din" name="order"/><inputSet id="is"><dataInputRefs>din</dataInputRefs></inputSet><outputSet id="os"/></ioSpecification>
  <laneSet id="ls"><lane id="l1" name="Sales"><flowNodeRef>start</flowNodeRef><flowNodeRef>check</flowNodeRef><flowNodeRef>split</flowNodeRef></lane><lane id="l2" name="Store"><flowNodeRef>ship</flowNodeRef></lane></laneSet>
  <startEvent id="start" name="Order comes" x:colour="red"><outgoing>tns:s1</outgoing><messageEventDefinition id="md" messageRef="tns:msg"/></startEvent>
  <task id="check" name="Check"><incoming>s1</incoming><outgoing>s2</outgoing><dataOutputAssociation id="doa"><targetRef>dor</targetRef></dataOutputAssociation></task>
  <exclusiveGateway id="split" name="Ok?" gatewayDirection="Diverging" default="s4"/>
  <subProcess id="ship" name="Ship"><task id="pack" name="Pack"/><sendTask id="tell" name="Tell" messageRef="msg"/><sequenceFlow id="i1" sourceRef="pack" targetRef="tell"/></subProcess>
  <endEvent id="done" name="Done"/><endEvent id="no" name="No"><terminateEventDefinition id="td"/></endEvent>
  <boundaryEvent id="late" attachedToRef="tns:ship" cancelActivity="false"><timerEventDefinition id="tmd"><timeDuration xsi:type="tFormalExpression">P2D</timeDuration></timerEventDefinition></boundaryEvent>
  <task id="remind" name="Remind"/>
  <sequenceFlow id="s1" sourceRef="start" targetRef="check"/><sequenceFlow id="s2" sourceRef="check" targetRef="split"/>
  <sequenceFlow id="s3" name="yes" sourceRef="split" targetRef="ship"><conditionExpression xsi:type="tFormalExpression">${ok == true}</conditionExpression></sequenceFlow>
  <sequenceFlow id="s4" sourceRef="split" targetRef="no"/><sequenceFlow id="s5" sourceRef="ship" targetRef="done"/><sequenceFlow id="s6" sourceRef="late" targetRef="remind"/>
  <dataObject id="do" name="Order form"/><dataObjectReference id="dor" dataObjectRef="do"/><group id="grp"/><textAnnotation id="ta"><text>note</text></textAnnotation><association id="as" sourceRef="ta" targetRef="check"/>
 </process>
 <process id="empty" isExecutable="false"/>
 <di:BPMNDiagram id="d1"><di:BPMNPlane id="pl1" bpmnElement="tns:col"/></di:BPMNDiagram><di:BPMNDiagram id="d2"><di:BPMNPlane id="pl2" bpmnElement="ship"/></di:BPMNDiagram>
</definitions>`

// TestPlainModelRuns imports, checks, draws and runs a model that knows nothing of this project.
func TestPlainModelRuns(t *testing.T) {
	d := mustParse(t, plain)
	if p := d.CheckFor(Everything()); len(p) > 0 {
		t.Fatalf("%v", p)
	}
	if len(d.Check()) == 0 {
		t.Error("published for people although nobody is named")
	}
	s, log := runModel(t, d, map[string]any{"ok": true}, "check", "!timer late", "pack", "remind")
	if diff := cmp.Diff([]string{"task_opened check", "task_closed check", "timer_armed late", "task_opened pack", "caught late", "task_opened remind",
		"task_closed pack", "message_sent tell", "task_closed remind", "ended"}, slicesWithout(log, "branch_ended done")); diff != "" || !s.Done {
		t.Error(diff)
	}
	wellFormed(t, d.SVG(d.Marks(s), SVGOptions{}))
	if got := d.LaneOf(d.Node("pack")); got == nil || got.ID != "l2" {
		t.Errorf("lane of what is inside: %+v", got)
	}
	if s := d.StartEvents(); len(s) != 1 || s[0].Event.Name != "Order" {
		t.Errorf("starts: %+v", s)
	}
	if len(d.Outline(nil)) == 0 || len(d.Data) != 2 {
		t.Errorf("outline or data is missing: %+v", d.Data)
	}
}

func slicesWithout(list []string, x string) []string {
	var out []string
	for _, s := range list {
		if s != x {
			out = append(out, s)
		}
	}
	return out
}

// TestVendorsLoops reads instances as engines in use write them.
func TestVendorsLoops(t *testing.T) {
	for name, loop := range map[string]string{
		"attributes": `<bpmn:multiInstanceLoopCharacteristics xmlns:c="urn:c" c:collection="${people}" c:elementVariable="who"/>`,
		"extension":  `<bpmn:multiInstanceLoopCharacteristics xmlns:z="urn:z"><bpmn:extensionElements><z:loopCharacteristics inputCollection="=people" inputElement="who"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>`,
	} {
		d := mustParse(t, process(node("startEvent", "s")+`<bpmn:userTask id="a">`+loop+`</bpmn:userTask>`+node("endEvent", "e"), "s>a", "a>e"))
		s, eff, err := d.Step(State{}, Event{Kind: EventStart, Vars: map[string]any{"people": []string{"x", "y"}}})
		if err != nil || len(s.Tasks()) != 2 {
			t.Fatalf("%s: %v, %s", name, err, rests(s))
		}
		if eff[1].Vars["who"] != "y" {
			t.Errorf("%s: %v", name, eff[1].Vars)
		}
	}
}

func TestTimerTexts(t *testing.T) {
	for _, c := range []struct {
		kind, text string
		ok         bool
	}{
		{TimerDuration, "P2D", true}, {TimerDuration, "PT4H30M", true}, {TimerDuration, "P1Y2M3DT4H5M6S", true}, {TimerDuration, "P2W", true},
		{TimerDuration, "PT0.5S", true}, {TimerDuration, "PT1,5H", true}, {TimerDuration, "P", false}, {TimerDuration, "PT", false}, {TimerDuration, "P1DT", false},
		{TimerDuration, "P0D", false}, {TimerDuration, "2D", false}, {TimerDuration, "P1H", false}, {TimerDuration, "PT1D", false}, {TimerDuration, "P1M1Y", false},
		{TimerDuration, "P1.5DT1H", false}, {TimerDuration, "PT1H1H", false}, {TimerDuration, "P-1D", false},
		{TimerDate, "2026-01-05T08:00:00+07:00", true}, {TimerDate, "2026-01-05", true}, {TimerDate, "2026-01-05T08:00:00Z", true}, {TimerDate, "5/1/2026", false}, {TimerDate, "2026-02-30", false},
		{TimerCycle, "R3/PT10M", true}, {TimerCycle, "R/P1D", true}, {TimerCycle, "PT10M", true}, {TimerCycle, "R2/2026-01-05T08:00:00Z/P1D", true}, {TimerCycle, "R2/P1D/2026-01-05T08:00:00Z", true},
		{TimerCycle, "R0/PT1M", false}, {TimerCycle, "R-1/PT1M", false}, {TimerCycle, "0 0 9 * * ?", false}, {TimerCycle, "R3", false}, {TimerCycle, "R3/x", false}, {TimerCycle, "R9999/PT1M", false},
		{"", "P1D", false},
	} {
		if got := validTimer(c.kind, c.text); got != c.ok {
			t.Errorf("%s %q: %v", c.kind, c.text, got)
		}
	}
	bad := model(node("startEvent", "s")+ev("intermediateCatchEvent", "m", "", `<bpmn:timerEventDefinition><bpmn:timeDuration>2 days</bpmn:timeDuration></bpmn:timerEventDefinition>`)+node("endEvent", "e"), "s>m", "m>e")
	if p := mustParse(t, bad).CheckFor(Everything()); len(p) != 1 || p[0].Key != "bpmn.timer.text" || p[0].Element != "m" {
		t.Errorf("%v", p)
	}
}

// TestTimersFromData takes the text of a timer from a variable and, when that is no time, rests as
// an incident once nobody is there to be told.
func TestTimersFromData(t *testing.T) {
	src := model(node("startEvent", "s")+node("serviceTask", "x")+ev("intermediateCatchEvent", "m", "", `<bpmn:timerEventDefinition><bpmn:timeDuration>${wait}</bpmn:timeDuration></bpmn:timerEventDefinition>`)+node("endEvent", "e"), "s>x", "x>m", "m>e")
	d := mustParse(t, src)
	s, _ := runModel(t, d, map[string]any{"wait": "soon"}, "!done x")
	if rests(s) != "m/incident" {
		t.Fatal(rests(s))
	}
	s, _, err := d.Step(s, Event{Kind: EventVars, Vars: map[string]any{"wait": "P3D"}})
	if err != nil {
		t.Fatal(err)
	}
	s, eff, err := d.Step(s, Event{Kind: EventRetry, Token: s.Tokens[0].ID})
	if err != nil || rests(s) != "m/timer" || eff[len(eff)-1].Timer.Text != "P3D" || eff[len(eff)-1].Timer.Kind != TimerDuration {
		t.Errorf("%v, %s", err, rests(s))
	}
}

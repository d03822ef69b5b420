package bpmn

import (
	"strings"
	"testing"
)

// A called process of another file, in other prefixes and with the same ids, runs inside its caller and
// keeps lanes, messages and boundary events.
func TestIncludeRunsWhatItCalls(t *testing.T) {
	outer := laned(model(`<bpmn:startEvent id="s"/><bpmn:callActivity id="k" calledElement="fees"/>`+task("t", "yes")+`<bpmn:endEvent id="e"/>`, "s>k", "k>t", "t>e"), "t")
	inner := `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:x="https://lienthong.vn/ns/bpmn/1" id="defs">
<message id="m" name="paid"/>
<collaboration id="c"><participant id="pp" processRef="p"/></collaboration>
<process id="p" name="t" isExecutable="true"><laneSet id="ls"><lane id="l2" name="Thu phí" x:role="cashier" x:agency="reception"><flowNodeRef>t</flowNodeRef></lane></laneSet>
<startEvent id="s"><outgoing>f1</outgoing></startEvent><userTask id="t" name="t" x:action="pay"><incoming>f1</incoming></userTask>
<boundaryEvent id="b" attachedToRef="t"><messageEventDefinition messageRef="m"/></boundaryEvent><endEvent id="e"/><endEvent id="e2"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="t"/><exclusiveGateway id="g" default="f5"/><sequenceFlow id="f2" sourceRef="t" targetRef="g"/><sequenceFlow id="f4" sourceRef="g" targetRef="e"><conditionExpression>outcomes.t == "" and vars.x</conditionExpression></sequenceFlow><sequenceFlow id="f5" sourceRef="g" targetRef="e"/><sequenceFlow id="f3" sourceRef="b" targetRef="e2"/></process></definitions>`
	before, err := Parse([]byte(outer))
	if err != nil {
		t.Fatal(err)
	}
	if c := before.Calls(); len(c) != 1 || c[0] != "fees" {
		t.Fatalf("it calls %v", c)
	}
	src, err := Include([]byte(outer), "fees", []byte(inner))
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse(src)
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	if len(d.Calls()) != 0 {
		t.Fatalf("it still calls %v", d.Calls())
	}
	if p := d.CheckFor(Host{Messages: true, Data: true}); len(p) > 0 {
		t.Fatalf("problems %v\n%s", p, src)
	}
	s, _, err := d.Step(State{}, Event{Kind: EventStart})
	if err != nil {
		t.Fatal(err)
	}
	if got := rests(s); !strings.Contains(got, "fees.t/task") || !strings.Contains(got, "fees.b/message") {
		t.Fatalf("rests at %s", got)
	}
	if f := d.Flow("fees.f4"); f == nil || f.Condition != `outcomes["fees.t"] == "" and vars.x` {
		t.Errorf("a condition %+v", f)
	}
	if l := d.LaneOf(d.Node("fees.t")); l == nil || l.Role != "cashier" || d.Node("fees.t").Name != "t" {
		t.Errorf("lane %+v", l)
	}
	if s, _, err = d.Step(s, Event{Kind: EventMessage, Name: "paid"}); err != nil {
		t.Fatal(err)
	}
	if got := rests(s); !strings.HasPrefix(got, "t/task") {
		t.Errorf("rests at %s", got)
	}
	again, err := Include(src, "other", []byte(inner))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(again); err != nil {
		t.Errorf("a second one: %v", err)
	}
	if _, err := Include([]byte(outer), "fees", []byte("<a/>")); err == nil {
		t.Error("what is no process was taken in")
	}
}

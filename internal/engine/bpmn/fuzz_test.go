package bpmn

import (
	"encoding/json"
	"errors"
	"testing"
)

// FuzzStep sends bytes as events to processes of every kind of element, and to a state of any
// shape: no step may panic, change what it was given, use a token id twice or leave tokens behind.
func FuzzStep(f *testing.F) {
	s, e, a, b := node("startEvent", "s"), node("endEvent", "e"), task("a", "yes", "no"), task("b")
	undo := ev("boundaryEvent", "ub", `attachedToRef="a"`, "undo") + `<bpmn:association id="as" sourceRef="ub" targetRef="h"/><bpmn:serviceTask id="h" isForCompensation="true"/>`
	models := []string{
		model(s+a+undo+ev("boundaryEvent", "t", `attachedToRef="a" cancelActivity="false"`, "cycle")+node("serviceTask", "x")+ev("intermediateThrowEvent", "u", "", "undo")+b+e, "s>a", "a>x", "x>u", "u>b", "b>e", "t>e"),
		model(s+node("inclusiveGateway", "g")+a+b+node("inclusiveGateway", "j")+node("task", "c")+e, "s>g", "g>a:vars.x > 1", "g>b!", "a>j", "b>j", "j>c", "c>e"),
		model(s+sub("p", "", a+ev("endEvent", "pe", "", "error")+sub("h", `triggeredByEvent="true"`, ev("startEvent", "hs", `isInterrupting="false"`, "signal")+b, "hs>b"), "a>pe")+ev("boundaryEvent", "t", `attachedToRef="p"`, "error")+node("eventBasedGateway", "g")+ev("intermediateCatchEvent", "m", "", "message")+ev("intermediateCatchEvent", "w", "", "when")+e, "s>p", "p>g", "t>g", "g>m", "g>w", "m>e", "w>e"),
		model(s+`<bpmn:userTask id="a" name="a"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>vars.n</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>`+`<bpmn:scriptTask id="x"><bpmn:script>x = vars.x + 1</bpmn:script></bpmn:scriptTask>`+e, "s>a", "a>x", "x>e"),
	}
	kinds := []EventKind{EventComplete, EventTimer, EventMessage, EventSignal, EventDone, EventError, EventEscalate, EventFail, EventRetry, EventVars, EventMove, EventCancel, "?"}
	names := []string{"", "S", "E1", "m", "yes", "no", "a", "b", "net"}
	f.Add(uint8(0), []byte{0, 1, 4, 0, 4, 2, 1, 3, 0}, []byte(`{}`))
	f.Add(uint8(1), []byte{9, 3, 0, 0, 1, 5, 0, 2, 0}, []byte(`{"v":1,"seq":3,"tokens":[{"id":1,"n":"j","s":"join","f":"f4"},{"id":3,"n":"b","s":"task","of":1}]}`))
	f.Add(uint8(2), []byte{0, 3, 4, 3, 0, 1, 2, 5, 3}, []byte(`{"v":2,"seq":9,"tokens":[{"id":1,"n":"p","s":"scope","sc":1},{"id":3,"n":"ghost","s":"undo","sc":1,"u":[{"n":"a"}]}]}`))
	f.Add(uint8(3), []byte{9, 2, 0, 0, 2, 0, 0, 3, 0, 8, 4, 0}, []byte(`{"v":2,"seq":9,"tokens":[{"id":1,"n":"a","s":"loop","t":5},{"id":3,"n":"a","s":"task","sc":1}]}`))
	f.Fuzz(func(t *testing.T, which uint8, script, stored []byte) {
		d, err := Parse([]byte(models[int(which)%len(models)]))
		if err != nil {
			t.Fatal(err)
		}
		start, _, err := d.Step(State{}, Event{Kind: EventStart, Vars: map[string]any{"n": 2, "x": 2}})
		if err != nil {
			t.Fatal(err)
		}
		var other State
		_ = json.Unmarshal(stored, &other) // whatever it makes of it
		for _, s := range []State{start, other} {
			own := s.Seq == start.Seq && len(s.Tokens) == len(start.Tokens)
			for i := 0; i+2 < len(script) && i < 90; i += 3 {
				ev := Event{Kind: kinds[int(script[i])%len(kinds)], Token: int(script[i+1]) % 24, Name: names[int(script[i+2])%len(names)]}
				ev.Outcome, ev.Node = ev.Name, ev.Name
				if ev.Kind == EventVars {
					ev.Vars = map[string]any{"x": int(script[i+1]), "n": int(script[i+2])}
				}
				before, _ := json.Marshal(s)
				next, eff, err := d.Step(s, ev)
				if after, _ := json.Marshal(s); string(after) != string(before) {
					t.Fatal("a step changed the state it was given")
				}
				var p *Problem
				if err != nil && (!errors.As(err, &p) || p.Text("vi") == p.Key || eff != nil) {
					t.Fatalf("%v", err)
				}
				if next.Seq < s.Seq {
					t.Fatal("token ids begin again")
				}
				ids := map[int]bool{}
				for _, k := range next.Tokens {
					if own && (ids[k.ID] || k.ID > next.Seq) {
						t.Fatalf("token %d twice or from nowhere", k.ID)
					}
					ids[k.ID] = true
				}
				for _, k := range next.Tokens {
					if own && (k.Scope != 0 && !ids[k.Scope] || k.Of > 0 && !ids[k.Of]) {
						t.Fatalf("token %+v is held by nothing", k)
					}
				}
				if own && next.Done && len(next.Tokens) > 0 {
					t.Fatalf("over, and left: %s", rests(next))
				}
				d.Marks(next)
				s = next
			}
		}
	})
}

package bpmn

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lienthong/internal/kit/fault"
)

// play starts a process and completes tasks by node id and outcome; it returns the state and the
// short form of all effects.
func play(t *testing.T, d *Definition, steps ...string) (State, []string) {
	t.Helper()
	var log []string
	s, eff, err := d.Step(State{}, Event{Kind: EventStart})
	if err != nil {
		t.Fatal(err)
	}
	log = append(log, short(eff)...)
	for _, st := range steps {
		id, outcome, _ := strings.Cut(st, "=")
		token := 0
		for _, k := range s.Tasks() {
			if k.Node == id {
				token = k.ID
			}
		}
		s, eff, err = d.Step(s, Event{Kind: EventComplete, Token: token, Outcome: outcome})
		if err != nil {
			t.Fatalf("%s: %v", st, err)
		}
		log = append(log, short(eff)...)
	}
	return s, log
}

func short(eff []Effect) []string {
	var out []string
	for _, e := range eff {
		s := string(e.Kind)
		if e.Node != nil {
			s += " " + e.Node.ID
		}
		if e.Outcome != nil {
			s += "=" + e.Outcome.Key
		}
		out = append(out, s)
	}
	return out
}

func open(s State) []string {
	var out []string
	for _, k := range s.Tasks() {
		out = append(out, k.Node)
	}
	return out
}

func keyOf(err error) string {
	var p *Problem
	if errors.As(err, &p) {
		return p.Key
	}
	return ""
}

func TestStepThroughSupplementAndApproval(t *testing.T) {
	d := mustParse(t, string(realFiles(t)["mot-cua-trong-ngay.bpmn"]))
	s, log := play(t, d, "receive=supplement", "supplement_receive=submitted", "receive=accept", "examine=pass",
		"approve=back", "examine=pass", "approve=approve", "number=issued", "return=returned")
	want := []string{
		"task_opened receive", "task_closed receive=supplement",
		"task_opened supplement_receive", "task_closed supplement_receive=submitted",
		"task_opened receive", "task_closed receive=accept",
		"task_opened examine", "task_closed examine=pass",
		"task_opened approve", "task_closed approve=back",
		"task_opened examine", "task_closed examine=pass",
		"task_opened approve", "task_closed approve=approve",
		"task_opened number", "task_closed number=issued",
		"task_opened return", "task_closed return=returned",
		"ended returned",
	}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Error(diff)
	}
	if !s.Done || s.End != "returned" || d.Node(s.End).Status != 10 || len(s.Tokens) != 0 {
		t.Errorf("state = %+v", s)
	}
	raw, err := json.Marshal(s)
	if err != nil || len(raw) > 2048 {
		t.Errorf("the state takes %d bytes, %v", len(raw), err)
	}
}

func TestStepRefusals(t *testing.T) {
	d := mustParse(t, string(realFiles(t)["mot-cua-co-tham-dinh.bpmn"]))
	s, _ := play(t, d, "receive=refuse")
	if s.End != "not_accepted" || d.Node(s.End).Status != 3 {
		t.Errorf("ended at %q", s.End)
	}
	s, _ = play(t, d, "receive=accept", "assign=assigned", "examine=refuse")
	if s.End != "refused" || d.Node(s.End).Status != 8 {
		t.Errorf("ended at %q", s.End)
	}
}

// TestStepJoins follows BPMN 13.4.1: a join waits for every incoming flow, in any order.
func TestStepJoins(t *testing.T) {
	d := mustParse(t, string(realFiles(t)["xin-y-kien-song-song.bpmn"]))
	s, log := play(t, d, "ask=sent")
	if diff := cmp.Diff([]string{"opinion_district", "opinion_commune", "opinion_police"}, open(s)); diff != "" {
		t.Fatal(diff)
	}
	s, _ = play(t, d, "ask=sent", "opinion_police=agree", "opinion_commune=disagree")
	if diff := cmp.Diff([]string{"opinion_district"}, open(s)); diff != "" {
		t.Fatal(diff)
	}
	s, _ = play(t, d, "ask=sent", "opinion_police=agree", "opinion_commune=disagree", "opinion_district=agree")
	if diff := cmp.Diff([]string{"ask"}, open(s)); diff != "" {
		t.Fatal("a disagreement asks again: " + diff)
	}
	s, log = play(t, d, "ask=sent", "opinion_police=agree", "opinion_commune=disagree", "opinion_district=agree",
		"ask=sent", "opinion_commune=agree", "opinion_district=agree", "opinion_police=agree")
	if !s.Done || log[len(log)-1] != "ended ended" {
		t.Errorf("log = %v", log)
	}
}

func TestStepConditionsOnData(t *testing.T) {
	d := mustParse(t, string(realFiles(t)["chuyen-vien-lanh-dao.bpmn"]))
	for fee, want := range map[any]string{nil: "sign_deputy", 50000: "sign_deputy", int64(2000000): "sign_leader", 1500000.0: "sign_leader"} {
		s, _, err := d.Step(State{}, Event{Kind: EventStart, Vars: map[string]any{"fee": fee}})
		if err != nil {
			t.Fatal(err)
		}
		s, _, err = d.Step(s, Event{Kind: EventComplete, Token: 1, Outcome: "pass"})
		if err != nil || len(s.Tokens) != 1 || s.Tokens[0].Node != want {
			t.Errorf("fee %v: %+v, %v, want %s", fee, s.Tokens, err, want)
		}
	}
}

// TestStepTokenSemantics covers implicit fork and merge, ends of branches and terminate
// (BPMN 13.2, 13.3.1, 13.5.6).
func TestStepTokenSemantics(t *testing.T) {
	t.Run("implicit fork and merge", func(t *testing.T) {
		d := mustParse(t, process(node("startEvent", "s")+task("a")+task("b")+task("c")+node("endEvent", "e"), "s>a", "a>b", "a>c", "b>e", "c>e"))
		s, log := play(t, d, "a", "c", "b")
		if !s.Done || cmp.Diff([]string{"task_opened a", "task_closed a", "task_opened b", "task_opened c", "task_closed c", "branch_ended e", "task_closed b", "ended e"}, log) != "" {
			t.Errorf("log = %q", log)
		}
	})
	t.Run("terminate", func(t *testing.T) {
		end := `<bpmn:endEvent id="e"><bpmn:terminateEventDefinition/></bpmn:endEvent>`
		d := mustParse(t, process(node("startEvent", "s")+node("parallelGateway", "g")+task("a")+task("b")+end, "s>g", "g>a", "g>b", "a>e", "b>e"))
		s, log := play(t, d, "a")
		if !s.Done || cmp.Diff([]string{"task_opened a", "task_opened b", "task_closed a", "task_cancelled b", "ended e"}, log) != "" {
			t.Errorf("log = %q", log)
		}
	})
	t.Run("excess token waits at the join", func(t *testing.T) {
		d := mustParse(t, process(node("startEvent", "s")+task("a")+task("b")+task("m")+task("c")+node("parallelGateway", "j")+task("z")+node("endEvent", "e"),
			"s>a", "s>b", "s>c", "a>m", "b>m", "m>j", "c>j", "j>z", "z>e"))
		s, _ := play(t, d, "a", "b", "m", "m", "c")
		joins := 0
		for _, k := range s.Tokens {
			if k.State == TokenJoin {
				joins++
			}
		}
		if diff := cmp.Diff([]string{"z"}, open(s)); diff != "" || joins != 1 {
			t.Errorf("tokens = %+v", s.Tokens)
		}
		if got := d.explore(nil); len(got) == 0 {
			t.Error("Check does not see the doubled work")
		}
	})
	t.Run("conditions on the ways out of a task", func(t *testing.T) {
		d := mustParse(t, process(node("startEvent", "s")+task("a", "x", "y", "z")+task("b")+task("c")+task("d")+node("endEvent", "e"),
			"s>a", `a>b:outcome in ["x", "y"]`, `a>c:outcome == "y"`, "a>d!", "b>e", "c>e", "d>e"))
		for outcome, want := range map[string][]string{"x": {"b"}, "y": {"b", "c"}, "z": {"d"}} {
			s, _ := play(t, d, "a="+outcome)
			if diff := cmp.Diff(want, open(s)); diff != "" {
				t.Errorf("%s: %s", outcome, diff)
			}
		}
	})
	t.Run("milestone", func(t *testing.T) {
		d := mustParse(t, process(node("startEvent", "s")+node("intermediateThrowEvent", "m")+node("endEvent", "e"), "s>m", "m>e"))
		s, log := play(t, d)
		if !s.Done || log[0] != "passed m" {
			t.Errorf("log = %q", log)
		}
	})
}

func TestStepErrors(t *testing.T) {
	d := mustParse(t, string(realFiles(t)["mot-cua-trong-ngay.bpmn"]))
	begun, _ := play(t, d)
	ended, _ := play(t, d, "receive=refuse")
	foreign := begun
	foreign.Tokens = []Token{{ID: 1, Node: "ghost", State: TokenTask}}
	for name, c := range map[string]struct {
		s   State
		e   Event
		key string
	}{
		"not started":     {State{}, Event{Kind: EventComplete, Token: 1}, "bpmn.state.notstarted"},
		"started":         {begun, Event{Kind: EventStart}, "bpmn.state.started"},
		"over":            {ended, Event{Kind: EventCancel}, "bpmn.state.done"},
		"no such token":   {begun, Event{Kind: EventComplete, Token: 7, Outcome: "accept"}, "bpmn.state.token"},
		"no such outcome": {begun, Event{Kind: EventComplete, Token: 1, Outcome: "nope"}, "bpmn.event.outcome"},
		"no outcome":      {begun, Event{Kind: EventComplete, Token: 1}, "bpmn.event.outcome"},
		"kind":            {begun, Event{Kind: "jump"}, "bpmn.event.kind"},
		"newer state":     {State{V: 99, Seq: 1}, Event{Kind: EventCancel}, "bpmn.state.version"},
		"other process":   {foreign, Event{Kind: EventComplete, Token: 1}, "bpmn.state.node"},
		"move to gateway": {begun, Event{Kind: EventMove, Token: 1, Node: "receive_decided"}, "bpmn.event.move"},
		"vars not JSON":   {begun, Event{Kind: EventVars, Vars: map[string]any{"f": func() {}}}, "bpmn.event.vars"},
		"vars too large":  {begun, Event{Kind: EventVars, Vars: map[string]any{"f": strings.Repeat("x", maxVars)}}, "bpmn.size.vars"},
		"number too big":  {begun, Event{Kind: EventVars, Vars: map[string]any{"f": int64(1)<<53 + 1}}, "bpmn.event.vars"},
	} {
		t.Run(name, func(t *testing.T) {
			before, _ := json.Marshal(c.s)
			s, eff, err := d.Step(c.s, c.e)
			if keyOf(err) != c.key || eff != nil {
				t.Fatalf("err = %v, effects %v", err, eff)
			}
			if diff := cmp.Diff(c.s, s); diff != "" {
				t.Error(diff)
			}
			if after, _ := json.Marshal(c.s); string(after) != string(before) {
				t.Error("the state was changed")
			}
			var p *Problem
			errors.As(err, &p)
			want := fault.Conflict
			if !strings.HasPrefix(c.key, "bpmn.state.") {
				want = fault.Invalid
			}
			if strings.HasPrefix(c.key, "bpmn.size.") {
				want = fault.TooLarge
			}
			if p.Fault().Kind != want || p.Text("vi") == c.key {
				t.Errorf("fault %v, text %q", p.Fault().Kind, p.Text("vi"))
			}
		})
	}
}

// TestStepAnswerTwice sends the same completion twice, as a nervous double click does.
func TestStepAnswerTwice(t *testing.T) {
	d := mustParse(t, string(realFiles(t)["mot-cua-trong-ngay.bpmn"]))
	s, _ := play(t, d)
	e := Event{Kind: EventComplete, Token: s.Tasks()[0].ID, Outcome: "accept"}
	s, _, err := d.Step(s, e)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err = d.Step(s, e); keyOf(err) != "bpmn.state.token" {
		t.Errorf("second answer: %v", err)
	}
}

func TestStepRuntimeGuards(t *testing.T) {
	s0, e0 := node("startEvent", "s"), node("endEvent", "e")
	for name, c := range map[string]struct{ src, key string }{
		"loop of gateways": {process(s0+node("exclusiveGateway", "a")+node("exclusiveGateway", "b")+e0, "s>a", "a>b", `b>e:false`, "b>a!"), "bpmn.state.loop"},
		"no way":           {process(s0+node("exclusiveGateway", "a")+e0, "s>a", `a>e:outcome == "x"`), "bpmn.state.noflow"},
		"stuck join":       {process(s0+node("exclusiveGateway", "a")+node("parallelGateway", "j")+e0, "s>a", "a>j:true", "a>j!", "j>e"), "bpmn.state.stuck"},
		"bad condition":    {process(s0+node("exclusiveGateway", "a")+e0, "s>a", `a>e:vars.x > 3`), "bpmn.state.condition"},
		"not yes or no":    {process(s0+node("exclusiveGateway", "a")+e0, "s>a", `a>e:vars.x ?? "perhaps"`), "bpmn.state.condition"},
		"nothing is no":    {process(s0+node("exclusiveGateway", "a")+e0, "s>a", `a>e:vars.x`), "bpmn.state.noflow"},
		"unsupported":      {process(s0+node("complexGateway", "a")+e0, "s>a", "a>e"), "bpmn.unsupported"},
	} {
		t.Run(name, func(t *testing.T) {
			d := mustParse(t, c.src)
			if _, _, err := d.Step(State{}, Event{Kind: EventStart}); keyOf(err) != c.key {
				t.Errorf("err = %v", err)
			}
			if len(d.Check()) == 0 {
				t.Error("Check finds nothing")
			}
		})
	}
}

func TestCancel(t *testing.T) {
	d := mustParse(t, string(realFiles(t)["lien-thong-song-song.bpmn"]))
	s, _ := play(t, d, "receive=accept", "examine=pass", "approve=approve", "number=issued", "residence=done")
	s, eff, err := d.Step(s, Event{Kind: EventCancel})
	if err != nil || !s.Done || !s.Cancelled || len(s.Tokens) != 0 {
		t.Fatalf("state = %+v, %v", s, err)
	}
	if diff := cmp.Diff([]string{"task_cancelled insurance_card", "cancelled"}, short(eff)); diff != "" {
		t.Error(diff)
	}
}

// TestMove takes a wrong transfer back, and refuses a move after which a join would wait for ever.
func TestMove(t *testing.T) {
	d := mustParse(t, string(realFiles(t)["lien-thong-song-song.bpmn"]))
	s, _ := play(t, d, "receive=accept", "examine=pass")
	s2, eff, err := d.Step(s, Event{Kind: EventMove, Token: s.Tasks()[0].ID, Node: "examine"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"task_cancelled approve", "task_opened examine"}, short(eff)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"examine"}, open(s2)); diff != "" {
		t.Error(diff)
	}
	if _, _, err := d.Step(s, Event{Kind: EventMove, Token: s.Tasks()[0].ID, Node: "residence"}); keyOf(err) != "bpmn.event.move" {
		t.Errorf("moved into a parallel branch: %v", err)
	}
	both, _ := play(t, d, "receive=accept", "examine=pass", "approve=approve", "number=issued")
	if _, _, err := d.Step(both, Event{Kind: EventMove, Token: both.Tasks()[0].ID, Node: "examine"}); keyOf(err) != "bpmn.event.move" {
		t.Errorf("moved out of a parallel branch: %v", err)
	}
}

func TestVars(t *testing.T) {
	d := mustParse(t, string(realFiles(t)["mot-cua-trong-ngay.bpmn"]))
	in := map[string]any{"a": 1, "list": []string{"x"}, "deep": map[string]any{"b": true}}
	s, _, err := d.Step(State{}, Event{Kind: EventStart, Vars: in})
	if err != nil {
		t.Fatal(err)
	}
	in["deep"].(map[string]any)["b"] = false
	want := map[string]any{"a": 1.0, "list": []any{"x"}, "deep": map[string]any{"b": true}}
	if diff := cmp.Diff(want, s.Vars); diff != "" {
		t.Error(diff)
	}
	next, _, err := d.Step(s, Event{Kind: EventVars, Vars: map[string]any{"a": nil, "c": "d"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, s.Vars); diff != "" {
		t.Error("the earlier state changed: " + diff)
	}
	delete(want, "a")
	want["c"] = "d"
	if diff := cmp.Diff(want, next.Vars); diff != "" {
		t.Error(diff)
	}
}

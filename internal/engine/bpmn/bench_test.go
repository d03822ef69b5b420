package bpmn

import (
	"encoding/json"
	"fmt"
	"testing"
)

// tenTasks returns an approval process of ten tasks: after each a gateway that goes on, back or out.
func tenTasks(t testing.TB) *Definition {
	t.Helper()
	nodes := node("startEvent", "start") + node("endEvent", "issued") + node("endEvent", "refused")
	flows := []string{"start>step_1"}
	for i := 1; i <= 10; i++ {
		next, back := fmt.Sprintf("step_%d", i+1), fmt.Sprintf("step_%d", max(i-1, 1))
		if i == 10 {
			next = "issued"
		}
		nodes += task(fmt.Sprintf("step_%d", i), "agree", "back", "refuse") + node("exclusiveGateway", fmt.Sprintf("decided_%d", i))
		flows = append(flows, fmt.Sprintf("step_%d>decided_%d", i, i), fmt.Sprintf(`decided_%d>%s:outcome == "back"`, i, back),
			fmt.Sprintf(`decided_%d>refused:outcome == "refuse"`, i), fmt.Sprintf("decided_%d>%s!", i, next))
	}
	return mustParse(t, process(nodes, flows...))
}

// TestStateIsSmall keeps the stored state of one dossier under 2 KB: through ten tasks with every
// way back taken, with the variables a procedure has, and with parallel work that timers watch.
func TestStateIsSmall(t *testing.T) {
	d := tenTasks(t)
	s, _, err := d.Step(State{}, Event{Kind: EventStart, Vars: map[string]any{"fee": 250000, "case": "cap-moi", "area": 120.5, "urgent": false}})
	largest := 0
	for step := 0; err == nil && !s.Done; step++ {
		k := s.Tasks()[0]
		outcome := "agree"
		if s.Outcomes[k.Node] == "" {
			outcome = "back" // every task sends back once
		}
		s, _, err = d.Step(s, Event{Kind: EventComplete, Token: k.ID, Outcome: outcome})
		raw, _ := json.Marshal(s)
		largest = max(largest, len(raw))
	}
	if err != nil || largest >= 2048 {
		t.Errorf("the state takes up to %d bytes, %v", largest, err)
	}
	nodes, flows := node("startEvent", "s")+node("parallelGateway", "g")+node("parallelGateway", "j")+node("endEvent", "e"), []string{"s>g", "j>e"}
	for i := range 5 {
		a, w := fmt.Sprintf("opinion_%d", i), fmt.Sprintf("overdue_%d", i)
		nodes += task(a, "agree", "disagree") + ev("boundaryEvent", w, `attachedToRef="`+a+`" cancelActivity="false"`, "cycle")
		flows = append(flows, "g>"+a, a+">j", w+">e")
	}
	s, _ = runModel(t, mustParse(t, model(nodes, flows...)), map[string]any{"fee": 250000})
	if raw, _ := json.Marshal(s); len(s.Tokens) != 10 || len(raw) >= 2048 {
		t.Errorf("five tasks with timers take %d bytes", len(raw))
	}
}

// BenchmarkStep takes dossiers through the ten tasks, one way back included, and counts the nodes
// that tokens entered.
func BenchmarkStep(b *testing.B) {
	d := tenTasks(b)
	nodes := 0
	for b.Loop() {
		s, _, err := d.Step(State{}, Event{Kind: EventStart})
		nodes += 2
		for step := 0; err == nil && !s.Done; step++ {
			outcome := "agree"
			if step == 4 {
				outcome = "back"
			}
			s, _, err = d.Step(s, Event{Kind: EventComplete, Token: s.Tokens[0].ID, Outcome: outcome})
			nodes += 2 // the gateway, and the next task or the end
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(nodes)/b.Elapsed().Seconds(), "nodes/s")
}

// BenchmarkStepParallel does the same with a fork into five inclusive branches that timers watch.
func BenchmarkStepParallel(b *testing.B) {
	nodes, flows := node("startEvent", "s")+node("inclusiveGateway", "g")+node("inclusiveGateway", "j")+node("endEvent", "e"), []string{"s>g", "j>e"}
	for i := range 5 {
		a, w := fmt.Sprintf("a%d", i), fmt.Sprintf("w%d", i)
		nodes += task(a) + ev("boundaryEvent", w, `attachedToRef="`+a+`"`, "timer")
		flows = append(flows, "g>"+a+":vars.n > 0", a+">j", w+">j")
	}
	d := mustParse(b, model(nodes, flows...))
	entered := 0
	for b.Loop() {
		s, _, err := d.Step(State{}, Event{Kind: EventStart, Vars: map[string]any{"n": 1}})
		entered += 7
		for err == nil && !s.Done {
			s, _, err = d.Step(s, Event{Kind: EventComplete, Token: s.Tasks()[0].ID})
			entered++
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(entered)/b.Elapsed().Seconds(), "nodes/s")
}

// BenchmarkCheck judges the largest process of the pack, with the exploration of all its states.
func BenchmarkCheck(b *testing.B) {
	d := mustParse(b, string(realFiles(b)["lien-thong-xa-huyen-tinh.bpmn"]))
	for b.Loop() {
		if p := d.Check(); len(p) > 0 {
			b.Fatal(p)
		}
	}
}

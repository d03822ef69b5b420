package bpmn

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// grower draws well-built processes: blocks in sequence, choices that meet again, branches that are
// joined, and loops back, nested at random.
type grower struct {
	t     *rapid.T
	nodes string
	flows []string
	ids   []string
	n     int
}

func (g *grower) id(prefix string) string {
	g.n++
	return fmt.Sprintf("%s%d", prefix, g.n)
}

// task adds a task with two outcomes and returns its id.
func (g *grower) task() string {
	id := g.id("t")
	g.nodes += task(id, "yes", "no")
	g.ids = append(g.ids, id)
	return id
}

func (g *grower) gate(typ string) string {
	id := g.id("g")
	g.nodes += node(typ, id)
	return id
}

// block grows one block and returns its first and last node.
func (g *grower) block(depth int) (first, last string) {
	kind := 0
	if depth > 0 {
		kind = rapid.IntRange(0, 5).Draw(g.t, "block")
	}
	switch kind {
	case 1: // sequence
		a, b := g.block(depth - 1)
		c, d := g.block(depth - 1)
		g.flows = append(g.flows, b+">"+c)
		return a, d
	case 2: // choice by the outcome of a task, met again at a gateway
		t, split, merge := g.task(), g.gate(TypeExclusive), g.gate(TypeExclusive)
		a, b := g.block(depth - 1)
		c, d := g.block(depth - 1)
		g.flows = append(g.flows, t+">"+split, split+`>`+a+`:outcome == "yes"`, split+">"+c+"!", b+">"+merge, d+">"+merge)
		return t, merge
	case 3: // parallel branches
		fork, join := g.gate(TypeParallel), g.gate(TypeParallel)
		for range rapid.IntRange(2, 3).Draw(g.t, "branches") {
			a, b := g.block(depth - 1)
			g.flows = append(g.flows, fork+">"+a, b+">"+join)
		}
		return fork, join
	case 4: // a loop back
		merge, t, split := g.gate(TypeExclusive), g.task(), g.gate(TypeExclusive)
		a, b := g.block(depth - 1)
		g.flows = append(g.flows, merge+">"+a, b+">"+t, t+">"+split, split+">"+merge+`:outcome == "no"`)
		exit := g.task()
		g.flows = append(g.flows, split+">"+exit+"!")
		return merge, exit
	}
	t := g.task()
	return t, t
}

func growProcess(t *rapid.T) *Definition {
	g := &grower{t: t, nodes: node("startEvent", "s") + node("endEvent", "e")}
	a, b := g.block(3)
	g.flows = append(g.flows, "s>"+a, b+">e")
	d, err := Parse([]byte(laned(process(g.nodes, g.flows...), g.ids...)))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestAnyOrderEnds completes the tasks of well-built processes in any order with any outcome: no
// token is stuck or doubled, the state survives JSON, earlier states stay as they were, and
// replaying the recorded events gives the same states.
func TestAnyOrderEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := growProcess(t)
		if p := d.Check(); len(p) > 0 {
			t.Fatalf("a well-built process does not pass: %v", p)
		}
		events := []Event{{Kind: EventStart, Vars: map[string]any{"n": 1}}}
		var states []State
		s, opened := State{}, map[int]string{}
		for step := 0; ; step++ {
			before, _ := json.Marshal(s)
			next, eff, err := d.Step(s, events[len(events)-1])
			if err != nil {
				t.Fatalf("step %d: %v", step, err)
			}
			if after, _ := json.Marshal(s); string(after) != string(before) {
				t.Fatal("a step changed the state it was given")
			}
			for _, e := range eff {
				switch e.Kind {
				case EffectTaskOpened:
					if opened[e.Token] != "" {
						t.Fatalf("token %d opened twice", e.Token)
					}
					opened[e.Token] = e.Node.ID
				case EffectTaskClosed:
					if opened[e.Token] != e.Node.ID {
						t.Fatalf("token %d closed at %s", e.Token, e.Node.ID)
					}
					delete(opened, e.Token)
				}
			}
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
			s = back // go on from what storage would give
			states = append(states, next)
			tasks := s.Tasks()
			if len(tasks) != len(opened) {
				t.Fatalf("%d tokens at tasks, %d tasks open", len(tasks), len(opened))
			}
			nodes := open(s)
			slices.Sort(nodes)
			if len(slices.Compact(nodes)) != len(tasks) {
				t.Fatalf("a task is open twice: %v", open(s))
			}
			if s.Done {
				break
			}
			if len(tasks) == 0 {
				t.Fatal("nothing is open and the process is not over")
			}
			if step > 400 {
				t.Fatal("the process does not end")
			}
			k := tasks[rapid.IntRange(0, len(tasks)-1).Draw(t, "task")]
			outcome := "yes"
			if step < 60 {
				outcome = rapid.SampledFrom([]string{"yes", "no"}).Draw(t, "outcome")
			}
			events = append(events, Event{Kind: EventComplete, Token: k.ID, Outcome: outcome})
			if len(d.Marks(s)) == 0 {
				t.Fatal("no marks")
			}
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

// TestBadJoinsAreFound plants one fault in a well-built process: a choice whose ways meet in a
// join, or branches that meet without one. Check has to find it.
func TestBadJoinsAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &grower{t: t, nodes: node("startEvent", "s") + node("endEvent", "e")}
		a, b := g.block(2)
		first := g.task()
		split, meet, want := TypeExclusive, TypeParallel, "bpmn.check.stuck"
		conds := [2]string{`:outcome == "yes"`, "!"}
		if rapid.Bool().Draw(t, "fork") {
			split, meet, want, conds = TypeParallel, TypeExclusive, "bpmn.check.twice", [2]string{}
		}
		sp, me, last := g.gate(split), g.gate(meet), g.task()
		c, d := g.block(1)
		x, y := g.block(1)
		g.flows = append(g.flows, "s>"+a, b+">"+first, first+">"+sp, sp+">"+c+conds[0], sp+">"+x+conds[1], d+">"+me, y+">"+me, me+">"+last, last+">e")
		def, err := Parse([]byte(laned(process(g.nodes, g.flows...), g.ids...)))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range def.Check() {
			if p.Key == want {
				return
			}
		}
		t.Fatalf("no %s in %v", want, def.Check())
	})
}

// TestPackProcessesEndByEveryOutcome walks every process of the pack along every outcome of every
// task: all outcomes lead on, every end is reached, nothing is stuck.
func TestPackProcessesEndByEveryOutcome(t *testing.T) {
	for name, src := range realFiles(t) {
		t.Run(name, func(t *testing.T) {
			d := mustParse(t, string(src))
			first, _, err := d.Step(State{}, Event{Kind: EventStart})
			if err != nil {
				t.Fatal(err)
			}
			place := func(s State) string {
				var b []string
				for _, k := range s.Tokens {
					b = append(b, k.Node+"/"+string(k.State)+"/"+k.Via)
				}
				slices.Sort(b)
				return fmt.Sprint(b, s.Outcomes)
			}
			ends, used := map[string]bool{}, map[string]bool{}
			seen := map[string]bool{place(first): true}
			queue := []State{first}
			for len(queue) > 0 {
				s := queue[0]
				queue = queue[1:]
				for _, k := range s.Tasks() {
					for _, o := range outcomesOf(d.Node(k.Node)) {
						next, _, err := d.Step(s, Event{Kind: EventComplete, Token: k.ID, Outcome: o})
						if err != nil {
							t.Fatalf("%s=%s: %v", k.Node, o, err)
						}
						used[k.Node+"="+o] = true
						if next.Done {
							ends[next.End] = true
						} else if p := place(next); !seen[p] && len(seen) < 3000 {
							seen[p] = true
							queue = append(queue, next)
						}
						if raw, _ := json.Marshal(next); len(raw) > 2048 {
							t.Fatalf("the state takes %d bytes", len(raw))
						}
					}
				}
			}
			for i := range d.Nodes {
				n := &d.Nodes[i]
				if n.Type == TypeEnd && !ends[n.ID] {
					t.Errorf("the end %s is never reached", n.ID)
				}
				if n.Type == TypeEnd && n.Status == 0 {
					t.Errorf("the end %s has no status", n.ID)
				}
				for _, o := range n.Outcomes {
					if !used[n.ID+"="+o.Key] && n.ID != "sign_leader" { // needs a fee
						t.Errorf("the outcome %s of %s is never used", o.Key, n.ID)
					}
				}
			}
		})
	}
}

package bpmn

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawFull draws a well-built process and returns how it is written.
func drawFull(t *rapid.T) string {
	g := &full{t: t}
	s, e := g.add("startEvent", "", ""), g.add("endEvent", "", "")
	a, b := g.block(rapid.IntRange(1, 2).Draw(t, "depth"))
	g.flow(s + ">" + a)
	g.flow(b + ">" + e)
	return model(g.nodes, g.flows...)
}

// redraw changes a process as a person would: a step more on a way, other times, an event beside a
// task. What it makes is well-built too.
func redraw(t *rapid.T, src string) string {
	for i := range rapid.IntRange(1, 3).Draw(t, "changes") {
		switch rapid.IntRange(0, 3).Draw(t, "change") {
		case 0:
			src = strings.ReplaceAll(src, "PT1H", "PT2H")
		case 1:
			src = strings.ReplaceAll(src, "R3/PT10M", "R5/PT15M")
		case 2: // a step more
			d, err := Parse([]byte(src))
			if err != nil {
				t.Fatal(err)
			}
			f := d.Flows[rapid.IntRange(0, len(d.Flows)-1).Draw(t, "flow")]
			if d.Node(f.From).kind == kindEventGate {
				continue
			}
			at := `<bpmn:sequenceFlow id="` + f.ID + `"`
			k := strings.Index(src, at)
			old := fmt.Sprintf(`sourceRef="%s" targetRef="%s"`, f.From, f.To)
			id := fmt.Sprintf("x%d", i)
			rest := strings.Replace(src[k:], old, fmt.Sprintf(`sourceRef="%s" targetRef="%s"`, f.From, id), 1)
			src = src[:k] + task(id, "yes", "no") + fmt.Sprintf(`<bpmn:sequenceFlow id="%s_f" sourceRef="%s" targetRef="%s"/>`, id, id, f.To) + rest
		case 3: // an event beside a task
			k := strings.Index(src, `<bpmn:userTask id="`)
			if k < 0 {
				continue
			}
			id, _, _ := strings.Cut(src[k+len(`<bpmn:userTask id="`):], `"`)
			b := fmt.Sprintf("y%d", i)
			src = src[:k] + ev("boundaryEvent", b, `attachedToRef="`+id+`" cancelActivity="false"`, rapid.SampledFrom([]string{"cycle", "message"}).Draw(t, "beside")) +
				node("endEvent", b+"e") + fmt.Sprintf(`<bpmn:sequenceFlow id="%s_f" sourceRef="%s" targetRef="%se"/>`, b, b, b) + src[k:]
		}
	}
	return src
}

// walk lets some things happen and returns the state with what the caller knows of who waits.
func walk(t *rapid.T, d *Definition, steps int) (State, map[int]EffectKind) {
	s, told := State{}, map[int]EffectKind{}
	e := Event{Kind: EventStart, Vars: map[string]any{"n": rapid.IntRange(0, 3).Draw(t, "n")}}
	for range steps {
		next, eff, err := d.Step(s, e)
		if err != nil {
			t.Fatal(err)
		}
		tell(t, told, eff, next)
		if s = next; s.Done {
			break
		}
		e = happen(t, d, s, false)
	}
	return s, told
}

// TestMoveToTheSameChangesNothing moves processes in any state onto a definition that reads the same.
func TestMoveToTheSameChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := drawFull(t)
		a, b := mustRead(t, src), mustRead(t, src)
		s, _ := walk(t, a, rapid.IntRange(1, 25).Draw(t, "steps"))
		next, eff, bad := Move(a, b, s, nil)
		if s.Done {
			if len(bad) != 1 || bad[0].Key != "bpmn.state.done" {
				t.Fatalf("what is over was moved: %v", bad)
			}
			return
		}
		if len(bad) > 0 || len(eff) > 0 {
			t.Fatalf("%v, %v; %s", bad, eff, rests(s))
		}
		if diff := cmp.Diff(s, next); diff != "" {
			t.Fatalf("the state changed: %s", diff)
		}
		if back, eff := MoveBack(a, b, s, next); len(eff) > 0 || cmp.Diff(s, back) != "" {
			t.Fatalf("taking nothing back changes %s", cmp.Diff(s, back))
		}
	})
}

// TestAfterAMoveAnyOrderEnds moves processes in any state to a version drawn otherwise, there or
// back: what is not refused ends in every order of events, the caller is told of every token exactly
// once, nothing in the state given changes, and taking the move back gives the state before, but for
// the ids of what was ended.
func TestAfterAMoveAnyOrderEnds(t *testing.T) {
	moved, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		src := drawFull(t)
		a, b := mustRead(t, src), mustRead(t, redraw(t, src))
		if rapid.Bool().Draw(t, "shrinks") {
			a, b = b, a
		}
		if len(b.CheckFor(Everything())) > 0 || len(a.CheckFor(Everything())) > 0 {
			return // a step more after a task can take the outcome from a condition
		}
		s, told := walk(t, a, rapid.IntRange(1, 25).Draw(t, "steps"))
		if s.Done {
			return
		}
		was, _ := json.Marshal(s)
		next, eff, bad := Move(a, b, s, nil)
		if now, _ := json.Marshal(s); string(now) != string(was) {
			t.Fatal("the move changed the state it was given")
		}
		if len(bad) > 0 {
			refused++
			if len(eff) > 0 || cmp.Diff(s, next) != "" {
				t.Fatal("a refused move changed something")
			}
			return
		}
		moved++
		again, _, _ := Move(a, b, s, nil)
		if diff := cmp.Diff(next, again); diff != "" {
			t.Fatalf("a second time it is another state: %s", diff)
		}
		raw, _ := json.Marshal(next)
		var read State
		if err := json.Unmarshal(raw, &read); err != nil || cmp.Diff(next, read) != "" {
			t.Fatalf("the state does not survive JSON: %s", cmp.Diff(next, read))
		}
		tell(t, told, eff, next)
		if len(next.Waiting()) != len(told) {
			t.Fatalf("%d tokens wait, the caller knows of %d: %s", len(next.Waiting()), len(told), rests(next))
		}
		if rapid.Bool().Draw(t, "back") && Reversible(eff) {
			back, eff := MoveBack(a, b, s, next)
			tell(t, told, eff, back)
			if len(back.Waiting()) != len(told) {
				t.Fatalf("back: %d tokens wait, the caller knows of %d: %s", len(back.Waiting()), len(told), rests(back))
			}
			if diff := cmp.Diff(unnamed(s), unnamed(back)); diff != "" {
				t.Fatalf("taken back, and other than before: %s", diff)
			}
			next, b = back, a
		}
		s = next
		for step := 0; !s.Done; step++ {
			if step > 600 {
				t.Fatalf("the process does not end: %s", rests(s))
			}
			n, eff, err := b.Step(s, happen(t, b, s, step > 60))
			if err != nil {
				t.Fatalf("step %d after the move: %v; %s", step, err, rests(s))
			}
			tell(t, told, eff, n)
			s = n
		}
		if len(told) > 0 {
			t.Fatalf("over, and left: %v", told)
		}
	})
	if moved == 0 {
		t.Errorf("nothing was moved, %d were refused", refused)
	}
}

func mustRead(t *rapid.T, src string) *Definition {
	d, err := Parse([]byte(src))
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	return d
}

// unnamed returns the state with its tokens numbered by what rests where.
func unnamed(s State) State {
	name := map[int]string{0: "", -1: "process"}
	type face struct {
		name string
		t    Token
	}
	var list []face
	for _, t := range s.Tokens {
		name[t.ID] = name[t.Scope] + ">" + t.Node + "/" + string(t.State) + "/" + t.Via + fmt.Sprint("#", t.N)
	}
	for _, t := range s.Tokens {
		f := face{name[t.ID] + " of " + name[t.Of], t}
		f.t.ID, f.t.Scope, f.t.Of = 0, 0, 0
		list = append(list, f)
	}
	slices.SortStableFunc(list, func(a, b face) int { return strings.Compare(a.name, b.name) })
	s.Tokens = nil
	for _, f := range list {
		f.t.Node = f.name
		s.Tokens = append(s.Tokens, f.t)
	}
	for i := range s.Undo {
		s.Undo = slices.Clone(s.Undo)
		s.Undo[i].Node += " in " + name[s.Undo[i].Scope]
		s.Undo[i].Scope = 0
	}
	s.Seq = 0
	return s
}

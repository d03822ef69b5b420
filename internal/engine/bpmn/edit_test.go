package bpmn

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// drawn returns the process files of the province pack and of this package, by name.
func drawn(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, glob := range []string{"testdata/*.bpmn", "../../../packs/bac-kan/processes/*.bpmn"} {
		names, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			if out[filepath.Base(n)], err = os.ReadFile(n); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(out) < 5 {
		t.Fatalf("only %d processes to try", len(out))
	}
	return out
}

func opened(t *testing.T, src []byte) *File {
	t.Helper()
	f, err := ReadFile(src)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// parsed reads what became of a file and wants its own drawing to be whole.
func parsed(t *testing.T, f *File) *Definition {
	t.Helper()
	d, err := Parse(f.Bytes())
	if err != nil {
		t.Fatalf("%v\n%s", err, f.Bytes())
	}
	if d.AutoLayout && strings.Contains(string(f.origin), "BPMNShape") {
		t.Error("the drawing is not whole any more")
	}
	return d
}

// TestAddStepAndRemoveIt puts a step on every flow of every process and takes it away again: with it
// the process can be read and drawn without one node over another, and without it it says what it
// said before.
func TestAddStepAndRemoveIt(t *testing.T) {
	for name, src := range drawn(t) {
		was, err := Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		for i := range was.Flows {
			flow := &was.Flows[i]
			f := opened(t, src)
			id, err := f.AddStep(flow.ID, Step{Name: "Xin ý kiến & góp ý", NameEn: "Opinion", Action: "examine", Budget: 240,
				Outcomes: []Outcome{{Key: "done", Name: "Đã xong", Kind: OutcomeForward}}})
			if err != nil {
				t.Fatalf("%s, %s: %v", name, flow.ID, err)
			}
			d := parsed(t, f)
			n := d.Node(id)
			if n == nil || n.Name != "Xin ý kiến & góp ý" || n.NameEn != "Opinion" || n.Budget != 240 || n.Lane == "" || len(n.Outcomes) != 1 || len(n.In) != 1 || len(n.Out) != 1 {
				t.Fatalf("%s, %s: %+v", name, flow.ID, n)
			}
			if d.Flow(flow.ID).To != id || d.Flow(n.Out[0]).To != flow.To || d.Flow(flow.ID).Condition != flow.Condition {
				t.Errorf("%s, %s: the ways lead elsewhere", name, flow.ID)
			}
			for k := range d.Nodes {
				if m := &d.Nodes[k]; m.ID != id && overlap(m.Bounds, n.Bounds) {
					t.Errorf("%s, %s: the step is drawn over %s", name, flow.ID, m.ID)
				}
			}
			for _, g := range d.Flows {
				if len(g.Points) < 2 || !touches(g.Points[0], d.Node(g.From).Bounds) || !touches(g.Points[len(g.Points)-1], d.Node(g.To).Bounds) {
					t.Errorf("%s, %s: the line of %s does not reach its ends: %v", name, flow.ID, g.ID, g.Points)
				}
			}
			for _, g := range []string{flow.ID, n.Out[0]} {
				if pts := d.Flow(g).Points; !was.AutoLayout && !square(pts) {
					t.Errorf("%s, %s: the line of %s runs askew: %v", name, flow.ID, g, pts)
				}
			}
			if err := f.RemoveStep(id); err != nil {
				t.Fatalf("%s, %s: %v", name, flow.ID, err)
			}
			if diff := Compare(was, parsed(t, f)); len(diff) > 0 {
				t.Errorf("%s, %s: adding and removing leaves %+v", name, flow.ID, diff)
			}
		}
	}
}

// square reports whether a line has only level and upright stretches.
func square(pts []Point) bool {
	for i := 1; i < len(pts); i++ {
		if math.Abs(pts[i].X-pts[i-1].X) > 0.6 && math.Abs(pts[i].Y-pts[i-1].Y) > 0.6 {
			return false
		}
	}
	return true
}

func overlap(a, b Rect) bool {
	return a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H
}

func touches(p Point, r Rect) bool {
	const air = 3
	return p.X >= r.X-air && p.X <= r.X+r.W+air && p.Y >= r.Y-air && p.Y <= r.Y+r.H+air
}

// TestEditsKeepTheRest changes the strange file in every way and compares what it says elsewhere.
func TestEditsKeepTheRest(t *testing.T) {
	f := opened(t, []byte(strange))
	if err := f.SetOutcomes("t", []Outcome{{Key: "ok", Name: `Đạt "A" & B`, Kind: OutcomeForward}, {Key: "no", Name: "Không", NameEn: "No", NeedsNote: true, Kind: OutcomeRefuse}}); err != nil {
		t.Fatal(err)
	}
	id, err := f.AddStep("f2", Step{Name: "Thêm"})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetCondition("f1", `outcome == "ok"`); err != nil {
		t.Fatal(err)
	}
	if err := f.SetCondition("f1", `vars.a < 3 && outcome == "ok"`); err != nil {
		t.Fatal(err)
	}
	d, err := Parse(f.Bytes())
	if err != nil {
		t.Fatalf("%v\n%s", err, f.Bytes())
	}
	want := []Outcome{{Key: "ok", Name: `Đạt "A" & B`, Kind: OutcomeForward}, {Key: "no", Name: "Không", NameEn: "No", NeedsNote: true, Kind: OutcomeRefuse}}
	if diff := cmp.Diff(want, d.Node("t").Outcomes); diff != "" {
		t.Error(diff)
	}
	if d.Flow("f1").Condition != `vars.a < 3 && outcome == "ok"` {
		t.Errorf("%q", d.Flow("f1").Condition)
	}
	if err := f.SetCondition("f1", ""); err != nil {
		t.Fatal(err)
	}
	if err := f.SetOutcomes("t", nil); err != nil {
		t.Fatal(err)
	}
	if err := f.RemoveStep(id); err != nil {
		t.Fatal(err)
	}
	squeeze := func(in []string) (out []string) {
		for _, s := range in {
			if !strings.HasPrefix(s, "text ") || strings.TrimSpace(s[5:]) != "" {
				out = append(out, s)
			}
		}
		return out
	}
	if diff := cmp.Diff(squeeze(canonical(t, []byte(strange))), squeeze(canonical(t, f.Bytes()))); diff != "" {
		t.Errorf("more than was asked has changed (-was +is):\n%s", diff)
	}
}

// TestOutcomesKeepForeign changes an outcome to which another modeler has added something.
func TestOutcomesKeepForeign(t *testing.T) {
	src := `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:lt="` + NS + `" xmlns:v="urn:v" id="d"><process id="p"><userTask id="t"><extensionElements>
		<lt:outcome key="a" name="A" v:colour="red" new="1"><v:x/></lt:outcome>
		<lt:outcome key="b" name="B" v:colour="blue"/><v:y/></extensionElements></userTask></process></definitions>`
	f := opened(t, []byte(src))
	if err := f.SetOutcomes("t", []Outcome{{Key: "c", Name: "C", Kind: OutcomeBack}, {Key: "a", Name: "A2", Kind: OutcomeForward}}); err != nil {
		t.Fatal(err)
	}
	got := string(f.Bytes())
	for _, s := range []string{`v:colour="red"`, `new="1"`, "<v:x/>", "<v:y/>", `name="A2"`} {
		if !strings.Contains(got, s) {
			t.Errorf("%s is gone from %s", s, got)
		}
	}
	if strings.Contains(got, "blue") || strings.Index(got, `"c"`) > strings.Index(got, `"a"`) {
		t.Error(got)
	}
}

func TestLanesAndOrder(t *testing.T) {
	for name, src := range drawn(t) {
		was, err := Parse(src)
		if err != nil {
			t.Fatal(err)
		}
		swapped := 0
		for i := range was.Nodes {
			n := &was.Nodes[i]
			if !n.IsTask() || n.Lane == "" {
				continue
			}
			f := opened(t, src)
			to := was.Lanes[0].ID
			if n.Lane == to {
				to = was.Lanes[1].ID
			}
			if err := f.SetLane(n.ID, to); err != nil {
				t.Fatal(err)
			}
			d := parsed(t, f)
			m := d.Node(n.ID)
			if l := d.LaneOf(m); l == nil || l.ID != to || !was.AutoLayout && !l.Bounds.has(m.Bounds.Center()) {
				t.Errorf("%s: %s is not drawn in its new lane", name, n.ID)
			}
			for _, id := range append(slices.Clone(m.In), m.Out...) {
				if !was.AutoLayout && !square(d.Flow(id).Points) {
					t.Errorf("%s: in its new lane %s has the line %s askew: %v", name, n.ID, id, d.Flow(id).Points)
				}
			}
			if got := Compare(was, d); len(got) != 1 || len(got[0].Fields) != 1 || got[0].Fields[0].Field != "lane" {
				t.Errorf("%s: %s: %+v", name, n.ID, got)
			}
			f = opened(t, src)
			if f.SwapWithNext(n.ID) != nil {
				if string(f.Bytes()) != string(src) {
					t.Errorf("%s: %s: a refused change left something", name, n.ID)
				}
				continue
			}
			swapped++
			d = parsed(t, f)
			next := was.Flow(n.Out[0]).To
			if d.Flow(d.Node(next).Out[0]).To != n.ID || d.Flow(n.Out[0]).From != next {
				t.Errorf("%s: %s and %s have not changed places", name, n.ID, next)
			}
			if err := f.SwapWithNext(next); err != nil {
				t.Error(err)
			} else if got := Compare(was, parsed(t, f)); len(got) > 0 {
				t.Errorf("%s: swapping twice leaves %+v", name, got)
			}
		}
		t.Logf("%s: %d pairs change places", name, swapped)
	}
}

func TestWays(t *testing.T) {
	src := drawn(t)["mot-cua-trong-ngay.bpmn"]
	was, err := Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	var gate *Node
	for i := range was.Nodes {
		if was.Nodes[i].Type == TypeExclusive {
			gate = &was.Nodes[i]
		}
	}
	f := opened(t, src)
	end := slices.IndexFunc(was.Nodes, func(n Node) bool { return n.Type == TypeEnd })
	id, err := f.AddWay(gate.ID, was.Nodes[end].ID, OutcomeCondition("x"), "Khác")
	if err != nil {
		t.Fatal(err)
	}
	d := parsed(t, f)
	if w, ok := d.Flow(id).WaitsFor(); !ok || w != "x" || d.Flow(id).To != was.Nodes[end].ID || !slices.Contains(d.Node(gate.ID).Out, id) {
		t.Errorf("%+v", d.Flow(id))
	}
	if err := f.Lead(id, gate.ID); err != nil || parsed(t, f).Flow(id).To != gate.ID {
		t.Error(err)
	}
	for what, err := range map[string]error{
		"no flow":  f.Lead("ghost", gate.ID),
		"to start": f.Lead(id, was.Start().ID),
		"no node":  f.SetLane("ghost", was.Lanes[0].ID),
		"no lane":  f.SetLane(gate.ID, "ghost"),
		"gateway":  f.RemoveStep(gate.ID),
		"start":    f.RemoveStep(was.Start().ID),
		"outcomes": f.SetOutcomes("ghost", []Outcome{{Key: "a"}}),
		"cond":     f.SetCondition(gate.ID, "x"),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	if _, err := f.AddStep(gate.ID, Step{}); err == nil {
		t.Error("a step on a node")
	}
	if _, err := f.AddWay("ghost", gate.ID, "", ""); err == nil {
		t.Error("a way from nowhere")
	}
}

// FuzzEdit changes files of any kind: what comes out of a change that was taken can be read again.
func FuzzEdit(f *testing.F) {
	f.Add([]byte(strange), "t", "f1")
	f.Add([]byte(`<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p"><userTask id="t"/><endEvent id="e"/><sequenceFlow id="f" sourceRef="t" targetRef="e"/></process></definitions>`), "t", "f")
	f.Fuzz(func(t *testing.T, src []byte, node, flow string) {
		file, err := ReadFile(src)
		if err != nil {
			return
		}
		_ = file.SetOutcomes(node, []Outcome{{Key: "k", Name: "<&>"}})
		id, err := file.AddStep(flow, Step{Name: "<&>", Action: "examine"})
		_ = file.SetCondition(flow, `a < "b"`)
		_ = file.SetLane(node, flow)
		_ = file.SwapWithNext(node)
		if err == nil {
			_ = file.RemoveStep(id)
		}
		_ = file.RemoveStep(node)
		if _, p := readTree(file.Bytes()); p != nil {
			if _, before := readTree(src); before == nil {
				t.Fatalf("%v\n%s", p, file.Bytes())
			}
		}
		if _, err := Keep(src, file.Bytes()); err != nil {
			t.Fatal(err)
		}
	})
}

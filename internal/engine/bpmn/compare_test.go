package bpmn

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompare(t *testing.T) {
	src := drawn(t)["mot-cua-trong-ngay.bpmn"]
	was, err := Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	if got := Compare(was, was); len(got) > 0 {
		t.Errorf("a process differs from itself: %+v", got)
	}
	f := opened(t, src)
	var task *Node
	for i := range was.Nodes {
		if was.Nodes[i].Budget > 0 {
			task = &was.Nodes[i]
			break
		}
	}
	if err := f.SetAttr(task.ID, NS, "budget", "2d"); err != nil {
		t.Fatal(err)
	}
	added, err := f.AddStep(task.Out[0], Step{Name: "Xin ý kiến"})
	if err != nil {
		t.Fatal(err)
	}
	now := parsed(t, f)
	got := Compare(was, now)
	words := map[string]string{ChangeAdded: "mới", ChangeRemoved: "bỏ", ChangeChanged: "đổi"}
	old, new := ChangeMarks(got, words)
	if old[task.ID].State != ChangeChanged || new[task.ID].State != ChangeChanged || new[added].State != ChangeAdded || old[added].State != "" {
		t.Errorf("marks %v %v", old, new)
	}
	for _, c := range got {
		if c.Element == task.ID {
			want := []FieldChange{{"budget", FormatBudget(task.Budget), "2d"}}
			if diff := cmp.Diff(want, c.Fields); diff != "" {
				t.Error(diff)
			}
		}
		if c.Element == task.Out[0] && (c.Fields[0].Field != "to" || c.Fields[0].New != "Xin ý kiến") {
			t.Errorf("%+v", c)
		}
	}
	svg := now.SVG(new, SVGOptions{})
	for _, s := range []string{`class="mk added"`, `class="mk changed"`, `class="mkf changed"`, "+ mới", "≠ đổi"} {
		if !strings.Contains(svg, s) {
			t.Errorf("the drawing has no %s", s)
		}
	}
	back := Compare(now, was)
	if len(back) != len(got) {
		t.Errorf("%d differences one way, %d the other", len(got), len(back))
	}
}

// Two nodes of one name are not the same: a way that leads to the other one has changed.
func TestCompareTellsNamesakesApart(t *testing.T) {
	src := drawn(t)["co-nghia-vu-tai-chinh.bpmn"]
	was, err := Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for i := range was.Flows {
		f := &was.Flows[i]
		to := was.Node(f.To)
		if other := names[to.Name]; other != "" && other != f.To && to.Name != "" && to.IsTask() {
			file := opened(t, src)
			if err := file.Lead(f.ID, other); err != nil {
				t.Fatal(err)
			}
			got := Compare(was, parsed(t, file))
			if len(got) != 1 || got[0].Element != f.ID || got[0].Fields[0].Old == got[0].Fields[0].New {
				t.Errorf("%+v", got)
			}
			return
		}
		names[to.Name] = f.To
	}
	t.Fatal("no two tasks have one name")
}

package bpmn

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestZZ(t *testing.T) {
	css1, _ := os.ReadFile("/work/shared/ui/css/tokens.css")
	css2, _ := os.ReadFile("/work/shared/ui/css/app.css")
	var b strings.Builder
	b.WriteString("<!doctype html><meta charset=utf-8><style>" + strings.ReplaceAll(string(css1), "../fonts", "file:///work/shared/ui/fonts") + string(css2) + ".bpmn svg.wide{min-width:1100px}.bpmn .gw.d{fill:var(--ok-bg);stroke:var(--ok)}</style><body data-density=compact>")
	fs, _ := filepath.Glob(os.Getenv("ZZ"))
	for _, f := range fs {
		src, _ := os.ReadFile(f)
		d, err := Parse(src)
		if err != nil {
			t.Error(f, err)
			continue
		}
		for _, p := range d.Check() {
			t.Error(f, p.Element, p.Text("vi"))
		}
		t.Log(f, d.Budget(), d.AutoLayout)
		var s State
		s, _, err = d.Step(s, Event{Kind: EventStart})
		for i := 0; i < 2; i++ {
			if len(s.Tasks()) > 0 {
				k := s.Tasks()[0]
				n := d.Node(k.Node)
				s, _, err = d.Step(s, Event{Kind: EventComplete, Token: k.ID, Outcome: outcomesOf(n)[0]})
				if err != nil {
					t.Error(err)
				}
			}
		}
		m := d.Marks(s)
		for id, x := range m {
			if n := d.Node(id); n != nil && n.IsTask() {
				if x.State == "done" {
					x.Note = "✓ 18/11, 10:05"
				}
				if x.State == "current" {
					x.Note = "Hạn hôm nay 17:00"
				}
				m[id] = x
			}
		}
		b.WriteString("<h2>" + d.Name + "</h2><div class=bpmn>" + d.SVG(m, SVGOptions{Lang: os.Getenv("ZZL")}) + "</div>")
	}
	os.WriteFile("/tmp/w_bpmn/out.html", []byte(b.String()), 0o644)
}

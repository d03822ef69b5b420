package bpmn

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

// wellFormed fails unless s is one well-formed element without styles, scripts or anything loaded.
func wellFormed(t testing.TB, s string) {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(s))
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatalf("SVG is not well-formed: %v\n%.300s", err, s)
		}
		if e, ok := tok.(xml.StartElement); ok {
			switch e.Name.Local {
			case "svg", "title", "desc", "defs", "marker", "path", "rect", "circle", "text", "g":
			default:
				t.Fatalf("element %s", e.Name.Local)
			}
			for _, a := range e.Attr {
				if n := a.Name.Local; n == "style" || n == "href" || strings.HasPrefix(n, "on") {
					t.Fatalf("attribute %s", n)
				}
			}
		}
	}
}

func TestSVGOfRealFiles(t *testing.T) {
	for name, src := range realFiles(t) {
		d := mustParse(t, string(src))
		s, _, err := d.Step(State{}, Event{Kind: EventStart})
		if err != nil {
			t.Fatal(err)
		}
		for _, lang := range []string{"vi", "en"} {
			svg := d.SVG(d.Marks(s), SVGOptions{Lang: lang, ID: "p1"})
			wellFormed(t, svg)
			for _, want := range []string{`role="img"`, `aria-labelledby="p1-t p1-d"`, `<title id="p1-t">` + esc(d.Title(lang)) + `</title>`, `class="task c"`, `class="laneh"`, `marker-end="url(#p1-a)"`, `class="flow d"`} {
				if !strings.Contains(svg, want) {
					t.Errorf("%s (%s): no %s", name, lang, want)
				}
			}
			if strings.Count(svg, "<rect class=\"lane\"") != len(d.Lanes) {
				t.Errorf("%s: lanes are missing", name)
			}
		}
	}
}

func TestSVGEscapes(t *testing.T) {
	evil := `</text><script>alert("1")</script>'&`
	src := process(node("startEvent", "s")+strings.Replace(task("a"), `name="a"`, `name="`+strings.NewReplacer("<", "&lt;", `"`, "&quot;", "&", "&amp;").Replace(evil)+`"`, 1)+node("endEvent", "e"), "s>a", "a>e")
	d := mustParse(t, src)
	svg := d.SVG(map[string]Mark{"a": {State: MarkCurrent, Note: evil + "\x00"}}, SVGOptions{Title: evil, Desc: evil, ID: `x"><b`})
	wellFormed(t, svg)
	if strings.Contains(svg, "<script") || strings.Contains(svg, `id="x"`) {
		t.Error(svg)
	}
}

// TestLayoutKeepsApart expects nodes of the layout made here not to overlap and lines not to cross
// a node they do not belong to.
func TestLayoutKeepsApart(t *testing.T) {
	for name, src := range realFiles(t) {
		d := mustParse(t, withoutDiagram(string(src)))
		if !d.AutoLayout {
			t.Fatalf("%s was not laid out", name)
		}
		for i := range d.Nodes {
			for j := range d.Nodes[:i] {
				if a, b := d.Nodes[i].Bounds, d.Nodes[j].Bounds; a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
					t.Errorf("%s: %s lies on %s", name, d.Nodes[i].ID, d.Nodes[j].ID)
				}
			}
			lane := d.LaneOf(&d.Nodes[i])
			if c := d.Nodes[i].Bounds.Center(); lane != nil && (c.Y < lane.Bounds.Y || c.Y > lane.Bounds.Y+lane.Bounds.H || c.X < lane.Bounds.X || c.X > lane.Bounds.X+lane.Bounds.W) {
				t.Errorf("%s: %s is outside its lane", name, d.Nodes[i].ID)
			}
		}
		for _, f := range d.Flows {
			for k := 0; k+1 < len(f.Points); k++ {
				for _, n := range d.Nodes {
					if n.ID != f.From && n.ID != f.To && crosses(f.Points[k], f.Points[k+1], n.Bounds) {
						t.Errorf("%s: flow %s crosses %s", name, f.ID, n.ID)
					}
				}
			}
		}
	}
}

// TestPackDiagramsKeepApart expects the drawn files to look as tidy.
func TestPackDiagramsKeepApart(t *testing.T) {
	for name, src := range realFiles(t) {
		d := mustParse(t, string(src))
		for _, f := range d.Flows {
			for k := 0; k+1 < len(f.Points); k++ {
				a, b := f.Points[k], f.Points[k+1]
				if a.X != b.X && a.Y != b.Y {
					t.Errorf("%s: flow %s runs askew", name, f.ID)
				}
				for _, n := range d.Nodes {
					if n.ID != f.From && n.ID != f.To && crosses(a, b, n.Bounds) {
						t.Errorf("%s: flow %s crosses %s", name, f.ID, n.ID)
					}
				}
			}
		}
	}
}

func crosses(a, b Point, r Rect) bool {
	return max(a.X, b.X) > r.X && min(a.X, b.X) < r.X+r.W && max(a.Y, b.Y) > r.Y && min(a.Y, b.Y) < r.Y+r.H
}

func withoutDiagram(src string) string {
	if i := strings.Index(src, "<bpmndi:BPMNDiagram"); i >= 0 {
		j := strings.Index(src, "</bpmndi:BPMNDiagram>")
		src = src[:i] + src[j+len("</bpmndi:BPMNDiagram>"):]
	}
	return src
}

func TestWrap(t *testing.T) {
	long := strings.Repeat("Ạ", 300)
	for _, s := range []string{"", "Trả kết quả", "Thực hiện nghĩa vụ tài chính về đất đai", long, "a " + long} {
		var back []string
		for _, l := range wrap(s, 13, 100) {
			if textWidth(l, 13) > 100 {
				t.Errorf("line %q is too wide", l)
			}
			back = append(back, l)
		}
		if strings.ReplaceAll(strings.Join(back, ""), " ", "") != strings.ReplaceAll(s, " ", "") {
			t.Errorf("wrap(%q) lost text: %q", s, back)
		}
	}
	if got := wrap("x", 13, 0); len(got) != 1 {
		t.Errorf("wrap into nothing = %q", got)
	}
}

func TestMarks(t *testing.T) {
	d := mustParse(t, string(realFiles(t)["mot-cua-trong-ngay.bpmn"]))
	state := func(m map[string]Mark) string {
		var b strings.Builder
		for _, id := range []string{"receive", "supplement_receive", "examine", "approve", "number", "return"} {
			b.WriteString(id[:1] + ":" + m[id].State + " ")
		}
		return b.String()
	}
	s, _ := play(t, d, "receive=accept")
	if got := state(d.Marks(s)); got != "r:done s: e:current a:next n: r: " {
		t.Error(got)
	}
	s, _ = play(t, d, "receive=accept", "examine=pass", "approve=back")
	m := d.Marks(s)
	if got := state(m); got != "r:done s: e:current a:next n: r: " {
		t.Error("after a way back: " + got)
	}
	if m["f_examine_decided_approve"].State != "" || m["f_receive_receive_decided"].State != MarkDone {
		t.Errorf("flows: %v", m)
	}
	s, _ = play(t, d, "receive=accept", "examine=pass", "approve=approve", "number=issued", "return=returned")
	m = d.Marks(s)
	if got := state(m); got != "r:done s: e:done a:done n:done r:done " || m["returned"].State != MarkDone || m["refused"].State != "" {
		t.Error("at the end: " + got)
	}
}

func TestOutline(t *testing.T) {
	d := mustParse(t, string(realFiles(t)["lien-thong-song-song.bpmn"]))
	s, _ := play(t, d, "receive=accept", "examine=pass", "approve=approve")
	items := d.Outline(d.Marks(s))
	var ids []string
	byID := map[string]OutlineItem{}
	for _, it := range items {
		ids = append(ids, it.ID)
		byID[it.ID] = it
	}
	want := "start receive examine approve number residence insurance_card return returned"
	got := " " + strings.Join(ids, " ") + " "
	at := -1
	for _, id := range strings.Fields(want) {
		i := strings.Index(got, " "+id+" ")
		if i < at {
			t.Errorf("%s comes too early: %s", id, got)
		}
		at = i
	}
	if it := byID["number"]; it.State != MarkCurrent || it.Lane != "Văn thư cấp xã" || len(it.Ways) != 2 || !it.Ways[0].Together {
		t.Errorf("number = %+v", it)
	}
	ways := byID["examine"].Ways
	if len(ways) != 3 || ways[0].Label != "Đủ điều kiện" || ways[0].To != "approve" || ways[1].LabelTitle("en") != "Supplement" || ways[2].Label != "Không đủ điều kiện" {
		t.Errorf("ways = %+v", ways)
	}
	if w := byID["approve"].Ways[1]; !w.Back || w.To != "examine" {
		t.Errorf("way back = %+v", w)
	}
}

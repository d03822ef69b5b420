package bpmn

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lienthong/internal/kit/fault"
)

// head and foot wrap the inside of a definitions element.
const (
	head = `<?xml version="1.0" encoding="UTF-8"?><bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:lt="https://lienthong.vn/ns/bpmn/1" id="defs">`
	foot = `</bpmn:definitions>`
)

// process writes a process of the short form "a>b" with optional condition "a>b:expr" and default
// "a>b!"; nodes are written as given.
func process(nodes string, flows ...string) string {
	var b strings.Builder
	defaults := map[string]string{}
	for i, f := range flows {
		arrow, cond, _ := strings.Cut(f, ":")
		arrow, isDefault := strings.CutSuffix(arrow, "!")
		from, to, _ := strings.Cut(arrow, ">")
		id := fmt.Sprintf("f%d", i+1)
		if isDefault {
			defaults[from] = id
		}
		fmt.Fprintf(&b, `<bpmn:sequenceFlow id="%s" sourceRef="%s" targetRef="%s">`, id, from, to)
		if cond != "" {
			b.WriteString(`<bpmn:conditionExpression>` + strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(cond) + `</bpmn:conditionExpression>`)
		}
		b.WriteString(`</bpmn:sequenceFlow>`)
	}
	for from, id := range defaults {
		nodes = strings.Replace(nodes, `id="`+from+`"`, `id="`+from+`" default="`+id+`"`, 1)
	}
	return head + `<bpmn:process id="p" isExecutable="true">` + nodes + b.String() + `</bpmn:process>` + foot
}

// node writes one flow node.
func node(typ, id string) string { return `<bpmn:` + typ + ` id="` + id + `" name="` + id + `"/>` }

// task writes a user task with outcomes by key.
func task(id string, outcomes ...string) string {
	s := `<bpmn:userTask id="` + id + `" name="` + id + `" lt:action="work"><bpmn:extensionElements>`
	for _, o := range outcomes {
		s += `<lt:outcome key="` + o + `" name="` + o + `"/>`
	}
	return s + `</bpmn:extensionElements></bpmn:userTask>`
}

// laned puts every named node into one lane, so that Check finds somebody for it.
func laned(src string, ids ...string) string {
	lane := `<bpmn:laneSet id="ls"><bpmn:lane id="lane" name="Làn" lt:role="specialist" lt:agency="reception">`
	for _, id := range ids {
		lane += `<bpmn:flowNodeRef>` + id + `</bpmn:flowNodeRef>`
	}
	return strings.Replace(src, `isExecutable="true">`, `isExecutable="true">`+lane+`</bpmn:lane></bpmn:laneSet>`, 1)
}

func mustParse(t testing.TB, src string) *Definition {
	t.Helper()
	d, err := Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// realFiles returns the processes of the pack and of testdata.
func realFiles(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, pattern := range []string{"testdata/*.bpmn", "../../../packs/bac-kan/processes/*.bpmn"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("no files match %s", pattern)
		}
		for _, n := range names {
			src, err := os.ReadFile(n)
			if err != nil {
				t.Fatal(err)
			}
			out[filepath.Base(n)] = src
		}
	}
	return out
}

func TestParseRefuses(t *testing.T) {
	ok := node("startEvent", "s") + node("endEvent", "e")
	deep := strings.Repeat("<a>", 70) + strings.Repeat("</a>", 70)
	for name, c := range map[string]struct{ src, key, element string }{
		"empty":           {" \n", "bpmn.xml.empty", ""},
		"broken":          {head + "<bpmn:process>", "bpmn.xml.broken", ""},
		"two roots":       {head + foot + "<x/>", "bpmn.xml.broken", ""},
		"not bpmn":        {"<svg/>", "bpmn.xml.root", ""},
		"other ns":        {`<definitions xmlns="urn:x"/>`, "bpmn.xml.root", ""},
		"doctype":         {`<!DOCTYPE a [<!ENTITY b "c">]>` + head + foot, "bpmn.xml.doctype", ""},
		"entity":          {head + "&bomb;" + foot, "bpmn.xml.broken", ""},
		"charset":         {`<?xml version="1.0" encoding="shift_jis"?><a/>`, "bpmn.xml.charset", ""},
		"utf-16, cut off": {"\xFF\xFE<\x00a", "bpmn.xml.broken", ""},
		"utf-16, half":    {"\xFF\xFE<\x00\x00\xD8", "bpmn.xml.broken", ""},
		"deep":            {head + deep + foot, "bpmn.size.depth", ""},
		"big":             {head + strings.Repeat(" ", MaxBytes) + foot, "bpmn.size.file", ""},
		"elements":        {head + strings.Repeat("<a/>", maxElements+1) + foot, "bpmn.size.elements", ""},
		"attribute twice": {head + `<a b="1" b="2"/>` + foot, "bpmn.xml.broken", ""},
		"no process":      {head + foot, "bpmn.process.none", ""},
		"id twice":        {process(ok+node("endEvent", "e"), "s>e"), "bpmn.id.twice", "e"},
		"no id":           {process(ok+`<bpmn:userTask name="x"/>`, "s>e"), "bpmn.id.missing", ""},
		"source":          {process(ok, "x>e"), "bpmn.ref.dangling", "f1"},
		"target":          {process(ok, "s>x"), "bpmn.ref.dangling", "f1"},
		"default":         {process(ok+`<bpmn:exclusiveGateway id="g" default="f9"/>`, "s>e"), "bpmn.ref.dangling", "g"},
		"foreign default": {process(ok+`<bpmn:exclusiveGateway id="g" default="f1"/>`, "s>e"), "bpmn.ref.dangling", "g"},
		"incoming":        {process(ok+`<bpmn:userTask id="u"><bpmn:incoming>f9</bpmn:incoming></bpmn:userTask>`, "s>e"), "bpmn.ref.dangling", "u"},
		"lane":            {laned(process(ok, "s>e"), "nobody"), "bpmn.ref.dangling", "lane"},
		"attached":        {process(ok+`<bpmn:boundaryEvent id="b" attachedToRef="x"/>`, "s>e"), "bpmn.ref.dangling", "b"},
		"diagram":         {strings.Replace(process(ok, "s>e"), foot, `<bpmndi:BPMNDiagram id="d"><bpmndi:BPMNPlane id="pl" bpmnElement="p"><bpmndi:BPMNShape id="sh" bpmnElement="ghost"/></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>`+foot, 1), "bpmn.ref.dangling", "sh"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := Parse([]byte(c.src))
			var p *Problem
			if !errors.As(err, &p) {
				t.Fatalf("Parse = %v, %v", d, err)
			}
			if p.Key != c.key || p.Element != c.element {
				t.Errorf("problem = %s at %q, want %s at %q", p.Key, p.Element, c.key, c.element)
			}
			if vi, en := p.Text("vi"), p.Text("en"); vi == "" || en == "" || vi == en || strings.Contains(vi+en, "{") {
				t.Errorf("texts %q, %q", vi, en)
			}
			if k := p.Fault().Kind; k != fault.Invalid && k != fault.TooLarge {
				t.Errorf("fault kind %v", k)
			}
		})
	}
}

func TestParseReadsRealFiles(t *testing.T) {
	for name, src := range realFiles(t) {
		d, err := Parse(src)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, p := range d.Check() {
			t.Errorf("%s: %s: %s", name, p.Element, p.Text("en"))
		}
		if !d.Executable || d.Name == "" || d.NameEn == "" || d.Start() == nil {
			t.Errorf("%s: process %q is not fully described", name, d.Name)
		}
		if strings.HasPrefix(name, "quay") != d.AutoLayout {
			t.Errorf("%s: AutoLayout = %v", name, d.AutoLayout)
		}
		for i := range d.Nodes {
			n := &d.Nodes[i]
			if d.Node(n.ID) != n || n.Bounds.Zero() {
				t.Errorf("%s: node %s is not found or not drawn", name, n.ID)
			}
			if n.IsTask() && d.LaneOf(n) == nil {
				t.Errorf("%s: task %s has no lane", name, n.ID)
			}
		}
		for i := range d.Flows {
			if f := &d.Flows[i]; d.Flow(f.ID) != f || len(f.Points) < 2 {
				t.Errorf("%s: flow %s is not found or not drawn", name, f.ID)
			}
		}
	}
}

func TestParseReadsExtensions(t *testing.T) {
	src := realFiles(t)["chuyen-vien-lanh-dao.bpmn"]
	d := mustParse(t, string(src))
	n := d.Node("examine")
	want := []Outcome{
		{Key: "pass", Name: "Đủ điều kiện", NameEn: "Meets the conditions", Kind: OutcomeForward},
		{Key: "supplement", Name: "Yêu cầu bổ sung", NameEn: "Ask for supplement", NeedsNote: true, Kind: OutcomeSupplement},
		{Key: "refuse", Name: "Không đủ điều kiện", NameEn: "Does not meet the conditions", NeedsNote: true, Kind: OutcomeRefuse},
	}
	if diff := cmp.Diff(want, n.Outcomes); diff != "" {
		t.Error(diff)
	}
	if n.Action != "examine" || n.Form != "chung" || n.Budget != 480 || n.Status != 4 || n.Doc == "" || n.Lane != "specialist" {
		t.Errorf("task = %+v", n)
	}
	l := d.LaneOf(d.Node("sign_leader"))
	if l.Role != "leader" || l.Agency != "decision" || l.Division != "van-phong" || l.Title("en") != "Leader" {
		t.Errorf("lane = %+v", l)
	}
	if got := d.Node("supplement").Title("en"); got != "Applicant supplements" {
		t.Errorf("title = %q", got)
	}
}

// TestParseKeepsOrderOfOutgoing follows BPMN 10.6.2: conditions are tried as the gateway lists its
// ways out, not as the flows stand in the file.
func TestParseKeepsOrderOfOutgoing(t *testing.T) {
	src := process(node("startEvent", "s")+`<bpmn:exclusiveGateway id="g"><bpmn:outgoing>f3</bpmn:outgoing><bpmn:outgoing>f2</bpmn:outgoing></bpmn:exclusiveGateway>`+
		node("endEvent", "a")+node("endEvent", "b"), "s>g", `g>a:true`, `g>b:true`)
	d := mustParse(t, src)
	if diff := cmp.Diff([]string{"f3", "f2"}, d.Node("g").Out); diff != "" {
		t.Fatal(diff)
	}
	s, _, err := d.Step(State{}, Event{Kind: EventStart})
	if err != nil || s.End != "b" {
		t.Errorf("ended at %q, %v", s.End, err)
	}
}

func TestParseCharsets(t *testing.T) {
	src := strings.Replace(process(node("startEvent", "s")+node("endEvent", "e"), "s>e"), "UTF-8", "ISO-8859-1", 1)
	src = strings.Replace(src, `name="e"`, "name=\"f\xeate\"", 1)
	if got := mustParse(t, src).Node("e").Name; got != "fête" {
		t.Errorf("name = %q", got)
	}
	bom := "\xEF\xBB\xBF" + process(node("startEvent", "s")+node("endEvent", "e"), "s>e")
	mustParse(t, bom)
}

// TestParseNestedLanes expects leaf lanes with what they inherit.
func TestParseNestedLanes(t *testing.T) {
	src := process(node("startEvent", "s")+task("a")+task("b")+node("endEvent", "e"), "s>a", "a>b", "b>e")
	src = strings.Replace(src, `isExecutable="true">`, `isExecutable="true"><bpmn:laneSet id="ls"><bpmn:lane id="outer" lt:agency="decision" lt:role="specialist"><bpmn:flowNodeRef>a</bpmn:flowNodeRef><bpmn:flowNodeRef>b</bpmn:flowNodeRef><bpmn:childLaneSet id="cls"><bpmn:lane id="in1"><bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane><bpmn:lane id="in2" lt:role="leader"><bpmn:flowNodeRef>b</bpmn:flowNodeRef></bpmn:lane></bpmn:childLaneSet></bpmn:lane></bpmn:laneSet>`, 1)
	d := mustParse(t, src)
	a, b := d.LaneOf(d.Node("a")), d.LaneOf(d.Node("b"))
	if a.ID != "in1" || a.Role != "specialist" || a.Agency != "decision" || b.ID != "in2" || b.Role != "leader" {
		t.Errorf("lanes %+v, %+v", a, b)
	}
}

func TestParseBudget(t *testing.T) {
	for in, want := range map[string]int{"4h": 240, "2d": 960, "30m": 30, "1d4h30m": 750, "0h": 0, "": 0, "4": 0, "h": 0, "4h2d": 0, "1h1h": 0, "-1h": 0, "999999d": 0, "400d": 0, "1m2m": 0} {
		got, ok := ParseBudget(in)
		if ok != (want > 0) || (ok && got != want) {
			t.Errorf("ParseBudget(%q) = %d, %v", in, got, ok)
		}
		if back, _ := ParseBudget(FormatBudget(want)); ok && back != want {
			t.Errorf("FormatBudget(%d) = %q", want, FormatBudget(want))
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, src := range realFiles(f) {
		f.Add(src)
	}
	f.Add([]byte(process(node("startEvent", "s")+task("a", "x", "y")+node("exclusiveGateway", "g")+node("endEvent", "e"), "s>a", "a>g", `g>e:outcome == "x"`, "g>a!")))
	f.Add([]byte(head + `<bpmn:process id="p"><bpmn:subProcess id="sp"><bpmn:startEvent id="x"/></bpmn:subProcess></bpmn:process>` + foot))
	f.Fuzz(func(t *testing.T, src []byte) {
		d, err := Parse(src)
		if err != nil {
			var p *Problem
			if !errors.As(err, &p) || p.Text("vi") == "" || p.Text("en") == "" {
				t.Fatalf("error without a sentence: %v", err)
			}
			return
		}
		problems := d.Check()
		for _, p := range problems {
			if vi, _ := sentence(p.Key); vi == "" {
				t.Fatalf("problem without a sentence: %s", p.Key)
			}
		}
		d.CheckBudget(100)
		d.Outline(nil)
		wellFormed(t, d.SVG(nil, SVGOptions{}))
		s, _, err := d.Step(State{}, Event{Kind: EventStart})
		for i := 0; err == nil && i < 20 && len(s.Tasks()) > 0; i++ {
			k := s.Tasks()[i%len(s.Tasks())]
			outcomes := outcomesOf(d.Node(k.Node))
			s, _, err = d.Step(s, Event{Kind: EventComplete, Token: k.ID, Outcome: outcomes[i%len(outcomes)]})
		}
		if err != nil && len(problems) == 0 && !undecided(err) {
			t.Fatalf("a checked process failed: %v", err)
		}
		wellFormed(t, d.SVG(d.Marks(s), SVGOptions{Lang: "en"}))
	})
}

// undecided reports whether a step failed at a condition on data nobody gave, which no check can
// foresee.
func undecided(err error) bool {
	var p *Problem
	return errors.As(err, &p) && p.Key == "bpmn.state.condition"
}

package bpmn

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// canonical writes a file as what it says: names with their name spaces, attributes in order,
// characters without regard to how they were escaped, comments and instructions. Prefixes, quotation
// marks, the XML declaration and white space inside tags do not count.
func canonical(t *testing.T, src []byte) []string {
	t.Helper()
	text, err := UTF8(src)
	if err != nil {
		t.Fatal(err)
	}
	dec := xml.NewDecoder(bytes.NewReader(text))
	var out []string
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := tok.(type) {
		case xml.StartElement:
			var attrs []string
			for _, a := range x.Attr {
				if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
					attrs = append(attrs, fmt.Sprintf("{%s}%s=%q", a.Name.Space, a.Name.Local, a.Value))
				}
			}
			slices.Sort(attrs)
			out = append(out, fmt.Sprintf("<{%s}%s %s>", x.Name.Space, x.Name.Local, strings.Join(attrs, " ")))
		case xml.EndElement:
			out = append(out, "</"+x.Name.Local+">")
		case xml.CharData:
			if n := len(out); n > 0 && strings.HasPrefix(out[n-1], "text ") {
				out[n-1] += string(x)
			} else {
				out = append(out, "text "+string(x))
			}
		case xml.Comment:
			out = append(out, "comment "+string(x))
		case xml.ProcInst:
			if x.Target != "xml" {
				out = append(out, "instruction "+x.Target+" "+string(x.Inst))
			}
		}
	}
}

// strange is a valid file with all that other modelers put into files.
const strange = `<?xml version='1.0' encoding='UTF-8' standalone="yes"?>
<?modeler keep="this"?>
<!-- made elsewhere; 5 > 3 -->
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:v='urn:vendor' xmlns:semantic="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d"   targetNamespace="urn:t">
  <v:settings><v:x a="1" b='"'/><![CDATA[<raw> & "cdata" ]]></v:settings>
  <semantic:process   id="p" v:color='r&amp;d' isExecutable="true" >
	<startEvent id="s" name="a&#10;b"/><userTask id='t' name="“Việc”" v:assignee="${x}" ><extensionElements><v:form><!-- in --><v:field/></v:form></extensionElements></userTask>
	<endEvent id="e"
	/>
    <sequenceFlow id="f1" sourceRef="s" targetRef="t"/><sequenceFlow id="f2" sourceRef="t" targetRef="e"/>
  </semantic:process>
</definitions>
<!-- the end -->
`

// TestFileKeepsEverything changes attributes and changes them back: nothing else differs by a byte.
func TestFileKeepsEverything(t *testing.T) {
	files := realFiles(t)
	files["strange"] = []byte(strange)
	for name, src := range files {
		t.Run(name, func(t *testing.T) {
			f, err := ReadFile(src)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(f.Bytes(), src) {
				t.Fatal("an unchanged file is given back differently")
			}
			d := mustParse(t, string(src))
			id := d.Nodes[1].ID
			was, had := f.Attr(id, "", "name")
			wasAction, hadAction := f.Attr(id, NS, "action")
			hostile := `<a> & "b" 'c'` + "\n\tđ"
			for _, set := range []struct{ ns, name, value string }{{"", "name", hostile}, {NS, "action", hostile}} {
				if err := f.SetAttr(id, set.ns, set.name, set.value); err != nil {
					t.Fatal(err)
				}
				if got, _ := f.Attr(id, set.ns, set.name); got != set.value {
					t.Fatalf("%s is %q", set.name, got)
				}
			}
			d2 := mustParse(t, string(f.Bytes()))
			if d2.Nodes[1].Action != strings.TrimSpace(hostile) || len(d2.Nodes) != len(d.Nodes) {
				t.Errorf("after the change: %+v", d2.Nodes[1])
			}
			if !had {
				was = ""
			}
			if !hadAction {
				wasAction = ""
			}
			if f.SetAttr(id, "", "name", was) != nil || f.SetAttr(id, NS, "action", wasAction) != nil {
				t.Fatal("not changed back")
			}
			if diff := cmp.Diff(canonical(t, src), canonical(t, f.Bytes())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFileAddsAttributes(t *testing.T) {
	f, err := ReadFile([]byte(strange))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetAttr("e", NS, "status", "9"); err != nil {
		t.Fatal(err)
	}
	if err := f.SetAttr("t", NS, "action", "work"); err != nil {
		t.Fatal(err)
	}
	if err := f.SetAttr("t", NS, "budget", "4h"); err != nil {
		t.Fatal(err)
	}
	d := mustParse(t, string(f.Bytes()))
	if n := d.Node("t"); d.Node("e").Status != 9 || n.Action != "work" || n.Budget != 240 {
		t.Errorf("%+v", n)
	}
	want := strings.NewReplacer(`id="e"`, `id="e" xmlns:lt="`+NS+`" lt:status="9"`, `v:assignee="${x}"`, `v:assignee="${x}" xmlns:lt="`+NS+`" lt:action="work" lt:budget="4h"`).Replace(strange)
	if diff := cmp.Diff(want, string(f.Bytes())); diff != "" {
		t.Error(diff)
	}
	for _, bad := range [][2]string{{"nobody", "x"}, {"t", "a b"}, {"t", "id"}, {"t", ""}} {
		if f.SetAttr(bad[0], "", bad[1], "v") == nil {
			t.Errorf("%v was set", bad)
		}
	}
}

// TestEncodings reads one process in every encoding and finds the same.
func TestEncodings(t *testing.T) {
	src := strings.Replace(process(strings.Replace(node("startEvent", "s"), `name="s"`, `name="Bắt đầu 𝄞"`, 1)+node("endEvent", "e"), "s>e"), "UTF-8", "UTF-16", 1)
	utf16of := func(big, mark bool) []byte {
		var out []byte
		units := utf16.Encode([]rune(src))
		if mark {
			units = append([]uint16{0xFEFF}, units...)
		}
		for _, u := range units {
			if big {
				out = append(out, byte(u>>8), byte(u))
			} else {
				out = append(out, byte(u), byte(u>>8))
			}
		}
		return out
	}
	for name, in := range map[string][]byte{"big": utf16of(true, true), "little": utf16of(false, true), "big without a mark": utf16of(true, false), "little without a mark": utf16of(false, false)} {
		d, err := Parse(in)
		if err != nil || d.Node("s").Name != "Bắt đầu 𝄞" {
			t.Errorf("%s: %v", name, err)
			continue
		}
		f, err := ReadFile(in)
		if err != nil || !bytes.Equal(f.Bytes(), in) {
			t.Errorf("%s: given back differently, %v", name, err)
		}
		u, err := UTF8(in)
		if err != nil || !bytes.Contains(u, []byte(`encoding="UTF-8"`)) || strings.Replace(string(u), "UTF-8", "UTF-16", 1) != src {
			t.Errorf("%s: as UTF-8 %.60s, %v", name, u, err)
		}
	}
	for enc, text := range map[string]string{"ISO-8859-1": "f\xeate", "windows-1252": "f\xeate \x80", "latin1": "f\xeate"} {
		in := strings.NewReplacer("UTF-8", enc, `name="e"`, `name="`+text+`"`).Replace(process(node("startEvent", "s")+node("endEvent", "e"), "s>e"))
		want := map[string]string{"windows-1252": "fête €"}[enc]
		if want == "" {
			want = "fête"
		}
		if d := mustParse(t, in); d.Node("e").Name != want {
			t.Errorf("%s: %q", enc, d.Node("e").Name)
		}
	}
}

// TestProblemsTogether expects one reading to find all that is wrong, each with its element.
func TestProblemsTogether(t *testing.T) {
	src := process(node("startEvent", "s")+node("endEvent", "e")+`<bpmn:boundaryEvent id="b" attachedToRef="s"><bpmn:messageEventDefinition messageRef="m"/></bpmn:boundaryEvent>`+
		`<bpmn:exclusiveGateway id="g" default="f9"/>`, "s>x", "y>e")
	src = laned(src, "nobody")
	_, err := Parse([]byte(src))
	ps, ok := err.(Problems)
	if !ok {
		t.Fatalf("%v", err)
	}
	var got []string
	for _, p := range ps {
		got = append(got, fmt.Sprint(p.Element, " ", p.Args["attribute"], " ", p.Args["ref"]))
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"b attachedToRef s", "b messageRef m", "f1 targetRef x", "f2 sourceRef y", "g default f9", "lane flowNodeRef nobody"}, got); diff != "" {
		t.Error(diff)
	}
	if len(strings.Split(ps.Error(), "\n")) != 6 || keyOf(err) != "bpmn.ref.dangling" {
		t.Errorf("%v", err)
	}
}

// TestCallsInCircles refuses processes of one file that call each other for ever.
func TestCallsInCircles(t *testing.T) {
	call := func(id, to string) string { return `<bpmn:callActivity id="` + id + `" calledElement="` + to + `"/>` }
	src := strings.Replace(process(node("startEvent", "s")+call("k1", "q")+node("endEvent", "e"), "s>k1", "k1>e"), foot,
		`<bpmn:process id="q"><bpmn:subProcess id="in">`+call("k2", "r")+`</bpmn:subProcess></bpmn:process><bpmn:process id="r">`+call("k3", "q")+`</bpmn:process>`+foot, 1)
	_, err := Parse([]byte(src))
	var p *Problem
	if keyOf(err) != "bpmn.call.cycle" {
		t.Fatal(err)
	}
	if p, _ = err.(*Problem); p == nil || p.Element != "k3" {
		t.Errorf("%v", err)
	}
	self := process(node("startEvent", "s")+call("k1", "p")+node("endEvent", "e"), "s>k1", "k1>e")
	if _, err := Parse([]byte(self)); keyOf(err) != "bpmn.call.cycle" {
		t.Errorf("%v", err)
	}
}

func FuzzFile(f *testing.F) {
	for _, src := range realFiles(f) {
		f.Add(src, "examine", "tên <&\">")
	}
	f.Add([]byte(strange), "t", "x")
	f.Fuzz(func(t *testing.T, src []byte, id, value string) {
		x, err := ReadFile(src)
		if err != nil {
			return
		}
		if !bytes.Equal(x.Bytes(), src) {
			t.Fatal("given back differently")
		}
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r >= 0xFFFD || r >= 0xD800 && r < 0xE000 }) {
			return // XML has no such characters
		}
		if x.SetAttr(id, NS, "action", value) != nil {
			return
		}
		if got, _ := x.Attr(id, NS, "action"); got != value {
			t.Fatalf("set to %q, reads %q", value, got)
		}
		if _, p := readTree(x.Bytes()); p != nil && p.Key == "bpmn.xml.broken" {
			t.Fatalf("broken by a change: %v", p)
		}
	})
}

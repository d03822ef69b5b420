package bpmn

import (
	"strings"
	"testing"
)

// TestKeep gives a file back as a modeler writes it that knows nothing of others: what stood in other
// name spaces is in the result again, what was edited is as edited, and what is gone stays gone.
func TestKeep(t *testing.T) {
	edited := `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="urn:t">
  <bpmn:process id="p" isExecutable="true">
    <bpmn:startEvent id="s" name="Nộp"/>
    <bpmn:userTask id="t" name="Việc mới"/>
    <bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="t"/>
  </bpmn:process>
</bpmn:definitions>`
	got, err := Keep([]byte(strange), []byte(edited))
	if err != nil {
		t.Fatal(err)
	}
	f := opened(t, got)
	for _, want := range []struct{ id, space, name, value string }{
		{"p", "urn:vendor", "color", "r&d"}, {"t", "urn:vendor", "assignee", "${x}"}, {"t", "", "name", "Việc mới"}, {"s", "", "name", "Nộp"},
	} {
		if v, ok := f.Attr(want.id, want.space, want.name); !ok || v != want.value {
			t.Errorf("%s of %s is %q", want.name, want.id, v)
		}
	}
	e := f.edit()
	ext := e.kid(e.find("t"), nsModel, "extensionElements")
	if ext < 0 || e.kid(ext, "urn:vendor", "form") < 0 || e.kid(e.kid(ext, "urn:vendor", "form"), "urn:vendor", "field") < 0 {
		t.Errorf("the vendor's form is gone: %s", got)
	}
	if e.kid(0, "urn:vendor", "settings") < 0 {
		t.Errorf("the vendor's settings are gone: %s", got)
	}
	if e.find("e") >= 0 || e.find("f2") >= 0 {
		t.Error("what was removed is back")
	}
	again, err := Keep([]byte(strange), got)
	if err != nil {
		t.Fatal(err)
	}
	if string(again) != string(got) {
		t.Errorf("keeping twice adds twice:\n%s", again)
	}
}

// TestKeepLeavesWhatIsThere saves every process of the pack unchanged in another writing: nothing is
// added.
func TestKeepLeavesWhatIsThere(t *testing.T) {
	for name, src := range drawn(t) {
		other := strings.ReplaceAll(strings.ReplaceAll(string(src), "bpmn:", "semantic:"), "xmlns:bpmn=", "xmlns:semantic=")
		got, err := Keep(src, []byte(other))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != other {
			t.Errorf("%s: something was added", name)
		}
	}
	src := `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:v="urn:v" id="d"><process id="p"><userTask id="t"><extensionElements><v:a x='1'>&lt;b</v:a><v:a x='1'><![CDATA[<b]]></v:a></extensionElements></userTask></process></definitions>`
	other := strings.ReplaceAll(src, `<![CDATA[<b]]>`, `&#60;b`)
	got, err := Keep([]byte(src), []byte(strings.ReplaceAll(other, "&#60;", "&lt;")))
	if err != nil || strings.Count(string(got), "<v:a") != 2 {
		t.Errorf("%v %s", err, got)
	}
	less := strings.Replace(src, `<v:a x='1'>&lt;b</v:a>`, "", 1)
	got, err = Keep([]byte(src), []byte(less))
	if err != nil || strings.Count(string(got), "<v:a") != 2 {
		t.Errorf("one of two equal ones is lost: %v %s", err, got)
	}
}

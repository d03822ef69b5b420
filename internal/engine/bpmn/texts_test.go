package bpmn

import (
	"strings"
	"testing"

	"lienthong/internal/kit/fault"
)

// TestFaultsFillTheirSentences checks that a fault carries every value its sentence names, the
// element too, because the catalogue knows nothing but the arguments.
func TestFaultsFillTheirSentences(t *testing.T) {
	p := newProblem("g", "bpmn.state.stuck")
	f := p.Fault()
	if f.Kind != fault.Conflict || f.Args["element"] != "g" || len(f.Fields) != 1 || f.Fields[0].Args["element"] != "g" {
		t.Errorf("%+v", f)
	}
	long := newProblem("f", "bpmn.condition.compile", "condition", strings.Repeat("x", 5000), "reason", "r").Fault()
	if s, _ := long.Args["condition"].(string); len(s) > 200 || s == "" {
		t.Errorf("a hostile condition fills the page with %d bytes", len(s))
	}
	for lang, texts := range Texts() {
		if len(texts) < 70 {
			t.Errorf("%s has only %d sentences", lang, len(texts))
		}
		for k, s := range texts {
			if s == "" {
				t.Errorf("%s: %s is empty", lang, k)
			}
		}
	}
}

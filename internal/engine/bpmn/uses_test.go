package bpmn

import (
	"slices"
	"strings"
	"testing"
)

func TestUsesNamesEveryVariable(t *testing.T) {
	nodes := `<bpmn:startEvent id="s"/><bpmn:scriptTask id="x"><bpmn:script>n = vars.form.land.area * 2; all = vars.form.agencies</bpmn:script></bpmn:scriptTask>` +
		task("t", "yes", "no") + `<bpmn:exclusiveGateway id="g"/><bpmn:endEvent id="e"/><bpmn:endEvent id="f"/>`
	d, err := Parse([]byte(model(nodes, "s>x", "x>t", "t>g", `g>e:vars.fee > vars.fee_paid and vars.form.land != nil`, "g>f!")))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := d.Uses(), []string{"fee", "fee_paid", "form.agencies", "form.land.area"}; !slices.Equal(got, want) {
		t.Errorf("uses %v, want %v", got, want)
	}
}

func TestCheckNames(t *testing.T) {
	nodes := ev("startEvent", "s", "", "message") + `<bpmn:serviceTask id="a" lt:service="known"/><bpmn:serviceTask id="b" lt:service="other"/>` +
		`<bpmn:businessRuleTask id="c" lt:decision="fee"/><bpmn:endEvent id="e"/>`
	d, err := Parse([]byte(model(nodes, "s>a", "a>b", "b>c", "c>e")))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range d.CheckNames(Names{Service: func(s string) bool { return s == "known" }}) {
		got = append(got, p.Element+" "+strings.TrimPrefix(p.Key, "bpmn.check."))
		if p.Text("vi") == p.Key || p.Text("en") == p.Key {
			t.Errorf("%s has no sentence", p.Key)
		}
	}
	if want := []string{" plainstart", "b service", "c decision"}; !slices.Equal(got, want) {
		t.Errorf("problems %q, want %q", got, want)
	}
}

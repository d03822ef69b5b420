package bpmn

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// found returns "key element" of each problem.
func found(problems []Problem) []string {
	var out []string
	for _, p := range problems {
		out = append(out, strings.TrimPrefix(strings.TrimPrefix(p.Key, "bpmn."), "check.")+" "+p.Element)
	}
	return out
}

func TestCheckFinds(t *testing.T) {
	s, e := node("startEvent", "s"), node("endEvent", "e")
	a, x := task("a", "yes", "no"), node("exclusiveGateway", "x")
	with := func(lt string) string { return strings.Replace(a, `lt:action`, lt+` lt:action`, 1) }
	line := []string{"s>a", "a>e"}
	for name, c := range map[string]struct {
		nodes string
		flows []string
		want  []string
	}{
		"clean":              {s + a + e, line, nil},
		"clean choice":       {s + a + x + e, []string{"s>a", "a>x", `x>e:outcome == "yes"`, `x>a:outcome == "no"`}, nil},
		"no start":           {a + e, []string{"a>e"}, []string{"start "}},
		"two starts":         {s + node("startEvent", "s2") + a + e, []string{"s>a", "s2>a", "a>e"}, []string{"start "}},
		"no end":             {s + a, []string{"s>a"}, []string{"noend ", "nowayon a"}},
		"unreachable":        {s + a + task("b") + e, []string{"s>a", "a>e", "b>e"}, []string{"nolane b", "unreachable b"}},
		"dead end":           {s + a + task("b") + e, []string{"s>a", "a>e", "a>b"}, []string{"nowayon b", "nolane b"}},
		"never ends":         {s + a + node("exclusiveGateway", "x") + task("b") + e, []string{"s>a", "a>x", `x>e:outcome == "yes"`, "x>b!", "b>b"}, []string{"nolane b", "endless b"}},
		"missing condition":  {s + a + x + e, []string{"s>a", "a>x", `x>e:outcome == "yes"`, "x>a"}, []string{"condition.missing f4"}},
		"no default":         {s + a + x + e, []string{"s>a", "a>x", `x>e:outcome == "yes" && vars.y == 1`, `x>a:outcome == "no"`}, []string{"nodefault x"}},
		"lost outcome":       {s + task("a", "yes", "no", "later") + x + e, []string{"s>a", "a>x", `x>e:outcome == "yes"`, `x>a:outcome == "no"`}, []string{"lostoutcome x"}},
		"gateway at start":   {s + a + x + e, []string{"s>x", "a>x", `x>e:outcome == "yes"`, `x>a:outcome == "no"`}, []string{"nodefault x"}},
		"misspelt outcome":   {s + a + x + e, []string{"s>a", "a>x", `x>e:outcome == "yess"`, "x>a!"}, []string{"condition.outcome f3"}},
		"misspelt task":      {s + a + x + e, []string{"s>a", "a>x", `x>e:outcomes.aa == "yes"`, "x>a!"}, []string{"condition.task f3"}},
		"broken condition":   {s + a + x + e, []string{"s>a", "a>x", `x>e:outcome = "yes"`, "x>a!"}, []string{"condition.compile f3"}},
		"wrong type":         {s + a + x + e, []string{"s>a", "a>x", `x>e:outcome`, "x>a!"}, []string{"condition.compile f3"}},
		"unknown name":       {s + a + x + e, []string{"s>a", "a>x", `x>e:result == 1`, "x>a!"}, []string{"condition.compile f3"}},
		"default condition":  {s + a + x + e, []string{"s>a", "a>x", `x>e:outcome == "yes"`, `x>a!:outcome == "no"`}, []string{"condition.ondefault f4"}},
		"condition at start": {s + a + e, []string{`s>a:outcome == ""`, "a>e"}, []string{"condition.misplaced f1"}},
		"condition at fork":  {s + node("parallelGateway", "g") + a + e, []string{"s>g", `g>a:true`, "a>e"}, []string{"condition.misplaced f2"}},
		"idle loop":          {s + x + node("exclusiveGateway", "y") + a + e, []string{"s>x", "x>y", "y>x:true", "y>a!", "a>e"}, []string{"idleloop x"}},
		"into the start":     {s + a + e, []string{"s>a", "a>e", "a>s"}, []string{"intostart s"}},
		"out of the end":     {s + a + e, []string{"s>a", "a>e", "e>a"}, []string{"outofend e"}},
		"no action":          {s + strings.Replace(a, ` lt:action="work"`, "", 1) + e, line, []string{"noaction a"}},
		"no name":            {s + strings.Replace(a, ` name="a"`, "", 1) + e, line, []string{"noname a"}},
		"bad budget":         {s + with(`lt:budget="2 ngày"`) + e, line, []string{"task.budget a"}},
		"bad status":         {s + with(`lt:status="11"`) + e, line, []string{"node.status a"}},
		"bad form":           {s + with(`lt:form="tờ khai"`) + e, line, []string{"key a"}},
		"outcome twice":      {s + task("a", "yes", "yes") + e, line, []string{"outcome.twice a"}},
		"outcome key":        {s + task("a", "đồng ý") + e, line, []string{"outcome.key a"}},
		"outcome kind":       {s + strings.Replace(a, `key="no"`, `key="no" kind="sideways"`, 1) + e, line, []string{"outcome.kind a"}},
		"outcome name":       {s + strings.Replace(a, `name="no"`, "", 1) + e, line, []string{"outcome.name a"}},
		"outcome on gateway": {s + a + `<bpmn:exclusiveGateway id="x" lt:action="y"/>` + e, []string{"s>a", "a>x", "x>e"}, []string{"notatask x"}},
		"plain task":         {s + a + node("task", "b") + e, []string{"s>a", "a>b", "b>e"}, []string{"plaintask b"}},
		"crossing flow":      {s + a + `<bpmn:subProcess id="sp">` + task("in") + `</bpmn:subProcess>` + e, []string{"s>a", "a>e", "a>in", "in>e", "a>sp", "sp>e"}, []string{"substart sp", "nolane in", "flow.crosses f3", "flow.crosses f4"}},
		"open end of join":   {s + a + node("parallelGateway", "j") + task("b") + e, []string{"s>a", "a>j", "b>j", "j>e"}, []string{"nolane b", "unreachable b"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := mustParse(t, laned(process(c.nodes, c.flows...), "a"))
			problems := d.Check()
			if diff := cmp.Diff(c.want, found(problems)); diff != "" {
				t.Error(diff)
			}
			for _, p := range problems {
				if vi, en := p.Text("vi"), p.Text("en"); vi == "" || en == "" || strings.Contains(vi, "{") || strings.Contains(en, "{") {
					t.Errorf("texts %q, %q", vi, en)
				}
			}
		})
	}
}

// TestCheckRefusesByName names every element of BPMN that parses and is not executed.
func TestCheckRefusesByName(t *testing.T) {
	line := func(middle string) string {
		return laned(process(node("startEvent", "s")+task("a")+middle+node("endEvent", "e"), "s>a", "a>m", "m>e"), "a")
	}
	for _, typ := range []string{"serviceTask", "scriptTask", "sendTask", "receiveTask", "businessRuleTask", "callActivity",
		"transaction", "adHocSubProcess", "complexGateway", "intermediateCatchEvent"} {
		n := strings.NewReplacer(`<bpmn:scriptTask id="m" name="m"/>`, `<bpmn:scriptTask id="m"><bpmn:script>x = 1</bpmn:script></bpmn:scriptTask>`,
			`<bpmn:callActivity`, `<bpmn:callActivity calledElement="other"`).Replace(node(typ, "m"))
		d := mustParse(t, line(n))
		p := d.Check()
		if diff := cmp.Diff([]string{"unsupported m"}, found(p)); diff != "" {
			t.Errorf("%s: %s", typ, diff)
		} else if !strings.Contains(p[0].Text("vi"), typ) || !strings.Contains(p[0].Text("en"), "not executable yet") {
			t.Errorf("%s: %q", typ, p[0].Text("en"))
		}
	}
	for inner, typ := range map[string]string{
		`<bpmn:intermediateThrowEvent id="m"><bpmn:signalEventDefinition/></bpmn:intermediateThrowEvent>`:                                                                                                            "signalEventDefinition",
		`<bpmn:intermediateCatchEvent id="m"><bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>`:                                       "timerEventDefinition",
		`<bpmn:intermediateThrowEvent id="m"><bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateThrowEvent>`:                                       "timerEventDefinition",
		`<bpmn:intermediateThrowEvent id="m"><bpmn:signalEventDefinition/><bpmn:messageEventDefinition/></bpmn:intermediateThrowEvent>`:                                                                              "multipleEventDefinitions",
		`<bpmn:intermediateCatchEvent id="m" parallelMultiple="true"/>`:                                                                                                                                              "parallelMultiple",
		`<bpmn:intermediateCatchEvent id="m"><bpmn:cancelEventDefinition/></bpmn:intermediateCatchEvent>`:                                                                                                            "cancelEventDefinition",
		`<bpmn:userTask id="m" name="m" lt:action="w" completionQuantity="2"/>`:                                                                                                                                      "completionQuantity",
		`<bpmn:userTask id="m" name="m" lt:action="w"><bpmn:multiInstanceLoopCharacteristics behavior="None"><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>`: "behavior=None",
		`<bpmn:eventBasedGateway id="m" instantiate="true"/>`:                                                                                                                                                        "instantiate",
	} {
		p := mustParse(t, line(inner)).Check()
		if len(p) == 0 || p[0].Element != "m" || !strings.Contains(p[0].Text("en"), typ) {
			t.Errorf("%s: %v", typ, found(p))
		}
	}
	timer := strings.Replace(line(task("m")), node("startEvent", "s"), `<bpmn:startEvent id="s"><bpmn:timerEventDefinition><bpmn:timeCycle>R/P1D</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:startEvent>`, 1)
	if p := found(mustParse(t, timer).Check()); len(p) < 2 || p[0] != "start " {
		t.Errorf("timer start: %v", p)
	}
	boundary := line(task("m") + `<bpmn:boundaryEvent id="b" attachedToRef="m"><bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>`)
	if p := strings.Join(found(mustParse(t, boundary).Check()), ","); !strings.Contains(p, "unsupported b") {
		t.Errorf("boundary: %v", p)
	}
	pools := strings.Replace(line(task("m")), foot, `<bpmn:collaboration id="c"><bpmn:participant id="p1" processRef="p"/><bpmn:participant id="p2" name="Công dân"/><bpmn:messageFlow id="mf" sourceRef="p2" targetRef="a"/></bpmn:collaboration>`+foot, 1)
	if p := strings.Join(found(mustParse(t, pools).Check()), ","); !strings.Contains(p, "unsupported mf") {
		t.Errorf("message flow: %v", p)
	}
}

func TestCheckLanes(t *testing.T) {
	base := laned(process(node("startEvent", "s")+task("a")+node("endEvent", "e"), "s>a", "a>e"), "a")
	for attrs, want := range map[string][]string{
		`lt:role="specialist" lt:agency="reception"`:                      nil,
		`lt:role="specialist" lt:agency="unit:so-tttt"`:                   nil,
		`lt:role="applicant"`:                                             nil,
		`lt:agency="reception"`:                                           {"lane.role lane"},
		`lt:role="specialist"`:                                            {"lane.agency lane"},
		`lt:role="specialist" lt:agency="unit:"`:                          {"lane.agency lane"},
		`lt:role="specialist" lt:agency="somewhere"`:                      {"lane.agency lane"},
		`lt:role="chuyên viên" lt:agency="reception"`:                     {"key lane"},
		`lt:role="specialist" lt:agency="decision" lt:division="a b"`:     {"key lane"},
		`lt:role="specialist" lt:agency="superior" lt:division="cong-an"`: nil,
	} {
		d := mustParse(t, strings.Replace(base, `lt:role="specialist" lt:agency="reception"`, attrs, 1))
		if diff := cmp.Diff(want, found(d.Check())); diff != "" {
			t.Errorf("%s: %s", attrs, diff)
		}
	}
}

func TestCheckBudget(t *testing.T) {
	want := map[string]int{
		"mot-cua-trong-ngay.bpmn": 480, "mot-cua-co-tham-dinh.bpmn": 23 * 60, "so-nganh.bpmn": 38 * 60, "so-nganh-ba-ngay.bpmn": 24 * 60,
		"co-nghia-vu-tai-chinh.bpmn": 32 * 60, "lien-thong-xa-huyen.bpmn": 30 * 60, "lien-thong-xa-huyen-tinh.bpmn": 50 * 60,
		"lien-thong-song-song.bpmn": 26 * 60, // of the two branches one day counts
		"xin-y-kien-song-song.bpmn": 240 + 960,
	}
	files := realFiles(t)
	for name, minutes := range want {
		d := mustParse(t, string(files[name]))
		if d.Budget() != minutes {
			t.Errorf("%s: %s", name, FormatBudget(d.Budget()))
		}
		if p := d.CheckBudget(minutes); p != nil {
			t.Errorf("%s: %v", name, p)
		}
		p := d.CheckBudget(minutes - 1)
		if len(p) != 1 || !strings.Contains(p[0].Text("vi"), FormatBudget(minutes)) || p[0].Element == "" {
			t.Errorf("%s: %v", name, p)
		}
	}
}

func TestConditionLimits(t *testing.T) {
	for src, key := range map[string]string{
		`outcome == "a"`:                            "",
		`outcome in ["a", "b"] && vars.n > 3`:       "",
		`lower(trim(vars.name)) == "x"`:             "",
		`vars.kind == "a" ? outcome == "b" : false`: "",
		`outcomes["a-b"] != "yes"`:                  "",
		`all(1..100, # > 0)`:                        "bpmn.condition.refused",
		`any([1], # > 0)`:                           "bpmn.condition.refused",
		`1 in 1..1000000`:                           "bpmn.condition.refused",
		`let a = outcome; a == a`:                   "bpmn.condition.refused",
		`outcome matches "(a+)+$"`:                  "bpmn.condition.refused",
		`vars.f()`:                                  "bpmn.condition.refused",
		`now() != nil`:                              "bpmn.condition.compile",
		`repeat("a", 100000000) == outcome`:         "bpmn.condition.compile",
		`$env.outcome == "a"`:                       "bpmn.condition.refused",
		`2 ** 3 == 8`:                               "bpmn.condition.refused",
		`{"a": 1}.a == 1`:                           "bpmn.condition.refused",
		strings.Repeat("!", maxCondition) + "true":  "bpmn.condition.long",
		strings.Repeat("(", 900) + "true":           "bpmn.condition.compile",
		"true" + strings.Repeat(" || true", 110):    "bpmn.condition.compile",
	} {
		c := compileCondition("f", src)
		got := ""
		if c.problem != nil {
			got = c.problem.Key
		}
		if got != key {
			t.Errorf("%.60s: %s, want %s (%v)", src, got, key, c.problem)
		}
	}
}

// TestConditionKnowsWhatItNeeds expects what a condition looks at to be seen.
func TestConditionKnowsWhatItNeeds(t *testing.T) {
	c := compileCondition("f", `"b" == outcome || outcome in ["c", "d"] || outcomes.t == "z"`)
	if got := fmt.Sprint(c.names, c.tasks, c.vars, c.simple); got != "[b c d] [t] true false" {
		t.Error(got)
	}
	if c := compileCondition("f", `outcome == "b"`); !c.simple || c.equals != "b" || c.vars {
		t.Errorf("%+v", c)
	}
}

func FuzzCondition(f *testing.F) {
	for _, s := range []string{`outcome == "a"`, `vars.a.b[0] > 3`, `outcomes.x != outcome`, `lower(vars.x) in ["a"]`, `vars?.a ?? true`, `1/0 > 2`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		c := compileCondition("f", src)
		flow := &Flow{ID: "f", cond: c}
		env := &condEnv{Outcome: "a", Vars: map[string]any{"a": map[string]any{"b": []any{1.0}}, "x": "Y"}}
		first, p1 := c.eval(flow, env)
		second, p2 := c.eval(flow, env)
		if first != second || (p1 == nil) != (p2 == nil) {
			t.Fatalf("%q is not the same twice", src)
		}
	})
}

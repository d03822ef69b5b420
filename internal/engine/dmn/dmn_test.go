package dmn

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"lienthong/internal/engine/feel"
	"lienthong/internal/kit/civil"
)

const head = `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:x="http://example.org/x" id="d" name="thử" namespace="urn:test">`

// file returns a model file of the parts.
func file(parts ...string) string { return head + strings.Join(parts, "\n") + "</definitions>" }

func inputData(name, typ string) string {
	return fmt.Sprintf(`<inputData id="in_%s" name="%s"><variable name="%s" typeRef="%s"/></inputData>`, name, name, name, typ)
}

// tableOf returns a decision with a table over the inputs a (number) and b (string); a rule is
// "test | test | output".
func tableOf(attrs, outputs string, rules ...string) string {
	var b strings.Builder
	b.WriteString(`<decision id="D" name="D"><variable name="D"/><informationRequirement><requiredInput href="#in_a"/></informationRequirement>
<informationRequirement><requiredInput href="#in_b"/></informationRequirement><decisionTable id="T" ` + attrs + `>
<input id="ca" label="a"><inputExpression typeRef="number"><text>a</text></inputExpression></input>
<input id="cb" label="b"><inputExpression typeRef="string"><text>b</text></inputExpression></input>` + outputs)
	for i, r := range rules {
		cells := strings.Split(r, "|")
		fmt.Fprintf(&b, `<rule id="r%d">`, i+1)
		for j, c := range cells {
			tag := "outputEntry"
			if j < 2 {
				tag = "inputEntry"
			}
			c = strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(strings.TrimSpace(c))
			fmt.Fprintf(&b, `<%s><text>%s</text></%s>`, tag, c, tag)
		}
		b.WriteString(`</rule>`)
	}
	b.WriteString(`</decisionTable></decision>`)
	return inputData("a", "number") + inputData("b", "string") + b.String()
}

func mustParse(t *testing.T, text string) *Model {
	t.Helper()
	m, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func text(v feel.Value) string { return feel.NewRun(time.Time{}, nil).Text(v) }

const one = `<output id="o"><outputValues><text>"cao", "vừa", "thấp"</text></outputValues></output>`

// TestHitPolicies asks one table under every policy (clause 8.2.8).
func TestHitPolicies(t *testing.T) {
	words := []string{`< 10 | - | "thấp"`, `< 5 | - | "cao"`, `[3..7] | "x" | "cao"`}
	amounts := []string{`< 10 | - | 20`, `< 5 | - | 20`, `[3..7] | "x" | 5`}
	for _, tt := range []struct {
		attrs, outputs string
		rules          []string
		a, b, want     string
		outcome        string
	}{
		{``, one, words, "8", "y", "thấp", outcomeMatched},
		{`hitPolicy="UNIQUE"`, one, words, "4", "y", "null", outcomeConflict},
		{`hitPolicy="ANY"`, one, words, "4", "y", "null", outcomeConflict},
		{`hitPolicy="ANY"`, one, words[1:], "4", "x", "cao", outcomeMatched},
		{`hitPolicy="PRIORITY"`, one, words, "4", "y", "cao", outcomeMatched},
		{`hitPolicy="FIRST"`, one, words, "4", "y", "thấp", outcomeMatched},
		{`hitPolicy="RULE ORDER"`, one, words, "4", "x", `["thấp", "cao", "cao"]`, outcomeMatched},
		{`hitPolicy="OUTPUT ORDER"`, one, words, "4", "x", `["cao", "cao", "thấp"]`, outcomeMatched},
		{`hitPolicy="COLLECT"`, `<output/>`, amounts, "4", "x", "[20, 20, 5]", outcomeMatched},
		{`hitPolicy="COLLECT" aggregation="SUM"`, `<output/>`, amounts, "4", "x", "45", outcomeMatched},
		{`hitPolicy="COLLECT" aggregation="MIN"`, `<output/>`, amounts, "4", "x", "5", outcomeMatched},
		{`hitPolicy="COLLECT" aggregation="MAX"`, `<output/>`, amounts, "4", "x", "20", outcomeMatched},
		{`hitPolicy="COLLECT" aggregation="COUNT"`, `<output/>`, amounts, "4", "x", "2", outcomeMatched},
		{``, `<output><defaultOutputEntry><text>0</text></defaultOutputEntry></output>`, amounts, "99", "x", "0", outcomeDefault},
		{``, `<output/>`, amounts, "99", "x", "null", outcomeNone},
		{``, `<output name="m"/><output name="n"/>`, []string{`1 | - | 2 | "k"`}, "1", "x", `{m: 2, n: "k"}`, outcomeMatched},
	} {
		m := mustParse(t, file(tableOf(tt.attrs, tt.outputs, tt.rules...)))
		n, _ := feel.ParseNumber(tt.a)
		res, err := m.Decide("D", Question{Inputs: map[string]any{"a": n, "b": tt.b}})
		if err != nil {
			t.Fatal(err)
		}
		if got := text(res.Value); got != tt.want || len(res.Tables) != 1 || res.Tables[0].Outcome != tt.outcome {
			t.Errorf("%s with %s, %s: %s (%+v), want %s (%s)", tt.attrs, tt.a, tt.b, got, res.Tables, tt.want, tt.outcome)
		}
		if res.Value == nil && len(res.Notes) == 0 {
			t.Errorf("%s: null without a reason", tt.attrs)
		}
		for _, lang := range []string{"vi", "en"} {
			if s := res.Explain(lang); strings.Contains(s, "dmn.") || strings.Contains(s, "{why}") || strings.Contains(s, "{inputs}") || s == "" {
				t.Errorf("%s: %s", lang, s)
			}
			for _, n := range res.Notes {
				if s := n.Text(lang); strings.HasPrefix(s, "dmn.") || strings.Contains(s, "{reason}") {
					t.Errorf("%s: %s", lang, s)
				}
			}
		}
	}
}

// TestExplains checks the whole sentence that an auditor reads.
func TestExplains(t *testing.T) {
	m := mustParse(t, file(tableOf(``, `<output/>`, `< 5 | "x","y" | 20000`, `>= 5 | - | 0`)))
	res, err := m.Decide("D", Question{Inputs: map[string]any{"a": 3, "b": "y"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := res.Explain("vi"), `Bảng “D” (U), với a = 3, b = "y": khớp dòng 1 (a: < 5, b: "x","y"); kết quả 20000.`; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got, want := res.Explain("en"), `Table “D” (U), with a = 3, b = "y": matched rule 1 (a: < 5, b: "x","y"); result 20000.`; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestTableAnalysis looks for contradictions, gaps and useless rules.
func TestTableAnalysis(t *testing.T) {
	for _, tt := range []struct {
		attrs string
		rules []string
		want  []string // key and English text
	}{
		{``, []string{`< 5 | - | 1`, `[5..10) | - | 2`, `>= 10 | - | 3`}, nil},
		{``, []string{`<= 5 | - | 1`, `>= 5 | - | 2`}, []string{`Rules 1 and 2 both match when a = 5, b = "…", but only one may.`}},
		{``, []string{`< 5 | - | 1`, `> 5 | - | 2`}, []string{`No rule matches when a = 5, b = "…".`}},
		{``, []string{`- | "x" | 1`, `- | not("x") | 2`}, nil},
		{``, []string{`- | "x" | 1`, `< 1 | not("x") | 2`}, []string{`No rule matches when a = 1, b = "…".`}},
		{`hitPolicy="FIRST"`, []string{`< 5 | - | 1`, `- | - | 2`, `3 | "x" | 3`}, []string{`Rule 3 is never used.`}},
		{`hitPolicy="FIRST"`, []string{`< 5 and > 7 | - | 1`, `- | - | 2`}, []string{`The expression “< 5 and > 7” cannot be read. Line 1, column 5: “and > 7” was not expected.`}},
		{`hitPolicy="COLLECT"`, []string{`< 5 | - | 1`, `< 7 | - | 2`}, nil},
		{`hitPolicy="PRIORITY"`, []string{`- | - | 1`}, []string{`The table decides by priority, but no output lists its values in order.`}},
		{``, []string{`< c | - | 1`, `- | - | 2`}, []string{`Nothing here has the name “c”; connect the data or the decision it needs in the diagram.`}},
		{``, []string{`- | - | 1 | 2`}, []string{`Rule 1 has 4 cells for 3 columns.`}},
	} {
		m := mustParse(t, file(tableOf(tt.attrs, `<output/>`, tt.rules...)))
		var got []string
		for _, p := range m.Check() {
			got = append(got, p.Text("en"))
			if vi := p.Text("vi"); strings.HasPrefix(vi, "dmn.") || p.Element == "" {
				t.Errorf("%+v: %s", p, vi)
			}
			if f := p.Fault(); f.Key != p.Key || len(f.Fields) != 1 {
				t.Errorf("%+v", f)
			}
		}
		if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
			t.Errorf("%q:\n%s\nwant\n%s", tt.rules, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
		}
	}
}

// TestRefuses checks what is no model, by element.
func TestRefuses(t *testing.T) {
	needs := func(id, to string) string {
		return `<decision id="` + id + `" name="` + id + `"><informationRequirement><requiredDecision href="#` + to + `"/></informationRequirement><literalExpression><text>1</text></literalExpression></decision>`
	}
	deep := strings.Repeat("<x:a>", 200) + strings.Repeat("</x:a>", 200)
	for _, tt := range []struct{ text, key, element string }{
		{"", "dmn.xml.broken", ""},
		{`<!DOCTYPE a [<!ENTITY b "c">]><a/>`, "dmn.xml.doctype", ""},
		{`<a/>`, "dmn.xml.root", ""},
		{head, "dmn.xml.broken", ""},
		{`<?xml version="1.0" encoding="EBCDIC"?><a/>`, "dmn.xml.charset", ""},
		{file(needs("A", "B")), "dmn.ref.dangling", "A"},
		{file(needs("A", "B"), needs("B", "A")), "dmn.ref.cycle", "A"},
		{file(needs("A", "A")), "dmn.ref.cycle", "A"},
		{file(inputData("a", "number"), inputData("a", "number")), "dmn.id.twice", "in_a"},
		{file(`<decision/>`), "dmn.id.missing", ""},
		{file(`<import namespace="urn:b" name="b" importType="https://www.omg.org/spec/DMN/20191111/MODEL/" id="i"/>`), "dmn.import.missing", "i"},
		{file(deep), "dmn.size.elements", ""},
		{strings.Repeat(" ", MaxBytes+1), "dmn.size.file", ""},
	} {
		_, err := Parse([]byte(tt.text))
		var p *Problem
		if !errors.As(err, &p) || p.Key != tt.key || p.Element != tt.element || p.Text("vi") == p.Key {
			t.Errorf("%.80s: %v, want %s at %q", tt.text, err, tt.key, tt.element)
		}
	}
	for _, tt := range []struct{ part, key string }{
		{`<itemDefinition id="i" name="t"><typeRef>u</typeRef></itemDefinition>`, "dmn.type.unknown"},
		{`<itemDefinition id="i" name="t"><typeRef>t</typeRef></itemDefinition>`, "dmn.type.cycle"},
		{`<decision id="A" name="A"/>`, "dmn.decision.empty"},
		{`<decision id="A" name="A"><literalExpression expressionLanguage="http://www.w3.org/1999/XPath"><text>1</text></literalExpression></decision>`, "dmn.expression.language"},
		{`<businessKnowledgeModel id="A" name="A"><encapsulatedLogic kind="Java"><context/></encapsulatedLogic></businessKnowledgeModel>`, "dmn.function.kind"},
		{`<decision id="A" name="A"><relation><column name="a"/><row><list/><list/></row></relation></decision>`, "dmn.relation.row"},
		{`<decision id="A" name="A"><decisionTable hitPolicy="SOME"><output/></decisionTable></decision>`, "dmn.table.policy"},
		{`<decision id="A" name="A"><decisionTable/></decision>`, "dmn.table.output"},
	} {
		found := false
		for _, p := range mustParse(t, file(tt.part)).Check() {
			found = found || p.Key == tt.key
		}
		if !found {
			t.Errorf("%s is not told of: %s", tt.part, tt.key)
		}
	}
}

// TestKeepsTheFile checks that a model gives its file back to the byte.
func TestKeepsTheFile(t *testing.T) {
	src := file(`<!-- chú thích --><x:mở a="1"  b='2'/>`, tableOf(``, `<output/>`, `1|-|1`)) + "\n\n"
	m := mustParse(t, src)
	if string(m.Bytes()) != src {
		t.Error("the file changed")
	}
	latin := []byte("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" + strings.TrimPrefix(file("<decision id=\"A\" name=\"caf\xe9\"/>"), `<?xml version="1.0" encoding="UTF-8"?>`))
	l, err := Parse([]byte(strings.ReplaceAll(string(latin), "thử", "thu")))
	if err != nil || l.Nodes()[0].Name != "café" {
		t.Errorf("%v", err)
	}
}

// TestBoundsOfWork checks that a model cannot take more than it is given.
func TestBoundsOfWork(t *testing.T) {
	m := mustParse(t, file(`<decision id="A" name="A"><literalExpression><text>count(for i in 1..100000, j in 1..100000 return i)</text></literalExpression></decision>`))
	res, err := m.Decide("A", Question{Steps: 10000})
	var p *Problem
	if !errors.As(err, &p) || p.Key != "dmn.size.steps" || res.Value != nil {
		t.Errorf("%v %v", res, err)
	}
	if _, err := m.Decide("B", Question{}); !errors.As(err, &p) || p.Key != "dmn.decision.unknown" {
		t.Errorf("%v", err)
	}
	if _, err := m.Decide("A", Question{Inputs: map[string]any{"a": make(chan int)}}); !errors.As(err, &p) || p.Key != "dmn.input.kind" {
		t.Errorf("%v", err)
	}
}

// TestChainedDecisions asks a decision that requires another, a knowledge model and a service.
func TestChainedDecisions(t *testing.T) {
	m := mustParse(t, file(inputData("Ngày sinh", "date"), inputData("Số bản", "number"),
		`<businessKnowledgeModel id="k" name="tuổi"><encapsulatedLogic><formalParameter name="sinh" typeRef="date"/><literalExpression><text>years and months duration(sinh, today()).years</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
<decision id="m" name="Được miễn"><variable name="Được miễn" typeRef="boolean"/><informationRequirement><requiredInput href="#in_Ngày sinh"/></informationRequirement><knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>
<literalExpression><text>tuổi(Ngày sinh) &gt;= 60</text></literalExpression></decision>
<decision id="p" name="Phí"><variable name="Phí" typeRef="number"/><informationRequirement><requiredDecision href="#m"/></informationRequirement><informationRequirement><requiredInput href="#in_Số bản"/></informationRequirement>
<context><contextEntry><variable name="mỗi bản" typeRef="number"/><literalExpression><text>7</text></literalExpression></contextEntry><contextEntry><literalExpression><text>if Được miễn then 0 else mỗi bản * Số bản</text></literalExpression></contextEntry></context></decision>
<decisionService id="s" name="Tính phí"><outputDecision href="#p"/><encapsulatedDecision href="#m"/><inputData href="#in_Ngày sinh"/><inputData href="#in_Số bản"/></decisionService>`))
	if ps := m.Check(); len(ps) > 0 {
		t.Fatalf("%+v", ps)
	}
	now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.FixedZone("", 7*3600))
	for born, want := range map[string]string{"1966-11-24": "0", "1966-11-25": "21"} {
		d, err := civil.Parse(born)
		if err != nil {
			t.Fatal(err)
		}
		for _, ref := range []string{"Phí", "p", "s", "Tính phí"} {
			res, err := m.Decide(ref, Question{Now: now, Inputs: map[string]any{"Ngày sinh": d, "Số bản": 3}})
			if err != nil || text(res.Value) != want {
				t.Errorf("%s, born %s: %s, %v, want %s; %+v", ref, born, text(res.Value), err, want, res.Notes)
			}
		}
	}
}

// TestImportedInputs gives input data of two imported models of one name, each under its import.
func TestImportedInputs(t *testing.T) {
	part := func(ns string) *Model {
		return mustParse(t, strings.Replace(file(inputData("n", "number")), "urn:test", ns, 1))
	}
	a, b := part("urn:a"), part("urn:b")
	m, err := Parse([]byte(file(`<import namespace="urn:a" name="một" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/><import namespace="urn:b" name="hai" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>
<decision id="D" name="D"><informationRequirement><requiredInput href="urn:a#in_n"/></informationRequirement><informationRequirement><requiredInput href="urn:b#in_n"/></informationRequirement>
<literalExpression><text>một.n - hai.n</text></literalExpression></decision>`)), a, b)
	if err != nil {
		t.Fatal(err)
	}
	if ps := m.Check(); len(ps) > 0 {
		t.Fatalf("%+v", ps)
	}
	res, err := m.Decide("D", Question{Inputs: map[string]any{"một.n": 5, "hai.n": 2}})
	if err != nil || text(res.Value) != "3" {
		t.Errorf("%s %v %+v", text(res.Value), err, res.Notes)
	}
}

// TestNotesOfTablesInExpressions asks a table from inside of an expression that has notes already.
func TestNotesOfTablesInExpressions(t *testing.T) {
	m := mustParse(t, file(`<businessKnowledgeModel id="k" name="k"><encapsulatedLogic><formalParameter name="p"/><decisionTable id="T"><input id="c" label="p"><inputExpression><text>p</text></inputExpression></input><output/>
<rule id="r"><inputEntry><text>&lt; 5</text></inputEntry><outputEntry><text>1</text></outputEntry></rule></decisionTable></encapsulatedLogic></businessKnowledgeModel>
<decision id="D" name="D"><knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement><literalExpression><text>[1 + "a", k("x"), k(2)]</text></literalExpression></decision>`))
	res, err := m.Decide("D", Question{})
	if err != nil || text(res.Value) != "[null, null, 1]" || len(res.Notes) != 2 {
		t.Errorf("%s %v %+v", text(res.Value), err, res.Notes)
	}
}

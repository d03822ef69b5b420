package bpmn

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// table returns the rows between a marker and the next end marker of docs/bpmn.md, without the two
// lines of the head.
func table(t *testing.T, marker string) [][]string {
	t.Helper()
	raw, err := os.ReadFile("../../../docs/bpmn.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(raw), "<!-- "+marker+" -->\n")
	body, _, ok2 := strings.Cut(rest, "<!-- end -->")
	if !ok || !ok2 {
		t.Fatalf("no table %s", marker)
	}
	var out [][]string
	for i, line := range strings.Split(strings.TrimSpace(body), "\n") {
		if i < 2 {
			continue
		}
		var cells []string
		for _, c := range strings.Split(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(c))
		}
		out = append(out, cells)
	}
	return out
}

func plainText(s string) string { return strings.Trim(s, "`") }

// TestDocumentation compares the tables of docs/bpmn.md with what the code does.
func TestDocumentation(t *testing.T) {
	t.Run("elements", func(t *testing.T) {
		needs := map[ability]string{0: "", needMessages: "deliver messages", needServices: "call services",
			needDecisions: "decide tables", needIncidents: "show incidents", needCalls: "start processes"}
		seen := map[kind]bool{}
		for _, row := range table(t, "elements") {
			k := kindOf(plainText(row[0]))
			if k == kindOther || needs[needOf(k)] != row[2] {
				t.Errorf("%v", row)
			}
			seen[k] = true
		}
		for k := kindStart; k <= kindEventGate; k++ {
			if !seen[k] {
				t.Errorf("kind %d is missing", k)
			}
		}
	})
	t.Run("events", func(t *testing.T) {
		kinds := []TriggerKind{"", TriggerMessage, TriggerTimer, TriggerSignal, TriggerCondition, TriggerError, TriggerEscalation, TriggerCompensation, TriggerTerminate, TriggerLink}
		places := []place{placeStart, placeInner, placeHandler, placeCatch, placeThrow, placeBoundary, placeEnd}
		rows := table(t, "events")
		if len(rows) != len(places) {
			t.Fatalf("%d rows", len(rows))
		}
		for i, p := range places {
			for j, k := range kinds {
				if (rows[i][j+1] == "✓") != slices.Contains(allowed(p), k) {
					t.Errorf("%s %s: %q", p, k, rows[i][j+1])
				}
			}
		}
	})
	t.Run("refused", func(t *testing.T) {
		samples := map[string]string{
			"cancelEventDefinition":    `<bpmn:intermediateCatchEvent id="m"><bpmn:cancelEventDefinition/></bpmn:intermediateCatchEvent>`,
			"multipleEventDefinitions": `<bpmn:intermediateCatchEvent id="m"><bpmn:messageEventDefinition/><bpmn:signalEventDefinition/></bpmn:intermediateCatchEvent>`,
			"parallelMultiple":         `<bpmn:intermediateCatchEvent id="m" parallelMultiple="true"/>`,
			"instantiate":              `<bpmn:receiveTask id="m" instantiate="true"/>`,
			"startQuantity":            `<bpmn:userTask id="m" startQuantity="2"/>`,
			"completionQuantity":       `<bpmn:userTask id="m" completionQuantity="2"/>`,
			"behavior":                 `<bpmn:userTask id="m"><bpmn:multiInstanceLoopCharacteristics behavior="None"><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>`,
		}
		for _, row := range table(t, "refused") {
			for _, what := range strings.Split(row[0], ", ") {
				what = plainText(what)
				src, ok := samples[what]
				if !ok {
					src = node(what, "m")
				}
				d := mustParse(t, process(node("startEvent", "s")+src+node("endEvent", "e"), "s>m", "m>e"))
				p := d.CheckFor(Everything())
				if len(p) == 0 || p[0].Element != "m" || p[0].Key != "bpmn.unsupported" || !strings.Contains(p[0].Text("vi"), what) {
					t.Errorf("%s: %v", what, p)
				}
				if _, _, err := d.Step(State{}, Event{Kind: EventStart}); keyOf(err) != "bpmn.unsupported" {
					t.Errorf("%s at run time: %v", what, err)
				}
			}
		}
	})
	t.Run("conditions", func(t *testing.T) {
		for _, row := range table(t, "conditions") {
			written, read := compileCondition("f", plainText(row[0])), compileCondition("f", plainText(row[1]))
			if written.problem != nil || read.problem != nil {
				t.Fatalf("%v: %v, %v", row, written.problem, read.problem)
			}
			if a, b := written.prog.Node().String(), read.prog.Node().String(); a != b {
				t.Errorf("%s is read as %s, not %s", row[0], a, b)
			}
		}
	})
	t.Run("extensions", testExtensions)
}

// testExtensions sets every documented attribute and expects the definition to change, by the name
// of other modelers too; and expects every attribute that the code reads to be documented.
func testExtensions(t *testing.T) {
	src := model(node("startEvent", "s")+task("a")+ev("boundaryEvent", "w", `attachedToRef="a"`, "timer")+node("serviceTask", "sv")+node("businessRuleTask", "br")+
		`<bpmn:userTask id="mi"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>`+
		node("endEvent", "e"), "s>a", "a>sv", "sv>br", "br>mi", "mi>e", "w>e")
	src = strings.Replace(strings.Replace(laned(src, "a"), ` lt:role="specialist" lt:agency="reception"`, "", 1), ` lt:action="work"`, "", 1)
	say := func(src string) string {
		d := mustParse(t, src)
		d.foreign = nil
		raw, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	was := say(src)
	documented := []string{}
	for _, row := range table(t, "extensions") {
		element, attr, example := plainText(row[0]), plainText(row[1]), plainText(row[2])
		names := []string{"lt:" + attr}
		documented = append(documented, attr)
		for _, other := range strings.Fields(strings.ReplaceAll(row[4], ",", " ")) {
			names = append(names, `xmlns:other="urn:other" other:`+plainText(other))
			documented = append(documented, plainText(other))
		}
		for _, n := range names {
			if is := say(strings.NewReplacer("<bpmn:"+element+" ", "<bpmn:"+element+" "+n+`="`+example+`" `, "<bpmn:"+element+">", "<bpmn:"+element+" "+n+`="`+example+`">`, "<bpmn:"+element+"/>", "<bpmn:"+element+" "+n+`="`+example+`"/>`).Replace(src)); is == was {
				t.Errorf("%s on %s changes nothing", n, element)
			}
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	call := regexp.MustCompile(`\.(?:lt|vendor)\(("[^)]*")\)`)
	var read []string
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllStringSubmatch(string(raw), -1) {
			for _, n := range strings.Split(m[1], ",") {
				read = append(read, strings.Trim(n, `" `))
			}
		}
	}
	for _, list := range []*[]string{&read, &documented} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	if diff := cmp.Diff(documented, read); diff != "" {
		t.Error(diff)
	}
}

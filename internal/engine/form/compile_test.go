package form

import (
	"fmt"
	"strings"
	"testing"

	"lienthong/internal/kit/fault"
)

// mini makes a schema with the given properties and a layout with the given fields.
func mini(props, more, fields string) ([]byte, []byte) {
	return []byte(`{"type":"object","properties":{` + props + `}` + more + `}`),
		[]byte(`{"pages":[{"id":"p","title":{"vi":"T"},"fields":[` + fields + `]}]}`)
}

const (
	propA  = `"a":{"type":"string"}`
	fieldA = `{"path":"/a","label":{"vi":"A"},"widget":"text"}`
)

func TestCompileRefuses(t *testing.T) {
	for _, c := range []struct{ name, props, more, fields, detail string }{
		{"a path the schema lacks", propA, ``, `{"path":"/b","label":{"vi":"B"},"widget":"text"}`, "schema does not have it"},
		{"a path only tested", propA, `,"if":{"properties":{"b":{"const":1}}}`, `{"path":"/b","label":{"vi":"B"},"widget":"text"}`, "schema does not have it"},
		{"a path of one branch", propA, `,"then":{"properties":{"b":{"type":"string"}}},"if":true`, `{"path":"/b","label":{"vi":"B"},"widget":"text"}`, "one branch"},
		{"required and never asked", propA + `,"b":{"type":"string"}`, `,"required":["b"]`, fieldA, "no page asks for /b"},
		{"required in a branch and never asked", propA + `,"b":{"type":"string"}`, `,"if":{"required":["a"]},"then":{"required":["b"]}`, fieldA, "no page asks for /b"},
		{"asked twice", propA, ``, fieldA + `,` + fieldA, "asked for twice"},
		{"asked whole and in part", `"a":{"type":"object","properties":{"code":{"type":"string"},"name":{"type":"string"}}}`, ``,
			`{"path":"/a","label":{"vi":"A"},"widget":"area"},{"path":"/a/name","label":{"vi":"A"},"widget":"text"}`, "asked for twice"},
		{"no Vietnamese", propA, ``, `{"path":"/a","label":{"en":"A"},"widget":"text"}`, "no Vietnamese"},
		{"another language", propA, ``, `{"path":"/a","label":{"vi":"A","fr":"A"},"widget":"text"}`, "unknown language"},
		{"misspelt key", propA, ``, `{"path":"/a","lable":{"vi":"A"},"widget":"text"}`, "unknown field"},
		{"unknown widget", propA, ``, `{"path":"/a","label":{"vi":"A"},"widget":"slider"}`, "widget"},
		{"widget of another type", propA, ``, `{"path":"/a","label":{"vi":"A"},"widget":"number"}`, "cannot ask"},
		{"date without format", propA, ``, `{"path":"/a","label":{"vi":"A"},"widget":"date"}`, "needs the format"},
		{"choice without options", propA, ``, `{"path":"/a","label":{"vi":"A"},"widget":"radio"}`, "needs 1 to 1000 options"},
		{"option the schema forbids", `"a":{"type":"string","enum":["x"]}`, ``, `{"path":"/a","label":{"vi":"A"},"widget":"radio","options":[{"value":"x","label":{"vi":"X"}},{"value":"y","label":{"vi":"Y"}}]}`, "does not allow every option"},
		{"option missing", `"a":{"type":"string","enum":["x","y"]}`, ``, `{"path":"/a","label":{"vi":"A"},"widget":"radio","options":[{"value":"x","label":{"vi":"X"}}]}`, "which is no option"},
		{"option of another type", propA, ``, `{"path":"/a","label":{"vi":"A"},"widget":"radio","options":[{"value":1,"label":{"vi":"X"}}]}`, "not of the field's type"},
		{"list that is missing", propA, ``, `{"path":"/a","label":{"vi":"A"},"widget":"select","list":"x"}`, "does not exist"},
		{"condition on a later field", propA + `,"b":{"type":"string"}`, ``, `{"path":"/b","label":{"vi":"B"},"widget":"text","when":{"path":"/a","equals":"x"}},` + fieldA, "comes earlier"},
		{"condition of two kinds", propA + `,"b":{"type":"string"}`, ``, fieldA + `,{"path":"/b","label":{"vi":"B"},"widget":"text","when":{"path":"/a","equals":"x","present":true}}`, "exactly one"},
		{"condition of none", propA + `,"b":{"type":"string"}`, ``, fieldA + `,{"path":"/b","label":{"vi":"B"},"widget":"text","when":{"path":"/a"}}`, "neither equals"},
		{"empty condition", propA, ``, `{"path":"/a","label":{"vi":"A"},"widget":"text","when":{}}`, "exactly one"},
		{"condition on an object", propA + `,"b":{"type":"string"}`, ``, fieldA + `,{"path":"/b","label":{"vi":"B"},"widget":"text","when":{"path":"/a","equals":{}}}`, "compares with"},
		{"reserved name", `"_raw":{"type":"string"}`, ``, `{"path":"/_raw","label":{"vi":"A"},"widget":"text"}`, "names no property"},
		{"index in a path", propA, ``, `{"path":"/a/0","label":{"vi":"A"},"widget":"text"}`, "names no property"},
		{"no type", `"a":{}`, ``, fieldA, "exactly one type"},
		{"two types", `"a":{"type":["string","null"]}`, ``, fieldA, "exactly one type"},
		{"strange source", propA, ``, `{"path":"/a","label":{"vi":"A"},"widget":"text","prefill":"etc/passwd"}`, "is no source"},
		{"group of texts", `"a":{"type":"array","items":{"type":"string"}}`, ``, `{"path":"/a","label":{"vi":"A"},"repeat":{"item":{"vi":"I"},"fields":[` + fieldA + `]}}`, "list of objects"},
		{"group in a group", `"a":{"type":"array","items":{"type":"object","properties":{"b":{"type":"array","items":{"type":"object"}}}}}`, ``,
			`{"path":"/a","label":{"vi":"A"},"repeat":{"item":{"vi":"I"},"fields":[{"path":"/b","label":{"vi":"B"},"repeat":{"item":{"vi":"I"},"fields":[]}}]}}`, "stands on a page"},
		{"age of a text", propA, ``, `{"path":"/a","label":{"vi":"A"},"widget":"text","ages":[{"min":18}]}`, "for dates"},
		{"age on a condition that is none", `"a":{"type":"string","format":"date"}`, ``, `{"path":"/a","label":{"vi":"A"},"widget":"date","ages":[{"min":18,"when":{"path":"/b","equals":1}}]}`, "comes earlier"},
		{"age nobody reaches", `"a":{"type":"string","format":"date"}`, ``, `{"path":"/a","label":{"vi":"A"},"widget":"date","ages":[{"min":200}]}`, "1 to 150"},
		{"filled from nowhere", propA, ``, `{"path":"/a","label":{"vi":"A"},"widget":"text","prefill":"/b"}`, "comes earlier"},
		{"remote reference", `"a":{"$ref":"https://example.com/x.json"}`, ``, fieldA, "not local"},
		{"reference to a file", `"a":{"$ref":"file:///etc/passwd"}`, ``, fieldA, "not local"},
		{"relative reference", `"a":{"$ref":"x.json"}`, ``, fieldA, "not local"},
		{"moved base", propA, `,"$id":"https://example.com/"`, fieldA, "uses $id"},
		{"dangling reference", `"a":{"$ref":"#/$defs/none"}`, ``, fieldA, "schema:"},
		{"other draft", propA, `,"$schema":"http://json-schema.org/draft-07/schema#"`, fieldA, "$schema"},
		{"recursion", propA + `,"b":{"$ref":"#"}`, ``, fieldA, "recursive"},
		{"unknown format", `"a":{"type":"string","format":"regex"}`, ``, fieldA, "unknown"},
		{"pattern Go cannot run in linear time", `"a":{"type":"string","pattern":"(a)\\1"}`, ``, fieldA, "schema:"},
		{"long pattern", `"a":{"type":"string","pattern":"` + strings.Repeat("a", 600) + `"}`, ``, fieldA, "longer than"},
		{"patterns of names", propA, `,"patternProperties":{".*":{}}`, fieldA, "patternProperties"},
		{"schema that is none", `"a":{"type":"strong"}`, ``, fieldA, "schema:"},
		{"duplicate key", propA + `,` + propA, ``, fieldA, "duplicate key"},
		{"huge bound", `"a":{"type":"integer","maximum":1e400000}`, ``, fieldA, "out of range"},
		{"deep schema", propA, `,"not":` + strings.Repeat(`{"not":`, 60) + `{}` + strings.Repeat(`}`, 60), fieldA, "deeply"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, l := mini(c.props, c.more, c.fields)
			_, err := Compile(s, l)
			e := fault.As(err)
			if e == nil || e.Kind != fault.Invalid {
				t.Fatalf("error %v", err)
			}
			if d := fmt.Sprint(e.Args["detail"]); !strings.Contains(d, c.detail) {
				t.Errorf("detail %q, want %q", d, c.detail)
			}
		})
	}
}

// Each definition refers twice to the next: a validator that follows all ways needs 2^25 steps.
func TestCompileRefusesExponentialSchema(t *testing.T) {
	var defs []string
	for i := range 25 {
		defs = append(defs, fmt.Sprintf(`"d%d":{"allOf":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]}`, i, i+1, i+1))
	}
	defs = append(defs, `"d25":{"type":"string"}`)
	s, l := mini(`"a":{"type":"string","$ref":"#/$defs/d0"}`, `,"$defs":{`+strings.Join(defs, ",")+`}`, fieldA)
	if _, err := Compile(s, l); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("error %v", err)
	}
}

func TestCompileRefusesPages(t *testing.T) {
	s := []byte(`{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}}}`)
	page := func(id, path string) string {
		return `{"id":"` + id + `","title":{"vi":"T"},"fields":[{"path":"` + path + `","label":{"vi":"A"},"widget":"text"}]}`
	}
	for name, l := range map[string]string{
		"none":     `{"pages":[]}`,
		"twice":    `{"pages":[` + page("p", "/a") + `,` + page("p", "/b") + `]}`,
		"bad id":   `{"pages":[` + page("P 1", "/a") + `]}`,
		"no field": `{"pages":[{"id":"p","title":{"vi":"T"},"fields":[]}]}`,
		"no title": `{"pages":[{"id":"p","fields":[` + fieldA + `]}]}`,
		"no JSON":  `{"pages":`,
	} {
		if f, err := Compile(s, []byte(l)); err == nil || f != nil {
			t.Errorf("%s: compiled", name)
		}
	}
	if _, err := Compile(s, []byte(`{"pages":[`+page("p", "/a")+`,`+page("q", "/b")+`]}`)); err != nil {
		t.Error(err)
	}
}

func TestOptionsFromSchema(t *testing.T) {
	s, l := mini(`"a":{"type":"integer","enum":[1,2]}`, ``, `{"path":"/a","label":{"vi":"A"},"widget":"select"}`)
	f, err := Compile(s, l)
	if err != nil {
		t.Fatal(err)
	}
	got, errs := f.Decode("p", values("/a", "2"), nil)
	if got["a"] != 2.0 || errs != nil {
		t.Errorf("%v %v", got, errs)
	}
	q := f.Pages(got)[0].Fields[0]
	if len(q.Options) != 2 || !q.IsSelected("2") || q.IsSelected("1") {
		t.Errorf("%+v", q)
	}
}

package dmn

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"lienthong/internal/engine/feel"
)

// rowsOf returns the rows of a table of docs/dmn.md, without the two lines of its head.
func rowsOf(t *testing.T, marker string) [][]string {
	t.Helper()
	raw, err := os.ReadFile("../../../docs/dmn.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(raw), "<!-- "+marker+" -->\n")
	body, _, ok2 := strings.Cut(rest, "<!-- end -->")
	if !ok || !ok2 {
		t.Fatalf("no table %s", marker)
	}
	var out [][]string
	for _, line := range strings.Split(strings.TrimSpace(body), "\n")[2:] {
		var cells []string
		for _, c := range strings.Split(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(c))
		}
		out = append(out, cells)
	}
	return out
}

// TestDocumentation compares the tables of docs/dmn.md with what the code does.
func TestDocumentation(t *testing.T) {
	for _, row := range rowsOf(t, "expressions") {
		if !boxed(strings.Trim(row[0], "`")) {
			t.Errorf("%v", row)
		}
	}
	if n := len(rowsOf(t, "expressions")); n != 12 {
		t.Errorf("%d boxed expressions", n)
	}
	letters := ""
	for _, row := range rowsOf(t, "policies") {
		p, ok := policyOf(strings.Trim(row[0], "`"))
		if !ok || string(p) != row[1] {
			t.Errorf("%v", row)
		}
		letters += row[1]
	}
	if letters != "UAPFROC" {
		t.Error(letters)
	}
	var functions []string
	for _, row := range rowsOf(t, "functions") {
		for _, f := range strings.Split(row[1], ", ") {
			functions = append(functions, strings.Trim(f, "`"))
		}
	}
	have := feel.Builtins()
	slices.Sort(functions)
	slices.Sort(have)
	if !slices.Equal(functions, have) {
		t.Errorf("the page names %q, the code has %q", functions, have)
	}
	for _, f := range have {
		e, err := feel.Parse(f+" instance of function", nil, nil)
		if err != nil || e.Eval(feel.NewRun(time.Unix(0, 0), nil), nil) != true {
			t.Errorf("%s is no function: %v", f, err)
		}
	}
	for _, row := range rowsOf(t, "refused") {
		if _, ok := Texts()["vi"][strings.Trim(row[1], "`")]; !ok {
			t.Errorf("%v", row)
		}
	}
	for lang, texts := range Texts() {
		for k, s := range texts {
			if s == "" {
				t.Errorf("%s: %s is empty", lang, k)
			}
		}
	}
}

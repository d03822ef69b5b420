package dossierapi_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lienthong/internal/kit/testkit"
)

// Every operation describes itself: what it needs, each part of its path, and each field.
func TestDescription(t *testing.T) {
	t.Parallel()
	x := newHouse(t, testkit.SQLite(t))
	spec := x.get("", "/openapi.json")
	var doc object
	must(t, json.Unmarshal(spec.raw, &doc))
	parts := regexp.MustCompile(`\{(\w+)\}`)
	operations := 0
	for path, item := range doc.object("paths") {
		for method, v := range item.(map[string]any) {
			o := object(v.(map[string]any))
			operations++
			var params []string
			for _, p := range o.list("parameters") {
				if p.text("in") == "path" {
					params = append(params, p.text("name"))
				}
			}
			for _, m := range parts.FindAllStringSubmatch(path, -1) {
				if !slices.Contains(params, m[1]) {
					t.Errorf("%s %s: %s is not read", method, path, m[1])
				}
			}
			if o.text("x-permission") == "" || o.text("summary") == "" || len(o["tags"].([]any)) != 1 {
				t.Errorf("%s %s is not described", method, path)
			}
			if _, ok := o["security"]; ok == (o.text("x-permission") == "public") {
				t.Errorf("%s %s: permission %s and security disagree", method, path, o.text("x-permission"))
			}
		}
	}
	if operations != len(x.api.Routes()) || operations < 50 {
		t.Errorf("%d operations described, %d registered", operations, len(x.api.Routes()))
	}
	snake := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	for name, v := range doc.object("components").object("schemas") {
		for prop := range object(v.(map[string]any)).object("properties") {
			if !snake.MatchString(prop) {
				t.Errorf("%s.%s is not snake_case", name, prop)
			}
		}
	}
	// Only these are open to everybody.
	var open []string
	for _, r := range x.api.Routes() {
		if r.Perm == "public" {
			open = append(open, r.Operation)
		}
	}
	slices.Sort(open)
	if got := strings.Join(open, " "); got != "ask-by-paper get-result get-statistics look-up look-up-by-paper send-result-code" {
		t.Errorf("public: %s", got)
	}
}

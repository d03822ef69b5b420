package archtest

import (
	"fmt"
	"slices"
	"testing"
	"testing/fstest"
)

// enginesUse are the packages of the kit that an engine may use: values without I/O.
var enginesUse = []string{"internal/kit/fault", "internal/kit/text", "internal/kit/civil"}

// enginesOn lists which other engines an engine stands on, with the list of reasons as for roots: a
// standard's package stays alone, what tries several of them out together does not.
var enginesOn = map[string][]string{
	"simulate": {"bpmn", "worktime"}, // walks a process and counts its time
	"dmn":      {"feel"},             // decisions are written in that language
}

// roots lists which other modules' roots a module may import: questions that must be answered now.
// Everything else is an event. The list has no cycle, which a test checks.
var roots = map[string][]string{
	"org":       {},
	"iam":       {"org"},                   // grants come from the positions people hold
	"procedure": {"org"},                   // which agencies offer a procedure
	"dossier":   {"org", "procedure"},      // who receives and decides; what is asked and how long it may take
	"notify":    {"dossier", "iam", "org"}, // the dossier's events and what a message says about it
}

// outer lists the roots that a module's pages and API may import beyond those of their module,
// because a page shows or starts things of several rooms. They too only point down.
var outer = map[string][]string{
	"dossier": {"iam"}, // the card check joins an account at the counter
	"notify":  {},
}

// yardsticks are the parts of app that stand beside the whole and measure it: they start it and run
// the same SQL bare, which nothing else outside a module may. Nothing but a program imports them.
var yardsticks = map[string]string{
	"internal/app/bench": "compares the program with bare loops over the same tables",
}

// floors checks every import of our own packages against the plan.
func floors(h *house) []string {
	var bad []string
	for _, f := range h.files {
		from := placeOf(f.dir)
		if from.floor == "" {
			bad = append(bad, fmt.Sprintf("%s: the plan has no place for a package %s", f.name, f.dir))
			continue
		}
		for _, i := range f.imports() {
			if i.own == "" {
				continue
			}
			if why := refuse(f, from, i.own); why != "" {
				bad = append(bad, fmt.Sprintf("%s imports %s: %s", h.at(i.spec), i.own, why))
			}
		}
	}
	return bad
}

// refuse says why the file must not import the folder, or nothing.
func refuse(f *source, from place, target string) string {
	to := placeOf(target)
	tests := f.test || from.forTests()
	switch {
	case to.floor == outside && from.floor != outside:
		return "nothing imports the tests of the whole house"
	case to.floor == command:
		return "nothing imports a program"
	case to.forTests() && !tests:
		return "this package exists for tests"
	case target == f.dir || within(f.dir, target) && from.floor == engine:
		return "" // an external test, or a part of an engine
	case from.floor == outside:
		return ""
	case to.floor == kit && to.name == "web/gallery" && !tests:
		return "the gallery is looked at, not served"
	}
	switch from.floor {
	case kit:
		if to.floor != kit {
			return "the kit knows nothing above it"
		}
	case engine:
		if to.floor == engine && (to.name == from.name || slices.Contains(enginesOn[from.name], to.name)) || slices.Contains(enginesUse, target) {
			return ""
		}
		return "an engine uses only fault, text and civil"
	case pack:
		if !f.test {
			return "packs are data"
		}
		if to.floor == app {
			return "what checks a pack needs no program around it"
		}
	case room:
		return refuseRoom(f, from, to, target, tests)
	case app:
		if to.floor == app && from.name != "app" && to.name == "app" && yardsticks[f.dir] == "" {
			return "parts of app do not import the whole"
		}
	case command:
		if to.floor != app && to.floor != kit && to.floor != pack {
			return "a program starts the app and knows nothing below it but the kit"
		}
	}
	return ""
}

func refuseRoom(f *source, from, to place, target string, tests bool) string {
	switch to.floor {
	case engine:
		return ""
	case kit:
		switch {
		case tests:
		case from.part == "web" || from.part == "api":
			if slices.Contains([]string{"db", "jobs", "bus", "outbox"}, to.name) {
				return "pages and API call use cases; they hold no SQL, jobs or events"
			}
			if from.part == "web" && to.name == "rest" || from.part == "api" && within(target, "internal/kit/web") {
				return "pages and API stand side by side, neither on the other"
			}
		case within(target, "internal/kit/web") || to.name == "rest":
			return "a module's root knows neither pages nor API"
		}
		return ""
	case pack:
		if tests {
			return ""
		}
		return "a pack reaches a module as a file system it is given"
	case app:
		if tests && to.name == "app/province" {
			return ""
		}
		return "only programs and tests know the app"
	case room:
		if to.name == from.name {
			if to.part == "web" || to.part == "api" {
				return "a module's root knows neither its pages nor its API"
			}
			return ""
		}
		if to.part == "web" || to.part == "api" {
			return "another module's pages and API are its own"
		}
		if to.part == "test" || from.part == "test" {
			return "" // fixtures build on fixtures
		}
		if tests && from.part != "" {
			return "" // a test of pages may stand up the rooms around them
		}
		allowed := roots[from.name]
		if from.part != "" {
			allowed = slices.Concat(allowed, outer[from.name])
		}
		if !slices.Contains(allowed, to.name) {
			return fmt.Sprintf("%s may import the roots of %v only; use an event, or add a line with its reason", from.name, allowed)
		}
		return ""
	}
	return "not below a module"
}

func TestImportsGoDown(t *testing.T) { report(t, floors(ours(t))) }

// TestRoots keeps the list of roots complete, free of cycles and free of leftovers.
func TestRoots(t *testing.T) {
	h := ours(t)
	for _, m := range h.modules() {
		if _, ok := roots[m]; !ok {
			t.Errorf("module %s is not in the list of roots", m)
		}
	}
	all := map[string][]string{}
	for m, to := range roots {
		all[m] = slices.Concat(to, outer[m])
	}
	for m := range all {
		if cycle := reach(all, m, m, nil); cycle != nil {
			t.Errorf("the list of roots has a cycle: %v", cycle)
		}
	}
}

// reach returns a way from one module to another, or nil.
func reach(list map[string][]string, from, to string, way []string) []string {
	if slices.Contains(way, from) {
		return nil
	}
	way = append(slices.Clone(way), from)
	for _, next := range list[from] {
		if next == to {
			return append(way, to)
		}
		if found := reach(list, next, to, way); found != nil {
			return found
		}
	}
	return nil
}

// TestFloorsAreSeen proves that the rules refuse what they are there for, on a small tree.
func TestFloorsAreSeen(t *testing.T) {
	for _, tt := range []struct {
		file, imports string
		want          bool // refused
	}{
		{"internal/kit/db/a.go", "lienthong/internal/module/org", true},
		{"internal/kit/db/a.go", "lienthong/internal/kit/fault", false},
		{"internal/kit/db/a_test.go", "lienthong/internal/engine/form", true},
		{"internal/kit/db/a.go", "lienthong/internal/kit/testkit", true},
		{"internal/kit/db/a_test.go", "lienthong/internal/kit/testkit", false},
		{"internal/engine/form/a.go", "lienthong/internal/kit/db", true},
		{"internal/engine/form/a.go", "lienthong/internal/engine/bpmn", true},
		{"internal/engine/simulate/a.go", "lienthong/internal/engine/bpmn", false},
		{"internal/engine/bpmn/a.go", "lienthong/internal/engine/simulate", true},
		{"internal/engine/form/a.go", "lienthong/internal/kit/civil", false},
		{"internal/module/org/a.go", "lienthong/internal/module/dossier", true},
		{"internal/module/dossier/a.go", "lienthong/internal/module/org", false},
		{"internal/module/dossier/a.go", "lienthong/internal/module/dossier/dossierweb", true},
		{"internal/module/dossier/a.go", "lienthong/internal/kit/web", true},
		{"internal/module/dossier/dossierweb/a.go", "lienthong/internal/kit/web/ui", false},
		{"internal/module/dossier/dossierweb/a.go", "lienthong/internal/kit/db", true},
		{"internal/module/dossier/dossierweb/a_test.go", "lienthong/internal/kit/db", false},
		{"internal/module/dossier/dossierweb/a.go", "lienthong/internal/module/iam/iamweb", true},
		{"internal/module/dossier/dossierapi/a.go", "lienthong/internal/module/dossier/dossierweb", true},
		{"internal/module/org/orgweb/a_test.go", "lienthong/internal/module/iam", false},
		{"internal/module/org/a_test.go", "lienthong/internal/module/iam", true},
		{"internal/module/dossier/a.go", "lienthong/internal/app", true},
		{"internal/module/dossier/dossiertest/a.go", "lienthong/internal/app/province", false},
		{"internal/module/dossier/a.go", "lienthong/packs", true},
		{"internal/module/dossier/a.go", "lienthong/internal/module/org/orgtest", true},
		{"internal/module/dossier/other/a.go", "fmt", true},
		{"internal/utils/a.go", "fmt", true},
		{"packs/packs.go", "lienthong/internal/kit/fault", true},
		{"cmd/lienthong/main.go", "lienthong/internal/module/org", true},
		{"cmd/lienthong/main.go", "lienthong/internal/app", false},
		{"internal/app/a.go", "lienthong/test/e2e", true},
	} {
		h, err := read(fstest.MapFS{tt.file: {Data: []byte("package a\nimport _ \"" + tt.imports + "\"\n")}})
		if err != nil {
			t.Fatal(err)
		}
		if found := floors(h); (len(found) > 0) != tt.want {
			t.Errorf("%s imports %s: refused %v, want %v", tt.file, tt.imports, found, tt.want)
		}
	}
}

package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the name of the Go module, the beginning of every import path of our own.
const module = "lienthong"

// source is one Go file.
type source struct {
	name      string // path from the root of the tree, with slashes
	dir       string // its package's folder
	ast       *ast.File
	lines     int
	test      bool // a _test.go file
	generated bool
}

// house is the whole tree, parsed.
type house struct {
	root  fs.FS
	fset  *token.FileSet
	files []*source
	other []string // every other file of the tree
}

// read parses every Go file under root, leaving out what is not part of the source.
func read(root fs.FS) (*house, error) {
	h := &house{root: root, fset: token.NewFileSet()}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			base := d.Name()
			if name == "data" || name == "bin" || base == "testdata" || base == "node_modules" ||
				(base != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_"))) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			h.other = append(h.other, name)
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(h.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		h.files = append(h.files, &source{name: name, dir: path.Dir(name), ast: f,
			lines: strings.Count(string(text), "\n"), test: strings.HasSuffix(name, "_test.go"), generated: ast.IsGenerated(f)})
		return nil
	})
	return h, err
}

// ours reads the tree these tests belong to.
func ours(t *testing.T) *house {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the tests")
		}
		dir = up
	}
	h, err := read(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	if len(h.files) < 100 {
		t.Fatalf("only %d Go files found: the tests look at the wrong place", len(h.files))
	}
	return h
}

// at says where in the tree a node stands.
func (h *house) at(n ast.Node) string {
	p := h.fset.Position(n.Pos())
	return p.Filename + ":" + strconv.Itoa(p.Line)
}

// dirs returns the folders that hold Go files which are not tests.
func (h *house) dirs() []string {
	var out []string
	for _, f := range h.files {
		if !f.test && !slices.Contains(out, f.dir) {
			out = append(out, f.dir)
		}
	}
	slices.Sort(out)
	return out
}

// modules returns the names of the rooms.
func (h *house) modules() []string {
	var out []string
	for _, d := range h.dirs() {
		if p := placeOf(d); p.floor == room && p.part == "" {
			out = append(out, p.name)
		}
	}
	return out
}

// imported is one import as it is written.
type imported struct {
	path string // as in the source
	own  string // the folder, if the package is ours
	spec *ast.ImportSpec
}

// imports returns what the file imports.
func (f *source) imports() []imported {
	var out []imported
	for _, s := range f.ast.Imports {
		p, err := strconv.Unquote(s.Path.Value)
		if err != nil {
			continue // the parser has accepted it, so this cannot be
		}
		i := imported{path: p, spec: s}
		if own, ok := strings.CutPrefix(p, module+"/"); ok {
			i.own = own
		}
		out = append(out, i)
	}
	return out
}

// standard tells whether an import path is one of the standard library: only those have no dot in
// their first part.
func standard(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return !strings.Contains(first, ".") && first != module
}

// within tells whether folder dir is base or lies in it.
func within(dir, base string) bool { return dir == base || strings.HasPrefix(dir, base+"/") }

// report fails the test once for each finding.
func report(t *testing.T, found []string) {
	t.Helper()
	slices.Sort(found)
	for _, f := range slices.Compact(found) {
		t.Error(f)
	}
}

// floor is how high a package stands; imports go down only.
type floor string

const (
	kit     floor = "kit"
	engine  floor = "engine"
	room    floor = "module"
	pack    floor = "packs"
	app     floor = "app"
	command floor = "cmd"
	outside floor = "test" // test/e2e and this package: nobody imports them
)

// place is where a package stands.
type place struct {
	floor floor
	name  string // of the kit package, the engine or the module; with its folders below for kit
	part  string // in a room: "" its root, "web", "api" or "test"
}

// placeOf returns the place of a folder; floor is empty for a folder the plan does not have.
func placeOf(dir string) place {
	parts := strings.Split(dir, "/")
	switch {
	case parts[0] == "packs":
		return place{floor: pack, name: dir}
	case parts[0] == "cmd" && len(parts) == 2:
		return place{floor: command, name: parts[1]}
	case within(dir, "test/e2e"), dir == "test/badday", dir == "internal/archtest":
		return place{floor: outside, name: dir}
	case parts[0] != "internal" || len(parts) < 2:
		return place{}
	case parts[1] == "app":
		return place{floor: app, name: strings.Join(parts[1:], "/")}
	case len(parts) < 3:
		return place{}
	case parts[1] == "kit":
		return place{floor: kit, name: strings.Join(parts[2:], "/")}
	case parts[1] == "engine":
		return place{floor: engine, name: parts[2]}
	case parts[1] == "module" && len(parts) == 3:
		return place{floor: room, name: parts[2]}
	case parts[1] == "module" && len(parts) >= 4:
		m := parts[2]
		for _, part := range []string{"web", "api", "test"} {
			if parts[3] == m+part {
				return place{floor: room, name: m, part: part}
			}
		}
	}
	return place{}
}

// forTests tells whether a package exists for tests alone.
func (p place) forTests() bool {
	return p.floor == outside || (p.floor == room && p.part == "test") ||
		(p.floor == kit && strings.HasSuffix(path.Base(p.name), "test")) || (p.floor == kit && p.name == "testkit")
}

package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// longest is how many lines a file may have: what is longer holds more than one topic.
const longest = 600

// sizes checks the length of files.
func sizes(h *house) ([]string, error) {
	var bad []string
	for _, f := range h.files {
		if !f.generated && f.lines > longest {
			bad = append(bad, fmt.Sprintf("%s has %d lines, at most %d are wanted; split it by topic", f.name, f.lines, longest))
		}
	}
	for _, name := range h.other {
		if path.Ext(name) != ".templ" {
			continue
		}
		text, err := fs.ReadFile(h.root, name)
		if err != nil {
			return nil, err
		}
		if n := strings.Count(string(text), "\n"); n > longest {
			bad = append(bad, fmt.Sprintf("%s has %d lines, at most %d are wanted; split it by topic", name, n, longest))
		}
	}
	return bad, nil
}

// undocumented finds packages without a sentence about them, and exported names without a comment
// that begins with the name.
func undocumented(h *house) []string {
	var bad []string
	packages := map[string]bool{}
	for _, f := range h.files {
		if f.test {
			continue
		}
		if d := f.ast.Doc.Text(); strings.HasPrefix(d, "Package "+f.ast.Name.Name) || f.ast.Name.Name == "main" && strings.HasPrefix(d, "Command ") {
			packages[f.dir] = true
		} else if !packages[f.dir] {
			packages[f.dir] = false
		}
		if f.generated {
			continue
		}
		for _, d := range f.ast.Decls {
			for _, name := range bare(d) {
				bad = append(bad, fmt.Sprintf("%s: %s has no comment that begins with its name", h.at(name), name.Name))
			}
		}
	}
	for dir, ok := range packages {
		if !ok {
			bad = append(bad, fmt.Sprintf("%s: no comment beginning with \"Package …\" says what it is for", dir))
		}
	}
	return bad
}

// bare returns the exported names of a declaration that lack their comment. A comment over a group
// of constants or variables speaks for all of them.
func bare(d ast.Decl) []*ast.Ident {
	var out []*ast.Ident
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && receiverExported(d) && !begins(d.Doc, d.Name.Name) && !usual(d) {
			out = append(out, d.Name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && !begins(s.Doc, s.Name.Name) && !begins(d.Doc, s.Name.Name) {
					out = append(out, s.Name)
				}
			case *ast.ValueSpec:
				// Short comments at the end of a line or above a group say what constants mean.
				said := d.Doc.Text() != "" || s.Doc.Text() != "" || s.Comment.Text() != ""
				for _, n := range s.Names {
					if n.IsExported() && !said {
						out = append(out, n)
					}
				}
			}
		}
	}
	return out
}

// usual tells whether a method's name says everything, because the standard library fixed it.
func usual(d *ast.FuncDecl) bool {
	return d.Recv != nil && slices.Contains([]string{"Error", "Unwrap", "Is", "Len", "Less", "Swap", "Write", "Read", "Close", "Header", "WriteHeader"}, d.Name.Name)
}

func begins(doc *ast.CommentGroup, name string) bool {
	text := doc.Text()
	for _, article := range []string{"", "A ", "An ", "The "} {
		if rest, ok := strings.CutPrefix(text, article+name); ok && (rest == "" || !isLetter(rest[0])) {
			return true
		}
	}
	return false
}

func isLetter(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
}

// receiverExported tells whether a function is no method or one of an exported type.
func receiverExported(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	e := d.Recv.List[0].Type
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

// strangers finds words that tell of somebody's desk instead of the product: paths of one machine.
func strangers(h *house) []string {
	var bad []string
	for _, f := range h.files {
		if f.dir == "internal/archtest" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if ok && lit.Kind == token.STRING {
				for _, p := range []string{"/root/", "/Users/", "/tmp/"} {
					if strings.Contains(lit.Value, p) {
						bad = append(bad, fmt.Sprintf("%s: a path of one machine, %s", h.at(lit), p))
					}
				}
			}
			return true
		})
	}
	return bad
}

func TestFileSizes(t *testing.T) {
	found, err := sizes(ours(t))
	if err != nil {
		t.Fatal(err)
	}
	report(t, found)
}

func TestDocumented(t *testing.T) { report(t, undocumented(ours(t))) }

func TestNoPathsOfOneMachine(t *testing.T) { report(t, strangers(ours(t))) }

func TestDocsAreSeen(t *testing.T) {
	for _, tt := range []struct {
		text string
		want int // findings
	}{
		{"// Package a is.\npackage a\n\n// F does.\nfunc F() {}\n", 0},
		{"package a\n", 1},
		{"// Package a is.\npackage a\n\nfunc F() {}\n", 1},
		{"// Package a is.\npackage a\n\n// Does it.\nfunc F() {}\n", 1},
		{"// Package a is.\npackage a\n\n// Fa does.\nfunc F() {}\n", 1},
		{"// Package a is.\npackage a\n\n// T is.\ntype T struct{}\n\nfunc (t *T) M() {}\n", 1},
		{"// Package a is.\npackage a\n\ntype t struct{}\n\nfunc (t t) M() {}\n", 0},
		{"// Package a is.\npackage a\n\nconst X = 1\n", 1},
		{"// Package a is.\npackage a\n\n// The numbers.\nconst (\n\tX = 1\n)\n", 0},
		{"// Package a is.\npackage a\n\n// A T is.\ntype T int\n\nfunc (T) Error() string { return \"\" }\n", 0},
	} {
		h, err := read(fstest.MapFS{"internal/kit/a/a.go": {Data: []byte(tt.text)}})
		if err != nil {
			t.Fatal(err)
		}
		if found := undocumented(h); len(found) != tt.want {
			t.Errorf("%q: %v, want %d", tt.text, found, tt.want)
		}
	}
	long := "package a\n" + strings.Repeat("\n", longest)
	h, err := read(fstest.MapFS{"internal/kit/a/a.go": {Data: []byte(long)}})
	if err != nil {
		t.Fatal(err)
	}
	if found, err := sizes(h); err != nil || len(found) != 1 {
		t.Errorf("a file of %d lines: %v, %v", longest+1, found, err)
	}
}

package archtest

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"lienthong/internal/kit/i18n"
)

// catalogues returns the folders whose texts make up the program's catalogue. Packs bring their
// texts with them, and templates of messages are not texts of the program.
func catalogues(h *house) []string {
	var out []string
	for _, name := range h.other {
		base := path.Base(name)
		if !within(name, "internal") || base != "vi.json" && !strings.HasSuffix(base, ".vi.json") || path.Base(path.Dir(name)) == "defaults" {
			continue
		}
		if d := path.Dir(name); !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}

// fromCode collects the texts that engines bring in code, as literal rows {key, vi, en}: they have
// no files because they do no I/O.
func fromCode(h *house, into map[string]bool) {
	for _, f := range h.files {
		if f.test || placeOf(f.dir).floor != engine {
			continue
		}
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil || !strings.Contains(fn.Name.Name, "exts") {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if key, ok := literal(n); ok && isKey(key) {
					into[key] = true
				}
				return true
			})
		}
	}
}

func literal(n ast.Node) (string, bool) {
	lit, ok := n.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

func isKey(s string) bool { return keyForm().MatchString(s) }

func keyForm() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`) }

// used is a key at a place where it becomes a text.
type used struct{ key, at string }

// keys returns every literal key that the code hands to the catalogue or puts into a fault.
func keys(h *house) []used {
	// Which argument of which function is a key; t and T are how pages ask for a text.
	calls := map[string]int{"fault.New": 1, "fault.Wrap": 2, "fault.Input": 0, "i18n.T": 1, "T": 1, "t": 1, "ui.T": 1}
	begin := h.shortened()
	var out []used
	for _, f := range h.files {
		if f.test || placeOf(f.dir).forTests() || path.Base(f.dir) == "gallery" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.CallExpr:
				at, ok := calls[call(x)]
				if !ok || len(x.Args) <= at {
					return true
				}
				key, ok := literal(x.Args[at])
				if begins := begin[f.dir+" "+call(x)]; ok && begins != "" {
					key = begins + key
				}
				if ok && (isKey(key) || strings.HasPrefix(call(x), "fault.")) {
					out = append(out, used{key, h.at(x)})
				}
			case *ast.CompositeLit:
				out = append(out, h.fieldKeys(x)...)
			}
			return true
		})
	}
	return out
}

// shortened finds packages whose own t or T puts the beginning of their keys in front: it returns
// that beginning by folder and name of the function.
func (h *house) shortened() map[string]string {
	out := map[string]string{}
	for _, f := range h.files {
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || fn.Body == nil || !strings.EqualFold(fn.Name.Name, "t") {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if sum, ok := n.(*ast.BinaryExpr); ok && sum.Op == token.ADD {
					if begins, ok := literal(sum.X); ok && strings.HasSuffix(begins, ".") {
						out[f.dir+" "+fn.Name.Name] = begins
					}
				}
				return true
			})
		}
	}
	return out
}

// fieldKeys returns the keys in fault.Field{…} and []fault.Field{{…}}.
func (h *house) fieldKeys(x *ast.CompositeLit) []used {
	is := func(e ast.Expr) bool {
		s, ok := e.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		p, ok := s.X.(*ast.Ident)
		return ok && p.Name == "fault" && (s.Sel.Name == "Field" || s.Sel.Name == "Error")
	}
	var rows []*ast.CompositeLit
	if a, ok := x.Type.(*ast.ArrayType); ok && is(a.Elt) {
		for _, e := range x.Elts {
			if c, ok := e.(*ast.CompositeLit); ok {
				rows = append(rows, c)
			}
		}
	} else if x.Type != nil && is(x.Type) {
		rows = append(rows, x)
	}
	var out []used
	for _, r := range rows {
		for n, e := range r.Elts {
			value := e
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				if id, ok := kv.Key.(*ast.Ident); !ok || id.Name != "Key" {
					continue
				}
				value = kv.Value
			} else if n != 1 {
				continue
			}
			if key, ok := literal(value); ok {
				out = append(out, used{key, h.at(value)})
			}
		}
	}
	return out
}

// TestTexts reads every catalogue: both languages have the same keys with the same values named,
// and no two packages give one key different texts.
func TestTexts(t *testing.T) {
	h := ours(t)
	var sources []i18n.Source
	dirs := catalogues(h)
	if len(dirs) == 0 {
		t.Fatal("no texts found")
	}
	for _, d := range dirs {
		sub, err := fs.Sub(h.root, d)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, i18n.Files(flat{sub}))
	}
	if _, err := i18n.New(sources...); err != nil {
		t.Error(err)
	}
}

// flat shows only the files of a folder itself, because folders below it are their own catalogues.
type flat struct{ fs.FS }

func (f flat) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(f.FS, name)
	return slices.DeleteFunc(all, func(d fs.DirEntry) bool { return d.IsDir() }), err
}

// TestKeysExist finds keys that the code uses and no catalogue has: people would read the key.
func TestKeysExist(t *testing.T) {
	h := ours(t)
	known := map[string]bool{}
	for _, d := range catalogues(h) {
		entries, err := fs.ReadDir(h.root, d)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Name() != "vi.json" && !strings.HasSuffix(e.Name(), ".vi.json") {
				continue
			}
			raw, err := fs.ReadFile(h.root, path.Join(d, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			var texts map[string]string
			if err := json.Unmarshal(raw, &texts); err != nil {
				t.Fatalf("%s/%s: %v", d, e.Name(), err)
			}
			for k := range maps.Keys(texts) {
				known[k] = true
			}
		}
	}
	fromCode(h, known)
	asked := keys(h)
	if len(asked) < 200 {
		t.Errorf("only %d keys found in the code: the test looks at the wrong places", len(asked))
	}
	var bad []string
	for _, k := range asked {
		if !known[k.key] {
			bad = append(bad, fmt.Sprintf("%s: no catalogue has the text %q", k.at, k.key))
		}
	}
	report(t, bad)
}

func TestKeysAreSeen(t *testing.T) {
	h, err := read(fstest.MapFS{"internal/module/org/a.go": {Data: []byte(`package org
func f() {
	fault.New(fault.Invalid, "org.a")
	fault.Wrap(err, fault.Invalid, "org.b", "n", 1)
	fault.Input("org.c", fault.Field{Path: "/x", Key: "org.d"}, fault.Field{"/y", "org.e", nil})
	_ = []fault.Field{{Path: "/x", Key: "org.f"}}
	i18n.T(ctx, "org.g")
	t(ctx, "org.h", "when", "at.noon")
	other(ctx, "org.not")
}
`)}, "internal/module/org/orgweb/a.go": {Data: []byte(`package orgweb
func t(ctx context.Context, key string) string { return ui.T(ctx, "org."+key) }
func f() { t(ctx, "i.j") }
`)}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range keys(h) {
		got = append(got, k.key)
	}
	slices.Sort(got)
	if want := "org.a org.b org.c org.d org.e org.f org.g org.h org.i.j"; strings.Join(got, " ") != want {
		t.Errorf("found %v, want %s", got, want)
	}
}

package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// constructors make values that nobody can change afterwards.
var constructors = []string{"errors.New", "fmt.Errorf", "regexp.MustCompile", "time.FixedZone", "reflect.TypeFor",
	"reflect.TypeOf", "netip.MustParsePrefix", "netip.MustParseAddr", "strings.NewReplacer", "big.NewInt", "template.Must"}

// kept lists package-level variables that the rules below would refuse, with the reason why they
// stay as they are.
var kept = map[string]string{}

// clocks lists the files outside programs and tests that look at the machine's clock, with the
// reason. All others are given a clock, so that a test can stand at any moment.
var clocks = map[string]string{
	"internal/kit/bus/bus.go":                       "waits for a server in this process to start",
	"internal/kit/jobs/work.go":                     "River keeps its own time by the machine's clock",
	"internal/kit/db/group.go":                      "measures how long a commit took",
	"internal/kit/outbox/inbox.go":                  "falls back when no clock was given",
	"internal/kit/rest/idempotency.go":              "a deadline of a connection is of the machine's own clock",
	"internal/kit/web/router.go":                    "falls back when no clock was given",
	"internal/kit/web/server.go":                    "a deadline of a connection is of the machine's own clock",
	"internal/module/dossier/dossierapi/uploads.go": "a deadline of a connection is of the machine's own clock",
}

// chances lists the files that ask for randomness themselves instead of being given it.
var chances = map[string]string{
	"internal/kit/db/tx.go":           "spreads retries; nothing is decided by it",
	"internal/kit/web/server.go":      "names a request when no source of ids was given",
	"internal/module/iam/keys.go":     "secrets come from the system alone",
	"internal/module/iam/password.go": "secrets come from the system alone",
}

// panics lists the files that may panic, with the reason.
var panics = map[string]string{
	"internal/kit/rest/serve.go":  "passes on a panic that is not its own, or cuts the connection",
	"internal/kit/web/server.go":  "cuts the connection when half an answer is out (http.ErrAbortHandler)",
	"internal/kit/id/id.go":       "the system gives no randomness, or a Must function for constants",
	"internal/kit/civil/civil.go": "a Must function for constants",
	"internal/kit/db/tx.go":       "a type that cannot be stored is a defect any test finds",
}

// call returns "pkg.Name" for a call of a function of a package, "Name" for one of its own.
func call(e ast.Expr) string {
	c, ok := e.(*ast.CallExpr)
	if !ok {
		return ""
	}
	fun := c.Fun
	if x, ok := fun.(*ast.IndexExpr); ok { // reflect.TypeFor[T]
		fun = x.X
	}
	switch f := fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			return x.Name + "." + f.Sel.Name
		}
	}
	return ""
}

// table tells whether an expression is a literal of constants: a table to look things up in.
func table(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.CompositeLit:
		return true
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return true
	case *ast.SelectorExpr:
		return true
	case *ast.BinaryExpr:
		return table(x.X) && table(x.Y)
	case *ast.CallExpr:
		return slices.Contains(constructors, call(x))
	}
	return false
}

// globals checks package-level variables: errors, patterns, embedded files and tables that nothing
// writes to are constants by another name; everything else is state that two tests, or two
// installations in one process, would share.
func globals(h *house) []string {
	var bad []string
	for _, f := range h.files {
		if f.test || f.generated {
			continue
		}
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				bad = append(bad, fmt.Sprintf("%s: no init function; what a package needs is passed in", h.at(fn)))
			}
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, s := range g.Specs {
				v, ok := s.(*ast.ValueSpec)
				if !ok || embedded(g.Doc) || embedded(v.Doc) {
					continue
				}
				for n, name := range v.Names {
					if name.Name == "_" || kept[f.dir+"."+name.Name] != "" {
						continue
					}
					var value ast.Expr
					if n < len(v.Values) {
						value = v.Values[n]
					}
					if why := h.mutable(f, name.Name, value); why != "" {
						bad = append(bad, fmt.Sprintf("%s: package-level variable %s: %s", h.at(name), name.Name, why))
					}
				}
			}
		}
	}
	return bad
}

func embedded(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// mutable says why a variable is state, or nothing.
func (h *house) mutable(f *source, name string, value ast.Expr) string {
	switch {
	case value == nil:
		return "it starts empty, so something fills it"
	case slices.Contains(constructors, call(value)):
		return h.written(f, name)
	case !table(value):
		return "its value is made by code; pass it in"
	}
	if _, ok := value.(*ast.CompositeLit); ok && ast.IsExported(name) {
		return "others could change an exported table; return it from a function"
	}
	return h.written(f, name)
}

// written says where the variable's package writes to it, or nothing. A local variable of the same
// name counts as well, which is a reason to name it otherwise.
func (h *house) written(f *source, name string) string {
	where := ""
	for _, g := range h.files {
		if g.dir != f.dir || g.test {
			continue
		}
		ast.Inspect(g.ast, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.AssignStmt:
				if x.Tok == token.DEFINE {
					return true
				}
				for _, l := range x.Lhs {
					if base(l) == name {
						where = "written at " + h.at(x)
					}
				}
			case *ast.IncDecStmt:
				if base(x.X) == name {
					where = "written at " + h.at(x)
				}
			case *ast.UnaryExpr:
				if x.Op == token.AND && base(x.X) == name {
					where = "its address is taken at " + h.at(x)
				}
			case *ast.CallExpr:
				if c := call(x); (c == "delete" || c == "clear" || c == "sort.Slice" || c == "slices.Sort" || c == "maps.Copy") &&
					len(x.Args) > 0 && base(x.Args[0]) == name {
					where = "written at " + h.at(x)
				}
			}
			return true
		})
	}
	return where
}

// base returns the variable that an expression such as a.b[i] begins with.
func base(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x.Name
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return ""
		}
	}
}

// habits checks what code must not do anywhere: panic instead of returning an error, look at the
// clock or at chance by itself, or leave a test out.
func habits(h *house) []string {
	looks := []string{"Now", "Since", "Until"}
	note := regexp.MustCompile(`\b(TODO|FIXME|XXX|HACK)\b`)
	var bad []string
	for _, f := range h.files {
		at := placeOf(f.dir)
		tests := f.test || at.forTests()
		free := tests || at.floor == command || at.floor == app
		for _, i := range f.imports() {
			if (strings.HasPrefix(i.path, "math/rand") || i.path == "crypto/rand") && !free && chances[f.name] == "" {
				bad = append(bad, fmt.Sprintf("%s: randomness is passed in", h.at(i.spec)))
			}
		}
		for _, g := range f.ast.Comments {
			if note.MatchString(g.Text()) {
				bad = append(bad, fmt.Sprintf("%s: a note about work not done", h.at(g)))
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.SelectorExpr:
				p, ok := x.X.(*ast.Ident)
				if ok && p.Name == "time" && slices.Contains(looks, x.Sel.Name) && !free && clocks[f.name] == "" {
					bad = append(bad, fmt.Sprintf("%s: time.%s; the clock is passed in", h.at(x), x.Sel.Name))
				}
			case *ast.CallExpr:
				c := call(x)
				if c == "panic" && !tests && panics[f.name] == "" {
					bad = append(bad, fmt.Sprintf("%s: panics; return an error", h.at(x)))
				}
				s, ok := x.Fun.(*ast.SelectorExpr)
				if tests && ok && (c == "testing.Short" || slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, s.Sel.Name)) {
					bad = append(bad, fmt.Sprintf("%s: leaves a test out in silence; let it fail, or remove it", h.at(x)))
				}
			}
			return true
		})
	}
	return bad
}

// racers finds tests that start goroutines and are not run under the race detector, because their
// names do not say that they are about concurrency.
func racers(h *house) []string {
	named := regexp.MustCompile(`Concurrent|Neighbours|Race`)
	var bad []string
	for _, f := range h.files {
		p := placeOf(f.dir)
		whole := p.floor == engine || p.floor == outside || slices.Contains([]string{"text", "civil", "fault", "i18n", "actor"}, p.name)
		if !f.test || whole {
			continue
		}
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil || !strings.HasPrefix(fn.Name.Name, "Test") || named.MatchString(fn.Name.Name) {
				continue
			}
			var started ast.Node
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				switch x := n.(type) {
				case *ast.GoStmt:
					started = x
				case *ast.CallExpr:
					if s, ok := x.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Go" {
						started = x
					}
				}
				return true
			})
			if started != nil {
				bad = append(bad, fmt.Sprintf("%s: %s starts goroutines; the race detector runs tests with Concurrent, Neighbours or Race in their names", h.at(started), fn.Name.Name))
			}
		}
	}
	return bad
}

func TestNoGlobalState(t *testing.T)      { report(t, globals(ours(t))) }
func TestHabits(t *testing.T)             { report(t, habits(ours(t))) }
func TestConcurrencyIsRaced(t *testing.T) { report(t, racers(ours(t))) }

// TestExceptions drops reasons that are no longer needed: each file named must still be there.
func TestExceptions(t *testing.T) {
	h := ours(t)
	for _, list := range []map[string]string{clocks, chances, panics} {
		for name, why := range list {
			if why == "" || !slices.ContainsFunc(h.files, func(f *source) bool { return f.name == name }) {
				t.Errorf("%s is excepted but does not exist, or has no reason", name)
			}
		}
	}
}

func TestHabitsAreSeen(t *testing.T) {
	for _, tt := range []struct {
		file, text string
		want       bool // refused
	}{
		{"internal/kit/a/a.go", "package a\nimport \"errors\"\nvar errX = errors.New(\"x\")\n", false},
		{"internal/kit/a/a.go", "package a\nvar names = []string{\"x\"}\n", false},
		{"internal/kit/a/a.go", "package a\nvar names = []string{\"x\"}\nfunc f() { names[0] = \"y\" }\n", true},
		{"internal/kit/a/a.go", "package a\nvar m = map[string]int{}\nfunc f() { delete(m, \"y\") }\n", true},
		{"internal/kit/a/a.go", "package a\nvar Names = []string{\"x\"}\n", true},
		{"internal/kit/a/a.go", "package a\nvar n int\n", true},
		{"internal/kit/a/a.go", "package a\nvar n = 1\nfunc f() { n++ }\n", true},
		{"internal/kit/a/a.go", "package a\nimport \"sync\"\nvar mu sync.Mutex\n", true},
		{"internal/kit/a/a.go", "package a\nvar x = make(chan int)\n", true},
		{"internal/kit/a/a.go", "package a\nimport \"embed\"\n//go:embed x\nvar x embed.FS\n", false},
		{"internal/kit/a/a.go", "package a\nvar _ interface{} = nil\n", false},
		{"internal/kit/a/a.go", "package a\nfunc init() {}\n", true},
		{"internal/kit/a/a.go", "package a\nimport \"time\"\nfunc f() { time.Now() }\n", true},
		{"internal/engine/a/a.go", "package a\nimport \"time\"\nvar f = time.Now\n", true},
		{"internal/kit/a/a_test.go", "package a\nimport \"time\"\nfunc f() { time.Now() }\n", false},
		{"internal/kit/a/a.go", "package a\nimport _ \"crypto/rand\"\n", true},
		{"internal/kit/a/a.go", "package a\nfunc f() { panic(1) }\n", true},
		{"internal/kit/a/a_test.go", "package a\nfunc f() { t.Skip() }\n", true},
		{"internal/kit/a/a_test.go", "package a\nfunc f() { testing.Short() }\n", true},
		{"internal/kit/a/a.go", "package a\n// TO" + "DO: later\nfunc f() {}\n", true},
		{"internal/kit/a/a_test.go", "package a\nfunc TestX() { go f() }\n", true},
		{"internal/kit/a/a_test.go", "package a\nfunc TestXConcurrent() { go f() }\n", false},
		{"internal/kit/a/a_test.go", "package a\nfunc TestX() { wg.Go(f) }\n", true},
	} {
		h, err := read(fstest.MapFS{tt.file: {Data: []byte(tt.text)}})
		if err != nil {
			t.Fatal(err)
		}
		if found := slices.Concat(globals(h), habits(h), racers(h)); (len(found) > 0) != tt.want {
			t.Errorf("%s %q: refused %v, want %v", tt.file, tt.text, found, tt.want)
		}
	}
}

package e2e

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// update is set by `go test -update`: files of expected results are written anew.
func update() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the expected results anew")
	flag.Parse()
	os.Exit(m.Run())
}

// route is one thing that can be asked of the program.
type route struct {
	method, pattern, perm string
	api                   bool
}

// role is one column of the matrix: somebody who asks.
type role struct {
	name string
	// enter returns a client that acts as this role, signed in anew: a route may end its session.
	enter func(t testing.TB) *client
}

// specimen gives the values of a pattern's wildcards: things of the asking agency, and the same of
// another one. A pattern without a difference between the two gives the same values.
type specimen struct {
	prefix     string // of the patterns it is for; the longest that fits counts
	own, other map[string]string
}

// The marks of the matrix.
const (
	letIn   = '+' // the route answered: a page, a redirect elsewhere, or a complaint about the input
	signIn  = '?' // asked to sign in
	refused = '-' // 403
	hidden  = '0' // 404: nothing there, or nothing this person may know of
	broken  = '!' // 5xx; never in the committed table
)

// mark sorts an answer.
func mark(a *answer) rune {
	switch {
	case a.status >= 500:
		return broken
	case a.status == http.StatusUnauthorized:
		return signIn
	case a.status == http.StatusSeeOther && (strings.Contains(a.header.Get("Location"), "/dang-nhap?next=") || strings.HasSuffix(a.header.Get("Location"), "/dang-nhap")):
		return signIn
	case a.status == http.StatusForbidden:
		return refused
	case a.status == http.StatusNotFound:
		return hidden
	}
	return letIn
}

// fillIn puts a specimen's values into a pattern's wildcards, or says which one is missing.
func fillIn(pattern string, values map[string]string) (string, error) {
	var missing string
	path := wildcard().ReplaceAllStringFunc(pattern, func(w string) string {
		name := strings.TrimSuffix(strings.Trim(w, "{}"), "...")
		if name == "$" {
			return ""
		}
		v, ok := values[name]
		if !ok {
			missing = w
		}
		return v
	})
	if missing != "" {
		return "", fmt.Errorf("no value for %s in %s", missing, pattern)
	}
	return path, nil
}

func wildcard() *regexp.Regexp { return regexp.MustCompile(`\{[^}]+\}`) }

// matrix asks for every route as every role, with things of one's own agency and of another, and
// returns the table. Reading comes before changing, and what ends a session comes last, so that
// each answer is about access alone; things are made anew for each role, so that no role meets what
// another has left behind.
func matrix(t *testing.T, routes []route, roles []role, things func() []specimen, pack map[string]packer) string {
	t.Helper()
	type line struct {
		route
		whose string
		marks []rune
	}
	// sides returns the values for a route's wildcards, and whether the two sides differ.
	sides := func(r route, specimens []specimen) (sides map[string]map[string]string, differ bool) {
		var s specimen
		for _, x := range specimens {
			if strings.HasPrefix(r.pattern, x.prefix) && len(x.prefix) >= len(s.prefix) {
				s = x
			}
		}
		own, err := fillIn(r.pattern, s.own)
		if err == nil {
			var other string
			other, err = fillIn(r.pattern, s.other)
			differ = own != other
		}
		if err != nil {
			t.Errorf("%s: add a specimen: %v", r.method, err)
			return nil, false
		}
		return map[string]map[string]string{"": s.own, "own": s.own, "other": s.other}, differ
	}
	var lines []*line
	first := things()
	for _, r := range routes {
		switch values, differ := sides(r, first); {
		case values == nil:
		case differ:
			lines = append(lines, &line{route: r, whose: "own"}, &line{route: r, whose: "other"})
		default:
			lines = append(lines, &line{route: r})
		}
	}
	order := slices.Clone(lines)
	slices.SortStableFunc(order, func(a, b *line) int { return weightOf(a.route) - weightOf(b.route) })
	for _, ro := range roles {
		specimens := things()
		c := ro.enter(t)
		for _, l := range order {
			values, _ := sides(l.route, specimens)
			if values == nil {
				continue
			}
			v := maps.Clone(values[l.whose])
			path, err := fillIn(l.pattern, v)
			if err != nil {
				t.Error(err)
				continue
			}
			method, x := l.method, parcel{}
			if method == "" {
				method = "GET"
			}
			if make := pack[method+" "+l.pattern]; make != nil {
				if v == nil {
					v = map[string]string{}
				}
				v["me"] = c.account
				x = make(v)
			} else if method != "GET" && method != "HEAD" {
				if x.ctype = "application/x-www-form-urlencoded"; l.api {
					x.ctype, x.body = "application/json", "{}"
				}
			}
			a := c.send(method, path+x.query, x.ctype, strings.NewReader(x.body), x.headers...)
			m := mark(a)
			if m == broken {
				t.Errorf("%s %s as %s answers %d: %.300s", method, path, ro.name, a.status, a.text())
			}
			l.marks = append(l.marks, m)
			if weightOf(l.route) >= endsSession && m == letIn {
				c = ro.enter(t)
			}
		}
	}

	var b strings.Builder
	fmt.Fprintf(&b, "# Who may do what: every route as every role, with things of one's own agency and of another.\n")
	fmt.Fprintf(&b, "# %c let in  %c asked to sign in  %c refused (403)  %c nothing there for this person (404)\n", letIn, signIn, refused, hidden)
	fmt.Fprintf(&b, "# columns:")
	for i, ro := range roles {
		fmt.Fprintf(&b, " %d %s", i+1, ro.name)
	}
	b.WriteString("\n\n")
	width := 0
	for _, l := range lines {
		width = max(width, len(l.method)+1+len(l.pattern)+1+len(l.whose))
	}
	slices.SortStableFunc(lines, func(a, b *line) int {
		return strings.Compare(a.pattern+" "+a.method, b.pattern+" "+b.method)
	})
	for _, l := range lines {
		fmt.Fprintf(&b, "%-*s  %-16s %s\n", width, strings.TrimSpace(l.method+" "+l.pattern+" "+l.whose), l.perm, string(l.marks))
	}
	return b.String()
}

// The weights of routes that are asked for late: what takes things away, then what may end the
// session of whoever asks.
const (
	takesAway   = 2
	endsSession = 3
)

// weightOf orders routes: 0 reads, 1 changes, 2 takes away, 3 may end a session.
func weightOf(r route) int {
	switch {
	case r.method == "GET" || r.method == "HEAD" || r.method == "":
		return 0
	case strings.Contains(r.pattern, "/dang-xuat") || strings.Contains(r.pattern, "sign-out") || strings.Contains(r.pattern, "/phien") || strings.Contains(r.pattern, "/mat-khau") ||
		strings.Contains(r.pattern, "/trang-thai") || strings.Contains(r.pattern, "session") || strings.Contains(r.pattern, "token") || strings.Contains(r.pattern, "thu-hoi"):
		return endsSession
	case r.method == "DELETE" || strings.HasSuffix(r.pattern, "/huy") || strings.HasSuffix(r.pattern, "/rut") || strings.HasSuffix(r.pattern, "/withdraw"):
		return takesAway
	}
	return 1
}

// golden compares a text with a committed file, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if update() {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; write it with -update and read what it says", err)
	}
	want, have := strings.Split(string(raw), "\n"), strings.Split(got, "\n")
	for _, l := range have {
		if !slices.Contains(want, l) {
			t.Errorf("%s does not have: %s", name, l)
		}
	}
	for _, l := range want {
		if !slices.Contains(have, l) {
			t.Errorf("%s has, and the program does not: %s", name, l)
		}
	}
}

// TestMatrixIsTold proves that the matrix tells the outcomes apart and asks in the right order.
func TestMatrixIsTold(t *testing.T) {
	open := map[string]bool{}
	mux := http.NewServeMux()
	who := func(r *http.Request) string { return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") }
	mux.HandleFunc("GET /things/{id}", func(w http.ResponseWriter, r *http.Request) {
		switch {
		case who(r) == "":
			http.Redirect(w, r, "/dang-nhap?next=x", http.StatusSeeOther)
		case !open[who(r)]:
			http.Redirect(w, r, "/can-bo/dang-nhap", http.StatusSeeOther)
		case r.PathValue("id") == "theirs":
			http.NotFound(w, r)
		}
	})
	mux.HandleFunc("POST /things", func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); who(r) != "boss" || string(body) != `{"id":"{id}"}` {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.WriteHeader(http.StatusUnprocessableEntity)
	})
	mux.HandleFunc("POST /dang-xuat", func(w http.ResponseWriter, r *http.Request) { delete(open, who(r)) })
	srv := newServer(t, mux)
	as := func(name string) role {
		return role{name, func(t testing.TB) *client {
			open[name] = true
			c := newClient(t, srv)
			c.token = name
			return c
		}}
	}
	got := matrix(t, []route{{"POST", "/dang-xuat", "public", false}, {"POST", "/things", "x.edit", false}, {"GET", "/things/{id}", "x.read", false}},
		[]role{as(""), as("boss"), as("clerk")},
		func() []specimen {
			return []specimen{{"/", nil, nil}, {"/things/{id}", map[string]string{"id": "mine"}, map[string]string{"id": "theirs"}}}
		}, map[string]packer{"POST /things": sending(object{"id": "{id}"})})
	want := `POST /dang-xuat         public           +++
POST /things            x.edit           -+-
GET /things/{id} own    x.read           ?++
GET /things/{id} other  x.read           ?00
`
	if !strings.HasSuffix(got, "\n\n"+want) {
		t.Errorf("the table is\n%s\nwant\n%s", got, want)
	}
}

package e2e

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// reached is one page that somebody got to by following links.
type reached struct{ pattern, path string }

// explorer walks over the links of an installation as one person and remembers one address for
// each route, because pages of one route are made by the same code.
type explorer struct {
	mux   *http.ServeMux // knows which route an address belongs to
	found map[string]string
}

func newExplorer(routes []route) *explorer {
	e := &explorer{mux: http.NewServeMux(), found: map[string]string{}}
	for _, r := range routes {
		if r.method == "GET" && !r.api {
			e.mux.HandleFunc("GET "+r.pattern, func(http.ResponseWriter, *http.Request) {})
		}
	}
	return e
}

// route returns the pattern an address belongs to, "" if none. The English page of an address is made
// by the same code.
func (e *explorer) route(path string) string {
	u, err := url.Parse(path)
	if err != nil {
		return ""
	}
	if rest, ok := strings.CutPrefix(u.Path, "/en"); ok && (rest == "" || rest[0] == '/') {
		u.Path = cmp.Or(rest, "/")
	}
	_, pattern := e.mux.Handler(&http.Request{Method: "GET", URL: u})
	return strings.TrimPrefix(pattern, "GET ")
}

// walk follows links from the start addresses and returns the pages that are new. At most pages
// requests are made.
func (e *explorer) walk(c *client, start []string, pages int) []reached {
	c.t.Helper()
	var out []reached
	queue, asked := slices.Clone(start), map[string]bool{}
	for len(queue) > 0 && pages > 0 {
		at := queue[0]
		queue = queue[1:]
		at, _, _ = strings.Cut(at, "#")
		pattern := e.route(at)
		if pattern == "" || asked[at] || e.found[pattern] != "" {
			continue
		}
		asked[at] = true
		pages--
		a := c.send("GET", at, "", nil)
		if a.status >= 300 && a.status < 400 {
			queue = append(queue, c.local(a.header.Get("Location")))
			continue
		}
		if a.status >= 500 {
			c.t.Errorf("%s answers %d", at, a.status)
		}
		if a.status != http.StatusOK {
			continue // what this person may not see, somebody else will
		}
		e.found[pattern] = at
		if a.doc == nil {
			continue // a file: nothing to look at
		}
		out = append(out, reached{pattern, at})
		queue = append(queue, a.links()...)
	}
	return out
}

// missed returns the routes nobody got to, except those with a reason.
func (e *explorer) missed(routes []route, reasons map[string]string) []string {
	var out []string
	for _, r := range routes {
		if r.method == "GET" && !r.api && e.found[r.pattern] == "" && reasons[r.pattern] == "" {
			out = append(out, r.pattern)
		}
	}
	for p := range maps.Keys(reasons) {
		if e.found[p] != "" {
			out = append(out, p+" (was reached after all: remove its reason)")
		}
	}
	slices.Sort(out)
	return out
}

// budget says how much a page may weigh on the first visit and later; officials sit at desks with
// a cache that lasts, so only their first visit is limited.
func budget(path string) (first, later int) {
	path = strings.TrimPrefix(path, "/en")
	if strings.HasPrefix(path, library) && strings.HasSuffix(path, "/so-do") {
		return editorFirst, editorFirst
	}
	if path == "/can-bo" || strings.HasPrefix(path, "/can-bo/") || strings.HasPrefix(path, "/quan-tri/") {
		return officialFirst, officialFirst
	}
	return citizenFirst, citizenLater
}

// lookAt holds pages to what every page promises, each in a window as nobody has used it, and again
// with what the first visit left in the cache.
func lookAt(t *testing.T, b *browser, base string, c *client, pages []reached, v view) {
	t.Helper()
	for _, p := range pages {
		t.Run(strings.Trim(strings.NewReplacer("/", "_", "{", "", "}", "").Replace(p.pattern), "_"), func(t *testing.T) {
			t.Parallel() // a window spends half of its time waiting
			tb := b.open(t, base, v)
			tb.become(c)
			first, later := budget(p.path)
			tb.weigh(t, p.path, first)
			tb.shot(fmt.Sprint(v.width))
			tb.inspect(t, v)
			if later != first {
				tb.weigh(t, p.path, later)
			}
		})
	}
}

// become gives the tab the cookies of a client, so that it is signed in as that person.
func (tb *tab) become(c *client) {
	tb.t.Helper()
	u, err := url.Parse(c.base)
	if err != nil {
		tb.t.Fatal(err)
	}
	for _, k := range c.http.Jar.Cookies(u) {
		tb.run("taking a cookie", command(network.SetCookie, network.SetCookieParams{Name: k.Name, Value: k.Value, URL: c.base + "/"}))
	}
}

// TestExplorer proves that the walk finds pages behind links, tells what it missed and is no
// stranger to the browser.
func TestExplorer(t *testing.T) {
	mux := http.NewServeMux()
	page := func(pattern, body string) {
		mux.HandleFunc("GET "+pattern, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			who := "ai đó"
			if k, err := r.Cookie("who"); err == nil {
				who = k.Value
			}
			fmt.Fprintf(w, `<!doctype html><html lang="vi"><head><title>Trang</title><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"></head><body><main><h1>Trang của %s</h1>%s</main></body></html>`, who, body)
		})
	}
	page("/{$}", `<a href="/a/1#x">một</a> <a href="/a/2">hai</a> <a href="https://example.com/a/3">xa</a>`)
	page("/a/{id}", `<a href="/file">tệp</a> <a href="/secret">kín</a>`)
	mux.HandleFunc("GET /file", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("x")) })
	mux.HandleFunc("GET /secret", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	mux.HandleFunc("GET /enter", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "who", Value: "Nga", Path: "/", HttpOnly: true})
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	srv := newServer(t, mux)
	var routes []route
	for _, p := range []string{"/{$}", "/a/{id}", "/file", "/secret", "/enter", "/lost"} {
		routes = append(routes, route{method: "GET", pattern: p})
	}
	e := newExplorer(routes)
	c := newClient(t, srv)
	got := e.walk(c, []string{"/enter", "/"}, 50)
	if at := e.route("/en/a/7?x=1"); at != "/a/{id}" {
		t.Errorf("the English page belongs to %q", at)
	}
	if want := []reached{{"/{$}", "/"}, {"/a/{id}", "/a/1"}}; !slices.Equal(got, want) {
		t.Errorf("reached %v, want %v", got, want)
	}
	if missed := e.missed(routes, map[string]string{"/enter": "only leads on"}); !slices.Equal(missed, []string{"/lost", "/secret"}) {
		t.Errorf("missed %v", missed)
	}
	b := startBrowser(t)
	lookAt(t, b, srv, c, got, phone())
	tb := b.open(t, srv, phone())
	tb.become(c)
	tb.goTo("/")
	tb.sees("Trang của Nga")
}

package e2e

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/gallery"
	"lienthong/internal/kit/web/static"
	"lienthong/internal/kit/web/ui"
)

type official struct{}

func (official) Authenticate(*http.Request) (actor.Actor, error) {
	return actor.Actor{Kind: actor.Staff, Name: "Lò Thị Phượng", Title: "Chuyên viên", AgencyName: "UBND huyện Nậm Khao"}, nil
}

// components serves the gallery, which shows every component with invented data.
func components(t *testing.T) string {
	t.Helper()
	files, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	cat, err := i18n.New(ui.Texts())
	if err != nil {
		t.Fatal(err)
	}
	rt := web.NewRouter(web.Options{Hosts: []string{"127.0.0.1"}, Auth: official{}, Catalog: cat, Files: files, Site: gallery.Site(),
		Nav: func(context.Context) []ui.NavGroup { return gallery.Nav() }})
	gallery.Register(rt)
	h, err := rt.Handler()
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

// TestComponents holds every component to what every page promises, before any page uses it.
func TestComponents(t *testing.T) {
	base := components(t)
	b := startBrowser(t)
	for _, path := range gallery.Paths() {
		for _, lang := range []string{i18n.VI, i18n.EN} {
			at := i18n.PathIn(lang, path)
			t.Run(strings.Trim(strings.ReplaceAll(at, "/", "_"), "_"), func(t *testing.T) {
				tb := b.open(t, base, desk())
				tb.goTo(at)
				tb.inspect(t, desk())
				tb.shot("desk")
				tb.resize(phone())
				tb.shot("phone")
			})
		}
	}
}

// quiet is a testing.TB that remembers failures instead of having them.
type quiet struct {
	testing.TB
	said []string
}

func (q *quiet) Helper()                      {}
func (q *quiet) Errorf(f string, args ...any) { q.said = append(q.said, f) }

// TestInstruments proves on pages with faults that the instruments see them: what axe finds, a page
// too wide, bytes over the budget, an error on the console, a request to another host.
func TestInstruments(t *testing.T) {
	mux := http.NewServeMux()
	page := func(path, body string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Write([]byte(`<!doctype html><html lang="vi"><head><title>Trang thử</title><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"></head><body><main><h1>Trang thử</h1>` + body + `</main></body></html>`))
		})
	}
	page("/good", `<p>Tốt.</p>`)
	page("/unnamed", `<input type="text"><img src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7">`)
	page("/wide", `<div style="width:900px">rộng</div>`)
	page("/loud", `<script>console.error("hỏng"); nothing()</script>`)
	page("/far", `<img alt="" src="http://203.0.113.7/x.png">`)
	page("/form", `<form action="/good"><fieldset><legend>Ngày sinh</legend><label>Ngày <input name="d"></label> <label>Tháng <input name="m"></label> <label>Năm <input name="y"></label></fieldset>
		<label>Giới tính <select name="sex"><option value="m">Nam</option><option value="f">Nữ</option></select></label>
		<label><input type="checkbox" name="ok"> Tôi cam đoan</label> <button>Nộp</button><p id="js">không</p><script>document.getElementById("js").textContent = "có"</script></form>`)
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	b := startBrowser(t)

	t.Run("a good page", func(t *testing.T) {
		tb := b.open(t, srv.URL, phone())
		tb.goTo("/good")
		tb.inspect(t, phone())
		tb.weigh(t, "/good", 1000)
	})
	t.Run("names", func(t *testing.T) {
		tb := b.open(t, srv.URL, phone())
		tb.goTo("/unnamed")
		found := strings.Join(tb.violations(), "\n")
		if !strings.Contains(found, "label") || !strings.Contains(found, "image-alt") {
			t.Errorf("axe found only %s", found)
		}
	})
	t.Run("width", func(t *testing.T) {
		tb := b.open(t, srv.URL, phone())
		tb.goTo("/wide")
		tb.resize(view{narrowest, 700, false})
		if by, what := tb.overflow(); by < 500 || !strings.Contains(what, "div") {
			t.Errorf("sideways by %d: %s", by, what)
		}
	})
	t.Run("weight", func(t *testing.T) {
		tb := b.open(t, srv.URL, phone())
		q := &quiet{TB: t}
		tb.weigh(q, "/good", 50)
		if len(q.said) != 1 {
			t.Errorf("a page over its budget passed: %v", q.said)
		}
	})
	t.Run("console and hosts", func(t *testing.T) {
		q := &quiet{TB: t}
		tb := b.open(t, srv.URL, phone())
		tb.t = q
		tb.goTo("/loud")
		tb.mu.Lock()
		if len(tb.problems) != 2 {
			t.Errorf("the console said %q", tb.problems)
		}
		tb.problems = nil
		tb.mu.Unlock()
		tb.goTo("/far")
		if far := tb.net.elsewhere(); len(far) != 1 {
			t.Errorf("other hosts: %v", far)
		}
		tb.net.mu.Lock()
		tb.net.foreign = nil
		tb.net.mu.Unlock()
	})
	for _, js := range []bool{true, false} {
		t.Run(map[bool]string{true: "hands", false: "hands without JavaScript"}[js], func(t *testing.T) {
			var opts []tabOption
			if !js {
				opts = append(opts, withoutJS())
			}
			tb := b.open(t, srv.URL, phone(), opts...)
			tb.goTo("/form")
			if got := strings.Contains(tb.text(), "có"); got != js {
				t.Errorf("scripts ran: %v", got)
			}
			tb.fillDate("Ngày sinh", "2021-02-03")
			tb.choose("Giới tính", "Nữ")
			tb.tick("Tôi cam đoan")
			tb.tick("Tôi cam đoan")
			tb.follow("Nộp")
			if got, want := tb.path(), "/good?d=3&m=2&y=2021&sex=f&ok=on"; got != want {
				t.Errorf("sent %s, want %s", got, want)
			}
		})
	}
	t.Run("keyboard", func(t *testing.T) {
		tb := b.open(t, srv.URL, desk())
		tb.goTo("/form")
		k := &keyboard{tab: tb}
		k.press(kb.Tab)
		if got := k.at(); got != "Ngày" {
			t.Errorf("the focus is at %q", got)
		}
		k.write("7")
		k.press(kb.Enter)
		if k.actions != 2 {
			t.Errorf("%d actions counted, want 2", k.actions)
		}
	})
}

// newServer serves a handler for the test and returns its address.
func newServer(t testing.TB, h http.Handler) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

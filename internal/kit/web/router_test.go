package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web/static"
	"lienthong/internal/kit/web/ui"
)

// cookieAuth knows who holds which session cookie.
type cookieAuth map[string]actor.Actor

func (a cookieAuth) Authenticate(r *http.Request) (actor.Actor, error) {
	c, err := r.Cookie("s")
	if err != nil {
		return actor.Actor{}, nil
	}
	if c.Value == "down" {
		return actor.Actor{}, fault.New(fault.Unavailable, "web.error.unavailable")
	}
	return a[c.Value], nil
}

var people = cookieAuth{
	"citizen": {Kind: actor.Citizen, Name: "Vàng A Phử"},
	"staff":   {Kind: actor.Staff, Name: "Lò Thị Phượng", Grants: []actor.Grant{{Perm: "dossier.receive", All: true}}},
	"forged":  {Kind: actor.SystemKind, Name: "root"},
}

type fixture struct {
	*Router
	log *bytes.Buffer
	cat *i18n.Catalog
}

func newFixture(t *testing.T, change func(*Options)) *fixture {
	t.Helper()
	cat, err := i18n.New(ui.Texts(), i18n.Texts{
		i18n.VI: {"test.saved": "Đã lưu", "test.gone": "Hồ sơ {code} không còn"},
		i18n.EN: {"test.saved": "Saved", "test.gone": "Dossier {code} is gone"},
	})
	if err != nil {
		t.Fatal(err)
	}
	files, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{log: &bytes.Buffer{}, cat: cat}
	opt := Options{
		Hosts: []string{"dvc.example.vn"}, Auth: people, Permissions: []Perm{"dossier.receive"}, Catalog: cat, Files: files,
		Site: ui.Site{Portal: i18n.Text{VI: "Cổng thử", EN: "Test portal"}}, Log: slog.New(slog.NewJSONHandler(f.log, nil)),
	}
	if change != nil {
		change(&opt)
	}
	f.Router = NewRouter(opt)
	return f
}

// do sends one request; head is pairs of header name and value.
func (f *fixture) do(t *testing.T, method, target, body string, head ...string) *http.Response {
	t.Helper()
	h, err := f.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return serve(h, method, target, body, head...)
}

func serve(h http.Handler, method, target, body string, head ...string) *http.Response {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "dvc.example.vn"
	r.RemoteAddr = "203.0.113.7:4711"
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(head); i += 2 {
		switch head[i] {
		case "Host":
			r.Host = head[i+1]
		case "RemoteAddr":
			r.RemoteAddr = head[i+1]
		default:
			r.Header.Add(head[i], head[i+1])
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func hello(w http.ResponseWriter, r *http.Request) error {
	return Render(w, r, http.StatusOK, templ.ComponentFunc(func(ctx context.Context, out io.Writer) error {
		_, err := fmt.Fprintf(out, "%s %s %s", i18n.Lang(ctx), actor.From(ctx).Name, Path(ctx, "/tra-cuu"))
		return err
	}))
}

func TestRegistrationMistakesKeepTheProgramFromStarting(t *testing.T) {
	tests := []struct {
		name, pattern string
		perm          Perm
		h             Handler
	}{
		{"no permission", "GET /a", "", hello},
		{"unknown permission", "GET /a", "dossier.recieve", hello},
		{"no handler", "GET /a", Public, nil},
		{"malformed pattern", "GET /{", Public, hello},
		{"relative pattern", "GET a", Public, hello},
		{"everything", "/", Public, hello},
		{"the router's own files", "GET /static/x", Public, hello},
		{"the English twin", "GET /en/x", Public, hello},
	}
	for _, tt := range tests {
		f := newFixture(t, nil)
		f.Handle(tt.pattern, tt.perm, tt.h)
		if h, err := f.Handler(); err == nil || h != nil {
			t.Errorf("%s: started", tt.name)
		}
		if len(f.Routes()) != 0 {
			t.Errorf("%s: listed as a route", tt.name)
		}
	}
	f := newFixture(t, nil)
	f.Handle("GET /a", Public, hello)
	f.Handle("GET /a", Staff, hello)
	if _, err := f.Handler(); err == nil {
		t.Error("two routes at one place: started")
	}
	if _, err := newFixture(t, func(o *Options) { o.Hosts = nil }).Handler(); err == nil {
		t.Error("no allowed host: started")
	}
}

func TestRoutes(t *testing.T) {
	f := newFixture(t, nil)
	f.Handle("POST /b", Staff, hello)
	f.Handle("GET /b", Citizen, hello)
	f.Handle("GET /a/{id}", "dossier.receive", hello)
	f.Mount("/api/", Public, http.NotFoundHandler())
	want := []Route{{"GET", "/a/{id}", "dossier.receive", false}, {"", "/api/", Public, true}, {"GET", "/b", Citizen, false}, {"POST", "/b", Staff, false}}
	if diff := cmp.Diff(want, f.Routes()); diff != "" {
		t.Error(diff)
	}
}

func TestPermissions(t *testing.T) {
	f := newFixture(t, nil)
	for _, p := range []Perm{Public, SignedIn, Citizen, Staff, "dossier.receive"} {
		f.Handle("GET /"+string(p), p, hello)
		f.Handle("POST /"+string(p), p, hello)
	}
	h, err := f.Handler()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		who  string
		want map[Perm]int // of GET; 303 leads to the sign-in page
	}{
		{"", map[Perm]int{Public: 200, SignedIn: 303, Citizen: 303, Staff: 303, "dossier.receive": 303}},
		{"nobody knows this session", map[Perm]int{Public: 200, SignedIn: 303, Citizen: 303, Staff: 303, "dossier.receive": 303}},
		{"citizen", map[Perm]int{Public: 200, SignedIn: 200, Citizen: 200, Staff: 403, "dossier.receive": 403}},
		{"staff", map[Perm]int{Public: 200, SignedIn: 200, Citizen: 403, Staff: 200, "dossier.receive": 200}},
		{"forged", map[Perm]int{Public: 200, SignedIn: 303, Citizen: 303, Staff: 303, "dossier.receive": 303}},
		{"down", map[Perm]int{Public: 503, SignedIn: 503, Citizen: 503, Staff: 503, "dossier.receive": 503}},
	}
	for _, tt := range tests {
		for p, want := range tt.want {
			var head []string
			if tt.who != "" {
				head = []string{"Cookie", "s=" + tt.who}
			}
			res := serve(h, "GET", "/"+string(p)+"?q=1", "", head...)
			if res.StatusCode != want {
				t.Errorf("GET %s as %q: %d, want %d", p, tt.who, res.StatusCode, want)
			}
			if want == 303 && res.Header.Get("Location") != "/dang-nhap?next="+url.QueryEscape("/"+string(p)+"?q=1") {
				t.Errorf("GET %s led to %s", p, res.Header.Get("Location"))
			}
			if want == 303 {
				want = 401
			}
			if res := serve(h, "POST", "/"+string(p), "a=1", head...); res.StatusCode != want {
				t.Errorf("POST %s as %q: %d, want %d", p, tt.who, res.StatusCode, want)
			}
		}
	}
}

func TestHost(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Hosts = []string{"dvc.example.vn", "::1"}
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	})
	f.Handle("GET /{$}", Public, hello)
	h, err := f.Handler()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		want int
		head []string
	}{
		{200, nil}, {200, []string{"Host", "DVC.example.vn:8443"}}, {200, []string{"Host", "dvc.example.vn."}}, {200, []string{"Host", "[::1]:8080"}},
		{421, []string{"Host", "evil.example"}}, {421, []string{"Host", ""}}, {421, []string{"Host", "dvc.example.vn.evil.example"}},
		{200, []string{"Host", "evil.example", "RemoteAddr", "10.1.1.1:1", "X-Forwarded-Host", "dvc.example.vn"}},
		{421, []string{"Host", "evil.example", "X-Forwarded-Host", "dvc.example.vn"}},
		{421, []string{"RemoteAddr", "10.1.1.1:1", "X-Forwarded-Host", "evil.example"}},
	}
	for _, tt := range tests {
		if res := serve(h, "GET", "/", "", tt.head...); res.StatusCode != tt.want {
			t.Errorf("%v: %d, want %d", tt.head, res.StatusCode, tt.want)
		}
	}
}

func TestClientIP(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	})
	f.Handle("GET /{$}", Public, func(w http.ResponseWriter, r *http.Request) error {
		_, err := fmt.Fprint(w, ClientIP(r), " ", Secure(r), " ", actor.From(r.Context()).IP)
		return err
	})
	h, err := f.Handler()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		want string
		head []string
	}{
		{"203.0.113.7 false", nil},
		{"203.0.113.7 false", []string{"X-Forwarded-For", "1.2.3.4", "X-Forwarded-Proto", "https"}},
		{"1.2.3.4 true", []string{"RemoteAddr", "10.0.0.1:1", "X-Forwarded-For", "1.2.3.4", "X-Forwarded-Proto", "https"}},
		{"1.2.3.4 false", []string{"RemoteAddr", "10.0.0.1:1", "X-Forwarded-For", "6.6.6.6, 1.2.3.4, 10.9.9.9"}},
		{"1.2.3.4 false", []string{"RemoteAddr", "10.0.0.1:1", "X-Forwarded-For", "6.6.6.6", "X-Forwarded-For", "1.2.3.4"}},
		{"10.9.9.9 false", []string{"RemoteAddr", "10.0.0.1:1", "X-Forwarded-For", "6.6.6.6, nonsense, 10.9.9.9"}},
		{"10.0.0.1 false", []string{"RemoteAddr", "10.0.0.1:1"}},
		{"2001:db8::1 false", []string{"RemoteAddr", "[::1]:1", "X-Forwarded-For", "2001:db8::1"}},
		{"1.2.3.4 false", []string{"RemoteAddr", "[::ffff:1.2.3.4]:1"}},
		{" false", []string{"RemoteAddr", "@"}},
	}
	for _, tt := range tests {
		ip, _, _ := strings.Cut(tt.want, " ")
		if got := text(t, serve(h, "GET", "/", "", tt.head...)); got != tt.want+" "+ip {
			t.Errorf("%v: %q, want %q", tt.head, got, tt.want)
		}
	}
}

func TestHeaders(t *testing.T) {
	f := newFixture(t, nil)
	f.Handle("GET /{$}", Public, hello)
	for _, target := range []string{"/", "/khong-co", "/static/app.js"} {
		h := f.do(t, "GET", target, "").Header
		if h.Get("Content-Security-Policy") != Policy || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") == "" ||
			h.Get("Permissions-Policy") == "" || h.Get("X-Request-Id") == "" || h.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: %v", target, h)
		}
	}
	if strings.Contains(Policy, "unsafe") {
		t.Error("the policy allows something unsafe")
	}
	s := newFixture(t, func(o *Options) { o.Secure = true })
	s.Handle("GET /{$}", Public, hello)
	if h := s.do(t, "GET", "/", "").Header; h.Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS on a secure site")
	}
	s.Handle("GET /late", Public, hello)
	if _, err := s.Handler(); err == nil {
		t.Error("a route was added while serving")
	}
}

func TestCrossSiteRequests(t *testing.T) {
	f := newFixture(t, nil)
	f.Handle("GET /luu", Public, hello)
	f.Handle("POST /luu", Public, hello)
	h, err := f.Handler()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		method string
		want   int
		head   []string
	}{
		{"POST", 200, []string{"Sec-Fetch-Site", "same-origin"}},
		{"POST", 403, []string{"Sec-Fetch-Site", "cross-site"}},
		{"POST", 403, []string{"Sec-Fetch-Site", "same-site"}},
		{"POST", 200, []string{"Origin", "https://dvc.example.vn"}},
		{"POST", 403, []string{"Origin", "https://evil.example"}},
		{"POST", 403, []string{"Origin", "null"}},
		{"POST", 200, nil}, // a program, which holds no cookies of a browser
		{"GET", 200, []string{"Sec-Fetch-Site", "cross-site"}},
	}
	for _, tt := range tests {
		if res := serve(h, tt.method, "/luu", "", tt.head...); res.StatusCode != tt.want {
			t.Errorf("%s %v: %d, want %d", tt.method, tt.head, res.StatusCode, tt.want)
		}
	}
}

func TestLanguage(t *testing.T) {
	f := newFixture(t, nil)
	f.Handle("GET /{$}", Public, hello)
	f.Handle("GET /toi", Public, hello)
	f.Handle("GET /english", Public, hello)
	f.Handle("GET /api/x", Public, hello)
	h, err := f.Handler()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		target, want string
		head         []string
	}{
		{"/", "vi  /tra-cuu", nil}, {"/en", "en  /en/tra-cuu", nil}, {"/en/", "en  /en/tra-cuu", nil}, {"/en/toi", "en  /en/tra-cuu", nil},
		{"/english", "vi  /tra-cuu", nil}, {"/toi", "vi  /tra-cuu", []string{"Accept-Language", "en"}},
		{"/api/x", "en  /en/tra-cuu", []string{"Accept-Language", "en-GB,vi;q=0.5"}},
	}
	for _, tt := range tests {
		if got := text(t, serve(h, "GET", tt.target, "", tt.head...)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.target, got, tt.want)
		}
	}
	for target, want := range map[string]string{"/en/khong-co": `<html lang="en"`, "/khong-co": `<html lang="vi"`} {
		res := serve(h, "GET", target, "")
		if body := text(t, res); res.StatusCode != 404 || !strings.Contains(body, want) {
			t.Errorf("%s: %d without %s", target, res.StatusCode, want)
		}
	}
	if res := serve(h, "GET", "/en/toi/?a=b", ""); res.StatusCode != 301 || res.Header.Get("Location") != "/en/toi?a=b" {
		t.Errorf("a slash too many: %d %s", res.StatusCode, res.Header.Get("Location"))
	}
	res := serve(h, "POST", "/toi", "")
	if res.StatusCode != 405 || res.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("wrong method: %d, Allow %q", res.StatusCode, res.Header.Get("Allow"))
	}
}

func TestBodyLimits(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.BodyLimit = 100 })
	read := func(w http.ResponseWriter, r *http.Request) error {
		v, err := Form(r)
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(w, len(v.Get("a")))
		return err
	}
	f.Handle("POST /small", Public, read)
	f.Handle("POST /large", Public, read, MaxBody(1000))
	h, err := f.Handler()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		target string
		n      int
		want   int
	}{{"/small", 90, 200}, {"/small", 200, 413}, {"/large", 900, 200}, {"/large", 1100, 413}} {
		body := "a=" + strings.Repeat("x", tt.n)
		if res := serve(h, "POST", tt.target, body); res.StatusCode != tt.want {
			t.Errorf("%s with %d: %d", tt.target, tt.n, res.StatusCode)
		}
		// Without a length told beforehand the limit is met while reading.
		r := httptest.NewRequest("POST", tt.target, io.MultiReader(strings.NewReader(body)))
		r.Host, r.ContentLength = "dvc.example.vn", -1
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tt.want {
			t.Errorf("%s with %d of unknown length: %d", tt.target, tt.n, w.Code)
		}
	}
	if res := serve(h, "POST", "/small", "a=%zz"); res.StatusCode != 422 {
		t.Errorf("malformed form: %d", res.StatusCode)
	}
	r := httptest.NewRequest("POST", "/small", strings.NewReader("a=%ff"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if v, err := Form(r); err != nil || v.Get("a") != "\uFFFD" {
		t.Errorf("bytes that are no UTF-8: %q %v", v.Get("a"), err)
	}
}

func TestAccessLogHoldsNoPersonalData(t *testing.T) {
	var seen []Route
	f := newFixture(t, func(o *Options) {
		o.Observe = func(r Route, _ int, _ time.Duration) { seen = append(seen, r) }
	})
	f.Handle("GET /ho-so/{code}", Public, hello)
	h, err := f.Handler()
	if err != nil {
		t.Fatal(err)
	}
	serve(h, "GET", "/ho-so/H17-SECRET?ten=PHUONG", "", "Cookie", "s=staff", "Referer", "/REFERER")
	serve(h, "GET", "/tim/UNMATCHED", "")
	log := f.log.String()
	for _, secret := range []string{"SECRET", "PHUONG", "203.0.113.7", "Phượng", "UNMATCHED", "REFERER"} {
		if strings.Contains(log, secret) {
			t.Errorf("%s is in the log: %s", secret, log)
		}
	}
	if !strings.Contains(log, `"/ho-so/{code}"`) || !strings.Contains(log, `"status":404`) || !strings.Contains(log, `"actor":"staff"`) {
		t.Errorf("log: %s", log)
	}
	if len(seen) != 2 || seen[0].Pattern != "/ho-so/{code}" {
		t.Errorf("observed %v", seen)
	}
}

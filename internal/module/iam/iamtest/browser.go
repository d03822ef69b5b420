package iamtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/rest"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/static"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/org"
)

// Site is the pages and operations of a test behind the real router.
type Site struct {
	Handler http.Handler
	Catalog *i18n.Catalog
	House   House
	t       testing.TB
}

// Serve puts pages and operations behind the router, with the house's accounts at the door. When
// the test ends, a text that a page asked for and nobody wrote fails it.
func (h House) Serve(pages func(*web.Router), operations func(*rest.API)) Site {
	t := h.t
	t.Helper()
	cat, err := i18n.New(ui.Texts(), rest.Texts(), i18n.Texts(worktime.Texts()), i18n.Files(org.Texts), i18n.Files(iam.Texts))
	must(t, err)
	files, err := static.New()
	must(t, err)
	must(t, h.DB.Migrate(t.Context(), rest.Module, rest.Migrations()))
	opt := web.Options{Hosts: []string{"127.0.0.1"}, Auth: h.Service, Catalog: cat, Files: files, Log: h.Log, Now: h.Now, IDs: h.IDs,
		Site: ui.Site{Portal: i18n.Text{VI: "Cổng thử", EN: "Test portal"}, Desk: i18n.Text{VI: "Một cửa thử", EN: "Test desk"}}}
	conf := rest.Config{Title: i18n.Text{VI: "Thử", EN: "Test"}, Version: "0", Auth: iam.Bearer{Service: h.Service}, DB: h.DB, Catalog: cat, Now: h.Now, IDs: h.IDs, Log: h.Log}
	for _, p := range iam.Permissions() {
		opt.Permissions = append(opt.Permissions, web.Perm(p))
		conf.Permissions = append(conf.Permissions, rest.Perm(p))
	}
	router := web.NewRouter(opt)
	if pages != nil {
		pages(router)
	}
	if operations != nil {
		api := rest.New(conf)
		operations(api)
		a, err := api.Handler()
		must(t, err)
		router.Mount("/api/", web.Public, a)
	}
	handler, err := router.Handler()
	must(t, err)
	t.Cleanup(func() {
		for key := range cat.Missing() {
			t.Errorf("the text %q is missing", key)
		}
	})
	return Site{handler, cat, h, t}
}

// Browser keeps cookies between requests and never follows a redirect.
type Browser struct {
	site    Site
	cookies map[string]string
}

// Answer is what a request got.
type Answer struct {
	Status   int
	Body     string
	Location string
	Header   http.Header
}

// Browser returns a browser without cookies.
func (s Site) Browser() *Browser { return &Browser{site: s, cookies: map[string]string{}} }

// As returns a browser in which the session of the sign-in is open.
func (s Site) As(o iam.Outcome) *Browser {
	b := s.Browser()
	b.cookies[s.House.CookieName()] = o.Token
	return b
}

// Get asks for a page.
func (b *Browser) Get(path string) Answer { return b.do(httptest.NewRequest("GET", path, nil)) }

// Post sends a form.
func (b *Browser) Post(path string, form url.Values) Answer {
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

func (b *Browser) do(r *http.Request) Answer {
	r.Host = "127.0.0.1"
	r.RemoteAddr = "203.0.113.7:4000"
	for name, v := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: v})
	}
	w := httptest.NewRecorder()
	b.site.Handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	body, err := io.ReadAll(w.Body)
	must(b.site.t, err)
	return Answer{w.Code, string(body), w.Header().Get("Location"), w.Header()}
}

// Call asks the API as a program with the bearer token (none if empty). in is sent as JSON unless
// it is nil; the answer is read into out unless that is nil.
func (s Site) Call(method, path, token string, in, out any) Answer {
	s.t.Helper()
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		must(s.t, err)
		body = bytes.NewReader(b)
	}
	r := httptest.NewRequest(method, "/api/v1"+path, body)
	r.Host = "127.0.0.1"
	r.RemoteAddr = "203.0.113.7:4000"
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	s.Handler.ServeHTTP(w, r)
	if out != nil && w.Code < 300 {
		if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
			s.t.Fatalf("%s %s answers %d %s: %v", method, path, w.Code, w.Body, err)
		}
	}
	return Answer{Status: w.Code, Body: w.Body.String(), Header: w.Header()}
}

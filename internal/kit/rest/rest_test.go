package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/kit/testkit"
)

type thing struct {
	Name string `json:"name" minLength:"1" maxLength:"10"`
	Tags []tag  `json:"tags,omitempty"`
}

type tag struct {
	Key string `json:"key" pattern:"^[a-z]+$"`
}

type putIn struct{ Body thing }

type putOut struct {
	Location string `header:"Location"`
	Body     struct {
		N int `json:"n"`
	}
}

type listIn struct {
	rest.PageIn
	Name string `query:"name"`
}

type listOut struct{ Body rest.PageOut[thing] }

type key struct {
	N int `json:"n"`
}

// tokens knows two programs; "dead" cannot be looked up now.
type tokens struct{ accounts map[string]id.ID }

func (t tokens) Authenticate(r *http.Request) (actor.Actor, error) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if len(r.Cookies()) > 0 {
		return actor.Actor{}, errors.New("a cookie came through")
	}
	switch token {
	case "dead":
		return actor.Actor{}, fault.Wrap(errors.New("no database"), fault.Unavailable, "db.out_of_reach")
	case "platform":
		return actor.System("intruder"), nil
	}
	account, ok := t.accounts[token]
	if !ok {
		return actor.Actor{Kind: actor.Anonymous}, nil
	}
	a := actor.Actor{Kind: actor.Token, Account: account, Scopes: []string{"thing.*"}}
	if token != "poor" {
		a.Grants = []actor.Grant{{Perm: "thing.put", All: true}}
	}
	return a, nil
}

type house struct {
	t       *testing.T
	api     *rest.API
	h       http.Handler
	clock   *testkit.Clock
	d       *db.DB
	made    atomic.Int32
	gate    chan struct{} // if set, putting waits for it
	entered chan struct{}
	keys    sync.Map
}

func newAPI(t *testing.T, d *db.DB, now func() time.Time) *rest.API {
	t.Helper()
	if err := d.Migrate(t.Context(), rest.Module, rest.Migrations()); err != nil {
		t.Fatal(err)
	}
	cat, err := i18n.New(rest.Texts())
	if err != nil {
		t.Fatal(err)
	}
	ids := id.NewSource(nil)
	return rest.New(rest.Config{Title: i18n.Text{VI: "Thử", EN: "Trial"}, Version: "1", Permissions: []rest.Perm{"thing.put"},
		Auth: tokens{map[string]id.ID{"good": ids.New(), "other": ids.New(), "poor": ids.New()}},
		DB:   d, Catalog: cat, Now: now, IDs: ids, Log: testkit.Log(t)})
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := &house{t: t, d: d, clock: testkit.At("2026-11-23 08:00")}
	h.api = newAPI(t, d, h.clock.Now)
	rest.Register(h.api, "thing.put", huma.Operation{OperationID: "put-thing", Method: "POST", Path: "/things", Summary: "Put a thing", DefaultStatus: 201},
		func(ctx context.Context, in *putIn) (*putOut, error) {
			if h.gate != nil {
				h.entered <- struct{}{}
				<-h.gate
			}
			h.keys.Store(rest.IdempotencyKey(ctx), true)
			switch in.Body.Name {
			case "panic":
				panic("boom geheim")
			case "defect":
				return nil, errors.New("select geheim failed")
			case "taken":
				return nil, fault.New(fault.Conflict, "thing.taken")
			case "bad":
				return nil, fault.Input("thing.bad", fault.Field{Path: "/name", Key: "thing.name.bad"})
			case "fast":
				return nil, fault.New(fault.TooMany, "thing.fast", "wait", 7)
			}
			out := &putOut{}
			out.Body.N = int(h.made.Add(1))
			out.Location = fmt.Sprint("/api/v1/things/", out.Body.N)
			return out, nil
		})
	rest.Register(h.api, rest.Public, huma.Operation{OperationID: "list-things", Method: "GET", Path: "/things", Summary: "List things"},
		func(_ context.Context, in *listIn) (*listOut, error) {
			var from key
			if in.Cursor != "" {
				if err := rest.DecodeCursor(in.Cursor, &from); err != nil {
					return nil, err
				}
			}
			var rows []int
			for n := from.N + 1; n <= 7 && len(rows) <= in.Limit; n++ {
				rows = append(rows, n)
			}
			p, err := rest.Page(rows, in.Limit, func(n int) key { return key{n} }, func(n int) thing { return thing{Name: fmt.Sprint(n)} })
			return &listOut{p}, err
		})
	rest.Register(h.api, rest.SignedIn, huma.Operation{OperationID: "gone", Method: "DELETE", Path: "/things/{n}", Summary: "Delete a thing"},
		func(_ context.Context, in *struct {
			N int `path:"n"`
		}) (*struct{}, error) {
			return nil, nil
		})
	var err error
	if h.h, err = h.api.Handler(); err != nil {
		t.Fatal(err)
	}
	return h
}

type header map[string]string

func (h *house) do(method, path, body string, hs header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for k, v := range hs {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	h.h.ServeHTTP(w, r)
	return w
}

func good(more ...string) header {
	h := header{"Authorization": "Bearer good"}
	for i := 0; i+1 < len(more); i += 2 {
		h[more[i]] = more[i+1]
	}
	return h
}

func problem(t *testing.T, w *httptest.ResponseRecorder) rest.Problem {
	t.Helper()
	var p rest.Problem
	if ct := w.Header().Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("content type %q: %s", ct, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if p.Status != w.Code || p.Title == "" || strings.HasPrefix(p.Title, "rest.") || p.RequestID == "" || p.Type != "about:blank" {
		t.Errorf("%d %+v", w.Code, p)
	}
	return p
}

func TestProblems(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t))
	for _, c := range []struct {
		what         string
		method, path string
		body         string
		header       header
		status       int
		code         string
		head, value  string
	}{
		{"nobody", "POST", "/api/v1/things", `{"name":"a"}`, nil, 401, "rest.401", "WWW-Authenticate", "Bearer"},
		{"only a cookie", "POST", "/api/v1/things", `{"name":"a"}`, header{"Cookie": "session=good"}, 401, "rest.401", "", ""},
		{"a dead token", "GET", "/api/v1/things", "", header{"Authorization": "Bearer nobody"}, 401, "rest.bad_token", "WWW-Authenticate", `Bearer error="invalid_token"`},
		{"another scheme", "GET", "/api/v1/things", "", header{"Authorization": "Basic Z29vZA=="}, 401, "rest.bad_token", "", ""},
		{"no token", "GET", "/api/v1/things", "", header{"Authorization": "Bearer "}, 401, "rest.bad_token", "", ""},
		{"as the platform", "GET", "/api/v1/things", "", header{"Authorization": "Bearer platform"}, 401, "rest.bad_token", "", ""},
		{"tokens out of reach", "GET", "/api/v1/things", "", header{"Authorization": "Bearer dead"}, 503, "db.out_of_reach", "Retry-After", "30"},
		{"not permitted", "POST", "/api/v1/things", `{"name":"a"}`, header{"Authorization": "Bearer poor"}, 403, "rest.403", "", ""},
		{"no address", "GET", "/api/v1/nothing", "", nil, 404, "rest.404", "", ""},
		{"no address at all", "GET", "/api/v2", "", nil, 404, "rest.404", "", ""},
		{"wrong method", "PUT", "/api/v1/things", "", nil, 405, "rest.405", "Allow", "GET, HEAD, POST"},
		{"broken JSON", "POST", "/api/v1/things", `{"name":`, good(), 400, "rest.400", "", ""},
		{"not JSON", "POST", "/api/v1/things", `name=a`, good("Content-Type", "application/x-www-form-urlencoded"), 415, "rest.415", "", ""},
		{"too large", "POST", "/api/v1/things", `{"name":"` + strings.Repeat("a", rest.BodyLimit) + `"}`, good(), 413, "rest.413", "", ""},
		{"breaks the schema", "POST", "/api/v1/things", `{"name":""}`, good(), 422, "rest.422", "", ""},
		{"unknown field", "POST", "/api/v1/things", `{"name":"a","admin":true}`, good(), 422, "rest.422", "", ""},
		{"unknown query", "GET", "/api/v1/things?nmae=x", "", nil, 422, "rest.422", "", ""},
		{"a limit too high", "GET", "/api/v1/things?limit=201", "", nil, 422, "rest.422", "", ""},
		{"a bad cursor", "GET", "/api/v1/things?cursor=%21", "", nil, 422, "rest.bad_cursor", "", ""},
		{"a rule", "POST", "/api/v1/things", `{"name":"bad"}`, good(), 422, "thing.bad", "", ""},
		{"a conflict", "POST", "/api/v1/things", `{"name":"taken"}`, good(), 409, "thing.taken", "", ""},
		{"too many", "POST", "/api/v1/things", `{"name":"fast"}`, good(), 429, "thing.fast", "Retry-After", "7"},
		{"a defect", "POST", "/api/v1/things", `{"name":"defect"}`, good(), 500, "rest.500", "", ""},
		{"a panic", "POST", "/api/v1/things", `{"name":"panic"}`, good(), 500, "rest.500", "", ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			w := h.do(c.method, c.path, c.body, c.header)
			p := problem(t, w)
			if w.Code != c.status || p.Code != c.code {
				t.Errorf("%d %s, want %d %s: %+v", w.Code, p.Code, c.status, c.code, p)
			}
			if got := w.Header().Get(c.head); c.head != "" && got != c.value {
				t.Errorf("%s: %q, want %q", c.head, got, c.value)
			}
			if strings.Contains(w.Body.String(), "geheim") || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%v %s", w.Header(), w.Body)
			}
		})
	}
	if h.made.Load() != 0 {
		t.Error("a refused request did something")
	}
	w := h.do("POST", "/api/v1/things", `{"name":"a","tags":[{"key":"ok"},{"key":"012345678912"}]}`, good())
	p := problem(t, w)
	if len(p.Errors) != 1 || p.Errors[0].Location != "/tags/1/key" || strings.Contains(w.Body.String(), "012345678912") {
		t.Errorf("the place is not told, or the value is sent back: %s", w.Body)
	}
	if p := problem(t, h.do("GET", "/api/v1/nothing", "", header{"Accept-Language": "en-GB,vi;q=0.5"})); p.Title != "Not found" {
		t.Errorf("%+v", p)
	}
	if p := problem(t, h.do("GET", "/api/v1/nothing", "", nil)); p.Title != "Không tìm thấy" {
		t.Errorf("%+v", p)
	}
}

func TestPages(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t))
	var names []string
	path := "/api/v1/things?limit=3"
	for pages := 1; ; pages++ {
		w := h.do("GET", path, "", header{"Cookie": "x=y"})
		var out rest.PageOut[thing]
		if err := json.Unmarshal(w.Body.Bytes(), &out); w.Code != 200 || err != nil {
			t.Fatalf("%d %v %s", w.Code, err, w.Body)
		}
		for _, i := range out.Items {
			names = append(names, i.Name)
		}
		if out.Next == "" {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
		path = "/api/v1/things?limit=3&cursor=" + out.Next
	}
	if diff := cmp.Diff([]string{"1", "2", "3", "4", "5", "6", "7"}, names); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"bnVsbA", "e30=", "eyJuIjoxfXs", "eyJ4IjoxfQ", strings.Repeat("A", 900)} {
		var k key
		if err := rest.DecodeCursor(bad, &k); fault.KindOf(err) != fault.Invalid {
			t.Errorf("cursor %.20q: %v", bad, err)
		}
	}
	if _, err := rest.EncodeCursor(strings.Repeat("x", 700)); err == nil {
		t.Error("a cursor nobody can send back")
	}
	w := h.do("GET", "/api/v1/things?cursor=e30", "", nil) // {}: before all
	if w.Code != 200 {
		t.Error(w.Body)
	}
}

func FuzzDecodeCursor(f *testing.F) {
	for _, s := range []string{"", "e30", "eyJuIjoxfQ", "bnVsbA", "!!", "eyJuIjoxfSB7fQ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var k key
		if err := rest.DecodeCursor(s, &k); err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		again, err := rest.EncodeCursor(k)
		var back key
		if err != nil || rest.DecodeCursor(again, &back) != nil || back != k {
			t.Errorf("%q does not come back", s)
		}
	})
}

func TestRegistrationErrors(t *testing.T) {
	d := testkit.SQLite(t)
	op := func(change func(*huma.Operation)) huma.Operation {
		o := huma.Operation{OperationID: "x", Method: "GET", Path: "/x", Summary: "x"}
		change(&o)
		return o
	}
	none := func(context.Context, *struct{}) (*struct{}, error) { return nil, nil }
	same := op(func(*huma.Operation) {})
	for what, register := range map[string]func(a *rest.API){
		"names no permission": func(a *rest.API) { rest.Register(a, "", same, none) },
		"not on the access":   func(a *rest.API) { rest.Register(a, "thing.get", same, none) },
		"id x is taken": func(a *rest.API) {
			rest.Register(a, rest.Public, same, none)
			rest.Register(a, rest.Public, same, none)
		},
		"no operation id": func(a *rest.API) {
			rest.Register(a, rest.Public, op(func(o *huma.Operation) { o.OperationID = "" }), none)
		},
		"no summary": func(a *rest.API) { rest.Register(a, rest.Public, op(func(o *huma.Operation) { o.Summary = "" }), none) },
		"begins after /api/v1": func(a *rest.API) {
			rest.Register(a, rest.Public, op(func(o *huma.Operation) { o.Path = "/api/v1/x" }), none)
		},
		"operation GET /x/{a}:": func(a *rest.API) {
			rest.Register(a, rest.Public, op(func(o *huma.Operation) { o.Path = "/x/{a}" }), none)
			rest.Register(a, rest.Public, op(func(o *huma.Operation) { o.Path, o.OperationID = "/x/{b}", "y" }), none)
			a.Routes()
		},
		"no handler": func(a *rest.API) { rest.Register[struct{}, struct{}](a, rest.Public, same, nil) },
	} {
		a := newAPI(t, d, time.Now)
		register(a)
		_, err := a.Handler()
		if what == "operation GET /x/{a}:" {
			if err == nil || !strings.Contains(err.Error(), "GET /x/{b}") {
				t.Errorf("two patterns in conflict: %v", err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
	a := newAPI(t, d, time.Now)
	if _, err := a.Handler(); err != nil {
		t.Fatal(err)
	}
	rest.Register(a, rest.Public, same, none)
	if len(a.Routes()) != 0 {
		t.Error("registered after serving began")
	}
	if _, err := rest.New(rest.Config{}).Handler(); err == nil {
		t.Error("an API without anything")
	}
}

func TestDescription(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t))
	want := []rest.Route{
		{Method: "GET", Pattern: "/api/v1/things", Perm: rest.Public, Operation: "list-things"},
		{Method: "POST", Pattern: "/api/v1/things", Perm: "thing.put", Operation: "put-thing"},
		{Method: "DELETE", Pattern: "/api/v1/things/{n}", Perm: rest.SignedIn, Operation: "gone"},
	}
	if diff := cmp.Diff(want, h.api.Routes()); diff != "" {
		t.Error(diff)
	}
	w := h.do("GET", "/api/v1/openapi.json", "", nil)
	var spec struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			Security   []map[string][]string
			Permission string `json:"x-permission"`
			Responses  map[string]struct {
				Content map[string]struct {
					Schema struct {
						Ref string `json:"$ref"`
					}
				}
			}
		}
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &spec); err != nil {
		t.Fatal(err)
	}
	post := spec.Paths["/things"]["post"]
	if spec.OpenAPI != "3.1.0" || len(post.Security) != 1 || post.Permission != "thing.put" || len(spec.Paths["/things"]["get"].Security) != 0 {
		t.Errorf("%+v", spec)
	}
	for code, r := range post.Responses {
		if c, ok := r.Content["application/problem+json"]; code != "201" && (!ok || c.Schema.Ref != "#/components/schemas/Problem") {
			t.Errorf("response %s: %+v", code, r)
		}
	}
	for _, name := range []string{"ErrorModel", "ErrorDetail"} {
		if _, ok := spec.Components.Schemas[name]; ok || strings.Contains(w.Body.String(), name) {
			t.Errorf("%s is still described", name)
		}
	}
	if w := h.do("GET", "/api/v1/openapi.json", "", header{"If-None-Match": w.Header().Get("ETag")}); w.Code != 304 || w.Body.Len() != 0 {
		t.Errorf("%d", w.Code)
	}
	if b, err := h.api.OpenAPI(); err != nil || !strings.Contains(string(b), "operationId: put-thing") {
		t.Errorf("%s, %v", b, err)
	}
	for lang, word := range map[string]string{"": "Các thao tác", "en": "Operations"} {
		w := h.do("GET", "/api/docs", "", header{"Accept-Language": lang})
		body := w.Body.String()
		for _, want := range []string{word, "put-thing", "thing.put", "/api/v1/things/{n}", "Idempotency-Key"} {
			if !strings.Contains(body, want) {
				t.Errorf("the page in %q says nothing about %s", lang, want)
			}
		}
		for _, bad := range []string{"http://", "https://", "<script", "style=", "rest.docs."} {
			if strings.Contains(body, bad) {
				t.Errorf("the page in %q contains %s", lang, bad)
			}
		}
	}
	if w := h.do("GET", "/api/docs.css", "", nil); w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") {
		t.Errorf("%d", w.Code)
	}
}

// Behind another router that found the actor, the API takes him over, but only for a bearer token.
func TestOuterRouter(t *testing.T) {
	d := testkit.SQLite(t)
	if err := d.Migrate(t.Context(), rest.Module, rest.Migrations()); err != nil {
		t.Fatal(err)
	}
	cat, err := i18n.New(rest.Texts())
	if err != nil {
		t.Fatal(err)
	}
	api := rest.New(rest.Config{DB: d, Catalog: cat, Now: time.Now, Log: testkit.Log(t)})
	rest.Register(api, rest.Staff, huma.Operation{OperationID: "x", Method: "GET", Path: "/x", Summary: "x"},
		func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	h, err := api.Handler()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind   actor.Kind
		header string
		want   int
	}{{actor.Staff, "Bearer x", 204}, {actor.Staff, "", 401}, {actor.Anonymous, "Bearer x", 401}, {actor.SystemKind, "Bearer x", 401}, {actor.Citizen, "Bearer x", 403}} {
		r := httptest.NewRequest("GET", "/api/v1/x", nil)
		r = r.WithContext(i18n.With(actor.With(r.Context(), actor.Actor{Kind: c.kind, RequestID: "r1"}), cat, i18n.EN))
		if c.header != "" {
			r.Header.Set("Authorization", c.header)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s with %q: %d, want %d", c.kind, c.header, w.Code, c.want)
		}
		if w.Code >= 400 {
			if p := problem(t, w); p.RequestID != "r1" {
				t.Errorf("%+v", p)
			}
		}
	}
}

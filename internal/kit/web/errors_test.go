package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lienthong/internal/kit/fault"
)

func TestTypedFormSurvivesTheEndOfTheSession(t *testing.T) {
	f := newFixture(t, nil)
	f.Handle("POST /luu", Citizen, hello)
	h, err := f.Handler()
	if err != nil {
		t.Fatal(err)
	}
	body := text(t, serve(h, "POST", "/en/luu?buoc=2", url.Values{"ten": {`Giàng "Ước" <b>`}, "nghe": {"a", "b"}}.Encode()))
	for _, want := range []string{`action="/en/luu?buoc=2"`, `name="ten" value="Giàng &#34;Ước&#34; &lt;b&gt;"`, `name="nghe" value="a"`, `name="nghe" value="b"`, "/en/dang-nhap"} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in the page", want)
		}
	}
	if body := text(t, serve(h, "POST", "/luu", "ten=x&password=geheim")); strings.Contains(body, "geheim") {
		t.Error("a password stands in a page")
	}
	if body := text(t, serve(h, "POST", "/luu", "ten="+strings.Repeat("x", resendLimit+1))); strings.Contains(body, "xxxx") {
		t.Error("a huge form stands in a page")
	}
}

func TestErrorsBecomePages(t *testing.T) {
	tests := []struct {
		name   string
		err    error
		status int
		says   string
	}{
		{"invalid", fault.Input("web.error.invalid", fault.Field{Path: "/a", Key: "test.saved"}), 422, "Đã lưu"},
		{"not found", fault.New(fault.NotFound, "test.gone", "code", "H17"), 404, "Hồ sơ H17 không còn"},
		{"wrapped", fmt.Errorf("outer: %w", fault.New(fault.Conflict, "web.error.conflict")), 409, "vừa thay đổi"},
		{"forbidden without a text of its own", fault.New(fault.Forbidden, "nobody.wrote.this"), 403, "không có quyền"},
		{"too large", fault.New(fault.TooLarge, "web.error.too_large"), 413, "quá lớn"},
		{"too many", fault.New(fault.TooMany, "web.error.too_many", "wait", 30), 429, "quá nhanh"},
		{"unavailable", fault.Wrap(errors.New("secret dsn"), fault.Unavailable, "web.error.unavailable"), 503, "tạm thời"},
		{"out of time", fmt.Errorf("query: %w", context.DeadlineExceeded), 503, "tạm thời"},
		{"unknown", errors.New("secret table name"), 500, "mã tra cứu"},
		{"unknown fault", fault.New(fault.Unknown, "test.saved"), 500, "Đã xảy ra lỗi"},
	}
	for _, tt := range tests {
		f := newFixture(t, nil)
		f.Handle("GET /x", Public, func(http.ResponseWriter, *http.Request) error { return tt.err })
		res := f.do(t, "GET", "/x", "", "Cookie", "s=staff")
		body := text(t, res)
		if res.StatusCode != tt.status || !strings.Contains(body, tt.says) || !strings.Contains(body, "<main") {
			t.Errorf("%s: %d, want %d and %q", tt.name, res.StatusCode, tt.status, tt.says)
		}
		if strings.Contains(body, "secret") {
			t.Errorf("%s: the page shows the cause", tt.name)
		}
		if id := res.Header.Get("X-Request-Id"); tt.status >= 500 && (!strings.Contains(body, id) || !strings.Contains(f.log.String(), id)) {
			t.Errorf("%s: the id is not in the page and the log", tt.name)
		}
		if strings.Contains(fmt.Sprint(tt.err), "secret") != strings.Contains(f.log.String(), "secret") {
			t.Errorf("%s: log says %s", tt.name, f.log)
		}
		if tt.status == 429 && res.Header.Get("Retry-After") != "30" {
			t.Errorf("Retry-After %q", res.Header.Get("Retry-After"))
		}
		if len(f.cat.Missing()) != 0 {
			t.Errorf("%s: missing texts %v", tt.name, f.cat.Missing())
		}
	}
}

func TestErrorsBecomeProblemDocuments(t *testing.T) {
	f := newFixture(t, nil)
	f.Handle("POST /api/v1/x", SignedIn, hello)
	f.Handle("GET /api/v1/x", Public, func(w http.ResponseWriter, r *http.Request) error {
		if _, err := r.Cookie("s"); err == nil {
			return errors.New("a cookie came through")
		}
		return fault.Input("web.error.invalid", fault.Field{Path: "/a", Key: "test.saved"})
	})
	h, err := f.Handler()
	if err != nil {
		t.Fatal(err)
	}
	var doc problemDoc
	res := serve(h, "GET", "/api/v1/x", "", "Cookie", "s=staff", "Accept-Language", "en")
	if err := json.Unmarshal([]byte(text(t, res)), &doc); err != nil {
		t.Fatal(err)
	}
	want := problemDoc{Type: "about:blank", Title: "Something is not right", Status: 422, Code: "web.error.invalid", ID: res.Header.Get("X-Request-Id"),
		Detail: "What was sent is not right. Please go back, check it and send it again.", Errors: []problemField{{"/a", "test.saved", "Saved"}}}
	if diff := cmp.Diff(want, doc); diff != "" || res.Header.Get("Content-Type") != "application/problem+json" {
		t.Error(res.Header.Get("Content-Type"), diff)
	}
	for _, tt := range []struct {
		method, target string
		want           int
	}{{"POST", "/api/v1/x", 401}, {"GET", "/api/v1/none", 404}, {"PUT", "/api/v1/x", 405}} {
		res := serve(h, tt.method, tt.target, "", "Cookie", "s=staff")
		if res.StatusCode != tt.want || res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: %d %s", tt.method, tt.target, res.StatusCode, res.Header.Get("Content-Type"))
		}
	}
}

func TestPanics(t *testing.T) {
	f := newFixture(t, nil)
	f.Handle("GET /before", Public, func(http.ResponseWriter, *http.Request) error { panic("secret") })
	f.Handle("GET /after", Public, func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = io.WriteString(w, "half an ans") // the recorder of the test never fails
		panic("secret")
	})
	h, err := f.Handler()
	if err != nil {
		t.Fatal(err)
	}
	res := serve(h, "GET", "/before", "", "Accept-Encoding", "gzip")
	if res.StatusCode != 500 {
		t.Errorf("status %d", res.StatusCode)
	}
	if !strings.Contains(f.log.String(), "secret") || !strings.Contains(f.log.String(), "router_test.go") {
		t.Errorf("the log does not say where: %s", f.log)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { r.Host = "dvc.example.vn"; h.ServeHTTP(w, r) }))
	defer srv.Close()
	got, err := srv.Client().Get(srv.URL + "/after")
	if err == nil {
		_, err = io.ReadAll(got.Body)
		got.Body.Close()
	}
	if err == nil {
		t.Error("half an answer looked whole")
	}
}

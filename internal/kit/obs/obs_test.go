package obs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lienthong/internal/kit/obs"
	"lienthong/internal/kit/testkit"
)

func ops(t *testing.T, checks ...obs.Check) (obs.Ops, *obs.HTTP) {
	t.Helper()
	b := obs.ReadBuild("v1.2.3")
	reg, err := obs.NewRegistry(b)
	if err != nil {
		t.Fatal(err)
	}
	h, err := obs.NewHTTP(reg)
	if err != nil {
		t.Fatal(err)
	}
	d := testkit.SQLite(t)
	if err := obs.Pool(reg, "write", d.WritePool()); err != nil {
		t.Fatal(err)
	}
	return obs.Ops{Registry: reg, Build: b, Ready: checks, Log: testkit.Log(t)}, h
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w
}

func TestMetrics(t *testing.T) {
	o, h := ops(t)
	h.Observe("/ho-so/{ma}", "GET", 200, 20*time.Millisecond)
	h.Observe("/ho-so/{ma}", "BREW", 404, time.Millisecond)
	h.Observe("", "GET", 0, time.Millisecond)
	var none *obs.HTTP
	none.Observe("/x", "GET", 200, 0)
	body := get(o.Handler(), "/metrics").Body.String()
	for _, want := range []string{
		`lienthong_build_info{go="`, `version="v1.2.3"`,
		`lienthong_http_requests_total{method="GET",route="/ho-so/{ma}",status="2xx"} 1`,
		`lienthong_http_requests_total{method="other",route="/ho-so/{ma}",status="4xx"} 1`,
		`lienthong_http_requests_total{method="GET",route="none",status="other"} 1`,
		`lienthong_http_seconds_bucket{route="/ho-so/{ma}",le="0.025"} 2`,
		`go_sql_open_connections{db_name="write"} 1`, "go_goroutines", "process_cpu_seconds_total",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in the figures", want)
		}
	}
}

func TestOpsPages(t *testing.T) {
	var broken error
	o, _ := ops(t, obs.Check{Name: "database", Test: func(context.Context) error { return nil }},
		obs.Check{Name: "bus", Test: func(context.Context) error { return broken }})
	h := o.Handler()
	for _, path := range []string{"/livez", "/readyz", "/version", "/debug/pprof/", "/debug/pprof/goroutine"} {
		if w := get(h, path); w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	broken = errors.New("password=geheim is wrong")
	w := get(h, "/readyz")
	var got map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if w.Code != http.StatusServiceUnavailable || got["bus"] != "failed" || got["database"] != "ok" || strings.Contains(w.Body.String(), "geheim") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := get(h, "/livez"); w.Code != http.StatusOK {
		t.Error("a process that is not ready is not alive either: it would be killed for its database's trouble")
	}
	if w := get(h, "/"); w.Code != http.StatusNotFound {
		t.Error(w.Code)
	}
}

func TestServeConcurrently(t *testing.T) {
	o, _ := ops(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- o.Serve(ctx, l) }()
	r, err := http.Get("http://" + l.Addr().String() + "/version")
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(r.Body)
	r.Body.Close()
	if !strings.Contains(string(b), "v1.2.3") {
		t.Errorf("%s", b)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestLogAndBuild(t *testing.T) {
	var b bytes.Buffer
	log := obs.NewLog(&b, "json", slog.LevelInfo)
	log.Debug("quiet")
	log.Info("loud", "n", 1)
	var line map[string]any
	if err := json.Unmarshal(b.Bytes(), &line); err != nil || line["msg"] != "loud" {
		t.Errorf("%s, %v", b.String(), err)
	}
	b.Reset()
	obs.NewLog(&b, "text", slog.LevelWarn).Warn("w", "a", "b c")
	if !strings.Contains(b.String(), `a="b c"`) {
		t.Error(b.String())
	}
	if s := obs.ReadBuild("").String(); !strings.Contains(s, "go1") {
		t.Error(s)
	}
	if s := (obs.Build{Version: "v1", Revision: "0123456789abcdef", Modified: true, Go: "go1", Platform: "x"}).String(); s != "v1 (0123456789ab, modified) go1 x" {
		t.Error(s)
	}
}

package app_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lienthong/internal/app"
	"lienthong/internal/kit/config"
	"lienthong/internal/kit/testkit"
)

func options(t *testing.T, dir string, demo bool) app.Options {
	t.Helper()
	c := config.Defaults()
	c.Data, c.Demo, c.OpsListen = dir, demo, ""
	return app.Options{Config: c, Pack: "bac-kan", Log: testkit.Log(t)}
}

// A second process on a data folder in use says so in words and disturbs nothing; what the first
// one leaves behind is found whole and opens again.
func TestOneProcessAFolder(t *testing.T) {
	dir := t.TempDir()
	ctx := context.Background()
	a, err := app.New(ctx, options(t, dir, false))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.New(ctx, options(t, dir, false)); err == nil || !strings.Contains(err.Error(), "another lienthong uses the data folder") {
		t.Errorf("a second process: %v", err)
	}
	if err := a.Start(ctx); err != nil {
		t.Fatal(err)
	}
	for range 100 { // the ledger's rows get their place within a moment
		r, err := a.IAM.Ledger.Verify(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if r.Pending == 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err := a.Ready(ctx); err != nil {
		t.Error(err)
	}
	if err := a.Close(ctx); err != nil {
		t.Error(err)
	}
	var out bytes.Buffer
	if err := app.Doctor(ctx, options(t, dir, false), &out); err != nil {
		t.Errorf("%v\n%s", err, &out)
	}
	for _, want := range []string{"figures", "ledger", "files", "sms is off"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("doctor says nothing of %s:\n%s", want, &out)
		}
	}
}

// The demo's routes and people exist in the demo only, and a Host that is not ours is refused.
func TestServeHasNoDemo(t *testing.T) {
	ctx := context.Background()
	a, err := app.New(ctx, options(t, t.TempDir(), false))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close(ctx)
	get := func(host, path string) int {
		r := httptest.NewRequest(http.MethodGet, "http://"+host+path, nil)
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, r)
		return w.Code
	}
	for path, want := range map[string]int{"/demo/outbox": 404, "/healthz": 200, "/readyz": 200, "/": 200, "/api/v1/openapi.json": 200} {
		if got := get("127.0.0.1:8080", path); got != want {
			t.Errorf("%s answers %d, want %d", path, got, want)
		}
	}
	if got := get("evil.example", "/"); got != http.StatusMisdirectedRequest {
		t.Errorf("a strange Host is answered %d", got)
	}
}

package badday

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lienthong/internal/app"
	"lienthong/internal/kit/config"
	"lienthong/internal/kit/testkit"
)

// jumping is a clock that goes on by itself and can be put forward and back.
type jumping struct{ by atomic.Int64 }

func (j *jumping) now() time.Time       { return time.Now().Add(time.Duration(j.by.Load())) }
func (j *jumping) jump(d time.Duration) { j.by.Add(int64(d)) }

// inProcess runs the program in this process, by a clock that can jump.
func inProcess(t *testing.T, dir, database, addr string, j *jumping) (a *app.App, end func()) {
	t.Helper()
	c := config.Defaults()
	c.Data, c.Demo, c.Database, c.OpsListen, c.Listen = dir, true, config.Address(database), "", addr
	a, err := app.New(t.Context(), app.Options{Config: c, Pack: pack, Now: j.now, Log: testkit.Log(t)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.LoadDemo(t.Context(), pack); err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a, func() {
		quit, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := a.Close(quit); err != nil {
			t.Error(err)
		}
	}
}

// TestClockJumps puts the clock forward by days and back again while dossiers are on their way, on a
// running program and over a restart.
func TestClockJumps(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { clockJumps(t, "") })
	t.Run("postgres", func(t *testing.T) { clockJumps(t, testkit.PostgresURL(t)) })
}

func clockJumps(t *testing.T, database string) {
	j := &jumping{}
	p := install(t, database)
	w := settle(t, p)
	srv := httptest.NewUnstartedServer(nil)
	p.addr = srv.Listener.Addr().String()
	a, end := inProcess(t, p.data, database, p.addr, j)
	srv.Config.Handler = a.Handler()
	srv.Start()
	t.Cleanup(srv.Close)

	settled := func(when string) {
		t.Helper()
		for stop := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
			events, rows := one(t, a.DB, "SELECT count(*) FROM kit_outbox"), one(t, a.DB, "SELECT count(*) FROM iam_ledger WHERE seq IS NULL")
			if events == 0 && rows == 0 {
				break
			}
			if time.Now().After(stop) {
				t.Fatalf("%s: %d events and %d rows of the ledger wait", when, events, rows)
			}
		}
		r, err := a.IAM.Ledger.Verify(t.Context())
		if err != nil || !r.Whole() {
			t.Errorf("%s: the ledger: %v %+v", when, err, r)
		}
		figures, err := a.Dossiers.Recount(t.Context())
		if err != nil || len(figures) > 0 {
			t.Errorf("%s: the figures: %v %v", when, err, figures)
		}
		if err := a.Ready(t.Context()); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
	early := w.lead(t, 2, 9)
	settled("before")

	j.jump(76 * time.Hour)
	w.signIn(t)
	for _, l := range early { // a request for supplements of the future
		w.on(t, l, 11)
	}
	ahead := w.lead(t, 2, 9)
	if _, err := citizenToken(p.addr, "0900000006"); err != nil {
		t.Error(err)
	}
	settled("76 hours ahead")

	j.jump(-78 * time.Hour)
	for _, l := range append(early, ahead...) {
		w.on(t, l, len(steps()))
		w.check(l)
	}
	w.report(t)
	back := w.lead(t, 2, 9)
	if _, err := citizenToken(p.addr, "0900000006"); err != nil { // no pause until the day after the day after tomorrow
		t.Errorf("a citizen cannot sign in after the clock was put back: %v", err)
	}
	settled("two hours back")

	// A restart just after the clock was put right finds leases of the future.
	j.jump(50 * time.Hour)
	w.signIn(t)
	more := w.lead(t, 1, 9)
	settled("two days ahead")
	end()
	j.jump(-48 * time.Hour)
	a, end = inProcess(t, p.data, database, p.addr, j)
	defer func() { end() }()
	srv.Config.Handler = a.Handler()
	for _, l := range append(back, more...) {
		w.on(t, l, len(steps()))
		w.check(l)
	}
	w.report(t)
	settled("after a restart")
	seen := map[string]bool{}
	for _, l := range w.lives {
		if seen[l.code] || !strings.Contains(l.code, ".H03-") {
			t.Errorf("the code %s", l.code)
		}
		seen[l.code] = true
	}
}

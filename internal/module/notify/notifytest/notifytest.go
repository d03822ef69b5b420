// Package notifytest holds what tests of and with the notify module need: a service on an empty
// database, a real mail server, a real SMS provider over HTTP, and fakes for its neighbours.
package notifytest

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"sync"
	"testing"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/jobs"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/notify"
)

// House is a notify service on an empty database with a clock that stands still. Its jobs run
// once Start was called; until then tests deliver by hand.
type House struct {
	*notify.Service
	Clock    *testkit.Clock
	Jobs     *jobs.Client
	Dossiers *Dossiers
	Ledger   *Ledger
	Logged   *Log
	t        testing.TB
}

// New returns a service with neither provider, which tests set before they use it.
func New(t testing.TB, d *db.DB) *House {
	t.Helper()
	ctx := context.Background()
	clock := testkit.At("2026-11-23 09:00")
	logged := &Log{}
	log := slog.New(slog.NewTextHandler(logged, nil))
	h := &House{Clock: clock, Dossiers: &Dossiers{known: map[id.ID]notify.Contact{}}, Ledger: &Ledger{}, Logged: logged, t: t}
	k, err := jobs.New(jobs.Config{DB: d, Log: log, Now: clock.Now, Queues: notify.Queues(), Poll: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	sub, err := fs.Sub(notify.Migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{k.Migrate(ctx), d.Migrate(ctx, "notify", sub), d.Migrate(ctx, outbox.Module, outbox.Migrations())} {
		if err != nil {
			t.Fatal(err)
		}
	}
	h.Jobs = k
	h.Service = &notify.Service{DB: d, IDs: id.NewSource(nil), Now: clock.Now, Log: log, Ledger: h.Ledger, Queue: k,
		Events: outbox.New(clock.Now), Dossiers: h.Dossiers,
		Portal: i18n.Text{VI: "Dịch vụ công Bắc Kạn", EN: "Bắc Kạn public services"}, Hotline: "0209 3810 000"}
	return h
}

// Start runs the jobs until the test ends.
func (h *House) Start() {
	h.t.Helper()
	h.RegisterJobs(h.Jobs)
	if err := h.Jobs.Start(context.Background()); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := h.Jobs.Stop(ctx); err != nil {
			h.t.Error(err)
		}
	})
}

// Tell gives the event of a dossier to the service, as the bus would. subject is the middle part,
// "received". It returns the event, to be given again.
func (h *House) Tell(subject string, dossier id.ID, status, entry int) outbox.Event {
	h.t.Helper()
	e := outbox.Event{ID: h.IDs.New(), Subject: "dossier." + subject + ".v1", At: h.Clock.Now(),
		Payload: map[string]any{"dossier": dossier, "status": status, "entry": entry}}
	if err := h.Handle(context.Background(), e); err != nil {
		h.t.Fatal(err)
	}
	return e
}

// Admin returns a context in which an administrator of the whole province acts.
func Admin(ctx context.Context) context.Context {
	return actor.With(ctx, actor.Actor{Kind: actor.Staff, Account: id.ID{9, 9}, Name: "Quản trị", Lang: "vi",
		Grants: []actor.Grant{{Perm: notify.PermEdit, All: true}}})
}

// Citizen returns a context in which the owner of the account acts.
func Citizen(ctx context.Context, account id.ID) context.Context {
	return actor.With(ctx, actor.Actor{Kind: actor.Citizen, Account: account, Name: "Nguyễn Thị Hoa", Lang: "vi"})
}

// Dossiers is a fake of the dossier module.
type Dossiers struct {
	mu    sync.Mutex
	known map[id.ID]notify.Contact
	err   error
}

// Put makes the dossier known.
func (d *Dossiers) Put(dossier id.ID, c notify.Contact) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known[dossier] = c
}

// Fail has every question end with err, until it is nil again.
func (d *Dossiers) Fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

// Contact returns what Put was given, or the fault NotFound.
func (d *Dossiers) Contact(_ context.Context, dossier id.ID) (notify.Contact, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return notify.Contact{}, d.err
	}
	c, ok := d.known[dossier]
	if !ok {
		return c, fault.New(fault.NotFound, "dossier.not_found")
	}
	return c, nil
}

// Ledger is a fake of the audit ledger.
type Ledger struct {
	mu   sync.Mutex
	acts []string
}

// Record notes the action.
func (l *Ledger) Record(tx *db.Tx, _ actor.Actor, action, _ string, _ id.ID, _ any) error {
	tx.AfterCommit(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.acts = append(l.acts, action)
	})
	return nil
}

// Acts returns the actions recorded so far.
func (l *Ledger) Acts() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.acts...)
}

// Log keeps what was logged.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write appends to the log.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String returns everything logged so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

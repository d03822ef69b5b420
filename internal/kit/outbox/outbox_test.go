package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/testkit"
)

// fakeBus records what it is given; refuse, if set, decides about each message.
type fakeBus struct {
	mu     sync.Mutex
	got    []outbox.Message
	refuse func(outbox.Message) error
}

func (b *fakeBus) Publish(_ context.Context, batch []outbox.Message) []error {
	b.mu.Lock()
	defer b.mu.Unlock()
	errs := make([]error, len(batch))
	for i, m := range batch {
		if b.refuse != nil {
			errs[i] = b.refuse(m)
		}
		if errs[i] == nil {
			b.got = append(b.got, m)
		}
	}
	return errs
}

func (b *fakeBus) taken() []outbox.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	got := b.got
	b.got = nil
	return got
}

type house struct {
	t     *testing.T
	d     *db.DB
	clock *testkit.Clock
	ob    *outbox.Outbox
	bus   *fakeBus
	ids   *id.Source
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	if err := d.Migrate(t.Context(), outbox.Module, outbox.Migrations()); err != nil {
		t.Fatal(err)
	}
	clock := testkit.At("2026-11-23 08:00")
	return &house{t: t, d: d, clock: clock, ob: outbox.New(clock.Now), bus: &fakeBus{}, ids: id.NewSource(nil)}
}

func (h *house) relay(holder string) *outbox.Relay {
	return &outbox.Relay{DB: h.d, Outbox: h.ob, Publisher: h.bus, Holder: holder, Now: h.clock.Now, Log: testkit.Log(h.t)}
}

func (h *house) register(name string, subjects ...string) {
	h.t.Helper()
	if err := h.ob.Register(h.t.Context(), h.d, outbox.Consumer{Name: name, Subjects: subjects}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) put(subject string, n int) []id.ID {
	h.t.Helper()
	var events []outbox.Event
	var ids []id.ID
	for i := range n {
		e := outbox.Event{ID: h.ids.New(), Subject: subject, At: h.clock.Now(), Payload: map[string]int{"n": i}}
		events, ids = append(events, e), append(ids, e.ID)
	}
	if err := h.d.Write(h.t.Context(), func(tx *db.Tx) error { return h.ob.Put(tx, events...) }); err != nil {
		h.t.Fatal(err)
	}
	return ids
}

func (h *house) once(consumer string, ids ...id.ID) (first []bool) {
	h.t.Helper()
	err := h.d.Write(h.t.Context(), func(tx *db.Tx) error {
		first = nil
		for _, v := range ids {
			f, err := h.ob.Once(tx, consumer, v)
			if err != nil {
				return err
			}
			first = append(first, f)
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return first
}

func (h *house) round(r *outbox.Relay) []outbox.Message {
	h.t.Helper()
	if err := r.Round(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	return h.bus.taken()
}

func (h *house) backlog() outbox.Backlog {
	h.t.Helper()
	b, err := h.ob.Backlog(h.d.Read(h.t.Context()))
	if err != nil {
		h.t.Fatal(err)
	}
	return b
}

func idsOf(ms []outbox.Message) (ids []id.ID) {
	for _, m := range ms {
		ids = append(ids, m.ID)
	}
	return ids
}

func TestLifeOfAnEvent(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.register("notify", "dossier.>")
		h.register("figures", "dossier.opened.*")
		r := h.relay("a")
		ids := h.put("dossier.opened.v1", 3)
		other := h.put("org.renamed.v1", 1) // nobody's business

		got := h.round(r)
		if diff := cmp.Diff(append(ids, other...), idsOf(got)); diff != "" {
			t.Fatal(diff)
		}
		var p struct{ N int }
		if err := got[2].Into(&p); err != nil || p.N != 2 || !got[2].At.Equal(h.clock.Now()) {
			t.Errorf("payload %+v at %v, err %v", p, got[2].At, err)
		}
		if b := h.backlog(); b.Fresh != 0 || b.Waiting != 3 {
			t.Fatalf("after publishing: %+v", b)
		}
		h.once("notify", ids...)
		h.round(r)
		if b := h.backlog(); b.Waiting != 3 {
			t.Fatalf("deleted although one consumer has not received: %+v", b)
		}
		if diff := cmp.Diff([]bool{true, true, true}, h.once("figures", ids...)); diff != "" {
			t.Error(diff)
		}
		if again := h.round(r); len(again) != 0 || h.backlog() != (outbox.Backlog{}) {
			t.Errorf("published again: %d, left: %+v", len(again), h.backlog())
		}
		if diff := cmp.Diff([]bool{false, false, false}, h.once("figures", ids...)); diff != "" {
			t.Error("a receipt counted twice", diff)
		}
	})
}

// The process ends between the bus's acknowledgement and the note that the event was published.
func TestCrashBetweenPublishAndNote(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.register("notify", "dossier.>")
		ids := h.put("dossier.opened.v1", 2)
		ctx, crash := context.WithCancel(t.Context())
		r := h.relay("a")
		h.bus.refuse = func(outbox.Message) error { crash(); return nil }
		if err := r.Round(ctx); err == nil {
			t.Fatal("the crash did not hit the relay")
		}
		first := h.bus.taken()
		h.bus.refuse = nil
		if got := h.round(h.relay("b")); len(got) != 0 {
			t.Fatal("another replica worked while the lease of the dead one runs")
		}
		h.clock.Move(2 * time.Minute)
		second := h.round(h.relay("b"))
		if diff := cmp.Diff(idsOf(first), idsOf(second)); diff != "" || len(second) != 2 {
			t.Fatalf("not the same events again: %s", diff)
		}
		if first[0].DedupID != second[0].DedupID {
			t.Error("the bus cannot recognise the second copy")
		}
		effects := 0
		for _, m := range append(first, second...) {
			if h.once("notify", m.ID)[0] {
				effects++
			}
		}
		if effects != len(ids) {
			t.Errorf("%d effects of %d events", effects, len(ids))
		}
	})
}

func TestPublishedAgainUntilReceived(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.register("notify", "dossier.>")
		r := h.relay("a")
		ids := h.put("dossier.opened.v1", 1)
		h.round(r)
		for _, wait := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute,
			8 * time.Minute, 16 * time.Minute, 32 * time.Minute, time.Hour, time.Hour, time.Hour} {
			h.clock.Move(wait - time.Second)
			if got := h.round(r); len(got) != 0 {
				t.Fatalf("published again before %v had passed", wait)
			}
			h.clock.Move(time.Second)
			if got := h.round(r); len(got) != 1 || got[0].ID != ids[0] {
				t.Fatalf("not published again after %v", wait)
			}
		}
		h.once("notify", ids...)
		h.round(r)
		if b := h.backlog(); b.Waiting != 0 {
			t.Errorf("left %+v", b)
		}
	})
}

func TestBusRefuses(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.register("notify", "dossier.>")
		r := h.relay("a")
		down := errors.New("no bus")
		h.bus.refuse = func(outbox.Message) error { return down }
		h.put("dossier.opened.v1", 3)
		if err := r.Round(t.Context()); !errors.Is(err, down) {
			t.Fatalf("err %v", err)
		}
		asked := 0
		h.bus.refuse = func(outbox.Message) error { asked++; return down }
		if err := r.Round(t.Context()); err != nil || asked != 0 {
			t.Errorf("asked a dead bus again at once: %v, %d", err, asked)
		}
		if b := h.backlog(); b.Fresh != 3 {
			t.Errorf("lost: %+v", b)
		}
		// One event the bus will never take does not hold up the others.
		h.clock.Move(time.Minute)
		bad := h.put("dossier.closed.v1", 1)[0]
		h.bus.refuse = func(m outbox.Message) error {
			if m.ID == bad {
				return errors.New("too large")
			}
			return nil
		}
		if got := h.round(r); len(got) != 3 {
			t.Errorf("%d taken, want 3", len(got))
		}
		h.bus.refuse = nil
		h.clock.Move(31 * time.Second)
		if got := h.round(r); len(got) != 4 {
			t.Errorf("%d taken, want the refused one and the three without receipt", len(got))
		}
	})
}

func TestDeadLetters(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.register("notify", "dossier.>")
		h.register("figures", "dossier.>")
		r := h.relay("a")
		ev := h.put("dossier.opened.v1", 1)[0]
		m := h.round(r)[0]
		bury := func() {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				return h.ob.Bury(tx, "notify", m.Event, 8, fmt.Errorf("bad\x00byte \xff %s", strings.Repeat("x", 3000)))
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		bury()
		revive := func() error {
			return d.Write(t.Context(), func(tx *db.Tx) error { return h.ob.Revive(tx, "notify", ev) })
		}
		if err := revive(); fault.KindOf(err) != fault.Conflict {
			t.Errorf("revived while the event still waits for another: %v", err)
		}
		h.once("figures", ev)
		h.round(r)
		dead, err := outbox.DeadLetters(d.Read(t.Context()), 10)
		if err != nil || len(dead) != 1 || dead[0].Event.ID != ev || dead[0].Tries != 8 {
			t.Fatalf("%+v, %v", dead, err)
		}
		if b := h.backlog(); b != (outbox.Backlog{Dead: 1}) {
			t.Fatalf("%+v", b)
		}
		if err := revive(); err != nil {
			t.Fatal(err)
		}
		if err := revive(); fault.KindOf(err) != fault.NotFound {
			t.Errorf("revived twice: %v", err)
		}
		got := h.round(r)
		if len(got) != 1 || got[0].ID != ev || got[0].OnlyFor != "notify" || got[0].DedupID == m.DedupID {
			t.Fatalf("%+v", got)
		}
		if !h.once("notify", ev)[0] {
			t.Error("the revived event is not new to its consumer")
		}
		h.round(r)
		if b := h.backlog(); b != (outbox.Backlog{}) {
			t.Errorf("%+v", b)
		}
	})
}

func TestPrune(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		h.register("notify", "dossier.>")
		h.register("gone", "dossier.>")
		r := h.relay("a")
		ids := h.put("dossier.opened.v1", 2)
		h.round(r)
		h.once("notify", ids...)
		h.once("gone", ids[0])
		h.clock.Move(8 * 24 * time.Hour)
		h.register("notify", "dossier.>")
		h.round(r)
		if b := h.backlog(); b.Waiting != 0 {
			t.Errorf("still waits for a consumer nobody runs: %+v", b)
		}
		h.clock.Move(7 * 24 * time.Hour)
		late := h.put("dossier.opened.v1", 1)
		h.once("notify", late...)
		h.round(r)
		q := d.Read(t.Context())
		if had, err := outbox.Received(q, "notify", ids[0]); had || err != nil {
			t.Errorf("a receipt of 15 days is still there: %v", err)
		}
		if had, err := outbox.Received(q, "notify", late[0]); !had || err != nil {
			t.Errorf("a fresh receipt is gone: %v", err)
		}
	})
}

func TestConcurrentLease(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		lease := func(holder string) *outbox.Lease {
			return &outbox.Lease{DB: d, Name: "x", Holder: holder, TTL: 15 * time.Second, Now: h.clock.Now}
		}
		a, b := lease("a"), lease("b")
		hold := func(l *outbox.Lease, want bool) {
			t.Helper()
			if got, err := l.Hold(t.Context()); err != nil || got != want {
				t.Errorf("%s holds: %v, %v; want %v", l.Holder, got, err, want)
			}
		}
		hold(a, true)
		hold(b, false)
		for range 5 { // renewed in time
			h.clock.Move(6 * time.Second)
			hold(a, true)
			hold(b, false)
		}
		h.clock.Move(16 * time.Second) // a is dead
		hold(b, true)
		hold(a, false)
		if err := b.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.clock.Move(6 * time.Second)
		hold(a, true)
		hold(b, false)

		// A lease of the future was taken by a clock that stood wrong: it holds nobody up, and its
		// holder asks again when his clock is put right.
		c, e := lease("c"), lease("e")
		c.Name, e.Name = "y", "y"
		h.clock.Move(5 * time.Hour)
		hold(c, true)
		h.clock.Move(-5 * time.Hour)
		hold(e, true)
		hold(c, false)
		// Many at once: one of them.
		won := 0
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				l := &outbox.Lease{DB: d, Name: "race", Holder: fmt.Sprint(i), TTL: time.Minute, Now: h.clock.Now}
				ok, err := l.Hold(context.Background())
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				if ok {
					won++
				}
			})
		}
		wg.Wait()
		if won != 1 {
			t.Errorf("%d holders", won)
		}
	})
}

// Run wakes at once on a commit, and many writers and a relay get on with each other.
func TestRunConcurrently(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		reg := prometheus.NewPedanticRegistry()
		m, err := outbox.NewMetrics(reg, h.ob, d)
		if err != nil {
			t.Fatal(err)
		}
		r := h.relay("a")
		r.Metrics = m
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- r.Run(ctx) }()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 10 {
					h.put("dossier.opened.v1", 15)
				}
			})
		}
		wg.Wait()
		seen := map[id.ID]bool{}
		for end := time.Now().Add(8 * time.Second); len(seen) < 1200 && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			for _, m := range h.bus.taken() {
				seen[m.ID] = true
			}
		}
		if len(seen) != 1200 {
			t.Errorf("%d of 1200 events arrived", len(seen))
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		fs, err := reg.Gather()
		if err != nil || len(fs) < 4 {
			t.Errorf("%d figures, %v", len(fs), err)
		}
		if ok, err := (&outbox.Lease{DB: d, Name: "outbox", Holder: "b", Now: h.clock.Now}).Hold(t.Context()); !ok || err != nil {
			t.Errorf("the lease was not given up at the end: %v", err)
		}
	})
}

func TestPutRefuses(t *testing.T) {
	d := testkit.SQLite(t)
	h := newHouse(t, d)
	good := outbox.Event{ID: h.ids.New(), Subject: "dossier.opened.v1", At: h.clock.Now()}
	for name, change := range map[string]func(*outbox.Event){
		"no id":         func(e *outbox.Event) { e.ID = id.ID{} },
		"no time":       func(e *outbox.Event) { e.At = time.Time{} },
		"no version":    func(e *outbox.Event) { e.Subject = "dossier.opened.now" },
		"wildcard":      func(e *outbox.Event) { e.Subject = "dossier.*.v1" },
		"not JSON":      func(e *outbox.Event) { e.Payload = func() {} },
		"a whole file":  func(e *outbox.Event) { e.Payload = strings.Repeat("x", outbox.MaxPayload) },
		"capital":       func(e *outbox.Event) { e.Subject = "Dossier.opened.v1" },
		"empty subject": func(e *outbox.Event) { e.Subject = "" },
	} {
		e := good
		change(&e)
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return h.ob.Put(tx, good, e) }); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if b := h.backlog(); b.Fresh != 0 {
		t.Errorf("a refused batch left %+v", b)
	}
	var none *outbox.Outbox
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return none.Put(tx, good) }); err != nil {
		t.Error(err)
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, subject string
		want             bool
	}{
		{"dossier.opened.v1", "dossier.opened.v1", true},
		{"dossier.opened.v1", "dossier.opened.v2", false},
		{"dossier.*.v1", "dossier.opened.v1", true},
		{"dossier.*.v1", "dossier.part.opened.v1", false},
		{"dossier.>", "dossier.part.opened.v1", true},
		{"dossier.>", "dossier", false},
		{">", "a.b.v1", true},
		{"*.*.v1", "a.b.v1", true},
		{"*", "a.b.v1", false},
		{"a.b.v1.x", "a.b.v1", false},
	} {
		if got := outbox.Match(c.pattern, c.subject); got != c.want {
			t.Errorf("Match(%q, %q) = %v", c.pattern, c.subject, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,3}`), 2, 5).Draw(t, "parts")
		subject := strings.Join(append(parts, "v1"), ".")
		if !outbox.ValidSubject(subject) || !outbox.ValidPattern(subject) || !outbox.Match(subject, subject) {
			t.Fatalf("%q", subject)
		}
		i := rapid.IntRange(0, len(parts)).Draw(t, "i")
		star := strings.Split(subject, ".")
		star[i] = "*"
		if p := strings.Join(star, "."); !outbox.ValidPattern(p) || !outbox.Match(p, subject) {
			t.Fatalf("%q does not match %q", p, subject)
		}
		tail := strings.Join(append(strings.Split(subject, ".")[:i:i], ">"), ".")
		if !outbox.ValidPattern(tail) || !outbox.Match(tail, subject) {
			t.Fatalf("%q does not match %q", tail, subject)
		}
	})
}

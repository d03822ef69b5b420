package bus

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/prometheus/client_golang/prometheus"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/testkit"
)

type house struct {
	t   *testing.T
	d   *db.DB
	ob  *outbox.Outbox
	dir string
	ids *id.Source
}

func newHouse(t *testing.T, d *db.DB) *house {
	t.Helper()
	if err := d.Migrate(t.Context(), outbox.Module, outbox.Migrations()); err != nil {
		t.Fatal(err)
	}
	err := d.Migrate(t.Context(), "probe", fstest.MapFS{"001_t.sql": &fstest.MapFile{Data: []byte(
		"-- +goose Up\nCREATE TABLE probe_t (k TEXT PRIMARY KEY, n BIGINT NOT NULL);\n")}})
	if err != nil {
		t.Fatal(err)
	}
	return &house{t: t, d: d, ob: outbox.New(time.Now), dir: filepath.Join(t.TempDir(), "nats"), ids: id.NewSource(nil)}
}

func (h *house) open(url string) *Bus {
	h.t.Helper()
	b, err := Open(h.t.Context(), Config{URL: url, Dir: h.dir, DB: h.d, Outbox: h.ob, Log: testkit.Log(h.t)})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { h.close(b) })
	return b
}

func (h *house) close(b *Bus) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := b.Close(ctx); err != nil {
		h.t.Error(err)
	}
}

// start starts the bus with quick retries, and a relay; stop ends the relay.
func (h *house) start(b *Bus) (stop func()) {
	h.t.Helper()
	for _, s := range b.subs {
		s.pause = func(int) time.Duration { return 10 * time.Millisecond }
	}
	if err := b.Start(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &outbox.Relay{DB: h.d, Outbox: h.ob, Publisher: b, Holder: h.ids.New().String(), Now: time.Now, Log: testkit.Log(h.t)}
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	h.t.Cleanup(stop)
	return stop
}

func (h *house) put(subject string, n int) (ids []id.ID) {
	h.t.Helper()
	var es []outbox.Event
	for i := range n {
		e := Event{ID: h.ids.New(), Subject: subject, At: time.Now(), Payload: map[string]int{"n": i}}
		es, ids = append(es, e), append(ids, e.ID)
	}
	if err := h.d.Write(h.t.Context(), func(tx *db.Tx) error { return h.ob.Put(tx, es...) }); err != nil {
		h.t.Fatal(err)
	}
	return ids
}

func (h *house) until(what string, ok func() bool) {
	h.t.Helper()
	for end := time.Now().Add(9 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			b, err := h.ob.Backlog(h.d.Read(h.t.Context()))
			h.t.Fatalf("not in time: %s; backlog %+v, %v", what, b, err)
		}
	}
}

func (h *house) empty() bool {
	b, err := h.ob.Backlog(h.d.Read(h.t.Context()))
	return err == nil && b.Fresh+b.Waiting == 0
}

// count adds one to the event's row: an effect that must happen once.
func count(tx *db.Tx, e Event) error {
	_, err := tx.Exec(`INSERT INTO probe_t (k, n) VALUES ($1, 1) ON CONFLICT (k) DO UPDATE SET n = probe_t.n + 1`, e.ID.String())
	return err
}

func (h *house) effects() (rows, most int) {
	h.t.Helper()
	if err := h.d.Read(h.t.Context()).QueryRow("SELECT count(*), coalesce(max(n), 0) FROM probe_t").Scan(&rows, &most); err != nil {
		h.t.Fatal(err)
	}
	return rows, most
}

type calls struct {
	mu sync.Mutex
	m  map[id.ID]int
}

func (c *calls) add(v id.ID) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil {
		c.m = map[id.ID]int{}
	}
	c.m[v]++
	return c.m[v]
}

func (c *calls) get(v id.ID) int { c.mu.Lock(); defer c.mu.Unlock(); return c.m[v] }
func (c *calls) len() int        { c.mu.Lock(); defer c.mu.Unlock(); return len(c.m) }

func TestConcurrentOutboxToConsumers(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.open("")
		m, err := NewMetrics(prometheus.NewPedanticRegistry())
		if err != nil {
			t.Fatal(err)
		}
		b.c.Metrics = m
		var plain, other calls
		b.SubscribeTx("figures", []string{"dossier.opened.v1"}, count)
		b.Subscribe("notify", []string{"dossier.*.v1"}, func(ctx context.Context, e Event) error {
			if a := actor.From(ctx); a.Kind != actor.SystemKind || a.Name != "notify" {
				t.Errorf("acting as %+v", a)
			}
			var p struct{ N int }
			if err := e.Into(&p); err != nil {
				return err
			}
			plain.add(e.ID)
			return nil
		})
		b.Subscribe("mail", []string{"mail.>"}, func(_ context.Context, e Event) error { other.add(e.ID); return nil })
		h.start(b)
		const writers, each = 4, 100
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() { h.put("dossier.opened.v1", each) })
		}
		wg.Wait()
		h.put("dossier.closed.v1", 3)
		h.until("an empty outbox", h.empty)
		if rows, most := h.effects(); rows != writers*each || most != 1 {
			t.Errorf("%d effects, %d of one event", rows, most)
		}
		if plain.len() != writers*each+3 || other.len() != 0 {
			t.Errorf("notify saw %d, mail %d", plain.len(), other.len())
		}
		if err := b.Healthy(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// One event of a batch fails at first, one panics, one never works: the others are not held up,
// and what never works is kept and can be sent again to its consumer alone.
func TestRetriesAndDeadLetters(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.open("")
		var tries, neighbour calls
		var mu sync.Mutex
		bad := map[id.ID]string{}
		b.SubscribeTx("figures", []string{"dossier.>"}, func(tx *db.Tx, e Event) error {
			mu.Lock()
			what := bad[e.ID]
			mu.Unlock()
			if what == "" {
				return count(tx, e)
			}
			n := tries.add(e.ID)
			switch {
			case what == "once" && n < 4:
				return errors.New("not yet")
			case what == "panics" && n < 4:
				panic("boom")
			case what == "never":
				return errors.New("no good")
			}
			return count(tx, e)
		})
		b.Subscribe("neighbour", []string{"dossier.>"}, func(_ context.Context, e Event) error { neighbour.add(e.ID); return nil })
		mu.Lock()
		ids := h.put("dossier.opened.v1", 20)
		bad[ids[3]], bad[ids[7]], bad[ids[11]] = "once", "panics", "never"
		mu.Unlock()
		h.start(b)
		h.until("an empty outbox", h.empty)
		if rows, most := h.effects(); rows != 19 || most != 1 {
			t.Errorf("%d effects, %d of one event", rows, most)
		}
		dead, err := outbox.DeadLetters(d.Read(t.Context()), 10)
		if err != nil || len(dead) != 1 || dead[0].Event.ID != ids[11] || dead[0].Consumer != "figures" || !strings.Contains(dead[0].Error, "no good") {
			t.Fatalf("%+v, %v", dead, err)
		}
		mu.Lock()
		delete(bad, ids[11])
		mu.Unlock()
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return h.ob.Revive(tx, "figures", ids[11]) }); err != nil {
			t.Fatal(err)
		}
		h.until("an empty outbox", h.empty)
		if rows, most := h.effects(); rows != 20 || most != 1 {
			t.Errorf("after reviving: %d effects, %d of one event", rows, most)
		}
		if n := neighbour.get(ids[11]); n != 1 {
			t.Errorf("the neighbour saw the revived event %d times", n)
		}
	})
}

// The store is gone, or cannot be read, after the bus acknowledged and before anybody received.
func TestLostStore(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]func(t *testing.T, dir string){
		"deleted": func(t *testing.T, dir string) {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		},
		"a file where a folder was": func(t *testing.T, dir string) {
			if err := os.RemoveAll(filepath.Join(dir, "jetstream")); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "jetstream"), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"torn files": func(t *testing.T, dir string) {
			filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
				if err == nil && !e.IsDir() {
					err = os.Truncate(p, 7)
				}
				return err
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := testkit.SQLite(t)
			h := newHouse(t, d)
			if err := h.ob.Register(t.Context(), d, outbox.Consumer{Name: "figures", Subjects: []string{"dossier.>"}}); err != nil {
				t.Fatal(err)
			}
			b := h.open("")
			stop := h.start(b) // has no consumers of its own: nobody receives
			h.put("dossier.opened.v1", 30)
			h.until("publication", func() bool {
				b, err := h.ob.Backlog(d.Read(t.Context()))
				return err == nil && b.Waiting == 30
			})
			stop()
			h.close(b)
			harm(t, h.dir)

			b = h.open("")
			b.SubscribeTx("figures", []string{"dossier.>"}, count)
			h.start(b)
			h.until("an empty outbox", h.empty)
			if rows, most := h.effects(); rows != 30 || most != 1 {
				t.Errorf("%d effects, %d of one event", rows, most)
			}
		})
	}
}

// The process dies after a handler's effects and before the acknowledgement; the event comes
// again and changes nothing.
func TestCrashBeforeAck(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.open("")
		b.SubscribeTx("figures", []string{"dossier.>"}, count)
		if err := b.register(t.Context()); err != nil {
			t.Fatal(err)
		}
		ids := h.put("dossier.opened.v1", 1)
		s := b.subs[0]
		c, err := s.consumer(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r := &outbox.Relay{DB: d, Outbox: h.ob, Publisher: b, Holder: "a", Now: time.Now, Log: testkit.Log(t)}
		if err := r.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
		batch, err := c.Fetch(1)
		if err != nil {
			t.Fatal(err)
		}
		for m := range batch.Messages() {
			e, _, err := event(m)
			if err != nil || e.ID != ids[0] {
				t.Fatalf("%+v, %v", e, err)
			}
			if first, err := s.try(t.Context(), e); !first || err != nil {
				t.Fatal(first, err)
			}
			// Here the process dies: no acknowledgement. The server gives the message out again.
			if err := m.Nak(); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.start(b)
		h.until("an empty outbox", h.empty)
		h.until("the second copy's end", func() bool {
			info, err := c.Info(t.Context())
			return err == nil && info.NumAckPending == 0 && info.NumPending == 0
		})
		if rows, most := h.effects(); rows != 1 || most != 1 {
			t.Errorf("%d effects, %d of one event", rows, most)
		}
	})
}

// Two replicas on one cluster and one PostgreSQL share the work.
func TestReplicas(t *testing.T) {
	t.Parallel()
	d := testkit.Postgres(t)
	h := newHouse(t, d)
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(5 * time.Second) {
		t.Fatal("the server does not come up")
	}
	seen := [2]calls{}
	for i := range 2 {
		b := h.open(s.ClientURL())
		h.until("a connection", b.conn.IsConnected)
		b.SubscribeTx("figures", []string{"dossier.>"}, func(tx *db.Tx, e Event) error { seen[i].add(e.ID); return count(tx, e) })
		h.start(b)
	}
	for range 20 {
		h.put("dossier.opened.v1", 20)
		time.Sleep(5 * time.Millisecond)
	}
	h.until("an empty outbox", h.empty)
	if rows, most := h.effects(); rows != 400 || most != 1 {
		t.Errorf("%d effects, %d of one event", rows, most)
	}
	if seen[0].len() == 0 || seen[1].len() == 0 {
		t.Errorf("the work was not shared: %d and %d", seen[0].len(), seen[1].len())
	}
}

// A cluster that does not answer is no reason not to start, and loses nothing.
func TestNoCluster(t *testing.T) {
	t.Parallel()
	d := testkit.SQLite(t)
	h := newHouse(t, d)
	b := h.open("nats://127.0.0.1:1")
	b.SubscribeTx("figures", []string{"dossier.>"}, count)
	h.start(b)
	h.put("dossier.opened.v1", 2)
	begin := time.Now()
	for _, err := range b.Publish(t.Context(), make([]outbox.Message, 2)) {
		if err == nil {
			t.Error("published to nobody")
		}
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("publishing to nobody took %v", took)
	}
	if err := b.Healthy(t.Context()); err == nil {
		t.Error("healthy without a cluster")
	}
	if h.empty() {
		t.Error("events are gone")
	}
}

func TestSubscriptionErrors(t *testing.T) {
	t.Parallel()
	d := testkit.SQLite(t)
	h := newHouse(t, d)
	none := func(*db.Tx, Event) error { return nil }
	for name, add := range map[string]func(*Bus){
		"twice": func(b *Bus) {
			b.SubscribeTx("a", []string{"x.y.v1"}, none)
			b.SubscribeTx("a", []string{"x.z.v1"}, none)
		},
		"no subjects": func(b *Bus) { b.SubscribeTx("a", nil, none) },
		"bad subject": func(b *Bus) { b.SubscribeTx("a", []string{"x..v1"}, none) },
		"bad name":    func(b *Bus) { b.SubscribeTx("a.b", []string{"x.y.v1"}, none) },
	} {
		b := h.open("")
		add(b)
		if err := b.Start(t.Context()); err == nil {
			t.Errorf("%s: started", name)
		}
		h.close(b)
	}
	for try, want := range map[int]time.Duration{0: time.Second, 1: time.Second, 2: 5 * time.Second, 7: 10 * time.Minute, 99: 10 * time.Minute} {
		if got := pause(try); got != want {
			t.Errorf("pause(%d) = %v, want %v", try, got, want)
		}
	}
}

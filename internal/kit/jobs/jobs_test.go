package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/jobs"
	"lienthong/internal/kit/testkit"
)

type mail struct {
	To string `json:"to"`
}

func (mail) Kind() string { return "test_mail" }

type report struct {
	Day civil.Date `json:"day"`
}

func (report) Kind() string { return "test_report" }

func client(t *testing.T, d *db.DB, now func() time.Time) *jobs.Client {
	t.Helper()
	k, err := jobs.New(jobs.Config{DB: d, Log: testkit.Log(t), Now: now, Poll: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return k
}

func start(t *testing.T, k *jobs.Client) (stop func()) {
	t.Helper()
	if err := k.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	stop = func() {
		once.Do(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			if err := k.Stop(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

// until waits for the condition, at most 8 seconds.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(8 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

type seen struct {
	mu sync.Mutex
	m  map[string]int
}

func (s *seen) add(k string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = map[string]int{}
	}
	s.m[k]++
	return s.m[k]
}

func (s *seen) copy() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]int{}
	for k, v := range s.m {
		out[k] = v
	}
	return out
}

func TestInsertWithTheAct(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		reg := prometheus.NewPedanticRegistry()
		m, err := jobs.NewMetrics(reg, d)
		if err != nil {
			t.Fatal(err)
		}
		k, err := jobs.New(jobs.Config{DB: d, Log: testkit.Log(t), Now: time.Now, Poll: 50 * time.Millisecond, Metrics: m})
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := k.Migrate(t.Context()); err != nil {
			t.Fatalf("the second start: %v", err)
		}
		var got seen
		jobs.Handle(k, func(ctx context.Context, job *river.Job[mail]) error {
			if a := actor.From(ctx); a.Kind != actor.SystemKind {
				t.Errorf("acting as %q", a.Kind)
			}
			n := got.add(job.Args.To)
			if job.Args.To == "fails once" && n == 1 {
				return errors.New("try again")
			}
			if job.Args.To == "panics once" && n == 1 {
				panic("boom")
			}
			if job.Args.To == "hopeless" {
				return jobs.Cancel(errors.New("no such mailbox"))
			}
			return nil
		}, jobs.RetryAfter(func(int) time.Duration { return 0 }), jobs.Timeout(time.Minute))
		refused := errors.New("taken back")
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			if err := k.Insert(tx, mail{"nobody"}, nil); err != nil {
				return err
			}
			return refused
		})
		if !errors.Is(err, refused) {
			t.Fatal(err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			if err := k.InsertMany(tx, river.InsertManyParams{Args: mail{"fails once"}}, river.InsertManyParams{Args: mail{"panics once"}}); err != nil {
				return err
			}
			return errors.Join(k.Insert(tx, mail{"hopeless"}, nil), k.Insert(tx, mail{"plain"}, nil), k.InsertMany(tx))
		})
		if err != nil {
			t.Fatal(err)
		}
		if b, err := jobs.Backlog(d.Read(t.Context())); err != nil || b["available"] != 4 {
			t.Errorf("%v, %v", b, err)
		}
		start(t, k)
		want := map[string]int{"fails once": 2, "panics once": 2, "hopeless": 1, "plain": 1}
		until(t, "all jobs done", func() bool { return cmp.Equal(want, got.copy()) })
		until(t, "an empty backlog", func() bool {
			b, err := jobs.Backlog(d.Read(t.Context()))
			return err == nil && b["available"]+b["retryable"]+b["discarded"] == 0
		})
		if diff := cmp.Diff(want, got.copy()); diff != "" {
			t.Error(diff)
		}
		if fs, err := reg.Gather(); err != nil || len(fs) < 3 {
			t.Errorf("%d figures, %v", len(fs), err)
		}
	})
}

// Requests, jobs that write and the queue itself share SQLite's one writing connection. Nobody
// starves, nothing locks up, and every effect is there exactly once for each job.
func TestConcurrentConnection(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		k := client(t, d, time.Now)
		err := d.Migrate(t.Context(), "probe", fstest.MapFS{"001_t.sql": &fstest.MapFile{Data: []byte(
			"-- +goose Up\nCREATE TABLE probe_t (k TEXT PRIMARY KEY, done BIGINT NOT NULL);\n")}})
		if err != nil {
			t.Fatal(err)
		}
		jobs.Handle(k, func(ctx context.Context, job *river.Job[mail]) error {
			return d.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec("UPDATE probe_t SET done = done + 1 WHERE k = $1 AND done = 0", job.Args.To)
				return err
			})
		})
		start(t, k)
		var slowest atomic.Int64
		var wg sync.WaitGroup
		const writers, each = 8, 25
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					key := fmt.Sprint(w, "/", i)
					begin := time.Now()
					err := d.Write(t.Context(), func(tx *db.Tx) error {
						if _, err := tx.Exec("INSERT INTO probe_t (k, done) VALUES ($1, 0)", key); err != nil {
							return err
						}
						return k.Insert(tx, mail{key}, nil)
					})
					if err != nil {
						t.Errorf("%s: %v", key, err)
					}
					if ns := int64(time.Since(begin)); ns > slowest.Load() {
						slowest.Store(ns)
					}
				}
			})
		}
		wg.Wait()
		// Far above what a writer waits: under the race detector on a busy machine it is seconds.
		if s := time.Duration(slowest.Load()); s > 10*time.Second {
			t.Errorf("a writer waited %v", s)
		}
		until(t, "all jobs done", func() bool {
			var n int
			if err := d.Read(t.Context()).QueryRow("SELECT count(*) FROM probe_t WHERE done = 1").Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n == writers*each
		})
	})
}

// A day is worked once, however often the program starts; a day missed is made up for.
func TestDaily(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		clock := testkit.At("2026-11-23 09:00")
		var got seen
		run := func() {
			k := client(t, d, clock.Now)
			jobs.Handle(k, func(_ context.Context, job *river.Job[report]) error {
				got.add(job.Args.Day.String())
				return nil
			})
			k.Daily("report", 7*60, func(day civil.Date) river.JobArgs { return report{day} })
			stop := start(t, k)
			day := civil.From(clock.Now().Add(-7 * time.Hour)).String()
			until(t, "the job of "+day, func() bool { return got.copy()[day] > 0 })
			time.Sleep(100 * time.Millisecond)
			stop()
		}
		run()
		run()
		clock.Set("2026-11-25 06:59") // two mornings passed unseen; the 25th has not come
		run()
		if diff := cmp.Diff(map[string]int{"2026-11-23": 1, "2026-11-24": 1}, got.copy()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestStopAndUnknownKinds(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		k := client(t, d, time.Now)
		begun, finished := make(chan bool, 1), atomic.Bool{}
		jobs.Handle(k, func(ctx context.Context, _ *river.Job[mail]) error {
			begun <- true
			time.Sleep(300 * time.Millisecond)
			finished.Store(ctx.Err() == nil)
			return nil
		})
		stop := start(t, k)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return errors.Join(k.Insert(tx, mail{"a"}, nil), k.Insert(tx, report{1}, nil))
		})
		if err != nil {
			t.Fatal(err)
		}
		<-begun
		stop()
		if !finished.Load() {
			t.Error("Stop did not let the running job finish")
		}
		if b, err := jobs.Backlog(d.Read(t.Context())); err != nil || b["available"] != 1 {
			t.Errorf("a job of a kind this program does not know was touched: %v %v", b, err)
		}
	})
}

func TestRegistrationErrors(t *testing.T) {
	d := testkit.SQLite(t)
	none := func(context.Context, *river.Job[mail]) error { return nil }
	for name, register := range map[string]func(*jobs.Client){
		"twice":      func(k *jobs.Client) { jobs.Handle(k, none); jobs.Handle(k, none) },
		"too often":  func(k *jobs.Client) { jobs.Handle(k, none); k.Every("x", time.Millisecond, mail{}) },
		"at minute":  func(k *jobs.Client) { jobs.Handle(k, none); k.Daily("x", 1440, nil) },
		"no workers": func(*jobs.Client) {},
	} {
		k := client(t, d, time.Now)
		register(k)
		if err := k.Start(t.Context()); err == nil {
			k.Stop(context.Background())
			t.Errorf("%s: started", name)
		} else if strings.Contains(err.Error(), "panic") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

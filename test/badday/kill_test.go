package badday

import (
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"lienthong/internal/kit/testkit"
)

const (
	killsVar = "LIENTHONG_BADDAY_KILLS"
	seedVar  = "LIENTHONG_BADDAY_SEED"

	shortSeries = 6                       // kills on each engine in `make test`
	perFolder   = 25                      // kills after which an installation is examined whole and a new one begun
	clients     = 16                      // who lead a life each
	longest     = 1500 * time.Millisecond // until the program is killed
)

// number returns the number in a variable, or otherwise.
func number(t testing.TB, name string, otherwise int) int {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q, want a number above 0", name, v)
	}
	return n
}

// TestKill kills the program at random moments while citizens file, upload, and answer requests for
// supplements, and officials pass dossiers on, approve, number and hand over. After each kill the
// program starts on the same folder, and everything it had acknowledged is there.
//
// On SQLite `serve` runs, with a gateway that remembers every message. On PostgreSQL it is `demo`,
// because `serve` refuses the server for tests, which runs without fsync: only the program is
// killed there, not the server.
func TestKill(t *testing.T) {
	n := number(t, killsVar, shortSeries)
	seed := uint64(number(t, seedVar, int(time.Now().UnixNano()%1e9)+1))
	t.Logf("%d kills on each engine, %s=%d", n, seedVar, seed)
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel() // most of a series is waiting
		series(t, n, seed, func(t *testing.T) (*world, string, *gateway) {
			g := openGateway(t)
			w := settle(t, install(t, ""))
			w.p.settings = append(w.p.settings, g.settings(t)...)
			return w, "serve", g
		})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		series(t, n, seed, func(t *testing.T) (*world, string, *gateway) {
			return settle(t, install(t, testkit.PostgresURL(t))), "demo", nil
		})
	})
}

// tally sums up a series for the log.
type tally struct{ kills, acks, open, done, lives int }

func series(t *testing.T, n int, seed uint64, begin func(t *testing.T) (*world, string, *gateway)) {
	var sum tally
	began := time.Now()
	for folder := 0; folder*perFolder < n && !t.Failed(); folder++ {
		kills := min(perFolder, n-folder*perFolder)
		t.Run("folder"+strconv.Itoa(folder), func(t *testing.T) {
			w, command, g := begin(t)
			rnd := rand.New(rand.NewPCG(seed, uint64(folder)))
			lives := make([]*life, clients)
			for range kills {
				from := len(w.lives)
				lives = w.untilKilled(t, command, lives, time.Duration(rnd.Int64N(int64(longest))))
				sum.kills++
				w.afterKill(t, command, lives, from, &sum)
				if t.Failed() {
					t.Logf("after %d kills", sum.kills)
					return
				}
			}
			w.examine(t, command, g, n > shortSeries && folder*perFolder+kills == n)
			sum.acks += w.acks
			sum.lives += len(w.lives)
		})
	}
	t.Logf("%d kills, %d dossiers begun, %d acts acknowledged; %d acts were open at a kill, of which %d were found done; %s",
		sum.kills, sum.lives, sum.acks, sum.open, sum.done, time.Since(began).Round(time.Second))
}

// untilKilled lets the clients work and kills the program after d.
func (w *world) untilKilled(t *testing.T, command string, lives []*life, d time.Duration) []*life {
	t.Helper()
	if err := w.p.start(command); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(d, w.p.kill)
	lives = w.work(lives, make(chan struct{}))
	w.p.kill() // wait until it has ended
	w.http.CloseIdleConnections()
	return lives
}

// afterKill examines the folder and settles what was open.
func (w *world) afterKill(t *testing.T, command string, lives []*life, from int, sum *tally) {
	t.Helper()
	w.report(t)
	if t.Failed() {
		return
	}
	w.p.healthy(t)
	if err := w.p.start(command); err != nil {
		t.Fatal(err)
	}
	touched := append(append([]*life{}, lives...), w.lives[min(from, len(w.lives)):]...)
	w.each(touched, w.check)
	w.report(t)
	w.each(lives, func(l *life) {
		if !l.open {
			return
		}
		before := 0
		if l.code != "" {
			if acts, err := w.history(l); err == nil {
				before = len(acts) - len(l.acked)
			}
		}
		w.mu.Lock()
		sum.open++
		sum.done += before
		w.mu.Unlock()
		w.repeat(l)
	})
	w.report(t)
	if err := w.p.stop(); err != nil {
		t.Fatal(err)
	}
	w.http.CloseIdleConnections()
}

// each calls f for all lives, eight at a time.
func (w *world) each(lives []*life, f func(*life)) {
	var group sync.WaitGroup
	room := make(chan struct{}, 8)
	seen := map[*life]bool{}
	for _, l := range lives {
		if l == nil || seen[l] {
			continue
		}
		seen[l] = true
		room <- struct{}{}
		group.Go(func() { f(l); <-room })
	}
	group.Wait()
}

// examine looks at everything an installation has ever acknowledged.
// With patience it waits as well until every message has gone out, which takes minutes after a kill:
// one that was in flight is held for 90 seconds, and whoever looks for such comes each minute.
func (w *world) examine(t *testing.T, command string, g *gateway, patient bool) {
	t.Helper()
	if err := w.p.start(command); err != nil {
		t.Fatal(err)
	}
	w.each(w.lives, w.check)
	w.report(t)
	w.drained(t)
	if patient {
		w.delivered(t)
	}
	if err := w.p.stop(); err != nil {
		t.Fatal(err)
	}
	w.p.healthy(t)
	w.records(t)
	if g != nil {
		g.check(t)
	}
}

package badday

import (
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// script returns the path of one of the project's scripts.
func script(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "..", "..", ".ci", name)
}

// ownPostgres starts a PostgreSQL server of the test's own, with fsync, that can be stopped and
// started again on the same data.
func ownPostgres(t testing.TB) (address string, stop, start func()) {
	t.Helper()
	_, port, err := net.SplitHostPort(freeAddr(t))
	if err != nil {
		t.Fatal(err)
	}
	// Its path must be short, for the socket, and reachable for the server's user.
	dir, err := os.MkdirTemp("/tmp", "lienthong-pg-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	run := func(action string) string {
		t.Helper()
		cmd := exec.Command(script(t, "postgres"), action, filepath.Join(dir, "pg"))
		cmd.Env = append(os.Environ(), "LIENTHONG_TEST_PGPORT="+port, "LIENTHONG_TEST_PGFSYNC=on")
		out, err := cmd.Output() // the server keeps the standard error open
		if err != nil {
			said, _ := os.ReadFile(filepath.Join(dir, "pg.log"))
			t.Fatalf("the server cannot be %sed: %v: %s", action, err, said)
		}
		return strings.TrimSpace(string(out))
	}
	start, stop = func() { run("start") }, func() { run("stop") }
	address = run("start")
	t.Cleanup(func() { stop(); os.RemoveAll(dir) })
	return address, stop, start
}

// TestPostgresAway stops the database under the running program as a crash does and starts it again,
// twice. `serve` takes this server, because it runs with fsync.
func TestPostgresAway(t *testing.T) {
	address, stop, start := ownPostgres(t)
	w := settle(t, install(t, address))
	if err := w.p.start("serve"); err != nil {
		t.Fatal(err)
	}
	lives := w.lead(t, 4, 3)
	for round, at := range []int{submitStep, 13} {
		for _, l := range lives {
			w.on(t, l, at)
		}
		stop()
		away := []string{"db.out_of_reach", "iam.unreadable"}
		for _, l := range lives {
			w.refused(t, l, away...)
		}
		for lang, words := range map[string]string{"vi": "thử lại", "en": "try again"} {
			a, err := w.asksForCode(lang)
			unavailable(t, "the page in "+lang, a, err)
			if !strings.Contains(string(a.body), words) {
				t.Errorf("the page in %s does not say %q", lang, words)
			}
		}
		w.unready(t, "records")
		start()
		w.recovers(t)
		for _, l := range lives {
			w.on(t, l, at+1)
			w.check(l)
		}
		w.report(t)
		if round == 0 {
			lives = append(lives, w.lead(t, 2, submitStep)...)
		}
	}
	for _, l := range lives {
		w.on(t, l, len(steps()))
		w.check(l)
	}
	w.report(t)
	w.drained(t)
	if err := w.p.stop(); err != nil {
		t.Fatal(err)
	}
	w.p.healthy(t)
	w.records(t)

	stop()
	out, err := w.p.command("serve", "--listen", w.p.addr, "--ops-listen", "").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "does not answer") {
		t.Errorf("a start without the database: %v: %s", err, out)
	}
	start()
	if err := w.p.start("serve"); err != nil {
		t.Fatal(err)
	}
}

// TestPostgresKilledUnderLoad crashes the server while people work. What was open is sent again by
// those who work, and everything acknowledged is there: the server runs with fsync.
func TestPostgresKilledUnderLoad(t *testing.T) {
	address, stop, start := ownPostgres(t)
	w := settle(t, install(t, address))
	if err := w.p.start("serve"); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan struct{})
	time.AfterFunc(1500*time.Millisecond, func() { stop(); close(stopped) })
	w.tolerant = true
	lives := w.workFor(make([]*life, clients), 3*time.Second)
	<-stopped
	w.tolerant = false
	start()
	w.recovers(t)
	w.each(w.lives, w.check)
	w.report(t)
	w.each(lives, w.repeat)
	w.report(t)
	w.drained(t)
	if err := w.p.stop(); err != nil {
		t.Fatal(err)
	}
	w.p.healthy(t)
	w.records(t)
}

// bus starts a NATS server of the test's own on the address.
func bus(t testing.TB, addr, dir string) *server.Server {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.NewServer(&server.Options{Host: host, Port: n, JetStream: true, StoreDir: dir, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(patience) {
		t.Fatal("the bus does not come up")
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}

// TestBusAway starts the program without its NATS server, gives it one, takes it away, and gives it
// one that has lost everything. Dossiers are filed all the time, and every message is made once.
func TestBusAway(t *testing.T) {
	addr := freeAddr(t)
	p := install(t, "")
	w := settle(t, p)
	p.settings = append(p.settings, "--nats", (&url.URL{Scheme: "nats", Host: addr}).String())
	if err := p.start("serve"); err != nil {
		t.Fatal(err)
	}
	says := func(want string) {
		t.Helper()
		var status int
		var body string
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
			if status, body = p.readiness(); status == 200 && strings.Contains(body, "bus: "+want) {
				return
			}
		}
		t.Errorf("readyz says %d %q, want 200 and the bus %s", status, body, want)
	}
	says("waiting")
	first := w.lead(t, 3, 9)
	s := bus(t, addr, t.TempDir())
	says("ok")
	w.drained(t)
	s.Shutdown()
	s.WaitForShutdown()
	second := w.lead(t, 3, 9)
	says("waiting")
	bus(t, addr, t.TempDir()) // an empty one
	says("ok")
	for _, l := range append(first, second...) {
		w.on(t, l, len(steps()))
		w.check(l)
	}
	w.report(t)
	w.drained(t)
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	p.settings = p.settings[:len(p.settings)-2]
	p.healthy(t)
	w.records(t)
}

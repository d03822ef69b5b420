package badday

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// trace makes the program run under strace, which writes to the file.
func (p *program) trace(t testing.TB, file string) {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("strace is not on this machine; .ci/install installs it")
	}
	p.wrap = []string{strace, "-f", "-qq", "-xx", "-s", strconv.Itoa(64 << 20), "-e", "trace=" + traced, "-e", "signal=none", "-o", file}
}

// cutOff kills the traced program, and lets strace write down the rest.
func (p *program) cutOff(t testing.TB) {
	t.Helper()
	p.mu.Lock()
	pid, ended := p.cmd.Process.Pid, p.ended
	p.mu.Unlock()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		t.Fatalf("strace has the children %q", b)
	}
	if err := syscall.Kill(child, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(patience):
		t.Fatal("strace did not end")
	}
	p.wrap = nil
}

// replay feeds a trace to a disk and calls see before every write to a socket or terminal.
func replay(t testing.TB, d *disk, file string, see func(data []byte) (stop bool)) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	events, err := readTrace(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.name == "write" && !e.ends && d.fds[e.number(0)] == nil && len(e.args) > 1 {
			if data, err := e.bytes(1); err == nil && see(data) {
				return
			}
		}
		if err := d.apply(e); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPowerCutAtSubmission files a dossier with two files under strace. Before the first byte of
// each success answer every file and every name below files/ is safe, and the log of the records was
// synced after it was last written for the submission. Then everything that was not synced at the
// moment the submission was acknowledged is taken away, and the program starts on the rest: the
// dossier is whole.
func TestPowerCutAtSubmission(t *testing.T) {
	p := install(t, "")
	w := settle(t, p)
	d, err := diskOf(p.data)
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "strace")
	p.trace(t, log)
	if err := p.start("demo"); err != nil {
		t.Fatal(err)
	}
	l := w.born()
	for l.next <= submitStep && !l.done() {
		if !w.act(l) {
			t.Fatal("no answer")
		}
	}
	w.report(t)
	p.cutOff(t)
	if l.code == "" {
		t.Fatal("nothing was filed")
	}

	wal := filepath.Join(p.data, "lienthong.db-wal")
	good, acked, written := 0, false, 0
	var syncs int
	replay(t, d, log, func(data []byte) bool {
		if !bytes.HasPrefix(data, []byte("HTTP/1.1 2")) {
			return false
		}
		good++
		for _, dir := range []string{"whole", "parts"} {
			for _, bad := range d.unsafe(filepath.Join(p.data, "files", dir)) {
				t.Errorf("before answer %d: %s", good, bad)
			}
		}
		n := d.find(wal)
		if n == nil {
			t.Fatal("the records have no log")
		}
		if bytes.Contains(data, []byte(`"lookup_secret"`)) && bytes.Contains(data, []byte(l.code)) {
			acked = true
			// The rows of the submission are in what is safe of the log, or in the file itself.
			if !bytes.Contains(n.safe, []byte(l.code)) && !bytes.Contains(d.find(filepath.Join(p.data, "lienthong.db")).safe, []byte(l.code)) {
				t.Error("the dossier's code is not in what is safe of the records")
			}
			written, syncs = len(n.safe), len(n.waiting)
		}
		return acked
	})
	if !acked || good < submitStep {
		t.Fatalf("of the answers only %d are in the trace, the submission's: %v", good, acked)
	}
	t.Logf("%d success answers; at the submission's %d bytes of the log were safe, %d later writes waited", good, written, syncs)

	for _, f := range []string{"keys.json", "lienthong.db", "lienthong.db-wal"} {
		for _, bad := range d.unsafe(filepath.Join(p.data, f)) {
			if strings.Contains(bad, "name") {
				t.Error(bad)
			}
		}
	}
	rest := t.TempDir()
	if err := d.cut(rest); err != nil {
		t.Fatal(err)
	}
	p.data = filepath.Join(rest, filepath.Base(p.data))
	p.healthy(t)
	if err := p.start("demo"); err != nil {
		t.Fatal(err)
	}
	w.check(l)
	w.report(t)
	// And it goes on from there.
	for !l.done() {
		if !w.act(l) {
			t.Fatal("no answer")
		}
	}
	w.check(l)
	w.report(t)
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	p.healthy(t)
}

// TestPowerCutAtFirstStart cuts the power when the first start says that the tables are there: the
// folder, the records and the keys, which nobody can make a second time, are safe by then.
func TestPowerCutAtFirstStart(t *testing.T) {
	p := install(t, "")
	d, err := diskOf(p.data)
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "strace")
	p.trace(t, log)
	if out, err := p.command("migrate").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p.wrap = nil
	said := false
	replay(t, d, log, func(data []byte) bool {
		said = bytes.Contains(data, []byte("up to date"))
		return said
	})
	if !said {
		t.Fatal("the trace does not hold what was said at the end")
	}
	for _, f := range []string{"keys.json", "lienthong.db", "files"} {
		for _, bad := range d.unsafe(filepath.Join(p.data, f)) {
			if f == "lienthong.db" && strings.Contains(bad, "writes") {
				continue // what a checkpoint has moved there is still in the log
			}
			t.Error(bad)
		}
	}
	keys, err := os.ReadFile(filepath.Join(p.data, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	rest := t.TempDir()
	if err := d.cut(rest); err != nil {
		t.Fatal(err)
	}
	p.data = filepath.Join(rest, filepath.Base(p.data))
	if got, err := os.ReadFile(filepath.Join(p.data, "keys.json")); err != nil || !bytes.Equal(got, keys) {
		t.Errorf("the keys are not what they were: %v", err)
	}
	p.healthy(t)
	if err := p.start("serve"); err != nil {
		t.Fatal(err)
	}
	if status, _ := get("http://" + p.addr + "/"); status != http.StatusOK {
		t.Errorf("the home page answers %d", status)
	}
}

// TestDiskModel proves that the instrument sees what it is for: a write after the sync, a name that
// nobody synced, a sync that began before the write ended.
func TestDiskModel(t *testing.T) {
	base := filepath.Join(t.TempDir(), "data")
	hex := func(s string) string {
		var b strings.Builder
		for _, c := range []byte(s) {
			fmt.Fprintf(&b, `\x%02x`, c)
		}
		return `"` + b.String() + `"`
	}
	lines := func(s ...string) string { return strings.Join(s, "\n") + "\n" }
	mk := "1 mkdirat(AT_FDCWD, " + hex(base) + ", 0700) = 0"
	up := lines("1 openat(AT_FDCWD, "+hex(filepath.Dir(base))+", O_RDONLY) = 9", "1 fsync(9) = 0", "1 close(9) = 0")
	file := "1 openat(AT_FDCWD, " + hex(base+"/a") + ", O_RDWR|O_CREAT, 0600) = 3"
	dir := lines("1 openat(AT_FDCWD, "+hex(base)+", O_RDONLY) = 4", "1 fsync(4) = 0", "1 close(4) = 0")
	one := "1 write(3, " + hex("one") + ", 3) = 3"
	for name, c := range map[string]struct {
		trace string
		want  string // content of a after the cut, "-" for no file
		bad   int
	}{
		"all in order":         {lines(mk) + up + lines(file, one, "1 fsync(3) = 0") + dir, "one", 0},
		"folder's name":        {lines(mk, file, one, "1 fsync(3) = 0") + dir, "-", 1},
		"file's name":          {lines(mk) + up + lines(file, one, "1 fsync(3) = 0"), "-", 1},
		"written after":        {lines(mk) + up + lines(file, one, "1 fsync(3) = 0", "1 write(3, "+hex("two")+", 3) = 3") + dir, "one", 1},
		"not synced":           {lines(mk) + up + lines(file, one) + dir, "", 1},
		"refused":              {lines(mk) + up + lines(file, one, "1 fsync(3) = -1 EIO (Input/output error)") + dir, "", 1},
		"began before the end": {lines(mk) + up + lines(file, "1 write(3, "+hex("one")+", 3 <unfinished ...>", "2 fsync(3) = 0", "1 <... write resumed>) = 3") + dir, "", 1},
		"ended too late":       {lines(mk) + up + lines(file, one) + dir + lines("2 fsync(3 <unfinished ...>"), "", 1},
		"renamed": {lines(mk) + up + lines("1 openat(AT_FDCWD, "+hex(base+"/t")+", O_RDWR|O_CREAT, 0600) = 3", one, "1 fsync(3) = 0",
			"1 renameat(AT_FDCWD, "+hex(base+"/t")+", AT_FDCWD, "+hex(base+"/a")+") = 0") + dir, "one", 0},
		"in pieces": {lines(mk) + up + lines(file, one, "1 pwrite64(3, "+hex("XX")+", 2, 4) = 2", "1 ftruncate(3, 5) = 0", "1 fdatasync(3) = 0") + dir, "one\x00X", 0},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := diskOf(base)
			if err != nil {
				t.Fatal(err)
			}
			events, err := readTrace(strings.NewReader(c.trace))
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range events {
				if err := d.apply(e); err != nil {
					t.Fatal(err)
				}
			}
			if bad := d.unsafe(filepath.Join(base, "a")); len(bad) != c.bad {
				t.Errorf("it says %q, want %d", bad, c.bad)
			}
			rest := t.TempDir()
			if err := d.cut(rest); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(filepath.Join(rest, "data", "a"))
			if c.want == "-" {
				if err == nil {
					t.Errorf("the file survives with %q", got)
				}
			} else if err != nil || string(got) != c.want {
				t.Errorf("a cut leaves %q (%v), want %q", got, err, c.want)
			}
		})
	}
}

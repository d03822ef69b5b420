package badday

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallDisk mounts a disk of its own of the size in MB for the test.
func smallDisk(t testing.TB, mb int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+strconv.Itoa(mb)+"m"); err != nil {
		t.Fatalf("a disk that can be filled needs the right to mount one: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill writes to the folder until nothing fits any more and returns the file that holds it all.
func fill(t testing.TB, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for n := 1 << 20; n > 0; {
		if _, err := f.Write(make([]byte, n)); err != nil {
			n /= 2 // down to the last byte
		}
	}
	return path
}

// unavailable fails the test unless the answer tells people and programs to come back.
func unavailable(t testing.TB, what string, a answer, err error, codes ...string) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: no answer: %v", what, err)
		return
	}
	if a.status != 503 || a.retryAfter() < 1 {
		t.Errorf("%s answers %s, Retry-After %q", what, a, a.header.Get("Retry-After"))
		return
	}
	if strings.HasPrefix(a.header.Get("Content-Type"), "application/problem+json") {
		for _, c := range codes {
			if a.code() == c {
				return
			}
		}
		t.Errorf("%s has the code %s, want one of %v", what, a.code(), codes)
	}
}

// asksForCode posts the citizens' sign-in form in a language and returns the page.
func (w *world) asksForCode(lang string) (answer, error) {
	prefix := ""
	if lang == "en" {
		prefix = "/en"
	}
	return (&client{base: "http://" + w.p.addr, lang: lang, http: w.http}).send("POST", prefix+"/dang-nhap",
		"application/x-www-form-urlencoded", []byte("to=0900000008"), "Sec-Fetch-Site", "same-origin")
}

// recovers waits until the program is ready again, by itself.
func (w *world) recovers(t testing.TB) {
	t.Helper()
	if err := w.p.ready(); err != nil {
		t.Fatal(err)
	}
}

// unready waits until /readyz says that the thing has failed.
func (w *world) unready(t testing.TB, what string) {
	t.Helper()
	var status int
	var body string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		status, body = w.p.readiness()
		if status == 503 && strings.Contains(body, what+": failed") {
			return
		}
	}
	t.Errorf("readyz says %d %q, want 503 and that %s failed", status, body, what)
}

// lead leads lives to a step, or to their end.
func (w *world) lead(t testing.TB, n, to int) []*life {
	t.Helper()
	var out []*life
	for range n {
		l := w.born()
		w.on(t, l, to)
		out = append(out, l)
	}
	return out
}

// on leads a life on to a step.
func (w *world) on(t testing.TB, l *life, to int) {
	t.Helper()
	for l.next < to && !l.done() {
		if !w.act(l) {
			t.Fatalf("%s: no answer: %v", l, l.err)
		}
	}
	w.report(t)
}

// refused does the life's next act, which must be refused for now, and takes it back: nobody was
// promised anything.
func (w *world) refused(t testing.TB, l *life, codes ...string) {
	t.Helper()
	s := steps()[l.next]
	l.key = "refused-" + s.name + strconv.Itoa(int(time.Now().UnixNano()))
	a, err := s.do(w, l)
	l.key = ""
	if err != nil && strings.Contains(err.Error(), " answers 503 ") {
		return // what has to be read before is out of reach already
	}
	unavailable(t, s.name, a, err, codes...)
}

// TestFullDisk fills the disk under a running program. People are told that there is no room, nothing
// acknowledged is lost, and when there is room again the work goes on without anybody's hand.
func TestFullDisk(t *testing.T) {
	dir := smallDisk(t, 96)
	p := install(t, "")
	p.data = filepath.Join(dir, "data")
	w := settle(t, p)
	if err := p.start("serve"); err != nil {
		t.Fatal(err)
	}
	filed := w.lead(t, 2, 9)
	drafts := []*life{w.lead(t, 1, 2)[0], w.lead(t, 1, submitStep)[0]}

	filler := fill(t, dir)
	noRoom := []string{"blob.no_room", "blob.out_of_reach", "db.no_room", "db.out_of_reach"}
	// The log of the records has some room of its own, which acts may use up first.
	for n := 0; ; n++ {
		a, err := w.reader(citizens[0]).call("POST", "/drafts", map[string]any{"procedure": procedure, "agency": w.agency})
		if err == nil && a.good() && n < 40 {
			continue
		}
		unavailable(t, "a draft", a, err, noRoom...)
		break
	}
	w.refused(t, drafts[0], noRoom...)
	w.refused(t, drafts[1], noRoom...)
	for _, l := range filed {
		w.refused(t, l, noRoom...)
	}
	for lang, words := range map[string]string{"vi": "thử lại", "en": "try again"} {
		a, err := w.asksForCode(lang)
		unavailable(t, "the page in "+lang, a, err)
		if !strings.Contains(string(a.body), words) || !strings.Contains(a.header.Get("Content-Type"), "html") {
			t.Errorf("the page in %s does not say %q", lang, words)
		}
	}
	w.unready(t, "records")
	if status, _ := get("http://" + p.addr + "/"); status != 200 {
		t.Errorf("the home page answers %d while the disk is full", status)
	}

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	w.recovers(t)
	for _, l := range append(drafts, filed...) {
		w.on(t, l, len(steps()))
		w.check(l)
	}
	w.report(t)
	w.drained(t)
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	p.healthy(t)
	w.records(t)
}

// TestReadOnlyFolder takes the right to write files from a running program, which runs as a user
// without special rights, and mounts the whole disk read-only at a start.
func TestReadOnlyFolder(t *testing.T) {
	dir := smallDisk(t, 96)
	p := install(t, "")
	p.data = filepath.Join(dir, "data")
	w := settle(t, p)
	const nobody = 65534
	chown := exec.Command("chown", "-R", strconv.Itoa(nobody), dir)
	if out, err := chown.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p.limit = func(c *exec.Cmd) {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody, NoSetGroups: true}
	}
	// The program has to be reachable for that user.
	bin := filepath.Join(dir, "lienthong")
	if out, err := exec.Command("cp", os.Getenv(binaryVar), bin).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	os.Chmod(bin, 0o755)
	t.Setenv(binaryVar, bin)
	for at := dir; at != "/" && at != os.TempDir(); at = filepath.Dir(at) {
		if err := os.Chmod(at, 0o711); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.start("serve"); err != nil {
		t.Fatal(err)
	}
	l := w.lead(t, 1, 2)[0]
	tmp := filepath.Join(p.data, "files", "tmp")
	if err := os.Chmod(tmp, 0o500); err != nil {
		t.Fatal(err)
	}
	w.refused(t, l, "blob.out_of_reach")
	w.unready(t, "files")
	if err := os.Chmod(tmp, 0o700); err != nil {
		t.Fatal(err)
	}
	w.recovers(t)
	w.on(t, l, 9)
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}

	remount := func(flags uintptr) {
		t.Helper()
		if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|flags, ""); err != nil {
			t.Fatal(err)
		}
	}
	remount(syscall.MS_RDONLY)
	out, err := p.command("serve", "--listen", p.addr, "--ops-listen", "").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "cannot be written") {
		t.Errorf("a start on a read-only disk: %v: %s", err, out)
	}
	remount(0)
	if err := p.start("serve"); err != nil {
		t.Fatal(err)
	}
	w.check(l)
	w.on(t, l, len(steps()))
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	p.limit = nil
	p.healthy(t)
}

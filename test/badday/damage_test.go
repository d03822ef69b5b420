package badday

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamagedFile flips one byte of a stored file. Nobody is given the damaged content, doctor names
// the dossier, and the same paper uploaded again heals it.
func TestDamagedFile(t *testing.T) {
	w := settle(t, install(t, ""))
	if err := w.p.start("serve"); err != nil {
		t.Fatal(err)
	}
	l := w.lead(t, 1, submitStep+1)[0]
	content := paper(l.name+"/paper", 2000)
	sum := sumOf(content)
	path := filepath.Join(w.p.data, "files", "whole", sum[:2], sum)
	bad := bytes.Clone(content)
	bad[len(bad)/2] ^= 1
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	var d dossierState
	if err := w.reader(l.citizen).read("GET", "/dossiers/"+l.code, nil, &d); err != nil {
		t.Fatal(err)
	}
	for _, f := range d.Files {
		if f.SHA256 == sum {
			a, err := w.reader(l.citizen).call("GET", "/files/"+f.ID, nil)
			unavailable(t, "the damaged file", a, err, "blob.damaged")
		}
	}
	if err := w.p.stop(); err != nil {
		t.Fatal(err)
	}
	out, err := w.p.doctor()
	if err == nil || !strings.Contains(out, l.code) || !strings.Contains(out, sum) {
		t.Errorf("doctor does not name dossier %s: %v\n%s", l.code, err, out)
	}

	if err := w.p.start("serve"); err != nil {
		t.Fatal(err)
	}
	again := w.lead(t, 1, 2)[0]
	ctype, body := form("lai.pdf", content)
	a, err := w.reader(again.citizen).send("POST", "/api/v1/files?dossier="+again.draft+"&kind=paper", ctype, body)
	if err != nil || !a.good() {
		t.Fatalf("%v %s", err, a)
	}
	w.check(l)
	w.report(t)
	if err := w.p.stop(); err != nil {
		t.Fatal(err)
	}
	w.p.healthy(t)
}

// TestDamagedRecords overwrites the page of the SQLite file on which a dossier's code stands. Doctor
// says that the file is damaged.
func TestDamagedRecords(t *testing.T) {
	w := settle(t, install(t, ""))
	if err := w.p.start("serve"); err != nil {
		t.Fatal(err)
	}
	l := w.lead(t, 1, 9)[0]
	if err := w.p.stop(); err != nil { // which moves the log into the file
		t.Fatal(err)
	}
	w.p.healthy(t)
	path := filepath.Join(w.p.data, "lienthong.db")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.Index(b, []byte(l.code))
	if i < 0 {
		t.Fatal("the code is not in the file")
	}
	const page = 4096
	for n := i / page * page; n < (i/page+1)*page; n++ {
		b[n] = 0xff
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := w.p.doctor()
	if err == nil || !strings.Contains(out, "database file") && !strings.Contains(out, "malformed") {
		t.Errorf("doctor sees nothing: %v\n%s", err, out)
	}
}

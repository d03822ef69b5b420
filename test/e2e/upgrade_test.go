package e2e

import (
	"archive/tar"
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"lienthong/internal/app"
	"lienthong/internal/kit/testkit"
)

// The installations that older versions left behind, see test/upgrade/testdata.
func archives(t *testing.T) []string {
	t.Helper()
	list, err := filepath.Glob("../upgrade/testdata/*.tar.zst")
	if err != nil || len(list) < 2 {
		t.Fatalf("%d old installations, %v", len(list), err)
	}
	return list
}

// fact is what is known of a dossier of an old installation.
type fact struct {
	Code    string  `json:"code"`
	Secret  string  `json:"secret"`
	Citizen string  `json:"citizen"`
	Status  float64 `json:"status"`
}

// unpack puts an old installation into a data folder, its records into a database of their own if
// they come as statements, and returns the address of that.
func unpack(t *testing.T, archive, dir string) (database string, facts []fact) {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, h.Name)
		switch h.Typeflag {
		case tar.TypeDir:
			err = os.MkdirAll(to, 0o700)
		case tar.TypeReg:
			var b []byte
			if b, err = io.ReadAll(r); err == nil {
				err = os.WriteFile(to, b, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	take := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = os.Remove(filepath.Join(dir, name))
		}
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if err := json.Unmarshal(take("facts.json"), &facts); err != nil || len(facts) < 8 {
		t.Fatalf("%d facts, %v", len(facts), err)
	}
	if !strings.Contains(archive, "postgres") {
		return "", facts
	}
	database = testkit.PostgresURL(t)
	d, err := sql.Open("pgx", database)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Exec(string(take("records.sql"))); err != nil {
		t.Fatal(err)
	}
	return database, facts
}

// doctor has the running program looked at, once its ledger has come to rest.
func (p *province) doctor(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		r, err := p.app.IAM.Ledger.Verify(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if r.Pending == 0 || time.Now().After(end) {
			break
		}
	}
	var out bytes.Buffer
	err := p.app.Examine(t.Context(), &out)
	healthy(t, out.String(), err)
}

// TestUpgrade starts this version of the program on what older versions left behind: everything is
// where it was, receipts printed then still open what they opened, and work goes on.
func TestUpgrade(t *testing.T) {
	for _, archive := range archives(t) {
		t.Run(filepath.Base(archive), func(t *testing.T) {
			dir := t.TempDir()
			database, facts := unpack(t, archive, dir)
			o := options(t, dir, database, friday().AddDate(0, 0, 3)) // the Monday after
			p := startOn(t, o)
			visitor := newClient(t, p.base)
			waiting := ""
			for _, f := range facts {
				found := visitor.call("POST", "/lookup", object{"code": f.Code, "secret": f.Secret})
				if found.text("code") != f.Code || found["status"] != f.Status {
					t.Errorf("the receipt of %s opens %v, want the status %v", f.Code, found, f.Status)
				}
				if f.Status == 1 {
					waiting = f.Code
				}
			}
			p.doctor(t)
			p.walkThrough(t, waiting, step{banglungCounter, "Tiếp nhận"}, step{banglungSpecialist, "Đủ điều kiện"}, step{banglungLeader, "Ký duyệt"},
				step{banglungClerk, "Đã cấp số, phát hành", "number", "12/KS"}, step{banglungCounter, "Đã trả kết quả"})
			p.citizen(t, citizenDung).get("/toi/ho-so/"+waiting).want(t, 200).says(t, "Kết quả đã được trả.", "12/KS")
			for _, d := range p.program(t, citizenDung).call("GET", "/drafts", nil).list("items") {
				p.program(t, citizenDung).call("POST", "/drafts/"+d.text("id")+"/submit", nil)
			}
			p.doctor(t)
		})
	}
}

// TestRestoreOfAnOldVersion brings records that this version has never opened to the other engine:
// a snapshot may be older than the program that brings it back.
func TestRestoreOfAnOldVersion(t *testing.T) {
	for _, archive := range archives(t) {
		t.Run(filepath.Base(archive), func(t *testing.T) {
			dir := t.TempDir()
			database, facts := unpack(t, archive, dir)
			other := ""
			if database == "" {
				other = testkit.PostgresURL(t)
			}
			var out bytes.Buffer
			b := app.BackupOptions{Dir: filepath.Join(t.TempDir(), "repo"), KeyFile: filepath.Join(t.TempDir(), "key")}
			if err := app.BackupKey(b.KeyFile, &out); err != nil {
				t.Fatal(err)
			}
			monday := friday().AddDate(0, 0, 3)
			if err := app.Backup(t.Context(), options(t, dir, database, monday), b, &out); err != nil {
				t.Fatal(err)
			}
			o := options(t, t.TempDir(), other, monday)
			out.Reset()
			err := app.Restore(t.Context(), o, b, &out)
			healthy(t, out.String(), err)
			p := startOn(t, o)
			for _, f := range facts {
				found := newClient(t, p.base).call("POST", "/lookup", object{"code": f.Code, "secret": f.Secret})
				if found["status"] != f.Status {
					t.Errorf("the receipt of %s opens %v, want the status %v", f.Code, found, f.Status)
				}
			}
			p.doctor(t)
		})
	}
}

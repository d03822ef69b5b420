package backup_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"lienthong/internal/app/backup"
	"lienthong/internal/kit/blob"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/jobs"
	"lienthong/internal/kit/testkit"
)

// house is a small installation and a back-up folder.
type house struct {
	t     testing.TB
	d     *db.DB
	src   backup.Source
	files *blob.Folder
	clock *testkit.Clock
	dir   string
	key   backup.Key

	filesDir string
}

const probe = `-- +goose Up
CREATE TABLE probe_t (id BIGINT PRIMARY KEY, s TEXT NOT NULL, raw BYTEA);
`

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, clock: testkit.At("2026-11-20 08:00"), dir: filepath.Join(t.TempDir(), "repo")}
	address := filepath.Join(t.TempDir(), "a.db")
	var err error
	if h.d, err = db.Open(t.Context(), db.Config{URL: address, Log: testkit.Log(t)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.d.Close() })
	if err := h.d.Migrate(t.Context(), "probe", fstest.MapFS{"001_t.sql": &fstest.MapFile{Data: []byte(probe)}}); err != nil {
		t.Fatal(err)
	}
	queue, err := jobs.New(jobs.Config{DB: h.d, Log: testkit.Log(t), Now: h.clock.Now})
	if err == nil {
		err = queue.Migrate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	h.filesDir = filepath.Join(t.TempDir(), "files")
	if h.files, err = blob.OpenFolder(h.filesDir, time.Now); err != nil {
		t.Fatal(err)
	}
	h.src = backup.Source{Database: address, Files: h.files, Parts: map[string][]byte{"keys.json": []byte(`{"secret":"confidential"}`)},
		Secret: bytes.Repeat([]byte{7}, 32), Program: "test"}
	file := filepath.Join(t.TempDir(), "key")
	if _, err := backup.NewKey(file); err != nil {
		t.Fatal(err)
	}
	if i, err := os.Stat(file); err != nil || i.Mode().Perm() != 0o600 {
		t.Fatalf("the key file: %v %v", i.Mode(), err)
	}
	if h.key, err = backup.ReadKey(file); err != nil {
		t.Fatal(err)
	}
	return h
}

func text(i int) string { return fmt.Sprintf("Hồ sơ số %d %s", i, strings.Repeat("x", i%300)) }

// insert adds rows from, from+1, … below to.
func (h *house) insert(from, to int) {
	h.t.Helper()
	err := h.d.Load(h.t.Context(), func(l *db.Loader) error {
		f, err := l.Fill(db.Table{Name: "probe_t", Columns: []db.Column{{Name: "id", Kind: db.KindInt}, {Name: "s", Kind: db.KindText}, {Name: "raw", Kind: db.KindBytes}}})
		for i := from; i < to && err == nil; i++ {
			err = f.Add([]any{int64(i), text(i), []byte{byte(i)}})
		}
		if err == nil {
			_, err = f.Done()
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) exec(query string, args ...any) {
	h.t.Helper()
	if err := h.d.Write(h.t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(query, args...); return err }); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) put(content string) string {
	h.t.Helper()
	ref, err := h.files.Put(h.t.Context(), strings.NewReader(content), 1<<20)
	if err != nil {
		h.t.Fatal(err)
	}
	return ref.Sum
}

func (h *house) take(o backup.Options) backup.Taken {
	h.t.Helper()
	got, err := h.tryTake(h.t.Context(), o)
	if err != nil {
		h.t.Fatal(err)
	}
	return got
}

func (h *house) tryTake(ctx context.Context, o backup.Options) (backup.Taken, error) {
	h.clock.Move(time.Minute)
	o.Dir, o.Now = h.dir, h.clock.Now
	if o.Key == (backup.Key{}) {
		o.Key = h.key
	}
	return backup.Take(ctx, h.src, o)
}

// read returns the rows and files of a snapshot.
func (h *house) read(id string) (rows map[int64]string, files map[string]string) {
	h.t.Helper()
	s, err := backup.Open(h.dir, h.key, id, "")
	if err != nil {
		h.t.Fatal(err)
	}
	defer s.Close()
	rows, files = map[int64]string{}, map[string]string{}
	for _, x := range s.Manifest.Tables {
		err := s.Rows(h.t.Context(), x, func(r []any) error { rows[r[0].(int64)] = r[1].(string); return nil })
		if err != nil {
			h.t.Fatal(err)
		}
	}
	err = s.Files(h.t.Context(), func(sum string, size int64) error {
		return s.File(sum, size, func(r io.Reader) error {
			b, err := io.ReadAll(r)
			files[sum] = string(b)
			return err
		})
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return rows, files
}

// verified fails the test unless the snapshot is whole.
func (h *house) verified(id string) {
	h.t.Helper()
	c, err := backup.Verify(h.t.Context(), h.dir, h.key, id, "")
	if err != nil || len(c.Problems) > 0 {
		h.t.Errorf("snapshot %s: %v %v", id, c.Problems, err)
	}
}

// paths returns every file of the back-up folder below the given one.
func (h *house) paths(below string) []string {
	h.t.Helper()
	var out []string
	err := filepath.WalkDir(filepath.Join(h.dir, below), func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			out = append(out, p)
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

// Each snapshot brings back what was there then, and stores what is new only: a row changed in the
// middle, one put in and one taken away, and rows at the end.
func TestIncremental(t *testing.T) {
	h := newHouse(t)
	h.insert(0, 40_000)
	a, b := h.put("giấy khai sinh"), h.put("")
	first := h.take(backup.Options{})
	if first.Rows != 40_000 || first.Files != 2 || first.Objects < 10 {
		t.Fatalf("%+v", first)
	}
	h.exec("UPDATE probe_t SET s = 'changed' WHERE id = 7000")
	h.exec("DELETE FROM probe_t WHERE id = 20000")
	h.exec("INSERT INTO probe_t (id, s) VALUES (50000, 'new')")
	c := h.put("quyết định")
	if err := h.files.Delete(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	second := h.take(backup.Options{})
	if second.Objects == 0 || second.Objects > 9 || second.Bytes*3 > first.Bytes {
		t.Errorf("the second snapshot stored %d objects of %d bytes, the first %d of %d", second.Objects, second.Bytes, first.Objects, first.Bytes)
	}
	third := h.take(backup.Options{})
	if third.Objects != 0 {
		t.Errorf("a snapshot of the same stored %d objects", third.Objects)
	}
	rows, files := h.read(first.ID)
	if len(rows) != 40_000 || rows[7000] != text(7000) || rows[20_000] != text(20_000) || files[a] != "giấy khai sinh" || len(files) != 2 {
		t.Errorf("the first snapshot: %d rows, %q, files %q", len(rows), rows[7000], files)
	}
	for _, id := range []string{second.ID, third.ID, backup.Newest} {
		rows, files := h.read(id)
		_, there := rows[20_000]
		if len(rows) != 40_000 || there || rows[7000] != "changed" || rows[50_000] != "new" || len(files) != 2 || files[c] != "quyết định" || files[b] != "" {
			t.Errorf("snapshot %s: %d rows, files %q", id, len(rows), files)
		}
	}
	if full := h.take(backup.Options{Full: true}); full.Objects < first.Objects-2 {
		t.Errorf("a full snapshot stored %d objects, the first %d", full.Objects, first.Objects)
	}
	h.verified(first.ID)
	h.verified(backup.Newest)
}

// Pruning takes away what only the pruned snapshots need.
func TestPrune(t *testing.T) {
	h := newHouse(t)
	h.insert(0, 9000)
	gone := h.put("only in the first")
	first := h.take(backup.Options{})
	if err := h.files.Delete(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	h.insert(5000, 12_000)
	kept := h.take(backup.Options{})
	last := h.take(backup.Options{Keep: 2})
	if last.Pruned.Snapshots != 1 || last.Pruned.Objects == 0 {
		t.Errorf("pruned %+v", last.Pruned)
	}
	h.verified(kept.ID)
	h.verified(last.ID)
	if _, err := backup.Open(h.dir, h.key, first.ID, ""); err == nil || !strings.Contains(err.Error(), "there is no snapshot") {
		t.Errorf("the pruned snapshot: %v", err)
	}
	left := len(h.paths("objects"))
	// What an unfinished run has left goes with the next prune.
	h.put("of a run that does not end")
	ctx, cancel := context.WithCancel(t.Context())
	h.src.Database = filepath.Join(t.TempDir(), "nothing.db")
	if _, err := h.tryTake(ctx, backup.Options{}); err == nil {
		t.Fatal("a snapshot of nothing")
	}
	cancel()
	if n := len(h.paths("objects")); n != left+1 {
		t.Errorf("%d objects, want %d", n, left+1)
	}
	p, err := backup.Prune(h.dir, h.src.Secret, 2)
	if err != nil || p.Objects != 1 || p.Snapshots != 0 {
		t.Errorf("%+v, %v", p, err)
	}
	h.verified(kept.ID)
	// A list in doubt ends a prune before it takes anything.
	refs := h.paths("snapshots")
	i := slices.IndexFunc(refs, func(p string) bool { return strings.HasSuffix(p, kept.ID+".refs") })
	if err := os.WriteFile(refs[i], nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Prune(h.dir, h.src.Secret, 2); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a prune by a damaged list: %v", err)
	}
	if _, err := backup.Prune(h.dir, bytes.Repeat([]byte{8}, 32), 1); err == nil || !strings.Contains(err.Error(), "another installation") {
		t.Errorf("a prune by another installation: %v", err)
	}
	h.verified(last.ID)
	for _, p := range h.paths(".") {
		if i, err := os.Stat(p); err != nil || i.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v", p, i.Mode())
		}
	}
}

// Nothing in the folder can be read without the key, nor does a name tell what is in a file.
func TestUnreadable(t *testing.T) {
	h := newHouse(t)
	h.insert(0, 3000)
	sum := h.put("giấy khai sinh của Hoàng Thị Ngọc Mai")
	h.take(backup.Options{})
	for _, p := range h.paths(".") {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"Hồ sơ số", "giấy khai sinh", "probe_t", "confidential", sum} {
			if bytes.Contains(b, []byte(secret)) || strings.Contains(p, secret) {
				t.Errorf("%s shows %q", p, secret)
			}
		}
	}
	other := filepath.Join(t.TempDir(), "other")
	if _, err := backup.NewKey(other); err != nil {
		t.Fatal(err)
	}
	wrong, err := backup.ReadKey(other)
	if err != nil {
		t.Fatal(err)
	}
	for what, k := range map[string]backup.Key{"a key is needed": {}, "the key does not fit": wrong, "by a key, not by a passphrase": {Passphrase: "một câu thật là dài"}} {
		if _, err := backup.Open(h.dir, k, backup.Newest, ""); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("opened by %+v: %v, want %q", k, err, what)
		}
	}
	if _, err := h.tryTake(t.Context(), backup.Options{Key: wrong}); err == nil || !strings.Contains(err.Error(), "is encrypted for") {
		t.Errorf("going on with another key: %v", err)
	}
	if _, err := backup.Open(h.dir, h.key, backup.Newest, "0123456789abcdef"); err == nil || !strings.Contains(err.Error(), "somebody else") {
		t.Errorf("signed by somebody else: %v", err)
	}
	h.src.Secret = bytes.Repeat([]byte{9}, 32)
	if _, err := h.tryTake(t.Context(), backup.Options{}); err == nil || !strings.Contains(err.Error(), "another installation") {
		t.Errorf("another installation's snapshot into the folder: %v", err)
	}
}

// A passphrase locks a folder as well; taking a snapshot does not need it again.
func TestPassphrase(t *testing.T) {
	h := newHouse(t)
	h.insert(0, 10)
	file := filepath.Join(t.TempDir(), "phrase")
	if err := os.WriteFile(file, []byte("quá ngắn\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.ReadKey(file); err == nil || !strings.Contains(err.Error(), "at least 16") {
		t.Errorf("a short passphrase: %v", err)
	}
	if err := os.WriteFile(file, []byte("một câu thật là dài\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if h.key, err = backup.ReadKey(file); err != nil {
		t.Fatal(err)
	}
	h.take(backup.Options{})
	h.clock.Move(time.Minute)
	if _, err := backup.Take(t.Context(), h.src, backup.Options{Dir: h.dir, Now: h.clock.Now}); err != nil {
		t.Fatal(err)
	}
	h.verified(backup.Newest)
	if _, err := backup.Open(h.dir, backup.Key{Passphrase: "một câu khác hẳn thế"}, backup.Newest, ""); err == nil || !strings.Contains(err.Error(), "passphrase does not open") {
		t.Errorf("another passphrase: %v", err)
	}
}

// A single flipped bit, a file cut short or taken away: each is found, wherever it is, and said in
// words that name the place.
func TestDamageIsFound(t *testing.T) {
	h := newHouse(t)
	h.insert(0, 6000)
	h.put("giấy khai sinh")
	h.take(backup.Options{})
	h.verified(backup.Newest)
	for _, p := range h.paths(".") {
		if filepath.Base(p) == "lock" {
			continue
		}
		whole, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for what, b := range map[string][]byte{
			"a bit at the start": flip(whole, 30), "a bit in the middle": flip(whole, len(whole)/2), "a bit at the end": flip(whole, len(whole)-3),
			"cut short": whole[:len(whole)/2], "gone": nil,
		} {
			if b == nil {
				err = os.Remove(p)
			} else {
				err = os.WriteFile(p, b, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			c, err := backup.Verify(t.Context(), h.dir, h.key, backup.Newest, "")
			said := fmt.Sprint(c.Problems, err)
			found := false
			for _, w := range []string{"damaged", "missing", "no back-up here", "no snapshot", "does not fit", "cannot be read"} {
				found = found || strings.Contains(said, w)
			}
			if err == nil && len(c.Problems) == 0 || !found {
				t.Errorf("%s of %s: %s", what, p, said)
			}
		}
		if err := os.WriteFile(p, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h.verified(backup.Newest)
	// A full snapshot mends what was damaged.
	p := h.paths("objects")[0]
	if err := os.WriteFile(p, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	h.take(backup.Options{Full: true})
	h.verified(backup.Newest)
}

func flip(b []byte, at int) []byte {
	b = slices.Clone(b)
	b[min(max(at, 0), len(b)-1)] ^= 1
	return b
}

// A stored file that has been changed on the disk is told and left out, so that no snapshot passes
// it off as whole.
func TestChangedFile(t *testing.T) {
	h := newHouse(t)
	h.insert(0, 1)
	sum := h.put("giấy khai sinh")
	stored := filepath.Join(h.filesDir, "whole", sum[:2], sum)
	if err := os.Chmod(stored, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(stored, []byte("giấy khai tử"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := h.take(backup.Options{})
	if len(got.Damaged) != 1 || got.Damaged[0] != sum || got.Files != 0 {
		t.Errorf("%+v", got)
	}
	h.verified(backup.Newest)
}

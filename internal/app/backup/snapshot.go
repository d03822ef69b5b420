package backup

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lienthong/internal/kit/db"
)

// Ref names an object and says what it holds.
type Ref struct {
	Name string `json:"name"`
	Sum  []byte `json:"sum"`  // SHA-256 of the content
	Size int64  `json:"size"` // of the content, bytes
	Rows int64  `json:"rows"`
}

// TablePart is one table of a snapshot.
type TablePart struct {
	db.Table
	Rows   int64 `json:"rows"`
	Pieces []Ref `json:"pieces"`
}

// Manifest says everything a snapshot holds. It is encrypted.
type Manifest struct {
	Format    int               `json:"format"`
	At        time.Time         `json:"at"` // when the records were read
	Program   string            `json:"program"`
	Engine    db.Engine         `json:"engine"`
	Versions  map[string]int64  `json:"versions"` // how far each module's tables were migrated
	Tables    []TablePart       `json:"tables"`
	Jobs      []Ref             `json:"jobs"`
	JobCount  int64             `json:"job_count"`
	Files     []Ref             `json:"files"` // the list of files, in pieces
	FileCount int64             `json:"file_count"`
	FileBytes int64             `json:"file_bytes"`
	Names     []byte            `json:"names"` // the key from which the names of files' objects follow
	Parts     map[string][]byte `json:"parts"` // small files by their names: keys.json, lienthong.toml
}

// envelope is a snapshot as it lies in the folder.
type envelope struct {
	Format    int       `json:"format"`
	ID        string    `json:"id"`
	At        time.Time `json:"at"`
	Refs      []byte    `json:"refs"`   // SHA-256 of ID.refs
	Sealed    []byte    `json:"sealed"` // the manifest, compressed and encrypted
	Signature []byte    `json:"signature"`
}

func (e envelope) text() []byte {
	return fmt.Appendf(nil, "lienthong back-up snapshot v%d\n%s\n%s\n%x\n%x\n", e.Format, e.ID, e.At.UTC().Format(time.RFC3339Nano), e.Refs, sha256.Sum256(e.Sealed))
}

// idFormat makes snapshots sort by their instants.
const idFormat = "20060102T150405.000Z"

// keep writes a snapshot; once it returns the snapshot is there.
func (r *repo) keep(s secrets, m Manifest, refs []name) (string, error) {
	raw, err := json.Marshal(m)
	if err != nil {
		return "", err
	}
	packed, err := pack(raw)
	if err != nil {
		return "", err
	}
	var sealed sliceWriter
	if err := r.seal(&sealed, func(w io.Writer) error { _, err := w.Write(packed); return err }); err != nil {
		return "", err
	}
	e := envelope{Format: format, ID: m.At.UTC().Format(idFormat), At: m.At.UTC(), Sealed: sealed}
	if _, err := os.Stat(r.snapshotPath(e.ID)); err == nil {
		return "", fmt.Errorf("there is a snapshot %s already", e.ID)
	}
	list := packNames(refs)
	sum := sha256.Sum256(list)
	e.Refs = sum[:]
	e.Signature = ed25519.Sign(s.sign, e.text())
	body, err := json.Marshal(e)
	if err != nil {
		return "", err
	}
	put := func(path string, b []byte) error {
		if _, err := r.write(path, func(w io.Writer) error { _, err := w.Write(b); return err }); err != nil {
			return err
		}
		return r.settle()
	}
	if err := put(filepath.Join("snapshots", e.ID+refsSuffix), list); err != nil { // and every object before it
		return "", err
	}
	return e.ID, put(filepath.Join("snapshots", e.ID+snapSuffix), body)
}

const refsSuffix, snapSuffix = ".refs", ".json"

func (r *repo) snapshotPath(id string) string {
	return filepath.Join(r.dir, "snapshots", id+snapSuffix)
}

type sliceWriter []byte

func (s *sliceWriter) Write(p []byte) (int, error) { *s = append(*s, p...); return len(p), nil }

// packNames writes the names in order, each once.
func packNames(refs []name) []byte {
	refs = slices.Clone(refs)
	slices.SortFunc(refs, func(a, b name) int { return slices.Compare(a[:], b[:]) })
	refs = slices.Compact(refs)
	out := make([]byte, 0, len(refs)*len(name{}))
	for _, n := range refs {
		out = append(out, n[:]...)
	}
	return out
}

// ids returns the snapshots of the folder, the oldest first.
func (r *repo) ids() ([]string, error) {
	es, err := os.ReadDir(filepath.Join(r.dir, "snapshots"))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range es {
		if id, ok := strings.CutSuffix(e.Name(), snapSuffix); ok {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out, nil
}

// envelope reads a snapshot and checks its signature.
func (r *repo) envelope(id string) (envelope, error) {
	var e envelope
	raw, err := os.ReadFile(r.snapshotPath(id))
	if errors.Is(err, fs.ErrNotExist) {
		return e, fmt.Errorf("there is no snapshot %s", id)
	}
	if err != nil {
		return e, err
	}
	bad := damage{"snapshot " + id, "is damaged: its signature does not match"}
	if json.Unmarshal(raw, &e) != nil {
		return e, bad
	}
	if e.Format > format {
		return e, fmt.Errorf("snapshot %s is of format %d; this program knows %d: take a newer one", id, e.Format, format)
	}
	if e.ID != id || !ed25519.Verify(r.head.Signer, e.text(), e.Signature) {
		return e, bad
	}
	return e, nil
}

// refs returns the names of the objects a snapshot needs.
func (r *repo) refs(e envelope) ([]name, error) {
	b, err := os.ReadFile(filepath.Join(r.dir, "snapshots", e.ID+refsSuffix))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	const n = len(name{})
	if sum := sha256.Sum256(b); err != nil || len(b)%n != 0 || !slices.Equal(sum[:], e.Refs) {
		return nil, damage{"the list of objects of snapshot " + e.ID, "is damaged"}
	}
	var out []name
	for p := range slices.Chunk(b, n) {
		out = append(out, name(p))
	}
	return out, nil
}

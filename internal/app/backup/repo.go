package backup

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
)

const (
	format     = 1 // of everything in the folder; what is newer is refused
	headerFile = "lienthong-backup.json"
	dirMode    = 0o700
	fileMode   = 0o600
)

// name is the name of an object.
type name [16]byte

// String returns the name as it stands in the folder.
func (n name) String() string { return hex.EncodeToString(n[:]) }

// header is what lienthong-backup.json says.
type header struct {
	Format    int       `json:"format"`
	Made      time.Time `json:"made"`
	Recipient string    `json:"recipient"`        // whom everything is encrypted for
	Locked    string    `json:"locked,omitempty"` // the identity, encrypted by the passphrase
	Signer    []byte    `json:"signer"`           // the installation's public key, Ed25519
	Signature []byte    `json:"signature"`
}

// text is what the header's signature is over.
func (h header) text() []byte {
	return fmt.Appendf(nil, "lienthong back-up folder v%d\n%s\n%s\n%q\n", h.Format, h.Made.UTC().Format(time.RFC3339Nano), h.Recipient, h.Locked)
}

// repo is a back-up folder.
type repo struct {
	dir    string
	head   header
	unlock func()
	dirs   map[string]bool // folders whose entries are not yet on the disk
}

// errNoFolder is returned for a folder that holds no back-up.
var errNoFolder = errors.New("there is no back-up here")

// openRepo opens a folder that holds a back-up.
func openRepo(dir string, write bool) (*repo, error) {
	raw, err := os.ReadFile(filepath.Join(dir, headerFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", dir, errNoFolder)
	}
	if err != nil {
		return nil, err
	}
	r := &repo{dir: dir, dirs: map[string]bool{}}
	if err := json.Unmarshal(raw, &r.head); err != nil {
		return nil, fmt.Errorf("%s is damaged", headerFile)
	}
	if r.head.Format > format {
		return nil, fmt.Errorf("the back-up is of format %d; this program knows %d: take a newer one", r.head.Format, format)
	}
	if len(r.head.Signer) != ed25519.PublicKeySize || !ed25519.Verify(r.head.Signer, r.head.text(), r.head.Signature) {
		return nil, fmt.Errorf("%s is damaged: its signature does not match", headerFile)
	}
	if r.unlock, err = lockDir(dir, !write); err != nil {
		return nil, err
	}
	return r, nil
}

// makeRepo makes a back-up in a folder that is empty or not there.
func makeRepo(dir string, s secrets, k Key, now time.Time) (*repo, error) {
	recipient, locked, err := k.make()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, err
	}
	if err := syncDir(filepath.Dir(filepath.Clean(dir))); err != nil {
		return nil, err
	}
	es, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range es { // a run that ended before its header leaves these
		if n := e.Name(); n != "objects" && n != "snapshots" && n != "tmp" && n != "lock" && n != "lost+found" {
			return nil, fmt.Errorf("%s is neither empty nor a back-up: it holds %s", dir, n)
		}
	}
	r := &repo{dir: dir, dirs: map[string]bool{}}
	if r.unlock, err = lockDir(dir, false); err != nil {
		return nil, err
	}
	if err := r.init(s, recipient, locked, now); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *repo) init(s secrets, recipient, locked string, now time.Time) error {
	for _, d := range []string{"objects", "snapshots", "tmp"} {
		if err := os.MkdirAll(filepath.Join(r.dir, d), dirMode); err != nil {
			return err
		}
	}
	r.head = header{Format: format, Made: now.UTC(), Recipient: recipient, Locked: locked, Signer: s.sign.Public().(ed25519.PublicKey)}
	r.head.Signature = ed25519.Sign(s.sign, r.head.text())
	raw, err := json.MarshalIndent(r.head, "", "  ")
	if err != nil {
		return err
	}
	if _, err := r.write(headerFile, func(w io.Writer) error { _, err := w.Write(append(raw, '\n')); return err }); err != nil {
		return err
	}
	return r.settle()
}

func (r *repo) close() {
	if r.unlock != nil {
		r.unlock()
	}
}

// write puts a file into the folder under its name once it is whole and on the disk. The entry of
// the name itself is on the disk after settle.
func (r *repo) write(path string, fill func(io.Writer) error) (size int64, err error) {
	f, err := os.CreateTemp(filepath.Join(r.dir, "tmp"), "new-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name()) // gone already if all went well
	defer f.Close()
	if err := fill(f); err != nil {
		return 0, err
	}
	if size, err = f.Seek(0, io.SeekEnd); err != nil {
		return 0, err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return 0, err
	}
	to := filepath.Join(r.dir, path)
	dir := filepath.Dir(to)
	if err := os.Mkdir(dir, dirMode); err == nil {
		r.dirs[filepath.Dir(dir)] = true
	} else if !errors.Is(err, fs.ErrExist) {
		return 0, err
	}
	r.dirs[dir] = true
	return size, os.Rename(f.Name(), to)
}

// settle returns once every name written so far is on the disk.
func (r *repo) settle() error {
	for d := range r.dirs {
		if err := syncDir(d); err != nil {
			return err
		}
	}
	clear(r.dirs)
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func objectPath(n name) string { s := n.String(); return filepath.Join("objects", s[:2], s) }

func (r *repo) has(n name) bool {
	i, err := os.Stat(filepath.Join(r.dir, objectPath(n)))
	return err == nil && i.Size() > 0
}

// seal encrypts what fill writes.
func (r *repo) seal(w io.Writer, fill func(io.Writer) error) error {
	to, err := age.ParseX25519Recipient(r.head.Recipient)
	if err != nil {
		return err
	}
	e, err := age.Encrypt(w, to)
	if err != nil {
		return err
	}
	if err := fill(e); err != nil {
		return err
	}
	return e.Close()
}

// damage is what is wrong with a part of the folder.
type damage struct{ what, how string }

func (d damage) Error() string { return d.what + " " + d.how }

// errKey says that the key is another's; everything else that fails to open is damaged.
var errKey = errors.New("the key does not fit this back-up")

// unseal decrypts what r holds; errors name what.
func unseal(r io.Reader, ids []age.Identity, what string) (io.Reader, error) {
	d, err := age.Decrypt(r, ids...)
	var none *age.NoIdentityMatchError
	switch {
	case errors.As(err, &none):
		return nil, errKey
	case err != nil:
		return nil, damage{what, "is damaged"}
	}
	return d, nil
}

// object opens an object for reading.
func (r *repo) object(n name, ids []age.Identity) (io.Reader, func() error, error) {
	f, err := os.Open(filepath.Join(r.dir, objectPath(n)))
	what := "object " + n.String()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, damage{what, "is missing"}
	}
	if err != nil {
		return nil, nil, err
	}
	d, err := unseal(f, ids, what)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return d, f.Close, nil
}

// unsealBytes decrypts a small content.
func unsealBytes(sealed []byte, ids []age.Identity, what string) ([]byte, error) {
	d, err := unseal(bytes.NewReader(sealed), ids, what)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(d)
	if err != nil {
		return nil, damage{what, "is damaged"}
	}
	return b, nil
}

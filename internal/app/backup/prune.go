package backup

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Pruned is what a prune took away.
type Pruned struct {
	Snapshots int
	Objects   int
}

// Prune keeps the newest snapshots, keep of them, and takes away the others and what only they
// need. It needs no key that opens them; secret is the installation's own.
func Prune(dir string, secret []byte, keep int) (Pruned, error) {
	if keep < 1 {
		return Pruned{}, errors.New("at least one snapshot has to be kept")
	}
	keys, err := derive(secret)
	if err != nil {
		return Pruned{}, err
	}
	r, err := openRepo(dir, true)
	if err != nil {
		return Pruned{}, err
	}
	defer r.close()
	if !bytes.Equal(r.head.Signer, keys.sign.Public().(ed25519.PublicKey)) {
		return Pruned{}, fmt.Errorf("%s holds the back-ups of another installation (%s)", dir, SignerName(r.head.Signer))
	}
	return r.prune(keep)
}

// prune reads what the kept snapshots need before it takes anything away, and ends at the first
// thing in doubt. The snapshots go before their objects, so that one that is there is whole.
func (r *repo) prune(keep int) (p Pruned, err error) {
	ids, err := r.ids()
	if err != nil {
		return p, err
	}
	old := ids[:max(0, len(ids)-keep)]
	needed := map[name]bool{}
	for _, id := range ids[len(old):] {
		e, err := r.envelope(id)
		if err != nil {
			return p, err
		}
		refs, err := r.refs(e)
		if err != nil {
			return p, err
		}
		for _, n := range refs {
			needed[n] = true
		}
	}
	for _, id := range old {
		if err := os.Remove(r.snapshotPath(id)); err != nil {
			return p, err
		}
		p.Snapshots++
	}
	if err := syncDir(filepath.Join(r.dir, "snapshots")); err != nil {
		return p, err
	}
	if err := r.dropRefs(); err != nil {
		return p, err
	}
	err = filepath.WalkDir(filepath.Join(r.dir, "objects"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := hex.DecodeString(e.Name())
		if err != nil || len(b) != len(name{}) || needed[name(b)] {
			return nil // what this program did not put there stays
		}
		p.Objects++
		return os.Remove(path)
	})
	return p, err
}

// dropRefs takes away the lists of snapshots that are not there: pruned, or never finished.
func (r *repo) dropRefs() error {
	dir := filepath.Join(r.dir, "snapshots")
	es, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range es {
		id, ok := strings.CutSuffix(e.Name(), refsSuffix)
		if !ok {
			continue
		}
		if _, err := os.Stat(r.snapshotPath(id)); errors.Is(err, fs.ErrNotExist) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

package iam

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"lienthong/internal/kit/disk"
)

// Keys are the secrets of one system, the same in all its replicas.
type Keys struct {
	Secret []byte              // for Service.Secret
	Ledger ed25519.PrivateKey  // for NewLedger
	Old    []ed25519.PublicKey // for Ledger.OldKeys, the oldest first
}

type keyFile struct {
	Secret []byte   `json:"secret"`
	Ledger []byte   `json:"ledger"` // the Ed25519 seed
	Old    [][]byte `json:"old,omitempty"`
}

// LoadKeys reads the keys from a file, which it makes on the first start: readable by its owner
// alone, complete on the disk before it is used. Whoever loses the file loses every session and
// the power to sign new heads as the same system; it belongs into the backup. rnd may be nil.
func LoadKeys(path string, rnd io.Reader) (Keys, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKeys(path, rnd); err != nil && !errors.Is(err, fs.ErrExist) {
			return Keys{}, fmt.Errorf("keys: %w", err)
		}
		b, err = os.ReadFile(path)
	}
	if err == nil {
		// Whoever made the file may have ended before its name was safe, and with the next signed
		// head it must not be lost any more.
		err = disk.SyncDir(filepath.Dir(path))
	}
	if err != nil {
		return Keys{}, fmt.Errorf("keys: %w", err)
	}
	var f keyFile
	if err := json.Unmarshal(b, &f); err != nil || len(f.Secret) < 32 || len(f.Ledger) != ed25519.SeedSize {
		return Keys{}, fmt.Errorf("keys: %s is damaged; take it from the backup", path)
	}
	k := Keys{Secret: f.Secret, Ledger: ed25519.NewKeyFromSeed(f.Ledger)}
	for _, p := range f.Old {
		if len(p) != ed25519.PublicKeySize {
			return Keys{}, fmt.Errorf("keys: %s holds an old key of the wrong length", path)
		}
		k.Old = append(k.Old, p)
	}
	return k, nil
}

// makeKeys writes new keys. The link fails if another process was faster; its keys count then.
func makeKeys(path string, rnd io.Reader) error {
	if rnd == nil {
		rnd = rand.Reader
	}
	f := keyFile{Secret: make([]byte, 32), Ledger: make([]byte, ed25519.SeedSize)}
	for _, b := range [][]byte{f.Secret, f.Ledger} {
		if _, err := io.ReadFull(rnd, b); err != nil {
			return err
		}
	}
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := disk.MkdirAll(dir); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".keys-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err = tmp.Write(b); err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Link(tmp.Name(), path)
}

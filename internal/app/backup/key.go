package backup

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// Key says what snapshots are encrypted for, or what opens them. Of its fields one is set.
type Key struct {
	Recipient  string // an X25519 recipient, age1…: encrypts, and opens nothing
	Identity   string // the content of an identity file, AGE-SECRET-KEY-1…: does both
	Passphrase string // locks the identity that is kept in the folder itself
}

// minPassphrase is how long a passphrase has to be: who has the folder may try as often as he likes.
const minPassphrase = 16

// ReadKey reads a key from a file: an identity file if it holds one, otherwise a passphrase.
func ReadKey(path string) (Key, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Key{}, fmt.Errorf("the key cannot be read: %w", err)
	}
	text := strings.TrimSpace(string(b))
	if strings.Contains(text, "AGE-SECRET-KEY-") {
		k := Key{Identity: text}
		_, err := k.identities()
		return k, err
	}
	if len(text) < minPassphrase {
		return Key{}, fmt.Errorf("%s holds neither a key nor a passphrase of at least %d characters", path, minPassphrase)
	}
	return Key{Passphrase: text}, nil
}

// NewKey makes an identity file, readable by its owner alone, and returns its recipient. It never
// writes over a file.
func NewKey(path string) (recipient string, err error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return "", err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	_, err = fmt.Fprintf(f, "# opens the back-ups made for %s\n%s\n", id.Recipient(), id)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", err
	}
	return id.Recipient().String(), syncDir(filepath.Dir(path))
}

func (k Key) identities() ([]age.Identity, error) {
	ids, err := age.ParseIdentities(strings.NewReader(k.Identity))
	if err != nil {
		return nil, errors.New("the key file cannot be read: want lines AGE-SECRET-KEY-1… and comments")
	}
	return ids, nil
}

// make returns the recipient a new folder is encrypted for and, for a passphrase, its locked
// identity.
func (k Key) make() (recipient, locked string, err error) {
	switch {
	case k.Recipient != "":
		if _, err := age.ParseX25519Recipient(k.Recipient); err != nil {
			return "", "", errors.New("the recipient cannot be read: want age1…")
		}
		return k.Recipient, "", nil
	case k.Identity != "":
		ids, err := k.identities()
		if err != nil {
			return "", "", err
		}
		x, ok := ids[0].(*age.X25519Identity)
		if !ok {
			return "", "", errors.New("the key file holds a key of a kind that is not used here: want AGE-SECRET-KEY-1…")
		}
		return x.Recipient().String(), "", nil
	case k.Passphrase != "":
		id, err := age.GenerateX25519Identity()
		if err != nil {
			return "", "", err
		}
		locked, err := lock(id.String(), k.Passphrase)
		return id.Recipient().String(), locked, err
	}
	return "", "", errors.New("a new back-up folder needs --recipient age1…, or --key with a key or passphrase file: what is not encrypted is not written")
}

func lock(text, passphrase string) (string, error) {
	r, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	a := armor.NewWriter(&b)
	w, err := age.Encrypt(a, r)
	if err != nil {
		return "", err
	}
	_, err = io.WriteString(w, text)
	err = errors.Join(err, w.Close(), a.Close())
	return b.String(), err
}

// open returns what decrypts the objects of a folder.
func (k Key) open(h header) ([]age.Identity, error) {
	switch {
	case k.Identity != "":
		return k.identities()
	case k.Passphrase == "":
		return nil, errors.New("a key is needed: --key with the key or passphrase file")
	case h.Locked == "":
		return nil, errors.New("this back-up is opened by a key, not by a passphrase")
	}
	i, err := age.NewScryptIdentity(k.Passphrase)
	if err != nil {
		return nil, err
	}
	r, err := age.Decrypt(armor.NewReader(strings.NewReader(h.Locked)), i)
	if err != nil {
		return nil, errors.New("the passphrase does not open this back-up")
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, errors.New("the passphrase does not open this back-up")
	}
	return Key{Identity: string(text)}.identities()
}

// fits tells whether a key given again is the one the folder was made for.
func (k Key) fits(h header) error {
	switch {
	case k == Key{}:
		return nil
	case k.Passphrase != "":
		_, err := k.open(h)
		return err
	}
	recipient, _, err := k.make()
	if err == nil && recipient != h.Recipient {
		err = fmt.Errorf("the folder is encrypted for %s, not for %s", h.Recipient, recipient)
	}
	return err
}

// secrets are what follows from an installation's own secret and serves its back-ups.
type secrets struct {
	names []byte             // keys the names of objects
	cuts  uint64             // begins the hash that chooses where streams are cut
	sign  ed25519.PrivateKey // signs headers and snapshots
}

func derive(secret []byte) (secrets, error) {
	var s secrets
	if len(secret) < 32 {
		return s, errors.New("the installation's secret is too short")
	}
	key := func(what string) []byte {
		b, err := hkdf.Key(sha256.New, secret, nil, "lienthong back-up "+what+" v1", 32)
		if err != nil { // only for lengths that are never asked for
			return make([]byte, 32)
		}
		return b
	}
	s.names = key("names")
	s.cuts = binary.BigEndian.Uint64(key("cuts"))
	s.sign = ed25519.NewKeyFromSeed(key("signer"))
	return s, nil
}

// name returns the name of the object that holds a content.
func (s secrets) name(sum [32]byte) name {
	h := hmac.New(sha256.New, s.names)
	h.Write(sum[:])
	return name(h.Sum(nil)[:len(name{})])
}

// SignerName returns the short name of the key that signs an installation's snapshots: 16
// hexadecimal digits of its SHA-256.
func SignerName(pub ed25519.PublicKey) string {
	s := sha256.Sum256(pub)
	return hex.EncodeToString(s[:8])
}

// Signer returns the short name of the key that signs the snapshots of the installation with the
// secret.
func Signer(secret []byte) (string, error) {
	s, err := derive(secret)
	if err != nil {
		return "", err
	}
	return SignerName(s.sign.Public().(ed25519.PublicKey)), nil
}

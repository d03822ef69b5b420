package logproof

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Head is a statement about the whole ledger at one moment: these many rows, with this root.
type Head struct {
	Origin string // which ledger
	Size   int64
	Root   Hash
	Chain  Hash // hash chain over the leaves: SHA-256(chain before || leaf hash), from 32 zero bytes on
	At     time.Time
}

// headTime writes the moment of a head in UTC with microseconds (RFC 3339).
const headTime = "2006-01-02T15:04:05.000000Z"

// Text returns what is signed: the checkpoint's lines origin, size and root, and two lines more.
func (h Head) Text() []byte {
	return fmt.Appendf(nil, "%s\n%d\n%s\nchain %s\ntime %s\n", h.Origin, h.Size, h.Root, h.Chain, h.At.UTC().Format(headTime))
}

// Errors of reading and checking notes and keys.
var (
	ErrNote      = errors.New("this is no signed head of a ledger")
	ErrKey       = errors.New("this is no public key of a ledger")
	ErrSignature = errors.New("no signature of the key is on the head, or it is wrong")
)

// Key is a public key with the name it signs under.
type Key struct {
	Name   string
	Public ed25519.PublicKey
}

// algEd25519 is the number of Ed25519 among the algorithms of signed notes.
const algEd25519 = 1

// id is the start of a hash that tells keys of one name apart (C2SP signed-note).
func (k Key) id() []byte {
	h := sha256.New()
	h.Write([]byte(k.Name + "\n"))
	h.Write([]byte{algEd25519})
	h.Write(k.Public)
	return h.Sum(nil)[:4]
}

// String returns the key as signed notes write it: name+id+base64.
func (k Key) String() string {
	return k.Name + "+" + hex.EncodeToString(k.id()) + "+" + base64.StdEncoding.EncodeToString(append([]byte{algEd25519}, k.Public...))
}

// ReadKey reads what String wrote; the error is ErrKey.
func ReadKey(s string) (Key, error) {
	parts := strings.SplitN(strings.TrimSpace(s), "+", 3) // base64 may hold a plus sign too
	if len(parts) != 3 || !validName(parts[0]) {
		return Key{}, ErrKey
	}
	b, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(b) != 1+ed25519.PublicKeySize || b[0] != algEd25519 {
		return Key{}, ErrKey
	}
	k := Key{parts[0], b[1:]}
	if hex.EncodeToString(k.id()) != parts[1] {
		return Key{}, ErrKey
	}
	return k, nil
}

// validName tells whether a key may have the name: no blanks, no plus sign (C2SP signed-note).
func validName(s string) bool {
	return s != "" && len(s) <= 200 && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '+' || r >= 0x7f })
}

// signaturePrefix opens a signature's line: an em dash and a blank.
const signaturePrefix = "\u2014 "

// Note returns the head as a signed note; sig is the key's Ed25519 signature over Text.
func Note(h Head, k Key, sig []byte) string {
	return string(h.Text()) + "\n" + signaturePrefix + k.Name + " " + base64.StdEncoding.EncodeToString(append(k.id(), sig...)) + "\n"
}

// maxNote bounds a note, in bytes; a head with a dozen signatures has less than a quarter of it.
const maxNote = 16 << 10

// ReadNote reads a signed note and returns its head if one of the keys has signed it, and which. The
// signatures of others are passed over. Errors: ErrNote, ErrSignature.
func ReadNote(note string, keys []Key) (Head, Key, error) {
	text, sigs, found := strings.Cut(note, "\n\n")
	if !found || len(note) > maxNote || !strings.HasSuffix(sigs, "\n") {
		return Head{}, Key{}, ErrNote
	}
	h, err := readHead(text + "\n")
	if err != nil {
		return Head{}, Key{}, err
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(sigs, "\n"), "\n") {
		rest, ok := strings.CutPrefix(line, signaturePrefix)
		name, enc, ok2 := strings.Cut(rest, " ")
		b, err := base64.StdEncoding.Strict().DecodeString(enc)
		if !ok || !ok2 || err != nil || len(b) < 5 {
			return Head{}, Key{}, ErrNote
		}
		for _, k := range keys {
			if k.Name == name && bytes.Equal(k.id(), b[:4]) && len(k.Public) == ed25519.PublicKeySize && ed25519.Verify(k.Public, h.Text(), b[4:]) {
				return h, k, nil
			}
		}
	}
	return Head{}, Key{}, ErrSignature
}

// readHead reads what Text wrote, and nothing that Text would write otherwise.
func readHead(text string) (Head, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 6 {
		return Head{}, ErrNote
	}
	h := Head{Origin: lines[0]}
	var err, err2, err3, err4 error
	h.Size, err = strconv.ParseInt(lines[1], 10, 64)
	err2 = h.Root.UnmarshalText([]byte(lines[2]))
	err3 = h.Chain.UnmarshalText([]byte(strings.TrimPrefix(lines[3], "chain ")))
	h.At, err4 = time.Parse(headTime, strings.TrimPrefix(lines[4], "time "))
	if errors.Join(err, err2, err3, err4) != nil || h.Size < 0 || !validName(h.Origin) || string(h.Text()) != text {
		return Head{}, ErrNote
	}
	return h, nil
}

package logproof

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

// Hash is a SHA-256 hash of the tree; in JSON and in heads it stands in base64 (RFC 4648, section 4).
type Hash [sha256.Size]byte

// String returns the hash in base64.
func (h Hash) String() string { return base64.StdEncoding.EncodeToString(h[:]) }

// MarshalText writes the hash in base64.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads a hash in base64; anything else than 32 bytes is an error.
func (h *Hash) UnmarshalText(text []byte) error {
	b, err := base64.StdEncoding.Strict().DecodeString(string(text))
	if err != nil {
		return err
	}
	if len(b) != len(h) {
		return fmt.Errorf("a hash of %d bytes, not 32", len(b))
	}
	copy(h[:], b)
	return nil
}

// LeafHash returns the hash of a row's bytes (RFC 9162, section 2.1.1: 0x00 before the leaf).
func LeafHash(leaf []byte) Hash {
	h := sha256.New()
	h.Write([]byte{0})
	h.Write(leaf)
	return Hash(h.Sum(nil))
}

// node is the hash of two subtrees (RFC 9162, section 2.1.1: 0x01 before them).
func node(left, right Hash) Hash {
	var b [1 + 2*sha256.Size]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+sha256.Size:], right[:])
	return sha256.Sum256(b[:])
}

// Errors of CheckInclusion and CheckConsistency.
var (
	ErrShape    = errors.New("the proof does not have the shape that these places ask for")
	ErrMismatch = errors.New("the proof does not lead to the root of the head")
)

// CheckInclusion checks that the leaf stands at the place index, counted from 0, of the tree of size
// leaves with this root (RFC 9162, section 2.1.3.2). The error is ErrShape or ErrMismatch.
func CheckInclusion(leaf Hash, index, size int64, path []Hash, root Hash) error {
	if index < 0 || index >= size {
		return ErrShape
	}
	fn, sn, r := index, size-1, leaf
	for _, p := range path {
		if sn == 0 {
			return ErrShape
		}
		if fn&1 == 1 || fn == sn {
			r = node(p, r)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			r = node(r, p)
		}
		fn, sn = fn>>1, sn>>1
	}
	if sn != 0 {
		return ErrShape
	}
	if r != root {
		return ErrMismatch
	}
	return nil
}

// CheckConsistency checks that the tree of second leaves begins with the tree of first leaves, nothing
// altered and nothing taken out (RFC 9162, section 2.1.4.2; equal sizes need no path). The error is
// ErrShape or ErrMismatch.
func CheckConsistency(first, second int64, path []Hash, firstRoot, secondRoot Hash) error {
	switch {
	case first < 1 || second < first || first < second && len(path) == 0 || first == second && len(path) > 0:
		return ErrShape
	case first == second && firstRoot == secondRoot:
		return nil
	case first == second:
		return ErrMismatch
	}
	if first&(first-1) == 0 {
		path = append([]Hash{firstRoot}, path...)
	}
	fn, sn := first-1, second-1
	for fn&1 == 1 {
		fn, sn = fn>>1, sn>>1
	}
	fr, sr := path[0], path[0]
	for _, c := range path[1:] {
		if sn == 0 {
			return ErrShape
		}
		if fn&1 == 1 || fn == sn {
			fr, sr = node(c, fr), node(c, sr)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			sr = node(sr, c)
		}
		fn, sn = fn>>1, sn>>1
	}
	if sn != 0 {
		return ErrShape
	}
	if fr != firstRoot || sr != secondRoot {
		return ErrMismatch
	}
	return nil
}

package logproof

import (
	"errors"
	"strings"
)

// Letters is the alphabet of short codes, Crockford's base 32: no I, L, O or U, which people mix up
// with 1, 0 and V.
const Letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const (
	codeHash  = 11 // letters of the leaf's hash: 55 bits
	codeIndex = 4  // least letters of the place, so that a code has at least four groups of four
	codeMost  = 13 // letters of the largest place
)

// ErrCode says that a text is no short code; most often a letter was read wrong.
var ErrCode = errors.New("this is no code of the ledger")

// Code is the short name of a row of the ledger: its place, counted from 0, and the first 55 bits of
// its leaf hash.
type Code struct {
	Index int64
	Short uint64 // 55 bits
}

// CodeOf returns the code of the row at the place with this leaf hash.
func CodeOf(index int64, leaf Hash) Code {
	var bits uint64
	for _, b := range leaf[:8] {
		bits = bits<<8 | uint64(b)
	}
	return Code{index, bits >> (64 - 5*codeHash)}
}

// String returns the code in groups of four letters. The last letter is a check over the others in
// GF(32): it finds every single wrong letter and every two that changed places.
func (c Code) String() string {
	var rev []byte
	for n, v := 0, uint64(c.Index); n < codeIndex || v > 0; n, v = n+1, v>>5 {
		rev = append(rev, byte(v&31))
	}
	var digits []byte
	for i := range rev {
		digits = append(digits, rev[len(rev)-1-i])
	}
	for i := range codeHash {
		digits = append(digits, byte(c.Short>>(5*(codeHash-1-i))&31))
	}
	digits = append(digits, times2(weigh(digits)))
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(Letters[d])
	}
	return b.String()
}

// ReadCode reads a code as people type it: small letters, spaces and hyphens anywhere, O for 0, I and L
// for 1. The error is ErrCode.
func ReadCode(s string) (Code, error) {
	var digits []byte
	for _, r := range strings.ToUpper(s) {
		switch r {
		case ' ', '-', '.', '‐', '‑', '–', '\u00a0':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		i := strings.IndexRune(Letters, r)
		if i < 0 || len(digits) > codeMost+codeHash {
			return Code{}, ErrCode
		}
		digits = append(digits, byte(i))
	}
	n := len(digits) - codeHash - 1
	if n < codeIndex || n > codeMost || weigh(digits) != 0 {
		return Code{}, ErrCode
	}
	var c Code
	for i, d := range digits[:n] {
		if n > codeIndex && i == 0 && d == 0 || c.Index > 1<<57 {
			return Code{}, ErrCode // a code has one spelling, and no ledger is that long
		}
		c.Index = c.Index<<5 | int64(d)
	}
	for _, d := range digits[n : n+codeHash] {
		c.Short = c.Short<<5 | uint64(d)
	}
	return c, nil
}

// weigh is the polynomial of the digits at 2, in GF(32) modulo x^5+x^2+1. The powers of 2 up to 31
// differ, so neither one digit nor two that changed places leave it as it was.
func weigh(digits []byte) byte {
	var s byte
	for _, d := range digits {
		s = times2(s) ^ d
	}
	return s
}

func times2(x byte) byte {
	if x <<= 1; x&32 != 0 {
		x ^= 0x25
	}
	return x
}

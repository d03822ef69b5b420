package dossier

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/org"
)

// nextCode takes the agency's next number of the day and writes the dossier code (Decree 61/2018:
// agency identifier, date, sequence). It runs in the transaction that stores the dossier: a number
// is either used or was never taken. Days above 9,999 dossiers simply get longer numbers.
func (s *Service) nextCode(tx *db.Tx, tree *org.Tree, offer id.ID, d *Dossier) (string, error) {
	var n int64
	err := tx.QueryRow(`INSERT INTO dossier_counter (agency_id, day, n) VALUES ($1, $2, 1)
		ON CONFLICT (agency_id, day) DO UPDATE SET n = dossier_counter.n + 1 RETURNING n`, offer, d.Day).Scan(&n)
	if err != nil {
		return "", err
	}
	agency, ok := tree.Unit(offer)
	if !ok || agency.Code == "" {
		return "", fmt.Errorf("agency %s has no identifier for dossier codes", offer)
	}
	return s.codeOf(agency.Code, d.Day, n), nil
}

// secretLetters is Crockford's base 32: no I, L, O or U, which people mix up with 1, 0 and V.
const secretLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Secret returns the look-up secret printed on the receipt of a dossier: 9 letters and digits of
// a keyed hash, 45 bits, in three groups. It is not stored; raising SecretGen makes a new one.
func (s *Service) Secret(dossier id.ID, gen int) string {
	h := hmac.New(sha256.New, s.Key)
	h.Write([]byte("dossier look-up secret\x00"))
	h.Write(dossier[:])
	binary.Write(h, binary.BigEndian, int64(gen))
	bits := binary.BigEndian.Uint64(h.Sum(nil))
	var b strings.Builder
	for i := range 9 {
		if i > 0 && i%3 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(secretLetters[bits>>(59-5*i)&31])
	}
	return b.String()
}

// sameSecret compares in constant time, forgiving case, spaces, hyphens and the letters that are
// read for digits.
func sameSecret(typed, want string) bool {
	norm := func(s string) []byte {
		return []byte(strings.Map(func(r rune) rune {
			switch {
			case r == '-' || r == ' ':
				return -1
			case r == 'O':
				return '0'
			case r == 'I' || r == 'L':
				return '1'
			}
			return r
		}, strings.ToUpper(s)))
	}
	return hmac.Equal(norm(typed), norm(want))
}

package iam

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"time"

	"lienthong/internal/kit/fault"
)

type sealed struct {
	Until int64           `json:"u"`
	Value json.RawMessage `json:"v"`
}

// Seal packs a value into a text that only this system can read, for addresses and form fields
// that must not show it: a telephone number between two pages of a sign-in. use separates one kind
// of ticket from another; the ticket is good for the given time.
func (s *Service) Seal(use string, v any, life time.Duration) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	b, err = json.Marshal(sealed{s.Now().Add(life).Unix(), b})
	if err != nil {
		return "", err
	}
	g, err := s.box(use)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, g.NonceSize(), g.NonceSize()+len(b)+g.Overhead())
	if _, err := io.ReadFull(s.random(), nonce); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(g.Seal(nonce, nonce, b, []byte(use))), nil
}

// Unseal reads a ticket into v. Whatever is wrong with it, the fault is the same.
func (s *Service) Unseal(use, ticket string, v any) error {
	bad := fault.New(fault.Invalid, "iam.ticket")
	if len(ticket) > 4096 {
		return bad
	}
	b, err := base64.RawURLEncoding.DecodeString(ticket)
	if err != nil {
		return bad
	}
	g, err := s.box(use)
	if err != nil {
		return err
	}
	if len(b) < g.NonceSize() {
		return bad
	}
	b, err = g.Open(nil, b[:g.NonceSize()], b[g.NonceSize():], []byte(use))
	if err != nil {
		return bad
	}
	var x sealed
	if json.Unmarshal(b, &x) != nil || s.Now().Unix() >= x.Until || json.Unmarshal(x.Value, v) != nil {
		return bad
	}
	return nil
}

func (s *Service) box(use string) (cipher.AEAD, error) {
	key := sha256.Sum256(s.mac("seal", use))
	b, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(b)
}

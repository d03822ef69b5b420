package rest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
)

// sealedMark stands in the place of the headers where an answer is sealed.
const sealedMark = "sealed"

// sealer closes stored answers with a key made of what only the client knows: the Idempotency-Key
// it chose, of which the database has nothing but a hash. Who reads the database reads no token,
// password or receipt's secret out of it; who sends the same request again gets its answer.
type sealer struct{ key []byte }

// newSealer derives the key (RFC 5869). secret is the installation's, so that keys which a client
// chose badly cannot be tried out on a stolen copy of the database; it may be empty.
func newSealer(secret, account, key []byte) (*sealer, error) {
	in := slices.Concat(binary.BigEndian.AppendUint32(nil, uint32(len(key))), key, secret)
	k, err := hkdf.Key(sha256.New, in, account, "lienthong stored answer", 32)
	return &sealer{k}, err
}

// box makes the cipher for one use of the key: a key is taken once for one instant, so the instant
// serves as the nonce and no two answers have the same.
func (s *sealer) box(begun int64) (cipher.AEAD, []byte, error) {
	b, err := aes.NewCipher(s.key)
	if err != nil {
		return nil, nil, err
	}
	g, err := cipher.NewGCM(b)
	if err != nil {
		return nil, nil, err
	}
	return g, binary.BigEndian.AppendUint64(make([]byte, g.NonceSize()-8, g.NonceSize()), uint64(begun)), nil
}

// close seals an answer that was begun at the instant, in microseconds.
func (s *sealer) close(begun int64, header map[string]string, body []byte) ([]byte, error) {
	h, err := json.Marshal(header)
	if err != nil {
		return nil, err
	}
	g, nonce, err := s.box(begun)
	if err != nil {
		return nil, err
	}
	plain := slices.Concat(binary.BigEndian.AppendUint32(nil, uint32(len(h))), h, body)
	return g.Seal(nil, nonce, plain, nil), nil
}

// open is the reverse of close; it fails unless every byte is as it was sealed.
func (s *sealer) open(begun int64, sealed []byte) (header map[string]string, body []byte, err error) {
	g, nonce, err := s.box(begun)
	if err != nil {
		return nil, nil, err
	}
	plain, err := g.Open(nil, nonce, sealed, nil)
	if err != nil {
		return nil, nil, err
	}
	if len(plain) < 4 || uint64(len(plain)) < 4+uint64(binary.BigEndian.Uint32(plain)) {
		return nil, nil, errors.New("api: a stored answer is cut off")
	}
	n := 4 + binary.BigEndian.Uint32(plain)
	return header, plain[n:], json.Unmarshal(plain[4:n], &header)
}

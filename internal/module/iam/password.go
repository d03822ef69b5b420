package iam

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"lienthong/internal/kit/fault"
)

// HashCost is what one password hash costs.
type HashCost struct {
	MemoryKiB, Passes uint32
	Threads           uint8
}

// DefaultHashCost is the first recommendation of OWASP's Password Storage Cheat Sheet for
// Argon2id with 19 MiB (RFC 9106).
func DefaultHashCost() HashCost { return HashCost{MemoryKiB: 19456, Passes: 2, Threads: 1} }

const (
	minPassword = 10  // characters
	maxPassword = 128 // characters; longer ones only cost time
	saltLen     = 16
	hashLen     = 32
	maxHashing  = 4 // hashes at a time: a flood of sign-ins takes 76 MiB and no more
)

//go:embed common.txt
var commonPasswords string

// CheckPassword returns a fault about the field "password" if it is too short, too long, among
// the common ones, or little more than the login. Length is what counts; which kinds of letters it
// has is not asked.
func CheckPassword(password, login string) error {
	bad := func(key string, args ...any) error {
		return fault.Input("iam.input", fault.Field{Path: "password", Key: key, Args: fault.Args(args...)})
	}
	p := norm.NFC.String(password)
	switch n := utf8.RuneCountInString(p); {
	case !utf8.ValidString(password):
		return bad("iam.password_form")
	case n < minPassword:
		return bad("iam.password_short", "min", minPassword)
	case n > maxPassword:
		return bad("iam.password_long", "max", maxPassword)
	}
	low := strings.ToLower(p)
	bare := strings.TrimRight(low, "0123456789!@#$%^&*._- ")
	for _, c := range strings.Fields(commonPasswords) {
		if low == c || bare == c || low == c+c {
			return bad("iam.password_common")
		}
	}
	if l := strings.ToLower(login); l != "" && (strings.Contains(low, l) || strings.Contains(l, bare) && bare != "") {
		return bad("iam.password_login")
	}
	if sameOrRow(low) {
		return bad("iam.password_common")
	}
	return nil
}

// sameOrRow tells whether the password is one sign repeated, or signs that follow each other.
func sameOrRow(s string) bool {
	same, up, down := true, true, true
	r := []rune(s)
	for i := 1; i < len(r); i++ {
		same = same && r[i] == r[i-1]
		up = up && (r[i] == r[i-1]+1 || r[i-1] == '9' && r[i] == '0')
		down = down && (r[i] == r[i-1]-1 || r[i-1] == '0' && r[i] == '9')
	}
	return same || up || down
}

func (s *Service) cost() HashCost {
	if s.Hash == (HashCost{}) {
		return DefaultHashCost()
	}
	return s.Hash
}

func (s *Service) random() io.Reader {
	if s.Rand != nil {
		return s.Rand
	}
	return rand.Reader
}

// prepare makes the hash that stands in for accounts that do not exist, before anybody's sign-in is
// timed.
func (s *Service) prepare() (err error) {
	s.decoyOnce.Do(func() { s.decoy, s.decoyErr = s.hash(context.Background(), "a password that nobody has") })
	return s.decoyErr
}

// turn waits until a password may be hashed.
func (s *Service) turn(ctx context.Context) (done func(), err error) {
	s.hashOnce.Do(func() { s.hashing = make(chan struct{}, maxHashing) })
	select {
	case s.hashing <- struct{}{}:
		return func() { <-s.hashing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hash returns the password's hash in the PHC string format.
func (s *Service) hash(ctx context.Context, password string) (string, error) {
	done, err := s.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	salt := make([]byte, saltLen)
	if _, err := io.ReadFull(s.random(), salt); err != nil {
		return "", err
	}
	c := s.cost()
	key := argon2.IDKey([]byte(norm.NFC.String(password)), salt, c.Passes, c.MemoryKiB, c.Threads, hashLen)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.MemoryKiB, c.Passes, c.Threads,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

var errHashForm = errors.New("a stored password hash cannot be read")

// parseHash reads a PHC string; costs beyond what this program would ever write are refused, so
// that a hash put into the database by somebody else cannot take all memory.
func parseHash(phc string) (c HashCost, salt, key []byte, err error) {
	part := strings.Split(phc, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" {
		return c, nil, nil, errHashForm
	}
	var version int
	if _, err := fmt.Sscanf(part[2], "v=%d", &version); err != nil || version != argon2.Version {
		return c, nil, nil, errHashForm
	}
	if _, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &c.MemoryKiB, &c.Passes, &c.Threads); err != nil {
		return c, nil, nil, errHashForm
	}
	if c.MemoryKiB < 8 || c.MemoryKiB > 1<<18 || c.Passes < 1 || c.Passes > 16 || c.Threads < 1 || c.Threads > 16 {
		return c, nil, nil, errHashForm
	}
	b64 := base64.RawStdEncoding.Strict()
	if salt, err = b64.DecodeString(part[4]); err != nil || len(salt) < 8 {
		return c, nil, nil, errHashForm
	}
	if key, err = b64.DecodeString(part[5]); err != nil || len(key) < 16 || len(key) > 64 {
		return c, nil, nil, errHashForm
	}
	return c, salt, key, nil
}

// matches tells whether the password has the hash, and whether the hash should be made anew at
// today's cost. An empty hash matches nothing but costs the same time.
func (s *Service) matches(ctx context.Context, phc, password string) (ok, old bool, err error) {
	if err := s.prepare(); err != nil {
		return false, false, err
	}
	known := phc != ""
	if !known {
		phc = s.decoy
	}
	c, salt, key, err := parseHash(phc)
	if err != nil {
		return false, false, err
	}
	done, err := s.turn(ctx)
	if err != nil {
		return false, false, err
	}
	defer done()
	if utf8.RuneCountInString(password) > maxPassword {
		password = "" // nobody's password is that long
	}
	got := argon2.IDKey([]byte(norm.NFC.String(password)), salt, c.Passes, c.MemoryKiB, c.Threads, uint32(len(key)))
	ok = subtle.ConstantTimeCompare(got, key) == 1 && known
	return ok, ok && c != s.cost(), nil
}

// initialAlphabet has no signs that are mistaken for each other when a password is read aloud.
const initialAlphabet = "abcdefghjkmnpqrstuvwxyz23456789"

// initialPassword returns a password to be said once and replaced at the first sign-in: four
// groups of four, about 79 random bits.
func (s *Service) initialPassword() (string, error) {
	out := make([]byte, 0, 19)
	for len(out) < 19 {
		if len(out)%5 == 4 {
			out = append(out, '-')
			continue
		}
		i, err := s.below(len(initialAlphabet))
		if err != nil {
			return "", err
		}
		out = append(out, initialAlphabet[i])
	}
	return string(out), nil
}

// below returns a random number from 0 to n-1, each as likely as the others; n is at most 1<<24.
func (s *Service) below(n int) (int, error) {
	limit := 1 << 24 / n * n
	var b [3]byte
	for {
		if _, err := io.ReadFull(s.random(), b[:]); err != nil {
			return 0, err
		}
		if v := int(b[0])<<16 | int(b[1])<<8 | int(b[2]); v < limit {
			return v % n, nil
		}
	}
}

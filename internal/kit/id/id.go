// Package id makes the identifiers of records: UUIDv7 (RFC 9562), shown as text, stored as 16
// bytes. They sort by the time they were made, so new rows go to the end of every index.
package id

import (
	"database/sql/driver"
	"fmt"
	"io"

	"github.com/google/uuid"
)

// ID identifies a record. The zero ID means "none" and is stored as NULL.
type ID [16]byte

// Source makes identifiers; it is passed in so that tests can make them repeatable.
type Source struct{ r io.Reader }

// NewSource returns a source that takes its random bits from r, or from the system if r is nil.
func NewSource(r io.Reader) *Source { return &Source{r} }

// New returns a new identifier. It panics only if the system has no randomness left to give.
func (s *Source) New() ID {
	var u uuid.UUID
	var err error
	if s == nil || s.r == nil {
		u, err = uuid.NewV7()
	} else {
		u, err = uuid.NewV7FromReader(s.r)
	}
	if err != nil {
		panic(err)
	}
	return ID(u)
}

// Parse reads the usual text form with hyphens.
func Parse(s string) (ID, error) {
	if len(s) != 36 {
		return ID{}, fmt.Errorf("id %.40q is not a UUID", s)
	}
	u, err := uuid.Parse(s)
	return ID(u), err
}

// Zero tells whether the identifier is "none".
func (i ID) Zero() bool { return i == ID{} }

// String returns the identifier as people and addresses write it, and nothing for "none".
func (i ID) String() string {
	if i.Zero() {
		return ""
	}
	return uuid.UUID(i).String()
}

// Value stores the identifier as 16 bytes, none as NULL.
func (i ID) Value() (driver.Value, error) {
	if i.Zero() {
		return nil, nil
	}
	return i[:], nil
}

// Scan reads 16 bytes or NULL.
func (i *ID) Scan(v any) error {
	switch b := v.(type) {
	case nil:
		*i = ID{}
		return nil
	case []byte:
		if len(b) == 16 {
			copy(i[:], b)
			return nil
		}
	}
	return fmt.Errorf("id stored as %T, want 16 bytes", v)
}

// MarshalText and UnmarshalText show the identifier in JSON; none is the empty string.
func (i ID) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads the text form.
func (i *ID) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*i = ID{}
		return nil
	}
	p, err := Parse(string(b))
	*i = p
	return err
}

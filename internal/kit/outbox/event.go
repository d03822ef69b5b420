package outbox

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Module is the name under which Migrations are run: db.Migrate(ctx, outbox.Module, outbox.Migrations()).
const Module = "kit_outbox"

// Migrations returns the tables of this package.
func Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return migrations // cannot happen: the folder is embedded
	}
	return sub
}

// MaxPayload is the largest payload of an event in bytes of JSON. Events name records and say
// what happened; texts and files stay where they are.
const MaxPayload = 256 << 10

// Event is a fact that others may react to.
type Event struct {
	ID      id.ID     // the same however often the event is delivered
	Subject string    // module.fact.version, such as "dossier.opened.v1"
	At      time.Time // when it happened
	Payload any       // given to Put: any value that becomes JSON; as delivered: json.RawMessage
}

// Into reads the payload of a delivered event into v, a pointer to the event's struct.
func (e Event) Into(v any) error {
	raw, ok := e.Payload.(json.RawMessage)
	if !ok {
		b, err := json.Marshal(e.Payload)
		if err != nil {
			return fmt.Errorf("event %s %s: %w", e.Subject, e.ID, err)
		}
		raw = b
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("event %s %s: %w", e.Subject, e.ID, err)
	}
	return nil
}

// Outbox is what modules write their events to. A nil Outbox writes as well; its events are
// found by the relay's next look instead of at once.
type Outbox struct {
	wake chan struct{}
	now  func() time.Time
}

// New returns an outbox that reads the time from now.
func New(now func() time.Time) *Outbox {
	return &Outbox{wake: make(chan struct{}, 1), now: now}
}

// putWidth is the number of columns Put fills.
const putWidth = 4

// putRows returns how many of n events the next insert takes. Few different sizes make few
// statement texts, which kit/db keeps prepared.
func putRows(n int) int {
	switch {
	case n >= 64:
		return 64
	case n > 8:
		return 8
	}
	return n
}

// Put writes the events in the caller's transaction, several with one insert. An event without
// ID, time or a valid subject is a defect of the caller and refused.
func (o *Outbox) Put(tx *db.Tx, events ...Event) error {
	for len(events) > 0 {
		n := putRows(len(events))
		if err := putSome(tx, events[:n]); err != nil {
			return err
		}
		events = events[n:]
	}
	if o != nil && o.wake != nil {
		tx.AfterCommit(o.ring)
	}
	return nil
}

func putSome(tx *db.Tx, events []Event) error {
	args := make([]any, 0, len(events)*putWidth)
	for _, e := range events {
		if e.ID.Zero() || e.At.IsZero() {
			return fmt.Errorf("event %q has no id or no time", e.Subject)
		}
		if !ValidSubject(e.Subject) {
			return fmt.Errorf("event subject %q is not of the form module.fact.v1", e.Subject)
		}
		b, err := json.Marshal(e.Payload)
		if err != nil {
			return fmt.Errorf("event %s: %w", e.Subject, err)
		}
		if len(b) > MaxPayload {
			return fmt.Errorf("event %s carries %d bytes, more than %d", e.Subject, len(b), MaxPayload)
		}
		args = append(args, e.ID, e.Subject, db.Micros(e.At), string(b))
	}
	_, err := tx.Exec("INSERT INTO kit_outbox (id, subject, at, payload) VALUES "+db.Rows(len(events), putWidth), args...)
	return err
}

// ring wakes the relay of this process, if it sleeps.
func (o *Outbox) ring() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// ValidSubject tells whether s is a subject an event may have: at least three parts of lower-case
// letters, digits, "-" and "_", the last being "v" and a number.
func ValidSubject(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) < 3 || len(s) > 120 {
		return false
	}
	for _, p := range parts {
		if p == "" || strings.Trim(p, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	v := parts[len(parts)-1]
	return len(v) > 1 && v[0] == 'v' && strings.Trim(v[1:], "0123456789") == ""
}

// ValidPattern tells whether p may be subscribed to: a subject in which "*" stands for one part
// and a last ">" for one or more.
func ValidPattern(p string) bool {
	parts := strings.Split(p, ".")
	if len(p) > 120 {
		return false
	}
	for i, s := range parts {
		switch {
		case s == "*":
		case s == ">":
			if i != len(parts)-1 {
				return false
			}
		case s == "" || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "":
			return false
		}
	}
	return true
}

// Match tells whether the subject falls under the pattern.
func Match(pattern, subject string) bool {
	for {
		p, prest, pmore := strings.Cut(pattern, ".")
		s, srest, smore := strings.Cut(subject, ".")
		if p == ">" {
			return s != ""
		}
		if p != "*" && p != s {
			return false
		}
		if !pmore || !smore {
			return pmore == smore
		}
		pattern, subject = prest, srest
	}
}

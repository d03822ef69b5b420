package outbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
)

// keepReceipts is how long a receipt outlives its event, so that a late copy on the bus is still
// recognised. The bus keeps messages for a much shorter time.
const keepReceipts = 14 * 24 * time.Hour

// forgetConsumer is how long a consumer that no running program registers is still waited for.
const forgetConsumer = 7 * 24 * time.Hour

// Once writes the consumer's receipt of the event and tells whether it is the first. The
// consumer's effects belong in the same transaction; if first is false they are already there.
func (o *Outbox) Once(tx *db.Tx, consumer string, event id.ID) (first bool, err error) {
	n, err := tx.Exec("INSERT INTO kit_inbox (event_id, consumer, at) VALUES ($1, $2, $3) ON CONFLICT (event_id, consumer) DO NOTHING",
		event, consumer, db.Micros(o.time()))
	return n == 1, err
}

func (o *Outbox) time() time.Time {
	if o == nil || o.now == nil {
		return time.Now()
	}
	return o.now()
}

// Received tells whether the consumer has left its receipt of the event.
func Received(q db.Q, consumer string, event id.ID) (bool, error) {
	var n int
	err := q.QueryRow("SELECT 1 FROM kit_inbox WHERE event_id = $1 AND consumer = $2", event, consumer).Scan(&n)
	if db.Missing(err) {
		return false, nil
	}
	return err == nil, err
}

// Consumer is a durable consumer whose receipts are waited for.
type Consumer struct {
	Name     string
	Subjects []string // patterns, see Match
}

// ValidConsumer tells whether name may be a consumer's name: lower-case letters, digits, "-" and
// "_", at most 60.
func ValidConsumer(name string) bool {
	return name != "" && len(name) <= 60 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// wants tells whether the consumer reacts to the subject.
func (c Consumer) wants(subject string) bool {
	for _, p := range c.Subjects {
		if Match(p, subject) {
			return true
		}
	}
	return false
}

// Register writes down that this program has the consumers, so that the relay, in whichever
// replica it runs, waits for their receipts. Programs repeat it at every start and every hour.
func (o *Outbox) Register(ctx context.Context, d *db.DB, consumers ...Consumer) error {
	for _, c := range consumers {
		if !ValidConsumer(c.Name) || len(c.Subjects) == 0 {
			return fmt.Errorf("consumer %q has no valid name or no subjects", c.Name)
		}
		for _, p := range c.Subjects {
			if !ValidPattern(p) {
				return fmt.Errorf("consumer %s subscribes to %q, which is not a subject", c.Name, p)
			}
		}
	}
	return d.Write(ctx, func(tx *db.Tx) error {
		for _, c := range consumers {
			_, err := tx.Exec(`INSERT INTO kit_consumer (name, subjects, seen) VALUES ($1, $2, $3)
				ON CONFLICT (name) DO UPDATE SET subjects = excluded.subjects, seen = excluded.seen`,
				c.Name, db.JSON(c.Subjects), db.Micros(o.time()))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Consumers returns the consumers that are waited for.
func (o *Outbox) Consumers(q db.Q) ([]Consumer, error) {
	return db.Collect[Consumer](q.Query("SELECT name, subjects FROM kit_consumer WHERE seen > $1 ORDER BY name",
		db.Micros(o.time().Add(-forgetConsumer))))(func(rows *sql.Rows) (c Consumer, err error) {
		var s string
		if err = rows.Scan(&c.Name, &s); err == nil {
			err = json.Unmarshal([]byte(s), &c.Subjects)
		}
		return c, err
	})
}

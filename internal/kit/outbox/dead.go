package outbox

import (
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// Dead is an event that a consumer gave up on.
type Dead struct {
	Consumer string
	Event    Event // Payload is json.RawMessage
	Tries    int
	Error    string // the last error, for operators; it may name records but holds no stack
	Died     time.Time
}

// maxDeadError bounds the text of an error that is kept, in bytes.
const maxDeadError = 2000

// Bury keeps the event that the consumer gave up on, and writes the consumer's receipt.
func (o *Outbox) Bury(tx *db.Tx, consumer string, e Event, tries int, cause error) error {
	raw, err := json.Marshal(e.Payload)
	if err != nil {
		return err
	}
	text := cause.Error()
	if len(text) > maxDeadError {
		text = text[:maxDeadError]
	}
	_, err = tx.Exec(`INSERT INTO kit_dead (consumer, event_id, subject, at, payload, tries, error, died)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (consumer, event_id) DO UPDATE SET tries = excluded.tries, error = excluded.error, died = excluded.died`,
		consumer, e.ID, e.Subject, db.Micros(e.At), string(raw), tries, cleanText(text), db.Micros(o.time()))
	if err != nil {
		return err
	}
	_, err = o.Once(tx, consumer, e.ID)
	return err
}

// DeadLetters returns the newest events that consumers gave up on, at most limit.
func DeadLetters(q db.Q, limit int) ([]Dead, error) {
	return db.Collect[Dead](q.Query(`SELECT consumer, event_id, subject, at, payload, tries, error, died
		FROM kit_dead ORDER BY died DESC, consumer, event_id LIMIT $1`, limit))(func(rows *sql.Rows) (d Dead, err error) {
		var at, died int64
		var payload string
		err = rows.Scan(&d.Consumer, &d.Event.ID, &d.Event.Subject, &at, &payload, &d.Tries, &d.Error, &died)
		d.Event.At, d.Died, d.Event.Payload = db.Time(at), db.Time(died), json.RawMessage(payload)
		return d, err
	})
}

// Revive sends a buried event to its consumer again, and to nobody else. It returns NotFound if
// the consumer has not given up on such an event, Conflict if the event is still waiting for
// another consumer and so cannot yet be sent to this one alone.
func (o *Outbox) Revive(tx *db.Tx, consumer string, event id.ID) error {
	var subject, payload string
	var at int64
	err := tx.QueryRow("SELECT subject, at, payload FROM kit_dead WHERE consumer = $1 AND event_id = $2", consumer, event).
		Scan(&subject, &at, &payload)
	if db.Missing(err) {
		return fault.New(fault.NotFound, "outbox.no_such_dead_letter")
	}
	if err != nil {
		return err
	}
	n, err := tx.Exec(`INSERT INTO kit_outbox (id, subject, at, payload, only_for) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO NOTHING`, event, subject, at, payload, consumer)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Conflict, "outbox.still_waiting")
	}
	if _, err := tx.Exec("DELETE FROM kit_inbox WHERE event_id = $1 AND consumer = $2", event, consumer); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM kit_dead WHERE consumer = $1 AND event_id = $2", consumer, event); err != nil {
		return err
	}
	if o != nil && o.wake != nil {
		tx.AfterCommit(o.ring)
	}
	return nil
}

// cleanText makes any text storable: PostgreSQL refuses broken UTF-8 and the zero byte.
func cleanText(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\x00", "")
}

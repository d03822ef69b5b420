package notify

import (
	"database/sql"
	"errors"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
)

// errMoved says that a message is no longer as it was read.
var errMoved = errors.New("notify: the message has moved on")

const columns = `id, account_id, channel, target, template, version, lang, subject, body, state, repeated, attempts, error,
	created_at, next_at, give_up_at, sent_at, read_at, dossier_id, dossier_code, event_id`

func fields(m *Message, at *[5]int64) []any {
	return []any{&m.ID, &m.Account, &m.Channel, &m.Target, &m.Template, &m.Version, &m.Lang, &m.Subject, &m.Body, &m.State,
		&m.Repeated, &m.Attempts, &m.Error, &at[0], &at[1], &at[2], &at[3], &at[4], &m.Dossier, &m.DossierCode, &m.Event}
}

func (m *Message) times(at [5]int64) {
	m.Created, m.Next, m.GiveUp, m.Sent, m.Read = db.Time(at[0]), db.Time(at[1]), db.Time(at[2]), db.Time(at[3]), db.Time(at[4])
}

func insert(tx *db.Tx, m Message, secret string) error {
	_, err := tx.Exec("INSERT INTO notify_message ("+columns+", secret) VALUES "+db.Rows(1, 22),
		m.ID, m.Account, string(m.Channel), m.Target, m.Template, m.Version, m.Lang, m.Subject, m.Body, string(m.State), m.Repeated,
		m.Attempts, m.Error, db.Micros(m.Created), db.Micros(m.Next), db.Micros(m.GiveUp), db.Micros(m.Sent), db.Micros(m.Read),
		m.Dossier, m.DossierCode, m.Event, secret)
	return err
}

// get reads a message with its secret; lock keeps other writers off until the transaction ends.
func get(q db.Q, message id.ID, lock bool) (m Message, secret string, err error) {
	clause := ""
	if lock {
		clause = db.ForUpdate(q, false)
	}
	var at [5]int64
	err = q.QueryRow("SELECT "+columns+", secret FROM notify_message WHERE id = $1"+clause, message).
		Scan(append(fields(&m, &at), &secret)...)
	m.times(at)
	return m, secret, err
}

// update writes a message's way, if it is still where before says; errMoved otherwise.
func update(tx *db.Tx, m, before Message, secret string) error {
	n, err := tx.Exec(`UPDATE notify_message SET state = $4, repeated = $5, attempts = $6, error = $7, next_at = $8, give_up_at = $9,
		sent_at = $10, secret = $11 WHERE id = $1 AND state = $2 AND next_at = $3`,
		m.ID, string(before.State), db.Micros(before.Next), string(m.State), m.Repeated, m.Attempts, m.Error, db.Micros(m.Next),
		db.Micros(m.GiveUp), db.Micros(m.Sent), secret)
	if err == nil && n != 1 {
		err = errMoved
	}
	return err
}

// stuck returns messages whose lease has ended, and those that are due since before.
func stuck(tx *db.Tx, now, before time.Time, limit int) ([]id.ID, error) {
	return db.Collect[id.ID](tx.Query(`SELECT id FROM notify_message
		WHERE state IN ('queued', 'sending') AND (state = 'sending' AND next_at <= $1 OR state = 'queued' AND next_at < $2)
		ORDER BY next_at LIMIT $3`+db.ForUpdate(tx, true), db.Micros(now), db.Micros(before), limit))(scanID)
}

func scanID(r *sql.Rows) (i id.ID, err error) { return i, r.Scan(&i) }

// figures counts by channel what waits, what of it was tried before, and what failed since then.
func (s *Service) figures(q db.Q, since time.Time) (waiting, late, failed map[Channel]int, err error) {
	waiting, late, failed = map[Channel]int{}, map[Channel]int{}, map[Channel]int{}
	type row struct {
		c    Channel
		n, m int
	}
	scan := func(r *sql.Rows) (x row, err error) { return x, r.Scan(&x.c, &x.n, &x.m) }
	rows, err := db.Collect[row](q.Query(`SELECT channel, count(*), count(*) FILTER (WHERE attempts > 0) FROM notify_message
		WHERE state IN ('queued', 'sending') GROUP BY channel`))(scan)
	if err != nil {
		return nil, nil, nil, err
	}
	for _, x := range rows {
		waiting[x.c], late[x.c] = x.n, x.m
	}
	// Identifiers begin with the time they were made, so the index on (state, id) bounds the scan.
	from := since.UnixMilli()
	var low id.ID
	for i := range 6 {
		low[i] = byte(from >> (40 - 8*i))
	}
	rows, err = db.Collect[row](q.Query(`SELECT channel, count(*), 0 FROM notify_message WHERE state = 'failed' AND id >= $1 GROUP BY channel`, low))(scan)
	for _, x := range rows {
		failed[x.c] = x.n
	}
	return waiting, late, failed, err
}

// list reads messages newest first; where is a condition over args.
func list(q db.Q, where string, args db.Args, before id.ID, limit int) ([]Message, error) {
	if !before.Zero() {
		where += " AND id < " + args.Add(before)
	}
	return db.Collect[Message](q.Query("SELECT "+columns+" FROM notify_message WHERE "+where+" ORDER BY id DESC LIMIT "+args.Add(limit), args...))(
		func(r *sql.Rows) (m Message, err error) {
			var at [5]int64
			err = r.Scan(fields(&m, &at)...)
			m.times(at)
			return m, err
		})
}

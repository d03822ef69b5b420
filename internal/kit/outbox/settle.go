package outbox

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
)

// settle deletes the published events that every consumer has received. It goes round the
// waiting events, a bounded number each time, so that many that wait for one dead consumer do
// not keep it from the others.
func (r *Relay) settle(ctx context.Context, consumers []Consumer) error {
	for range settleMax {
		waiting, last, full, err := r.receipts(ctx)
		if err != nil {
			return err
		}
		var done []id.ID
		for _, w := range waiting {
			open := slices.ContainsFunc(wanted(consumers, w.Message), func(name string) bool {
				return !slices.Contains(w.received, name)
			})
			if !open {
				done = append(done, w.ID)
			}
		}
		if len(done) > 0 {
			if err := r.DB.Write(ctx, func(tx *db.Tx) error { return remove(tx, done) }); err != nil {
				return err
			}
			r.Metrics.settled(len(done))
		}
		if !full {
			r.cursor = id.ID{}
			return nil
		}
		r.cursor = last
	}
	return nil
}

type waiting struct {
	Message
	received []string
}

// receipts reads the next step of published events with the names of those who received them.
func (r *Relay) receipts(ctx context.Context) (out []waiting, last id.ID, full bool, err error) {
	cursor := r.cursor[:] // the zero ID is before all others; as a parameter it must not become NULL
	rows, err := r.DB.Read(ctx).Query(`SELECT o.id, o.subject, o.only_for, i.consumer
		FROM (SELECT id, subject, only_for FROM kit_outbox WHERE due > 0 AND id > $1 ORDER BY id LIMIT $2) o
		LEFT JOIN kit_inbox i ON i.event_id = o.id ORDER BY o.id`, cursor, settleStep)
	if err != nil {
		return nil, last, false, err
	}
	defer rows.Close()
	for rows.Next() {
		var w waiting
		var by sql.NullString
		if err := rows.Scan(&w.ID, &w.Subject, &w.OnlyFor, &by); err != nil {
			return nil, last, false, err
		}
		if n := len(out); n == 0 || out[n-1].ID != w.ID {
			out = append(out, w)
		}
		if by.Valid {
			n := len(out) - 1
			out[n].received = append(out[n].received, by.String)
		}
		last = w.ID
	}
	return out, last, len(out) == settleStep, rows.Err()
}

// pruneStep bounds one delete of old receipts, so that writers need not wait long for it.
const pruneStep = 5000

// prune deletes receipts that are old and whose event is gone, and consumers long unseen.
func (r *Relay) prune(ctx context.Context) error {
	now := r.Now()
	if now.Sub(r.pruned) < pruneEvery {
		return nil
	}
	for {
		var n int64
		err := r.DB.Write(ctx, func(tx *db.Tx) (err error) {
			n, err = tx.Exec(`DELETE FROM kit_inbox WHERE (event_id, consumer) IN (
				SELECT i.event_id, i.consumer FROM kit_inbox i WHERE i.at < $1
				AND NOT EXISTS (SELECT 1 FROM kit_outbox o WHERE o.id = i.event_id) LIMIT $2)`,
				db.Micros(now.Add(-keepReceipts)), pruneStep)
			return err
		})
		if err != nil {
			return err
		}
		if n < pruneStep {
			break
		}
	}
	r.pruned = now
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("DELETE FROM kit_consumer WHERE seen <= $1", db.Micros(now.Add(-forgetConsumer)))
		if n > 0 {
			r.Log.Warn("outbox: consumers that nobody runs any more are no longer waited for", "count", n)
		}
		return err
	})
}

// Backlog is how much waits in the outbox.
type Backlog struct {
	Fresh   int           // not yet published
	Waiting int           // published, receipts missing
	Dead    int           // given up by a consumer and kept
	Oldest  time.Duration // age of the oldest event still here
}

// Backlog counts what waits; the result says "healthy" when Oldest is a few seconds.
func (o *Outbox) Backlog(q db.Q) (b Backlog, err error) {
	var at sql.NullInt64
	err = q.QueryRow(`SELECT count(*) FILTER (WHERE due = 0), count(*) FILTER (WHERE due > 0), min(at) FROM kit_outbox`).
		Scan(&b.Fresh, &b.Waiting, &at)
	if err != nil {
		return b, err
	}
	if at.Valid {
		b.Oldest = max(0, o.time().Sub(db.Time(at.Int64)))
	}
	return b, q.QueryRow("SELECT count(*) FROM kit_dead").Scan(&b.Dead)
}

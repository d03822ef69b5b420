package outbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
)

// Message is an event on its way to the bus.
type Message struct {
	Event
	// OnlyFor names the one consumer that shall react to it, or is empty for all.
	OnlyFor string
	// DedupID is the same for every publication of the same event: the bus may drop a message
	// whose DedupID it has stored a short time ago.
	DedupID string
}

// Publisher hands messages to the bus. It returns one error for each message, nil where the bus
// has acknowledged.
type Publisher interface {
	Publish(ctx context.Context, batch []Message) []error
}

const (
	freshBatch = 500 // events published at a time
	staleBatch = 100 // events published again at a time, so that they do not hold up fresh ones
	settleStep = 500 // events whose receipts are compared at a time
	settleMax  = 20  // steps in one round

	lookEvery  = time.Second // how often the relay looks although nobody woke it
	pruneEvery = time.Hour
	firstWait  = 30 * time.Second // how long receipts may take before the event is published again
	longWait   = time.Hour
)

// Relay carries events from the outbox to the bus and clears away those all consumers have
// received. Every replica runs one; a lease makes one of them work.
type Relay struct {
	DB        *db.DB
	Outbox    *Outbox
	Publisher Publisher
	Holder    string // this replica, unique among running ones
	Now       func() time.Time
	Log       *slog.Logger
	Metrics   *Metrics // may be nil

	lease  *Lease
	cursor id.ID     // settle goes round the waiting events, continuing after this one
	pruned time.Time // when receipts were last pruned
	mute   time.Time // the bus is out of reach: no publication before this
	fails  int
}

// Run works until ctx ends, then gives the lease up.
func (r *Relay) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := r.Release(end); err != nil {
			r.Log.Warn("outbox: the lease was not given up", "err", err)
		}
	}()
	for {
		if err := r.Round(ctx); err != nil && ctx.Err() == nil {
			r.Log.Error("outbox: a round failed", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-r.Outbox.wake:
		case <-tick.C:
		}
	}
}

// Release gives up the lease; Run does it by itself.
func (r *Relay) Release(ctx context.Context) error {
	if r.lease == nil {
		return nil
	}
	return r.lease.Release(ctx)
}

// Round does what there is to do now: publish, compare receipts, prune. It does nothing if
// another replica holds the lease.
func (r *Relay) Round(ctx context.Context) error {
	if r.lease == nil {
		r.lease = &Lease{DB: r.DB, Name: "outbox", Holder: r.Holder, Now: r.Now, Log: r.Log}
	}
	held, err := r.lease.Hold(ctx)
	if err != nil || !held {
		return err
	}
	q := r.DB.Read(ctx)
	var any int
	if err := q.QueryRow("SELECT 1 FROM kit_outbox LIMIT 1").Scan(&any); err != nil {
		if db.Missing(err) {
			return r.prune(ctx)
		}
		return err
	}
	consumers, err := r.Outbox.Consumers(q)
	if err != nil {
		return err
	}
	// Receipts first: what has been received need not be published again.
	if err := r.settle(ctx, consumers); err != nil {
		return err
	}
	if err := r.publish(ctx, consumers); err != nil {
		return err
	}
	return r.prune(ctx)
}

type row struct {
	Message
	tries int
}

// publish hands over fresh events until there are none, then a few whose receipts are overdue.
func (r *Relay) publish(ctx context.Context, consumers []Consumer) error {
	if r.Now().Before(r.mute) {
		return nil
	}
	for {
		n, err := r.batch(ctx, consumers, "due = $1", 0, freshBatch)
		if err != nil {
			return err
		}
		if n < freshBatch {
			break
		}
		if held, err := r.lease.Hold(ctx); err != nil || !held {
			return err
		}
	}
	_, err := r.batch(ctx, consumers, "due > 0 AND due <= $1", db.Micros(r.Now()), staleBatch)
	return err
}

// errBus says that the bus took none of a batch.
var errBus = errors.New("the bus takes no events")

// batch publishes the events the condition selects and returns how many it read.
func (r *Relay) batch(ctx context.Context, consumers []Consumer, where string, due int64, limit int) (int, error) {
	rows, err := db.Collect[row](r.DB.Read(ctx).Query(
		"SELECT id, subject, at, payload, only_for, tries FROM kit_outbox WHERE "+where+" ORDER BY due, id LIMIT $2",
		due, limit))(func(rs *sql.Rows) (o row, err error) {
		var at int64
		var payload string
		err = rs.Scan(&o.ID, &o.Subject, &at, &payload, &o.OnlyFor, &o.tries)
		o.At, o.Payload, o.DedupID = db.Time(at), json.RawMessage(payload), o.ID.String()
		return o, err
	})
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	batch := make([]Message, len(rows))
	for i, o := range rows {
		batch[i] = o.Message
		if o.OnlyFor != "" {
			// The bus may still remember the event's first publication.
			batch[i].DedupID = fmt.Sprintf("%s/%s/%d", o.ID, o.OnlyFor, o.tries)
		}
	}
	errs := r.Publisher.Publish(ctx, batch)
	var done []id.ID           // acknowledged, and nobody's receipt is wanted
	later := map[int][]id.ID{} // to be looked at again, by the number of earlier tries
	failed, first := 0, error(nil)
	for i, o := range rows {
		if errs[i] != nil {
			failed++
			if first == nil {
				first = errs[i]
			}
		} else if len(wanted(consumers, o.Message)) == 0 {
			done = append(done, o.ID)
			continue
		}
		later[o.tries] = append(later[o.tries], o.ID)
	}
	r.Metrics.published(len(rows)-failed, failed, due != 0)
	if failed == len(rows) {
		// Not these events but the bus: leave them as they are and ask it less and less often.
		r.fails++
		r.mute = r.Now().Add(min(time.Second<<min(r.fails-1, 10), 30*time.Second))
		return 0, fmt.Errorf("%w: %w", errBus, first)
	}
	r.fails = 0
	if failed > 0 {
		r.Log.Error("outbox: the bus refused some events", "refused", failed, "of", len(rows), "err", first)
	}
	now := r.Now()
	return len(rows), r.DB.Write(ctx, func(tx *db.Tx) error {
		if err := remove(tx, done); err != nil {
			return err
		}
		for tries, ids := range later {
			args := db.Args{db.Micros(now.Add(wait(tries)))}
			if _, err := tx.Exec("UPDATE kit_outbox SET due = $1, tries = tries + 1 WHERE id IN "+args.In(padded(ids)), args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// wait returns how long receipts may take after a publication that had tries before it.
func wait(tries int) time.Duration {
	if tries > 7 {
		return longWait
	}
	return min(firstWait<<tries, longWait)
}

// wanted returns the consumers whose receipts the message needs.
func wanted(consumers []Consumer, m Message) (names []string) {
	for _, c := range consumers {
		if m.OnlyFor == c.Name || m.OnlyFor == "" && c.wants(m.Subject) {
			names = append(names, c.Name)
		}
	}
	return names
}

func remove(tx *db.Tx, ids []id.ID) error {
	if len(ids) == 0 {
		return nil
	}
	var args db.Args
	_, err := tx.Exec("DELETE FROM kit_outbox WHERE id IN "+args.In(padded(ids)), args...)
	return err
}

// padded repeats the last identifier until their number is a power of two, so that a list of
// any length makes one of ten statement texts, which kit/db keeps prepared.
func padded(ids []id.ID) []id.ID {
	for n := len(ids); n&(n-1) != 0; n++ {
		ids = append(ids, ids[len(ids)-1])
	}
	return ids
}

// Rewind has every event that waits for receipts published again at once, for when the bus has
// lost its store.
func (o *Outbox) Rewind(ctx context.Context, d *db.DB) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE kit_outbox SET due = 0 WHERE due > 0")
		return err
	})
}

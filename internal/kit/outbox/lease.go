package outbox

import (
	"context"
	"log/slog"
	"time"

	"lienthong/internal/kit/db"
)

// Lease lets one of several replicas do what must not be done twice at a time. The holder is a
// row of kit_lease with an end; a holder that dies is followed by another once the end is past.
// Replicas' clocks may differ, and a holder may be slow, so for a moment two can believe they
// hold it: the work it guards must be safe then, only wasteful.
//
// A Lease belongs to one goroutine.
type Lease struct {
	DB     *db.DB
	Name   string           // what is guarded, such as "outbox"
	Holder string           // this replica, unique among running ones
	TTL    time.Duration    // how long a dead holder blocks others; 0 means 15 s, on SQLite 60 s
	Now    func() time.Time // the clock
	Log    *slog.Logger     // told when the lease comes and goes; may be nil

	until time.Time // ours until then
	next  time.Time // when to ask the database again
}

// farther is how many times the TTL a lease may reach ahead. One that reaches farther was taken when
// the clock stood wrong; nobody waits for hours until it has come back to there.
const farther = 4

func (l *Lease) ttl() time.Duration {
	switch {
	case l.TTL > 0:
		return l.TTL
	case l.DB.Engine() == db.SQLite:
		return time.Minute // one process; every renewal is a write to the disk
	}
	return 15 * time.Second
}

// Hold takes or renews the lease and tells whether this replica holds it. It asks the database
// only when a third of the TTL has passed.
func (l *Lease) Hold(ctx context.Context) (bool, error) {
	now, ttl := l.Now(), l.ttl()
	if now.Before(l.next) && !now.Add(ttl).Before(l.next) { // a clock put back asks again at once
		return now.Before(l.until), nil
	}
	until := now.Add(ttl)
	var mine bool
	err := l.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`INSERT INTO kit_lease (name, holder, until) VALUES ($1, $2, $3)
			ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
			WHERE kit_lease.holder = excluded.holder OR kit_lease.until <= $4 OR kit_lease.until > $5`,
			l.Name, l.Holder, db.Micros(until), db.Micros(now), db.Micros(now.Add(farther*ttl)))
		mine = n == 1
		return err
	})
	if err != nil {
		// Out of reach: what was ours stays ours until its end, when another may take it.
		return l.Now().Before(l.until), err
	}
	was := !l.until.IsZero()
	l.next = now.Add(ttl / 3)
	if mine {
		l.until = until
	} else {
		l.until = time.Time{}
	}
	if l.Log != nil && mine != was {
		l.Log.Info("lease", "name", l.Name, "held", mine)
	}
	return mine, nil
}

// Inherit ends every lease, where no other process can be running: on SQLite, whose folder is locked.
// Whoever holds one was killed, and nobody has to wait for its end.
func (o *Outbox) Inherit(ctx context.Context, d *db.DB) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM kit_lease")
		return err
	})
}

// Release gives the lease up, so that another replica need not wait for its end.
func (l *Lease) Release(ctx context.Context) error {
	if l.until.IsZero() {
		return nil
	}
	l.until, l.next = time.Time{}, time.Time{}
	return l.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM kit_lease WHERE name = $1 AND holder = $2", l.Name, l.Holder)
		return err
	})
}

package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"lienthong/internal/kit/db"
)

// Waiting is a job that had not ended, in a form that either engine's queue can take up again.
type Waiting struct {
	Kind        string          `json:"kind"`
	Args        json.RawMessage `json:"args"`
	Queue       string          `json:"queue"`
	Priority    int             `json:"priority"`
	MaxAttempts int             `json:"max_attempts"`
	At          int64           `json:"at"` // when it is due, microseconds since 1970 UTC
}

// Unfinished returns the jobs that had not ended, the oldest first. Those a schedule inserts are
// left out: the schedule inserts them again.
func Unfinished(q db.Q) ([]Waiting, error) {
	query := `SELECT kind, json(args), queue, priority, max_attempts, CAST(round(unixepoch(scheduled_at, 'subsec') * 1000) AS INTEGER) * 1000
		FROM river_job WHERE state IN ('available', 'pending', 'retryable', 'running', 'scheduled')
		AND (metadata ->> '$."river:periodic_job_id"') IS NULL AND (metadata ->> '$.periodic') IS NULL ORDER BY id`
	if q.Engine() == db.Postgres {
		query = `SELECT kind, args::text, queue, priority, max_attempts, (extract(epoch FROM scheduled_at) * 1000000)::bigint
			FROM river_job WHERE state IN ('available', 'pending', 'retryable', 'running', 'scheduled')
			AND (metadata ->> 'river:periodic_job_id') IS NULL AND (metadata ->> 'periodic') IS NULL ORDER BY id`
	}
	return db.Collect[Waiting](q.Query(query))(func(r *sql.Rows) (w Waiting, err error) {
		var args string
		err = r.Scan(&w.Kind, &args, &w.Queue, &w.Priority, &w.MaxAttempts, &w.At)
		w.Args = json.RawMessage(args)
		return w, err
	})
}

// carried are arguments that are already JSON.
type carried struct{ w Waiting }

// Kind names the job as it was named before.
func (c carried) Kind() string { return c.w.Kind }

// MarshalJSON returns the arguments as they were.
func (c carried) MarshalJSON() ([]byte, error) { return c.w.Args, nil }

// Carry puts jobs of Unfinished into the queue, each with all its tries before it.
func (k *Client) Carry(ctx context.Context, tx *db.Tx, list []Waiting) error {
	for _, w := range list {
		if !json.Valid(w.Args) {
			return fmt.Errorf("the arguments of a job %s are not JSON", w.Kind)
		}
		opts := &river.InsertOpts{Queue: w.Queue, Priority: w.Priority, MaxAttempts: w.MaxAttempts, ScheduledAt: time.UnixMicro(w.At)}
		if _, err := k.inserter.InsertTx(ctx, tx.SQL(), carried{w}, opts); err != nil {
			return fmt.Errorf("a job %s: %w", w.Kind, err)
		}
	}
	return nil
}

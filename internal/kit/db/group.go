package db

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"
)

// The committer lets concurrent writers on SQLite share one commit. At synchronous=FULL every
// commit waits for the disk; one outer transaction with a savepoint for each writer makes one
// wait of many. Whatever happens to one writer must not touch another: after any error the
// savepoint is checked, and if the shared transaction is gone or its commit fails, nobody is
// told success and every function runs again alone.

const (
	maxBatch     = 256                  // writers in one commit
	maxBatchTime = 5 * time.Millisecond // after this no further writer joins
)

type request struct {
	ctx  context.Context
	fn   func(*Tx) error
	tx   *Tx
	err  error
	done chan struct{}
}

type committer struct {
	d       *DB
	reqs    chan *request
	quit    chan struct{}
	stopped sync.WaitGroup
	once    sync.Once
}

var errClosed = errors.New("the database is closed")

func newCommitter(d *DB) *committer {
	c := &committer{d: d, reqs: make(chan *request, maxBatch), quit: make(chan struct{})}
	c.stopped.Add(1)
	go c.loop()
	return c
}

func (c *committer) stop() {
	c.once.Do(func() { close(c.quit) })
	c.stopped.Wait()
}

func (c *committer) do(ctx context.Context, fn func(*Tx) error) error {
	r := &request{ctx: ctx, fn: fn, done: make(chan struct{})}
	select {
	case c.reqs <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-c.quit:
		return errClosed
	}
	// Once queued, the answer is awaited even if the caller has gone: either the write is on the
	// disk or it is not, and somebody must know which.
	select {
	case <-r.done:
		return r.err
	case <-c.quit:
		c.stopped.Wait()
		select {
		case <-r.done:
			return r.err
		default:
			return errClosed
		}
	}
}

func (c *committer) loop() {
	defer c.stopped.Done()
	for {
		select {
		case r := <-c.reqs:
			c.batch(r)
		case <-c.quit:
			for { // answer everybody who was already queued
				select {
				case r := <-c.reqs:
					c.batch(r)
				default:
					return
				}
			}
		}
	}
}

// batch runs first and everybody who is waiting in one transaction. Nobody is answered before the
// commit, not even those who failed: what they were told may rest on a neighbour's effects that
// are not on the disk yet.
func (c *committer) batch(first *request) {
	ctx := context.Background()
	c.d.wprep.fill()
	stx, err := c.d.write.BeginTx(ctx, nil)
	if err != nil {
		first.finish(c.d.outOfReach(err))
		return
	}
	var all []*request
	kept := 0
	start := time.Now()
	for r := first; r != nil; r = c.next(start, len(all)) {
		if err := r.ctx.Err(); err != nil {
			r.finish(err)
			continue
		}
		all = append(all, r)
		ok, whole := c.one(ctx, stx, r)
		if !whole {
			stx.Rollback()
			c.rerun(ctx, all)
			return
		}
		if ok {
			kept++
		}
	}
	if kept == 0 {
		stx.Rollback()
	} else if err := stx.Commit(); err != nil {
		stx.Rollback()
		c.rerun(ctx, all)
		return
	}
	for _, r := range all {
		if r.err == nil {
			r.tx.ran()
		}
		r.finish(r.err)
	}
}

// next returns a writer who is already waiting, or nil when the batch is full or nobody waits.
func (c *committer) next(start time.Time, n int) *request {
	if n >= maxBatch || time.Since(start) > maxBatchTime {
		return nil
	}
	select {
	case r := <-c.reqs:
		return r
	default:
		return nil
	}
}

// one runs r behind a savepoint. ok says that r's effects stand in the shared transaction; whole
// says that the shared transaction still stands.
func (c *committer) one(ctx context.Context, stx *sql.Tx, r *request) (ok, whole bool) {
	if _, err := stx.ExecContext(ctx, "SAVEPOINT w"); err != nil {
		return false, false
	}
	r.tx = &Tx{d: c.d, sql: stx, ctx: ctx}
	r.err = guard(r.fn, r.tx)
	if r.err == nil {
		// RELEASE fails if an error that fn swallowed has already rolled everything back.
		_, err := stx.ExecContext(ctx, "RELEASE w")
		return err == nil, err == nil
	}
	if _, err := stx.ExecContext(ctx, "ROLLBACK TO w"); err != nil {
		return false, false
	}
	_, err := stx.ExecContext(ctx, "RELEASE w")
	return false, err == nil
}

// rerun gives every writer a transaction of its own.
func (c *committer) rerun(ctx context.Context, rs []*request) {
	for _, r := range rs {
		r.finish(c.d.alone(ctx, statementTimeout, r.fn))
	}
}

func (r *request) finish(err error) {
	r.err = err
	close(r.done)
}

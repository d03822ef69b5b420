package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// Q is what both a reader and a write transaction can do.
type Q interface {
	Query(query string, args ...any) (*sql.Rows, error)
	QueryRow(query string, args ...any) *sql.Row
	Engine() Engine
}

// Tx is a write in progress. It has no Commit and no Rollback: returning nil from the function
// given to Write commits, returning an error takes everything back.
type Tx struct {
	d     *DB
	sql   *sql.Tx
	ctx   context.Context
	after []func()
}

// Write runs fn in a transaction and returns after its effects are on the disk. fn does nothing
// but SQL and may be run more than once; values it hands out are set anew by each run. It must
// not call Write. The returned error is fn's, or says why nothing was kept.
func (d *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	fn = along(ctx, fn)
	if d.group != nil {
		return d.group.do(ctx, fn)
	}
	for try := 0; ; try++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := d.alone(context.WithoutCancel(ctx), statementTimeout, fn)
		if err == nil || try == 5 || !retryable(err) {
			return err
		}
		time.Sleep(time.Duration(rand.IntN(10<<try)+1) * time.Millisecond)
	}
}

// alone runs fn in a transaction of its own, for at most the given time.
func (d *DB) alone(ctx context.Context, within time.Duration, fn func(*Tx) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	stx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return d.outOfReach(err)
	}
	tx := &Tx{d: d, sql: stx, ctx: ctx}
	if err := guard(fn, tx); err != nil {
		stx.Rollback()
		return err
	}
	if err := stx.Commit(); err != nil {
		return d.outOfReach(err)
	}
	tx.ran()
	return nil
}

// outOfReach turns trouble of the machine into a fault that people understand.
func (d *DB) outOfReach(err error) error {
	if retryable(err) || IsUnique(err) || errors.Is(err, context.Canceled) {
		return err
	}
	if IsFull(err) {
		return fault.Wrap(err, fault.Unavailable, "db.no_room")
	}
	return fault.Wrap(err, fault.Unavailable, "db.out_of_reach")
}

// guard runs fn and turns a panic into an error, so that a neighbour's defect harms nobody else.
func guard(fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a write: %v\n%s", p, debug.Stack())
		}
	}()
	return fn(tx)
}

func (t *Tx) ran() {
	for _, f := range t.after {
		f()
	}
}

// AfterCommit has f called once the transaction's effects are on the disk; f must be quick and
// may be lost in a crash, so it only wakes somebody who would look by himself later.
func (t *Tx) AfterCommit(f func()) { t.after = append(t.after, f) }

// Engine returns the engine the transaction runs on.
func (t *Tx) Engine() Engine { return t.d.engine }

// SQL returns the transaction itself, for kit/jobs alone: the job queue inserts through it.
func (t *Tx) SQL() *sql.Tx { return t.sql }

// stmt returns the prepared statement bound to this transaction, or nil. The PostgreSQL driver
// keeps prepared statements by itself.
func (t *Tx) stmt(query string) *sql.Stmt {
	if t.d.wprep == nil {
		return nil
	}
	if s := t.d.wprep.get(query); s != nil {
		return t.sql.StmtContext(t.ctx, s)
	}
	return nil
}

// Exec runs a statement and returns how many rows it changed.
func (t *Tx) Exec(query string, args ...any) (int64, error) {
	t.d.saw(t, query, args)
	var r sql.Result
	var err error
	if s := t.stmt(query); s != nil {
		r, err = s.ExecContext(t.ctx, args...)
	} else {
		r, err = t.sql.ExecContext(t.ctx, query, args...)
	}
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// Query runs a statement that returns rows; read them to the end before the next statement.
func (t *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	t.d.saw(t, query, args)
	if s := t.stmt(query); s != nil {
		return s.QueryContext(t.ctx, args...)
	}
	return t.sql.QueryContext(t.ctx, query, args...)
}

// QueryRow runs a statement that returns at most one row.
func (t *Tx) QueryRow(query string, args ...any) *sql.Row {
	t.d.saw(t, query, args)
	if s := t.stmt(query); s != nil {
		return s.QueryRowContext(t.ctx, args...)
	}
	return t.sql.QueryRowContext(t.ctx, query, args...)
}

// ForUpdate returns the clause that locks the selected rows: nothing on SQLite, where writers
// are already one after the other.
func ForUpdate(q Q, skipLocked bool) string {
	switch {
	case q.Engine() == SQLite:
		return ""
	case skipLocked:
		return " FOR UPDATE SKIP LOCKED"
	}
	return " FOR UPDATE"
}

// Reader reads committed rows under the caller's context.
type Reader struct {
	d   *DB
	ctx context.Context
}

// Read returns a reader whose statements end with ctx.
func (d *DB) Read(ctx context.Context) Reader { return Reader{d, ctx} }

// Engine returns the engine the reader reads from.
func (r Reader) Engine() Engine { return r.d.engine }

func (r Reader) stmt(query string) *sql.Stmt {
	if r.d.rprep == nil {
		return nil
	}
	s := r.d.rprep.get(query)
	if s == nil {
		r.d.rprep.fill()
		s = r.d.rprep.get(query)
	}
	return s
}

// Query runs a statement that returns rows.
func (r Reader) Query(query string, args ...any) (*sql.Rows, error) {
	r.d.saw(nil, query, args)
	if s := r.stmt(query); s != nil {
		return s.QueryContext(r.ctx, args...)
	}
	return r.d.read.QueryContext(r.ctx, query, args...)
}

// QueryRow runs a statement that returns at most one row.
func (r Reader) QueryRow(query string, args ...any) *sql.Row {
	r.d.saw(nil, query, args)
	if s := r.stmt(query); s != nil {
		return s.QueryRowContext(r.ctx, args...)
	}
	return r.d.read.QueryRowContext(r.ctx, query, args...)
}

// Collect reads all rows with scan and closes them. Use it as Collect(q.Query(…))(scan).
func Collect[T any](rows *sql.Rows, err error) func(scan func(*sql.Rows) (T, error)) ([]T, error) {
	return func(scan func(*sql.Rows) (T, error)) ([]T, error) {
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		var out []T
		for rows.Next() {
			v, err := scan(rows)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, rows.Err()
	}
}

// Missing tells whether err says that QueryRow found no row.
func Missing(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// Micros returns the instant as it is stored: microseconds since 1970 UTC, 0 for the zero time.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time returns the stored instant, the zero time for 0.
func Time(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us)
}

// JSON returns v as the text of a JSONB column. It must be passed as a string: SQLite would take
// bytes for its binary form.
func JSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("a value that cannot be stored as JSON: %v", err)) // a defect of the type, found by any test
	}
	return string(b)
}

// FromJSON reads a JSONB column into v; empty means no value.
func FromJSON(s string, v any) error {
	if s == "" {
		return nil
	}
	return json.Unmarshal([]byte(s), v)
}

// Args collects the values of a statement whose text is built of parts.
type Args []any

// Add appends a value and returns its placeholder.
func (a *Args) Add(v any) string {
	*a = append(*a, v)
	return "$" + strconv.Itoa(len(*a))
}

// In appends identifiers and returns "($3,$4,…)"; for none it returns "(NULL)", which is never true.
func (a *Args) In(ids []id.ID) string {
	if len(ids) == 0 {
		return "(NULL)"
	}
	p := make([]string, len(ids))
	for i, v := range ids {
		p[i] = a.Add(v)
	}
	return "(" + strings.Join(p, ",") + ")"
}

// Rows returns the text "($1,$2),($3,$4)" for an insert of n rows of width columns.
func Rows(n, width int) string {
	var b strings.Builder
	for i := 0; i < n; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for j := 0; j < width; j++ {
			if j > 0 {
				b.WriteByte(',')
			}
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(i*width + j + 1))
		}
		b.WriteByte(')')
	}
	return b.String()
}

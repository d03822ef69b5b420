package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Loader brings records back into tables that nobody else uses yet, see DB.Load.
type Loader struct {
	d    *DB
	tx   *sql.Tx
	ctx  context.Context
	have map[string]Table
}

// Load empties every table that holds records and runs fn to fill them, all in one transaction:
// if fn errs or the program ends, nothing has happened. Tables may be filled in any order; that
// every reference leads somewhere is checked at the end.
func (d *DB) Load(ctx context.Context, fn func(*Loader) error) (err error) {
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if d.engine == SQLite { // the pragma does nothing inside a transaction
		if _, err := conn.ExecContext(ctx, "PRAGMA foreign_keys = 0"); err != nil {
			return err
		}
		defer func() {
			_, on := conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA foreign_keys = 1")
			err = errors.Join(err, on)
		}()
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return d.outOfReach(err)
	}
	defer func() {
		if err != nil {
			tx.Rollback()
		}
	}()
	l := &Loader{d: d, tx: tx, ctx: ctx, have: map[string]Table{}}
	list, err := tables(l)
	if err != nil {
		return err
	}
	restore, err := l.dropReferences()
	if err != nil {
		return err
	}
	for _, t := range list {
		l.have[t.Name] = t
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+quote(t.Name)); err != nil {
			return err
		}
	}
	if err := fn(l); err != nil {
		return err
	}
	if err := restore(); err != nil {
		return err
	}
	return tx.Commit()
}

// Query runs a statement that returns rows, inside the load.
func (l *Loader) Query(query string, args ...any) (*sql.Rows, error) {
	return l.tx.QueryContext(l.ctx, query, args...)
}

// QueryRow runs a statement that returns at most one row, inside the load.
func (l *Loader) QueryRow(query string, args ...any) *sql.Row {
	return l.tx.QueryRowContext(l.ctx, query, args...)
}

// Engine returns the engine the records are brought to.
func (l *Loader) Engine() Engine { return l.d.engine }

// Tx returns the load as a write in progress, for what else belongs into the same transaction.
func (l *Loader) Tx() *Tx { return &Tx{d: l.d, sql: l.tx, ctx: l.ctx} }

// dropReferences takes the foreign keys away for the time of the load and returns what brings them
// back, checked. The owner of the tables may do this; switching triggers off would need a superuser.
func (l *Loader) dropReferences() (restore func() error, err error) {
	if l.d.engine == SQLite {
		return l.checkReferences, nil
	}
	type reference struct{ table, name, def string }
	refs, err := Collect[reference](l.Query(`SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid)
		FROM pg_catalog.pg_constraint c WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace ORDER BY 1, 2`))(
		func(r *sql.Rows) (x reference, err error) { return x, r.Scan(&x.table, &x.name, &x.def) })
	if err != nil {
		return nil, err
	}
	for _, r := range refs {
		if _, err := l.tx.ExecContext(l.ctx, "ALTER TABLE "+r.table+" DROP CONSTRAINT "+quote(r.name)); err != nil {
			return nil, err
		}
	}
	return func() error {
		for _, r := range refs {
			if _, err := l.tx.ExecContext(l.ctx, "ALTER TABLE "+r.table+" ADD CONSTRAINT "+quote(r.name)+" "+r.def); err != nil {
				return fmt.Errorf("a reference leads nowhere: %w", err)
			}
		}
		return nil
	}, nil
}

func (l *Loader) checkReferences() error {
	var table, parent string
	err := l.QueryRow(`SELECT "table", "parent" FROM pragma_foreign_key_check LIMIT 1`).Scan(&table, &parent)
	if Missing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("a reference leads nowhere: a row of %s names a row of %s that is not there", table, parent)
}

// Filler adds rows to one table.
type Filler struct {
	l       *Loader
	t       Table
	args    []any
	size    int
	rows    int64
	perStmt int
}

// Limits of one insert: both engines take 32,766 parameters and more.
const (
	maxParams    = 30_000
	maxStmtRows  = 500
	maxStmtBytes = 4 << 20
)

// Fill begins to fill a table whose rows have these columns. It errs if this version of the
// program has no such table or column.
func (l *Loader) Fill(t Table) (*Filler, error) {
	have, ok := l.have[t.Name]
	if !ok {
		return nil, fmt.Errorf("this version of the program has no table %s", t.Name)
	}
	for _, c := range t.Columns {
		if !slices.Contains(have.Columns, c) {
			return nil, fmt.Errorf("this version of the program has no column %s of kind %s in %s", c.Name, c.Kind, t.Name)
		}
	}
	return &Filler{l: l, t: t, perStmt: max(1, min(maxStmtRows, maxParams/max(1, len(t.Columns))))}, nil
}

// Add adds a row, of the types that Kind names; nil is NULL.
func (f *Filler) Add(row []any) error {
	if len(row) != len(f.t.Columns) {
		return fmt.Errorf("a row of %s has %d values for %d columns", f.t.Name, len(row), len(f.t.Columns))
	}
	f.args = append(f.args, row...)
	for _, v := range row {
		switch x := v.(type) {
		case string:
			f.size += len(x)
		case []byte:
			f.size += len(x)
		}
	}
	f.rows++
	if len(f.args) >= f.perStmt*len(f.t.Columns) || f.size > maxStmtBytes {
		return f.flush()
	}
	return nil
}

// Done writes what Add has kept back and returns how many rows were added.
func (f *Filler) Done() (int64, error) { return f.rows, f.flush() }

func (f *Filler) flush() error {
	if len(f.args) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString("INSERT INTO " + quote(f.t.Name) + " (" + columnList(f.t.Columns) + ") VALUES ")
	b.WriteString(Rows(len(f.args)/len(f.t.Columns), len(f.t.Columns)))
	_, err := f.l.tx.ExecContext(f.l.ctx, b.String(), f.args...)
	f.args, f.size = f.args[:0], 0
	if err != nil {
		return fmt.Errorf("rows of %s: %w", f.t.Name, err)
	}
	return nil
}

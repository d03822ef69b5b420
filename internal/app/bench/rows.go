package bench

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"lienthong/internal/kit/db"
)

// rows are rows of one table as they lie in the database, ready to be inserted again with other
// keys. The bare loop and the filling of tables copy what the product has written instead of
// repeating its statements, so they follow every change of the tables by themselves.
type rows struct {
	insert string
	cols   []string
	n      int
	values []any
}

// readRows reads the rows that match. The columns named in but are left to their defaults.
func readRows(ctx context.Context, d *db.DB, table, where string, arg any, but ...string) (rows, error) {
	// All columns are wanted, whatever they are: this is a copy.
	found, err := d.Read(ctx).Query("SELECT * FROM "+table+" WHERE "+where, arg)
	if err != nil {
		return rows{}, err
	}
	defer found.Close()
	all, err := found.Columns()
	if err != nil {
		return rows{}, err
	}
	var r rows
	for _, c := range all {
		if !slices.Contains(but, c) {
			r.cols = append(r.cols, c)
		}
	}
	for found.Next() {
		row, dest := make([]any, len(all)), make([]any, len(all))
		for i := range row {
			dest[i] = &row[i]
		}
		if err := found.Scan(dest...); err != nil {
			return rows{}, err
		}
		for i, c := range all {
			if !slices.Contains(but, c) {
				r.values = append(r.values, row[i])
			}
		}
		r.n++
	}
	if r.n == 0 {
		return rows{}, errors.Join(found.Err(), fmt.Errorf("the product wrote no row to %s", table))
	}
	r.insert = "INSERT INTO " + table + " (" + strings.Join(r.cols, ", ") + ") VALUES " + db.Rows(r.n, len(r.cols))
	return r, found.Err()
}

// col returns the place of a column.
func (r *rows) col(name string) int { return slices.Index(r.cols, name) }

// copy returns the values with the named columns replaced in every row.
func (r *rows) copy(set map[string]any) []any {
	out := slices.Clone(r.values)
	for name, v := range set {
		if i := r.col(name); i >= 0 {
			for ; i < len(out); i += len(r.cols) {
				out[i] = v
			}
		}
	}
	return out
}

// each replaces the column of every row by what next gives.
func (r *rows) each(values []any, name string, next func() any) {
	for i := r.col(name); i >= 0 && i < len(values); i += len(r.cols) {
		values[i] = next()
	}
}

// withName returns the server's address with the database's name replaced.
func withName(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", errors.New("the address of the PostgreSQL server cannot be read")
	}
	u.Path = "/" + name
	return u.String(), nil
}

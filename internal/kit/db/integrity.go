package db

import (
	"context"
	"database/sql"
)

// maxDamage bounds what Integrity names.
const maxDamage = 20

// Integrity reads every page of an SQLite file and returns a sentence for each that is damaged, at most
// 20. PostgreSQL checks its pages by itself where data checksums are on, and says so when it reads
// them; nothing is asked of it here.
func (d *DB) Integrity(ctx context.Context) ([]string, error) {
	if d.engine != SQLite {
		return nil, nil
	}
	rows, err := d.read.QueryContext(ctx, "PRAGMA integrity_check(20)") // maxDamage
	said, err := Collect[string](rows, err)(func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) })
	if err != nil {
		// A file too damaged to be asked is damaged.
		if Trouble(err) != nil {
			return []string{err.Error()}, nil
		}
		return nil, err
	}
	if len(said) == 1 && said[0] == "ok" {
		return nil, nil
	}
	return said[:min(len(said), maxDamage)], nil
}

package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"lienthong/internal/app"
	"lienthong/internal/app/history"
	"lienthong/internal/kit/config"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
)

// Past is how fast dossiers of the past are written, and how large they lie in the database.
type Past struct {
	Engine   db.Engine
	Dossiers int64
	Product  float64 // dossiers a second, from the plan to the last commit
	Bare     float64 // the same rows inserted again by a bare loop, in transactions of the same size
	Tables   []TableSize
}

// TableSize is what a table takes with its indexes.
type TableSize struct {
	Table string
	Bytes int64 // for each dossier
}

// pastBatch is how many dossiers one transaction of the past holds.
const pastBatch = 2500

// past measures the history on one engine, in databases of its own: on the one the product writes,
// into the other its rows are copied bare.
func past(ctx context.Context, o Options, dir, server string, out io.Writer) (p Past, err error) {
	urls := [2]string{}
	if server != "" {
		for i := range urls {
			url, drop, err := newDatabase(ctx, server)
			if err != nil {
				return p, err
			}
			defer func() { err = errors.Join(err, drop()) }()
			urls[i] = url
		}
	}
	a, err := fresh(ctx, o, filepath.Join(dir, "written"), urls[0])
	if err != nil {
		return p, err
	}
	defer a.Close(context.WithoutCancel(ctx))
	b, err := fresh(ctx, o, filepath.Join(dir, "copied"), urls[1])
	if err != nil {
		return p, err
	}
	defer b.Close(context.WithoutCancel(ctx))
	s, err := a.History(o.Pack)
	if err != nil {
		return p, err
	}
	p.Engine, p.Dossiers = a.DB.Engine(), int64(o.Past)
	r, err := history.Fill(ctx, s, history.Options{Total: p.Dossiers, Batch: pastBatch})
	if err != nil {
		return p, err
	}
	p.Product = float64(r.Written) / r.Took.Seconds()
	took, n, err := copyPast(ctx, a.DB, b.DB, o.Past)
	if err != nil {
		return p, err
	}
	if int64(n) != p.Dossiers {
		return p, fmt.Errorf("%d of %d past dossiers were copied", n, p.Dossiers)
	}
	p.Bare = float64(n) / took.Seconds()
	if p.Tables, err = tableSizes(ctx, a.DB, p.Dossiers); err == nil {
		p.print(out)
	}
	return p, err
}

// fresh opens the program on an empty folder and database.
func fresh(ctx context.Context, o Options, dir, url string) (*app.App, error) {
	c := config.Defaults()
	c.Data, c.Database, c.Demo = dir, config.Address(url), true
	return app.New(ctx, app.Options{Config: c, Pack: o.Pack, Log: slog.New(slog.DiscardHandler), Build: o.Build})
}

// pastTables returns the tables of a past dossier, a dossier before what refers to it, and the column
// that names it.
func pastTables() [][2]string {
	return [][2]string{{"dossier_dossier", "id"}, {"dossier_party", "dossier_id"}, {"dossier_task", "dossier_id"},
		{"dossier_entry", "dossier_id"}, {"dossier_file", "dossier_id"}, {"dossier_supplement", "dossier_id"},
		{"dossier_payment", "dossier_id"}, {"iam_ledger", "object_id"}}
}

// copyPast inserts the total of past dossiers of from into to, as many in a transaction as the product, and
// returns how long the inserting took.
func copyPast(ctx context.Context, from, to *db.DB, total int) (took time.Duration, n int, err error) {
	var last id.ID
	node := int64(-1)
	for {
		ids, err := db.Collect[id.ID](from.Read(ctx).Query(`SELECT id FROM dossier_dossier WHERE id > $1 ORDER BY id LIMIT `+
			fmt.Sprint(pastBatch), key(last)))(func(r *sql.Rows) (i id.ID, err error) { return i, r.Scan(&i) })
		if err != nil {
			return took, n, err
		}
		if len(ids) == 0 {
			return took, n, nil
		}
		first := last
		last = ids[len(ids)-1]
		n += len(ids)
		var chunk []*wide
		for _, t := range pastTables() {
			w, err := readWide(ctx, from, t[0], t[1]+` > $1 AND `+t[1]+` <= $2`, key(first), key(last))
			if err != nil {
				return took, n, err
			}
			chunk = append(chunk, w)
			if t[0] == "iam_ledger" {
				w, err := readWide(ctx, from, "iam_ledger_node", `i > $1 AND i <= $2`, node, node+2*int64(w.rows))
				if err != nil {
					return took, n, err
				}
				node += int64(w.rows)
				chunk = append(chunk, w)
			}
		}
		if n >= total { // figures once, with the last
			for _, t := range []string{"dossier_day", "dossier_move"} {
				w, err := readWide(ctx, from, t, "TRUE")
				if err != nil {
					return took, n, err
				}
				chunk = append(chunk, w)
			}
		}
		start := time.Now()
		if err := insertWide(ctx, to, chunk); err != nil {
			return took, n, err
		}
		took += time.Since(start)
	}
}

// key is the identifier as bytes; the zero one is not NULL here but before all others.
func key(i id.ID) []byte { return i[:] }

// wide are rows of one table, for few wide statements.
type wide struct {
	into        string
	rows, width int
	values      []any
}

func readWide(ctx context.Context, d *db.DB, table, where string, args ...any) (*wide, error) {
	// All columns are wanted, whatever they are: this is a copy.
	found, err := d.Read(ctx).Query("SELECT * FROM "+table+" WHERE "+where, args...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	cols, err := found.Columns()
	if err != nil {
		return nil, err
	}
	w := &wide{into: "INSERT INTO " + table + " (" + strings.Join(cols, ", ") + ") VALUES ", width: len(cols)}
	for found.Next() {
		row, dest := make([]any, len(cols)), make([]any, len(cols))
		for i := range row {
			dest[i] = &row[i]
		}
		if err := found.Scan(dest...); err != nil {
			return nil, err
		}
		w.values = append(w.values, row...)
		w.rows++
	}
	return w, found.Err()
}

// insertWide writes the rows as bare as it goes: prepared statements of 64 rows in one transaction.
func insertWide(ctx context.Context, d *db.DB, chunk []*wide) error {
	tx, err := d.WritePool().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, w := range chunk {
		rest := w.values
		for size := 64; size > 0; size /= 2 {
			if len(rest) < size*w.width || w.width == 0 {
				continue
			}
			text := db.Rows(size, w.width)
			if d.Engine() == db.SQLite {
				row := "(?" + strings.Repeat(",?", w.width-1) + ")"
				text = row + strings.Repeat(","+row, size-1)
			}
			st, err := tx.PrepareContext(ctx, w.into+text)
			if err != nil {
				return err
			}
			for len(rest) >= size*w.width {
				if _, err := st.ExecContext(ctx, rest[:size*w.width]...); err != nil {
					st.Close()
					return err
				}
				rest = rest[size*w.width:]
			}
			if err := st.Close(); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}

// tableSizes returns what each table of past dossiers takes with its indexes, the largest first.
func tableSizes(ctx context.Context, d *db.DB, n int64) ([]TableSize, error) {
	query := `SELECT s.tbl_name, sum(p.pgsize) FROM dbstat p JOIN sqlite_schema s ON s.name = p.name
		WHERE s.tbl_name LIKE 'dossier_%' OR s.tbl_name LIKE 'iam_ledger%' GROUP BY s.tbl_name ORDER BY 2 DESC`
	if d.Engine() == db.Postgres {
		query = `SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables
			WHERE relname LIKE 'dossier_%' OR relname LIKE 'iam_ledger%' ORDER BY 2 DESC`
	}
	return db.Collect[TableSize](d.Read(ctx).Query(query))(func(r *sql.Rows) (t TableSize, err error) {
		err = r.Scan(&t.Table, &t.Bytes)
		t.Bytes /= n
		return t, err
	})
}

func (p Past) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s, %d past dossiers: %.0f/s, the same rows bare %.0f/s: %.2f of it\n", p.Engine, p.Dossiers, p.Product, p.Bare,
		p.Product/p.Bare)
	all := int64(0)
	for _, t := range p.Tables {
		all += t.Bytes
		if t.Bytes > 0 {
			fmt.Fprintf(out, "  %6d bytes a dossier in %s\n", t.Bytes, t.Table)
		}
	}
	fmt.Fprintf(out, "  %6d bytes a dossier in all\n", all)
}

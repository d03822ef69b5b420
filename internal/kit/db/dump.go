package db

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"sort"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Kind says what a column holds, in words that mean the same on both engines.
type Kind string

// The kinds of columns, and as what Go type Dump.Rows gives them and Loader takes them.
const (
	KindInt   Kind = "int"   // int64
	KindText  Kind = "text"  // string
	KindBytes Kind = "bytes" // []byte
	KindBool  Kind = "bool"  // bool
	KindFloat Kind = "float" // float64
	KindJSON  Kind = "json"  // string: JSON without white space, keys of objects in order
)

// Column is one column of a table.
type Column struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
}

// Table is one table of the records.
type Table struct {
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`
	Key     []int    `json:"key"` // columns of the primary key, by their place in Columns
}

// Dump reads all records as they were at one instant, beside a program that goes on writing. It
// takes no lock that a writer would wait for; while it is open SQLite's log cannot be cut short and
// PostgreSQL keeps rows that were deleted since.
type Dump struct {
	engine Engine
	pool   *sql.DB
	tx     *sql.Tx
	ctx    context.Context
}

// OpenDump opens the database at the address, as of Config.URL, for reading at one instant. It
// makes nothing: an SQLite file that is not there is fs.ErrNotExist.
func OpenDump(ctx context.Context, address string) (*Dump, error) {
	d := &Dump{engine: SQLite, ctx: ctx}
	opts := &sql.TxOptions{}
	if strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://") {
		d.engine = Postgres
		cfg, err := pgx.ParseConfig(address)
		if err != nil {
			return nil, errors.New("the database address cannot be read: want postgres://user:password@host:port/name")
		}
		d.pool = stdlib.OpenDB(*cfg)
		opts.Isolation, opts.ReadOnly = sql.LevelRepeatableRead, true
	} else {
		if _, err := os.Stat(address); err != nil {
			return nil, err
		}
		q := url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(10000)", "query_only(1)", "temp_store(2)", "cache_size(-32768)"}}
		pool, err := sql.Open("sqlite", "file:"+(&url.URL{Path: address}).EscapedPath()+"?"+q.Encode())
		if err != nil {
			return nil, err
		}
		d.pool = pool
	}
	d.pool.SetMaxOpenConns(1)
	tx, err := d.pool.BeginTx(ctx, opts)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the records cannot be read: %w", err), d.pool.Close())
	}
	d.tx = tx
	// The instant is that of the first read, not of BEGIN.
	var n int64
	first := "SELECT count(*) FROM sqlite_schema"
	if d.engine == Postgres {
		first = "SELECT count(*) FROM pg_catalog.pg_namespace"
	}
	if err := tx.QueryRowContext(ctx, first).Scan(&n); err != nil {
		return nil, errors.Join(fmt.Errorf("the records cannot be read: %w", err), d.Close())
	}
	return d, nil
}

// Close ends the reading.
func (d *Dump) Close() error { return errors.Join(d.tx.Rollback(), d.pool.Close()) }

// Engine returns which engine the records lie on.
func (d *Dump) Engine() Engine { return d.engine }

// Query runs a statement that returns rows, at the dump's instant.
func (d *Dump) Query(query string, args ...any) (*sql.Rows, error) {
	return d.tx.QueryContext(d.ctx, query, args...)
}

// QueryRow runs a statement that returns at most one row, at the dump's instant.
func (d *Dump) QueryRow(query string, args ...any) *sql.Row {
	return d.tx.QueryRowContext(d.ctx, query, args...)
}

// migrationSuffix ends the names of goose's version tables, one for each module.
const migrationSuffix = "_migration"

// ours tells whether a table holds records: neither the job queue's, which differs between engines,
// nor the migrations', which a restore makes by migrating.
func ours(name string) bool {
	return !strings.HasPrefix(name, "river_") && !strings.HasSuffix(name, migrationSuffix)
}

// Versions returns how far each module's tables had been migrated.
func (d *Dump) Versions() (map[string]int64, error) {
	names, err := tableNames(d)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for _, n := range names {
		module, ok := strings.CutSuffix(n, migrationSuffix)
		if !ok || module == "river" {
			continue
		}
		var v sql.NullInt64
		query := "SELECT max(version_id) FROM " + quote(n) + " WHERE is_applied"
		if err := d.QueryRow(query).Scan(&v); err != nil {
			return nil, err
		}
		out[module] = v.Int64
	}
	return out, nil
}

// Tables returns the tables that hold records, by name. It errs on a column of a type that it
// could not bring back on both engines.
func (d *Dump) Tables() ([]Table, error) { return tables(d) }

func tables(q Q) ([]Table, error) {
	names, err := tableNames(q)
	if err != nil {
		return nil, err
	}
	var out []Table
	for _, n := range names {
		if !ours(n) {
			continue
		}
		t, err := describe(q, n)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// tableNames returns every ordinary table; virtual tables and what they keep are made from others.
func tableNames(q Q) ([]string, error) {
	query := "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
	if q.Engine() == Postgres {
		query = "SELECT relname FROM pg_catalog.pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
	}
	names, err := Collect[string](q.Query(query))(func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) })
	sort.Strings(names)
	return names, err
}

func describe(q Q, name string) (Table, error) {
	t := Table{Name: name}
	query := "SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid"
	if q.Engine() == Postgres {
		query = `SELECT a.attname, format_type(a.atttypid, NULL), coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0)
			FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
			WHERE a.attrelid = (current_schema() || '.' || quote_ident($1))::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
			ORDER BY a.attnum`
	}
	rows, err := q.Query(query, name)
	if err != nil {
		return t, err
	}
	defer rows.Close()
	place := map[int]int{}
	for rows.Next() {
		var c Column
		var typ string
		var pk int
		if err := rows.Scan(&c.Name, &typ, &pk); err != nil {
			return t, err
		}
		if c.Kind = kindOf(typ); c.Kind == "" {
			return t, fmt.Errorf("column %s of %s has the type %s, which is not known to be the same on both engines", c.Name, name, typ)
		}
		if pk > 0 {
			place[pk] = len(t.Columns)
		}
		t.Columns = append(t.Columns, c)
	}
	for i := 1; i <= len(place); i++ {
		t.Key = append(t.Key, place[i])
	}
	if len(t.Key) == 0 { // such a table has no order but that of everything in it
		for i := range t.Columns {
			t.Key = append(t.Key, i)
		}
	}
	return t, rows.Err()
}

func kindOf(typ string) Kind {
	typ, _, _ = strings.Cut(strings.ToLower(typ), "(")
	switch strings.TrimSpace(typ) {
	case "bigint", "integer", "smallint", "int":
		return KindInt
	case "text", "character varying", "varchar":
		return KindText
	case "bytea", "blob":
		return KindBytes
	case "boolean", "bool":
		return KindBool
	case "double precision", "real", "float":
		return KindFloat
	case "jsonb", "json":
		return KindJSON
	}
	return ""
}

// quote returns a name as it stands in a statement. Names come from the catalogue or from a
// snapshot, not from this code.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func columnList(cols []Column) string {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = quote(c.Name)
	}
	return strings.Join(names, ", ")
}

// Rows calls visit with every row of the table in the order of its key, byte by byte, so that the
// order depends on nothing but the rows. The slice is used again for the next row.
func (d *Dump) Rows(t Table, visit func(row []any) error) error {
	var order []string
	for _, k := range t.Key {
		c := quote(t.Columns[k].Name)
		if d.engine == Postgres && t.Columns[k].Kind == KindText {
			c += ` COLLATE "C"`
		}
		order = append(order, c)
	}
	rows, err := d.Query("SELECT " + columnList(t.Columns) + " FROM " + quote(t.Name) + " ORDER BY " + strings.Join(order, ", "))
	if err != nil {
		return err
	}
	defer rows.Close()
	row, into := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, c := range t.Columns {
			if row[i], err = plain(c.Kind, row[i]); err != nil {
				return fmt.Errorf("column %s of %s: %w", c.Name, t.Name, err)
			}
		}
		if err := visit(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// plain turns what a driver gave into the one Go type of the kind.
func plain(k Kind, v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	switch k {
	case KindBool:
		switch x := v.(type) {
		case bool:
			return x, nil
		case int64:
			return x != 0, nil
		}
	case KindInt:
		if x, ok := v.(int64); ok {
			return x, nil
		}
	case KindFloat:
		switch x := v.(type) {
		case float64:
			return x, nil
		case int64:
			return float64(x), nil
		}
	case KindBytes:
		switch x := v.(type) {
		case []byte:
			return x, nil
		case string:
			return []byte(x), nil
		}
	case KindText:
		switch x := v.(type) {
		case string:
			return x, nil
		case []byte:
			return string(x), nil
		}
	case KindJSON:
		switch x := v.(type) {
		case string:
			return canonicalJSON([]byte(x))
		case []byte:
			return canonicalJSON(x)
		case int64: // SQLite keeps a bare number in such a column as a number
			return strconv.FormatInt(x, 10), nil
		case float64:
			return strconv.FormatFloat(x, 'g', -1, 64), nil
		}
	}
	return nil, fmt.Errorf("a value of type %T where %s is expected", v, k)
}

// canonicalJSON writes JSON as both engines would agree on it: PostgreSQL keeps neither white space
// nor the order of keys.
func canonicalJSON(raw []byte) (string, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return "", fmt.Errorf("not JSON: %w", err)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// Vacant tells whether the database at the address holds no table at all; an SQLite file that is
// not there is vacant.
func Vacant(ctx context.Context, address string) (bool, error) {
	d, err := OpenDump(ctx, address)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	names, err := tableNames(d)
	return len(names) == 0, errors.Join(err, d.Close())
}

// Package db gives the modules one door to the records: the same hand-written SQL runs on SQLite
// (embedded, one file) and on PostgreSQL (when one machine is outgrown). It is the only package
// that imports database drivers.
//
// Writing goes through DB.Write. On SQLite concurrent writers share one commit and therefore one
// wait for the disk; on PostgreSQL each has its own transaction and the server groups them. What
// runs inside Write therefore does nothing but SQL, has no side effect and may be run again.
//
// Reading goes through DB.Read, which never sees uncommitted rows and cannot write.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"lienthong/internal/kit/disk"
)

// Engine names the database engine behind a DB.
type Engine string

// The two engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Config says which database to open.
type Config struct {
	// URL is a postgres:// address, or the path of an SQLite file that is made if missing.
	URL string
	// Readers is the number of connections for reading (SQLite) or for everything (PostgreSQL);
	// 0 means 4 on SQLite and 32 on PostgreSQL.
	Readers int
	Log     *slog.Logger
}

// DB is an open database. It is safe for use by many goroutines.
type DB struct {
	engine Engine
	write  *sql.DB // one connection on SQLite; the same pool as read on PostgreSQL
	read   *sql.DB
	log    *slog.Logger
	group  *committer // SQLite only
	wprep  *prepared
	rprep  *prepared
	watch  atomic.Pointer[func(Statement)]
}

// Open opens the database and checks that it answers.
func Open(ctx context.Context, c Config) (*DB, error) {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if strings.HasPrefix(c.URL, "postgres://") || strings.HasPrefix(c.URL, "postgresql://") {
		return openPostgres(ctx, c)
	}
	return openSQLite(ctx, c)
}

func openPostgres(ctx context.Context, c Config) (*DB, error) {
	cfg, err := pgx.ParseConfig(c.URL)
	if err != nil {
		return nil, errors.New("the database address cannot be read: want postgres://user:password@host:port/name")
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "lienthong"
	}
	cfg.StatementCacheCapacity = 512
	pool := stdlib.OpenDB(*cfg)
	n := c.Readers
	if n == 0 {
		n = 32
	}
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	d := &DB{engine: Postgres, write: pool, read: pool, log: c.Log}
	if err := pool.PingContext(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("PostgreSQL at %s does not answer: %w", cfg.Host, err)
	}
	return d, nil
}

func openSQLite(ctx context.Context, c Config) (*DB, error) {
	if err := disk.MkdirAll(filepath.Dir(c.URL)); err != nil {
		return nil, err
	}
	dsn := func(pragmas ...string) string {
		q := url.Values{"_txlock": {"immediate"}}
		q["_pragma"] = append([]string{"busy_timeout(10000)", "foreign_keys(1)", "temp_store(2)",
			"cache_size(-65536)", "mmap_size(268435456)"}, pragmas...)
		return "file:" + (&url.URL{Path: c.URL}).EscapedPath() + "?" + q.Encode()
	}
	// journal_mode comes first so that the reading pool finds a file in WAL mode.
	w, err := sql.Open("sqlite", dsn("journal_mode(WAL)", "synchronous(FULL)", "wal_autocheckpoint(4000)"))
	if err != nil {
		return nil, err
	}
	w.SetMaxOpenConns(1)
	w.SetMaxIdleConns(1)
	if err := w.PingContext(ctx); err != nil {
		w.Close()
		return nil, fmt.Errorf("the database file %s cannot be opened: %w", c.URL, err)
	}
	r, err := sql.Open("sqlite", dsn("query_only(1)"))
	if err != nil {
		w.Close()
		return nil, err
	}
	n := c.Readers
	if n == 0 {
		n = 4
	}
	r.SetMaxOpenConns(n)
	r.SetMaxIdleConns(n)
	d := &DB{engine: SQLite, write: w, read: r, log: c.Log, wprep: newPrepared(w), rprep: newPrepared(r)}
	d.group = newCommitter(d)
	return d, nil
}

// Engine returns which engine is behind d.
func (d *DB) Engine() Engine { return d.engine }

// WritePool returns the connections that may write, for the job queue's own statements.
func (d *DB) WritePool() *sql.DB { return d.write }

// Close waits for running writes and closes the connections.
func (d *DB) Close() error {
	if d.group != nil {
		d.group.stop()
		d.wprep.close()
		d.rprep.close()
	}
	err := d.write.Close()
	if d.read != d.write {
		err = errors.Join(err, d.read.Close())
	}
	return err
}

// Ping tells whether the database answers reads and takes a write, which it makes: on SQLite it
// writes a number nobody uses anew, which fails on a full or read-only disk, on PostgreSQL it takes a
// transaction number, which a replica has none of.
func (d *DB) Ping(ctx context.Context) error {
	if err := d.read.PingContext(ctx); err != nil {
		return err
	}
	probe := "PRAGMA user_version = 0"
	if d.engine == Postgres {
		probe = "SELECT txid_current()"
	}
	return d.Write(ctx, func(tx *Tx) error { _, err := tx.Exec(probe); return err })
}

// prepared keeps one prepared statement per SQL text, so that SQLite does not parse it again.
type prepared struct {
	db   *sql.DB
	mu   sync.RWMutex
	m    map[string]*sql.Stmt
	want map[string]bool
}

// maxPrepared bounds the statements kept; texts built of filters beyond it are parsed each time.
const maxPrepared = 1000

func newPrepared(db *sql.DB) *prepared {
	return &prepared{db: db, m: map[string]*sql.Stmt{}, want: map[string]bool{}}
}

// get returns the statement for the text, or nil if there is none yet. A text asked for in a
// transaction is prepared later by fill: the pool's only connection is taken until then.
func (p *prepared) get(query string) *sql.Stmt {
	p.mu.RLock()
	s, n := p.m[query], len(p.m)
	p.mu.RUnlock()
	if s == nil && n < maxPrepared {
		p.mu.Lock()
		p.want[query] = true
		p.mu.Unlock()
	}
	return s
}

// fill prepares the texts that were asked for; one that cannot be prepared is left to fail
// where it is run.
func (p *prepared) fill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for q := range p.want {
		if s, err := p.db.Prepare(q); err == nil {
			p.m[q] = s
		}
	}
	clear(p.want)
}

func (p *prepared) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.m {
		s.Close()
	}
	clear(p.m)
}

// IsUnique tells whether err says that a row with the same key exists.
func IsUnique(err error) bool {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe.Code == "23505"
	}
	var se *sqlite.Error
	return errors.As(err, &se) &&
		(se.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || se.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// retryable tells whether PostgreSQL asks to run the transaction again.
func retryable(err error) bool {
	var pe *pgconn.PgError
	return errors.As(err, &pe) && (pe.Code == "40001" || pe.Code == "40P01")
}

// Setting is one durability setting of the running database, and whether it is strong enough.
type Setting struct {
	Name, Value string
	Good        bool
}

// Settings reads what the running database really uses, for doctor and for the start of serve.
func (d *DB) Settings(ctx context.Context) ([]Setting, error) {
	if d.engine == SQLite {
		var mode string
		var sync int
		var conn *sql.Conn
		conn, err := d.write.Conn(ctx)
		if err != nil {
			return nil, err
		}
		defer conn.Close()
		if err := conn.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
			return nil, err
		}
		if err := conn.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&sync); err != nil {
			return nil, err
		}
		return []Setting{
			{"journal_mode", mode, mode == "wal"},
			{"synchronous", fmt.Sprint(sync), sync >= 2},
		}, nil
	}
	var out []Setting
	for _, name := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		var v string
		if err := d.read.QueryRowContext(ctx, "SELECT current_setting($1)", name).Scan(&v); err != nil {
			return nil, err
		}
		out = append(out, Setting{name, v, v != "off" && v != "local"})
	}
	return out, nil
}

// statementTimeout bounds one write on PostgreSQL, so that a lost network does not hold it forever.
const statementTimeout = 30 * time.Second

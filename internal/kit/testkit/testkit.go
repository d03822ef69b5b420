// Package testkit gives tests real databases of both engines, a clock that stands still until it
// is told to move, and repeatable identifiers.
package testkit

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"lienthong/internal/kit/db"

	_ "github.com/jackc/pgx/v5/stdlib"
)

// PostgresVar names the variable that holds the address of a PostgreSQL server whose user may
// create databases. `make test` starts one and sets it.
const PostgresVar = "LIENTHONG_TEST_POSTGRES"

// EachEngine runs fn on an empty SQLite database and on an empty PostgreSQL database. A missing
// PostgreSQL fails the test: an engine that was not tried is not known to work.
func EachEngine(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// SQLite returns an empty SQLite database that ends with the test.
func SQLite(t testing.TB) *db.DB {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "test.db"))
}

// PostgresURL returns the address of a new empty database that is dropped after the test.
func PostgresURL(t testing.TB) string {
	t.Helper()
	server := os.Getenv(PostgresVar)
	if server == "" {
		t.Fatalf("%s is not set: run `make test`, or set it to postgres://user@host:port/postgres of a server for tests", PostgresVar)
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	var b [8]byte
	rand.Read(b[:])
	name := "t_" + hex.EncodeToString(b[:])
	if _, err := admin.Exec("CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'UTF8'"); err != nil {
		t.Fatalf("the PostgreSQL server for tests: %v", err)
	}
	t.Cleanup(func() {
		defer admin.Close()
		if _, err := admin.Exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// Postgres returns an empty PostgreSQL database that ends with the test.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	return open(t, PostgresURL(t))
}

func open(t testing.TB, url string) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), db.Config{URL: url, Readers: 8, Log: Log(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// Log returns a logger that writes to the test's output.
func Log(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(writer{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

type writer struct{ t testing.TB }

func (w writer) Write(p []byte) (int, error) { w.t.Log(string(p)); return len(p), nil }

// Clock stands still until it is moved. It is safe for many goroutines.
type Clock struct {
	mu sync.Mutex
	t  time.Time
}

// At returns a clock that stands at the given time in Vietnam, "2026-11-23 08:00".
func At(s string) *Clock {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, time.FixedZone("+07", 7*3600))
	if err != nil {
		panic(err)
	}
	return &Clock{t: t}
}

// Now returns where the clock stands.
func (c *Clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }

// Move moves the clock on by d.
func (c *Clock) Move(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.t = c.t.Add(d) }

// Set puts the clock to a time in Vietnam, "2026-11-23 08:00".
func (c *Clock) Set(s string) { n := At(s); c.mu.Lock(); defer c.mu.Unlock(); c.t = n.t }

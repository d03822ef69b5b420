package db_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/testkit"
)

func table(t *testing.T, d *db.DB) {
	t.Helper()
	err := d.Migrate(context.Background(), "probe", fstest.MapFS{"001_t.sql": &fstest.MapFile{Data: []byte(
		"-- +goose Up\nCREATE TABLE probe_t (k TEXT PRIMARY KEY, n BIGINT NOT NULL CHECK (n >= 0));\n")}})
	if err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, d *db.DB) (n int) {
	t.Helper()
	if err := d.Read(t.Context()).QueryRow("SELECT count(*) FROM probe_t").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func put(k string, n int) func(*db.Tx) error {
	return func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO probe_t (k, n) VALUES ($1, $2)", k, n)
		return err
	}
}

// Neighbours in one commit: each of them does something wrong, none may harm the others.
func TestNeighbours(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		bad := map[string]func(*db.Tx) error{
			"panics":  func(*db.Tx) error { panic("boom") },
			"refuses": func(*db.Tx) error { return errors.New("no") },
			"breaks a constraint": func(tx *db.Tx) error {
				if err := put("half done", 1)(tx); err != nil {
					return err
				}
				return put("bad", -1)(tx)
			},
			"is slow": func(tx *db.Tx) error {
				time.Sleep(300 * time.Millisecond)
				return errors.New("too late")
			},
			"rolls everything back and says nothing": func(tx *db.Tx) error {
				if d.Engine() == db.SQLite {
					tx.Exec("ROLLBACK")
				} else {
					tx.Exec("SELECT 1/0")
				}
				return nil
			},
		}
		var wg sync.WaitGroup
		var good atomic.Int32
		for i := range 100 {
			wg.Go(func() {
				if err := d.Write(t.Context(), put(fmt.Sprint("good", i), i)); err != nil {
					t.Errorf("good writer %d: %v", i, err)
					return
				}
				good.Add(1)
			})
			if i%10 == 0 {
				for name, fn := range bad {
					wg.Go(func() {
						if err := d.Write(t.Context(), fn); err == nil {
							t.Errorf("the writer that %s was told success", name)
						}
					})
				}
				wg.Go(func() {
					ctx, cancel := context.WithCancel(t.Context())
					go cancel()
					d.Write(ctx, func(tx *db.Tx) error { return nil })
				})
			}
		}
		wg.Wait()
		if n := count(t, d); n != int(good.Load()) || n != 100 {
			t.Errorf("%d rows, %d writers told success, want 100", n, good.Load())
		}
	})
}

func TestWriteAndRead(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		woken := 0
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			tx.AfterCommit(func() { woken++ })
			return put("a", 1)(tx)
		})
		if err != nil || woken != 1 {
			t.Fatalf("err %v, woken %d times", err, woken)
		}
		err = d.Write(t.Context(), put("a", 2))
		if !db.IsUnique(err) {
			t.Errorf("a second row with the same key: %v", err)
		}
		if err := d.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		if d.Engine() == db.SQLite {
			if _, err := d.Read(t.Context()).Query("INSERT INTO probe_t VALUES ('r', 1) RETURNING k"); err == nil ||
				!strings.Contains(err.Error(), "readonly") {
				t.Errorf("writing through a reader: %v", err)
			}
			s, err := d.Settings(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range s {
				if !x.Good {
					t.Errorf("%s = %s is too weak", x.Name, x.Value)
				}
			}
		}
		// A second start finds its migrations done.
		table(t, d)
	})
}

// A writer that fails because of what a neighbour did is told only when that is on the disk, so
// that it finds it there.
func TestFailureWaitsForNeighboursConcurrent(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		table(t, d)
		for i := range 50 {
			key := fmt.Sprint("k", i)
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					if err := d.Write(t.Context(), put(key, 1)); err == nil {
						return
					}
					var n int
					if err := d.Read(t.Context()).QueryRow("SELECT n FROM probe_t WHERE k = $1", key).Scan(&n); err != nil {
						t.Errorf("told that %s exists, and it does not: %v", key, err)
					}
				})
			}
			wg.Wait()
		}
	})
}

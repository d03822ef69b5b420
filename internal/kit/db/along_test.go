package db_test

import (
	"errors"
	"testing"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/testkit"
)

func TestAlong(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		run := func(q string) func(*db.Tx) error {
			return func(tx *db.Tx) error { _, err := tx.Exec(q); return err }
		}
		count := func() (n int) {
			t.Helper()
			if err := d.Read(t.Context()).QueryRow("SELECT count(*) FROM noted").Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if err := d.Write(t.Context(), run("CREATE TABLE noted (n BIGINT NOT NULL)")); err != nil {
			t.Fatal(err)
		}
		ctx := db.Along(t.Context(), run("INSERT INTO noted (n) VALUES (1)"))
		boom := errors.New("boom")
		if err := d.Write(ctx, func(*db.Tx) error { return boom }); !errors.Is(err, boom) || count() != 0 {
			t.Errorf("%v, noted %d times with a write that failed", err, count())
		}
		if err := d.Write(ctx, run("INSERT INTO noted (n) VALUES (2)")); err != nil || count() != 2 {
			t.Errorf("%v, %d rows", err, count())
		}
		bad := db.Along(t.Context(), func(*db.Tx) error { return boom })
		if err := d.Write(bad, run("INSERT INTO noted (n) VALUES (3)")); !errors.Is(err, boom) || count() != 2 {
			t.Errorf("%v, %d rows of a write whose note failed", err, count())
		}
	})
}

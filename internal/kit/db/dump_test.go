package db_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/testkit"
)

// place is an open database and its address.
type place struct {
	d   *db.DB
	url string
}

func places(t *testing.T) map[string]func() place {
	open := func(url string) place {
		d, err := db.Open(context.Background(), db.Config{URL: url, Readers: 4, Log: testkit.Log(t)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		return place{d, url}
	}
	return map[string]func() place{
		"sqlite":   func() place { return open(filepath.Join(t.TempDir(), "a.db")) },
		"postgres": func() place { return open(testkit.PostgresURL(t)) },
	}
}

// tricky has a column of every kind, and rows that refer to each other and to themselves.
const tricky = `-- +goose Up
CREATE TABLE probe_a (id BYTEA PRIMARY KEY, up BYTEA REFERENCES probe_a (id), n BIGINT, s TEXT, b BOOLEAN, j JSONB, f DOUBLE PRECISION);
CREATE TABLE probe_b (k TEXT NOT NULL, a_id BYTEA NOT NULL REFERENCES probe_a (id), PRIMARY KEY (k, a_id));
INSERT INTO probe_a (id, s) VALUES ('seed', 'of the migration');
`

func files(more ...string) fstest.MapFS {
	m := fstest.MapFS{"001_t.sql": &fstest.MapFile{Data: []byte(tricky)}}
	for i, s := range more {
		m[fmt.Sprintf("%03d_more.sql", i+2)] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + s)}
	}
	return m
}

// rows returns everything the dump holds of a table.
func rows(t *testing.T, url, table string) [][]any {
	t.Helper()
	d, err := db.OpenDump(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	list, err := d.Tables()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]any
	for _, x := range list {
		if x.Name == table {
			if err := d.Rows(x, func(r []any) error { out = append(out, slices.Clone(r)); return nil }); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

// Records go from each engine to each, and come out the same; what the migrations had put there is
// gone, and columns that a newer version added keep their defaults.
func TestDumpAndLoad(t *testing.T) {
	want := [][]any{
		{[]byte{0}, nil, int64(-1), "", false, `{"a":[1.50,null,"<é>"],"b":{}}`, 0.5},
		{[]byte{0, 255}, []byte{0xff}, int64(1) << 62, "Đắk Lắk '\"\\\n", true, "5", nil},
		{[]byte{0xff}, []byte{0, 255}, nil, nil, nil, "null", -2e300},
	}
	for from, source := range places(t) {
		for to, target := range places(t) {
			t.Run(from+" to "+to, func(t *testing.T) {
				a, b := source(), target()
				if err := a.d.Migrate(t.Context(), "probe", files()); err != nil {
					t.Fatal(err)
				}
				err := a.d.Load(t.Context(), func(l *db.Loader) error { // which takes rows in any order
					f, err := l.Fill(db.Table{Name: "probe_a", Columns: []db.Column{{"id", db.KindBytes}, {"up", db.KindBytes}, {"n", db.KindInt},
						{"s", db.KindText}, {"b", db.KindBool}, {"j", db.KindJSON}, {"f", db.KindFloat}}})
					if err != nil {
						return err
					}
					for _, r := range want {
						r = slices.Clone(r)
						if r[5] == want[0][5] {
							r[5] = `{ "b":{}, "a": [1.50, null, "<é>"] }`
						}
						if err := f.Add(r); err != nil {
							return err
						}
					}
					_, err = f.Done()
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, rows(t, a.url, "probe_a")); diff != "" {
					t.Fatalf("as stored: %s", diff)
				}
				newer := files("ALTER TABLE probe_a ADD COLUMN extra TEXT NOT NULL DEFAULT 'new';", "CREATE TABLE probe_c (k TEXT PRIMARY KEY);")
				if err := b.d.MigrateTo(t.Context(), "probe", newer, 1); err != nil {
					t.Fatal(err)
				}
				if got := rows(t, b.url, "probe_a"); len(got) != 1 || len(got[0]) != 7 {
					t.Fatalf("the tables are not those of version 1: %v", got)
				}
				carry(t, a, b)
				if diff := cmp.Diff(want, rows(t, b.url, "probe_a")); diff != "" {
					t.Errorf("as brought over: %s", diff)
				}
				if err := b.d.Migrate(t.Context(), "probe", newer); err != nil {
					t.Fatal(err)
				}
				if got := rows(t, b.url, "probe_a"); len(got) != 3 || got[2][7] != "new" {
					t.Errorf("after the newer migrations: %v", got)
				}
				if err := b.d.MigrateTo(t.Context(), "probe", newer, 9); err == nil || !strings.Contains(err.Error(), "newer") {
					t.Errorf("a version nobody knows: %v", err)
				}
				var on int
				if b.d.Engine() == db.SQLite {
					if err := b.d.Write(t.Context(), func(tx *db.Tx) error { return tx.QueryRow("PRAGMA foreign_keys").Scan(&on) }); err != nil || on != 1 {
						t.Errorf("references are not checked any more: %d, %v", on, err)
					}
				}
				err = b.d.Write(t.Context(), func(tx *db.Tx) error {
					_, err := tx.Exec("INSERT INTO probe_b (k, a_id) VALUES ('x', $1)", []byte("nobody"))
					return err
				})
				if err == nil {
					t.Error("a reference to nowhere was taken")
				}
			})
		}
	}
}

// carry loads everything of a into b.
func carry(t *testing.T, a, b place) {
	t.Helper()
	d, err := db.OpenDump(t.Context(), a.url)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	versions, err := d.Versions()
	if err != nil || versions["probe"] != 1 {
		t.Fatalf("versions %v, %v", versions, err)
	}
	list, err := d.Tables()
	if err != nil {
		t.Fatal(err)
	}
	err = b.d.Load(t.Context(), func(l *db.Loader) error {
		for _, x := range list {
			f, err := l.Fill(x)
			if err != nil {
				return err
			}
			if err := d.Rows(x, f.Add); err != nil {
				return err
			}
			if _, err := f.Done(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A dump sees one instant, disturbs no writer and writes nothing. A load that fails, or that leaves
// a reference to nowhere, has not happened.
func TestDumpIsOneInstant(t *testing.T) {
	for name, source := range places(t) {
		t.Run(name, func(t *testing.T) {
			a := source()
			if ok, err := db.Vacant(t.Context(), a.url); err != nil || !ok {
				t.Errorf("a new database is not vacant: %v", err)
			}
			if err := a.d.Migrate(t.Context(), "probe", files()); err != nil {
				t.Fatal(err)
			}
			if ok, err := db.Vacant(t.Context(), a.url); err != nil || ok {
				t.Errorf("a database with tables is vacant: %v", err)
			}
			d, err := db.OpenDump(t.Context(), a.url)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			insert := func(tx *db.Tx) error {
				_, err := tx.Exec("INSERT INTO probe_a (id) VALUES ($1)", []byte("later"))
				return err
			}
			if err := a.d.Write(t.Context(), insert); err != nil {
				t.Fatalf("a writer beside the dump: %v", err)
			}
			list, err := d.Tables()
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, x := range list {
				if err := d.Rows(x, func([]any) error { n++; return nil }); err != nil {
					t.Fatal(err)
				}
			}
			if n != 1 {
				t.Errorf("the dump sees %d rows, want the one of before", n)
			}
			if r, err := d.Query("DELETE FROM probe_a RETURNING id"); err == nil {
				for r.Next() {
				}
				if r.Err() == nil {
					t.Error("a dump can delete")
				}
				r.Close()
			}
			refused := errors.New("no")
			for what, fn := range map[string]func(*db.Loader) error{
				"refuses": func(*db.Loader) error { return refused },
				"leads nowhere": func(l *db.Loader) error {
					f, err := l.Fill(db.Table{Name: "probe_b", Columns: []db.Column{{"k", db.KindText}, {"a_id", db.KindBytes}}})
					if err != nil {
						return err
					}
					err = f.Add([]any{"k", []byte("nobody")})
					_, done := f.Done()
					return errors.Join(err, done)
				},
				"has a table of tomorrow": func(l *db.Loader) error { _, err := l.Fill(db.Table{Name: "probe_z"}); return err },
				"has a column of tomorrow": func(l *db.Loader) error {
					_, err := l.Fill(db.Table{Name: "probe_a", Columns: []db.Column{{"z", db.KindText}}})
					return err
				},
			} {
				if err := a.d.Load(t.Context(), fn); err == nil {
					t.Errorf("a load that %s succeeded", what)
				}
				if got := rows(t, a.url, "probe_a"); len(got) != 2 {
					t.Errorf("a load that %s left %d rows, want 2", what, len(got))
				}
			}
		})
	}
}

// Records of one engine may be at a version that the other does not have.
func TestMigrateToAnotherEnginesVersion(t *testing.T) {
	for name, source := range places(t) {
		t.Run(name, func(t *testing.T) {
			a := source()
			list := files("CREATE TABLE probe_c (k TEXT PRIMARY KEY);")
			for _, only := range []string{"sqlite", "postgres"} {
				list["003_only."+only+".sql"] = list["002_more.sql"]
			}
			delete(list, "003_only."+name+".sql")
			if err := a.d.MigrateTo(t.Context(), "probe", list, 3); err != nil {
				t.Fatal(err)
			}
			d, err := db.OpenDump(t.Context(), a.url)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			if v, err := d.Versions(); err != nil || v["probe"] != 2 {
				t.Errorf("at %v, %v", v, err)
			}
			list["004_next.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE probe_d (k TEXT PRIMARY KEY);\n")}
			if err := a.d.Migrate(t.Context(), "probe", list); err != nil {
				t.Error(err)
			}
		})
	}
}

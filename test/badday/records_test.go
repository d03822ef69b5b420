package badday

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/testkit"
)

// open opens the installation's records beside the program, or while it is stopped.
func (w *world) openRecords(t testing.TB) *db.DB {
	t.Helper()
	url := filepath.Join(w.p.data, "lienthong.db")
	for i, s := range w.p.settings {
		if s == "--database" {
			url = w.p.settings[i+1]
		}
	}
	d, err := db.Open(context.Background(), db.Config{URL: url, Log: testkit.Log(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func one(t testing.TB, d *db.DB, query string, args ...any) (n int64) {
	t.Helper()
	if err := d.Read(context.Background()).QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// drained waits until every event has reached its consumers and the ledger has no row waiting, while
// the program runs: a kill leaves such work to the next process.
func (w *world) drained(t testing.TB) {
	t.Helper()
	d := w.openRecords(t)
	defer d.Close()
	for end := time.Now().Add(3 * patience); ; time.Sleep(100 * time.Millisecond) {
		events := one(t, d, "SELECT count(*) FROM kit_outbox")
		rows := one(t, d, "SELECT count(*) FROM iam_ledger WHERE seq IS NULL")
		if events == 0 && rows == 0 {
			return
		}
		if time.Now().After(end) {
			t.Errorf("after %s %d events and %d rows of the ledger still wait", 3*patience, events, rows)
			return
		}
	}
}

// delivered waits until no message is queued or in flight.
func (w *world) delivered(t testing.TB) {
	t.Helper()
	d := w.openRecords(t)
	defer d.Close()
	for end := time.Now().Add(5 * patience); ; time.Sleep(time.Second) {
		n := one(t, d, "SELECT count(*) FROM notify_message WHERE state IN ('queued', 'sending')")
		if n == 0 {
			return
		}
		if time.Now().After(end) {
			t.Errorf("%d messages still wait", n)
			return
		}
	}
}

// records looks into the tables of a stopped installation for what no page shows.
func (w *world) records(t testing.TB) {
	t.Helper()
	d := w.openRecords(t)
	defer d.Close()
	filed := int64(0)
	for _, l := range w.lives {
		if l.code != "" {
			filed++
		}
	}
	if n := one(t, d, "SELECT count(*) FROM dossier_dossier"); n != filed {
		t.Errorf("%d dossiers are stored, people know of %d", n, filed)
	}
	for what, query := range map[string]string{
		"acts without a row in the ledger": `SELECT count(*) FROM dossier_entry e WHERE e.act IN ('submitted', 'answered', 'supplement')
			AND NOT EXISTS (SELECT 1 FROM iam_ledger l WHERE l.object_id = e.dossier_id AND l.action = ` + concat(d, "'dossier.'", "e.act") + `)`,
		"events that were given up": `SELECT count(*) FROM kit_dead`,
		"dossiers whose filing nobody was told of": `SELECT count(*) FROM dossier_dossier x WHERE NOT EXISTS (SELECT 1 FROM notify_message m
			WHERE m.dossier_id = x.id AND m.template = 'opened' AND m.channel = 'account')`,
		"messages made twice": `SELECT count(*) FROM (SELECT 1 FROM notify_message WHERE dossier_id IS NOT NULL
			GROUP BY dossier_id, template, channel HAVING count(*) > 1) x`,
		"codes given twice": `SELECT count(*) FROM (SELECT 1 FROM dossier_dossier GROUP BY code HAVING count(*) > 1) x`,
	} {
		if n := one(t, d, query); n != 0 {
			t.Errorf("%s: %d", what, n)
		}
	}
	w.gapless(t, d)
}

// concat joins two texts; both engines write it the same way today.
func concat(_ *db.DB, a, b string) string { return a + " || " + b }

// gapless checks that the numbers of an agency's day have no gaps: a number is taken in the
// transaction that stores the dossier.
func (w *world) gapless(t testing.TB, d *db.DB) {
	t.Helper()
	rows, err := d.Read(context.Background()).Query("SELECT code FROM dossier_dossier ORDER BY code")
	codes, err := db.Collect[string](rows, err)(func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) })
	if err != nil {
		t.Fatal(err)
	}
	count, last := map[string]int{}, map[string]string{}
	for _, c := range codes {
		i := strings.LastIndexByte(c, '-')
		if i < 0 {
			t.Fatalf("a code without a number: %s", c)
		}
		count[c[:i]]++
		last[c[:i]] = max(last[c[:i]], c[i+1:])
	}
	for day, n := range count {
		if want := strings.TrimLeft(last[day], "0"); want != itoa(n) {
			t.Errorf("%s has %d dossiers, the last is number %s", day, n, want)
		}
	}
}

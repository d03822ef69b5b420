package dossier_test

import (
	"context"
	"testing"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
)

// number returns the only number the query selects.
func number(t *testing.T, w *dossiertest.World, query string, args ...any) (n int64) {
	t.Helper()
	must(t, w.DB.Read(context.Background()).QueryRow(query, args...).Scan(&n))
	return n
}

func through(t *testing.T, w *dossiertest.World) string {
	t.Helper()
	day, ok, err := w.Dossiers.ClosedThrough(context.Background())
	must(t, err)
	if !ok {
		return ""
	}
	return day.String()
}

// A month is closed two days after its end, again changes nothing, and an act that a clock dates
// into it takes the closing back.
func TestMonthsCloseAndReopen(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		ctx := context.Background()
		counter := w.Staff("Một cửa xã", banglung, "receiver")
		file := func(at string) {
			w.Clock.Set(at)
			_, err := w.Dossiers.Submit(counter, fill(t, w, counter, "1.010803", w.Unit(banglung), dossier.Counter).ID)
			must(t, err)
		}
		must(t, w.Dossiers.CloseMonths(ctx))
		if got := through(t, w); got != "" {
			t.Errorf("closed through %s with no figures", got)
		}
		file("2027-11-24 09:00")
		for _, x := range []struct{ at, want string }{
			{"2027-12-01 23:59", ""}, {"2027-12-02 00:01", "2027-11-30"}, {"2027-12-02 00:02", "2027-11-30"},
			{"2028-02-05 08:00", "2028-01-31"}} {
			w.Clock.Set(x.at)
			must(t, w.Dossiers.CloseMonths(ctx))
			if got := through(t, w); got != x.want {
				t.Errorf("at %s closed through %q, want %q", x.at, got, x.want)
			}
		}
		sums := `SELECT coalesce(sum(received), 0) FROM dossier_month WHERE month = $1`
		open := `SELECT coalesce(sum(n), 0) FROM dossier_balance WHERE day = $1`
		for _, x := range []struct {
			query, arg string
			want       int64
		}{{sums, "2027-11", 1}, {open, "2027-11-30", 1}, {open, "2027-12-31", 1}, {open, "2028-01-31", 1}} {
			if n := number(t, w, x.query, x.arg); n != x.want {
				t.Errorf("%s: %d, want %d", x.arg, n, x.want)
			}
		}
		noTrouble(t, w)
		file("2027-12-15 09:00")
		if got := through(t, w); got != "2027-11-30" {
			t.Errorf("after an act in December closed through %s", got)
		}
		if n := number(t, w, open, "2027-12-31"); n != 0 {
			t.Errorf("%d open in a balance that was taken back", n)
		}
		file("2027-03-03 09:00") // before everything that was closed
		if got := through(t, w); got != "2027-02-28" {
			t.Errorf("after an act in March closed through %s", got)
		}
		w.Clock.Set("2028-02-05 08:00")
		must(t, w.Dossiers.CloseMonths(ctx))
		for day, want := range map[string]int64{"2027-03-31": 1, "2027-11-30": 2, "2027-12-31": 3, "2028-01-31": 3} {
			if n := number(t, w, open, day); n != want {
				t.Errorf("%s: %d open, want %d", day, n, want)
			}
		}
		noTrouble(t, w)
	})
}

// Replicas close at the same time while acts are dated into what they close.
func TestCloseMonthsConcurrent(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		counter := w.Staff("Một cửa xã", banglung, "receiver")
		var drafts []*dossier.Draft
		w.Clock.Set("2027-09-24 09:00")
		for range 12 {
			drafts = append(drafts, fill(t, w, counter, "1.010803", w.Unit(banglung), dossier.Counter))
		}
		late := *w.Dossiers // a replica whose clock has run ahead
		clock := testkit.At("2027-12-24 09:00")
		late.Now = clock.Now
		done := make(chan error, 3)
		for range 2 {
			go func() {
				for range 8 {
					if err := late.CloseMonths(context.Background()); err != nil {
						done <- err
						return
					}
				}
				done <- nil
			}()
		}
		go func() {
			for _, x := range drafts {
				if _, err := w.Dossiers.Submit(counter, x.ID); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
		for range 3 {
			must(t, <-done)
		}
		must(t, late.CloseMonths(context.Background()))
		if n := number(t, w, `SELECT coalesce(sum(n), 0) FROM dossier_balance WHERE day = '2027-09-30'`); n != 12 {
			t.Errorf("%d open at the end of September, want 12", n)
		}
		if n := number(t, w, `SELECT coalesce(sum(submitted), 0) FROM dossier_month_agency`); n != 12 {
			t.Errorf("%d submitted in the sums, want 12", n)
		}
		noTrouble(t, w)
	})
}

// The tables take channel 4, and no other number beyond, also where the database is older.
func TestSectorChannel(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		counter := w.Staff("Một cửa xã", banglung, "receiver")
		if _, err := w.Dossiers.StartDraft(counter, "1.010803", w.Unit(banglung), dossier.Sector); err == nil {
			t.Error("a draft is started by the channel of sector systems")
		}
		dos, err := w.Dossiers.Submit(counter, fill(t, w, counter, "1.010803", w.Unit(banglung), dossier.Counter).ID)
		must(t, err)
		set := func(channel int) error {
			return w.DB.Write(context.Background(), func(tx *db.Tx) error {
				_, err := tx.Exec(`UPDATE dossier_dossier SET channel = $2 WHERE id = $1`, dos.ID, channel)
				return err
			})
		}
		must(t, set(dossier.Sector))
		if set(5) == nil {
			t.Error("channel 5 is taken")
		}
		if d.Engine() == db.SQLite {
			var word string
			must(t, d.Read(context.Background()).QueryRow(`PRAGMA integrity_check`).Scan(&word))
			if word != "ok" {
				t.Error(word)
			}
		}
	})
}

// Every cell of the rollups that somebody altered is told by the recount.
func TestRecountTellsEveryTable(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		ctx := context.Background()
		counter := w.Staff("Một cửa xã", banglung, "receiver", "specialist", "leader", "clerk")
		for range 2 {
			_, err := w.Dossiers.Submit(counter, fill(t, w, counter, "1.010803", w.Unit(banglung), dossier.Counter).ID)
			must(t, err)
		}
		w.Clock.Set("2027-02-05 08:00")
		must(t, w.Dossiers.CloseMonths(ctx))
		noTrouble(t, w)
		for _, x := range []struct{ alter, back string }{
			{`UPDATE dossier_day SET received = received + 1`, `UPDATE dossier_day SET received = received - 1`},
			{`UPDATE dossier_day SET day = '2026-11-22'`, `UPDATE dossier_day SET day = '2026-11-23'`},
			{`UPDATE dossier_month SET late = late + 1`, `UPDATE dossier_month SET late = late - 1`},
			{`UPDATE dossier_month SET month = '2026-10'`, `UPDATE dossier_month SET month = '2026-11'`},
			{`UPDATE dossier_month_agency SET received = 0`, `UPDATE dossier_month_agency SET received = 2`},
			{`UPDATE dossier_month_procedure SET submitted = 3`, `UPDATE dossier_month_procedure SET submitted = 2`},
			{`UPDATE dossier_balance SET n = n + 1 WHERE day = '2026-12-31'`, `UPDATE dossier_balance SET n = n - 1 WHERE day = '2026-12-31'`},
			{`UPDATE dossier_move SET n = n + 1`, `UPDATE dossier_move SET n = n - 1`},
			{`UPDATE dossier_move SET day = '2026-11-24'`, `UPDATE dossier_move SET day = '2026-11-23'`},
			{`UPDATE dossier_open SET n = n - 1`, `UPDATE dossier_open SET n = n + 1`},
			{`UPDATE dossier_open SET due_at = due_at + 1`, `UPDATE dossier_open SET due_at = due_at - 1`},
		} {
			run := func(query string) {
				must(t, w.DB.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(query); return err }))
			}
			run(x.alter)
			bad, err := w.Dossiers.Recount(ctx)
			must(t, err)
			if len(bad) == 0 {
				t.Errorf("not noticed: %s", x.alter)
			}
			run(x.back)
			noTrouble(t, w)
		}
	})
}

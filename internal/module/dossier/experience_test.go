package dossier_test

import (
	"testing"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
)

// TestExperience tells months and outcomes of what one agency was given, of the twelve whole months.
func TestExperience(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		unit := w.Unit("huyen-cho-don")
		counter := w.Staff("Một cửa", "huyen-cho-don", "receiver")
		citizen := w.Citizen("Triệu Văn Sơn", 2)
		for i, outcome := range []string{"accept", "accept", "refuse"} {
			w.Clock.Set([]string{"2026-12-07 09:00", "2027-01-11 09:00", "2027-01-12 09:00"}[i])
			dos, err := w.Dossiers.Submit(citizen, fill(t, w, citizen, "1.001612", unit, dossier.Online).ID)
			must(t, err)
			_, err = w.Dossiers.Complete(counter, dossier.Step{Task: task(t, w, dos, "receive").ID, Outcome: outcome, Note: "thiếu"})
			must(t, err)
		}
		w.Clock.Set("2027-02-03 09:00") // the month under way does not count
		_, err := w.Dossiers.Submit(citizen, fill(t, w, citizen, "1.001612", unit, dossier.Online).ID)
		must(t, err)
		got, err := w.Dossiers.Experience(t.Context(), "1.001612", unit)
		must(t, err)
		want := [12]int{time.December - 1: 1, time.January - 1: 2}
		if got.Months != want || got.Total() != 3 || got.Outcomes["receive"]["accept"] != 2 || got.Outcomes["receive"]["refuse"] != 1 {
			t.Errorf("%+v", got)
		}
		for what, x := range map[string]struct {
			code string
			unit id.ID
		}{"another procedure": {"1.001193", unit}, "another agency": {"1.001612", w.Unit(banglung)}} {
			if got, err := w.Dossiers.Experience(t.Context(), x.code, x.unit); err != nil || got.Total() != 0 || len(got.Outcomes) != 0 {
				t.Errorf("%s: %+v %v", what, got, err)
			}
		}
	})
}

package dossier_test

import (
	"fmt"
	"testing"
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
)

// Waiting for another agency needs the clause that lets the clock stand; the open step waits along,
// and a rule set that does not know the cause keeps the clock running.
func TestWaitingForAnotherAgency(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		old, now := worktime.DefaultRules(), worktime.DefaultRules()
		until := civil.Must("2026-11-24")
		old.Key, old.To = "old", &until
		now.Key, now.From, now.PauseReasons = "now", civil.Must("2026-11-25"), []string{worktime.Supplement, worktime.Payment, worktime.Held}
		w.Dossiers.RuleSets = []worktime.Rules{old, now}
		w.Clock.Set("2026-11-23 09:00")
		citizen := w.Citizen("Triệu Văn Sơn", 2)
		counter, leader := w.Staff("Một cửa", "huyen-cho-don", "receiver"), w.Staff("Lãnh đạo", "huyen-cho-don", "leader")
		file := func() *dossier.Dossier {
			dos, err := w.Dossiers.Submit(citizen, fill(t, w, citizen, "1.001612", w.Unit("huyen-cho-don"), dossier.Online).ID)
			must(t, err)
			return dos
		}
		late := file() // filed under the old rules, received under the new ones
		dos := forward(t, w, counter, file(), "receive")
		step := open(t, w, dos)
		for _, o := range []dossier.HoldOrder{{Cause: worktime.OtherAgency, Reason: "chờ"}, {Cause: "weather", Reason: "chờ"}, {Cause: worktime.OtherAgency, Basis: "Điều 1"}} {
			if _, err := w.Dossiers.HoldFor(leader, dos.ID, o); fault.KindOf(err) != fault.Invalid {
				t.Errorf("%+v: %v", o, err)
			}
		}
		w.Later(time.Hour)
		wait := dossier.HoldOrder{Cause: worktime.OtherAgency, Basis: "Điều 1", Reason: "chờ kết quả xác minh"}
		held, err := w.Dossiers.HoldFor(leader, dos.ID, wait)
		must(t, err)
		if !held.Due.IsZero() || !open(t, w, held).Due.IsZero() {
			t.Errorf("held, and due %s, the step %s", held.Due, open(t, w, held).Due)
		}
		w.Later(48 * time.Hour) // over a holiday: eight office hours
		back, err := w.Dossiers.Resume(leader, dos.ID, "")
		must(t, err)
		cal, err := w.Org.Calendar(leader, w.Unit("huyen-cho-don"))
		must(t, err)
		if got := cal.Between(dos.Due, back.Due); got != 150 { // counting began on Wednesday at 07:30
			t.Errorf("the date moved by %d minutes, from %s to %s", got, dos.Due, back.Due)
		}
		if again := open(t, w, back); cal.Between(step.Due, again.Due) != 480 {
			t.Errorf("the step moved from %s to %s", step.Due, again.Due)
		}

		late = forward(t, w, counter, late, "receive")
		if late.Regime != "now" || back.Regime != "old" {
			t.Errorf("received under %s, the other under %s", late.Regime, back.Regime)
		}
		runs, err := w.Dossiers.HoldFor(leader, late.ID, wait)
		must(t, err)
		if !runs.Due.Equal(late.Due) {
			t.Errorf("the clock stood for a cause its rules do not know: %s, %s", late.Due, runs.Due)
		}
		noTrouble(t, w)
	})
}

// open returns the dossier's only open task.
func open(t *testing.T, w *dossiertest.World, d *dossier.Dossier) *dossier.Task {
	t.Helper()
	tasks, err := w.Dossiers.Tasks(t.Context(), d.ID)
	must(t, err)
	for _, k := range tasks {
		if k.State == "open" {
			return k
		}
	}
	t.Fatal("no open task")
	return nil
}

// Whether a term runs on or begins anew after a supplement is the rule set's choice, by the stage at
// which it was asked for.
func TestRunsOnOrBeginsAnew(t *testing.T) {
	for _, x := range []struct {
		restart []string
		anew    bool
	}{{nil, false}, {[]string{worktime.Supplement}, true}, {[]string{"supplement@specialist"}, true}, {[]string{"supplement@receiver"}, false}} {
		t.Run(fmt.Sprint(x.restart), func(t *testing.T) {
			w := dossiertest.New(t, testkit.SQLite(t))
			rules := worktime.DefaultRules()
			rules.RestartReasons = x.restart
			w.Dossiers.RuleSets = []worktime.Rules{rules}
			w.Clock.Set("2026-11-25 09:00")
			citizen := w.Citizen("Triệu Văn Sơn", 2)
			dos, err := w.Dossiers.Submit(citizen, fill(t, w, citizen, "1.001612", w.Unit("huyen-cho-don"), dossier.Online).ID)
			must(t, err)
			dos = forward(t, w, w.Staff("Một cửa", "huyen-cho-don", "receiver"), dos, "receive")
			dos = forward(t, w, w.Staff("Trưởng phòng", "huyen-cho-don.tckh", "division_head"), dos, "assign")
			w.Clock.Set("2026-11-26 11:30")
			dos, err = w.Dossiers.AskSupplement(w.Staff("Chuyên viên", "huyen-cho-don.tckh", "specialist"), open(t, w, dos).ID, []dossier.Defect{{What: "mờ"}}, "Chưa đủ")
			must(t, err)
			if !dos.Due.IsZero() {
				t.Errorf("asked, and due %s", dos.Due)
			}
			w.Clock.Set("2026-12-01 13:00")
			dos, err = w.Dossiers.Answer(citizen, dos.ID, nil, "đã bổ sung")
			must(t, err)
			want := "2026-12-03 17:00" // of three days half a one was used
			if x.anew {
				want = "2026-12-04 17:00"
			}
			if got := dos.Due.In(civil.Zone()).Format("2006-01-02 15:04"); got != want {
				t.Errorf("due %s, want %s: %v", got, want, dos.Clock)
			}
		})
	}
}

package dossier_test

import (
	"context"
	"strings"
	"testing"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
)

// An upload that was announced for a draft must not slip into the dossier the draft became: its
// time is that of the announcement, so it would look as if it had been filed.
func TestNoPaperArrivesAfterFiling(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		citizen := w.Citizen("Lý Thị Mẩy", 2)
		draft := fill(t, w, citizen, "1.001193", w.Unit(banglung), dossier.Online)
		late, err := w.Dossiers.StartUpload(citizen, draft.ID, "paper", "", "muon.pdf", int64(len(pdf)))
		must(t, err)
		dos, err := w.Dossiers.Submit(citizen, draft.ID)
		must(t, err)
		_, _, err = w.Dossiers.Append(citizen, late.ID, 0, strings.NewReader(pdf))
		kind(t, "the last bytes come after filing", err, fault.NotFound) // it was forgotten with the filing
		files, err := w.Dossiers.Files(citizen, dos.ID)
		must(t, err)
		for _, f := range files {
			if f.ID == late.ID {
				t.Errorf("the dossier has the late paper: %+v", f)
			}
		}
	})
}

// The head of one division orders nobody's work in another, though both are of one agency.
func TestHeadsAssignInTheirOwnDivision(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		w.Clock.Set("2026-11-25 09:00")
		citizen := w.Citizen("Triệu Văn Sơn", 2)
		dos, err := w.Dossiers.Submit(citizen, fill(t, w, citizen, "1.001612", w.Unit("huyen-cho-don"), dossier.Online).ID)
		must(t, err)
		dos = forward(t, w, w.Staff("Một cửa", "huyen-cho-don", "receiver"), dos, "receive")
		open := task(t, w, dos, "assign")
		head := w.Staff("Trưởng phòng", "huyen-cho-don.tckh", "division_head")
		other := w.Staff("Trưởng phòng khác", "huyen-cho-don.ktht", "division_head")
		_, err = w.Dossiers.Assign(other, open.ID, actorOf(head), "")
		kind(t, "another division's head assigns", err, fault.Forbidden)
		for _, ctx := range []context.Context{head, w.Staff("Lãnh đạo", "huyen-cho-don", "leader")} {
			_, err = w.Dossiers.Assign(ctx, open.ID, actorOf(head), "")
			must(t, err)
		}
	})
}

// What is taken off a dossier leaves a trace; what is taken off a draft is the citizen's own affair.
func TestRemovingAResultIsRecorded(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		citizen := w.Citizen("Nông Văn Thái", 2)
		draft := fill(t, w, citizen, "1.001193", w.Unit(banglung), dossier.Online)
		extra, err := w.Dossiers.Attach(citizen, draft.ID, "paper", "", "thua.pdf", int64(len(pdf)), strings.NewReader(pdf))
		must(t, err)
		must(t, w.Dossiers.RemoveFile(citizen, extra.ID))
		if n := removals(w); n != 0 {
			t.Errorf("%d removals from a draft in the ledger", n)
		}
		dos, err := w.Dossiers.Submit(citizen, draft.ID)
		must(t, err)
		counter := w.Staff("Một cửa", banglung, "receiver")
		f, err := w.Dossiers.Attach(counter, dos.ID, "internal", "", "phieu.pdf", int64(len(pdf)), strings.NewReader(pdf))
		must(t, err)
		must(t, w.Dossiers.RemoveFile(counter, f.ID))
		if n := removals(w); n != 1 {
			t.Errorf("%d removals in the ledger", n)
		}
	})
}

// An IPv6 subscriber has more addresses than any limit has attempts.
func TestLookupCountsSubscribers(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		keys := map[string]bool{}
		for _, ip := range []string{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "203.0.113.7", "::ffff:203.0.113.7"} {
			ctx := actor.With(t.Context(), actor.Actor{Kind: actor.Anonymous, IP: ip})
			_, err := w.Dossiers.Lookup(ctx, seenKeys(keys), "000.00.00", "AAA")
			kind(t, "a wrong code", err, fault.NotFound)
		}
		if len(keys) != 5 { // two subscribers, one code from each of them, and the code from everywhere
			t.Errorf("attempts counted under %v", keys)
		}
	})
}

// seenKeys allows everything and keeps under which keys it counted.
type seenKeys map[string]bool

func (s seenKeys) Allow(_ context.Context, key string, _, _ int) error {
	s[key] = true
	return nil
}

func (s seenKeys) Spent(context.Context, map[string]int, int) error { return nil }

func (s seenKeys) Spend(_ context.Context, attempts map[string]int, _ int) error {
	for key := range attempts {
		s[key] = true
	}
	return nil
}

func removals(w *dossiertest.World) (n int) {
	for _, act := range w.Ledger.Acts {
		if act == "dossier.file_removed" {
			n++
		}
	}
	return n
}

// The head of the commune's police signs for the police, not for the chairman: work of the whole
// agency that needs a leader is neither on his list nor his to do, nor may he hold the dossier.
func TestALeaderOfOneDivisionIsNotTheChairman(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		counter := w.Staff("Một cửa", banglung, "receiver")
		draft := fill(t, w, counter, "1.001193", w.Unit(banglung), dossier.Counter)
		dos, err := w.Dossiers.Submit(counter, draft.ID)
		must(t, err)
		dos = forward(t, w, w.Staff("Tư pháp", banglung, "specialist"), dos, "examine")
		status(t, dos, dossier.StatusProcessing)
		police := w.Staff("Trưởng công an", banglung+".cong-an", "leader")
		must(t, wl(t, w, police, 0))
		_, err = w.Dossiers.Complete(police, dossier.Step{Task: task(t, w, dos, "approve").ID, Outcome: "approve"})
		kind(t, "the police sign a birth certificate", err, fault.Forbidden)
		_, err = w.Dossiers.Hold(police, dos.ID, "khoan đã")
		kind(t, "the police hold a civil status dossier", err, fault.Forbidden)
		must(t, wl(t, w, w.Staff("Chủ tịch", banglung, "leader"), 1))
	})
}

package dossier_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
)

// found returns the codes a search shows.
func found(t *testing.T, w *dossiertest.World, ctx context.Context, q string) map[string]bool {
	t.Helper()
	hits, err := w.Dossiers.Find(ctx, q)
	must(t, err)
	out := map[string]bool{}
	for _, h := range hits {
		out[h.Code] = true
	}
	return out
}

// Names are found by their words, in any order, with or without marks, the last one perhaps only
// begun, at the agencies that take part and nowhere else; a corrected name is found by its new
// words alone.
func TestFindByName(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		commune, other := w.Unit("xa-02020"), w.Unit("huyen-cho-don")
		citizen := w.Citizen("Hoàng Văn Tuyến", 2)
		one, err := w.Dossiers.Submit(citizen, fill(t, w, citizen, "1.001193", commune, dossier.Online).ID)
		must(t, err)
		two, err := w.Dossiers.Submit(citizen, fill(t, w, citizen, "1.001612", other, dossier.Online).ID)
		must(t, err)
		here, there := w.Staff("Một", "xa-02020", "receiver"), w.Staff("Hai", "huyen-cho-don", "receiver")
		name := one.Applicant.Name
		for _, q := range []string{name, "tuyen hoang", "Hoàng", "van hoang tuy", "HOÀNG VĂN TUYẾN"} {
			if got := found(t, w, here, q); !got[one.Code] || got[two.Code] {
				t.Errorf("%q at the commune: %v, want %s", q, got, one.Code)
			}
			if got := found(t, w, there, q); got[one.Code] {
				t.Errorf("%q at the district shows a dossier of the commune", q)
			}
		}
		for _, q := range []string{"hoang thi tuyen", "tuyet", "uyen"} {
			if got := found(t, w, here, q); len(got) > 0 {
				t.Errorf("%q: %v", q, got)
			}
		}
		all := actor.With(context.Background(), actor.System("test"))
		if got := found(t, w, all, "hoang van tuyen"); !got[one.Code] {
			t.Errorf("the whole province: %v", got)
		}
		for _, q := range []string{one.Code[:len(one.Code)-2], one.Code[len(one.Code)-11:], one.Code[len(one.Code)-11 : len(one.Code)-4]} {
			if got := found(t, w, here, q); !got[one.Code] || got[two.Code] {
				t.Errorf("by the part %q of its code: %v", q, got)
			}
		}

		one = forward(t, w, here, one, "receive")
		var data map[string]any
		must(t, json.Unmarshal(one.Form, &data))
		data["applicant"].(map[string]any)["name"] = "Lường Thị Nga"
		one, err = w.Dossiers.Correct(here, one.ID, data, "viết sai họ tên")
		must(t, err)
		if got := found(t, w, here, "luong nga"); !got[one.Code] {
			t.Errorf("not found by the corrected name: %v", got)
		}
		if got := found(t, w, here, "tuyen"); got[one.Code] {
			t.Error("still found by the old name")
		}

		// Written anew, the words are the same; while they wait, a search finds them all the same.
		must(t, d.Write(all, func(tx *db.Tx) error { _, err := tx.Exec("DELETE FROM dossier_word"); return err }))
		must(t, w.Dossiers.RequestReindex(all))
		for _, when := range []string{"before", "after"} {
			if got := found(t, w, here, "luong nga"); !got[one.Code] {
				t.Errorf("%s the words are written anew: %v", when, got)
			}
			n, err := w.Dossiers.Reindex(all)
			must(t, err)
			if when == "before" && n != 2 || when == "after" && n != 0 {
				t.Errorf("%s: %d", when, n)
			}
		}
	})
}

// Every order of the worklist pages without gaps or repeats, both ways, and each dossier knows its
// neighbours there.
func TestWorklistOrders(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		commune := w.Unit("xa-02020")
		counter := w.Staff("Một", "xa-02020", "receiver")
		for i := range 5 {
			citizen := w.Citizen(fmt.Sprint("Người ", i), 2)
			d := fill(t, w, citizen, "1.001193", commune, dossier.Online)
			d.Data["applicant"].(map[string]any)["name"] = "Hoàng Văn " + string(rune('A'+(i*3)%5))
			must(t, w.Dossiers.SaveDraft(citizen, d))
			_, err := w.Dossiers.Submit(citizen, d.ID)
			must(t, err)
		}
		key := map[string]func(x *dossier.WorkItem) string{
			dossier.SortCode:      func(x *dossier.WorkItem) string { return x.Code },
			dossier.SortApplicant: func(x *dossier.WorkItem) string { return x.Applicant },
			dossier.SortChannel:   func(x *dossier.WorkItem) string { return fmt.Sprint(x.Channel) },
			dossier.SortProcedure: func(x *dossier.WorkItem) string { return x.Procedure },
			dossier.SortStep:      func(x *dossier.WorkItem) string { return x.Task.Name },
			dossier.SortDue:       func(x *dossier.WorkItem) string { return x.Task.DossierDue.String() },
		}
		for by, k := range key {
			for _, desc := range []bool{false, true} {
				f := dossier.WorkFilter{Order: dossier.Order{By: by, Desc: desc}, Limit: 2}
				var list []*dossier.WorkItem
				for {
					page, err := w.Dossiers.Worklist(counter, f)
					must(t, err)
					list = append(list, page...)
					if len(page) < 2 {
						break
					}
					f.After = page[1].Place()
				}
				if len(list) != 5 {
					t.Fatalf("by %s: %d of 5", by, len(list))
				}
				for i, x := range list {
					if i > 0 && (desc && k(list[i-1]) < k(x) || !desc && k(list[i-1]) > k(x)) {
						t.Errorf("by %s (down %v): %s before %s", by, desc, k(list[i-1]), k(x))
					}
					f.After = dossier.Place{}
					prev, next, err := w.Dossiers.Neighbours(counter, f, x.Task.ID)
					must(t, err)
					if (prev == nil) != (i == 0) || i > 0 && prev.Code != list[i-1].Code || (next == nil) != (i == 4) || i < 4 && next.Code != list[i+1].Code {
						t.Errorf("by %s (down %v): wrong neighbours of line %d", by, desc, i)
					}
				}
			}
		}
		if _, err := w.Dossiers.Worklist(counter, dossier.WorkFilter{Order: dossier.Order{By: "d.id; DROP"}}); err == nil {
			t.Error("an order that does not exist was taken")
		}
	})
}

// What was passed on is listed for the one who did it and for the unit until the other side
// accepts it; the head of the division may take it back for a colleague.
func TestPassedOn(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		district := w.Unit("huyen-cho-don")
		counter, colleague := w.Staff("Một cửa", "huyen-cho-don", "receiver"), w.Staff("Đồng nghiệp", "huyen-cho-don.tckh", "specialist")
		boss, stranger := w.Staff("Trưởng phòng", "huyen-cho-don.tckh", "division_head"), w.Staff("Phòng khác", "huyen-cho-don.ktht", "specialist")
		citizen := w.Citizen("Triệu Văn Sơn", 2)
		var codes []string
		for range 2 {
			dos, err := w.Dossiers.Submit(citizen, fill(t, w, citizen, "1.001612", district, dossier.Online).ID)
			must(t, err)
			codes = append(codes, forward(t, w, counter, dos, "receive").Code)
			w.Later(time.Second)
		}
		list := func(who context.Context, f dossier.PassedFilter) []*dossier.Passed {
			t.Helper()
			l, err := w.Dossiers.Passed(who, f)
			must(t, err)
			return l
		}
		// Receiving is no transfer that can be undone: the clock began with it.
		if l := list(counter, dossier.PassedFilter{}); len(l) != 0 {
			t.Fatalf("%d lines after receipt", len(l))
		}
		worker := w.Staff("Chuyên viên", "huyen-cho-don.tckh", "specialist")
		for _, c := range codes {
			dos, err := w.Dossiers.ByCode(boss, c)
			must(t, err)
			dos = forward(t, w, boss, dos, "assign")
			forward(t, w, worker, dos, "examine")
			w.Later(time.Second)
		}
		if l := list(worker, dossier.PassedFilter{Mine: true}); len(l) != 2 || l[0].Code != codes[1] || !l[0].MayTake || l[0].Done == nil {
			t.Fatalf("%d of the worker's own, the newest first", len(l))
		}
		if l := list(worker, dossier.PassedFilter{Order: dossier.Order{By: dossier.SortCode}, Limit: 1}); len(l) != 1 || l[0].Code != codes[0] {
			t.Errorf("by code: %v", l)
		} else if more := list(worker, dossier.PassedFilter{Order: dossier.Order{By: dossier.SortCode}, After: l[0].Place()}); len(more) != 1 || more[0].Code != codes[1] {
			t.Errorf("second page: %v", more)
		}
		if l := list(colleague, dossier.PassedFilter{}); len(l) != 2 || l[0].MayTake {
			t.Errorf("the unit's list for a colleague: %d", len(l))
		}
		if l := list(colleague, dossier.PassedFilter{Mine: true}); len(l) != 0 {
			t.Errorf("%d lines are the colleague's own", len(l))
		}
		if l := list(stranger, dossier.PassedFilter{}); len(l) != 0 {
			t.Errorf("another division sees %d", len(l))
		}
		l := list(boss, dossier.PassedFilter{})
		if len(l) != 2 || !l[0].MayTake {
			t.Fatalf("the head's list: %d", len(l))
		}
		if _, err := w.Dossiers.TakeBack(colleague, l[0].Done.ID, "nhầm"); err == nil {
			t.Error("a colleague took it back")
		}
		if _, err := w.Dossiers.TakeBack(boss, l[0].Done.ID, "nhầm"); err != nil {
			t.Error(err)
		}
		if l := list(worker, dossier.PassedFilter{}); len(l) != 1 || l[0].Code != codes[0] {
			t.Errorf("after taking back: %d", len(l))
		}
	})
}

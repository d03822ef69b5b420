package dossier_test

import (
	"context"
	"testing"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
	"lienthong/internal/module/org"
)

// A division that is put under another agency takes its open work along: its officials find it
// there, its new agency sees the dossier, the figures follow.
func TestWorkFollowsItsDivision(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		bus := &line{}
		w.Org.Events = bus
		w.Dossiers.Subscribe(bus)
		from, to, division := w.Unit("huyen-cho-don"), w.Unit("huyen-ba-be"), w.Unit("huyen-cho-don.tckh")
		citizen := w.Citizen("Triệu Văn Sơn", 2)
		dos, err := w.Dossiers.Submit(citizen, fill(t, w, citizen, "1.001612", from, dossier.Online).ID)
		must(t, err)
		dos = forward(t, w, w.Staff("Một cửa", "huyen-cho-don", "receiver"), dos, "receive")

		system := actor.With(context.Background(), actor.System("test"))
		r, err := w.Org.History(system, division)
		must(t, err)
		v := r.Spans[0].Values
		v.Parent, v.Tag = to, "phong-chuyen-den" // the tag of its like there is taken
		must(t, w.Org.ChangeUnit(system, actor.System("test"), org.UnitChange{Unit: division, Version: r.Version, From: civil.From(w.Clock.Now()), Values: v}))
		if len(bus.waiting) != 1 || bus.waiting[0].Subject != org.SubjectUnitMoved {
			t.Fatalf("%v", bus.waiting)
		}
		for range 2 { // told twice, it is done once
			must(t, bus.handle(system, bus.waiting[0]))
		}
		k := task(t, w, dos, "assign")
		if k.Agency != to || k.Unit != division {
			t.Errorf("the task lies with %s", k.Agency)
		}
		head := w.Staff("Trưởng phòng", "huyen-cho-don.tckh", "division_head") // of the other agency by now
		if actor.From(head).Agency != to {
			t.Fatal("the division did not move")
		}
		items, err := w.Dossiers.Worklist(head, dossier.WorkFilter{})
		must(t, err)
		if len(items) != 1 || items[0].Code != dos.Code {
			t.Errorf("%d on the list of the division's head", len(items))
		}
		if got := found(t, w, head, dos.Applicant.Name); !got[dos.Code] {
			t.Error("the new agency does not find it")
		}
		h, err := w.Dossiers.History(system, dos.ID)
		must(t, err)
		n := 0
		for _, e := range h {
			if e.Act == "rerouted" {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d lines in the history", n)
		}
		if x, err := w.Dossiers.Get(system, dos.ID); err != nil || x.Holder != to {
			t.Errorf("held by %s, %v", x.Holder, err)
		}
		noTrouble(t, w)
	})
}

// An office's register lists what it received, in order, to those who may read it alone.
func TestRegister(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		commune := w.Unit(banglung)
		counter := w.Staff("Một", banglung, "receiver")
		var want []string
		for range 3 {
			citizen := w.Citizen("Người nộp", 2)
			dos, err := w.Dossiers.Submit(citizen, fill(t, w, citizen, "1.001193", commune, dossier.Online).ID)
			must(t, err)
			want = append(want, forward(t, w, counter, dos, "receive").Code)
			w.Later(60e9)
		}
		today := civil.From(w.Clock.Now())
		f := dossier.RegisterFilter{Agency: commune, From: today, To: today, Limit: 2}
		first, err := w.Dossiers.Register(counter, f)
		must(t, err)
		f.After = dossier.DrillKey{At: first[1].Received.UnixMicro(), ID: first[1].ID}
		second, err := w.Dossiers.Register(counter, f)
		must(t, err)
		got := append(first, second...)
		for i, c := range want {
			if len(got) != 3 || got[i].Code != c || got[i].Applicant.Name == "" {
				t.Fatalf("line %d of %d: want %s", i, len(got), c)
			}
		}
		if _, err := w.Dossiers.Register(w.Staff("Hai", "huyen-cho-don", "receiver"), f); err == nil {
			t.Error("another agency reads the register")
		}
		f.From = today - 1000
		if _, err := w.Dossiers.Register(counter, f); err == nil {
			t.Error("a period without end was taken")
		}
	})
}

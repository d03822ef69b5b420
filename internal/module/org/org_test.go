package org_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/org"
)

func TestPackOfBacKan(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := service(t, d)
		first, err := w.ImportPack(t.Context(), pack(t))
		must(t, err)
		if first.Units < 700 || first.Areas < 100 || first.Aliases < 200 || len(first.Differ) > 0 {
			t.Errorf("first import: %+v", first)
		}
		again, err := w.ImportPack(t.Context(), pack(t))
		must(t, err)
		if again.Units+again.Areas+again.Aliases != 0 || len(again.Differ) > 0 {
			t.Errorf("a second import changed something: %+v", again)
		}
		if w.ledger.count("org.import") != 1 {
			t.Errorf("%d imports in the ledger", w.ledger.count("org.import"))
		}
		tree, err := w.Tree(t.Context())
		must(t, err)
		if tree.Len() != first.Units {
			t.Errorf("%d units in the tree, %d imported", tree.Len(), first.Units)
		}
		commune := w.unit("xa-02020")
		if n := len(tree.OfKind("commune")); n != 108 {
			t.Errorf("%d communes, want 108", n)
		}
		counter, ok := tree.Division(commune.ID, "mot-cua")
		if !ok || tree.Agency(counter.ID).ID != commune.ID {
			t.Fatalf("the commune's counter: %v", counter)
		}
		if u, ok := tree.ByCode(commune.Code); !ok || u.ID != commune.ID || !commune.Assigned {
			t.Errorf("code %q leads to %v (assigned %v)", commune.Code, u, commune.Assigned)
		}
		if u, ok := tree.ByCode("H03.36.21"); !ok || u.ID != commune.ID {
			t.Error("the code of the newer scheme is not found")
		}
		up := tree.Ancestors(counter.ID)
		if len(up) != 3 || up[2].Key != "tinh" || up[1].Key != "huyen-cho-don" {
			t.Errorf("above the counter: %v", up)
		}
		if n := len(tree.Subtree(tree.Roots()[0].ID)); n != tree.Len() {
			t.Errorf("the root's subtree has %d units of %d", n, tree.Len())
		}
		for _, q := range []string{"bang lung", "Bằng Lũng", "BANG LUNG", "thị trấn bằng"} {
			if got := tree.SearchUnits(q); len(got) == 0 || got[0].Key != "xa-02020" {
				t.Errorf("search %q: %v", q, got)
			}
		}
		if got := tree.SearchUnits("không có nơi này"); len(got) != 0 {
			t.Errorf("found %v", got)
		}
		if n := len(tree.Areas("commune", "064")); n != 20 {
			t.Errorf("%d communes in Chợ Đồn, want 20", n)
		}
		old, ok := tree.AreaUnder("064", "02020")
		if !ok || !strings.Contains(old.Name, "Bằng Lũng") {
			t.Errorf("area 02020 under 064: %v", old)
		}
	})
}

func TestDatedChanges(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := smallWorld(t, d)
		ctx, who := t.Context(), provinceAdmin()
		u := w.unit("xa-1")

		v := values(u)
		v.Name = "Ủy ban nhân dân phường Đầu"
		must(t, w.ChangeUnit(ctx, who, org.UnitChange{Unit: u.ID, Version: u.Version, From: civil.Must("2022-01-01"), Values: v}))
		refused(t, w.ChangeUnit(ctx, who, org.UnitChange{Unit: u.ID, Version: u.Version, From: civil.Must("2022-01-01"), Values: v}),
			fault.Conflict, "org.changed_meanwhile")
		if got := w.unit("xa-1"); got.Name != "Ủy ban nhân dân xã Đầu" {
			t.Errorf("a change of next year shows today: %s", got.Name)
		}
		for date, want := range map[string]string{"2021-12-31": "Ủy ban nhân dân xã Đầu", "2022-01-01": v.Name, "2030-01-01": v.Name} {
			got, _ := w.on(date).ByKey("xa-1")
			if got.Name != want {
				t.Errorf("on %s: %s", date, got.Name)
			}
		}

		// A correction on the same day replaces; an earlier change ends where the planned one begins.
		u = w.unit("xa-1")
		v.Name = "Ủy ban nhân dân phường Mới"
		must(t, w.ChangeUnit(ctx, who, org.UnitChange{Unit: u.ID, Version: u.Version, From: civil.Must("2022-01-01"), Values: v}))
		u = w.unit("xa-1")
		v.Name = "Ủy ban nhân dân xã Giữa"
		must(t, w.ChangeUnit(ctx, who, org.UnitChange{Unit: u.ID, Version: u.Version, From: civil.Must("2021-09-01"), Values: v}))
		rec, err := w.History(ctx, u.ID)
		must(t, err)
		var got []string
		for _, s := range rec.Spans {
			to := "…"
			if s.To != nil {
				to = s.To.String()
			}
			got = append(got, fmt.Sprintf("%s–%s %s", s.From, to, s.Name))
		}
		want := []string{"2022-01-01–… Ủy ban nhân dân phường Mới", "2021-09-01–2022-01-01 Ủy ban nhân dân xã Giữa", "1997-01-01–2021-09-01 Ủy ban nhân dân xã Đầu"}
		if !slices.Equal(got, want) {
			t.Errorf("history %q", got)
		}
		w.clock.Set("2022-01-01 00:00")
		if got := w.unit("xa-1"); got.Name != "Ủy ban nhân dân phường Mới" {
			t.Errorf("on its day the change does not show: %s", got.Name)
		}
		if w.ledger.count("org.unit.change") != 3 {
			t.Errorf("%d changes in the ledger", w.ledger.count("org.unit.change"))
		}
	})
}

func TestMovesAndCircles(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := smallWorld(t, d)
		ctx, who := t.Context(), provinceAdmin()
		move := func(key, under string, from string) error {
			u := w.unit(key)
			v := values(u)
			if v.Parent = (id.ID{}); under != "" {
				v.Parent = w.unit(under).ID
			}
			return w.ChangeUnit(ctx, who, org.UnitChange{Unit: u.ID, Version: u.Version, From: civil.Must(from), Values: v})
		}
		refused(t, move("huyen", "xa-1", "2021-07-01"), fault.Invalid, "org.circle")
		refused(t, move("huyen", "huyen", "2021-07-01"), fault.Invalid, "org.circle")
		refused(t, move("xa-1", "huyen.tckh", "2021-07-01"), fault.Invalid, "org.agency_under_division")
		refused(t, move("huyen.tckh", "", "2021-07-01"), fault.Invalid, "org.division_needs_parent")
		refused(t, move("xa-1", "tinh", "1990-01-01"), fault.Conflict, "org.not_valid_then")

		// The district is abolished: its communes go under the province, then it is closed.
		must(t, move("xa-1", "tinh", "2025-07-01"))
		refused(t, w.CloseUnit(ctx, who, w.unit("huyen").ID, w.unit("huyen").Version, civil.Must("2025-07-01")), fault.Conflict, "org.open_children")
		must(t, move("xa-2", "tinh", "2025-07-01"))
		for _, k := range []string{"huyen.mot-cua", "huyen.tckh", "huyen"} {
			must(t, w.CloseUnit(ctx, who, w.unit(k).ID, w.unit(k).Version, civil.Must("2025-07-01")))
		}
		before, after := w.on("2025-06-30"), w.on("2025-07-01")
		if _, ok := before.ByKey("huyen"); !ok {
			t.Error("the district is gone a day early")
		}
		if _, ok := after.ByKey("huyen"); ok {
			t.Error("the district is still there")
		}
		x, _ := after.ByKey("xa-1")
		if p, _ := after.Parent(x.ID); p == nil || p.Key != "tinh" {
			t.Errorf("the commune is under %v", p)
		}
		refused(t, move("so-mot", "huyen", "2026-01-01"), fault.Invalid, "org.parent_not_valid")
		refused(t, w.CloseUnit(ctx, who, w.unit("huyen").ID, w.unit("huyen").Version, civil.Must("2026-01-01")), fault.Conflict, "org.closed_already")
	})
}

func TestAddUnit(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := smallWorld(t, d)
		ctx, who := t.Context(), provinceAdmin()
		district := w.unit("huyen").ID
		add := func(n org.NewUnit) error { _, err := w.AddUnit(ctx, who, n); return err }
		from := civil.Must("2021-06-15")
		must(t, add(org.NewUnit{Kind: "division", From: from, Values: org.Values{Name: "Phòng Tư pháp", Parent: district, Tag: "tu-phap"}}))
		if u := w.unit("huyen.tu-phap"); u.Name != "Phòng Tư pháp" {
			t.Errorf("%+v", u)
		}
		// NFD input is stored as NFC.
		must(t, add(org.NewUnit{Kind: "commune", From: from, Values: org.Values{Name: "  Xa\u0303  Mơ\u0301i ", Parent: district}}))
		if u := w.unit("xa-moi"); u.Name != "Xã Mới" {
			t.Errorf("%q", u.Name)
		}
		tests := []struct {
			name string
			n    org.NewUnit
			kind fault.Kind
			key  string
		}{
			{"no name", org.NewUnit{Kind: "division", From: from, Values: org.Values{Parent: district}}, fault.Invalid, "org.name_missing"},
			{"long name", org.NewUnit{Kind: "division", From: from, Values: org.Values{Name: strings.Repeat("x", 201), Parent: district}}, fault.Invalid, "org.name_long"},
			{"odd kind", org.NewUnit{Kind: "Phòng", From: from, Values: org.Values{Name: "x", Parent: district}}, fault.Invalid, "org.kind_form"},
			{"taken key", org.NewUnit{Key: "xa-1", Kind: "commune", From: from, Values: org.Values{Name: "x", Parent: district}}, fault.Invalid, "org.key_taken"},
			{"taken tag", org.NewUnit{Kind: "division", From: from, Values: org.Values{Name: "x", Parent: district, Tag: "tckh"}}, fault.Invalid, "org.tag_taken"},
			{"unknown parent", org.NewUnit{Kind: "division", From: from, Values: org.Values{Name: "x", Parent: id.ID{1}}}, fault.Invalid, "org.parent_unknown"},
			{"before its parent", org.NewUnit{Kind: "division", From: civil.Must("1990-01-01"), Values: org.Values{Name: "x", Parent: district}}, fault.Invalid, "org.parent_not_valid"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) { refused(t, add(tt.n), tt.kind, tt.key) })
		}
	})
}

func TestAliases(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := smallWorld(t, d)
		ctx, who := t.Context(), provinceAdmin()
		set := func(key, scheme, code, from string) error {
			u := w.unit(key)
			return w.SetAlias(ctx, who, u.Version, org.Alias{Unit: u.ID, Scheme: scheme, Code: code, From: civil.Must(from), Source: "công văn thử", Status: "verified"})
		}
		refused(t, set("xa-2", "qcvn102", "000.21.36.H99", "2021-06-15"), fault.Invalid, "org.code_taken")
		refused(t, set("xa-2", "qcvn102", "không phải mã", "2021-06-15"), fault.Invalid, "org.code_form")
		must(t, set("xa-1", "qcvn102", "000.22.36.h99", "2021-06-15"))
		u := w.unit("xa-1")
		if u.Code != "000.22.36.H99" || u.Assigned {
			t.Errorf("code %q, assigned %v", u.Code, u.Assigned)
		}
		// The freed code may go to another unit from that day on.
		must(t, set("xa-2", "qcvn102", "000.21.36.H99", "2021-06-15"))
		if u, ok := w.on("2021-06-14").ByCode("000.21.36.H99"); !ok || u.Key != "xa-1" {
			t.Errorf("yesterday the code belonged to %v", u)
		}
		if u, ok := w.on("2021-06-15").ByCode("000.21.36.H99"); !ok || u.Key != "xa-2" {
			t.Errorf("today the code belongs to %v", u)
		}
		rec, err := w.History(ctx, w.unit("xa-1").ID)
		must(t, err)
		if len(rec.Aliases) != 2 || rec.Aliases[1].To == nil {
			t.Errorf("aliases %+v", rec.Aliases)
		}
	})
}

func TestReplicasSeeChanges(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		a := smallWorld(t, d)
		b := another(t, d, a.clock)
		old := b.unit("xa-1")
		v := values(old)
		v.Name = "Ủy ban nhân dân xã Khác"
		must(t, a.ChangeUnit(t.Context(), provinceAdmin(), org.UnitChange{Unit: old.ID, Version: old.Version, From: civil.Must("2021-06-15"), Values: v}))
		if got := a.unit("xa-1"); got.Name != v.Name {
			t.Errorf("the writer itself reads %s", got.Name)
		}
		a.clock.Move(1100 * time.Millisecond)
		if got := b.unit("xa-1"); got.Name != v.Name {
			t.Errorf("a second later the other replica reads %s", got.Name)
		}
		if old.Name == v.Name {
			t.Error("a snapshot that was handed out has changed")
		}
	})
}

// Two administrators who each put one commune under the other must not both succeed.
func TestConcurrentCircle(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := smallWorld(t, d)
		one, two := w.unit("xa-1"), w.unit("xa-2")
		move := func(u, under *org.Unit) error {
			v := values(u)
			v.Parent = under.ID
			return another(t, d, w.clock).ChangeUnit(t.Context(), provinceAdmin(), org.UnitChange{Unit: u.ID, Version: u.Version, From: civil.Must("2021-06-15"), Values: v})
		}
		var wg sync.WaitGroup
		errs := make([]error, 2)
		wg.Go(func() { errs[0] = move(one, two) })
		wg.Go(func() { errs[1] = move(two, one) })
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("%v and %v", errs[0], errs[1])
		}
		for _, err := range errs {
			if err != nil {
				refused(t, err, fault.Invalid, "org.circle")
			}
		}
	})
}

func TestImportRefuses(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := service(t, d)
		unit := func(s string) string { return `{"areas":[],"units":[` + s + `]}` }
		tests := []struct{ name, in, key string }{
			{"no JSON", `{`, "org.pack_unreadable"},
			{"unknown field", `{"areas":[],"units":[],"more":1}`, "org.pack_unreadable"},
			{"no source", unit(`{"key":"a","kind":"province","name":"A","valid_from":"2000-01-01","status":"memory"}`), "org.pack_no_source"},
			{"odd status", unit(`{"key":"a","kind":"province","name":"A","valid_from":"2000-01-01","source":"x","status":"sure"}`), "org.status_form"},
			{"unknown parent", unit(`{"key":"a","kind":"province","name":"A","parent":"b","valid_from":"2000-01-01","source":"x","status":"memory"}`), "org.pack_parent"},
			{"twice", unit(`{"key":"a","kind":"province","name":"A","valid_from":"2000-01-01","source":"x","status":"memory"},{"key":"a","kind":"province","name":"A","valid_from":"2000-01-01","source":"x","status":"memory"}`), "org.pack_twice"},
			{"ends before it begins", unit(`{"key":"a","kind":"province","name":"A","valid_from":"2000-01-01","valid_to":"1999-01-01","source":"x","status":"memory"}`), "org.to_before_from"},
			{"child outlives parent", unit(`{"key":"a","kind":"province","name":"A","valid_from":"2000-01-01","valid_to":"2001-01-01","source":"x","status":"memory"},{"key":"b","kind":"district","name":"B","parent":"a","valid_from":"2000-01-01","source":"x","status":"memory"}`), "org.pack_tree"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				_, err := w.ImportPack(t.Context(), []byte(tt.in))
				refused(t, err, fault.Invalid, tt.key)
			})
		}
		tree, err := w.Tree(t.Context())
		must(t, err)
		if tree.Len() != 0 {
			t.Errorf("a refused import left %d units", tree.Len())
		}
		// What an administrator changed survives the next import and is reported.
		_, err = w.ImportPack(t.Context(), []byte(small))
		must(t, err)
		u := w.unit("xa-2")
		v := values(u)
		v.Name = "Tên đã sửa"
		must(t, w.ChangeUnit(t.Context(), provinceAdmin(), org.UnitChange{Unit: u.ID, Version: u.Version, From: u.From, Values: v}))
		rep, err := w.ImportPack(t.Context(), []byte(small))
		must(t, err)
		if len(rep.Differ) != 1 || rep.Differ[0].Have != "Tên đã sửa" || w.unit("xa-2").Name != "Tên đã sửa" {
			t.Errorf("%+v", rep)
		}
	})
}

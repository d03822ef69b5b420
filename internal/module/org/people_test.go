package org_test

import (
	"slices"
	"testing"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/org"
)

func TestPositionsAndHoldings(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := smallWorld(t, d)
		ctx, who := t.Context(), provinceAdmin()
		counter := w.unit("huyen.mot-cua")
		from := civil.Must("2020-01-01")
		pos, err := w.AddPosition(ctx, who, org.NewPosition{Unit: counter.ID, Title: "Công chức tiếp nhận", Roles: []string{"receiver", " receiver"}, From: from})
		must(t, err)
		person, err := w.AddPerson(ctx, who, "Hoàng Thị Nga")
		must(t, err)
		must(t, w.Assign(ctx, who, org.Assignment{Person: person, Position: pos, From: civil.Must("2021-01-01")}))
		refused(t, w.Assign(ctx, who, org.Assignment{Person: person, Position: pos, From: civil.Must("2021-03-01")}), fault.Conflict, "org.holds_already")
		refused(t, w.Assign(ctx, who, org.Assignment{Person: person, Position: pos, From: civil.Must("2019-03-01"), To: ptr("2019-06-01")}), fault.Invalid, "org.outside_position")
		refused(t, w.Assign(ctx, who, org.Assignment{Person: id.ID{5}, Position: pos, From: from}), fault.NotFound, "org.person_unknown")

		held := func(on string) []org.Holding {
			t.Helper()
			hs, err := w.Holdings(ctx, person, civil.Must(on))
			must(t, err)
			return hs
		}
		if h := held("2020-12-31"); len(h) != 0 {
			t.Errorf("held before it began: %v", h)
		}
		h := held("2021-06-15")
		if len(h) != 1 || h[0].Unit == nil || h[0].Unit.Key != "huyen.mot-cua" || !slices.Equal(h[0].Position.Roles, []string{"receiver"}) {
			t.Fatalf("%+v", h)
		}
		p, err := w.Position(ctx, pos)
		must(t, err)
		refused(t, w.ClosePosition(ctx, who, pos, p.Version, civil.Must("2021-12-01")), fault.Conflict, "org.open_holdings")
		refused(t, w.CloseUnit(ctx, who, counter.ID, counter.Version, civil.Must("2021-12-01")), fault.Conflict, "org.open_holdings")

		// New roles from a later day: what was held before stays as it was.
		next, err := w.ChangePosition(ctx, who, org.PositionChange{Position: pos, Version: p.Version, From: civil.Must("2021-08-01"), Title: "Trưởng bộ phận", Roles: []string{"leader"}})
		must(t, err)
		if h := held("2021-07-31"); len(h) != 1 || h[0].Position.Roles[0] != "receiver" {
			t.Errorf("before: %+v", h)
		}
		if h := held("2021-08-01"); len(h) != 1 || h[0].Position.ID != next || h[0].Position.Roles[0] != "leader" {
			t.Errorf("after: %+v", h)
		}
		must(t, w.EndHolding(ctx, who, person, next, civil.Must("2021-10-01")))
		if len(held("2021-09-30")) != 1 || len(held("2021-10-01")) != 0 {
			t.Error("the tenure does not end on its day")
		}
		refused(t, w.EndHolding(ctx, who, person, next, civil.Must("2021-10-01")), fault.NotFound, "org.holds_not")
		all, err := w.Tenures(ctx, person)
		must(t, err)
		if len(all) != 2 {
			t.Errorf("tenures %+v", all)
		}
		// Nobody holds it any more, so position and unit can be closed.
		must(t, w.CloseUnit(ctx, who, counter.ID, w.unit("huyen.mot-cua").Version, civil.Must("2021-12-01")))
		p, err = w.Position(ctx, next)
		must(t, err)
		if p.To == nil || *p.To != civil.Must("2021-12-01") {
			t.Errorf("the position ends %v", p.To)
		}
	})
}

func ptr(s string) *civil.Date { d := civil.Must(s); return &d }

func TestPeopleList(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := smallWorld(t, d)
		ctx, who := t.Context(), provinceAdmin()
		ids := map[string]id.ID{}
		for _, n := range []string{"Đinh Văn Ân", "Nông Thị Bưởi", "Hoàng Văn An", "Lý Thị Ánh"} {
			p, err := w.AddPerson(ctx, who, n)
			must(t, err)
			ids[n] = p
		}
		pos, err := w.AddPosition(ctx, who, org.NewPosition{Unit: w.unit("huyen").ID, Title: "Lãnh đạo", Roles: []string{"leader"}, From: civil.Must("2020-01-01")})
		must(t, err)
		must(t, w.Assign(ctx, who, org.Assignment{Person: ids["Hoàng Văn An"], Position: pos, From: civil.Must("2020-01-01")}))
		list := func(f org.PeopleFilter) (names []string) {
			t.Helper()
			f.On = civil.Must("2021-06-15")
			for {
				ps, err := w.People(ctx, f)
				must(t, err)
				for _, p := range ps {
					names = append(names, p.Name)
				}
				if len(ps) == 0 || f.Limit == 0 {
					return names
				}
				f.After = ps[len(ps)-1].Cursor()
			}
		}
		want := []string{"Đinh Văn Ân", "Hoàng Văn An", "Lý Thị Ánh", "Nông Thị Bưởi"}
		if got := list(org.PeopleFilter{}); !slices.Equal(got, want) {
			t.Errorf("by given name: %q", got)
		}
		if got := list(org.PeopleFilter{Limit: 1}); !slices.Equal(got, want) {
			t.Errorf("page by page: %q", got)
		}
		if got := list(org.PeopleFilter{Query: "thi buoi"}); !slices.Equal(got, []string{"Nông Thị Bưởi"}) {
			t.Errorf("search: %q", got)
		}
		in := []id.ID{w.unit("huyen").ID}
		if got := list(org.PeopleFilter{Units: in}); !slices.Equal(got, []string{"Hoàng Văn An"}) {
			t.Errorf("in the district: %q", got)
		}
		if got := list(org.PeopleFilter{Units: []id.ID{w.unit("xa-1").ID}, Unassigned: true}); len(got) != 3 {
			t.Errorf("in a commune or nowhere: %q", got)
		}
		if got := list(org.PeopleFilter{Units: []id.ID{}}); len(got) != 0 {
			t.Errorf("in no unit: %q", got)
		}
		hs, err := w.Holders(ctx, in, "leader", civil.Must("2021-06-15"))
		must(t, err)
		if len(hs) != 1 || hs[0].Person.Name != "Hoàng Văn An" || hs[0].Unit.Key != "huyen" {
			t.Errorf("holders %+v", hs)
		}
		if hs, err = w.Holders(ctx, in, "receiver", civil.Must("2021-06-15")); err != nil || len(hs) != 0 {
			t.Errorf("holders of another role: %v %v", hs, err)
		}
	})
}

// Who may do what, at which unit.
func TestPolicy(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := smallWorld(t, d)
		ctx := t.Context()
		district, c1, c2 := w.unit("huyen"), w.unit("xa-1"), w.unit("xa-2")
		local, up, all := admin(c1.ID), admin(district.ID, c1.ID, c2.ID), provinceAdmin()
		today := w.Today()
		pos, err := w.AddPosition(ctx, all, org.NewPosition{Unit: c1.ID, Title: "Quản trị", Roles: []string{"province_admin"}, From: civil.Must("2020-01-01")})
		must(t, err)
		wide, err := w.Position(ctx, pos)
		must(t, err)
		person, err := w.AddPerson(ctx, local, "Ai Đó")
		must(t, err)

		change := func(u *org.Unit) func() error {
			return func() error { // planned and the same as now: only the permission matters
				now := w.unit(u.Key)
				return w.ChangeUnit(ctx, local, org.UnitChange{Unit: u.ID, Version: now.Version, From: today, Values: values(now)})
			}
		}
		tests := []struct {
			name string
			do   func() error
			key  string // "" means allowed
		}{
			{"own commune", change(c1), ""},
			{"another commune", change(c2), "org.may_not_edit"},
			{"the district above", change(district), "org.may_not_edit"},
			{"out of the own agency", func() error {
				now := w.unit("xa-1")
				v := values(now)
				v.Parent = c2.ID
				return w.ChangeUnit(ctx, local, org.UnitChange{Unit: c1.ID, Version: now.Version, From: today, Values: v})
			}, "org.may_not_edit"},
			{"to the top", func() error {
				now := w.unit("xa-1")
				v := values(now)
				v.Parent = id.ID{}
				return w.ChangeUnit(ctx, up, org.UnitChange{Unit: c1.ID, Version: now.Version, From: today, Values: v})
			}, "org.may_not_edit"},
			{"a division of the own commune", func() error {
				_, err := w.AddUnit(ctx, local, org.NewUnit{Kind: "division", From: today, Values: org.Values{Name: "Một cửa", Parent: c1.ID}})
				return err
			}, ""},
			{"a commune in the district", func() error {
				_, err := w.AddUnit(ctx, up, org.NewUnit{Kind: "commune", From: today, Values: org.Values{Name: "Xã thứ ba", Parent: district.ID}})
				return err
			}, ""},
			{"a new root", func() error {
				_, err := w.AddUnit(ctx, up, org.NewUnit{Kind: "province", From: today, Values: org.Values{Name: "Tỉnh khác"}})
				return err
			}, "org.may_not_edit"},
			{"a position with a local role", func() error {
				_, err := w.AddPosition(ctx, local, org.NewPosition{Unit: c1.ID, Title: "Tiếp nhận", Roles: []string{"receiver"}, From: today})
				return err
			}, ""},
			{"a position with a wide role", func() error {
				_, err := w.AddPosition(ctx, local, org.NewPosition{Unit: c1.ID, Title: "Tất cả", Roles: []string{"province_admin"}, From: today})
				return err
			}, "org.role_too_wide"},
			{"a position with an unknown role", func() error {
				_, err := w.AddPosition(ctx, all, org.NewPosition{Unit: c1.ID, Title: "Gì đó", Roles: []string{"king"}, From: today})
				return err
			}, "org.role_unknown"},
			{"holding a wide position himself", func() error {
				return w.Assign(ctx, local, org.Assignment{Person: person, Position: pos, From: today})
			}, "org.role_too_wide"},
			{"taking the roles off a wide position", func() error {
				_, err := w.ChangePosition(ctx, local, org.PositionChange{Position: pos, Version: wide.Version, From: today, Title: "x", Roles: []string{"receiver"}})
				return err
			}, "org.role_too_wide"},
			{"closing a wide position", func() error { return w.ClosePosition(ctx, local, pos, wide.Version, today) }, "org.role_too_wide"},
			{"holding a wide position by the province", func() error {
				return w.Assign(ctx, all, org.Assignment{Person: person, Position: pos, From: today})
			}, ""},
			{"ending it from below", func() error { return w.EndHolding(ctx, local, person, pos, today) }, "org.role_too_wide"},
			{"adding people without any agency", func() error { _, err := w.AddPerson(ctx, admin(), "Không"); return err }, "org.may_not_edit"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				err := tt.do()
				if tt.key == "" {
					must(t, err)
					return
				}
				f := fault.As(err)
				if f == nil || f.Kind != fault.Forbidden && f.Kind != fault.Invalid {
					t.Fatalf("got %v, want %s", err, tt.key)
				}
				refused(t, err, f.Kind, tt.key)
			})
		}
	})
}

package procedure_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/procedure"
	"lienthong/internal/module/procedure/proceduretest"
)

func TestOffers(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		clock := testkit.At("2026-11-23 08:00")
		s, _, units := proceduretest.New(t, d, clock.Now)
		loadLibrary(t, s)
		admin := proceduretest.Admin()
		today := civil.From(clock.Now())
		rep, err := s.ImportRecords(ctx, admin, asJSON(t, packRecord(t, birth)), procedure.ImportOptions{Publish: true})
		if err != nil || !rep.Rows[0].OK {
			t.Fatal(err, rep)
		}
		offered := func(key string) bool {
			t.Helper()
			ok, err := s.OfferedBy(ctx, birth, units[key].ID)
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		if !offered("xa-02020") || offered("tinh") || offered("huyen-cho-don") {
			t.Error("the rule for communes does not hold")
		}
		if ok, err := s.OfferedBy(ctx, "9.999999", units["xa-02020"].ID); ok || err != nil {
			t.Error(ok, err)
		}
		if ok, err := s.OfferedBy(ctx, birth, id.ID{1}); ok || err != nil {
			t.Error(ok, err)
		}

		// Off from tomorrow; another commune is not touched.
		if err := s.SetOffer(ctx, proceduretest.Editor(units["xa-02020"].ID), birth, units["xa-02020"].ID, false, today+1); err != nil {
			t.Fatal(err)
		}
		if !offered("xa-02020") {
			t.Error("off a day early")
		}
		list, err := s.Availability(ctx, birth)
		if err != nil || len(list) != 3 {
			t.Fatal(err, list)
		}
		for _, a := range list {
			if planned := a.Next != nil; planned != (a.Key == "xa-02020") || planned && (*a.Next != today+1 || a.NextOn) {
				t.Errorf("%+v", a)
			}
		}
		clock.Set("2026-11-24 08:00")
		if offered("xa-02020") || !offered("xa-02023") {
			t.Error("the switch does not hold on its day")
		}
		// An agency outside the rule is switched on; the last word of a day counts.
		for _, on := range []bool{true, false, true} {
			if err := s.SetOffer(ctx, admin, birth, units["huyen-cho-don"].ID, on, today+1); err != nil {
				t.Fatal(err)
			}
		}
		agencies, err := s.OfferingAgencies(ctx, birth)
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, u := range agencies {
			keys = append(keys, u.Key)
		}
		if dif := cmp.Diff([]string{"huyen-cho-don", "xa-01834", "xa-02023"}, keys); dif != "" {
			t.Error(dif)
		}
		// A new version with another rule keeps the switches and ends the old rule.
		r := packRecord(t, birth)
		r.Offers = []procedure.Offer{{Kind: "district"}}
		if rep, err = s.ImportRecords(ctx, admin, asJSON(t, r), procedure.ImportOptions{Publish: true}); err != nil || !rep.Rows[0].OK {
			t.Fatal(err, rep)
		}
		if offered("xa-02023") || !offered("tp-bac-kan") || offered("xa-02020") {
			t.Error("the rules of the new version do not hold")
		}

		wantKind(t, s.SetOffer(ctx, proceduretest.Editor(units["xa-02020"].ID), birth, units["xa-02023"].ID, false, today+1), fault.Forbidden, "procedure.forbidden")
		wantKind(t, s.SetOffer(ctx, admin, birth, id.ID{9}, false, today+1), fault.NotFound, "procedure.no_such_unit")
		wantKind(t, s.SetOffer(ctx, admin, birth, units["xa-02023"].ID, false, today), fault.Invalid, "procedure.invalid")
		wantKind(t, s.SetOffer(ctx, admin, "9.999999", units["xa-02023"].ID, false, today+1), fault.NotFound, "procedure.not_found")
	})
}

// Two replicas: what one changes the other sees within a second, and what did not change is not
// read again.
func TestReplicas(t *testing.T) {
	clock := testkit.At("2026-11-23 08:00")
	d := testkit.SQLite(t)
	one, _, _ := proceduretest.New(t, d, clock.Now)
	two, _, _ := proceduretest.New(t, d, clock.Now)
	loadLibrary(t, one)
	ctx := t.Context()
	if c, err := two.Catalogue(ctx); err != nil || c.Len() != 0 {
		t.Fatal(err)
	}
	if _, err := one.ImportRecords(ctx, proceduretest.Admin(), asJSON(t, packRecord(t, birth)), procedure.ImportOptions{Publish: true}); err != nil {
		t.Fatal(err)
	}
	if c, err := one.Catalogue(ctx); err != nil || c.Len() != 1 {
		t.Error("a replica does not see its own change:", err)
	}
	clock.Move(1e9)
	c, err := two.Catalogue(ctx)
	if err != nil || c.Len() != 1 {
		t.Error("the other replica does not see the change after a second:", err)
	}
	clock.Move(1e9)
	if again, _ := two.Catalogue(ctx); again != c {
		t.Error("the catalogue was loaded again without a change")
	}
}

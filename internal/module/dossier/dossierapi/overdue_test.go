package dossierapi_test

import (
	"context"
	"testing"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
)

// What became overdue is told to who may see an agency's figures, and rules on warnings are kept by who
// approves there.
func TestOverdueAndWarnings(t *testing.T) {
	t.Parallel()
	x := newHouse(t, testkit.SQLite(t))
	x.commune(banglung)
	x.add("boss", x.w.Staff("Lãnh đạo huyện", district, "leader"))
	code := x.filed("receiver", funeral, banglung, dossier.Counter).text("code")
	task := x.task("specialist", code, "examine")
	x.post("specialist", "/tasks/"+task+"/claim", nil).want(200)
	x.get("specialist", "/statistics/overdue").want(403)
	if n := len(x.get("leader", "/statistics/overdue?from=2026-01-01&to=2027-01-01").want(200).list("items")); n != 0 {
		t.Errorf("%d groups before anything is overdue", n)
	}
	x.w.Later(30 * 24 * time.Hour)
	_, err := x.w.Dossiers.Watch(actor.With(context.Background(), actor.System("watch")))
	must(t, err)
	const period = "from=2026-01-01&to=2027-01-01"
	for by, key := range map[string]string{"agency": "agency", "unit": "unit", "officer": "officer", "step": "step", "procedure": "procedure"} {
		rows := x.get("leader", "/statistics/overdue?by="+by+"&"+period).want(200).list("items")
		if len(rows) != 1 || rows[0].int("steps") != 1 || rows[0].int("dossiers") != 1 || rows[0].int("standing") != 2 || rows[0][key] == nil {
			t.Errorf("by %s: %v", by, rows)
		}
	}
	if n := len(x.get("leader", "/statistics/overdue?kind=dossier&standing=true&"+period).want(200).list("items")); n != 1 {
		t.Errorf("%d groups of dossiers", n)
	}
	if n := len(x.get("boss", "/statistics/overdue?"+period+"&agency="+x.w.Unit(banglung).String()).want(200).list("items")); n != 0 {
		t.Errorf("another agency's leader sees %d groups", n)
	}
	x.get("leader", "/statistics/overdue?from=2026-01-01&to=2025-01-01").want(422, "dossier.period_backwards")
	page := x.get("leader", "/statistics/overdue/items?limit=1&"+period).want(200)
	first := page.list("items")
	if len(first) != 1 || first[0].text("code") != code || first[0].int("minutes") <= 0 || first[0]["ended_at"] != nil || page.text("next") == "" {
		t.Fatalf("%v", page)
	}
	rest := x.get("leader", "/statistics/overdue/items?limit=1&"+period+"&cursor="+page.text("next")).want(200).list("items")
	if len(rest) != 1 || rest[0].text("kind") == first[0].text("kind") {
		t.Errorf("%v then %v", first, rest)
	}

	rule := object{"agency": x.w.Unit(banglung).String(), "version": 0, "warn": []int{240}, "escalate": []object{{"after": 0, "to": "leader"}}}
	x.send("specialist", "PUT", "/deadline-warnings", rule).want(403)
	x.send("boss", "PUT", "/deadline-warnings", rule).want(404, "dossier.watch_place")
	x.send("leader", "PUT", "/deadline-warnings", rule).want(204)
	x.send("leader", "PUT", "/deadline-warnings", rule).want(409)
	if l := x.get("leader", "/deadline-warnings").want(200).list("items"); len(l) != 1 || l[0].int("version") != 1 || l[0].list("escalate")[0].text("to") != "leader" {
		t.Errorf("%v", l)
	}
	if l := x.get("boss", "/deadline-warnings").want(200).list("items"); len(l) != 0 {
		t.Errorf("another agency's leader reads %v", l)
	}
	x.send("leader", "PUT", "/deadline-warnings", object{"agency": rule["agency"], "version": 1}).want(204)
	if l := x.get("leader", "/deadline-warnings").want(200).list("items"); len(l) != 0 {
		t.Errorf("still there: %v", l)
	}
}

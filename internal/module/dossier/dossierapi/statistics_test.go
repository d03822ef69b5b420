package dossierapi_test

import (
	"testing"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
)

func TestStatistics(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		x := newHouse(t, d)
		x.commune(banglung)
		x.add("hoa", x.w.Citizen("Nông Thị Hoa", 0))
		x.add("elsewhere", x.w.Staff("Nơi khác", "xa-01834", "leader"))
		code := x.filed("receiver", birth, banglung, dossier.Counter).text("code")
		x.filed("hoa", birth, banglung, dossier.Online)
		x.filed("receiver", funeral, banglung, dossier.Counter)
		x.forward("specialist", code, "examine")
		x.forward("leader", code, "approve")
		x.forward("clerk", code, "number", "number", "1")

		all := x.get("", "/statistics").want(200) // nobody needs to sign in
		sum := all.list("items")
		if all.text("from") != "2026-11-01" || all.text("to") != "2026-11-23" || len(sum) != 1 || sum[0].int("submitted") != 3 ||
			sum[0].int("online") != 1 || sum[0].int("received") != 2 || sum[0].int("on_time") != 1 || sum[0].int("open") != 1 ||
			sum[0].int("on_time_share") != 10000 {
			t.Errorf("sums %v", all)
		}
		for by, want := range map[string]int{"agency": 2, "level": 2, "procedure": 2, "field": 2, "channel": 2, "month": 1, "day": 1} {
			groups := x.get("", "/statistics?by="+by).want(200).list("items")
			n := 0
			for _, g := range groups {
				n += g.int("submitted")
				if _, now := g["open"]; now == (by == "month" || by == "day") {
					t.Errorf("by %s: open is told %t", by, now)
				}
			}
			if n != 3 || len(groups) != want {
				t.Errorf("by %s: %v", by, groups)
			}
		}
		huyen := x.w.Unit(district).String()
		if n := x.get("", "/statistics?agency="+huyen).want(200).list("items"); n[0].int("submitted") != 1 {
			t.Errorf("the district alone: %v", n)
		}
		if n := x.get("", "/statistics?below=true&agency="+huyen).want(200).list("items"); n[0].int("submitted") != 3 {
			t.Errorf("with its communes: %v", n)
		}
		x.get("", "/statistics?from=2026-12-01&to=2026-11-01").want(422, "dossier.period_backwards")
		x.get("", "/statistics?by=name").want(422)
		x.get("", "/statistics/dossiers?what=late").want(401)
		x.get("specialist", "/statistics/dossiers?what=late").want(403)
		if n := len(x.get("leader", "/statistics/dossiers?what=submitted").want(200).list("items")); n != 3 {
			t.Errorf("the leader drills down to %d", n)
		}
		path, seen := "/statistics/dossiers?what=submitted&limit=2", map[string]bool{}
		for pages, cursor := 0, ""; pages == 0 || cursor != ""; pages++ {
			page := x.get("leader", path+"&cursor="+cursor).want(200)
			for _, it := range page.list("items") {
				seen[it.text("code")] = true
			}
			if n := len(page.list("items")); pages > 1 || n != 2-pages {
				t.Fatalf("page %d has %d dossiers", pages, n)
			}
			cursor, _ = page["next"].(string)
		}
		if len(seen) != 3 {
			t.Errorf("the pages show %v", seen)
		}
		x.get("leader", path+"&cursor=nowhere").want(422, "rest.bad_cursor")
		if n := len(x.get("leader", "/statistics/dossiers?what=open&procedure="+funeral).want(200).list("items")); n != 1 {
			t.Errorf("%d open", n)
		}
		if n := len(x.get("elsewhere", "/statistics/dossiers?what=submitted").want(200).list("items")); n != 0 {
			t.Errorf("another commune drills down to %d", n)
		}
	})
}

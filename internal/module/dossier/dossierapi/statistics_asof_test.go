package dossierapi_test

import (
	"testing"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
)

// Figures of a day that is over, the dossiers behind them, notes and service levels.
func TestStatisticsOfPastDays(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		x := newHouse(t, d)
		x.commune(banglung)
		until := civil.Must("2026-11-24")
		x.w.Dossiers.Notes = []dossier.Note{{To: &until, Text: i18n.Text{VI: "Trước sáp nhập", EN: "Before the merger"}, Source: "NQ"}}
		code := x.filed("receiver", birth, banglung, dossier.Counter).text("code")
		x.w.Clock.Set("2026-11-25 09:00")
		x.forward("specialist", code, "examine")
		x.forward("leader", code, "approve")
		x.forward("clerk", code, "number", "number", "1")

		past := x.get("", "/statistics?from=2026-11-23&to=2026-11-24").want(200)
		if s := past.list("items")[0]; s.int("open") != 1 || s.int("overdue") != 1 || s.int("carried") != 0 || s.int("late") != 0 {
			t.Errorf("as of the 24th: %v", s)
		}
		if len(past.list("notes")) != 1 {
			t.Errorf("notes %v", past["notes"])
		}
		now := x.get("", "/statistics?from=2026-11-25&to=2026-11-25&by=agency").want(200)
		if s := now.list("items")[0]; s.int("open") != 0 || s.int("carried") != 1 || s.int("late") != 1 || len(now.list("notes")) != 0 {
			t.Errorf("on the 25th: %v", now)
		}
		for what, want := range map[string]int{"open": 1, "overdue": 1, "paused": 0, "received": 1, "late": 0} {
			if n := len(x.get("leader", "/statistics/dossiers?from=2026-11-23&to=2026-11-24&what="+what).want(200).list("items")); n != want {
				t.Errorf("%d dossiers behind %s", n, what)
			}
		}
		for by, key := range map[string]string{"year": "2026", "quarter": "2026-Q4", "month": "2026-11"} {
			if rows := x.get("", "/statistics?by="+by).want(200).list("items"); len(rows) != 1 || rows[0].text("key") != key || rows[0].int("late") != 1 {
				t.Errorf("by %s: %v", by, rows)
			}
		}
		x.get("", "/statistics?by=day&from=2026-01-01").want(422, "dossier.too_many_days")
		if l := x.get("", "/statistics/services").want(200); l.int("all") == 0 || l.int("share_levels_3_and_4") < l.int("share_level_4") {
			t.Errorf("levels %v", l)
		}
	})
}

// An official has a report sent, pauses it and ends it; nobody else may.
func TestReportSubscriptions(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		x := newHouse(t, d)
		x.commune(banglung)
		x.add("elsewhere", x.w.Staff("Nơi khác", "xa-01834", "leader"))
		path := "/report-subscriptions"
		body := object{"name": "Hộ tịch", "every": "month", "choice": object{"field": "ho-tich", "agency": x.w.Unit(banglung).String()}}
		x.post("", path, body).want(401)
		x.post("specialist", path, body).want(403)
		x.post("leader", path, object{"name": "x", "every": "year"}).want(422)
		made := x.post("leader", path, body).want(201)
		one := path + "/" + made.text("id")
		if made.text("through") != "2026-10-31" || made["paused"] != false {
			t.Errorf("made %v", made)
		}
		x.send("elsewhere", "PUT", one+"/paused", object{"paused": true}).want(404)
		x.send("elsewhere", "DELETE", one, nil).want(404)
		if p := x.send("leader", "PUT", one+"/paused", object{"paused": true}).want(200); p["paused"] != true {
			t.Errorf("paused %v", p)
		}
		if n := len(x.get("leader", path).want(200).list("items")); n != 1 {
			t.Errorf("%d subscriptions", n)
		}
		if n := len(x.get("elsewhere", path).want(200).list("items")); n != 0 {
			t.Errorf("another has %d", n)
		}
		x.send("leader", "DELETE", one, nil).want(204)
		x.send("leader", "DELETE", one, nil).want(404)
		x.send("leader", "DELETE", path+"/no-id", nil).want(404)
	})
}

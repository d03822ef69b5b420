package org_test

import (
	"testing"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/org"
)

// said keeps the facts that were announced.
type said struct{ facts []org.CalendarChanged }

func (s *said) Put(_ *db.Tx, events ...outbox.Event) error {
	for _, e := range events {
		if e.Subject == org.SubjectCalendarChanged {
			s.facts = append(s.facts, e.Payload.(org.CalendarChanged))
		}
	}
	return nil
}

func calendarAdmin(agencies ...id.ID) actor.Actor {
	a := actor.Actor{Kind: actor.Staff, Account: id.ID{9}}
	for _, x := range agencies {
		a.Grants = append(a.Grants, actor.Grant{Perm: org.PermCalendar, Agency: x})
	}
	return a
}

func TestCalendar(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := smallWorld(t, d)
		facts := &said{}
		w.Events = facts
		ctx := t.Context()
		top, district, commune := w.unit("tinh").ID, w.unit("huyen").ID, w.unit("xa-1").ID
		who := calendarAdmin(top, district)
		storm := civil.Must("2021-06-17") // a Thursday
		closed := worktime.Config{Name: "Lịch tỉnh", Days: []worktime.Day{{Date: storm, Kind: worktime.Closed, Name: "Bão", Source: "Công điện"}}}

		v, err := w.ViewCalendar(ctx, commune)
		must(t, err)
		if v.Own.Version != 0 || v.From != nil || v.WeekFrom != nil || v.Calendar.Day(storm).Kind != worktime.Workday {
			t.Errorf("before anything was set: %+v", v)
		}
		refused(t, w.SetCalendar(ctx, calendarAdmin(commune), org.StoredCalendar{Unit: top, Config: closed}), fault.Forbidden, "org.may_not_edit")
		refused(t, w.SetCalendar(ctx, who, org.StoredCalendar{Unit: id.ID{1}, Config: closed}), fault.NotFound, "org.unit_unknown")
		refused(t, w.SetCalendar(ctx, who, org.StoredCalendar{Unit: top, Config: closed, Status: "sure"}), fault.Invalid, "org.status_form")
		refused(t, w.SetCalendar(ctx, who, org.StoredCalendar{Unit: top, Config: worktime.Config{Choices: []worktime.Choice{{Year: 2021, Holiday: "no-such"}}}}),
			fault.Invalid, "worktime.choice.holiday")

		before, after, err := w.CalendarWith(ctx, top, closed)
		must(t, err)
		if got := worktime.Changed(before, after, civil.Must("2021-01-01"), civil.Must("2021-12-31"), 100); len(got) != 1 || got[0] != storm {
			t.Errorf("the preview names %v", got)
		}
		if len(facts.facts) != 0 {
			t.Fatal("refused changes and previews were announced")
		}
		must(t, w.SetCalendar(ctx, who, org.StoredCalendar{Unit: top, Config: closed, Source: "Công điện", Status: "verified"}))
		refused(t, w.SetCalendar(ctx, who, org.StoredCalendar{Unit: top, Config: closed}), fault.Conflict, "org.changed_meanwhile")
		tree, err := w.Tree(ctx)
		must(t, err)
		if len(facts.facts) != 1 || facts.facts[0].Unit != top || facts.facts[0].Version != tree.Version {
			t.Errorf("announced %+v, the tree has version %d", facts.facts, tree.Version)
		}
		if v, err = w.ViewCalendar(ctx, commune); err != nil || v.From == nil || v.From.ID != top || v.Calendar.Day(storm).Kind != worktime.Closed {
			t.Errorf("the commune does not inherit: %+v, %v", v, err)
		}

		// The district opens on that day and on Saturdays; its commune follows, the province does not.
		week := worktime.DefaultWeek()
		week[6] = []worktime.Span{{From: 450, To: 690}}
		must(t, w.SetCalendar(ctx, who, org.StoredCalendar{Unit: district, Config: worktime.Config{Name: "Lịch huyện", Week: week,
			Days: []worktime.Day{{Date: storm, Kind: worktime.Open, Name: "Trực bão", Source: "Quyết định"}}}}))
		if v, err = w.ViewCalendar(ctx, commune); err != nil || v.From.ID != district || v.WeekFrom.ID != district ||
			v.Calendar.Day(storm).Kind != worktime.Open || v.Calendar.Day(storm+2).Minutes != 240 {
			t.Errorf("the commune does not follow its district: %+v, %v", v, err)
		}
		if v, err = w.ViewCalendar(ctx, top); err != nil || v.Calendar.Day(storm).Kind != worktime.Closed || v.Own.Version != 1 || v.Own.Status != "verified" {
			t.Errorf("the province changed too: %+v, %v", v, err)
		}
		if w.ledger.count("org.calendar.change") != 2 {
			t.Errorf("%d rows in the ledger", w.ledger.count("org.calendar.change"))
		}

		// What the province would change is laid under the district's own calendar.
		before, after, err = w.CalendarWith(ctx, top, worktime.Config{Days: []worktime.Day{{Date: storm + 4, Kind: worktime.Closed, Name: "Lụt", Source: "x"}}})
		must(t, err)
		own, err := w.Calendar(ctx, commune)
		must(t, err)
		next, err := own.Rebase(before, after)
		must(t, err)
		if next.Day(storm+4).Kind != worktime.Closed || next.Day(storm).Kind != worktime.Open || own.Day(storm+4).Kind != worktime.Workday {
			t.Errorf("rebased: %v, %v", next.Day(storm+4), next.Day(storm))
		}
	})
}

package dossier_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
)

// announced collects what is put into the outbox.
type announced struct {
	mu  sync.Mutex
	due []dossier.ReportDue
}

func (a *announced) Put(_ *db.Tx, events ...outbox.Event) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range events {
		if f, ok := e.Payload.(dossier.ReportDue); ok {
			a.due = append(a.due, f)
		}
	}
	return nil
}

// A subscribed report is announced once for each period that is over, by whichever replica comes
// first, and not while it is paused.
func TestReportsAreDueOnceConcurrent(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		heard := &announced{}
		w.Dossiers.Events = heard
		leader, other := w.Staff("Lãnh đạo", banglung, "leader"), w.Staff("Lãnh đạo khác", "xa-01834", "leader")
		w.Clock.Set("2026-11-25 09:00") // a Wednesday
		month, err := w.Dossiers.SubscribeReport(leader, "Hộ tịch", dossier.EveryMonth, dossier.Choice{Field: "ho-tich"})
		must(t, err)
		week, err := w.Dossiers.SubscribeReport(leader, "Tuần", dossier.EveryWeek, dossier.Choice{})
		must(t, err)
		_, err = w.Dossiers.SubscribeReport(leader, strings.Repeat("x", 121), dossier.EveryWeek, dossier.Choice{})
		kind(t, "a name too long", err, fault.Invalid)
		_, err = w.Dossiers.SubscribeReport(leader, "x", "year", dossier.Choice{})
		kind(t, "every year", err, fault.Invalid)
		_, err = w.Dossiers.SubscribeReport(w.Staff("Một cửa", banglung, "receiver"), "x", dossier.EveryDay, dossier.Choice{})
		kind(t, "without the permission", err, fault.Forbidden)
		kind(t, "another pauses it", w.Dossiers.PauseReport(other, week.ID, true), fault.NotFound)
		kind(t, "another drops it", w.Dossiers.DropReport(other, week.ID), fault.NotFound)

		due := func(at string, want ...dossier.ReportDue) {
			t.Helper()
			w.Clock.Set(at)
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					if err := w.Dossiers.DueReports(context.Background()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if len(heard.due) != len(want) {
				t.Errorf("at %s: %v", at, heard.due)
			} else {
				for i := range want {
					if heard.due[i] != want[i] {
						t.Errorf("at %s: %v, want %v", at, heard.due[i], want[i])
					}
				}
			}
			heard.due = nil
		}
		day := civil.Must
		due("2026-11-25 10:00")
		due("2026-11-29 23:00")
		due("2026-11-30 06:00", dossier.ReportDue{Subscription: week.ID, From: day("2026-11-23"), To: day("2026-11-29")})
		due("2026-12-01 06:00", dossier.ReportDue{Subscription: month.ID, From: day("2026-11-01"), To: day("2026-11-30")})
		must(t, w.Dossiers.PauseReport(leader, week.ID, true))
		due("2026-12-08 06:00")
		must(t, w.Dossiers.PauseReport(leader, week.ID, false))
		due("2026-12-09 06:00")
		due("2026-12-22 06:00", dossier.ReportDue{Subscription: week.ID, From: day("2026-12-14"), To: day("2026-12-20")})
		must(t, w.Dossiers.DropReport(leader, week.ID))
		due("2026-12-29 06:00")
		list, err := w.Dossiers.Subscriptions(leader)
		must(t, err)
		if len(list) != 1 || list[0].ID != month.ID || list[0].Choice.Field != "ho-tich" {
			t.Errorf("subscriptions %+v", list)
		}
	})
}

// A mail holds what its reader may see when it is written.
func TestSummaryIsOfWhatTheReaderMaySee(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		counter := w.Staff("Một cửa", banglung, "receiver")
		_, err := w.Dossiers.Submit(counter, fill(t, w, counter, "1.001193", w.Unit(banglung), dossier.Counter).ID)
		must(t, err)
		today := civil.From(w.Clock.Now())
		sum := func(ctx context.Context, c dossier.Choice) int64 {
			t.Helper()
			f, err := w.Dossiers.Summary(ctx, &dossier.Subscription{Choice: c}, today, today)
			if fault.KindOf(err) == fault.Forbidden && err != nil {
				return -1
			}
			must(t, err)
			return f.Received
		}
		leader, other := w.Staff("Lãnh đạo", banglung, "leader"), w.Staff("Lãnh đạo khác", "xa-01834", "leader")
		system := actor.With(context.Background(), actor.System("test"))
		for i, x := range []struct {
			who  context.Context
			c    dossier.Choice
			want int64
		}{
			{leader, dossier.Choice{}, 1}, {leader, dossier.Choice{Agency: w.Unit(banglung)}, 1}, {leader, dossier.Choice{Field: "ho-tich"}, 1},
			{leader, dossier.Choice{Field: "no-such-field"}, -1}, {leader, dossier.Choice{Channel: dossier.Online}, 0},
			{leader, dossier.Choice{Procedure: "1.010803"}, 0}, {leader, dossier.Choice{Level: "department"}, -1},
			{other, dossier.Choice{}, 0}, {other, dossier.Choice{Agency: w.Unit(banglung)}, -1}, {counter, dossier.Choice{}, -1},
			{system, dossier.Choice{}, 1}, {system, dossier.Choice{Level: "department"}, 0},
		} {
			if got := sum(x.who, x.c); got != x.want {
				t.Errorf("case %d: %d, want %d", i, got, x.want)
			}
		}
	})
}

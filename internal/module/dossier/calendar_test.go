package dossier_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
	"lienthong/internal/module/org"
)

// line hands events of the organisation to whoever subscribed, when it is told to.
type line struct {
	waiting []outbox.Event
	handle  func(context.Context, outbox.Event) error
}

func (l *line) Put(_ *db.Tx, events ...outbox.Event) error {
	l.waiting = append(l.waiting, events...)
	return nil
}

func (l *line) Subscribe(_ string, _ []string, handle func(context.Context, outbox.Event) error) {
	l.handle = handle
}

// A storm closes the province's offices after a dossier was received: its date moves, once, with
// a line in its history; a dossier whose clock stands gets its date when it goes on.
func TestDatesFollowTheCalendar(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		bus := &line{}
		w.Org.Events = bus
		w.Dossiers.Subscribe(bus)
		w.Clock.Set("2026-11-25 09:00") // a Wednesday
		system := actor.With(context.Background(), actor.System("dossier"))
		district, top := w.Unit("huyen-cho-don"), w.Unit("tinh")
		counter := w.Staff("Một cửa", "huyen-cho-don", "receiver")
		receive := func(name string) *dossier.Dossier {
			citizen := w.Citizen(name, 2)
			dos, err := w.Dossiers.Submit(citizen, fill(t, w, citizen, "1.001612", district, dossier.Online).ID)
			must(t, err)
			return forward(t, w, counter, dos, "receive")
		}
		dos, held := receive("Triệu Văn Sơn"), receive("Hoàng Thị Lan")
		held, err := w.Dossiers.Hold(w.Staff("Lãnh đạo", "huyen-cho-don", "leader"), held.ID, "chờ xác minh")
		must(t, err)
		due := func(want string) {
			t.Helper()
			x, err := w.Dossiers.Get(system, dos.ID)
			must(t, err)
			if got := civil.From(x.Due); got != civil.Must(want) {
				t.Errorf("due on %s, want %s", got, want)
			}
			dos = x
		}
		due("2026-11-30")

		stored, err := w.Org.StoredCalendar(system, top)
		must(t, err)
		storm := stored
		storm.Config.Days = append(append([]worktime.Day{}, stored.Config.Days...),
			worktime.Day{Date: civil.Must("2026-11-26"), Kind: worktime.Closed, Name: "Bão", Source: "Công điện"},
			worktime.Day{Date: civil.Must("2026-11-27"), Kind: worktime.Closed, Name: "Bão", Source: "Công điện"})
		before, after, err := w.Org.CalendarWith(system, top, storm.Config)
		must(t, err)
		e, err := w.Dossiers.AffectedByCalendar(w.Staff("Lãnh đạo", "huyen-cho-don", "leader"), top, before, after)
		must(t, err)
		if e.Open != 2 || e.Later != 1 || e.Earlier != 0 || len(e.ByAgency) != 1 || e.ByAgency[0].Agency != district || e.ByAgency[0].Moved != 1 {
			t.Errorf("of two open one would be due later: %+v", e)
		}
		if len(e.Dossiers) != 1 || e.Dossiers[0].Code != dos.Code || !e.Dossiers[0].Old.Equal(dos.Due) || civil.From(e.Dossiers[0].New) != civil.Must("2026-12-02") {
			t.Errorf("listed: %+v", e.Dossiers)
		}
		if e, err = w.Dossiers.AffectedByCalendar(w.Staff("Ai đó", "huyen-ba-be", "leader"), top, before, after); err != nil || e.Moved() != 1 || len(e.Dossiers) != 0 {
			t.Errorf("to whoever may not read them: %+v, %v", e, err)
		}
		if e, err = w.Dossiers.AffectedByCalendar(system, w.Unit("xa-02020"), before, after); err != nil || e.Open+e.Moved() != 0 {
			t.Errorf("elsewhere: %+v, %v", e, err)
		}
		due("2026-11-30")

		must(t, w.Org.SetCalendar(system, actor.System("test"), storm))
		if len(bus.waiting) != 1 || bus.waiting[0].Subject != org.SubjectCalendarChanged {
			t.Fatalf("announced: %+v", bus.waiting)
		}
		if _, err := w.Dossiers.Rederive(counter, top); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("an official counts dates anew: %v", err)
		}
		ahead := bus.waiting[0]
		ahead.Payload = org.CalendarChanged{Unit: top, Version: 1 << 40}
		if err := bus.handle(system, ahead); err == nil {
			t.Error("a change this replica has not seen yet was taken for done")
		}
		must(t, bus.handle(system, bus.waiting[0]))
		due("2026-12-02")
		version := dos.Version
		must(t, bus.handle(system, bus.waiting[0]))
		due("2026-12-02")
		if dos.Version != version {
			t.Error("the same event changed the dossier twice")
		}
		tasks, err := w.Dossiers.Tasks(system, dos.ID)
		must(t, err)
		for _, x := range tasks {
			if x.State == "open" && !x.DossierDue.Equal(dos.Due) {
				t.Errorf("the worklist says %s", x.DossierDue)
			}
		}
		history, err := w.Dossiers.History(system, dos.ID)
		must(t, err)
		last := history[len(history)-1]
		if from, _ := last.Data["old"].(string); last.Act != "rederived" || !strings.HasPrefix(from, "2026-11-30T") || last.Status != dos.Status {
			t.Errorf("the history ends with %+v", last)
		}

		if x, err := w.Dossiers.Get(system, held.ID); err != nil || x.Version != held.Version || !x.Due.IsZero() {
			t.Errorf("the held dossier was touched: version %d, due %s, %v", x.Version, x.Due, err)
		}
		w.Clock.Move(time.Hour)
		held, err = w.Dossiers.Resume(w.Staff("Lãnh đạo", "huyen-cho-don", "leader"), held.ID, "xong")
		must(t, err)
		if got := civil.From(held.Due); got < civil.Must("2026-12-02") {
			t.Errorf("the held dossier is due on %s", got)
		}
		noTrouble(t, w)

		// The storm is called off: the dates go back.
		w.Clock.Set("2026-11-25 15:00")
		none := stored
		none.Version = stored.Version + 1
		must(t, w.Org.SetCalendar(system, actor.System("test"), none))
		if n, err := w.Dossiers.Rederive(system, top); err != nil || n != 2 {
			t.Errorf("moved back: %d, %v", n, err)
		}
		due("2026-11-30")
		noTrouble(t, w)
	})
}

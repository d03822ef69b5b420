package dossier_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
)

// patient is a process whose examination goes to the leader by itself after two working days, and
// reminds every four hours.
func patient() string {
	return begun().task("specialist", "examine", "examine", "", "pass").
		event("boundaryEvent", "late", `attachedToRef="examine"`, "work:2d").
		event("boundaryEvent", "remind", `attachedToRef="examine" cancelActivity="false"`, "cycle:R2/PT4H").
		add("receiver", "serviceTask", "tell", `lt:service="notify.applicant"`, "").
		add("receiver", "endEvent", "told", "", "").
		task("leader", "approve", "approve", "", "sign").
		add("receiver", "exclusiveGateway", "meet", "", "").
		add("receiver", "endEvent", "end", `lt:status="10"`, "").
		flow("receive>examine", "examine>meet", "late>meet", "remind>tell", "tell>told", "meet>approve", "approve>end").String()
}

// Timers fire once, in order, in their time, and each in the history; nothing of them is left after.
func TestTimersFireOnce(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		p := cast(t, d, patient())
		dos := p.filed(t) // Monday 08:00
		p.at(t, dos.ID, "examine:task late:timer remind:timer")
		if n := p.pass(t); n != 0 {
			t.Fatalf("%d things happened before their time", n)
		}
		p.w.Later(4 * time.Hour)
		if n := p.pass(t); n != 1 {
			t.Fatalf("%d reminders", n)
		}
		p.at(t, dos.ID, "examine:task late:timer remind:timer")
		p.w.Later(5 * time.Hour) // an hour too late: the cycle keeps its rhythm
		if n := p.pass(t); n != 1 {
			t.Fatalf("%d reminders in the second round", n)
		}
		p.at(t, dos.ID, "examine:task late:timer")
		p.w.Clock.Set("2026-11-26 07:59") // Tuesday the 24th is a holiday
		if n := p.pass(t); n != 0 {
			t.Fatal("two working days are over too early")
		}
		p.w.Clock.Set("2026-11-26 08:00")
		if n := p.pass(t); n != 1 {
			t.Fatal("two working days are over and nothing happened")
		}
		dos = p.at(t, dos.ID, "approve:task")
		status(t, dos, dossier.StatusReceived) // nobody has worked on it yet
		if n := p.pass(t); n != 0 {
			t.Fatal("the timer came twice")
		}
		acts := map[string]int{}
		list, err := p.w.Dossiers.History(p.system, dos.ID)
		must(t, err)
		for _, e := range list {
			acts[e.Act]++
		}
		if acts["timer"] != 3 || acts["notice"] != 2 || acts["service"] != 2 {
			t.Errorf("the history tells %v", acts)
		}
		dos = outcome(t, p.w, p.leader, dos, "approve", "sign", "")
		status(t, dos, dossier.StatusReturned)
		p.at(t, dos.ID, "")
		noTrouble(t, p.w)
	})
}

// A timer in working time stands while the dossier's clock does; one set because the clock stands runs.
func TestTimersAndTheClock(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		process := begun().task("specialist", "examine", "examine", "", "ask:supplement", "pass").
			event("boundaryEvent", "late", `attachedToRef="examine"`, "work:2d").
			task("applicant", "complete", "supplement", `lt:status="5"`, "done").
			event("boundaryEvent", "never", `attachedToRef="complete"`, "work:10d").
			add("receiver", "exclusiveGateway", "asked", "", "").
			add("receiver", "exclusiveGateway", "again", "", "").
			add("receiver", "endEvent", "refused", `lt:status="8"`, "").
			add("receiver", "endEvent", "end", `lt:status="10"`, "").
			flow("receive>again", "again>examine", "examine>asked", `asked>complete:outcome == "ask"`, "asked>end!", "complete>again",
				"late>end", "never>refused").String()
		p := cast(t, d, process)
		dos := p.filed(t) // Monday 08:00: 7½ h, the holiday, Wednesday 8 h, ½ h
		due := func(node string) string {
			t.Helper()
			list, err := p.w.Dossiers.Waits(p.system, dos.ID)
			must(t, err)
			for _, w := range list {
				if w.Node == node {
					if w.Due.IsZero() {
						return "stands"
					}
					return w.Due.In(civil.Zone()).Format("02 15:04")
				}
			}
			return "none"
		}
		if got := due("late"); got != "26 08:00" {
			t.Fatalf("late on %s", got)
		}
		p.w.Later(time.Hour)
		dos, err := p.w.Dossiers.Hold(p.leader, dos.ID, "chờ")
		must(t, err)
		if got := due("late"); got != "stands" {
			t.Fatalf("on hold, late on %s", got)
		}
		p.w.Clock.Set("2026-11-25 09:00")
		if p.pass(t) != 0 {
			t.Fatal("it came while the clock stood")
		}
		dos, err = p.w.Dossiers.Resume(p.leader, dos.ID, "")
		must(t, err)
		if got := due("late"); got != "27 08:00" {
			t.Fatalf("resumed, late on %s", got)
		}
		// A calendar that changes moves it.
		top := p.w.Unit("tinh")
		stored, err := p.w.Org.StoredCalendar(p.system, top)
		must(t, err)
		stored.Config.Days = append(append([]worktime.Day{}, stored.Config.Days...),
			worktime.Day{Date: civil.Must("2026-11-26"), Kind: worktime.Closed, Name: "Bão", Source: "Công điện"})
		must(t, p.w.Org.SetCalendar(p.system, actor.System("test"), stored))
		if _, err := p.w.Dossiers.Rederive(p.system, top); err != nil {
			t.Fatal(err)
		}
		if got := due("late"); got != "30 08:00" {
			t.Fatalf("after the storm, late on %s", got)
		}
		task := task(t, p.w, dos, "examine")
		dos, err = p.w.Dossiers.AskSupplement(p.officer, task.ID, []dossier.Defect{{Name: "giấy", What: "mờ"}}, "mờ")
		must(t, err)
		p.at(t, dos.ID, "complete:task never:timer")
		status(t, dos, dossier.StatusSupplement)
		if got := due("never"); got == "stands" || got == "none" {
			t.Fatalf("the time to complete the papers: %s", got)
		}
		p.w.Later(60 * 24 * time.Hour)
		if n := p.pass(t); n != 1 {
			t.Fatal("the time to complete the papers is over and nothing happened")
		}
		status(t, p.at(t, dos.ID, ""), dossier.StatusStopped)
		noTrouble(t, p.w)
	})
}

// Two replicas at the same work: every timer comes once.
func TestTimersWithTwoReplicasConcurrently(t *testing.T) {
	d := testkit.Postgres(t)
	p := cast(t, d, patient())
	other := *p.w.Dossiers // a second process has nothing in common but the database
	var filed []*dossier.Dossier
	for range 12 {
		filed = append(filed, p.filed(t))
	}
	p.w.Clock.Set("2026-11-30 08:00")
	var group sync.WaitGroup
	counts := make([]int, 4)
	for i, s := range []*dossier.Service{p.w.Dossiers, &other, p.w.Dossiers, &other} {
		group.Go(func() {
			for range 5 {
				n, err := s.CarryOut(context.Background())
				if err != nil {
					t.Error(err)
				}
				counts[i] += n
			}
		})
	}
	group.Wait()
	for _, dos := range filed {
		p.at(t, dos.ID, "approve:task")
		list, err := p.w.Dossiers.History(p.system, dos.ID)
		must(t, err)
		late := 0
		for _, e := range list {
			if e.Act == "timer" && e.Node == "late" {
				late++
			}
		}
		if late != 1 {
			t.Errorf("%s went on by itself %d times", dos.Code, late)
		}
	}
	noTrouble(t, p.w)
}

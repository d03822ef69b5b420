package dossier_test

import (
	"context"
	"database/sql"
	"slices"
	"testing"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
	"lienthong/internal/module/org"
)

// roster knows one account for each role, and who was asked about where.
type roster map[string]id.ID

// Holders implements dossier.Roster.
func (r roster) Holders(_ context.Context, units []id.ID, role string) ([]id.ID, error) {
	if a, ok := r[units[0].String()+" "+role]; ok {
		return []id.ID{a}, nil
	}
	return nil, nil
}

// heard keeps the alerts that were announced.
type heard struct{ list []dossier.Alert }

// Put implements dossier.Events.
func (h *heard) Put(_ *db.Tx, events ...outbox.Event) error {
	for _, e := range events {
		if a, ok := e.Payload.(dossier.Alert); ok {
			h.list = append(h.list, a)
		}
	}
	return nil
}

// take returns what was announced since.
func (h *heard) take() []dossier.Alert {
	out := h.list
	h.list = nil
	return out
}

type late struct {
	Kind, Agency, Officer string
	Ended                 bool
	Minutes               int64
}

func overdueRows(t *testing.T, w *dossiertest.World) []late {
	t.Helper()
	tree, err := w.Org.Tree(t.Context())
	must(t, err)
	rows, err := db.Collect[late](w.DB.Read(t.Context()).Query(`SELECT kind, agency_id, officer, ended_at, minutes FROM dossier_overdue ORDER BY kind, due_at, item_id`))(
		func(r *sql.Rows) (l late, err error) {
			var agency id.ID
			var ended int64
			err = r.Scan(&l.Kind, &agency, &l.Officer, &ended, &l.Minutes)
			l.Ended = ended > 0
			if u, ok := tree.Unit(agency); ok {
				l.Agency = u.Key
			}
			return l, err
		})
	must(t, err)
	return rows
}

// A dossier's time runs out: its official is warned, then the head, the leader and the superior are
// told, each once; it counts as overdue with whoever had it then, though it changes hands before it is
// done, by hand and by a reorganisation.
func TestWatch(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		bus, ears := &line{}, &heard{}
		w.Org.Events, w.Dossiers.Events = bus, ears
		w.Dossiers.Subscribe(bus)
		w.Clock.Set("2026-11-25 08:00") // a Wednesday; 3 working days to Monday the 30th, 17:00
		from, division := w.Unit("huyen-cho-don"), w.Unit("huyen-cho-don.tckh")
		head, leader, superior := id.ID{1}, id.ID{2}, id.ID{3}
		w.Dossiers.Roster = roster{division.String() + " division_head": head, from.String() + " leader": leader, w.Unit("tinh").String() + " leader": superior}
		system := actor.With(context.Background(), actor.System("watch"))
		citizen := w.Citizen("Triệu Văn Sơn", 2)
		dos, err := w.Dossiers.Submit(citizen, fill(t, w, citizen, "1.001612", from, dossier.Online).ID)
		must(t, err)
		dos = forward(t, w, w.Staff("Một cửa", "huyen-cho-don", "receiver"), dos, "receive")
		first := w.Staff("Người đầu", "huyen-cho-don.tckh", "division_head")
		mine := actor.From(first).Account
		_, err = w.Dossiers.Claim(first, open(t, w, dos).ID)
		must(t, err)
		step := open(t, w, dos)
		if step.Due.IsZero() || !step.Due.Before(dos.Due) {
			t.Fatalf("the step is due %s, its dossier %s", step.Due, dos.Due)
		}
		if _, err := w.Dossiers.Watch(first); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("an official watches: %v", err)
		}
		// A rule of the district: one hour ahead, the head at once, the leader a day, the superior two days after.
		boss := w.Staff("Chủ tịch", "huyen-cho-don", "leader")
		rule := dossier.WatchRule{Agency: from, Choice: dossier.WatchChoice{Warn: []int{60}, Escalate: []dossier.Escalation{{After: 0, To: dossier.ToDivision},
			{After: 480, To: dossier.ToLeader}, {After: 960, To: dossier.ToSuperior}}}}
		must(t, w.Dossiers.SetWatch(boss, rule))
		if err := w.Dossiers.SetWatch(boss, rule); fault.KindOf(err) != fault.Conflict {
			t.Errorf("a second first rule: %v", err)
		}
		if err := w.Dossiers.SetWatch(w.Staff("Ai", "huyen-ba-be", "leader"), rule); fault.KindOf(err) != fault.NotFound {
			t.Errorf("another district's leader sets it: %v", err)
		}
		bad := rule
		bad.Version, bad.Choice = 1, dossier.WatchChoice{Warn: []int{0}, Escalate: []dossier.Escalation{{After: 1, To: "citizen"}}}
		if err := w.Dossiers.SetWatch(boss, bad); fault.KindOf(err) != fault.Invalid || len(fault.As(err).Fields) != 2 {
			t.Errorf("a bad rule: %v", err)
		}
		if rules, err := w.Dossiers.WatchRules(boss); err != nil || len(rules) != 1 || rules[0].Version != 1 || rules[0].By != "Chủ tịch" {
			t.Errorf("%+v, %v", rules, err)
		}
		look := func(want ...dossier.Alert) {
			t.Helper()
			for range 2 { // told once, however often one looks
				_, err := w.Dossiers.Watch(system)
				must(t, err)
			}
			got := ears.take()
			for i := range got {
				got[i].Dossier, got[i].Code, got[i].Task, got[i].Due = id.ID{}, "", id.ID{}, 0
			}
			if !slices.EqualFunc(got, want, func(a, b dossier.Alert) bool {
				return a.Kind == b.Kind && a.Minutes == b.Minutes && slices.Equal(a.To, b.To)
			}) {
				t.Errorf("at %s: %+v, want %+v", w.Clock.Now(), got, want)
			}
		}
		cal, err := w.Org.Calendar(system, from)
		must(t, err)
		at := func(due time.Time, minutes int) {
			if minutes < 0 {
				w.Clock.Move(cal.Before(due, -minutes).Sub(w.Clock.Now()))
				return
			}
			w.Clock.Move(cal.Add(due, minutes).Add(2 * time.Second).Sub(w.Clock.Now()))
		}
		look()
		at(step.Due, -61)
		look()
		at(step.Due, -60)
		look(dossier.Alert{Kind: dossier.AlertStepWarn, Minutes: 60, To: []id.ID{mine}})
		at(step.Due, 0)
		look(dossier.Alert{Kind: dossier.AlertStepLate, Minutes: 0, To: []id.ID{head}})
		at(step.Due, 480)
		look(dossier.Alert{Kind: dossier.AlertStepLate, Minutes: 480, To: []id.ID{leader}})
		at(step.Due, 960)
		look(dossier.Alert{Kind: dossier.AlertStepLate, Minutes: 960, To: []id.ID{superior}})
		at(dos.Due, -60)
		look(dossier.Alert{Kind: dossier.AlertDossierWarn, Minutes: 60, To: []id.ID{mine}})
		if got := overdueRows(t, w); len(got) != 1 || got[0] != (late{"step", "huyen-cho-don", "Người đầu", false, 0}) {
			t.Errorf("%+v", got)
		}

		// The dossier itself becomes overdue, and before anybody looks a colleague takes it over.
		at(dos.Due, 30)
		second := w.Staff("Người sau", "huyen-cho-don.tckh", "division_head")
		_, err = w.Dossiers.Release(first, open(t, w, dos).ID, "nghỉ phép")
		must(t, err)
		_, err = w.Dossiers.Claim(second, open(t, w, dos).ID)
		must(t, err)
		_, err = w.Dossiers.Watch(system)
		must(t, err)
		want := []late{{"dossier", "huyen-cho-don", "Người đầu", false, 0}, {"step", "huyen-cho-don", "Người đầu", false, 0}}
		if got := overdueRows(t, w); !slices.Equal(got, want) {
			t.Errorf("%+v", got)
		}
		// The division goes to another district, and the step is done there: it stays with who had it.
		r, err := w.Org.History(system, division)
		must(t, err)
		v := r.Spans[0].Values
		v.Parent, v.Tag = w.Unit("huyen-ba-be"), "phong-chuyen-den"
		must(t, w.Org.ChangeUnit(system, actor.System("test"), org.UnitChange{Unit: division, Version: r.Version, From: civil.From(w.Clock.Now()), Values: v}))
		for _, e := range bus.waiting {
			must(t, bus.handle(system, e))
		}
		at(dos.Due, 60)
		moved := open(t, w, dos)
		if moved.Agency != w.Unit("huyen-ba-be") {
			t.Fatalf("the step lies with %s", moved.Agency)
		}
		heir := w.Staff("Người sau", "huyen-cho-don.tckh", "division_head") // of the other district by now
		_, err = w.Dossiers.Complete(heir, dossier.Step{Task: moved.ID, Outcome: outcomeOf(t, w, dos, moved)})
		must(t, err)
		_, err = w.Dossiers.Watch(system)
		must(t, err)
		got := overdueRows(t, w)
		if len(got) < 2 || got[0] != want[0] || got[1].Officer != "Người đầu" || got[1].Agency != "huyen-cho-don" || !got[1].Ended || got[1].Minutes != int64(cal.Between(step.Due, w.Clock.Now())) {
			t.Errorf("%+v", got)
		}
		noTrouble(t, w)
	})
}

// outcomeOf is the way on from a step.
func outcomeOf(t *testing.T, w *dossiertest.World, d *dossier.Dossier, k *dossier.Task) string {
	t.Helper()
	p, err := w.Proc.ByVersion(t.Context(), d.ProcedureVersion)
	must(t, err)
	for _, o := range p.Process.Node(k.Node).Outcomes {
		if o.Kind == "forward" {
			return o.Key
		}
	}
	t.Fatal("no way on")
	return ""
}

// The morning's digest goes to whoever has something due, once a day and on no day off.
func TestDigest(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		w.Clock.Set("2026-11-25 08:00")
		system := actor.With(context.Background(), actor.System("digest"))
		citizen := w.Citizen("Triệu Văn Sơn", 2)
		dos, err := w.Dossiers.Submit(citizen, fill(t, w, citizen, "1.001612", w.Unit("huyen-cho-don"), dossier.Online).ID)
		must(t, err)
		dos = forward(t, w, w.Staff("Một cửa", "huyen-cho-don", "receiver"), dos, "receive")
		official := w.Staff("Cán bộ", "huyen-cho-don.tckh", "division_head")
		_, err = w.Dossiers.Claim(official, open(t, w, dos).ID)
		must(t, err)
		count := func(day string) (n int) {
			t.Helper()
			must(t, w.Dossiers.Digests(system, civil.Must(day)))
			must(t, d.Read(system).QueryRow(`SELECT count(*) FROM kit_outbox WHERE subject = $1`, dossier.SubjectDigest).Scan(&n))
			return n
		}
		if n := count("2026-11-29"); n != 0 {
			t.Errorf("%d on a Sunday", n)
		}
		for range 2 {
			if n := count("2026-11-25"); n != 1 {
				t.Errorf("%d on a Wednesday", n)
			}
		}
		if n := count("2026-11-26"); n != 2 {
			t.Errorf("%d by the next day", n)
		}
		lines, overdue, soon, err := w.Dossiers.Digest(system, actor.From(official).Account, civil.Must("2026-11-25"), 10)
		must(t, err)
		if len(lines) != 1 || overdue != 0 || soon != 1 || lines[0].Code != dos.Code || !lines[0].Due.Equal(open(t, w, dos).Due) {
			t.Errorf("%+v, %d, %d", lines, overdue, soon)
		}
		w.Clock.Set("2026-12-10 08:00")
		if _, overdue, _, err = w.Dossiers.Digest(system, actor.From(official).Account, civil.Must("2026-12-10"), 10); err != nil || overdue != 1 {
			t.Errorf("%d overdue, %v", overdue, err)
		}
	})
}

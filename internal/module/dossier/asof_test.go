package dossier_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
)

// chronicle is what a bystander writes down: each dossier as it was after each act. It knows
// nothing of rollups, and every figure of any day is counted from it anew.
type chronicle struct {
	states map[id.ID][]state
	order  []id.ID
}

type state struct {
	at time.Time
	d  dossier.Dossier
}

func (c *chronicle) write(at time.Time, d *dossier.Dossier) {
	if len(c.states[d.ID]) == 0 {
		c.order = append(c.order, d.ID)
	}
	c.states[d.ID] = append(c.states[d.ID], state{at, *d})
}

func (c *chronicle) last(i int) *dossier.Dossier {
	list := c.states[c.order[i]]
	d := list[len(list)-1].d
	return &d
}

// count adds up the period as it was seen at the instant now.
func (c *chronicle) count(from, to civil.Date, now time.Time, by dossier.Group) map[string]dossier.Figures {
	out := map[string]dossier.Figures{}
	add := func(agency id.ID, d *dossier.Dossier, x dossier.Figures) {
		key := map[dossier.Group]string{dossier.ByNothing: "", dossier.ByAgency: agency.String(), dossier.ByProcedure: d.ProcedureCode,
			dossier.ByChannel: fmt.Sprint(d.Channel)}[by]
		out[key] = out[key].Plus(x)
	}
	within := func(at time.Time) int64 {
		if day := civil.From(at); at.IsZero() || day < from || day > to {
			return 0
		}
		return 1
	}
	for _, dossierID := range c.order {
		list := c.states[dossierID]
		d := list[len(list)-1].d
		x := dossier.Figures{Submitted: within(d.Submitted), Received: within(d.Received), Returned: within(d.Returned)}
		if d.Channel == dossier.Online {
			x.Online = x.Submitted
		}
		switch n := within(d.Finished); {
		case d.Status == dossier.StatusNotTaken:
			x.Refused = n
		case d.Status == dossier.StatusWithdrawn:
			x.Withdrawn = n
		case d.Status == dossier.StatusStopped:
			x.Stopped = n
		case d.Late:
			x.Late = n
		default:
			x.OnTime = n
		}
		add(d.Decision, &d, x)
		if was := openAt(list, from.At(0)); was != nil {
			add(was.Holder, &d, dossier.Figures{Carried: 1})
		}
		end := (to + 1).At(0)
		if to >= civil.From(now) {
			end = now.Add(time.Microsecond)
		}
		if is := openAt(list, end); is != nil {
			x := dossier.Figures{Open: 1}
			switch {
			case is.Due.IsZero():
				x.Paused = 1
			case is.Due.Before(end) && (end.Before(now) || is.Due.Before(now)):
				x.Overdue = 1
			}
			add(is.Holder, &d, x)
		}
	}
	for k, x := range out {
		if by != dossier.ByNothing && x == (dossier.Figures{}) {
			delete(out, k)
		}
	}
	return out
}

// openAt returns the dossier as it was just before the instant, if it was open.
func openAt(list []state, before time.Time) *dossier.Dossier {
	var d *dossier.Dossier
	for i := range list {
		if list[i].at.Before(before) {
			d = &list[i].d
		}
	}
	if d == nil || !d.Open() {
		return nil
	}
	return d
}

// lives lets a province live at random.
type lives struct {
	t      *testing.T
	w      *dossiertest.World
	seen   *chronicle
	staff  map[id.ID]context.Context
	system context.Context
	first  civil.Date
	storms int
}

// at returns an official with every role at the unit.
func (l *lives) at(unit id.ID) context.Context {
	if l.staff[unit] == nil {
		tree, err := l.w.Org.Tree(l.system)
		must(l.t, err)
		u, ok := tree.Unit(unit)
		if !ok {
			l.t.Fatalf("no unit %s", unit)
		}
		l.staff[unit] = l.w.Staff("Cán bộ "+u.Key, u.Key, "receiver", "cashier", "specialist", "division_head", "leader", "clerk")
	}
	return l.staff[unit]
}

// file opens a dossier now: household business at a district, or an allowance that goes through
// three agencies.
func (l *lives) file(code, agency string, online bool) {
	unit := l.w.Unit(agency)
	who, channel := l.at(unit), dossier.Counter
	if online {
		who, channel = l.w.Citizen("Công dân", 2), dossier.Online
	}
	d, err := l.w.Dossiers.Submit(who, fill(l.t, l.w, who, code, unit, channel).ID)
	must(l.t, err)
	l.seen.write(l.w.Clock.Now(), d)
}

// act does something to a dossier; what the rules forbid changes nothing.
func (l *lives) act(r *rapid.T, d *dossier.Dossier) {
	s, leader := l.w.Dossiers, l.at(d.Holder)
	var next *dossier.Dossier
	var err error
	switch 24 - rapid.IntRange(0, 24).Draw(r, "act") { // small numbers come more often
	case 0:
		next, err = s.Withdraw(l.at(d.Reception), d.ID, "thôi")
	case 1:
		next, err = s.Hold(leader, d.ID, "chờ")
	case 2, 3:
		next, err = s.Resume(leader, d.ID, "")
	case 4:
		next, err = s.Extend(leader, d.ID, rapid.IntRange(1, 20).Draw(r, "days"), "chậm")
	case 5:
		next, err = s.Answer(l.at(d.Reception), d.ID, nil, "đây")
	default:
		next, err = l.step(r, d)
	}
	var f *fault.Error
	if err != nil && !errors.As(err, &f) {
		l.t.Fatalf("an act on %s (status %d): %v", d.Code, d.Status, err)
	}
	if err == nil && next != nil {
		l.seen.write(l.w.Clock.Now(), next)
	}
}

// step ends the dossier's first open task, mostly by going on.
func (l *lives) step(r *rapid.T, d *dossier.Dossier) (*dossier.Dossier, error) {
	tasks, err := l.w.Dossiers.Tasks(l.system, d.ID)
	must(l.t, err)
	p, err := l.w.Proc.ByVersion(l.system, d.ProcedureVersion)
	must(l.t, err)
	for _, x := range tasks {
		if x.State != "open" || x.Agency.Zero() {
			continue
		}
		outs := p.Process.Node(x.Node).Outcomes
		o := outs[0]
		if rapid.IntRange(0, 9).Draw(r, "aside") == 9 {
			o = outs[rapid.IntRange(0, len(outs)-1).Draw(r, "outcome")]
		}
		if o.Kind == "supplement" {
			return l.w.Dossiers.AskSupplement(l.at(x.Unit), x.ID, []dossier.Defect{{Name: "giấy", What: "mờ"}}, "mờ")
		}
		return l.w.Dossiers.Complete(l.at(x.Unit), dossier.Step{Task: x.ID, Outcome: o.Key, Note: "ghi", Number: "1"})
	}
	return nil, nil
}

// storm closes the offices for a day that is to come, and counts dates anew.
func (l *lives) storm() {
	top := l.w.Unit("tinh")
	stored, err := l.w.Org.StoredCalendar(l.system, top)
	must(l.t, err)
	l.storms++
	day := civil.From(l.w.Clock.Now()) + 2
	for _, x := range stored.Config.Days {
		if x.Date == day {
			return
		}
	}
	stored.Config.Days = append(append([]worktime.Day{}, stored.Config.Days...),
		worktime.Day{Date: day, Kind: worktime.Closed, Name: "Bão", Source: "Công điện"})
	must(l.t, l.w.Org.SetCalendar(l.system, actor.System("test"), stored))
	if _, err := l.w.Dossiers.Rederive(l.system, top); err != nil {
		l.t.Fatal(err)
	}
	for i, dossierID := range l.seen.order {
		d, err := l.w.Dossiers.Get(l.system, dossierID)
		must(l.t, err)
		if d.Version != l.seen.last(i).Version {
			l.seen.write(l.w.Clock.Now(), d)
		}
	}
}

// check compares all figures of the period, and the lists behind them, with the chronicle.
func (l *lives) check(from, to civil.Date) {
	l.t.Helper()
	now := l.w.Clock.Now()
	filter := dossier.FigureFilter{From: from, To: to}
	for _, by := range []dossier.Group{dossier.ByNothing, dossier.ByAgency, dossier.ByProcedure, dossier.ByChannel} {
		list, err := l.w.Dossiers.Figures(l.system, filter, by)
		must(l.t, err)
		got := map[string]dossier.Figures{}
		for _, x := range list {
			key := map[dossier.Group]string{dossier.ByNothing: "", dossier.ByAgency: x.Agency.String(), dossier.ByProcedure: x.Procedure,
				dossier.ByChannel: fmt.Sprint(x.Channel)}[by]
			x.Agency, x.Procedure, x.Channel, x.Day = id.ID{}, "", 0, ""
			got[key] = x
		}
		want := l.seen.count(from, to, now, by)
		if _, ok := want[""]; !ok && by == dossier.ByNothing {
			want[""] = dossier.Figures{} // the sum of nothing is a row too
		}
		if diff := cmp.Diff(want, got); diff != "" {
			l.t.Fatalf("%s to %s at %s by %q (-replayed +figures):\n%s", from, to, now.Format(time.DateTime), by, diff)
		}
	}
	sum, err := l.w.Dossiers.Figures(l.system, filter, dossier.ByNothing)
	must(l.t, err)
	for _, what := range dossier.Drills() {
		want, _ := sum[0].Number(what)
		got, after := map[id.ID]bool{}, dossier.DrillKey{}
		for {
			hits, err := l.w.Dossiers.DrillDown(l.system, filter, what, after, 7)
			must(l.t, err)
			for _, h := range hits {
				got[h.ID] = true
				after = h.DrillKey()
			}
			if len(hits) < 7 {
				break
			}
		}
		if int64(len(got)) != want {
			l.t.Fatalf("%s to %s at %s: %d dossiers behind %s, the figure is %d", from, to, now.Format(time.DateTime), len(got), what, want)
		}
	}
}

// "As of day D" equals a replay of the history: over lives that wait, are extended, handed over,
// finished late, taken back, moved by calendars, and by a clock that once went wrong, with months
// closed in between.
func TestAsOfEqualsReplay(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		l := &lives{t: t, w: dossiertest.New(t, d), seen: &chronicle{states: map[id.ID][]state{}}, staff: map[id.ID]context.Context{},
			system: actor.With(context.Background(), actor.System("test"))}
		l.first = civil.From(l.w.Clock.Now())
		run := 0
		rapid.Check(t, func(r *rapid.T) {
			if run++; run > 10 { // each life costs many commits
				return
			}
			for range rapid.IntRange(30, 70).Draw(r, "acts") {
				l.w.Later(time.Duration(rapid.IntRange(1, 3*24*60).Draw(r, "minutes")) * time.Minute)
				switch n := 39 - rapid.IntRange(0, 39).Draw(r, "what"); { // small numbers come more often
				case n < 2:
					l.file("1.001612", "huyen-cho-don", rapid.Bool().Draw(r, "online"))
				case n == 2:
					l.file("1.010803", banglung, rapid.Bool().Draw(r, "online"))
				case n == 3:
					l.file("1.001193", banglung, rapid.Bool().Draw(r, "online"))
				case n == 4:
					must(t, l.w.Dossiers.CloseMonths(l.system))
				case n == 5 && l.storms < 8:
					l.storm()
				case n == 6: // for a moment the clock shows a day long past
					now := l.w.Clock.Now()
					back := time.Duration(rapid.IntRange(0, int(now.Sub(l.first.At(480))/time.Hour)).Draw(r, "hours")) * time.Hour
					l.w.Later(-back)
					l.file("1.001612", "huyen-cho-don", false)
					l.w.Later(back)
				default:
					if len(l.seen.order) > 0 {
						i := len(l.seen.order) - 1 - rapid.IntRange(0, min(len(l.seen.order)-1, 5)).Draw(r, "which")
						l.act(r, l.seen.last(i))
					}
				}
			}
			today := civil.From(l.w.Clock.Now())
			from := l.first + civil.Date(rapid.IntRange(0, int(today-l.first)).Draw(r, "from"))
			l.check(from, from+civil.Date(rapid.IntRange(0, int(today-from)+1).Draw(r, "length")))
		})
		must(t, l.w.Dossiers.CloseMonths(l.system))
		today := civil.From(l.w.Clock.Now())
		l.check(l.first, today)
		l.varied(today)
		for day := l.first; day <= today; day += 13 {
			l.check(day, day)
		}
		noTrouble(t, l.w)
	})
}

// varied fails when the lives were too plain to prove anything.
func (l *lives) varied(today civil.Date) {
	sum, err := l.w.Dossiers.Figures(l.system, dossier.FigureFilter{From: l.first, To: today}, dossier.ByNothing)
	must(l.t, err)
	l.t.Logf("%d dossiers in %d days, %d storms: %+v", len(l.seen.order), today-l.first, l.storms, sum[0])
	if _, ok, err := l.w.Dossiers.ClosedThrough(l.system); err != nil || !ok {
		l.t.Errorf("no month was closed: %v", err)
	}
	for _, what := range []string{"submitted", "received", "withdrawn", "late", "returned"} {
		if n, _ := sum[0].Number(what); n == 0 {
			l.t.Errorf("no life has a figure %q", what)
		}
	}
}

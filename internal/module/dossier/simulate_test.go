package dossier_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/simulate"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
)

// TestTrialIsWhatDossiersGet leads dossiers through random lives and each of them, choice by choice,
// through a walk of engine/simulate too: status, due dates of dossier and steps, and lateness are the
// same after every act.
func TestTrialIsWhatDossiersGet(t *testing.T) {
	d := testkit.SQLite(t)
	w := dossiertest.New(t, d)
	for _, x := range []struct {
		code, agency string
		channel      int
		days         int // within one act of the next, at most
	}{
		{"1.001612", "huyen-cho-don", dossier.Online, 1},
		{"1.001612", "huyen-cho-don", dossier.Counter, 2},
		{"2.000880", "huyen-cho-don", dossier.Online, 3},
		{"1.010803", banglung, dossier.Counter, 2},
		{"1.001193", banglung, dossier.Online, 1},
	} {
		for seed := range 4 {
			t.Run(fmt.Sprintf("%s/%d/%d", x.code, x.channel, seed), func(t *testing.T) {
				l := &twice{t: t, w: w, rnd: rand.New(rand.NewPCG(uint64(seed), 7)), staff: map[id.ID]context.Context{}, days: x.days}
				l.begin(x.code, x.agency, x.channel)
				for range 30 {
					if l.play.State.Done {
						break
					}
					l.act()
				}
				noTrouble(t, w)
			})
		}
	}
}

// twice is one life led in the product and in a trial.
type twice struct {
	t       *testing.T
	w       *dossiertest.World
	rnd     *rand.Rand
	days    int
	staff   map[id.ID]context.Context
	citizen context.Context
	dos     *dossier.Dossier
	scene   simulate.Scene
	walk    simulate.Walk
	play    *simulate.Play
}

func (l *twice) begin(code, agency string, channel int) {
	t, w := l.t, l.w
	start := civil.Must("2026-11-23") + civil.Date(l.rnd.IntN(60))
	w.Clock.Set(start.String() + " 09:20")
	l.citizen = w.Citizen("Người thử", 2)
	who := l.citizen
	if channel != dossier.Online {
		who = l.official(w.Unit(agency))
	}
	draft := fill(t, w, who, code, w.Unit(agency), channel)
	var err error
	l.dos, err = w.Dossiers.Submit(who, draft.ID)
	must(t, err)
	p, err := w.Proc.ByVersion(who, l.dos.ProcedureVersion)
	must(t, err)
	cal, err := w.Org.Calendar(who, l.dos.Decision)
	must(t, err)
	l.scene = simulate.Scene{Process: p.Process, Calendar: cal, Term: l.dos.Term, Rules: worktime.DefaultRules()}
	l.walk = simulate.Walk{Submitted: w.Clock.Now(), Channel: channel}
	l.compare("submitted")
}

// official returns somebody who may do everything at the agency.
func (l *twice) official(agency id.ID) context.Context {
	if l.staff[agency] == nil {
		tree, err := l.w.Org.Tree(context.Background())
		must(l.t, err)
		u, ok := tree.Unit(agency)
		if !ok {
			l.t.Fatalf("no unit %s", agency)
		}
		l.staff[agency] = l.w.Staff("Cán bộ "+u.Key, u.Key, "receiver", "cashier", "specialist", "division_head", "leader", "clerk")
	}
	return l.staff[agency]
}

// act does something that the trial offers, in both.
func (l *twice) act() {
	t, w := l.t, l.w
	w.Clock.Set(w.Clock.Now().Add(time.Duration(l.rnd.IntN(l.days*1440)) * time.Minute).Format("2006-01-02 15:04"))
	c := simulate.Choice{At: w.Clock.Now()}
	tasks, err := w.Dossiers.Tasks(context.Background(), l.dos.ID)
	must(t, err)
	boss := l.official(l.dos.Decision)
	held := l.dos.Extra.Hold != ""
	switch pick := l.rnd.IntN(12); {
	case held:
		c.Act = simulate.ActResume
		l.dos, err = w.Dossiers.Resume(boss, l.dos.ID, "")
	case pick == 0 && l.dos.Open() && !l.dos.Received.IsZero() && l.dos.Finished.IsZero():
		c.Act = simulate.ActHold
		l.dos, err = w.Dossiers.Hold(boss, l.dos.ID, "chờ")
	case pick == 1 && !l.dos.Due.IsZero() && l.dos.Finished.IsZero() && !extended(l.dos):
		c.Act, c.Arg = simulate.ActExtend, "3"
		l.dos, err = w.Dossiers.Extend(boss, l.dos.ID, 3, "cần thêm thời gian")
	default:
		var mine *dossier.Task
		for _, x := range tasks {
			if x.State == "open" && (mine == nil || l.rnd.IntN(2) == 0) {
				mine = x
			}
		}
		n := l.scene.Process.Node(mine.Node)
		o := n.Outcomes[l.rnd.IntN(len(n.Outcomes))]
		if l.rnd.IntN(3) > 0 {
			o = n.Outcomes[0]
		}
		c.Act, c.Token, c.Arg = simulate.ActComplete, mine.Token, o.Key
		l.complete(mine, &o)
	}
	must(t, err)
	l.walk.Choices = append(l.walk.Choices, c)
	l.compare(fmt.Sprintf("%s %s at %s", c.Act, c.Arg, c.At.Format("2006-01-02 15:04")))
}

func extended(d *dossier.Dossier) bool {
	for _, e := range d.Clock {
		if e.Kind == worktime.Extend {
			return true
		}
	}
	return false
}

func (l *twice) complete(x *dossier.Task, o *bpmn.Outcome) {
	var err error
	switch {
	case x.Role == bpmn.RoleApplicant && x.Action != dossier.ActionPay:
		who := l.citizen
		if l.dos.Channel != dossier.Online {
			who = l.official(l.dos.Reception)
		}
		_, err = l.w.Dossiers.Attach(who, l.dos.ID, "supplement", "", "bo-sung.pdf", int64(len(pdf)), strings.NewReader(pdf))
		must(l.t, err)
		l.dos, err = l.w.Dossiers.Answer(who, l.dos.ID, nil, "đã bổ sung")
	case x.Action == dossier.ActionPay && l.dos.Fee > l.dos.FeePaid:
		l.dos, err = l.w.Dossiers.Pay(l.official(l.dos.Reception), l.dos.ID, l.dos.Fee-l.dos.FeePaid, "cash", "1", "")
	case o.Kind == bpmn.OutcomeSupplement:
		l.dos, err = l.w.Dossiers.AskSupplement(l.official(x.Agency), x.ID, []dossier.Defect{{What: "thiếu"}}, "thiếu giấy tờ")
	default:
		l.dos, err = l.w.Dossiers.Complete(l.official(x.Agency), dossier.Step{Task: x.ID, Outcome: o.Key, Note: "lý do", Number: "15/GP"})
	}
	must(l.t, err)
}

// compare plays the walk from its beginning and looks at both.
func (l *twice) compare(after string) {
	l.t.Helper()
	var err error
	if l.play, err = l.scene.Play(l.walk); err != nil {
		l.t.Fatalf("after %s: %v", after, err)
	}
	p, d := l.play, l.dos
	if p.Refused != nil {
		l.t.Fatalf("the trial refuses %s: %v", after, p.Refused.Err)
	}
	due := p.Clock.Due
	if p.Clock.State == worktime.Paused {
		due = time.Time{}
	}
	if p.Status != int(d.Status) || !due.Equal(d.Due) || p.Late != d.Late || !p.Received.Equal(d.Received) || !p.Finished.Equal(d.Finished) {
		l.t.Fatalf("after %s: status %d, due %s, late %v, received %s, finished %s; the dossier has %d, %s, %v, %s, %s", after,
			p.Status, due, p.Late, p.Received, p.Finished, d.Status, d.Due, d.Late, d.Received, d.Finished)
	}
	tasks, err := l.w.Dossiers.Tasks(context.Background(), d.ID)
	must(l.t, err)
	open := 0
	for _, x := range tasks {
		if x.State != "open" {
			continue
		}
		open++
		found := false
		for _, o := range p.Waiting {
			found = found || o.Token == x.Token && o.Node.ID == x.Node && o.Due.Equal(x.Due) && o.Since.Equal(x.Created)
		}
		if !found {
			l.t.Fatalf("after %s: task %s is due %s, the trial has %+v", after, x.Node, x.Due, p.Waiting)
		}
	}
	if open != len(p.Waiting) {
		l.t.Fatalf("after %s: %d tasks are open, %d in the trial", after, open, len(p.Waiting))
	}
}

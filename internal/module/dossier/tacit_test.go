package dossier_test

import (
	"context"
	"testing"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
	"lienthong/internal/module/procedure"
	"lienthong/internal/module/procedure/proceduretest"
)

// Where the law takes silence for a yes, the end of the term is the approval: marked, or carried on to
// the step that follows one. While the clock stands nothing is silent, and it happens once.
func TestTacitApproval(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		w.Clock.Set("2026-11-25 08:00")
		system := actor.With(context.Background(), actor.System("watch"))
		publish := func(tacit procedure.Sourced[*procedure.Tacit]) error {
			v, err := w.Proc.NewDraft(system, proceduretest.Admin(), "1.001612")
			must(t, err)
			v.Record.Tacit = tacit
			v, err = w.Proc.SaveDraft(system, proceduretest.Admin(), v.ID, v.Revision, procedure.Change{Record: v.Record, EffectiveFrom: civil.From(w.Clock.Now())})
			if err != nil {
				return err
			}
			_, err = w.Proc.Publish(system, proceduretest.Admin(), v.ID, v.Revision)
			return err
		}
		rule := func(effect, step string) procedure.Sourced[*procedure.Tacit] {
			return procedure.Sourced[*procedure.Tacit]{Value: &procedure.Tacit{Effect: effect, Step: step}, Source: "Điều 1 của văn bản thử", Status: procedure.Memory}
		}
		for _, bad := range []procedure.Sourced[*procedure.Tacit]{
			{Value: &procedure.Tacit{Effect: procedure.TacitMark}, Status: procedure.Memory}, // no basis
			{Value: &procedure.Tacit{Effect: procedure.TacitMark}, Source: "x", Status: procedure.Assumed},
			rule("forget", ""), rule(procedure.TacitFinish, ""), rule(procedure.TacitFinish, "nowhere"), rule(procedure.TacitMark, "number"),
		} {
			if publish(bad) == nil {
				t.Errorf("published: %+v", bad)
			}
		}
		counter, leader := w.Staff("Một cửa", "huyen-cho-don", "receiver"), w.Staff("Lãnh đạo", "huyen-cho-don", "leader")
		file := func() *dossier.Dossier {
			citizen := w.Citizen("Triệu Văn Sơn", 2)
			dos, err := w.Dossiers.Submit(citizen, fill(t, w, citizen, "1.001612", w.Unit("huyen-cho-don"), dossier.Online).ID)
			must(t, err)
			return forward(t, w, counter, dos, "receive")
		}
		plain := file()
		must(t, publish(rule(procedure.TacitMark, "")))
		marked, held := file(), file()
		_, err := w.Dossiers.Hold(leader, held.ID, "chờ")
		must(t, err)
		must(t, publish(rule(procedure.TacitFinish, "number")))
		moved := file()

		w.Clock.Move(moved.Due.Sub(w.Clock.Now()))
		_, err = w.Dossiers.Watch(system) // at the very end it is not over
		must(t, err)
		w.Clock.Move(2 * time.Second)
		for range 2 {
			_, err = w.Dossiers.Watch(system)
			must(t, err)
			w.Later(time.Minute)
		}
		for _, x := range []struct {
			name  string
			d     *dossier.Dossier
			times int
			node  string
		}{{"without a rule", plain, 0, "assign"}, {"marked", marked, 1, "assign"}, {"held", held, 0, "assign"}, {"carried on", moved, 1, "number"}} {
			now, err := w.Dossiers.Get(system, x.d.ID)
			must(t, err)
			h, err := w.Dossiers.History(system, x.d.ID)
			must(t, err)
			n := 0
			for _, e := range h {
				if e.Act == "tacit" && e.Note == "Điều 1 của văn bản thử" {
					n++
				}
			}
			if n != x.times || (now.Extra.Tacit != "") != (x.times > 0) || open(t, w, now).Node != x.node {
				t.Errorf("%s: %d times, %q, at %s", x.name, n, now.Extra.Tacit, open(t, w, now).Node)
			}
		}
		noTrouble(t, w)
	})
}

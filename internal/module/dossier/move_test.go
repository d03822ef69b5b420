package dossier_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
	"lienthong/internal/module/procedure"
	"lienthong/packs"
)

const (
	parallel = "3.000722" // its process has two branches side by side
	decision = "Quyết định 12/QĐ-UBND ngày 20/11/2026"
)

// publisher publishes procedures for the whole province.
func publisher(w *dossiertest.World) context.Context {
	return actor.With(context.Background(), actor.Actor{Kind: actor.Staff, Account: w.IDs.New(), Name: "Kiểm soát thủ tục", Agency: w.Unit(banglung),
		Lang: "vi", Grants: []actor.Grant{{Perm: procedure.PermPublish, All: true}, {Perm: procedure.PermEdit, All: true}}})
}

func system() context.Context { return actor.With(context.Background(), actor.System("test")) }

// newVersion publishes the parallel procedure with another process: the branch of the insurance has a
// step more, the leader's step has another id, and the term is six days. It returns both versions.
func newVersion(t *testing.T, w *dossiertest.World, more ...string) (from, to id.ID) {
	t.Helper()
	ctx := publisher(w)
	who := actor.From(ctx)
	old, err := w.Proc.Published(ctx, parallel)
	must(t, err)
	pack, err := packs.Open("bac-kan")
	must(t, err)
	src, err := fs.ReadFile(pack, "processes/"+old.ProcessKey+".bpmn")
	must(t, err)
	s := string(src)
	pairs := append([]string{
		`id="approve"`, `id="sign"`, `Ref="approve"`, `Ref="sign"`, `>approve<`, `>sign<`, `bpmnElement="approve"`, `bpmnElement="sign"`,
		`sourceRef="insurance_card" targetRef="together" />`, `sourceRef="insurance_card" targetRef="collect" /><bpmn:sequenceFlow id="f_collect_together" sourceRef="collect" targetRef="together" />`,
		`<bpmn:flowNodeRef>insurance_card</bpmn:flowNodeRef>`, `<bpmn:flowNodeRef>insurance_card</bpmn:flowNodeRef><bpmn:flowNodeRef>collect</bpmn:flowNodeRef>`,
		`<bpmn:parallelGateway id="together">`, `<bpmn:userTask id="collect" name="Chuyển thẻ về xã" lt:action="collect" lt:budget="2h" lt:status="4"><bpmn:extensionElements><lt:outcome key="done" name="Đã chuyển" kind="forward"/></bpmn:extensionElements></bpmn:userTask><bpmn:parallelGateway id="together">`,
	}, more...)
	s = strings.NewReplacer(pairs...).Replace(s)
	must(t, w.Proc.PutProcess(ctx, who, old.ProcessKey, []byte(s)))
	v, err := w.Proc.NewDraft(ctx, who, parallel)
	must(t, err)
	r := v.Record
	for i := range r.Methods.Value {
		m := &r.Methods.Value[i]
		term := *m.Term
		term.N = 6
		m.Term = &term
	}
	v, err = w.Proc.SaveDraft(ctx, who, v.ID, v.Revision, procedure.Change{Record: r, EffectiveFrom: v.EffectiveFrom, Note: "thêm bước"})
	must(t, err)
	v, err = w.Proc.Publish(ctx, who, v.ID, v.Revision)
	must(t, err)
	return old.ID, v.ID
}

// crew are dossiers of the parallel procedure at different places.
type crew struct {
	half    *dossier.Dossier // one branch done, the other open: the join is half full
	leader  *dossier.Dossier // at the leader, whose step has another id in the new version
	fresh   *dossier.Dossier // waits for receipt
	over    *dossier.Dossier // handed over
	officer context.Context  // of the insurance
	police  context.Context
}

func crewOf(t *testing.T, w *dossiertest.World) crew {
	t.Helper()
	w.Clock.Set("2026-11-25 09:00")
	counter, officer := w.Staff("Một cửa", banglung, "receiver"), w.Staff("Tư pháp", banglung+".tu-phap-ho-tich", "specialist")
	leader, clerk := w.Staff("Chủ tịch", banglung, "leader"), w.Staff("Văn thư", banglung, "clerk")
	c := crew{police: w.Staff("Công an", banglung+".cong-an", "specialist"), officer: w.Staff("Bảo hiểm", "bhxh-tinh", "specialist")}
	file := func(until string) *dossier.Dossier {
		citizen := w.Citizen("Lý Thị Mẩy "+until, 2)
		d, err := w.Dossiers.Submit(citizen, fill(t, w, citizen, parallel, w.Unit(banglung), dossier.Online).ID)
		must(t, err)
		for _, s := range []struct {
			who    context.Context
			action string
		}{{counter, "receive"}, {officer, "examine"}, {leader, "approve"}, {clerk, "number"}, {c.police, "residence"}, {c.officer, "insurance"}, {counter, "return"}} {
			if s.action == until {
				break
			}
			d = forward(t, w, s.who, d, s.action)
		}
		return d
	}
	c.half, c.leader, c.fresh, c.over = file("insurance"), file("approve"), file("receive"), file("")
	return c
}

// sound checks that nothing is half done and the figures hold.
func sound(t *testing.T, w *dossiertest.World) {
	t.Helper()
	bad, err := w.Dossiers.Whole(context.Background())
	must(t, err)
	for _, b := range bad {
		t.Error(b)
	}
	noTrouble(t, w)
}

func items(t *testing.T, w *dossiertest.World, x *dossier.Changeover) map[id.ID]*dossier.ChangeoverItem {
	t.Helper()
	list, err := w.Dossiers.ChangeoverItems(publisher(w), x.ID, dossier.ItemFilter{})
	must(t, err)
	out := map[id.ID]*dossier.ChangeoverItem{}
	for _, i := range list {
		out[i.Dossier] = i
	}
	return out
}

// A version with a step more and a longer term: the half-full join goes on by it, the leader's step
// has to be matched by hand, and each dossier can go back as long as nobody has touched it.
func TestRunningDossiersMoveToAnotherVersion(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		c := crewOf(t, w)
		from, to := newVersion(t, w)
		admin := publisher(w)

		p, err := w.Dossiers.PreviewChangeover(admin, from, to, nil, dossier.PreviewFilter{})
		must(t, err)
		if p.Total != 3 || p.Can != 2 || p.Later != 1 || len(p.Items) != 3 || len(p.Reasons) != 1 || p.Reasons[0].Key != "bpmn.move.gone" || p.Reasons[0].Element != "approve" {
			t.Fatalf("previewed %+v", p)
		}
		if p.Suggested["approve"] != "sign" {
			t.Errorf("suggested %v", p.Suggested)
		}
		before, err := w.Dossiers.Get(c.officer, c.half.ID)
		must(t, err)
		if before.Version != c.half.Version {
			t.Error("the preview stored something")
		}
		m := bpmn.Mapping{"approve": "sign"}
		if p, err = w.Dossiers.PreviewChangeover(admin, from, to, m, dossier.PreviewFilter{Only: "cannot"}); err != nil || p.Can != 3 || len(p.Items) != 0 {
			t.Fatalf("with the step matched: %+v, %v", p, err)
		}

		x, err := w.Dossiers.StartChangeover(admin, from, to, m, decision)
		must(t, err)
		_, err = w.Dossiers.StartChangeover(admin, from, to, m, decision)
		kind(t, "ordered twice", err, fault.Conflict)
		must(t, w.Dossiers.RunChangeovers(system()))
		must(t, w.Dossiers.RunChangeovers(system()))
		x, err = w.Dossiers.Changeover(admin, x.ID)
		must(t, err)
		if x.State != dossier.ChangeoverDone || x.Total != 3 || x.Counts[dossier.ItemMoved] != 3 {
			t.Fatalf("%+v", x)
		}
		half, err := w.Dossiers.Get(c.officer, c.half.ID)
		must(t, err)
		if half.ProcedureVersion != to || half.Term.N != 6 || civil.From(half.Due) != civil.Must("2026-12-03") || half.Version != c.half.Version+1 {
			t.Errorf("moved: %+v", half)
		}
		history, err := w.Dossiers.History(admin, c.half.ID)
		must(t, err)
		last := history[len(history)-1]
		if last.Act != "version" || last.Note != decision || last.ActorName != "Kiểm soát thủ tục" || last.Data["new"] == nil {
			t.Errorf("history says %+v", last)
		}
		if !slices.Contains(w.Ledger.Acts, "dossier.version") || !slices.Contains(w.Ledger.Acts, "dossier.changeover_ordered") {
			t.Error("the ledger knows nothing of it")
		}
		sign := task(t, w, c.leader, "approve")
		if sign.Node != "sign" {
			t.Errorf("the leader's step is %s", sign.Node)
		}
		sound(t, w)

		// Back, but only while nothing has happened since.
		if !items(t, w, x)[c.half.ID].Undo {
			t.Error("the half-full join cannot go back")
		}
		leader := w.Staff("Chủ tịch", banglung, "leader")
		_, err = w.Dossiers.Claim(leader, sign.ID)
		must(t, err)
		if items(t, w, x)[c.leader.ID].Undo {
			t.Error("the leader has it, and it could go back")
		}
		_, err = w.Dossiers.UndoTurn(admin, x.ID, c.leader.ID)
		kind(t, "taken back after an act", err, fault.Conflict)
		back, err := w.Dossiers.UndoTurn(admin, x.ID, c.half.ID)
		must(t, err)
		if back.ProcedureVersion != from || back.Term.N != 4 || !back.Due.Equal(c.half.Due) || back.Status != c.half.Status {
			t.Errorf("taken back: %+v", back)
		}
		_, err = w.Dossiers.UndoTurn(admin, x.ID, c.half.ID)
		kind(t, "taken back twice", err, fault.Conflict)
		sound(t, w)

		// It goes to its end by either version.
		counter := w.Staff("Một cửa", banglung, "receiver")
		back = forward(t, w, c.officer, back, "insurance")
		status(t, forward(t, w, counter, back, "return"), dossier.StatusReturned)
		l, err := w.Dossiers.Get(leader, c.leader.ID)
		must(t, err)
		l = forward(t, w, leader, l, "approve")
		l = forward(t, w, w.Staff("Văn thư", banglung, "clerk"), l, "number")
		l = forward(t, w, c.police, l, "residence")
		l = forward(t, w, c.officer, l, "insurance")
		l = forward(t, w, c.officer, l, "collect")
		status(t, forward(t, w, counter, l, "return"), dossier.StatusReturned)
		sound(t, w)
	})
}

// The work is killed between two dossiers, and within one: what was stored is whole, the next run
// does the rest, and nothing is done twice.
func TestChangeoverGoesOnAfterACrash(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		c := crewOf(t, w)
		from, to := newVersion(t, w)
		x, err := w.Dossiers.StartChangeover(publisher(w), from, to, bpmn.Mapping{"approve": "sign"}, decision)
		must(t, err)
		crash := &failing{Recorder: w.Ledger, after: 1}
		w.Dossiers.Ledger = crash
		if err := w.Dossiers.RunChangeovers(system()); !errors.Is(err, errCrash) {
			t.Fatalf("the work did not fail: %v", err)
		}
		x, err = w.Dossiers.Changeover(publisher(w), x.ID)
		must(t, err)
		if x.State != dossier.ChangeoverRunning || x.Counts[dossier.ItemMoved] != 1 || x.Counts[dossier.ItemWaiting] != 2 {
			t.Fatalf("after the crash: %+v", x)
		}
		for of, i := range items(t, w, x) {
			dos, err := w.Dossiers.Get(system(), of)
			must(t, err)
			if moved := dos.ProcedureVersion == to; moved != (i.State == dossier.ItemMoved) {
				t.Errorf("%s is %s and moved: %v", dos.Code, i.State, moved)
			}
		}
		crash.after = 1 << 20
		// Somebody works on a dossier meanwhile, and another is withdrawn before its turn.
		if items(t, w, x)[c.fresh.ID].State == dossier.ItemWaiting {
			_, err = w.Dossiers.Withdraw(w.Citizen("Lý Thị Mẩy receive", 2), c.fresh.ID, "không cần nữa")
			must(t, err)
		}
		must(t, w.Dossiers.RunChangeovers(system()))
		x, err = w.Dossiers.Changeover(publisher(w), x.ID)
		must(t, err)
		if x.State != dossier.ChangeoverDone || x.Counts[dossier.ItemWaiting] != 0 {
			t.Errorf("%+v", x)
		}
		for of := range items(t, w, x) {
			history, err := w.Dossiers.History(system(), of)
			must(t, err)
			n := 0
			for _, e := range history {
				if e.Act == "version" {
					n++
				}
			}
			if n > 1 {
				t.Errorf("moved %d times", n)
			}
		}
		sound(t, w)
	})
}

var errCrash = errors.New("the machine is gone")

// failing is a ledger that fails after some dossiers were moved.
type failing struct {
	dossier.Recorder
	after int
}

func (f *failing) Record(tx *db.Tx, who actor.Actor, action, object string, of id.ID, content any) error {
	if action == "dossier.version" {
		if f.after--; f.after < 0 {
			return errCrash
		}
	}
	return f.Recorder.Record(tx, who, action, object, of, content)
}

// What keeps a dossier where it is: a join that would wait for ever, and a term that is over already.
func TestDossiersThatCannotMove(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		c := crewOf(t, w)
		from, to := newVersion(t, w, `<bpmn:userTask id="residence"`, `<bpmn:userTask id="extra" name="Báo trường học" lt:action="extra" lt:budget="2h" lt:status="4"><bpmn:extensionElements><lt:outcome key="done" name="Xong" kind="forward"/></bpmn:extensionElements></bpmn:userTask><bpmn:userTask id="residence"`,
			`<bpmn:flowNodeRef>residence</bpmn:flowNodeRef>`, `<bpmn:flowNodeRef>residence</bpmn:flowNodeRef><bpmn:flowNodeRef>extra</bpmn:flowNodeRef>`,
			`<bpmn:sequenceFlow id="f_parallel_residence"`, `<bpmn:sequenceFlow id="f_x1" sourceRef="parallel" targetRef="extra" /><bpmn:sequenceFlow id="f_x2" sourceRef="extra" targetRef="together" /><bpmn:sequenceFlow id="f_parallel_residence"`)
		admin := publisher(w)
		p, err := w.Dossiers.PreviewChangeover(admin, from, to, bpmn.Mapping{"approve": "sign"}, dossier.PreviewFilter{Only: "cannot"})
		must(t, err)
		if len(p.Items) != 1 || p.Items[0].Dossier != c.half.ID || p.Items[0].Reasons[0].Key != "bpmn.move.stuck" {
			t.Fatalf("%+v", p.Items)
		}
		_, err = w.Dossiers.StartChangeover(admin, to, from, nil, decision)
		kind(t, "to a version that is not published", err, fault.Conflict)
		_, err = w.Dossiers.StartChangeover(admin, from, to, nil, " ")
		kind(t, "without a decision", err, fault.Invalid)
		_, err = w.Dossiers.StartChangeover(admin, from, to, bpmn.Mapping{"approve": "nowhere"}, decision)
		kind(t, "matched with nothing", err, fault.Invalid)
		other, err := w.Proc.Published(admin, "1.001193")
		must(t, err)
		_, err = w.Dossiers.PreviewChangeover(admin, from, other.ID, nil, dossier.PreviewFilter{})
		kind(t, "to another procedure", err, fault.Invalid)

		x, err := w.Dossiers.StartChangeover(admin, from, to, nil, decision)
		must(t, err)
		must(t, w.Dossiers.RunChangeovers(system()))
		got := items(t, w, x)
		for of, want := range map[id.ID]string{c.half.ID: "bpmn.move.stuck", c.leader.ID: "bpmn.move.gone", c.fresh.ID: ""} {
			key := ""
			if len(got[of].Reasons) > 0 {
				key = got[of].Reasons[0].Key
			}
			if key != want || (want == "") != (got[of].State == dossier.ItemMoved) {
				t.Errorf("%+v, want %q", got[of], want)
			}
		}
		sound(t, w)
	})
}

// Who does not publish procedures for the whole province sees and does nothing of it.
func TestOnlyPublishersMoveDossiers(t *testing.T) {
	w := dossiertest.New(t, testkit.SQLite(t))
	crewOf(t, w)
	from, to := newVersion(t, w)
	x, err := w.Dossiers.StartChangeover(publisher(w), from, to, nil, decision)
	must(t, err)
	here := actor.From(publisher(w))
	here.Grants = []actor.Grant{{Perm: procedure.PermPublish, Agency: w.Unit(banglung)}}
	for name, ctx := range map[string]context.Context{"a leader": w.Staff("Lãnh đạo", banglung, "leader"), "a citizen": w.Citizen("Lý", 2),
		"a publisher of one agency": actor.With(context.Background(), here), "nobody": context.Background()} {
		_, err := w.Dossiers.PreviewChangeover(ctx, from, to, nil, dossier.PreviewFilter{})
		kind(t, name+" previews", err, fault.Forbidden)
		_, err = w.Dossiers.StartChangeover(ctx, from, to, nil, decision)
		kind(t, name+" orders", err, fault.Forbidden)
		_, err = w.Dossiers.Changeovers(ctx, parallel)
		kind(t, name+" lists", err, fault.Forbidden)
		_, err = w.Dossiers.ChangeoverItems(ctx, x.ID, dossier.ItemFilter{})
		kind(t, name+" reads", err, fault.Forbidden)
		_, err = w.Dossiers.UndoTurn(ctx, x.ID, w.IDs.New())
		kind(t, name+" takes back", err, fault.Forbidden)
		kind(t, name+" stops", w.Dossiers.StopChangeover(ctx, x.ID), fault.Forbidden)
		kind(t, name+" runs", w.Dossiers.RunChangeovers(ctx), fault.Forbidden)
	}
	must(t, w.Dossiers.StopChangeover(publisher(w), x.ID))
	must(t, w.Dossiers.RunChangeovers(system()))
	if x, err = w.Dossiers.Changeover(publisher(w), x.ID); err != nil || x.State != dossier.ChangeoverStopped || x.Counts[dossier.ItemWaiting] != 3 {
		t.Errorf("stopped: %+v, %v", x, err)
	}
	list, err := w.Dossiers.Changeovers(publisher(w), parallel)
	if err != nil || len(list) != 1 || list[0].Decision != decision {
		t.Errorf("%v, %v", list, err)
	}
}

// Officials go on working while their dossiers are moved by two workers at once: every act and every
// move is there once, or was refused as a whole.
func TestChangeoverBesideActsConcurrently(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		w.Clock.Set("2026-11-25 09:00")
		counter, officer := w.Staff("Một cửa", banglung, "receiver"), w.Staff("Tư pháp", banglung+".tu-phap-ho-tich", "specialist")
		var list []*dossier.Dossier
		for range 12 {
			citizen := w.Citizen("Lý Thị Mẩy", 2)
			dos, err := w.Dossiers.Submit(citizen, fill(t, w, citizen, parallel, w.Unit(banglung), dossier.Online).ID)
			must(t, err)
			list = append(list, forward(t, w, counter, dos, "receive"))
		}
		from, to := newVersion(t, w)
		x, err := w.Dossiers.StartChangeover(publisher(w), from, to, bpmn.Mapping{"approve": "sign"}, decision)
		must(t, err)
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if err := w.Dossiers.RunChangeovers(system()); err != nil {
					t.Error(err)
				}
			})
		}
		for _, dos := range list {
			open := task(t, w, dos, "examine").ID
			wg.Go(func() {
				if _, err := w.Dossiers.Claim(officer, open); err != nil {
					t.Error(err)
				}
				if _, err := w.Dossiers.Complete(officer, dossier.Step{Task: open, Outcome: "pass"}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		must(t, w.Dossiers.RunChangeovers(system()))
		x, err = w.Dossiers.Changeover(publisher(w), x.ID)
		must(t, err)
		if x.State != dossier.ChangeoverDone || x.Counts[dossier.ItemMoved] != len(list) {
			t.Errorf("%+v", x)
		}
		for _, dos := range list {
			got, err := w.Dossiers.Get(officer, dos.ID)
			must(t, err)
			if got.ProcedureVersion != to || got.Version != dos.Version+3 || task(t, w, got, "approve").Node != "sign" {
				t.Errorf("%s stands at version %d by %s", got.Code, got.Version, got.ProcedureVersion)
			}
		}
		sound(t, w)
	})
}

package dossier_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
)

// walker carries one dossier after the other through the pack's processes, each task by an official
// who holds its role where it lies.
type walker struct {
	t     *testing.T
	w     *dossiertest.World
	staff map[string]context.Context
}

func (k *walker) as(role string, unit id.ID) context.Context {
	key := role + unit.String()
	if k.staff[key] == nil {
		tree, err := k.w.Org.Tree(context.Background())
		must(k.t, err)
		u, ok := tree.Unit(unit)
		if !ok {
			k.t.Fatalf("no unit %s", unit)
		}
		k.staff[key] = k.w.Staff(role+" "+u.Key, u.Key, role)
	}
	return k.staff[key]
}

// way says what happens at the tasks of one walk.
type wayOf struct {
	side   bool   // every branch beside the straight way is taken once
	asked  bool   // papers are asked for and handed in wherever the process allows it, once each
	refuse string // the node at which the dossier is refused
}

// walk files a dossier and carries it to its end; it returns it with the nodes at which it could
// have been refused.
func (k *walker) walk(code string, offer id.ID, way wayOf) (*dossier.Dossier, []string) {
	t, w := k.t, k.w
	t.Helper()
	counter := k.as("receiver", k.reception(code, offer))
	draft := fill(t, w, counter, code, offer, dossier.Counter)
	d, err := w.Dossiers.Submit(counter, draft.ID)
	must(t, err)
	p, err := w.Proc.ByVersion(context.Background(), d.ProcedureVersion)
	must(t, err)
	seen, refusable := map[string]bool{}, []string{}
	for range 40 {
		if d.Process.Done {
			return d, refusable
		}
		w.Later(2 * time.Minute)
		tasks, err := w.Dossiers.Tasks(context.Background(), d.ID)
		must(t, err)
		x := tasks[slices.IndexFunc(tasks, func(x *dossier.Task) bool { return x.State == "open" })]
		node := p.Process.Node(x.Node)
		if x.Role == bpmn.RoleApplicant {
			status(t, d, dossier.StatusSupplement)
			d, err = w.Dossiers.Answer(counter, d.ID, nil, "Đã bổ sung")
			must(t, err)
			continue
		}
		who, again := k.as(x.Role, x.Unit), seen[x.Node]
		seen[x.Node] = true
		var forward, other, supplement, refuse string
		for _, o := range node.Outcomes {
			switch o.Kind {
			case bpmn.OutcomeForward, bpmn.OutcomeFinish:
				if forward == "" {
					forward = o.Key
				}
				if o.Key != forward && other == "" {
					other = o.Key
				}
			case bpmn.OutcomeSupplement:
				supplement = o.Key
			case bpmn.OutcomeRefuse:
				refuse = o.Key
			}
		}
		if refuse != "" && !slices.Contains(refusable, x.Node) {
			refusable = append(refusable, x.Node)
		}
		outcome := forward
		switch {
		case x.Action == dossier.ActionPay:
			status(t, d, dossier.StatusDuty)
			d, err = w.Dossiers.Pay(who, d.ID, d.Fee-d.FeePaid, "cash", "BL-"+d.Code, "")
			must(t, err)
			continue
		case way.refuse == x.Node:
			outcome = refuse
		case way.asked && supplement != "" && !again:
			d, err = w.Dossiers.AskSupplement(k.twice(x, who), x.ID, []dossier.Defect{{What: "Bản chụp mờ"}}, "Chưa đọc được")
			must(t, err)
			continue
		case way.side && other != "" && !again:
			outcome = other
		}
		if outcome == "duty" {
			d, err = w.Dossiers.SetDuty(k.as("specialist", x.Unit), d.ID, d.FeePaid+150000, "Thông báo nộp tiền")
			must(t, err)
		}
		d, err = w.Dossiers.Complete(who, dossier.Step{Task: x.ID, Outcome: outcome, Note: "Ghi chú", Number: "15/KQ"})
		if err != nil {
			t.Fatalf("%s, %s at %s: %v", code, outcome, x.Node, err)
		}
	}
	t.Fatalf("%s, %+v: no end after 40 acts, %+v", code, way, d.Process)
	return nil, nil
}

// twice returns who may ask at this task a second time without a leader's approval: the leader.
func (k *walker) twice(x *dossier.Task, who context.Context) context.Context {
	tree, err := k.w.Org.Tree(context.Background())
	must(k.t, err)
	u, _ := tree.Unit(x.Unit)
	key := "both" + x.Unit.String() + x.Role
	if k.staff[key] == nil {
		k.staff[key] = k.w.Staff("cả hai "+u.Key, u.Key, x.Role, "leader")
	}
	return k.staff[key]
}

func (k *walker) reception(code string, offer id.ID) id.ID {
	v, err := k.w.Proc.Published(context.Background(), code)
	must(k.t, err)
	if unit, ok := strings.CutPrefix(v.Record.Wiring.Reception, "unit:"); ok {
		return k.w.Unit(unit)
	}
	return offer
}

// Every procedure of the pack runs on its process to its result; every process also through its
// side branches, through requests for papers, and into each of its refusals.
func TestEveryProcedureRuns(t *testing.T) {
	files, err := filepath.Glob("../../../packs/bac-kan/procedures/*.json")
	must(t, err)
	if len(files) < 40 {
		t.Fatalf("%d procedures", len(files))
	}
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		w := dossiertest.New(t, d)
		k := &walker{t: t, w: w, staff: map[string]context.Context{}}
		walked := map[string]bool{}
		for _, f := range files {
			code := strings.TrimSuffix(filepath.Base(f), ".json")
			v, err := w.Proc.Published(context.Background(), code)
			must(t, err)
			offer := w.Unit(banglung)
			switch o := v.Record.Offers[0]; {
			case o.Unit != "":
				offer = w.Unit(o.Unit)
			case o.Kind == "district":
				offer = w.Unit("huyen-cho-don")
			}
			got, refusable := k.walk(code, offer, wayOf{})
			status(t, got, dossier.StatusReturned)
			if got.Late {
				t.Errorf("%s is late", code)
			}
			if walked[v.Record.Process] {
				continue
			}
			walked[v.Record.Process] = true
			got, more := k.walk(code, offer, wayOf{side: true})
			status(t, got, dossier.StatusReturned)
			if got, _ = k.walk(code, offer, wayOf{asked: true}); got.Status != dossier.StatusReturned {
				t.Errorf("%s, asked: status %d", code, got.Status)
			}
			for _, n := range more {
				if !slices.Contains(refusable, n) {
					refusable = append(refusable, n)
				}
			}
			if len(refusable) == 0 {
				t.Errorf("%s can never be refused", v.Record.Process)
			}
			for _, n := range refusable {
				got, _ := k.walk(code, offer, wayOf{refuse: n})
				status(t, got, dossier.StatusStopped)
			}
		}
		noTrouble(t, w)
	})
}

package procedure_test

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"testing"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/procedure"
	"lienthong/internal/module/procedure/proceduretest"
)

const sameDay = "mot-cua-trong-ngay"

// drawer may edit all procedures and publish none.
func drawer(n byte) actor.Actor {
	return actor.Actor{Kind: actor.Staff, Account: id.ID{15: n}, Grants: []actor.Grant{{Perm: procedure.PermEdit, All: true}}}
}

// withBudget returns a change that gives the first task with a budget another one.
func withBudget(t *testing.T, src []byte, budget string) func(*bpmn.File) error {
	t.Helper()
	d, err := bpmn.Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	for i := range d.Nodes {
		if d.Nodes[i].Budget > 0 {
			return func(f *bpmn.File) error { return f.SetAttr(d.Nodes[i].ID, bpmn.NS, "budget", budget) }
		}
	}
	t.Fatal("no task has a budget")
	return nil
}

// A process' way: a draft, changed, proposed by one person and published by another, with the
// procedures that use it; what was received before keeps what it had.
func TestProcessIsPublishedByFourEyes(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		clock := testkit.At("2026-11-23 08:00")
		s, ledger, _ := proceduretest.New(t, d, clock.Now)
		loadLibrary(t, s)
		admin, who := proceduretest.Admin(), drawer(7)
		rep, err := s.ImportRecords(ctx, admin, asJSON(t, []procedure.Record{packRecord(t, birth)}), procedure.ImportOptions{Publish: true})
		if err != nil || !rep.Rows[0].OK {
			t.Fatal(err, rep)
		}
		first, err := s.Published(ctx, birth)
		if err != nil {
			t.Fatal(err)
		}
		key := first.ProcessKey
		if n, err := s.ProcessNumbers(ctx, birth); err != nil || n[first.ID] != 1 {
			t.Errorf("versions %v of the process, %v", n, err)
		}
		draft, err := s.StartProcessDraft(ctx, who, key)
		if err != nil || draft.Base != 1 || draft.Revision != 1 || !bytes.Equal(draft.BPMN, first.BPMN) {
			t.Fatal(err, draft)
		}
		if again, err := s.StartProcessDraft(ctx, drawer(8), key); err != nil || again.CreatedBy != who.Account {
			t.Error("a second draft of the same process", err)
		}
		if draft, err = s.EditProcessDraft(ctx, who, key, 1, withBudget(t, draft.BPMN, "50m")); err != nil || draft.Revision != 2 {
			t.Fatal(err)
		}
		_, err = s.EditProcessDraft(ctx, drawer(8), key, 1, withBudget(t, draft.BPMN, "2h"))
		wantKind(t, err, fault.Conflict, "procedure.changed_meanwhile")
		_, err = s.ProposeProcess(ctx, who, key, 2, " ")
		wantKind(t, err, fault.Invalid, "procedure.invalid")
		_, err = s.ApproveProcess(ctx, admin, key, 2, nil)
		wantKind(t, err, fault.Conflict, "procedure.process.not_proposed")
		if draft, err = s.ProposeProcess(ctx, who, key, 2, "Rút ngắn thời gian"); err != nil || !draft.Proposed() {
			t.Fatal(err)
		}
		_, err = s.ApproveProcess(ctx, who, key, draft.Revision, nil)
		wantKind(t, err, fault.Forbidden, "procedure.forbidden")
		both := admin
		both.Account = who.Account
		_, err = s.ApproveProcess(ctx, both, key, draft.Revision, nil)
		wantKind(t, err, fault.Forbidden, "procedure.process.four_eyes")
		if draft, err = s.ReturnProcess(ctx, admin, key, draft.Revision, "Xem lại bước tiếp nhận"); err != nil || draft.Proposed() || draft.Returned == "" {
			t.Fatal(err, draft)
		}
		if draft, err = s.ProposeProcess(ctx, who, key, draft.Revision, "Rút ngắn thời gian"); err != nil {
			t.Fatal(err)
		}
		uses, err := s.ProcessUses(ctx, key, nil)
		if err != nil || len(uses) != 1 || uses[0].Code != birth || uses[0].HasDraft {
			t.Fatal(err, uses)
		}
		if _, err := s.NewDraft(ctx, admin, birth); err != nil {
			t.Fatal(err)
		}
		_, err = s.ApproveProcess(ctx, admin, key, draft.Revision, []string{birth})
		wantKind(t, err, fault.Conflict, "procedure.process.code_has_draft")
		if vs, err := s.ProcessVersions(ctx, key); err != nil || len(vs) != 1 {
			t.Error("a refused publication left something", err, vs)
		}
		own, err := s.DraftOf(ctx, admin, birth)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.DiscardDraft(ctx, admin, own.ID, own.Revision); err != nil {
			t.Fatal(err)
		}
		v, err := s.ApproveProcess(ctx, admin, key, draft.Revision, []string{birth, birth})
		if err != nil || v.Number != 2 || v.EditedBy != who.Account || v.ProposedBy != who.Account || v.ApprovedBy != admin.Account {
			t.Fatal(err, v)
		}
		now, err := s.Published(ctx, birth)
		if err != nil || now.Number <= first.Number || !bytes.Equal(now.BPMN, draft.BPMN) || now.Note != "Rút ngắn thời gian" || !bytes.Equal(now.Schema, first.Schema) {
			t.Fatal(err, now)
		}
		if n, err := s.ProcessNumbers(ctx, birth); err != nil || n[now.ID] != 2 || n[first.ID] != 1 {
			t.Errorf("versions %v of the process, %v", n, err)
		}
		if old, err := s.ByVersion(ctx, first.ID); err != nil || !bytes.Equal(old.BPMN, first.BPMN) {
			t.Error("what was received before has another process", err)
		}
		if a, err := s.Process(ctx, key); err != nil || !bytes.Equal(a.BPMN, draft.BPMN) {
			t.Error("the library has another process", err)
		}
		_, err = s.ProcessDraft(ctx, who, key)
		wantKind(t, err, fault.NotFound, "procedure.process.no_draft")
		loadLibrary(t, s) // the next start must not take the change back
		if a, err := s.Process(ctx, key); err != nil || !bytes.Equal(a.BPMN, draft.BPMN) {
			t.Error("the pack took the change back", err)
		}
		for _, act := range []string{"draft_create", "draft_change", "propose", "return", "approve"} {
			if !slices.Contains(ledger.Acts(), "procedure.process."+act) {
				t.Errorf("%s is not in the ledger: %v", act, ledger.Acts())
			}
		}
	})
}

// A draft is stored with its mistakes and says them; it cannot be proposed with them, and a change
// takes a proposal back.
func TestProcessDraftSaysItsProblems(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		s, _, _ := proceduretest.New(t, d, testkit.At("2026-11-23 08:00").Now)
		loadLibrary(t, s)
		who := drawer(7)
		draft, err := s.NewProcess(ctx, who, "thu-moi", "Quy trình thử & mới", sameDay)
		if err != nil || draft.Title != "Quy trình thử & mới" || draft.Base != 0 {
			t.Fatal(err, draft)
		}
		_, err = s.NewProcess(ctx, who, "thu-moi", "Khác", sameDay)
		wantKind(t, err, fault.Conflict, "procedure.process.taken")
		_, err = s.NewProcess(ctx, who, sameDay, "Khác", sameDay)
		wantKind(t, err, fault.Conflict, "procedure.process.taken")
		if draft, err = s.ProposeProcess(ctx, who, "thu-moi", 1, "Thử"); err != nil {
			t.Fatal(err)
		}
		broken := strings.Replace(string(draft.BPMN), `lt:action="receive"`, "", 1)
		if draft, err = s.SaveProcessDraft(ctx, who, "thu-moi", draft.Revision, []byte(broken)); err != nil || draft.Proposed() {
			t.Fatal(err, draft.Proposed())
		}
		p := s.DraftProblems(ctx, draft)
		if len(p) != 1 || p[0].Key != "bpmn.check.noaction" || p[0].Element == "" {
			t.Errorf("problems %v", p)
		}
		_, err = s.ProposeProcess(ctx, who, "thu-moi", draft.Revision, "Thử")
		wantKind(t, err, fault.Invalid, "procedure.not_publishable")
		for _, bad := range []string{"", "no xml", `<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>`} {
			_, err = s.SaveProcessDraft(ctx, who, "thu-moi", draft.Revision, []byte(bad))
			wantKind(t, err, fault.Invalid, "procedure.process_invalid")
		}
		if err := s.DiscardProcessDraft(ctx, who, "thu-moi", draft.Revision-1); fault.KindOf(err) != fault.Conflict {
			t.Error(err)
		}
		if err := s.DiscardProcessDraft(ctx, who, "thu-moi", draft.Revision); err != nil {
			t.Error(err)
		}
		commune := proceduretest.Editor(id.ID{15: 11})
		_, err = s.StartProcessDraft(ctx, commune, sameDay)
		wantKind(t, err, fault.Forbidden, "procedure.forbidden")
		_, err = s.ProcessDraft(ctx, actor.Actor{Kind: actor.Staff}, sameDay)
		wantKind(t, err, fault.NotFound, "procedure.process.no_draft")
	})
}

// Of several people who save the same revision at once, one is taken and the others are told.
func TestConcurrentSavesOfAProcess(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		s, _, _ := proceduretest.New(t, d, testkit.At("2026-11-23 08:00").Now)
		loadLibrary(t, s)
		draft, err := s.StartProcessDraft(ctx, drawer(1), sameDay)
		if err != nil {
			t.Fatal(err)
		}
		budgets := []string{"11m", "12m", "13m", "14m"}
		taken := make([]bool, len(budgets))
		var wg sync.WaitGroup
		for i, b := range budgets {
			change := withBudget(t, draft.BPMN, b)
			wg.Go(func() {
				_, err := s.EditProcessDraft(ctx, drawer(byte(i+1)), sameDay, 1, change)
				taken[i] = err == nil
				if err != nil && fault.KindOf(err) != fault.Conflict {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		n := 0
		for _, ok := range taken {
			if ok {
				n++
			}
		}
		if now, err := s.ProcessDraft(ctx, drawer(1), sameDay); err != nil || n != 1 || now.Revision != 2 {
			t.Errorf("%d of %d saves were taken, revision %d, %v", n, len(budgets), now.Revision, err)
		}
	})
}

// A version that takes longer than the law allows a procedure cannot take that procedure along.
func TestProcessMustFitItsProcedures(t *testing.T) {
	s, _, _ := published(t, birth)
	ctx, who, admin := t.Context(), drawer(7), proceduretest.Admin()
	v, err := s.Published(ctx, birth)
	if err != nil {
		t.Fatal(err)
	}
	draft, err := s.StartProcessDraft(ctx, who, v.ProcessKey)
	if err != nil {
		t.Fatal(err)
	}
	if draft, err = s.EditProcessDraft(ctx, who, v.ProcessKey, 1, withBudget(t, draft.BPMN, "300d")); err != nil {
		t.Fatal(err)
	}
	d, err := bpmn.Parse(draft.BPMN)
	if err != nil {
		t.Fatal(err)
	}
	uses, err := s.ProcessUses(ctx, v.ProcessKey, d)
	if err != nil || len(uses) != 1 || len(uses[0].Problems) != 1 {
		t.Fatal(err, uses)
	}
	if draft, err = s.ProposeProcess(ctx, who, v.ProcessKey, 2, "Thử"); err != nil {
		t.Fatal(err)
	}
	_, err = s.ApproveProcess(ctx, admin, v.ProcessKey, draft.Revision, []string{birth})
	wantKind(t, err, fault.Invalid, "procedure.not_publishable")
	if _, err := s.ApproveProcess(ctx, admin, v.ProcessKey, draft.Revision, nil); err != nil {
		t.Fatal(err)
	}
	if now, err := s.Published(ctx, birth); err != nil || now.ID != v.ID {
		t.Error("the procedure moved along all the same", err)
	}
}

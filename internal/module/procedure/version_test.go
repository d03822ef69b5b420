package procedure_test

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/procedure"
	"lienthong/internal/module/procedure/proceduretest"
)

const birth = "1.001193"

// A procedure's life: draft, published, the next version, retired; a dossier received under the
// first keeps it all the way.
func TestVersions(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		clock := testkit.At("2026-11-23 08:00")
		s, ledger, _ := proceduretest.New(t, d, clock.Now)
		loadLibrary(t, s)
		admin := proceduretest.Admin()
		today := civil.From(clock.Now())

		v1, err := s.Create(ctx, admin, procedure.Change{Record: packRecord(t, birth), EffectiveFrom: today, Note: "first"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Create(ctx, admin, procedure.Change{Record: packRecord(t, birth), EffectiveFrom: today}); true {
			wantKind(t, err, fault.Conflict, "procedure.exists")
		}
		if _, err := s.Published(ctx, birth); true {
			wantKind(t, err, fault.NotFound, "procedure.not_found")
		}
		if v1, err = s.Publish(ctx, admin, v1.ID, v1.Revision); err != nil {
			t.Fatal(err)
		}
		got, err := s.Published(ctx, birth)
		if err != nil || got.ID != v1.ID || got.Number != 1 || got.State != procedure.Published {
			t.Fatal(err, got)
		}
		if dif := cmp.Diff(packRecord(t, birth), got.Record); dif != "" {
			t.Errorf("the record came back changed: %s", dif)
		}
		if _, err := s.Publish(ctx, admin, v1.ID, v1.Revision); true {
			wantKind(t, err, fault.Conflict, "procedure.not_a_draft")
		}

		v2, err := s.NewDraft(ctx, admin, birth)
		if err != nil || v2.Number != 2 || v2.State != procedure.Draft {
			t.Fatal(err, v2)
		}
		if again, err := s.NewDraft(ctx, admin, birth); err != nil || again.ID != v2.ID {
			t.Errorf("a second draft: %v %v", err, again)
		}
		change := procedure.Change{Record: v2.Record, EffectiveFrom: today, Note: "tên mới"}
		change.Record.Name.Value = "Đăng ký khai sinh (mới)"
		saved, err := s.SaveDraft(ctx, admin, v2.ID, v2.Revision, change)
		if err != nil || saved.Revision != v2.Revision+1 {
			t.Fatal(err)
		}
		if _, err := s.SaveDraft(ctx, admin, v2.ID, v2.Revision, change); true {
			wantKind(t, err, fault.Conflict, "procedure.changed_meanwhile")
		}
		if _, err := s.Publish(ctx, admin, v2.ID, v2.Revision); true {
			wantKind(t, err, fault.Conflict, "procedure.changed_meanwhile")
		}
		other := change
		other.Record.Code.Value = "9.999999"
		if _, err := s.SaveDraft(ctx, admin, v2.ID, saved.Revision, other); true {
			wantKind(t, err, fault.Invalid, "procedure.invalid")
		}
		if _, err := s.SaveDraft(ctx, admin, v1.ID, 1, change); true {
			wantKind(t, err, fault.Conflict, "procedure.not_a_draft")
		}
		if _, err := s.Publish(ctx, admin, v2.ID, saved.Revision); err != nil {
			t.Fatal(err)
		}
		if got, err = s.Published(ctx, birth); err != nil || got.ID != v2.ID || got.Record.Name.Value != change.Record.Name.Value {
			t.Fatal(err, got)
		}

		// The dossier under version 1 still has its own record, form and process.
		old, err := s.ByVersion(ctx, v1.ID)
		if err != nil || old.Record.Name.Value == change.Record.Name.Value || old.Form == nil || old.Process == nil {
			t.Fatal(err)
		}
		if again, _ := s.ByVersion(ctx, v1.ID); again != old {
			t.Error("a published version was compiled twice")
		}
		list, err := s.Versions(ctx, birth)
		if err != nil || len(list) != 2 || list[0].Number != 2 || list[1].State != procedure.Retired || list[1].RetiredAt.IsZero() {
			t.Errorf("%v %+v", err, list)
		}

		if err := s.Retire(ctx, admin, birth, "bãi bỏ"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Published(ctx, birth); true {
			wantKind(t, err, fault.NotFound, "procedure.not_found")
		}
		if _, err := s.ByVersion(ctx, v2.ID); err != nil {
			t.Error("a retired version is gone for its dossiers:", err)
		}
		if err := s.Retire(ctx, admin, birth, ""); true {
			wantKind(t, err, fault.Conflict, "procedure.nothing_published")
		}
		// A retired procedure comes back as a new version.
		v3, err := s.NewDraft(ctx, admin, birth)
		if err != nil || v3.Number != 3 {
			t.Fatal(err, v3)
		}
		if err := s.DiscardDraft(ctx, admin, v3.ID, v3.Revision); err != nil {
			t.Fatal(err)
		}

		var subjects []string
		rows, err := d.Read(ctx).Query("SELECT subject FROM kit_outbox ORDER BY id")
		subjects, err = db.Collect[string](rows, err)(scanString)
		if err != nil {
			t.Fatal(err)
		}
		if dif := cmp.Diff([]string{procedure.SubjectPublished, procedure.SubjectPublished, procedure.SubjectRetired}, subjects); dif != "" {
			t.Error(dif)
		}
		for _, act := range []string{"procedure.draft.create", "procedure.draft.change", "procedure.publish", "procedure.retire", "procedure.draft.discard"} {
			if !slices.Contains(ledger.Acts(), act) {
				t.Errorf("the ledger has no %s", act)
			}
		}
	})
}

// Of several administrators who publish, save or start drafts at once, one wins and the others
// are told; there is never a second published version or draft.
func TestConcurrentPublish(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		clock := testkit.At("2026-11-23 08:00")
		s, _, _ := proceduretest.New(t, d, clock.Now)
		loadLibrary(t, s)
		admin := proceduretest.Admin()
		change := procedure.Change{Record: packRecord(t, birth), EffectiveFrom: civil.From(clock.Now())}
		var created, publishedN, drafts atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := s.Create(ctx, admin, change); err == nil {
					created.Add(1)
				} else {
					wantKind(t, err, fault.Conflict, "procedure.exists")
				}
			})
		}
		wg.Wait()
		list, err := s.Versions(ctx, birth)
		if err != nil || created.Load() != 1 || len(list) != 1 {
			t.Fatal(err, created.Load(), len(list))
		}
		for range 8 {
			wg.Go(func() {
				if _, err := s.Publish(ctx, admin, list[0].ID, 1); err == nil {
					publishedN.Add(1)
				} else if fault.KindOf(err) != fault.Conflict {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if publishedN.Load() != 1 {
			t.Errorf("published %d times", publishedN.Load())
		}
		seen := make(chan id.ID, 8)
		for range 8 {
			wg.Go(func() {
				v, err := s.NewDraft(ctx, admin, birth)
				if err != nil {
					t.Error(err)
					return
				}
				drafts.Add(1)
				seen <- v.ID
			})
		}
		wg.Wait()
		close(seen)
		var first id.ID
		for v := range seen {
			if first.Zero() {
				first = v
			} else if v != first {
				t.Error("two drafts of one procedure")
			}
		}
	})
}

func TestWhoMayChange(t *testing.T) {
	s, clock, units := published(t, birth)
	ctx := t.Context()
	v, err := s.NewDraft(ctx, proceduretest.Admin(), birth)
	if err != nil {
		t.Fatal(err)
	}
	change := procedure.Change{Record: v.Record, EffectiveFrom: civil.From(clock.Now())}
	editOnly := actor.Actor{Kind: actor.Staff, Grants: []actor.Grant{{Perm: procedure.PermEdit, All: true}}}
	for name, who := range map[string]actor.Actor{
		"nobody": {}, "citizen": {Kind: actor.Citizen},
		"editor of one agency": proceduretest.Editor(units["xa-02020"].ID),
	} {
		for act, do := range map[string]func() error{
			"create":  func() error { _, err := s.Create(ctx, who, change); return err },
			"draft":   func() error { _, err := s.NewDraft(ctx, who, birth); return err },
			"save":    func() error { _, err := s.SaveDraft(ctx, who, v.ID, v.Revision, change); return err },
			"discard": func() error { return s.DiscardDraft(ctx, who, v.ID, v.Revision) },
			"publish": func() error { _, err := s.Publish(ctx, who, v.ID, v.Revision); return err },
			"retire":  func() error { return s.Retire(ctx, who, birth, "") },
			"import":  func() error { _, err := s.ImportRecords(ctx, who, []byte("[]"), procedure.ImportOptions{}); return err },
			"form":    func() error { return s.PutForm(ctx, who, "x", nil, nil) },
			"process": func() error { return s.PutProcess(ctx, who, "x", nil) },
		} {
			if err := do(); fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s may %s: %v", name, act, err)
			}
		}
	}
	if _, err := s.Publish(ctx, editOnly, v.ID, v.Revision); fault.KindOf(err) != fault.Forbidden {
		t.Error("an editor may publish:", err)
	}
	if _, err := s.ImportRecords(ctx, editOnly, []byte("[]"), procedure.ImportOptions{Publish: true}); fault.KindOf(err) != fault.Forbidden {
		t.Error("an editor may publish by import:", err)
	}
	if _, err := s.Version(ctx, actor.Actor{}, v.ID); fault.KindOf(err) != fault.NotFound {
		t.Error("anybody sees a draft:", err)
	}
	if _, err := s.Version(ctx, editOnly, v.ID); err != nil {
		t.Error(err)
	}
}

func TestNotPublishable(t *testing.T) {
	s, clock, _ := published(t, birth)
	ctx, admin := t.Context(), proceduretest.Admin()
	today := civil.From(clock.Now())
	tests := []struct {
		name   string
		change func(c *procedure.Change)
		path   string
		key    string
	}{
		{"no result", func(c *procedure.Change) { c.Record.Result.Value = nil }, "/result/value", "procedure.needed"},
		{"no components", func(c *procedure.Change) { c.Record.Components.Value = nil }, "/components/value", "procedure.needed"},
		{"no process", func(c *procedure.Change) { c.Record.Process = "" }, "/process", "procedure.needed"},
		{"nobody receives it", func(c *procedure.Change) { c.Record.Offers = nil }, "/offers", "procedure.needed"},
		{"the steps take longer than the law allows", func(c *procedure.Change) { c.Record.Process = "so-nganh" }, "", "procedure.process_problem"},
	}
	v, err := s.NewDraft(ctx, admin, birth)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			c := procedure.Change{Record: packRecord(t, birth), EffectiveFrom: today}
			tc.change(&c)
			if v, err = s.SaveDraft(ctx, admin, v.ID, v.Revision, c); err != nil {
				t.Fatal(err)
			}
			_, err := s.Publish(ctx, admin, v.ID, v.Revision)
			wantKind(t, err, fault.Invalid, "procedure.not_publishable")
			found := false
			for _, f := range fault.As(err).Fields {
				found = found || f.Key == tc.key && (tc.path == "" || f.Path == tc.path)
			}
			if !found {
				t.Errorf("no %s at %q in %v", tc.key, tc.path, fault.As(err).Fields)
			}
			if p, err := s.Published(ctx, birth); err != nil || p.Number != 1 {
				t.Error("the published version was touched:", err)
			}
		})
	}
	t.Run("a unit that does not exist", func(t *testing.T) {
		c := procedure.Change{Record: packRecord(t, birth), EffectiveFrom: today}
		c.Record.Offers = []procedure.Offer{{Unit: "so-khong-co"}}
		if v, err = s.SaveDraft(ctx, admin, v.ID, v.Revision, c); err != nil {
			t.Fatal(err)
		}
		_, err := s.Publish(ctx, admin, v.ID, v.Revision)
		wantKind(t, err, fault.Invalid, "procedure.invalid")
	})
	t.Run("before its day", func(t *testing.T) {
		c := procedure.Change{Record: packRecord(t, birth), EffectiveFrom: today + 1}
		if v, err = s.SaveDraft(ctx, admin, v.ID, v.Revision, c); err != nil {
			t.Fatal(err)
		}
		_, err := s.Publish(ctx, admin, v.ID, v.Revision)
		wantKind(t, err, fault.Conflict, "procedure.not_yet")
		clock.Set("2026-11-24 00:01")
		if _, err := s.Publish(ctx, admin, v.ID, v.Revision); err != nil {
			t.Error(err)
		}
	})
	t.Run("a form or process the library lacks", func(t *testing.T) {
		v, err := s.NewDraft(ctx, admin, birth)
		if err != nil {
			t.Fatal(err)
		}
		c := procedure.Change{Record: packRecord(t, birth), EffectiveFrom: today}
		c.Record.Form, c.Record.Process = "khong-co", "cung-khong"
		_, err = s.SaveDraft(ctx, admin, v.ID, v.Revision, c)
		wantKind(t, err, fault.Invalid, "procedure.invalid")
		if f := fault.As(err).Fields; len(f) != 2 || f[0].Path != "/form" || f[1].Path != "/process" {
			t.Error(f)
		}
	})
}

func TestLibrary(t *testing.T) {
	s, _, _ := published(t, birth)
	ctx, admin := t.Context(), proceduretest.Admin()
	wantKind(t, s.PutForm(ctx, admin, "x", []byte(`{"type":"object"`), []byte(`{}`)), fault.Invalid, "procedure.form_invalid")
	wantKind(t, s.PutProcess(ctx, admin, "x", []byte(`<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>`)), fault.Invalid, "procedure.process_invalid")
	p, err := s.Process(ctx, "mot-cua-trong-ngay")
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.PutProcess(ctx, admin, "Bad Key", p.BPMN), fault.Invalid, "procedure.invalid")
	if err := s.PutProcess(ctx, admin, "cua-toi", p.BPMN); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Process(ctx, "cua-toi"); err != nil {
		t.Error(err)
	}
	_, err = s.Form(ctx, "cua-toi")
	wantKind(t, err, fault.NotFound, "procedure.no_such_form")
	forms, err := s.Forms(ctx)
	if err != nil || len(forms) < 15 {
		t.Error(err, len(forms))
	}
}

// TestCleanLeavesTheOriginal guards records that several editors read at once: cleaning a copy
// writes into nothing that the original points at.
func TestCleanLeavesTheOriginal(t *testing.T) {
	dirty := "  Mẫu\u0000  số 1 "
	r := procedure.Record{}
	r.Keywords.Value = []string{dirty}
	r.Methods.Value = []procedure.Method{{Channel: 1, Term: &worktime.Term{N: 3, Unit: worktime.Unit(dirty)}, Fees: []procedure.Fee{{Unit: dirty}}}}
	r.Divisions.Value = map[string]string{"commune": dirty}
	c := r
	c.Clean()
	for name, s := range map[string]string{"list": r.Keywords.Value[0], "pointer": string(r.Methods.Value[0].Term.Unit),
		"nested list": r.Methods.Value[0].Fees[0].Unit, "map": r.Divisions.Value["commune"]} {
		if s != dirty {
			t.Errorf("the original's %s became %q", name, s)
		}
	}
	if c.Keywords.Value[0] != "Mẫu số 1" || string(c.Methods.Value[0].Term.Unit) != "Mẫu số 1" {
		t.Errorf("the copy was not cleaned: %q", c.Keywords.Value[0])
	}
}

package procedure_test

import (
	"os"
	"testing"
	"testing/fstest"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/procedure"
	"lienthong/internal/module/procedure/proceduretest"
)

// The pack of the province loads whole, and its second load changes nothing.
func TestPack(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		s, ledger, _ := proceduretest.New(t, d, testkit.At("2026-11-23 08:00").Now)
		pack := os.DirFS(packDir)
		if err := s.ImportPack(t.Context(), pack); err != nil {
			t.Error(err)
		}
		cat, err := s.Catalogue(t.Context())
		if err != nil || cat.Len() < 35 {
			t.Fatal(err, cat.Len())
		}
		forms := 0
		for _, e := range cat.Entries() {
			c, err := s.ByVersion(t.Context(), e.Version)
			if err != nil {
				t.Fatal(e.Code, err)
			}
			if c.Form != nil {
				forms++
			}
			if c.Process == nil {
				t.Errorf("%s has no process", e.Code)
			}
		}
		if forms < 15 {
			t.Errorf("%d procedures have an e-form", forms)
		}
		acts := len(ledger.Acts())
		if err := s.ImportPack(t.Context(), pack); err != nil {
			t.Error(err)
		}
		if n := len(ledger.Acts()); n != acts {
			t.Errorf("the second load of the pack did %d acts", n-acts)
		}
	})
}

// packOf returns a pack with one procedure.
func packOf(t *testing.T, r procedure.Record) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{"procedures/x.json": {Data: asJSON(t, r)}}
	for _, name := range []string{"forms/khai-sinh/schema.json", "forms/khai-sinh/layout.json", "processes/dang-ky-khai-sinh.bpmn"} {
		b, err := os.ReadFile(packDir + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = &fstest.MapFile{Data: b}
	}
	return out
}

// A changed pack makes a new version; what an administrator changed is not taken back by the
// next start; a draft somebody is at work on is left to them.
func TestPackAndAdministrators(t *testing.T) {
	clock := testkit.At("2026-11-23 08:00")
	s, _, _ := proceduretest.New(t, testkit.SQLite(t), clock.Now)
	ctx, admin := t.Context(), proceduretest.Admin()
	r := packRecord(t, birth)
	load := func() {
		t.Helper()
		if err := s.ImportPack(ctx, packOf(t, r)); err != nil {
			t.Fatal(err)
		}
	}
	number := func(want int, description string) {
		t.Helper()
		v, err := s.Published(ctx, birth)
		if err != nil || v.Number != want || v.Record.Description.Value != description {
			t.Fatalf("%v: version %d %q, want %d %q", err, v.Number, v.Record.Description.Value, want, description)
		}
	}
	r.Description.Value = "gói 1"
	load()
	number(1, "gói 1")

	v, err := s.NewDraft(ctx, admin, birth)
	if err != nil {
		t.Fatal(err)
	}
	mine := v.Record
	mine.Description.Value = "quản trị"
	if v, err = s.SaveDraft(ctx, admin, v.ID, v.Revision, procedure.Change{Record: mine, EffectiveFrom: civil.From(clock.Now())}); err != nil {
		t.Fatal(err)
	}
	old := r
	r.Description.Value = "gói 2"
	load() // somebody has a draft
	number(1, "gói 1")
	if _, err := s.Publish(ctx, admin, v.ID, v.Revision); err != nil {
		t.Fatal(err)
	}
	r = old
	load() // the pack did not change since version 1
	number(2, "quản trị")
	r.Description.Value = "gói 2"
	load()
	number(3, "gói 2")

	// A process an administrator replaced stays until the pack brings another one.
	p, err := s.Process(ctx, "dang-ky-khai-sinh")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.PutProcess(ctx, admin, "dang-ky-khai-sinh", append(p.BPMN, '\n')); err != nil {
		t.Fatal(err)
	}
	load()
	number(3, "gói 2")
	if now, err := s.Process(ctx, "dang-ky-khai-sinh"); err != nil || now.Content == p.Content {
		t.Error("the next start took an administrator's process back:", err)
	}
}

package app_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lienthong/internal/app"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/notify"
	"lienthong/packs"
)

// A step that runs out of time is told to whoever has it and to the leaders of its agency, in their
// accounts, through the outbox and the bus; the morning's digest names it.
func TestDeadlinesReachTheDesk(t *testing.T) {
	var ahead atomic.Int64
	begun := civil.Must("2026-11-25").At(8 * 60)
	start := time.Now()
	o := options(t, t.TempDir(), true)
	o.Now = func() time.Time { return begun.Add(time.Since(start) + time.Duration(ahead.Load())) }
	ctx := context.Background()
	a, err := app.New(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close(ctx)
	demo, err := a.LoadDemo(ctx, "bac-kan")
	if err != nil {
		t.Fatal(err)
	}
	tree, err := a.Org.Tree(ctx)
	if err != nil {
		t.Fatal(err)
	}
	commune, _ := tree.ByKey("xa-02020")
	system := actor.With(ctx, actor.System("test"))
	post := func(role string) (id.ID, context.Context) {
		t.Helper()
		units := append([]id.ID{commune.ID}, tree.Subtree(commune.ID)...)
		found, err := a.IAM.Colleagues(ctx, units, role)
		if err != nil || len(found) == 0 {
			t.Fatalf("nobody is %s among %d demo accounts: %v", role, len(demo), err)
		}
		who := actor.Actor{Kind: actor.Staff, Account: found[0].Account, Name: found[0].Name, Agency: commune.ID, Unit: found[0].Unit, Lang: "vi", Roles: []string{role}}
		for _, p := range iam.Permissions() {
			if strings.HasPrefix(p, "dossier.") {
				who.Grants = append(who.Grants, actor.Grant{Agency: commune.ID, Perm: p})
			}
		}
		return found[0].Account, actor.With(ctx, who)
	}
	_, counter := post("receiver")
	officer, specialist := post("specialist")
	leader, boss := post("leader")

	pack, err := packs.Open("bac-kan")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := fs.ReadFile(pack, "forms/khai-sinh/example.json")
	if err != nil {
		t.Fatal(err)
	}
	dr, err := a.Dossiers.StartDraft(counter, "1.001193", commune.ID, dossier.Counter)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &dr.Data); err != nil {
		t.Fatal(err)
	}
	proc, err := a.Procedures.ByVersion(ctx, dr.ProcedureVersion)
	if err != nil {
		t.Fatal(err)
	}
	dr.Extra.Consent = true
	for _, c := range proc.Record.ComponentsOf("") {
		dr.Extra.Shown = append(dr.Extra.Shown, c.Code)
	}
	if err := a.Dossiers.SaveDraft(counter, dr); err != nil {
		t.Fatal(err)
	}
	d, err := a.Dossiers.Submit(counter, dr.ID)
	if err != nil {
		t.Fatal(err)
	}
	tasks, err := a.Dossiers.Tasks(ctx, d.ID)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(tasks, func(k *dossier.Task) bool { return k.State == "open" })
	if _, err := a.Dossiers.Claim(specialist, tasks[i].ID); err != nil {
		t.Fatal(err)
	}
	ahead.Store(int64(2*24*time.Hour + time.Hour)) // Friday 09:00: a day and more overdue
	if _, err := a.Dossiers.Watch(system); err != nil {
		t.Fatal(err)
	}
	if err := a.Dossiers.Digests(system, civil.Must("2026-11-27")); err != nil {
		t.Fatal(err)
	}
	if err := a.Start(ctx); err != nil {
		t.Fatal(err)
	}
	told := func(who context.Context) bool {
		ms, err := a.Notify.Inbox(who, id.ID{}, 50)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(ms, func(m notify.Message) bool {
			return m.Template == notify.KeyDeadlineLate && m.DossierCode == d.Code && strings.Contains(m.Body, tasks[i].Name) && strings.Contains(m.Body, "quá hạn 1 ngày")
		})
	}
	for range 200 {
		if told(boss) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if !told(boss) {
		t.Errorf("the leader %s was not told", leader)
	}
	lines, overdue, _, err := a.Dossiers.Digest(system, officer, civil.Must("2026-11-27"), 5)
	if err != nil || overdue != 1 || lines[0].Code != d.Code {
		t.Errorf("the digest: %+v, %d, %v", lines, overdue, err)
	}
	note, err := a.Notify.Desks.DigestMail(ctx, officer, civil.Must("2026-11-27"))
	if err != nil || note.Values["overdue"] != "1" || !strings.Contains(note.Values["lines"], d.Code) {
		t.Errorf("the mail: %+v, %v", note, err)
	}
}

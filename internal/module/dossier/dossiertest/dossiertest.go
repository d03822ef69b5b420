// Package dossiertest gives tests a province in a database: the agencies, procedures, forms and
// processes of the pack bac-kan, and officials and citizens to act as.
package dossiertest

import (
	"context"
	"io/fs"
	"sync"
	"testing"
	"time"

	"lienthong/internal/app/province"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/blob"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
	"lienthong/internal/module/procedure"
	"lienthong/packs"
)

// World is a province for one test.
type World struct {
	T        testing.TB
	DB       *db.DB
	Clock    *testkit.Clock
	IDs      *id.Source
	Org      *org.Service
	Proc     *procedure.Service
	Dossiers *dossier.Service
	Ledger   *Ledger
	Codes    *Codes
	accounts map[string]id.ID
	posts    map[id.ID][]dossier.Held
}

// Posts implements dossier.Staff with what Staff has given out.
func (w *World) Posts(_ context.Context, account id.ID) ([]dossier.Held, error) {
	return w.posts[account], nil
}

// Ledger counts what was recorded.
type Ledger struct {
	mu   sync.Mutex
	Acts []string
}

// Record implements dossier.Recorder.
func (l *Ledger) Record(_ *db.Tx, _ actor.Actor, action, _ string, _ id.ID, _ any) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Acts = append(l.Acts, action)
	return nil
}

// Codes remembers one-time codes; every code is 123456.
type Codes struct {
	Sent  map[string]string
	Asked []string // the blind questions in order, the same for right and wrong ones
}

// RequestCode implements dossier.Codes.
func (c *Codes) RequestCode(_ context.Context, _ actor.Actor, purpose, to string) error {
	c.Sent[purpose+" "+to] = "123456"
	return nil
}

// CheckCode implements dossier.Codes.
func (c *Codes) CheckCode(_ context.Context, _ actor.Actor, purpose, to, code string) error {
	if c.Sent[purpose+" "+to] != code || code == "" {
		return fault.New(fault.Invalid, "iam.code_wrong")
	}
	delete(c.Sent, purpose+" "+to)
	return nil
}

// RequestBlind implements dossier.Codes.
func (c *Codes) RequestBlind(_ context.Context, _ actor.Actor, purpose string, to []string, _ string) error {
	c.Asked = append(c.Asked, "ask")
	for _, t := range to {
		if t != "" {
			c.Sent[purpose+" "+t] = "123456"
			return nil
		}
	}
	return nil
}

// CheckBlind implements dossier.Codes.
func (c *Codes) CheckBlind(ctx context.Context, who actor.Actor, purpose string, to []string, _, code string) error {
	c.Asked = append(c.Asked, "check")
	for _, t := range to {
		if t != "" {
			return c.CheckCode(ctx, who, purpose, t, code)
		}
	}
	return fault.New(fault.Invalid, "iam.code_wrong")
}

// New loads the pack into the database. The clock stands at Monday 2026-11-23 08:00 in Vietnam.
func New(t testing.TB, d *db.DB) *World {
	t.Helper()
	w := &World{T: t, DB: d, Clock: testkit.At("2026-11-23 08:00"), IDs: id.NewSource(nil), Ledger: &Ledger{},
		Codes: &Codes{Sent: map[string]string{}}, accounts: map[string]id.ID{}, posts: map[id.ID][]dossier.Held{}}
	ctx := actor.With(context.Background(), actor.System("test"))
	log := testkit.Log(t)
	pack, err := packs.Open("bac-kan")
	w.must(err)
	ob := outbox.New(w.Clock.Now)
	w.Org = &org.Service{DB: d, IDs: w.IDs, Now: w.Clock.Now, Ledger: w.Ledger, Log: log}
	w.Proc = &procedure.Service{DB: d, IDs: w.IDs, Now: w.Clock.Now, Log: log, Ledger: w.Ledger, Outbox: ob, Units: procedure.TreeUnits{Org: w.Org}}
	files, err := blob.OpenFolder(t.TempDir(), w.Clock.Now)
	w.must(err)
	w.Dossiers = &dossier.Service{DB: d, IDs: w.IDs, Now: w.Clock.Now, Log: log, Ledger: w.Ledger, Events: ob, Procedures: w.Proc,
		Agencies: w.Org, Calendars: w.Org, Codes: w.Codes, Staff: w, Blobs: files, Parts: files, Sweeper: files, Key: []byte("a key for tests"),
		Template: "{agency}-{yymmdd}-{seq4}", Counters: map[string]string{"department": "ttpvhcc"},
		RuleSets: []worktime.Rules{worktime.DefaultRules()}}
	w.Proc.Runs = procedure.Runs{Host: dossier.Host(), Names: w.Dossiers.Names()}
	w.must(d.Migrate(ctx, "kit", outbox.Migrations()))
	for module, files := range map[string]fs.FS{"org": org.Migrations, "procedure": procedure.Migrations(), "dossier": dossier.Migrations} {
		if sub, err := fs.Sub(files, "migrations"); err == nil {
			if _, err := fs.Stat(sub, "."); err == nil {
				files = sub
			}
		}
		w.must(d.Migrate(ctx, module, files))
	}
	w.must(province.LoadOrg(ctx, pack, w.Org))
	w.must(w.Proc.ImportPack(ctx, pack))
	return w
}

func (w *World) must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// Unit returns the id of the unit with the key.
func (w *World) Unit(key string) id.ID {
	w.T.Helper()
	tree, err := w.Org.Tree(context.Background())
	w.must(err)
	u, ok := tree.ByKey(key)
	if !ok {
		w.T.Fatalf("there is no unit %s", key)
	}
	return u.ID
}

// rolePerms are the permissions of the roles the dossier module knows.
var rolePerms = map[string][]string{
	"receiver": {"dossier.read", "dossier.receive"}, "cashier": {"dossier.read", "fee.collect"},
	"specialist": {"dossier.read", "dossier.process"}, "division_head": {"dossier.read", "dossier.assign", "stats.read"},
	"leader": {"dossier.read", "dossier.approve", "stats.read"}, "clerk": {"dossier.read", "dossier.number"},
}

// Staff returns a context in which an official with the roles acts at the unit.
func (w *World) Staff(name, unit string, roles ...string) context.Context {
	w.T.Helper()
	tree, err := w.Org.Tree(context.Background())
	w.must(err)
	u, ok := tree.ByKey(unit)
	if !ok {
		w.T.Fatalf("there is no unit %s", unit)
	}
	agency := tree.Agency(u.ID)
	a := actor.Actor{Kind: actor.Staff, Account: w.account(name), Name: name, Agency: agency.ID, Unit: u.ID,
		AgencyName: agency.Name, UnitName: u.Name, Roles: roles, Lang: "vi", IP: "127.0.0.1"}
	g := actor.Grant{Agency: agency.ID}
	if u.ID != agency.ID {
		g.Unit = u.ID
	}
	for _, r := range roles {
		w.posts[a.Account] = append(w.posts[a.Account], dossier.Held{Name: name, Role: r, Agency: agency.ID, Unit: u.ID})
		for _, p := range rolePerms[r] {
			g.Perm = p
			a.Grants = append(a.Grants, g)
		}
	}
	return actor.With(context.Background(), a)
}

// Hire gives an account posts at the unit without acting as it.
func (w *World) Hire(account id.ID, name, unit string, roles ...string) {
	w.T.Helper()
	tree, err := w.Org.Tree(context.Background())
	w.must(err)
	u := w.Unit(unit)
	for _, r := range roles {
		w.posts[account] = append(w.posts[account], dossier.Held{Name: name, Role: r, Agency: tree.Agency(u).ID, Unit: u})
	}
}

// Citizen returns a context in which a citizen acts; assurance is iam's scale.
func (w *World) Citizen(name string, assurance int) context.Context {
	return actor.With(context.Background(), actor.Actor{Kind: actor.Citizen, Account: w.account(name), Name: name,
		Assurance: assurance, Lang: "vi", IP: "127.0.0.2"})
}

func (w *World) account(name string) id.ID {
	if w.accounts[name].Zero() {
		w.accounts[name] = w.IDs.New()
	}
	return w.accounts[name]
}

// NoLimits allows everything.
type NoLimits struct{}

// Allow implements dossier.Limits.
func (NoLimits) Allow(context.Context, string, int, int) error { return nil }

// Spent implements dossier.Limits.
func (NoLimits) Spent(context.Context, map[string]int, int) error { return nil }

// Spend implements dossier.Limits.
func (NoLimits) Spend(context.Context, map[string]int, int) error { return nil }

// Later moves the clock.
func (w *World) Later(d time.Duration) { w.Clock.Move(d) }

// Follow has new dossiers of the procedure follow the process from now on: it is published as the
// procedure's next version.
func (w *World) Follow(code, key, process string) {
	w.T.Helper()
	ctx, who := context.Background(), actor.System("test")
	w.must(w.Proc.PutProcess(ctx, who, key, []byte(process)))
	v, err := w.Proc.NewDraft(ctx, who, code)
	w.must(err)
	v.Record.Process = key
	v, err = w.Proc.SaveDraft(ctx, who, v.ID, v.Revision, procedure.Change{Record: v.Record, EffectiveFrom: v.EffectiveFrom})
	w.must(err)
	_, err = w.Proc.Publish(ctx, who, v.ID, v.Revision)
	w.must(err)
}

// Package iamtest makes a house of organisation, accounts and ledger for tests: a small province, a
// clock that stands still, and a box into which codes are sent.
package iamtest

import (
	"context"
	"crypto/ed25519"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/org"
)

const tree = `{"areas":[],"units":[
 {"key":"tinh","kind":"province","name":"UBND tỉnh","valid_from":"1997-01-01","source":"thử","status":"assumed"},
 {"key":"vp-ubnd","kind":"department","name":"Văn phòng UBND tỉnh","parent":"tinh","valid_from":"1997-01-01","source":"thử","status":"assumed"},
 {"key":"huyen","kind":"district","name":"UBND huyện","parent":"tinh","valid_from":"1997-01-01","source":"thử","status":"assumed"},
 {"key":"huyen.mot-cua","kind":"division","name":"Một cửa huyện","parent":"huyen","tag":"mot-cua","valid_from":"1997-01-01","source":"thử","status":"assumed"},
 {"key":"xa-1","kind":"commune","name":"UBND xã Một","parent":"huyen","valid_from":"1997-01-01","source":"thử","status":"assumed"},
 {"key":"xa-2","kind":"commune","name":"UBND xã Hai","parent":"huyen","valid_from":"1997-01-01","source":"thử","status":"assumed"}]}`

// Outbox keeps the codes that were sent.
type Outbox struct {
	mu   sync.Mutex
	sent map[string][]string
	Err  error // what the next sendings answer
}

// SendCode keeps the code.
func (o *Outbox) SendCode(_ context.Context, to, code, _ string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent[to] = append(o.sent[to], code)
	return o.Err
}

// Last returns the code last sent to the number or address.
func (o *Outbox) Last(t testing.TB, to string) string {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if n := len(o.sent[to]); n > 0 {
		return o.sent[to][n-1]
	}
	t.Fatalf("no code was sent to %s", to)
	return ""
}

// House is an iam service with everything around it.
type House struct {
	*iam.Service
	t     testing.TB
	Clock *testkit.Clock
	Out   *Outbox
}

// cheap costs next to nothing, so that tests with many sign-ins end soon.
var cheap = iam.HashCost{MemoryKiB: 8, Passes: 1, Threads: 1}

// New returns a house with a small province: tinh, vp-ubnd, huyen, huyen.mot-cua, xa-1, xa-2.
func New(t testing.TB, d *db.DB) House {
	t.Helper()
	h := Bare(t, d)
	_, err := h.Org.ImportPack(t.Context(), []byte(tree))
	must(t, err)
	return h
}

// Bare returns a house without an organisation.
func Bare(t testing.TB, d *db.DB) House {
	t.Helper()
	for name, files := range map[string]fs.FS{"org": org.Migrations, "iam": iam.Migrations} {
		sub, err := fs.Sub(files, "migrations")
		must(t, err)
		must(t, d.Migrate(t.Context(), name, sub))
	}
	clock := testkit.At("2021-06-15 08:00")
	ids := id.NewSource(nil)
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	ledger := iam.NewLedger(d, ids, clock.Now, key, testkit.Log(t))
	o := &org.Service{DB: d, IDs: ids, Now: clock.Now, Ledger: ledger, Roles: iam.RoleBook{}, Log: testkit.Log(t)}
	out := &Outbox{sent: map[string][]string{}}
	s := &iam.Service{DB: d, IDs: ids, Now: clock.Now, Org: o, Ledger: ledger, Codes: out, Secret: make([]byte, 32),
		URL: "http://127.0.0.1:8080", Hash: cheap, Log: testkit.Log(t)}
	return House{s, t, clock, out}
}

// Unit returns the unit with the key.
func (h House) Unit(key string) *org.Unit {
	h.t.Helper()
	tr, err := h.Org.Tree(context.Background())
	must(h.t, err)
	u, ok := tr.ByKey(key)
	if !ok {
		h.t.Fatalf("no unit %q", key)
	}
	return u
}

// ProvinceAdmin acts in tests that are not about who may.
func ProvinceAdmin() actor.Actor {
	a := actor.Actor{Kind: actor.Staff, Account: id.ID{9}}
	for _, p := range []string{iam.OrgEdit, iam.IAMEdit, iam.LedgerRead} {
		a.Grants = append(a.Grants, actor.Grant{Perm: p, All: true})
	}
	return a
}

// Official makes a person with a position from 2020 on and an account.
func (h House) Official(login, unit string, roles ...string) iam.Account {
	h.t.Helper()
	ctx, as := context.Background(), ProvinceAdmin()
	person, err := h.Org.AddPerson(ctx, as, "Cán bộ "+login)
	must(h.t, err)
	if unit != "" {
		h.Assign(person, unit, nil, roles...)
	}
	account, initial, err := h.CreateStaff(ctx, as, iam.NewStaff{Person: person, Login: login})
	must(h.t, err)
	o, err := h.SignIn(ctx, Visitor(), iam.Password{Login: login, Password: initial}, iam.Device{})
	must(h.t, err)
	_, err = h.ReplaceInitial(ctx, Visitor(), o.Ticket, PasswordOf(login), iam.Device{})
	must(h.t, err)
	d, err := h.Detail(ctx, as, account)
	must(h.t, err)
	return d.Account
}

// Assign makes a position with the roles from 2020 on and gives it to the person.
func (h House) Assign(person id.ID, unit string, to *civil.Date, roles ...string) id.ID {
	h.t.Helper()
	from := civil.Must("2020-01-01")
	pos, err := h.Org.AddPosition(context.Background(), ProvinceAdmin(), org.NewPosition{Unit: h.Unit(unit).ID, Title: "Chức danh " + unit, Roles: roles, From: from})
	must(h.t, err)
	must(h.t, h.Org.Assign(context.Background(), ProvinceAdmin(), org.Assignment{Person: person, Position: pos, From: from, To: to}))
	return pos
}

// PasswordOf returns the password of an official that Official made.
func PasswordOf(login string) string { return "mật khẩu dài của tôi " + login[:1] }

// Visitor is somebody who is not signed in.
func Visitor() actor.Actor { return actor.Actor{Kind: actor.Anonymous, IP: "203.0.113.7", Lang: "vi"} }

// Enter signs an official in.
func (h House) Enter(login string) iam.Outcome {
	h.t.Helper()
	o, err := h.SignIn(context.Background(), Visitor(), iam.Password{Login: login, Password: PasswordOf(login)}, iam.Device{UA: "thử"})
	must(h.t, err)
	return o
}

// As returns who a browser with the session's cookie is.
func (h House) As(o iam.Outcome) actor.Actor {
	h.t.Helper()
	r := httptest.NewRequest("GET", "/can-bo", nil)
	r.AddCookie(&http.Cookie{Name: h.CookieName(), Value: o.Token})
	a, err := h.Authenticate(r)
	must(h.t, err)
	return a
}

// Bearer returns who a program with the token is.
func (h House) Bearer(token string) actor.Actor {
	h.t.Helper()
	r := httptest.NewRequest("GET", "/api/v1/x", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	a, err := h.AuthenticateToken(r)
	must(h.t, err)
	return a
}

// Citizen signs a citizen in by a code.
func (h House) Citizen(to string) iam.Outcome {
	h.t.Helper()
	_, err := h.RequestCode(context.Background(), Visitor(), iam.PurposeSignIn, to)
	must(h.t, err)
	key, err := iam.NormaliseContact(to)
	must(h.t, err)
	o, err := h.SignIn(context.Background(), Visitor(), iam.ContactCode{To: to, Code: h.Out.Last(h.t, key)}, iam.Device{})
	must(h.t, err)
	return o
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

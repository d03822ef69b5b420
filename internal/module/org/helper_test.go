package org_test

import (
	"context"
	"io/fs"
	"os"
	"sync"
	"testing"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/org"
)

// recorder counts what the ledger was told.
type recorder struct {
	mu   sync.Mutex
	acts map[string]int
}

func (r *recorder) Record(tx *db.Tx, _ actor.Actor, action, _ string, _ id.ID, _ any) error {
	tx.AfterCommit(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.acts[action]++
	})
	return nil
}

func (r *recorder) count(action string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.acts[action]
}

// book knows three roles, one of them wide.
type book struct{}

func (book) Known(role string) (known, wide bool) {
	switch role {
	case "receiver", "leader":
		return true, false
	case "province_admin":
		return true, true
	}
	return false, false
}

type world struct {
	*org.Service
	t      *testing.T
	clock  *testkit.Clock
	ledger *recorder
}

func service(t *testing.T, d *db.DB) world {
	t.Helper()
	sub, err := fs.Sub(org.Migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(t.Context(), "org", sub); err != nil {
		t.Fatal(err)
	}
	return another(t, d, testkit.At("2021-06-15 08:00"))
}

// another returns a further replica on the same records.
func another(t *testing.T, d *db.DB, clock *testkit.Clock) world {
	rec := &recorder{acts: map[string]int{}}
	return world{&org.Service{DB: d, IDs: id.NewSource(nil), Now: clock.Now, Ledger: rec, Roles: book{}, Log: testkit.Log(t)}, t, clock, rec}
}

func pack(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("../../../packs/bac-kan/org.json")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// small is a province with a department, a district with two divisions and two communes.
const small = `{"areas":[
 {"code":"06","name":"Tỉnh Thử","kind":"province","valid_from":"1997-01-01","source":"thử","status":"assumed"},
 {"code":"064","name":"Huyện Một","kind":"district","parent":"06","valid_from":"1997-01-01","source":"thử","status":"assumed"},
 {"code":"02020","name":"Xã Đầu","kind":"commune","parent":"064","valid_from":"1997-01-01","source":"thử","status":"assumed"}],
"units":[
 {"key":"tinh","kind":"province","name":"Ủy ban nhân dân tỉnh Thử","valid_from":"1997-01-01","aliases":[{"scheme":"qcvn102","code":"000.00.00.H99","valid_from":"2016-10-01","source":"thử","status":"assumed","assigned":false}],"source":"thử","status":"assumed"},
 {"key":"so-mot","kind":"department","name":"Sở Một","parent":"tinh","valid_from":"1997-01-01","aliases":[],"source":"thử","status":"assumed"},
 {"key":"huyen","kind":"district","name":"Ủy ban nhân dân huyện Một","short":"UBND huyện Một","parent":"tinh","area":"064","valid_from":"1997-01-01","aliases":[],"source":"thử","status":"assumed"},
 {"key":"huyen.mot-cua","kind":"division","name":"Bộ phận Một cửa","parent":"huyen","tag":"mot-cua","valid_from":"1997-01-01","aliases":[],"source":"thử","status":"assumed"},
 {"key":"huyen.tckh","kind":"division","name":"Phòng Tài chính","parent":"huyen","tag":"tckh","valid_from":"1997-01-01","aliases":[],"source":"thử","status":"assumed"},
 {"key":"xa-1","kind":"commune","name":"Ủy ban nhân dân xã Đầu","parent":"huyen","area":"02020","valid_from":"1997-01-01","aliases":[{"scheme":"qcvn102","code":"000.21.36.H99","valid_from":"2016-10-01","source":"thử","status":"assumed","assigned":true}],"source":"thử","status":"assumed"},
 {"key":"xa-2","kind":"commune","name":"Ủy ban nhân dân xã Đuôi","parent":"huyen","valid_from":"1997-01-01","aliases":[],"source":"thử","status":"assumed"}]}`

func smallWorld(t *testing.T, d *db.DB) world {
	t.Helper()
	w := service(t, d)
	if _, err := w.ImportPack(t.Context(), []byte(small)); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w world) unit(key string) *org.Unit {
	w.t.Helper()
	t, err := w.Tree(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	u, ok := t.ByKey(key)
	if !ok {
		w.t.Fatalf("no unit %q", key)
	}
	return u
}

func (w world) on(date string) *org.Tree {
	w.t.Helper()
	t, err := w.TreeOn(context.Background(), civil.Must(date))
	if err != nil {
		w.t.Fatal(err)
	}
	return t
}

func values(u *org.Unit) org.Values {
	return org.Values{Name: u.Name, NameEN: u.NameEN, Short: u.Short, Parent: u.Parent, Area: u.Area, Tag: u.Tag}
}

// admin returns an official who edits the given agencies.
func admin(agencies ...id.ID) actor.Actor {
	a := actor.Actor{Kind: actor.Staff, Account: id.ID{7}}
	for _, x := range agencies {
		a.Grants = append(a.Grants, actor.Grant{Perm: org.PermEdit, Agency: x})
	}
	return a
}

func provinceAdmin() actor.Actor {
	return actor.Actor{Kind: actor.Staff, Account: id.ID{8}, Grants: []actor.Grant{{Perm: org.PermEdit, All: true}}}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused fails unless err is a fault of the kind with the key, in itself or at a field.
func refused(t *testing.T, err error, kind fault.Kind, key string) {
	t.Helper()
	f := fault.As(err)
	if f == nil {
		t.Errorf("got %v, want a fault %s", err, key)
		return
	}
	found := f.Key == key
	for _, x := range f.Fields {
		found = found || x.Key == key
	}
	if f.Kind != kind || !found {
		t.Errorf("got kind %d, %v; want kind %d, %s", f.Kind, err, kind, key)
	}
}

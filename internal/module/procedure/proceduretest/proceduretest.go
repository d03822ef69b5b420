// Package proceduretest helps other packages' tests to have procedures: a catalogue on a test
// database with a ledger that only remembers and an organisation of a few units.
package proceduretest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/procedure"
)

// Ledger remembers which acts were recorded.
type Ledger struct {
	mu   sync.Mutex
	acts []string
}

// Record remembers the action. A transaction that is run again is remembered again.
func (l *Ledger) Record(_ *db.Tx, _ actor.Actor, action, _ string, _ id.ID, _ any) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acts = append(l.acts, action)
	return nil
}

// Acts returns the recorded actions in order.
func (l *Ledger) Acts() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.acts...)
}

// Units is an organisation in memory.
type Units map[string]procedure.Unit

// NewUnits returns a province with one department, two districts and three communes. The id of a
// unit follows from its place in the list, so tests can be repeated.
func NewUnits() Units {
	u := Units{}
	for i, x := range []struct{ key, kind, name, parent string }{
		{"tinh", "province", "Ủy ban nhân dân tỉnh", ""},
		{"so-tttt", "department", "Sở Thông tin và Truyền thông", "tinh"},
		{"so-ldtbxh", "department", "Sở Lao động – Thương binh và Xã hội", "tinh"},
		{"so-tu-phap", "department", "Sở Tư pháp", "tinh"},
		{"so-gtvt", "department", "Sở Giao thông vận tải", "tinh"},
		{"so-khdt", "department", "Sở Kế hoạch và Đầu tư", "tinh"},
		{"so-tnmt", "department", "Sở Tài nguyên và Môi trường", "tinh"},
		{"ttpvhcc", "center", "Trung tâm Phục vụ hành chính công tỉnh", "tinh"},
		{"huyen-cho-don", "district", "Ủy ban nhân dân huyện Chợ Đồn", "tinh"},
		{"tp-bac-kan", "district", "Ủy ban nhân dân thành phố Bắc Kạn", "tinh"},
		{"xa-02020", "commune", "Ủy ban nhân dân thị trấn Bằng Lũng", "huyen-cho-don"},
		{"xa-02023", "commune", "Ủy ban nhân dân xã Xuân Lạc", "huyen-cho-don"},
		{"xa-01834", "commune", "Ủy ban nhân dân phường Phùng Chí Kiên", "tp-bac-kan"},
	} {
		u.Add(byte(i+1), x.key, x.kind, x.name, x.parent)
	}
	return u
}

// Add puts a unit in; n becomes its id.
func (u Units) Add(n byte, key, kind, name, parent string) {
	u[key] = procedure.Unit{ID: id.ID{15: n}, Key: key, Kind: kind, Name: name, Parent: u[parent].ID}
}

// Unit returns the unit with the id.
func (u Units) Unit(_ context.Context, unit id.ID) (procedure.Unit, bool, error) {
	for _, x := range u {
		if x.ID == unit {
			return x, true, nil
		}
	}
	return procedure.Unit{}, false, nil
}

// UnitByKey returns the unit with the key.
func (u Units) UnitByKey(_ context.Context, key string) (procedure.Unit, bool, error) {
	x, ok := u[key]
	return x, ok, nil
}

// UnitsOfKind returns the units of the kind in no particular order.
func (u Units) UnitsOfKind(_ context.Context, kind string) ([]procedure.Unit, error) {
	var out []procedure.Unit
	for _, x := range u {
		if x.Kind == kind {
			out = append(out, x)
		}
	}
	return out, nil
}

// New returns a catalogue on an empty database, its tables made.
func New(t testing.TB, d *db.DB, now func() time.Time) (*procedure.Service, *Ledger, Units) {
	t.Helper()
	if err := d.Migrate(t.Context(), outbox.Module, outbox.Migrations()); err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(t.Context(), procedure.Module, procedure.Migrations()); err != nil {
		t.Fatal(err)
	}
	l, u := &Ledger{}, NewUnits()
	return &procedure.Service{DB: d, IDs: id.NewSource(nil), Now: now, Log: testkit.Log(t), Ledger: l, Units: u}, l, u
}

// Office answers what a trial asks about agencies: the units with the default week and the national
// holidays, and two people for every role but those that Staff names.
type Office struct {
	Units Units
	Staff map[string]int // by role
}

// Agencies returns the units by name.
func (o Office) Agencies(context.Context) ([]procedure.Unit, error) {
	return slices.SortedFunc(maps.Values(o.Units), func(a, b procedure.Unit) int { return strings.Compare(a.Name, b.Name) }), nil
}

// Calendar returns the same one for everybody.
func (o Office) Calendar(context.Context, id.ID) (*worktime.Calendar, error) {
	return worktime.New(worktime.Config{Name: "test", Week: worktime.DefaultWeek(), Holidays: worktime.NationalHolidays()}, nil)
}

// People counts by role alone.
func (o Office) People(_ context.Context, _ id.ID, _, role string) (int, error) {
	if n, ok := o.Staff[role]; ok {
		return n, nil
	}
	return 2, nil
}

// NewTrial tries processes of the catalogue out at its units.
func NewTrial(s *procedure.Service, u Units) *procedure.Trial {
	return &procedure.Trial{Procedures: s, Office: Office{Units: u}, RuleSets: []worktime.Rules{worktime.DefaultRules()}, Now: s.Now}
}

// Admin returns an official who may edit and publish everything.
func Admin() actor.Actor {
	return actor.Actor{Kind: actor.Staff, Account: id.ID{15: 200}, Name: "Quản trị", Grants: []actor.Grant{
		{Perm: procedure.PermEdit, All: true}, {Perm: procedure.PermPublish, All: true}}}
}

// Editor returns an official who may edit at one agency only.
func Editor(agency id.ID) actor.Actor {
	return actor.Actor{Kind: actor.Staff, Account: id.ID{15: 201}, Grants: []actor.Grant{{Perm: procedure.PermEdit, Agency: agency}}}
}

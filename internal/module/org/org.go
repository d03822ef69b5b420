package org

import (
	"context"
	"embed"
	"log/slog"
	"sync"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
)

// Migrations holds the module's tables, in the folder "migrations".
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Texts holds what people read, in both languages.
//
//go:embed *.vi.json *.en.json
var Texts embed.FS

// PermEdit is the permission to change the organisation of an agency.
const PermEdit = "org.edit"

// Division is the kind of a unit that is part of an agency and no agency itself. It is the only
// kind that code knows; all others are data.
const Division = "division"

// MainScheme is the scheme whose code stands in Unit.Code and in dossier codes (QCVN 102:2016).
const MainScheme = "qcvn102"

// Recorder writes one row of the audit ledger inside the caller's transaction.
type Recorder interface {
	Record(tx *db.Tx, who actor.Actor, action, object string, objectID id.ID, content any) error
}

// RoleBook says which roles exist and which of them reach over the whole province. Only somebody
// who may edit the whole province gives a wide role, so that nobody raises himself.
type RoleBook interface {
	Known(role string) (known, wide bool)
}

// Events takes facts into the outbox, in the act's transaction.
type Events interface {
	Put(tx *db.Tx, events ...outbox.Event) error
}

// Service is the door to the organisation. It is safe for use by many goroutines.
type Service struct {
	DB     *db.DB
	IDs    *id.Source
	Now    func() time.Time
	Ledger Recorder
	Roles  RoleBook // nil lets only actors for the whole province give roles
	Events Events   // nil announces nothing
	Log    *slog.Logger

	cache cache
	cals  calendars
}

// cache is the snapshot of one replica; it is never trusted for longer than freshFor.
type cache struct {
	mu      sync.Mutex
	tree    *Tree     // of today
	checked time.Time // when the version was last compared
	others  map[civil.Date]*Tree
}

// Values is what may change about a unit over time.
type Values struct {
	Name   string `json:"name"`
	NameEN string `json:"name_en,omitempty"`
	Short  string `json:"short,omitempty"`
	Parent id.ID  `json:"parent,omitempty"` // none for the root
	Area   string `json:"area,omitempty"`   // code of the administrative area it serves
	Tag    string `json:"tag,omitempty"`    // what kind of division it is, such as "mot-cua"; unique within its parent
	Source string `json:"source,omitempty"` // the paper or list this comes from
	Status string `json:"status,omitempty"` // verified, memory, assumed or unknown
}

// Span is one period of a unit's life.
type Span struct {
	From civil.Date  `json:"from"`
	To   *civil.Date `json:"to,omitempty"` // the first day it no longer holds
	Values
}

// Covers tells whether the span holds on the day.
func (s Span) Covers(on civil.Date) bool { return covers(s.From, s.To, on) }

// Alias is a code of a unit in one scheme.
type Alias struct {
	Unit     id.ID       `json:"unit"`
	Scheme   string      `json:"scheme"` // "qcvn102" or "qd20"
	Code     string      `json:"code"`
	From     civil.Date  `json:"from"`
	To       *civil.Date `json:"to,omitempty"`
	Assigned bool        `json:"assigned"` // given by the data pack or an administrator, not by a published list
	Source   string      `json:"source,omitempty"`
	Status   string      `json:"status,omitempty"`
}

// Unit is an agency or a division as it is on the day of its Tree.
type Unit struct {
	ID       id.ID       `json:"id"`
	Key      string      `json:"key"`
	Kind     string      `json:"kind"`
	Name     string      `json:"name"`
	NameEN   string      `json:"name_en,omitempty"`
	Short    string      `json:"short,omitempty"`
	Area     string      `json:"area,omitempty"`
	Tag      string      `json:"tag,omitempty"`
	Code     string      `json:"code,omitempty"` // in MainScheme, or in another if it has none there
	Parent   id.ID       `json:"parent,omitempty"`
	From     civil.Date  `json:"from"`
	To       *civil.Date `json:"to,omitempty"`
	Assigned bool        `json:"assigned"` // Code was given by the data pack, not by a published list
	Version  int64       `json:"version"`  // to be sent back with a change

	fold string
}

// In returns the unit's name in the language.
func (u *Unit) In(lang string) string {
	if lang == "en" && u.NameEN != "" {
		return u.NameEN
	}
	return u.Name
}

// Label returns the short name, or the full one where there is none.
func (u *Unit) Label() string {
	if u.Short != "" {
		return u.Short
	}
	return u.Name
}

// Area is an administrative area: a province, a district or a commune. Codes are used again for
// other areas after a reform, so an area is known by its code and its first day together.
type Area struct {
	Code   string      `json:"code"`
	Kind   string      `json:"kind"`
	Name   string      `json:"name"`
	Parent string      `json:"parent,omitempty"`
	From   civil.Date  `json:"from"`
	To     *civil.Date `json:"to,omitempty"`

	fold string
}

// Position is a post in a unit; whoever holds it has its roles.
type Position struct {
	ID      id.ID       `json:"id"`
	Key     string      `json:"key,omitempty"` // a stable name for imports; empty for most
	Unit    id.ID       `json:"unit"`
	Title   string      `json:"title"`
	Roles   []string    `json:"roles"`
	From    civil.Date  `json:"from"`
	To      *civil.Date `json:"to,omitempty"`
	Version int64       `json:"version"`
}

// Person is somebody who holds, held or may hold positions.
type Person struct {
	ID      id.ID  `json:"id"`
	Name    string `json:"name"`
	Version int64  `json:"version"`
}

// Holding is a person's tenure of a position.
type Holding struct {
	Person   id.ID       `json:"person"`
	Position Position    `json:"position"`
	Unit     *Unit       `json:"-"` // nil if the unit is not valid on the asked day
	From     civil.Date  `json:"from"`
	To       *civil.Date `json:"to,omitempty"`
}

// Today returns the day in Vietnam by the service's clock.
func (s *Service) Today() civil.Date { return civil.From(s.Now()) }

// Version returns the number that every change of the organisation raises.
func (s *Service) Version(ctx context.Context) (int64, error) { return readVersion(s.DB.Read(ctx)) }

func covers(from civil.Date, to *civil.Date, on civil.Date) bool {
	return from <= on && (to == nil || on < *to)
}

// overlap tells whether two half-open periods share a day.
func overlap(aFrom civil.Date, aTo *civil.Date, bFrom civil.Date, bTo *civil.Date) bool {
	return (bTo == nil || aFrom < *bTo) && (aTo == nil || bFrom < *aTo)
}

// within tells whether the inner period lies wholly in the outer one.
func within(inFrom civil.Date, inTo *civil.Date, from civil.Date, to *civil.Date) bool {
	return inFrom >= from && (to == nil || inTo != nil && *inTo <= *to)
}

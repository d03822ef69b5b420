package procedure

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/form"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Module is the name under which Migrations are run and the prefix of the tables.
const Module = "procedure"

// Migrations returns the tables of this module.
func Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return migrations // cannot happen: the folder is embedded
	}
	return sub
}

// Texts are what people read of this module, in Vietnamese and English.
//
//go:embed texts.vi.json texts.en.json trial.vi.json trial.en.json
var Texts embed.FS

// Permissions of this module.
const (
	PermEdit    = "procedure.edit"    // write drafts; switch offers at one's agencies
	PermPublish = "procedure.publish" // publish and retire
)

// Recorder writes the ledger row of an act in the act's own transaction.
type Recorder interface {
	Record(tx *db.Tx, who actor.Actor, action string, object string, objectID id.ID, content any) error
}

// Unit is what this module knows about an agency.
type Unit struct {
	ID     id.ID
	Key    string
	Kind   string
	Name   string
	NameEN string
	Parent id.ID
}

// Title returns the unit's name in the language.
func (u Unit) Title(lang string) string {
	if lang == "en" && u.NameEN != "" {
		return u.NameEN
	}
	return u.Name
}

// Units is what this module asks the organisation about agencies of today. A unit that does not
// exist is ok == false, not an error.
type Units interface {
	Unit(ctx context.Context, unit id.ID) (u Unit, ok bool, err error)
	UnitByKey(ctx context.Context, key string) (u Unit, ok bool, err error)
	UnitsOfKind(ctx context.Context, kind string) ([]Unit, error)
}

// Popular tells which procedures people use most. It may be missing: then pages show the first
// ones that can be filed online.
type Popular interface {
	MostUsed(ctx context.Context, n int) (codes []string, err error)
}

// Service is the catalogue. DB, IDs, Now, Ledger and Units are needed.
type Service struct {
	DB      *db.DB
	IDs     *id.Source
	Now     func() time.Time
	Log     *slog.Logger
	Ledger  Recorder
	Outbox  *outbox.Outbox // nil writes events as well, without waking the relay
	Units   Units
	Popular Popular // optional

	catalogue catalogueBox
	compiled  compiledCache
}

// State is where a version stands in its life.
type State string

// The states of a version.
const (
	Draft     State = "draft"
	Published State = "published"
	Retired   State = "retired"
)

// Version is one version of a procedure with everything a dossier received under it needs.
type Version struct {
	ID            id.ID
	ProcedureID   id.ID
	Code          string
	Number        int // from 1, without gaps but for discarded drafts
	State         State
	EffectiveFrom civil.Date
	Record        Record
	FormKey       string          // empty: no e-form
	Schema        json.RawMessage // JSON Schema of the form, nil without
	Layout        json.RawMessage // question pages of the form, nil without
	ProcessKey    string
	BPMN          []byte
	Content       string // sha-256 of record, form and process
	Note          string // what changed and why, for administrators
	Revision      int64  // counted up by each save of a draft
	CreatedAt     time.Time
	CreatedBy     id.ID
	PublishedAt   time.Time // zero for a draft
	PublishedBy   id.ID
	RetiredAt     time.Time
}

// Compiled is a version with its form and process ready for use. Form is nil if the version has
// no e-form. It is shared and must not be changed; its State is that of the moment it was read.
type Compiled struct {
	*Version
	Form    *form.Form
	Process *bpmn.Definition
}

// Published returns the version that new dossiers of the procedure get. It fails with NotFound if
// the code is unknown or nothing is published.
func (s *Service) Published(ctx context.Context, code string) (*Version, error) {
	cat, err := s.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	e, ok := cat.ByCode(code)
	if !ok {
		return nil, notFound(code)
	}
	c, err := s.ByVersion(ctx, e.Version)
	if err != nil {
		return nil, err
	}
	return c.Version, nil
}

// ByVersion returns the version with its form and process compiled. Published and retired
// versions never change, so they are kept in memory; drafts are read and compiled each time. It
// fails with NotFound, or with Invalid if a draft's form or process does not compile.
func (s *Service) ByVersion(ctx context.Context, version id.ID) (*Compiled, error) {
	if c := s.compiled.get(version); c != nil {
		return c, nil
	}
	v, err := loadVersion(s.DB.Read(ctx), version)
	if err != nil {
		return nil, err
	}
	c, problems := compile(v)
	if len(problems) > 0 {
		return nil, fault.Input("procedure.does_not_compile", problems...)
	}
	if v.State != Draft {
		s.compiled.put(c)
	}
	return c, nil
}

// Versions returns the versions of a procedure, the newest first, without their forms and
// processes. It fails with NotFound for an unknown code.
func (s *Service) Versions(ctx context.Context, code string) ([]Version, error) {
	q := s.DB.Read(ctx)
	if _, err := entryByCode(q, code); err != nil {
		return nil, err
	}
	return listVersions(q, code)
}

// Version returns one version as it is stored, drafts for editors only: a draft is NotFound for
// everybody else, because an unpublished rule misleads.
func (s *Service) Version(ctx context.Context, who actor.Actor, version id.ID) (*Version, error) {
	v, err := loadVersion(s.DB.Read(ctx), version)
	if err != nil {
		return nil, err
	}
	if v.State == Draft && !who.May(PermEdit) {
		return nil, notFound(v.Code)
	}
	return v, nil
}

func notFound(code string) error {
	return fault.New(fault.NotFound, "procedure.not_found", "code", clip(code))
}

// maxCompiled bounds the versions kept ready. A province has some two thousand procedures in use,
// and a compiled one takes around 100 KB, mostly the form's schema.
const maxCompiled = 512

// compiledCache keeps the most recently used versions. A published version never changes, so a
// replica that still holds one is never wrong about it.
type compiledCache struct {
	mu    sync.Mutex
	m     map[id.ID]*cacheItem
	clock uint64
}

type cacheItem struct {
	c    *Compiled
	used uint64
}

func (k *compiledCache) get(version id.ID) *Compiled {
	k.mu.Lock()
	defer k.mu.Unlock()
	it := k.m[version]
	if it == nil {
		return nil
	}
	k.clock++
	it.used = k.clock
	return it.c
}

func (k *compiledCache) put(c *Compiled) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.m == nil {
		k.m = map[id.ID]*cacheItem{}
	}
	if len(k.m) >= maxCompiled {
		// A scan of 512 entries, once per miss beyond the bound, is cheaper than a list kept on
		// every hit.
		var oldest id.ID
		least := uint64(1<<64 - 1)
		for v, it := range k.m {
			if it.used < least {
				oldest, least = v, it.used
			}
		}
		delete(k.m, oldest)
	}
	k.clock++
	k.m[c.ID] = &cacheItem{c, k.clock}
}

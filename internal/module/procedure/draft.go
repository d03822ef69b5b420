package procedure

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/form"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// Change is what an editor wants a draft to become.
type Change struct {
	Record        Record
	EffectiveFrom civil.Date // the first day new dossiers may get the version
	Note          string     // what changed and why
}

// mayEdit tells whether the actor may write the catalogue. It is the whole province's, so a
// permission held at one agency does not suffice.
func mayEdit(who actor.Actor, perm string) error {
	if _, all := who.Agencies(perm); !all {
		return fault.New(fault.Forbidden, "procedure.forbidden")
	}
	return nil
}

// Create adds a procedure with a first draft. It fails with Conflict if the code is taken and
// with Invalid if the record is malformed or names a form or process the library lacks.
func (s *Service) Create(ctx context.Context, who actor.Actor, c Change) (*Version, error) {
	if err := mayEdit(who, PermEdit); err != nil {
		return nil, err
	}
	c.Record.Clean()
	if bad := c.Record.Validate(); len(bad) > 0 {
		return nil, fault.Input("procedure.invalid", bad...)
	}
	var v *Version
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		now := s.Now()
		e := entryRow{ID: s.IDs.New(), Code: c.Record.Code.Value}
		if _, err := entryByCode(tx, e.Code); err == nil {
			return fault.New(fault.Conflict, "procedure.exists", "code", e.Code)
		} else if fault.KindOf(err) != fault.NotFound {
			return err
		}
		if err := insertEntry(tx, e, db.Micros(now)); err != nil {
			if db.IsUnique(err) {
				return fault.New(fault.Conflict, "procedure.exists", "code", e.Code)
			}
			return err
		}
		var err error
		v, err = s.addDraft(tx, who, e, c)
		return err
	})
	return v, err
}

// NewDraft starts the next version of a procedure as a copy of the published one (or of the
// newest, if nothing is published). If there is a draft already, that one is returned.
func (s *Service) NewDraft(ctx context.Context, who actor.Actor, code string) (*Version, error) {
	if err := mayEdit(who, PermEdit); err != nil {
		return nil, err
	}
	var v *Version
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		e, err := entryByCode(tx, code)
		if err != nil {
			return err
		}
		if e, err = lockEntry(tx, e.ID); err != nil {
			return err
		}
		if d, err := versionIn(tx, e.ID, Draft); err == nil {
			v, err = loadVersion(tx, d)
			return err
		} else if fault.KindOf(err) != fault.NotFound {
			return err
		}
		from := e.Current
		if from.Zero() {
			if err := tx.QueryRow("SELECT id FROM procedure_version WHERE procedure_id = $1 ORDER BY number DESC LIMIT 1", e.ID).Scan(&from); err != nil {
				return err
			}
		}
		old, err := loadVersion(tx, from)
		if err != nil {
			return err
		}
		v, err = s.addDraft(tx, who, e, Change{Record: old.Record, EffectiveFrom: s.today()})
		return err
	})
	return v, err
}

// addDraft stores the next version of the procedure as a draft.
func (s *Service) addDraft(tx *db.Tx, who actor.Actor, e entryRow, c Change) (*Version, error) {
	v := &Version{
		ID: s.IDs.New(), ProcedureID: e.ID, Code: e.Code, Number: e.Last + 1, State: Draft,
		Revision: 1, CreatedAt: s.Now(), CreatedBy: who.Account,
	}
	if err := fill(stored(tx), v, c); err != nil {
		return nil, err
	}
	if err := insertVersion(tx, v); err != nil {
		return nil, err
	}
	return v, s.record(tx, who, "procedure.draft.create", v.ID, auditOf(v))
}

// library finds a form or process by kind and key; NotFound if there is none.
type library func(kind, key string) (*Asset, error)

// stored is the library in the database.
func stored(q db.Q) library {
	return func(kind, key string) (*Asset, error) { return loadAsset(q, kind, key) }
}

// fill puts the change and the library's form and process into v.
func fill(lib library, v *Version, c Change) error {
	v.Record, v.EffectiveFrom, v.Note = c.Record, c.EffectiveFrom, c.Note
	v.FormKey, v.Schema, v.Layout = c.Record.Form, nil, nil
	v.ProcessKey, v.BPMN = c.Record.Process, nil
	var bad []fault.Field
	take := func(kind, key string, use func(*Asset)) error {
		if key == "" {
			return nil
		}
		a, err := lib(kind, key)
		if fault.KindOf(err) == fault.NotFound {
			bad = append(bad, fault.Field{Path: "/" + kind, Key: "procedure.no_such_" + kind, Args: fault.Args("key", clip(key))})
			return nil
		}
		if err == nil {
			use(a)
		}
		return err
	}
	if err := take(assetForm, v.FormKey, func(a *Asset) { v.Schema, v.Layout = a.Schema, a.Layout }); err != nil {
		return err
	}
	if err := take(assetProcess, v.ProcessKey, func(a *Asset) { v.BPMN = a.BPMN }); err != nil {
		return err
	}
	if len(bad) > 0 {
		return fault.Input("procedure.invalid", bad...)
	}
	var err error
	if v.BPMN, err = whole(lib, v.BPMN); err != nil {
		return err
	}
	v.Content = contentOf(v)
	return nil
}

// contentOf returns the hash by which equal versions are known. JSON is hashed in its canonical
// form, because PostgreSQL gives a JSONB column back with other spaces and order.
func contentOf(v *Version) string {
	h := sha256.New()
	for _, part := range [][]byte{[]byte(db.JSON(v.Record)), canonical(v.Schema), canonical(v.Layout), v.BPMN} {
		h.Write([]byte{byte(len(part) >> 24), byte(len(part) >> 16), byte(len(part) >> 8), byte(len(part))})
		h.Write(part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// canonical returns JSON with sorted keys and no spaces, what it cannot read unchanged.
func canonical(raw json.RawMessage) []byte {
	if len(raw) == 0 {
		return nil
	}
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return raw
	}
	b, err := json.Marshal(v)
	if err != nil {
		return raw
	}
	return b
}

// SaveDraft replaces a draft's content. revision is the one the editor saw: if somebody else saved
// meanwhile it fails with Conflict and nothing is lost. The code of a procedure never changes.
func (s *Service) SaveDraft(ctx context.Context, who actor.Actor, version id.ID, revision int64, c Change) (*Version, error) {
	if err := mayEdit(who, PermEdit); err != nil {
		return nil, err
	}
	c.Record.Clean()
	var out *Version
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		v, err := loadVersion(tx, version)
		if err != nil {
			return err
		}
		if v.State != Draft {
			return fault.New(fault.Conflict, "procedure.not_a_draft")
		}
		bad := c.Record.Validate()
		if c.Record.Code.Value != v.Code {
			bad = append(bad, fault.Field{Path: "/code/value", Key: "procedure.code_fixed", Args: fault.Args("code", v.Code)})
		}
		if len(bad) > 0 {
			return fault.Input("procedure.invalid", bad...)
		}
		if err := fill(stored(tx), v, c); err != nil {
			return err
		}
		if err := updateDraft(tx, v, revision); err != nil {
			return err
		}
		v.Revision = revision + 1
		out = v
		return s.record(tx, who, "procedure.draft.change", v.ID, auditOf(v))
	})
	return out, err
}

// DiscardDraft removes a draft. It fails with Conflict if the version is not a draft or was saved
// meanwhile.
func (s *Service) DiscardDraft(ctx context.Context, who actor.Actor, version id.ID, revision int64) error {
	if err := mayEdit(who, PermEdit); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		v, err := loadVersion(tx, version)
		if err != nil {
			return err
		}
		if v.State != Draft {
			return fault.New(fault.Conflict, "procedure.not_a_draft")
		}
		n, err := tx.Exec("DELETE FROM procedure_version WHERE id = $1 AND state = 'draft' AND revision = $2", version, revision)
		if err != nil {
			return err
		}
		if n == 0 {
			return changedMeanwhile()
		}
		return s.record(tx, who, "procedure.draft.discard", version, auditOf(v))
	})
}

// auditOf returns what the ledger's hash is made of: which content was acted on, not the content.
func auditOf(v *Version) map[string]any {
	return map[string]any{
		"code": v.Code, "number": v.Number, "content": v.Content,
		"effective_from": v.EffectiveFrom.String(), "form": v.FormKey, "process": v.ProcessKey,
	}
}

func (s *Service) today() civil.Date { return civil.From(s.Now()) }

// compile makes form and process of a version ready. The problems are given by field.
func compile(v *Version) (*Compiled, []fault.Field) {
	c := &Compiled{Version: v}
	var bad []fault.Field
	if v.FormKey != "" {
		f, err := form.Compile(v.Schema, v.Layout)
		if err != nil {
			bad = append(bad, formField(err))
		} else {
			c.Form = f
		}
	}
	if v.ProcessKey != "" {
		d, err := bpmn.Parse(v.BPMN)
		if err != nil {
			bad = append(bad, processField(err))
		} else {
			c.Process = d
		}
	}
	return c, bad
}

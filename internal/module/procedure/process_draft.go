package procedure

import (
	"bytes"
	"context"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// StartProcessDraft begins the next version of a library process as a copy of it. If there is a
// draft already, that one is returned. It fails with NotFound for an unknown key.
func (s *Service) StartProcessDraft(ctx context.Context, who actor.Actor, key string) (*ProcessDraft, error) {
	return s.startProcess(ctx, who, key, func(q db.Q) ([]byte, int, error) {
		a, err := loadAsset(q, assetProcess, key)
		if err != nil {
			return nil, 0, err
		}
		n, _, err := newestProcess(q, key)
		return a.BPMN, n, err
	}, false)
}

// NewProcess begins a process under a new key, with a name of its own, as a copy of another one. It
// fails with Conflict if the key is taken and with NotFound if there is nothing to copy.
func (s *Service) NewProcess(ctx context.Context, who actor.Actor, key, name, from string) (*ProcessDraft, error) {
	name = text.Line(name)
	if err := mayEdit(who, PermEdit); err != nil {
		return nil, err
	}
	if name == "" {
		return nil, fault.Input("procedure.invalid", fault.Field{Path: "/name", Key: "procedure.process.no_name"})
	}
	if len(name) > 400 {
		name = clipBytes(name, 400)
	}
	return s.startProcess(ctx, who, key, func(q db.Q) ([]byte, int, error) {
		a, err := loadAsset(q, assetProcess, from)
		if err != nil {
			return nil, 0, err
		}
		src, err := renamed(a.BPMN, name)
		return src, 0, err
	}, true)
}

// UploadProcess makes a file the draft of a process: of a new one, or the next version of one that is
// there. It fails with Conflict if somebody has a draft of it already, and with Invalid if the file
// is not BPMN.
func (s *Service) UploadProcess(ctx context.Context, who actor.Actor, key string, src []byte) (*ProcessDraft, error) {
	if err := mayEdit(who, PermEdit); err != nil {
		return nil, err
	}
	src, err := readable(src)
	if err != nil {
		return nil, err
	}
	if _, err := bpmn.Parse(src); err != nil {
		return nil, fault.Input("procedure.process_invalid", processFields(readProblems(err))...)
	}
	if _, err := loadProcessDraft(s.DB.Read(ctx), key); err == nil {
		return nil, fault.New(fault.Conflict, "procedure.process.draft_exists", "key", clip(key))
	}
	return s.startProcess(ctx, who, key, func(q db.Q) ([]byte, int, error) {
		n, _, err := newestProcess(q, key)
		return src, n, err
	}, false)
}

// startProcess stores the first revision of a draft whose content begin gives; fresh refuses a key
// that has a process or draft.
func (s *Service) startProcess(ctx context.Context, who actor.Actor, key string, begin func(db.Q) ([]byte, int, error), fresh bool) (*ProcessDraft, error) {
	if err := mayEdit(who, PermEdit); err != nil {
		return nil, err
	}
	if len(key) > 80 || !keyRE.MatchString(key) {
		return nil, fault.Input("procedure.invalid", fault.Field{Path: "/key", Key: "procedure.bad_key", Args: fault.Args("value", clip(key))})
	}
	var out *ProcessDraft
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		have, err := loadProcessDraft(tx, key)
		taken := err == nil
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return err
		}
		if fresh && !taken {
			_, err := loadAsset(tx, assetProcess, key)
			taken = err == nil
			if err != nil && fault.KindOf(err) != fault.NotFound {
				return err
			}
		}
		switch {
		case taken && fresh:
			return fault.New(fault.Conflict, "procedure.process.taken", "key", key)
		case taken:
			out = have
			return nil
		}
		src, base, err := begin(tx)
		if err != nil {
			return err
		}
		now := s.Now()
		out = &ProcessDraft{Key: key, Base: base, Title: titled(key, src), BPMN: src, Revision: 1,
			CreatedAt: now, CreatedBy: who.Account, EditedAt: now, EditedBy: who.Account}
		_, err = tx.Exec(`INSERT INTO procedure_process_draft (process_key, base, title, bpmn, revision, created_at, created_by, edited_at, edited_by,
				proposed_at, reason, returned) VALUES ($1, $2, $3, $4, 1, $5, $6, $5, $6, 0, '', '')`,
			key, base, out.Title, string(src), db.Micros(now), who.Account)
		if db.IsUnique(err) {
			return changedMeanwhile()
		}
		if err != nil {
			return err
		}
		return s.recordProcess(tx, who, "procedure.process.draft_create", out)
	})
	return out, err
}

// SaveProcessDraft replaces the draft's file by one that a modeler has written. revision is the one
// the modeler began from: if somebody else saved meanwhile it fails with Conflict and nothing is
// lost. What the modeler does not know of other name spaces is kept (bpmn.Keep). A file that has
// problems is stored as well; one that is no XML of an allowed size is Invalid. A proposal is taken
// back.
func (s *Service) SaveProcessDraft(ctx context.Context, who actor.Actor, key string, revision int64, src []byte) (*ProcessDraft, error) {
	src, err := readable(src)
	if err != nil {
		return nil, err
	}
	return s.changeProcess(ctx, who, key, revision, func(old []byte) ([]byte, error) {
		kept, err := bpmn.Keep(old, src)
		if err != nil {
			return nil, fault.Input("procedure.process_invalid", processFields(readProblems(err))...)
		}
		return kept, nil
	})
}

// EditProcessDraft changes the draft's file in place. The function may be called again, and its
// error is returned as Invalid when it is a problem of the process. The rest is as of
// SaveProcessDraft.
func (s *Service) EditProcessDraft(ctx context.Context, who actor.Actor, key string, revision int64, change func(*bpmn.File) error) (*ProcessDraft, error) {
	return s.changeProcess(ctx, who, key, revision, func(old []byte) ([]byte, error) {
		f, err := bpmn.ReadFile(old)
		if err == nil {
			err = change(f)
		}
		if p, ok := err.(*bpmn.Problem); ok {
			return nil, fault.Input("procedure.process_invalid", processFields([]bpmn.Problem{*p})...)
		}
		if err != nil {
			return nil, err
		}
		return f.Bytes(), nil
	})
}

// changeProcess stores what becomes of the draft's file if its revision is still the expected one.
func (s *Service) changeProcess(ctx context.Context, who actor.Actor, key string, revision int64, change func(old []byte) ([]byte, error)) (*ProcessDraft, error) {
	if err := mayEdit(who, PermEdit); err != nil {
		return nil, err
	}
	d, err := loadProcessDraft(s.DB.Read(ctx), key)
	if err != nil {
		return nil, err
	}
	if d.Revision != revision {
		return nil, changedMeanwhile()
	}
	// Outside of the transaction: a draft of the same revision has the same content, and nobody
	// else's write waits for a file to be read.
	src, err := change(d.BPMN)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(src, d.BPMN) {
		return d, nil
	}
	d.BPMN, d.Title, d.EditedAt, d.EditedBy = src, titled(key, src), s.Now(), who.Account
	d.ProposedAt, d.ProposedBy, d.Revision = db.Time(0), id.ID{}, revision+1
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE procedure_process_draft SET bpmn = $1, title = $2, edited_at = $3, edited_by = $4, proposed_at = 0, proposed_by = NULL,
			revision = revision + 1 WHERE process_key = $5 AND revision = $6`,
			string(src), d.Title, db.Micros(d.EditedAt), who.Account, key, revision)
		if err != nil {
			return err
		}
		if n == 0 {
			return changedMeanwhile()
		}
		return s.recordProcess(tx, who, "procedure.process.draft_change", d)
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// DiscardProcessDraft removes a draft. It fails with Conflict if it was saved meanwhile.
func (s *Service) DiscardProcessDraft(ctx context.Context, who actor.Actor, key string, revision int64) error {
	if err := mayEdit(who, PermEdit); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		d, err := loadProcessDraft(tx, key)
		if err != nil {
			return err
		}
		n, err := tx.Exec("DELETE FROM procedure_process_draft WHERE process_key = $1 AND revision = $2", key, revision)
		if err != nil {
			return err
		}
		if n == 0 {
			return changedMeanwhile()
		}
		return s.recordProcess(tx, who, "procedure.process.draft_discard", d)
	})
}

// recordProcess writes the ledger row of an act on a draft: which content, not the content itself.
func (s *Service) recordProcess(tx *db.Tx, who actor.Actor, action string, d *ProcessDraft) error {
	a := Asset{BPMN: d.BPMN}
	return s.record(tx, who, action, id.ID{}, map[string]any{"key": d.Key, "base": d.Base, "revision": d.Revision, "content": a.hash()})
}

// readable returns a file in UTF-8 that the database can hold.
func readable(src []byte) ([]byte, error) {
	src, err := bpmn.UTF8(src)
	if err != nil {
		return nil, fault.Input("procedure.process_invalid", processFields(readProblems(err))...)
	}
	if bytes.IndexByte(src, 0) >= 0 {
		return nil, fault.New(fault.Invalid, "procedure.nul")
	}
	return src, nil
}

// renamed gives the process of a file a name; the English one, which would be wrong now, goes.
func renamed(src []byte, name string) ([]byte, error) {
	d, err := bpmn.Parse(src)
	if err != nil {
		return nil, err
	}
	f, err := bpmn.ReadFile(src)
	if err != nil {
		return nil, err
	}
	if err := f.SetAttr(d.ID, "", "name", name); err != nil {
		return nil, err
	}
	if err := f.SetAttr(d.ID, bpmn.NS, "nameEn", ""); err != nil {
		return nil, err
	}
	return f.Bytes(), nil
}

func clipBytes(s string, n int) string {
	cut := 0
	for i := range s {
		if i > n {
			break
		}
		cut = i
	}
	return s[:cut]
}

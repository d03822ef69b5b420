package procedure

import (
	"context"
	"slices"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/text"
)

// maxReason is how long a reason may be, in bytes.
const maxReason = 2000

// ProposeProcess asks somebody else to publish the draft. It needs a reason and a draft without
// problems, otherwise it fails with Invalid; with Conflict if the draft was saved meanwhile.
func (s *Service) ProposeProcess(ctx context.Context, who actor.Actor, key string, revision int64, reason string) (*ProcessDraft, error) {
	if err := mayEdit(who, PermEdit); err != nil {
		return nil, err
	}
	d, err := s.draftAt(ctx, key, revision)
	if err != nil {
		return nil, err
	}
	if reason, err = reasonOf(reason); err != nil {
		return nil, err
	}
	if bad := processFields(s.DraftProblems(ctx, d)); len(bad) > 0 {
		return nil, fault.Input("procedure.not_publishable", bad...)
	}
	d.Reason, d.Returned, d.ProposedAt, d.ProposedBy = reason, "", s.Now(), who.Account
	err = s.stepDraft(ctx, who, "procedure.process.propose", d)
	return d, err
}

// ReturnProcess gives a proposed draft back to those who edit it, with a reason. The proposer may
// take it back so too. It fails with Conflict if nothing is proposed or the draft was saved
// meanwhile.
func (s *Service) ReturnProcess(ctx context.Context, who actor.Actor, key string, revision int64, reason string) (*ProcessDraft, error) {
	if mayEdit(who, PermPublish) != nil && mayEdit(who, PermEdit) != nil {
		return nil, fault.New(fault.Forbidden, "procedure.forbidden")
	}
	d, err := s.draftAt(ctx, key, revision)
	if err != nil {
		return nil, err
	}
	if mayEdit(who, PermPublish) != nil && d.ProposedBy != who.Account {
		return nil, fault.New(fault.Forbidden, "procedure.forbidden")
	}
	if !d.Proposed() {
		return nil, fault.New(fault.Conflict, "procedure.process.not_proposed")
	}
	if d.Returned, err = reasonOf(reason); err != nil {
		return nil, err
	}
	d.ProposedAt = db.Time(0)
	err = s.stepDraft(ctx, who, "procedure.process.return", d)
	return d, err
}

// draftAt returns the draft if its revision is the one that was looked at.
func (s *Service) draftAt(ctx context.Context, key string, revision int64) (*ProcessDraft, error) {
	d, err := loadProcessDraft(s.DB.Read(ctx), key)
	if err != nil {
		return nil, err
	}
	if d.Revision != revision {
		return nil, changedMeanwhile()
	}
	return d, nil
}

func reasonOf(reason string) (string, error) {
	reason = text.Clean(reason)
	if reason == "" {
		return "", fault.Input("procedure.invalid", fault.Field{Path: "/reason", Key: "procedure.process.no_reason"})
	}
	if len(reason) > maxReason {
		reason = clipBytes(reason, maxReason)
	}
	return reason, nil
}

// stepDraft stores where a draft stands on its way to publication. The revision counts up, so that
// of two people who decide at once the second is told.
func (s *Service) stepDraft(ctx context.Context, who actor.Actor, action string, d *ProcessDraft) error {
	seen := d.Revision
	d.Revision++
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE procedure_process_draft SET proposed_at = $1, proposed_by = $2, reason = $3, returned = $4, revision = revision + 1
			WHERE process_key = $5 AND revision = $6`, db.Micros(d.ProposedAt), d.ProposedBy, d.Reason, d.Returned, d.Key, seen)
		if err != nil {
			return err
		}
		if n == 0 {
			return changedMeanwhile()
		}
		return s.recordProcess(tx, who, action, d)
	})
}

// ApproveProcess publishes a proposed draft as the next version of its process, and with it a new
// version of each of the named procedures that use the process: record, fees and form as they are
// published, the process new. New dossiers of these get it from now on; running ones keep theirs. It
// all happens in one transaction. It fails with Forbidden for who changed the draft last or proposed
// it, with Conflict if it is not proposed, was saved meanwhile or a named procedure has a draft or
// another process, and with Invalid if the process or a procedure with it may not be published.
func (s *Service) ApproveProcess(ctx context.Context, who actor.Actor, key string, revision int64, codes []string) (*ProcessVersion, error) {
	if err := mayEdit(who, PermPublish); err != nil {
		return nil, err
	}
	d, err := s.draftAt(ctx, key, revision)
	if err != nil {
		return nil, err
	}
	if !d.Proposed() {
		return nil, fault.New(fault.Conflict, "procedure.process.not_proposed")
	}
	if !d.MayApprove(who) {
		return nil, fault.New(fault.Forbidden, "procedure.process.four_eyes")
	}
	if bad := processFields(s.DraftProblems(ctx, d)); len(bad) > 0 {
		return nil, fault.Input("procedure.not_publishable", bad...)
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	var next []*taking
	for _, code := range codes {
		t, err := s.take(ctx, code, d)
		if err != nil {
			return nil, err
		}
		next = append(next, t)
	}
	var out *ProcessVersion
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		out, err = s.approve(tx, who, d, next)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.catalogue.stale()
	return out, nil
}

func (s *Service) approve(tx *db.Tx, who actor.Actor, d *ProcessDraft, next []*taking) (*ProcessVersion, error) {
	n, err := tx.Exec("DELETE FROM procedure_process_draft WHERE process_key = $1 AND revision = $2", d.Key, d.Revision)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, changedMeanwhile()
	}
	a := &Asset{Kind: assetProcess, Key: d.Key, Title: d.Title, BPMN: d.BPMN, UpdatedAt: s.Now()}
	a.Content = a.hash()
	v := ProcessVersion{Key: d.Key, Title: d.Title, BPMN: d.BPMN, Content: a.Content, Origin: ProcessFromEditor, Reason: d.Reason,
		EditedBy: d.EditedBy, ProposedBy: d.ProposedBy, ApprovedBy: who.Account, PublishedAt: a.UpdatedAt}
	if _, err := upsertAsset(tx, a); err != nil {
		return nil, err
	}
	if v.Number, err = addProcessVersion(tx, a, v); err != nil {
		return nil, err
	}
	if err := s.recordProcess(tx, who, "procedure.process.approve", d); err != nil {
		return nil, err
	}
	for _, t := range next {
		if err := s.takeOver(tx, who, d, t); err != nil {
			return nil, err
		}
	}
	return &v, nil
}

// taking is a procedure on its way to a version with a new process.
type taking struct {
	from   *Version // the published one
	offers []offerRow
}

// take looks whether a procedure may go on with the draft's process.
func (s *Service) take(ctx context.Context, code string, d *ProcessDraft) (*taking, error) {
	q := s.DB.Read(ctx)
	e, err := entryByCode(q, code)
	if err != nil {
		return nil, err
	}
	if e.Current.Zero() {
		return nil, fault.New(fault.Conflict, "procedure.nothing_published", "code", code)
	}
	v, err := loadVersion(q, e.Current)
	if err != nil {
		return nil, err
	}
	if v.ProcessKey != d.Key {
		return nil, fault.New(fault.Conflict, "procedure.process.other", "code", code)
	}
	would := *v
	if would.BPMN, err = whole(stored(q), d.BPMN); err != nil {
		return nil, err
	}
	if bad := s.Check(&would); len(bad) > 0 {
		return nil, fault.Input("procedure.not_publishable", bad...)
	}
	offers, err := s.recordOffers(ctx, &v.Record)
	return &taking{v, offers}, err
}

// takeOver publishes the procedure's next version: what is published, with the new process.
func (s *Service) takeOver(tx *db.Tx, who actor.Actor, d *ProcessDraft, t *taking) error {
	e, err := lockEntry(tx, t.from.ProcedureID)
	if err != nil {
		return err
	}
	if e.Current != t.from.ID {
		return changedMeanwhile()
	}
	if _, err := versionIn(tx, e.ID, Draft); err == nil {
		return fault.New(fault.Conflict, "procedure.process.code_has_draft", "code", e.Code)
	} else if fault.KindOf(err) != fault.NotFound {
		return err
	}
	process, err := whole(stored(tx), d.BPMN)
	if err != nil {
		return err
	}
	v := &Version{ID: s.IDs.New(), ProcedureID: e.ID, Code: e.Code, Number: e.Last + 1, State: Draft, EffectiveFrom: s.today(),
		Record: t.from.Record, FormKey: t.from.FormKey, Schema: t.from.Schema, Layout: t.from.Layout, ProcessKey: t.from.ProcessKey,
		BPMN: process, Note: d.Reason, Revision: 1, CreatedAt: s.Now(), CreatedBy: d.EditedBy}
	v.Content = contentOf(v)
	if v.Content == t.from.Content {
		return nil // it carries this very process already
	}
	if err := insertVersion(tx, v); err != nil {
		return err
	}
	return s.publish(tx, who, v, t.offers)
}

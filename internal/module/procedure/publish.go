package procedure

import (
	"context"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
)

// Check returns what keeps a version from being published, in the order people read a record:
// missing fields, a form that does not compile, problems of the process, step budgets that do not
// fit into the shortest legal term.
func (s *Service) Check(v *Version) []fault.Field {
	bad := v.Record.Validate()
	bad = append(bad, v.Record.Incomplete()...)
	c, broken := compile(v)
	bad = append(bad, broken...)
	if c.Process != nil {
		problems := s.ProcessProblems(c.Process)
		bad = append(bad, processFields(problems)...)
		bad = append(bad, tacitStep(v, c)...)
		if term := v.Record.shortestTerm(); term > 0 && len(problems) == 0 {
			bad = append(bad, processFields(c.Process.CheckBudget(term))...)
		}
	}
	return bad
}

// Publish makes a draft the version that new dossiers get from now on; the one before it becomes
// retired and stays with the dossiers received under it. The offers of the record take effect
// today. It fails with Invalid if Check finds anything, with Conflict if the draft was saved
// meanwhile or its effective date lies ahead.
func (s *Service) Publish(ctx context.Context, who actor.Actor, version id.ID, revision int64) (*Version, error) {
	if err := mayEdit(who, PermPublish); err != nil {
		return nil, err
	}
	v, err := loadVersion(s.DB.Read(ctx), version)
	if err != nil {
		return nil, err
	}
	if err := s.mayPublish(v, revision); err != nil {
		return nil, err
	}
	// Checked before the transaction: a draft of the same revision has the same content, and
	// nobody else's write waits for a form to compile.
	if bad := s.Check(v); len(bad) > 0 {
		return nil, fault.Input("procedure.not_publishable", bad...)
	}
	offers, err := s.recordOffers(ctx, &v.Record)
	if err != nil {
		return nil, err
	}
	var out *Version
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		v, err := loadVersion(tx, version)
		if err != nil {
			return err
		}
		if err := s.mayPublish(v, revision); err != nil {
			return err
		}
		out = v
		return s.publish(tx, who, v, offers)
	})
	if err != nil {
		return nil, err
	}
	s.catalogue.stale()
	return out, nil
}

// mayPublish tells whether the version is the draft that was looked at and its day has come.
func (s *Service) mayPublish(v *Version, revision int64) error {
	switch {
	case v.State != Draft:
		return fault.New(fault.Conflict, "procedure.not_a_draft")
	case v.Revision != revision:
		return changedMeanwhile()
	case v.EffectiveFrom > s.today():
		return fault.New(fault.Conflict, "procedure.not_yet", "date", v.EffectiveFrom)
	}
	return nil
}

// publish makes a checked draft, stored in this transaction or before, the published version.
func (s *Service) publish(tx *db.Tx, who actor.Actor, v *Version, offers []offerRow) error {
	today := s.today()
	if _, err := lockEntry(tx, v.ProcedureID); err != nil {
		return err
	}
	now := db.Micros(s.Now())
	if _, err := tx.Exec("UPDATE procedure_version SET state = 'retired', retired_at = $1 WHERE procedure_id = $2 AND state = 'published'",
		now, v.ProcedureID); err != nil {
		return err
	}
	n, err := tx.Exec(`UPDATE procedure_version SET state = 'published', published_at = $1, published_by = $2
		WHERE id = $3 AND state = 'draft' AND revision = $4`, now, who.Account, v.ID, v.Revision)
	if err != nil {
		return err
	}
	if n == 0 {
		return changedMeanwhile()
	}
	if _, err := tx.Exec("UPDATE procedure_entry SET current_version = $1, updated_at = $2 WHERE id = $3", v.ID, now, v.ProcedureID); err != nil {
		return err
	}
	if err := s.putRecordOffers(tx, v.ProcedureID, offers, today); err != nil {
		return err
	}
	if err := bump(tx); err != nil {
		return err
	}
	v.State, v.PublishedAt, v.PublishedBy = Published, db.Time(now), who.Account
	if err := s.record(tx, who, "procedure.publish", v.ID, auditOf(v)); err != nil {
		return err
	}
	return s.Outbox.Put(tx, outbox.Event{ID: s.IDs.New(), Subject: SubjectPublished, At: s.Now(), Payload: PublishedEvent{
		Procedure: v.ProcedureID, Version: v.ID, Code: v.Code, Number: v.Number, EffectiveFrom: v.EffectiveFrom}})
}

// Retire ends a procedure: no new dossiers, running ones keep their version. It fails with
// NotFound if nothing is published under the code.
func (s *Service) Retire(ctx context.Context, who actor.Actor, code, note string) error {
	if err := mayEdit(who, PermPublish); err != nil {
		return err
	}
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		e, err := entryByCode(tx, code)
		if err != nil {
			return err
		}
		if e, err = lockEntry(tx, e.ID); err != nil {
			return err
		}
		if e.Current.Zero() {
			return fault.New(fault.Conflict, "procedure.nothing_published", "code", code)
		}
		now := db.Micros(s.Now())
		if _, err := tx.Exec("UPDATE procedure_version SET state = 'retired', retired_at = $1 WHERE id = $2 AND state = 'published'",
			now, e.Current); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE procedure_entry SET current_version = NULL, updated_at = $1 WHERE id = $2", now, e.ID); err != nil {
			return err
		}
		if err := bump(tx); err != nil {
			return err
		}
		if err := s.record(tx, who, "procedure.retire", e.Current, map[string]any{"code": e.Code, "note": note}); err != nil {
			return err
		}
		return s.Outbox.Put(tx, outbox.Event{ID: s.IDs.New(), Subject: SubjectRetired, At: s.Now(),
			Payload: RetiredEvent{Procedure: e.ID, Version: e.Current, Code: e.Code}})
	})
	if err == nil {
		s.catalogue.stale()
	}
	return err
}

// recordOffers turns a record's offers into rules; a unit the organisation does not have is
// Invalid.
func (s *Service) recordOffers(ctx context.Context, r *Record) ([]offerRow, error) {
	var out []offerRow
	var bad []fault.Field
	for i, o := range r.Offers {
		row := offerRow{Kind: o.Kind, Enabled: true, Origin: "record"}
		if o.Unit != "" {
			u, ok, err := s.Units.UnitByKey(ctx, o.Unit)
			if err != nil {
				return nil, err
			}
			if !ok {
				bad = append(bad, fault.Field{Path: offerPath(i), Key: "procedure.no_such_unit", Args: fault.Args("key", clip(o.Unit))})
				continue
			}
			row.Unit = u.ID
		}
		out = append(out, row)
	}
	if len(bad) > 0 {
		return nil, fault.Input("procedure.invalid", bad...)
	}
	return out, nil
}

// putRecordOffers makes the rules of the record those in force from the day: what no longer
// stands ends, what is new begins, what stays is left alone with its date.
func (s *Service) putRecordOffers(tx *db.Tx, procedure id.ID, want []offerRow, day civil.Date) error {
	have, err := offerRows(tx, procedure)
	if err != nil {
		return err
	}
	type key struct {
		kind string
		unit id.ID
	}
	open := map[key]offerRow{}
	for _, o := range have {
		if o.Origin == "record" && (o.To == nil || *o.To > day) {
			open[key{o.Kind, o.Unit}] = o
		}
	}
	done := map[key]bool{}
	for _, w := range want {
		k := key{w.Kind, w.Unit}
		if done[k] {
			continue
		}
		done[k] = true
		if _, ok := open[k]; ok {
			delete(open, k)
			continue
		}
		w.ID, w.Procedure, w.From = s.IDs.New(), procedure, day
		if err := insertOffer(tx, w); err != nil {
			return err
		}
	}
	for _, o := range have { // in stored order, so that replays write the same
		if _, gone := open[key{o.Kind, o.Unit}]; gone && o.Origin == "record" && o.To == nil {
			if err := endOffer(tx, o, day); err != nil {
				return err
			}
		}
	}
	return nil
}

package dossier

import (
	"context"
	"encoding/json"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// Correction is the form as the applicant has corrected it so far, in answer to a request for
// supplements. It is kept apart from the dossier until Answer sends it.
type Correction struct {
	Supplement *Supplement // the request it answers
	Version    int64       // 0: nothing has been saved yet
	Data       map[string]any
}

// Correction returns what the owner has saved of the answer to the request that waits, or the form
// as it was filed. It fails with Conflict if nothing is asked.
func (s *Service) Correction(ctx context.Context, dossier id.ID) (*Correction, error) {
	d, err := s.Get(ctx, dossier)
	if err != nil {
		return nil, err
	}
	if !Owns(actor.From(ctx), d) {
		return nil, fault.New(fault.NotFound, "dossier.not_found")
	}
	list, err := s.Supplements(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	c := &Correction{}
	for _, x := range list {
		if x.State == "sent" {
			c.Supplement = x
		}
	}
	if c.Supplement == nil || d.Status != StatusSupplement {
		return nil, fault.New(fault.Conflict, "dossier.nothing_asked")
	}
	raw := string(d.Form)
	err = s.DB.Read(ctx).QueryRow(`SELECT version, data FROM dossier_correction WHERE dossier_id = $1 AND n = $2`,
		d.ID, c.Supplement.N).Scan(&c.Version, &raw)
	if err != nil && !db.Missing(err) {
		return nil, err
	}
	return c, db.FromJSON(raw, &c.Data)
}

// SaveCorrection stores what was typed. c.Version is the version that was loaded: of two windows
// the slower is told instead of silently winning.
func (s *Service) SaveCorrection(ctx context.Context, dossier id.ID, c *Correction) error {
	now, err := s.Correction(ctx, dossier)
	if err != nil {
		return err
	}
	if now.Version != c.Version {
		return fault.New(fault.Conflict, "dossier.draft_changed")
	}
	data, err := json.Marshal(c.Data)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "dossier.bad_data")
	}
	if len(data) > 256<<10 {
		return fault.New(fault.TooLarge, "dossier.form_too_large", "kb", 256)
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`INSERT INTO dossier_correction (dossier_id, n, version, data, at) VALUES ($1, $2, 1, $3, $4)
			ON CONFLICT (dossier_id, n) DO UPDATE SET version = dossier_correction.version + 1, data = excluded.data, at = excluded.at
			WHERE dossier_correction.version = $5`, dossier, now.Supplement.N, string(data), db.Micros(s.Now()), c.Version)
		if err == nil && n != 1 {
			err = fault.New(fault.Conflict, "dossier.draft_changed")
		}
		return err
	})
	if err == nil {
		c.Version++
	}
	return err
}

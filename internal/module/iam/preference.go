package iam

import (
	"context"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
)

// PrefsChange says which preferences change; nil leaves one as it is.
type PrefsChange struct {
	Density *string // actor.Comfortable, or empty for what each page has
	NoKeys  *bool   // shortcuts of a single key are off
}

// SetPrefs stores how the actor likes the pages, with the account, and returns all of it. The fault
// Forbidden is for those without a desk, Invalid for a density that does not exist. It is no act
// on anybody's data, so the ledger does not record it.
func (s *Service) SetPrefs(ctx context.Context, who actor.Actor, c PrefsChange) (actor.Prefs, error) {
	p := who.Prefs
	if who.Kind != actor.Staff {
		return p, fault.New(fault.Forbidden, "iam.may_not")
	}
	if c.Density != nil && *c.Density != "" && *c.Density != actor.Comfortable {
		return p, fault.Input("iam.input", fault.Field{Path: "mat-do", Key: "iam.density_unknown"})
	}
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		p = actor.Prefs{}
		var off int
		var version int64
		err := tx.QueryRow(`SELECT version, density, no_keys FROM iam_preference WHERE account = $1`+db.ForUpdate(tx, false), who.Account).
			Scan(&version, &p.Density, &off)
		if err != nil && !db.Missing(err) {
			return err
		}
		p.NoKeys = off == 1
		if c.Density != nil {
			p.Density = *c.Density
		}
		if c.NoKeys != nil {
			p.NoKeys = *c.NoKeys
		}
		if off = 0; p.NoKeys {
			off = 1
		}
		n, err := tx.Exec(`INSERT INTO iam_preference (account, version, density, no_keys, changed) VALUES ($1, 1, $2, $3, $4)
			ON CONFLICT (account) DO UPDATE SET version = iam_preference.version + 1, density = excluded.density, no_keys = excluded.no_keys,
			changed = excluded.changed WHERE iam_preference.version = $5`, who.Account, p.Density, off, db.Micros(s.Now()), version)
		if err != nil {
			return err
		}
		if n != 1 { // two tabs said something for the first time in the same moment
			return fault.New(fault.Conflict, "iam.changed_meanwhile")
		}
		return nil
	})
	return p, err
}

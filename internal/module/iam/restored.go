package iam

import (
	"context"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
)

// Restored is called once on records that were brought back from a snapshot, before anybody is let
// in. What was ended after the snapshot was taken would be valid again, so every session, API token,
// one-time code and set-up link ends here; with keep they stay, for a move in which nothing happened
// since. The act itself is recorded, and the ledger is free for this installation's sequencer.
func (s *Service) Restored(ctx context.Context, snapshot string, keep bool) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		now := db.Micros(s.Now())
		var ends []string
		if !keep {
			ends = []string{"UPDATE iam_session SET revoked = $1 WHERE revoked = 0", "UPDATE iam_token SET revoked = $1 WHERE revoked = 0",
				"UPDATE iam_code SET used = $1 WHERE used = 0", "UPDATE iam_setup SET expires = $1 WHERE expires > $1"}
		}
		for _, q := range ends {
			if _, err := tx.Exec(q, now); err != nil {
				return err
			}
		}
		if _, err := tx.Exec("UPDATE iam_ledger_state SET holder = '', until = 0 WHERE one = 1"); err != nil {
			return err
		}
		return s.Ledger.Record(tx, system(), "iam.restored", "iam", id.ID{}, map[string]any{"snapshot": snapshot, "access_kept": keep})
	})
}

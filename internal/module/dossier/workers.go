package dossier

import (
	"context"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// Workers returns the accounts to whom open steps of the dossier are given, each once. Only the
// platform itself may ask; it tells them what happened without their doing.
func (s *Service) Workers(ctx context.Context, dossier id.ID) ([]id.ID, error) {
	if actor.From(ctx).Kind != actor.SystemKind {
		return nil, fault.New(fault.Forbidden, "dossier.not_found")
	}
	return collectIDs(s.DB.Read(ctx).Query(`SELECT DISTINCT assignee_id FROM dossier_task
		WHERE dossier_id = $1 AND state = 'open' AND assignee_id IS NOT NULL ORDER BY assignee_id`, dossier))
}

package dossier

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/module/org"
)

// handleMoved brings open work in line with a reorganisation: a unit that now stands elsewhere
// inherits another working calendar, and a division that changed its agency takes its work along.
// Doing it twice changes nothing, so the receipt may come after the work.
func (s *Service) handleMoved(ctx context.Context, e outbox.Event) error {
	var f org.UnitMoved
	if err := e.Into(&f); err != nil {
		return err
	}
	tree, err := s.Agencies.Tree(ctx)
	if err != nil {
		return err
	}
	if tree.Version < f.Version {
		return fmt.Errorf("this replica has not seen version %d of the organisation yet", f.Version)
	}
	moved, err := s.Reroute(ctx)
	if err != nil {
		return err
	}
	dates, err := s.Rederive(ctx, f.Unit)
	if err == nil {
		s.Log.InfoContext(ctx, "dossier: work follows the organisation", "unit", f.Unit.String(), "moved", moved, "dates", dates)
	}
	return err
}

// Reroute gives open tasks of divisions that belong to another agency by now to that agency, which
// thereby takes part in the dossier and, where the task decides it, holds it. It returns how many
// dossiers were changed. The agency that had the task before still sees the dossier: it worked on
// it. Only the platform itself may do it.
func (s *Service) Reroute(ctx context.Context) (moved int, err error) {
	if actor.From(ctx).Kind != actor.SystemKind {
		return 0, fault.New(fault.Forbidden, "dossier.not_found")
	}
	tree, err := s.Agencies.Tree(ctx)
	if err != nil {
		return 0, err
	}
	type post struct{ unit, agency id.ID }
	posts, err := db.Collect[post](s.DB.Read(ctx).Query(`SELECT DISTINCT unit_id, agency_id FROM dossier_task
		WHERE state = 'open' AND unit_id IS NOT NULL AND unit_id <> agency_id`))(func(r *sql.Rows) (p post, err error) {
		return p, r.Scan(&p.unit, &p.agency)
	})
	if err != nil {
		return 0, err
	}
	var failed []error
	for _, p := range posts {
		now := tree.Agency(p.unit)
		if now == nil || now.ID == p.agency {
			continue // as it was; work of a unit that is closed stays until somebody gives it away
		}
		ids, err := collectIDs(s.DB.Read(ctx).Query(`SELECT DISTINCT dossier_id FROM dossier_task
			WHERE state = 'open' AND agency_id = $1 AND unit_id = $2 ORDER BY dossier_id`, p.agency, p.unit))
		if err != nil {
			return moved, err
		}
		for _, d := range ids {
			_, err := s.change(ctx, d, func(tx *db.Tx, c *change) error { return c.reroute(tx) })
			switch {
			case err == nil:
				moved++
			case !errors.Is(err, errSame):
				failed = append(failed, fmt.Errorf("dossier %s: %w", d, err))
			}
			if ctx.Err() != nil {
				return moved, ctx.Err()
			}
		}
	}
	return moved, errors.Join(failed...)
}

// reroute moves the open tasks whose division stands under another agency.
func (c *change) reroute(tx *db.Tx) error {
	same := true
	for _, t := range c.open {
		now := c.tree.Agency(t.Unit)
		if t.Unit == t.Agency || now == nil || now.ID == t.Agency {
			continue
		}
		if c.d.Holder == t.Agency {
			c.d.Holder = now.ID
		}
		t.Agency, same = now.ID, false
		if _, err := tx.Exec(`UPDATE dossier_task SET agency_id = $2 WHERE id = $1 AND state = 'open'`, t.ID, t.Agency); err != nil {
			return err
		}
		c.joined = append(c.joined, t.Agency)
		c.note("rerouted", t.Node, "", map[string]any{"task": t.Name, "to": now.Name})
	}
	if same {
		return errSame
	}
	c.emit(SubjectMoved, c.fact())
	return nil
}

package dossier

import (
	"context"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/db"
	"lienthong/internal/module/procedure"
)

// tacitly has the task's dossier count as approved if its term has ended unanswered and its procedure
// says that this is so. A dossier on which that fails is looked at again with the next round.
func (s *Service) tacitly(ctx context.Context, t *watched, now time.Time) error {
	if t.dossierDue.IsZero() || !now.After(t.dossierDue) {
		return nil
	}
	proc, err := s.Procedures.ByVersion(ctx, t.record)
	if err == nil && proc.Record.Tacit.Value == nil {
		return nil
	}
	if err == nil {
		_, err = s.change(ctx, t.dossier, func(tx *db.Tx, c *change) error { return c.tacit() })
	}
	if err == nil || err == errSame {
		return nil
	}
	again := s.DB.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE dossier_task SET watch_at = 1 WHERE id = $1 AND state = 'open'`, t.task)
		return err
	})
	if again != nil {
		s.Log.ErrorContext(ctx, "dossier: a tacit approval is not looked at again", "dossier", t.dossier.String(), "err", again)
	}
	return err
}

// tacit is the act by which silence becomes a yes: noted for good, and, where the procedure says so, the
// process goes on with the step that follows an approval. Who left the dossier lying is in the figures
// of what became overdue; this takes nothing off them.
func (c *change) tacit() error {
	rule := c.proc.Record.Tacit.Value
	if rule == nil || c.d.Extra.Tacit != "" || !c.d.Open() || c.d.Due.IsZero() || !c.now.After(c.d.Due) {
		return errSame
	}
	c.d.Extra.Tacit = stamp(c.d.Due)
	basis := c.proc.Record.Tacit.Source
	c.note("tacit", "", basis, map[string]any{"effect": rule.Effect, "due": stamp(c.d.Due)})
	// With several branches open nobody can say which of them the silence decides.
	if rule.Effect == procedure.TacitFinish && len(c.open) == 1 && c.open[0].Node != rule.Step {
		if err := c.step(bpmn.Event{Kind: bpmn.EventMove, Token: c.open[0].Token, Node: rule.Step}, basis); err != nil {
			return err
		}
		c.entries[len(c.entries)-1].Status = c.d.Status
	}
	c.emit(SubjectTacit, c.fact())
	return nil
}

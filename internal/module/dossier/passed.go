package dossier

import (
	"context"
	"database/sql"
	"slices"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// Passed is a transfer that can still be taken back: the step that was done, and the task it
// opened, which nobody has accepted.
type Passed struct {
	WorkItem       // the task that waits on the other side
	Done     *Task // the step that passed it on
	MayTake  bool  // the actor may take it back
}

// PassedFilter narrows the list of what was passed on. The zero filter is everything of the
// actor's unit, the newest first.
type PassedFilter struct {
	Mine  bool   // only what the actor passed on
	Text  string // code or name of the applicant
	Order Order
	After Place
	Limit int // 1 to 200; 50 otherwise
}

// Passed returns what the actor or the actor's unit passed on and nobody has accepted, as long as
// it can be taken back.
func (s *Service) Passed(ctx context.Context, f PassedFilter) ([]*Passed, error) {
	who := actor.From(ctx)
	unit := who.Unit
	if unit.Zero() {
		unit = who.Agency
	}
	if who.Kind == actor.Citizen || unit.Zero() || !who.May(PermRead) {
		return nil, nil
	}
	if f.Order.By == "" {
		f.Order = Order{By: SortPassed, Desc: true}
	}
	var a db.Args
	where := `t.state = 'open' AND t.accepted_at = 0 AND t.from_unit IS NOT NULL AND t.from_unit = ` + a.Add(unit) + ` AND t.agency_id IS NOT NULL
		AND EXISTS (SELECT 1 FROM dossier_task p WHERE p.dossier_id = t.dossier_id AND p.state = 'done' AND p.done_at = t.created_at
			AND p.undo ->> 'opened' IS NOT NULL)`
	if f.Mine {
		where += ` AND t.created_by = ` + a.Add(who.Account)
	}
	if text.Fold(f.Text) != "" {
		where += ` AND ` + textWhere(f.Text, &a)
	}
	items, err := s.sorted(ctx, where, a, f.Order, SortPassed, f.After, f.Limit)
	if err != nil || len(items) == 0 {
		return nil, err
	}
	ids := make([]id.ID, len(items))
	for i, w := range items {
		ids[i] = w.Task.Dossier
	}
	var b db.Args
	rows, err := s.DB.Read(ctx).Query(`SELECT `+taskColumns+` FROM dossier_task WHERE state = 'done' AND dossier_id IN `+b.In(ids), b...)
	done, err := db.Collect[*Task](rows, err)(func(r *sql.Rows) (*Task, error) { return scanTask(r) })
	if err != nil {
		return nil, err
	}
	var out []*Passed
	for _, w := range items {
		i := slices.IndexFunc(done, func(t *Task) bool { return len(t.Undo.Opened) == 1 && t.Undo.Opened[0] == w.Task.ID })
		p := &Passed{WorkItem: *w}
		if i >= 0 {
			p.Done, p.MayTake = done[i], MayTakeBack(who, done[i])
		}
		out = append(out, p)
	}
	return out, nil
}

package dossier

import (
	"context"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
)

// Neighbours returns the tasks before and after one on the actor's worklist with this filter and
// order, nil where there is none. The task itself may have been done meanwhile: its place in the
// list remains.
func (s *Service) Neighbours(ctx context.Context, f WorkFilter, task id.ID) (before, after *WorkItem, err error) {
	by, err := f.Order.sorting(SortDue)
	if err != nil {
		return nil, nil, err
	}
	at := Place{ID: task}
	err = s.DB.Read(ctx).QueryRow(`SELECT `+by.expr+` FROM dossier_task t WHERE t.id = $1`, task).Scan(&at.Key)
	if db.Missing(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	step := func(desc bool) (*WorkItem, error) {
		var a db.Args
		where, err := s.worklistWhere(ctx, actor.From(ctx), f, &a)
		if err != nil {
			return nil, err
		}
		items, err := s.sorted(ctx, where, a, Order{By: f.Order.By, Desc: desc}, SortDue, at, 1)
		if err != nil || len(items) == 0 {
			return nil, err
		}
		return items[0], nil
	}
	if after, err = step(f.Order.Desc); err != nil {
		return nil, nil, err
	}
	before, err = step(!f.Order.Desc)
	return before, after, err
}

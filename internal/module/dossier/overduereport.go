package dossier

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// OverdueBy says by what overdue steps and dossiers are counted.
type OverdueBy string

// The groups.
const (
	OverdueByAgency    OverdueBy = "agency"
	OverdueByUnit      OverdueBy = "unit"
	OverdueByOfficer   OverdueBy = "officer"
	OverdueByStep      OverdueBy = "step"
	OverdueByProcedure OverdueBy = "procedure"
)

// OverdueGroups returns the groups in the order in which pages offer them.
func OverdueGroups() []OverdueBy {
	return []OverdueBy{OverdueByAgency, OverdueByUnit, OverdueByOfficer, OverdueByStep, OverdueByProcedure}
}

// OverdueFilter selects what became overdue, by the day of its date. Everything counts with whoever had
// it when it became overdue, wherever it was brought since.
type OverdueFilter struct {
	From, To civil.Date
	Agencies []id.ID // those of the actor, if empty
	Kind     string  // step, dossier, or both if empty
	Standing bool    // only what still is overdue
}

// maxOverdueDays bounds the period.
const maxOverdueDays = 3 * 366

// OverdueGroup counts what became overdue.
type OverdueGroup struct {
	Agency, Unit, Officer id.ID
	Name                  string // the officer's, or the step's
	Procedure, Node       string
	Steps, Dossiers       int64 // became overdue
	Standing              int64 // of both, still overdue
	Ended                 int64
	Minutes               int64 // office time overdue of those that ended, all together
	Longest               int64 // office minutes, of those that ended
}

// where returns the filter's conditions within what the actor may see; ok is false when that is nothing.
func (f OverdueFilter) where(ctx context.Context, a *db.Args) (string, bool, error) {
	if f.To < f.From || f.To-f.From > maxOverdueDays {
		return "", false, fault.New(fault.Invalid, "dossier.period_backwards")
	}
	who := actor.From(ctx)
	ids, all := who.Agencies(PermStats)
	if len(f.Agencies) > 0 {
		own := f.Agencies
		if !all {
			own = slices.DeleteFunc(slices.Clone(own), func(x id.ID) bool { return !slices.Contains(ids, x) })
		}
		ids, all = own, false
	}
	if !all && len(ids) == 0 {
		return "", false, nil
	}
	w := "o.day >= " + a.Add(f.From.String()) + " AND o.day <= " + a.Add(f.To.String())
	if !all {
		w += " AND o.agency_id IN " + a.In(ids)
	}
	if f.Kind != "" {
		w += " AND o.kind = " + a.Add(f.Kind)
	}
	if f.Standing {
		w += " AND o.ended_at = 0"
	}
	return w, true, nil
}

// Overdue counts what became overdue in the period at the agencies whose figures the actor may see, the
// most first.
func (s *Service) Overdue(ctx context.Context, f OverdueFilter, by OverdueBy) ([]OverdueGroup, error) {
	columns := map[OverdueBy]string{OverdueByAgency: "agency_id", OverdueByUnit: "agency_id, unit_id", OverdueByOfficer: "agency_id, officer_id",
		OverdueByStep: "procedure_code, node", OverdueByProcedure: "procedure_code"}[by]
	if columns == "" {
		return nil, fault.New(fault.Invalid, "dossier.no_such_group")
	}
	var a db.Args
	where, ok, err := f.where(ctx, &a)
	if err != nil || !ok {
		return nil, err
	}
	const sums = `sum(CASE WHEN kind = 'step' THEN 1 ELSE 0 END), sum(CASE WHEN kind = 'dossier' THEN 1 ELSE 0 END),
		sum(CASE WHEN ended_at = 0 THEN 1 ELSE 0 END), sum(CASE WHEN ended_at > 0 THEN 1 ELSE 0 END), sum(minutes), max(minutes)`
	return db.Collect[OverdueGroup](s.DB.Read(ctx).Query(`SELECT `+columns+`, max(officer), max(step), `+sums+` FROM dossier_overdue o WHERE `+where+
		` GROUP BY `+columns+` ORDER BY count(*) DESC, `+columns, a...))(func(r *sql.Rows) (g OverdueGroup, err error) {
		var officer, step string
		dest := map[OverdueBy][]any{OverdueByAgency: {&g.Agency}, OverdueByUnit: {&g.Agency, &g.Unit}, OverdueByOfficer: {&g.Agency, &g.Officer},
			OverdueByStep: {&g.Procedure, &g.Node}, OverdueByProcedure: {&g.Procedure}}[by]
		err = r.Scan(append(dest, &officer, &step, &g.Steps, &g.Dossiers, &g.Standing, &g.Ended, &g.Minutes, &g.Longest)...)
		switch by {
		case OverdueByOfficer:
			g.Name = officer
		case OverdueByStep:
			g.Name = step
		}
		return g, err
	})
}

// OverdueItem is a step or a dossier that became overdue.
type OverdueItem struct {
	Dossier, Item         id.ID
	Code, Kind            string
	Procedure, Step       string
	Agency, Unit, Officer id.ID
	Name                  string // the officer's; empty if nobody had taken it
	Due, Ended            time.Time
	Minutes               int64 // office time overdue, or so far
}

// OverdueItems returns what became overdue in the period at the agencies whose figures the actor may
// see, the latest date first, those after the key; limit is 1 to 1000.
func (s *Service) OverdueItems(ctx context.Context, f OverdueFilter, after DrillKey, limit int) ([]OverdueItem, error) {
	var a db.Args
	where, ok, err := f.where(ctx, &a)
	if err != nil || !ok {
		return nil, err
	}
	if !after.ID.Zero() {
		where += " AND (o.due_at, o.item_id) < (" + a.Add(after.At) + ", " + a.Add(after.ID) + ")"
	}
	list, err := db.Collect[OverdueItem](s.DB.Read(ctx).Query(`SELECT o.dossier_id, o.item_id, d.code, o.kind, o.procedure_code, o.step, o.agency_id, o.unit_id,
		o.officer_id, o.officer, o.due_at, o.ended_at, o.minutes FROM dossier_overdue o JOIN dossier_dossier d ON d.id = o.dossier_id WHERE `+where+
		` ORDER BY o.due_at DESC, o.item_id DESC LIMIT `+a.Add(min(max(limit, 1), 1000)), a...))(func(r *sql.Rows) (x OverdueItem, err error) {
		var due, ended int64
		err = r.Scan(&x.Dossier, &x.Item, &x.Code, &x.Kind, &x.Procedure, &x.Step, &x.Agency, &x.Unit, &x.Officer, &x.Name, &due, &ended, &x.Minutes)
		x.Due, x.Ended = db.Time(due), db.Time(ended)
		return x, err
	})
	now := s.Now()
	for i := range list {
		if x := &list[i]; x.Ended.IsZero() {
			cal, err := s.Calendars.Calendar(ctx, x.Agency)
			if err != nil {
				return nil, err
			}
			x.Minutes = int64(cal.Between(x.Due, now))
		}
	}
	return list, err
}

// Key is where a list goes on after the item.
func (x OverdueItem) Key() DrillKey { return DrillKey{At: db.Micros(x.Due), ID: x.Item} }

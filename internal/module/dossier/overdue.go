package dossier

import (
	"time"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

func notThere() error { return fault.New(fault.Forbidden, "dossier.not_found") }

// overdue is a step or a dossier that has become overdue, and with whom.
type overdue struct {
	dossier, item id.ID // item is the task, or the dossier itself
	kind          string
	due           time.Time
	procedure     string
	node, step    string
	agency, unit  id.ID
	officer       id.ID
	name          string
}

// late returns what of the task is overdue at the moment.
func (t *watched) late(now time.Time) []overdue {
	var out []overdue
	add := func(kind string, item id.ID, due time.Time) {
		if !due.IsZero() && now.After(due) && !t.agency.Zero() {
			out = append(out, overdue{t.dossier, item, kind, due, t.procedure, t.node, t.step, t.agency, t.unit, t.assignee, t.officer})
		}
	}
	add("step", t.task, t.due)
	add("dossier", t.dossier, t.dossierDue)
	return out
}

// putOverdue notes who had it when it became overdue, unless that is known.
func putOverdue(tx *db.Tx, x overdue) error {
	_, err := tx.Exec(`INSERT INTO dossier_overdue (dossier_id, item_id, kind, due_at, day, procedure_code, node, step, agency_id, unit_id,
		officer_id, officer, ended_at, minutes) VALUES `+db.Rows(1, 14)+` ON CONFLICT (dossier_id, item_id, due_at) DO NOTHING`,
		x.dossier, x.item, x.kind, db.Micros(x.due), civil.From(x.due), x.procedure, x.node, x.step, x.agency, x.unit, x.officer, x.name, 0, 0)
	return err
}

// noteLate is called before an act: whoever has what is overdue by then is written down, so that an act
// that gives it to others takes nothing off him and puts nothing on them.
func (c *change) noteLate(tx *db.Tx) error {
	for _, t := range c.open {
		w := watched{task: t.ID, dossier: c.d.ID, procedure: c.d.ProcedureCode, node: t.Node, step: t.Name, agency: t.Agency, unit: t.Unit,
			assignee: t.Assignee, officer: t.AssigneeBy, due: t.Due, dossierDue: c.d.Due}
		for _, x := range w.late(c.now) {
			if err := putOverdue(tx, x); err != nil {
				return err
			}
			c.late = append(c.late, x)
		}
	}
	return nil
}

// flushLate ends what was overdue before the act and is over by it: a step that was done, a dossier
// that was finished or whose date was put off. The time it took is counted by the deciding office's
// calendar.
func (c *change) flushLate(tx *db.Tx) error {
	for _, x := range c.late {
		over := x.kind == "dossier" && (!c.d.Open() || c.d.Due.After(c.now))
		if x.kind == "step" {
			over = true
			for _, t := range c.open {
				over = over && t.ID != x.item
			}
		}
		if !over {
			continue
		}
		if _, err := tx.Exec(`UPDATE dossier_overdue SET ended_at = $3, minutes = $4 WHERE dossier_id = $1 AND item_id = $2 AND ended_at = 0`,
			x.dossier, x.item, db.Micros(c.now), c.cal.Between(x.due, c.now)); err != nil {
			return err
		}
	}
	return nil
}

// forgetLate takes back that the task, or the dossier itself, is overdue by a date that a change of the
// calendar has moved: it never was.
func (c *change) forgetLate(tx *db.Tx, item id.ID) error {
	for _, x := range c.late {
		if x.item != item {
			continue
		}
		if _, err := tx.Exec(`DELETE FROM dossier_overdue WHERE dossier_id = $1 AND item_id = $2 AND ended_at = 0`, x.dossier, item); err != nil {
			return err
		}
	}
	return nil
}

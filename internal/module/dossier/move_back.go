package dossier

import (
	"context"
	"database/sql"
	"slices"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// UndoTurn takes back the move of one dossier: process, term, fee and open steps are as they were
// before it. It fails with Conflict when anything has been done to the dossier since, when it was
// not moved by this order, or when others were told something by the move that cannot be unsaid.
func (s *Service) UndoTurn(ctx context.Context, changeover, dossier id.ID) (*Dossier, error) {
	who := actor.From(ctx)
	if err := mayTurn(who); err != nil {
		return nil, err
	}
	x, err := s.changeover(s.DB.Read(ctx), changeover)
	if err != nil {
		return nil, err
	}
	t, err := s.turner(ctx, x.From, x.To, x.Mapping, x.Decision)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, dossier, func(tx *db.Tx, c *change) error {
		var state, before string
		var after int64
		err := tx.QueryRow(`SELECT state, before, after_version FROM dossier_changeover_item WHERE changeover_id = $1 AND dossier_id = $2`,
			changeover, dossier).Scan(&state, &before, &after)
		switch {
		case db.Missing(err):
			return fault.New(fault.NotFound, "dossier.move.no_run")
		case err != nil:
			return err
		case state != ItemMoved:
			return fault.New(fault.Conflict, "dossier.move.not_moved")
		case c.d.Version != after || c.d.ProcedureVersion != x.To:
			return fault.New(fault.Conflict, "dossier.move.acted")
		}
		var was kept
		if err := db.FromJSON(before, &was); err != nil {
			return err
		}
		if was.Fixed {
			return fault.New(fault.Conflict, "dossier.move.fixed")
		}
		refit, err := c.turnBack(t, was)
		if err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE dossier_changeover_item SET state = 'undone', at = $3 WHERE changeover_id = $1 AND dossier_id = $2 AND state = 'moved'`,
			changeover, dossier, db.Micros(c.now))
		if err != nil {
			return err
		}
		if n != 1 {
			return fault.New(fault.Conflict, "dossier.changed_meanwhile")
		}
		return c.storeTurn(tx, refit)
	})
}

// turnBack restores what the dossier was before it was moved, and returns the open steps that read
// differently by it.
func (c *change) turnBack(t *turner, was kept) (refit []*Task, err error) {
	d := c.d
	x := Turn{OldDue: d.Due, OldFee: d.Fee}
	state, effects := bpmn.MoveBack(t.from.Process, t.to.Process, was.Process, d.Process)
	c.proc = t.from
	moved := d.Process
	d.Process, d.ProcedureVersion, d.ProcedureName, d.Field = state, t.from.ID, was.Name, was.Field
	d.Term, d.Fee, d.FeeText = was.Term, was.Fee, was.FeeText
	if err := c.follow(moved, effects, ""); err != nil {
		return nil, err
	}
	var gone []keptTask
	for _, k := range was.Tasks {
		i := slices.IndexFunc(c.open, func(o *Task) bool { return o.ID == k.ID })
		if i < 0 {
			gone = append(gone, k)
			continue
		}
		restore(c.open[i], k)
		refit = append(refit, c.open[i])
	}
	for _, k := range gone { // the move ended it; whoever had it has it again
		for _, a := range c.added {
			if a.State == "open" && a.Node == k.Node && a.Assignee.Zero() && a.Accepted.IsZero() {
				restore(a, k)
				break
			}
		}
	}
	d.Status, d.Holder = was.Status, was.Holder
	if err := c.rest(); err != nil {
		return nil, err
	}
	d.Holder = was.Holder
	x.NewDue, x.NewFee = d.Due, d.Fee
	c.noteTurn("version_back", t.decision, t.to.Number, t.from.Number, &x)
	return refit, nil
}

func restore(t *Task, k keptTask) {
	t.Node, t.Name, t.Action, t.Role, t.Agency, t.Unit = k.Node, k.Name, k.Action, k.Role, k.Agency, k.Unit
	t.Assignee, t.AssigneeBy, t.Accepted, t.Due = k.Assignee, k.By, db.Time(k.Accepted), db.Time(k.Due)
}

func (s *Service) changeover(q db.Q, changeover id.ID) (*Changeover, error) {
	return scanChangeover(q.QueryRow(`SELECT `+changeoverColumns+` FROM dossier_changeover WHERE id = $1`, changeover))
}

// Changeover returns an order with the counts of its items.
func (s *Service) Changeover(ctx context.Context, changeover id.ID) (*Changeover, error) {
	if err := mayTurn(actor.From(ctx)); err != nil {
		return nil, err
	}
	x, err := s.changeover(s.DB.Read(ctx), changeover)
	if err != nil {
		return nil, err
	}
	return x, s.countItems(ctx, x)
}

func (s *Service) countItems(ctx context.Context, x *Changeover) error {
	x.Counts = map[string]int{}
	rows, err := s.DB.Read(ctx).Query(`SELECT state, count(*) FROM dossier_changeover_item WHERE changeover_id = $1 GROUP BY state`, x.ID)
	_, err = db.Collect[string](rows, err)(func(r *sql.Rows) (state string, err error) {
		var n int
		err = r.Scan(&state, &n)
		x.Counts[state] = n
		return state, err
	})
	return err
}

// maxChangeovers bounds the orders of a procedure that are shown.
const maxChangeovers = 50

// Changeovers returns the orders for a procedure, the newest first, at most 50.
func (s *Service) Changeovers(ctx context.Context, code string) ([]*Changeover, error) {
	if err := mayTurn(actor.From(ctx)); err != nil {
		return nil, err
	}
	rows, err := s.DB.Read(ctx).Query(`SELECT `+changeoverColumns+` FROM dossier_changeover WHERE procedure_code = $1
		ORDER BY created_at DESC, id DESC LIMIT $2`, code, maxChangeovers)
	list, err := db.Collect[*Changeover](rows, err)(func(r *sql.Rows) (*Changeover, error) { return scanChangeover(r) })
	for _, x := range list {
		if err == nil {
			err = s.countItems(ctx, x)
		}
	}
	return list, err
}

// ItemFilter narrows the items of an order.
type ItemFilter struct {
	State string // one of the Item states; "" for all
	After id.ID  // the dossier after which the list goes on
	Limit int    // 1 to 201, one more than a page to see whether another follows; 50 otherwise
}

// ChangeoverItems returns what became of the dossiers of an order, in the order of their ids.
func (s *Service) ChangeoverItems(ctx context.Context, changeover id.ID, f ItemFilter) ([]*ChangeoverItem, error) {
	if err := mayTurn(actor.From(ctx)); err != nil {
		return nil, err
	}
	if f.Limit < 1 || f.Limit > 201 {
		f.Limit = 50
	}
	a := db.Args{changeover}
	where := `i.changeover_id = $1`
	if f.State != "" {
		where += ` AND i.state = ` + a.Add(f.State)
	}
	if !f.After.Zero() {
		where += ` AND i.dossier_id > ` + a.Add(f.After)
	}
	rows, err := s.DB.Read(ctx).Query(`SELECT i.dossier_id, d.code, i.state, i.reasons, i.before, i.after_version, d.version, i.at
		FROM dossier_changeover_item i JOIN dossier_dossier d ON d.id = i.dossier_id WHERE `+where+` ORDER BY i.dossier_id LIMIT `+a.Add(f.Limit), a...)
	return db.Collect[*ChangeoverItem](rows, err)(func(r *sql.Rows) (*ChangeoverItem, error) {
		var x ChangeoverItem
		var reasons, before string
		var after, now, at int64
		if err := r.Scan(&x.Dossier, &x.Code, &x.State, &reasons, &before, &after, &now, &at); err != nil {
			return nil, err
		}
		var was struct{ Fixed bool }
		x.At = db.Time(at)
		if x.State == ItemMoved {
			if err := db.FromJSON(before, &was); err != nil {
				return nil, err
			}
			x.Undo = after == now && !was.Fixed
		}
		return &x, db.FromJSON(reasons, &x.Reasons)
	})
}

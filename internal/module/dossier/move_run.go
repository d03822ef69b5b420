package dossier

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// States of a Changeover.
const (
	ChangeoverRunning = "running"
	ChangeoverDone    = "done"
	ChangeoverStopped = "stopped" // by an administrator; what was moved stays moved
)

// States of a ChangeoverItem.
const (
	ItemWaiting = "waiting"
	ItemMoved   = "moved"
	ItemRefused = "refused" // its Reasons say why
	ItemEnded   = "ended"   // it was over, or ran by another version already, when its turn came
	ItemUndone  = "undone"
)

// Changeover is the order to move the running dossiers of one version of a procedure to another.
type Changeover struct {
	ID         id.ID
	Version    int64
	Procedure  string
	From, To   id.ID
	FromNumber int
	ToNumber   int
	Mapping    bpmn.Mapping
	Decision   string
	Actor      actor.Actor // in whose name; without grants
	State      string
	Total      int // dossiers
	Created    time.Time
	Ended      time.Time      // zero while it runs
	Counts     map[string]int // of its items by state
}

// ChangeoverItem is what became of one dossier.
type ChangeoverItem struct {
	Dossier id.ID
	Code    string
	State   string
	Reasons []Reason
	At      time.Time // zero while it waits
	Undo    bool      // it can be taken back: nothing has happened to it since
}

// Limits of changeovers.
const (
	changeoverBatch = 200             // dossiers looked up at a time
	changeoverShift = 3 * time.Minute // how long one job works; the next goes on
	turnTries       = 5               // of one dossier that others change at the same time
	maxDecision     = 500             // characters
)

const changeoverColumns = `id, version, procedure_code, from_version, to_version, from_number, to_number, mapping, decision, actor, state,
	total, created_at, ended_at`

// runner is what is stored of who ordered it; grants are looked at when it is ordered.
type runner struct {
	Kind    actor.Kind `json:"kind"`
	Account id.ID      `json:"account"`
	Name    string     `json:"name"`
	Agency  id.ID      `json:"agency"`
	Unit    id.ID      `json:"unit"`
}

func scanChangeover(r scanner) (*Changeover, error) {
	var x Changeover
	var mapping, who string
	var created, ended int64
	err := r.Scan(&x.ID, &x.Version, &x.Procedure, &x.From, &x.To, &x.FromNumber, &x.ToNumber, &mapping, &x.Decision, &who, &x.State,
		&x.Total, &created, &ended)
	if db.Missing(err) {
		return nil, fault.New(fault.NotFound, "dossier.move.no_run")
	}
	if err != nil {
		return nil, err
	}
	var a runner
	x.Created, x.Ended = db.Time(created), db.Time(ended)
	err = errors.Join(db.FromJSON(mapping, &x.Mapping), db.FromJSON(who, &a))
	x.Actor = actor.Actor{Kind: a.Kind, Account: a.Account, Name: a.Name, Agency: a.Agency, Unit: a.Unit, Lang: "vi"}
	return &x, err
}

// whereRunning is the condition for dossiers of version $1 that have not come to their end.
const whereRunning = `procedure_version = $1 AND status NOT IN (3, 7, 10) AND (status <> 8 OR finished_at = 0)`

// StartChangeover orders that the running dossiers of the version from go on by the version to;
// decision, 1 to 500 characters, says by which decision. The mapping may be nil. It fails with
// Conflict while such an order for the version is being carried out, and with Invalid for versions
// of two procedures. The work is done by RunChangeovers.
func (s *Service) StartChangeover(ctx context.Context, from, to id.ID, m bpmn.Mapping, decision string) (*Changeover, error) {
	who := actor.From(ctx)
	if err := mayTurn(who); err != nil {
		return nil, err
	}
	decision = text.Line(decision)
	if n := len([]rune(decision)); n == 0 || n > maxDecision {
		return nil, fault.Input("dossier.step_incomplete", fault.Field{Path: "decision", Key: "dossier.move.decision", Args: fault.Args("max", maxDecision)})
	}
	t, err := s.turner(ctx, from, to, m, decision)
	if err != nil {
		return nil, err
	}
	if _, _, bad := t.mover.Move(bpmn.State{}); len(bad) > 0 {
		return nil, bad[0].Fault()
	}
	if t.to.State != "published" {
		return nil, fault.New(fault.Conflict, "dossier.move.not_published", "n", t.to.Number)
	}
	if m == nil {
		m = bpmn.Mapping{}
	}
	x := &Changeover{ID: s.IDs.New(), Version: 1, Procedure: t.to.Code, From: from, To: to, FromNumber: t.from.Number, ToNumber: t.to.Number,
		Mapping: m, Decision: decision, Actor: who, State: ChangeoverRunning, Created: s.Now(), Counts: map[string]int{}}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(`INSERT INTO dossier_changeover (`+changeoverColumns+`) VALUES `+db.Rows(1, 14), x.ID, x.Version, x.Procedure, x.From,
			x.To, x.FromNumber, x.ToNumber, db.JSON(x.Mapping), x.Decision,
			db.JSON(runner{who.Kind, who.Account, who.Name, who.Agency, who.Unit}), x.State, 0, db.Micros(x.Created), 0); err != nil {
			return err
		}
		n, err := tx.Exec(`INSERT INTO dossier_changeover_item (changeover_id, dossier_id, state, reasons, before, after_version, at)
			SELECT $2, id, 'waiting', '[]', '{}', 0, 0 FROM dossier_dossier WHERE `+whereRunning, from, x.ID)
		if err != nil {
			return err
		}
		x.Total = int(n)
		if x.Total == 0 {
			return fault.New(fault.Conflict, "dossier.move.nothing", "n", x.FromNumber)
		}
		if _, err := tx.Exec(`UPDATE dossier_changeover SET total = $2 WHERE id = $1`, x.ID, x.Total); err != nil {
			return err
		}
		if err := s.Ledger.Record(tx, who, "dossier.changeover_ordered", "changeover", x.ID,
			map[string]any{"procedure": x.Procedure, "from": x.FromNumber, "to": x.ToNumber, "dossiers": x.Total}); err != nil {
			return err
		}
		if s.Later == nil {
			return nil
		}
		return s.Later.Insert(tx, changeovers{}, nil)
	})
	if db.IsUnique(err) {
		return nil, fault.New(fault.Conflict, "dossier.move.running")
	}
	x.Counts[ItemWaiting] = x.Total
	return x, err
}

// StopChangeover ends an order before every dossier has had its turn. What was moved stays moved.
func (s *Service) StopChangeover(ctx context.Context, changeover id.ID) error {
	who := actor.From(ctx)
	if err := mayTurn(who); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE dossier_changeover SET state = 'stopped', ended_at = $2, version = version + 1 WHERE id = $1 AND state = 'running'`,
			changeover, db.Micros(s.Now()))
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "dossier.move.not_running")
		}
		return s.Ledger.Record(tx, who, "dossier.changeover_stopped", "changeover", changeover, map[string]any{})
	})
}

// RunChangeovers carries out what was ordered: every dossier in a transaction of its own together
// with its line of the order, so that after a crash the next run goes on where this one stood, and
// two at the same time do nothing twice. It works for at most some minutes. What cannot be settled
// now, as while a database is away, stays waiting and is told in the error. Only the platform itself
// may do it.
func (s *Service) RunChangeovers(ctx context.Context) error {
	if actor.From(ctx).Kind != actor.SystemKind {
		return fault.New(fault.Forbidden, "dossier.move.forbidden")
	}
	rows, err := s.DB.Read(ctx).Query(`SELECT ` + changeoverColumns + ` FROM dossier_changeover WHERE state = 'running' ORDER BY created_at, id`)
	list, err := db.Collect[*Changeover](rows, err)(func(r *sql.Rows) (*Changeover, error) { return scanChangeover(r) })
	if err != nil {
		return err
	}
	var failed []error
	end := s.Now().Add(changeoverShift)
	for _, x := range list {
		if err := s.runChangeover(actor.With(ctx, x.Actor), x, end); err != nil {
			failed = append(failed, fmt.Errorf("changeover %s: %w", x.ID, err))
		}
	}
	return errors.Join(failed...)
}

func (s *Service) runChangeover(ctx context.Context, x *Changeover, end time.Time) error {
	t, err := s.turner(ctx, x.From, x.To, x.Mapping, x.Decision)
	if err != nil {
		return err
	}
	var after id.ID
	var failed []error
	for {
		a := db.Args{x.ID}
		where := ""
		if !after.Zero() {
			where = ` AND i.dossier_id > ` + a.Add(after)
		}
		ids, err := collectIDs(s.DB.Read(ctx).Query(`SELECT i.dossier_id FROM dossier_changeover_item i JOIN dossier_changeover c ON c.id = i.changeover_id
			WHERE i.changeover_id = $1 AND i.state = 'waiting' AND c.state = 'running'`+where+` ORDER BY i.dossier_id LIMIT `+a.Add(changeoverBatch), a...))
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		for _, d := range ids {
			if err := s.turnOne(ctx, t, x, d); err != nil {
				failed = append(failed, fmt.Errorf("dossier %s: %w", d, err))
			}
			if ctx.Err() != nil {
				return errors.Join(append(failed, ctx.Err())...)
			}
			if s.Now().After(end) {
				return errors.Join(failed...)
			}
			after = d
		}
		if len(ids) < changeoverBatch {
			break
		}
	}
	if len(failed) > 0 {
		return errors.Join(failed...)
	}
	return s.endChangeover(ctx, x)
}

// endChangeover closes an order of which nothing waits.
func (s *Service) endChangeover(ctx context.Context, x *Changeover) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE dossier_changeover SET state = 'done', ended_at = $2, version = version + 1 WHERE id = $1 AND state = 'running'
			AND NOT EXISTS (SELECT 1 FROM dossier_changeover_item i WHERE i.changeover_id = $1 AND i.state = 'waiting')`, x.ID, db.Micros(s.Now()))
		if err != nil || n == 0 {
			return err
		}
		return s.Ledger.Record(tx, actor.From(ctx), "dossier.changeover_done", "changeover", x.ID, map[string]any{"dossiers": x.Total})
	})
}

// turnOne moves one dossier, or writes down why it cannot be moved.
func (s *Service) turnOne(ctx context.Context, t *turner, x *Changeover, dossier id.ID) error {
	var out turned
	var err error
	for range turnTries {
		_, err = s.change(ctx, dossier, func(tx *db.Tx, c *change) (err error) {
			version := c.d.Version
			if out, err = c.turn(t); err != nil {
				return err
			}
			if len(out.Reasons) > 0 {
				return errRefused
			}
			n, err := tx.Exec(`UPDATE dossier_changeover_item SET state = 'moved', before = $3, after_version = $4, at = $5
				WHERE changeover_id = $1 AND dossier_id = $2 AND state = 'waiting'`, x.ID, dossier, db.JSON(out.before), version+1, db.Micros(c.now))
			if err != nil {
				return err
			}
			if n == 0 {
				return errSame // another worker was faster
			}
			if err := c.storeTurn(tx, out.refit); err != nil {
				return err
			}
			c.noteTurn("version", x.Decision, x.FromNumber, x.ToNumber, &out.Turn)
			return nil
		})
		if fault.KindOf(err) != fault.Conflict {
			break
		}
	}
	var told *fault.Error
	switch {
	case err == nil || errors.Is(err, errSame):
		return nil
	case errors.Is(err, errRefused):
		return s.refuseTurn(ctx, x, dossier, out.Reasons)
	case fault.KindOf(err) == fault.Invalid && errors.As(err, &told):
		return s.refuseTurn(ctx, x, dossier, []Reason{{Key: told.Key, Args: told.Args}})
	}
	return err
}

// refuseTurn writes down why a dossier stays with its version.
func (s *Service) refuseTurn(ctx context.Context, x *Changeover, dossier id.ID, why []Reason) error {
	state := ItemRefused
	if len(why) == 1 && why[0].Key == "dossier.move.gone" {
		state = ItemEnded
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE dossier_changeover_item SET state = $3, reasons = $4, at = $5
			WHERE changeover_id = $1 AND dossier_id = $2 AND state = 'waiting'`, x.ID, dossier, state, db.JSON(why), db.Micros(s.Now()))
		return err
	})
}

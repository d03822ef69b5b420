package dossier

import (
	"context"
	"database/sql"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// Handover is a batch of paper dossiers that the counter carries to a division, or back. Both
// sides confirm the same list; what the taker does not find on the pile stays with the giver.
type Handover struct {
	ID       id.ID
	Agency   id.ID
	From, To id.ID
	State    string // sent, confirmed
	GivenBy  string
	Given    time.Time
	TakenBy  string
	Taken    time.Time
	Items    []HandoverItem
}

// HandoverItem is one dossier of the batch.
type HandoverItem struct {
	Task    id.ID
	Dossier id.ID
	Code    string
	Name    string // procedure
	Who     string // applicant
	Taken   bool
	Note    string
}

// Waiting returns the tasks that came from the actor's unit and that nobody has accepted: what
// lies on the counter's pile for each division.
func (s *Service) Waiting(ctx context.Context) ([]*WorkItem, error) {
	who := actor.From(ctx)
	return s.items(ctx, `t.state = 'open' AND t.accepted_at = 0 AND t.agency_id IS NOT NULL AND t.from_unit = $1 AND t.unit_id <> $1
		AND NOT EXISTS (SELECT 1 FROM dossier_handover_item i JOIN dossier_handover h ON h.id = i.handover_id
			WHERE i.task_id = t.id AND h.state = 'sent')`, who.Unit)
}

// HandOver makes a list of tasks for one division.
func (s *Service) HandOver(ctx context.Context, to id.ID, tasks []id.ID) (*Handover, error) {
	who := actor.From(ctx)
	waiting, err := s.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	h := &Handover{ID: s.IDs.New(), Agency: who.Agency, From: who.Unit, To: to, State: "sent", GivenBy: who.Name, Given: s.Now()}
	for _, id := range tasks {
		for _, w := range waiting {
			if w.Task.ID == id && w.Task.Unit == to {
				h.Items = append(h.Items, HandoverItem{Task: id, Dossier: w.Task.Dossier})
			}
		}
	}
	if len(h.Items) == 0 || len(h.Items) != len(tasks) {
		return nil, fault.New(fault.Conflict, "dossier.handover_changed")
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(`INSERT INTO dossier_handover (id, agency_id, from_unit, to_unit, state, created_by, created_name,
			created_at, taken_by, taken_name, taken_at) VALUES `+db.Rows(1, 11), h.ID, h.Agency, h.From, h.To, h.State, who.Account,
			who.Name, db.Micros(h.Given), nil, "", 0); err != nil {
			return err
		}
		var args []any
		for _, it := range h.Items {
			args = append(args, h.ID, it.Task, it.Dossier, false, "")
		}
		if _, err := tx.Exec(`INSERT INTO dossier_handover_item (handover_id, task_id, dossier_id, taken, note) VALUES `+
			db.Rows(len(h.Items), 5), args...); err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, "dossier.handover", "handover", h.ID, h.Items)
	})
	return h, err
}

// TakeOver confirms the list: the tasks found on the pile are accepted by the actor's division,
// the others stay where they were, with a remark.
func (s *Service) TakeOver(ctx context.Context, handover id.ID, found []id.ID, remarks map[id.ID]string) (*Handover, error) {
	who := actor.From(ctx)
	h, err := s.Handover(ctx, handover)
	if err != nil {
		return nil, err
	}
	if who.Unit != h.To && who.Agency != h.To {
		return nil, fault.New(fault.NotFound, "dossier.no_handover")
	}
	now := s.Now()
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE dossier_handover SET state = 'confirmed', taken_by = $2, taken_name = $3, taken_at = $4
			WHERE id = $1 AND state = 'sent'`, h.ID, who.Account, who.Name, db.Micros(now))
		if err != nil {
			return err
		}
		if n != 1 {
			return fault.New(fault.Conflict, "dossier.handover_done")
		}
		for i := range h.Items {
			it := &h.Items[i]
			it.Taken, it.Note = false, text.Line(remarks[it.Task])
			for _, f := range found {
				it.Taken = it.Taken || f == it.Task
			}
			if _, err := tx.Exec(`UPDATE dossier_handover_item SET taken = $3, note = $4 WHERE handover_id = $1 AND task_id = $2`,
				h.ID, it.Task, it.Taken, it.Note); err != nil {
				return err
			}
			if !it.Taken {
				continue
			}
			if _, err := tx.Exec(`UPDATE dossier_task SET accepted_at = $2 WHERE id = $1 AND state = 'open' AND accepted_at = 0`,
				it.Task, db.Micros(now)); err != nil {
				return err
			}
		}
		return s.Ledger.Record(tx, who, "dossier.takeover", "handover", h.ID, h.Items)
	})
	if err != nil {
		return nil, err
	}
	return s.Handover(ctx, handover)
}

const handoverColumns = `id, agency_id, from_unit, to_unit, state, created_name, created_at, taken_name, taken_at`

func scanHandover(r scanner) (*Handover, error) {
	var h Handover
	var given, taken int64
	err := r.Scan(&h.ID, &h.Agency, &h.From, &h.To, &h.State, &h.GivenBy, &given, &h.TakenBy, &taken)
	if db.Missing(err) {
		return nil, fault.New(fault.NotFound, "dossier.no_handover")
	}
	h.Given, h.Taken = db.Time(given), db.Time(taken)
	return &h, err
}

// Handover returns a list with its items, to both sides only.
func (s *Service) Handover(ctx context.Context, handover id.ID) (*Handover, error) {
	who := actor.From(ctx)
	q := s.DB.Read(ctx)
	h, err := scanHandover(q.QueryRow(`SELECT `+handoverColumns+` FROM dossier_handover WHERE id = $1`, handover))
	if err != nil {
		return nil, err
	}
	if who.Unit != h.From && who.Unit != h.To && who.Agency != h.Agency && who.Agency != h.To {
		return nil, fault.New(fault.NotFound, "dossier.no_handover")
	}
	rows, err := q.Query(`SELECT i.task_id, i.dossier_id, d.code, d.procedure_name, d.applicant_name, i.taken, i.note
		FROM dossier_handover_item i JOIN dossier_dossier d ON d.id = i.dossier_id WHERE i.handover_id = $1 ORDER BY d.code`, h.ID)
	h.Items, err = db.Collect[HandoverItem](rows, err)(func(r *sql.Rows) (it HandoverItem, err error) {
		return it, r.Scan(&it.Task, &it.Dossier, &it.Code, &it.Name, &it.Who, &it.Taken, &it.Note)
	})
	return h, err
}

// HandoverFilter narrows the lists of a unit. Empty fields select everything.
type HandoverFilter struct {
	From, To civil.Date // days on which they were made, inclusive; zero for no bound
	State    string     // sent, confirmed
}

// maxHandovers bounds what is read at once; a unit makes some lists a day.
const maxHandovers = 1000

// Handovers returns the lists given by or waiting for the actor's unit, newest first, at most 1,000.
func (s *Service) Handovers(ctx context.Context, f HandoverFilter) ([]*Handover, error) {
	who := actor.From(ctx)
	var a db.Args
	unit, agency := a.Add(who.Unit), a.Add(who.Agency)
	where := `(from_unit = ` + unit + ` OR to_unit = ` + unit + ` OR to_unit = ` + agency + `)`
	if f.From != 0 {
		where += ` AND created_at >= ` + a.Add(db.Micros(f.From.At(0)))
	}
	if f.To != 0 {
		where += ` AND created_at < ` + a.Add(db.Micros((f.To + 1).At(0)))
	}
	if f.State != "" {
		where += ` AND state = ` + a.Add(f.State)
	}
	rows, err := s.DB.Read(ctx).Query(`SELECT `+handoverColumns+` FROM dossier_handover
		WHERE `+where+` ORDER BY created_at DESC, id DESC LIMIT `+a.Add(maxHandovers), a...)
	return db.Collect[*Handover](rows, err)(func(r *sql.Rows) (*Handover, error) { return scanHandover(r) })
}

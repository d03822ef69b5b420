package dossier

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/procedure"
)

// View is a dossier with everything a page about it shows.
type View struct {
	*Dossier
	Proc        *procedure.Compiled
	Tasks       []*Task // open and done
	History     []Entry
	Files       []File
	Supplements []*Supplement
	Payments    []*Payment
	Clock       worktime.Result
	Left        worktime.Left
	MyTasks     []*Task     // open tasks the actor may do
	Waits       []*Wait     // what the process waits for beside people
	Incidents   []*Incident // open ones
	Rated       int
}

// mayViewIn fails with NotFound unless the actor may see the dossier: its owner, or an official of
// an agency that takes part.
func (s *Service) mayViewIn(q db.Q, who actor.Actor, d *Dossier) error {
	if Owns(who, d) {
		return nil
	}
	rows, err := q.Query(`SELECT agency_id FROM dossier_party WHERE dossier_id = $1`, d.ID)
	parties, err := db.Collect[id.ID](rows, err)(func(r *sql.Rows) (p id.ID, err error) { return p, r.Scan(&p) })
	if err != nil {
		return err
	}
	if !MayRead(who, parties) {
		return fault.New(fault.NotFound, "dossier.not_found")
	}
	return nil
}

func (s *Service) mayView(ctx context.Context, d *Dossier) error {
	return s.mayViewIn(s.DB.Read(ctx), actor.From(ctx), d)
}

// Get returns a dossier the actor may see.
func (s *Service) Get(ctx context.Context, dossier id.ID) (*Dossier, error) {
	d, err := s.get(s.DB.Read(ctx), dossier)
	if err != nil {
		return nil, err
	}
	return d, s.mayView(ctx, d)
}

// ByCode returns a dossier the actor may see.
func (s *Service) ByCode(ctx context.Context, code string) (*Dossier, error) {
	d, err := s.byCode(s.DB.Read(ctx), code)
	if err != nil {
		return nil, err
	}
	return d, s.mayView(ctx, d)
}

// Open returns the dossier's page for the actor. That an official looked is written in the
// ledger, so that the applicant can ask who did.
func (s *Service) Open(ctx context.Context, code string) (*View, error) {
	d, err := s.ByCode(ctx, code)
	if err != nil {
		return nil, err
	}
	v, err := s.view(ctx, d)
	if err != nil {
		return nil, err
	}
	who := actor.From(ctx)
	if !Owns(who, d) {
		err = s.DB.Write(ctx, func(tx *db.Tx) error {
			return s.Ledger.Record(tx, who, "dossier.read", "dossier", d.ID, map[string]any{"version": d.Version})
		})
		if err != nil {
			return nil, err
		}
	}
	return v, nil
}

func (s *Service) view(ctx context.Context, d *Dossier) (*View, error) {
	v := &View{Dossier: d}
	var err error
	if v.Proc, err = s.Procedures.ByVersion(ctx, d.ProcedureVersion); err != nil {
		return nil, err
	}
	if v.Tasks, err = s.Tasks(ctx, d.ID); err != nil {
		return nil, err
	}
	if v.History, err = s.History(ctx, d.ID); err != nil {
		return nil, err
	}
	if v.Files, err = s.Files(ctx, d.ID); err != nil {
		return nil, err
	}
	if v.Supplements, err = s.Supplements(ctx, d.ID); err != nil {
		return nil, err
	}
	if v.Payments, err = s.Payments(ctx, d.ID); err != nil {
		return nil, err
	}
	if v.Clock, v.Left, err = s.clockOf(ctx, d); err != nil {
		return nil, err
	}
	if !d.peopleOnly() {
		if v.Waits, err = waitsOf(s.DB.Read(ctx), d.ID); err != nil {
			return nil, err
		}
		if v.Incidents, err = s.troubled(s.DB.Read(ctx), d); err != nil {
			return nil, err
		}
	}
	who := actor.From(ctx)
	for _, t := range v.Tasks {
		if t.State == "open" && MayWork(who, t) {
			v.MyTasks = append(v.MyTasks, t)
		}
	}
	err = s.DB.Read(ctx).QueryRow(`SELECT score FROM dossier_rating WHERE dossier_id = $1`, d.ID).Scan(&v.Rated)
	if db.Missing(err) {
		err = nil
	}
	return v, err
}

// clockOf computes a dossier's dates with their explanation.
func (s *Service) clockOf(ctx context.Context, d *Dossier) (worktime.Result, worktime.Left, error) {
	var r worktime.Result
	var l worktime.Left
	if len(d.Clock) == 0 || d.Term.N == 0 {
		return r, l, nil
	}
	cal, err := s.Calendars.Calendar(ctx, d.Decision)
	if err != nil {
		return r, l, err
	}
	rules, err := s.rules(d.Regime, civil.From(d.Received))
	if err != nil {
		return r, l, err
	}
	r, err = worktime.Compute(cal, d.Term, rules, d.Clock)
	if err == nil && !d.Due.IsZero() {
		l = cal.Left(s.Now(), d.Due)
	}
	return r, l, err
}

// Foresee returns when a dossier would be due if it were received now, before anybody files.
func (s *Service) Foresee(ctx context.Context, decision id.ID, t worktime.Term) (time.Time, error) {
	if t.N == 0 {
		return time.Time{}, nil
	}
	cal, err := s.Calendars.Calendar(ctx, decision)
	if err != nil {
		return time.Time{}, err
	}
	now := s.Now()
	rules, err := s.rules("", civil.From(now))
	if err != nil {
		return time.Time{}, err
	}
	r, err := worktime.Compute(cal, t, rules, []worktime.Entry{{Kind: worktime.Receive, At: now}})
	return r.Due, err
}

// History returns all entries, oldest first.
func (s *Service) History(ctx context.Context, dossier id.ID) ([]Entry, error) {
	rows, err := s.DB.Read(ctx).Query(`SELECT n, at, act, status, actor_kind, actor_id, actor_name, agency_id, node, note, data
		FROM dossier_entry WHERE dossier_id = $1 ORDER BY n`, dossier)
	return db.Collect[Entry](rows, err)(func(r *sql.Rows) (e Entry, err error) {
		var at int64
		var data string
		if err = r.Scan(&e.N, &at, &e.Act, &e.Status, &e.ActorKind, &e.Actor, &e.ActorName, &e.Agency, &e.Node, &e.Note, &data); err != nil {
			return e, err
		}
		e.At = db.Time(at)
		return e, db.FromJSON(data, &e.Data)
	})
}

// Marks says what of the process diagram is done and where the dossier stands, for drawing.
func (v *View) Marks() map[string]bpmn.Mark {
	m := v.Proc.Process.Marks(v.Process)
	for _, t := range v.Tasks {
		if k, ok := m[t.Node]; ok && k.State == bpmn.MarkDone && t.State == "done" {
			k.Note = t.Done.In(civil.Zone()).Format("02/01, 15:04")
			m[t.Node] = k
		}
	}
	return m
}

// Returnable returns the task whose transfer the actor may still take back, or nil.
func (v *View) Returnable(who actor.Actor) *Task {
	for _, t := range slices.Backward(v.Tasks) {
		if t.State != "done" || !MayTakeBack(who, t) || len(t.Undo.Opened) != 1 {
			continue
		}
		for _, n := range v.Tasks {
			if n.ID == t.Undo.Opened[0] && n.State == "open" && n.Accepted.IsZero() {
				return t
			}
		}
	}
	return nil
}

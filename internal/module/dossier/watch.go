package dossier

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/module/org"
)

// Roster answers who holds a role somewhere today.
type Roster interface {
	// Holders returns the accounts of the officials who hold the role in one of the units today.
	Holders(ctx context.Context, units []id.ID, role string) ([]id.ID, error)
}

// Alert says that a deadline is near or has passed, and whom to tell. Kind is one of the alert kinds,
// Minutes the office time before or after the date at which it was to be told.
type Alert struct {
	Dossier id.ID   `json:"dossier"`
	Code    string  `json:"code"`
	Task    id.ID   `json:"task"`
	Kind    string  `json:"kind"`
	Minutes int     `json:"minutes"`
	Due     int64   `json:"due"` // microseconds UTC
	To      []id.ID `json:"to"`  // accounts
}

// Subjects of facts about deadlines.
const (
	SubjectAlert  = "dossier.alert.v1"      // payload Alert
	SubjectDigest = "dossier.digest_due.v1" // payload DigestDue
	SubjectTacit  = "dossier.tacit.v1"      // the term ended unanswered where the law takes that for a yes
)

// watchRows is how many tasks are looked at in one transaction.
const watchRows = 100

// mostTold bounds whom one alert goes to.
const mostTold = 20

// Watch looks at every open task whose time has come: it notes whom steps and dossiers became overdue
// with, announces warnings and escalations that are due, each once, and has tacit approvals take
// effect. It returns how many tasks were looked at. Doing it twice, or on several replicas at once,
// tells nobody twice. Only the platform itself may do it.
func (s *Service) Watch(ctx context.Context) (looked int, err error) {
	if err := onlyPlatform(ctx); err != nil {
		return 0, err
	}
	tree, err := s.Agencies.Tree(ctx)
	if err != nil {
		return 0, err
	}
	rules, err := s.watchRules(s.DB.Read(ctx))
	if err != nil {
		return 0, err
	}
	w := &watchman{s: s, tree: tree, rules: rules, told: map[string][]id.ID{}, now: s.Now()}
	var failed []error
	for {
		list, err := s.dueTasks(s.DB.Read(ctx), w.now)
		if err != nil {
			return looked, err
		}
		if len(list) == 0 {
			break
		}
		n, err := w.round(ctx, list)
		looked += n
		if err != nil {
			return looked, err
		}
		for i := range list {
			if err := s.tacitly(ctx, &list[i], w.now); err != nil {
				failed = append(failed, fmt.Errorf("dossier %s: %w", list[i].dossier, err))
			}
		}
		if len(list) < watchRows || ctx.Err() != nil {
			break
		}
	}
	return looked, errors.Join(append(failed, ctx.Err())...)
}

// dueTasks returns the open tasks to be looked at now.
func (s *Service) dueTasks(q db.Q, now time.Time) ([]watched, error) {
	return db.Collect[watched](q.Query(`SELECT t.id, t.dossier_id, d.code, d.procedure_code, d.procedure_version, t.node, t.name, t.role, t.agency_id, t.unit_id,
		t.assignee_id, t.assignee, t.created_at, t.due_at, t.dossier_due, t.watch_at FROM dossier_task t JOIN dossier_dossier d ON d.id = t.dossier_id
		WHERE t.state = 'open' AND t.watch_at > 0 AND t.watch_at <= $1 ORDER BY t.watch_at, t.id LIMIT $2`, db.Micros(now), watchRows))(
		func(r *sql.Rows) (t watched, err error) {
			var created, due, dossierDue int64
			err = r.Scan(&t.task, &t.dossier, &t.code, &t.procedure, &t.record, &t.node, &t.step, &t.role, &t.agency, &t.unit, &t.assignee, &t.officer,
				&created, &due, &dossierDue, &t.watch)
			t.created, t.due, t.dossierDue = db.Time(created), db.Time(due), db.Time(dossierDue)
			return t, err
		})
}

// watchman is one look at all tasks whose time has come.
type watchman struct {
	s     *Service
	tree  *org.Tree
	rules watchRules
	told  map[string][]id.ID // who holds a role where
	now   time.Time
}

// notice is what one task's look comes to.
type notice struct {
	watched
	alerts []alert
	to     [][]id.ID
	next   time.Time
}

// round looks at some tasks in one transaction.
func (w *watchman) round(ctx context.Context, list []watched) (int, error) {
	plans := make([]notice, 0, len(list))
	for i := range list {
		p := notice{watched: list[i]}
		if !p.agency.Zero() {
			cal, err := w.s.Calendars.Calendar(ctx, p.agency)
			if err != nil {
				return 0, err
			}
			p.alerts, p.next = plan(cal, w.rules.of(w.tree, p.agency, p.procedure), &list[i], w.now)
			for _, a := range p.alerts {
				to, err := w.whom(ctx, &list[i], a)
				if err != nil {
					return 0, err
				}
				p.to = append(p.to, to)
			}
		}
		plans = append(plans, p)
	}
	err := w.s.DB.Write(ctx, func(tx *db.Tx) error {
		for i := range plans {
			if err := w.store(tx, &plans[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return len(list), err
}

// store notes one task's look, and announces what was not announced before.
func (w *watchman) store(tx *db.Tx, p *notice) error {
	n, err := tx.Exec(`UPDATE dossier_task SET watch_at = $3 WHERE id = $1 AND watch_at = $2 AND state = 'open'`, p.task, p.watch, db.Micros(p.next))
	if err != nil || n != 1 {
		return err // another replica was first, or the task changed and is looked at again
	}
	for _, x := range p.late(w.now) {
		if err := putOverdue(tx, x); err != nil {
			return err
		}
	}
	var events []outbox.Event
	for i, a := range p.alerts {
		n, err := tx.Exec(`INSERT INTO dossier_alert (task_id, kind, minutes, due_at, at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (task_id, kind, minutes, due_at) DO NOTHING`, p.task, a.kind, a.minutes, db.Micros(a.due), db.Micros(w.now))
		if err != nil {
			return err
		}
		if n == 1 && !a.silent && len(p.to[i]) > 0 {
			events = append(events, outbox.Event{ID: w.s.IDs.New(), Subject: SubjectAlert, At: w.now, Payload: Alert{Dossier: p.dossier, Code: p.code,
				Task: p.task, Kind: a.kind, Minutes: a.minutes, Due: db.Micros(a.due), To: p.to[i]}})
		}
	}
	return w.s.Events.Put(tx, events...)
}

// whom returns the accounts an alert goes to. An escalation that finds nobody at its rung goes to the
// next one.
func (w *watchman) whom(ctx context.Context, t *watched, a alert) ([]id.ID, error) {
	to := a.to
	if to == ToOfficer {
		if !t.assignee.Zero() {
			return []id.ID{t.assignee}, nil
		}
		list, err := w.holders(ctx, t.unit, t.role)
		if err != nil || len(list) > 0 {
			return list, err
		}
		to = ToDivision
	}
	if to == ToDivision {
		if t.unit != t.agency {
			if list, err := w.holders(ctx, t.unit, "division_head"); err != nil || len(list) > 0 {
				return list, err
			}
		}
		to = ToLeader
	}
	agency := t.agency
	if to == ToSuperior {
		up, ok := w.tree.Parent(agency)
		if !ok {
			return nil, nil
		}
		if a := w.tree.Agency(up.ID); a != nil {
			agency = a.ID
		}
	}
	return w.holders(ctx, agency, "leader")
}

func (w *watchman) holders(ctx context.Context, unit id.ID, role string) ([]id.ID, error) {
	if w.s.Roster == nil || unit.Zero() {
		return nil, nil
	}
	key := unit.String() + " " + role
	if list, ok := w.told[key]; ok {
		return list, nil
	}
	list, err := w.s.Roster.Holders(ctx, []id.ID{unit}, role)
	if err != nil {
		return nil, err
	}
	w.told[key] = list[:min(len(list), mostTold)]
	return w.told[key], nil
}

// onlyPlatform fails unless the platform itself acts.
func onlyPlatform(ctx context.Context) error {
	if actor.From(ctx).Kind != actor.SystemKind {
		return notThere()
	}
	return nil
}

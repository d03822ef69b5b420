package dossier

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
)

// rederiveBatch is how many dossiers get their new dates in one transaction. On SQLite everybody
// else's writes wait that long, so it is short, and the next one begins after rederiveRest times as long.
const (
	rederiveBatch = 24
	rederiveRest  = 2
)

// newDates is a dossier whose dates move, or those of its open steps.
type newDates struct {
	*running
	next  time.Time
	steps []stepDate
	alone bool // its process has timers that count office hours: the single act moves those too
}

// stepDate is an open step with the date it gets.
type stepDate struct {
	task id.ID
	due  time.Time
}

// Rederived says what became of counting dates anew.
type Rederived struct {
	Looked  int           // dossiers counted
	Moved   int           // dossiers with another date, of theirs or of a step
	Counted time.Duration // reading and counting
	Stored  time.Duration // writing, without the rests between
}

// Rederive computes the dates of the open dossiers that are decided at the unit or below it anew
// by the calendar now in force, and returns how many were changed. Each change has a line in its
// dossier's history, one in the ledger and is announced; some dossiers at a time are one transaction,
// and between two of them people's acts have twice the time that the last one took. A dossier that
// somebody changed meanwhile is done on its own, and one that cannot be changed stops none of the
// others; those are told in the error. Only the platform itself may do it.
func (s *Service) Rederive(ctx context.Context, unit id.ID) (moved int, err error) {
	r, err := s.RederiveAll(ctx, unit)
	return r.Moved, err
}

// RederiveAll is Rederive with what it took.
func (s *Service) RederiveAll(ctx context.Context, unit id.ID) (out Rederived, err error) {
	if actor.From(ctx).Kind != actor.SystemKind {
		return out, fault.New(fault.Forbidden, "dossier.not_found")
	}
	var failed []error
	began := s.Now()
	err = s.eachRunning(ctx, unit, func(_ id.ID, cal *worktime.Calendar, list []running) error {
		out.Looked += len(list)
		moving, err := s.moving(ctx, cal, list)
		if err != nil {
			return err
		}
		out.Counted += s.Now().Sub(began)
		for part := range slices.Chunk(moving, rederiveBatch) {
			start := s.Now()
			left, err := s.storeDates(ctx, cal.Name(), part)
			if err != nil {
				left = part // one of them stands in the way of all: each on its own
			}
			out.Moved += len(part) - len(left)
			for _, x := range left {
				switch _, err := s.change(ctx, x.id, func(tx *db.Tx, c *change) error { return c.rederive(tx) }); {
				case err == nil:
					out.Moved++
				case !errors.Is(err, errSame):
					failed = append(failed, fmt.Errorf("dossier %s: %w", x.id, err))
				}
			}
			took := s.Now().Sub(start)
			out.Stored += took
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(rederiveRest * took):
			}
		}
		began = s.Now()
		return ctx.Err()
	})
	return out, errors.Join(append(failed, err)...)
}

// moving returns those of the dossiers whose dates are not what the calendar makes them.
func (s *Service) moving(ctx context.Context, cal *worktime.Calendar, list []running) ([]newDates, error) {
	steps, err := s.openSteps(ctx, list)
	if err != nil {
		return nil, err
	}
	timers, err := s.countingTimers(ctx, list)
	if err != nil {
		return nil, err
	}
	var out []newDates
	for i := range list {
		r := &list[i]
		next, err := s.dueBy(cal, r)
		if err != nil {
			return nil, fmt.Errorf("dossier %s: %w", r.id, err)
		}
		x := newDates{running: r, next: next, alone: timers[r.id]}
		if len(steps[r.id]) > 0 {
			if x.steps, err = s.movingSteps(ctx, cal, r, steps[r.id]); err != nil {
				return nil, err
			}
		}
		if !next.Equal(r.due) || len(x.steps) > 0 || x.alone {
			out = append(out, x)
		}
	}
	return out, nil
}

// countingTimers returns those of the dossiers whose processes wait for timers that count office hours.
func (s *Service) countingTimers(ctx context.Context, list []running) (map[id.ID]bool, error) {
	ids := make([]id.ID, len(list))
	for i := range list {
		ids[i] = list[i].id
	}
	out := map[id.ID]bool{}
	for part := range slices.Chunk(ids, 100) {
		var a db.Args
		found, err := db.Collect[id.ID](s.DB.Read(ctx).Query(`SELECT DISTINCT dossier_id FROM dossier_wait
			WHERE dossier_id IN `+a.In(part)+` AND kind = 'timer' AND work > 0 AND due_at > 0`, a...))(func(r *sql.Rows) (x id.ID, err error) { return x, r.Scan(&x) })
		if err != nil {
			return nil, err
		}
		for _, x := range found {
			out[x] = true
		}
	}
	return out, nil
}

// openStep is an open task as its date is counted.
type openStep struct {
	task, dossier id.ID
	node          string
	created, due  time.Time
}

func (s *Service) openSteps(ctx context.Context, list []running) (map[id.ID][]openStep, error) {
	ids := make([]id.ID, len(list))
	for i := range list {
		ids[i] = list[i].id
	}
	out := map[id.ID][]openStep{}
	for part := range slices.Chunk(ids, 100) {
		var a db.Args
		steps, err := db.Collect[openStep](s.DB.Read(ctx).Query(`SELECT id, dossier_id, node, created_at, due_at FROM dossier_task
			WHERE dossier_id IN `+a.In(part)+` AND state = 'open' AND due_at > 0 ORDER BY dossier_id, token`, a...))(func(r *sql.Rows) (x openStep, err error) {
			var created, due int64
			err = r.Scan(&x.task, &x.dossier, &x.node, &created, &due)
			x.created, x.due = db.Time(created), db.Time(due)
			return x, err
		})
		if err != nil {
			return nil, err
		}
		for _, x := range steps {
			out[x.dossier] = append(out[x.dossier], x)
		}
	}
	return out, nil
}

func (s *Service) movingSteps(ctx context.Context, cal *worktime.Calendar, r *running, steps []openStep) ([]stepDate, error) {
	proc, err := s.Procedures.ByVersion(ctx, r.record)
	if err != nil {
		return nil, err
	}
	rules, err := s.rules(r.regime, civil.From(r.received))
	if err != nil {
		return nil, err
	}
	var out []stepDate
	for _, x := range steps {
		n := proc.Process.Node(x.node)
		if n == nil || n.Budget <= 0 {
			continue
		}
		if due, _ := cal.StepDue(x.created, n.Budget, rules, r.clock); !due.Equal(x.due) {
			out = append(out, stepDate{x.task, due})
		}
	}
	return out, nil
}

// storeDates writes the new dates of some dossiers in one transaction and returns those that were
// changed by somebody else meanwhile. Rows are locked in the order of ids, figures come last and in
// key order, as in every act.
func (s *Service) storeDates(ctx context.Context, calendar string, part []newDates) (left []newDates, err error) {
	who, now := actor.From(ctx), s.Now()
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		left = nil
		fit := make([]newDates, 0, len(part))
		for _, x := range part {
			if x.alone {
				left = append(left, x)
				continue
			}
			if l := x.clock; len(l) > 0 && l[len(l)-1].At.After(now) {
				left = append(left, x) // the clock was put back; the single act knows what to do
				continue
			}
			fit = append(fit, x)
		}
		if len(fit) == 0 {
			return nil
		}
		changed, err := putDates(tx, fit)
		if err != nil {
			return err
		}
		done := fit[:0]
		for _, x := range fit {
			if changed[x.id] {
				done = append(done, x)
			} else {
				left = append(left, x)
			}
		}
		return s.flushDates(tx, who, now, calendar, done)
	})
	return left, err
}

// putDates gives the dossiers that are as they were read their new dates, with one statement, and
// returns which those are. The rows are locked before, in the order of ids, because a statement over
// many takes them as it finds them.
func putDates(tx *db.Tx, list []newDates) (map[id.ID]bool, error) {
	if len(list) == 0 {
		return nil, nil
	}
	ids := make([]id.ID, len(list))
	for i, x := range list {
		ids[i] = x.id
	}
	if lock := db.ForUpdate(tx, false); lock != "" {
		var a db.Args
		if _, err := collectIDs(tx.Query(`SELECT id FROM dossier_dossier WHERE id IN `+a.In(ids)+` ORDER BY id`+lock, a...)); err != nil {
			return nil, err
		}
	}
	var a db.Args
	dates, same := "", ""
	for i, x := range list {
		of := a.Add(x.id)
		dates += ` WHEN ` + of + ` THEN CAST(` + a.Add(db.Micros(x.next)) + ` AS BIGINT)`
		if i > 0 {
			same += ` OR `
		}
		same += `id = ` + of + ` AND version = ` + a.Add(x.version)
	}
	got, err := collectIDs(tx.Query(`UPDATE dossier_dossier SET due_at = CASE id`+dates+` ELSE due_at END, version = version + 1, entries = entries + 1
		WHERE `+same+` RETURNING id`, a...))
	if err != nil {
		return nil, err
	}
	changed := make(map[id.ID]bool, len(got))
	for _, x := range got {
		changed[x] = true
	}
	return changed, nil
}

// flushDates writes what follows from the new dates: tasks, history, ledger, events and figures.
func (s *Service) flushDates(tx *db.Tx, who actor.Actor, now time.Time, calendar string, done []newDates) error {
	history := db.NewBulk(`INSERT INTO dossier_entry (dossier_id, n, at, act, status, actor_kind, actor_id, actor_name, agency_id,
		node, note, data, open_agency, open_due) VALUES `, 14, "")
	var facts []outbox.Event
	figures := map[bucket]int{}
	if err := dateTasks(tx, done); err != nil {
		return err
	}
	for _, x := range done {
		data := map[string]any{"calendar": calendar}
		agency, due := id.ID{}, sql.NullInt64{}
		if !x.next.Equal(x.due) {
			data["old"], data["new"] = stamp(x.due), stamp(x.next)
			agency, due = x.holder, sql.NullInt64{Int64: db.Micros(x.next), Valid: true}
			figures[x.bucket(x.due)]--
			figures[x.bucket(x.next)]++
			facts = append(facts, outbox.Event{ID: s.IDs.New(), Subject: SubjectRederived, At: now, Payload: Fact{Dossier: x.id, Code: x.code,
				Version: x.version + 1, Status: x.status, Procedure: x.procedure, Agency: x.holder, Entry: x.entries + 1}})
			// What was overdue by the old date alone never was.
			if !x.due.IsZero() && now.After(x.due) {
				if _, err := tx.Exec(`DELETE FROM dossier_overdue WHERE dossier_id = $1 AND item_id = $1 AND ended_at = 0`, x.id); err != nil {
					return err
				}
			}
		}
		history.Add(x.id, x.entries+1, db.Micros(now), "rederived", int(x.status), string(who.Kind), who.Account, who.Name, who.Agency,
			"", "", db.JSON(data), agency, due)
		lines := []map[string]any{{"n": x.entries + 1, "at": db.Micros(now), "act": "rederived", "status": int(x.status), "note": ""}}
		if err := s.Ledger.Record(tx, who, "dossier.rederived", "dossier", x.id, lines); err != nil {
			return err
		}
	}
	if _, err := tx.Insert(history); err != nil {
		return err
	}
	if err := s.Events.Put(tx, facts...); err != nil {
		return err
	}
	return storeMoves(tx, civil.From(now), figures)
}

// dateTasks gives the open tasks of the dossiers their new dates.
func dateTasks(tx *db.Tx, done []newDates) error {
	var a db.Args
	dates, of := "", []id.ID{}
	for _, x := range done {
		if !x.next.Equal(x.due) {
			dates += ` WHEN ` + a.Add(x.id) + ` THEN CAST(` + a.Add(db.Micros(x.next)) + ` AS BIGINT)`
			of = append(of, x.id)
		}
	}
	if len(of) > 0 {
		if _, err := tx.Exec(`UPDATE dossier_task SET dossier_due = CASE dossier_id`+dates+` ELSE dossier_due END, watch_at = 1
			WHERE state = 'open' AND dossier_id IN `+a.In(of), a...); err != nil {
			return err
		}
	}
	for _, x := range done {
		for _, st := range x.steps {
			if _, err := tx.Exec(`UPDATE dossier_task SET due_at = $2, watch_at = 1 WHERE id = $1 AND state = 'open'`, st.task, db.Micros(st.due)); err != nil {
				return err
			}
			if _, err := tx.Exec(`DELETE FROM dossier_overdue WHERE dossier_id = $1 AND item_id = $2 AND ended_at = 0`, x.id, st.task); err != nil {
				return err
			}
		}
	}
	return nil
}

// bucket is where the dossier counts among the open ones with this date.
func (r *running) bucket(due time.Time) bucket {
	return bucket{r.holder, r.procedure, r.channel, db.Micros(due)}
}

// storeMoves writes sums of moves in key order and takes a closed month back that they fall into.
func storeMoves(tx *db.Tx, day civil.Date, figures map[bucket]int) error {
	moves := make([]move, 0, len(figures))
	for b, n := range figures {
		if n != 0 {
			moves = append(moves, move{b, n})
		}
	}
	slices.SortFunc(moves, func(a, b move) int { return compareBuckets(a.bucket, b.bucket) })
	open := db.NewBulk(`INSERT INTO dossier_open (agency_id, procedure_code, channel, due_at, n) VALUES `, 5,
		` ON CONFLICT (agency_id, procedure_code, channel, due_at) DO UPDATE SET n = dossier_open.n + excluded.n`)
	log := db.NewBulk(`INSERT INTO dossier_move (agency_id, procedure_code, channel, day, due_at, n) VALUES `, 6,
		` ON CONFLICT (agency_id, procedure_code, channel, day, due_at) DO UPDATE SET n = dossier_move.n + excluded.n`)
	for _, m := range moves {
		open.Add(m.agency, m.procedure, m.channel, m.due, m.n)
		log.Add(m.agency, m.procedure, m.channel, day, m.due, m.n)
	}
	for _, b := range []*db.Bulk{open, log} {
		if _, err := tx.Insert(b); err != nil {
			return err
		}
	}
	var closed string
	err := tx.QueryRow(`SELECT through FROM dossier_closing`).Scan(&closed)
	if err == nil && closed != "" && monthOf(day) <= closed {
		return reopen(tx, day)
	}
	return err
}

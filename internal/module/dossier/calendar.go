package dossier

import (
	"bytes"
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
	"lienthong/internal/module/org"
)

// Consumer is the name under which this module receives events; receipts are kept by it.
const Consumer = "dossier"

// calendarBatch is how many dossiers are looked at with one query when a calendar changed.
const calendarBatch = 200

// Bus is where events come from.
type Bus interface {
	Subscribe(name string, subjects []string, handle func(ctx context.Context, e outbox.Event) error)
}

// Subscribe has the bus tell this module when an agency's working calendar changed or a unit moved.
func (s *Service) Subscribe(b Bus) {
	b.Subscribe(Consumer, []string{org.SubjectCalendarChanged, org.SubjectUnitMoved}, s.handleOrg)
}

// handleOrg does what a change of the organisation asks for.
func (s *Service) handleOrg(ctx context.Context, e outbox.Event) error {
	if e.Subject == org.SubjectUnitMoved {
		return s.handleMoved(ctx, e)
	}
	return s.handleCalendar(ctx, e)
}

// handleCalendar brings due dates in line with a changed calendar. Doing it twice changes nothing,
// so the receipt may come after the work. An error means: deliver it again.
func (s *Service) handleCalendar(ctx context.Context, e outbox.Event) error {
	var f org.CalendarChanged
	if err := e.Into(&f); err != nil {
		return err
	}
	tree, err := s.Agencies.Tree(ctx)
	if err != nil {
		return err
	}
	if tree.Version < f.Version {
		return fmt.Errorf("this replica has not seen version %d of the organisation yet", f.Version)
	}
	n, err := s.Rederive(ctx, f.Unit)
	if err == nil {
		s.Log.InfoContext(ctx, "dossier: due dates follow the working calendar", "unit", f.Unit.String(), "moved", n)
	}
	return err
}

// running is what the due date of an open dossier follows from.
type running struct {
	id       id.ID
	decision id.ID
	regime   string
	received time.Time
	due      time.Time
	term     worktime.Term
	clock    []worktime.Entry
}

// AffectedByCalendar tells how many received and unfinished dossiers are decided at the unit or
// below it, and how many of them would be due at another time if the unit's calendar were after
// instead of before. Agencies below with a calendar of their own count by theirs, on top of it.
func (s *Service) AffectedByCalendar(ctx context.Context, unit id.ID, before, after *worktime.Calendar) (open, moved int, err error) {
	next := map[id.ID]*worktime.Calendar{}
	err = s.eachRunning(ctx, unit, func(r running) error {
		open++
		if r.due.IsZero() || r.term.N == 0 {
			return nil
		}
		cal := next[r.decision]
		if cal == nil {
			now, err := s.Calendars.Calendar(ctx, r.decision)
			if err != nil {
				return err
			}
			if cal, err = now.Rebase(before, after); err != nil {
				return err
			}
			next[r.decision] = cal
		}
		due, err := s.dueBy(cal, r)
		if err == nil && !due.Equal(r.due) {
			moved++
		}
		return err
	})
	return open, moved, err
}

// dueBy counts the dossier's term by the calendar.
func (s *Service) dueBy(cal *worktime.Calendar, r running) (time.Time, error) {
	rules, err := s.rules(r.regime, civil.From(s.Now()))
	if err != nil {
		return time.Time{}, err
	}
	res, err := worktime.Compute(cal, r.term, rules, r.clock)
	if err != nil || res.State == worktime.Paused {
		return time.Time{}, err
	}
	return res.Due, nil
}

// eachRunning calls fn for each received and unfinished dossier that is decided at the unit or
// below it, in the order of their ids.
func (s *Service) eachRunning(ctx context.Context, unit id.ID, fn func(running) error) error {
	tree, err := s.Agencies.Tree(ctx)
	if err != nil {
		return err
	}
	units := tree.Subtree(unit)
	slices.SortFunc(units, func(a, b id.ID) int { return bytes.Compare(a[:], b[:]) })
	for chunk := range slices.Chunk(units, 100) {
		var after id.ID
		for {
			rows, err := s.running(s.DB.Read(ctx), chunk, after)
			if err != nil {
				return err
			}
			for _, r := range rows {
				if err := fn(r); err != nil {
					return err
				}
			}
			if len(rows) < calendarBatch {
				break
			}
			after = rows[len(rows)-1].id
		}
	}
	return nil
}

func (s *Service) running(q db.Q, decision []id.ID, after id.ID) ([]running, error) {
	var a db.Args
	where := `decision_id IN ` + a.In(decision) + ` AND received_at > 0 AND finished_at = 0 AND status NOT IN (3, 7, 10)`
	if !after.Zero() {
		where += ` AND id > ` + a.Add(after)
	}
	return db.Collect[running](q.Query(`SELECT id, decision_id, regime, received_at, due_at, term, clock FROM dossier_dossier
		WHERE `+where+` ORDER BY id LIMIT `+a.Add(calendarBatch), a...))(func(rows *sql.Rows) (r running, err error) {
		var received, due int64
		var term, clock string
		if err = rows.Scan(&r.id, &r.decision, &r.regime, &received, &due, &term, &clock); err != nil {
			return r, err
		}
		r.received, r.due = db.Time(received), db.Time(due)
		return r, errors.Join(db.FromJSON(term, &r.term), db.FromJSON(clock, &r.clock))
	})
}

// errSame ends an act that would change nothing, and with it its transaction.
var errSame = errors.New("the dates are as they should be")

// Rederive computes the dates of the open dossiers that are decided at the unit or below it anew
// by the calendar now in force, and returns how many were changed. Each is an act of its own with
// a line in its history, so one that cannot be changed stops none of the others; those are told in
// the error. Only the platform itself may do it.
func (s *Service) Rederive(ctx context.Context, unit id.ID) (moved int, err error) {
	if actor.From(ctx).Kind != actor.SystemKind {
		return 0, fault.New(fault.Forbidden, "dossier.not_found")
	}
	var failed []error
	err = s.eachRunning(ctx, unit, func(r running) error {
		_, err := s.change(ctx, r.id, func(tx *db.Tx, c *change) error { return c.rederive(tx) })
		switch {
		case err == nil:
			moved++
		case !errors.Is(err, errSame):
			failed = append(failed, fmt.Errorf("dossier %s: %w", r.id, err))
		}
		return ctx.Err()
	})
	return moved, errors.Join(append(failed, err)...)
}

// rederive brings the dossier's date and those of its open steps in line with the calendar. What
// happened before stays as it was: a step that was opened keeps its budget, not its hour.
func (c *change) rederive(tx *db.Tx) error {
	old := c.d.Due
	if !c.d.Open() {
		return errSame
	}
	if err := c.derive(); err != nil {
		return err
	}
	steps := 0
	for _, t := range c.open {
		if !c.stepDue(t).Equal(t.Due) {
			steps++
		}
	}
	if err := c.restep(tx); err != nil {
		return err
	}
	if c.d.Due.Equal(old) && steps == 0 {
		return errSame
	}
	data := map[string]any{"calendar": c.cal.Name()}
	moved := !c.d.Due.Equal(old)
	if moved {
		data["old"], data["new"] = stamp(old), stamp(c.d.Due)
	}
	c.note("rederived", "", "", data)
	if moved {
		c.emit(SubjectRederived, c.fact())
	}
	return nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

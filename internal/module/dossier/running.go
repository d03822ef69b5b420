package dossier

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/org"
)

// runningRows is how many dossiers one query reads when dates are counted anew.
const runningRows = 500

// running is what the due date of an open dossier follows from, and what is written when it moves.
type running struct {
	id        id.ID
	version   int64
	code      string
	status    Status
	procedure string
	record    id.ID // the procedure's version
	channel   Channel
	decision  id.ID
	holder    id.ID
	regime    string
	entries   int
	received  time.Time
	due       time.Time
	term      worktime.Term
	clock     []worktime.Entry
}

// eachRunning calls fn with the received and unfinished dossiers of each deciding agency at the unit
// or below it, some at a time, in the order of agencies and ids.
func (s *Service) eachRunning(ctx context.Context, unit id.ID, fn func(agency id.ID, cal *worktime.Calendar, list []running) error) error {
	tree, err := s.Agencies.Tree(ctx)
	if err != nil {
		return err
	}
	units := tree.Subtree(unit)
	slices.SortFunc(units, func(a, b id.ID) int { return bytes.Compare(a[:], b[:]) })
	for _, u := range units {
		var cal *worktime.Calendar
		for after := (id.ID{}); ; {
			list, err := s.running(s.DB.Read(ctx), u, after)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				break
			}
			if cal == nil {
				if cal, err = s.Calendars.Calendar(ctx, u); err != nil {
					return err
				}
			}
			if err := fn(u, cal, list); err != nil {
				return err
			}
			if len(list) < runningRows {
				break
			}
			after = list[len(list)-1].id
		}
	}
	return nil
}

func (s *Service) running(q db.Q, decision, after id.ID) ([]running, error) {
	var a db.Args
	where := `decision_id = ` + a.Add(decision) + ` AND received_at > 0 AND finished_at = 0 AND status NOT IN (3, 7, 10)`
	if !after.Zero() {
		where += ` AND id > ` + a.Add(after)
	}
	return db.Collect[running](q.Query(`SELECT id, version, code, status, procedure_code, procedure_version, channel, decision_id, holder_id,
		regime, entries, received_at, due_at, term, clock FROM dossier_dossier
		WHERE `+where+` ORDER BY id LIMIT `+a.Add(runningRows), a...))(func(rows *sql.Rows) (r running, err error) {
		var received, due int64
		var term, clock string
		if err = rows.Scan(&r.id, &r.version, &r.code, &r.status, &r.procedure, &r.record, &r.channel, &r.decision, &r.holder,
			&r.regime, &r.entries, &received, &due, &term, &clock); err != nil {
			return r, err
		}
		r.received, r.due = db.Time(received), db.Time(due)
		return r, errors.Join(db.FromJSON(term, &r.term), db.FromJSON(clock, &r.clock))
	})
}

// dueBy counts the dossier's term by the calendar; zero while its clock stands or if it has no term.
func (s *Service) dueBy(cal *worktime.Calendar, r *running) (time.Time, error) {
	if r.term.N == 0 {
		return time.Time{}, nil
	}
	rules, err := s.rules(r.regime, civil.From(r.received))
	if err != nil {
		return time.Time{}, err
	}
	res, err := worktime.Due(cal, r.term, rules, r.clock)
	if err != nil || res.State == worktime.Paused {
		return time.Time{}, err
	}
	return res.Due, nil
}

// AffectedByCalendar tells what becomes of the received and unfinished dossiers that are decided at
// the unit or below it if the unit's calendar were after instead of before. Agencies below with a
// calendar of their own count by theirs, on top of it. Dossiers of agencies whose dossiers the asker
// may not read are counted and not named.
func (s *Service) AffectedByCalendar(ctx context.Context, unit id.ID, before, after *worktime.Calendar) (org.CalendarEffect, error) {
	var e org.CalendarEffect
	who, now := actor.From(ctx), s.Now()
	err := s.eachRunning(ctx, unit, func(agency id.ID, cal *worktime.Calendar, list []running) error {
		if n := len(e.ByAgency); n == 0 || e.ByAgency[n-1].Agency != agency {
			e.ByAgency = append(e.ByAgency, org.AgencyEffect{Agency: agency})
		}
		at := &e.ByAgency[len(e.ByAgency)-1]
		at.Open += len(list)
		e.Open += len(list)
		next, err := cal.Rebase(before, after)
		if err != nil || next == cal {
			return err
		}
		for i := range list {
			r := &list[i]
			if r.due.IsZero() {
				continue
			}
			due, err := s.dueBy(next, r)
			switch {
			case err != nil:
				return err
			case due.Equal(r.due):
				continue
			case due.Before(r.due):
				e.Earlier++
			default:
				e.Later++
			}
			at.Moved++
			if due.Before(now) && !r.due.Before(now) {
				e.Overdue++
			}
			if MayRead(who, []id.ID{r.decision}) {
				e.Dossiers = append(e.Dossiers, org.MovedDossier{Code: r.code, Procedure: r.procedure, Agency: r.decision, Old: r.due, New: due})
			}
		}
		if len(e.Dossiers) > 4*org.MaxMoved {
			firstMoved(&e)
		}
		return nil
	})
	firstMoved(&e)
	return e, err
}

// firstMoved keeps the dossiers of an effect with the earliest new dates.
func firstMoved(e *org.CalendarEffect) {
	slices.SortStableFunc(e.Dossiers, func(a, b org.MovedDossier) int { return a.New.Compare(b.New) })
	e.Dossiers = e.Dossiers[:min(len(e.Dossiers), org.MaxMoved)]
}

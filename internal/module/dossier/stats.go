package dossier

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// Figures are the sums of the daily rollups over a period, and what is open now.
type Figures struct {
	Submitted, Received, Online int64
	Refused, Withdrawn, Stopped int64
	OnTime, Late, Returned      int64
	Open, Overdue, Paused       int64 // at the moment asked
	Agency                      id.ID
	Procedure                   string
	Channel                     int
	Day                         string
}

// Finished returns how many were processed to the end.
func (f Figures) Finished() int64 { return f.OnTime + f.Late }

// OnTimeShare returns the share of finished dossiers that were on time, in hundredths of a
// percent; ok is false when none was finished.
func (f Figures) OnTimeShare() (share int64, ok bool) {
	if n := f.Finished(); n > 0 {
		return (f.OnTime*10000 + n/2) / n, true
	}
	return 0, false
}

// Plus returns the sums of both; what they belong to stays that of the first.
func (f Figures) Plus(x Figures) Figures {
	f.Submitted += x.Submitted
	f.Received += x.Received
	f.Online += x.Online
	f.Refused += x.Refused
	f.Withdrawn += x.Withdrawn
	f.Stopped += x.Stopped
	f.OnTime += x.OnTime
	f.Late += x.Late
	f.Returned += x.Returned
	f.Open += x.Open
	f.Overdue += x.Overdue
	f.Paused += x.Paused
	return f
}

// FigureFilter selects what is summed. Empty fields select everything.
type FigureFilter struct {
	From, To   civil.Date // inclusive
	Agencies   []id.ID
	Procedures []string
	Channel    int
}

// Group says by what figures are broken down.
type Group string

// The groups.
const (
	ByNothing   Group = ""
	ByAgency    Group = "agency"
	ByProcedure Group = "procedure"
	ByChannel   Group = "channel"
	ByMonth     Group = "month"
	ByDay       Group = "day"
)

func (f FigureFilter) where(a *db.Args, dated bool) string {
	w := []string{"TRUE"}
	if dated {
		w = append(w, "day >= "+a.Add(f.From), "day <= "+a.Add(f.To))
	}
	if len(f.Agencies) > 0 {
		w = append(w, "agency_id IN "+a.In(f.Agencies))
	}
	if len(f.Procedures) > 0 {
		w = append(w, "procedure_code IN ("+f.procedures(a)+")")
	}
	if f.Channel != 0 {
		w = append(w, "channel = "+a.Add(f.Channel))
	}
	return strings.Join(w, " AND ")
}

// procedures returns the placeholders of the chosen procedures.
func (f FigureFilter) procedures(a *db.Args) string {
	p := make([]string, len(f.Procedures))
	for i, c := range f.Procedures {
		p[i] = a.Add(c)
	}
	return strings.Join(p, ",")
}

// Figures sums the rollups by group. Open, overdue and paused are as of now and belong to the
// agency that holds a dossier; groups by time have none.
func (s *Service) Figures(ctx context.Context, f FigureFilter, by Group) ([]Figures, error) {
	if f.To < f.From {
		return nil, fault.New(fault.Invalid, "dossier.period_backwards")
	}
	key := map[Group]string{ByNothing: "''", ByAgency: "agency_id", ByProcedure: "procedure_code", ByChannel: "channel",
		ByMonth: "substr(day, 1, 7)", ByDay: "day"}[by]
	if key == "" {
		return nil, fault.New(fault.Invalid, "dossier.no_such_group")
	}
	var a db.Args
	where := f.where(&a, true)
	rows, err := s.DB.Read(ctx).Query(`SELECT `+key+`, sum(submitted), sum(received), sum(CASE WHEN channel = 2 THEN submitted ELSE 0 END),
		sum(refused), sum(withdrawn), sum(stopped), sum(on_time), sum(late), sum(returned)
		FROM dossier_day WHERE `+where+groupBy(by, key), a...)
	out, err := db.Collect[Figures](rows, err)(func(r *sql.Rows) (x Figures, err error) {
		var sums [9]sql.NullInt64
		dest := []any{any(new(string))}
		if by != ByNothing {
			dest[0] = x.keyOf(by)
		}
		for i := range sums {
			dest = append(dest, &sums[i])
		}
		if err := r.Scan(dest...); err != nil {
			return x, err
		}
		for i, p := range []*int64{&x.Submitted, &x.Received, &x.Online, &x.Refused, &x.Withdrawn, &x.Stopped, &x.OnTime, &x.Late, &x.Returned} {
			*p = sums[i].Int64
		}
		return x, nil
	})
	if err != nil || by == ByMonth || by == ByDay {
		return out, err
	}
	return s.addOpen(ctx, f, by, key, out)
}

// groupBy returns the clause that breaks sums down; one sum over everything has none.
func groupBy(by Group, key string) string {
	if by == ByNothing {
		return ""
	}
	return " GROUP BY " + key + " ORDER BY " + key
}

func (x *Figures) keyOf(by Group) any {
	switch by {
	case ByAgency:
		return &x.Agency
	case ByProcedure:
		return &x.Procedure
	case ByChannel:
		return &x.Channel
	}
	return &x.Day
}

// addOpen joins what is open now: a prefix sum over the due instants.
func (s *Service) addOpen(ctx context.Context, f FigureFilter, by Group, key string, out []Figures) ([]Figures, error) {
	var a db.Args
	now := a.Add(db.Micros(s.Now()))
	where := f.where(&a, false)
	rows, err := s.DB.Read(ctx).Query(`SELECT `+key+`, coalesce(sum(n), 0), coalesce(sum(CASE WHEN due_at > 0 AND due_at < `+now+` THEN n ELSE 0 END), 0),
		coalesce(sum(CASE WHEN due_at = 0 THEN n ELSE 0 END), 0) FROM dossier_open WHERE `+where+` AND n <> 0`+groupBy(by, key), a...)
	open, err := db.Collect[Figures](rows, err)(func(r *sql.Rows) (x Figures, err error) {
		var k any = new(string)
		if by != ByNothing {
			k = x.keyOf(by)
		}
		return x, r.Scan(k, &x.Open, &x.Overdue, &x.Paused)
	})
	if err != nil {
		return nil, err
	}
	for _, o := range open {
		found := false
		for i := range out {
			if out[i].Agency == o.Agency && out[i].Procedure == o.Procedure && out[i].Channel == o.Channel {
				out[i].Open, out[i].Overdue, out[i].Paused, found = o.Open, o.Overdue, o.Paused, true
			}
		}
		if !found {
			out = append(out, o)
		}
	}
	return out, nil
}

// Recount compares the rollups with the dossiers themselves; doctor calls it. It returns a
// sentence for every figure that differs.
func (s *Service) Recount(ctx context.Context) ([]string, error) {
	var bad []string
	q := s.DB.Read(ctx)
	for _, c := range []struct{ what, rollup, records string }{
		{"submitted", `SELECT coalesce(sum(submitted), 0) FROM dossier_day`, `SELECT count(*) FROM dossier_dossier`},
		{"received", `SELECT coalesce(sum(received), 0) FROM dossier_day`, `SELECT count(*) FROM dossier_dossier WHERE received_at > 0`},
		{"returned", `SELECT coalesce(sum(returned), 0) FROM dossier_day`, `SELECT count(*) FROM dossier_dossier WHERE returned_at > 0`},
		{"late", `SELECT coalesce(sum(late), 0) FROM dossier_day`, `SELECT count(*) FROM dossier_dossier WHERE late`},
		{"open", `SELECT coalesce(sum(n), 0) FROM dossier_open`,
			`SELECT count(*) FROM dossier_dossier WHERE received_at > 0 AND finished_at = 0`},
		{"moves", `SELECT coalesce(sum(n), 0) FROM dossier_move`, `SELECT coalesce(sum(n), 0) FROM dossier_open`},
	} {
		var a, b int64
		if err := q.QueryRow(c.rollup).Scan(&a); err != nil {
			return nil, err
		}
		if err := q.QueryRow(c.records).Scan(&b); err != nil {
			return nil, err
		}
		if a != b {
			bad = append(bad, "dossier figures: "+c.what+" is "+strconv.FormatInt(a, 10)+" in the rollups, "+strconv.FormatInt(b, 10)+" in the records")
		}
	}
	return bad, nil
}

// DrillKey is where a page of the dossiers behind a figure ends; the zero key is before the first.
type DrillKey struct {
	At int64 // when it was submitted, microseconds UTC
	ID id.ID
}

// DrillKey returns the place of the dossier in the list of those behind a figure.
func (h Hit) DrillKey() DrillKey { return DrillKey{db.Micros(h.Submitted), h.ID} }

// maxDrill bounds a page of DrillDown: 200 and the one that says there are more.
const maxDrill = 201

// DrillDown returns the dossiers behind a figure that the actor may see, newest first, those after
// the key. what is submitted, received, late, on_time, open or overdue; limit is 1 to 201.
func (s *Service) DrillDown(ctx context.Context, f FigureFilter, what string, after DrillKey, limit int) ([]Hit, error) {
	var a db.Args
	w := []string{readWhere(actor.From(ctx), &a)}
	between := func(col string) string {
		return col + " >= " + a.Add(db.Micros(f.From.At(0))) + " AND " + col + " < " + a.Add(db.Micros((f.To + 1).At(0)))
	}
	agency := "d.decision_id"
	switch what {
	case "submitted":
		w = append(w, between("d.submitted_at"))
	case "received":
		w = append(w, between("d.received_at"))
	case "on_time":
		w = append(w, between("d.finished_at"), "NOT d.late", "d.status IN (9, 10)")
	case "late":
		w = append(w, between("d.finished_at"), "d.late")
	case "open", "overdue":
		agency = "d.holder_id"
		w = append(w, "d.received_at > 0 AND d.finished_at = 0")
		if what == "overdue" {
			w = append(w, "d.due_at > 0 AND d.due_at < "+a.Add(db.Micros(s.Now())))
		}
	default:
		return nil, fault.New(fault.Invalid, "dossier.no_such_group")
	}
	if len(f.Agencies) > 0 {
		w = append(w, agency+" IN "+a.In(f.Agencies))
	}
	if len(f.Procedures) > 0 {
		w = append(w, "d.procedure_code IN ("+f.procedures(&a)+")")
	}
	if f.Channel != 0 {
		w = append(w, "d.channel = "+a.Add(f.Channel))
	}
	if !after.ID.Zero() {
		w = append(w, "(d.submitted_at, d.id) < ("+a.Add(after.At)+", "+a.Add(after.ID)+")")
	}
	if limit <= 0 || limit > maxDrill {
		limit = maxDrill
	}
	rows, err := s.DB.Read(ctx).Query(`SELECT d.id, d.code, d.procedure_name, d.applicant_name, d.status, d.due_at, d.submitted_at
		FROM dossier_dossier d WHERE `+strings.Join(w, " AND ")+` ORDER BY d.submitted_at DESC, d.id DESC LIMIT `+a.Add(limit), a...)
	return db.Collect[Hit](rows, err)(func(r *sql.Rows) (h Hit, err error) {
		var due, submitted int64
		err = r.Scan(&h.ID, &h.Code, &h.Procedure, &h.Applicant, &h.Status, &due, &submitted)
		h.Due, h.Submitted = db.Time(due), db.Time(submitted)
		return h, err
	})
}

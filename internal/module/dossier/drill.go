package dossier

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// DrillKey is where a page of the dossiers behind a figure ends; the zero key is before the first.
type DrillKey struct {
	At int64 // microseconds UTC: when it happened, or when the dossier was due; 0 while a clock stands
	ID id.ID
}

// DrillKey returns the place of the dossier in the list of those behind a figure.
func (h Hit) DrillKey() DrillKey { return DrillKey{h.at, h.ID} }

// maxDrill bounds a page of DrillDown: 200 and the one that says there are more.
const maxDrill = 201

// maxPairs is how many places of open dossiers one statement asks for, or somewhat more.
const maxPairs = 64

// Drills are the figures whose dossiers DrillDown lists, in the order of Figures.
func Drills() []string {
	return []string{"submitted", "received", "online", "sector", "refused", "withdrawn", "stopped", "on_time", "late", "returned",
		"carried", "open", "overdue", "paused"}
}

// Number returns the figure of the name; false for a name that Drills does not have.
func (f Figures) Number(what string) (int64, bool) {
	i := slices.Index(Drills(), what)
	if i < 0 {
		return 0, false
	}
	return *f.each()[i], true
}

// DrillDown returns the dossiers behind a figure that the actor may see, those after the key. What
// happened comes newest first, what was open in the order of the due dates. what is one of Drills;
// limit is 1 to 201.
func (s *Service) DrillDown(ctx context.Context, f FigureFilter, what string, after DrillKey, limit int) ([]Hit, error) {
	if f.To < f.From {
		return nil, fault.New(fault.Invalid, "dossier.period_backwards")
	}
	if limit <= 0 || limit > maxDrill {
		limit = maxDrill
	}
	switch what {
	case "carried":
		return s.drillOpen(ctx, f, what, f.From-1, after, limit)
	case "open", "overdue", "paused":
		return s.drillOpen(ctx, f, what, f.To, after, limit)
	}
	at, and, ok := happened(what)
	if !ok {
		return nil, fault.New(fault.Invalid, "dossier.no_such_group")
	}
	agencies, err := s.drillAgencies(ctx, f, what)
	if err != nil {
		return nil, err
	}
	var out []Hit
	for _, agency := range agencies {
		hits, err := s.drillAgency(ctx, f, agency, at, and, after, limit)
		if err != nil {
			return nil, err
		}
		out = append(out, hits...)
	}
	slices.SortFunc(out, func(x, y Hit) int { return -compareKeys(x.DrillKey(), y.DrillKey()) })
	return out[:min(limit, len(out))], nil
}

// happened returns the instant of what a figure counts, and what else is true of its dossiers.
func happened(what string) (at, and string, ok bool) {
	switch what {
	case "submitted":
		return "submitted_at", "TRUE", true
	case "online":
		return "submitted_at", "d.channel IN (2, 4)", true
	case "sector":
		return "submitted_at", "d.channel = 4", true
	case "received":
		return "received_at", "TRUE", true
	case "refused":
		return "finished_at", "d.status = 3", true
	case "withdrawn":
		return "finished_at", "d.status = 7", true
	case "stopped":
		return "finished_at", "d.status = 8", true
	case "on_time":
		return "finished_at", "NOT d.late AND d.status NOT IN (3, 7, 8)", true
	case "late":
		return "finished_at", "d.late", true
	case "returned":
		return "returned_at", "TRUE", true
	}
	return "", "", false
}

// drillAgencies returns the agencies that have any of the figure: each is asked alone, along its
// own index.
func (s *Service) drillAgencies(ctx context.Context, f FigureFilter, what string) ([]id.ID, error) {
	rows, err := s.Figures(ctx, f, ByAgency)
	var out []id.ID
	for _, x := range rows {
		if n, _ := x.Number(what); n > 0 {
			out = append(out, x.Agency)
		}
	}
	return out, err
}

const hitColumns = `d.id, d.code, d.procedure_name, d.applicant_name, d.status, d.due_at, d.submitted_at`

func scanHit(r *sql.Rows) (h Hit, err error) {
	var due, submitted int64
	err = r.Scan(&h.ID, &h.Code, &h.Procedure, &h.Applicant, &h.Status, &due, &submitted, &h.at)
	h.Due, h.Submitted = db.Time(due), db.Time(submitted)
	return h, err
}

// drillAgency returns what happened at one agency.
func (s *Service) drillAgency(ctx context.Context, f FigureFilter, agency id.ID, at, and string, after DrillKey, limit int) ([]Hit, error) {
	var a db.Args
	col := "d." + at
	w := []string{"d.decision_id = " + a.Add(agency), and, col + " > 0",
		col + " >= " + a.Add(db.Micros(f.From.At(0))), col + " < " + a.Add(db.Micros((f.To + 1).At(0)))}
	if at == "submitted_at" { // the day lies in an index, the instant does not
		w = append(w, "d.day >= "+a.Add(f.From), "d.day <= "+a.Add(f.To))
	}
	if !after.ID.Zero() {
		last := a.Add(after.At)
		w = append(w, col+" <= "+last, "("+col+" < "+last+" OR d.id < "+a.Add(after.ID)+")")
	}
	w = append(w, f.dossiers(&a), readWhere(actor.From(ctx), &a))
	rows, err := s.DB.Read(ctx).Query(`SELECT `+hitColumns+`, `+col+` FROM dossier_dossier d WHERE `+strings.Join(w, " AND ")+
		` ORDER BY `+col+` DESC, d.id DESC LIMIT `+a.Add(limit), a...)
	return db.Collect[Hit](rows, err)(scanHit)
}

// dossiers is the filter's choice of procedures and channels on the dossier table d.
func (f FigureFilter) dossiers(a *db.Args) string {
	w := "TRUE"
	if len(f.Procedures) > 0 {
		w += " AND d.procedure_code IN (" + f.procedures(a) + ")"
	}
	if len(f.Channels) > 0 {
		w += " AND d.channel IN (" + f.channels() + ")"
	}
	return w
}

// pair is a place where open dossiers counted: an agency and a due instant.
type pair struct {
	agency id.ID
	due    int64
}

// drillOpen lists what was open at the end of the day, or is open now if it is not over: first
// where dossiers counted then, then the lines of history that brought them there.
func (s *Service) drillOpen(ctx context.Context, f FigureFilter, what string, day civil.Date, after DrillKey, limit int) ([]Hit, error) {
	now := s.Now()
	end := db.Micros(now) + 1 // acts of this very instant have happened
	if day < civil.From(now) {
		end = db.Micros((day + 1).At(0))
	}
	var out []Hit
	err := s.steady(ctx, func(closed closing) error {
		pairs, err := s.pairs(ctx, f, what, day, closed, after.At)
		if err != nil {
			return err
		}
		out = nil
		for len(pairs) > 0 && len(out) < limit {
			n := min(len(pairs), maxPairs)
			for n < len(pairs) && pairs[n].due == pairs[n-1].due { // those of one instant are sorted together
				n++
			}
			hits, err := s.drillPairs(ctx, f, pairs[:n], end, after, limit)
			if err != nil {
				return err
			}
			out, pairs = append(out, hits...), pairs[n:]
		}
		return nil
	})
	return out[:min(limit, len(out))], err
}

// pairs returns where dossiers of the figure counted at the end of the day, from the instant on.
func (s *Service) pairs(ctx context.Context, f FigureFilter, what string, day civil.Date, closed closing, from int64) ([]pair, error) {
	var a db.Args
	now := s.Now()
	w := "due_at >= " + a.Add(from) + " AND " + f.where(&a)
	end := now
	if day < civil.From(now) {
		end = (day + 1).At(0)
	}
	switch what {
	case "overdue":
		w += " AND due_at > 0 AND due_at < " + a.Add(db.Micros(end))
	case "paused":
		w += " AND due_at = 0"
	}
	source := `SELECT agency_id, due_at, n FROM dossier_open WHERE n <> 0 AND ` + w
	if day < civil.From(now) {
		since := civil.Date(0)
		source = ""
		if base, ok := closed.before(day); ok {
			since = base
			source = `SELECT agency_id, due_at, n FROM dossier_balance WHERE day = ` + a.Add(base) + ` AND ` + w + ` UNION ALL `
		}
		source += `SELECT agency_id, due_at, n FROM dossier_move WHERE day > ` + a.Add(since) + ` AND day <= ` + a.Add(day) + ` AND ` + w
	}
	rows, err := s.DB.Read(ctx).Query(`SELECT agency_id, due_at FROM (`+source+`) AS x GROUP BY agency_id, due_at
		HAVING sum(n) > 0 ORDER BY due_at, agency_id`, a...)
	return db.Collect[pair](rows, err)(func(r *sql.Rows) (p pair, err error) { return p, r.Scan(&p.agency, &p.due) })
}

// drillPairs returns the dossiers that counted at one of the places at the end of a day: a line of
// their history says so, and none between it and the end says otherwise.
func (s *Service) drillPairs(ctx context.Context, f FigureFilter, pairs []pair, end int64, after DrillKey, limit int) ([]Hit, error) {
	var a db.Args
	at := make([]string, len(pairs))
	for i, p := range pairs {
		at[i] = "e.open_agency = " + a.Add(p.agency) + " AND e.open_due = " + a.Add(p.due)
	}
	last := a.Add(end)
	w := []string{"(" + strings.Join(at, " OR ") + ")", "e.at < " + last,
		`NOT EXISTS (SELECT 1 FROM dossier_entry l WHERE l.dossier_id = e.dossier_id AND l.n > e.n AND l.open_due IS NOT NULL AND l.at < ` + last + `)`}
	if !after.ID.Zero() {
		due := a.Add(after.At)
		w = append(w, "e.open_due >= "+due, "(e.open_due > "+due+" OR d.id > "+a.Add(after.ID)+")")
	}
	w = append(w, f.dossiers(&a), readWhere(actor.From(ctx), &a))
	rows, err := s.DB.Read(ctx).Query(`SELECT `+hitColumns+`, e.open_due FROM dossier_entry e JOIN dossier_dossier d ON d.id = e.dossier_id
		WHERE `+strings.Join(w, " AND ")+` ORDER BY e.open_due, d.id LIMIT `+a.Add(limit), a...)
	return db.Collect[Hit](rows, err)(scanHit)
}

func compareKeys(a, b DrillKey) int {
	switch {
	case a.At < b.At:
		return -1
	case a.At > b.At:
		return 1
	}
	return strings.Compare(string(a.ID[:]), string(b.ID[:]))
}

package dossier

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// Figures are what happened in a period, by the agency that decides, and what was open at its ends,
// by the agency that held it. All are numbers of dossiers.
type Figures struct {
	Submitted, Received         int64
	Online                      int64 // of those submitted, channel online and those of sector systems
	Sector                      int64 // of those submitted, the ones that arose on sector systems
	Refused, Withdrawn, Stopped int64
	OnTime, Late, Returned      int64
	Carried                     int64 // open before the first day
	Open, Overdue, Paused       int64 // at the end of the last day, or now if that is to come
	Agency                      id.ID
	Procedure                   string
	Channel                     int
	Day                         string // 2026, 2026-Q4, 2026-11 or 2026-11-23, for groups by time
}

// Finished returns how many were processed to the end.
func (f Figures) Finished() int64 { return f.OnTime + f.Late }

// OnTimeShare returns the share of finished dossiers that were on time, in hundredths of a
// percent; ok is false when none was finished.
func (f Figures) OnTimeShare() (share int64, ok bool) { return Share(f.OnTime, f.Finished()) }

// OnlineShare returns the share of all submitted dossiers that came online or arose on sector
// systems, in hundredths of a percent: the denominator is every dossier, as in the province's
// publications. ok is false when none was submitted.
func (f Figures) OnlineShare() (share int64, ok bool) { return Share(f.Online, f.Submitted) }

// OnlineShareAlone returns the share of dossiers that people filed online among those they filed
// at all, in hundredths of a percent: sector systems count neither above nor below the line. ok is
// false when nobody filed any.
func (f Figures) OnlineShareAlone() (share int64, ok bool) {
	return Share(f.Online-f.Sector, f.Submitted-f.Sector)
}

// Share returns n of all in hundredths of a percent, rounded half up; ok is false when all is not
// positive.
func Share(n, all int64) (share int64, ok bool) {
	if all <= 0 {
		return 0, false
	}
	return (n*10000*2 + all) / (all * 2), true
}

// each returns the numbers of f in a fixed order: what happened, then what was open.
func (f *Figures) each() []*int64 {
	return []*int64{&f.Submitted, &f.Received, &f.Online, &f.Sector, &f.Refused, &f.Withdrawn, &f.Stopped, &f.OnTime, &f.Late,
		&f.Returned, &f.Carried, &f.Open, &f.Overdue, &f.Paused}
}

// none tells whether all numbers are zero: what came and went again leaves such rows.
func (f Figures) none() bool {
	return !slices.ContainsFunc(f.each(), func(n *int64) bool { return *n != 0 })
}

// Plus returns the sums of both; what they belong to stays that of the first.
func (f Figures) Plus(x Figures) Figures {
	sum := f.each()
	for i, n := range x.each() {
		*sum[i] += *n
	}
	return f
}

// FigureFilter selects what is summed. Empty fields select everything.
type FigureFilter struct {
	From, To   civil.Date // inclusive
	Agencies   []id.ID
	Procedures []string
	Channels   []Channel
}

// Group says by what figures are broken down.
type Group string

// The groups.
const (
	ByNothing   Group = ""
	ByAgency    Group = "agency"
	ByProcedure Group = "procedure"
	ByChannel   Group = "channel"
	ByYear      Group = "year"
	ByQuarter   Group = "quarter"
	ByMonth     Group = "month"
	ByDay       Group = "day"
)

// Timed tells whether the group is one by time. What is open belongs to an instant, so these have
// none of it.
func (g Group) Timed() bool { return g == ByYear || g == ByQuarter || g == ByMonth || g == ByDay }

// column returns the group's column, with none for one sum.
func (g Group) column() (string, bool) {
	c, ok := map[Group]string{ByNothing: "''", ByAgency: "agency_id", ByProcedure: "procedure_code", ByChannel: "channel"}[g]
	return c, ok
}

// maxDays is how long a period broken down by day may be, in days. Days are read from their own
// rows, of which a province has about a thousand each.
const maxDays = 92

// where returns the filter's conditions but those on time.
func (f FigureFilter) where(a *db.Args) string {
	w := []string{"TRUE"}
	if len(f.Agencies) > 0 {
		w = append(w, "agency_id IN "+a.In(f.Agencies))
	}
	if len(f.Procedures) > 0 {
		w = append(w, "procedure_code IN ("+f.procedures(a)+")")
	}
	if len(f.Channels) > 0 {
		w = append(w, "channel IN ("+f.channels()+")")
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

// channels returns the chosen channels as a list of numbers.
func (f FigureFilter) channels() string {
	c := make([]string, len(f.Channels))
	for i, n := range f.Channels {
		c[i] = strconv.Itoa(n)
	}
	return strings.Join(c, ",")
}

// Figures sums the rollups of the period by group. Groups come in the order of their keys. By day,
// the period is at most 92 days long.
func (s *Service) Figures(ctx context.Context, f FigureFilter, by Group) ([]Figures, error) {
	_, known := by.column()
	switch {
	case f.To < f.From:
		return nil, fault.New(fault.Invalid, "dossier.period_backwards")
	case by == ByDay && f.To-f.From >= maxDays:
		return nil, fault.New(fault.Invalid, "dossier.too_many_days", "n", maxDays)
	case !known && !by.Timed():
		return nil, fault.New(fault.Invalid, "dossier.no_such_group")
	}
	var out []Figures
	err := s.steady(ctx, func(closed closing) error {
		t := &table{by: by, at: map[Figures]int{}}
		for _, p := range periods(f, by, closed) {
			if err := t.addFlow(s.DB.Read(ctx), f, p); err != nil {
				return err
			}
		}
		if !by.Timed() {
			if err := s.addOpen(ctx, t, f, closed); err != nil {
				return err
			}
		}
		out = slices.DeleteFunc(t.rows, func(x Figures) bool { return by != ByNothing && x.none() })
		return nil
	})
	slices.SortStableFunc(out, compareFigures)
	return out, err
}

func compareFigures(a, b Figures) int {
	for _, n := range []int{strings.Compare(string(a.Agency[:]), string(b.Agency[:])), strings.Compare(a.Procedure, b.Procedure),
		a.Channel - b.Channel, strings.Compare(a.Day, b.Day)} {
		if n != 0 {
			return n
		}
	}
	return 0
}

// closing is how far months are closed: to the end of the day; none is closed where ok is false.
type closing struct {
	day civil.Date
	ok  bool
}

// steady runs fn with the last closed month, again if that changed meanwhile: what fn has read would
// be half from before and half from after.
func (s *Service) steady(ctx context.Context, fn func(closing) error) error {
	var now closing
	var err error
	if now.day, now.ok, err = s.ClosedThrough(ctx); err != nil {
		return err
	}
	for try := 0; ; try++ {
		before := now
		if err := fn(before); err != nil {
			return err
		}
		if now.day, now.ok, err = s.ClosedThrough(ctx); err != nil || now == before || try == 3 {
			return err
		}
	}
}

// part is a stretch of a period that is read from one table: whole closed months, or days.
type part struct {
	table, column string
	from, to      string
	key           string // the group's, as SQL
}

// periods divides the filter's period into closed months and the days around them. Months without
// procedures, or without agencies, lie in tables of their own that are a fraction of the size.
func periods(f FigureFilter, by Group, closed closing) []part {
	key, _ := by.column()
	day := func(from, to civil.Date) part {
		k := key
		switch by {
		case ByYear, ByQuarter, ByMonth:
			k = "substr(day, 1, 7)"
		case ByDay:
			k = "day"
		}
		return part{"dossier_day", "day", from.String(), to.String(), k}
	}
	y, m, d := f.From.YMD()
	first := civil.Of(y, m, 1)
	if d > 1 {
		first = first.AddMonths(1)
	}
	end := f.To
	if closed.ok {
		end = min(end, closed.day)
	}
	y, m, _ = (end + 1).YMD()
	last := civil.Of(y, m, 1) - 1 // the last end of a month that is no later
	if !closed.ok || last < first || by == ByDay {
		return []part{day(f.From, f.To)}
	}
	k := key
	if by.Timed() {
		k = "month"
	}
	t := "dossier_month"
	switch {
	case len(f.Procedures) == 0 && by != ByProcedure:
		t = "dossier_month_agency"
	case len(f.Agencies) == 0 && by != ByAgency:
		t = "dossier_month_procedure"
	}
	out := []part{{t, "month", monthOf(first), monthOf(last), k}}
	if f.From < first {
		out = append(out, day(f.From, first-1))
	}
	if last < f.To {
		out = append(out, day(last+1, f.To))
	}
	return out
}

// table gathers figures by key.
type table struct {
	by   Group
	rows []Figures
	at   map[Figures]int // by what a row belongs to
}

// row returns the row of x's key.
func (t *table) row(x Figures) *Figures {
	if t.by == ByYear {
		x.Day = x.Day[:4]
	} else if t.by == ByQuarter {
		x.Day = quarterOf(x.Day)
	}
	k := Figures{Agency: x.Agency, Procedure: x.Procedure, Channel: x.Channel, Day: x.Day}
	i, ok := t.at[k]
	if !ok {
		i = len(t.rows)
		t.at[k] = i
		t.rows = append(t.rows, k)
	}
	return &t.rows[i]
}

// quarterOf returns the quarter of a month: 2026-Q4 of 2026-11.
func quarterOf(month string) string {
	n, err := strconv.Atoi(month[5:])
	if err != nil {
		return month
	}
	return month[:5] + "Q" + strconv.Itoa((n+2)/3)
}

// keyOf returns where the group's key of a row is scanned to.
func (x *Figures) keyOf(by Group) any {
	switch by {
	case ByNothing:
		return new(string)
	case ByAgency:
		return &x.Agency
	case ByProcedure:
		return &x.Procedure
	case ByChannel:
		return &x.Channel
	}
	return &x.Day
}

// addFlow adds what happened in the part.
func (t *table) addFlow(q db.Q, f FigureFilter, p part) error {
	var a db.Args
	where := p.column + " >= " + a.Add(p.from) + " AND " + p.column + " <= " + a.Add(p.to) + " AND " + f.where(&a)
	rows, err := q.Query(`SELECT `+p.key+`, sum(submitted), sum(received), sum(CASE WHEN channel IN (2, 4) THEN submitted ELSE 0 END),
		sum(CASE WHEN channel = 4 THEN submitted ELSE 0 END), sum(refused), sum(withdrawn), sum(stopped), sum(on_time), sum(late),
		sum(returned) FROM `+p.table+` WHERE `+where+groupBy(t.by, p.key), a...)
	return t.scan(rows, err, func(x *Figures) []*int64 { return x.each()[:10] })
}

// scan adds the rows' numbers, which come after the key, to those that pick points at.
func (t *table) scan(rows *sql.Rows, err error, pick func(*Figures) []*int64) error {
	list, err := db.Collect[Figures](rows, err)(func(r *sql.Rows) (x Figures, err error) {
		to := pick(&x)
		sums := make([]sql.NullInt64, len(to))
		dest := []any{x.keyOf(t.by)}
		for i := range sums {
			dest = append(dest, &sums[i])
		}
		err = r.Scan(dest...)
		for i, n := range sums {
			*to[i] = n.Int64
		}
		return x, err
	})
	for _, x := range list {
		row := t.row(x)
		*row = row.Plus(x)
	}
	return err
}

// groupBy returns the clause that breaks sums down; one sum over everything has none.
func groupBy(by Group, key string) string {
	if by == ByNothing {
		return ""
	}
	return " GROUP BY " + key
}

package dossierweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
	"lienthong/internal/module/procedure"
)

// Periods of the statistics, by their word in the address.
const (
	periodMonth   = "thang-nay"
	periodQuarter = "quy-nay"
	periodYear    = "nam-nay"
	periodOwn     = "tuy-chon"
)

// Breakdowns of the statistics, by their word in the address.
const (
	byAgency    = "co-quan"
	byLevel     = "cap"
	byField     = "linh-vuc"
	byProcedure = "thu-tuc"
	byChannel   = "kenh"
	byMonth     = "thang"
)

// statsQuery is what the address asks for. Its zero is the whole province in the present year.
type statsQuery struct {
	period, from, to string // from and to are YYYY-MM-DD, for a period of one's own
	level            string // kind of agency
	agency           string // key; with everything below it
	field            string // name of the field of government, folded
	channel          int
	by               string
	span             [2]civil.Date
}

// readStats reads the address; words it does not know count as not said.
func readStats(q url.Values, today civil.Date) (s statsQuery, errs []fault.Field) {
	s = statsQuery{period: q.Get("ky"), from: q.Get("tu"), to: q.Get("den"), level: q.Get("cap"), agency: q.Get("cq"), field: q.Get("lv"), by: q.Get("theo")}
	switch s.by {
	case byAgency, byLevel, byField, byProcedure, byChannel, byMonth:
	default:
		s.by = byLevel
	}
	if c, err := strconv.Atoi(q.Get("kenh")); err == nil && c >= dossier.Counter && c <= dossier.Post {
		s.channel = c
	}
	y, m, _ := today.YMD()
	switch s.period {
	case periodMonth:
		s.span = [2]civil.Date{civil.Of(y, m, 1), today}
	case periodQuarter:
		s.span = [2]civil.Date{civil.Of(y, (m-1)/3*3+1, 1), today}
	case periodOwn:
		from, err1 := civil.Parse(s.from)
		to, err2 := civil.Parse(s.to)
		if err1 != nil {
			errs = append(errs, fault.Field{Path: "tu", Key: "dossierweb.citizen.stats.bad_day"})
		}
		if err2 != nil {
			errs = append(errs, fault.Field{Path: "den", Key: "dossierweb.citizen.stats.bad_day"})
		}
		if err1 == nil && err2 == nil && to < from {
			errs = append(errs, fault.Field{Path: "tu", Key: "dossier.period_backwards"})
		}
		if len(errs) == 0 {
			s.span = [2]civil.Date{from, to}
			return s, nil
		}
		fallthrough
	default:
		if s.period != periodOwn {
			s.period = periodYear
		}
		s.span = [2]civil.Date{civil.Of(y, 1, 1), today}
	}
	return s, errs
}

// statsRow is one line of the table.
type statsRow struct {
	name, lang string
	href       string // narrows the page to this line; empty where it cannot
	f          dossier.Figures
}

// statsView is the public statistics.
type statsView struct {
	page   ui.Page
	q      statsQuery
	errs   []fault.Field
	fields []ui.FieldView
	total  dossier.Figures
	rows   []statsRow
	most   int64  // the longest bar
	chart  string // of the months
	period string
	at     string
	csv    string
	xlsx   string
	byWord string
	timed  bool // by time: what is open now has no place in the lines
	desk   string
}

func (h citizen) stats(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.figures(ctx, r.URL.Query())
	if err != nil {
		return err
	}
	status := http.StatusOK
	if len(v.errs) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return web.Render(w, r, status, statsPage(v))
}

// figures sums what the address asks for.
func (h citizen) figures(ctx context.Context, in url.Values) (statsView, error) {
	now := h.Now()
	q, errs := readStats(in, civil.From(now))
	v := statsView{q: q, errs: errs, at: i18n.DateTime(ctx, now), byWord: tr(ctx, "stats.by."+q.by), timed: q.by == byMonth,
		page:   ui.Page{Title: tr(ctx, "stats.title"), Errors: errs, Current: ui.PathStats, Index: len(in) == 0},
		period: tr(ctx, "stats.period", "from", q.span[0], "to", q.span[1])}
	if actor.From(ctx).May(dossier.PermStats) {
		v.desk = desk + "/thong-ke"
	}
	if s := in.Encode(); s != "" {
		s = "?" + s
		v.csv, v.xlsx = "/thong-ke/xuat.csv"+s, "/thong-ke/xuat.xlsx"+s
	} else {
		v.csv, v.xlsx = "/thong-ke/xuat.csv", "/thong-ke/xuat.xlsx"
	}
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return v, err
	}
	cat, err := h.Procedures.Catalogue(ctx)
	if err != nil {
		return v, err
	}
	v.fields = ui.Mark(ctx, statsFields(ctx, q, tree, cat), errs)
	filter := dossier.FigureFilter{From: q.span[0], To: q.span[1], Channel: q.channel, Agencies: q.agencies(tree), Procedures: q.procedures(cat)}
	total, err := h.Dossiers.Figures(ctx, filter, dossier.ByNothing)
	if err != nil {
		return v, err
	}
	if len(total) > 0 {
		v.total = total[0]
	}
	group := map[string]dossier.Group{byAgency: dossier.ByAgency, byLevel: dossier.ByAgency, byField: dossier.ByProcedure,
		byProcedure: dossier.ByProcedure, byChannel: dossier.ByChannel, byMonth: dossier.ByMonth}[q.by]
	list, err := h.Dossiers.Figures(ctx, filter, group)
	if err != nil {
		return v, err
	}
	v.rows = q.lines(ctx, list, tree, cat, in)
	for _, row := range v.rows {
		v.most = max(v.most, row.f.Received)
	}
	if q.by == byMonth {
		v.chart = monthChart(ctx, v.rows, tr(ctx, "stats.chart"))
	}
	return v, nil
}

// nobody returns an agency for a filter that no row passes; an empty one would let all pass.
func nobody() id.ID { return id.ID{0xff} }

// agencies are those the filters leave; nil for all.
func (q statsQuery) agencies(tree *org.Tree) []id.ID {
	if q.agency == "" && q.level == "" {
		return nil
	}
	var in []id.ID
	if q.agency != "" {
		if u, ok := tree.ByKey(q.agency); ok {
			in = tree.Agencies(u.ID)
		}
	} else {
		for _, u := range tree.OfKind(q.level) {
			in = append(in, u.ID)
		}
	}
	if q.agency != "" && q.level != "" {
		in = slices.DeleteFunc(slices.Clone(in), func(a id.ID) bool { u, ok := tree.Unit(a); return !ok || u.Kind != q.level })
	}
	if len(in) == 0 {
		return []id.ID{nobody()}
	}
	return in
}

// fieldKey names a field of government in an address; not every record knows the national code.
func fieldKey(name string) string { return strings.ReplaceAll(text.Fold(name), " ", "-") }

// procedures are those of the chosen field; nil for all.
func (q statsQuery) procedures(cat *procedure.Catalogue) []string {
	if q.field == "" {
		return nil
	}
	var out []string
	for _, e := range cat.Entries() {
		if fieldKey(e.Field.Name) == q.field {
			out = append(out, e.Code)
		}
	}
	if len(out) == 0 {
		return []string{"-"}
	}
	return out
}

// lines names the figures and sums those that belong to one line.
func (q statsQuery) lines(ctx context.Context, list []dossier.Figures, tree *org.Tree, cat *procedure.Catalogue, in url.Values) []statsRow {
	narrow := func(pairs ...string) string {
		c := url.Values{}
		for k, v := range in {
			c[k] = v
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			c.Set(pairs[i], pairs[i+1])
		}
		return ui.PathStats + "?" + c.Encode()
	}
	at := map[string]int{}
	var rows []statsRow
	for _, f := range list {
		key, row := "", statsRow{}
		switch q.by {
		case byAgency:
			u, ok := tree.Unit(f.Agency)
			if !ok {
				key, row.name = "?", tr(ctx, "stats.gone")
				break
			}
			key, row.name = u.Key, u.In(i18n.Lang(ctx))
			row.href = narrow("cq", u.Key, "theo", byProcedure)
		case byLevel:
			u, ok := tree.Unit(f.Agency)
			if !ok {
				key, row.name = "?", tr(ctx, "stats.gone")
				break
			}
			key, row.name = u.Kind, kindName(ctx, u.Kind)
			row.href = narrow("cap", u.Kind, "theo", byAgency)
		case byField, byProcedure:
			e, ok := cat.ByCode(f.Procedure)
			switch {
			case !ok:
				key, row.name = f.Procedure, f.Procedure
			case q.by == byField:
				key, row.name, row.lang = fieldKey(e.Field.Name), e.Field.Name, viOnly(ctx)
				row.href = narrow("lv", key, "theo", byProcedure)
			default:
				key, row.name = e.Code, e.Title(i18n.Lang(ctx))
				row.href = "/thu-tuc/" + e.Code
				if e.NameEN == "" {
					row.lang = viOnly(ctx)
				}
			}
		case byChannel:
			key, row.name = strconv.Itoa(f.Channel), channelWords(ctx, f.Channel)
			row.href = narrow("kenh", key, "theo", byLevel)
		case byMonth:
			key, row.name = f.Day, monthName(f.Day)
		}
		i, ok := at[key]
		if !ok {
			i = len(rows)
			at[key] = i
			rows = append(rows, row)
		}
		rows[i].f = sum(rows[i].f, f)
	}
	if q.by != byMonth {
		slices.SortStableFunc(rows, func(a, b statsRow) int {
			if c := b.f.Received - a.f.Received; c != 0 {
				return int(max(min(c, 1), -1))
			}
			return strings.Compare(text.Fold(a.name), text.Fold(b.name))
		})
	}
	return rows
}

func sum(a, b dossier.Figures) dossier.Figures {
	a.Submitted += b.Submitted
	a.Received += b.Received
	a.Online += b.Online
	a.Refused += b.Refused
	a.Withdrawn += b.Withdrawn
	a.Stopped += b.Stopped
	a.OnTime += b.OnTime
	a.Late += b.Late
	a.Returned += b.Returned
	a.Open += b.Open
	a.Overdue += b.Overdue
	a.Paused += b.Paused
	return a
}

// monthName turns 2021-03 into 03/2021, which both languages read alike in a table of months.
func monthName(m string) string {
	y, n, ok := strings.Cut(m, "-")
	if !ok {
		return m
	}
	return n + "/" + y
}

// kindName is the word for a kind of agency; kinds are data, so one without a word is shown as it is.
func kindName(ctx context.Context, kind string) string {
	if key := "dossierweb.citizen.kind." + kind; i18n.From(ctx) != nil && i18n.From(ctx).Has(key) {
		return i18n.T(ctx, key)
	}
	return kind
}

// onTimeWords is the share of finished dossiers that were on time, or a dash where none was finished.
func onTimeWords(ctx context.Context, f dossier.Figures) string {
	if share, ok := f.OnTimeShare(); ok {
		return i18n.Percent(ctx, float64(share)/10000)
	}
	return "–"
}

// onlineWords is the share of dossiers that were filed online.
func onlineWords(ctx context.Context, f dossier.Figures) string {
	if f.Submitted == 0 {
		return "–"
	}
	return i18n.Percent(ctx, float64(f.Online)/float64(f.Submitted))
}

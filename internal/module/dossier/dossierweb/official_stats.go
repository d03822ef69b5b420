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
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
	"lienthong/internal/module/procedure"
)

// figuresPage is the officials' statistics: sums of a period, each leading to its dossiers.
type figuresPage struct {
	From, To civil.Date
	By       string // how they are broken down, as in the address
	Agency   string
	Channel  int
	Agencies []ui.Option
	Sum      dossier.Figures
	Rows     []figureRow
	Errors   []fault.Field
	Next     string // the next page of the dossiers behind a figure
	Notes    []dossier.Note
	Level    string // kind of agency
	Field    string // of government, folded
	Levels   []ui.Option
	Fields   []ui.Option
	Share    procedure.ServiceLevels

	Subscribed []*dossier.Subscription
	filter     dossier.FigureFilter
	cat        *procedure.Catalogue
	none       bool // the official may see the figures of no agency
}

type figureRow struct {
	dossier.Figures
	Name string
	Link url.Values // narrows the drill-down to this row
	Open bool       // what is open now is known for this row
}

// Levels and fields are sums of agencies and procedures, which the rollups are kept by.
const (
	groupLevel = "cap"
	groupField = "linh-vuc"
)

func figureGroup(slug string) dossier.Group {
	switch slug {
	case "co-quan", groupLevel:
		return dossier.ByAgency
	case "kenh":
		return dossier.ByChannel
	case "thang":
		return dossier.ByMonth
	case "quy":
		return dossier.ByQuarter
	case "nam":
		return dossier.ByYear
	}
	return dossier.ByProcedure
}

// figuresFilter reads period and choice from the address, within what the official may see.
func (h *Handlers) figuresFilter(r *http.Request) (*figuresPage, *org.Tree, error) {
	ctx, q := r.Context(), r.URL.Query()
	today := civil.From(h.Now())
	y, m, _ := today.YMD()
	p := &figuresPage{From: civil.Of(y, m, 1), To: today, By: q.Get("nhom"), Agency: q.Get("co-quan")}
	if d, err := dayOf(q, "tu"); err == nil {
		p.From = d
	}
	if d, err := dayOf(q, "den"); err == nil {
		p.To = d
	}
	if n, err := strconv.Atoi(q.Get("kenh")); err == nil && slices.Contains(dossier.Channels(), n) {
		p.Channel = n
	}
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return p, nil, err
	}
	who := actor.From(ctx)
	ids, all := who.Agencies(dossier.PermStats)
	p.Notes = h.Dossiers.NotesOn(p.From, p.To)
	p.filter = dossier.FigureFilter{From: p.From, To: p.To, Channels: channels(p.Channel)}
	if all {
		ids = leads(who, dossier.PermStats, tree)
	} else {
		p.filter.Agencies = ids
		p.none = len(ids) == 0 // an empty filter would select the whole province
	}
	for _, a := range ids {
		p.Agencies = append(p.Agencies, ui.Option{Value: a.String(), Label: unitName(ctx, tree, a)})
	}
	if a, err := id.Parse(p.Agency); err == nil && slices.Contains(ids, a) {
		p.filter.Agencies = []id.ID{a}
	} else {
		p.Agency = ""
	}
	for _, k := range tree.Kinds() {
		if k != org.Division {
			p.Levels = append(p.Levels, ui.Option{Value: k, Label: i18n.T(ctx, "org.kind."+k)})
		}
	}
	if kind := q.Get(groupLevel); kind != "" {
		p.Level = kind
		in := slices.Clone(p.filter.Agencies)
		if len(in) == 0 {
			in = ids
		}
		p.filter.Agencies = slices.DeleteFunc(slices.Clone(in), func(a id.ID) bool { u, ok := tree.Unit(a); return !ok || u.Kind != kind })
		p.none = p.none || len(p.filter.Agencies) == 0
	}
	if p.cat, err = h.Procedures.Catalogue(ctx); err != nil {
		return p, tree, err
	}
	p.Share = p.cat.ServiceLevels()
	for _, name := range p.cat.Fields() {
		p.Fields = append(p.Fields, ui.Option{Value: fieldKey(name), Label: name})
	}
	p.Field = q.Get(groupField)
	if c := q.Get("thu-tuc"); c != "" {
		p.filter.Procedures = []string{c}
	} else if c := q.Get(groupField); c != "" {
		p.filter.Procedures = statsQuery{field: c}.procedures(p.cat)
	}
	return p, tree, nil
}

func (h *Handlers) figuresPage(r *http.Request) (*figuresPage, error) {
	ctx := r.Context()
	p, tree, err := h.figuresFilter(r)
	if err != nil {
		return p, err
	}
	if p.Subscribed, err = h.Dossiers.Subscriptions(ctx); err != nil || p.none {
		return p, err
	}
	sums, err := h.Dossiers.Figures(ctx, p.filter, dossier.ByNothing)
	if err != nil {
		errs, _, err := troubles(err, langWord(ctx))
		p.Errors = errs
		return p, err
	}
	for _, x := range sums {
		p.Sum = x
	}
	by := figureGroup(p.By)
	list, err := h.Dossiers.Figures(ctx, p.filter, by)
	if err != nil {
		return p, err
	}
	at := map[string]int{} // rows that several lines of the rollups add up to
	for _, x := range list {
		row := figureRow{Figures: x, Link: url.Values{}, Open: !by.Timed()}
		switch {
		case p.By == groupLevel:
			kind := ""
			if u, ok := tree.Unit(x.Agency); ok {
				kind = u.Kind
				row.Name = i18n.T(ctx, "org.kind."+kind)
				row.Link.Set(groupLevel, kind)
			}
			if p.addTo(at, kind, row) {
				continue
			}
		case p.By == groupField:
			name := ""
			if e, ok := p.cat.ByCode(x.Procedure); ok {
				name = e.Field.Name
				row.Name = name
				row.Link.Set(groupField, fieldKey(name))
			}
			if p.addTo(at, name, row) {
				continue
			}
		case by == dossier.ByAgency:
			row.Name = unitName(ctx, tree, x.Agency)
			row.Link.Set("co-quan", x.Agency.String())
		case by == dossier.ByChannel:
			row.Name = channelWords(ctx, x.Channel)
			row.Link.Set("kenh", strconv.Itoa(x.Channel))
		case by.Timed():
			row.Name = timeName(ctx, x.Day)
			if from, to, ok := spanOf(x.Day); ok {
				row.Link.Set("tu", max(from, p.From).String())
				row.Link.Set("den", min(to, p.To).String())
			}
		default:
			row.Name = x.Procedure
			if e, ok := p.cat.ByCode(x.Procedure); ok {
				row.Name = e.Title(i18n.Lang(ctx))
			}
			row.Link.Set("thu-tuc", x.Procedure)
		}
		if row.Name == "" { // a unit or procedure that is no longer there: its figures stay
			row.Name = t(ctx, "dossierweb.figure_gone")
		}
		p.Rows = append(p.Rows, row)
	}
	return p, nil
}

// addTo adds the row's figures to the row that has the key already; false when there is none yet.
func (p *figuresPage) addTo(at map[string]int, key string, row figureRow) bool {
	i, ok := at[key]
	if ok {
		p.Rows[i].Figures = p.Rows[i].Plus(row.Figures)
		return true
	}
	at[key] = len(p.Rows)
	return false
}

// figures shows the statistics of the official's agencies.
func (h *Handlers) figures(w http.ResponseWriter, r *http.Request) error {
	p, err := h.figuresPage(r)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if len(p.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return web.Render(w, r, status, officialFigures(p))
}

func (h *Handlers) figuresExport(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p, err := h.figuresPage(r)
	if err != nil {
		return err
	}
	s := sheet{Name: "thong-ke-" + p.From.String() + "-" + p.To.String(), Head: []string{t(ctx, "dossierweb.figure.name")}}
	for _, k := range dossier.Drills() {
		s.Head = append(s.Head, t(ctx, "dossierweb.figure."+k))
	}
	s.Head = append(s.Head, t(ctx, "dossierweb.figure.share"))
	for _, x := range p.Rows {
		row := []any{x.Name}
		for _, k := range dossier.Drills() {
			if stands(k) && !x.Open {
				row = append(row, "")
				continue
			}
			row = append(row, x.value(k))
		}
		s.Rows = append(s.Rows, append(row, shareWords(ctx, x.Figures)))
	}
	return s.send(w, r, r.PathValue("file"))
}

// figureKeys are the columns of the page, by the names the drill-down knows them by.
func figureKeys() []string {
	return []string{"submitted", "received", "carried", "online", "sector", "on_time", "late", "open", "overdue", "paused"}
}

// value returns the number of the column.
func (x figureRow) value(key string) int64 {
	n, _ := x.Number(key)
	return n
}

func shareWords(ctx context.Context, f dossier.Figures) string {
	s, ok := f.OnTimeShare()
	if !ok {
		return "—"
	}
	return i18n.Percent(ctx, float64(s)/10000)
}

// link is the address of the dossiers behind a figure of a row.
func (p *figuresPage) link(row url.Values, key string) string {
	q := url.Values{"loai": {key}, "tu": {p.From.String()}, "den": {p.To.String()}}
	if p.Agency != "" {
		q.Set("co-quan", p.Agency)
	}
	p.narrowed(q)
	for k, v := range row {
		q[k] = v
	}
	return desk + "/thong-ke/ho-so?" + q.Encode()
}

// narrowed adds the choices of the filter to an address.
func (p *figuresPage) narrowed(q url.Values) {
	if p.Channel != 0 {
		q.Set("kenh", strconv.Itoa(p.Channel))
	}
	if p.Level != "" {
		q.Set(groupLevel, p.Level)
	}
	if p.Field != "" {
		q.Set(groupField, p.Field)
	}
}

// chart draws groups by time; the table is its twin.
func (p *figuresPage) chart(ctx context.Context) string {
	if !figureGroup(p.By).Timed() {
		return ""
	}
	var rows []statsRow
	for _, x := range p.Rows {
		rows = append(rows, statsRow{name: x.Name, f: x.Figures})
	}
	return monthChart(ctx, rows, t(ctx, "dossierweb.figures_chart"))
}

// query is the page's own state, for exports.
func (p *figuresPage) query() string {
	q := url.Values{"tu": {p.From.String()}, "den": {p.To.String()}, "nhom": {p.By}}
	if p.Agency != "" {
		q.Set("co-quan", p.Agency)
	}
	p.narrowed(q)
	return q.Encode()
}

// drillDown lists the dossiers behind a figure, as far as the official may see them.
func (h *Handlers) drillDown(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p, _, err := h.figuresFilter(r)
	if err != nil {
		return err
	}
	key := r.URL.Query().Get("loai")
	if !slices.Contains(dossier.Drills(), key) {
		return fault.New(fault.NotFound, "dossier.no_such_group")
	}
	var hits []dossier.Hit
	if !p.none {
		if hits, err = h.Dossiers.DrillDown(ctx, p.filter, key, drillAfter(r.URL.Query().Get("sau")), drillPage+1); err != nil {
			return err
		}
	}
	if len(hits) > drillPage {
		hits = hits[:drillPage]
		q, last := r.URL.Query(), hits[drillPage-1].DrillKey()
		q.Set("sau", strconv.FormatInt(last.At, 10)+"."+last.ID.String())
		p.Next = desk + "/thong-ke/ho-so?" + q.Encode()
	}
	return web.Render(w, r, http.StatusOK, officialDrillDown(p, key, hits))
}

// drillPage is how many dossiers behind a figure a page shows.
const drillPage = 50

// drillAfter reads where a page of dossiers goes on; whatever else was sent is the first page.
func drillAfter(s string) dossier.DrillKey {
	at, after, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return dossier.DrillKey{}
	}
	k, err := id.Parse(after)
	if err != nil {
		return dossier.DrillKey{}
	}
	return dossier.DrillKey{At: n, ID: k}
}

func groupOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, g := range []string{"thu-tuc", groupField, "co-quan", groupLevel, "kenh", "nam", "quy", "thang"} {
		out = append(out, ui.Option{Value: g, Label: t(ctx, "dossierweb.group."+g)})
	}
	return out
}

func channelOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, c := range dossier.Channels() {
		out = append(out, ui.Option{Value: strconv.Itoa(c), Label: channelWords(ctx, c)})
	}
	return out
}

// leads returns the agencies at which the official approves; for the whole province, all of them.
func leads(who actor.Actor, perm string, tree *org.Tree) []id.ID {
	ids, all := who.Agencies(perm)
	if !all {
		return ids
	}
	for _, u := range tree.Units() {
		if u.Kind != org.Division {
			ids = append(ids, u.ID)
		}
	}
	return ids
}

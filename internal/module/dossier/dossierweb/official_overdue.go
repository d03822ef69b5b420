package dossierweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
)

// overduePage counts what became overdue in a period, and with whom.
type overduePage struct {
	By       dossier.OverdueBy
	Filter   dossier.OverdueFilter
	Agency   string
	Agencies []ui.Option
	Groups   []dossier.OverdueGroup
	Items    []dossier.OverdueItem
	Sum      dossier.OverdueGroup
	Names    map[string]string // of procedures
	Tree     *org.Tree
	Query    url.Values
	Pager    ui.Pager
	Errors   []fault.Field
	MaySet   bool
}

// pathOverdue is the address of the report.
const pathOverdue = desk + "/qua-han"

func (h *Handlers) overdueFilter(r *http.Request) (*overduePage, error) {
	ctx, q := r.Context(), r.URL.Query()
	today := civil.From(h.Now())
	y, m, _ := today.YMD()
	p := &overduePage{By: dossier.OverdueBy(q.Get("nhom")), Query: q, Filter: dossier.OverdueFilter{From: civil.Of(y, m, 1), To: today}}
	if !slices.Contains(dossier.OverdueGroups(), p.By) {
		p.By = dossier.OverdueByAgency
	}
	if d, err := dayOf(q, "tu"); err == nil {
		p.Filter.From = d
	}
	if d, err := dayOf(q, "den"); err == nil {
		p.Filter.To = d
	}
	switch q.Get("loai") {
	case "buoc":
		p.Filter.Kind = "step"
	case "ho-so":
		p.Filter.Kind = "dossier"
	}
	p.Filter.Standing = q.Get("con") != ""
	var err error
	if p.Tree, err = h.Org.Tree(ctx); err != nil {
		return p, err
	}
	who := actor.From(ctx)
	p.MaySet = who.May(dossier.PermApprove)
	ids := leads(who, dossier.PermStats, p.Tree)
	for _, a := range ids {
		p.Agencies = append(p.Agencies, ui.Option{Value: a.String(), Label: unitName(ctx, p.Tree, a)})
	}
	if a, err := id.Parse(q.Get("co-quan")); err == nil && slices.Contains(ids, a) {
		p.Agency, p.Filter.Agencies = a.String(), []id.ID{a}
	}
	cat, err := h.Procedures.Catalogue(ctx)
	if err != nil {
		return p, err
	}
	p.Names = map[string]string{}
	for _, e := range cat.Entries() {
		p.Names[e.Code] = e.Name
	}
	return p, nil
}

// overdue shows what became overdue in the period, by the group chosen, and the list behind it.
func (h *Handlers) overdue(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p, err := h.overdueFilter(r)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if p.Groups, err = h.Dossiers.Overdue(ctx, p.Filter, p.By); err == nil {
		p.Items, err = h.Dossiers.OverdueItems(ctx, p.Filter, drillAfter(p.Query.Get("sau")), pageRows+1)
	}
	if err != nil {
		if p.Errors, status, err = troubles(err, langWord(ctx)); err != nil {
			return err
		}
	}
	for _, g := range p.Groups {
		p.Sum.Steps += g.Steps
		p.Sum.Dossiers += g.Dossiers
		p.Sum.Standing += g.Standing
	}
	if len(p.Items) > 0 {
		p.Pager = ui.Pager{From: 1, To: len(p.Items), Total: -1}
		if len(p.Items) > pageRows {
			p.Items = p.Items[:pageRows]
			k := p.Items[pageRows-1].Key()
			p.Pager.To, p.Pager.Next = pageRows, plain(ctx, "sau", placeWord(dossier.Place{Key: strconv.FormatInt(k.At, 10), ID: k.ID}))
		}
		p.Pager.Exports = []ui.Link{{Label: "XLSX", Href: p.export("xlsx")}, {Label: "CSV", Href: p.export("csv")}}
	}
	return web.Render(w, r, status, officialOverdue(p))
}

// export is the address of the list as a file.
func (p *overduePage) export(ending string) string {
	q := url.Values{}
	for _, k := range []string{"tu", "den", "nhom", "loai", "co-quan", "con"} {
		if v := p.Query.Get(k); v != "" {
			q.Set(k, v)
		}
	}
	return liveAddress(pathOverdue+"/tep/qua-han."+ending, q)
}

// overdueExport writes everything that became overdue in the period as a sheet.
func (h *Handlers) overdueExport(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p, err := h.overdueFilter(r)
	if err != nil {
		return err
	}
	s := sheet{Name: "qua-han-" + p.Filter.From.String() + "-" + p.Filter.To.String()}
	for _, k := range []string{"dossierweb.col.code", "dossierweb.overdue.kind", "dossierweb.col.procedure", "dossierweb.col.step", "dossierweb.fact.agency",
		"dossierweb.overdue.unit", "dossierweb.overdue.officer", "dossierweb.overdue.due", "dossierweb.overdue.ended", "dossierweb.overdue.minutes"} {
		s.Head = append(s.Head, t(ctx, k))
	}
	for after := (dossier.DrillKey{}); len(s.Rows) < exportRows; {
		items, err := h.Dossiers.OverdueItems(ctx, p.Filter, after, 1000)
		if err != nil {
			return err
		}
		for _, x := range items {
			s.Rows = append(s.Rows, []any{x.Code, t(ctx, "dossierweb.overdue."+x.Kind), p.Names[x.Procedure], x.Step, unitName(ctx, p.Tree, x.Agency),
				unitName(ctx, p.Tree, x.Unit), x.Name, at(ctx, x.Due), at(ctx, x.Ended), x.Minutes})
		}
		if len(items) < 1000 {
			break
		}
		after = items[len(items)-1].Key()
	}
	return s.send(w, r, r.PathValue("file"))
}

// groupName says what a row counts.
func (p *overduePage) groupName(ctx context.Context, g dossier.OverdueGroup) string {
	switch p.By {
	case dossier.OverdueByUnit:
		if g.Unit.Zero() {
			return unitName(ctx, p.Tree, g.Agency)
		}
		return unitName(ctx, p.Tree, g.Unit)
	case dossier.OverdueByOfficer:
		if g.Officer.Zero() {
			return t(ctx, "dossierweb.overdue.nobody")
		}
		return g.Name
	case dossier.OverdueByStep:
		return g.Name
	case dossier.OverdueByProcedure:
		return orElse(p.Names[g.Procedure], g.Procedure)
	}
	return unitName(ctx, p.Tree, g.Agency)
}

// groupUnder says where the row's unit, officer or step belongs.
func (p *overduePage) groupUnder(ctx context.Context, g dossier.OverdueGroup) string {
	switch p.By {
	case dossier.OverdueByUnit, dossier.OverdueByOfficer:
		return unitName(ctx, p.Tree, g.Agency)
	case dossier.OverdueByStep:
		return orElse(p.Names[g.Procedure], g.Procedure)
	}
	return ""
}

// worked says office minutes in working days and hours.
func worked(ctx context.Context, minutes int64) string {
	const day = 480
	n := int(max(minutes, 0))
	return worktime.Amount(n, day, i18n.Lang(ctx))
}

func overdueGroups(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, g := range dossier.OverdueGroups() {
		out = append(out, ui.Option{Value: string(g), Label: t(ctx, "dossierweb.overdue.by_"+string(g))})
	}
	return out
}

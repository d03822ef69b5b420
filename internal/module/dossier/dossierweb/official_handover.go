package dossierweb

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
)

// pile is what lies on this side's table for one division.
type pile struct {
	To    id.ID
	Name  string
	Items []*dossier.WorkItem
}

// handoverPage shows the piles and the lists of both sides.
type handoverPage struct {
	Piles  []pile
	In     []*dossier.Handover // lists that wait for this side
	Lists  []*dossier.Handover
	Tree   *org.Tree
	Me     actor.Actor
	Errors []fault.Field
	Query  url.Values
	Filter dossier.HandoverFilter
	Pager  ui.Pager
}

// handoverDays is how far back the lists are shown unless the address says otherwise.
const handoverDays = 30

func (h *Handlers) handoverPage(r *http.Request) (handoverPage, error) {
	ctx := r.Context()
	p := handoverPage{Me: actor.From(ctx), Query: r.URL.Query()}
	today := civil.From(h.Now())
	p.Filter = dossier.HandoverFilter{From: today - handoverDays, To: today}
	if d, err := dayOf(p.Query, "tu"); err == nil {
		p.Filter.From = d
	}
	if d, err := dayOf(p.Query, "den"); err == nil {
		p.Filter.To = d
	}
	var err error
	if p.Tree, err = h.Org.Tree(ctx); err != nil {
		return p, err
	}
	waiting, err := h.Dossiers.Waiting(ctx)
	if err != nil {
		return p, err
	}
	place := map[id.ID]int{}
	for _, x := range waiting {
		i, ok := place[x.Task.Unit]
		if !ok {
			i = len(p.Piles)
			place[x.Task.Unit] = i
			p.Piles = append(p.Piles, pile{To: x.Task.Unit, Name: unitPath(ctx, p.Tree, x.Task.Unit)})
		}
		p.Piles[i].Items = append(p.Piles[i].Items, x)
	}
	for i := range p.Piles {
		sortRows(p.Piles[i].Items, p.Query, "", pileKeys())
	}
	// What waits to be confirmed is shown however old it is.
	waits, err := h.Dossiers.Handovers(ctx, dossier.HandoverFilter{State: "sent"})
	if err != nil {
		return p, err
	}
	for _, l := range waits {
		if p.taker(l) {
			p.In = append(p.In, l)
		}
	}
	if p.Lists, err = h.Dossiers.Handovers(ctx, p.Filter); err != nil {
		return p, err
	}
	p.Lists = slices.DeleteFunc(p.Lists, func(l *dossier.Handover) bool { return l.State == "sent" && p.taker(l) })
	keys := p.keys(ctx)
	sortRows(p.In, p.Query, "-luc", keys)
	sortRows(p.Lists, p.Query, "-luc", keys)
	q := liveAddress("", p.Query)
	p.Pager = ui.Pager{Total: len(p.Lists), Exports: []ui.Link{{Label: "XLSX", Href: desk + "/ban-giao-tep/ban-giao.xlsx" + q},
		{Label: "CSV", Href: desk + "/ban-giao-tep/ban-giao.csv" + q}}}
	return p, nil
}

// pileKeys compares the dossiers of a pile by the columns it shows.
func pileKeys() map[string]func(a, b *dossier.WorkItem) int {
	return map[string]func(a, b *dossier.WorkItem) int{
		"ma": func(a, b *dossier.WorkItem) int { return strings.Compare(a.Code, b.Code) },
		"thu-tuc": func(a, b *dossier.WorkItem) int {
			return strings.Compare(text.Fold(a.Procedure), text.Fold(b.Procedure))
		},
		"nguoi-nop": func(a, b *dossier.WorkItem) int {
			return strings.Compare(text.SortName(a.Applicant), text.SortName(b.Applicant))
		},
	}
}

// keys compares lists by the columns the page shows.
func (p handoverPage) keys(ctx context.Context) map[string]func(a, b *dossier.Handover) int {
	name := func(u id.ID) string { return text.Fold(unitName(ctx, p.Tree, u)) }
	return map[string]func(a, b *dossier.Handover) int{
		"luc": func(a, b *dossier.Handover) int { return a.Given.Compare(b.Given) },
		"ben-giao": func(a, b *dossier.Handover) int {
			return cmp.Or(strings.Compare(name(a.From), name(b.From)), strings.Compare(text.SortName(a.GivenBy), text.SortName(b.GivenBy)))
		},
		"ben-nhan":   func(a, b *dossier.Handover) int { return strings.Compare(name(a.To), name(b.To)) },
		"trang-thai": func(a, b *dossier.Handover) int { return strings.Compare(b.State, a.State) },
	}
}

// handoversExport writes the lists of the period as a sheet.
func (h *Handlers) handoversExport(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p, err := h.handoverPage(r)
	if err != nil {
		return err
	}
	s := sheet{Name: "ban-giao", Head: []string{t(ctx, "dossierweb.given_at"), t(ctx, "dossierweb.from"), t(ctx, "dossierweb.given_by"),
		t(ctx, "dossierweb.to"), t(ctx, "dossierweb.col.status"), t(ctx, "dossierweb.taken_at"), t(ctx, "dossierweb.taken_by")}}
	for _, l := range append(slices.Clone(p.In), p.Lists...) {
		state := t(ctx, "dossierweb.handover_sent")
		if l.State == "confirmed" {
			state = t(ctx, "dossierweb.handover_confirmed")
		}
		s.Rows = append(s.Rows, []any{at(ctx, l.Given), unitName(ctx, p.Tree, l.From), l.GivenBy, unitName(ctx, p.Tree, l.To), state, at(ctx, l.Taken), l.TakenBy})
	}
	return s.send(w, r, r.PathValue("file"))
}

// taker tells whether the list is for this side to confirm.
func (p handoverPage) taker(l *dossier.Handover) bool {
	return p.Me.Unit == l.To || p.Me.Agency == l.To
}

// handovers shows what is to be carried over and what waits to be confirmed.
func (h *Handlers) handovers(w http.ResponseWriter, r *http.Request) error {
	p, err := h.handoverPage(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, officialHandovers(p))
}

// handOver makes a list of the chosen dossiers for one division.
func (h *Handlers) handOver(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	to, err := idOf(in.Get("noi-nhan"))
	if err != nil {
		return err
	}
	var tasks []id.ID
	for _, s := range in["viec"] {
		x, err := idOf(s)
		if err != nil {
			return err
		}
		tasks = append(tasks, x)
	}
	var l *dossier.Handover
	if len(tasks) == 0 {
		err = fault.New(fault.Invalid, "dossierweb.select_first")
	} else {
		l, err = h.Dossiers.HandOver(ctx, to, tasks)
	}
	if err != nil {
		errs, status, err := troubles(err, langWord(ctx))
		if err != nil {
			return err
		}
		p, err := h.handoverPage(r)
		if err != nil {
			return err
		}
		p.Errors = errs
		return web.Render(w, r, status, officialHandovers(p))
	}
	web.Flash(w, r, ui.OK, "dossierweb.done.handed_over")
	return web.Redirect(w, r, handoverPath(l.ID))
}

func handoverPath(x id.ID) string { return desk + "/ban-giao/" + x.String() }

// handoverList is one list as a page.
type handoverList struct {
	*dossier.Handover
	FromName, ToName string
	May              bool // this side confirms it
	Missing          map[id.ID]bool
	Remarks          map[id.ID]string
	Me               actor.Actor
	Superior, Agency string
	Errors           []fault.Field
}

func (h *Handlers) handoverList(r *http.Request) (handoverList, error) {
	ctx := r.Context()
	x, err := idOf(r.PathValue("id"))
	if err != nil {
		return handoverList{}, fault.New(fault.NotFound, "dossier.no_handover")
	}
	p := handoverList{Me: actor.From(ctx), Missing: map[id.ID]bool{}, Remarks: map[id.ID]string{}}
	if p.Handover, err = h.Dossiers.Handover(ctx, x); err != nil {
		return p, err
	}
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return p, err
	}
	p.FromName, p.ToName = unitPath(ctx, tree, p.From), unitPath(ctx, tree, p.To)
	p.Superior, p.Agency = headOf(tree, p.Handover.Agency)
	p.May = p.State == "sent" && (p.Me.Unit == p.To || p.Me.Agency == p.To)
	return p, nil
}

func (h *Handlers) handover(w http.ResponseWriter, r *http.Request) error {
	p, err := h.handoverList(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, officialHandover(p))
}

func (h *Handlers) handoverPrint(w http.ResponseWriter, r *http.Request) error {
	p, err := h.handoverList(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, printHandover(p))
}

// takeOver confirms a list: what was not found on the pile stays with the giver, with a remark.
func (h *Handlers) takeOver(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	p, err := h.handoverList(r)
	if err != nil {
		return err
	}
	got := map[string]bool{}
	for _, s := range in["co"] {
		got[s] = true
	}
	var found []id.ID
	for _, it := range p.Items {
		k := it.Task.String()
		p.Remarks[it.Task] = in.Get("ghi-chu." + k)
		if got[k] {
			found = append(found, it.Task)
		} else {
			p.Missing[it.Task] = true
			if p.Remarks[it.Task] == "" {
				p.Errors = append(p.Errors, fault.Field{Path: "ghi-chu." + k, Key: "dossierweb.missing_remark", Args: fault.Args("code", it.Code)})
			}
		}
	}
	if len(p.Errors) > 0 {
		return web.Render(w, r, http.StatusUnprocessableEntity, officialHandover(p))
	}
	if _, err := h.Dossiers.TakeOver(r.Context(), p.ID, found, p.Remarks); err != nil {
		errs, status, err := troubles(err, langWord(r.Context()))
		if err != nil {
			return err
		}
		p.Errors = errs
		return web.Render(w, r, status, officialHandover(p))
	}
	web.Flash(w, r, ui.OK, "dossierweb.done.taken_over")
	return web.Redirect(w, r, handoverPath(p.ID))
}

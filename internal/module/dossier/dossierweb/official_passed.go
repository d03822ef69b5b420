package dossierweb

import (
	"net/http"
	"net/url"
	"strconv"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
)

// passedPage is what this side passed on and can still take back.
type passedPage struct {
	Items  []*dossier.Passed
	Filter dossier.PassedFilter
	Query  url.Values
	Tree   *org.Tree
	Me     actor.Actor
	Pager  ui.Pager
	Deeper bool
	Errors []fault.Field
}

func passedFilter(q url.Values) dossier.PassedFilter {
	return dossier.PassedFilter{Mine: q.Get("cua") == "toi", Text: q.Get("tu"), Order: orderOf(q, passedColumns()), After: listPlace(q)}
}

// passed lists the transfers that nobody has accepted.
func (h *Handlers) passed(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p := passedPage{Query: r.URL.Query(), Me: actor.From(ctx)}
	p.Filter = passedFilter(p.Query)
	p.Deeper = !p.Filter.After.ID.Zero()
	var err error
	if p.Tree, err = h.Org.Tree(ctx); err != nil {
		return err
	}
	p.Filter.Limit = pageRows + 1
	p.Items, err = h.Dossiers.Passed(ctx, p.Filter)
	if tooLong(err) {
		p.Errors, _, _ = troubles(err, langWord(ctx))
		p.Query.Del("xep")
		p.Filter.Order, p.Filter.After = dossier.Order{}, dossier.Place{}
		p.Items, err = h.Dossiers.Passed(ctx, p.Filter)
	}
	if err != nil {
		return err
	}
	start, _ := strconv.Atoi(p.Query.Get("stt"))
	start = max(start, 0)
	p.Pager = ui.Pager{From: start + 1, Total: -1}
	if len(p.Items) > pageRows {
		p.Items = p.Items[:pageRows]
		p.Pager.Next = plain(ctx, "sau", placeWord(p.Items[pageRows-1].Place()), "stt", strconv.Itoa(start+pageRows))
	}
	p.Pager.To = start + len(p.Items)
	if len(p.Items) == 0 {
		p.Pager = ui.Pager{}
	}
	q := url.Values{}
	for _, k := range []string{"cua", "tu", "xep"} {
		if v := p.Query.Get(k); v != "" {
			q.Set(k, v)
		}
	}
	p.Pager.Exports = []ui.Link{{Label: "XLSX", Href: liveAddress(desk+"/da-chuyen/da-chuyen.xlsx", q)}, {Label: "CSV", Href: liveAddress(desk+"/da-chuyen/da-chuyen.csv", q)}}
	return web.Render(w, r, http.StatusOK, officialPassed(p))
}

// passedExport writes the list with its filters as a sheet.
func (h *Handlers) passedExport(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return err
	}
	f := passedFilter(r.URL.Query())
	f.After, f.Limit = dossier.Place{}, 200
	s := sheet{Name: "ho-so-da-chuyen", Head: []string{t(ctx, "dossierweb.col.code"), t(ctx, "dossierweb.col.procedure"), t(ctx, "dossierweb.col.applicant"),
		t(ctx, "dossierweb.passed_to"), t(ctx, "dossierweb.col.step"), t(ctx, "dossierweb.passed_at"), t(ctx, "dossierweb.passed_by")}}
	for len(s.Rows) < exportRows {
		items, err := h.Dossiers.Passed(ctx, f)
		if tooLong(err) {
			f.Order = dossier.Order{}
			items, err = h.Dossiers.Passed(ctx, f)
		}
		if err != nil {
			return err
		}
		for _, x := range items {
			s.Rows = append(s.Rows, []any{x.Code, x.Procedure, x.Applicant, unitPath(ctx, tree, x.Task.Unit), x.Task.Name, at(ctx, x.Task.Created), doneBy(x, actor.From(ctx).Account, actor.From(ctx).Name)})
		}
		if len(items) < f.Limit {
			break
		}
		f.After = items[len(items)-1].Place()
	}
	return s.send(w, r, r.PathValue("file"))
}

// doneBy names who passed a dossier on: "you", or a colleague as far as the step names one.
func doneBy(x *dossier.Passed, me id.ID, you string) string {
	switch {
	case x.Done == nil:
		return ""
	case x.Done.DoneBy == me && you != "":
		return you
	}
	return x.Done.AssigneeBy
}

package dossierweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
)

const (
	pageRows   = 50
	exportRows = 5000 // rows of one export; more than an agency has open
)

// dueFilter says in addresses which deadlines a list shows.
func dueFilter(slug string) string {
	switch slug {
	case "qua-han":
		return "overdue"
	case "hom-nay":
		return "today"
	case "sap-den":
		return "soon"
	case "trong-han":
		return "later"
	case "tam-dung":
		return "paused"
	}
	return ""
}

// taskActions are the actions people filter by, in the order of a dossier's way.
func taskActions() []string {
	return []string{"receive", "assign", "examine", "verify", "inspect", "consult", "council", "post", "check", "sign", "approve",
		"duty", "pay", "tax", "number", "return", "residence", "insurance"}
}

// workFilter reads the list's state from the address.
func workFilter(q url.Values) dossier.WorkFilter {
	f := dossier.WorkFilter{Mine: q.Get("cua") == "toi", Free: q.Get("cua") == "chua-nhan", Due: dueFilter(q.Get("han")),
		Field: q.Get("linh-vuc"), Action: q.Get("viec"), Text: q.Get("tu")}
	f.Order, f.After = orderOf(q, workColumns()), listPlace(q)
	return f
}

// workPage is what the worklist shows.
type workPage struct {
	Title   string
	Items   []*dossier.WorkItem
	Counts  dossier.WorkCounts
	Filter  dossier.WorkFilter
	Query   url.Values
	Fields  []ui.Option
	Actions []ui.Option
	Pager   ui.Pager
	Deeper  bool // not the first page
	Fixed   bool // the page is about one action and offers no choice of it
	Path    string
	Me      actor.Actor
	Now     func(w *dossier.WorkItem) ui.Deadline
	State   string        // of the list, for the dossiers opened from it
	Errors  []fault.Field // why the list is not sorted as asked
}

// worklist shows the open tasks the official may do, the most urgent first.
func (h *Handlers) worklist(w http.ResponseWriter, r *http.Request) error {
	return h.showWork(w, r, workFilter(r.URL.Query()), desk)
}

// newcomers shows the dossiers filed online that wait for receipt.
func (h *Handlers) newcomers(w http.ResponseWriter, r *http.Request) error {
	f := workFilter(r.URL.Query())
	f.Action = dossier.ActionReceive
	return h.showWork(w, r, f, desk+"/moi")
}

func (h *Handlers) showWork(w http.ResponseWriter, r *http.Request, f dossier.WorkFilter, path string) error {
	ctx := r.Context()
	p := workPage{Title: t(ctx, "dossierweb.worklist"), Filter: f, Query: r.URL.Query(), Path: path, Deeper: !f.After.ID.Zero(),
		Fixed: path != desk, Me: actor.From(ctx)}
	if p.Fixed {
		p.Title = t(ctx, "dossierweb.newcomers")
	}
	now := h.Now()
	p.Now = func(x *dossier.WorkItem) ui.Deadline { return itemDeadline(ctx, now, x) }
	var err error
	if p.Counts, err = h.Dossiers.Counts(ctx); err != nil {
		return err
	}
	f.Limit = pageRows + 1
	p.State = listState(p.Query, p.Fixed)
	if p.Items, err = h.Dossiers.Worklist(ctx, f); tooLong(err) {
		p.Errors, _, _ = troubles(err, langWord(ctx))
		p.Query.Del("xep")
		f.Order, f.After = dossier.Order{}, dossier.Place{}
		p.Items, err = h.Dossiers.Worklist(ctx, f)
	}
	if err != nil {
		return err
	}
	start, _ := strconv.Atoi(p.Query.Get("stt"))
	start = max(start, 0)
	p.Pager = ui.Pager{From: start + 1, Total: p.total()}
	if len(p.Items) > pageRows {
		p.Items = p.Items[:pageRows]
		p.Pager.Next = plain(ctx, "sau", placeWord(p.Items[pageRows-1].Place()), "stt", strconv.Itoa(start+pageRows))
	}
	p.Pager.To = start + len(p.Items)
	if len(p.Items) == 0 {
		p.Pager = ui.Pager{Total: 0}
	}
	p.Pager.Exports = []ui.Link{{Label: "XLSX", Href: h.exportHref(r, "danh-sach.xlsx", p.Fixed)}, {Label: "CSV", Href: h.exportHref(r, "danh-sach.csv", p.Fixed)}}
	if p.Fields, err = h.fieldOptions(ctx, f.Field); err != nil {
		return err
	}
	p.Actions = actionOptions(ctx, f.Action)
	return web.Render(w, r, http.StatusOK, worklistPage(p))
}

// due is the list's address with another choice of deadlines.
func (p workPage) due(slug string) string {
	q := url.Values{}
	for k, v := range p.Query {
		if k != "han" && k != "sau" && k != "stt" {
			q[k] = v
		}
	}
	if slug != "" {
		q.Set("han", slug)
	}
	return liveAddress(p.Path, q)
}

// total is the number of rows of all pages, as far as the counts above the list tell it.
func (p workPage) total() int {
	f := p.Filter
	if f.Free || f.Field != "" || f.Action != "" || f.Text != "" {
		return -1
	}
	if f.Mine {
		if f.Due == "" {
			return p.Counts.Mine
		}
		return -1
	}
	switch f.Due {
	case "overdue":
		return p.Counts.Overdue
	case "today":
		return p.Counts.Today
	case "soon":
		return p.Counts.Soon
	case "later":
		return p.Counts.Later
	case "paused":
		return p.Counts.Paused
	}
	return p.Counts.All
}

// plain is the present address with some parameters changed, without the language's prefix, as
// links of components want it.
func plain(ctx context.Context, pairs ...string) string {
	e := ui.From(ctx)
	q := url.Values{}
	for k, v := range e.Query {
		q[k] = v
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Del(pairs[i])
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if s := q.Encode(); s != "" {
		return e.Path + "?" + s
	}
	return e.Path
}

func (h *Handlers) exportHref(r *http.Request, file string, fixed bool) string {
	q := r.URL.Query()
	if fixed {
		q.Set("trang", "moi")
	}
	q.Del("sau")
	q.Del("stt")
	if s := q.Encode(); s != "" {
		return desk + "/danh-sach/" + file + "?" + s
	}
	return desk + "/danh-sach/" + file
}

// fieldOptions are the fields of government that dossiers can be filtered by: each once.
func (h *Handlers) fieldOptions(ctx context.Context, chosen string) ([]ui.Option, error) {
	cat, err := h.Procedures.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	var out []ui.Option
	seen := map[string]bool{}
	for _, e := range cat.Entries() {
		c := e.Field.Code
		if c == "" {
			c = e.Field.Name // as dossier.FieldKey
		}
		if c != "" && !seen[c] {
			seen[c] = true
			out = append(out, ui.Option{Value: c, Label: e.Field.Name})
		}
	}
	slices.SortFunc(out, func(a, b ui.Option) int { return strings.Compare(a.Label, b.Label) })
	if chosen != "" && !seen[chosen] {
		out = append(out, ui.Option{Value: chosen, Label: chosen})
	}
	return out, nil
}

func actionOptions(ctx context.Context, chosen string) []ui.Option {
	list := taskActions()
	if chosen != "" && !slices.Contains(list, chosen) {
		list = append(list, chosen)
	}
	var out []ui.Option
	for _, a := range list {
		out = append(out, ui.Option{Value: a, Label: actionWords(ctx, a)})
	}
	return out
}

// actionWords names an action; a process may use actions this program has no word for.
func actionWords(ctx context.Context, action string) string {
	if key := "dossierweb.action." + action; i18n.From(ctx) != nil && i18n.From(ctx).Has(key) {
		return t(ctx, key)
	}
	return action
}

// worklistExport writes the list with its filters as a sheet.
func (h *Handlers) worklistExport(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f := workFilter(r.URL.Query())
	f.After, f.Limit = dossier.Place{}, 200
	if r.URL.Query().Get("trang") == "moi" {
		f.Action = dossier.ActionReceive
	}
	now := h.Now()
	s := sheet{Name: "danh-sach-ho-so", Head: []string{t(ctx, "dossierweb.col.code"), t(ctx, "dossierweb.col.procedure"),
		t(ctx, "dossierweb.col.applicant"), t(ctx, "dossierweb.col.step"), t(ctx, "dossierweb.col.assignee"), t(ctx, "dossierweb.col.status"),
		t(ctx, "dossierweb.col.channel"), t(ctx, "dossierweb.col.due"), t(ctx, "dossierweb.col.left")}}
	for len(s.Rows) < exportRows {
		items, err := h.Dossiers.Worklist(ctx, f)
		if tooLong(err) {
			f.Order = dossier.Order{}
			items, err = h.Dossiers.Worklist(ctx, f)
		}
		if err != nil {
			return err
		}
		for _, x := range items {
			d := itemDeadline(ctx, now, x)
			s.Rows = append(s.Rows, []any{x.Code, x.Procedure, x.Applicant, x.Task.Name, x.Task.AssigneeBy, statusWords(ctx, x.Status),
				channelWords(ctx, x.Channel), at(ctx, x.Task.DossierDue), d.Words})
		}
		if len(items) < f.Limit {
			break
		}
		f.After = items[len(items)-1].Place()
	}
	return s.send(w, r, r.PathValue("file"))
}

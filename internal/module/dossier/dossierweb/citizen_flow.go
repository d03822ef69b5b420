package dossierweb

import (
	"context"
	"net/http"
	"strings"

	"lienthong/internal/engine/form"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/procedure"
)

// Pages of the way to a dossier that are no question pages of the form.
const (
	slugOptions = "tuy-chon"
	slugPapers  = "giay-to"
	slugCheck   = "kiem-tra"
	slugDrop    = "huy"
)

// slugOf returns the address of a question page. A form may call a page by a word that this
// package uses itself.
func slugOf(page string) string {
	switch page {
	case slugOptions, slugPapers, slugCheck, slugDrop:
		return "trang-" + page
	}
	return page
}

// flow is a draft on its way: the procedure, the pages that its answers make visible, and what
// still keeps it from being filed.
type flow struct {
	draft    *dossier.Draft
	proc     *procedure.Compiled
	pages    []form.Page
	problems []fault.Field // in the language of the page
	known    map[string]any
}

// stop is one page of the way.
type stop struct {
	slug, title string
	page        *form.Page // nil for the pages of this package
}

// flow loads the citizen's draft. Of a draft that has been filed it returns errFiled.
func (h citizen) flow(ctx context.Context, r *http.Request) (*flow, error) {
	draft, err := pathID(r, "draft")
	if err != nil {
		return nil, err
	}
	d, err := h.Dossiers.Draft(ctx, draft)
	if fault.KindOf(err) == fault.NotFound {
		if done, err := h.Dossiers.Get(ctx, draft); err == nil && dossier.Owns(actor.From(ctx), done) {
			return nil, filedError{done.Code}
		}
	}
	if err != nil {
		return nil, err
	}
	if d.Channel != dossier.Online {
		return nil, fault.New(fault.NotFound, "dossier.draft_gone")
	}
	f := &flow{draft: d}
	if f.proc, err = h.Procedures.ByVersion(ctx, d.ProcedureVersion); err != nil {
		return nil, err
	}
	if f.known, err = h.known(ctx); err != nil {
		return nil, err
	}
	return f, h.look(ctx, f)
}

// look finds the visible pages and the problems of the answers as they stand now.
func (h citizen) look(ctx context.Context, f *flow) error {
	f.pages = nil
	if f.proc.Form != nil {
		f.pages = f.proc.Form.Pages(f.draft.Data)
	}
	bad, err := h.Dossiers.Problems(ctx, f.draft)
	f.problems = form.Localise(bad, i18n.Lang(ctx))
	return err
}

// filedError says that a draft has become the dossier with the code.
type filedError struct{ code string }

func (e filedError) Error() string { return "the draft was filed as " + e.code }

// filed leads from the pages of a draft that was filed to the dossier it became.
func filed(w http.ResponseWriter, r *http.Request, err error) error {
	if e, ok := err.(filedError); ok {
		return web.Redirect(w, r, ownPath(e.code))
	}
	return err
}

// ownPath is the address of a citizen's own dossier, or of a page below it.
func ownPath(code string, below ...string) string {
	return strings.Join(append([]string{"/toi/ho-so", code}, below...), "/")
}

func draftPath(draft id.ID, slug string) string { return "/nop/" + draft.String() + "/" + slug }

// stops returns the pages of the way in their order.
func (f *flow) stops(ctx context.Context) []stop {
	lang := i18n.Lang(ctx)
	var out []stop
	for i := range f.pages {
		out = append(out, stop{slugOf(f.pages[i].ID), f.pages[i].Title.In(lang), &f.pages[i]})
	}
	return append(out, stop{slug: slugOptions, title: optionsTitle(ctx, f)}, stop{slug: slugPapers, title: tr(ctx, "papers.title")},
		stop{slug: slugCheck, title: tr(ctx, "check.title")})
}

// index returns the place of the page on the way, or -1.
func index(stops []stop, slug string) int {
	for i, s := range stops {
		if s.slug == slug {
			return i
		}
	}
	return -1
}

// concerns tells whether the finding is about the page: one of its fields, or an item of one.
func (s stop) concerns(path string) bool {
	switch {
	case s.slug == slugPapers && s.page == nil:
		return strings.HasPrefix(path, "paper.")
	case s.page == nil:
		return false
	}
	for _, f := range s.page.Fields {
		if path == f.Path || strings.HasPrefix(path, f.Path+"/") {
			return true
		}
	}
	return false
}

// problemsOf returns the findings about one page.
func (f *flow) problemsOf(s stop) []fault.Field {
	var out []fault.Field
	for _, p := range f.problems {
		if s.concerns(p.Path) {
			out = append(out, p)
		}
	}
	return out
}

// steps shows the way at the side: what has been filled in, where the citizen is, what is ahead.
// A page counts as filled in once it has been passed without a problem.
func (f *flow) steps(ctx context.Context, slug string) []ui.Step {
	stops := f.stops(ctx)
	far, at := index(stops, f.draft.Page), index(stops, slug)
	far = max(far, at)
	out := make([]ui.Step, len(stops))
	for i, s := range stops {
		out[i].Label = s.title
		switch {
		case i == at:
			out[i].State = "current"
			continue
		case i > far:
			continue
		}
		out[i].Href = draftPath(f.draft.ID, s.slug)
		if len(f.problemsOf(s)) == 0 && s.slug != slugCheck {
			out[i].State = "done"
		} else if s.slug != slugCheck {
			out[i].Note = tr(ctx, "step.incomplete")
		}
	}
	return out
}

// back is the link to the page before.
func (f *flow) back(ctx context.Context, slug string) ui.Link {
	stops := f.stops(ctx)
	if i := index(stops, slug); i > 0 {
		return ui.Link{Label: tr(ctx, "back_to", "page", stops[i-1].title), Href: draftPath(f.draft.ID, stops[i-1].slug)}
	}
	return ui.Link{Label: tr(ctx, "back_to_procedure"), Href: "/thu-tuc/" + f.draft.ProcedureCode}
}

// next is the slug of the page after.
func (f *flow) next(ctx context.Context, slug string) string {
	stops := f.stops(ctx)
	if i := index(stops, slug); i >= 0 && i+1 < len(stops) {
		return stops[i+1].slug
	}
	return slugCheck
}

// title is the procedure's name in the language of the page.
func (f *flow) title(ctx context.Context) string { return f.proc.Record.Title(i18n.Lang(ctx)) }

// reach notes the furthest page that was sent or typed on, so that coming back leads on from there.
func (f *flow) reach(ctx context.Context, slug string) {
	stops := f.stops(ctx)
	if index(stops, slug) > index(stops, f.draft.Page) {
		f.draft.Page = slug
	}
}

// page is the frame of every page of the way.
func (f *flow) page(ctx context.Context, slug, title string, errs []fault.Field) ui.Page {
	return ui.Page{Title: title, Errors: errs, Back: f.back(ctx, slug), Current: "/toi"}
}

// saved is the sentence about the draft's last saving.
func (f *flow) saved(ctx context.Context) string {
	if f.draft.Version <= 1 {
		return ""
	}
	if civil.From(f.draft.Updated) == civil.From(f.draft.Created) {
		return i18n.T(ctx, "dossierweb.citizen.saved_at", "at", i18n.Time(ctx, f.draft.Updated))
	}
	return i18n.T(ctx, "dossierweb.citizen.saved_at", "at", i18n.DateTime(ctx, f.draft.Updated))
}

// resume leads to the page a draft was left at.
func (h citizen) resume(w http.ResponseWriter, r *http.Request) error {
	f, err := h.flow(r.Context(), r)
	if err != nil {
		return filed(w, r, err)
	}
	stops := f.stops(r.Context())
	i := index(stops, f.draft.Page)
	if i >= 0 && i+1 < len(stops) && len(f.problemsOf(stops[i])) == 0 {
		i++ // that page is in order, so the one after it waits
	}
	return web.Redirect(w, r, draftPath(f.draft.ID, stops[max(i, 0)].slug))
}

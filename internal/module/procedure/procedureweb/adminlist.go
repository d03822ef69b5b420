package procedureweb

import (
	"context"
	"net/http"
	"net/url"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/procedure"
)

// mayAll tells whether the actor holds the permission for the whole province, which the catalogue
// itself needs; an agency's editor sees the pages and switches the agency's offers.
func mayAll(ctx context.Context, perm string) bool {
	_, all := actor.From(ctx).Agencies(perm)
	return all
}

type listView struct {
	query procedure.ListQuery
	rows  []procedure.Listed
	next  string
	all   bool
}

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in := r.URL.Query()
	q := procedure.ListQuery{Text: clipRunes(in.Get("q"), 200), Filter: in.Get("loc"), After: in.Get("sau"), Limit: 50}
	rows, more, err := h.Procedures.List(ctx, actor.From(ctx), q)
	if err != nil {
		return err
	}
	v := listView{query: q, rows: rows, all: mayAll(ctx, procedure.PermEdit)}
	if more {
		in.Set("sau", rows[len(rows)-1].Code)
		v.next = PathAdmin + "?" + in.Encode()
	}
	return web.Render(w, r, http.StatusOK, listPage(v))
}

// exports are the links to the two export formats.
func exports() []ui.Link {
	return []ui.Link{{Label: "XLSX", Href: PathAdmin + "/xuat.xlsx"}, {Label: "JSON", Href: PathAdmin + "/xuat.json"}}
}

func (h *Handlers) exportJSON(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="thu-tuc.json"`)
	return h.exported(w, h.Procedures.ExportJSON(r.Context(), w, r.URL.Query()["ma"]...))
}

func (h *Handlers) exportXLSX(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	w.Header().Set("Content-Disposition", `attachment; filename="thu-tuc.xlsx"`)
	return h.exported(w, h.Procedures.ExportXLSX(r.Context(), w, r.URL.Query()["ma"]...))
}

// exported takes the headers of a download off an answer that became an error page.
func (h *Handlers) exported(w http.ResponseWriter, err error) error {
	if err != nil {
		w.Header().Del("Content-Disposition")
	}
	return err
}

// versionsView is the administrators' page of one procedure.
type versionsView struct {
	code, name string
	list       []procedure.Version
	draft      *procedure.Version
	current    *procedure.Version
	processes  map[id.ID]int // which version of its process a version carries
	all        bool          // may edit
	publish    bool
}

func (h *Handlers) versions(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := versionsView{code: r.PathValue("code"), all: mayAll(ctx, procedure.PermEdit), publish: mayAll(ctx, procedure.PermPublish)}
	var err error
	if v.list, err = h.Procedures.Versions(ctx, v.code); err != nil {
		return err
	}
	for i := range v.list {
		switch v.list[i].State {
		case procedure.Draft:
			v.draft = &v.list[i]
		case procedure.Published:
			v.current = &v.list[i]
		}
	}
	newest, err := h.Procedures.Version(ctx, actor.From(ctx), v.list[0].ID)
	if err != nil {
		return err
	}
	v.name = newest.Record.Title(i18n.Lang(ctx))
	if v.processes, err = h.Procedures.ProcessNumbers(ctx, v.code); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, versionsPage(v))
}

// stateKind is the tone of a version's state.
func stateKind(s procedure.State) ui.Kind {
	switch s {
	case procedure.Published:
		return ui.OK
	case procedure.Draft:
		return ui.Info
	}
	return ui.Idle
}

// versionNote tells when a version was made, published and retired.
func versionNote(ctx context.Context, v procedure.Version) string {
	s := t(ctx, "admin.created_at", "at", v.CreatedAt)
	if !v.PublishedAt.IsZero() {
		s = t(ctx, "admin.published_at", "at", v.PublishedAt)
	}
	if !v.RetiredAt.IsZero() {
		s += " · " + t(ctx, "admin.retired_at", "at", v.RetiredAt)
	}
	return s
}

func adminPath(code string, more string) string {
	return PathAdmin + "/" + url.PathEscape(code) + more
}

func crumbs(ctx context.Context, links ...ui.Link) []ui.Link {
	return append([]ui.Link{{Label: t(ctx, "admin.title"), Href: PathAdmin}}, links...)
}

// filters are the choices of the list's filter.
func filters() [][2]string {
	return [][2]string{{"", "admin.any"}, {procedure.OnlyPublished, "admin.published"},
		{procedure.WithDraft, "admin.with_draft"}, {procedure.Unpublished, "admin.unpublished"}}
}

// retry tells whether an error belongs on the form again instead of on an error page.
func retry(err error) *fault.Error {
	f := fault.As(err)
	if f == nil {
		return nil
	}
	switch f.Kind {
	case fault.Invalid, fault.Conflict, fault.TooLarge:
		return f
	}
	return nil
}

// fieldsOf returns what is wrong for the summary of a form: the fields, or the fault itself.
func fieldsOf(ctx context.Context, f *fault.Error) []fault.Field {
	if f == nil {
		return nil
	}
	if len(f.Fields) > 0 {
		return localise(ctx, f.Fields)
	}
	return []fault.Field{{Key: f.Key, Args: f.Args}}
}

// statusOf is the HTTP status of a form that is shown again.
func statusOf(f *fault.Error) int {
	switch {
	case f == nil:
		return http.StatusOK
	case f.Kind == fault.Conflict:
		return http.StatusConflict
	case f.Kind == fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusUnprocessableEntity
}

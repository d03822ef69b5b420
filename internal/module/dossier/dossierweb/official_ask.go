package dossierweb

import (
	"context"
	"net/http"
	"net/url"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/procedure"
)

// askPage is a page that asks for what one act on a dossier needs.
type askPage struct {
	Code      string
	Procedure string
	Applicant string
	Title     string
	Text      string
	Facts     []ui.Item
	Action    string
	Hidden    []ui.Hidden
	Fields    []ui.FieldView
	Errors    []fault.Field
	Yes       string
	Icon      string
	Danger    bool
	Back      string // where the way back leads; the dossier if empty
}

// head loads the dossier in the address and begins a page about an act on it. The act's page is
// reached from the dossier's own, whose opening is in the ledger.
func (h *Handlers) head(r *http.Request, below, key string) (*dossier.Dossier, askPage, error) {
	ctx := r.Context()
	d, err := h.Dossiers.ByCode(ctx, r.PathValue("code"))
	if err != nil {
		return nil, askPage{}, err
	}
	return d, askPage{Code: d.Code, Procedure: d.ProcedureName, Applicant: d.Applicant.Name, Title: t(ctx, key), Yes: t(ctx, key),
		Action: dossierPath(d.Code, below), Back: dossierPath(d.Code)}, nil
}

// show answers with the page, and with what the act ran into if it did.
func (p askPage) show(w http.ResponseWriter, r *http.Request, trouble error) error {
	status := http.StatusOK
	if trouble != nil {
		var err error
		if p.Errors, status, err = troubles(trouble, langWord(r.Context())); err != nil {
			return err
		}
		p.Fields = ui.Mark(r.Context(), p.Fields, p.Errors)
	}
	if s := r.FormValue(fromList); s != "" {
		p.Hidden = append(p.Hidden, ui.Hidden{Name: fromList, Value: s})
		if p.Back == dossierPath(p.Code) {
			p.Back = keepList(r, p.Back+taskOf(r))
		}
	}
	return web.Render(w, r, status, officialAsk(p))
}

// noteField asks for a reason or a remark.
func noteField(ctx context.Context, label, help, value string, optional bool) ui.FieldView {
	f := ui.FieldView{Name: "note", Widget: "textarea", Label: t(ctx, label), Value: value, Rows: 4, Optional: optional, Autofocus: true}
	if help != "" {
		f.Help = t(ctx, help)
	}
	return f
}

// openTask finds the open task of the dossier in the address that the actor may do.
func (h *Handlers) openTask(r *http.Request) (*dossier.Dossier, *dossier.Task, *procedure.Compiled, error) {
	ctx := r.Context()
	d, err := h.Dossiers.ByCode(ctx, r.PathValue("code"))
	if err != nil {
		return nil, nil, nil, err
	}
	tasks, err := h.Dossiers.Tasks(ctx, d.ID)
	if err != nil {
		return nil, nil, nil, err
	}
	who := actor.From(ctx)
	for _, k := range tasks {
		if k.State == "open" && k.ID.String() == r.FormValue("viec") && dossier.MayWork(who, k) {
			p, err := h.Procedures.ByVersion(ctx, d.ProcedureVersion)
			return d, k, p, err
		}
	}
	return d, nil, nil, fault.New(fault.Conflict, "dossier.task_gone")
}

// done leads back to the dossier and says what was done.
func done(w http.ResponseWriter, r *http.Request, code, key string) error {
	web.Flash(w, r, ui.OK, key)
	return web.Redirect(w, r, keepList(r, dossierPath(code)+taskOf(r)))
}

// taskOf keeps the task a dossier was opened for: its place in the list stays when it is done.
func taskOf(r *http.Request) string {
	if x := r.FormValue("viec"); x != "" && r.FormValue(fromList) != "" {
		return "?viec=" + url.QueryEscape(x)
	}
	return ""
}

func askCrumbs(ctx context.Context, p askPage) []ui.Link {
	out := []ui.Link{{Label: t(ctx, "dossierweb.worklist"), Href: desk}}
	if p.Code != "" {
		out = append(out, ui.Link{Label: p.Code, Href: dossierPath(p.Code)})
	}
	return out
}

package procedureweb

import (
	"net/http"
	"strconv"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/procedure"
)

func versionPath(n int) string { return "/phien-ban/" + strconv.Itoa(n) }

// startDraft opens the procedure's draft, making it if there is none.
func (h *Handlers) startDraft(w http.ResponseWriter, r *http.Request) error {
	code := r.PathValue("code")
	if _, err := h.Procedures.NewDraft(r.Context(), actor.From(r.Context()), code); err != nil {
		return err
	}
	return web.Redirect(w, r, adminPath(code, "/sua"))
}

// draft returns the draft a page is about.
func (h *Handlers) draft(r *http.Request) (*procedure.Version, error) {
	return h.Procedures.DraftOf(r.Context(), actor.From(r.Context()), r.PathValue("code"))
}

// revisionOf reads the revision a form was made for.
func revisionOf(r *http.Request) (int64, error) {
	form, err := web.Form(r)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(form.Get("revision"), 10, 64)
	if err != nil {
		return 0, fault.Wrap(err, fault.Invalid, "web.error.form")
	}
	return n, nil
}

func revisionField(v *procedure.Version) []ui.Hidden {
	return []ui.Hidden{{Name: "revision", Value: strconv.FormatInt(v.Revision, 10)}}
}

func (h *Handlers) publishPage(w http.ResponseWriter, r *http.Request) error {
	return h.publishForm(w, r, nil)
}

func (h *Handlers) publishForm(w http.ResponseWriter, r *http.Request, f *fault.Error) error {
	ctx := r.Context()
	v, err := h.draft(r)
	if err != nil {
		return err
	}
	c := ui.Confirm{
		Question: t(ctx, "admin.publish_q", "n", v.Number), Text: t(ctx, "admin.publish_text"),
		Items: []ui.Item{{Label: t(ctx, "f.code"), Value: v.Code}, {Label: t(ctx, "f.name"), Value: v.Record.Name.Value, Lang: vi()},
			{Label: t(ctx, "f.valid_from"), Value: i18n.Date(ctx, v.EffectiveFrom)}, {Label: t(ctx, "admin.note"), Value: v.Note, Lang: vi()}},
		Action: adminPath(v.Code, "/cong-bo"), Hidden: revisionField(v), Yes: t(ctx, "admin.publish"), Cancel: adminPath(v.Code, "/sua"),
	}
	return web.Render(w, r, statusOf(f), confirmPage(t(ctx, "admin.publish"), ui.Link{Label: v.Code, Href: adminPath(v.Code, "")}, c,
		ui.Page{Errors: fieldsOf(ctx, f)}))
}

func (h *Handlers) publish(w http.ResponseWriter, r *http.Request) error {
	revision, err := revisionOf(r)
	if err != nil {
		return err
	}
	v, err := h.draft(r)
	if err != nil {
		return err
	}
	if _, err = h.Procedures.Publish(r.Context(), actor.From(r.Context()), v.ID, revision); err != nil {
		if f := retry(err); f != nil {
			return h.publishForm(w, r, f)
		}
		return err
	}
	web.Flash(w, r, ui.OK, "procedure.admin.done_publish")
	return web.Redirect(w, r, adminPath(v.Code, ""))
}

func (h *Handlers) retirePage(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.Procedures.Published(ctx, r.PathValue("code"))
	if err != nil {
		return err
	}
	c := ui.Confirm{
		Question: t(ctx, "admin.retire_q"), Text: t(ctx, "admin.retire_text"),
		Items:  []ui.Item{{Label: t(ctx, "f.code"), Value: v.Code}, {Label: t(ctx, "f.name"), Value: v.Record.Name.Value, Lang: vi()}},
		Action: adminPath(v.Code, "/bai-bo"), Yes: t(ctx, "admin.retire"), Danger: true, Cancel: adminPath(v.Code, ""),
		Fields: []ui.FieldView{{Name: "reason", Label: t(ctx, "admin.reason"), Widget: "textarea", Optional: true}},
	}
	return web.Render(w, r, http.StatusOK, confirmPage(t(ctx, "admin.retire"), ui.Link{Label: v.Code, Href: adminPath(v.Code, "")}, c, ui.Page{}))
}

func (h *Handlers) retire(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	code := r.PathValue("code")
	if err := h.Procedures.Retire(r.Context(), actor.From(r.Context()), code, clipRunes(form.Get("reason"), 2000)); err != nil {
		return err
	}
	web.Flash(w, r, ui.OK, "procedure.admin.done_retire")
	return web.Redirect(w, r, adminPath(code, ""))
}

func (h *Handlers) discardPage(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.draft(r)
	if err != nil {
		return err
	}
	c := ui.Confirm{
		Question: t(ctx, "admin.discard_q", "n", v.Number), Text: t(ctx, "admin.discard_text"),
		Action: adminPath(v.Code, "/huy-nhap"), Hidden: revisionField(v), Yes: t(ctx, "admin.discard"), Danger: true, Cancel: adminPath(v.Code, "/sua"),
	}
	return web.Render(w, r, http.StatusOK, confirmPage(t(ctx, "admin.discard"), ui.Link{Label: v.Code, Href: adminPath(v.Code, "")}, c, ui.Page{}))
}

func (h *Handlers) discard(w http.ResponseWriter, r *http.Request) error {
	revision, err := revisionOf(r)
	if err != nil {
		return err
	}
	v, err := h.draft(r)
	if err != nil {
		return err
	}
	if err := h.Procedures.DiscardDraft(r.Context(), actor.From(r.Context()), v.ID, revision); err != nil {
		return err
	}
	web.Flash(w, r, ui.OK, "procedure.admin.done_discard")
	return web.Redirect(w, r, PathAdmin)
}

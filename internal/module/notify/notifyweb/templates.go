package notifyweb

import (
	"net/http"
	"strconv"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/notify"
)

// kindRow is a kind of message with its texts, a column for each channel.
type kindRow struct {
	Kind  notify.Kind
	Texts map[notify.Channel][]notify.Template
}

func (h *Handlers) templates(w http.ResponseWriter, r *http.Request) error {
	all, err := h.Notify.Templates(r.Context())
	if err != nil {
		return err
	}
	var rows []kindRow
	for _, k := range notify.Kinds() {
		row := kindRow{Kind: k, Texts: map[notify.Channel][]notify.Template{}}
		for _, t := range all {
			if t.Key == k.Key {
				row.Texts[t.Channel] = append(row.Texts[t.Channel], t)
			}
		}
		rows = append(rows, row)
	}
	status, err := h.Notify.Status(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, templatesPage(rows, status))
}

type templateView struct {
	Template notify.Template // as it is stored, or as it was typed
	Preview  *notify.Preview
	Errs     []fault.Field
}

func (h *Handlers) template(w http.ResponseWriter, r *http.Request) error {
	t, err := h.stored(r)
	if err != nil {
		return err
	}
	return h.showTemplate(w, r, http.StatusOK, templateView{Template: t})
}

// stored returns the text the address names.
func (h *Handlers) stored(r *http.Request) (notify.Template, error) {
	return h.Notify.Template(r.Context(), r.PathValue("key"), r.PathValue("lang"), notify.Channel(r.PathValue("channel")))
}

// showTemplate renders the form with a preview of what stands in it, if that can be used.
func (h *Handlers) showTemplate(w http.ResponseWriter, r *http.Request, status int, v templateView) error {
	if len(v.Errs) == 0 {
		p, err := h.Notify.PreviewTemplate(r.Context(), v.Template)
		if err != nil {
			return err
		}
		v.Preview = &p
	}
	return web.Render(w, r, status, templatePage(v))
}

// changeTemplate previews, saves or resets a text. The Enter key previews: it sends no button.
func (h *Handlers) changeTemplate(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	t, err := h.stored(r)
	if err != nil {
		return err
	}
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	version, err := strconv.ParseInt(form.Get("version"), 10, 64)
	if err != nil {
		return fault.New(fault.Conflict, "notify.template.changed")
	}
	do, done := form.Get("do"), "notify.template_saved"
	typed := t
	typed.Version, typed.Subject, typed.Body = version, form.Get("subject"), form.Get("body")
	switch do {
	case "save":
		_, err = h.Notify.SaveTemplate(ctx, typed)
	case "reset":
		done = "notify.template_reset"
		_, err = h.Notify.ResetTemplate(ctx, t.Key, t.Lang, t.Channel, version)
	default:
		_, err = h.Notify.PreviewTemplate(ctx, typed)
	}
	if f := fault.As(err); f != nil && (f.Kind == fault.Invalid || f.Kind == fault.Conflict) {
		errs := f.Fields
		if len(errs) == 0 {
			errs = []fault.Field{{Key: f.Key, Args: f.Args}}
		}
		return h.showTemplate(w, r, web.Status(f.Kind), templateView{Template: typed, Errs: errs})
	}
	if err != nil {
		return err
	}
	if do != "save" && do != "reset" {
		return h.showTemplate(w, r, http.StatusOK, templateView{Template: typed})
	}
	web.Flash(w, r, ui.OK, done)
	return web.Redirect(w, r, templatePath(t))
}

package procedureweb

import (
	"net/http"
	"strconv"

	"lienthong/internal/engine/form"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/procedure"
)

type libraryView struct {
	forms, processes []procedure.Asset
	drafts           []procedure.ProcessDraft
	errs             []fault.Field
	all              bool
}

func (h *Handlers) library(w http.ResponseWriter, r *http.Request) error {
	return h.renderLibrary(w, r, nil)
}

func (h *Handlers) renderLibrary(w http.ResponseWriter, r *http.Request, f *fault.Error) error {
	ctx := r.Context()
	v := libraryView{errs: fieldsOf(ctx, f), all: mayAll(ctx, procedure.PermEdit)}
	var err error
	if v.forms, err = h.Procedures.Forms(ctx); err != nil {
		return err
	}
	if v.processes, err = h.Procedures.Processes(ctx); err != nil {
		return err
	}
	if v.drafts, err = h.Procedures.ProcessDrafts(ctx, actor.From(ctx)); err != nil {
		return err
	}
	return web.Render(w, r, statusOf(f), libraryPage(v))
}

// maxDefinition is the size of an uploaded form or process in bytes.
const maxDefinition = 3 << 20

func (h *Handlers) putProcess(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	src, err := fileOf(r, "bpmn", maxDefinition)
	if err == nil {
		key := text.Line(in.Get("key"))
		if _, err = h.Procedures.UploadProcess(r.Context(), actor.From(r.Context()), key, src); err == nil {
			web.Flash(w, r, ui.OK, "procedure.process.done_upload")
			return web.Redirect(w, r, processPath(key, ""))
		}
	}
	return h.put(w, r, err)
}

func (h *Handlers) putForm(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	schema, err := fileOf(r, "schema", maxDefinition)
	if err == nil {
		var layout []byte
		if layout, err = fileOf(r, "layout", maxDefinition); err == nil {
			err = h.Procedures.PutForm(r.Context(), actor.From(r.Context()), text.Line(in.Get("key")), schema, layout)
		}
	}
	return h.put(w, r, err)
}

func (h *Handlers) put(w http.ResponseWriter, r *http.Request, err error) error {
	if f := retry(err); f != nil {
		return h.renderLibrary(w, r, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.OK, "procedure.admin.done_library")
	return web.Redirect(w, r, pathLib)
}

// previewView is one page of a version's form with nothing filled in.
type previewView struct {
	v          *procedure.Version
	page       form.Page
	n, of      int
	prev, next string
	fields     []ui.FieldView
}

func (h *Handlers) preview(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.numbered(r)
	if err != nil {
		return err
	}
	p := previewView{v: v}
	c, err := h.Procedures.ByVersion(ctx, v.ID)
	if err != nil {
		return err
	}
	if c.Form != nil {
		pages := c.Form.Pages(map[string]any{})
		p.of = len(pages)
		p.n, _ = strconv.Atoi(r.URL.Query().Get("trang"))
		p.n = min(max(p.n, 1), p.of)
		p.page = pages[p.n-1]
		lang := i18n.Lang(ctx)
		for _, f := range p.page.Fields {
			p.fields = append(p.fields, formView(lang, f))
		}
		at := func(n int) string { return adminPath(v.Code, versionPath(v.Number)+"/bieu-mau?trang="+strconv.Itoa(n)) }
		if p.n > 1 {
			p.prev = at(p.n - 1)
		}
		if p.n < p.of {
			p.next = at(p.n + 1)
		}
	}
	return web.Render(w, r, http.StatusOK, previewPage(p))
}

// formView makes a control of a form's question, without an answer.
func formView(lang string, f form.Field) ui.FieldView {
	out := ui.FieldView{Path: f.Path, Name: f.Name, Label: f.Label.In(lang), Help: f.Help.In(lang), Widget: string(f.Widget),
		Optional: f.Optional, MaxLength: f.MaxLength, Suffix: f.Suffix.In(lang), InputMode: f.InputMode}
	for _, o := range f.Options {
		out.Options = append(out.Options, ui.Option{Value: o.Value, Label: o.Label.In(lang)})
	}
	if f.Widget == form.WidgetSelect {
		out.Options = append([]ui.Option{{Value: "", Label: "–"}}, out.Options...)
	}
	if f.Repeat != nil {
		rep := &ui.RepeatView{Path: f.Path, AddLabel: f.Repeat.Item.In(lang), Max: f.Repeat.Max, Min: f.Repeat.Min}
		for _, it := range f.Repeat.Items {
			item := ui.RepeatItem{Path: it.Path, Title: f.Repeat.Item.In(lang) + " " + strconv.Itoa(it.Number)}
			for _, x := range it.Fields {
				item.Fields = append(item.Fields, formView(lang, x))
			}
			rep.Items = append(rep.Items, item)
		}
		out.Repeat = rep
	}
	return out
}

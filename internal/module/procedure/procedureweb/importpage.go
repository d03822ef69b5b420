package procedureweb

import (
	"io"
	"net/http"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/web"
	"lienthong/internal/module/procedure"
)

// importView is the import page with the report of the last file, if there is one.
type importView struct {
	report  *procedure.Report
	errs    []fault.Field
	publish bool // the actor may publish
	opts    procedure.ImportOptions
}

func (h *Handlers) importPage(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, importPage(importView{publish: mayAll(r.Context(), procedure.PermPublish)}))
}

func (h *Handlers) importFile(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	if r.MultipartForm != nil {
		defer r.MultipartForm.RemoveAll()
	}
	v := importView{publish: mayAll(ctx, procedure.PermPublish)}
	v.opts = procedure.ImportOptions{Publish: form.Get("publish") != "", ReplaceDrafts: form.Get("replace") != "", Note: clipRunes(form.Get("note"), 500)}
	data, err := fileOf(r, "file", procedure.MaxImportBytes)
	if err == nil {
		var rep procedure.Report
		if rep, err = h.Procedures.ImportRecords(ctx, actor.From(ctx), data, v.opts); err == nil {
			v.report = &rep
			return web.Render(w, r, http.StatusOK, importPage(v))
		}
	}
	f := retry(err)
	if f == nil {
		return err
	}
	v.errs = fieldsOf(ctx, f)
	for i := range v.errs {
		if v.errs[i].Path == "" {
			v.errs[i].Path = "file"
		}
	}
	return web.Render(w, r, statusOf(f), importPage(v))
}

// fileOf reads an uploaded file whole; a missing one is Invalid.
func fileOf(r *http.Request, name string, limit int64) ([]byte, error) {
	file, _, err := r.FormFile(name)
	if err != nil {
		return nil, fault.Input("procedure.admin.file_missing", fault.Field{Path: name, Key: "procedure.admin.file_missing"})
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fault.New(fault.TooLarge, "procedure.import_too_large", "max", limit>>20)
	}
	return data, nil
}

package dossierweb

import (
	"mime"
	"net/http"
	"strings"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/web"
	"lienthong/internal/module/dossier"
)

// attach adds result or internal files to the dossier.
func (h *Handlers) attach(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	d, err := h.Dossiers.ByCode(r.Context(), r.PathValue("code"))
	if err != nil {
		return err
	}
	kind := in.Get("loai")
	if kind != "result" && kind != "internal" {
		return fault.New(fault.Invalid, "web.error.form")
	}
	n, err := h.attachAll(r, d, kind, "", "tep")
	if err == nil && n == 0 {
		err = fault.Input("dossier.step_incomplete", fault.Field{Path: "tep", Key: "dossierweb.choose_file"})
	}
	if err != nil {
		return h.dossierAgain(w, r, err)
	}
	return done(w, r, d.Code, "dossierweb.done.attached")
}

// attachAll stores every file of the form's field and returns how many there were.
func (h *Handlers) attachAll(r *http.Request, d *dossier.Dossier, kind, component, field string) (int, error) {
	if r.MultipartForm == nil {
		return 0, nil
	}
	for i, fh := range r.MultipartForm.File[field] {
		f, err := fh.Open()
		if err != nil {
			return i, err
		}
		_, err = h.Dossiers.Attach(r.Context(), d.ID, kind, component, fh.Filename, fh.Size, f)
		_ = f.Close() // it was only read
		if err != nil {
			return i, err
		}
	}
	return len(r.MultipartForm.File[field]), nil
}

// detach takes a result or internal file off again.
func (h *Handlers) detach(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	d, err := h.Dossiers.ByCode(r.Context(), r.PathValue("code"))
	if err != nil {
		return err
	}
	file, err := idOf(in.Get("tep"))
	if err != nil {
		return err
	}
	files, err := h.Dossiers.Files(r.Context(), d.ID)
	if err != nil {
		return err
	}
	for _, f := range files {
		// What the applicant handed in is not an official's to remove.
		if f.ID == file && (f.Kind == "result" || f.Kind == "internal") {
			if err := h.Dossiers.RemoveFile(r.Context(), file); err != nil {
				return h.dossierAgain(w, r, err)
			}
			return done(w, r, d.Code, "dossierweb.done.detached")
		}
	}
	return fault.New(fault.NotFound, "dossier.no_file")
}

// file shows or saves a file. Whatever it holds cannot act in the name of this site: it is never
// taken for another type and runs in an empty sandbox.
func (h *Handlers) file(w http.ResponseWriter, r *http.Request) error {
	x, err := idOf(r.PathValue("id"))
	if err != nil {
		return fault.New(fault.NotFound, "dossier.no_file")
	}
	f, body, err := h.Dossiers.File(r.Context(), x)
	if err != nil {
		return err
	}
	defer body.Close()
	how := "attachment"
	if dossier.Inline(f.Media) {
		how = "inline"
	}
	head := w.Header()
	head.Set("Content-Type", f.Media)
	head.Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": strings.ToValidUTF8(f.Name, "_")}))
	if f.Media != "application/pdf" { // browsers refuse to show PDF files in a sandbox; their viewer has no rights here
		head.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'")
	}
	http.ServeContent(w, r, "", f.At, body)
	return nil
}

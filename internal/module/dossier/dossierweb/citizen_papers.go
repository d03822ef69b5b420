package dossierweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/procedure"
)

// accepted are the types offered in the file dialogue; the module checks the content.
const accepted = "image/*,application/pdf,.docx,.xlsx"

// removeFile is the name of the buttons that take a file off.
const removeFile = "_remove_file"

// papersView is the page on which the papers are attached.
type papersView struct {
	page   ui.Page
	name   string
	steps  []ui.Step
	at, of int
	errs   []fault.Field
	fields []paperField
	form   ui.FormView
}

// paperField is one paper: its upload, or why none is needed.
type paperField struct {
	c      procedure.Component
	field  ui.FieldView
	reason string // why nothing is uploaded
}

// needWords says how many originals and copies a paper takes.
func needWords(ctx context.Context, c procedure.Component) string {
	var p []string
	if c.Originals > 0 {
		p = append(p, tr(ctx, "paper.originals", "n", c.Originals))
	}
	if c.Copies > 0 {
		p = append(p, tr(ctx, "paper.copies", "n", c.Copies))
	}
	switch {
	case c.EForm:
		p = append(p, tr(ctx, "paper.eform_short"))
	case c.Presented:
		p = append(p, tr(ctx, "paper.presented_short"))
	case !c.Required:
		p = append(p, tr(ctx, "paper.if_any"))
	}
	return strings.Join(p, "; ")
}

// uploadURL is where scripts announce the files of one paper.
func uploadURL(ctx context.Context, of id.ID, kind, component string) string {
	return web.Path(ctx, "/tai-len?"+url.Values{"hs": {of.String()}, "loai": {kind}, "giay": {component}}.Encode())
}

// paperFields makes the uploads of the papers.
func paperFields(ctx context.Context, of id.ID, kind string, cs []procedure.Component, files []dossier.File) []paperField {
	out := make([]paperField, 0, len(cs))
	for _, c := range cs {
		p := paperField{c: c}
		switch {
		case c.EForm:
			p.reason = tr(ctx, "paper.eform")
		case c.Presented:
			p.reason = tr(ctx, "paper.presented")
		default:
			help := needWords(ctx, c)
			if c.Note != "" {
				help = strings.Join([]string{help, c.Note}, ". ")
			}
			p.field = ui.FieldView{Path: "paper." + c.Code, Name: "paper." + c.Code, Label: c.Name, Help: strings.TrimPrefix(help, ". "),
				Widget: "upload", Optional: !c.Required, Lang: viOnly(ctx), Upload: &ui.UploadView{URL: uploadURL(ctx, of, kind, c.Code),
					Accept: accepted, Multiple: true, MaxBytes: dossier.MaxFile, Files: fileViews(ctx, files, kind, c.Code), Remove: removeFile}}
		}
		out = append(out, p)
	}
	return out
}

func (h citizen) papers(w http.ResponseWriter, r *http.Request) error {
	f, err := h.flow(r.Context(), r)
	if err != nil {
		return filed(w, r, err)
	}
	var errs []fault.Field
	if r.URL.Query().Has("loi") {
		errs = f.problemsOf(stop{slug: slugPapers})
	}
	return h.showPapers(w, r, f, http.StatusOK, errs)
}

func (h citizen) showPapers(w http.ResponseWriter, r *http.Request, f *flow, status int, errs []fault.Field) error {
	ctx := r.Context()
	files, err := h.Dossiers.Files(ctx, f.draft.ID)
	if err != nil {
		return err
	}
	steps := f.steps(ctx, slugPapers)
	v := papersView{page: f.page(ctx, slugPapers, tr(ctx, "papers.title"), errs), name: f.title(ctx), steps: steps,
		at: index(f.stops(ctx), slugPapers) + 1, of: len(steps), errs: errs,
		fields: paperFields(ctx, f.draft.ID, "paper", f.components(), files),
		form: ui.FormView{Action: draftPath(f.draft.ID, slugPapers), Multipart: true,
			Hidden: []ui.Hidden{{Name: "shown", Value: strconv.FormatInt(h.Now().UnixMicro(), 10)}}}}
	for i := range v.fields {
		v.fields[i].field = ui.Mark(ctx, []ui.FieldView{v.fields[i].field}, errs)[0]
	}
	return web.Render(w, r, status, papersPage(v))
}

// papersPost takes what the form carries: files, if there are no scripts; a file to take off; or
// that all is there.
func (h citizen) papersPost(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	f, err := h.flow(ctx, r)
	if err != nil {
		return filed(w, r, err)
	}
	codes := make([]string, 0, len(f.components()))
	for _, c := range f.components() {
		if !c.EForm && !c.Presented {
			codes = append(codes, c.Code)
		}
	}
	again, errs, err := h.takeFiles(ctx, r, in, f.draft.ID, "paper", codes)
	if err != nil {
		return err
	}
	here := draftPath(f.draft.ID, slugPapers)
	if again {
		return web.Redirect(w, r, here)
	}
	f.reach(ctx, slugPapers)
	if err := h.Dossiers.SaveDraft(ctx, f.draft); err != nil {
		return err
	}
	if err := h.look(ctx, f); err != nil {
		return err
	}
	for _, p := range f.problemsOf(stop{slug: slugPapers}) {
		if !slices.ContainsFunc(errs, func(e fault.Field) bool { return e.Path == p.Path }) {
			errs = append(errs, p)
		}
	}
	if len(errs) > 0 {
		return h.showPapers(w, r, f, http.StatusUnprocessableEntity, errs)
	}
	return web.Redirect(w, r, draftPath(f.draft.ID, f.next(ctx, slugPapers)))
}

// takeFiles stores the files of a form that was sent without scripts, takes off the one whose
// button was pressed, and those that scripts uploaded and the person removed again before sending.
// again tells that the page is to be shown anew.
func (h citizen) takeFiles(ctx context.Context, r *http.Request, in url.Values, of id.ID, kind string, codes []string) (again bool, errs []fault.Field, err error) {
	if s := in.Get(removeFile); s != "" {
		file, err := id.Parse(s)
		if err != nil {
			return false, nil, fault.New(fault.NotFound, "dossier.no_file")
		}
		if err := h.Dossiers.RemoveFile(ctx, file); err != nil && fault.KindOf(err) != fault.NotFound {
			return false, nil, err
		}
		return true, nil, nil
	}
	if err := h.dropUnlisted(ctx, in, of, kind, codes); err != nil {
		return false, nil, err
	}
	if r.MultipartForm == nil {
		return false, nil, nil
	}
	for _, code := range codes {
		for _, part := range r.MultipartForm.File["paper."+code+".file"] {
			if part.Filename == "" && part.Size == 0 {
				continue
			}
			body, err := part.Open()
			if err != nil {
				return false, nil, err
			}
			_, err = h.Dossiers.Attach(ctx, of, kind, code, part.Filename, part.Size, body)
			body.Close()
			if err != nil {
				bad, _, ok := pageErrors(ctx, err)
				if !ok {
					return false, nil, err
				}
				for _, b := range bad {
					b.Path = "paper." + code
					errs = append(errs, b)
				}
			}
		}
	}
	return false, errs, nil
}

// dropUnlisted removes the actor's files that arrived after the page was shown and that the form
// does not name any more: the person took them off the page again.
func (h citizen) dropUnlisted(ctx context.Context, in url.Values, of id.ID, kind string, codes []string) error {
	micros, err := strconv.ParseInt(in.Get("shown"), 10, 64)
	if err != nil {
		return nil
	}
	shown := time.UnixMicro(micros)
	files, err := h.Dossiers.Files(ctx, of)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Kind != kind || f.By != actor.From(ctx).Account || !f.At.After(shown) || !slices.Contains(codes, f.Component) ||
			slices.Contains(in["paper."+f.Component], f.ID.String()) {
			continue
		}
		if err := h.Dossiers.RemoveFile(ctx, f.ID); err != nil {
			return err
		}
	}
	return nil
}

package dossierweb

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/procedure"
)

// supplementAsk asks for every defect of every paper at once.
type supplementAsk struct {
	Dossier *dossier.Dossier
	Task    string
	Rows    []supplementRow
	Reason  ui.FieldView
	Second  bool // a leader decides first
	Errors  []fault.Field
}

// supplementRow is one paper, the form (no code), or a further paper (Free).
type supplementRow struct {
	N    string
	Code string
	Name string
	What string
	Free bool
}

// freeRows are the lines for papers that the procedure does not name.
const freeRows = 2

func (h *Handlers) supplementAsk(r *http.Request) (supplementAsk, *dossier.Task, error) {
	ctx := r.Context()
	d, k, proc, err := h.openTask(r)
	if err != nil {
		return supplementAsk{}, nil, err
	}
	n := proc.Process.Node(k.Node)
	if n == nil || !slices.ContainsFunc(n.Outcomes, func(o bpmn.Outcome) bool { return o.Kind == bpmn.OutcomeSupplement }) {
		return supplementAsk{}, nil, fault.New(fault.Conflict, "dossier.no_supplement_here")
	}
	p := supplementAsk{Dossier: d, Task: k.ID.String()}
	files, err := h.Dossiers.Files(ctx, d.ID)
	if err != nil {
		return p, nil, err
	}
	earlier, err := h.Dossiers.Supplements(ctx, d.ID)
	if err != nil {
		return p, nil, err
	}
	p.Second = slices.ContainsFunc(earlier, func(x *dossier.Supplement) bool { return x.State == "answered" }) &&
		!actor.From(ctx).MayAt(dossier.PermApprove, k.Agency)
	add := func(code, name, what string, free bool) {
		i := strconv.Itoa(len(p.Rows))
		if r.Method == http.MethodPost {
			what = r.PostFormValue("what." + i)
			if free {
				name = r.PostFormValue("name." + i)
			}
		}
		p.Rows = append(p.Rows, supplementRow{N: i, Code: code, Name: name, What: what, Free: free})
	}
	if proc.Form != nil {
		add("", t(ctx, "dossierweb.form_defects"), "", false)
	}
	for _, c := range proc.Record.ComponentsOf(d.Extra.Case) {
		var what []string
		for _, f := range files {
			if f.Component == c.Code && f.Verdict == "defect" {
				what = append(what, f.Remark)
			}
		}
		add(c.Code, c.Name, strings.Join(what, "\n"), false)
	}
	for range freeRows {
		add("", "", "", true)
	}
	p.Reason = ui.FieldView{Name: "reason", Widget: "textarea", Label: t(ctx, "dossierweb.reason"), Help: t(ctx, "dossierweb.supplement_reason_help"),
		Value: r.PostFormValue("reason"), Rows: 3}
	return p, k, nil
}

// supplementPage lists the papers with a line for what is wrong with each.
func (h *Handlers) supplementPage(w http.ResponseWriter, r *http.Request) error {
	p, _, err := h.supplementAsk(r)
	if err != nil {
		return h.dossierAgain(w, r, err)
	}
	return web.Render(w, r, http.StatusOK, officialSupplement(p))
}

// supplement sends the request to the applicant, or a further one to the leader.
func (h *Handlers) supplement(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.Form(r); err != nil {
		return err
	}
	p, k, err := h.supplementAsk(r)
	if err != nil {
		return h.dossierAgain(w, r, err)
	}
	var items []dossier.Defect
	for _, x := range p.Rows {
		items = append(items, dossier.Defect{Component: x.Code, Name: x.Name, What: x.What})
	}
	d, err := h.Dossiers.AskSupplement(r.Context(), k.ID, items, p.Reason.Value)
	if err != nil {
		errs, status, err := troubles(err, i18n.Lang(r.Context()))
		if err != nil {
			return err
		}
		p.Errors, p.Reason = errs, ui.Mark(r.Context(), []ui.FieldView{p.Reason}, errs)[0]
		return web.Render(w, r, status, officialSupplement(p))
	}
	if d.Status == dossier.StatusSupplement {
		return done(w, r, d.Code, "dossierweb.done.supplement")
	}
	return done(w, r, d.Code, "dossierweb.done.supplement_proposed")
}

// deskForm is a page on which an official changes the form of a dossier that was filed.
type deskForm struct {
	Dossier  *dossier.Dossier
	Title    string
	Text     string
	Action   string
	Yes      string
	Sections []counterSection
	Papers   []ui.FieldView
	Asked    *dossier.Supplement
	Note     ui.FieldView
	Errors   []fault.Field
	More     bool // the answers have brought further questions
	Files    bool
}

// answers returns the stored form as data, or what was posted over it.
func (h *Handlers) answers(r *http.Request, d *dossier.Dossier) (proc *procedure.Compiled, data map[string]any, areas places, more bool, err error) {
	ctx := r.Context()
	if proc, err = h.Procedures.ByVersion(ctx, d.ProcedureVersion); err != nil {
		return
	}
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return
	}
	areas = placesOf(tree)
	if err = json.Unmarshal(d.Form, &data); err != nil {
		return
	}
	if r.Method == http.MethodPost && proc.Form != nil {
		data, more = decodeAll(proc.Form, r.PostForm, data, areas)
	}
	return
}

func (h *Handlers) correctAsk(r *http.Request) (deskForm, map[string]any, error) {
	ctx := r.Context()
	d, _, err := h.head(r, "sua", "dossierweb.correct")
	if err != nil {
		return deskForm{}, nil, err
	}
	p := deskForm{Dossier: d, Title: t(ctx, "dossierweb.correct"), Text: t(ctx, "dossierweb.correct_text"), Yes: t(ctx, "dossierweb.correct_save"),
		Action: dossierPath(d.Code, "sua")}
	proc, data, areas, more, err := h.answers(r, d)
	if err != nil {
		return p, nil, err
	}
	if proc.Form == nil {
		return p, nil, fault.New(fault.Conflict, "dossier.cannot_correct")
	}
	p.More = more
	p.Sections = deskSections(ctx, proc.Form, data, areas, nil)
	p.Note = ui.FieldView{Name: "reason", Widget: "textarea", Label: t(ctx, "dossierweb.reason"), Help: t(ctx, "dossierweb.correct_help"), Value: r.PostFormValue("reason"), Rows: 2}
	return p, data, nil
}

// correctPage shows the form of a received dossier to be corrected.
func (h *Handlers) correctPage(w http.ResponseWriter, r *http.Request) error {
	p, _, err := h.correctAsk(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, officialDeskForm(p))
}

// correct stores the corrections; old and new words stay in the history.
func (h *Handlers) correct(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.Form(r); err != nil {
		return err
	}
	p, data, err := h.correctAsk(r)
	if err != nil {
		return err
	}
	if p.again(r) {
		return web.Render(w, r, http.StatusUnprocessableEntity, officialDeskForm(p))
	}
	if _, err := h.Dossiers.Correct(r.Context(), p.Dossier.ID, data, p.Note.Value); err != nil {
		return h.deskFormAgain(w, r, p, err)
	}
	return done(w, r, p.Dossier.Code, "dossierweb.done.corrected")
}

// again tells whether the page is to be shown once more before anything is done: a line was added
// or removed, or further questions came up.
func (p deskForm) again(r *http.Request) bool {
	return p.More || r.PostFormValue("_add") != "" || r.PostFormValue("_remove") != ""
}

func (h *Handlers) deskFormAgain(w http.ResponseWriter, r *http.Request, p deskForm, trouble error) error {
	ctx := r.Context()
	errs, status, err := troubles(trouble, i18n.Lang(ctx))
	if err != nil {
		return err
	}
	p.Errors = errs
	for i := range p.Sections {
		p.Sections[i].Fields = ui.Mark(ctx, p.Sections[i].Fields, errs)
	}
	p.Note = ui.Mark(ctx, []ui.FieldView{p.Note}, errs)[0]
	return web.Render(w, r, status, officialDeskForm(p))
}

func (h *Handlers) answerAsk(r *http.Request) (deskForm, map[string]any, error) {
	ctx := r.Context()
	d, _, err := h.head(r, "nop-bo-sung", "dossierweb.answer")
	if err != nil {
		return deskForm{}, nil, err
	}
	p := deskForm{Dossier: d, Title: t(ctx, "dossierweb.answer"), Text: t(ctx, "dossierweb.answer_text"), Yes: t(ctx, "dossierweb.answer_send"),
		Action: dossierPath(d.Code, "nop-bo-sung"), Files: true}
	list, err := h.Dossiers.Supplements(ctx, d.ID)
	if err != nil {
		return p, nil, err
	}
	for _, x := range list {
		if x.State == "sent" {
			p.Asked = x
		}
	}
	if p.Asked == nil {
		return p, nil, fault.New(fault.Conflict, "dossier.nothing_asked")
	}
	files, err := h.Dossiers.Files(ctx, d.ID)
	if err != nil {
		return p, nil, err
	}
	proc, data, areas, more, err := h.answers(r, d)
	if err != nil {
		return p, nil, err
	}
	p.More = more
	p.Sections = deskSections(ctx, proc.Form, data, areas, nil)
	p.Papers = answerPapers(ctx, d, p.Asked, proc, files)
	p.Note = ui.FieldView{Name: "note", Widget: "textarea", Label: t(ctx, "dossierweb.note"), Value: r.PostFormValue("note"), Rows: 2, Optional: true}
	return p, data, nil
}

// answerPapers asks for a file for each paper the request names, those named first.
func answerPapers(ctx context.Context, d *dossier.Dossier, x *dossier.Supplement, proc *procedure.Compiled, files []dossier.File) []ui.FieldView {
	var out []ui.FieldView
	add := func(code, name, help string) {
		f := ui.FieldView{Path: "paper." + code, Name: "paper." + code, Widget: "upload", Label: name, Help: help, Optional: true, Lang: "vi",
			Upload: &ui.UploadView{Multiple: true, MaxBytes: dossier.MaxFile, Files: fileViews(ctx, files, "supplement", code),
				URL: ui.Path(ctx, "/tai-len?hs="+d.ID.String()+"&loai=supplement&giay="+code)}}
		for i := range f.Upload.Files {
			f.Upload.Files[i].Href = desk + "/tep/" + f.Upload.Files[i].ID
		}
		out = append(out, f)
	}
	named := map[string]bool{}
	for _, it := range x.Items {
		if it.Component != "" && !named[it.Component] {
			named[it.Component] = true
			add(it.Component, it.Name, it.What)
		}
	}
	for _, c := range proc.Record.ComponentsOf(d.Extra.Case) {
		if !named[c.Code] && !c.EForm && !c.Presented {
			add(c.Code, c.Name, "")
		}
	}
	return out
}

// answerPage takes the supplements of somebody who brings them to the counter.
func (h *Handlers) answerPage(w http.ResponseWriter, r *http.Request) error {
	p, _, err := h.answerAsk(r)
	if err != nil {
		return h.dossierAgain(w, r, err)
	}
	return web.Render(w, r, http.StatusOK, officialDeskForm(p))
}

// answer stores the papers and gives the dossier back to the office.
func (h *Handlers) answer(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if _, err := web.Form(r); err != nil {
		return err
	}
	p, data, err := h.answerAsk(r)
	if err != nil {
		return h.dossierAgain(w, r, err)
	}
	for _, f := range p.Papers {
		if _, err := h.attachAll(r, p.Dossier, "supplement", strings.TrimPrefix(f.Name, "paper."), f.Name+".file"); err != nil {
			return h.deskFormAgain(w, r, p, err)
		}
	}
	if s := r.PostFormValue("_remove_file"); s != "" {
		return h.dropSupplement(w, r, p.Dossier, s)
	}
	if p.again(r) {
		return web.Render(w, r, http.StatusUnprocessableEntity, officialDeskForm(p))
	}
	if len(p.Sections) == 0 {
		data = nil
	}
	if _, err := h.Dossiers.Answer(ctx, p.Dossier.ID, data, p.Note.Value); err != nil {
		return h.deskFormAgain(w, r, p, err)
	}
	return done(w, r, p.Dossier.Code, "dossierweb.done.answered")
}

// dropSupplement takes a file off that was attached to the answer by mistake.
func (h *Handlers) dropSupplement(w http.ResponseWriter, r *http.Request, d *dossier.Dossier, posted string) error {
	x, err := idOf(posted)
	if err != nil {
		return err
	}
	files, err := h.Dossiers.Files(r.Context(), d.ID)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.ID == x && f.Kind == "supplement" {
			if err := h.Dossiers.RemoveFile(r.Context(), x); err != nil {
				return err
			}
		}
	}
	return web.Redirect(w, r, dossierPath(d.Code, "nop-bo-sung"))
}

package dossierweb

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"lienthong/internal/engine/form"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/procedure"
)

// answerView is the page on which an applicant answers a request for supplements.
type answerView struct {
	page     ui.Page
	name     string
	code     string
	errs     []fault.Field
	problems []ui.Link
	request  requestView
	papers   []paperField
	sections []section
	note     ui.FieldView
	form     ui.FormView
}

// answerState is the dossier with the correction of its form so far.
type answerState struct {
	view  *dossier.View
	fix   *dossier.Correction
	pages []form.Page
}

func (h citizen) answerState(ctx context.Context, r *http.Request) (*answerState, error) {
	v, err := h.open(ctx, r)
	if err != nil {
		return nil, err
	}
	fix, err := h.Dossiers.Correction(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	s := &answerState{view: v, fix: fix}
	if v.Proc.Form != nil {
		s.pages = v.Proc.Form.Pages(fix.Data)
	}
	return s, nil
}

// papers are those in which a defect was found first, then the others: whoever corrects one thing
// may have to replace another.
func (s *answerState) papers() []procedure.Component {
	all := s.view.Proc.Record.ComponentsOf(s.view.Extra.Case)
	asked := func(code string) bool {
		return slices.ContainsFunc(s.fix.Supplement.Items, func(d dossier.Defect) bool { return d.Component == code })
	}
	var first, rest []procedure.Component
	for _, c := range all {
		c.Required = false // which file answers which defect is for the office to judge
		switch {
		case asked(c.Code):
			c.EForm, c.Presented = false, false
			first = append(first, c)
		case !c.EForm && !c.Presented:
			rest = append(rest, c)
		}
	}
	for _, d := range s.fix.Supplement.Items {
		if d.Component != "" && !slices.ContainsFunc(all, func(c procedure.Component) bool { return c.Code == d.Component }) {
			first = append(first, procedure.Component{Code: d.Component, Name: d.Name})
		}
	}
	return append(first, rest...)
}

func (h citizen) answer(w http.ResponseWriter, r *http.Request) error {
	s, err := h.answerState(r.Context(), r)
	if err != nil {
		return err
	}
	return h.showAnswer(w, r, s, http.StatusOK, "", nil)
}

func (h citizen) showAnswer(w http.ResponseWriter, r *http.Request, s *answerState, status int, note string, errs []fault.Field) error {
	ctx := r.Context()
	v := s.view
	title := tr(ctx, "answer.title")
	p := answerView{name: v.Proc.Record.Title(i18n.Lang(ctx)), code: v.Code,
		page: ui.Page{Title: title, Errors: errs, Current: "/toi", Back: ui.Link{Label: v.Code, Href: ownPath(v.Code)}},
		note: ui.FieldView{Name: "note", Label: tr(ctx, "answer.note"), Widget: "textarea", Rows: 3, MaxLength: 2000, Optional: true, Value: note},
		form: ui.FormView{Action: ownPath(v.Code, "bo-sung"), Multipart: true,
			Hidden: []ui.Hidden{{Name: "shown", Value: strconv.FormatInt(h.Now().UnixMicro(), 10)}}}}
	for _, q := range requestsOf(ctx, v) {
		if q.n == s.fix.Supplement.N {
			p.request = q
		}
	}
	files, err := h.Dossiers.Files(ctx, v.ID)
	if err != nil {
		return err
	}
	p.papers = paperFields(ctx, v.ID, "supplement", s.papers(), files)
	for i := range p.papers {
		f := &p.papers[i].field
		f.Optional = false
		// What was supplied in an earlier round belongs to that round and stays.
		f.Upload.Files = fileViews(ctx, since(files, s.fix.Supplement), "supplement", p.papers[i].c.Code)
		for _, d := range s.fix.Supplement.Items {
			if d.Component == p.papers[i].c.Code {
				f.Help = d.What
			}
		}
		*f = ui.Mark(ctx, []ui.FieldView{*f}, errs)[0]
	}
	edit := func(l form.Line) string {
		return ownPath(v.Code, "bo-sung", slugOf(l.PageID)) + "#" + ui.FieldID(l.Path)
	}
	if v.Proc.Form != nil {
		p.sections = sectionsOf(ctx, v.Proc.Form.Summary(s.fix.Data, i18n.Lang(ctx)), edit)
	}
	for _, e := range errs {
		l := ui.Link{Label: ui.Message(ctx, e)}
		for _, pg := range s.pages {
			if (stop{page: &pg}).concerns(e.Path) {
				l.Href = ownPath(v.Code, "bo-sung", slugOf(pg.ID)) + "?loi=1#" + ui.FieldID(e.Path)
			}
		}
		if l.Href != "" {
			p.problems = append(p.problems, l)
		} else {
			p.errs = append(p.errs, e)
		}
	}
	return web.Render(w, r, status, answerPage(p))
}

// since returns the files that came after the request.
func since(files []dossier.File, s *dossier.Supplement) []dossier.File {
	from := s.Asked
	if !s.Approved.IsZero() {
		from = s.Approved
	}
	return slices.DeleteFunc(slices.Clone(files), func(f dossier.File) bool { return f.At.Before(from) })
}

// answerPost takes files, and at last the whole answer.
func (h citizen) answerPost(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	s, err := h.answerState(ctx, r)
	if err != nil {
		return err
	}
	var codes []string
	for _, c := range s.papers() {
		codes = append(codes, c.Code)
	}
	note := in.Get("note")
	again, errs, err := h.takeFiles(ctx, r, in, s.view.ID, "supplement", codes)
	if err != nil {
		return err
	}
	if again {
		// Shown at once, so that the remark stays as it was typed.
		return h.showAnswer(w, r, s, http.StatusOK, note, nil)
	}
	if n := len([]rune(note)); n > 2000 {
		errs = append(errs, fault.Field{Path: "note", Key: "dossier.note_too_long", Args: fault.Args("n", 2000)})
	}
	files, err := h.Dossiers.Files(ctx, s.view.ID)
	if err != nil {
		return err
	}
	data := s.fix.Data
	if s.fix.Version == 0 {
		data = nil // nothing of the form was touched
	}
	if len(errs) == 0 && data == nil && len(filedFiles(since(files, s.fix.Supplement), "supplement")) == 0 && strings.TrimSpace(note) == "" {
		errs = append(errs, fault.Field{Key: "dossierweb.citizen.answer.nothing"})
	}
	if len(errs) > 0 {
		return h.showAnswer(w, r, s, http.StatusUnprocessableEntity, note, errs)
	}
	if _, err := h.Dossiers.Answer(ctx, s.view.ID, data, note); err != nil {
		if errs, status, ok := pageErrors(ctx, err); ok {
			return h.showAnswer(w, r, s, status, note, errs)
		}
		return err
	}
	web.Flash(w, r, ui.OK, "dossierweb.citizen.answer.done")
	return web.Redirect(w, r, ownPath(s.view.Code))
}

// page finds the question page of the address.
func (s *answerState) page(r *http.Request) (form.Page, error) {
	for _, p := range s.pages {
		if slugOf(p.ID) == r.PathValue("page") {
			return p, nil
		}
	}
	return form.Page{}, fault.New(fault.NotFound, "form.page_unknown")
}

// answerPage shows a question page of the form that is to be corrected.
func (h citizen) answerPage(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	s, err := h.answerState(ctx, r)
	if err != nil {
		return err
	}
	p, err := s.page(r)
	if err != nil {
		return err
	}
	var errs []fault.Field
	if r.URL.Query().Has("loi") {
		errs = form.Localise(s.view.Proc.Form.ValidatePage(p.ID, s.fix.Data, civil.From(h.Now())), i18n.Lang(ctx))
	}
	return h.showAnswerPage(w, r, s, p, http.StatusOK, errs)
}

func (h citizen) showAnswerPage(w http.ResponseWriter, r *http.Request, s *answerState, p form.Page, status int, errs []fault.Field) error {
	ctx := r.Context()
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return err
	}
	lang := i18n.Lang(ctx)
	here, home := ownPath(s.view.Code, "bo-sung", slugOf(p.ID)), ownPath(s.view.Code, "bo-sung")
	var steps []ui.Step
	at := 0
	for i, x := range s.pages {
		st := ui.Step{Label: x.Title.In(lang), Href: ownPath(s.view.Code, "bo-sung", slugOf(x.ID))}
		if x.ID == p.ID {
			st.State, st.Href, at = "current", "", i+1
		}
		steps = append(steps, st)
	}
	title := p.Title.In(lang)
	return web.Render(w, r, status, questionPage(questionView{
		page: ui.Page{Title: title, Errors: errs, Current: "/toi", Back: ui.Link{Label: tr(ctx, "answer.title"), Href: home}},
		name: tr(ctx, "answer.form"), steps: steps, at: at, of: len(steps), title: title, intro: p.Intro.In(lang),
		introVI: langOf(ctx, p.Intro), errs: errs, later: home, send: tr(ctx, "answer.save"),
		fields: ui.Mark(ctx, questions(ctx, p.Fields, placesOf(tree), nil), errs),
		form: ui.FormView{Action: here, Autosave: here + "/luu",
			Hidden: []ui.Hidden{{Name: "version", Value: strconv.FormatInt(s.fix.Version, 10)}}},
	}))
}

// answerPagePost stores a corrected page. The answer is sent from the page before.
func (h citizen) answerPagePost(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	s, err := h.answerState(ctx, r)
	if err != nil {
		return err
	}
	p, err := s.page(r)
	if err != nil {
		return err
	}
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return err
	}
	f, before := s.view.Proc.Form, s.fix.Data
	s.fix.Data, _ = f.Decode(p.ID, readPlaces(in, p.Fields, placesOf(tree)), before)
	s.pages = f.Pages(s.fix.Data)
	if p, err = s.page(r); err != nil {
		return err
	}
	if in.Get("version") != strconv.FormatInt(s.fix.Version, 10) && !sameAnswers(before, s.fix.Data) {
		return h.showAnswerPage(w, r, s, p, http.StatusConflict, []fault.Field{{Key: "dossierweb.citizen.draft_changed"}})
	}
	if !sameAnswers(before, s.fix.Data) {
		if err := h.Dossiers.SaveCorrection(ctx, s.view.ID, s.fix); err != nil {
			if errs, status, ok := pageErrors(ctx, err); ok {
				return h.showAnswerPage(w, r, s, p, status, errs)
			}
			return err
		}
	}
	here := ownPath(s.view.Code, "bo-sung", slugOf(p.ID))
	fresh := f.Revealed(p.ID, before, s.fix.Data)
	bad := form.Localise(f.ValidatePage(p.ID, s.fix.Data, civil.From(h.Now())), i18n.Lang(ctx))
	switch {
	case form.Editing(in):
		return web.Redirect(w, r, here+"#"+ui.FieldID(editedPath(in)))
	case len(bad) > 0 && len(fresh) == 0:
		return h.showAnswerPage(w, r, s, p, http.StatusUnprocessableEntity, bad)
	case len(fresh) > 0:
		web.Flash(w, r, ui.Info, "dossierweb.citizen.more_questions")
		return web.Redirect(w, r, here+"#"+ui.FieldID(fresh[0]))
	}
	return web.Redirect(w, r, ownPath(s.view.Code, "bo-sung"))
}

// answerAutosave stores a corrected page in the background while somebody types.
func (h citizen) answerAutosave(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	s, err := h.answerState(ctx, r)
	if err != nil {
		return err
	}
	p, err := s.page(r)
	if err != nil {
		return err
	}
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return err
	}
	if s.fix.Version, err = strconv.ParseInt(in.Get("version"), 10, 64); err != nil {
		return fault.New(fault.Conflict, "dossier.draft_changed")
	}
	in.Del(form.AddName)
	in.Del(form.RemoveName)
	s.fix.Data, _ = s.view.Proc.Form.Decode(p.ID, readPlaces(in, p.Fields, placesOf(tree)), s.fix.Data)
	if err := h.Dossiers.SaveCorrection(ctx, s.view.ID, s.fix); err != nil {
		return err
	}
	w.Header().Set("X-Draft-Version", strconv.FormatInt(s.fix.Version, 10))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

package dossierweb

import (
	"encoding/json"
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
)

// questionView is a question page with what was answered so far.
type questionView struct {
	page    ui.Page
	name    string // of the procedure
	steps   []ui.Step
	at, of  int
	title   string
	intro   string
	introVI string // lang of intro, if it has no translation
	errs    []fault.Field
	fields  []ui.FieldView
	saved   string
	form    ui.FormView
	later   string // where "later" leads
	send    string // label of the button
}

// question shows one page of the form.
func (h citizen) question(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := h.flow(ctx, r)
	if err != nil {
		return filed(w, r, err)
	}
	s, err := f.stop(r)
	if err != nil {
		return err
	}
	stops := f.stops(ctx)
	if index(stops, s.slug) > index(stops, f.draft.Page) {
		// A page nobody has seen yet offers what is known; one that was seen keeps what was typed.
		f.draft.Data = f.proc.Form.Prefill(f.draft.Data, f.known)
		f.pages = f.proc.Form.Pages(f.draft.Data)
		if s, err = f.stop(r); err != nil {
			return err
		}
	}
	var errs []fault.Field
	if r.URL.Query().Has("loi") {
		errs = f.problemsOf(s)
	}
	return h.showQuestion(w, r, f, s, http.StatusOK, errs)
}

// stop returns the page of the address, if the answers make it visible.
func (f *flow) stop(r *http.Request) (stop, error) {
	for _, s := range f.stops(r.Context()) {
		if s.page != nil && s.slug == r.PathValue("page") {
			return s, nil
		}
	}
	return stop{}, fault.New(fault.NotFound, "form.page_unknown")
}

func (h citizen) showQuestion(w http.ResponseWriter, r *http.Request, f *flow, s stop, status int, errs []fault.Field) error {
	ctx := r.Context()
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return err
	}
	lang := i18n.Lang(ctx)
	steps := f.steps(ctx, s.slug)
	here := draftPath(f.draft.ID, s.slug)
	v := questionView{
		page: f.page(ctx, s.slug, s.title, errs), name: f.title(ctx), steps: steps, at: index(f.stops(ctx), s.slug) + 1, of: len(steps),
		title: s.title, intro: s.page.Intro.In(lang), introVI: langOf(ctx, s.page.Intro), errs: errs, saved: f.saved(ctx),
		fields: ui.Mark(ctx, questions(ctx, s.page.Fields, placesOf(tree), f.known), errs),
		form: ui.FormView{Action: here, Autosave: here + "/luu",
			Hidden: []ui.Hidden{{Name: "version", Value: strconv.FormatInt(f.draft.Version, 10)}}},
		later: "/toi", send: tr(ctx, "save_continue"),
	}
	return web.Render(w, r, status, questionPage(v))
}

// questionPost takes the answers of a page. They are stored before they are judged, so nothing
// that was typed is lost, whatever is wrong with it.
func (h citizen) questionPost(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	f, err := h.flow(ctx, r)
	if err != nil {
		return filed(w, r, err)
	}
	s, err := f.stop(r)
	if err != nil {
		return err
	}
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return err
	}
	before := f.draft.Data
	f.draft.Data, _ = f.proc.Form.Decode(s.page.ID, readPlaces(in, s.page.Fields, placesOf(tree)), before)
	if in.Get("version") != strconv.FormatInt(f.draft.Version, 10) && !sameAnswers(before, f.draft.Data) {
		// Another window, or this one's own saving in the background, was faster and stored
		// something else for this page: show what was typed here and let the person decide.
		if err := h.look(ctx, f); err != nil {
			return err
		}
		s, err = f.stop(r)
		if err != nil {
			return err
		}
		return h.showQuestion(w, r, f, s, http.StatusConflict, []fault.Field{{Key: "dossierweb.citizen.draft_changed"}})
	}
	if err := h.look(ctx, f); err != nil {
		return err
	}
	next := f.next(ctx, s.slug)
	fresh := f.proc.Form.Revealed(s.page.ID, before, f.draft.Data)
	editing := form.Editing(in)
	bad := form.Localise(f.proc.Form.ValidatePage(s.page.ID, f.draft.Data, civil.From(h.Now())), i18n.Lang(ctx))
	// Nobody is blamed for a question that the answers have only now brought up.
	asked := slices.DeleteFunc(slices.Clone(bad), func(e fault.Field) bool {
		return slices.ContainsFunc(fresh, func(p string) bool { return e.Path == p || strings.HasPrefix(e.Path, p+"/") })
	})
	f.reach(ctx, s.slug)
	if err := h.Dossiers.SaveDraft(ctx, f.draft); err != nil {
		errs, status, ok := pageErrors(ctx, err)
		if !ok {
			return err
		}
		return h.showQuestion(w, r, f, s, status, errs)
	}
	here := draftPath(f.draft.ID, s.slug)
	switch {
	case editing:
		return web.Redirect(w, r, here+"#"+ui.FieldID(editedPath(in)))
	case len(asked) > 0:
		if s, err = f.stop(r); err != nil {
			return err
		}
		return h.showQuestion(w, r, f, s, http.StatusUnprocessableEntity, asked)
	case len(fresh) > 0:
		web.Flash(w, r, ui.Info, "dossierweb.citizen.more_questions")
		return web.Redirect(w, r, here+"#"+ui.FieldID(fresh[0]))
	}
	return web.Redirect(w, r, draftPath(f.draft.ID, next))
}

// editedPath is the repeated group whose button was pressed.
func editedPath(in map[string][]string) string {
	if v := in[form.AddName]; len(v) > 0 && v[0] != "" {
		return v[0]
	}
	if v := in[form.RemoveName]; len(v) > 0 {
		if i := strings.LastIndexByte(v[0], '/'); i > 0 {
			return v[0][:i]
		}
	}
	return ""
}

// sameAnswers compares what two sets of answers would be stored as.
func sameAnswers(a, b map[string]any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && string(x) == string(y)
}

// autosave stores a page in the background while somebody types.
func (h citizen) autosave(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	f, err := h.flow(ctx, r)
	if err != nil {
		return filed(w, r, err)
	}
	s, err := f.stop(r)
	if err != nil {
		return err
	}
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return err
	}
	if f.draft.Version, err = strconv.ParseInt(in.Get("version"), 10, 64); err != nil {
		return fault.New(fault.Conflict, "dossier.draft_changed")
	}
	in.Del(form.AddName)
	in.Del(form.RemoveName)
	f.draft.Data, _ = f.proc.Form.Decode(s.page.ID, readPlaces(in, s.page.Fields, placesOf(tree)), f.draft.Data)
	f.reach(ctx, s.slug)
	if err := h.Dossiers.SaveDraft(ctx, f.draft); err != nil {
		return err
	}
	w.Header().Set("X-Draft-Version", strconv.FormatInt(f.draft.Version, 10))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

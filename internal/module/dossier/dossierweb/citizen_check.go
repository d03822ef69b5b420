package dossierweb

import (
	"context"
	"net/http"
	"time"

	"lienthong/internal/engine/form"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/procedure"
)

// checkView is the last page before filing: everything at a glance, each line with its way back.
type checkView struct {
	page     ui.Page
	name     string
	steps    []ui.Step
	at, of   int
	problems []ui.Link // each leads to where it is put right
	errs     []fault.Field
	sections []section
	papers   []paperLine
	options  []ui.Item
	where    string
	fee      feeView
	unsure   []string
	due      string
	term     string
	termVI   string
	action   string
}

// section is one page of the form in words.
type section struct {
	title string
	items []ui.Item
}

// paperLine is one paper with its files.
type paperLine struct {
	name   string
	files  []ui.FileView
	reason string // why there are none, if none are needed
	edit   string
}

func (h citizen) check(w http.ResponseWriter, r *http.Request) error {
	f, err := h.flow(r.Context(), r)
	if err != nil {
		return filed(w, r, err)
	}
	return h.showCheck(w, r, f, http.StatusOK, nil)
}

func (h citizen) showCheck(w http.ResponseWriter, r *http.Request, f *flow, status int, errs []fault.Field) error {
	ctx := r.Context()
	files, err := h.Dossiers.Files(ctx, f.draft.ID)
	if err != nil {
		return err
	}
	pre, err := h.Dossiers.Preview(ctx, f.draft)
	if err != nil {
		return err
	}
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return err
	}
	steps := f.steps(ctx, slugCheck)
	title := tr(ctx, "check.title")
	v := checkView{page: f.page(ctx, slugCheck, title, append(errs, f.problems...)), name: f.title(ctx), steps: steps, at: len(steps),
		of: len(steps), errs: errs, options: f.optionLines(ctx), where: unitName(ctx, tree, pre.Reception),
		fee: feeOf(ctx, pre.Fee), unsure: f.proc.Record.Unverified(), due: foreseen(ctx, pre.Due),
		action: draftPath(f.draft.ID, slugCheck)}
	if d := unitName(ctx, tree, pre.Decision); pre.Decision != pre.Reception && d != "" {
		v.where = tr(ctx, "check.where_decides", "reception", v.where, "decision", d)
	}
	v.term, v.termVI = termWords(ctx, &f.proc.Record, procedure.ChannelOnline)
	for _, p := range f.problems {
		v.problems = append(v.problems, ui.Link{Label: ui.Message(ctx, p), Href: f.placeOf(ctx, p.Path)})
	}
	if f.proc.Form != nil {
		v.sections = f.sections(ctx)
	}
	for _, c := range f.components() {
		l := paperLine{name: c.Name, files: fileViews(ctx, files, "paper", c.Code)}
		switch {
		case c.EForm:
			l.reason = tr(ctx, "paper.eform")
		case c.Presented:
			l.reason = tr(ctx, "paper.presented")
		default:
			l.edit = draftPath(f.draft.ID, slugPapers) + "#" + ui.FieldID("paper."+c.Code)
		}
		v.papers = append(v.papers, l)
	}
	return web.Render(w, r, status, checkPage(v))
}

// foreseen says when a dossier received now would be due.
func foreseen(ctx context.Context, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return i18n.DateTime(ctx, t)
}

// placeOf is the address of the question or paper a finding is about.
func (f *flow) placeOf(ctx context.Context, path string) string {
	for _, s := range f.stops(ctx) {
		if s.concerns(path) {
			return draftPath(f.draft.ID, s.slug) + "?loi=1#" + ui.FieldID(path)
		}
	}
	return ""
}

// sections says the answers in words.
func (f *flow) sections(ctx context.Context) []section {
	return sectionsOf(ctx, f.proc.Form.Summary(f.draft.Data, i18n.Lang(ctx)), func(l form.Line) string {
		return draftPath(f.draft.ID, slugOf(l.PageID)) + "#" + ui.FieldID(l.Path)
	})
}

// sectionsOf turns a form's summary into lists; edit gives the address at which a line is changed,
// nil if it cannot be.
func sectionsOf(ctx context.Context, list []form.Section, edit func(form.Line) string) []section {
	var out []section
	for _, s := range list {
		sec := section{title: s.Title}
		for _, l := range s.Items {
			it := ui.Item{Label: l.Label, Value: l.Value}
			if l.Missing {
				it.Value = ""
				it.Body = missing(l.Value)
			}
			if edit != nil {
				it.Edit = ui.Link{Href: edit(l)}
			}
			sec.items = append(sec.items, it)
		}
		out = append(out, sec)
	}
	return out
}

// submit files the draft. Pressing the button twice, or after the answer was lost on the way, finds
// the dossier of the first time.
func (h citizen) submit(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	draft, err := pathID(r, "draft")
	if err != nil {
		return err
	}
	d, err := h.Dossiers.Submit(ctx, draft)
	if err == nil {
		web.Flash(w, r, ui.OK, "dossierweb.citizen.submitted")
		return web.Redirect(w, r, ownPath(d.Code, "bien-nhan"))
	}
	errs, status, ok := pageErrors(ctx, err)
	if !ok {
		return err
	}
	f, err := h.flow(ctx, r)
	if err != nil {
		return filed(w, r, err)
	}
	if len(f.problems) > 0 && status == http.StatusUnprocessableEntity {
		errs = nil // the page lists them itself, with the way to each
	}
	return h.showCheck(w, r, f, status, errs)
}

// filedFiles are the papers and files of a dossier, for lists on receipts.
func filedFiles(files []dossier.File, kinds ...string) []dossier.File {
	var out []dossier.File
	for _, f := range files {
		for _, k := range kinds {
			if f.Sum != "" && f.Kind == k {
				out = append(out, f)
			}
		}
	}
	return out
}

// checkLines are where the dossier goes, what it costs and when the result may be expected.
func checkLines(ctx context.Context, v checkView) []ui.Item {
	out := []ui.Item{{Label: tr(ctx, "check.where"), Value: v.where}, {Label: tr(ctx, "fee"), Body: feeWords(v.fee)},
		{Label: tr(ctx, "term"), Value: v.term, Lang: v.termVI}}
	if v.due != "" {
		out = append(out, ui.Item{Label: tr(ctx, "check.due"), Value: tr(ctx, "check.due_words", "at", v.due)})
	}
	return out
}

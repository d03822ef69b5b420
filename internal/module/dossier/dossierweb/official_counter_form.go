package dossierweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"lienthong/internal/engine/form"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/procedure"
)

// counterPage is the one page on which an official files a whole dossier.
type counterPage struct {
	Draft    *dossier.Draft
	Proc     *procedure.Compiled
	Agency   string
	Errors   []fault.Field
	Sections []counterSection
	Papers   []ui.FieldView
	Shown    []procedure.Component // to be presented, neither handed in nor uploaded
	Extras   []ui.FieldView
	Scan     ui.FieldView
	Consent  ui.FieldView
	Fee      procedure.FeeQuote
	Due      time.Time
	Asked    bool // an answer has brought further questions
	ticks    map[string]ui.FieldView
}

// counterSection is one page of the form, as a part of the counter's single page.
type counterSection struct {
	ID     string
	Title  string
	Fields []ui.FieldView
}

func (h *Handlers) counterForm(w http.ResponseWriter, r *http.Request) error {
	d, err := h.counterDraft(r)
	if err != nil {
		return err
	}
	return h.showCounter(w, r, d, nil)
}

func (h *Handlers) counterDraft(r *http.Request) (*dossier.Draft, error) {
	x, err := idOf(r.PathValue("draft"))
	if err != nil {
		return nil, fault.New(fault.NotFound, "dossier.draft_gone")
	}
	return h.Dossiers.Draft(r.Context(), x)
}

// showCounter answers with the page, and with what keeps the dossier from being received.
func (h *Handlers) showCounter(w http.ResponseWriter, r *http.Request, d *dossier.Draft, trouble error) error {
	ctx := r.Context()
	p := counterPage{Draft: d, Asked: r.URL.Query().Has("hoi")}
	status := http.StatusOK
	var err error
	if trouble != nil {
		if p.Errors, status, err = troubles(trouble, i18n.Lang(ctx)); err != nil {
			return err
		}
	}
	if p.Proc, err = h.Procedures.ByVersion(ctx, d.ProcedureVersion); err != nil {
		return err
	}
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return err
	}
	p.Agency = unitName(ctx, tree, d.Agency)
	files, err := h.Dossiers.Files(ctx, d.ID)
	if err != nil {
		return err
	}
	rec := &p.Proc.Record
	p.Fee = rec.Fee(d.Channel, max(d.Extra.Copies, 1))
	if term, ok := rec.Term(d.Channel); ok {
		if p.Due, err = h.Dossiers.Foresee(ctx, d.Agency, term); err != nil {
			return err
		}
	}
	p.Sections = deskSections(ctx, p.Proc.Form, d.Data, placesOf(tree), p.Errors)
	p.papers(ctx, files)
	p.extras(ctx)
	p.focus()
	return web.Render(w, r, status, officialCounterForm(p))
}

// deskSections makes one section of each page of the form. Browsers fill in nothing here: they
// know the official, not the citizen.
func deskSections(ctx context.Context, f *form.Form, data map[string]any, areas places, errs []fault.Field) []counterSection {
	if f == nil {
		return nil
	}
	var out []counterSection
	for _, pg := range f.Pages(data) {
		fields := ui.Mark(ctx, questions(ctx, pg.Fields, areas, nil), errs)
		quiet(fields)
		out = append(out, counterSection{ID: pg.ID, Title: pg.Title.In(i18n.Lang(ctx)), Fields: fields})
	}
	return out
}

func quiet(fields []ui.FieldView) {
	for i := range fields {
		fields[i].Autocomplete = "off"
		if fields[i].Repeat != nil {
			for _, it := range fields[i].Repeat.Items {
				quiet(it.Fields)
			}
		}
	}
}

func (p *counterPage) papers(ctx context.Context, files []dossier.File) {
	p.ticks = map[string]ui.FieldView{}
	for _, c := range p.Proc.Record.ComponentsOf(p.Draft.Extra.Case) {
		switch {
		case c.EForm && p.Proc.Form != nil:
			continue // it is this very page
		case c.Presented:
			p.Shown = append(p.Shown, c)
			continue
		}
		name := "paper." + c.Code
		help := paperCount(ctx, c)
		if c.Note != "" {
			help = strings.TrimPrefix(help+". "+c.Note, ". ")
		}
		u := &ui.UploadView{URL: ui.Path(ctx, "/tai-len?hs="+p.Draft.ID.String()+"&loai=paper&giay="+url.QueryEscape(c.Code)),
			Multiple: true, MaxBytes: dossier.MaxFile, Files: fileViews(ctx, files, "paper", c.Code)}
		for i := range u.Files {
			u.Files[i].Href = desk + "/tep/" + u.Files[i].ID
		}
		p.Papers = append(p.Papers, ui.FieldView{Path: name, Name: name, Widget: "upload", Label: c.Name, Help: help, Optional: !c.Required,
			Upload: u, Lang: "vi"})
		tick := ui.FieldView{Path: name + ".shown", Name: "shown." + c.Code, Widget: "checkbox", Label: t(ctx, "dossierweb.paper_taken")}
		if slices.Contains(p.Draft.Extra.Shown, c.Code) {
			tick.Value = "true"
		}
		p.ticks[name] = tick
	}
	p.Papers = ui.Mark(ctx, p.Papers, p.Errors)
}

func (p *counterPage) extras(ctx context.Context) {
	rec, e := &p.Proc.Record, p.Draft.Extra
	if sets := rec.Components.Value; len(sets) > 1 {
		f := ui.FieldView{Name: "case", Widget: "select", Label: t(ctx, "dossierweb.case"), Value: orElse(e.Case, sets[0].Case), Lang: "vi"}
		for _, s := range sets {
			f.Options = append(f.Options, ui.Option{Value: s.Case, Label: s.Case})
		}
		p.Extras = append(p.Extras, f)
	}
	if rec.Fee(p.Draft.Channel, 1).Amount != rec.Fee(p.Draft.Channel, 2).Amount {
		p.Extras = append(p.Extras, ui.FieldView{Name: "copies", Widget: "number", Label: t(ctx, "dossierweb.copies_wanted"),
			Value: strconv.Itoa(max(e.Copies, 1)), Width: "xs"})
	}
	if ways := deliveries(rec); len(ways) > 1 {
		f := ui.FieldView{Name: "delivery", Widget: "select", Label: t(ctx, "dossierweb.fact.delivery"), Value: orElse(e.Delivery, deliverCounter)}
		for _, d := range ways {
			f.Options = append(f.Options, ui.Option{Value: d, Label: deliveryWords(ctx, d)})
		}
		p.Extras = append(p.Extras, f)
	}
	p.Extras = ui.Mark(ctx, p.Extras, p.Errors)
	p.Scan = ui.FieldView{Name: "quet", Widget: "text", Label: t(ctx, "dossierweb.scan"), Help: t(ctx, "dossierweb.scan_help"), Scan: true,
		Optional: true, Autocomplete: "off"}
	p.Consent = ui.FieldView{Name: "consent", Widget: "checkbox", Label: t(ctx, "dossierweb.consent"), Value: strconv.FormatBool(e.Consent)}
	p.Consent = ui.Mark(ctx, []ui.FieldView{p.Consent}, p.Errors)[0]
}

// focus puts the cursor where work goes on: into the scanner's field while nobody is known, else
// into the first question without an answer.
func (p *counterPage) focus() {
	if len(p.Errors) > 0 {
		return // the summary takes it
	}
	if name, _ := formWord(p.Draft.Data, "name"); name == "" {
		p.Scan.Autofocus = true
		return
	}
	for i := range p.Sections {
		for j := range p.Sections[i].Fields {
			f := &p.Sections[i].Fields[j]
			if !f.Optional && f.Repeat == nil && f.Value == "" && strings.Join(f.Values, "") == "" {
				f.Autofocus = true
				return
			}
		}
	}
}

// fill reads the page into the draft. asked tells whether the answers have brought questions that
// the page did not show.
func (h *Handlers) fill(ctx context.Context, d *dossier.Draft, in url.Values) (proc *procedure.Compiled, asked bool, err error) {
	if proc, err = h.Procedures.ByVersion(ctx, d.ProcedureVersion); err != nil {
		return nil, false, err
	}
	if v, err := strconv.ParseInt(in.Get("version"), 10, 64); err == nil {
		d.Version = v // of two windows the slower is told
	}
	if proc.Form != nil {
		tree, err := h.Org.Tree(ctx)
		if err != nil {
			return nil, false, err
		}
		d.Data, asked = decodeAll(proc.Form, in, d.Data, placesOf(tree))
	}
	e := &d.Extra
	if in.Has("case") {
		e.Case = text.Line(in.Get("case"))
	}
	if n, err := strconv.Atoi(text.Line(in.Get("copies"))); err == nil && n >= 1 && n <= maxCopies {
		e.Copies = n
	}
	if s := in.Get("delivery"); slices.Contains(deliveries(&proc.Record), s) {
		e.Delivery = s
	}
	e.Consent = in.Get("consent") == "true"
	e.Shown = nil
	for _, c := range proc.Record.ComponentsOf(e.Case) {
		if in.Get("shown."+c.Code) == "true" {
			e.Shown = append(e.Shown, c.Code)
		}
	}
	return proc, asked, nil
}

// decodeAll reads every page of the form that the posted page showed. more tells whether questions
// have come up that it did not show.
func decodeAll(f *form.Form, in url.Values, data map[string]any, areas places) (out map[string]any, more bool) {
	before := map[string]bool{}
	for _, path := range in["hien"] {
		before[path] = true
	}
	for _, pageID := range in["trang"] {
		// The questions of a page may depend on an earlier one that was just read.
		if pg, ok := f.Page(data, pageID); ok {
			data, _ = f.Decode(pageID, readPlaces(in, pg.Fields, areas), data)
			if again, ok := f.Page(data, pageID); ok && len(again.Fields) > len(pg.Fields) {
				data, _ = f.Decode(pageID, readPlaces(in, again.Fields, areas), data)
			}
		}
	}
	for _, pg := range f.Pages(data) {
		for _, fl := range pg.Fields {
			more = more || !before[fl.Path]
		}
	}
	return data, more
}

// counterPost takes the page: it fills in a scanned card, keeps what was typed, or receives the
// dossier.
func (h *Handlers) counterPost(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	d, err := h.counterDraft(r)
	if err != nil {
		return h.counterGone(w, r, err)
	}
	if in.Get("lam") == "bo" {
		if err := h.Dossiers.DropDraft(ctx, d.ID); err != nil {
			return err
		}
		web.Flash(w, r, ui.OK, "dossierweb.done.dropped")
		return web.Redirect(w, r, desk+"/tiep-nhan")
	}
	proc, asked, err := h.fill(ctx, d, in)
	if err != nil {
		return err
	}
	if sc := dossier.ReadScan(in.Get("quet")); sc.Doc != "" && proc.Form != nil {
		who, err := h.personOf(ctx, in)
		if err != nil {
			return err
		}
		// The card in hand counts more than what was typed before.
		if m, ok := d.Data["applicant"].(map[string]any); ok {
			for _, k := range []string{"name", "birth_date", "cccd", "address", "sex"} {
				delete(m, k)
			}
		}
		d.Data = proc.Form.Prefill(d.Data, who.src)
	}
	if asked && proc.Form != nil {
		d.Data = proc.Form.Prefill(d.Data, nil) // the applicant may be the mother: nothing is asked twice
	}
	if err := h.Dossiers.SaveDraft(ctx, d); err != nil {
		return h.showCounter(w, r, d, err)
	}
	if err := h.counterFiles(r, d, proc); err != nil {
		return h.showCounter(w, r, d, err)
	}
	switch {
	case in.Get("quet") != "", form.Editing(in), in.Get("_remove_file") != "", in.Get("lam") == "luu":
		return web.Redirect(w, r, counterPath(d.ID))
	case asked:
		return web.Redirect(w, r, counterPath(d.ID)+"?hoi=1")
	}
	got, err := h.Dossiers.Submit(ctx, d.ID)
	if err != nil {
		return h.showCounter(w, r, d, err)
	}
	return web.Redirect(w, r, desk+"/da-tiep-nhan/"+url.PathEscape(got.Code))
}

// counterGone leads to the dossier a draft has become: the page was sent twice.
func (h *Handlers) counterGone(w http.ResponseWriter, r *http.Request, trouble error) error {
	x, err := idOf(r.PathValue("draft"))
	if err != nil {
		return trouble
	}
	d, err := h.Dossiers.Get(r.Context(), x)
	if err != nil {
		return trouble
	}
	return web.Redirect(w, r, desk+"/da-tiep-nhan/"+url.PathEscape(d.Code))
}

// counterFiles stores what came with the form and removes what the official took away.
func (h *Handlers) counterFiles(r *http.Request, d *dossier.Draft, proc *procedure.Compiled) error {
	ctx := r.Context()
	if s := r.PostFormValue("_remove_file"); s != "" {
		x, err := idOf(s)
		if err != nil {
			return err
		}
		files, err := h.Dossiers.Files(ctx, d.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(files, func(f dossier.File) bool { return f.ID == x }) {
			return h.Dossiers.RemoveFile(ctx, x)
		}
		return nil
	}
	if r.MultipartForm == nil {
		return nil
	}
	for _, c := range proc.Record.ComponentsOf(d.Extra.Case) {
		for _, fh := range r.MultipartForm.File["paper."+c.Code+".file"] {
			if fh.Size == 0 {
				continue // no file was chosen
			}
			f, err := fh.Open()
			if err != nil {
				return err
			}
			_, err = h.Dossiers.Attach(ctx, d.ID, "paper", c.Code, fh.Filename, fh.Size, f)
			_ = f.Close() // it was only read
			if fl := fault.As(err); fl != nil && len(fl.Fields) == 0 && (fl.Kind == fault.Invalid || fl.Kind == fault.TooLarge) {
				return fault.Input("dossier.incomplete", fault.Field{Path: "paper." + c.Code, Key: fl.Key, Args: fl.Args})
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// counterSave keeps what was typed while the official goes on typing.
func (h *Handlers) counterSave(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	d, err := h.counterDraft(r)
	if err != nil {
		return err
	}
	if _, _, err := h.fill(r.Context(), d, in); err != nil {
		return err
	}
	if err := h.Dossiers.SaveDraft(r.Context(), d); err != nil {
		return err
	}
	w.Header().Set("X-Draft-Version", strconv.FormatInt(d.Version, 10))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

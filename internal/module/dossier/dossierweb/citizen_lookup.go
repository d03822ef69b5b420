package dossierweb

import (
	"context"
	"net/http"
	"strings"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
)

// lookupView is the public look-up: the question, and for the right code and secret the answer.
type lookupView struct {
	page   ui.Page
	errs   []fault.Field
	fields []ui.FieldView
	answer *glanceView
}

// glanceView is what anybody with code and secret may see.
type glanceView struct {
	code, secret string
	name         string
	nameVI       string
	status       dossier.Status
	sentence     string
	deadline     ui.Deadline
	facts        []ui.Item
	due          dueView
	process      processView
	results      []ui.FileView // the result can be had with a code to the dossier's phone
	code1        ui.FieldView  // the one-time code, once it was sent
	which        ui.FieldView
	ready        bool // the result is there, but not for who asks without the secret
	sent         bool
	errs         []fault.Field
	outbox       string
	ledger       bool // the receipt's row can be proven
}

func (h citizen) lookup(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	code, secret := q.Get("ma"), q.Get("bm")
	if code == "" || secret == "" {
		return h.showLookup(w, r, http.StatusOK, code, secret, nil)
	}
	return h.lookFor(w, r, code, secret)
}

func (h citizen) lookupPost(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	code, secret := in.Get("ma"), in.Get("bm")
	var errs []fault.Field
	if text.Line(code) == "" {
		errs = append(errs, fault.Field{Path: "ma", Key: "dossierweb.citizen.lookup.no_code"})
	}
	if text.Line(secret) == "" {
		errs = append(errs, fault.Field{Path: "bm", Key: "dossierweb.citizen.lookup.no_secret"})
	}
	if len(errs) > 0 {
		return h.showLookup(w, r, http.StatusUnprocessableEntity, code, secret, errs)
	}
	return h.lookFor(w, r, code, secret)
}

// showLookup asks for code and secret.
func (h citizen) showLookup(w http.ResponseWriter, r *http.Request, status int, code, secret string, errs []fault.Field) error {
	ctx := r.Context()
	fields := []ui.FieldView{
		{Name: "ma", Label: tr(ctx, "code"), Help: tr(ctx, "lookup.code_help"), Value: clip(code), Autocomplete: "off", Scan: true},
		{Name: "bm", Label: tr(ctx, "secret"), Help: tr(ctx, "lookup.secret_help"), Value: clip(secret), Autocomplete: "off", Width: "m"}}
	return web.Render(w, r, status, lookupPage(lookupView{
		page: ui.Page{Title: tr(ctx, "lookup.title"), Errors: errs, Current: ui.PathLookup, Index: status == http.StatusOK && code == ""},
		errs: errs, fields: ui.Mark(ctx, fields, errs)}))
}

// clip keeps what is shown again short; no code is longer.
func clip(s string) string {
	if r := []rune(text.Line(s)); len(r) > 64 {
		return string(r[:64])
	}
	return text.Line(s)
}

// lookFor answers to code and secret. A handheld scanner may have typed the whole address of a
// receipt into the field of the code.
func (h citizen) lookFor(w http.ResponseWriter, r *http.Request, code, secret string) error {
	if sc := dossier.ReadScan(code); sc.Code != "" {
		code, secret = sc.Code, sc.Secret
	}
	g, err := h.Dossiers.Lookup(r.Context(), h.Limits, code, text.Line(secret))
	if err != nil {
		return h.lookupTrouble(w, r, code, secret, err)
	}
	return h.showGlance(w, r, http.StatusOK, g, secret, false, nil)
}

// lookupTrouble says what went wrong; a wrong code and a wrong secret look alike.
func (h citizen) lookupTrouble(w http.ResponseWriter, r *http.Request, code, secret string, err error) error {
	f := fault.As(err)
	if f == nil || f.Kind != fault.NotFound && f.Kind != fault.TooMany {
		return err
	}
	status := http.StatusUnprocessableEntity
	if f.Kind == fault.TooMany {
		status = web.Status(f.Kind)
	}
	return h.showLookup(w, r, status, code, secret, []fault.Field{{Path: "ma", Key: f.Key, Args: f.Args}})
}

func (h citizen) showGlance(w http.ResponseWriter, r *http.Request, status int, g *dossier.Glance, secret string, sent bool, errs []fault.Field) error {
	ctx := r.Context()
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return err
	}
	v, rec := g.View, &g.View.Proc.Record
	p := glanceView{code: v.Code, secret: clip(secret), name: rec.Title(i18n.Lang(ctx)), status: v.Status, sentence: statusSentence(ctx, v.Status) + calm(ctx, v.Dossier),
		deadline: deadlineOf(ctx, v.Dossier, g.Left), due: dueOf(ctx, v), process: h.processOf(ctx, v), sent: sent, errs: errs, outbox: h.Outbox,
		facts: glanceFacts(ctx, tree, g), ledger: h.Lines != nil && secret != ""}
	if i18n.Lang(ctx) == i18n.EN && rec.NameEN.Value == "" {
		p.nameVI = i18n.VI
	}
	ready := v.Status == dossier.StatusFinished || v.Status == dossier.StatusReturned
	p.ready = ready && secret == ""
	if ready && secret != "" {
		p.which = ui.FieldView{Name: "file", Label: tr(ctx, "lookup.which"), Widget: "radio"}
		for _, f := range filedFiles(v.Files, "result") {
			// The name of a result tells whose it is, so it is not told here.
			n := len(p.results) + 1
			p.results = append(p.results, ui.FileView{ID: f.ID.String(), Name: tr(ctx, "lookup.result_n", "n", n), Size: i18n.Bytes(ctx, f.Size)})
			p.which.Options = append(p.which.Options, ui.Option{Value: f.ID.String(), Label: tr(ctx, "lookup.result_n", "n", n) + ", " + i18n.Bytes(ctx, f.Size)})
		}
		if len(p.which.Options) > 0 {
			p.which.Value = p.which.Options[0].Value
		}
	}
	p.code1 = ui.Mark(ctx, []ui.FieldView{{Name: "otp", Label: tr(ctx, "lookup.otp"), Help: tr(ctx, "lookup.otp_help"), Widget: "code"}}, errs)[0]
	return web.Render(w, r, status, lookupPage(lookupView{answer: &p,
		page: ui.Page{Title: v.Code, Errors: errs, Current: ui.PathLookup, Back: ui.Link{Label: tr(ctx, "lookup.again"), Href: ui.PathLookup}}}))
}

// glanceFacts says which office holds the dossier, since when, and until when. Names are masked.
func glanceFacts(ctx context.Context, tree *org.Tree, g *dossier.Glance) []ui.Item {
	d := g.View.Dossier
	out := []ui.Item{{Label: tr(ctx, "applicant"), Value: g.Applicant}}
	if d.Closed() || !d.Finished.IsZero() {
		out = append(out, ui.Item{Label: tr(ctx, "decided_by"), Value: unitName(ctx, tree, d.Decision)})
	} else {
		out = append(out, ui.Item{Label: tr(ctx, "holder"), Value: unitName(ctx, tree, g.Holder)})
		out = append(out, ui.Item{Label: tr(ctx, "holder_since"), Value: i18n.DateTime(ctx, g.Since)})
	}
	out = append(out, ui.Item{Label: tr(ctx, "submitted_at"), Value: i18n.DateTime(ctx, d.Submitted)})
	if !d.Due.IsZero() && d.Finished.IsZero() {
		out = append(out, ui.Item{Label: tr(ctx, "due_at"), Value: i18n.DateTime(ctx, d.Due)})
	}
	if !d.Finished.IsZero() {
		out = append(out, ui.Item{Label: tr(ctx, "finished_at"), Value: i18n.DateTime(ctx, d.Finished)})
	}
	return out
}

// resultCode sends a one-time code to the dossier's phone.
func (h citizen) resultCode(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	code, secret := in.Get("ma"), in.Get("bm")
	g, err := h.Dossiers.Lookup(ctx, h.Limits, code, secret)
	if err != nil {
		return h.lookupTrouble(w, r, code, secret, err)
	}
	if err := h.Dossiers.RequestResultCode(ctx, h.Limits, code, secret); err != nil {
		errs, status, ok := pageErrors(ctx, err)
		if !ok {
			return err
		}
		return h.showGlance(w, r, status, g, secret, false, errs)
	}
	return h.showGlance(w, r, http.StatusOK, g, secret, true, nil)
}

// resultFile sends the result for code, secret and the one-time code.
func (h citizen) resultFile(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	code, secret := in.Get("ma"), in.Get("bm")
	file, err := id.Parse(in.Get("file"))
	if err != nil {
		return fault.New(fault.NotFound, "dossier.no_file")
	}
	f, body, err := h.Dossiers.ResultByCode(ctx, h.Limits, code, secret, strings.Join(strings.Fields(in.Get("otp")), ""), file)
	if err == nil {
		defer body.Close()
		r.URL.RawQuery = "luu" // a one-time answer is saved, not shown
		sendFile(w, r, f, body)
		return nil
	}
	errs, status, ok := pageErrors(ctx, err)
	if !ok {
		return h.lookupTrouble(w, r, code, secret, err)
	}
	g, err := h.Dossiers.Lookup(ctx, h.Limits, code, secret)
	if err != nil {
		return h.lookupTrouble(w, r, code, secret, err)
	}
	for i := range errs {
		errs[i].Path = "otp"
	}
	return h.showGlance(w, r, status, g, secret, true, errs)
}

// keys carries code and secret on to the next step.
func (g *glanceView) keys() []ui.Hidden {
	return []ui.Hidden{{Name: "ma", Value: g.code}, {Name: "bm", Value: g.secret}}
}

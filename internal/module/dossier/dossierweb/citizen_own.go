package dossierweb

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"lienthong/internal/engine/form"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
)

// ownView is a citizen's page about one dossier.
type ownView struct {
	page       ui.Page
	code, name string
	nameVI     string
	status     dossier.Status
	sentence   string
	reason     string // why it was not taken, stopped or held, in the office's words
	deadline   ui.Deadline
	due        dueView
	facts      []ui.Item
	fee        feeView
	process    processView
	history    []historyLine
	looks      []lookLine
	showLooks  bool
	showLedger bool
	papers     []paperLine
	sections   []section
	requests   []requestView
	mayAnswer  bool
	results    []ui.FileView
	resultWay  string // how to get the result where the account alone is not enough
	mayDrop    bool
	mayRate    bool
	rating     ui.FieldView
	remark     ui.FieldView
	rated      int
}

// dueView explains a due date: one sentence, and the full account for those who want it.
type dueView struct {
	short string
	lines []string
}

// processView is the process as a picture and as its twin in words.
type processView struct {
	svg   string
	steps []ui.Step
}

// historyLine is one line of what happened, as far as it concerns the applicant.
type historyLine struct {
	at, what, who, note string
}

// requestView is a request for supplements with every defect.
type requestView struct {
	n        int
	at       string
	reason   string
	answered string
	answer   string
	items    []dossier.Defect
}

// calm tells an applicant that nothing is asked of them while the dossier stands still for a reason
// that is the office's to put right.
func calm(ctx context.Context, d *dossier.Dossier) string {
	if !d.Troubled() {
		return ""
	}
	return " " + t(ctx, "dossierweb.calm")
}

func (h citizen) own(w http.ResponseWriter, r *http.Request) error {
	return h.showOwn(w, r, http.StatusOK, "", "", nil)
}

// open loads the citizen's own dossier.
func (h citizen) open(ctx context.Context, r *http.Request) (*dossier.View, error) {
	v, err := h.Dossiers.Open(ctx, r.PathValue("code"))
	if err == nil && !dossier.Owns(actor.From(ctx), v.Dossier) {
		err = fault.New(fault.NotFound, "dossier.not_found")
	}
	return v, err
}

func (h citizen) showOwn(w http.ResponseWriter, r *http.Request, status int, score, remark string, errs []fault.Field) error {
	ctx := r.Context()
	v, err := h.open(ctx, r)
	if err != nil {
		return err
	}
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return err
	}
	lang, who := i18n.Lang(ctx), actor.From(ctx)
	rec := &v.Proc.Record
	p := ownView{code: v.Code, name: rec.Title(lang), status: v.Status, sentence: statusSentence(ctx, v.Status) + calm(ctx, v.Dossier),
		deadline: deadlineOf(ctx, v.Dossier, v.Left), due: dueOf(ctx, v), process: h.processOf(ctx, v), history: historyOf(ctx, tree, v),
		requests: requestsOf(ctx, v), mayDrop: !v.Process.Done && v.Finished.IsZero(), rated: v.Rated,
		mayRate: !v.Finished.IsZero() && v.Rated == 0 && (v.Status == dossier.StatusFinished || v.Status == dossier.StatusReturned)}
	p.page = ui.Page{Title: v.Code, Errors: errs, Current: "/toi", Crumbs: []ui.Link{{Label: i18n.T(ctx, "ui.nav.mine"), Href: "/toi"}}}
	if lang == i18n.EN && rec.NameEN.Value == "" {
		p.nameVI = i18n.VI
	}
	p.showLooks, p.showLedger = h.Looks != nil, h.Lines != nil
	if p.looks, err = h.looksOf(ctx, v.ID); err != nil {
		return err
	}
	p.reason = reasonOf(v)
	p.mayAnswer = v.Status == dossier.StatusSupplement && slices.ContainsFunc(v.Supplements, func(s *dossier.Supplement) bool { return s.State == "sent" })
	p.facts, p.fee = factsOf(ctx, tree, v)
	p.papers = papersOf(ctx, v, false)
	if v.Proc.Form != nil {
		data := map[string]any{}
		if data, err = form.Parse(v.Form); err != nil {
			return err
		}
		p.sections = sectionsOf(ctx, v.Proc.Form.Summary(data, lang), nil)
	}
	if v.Status == dossier.StatusFinished || v.Status == dossier.StatusReturned {
		for _, f := range filedFiles(v.Files, "result") {
			line := ui.FileView{ID: f.ID.String(), Name: f.Name, Size: i18n.Bytes(ctx, f.Size)}
			if dossier.MaySeePersonal(who) {
				line.Href = "/tep/" + f.ID.String()
			} else {
				p.resultWay = strings.TrimPrefix(lookupURL("", v.Code, h.Dossiers.Secret(v.ID, v.SecretGen)), "/")
			}
			p.results = append(p.results, line)
		}
	}
	if p.mayRate {
		p.rating, p.remark = ratingFields(ctx, score, remark)
		p.rating = ui.Mark(ctx, []ui.FieldView{p.rating}, errs)[0]
	}
	return web.Render(w, r, status, ownPage(p))
}

// factsOf are the main facts of a dossier for its applicant, and the fee with the rule's words.
func factsOf(ctx context.Context, tree *org.Tree, v *dossier.View) ([]ui.Item, feeView) {
	d := v.Dossier
	out := []ui.Item{
		{Label: tr(ctx, "applicant"), Value: d.Applicant.Name},
		{Label: tr(ctx, "holder"), Value: unitName(ctx, tree, d.Holder)},
		{Label: tr(ctx, "submitted_at"), Value: i18n.DateTime(ctx, d.Submitted) + ", " + lowerFirst(channelWords(ctx, d.Channel))},
	}
	if d.Closed() || !d.Finished.IsZero() {
		out[1] = ui.Item{Label: tr(ctx, "decided_by"), Value: unitName(ctx, tree, d.Decision)}
	}
	if !d.Received.IsZero() {
		out = append(out, ui.Item{Label: tr(ctx, "received_at"), Value: i18n.DateTime(ctx, d.Received)})
	}
	if !d.Due.IsZero() && d.Finished.IsZero() {
		out = append(out, ui.Item{Label: tr(ctx, "due_at"), Value: i18n.DateTime(ctx, d.Due)})
	}
	if !d.Finished.IsZero() {
		out = append(out, ui.Item{Label: tr(ctx, "finished_at"), Value: i18n.DateTime(ctx, d.Finished)})
	}
	fee := filedFee(ctx, v)
	out = append(out, ui.Item{Label: tr(ctx, "fee"), Value: fee.Words}, ui.Item{Label: tr(ctx, "delivery"), Value: deliveryWords(ctx, d.Delivery)})
	if d.Extra.Number != "" {
		out = append(out, ui.Item{Label: tr(ctx, "result_number"), Value: d.Extra.Number})
	}
	return out, fee
}

// filedFee is what a dossier costs and how much of it was paid.
func filedFee(ctx context.Context, v *dossier.View) feeView {
	d := v.Dossier
	fee := feeOf(ctx, v.Proc.Record.Fee(d.Channel, d.Extra.Copies))
	if d.Fee > 0 {
		fee.Words = i18n.Money(ctx, d.Fee)
		switch {
		case d.FeePaid >= d.Fee:
			fee.Words += ", " + tr(ctx, "fee.paid")
		case d.FeePaid > 0:
			fee.Words += ", " + tr(ctx, "fee.part_paid", "paid", i18n.Money(ctx, d.FeePaid))
		default:
			fee.Words += ", " + tr(ctx, "fee.not_paid")
		}
	}
	if d.Extra.Duty != "" {
		fee.Text = []string{d.Extra.Duty}
	}
	return fee
}

// dueOf explains the dates of a dossier.
func dueOf(ctx context.Context, v *dossier.View) dueView {
	if v.Received.IsZero() {
		if v.Closed() {
			return dueView{}
		}
		return dueView{short: tr(ctx, "due.from_receipt")}
	}
	if v.Clock.State == "" {
		return dueView{short: tr(ctx, "term.unknown")}
	}
	short, lines := worktime.Explain(v.Clock, i18n.Lang(ctx))
	return dueView{short, lines}
}

// publicActs are the acts of the history that concern the applicant; whose desk a dossier lies on
// inside an office does not. true: the note is written for the applicant and shown.
func publicActs(act string) (shown, note bool) {
	switch act {
	case "supplement", "answered", "duty", "extended", "held", "withdrawn", "corrected", "notice", "tacit":
		return true, true
	case "submitted", "received", "step", "paid", "payment_cancelled", "resumed", "rederived", "version", "version_back":
		return true, false
	}
	return false, false
}

// historyOf is the public part of the history, newest first.
func historyOf(ctx context.Context, tree *org.Tree, v *dossier.View) []historyLine {
	var out []historyLine
	for _, e := range slices.Backward(v.History) {
		shown, note := publicActs(e.Act)
		if !shown {
			continue
		}
		l := historyLine{at: i18n.DateTime(ctx, e.At), what: i18n.T(ctx, "dossier.act."+e.Act), who: unitName(ctx, tree, e.Agency)}
		if task, ok := e.Data["task"].(string); ok && e.Act == "step" {
			l.what += ": " + task
		}
		if s := dateMoved(ctx, e); s != "" {
			l.what += ": " + s
		}
		if note || e.Status == dossier.StatusNotTaken || e.Status == dossier.StatusStopped {
			l.note = e.Note
		}
		out = append(out, l)
	}
	return out
}

// reasonOf is the office's own reason where a dossier was not taken, refused or held.
func reasonOf(v *dossier.View) string {
	switch v.Status {
	case dossier.StatusNotTaken, dossier.StatusStopped:
		if v.Extra.Hold != "" {
			return v.Extra.Hold
		}
		for _, e := range slices.Backward(v.History) {
			if e.Status == v.Status && e.Note != "" && e.Act == "step" {
				return e.Note
			}
		}
	case dossier.StatusDuty:
		return v.Extra.Duty
	}
	return ""
}

// papersOf lists the papers of a dossier with the files that were filed and supplied.
func papersOf(ctx context.Context, v *dossier.View, plain bool) []paperLine {
	var out []paperLine
	names := map[string]int{}
	for _, c := range v.Proc.Record.ComponentsOf(v.Extra.Case) {
		l := paperLine{name: c.Name}
		switch {
		case c.EForm:
			l.reason = tr(ctx, "paper.eform")
		case c.Presented:
			l.reason = tr(ctx, "paper.presented")
		case slices.Contains(v.Extra.Shown, c.Code):
			l.reason = tr(ctx, "paper.on_paper")
		}
		names[c.Code] = len(out)
		out = append(out, l)
	}
	for _, f := range filedFiles(v.Files, "paper", "supplement") {
		view := ui.FileView{ID: f.ID.String(), Name: f.Name, Size: i18n.Bytes(ctx, f.Size)}
		if !plain {
			view.Href = "/tep/" + f.ID.String()
		}
		if f.Kind == "supplement" {
			view.Note = tr(ctx, "paper.supplied", "date", i18n.Date(ctx, civil.From(f.At)))
		}
		i, ok := names[f.Component]
		if !ok {
			i = len(out)
			names[f.Component] = i
			out = append(out, paperLine{name: tr(ctx, "paper.other")})
		}
		out[i].files = append(out[i].files, view)
		out[i].reason = ""
	}
	if plain { // a receipt lists what was handed in
		out = slices.DeleteFunc(out, func(l paperLine) bool {
			return len(l.files) == 0 && (l.reason == "" || l.reason == tr(ctx, "paper.presented"))
		})
	}
	return out
}

// requestsOf are the requests that reached the applicant, newest first.
func requestsOf(ctx context.Context, v *dossier.View) []requestView {
	var out []requestView
	for _, s := range slices.Backward(v.Supplements) {
		if s.State != "sent" && s.State != "answered" {
			continue
		}
		q := requestView{n: s.N, at: i18n.DateTime(ctx, s.Asked), reason: s.Reason, items: s.Items, answer: s.AnswerNote}
		if !s.Approved.IsZero() {
			q.at = i18n.DateTime(ctx, s.Approved)
		}
		if !s.Answered.IsZero() {
			q.answered = i18n.DateTime(ctx, s.Answered)
		}
		out = append(out, q)
	}
	return out
}

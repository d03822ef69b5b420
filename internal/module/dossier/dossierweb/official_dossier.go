package dossierweb

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/form"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
	"lienthong/internal/module/procedure"
)

// dossierView is what a dossier's page shows.
type dossierView struct {
	*dossier.View
	Me      actor.Actor
	Tree    *org.Tree
	Errors  []fault.Field
	Task    *dossier.Task // the actor's task the page is about, or nil
	Other   []*dossier.Task
	Buttons []actButton
	More    []ui.Link
	Prints  []ui.Link
	Due     ui.Deadline
	Short   string // the due date in one sentence

	Reckoning []string // and in full
	Diagram   string   // SVG
	Outline   []bpmn.OutlineItem
	Papers    []paperRow
	Answers   []form.Section
	Results   []dossier.File
	Internal  []dossier.File
	Judging   bool // the actor may judge files
	Filing    bool // the actor may attach results and internal papers
	Done      int  // papers judged as in order
	Beside    beside
}

// actButton is one way to end the actor's task.
type actButton struct {
	Label   string
	Icon    string
	Class   string
	Key     string
	Href    string // a page that asks for more
	Post    string // or where the act is posted at once
	Task    string
	Outcome string
}

// paperRow is one paper of the dossier with its files.
type paperRow struct {
	procedure.Component
	Files []dossier.File
	Shown bool // handed over or shown at the counter
}

func (h *Handlers) dossierPage(w http.ResponseWriter, r *http.Request) error {
	p, err := h.dossierView(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, officialDossier(p))
}

// dossierAgain shows the dossier with what an act ran into.
func (h *Handlers) dossierAgain(w http.ResponseWriter, r *http.Request, trouble error) error {
	errs, status, trouble := troubles(trouble, i18n.Lang(r.Context()))
	if trouble != nil {
		return trouble
	}
	p, err := h.dossierView(r)
	if err != nil {
		return err
	}
	p.Errors = errs
	return web.Render(w, r, status, officialDossier(p))
}

// dossierView gathers the page of the dossier in the address.
func (h *Handlers) dossierView(r *http.Request) (*dossierView, error) {
	ctx := r.Context()
	v, err := h.Dossiers.Open(ctx, r.PathValue("code"))
	if err != nil {
		return nil, err
	}
	p := &dossierView{View: v, Me: actor.From(ctx)}
	if p.Tree, err = h.Org.Tree(ctx); err != nil {
		return nil, err
	}
	p.Task = myTask(p.Me, v, r.FormValue("viec"))
	for _, k := range v.MyTasks {
		if k != p.Task {
			p.Other = append(p.Other, k)
		}
	}
	p.Due = dossierDeadline(ctx, h, v)
	if !v.Received.IsZero() && v.Term.N > 0 {
		p.Short, p.Reckoning = worktime.Explain(v.Clock, i18n.Lang(ctx))
		p.Reckoning = append(p.Reckoning, rulesLines(ctx, h.Dossiers, v.Clock.Rules)...)
	}
	p.progress(ctx)
	p.papers()
	if v.Proc.Form != nil {
		var data map[string]any
		if err := json.Unmarshal(v.Form, &data); err != nil {
			return nil, err
		}
		p.Answers = v.Proc.Form.Summary(data, i18n.Lang(ctx))
	}
	p.acts(ctx)
	p.further(ctx)
	p.Beside, err = h.neighbours(r, r.FormValue("viec"))
	for i := range p.Buttons {
		if p.Buttons[i].Href != "" {
			p.Buttons[i].Href = keepList(r, p.Buttons[i].Href)
		}
	}
	for i := range p.More {
		p.More[i].Href = keepList(r, p.More[i].Href)
	}
	return p, err
}

func dossierDeadline(ctx context.Context, h *Handlers, v *dossier.View) ui.Deadline {
	switch {
	case !v.Finished.IsZero() && v.Late:
		return ui.Deadline{Kind: ui.Warn, Words: t(ctx, "dossierweb.finished_late"), Date: at(ctx, v.Finished)}
	case !v.Finished.IsZero():
		return ui.Deadline{Kind: statusKind(v.Status), Words: statusWords(ctx, v.Status), Date: at(ctx, v.Finished)}
	case v.Received.IsZero():
		return ui.Deadline{Kind: ui.Info, Words: statusWords(ctx, v.Status)}
	case v.Paused() && v.Term.N == 0:
		return ui.Deadline{Kind: ui.Idle, Words: t(ctx, "dossierweb.no_deadline")}
	}
	return deadline(ctx, h.Now(), v.Due, v.Left)
}

// progress draws the process and lists it for those who cannot see or fit the drawing.
func (p *dossierView) progress(ctx context.Context) {
	marks := p.Marks()
	for _, k := range p.Tasks {
		m, ok := marks[k.Node]
		if !ok || k.State != "open" || m.State != bpmn.MarkCurrent {
			continue
		}
		switch {
		case k.AssigneeBy != "":
			m.Note = k.AssigneeBy
		case k.Agency.Zero():
			m.Note = p.Applicant.Name
		default:
			m.Note = unitName(ctx, p.Tree, k.Unit)
		}
		marks[k.Node] = m
	}
	p.Diagram = p.Proc.Process.SVG(marks, bpmn.SVGOptions{Lang: i18n.Lang(ctx), ID: "process"})
	for _, o := range p.Proc.Process.Outline(marks) {
		if aside(p.Proc.Process, o) {
			continue
		}
		p.Outline = append(p.Outline, o)
	}
}

// aside tells whether an outlined step lies beside the dossier's way: a supplement nobody asked for,
// or an end it has not come to. Such steps only lengthen the list.
func aside(d *bpmn.Definition, o bpmn.OutlineItem) bool {
	if o.State == bpmn.MarkDone || o.State == bpmn.MarkCurrent {
		return false
	}
	lane := d.LaneOf(d.Node(o.ID))
	byApplicant := lane != nil && lane.Role == bpmn.RoleApplicant
	switch o.Type {
	case bpmn.TypeUserTask, bpmn.TypeManualTask:
		return byApplicant
	case bpmn.TypeEnd:
		return dossier.Status(o.Status) == dossier.StatusNotTaken || dossier.Status(o.Status) == dossier.StatusStopped
	}
	return false
}

// papers puts the files to the papers they belong to.
func (p *dossierView) papers() {
	known := map[string]int{}
	for _, c := range p.Proc.Record.ComponentsOf(p.Extra.Case) {
		known[c.Code] = len(p.Papers)
		p.Papers = append(p.Papers, paperRow{Component: c, Shown: slices.Contains(p.Extra.Shown, c.Code)})
	}
	for _, f := range p.Files {
		if f.Sum == "" {
			continue
		}
		switch f.Kind {
		case "result":
			p.Results = append(p.Results, f)
			continue
		case "internal":
			p.Internal = append(p.Internal, f)
			continue
		}
		i, ok := known[f.Component]
		if !ok {
			i = len(p.Papers)
			known[f.Component] = i
			p.Papers = append(p.Papers, paperRow{Component: procedure.Component{Code: f.Component, Name: f.Component}})
		}
		p.Papers[i].Files = append(p.Papers[i].Files, f)
		if f.Verdict == "ok" {
			p.Done++
		}
	}
	p.Judging = len(p.MyTasks) > 0 && !p.Closed()
	p.Filing = p.Judging
}

// acts makes the buttons of the actor's task: one for each outcome the process offers.
func (p *dossierView) acts(ctx context.Context) {
	k := p.Task
	if k == nil {
		return
	}
	if k.Assignee.Zero() {
		p.Buttons = append(p.Buttons, actButton{Label: t(ctx, "dossierweb.claim"), Icon: "hand-stop", Class: "btn sec", Key: "C",
			Post: dossierPath(p.Code, "nhan"), Task: k.ID.String()})
	}
	n := p.Proc.Process.Node(k.Node)
	if n == nil || !k.Assignee.Zero() && k.Assignee != p.Me.Account || p.Extra.Hold != "" {
		return
	}
	if k.Action == dossier.ActionPay && p.FeePaid < p.Fee {
		if p.Me.MayAt(dossier.PermFee, k.Agency) {
			p.Buttons = append(p.Buttons, actButton{Label: t(ctx, "dossierweb.pay"), Icon: "cash", Class: "btn", Key: "T", Href: dossierPath(p.Code, "thu-tien")})
		}
		return
	}
	used := map[string]bool{"C": true}
	for i := range n.Outcomes {
		b := p.outcomeButton(ctx, k, &n.Outcomes[i])
		if used[b.Key] {
			b.Key = ""
		}
		used[b.Key] = true
		p.Buttons = append(p.Buttons, b)
	}
}

func (p *dossierView) outcomeButton(ctx context.Context, k *dossier.Task, o *bpmn.Outcome) actButton {
	b := actButton{Label: o.Title(i18n.Lang(ctx)), Task: k.ID.String(), Outcome: o.Key, Class: "btn sec"}
	q := "?viec=" + b.Task + "&chon=" + o.Key
	switch o.Kind {
	case bpmn.OutcomeSupplement:
		b.Icon, b.Key, b.Href = "message-report", "B", dossierPath(p.Code, "bo-sung")+"?viec="+b.Task
		return b
	case bpmn.OutcomeRefuse:
		b.Icon, b.Key, b.Class, b.Href = "x", "R", "btn danger", dossierPath(p.Code, "buoc")+q
		return b
	case bpmn.OutcomeBack:
		b.Icon, b.Key, b.Href = "arrow-back-up", "L", dossierPath(p.Code, "buoc")+q
		return b
	case bpmn.OutcomeFinish:
		b.Icon, b.Key, b.Class, b.Href = "circle-check", "T", "btn", dossierPath(p.Code, "buoc")+q
		return b
	}
	b.Icon, b.Key, b.Class = "send", "T", "btn"
	if k.Action == "approve" {
		b.Icon = "signature"
	}
	if needsPage(k, o) {
		b.Href = dossierPath(p.Code, "buoc") + q
	} else {
		b.Post = dossierPath(p.Code, "buoc")
	}
	return b
}

// needsPage tells whether an outcome asks for more than a yes.
func needsPage(k *dossier.Task, o *bpmn.Outcome) bool {
	return o.NeedsNote || o.Kind != bpmn.OutcomeForward || k.Action == dossier.ActionAssign || k.Action == dossier.ActionNumber ||
		k.Action == dossier.ActionReturn
}

// further lists the acts beside the process, and the papers that can be printed.
func (p *dossierView) further(ctx context.Context) {
	d := p.Dossier
	add := func(show bool, icon, key, below string) {
		if show {
			p.More = append(p.More, ui.Link{Icon: icon, Label: t(ctx, key), Href: dossierPath(d.Code, below)})
		}
	}
	open := d.Open()
	if k := p.Task; k != nil {
		add(dossier.MayAssign(p.Me, k), "user-plus", "dossierweb.assign", "giao?viec="+k.ID.String())
	} else if k := p.assignable(); k != nil {
		add(true, "user-plus", "dossierweb.assign", "giao?viec="+k.ID.String())
	}
	if p.Returnable(p.Me) != nil {
		add(true, "arrow-back-up", "dossierweb.take_back", "lay-lai")
	}
	approve, receive := mayDo(p.Me, d, dossier.PermApprove), mayDo(p.Me, d, dossier.PermReceive)
	add(approve && open && !d.Due.IsZero() && !p.extended(), "calendar-time", "dossierweb.extend", "gia-han")
	add(approve && open && d.Extra.Hold == "", "player-pause", "dossierweb.hold", "tam-dung")
	add(approve && d.Extra.Hold != "", "player-play", "dossierweb.resume", "tiep-tuc")
	add(mayDo(p.Me, d, dossier.PermProcess) && open, "report-money", "dossierweb.duty", "nghia-vu")
	add(mayDo(p.Me, d, dossier.PermFee) && d.FeePaid < d.Fee && !d.Closed(), "cash", "dossierweb.pay", "thu-tien")
	add(receive && d.Status == dossier.StatusSupplement, "file-plus", "dossierweb.answer", "nop-bo-sung")
	add(receive && !d.Closed() && p.Proc.Form != nil && !d.Received.IsZero(), "pencil", "dossierweb.correct", "sua")
	add(receive && !d.Account.Zero(), "id", "dossierweb.card", "can-cuoc")
	add(receive && d.Finished.IsZero() && !d.Process.Done, "file-download", "dossierweb.withdraw", "rut")

	print := func(show bool, key, name string) {
		if show {
			p.Prints = append(p.Prints, ui.Link{Icon: "printer", Label: t(ctx, key), Href: dossierPath(d.Code, "in", name)})
		}
	}
	print(!d.Received.IsZero(), "dossierweb.print.receipt", "giay-tiep-nhan")
	print(!d.Received.IsZero(), "dossierweb.print.receipt_kept", "giay-tiep-nhan?lien=luu")
	print(p.lastSupplement() != nil, "dossierweb.print.supplement", "bo-sung")
	print(p.refusal() != nil, "dossierweb.print.refusal", "tu-choi")
	print(p.stop() != nil, "dossierweb.print.stop", "dung")
	print(p.extended(), "dossierweb.print.apology", "xin-loi")
	print(!d.Received.IsZero(), "dossierweb.print.control", "kiem-soat")
}

// assignable is an open task that the actor may give to somebody without doing it.
func (p *dossierView) assignable() *dossier.Task {
	for _, k := range p.Tasks {
		if k.State == "open" && !k.Agency.Zero() && dossier.MayAssign(p.Me, k) {
			return k
		}
	}
	return nil
}

func (p *dossierView) extended() bool {
	return slices.ContainsFunc(p.History, func(e dossier.Entry) bool { return e.Act == "extended" })
}

// lastSupplement is the newest request that went out, or nil.
func (p *dossierView) lastSupplement() *dossier.Supplement {
	for _, x := range slices.Backward(p.Supplements) {
		if x.State == "sent" || x.State == "answered" {
			return x
		}
	}
	return nil
}

// refusal is the entry by which the dossier was not taken or refused, or nil.
func (p *dossierView) refusal() *dossier.Entry {
	if p.Status != dossier.StatusNotTaken && !(p.Status == dossier.StatusStopped && p.Closed()) {
		return nil
	}
	for i := len(p.History) - 1; i >= 0; i-- {
		if kind, _ := p.History[i].Data["kind"].(string); kind == bpmn.OutcomeRefuse {
			return &p.History[i]
		}
	}
	return nil
}

// stop is the entry by which the dossier was stopped, for good or for a while, or nil. The notice of
// it is form 05 of circular 03/2025/TT-VPCP, which the forms of 2018 do not have, and there is none
// once a result was decided.
func (p *dossierView) stop() *dossier.Entry {
	if !strings.Contains(p.Regime, "118") || p.Received.IsZero() || p.Status != dossier.StatusStopped || p.Extra.Number != "" || len(p.Results) > 0 {
		return nil
	}
	for i := len(p.History) - 1; i >= 0; i-- {
		e := &p.History[i]
		if kind, _ := e.Data["kind"].(string); e.Act == "held" && p.Extra.Hold != "" || kind == bpmn.OutcomeRefuse && p.Closed() {
			return e
		}
	}
	return nil
}

// detail says in words what else an entry of the history holds.
func entryDetail(ctx context.Context, e dossier.Entry) string {
	var out []string
	word := func(key string) string { s, _ := e.Data[key].(string); return s }
	if s := word("element"); s != "" {
		out = append(out, s)
	}
	if s := word("task"); s != "" {
		if o := word("outcome"); o != "" {
			s += ": " + o
		}
		out = append(out, s)
	}
	if s := dateMoved(ctx, e); s != "" {
		out = append(out, s)
	}
	if s := word("to"); s != "" {
		out = append(out, "→ "+s)
	}
	if s := word("number"); s != "" {
		out = append(out, t(ctx, "dossierweb.number_is", "number", s))
	}
	if s := word("signed"); s != "" {
		out = append(out, t(ctx, "dossierweb.signed_by", "name", s))
	}
	if n, ok := e.Data["amount"].(float64); ok {
		out = append(out, i18n.Money(ctx, int64(n)))
	}
	if s := word("receipt"); s != "" {
		out = append(out, t(ctx, "dossierweb.receipt_no", "no", s))
	}
	return strings.Join(out, "; ")
}

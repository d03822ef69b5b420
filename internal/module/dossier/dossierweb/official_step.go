package dossierweb

import (
	"context"
	"net/http"
	"slices"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/procedure"
)

// claim takes a task for oneself.
func (h *Handlers) claim(w http.ResponseWriter, r *http.Request) error {
	d, k, _, err := h.openTask(r)
	if err == nil {
		_, err = h.Dossiers.Claim(r.Context(), k.ID)
	}
	if err != nil {
		return h.dossierAgain(w, r, err)
	}
	return done(w, r, d.Code, "dossierweb.done.claimed")
}

// release puts a claimed task back for the colleagues.
func (h *Handlers) release(w http.ResponseWriter, r *http.Request) error {
	d, k, _, err := h.openTask(r)
	if err == nil {
		_, err = h.Dossiers.Release(r.Context(), k.ID, r.FormValue("note"))
	}
	if err != nil {
		return h.dossierAgain(w, r, err)
	}
	return done(w, r, d.Code, "dossierweb.done.released")
}

// stepPage asks for what an outcome needs beside the decision itself.
func (h *Handlers) stepPage(w http.ResponseWriter, r *http.Request) error {
	p, _, err := h.stepAsk(r)
	if err != nil {
		return h.dossierAgain(w, r, err)
	}
	return p.show(w, r, nil)
}

// step ends the task with the chosen outcome.
func (h *Handlers) step(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if _, err := web.Form(r); err != nil {
		return err
	}
	p, plainStep, err := h.stepAsk(r)
	if err != nil {
		return h.dossierAgain(w, r, err)
	}
	task, err := idOf(r.FormValue("viec"))
	if err != nil {
		return err
	}
	st := dossier.Step{Task: task, Outcome: r.FormValue("chon"), Note: r.FormValue("note"), Number: r.FormValue("number"), Signed: r.FormValue("signed")}
	if a := r.FormValue("assignee"); a != "" {
		if st.Assignee, _, err = h.colleague(ctx, r, a); err != nil {
			return p.show(w, r, err)
		}
	}
	d, err := h.Dossiers.Complete(ctx, st)
	if err != nil {
		if plainStep {
			return h.dossierAgain(w, r, err)
		}
		return p.show(w, r, err)
	}
	return done(w, r, d.Code, "dossierweb.done.step")
}

// stepAsk makes the page of an outcome. simple tells that it needs no page.
func (h *Handlers) stepAsk(r *http.Request) (p askPage, simple bool, err error) {
	ctx := r.Context()
	d, k, proc, err := h.openTask(r)
	if err != nil {
		return p, false, err
	}
	n := proc.Process.Node(k.Node)
	if n == nil {
		return p, false, fault.New(fault.Conflict, "dossier.task_gone")
	}
	o := n.Outcome(r.FormValue("chon"))
	if o == nil {
		return p, false, fault.New(fault.Invalid, "dossier.no_such_outcome")
	}
	title := o.Title(i18n.Lang(ctx))
	p = askPage{Code: d.Code, Procedure: d.ProcedureName, Applicant: d.Applicant.Name, Title: title, Yes: title, Icon: "send",
		Action: dossierPath(d.Code, "buoc"), Back: dossierPath(d.Code), Danger: o.Kind == bpmn.OutcomeRefuse,
		Hidden: []ui.Hidden{{Name: "viec", Value: k.ID.String()}, {Name: "chon", Value: o.Key}}}
	if k.Action == dossier.ActionAssign && o.Kind == bpmn.OutcomeForward {
		f, err := h.colleagueField(ctx, d, k, nextRole(proc, n), r.FormValue("assignee"))
		if err != nil {
			return p, false, err
		}
		f.Optional = true
		p.Fields = append(p.Fields, f)
	}
	if k.Action == dossier.ActionNumber && o.Kind == bpmn.OutcomeForward {
		p.Fields = append(p.Fields, ui.FieldView{Name: "number", Widget: "text", Label: t(ctx, "dossierweb.number"),
			Help: t(ctx, "dossierweb.number_help"), Value: r.FormValue("number"), Width: "m", Autofocus: true})
	}
	if k.Action == dossier.ActionReturn {
		p.Fields = append(p.Fields, ui.FieldView{Name: "signed", Widget: "text", Label: t(ctx, "dossierweb.signed"),
			Help: t(ctx, "dossierweb.signed_help"), Value: orElse(r.FormValue("signed"), d.Applicant.Name), Optional: true, Autofocus: true})
	}
	label, help := "dossierweb.note", ""
	switch o.Kind {
	case bpmn.OutcomeRefuse:
		label, help, p.Icon = "dossierweb.reason", "dossierweb.refuse_help", "x"
	case bpmn.OutcomeBack:
		label, help, p.Icon = "dossierweb.reason", "dossierweb.back_help", "arrow-back-up"
	}
	note := noteField(ctx, label, help, r.FormValue("note"), !o.NeedsNote)
	note.Autofocus = len(p.Fields) == 0
	p.Fields = append(p.Fields, note)
	return p, !needsPage(k, o), nil
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// nextRole is the role of the step that comes after the node, of those that officials do.
func nextRole(proc *procedure.Compiled, n *bpmn.Node) string {
	seen := map[string]bool{}
	queue := slices.Clone(n.Out)
	for len(queue) > 0 {
		f := proc.Process.Flow(queue[0])
		queue = queue[1:]
		if f == nil || seen[f.To] {
			continue
		}
		seen[f.To] = true
		to := proc.Process.Node(f.To)
		if to == nil {
			continue
		}
		if !to.IsTask() {
			queue = append(queue, to.Out...)
			continue
		}
		if l := proc.Process.LaneOf(to); l != nil && l.Role != bpmn.RoleApplicant {
			return l.Role
		}
	}
	return ""
}

// colleagueField offers those who can do a step of the role in the task's division, or in the
// whole agency if the task lies with it.
func (h *Handlers) colleagueField(ctx context.Context, d *dossier.Dossier, k *dossier.Task, role, chosen string) (ui.FieldView, error) {
	f := ui.FieldView{Name: "assignee", Widget: "radio", Label: t(ctx, "dossierweb.assignee"), Value: chosen, Autofocus: true}
	list, err := h.colleagues(ctx, k, role)
	if err != nil {
		return f, err
	}
	seen := map[id.ID]bool{}
	for _, c := range list {
		if !seen[c.Account] {
			seen[c.Account] = true
			f.Options = append(f.Options, ui.Option{Value: c.Account.String(), Label: c.Name, Help: c.Title})
		}
	}
	if len(f.Options) == 0 {
		f.Widget, f.Value = "static", t(ctx, "dossierweb.no_colleagues")
	}
	return f, nil
}

func (h *Handlers) colleagues(ctx context.Context, k *dossier.Task, role string) ([]iam.Colleague, error) {
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return nil, err
	}
	units := []id.ID{k.Unit}
	if k.Unit == k.Agency {
		for _, u := range tree.Subtree(k.Agency) {
			if a := tree.Agency(u); a != nil && a.ID == k.Agency && u != k.Agency {
				units = append(units, u)
			}
		}
	} else {
		units = append(units, k.Agency)
	}
	return h.Accounts.Colleagues(ctx, units, role)
}

// colleague checks a posted choice against those who were offered, and returns the name the
// register knows.
func (h *Handlers) colleague(ctx context.Context, r *http.Request, posted string) (id.ID, string, error) {
	tasks, err := h.taskForAssigning(r)
	if err != nil {
		return id.ID{}, "", err
	}
	list, err := h.colleagues(ctx, tasks, "")
	if err != nil {
		return id.ID{}, "", err
	}
	for _, c := range list {
		if c.Account.String() == posted {
			return c.Account, c.Name, nil
		}
	}
	return id.ID{}, "", fault.Input("dossier.step_incomplete", fault.Field{Path: "assignee", Key: "dossierweb.choose_colleague"})
}

// taskForAssigning is the open task asked for; who gives work away need not be able to do it.
func (h *Handlers) taskForAssigning(r *http.Request) (*dossier.Task, error) {
	ctx := r.Context()
	d, err := h.Dossiers.ByCode(ctx, r.PathValue("code"))
	if err != nil {
		return nil, err
	}
	tasks, err := h.Dossiers.Tasks(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	for _, k := range tasks {
		if k.State == "open" && k.ID.String() == r.FormValue("viec") {
			return k, nil
		}
	}
	return nil, fault.New(fault.Conflict, "dossier.task_gone")
}

func (h *Handlers) assignAsk(r *http.Request) (askPage, *dossier.Task, error) {
	d, p, err := h.head(r, "giao", "dossierweb.assign")
	if err != nil {
		return p, nil, err
	}
	k, err := h.taskForAssigning(r)
	if err != nil {
		return p, nil, err
	}
	f, err := h.colleagueField(r.Context(), d, k, k.Role, r.FormValue("assignee"))
	if err != nil {
		return p, nil, err
	}
	note := noteField(r.Context(), "dossierweb.note", "", r.FormValue("note"), true)
	note.Autofocus = false
	p.Icon, p.Text, p.Fields = "user-plus", t(r.Context(), "dossierweb.assign_step", "step", k.Name), []ui.FieldView{f, note}
	p.Hidden = []ui.Hidden{{Name: "viec", Value: k.ID.String()}}
	return p, k, nil
}

// assignPage asks to whom a task is given.
func (h *Handlers) assignPage(w http.ResponseWriter, r *http.Request) error {
	p, _, err := h.assignAsk(r)
	if err != nil {
		return h.dossierAgain(w, r, err)
	}
	return p.show(w, r, nil)
}

// assign gives the task to a colleague.
func (h *Handlers) assign(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.Form(r); err != nil {
		return err
	}
	p, k, err := h.assignAsk(r)
	if err != nil {
		return h.dossierAgain(w, r, err)
	}
	account, _, err := h.colleague(r.Context(), r, r.FormValue("assignee"))
	if err == nil {
		_, err = h.Dossiers.Assign(r.Context(), k.ID, account, r.FormValue("note"))
	}
	if err != nil {
		return p.show(w, r, err)
	}
	return done(w, r, p.Code, "dossierweb.done.assigned")
}

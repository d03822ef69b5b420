package dossierweb

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
)

// pathWatch is the address of the rules on who is told of deadlines.
const pathWatch = pathOverdue + "/nhac-han"

// watchPage lists the rules on when officials are told of deadlines, and asks for one.
type watchPage struct {
	Rules   []dossier.WatchRule
	Tree    *org.Tree
	Names   map[string]string // of procedures
	Errors  []fault.Field
	Fields  []ui.FieldView
	Hidden  []ui.Hidden
	Editing bool
}

// watchPage gathers the page. form is what was typed, or nil; then the rule in the address is shown.
func (h *Handlers) watchPage(r *http.Request, form url.Values) (watchPage, error) {
	ctx := r.Context()
	p := watchPage{Names: map[string]string{}}
	var err error
	if p.Tree, err = h.Org.Tree(ctx); err != nil {
		return p, err
	}
	if p.Rules, err = h.Dossiers.WatchRules(ctx); err != nil {
		return p, err
	}
	cat, err := h.Procedures.Catalogue(ctx)
	if err != nil {
		return p, err
	}
	codes := []ui.Option{{Value: "", Label: t(ctx, "dossierweb.all")}}
	for _, e := range cat.Entries() {
		p.Names[e.Code] = e.Name
		codes = append(codes, ui.Option{Value: e.Code, Label: e.Code + " · " + e.Name})
	}
	who := actor.From(ctx)
	var agencies []ui.Option
	for _, a := range leads(who, dossier.PermApprove, p.Tree) {
		agencies = append(agencies, ui.Option{Value: a.String(), Label: unitName(ctx, p.Tree, a)})
	}
	if form == nil {
		form = h.watchForm(p.Rules, who, r.URL.Query())
		p.Editing = form.Get("version") != "0"
	}
	p.Hidden = []ui.Hidden{{Name: "version", Value: form.Get("version")}}
	hours := func(name, label string) ui.FieldView {
		return ui.FieldView{Name: name, Label: t(ctx, label), Value: form.Get(name), Suffix: t(ctx, "dossierweb.watch.hours"), Width: "xs", Optional: true}
	}
	p.Fields = []ui.FieldView{
		{Name: "agency", Widget: "select", Label: t(ctx, "dossierweb.fact.agency"), Help: t(ctx, "dossierweb.watch.agency_help"), Value: form.Get("agency"), Options: agencies},
		{Name: "procedure", Widget: "select", Label: t(ctx, "dossierweb.col.procedure"), Value: form.Get("procedure"), Options: codes},
		{Name: "warn", Label: t(ctx, "dossierweb.watch.warn"), Help: t(ctx, "dossierweb.watch.warn_help"), Value: form.Get("warn"), Width: "s", Optional: true},
		hours("officer", "dossierweb.watch.to_officer"), hours("division_head", "dossierweb.watch.to_division_head"),
		hours("leader", "dossierweb.watch.to_leader"), hours("superior", "dossierweb.watch.to_superior")}
	return p, nil
}

// watchForm is the form of the rule in the address, or of a new one with what the program does without.
func (h *Handlers) watchForm(rules []dossier.WatchRule, who actor.Actor, q url.Values) url.Values {
	r := dossier.WatchRule{Agency: who.Agency, Procedure: q.Get("thu-tuc"), Choice: dossier.DefaultWatch()}
	if a, err := id.Parse(q.Get("co-quan")); err == nil {
		r.Agency = a
		for _, x := range rules {
			if x.Agency == a && x.Procedure == r.Procedure {
				r = x
			}
		}
	}
	form := url.Values{"agency": {r.Agency.String()}, "procedure": {r.Procedure}, "version": {strconv.FormatInt(r.Version, 10)}}
	var warn []string
	for _, n := range r.Choice.Warn {
		warn = append(warn, hoursWord(n))
	}
	form.Set("warn", strings.Join(warn, "; "))
	for _, e := range r.Choice.Escalate {
		form.Set(e.To, hoursWord(e.After))
	}
	return form
}

// hoursWord writes office minutes as hours, with a comma as Vietnamese has it.
func hoursWord(minutes int) string {
	return strings.ReplaceAll(strconv.FormatFloat(float64(minutes)/60, 'f', -1, 64), ".", ",")
}

// readHours reads hours as minutes; false for what is no number of hours.
func readHours(s string) (int, bool) {
	f, err := strconv.ParseFloat(strings.ReplaceAll(text.Line(s), ",", "."), 64)
	if err != nil || f < 0 || f > dossier.MaxWatch {
		return 0, false
	}
	return int(f*60 + 0.5), true
}

// readWatch reads the form of a rule.
func readWatch(form url.Values) (r dossier.WatchRule, bad []fault.Field) {
	r = dossier.WatchRule{Procedure: text.Line(form.Get("procedure")), Choice: dossier.WatchChoice{Warn: []int{}, Escalate: []dossier.Escalation{}}}
	var err error
	if r.Agency, err = id.Parse(form.Get("agency")); err != nil {
		bad = append(bad, fault.Field{Path: "agency", Key: "dossier.watch_place"})
	}
	if r.Version, err = strconv.ParseInt(form.Get("version"), 10, 64); err != nil {
		r.Version = 0
	}
	wrong := func(path string) {
		bad = append(bad, fault.Field{Path: path, Key: "dossier.watch_range", Args: fault.Args("max", dossier.MaxWatch/60)})
	}
	for _, s := range strings.FieldsFunc(form.Get("warn"), func(c rune) bool { return c == ';' || c == ' ' }) {
		n, ok := readHours(s)
		if !ok || n == 0 {
			wrong("warn")
			break
		}
		r.Choice.Warn = append(r.Choice.Warn, n)
	}
	for _, to := range []string{dossier.ToOfficer, dossier.ToDivision, dossier.ToLeader, dossier.ToSuperior} {
		if text.Line(form.Get(to)) == "" {
			continue
		}
		n, ok := readHours(form.Get(to))
		if !ok {
			wrong(to)
			continue
		}
		r.Choice.Escalate = append(r.Choice.Escalate, dossier.Escalation{After: n, To: to})
	}
	return r, bad
}

// watch shows who is told of deadlines.
func (h *Handlers) watch(w http.ResponseWriter, r *http.Request) error {
	p, err := h.watchPage(r, nil)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, officialWatch(p))
}

// setWatch stores a rule, or takes it away.
func (h *Handlers) setWatch(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	rule, bad := readWatch(form)
	flash := "dossierweb.watch.saved"
	var trouble error
	if form.Get("drop") != "" {
		rule.Choice, bad, flash = dossier.WatchChoice{}, nil, "dossierweb.watch.dropped"
	}
	if len(bad) > 0 {
		trouble = fault.Input("dossier.watch_wrong", bad...)
	} else {
		trouble = h.Dossiers.SetWatch(ctx, rule)
	}
	if trouble == nil {
		web.Flash(w, r, ui.OK, flash)
		return web.Redirect(w, r, pathWatch)
	}
	p, err := h.watchPage(r, form)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if p.Errors, status, err = troubles(trouble, i18n.Lang(ctx)); err != nil {
		return err
	}
	p.Fields = ui.Mark(ctx, p.Fields, p.Errors)
	return web.Render(w, r, status, officialWatch(p))
}

// watchLink is the address at which a rule is changed.
func watchLink(r dossier.WatchRule) string {
	return liveAddress(pathWatch, url.Values{"co-quan": {r.Agency.String()}, "thu-tuc": {r.Procedure}})
}

// escalationWords says who is told when.
func escalationWords(ctx context.Context, e dossier.Escalation) string {
	who := t(ctx, "dossierweb.watch.to_"+e.To)
	if e.After == 0 {
		return t(ctx, "dossierweb.watch.at_once") + " " + who
	}
	return worked(ctx, int64(e.After)) + ": " + who
}

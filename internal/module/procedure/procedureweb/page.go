package procedureweb

import (
	"context"
	"net/http"
	"strconv"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/procedure"
)

// pageView is the page of one version of a procedure.
type pageView struct {
	v       *procedure.Version
	r       *procedure.Record
	process *bpmn.Definition
	offices []procedure.Unit
	public  bool // the published version, as citizens see it
	admin   bool // shows where every field comes from
}

// online tells whether the button to file online is there: the law allows it, the version has an
// e-form and some office takes it.
func (p pageView) online() bool {
	return p.public && p.r.Online() && p.v.FormKey != "" && len(p.offices) > 0
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	code := r.PathValue("code")
	v, err := h.Procedures.Published(ctx, code)
	if err != nil {
		return err
	}
	p, err := h.page(ctx, v)
	if err != nil {
		return err
	}
	p.public = true
	if p.offices, err = h.Procedures.OfferingAgencies(ctx, code); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, procedurePage(p))
}

// showVersion shows any version to administrators, as citizens would see it.
func (h *Handlers) showVersion(w http.ResponseWriter, r *http.Request) error {
	v, err := h.numbered(r)
	if err != nil {
		return err
	}
	p, err := h.page(r.Context(), v)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, procedurePage(p))
}

func (h *Handlers) numbered(r *http.Request) (*procedure.Version, error) {
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || n < 1 {
		return nil, fault.New(fault.NotFound, "procedure.not_found")
	}
	return h.Procedures.Numbered(r.Context(), actor.From(r.Context()), r.PathValue("code"), n)
}

func (h *Handlers) page(ctx context.Context, v *procedure.Version) (pageView, error) {
	p := pageView{v: v, r: &v.Record, admin: actor.From(ctx).May(procedure.PermEdit)}
	c, err := h.Procedures.ByVersion(ctx, v.ID)
	switch {
	case err == nil:
		p.process = c.Process
	case v.State == procedure.Draft && fault.KindOf(err) == fault.Invalid:
		// A draft is shown with what works of it.
	default:
		return p, err
	}
	return p, nil
}

// facts are the first things people want to know, for the side of the page.
func (p pageView) facts(ctx context.Context) []ui.Item {
	return []ui.Item{
		{Label: t(ctx, "f.code"), Value: p.r.Code.Value},
		{Label: t(ctx, "f.field"), Value: p.r.Field.Value.Name, Lang: vi()},
		{Label: t(ctx, "f.levels"), Value: p.levels(ctx)},
		{Label: t(ctx, "f.subjects"), Value: joinLines(p.r.Subjects.Value), Lang: vi()},
		{Label: t(ctx, "f.result"), Value: p.results(), Lang: vi()},
	}
}

// more are the fields people rarely ask for.
func (p pageView) more(ctx context.Context) []ui.Item {
	r := p.r
	items := []ui.Item{
		{Label: t(ctx, "f.decision_number"), Value: r.DecisionNumber.Value, Lang: vi()},
		{Label: t(ctx, "f.category"), Value: r.Category.Value, Lang: vi()},
		{Label: t(ctx, "f.service_level"), Value: number(r.ServiceLevel.Value)},
		{Label: t(ctx, "f.service_kind"), Value: known(ctx, "kind.", r.ServiceKind.Value)},
		{Label: t(ctx, "f.valid_from"), Value: dateWords(ctx, r.ValidFrom.Value)},
		{Label: t(ctx, "page.keywords"), Value: joinWith(r.Keywords.Value, ", "), Lang: vi()},
	}
	if !p.v.PublishedAt.IsZero() {
		items = append(items, ui.Item{Label: t(ctx, "page.version_l"), Value: t(ctx, "page.version",
			"n", p.v.Number, "date", civil.From(p.v.PublishedAt))})
	}
	return items
}

func (p pageView) agencies(ctx context.Context) []ui.Item {
	a := p.r.Agencies.Value
	return []ui.Item{
		{Label: t(ctx, "f.agencies"), Value: joinLines(a.Perform), Lang: vi()},
		{Label: t(ctx, "f.competent"), Value: joinLines(a.Competent), Lang: vi()},
		{Label: t(ctx, "f.receive"), Value: joinLines(a.Receive), Lang: vi()},
		{Label: t(ctx, "f.coordinate"), Value: joinLines(a.Coordinate), Lang: vi()},
	}
}

func (p pageView) levels(ctx context.Context) string {
	var out []string
	for _, l := range p.r.Levels.Value {
		out = append(out, levelName(ctx, l))
	}
	return joinWith(out, ", ")
}

func (p pageView) results() string {
	var out []string
	for _, x := range p.r.Result.Value {
		out = append(out, x.Name)
	}
	return joinLines(out)
}

// origin is where a field comes from, for administrators.
func (p pageView) origin(key string) (source string, status procedure.Status) {
	for _, f := range p.r.Fields() {
		if f.Key == key {
			return *f.Source, *f.Status
		}
	}
	return "", procedure.Unknown
}

// status tag tones: only what was compared is "ok", what is not known asks to be looked at.
func statusKind(s procedure.Status) ui.Kind {
	switch s {
	case procedure.Verified:
		return ui.OK
	case procedure.Unknown:
		return ui.Warn
	}
	return ui.Info
}

// termAgain tells whether the method's limit is worded as that of the method above it; the page
// then says it once.
func (p pageView) termAgain(i int) bool {
	return i > 0 && p.r.Methods.Value[i].TermText == p.r.Methods.Value[i-1].TermText
}

// feesAgain is termAgain for the wording of the fees.
func (p pageView) feesAgain(i int) bool {
	m := p.r.Methods.Value
	return i > 0 && p.r.Fee(m[i].Channel, 1).Text == p.r.Fee(m[i-1].Channel, 1).Text
}

// methodTerm is a method's limit in the record's words, or in this program's.
func methodTerm(ctx context.Context, m procedure.Method) string {
	if m.Term == nil {
		return t(ctx, "term.unknown")
	}
	return sentence(m.Term.Text(i18n.Lang(ctx)))
}

func joinLines(list []string) string { return joinWith(list, "\n") }

func joinWith(list []string, sep string) string {
	out := ""
	for i, s := range list {
		if i > 0 {
			out += sep
		}
		out += s
	}
	return out
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// step is one step of the process in words.
func outlineSteps(ctx context.Context, d *bpmn.Definition) []ui.Step {
	lang := i18n.Lang(ctx)
	var out []ui.Step
	for _, o := range d.Outline(nil) {
		if o.Type != bpmn.TypeUserTask && o.Type != bpmn.TypeManualTask {
			continue
		}
		s := ui.Step{Label: i18n.Pick(lang, o.Name, o.NameEn), Note: i18n.Pick(lang, o.Lane, o.LaneEn)}
		if o.Budget > 0 {
			s.Note = joinWith([]string{s.Note, budgetWords(ctx, o.Budget)}, " · ")
		}
		out = append(out, s)
	}
	return out
}

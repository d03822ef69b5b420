package procedureweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/procedure"
)

// maxOutcomes is how many outcomes one task's form offers.
const maxOutcomes = 12

// stepView is the form of one step.
type stepView struct {
	d        *procedure.ProcessDraft
	id       string
	title    string
	kind     string
	fields   []ui.FieldView
	outcomes []outcomeRow
	kinds    []ui.Option
	targets  []ui.Option
	problems []string
	errs     []fault.Field
	task     bool
}

// outcomeRow is one outcome on the form; an empty one is a line to add another.
type outcomeRow struct {
	n    int
	o    bpmn.Outcome
	to   string // id of the node it leads to, "" when that cannot be told in one line
	free bool   // not stored yet
}

// openElement reads the draft and its definition; without one the list of steps says what is wrong.
func (h *Handlers) openElement(r *http.Request) (*procedure.ProcessDraft, *bpmn.Definition, error) {
	d, err := h.processDraft(r)
	if err != nil {
		return nil, nil, err
	}
	def, err := bpmn.Parse(d.BPMN)
	if err != nil {
		return nil, nil, fault.Wrap(err, fault.Conflict, "procedure.process.unreadable")
	}
	return d, def, nil
}

func (h *Handlers) stepPage(w http.ResponseWriter, r *http.Request) error {
	return h.renderStep(w, r, nil, nil)
}

// renderStep shows the form of a step as it is stored, or as it was sent.
func (h *Handlers) renderStep(w http.ResponseWriter, r *http.Request, in url.Values, f *fault.Error) error {
	ctx := r.Context()
	lang := i18n.Lang(ctx)
	d, def, err := h.openElement(r)
	if err != nil {
		return err
	}
	n := def.Node(r.PathValue("element"))
	if n == nil {
		return fault.New(fault.NotFound, "procedure.process.no_element")
	}
	c, err := h.offered(ctx)
	if err != nil {
		return err
	}
	v := stepView{d: d, id: n.ID, title: n.Title(lang), kind: typeName(ctx, n.Type), kinds: c.kinds, errs: fieldsOf(ctx, f), task: n.IsTask()}
	for _, p := range h.problemRows(ctx, d) {
		if p.element == n.ID {
			v.problems = append(v.problems, p.text)
		}
	}
	v.targets = []ui.Option{{Value: "", Label: t(ctx, "process.as_drawn")}}
	for i := range def.Nodes {
		if m := &def.Nodes[i]; (m.IsTask() || m.Type == bpmn.TypeEnd) && m.Parent == n.Parent {
			v.targets = append(v.targets, ui.Option{Value: m.ID, Label: m.Title(lang)})
		}
	}
	if in == nil {
		in = stepValues(ctx, def, n)
	}
	v.fields = stepFields(ctx, def, n, c, in)
	ui.Mark(ctx, v.fields, v.errs)
	if v.task {
		v.outcomes = outcomeRows(def, n, in)
	}
	return web.Render(w, r, statusOf(f), stepPage(v))
}

// stepValues are the values of a step as its form shows them.
func stepValues(ctx context.Context, d *bpmn.Definition, n *bpmn.Node) url.Values {
	in := url.Values{"name": {n.Name}, "nameEn": {n.NameEn}, "lane": {n.Lane}, "action": {n.Action}, "form": {n.Form}, "doc": {n.Doc},
		"result": {n.Result}, "work": {n.Work}}
	if n.Budget > 0 {
		in.Set("budget", budgetWords(ctx, n.Budget))
	}
	if n.Status > 0 {
		in.Set("status", strconv.Itoa(n.Status))
	}
	if n.Event != nil && n.Event.Kind == bpmn.TriggerTimer && n.Event.Timer.Work > 0 {
		in.Set("timer", budgetWords(ctx, n.Event.Timer.Work))
	}
	for i, o := range n.Outcomes {
		at := strconv.Itoa(i)
		in.Set("o.key."+at, o.Key)
		in.Set("o.name."+at, o.Name)
		in.Set("o.nameEn."+at, o.NameEn)
		in.Set("o.kind."+at, o.Kind)
		in.Set("o.to."+at, target(d, n, o.Key))
		if o.NeedsNote {
			in.Set("o.note."+at, "on")
		}
	}
	return in
}

// target returns where an outcome leads, when one flow says so.
func target(d *bpmn.Definition, n *bpmn.Node, key string) string {
	if len(n.Out) != 1 {
		return ""
	}
	to := d.Node(d.Flow(n.Out[0]).To)
	if !strings.HasSuffix(to.Type, "Gateway") {
		return to.ID
	}
	if to.Type != bpmn.TypeExclusive {
		return ""
	}
	for _, id := range to.Out {
		if k, ok := d.Flow(id).WaitsFor(); ok && k == key {
			return d.Flow(id).To
		}
	}
	if f := d.Flow(to.Default); f != nil {
		return f.To
	}
	return ""
}

func stepFields(ctx context.Context, d *bpmn.Definition, n *bpmn.Node, c offered, in url.Values) []ui.FieldView {
	text := func(name string, optional bool) ui.FieldView {
		return ui.FieldView{Path: "/" + name, Name: name, Label: t(ctx, "process.field."+name), Value: in.Get(name), Optional: optional}
	}
	list := func(name string, options []ui.Option) ui.FieldView {
		f := text(name, false)
		f.Widget, f.Options = "select", with(options, in.Get(name))
		return f
	}
	out := []ui.FieldView{text("name", !n.IsTask()), text("nameEn", true)}
	if len(d.Lanes) > 0 {
		out = append(out, list("lane", withNone(ctx, laneOptions(ctx, d))))
	}
	if n.IsTask() {
		budget := text("budget", true)
		budget.Help, budget.Width = t(ctx, "process.budget_help"), "m"
		out = append(out, list("action", withNone(ctx, c.actions)), budget, list("form", withNone(ctx, c.forms)))
	}
	if n.IsTask() || n.Type == bpmn.TypeEnd {
		status := list("status", withNone(ctx, c.statuses))
		status.Help = t(ctx, "process.status_help")
		out = append(out, status)
	}
	if n.Event != nil && n.Event.Kind == bpmn.TriggerTimer {
		timer := text("timer", false)
		timer.Help, timer.Width = t(ctx, "process.timer_help"), "m"
		out = append(out, timer)
	}
	if name := workAttr(n); name != "" {
		work := text("work", false)
		work.Label = t(ctx, "process.field."+name)
		out = append(out, work, text("result", true))
	}
	return out
}

// workAttr returns the attribute that names what a service or business rule task does.
func workAttr(n *bpmn.Node) string {
	switch n.Type {
	case bpmn.TypeServiceTask:
		return "service"
	case bpmn.TypeRuleTask:
		return "decision"
	}
	return ""
}

// with adds the present value to a list that does not have it, so that a form never changes what it
// does not show.
func with(options []ui.Option, value string) []ui.Option {
	if value == "" || slices.ContainsFunc(options, func(o ui.Option) bool { return o.Value == value }) {
		return options
	}
	return append(slices.Clone(options), ui.Option{Value: value, Label: value})
}

// outcomeRows are the outcomes on the form, and two lines for new ones.
func outcomeRows(d *bpmn.Definition, n *bpmn.Node, in url.Values) []outcomeRow {
	var out []outcomeRow
	free := 0
	for i := range maxOutcomes {
		at := strconv.Itoa(i)
		o := bpmn.Outcome{Key: in.Get("o.key." + at), Name: in.Get("o.name." + at), NameEn: in.Get("o.nameEn." + at), Kind: in.Get("o.kind." + at),
			NeedsNote: in.Get("o.note."+at) != ""}
		if o.Key == "" && o.Name == "" {
			if free++; free > 2 {
				break
			}
			o.Kind = bpmn.OutcomeForward
		}
		out = append(out, outcomeRow{n: i, o: o, to: in.Get("o.to." + at), free: o.Key == ""})
	}
	return out
}

// readOutcomes reads the outcomes of a form. One without a name is taken away.
func readOutcomes(in url.Values) (list []bpmn.Outcome, to map[string]string, bad []fault.Field) {
	to = map[string]string{}
	taken := map[string]bool{}
	for i := range maxOutcomes {
		if k := in.Get("o.key." + strconv.Itoa(i)); k != "" {
			taken[k] = true
		}
	}
	for i := range maxOutcomes {
		at := strconv.Itoa(i)
		o := bpmn.Outcome{Key: text.Line(in.Get("o.key." + at)), Name: text.Line(in.Get("o.name." + at)), NameEn: text.Line(in.Get("o.nameEn." + at)),
			Kind: in.Get("o.kind." + at), NeedsNote: in.Get("o.note."+at) != ""}
		if o.Name == "" {
			continue
		}
		if o.Key == "" {
			o.Key = keyFor(o.Name, taken)
			taken[o.Key] = true
		}
		switch o.Kind {
		case bpmn.OutcomeForward, bpmn.OutcomeBack, bpmn.OutcomeSupplement, bpmn.OutcomeRefuse, bpmn.OutcomeFinish:
		default:
			bad = append(bad, fault.Field{Path: "o.kind." + at, Key: "procedure.process.bad_kind"})
		}
		if v := in.Get("o.to." + at); v != "" {
			to[o.Key] = v
		}
		list = append(list, o)
	}
	return list, to, bad
}

// keyFor makes a key of an outcome's name that is not taken.
func keyFor(name string, taken map[string]bool) string {
	var b strings.Builder
	for _, c := range text.Fold(name) {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			b.WriteRune(c)
		} else if s := b.String(); s != "" && !strings.HasSuffix(s, "_") {
			b.WriteByte('_')
		}
		if b.Len() >= 30 {
			break
		}
	}
	stem := orText(strings.Trim(b.String(), "_"), "outcome")
	key := stem
	for n := 2; taken[key]; n++ {
		key = stem + "_" + strconv.Itoa(n)
	}
	return key
}

func (h *Handlers) saveStep(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	revision, err := revisionOf(r)
	if err != nil {
		return err
	}
	in := r.PostForm
	key, id := r.PathValue("key"), r.PathValue("element")
	_, def, err := h.openElement(r)
	if err != nil {
		return err
	}
	n := def.Node(id)
	if n == nil {
		return fault.New(fault.NotFound, "procedure.process.no_element")
	}
	edit, bad := readStep(n, in)
	if len(bad) > 0 {
		err = fault.Input("procedure.invalid", bad...)
	} else {
		_, err = h.Procedures.EditProcessDraft(ctx, actor.From(ctx), key, revision, func(f *bpmn.File) error { return edit(f, def) })
	}
	if f := retry(err); f != nil {
		return h.renderStep(w, r, in, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.OK, "procedure.process.done_step")
	return web.Redirect(w, r, processPath(key, "/buoc"))
}

// readStep reads the form of a step and returns the change it asks for.
func readStep(n *bpmn.Node, in url.Values) (func(*bpmn.File, *bpmn.Definition) error, []fault.Field) {
	var bad []fault.Field
	attrs := [][3]string{{"", "name", text.Line(in.Get("name"))}, {bpmn.NS, "nameEn", text.Line(in.Get("nameEn"))}}
	if n.IsTask() {
		if text.Line(in.Get("name")) == "" {
			bad = append(bad, fault.Field{Path: "/name", Key: "procedure.process.no_step_name"})
		}
		minutes, ok := budgetFrom(in.Get("budget"))
		if !ok {
			bad = append(bad, fault.Field{Path: "/budget", Key: "procedure.process.bad_budget"})
		}
		budget := ""
		if minutes > 0 {
			budget = bpmn.FormatBudget(minutes)
		}
		attrs = append(attrs, [3]string{bpmn.NS, "action", text.Line(in.Get("action"))}, [3]string{bpmn.NS, "budget", budget},
			[3]string{bpmn.NS, "form", text.Line(in.Get("form"))})
	}
	if n.IsTask() || n.Type == bpmn.TypeEnd {
		attrs = append(attrs, [3]string{bpmn.NS, "status", text.Line(in.Get("status"))})
	}
	if name := workAttr(n); name != "" && text.Line(in.Get("work")) != n.Work {
		attrs = append(attrs, [3]string{bpmn.NS, name, text.Line(in.Get("work"))})
	}
	if workAttr(n) != "" && text.Line(in.Get("result")) != n.Result {
		attrs = append(attrs, [3]string{bpmn.NS, "result", text.Line(in.Get("result"))})
	}
	timer := 0
	if n.Event != nil && n.Event.Kind == bpmn.TriggerTimer && text.Line(in.Get("timer")) != "" {
		var ok bool
		if timer, ok = budgetFrom(in.Get("timer")); !ok {
			bad = append(bad, fault.Field{Path: "/timer", Key: "procedure.process.bad_budget"})
		}
	}
	var outcomes []bpmn.Outcome
	var to map[string]string
	if n.IsTask() {
		var more []fault.Field
		outcomes, to, more = readOutcomes(in)
		bad = append(bad, more...)
	}
	return func(f *bpmn.File, def *bpmn.Definition) error {
		for _, a := range attrs {
			if err := f.SetAttr(n.ID, a[0], a[1], a[2]); err != nil {
				return err
			}
		}
		if timer > 0 {
			if err := f.SetTimerWork(n.ID, timer); err != nil {
				return err
			}
		}
		if lane := in.Get("lane"); lane != "" && lane != n.Lane {
			if err := f.SetLane(n.ID, lane); err != nil {
				return err
			}
		}
		if !n.IsTask() {
			return nil
		}
		if !slices.Equal(outcomes, n.Outcomes) {
			if err := f.SetOutcomes(n.ID, outcomes); err != nil {
				return err
			}
		}
		for _, o := range outcomes {
			if want := to[o.Key]; want != "" && want != target(def, n, o.Key) {
				if err := f.SetOutcomeWay(n.ID, o, want); err != nil {
					return err
				}
			}
		}
		return nil
	}, bad
}

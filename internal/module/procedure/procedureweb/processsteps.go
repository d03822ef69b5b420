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

// The list of steps is the drawing in words: everything an official usually changes can be changed
// here with plain forms, at the keyboard, with a screen reader and on a telephone.

// stepsView is the list of steps of a draft.
type stepsView struct {
	d        *procedure.ProcessDraft
	def      *bpmn.Definition // nil if the file cannot be read
	rows     []stepRow
	lanes    []laneRow
	problems []problemRow
	errs     []fault.Field
}

// stepRow is one step with what can be done to it.
type stepRow struct {
	id, title, kind, lane, budget string
	href                          string
	ways                          []wayRow
	problems                      []string
	task                          bool
	swap                          string // title of the step after it, when both can change places
}

// wayRow is one way on from a step.
type wayRow struct {
	flow, label, to string
	back            bool
}

// laneRow is one lane: who does the work drawn in it.
type laneRow struct{ title, href, role, agency string }

func (h *Handlers) steps(w http.ResponseWriter, r *http.Request) error {
	return h.renderSteps(w, r, nil)
}

func (h *Handlers) renderSteps(w http.ResponseWriter, r *http.Request, f *fault.Error) error {
	ctx := r.Context()
	d, err := h.processDraft(r)
	if err != nil {
		return err
	}
	v := stepsView{d: d, problems: h.problemRows(ctx, d), errs: fieldsOf(ctx, f)}
	if def, err := bpmn.Parse(d.BPMN); err == nil {
		v.def = def
		v.fill(ctx)
	}
	return web.Render(w, r, statusOf(f), stepsPage(v))
}

// fill lists the steps in the order of the outline, then what the outline leaves out.
func (v *stepsView) fill(ctx context.Context) {
	lang := i18n.Lang(ctx)
	seen := map[string]bool{}
	add := func(n *bpmn.Node) {
		if n == nil || seen[n.ID] || strings.HasSuffix(n.Type, "Gateway") {
			return
		}
		seen[n.ID] = true
		row := stepRow{id: n.ID, title: n.Title(lang), kind: typeName(ctx, n.Type), task: n.IsTask(), href: elementPath(v.d.Key, "buoc", n.ID)}
		if l := v.def.LaneOf(n); l != nil {
			row.lane = l.Title(lang)
		}
		if n.Budget > 0 {
			row.budget = budgetWords(ctx, n.Budget)
		}
		v.ways(&row, n, lang, map[string]bool{})
		if row.task && len(n.Out) == 1 {
			next := v.def.Node(v.def.Flow(n.Out[0]).To)
			if next.IsTask() && len(next.In) == 1 && len(next.Out) == 1 && !decides(v.def, v.def.Flow(next.Out[0]).To) {
				row.swap = next.Title(lang)
			}
		}
		for _, p := range v.problems {
			if p.element == n.ID {
				row.problems = append(row.problems, p.text)
			}
		}
		v.rows = append(v.rows, row)
	}
	for _, o := range v.def.Outline(nil) {
		add(v.def.Node(o.ID))
	}
	for i := range v.def.Nodes {
		add(&v.def.Nodes[i])
	}
	for i := range v.def.Lanes {
		l := &v.def.Lanes[i]
		row := laneRow{title: l.Title(lang), href: elementPath(v.d.Key, "lan", l.ID), role: fieldValue(ctx, "role", l.Role), agency: fieldValue(ctx, "agency", l.Agency)}
		v.lanes = append(v.lanes, row)
	}
}

// decides tells whether ways part at a node.
func decides(d *bpmn.Definition, node string) bool {
	n := d.Node(node)
	return n != nil && strings.HasSuffix(n.Type, "Gateway") && n.Type != bpmn.TypeParallel && len(n.Out) > 1
}

// ways lists the ways on from a node; gateways are looked through, so that each row is a way on
// which a step can be put.
func (v *stepsView) ways(row *stepRow, n *bpmn.Node, lang string, through map[string]bool) {
	for _, id := range n.Out {
		f := v.def.Flow(id)
		to := v.def.Node(f.To)
		if strings.HasSuffix(to.Type, "Gateway") && len(to.Out) > 1 && !through[to.ID] {
			through[to.ID] = true
			v.ways(row, to, lang, through)
			continue
		}
		w := wayRow{flow: f.ID, to: to.Title(lang), label: f.Title(lang)}
		if strings.HasSuffix(to.Type, "Gateway") && len(to.Out) == 1 {
			if next := v.def.Node(v.def.Flow(to.Out[0]).To); next != nil {
				w.to = next.Title(lang)
			}
		}
		if key, ok := f.WaitsFor(); ok {
			w.label = key
			for _, t := range v.def.Decides(f.From) {
				if o := t.Outcome(key); o != nil {
					w.label = o.Title(lang)
				}
			}
		} else if from := v.def.Node(f.From); from.Default == f.ID && w.label == "" {
			w.label = strings.Join(v.others(from, lang), ", ")
		}
		row.ways = append(row.ways, w)
	}
}

// others returns the outcomes that no way out of a gateway waits for: its default way is theirs.
func (v *stepsView) others(gate *bpmn.Node, lang string) []string {
	waited := map[string]bool{}
	for _, id := range gate.Out {
		if key, ok := v.def.Flow(id).WaitsFor(); ok {
			waited[key] = true
		}
	}
	var out []string
	for _, t := range v.def.Decides(gate.ID) {
		for i := range t.Outcomes {
			if o := &t.Outcomes[i]; !waited[o.Key] && !slices.Contains(out, o.Title(lang)) {
				out = append(out, o.Title(lang))
			}
		}
	}
	return out
}

// change runs a change of a draft that a small form on the list asks for, and shows the list again.
func (h *Handlers) change(w http.ResponseWriter, r *http.Request, done string, change func(*bpmn.File, url.Values) error) error {
	revision, err := revisionOf(r)
	if err != nil {
		return err
	}
	key := r.PathValue("key")
	_, err = h.Procedures.EditProcessDraft(r.Context(), actor.From(r.Context()), key, revision, func(f *bpmn.File) error { return change(f, r.PostForm) })
	if f := retry(err); f != nil {
		return h.renderSteps(w, r, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.OK, "procedure.process."+done)
	return web.Redirect(w, r, processPath(key, "/buoc"))
}

func (h *Handlers) removeStep(w http.ResponseWriter, r *http.Request) error {
	return h.change(w, r, "done_remove", func(f *bpmn.File, in url.Values) error { return f.RemoveStep(in.Get("step")) })
}

func (h *Handlers) renameProcess(w http.ResponseWriter, r *http.Request) error {
	return h.change(w, r, "done_name", func(f *bpmn.File, in url.Values) error {
		name := text.Line(in.Get("name"))
		if name == "" {
			return fault.Input("procedure.invalid", fault.Field{Path: "/name", Key: "procedure.process.no_name"})
		}
		d, err := bpmn.Parse(f.Bytes())
		if err != nil {
			return fault.Wrap(err, fault.Conflict, "procedure.process.unreadable")
		}
		if err := f.SetAttr(d.ID, "", "name", name); err != nil {
			return err
		}
		return f.SetAttr(d.ID, bpmn.NS, "nameEn", text.Line(in.Get("nameEn")))
	})
}

func (h *Handlers) swapStep(w http.ResponseWriter, r *http.Request) error {
	return h.change(w, r, "done_swap", func(f *bpmn.File, in url.Values) error { return f.SwapWithNext(in.Get("step")) })
}

// addView is the form of a new step.
type addView struct {
	d      *procedure.ProcessDraft
	flow   string
	from   string
	to     string
	fields []ui.FieldView
	errs   []fault.Field
}

func (h *Handlers) addStepPage(w http.ResponseWriter, r *http.Request) error {
	return h.renderAdd(w, r, r.URL.Query().Get("duong"), url.Values{}, nil)
}

func (h *Handlers) renderAdd(w http.ResponseWriter, r *http.Request, flow string, in url.Values, f *fault.Error) error {
	ctx := r.Context()
	lang := i18n.Lang(ctx)
	d, err := h.processDraft(r)
	if err != nil {
		return err
	}
	def, err := bpmn.Parse(d.BPMN)
	if err != nil {
		return web.Redirect(w, r, processPath(d.Key, "/buoc")) // which says what is wrong with the file
	}
	g := def.Flow(flow)
	if g == nil {
		return fault.New(fault.NotFound, "procedure.process.no_element")
	}
	c, err := h.offered(ctx)
	if err != nil {
		return err
	}
	v := addView{d: d, flow: flow, from: def.Node(g.From).Title(lang), to: def.Node(g.To).Title(lang), errs: fieldsOf(ctx, f)}
	lane := in.Get("lane")
	if l := def.LaneOf(def.Node(g.From)); lane == "" && l != nil {
		lane = l.ID
	}
	v.fields = []ui.FieldView{
		{Path: "/name", Name: "name", Label: t(ctx, "process.field.step_name"), Value: in.Get("name")},
		{Path: "/nameEn", Name: "nameEn", Label: t(ctx, "process.field.nameEn"), Value: in.Get("nameEn"), Optional: true},
		{Path: "/lane", Name: "lane", Label: t(ctx, "process.field.lane"), Widget: "select", Options: laneOptions(ctx, def), Value: lane},
		{Path: "/action", Name: "action", Label: t(ctx, "process.field.action"), Widget: "select", Options: c.actions, Value: orText(in.Get("action"), "examine")},
		{Path: "/budget", Name: "budget", Label: t(ctx, "process.field.budget"), Help: t(ctx, "process.budget_help"), Value: in.Get("budget"), Optional: true, Width: "m"},
	}
	return web.Render(w, r, statusOf(f), addStepPage(v))
}

func laneOptions(ctx context.Context, d *bpmn.Definition) []ui.Option {
	var out []ui.Option
	for i := range d.Lanes {
		out = append(out, ui.Option{Value: d.Lanes[i].ID, Label: d.Lanes[i].Title(i18n.Lang(ctx))})
	}
	return out
}

func (h *Handlers) addStep(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	revision, err := revisionOf(r)
	if err != nil {
		return err
	}
	in := r.PostForm
	key, flow := r.PathValue("key"), in.Get("flow")
	s := bpmn.Step{Name: text.Line(in.Get("name")), NameEn: text.Line(in.Get("nameEn")), Lane: in.Get("lane"), Action: text.Line(in.Get("action")),
		Outcomes: []bpmn.Outcome{{Key: "done", Name: "Đã xong", NameEn: "Done", Kind: bpmn.OutcomeForward}}}
	var bad []fault.Field
	if s.Name == "" {
		bad = append(bad, fault.Field{Path: "/name", Key: "procedure.process.no_step_name"})
	}
	var ok bool
	if s.Budget, ok = budgetFrom(in.Get("budget")); !ok {
		bad = append(bad, fault.Field{Path: "/budget", Key: "procedure.process.bad_budget"})
	}
	id := ""
	if len(bad) > 0 {
		err = fault.Input("procedure.invalid", bad...)
	} else {
		_, err = h.Procedures.EditProcessDraft(ctx, actor.From(ctx), key, revision, func(f *bpmn.File) error {
			var err error
			id, err = f.AddStep(flow, s)
			return err
		})
	}
	if f := retry(err); f != nil {
		return h.renderAdd(w, r, flow, in, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.OK, "procedure.process.done_add")
	return web.Redirect(w, r, elementPath(key, "buoc", id))
}

// budgetFrom reads working time as a person writes it, in Vietnamese or English: "2 ngày", "1 ngày 4
// giờ", "90 phút", "1d4h". Nothing is no budget. A working day has 8 hours.
func budgetFrom(s string) (minutes int, ok bool) {
	line := strings.ToLower(text.Line(s))
	if line == "" {
		return 0, true
	}
	if n, ok := bpmn.ParseBudget(line); ok {
		return n, true
	}
	total, number := 0.0, -1.0
	for _, w := range budgetTokens(line) {
		if n, err := strconv.ParseFloat(strings.ReplaceAll(w, ",", "."), 64); err == nil {
			if number >= 0 || n < 0 || n > 1e6 {
				return 0, false
			}
			number = n
			continue
		}
		w = text.Fold(w) // which takes commas out of numbers, so not before
		if w == "va" || w == "and" || w == "lam" || w == "viec" || w == "working" {
			continue
		}
		unit := 0.0
		switch w {
		case "ngay", "day", "days", "d":
			unit = 480
		case "gio", "hour", "hours", "h":
			unit = 60
		case "phut", "minute", "minutes", "min", "m":
			unit = 1
		}
		if unit == 0 || number < 0 {
			return 0, false
		}
		total, number = total+number*unit, -1
	}
	minutes = int(total + 0.5)
	return minutes, number < 0 && minutes > 0 && minutes <= 366*480
}

// budgetTokens cuts "2ngày 4h" into numbers and words.
func budgetTokens(s string) []string {
	var out []string
	digit := func(c rune) bool { return c >= '0' && c <= '9' || c == ',' || c == '.' }
	for w := range strings.FieldsSeq(s) {
		at := strings.IndexFunc(w, func(c rune) bool { return !digit(c) })
		if at > 0 && strings.ContainsFunc(w[:at], digit) {
			out = append(out, w[:at])
			w = w[at:]
		}
		for w != "" {
			at := strings.IndexFunc(w, digit)
			if at <= 0 {
				out = append(out, strings.Trim(w, ",."))
				break
			}
			out = append(out, w[:at])
			rest := w[at:]
			end := strings.IndexFunc(rest, func(c rune) bool { return !digit(c) })
			if end < 0 {
				end = len(rest)
			}
			out = append(out, rest[:end])
			w = rest[end:]
		}
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

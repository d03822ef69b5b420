package procedureweb

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/procedure"
)

// The two groups of the editor that are no fields of the record.
const (
	groupPlatform = "platform"
	groupVersion  = "version"
)

// editorFields are the pages of the editor in order; the code never changes.
func editorFields() []string {
	keys := slices.DeleteFunc(procedure.FieldKeys(), func(k string) bool { return k == "code" })
	return append(keys, groupPlatform, groupVersion)
}

// fieldRow is one line of the editor's overview.
type fieldRow struct {
	key, label, summary, source string
	status                      procedure.Status
	sourced                     bool
	lang                        string
}

type editorView struct {
	v        *procedure.Version
	rows     []fieldRow
	problems []fault.Field
	publish  bool
	all      bool
}

func (h *Handlers) editor(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.draft(r)
	if err != nil {
		return err
	}
	view := editorView{v: v, problems: localise(ctx, h.Procedures.Check(v)), all: mayAll(ctx, procedure.PermEdit), publish: mayAll(ctx, procedure.PermPublish)}
	for _, f := range v.Record.Fields() {
		view.rows = append(view.rows, fieldRow{key: f.Key, label: t(ctx, "f."+f.Key), summary: summary(ctx, &v.Record, f.Key),
			source: *f.Source, status: *f.Status, sourced: true, lang: vi()})
	}
	view.rows = append(view.rows,
		fieldRow{key: groupPlatform, label: t(ctx, "f.platform"), summary: platformSummary(&v.Record)},
		fieldRow{key: groupVersion, label: t(ctx, "admin.about_version"), summary: t(ctx, "admin.effective", "date", v.EffectiveFrom)})
	return web.Render(w, r, http.StatusOK, editorPage(view))
}

// summary says in one line what a field holds.
func summary(ctx context.Context, r *procedure.Record, key string) string {
	entries := func(n int) string {
		if n == 0 {
			return ""
		}
		return t(ctx, "admin.entries", "n", n)
	}
	switch key {
	case "code":
		return r.Code.Value
	case "name":
		return r.Name.Value
	case "name_en":
		return r.NameEN.Value
	case "field":
		return r.Field.Value.Name
	case "levels":
		return pageView{r: r}.levels(ctx)
	case "category":
		return r.Category.Value
	case "subjects":
		return strings.Join(r.Subjects.Value, ", ")
	case "description":
		return r.Description.Value
	case "sequence":
		return entries(len(r.Sequence.Value))
	case "methods":
		return entries(len(r.Methods.Value))
	case "components":
		n := 0
		for _, s := range r.Components.Value {
			n += len(s.Items)
		}
		return entries(n)
	case "agencies":
		return r.Agencies.Value.Perform.String()
	case "result":
		return strings.Join(strings.Split(pageView{r: r}.results(), "\n"), "; ")
	case "legal":
		return entries(len(r.Legal.Value))
	case "requirements":
		return r.Requirements.Value
	case "keywords":
		return strings.Join(r.Keywords.Value, ", ")
	case "decision_number":
		return r.DecisionNumber.Value
	case "service_level":
		return number(r.ServiceLevel.Value)
	case "service_kind":
		return known(ctx, "kind.", r.ServiceKind.Value)
	case "valid_from":
		return dateWords(ctx, r.ValidFrom.Value)
	}
	return ""
}

func platformSummary(r *procedure.Record) string {
	return joinWith(slices.DeleteFunc([]string{r.Process, r.Form, offersText(r.Offers)}, func(s string) bool { return s == "" }), " · ")
}

func offersText(offers []procedure.Offer) string {
	var out []string
	for _, o := range offers {
		if o.Unit != "" {
			out = append(out, "unit:"+o.Unit)
		} else {
			out = append(out, o.Kind)
		}
	}
	return strings.Join(out, ", ")
}

// editView is the page on which one field is edited.
type editView struct {
	v      *procedure.Version
	field  string
	title  string
	fields []ui.FieldView
	errs   []fault.Field
	next   string
}

func (h *Handlers) editField(w http.ResponseWriter, r *http.Request) error {
	v, err := h.draft(r)
	if err != nil {
		return err
	}
	field := r.PathValue("field")
	tree, err := treeOf(&v.Record)
	if err != nil {
		return err
	}
	return h.renderField(w, r, v, field, tree, nil)
}

// treeOf is the record as plain JSON values, which the editor's forms work on.
func treeOf(r *procedure.Record) (map[string]any, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	var m map[string]any
	return m, json.Unmarshal(b, &m)
}

func (h *Handlers) renderField(w http.ResponseWriter, r *http.Request, v *procedure.Version, field string, tree map[string]any, f *fault.Error) error {
	ctx := r.Context()
	e := editView{v: v, field: field, errs: fieldsOf(ctx, f)}
	switch field {
	case groupPlatform:
		s, err := h.platform(ctx)
		if err != nil {
			return err
		}
		e.title = t(ctx, "f.platform")
		e.fields = s.views(ctx, "", platformTree(tree))
	case groupVersion:
		e.title = t(ctx, "admin.about_version")
		e.fields = []ui.FieldView{
			{Path: "effective_from", Name: "effective_from", Label: t(ctx, "admin.effective_from"), Widget: "date", Values: dateParts(asText(tree["effective_from"]))},
			{Path: "note", Name: "note", Label: t(ctx, "admin.note"), Widget: "textarea", Value: asText(tree["note"])}}
		if _, typed := tree["effective_from"]; !typed {
			e.fields[0].Values = dateParts(v.EffectiveFrom.String())
			e.fields[1].Value = v.Note
		}
	default:
		s, ok := specOf(field)
		if !ok {
			return fault.New(fault.NotFound, "procedure.not_found")
		}
		node, _ := tree[field].(map[string]any)
		e.title = t(ctx, "f."+field)
		e.fields = append(s.views(ctx, "/"+field+"/value", node["value"]), originViews(ctx, field, node)...)
	}
	e.fields = ui.Mark(ctx, e.fields, e.errs)
	all := editorFields()
	if i := slices.Index(all, field); i >= 0 && i+1 < len(all) {
		e.next = all[i+1]
	}
	return web.Render(w, r, statusOf(f), editPage(e))
}

// originViews are the controls for a field's source and status.
func originViews(ctx context.Context, field string, node map[string]any) []ui.FieldView {
	status := ui.FieldView{Path: "/" + field + "/status", Name: "/" + field + "/status", Label: t(ctx, "f.status"), Widget: "radio", Value: asText(node["status"])}
	status.Values = []string{status.Value}
	for _, s := range procedure.Statuses() {
		status.Options = append(status.Options, ui.Option{Value: string(s), Label: statusName(ctx, s)})
	}
	return []ui.FieldView{
		{Path: "/" + field + "/source", Name: "/" + field + "/source", Label: t(ctx, "f.source"), Help: t(ctx, "h.source"), Widget: "textarea", Rows: 2, Value: asText(node["source"])},
		status,
	}
}

func (h *Handlers) platform(ctx context.Context) (spec, error) {
	forms, err := h.Procedures.Forms(ctx)
	if err != nil {
		return spec{}, err
	}
	processes, err := h.Procedures.Processes(ctx)
	if err != nil {
		return spec{}, err
	}
	return platformSpec(forms, processes), nil
}

// platformTree flattens what the platform's page edits.
func platformTree(tree map[string]any) map[string]any {
	out := map[string]any{"process": tree["process"], "form": tree["form"], "life_event": tree["life_event"]}
	if typed, ok := tree["offers"].([]string); ok {
		out["offers"] = typed
	} else {
		var offers []string
		list, _ := tree["offers"].([]any)
		for _, o := range list {
			m, _ := o.(map[string]any)
			if u := asText(m["unit"]); u != "" {
				offers = append(offers, "unit:"+u)
			} else {
				offers = append(offers, asText(m["kind"]))
			}
		}
		out["offers"] = offers
	}
	if d, ok := tree["divisions"].(map[string]any); ok {
		m, _ := d["value"].(map[string]any)
		var list []string
		for k, v := range m {
			list = append(list, k+"="+asText(v))
		}
		slices.Sort(list)
		out["divisions"] = list
	}
	w, _ := tree["wiring"].(map[string]any)
	for _, k := range []string{"reception", "decision", "source", "status"} {
		out[k] = w[k]
	}
	return out
}

func (h *Handlers) saveField(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	revision, err := revisionOf(r)
	if err != nil {
		return err
	}
	v, err := h.draft(r)
	if err != nil {
		return err
	}
	field := r.PathValue("field")
	c := procedure.Change{Record: v.Record, EffectiveFrom: v.EffectiveFrom, Note: v.Note}
	tree, err := treeOf(&v.Record)
	if err != nil {
		return err
	}
	var bad []fault.Field
	switch field {
	case groupVersion:
		tree["effective_from"], tree["note"] = readDate(form, "effective_from", &bad), form.Get("note")
		if d, err := civil.Parse(asText(tree["effective_from"])); err == nil {
			c.EffectiveFrom = d
		} else if len(bad) == 0 {
			bad = append(bad, fault.Field{Path: "effective_from", Key: "procedure.required"})
		}
		c.Note = clipRunes(text.Clean(form.Get("note")), 2000)
	case groupPlatform:
		s, err := h.platform(ctx)
		if err != nil {
			return err
		}
		applyPlatform(&c.Record, s.read(form, "", &bad).(map[string]any), &bad)
		if tree, err = treeOf(&c.Record); err != nil {
			return err
		}
	default:
		s, ok := specOf(field)
		if !ok {
			return fault.New(fault.NotFound, "procedure.not_found")
		}
		tree[field] = map[string]any{"value": s.read(form, "/"+field+"/value", &bad),
			"source": text.Clean(form.Get("/" + field + "/source")), "status": form.Get("/" + field + "/status")}
		if len(bad) == 0 && !editing(form) {
			if bad = intoRecord(tree, &c.Record); len(bad) > 0 {
				bad = []fault.Field{{Path: "/" + field + "/value", Key: "procedure.invalid"}}
			}
		}
	}
	if editing(form) { // an item was added or removed: show the form with it, save nothing yet
		return h.renderField(w, r, v, field, tree, nil)
	}
	if len(bad) > 0 {
		return h.renderField(w, r, v, field, tree, fault.Input("procedure.invalid", bad...))
	}
	if _, err := h.Procedures.SaveDraft(ctx, actor.From(ctx), v.ID, revision, c); err != nil {
		if f := retry(err); f != nil {
			return h.renderField(w, r, v, field, tree, f)
		}
		return err
	}
	web.Flash(w, r, ui.OK, "procedure.admin.saved")
	next := adminPath(v.Code, "/sua")
	if form.Get("next") != "" && slices.Contains(editorFields(), form.Get("next")) {
		next += "/" + form.Get("next")
	}
	return web.Redirect(w, r, next)
}

// intoRecord makes a record of the tree; what does not fit is told.
func intoRecord(tree map[string]any, r *procedure.Record) []fault.Field {
	b, err := json.Marshal(tree)
	if err == nil {
		var next procedure.Record
		if err = json.Unmarshal(b, &next); err == nil {
			*r = next
			return nil
		}
	}
	return []fault.Field{{Key: "procedure.invalid"}}
}

// applyPlatform puts the platform's page into the record.
func applyPlatform(r *procedure.Record, m map[string]any, bad *[]fault.Field) {
	r.Process, r.Form = asText(m["process"]), asText(m["form"])
	r.LifeEvents = asList(m["life_event"])
	r.Offers = nil
	for _, l := range asList(m["offers"]) {
		if u, ok := strings.CutPrefix(l, "unit:"); ok {
			r.Offers = append(r.Offers, procedure.Offer{Unit: strings.TrimSpace(u)})
		} else {
			r.Offers = append(r.Offers, procedure.Offer{Kind: l})
		}
	}
	r.Divisions.Value = nil
	for _, l := range asList(m["divisions"]) {
		k, v, ok := strings.Cut(l, "=")
		if !ok {
			*bad = append(*bad, fault.Field{Path: "/divisions", Key: "procedure.cell_pair", Args: fault.Args("value", clipRunes(l, 60))})
			continue
		}
		if r.Divisions.Value == nil {
			r.Divisions.Value = map[string]string{}
		}
		r.Divisions.Value[strings.TrimSpace(k)] = strings.TrimSpace(v)
	}
	r.Wiring = procedure.Wiring{Reception: asText(m["reception"]), Decision: asText(m["decision"]),
		Source: asText(m["source"]), Status: procedure.Status(asText(m["status"]))}
	if len(r.Divisions.Value) > 0 && r.Divisions.Source == "" {
		r.Divisions.Source, r.Divisions.Status = r.Wiring.Source, r.Wiring.Status
	}
}

func (h *Handlers) newPage(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, newPage(newFields(r.Context(), url.Values{}), nil))
}

func newFields(ctx context.Context, form url.Values) []ui.FieldView {
	return []ui.FieldView{
		{Path: "/code/value", Name: "code", Label: t(ctx, "f.code"), Value: form.Get("code"), Width: "m"},
		{Path: "/name/value", Name: "name", Label: t(ctx, "f.name"), Value: form.Get("name"), Widget: "textarea", Rows: 2},
		{Path: "/name/source", Name: "source", Label: t(ctx, "f.source"), Help: t(ctx, "h.source"), Value: form.Get("source")},
	}
}

func (h *Handlers) create(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	source := text.Line(form.Get("source"))
	rec := procedure.Empty(source)
	rec.Code = procedure.Sourced[string]{Value: text.Line(form.Get("code")), Source: source, Status: procedure.Memory}
	rec.Name = procedure.Sourced[string]{Value: text.Line(form.Get("name")), Source: source, Status: procedure.Memory}
	v, err := h.Procedures.Create(ctx, actor.From(ctx), procedure.Change{Record: rec, EffectiveFrom: civil.From(h.Now())})
	if f := retry(err); f != nil {
		if source == "" { // one sentence about the source instead of one for each of twenty fields
			f = fault.Input(f.Key, slices.DeleteFunc(f.Fields, func(x fault.Field) bool {
				return x.Key == "procedure.no_source" && x.Path != "/name/source"
			})...)
		}
		errs := fieldsOf(ctx, f)
		return web.Render(w, r, statusOf(f), newPage(ui.Mark(ctx, newFields(ctx, form), errs), errs))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, adminPath(v.Code, "/sua"))
}

// previewWord tells which page of how many.
func previewWord(ctx context.Context, n, of int) string {
	return t(ctx, "admin.preview_text", "n", n, "of", of)
}

package orgweb

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/org"
)

// loaded is a unit for a form: its record, the tree and the span that holds today or last did.
type loaded struct {
	rec  org.UnitRecord
	tree *org.Tree
	span org.Span
}

func (h *Handlers) load(r *http.Request) (l loaded, err error) {
	u, err := pathID(r, "unit")
	if err != nil {
		return l, err
	}
	if l.rec, err = h.Org.History(r.Context(), u); err != nil {
		return l, err
	}
	if l.tree, err = h.Org.Tree(r.Context()); err != nil {
		return l, err
	}
	today := h.Org.Today()
	l.span = l.rec.Spans[0]
	for _, s := range l.rec.Spans {
		if s.Covers(today) {
			l.span = s
		}
	}
	return l, h.mayOpen(r, l.tree, u, l.span.From)
}

// mayOpen refuses the form of a unit to whom saving it would be refused: the same rule as the use
// cases have. A unit that is no more, or not yet, is judged as it stood on the given day.
func (h *Handlers) mayOpen(r *http.Request, t *org.Tree, unit id.ID, on civil.Date) error {
	ctx := r.Context()
	if _, today := t.Unit(unit); !today {
		var err error
		if t, err = h.Org.TreeOn(ctx, on); err != nil {
			return err
		}
	}
	if !org.MayEdit(actor.From(ctx), t, unit) {
		return fault.New(fault.Forbidden, "org.may_not_edit")
	}
	return nil
}

func (l loaded) href() string { return pathUnit + l.rec.ID.String() }

func (l loaded) form(r *http.Request, title, action string) formView {
	ctx := r.Context()
	return formView{Title: ui.T(ctx, title), Crumbs: named(r, crumbs(l.tree, l.rec.ID, true)), Action: l.href() + action, Back: l.href(),
		Hidden: []ui.Hidden{{Name: "version", Value: strconv.FormatInt(l.rec.Version, 10)}}}
}

// named puts the word for the tree on the first crumb.
func named(r *http.Request, links []ui.Link) []ui.Link {
	links[0].Label = ui.T(r.Context(), "org.title")
	return links
}

// valueFields are the questions about a unit's values.
func (h *Handlers) valueFields(r *http.Request, form url.Values, v org.Values, kind string, tree *org.Tree, from *civil.Date) []ui.FieldView {
	ctx := r.Context()
	parent := ""
	if p, ok := tree.Unit(v.Parent); ok {
		parent = p.Key
	}
	fs := []ui.FieldView{
		{Name: "name", Label: ui.T(ctx, "org.name"), Value: typed(form, "name", v.Name), Lang: i18n.VI, MaxLength: 200},
		{Name: "short", Label: ui.T(ctx, "org.short"), Value: typed(form, "short", v.Short), Lang: i18n.VI, Optional: true},
		{Name: "name_en", Label: ui.T(ctx, "org.name_en"), Value: typed(form, "name_en", v.NameEN), Optional: true},
		{Name: "parent", Label: ui.T(ctx, "org.parent"), Help: ui.T(ctx, "org.parent_help"), Value: typed(form, "parent", parent), Width: "m", Optional: kind != org.Division},
	}
	if kind == org.Division {
		fs = append(fs, ui.FieldView{Name: "tag", Label: ui.T(ctx, "org.tag"), Help: ui.T(ctx, "org.tag_help"), Value: typed(form, "tag", v.Tag), Width: "m", Optional: true})
	} else {
		fs = append(fs, ui.FieldView{Name: "area", Label: ui.T(ctx, "org.area"), Help: ui.T(ctx, "org.area_help"), Value: typed(form, "area", v.Area), Width: "s", InputMode: "numeric", Optional: true})
	}
	return append(fs,
		ui.FieldView{Name: "from", Label: ui.T(ctx, "org.from"), Help: ui.T(ctx, "org.from_help"), Widget: "date", Values: dateParts(form, "from", from)},
		ui.FieldView{Name: "source", Label: ui.T(ctx, "org.source"), Help: ui.T(ctx, "org.source_help"), Value: typed(form, "source", ""), Lang: i18n.VI, Optional: true},
		ui.FieldView{Name: "status", Label: ui.T(ctx, "org.status"), Widget: "select", Width: "m", Value: typed(form, "status", ""), Options: statuses(r), Optional: true})
}

func statuses(r *http.Request) (out []ui.Option) {
	for _, s := range []string{"verified", "memory", "assumed", "unknown"} {
		out = append(out, ui.Option{Value: s, Label: ui.T(r.Context(), "org.status."+s)})
	}
	return out
}

// values reads the form; the parent is named by its key or code.
func values(form url.Values, tree *org.Tree) (org.Values, error) {
	v := org.Values{Name: form.Get("name"), NameEN: form.Get("name_en"), Short: form.Get("short"), Area: form.Get("area"),
		Tag: form.Get("tag"), Source: form.Get("source"), Status: form.Get("status")}
	if p := strings.TrimSpace(form.Get("parent")); p != "" {
		u, ok := tree.ByKey(p)
		if !ok {
			u, ok = tree.ByCode(strings.ToUpper(p))
		}
		if !ok {
			return v, fault.Input("org.input", fault.Field{Path: "parent", Key: "org.parent_unknown"})
		}
		v.Parent = u.ID
	}
	return v, nil
}

func (h *Handlers) editUnit(w http.ResponseWriter, r *http.Request) error {
	return h.showEdit(w, r, http.StatusOK, nil, nil)
}

func (h *Handlers) showEdit(w http.ResponseWriter, r *http.Request, status int, form url.Values, errs []fault.Field) error {
	l, err := h.load(r)
	if err != nil {
		return err
	}
	v := l.form(r, "org.edit_unit", "/sua")
	v.Intro, v.Yes, v.Errs = ui.T(r.Context(), "org.edit_intro"), ui.T(r.Context(), "org.save"), errs
	if form != nil {
		v.Hidden[0].Value = form.Get("version") // what was typed was typed for that version
	}
	today := h.Org.Today()
	v.Fields = h.valueFields(r, form, l.span.Values, l.rec.Kind, l.tree, &today)
	return h.show(w, r, status, v)
}

func (h *Handlers) changeUnit(w http.ResponseWriter, r *http.Request) error {
	l, err := h.load(r)
	if err != nil {
		return err
	}
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	from, ok := date(form, "from")
	val, err := values(form, l.tree)
	if err == nil && !ok {
		err = badDate("from")
	}
	if err == nil {
		err = h.Org.ChangeUnit(r.Context(), actor.From(r.Context()), org.UnitChange{Unit: l.rec.ID, Version: version(form), From: from, Values: val})
	}
	return h.outcome(w, r, err, "org.unit_changed", l.href(), func(status int, errs []fault.Field) error {
		return h.showEdit(w, r, status, form, errs)
	})
}

func (h *Handlers) newUnit(w http.ResponseWriter, r *http.Request) error {
	return h.showNew(w, r, http.StatusOK, nil, nil)
}

func (h *Handlers) showNew(w http.ResponseWriter, r *http.Request, status int, form url.Values, errs []fault.Field) error {
	l, err := h.load(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	v := l.form(r, "org.new_unit", "/them")
	v.Intro, v.Yes, v.Errs = ui.T(ctx, "org.new_intro", "name", l.span.Name), ui.T(ctx, "org.add"), errs
	kind := typed(form, "kind", org.Division)
	var kinds []ui.Option
	for _, k := range l.tree.Kinds() {
		kinds = append(kinds, ui.Option{Value: k, Label: kindName(ctx, k)})
	}
	today := h.Org.Today()
	fs := []ui.FieldView{{Name: "kind", Label: ui.T(ctx, "org.kind"), Widget: "select", Width: "m", Value: kind, Options: kinds}}
	for _, f := range h.valueFields(r, form, org.Values{Parent: l.rec.ID}, org.Division, l.tree, &today) {
		if f.Name != "parent" {
			fs = append(fs, f)
		}
		if f.Name == "tag" {
			fs = append(fs, ui.FieldView{Name: "area", Label: ui.T(ctx, "org.area"), Help: ui.T(ctx, "org.area_help"), Value: typed(form, "area", ""), Width: "s", InputMode: "numeric", Optional: true})
		}
	}
	v.Fields = fs
	return h.show(w, r, status, v)
}

func (h *Handlers) addUnit(w http.ResponseWriter, r *http.Request) error {
	l, err := h.load(r)
	if err != nil {
		return err
	}
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	from, ok := date(form, "from")
	val, err := values(form, l.tree)
	val.Parent = l.rec.ID
	if err == nil && !ok {
		err = badDate("from")
	}
	var added id.ID
	if err == nil {
		added, err = h.Org.AddUnit(r.Context(), actor.From(r.Context()), org.NewUnit{Kind: form.Get("kind"), From: from, Values: val})
	}
	return h.outcome(w, r, err, "org.unit_added", pathUnit+added.String(), func(status int, errs []fault.Field) error {
		return h.showNew(w, r, status, form, errs)
	})
}

func (h *Handlers) askClose(w http.ResponseWriter, r *http.Request) error {
	return h.showClose(w, r, http.StatusOK, nil, nil)
}

func (h *Handlers) showClose(w http.ResponseWriter, r *http.Request, status int, form url.Values, errs []fault.Field) error {
	l, err := h.load(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	v := l.form(r, "org.close_unit", "/dong")
	v.Intro, v.Yes, v.Danger, v.Errs = ui.T(ctx, "org.close_intro", "name", l.span.Name), ui.T(ctx, "org.close_unit"), true, errs
	v.Fields = []ui.FieldView{{Name: "on", Label: ui.T(ctx, "org.close_on"), Help: ui.T(ctx, "org.close_on_help"), Widget: "date", Values: dateParts(form, "on", nil)}}
	return h.show(w, r, status, v)
}

func (h *Handlers) closeUnit(w http.ResponseWriter, r *http.Request) error {
	l, err := h.load(r)
	if err != nil {
		return err
	}
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	on, ok := date(form, "on")
	if err = badDate("on"); ok {
		err = h.Org.CloseUnit(r.Context(), actor.From(r.Context()), l.rec.ID, version(form), on)
	}
	return h.outcome(w, r, err, "org.unit_closed", l.href(), func(status int, errs []fault.Field) error {
		return h.showClose(w, r, status, form, errs)
	})
}

func (h *Handlers) editAlias(w http.ResponseWriter, r *http.Request) error {
	return h.showAlias(w, r, http.StatusOK, nil, nil)
}

func (h *Handlers) showAlias(w http.ResponseWriter, r *http.Request, status int, form url.Values, errs []fault.Field) error {
	l, err := h.load(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	v := l.form(r, "org.set_code", "/ma")
	v.Intro, v.Yes, v.Errs = ui.T(ctx, "org.code_intro"), ui.T(ctx, "org.save"), errs
	today := h.Org.Today()
	v.Fields = []ui.FieldView{
		{Name: "scheme", Label: ui.T(ctx, "org.scheme"), Widget: "radio", Value: typed(form, "scheme", org.MainScheme), Options: []ui.Option{
			{Value: "qcvn102", Label: ui.T(ctx, "org.scheme.qcvn102")}, {Value: "qd20", Label: ui.T(ctx, "org.scheme.qd20")}}},
		{Name: "code", Label: ui.T(ctx, "org.code"), Value: typed(form, "code", ""), Width: "m"},
		{Name: "assigned", Label: ui.T(ctx, "org.assigned_label"), Widget: "checkbox", Value: typed(form, "assigned", ""), Optional: true},
		{Name: "from", Label: ui.T(ctx, "org.from"), Widget: "date", Values: dateParts(form, "from", &today)},
		{Name: "source", Label: ui.T(ctx, "org.source"), Help: ui.T(ctx, "org.source_help"), Value: typed(form, "source", ""), Lang: i18n.VI, Optional: true},
		{Name: "status", Label: ui.T(ctx, "org.status"), Widget: "select", Width: "m", Value: typed(form, "status", ""), Options: statuses(r), Optional: true},
	}
	return h.show(w, r, status, v)
}

func (h *Handlers) setAlias(w http.ResponseWriter, r *http.Request) error {
	l, err := h.load(r)
	if err != nil {
		return err
	}
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	from, ok := date(form, "from")
	if err = badDate("from"); ok {
		err = h.Org.SetAlias(r.Context(), actor.From(r.Context()), version(form), org.Alias{Unit: l.rec.ID, Scheme: form.Get("scheme"), Code: form.Get("code"),
			From: from, Assigned: form.Get("assigned") != "", Source: form.Get("source"), Status: form.Get("status")})
	}
	return h.outcome(w, r, err, "org.code_set", l.href(), func(status int, errs []fault.Field) error {
		return h.showAlias(w, r, status, form, errs)
	})
}

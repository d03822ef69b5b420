package procedureweb

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/procedure"
)

// draftSide stands for the draft where a number stands for a version.
const draftSide = "nhap"

// side is one of two states of a process that are compared.
type side struct {
	name  string // as in the address: a number or draftSide
	label string
	def   *bpmn.Definition
	marks map[string]bpmn.Mark
}

// compareView is the page that shows two states beside each other.
type compareView struct {
	key, title string
	from, to   side
	choices    []ui.Option
	changes    []changeRow
}

// changeRow is one difference in words.
type changeRow struct {
	kind   ui.Kind
	sign   string
	what   string // "mới", "bỏ", "đổi"
	title  string
	fields []changeField
}

type changeField struct{ label, old, new string }

func (h *Handlers) compareProcess(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	key := r.PathValue("key")
	versions, err := h.Procedures.ProcessVersions(ctx, key)
	if err != nil {
		return err
	}
	draft, err := h.processDraft(r)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	v := compareView{key: key, title: key}
	if err == nil {
		v.choices = append(v.choices, ui.Option{Value: draftSide, Label: t(ctx, "process.draft")})
	}
	for _, x := range versions {
		v.choices = append(v.choices, ui.Option{Value: strconv.Itoa(x.Number), Label: t(ctx, "process.version", "n", x.Number)})
	}
	if len(v.choices) == 0 {
		return fault.New(fault.NotFound, "procedure.no_such_process", "key", clipRunes(key, 80))
	}
	q := r.URL.Query()
	to := orText(q.Get("den"), v.choices[0].Value)
	from := orText(q.Get("tu"), v.choices[min(1, len(v.choices)-1)].Value)
	if v.from, err = h.sideOf(ctx, key, from, draft); err != nil {
		return err
	}
	if v.to, err = h.sideOf(ctx, key, to, draft); err != nil {
		return err
	}
	list := bpmn.Compare(v.from.def, v.to.def)
	v.from.marks, v.to.marks = bpmn.ChangeMarks(list, map[string]string{bpmn.ChangeAdded: t(ctx, "process.change.added"),
		bpmn.ChangeRemoved: t(ctx, "process.change.removed"), bpmn.ChangeChanged: t(ctx, "process.change.changed")})
	v.title = v.to.def.Title(i18n.Lang(ctx))
	v.changes = changeRows(ctx, list)
	return web.Render(w, r, http.StatusOK, comparePage(v))
}

func orText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// sideOf reads a version or the draft. One that cannot be read at all is Invalid.
func (h *Handlers) sideOf(ctx context.Context, key, name string, draft *procedure.ProcessDraft) (side, error) {
	s := side{name: name}
	var src []byte
	if name == draftSide && draft != nil {
		s.label, src = t(ctx, "process.draft"), draft.BPMN
	} else {
		n, err := strconv.Atoi(name)
		if err != nil || n < 1 {
			return s, fault.New(fault.NotFound, "procedure.no_such_process", "key", clipRunes(key, 80))
		}
		v, err := h.Procedures.ProcessVersion(ctx, key, n)
		if err != nil {
			return s, err
		}
		s.label, src = t(ctx, "process.version", "n", n), v.BPMN
	}
	d, err := bpmn.Parse(src)
	if err != nil {
		return s, fault.Wrap(err, fault.Invalid, "procedure.process.unreadable")
	}
	s.def = d
	return s, nil
}

// changeRows says differences in words.
func changeRows(ctx context.Context, list []bpmn.Change) []changeRow {
	lang := i18n.Lang(ctx)
	var out []changeRow
	for i := range list {
		c := &list[i]
		row := changeRow{kind: ui.Info, sign: "≠", what: t(ctx, "process.change.changed")}
		switch c.What {
		case bpmn.ChangeAdded:
			row.kind, row.sign, row.what = ui.OK, "+", t(ctx, "process.change.added")
		case bpmn.ChangeRemoved:
			row.kind, row.sign, row.what = ui.Warn, "−", t(ctx, "process.change.removed")
		}
		row.title = typeName(ctx, c.Type) + " “" + c.Title(lang) + "”"
		if c.Type == "sequenceFlow" {
			row.title = t(ctx, "process.way_between", "from", c.From, "to", c.To)
			if c.Name != "" {
				row.title += " (“" + c.Title(lang) + "”)"
			}
		}
		for _, f := range c.Fields {
			if c.What != bpmn.ChangeChanged && (f.Field == "type" || f.Field == "from" || f.Field == "to") {
				continue // the title says it
			}
			row.fields = append(row.fields, changeField{fieldName(ctx, f.Field), fieldValue(ctx, f.Field, f.Old), fieldValue(ctx, f.Field, f.New)})
		}
		out = append(out, row)
	}
	return out
}

// typeName names a kind of element: "Bước", "Nút rẽ".
func typeName(ctx context.Context, typ string) string {
	if typ == "" {
		return ""
	}
	return known(ctx, "canvas.type.", strings.ToUpper(typ[:1])+typ[1:])
}

// fieldName names a property of an element.
func fieldName(ctx context.Context, field string) string {
	if key, ok := strings.CutPrefix(field, "outcome:"); ok {
		return t(ctx, "process.field.outcome", "key", key)
	}
	return known(ctx, "process.field.", field)
}

// fieldValue says a property as people do.
func fieldValue(ctx context.Context, field, v string) string {
	if v == "" {
		return ""
	}
	switch field {
	case "budget", "work":
		if n, ok := bpmn.ParseBudget(v); ok {
			return budgetWords(ctx, n)
		}
	case "status":
		return known(ctx, "process.status.", v)
	case "role":
		return known(ctx, "process.role.", v)
	case "action":
		return known(ctx, "process.action.", v)
	case "agency":
		if unit, ok := strings.CutPrefix(v, bpmn.AgencyUnit); ok {
			return unit
		}
		return known(ctx, "process.agency.", v)
	case "type":
		return typeName(ctx, v)
	case "interrupting":
		return t(ctx, "process.yes_no."+v)
	}
	if strings.HasPrefix(field, "outcome:") {
		name, rest, ok := strings.Cut(v, " (")
		if ok {
			kind, note := strings.CutSuffix(strings.TrimSuffix(rest, ")"), ", needsNote")
			name += " (" + known(ctx, "process.kind.", kind)
			if note {
				name += ", " + t(ctx, "process.with_note")
			}
			return name + ")"
		}
	}
	return v
}

// whoMay tells whether the signed-in person may decide about a draft.
func whoMay(ctx context.Context, d *procedure.ProcessDraft) bool {
	return d.MayApprove(actor.From(ctx))
}

// compareHref is the address of a comparison.
func compareHref(key, from, to string) string {
	return processPath(key, "/so-sanh?"+url.Values{"tu": {from}, "den": {to}}.Encode())
}

package procedureweb

import (
	"net/http"
	"net/url"
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

// laneView is the form of one lane: who does the work drawn in it.
type laneView struct {
	d      *procedure.ProcessDraft
	id     string
	title  string
	fields []ui.FieldView
	errs   []fault.Field
}

func (h *Handlers) lanePage(w http.ResponseWriter, r *http.Request) error {
	return h.renderLane(w, r, nil, nil)
}

func (h *Handlers) renderLane(w http.ResponseWriter, r *http.Request, in url.Values, f *fault.Error) error {
	ctx := r.Context()
	d, def, err := h.openElement(r)
	if err != nil {
		return err
	}
	l := def.Lane(r.PathValue("lane"))
	if l == nil {
		return fault.New(fault.NotFound, "procedure.process.no_element")
	}
	c, err := h.offered(ctx)
	if err != nil {
		return err
	}
	if in == nil {
		in = url.Values{"name": {l.Name}, "nameEn": {l.NameEn}, "role": {l.Role}, "agency": {l.Agency}, "division": {l.Division}}
		if unit, ok := strings.CutPrefix(l.Agency, bpmn.AgencyUnit); ok {
			in.Set("agency", "unit")
			in.Set("unit", unit)
		}
	}
	field := func(name string, optional bool) ui.FieldView {
		return ui.FieldView{Path: "/" + name, Name: name, Label: t(ctx, "process.field."+name), Value: in.Get(name), Optional: optional}
	}
	role, agency, unit := field("role", false), field("agency", false), field("unit", true)
	role.Widget, role.Options = "select", with(withNone(ctx, c.roles), in.Get("role"))
	agency.Widget, agency.Options = "select", with(withNone(ctx, c.agencies), in.Get("agency"))
	agency.Help, unit.Help, unit.Width = t(ctx, "process.agency_help"), t(ctx, "process.unit_help"), "m"
	v := laneView{d: d, id: l.ID, title: l.Title(i18n.Lang(ctx)), errs: fieldsOf(ctx, f)}
	v.fields = []ui.FieldView{field("name", false), field("nameEn", true), role, agency, unit, field("division", true)}
	ui.Mark(ctx, v.fields, v.errs)
	return web.Render(w, r, statusOf(f), lanePage(v))
}

func (h *Handlers) saveLane(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	revision, err := revisionOf(r)
	if err != nil {
		return err
	}
	in := r.PostForm
	key, id := r.PathValue("key"), r.PathValue("lane")
	line := func(name string) string { return text.Line(in.Get(name)) }
	agency := line("agency")
	if agency == "unit" {
		agency = bpmn.AgencyUnit + line("unit")
	}
	if line("name") == "" {
		err = fault.Input("procedure.invalid", fault.Field{Path: "/name", Key: "procedure.process.no_name"})
	} else if agency == bpmn.AgencyUnit {
		err = fault.Input("procedure.invalid", fault.Field{Path: "/unit", Key: "procedure.process.no_unit"})
	} else {
		_, err = h.Procedures.EditProcessDraft(ctx, actor.From(ctx), key, revision, func(f *bpmn.File) error {
			for _, a := range [][3]string{{"", "name", line("name")}, {bpmn.NS, "nameEn", line("nameEn")}, {bpmn.NS, "role", line("role")},
				{bpmn.NS, "agency", agency}, {bpmn.NS, "division", line("division")}} {
				if err := f.SetAttr(id, a[0], a[1], a[2]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if f := retry(err); f != nil {
		return h.renderLane(w, r, in, f)
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.OK, "procedure.process.done_lane")
	return web.Redirect(w, r, processPath(key, "/buoc"))
}

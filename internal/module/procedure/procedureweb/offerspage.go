package procedureweb

import (
	"context"
	"net/http"
	"net/url"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/procedure"
)

type offersView struct {
	code, name string
	list       []procedure.Available
	fields     []ui.FieldView
	errs       []fault.Field
	may        bool
}

func (h *Handlers) offers(w http.ResponseWriter, r *http.Request) error {
	return h.renderOffers(w, r, url.Values{}, nil)
}

func (h *Handlers) renderOffers(w http.ResponseWriter, r *http.Request, form url.Values, f *fault.Error) error {
	ctx := r.Context()
	v := offersView{code: r.PathValue("code"), errs: fieldsOf(ctx, f)}
	p, err := h.Procedures.Published(ctx, v.code)
	if err != nil {
		return err
	}
	v.name = p.Record.Name.Value
	if v.list, err = h.Procedures.Availability(ctx, v.code); err != nil {
		return err
	}
	who := actor.From(ctx)
	_, all := who.Agencies(procedure.PermEdit)
	v.may = all
	agency := ui.FieldView{Path: "agency", Name: "agency", Label: t(ctx, "admin.agency_key"), Widget: "text", Value: form.Get("agency")}
	if !all { // an agency's editor chooses among the agencies of the list that are theirs
		agency.Widget, agency.Label = "select", t(ctx, "admin.agency")
		for _, a := range v.list {
			if who.MayAt(procedure.PermEdit, a.ID) {
				agency.Options = append(agency.Options, ui.Option{Value: a.ID.String(), Label: a.Name})
				v.may = true
			}
		}
	}
	from := []string{form.Get("from.d"), form.Get("from.m"), form.Get("from.y")}
	if form.Get("from.y") == "" {
		from = dateParts(civil.From(h.Now()).String())
	}
	v.fields = ui.Mark(ctx, []ui.FieldView{agency,
		{Path: "enabled", Name: "enabled", Label: t(ctx, "admin.choice"), Widget: "radio", Value: form.Get("enabled"), Options: []ui.Option{
			{Value: "1", Label: t(ctx, "admin.set_on")}, {Value: "0", Label: t(ctx, "admin.set_off")}}},
		{Path: "from", Name: "from", Label: t(ctx, "admin.from"), Widget: "date", Values: from}}, v.errs)
	return web.Render(w, r, statusOf(f), offersPage(v))
}

func (h *Handlers) setOffer(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	code := r.PathValue("code")
	var bad []fault.Field
	agency, err := h.agency(ctx, text.Line(form.Get("agency")))
	if err != nil {
		if fault.KindOf(err) != fault.NotFound {
			return err
		}
		bad = append(bad, fault.Field{Path: "agency", Key: "procedure.no_such_unit", Args: fault.Args("key", clipRunes(form.Get("agency"), 60))})
	}
	if e := form.Get("enabled"); e != "0" && e != "1" {
		bad = append(bad, fault.Field{Path: "enabled", Key: "procedure.required"})
	}
	from := civil.From(h.Now())
	if typed := asText(readDate(form, "from", &bad)); typed != "" {
		if d, err := civil.Parse(typed); err == nil {
			from = d
		}
	}
	if len(bad) > 0 {
		return h.renderOffers(w, r, form, fault.Input("procedure.invalid", bad...))
	}
	if err := h.Procedures.SetOffer(ctx, actor.From(ctx), code, agency, form.Get("enabled") == "1", from); err != nil {
		if f := retry(err); f != nil {
			return h.renderOffers(w, r, form, f)
		}
		return err
	}
	web.Flash(w, r, ui.OK, "procedure.admin.done_offer")
	return web.Redirect(w, r, adminPath(code, "/noi-cung-cap"))
}

// agency finds a unit by its id or key.
func (h *Handlers) agency(ctx context.Context, s string) (id.ID, error) {
	if u, err := id.Parse(s); err == nil {
		return u, nil
	}
	u, ok, err := h.Procedures.Units.UnitByKey(ctx, s)
	if err != nil {
		return id.ID{}, err
	}
	if !ok {
		return id.ID{}, fault.New(fault.NotFound, "procedure.no_such_unit", "key", s)
	}
	return u.ID, nil
}

package orgweb

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/org"
)

// roleOptions offers the roles that the actor may give.
func (h *Handlers) roleOptions(r *http.Request, have []string) (out []ui.Option) {
	_, all := actor.From(r.Context()).Agencies(org.PermEdit)
	for _, x := range h.Roles {
		wide := true
		if h.Org.Roles != nil {
			_, wide = h.Org.Roles.Known(x.Key)
		}
		if !wide || all || slices.Contains(have, x.Key) {
			out = append(out, ui.Option{Value: x.Key, Label: ui.T(r.Context(), x.Text), Disabled: wide && !all})
		}
	}
	return out
}

func (h *Handlers) positionFields(r *http.Request, form url.Values, title string, roles []string, from *civil.Date) []ui.FieldView {
	ctx := r.Context()
	if form != nil {
		roles = form["roles"]
	}
	return []ui.FieldView{
		{Name: "title", Label: ui.T(ctx, "org.position_title"), Value: typed(form, "title", title), Lang: i18n.VI},
		{Name: "roles", Label: ui.T(ctx, "org.position_roles"), Help: ui.T(ctx, "org.position_roles_help"), Widget: "checkboxes", Values: roles, Options: h.roleOptions(r, roles), Optional: true},
		{Name: "from", Label: ui.T(ctx, "org.from"), Widget: "date", Values: dateParts(form, "from", from)},
	}
}

func (h *Handlers) newPosition(w http.ResponseWriter, r *http.Request) error {
	return h.showNewPosition(w, r, http.StatusOK, nil, nil)
}

func (h *Handlers) showNewPosition(w http.ResponseWriter, r *http.Request, status int, form url.Values, errs []fault.Field) error {
	l, err := h.load(r)
	if err != nil {
		return err
	}
	v := l.form(r, "org.new_position", "/chuc-danh")
	v.Intro, v.Yes, v.Errs = l.span.Name, ui.T(r.Context(), "org.add"), errs
	today := h.Org.Today()
	v.Fields = h.positionFields(r, form, "", nil, &today)
	return h.show(w, r, status, v)
}

func (h *Handlers) addPosition(w http.ResponseWriter, r *http.Request) error {
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
		_, err = h.Org.AddPosition(r.Context(), actor.From(r.Context()), org.NewPosition{Unit: l.rec.ID, Title: form.Get("title"), Roles: form["roles"], From: from})
	}
	return h.outcome(w, r, err, "org.position_added", l.href(), func(status int, errs []fault.Field) error {
		return h.showNewPosition(w, r, status, form, errs)
	})
}

// position loads the position of the address with its unit's name for the crumbs.
func (h *Handlers) position(r *http.Request) (p org.Position, v formView, err error) {
	pid, err := pathID(r, "position")
	if err != nil {
		return p, v, err
	}
	if p, err = h.Org.Position(r.Context(), pid); err != nil {
		return p, v, err
	}
	t, err := h.Org.Tree(r.Context())
	if err != nil {
		return p, v, err
	}
	if err := h.mayOpen(r, t, p.Unit, p.From); err != nil {
		return p, v, err
	}
	v = formView{Crumbs: named(r, crumbs(t, p.Unit, true)), Back: pathUnit + p.Unit.String(),
		Hidden: []ui.Hidden{{Name: "version", Value: strconv.FormatInt(p.Version, 10)}}}
	return p, v, nil
}

func (h *Handlers) editPosition(w http.ResponseWriter, r *http.Request) error {
	return h.showPosition(w, r, http.StatusOK, nil, nil)
}

func (h *Handlers) showPosition(w http.ResponseWriter, r *http.Request, status int, form url.Values, errs []fault.Field) error {
	p, v, err := h.position(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	v.Title, v.Intro, v.Yes, v.Errs = ui.T(ctx, "org.edit_position"), ui.T(ctx, "org.position_intro"), ui.T(ctx, "org.save"), errs
	v.Action = pathPosition + p.ID.String()
	if form != nil {
		v.Hidden[0].Value = form.Get("version")
	}
	today := max(h.Org.Today(), p.From)
	v.Fields = h.positionFields(r, form, p.Title, p.Roles, &today)
	return h.show(w, r, status, v)
}

func (h *Handlers) changePosition(w http.ResponseWriter, r *http.Request) error {
	p, v, err := h.position(r)
	if err != nil {
		return err
	}
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	from, ok := date(form, "from")
	if err = badDate("from"); ok {
		_, err = h.Org.ChangePosition(r.Context(), actor.From(r.Context()), org.PositionChange{Position: p.ID, Version: version(form), From: from, Title: form.Get("title"), Roles: form["roles"]})
	}
	return h.outcome(w, r, err, "org.position_changed", v.Back, func(status int, errs []fault.Field) error {
		return h.showPosition(w, r, status, form, errs)
	})
}

func (h *Handlers) askClosePosition(w http.ResponseWriter, r *http.Request) error {
	return h.showClosePosition(w, r, http.StatusOK, nil, nil)
}

func (h *Handlers) showClosePosition(w http.ResponseWriter, r *http.Request, status int, form url.Values, errs []fault.Field) error {
	p, v, err := h.position(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	v.Title, v.Intro, v.Yes, v.Danger, v.Errs = ui.T(ctx, "org.close_position"), p.Title, ui.T(ctx, "org.close_position"), true, errs
	v.Action = pathPosition + p.ID.String() + "/dong"
	v.Fields = []ui.FieldView{{Name: "on", Label: ui.T(ctx, "org.close_on"), Help: ui.T(ctx, "org.close_on_help"), Widget: "date", Values: dateParts(form, "on", nil)}}
	return h.show(w, r, status, v)
}

func (h *Handlers) closePosition(w http.ResponseWriter, r *http.Request) error {
	p, v, err := h.position(r)
	if err != nil {
		return err
	}
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	on, ok := date(form, "on")
	if err = badDate("on"); ok {
		err = h.Org.ClosePosition(r.Context(), actor.From(r.Context()), p.ID, version(form), on)
	}
	return h.outcome(w, r, err, "org.position_closed", v.Back, func(status int, errs []fault.Field) error {
		return h.showClosePosition(w, r, status, form, errs)
	})
}

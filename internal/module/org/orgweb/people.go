package orgweb

import (
	"net/http"
	"net/url"
	"strconv"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/org"
)

type peopleView struct {
	Query string
	Rows  []personRow
	Next  string
}

type personRow struct {
	org.Person
	Held []org.Holding
}

// peopleLimit is the length of a page of people.
const peopleLimit = 50

// units returns the units whose people the actor sees: those he edits. nil means all.
func (h *Handlers) units(r *http.Request) ([]id.ID, error) {
	agencies, all := actor.From(r.Context()).Agencies(org.PermEdit)
	if all {
		return nil, nil
	}
	t, err := h.Org.Tree(r.Context())
	if err != nil {
		return nil, err
	}
	return t.Within(agencies), nil
}

// people lists who works in the agencies the actor edits, and who works nowhere yet.
func (h *Handlers) people(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	units, err := h.units(r)
	if err != nil {
		return err
	}
	today := h.Org.Today()
	list, err := h.Org.People(ctx, org.PeopleFilter{Query: q.Get("q"), Units: units, Unassigned: true, On: today, After: q.Get("after"), Limit: peopleLimit + 1})
	if err != nil {
		return err
	}
	v := peopleView{Query: q.Get("q")}
	if len(list) > peopleLimit {
		list = list[:peopleLimit]
		v.Next = pathPeople + "?" + url.Values{"q": q["q"], "after": {list[peopleLimit-1].Cursor()}}.Encode()
	}
	var ids []id.ID
	for _, p := range list {
		ids = append(ids, p.ID)
	}
	held, err := h.Org.HoldingsFrom(ctx, ids, today)
	if err != nil {
		return err
	}
	for _, p := range list {
		v.Rows = append(v.Rows, personRow{p, held[p.ID]})
	}
	return web.Render(w, r, http.StatusOK, peoplePage(v))
}

func (h *Handlers) newPerson(w http.ResponseWriter, r *http.Request) error {
	return h.showNewPerson(w, r, http.StatusOK, nil, nil)
}

func (h *Handlers) showNewPerson(w http.ResponseWriter, r *http.Request, status int, form url.Values, errs []fault.Field) error {
	ctx := r.Context()
	position := r.URL.Query().Get("position")
	if form != nil {
		position = form.Get("position")
	}
	return h.show(w, r, status, formView{Title: ui.T(ctx, "org.new_person"), Action: pathPeople + "/moi", Back: pathPeople, Errs: errs,
		Crumbs: []ui.Link{{Label: ui.T(ctx, "org.title"), Href: pathTree}, {Label: ui.T(ctx, "org.people"), Href: pathPeople}},
		Hidden: []ui.Hidden{{Name: "position", Value: position}}, Yes: ui.T(ctx, "org.add"),
		Fields: []ui.FieldView{{Name: "name", Label: ui.T(ctx, "org.person_name"), Value: typed(form, "name", ""), Width: "m", Lang: i18n.VI}}})
}

func (h *Handlers) addPerson(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	p, err := h.Org.AddPerson(r.Context(), actor.From(r.Context()), form.Get("name"))
	next := pathPeople + "/" + p.String() + "/phan-cong"
	if pos, perr := id.Parse(form.Get("position")); perr == nil {
		next += "?position=" + pos.String()
	}
	return h.outcome(w, r, err, "org.person_added", next, func(status int, errs []fault.Field) error {
		return h.showNewPerson(w, r, status, form, errs)
	})
}

type personView struct {
	org.Person
	Held    []tenureRow
	MayEdit bool
	Rename  []ui.FieldView
	Errs    []fault.Field
}

type tenureRow struct {
	org.Holding
	Agency  string
	Running bool // now or later
	MayEnd  bool
}

func (h *Handlers) person(w http.ResponseWriter, r *http.Request) error {
	return h.showPerson(w, r, http.StatusOK, nil, nil)
}

// seen loads the person of the address if the actor's list shows him.
func (h *Handlers) seen(r *http.Request) (p org.Person, held []org.Holding, err error) {
	pid, err := pathID(r, "person")
	if err != nil {
		return p, nil, err
	}
	return h.Org.Seen(r.Context(), actor.From(r.Context()), pid)
}

func (h *Handlers) showPerson(w http.ResponseWriter, r *http.Request, status int, form url.Values, errs []fault.Field) error {
	ctx := r.Context()
	p, held, err := h.seen(r)
	if err != nil {
		return err
	}
	t, err := h.Org.Tree(ctx)
	if err != nil {
		return err
	}
	v := personView{Person: p, Errs: errs}
	for _, x := range held {
		row := tenureRow{Holding: x, Running: x.To == nil || *x.To > t.On}
		if a := t.Agency(x.Position.Unit); a != nil {
			row.Agency = a.Label()
		}
		row.MayEnd = row.Running && org.MayEdit(actor.From(ctx), t, x.Position.Unit)
		v.Held = append(v.Held, row)
	}
	v.Rename = ui.Mark(ctx, []ui.FieldView{
		{Name: "name", Label: ui.T(ctx, "org.person_name"), Value: typed(form, "name", p.Name), Width: "m", Lang: i18n.VI},
		{Name: "version", Value: typed(form, "version", strconv.FormatInt(p.Version, 10)), Widget: "hidden"}}, errs)
	return web.Render(w, r, status, personPage(v))
}

func (h *Handlers) renamePerson(w http.ResponseWriter, r *http.Request) error {
	p, _, err := h.seen(r)
	if err != nil {
		return err
	}
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	err = h.Org.RenamePerson(r.Context(), actor.From(r.Context()), p.ID, version(form), form.Get("name"))
	return h.outcome(w, r, err, "org.person_renamed", pathPeople+"/"+p.ID.String(), func(status int, errs []fault.Field) error {
		return h.showPerson(w, r, status, form, errs)
	})
}

func (h *Handlers) newHolding(w http.ResponseWriter, r *http.Request) error {
	return h.showNewHolding(w, r, http.StatusOK, nil, nil)
}

// showNewHolding offers the positions of the agencies that the actor edits, or the one he came from.
func (h *Handlers) showNewHolding(w http.ResponseWriter, r *http.Request, status int, form url.Values, errs []fault.Field) error {
	ctx := r.Context()
	p, _, err := h.seen(r)
	if err != nil {
		return err
	}
	t, err := h.Org.Tree(ctx)
	if err != nil {
		return err
	}
	units, err := h.units(r)
	if err != nil {
		return err
	}
	if units == nil {
		for _, u := range t.Units() {
			units = append(units, u.ID)
		}
	}
	list, err := h.Org.Positions(ctx, units, t.On)
	if err != nil {
		return err
	}
	var options []ui.Option
	for _, x := range list {
		group := ""
		if a := t.Agency(x.Unit); a != nil {
			group = a.Label()
		}
		label := x.Title
		if u, ok := t.Unit(x.Unit); ok && u.Kind == org.Division {
			label += " – " + u.Name
		}
		options = append(options, ui.Option{Value: x.ID.String(), Label: label, Group: group})
	}
	sortOptions(options)
	today := h.Org.Today()
	return h.show(w, r, status, formView{Title: ui.T(ctx, "org.assign"), Intro: p.Name, Action: pathPeople + "/" + p.ID.String() + "/phan-cong",
		Back: pathPeople + "/" + p.ID.String(), Errs: errs, Yes: ui.T(ctx, "org.assign"),
		Crumbs: []ui.Link{{Label: ui.T(ctx, "org.title"), Href: pathTree}, {Label: ui.T(ctx, "org.people"), Href: pathPeople}, {Label: p.Name, Href: pathPeople + "/" + p.ID.String()}},
		Fields: []ui.FieldView{
			{Name: "position", Label: ui.T(ctx, "org.position"), Widget: "select", Value: typed(form, "position", r.URL.Query().Get("position")), Options: options, Lang: i18n.VI},
			{Name: "from", Label: ui.T(ctx, "org.from"), Widget: "date", Values: dateParts(form, "from", &today)},
			{Name: "to", Label: ui.T(ctx, "org.until"), Help: ui.T(ctx, "org.until_help"), Widget: "date", Values: dateParts(form, "to", nil), Optional: true},
		}})
}

func (h *Handlers) assign(w http.ResponseWriter, r *http.Request) error {
	p, _, err := h.seen(r)
	if err != nil {
		return err
	}
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	pos, perr := id.Parse(form.Get("position"))
	from, ok := date(form, "from")
	to, ok2 := optionalDate(form, "to")
	switch {
	case perr != nil:
		err = fault.Input("org.input", fault.Field{Path: "position", Key: "org.position_missing"})
	case !ok:
		err = badDate("from")
	case !ok2:
		err = badDate("to")
	default:
		err = h.Org.Assign(r.Context(), actor.From(r.Context()), org.Assignment{Person: p.ID, Position: pos, From: from, To: to})
	}
	return h.outcome(w, r, err, "org.assigned", pathPeople+"/"+p.ID.String(), func(status int, errs []fault.Field) error {
		return h.showNewHolding(w, r, status, form, errs)
	})
}

func (h *Handlers) askEnd(w http.ResponseWriter, r *http.Request) error {
	return h.showEnd(w, r, http.StatusOK, nil, nil)
}

func (h *Handlers) showEnd(w http.ResponseWriter, r *http.Request, status int, form url.Values, errs []fault.Field) error {
	ctx := r.Context()
	p, _, err := h.seen(r)
	if err != nil {
		return err
	}
	pid, err := pathID(r, "position")
	if err != nil {
		return err
	}
	pos, err := h.Org.Position(ctx, pid)
	if err != nil {
		return err
	}
	today := h.Org.Today()
	return h.show(w, r, status, formView{Title: ui.T(ctx, "org.end_holding"), Intro: ui.T(ctx, "org.end_intro", "name", p.Name, "title", pos.Title),
		Action: pathPeople + "/" + p.ID.String() + "/thoi/" + pid.String(), Back: pathPeople + "/" + p.ID.String(), Errs: errs, Yes: ui.T(ctx, "org.end_holding"), Danger: true,
		Crumbs: []ui.Link{{Label: ui.T(ctx, "org.title"), Href: pathTree}, {Label: ui.T(ctx, "org.people"), Href: pathPeople}, {Label: p.Name, Href: pathPeople + "/" + p.ID.String()}},
		Fields: []ui.FieldView{{Name: "on", Label: ui.T(ctx, "org.end_on"), Help: ui.T(ctx, "org.close_on_help"), Widget: "date", Values: dateParts(form, "on", &today)}}})
}

func (h *Handlers) endHolding(w http.ResponseWriter, r *http.Request) error {
	p, _, err := h.seen(r)
	if err != nil {
		return err
	}
	pid, err := pathID(r, "position")
	if err != nil {
		return err
	}
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	on, ok := date(form, "on")
	if err = badDate("on"); ok {
		err = h.Org.EndHolding(r.Context(), actor.From(r.Context()), p.ID, pid, on)
	}
	return h.outcome(w, r, err, "org.ended", pathPeople+"/"+p.ID.String(), func(status int, errs []fault.Field) error {
		return h.showEnd(w, r, status, form, errs)
	})
}

package orgapi

import (
	"context"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/org"
)

type positionsOut struct {
	Body struct {
		Items []staffedPosition `json:"items" nullable:"false"`
	}
}

type staffedPosition struct {
	org.Position
	Holders []org.Person `json:"holders" nullable:"false"`
}

func (h *handlers) positions(ctx context.Context, in *unitIn) (*positionsOut, error) {
	u, err := pathID(in.Unit, "org.unit_unknown")
	if err != nil {
		return nil, err
	}
	t, err := h.org.Tree(ctx)
	if err != nil {
		return nil, err
	}
	if !org.MayEdit(actor.From(ctx), t, u) {
		return nil, fault.New(fault.NotFound, "org.unit_unknown")
	}
	ps, err := h.org.Positions(ctx, []id.ID{u}, t.On)
	if err != nil {
		return nil, err
	}
	holders, err := h.org.Holders(ctx, []id.ID{u}, "", t.On)
	if err != nil {
		return nil, err
	}
	out := &positionsOut{}
	out.Body.Items = []staffedPosition{}
	for _, p := range ps {
		row := staffedPosition{Position: p, Holders: []org.Person{}}
		for _, x := range holders {
			if x.Position.ID == p.ID {
				row.Holders = append(row.Holders, x.Person)
			}
		}
		out.Body.Items = append(out.Body.Items, row)
	}
	return out, nil
}

type addPositionIn struct{ Body org.NewPosition }

func (h *handlers) addPosition(ctx context.Context, in *addPositionIn) (*madeOut, error) {
	p, err := h.org.AddPosition(ctx, actor.From(ctx), in.Body)
	return &madeOut{orgRecordID{p}}, err
}

type changePositionIn struct {
	Position string `path:"position" maxLength:"36"`
	Body     struct {
		Version int64      `json:"version" doc:"Of the position when it was read."`
		From    civil.Date `json:"from"`
		Title   string     `json:"title"`
		Roles   []string   `json:"roles" nullable:"false"`
	}
}

func (h *handlers) changePosition(ctx context.Context, in *changePositionIn) (*madeOut, error) {
	p, err := pathID(in.Position, "org.position_unknown")
	if err != nil {
		return nil, err
	}
	b := in.Body
	next, err := h.org.ChangePosition(ctx, actor.From(ctx), org.PositionChange{Position: p, Version: b.Version, From: b.From, Title: b.Title, Roles: b.Roles})
	return &madeOut{orgRecordID{next}}, err
}

type closePositionIn struct {
	Position string `path:"position" maxLength:"36"`
	Body     orgClosing
}

func (h *handlers) closePosition(ctx context.Context, in *closePositionIn) (*empty, error) {
	p, err := pathID(in.Position, "org.position_unknown")
	if err != nil {
		return nil, err
	}
	return &empty{}, h.org.ClosePosition(ctx, actor.From(ctx), p, in.Body.Version, in.Body.On)
}

type peopleIn struct {
	rest.PageIn
	Query string `query:"q" maxLength:"200" doc:"Words of the name, with or without marks."`
}

type peopleOut struct{ Body rest.PageOut[org.Person] }

type personCursor struct{ After string }

// editedUnits returns the units whose people the actor sees; nil means all.
func (h *handlers) editedUnits(ctx context.Context) ([]id.ID, error) {
	agencies, all := actor.From(ctx).Agencies(org.PermEdit)
	if all {
		return nil, nil
	}
	t, err := h.org.Tree(ctx)
	if err != nil {
		return nil, err
	}
	return t.Within(agencies), nil
}

func (h *handlers) people(ctx context.Context, in *peopleIn) (*peopleOut, error) {
	var after personCursor
	if in.Cursor != "" {
		if err := rest.DecodeCursor(in.Cursor, &after); err != nil {
			return nil, err
		}
	}
	units, err := h.editedUnits(ctx)
	if err != nil {
		return nil, err
	}
	list, err := h.org.People(ctx, org.PeopleFilter{Query: in.Query, Units: units, Unassigned: true, On: h.org.Today(), After: after.After, Limit: in.Limit + 1})
	if err != nil {
		return nil, err
	}
	page, err := rest.Page(list, in.Limit, func(p org.Person) personCursor { return personCursor{p.Cursor()} }, func(p org.Person) org.Person { return p })
	return &peopleOut{page}, err
}

type addPersonIn struct {
	Body struct {
		Name string `json:"name" maxLength:"200"`
	}
}

func (h *handlers) addPerson(ctx context.Context, in *addPersonIn) (*madeOut, error) {
	p, err := h.org.AddPerson(ctx, actor.From(ctx), in.Body.Name)
	return &madeOut{orgRecordID{p}}, err
}

type personIn struct {
	Person string `path:"person" maxLength:"36"`
}

type tenuresOut struct {
	Body struct {
		Person org.Person    `json:"person"`
		Items  []org.Holding `json:"items" nullable:"false"`
	}
}

func (h *handlers) tenures(ctx context.Context, in *personIn) (*tenuresOut, error) {
	p, err := pathID(in.Person, "org.person_unknown")
	if err != nil {
		return nil, err
	}
	out := &tenuresOut{}
	if out.Body.Person, out.Body.Items, err = h.org.Seen(ctx, actor.From(ctx), p); err != nil {
		return nil, err
	}
	if out.Body.Items == nil {
		out.Body.Items = []org.Holding{}
	}
	return out, nil
}

type assignPositionIn struct {
	Person string `path:"person" maxLength:"36"`
	Body   struct {
		Position id.ID       `json:"position"`
		From     civil.Date  `json:"from"`
		To       *civil.Date `json:"to,omitempty" doc:"The first day the person no longer holds it."`
	}
}

func (h *handlers) assign(ctx context.Context, in *assignPositionIn) (*empty, error) {
	p, err := pathID(in.Person, "org.person_unknown")
	if err != nil {
		return nil, err
	}
	return &empty{}, h.org.Assign(ctx, actor.From(ctx), org.Assignment{Person: p, Position: in.Body.Position, From: in.Body.From, To: in.Body.To})
}

type endTenureIn struct {
	Person   string `path:"person" maxLength:"36"`
	Position string `path:"position" maxLength:"36"`
	Body     struct {
		On civil.Date `json:"on" doc:"The first day the person no longer holds it."`
	}
}

func (h *handlers) end(ctx context.Context, in *endTenureIn) (*empty, error) {
	p, err := pathID(in.Person, "org.person_unknown")
	if err != nil {
		return nil, err
	}
	pos, err := pathID(in.Position, "org.position_unknown")
	if err != nil {
		return nil, err
	}
	return &empty{}, h.org.EndHolding(ctx, actor.From(ctx), p, pos, in.Body.On)
}

// Package orgapi is the organisation for programs: the tree, areas, positions, people and every
// change the pages can make.
package orgapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/org"
)

const edit = rest.Perm(org.PermEdit)

// Affected tells what a change of a working calendar does to work under way. What the actor may not
// read is counted and not named.
type Affected interface {
	AffectedByCalendar(ctx context.Context, unit id.ID, before, after *worktime.Calendar) (org.CalendarEffect, error)
}

// Register adds the operations; affected counts what a new calendar would move.
func Register(api *rest.API, s *org.Service, affected Affected) {
	h := &handlers{s, affected}
	rest.Register(api, rest.Public, op("list-areas", http.MethodGet, "/areas", "Administrative areas below another"), h.areas)
	rest.Register(api, rest.SignedIn, op("list-units", http.MethodGet, "/units", "Agencies and divisions on a day"), h.units)
	rest.Register(api, rest.SignedIn, op("get-unit", http.MethodGet, "/units/{unit}", "A unit with its history and codes"), h.unit)
	rest.Register(api, edit, created("add-unit", "/units", "Add a unit from a day on"), h.addUnit)
	rest.Register(api, edit, done("change-unit", "/units/{unit}/changes", "Give a unit new values from a day on"), h.changeUnit)
	rest.Register(api, edit, done("close-unit", "/units/{unit}/close", "End a unit"), h.closeUnit)
	rest.Register(api, edit, done("set-unit-code", "/units/{unit}/codes", "Give a unit a code from a day on"), h.setCode)

	rest.Register(api, edit, op("list-positions", http.MethodGet, "/units/{unit}/positions", "Positions of a unit with their holders"), h.positions)
	rest.Register(api, edit, created("add-position", "/positions", "Add a position to a unit"), h.addPosition)
	rest.Register(api, edit, created("change-position", "/positions/{position}/changes", "Give a position a new title and roles from a day on"), h.changePosition)
	rest.Register(api, edit, done("close-position", "/positions/{position}/close", "End a position"), h.closePosition)

	rest.Register(api, edit, op("list-people", http.MethodGet, "/people", "People the caller may assign"), h.people)
	rest.Register(api, edit, created("add-person", "/people", "Add a person"), h.addPerson)
	rest.Register(api, edit, op("list-tenures", http.MethodGet, "/people/{person}/tenures", "Everything a person held, holds or will hold"), h.tenures)
	rest.Register(api, edit, done("assign-position", "/people/{person}/tenures", "Give a person a position for a period"), h.assign)
	rest.Register(api, edit, done("end-tenure", "/people/{person}/tenures/{position}/end", "End a person's tenure of a position"), h.end)
	registerCalendar(api, h)
	registerEffect(api, h)
}

func op(name, method, path, summary string) huma.Operation {
	return huma.Operation{OperationID: name, Method: method, Path: path, Summary: summary, Tags: []string{"Organisation"}}
}

func created(name, path, summary string) huma.Operation {
	o := op(name, http.MethodPost, path, summary)
	o.DefaultStatus = http.StatusCreated
	return o
}

func done(name, path, summary string) huma.Operation {
	o := op(name, http.MethodPost, path, summary)
	o.DefaultStatus = http.StatusNoContent
	return o
}

type handlers struct {
	org      *org.Service
	affected Affected
}

// empty is the answer without a body.
type empty struct{}

type madeOut struct{ Body orgRecordID }

type orgRecordID struct {
	ID id.ID `json:"id"`
}

// day reads a date of a query; empty means today.
func (h *handlers) day(s string) (civil.Date, error) {
	if s == "" {
		return h.org.Today(), nil
	}
	d, err := civil.Parse(s)
	if err != nil {
		return d, fault.Input("org.input", fault.Field{Path: "query.on", Key: "org.date_form"})
	}
	return d, nil
}

// pathID reads an identifier of the path; anything else is not there.
func pathID(s, unknown string) (id.ID, error) {
	i, err := id.Parse(s)
	if err != nil {
		return i, fault.Wrap(err, fault.NotFound, unknown)
	}
	return i, nil
}

type areasIn struct {
	Parent string `query:"parent" maxLength:"10" doc:"Code of the area above; empty for provinces."`
	Kind   string `query:"kind" maxLength:"30" doc:"Only areas of this kind: province, district or commune."`
	On     string `query:"on" maxLength:"10" doc:"The day, YYYY-MM-DD; today if empty."`
}

type areasOut struct {
	Body struct {
		Items []*org.Area `json:"items" nullable:"false"`
	}
}

func (h *handlers) areas(ctx context.Context, in *areasIn) (*areasOut, error) {
	on, err := h.day(in.On)
	if err != nil {
		return nil, err
	}
	t, err := h.org.TreeOn(ctx, on)
	if err != nil {
		return nil, err
	}
	out := &areasOut{}
	out.Body.Items = t.Areas(in.Kind, in.Parent)
	if out.Body.Items == nil {
		out.Body.Items = []*org.Area{}
	}
	return out, nil
}

type unitsIn struct {
	rest.PageIn
	Query  string `query:"q" maxLength:"200" doc:"Words of the name with or without marks, or a code; at most 100 are found."`
	Kind   string `query:"kind" maxLength:"30" doc:"Only units of this kind."`
	Parent string `query:"parent" maxLength:"36" doc:"Only units right below this one."`
	On     string `query:"on" maxLength:"10" doc:"The day, YYYY-MM-DD; today if empty."`
}

type unitsOut struct{ Body rest.PageOut[*org.Unit] }

type unitCursor struct{ Key string }

func (h *handlers) units(ctx context.Context, in *unitsIn) (*unitsOut, error) {
	on, err := h.day(in.On)
	if err != nil {
		return nil, err
	}
	t, err := h.org.TreeOn(ctx, on)
	if err != nil {
		return nil, err
	}
	list := t.Units()
	if in.Parent != "" {
		p, err := pathID(in.Parent, "org.unit_unknown")
		if err != nil {
			return nil, err
		}
		list = t.Children(p)
	}
	if in.Query != "" {
		list = t.SearchUnits(in.Query)
	}
	var after unitCursor
	if in.Cursor != "" {
		if err := rest.DecodeCursor(in.Cursor, &after); err != nil {
			return nil, err
		}
	}
	var rows []*org.Unit
	skip := after.Key != ""
	for _, u := range list {
		if skip {
			skip = u.Key != after.Key
			continue
		}
		if in.Kind == "" || u.Kind == in.Kind {
			rows = append(rows, u)
		}
	}
	page, err := rest.Page(rows, in.Limit, func(u *org.Unit) unitCursor { return unitCursor{u.Key} }, func(u *org.Unit) *org.Unit { return u })
	return &unitsOut{page}, err
}

type unitIn struct {
	Unit string `path:"unit" maxLength:"36"`
}

type recordOut struct{ Body org.UnitRecord }

func (h *handlers) unit(ctx context.Context, in *unitIn) (*recordOut, error) {
	u, err := pathID(in.Unit, "org.unit_unknown")
	if err != nil {
		return nil, err
	}
	r, err := h.org.History(ctx, u)
	return &recordOut{r}, err
}

type addUnitIn struct{ Body org.NewUnit }

func (h *handlers) addUnit(ctx context.Context, in *addUnitIn) (*madeOut, error) {
	u, err := h.org.AddUnit(ctx, actor.From(ctx), in.Body)
	return &madeOut{orgRecordID{u}}, err
}

type changeUnitIn struct {
	Unit string `path:"unit" maxLength:"36"`
	Body struct {
		Version int64      `json:"version" doc:"Of the unit when it was read."`
		From    civil.Date `json:"from"`
		org.Values
	}
}

func (h *handlers) changeUnit(ctx context.Context, in *changeUnitIn) (*empty, error) {
	u, err := pathID(in.Unit, "org.unit_unknown")
	if err != nil {
		return nil, err
	}
	return &empty{}, h.org.ChangeUnit(ctx, actor.From(ctx), org.UnitChange{Unit: u, Version: in.Body.Version, From: in.Body.From, Values: in.Body.Values})
}

// orgClosing is the body of everything that ends.
type orgClosing struct {
	Version int64      `json:"version" doc:"Of the record when it was read."`
	On      civil.Date `json:"on" doc:"The first day it no longer counts."`
}

type closeUnitIn struct {
	Unit string `path:"unit" maxLength:"36"`
	Body orgClosing
}

func (h *handlers) closeUnit(ctx context.Context, in *closeUnitIn) (*empty, error) {
	u, err := pathID(in.Unit, "org.unit_unknown")
	if err != nil {
		return nil, err
	}
	return &empty{}, h.org.CloseUnit(ctx, actor.From(ctx), u, in.Body.Version, in.Body.On)
}

type setCodeIn struct {
	Unit string `path:"unit" maxLength:"36"`
	Body struct {
		Version  int64      `json:"version" doc:"Of the unit when it was read."`
		Scheme   string     `json:"scheme" enum:"qcvn102,qd20"`
		Code     string     `json:"code" maxLength:"35"`
		From     civil.Date `json:"from"`
		Assigned bool       `json:"assigned,omitempty" doc:"Given here, not by a published list."`
		Source   string     `json:"source,omitempty"`
		Status   string     `json:"status,omitempty"`
	}
}

func (h *handlers) setCode(ctx context.Context, in *setCodeIn) (*empty, error) {
	u, err := pathID(in.Unit, "org.unit_unknown")
	if err != nil {
		return nil, err
	}
	b := in.Body
	return &empty{}, h.org.SetAlias(ctx, actor.From(ctx), b.Version, org.Alias{Unit: u, Scheme: b.Scheme, Code: b.Code, From: b.From,
		Assigned: b.Assigned, Source: b.Source, Status: b.Status})
}

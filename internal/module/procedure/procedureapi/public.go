package procedureapi

import (
	"context"
	"encoding/json"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/procedure"
)

type searchIn struct {
	Q         string   `query:"q" maxLength:"200" doc:"Words people use, with or without marks."`
	Field     []string `query:"field,explode" maxItems:"20"`
	Level     []string `query:"level,explode" maxItems:"4"`
	LifeEvent []string `query:"life_event,explode" maxItems:"20"`
	Subject   []string `query:"subject,explode" maxItems:"20"`
	Service   []string `query:"service,explode" maxItems:"2" doc:"toan_trinh or mot_phan."`
	Agency    string   `query:"agency" maxLength:"36" doc:"Only what this agency receives today."`
	Channel   int      `query:"channel" minimum:"0" maximum:"3" doc:"1 counter, 2 online, 3 post."`
	Limit     int      `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor    string   `query:"cursor" maxLength:"200"`
}

// ProcedureFacet is one value of a filter with how many results it would leave.
type ProcedureFacet struct {
	Value    string `json:"value"`
	Count    int    `json:"count"`
	Selected bool   `json:"selected,omitempty"`
}

type searchOut struct {
	Body struct {
		Items  []ProcedureItem             `json:"items" nullable:"false"`
		Total  int                         `json:"total"`
		Next   string                      `json:"next,omitempty"`
		Facets map[string][]ProcedureFacet `json:"facets"`
	}
}

func (h *handlers) search(ctx context.Context, in *searchIn) (*searchOut, error) {
	q := procedure.Query{Text: in.Q, Field: in.Field, Level: in.Level, LifeEvent: in.LifeEvent, Subject: in.Subject,
		Service: in.Service, Channel: in.Channel, Limit: in.Limit, After: in.Cursor}
	if in.Agency != "" {
		a, err := id.Parse(in.Agency)
		if err != nil {
			return nil, fault.Input("procedure.invalid", fault.Field{Path: "query.agency", Key: "procedure.no_such_unit", Args: fault.Args("key", in.Agency)})
		}
		q.Agency = a
	}
	res, err := h.s.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &searchOut{}
	out.Body.Items, out.Body.Total, out.Body.Next = []ProcedureItem{}, res.Total, res.Next
	for _, e := range res.Items {
		out.Body.Items = append(out.Body.Items, item(e))
	}
	out.Body.Facets = map[string][]ProcedureFacet{}
	for name, fs := range res.Facets {
		out.Body.Facets[name] = []ProcedureFacet{}
		for _, f := range fs {
			out.Body.Facets[name] = append(out.Body.Facets[name], ProcedureFacet(f))
		}
	}
	return out, nil
}

type versionOut struct{ Body ProcedureVersion }

func (h *handlers) get(ctx context.Context, in *Code) (*versionOut, error) {
	v, err := h.s.Published(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return &versionOut{version(v, true)}, nil
}

// ProcedureAgency is an agency that receives a procedure.
type ProcedureAgency struct {
	ID   id.ID  `json:"id" format:"uuid"`
	Key  string `json:"key"`
	Kind string `json:"kind"`
	Name string `json:"name"`
}

type agenciesOut struct {
	Body struct {
		Items []ProcedureAgency `json:"items" nullable:"false"`
	}
}

func (h *handlers) agencies(ctx context.Context, in *Code) (*agenciesOut, error) {
	if _, err := h.s.Published(ctx, in.Code); err != nil {
		return nil, err
	}
	units, err := h.s.OfferingAgencies(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	out := &agenciesOut{}
	out.Body.Items = []ProcedureAgency{}
	for _, u := range units {
		out.Body.Items = append(out.Body.Items, ProcedureAgency{u.ID, u.Key, u.Kind, u.Title(i18n.Lang(ctx))})
	}
	return out, nil
}

type feeIn struct {
	Code
	Channel int `query:"channel" minimum:"1" maximum:"3" default:"1"`
	Copies  int `query:"copies" minimum:"1" maximum:"10000" default:"1"`
}

// ProcedureFeeLine is one rate of a quote.
type ProcedureFeeLine struct {
	Kind    string `json:"kind"`
	Unit    string `json:"unit,omitempty"`
	Each    int64  `json:"each"`
	Count   int    `json:"count"`
	Amount  int64  `json:"amount"`
	Known   bool   `json:"known"`
	Counted bool   `json:"counted" doc:"Part of the amount; alternatives that depend on who applies are not."`
	Text    string `json:"text,omitempty"`
}

type feeOut struct {
	Body struct {
		Amount   int64              `json:"amount" doc:"Whole đồng."`
		Known    bool               `json:"known"`
		Choice   bool               `json:"choice" doc:"Several rates exist; an official decides which applies."`
		Verified bool               `json:"verified"`
		Text     string             `json:"text" doc:"The wording of the rules with all exemptions."`
		Lines    []ProcedureFeeLine `json:"lines" nullable:"false"`
	}
}

func (h *handlers) fee(ctx context.Context, in *feeIn) (*feeOut, error) {
	v, err := h.s.Published(ctx, in.Code.Code)
	if err != nil {
		return nil, err
	}
	q := v.Record.Fee(in.Channel, in.Copies)
	out := &feeOut{}
	b := &out.Body
	b.Amount, b.Known, b.Choice, b.Verified, b.Text, b.Lines = q.Amount, q.Known, q.Choice, q.Verified, q.Text, []ProcedureFeeLine{}
	for _, l := range q.Lines {
		b.Lines = append(b.Lines, ProcedureFeeLine(l))
	}
	return out, nil
}

type formOut struct {
	Body struct {
		Key    string `json:"key"`
		Schema any    `json:"schema" doc:"JSON Schema 2020-12."`
		Layout any    `json:"layout" doc:"Question pages."`
	}
}

func (h *handlers) form(ctx context.Context, in *Code) (*formOut, error) {
	v, err := h.s.Published(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	if v.FormKey == "" {
		return nil, fault.New(fault.NotFound, "procedure.no_such_form", "key", "")
	}
	out := &formOut{}
	out.Body.Key = v.FormKey
	if err := json.Unmarshal(v.Schema, &out.Body.Schema); err != nil {
		return nil, err
	}
	return out, json.Unmarshal(v.Layout, &out.Body.Layout)
}

type processOut struct {
	Body struct {
		Key  string `json:"key"`
		BPMN string `json:"bpmn" doc:"BPMN 2.0 XML."`
	}
}

func (h *handlers) process(ctx context.Context, in *Code) (*processOut, error) {
	v, err := h.s.Published(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	out := &processOut{}
	out.Body.Key, out.Body.BPMN = v.ProcessKey, string(v.BPMN)
	return out, nil
}

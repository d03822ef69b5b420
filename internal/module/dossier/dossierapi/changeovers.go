package dossierapi

import (
	"context"
	"net/http"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/procedure"
)

const tagChangeovers = "Moving dossiers to another version"

func (a *api) registerChangeovers() {
	publish := perm(procedure.PermPublish)
	add(a, publish, op(http.MethodPost, "/changeovers/preview", "preview-changeover", tagChangeovers, "Preview a move",
		"What moving the running dossiers of one version to another would mean now: sums over all, and a page of the dossiers. Nothing is stored."), a.previewChangeover)
	add(a, publish, created("/changeovers", "create-changeover", tagChangeovers, "Order a move",
		"Each running dossier of the version goes on by the published one, if it can; the rest keep theirs. The work is done in the background."), a.startChangeover)
	add(a, publish, op(http.MethodGet, "/changeovers", "list-changeovers", tagChangeovers, "List moves", "Of one procedure, the newest first, at most 50."), a.changeovers)
	add(a, publish, op(http.MethodGet, "/changeovers/{changeover}", "get-changeover", tagChangeovers, "Read a move", "With how far it has come."), a.changeover)
	add(a, publish, op(http.MethodGet, "/changeovers/{changeover}/dossiers", "list-changeover-dossiers", tagChangeovers, "List the dossiers of a move",
		"What became of each."), a.changeoverItems)
	add(a, publish, op(http.MethodPost, "/changeovers/{changeover}/stop", "stop-changeover", tagChangeovers, "Stop a move",
		"What was moved stays moved."), a.stopChangeover)
	add(a, publish, op(http.MethodPost, "/changeovers/{changeover}/dossiers/{dossier}/undo", "undo-changeover-dossier", tagChangeovers, "Take one dossier back",
		"Only while nothing has been done to it since it was moved."), a.undoChangeover)
}

// ChangeoverChoice says which dossiers go where.
type ChangeoverChoice struct {
	From    string            `json:"from" format:"uuid" doc:"The version whose running dossiers are moved."`
	To      string            `json:"to" format:"uuid" doc:"The version by which they go on."`
	Mapping map[string]string `json:"mapping,omitempty" doc:"By id of an element of the old process the id of the one that takes its place, where the new process has it under another id."`
}

func (c ChangeoverChoice) read() (from, to id.ID, m bpmn.Mapping, err error) {
	if from, err = parse("body.from", c.From); err != nil {
		return from, to, nil, err
	}
	to, err = parse("body.to", c.To)
	return from, to, c.Mapping, err
}

// ChangeoverReason is why a dossier keeps its version.
type ChangeoverReason struct {
	Key     string `json:"key" example:"bpmn.move.gone"`
	Text    string `json:"text"`
	Element string `json:"element,omitempty" doc:"Of the process."`
}

// ChangeoverReasonCount is a reason with how many dossiers it keeps.
type ChangeoverReasonCount struct {
	ChangeoverReason
	Dossiers int `json:"dossiers"`
}

// ChangeoverPlace is an element of a process with how many dossiers are there.
type ChangeoverPlace struct {
	Element  string `json:"element"`
	Dossiers int    `json:"dossiers"`
}

// ChangeoverTurn is what moving one dossier means.
type ChangeoverTurn struct {
	Code     string             `json:"code"`
	Dossier  string             `json:"dossier" format:"uuid"`
	Can      bool               `json:"can"`
	Reasons  []ChangeoverReason `json:"reasons,omitempty"`
	At       []string           `json:"at" nullable:"false" doc:"Elements of the old process where it waits."`
	Then     []string           `json:"then,omitempty" doc:"Elements of the new one."`
	DueAt    *time.Time         `json:"due_at,omitempty"`
	NewDueAt *time.Time         `json:"new_due_at,omitempty"`
	Fee      int64              `json:"fee" doc:"Đồng."`
	NewFee   int64              `json:"new_fee" doc:"Đồng."`
	Asked    int                `json:"asked" doc:"How many questions of the new form its answers leave open."`
}

// ChangeoverPreview is what a move would mean.
type ChangeoverPreview struct {
	Total     int                     `json:"total"`
	Can       int                     `json:"can"`
	Sooner    int                     `json:"due_sooner"`
	Later     int                     `json:"due_later"`
	Dearer    int                     `json:"fee_higher"`
	Cheaper   int                     `json:"fee_lower"`
	Asked     int                     `json:"asked_more"`
	Suggested map[string]string       `json:"suggested_mapping,omitempty"`
	Reasons   []ChangeoverReasonCount `json:"reasons" nullable:"false"`
	Before    []ChangeoverPlace       `json:"before" nullable:"false"`
	After     []ChangeoverPlace       `json:"after" nullable:"false"`
	Items     []ChangeoverTurn        `json:"items" nullable:"false"`
	Next      string                  `json:"next,omitempty" doc:"The dossier after which the next page begins."`
}

// Changeover is the order to move the dossiers of a version.
type Changeover struct {
	ID         string            `json:"id" format:"uuid"`
	Procedure  string            `json:"procedure"`
	From       string            `json:"from" format:"uuid"`
	To         string            `json:"to" format:"uuid"`
	FromNumber int               `json:"from_number"`
	ToNumber   int               `json:"to_number"`
	Mapping    map[string]string `json:"mapping,omitempty"`
	Decision   string            `json:"decision"`
	By         string            `json:"by"`
	State      string            `json:"state" enum:"running,done,stopped"`
	Total      int               `json:"total"`
	Counts     map[string]int    `json:"counts" doc:"Dossiers by what became of them: waiting, moved, refused, ended, undone."`
	CreatedAt  time.Time         `json:"created_at"`
	EndedAt    *time.Time        `json:"ended_at,omitempty"`
}

// ChangeoverDossier is what became of one dossier.
type ChangeoverDossier struct {
	Dossier string             `json:"dossier" format:"uuid"`
	Code    string             `json:"code"`
	State   string             `json:"state" enum:"waiting,moved,refused,ended,undone"`
	Reasons []ChangeoverReason `json:"reasons,omitempty"`
	At      *time.Time         `json:"at,omitempty"`
	Undo    bool               `json:"can_undo"`
}

func showReasons(ctx context.Context, list []dossier.Reason) (out []ChangeoverReason) {
	for _, r := range list {
		out = append(out, ChangeoverReason{r.Key, i18n.T(ctx, r.Key, r.Args), r.Element})
	}
	return out
}

func showChangeover(x *dossier.Changeover) Changeover {
	return Changeover{ID: x.ID.String(), Procedure: x.Procedure, From: x.From.String(), To: x.To.String(), FromNumber: x.FromNumber, ToNumber: x.ToNumber,
		Mapping: x.Mapping, Decision: x.Decision, By: x.Actor.Name, State: x.State, Total: x.Total, Counts: x.Counts, CreatedAt: x.Created.UTC(),
		EndedAt: when(x.Ended)}
}

// changeoverID reads the identifier of a path; one that is none is an order nobody gave.
func changeoverID(s string) (id.ID, error) {
	x, err := id.Parse(s)
	if err != nil {
		return x, fault.New(fault.NotFound, "dossier.move.no_run")
	}
	return x, nil
}

func (a *api) previewChangeover(ctx context.Context, in *struct {
	Body struct {
		ChangeoverChoice
		Only  string `json:"only,omitempty" enum:"can,cannot"`
		After string `json:"after,omitempty" format:"uuid"`
		Limit int    `json:"limit,omitempty" minimum:"1" maximum:"200" doc:"50 if left out."`
	}
}) (*out[ChangeoverPreview], error) {
	from, to, m, err := in.Body.read()
	if err != nil {
		return nil, err
	}
	f := dossier.PreviewFilter{Only: in.Body.Only, Limit: in.Body.Limit}
	if in.Body.After != "" {
		if f.After, err = parse("body.after", in.Body.After); err != nil {
			return nil, err
		}
	}
	p, err := a.s.PreviewChangeover(ctx, from, to, m, f)
	if err != nil {
		return nil, err
	}
	o := ChangeoverPreview{Total: p.Total, Can: p.Can, Sooner: p.Sooner, Later: p.Later, Dearer: p.Dearer, Cheaper: p.Cheaper, Asked: p.Asked,
		Suggested: p.Suggested, Reasons: []ChangeoverReasonCount{}, Before: []ChangeoverPlace{}, After: []ChangeoverPlace{}, Items: []ChangeoverTurn{}}
	for _, r := range p.Reasons {
		o.Reasons = append(o.Reasons, ChangeoverReasonCount{showReasons(ctx, []dossier.Reason{r.Reason})[0], r.N})
	}
	for _, x := range p.Before {
		o.Before = append(o.Before, ChangeoverPlace{x.Element, x.N})
	}
	for _, x := range p.After {
		o.After = append(o.After, ChangeoverPlace{x.Element, x.N})
	}
	for _, x := range p.Items {
		o.Items = append(o.Items, ChangeoverTurn{Code: x.Code, Dossier: x.Dossier.String(), Can: len(x.Reasons) == 0, Reasons: showReasons(ctx, x.Reasons),
			At: x.Steps, Then: x.NextSteps, DueAt: when(x.OldDue), NewDueAt: when(x.NewDue), Fee: x.OldFee, NewFee: x.NewFee, Asked: len(x.Asked)})
	}
	if !p.Next.Zero() {
		o.Next = p.Next.String()
	}
	return &out[ChangeoverPreview]{o}, nil
}

func (a *api) startChangeover(ctx context.Context, in *struct {
	Body struct {
		ChangeoverChoice
		Decision string `json:"decision" minLength:"1" maxLength:"500" doc:"Number and date of the decision this rests on."`
	}
}) (*out[Changeover], error) {
	from, to, m, err := in.Body.read()
	if err != nil {
		return nil, err
	}
	x, err := a.s.StartChangeover(ctx, from, to, m, in.Body.Decision)
	if err != nil {
		return nil, err
	}
	return &out[Changeover]{showChangeover(x)}, nil
}

func (a *api) changeovers(ctx context.Context, in *struct {
	Procedure string `query:"procedure" required:"true" maxLength:"64" doc:"Code of the procedure."`
}) (*out[list[Changeover]], error) {
	rows, err := a.s.Changeovers(ctx, in.Procedure)
	return &out[list[Changeover]]{items(rows, showChangeover)}, err
}

// ByChangeover is the input of an operation on one order.
type ByChangeover struct {
	Changeover string `path:"changeover" format:"uuid"`
}

func (a *api) changeover(ctx context.Context, in *ByChangeover) (*out[Changeover], error) {
	of, err := changeoverID(in.Changeover)
	if err != nil {
		return nil, err
	}
	x, err := a.s.Changeover(ctx, of)
	if err != nil {
		return nil, err
	}
	return &out[Changeover]{showChangeover(x)}, nil
}

func (a *api) changeoverItems(ctx context.Context, in *struct {
	ByChangeover
	rest.PageIn
	State string `query:"state" enum:"waiting,moved,refused,ended,undone"`
}) (*out[rest.PageOut[ChangeoverDossier]], error) {
	of, err := changeoverID(in.Changeover)
	if err != nil {
		return nil, err
	}
	if _, err := a.s.Changeover(ctx, of); err != nil {
		return nil, err
	}
	f := dossier.ItemFilter{State: in.State, Limit: in.Limit + 1}
	if in.Cursor != "" {
		var after string
		if err := rest.DecodeCursor(in.Cursor, &after); err != nil {
			return nil, err
		}
		if f.After, err = parse("query.cursor", after); err != nil {
			return nil, err
		}
	}
	rows, err := a.s.ChangeoverItems(ctx, of, f)
	if err != nil {
		return nil, err
	}
	p, err := rest.Page(rows, in.Limit, func(x *dossier.ChangeoverItem) string { return x.Dossier.String() }, func(x *dossier.ChangeoverItem) ChangeoverDossier {
		return ChangeoverDossier{x.Dossier.String(), x.Code, x.State, showReasons(ctx, x.Reasons), when(x.At), x.Undo}
	})
	return &out[rest.PageOut[ChangeoverDossier]]{p}, err
}

func (a *api) stopChangeover(ctx context.Context, in *ByChangeover) (*out[Changeover], error) {
	of, err := changeoverID(in.Changeover)
	if err != nil {
		return nil, err
	}
	if err := a.s.StopChangeover(ctx, of); err != nil {
		return nil, err
	}
	return a.changeover(ctx, in)
}

func (a *api) undoChangeover(ctx context.Context, in *struct {
	ByChangeover
	Dossier string `path:"dossier" format:"uuid" doc:"The dossier's identifier."`
}) (*out[Changeover], error) {
	of, err := changeoverID(in.Changeover)
	if err != nil {
		return nil, err
	}
	d, err := changeoverID(in.Dossier)
	if err != nil {
		return nil, err
	}
	if _, err := a.s.UndoTurn(ctx, of, d); err != nil {
		return nil, err
	}
	return a.changeover(ctx, &in.ByChangeover)
}

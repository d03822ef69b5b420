package dossierapi

import (
	"context"
	"net/http"
	"time"

	"lienthong/internal/kit/rest"
	"lienthong/internal/kit/text"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
)

func (a *api) registerSupplements() {
	add(a, perm(dossier.PermRead), op(http.MethodPost, "/tasks/{task}/supplement", "ask-supplement", tagWork, "Ask the applicant for what is missing",
		"Names every defect of every paper at once. The first request goes out and stops the clock; a further one is proposed to a leader first."), a.askSupplement)
	add(a, perm(dossier.PermApprove), op(http.MethodGet, "/supplements/proposed", "list-proposed-supplements", tagWork, "List requests that wait for a leader",
		"Of the agencies the leader approves for, the oldest first."), a.proposals)
	add(a, perm(dossier.PermApprove), op(http.MethodPost, "/supplements/{supplement}/decide", "decide-supplement", tagWork, "Decide about a further request",
		"Approving sends it to the applicant; rejecting needs a note."), a.decideSupplement)
}

// SupplementItem is what is wrong with one paper, or with the form.
type SupplementItem struct {
	Component string `json:"component,omitempty" maxLength:"100" doc:"Code of the paper; empty for the form."`
	Name      string `json:"name,omitempty" maxLength:"500" doc:"The paper in words; the name in the record, if left out."`
	What      string `json:"what" minLength:"1" maxLength:"2000" example:"Ảnh chụp bị mờ, không đọc được số" doc:"What is missing or wrong."`
}

// DossierSupplement is a request to complete a dossier.
type DossierSupplement struct {
	ID         string           `json:"id" format:"uuid"`
	Dossier    string           `json:"dossier" format:"uuid"`
	N          int              `json:"n" minimum:"1" doc:"The how manieth of the dossier."`
	State      string           `json:"state" enum:"proposed,sent,answered,rejected"`
	Agency     DossierAgency    `json:"agency"`
	Items      []SupplementItem `json:"items" nullable:"false"`
	Reason     string           `json:"reason"`
	AskedBy    string           `json:"asked_by,omitempty" doc:"For officials."`
	AskedAt    time.Time        `json:"asked_at"`
	ApprovedAt *time.Time       `json:"approved_at,omitempty"`
	AnsweredAt *time.Time       `json:"answered_at,omitempty"`
	Answer     string           `json:"answer,omitempty"`
}

func showSupplement(ctx context.Context, tree *org.Tree, x *dossier.Supplement, own bool) DossierSupplement {
	s := DossierSupplement{ID: x.ID.String(), Dossier: x.Dossier.String(), N: x.N, State: x.State, Agency: agencyOf(ctx, tree, x.Agency),
		Items:  items(x.Items, func(d dossier.Defect) SupplementItem { return SupplementItem{d.Component, d.Name, d.What} }).Items,
		Reason: x.Reason, AskedBy: x.AskedBy, AskedAt: x.Asked.UTC(), ApprovedAt: when(x.Approved), AnsweredAt: when(x.Answered), Answer: x.AnswerNote}
	if own {
		s.AskedBy, s.ApprovedAt = "", nil
	}
	return s
}

// SupplementNew is a request to be sent.
type SupplementNew struct {
	Items  []SupplementItem `json:"items" minItems:"1" maxItems:"100"`
	Reason string           `json:"reason" minLength:"1" maxLength:"4000"`
}

func (a *api) askSupplement(ctx context.Context, in *struct {
	ByTask
	Body SupplementNew
}) (*out[DossierBrief], error) {
	task, err := parse("path.task", in.Task)
	if err != nil {
		return nil, err
	}
	var defects []dossier.Defect
	for _, x := range in.Body.Items {
		defects = append(defects, dossier.Defect{Component: text.Line(x.Component), Name: x.Name, What: x.What})
	}
	d, err := a.s.AskSupplement(ctx, task, defects, in.Body.Reason)
	return a.acted(ctx, d, err)
}

func (a *api) proposals(ctx context.Context, in *rest.PageIn) (*out[rest.PageOut[DossierSupplement]], error) {
	tree, err := a.tree(ctx)
	if err != nil {
		return nil, err
	}
	after, err := place(*in)
	if err != nil {
		return nil, err
	}
	// The use case lists what it is told to: whose requests these are is decided here.
	agencies, all := actorOf(ctx).Agencies(dossier.PermApprove)
	rows, err := a.s.ProposalsPage(ctx, agencies, all, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	return paged(rows, *in, func(x *dossier.Supplement) DossierSupplement { return showSupplement(ctx, tree, x, false) })
}

// SupplementDecision is a leader's word on a further request.
type SupplementDecision struct {
	Approve bool   `json:"approve"`
	Note    string `json:"note,omitempty" maxLength:"4000" doc:"Needed to reject."`
}

func (a *api) decideSupplement(ctx context.Context, in *struct {
	Supplement string `path:"supplement" format:"uuid"`
	Body       SupplementDecision
}) (*out[DossierBrief], error) {
	x, err := parse("path.supplement", in.Supplement)
	if err != nil {
		return nil, err
	}
	d, err := a.s.DecideSupplement(ctx, x, in.Body.Approve, in.Body.Note)
	return a.acted(ctx, d, err)
}

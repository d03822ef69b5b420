package dossierapi

import (
	"context"
	"net/http"

	"lienthong/internal/kit/rest"
)

func (a *api) registerApplicant() {
	add(a, rest.SignedIn, op(http.MethodPost, "/dossiers/{code}/answer", "answer-supplement", tagDossiers, "Answer a supplement request",
		"Gives the completed dossier back to the office and lets the clock run again. Files are attached before (kind supplement). The counter answers for whoever comes there."), a.answer)
	add(a, rest.SignedIn, op(http.MethodPost, "/dossiers/{code}/withdraw", "withdraw-dossier", tagDossiers, "Withdraw a dossier",
		"By the applicant, or by the counter at the applicant's wish, before it is finished."), a.withdraw)
	add(a, rest.SignedIn, op(http.MethodPost, "/dossiers/{code}/rating", "rate-dossier", tagDossiers, "Rate the service",
		"Once, by the applicant, when the dossier is finished."), a.rate)
}

// SupplementAnswer is what the applicant sends back.
type SupplementAnswer struct {
	Data map[string]any `json:"data,omitempty" doc:"The whole form as corrected; left out, it stays."`
	Note string         `json:"note,omitempty" maxLength:"4000"`
}

func (a *api) answer(ctx context.Context, in *struct {
	ByDossier
	Body SupplementAnswer
}) (*out[DossierBrief], error) {
	if err := checkData("/data", in.Body.Data); err != nil {
		return nil, err
	}
	d, err := a.get(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	d, err = a.s.Answer(ctx, d.ID, in.Body.Data, in.Body.Note)
	return a.acted(ctx, d, located(err, "/data", ""))
}

func (a *api) withdraw(ctx context.Context, in *struct {
	ByDossier
	Body *DossierNote
}) (*out[DossierBrief], error) {
	d, err := a.get(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	d, err = a.s.Withdraw(ctx, d.ID, in.Body.note())
	return a.acted(ctx, d, err)
}

// DossierRating is the applicant's judgement of the service.
type DossierRating struct {
	Score  int    `json:"score" minimum:"1" maximum:"4" doc:"1 very satisfied, 2 satisfied, 3 so-so, 4 not satisfied."`
	Remark string `json:"remark,omitempty" maxLength:"2000"`
}

func (a *api) rate(ctx context.Context, in *struct {
	ByDossier
	Body DossierRating
}) (*struct{}, error) {
	d, err := a.get(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return nil, located(a.s.Rate(ctx, d.ID, in.Body.Score, in.Body.Remark), "", "")
}

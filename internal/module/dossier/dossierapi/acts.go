package dossierapi

import (
	"context"
	"net/http"

	"lienthong/internal/module/dossier"
)

func (a *api) registerActs() {
	add(a, perm(dossier.PermRead), op(http.MethodPost, "/dossiers/{code}/comments", "comment-dossier", tagWork, "Comment on a dossier",
		"For the officials who work on it; applicants do not read it."), a.comment)
	add(a, perm(dossier.PermApprove), op(http.MethodPost, "/dossiers/{code}/hold", "hold-dossier", tagWork, "Stop the clock",
		"With a reason the applicant reads. While another agency's answer is awaited, with the clause under which that stops the clock."), a.hold)
	add(a, perm(dossier.PermApprove), op(http.MethodPost, "/dossiers/{code}/resume", "resume-dossier", tagWork, "Let the clock run again", ""), a.resume)
	add(a, perm(dossier.PermApprove), op(http.MethodPost, "/dossiers/{code}/extend", "extend-dossier", tagWork, "Put the date off",
		"By working days, as often as the dossier's rule set allows, with the reason for which the office apologises to the applicant."), a.extend)
	add(a, perm(dossier.PermReceive), op(http.MethodPost, "/dossiers/{code}/correct", "correct-dossier", tagWork, "Correct what was typed wrongly",
		"After receipt. Reason and old values stay in the history; the receipt is to be printed again."), a.correct)
	add(a, perm(dossier.PermRead), op(http.MethodPost, "/dossiers/{code}/files/{file}/verdict", "judge-file", tagWork, "Judge a file",
		"By those who have an open task of the dossier."), a.judge)
	add(a, perm(dossier.PermProcess), op(http.MethodPost, "/dossiers/{code}/duty", "set-duty", tagWork, "State the financial duty",
		"The amount a dossier waits for (status 6), with its notice."), a.duty)
}

// DossierComment is a remark for colleagues.
type DossierComment struct {
	Note string `json:"note" minLength:"1" maxLength:"4000"`
}

func (a *api) comment(ctx context.Context, in *struct {
	ByDossier
	Body DossierComment
}) (*out[DossierBrief], error) {
	d, err := a.get(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	d, err = a.s.Comment(ctx, d.ID, in.Body.Note)
	return a.acted(ctx, d, err)
}

// DossierHold stops a clock.
type DossierHold struct {
	Cause  string `json:"cause,omitempty" enum:"other_agency" doc:"other_agency while another agency's answer is awaited; missing for any other cause."`
	Basis  string `json:"basis,omitempty" maxLength:"300" doc:"The clause under which the wait for another agency stops the clock; needed with that cause."`
	Reason string `json:"reason" minLength:"1" maxLength:"4000" doc:"The applicant reads it."`
}

func (a *api) hold(ctx context.Context, in *struct {
	ByDossier
	Body DossierHold
}) (*out[DossierBrief], error) {
	d, err := a.get(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	d, err = a.s.HoldFor(ctx, d.ID, dossier.HoldOrder{Cause: in.Body.Cause, Basis: in.Body.Basis, Reason: in.Body.Reason})
	return a.acted(ctx, d, located(err, "", "reason"))
}

func (a *api) resume(ctx context.Context, in *struct {
	ByDossier
	Body *DossierNote
}) (*out[DossierBrief], error) {
	d, err := a.get(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	d, err = a.s.Resume(ctx, d.ID, in.Body.note())
	return a.acted(ctx, d, err)
}

// DossierExtension puts a date off.
type DossierExtension struct {
	Days   int    `json:"days" minimum:"1" maximum:"60" doc:"Working days."`
	Reason string `json:"reason" minLength:"1" maxLength:"4000" doc:"What the office apologises for; the applicant reads it."`
}

func (a *api) extend(ctx context.Context, in *struct {
	ByDossier
	Body DossierExtension
}) (*out[DossierBrief], error) {
	d, err := a.get(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	d, err = a.s.Extend(ctx, d.ID, in.Body.Days, in.Body.Reason)
	return a.acted(ctx, d, located(err, "", "reason"))
}

// DossierCorrection is the form as it should have been typed.
type DossierCorrection struct {
	Data   map[string]any `json:"data" doc:"The whole form."`
	Reason string         `json:"reason" minLength:"1" maxLength:"4000"`
}

func (a *api) correct(ctx context.Context, in *struct {
	ByDossier
	Body DossierCorrection
}) (*out[DossierBrief], error) {
	if err := checkData("/data", in.Body.Data); err != nil {
		return nil, err
	}
	d, err := a.get(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	d, err = a.s.Correct(ctx, d.ID, in.Body.Data, in.Body.Reason)
	return a.acted(ctx, d, located(err, "/data", ""))
}

// FileVerdict is what an official found about a file.
type FileVerdict struct {
	Verdict string `json:"verdict" enum:",ok,defect" doc:"Empty takes an earlier one back."`
	Remark  string `json:"remark,omitempty" maxLength:"2000" doc:"Needed for a defect."`
}

func (a *api) judge(ctx context.Context, in *struct {
	ByDossier
	ByFile
	Body FileVerdict
}) (*out[DossierBrief], error) {
	file, err := parse("path.file", in.File)
	if err != nil {
		return nil, err
	}
	d, err := a.get(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	d, err = a.s.Judge(ctx, d.ID, file, in.Body.Verdict, in.Body.Remark)
	return a.acted(ctx, d, err)
}

// DossierDuty is a financial duty.
type DossierDuty struct {
	Amount int64  `json:"amount" minimum:"0" maximum:"1000000000000" example:"350000" doc:"Whole đồng, all together."`
	Notice string `json:"notice" minLength:"1" maxLength:"2000" doc:"The notice it follows from."`
}

func (a *api) duty(ctx context.Context, in *struct {
	ByDossier
	Body DossierDuty
}) (*out[DossierBrief], error) {
	d, err := a.get(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	d, err = a.s.SetDuty(ctx, d.ID, in.Body.Amount, in.Body.Notice)
	return a.acted(ctx, d, err)
}

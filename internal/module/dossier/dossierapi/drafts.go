package dossierapi

import (
	"context"
	"net/http"
	"time"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/rest"
	"lienthong/internal/kit/text"
	"lienthong/internal/module/dossier"
)

const tagFiling = "Filing"

func (a *api) registerDrafts() {
	add(a, rest.SignedIn, op(http.MethodGet, "/drafts", "list-drafts", tagFiling, "List my drafts",
		"The drafts of the account that acts, the one touched last first."), a.listDrafts)
	add(a, rest.SignedIn, created("/drafts", "create-draft", tagFiling, "Start a draft",
		"A citizen files online (channel 2); an official with dossier.receive files for whoever stands at the counter (1) or wrote by post (3). One account keeps at most 50 drafts."), a.createDraft)
	add(a, rest.SignedIn, op(http.MethodGet, "/drafts/{draft}", "get-draft", tagFiling, "Read a draft", ""), a.getDraft)
	add(a, rest.SignedIn, op(http.MethodPatch, "/drafts/{draft}", "patch-draft", tagFiling, "Change a draft",
		"Fields that are left out stay. data is a merge patch (RFC 7396): objects are merged, lists replaced, null removes. Data together is at most 256 kB. Nothing is checked against the form here, so that nothing typed is lost; see problems."), a.patchDraft)
	add(a, rest.SignedIn, op(http.MethodDelete, "/drafts/{draft}", "delete-draft", tagFiling, "Throw a draft away",
		"With the files attached to it."), a.deleteDraft)
	add(a, rest.SignedIn, op(http.MethodGet, "/drafts/{draft}/problems", "list-draft-problems", tagFiling, "List what is missing",
		"What keeps the draft from being submitted, in the order of the form's pages; papers last. Empty when it can be submitted."), a.draftProblems)
	add(a, rest.SignedIn, op(http.MethodPost, "/drafts/{draft}/submit", "submit-draft", tagFiling, "Submit a draft",
		"Checks everything again and files the dossier: a citizen's goes to the counter as new, an official's is received at once. Submitting again returns the dossier the draft became."), a.submitDraft)
}

// DossierDraft is a dossier that is being filled in.
type DossierDraft struct {
	ID         string         `json:"id" format:"uuid" doc:"The dossier keeps it."`
	Version    int64          `json:"version" minimum:"1" doc:"Counted up by every change; to be sent back with the next one."`
	Procedure  string         `json:"procedure" example:"1.001193" doc:"The procedure's code."`
	Agency     DossierAgency  `json:"agency" doc:"The agency the dossier is filed with."`
	Channel    int            `json:"channel" enum:"1,2,3" doc:"1 counter, 2 online, 3 post."`
	Page       string         `json:"page,omitempty" doc:"Where the client was; free text of the client."`
	Data       map[string]any `json:"data" doc:"The form, as far as it is filled in."`
	Case       string         `json:"case,omitempty" doc:"The procedure's case the applicant is in."`
	Copies     int            `json:"copies" doc:"Number of copies asked for."`
	Shown      []string       `json:"shown,omitempty" doc:"Codes of papers handed over or shown at the counter instead of uploaded."`
	Consent    bool           `json:"consent" doc:"The citizen agreed that an official files for them."`
	Delivery   string         `json:"delivery,omitempty" doc:"How the result is to be delivered, in words."`
	Fee        DossierFee     `json:"fee" doc:"What filing costs as the draft stands."`
	ExpectedAt *time.Time     `json:"expected_at,omitempty" doc:"When the result would be due if the dossier were received now."`
	Files      []DossierFile  `json:"files" nullable:"false" doc:"Attached files, uploads still running included."`
	CreatedAt  time.Time      `json:"created_at"`
	UpdatedAt  time.Time      `json:"updated_at"`
}

// DossierFee is what a dossier costs.
type DossierFee struct {
	Amount int64  `json:"amount" minimum:"0" doc:"Whole đồng."`
	Paid   int64  `json:"paid" minimum:"0" doc:"Whole đồng received so far."`
	Known  *bool  `json:"known,omitempty" doc:"False: the procedure's record names no rate, or one whose amount is not known."`
	Choice bool   `json:"choice,omitempty" doc:"Several rates exist; an official decides which applies."`
	Text   string `json:"text,omitempty" doc:"The wording of the rule with its exemptions, unchanged, in Vietnamese."`
}

// DraftLine is one draft in a list.
type DraftLine struct {
	ID        string        `json:"id" format:"uuid"`
	Procedure string        `json:"procedure" example:"1.001193"`
	Agency    DossierAgency `json:"agency"`
	Channel   int           `json:"channel" enum:"1,2,3"`
	UpdatedAt time.Time     `json:"updated_at"`
}

func (a *api) listDrafts(ctx context.Context, in *rest.PageIn) (*out[rest.PageOut[DraftLine]], error) {
	if err := mayKeepDrafts(ctx); err != nil {
		return nil, err
	}
	after, err := place(*in)
	if err != nil {
		return nil, err
	}
	rows, err := a.s.DraftsPage(ctx, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	tree, err := a.tree(ctx)
	if err != nil {
		return nil, err
	}
	return paged(rows, *in, func(d *dossier.Draft) DraftLine {
		return DraftLine{ID: d.ID.String(), Procedure: d.ProcedureCode, Agency: agencyOf(ctx, tree, d.Agency),
			Channel: d.Channel, UpdatedAt: d.Updated.UTC()}
	})
}

// DraftNew is what starting a draft needs.
type DraftNew struct {
	Procedure string `json:"procedure" pattern:"^[0-9A-Za-z._-]{1,64}$" example:"1.001193" doc:"The procedure's code in the national database."`
	Agency    string `json:"agency" format:"uuid" doc:"An agency that offers the procedure."`
	Channel   int    `json:"channel,omitempty" enum:"1,2,3" default:"2" doc:"1 counter, 2 online, 3 post."`
}

type draftOut struct {
	Location string `header:"Location"`
	Body     DossierDraft
}

func (a *api) createDraft(ctx context.Context, in *struct{ Body DraftNew }) (*draftOut, error) {
	if err := mayKeepDrafts(ctx); err != nil {
		return nil, err
	}
	agency, err := parse("/agency", in.Body.Agency)
	if err != nil {
		return nil, err
	}
	d, err := a.s.StartDraft(ctx, in.Body.Procedure, agency, in.Body.Channel)
	if err != nil {
		return nil, err
	}
	return a.showDraft(ctx, d)
}

// draft returns the actor's own draft.
func (a *api) draft(ctx context.Context, in ByDraft) (*dossier.Draft, error) {
	if err := mayKeepDrafts(ctx); err != nil {
		return nil, err
	}
	d, err := parse("path.draft", in.Draft)
	if err != nil {
		return nil, err
	}
	return a.s.Draft(ctx, d)
}

func (a *api) getDraft(ctx context.Context, in *ByDraft) (*draftOut, error) {
	d, err := a.draft(ctx, *in)
	if err != nil {
		return nil, err
	}
	return a.showDraft(ctx, d)
}

func (a *api) showDraft(ctx context.Context, d *dossier.Draft) (*draftOut, error) {
	tree, err := a.tree(ctx)
	if err != nil {
		return nil, err
	}
	p, err := a.s.Procedures.ByVersion(ctx, d.ProcedureVersion)
	if err != nil {
		return nil, err
	}
	files, err := a.s.Files(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	fee := p.Record.Fee(d.Channel, d.Extra.Copies)
	known := fee.Known
	o := &draftOut{Location: rest.Prefix + "/drafts/" + d.ID.String(), Body: DossierDraft{ID: d.ID.String(), Version: d.Version,
		Procedure: d.ProcedureCode, Agency: agencyOf(ctx, tree, d.Agency), Channel: d.Channel, Page: d.Page, Data: d.Data,
		Case: d.Extra.Case, Copies: d.Extra.Copies, Shown: d.Extra.Shown, Consent: d.Extra.Consent, Delivery: d.Extra.Delivery,
		Fee:   DossierFee{Amount: fee.Amount, Known: &known, Choice: fee.Choice, Text: fee.Text},
		Files: items(files, showFile).Items, CreatedAt: d.Created.UTC(), UpdatedAt: d.Updated.UTC()}}
	if term, ok := p.Record.Term(d.Channel); ok {
		due, err := a.s.Foresee(ctx, d.Agency, term)
		if err != nil {
			return nil, err
		}
		o.Body.ExpectedAt = when(due)
	}
	return o, nil
}

// DraftPatch is what changes of a draft; what is left out stays.
type DraftPatch struct {
	Version  int64          `json:"version" minimum:"1" doc:"The version that was read; another one now is a conflict (409)."`
	Page     *string        `json:"page,omitempty" maxLength:"100"`
	Data     map[string]any `json:"data,omitempty" doc:"A merge patch (RFC 7396) for the form's data."`
	Case     *string        `json:"case,omitempty" maxLength:"300"`
	Copies   *int           `json:"copies,omitempty" minimum:"1" maximum:"1000"`
	Shown    *[]string      `json:"shown,omitempty" maxItems:"100"`
	Consent  *bool          `json:"consent,omitempty"`
	Delivery *string        `json:"delivery,omitempty" maxLength:"300"`
}

func (a *api) patchDraft(ctx context.Context, in *struct {
	ByDraft
	Body DraftPatch
}) (*draftOut, error) {
	d, err := a.draft(ctx, in.ByDraft)
	if err != nil {
		return nil, err
	}
	p := in.Body
	if err := checkData("/data", p.Data); err != nil {
		return nil, err
	}
	d.Version = p.Version
	d.Data = merge(d.Data, p.Data)
	set(&d.Page, p.Page)
	set(&d.Extra.Case, p.Case)
	set(&d.Extra.Delivery, p.Delivery)
	if p.Copies != nil {
		d.Extra.Copies = *p.Copies
	}
	if p.Shown != nil {
		d.Extra.Shown = lines(*p.Shown)
	}
	if p.Consent != nil {
		d.Extra.Consent = *p.Consent
	}
	if err := a.s.SaveDraft(ctx, d); err != nil {
		return nil, err
	}
	return a.showDraft(ctx, d)
}

// set changes a text if a new one was sent.
func set(to *string, from *string) {
	if from != nil {
		*to = text.Line(*from)
	}
}

func (a *api) deleteDraft(ctx context.Context, in *ByDraft) (*struct{}, error) {
	d, err := a.draft(ctx, *in)
	if err != nil {
		return nil, err
	}
	return nil, a.s.DropDraft(ctx, d.ID)
}

// DraftProblem is one thing that keeps a draft from being submitted.
type DraftProblem struct {
	Location string `json:"location" example:"/child/name" doc:"A JSON pointer into data, paper.CODE for a paper, or consent."`
	Code     string `json:"code" doc:"The rule, for programs."`
	Message  string `json:"message" doc:"What is wrong, for people."`
}

func (a *api) draftProblems(ctx context.Context, in *ByDraft) (*out[list[DraftProblem]], error) {
	d, err := a.draft(ctx, *in)
	if err != nil {
		return nil, err
	}
	rows, err := a.s.Problems(ctx, d)
	if err != nil {
		return nil, err
	}
	return &out[list[DraftProblem]]{items(rows, func(f fault.Field) DraftProblem {
		return DraftProblem{f.Path, f.Key, i18n.T(ctx, f.Key, f.Args)}
	})}, nil
}

func (a *api) submitDraft(ctx context.Context, in *ByDraft) (*out[DossierFiled], error) {
	if err := mayKeepDrafts(ctx); err != nil {
		return nil, err
	}
	draft, err := parse("path.draft", in.Draft)
	if err != nil {
		return nil, err
	}
	d, err := a.s.Submit(ctx, draft)
	if err != nil {
		return nil, err
	}
	brief, err := a.brief(ctx, d)
	if err != nil {
		return nil, err
	}
	return &out[DossierFiled]{DossierFiled{DossierBrief: brief, LookupSecret: a.secretFor(ctx, d)}}, nil
}

// DossierFiled is a dossier just submitted, with what the receipt shows.
type DossierFiled struct {
	DossierBrief
	LookupSecret string `json:"lookup_secret,omitempty" example:"7KQ-2M9-XT4" doc:"With the code it opens the public look-up; printed on the receipt and nowhere else."`
}

// secretFor returns the look-up secret for those who hold or print the receipt.
func (a *api) secretFor(ctx context.Context, d *dossier.Dossier) string {
	who := actorOf(ctx)
	if dossier.Owns(who, d) || who.MayAt(dossier.PermReceive, d.Reception) {
		return a.s.Secret(d.ID, d.SecretGen)
	}
	return ""
}

// when shows an instant, or nothing for none.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	u := t.UTC()
	return &u
}

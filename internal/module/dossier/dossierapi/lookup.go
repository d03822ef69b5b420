package dossierapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/dossier"
)

const tagLookup = "Public look-up"

func (a *api) registerLookup() {
	add(a, rest.Public, op(http.MethodPost, "/lookup", "look-up", tagLookup, "See where a dossier is",
		"For whoever holds the receipt, without an account. A wrong code and a wrong secret are answered alike (404); attempts are limited by code and by address (429). Sent as a body, so that the secret stays out of logs."), a.lookup)
	add(a, rest.Public, op(http.MethodPost, "/lookup/code", "send-result-code", tagLookup, "Have a one-time code sent",
		"To the phone, or else the e-mail address, given in the dossier. The code opens the result."), a.resultCode)
	file := op(http.MethodPost, "/lookup/result", "get-result", tagLookup, "Download a result",
		"With code and secret of the receipt and the one-time code just sent.")
	file.Responses = binary()
	add(a, rest.Public, file, a.result)
	ask := op(http.MethodPost, "/lookup/paper", "ask-by-paper", tagLookup, "Have a code sent for a dossier without its secret",
		"For whoever has lost the receipt: if the digits are the last ones of the applicant's paper, a one-time code (5 minutes, 5 tries) goes to the phone, or else the e-mail address, given in the dossier. The answer is the same whether or not it does. Attempts are limited by code, by address and by day (429).")
	ask.DefaultStatus = http.StatusNoContent
	add(a, rest.Public, ask, a.askByPaper)
	add(a, rest.Public, op(http.MethodPost, "/lookup/paper/confirm", "look-up-by-paper", tagLookup, "See where a dossier is without its secret",
		"With the one-time code of ask-by-paper. Whatever is wrong, code, digits or one-time code, the answer is the same (422). The look is noted in the ledger and shown to the dossier's owner."), a.lookByPaper)
}

// PaperKey is what somebody without the receipt knows.
type PaperKey struct {
	Code   string `json:"code" minLength:"1" maxLength:"64" example:"000.18.25.H03-210301-0001"`
	Digits string `json:"digits" minLength:"4" maxLength:"4" pattern:"^[0-9A-Za-z]{4}$" example:"0123" doc:"The last four characters of the applicant's identity paper."`
}

// PaperLook is PaperKey with the one-time code.
type PaperLook struct {
	PaperKey
	Once string `json:"once" minLength:"1" maxLength:"12" example:"204817" doc:"The one-time code."`
}

func (a *api) askByPaper(ctx context.Context, in *struct{ Body PaperKey }) (*struct{}, error) {
	return nil, a.s.AskByPaper(ctx, a.limits, in.Body.Code, in.Body.Digits)
}

func (a *api) lookByPaper(ctx context.Context, in *struct{ Body PaperLook }) (*out[Lookup], error) {
	g, err := a.s.LookByPaper(ctx, a.limits, in.Body.Code, in.Body.Digits, strings.TrimSpace(in.Body.Once))
	if err != nil {
		return nil, err
	}
	return a.showGlance(ctx, g)
}

// LookupKey is what the receipt shows.
type LookupKey struct {
	Code   string `json:"code" minLength:"1" maxLength:"64" example:"000.18.25.H03-210301-0001"`
	Secret string `json:"secret" minLength:"1" maxLength:"64" example:"7KQ-2M9-XT4" doc:"Case, spaces and hyphens do not matter."`
}

// Lookup is what anybody with the receipt may know: where the dossier is, not what is in it.
type Lookup struct {
	Code          string         `json:"code"`
	ProcedureName string         `json:"procedure_name"`
	Applicant     string         `json:"applicant" example:"Nông T. H." doc:"Masked."`
	Status        int            `json:"status" minimum:"1" maximum:"10"`
	StatusName    string         `json:"status_name"`
	Holder        DossierAgency  `json:"holder" doc:"The office that has it."`
	Since         *time.Time     `json:"since,omitempty" doc:"Since when that office has it."`
	Step          string         `json:"step,omitempty" doc:"The step of the process it rests at."`
	Progress      []DossierStage `json:"progress" nullable:"false" doc:"The process diagram in words, with where the dossier stands."`
	SubmittedAt   time.Time      `json:"submitted_at"`
	ReceivedAt    *time.Time     `json:"received_at,omitempty"`
	DueAt         *time.Time     `json:"due_at,omitempty"`
	Paused        bool           `json:"paused"`
	Left          *DossierLeft   `json:"left,omitempty"`
	Clock         DossierClock   `json:"clock" doc:"How the date was counted."`
	FinishedAt    *time.Time     `json:"finished_at,omitempty"`
	Results       []LookupResult `json:"results,omitempty" doc:"Files of the result, once it is there; see get-result."`
}

// LookupResult names a result file without telling what it says.
type LookupResult struct {
	File  string `json:"file" format:"uuid"`
	Media string `json:"media"`
	Size  int64  `json:"size" doc:"Bytes."`
}

func (a *api) lookup(ctx context.Context, in *struct{ Body LookupKey }) (*out[Lookup], error) {
	g, err := a.s.Lookup(ctx, a.limits, in.Body.Code, in.Body.Secret)
	if err != nil {
		return nil, err
	}
	return a.showGlance(ctx, g)
}

// showGlance shows what anybody with the keys may know.
func (a *api) showGlance(ctx context.Context, g *dossier.Glance) (*out[Lookup], error) {
	tree, err := a.tree(ctx)
	if err != nil {
		return nil, err
	}
	d := g.View.Dossier
	l := Lookup{Code: d.Code, ProcedureName: d.ProcedureName, Applicant: g.Applicant, Status: int(d.Status), StatusName: statusName(ctx, d.Status),
		Holder: agencyOf(ctx, tree, g.Holder), Since: when(g.Since), Progress: progress(ctx, g.View), SubmittedAt: d.Submitted.UTC(), ReceivedAt: when(d.Received),
		DueAt: when(d.Due), Paused: d.Paused(), FinishedAt: when(d.Finished)}
	l.Clock = a.showClock(i18n.Lang(ctx), g.View)
	if !d.Due.IsZero() && d.Open() {
		l.Left = showLeft(ctx, g.Left)
	}
	for _, t := range g.View.Tasks {
		if t.State == "open" && l.Step == "" {
			l.Step = nodeName(ctx, g.View.Proc.Process.Node(t.Node), t.Name)
		}
	}
	if d.Status == dossier.StatusFinished || d.Status == dossier.StatusReturned {
		for _, f := range g.View.Files {
			if f.Kind == "result" && f.Sum != "" {
				l.Results = append(l.Results, LookupResult{f.ID.String(), f.Media, f.Size})
			}
		}
	}
	return &out[Lookup]{l}, nil
}

func (a *api) resultCode(ctx context.Context, in *struct{ Body LookupKey }) (*struct{}, error) {
	return nil, a.s.RequestResultCode(ctx, a.limits, in.Body.Code, in.Body.Secret)
}

// ResultKey is what opens a result file.
type ResultKey struct {
	LookupKey
	Once string `json:"once" minLength:"1" maxLength:"12" example:"204817" doc:"The one-time code."`
	File string `json:"file" format:"uuid"`
}

func (a *api) result(ctx context.Context, in *struct{ Body ResultKey }) (*huma.StreamResponse, error) {
	file, err := parse("/file", in.Body.File)
	if err != nil {
		return nil, err
	}
	f, content, err := a.s.ResultByCode(ctx, a.limits, in.Body.Code, in.Body.Secret, strings.TrimSpace(in.Body.Once), file)
	if err != nil {
		return nil, err
	}
	return send(f, content), nil
}

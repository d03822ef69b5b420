package dossierapi

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
)

func (a *api) registerPapers() {
	add(a, rest.SignedIn, op(http.MethodGet, "/dossiers/{code}/papers", "list-papers", tagDossiers, "List a dossier's printed papers",
		"The papers of the one-stop mechanism that exist for the dossier as it stands, each with everything that is printed on it; the layout is the client's. To applicants without names of officials and without the control sheet, which stays with the office. That an official looked is noted in the ledger."), a.papers)
	add(a, rest.SignedIn, op(http.MethodGet, "/dossiers/{code}/papers/{paper}", "get-paper", tagDossiers, "Read one printed paper",
		"As in list-papers; 404 while there is no such paper."), a.paper)
}

// The papers, by name.
const (
	paperReceipt    = "receipt"
	paperSupplement = "supplement"
	paperRefusal    = "refusal"
	paperApology    = "apology"
	paperControl    = "control-sheet"
)

// DossierPaper is what is printed on one paper about a dossier.
type DossierPaper struct {
	Paper         string             `json:"paper" enum:"receipt,supplement,refusal,apology,control-sheet" doc:"receipt: receipt and appointment slip; supplement: the last request for supplements; refusal; apology: for a date that was put off; control-sheet: who had the dossier, from when to when."`
	Issuer        DossierAgency      `json:"issuer" doc:"The agency whose paper it is."`
	IssuedAt      time.Time          `json:"issued_at" doc:"Its day is the paper's date."`
	Code          string             `json:"code"`
	Procedure     string             `json:"procedure" example:"1.001193"`
	ProcedureName string             `json:"procedure_name"`
	Applicant     DossierPaperPerson `json:"applicant"`
	SubmittedAt   time.Time          `json:"submitted_at"`
	ReceivedAt    *time.Time         `json:"received_at,omitempty"`
	DueAt         *time.Time         `json:"due_at,omitempty" doc:"The appointment."`
	Term          string             `json:"term,omitempty" doc:"The legal time limit in words."`
	Fee           *DossierFee        `json:"fee,omitempty"`
	Delivery      string             `json:"delivery,omitempty"`
	Receiver      string             `json:"receiver,omitempty" doc:"Who received the dossier; for officials."`
	HandedIn      []DossierPaperItem `json:"handed_in,omitempty" doc:"Of the receipt: what the applicant gave."`
	LookupSecret  string             `json:"lookup_secret,omitempty" doc:"Of the receipt: opens the public look-up together with the code."`
	LookupPath    string             `json:"lookup_path,omitempty" doc:"Of the receipt: what its QR code holds, behind the portal's address."`
	Asked         *DossierSupplement `json:"asked,omitempty" doc:"Of the request for supplements."`
	Reason        string             `json:"reason,omitempty" doc:"Of the refusal and the apology."`
	OldDue        string             `json:"old_due,omitempty" doc:"Of the apology: the date that was not kept, RFC 3339."`
	NewDue        string             `json:"new_due,omitempty" doc:"Of the apology, RFC 3339."`
	Passages      []DossierPassage   `json:"passages,omitempty" doc:"Of the control sheet."`
}

// DossierPaperPerson is the applicant as printed.
type DossierPaperPerson struct {
	Name    string `json:"name"`
	Address string `json:"address,omitempty"`
	Phone   string `json:"phone,omitempty"`
	Email   string `json:"email,omitempty"`
}

// DossierPaperItem is one thing the applicant gave.
type DossierPaperItem struct {
	Component string `json:"component"`
	Name      string `json:"name"`
	Files     int    `json:"files,omitempty" doc:"How many files."`
	OnPaper   bool   `json:"on_paper,omitempty" doc:"Left or shown at the counter."`
	EForm     bool   `json:"e_form,omitempty" doc:"The form filled in online."`
}

// DossierPassage is one line of the control sheet.
type DossierPassage struct {
	Unit    DossierAgency `json:"unit"`
	Step    string        `json:"step"`
	GivenAt time.Time     `json:"given_at"`
	Giver   string        `json:"giver,omitempty"`
	TakenAt *time.Time    `json:"taken_at,omitempty"`
	Taker   string        `json:"taker,omitempty"`
	DueAt   *time.Time    `json:"due_at,omitempty"`
	DoneAt  *time.Time    `json:"done_at,omitempty"`
	Note    string        `json:"note,omitempty"`
}

func (a *api) papersOf(ctx context.Context, code string) ([]DossierPaper, error) {
	v, err := a.s.Open(ctx, strings.ToUpper(code))
	if err != nil {
		return nil, err
	}
	tree, err := a.tree(ctx)
	if err != nil {
		return nil, err
	}
	own := dossier.Owns(actorOf(ctx), v.Dossier)
	base := DossierPaper{Code: v.Code, Procedure: v.ProcedureCode, ProcedureName: v.Proc.Record.Title(i18n.VI),
		Applicant:   DossierPaperPerson{v.Applicant.Name, v.Applicant.Address, v.Applicant.Phone, v.Applicant.Email},
		SubmittedAt: v.Submitted.UTC(), ReceivedAt: when(v.Received), DueAt: when(v.Due), Delivery: v.Delivery}
	if v.Term.N > 0 {
		base.Term = worktime.Term(v.Term).Text(i18n.Lang(ctx))
	}
	var l []DossierPaper
	put := func(paper string, issuer id.ID, at time.Time, fill func(*DossierPaper)) {
		p := base
		p.Paper, p.Issuer, p.IssuedAt = paper, agencyOf(ctx, tree, issuer), at.UTC()
		fill(&p)
		l = append(l, p)
	}
	if !v.Received.IsZero() {
		put(paperReceipt, v.Reception, v.Received, func(p *DossierPaper) {
			p.Fee = &DossierFee{Amount: v.Fee, Paid: v.FeePaid, Text: v.FeeText}
			p.HandedIn = handedIn(v)
			if p.LookupSecret = a.secretFor(ctx, v.Dossier); p.LookupSecret != "" {
				p.LookupPath = "/tra-cuu?ma=" + url.QueryEscape(v.Code) + "&bm=" + url.QueryEscape(p.LookupSecret)
			}
			if i := slices.IndexFunc(v.History, func(e dossier.Entry) bool { return e.Act == "received" }); i >= 0 && !own {
				p.Receiver = v.History[i].ActorName
			}
		})
	}
	for _, x := range slices.Backward(v.Supplements) {
		if x.State == "sent" || x.State == "answered" {
			put(paperSupplement, x.Agency, x.Asked, func(p *DossierPaper) { s := showSupplement(ctx, tree, x, own); p.Asked = &s })
			break
		}
	}
	for _, e := range slices.Backward(v.History) {
		if e.Act == "step" && word(e.Data, "kind") == bpmn.OutcomeRefuse {
			put(paperRefusal, orID(e.Agency, v.Reception), e.At, func(p *DossierPaper) { p.Reason = e.Note })
			break
		}
	}
	for _, e := range slices.Backward(v.History) {
		if e.Act == "extended" {
			put(paperApology, v.Decision, e.At, func(p *DossierPaper) {
				p.Reason, p.OldDue, p.NewDue = e.Note, word(e.Data, "old"), word(e.Data, "new")
			})
			break
		}
	}
	if !v.Received.IsZero() && !own {
		put(paperControl, v.Reception, v.Received, func(p *DossierPaper) { p.Passages = passages(ctx, tree, v) })
	}
	return l, nil
}

func orID(x, other id.ID) id.ID {
	if x.Zero() {
		return other
	}
	return x
}

// handedIn lists what the applicant gave: papers with files, left or shown at the counter.
func handedIn(v *dossier.View) []DossierPaperItem {
	var l []DossierPaperItem
	for _, c := range v.Proc.Record.ComponentsOf(v.Extra.Case) {
		it := DossierPaperItem{Component: c.Code, Name: c.Name, EForm: c.EForm && v.Proc.Form != nil,
			OnPaper: slices.Contains(v.Extra.Shown, c.Code) || c.Presented && c.Required && v.Channel != dossier.Online}
		for _, f := range v.Files {
			if f.Component == c.Code && f.Sum != "" && (f.Kind == "paper" || f.Kind == "supplement") {
				it.Files++
			}
		}
		if it.Files > 0 || it.OnPaper || it.EForm {
			l = append(l, it)
		}
	}
	return l
}

// passages lists who had the dossier, from when to when.
func passages(ctx context.Context, tree *org.Tree, v *dossier.View) []DossierPassage {
	names := map[id.ID]string{}
	for _, e := range v.History {
		names[e.Actor] = e.ActorName
	}
	var l []DossierPassage
	for _, k := range v.Tasks {
		if k.Agency.Zero() || k.State == "taken_back" {
			continue
		}
		taker := k.AssigneeBy
		if taker == "" {
			taker = names[k.DoneBy]
		}
		l = append(l, DossierPassage{Unit: agencyOf(ctx, tree, k.Unit), Step: k.Name, GivenAt: k.Created.UTC(), Giver: names[k.CreatedBy],
			TakenAt: when(k.Accepted), Taker: taker, DueAt: when(k.Due), DoneAt: when(k.Done), Note: k.Note})
	}
	return l
}

func (a *api) papers(ctx context.Context, in *ByDossier) (*out[list[DossierPaper]], error) {
	rows, err := a.papersOf(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	return &out[list[DossierPaper]]{items(rows, func(p DossierPaper) DossierPaper { return p })}, nil
}

func (a *api) paper(ctx context.Context, in *struct {
	ByDossier
	Paper string `path:"paper" enum:"receipt,supplement,refusal,apology,control-sheet" doc:"Which paper."`
}) (*out[DossierPaper], error) {
	rows, err := a.papersOf(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	for _, p := range rows {
		if p.Paper == in.Paper {
			return &out[DossierPaper]{p}, nil
		}
	}
	return nil, fault.New(fault.NotFound, "rest.404")
}

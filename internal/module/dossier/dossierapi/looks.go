package dossierapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"lienthong/internal/engine/logproof"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/dossier"
)

func (a *api) registerLooks() {
	add(a, rest.SignedIn, op(http.MethodGet, "/dossiers/{code}/looks", "list-looks", tagDossiers, "Read who looked at my dossier",
		"To its owner alone, the newest first, from the ledger: agency, division and post of each official who opened the dossier or a file, and each look with the receipt's code or a one-time code. Names of officials are not given."), a.dossierLooks)
	add(a, rest.SignedIn, op(http.MethodGet, "/dossiers/{code}/ledger/{row}", "prove-ledger-row", tagDossiers, "Prove a row of the ledger about my dossier",
		"To its owner alone: that the row of one of the dossier's looks, or with receipt in place of a row that of its receipt, stands in the ledger as it was written. The proof is a file for lienthong verify-proof and names no official."), a.ledgerLine)
}

// DossierLook is one time somebody else looked at a dossier.
type DossierLook struct {
	At      time.Time `json:"at"`
	What    string    `json:"what" enum:"read,file,result,paper" doc:"read: the dossier; file: one of its files; result: the result, with the receipt's secret and a one-time code; paper: where it stands, with the digits of the applicant's paper and a one-time code."`
	Agency  string    `json:"agency,omitempty" doc:"In the language asked for; left out for somebody who is no official."`
	Unit    string    `json:"unit,omitempty" doc:"The division, if it is not the agency itself."`
	Post    string    `json:"post,omitempty" doc:"What the official's position is called."`
	Program bool      `json:"program,omitempty" doc:"A connected system of the agency, not a person."`
	Row     string    `json:"row" doc:"Of the ledger, to be proven."`
}

// own opens a dossier for its owner alone.
func (a *api) own(ctx context.Context, code string) (*dossier.Dossier, error) {
	d, err := a.s.ByCode(ctx, strings.ToUpper(code))
	if err == nil && !dossier.Owns(actorOf(ctx), d) {
		err = fault.New(fault.Forbidden, "rest.403") // an official of the dossier reads the ledger instead
	}
	return d, err
}

func (a *api) dossierLooks(ctx context.Context, in *ByDossier) (*out[list[DossierLook]], error) {
	d, err := a.own(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	rows, err := a.looks.WhoLooked(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	return &out[list[DossierLook]]{items(rows, func(l dossier.Look) DossierLook {
		return DossierLook{l.At.UTC(), l.What, l.Agency, l.Unit, l.Post, l.Program, l.Row.String()}
	})}, nil
}

// LedgerLine is one row of the ledger about a dossier.
type LedgerLine struct {
	State    string              `json:"state" enum:"whole,waiting,altered" doc:"whole: it stands in the ledger as it was written; waiting: its place comes within moments; altered: it does not match what was signed."`
	At       time.Time           `json:"at"`
	Place    *int64              `json:"place,omitempty" doc:"Counted from 0."`
	Code     string              `json:"code,omitempty" doc:"The short code, as papers bear it."`
	SignedAt *time.Time          `json:"signed_at,omitempty" doc:"Of the head that the proof leads to."`
	Proof    *logproof.Inclusion `json:"proof,omitempty"`
}

// ByRow names a row of the ledger about a dossier.
type ByRow struct {
	ByDossier
	Row string `path:"row" maxLength:"36" doc:"Of a look, or receipt."`
}

func (a *api) ledgerLine(ctx context.Context, in *ByRow) (*out[LedgerLine], error) {
	d, err := a.own(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	var l dossier.Line
	if in.Row == dossier.LookedReceipt {
		l, err = a.lines.ReceiptLine(ctx, d.ID)
	} else {
		var row id.ID
		if row, err = id.Parse(in.Row); err != nil {
			return nil, fault.Wrap(err, fault.NotFound, "rest.404")
		}
		l, err = a.lines.LookLine(ctx, d.ID, row)
	}
	if err != nil {
		return nil, err
	}
	x := LedgerLine{State: l.State, At: l.At.UTC(), Code: l.Code}
	if l.Place >= 0 {
		x.Place = &l.Place
	}
	if l.State == dossier.LineWhole {
		at := l.Head.At.UTC()
		x.SignedAt, x.Proof = &at, &l.Proof
	}
	return &out[LedgerLine]{x}, nil
}

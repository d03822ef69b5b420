package dossierapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/dossier"
)

func (a *api) registerLooks() {
	add(a, rest.SignedIn, op(http.MethodGet, "/dossiers/{code}/looks", "list-looks", tagDossiers, "Read who looked at my dossier",
		"To its owner alone, the newest first, from the ledger: agency, division and post of each official who opened the dossier or a file, and each look with the receipt's code or a one-time code. Names of officials are not given."), a.dossierLooks)
}

// DossierLook is one time somebody else looked at a dossier.
type DossierLook struct {
	At      time.Time `json:"at"`
	What    string    `json:"what" enum:"read,file,result,paper" doc:"read: the dossier; file: one of its files; result: the result, with the receipt's secret and a one-time code; paper: where it stands, with the digits of the applicant's paper and a one-time code."`
	Agency  string    `json:"agency,omitempty" doc:"In the language asked for; left out for somebody who is no official."`
	Unit    string    `json:"unit,omitempty" doc:"The division, if it is not the agency itself."`
	Post    string    `json:"post,omitempty" doc:"What the official's position is called."`
	Program bool      `json:"program,omitempty" doc:"A connected system of the agency, not a person."`
}

func (a *api) dossierLooks(ctx context.Context, in *ByDossier) (*out[list[DossierLook]], error) {
	d, err := a.s.ByCode(ctx, strings.ToUpper(in.Code))
	if err != nil {
		return nil, err
	}
	if !dossier.Owns(actorOf(ctx), d) {
		return nil, fault.New(fault.Forbidden, "rest.403") // an official of the dossier reads the ledger instead
	}
	rows, err := a.looks.WhoLooked(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	return &out[list[DossierLook]]{items(rows, func(l dossier.Look) DossierLook {
		return DossierLook{l.At.UTC(), l.What, l.Agency, l.Unit, l.Post, l.Program}
	})}, nil
}

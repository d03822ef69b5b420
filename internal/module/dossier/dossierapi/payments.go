package dossierapi

import (
	"context"
	"net/http"
	"time"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/dossier"
)

const tagFees = "Fees"

func (a *api) registerPayments() {
	add(a, rest.SignedIn, op(http.MethodGet, "/dossiers/{code}/payments", "list-payments", tagFees, "List a dossier's payments",
		"Cancelled ones included."), a.payments)
	add(a, perm(dossier.PermFee), op(http.MethodPost, "/dossiers/{code}/payments", "record-payment", tagFees, "Record money received",
		"When everything due is paid, a dossier that waited for it goes on. A receipt number is used once at an agency."), a.pay)
	add(a, perm(dossier.PermFee), op(http.MethodPost, "/payments/{payment}/cancel", "cancel-payment", tagFees, "Cancel a payment",
		"One that was recorded wrongly. It stays in the lists, with the reason."), a.cancelPayment)
	// Cashiers see their agency's days; so do those who read its figures. The use case asks for one
	// of the two, and both hold dossier.read.
	add(a, perm(dossier.PermRead), op(http.MethodGet, "/payments", "list-day-payments", tagFees, "List a day's payments",
		"Of an agency, with the sums by method. Needs fee.collect or stats.read there."), a.dayList)
}

// DossierPayment is money a cashier took.
type DossierPayment struct {
	ID           string     `json:"id" format:"uuid"`
	Code         string     `json:"code" doc:"The dossier's code."`
	Receipt      string     `json:"receipt" example:"0001234" doc:"Number of the paper receipt."`
	Amount       int64      `json:"amount" minimum:"1" doc:"Whole đồng."`
	Method       string     `json:"method" enum:"cash,transfer"`
	Payer        string     `json:"payer"`
	Cashier      string     `json:"cashier,omitempty" doc:"For officials."`
	At           time.Time  `json:"at"`
	Day          string     `json:"day" format:"date"`
	CancelledAt  *time.Time `json:"cancelled_at,omitempty"`
	CancelledBy  string     `json:"cancelled_by,omitempty" doc:"For officials."`
	CancelReason string     `json:"cancel_reason,omitempty"`
}

func showPayment(p *dossier.Payment, own bool) DossierPayment {
	x := DossierPayment{ID: p.ID.String(), Code: p.Code, Receipt: p.Receipt, Amount: p.Amount, Method: p.Method, Payer: p.Payer,
		Cashier: p.Cashier, At: p.At.UTC(), Day: p.Day.String(), CancelledAt: when(p.Cancelled), CancelledBy: p.CancelledBy,
		CancelReason: p.CancelReason}
	if own {
		x.Cashier, x.CancelledBy, x.CancelReason = "", "", ""
	}
	return x
}

func (a *api) payments(ctx context.Context, in *ByDossier) (*out[list[DossierPayment]], error) {
	d, err := a.get(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	rows, err := a.s.Payments(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	own := dossier.Owns(actorOf(ctx), d)
	return &out[list[DossierPayment]]{items(rows, func(p *dossier.Payment) DossierPayment { return showPayment(p, own) })}, nil
}

// PaymentNew is money received.
type PaymentNew struct {
	Amount  int64  `json:"amount" minimum:"1" maximum:"1000000000000" example:"8000" doc:"Whole đồng; at most what is still due."`
	Method  string `json:"method" enum:"cash,transfer"`
	Receipt string `json:"receipt" minLength:"1" maxLength:"60" example:"0001234" doc:"Number of the paper receipt."`
	Payer   string `json:"payer,omitempty" maxLength:"200" doc:"The applicant, if left out."`
}

func (a *api) pay(ctx context.Context, in *struct {
	ByDossier
	Body PaymentNew
}) (*out[DossierBrief], error) {
	d, err := a.get(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	d, err = a.s.Pay(ctx, d.ID, in.Body.Amount, in.Body.Method, in.Body.Receipt, in.Body.Payer)
	return a.acted(ctx, d, err)
}

func (a *api) cancelPayment(ctx context.Context, in *struct {
	Payment string `path:"payment" format:"uuid"`
	Body    DossierReason
}) (*out[DossierBrief], error) {
	p, err := parse("path.payment", in.Payment)
	if err != nil {
		return nil, err
	}
	d, err := a.s.CancelPayment(ctx, p, in.Body.Reason)
	return a.acted(ctx, d, err)
}

// PaymentDay is a day at a till.
type PaymentDay struct {
	Day      string           `json:"day" format:"date"`
	Agency   DossierAgency    `json:"agency"`
	Items    []DossierPayment `json:"items" nullable:"false"`
	Cash     int64            `json:"cash" doc:"Whole đồng in cash, without what was cancelled."`
	Transfer int64            `json:"transfer" doc:"Whole đồng by transfer, without what was cancelled."`
	Total    int64            `json:"total" doc:"Whole đồng."`
}

func (a *api) dayList(ctx context.Context, in *struct {
	Agency  string `query:"agency" format:"uuid" doc:"One's own agency, if left out."`
	Day     string `query:"day" format:"date" example:"2026-11-23" doc:"Today, if left out."`
	Cashier string `query:"cashier" format:"uuid" doc:"Account of one cashier; all, if left out."`
	Mine    bool   `query:"mine" doc:"Only what I took."`
}) (*out[PaymentDay], error) {
	agency, err := parse("query.agency", in.Agency)
	if err != nil {
		return nil, err
	}
	who := actorOf(ctx)
	if agency.Zero() {
		agency = who.Agency
	}
	cashier, err := parse("query.cashier", in.Cashier)
	if err != nil {
		return nil, err
	}
	if in.Mine {
		cashier = who.Account
	}
	on, err := day("query.day", in.Day, civil.From(a.s.Now()))
	if err != nil {
		return nil, err
	}
	return a.showDay(ctx, agency, on, cashier)
}

func (a *api) showDay(ctx context.Context, agency id.ID, on civil.Date, cashier id.ID) (*out[PaymentDay], error) {
	rows, err := a.s.DayList(ctx, agency, on, cashier)
	if err != nil {
		return nil, err
	}
	tree, err := a.tree(ctx)
	if err != nil {
		return nil, err
	}
	p := PaymentDay{Day: on.String(), Agency: agencyOf(ctx, tree, agency), Items: []DossierPayment{}}
	for _, x := range rows {
		p.Items = append(p.Items, showPayment(x, false))
		switch {
		case !x.Cancelled.IsZero():
		case x.Method == "cash":
			p.Cash += x.Amount
		default:
			p.Transfer += x.Amount
		}
	}
	p.Total = p.Cash + p.Transfer
	return &out[PaymentDay]{p}, nil
}

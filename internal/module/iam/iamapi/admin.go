package iamapi

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/iam"
)

// declaredIdentity is a document as it is sent.
type declaredIdentity struct {
	DocKind   string      `json:"doc_kind" enum:"cccd,cmnd,passport"`
	DocNumber string      `json:"doc_number" maxLength:"20"`
	Name      string      `json:"name" maxLength:"200"`
	BirthDate *civil.Date `json:"birth_date,omitempty"`
}

type declareIdentityIn struct{ Body declaredIdentity }

func (h *handlers) declare(ctx context.Context, in *declareIdentityIn) (*empty, error) {
	return &empty{}, h.iam.Declare(ctx, actor.From(ctx), iam.Identity{
		DocKind: in.Body.DocKind, DocNumber: in.Body.DocNumber, Name: in.Body.Name, BirthDate: in.Body.BirthDate})
}

type linkIdentityIn struct {
	Account string `path:"account" maxLength:"36"`
	Body    struct {
		DocKind   string      `json:"doc_kind" enum:"cccd,cmnd,passport"`
		DocNumber string      `json:"doc_number" maxLength:"20"`
		Name      string      `json:"name" maxLength:"200"`
		BirthDate *civil.Date `json:"birth_date,omitempty"`

		Move bool `json:"move,omitempty" doc:"Take the document off the account it is joined to now."`
	}
}

func (h *handlers) link(ctx context.Context, in *linkIdentityIn) (*empty, error) {
	a, err := pathID(in.Account, "iam.account_unknown")
	if err != nil {
		return nil, err
	}
	d := iam.Identity{DocKind: in.Body.DocKind, DocNumber: in.Body.DocNumber, Name: in.Body.Name, BirthDate: in.Body.BirthDate}
	link := h.iam.LinkVerified
	if in.Body.Move {
		link = h.iam.MoveVerified
	}
	if err := link(ctx, actor.From(ctx), a, d); err != nil {
		return nil, err
	}
	// After a failure here the request can be sent again: the account is linked anew, and joining goes on.
	_, err = h.filed.JoinVerified(ctx, a, strings.ToUpper(strings.Join(strings.Fields(d.DocNumber), "")))
	return &empty{}, err
}

type accountsIn struct {
	rest.PageIn
	Kind   string `query:"kind" enum:"staff,citizen" default:"staff"`
	Status string `query:"status" maxLength:"10" doc:"active, locked, or empty for both."`
	Query  string `query:"q" maxLength:"200" doc:"Words of the name, or the start of a login, number or address."`
}

type accountsOut struct{ Body rest.PageOut[iam.Account] }

func (h *handlers) accounts(ctx context.Context, in *accountsIn) (*accountsOut, error) {
	p, err := h.iam.Accounts(ctx, actor.From(ctx), iam.AccountFilter{Kind: iam.AccountKind(in.Kind), Status: in.Status, Query: in.Query, After: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return &accountsOut{rest.PageOut[iam.Account]{Items: append([]iam.Account{}, p.Accounts...), Next: p.Next}}, nil
}

type accountIn struct {
	Account string `path:"account" maxLength:"36"`
}

type accountHolding struct {
	Position id.ID       `json:"position"`
	Unit     id.ID       `json:"unit"`
	Title    string      `json:"title"`
	Roles    []string    `json:"roles" nullable:"false"`
	From     civil.Date  `json:"from"`
	To       *civil.Date `json:"to,omitempty"`
}

type accountOut struct {
	Body struct {
		Account  iam.Account      `json:"account"`
		Holdings []accountHolding `json:"holdings" nullable:"false" doc:"What its owner holds now or will hold."`
		Waiting  bool             `json:"waiting" doc:"Wrong passwords keep the login shut for now."`
	}
}

func (h *handlers) account(ctx context.Context, in *accountIn) (*accountOut, error) {
	a, err := pathID(in.Account, "iam.account_unknown")
	if err != nil {
		return nil, err
	}
	d, err := h.iam.Detail(ctx, actor.From(ctx), a)
	if err != nil {
		return nil, err
	}
	out := &accountOut{}
	out.Body.Account, out.Body.Waiting, out.Body.Holdings = d.Account, d.Waiting, []accountHolding{}
	for _, x := range d.Holdings {
		out.Body.Holdings = append(out.Body.Holdings, accountHolding{x.Position.ID, x.Position.Unit, x.Position.Title, append([]string{}, x.Position.Roles...), x.From, x.To})
	}
	return out, nil
}

type createIn struct{ Body iam.NewStaff }

type initialPasswordOut struct {
	Body struct {
		Account  id.ID  `json:"account"`
		Password string `json:"initial_password" doc:"Shown only in this answer; must be replaced at the first sign-in."`
	}
}

func (h *handlers) createAccount(ctx context.Context, in *createIn) (*initialPasswordOut, error) {
	out := &initialPasswordOut{}
	var err error
	out.Body.Account, out.Body.Password, err = h.iam.CreateStaff(ctx, actor.From(ctx), in.Body)
	return out, err
}

type resetPasswordIn struct {
	Account string `path:"account" maxLength:"36"`
	Body    struct {
		Version int64 `json:"version" doc:"Of the account when it was read."`
	}
}

func (h *handlers) resetPassword(ctx context.Context, in *resetPasswordIn) (*initialPasswordOut, error) {
	out := &initialPasswordOut{}
	a, err := pathID(in.Account, "iam.account_unknown")
	if err != nil {
		return nil, err
	}
	out.Body.Account = a
	out.Body.Password, err = h.iam.ResetPassword(ctx, actor.From(ctx), a, in.Body.Version)
	return out, err
}

type accountStatusIn struct {
	Account string `path:"account" maxLength:"36"`
	Body    struct {
		Version int64  `json:"version" doc:"Of the account when it was read."`
		Status  string `json:"status" enum:"active,locked"`
	}
}

func (h *handlers) setStatus(ctx context.Context, in *accountStatusIn) (*empty, error) {
	a, err := pathID(in.Account, "iam.account_unknown")
	if err != nil {
		return nil, err
	}
	return &empty{}, h.iam.SetStatus(ctx, actor.From(ctx), a, in.Body.Version, in.Body.Status)
}

func (h *handlers) endSessions(ctx context.Context, in *accountIn) (*empty, error) {
	a, err := pathID(in.Account, "iam.account_unknown")
	if err != nil {
		return nil, err
	}
	return &empty{}, h.iam.EndSessions(ctx, actor.From(ctx), a)
}

type ledgerProblem struct {
	What  string `json:"what" enum:"row,leaf,gap,node,root,chain,signature,key,size"`
	Place int64  `json:"place"`
}

type verifyLedgerOut struct {
	Body struct {
		Whole     bool            `json:"whole"`
		Rows      int64           `json:"rows"`
		Pending   int             `json:"pending" doc:"Rows that still wait for their place."`
		Late      int             `json:"late" doc:"Those of them that wait for more than 10 seconds."`
		Heads     int             `json:"heads" doc:"Signed heads that were checked."`
		Root      string          `json:"root" doc:"RFC 6962 root of the newest head, base64; keep a copy elsewhere."`
		Size      int64           `json:"size" doc:"Rows the newest head speaks of."`
		Key       string          `json:"key" doc:"Short name of the key that signed it, hexadecimal."`
		Signature string          `json:"signature" doc:"Ed25519, base64."`
		Problems  []ledgerProblem `json:"problems" nullable:"false"`
	}
}

func (h *handlers) verify(ctx context.Context, _ *empty) (*verifyLedgerOut, error) {
	r, err := h.iam.Ledger.Verify(ctx)
	if err != nil {
		return nil, err
	}
	out := &verifyLedgerOut{}
	b := &out.Body
	b.Whole, b.Rows, b.Pending, b.Late, b.Heads, b.Size = r.Whole(), r.Rows, r.Pending, r.Late, r.Heads, r.Head.Size
	b.Root, b.Key = base64.StdEncoding.EncodeToString(r.Head.Root[:]), hex.EncodeToString(r.Head.Key)
	b.Signature, b.Problems = base64.StdEncoding.EncodeToString(r.Head.Sig), []ledgerProblem{}
	for _, p := range r.Problems {
		b.Problems = append(b.Problems, ledgerProblem{p.What, p.Seq})
	}
	return out, nil
}

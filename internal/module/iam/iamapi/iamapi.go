// Package iamapi is sign-in, one's own account, accounts' administration and the ledger for
// programs. Whoever signs in here gets a bearer token; cookies never count on the API.
package iamapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/iam"
)

// Joiner gives an account what was filed at counters under the number of its document, and returns
// how much that was. A number nobody compared must not get here.
type Joiner interface {
	JoinVerified(ctx context.Context, account id.ID, doc string) (int64, error)
}

// Register adds the operations. filed hears of every account that is joined to a document; dossiers
// finds those that a search of the ledger names.
func Register(api *rest.API, s *iam.Service, filed Joiner, dossiers Dossiers) {
	h := &handlers{s, filed, dossiers}
	rest.Register(api, rest.Public, op("request-code", http.MethodPost, "/auth/code", "Send a one-time code to a phone number or e-mail address", http.StatusAccepted), h.requestCode)
	rest.Register(api, rest.Public, op("sign-in-by-code", http.MethodPost, "/auth/token", "Trade a code for a citizen's bearer token", http.StatusOK), h.byCode)
	rest.Register(api, rest.Public, op("sign-in-by-password", http.MethodPost, "/auth/staff-token", "Trade login and password for an official's bearer token", http.StatusOK), h.byPassword)
	rest.Register(api, rest.SignedIn, op("sign-out", http.MethodPost, "/auth/sign-out", "End the session of the bearer token", http.StatusNoContent), h.signOut)

	rest.Register(api, rest.SignedIn, op("who-am-i", http.MethodGet, "/me", "Who the bearer token stands for and what it may do", http.StatusOK), h.me)
	rest.Register(api, rest.SignedIn, op("list-own-sessions", http.MethodGet, "/me/sessions", "Where the account is signed in", http.StatusOK), h.sessions)
	rest.Register(api, rest.SignedIn, op("end-own-session", http.MethodDelete, "/me/sessions/{session}", "End one of the account's sessions", http.StatusNoContent), h.endSession)
	rest.Register(api, rest.Staff, op("list-tokens", http.MethodGet, "/me/tokens", "Tokens issued to programs", http.StatusOK), h.tokens)
	rest.Register(api, rest.Staff, op("issue-token", http.MethodPost, "/me/tokens", "Issue a token to a program", http.StatusCreated), h.issueToken)
	rest.Register(api, rest.Staff, op("revoke-token", http.MethodDelete, "/me/tokens/{token}", "Make a token void", http.StatusNoContent), h.revokeToken)
	rest.Register(api, rest.Staff, op("change-password", http.MethodPost, "/me/password", "Change the own password", http.StatusNoContent), h.changePassword)
	rest.Register(api, rest.Citizen, op("declare-identity", http.MethodPost, "/me/identity", "Declare who owns the account; links nothing", http.StatusNoContent), h.declare)

	const edit = rest.Perm(iam.IAMEdit)
	rest.Register(api, edit, op("list-accounts", http.MethodGet, "/accounts", "Accounts the caller manages", http.StatusOK), h.accounts)
	rest.Register(api, edit, op("create-account", http.MethodPost, "/accounts", "Make an official's account", http.StatusCreated), h.createAccount)
	rest.Register(api, edit, op("get-account", http.MethodGet, "/accounts/{account}", "One account the caller manages", http.StatusOK), h.account)
	rest.Register(api, edit, op("set-account-status", http.MethodPost, "/accounts/{account}/status", "Lock or unlock an account", http.StatusNoContent), h.setStatus)
	rest.Register(api, edit, op("reset-password", http.MethodPost, "/accounts/{account}/password", "Give an account a new initial password", http.StatusOK), h.resetPassword)
	rest.Register(api, edit, op("end-account-sessions", http.MethodPost, "/accounts/{account}/sessions/end", "End all sessions of an account", http.StatusNoContent), h.endSessions)
	rest.Register(api, iam.DossierReceive, op("link-identity", http.MethodPost, "/accounts/{account}/identity", "Join a citizen's account to a document that was compared with the person", http.StatusNoContent), h.link)

	rest.Register(api, iam.LedgerRead, op("list-ledger", http.MethodGet, "/ledger", "The audit ledger, the newest first", http.StatusOK), h.ledger)
	rest.Register(api, iam.LedgerRead, op("verify-ledger", http.MethodPost, "/ledger/verify", "Compute the whole ledger anew", http.StatusOK), h.verify)
	h.registerLedger(api)
}

func op(name, method, path, summary string, status int) huma.Operation {
	return huma.Operation{OperationID: name, Method: method, Path: path, Summary: summary, DefaultStatus: status, Tags: []string{"Access"}}
}

type handlers struct {
	iam      *iam.Service
	filed    Joiner
	dossiers Dossiers
}

// empty is the answer without a body.
type empty struct{}

// pathID reads an identifier of the path; anything else is not there.
func pathID(s, unknown string) (id.ID, error) {
	i, err := id.Parse(s)
	if err != nil {
		return i, fault.Wrap(err, fault.NotFound, unknown)
	}
	return i, nil
}

type requestCodeIn struct {
	Body struct {
		To string `json:"to" maxLength:"254" doc:"A Vietnamese mobile number or an e-mail address."`
	}
}

type requestCodeOut struct{ Body iam.CodeSent }

func (h *handlers) requestCode(ctx context.Context, in *requestCodeIn) (*requestCodeOut, error) {
	sent, err := h.iam.RequestCode(ctx, actor.From(ctx), iam.PurposeSignIn, in.Body.To)
	return &requestCodeOut{sent}, err
}

// accessToken is what a sign-in gives.
type accessToken struct {
	Token   string    `json:"token" doc:"For the header Authorization: Bearer; ends after 8 hours (officials) or 30 days (citizens) without use."`
	Kind    string    `json:"kind" enum:"citizen,staff"`
	Expires time.Time `json:"expires" doc:"Unless it is used before; every use moves it."`
}

type bearerOut struct{ Body accessToken }

func answer(o iam.Outcome) *bearerOut {
	return &bearerOut{accessToken{o.Token, string(o.Account.Kind), o.Session.Expires}}
}

type byCodeIn struct {
	UserAgent string `header:"User-Agent"`
	Body      struct {
		To   string `json:"to" maxLength:"254"`
		Code string `json:"code" maxLength:"20"`
	}
}

func (h *handlers) byCode(ctx context.Context, in *byCodeIn) (*bearerOut, error) {
	o, err := h.iam.SignIn(ctx, actor.From(ctx), iam.ContactCode{To: in.Body.To, Code: in.Body.Code}, iam.Device{UA: in.UserAgent, Bearer: true})
	if err != nil {
		return nil, err
	}
	return answer(o), nil
}

type byPasswordIn struct {
	UserAgent string `header:"User-Agent"`
	Body      struct {
		Login    string `json:"login" maxLength:"100"`
		Password string `json:"password" maxLength:"1000"`
	}
}

func (h *handlers) byPassword(ctx context.Context, in *byPasswordIn) (*bearerOut, error) {
	o, err := h.iam.SignIn(ctx, actor.From(ctx), iam.Password{Login: in.Body.Login, Password: in.Body.Password}, iam.Device{UA: in.UserAgent, Bearer: true})
	if err != nil {
		return nil, err
	}
	if o.Token == "" {
		return nil, fault.New(fault.Forbidden, "iam.must_change") // an initial password is replaced on the page
	}
	return answer(o), nil
}

func (h *handlers) signOut(ctx context.Context, _ *empty) (*empty, error) {
	return &empty{}, h.iam.SignOut(ctx, actor.From(ctx))
}

type accessGrant struct {
	Permission string `json:"permission"`
	Agency     id.ID  `json:"agency,omitempty"`
	Unit       id.ID  `json:"unit,omitempty" doc:"The division it is limited to."`
	All        bool   `json:"all,omitempty" doc:"Held for the whole province."`
}

type whoAmI struct {
	Kind      string        `json:"kind" enum:"citizen,staff,token"`
	Account   id.ID         `json:"account"`
	Name      string        `json:"name"`
	Agency    id.ID         `json:"agency,omitempty"`
	Unit      id.ID         `json:"unit,omitempty"`
	Title     string        `json:"title,omitempty"`
	Roles     []string      `json:"roles" nullable:"false"`
	Scopes    []string      `json:"scopes,omitempty"`
	Assurance int           `json:"assurance" doc:"Citizens: 0 contact confirmed, 1 self-declared, 2 card checked by an official, 3 identity provider."`
	Grants    []accessGrant `json:"grants" nullable:"false"`
}

type meOut struct{ Body whoAmI }

func (h *handlers) me(ctx context.Context, _ *empty) (*meOut, error) {
	a := actor.From(ctx)
	out := whoAmI{Kind: string(a.Kind), Account: a.Account, Name: a.Name, Agency: a.Agency, Unit: a.Unit, Title: a.Title,
		Roles: append([]string{}, a.Roles...), Scopes: a.Scopes, Assurance: a.Assurance, Grants: []accessGrant{}}
	for _, g := range a.Grants {
		if a.May(g.Perm) { // a token's scopes may leave little of them
			out.Grants = append(out.Grants, accessGrant{g.Perm, g.Agency, g.Unit, g.All})
		}
	}
	return &meOut{out}, nil
}

type sessionsOut struct {
	Body struct {
		Items []iam.Session `json:"items" nullable:"false"`
	}
}

func (h *handlers) sessions(ctx context.Context, _ *empty) (*sessionsOut, error) {
	who := actor.From(ctx)
	out := &sessionsOut{}
	var err error
	out.Body.Items, err = h.iam.Sessions(ctx, who, who.Account)
	return out, err
}

type sessionIn struct {
	Session string `path:"session" maxLength:"36"`
}

func (h *handlers) endSession(ctx context.Context, in *sessionIn) (*empty, error) {
	s, err := pathID(in.Session, "iam.session_unknown")
	if err != nil {
		return nil, err
	}
	return &empty{}, h.iam.EndSession(ctx, actor.From(ctx), s)
}

type tokensOut struct {
	Body struct {
		Items []iam.Token `json:"items" nullable:"false"`
	}
}

func (h *handlers) tokens(ctx context.Context, _ *empty) (*tokensOut, error) {
	out := &tokensOut{}
	list, err := h.iam.Tokens(ctx, actor.From(ctx))
	out.Body.Items = append([]iam.Token{}, list...)
	return out, err
}

type issueTokenIn struct {
	Body struct {
		Name   string   `json:"name" maxLength:"100" doc:"The program that will use it."`
		Scopes []string `json:"scopes" nullable:"false" maxItems:"50" doc:"Permissions, or a family of them such as dossier.*"`
		Days   int      `json:"days" minimum:"1" maximum:"366"`
	}
}

type issueTokenOut struct {
	Body struct {
		Secret string    `json:"secret" doc:"The bearer token; shown only in this answer."`
		Token  iam.Token `json:"token"`
	}
}

func (h *handlers) issueToken(ctx context.Context, in *issueTokenIn) (*issueTokenOut, error) {
	out := &issueTokenOut{}
	var err error
	out.Body.Secret, out.Body.Token, err = h.iam.IssueToken(ctx, actor.From(ctx), in.Body.Name, in.Body.Scopes, time.Duration(in.Body.Days)*24*time.Hour)
	return out, err
}

type tokenIn struct {
	Token string `path:"token" maxLength:"36"`
}

func (h *handlers) revokeToken(ctx context.Context, in *tokenIn) (*empty, error) {
	t, err := pathID(in.Token, "iam.token_unknown")
	if err != nil {
		return nil, err
	}
	return &empty{}, h.iam.RevokeToken(ctx, actor.From(ctx), t)
}

type ownPasswordIn struct {
	Body struct {
		Present  string `json:"present" maxLength:"1000"`
		Password string `json:"password" maxLength:"1000"`
	}
}

func (h *handlers) changePassword(ctx context.Context, in *ownPasswordIn) (*empty, error) {
	return &empty{}, h.iam.ChangePassword(ctx, actor.From(ctx), in.Body.Present, in.Body.Password)
}

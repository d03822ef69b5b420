// Package iamweb holds the pages of sign-in, of one's own account, of accounts' administration and
// of the ledger.
package iamweb

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/iam"
)

// Handlers answers the pages.
type Handlers struct {
	IAM *iam.Service
	// Outbox is the page on which codes appear in the demo, "/demo/outbox"; empty on a real portal.
	Outbox string
	// Dossiers finds the dossiers that a search of the ledger names; nil finds none.
	Dossiers Dossiers
}

// The addresses of this package's pages.
const (
	pathSignIn      = "/dang-nhap"
	pathCode        = "/dang-nhap/ma"
	pathStaffSignIn = "/can-bo/dang-nhap"
	pathInitial     = "/can-bo/doi-mat-khau"
	pathAccount     = "/can-bo/tai-khoan"
	pathAccounts    = "/quan-tri/tai-khoan"
	pathLedger      = "/quan-tri/nhat-ky"
	setupPath       = iam.SetupPath
	pathHomeStaff   = ui.PathDesk
	pathHomeCitizen = ui.PathAccount
)

// Routes registers the pages.
func Routes(r *web.Router, h *Handlers) {
	r.Handle("GET "+pathSignIn, web.Public, h.signIn)
	r.Handle("POST "+pathSignIn, web.Public, h.sendCode)
	r.Handle("GET "+pathCode, web.Public, h.codePage)
	r.Handle("POST "+pathCode, web.Public, h.enterCode)
	r.Handle("POST "+ui.PathSignOut, web.Public, h.signOut)

	r.Handle("GET "+pathStaffSignIn, web.Public, h.staffSignIn)
	r.Handle("POST "+pathStaffSignIn, web.Public, h.staffEnter)
	r.Handle("GET "+pathInitial, web.Public, h.initial)
	r.Handle("POST "+pathInitial, web.Public, h.replaceInitial)

	r.Handle("GET "+pathAccount, web.Staff, h.account)
	r.Handle("GET /can-bo/toi", web.Staff, h.toAccount)
	r.Handle("POST "+pathAccount+"/mat-khau", web.Staff, h.changePassword)
	r.Handle("POST "+ui.PathPreferences, web.Staff, h.setPreferences)
	r.Handle("POST "+pathAccount+"/phien", web.Staff, h.endOwnSessions)
	r.Handle("POST "+pathAccount+"/phien/{session}", web.Staff, h.endOwnSession)
	r.Handle("POST "+pathAccount+"/ma-truy-cap", web.Staff, h.issueToken)
	r.Handle("POST "+pathAccount+"/ma-truy-cap/{token}/thu-hoi", web.Staff, h.revokeToken)

	r.Handle("GET "+pathAccounts, iam.IAMEdit, h.accounts)
	r.Handle("GET "+pathAccounts+"/moi", iam.IAMEdit, h.newAccount)
	r.Handle("POST "+pathAccounts+"/moi", iam.IAMEdit, h.createAccount)
	r.Handle("GET "+pathAccounts+"/{account}", iam.IAMEdit, h.detail)
	r.Handle("POST "+pathAccounts+"/{account}/trang-thai", iam.IAMEdit, h.setStatus)
	r.Handle("POST "+pathAccounts+"/{account}/mat-khau", iam.IAMEdit, h.resetPassword)
	r.Handle("POST "+pathAccounts+"/{account}/phien", iam.IAMEdit, h.endSessions)

	r.Handle("GET "+pathLedger, iam.LedgerRead, h.ledger)
	r.Handle("POST "+pathLedger+"/kiem-tra", iam.LedgerRead, h.verify)
	r.Handle("POST "+pathLedger+"/xuat", iam.LedgerRead, h.exportLedger, web.Uncompressed())
	r.Handle("GET "+pathLedger+"/dong/{row}", iam.LedgerRead, h.ledgerRow)
	r.Handle("GET "+pathLedger+"/dong/{row}/bang-chung.json", iam.LedgerRead, h.rowProof)

	publicRoutes(r, h)

	r.Handle("GET "+iam.SetupPath, web.Public, h.setup)
	r.Handle("POST "+iam.SetupPath, web.Public, h.createAdmin)
}

// formErrors turns what a use case returned into what a form shows and the status it is shown
// with. ok is false for errors that are no concern of the form.
func formErrors(w http.ResponseWriter, err error) (fields []fault.Field, status int, ok bool) {
	f := fault.As(err)
	if f == nil {
		return nil, 0, false
	}
	switch f.Kind {
	case fault.Invalid, fault.Conflict, fault.TooMany, fault.Unavailable, fault.Forbidden:
	default:
		return nil, 0, false
	}
	if f.Kind == fault.TooMany {
		if s, ok := f.Args["wait"].(int); ok {
			w.Header().Set("Retry-After", strconv.Itoa(s))
		}
	}
	if len(f.Fields) > 0 {
		return f.Fields, web.Status(f.Kind), true
	}
	return []fault.Field{{Key: f.Key, Args: f.Args}}, web.Status(f.Kind), true
}

// fields returns the form's fields with what was typed (secrets are never sent back) and marked
// with the errors.
func fields(ctx context.Context, typed func(name string) string, errs []fault.Field, fs ...ui.FieldView) []ui.FieldView {
	for i := range fs {
		if fs[i].Widget != "password" && fs[i].Value == "" && typed != nil {
			fs[i].Value = typed(fs[i].Name)
		}
	}
	return ui.Mark(ctx, fs, errs)
}

var errNoID = errors.New("not an identifier")

// notFound is the answer to an address that holds no identifier.
func notFound() error { return fault.Wrap(errNoID, fault.NotFound, "iam.account_unknown") }

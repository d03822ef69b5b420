package iamapi_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/iam/iamapi"
	"lienthong/internal/module/iam/iamtest"
)

type m = map[string]any

// nothingFiled is a province in which nobody filed at a counter.
type nothingFiled struct{}

func (nothingFiled) JoinVerified(context.Context, id.ID, string) (int64, error) { return 0, nil }

// oneDossier is the only dossier of the province.
var oneDossier = id.ID{9, 9}

func (nothingFiled) LedgerID(_ context.Context, code string) (id.ID, error) {
	if code != "000.00.01.H03-210615-0001" {
		return id.ID{}, fault.New(fault.NotFound, "iam.ledger_row_unknown")
	}
	return oneDossier, nil
}

func site(t *testing.T, d *db.DB) (iamtest.House, iamtest.Site) {
	t.Helper()
	h := iamtest.New(t, d)
	return h, h.Serve(nil, func(a *rest.API) { iamapi.Register(a, h.Service, nothingFiled{}, nothingFiled{}) })
}

func want(t *testing.T, a iamtest.Answer, status int, words ...string) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
	for _, w := range words {
		if !strings.Contains(a.Body, w) {
			t.Errorf("the answer lacks %q: %s", w, a.Body)
		}
	}
}

func TestCitizen(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h, s := site(t, d)
		want(t, s.Call("GET", "/me", "", nil, nil), 401)
		want(t, s.Call("POST", "/auth/code", "", m{"to": "abc"}, nil), 422, "iam.contact_form")
		want(t, s.Call("POST", "/auth/code", "", m{"to": "0912345678"}, nil), 202, "091 *** 678")
		a := s.Call("POST", "/auth/code", "", m{"to": "0912345678"}, nil)
		want(t, a, 429, "iam.code_pause")
		if a.Header.Get("Retry-After") != "60" {
			t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
		}
		want(t, s.Call("POST", "/auth/token", "", m{"to": "0912345678", "code": "x"}, nil), 422, "iam.code_wrong")
		var tok struct{ Token, Kind string }
		want(t, s.Call("POST", "/auth/token", "", m{"to": "0912345678", "code": h.Out.Last(t, "0912345678")}, &tok), 200)
		if tok.Kind != "citizen" || !strings.HasPrefix(tok.Token, "lts_") {
			t.Fatalf("%+v", tok)
		}
		want(t, s.Call("GET", "/me", tok.Token, nil, nil), 200, `"kind":"citizen"`, `"assurance":0`)
		want(t, s.Call("POST", "/me/identity", tok.Token, m{"doc_kind": "cccd", "doc_number": "12", "name": "A"}, nil), 422, "iam.doc_number")
		want(t, s.Call("POST", "/me/identity", tok.Token, m{"doc_kind": "cccd", "doc_number": "006191000101", "name": "Hoàng Thị Dung", "birth_date": "1991-04-12"}, nil), 204)
		var who struct{ Account, Name string }
		want(t, s.Call("GET", "/me", tok.Token, nil, &who), 200, `"assurance":1`, "Hoàng Thị Dung")
		want(t, s.Call("GET", "/me/tokens", tok.Token, nil, nil), 403)
		want(t, s.Call("GET", "/accounts", tok.Token, nil, nil), 403)

		// An official at a counter compares the card.
		h.Official("nga", "huyen.mot-cua", "receiver")
		var staff struct{ Token string }
		want(t, s.Call("POST", "/auth/staff-token", "", m{"login": "nga", "password": iamtest.PasswordOf("nga")}, &staff), 200)
		link := "/accounts/" + who.Account + "/identity"
		body := m{"doc_kind": "cccd", "doc_number": "006191000101", "name": "Hoàng Thị Dung"}
		want(t, s.Call("POST", link, tok.Token, body, nil), 403)
		want(t, s.Call("POST", link, staff.Token, body, nil), 204)
		want(t, s.Call("GET", "/me", tok.Token, nil, nil), 200, `"assurance":2`)

		want(t, s.Call("POST", "/auth/sign-out", tok.Token, nil, nil), 204)
		want(t, s.Call("GET", "/me", tok.Token, nil, nil), 401)
	})
}

func TestStaff(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h, s := site(t, d)
		acc := h.Official("nga", "huyen.mot-cua", "receiver")
		h.Official("quantri", "tinh", "province_admin")
		h.Official("giamsat", "tinh", "auditor")
		enter := func(login, password string) (token string) {
			t.Helper()
			var out struct{ Token string }
			want(t, s.Call("POST", "/auth/staff-token", "", m{"login": login, "password": password}, &out), 200)
			return out.Token
		}
		want(t, s.Call("POST", "/auth/staff-token", "", m{"login": "nga", "password": "sai"}, nil), 422, "iam.password_wrong")
		nga, admin, auditor := enter("nga", iamtest.PasswordOf("nga")), enter("quantri", iamtest.PasswordOf("quantri")), enter("giamsat", iamtest.PasswordOf("giamsat"))
		want(t, s.Call("GET", "/me", nga, nil, nil), 200, `"receiver"`, `"permission":"dossier.receive"`)
		want(t, s.Call("GET", "/me/sessions", nga, nil, nil), 200, `"bearer":true`)

		var issued struct {
			Secret string
			Token  struct{ ID string }
		}
		want(t, s.Call("POST", "/me/tokens", nga, m{"name": "Máy quét", "scopes": []string{"king"}, "days": 30}, nil), 422, "iam.token_scopes")
		want(t, s.Call("POST", "/me/tokens", nga, m{"name": "Máy quét", "scopes": []string{iam.DossierRead}, "days": 30}, &issued), 201)
		want(t, s.Call("GET", "/me", issued.Secret, nil, nil), 200, `"kind":"token"`, `"permission":"dossier.read"`)
		if a := s.Call("GET", "/me", issued.Secret, nil, nil); strings.Contains(a.Body, "dossier.receive") {
			t.Errorf("the scopes do not narrow: %s", a.Body)
		}
		want(t, s.Call("GET", "/me/tokens", issued.Secret, nil, nil), 403)
		want(t, s.Call("GET", "/me/tokens", nga, nil, nil), 200, "Máy quét")
		want(t, s.Call("DELETE", "/me/tokens/"+issued.Token.ID, nga, nil, nil), 204)
		want(t, s.Call("GET", "/me", issued.Secret, nil, nil), 401)

		want(t, s.Call("GET", "/accounts", nga, nil, nil), 403)
		want(t, s.Call("GET", "/accounts?q=nga", admin, nil, nil), 200, `"login":"nga"`)
		var page struct {
			Items []any
			Next  string
		}
		want(t, s.Call("GET", "/accounts?limit=2", admin, nil, &page), 200)
		if len(page.Items) != 2 || page.Next == "" {
			t.Errorf("%+v", page)
		}
		want(t, s.Call("GET", "/accounts?limit=2&cursor="+page.Next, admin, nil, nil), 200)
		path := "/accounts/" + acc.ID.String()
		var detail struct{ Account struct{ Version int64 } }
		want(t, s.Call("GET", path, admin, nil, &detail), 200, "Chức danh huyen.mot-cua")
		want(t, s.Call("GET", path, auditor, nil, nil), 403)
		want(t, s.Call("POST", path+"/status", admin, m{"version": 99, "status": "locked"}, nil), 409)
		want(t, s.Call("POST", path+"/status", admin, m{"version": detail.Account.Version, "status": "locked"}, nil), 204)
		want(t, s.Call("GET", "/me", nga, nil, nil), 401)
		want(t, s.Call("POST", path+"/status", admin, m{"version": detail.Account.Version + 1, "status": "active"}, nil), 204)
		var reset struct {
			Password string `json:"initial_password"`
		}
		want(t, s.Call("POST", path+"/password", admin, m{"version": detail.Account.Version + 2}, &reset), 200)
		want(t, s.Call("POST", "/auth/staff-token", "", m{"login": "nga", "password": reset.Password}, nil), 403, "iam.must_change")
		want(t, s.Call("POST", path+"/sessions/end", admin, nil, nil), 204)
		p, err := h.Org.AddPerson(t.Context(), iamtest.ProvinceAdmin(), "Người Mới")
		if err != nil {
			t.Fatal(err)
		}
		want(t, s.Call("POST", "/accounts", admin, m{"person": p, "login": "nga"}, nil), 422, "iam.login_taken")
		want(t, s.Call("POST", "/accounts", admin, m{"person": p, "login": "moi"}, nil), 201, "initial_password")

		want(t, s.Call("GET", "/ledger", admin, nil, nil), 403)
		want(t, s.Call("GET", "/ledger?action=iam.&limit=3", auditor, nil, nil), 200, `"action":"iam.account.create"`, `"next"`)
		want(t, s.Call("GET", "/ledger?object_id=x", auditor, nil, nil), 422, "query.object_id")
		want(t, s.Call("GET", "/ledger?from=gestern", auditor, nil, nil), 422, "query.from")
		want(t, s.Call("POST", "/ledger/verify", auditor, nil, nil), http.StatusOK, `"whole":true`)
	})
}

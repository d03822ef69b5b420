package iamweb

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/iam"
)

type accountsView struct {
	Filter iam.AccountFilter
	All    bool // the actor manages citizens' accounts, too
	Rows   []accountRow
	Next   string
}

type accountRow struct {
	Account iam.Account
	Places  string
}

func (h *Handlers) accounts(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	who := actor.From(ctx)
	v := accountsView{Filter: iam.AccountFilter{Kind: iam.Staff, Query: q.Get("q"), Status: q.Get("status"), After: q.Get("after")}}
	if q.Get("kind") == string(iam.Citizen) {
		v.Filter.Kind = iam.Citizen
	}
	_, v.All = who.Agencies(iam.IAMEdit)
	p, err := h.IAM.Accounts(ctx, who, v.Filter)
	if err != nil {
		return err
	}
	for _, a := range p.Accounts {
		var at []string
		for _, held := range p.Holdings[a.Person] {
			at = append(at, h.place(ctx, held.Position.Title, held.Position.Unit))
		}
		v.Rows = append(v.Rows, accountRow{a, strings.Join(at, "; ")})
	}
	if p.Next != "" {
		v.Next = pathAccounts + "?" + url.Values{"q": q["q"], "status": q["status"], "kind": q["kind"], "after": {p.Next}}.Encode()
	}
	return web.Render(w, r, http.StatusOK, accountsPage(v))
}

// place names a position with its agency.
func (h *Handlers) place(ctx context.Context, title string, unit id.ID) string {
	t, err := h.IAM.Org.Tree(ctx)
	if err != nil {
		return title
	}
	if a := t.Agency(unit); a != nil {
		return title + ", " + a.Label()
	}
	return title
}

type detailView struct {
	iam.Detail
	Self     bool
	Sessions []iam.Session
	Places   []ui.Item
	Initial  string // an initial password that was just made
	Errs     []fault.Field
}

func (h *Handlers) detail(w http.ResponseWriter, r *http.Request) error {
	return h.showDetail(w, r, http.StatusOK, "", nil)
}

func (h *Handlers) showDetail(w http.ResponseWriter, r *http.Request, status int, initial string, errs []fault.Field) error {
	ctx := r.Context()
	who := actor.From(ctx)
	account, err := id.Parse(r.PathValue("account"))
	if err != nil {
		return notFound()
	}
	v := detailView{Initial: initial, Errs: errs, Self: account == who.Account}
	if v.Detail, err = h.IAM.Detail(ctx, who, account); err != nil {
		return err
	}
	if v.Sessions, err = h.IAM.Sessions(ctx, who, account); err != nil {
		return err
	}
	for _, held := range v.Holdings {
		label := i18n.Date(ctx, held.From)
		if held.To != nil {
			label += " – " + i18n.Date(ctx, *held.To)
		}
		v.Places = append(v.Places, ui.Item{Label: label, Value: h.place(ctx, held.Position.Title, held.Position.Unit) + " (" + roleNames(ctx, held.Position.Roles) + ")"})
	}
	return web.Render(w, r, status, detailPage(v))
}

// act runs a change of one account and shows the account again, or what kept it from changing.
func (h *Handlers) act(w http.ResponseWriter, r *http.Request, done string, do func(who actor.Actor, account id.ID, version int64, form url.Values) error) error {
	account, err := id.Parse(r.PathValue("account"))
	if err != nil {
		return notFound()
	}
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(form.Get("version"), 10, 64) // 0 never is a version, so it conflicts
	if err := do(actor.From(r.Context()), account, version, form); err != nil {
		errs, status, ok := formErrors(w, err)
		if !ok {
			return err
		}
		return h.showDetail(w, r, status, "", errs)
	}
	if done == "" {
		return nil
	}
	web.Flash(w, r, ui.OK, done)
	return web.Redirect(w, r, pathAccounts+"/"+account.String())
}

func (h *Handlers) setStatus(w http.ResponseWriter, r *http.Request) error {
	return h.act(w, r, "iam.status_changed", func(who actor.Actor, account id.ID, version int64, form url.Values) error {
		return h.IAM.SetStatus(r.Context(), who, account, version, form.Get("status"))
	})
}

func (h *Handlers) endSessions(w http.ResponseWriter, r *http.Request) error {
	return h.act(w, r, "iam.sessions_ended", func(who actor.Actor, account id.ID, _ int64, _ url.Values) error {
		return h.IAM.EndSessions(r.Context(), who, account)
	})
}

func (h *Handlers) resetPassword(w http.ResponseWriter, r *http.Request) error {
	return h.act(w, r, "", func(who actor.Actor, account id.ID, version int64, _ url.Values) error {
		initial, err := h.IAM.ResetPassword(r.Context(), who, account, version)
		if err != nil {
			return err
		}
		return h.showDetail(w, r, http.StatusOK, initial, nil)
	})
}

type newAccountView struct {
	Person string
	Name   string
	Fields []ui.FieldView
	Errs   []fault.Field
}

func (h *Handlers) newAccount(w http.ResponseWriter, r *http.Request) error {
	return h.showNewAccount(w, r, http.StatusOK, r.URL.Query().Get("person"), nil, nil)
}

func (h *Handlers) showNewAccount(w http.ResponseWriter, r *http.Request, status int, person string, form url.Values, errs []fault.Field) error {
	ctx := r.Context()
	p, err := id.Parse(person)
	if err != nil {
		return notFound()
	}
	who, err := h.IAM.Org.Person(ctx, p)
	if err != nil {
		return err
	}
	v := newAccountView{Person: person, Name: who.Name, Errs: errs, Fields: fields(ctx, form.Get, errs,
		ui.FieldView{Name: "login", Label: ui.T(ctx, "iam.login"), Help: ui.T(ctx, "iam.login_help"), Width: "m", Autocomplete: "off"},
		ui.FieldView{Name: "phone", Label: ui.T(ctx, "iam.phone"), Widget: "phone", Optional: true, Autocomplete: "off"},
		ui.FieldView{Name: "email", Label: ui.T(ctx, "iam.email"), Widget: "email", Optional: true, Autocomplete: "off"})}
	return web.Render(w, r, status, newAccountPage(v))
}

func (h *Handlers) createAccount(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	p, err := id.Parse(form.Get("person"))
	if err != nil {
		return notFound()
	}
	account, initial, err := h.IAM.CreateStaff(r.Context(), actor.From(r.Context()), iam.NewStaff{
		Person: p, Login: form.Get("login"), Email: form.Get("email"), Phone: form.Get("phone")})
	if err != nil {
		errs, status, ok := formErrors(w, err)
		if !ok {
			return err
		}
		return h.showNewAccount(w, r, status, form.Get("person"), form, errs)
	}
	r.SetPathValue("account", account.String())
	return h.showDetail(w, r, http.StatusCreated, initial, nil)
}

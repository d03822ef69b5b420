package iamweb

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/iam"
)

// accountView is the page of one's own account.
type accountView struct {
	Who      actor.Actor
	Sessions []iam.Session
	Tokens   []iam.Token
	Secret   string // of a token that was just issued
	Password []ui.FieldView
	Token    []ui.FieldView
	Prefs    []ui.FieldView
	Errs     []fault.Field
}

func (h *Handlers) toAccount(w http.ResponseWriter, r *http.Request) error {
	return web.Redirect(w, r, pathAccount)
}

func (h *Handlers) account(w http.ResponseWriter, r *http.Request) error {
	return h.showAccount(w, r, http.StatusOK, accountView{}, nil)
}

func (h *Handlers) showAccount(w http.ResponseWriter, r *http.Request, status int, v accountView, typed func(string) string) error {
	ctx := r.Context()
	v.Who = actor.From(ctx)
	var err error
	if v.Sessions, err = h.IAM.Sessions(ctx, v.Who, v.Who.Account); err != nil {
		return err
	}
	if v.Tokens, err = h.IAM.Tokens(ctx, v.Who); err != nil {
		return err
	}
	v.Password = append(fields(ctx, nil, v.Errs,
		ui.FieldView{Name: "present", Label: ui.T(ctx, "iam.password_present"), Widget: "password", Width: "m", Autocomplete: "current-password"}),
		newPasswordFields(r, v.Errs)...)
	v.Token = fields(ctx, typed, v.Errs,
		ui.FieldView{Name: "name", Label: ui.T(ctx, "iam.token_for"), Width: "m"},
		ui.FieldView{Name: "scopes", Label: ui.T(ctx, "iam.token_may"), Widget: "checkboxes", Options: ownScopes(r, v.Who)},
		ui.FieldView{Name: "days", Label: ui.T(ctx, "iam.token_days"), Widget: "number", Width: "xs", Value: "90"})
	v.Prefs = prefFields(ctx, v.Who.Prefs)
	return web.Render(w, r, status, accountPage(v))
}

// prefFields ask how the official likes the pages.
func prefFields(ctx context.Context, p actor.Prefs) []ui.FieldView {
	density, keys := "gon", "bat"
	if p.Density == actor.Comfortable {
		density = "thoang"
	}
	if p.NoKeys {
		keys = "tat"
	}
	return []ui.FieldView{
		{Name: "mat-do", Label: ui.T(ctx, "iam.density"), Widget: "radio", Value: density, Options: []ui.Option{
			{Value: "gon", Label: ui.T(ctx, "iam.density.compact")}, {Value: "thoang", Label: ui.T(ctx, "iam.density.comfortable")}}},
		{Name: "phim-tat", Label: ui.T(ctx, "iam.shortcuts"), Help: ui.T(ctx, "iam.shortcuts_help"), Widget: "radio", Value: keys, Options: []ui.Option{
			{Value: "bat", Label: ui.T(ctx, "iam.shortcuts.on")}, {Value: "tat", Label: ui.T(ctx, "iam.shortcuts.off")}}},
	}
}

// ownScopes offers what the account may do: more would be given in vain.
func ownScopes(r *http.Request, who actor.Actor) (out []ui.Option) {
	for _, p := range iam.Permissions() {
		if slices.ContainsFunc(who.Grants, func(g actor.Grant) bool { return g.Perm == p }) {
			out = append(out, ui.Option{Value: p, Label: ui.T(r.Context(), "iam.perm."+p)})
		}
	}
	return out
}

func (h *Handlers) changePassword(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	password, err := twice(form)
	if err == nil {
		err = h.IAM.ChangePassword(r.Context(), actor.From(r.Context()), form.Get("present"), password)
	}
	if err != nil {
		errs, status, ok := formErrors(w, err)
		if !ok {
			return err
		}
		return h.showAccount(w, r, status, accountView{Errs: errs}, nil)
	}
	web.Flash(w, r, ui.OK, "iam.password_changed")
	return web.Redirect(w, r, pathAccount)
}

func (h *Handlers) endOwnSession(w http.ResponseWriter, r *http.Request) error {
	s, err := id.Parse(r.PathValue("session"))
	if err != nil {
		return notFound()
	}
	if err := h.IAM.EndSession(r.Context(), actor.From(r.Context()), s); err != nil {
		return err
	}
	web.Flash(w, r, ui.OK, "iam.session_ended")
	return web.Redirect(w, r, pathAccount)
}

func (h *Handlers) endOwnSessions(w http.ResponseWriter, r *http.Request) error {
	who := actor.From(r.Context())
	if err := h.IAM.EndSessions(r.Context(), who, who.Account); err != nil {
		return err
	}
	web.Flash(w, r, ui.OK, "iam.sessions_ended")
	return web.Redirect(w, r, pathAccount)
}

func (h *Handlers) issueToken(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	days, err := strconv.Atoi(form.Get("days"))
	if err != nil || days < 0 || days > 10000 {
		days = 0 // told as a wrong lifetime
	}
	secret, _, err := h.IAM.IssueToken(r.Context(), actor.From(r.Context()), form.Get("name"), form["scopes"], time.Duration(days)*24*time.Hour)
	if err != nil {
		errs, status, ok := formErrors(w, err)
		if !ok {
			return err
		}
		return h.showAccount(w, r, status, accountView{Errs: errs}, form.Get)
	}
	// Shown in the answer itself: a redirect would have to store the secret somewhere.
	return h.showAccount(w, r, http.StatusOK, accountView{Secret: secret}, nil)
}

func (h *Handlers) revokeToken(w http.ResponseWriter, r *http.Request) error {
	t, err := id.Parse(r.PathValue("token"))
	if err != nil {
		return notFound()
	}
	if err := h.IAM.RevokeToken(r.Context(), actor.From(r.Context()), t); err != nil {
		return err
	}
	web.Flash(w, r, ui.OK, "iam.token_revoked")
	return web.Redirect(w, r, pathAccount)
}

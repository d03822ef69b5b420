package iamweb

import (
	"net/http"
	"net/url"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/iam"
)

// formView is a page with one form.
type formView struct {
	Hidden []ui.Hidden
	Fields []ui.FieldView
	Errs   []fault.Field
}

func nextQuery(next string) string {
	if next == "" {
		return ""
	}
	return "?next=" + url.QueryEscape(next)
}

func (h *Handlers) staffSignIn(w http.ResponseWriter, r *http.Request) error {
	next := web.Next(r.URL.Query().Get("next"), "")
	if actor.From(r.Context()).Kind == actor.Staff {
		return h.goOn(w, r, next, pathHomeStaff)
	}
	return h.showStaffSignIn(w, r, http.StatusOK, next, "", nil)
}

func (h *Handlers) showStaffSignIn(w http.ResponseWriter, r *http.Request, status int, next, login string, errs []fault.Field) error {
	ctx := r.Context()
	v := formView{Errs: errs, Hidden: []ui.Hidden{{Name: "next", Value: next}}, Fields: fields(ctx, nil, errs,
		ui.FieldView{Name: "login", Value: login, Label: ui.T(ctx, "iam.login"), Width: "m", Autocomplete: "username", Autofocus: len(errs) == 0},
		ui.FieldView{Name: "password", Label: ui.T(ctx, "iam.password"), Widget: "password", Width: "m", Autocomplete: "current-password"})}
	return web.Render(w, r, status, staffSignInPage(v))
}

func (h *Handlers) staffEnter(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	next := web.Next(form.Get("next"), "")
	o, err := h.IAM.SignIn(r.Context(), actor.From(r.Context()), iam.Password{Login: form.Get("login"), Password: form.Get("password")}, iam.Device{UA: r.UserAgent()})
	if err != nil {
		errs, status, ok := formErrors(w, err)
		if !ok {
			return err
		}
		return h.showStaffSignIn(w, r, status, next, form.Get("login"), errs)
	}
	if o.Ticket != "" {
		return web.Redirect(w, r, pathInitial+"?t="+url.QueryEscape(o.Ticket))
	}
	h.IAM.SetCookie(w, o)
	return h.goOn(w, r, next, pathHomeStaff)
}

func (h *Handlers) initial(w http.ResponseWriter, r *http.Request) error {
	return h.showInitial(w, r, http.StatusOK, r.URL.Query().Get("t"), nil)
}

func (h *Handlers) showInitial(w http.ResponseWriter, r *http.Request, status int, ticket string, errs []fault.Field) error {
	v := formView{Errs: errs, Hidden: []ui.Hidden{{Name: "t", Value: ticket}}, Fields: newPasswordFields(r, errs)}
	return web.Render(w, r, status, initialPage(v))
}

// newPasswordFields asks for a new password twice: nobody sees what he types.
func newPasswordFields(r *http.Request, errs []fault.Field) []ui.FieldView {
	ctx := r.Context()
	return fields(ctx, nil, errs,
		ui.FieldView{Name: "password", Label: ui.T(ctx, "iam.password_new"), Help: ui.T(ctx, "iam.password_help"), Widget: "password", Width: "m", Autocomplete: "new-password"},
		ui.FieldView{Name: "again", Label: ui.T(ctx, "iam.password_again"), Widget: "password", Width: "m", Autocomplete: "new-password"})
}

// twice returns the new password, or what is wrong with its repetition.
func twice(form url.Values) (string, error) {
	if form.Get("password") != form.Get("again") {
		return "", fault.Input("iam.input", fault.Field{Path: "again", Key: "iam.password_differs"})
	}
	return form.Get("password"), nil
}

func (h *Handlers) replaceInitial(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	password, err := twice(form)
	var o iam.Outcome
	if err == nil {
		o, err = h.IAM.ReplaceInitial(r.Context(), actor.From(r.Context()), form.Get("t"), password, iam.Device{UA: r.UserAgent()})
	}
	if err != nil {
		errs, status, ok := formErrors(w, err)
		if !ok {
			return err
		}
		return h.showInitial(w, r, status, form.Get("t"), errs)
	}
	h.IAM.SetCookie(w, o)
	return web.Redirect(w, r, pathHomeStaff)
}

func (h *Handlers) setup(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("t")
	if err := h.IAM.SetupOpen(r.Context(), token); err != nil {
		return err
	}
	return h.showSetup(w, r, http.StatusOK, token, nil, nil)
}

func (h *Handlers) showSetup(w http.ResponseWriter, r *http.Request, status int, token string, form url.Values, errs []fault.Field) error {
	ctx := r.Context()
	fs := fields(ctx, form.Get, errs,
		ui.FieldView{Name: "name", Label: ui.T(ctx, "iam.full_name"), Width: "m", Autocomplete: "name"},
		ui.FieldView{Name: "login", Label: ui.T(ctx, "iam.login"), Help: ui.T(ctx, "iam.login_help"), Width: "m", Autocomplete: "username"})
	v := formView{Errs: errs, Hidden: []ui.Hidden{{Name: "t", Value: token}}, Fields: append(fs, newPasswordFields(r, errs)...)}
	return web.Render(w, r, status, setupPage(v))
}

func (h *Handlers) createAdmin(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	password, err := twice(form)
	var o iam.Outcome
	if err == nil {
		o, err = h.IAM.CreateFirstAdmin(r.Context(), actor.From(r.Context()), iam.FirstAdmin{
			Token: form.Get("t"), Name: form.Get("name"), Login: form.Get("login"), Password: password, UA: r.UserAgent()})
	}
	if err != nil {
		errs, status, ok := formErrors(w, err)
		if !ok {
			return err
		}
		return h.showSetup(w, r, status, form.Get("t"), form, errs)
	}
	h.IAM.SetCookie(w, o)
	return web.Redirect(w, r, "/quan-tri/to-chuc")
}

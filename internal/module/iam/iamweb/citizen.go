package iamweb

import (
	"net/http"
	"strings"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/iam"
)

// pending is what lies between asking for a code and typing it. It travels sealed in the address,
// so that neither a log nor a neighbour's history shows a telephone number.
type pending struct {
	To     string
	Masked string
	Next   string
	Until  time.Time
}

const pendingUse = "signin-code"

// forStaff tells whether the page somebody wanted to see belongs to officials.
func forStaff(next string) bool {
	p := strings.TrimPrefix(next, "/en")
	return p == ui.PathDesk || strings.HasPrefix(p, ui.PathDesk+"/") || strings.HasPrefix(p, "/quan-tri/")
}

type signInView struct {
	Next   string
	Fields []ui.FieldView
	Errs   []fault.Field
}

func (h *Handlers) signIn(w http.ResponseWriter, r *http.Request) error {
	next := web.Next(r.URL.Query().Get("next"), "")
	if forStaff(next) {
		return web.Redirect(w, r, pathStaffSignIn+nextQuery(next))
	}
	if a := actor.From(r.Context()); a.Kind == actor.Citizen {
		return h.goOn(w, r, next, pathHomeCitizen)
	}
	return h.showSignIn(w, r, http.StatusOK, next, "", nil)
}

func (h *Handlers) showSignIn(w http.ResponseWriter, r *http.Request, status int, next, to string, errs []fault.Field) error {
	ctx := r.Context()
	v := signInView{Next: next, Errs: errs, Fields: fields(ctx, nil, errs, ui.FieldView{
		Name: "to", Value: to, Label: ui.T(ctx, "iam.to"), Help: ui.T(ctx, "iam.to_help"), Widget: "text", Width: "m",
		Autocomplete: "username", Autofocus: len(errs) == 0})}
	return web.Render(w, r, status, signInPage(v))
}

// sendCode takes the number or address and sends a code to it; a sealed ticket asks for another
// code to the same contact.
func (h *Handlers) sendCode(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	to, next := form.Get("to"), web.Next(form.Get("next"), "")
	if t := form.Get("t"); t != "" {
		var p pending
		if err := h.IAM.Unseal(pendingUse, t, &p); err != nil {
			return h.showSignIn(w, r, http.StatusUnprocessableEntity, "", "", []fault.Field{{Key: "iam.ticket"}})
		}
		to, next = p.To, p.Next
	}
	sent, err := h.IAM.RequestCode(r.Context(), actor.From(r.Context()), iam.PurposeSignIn, to)
	if err != nil {
		errs, status, ok := formErrors(w, err)
		if !ok {
			return err
		}
		return h.showSignIn(w, r, status, next, to, errs)
	}
	// The page may stay open longer than the code is good, so that a late code is told so.
	t, err := h.IAM.Seal(pendingUse, pending{to, sent.To, next, sent.Expires}, time.Hour)
	if err != nil {
		return err
	}
	return web.Redirect(w, r, pathCode+"?t="+t)
}

type codeView struct {
	Ticket string
	Masked string
	Outbox string
	Fields []ui.FieldView
	Errs   []fault.Field
}

func (h *Handlers) codePage(w http.ResponseWriter, r *http.Request) error {
	return h.showCode(w, r, http.StatusOK, r.URL.Query().Get("t"), nil)
}

func (h *Handlers) showCode(w http.ResponseWriter, r *http.Request, status int, ticket string, errs []fault.Field) error {
	ctx := r.Context()
	var p pending
	if err := h.IAM.Unseal(pendingUse, ticket, &p); err != nil {
		return web.Redirect(w, r, pathSignIn)
	}
	v := codeView{Ticket: ticket, Masked: p.Masked, Outbox: h.Outbox, Errs: errs, Fields: fields(ctx, nil, errs, ui.FieldView{
		Name: "code", Label: ui.T(ctx, "iam.code"), Help: ui.T(ctx, "iam.code_help"), Widget: "code", Width: "s",
		Autocomplete: "one-time-code", Autofocus: len(errs) == 0})}
	return web.Render(w, r, status, codePage(v))
}

func (h *Handlers) enterCode(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	var p pending
	if err := h.IAM.Unseal(pendingUse, form.Get("t"), &p); err != nil {
		return web.Redirect(w, r, pathSignIn)
	}
	o, err := h.IAM.SignIn(r.Context(), actor.From(r.Context()), iam.ContactCode{To: p.To, Code: form.Get("code")}, iam.Device{UA: r.UserAgent()})
	if err != nil {
		errs, status, ok := formErrors(w, err)
		if !ok {
			return err
		}
		return h.showCode(w, r, status, form.Get("t"), errs)
	}
	h.IAM.SetCookie(w, o)
	return h.goOn(w, r, p.Next, pathHomeCitizen)
}

// goOn leads to where somebody wanted to be. The path came with its language.
func (h *Handlers) goOn(w http.ResponseWriter, r *http.Request, next, otherwise string) error {
	if next == "" {
		return web.Redirect(w, r, otherwise)
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// signOut ends the session; it needs none, so that the button never fails.
func (h *Handlers) signOut(w http.ResponseWriter, r *http.Request) error {
	who := actor.From(r.Context())
	if err := h.IAM.SignOut(r.Context(), who); err != nil {
		return err // the cookie stays: the person must not believe to be signed out
	}
	h.IAM.ClearCookie(w)
	web.Flash(w, r, ui.OK, "iam.signed_out")
	if who.Kind == actor.Staff {
		return web.Redirect(w, r, pathStaffSignIn)
	}
	return web.Redirect(w, r, ui.PathHome)
}

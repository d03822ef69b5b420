package dossierweb

import (
	"net/http"
	"strings"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
)

// pathForgotten is the look-up for whoever has lost the receipt.
const pathForgotten = ui.PathLookup + "/quen-ma"

// forgottenView asks for a dossier's code and the last digits of its applicant's paper, and after
// that for the one-time code. The second page is the same whether or not a code was sent.
type forgottenView struct {
	page         ui.Page
	errs         []fault.Field
	fields       []ui.FieldView
	asked        bool
	code, digits string
	outbox       string
}

// keys carries code and digits on to the next step.
func (v forgottenView) keys() []ui.Hidden {
	return []ui.Hidden{{Name: "ma", Value: v.code}, {Name: "so", Value: v.digits}}
}

func (h citizen) forgotten(w http.ResponseWriter, r *http.Request) error {
	return h.showForgotten(w, r, http.StatusOK, clip(r.URL.Query().Get("ma")), "", nil)
}

func (h citizen) showForgotten(w http.ResponseWriter, r *http.Request, status int, code, digits string, errs []fault.Field) error {
	ctx := r.Context()
	fields := []ui.FieldView{
		{Name: "ma", Label: tr(ctx, "code"), Help: tr(ctx, "lookup.code_help"), Value: clip(code), Autocomplete: "off"},
		{Name: "so", Label: tr(ctx, "forgotten.digits"), Help: tr(ctx, "forgotten.digits_help"), Value: clip(digits), Autocomplete: "off", Width: "s", MaxLength: dossier.PaperDigits}}
	return web.Render(w, r, status, forgottenPage(forgottenView{errs: errs, fields: ui.Mark(ctx, fields, errs),
		page: ui.Page{Title: tr(ctx, "forgotten.title"), Errors: errs, Current: ui.PathLookup,
			Back: ui.Link{Label: tr(ctx, "lookup.title"), Href: ui.PathLookup}}}))
}

// showAsked takes the one-time code.
func (h citizen) showAsked(w http.ResponseWriter, r *http.Request, status int, code, digits string, errs []fault.Field) error {
	ctx := r.Context()
	fields := []ui.FieldView{{Name: "otp", Label: tr(ctx, "lookup.otp"), Help: tr(ctx, "lookup.otp_help"), Widget: "code"}}
	return web.Render(w, r, status, forgottenPage(forgottenView{asked: true, code: clip(code), digits: clip(digits), outbox: h.Outbox,
		errs: errs, fields: ui.Mark(ctx, fields, errs),
		page: ui.Page{Title: tr(ctx, "forgotten.title"), Errors: errs, Current: ui.PathLookup,
			Back: ui.Link{Label: tr(ctx, "lookup.title"), Href: ui.PathLookup}}}))
}

// forgottenPost has the code sent, if there is anybody to send it to.
func (h citizen) forgottenPost(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	code, digits := in.Get("ma"), in.Get("so")
	var errs []fault.Field
	if text.Line(code) == "" {
		errs = append(errs, fault.Field{Path: "ma", Key: "dossierweb.citizen.lookup.no_code"})
	}
	if n := len(strings.Join(strings.Fields(digits), "")); n != dossier.PaperDigits {
		errs = append(errs, fault.Field{Path: "so", Key: "dossierweb.citizen.forgotten.no_digits"})
	}
	if len(errs) > 0 {
		return h.showForgotten(w, r, http.StatusUnprocessableEntity, code, digits, errs)
	}
	if sc := dossier.ReadScan(code); sc.Code != "" {
		code = sc.Code
	}
	if err := h.Dossiers.AskByPaper(r.Context(), h.Limits, code, digits); err != nil {
		errs, status, ok := pageErrors(r.Context(), err)
		if !ok {
			return err
		}
		return h.showForgotten(w, r, status, code, digits, onField(errs, "so"))
	}
	return h.showAsked(w, r, http.StatusOK, code, digits, nil)
}

// forgottenLook shows where the dossier is to who has the one-time code.
func (h citizen) forgottenLook(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	code, digits := in.Get("ma"), in.Get("so")
	g, err := h.Dossiers.LookByPaper(r.Context(), h.Limits, code, digits, strings.Join(strings.Fields(in.Get("otp")), ""))
	if err == nil {
		return h.showGlance(w, r, http.StatusOK, g, "", false, nil)
	}
	errs, status, ok := pageErrors(r.Context(), err)
	if !ok {
		return err
	}
	return h.showAsked(w, r, status, code, digits, onField(errs, "otp"))
}

// onField shows troubles at the one field of a page they can be about.
func onField(errs []fault.Field, name string) []fault.Field {
	for i := range errs {
		errs[i].Path = name
	}
	return errs
}

package dossierweb

import (
	"net/http"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/iam"
)

// cardFields ask for what stands on the identity card; a scan fills all of them.
func cardFields(r *http.Request, name, doc, birth string) []ui.FieldView {
	ctx := r.Context()
	if sc := dossier.ReadScan(r.PostFormValue("quet")); sc.Doc != "" {
		name, doc, birth = sc.Name, sc.Doc, sc.Birth
	} else if r.Method == http.MethodPost && r.PostForm.Has("doc_number") {
		name, doc = r.PostFormValue("name"), r.PostFormValue("doc_number")
		birth = ""
		if d, err := dayOf(r.PostForm, "birth_date"); err == nil {
			birth = d.String()
		}
	}
	b := ui.FieldView{Name: "birth_date", Widget: "date", Label: t(ctx, "dossierweb.fact.birth"), Optional: true}
	if d, err := civil.Parse(birth); err == nil {
		y, m, day := d.YMD()
		b.Values = []string{pad(itoa(day), 2), pad(itoa(int(m)), 2), itoa(y)}
	} else if r.Method == http.MethodPost {
		b.Values = []string{r.PostFormValue("birth_date.d"), r.PostFormValue("birth_date.m"), r.PostFormValue("birth_date.y")}
	}
	return []ui.FieldView{
		{Name: "quet", Widget: "text", Label: t(ctx, "dossierweb.scan"), Help: t(ctx, "dossierweb.scan_help"), Scan: true, Optional: true, Autofocus: true, Autocomplete: "off"},
		{Name: "name", Widget: "text", Label: t(ctx, "dossierweb.card_name"), Value: name, Autocomplete: "off", Lang: ""},
		{Name: "doc_number", Widget: "cccd", Label: t(ctx, "dossierweb.fact.doc"), Value: doc, Autocomplete: "off"},
		b,
		{Name: "compared", Widget: "checkbox", Label: t(ctx, "dossierweb.card_compared"), Value: r.PostFormValue("compared")},
	}
}

// identity reads what the official compared. scanned tells that the card was only scanned yet, so
// that the page is to be shown again with its fields filled.
func identity(r *http.Request) (d iam.Identity, scanned bool, err error) {
	if dossier.ReadScan(r.PostFormValue("quet")).Doc != "" {
		return d, true, nil
	}
	d = iam.Identity{DocNumber: text.Digits(r.PostFormValue("doc_number")), Name: text.Line(r.PostFormValue("name")), DocKind: "cccd"}
	if len(d.DocNumber) == 9 {
		d.DocKind = "cmnd"
	}
	if b, err := dayOf(r.PostForm, "birth_date"); err == nil {
		d.BirthDate = &b
	}
	if r.PostFormValue("compared") != "true" {
		return d, false, fault.Input("dossier.step_incomplete", fault.Field{Path: "compared", Key: "dossierweb.not_compared"})
	}
	return d, false, nil
}

// moveField is the official's word that a card joined to another account is to be moved.
const moveField = "chuyen"

// offerMove adds the question whether the card is to be moved, once it turned out to be joined to
// another account: somebody has a new number, and stands here with the card. The same official who
// may join cards may move them; the old account keeps its dossiers and loses the person's results.
func (p askPage) offerMove(r *http.Request, err error) askPage {
	if f := fault.As(err); f == nil || f.Key != "iam.identity_taken" {
		return p
	}
	ctx := r.Context()
	p.Fields = append(p.Fields, ui.FieldView{Name: moveField, Widget: "checkbox", Label: t(ctx, "dossierweb.card_move"), Help: t(ctx, "dossierweb.card_move_help"), Optional: true})
	return p
}

// join links the account with the card and gives it the dossiers filed under the card's number.
func (h *Handlers) join(r *http.Request, account id.ID, d iam.Identity) error {
	ctx := r.Context()
	link := h.Accounts.LinkVerified
	if r.PostFormValue(moveField) == "true" {
		link = h.Accounts.MoveVerified
	}
	if err := link(ctx, actor.From(ctx), account, d); err != nil {
		return err
	}
	_, err := h.Dossiers.JoinVerified(ctx, account, d.DocNumber)
	return err
}

func (h *Handlers) cardAsk(r *http.Request) (*dossier.Dossier, askPage, error) {
	d, p, err := h.head(r, "can-cuoc", "dossierweb.card")
	if err != nil {
		return d, p, err
	}
	if d.Account.Zero() {
		return d, p, fault.New(fault.Conflict, "dossierweb.no_account")
	}
	p.Icon, p.Text = "user-check", t(r.Context(), "dossierweb.card_text")
	p.Fields = cardFields(r, d.Applicant.Name, d.Applicant.Doc, d.Applicant.Birth)
	return d, p, nil
}

// cardPage asks the official to compare the card of the person who filed online.
func (h *Handlers) cardPage(w http.ResponseWriter, r *http.Request) error {
	_, p, err := h.cardAsk(r)
	if err != nil {
		return h.dossierAgain(w, r, err)
	}
	return p.show(w, r, nil)
}

func (h *Handlers) card(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.Form(r); err != nil {
		return err
	}
	d, p, err := h.cardAsk(r)
	if err != nil {
		return h.dossierAgain(w, r, err)
	}
	who, scanned, err := identity(r)
	if scanned {
		return p.show(w, r, nil)
	}
	if err == nil {
		err = h.join(r, d.Account, who)
	}
	if err != nil {
		return p.offerMove(r, err).show(w, r, err)
	}
	return done(w, r, d.Code, "dossierweb.done.card")
}

func (h *Handlers) citizenAsk(r *http.Request) askPage {
	ctx := r.Context()
	key := "dossierweb.citizen_card"
	p := askPage{Title: t(ctx, key), Yes: t(ctx, "dossierweb.card"), Text: t(ctx, "dossierweb.citizen_card_text"), Icon: "user-check",
		Action: desk + "/nguoi-dan", Back: desk}
	contact := ui.FieldView{Name: "contact", Widget: "text", Label: t(ctx, "dossierweb.contact"), Help: t(ctx, "dossierweb.contact_help"),
		Value: r.FormValue("contact"), InputMode: "tel", Autocomplete: "off", Width: "m", Autofocus: true}
	p.Fields = append([]ui.FieldView{contact}, cardFields(r, "", "", "")...)
	p.Fields[1].Autofocus = false
	return p
}

// citizen asks for an account by its phone number or address, and for its holder's card.
func (h *Handlers) citizen(w http.ResponseWriter, r *http.Request) error {
	return h.citizenAsk(r).show(w, r, nil)
}

func (h *Handlers) citizenCheck(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	p := h.citizenAsk(r)
	who, scanned, err := identity(r)
	if scanned {
		return p.show(w, r, nil)
	}
	if err != nil {
		return p.show(w, r, err)
	}
	a, err := h.Accounts.CitizenByContact(ctx, actor.From(ctx), in.Get("contact"))
	if fault.KindOf(err) == fault.NotFound || fault.KindOf(err) == fault.Invalid {
		err = fault.Input("dossier.step_incomplete", fault.Field{Path: "contact", Key: "dossierweb.contact_unknown"})
	}
	if err == nil {
		err = h.join(r, a.ID, who)
	}
	if err != nil {
		return p.offerMove(r, err).show(w, r, err)
	}
	web.Flash(w, r, ui.OK, "dossierweb.done.card")
	return web.Redirect(w, r, desk+"/nguoi-dan")
}

package dossierweb

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
)

// dong reads an amount as people type it: "100.000 ₫". What is no whole number of đồng is -1, which
// the module refuses.
func dong(s string) int64 {
	s = text.Line(s)
	digits := text.Digits(s)
	if digits == "" || strings.TrimRight(strings.NewReplacer(".", "", ",", "", " ", "", "\u00a0", "").Replace(s), "đd₫ồng") != digits {
		return -1
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

func (h *Handlers) payAsk(r *http.Request) (*dossier.Dossier, askPage, error) {
	ctx := r.Context()
	d, p, err := h.head(r, "thu-tien", "dossierweb.pay")
	if err != nil {
		return d, p, err
	}
	p.Icon = "cash"
	p.Facts = []ui.Item{{Label: t(ctx, "dossierweb.fact.fee"), Body: feeFact(d)}}
	if d.Extra.Duty != "" {
		p.Facts = append(p.Facts, ui.Item{Label: t(ctx, "dossierweb.fact.duty"), Value: d.Extra.Duty, Lang: "vi"})
	}
	value := func(name, otherwise string) string {
		if r.Method == http.MethodPost {
			return r.PostFormValue(name)
		}
		return otherwise
	}
	p.Fields = []ui.FieldView{
		{Name: "receipt", Widget: "text", Label: t(ctx, "dossierweb.receipt_number"), Help: t(ctx, "dossierweb.receipt_help"), Value: value("receipt", ""), Width: "m", Autofocus: true},
		{Name: "amount", Widget: "money", Label: t(ctx, "dossierweb.amount"), Value: value("amount", i18n.Int(ctx, d.Fee-d.FeePaid))},
		{Name: "method", Widget: "radio", Label: t(ctx, "dossierweb.method"), Value: value("method", "cash"), Options: []ui.Option{
			{Value: "cash", Label: t(ctx, "dossierweb.method.cash")}, {Value: "transfer", Label: t(ctx, "dossierweb.method.transfer")}}},
		{Name: "payer", Widget: "text", Label: t(ctx, "dossierweb.payer"), Value: value("payer", d.Applicant.Name), Autocomplete: "off", Optional: true},
	}
	return d, p, nil
}

// payPage asks for the money's receipt.
func (h *Handlers) payPage(w http.ResponseWriter, r *http.Request) error {
	_, p, err := h.payAsk(r)
	if err != nil {
		return err
	}
	return p.show(w, r, nil)
}

// pay records money that was received.
func (h *Handlers) pay(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	d, p, err := h.payAsk(r)
	if err != nil {
		return err
	}
	if _, err := h.Dossiers.Pay(r.Context(), d.ID, dong(in.Get("amount")), in.Get("method"), in.Get("receipt"), in.Get("payer")); err != nil {
		return p.show(w, r, err)
	}
	return done(w, r, d.Code, "dossierweb.done.paid")
}

func (h *Handlers) dutyAsk(r *http.Request) (*dossier.Dossier, askPage, error) {
	ctx := r.Context()
	d, p, err := h.head(r, "nghia-vu", "dossierweb.duty")
	if err != nil {
		return d, p, err
	}
	p.Icon, p.Text = "report-money", t(ctx, "dossierweb.duty_text")
	amount := ui.FieldView{Name: "amount", Widget: "money", Label: t(ctx, "dossierweb.amount"), Autofocus: true, Value: r.PostFormValue("amount")}
	if r.Method != http.MethodPost && d.Fee > 0 {
		amount.Value = i18n.Int(ctx, d.Fee)
	}
	p.Fields = []ui.FieldView{amount, {Name: "notice", Widget: "text", Label: t(ctx, "dossierweb.duty_notice"), Help: t(ctx, "dossierweb.duty_notice_help"),
		Value: orElse(r.PostFormValue("notice"), d.Extra.Duty)}}
	return d, p, nil
}

// dutyPage asks what the applicant has to pay, by which notice.
func (h *Handlers) dutyPage(w http.ResponseWriter, r *http.Request) error {
	_, p, err := h.dutyAsk(r)
	if err != nil {
		return err
	}
	return p.show(w, r, nil)
}

// duty states the financial duty.
func (h *Handlers) duty(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	d, p, err := h.dutyAsk(r)
	if err != nil {
		return err
	}
	if text.Clean(in.Get("notice")) == "" {
		err = fault.Input("dossier.step_incomplete", fault.Field{Path: "notice", Key: "dossierweb.notice_missing"})
	} else {
		_, err = h.Dossiers.SetDuty(r.Context(), d.ID, dong(in.Get("amount")), in.Get("notice"))
	}
	if err != nil {
		return p.show(w, r, err)
	}
	return done(w, r, d.Code, "dossierweb.done.duty")
}

// feeDay is the day list of one cashier, or of the counter.
type feeDay struct {
	Day     civil.Date
	Mine    bool
	Rows    []*dossier.Payment
	Cash    int64
	Bank    int64
	Void    int64 // cancelled
	Me      actor.Actor
	Exports []ui.Link
	Query   string
	Asked   url.Values
}

func (h *Handlers) feeDay(r *http.Request) (feeDay, error) {
	ctx := r.Context()
	p := feeDay{Asked: r.URL.Query(), Day: civil.From(h.Now()), Mine: r.URL.Query().Get("cua") != "tat-ca", Me: actor.From(ctx)}
	if d, err := dayOf(r.URL.Query(), "ngay"); err == nil {
		p.Day = d
	}
	var cashier id.ID
	if p.Mine {
		cashier = p.Me.Account
	}
	var err error
	if p.Rows, err = h.Dossiers.DayList(ctx, p.Me.Agency, p.Day, cashier); err != nil {
		return p, err
	}
	for _, x := range p.Rows {
		switch {
		case !x.Cancelled.IsZero():
			p.Void += x.Amount
		case x.Method == "transfer":
			p.Bank += x.Amount
		default:
			p.Cash += x.Amount
		}
	}
	sortRows(p.Rows, p.Asked, "luc", feeKeys())
	q := url.Values{"ngay": {p.Day.String()}}
	if s := p.Asked.Get("xep"); s != "" {
		q.Set("xep", s)
	}
	if !p.Mine {
		q.Set("cua", "tat-ca")
	}
	p.Query = q.Encode()
	p.Exports = []ui.Link{{Label: "XLSX", Href: desk + "/thu-phi/tep/thu-phi.xlsx?" + p.Query}, {Label: "CSV", Href: desk + "/thu-phi/tep/thu-phi.csv?" + p.Query}}
	return p, nil
}

// feeKeys compares payments by the columns of the day list.
func feeKeys() map[string]func(a, b *dossier.Payment) int {
	return map[string]func(a, b *dossier.Payment) int{
		"bien-lai": func(a, b *dossier.Payment) int { return strings.Compare(a.Receipt, b.Receipt) },
		"ma":       func(a, b *dossier.Payment) int { return strings.Compare(a.Code, b.Code) },
		"nguoi-nop": func(a, b *dossier.Payment) int {
			return strings.Compare(text.SortName(a.Payer), text.SortName(b.Payer))
		},
		"so-tien": func(a, b *dossier.Payment) int { return cmp.Compare(a.Amount, b.Amount) },
		"cach":    func(a, b *dossier.Payment) int { return strings.Compare(a.Method, b.Method) },
		"luc":     func(a, b *dossier.Payment) int { return a.At.Compare(b.At) },
		"nguoi-thu": func(a, b *dossier.Payment) int {
			return strings.Compare(text.SortName(a.Cashier), text.SortName(b.Cashier))
		},
		"trang-thai": func(a, b *dossier.Payment) int { return a.Cancelled.Compare(b.Cancelled) },
	}
}

// dayOf reads a day from an address: as ISO writes it, or in the three fields of a date.
func dayOf(q url.Values, name string) (civil.Date, error) {
	if s := q.Get(name); s != "" {
		return civil.Parse(s)
	}
	d, m, y := q.Get(name+".d"), q.Get(name+".m"), q.Get(name+".y")
	return civil.Parse(pad(y, 4) + "-" + pad(m, 2) + "-" + pad(d, 2))
}

func pad(s string, n int) string {
	s = text.Digits(s)
	for len(s) < n {
		s = "0" + s
	}
	return s
}

// fees shows the day's payments with their sums.
func (h *Handlers) fees(w http.ResponseWriter, r *http.Request) error {
	p, err := h.feeDay(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, officialFees(p))
}

func (h *Handlers) feesPrint(w http.ResponseWriter, r *http.Request) error {
	p, err := h.feeDay(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, printFees(p))
}

func (h *Handlers) feesExport(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p, err := h.feeDay(r)
	if err != nil {
		return err
	}
	s := sheet{Name: "thu-phi-" + p.Day.String(), Head: []string{t(ctx, "dossierweb.receipt_number"), t(ctx, "dossierweb.col.code"), t(ctx, "dossierweb.payer"),
		t(ctx, "dossierweb.amount"), t(ctx, "dossierweb.method"), t(ctx, "dossierweb.col.time"), t(ctx, "dossierweb.cashier"), t(ctx, "dossierweb.cancelled")}}
	for _, x := range p.Rows {
		s.Rows = append(s.Rows, []any{x.Receipt, x.Code, x.Payer, x.Amount, methodWords(ctx, x.Method), at(ctx, x.At), x.Cashier, x.CancelReason})
	}
	return s.send(w, r, r.PathValue("file"))
}

func methodWords(ctx context.Context, m string) string {
	if m == "transfer" {
		return t(ctx, "dossierweb.method.transfer")
	}
	return t(ctx, "dossierweb.method.cash")
}

func (h *Handlers) cancelAsk(r *http.Request) (askPage, id.ID, error) {
	ctx := r.Context()
	x, err := idOf(r.PathValue("id"))
	if err != nil {
		return askPage{}, x, fault.New(fault.NotFound, "dossier.no_payment")
	}
	if _, err := h.Dossiers.Payment(ctx, x); err != nil {
		return askPage{}, x, err
	}
	key := "dossierweb.cancel_payment"
	p := askPage{Title: t(ctx, key), Yes: t(ctx, key), Icon: "x", Danger: true, Text: t(ctx, "dossierweb.cancel_text"),
		Action: desk + "/thu-phi/huy/" + x.String(), Back: desk + "/thu-phi"}
	reason := noteField(ctx, "dossierweb.reason", "", r.PostFormValue("reason"), false)
	reason.Name = "reason"
	p.Fields = []ui.FieldView{reason}
	return p, x, nil
}

// cancelPage asks why a payment is taken out of the sums.
func (h *Handlers) cancelPage(w http.ResponseWriter, r *http.Request) error {
	p, _, err := h.cancelAsk(r)
	if err != nil {
		return err
	}
	return p.show(w, r, nil)
}

func (h *Handlers) cancelPayment(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	p, x, err := h.cancelAsk(r)
	if err != nil {
		return err
	}
	if _, err := h.Dossiers.CancelPayment(r.Context(), x, in.Get("reason")); err != nil {
		return p.show(w, r, err)
	}
	web.Flash(w, r, ui.OK, "dossierweb.done.cancelled")
	return web.Redirect(w, r, desk+"/thu-phi")
}

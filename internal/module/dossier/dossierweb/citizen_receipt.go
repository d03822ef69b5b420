package dossierweb

import (
	"context"
	"net/http"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
)

// receiptView is the paper about a dossier that was filed: before receipt a confirmation, from
// receipt on form 01, "Giấy tiếp nhận hồ sơ và hẹn trả kết quả" (Circular 01/2018/TT-VPCP, kept by
// Circular 03/2025/TT-VPCP).
type receiptView struct {
	page     ui.Page
	superior string
	agency   string
	title    string
	code     string
	items    []ui.Item
	papers   []paperLine
	due      dueView
	secret   string
	qr       string
	address  string
	home     string
	own      string
	received bool
	ledger   string   // short code of the row that the receipt stands on
	unsure   []string // what of the record nobody has compared with the text of the law
}

// receipt shows the receipt on the screen and as it is printed.
func (h citizen) receipt(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.open(ctx, r)
	if err != nil {
		return err
	}
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return err
	}
	d := v.Dossier
	p := receiptView{code: d.Code, secret: h.Dossiers.Secret(d.ID, d.SecretGen), address: h.Address + "/tra-cuu", own: ownPath(d.Code),
		papers: papersOf(ctx, v, true), received: !d.Received.IsZero(), unsure: v.Proc.Record.Unverified()}
	if u, ok := tree.Unit(d.Reception); ok {
		p.agency = u.Name
		if up, ok := tree.Parent(u.ID); ok {
			p.superior = up.Name
		}
	}
	p.title = tr(ctx, "receipt.sent")
	if p.received {
		p.title = tr(ctx, "receipt.taken")
	}
	p.page = ui.Page{Title: p.title, Current: "/toi", Back: ui.Link{Label: tr(ctx, "receipt.back"), Href: p.own}}
	if p.qr, err = qrSVG(h.receiptURL(d), tr(ctx, "receipt.qr", "code", d.Code)); err != nil {
		return err
	}
	if h.Lines != nil {
		if p.ledger, err = h.Lines.ReceiptCode(ctx, d.ID); err != nil {
			return err
		}
	}
	p.home = h.Address
	var foreseen string
	if !p.received && !d.Closed() {
		due, err := h.Dossiers.Foresee(ctx, d.Decision, d.Term)
		if err != nil {
			return err
		}
		if !due.IsZero() {
			foreseen = tr(ctx, "check.due_words", "at", i18n.DateTime(ctx, due))
		}
	}
	p.due = dueView{short: tr(ctx, "due.from_receipt")}
	if p.received && v.Clock.State != "" {
		p.due.short, p.due.lines = worktime.Explain(v.Clock, i18n.Lang(ctx))
	}
	p.items = receiptItems(ctx, v, unitName(ctx, tree, d.Decision), foreseen)
	return web.Render(w, r, http.StatusOK, receiptPage(p))
}

// receiptItems are the lines of the paper: what, for whom, with whom, until when, for how much.
func receiptItems(ctx context.Context, v *dossier.View, decision, foreseen string) []ui.Item {
	d := v.Dossier
	out := []ui.Item{
		{Label: tr(ctx, "code"), Value: d.Code},
		{Label: tr(ctx, "procedure"), Value: v.Proc.Record.Title(i18n.Lang(ctx))},
		{Label: tr(ctx, "applicant"), Value: d.Applicant.Name},
		{Label: tr(ctx, "address"), Value: d.Applicant.Address},
		{Label: tr(ctx, "phone"), Value: d.Applicant.Phone},
		{Label: tr(ctx, "decided_by"), Value: decision},
		{Label: tr(ctx, "submitted_at"), Value: i18n.DateTime(ctx, d.Submitted) + ", " + lowerFirst(channelWords(ctx, d.Channel))},
	}
	if !d.Received.IsZero() {
		out = append(out, ui.Item{Label: tr(ctx, "received_at"), Value: i18n.DateTime(ctx, d.Received)})
	}
	switch {
	case foreseen != "":
		out = append(out, ui.Item{Label: tr(ctx, "check.due"), Value: foreseen})
	case !d.Due.IsZero():
		out = append(out, ui.Item{Label: tr(ctx, "due_at"), Value: i18n.DateTime(ctx, d.Due)})
	}
	return append(out, ui.Item{Label: tr(ctx, "fee"), Body: feeWords(filedFee(ctx, v))},
		ui.Item{Label: tr(ctx, "delivery"), Value: deliveryWords(ctx, d.Delivery)})
}

package dossierweb

import (
	"context"
	"encoding/json"
	"net/http"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
)

// pathCheckCode is the public page on which the code of a paper is checked.
const pathCheckCode = "/so-nhat-ky"

// receiptRow stands in an address in place of a row's identifier.
const receiptRow = "bien-nhan"

// linesView is a dossier's rows of the ledger, for its owner.
type linesView struct {
	page ui.Page
	code string
	rows []ledgerLine
}

// ledgerLine is one row to choose from.
type ledgerLine struct{ at, what, who, href string }

// lineView is the answer about one row: where it stands, and that it is whole.
type lineView struct {
	page   ui.Page
	line   dossier.Line
	items  []ui.Item
	file   string // address of the proof
	hidden []ui.Hidden
	again  string // address to ask again while the row waits
}

// ledgerLines lists what the owner can check: the receipt, and every time somebody looked.
func (h citizen) ledgerLines(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.ownLines(ctx, r)
	if err != nil {
		return err
	}
	p := linesView{code: v.Code, page: ui.Page{Title: tr(ctx, "ledger.title"), Current: "/toi",
		Back: ui.Link{Label: tr(ctx, "receipt.back"), Href: ownPath(v.Code)}}}
	if code, err := h.Lines.ReceiptCode(ctx, v.ID); err != nil {
		return err
	} else if code != "" {
		p.rows = append(p.rows, ledgerLine{i18n.DateTime(ctx, v.Submitted), tr(ctx, "ledger.receipt"), tr(ctx, "ledger.code") + ": " + code, ownPath(v.Code, "so/"+receiptRow)})
	}
	var looks []dossier.Look
	if h.Looks != nil {
		if looks, err = h.Looks.WhoLooked(ctx, v.ID); err != nil {
			return err
		}
	}
	for _, l := range looks {
		p.rows = append(p.rows, ledgerLine{i18n.DateTime(ctx, l.At), tr(ctx, "looks."+l.What), lookedFrom(ctx, l), ownPath(v.Code, "so/"+l.Row.String())})
	}
	return web.Render(w, r, http.StatusOK, linesPage(p))
}

// ownLines opens the citizen's own dossier, where rows of the ledger are proven at all.
func (h citizen) ownLines(ctx context.Context, r *http.Request) (*dossier.View, error) {
	if h.Lines == nil {
		return nil, fault.New(fault.NotFound, "web.error.not_found")
	}
	return h.open(ctx, r)
}

// ownLine proves the row of the address to the owner of the dossier.
func (h citizen) ownLine(r *http.Request) (*dossier.View, dossier.Line, error) {
	ctx := r.Context()
	v, err := h.ownLines(ctx, r)
	if err != nil {
		return nil, dossier.Line{}, err
	}
	if r.PathValue("row") == receiptRow {
		l, err := h.Lines.ReceiptLine(ctx, v.ID)
		return v, l, err
	}
	row, err := id.Parse(r.PathValue("row"))
	if err != nil {
		return nil, dossier.Line{}, fault.Wrap(err, fault.NotFound, "web.error.not_found")
	}
	l, err := h.Lines.LookLine(ctx, v.ID, row)
	return v, l, err
}

// ledgerLine shows one row's answer.
func (h citizen) ledgerLine(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, l, err := h.ownLine(r)
	if err != nil {
		return err
	}
	at := ownPath(v.Code, "so/"+r.PathValue("row"))
	return web.Render(w, r, http.StatusOK, linePage(lineView{line: l, items: lineItems(ctx, l), file: at + "/bang-chung.json", again: at,
		page: ui.Page{Title: tr(ctx, "ledger.title"), Current: "/toi", Back: ui.Link{Label: tr(ctx, "ledger.back"), Href: ownPath(v.Code, "so")}}}))
}

// ledgerProof sends the proof of one row as a file.
func (h citizen) ledgerProof(w http.ResponseWriter, r *http.Request) error {
	_, l, err := h.ownLine(r)
	if err != nil {
		return err
	}
	return sendLineProof(w, l)
}

// lookupLedger shows to whoever holds code and secret that the row of the receipt stands in the ledger.
func (h citizen) lookupLedger(w http.ResponseWriter, r *http.Request) error {
	return h.withReceiptLine(w, r, func(g *dossier.Glance, l dossier.Line, hidden []ui.Hidden) error {
		ctx := r.Context()
		return web.Render(w, r, http.StatusOK, linePage(lineView{line: l, items: lineItems(ctx, l), file: "/tra-cuu/so/bang-chung", hidden: hidden,
			page: ui.Page{Title: tr(ctx, "ledger.title"), Current: ui.PathLookup, Back: ui.Link{Label: g.View.Code, Href: lookupURL("", g.View.Code, hidden[1].Value)}}}))
	})
}

// lookupProof sends the proof of the receipt's row to whoever holds code and secret.
func (h citizen) lookupProof(w http.ResponseWriter, r *http.Request) error {
	return h.withReceiptLine(w, r, func(_ *dossier.Glance, l dossier.Line, _ []ui.Hidden) error { return sendLineProof(w, l) })
}

func (h citizen) withReceiptLine(w http.ResponseWriter, r *http.Request, show func(*dossier.Glance, dossier.Line, []ui.Hidden) error) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	if h.Lines == nil {
		return fault.New(fault.NotFound, "web.error.not_found")
	}
	code, secret := in.Get("ma"), in.Get("bm")
	g, err := h.Dossiers.Lookup(r.Context(), h.Limits, code, secret)
	if err != nil {
		return h.lookupTrouble(w, r, code, secret, err)
	}
	l, err := h.Lines.ReceiptLine(r.Context(), g.View.ID)
	if err != nil {
		return err
	}
	return show(g, l, []ui.Hidden{{Name: "ma", Value: g.View.Code}, {Name: "bm", Value: clip(secret)}})
}

func sendLineProof(w http.ResponseWriter, l dossier.Line) error {
	switch l.State {
	case dossier.LineWaiting:
		return fault.New(fault.Conflict, "dossierweb.citizen.ledger.wait_fault")
	case dossier.LineAltered:
		return fault.New(fault.Conflict, "iam.ledger_altered")
	}
	b, err := json.MarshalIndent(l.Proof, "", "  ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="bang-chung-`+l.Row.String()+`.json"`)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(append(b, '\n')) // the client may be gone
	return nil
}

// lineItems say what the row is about and where it stands.
func lineItems(ctx context.Context, l dossier.Line) []ui.Item {
	what := tr(ctx, "ledger.receipt")
	if l.What != dossier.LookedReceipt {
		what = tr(ctx, "looks."+l.What)
	}
	out := []ui.Item{{Label: tr(ctx, "ledger.act"), Value: what}, {Label: tr(ctx, "ledger.at"), Value: i18n.DateTime(ctx, l.At)}}
	if l.Code != "" {
		out = append(out, ui.Item{Label: tr(ctx, "ledger.code"), Value: l.Code})
	}
	if l.State == dossier.LineWhole {
		out = append(out, ui.Item{Label: tr(ctx, "ledger.leaf"), Value: l.Proof.LeafHash.String()}, ui.Item{Label: tr(ctx, "ledger.root"), Value: l.Head.Root.String()})
	}
	return out
}

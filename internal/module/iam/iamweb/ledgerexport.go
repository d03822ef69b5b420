package iamweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/org"
)

// Dossiers finds the object of a ledger's search. It opens nothing: whoever asks reads the ledger.
type Dossiers interface {
	// LedgerID returns the identifier under which the ledger knows the dossier with the code; NotFound
	// if there is none.
	LedgerID(ctx context.Context, code string) (id.ID, error)
}

// ledgerQuery names the fields of the search, in the address and in the form of an export alike.
var ledgerQuery = [...]string{"action", "object", "dossier", "login", "agency", "from", "to"}

// exportLedger sends the rows of the search as a file, page by page. That they were taken along is a
// row of the ledger before the first byte leaves.
func (h *Handlers) exportLedger(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	f, errs, empty := h.ledgerFilter(r.Context(), in)
	if len(errs) > 0 {
		return fault.Input("iam.input", errs...)
	}
	if empty {
		return fault.New(fault.NotFound, "iam.no_rows")
	}
	x, err := h.IAM.Ledger.Export(r.Context(), actor.From(r.Context()), f, in.Get("format"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", x.Media())
	w.Header().Set("Content-Disposition", `attachment; filename="`+x.Name()+`"`)
	w.Header().Set("Cache-Control", "no-store")
	if err := x.Write(r.Context(), w); err != nil {
		// The status was sent long ago; what breaks off lacks its closing record.
		h.IAM.Log.WarnContext(r.Context(), "ledger: an export broke off", "err", err)
	}
	return nil
}

// rowView is one row of the ledger, for auditors.
type rowView struct {
	line  iam.Line
	items []ui.Item
	file  string
}

// ledgerRow shows one row and whether it stands in the ledger as it was written.
func (h *Handlers) ledgerRow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	line, err := h.proveRow(r)
	if err != nil {
		return err
	}
	rows, err := h.ledgerRows(r, []iam.LedgerEntry{line.Entry})
	if err != nil {
		return err
	}
	e := rows[0]
	v := rowView{line: line, file: pathLedger + "/dong/" + e.ID.String() + "/bang-chung.json"}
	v.items = []ui.Item{{Label: ui.T(ctx, "iam.at"), Value: i18n.DateTime(ctx, e.At)}, {Label: ui.T(ctx, "iam.who"), Value: strings.Trim(e.Who+", "+e.Agency, ", ")},
		{Label: ui.T(ctx, "iam.action"), Value: actionName(ctx, e.Action) + " (" + e.Action + ")"},
		{Label: ui.T(ctx, "iam.object_id"), Value: e.Object}}
	if !e.ObjectID.Zero() {
		v.items = append(v.items, ui.Item{Label: ui.T(ctx, "iam.audit.object"), Value: e.ObjectID.String(), Href: pathLedger + "?object=" + e.ObjectID.String()})
	}
	if line.Code != "" {
		v.items = append(v.items, ui.Item{Label: ui.T(ctx, "iam.public.code"), Value: line.Code})
	}
	if line.State == iam.LineWhole {
		v.items = append(v.items, ui.Item{Label: ui.T(ctx, "iam.hash"), Value: line.Proof.LeafHash.String()})
		v.items = append(v.items, headItems(ctx, line.Head)...)
	}
	return web.Render(w, r, http.StatusOK, rowPage(v))
}

// rowProof sends the proof of one row as a file.
func (h *Handlers) rowProof(w http.ResponseWriter, r *http.Request) error {
	line, err := h.proveRow(r)
	switch {
	case err != nil:
		return err
	case line.State != iam.LineWhole:
		return fault.New(fault.Conflict, "iam.ledger_altered")
	}
	return sendProof(w, "bang-chung-"+line.Entry.ID.String()+".json", line.Proof)
}

func (h *Handlers) proveRow(r *http.Request) (iam.Line, error) {
	row, err := id.Parse(r.PathValue("row"))
	if err != nil {
		return iam.Line{}, fault.Wrap(err, fault.NotFound, "iam.ledger_row_unknown")
	}
	e, err := h.IAM.Ledger.Row(r.Context(), actor.From(r.Context()), row)
	if err != nil {
		return iam.Line{}, err
	}
	return h.IAM.Ledger.Prove(r.Context(), e)
}

// agencyOptions are the agencies of today to choose from, by name; the first is none.
func agencyOptions(ctx context.Context, t *org.Tree) []ui.Option {
	out := []ui.Option{{Value: "", Label: ui.T(ctx, "iam.audit.any_agency")}}
	for _, u := range t.Units() {
		if a := t.Agency(u.ID); a != nil && a.ID == u.ID {
			out = append(out, ui.Option{Value: u.ID.String(), Label: u.In(i18n.Lang(ctx))})
		}
	}
	return out
}

// hiddenQuery carries the search along in a form.
func hiddenQuery(q url.Values) []ui.Hidden {
	var out []ui.Hidden
	for _, name := range ledgerQuery {
		if s := q.Get(name); s != "" {
			out = append(out, ui.Hidden{Name: name, Value: s})
		}
	}
	return slices.Clip(out)
}

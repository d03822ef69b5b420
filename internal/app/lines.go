package app

import (
	"context"
	"time"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/iam"
)

// lines proves rows of the ledger to the owners of dossiers.
type lines struct{ ledger *iam.Ledger }

// receiptPatience is how long a receipt waits for the place of its row, which comes within a second.
const receiptPatience = time.Second

// receipt returns the row that the receipt of a dossier stands on: that it was received, or before that
// that it was submitted.
func (l lines) receipt(ctx context.Context, of id.ID) (iam.LedgerEntry, error) {
	return l.ledger.Milestone(ctx, "dossier", of, receiptPatience, "dossier.received", "dossier.submitted")
}

// ReceiptCode implements dossier.Lines.
func (l lines) ReceiptCode(ctx context.Context, of id.ID) (string, error) {
	e, err := l.receipt(ctx, of)
	if fault.KindOf(err) == fault.NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return l.ledger.CodeOf(ctx, e)
}

// ReceiptLine implements dossier.Lines.
func (l lines) ReceiptLine(ctx context.Context, of id.ID) (dossier.Line, error) {
	e, err := l.receipt(ctx, of)
	if err != nil {
		return dossier.Line{}, err
	}
	return l.prove(ctx, e, dossier.LookedReceipt)
}

// LookLine implements dossier.Lines. Acts inside an office are in the ledger too; whose desk a dossier
// lay on is not the owner's to know, so only what is a look to him is proven to him.
func (l lines) LookLine(ctx context.Context, of, row id.ID) (dossier.Line, error) {
	e, err := l.ledger.Entry(ctx, "dossier", of, row)
	if err != nil {
		return dossier.Line{}, err
	}
	what := lookOf(e.Action)
	if what == "" {
		return dossier.Line{}, fault.New(fault.NotFound, "iam.ledger_row_unknown")
	}
	return l.prove(ctx, e, what)
}

func (l lines) prove(ctx context.Context, e iam.LedgerEntry, what string) (dossier.Line, error) {
	x, err := l.ledger.Prove(ctx, e)
	out := dossier.Line{Row: e.ID, At: e.At, What: what, State: string(x.State), Place: -1, Code: x.Code, Head: x.Head, Proof: x.Proof}
	if e.Seq != nil {
		out.Place = *e.Seq
	}
	return out, err
}

package dossiertest

import (
	"context"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
)

// Lines is a ledger of which a test says what it proves. A look is found by the row of Line alone.
type Lines struct{ Line func() dossier.Line }

// ReceiptCode implements dossier.Lines.
func (l Lines) ReceiptCode(context.Context, id.ID) (string, error) { return l.Line().Code, nil }

// ReceiptLine implements dossier.Lines.
func (l Lines) ReceiptLine(context.Context, id.ID) (dossier.Line, error) {
	x := l.Line()
	x.What = dossier.LookedReceipt
	return x, nil
}

// LookLine implements dossier.Lines.
func (l Lines) LookLine(_ context.Context, _, row id.ID) (dossier.Line, error) {
	if x := l.Line(); x.Row == row {
		return x, nil
	}
	return dossier.Line{}, fault.New(fault.NotFound, "iam.ledger_row_unknown")
}

package dossier

import (
	"context"
	"strings"
	"time"

	"lienthong/internal/engine/logproof"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// The states of a row of the ledger.
const (
	LineWhole   = "whole"   // it stands in the ledger as it was written
	LineWaiting = "waiting" // its place comes within moments
	LineAltered = "altered" // it is not as it was signed
)

// Line is one row of the ledger about a dossier, for the dossier's owner.
type Line struct {
	Row   id.ID
	At    time.Time
	What  string // as Look.What, or "receipt"
	State string
	Place int64  // counted from 0; -1 while the row waits
	Code  string // short code; empty while the row waits
	Head  logproof.Head
	Proof logproof.Inclusion // if the row is whole
}

// LookedReceipt is the What of the row that a receipt stands on.
const LookedReceipt = "receipt"

// Lines proves rows of the ledger to a dossier's owner. It does not ask who wants to know.
type Lines interface {
	// ReceiptCode returns the short code of the row that the receipt stands on, or nothing where there
	// is none or its place does not come within a second.
	ReceiptCode(ctx context.Context, dossier id.ID) (string, error)
	// ReceiptLine proves the row that the receipt stands on; NotFound if there is none.
	ReceiptLine(ctx context.Context, dossier id.ID) (Line, error)
	// LookLine proves the row of a look; NotFound if it is no look at this dossier.
	LookLine(ctx context.Context, dossier, row id.ID) (Line, error)
}

// LedgerID returns the identifier under which the ledger knows the dossier with the code; NotFound if
// there is none. It asks for no permission and opens nothing: auditors search the ledger by it.
func (s *Service) LedgerID(ctx context.Context, code string) (id.ID, error) {
	d, err := s.byCode(s.DB.Read(ctx), strings.ToUpper(text.Line(code)))
	if err != nil {
		return id.ID{}, err
	}
	if d == nil {
		return id.ID{}, fault.New(fault.NotFound, "dossier.not_found")
	}
	return d.ID, nil
}

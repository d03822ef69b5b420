package iam

import (
	"context"

	"golang.org/x/mod/sumdb/tlog"

	"lienthong/internal/engine/logproof"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
)

// Wrong short codes are counted by subscriber; a code holds 55 bits of a hash, so nobody gets anywhere
// by guessing, and what is limited is the work.
const (
	codeGuesses = 60   // wrong codes of one subscriber in the window
	codeWindow  = 3600 // seconds
)

// LedgerCode tells whether the row whose short code stands on a paper stands in the ledger, unaltered.
// It tells nothing of what the row is about: the Line has no entry, and its proof the row's hash alone.
// Faults: Invalid for what is no code, NotFound where no row has it, TooMany after 60 wrong ones in an
// hour. A right one is not counted.
func (s *Service) LedgerCode(ctx context.Context, typed string) (Line, error) {
	c, err := logproof.ReadCode(typed)
	if err != nil {
		return Line{}, fault.Input("iam.input", fault.Field{Path: "ma", Key: "iam.ledger_code_form"})
	}
	guesses := map[string]int{"ledger code " + network(actor.From(ctx).IP): codeGuesses}
	if err := s.Spent(ctx, guesses, codeWindow); err != nil {
		return Line{}, err
	}
	line, err := s.Ledger.byCode(ctx, c)
	if fault.KindOf(err) == fault.NotFound {
		if err := s.Spend(ctx, guesses, codeWindow); err != nil {
			return Line{}, err
		}
	}
	return line, err
}

// byCode finds the row of the code. A row that is no longer the one whose hash the tree holds is
// altered, and so is one that is gone while the tree still holds its hash.
func (l *Ledger) byCode(ctx context.Context, c logproof.Code) (Line, error) {
	q := l.DB.Read(ctx)
	at := tlog.StoredHashIndex(0, c.Index)
	stored, err := readAt(q, []int64{at})
	if err != nil {
		return Line{}, unreadable(err)
	}
	held, there := stored[at]
	e, err := scanEntry(q.QueryRow("SELECT "+entryCols+" FROM iam_ledger WHERE seq = $1", c.Index))
	gone := db.Missing(err)
	if err != nil && !gone {
		return Line{}, unreadable(err)
	}
	short := func(h tlog.Hash) bool { return logproof.CodeOf(c.Index, logproof.Hash(h)) == c }
	switch {
	case !gone && short(leafAsStored(e, held)):
		line, err := l.Prove(ctx, e)
		seq := c.Index
		line.Entry, line.Proof.Leaf = LedgerEntry{Seq: &seq}, nil
		return line, err
	case there && short(held):
		seq := c.Index
		return Line{Entry: LedgerEntry{Seq: &seq}, State: LineAltered, Code: c.String()}, nil
	}
	return Line{}, fault.New(fault.NotFound, "iam.ledger_code_unknown")
}

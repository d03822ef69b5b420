package iam

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"lienthong/internal/engine/logproof"
)

// String says what is wrong in a sentence.
func (p Problem) String() string {
	words := map[string]string{
		"row":       "row %d is not as it was written",
		"leaf":      "the stored hash of row %d was altered; the row is whole",
		"gap":       "row %d is missing",
		"node":      "a hash of the tree over row %d was altered",
		"root":      "the head over %d rows has another root than the rows",
		"chain":     "the head over %d rows has another chain than the rows",
		"signature": "the signature of the head over %d rows is wrong",
		"key":       "nobody knows the key that signed the head over %d rows",
		"size":      "there is a signed head over %d rows, more than there are: the end was cut off",
	}[p.What]
	if words == "" {
		return fmt.Sprint(p.What, " ", p.Seq)
	}
	return fmt.Sprintf(words, p.Seq)
}

// CheckNote compares a signed head that was kept elsewhere with the ledger as it is now: it must begin
// with that head's rows. It trusts the stored tree, which Verify computes anew. The error says what is
// wrong, in words for people who run the program.
func (l *Ledger) CheckNote(ctx context.Context, note string) (logproof.Head, error) {
	h, _, err := logproof.ReadNote(note, l.Keys())
	if err != nil {
		return h, err
	}
	q := l.DB.Read(ctx)
	now, err := readHead(q)
	if err != nil {
		return h, unreadable(err)
	}
	if h.Size > now.Size {
		return h, fmt.Errorf("it speaks of %d rows, the ledger has %d: the end was cut off", h.Size, now.Size)
	}
	root, err := tlog.TreeHash(h.Size, nodes{q})
	if err != nil {
		return h, unreadable(err)
	}
	if logproof.Hash(root) != h.Root {
		return h, fmt.Errorf("the first %d rows are not those it was signed over", h.Size)
	}
	return h, nil
}

package dossier

import (
	"context"
	"time"

	"lienthong/internal/kit/id"
)

// Look is one time somebody else looked at a dossier: which office and post, and never whose name.
type Look struct {
	At      time.Time
	Who     id.ID  // tells two officials of one post apart; never shown
	What    string // "read" its page, "file" one of its files, "result" taken with the receipt's code, "paper" its state seen by digits of the paper and one-time code
	Agency  string // in the language asked for; empty for somebody who is no official
	Unit    string // the division, if it is not the agency itself
	Post    string // what the official's position is called
	Row     id.ID  // of the ledger
	Program bool   // a connected system of the agency, not a person
}

// Looks tells who looked at a dossier, the newest first. It does not ask who wants to know.
type Looks interface {
	WhoLooked(ctx context.Context, dossier id.ID) ([]Look, error)
}

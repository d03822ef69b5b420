// Package dossierweb is the pages of dossiers: those on which citizens file and follow them
// (citizen_*.go) and those on which officials work on them (official_*.go). Pages ask the module
// and show; every rule about who may do what lies in the module itself.
package dossierweb

import (
	"context"
	"embed"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/org"
	"lienthong/internal/module/procedure"
)

// Texts holds what the pages say, in Vietnamese and English.
//
//go:embed *.vi.json *.en.json
var Texts embed.FS

// Accounts is what the pages ask about people who sign in. iam.Service answers it.
type Accounts interface {
	// Colleagues returns the officials with the role in one of the units, by name.
	Colleagues(ctx context.Context, units []id.ID, role string) ([]iam.Colleague, error)
	// CitizenByContact returns the citizen's account that confirmed the phone number or address.
	CitizenByContact(ctx context.Context, who actor.Actor, contact string) (iam.Account, error)
	// LinkVerified joins a citizen's account to the person whose card an official compared.
	LinkVerified(ctx context.Context, who actor.Actor, account id.ID, d iam.Identity) error
	// MoveVerified does so for a person whose card is joined to an older account, which loses it.
	MoveVerified(ctx context.Context, who actor.Actor, account id.ID, d iam.Identity) error
}

// Handlers answers the requests of all pages of dossiers. All fields are set before the first one.
type Handlers struct {
	Dossiers   *dossier.Service
	Procedures *procedure.Service
	Org        *org.Service
	Accounts   Accounts
	Limits     dossier.Limits
	Now        func() time.Time
	Address    string // public address of the portal without a final slash, for QR codes
	People     People // nil: nothing is filled into a citizen's form
	Looks      Looks  // nil: citizens are not told who looked at their dossiers
	Lines      Lines  // nil: no row of the ledger is proven, and papers bear no code of it
	Outbox     string // page on which a demonstration shows the messages it would send; else empty

	diagrams diagrams
}

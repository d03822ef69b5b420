package iam

import (
	"context"
	"embed"
	"io"
	"log/slog"
	"sync"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/org"
)

// Migrations holds the module's tables, in the folder "migrations".
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Texts holds what people read, in both languages.
//
//go:embed texts.vi.json texts.en.json
var Texts embed.FS

// AccountKind tells officials' accounts from citizens'.
type AccountKind string

// The kinds of accounts. An official uses a citizen's account for private affairs.
const (
	Staff   AccountKind = "staff"
	Citizen AccountKind = "citizen"
)

// The states of an account.
const (
	Active = "active"
	Locked = "locked" // by an administrator, until one unlocks it
)

// How sure we are of the person behind a citizen's account.
const (
	AssuranceContact  = 0 // the number or address was confirmed by a code
	AssuranceDeclared = 1 // the person stated name and card number; nobody checked
	AssuranceCard     = 2 // an official checked the card
	AssuranceProvider = 3 // an identity provider confirmed the person
)

// CodeSender delivers a one-time code to a telephone number or e-mail address.
type CodeSender interface {
	SendCode(ctx context.Context, to, code, lang string) error
}

// Service is the door to accounts and sessions. It is safe for use by many goroutines.
type Service struct {
	DB     *db.DB
	IDs    *id.Source
	Now    func() time.Time
	Org    *org.Service
	Ledger *Ledger
	Codes  CodeSender
	Secret []byte    // at least 32 bytes, the same in all replicas: keys hashes of codes and seals tickets
	URL    string    // the public address, "https://dichvucong.example.gov.vn"; https makes cookies secure
	Rand   io.Reader // nil means the system's
	Hash   HashCost  // zero means DefaultHashCost
	Limits Limits    // zero means DefaultLimits
	Log    *slog.Logger
	Behind func(func()) // runs what need not hold up an answer; nil means a goroutine

	hashOnce  sync.Once
	hashing   chan struct{} // bounds how many passwords are hashed at a time
	decoyOnce sync.Once
	decoy     string // a password hash that belongs to nobody
	decoyErr  error
	held      heldCache
	hot       hotKeys
}

// Account is somebody who can sign in.
type Account struct {
	ID         id.ID       `json:"id"`
	Kind       AccountKind `json:"kind"`
	Login      string      `json:"login,omitempty"`
	Phone      string      `json:"phone,omitempty"`
	Email      string      `json:"email,omitempty"`
	Name       string      `json:"name"`
	Person     id.ID       `json:"person,omitempty"` // the official in org
	Assurance  int         `json:"assurance"`
	Status     string      `json:"status"`
	MustChange bool        `json:"must_change"` // the password is an initial one
	Created    time.Time   `json:"created"`
	Version    int64       `json:"version"`

	password string
}

// Identity is a document that says who somebody is.
type Identity struct {
	DocKind    string      `json:"doc_kind"` // "cccd", "cmnd", "passport"
	DocNumber  string      `json:"doc_number"`
	Name       string      `json:"name"`
	BirthDate  *civil.Date `json:"birth_date,omitempty"`
	How        string      `json:"how"` // "self", "card" or "provider"; set by the use case
	VerifiedBy id.ID       `json:"verified_by,omitempty"`
	VerifiedAt time.Time   `json:"verified_at"`
}

// Session is one device on which an account is signed in.
type Session struct {
	ID      id.ID     `json:"id"`
	Account id.ID     `json:"account"`
	Method  string    `json:"method"`
	Bearer  bool      `json:"bearer"` // used by a program, not by a browser
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
	Expires time.Time `json:"expires"`
	UA      string    `json:"ua,omitempty"`
	IP      string    `json:"ip,omitempty"` // only the network's part of the address
}

// System is who acts when the module itself does.
func system() actor.Actor { return actor.System("iam") }

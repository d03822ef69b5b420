package iam

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// Ledger is the audit ledger: every act leaves one row in the transaction of the act itself, and
// a Sequencer later gives the rows their place in a hash chain and a Merkle tree (RFC 6962).
//
// A row holds identifiers, codes and hashes, never names, numbers or texts, so personal data can
// be erased without breaking the ledger. The hash of an act's content is keyed: without the
// ledger's key nobody finds out by trying which card number an act was about.
//
// What the tree proves: a row that has its place cannot be altered, removed or moved without
// Verify noticing. What it cannot prove by itself: that the newest rows were not cut off together
// with the tree head; keep a copy of a signed head elsewhere and compare (see CheckNote).
type Ledger struct {
	DB      *db.DB
	IDs     *id.Source
	Now     func() time.Time
	Key     ed25519.PrivateKey
	OldKeys []ed25519.PublicKey // keys that signed earlier heads, the oldest first
	Log     *slog.Logger

	content []byte        // keys the hashes of contents
	wake    chan struct{} // tells this replica's sequencer that there is work
}

// NewLedger returns a ledger that signs with key.
func NewLedger(d *db.DB, ids *id.Source, now func() time.Time, key ed25519.PrivateKey, log *slog.Logger) *Ledger {
	m := hmac.New(sha256.New, key.Seed())
	m.Write([]byte("lienthong ledger content v1"))
	return &Ledger{DB: d, IDs: ids, Now: now, Key: key, Log: log, content: m.Sum(nil), wake: make(chan struct{}, 1)}
}

// Act is one act for the ledger.
type Act struct {
	Action   string // "org.unit.change"
	Object   string // "org.unit"
	ObjectID id.ID
	Content  any // hashed as JSON with sorted keys, and not stored
}

// Record writes one act in the transaction in which it happens.
func (l *Ledger) Record(tx *db.Tx, who actor.Actor, action, object string, objectID id.ID, content any) error {
	return l.RecordMany(tx, who, Act{action, object, objectID, content})
}

// maxActs bounds the rows of one insert: SQLite looks every numbered parameter up in a list, so
// the time of a statement grows with the square of their number.
const maxActs = 16

const insertAct = "INSERT INTO iam_ledger (id, at, actor_kind, actor_id, agency, action, object, object_id, hash) VALUES "

// insertOne is written out so that its text, and with it the prepared statement, is always the same.
const insertOne = insertAct + "($1, $2, $3, $4, $5, $6, $7, $8, $9)"

// RecordMany writes several acts of one actor with one statement for each 16.
func (l *Ledger) RecordMany(tx *db.Tx, who actor.Actor, acts ...Act) error {
	at := db.Micros(l.Now())
	kind := actorKind(who)
	for len(acts) > 0 {
		n := min(len(acts), maxActs)
		args := make([]any, 0, 9*n)
		for _, a := range acts[:n] {
			e := l.IDs.New()
			h, err := l.contentHash(e, a.Content)
			if err != nil {
				return fmt.Errorf("ledger: content of %s: %w", a.Action, err)
			}
			args = append(args, e, at, kind, who.Account, who.Agency, a.Action, a.Object, a.ObjectID, h)
		}
		q := insertOne
		if n > 1 {
			q = insertAct + db.Rows(n, 9)
		}
		if _, err := tx.Exec(q, args...); err != nil {
			return err
		}
		acts = acts[n:]
	}
	tx.AfterCommit(l.poke)
	return nil
}

// poke wakes this replica's sequencer; it never waits.
func (l *Ledger) poke() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// actorKind is the actor's kind, for the system with the name of its part: "system:import".
func actorKind(who actor.Actor) string {
	switch who.Kind {
	case "":
		return string(actor.Anonymous)
	case actor.SystemKind:
		return "system:" + strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
				return r
			}
			return -1
		}, strings.ToLower(who.Name))
	}
	return string(who.Kind)
}

// contentHash returns the keyed hash of the content, bound to its row.
func (l *Ledger) contentHash(entry id.ID, content any) ([]byte, error) {
	b, err := canonical(content)
	if err != nil {
		return nil, err
	}
	m := hmac.New(sha256.New, l.content)
	m.Write(entry[:])
	m.Write(b)
	return m.Sum(nil), nil
}

// Matches tells whether the content is the one that was recorded in the entry.
func (l *Ledger) Matches(e LedgerEntry, content any) bool {
	h, err := l.contentHash(e.ID, content)
	return err == nil && hmac.Equal(h, e.Hash)
}

// canonical returns the JSON of v with sorted keys; nothing for nil.
func canonical(v any) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if _, sorted := v.(map[string]any); sorted {
		return b, nil
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber() // so that large numbers keep their digits
	var x any
	if err := dec.Decode(&x); err != nil {
		return nil, err
	}
	return json.Marshal(x)
}

// LedgerEntry is one row of the ledger.
type LedgerEntry struct {
	ID        id.ID     `json:"id"`
	At        time.Time `json:"at"`
	ActorKind string    `json:"actor_kind"`
	ActorID   id.ID     `json:"actor,omitempty"`
	Agency    id.ID     `json:"agency,omitempty"`
	Action    string    `json:"action"`
	Object    string    `json:"object"`
	ObjectID  id.ID     `json:"object_id,omitempty"`
	Hash      []byte    `json:"hash"`
	Seq       *int64    `json:"seq,omitempty"` // its place; none until the sequencer has seen it
}

const entryCols = "id, at, actor_kind, actor_id, agency, action, object, object_id, hash, seq"

func scanEntry(r interface{ Scan(...any) error }) (e LedgerEntry, err error) {
	var at int64
	err = r.Scan(&e.ID, &at, &e.ActorKind, &e.ActorID, &e.Agency, &e.Action, &e.Object, &e.ObjectID, &e.Hash, &e.Seq)
	e.At = db.Time(at)
	return e, err
}

// unreadable turns trouble of the database into a fault, unless err is one already.
func unreadable(err error) error {
	if err == nil || fault.As(err) != nil {
		return err
	}
	return fault.Wrap(err, fault.Unavailable, "iam.unreadable")
}

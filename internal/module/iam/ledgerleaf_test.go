package iam

import (
	"bytes"
	"crypto/ed25519"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"lienthong/internal/engine/logproof"
	"lienthong/internal/kit/id"
)

// Rows and heads from before leaves were sealed and heads were checkpoints count as they are; altered
// they do not.
func TestOlderForms(t *testing.T) {
	l := NewLedger(nil, nil, nil, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32)), nil)
	e := LedgerEntry{ID: id.ID{1}, At: time.UnixMicro(5).UTC(), ActorKind: "staff", ActorID: id.ID{2}, Action: "dossier.read", Object: "dossier", Hash: []byte{3}}
	old, sealed := tlog.RecordHash(leafOf(e, logproof.LeafPlain)), tlog.RecordHash(leafOf(e, logproof.LeafSealed))
	if old == sealed || leafAsStored(e, old) != old || leafAsStored(e, sealed) != sealed || leafAsStored(e, tlog.Hash{}) != sealed {
		t.Error("a leaf is not found in the form it was stored in")
	}
	e.ActorID = id.ID{4}
	if leafAsStored(e, old) == old || leafAsStored(e, sealed) == sealed {
		t.Error("another actor has the same leaf")
	}
	h := Head{Size: 3, At: time.UnixMicro(7).UTC(), Key: KeyID(l.Keys()[0].Public)}
	h.Sig = ed25519.Sign(l.Key, oldHeadText(h))
	note, _, ok := l.note(h)
	if got, _, err := logproof.ReadNote(note, l.Keys()); !ok || err != nil || got.Size != 3 {
		t.Errorf("a head of the older form: %v %v", ok, err)
	}
	h.Size++
	if _, _, ok := l.note(h); ok {
		t.Error("an altered head of the older form is signed anew")
	}
}

// A new key goes on with the ledger of the old one, under its name.
func TestOriginSurvivesKeys(t *testing.T) {
	key := func(b byte) ed25519.PrivateKey { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, 32)) }
	first := NewLedger(nil, nil, nil, key(1), nil)
	next := NewLedger(nil, nil, nil, key(2), nil)
	next.OldKeys = []ed25519.PublicKey{key(1).Public().(ed25519.PublicKey)}
	if first.Origin() != next.Origin() || len(next.Keys()) != 2 {
		t.Errorf("%s became %s", first.Origin(), next.Origin())
	}
	note, by, ok := next.note(first.sign(Head{Size: 1}))
	if !ok || by.String() != first.Keys()[0].String() {
		t.Error("the old key's head is not handed out as the old key's")
	}
	if _, _, err := logproof.ReadNote(note, next.Keys()); err != nil {
		t.Error(err)
	}
}

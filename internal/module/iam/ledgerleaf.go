package iam

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"lienthong/internal/engine/logproof"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
)

// actorSeal is written before an actor's identifier when it is hashed for a leaf.
const actorSeal = "lienthong ledger actor v2\x00"

// leafOf returns the bytes of the entry that the Merkle tree hashes: every column but the place. In the
// form LeafSealed the actor stands as a hash bound to the row: the bytes may go to the owner of a
// dossier, who learns from them neither which official looked nor whether two rows are of one, because
// nobody can try out the 62 random bits of an account's identifier (RFC 9562, section 5.7). It has no key,
// so an auditor with the rows computes every leaf without the portal's secrets, and a new key of the
// ledger leaves old rows as they are.
func leafOf(e LedgerEntry, form string) []byte {
	if form == logproof.LeafPlain {
		return leafBytes(e, form, plainID(e.ActorID))
	}
	return leafBytes(e, form, sealActor(e))
}

// sealActor returns the sealed actor of the entry; nothing for an act without one.
func sealActor(e LedgerEntry) []byte {
	if e.ActorID.Zero() {
		return nil
	}
	b := make([]byte, 0, len(actorSeal)+32)
	b = append(append(append(b, actorSeal...), e.ID[:]...), e.ActorID[:]...)
	s := sha256.Sum256(b)
	return s[:]
}

func leafBytes(e LedgerEntry, form string, who []byte) []byte {
	return logproof.Leaf{Form: form, Row: plainID(e.ID), At: db.Micros(e.At), ActorKind: e.ActorKind, Actor: who, Agency: plainID(e.Agency),
		Action: e.Action, Object: e.Object, ObjectID: plainID(e.ObjectID), Content: e.Hash}.Bytes()
}

func plainID(i id.ID) []byte {
	if i.Zero() {
		return nil
	}
	return i[:]
}

// leafAsStored returns the hash of the entry's leaf in the form that the tree holds it in. Rows from
// before leaves were sealed have the plain form; either binds every column, so a row that fits none
// was altered, and the hash is that of the newer form.
func leafAsStored(e LedgerEntry, stored tlog.Hash) tlog.Hash {
	sealed := tlog.RecordHash(leafOf(e, logproof.LeafSealed))
	if sealed != stored {
		if old := tlog.RecordHash(leafOf(e, logproof.LeafPlain)); old == stored {
			return old
		}
	}
	return sealed
}

// Origin names the ledger in its heads: by the oldest key that is known to have signed it, so that a
// new key goes on with the same ledger. OldKeys begins with the oldest.
func (l *Ledger) Origin() string {
	pub := l.Key.Public().(ed25519.PublicKey)
	if len(l.OldKeys) > 0 {
		pub = l.OldKeys[0]
	}
	return "lienthong-ledger-" + hex.EncodeToString(KeyID(pub))
}

// Keys returns the public keys of the ledger's heads as signed notes name them, the present one first.
func (l *Ledger) Keys() []logproof.Key {
	out := []logproof.Key{{Name: l.Origin(), Public: l.Key.Public().(ed25519.PublicKey)}}
	for i := len(l.OldKeys) - 1; i >= 0; i-- {
		out = append(out, logproof.Key{Name: l.Origin(), Public: l.OldKeys[i]})
	}
	return out
}

// public returns the head as it is handed out.
func (l *Ledger) public(h Head) logproof.Head {
	return logproof.Head{Origin: l.Origin(), Size: h.Size, Root: logproof.Hash(h.Root), Chain: logproof.Hash(h.Chain), At: h.At}
}

// headText returns what is signed.
func (l *Ledger) headText(h Head) []byte { return l.public(h).Text() }

// oldHeadText returns what was signed before heads were checkpoints.
func oldHeadText(h Head) []byte {
	return fmt.Appendf(nil, "lienthong ledger head v1\n%d\n%s\n%s\n%d\n", h.Size,
		base64.StdEncoding.EncodeToString(h.Chain[:]), base64.StdEncoding.EncodeToString(h.Root[:]), db.Micros(h.At))
}

// signed tells whether the key has signed the head, in either form.
func (l *Ledger) signed(pub ed25519.PublicKey, h Head) bool {
	return ed25519.Verify(pub, l.headText(h), h.Sig) || ed25519.Verify(pub, oldHeadText(h), h.Sig)
}

// note returns the head as a signed note, or false if no known key has signed it. A head that was
// signed in the older form is signed anew, by the present key.
func (l *Ledger) note(h Head) (note string, by logproof.Key, ok bool) {
	pub := l.publicKey(h.Key)
	if pub == nil || !l.signed(pub, h) {
		return "", logproof.Key{}, false
	}
	by, sig := logproof.Key{Name: l.Origin(), Public: pub}, h.Sig
	if !ed25519.Verify(pub, l.headText(h), sig) {
		by.Public, sig = l.Key.Public().(ed25519.PublicKey), ed25519.Sign(l.Key, l.headText(h))
	}
	return logproof.Note(l.public(h), by, sig), by, true
}

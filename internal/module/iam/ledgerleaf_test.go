package iam

import (
	"bytes"
	"crypto/ed25519"
	"io/fs"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"lienthong/internal/engine/logproof"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
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

// A ledger that was begun in the older forms goes on in the newer ones: it is whole, its old rows are
// proven by their hashes alone, and its old heads are handed out as signed notes.
func TestOlderLedgerGoesOn(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		sub, err := fs.Sub(Migrations, "migrations")
		must(err)
		must(d.Migrate(t.Context(), "iam", sub))
		clock := testkit.At("2021-06-15 08:00")
		l := NewLedger(d, id.NewSource(nil), clock.Now, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32)), testkit.Log(t))
		record := func() {
			t.Helper()
			must(d.Write(t.Context(), func(tx *db.Tx) error {
				return l.Record(tx, actor.Actor{Kind: actor.Staff, Account: id.ID{5}}, "dossier.read", "dossier", id.ID{7}, nil)
			}))
		}
		record()
		s := Sequencer{Ledger: l, Name: "a"}
		must(s.Catch(t.Context()))
		es, err := l.ByObject(t.Context(), "dossier", id.ID{7})
		must(err)
		leaf := tlog.RecordHash(leafOf(es[0], logproof.LeafPlain))
		h := Head{Size: 1, Root: leaf, Chain: link(tlog.Hash{}, leaf), At: clock.Now(), Key: KeyID(l.Keys()[0].Public)}
		h.Sig = ed25519.Sign(l.Key, oldHeadText(h))
		must(d.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.Exec("UPDATE iam_ledger_node SET hash = $1", leaf[:]); err != nil {
				return err
			}
			for _, table := range []string{"iam_ledger_state", "iam_ledger_head"} {
				if _, err := tx.Exec("UPDATE "+table+" SET root = $1, chain = $2, sig = $3 WHERE size = 1", h.Root[:], h.Chain[:], h.Sig); err != nil {
					return err
				}
			}
			return nil
		}))
		clock.Move(time.Hour)
		record()
		must(s.Catch(t.Context()))
		r, err := l.Verify(t.Context())
		must(err)
		if !r.Whole() || r.Rows != 2 {
			t.Fatalf("%+v", r)
		}
		es, err = l.ByObject(t.Context(), "dossier", id.ID{7})
		must(err)
		for i, e := range es {
			line, err := l.Prove(t.Context(), e)
			must(err)
			if line.State != LineWhole || (len(line.Proof.Leaf) > 0) != (i == 0) {
				t.Errorf("row %d: %+v", *e.Seq, line)
			}
		}
		p, err := l.Consistency(t.Context(), 1, 2)
		must(err)
		if _, _, err := logproof.ReadNote(p.First, l.Keys()); err != nil {
			t.Error(err)
		}
	})
}

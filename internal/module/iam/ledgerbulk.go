package iam

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"lienthong/internal/engine/logproof"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// PastAct is an act that was recorded elsewhere and is taken over with its own time and actor, as
// when the dossiers of an earlier system are brought in.
type PastAct struct {
	At       int64 // microseconds UTC, as stored
	Who      actor.Kind
	Account  id.ID
	Agency   id.ID
	Action   string
	Object   string
	ObjectID id.ID
	Content  []byte // the content as JSON with sorted keys; hashed, not stored
}

// PastBatch is a run of past acts, hashed and ready to be written in one transaction. Hashing needs
// no database, so it is done before the transaction, beside the one that is running.
type PastBatch struct {
	rows   *db.Bulk
	args   []any // pastWidth values a row, the place last
	leaves []tlog.Hash
	nodes  *db.Bulk
}

// pastColumns is entryCols as an insert.
const pastColumns = "INSERT INTO iam_ledger (" + entryCols + ") VALUES "

// pastWidth is how many columns pastColumns names.
const pastWidth = 10

const pastNodes = "INSERT INTO iam_ledger_node (i, hash) VALUES "

// Past hashes the acts. Their order is the one they will have in the ledger.
func (l *Ledger) Past(acts []PastAct) *PastBatch {
	b := &PastBatch{leaves: make([]tlog.Hash, len(acts)), args: make([]any, 0, pastWidth*len(acts))}
	ids := make([]byte, 16*len(acts))
	hashes := make([]byte, sha256.Size*len(acts))
	m := hmac.New(sha256.New, l.content)
	for i := range acts {
		a := &acts[i]
		e := LedgerEntry{ID: l.IDs.New(), At: db.Time(a.At), ActorKind: string(a.Who), ActorID: a.Account, Agency: a.Agency,
			Action: a.Action, Object: a.Object, ObjectID: a.ObjectID}
		m.Reset()
		m.Write(e.ID[:])
		m.Write(a.Content)
		e.Hash = m.Sum(hashes[:0:sha256.Size])
		hashes = hashes[sha256.Size:]
		b.leaves[i] = tlog.RecordHash(leafOf(e, logproof.LeafSealed))
		copy(ids, e.ID[:])
		b.args = append(b.args, ids[:16:16], a.At, e.ActorKind, blobOf(a.Account), blobOf(a.Agency), a.Action, a.Object,
			blobOf(a.ObjectID), e.Hash, nil)
		ids = ids[16:]
	}
	return b
}

// blobOf is the identifier as the driver stores it, nothing for none.
func blobOf(i id.ID) any {
	if i.Zero() {
		return nil
	}
	return i[:]
}

// Len returns how many acts the batch holds.
func (b *PastBatch) Len() int { return len(b.leaves) }

// ErrLease says that another replica gives the ledger's rows their place at this moment.
var ErrLease = errors.New("another process numbers the ledger's rows")

// RecordPast writes the batch behind the last row that has a place: rows, chain, tree and one
// signed head, in the caller's transaction. Rows that wait for their place keep waiting and come
// after. holder names this process like Sequencer.Name; while another one holds the lease the
// error is Unavailable, and trying again after 10 seconds finds it free.
func (l *Ledger) RecordPast(tx *db.Tx, holder string, b *PastBatch) error {
	if b.Len() == 0 {
		return nil
	}
	now := l.Now()
	mine, err := l.lease(tx, holder, now)
	if err != nil {
		return err
	}
	if !mine {
		return fault.Wrap(ErrLease, fault.Unavailable, "iam.unreadable")
	}
	head, err := readHead(tx)
	if err != nil {
		return err
	}
	known, err := readEdge(tx, head.Size)
	if err != nil {
		return err
	}
	if head, err = b.place(head, known); err != nil {
		return err
	}
	for _, x := range []*db.Bulk{b.rows, b.nodes} {
		if _, err := tx.Insert(x); err != nil {
			return err
		}
	}
	return l.storeHead(tx, head, now)
}

// place numbers the rows from the head on and computes the tree's new hashes. It may run again, on
// another head, when the transaction does.
func (b *PastBatch) place(head Head, known edge) (Head, error) {
	right, err := edgeOf(head.Size, known)
	if err != nil {
		return head, err
	}
	b.nodes = db.NewBulk(pastNodes, 2, "")
	for i, leaf := range b.leaves {
		b.args[pastWidth*i+pastWidth-1] = head.Size
		head.Chain = link(head.Chain, leaf)
		at := tlog.StoredHashIndex(0, head.Size)
		h := leaf
		b.nodes.Add(at, append([]byte(nil), h[:]...))
		level := 0
		for ; head.Size>>level&1 == 1; level++ { // RFC 6962: a full pair becomes one node above
			h = tlog.NodeHash(right[level], h)
			at++
			b.nodes.Add(at, append([]byte(nil), h[:]...))
		}
		right[level] = h
		head.Size++
	}
	b.rows = db.NewBulk(pastColumns, pastWidth, "")
	b.rows.Add(b.args...)
	e := edge{}
	for level := range right {
		if head.Size>>level&1 == 1 {
			e[tlog.StoredHashIndex(level, head.Size>>level-1)] = right[level]
		}
	}
	head.Root, err = tlog.TreeHash(head.Size, e)
	return head, err
}

// edgeOf returns the complete subtrees along the right side of a tree of n rows by their level.
func edgeOf(n int64, known edge) ([64]tlog.Hash, error) {
	var out [64]tlog.Hash
	for level := 0; n>>level > 0; level++ {
		if n>>level&1 == 0 {
			continue
		}
		i := tlog.StoredHashIndex(level, n>>level-1)
		h, ok := known[i]
		if !ok {
			return out, fmt.Errorf("%w: %d", errNoHash, i)
		}
		out[level] = h
	}
	return out, nil
}

// ReleasePast gives the lease back, so that the sequencer need not wait for its end.
func (l *Ledger) ReleasePast(tx *db.Tx, holder string) error {
	_, err := tx.Exec("UPDATE iam_ledger_state SET until = 0 WHERE one = 1 AND holder = $1", holder)
	return err
}

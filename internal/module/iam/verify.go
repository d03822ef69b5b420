package iam

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"database/sql"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"lienthong/internal/kit/db"
)

// Report is what Verify found.
type Report struct {
	Rows     int64         // rows that have a place and were checked
	Pending  int           // rows that still wait for theirs
	Late     int           // those of them that wait for more than 10 seconds
	Oldest   time.Duration // how long the oldest of the late ones waits
	Heads    int           // signed heads that were checked, the newest included
	Head     Head          // the newest; keep a copy elsewhere
	Problems []Problem     // none means the ledger is whole; at most 100
}

// Whole tells whether nothing was altered.
func (r Report) Whole() bool { return len(r.Problems) == 0 }

// Problem is one thing that is not as it was signed.
type Problem struct {
	What string // "row", "leaf", "gap", "node", "root", "chain", "signature", "key", "size"
	Seq  int64  // the place of the row, or the size of the head
}

const maxProblems = 100

func (r *Report) add(what string, seq int64) {
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, Problem{what, seq})
	}
}

// Verify reads the whole ledger and computes everything anew: the leaf of every row, every stored
// hash of the tree, the chain, and the signature of every kept head. It reads one page after the
// other and does not stop the sequencer; rows that get their place meanwhile are left for the next
// time. An error means that the ledger could not be read, not that it is altered.
func (l *Ledger) Verify(ctx context.Context) (Report, error) {
	var r Report
	q := l.DB.Read(ctx)
	// The kept heads are read before the newest, which therefore knows of at least as many rows.
	heads, err := db.Collect[Head](q.Query("SELECT " + headCols + " FROM iam_ledger_head ORDER BY size"))(func(r *sql.Rows) (Head, error) { return scanHead(r) })
	if err != nil {
		return r, err
	}
	head, err := readHead(q)
	if db.Missing(err) {
		return r, l.pending(ctx, &r) // nothing was ever sequenced
	}
	if err != nil {
		return r, err
	}
	r.Head = head
	at := map[int64][]Head{}
	for _, h := range append(heads, head) {
		at[h.Size] = append(at[h.Size], h)
		if h.Size > head.Size {
			r.add("size", h.Size) // a kept head knows of more rows than there are: the end was cut off
		}
	}
	w := walk{l: l, r: &r, heads: at, e: edge{}}
	if err := w.check(); err != nil {
		return r, err
	}
	for w.size < head.Size {
		n, err := w.page(q, min(head.Size, w.size+verifyPage))
		if err != nil {
			return r, err
		}
		if n == 0 {
			break
		}
	}
	r.Rows = w.size
	if w.size < head.Size {
		r.add("gap", w.size)
	}
	return r, l.pending(ctx, &r)
}

func (l *Ledger) pending(ctx context.Context, r *Report) error {
	if err := l.DB.Read(ctx).QueryRow("SELECT count(*) FROM iam_ledger WHERE seq IS NULL").Scan(&r.Pending); err != nil {
		return err
	}
	var err error
	r.Late, r.Oldest, err = l.Late(ctx)
	return err
}

// verifyPage is how many rows Verify holds in memory at a time.
const verifyPage = 4096

// walk is the state of a verification after its first size rows.
type walk struct {
	l     *Ledger
	r     *Report
	heads map[int64][]Head
	e     edge
	size  int64
	chain tlog.Hash
	doubt int // problems before this one are settled, see settle
}

// page checks the rows from w.size up to and without end, and returns how many there were.
func (w *walk) page(q db.Q, end int64) (int, error) {
	rows, err := db.Collect[LedgerEntry](q.Query("SELECT "+entryCols+" FROM iam_ledger WHERE seq >= $1 AND seq < $2 ORDER BY seq", w.size, end))(
		func(r *sql.Rows) (LedgerEntry, error) { return scanEntry(r) })
	if err != nil {
		return 0, err
	}
	stored, err := readNodes(q, tlog.StoredHashCount(w.size), tlog.StoredHashCount(end))
	if err != nil {
		return 0, err
	}
	for _, e := range rows {
		if *e.Seq != w.size {
			w.r.add("gap", w.size)
			return 0, nil // everything behind a missing row is unproven
		}
		if err := w.row(e, stored); err != nil {
			return 0, err
		}
	}
	small := edge{}
	for _, i := range edgeAt(w.size) {
		small[i] = w.e[i]
	}
	w.e = small
	return len(rows), nil
}

func (w *walk) row(e LedgerEntry, stored edge) error {
	first := tlog.StoredHashIndex(0, w.size)
	leaf := leafAsStored(e, stored[first])
	hashes, err := tlog.StoredHashesForRecordHash(w.size, leaf, w.e)
	if err != nil {
		return err
	}
	for i, h := range hashes {
		w.e[first+int64(i)] = h
		if stored[first+int64(i)] != h {
			if i == 0 {
				w.r.add("row", w.size)
			} else {
				w.r.add("node", w.size)
			}
		}
	}
	w.chain = link(w.chain, leaf)
	w.size++
	return w.check()
}

// check compares the heads that speak of the rows walked so far.
func (w *walk) check() error {
	hs := w.heads[w.size]
	if len(hs) == 0 {
		return nil
	}
	root, err := tlog.TreeHash(w.size, w.e)
	if err != nil {
		return err
	}
	w.settle(hs, root)
	for _, h := range hs {
		w.r.Heads++
		if h.Root != root {
			w.r.add("root", h.Size)
		}
		if h.Chain != w.chain {
			w.r.add("chain", h.Size)
		}
		switch pub := w.l.publicKey(h.Key); {
		case pub == nil:
			w.r.add("key", h.Size)
		case !w.l.signed(pub, h):
			w.r.add("signature", h.Size)
		}
	}
	return nil
}

// settle tells altered rows from altered hashes: where a head's root follows from the rows as they
// are, they are as they were signed, and it was the stored hash that was altered.
func (w *walk) settle(hs []Head, root tlog.Hash) {
	for _, h := range hs {
		if h.Root != root {
			continue
		}
		for i := w.doubt; i < len(w.r.Problems); i++ {
			if w.r.Problems[i].What == "row" {
				w.r.Problems[i].What = "leaf"
			}
		}
	}
	w.doubt = len(w.r.Problems)
}

// publicKey returns the key with the short name, or nil if this ledger does not know it.
func (l *Ledger) publicKey(short []byte) ed25519.PublicKey {
	for _, k := range append([]ed25519.PublicKey{l.Key.Public().(ed25519.PublicKey)}, l.OldKeys...) {
		if bytes.Equal(KeyID(k), short) {
			return k
		}
	}
	return nil
}

func readNodes(q db.Q, from, to int64) (edge, error) {
	e := edge{}
	rows, err := q.Query("SELECT i, hash FROM iam_ledger_node WHERE i >= $1 AND i < $2", from, to)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var i int64
		var b []byte
		if err := rows.Scan(&i, &b); err != nil {
			return nil, err
		}
		var h tlog.Hash
		copy(h[:], b)
		e[i] = h
	}
	return e, rows.Err()
}

package iam

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"lienthong/internal/engine/logproof"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// LineState says how a row of the ledger was found.
type LineState string

// The states of a row.
const (
	LineWhole   LineState = "whole"   // it stands in the ledger as it was written
	LineWaiting LineState = "waiting" // its place comes within moments
	LineAltered LineState = "altered" // it, the tree or the head is not as it was signed
)

// Line is one row of the ledger with the proof that it stands there.
type Line struct {
	Entry LedgerEntry
	State LineState
	Code  string             // short code; empty while the row waits
	Head  logproof.Head      // that the proof leads to, if the row is whole
	Proof logproof.Inclusion // if the row is whole
}

// Prove proves that the entry, as it was read, stands in the ledger (RFC 9162, section 2.1.3), under
// the newest head that was handed out, or under one that is handed out with this. What it returns was
// checked; an error means that the ledger could not be read.
func (l *Ledger) Prove(ctx context.Context, e LedgerEntry) (Line, error) {
	line := Line{Entry: e, State: LineWaiting}
	if e.Seq == nil {
		return line, nil
	}
	line.State = LineAltered
	q := l.DB.Read(ctx)
	stored, err := readAt(q, []int64{tlog.StoredHashIndex(0, *e.Seq)})
	if err != nil {
		return line, unreadable(err)
	}
	leaf := leafAsStored(e, stored[tlog.StoredHashIndex(0, *e.Seq)])
	line.Code = logproof.CodeOf(*e.Seq, logproof.Hash(leaf)).String()
	head, err := l.headOver(ctx, *e.Seq)
	if db.Missing(err) {
		return line, nil // a row with a place and no head that knows of it
	}
	if err != nil {
		return line, unreadable(err)
	}
	path, err := tlog.ProveRecord(head.Size, *e.Seq, nodes{q})
	if errors.Is(err, errNoHash) {
		return line, nil
	}
	if err != nil {
		return line, unreadable(err)
	}
	note, by, ok := l.note(head)
	if !ok {
		return line, nil
	}
	p := logproof.Inclusion{Format: logproof.FormatInclusion, Index: *e.Seq, LeafHash: logproof.Hash(leaf), Path: hashes(path), Head: note, Key: by.String()}
	if b := leafOf(e, logproof.LeafSealed); tlog.RecordHash(b) == leaf {
		p.Leaf = b // the plain form would tell who acted
	}
	if line.Head, err = p.Check([]logproof.Key{by}); err != nil {
		return line, nil
	}
	line.State, line.Proof = LineWhole, p
	return line, nil
}

// nodes reads stored hashes of the tree for proofs.
type nodes struct{ q db.Q }

// ReadHashes makes nodes a tlog.HashReader.
func (n nodes) ReadHashes(at []int64) ([]tlog.Hash, error) {
	e, err := readAt(n.q, at)
	if err != nil {
		return nil, err
	}
	return e.ReadHashes(at)
}

func hashes(in []tlog.Hash) []logproof.Hash {
	out := make([]logproof.Hash, len(in))
	for i, h := range in {
		out[i] = logproof.Hash(h)
	}
	return out
}

// headOver returns the newest head that was kept if it knows of the row at the place; else the newest
// of all, which it keeps: a head that was handed out must be there when somebody comes back with it.
func (l *Ledger) headOver(ctx context.Context, seq int64) (Head, error) {
	h, err := newestKept(l.DB.Read(ctx))
	if err == nil && h.Size > seq || err != nil && !db.Missing(err) {
		return h, err
	}
	err = l.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if h, err = readHead(tx); err != nil {
			return err
		}
		return keep(tx, h)
	})
	if err == nil && h.Size <= seq {
		err = sql.ErrNoRows
	}
	return h, err
}

func newestKept(q db.Q) (Head, error) {
	return scanHead(q.QueryRow("SELECT " + headCols + " FROM iam_ledger_head ORDER BY size DESC LIMIT 1"))
}

// keep keeps a head for good.
func keep(tx *db.Tx, h Head) error {
	_, err := tx.Exec("INSERT INTO iam_ledger_head ("+headCols+") VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (size) DO NOTHING",
		h.Size, h.Chain[:], h.Root[:], db.Micros(h.At), h.Key, h.Sig)
	return err
}

// keepIdle keeps the newest head once the last kept one is ten minutes old, so that the rows before a
// quiet night need not wait for the morning.
func (l *Ledger) keepIdle(ctx context.Context) error {
	q := l.DB.Read(ctx)
	var kept, at sql.NullInt64
	if err := q.QueryRow("SELECT max(size), max(at) FROM iam_ledger_head").Scan(&kept, &at); err != nil {
		return err
	}
	h, err := readHead(q)
	if db.Missing(err) {
		return nil
	}
	if err != nil || h.Size <= kept.Int64 || at.Valid && l.Now().Sub(db.Time(at.Int64)) < headKept {
		return err
	}
	return l.DB.Write(ctx, func(tx *db.Tx) error { return keep(tx, h) })
}

// Entry returns one row of an object: NotFound if it is not the object's.
func (l *Ledger) Entry(ctx context.Context, object string, of, row id.ID) (LedgerEntry, error) {
	e, err := scanEntry(l.DB.Read(ctx).QueryRow("SELECT "+entryCols+" FROM iam_ledger WHERE id = $1 AND object_id = $2 AND object = $3", row, of, object))
	if db.Missing(err) {
		return e, fault.Wrap(err, fault.NotFound, "iam.ledger_row_unknown")
	}
	return e, unreadable(err)
}

// Milestone returns the row of the first of the actions that the object has a row of, the newest where
// there are several; NotFound if it has none. It waits up to patience for the row's place: a receipt is
// printed in the moment in which its row is written.
func (l *Ledger) Milestone(ctx context.Context, object string, of id.ID, patience time.Duration, actions ...string) (LedgerEntry, error) {
	const pause = 50 * time.Millisecond
	var a db.Args
	where := "object_id = " + a.Add(of) + " AND object = " + a.Add(object)
	in := ""
	for i, s := range actions {
		if i > 0 {
			in += ","
		}
		in += a.Add(s)
	}
	for ; ; patience -= pause {
		all, err := db.Collect[LedgerEntry](l.DB.Read(ctx).Query("SELECT "+entryCols+" FROM iam_ledger WHERE "+where+" AND action IN ("+in+
			") ORDER BY at DESC, id DESC LIMIT 100", a...))(func(r *sql.Rows) (LedgerEntry, error) { return scanEntry(r) })
		if err != nil {
			return LedgerEntry{}, unreadable(err)
		}
		for _, action := range actions {
			i := slices.IndexFunc(all, func(e LedgerEntry) bool { return e.Action == action })
			if i < 0 {
				continue
			}
			if all[i].Seq != nil || patience <= 0 || !sleep(ctx, pause) {
				return all[i], nil
			}
			break
		}
		if len(all) == 0 {
			return LedgerEntry{}, fault.New(fault.NotFound, "iam.ledger_row_unknown")
		}
	}
}

// CodeOf returns the short code of the entry, or nothing while it waits for its place.
func (l *Ledger) CodeOf(ctx context.Context, e LedgerEntry) (string, error) {
	if e.Seq == nil {
		return "", nil
	}
	at := tlog.StoredHashIndex(0, *e.Seq)
	stored, err := readAt(l.DB.Read(ctx), []int64{at})
	if err != nil {
		return "", unreadable(err)
	}
	return logproof.CodeOf(*e.Seq, logproof.Hash(leafAsStored(e, stored[at]))).String(), nil
}

// SignedHead is a head as it is handed out.
type SignedHead struct {
	logproof.Head
	Note string // signed note
	Key  logproof.Key
}

// handOut returns the kept head as a signed note; Conflict if its signature is wrong.
func (l *Ledger) handOut(h Head) (SignedHead, error) {
	note, by, ok := l.note(h)
	if !ok {
		return SignedHead{}, fault.New(fault.Conflict, "iam.ledger_head_bad")
	}
	return SignedHead{l.public(h), note, by}, nil
}

// NewestHead returns the newest head that was kept; NotFound before the first row.
func (l *Ledger) NewestHead(ctx context.Context) (SignedHead, error) {
	h, err := newestKept(l.DB.Read(ctx))
	return l.found(h, err)
}

// HeadAt returns the kept head of the size; NotFound if none of that size was kept.
func (l *Ledger) HeadAt(ctx context.Context, size int64) (SignedHead, error) {
	h, err := scanHead(l.DB.Read(ctx).QueryRow("SELECT "+headCols+" FROM iam_ledger_head WHERE size = $1", size))
	return l.found(h, err)
}

func (l *Ledger) found(h Head, err error) (SignedHead, error) {
	if db.Missing(err) {
		return SignedHead{}, fault.Wrap(err, fault.NotFound, "iam.ledger_head_unknown")
	}
	if err != nil {
		return SignedHead{}, unreadable(err)
	}
	return l.handOut(h)
}

// mostHeads is how many heads Heads returns at most; a day has 144 that are kept by the clock.
const mostHeads = 200

// Heads returns heads that were kept, the newest first, at most 200: those of one day, or with day nil
// of any, and only those of fewer than below rows if below is not 0.
func (l *Ledger) Heads(ctx context.Context, day *civil.Date, below int64, limit int) ([]SignedHead, error) {
	var a db.Args
	where := "1 = 1"
	if day != nil {
		where += " AND at >= " + a.Add(db.Micros(day.At(0))) + " AND at < " + a.Add(db.Micros((*day + 1).At(0)))
	}
	if below > 0 {
		where += " AND size < " + a.Add(below)
	}
	if limit < 1 || limit > mostHeads {
		limit = mostHeads
	}
	hs, err := db.Collect[Head](l.DB.Read(ctx).Query("SELECT "+headCols+" FROM iam_ledger_head WHERE "+where+" ORDER BY size DESC LIMIT "+a.Add(limit), a...))(
		func(r *sql.Rows) (Head, error) { return scanHead(r) })
	if err != nil {
		return nil, unreadable(err)
	}
	out := make([]SignedHead, 0, len(hs))
	for _, h := range hs {
		s, err := l.handOut(h)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// Consistency proves that the ledger only grew from one kept head to another (RFC 9162, section 2.1.4).
// NotFound if one of the sizes was never kept, Invalid if the first is not the smaller or is 0, Conflict
// if the ledger was altered.
func (l *Ledger) Consistency(ctx context.Context, first, second int64) (logproof.Consistency, error) {
	p := logproof.Consistency{Format: logproof.FormatConsistency, Path: []logproof.Hash{}}
	if first < 1 || first > second {
		return p, fault.Input("iam.input", fault.Field{Path: "query.first", Key: "iam.ledger_order"})
	}
	a, err := l.HeadAt(ctx, first)
	if err != nil {
		return p, err
	}
	b, err := l.HeadAt(ctx, second)
	if err != nil {
		return p, err
	}
	p.First, p.Second, p.Keys = a.Note, b.Note, []string{a.Key.String()}
	if b.Key.String() != p.Keys[0] {
		p.Keys = append(p.Keys, b.Key.String())
	}
	path, err := tlog.ProveTree(second, first, nodes{l.DB.Read(ctx)})
	if err != nil && !errors.Is(err, errNoHash) {
		return p, unreadable(err)
	}
	p.Path = append(p.Path, hashes(path)...)
	if err != nil || logproof.CheckConsistency(first, second, p.Path, a.Root, b.Root) != nil {
		return p, fault.New(fault.Conflict, "iam.ledger_altered")
	}
	return p, nil
}

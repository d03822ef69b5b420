package iam

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"lienthong/internal/engine/logproof"
	"lienthong/internal/kit/db"
)

// Head is a signed statement about the whole ledger: these many rows, with this chain and root.
type Head struct {
	Size  int64
	Chain tlog.Hash // sha256(chain before || leaf hash), from 32 zero bytes on
	Root  tlog.Hash // RFC 6962 tree hash
	At    time.Time
	Key   []byte // first 8 bytes of the SHA-256 of the public key
	Sig   []byte // Ed25519 over Ledger.headText, or oldHeadText
}

// KeyID returns the short name of a public key in tree heads.
func KeyID(pub ed25519.PublicKey) []byte {
	s := sha256.Sum256(pub)
	return s[:8]
}

const (
	seqPause = 200 * time.Millisecond // acts of this long share one signed head
	seqIdle  = time.Second            // how often rows of other replicas are looked for
	seqLease = 10 * time.Second       // after this another replica takes over from a silent one
	seqAlarm = 10 * time.Second       // a row without a place for longer is an alarm
	headKept = 10 * time.Minute       // how far apart the heads are that are kept for good

	// seqBatch bounds the rows of one transaction, because on SQLite writers wait for it.
	seqBatch = 256
)

// Sequencer gives the ledger's rows their place. Every replica runs one; the lease in the ledger's
// state lets one of them work. Even two at once make one chain: each moves the state row that the
// other needs, inside the same transaction.
type Sequencer struct {
	Ledger *Ledger
	Name   string // of this replica; unlike all others
}

// Run works until ctx ends.
func (s *Sequencer) Run(ctx context.Context) error {
	t := time.NewTimer(0)
	defer t.Stop()
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := s.Ledger.free(end, s.Name); err != nil {
			s.Ledger.Log.Warn("ledger: the lease was not given up", "error", err)
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.Ledger.wake:
			// Wait for the acts that come along, then give all of them one head.
			if !sleep(ctx, seqPause) {
				return nil
			}
		case <-t.C:
		}
		if err := s.Catch(ctx); err != nil && ctx.Err() == nil {
			s.Ledger.Log.Error("ledger: rows cannot be given their place", "error", err)
		}
		t.Reset(seqIdle)
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// Catch gives all rows that wait now their place, if this replica holds the lease or can take it.
func (s *Sequencer) Catch(ctx context.Context) error {
	for {
		var waiting int
		if err := s.Ledger.DB.Read(ctx).QueryRow("SELECT count(*) FROM (SELECT 1 FROM iam_ledger WHERE seq IS NULL LIMIT 1) w").Scan(&waiting); err != nil {
			return err
		}
		if waiting == 0 {
			return s.Ledger.keepIdle(ctx)
		}
		n, err := s.Ledger.sequence(ctx, s.Name, seqBatch)
		if err != nil {
			return err
		}
		if n < seqBatch {
			return s.alarm(ctx)
		}
	}
}

// Settle gives the rows that wait their place, as Catch does, and waits up to d for the end of another
// holder's lease while rows are late; then it gives its own lease up. For doctor, after a process was
// killed whose rows nobody has placed since.
func (s *Sequencer) Settle(ctx context.Context, d time.Duration) error {
	for ; ; d -= seqPause {
		if err := s.Catch(ctx); err != nil {
			return err
		}
		late, _, err := s.Ledger.Late(ctx)
		if err != nil {
			return err
		}
		if late == 0 || d <= 0 || !sleep(ctx, seqPause) {
			return s.Ledger.free(ctx, s.Name)
		}
	}
}

// alarm says so when rows wait too long, for instance because the replica with the lease hangs.
func (s *Sequencer) alarm(ctx context.Context) error {
	late, oldest, err := s.Ledger.Late(ctx)
	if err == nil && late > 0 {
		s.Ledger.Log.Error("ledger: rows without a place", "rows", late, "oldest", oldest)
	}
	return err
}

// Late returns how many rows have waited for their place for more than 10 seconds, and how long
// the oldest has; for the metric that raises an alarm.
func (l *Ledger) Late(ctx context.Context) (rows int, oldest time.Duration, err error) {
	now := l.Now()
	var first sql.NullInt64
	err = l.DB.Read(ctx).QueryRow("SELECT count(*), min(at) FROM iam_ledger WHERE seq IS NULL AND at < $1", db.Micros(now.Add(-seqAlarm))).Scan(&rows, &first)
	if first.Valid {
		oldest = now.Sub(db.Time(first.Int64))
	}
	return rows, oldest, err
}

// sequence gives at most limit rows their place and signs the new head. It returns how many; none
// if another replica holds the lease.
func (l *Ledger) sequence(ctx context.Context, holder string, limit int) (n int, err error) {
	err = l.DB.Write(ctx, func(tx *db.Tx) error {
		n = 0
		now := l.Now()
		mine, err := l.lease(tx, holder, now)
		if err != nil || !mine {
			return err
		}
		head, err := readHead(tx)
		if err != nil {
			return err
		}
		rows, err := place(tx, head.Size, limit)
		if err != nil || len(rows) == 0 {
			return err
		}
		if head, err = grow(tx, head, rows); err != nil {
			return err
		}
		n = len(rows)
		return l.storeHead(tx, head, now)
	})
	return n, err
}

// lease takes or renews the lease. The update also locks the row, so whoever gets past it is alone
// until the transaction ends, even if clocks disagree about the lease.
func (l *Ledger) lease(tx *db.Tx, holder string, now time.Time) (bool, error) {
	const take = "UPDATE iam_ledger_state SET holder = $1, until = $2 WHERE one = 1 AND (holder = $1 OR until < $3 OR until > $4)"
	until := db.Micros(now.Add(seqLease))
	// A lease that reaches far ahead was taken when a clock stood wrong.
	n, err := tx.Exec(take, holder, until, db.Micros(now), db.Micros(now.Add(4*seqLease)))
	if err != nil || n > 0 {
		return n > 0, err
	}
	empty := Head{At: now}
	empty.Root, err = tlog.TreeHash(0, nil)
	if err != nil {
		return false, err
	}
	empty = l.sign(empty)
	n, err = tx.Exec(`INSERT INTO iam_ledger_state (one, holder, until, size, chain, root, at, key, sig)
		VALUES (1, $1, $2, 0, $3, $4, $5, $6, $7) ON CONFLICT (one) DO NOTHING`,
		holder, until, empty.Chain[:], empty.Root[:], db.Micros(now), empty.Key, empty.Sig)
	return n > 0, err
}

// Inherit ends the lease, where no other process can be running: on SQLite, whose folder is locked.
// Whoever holds it was killed, and rows need not wait for its end.
func (l *Ledger) Inherit(ctx context.Context) error { return l.free(ctx, "") }

// free ends the lease of the holder, or whosever it is if holder is empty.
func (l *Ledger) free(ctx context.Context, holder string) error {
	return l.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE iam_ledger_state SET until = 0 WHERE one = 1 AND (holder = $1 OR $1 = '')", holder)
		return err
	})
}

func (l *Ledger) sign(h Head) Head {
	h.At = db.Time(db.Micros(h.At))
	h.Key = KeyID(l.Key.Public().(ed25519.PublicKey))
	h.Sig = ed25519.Sign(l.Key, l.headText(h))
	return h
}

// place numbers the oldest rows that have no place yet and returns them in their new order.
func place(tx *db.Tx, size int64, limit int) ([]LedgerEntry, error) {
	rows, err := db.Collect[LedgerEntry](tx.Query(`UPDATE iam_ledger SET seq = s.n FROM (
		SELECT i, CAST($1 AS BIGINT) + row_number() OVER (ORDER BY at, i) - 1 AS n FROM (
			SELECT id AS i, at FROM iam_ledger WHERE seq IS NULL ORDER BY at, id LIMIT $2) p) s
		WHERE iam_ledger.id = s.i RETURNING `+entryCols, size, limit))(func(r *sql.Rows) (LedgerEntry, error) { return scanEntry(r) })
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b LedgerEntry) int { return cmp.Compare(*a.Seq, *b.Seq) })
	for i, e := range rows {
		if *e.Seq != size+int64(i) {
			return nil, fmt.Errorf("ledger: row %s got place %d, want %d", e.ID, *e.Seq, size+int64(i))
		}
	}
	return rows, nil
}

// grow adds the rows to the tree and returns the new, unsigned head.
func grow(tx *db.Tx, head Head, rows []LedgerEntry) (Head, error) {
	e, err := readEdge(tx, head.Size)
	if err != nil {
		return head, err
	}
	var args []any
	for _, r := range rows {
		leaf := tlog.RecordHash(leafOf(r, logproof.LeafSealed))
		head.Chain = link(head.Chain, leaf)
		hashes, err := tlog.StoredHashesForRecordHash(head.Size, leaf, e)
		if err != nil {
			return head, err
		}
		at := tlog.StoredHashIndex(0, head.Size)
		for i, h := range hashes {
			e[at+int64(i)] = h
			args = append(args, at+int64(i), h[:])
		}
		head.Size++
	}
	if head.Root, err = tlog.TreeHash(head.Size, e); err != nil {
		return head, err
	}
	const width = 128 // few values in one statement, see maxActs
	for len(args) > 0 {
		n := min(len(args), width)
		if _, err := tx.Exec("INSERT INTO iam_ledger_node (i, hash) VALUES "+db.Rows(n/2, 2), args[:n]...); err != nil {
			return head, err
		}
		args = args[n:]
	}
	return head, nil
}

// link returns the chain with one more leaf.
func link(chain, leaf tlog.Hash) tlog.Hash {
	return sha256.Sum256(append(chain[:], leaf[:]...))
}

func (l *Ledger) storeHead(tx *db.Tx, h Head, now time.Time) error {
	h.At = now
	h = l.sign(h)
	if _, err := tx.Exec("UPDATE iam_ledger_state SET size = $1, chain = $2, root = $3, at = $4, key = $5, sig = $6 WHERE one = 1",
		h.Size, h.Chain[:], h.Root[:], db.Micros(h.At), h.Key, h.Sig); err != nil {
		return err
	}
	var last sql.NullInt64
	if err := tx.QueryRow("SELECT max(at) FROM iam_ledger_head").Scan(&last); err != nil {
		return err
	}
	if last.Valid && now.Sub(db.Time(last.Int64)) < headKept {
		return nil
	}
	return keep(tx, h)
}

const headCols = "size, chain, root, at, key, sig"

func scanHead(r interface{ Scan(...any) error }) (h Head, err error) {
	var chain, root []byte
	var at int64
	if err = r.Scan(&h.Size, &chain, &root, &at, &h.Key, &h.Sig); err != nil {
		return h, err
	}
	if len(chain) != tlog.HashSize || len(root) != tlog.HashSize {
		return h, errors.New("ledger: a hash of the wrong length")
	}
	copy(h.Chain[:], chain)
	copy(h.Root[:], root)
	h.At = db.Time(at)
	return h, nil
}

func readHead(q db.Q) (Head, error) {
	return scanHead(q.QueryRow("SELECT " + headCols + " FROM iam_ledger_state WHERE one = 1"))
}

// edge holds stored hashes of the tree by their place: those along its right side, all that growing
// needs, or those that a proof is made of.
type edge map[int64]tlog.Hash

// errNoHash says that the tree lacks a hash, which damage alone explains.
var errNoHash = errors.New("ledger: a hash of the tree is missing")

// ReadHashes makes edge a tlog.HashReader.
func (e edge) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, x := range at {
		h, ok := e[x]
		if !ok {
			return nil, fmt.Errorf("%w: %d", errNoHash, x)
		}
		out[i] = h
	}
	return out, nil
}

// edgeAt returns where the hashes of the right side of a tree of n rows are stored: one complete
// subtree for each bit of n.
func edgeAt(n int64) (at []int64) {
	for level := 0; n>>level > 0; level++ {
		if n>>level&1 == 1 {
			at = append(at, tlog.StoredHashIndex(level, n>>level-1))
		}
	}
	return at
}

func readEdge(q db.Q, n int64) (edge, error) { return readAt(q, edgeAt(n)) }

// readAt returns the stored hashes at the places; places without a hash are left out.
func readAt(q db.Q, at []int64) (edge, error) {
	e := edge{}
	if len(at) == 0 {
		return e, nil
	}
	var a db.Args
	in := make([]string, len(at))
	for i, x := range at {
		in[i] = a.Add(x)
	}
	rows, err := q.Query("SELECT i, hash FROM iam_ledger_node WHERE i IN ("+strings.Join(in, ",")+")", a...)
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

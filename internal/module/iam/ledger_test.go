package iam_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/iam"
)

func newLedger(t *testing.T, d *db.DB, clock *testkit.Clock) *iam.Ledger {
	t.Helper()
	sub, err := fs.Sub(iam.Migrations, "migrations")
	must(t, err)
	must(t, d.Migrate(t.Context(), "iam", sub))
	return iam.NewLedger(d, id.NewSource(nil), clock.Now, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32)), testkit.Log(t))
}

func record(t testing.TB, l *iam.Ledger, n int) {
	t.Helper()
	who := actor.Actor{Kind: actor.Staff, Account: id.ID{1}, Agency: id.ID{2}}
	for i := range n {
		err := l.DB.Write(t.Context(), func(tx *db.Tx) error {
			return l.Record(tx, who, "test.act", "test.thing", id.ID{3, byte(i), byte(i >> 8)}, map[string]any{"n": i})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func verify(t *testing.T, l *iam.Ledger) iam.Report {
	t.Helper()
	r, err := l.Verify(t.Context())
	must(t, err)
	return r
}

func TestLedgerIsWhole(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		clock := testkit.At("2021-06-15 08:00")
		l := newLedger(t, d, clock)
		if r := verify(t, l); !r.Whole() || r.Rows != 0 {
			t.Errorf("empty: %+v", r)
		}
		s := iam.Sequencer{Ledger: l, Name: "a"}
		must(t, s.Catch(t.Context()))
		total := 0
		for _, n := range []int{1, 2, 5, 300, 13} { // 300 takes more than one batch
			record(t, l, n)
			total += n
			if r := verify(t, l); r.Pending != n {
				t.Errorf("%d pending, want %d", r.Pending, n)
			}
			must(t, s.Catch(t.Context()))
			clock.Move(11 * time.Minute)
			r := verify(t, l)
			if !r.Whole() || r.Rows != int64(total) || r.Head.Size != int64(total) || r.Pending != 0 {
				t.Fatalf("after %d rows: %+v", total, r)
			}
		}
		if r := verify(t, l); r.Heads < 4 {
			t.Errorf("%d heads were kept", r.Heads)
		}
		// A batch of acts in one statement, and one that a failed act takes back.
		must(t, d.Write(t.Context(), func(tx *db.Tx) error {
			return l.RecordMany(tx, actor.System("import"), slices.Repeat([]iam.Act{{Action: "test.many", Object: "test.thing"}}, 1201)...)
		}))
		d.Write(t.Context(), func(tx *db.Tx) error {
			if err := l.Record(tx, actor.System("x"), "test.lost", "test.thing", id.ID{}, nil); err != nil {
				return err
			}
			return fault.New(fault.Conflict, "no")
		})
		must(t, s.Catch(t.Context()))
		r := verify(t, l)
		if !r.Whole() || r.Rows != int64(total)+1201 {
			t.Errorf("%+v", r)
		}
		// Another key does not know who signed; the old one among the known ones does.
		other := iam.NewLedger(d, id.NewSource(nil), clock.Now, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, 32)), testkit.Log(t))
		if r := verify(t, other); r.Whole() || r.Problems[0].What != "key" {
			t.Errorf("%+v", r)
		}
		other.OldKeys = []ed25519.PublicKey{l.Key.Public().(ed25519.PublicKey)}
		if r := verify(t, other); !r.Whole() {
			t.Errorf("%+v", r)
		}
	})
}

// Whatever is altered, and wherever, Verify notices.
func TestLedgerDetects(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		clock := testkit.At("2021-06-15 08:00")
		l := newLedger(t, d, clock)
		s := iam.Sequencer{Ledger: l, Name: "a"}
		const n = 37
		record(t, l, n-4)
		must(t, s.Catch(t.Context()))
		record(t, l, 4)
		must(t, s.Catch(t.Context()))
		// Each mutation is undone by the second statement; $1 is a place, $2 what was there.
		flip := func(b []byte) []byte { c := slices.Clone(b); c[len(c)-1] ^= 1; return c }
		column := func(name string) (string, string) {
			return "SELECT " + name + " FROM iam_ledger WHERE seq = $1", "UPDATE iam_ledger SET " + name + " = $2 WHERE seq = $1"
		}
		type mutation struct {
			name, get, set string
			change         func(any) any
		}
		var all []mutation
		for _, c := range []string{"at", "actor_kind", "actor_id", "agency", "action", "object", "object_id", "hash"} {
			g, st := column(c)
			all = append(all, mutation{c, g, st, func(v any) any {
				switch x := v.(type) {
				case int64:
					return x + 1
				case string:
					return x + "x"
				case []byte:
					return flip(x)
				}
				return nil
			}})
		}
		rapid.Check(t, func(rt *rapid.T) {
			m := all[rapid.IntRange(0, len(all)-1).Draw(rt, "column")]
			seq := rapid.Int64Range(0, n-1).Draw(rt, "place")
			var old any
			if err := d.Read(t.Context()).QueryRow(m.get, seq).Scan(&old); err != nil {
				rt.Fatal(err)
			}
			put := func(v any) {
				if err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(m.set, seq, v); return err }); err != nil {
					rt.Fatal(err)
				}
			}
			put(m.change(old))
			r, err := l.Verify(t.Context())
			put(old)
			if err != nil {
				rt.Fatal(err)
			}
			if r.Whole() || r.Problems[0] != (iam.Problem{What: "row", Seq: seq}) {
				rt.Fatalf("%s of row %d: %+v", m.name, seq, r.Problems)
			}
		})
		if r := verify(t, l); !r.Whole() {
			t.Fatalf("the test did not undo its work: %+v", r.Problems)
		}
		// What is done to the tree and its heads is noticed, too; these are not undone in turn.
		exec := func(q string, args ...any) {
			t.Helper()
			must(t, d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(q, args...); return err }))
		}
		what := func() string {
			r := verify(t, l)
			if r.Whole() {
				return ""
			}
			return r.Problems[0].What
		}
		exec("UPDATE iam_ledger_node SET hash = $1 WHERE i = 2", bytes.Repeat([]byte{7}, 32)) // node 2 joins rows 0 and 1
		if got := what(); got != "node" {
			t.Errorf("an altered node shows as %q", got)
		}
		exec("UPDATE iam_ledger_state SET sig = $1", bytes.Repeat([]byte{7}, 64))
		if r := verify(t, l); !slices.ContainsFunc(r.Problems, func(p iam.Problem) bool { return p.What == "signature" }) {
			t.Errorf("%+v", r.Problems)
		}
		exec("DELETE FROM iam_ledger WHERE seq = 20")
		if r := verify(t, l); !slices.Contains(r.Problems, iam.Problem{What: "gap", Seq: 20}) {
			t.Errorf("%+v", r.Problems)
		}
	})
}

// Cutting off the newest rows with their head is noticed by any head that was kept.
func TestLedgerCutOff(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		clock := testkit.At("2021-06-15 08:00")
		l := newLedger(t, d, clock)
		s := iam.Sequencer{Ledger: l, Name: "a"}
		record(t, l, 5)
		must(t, s.Catch(t.Context()))
		old := verify(t, l).Head
		clock.Move(time.Hour)
		record(t, l, 5)
		must(t, s.Catch(t.Context()))
		must(t, d.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.Exec("UPDATE iam_ledger_state SET size = $1, chain = $2, root = $3, at = $4, sig = $5", old.Size, old.Chain[:], old.Root[:], db.Micros(old.At), old.Sig); err != nil {
				return err
			}
			_, err := tx.Exec("DELETE FROM iam_ledger WHERE seq >= 5")
			return err
		}))
		if r := verify(t, l); r.Whole() || r.Problems[0].What != "size" {
			t.Errorf("%+v", r)
		}
	})
}

// Many writers and several sequencers at once make one whole chain.
func TestConcurrentSequencers(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		clock := testkit.At("2021-06-15 08:00")
		l := newLedger(t, d, clock)
		const writers, each = 8, 40
		var work, seq sync.WaitGroup
		stop := make(chan struct{})
		for i := range 4 {
			s := iam.Sequencer{Ledger: l, Name: fmt.Sprint("replica", i)}
			seq.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					clock.Move(3 * time.Second) // the lease runs out all the time, so that they contend
					if err := s.Catch(t.Context()); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for range writers {
			work.Go(func() { record(t, l, each) })
		}
		work.Wait()
		close(stop)
		seq.Wait()
		clock.Move(time.Minute)
		last := iam.Sequencer{Ledger: l, Name: "last"}
		must(t, last.Catch(t.Context()))
		if r := verify(t, l); !r.Whole() || r.Rows != writers*each || r.Pending != 0 {
			t.Errorf("%+v", r)
		}
	})
}

func TestSequencerLease(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		clock := testkit.At("2021-06-15 08:00")
		l := newLedger(t, d, clock)
		one, two := iam.Sequencer{Ledger: l, Name: "one"}, iam.Sequencer{Ledger: l, Name: "two"}
		record(t, l, 1)
		must(t, one.Catch(t.Context()))
		record(t, l, 1)
		must(t, two.Catch(t.Context()))
		if r := verify(t, l); r.Pending != 1 {
			t.Errorf("a replica without the lease worked: %+v", r)
		}
		clock.Move(11 * time.Second)
		if n, oldest, err := l.Late(t.Context()); n != 1 || oldest != 11*time.Second || err != nil {
			t.Errorf("late: %d %v %v", n, oldest, err)
		}
		must(t, two.Catch(t.Context()))
		if r := verify(t, l); r.Pending != 0 || !r.Whole() {
			t.Errorf("the lease was not taken over: %+v", r)
		}
	})
}

func TestLedgerListAndContent(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		clock := testkit.At("2021-06-15 08:00")
		l := newLedger(t, d, clock)
		for i := range 7 {
			record(t, l, 1)
			clock.Move(time.Duration(i) * time.Minute)
		}
		must(t, d.Write(t.Context(), func(tx *db.Tx) error {
			return l.Record(tx, actor.System("Bộ nhập"), "org.unit.add", "org.unit", id.ID{8}, struct {
				B int    `json:"b"`
				A string `json:"a"`
			}{1, "x"})
		}))
		who := actor.Actor{Kind: actor.Staff, Grants: []actor.Grant{{Perm: iam.LedgerRead, All: true}}}
		_, _, err := l.List(t.Context(), actor.Actor{Kind: actor.Staff, Grants: []actor.Grant{{Perm: iam.LedgerRead, Agency: id.ID{2}}}}, iam.LedgerFilter{})
		refused(t, err, fault.Forbidden, "iam.may_not")
		n := 0
		for after := ""; ; {
			es, next, err := l.List(t.Context(), who, iam.LedgerFilter{Action: "test.", Limit: 3, After: after})
			must(t, err)
			n += len(es)
			if after = next; after == "" {
				break
			}
		}
		if n != 7 {
			t.Errorf("%d rows page by page", n)
		}
		es, _, err := l.List(t.Context(), who, iam.LedgerFilter{ID: id.ID{8}})
		must(t, err)
		if len(es) != 1 || es[0].ActorKind != "system:bnhp" || es[0].Seq != nil {
			t.Fatalf("%+v", es)
		}
		if !l.Matches(es[0], map[string]any{"a": "x", "b": 1}) || l.Matches(es[0], map[string]any{"a": "x", "b": 2}) {
			t.Error("the content's hash is not that of its JSON with sorted keys")
		}
		for _, f := range []iam.LedgerFilter{{After: "x"}, {After: "zz|no"}, {Action: "'; --"}} {
			if _, _, err := l.List(t.Context(), who, f); fault.KindOf(err) != fault.Invalid {
				t.Errorf("%+v: %v", f, err)
			}
		}
		es, _, err = l.List(t.Context(), who, iam.LedgerFilter{From: clock.Now().Add(-time.Minute), Actor: id.ID{1}})
		must(t, err)
		if len(es) != 0 {
			t.Errorf("since a minute ago: %+v", es)
		}
	})
}

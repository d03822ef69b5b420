package iam_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"lienthong/internal/engine/logproof"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/iam"
)

var auditor = actor.Actor{Kind: actor.Staff, Grants: []actor.Grant{{Perm: iam.LedgerRead, All: true}}}

func rowsOf(t *testing.T, l *iam.Ledger) []iam.LedgerEntry {
	t.Helper()
	es, _, err := l.List(t.Context(), auditor, iam.LedgerFilter{Limit: 500})
	must(t, err)
	slices.Reverse(es)
	return es
}

// Every row is proven to somebody who has nothing but the file and the key, and no row tells who acted.
func TestProofsConvinceStrangers(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		clock := testkit.At("2021-06-15 08:00")
		l := newLedger(t, d, clock)
		s := iam.Sequencer{Ledger: l, Name: "a"}
		for _, n := range []int{1, 3, 8, 21} {
			record(t, l, n)
			must(t, s.Catch(t.Context()))
			clock.Move(11 * time.Minute)
		}
		es := rowsOf(t, l)
		codes := map[string]bool{}
		for _, e := range es {
			line, err := l.Prove(t.Context(), e)
			must(t, err)
			if line.State != iam.LineWhole || codes[line.Code] {
				t.Fatalf("row %d: %+v", *e.Seq, line)
			}
			codes[line.Code] = true
			file, err := json.Marshal(line.Proof)
			must(t, err)
			f, err := logproof.Check(file, l.Keys())
			if err != nil || f.Index != *e.Seq || f.Row.Action != "test.act" || f.Heads[0].Size != 33 || !bytes.Equal(f.Row.ObjectID, e.ObjectID[:]) || !f.Trusted {
				t.Fatalf("row %d: %+v %v", *e.Seq, f, err)
			}
			if len(f.Row.Actor) != 32 || bytes.Contains(f.Row.Actor, e.ActorID[:8]) {
				t.Error("the proof tells who acted")
			}
			got, err := l.CodeOf(t.Context(), e)
			must(t, err)
			if got != line.Code {
				t.Errorf("row %d has the codes %s and %s", *e.Seq, line.Code, got)
			}
		}
		a, _ := l.Prove(t.Context(), es[0])
		b, _ := l.Prove(t.Context(), es[1])
		fa, _ := logproof.ReadLeaf(a.Proof.Leaf)
		fb, _ := logproof.ReadLeaf(b.Proof.Leaf)
		if bytes.Equal(fa.Actor, fb.Actor) {
			t.Error("two rows of one official can be told to be of one")
		}
		hs, err := l.Heads(t.Context(), nil, 0, 0)
		must(t, err)
		if len(hs) != 4 || hs[0].Size != 33 || hs[3].Size != 1 {
			t.Fatalf("%+v", hs)
		}
		for i, second := range hs {
			for _, first := range hs[i:] {
				p, err := l.Consistency(t.Context(), first.Size, second.Size)
				must(t, err)
				file, err := json.Marshal(p)
				must(t, err)
				if f, err := logproof.Check(file, l.Keys()); err != nil || f.Heads[0].Size != first.Size {
					t.Errorf("%d before %d: %v", first.Size, second.Size, err)
				}
			}
		}
		_, err = l.Consistency(t.Context(), 33, 1)
		refused(t, err, fault.Invalid, "iam.input")
		_, err = l.Consistency(t.Context(), 1, 2)
		refused(t, err, fault.NotFound, "iam.ledger_head_unknown")
		day := civil.From(clock.Now())
		if hs, err := l.Heads(t.Context(), &day, 33, 1); err != nil || len(hs) != 1 || hs[0].Size != 12 {
			t.Errorf("the day's heads below 33: %+v %v", hs, err)
		}
		day--
		if hs, err := l.Heads(t.Context(), &day, 0, 0); err != nil || len(hs) != 0 {
			t.Errorf("heads of the day before: %+v %v", hs, err)
		}
	})
}

// A row whose place came after the last kept head is proven under a head that is kept from then on;
// without anybody asking the newest head is kept ten minutes after the last.
func TestHeadsThatWereHandedOutAreKept(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		clock := testkit.At("2021-06-15 08:00")
		l := newLedger(t, d, clock)
		_, err := l.NewestHead(t.Context())
		refused(t, err, fault.NotFound, "iam.ledger_head_unknown")
		s := iam.Sequencer{Ledger: l, Name: "a"}
		record(t, l, 1)
		must(t, s.Catch(t.Context()))
		record(t, l, 2)
		if line, err := l.Prove(t.Context(), rowsOf(t, l)[0]); err != nil || line.State != iam.LineWaiting && line.Head.Size != 1 {
			t.Errorf("%+v %v", line, err)
		}
		waiting := rowsOf(t, l)
		for _, e := range waiting {
			if e.Seq == nil {
				if line, err := l.Prove(t.Context(), e); err != nil || line.State != iam.LineWaiting || line.Code != "" {
					t.Errorf("%+v %v", line, err)
				}
			}
		}
		clock.Move(time.Second)
		must(t, s.Catch(t.Context()))
		if h, err := l.NewestHead(t.Context()); err != nil || h.Size != 1 {
			t.Errorf("%+v %v", h, err)
		}
		line, err := l.Prove(t.Context(), rowsOf(t, l)[2])
		must(t, err)
		if line.State != iam.LineWhole || line.Head.Size != 3 {
			t.Fatalf("%+v", line)
		}
		if h, err := l.HeadAt(t.Context(), 3); err != nil || h.Note != line.Proof.Head {
			t.Errorf("the head that was handed out is not there: %v", err)
		}
		record(t, l, 1)
		must(t, s.Catch(t.Context()))
		if h, err := l.NewestHead(t.Context()); err != nil || h.Size != 3 {
			t.Errorf("%+v %v", h, err)
		}
		clock.Move(11 * time.Minute)
		must(t, s.Catch(t.Context()))
		if h, err := l.NewestHead(t.Context()); err != nil || h.Size != 4 {
			t.Errorf("the newest head was not kept in a quiet hour: %+v %v", h, err)
		}
		if r := verify(t, l); !r.Whole() || r.Heads != 4 {
			t.Errorf("%+v", r)
		}
	})
}

// Damage to rows, leaves, tree, heads and signatures is named, each by its own word, and no proof goes
// out over it.
func TestDamageIsNamed(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		clock := testkit.At("2021-06-15 08:00")
		l := newLedger(t, d, clock)
		s := iam.Sequencer{Ledger: l, Name: "a"}
		for range 3 {
			record(t, l, 3)
			must(t, s.Catch(t.Context()))
			clock.Move(11 * time.Minute)
		}
		row := rowsOf(t, l)[4]
		bad := bytes.Repeat([]byte{7}, 32)
		for _, tt := range []struct {
			what, get, set string
			at             int64
			value          any
			problem        iam.Problem
			proven         bool // the proof does not touch what is damaged
		}{
			{"row", "SELECT action FROM iam_ledger WHERE seq = $1", "UPDATE iam_ledger SET action = $2 WHERE seq = $1", 4, "test.other", iam.Problem{What: "row", Seq: 4}, false},
			{"actor", "SELECT actor_id FROM iam_ledger WHERE seq = $1", "UPDATE iam_ledger SET actor_id = $2 WHERE seq = $1", 4, bad[:16], iam.Problem{What: "row", Seq: 4}, false},
			{"leaf of the row", "SELECT hash FROM iam_ledger_node WHERE i = $1", "UPDATE iam_ledger_node SET hash = $2 WHERE i = $1", 7, bad, iam.Problem{What: "leaf", Seq: 4}, true},
			{"leaf beside it", "SELECT hash FROM iam_ledger_node WHERE i = $1", "UPDATE iam_ledger_node SET hash = $2 WHERE i = $1", 8, bad, iam.Problem{What: "leaf", Seq: 5}, false},
			{"node", "SELECT hash FROM iam_ledger_node WHERE i = $1", "UPDATE iam_ledger_node SET hash = $2 WHERE i = $1", 6, bad, iam.Problem{What: "node", Seq: 3}, false},
			{"old root", "SELECT root FROM iam_ledger_head WHERE size = $1", "UPDATE iam_ledger_head SET root = $2 WHERE size = $1", 3, bad, iam.Problem{What: "root", Seq: 3}, true},
			{"root", "SELECT root FROM iam_ledger_head WHERE size = $1", "UPDATE iam_ledger_head SET root = $2 WHERE size = $1", 9, bad, iam.Problem{What: "root", Seq: 9}, false},
			{"chain", "SELECT chain FROM iam_ledger_head WHERE size = $1", "UPDATE iam_ledger_head SET chain = $2 WHERE size = $1", 6, bad, iam.Problem{What: "chain", Seq: 6}, true},
			{"signature", "SELECT sig FROM iam_ledger_head WHERE size = $1", "UPDATE iam_ledger_head SET sig = $2 WHERE size = $1", 9, append(bad, bad...), iam.Problem{What: "signature", Seq: 9}, false},
			{"key", "SELECT key FROM iam_ledger_head WHERE size = $1", "UPDATE iam_ledger_head SET key = $2 WHERE size = $1", 9, bad[:8], iam.Problem{What: "key", Seq: 9}, false},
			{"time of a head", "SELECT at FROM iam_ledger_head WHERE size = $1", "UPDATE iam_ledger_head SET at = $2 WHERE size = $1", 6, int64(1600000000000000), iam.Problem{What: "signature", Seq: 6}, true},
		} {
			var old any
			must(t, d.Read(t.Context()).QueryRow(tt.get, tt.at).Scan(&old))
			put := func(v any) {
				must(t, d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec(tt.set, tt.at, v); return err }))
			}
			put(tt.value)
			r := verify(t, l)
			if !slices.Contains(r.Problems, tt.problem) {
				t.Errorf("%s: %+v", tt.what, r.Problems)
			}
			e, err := l.Entry(t.Context(), "test.thing", row.ObjectID, row.ID)
			must(t, err)
			line, err := l.Prove(t.Context(), e)
			must(t, err)
			if (line.State == iam.LineWhole) != tt.proven || line.State == iam.LineAltered && len(line.Proof.Path) > 0 {
				t.Errorf("%s: the row is %s", tt.what, line.State)
			}
			put(old)
		}
		if r := verify(t, l); !r.Whole() {
			t.Fatalf("the test did not undo its work: %+v", r.Problems)
		}
		must(t, d.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec("DELETE FROM iam_ledger_node WHERE i IN (4, 8)"); return err }))
		if line, err := l.Prove(t.Context(), row); err != nil || line.State != iam.LineAltered {
			t.Errorf("without a hash: %s %v", line.State, err)
		}
		_, err := l.Consistency(t.Context(), 3, 9)
		refused(t, err, fault.Conflict, "iam.ledger_altered")
	})
}

func TestMilestone(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		clock := testkit.At("2021-06-15 08:00")
		l := newLedger(t, d, clock)
		of := id.ID{9}
		act := func(action string) {
			clock.Move(time.Second)
			must(t, d.Write(t.Context(), func(tx *db.Tx) error { return l.Record(tx, actor.System("x"), action, "thing", of, nil) }))
		}
		_, err := l.Milestone(t.Context(), "thing", of, 0, "b", "a")
		refused(t, err, fault.NotFound, "iam.ledger_row_unknown")
		act("a")
		act("c")
		first, err := l.Milestone(t.Context(), "thing", of, 60*time.Millisecond, "b", "a")
		if err != nil || first.Action != "a" || first.Seq != nil {
			t.Errorf("%+v %v", first, err)
		}
		if code, err := l.CodeOf(t.Context(), first); code != "" || err != nil {
			t.Errorf("a row without a place has the code %q, %v", code, err)
		}
		act("b")
		if e, err := l.Milestone(t.Context(), "thing", of, 0, "b", "a"); err != nil || e.Action != "b" {
			t.Errorf("%+v %v", e, err)
		}
		_, err = l.Entry(t.Context(), "thing", id.ID{8}, first.ID)
		refused(t, err, fault.NotFound, "iam.ledger_row_unknown")
		_, err = l.Entry(t.Context(), "other", of, first.ID)
		refused(t, err, fault.NotFound, "iam.ledger_row_unknown")
	})
}

// Proofs are handed out while rows come in and sequencers work.
func TestConcurrentProofs(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		clock := testkit.At("2021-06-15 08:00")
		l := newLedger(t, d, clock)
		record(t, l, 1)
		s := iam.Sequencer{Ledger: l, Name: "a"}
		must(t, s.Catch(t.Context()))
		var work sync.WaitGroup
		for range 2 {
			work.Go(func() { record(t, l, 30) })
		}
		work.Go(func() {
			for range 20 {
				if err := s.Catch(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
		for range 3 {
			work.Go(func() {
				for range 20 {
					es, _, err := l.List(t.Context(), auditor, iam.LedgerFilter{Limit: 5})
					if err != nil {
						t.Error(err)
						return
					}
					for _, e := range es {
						if line, err := l.Prove(t.Context(), e); err != nil || line.State == iam.LineAltered {
							t.Errorf("%s %v", line.State, err)
						}
					}
				}
			})
		}
		work.Wait()
		must(t, s.Catch(t.Context()))
		if r := verify(t, l); !r.Whole() || r.Rows != 61 {
			t.Errorf("%+v", r)
		}
	})
}

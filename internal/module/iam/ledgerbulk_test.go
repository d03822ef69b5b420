package iam_test

import (
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

// past returns n acts of a year before the clock, with contents that can be asked for again.
func past(clock *testkit.Clock, n int) []iam.PastAct {
	out := make([]iam.PastAct, n)
	for i := range out {
		at := clock.Now().AddDate(-1, 0, 0).Add(time.Duration(i) * time.Minute)
		out[i] = iam.PastAct{At: db.Micros(at), Who: actor.Staff, Account: id.ID{7}, Action: "test.past", Object: "test.thing",
			ObjectID: id.ID{9, byte(i), byte(i >> 8)}, Content: []byte(`{"n":1}`)}
		if i%3 == 0 {
			out[i].Account = id.ID{}
		}
	}
	return out
}

// Whatever lies before, between and after, batches of the past continue the one chain and tree,
// and what waits for its place gets it behind them.
func TestPastActsContinueTheLedger(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		clock := testkit.At("2021-06-15 08:00")
		l := newLedger(t, d, clock)
		s := iam.Sequencer{Ledger: l, Name: "live"}
		total := 0
		write := func(n int) {
			b := l.Past(past(clock, n))
			for {
				err := d.Write(t.Context(), func(tx *db.Tx) error { return l.RecordPast(tx, "import", b) })
				if fault.KindOf(err) == fault.Unavailable {
					clock.Move(11 * time.Second) // the other's lease ends
					continue
				}
				must(t, err)
				break
			}
			must(t, d.Write(t.Context(), func(tx *db.Tx) error { return l.ReleasePast(tx, "import") }))
			total += n
		}
		rapid.Check(t, func(rt *rapid.T) {
			for range rapid.IntRange(1, 4).Draw(rt, "rounds") {
				if n := rapid.IntRange(0, 9).Draw(rt, "live"); n > 0 {
					record(t, l, n)
					total += n
					if rapid.Bool().Draw(rt, "sequenced before") {
						must(t, s.Catch(t.Context()))
					}
				}
				write(rapid.IntRange(0, 150).Draw(rt, "past"))
			}
		})
		clock.Move(11 * time.Second)
		must(t, s.Catch(t.Context()))
		r := verify(t, l)
		if !r.Whole() || r.Rows != int64(total) || r.Pending != 0 {
			t.Fatalf("%d rows written: %+v", total, r)
		}
		list, err := l.ByObject(t.Context(), "test.thing", id.ID{9})
		must(t, err)
		if len(list) == 0 || !l.Matches(list[0], map[string]any{"n": 1}) || l.Matches(list[0], map[string]any{"n": 2}) {
			t.Errorf("the content of a past act does not prove itself: %d rows", len(list))
		}
	})
}

// While another process numbers rows, nothing of a batch is written.
func TestPastActsWaitForTheLease(t *testing.T) {
	d := testkit.SQLite(t)
	clock := testkit.At("2021-06-15 08:00")
	l := newLedger(t, d, clock)
	record(t, l, 1)
	must(t, (&iam.Sequencer{Ledger: l, Name: "live"}).Catch(t.Context()))
	b := l.Past(past(clock, 5))
	err := d.Write(t.Context(), func(tx *db.Tx) error { return l.RecordPast(tx, "import", b) })
	if fault.KindOf(err) != fault.Unavailable {
		t.Fatalf("written beside the sequencer: %v", err)
	}
	if r := verify(t, l); r.Rows != 1 || r.Pending != 0 {
		t.Errorf("something of it is there: %+v", r)
	}
}

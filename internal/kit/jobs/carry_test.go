package jobs_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/jobs"
	"lienthong/internal/kit/testkit"
)

// Jobs that had not ended are taken up by the other engine's queue, and run there.
func TestCarry(t *testing.T) {
	t.Parallel()
	for _, way := range [][2]func(testing.TB) *db.DB{{testkit.SQLite, testkit.Postgres}, {testkit.Postgres, testkit.SQLite}} {
		from, to := way[0](t), way[1](t)
		t.Run(string(from.Engine()), func(t *testing.T) {
			a, b := client(t, from, time.Now), client(t, to, time.Now)
			later := time.Date(2031, 5, 6, 7, 8, 9, 123_000_000, time.UTC)
			err := from.Write(t.Context(), func(tx *db.Tx) error {
				if err := a.Insert(tx, mail{"Đỗ <now>"}, nil); err != nil {
					return err
				}
				return a.Insert(tx, mail{"later"}, &river.InsertOpts{ScheduledAt: later, Priority: 3, MaxAttempts: 7, Queue: "slow"})
			})
			if err != nil {
				t.Fatal(err)
			}
			list, err := jobs.Unfinished(from.Read(t.Context()))
			if err != nil || len(list) != 2 {
				t.Fatalf("%v, %v", list, err)
			}
			if w := list[1]; w.At != later.UnixMicro() || w.Priority != 3 || w.MaxAttempts != 7 || w.Queue != "slow" || w.Kind != "test_mail" {
				t.Errorf("carried as %+v", w)
			}
			if err := to.Write(t.Context(), func(tx *db.Tx) error { return b.Carry(t.Context(), tx, list) }); err != nil {
				t.Fatal(err)
			}
			again, err := jobs.Unfinished(to.Read(t.Context()))
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range [][]jobs.Waiting{list, again} { // white space and escapes are the engine's own
				for i := range l {
					var v mail
					if err := json.Unmarshal(l[i].Args, &v); err != nil {
						t.Fatal(err)
					}
					l[i].Args = json.RawMessage(v.To)
				}
			}
			// SQLite keeps the moment of a job to the millisecond, and rounds.
			if off := again[0].At - list[0].At; off < -1000 || off > 1000 {
				t.Errorf("the moment moved by %d µs", off)
			}
			again[0].At = list[0].At
			if diff := cmp.Diff(list, again); diff != "" {
				t.Error(diff)
			}
			var got seen
			jobs.Handle(b, func(_ context.Context, job *river.Job[mail]) error { got.add(job.Args.To); return nil })
			start(t, b)
			until(t, "the job that was due", func() bool { return got.copy()["Đỗ <now>"] == 1 })
		})
	}
}

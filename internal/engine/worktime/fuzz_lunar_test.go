package worktime

import (
	"testing"
	"time"

	"lienthong/internal/kit/civil"
)

// Any lunar date is refused or is a day that turns back into it; any day has one.
func FuzzLunar(f *testing.F) {
	f.Add(2026, 1, 1, false, int32(20000))
	f.Add(2020, 4, 30, true, int32(-25567))
	f.Add(1899, 12, 31, false, int32(84005))
	f.Add(-5, 0, 99, true, int32(1<<30))
	f.Fuzz(func(t *testing.T, y, m, d int, leap bool, day int32) {
		want := Lunar{Year: y, Month: m, Day: d, Leap: leap}
		if x, ok := FromLunar(want); ok {
			if got, ok := ToLunar(x); !ok || got != want {
				t.Fatalf("%+v is %s, which is %+v", want, x, got)
			}
		}
		x := civil.Date(day)
		l, ok := ToLunar(x)
		if !ok {
			return
		}
		if l.Month < 1 || l.Month > 12 || l.Day < 1 || l.Day > 30 {
			t.Fatalf("%s is %+v", x, l)
		}
		if back, ok := FromLunar(l); !ok || back != x {
			t.Fatalf("%s is %+v, which is %s", x, l, back)
		}
	})
}

// A step's date never comes before its budget has run, and a warning never after the date.
func FuzzStepDue(f *testing.F) {
	f.Add(int64(1_795_000_000), 480, int64(3600), int64(90_000), 120)
	f.Add(int64(0), 1, int64(0), int64(0), 1)
	f.Add(int64(-2_000_000_000), 30000, int64(-5), int64(1<<40), 28800)
	c, err := New(Config{Days: swaps()}, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, from int64, budget int, pause, resume int64, warn int) {
		start := time.Unix(from%(1<<33), 0)
		budget, warn = budget%100000, warn%100000
		ledger := []Entry{{Kind: Receive, At: start}, {Kind: Pause, At: start.Add(time.Duration(pause % (1 << 28) * int64(time.Second))), Reason: Held},
			{Kind: Resume, At: start.Add(time.Duration(resume % (1 << 28) * int64(time.Second))), Reason: Held}}
		due, standing := c.StepDue(start, budget, DefaultRules(), ledger)
		if budget <= 0 {
			if !due.IsZero() || standing {
				t.Fatalf("no budget, and due %s", due)
			}
			return
		}
		if standing != due.IsZero() {
			t.Fatalf("standing %v, due %s", standing, due)
		}
		if !standing && minuteOf(due) < lastMinute() && c.Between(start, due) < budget {
			t.Fatalf("%d minutes from %s are over at %s", budget, start, due)
		}
		if at := c.Before(due, warn); at.After(due) {
			t.Fatalf("warned at %s of %s", at, due)
		}
	})
}

package worktime

import (
	"testing"

	"pgregory.net/rapid"

	"lienthong/internal/kit/civil"
)

// A step waits as its dossier does, for the reasons the rule set knows.
func TestStepDue(t *testing.T) {
	c := newCalendar(t, Config{}, nil)
	ledger := func(list ...Entry) []Entry {
		return append([]Entry{{Kind: Receive, At: at("2026-11-20 08:00")}}, list...)
	}
	for _, x := range []struct {
		name   string
		ledger []Entry
		want   string // empty: standing
	}{
		{"nothing happened", ledger(), "2026-11-23 15:00"},
		{"paused and resumed", ledger(Entry{Kind: Pause, At: at("2026-11-23 10:00"), Reason: Held},
			Entry{Kind: Resume, At: at("2026-11-25 10:00")}), "2026-11-25 15:00"},
		{"stands", ledger(Entry{Kind: Pause, At: at("2026-11-23 10:00"), Reason: Held}), ""},
		{"was over before the pause", ledger(Entry{Kind: Pause, At: at("2026-11-25 10:00"), Reason: Held}), "2026-11-23 15:00"},
		{"one of two reasons gone", ledger(Entry{Kind: Pause, At: at("2026-11-23 10:00"), Reason: Held}, Entry{Kind: Pause, At: at("2026-11-23 11:00"), Reason: Payment},
			Entry{Kind: Resume, At: at("2026-11-23 14:00"), Reason: Held}), ""},
		{"a reason that stops nothing", ledger(Entry{Kind: Pause, At: at("2026-11-23 10:00"), Reason: OtherAgency}), "2026-11-23 15:00"},
		{"a pause before the step", ledger(Entry{Kind: Pause, At: at("2026-11-20 09:00"), Reason: Held}, Entry{Kind: Resume, At: at("2026-11-20 14:00")}), "2026-11-23 15:00"},
	} {
		r := DefaultRules()
		r.PauseReasons = []string{Supplement, Payment, Held}
		due, standing := c.StepDue(at("2026-11-20 15:00"), 480, r, x.ledger)
		if standing != (x.want == "") || x.want != "" && !due.Equal(at(x.want)) {
			t.Errorf("%s: due %s, standing %v; want %s", x.name, due, standing, x.want)
		}
	}
	if due, standing := c.StepDue(at("2026-11-20 15:00"), 0, DefaultRules(), nil); !due.IsZero() || standing {
		t.Errorf("no budget: %s, %v", due, standing)
	}
}

// From the warning on exactly the asked-for time is left, and a minute later less.
func TestBefore(t *testing.T) {
	c := newCalendar(t, Config{Days: swaps()}, nil)
	if got := c.Before(at("2026-11-26 17:00"), 480); !got.Equal(at("2026-11-26 07:30")) {
		t.Errorf("a day before the end of Thursday: %s", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		due := instant(minute(civil.Must("2026-02-01"))*minutesPerDay + int64(rapid.IntRange(0, 300*1440).Draw(t, "due")))
		n := rapid.IntRange(1, 20000).Draw(t, "n")
		m := minuteOf(c.Before(due, n))
		if c.between(m, minuteOf(due)) < n || c.between(m+1, minuteOf(due)) >= n {
			t.Fatalf("%d before %s is %s", n, due, instant(m))
		}
	})
}

// What a decree leaves in doubt is counted as before, through several decrees and in any order.
func TestComplete(t *testing.T) {
	sets := Complete([]Rules{
		{Key: "c", From: civil.Must("2025-07-01"), SameDayCutoff: 840, Unknown: []string{"max_extensions", "restart_reasons"}},
		{Key: "a", From: civil.Must("2018-06-21"), SameDayCutoff: 900, MaxExtensions: 2, Unknown: []string{"extension_notice"}},
		{Key: "b", From: civil.Must("2021-12-06"), SameDayCutoff: 900, RestartReasons: []string{Supplement}, Unknown: []string{"max_extensions"}},
	})
	by := map[string]Rules{}
	for _, s := range sets {
		by[s.Key] = s
	}
	if c := by["c"]; c.MaxExtensions != 2 || len(c.RestartReasons) != 1 || c.SameDayCutoff != 840 || len(c.Unknown) != 2 {
		t.Errorf("the newest: %+v", c)
	}
	if a := by["a"]; a.ExtensionNotice != DefaultRules().ExtensionNotice || a.MaxExtensions != 2 {
		t.Errorf("the oldest: %+v", a)
	}
	if err := (&Rules{Unknown: []string{"from"}}).Check(); err == nil {
		t.Error("a field that cannot be unknown was taken")
	}
}

// The account names every day from the receipt to the due date once, with what became of it.
func TestEveryDayIsTold(t *testing.T) {
	c := newCalendar(t, Config{Days: swaps()}, nil)
	rapid.Check(t, func(t *rapid.T) {
		from := instant(minute(civil.Must("2026-01-01"))*minutesPerDay + int64(rapid.IntRange(0, 330*1440).Draw(t, "received")))
		term := Term{rapid.IntRange(1, 40).Draw(t, "n"), rapid.SampledFrom([]Unit{WorkingDay, SameDay, WorkingHour}).Draw(t, "unit")}
		if term.Unit == SameDay {
			term.N = 1
		}
		r, err := Compute(c, term, DefaultRules(), []Entry{{Kind: Receive, At: from}})
		if err != nil {
			t.Fatal(err)
		}
		told := map[civil.Date]int{}
		for _, s := range r.Steps {
			switch s.Kind {
			case StepReceiptDay, StepCounted, StepSkipped:
				for d := s.Date; d <= s.To; d++ {
					told[d]++
				}
			}
		}
		first, last := civil.From(r.Received), civil.From(r.Due)
		if term.Unit != WorkingDay {
			first++ // of the day of receipt an hour may be left, or none
		}
		for d := first; d <= last; d++ {
			if told[d] != 1 {
				t.Fatalf("%s is told %d times: %+v", d, told[d], r.Steps)
			}
		}
	})
}

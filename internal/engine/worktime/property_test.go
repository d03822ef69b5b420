package worktime

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func drawTerm(t *rapid.T) Term {
	return rapid.SampledFrom([]Term{{1, SameDay}, {4, WorkingHour}, {30, WorkingHour}, {1, WorkingDay}, {3, WorkingDay}, {20, WorkingDay},
		{1, CalendarDay}, {10, CalendarDay}, {2, CalendarWeek}, {1, CalendarMonth}}).Draw(t, "term")
}

func drawRules(t *rapid.T) Rules {
	r := DefaultRules()
	r.CountReceiptDay = rapid.Bool().Draw(t, "count receipt day")
	r.AfterHoursNext = rapid.Bool().Draw(t, "after hours next")
	r.EndAtClose = rapid.Bool().Draw(t, "end at close")
	r.MoveEnd = rapid.Bool().Draw(t, "move end")
	return r
}

// drawLedger draws a receipt and pauses after it, and returns the instants of the pauses too.
func drawLedger(t *rapid.T, pauses int) []Entry {
	now := drawTime(t, "receive")
	out := []Entry{{Kind: Receive, At: now}}
	for range rapid.IntRange(0, pauses).Draw(t, "pauses") {
		now = now.Add(time.Duration(rapid.IntRange(0, 6000).Draw(t, "runs")) * time.Minute)
		out = append(out, Entry{Kind: Pause, At: now, Reason: Supplement})
		now = now.Add(time.Duration(rapid.IntRange(0, 9000).Draw(t, "stands")) * time.Minute)
		out = append(out, Entry{Kind: Resume, At: now, Reason: Supplement})
	}
	return out
}

func dueOf(t *rapid.T, c *Calendar, term Term, r Rules, l []Entry) time.Time {
	got, err := Compute(c, term, r, l)
	if err != nil {
		t.Fatalf("%v: %v", l, err)
	}
	if got.Due.IsZero() {
		t.Fatalf("no due date for %v", l)
	}
	return got.Due
}

func TestPauseLaws(t *testing.T) {
	calendars := []*Calendar{newCalendar(t, Config{Days: swaps()}, nil), odd(t)}
	rapid.Check(t, func(t *rapid.T) {
		c := calendars[rapid.IntRange(0, 1).Draw(t, "calendar")]
		term, r := drawTerm(t), drawRules(t)
		l := drawLedger(t, 3)
		due := dueOf(t, c, term, r, l)
		last := l[len(l)-1].At
		from := last.Add(time.Duration(rapid.IntRange(0, 20000).Draw(t, "from")) * time.Minute)
		with := func(stops ...time.Time) time.Time {
			out := slices.Clone(l)
			for i, at := range stops {
				out = append(out, Entry{Kind: []EntryKind{Pause, Resume}[i%2], At: at, Reason: Payment})
			}
			return dueOf(t, c, term, r, out)
		}
		if got := with(from, from); !got.Equal(due) {
			t.Fatalf("a pause of no length at %s moves %s to %s", from, due, got)
		}
		mid := from.Add(time.Duration(rapid.IntRange(0, 9000).Draw(t, "length")) * time.Minute)
		to := mid.Add(time.Duration(rapid.IntRange(0, 9000).Draw(t, "more")) * time.Minute)
		short, long := with(from, mid), with(from, to)
		if short.Before(due) || long.Before(short) {
			t.Fatalf("due %s, with a pause %s, with a longer one %s", due, short, long)
		}
		if got := with(from, mid, mid, to); !got.Equal(long) {
			t.Fatalf("one pause gives %s, the same in two parts %s", long, got)
		}
		if term.Unit.office() && r.EndAtClose && from.Before(due) {
			begun, _ := Compute(c, term, r, l)
			lost := c.Between(latest(from, begun.Started), latest(to, begun.Started))
			if got := c.Between(due, long); got != lost {
				t.Fatalf("a pause of %d office minutes moves the end by %d", lost, got)
			}
		}
	})
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func TestReceiptLater(t *testing.T) {
	calendars := []*Calendar{newCalendar(t, Config{Days: swaps()}, nil), odd(t)}
	rapid.Check(t, func(t *rapid.T) {
		c := calendars[rapid.IntRange(0, 1).Draw(t, "calendar")]
		term, r := drawTerm(t), drawRules(t)
		a := drawTime(t, "a")
		b := a.Add(time.Duration(rapid.IntRange(0, 9000).Draw(t, "later")) * time.Minute)
		if x, y := dueOf(t, c, term, r, []Entry{{Kind: Receive, At: a}}), dueOf(t, c, term, r, []Entry{{Kind: Receive, At: b}}); y.Before(x) {
			t.Fatalf("received later, due earlier: %s, %s", x, y)
		}
	})
}

// TestAccountAddsUp checks that the steps tell the truth: what is counted sums to the budget, days come
// in order, none is told twice, and the account ends at the due date.
func TestAccountAddsUp(t *testing.T) {
	calendars := []*Calendar{newCalendar(t, Config{Days: swaps()}, nil), odd(t)}
	rapid.Check(t, func(t *rapid.T) {
		c := calendars[rapid.IntRange(0, 1).Draw(t, "calendar")]
		term, r := drawTerm(t), drawRules(t)
		l := drawLedger(t, 4)
		r.PauseReasons = []string{Supplement, Payment}
		now := l[len(l)-1].At
		for _, e := range []Entry{
			{Kind: Pause, Reason: OtherAgency}, {Kind: Extend, Term: &Term{2, CalendarDay}}, {Kind: Resume, Reason: OtherAgency},
			{Kind: Pause, Reason: Payment}, {Kind: Resume, Reason: Payment},
		} {
			if rapid.Bool().Draw(t, "drop the rest") {
				break
			}
			now = now.Add(time.Duration(rapid.IntRange(0, 6000).Draw(t, "then")) * time.Minute)
			e.At = now
			l = append(l, e)
		}
		got, err := Compute(c, term, r, l)
		if err != nil {
			t.Fatal(err)
		}
		if got.Due.IsZero() {
			return // paused
		}
		sum, dues := 0, 0
		for _, s := range got.Steps {
			switch s.Kind {
			case StepCounted:
				if term.Unit.office() {
					sum += s.Minutes
				} else {
					sum += s.Days
				}
				if s.To < s.Date {
					t.Fatalf("counted from %s to %s", s.Date, s.To)
				}
			case StepSkipped:
				for d := s.Date; d <= s.To; d++ {
					if info := c.Day(d); info.Minutes != 0 || info.Kind != s.Day || info.Name != s.Name {
						t.Fatalf("%s told as %s %q, is %+v", d, s.Day, s.Name, info)
					}
				}
			case StepDue:
				dues++
				if !s.At.Equal(got.Due) {
					t.Fatalf("account says due %s, result %s", s.At, got.Due)
				}
			}
		}
		if sum != got.Budget || dues != 1 {
			t.Fatalf("account counts %d of %d and has %d ends", sum, got.Budget, dues)
		}
		b, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		var back Result
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got, back, cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); diff != "" {
			t.Fatal(diff)
		}
		for _, lang := range []string{"vi", "en"} {
			short, lines := Explain(got, lang)
			if short == "" || len(lines) != len(got.Steps) || slices.Contains(lines, "") {
				t.Fatalf("explained as %q, %q", short, lines)
			}
		}
	})
}

package worktime

import (
	"strings"
	"testing"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
)

// ledger reads "receive 2026-11-20 10:00; pause supplement 2026-11-23 10:00; …".
func ledger(s string) []Entry {
	var out []Entry
	for line := range strings.SplitSeq(s, ";") {
		f := strings.Fields(line)
		e := Entry{Kind: EntryKind(f[0]), At: at(f[len(f)-2] + " " + f[len(f)-1])}
		if len(f) == 4 {
			e.Reason = f[1]
		}
		out = append(out, e)
	}
	return out
}

func withTerm(l []Entry, i int, t Term) []Entry {
	l[i].Term = &t
	return l
}

func TestDueDates(t *testing.T) {
	plain := newCalendar(t, Config{}, nil)
	swapped := newCalendar(t, Config{Days: swaps()}, nil)
	week := DefaultWeek()
	for d := range week {
		if len(week[d]) > 0 {
			week[d] = []Span{{450, 690}, {810, 1020}} // 7½ hours
		}
	}
	week[6] = []Span{{450, 690}}
	short := newCalendar(t, Config{Week: week, Days: []Day{{Date: *day("2026-11-25"), Kind: HalfDay}}}, plain)

	rules := func(edit func(*Rules)) Rules {
		r := DefaultRules()
		edit(&r)
		return r
	}
	std := DefaultRules()
	arrival := rules(func(r *Rules) { r.AfterHoursNext = false })
	first := rules(func(r *Rules) { r.CountReceiptDay = true })
	midnight := rules(func(r *Rules) { r.EndAtClose = false })
	fixed := rules(func(r *Rules) { r.MoveEnd = false })
	restart := rules(func(r *Rules) { r.RestartReasons = []string{Supplement} })
	only := rules(func(r *Rules) { r.PauseReasons = []string{Supplement} })

	for _, tc := range []struct {
		name   string
		c      *Calendar
		r      Rules
		term   Term
		ledger string
		want   string // due, or "" when unknown
	}{
		{"holiday between", plain, std, Term{3, WorkingDay}, "receive 2026-11-20 10:00", "2026-11-26 17:00"},
		{"early on the day", plain, std, Term{3, WorkingDay}, "receive 2026-11-20 07:30", "2026-11-26 17:00"},
		{"before opening", plain, std, Term{1, WorkingDay}, "receive 2026-11-20 06:00", "2026-11-23 17:00"},
		{"lunch", plain, std, Term{1, WorkingDay}, "receive 2026-11-20 12:00", "2026-11-23 17:00"},
		{"after closing", plain, std, Term{1, WorkingDay}, "receive 2026-11-20 17:00", "2026-11-25 17:00"},
		{"on a Saturday", plain, std, Term{1, WorkingDay}, "receive 2026-11-21 09:00", "2026-11-25 17:00"},
		{"on a Saturday, day of arrival", plain, arrival, Term{1, WorkingDay}, "receive 2026-11-21 09:00", "2026-11-23 17:00"},
		{"after closing, day of arrival", plain, arrival, Term{1, WorkingDay}, "receive 2026-11-20 19:00", "2026-11-23 17:00"},
		{"receipt day counted", plain, first, Term{3, WorkingDay}, "receive 2026-11-20 10:00", "2026-11-25 17:00"},
		{"until midnight", plain, midnight, Term{3, WorkingDay}, "receive 2026-11-20 10:00", "2026-11-27 00:00"},
		{"worked Saturday counts", swapped, std, Term{2, WorkingDay}, "receive 2026-08-20 10:00", "2026-08-22 17:00"},
		{"swapped day does not", swapped, std, Term{2, WorkingDay}, "receive 2026-08-28 10:00", "2026-09-04 17:00"},
		{"over Tết", swapped, std, Term{1, WorkingDay}, "receive 2026-02-13 10:00", "2026-02-23 17:00"},
		{"days of 7½ hours", short, std, Term{2, WorkingDay}, "receive 2026-12-07 10:00", "2026-12-09 17:00"},
		{"a half Saturday is half a day", short, std, Term{1, WorkingDay}, "receive 2026-11-20 10:00", "2026-11-23 11:30"},
		{"two half days", short, std, Term{2, WorkingDay}, "receive 2026-11-20 10:00", "2026-11-25 11:30"},

		{"hours", plain, std, Term{4, WorkingHour}, "receive 2026-11-20 15:00", "2026-11-23 09:30"},
		{"hours from lunch", plain, std, Term{8, WorkingHour}, "receive 2026-11-20 12:10", "2026-11-23 11:30"},
		{"hours from the evening", plain, std, Term{8, WorkingHour}, "receive 2026-11-20 21:00", "2026-11-23 17:00"},

		{"same day", plain, std, Term{1, SameDay}, "receive 2026-11-20 07:31", "2026-11-20 17:00"},
		{"same day at 15:00", plain, std, Term{1, SameDay}, "receive 2026-11-20 15:00", "2026-11-20 17:00"},
		{"same day after 15:00", plain, std, Term{1, SameDay}, "receive 2026-11-20 15:01", "2026-11-23 17:00"},
		{"same day in the evening", plain, std, Term{1, SameDay}, "receive 2026-11-20 18:00", "2026-11-23 17:00"},
		{"same day, Sunday", plain, std, Term{1, SameDay}, "receive 2026-11-22 16:00", "2026-11-23 17:00"},
		{"same day, Sunday, day of arrival", plain, arrival, Term{1, SameDay}, "receive 2026-11-22 09:00", "2026-11-23 17:00"},
		{"same day paused", plain, std, Term{1, SameDay}, "receive 2026-11-20 09:00; pause payment 2026-11-20 10:00; resume 2026-11-20 14:00", "2026-11-23 10:00"},

		{"days", plain, std, Term{10, CalendarDay}, "receive 2026-11-02 10:00", "2026-11-12 17:00"},
		{"days ending on Saturday", plain, std, Term{10, CalendarDay}, "receive 2026-08-19 10:00", "2026-08-31 17:00"},
		{"days ending before a swapped day", swapped, std, Term{10, CalendarDay}, "receive 2026-08-19 10:00", "2026-09-03 17:00"},
		{"days, end not moved", plain, fixed, Term{10, CalendarDay}, "receive 2026-08-19 10:00", "2026-08-30 00:00"},
		{"days until midnight", plain, midnight, Term{10, CalendarDay}, "receive 2026-11-02 10:00", "2026-11-13 00:00"},
		{"days, receipt counted", plain, first, Term{10, CalendarDay}, "receive 2026-11-02 10:00", "2026-11-11 17:00"},
		{"weeks", plain, std, Term{2, CalendarWeek}, "receive 2026-11-02 10:00", "2026-11-16 17:00"},
		{"month", plain, std, Term{1, CalendarMonth}, "receive 2027-01-29 10:00", "2027-03-01 17:00"},
		{"months to a shorter one", plain, std, Term{3, CalendarMonth}, "receive 2027-03-31 10:00", "2027-06-30 17:00"},
		{"days paused", plain, std, Term{10, CalendarDay}, "receive 2026-11-02 10:00; pause 2026-11-05 16:00; resume 2026-11-09 08:00", "2026-11-16 17:00"},
		{"days paused within a day", plain, std, Term{10, CalendarDay}, "receive 2026-11-02 10:00; pause 2026-11-05 08:00; resume 2026-11-05 16:00", "2026-11-12 17:00"},
		{"days paused on the last day", plain, std, Term{10, CalendarDay}, "receive 2026-11-02 10:00; pause 2026-11-12 08:00; resume 2026-11-13 16:00", "2026-11-13 17:00"},
		{"days resumed after hours on the last day", plain, std, Term{10, CalendarDay}, "receive 2026-11-02 10:00; pause 2026-11-12 08:00; resume 2026-11-12 18:00", "2026-11-13 17:00"},
		{"days paused at the end", plain, std, Term{10, CalendarDay}, "receive 2026-11-02 10:00; pause 2026-11-12 17:00; resume 2026-11-16 10:00", "2026-11-12 17:00"},
		{"days paused in the weekend after the last day", plain, std, Term{10, CalendarDay}, "receive 2026-08-19 10:00; pause 2026-08-30 10:00; resume 2026-09-04 10:00", "2026-09-04 17:00"},
		{"days paused when over", plain, std, Term{10, CalendarDay}, "receive 2026-11-02 10:00; pause 2026-11-12 18:00; resume 2026-11-20 16:00", "2026-11-12 17:00"},

		{"paused", plain, std, Term{3, WorkingDay}, "receive 2026-11-20 10:00; pause supplement 2026-11-23 10:00", ""},
		{"resumed", plain, std, Term{3, WorkingDay}, "receive 2026-11-20 10:00; pause supplement 2026-11-23 10:00; resume supplement 2026-11-25 14:00", "2026-11-30 10:00"},
		{"a pause of four hours over lunch", plain, std, Term{3, WorkingDay}, "receive 2026-12-07 10:00; pause 2026-12-08 10:00; resume 2026-12-08 14:00", "2026-12-11 10:00"},
		{"a pause at night", plain, std, Term{3, WorkingDay}, "receive 2026-12-07 10:00; pause 2026-12-08 17:00; resume 2026-12-09 07:30", "2026-12-10 17:00"},
		{"a pause before the count begins", plain, std, Term{3, WorkingDay}, "receive 2026-12-07 10:00; pause 2026-12-07 10:30; resume 2026-12-07 16:00", "2026-12-10 17:00"},
		{"a pause into the first day", plain, std, Term{3, WorkingDay}, "receive 2026-12-07 10:00; pause 2026-12-07 10:30; resume 2026-12-08 08:30", "2026-12-11 08:30"},
		{"a pause before the deemed receipt, days", plain, std, Term{10, CalendarDay}, "receive 2026-11-01 10:00; pause 2026-11-01 10:30; resume 2026-11-01 11:00", "2026-11-12 17:00"},
		{"two reasons", plain, std, Term{3, WorkingDay},
			"receive 2026-12-07 10:00; pause supplement 2026-12-08 07:30; pause payment 2026-12-08 10:00; resume supplement 2026-12-08 14:00; resume payment 2026-12-09 07:30", "2026-12-11 17:00"},
		{"one of two reasons", plain, std, Term{3, WorkingDay},
			"receive 2026-12-07 10:00; pause supplement 2026-12-08 07:30; pause payment 2026-12-08 10:00; resume supplement 2026-12-08 14:00", ""},
		{"both at once", plain, std, Term{3, WorkingDay},
			"receive 2026-12-07 10:00; pause supplement 2026-12-08 07:30; pause payment 2026-12-08 10:00; resume 2026-12-09 07:30", "2026-12-11 17:00"},
		{"a reason that does not count", plain, only, Term{3, WorkingDay},
			"receive 2026-12-07 10:00; pause other_agency 2026-12-08 07:30; resume other_agency 2026-12-09 07:30", "2026-12-10 17:00"},
		{"restart after supplement", plain, restart, Term{3, WorkingDay},
			"receive 2026-12-07 10:00; pause supplement 2026-12-08 16:00; resume supplement 2026-12-14 10:00", "2026-12-17 17:00"},
		{"but not after payment", plain, restart, Term{3, WorkingDay},
			"receive 2026-12-07 10:00; pause payment 2026-12-08 16:00; resume payment 2026-12-14 16:00", "2026-12-16 17:00"},
		{"nor when it was over", plain, restart, Term{3, WorkingDay},
			"receive 2026-12-07 10:00; pause supplement 2026-12-14 16:00; resume supplement 2026-12-15 10:00", "2026-12-10 17:00"},
		{"restart said outright", plain, std, Term{3, WorkingDay}, "receive 2026-12-07 10:00; restart 2026-12-14 10:00", "2026-12-17 17:00"},
		{"paused when over", plain, std, Term{3, WorkingDay}, "receive 2026-12-07 10:00; pause 2026-12-14 10:00", "2026-12-10 17:00"},
		{"stopped during a pause", plain, std, Term{3, WorkingDay}, "receive 2026-12-07 10:00; pause 2026-12-08 07:30; stop 2026-12-14 07:30", "2026-12-16 17:00"},
		{"stopped early", plain, std, Term{3, WorkingDay}, "receive 2026-12-07 10:00; stop 2026-12-08 07:30", "2026-12-10 17:00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Compute(tc.c, tc.term, tc.r, ledger(tc.ledger))
			if err != nil {
				t.Fatal(err)
			}
			due := ""
			if !got.Due.IsZero() {
				due = got.Due.Format("2006-01-02 15:04")
			}
			if due != tc.want {
				t.Errorf("due %q, want %q", due, tc.want)
			}
			if fast, err := Due(tc.c, tc.term, tc.r, ledger(tc.ledger)); err != nil || !fast.Due.Equal(got.Due) || fast.Steps != nil {
				t.Errorf("Due gives %s, %v", fast.Due, err)
			}
		})
	}
}

func TestExtensions(t *testing.T) {
	c := newCalendar(t, Config{}, nil)
	for _, tc := range []struct {
		name   string
		term   Term
		ledger string
		more   Term
		want   string
		late   bool
	}{
		{"working days", Term{3, WorkingDay}, "receive 2026-12-07 10:00; extend 2026-12-08 09:00", Term{2, WorkingDay}, "2026-12-14 17:00", false},
		{"on the last day", Term{3, WorkingDay}, "receive 2026-12-07 10:00; extend 2026-12-10 09:00", Term{2, WorkingDay}, "2026-12-14 17:00", true},
		{"when over", Term{3, WorkingDay}, "receive 2026-12-07 10:00; extend 2026-12-11 09:00", Term{2, WorkingDay}, "2026-12-14 17:00", true},
		{"hours", Term{3, WorkingDay}, "receive 2026-12-07 10:00; extend 2026-12-08 09:00", Term{4, WorkingHour}, "2026-12-11 11:30", false},
		{"days on working days", Term{3, WorkingDay}, "receive 2026-12-07 10:00; extend 2026-12-08 09:00", Term{2, CalendarDay}, "2026-12-14 17:00", false},
		{"while paused", Term{3, WorkingDay}, "receive 2026-12-07 10:00; pause 2026-12-08 07:30; extend 2026-12-08 09:00; resume 2026-12-09 07:30", Term{2, WorkingDay}, "2026-12-15 17:00", false},
		{"then paused", Term{3, WorkingDay}, "receive 2026-12-07 10:00; extend 2026-12-08 09:00; pause 2026-12-09 07:30; resume 2026-12-09 08:30", Term{2, WorkingDay}, "2026-12-15 08:30", false},
		{"days on days", Term{10, CalendarDay}, "receive 2026-11-02 10:00; extend 2026-11-03 10:00", Term{5, CalendarDay}, "2026-11-17 17:00", false},
		{"days on an end that was moved", Term{10, CalendarDay}, "receive 2026-08-19 10:00; extend 2026-08-20 10:00", Term{3, CalendarDay}, "2026-09-03 17:00", false},
		{"working days on days", Term{10, CalendarDay}, "receive 2026-11-02 10:00; extend 2026-11-03 10:00", Term{2, WorkingDay}, "2026-11-16 17:00", false},
		{"days while paused", Term{10, CalendarDay}, "receive 2026-11-02 10:00; pause 2026-11-03 10:00; extend 2026-11-04 10:00; resume 2026-11-05 10:00", Term{3, CalendarDay}, "2026-11-17 17:00", false},
		{"days when over", Term{10, CalendarDay}, "receive 2026-11-02 10:00; extend 2026-11-16 10:00", Term{5, CalendarDay}, "2026-11-17 17:00", true},
		{"month on days", Term{10, CalendarDay}, "receive 2026-11-02 10:00; extend 2026-11-03 10:00", Term{1, CalendarMonth}, "2026-12-14 17:00", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := ledger(tc.ledger)
			for i := range l {
				if l[i].Kind == Extend {
					l[i].Term = &tc.more
				}
			}
			got, err := Compute(c, tc.term, DefaultRules(), l)
			if err != nil {
				t.Fatal(err)
			}
			if due := got.Due.Format("2006-01-02 15:04"); due != tc.want {
				t.Errorf("due %s, want %s", due, tc.want)
			}
			for _, s := range got.Steps {
				if s.Kind == StepExtended && s.Late != tc.late {
					t.Errorf("extension late: %v", s.Late)
				}
			}
			if got.Extensions != 1 {
				t.Errorf("%d extensions", got.Extensions)
			}
		})
	}
	twice := withTerm(withTerm(ledger("receive 2026-12-07 10:00; extend 2026-12-08 09:00; extend 2026-12-08 10:00"), 1, Term{1, WorkingDay}), 2, Term{1, WorkingDay})
	if _, err := Compute(c, Term{3, WorkingDay}, DefaultRules(), twice); fault.As(err) == nil || fault.As(err).Key != "worktime.extension.limit" {
		t.Errorf("a second extension: %v", err)
	}
}

func TestResult(t *testing.T) {
	c := newCalendar(t, Config{}, nil)
	r := DefaultRules()
	for _, tc := range []struct {
		name, ledger string
		term         Term
		state        State
		budget, used int
		late         bool
		lateMinutes  int
	}{
		{"running", "receive 2026-12-07 10:00", Term{3, WorkingDay}, Running, 1440, 0, false, 0},
		{"paused", "receive 2026-12-07 10:00; pause 2026-12-08 10:00", Term{3, WorkingDay}, Paused, 1440, 150, false, 0},
		{"in time", "receive 2026-12-07 10:00; stop 2026-12-10 17:00", Term{3, WorkingDay}, Stopped, 1440, 1440, false, 0},
		{"in the evening", "receive 2026-12-07 10:00; stop 2026-12-10 18:00", Term{3, WorkingDay}, Stopped, 1440, 1440, true, 0},
		{"late", "receive 2026-12-07 10:00; stop 2026-12-11 08:30", Term{3, WorkingDay}, Stopped, 1440, 1500, true, 60},
		{"withdrawn while paused", "receive 2026-12-07 10:00; pause 2026-12-08 10:00; stop 2026-12-30 10:00", Term{3, WorkingDay}, Stopped, 1440, 150, false, 0},
		{"days", "receive 2026-11-02 10:00; stop 2026-11-12 10:00", Term{10, CalendarDay}, Stopped, 10, 10, false, 0},
		{"days late", "receive 2026-11-02 10:00; stop 2026-11-13 17:00", Term{10, CalendarDay}, Stopped, 10, 11, true, 480},
	} {
		got, err := Compute(c, tc.term, r, ledger(tc.ledger))
		if err != nil {
			t.Fatal(err)
		}
		if got.State != tc.state || got.Budget != tc.budget || got.Used != tc.used || got.Late != tc.late || got.LateMinutes != tc.lateMinutes {
			t.Errorf("%s: %s budget %d used %d late %v %d", tc.name, got.State, got.Budget, got.Used, got.Late, got.LateMinutes)
		}
	}
	if got, err := Compute(c, Term{3, WorkingDay}, r, nil); err != nil || got.State != NotStarted || !got.Due.IsZero() {
		t.Errorf("empty ledger: %+v, %v", got, err)
	}
}

func TestLedgersRefused(t *testing.T) {
	c := newCalendar(t, Config{}, nil)
	for _, tc := range []struct{ ledger, key string }{
		{"pause 2026-12-07 10:00", "worktime.ledger.receive"},
		{"receive 2026-12-07 10:00; receive 2026-12-07 11:00", "worktime.ledger.receive"},
		{"receive 2026-12-07 10:00; pause 2026-12-07 09:59", "worktime.ledger.time"},
		{"receive 2026-12-07 10:00; resume 2026-12-07 11:00", "worktime.ledger.resume"},
		{"receive 2026-12-07 10:00; pause payment 2026-12-07 11:00; resume supplement 2026-12-07 12:00", "worktime.ledger.resume"},
		{"receive 2026-12-07 10:00; pause payment 2026-12-07 11:00; pause payment 2026-12-07 12:00", "worktime.ledger.paused"},
		{"receive 2026-12-07 10:00; stop 2026-12-07 11:00; pause 2026-12-07 12:00", "worktime.ledger.stopped"},
		{"receive 2026-12-07 10:00; extend 2026-12-07 11:00", "worktime.ledger.extension"},
		{"receive 2026-12-07 10:00; finish 2026-12-07 11:00", "worktime.ledger.kind"},
		{"receive 1899-12-07 10:00", "worktime.ledger.range"},
		{"receive 2199-12-30 10:00", "worktime.horizon"},
	} {
		_, err := Compute(c, Term{3, WorkingDay}, DefaultRules(), ledger(tc.ledger))
		if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Key != tc.key {
			t.Errorf("%s: %v, want %s", tc.ledger, err, tc.key)
		}
	}
	for _, term := range []Term{{0, WorkingDay}, {-1, WorkingHour}, {1, "year"}, {2, SameDay}, {4000, CalendarDay}} {
		if _, err := Compute(c, term, DefaultRules(), ledger("receive 2026-12-07 10:00")); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%v: %v", term, err)
		}
	}
}

func TestRuleSets(t *testing.T) {
	sets, err := ParseRules([]byte(`[
		{"key":"a","from":"2018-06-21","to":"2025-06-30","same_day_cutoff":900,"count_receipt_day":false,"after_hours_next":true,"end_at_close":true,"move_end":true,"max_extensions":1,"extension_notice":480},
		{"key":"b","from":"2025-07-01","same_day_cutoff":960,"count_receipt_day":false,"after_hours_next":true,"end_at_close":true,"move_end":true,"max_extensions":2,"extension_notice":480}]`))
	if err != nil {
		t.Fatal(err)
	}
	for d, want := range map[string]string{"2018-06-21": "a", "2025-06-30": "a", "2025-07-01": "b", "2030-01-01": "b"} {
		if r, err := RulesOn(sets, civil.Must(d)); err != nil || r.Key != want {
			t.Errorf("%s: %s, %v", d, r.Key, err)
		}
	}
	if _, err := RulesOn(sets, civil.Must("2018-06-20")); fault.KindOf(err) != fault.NotFound {
		t.Errorf("before the first set: %v", err)
	}
	for _, bad := range []string{`{}`, `[{"cutoff":1}]`, `[{"from":"2018-01-01","same_day_cutoff":2000}]`, `[{"from":"2018-01-02","to":"2018-01-01"}]`} {
		if _, err := ParseRules([]byte(bad)); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

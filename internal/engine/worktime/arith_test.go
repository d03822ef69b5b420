package worktime

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"lienthong/internal/kit/civil"
)

// odd is a calendar with everything unusual in it.
func odd(t testing.TB) *Calendar {
	week := DefaultWeek()
	week[time.Saturday] = []Span{{450, 690}}
	week[time.Friday] = []Span{{450, 690}, {810, 1020}}
	return newCalendar(t, Config{
		Week: week,
		Days: append(swaps(), Day{Date: *day("2026-03-04"), Kind: HalfDay}, Day{Date: *day("2026-03-05"), Kind: Closed},
			Day{Date: *day("2026-03-08"), Kind: Open, Spans: []Span{{0, 60}, {1380, 1440}}}),
	}, nil)
}

func TestAddAndBetween(t *testing.T) {
	c := newCalendar(t, Config{}, nil)
	for _, tc := range []struct {
		from    string
		minutes int
		want    string
	}{
		{"2026-11-20 10:00", 0, "2026-11-20 10:00"},
		{"2026-11-20 10:00", 90, "2026-11-20 11:30"}, // ends when the office closes
		{"2026-11-20 10:00", 91, "2026-11-20 13:01"},
		{"2026-11-20 10:00", 330, "2026-11-20 17:00"},
		{"2026-11-20 10:00", 331, "2026-11-23 07:31"},
		{"2026-11-23 07:30", 960, "2026-11-25 17:00"}, // over the holiday of the 24th
		{"2026-11-22 03:00", 60, "2026-11-23 08:30"},
		{"2026-11-23 07:30", -1, "2026-11-20 16:59"},
		{"2026-11-23 07:30", -480, "2026-11-20 07:30"},
		{"2026-12-31 16:00", 120, "2027-01-04 08:30"},
		{"2027-01-04 08:30", -120, "2026-12-31 16:00"},
		{"2026-11-26 17:00", -960, "2026-11-25 07:30"},
	} {
		if got := c.Add(at(tc.from), tc.minutes); !got.Equal(at(tc.want)) {
			t.Errorf("Add(%s, %d) = %s, want %s", tc.from, tc.minutes, got.Format("2006-01-02 15:04"), tc.want)
		}
		if n := c.Between(at(tc.from), at(tc.want)); n != tc.minutes {
			t.Errorf("Between(%s, %s) = %d, want %d", tc.from, tc.want, n, tc.minutes)
		}
	}
	if got := c.Add(at("2199-12-31 16:00"), 1000); !got.Equal(instant(lastMinute())) {
		t.Errorf("past the end of the calendar: %s", got)
	}
	if n := c.Between(time.Time{}, time.Unix(1<<55, 0)); n <= 0 {
		t.Errorf("far instants give %d", n)
	}
}

func drawTime(t *rapid.T, name string) time.Time {
	return time.Unix(rapid.Int64Range(at("2025-11-01 00:00").Unix(), at("2027-03-01 00:00").Unix()).Draw(t, name), 0)
}

func TestArithmeticLaws(t *testing.T) {
	calendars := []*Calendar{newCalendar(t, Config{}, nil), odd(t)}
	rapid.Check(t, func(t *rapid.T) {
		c := calendars[rapid.IntRange(0, 1).Draw(t, "calendar")]
		x, y, z := drawTime(t, "x"), drawTime(t, "y"), drawTime(t, "z")
		if c.Between(x, y)+c.Between(y, z) != c.Between(x, z) {
			t.Fatal("Between is not additive")
		}
		if c.Between(x, y) != -c.Between(y, x) {
			t.Fatal("Between is not antisymmetric")
		}
		n := rapid.IntRange(-20000, 20000).Draw(t, "n")
		end := c.Add(x, n)
		if got := c.Between(x, end); got != n {
			t.Fatalf("Between(x, Add(x, %d)) = %d", n, got)
		}
		if n > 0 && c.Between(x, end.Add(-time.Minute)) != n-1 {
			t.Fatal("Add does not return the first such minute")
		}
		if n < 0 && c.Between(x, end.Add(time.Minute)) != n+1 {
			t.Fatal("Add does not return the last such minute")
		}
		m := rapid.IntRange(0, 20000).Draw(t, "m")
		if n > 0 && !c.Add(c.Add(x, n), m).Equal(c.Add(x, n+m)) {
			t.Fatal("adding in two steps differs")
		}
	})
}

// TestAgainstCounting compares the tables with counting minute by minute.
func TestAgainstCounting(t *testing.T) {
	c := odd(t)
	rapid.Check(t, func(t *rapid.T) {
		a := minuteOf(drawTime(t, "a"))
		b := a + rapid.Int64Range(0, 6*minutesPerDay).Draw(t, "length")
		n := 0
		for m := a; m < b; m++ {
			d := dateOf(m)
			for _, s := range c.Day(d).Spans {
				if i := int(m - minute(d)*minutesPerDay); s.From <= i && i < s.To {
					n++
				}
			}
		}
		if got := c.between(a, b); got != n {
			t.Fatalf("between %s and %s: %d, counted %d", instant(a), instant(b), got, n)
		}
	})
}

func TestLeft(t *testing.T) {
	c := newCalendar(t, Config{}, nil)
	for _, tc := range []struct {
		now, due string
		want     Left
		vi, en   string
	}{
		{"2026-11-20 14:00", "2026-11-25 11:30", Left{Days: 1, Hours: 7, TotalMinutes: 180 + 480 + 240}, "còn 1 ngày 7 giờ làm việc", "1 working day 7 hours left"},
		{"2026-11-23 14:00", "2026-11-25 17:00", Left{Days: 1, Hours: 3, TotalMinutes: 660}, "còn 1 ngày 3 giờ làm việc", "1 working day 3 hours left"},
		{"2026-11-23 16:15", "2026-11-23 17:00", Left{Minutes: 45, TotalMinutes: 45}, "còn 45 phút làm việc", "45 working minutes left"},
		{"2026-11-23 14:59", "2026-11-23 17:00", Left{Hours: 2, Minutes: 1, TotalMinutes: 121}, "còn 2 giờ 1 phút làm việc", "2 working hours 1 minute left"},
		{"2026-11-25 09:30", "2026-11-23 17:00", Left{Overdue: true, Hours: 2, TotalMinutes: -120}, "quá hạn 2 giờ làm việc", "overdue by 2 working hours"},
		{"2026-11-23 18:00", "2026-11-23 17:00", Left{Overdue: true}, "vừa quá hạn", "just overdue"},
		{"2026-11-23 17:00", "2026-11-23 17:00", Left{}, "đến hạn", "due now"},
		{"2026-12-10 07:40", "2026-12-08 07:30", Left{Overdue: true, Days: 2, Minutes: 10, TotalMinutes: -970}, "quá hạn 2 ngày làm việc", "overdue by 2 working days"},
	} {
		got := c.Left(at(tc.now), at(tc.due))
		if got != tc.want || Phrase(got, "vi") != tc.vi || Phrase(got, "en") != tc.en {
			t.Errorf("%s to %s: %+v %q %q, want %+v", tc.now, tc.due, got, Phrase(got, "vi"), Phrase(got, "en"), tc.want)
		}
	}
	if got := c.Left(at("2026-11-23 17:00"), time.Time{}); got != (Left{}) {
		t.Errorf("no due date: %+v", got)
	}
}

func TestMinutes(t *testing.T) {
	if firstDay() != civil.Of(FirstYear, 1, 1) || lastDay() != civil.Of(LastYear, 12, 31) {
		t.Error("the first and last day are not those of the first and last year")
	}
	for _, s := range []string{"1900-01-01 00:00", "1969-12-31 23:59", "1970-01-01 00:00", "2026-11-23 07:30", "2199-12-31 23:59"} {
		if got := instant(minuteOf(at(s).Add(59 * time.Second))); !got.Equal(at(s)) {
			t.Errorf("%s came back as %s", s, got)
		}
	}
}

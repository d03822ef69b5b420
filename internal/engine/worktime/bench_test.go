package worktime

import (
	"testing"
	"time"
)

// tenPauses is a term of 60 working days that stood still ten times.
func tenPauses() []Entry {
	now := at("2026-01-06 09:00")
	out := []Entry{{Kind: Receive, At: at("2026-01-05 10:00")}}
	for range 10 {
		out = append(out, Entry{Kind: Pause, At: now, Reason: Supplement}, Entry{Kind: Resume, At: now.Add(26 * time.Hour), Reason: Supplement})
		now = now.Add(8 * 24 * time.Hour)
	}
	return out
}

// BenchmarkDue is one due date over ten pauses; the aim is under 5 µs.
func BenchmarkDue(b *testing.B) {
	c, l, r := newCalendar(b, Config{Days: swaps()}, nil), tenPauses(), DefaultRules()
	b.ReportAllocs()
	for b.Loop() {
		if res, err := Due(c, Term{60, WorkingDay}, r, l); err != nil || res.Due.IsZero() {
			b.Fatal(res, err)
		}
	}
}

// BenchmarkCompute is the same with the account of every day.
func BenchmarkCompute(b *testing.B) {
	c, l, r := newCalendar(b, Config{Days: swaps()}, nil), tenPauses(), DefaultRules()
	b.ReportAllocs()
	for b.Loop() {
		if res, err := Compute(c, Term{60, WorkingDay}, r, l); err != nil || res.Due.IsZero() {
			b.Fatal(res, err)
		}
	}
}

// BenchmarkLeft is what a worklist does for each row.
func BenchmarkLeft(b *testing.B) {
	c := newCalendar(b, Config{}, nil)
	now, due := at("2026-11-20 10:12"), at("2027-01-26 17:00")
	for b.Loop() {
		if c.Left(now, due).TotalMinutes == 0 {
			b.Fatal("nothing left")
		}
	}
}

// BenchmarkNew is the calendar of a province, 31 years; BenchmarkChild that of one of its communes.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		newCalendar(b, Config{Days: swaps()}, nil)
	}
}

// BenchmarkChild builds a commune's calendar and the one year it is asked about.
func BenchmarkChild(b *testing.B) {
	parent := newCalendar(b, Config{Days: swaps()}, nil)
	b.ReportAllocs()
	for b.Loop() {
		newCalendar(b, Config{Days: []Day{{Date: *day("2026-09-10"), Kind: Closed}}}, parent).Day(*day("2026-09-10"))
	}
}

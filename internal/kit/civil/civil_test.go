package civil

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDates(t *testing.T) {
	d := Must("2026-11-23")
	if d.VN() != "23/11/2026" || d.Code() != "261123" || d.Weekday() != time.Monday {
		t.Errorf("got %s %s %s", d.VN(), d.Code(), d.Weekday())
	}
	if got := Must("2025-01-31").AddMonths(1); got != Must("2025-02-28") {
		t.Errorf("31/01 + 1 month = %s", got)
	}
	if From(time.Date(2026, 11, 22, 17, 30, 0, 0, time.UTC)) != d {
		t.Error("17:30 UTC is already the next day in Vietnam")
	}
	for _, bad := range []string{"2025-02-30", "25-01-01", "2025/01/01", "", "2025-1-1"} {
		if _, err := Parse(bad); err == nil {
			t.Errorf("Parse(%q) accepted", bad)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Date(rapid.Int32Range(-200000, 200000).Draw(t, "d"))
		if got, err := Parse(d.String()); err != nil || got != d {
			t.Fatalf("%s came back as %s, %v", d, got, err)
		}
		if From(d.At(0)) != d || From(d.At(1439)) != d || d.At(0).Weekday() != d.Weekday() {
			t.Fatalf("%s does not hold its own midnight and last minute", d)
		}
	})
}

package bpmn

import (
	"testing"
	"time"
)

func TestTimerDue(t *testing.T) {
	vn := time.FixedZone("+07", 7*3600)
	armed := time.Date(2026, 1, 31, 9, 30, 0, 0, vn)
	for _, x := range []struct {
		kind, text string
		round      int
		want       string
	}{
		{TimerDate, "2026-02-05", 0, "2026-02-05T00:00:00+07:00"},
		{TimerDate, "2026-02-05T08:00", 0, "2026-02-05T08:00:00+07:00"},
		{TimerDate, "2026-02-05T08:00:00Z", 0, "2026-02-05T15:00:00+07:00"},
		{TimerDate, "2020-02-05", 0, "2020-02-05T00:00:00+07:00"},
		{TimerDuration, "PT4H", 0, "2026-01-31T13:30:00+07:00"},
		{TimerDuration, "P2DT1H30M", 0, "2026-02-02T11:00:00+07:00"},
		{TimerDuration, "P2W", 0, "2026-02-14T09:30:00+07:00"},
		{TimerDuration, "P1Y", 0, "2027-01-31T09:30:00+07:00"},
		{TimerDuration, "PT0.5H", 0, "2026-01-31T10:00:00+07:00"},
		{TimerDuration, "PT1,5S", 0, "2026-01-31T09:30:01.5+07:00"},
		{TimerCycle, "R3/PT10M", 2, "2026-01-31T09:40:00+07:00"},
		{TimerCycle, "PT10M", 7, "2026-01-31T09:40:00+07:00"},
		{TimerCycle, "R3/2026-02-01T08:00/P1D", 1, "2026-02-01T08:00:00+07:00"},
		{TimerCycle, "R3/2026-02-01T08:00/P1D", 3, "2026-02-03T08:00:00+07:00"},
		{TimerCycle, "R3/P1D/2026-02-02", 1, "2026-02-01T09:30:00+07:00"},
		{TimerCycle, "R3/P1D/2026-02-01", 1, ""},
		{TimerDuration, "tomorrow", 0, ""},
		{"", "PT4H", 0, ""},
	} {
		at, ok := Timer{Kind: x.kind, Text: x.text, Round: x.round}.Due(armed, vn)
		got := ""
		if ok {
			got = at.In(vn).Format(time.RFC3339Nano)
		}
		if got != x.want {
			t.Errorf("%s %s round %d: %q, want %q", x.kind, x.text, x.round, got, x.want)
		}
		if kind := x.kind; kind != "" && x.want != "" && !validTimer(kind, x.text) {
			t.Errorf("%s %s is computed, and refused when it is read", kind, x.text)
		}
	}
}

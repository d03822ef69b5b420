package bpmn

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// instants returns the layouts of ISO 8601 in which a timer may name an instant; those without a
// zone are local.
func instants() []string {
	return []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02",
		"20060102T150405Z0700", "20060102T150405"}
}

// Due returns when a timer that is armed at the instant comes, false when it never does: a cycle
// whose end is past, or a text that is not ISO 8601. loc is the place whose dates and times of day
// texts without a zone mean. A date that is past comes at once. Years, months and days are counted
// on the calendar, so "P1M" from 31 January ends as time.AddDate has it. A cycle is counted from its own
// start, else from the instant it is armed, which for later rounds should be when the round before
// was due, so that it keeps its rhythm. Work is not looked at: the caller has the working calendar.
func (t Timer) Due(armed time.Time, loc *time.Location) (time.Time, bool) {
	switch t.Kind {
	case TimerDate:
		return instant(t.Text, loc)
	case TimerDuration:
		return addDuration(armed, t.Text, 1, loc)
	case TimerCycle:
		return t.round(armed, loc)
	}
	return time.Time{}, false
}

// round returns the next firing of a cycle.
func (t Timer) round(armed time.Time, loc *time.Location) (time.Time, bool) {
	parts := strings.Split(t.Text, "/")
	switch len(parts) {
	case 1:
		return addDuration(armed, parts[0], 1, loc)
	case 2:
		return addDuration(armed, parts[1], 1, loc)
	case 3:
		if start, ok := instant(parts[1], loc); ok { // the first firing is the start itself
			return addDuration(start, parts[2], max(t.Round, 1)-1, loc)
		}
		end, ok := instant(parts[2], loc)
		if !ok {
			return time.Time{}, false
		}
		at, ok := addDuration(armed, parts[1], 1, loc)
		return at, ok && !at.After(end)
	}
	return time.Time{}, false
}

// instant reads a date, or a date with a time, with or without zone.
func instant(text string, loc *time.Location) (time.Time, bool) {
	for _, layout := range instants() {
		if at, err := time.ParseInLocation(layout, text, loc); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// addDuration adds an ISO 8601 duration a number of times.
func addDuration(from time.Time, text string, times int, loc *time.Location) (time.Time, bool) {
	if !validDuration(text) {
		return time.Time{}, false
	}
	var years, months, days int
	var rest time.Duration
	inTime := false
	for s := text[1:]; s != ""; {
		if s[0] == 'T' {
			inTime, s = true, s[1:]
			continue
		}
		i := strings.IndexFunc(s, func(c rune) bool { return c >= 'A' && c <= 'Z' })
		if i <= 0 {
			return time.Time{}, false
		}
		n, err := strconv.ParseFloat(strings.Replace(s[:i], ",", ".", 1), 64)
		if err != nil || n > 1e6 {
			return time.Time{}, false
		}
		unit := s[i]
		s = s[i+1:]
		whole := int(n)
		part := n - math.Floor(n)
		switch {
		case unit == 'Y':
			years += whole
			months += int(math.Round(part * 12))
		case unit == 'M' && !inTime:
			months += whole
			days += int(math.Round(part * 30))
		case unit == 'W':
			days += 7 * whole
			rest += time.Duration(part * 7 * 24 * float64(time.Hour))
		case unit == 'D':
			days += whole
			rest += time.Duration(part * 24 * float64(time.Hour))
		case unit == 'H':
			rest += time.Duration(n * float64(time.Hour))
		case unit == 'M':
			rest += time.Duration(n * float64(time.Minute))
		case unit == 'S':
			rest += time.Duration(n * float64(time.Second))
		}
	}
	if times != 1 {
		years, months, days, rest = years*times, months*times, days*times, rest*time.Duration(times)
	}
	return from.In(loc).AddDate(years, months, days).Add(rest), true
}

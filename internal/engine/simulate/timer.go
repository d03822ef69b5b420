package simulate

import (
	"strconv"
	"strings"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
)

// Moment returns when a timer armed at the instant comes, in Vietnam where its text names no zone. A
// duration in working minutes is counted by the calendar, one of ISO 8601 by days and hours as they
// pass. ok is false where the text names no moment.
func Moment(t *bpmn.Timer, armed time.Time, c *worktime.Calendar) (at time.Time, ok bool) {
	if t == nil {
		return time.Time{}, false
	}
	if t.Work > 0 {
		return c.Add(armed, t.Work), true
	}
	switch t.Kind {
	case bpmn.TimerDate:
		return instant(t.Text)
	case bpmn.TimerDuration:
		return after(armed, t.Text)
	case bpmn.TimerCycle:
		parts := strings.Split(t.Text, "/")
		if strings.HasPrefix(parts[0], "R") {
			parts = parts[1:]
		}
		if len(parts) == 2 && !strings.HasPrefix(parts[0], "P") { // start and duration
			if at, ok = instant(parts[0]); !ok || t.Round <= 1 {
				return at, ok
			}
			return after(armed, parts[1])
		}
		if len(parts) > 0 {
			return after(armed, parts[0])
		}
	}
	return time.Time{}, false
}

// instant reads a date or a date with a time of ISO 8601, with or without a zone.
func instant(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", "2006-01-02T15:04",
		"2006-01-02", "20060102T150405Z0700", "20060102T150405"} {
		if t, err := time.ParseInLocation(layout, s, civil.Zone()); err == nil {
			return t.In(civil.Zone()), true
		}
	}
	return time.Time{}, false
}

// after adds a duration of ISO 8601 such as P1Y2M10DT2H30M or P2W. The engine has checked its form;
// what is not understood here is no moment.
func after(from time.Time, s string) (time.Time, bool) {
	rest, found := strings.CutPrefix(s, "P")
	if !found || rest == "" {
		return time.Time{}, false
	}
	var years, months, days int
	var clock float64 // seconds
	inTime := false
	for rest != "" {
		if rest[0] == 'T' {
			inTime, rest = true, rest[1:]
			continue
		}
		i := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != ',' })
		if i <= 0 {
			return time.Time{}, false
		}
		v, err := strconv.ParseFloat(strings.ReplaceAll(rest[:i], ",", "."), 64)
		if err != nil || v > 100000 {
			return time.Time{}, false
		}
		whole := int(v)
		switch unit := rest[i]; {
		case inTime && unit == 'H':
			clock += v * 3600
		case inTime && unit == 'M':
			clock += v * 60
		case inTime && unit == 'S':
			clock += v
		case inTime:
			return time.Time{}, false
		case unit == 'Y':
			years = whole
		case unit == 'M':
			months = whole
		case unit == 'W':
			days += whole * 7
		case unit == 'D':
			days += whole
			clock += (v - float64(whole)) * 86400
		default:
			return time.Time{}, false
		}
		rest = rest[i+1:]
	}
	return from.In(civil.Zone()).AddDate(years, months, days).Add(time.Duration(clock * float64(time.Second))), true
}

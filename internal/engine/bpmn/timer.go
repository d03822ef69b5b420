package bpmn

import (
	"strconv"
	"strings"
	"time"
)

// maxRounds bounds a cycle that repeats a number of times.
const maxRounds = 1000

// validTimer reports whether the text is what ISO 8601 and the kind of the timer ask for.
func validTimer(kind, text string) bool {
	switch kind {
	case TimerDate:
		return validInstant(text)
	case TimerDuration:
		return validDuration(text)
	case TimerCycle:
		_, ok := rounds(text)
		return ok
	}
	return false
}

// rounds returns how often a cycle fires; 0 is without end. "R3/PT10M" fires three times; a bare
// duration, as some modelers write it, repeats without end.
func rounds(text string) (int, bool) {
	if !strings.HasPrefix(text, "R") {
		return 0, validDuration(text)
	}
	parts := strings.Split(text, "/")
	n := 0
	if parts[0] != "R" {
		v, err := strconv.Atoi(parts[0][1:])
		if err != nil || v < 1 || v > maxRounds || strings.HasPrefix(parts[0], "R+") {
			return 0, false
		}
		n = v
	}
	switch len(parts) {
	case 2:
		return n, validDuration(parts[1])
	case 3: // start and duration, or duration and end
		return n, validInstant(parts[1]) && validDuration(parts[2]) || validDuration(parts[1]) && validInstant(parts[2])
	}
	return 0, false
}

// validInstant reports whether the text is a date, or a date with a time, with or without zone.
func validInstant(text string) bool {
	_, ok := instant(text, time.UTC)
	return ok
}

// validDuration reports whether the text is a duration above zero, such as P1Y2M10DT2H30M or P2W.
// The last number may have a fraction.
func validDuration(text string) bool {
	rest, ok := strings.CutPrefix(text, "P")
	if !ok || rest == "" || len(text) > 60 {
		return false
	}
	units, some := "YMWD", false
	for rest != "" {
		if rest[0] == 'T' {
			if units == "" || strings.HasSuffix(units, "S") || len(rest) == 1 {
				return false
			}
			units, rest = "HMS", rest[1:]
			continue
		}
		i, dots := 0, 0
		for i < len(rest) && (rest[i] >= '0' && rest[i] <= '9' || rest[i] == '.' || rest[i] == ',') {
			if rest[i] == '.' || rest[i] == ',' {
				dots++
			}
			i++
		}
		if i == 0 || i == len(rest) || dots > 1 || rest[i-1] == '.' || rest[i-1] == ',' || rest[0] == '.' || rest[0] == ',' {
			return false
		}
		u := strings.IndexByte(units, rest[i])
		if u < 0 || dots > 0 && i+1 < len(rest) {
			return false
		}
		some = some || strings.Trim(rest[:i], "0.,") != ""
		if units = units[u+1:]; units == "" {
			units = " "
		}
		rest = rest[i+1:]
	}
	return some
}

package worktime

import (
	"strconv"
	"strings"
	"time"
)

// Left is the office time from now to a deadline as people say it, a day being a full working day of
// the calendar (8 hours in the default week). Days, Hours and Minutes are never negative.
type Left struct {
	Overdue bool `json:"overdue"`
	Days    int  `json:"days"`
	Hours   int  `json:"hours"`
	Minutes int  `json:"minutes"`
	// TotalMinutes is the same time exactly, negative when overdue: the key to sort by.
	TotalMinutes int `json:"total_minutes"`
}

// Left returns the office time from now until due, or since due when that has passed. On the evening
// of the last day, after the office closed, it is overdue by 0 minutes. A zero due gives a zero Left.
func (c *Calendar) Left(now, due time.Time) Left {
	if due.IsZero() {
		return Left{}
	}
	a, b := minuteOf(now), minuteOf(due)
	n := c.between(a, b)
	l := Left{Overdue: a > b, TotalMinutes: n}
	n = max(n, -n)
	day := max(c.DayMinutes(due), 1)
	l.Days, l.Hours, l.Minutes = n/day, n%day/60, n%day%60
	return l
}

// Phrase says l in Vietnamese or, for lang "en", in English, in the two largest units that matter:
// "còn 1 ngày 3 giờ làm việc", "quá hạn 2 giờ làm việc", "1 working day 3 hours left". Minutes are
// told only when less than a day is meant.
func Phrase(l Left, lang string) string {
	minutes := l.Minutes
	if l.Days > 0 {
		minutes = 0
	}
	none := l.Days == 0 && l.Hours == 0 && minutes == 0
	if lang == "en" {
		switch {
		case none && l.Overdue:
			return "just overdue"
		case none:
			return "due now"
		case l.Overdue:
			return "overdue by " + amountEN(l.Days, l.Hours, minutes)
		}
		return amountEN(l.Days, l.Hours, minutes) + " left"
	}
	switch {
	case none && l.Overdue:
		return "vừa quá hạn"
	case none:
		return "đến hạn"
	case l.Overdue:
		return "quá hạn " + amountVI(l.Days, l.Hours, minutes) + " làm việc"
	}
	return "còn " + amountVI(l.Days, l.Hours, minutes) + " làm việc"
}

func amountVI(days, hours, minutes int) string {
	var p []string
	for _, u := range []struct {
		n    int
		word string
	}{{days, "ngày"}, {hours, "giờ"}, {minutes, "phút"}} {
		if u.n > 0 {
			p = append(p, strconv.Itoa(u.n)+" "+u.word)
		}
	}
	if p == nil {
		return "0 phút"
	}
	return strings.Join(p, " ")
}

// amountEN marks the first unit as working time; the following ones belong to it.
func amountEN(days, hours, minutes int) string {
	var p []string
	for _, u := range []struct {
		n    int
		word string
	}{{days, "day"}, {hours, "hour"}, {minutes, "minute"}} {
		if u.n == 0 {
			continue
		}
		word := u.word
		if p == nil {
			word = "working " + word
		}
		if u.n != 1 {
			word += "s"
		}
		p = append(p, strconv.Itoa(u.n)+" "+word)
	}
	if p == nil {
		return "0 working minutes"
	}
	return strings.Join(p, " ")
}

// Amount says office minutes in full, in Vietnamese or, for lang "en", in English, a working day
// having day of them (480 when day is not positive): "1 ngày 3 giờ 20 phút làm việc".
func Amount(minutes, day int, lang string) string { return amount(minutes, day, lang) }

// amount says office minutes in full, with the length of a working day given.
func amount(minutes, day int, lang string) string {
	if day <= 0 {
		day = 480
	}
	if lang == "en" {
		return amountEN(minutes/day, minutes%day/60, minutes%day%60)
	}
	return amountVI(minutes/day, minutes%day/60, minutes%day%60) + " làm việc"
}

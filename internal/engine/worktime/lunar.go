package worktime

import (
	"math"

	"lienthong/internal/kit/civil"
)

// Lunar is a date of the Vietnamese lunar calendar. Year is the Gregorian year in which the lunar
// year begins (Tết), Month 1 to 12, Day 1 to 30; Leap marks the second month of that number.
type Lunar struct {
	Year, Month, Day int
	Leap             bool
}

// LunarFirstYear and LunarLastYear bound the lunar years the calendar is computed for.
const (
	LunarFirstYear = 1900
	LunarLastYear  = 2199
)

// lunarMonth is one month of a lunar year and its first day.
type lunarMonth struct {
	first  civil.Date
	number int
	leap   bool
}

// lunarYear lists the months of the year that begins with Tết, and the day after the last.
type lunarYear struct {
	months []lunarMonth
	end    civil.Date
}

// The rules of the calendar, as Hồ Ngọc Đức describes them ("Thuật toán tính âm lịch"): a month
// begins on the day in Vietnam (UTC+7) that holds the new moon; month 11 is the one that holds the
// winter solstice (sun at 270°); if 13 months lie from one month 11 to the next, the first of them in
// which the sun enters no new sign of 30° is leap and repeats the number before it. China applies the
// same rules at UTC+8, which is why the two calendars sometimes differ (Tết of 1985, 2007, 2030).
// UTC+7 is applied to all years. The calendars printed before 1968 partly followed UTC+8; in 27 years
// of 1900 to 1967 a month there begins on another day or bears another number than here.

// newMoonDay returns the day in Vietnam that holds the k-th new moon.
func newMoonDay(k int) civil.Date {
	return civil.Date(math.Floor(newMoon(k) - julianUnixEpoch + 7.0/24))
}

// newMoonBy returns the number of the last new moon whose day is not after d.
func newMoonBy(d civil.Date) int {
	k := int(math.Floor((float64(d) + julianUnixEpoch - newMoonZero) / synodicMonth))
	for newMoonDay(k+1) <= d {
		k++
	}
	for newMoonDay(k) > d {
		k--
	}
	return k
}

// sunSign returns which twelfth of the sun's path, 0 to 11, it is in when the day d begins in Vietnam.
func sunSign(d civil.Date) int {
	return int(sunLongitude(float64(d)+julianUnixEpoch-7.0/24)/30) % 12
}

// month11 returns the number of the new moon that begins month 11 of the Gregorian year y.
func month11(y int) int {
	k := newMoonBy(civil.Of(y, 12, 31))
	// Sign 9 begins at the solstice. When the sun is already in it as the month begins, the
	// solstice fell into the month before.
	if sunSign(newMoonDay(k)) >= 9 {
		k--
	}
	return k
}

// newLunarYear computes the lunar year that begins with the Tết of the Gregorian year y.
func newLunarYear(y int) lunarYear {
	prev, this, next := month11(y-1), month11(y), month11(y+1)
	// Months 11 and 12 of y-1's cycle belong to the year before; so do leap months after them.
	var months []lunarMonth
	for _, m := range numberMonths(prev, this) {
		if m.number <= 10 {
			months = append(months, m)
		}
	}
	for _, m := range numberMonths(this, next) {
		if m.number >= 11 {
			months = append(months, m)
			continue
		}
		return lunarYear{months: months, end: m.first}
	}
	return lunarYear{months: months, end: newMoonDay(next)}
}

// numberMonths numbers the months from one month 11, the new moon a, up to the next, the new moon b.
func numberMonths(a, b int) []lunarMonth {
	out := make([]lunarMonth, 0, 13)
	leapLeft := b-a == 13
	number := 10
	for k := a; k < b; k++ {
		m := lunarMonth{first: newMoonDay(k)}
		if leapLeft && k > a && sunSign(m.first) == sunSign(newMoonDay(k+1)) {
			m.leap, leapLeft = true, false
		} else {
			number++
		}
		m.number = (number-1)%12 + 1
		out = append(out, m)
	}
	return out
}

// date returns the day of the given number in the month of the given number; false when the year has
// no such month or the month no such day.
func (y lunarYear) date(month, day int, leap bool) (civil.Date, bool) {
	for i, m := range y.months {
		if m.number != month || m.leap != leap {
			continue
		}
		end := y.end
		if i+1 < len(y.months) {
			end = y.months[i+1].first
		}
		d := m.first + civil.Date(day-1)
		return d, day >= 1 && d < end
	}
	return 0, false
}

// FromLunar returns the day of a lunar date; false when there is no such date or its year lies
// outside LunarFirstYear to LunarLastYear.
func FromLunar(l Lunar) (civil.Date, bool) {
	if l.Year < LunarFirstYear || l.Year > LunarLastYear {
		return 0, false
	}
	return newLunarYear(l.Year).date(l.Month, l.Day, l.Leap)
}

// ToLunar returns the lunar date of a day; false when its lunar year lies outside LunarFirstYear to
// LunarLastYear.
func ToLunar(d civil.Date) (Lunar, bool) {
	for y := d.Year(); y >= d.Year()-1; y-- {
		if y < LunarFirstYear || y > LunarLastYear {
			continue
		}
		ly := newLunarYear(y)
		if d < ly.months[0].first || d >= ly.end {
			continue
		}
		i := len(ly.months) - 1
		for d < ly.months[i].first {
			i--
		}
		m := ly.months[i]
		return Lunar{Year: y, Month: m.number, Day: int(d-m.first) + 1, Leap: m.leap}, true
	}
	return Lunar{}, false
}

// Package civil holds the one type for dates of law: a day of the Gregorian calendar as people
// in Vietnam count it (UTC+7, no daylight saving), without a time of day. In SQL it is TEXT
// YYYY-MM-DD, so that both database engines read, compare and sort it alike.
package civil

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// Zone returns Asia/Ho_Chi_Minh as a fixed offset; since 1975 the country has kept UTC+7 all year.
func Zone() *time.Location { return zone }

var zone = time.FixedZone("+07", 7*3600)

// Date is a day, counted from 1970-01-01 (day 0). The zero Date is therefore a real day; use
// the pointer or an empty string where a date may be missing.
type Date int32

// Of returns the day of the given year, month and day of the month; values outside their range
// are carried over as time.Date does.
func Of(year int, month time.Month, day int) Date {
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// From returns the day in Vietnam at the instant t.
func From(t time.Time) Date {
	s := t.Unix() + 7*3600
	d := s / 86400
	if s%86400 < 0 {
		d--
	}
	return Date(d)
}

// Parse reads YYYY-MM-DD for the years 1 to 9999. 2025-02-30 is an error, not the 2nd of March.
func Parse(s string) (Date, error) {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		return 0, fmt.Errorf("date %q is not of the form YYYY-MM-DD", s)
	}
	return Of(t.Year(), t.Month(), t.Day()), nil
}

// Must is Parse for literals in code and tests; it panics on a malformed date.
func Must(s string) Date {
	d, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

func (d Date) utc() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// YMD returns the year, month and day of the month.
func (d Date) YMD() (int, time.Month, int) { return d.utc().Date() }

// Year returns the year.
func (d Date) Year() int { return d.utc().Year() }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday {
	w := (int64(d) + 4) % 7
	if w < 0 {
		w += 7
	}
	return time.Weekday(w)
}

// At returns the instant at the given minute of the day in Vietnam.
func (d Date) At(minute int) time.Time {
	return time.Unix(int64(d)*86400-7*3600+int64(minute)*60, 0).In(zone)
}

// AddMonths returns the same day n months later, or the last day of that month if it is shorter
// (Civil Code 2015, art. 148.4 counts months so).
func (d Date) AddMonths(n int) Date {
	y, m, day := d.YMD()
	first := time.Date(y, m+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return Of(first.Year(), first.Month(), min(day, last))
}

// String returns YYYY-MM-DD.
func (d Date) String() string { return d.utc().Format("2006-01-02") }

// VN returns the date as people write it: 23/11/2026.
func (d Date) VN() string { return d.utc().Format("02/01/2006") }

// Code returns YYMMDD, the form used in dossier codes.
func (d Date) Code() string { return d.utc().Format("060102") }

// Value stores the date as TEXT.
func (d Date) Value() (driver.Value, error) { return d.String(), nil }

// Scan reads the date from TEXT.
func (d *Date) Scan(v any) error {
	switch s := v.(type) {
	case string:
		p, err := Parse(s)
		*d = p
		return err
	case []byte:
		return d.Scan(string(s))
	}
	return fmt.Errorf("date stored as %T, want text", v)
}

// MarshalText and UnmarshalText make dates readable in JSON.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD.
func (d *Date) UnmarshalText(b []byte) error {
	p, err := Parse(string(b))
	*d = p
	return err
}

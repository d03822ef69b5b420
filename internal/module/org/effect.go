package org

import (
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/id"
)

// CalendarEffect is what a change of a working calendar does to work under way, told before it is
// applied. All numbers are of dossiers that are received and not finished.
type CalendarEffect struct {
	Open     int            // count by the calendar
	Earlier  int            // would be due earlier
	Later    int            // would be due later
	Overdue  int            // of those moved, would be overdue now and are not
	ByAgency []AgencyEffect // in the order of their ids
	// Dossiers are those that move and that the asker may read, the earliest new date first, at most
	// MaxMoved; the others are only counted.
	Dossiers []MovedDossier
}

// MaxMoved is how many dossiers an effect lists.
const MaxMoved = 500

// Moved returns how many dossiers would be due at another time.
func (e CalendarEffect) Moved() int { return e.Earlier + e.Later }

// AgencyEffect is the part of an effect at one deciding agency.
type AgencyEffect struct {
	Agency      id.ID
	Open, Moved int
}

// MovedDossier is a dossier that would be due at another time.
type MovedDossier struct {
	Code      string
	Procedure string
	Agency    id.ID // that decides
	Old, New  time.Time
}

// YearsOf returns the days on which configurations are compared: this year and the next, and every
// year in which one of them has a day, a choice or a season of its own.
func YearsOf(today civil.Date, configs ...worktime.Config) (first, last civil.Date) {
	from, to := today.Year(), today.Year()+1
	take := func(y int) { from, to = min(from, y), max(to, y) }
	for i := range configs {
		for _, d := range configs[i].Days {
			take(d.Date.Year())
			if d.Swap != nil {
				take(d.Swap.Year())
			}
		}
		for _, c := range configs[i].Choices {
			take(c.Year)
		}
		for _, w := range configs[i].Weeks {
			take(w.From.Year())
			if w.To != nil {
				take(w.To.Year())
			}
		}
	}
	return civil.Of(from, 1, 1), civil.Of(to, 12, 31)
}

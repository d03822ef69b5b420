package org

import "lienthong/internal/kit/id"

// SubjectCalendarChanged announces that an agency counts its time otherwise than before.
const SubjectCalendarChanged = "org.calendar.changed.v1"

// CalendarChanged says whose working calendar was changed. Everything below the unit inherits it.
type CalendarChanged struct {
	Unit id.ID `json:"unit"`
	// Version is that of the organisation right after the change; a replica whose tree is older
	// still counts by the old calendar.
	Version int64 `json:"version"`
}

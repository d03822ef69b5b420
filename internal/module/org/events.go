package org

import "lienthong/internal/kit/id"

// SubjectCalendarChanged announces that an agency counts its time otherwise than before.
const SubjectCalendarChanged = "org.calendar.changed.v1"

// SubjectUnitMoved announces that a unit stands under another one than before.
const SubjectUnitMoved = "org.unit.moved.v1"

// UnitMoved says which unit was put elsewhere. What lies below it moved along. A move planned for a
// later day is announced when it is planned; whoever follows the tree looks again on that day.
type UnitMoved struct {
	Unit    id.ID `json:"unit"`
	Version int64 `json:"version"` // of the organisation right after the change
}

// CalendarChanged says whose working calendar was changed. Everything below the unit inherits it.
type CalendarChanged struct {
	Unit id.ID `json:"unit"`
	// Version is that of the organisation right after the change; a replica whose tree is older
	// still counts by the old calendar.
	Version int64 `json:"version"`
}

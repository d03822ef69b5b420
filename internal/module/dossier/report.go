package dossier

import (
	"context"
	"database/sql"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/i18n"
)

// Note is what has to be said beside figures of a time, because agencies or ways of counting were
// others then. Notes come with a province's data, each with its source.
type Note struct {
	From   *civil.Date `json:"from"` // the first day it is about; none for "always until then"
	To     *civil.Date `json:"to"`   // the first day it is no longer about; none for "ever since"
	Text   i18n.Text   `json:"text"`
	Source string      `json:"source"`
	Status string      `json:"status"` // verified, memory, assumed
}

// touches tells whether the note is about a day of the period.
func (n Note) touches(from, to civil.Date) bool {
	return (n.From == nil || *n.From <= to) && (n.To == nil || from < *n.To)
}

// NotesOn returns the notes to be printed beside figures of the period, in the order of the
// province's data.
func (s *Service) NotesOn(from, to civil.Date) []Note {
	var out []Note
	for _, n := range s.Notes {
		if n.touches(from, to) {
			out = append(out, n)
		}
	}
	return out
}

// FirstDay returns the first day that has figures; ok is false when there are none.
func (s *Service) FirstDay(ctx context.Context) (day civil.Date, ok bool, err error) {
	var first sql.NullString
	if err := s.DB.Read(ctx).QueryRow(`SELECT min(day) FROM dossier_day`).Scan(&first); err != nil || !first.Valid {
		return 0, false, err
	}
	day, err = civil.Parse(first.String)
	return day, err == nil, err
}

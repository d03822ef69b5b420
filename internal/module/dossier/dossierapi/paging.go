package dossierapi

import (
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/dossier"
)

// place reads where a page of a list by time begins.
func place(in rest.PageIn) (dossier.Moment, error) {
	if in.Cursor == "" {
		return dossier.Moment{}, nil
	}
	var k workKey
	if err := rest.DecodeCursor(in.Cursor, &k); err != nil {
		return dossier.Moment{}, err
	}
	after, err := parse("query.cursor", k.After)
	return dossier.Moment{At: k.At, After: after}, err
}

// placed is a line of such a list.
type placed interface{ Moment() dossier.Moment }

// paged makes a page of rows that were read with one more than the limit.
func paged[R placed, T any](rows []R, in rest.PageIn, show func(R) T) (*out[rest.PageOut[T]], error) {
	p, err := rest.Page(rows, in.Limit, func(r R) workKey {
		at := r.Moment()
		return workKey{at.At, at.After.String()}
	}, show)
	return &out[rest.PageOut[T]]{p}, err
}

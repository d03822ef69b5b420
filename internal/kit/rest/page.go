package rest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"

	"lienthong/internal/kit/fault"
)

// PageIn is embedded in the input of an operation that lists.
type PageIn struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many items at most."`
	Cursor string `query:"cursor" maxLength:"700" doc:"Where to go on: next of the page before, as it was; empty for the first page."`
}

// PageOut is the body of an operation that lists.
type PageOut[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"The cursor of the next page; missing on the last."`
}

// Page makes a page of rows that were read with a limit of limit+1: the one too many says that
// there is a next page. cursor returns the sort key of a row, which becomes the cursor; show turns
// a row into an item.
func Page[R, T, C any](rows []R, limit int, cursor func(R) C, show func(R) T) (PageOut[T], error) {
	out := PageOut[T]{Items: []T{}}
	if len(rows) > limit {
		rows = rows[:limit]
		next, err := EncodeCursor(cursor(rows[limit-1]))
		if err != nil {
			return out, err
		}
		out.Next = next
	}
	for _, r := range rows {
		out.Items = append(out.Items, show(r))
	}
	return out, nil
}

// maxCursor bounds a cursor's text; longer sort keys are a defect of the list.
const maxCursor = 700

// EncodeCursor makes a cursor of a sort key, a struct of plain values. It is not signed: it says
// where a list goes on, never what may be seen, which every page checks anew.
func EncodeCursor(key any) (string, error) {
	b, err := json.Marshal(key)
	if err != nil {
		return "", err
	}
	s := base64.RawURLEncoding.EncodeToString(b)
	if len(s) > maxCursor {
		return "", errors.New("api: the sort key is too long for a cursor")
	}
	return s, nil
}

// DecodeCursor reads a cursor into key, a pointer to the struct it was made of. Anything else than
// exactly such a struct is Invalid.
func DecodeCursor(cursor string, key any) error {
	bad := func(err error) error {
		return &fault.Error{Kind: fault.Invalid, Key: "rest.bad_cursor", Err: err,
			Fields: []fault.Field{{Path: "query.cursor", Key: "rest.bad_cursor"}}}
	}
	if len(cursor) > maxCursor {
		return bad(errors.New("too long"))
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		return bad(err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(key); err != nil {
		return bad(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return bad(errors.New("more than one value"))
	}
	if bytes.Equal(bytes.TrimSpace(b), []byte("null")) {
		return bad(errors.New("no value"))
	}
	return nil
}

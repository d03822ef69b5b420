// Package fault holds the one error type that crosses module edges. A fault says what kind of
// trouble it is (one place maps the kind to an HTTP status), which catalogue text tells a person
// about it, and which fields of the input it concerns. Anything that is not a fault is unknown
// trouble: it is answered as 500 with an id and no detail.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind sorts faults by what the caller can do about them.
type Kind int

// The kinds, from "we do not know" to "try again later".
const (
	Unknown         Kind = iota // a defect or an unexpected failure; never shown in detail
	Invalid                     // the input breaks a rule; Fields say where
	Unauthenticated             // nobody is signed in and somebody must be
	Forbidden                   // somebody is signed in and may not do this
	NotFound                    // no such thing, or none this actor may know of
	Conflict                    // the thing changed meanwhile, or its state does not allow this
	TooLarge                    // the input is larger than the limit named in Args
	TooMany                     // a rate limit; Args may hold "wait" in seconds
	Unavailable                 // something this needs is out of reach for now
)

// Field is one place of the input that breaks a rule.
type Field struct {
	Path string         // a JSON pointer such as "/child/name", or the name of a form field
	Key  string         // catalogue key of the message
	Args map[string]any // values the message names
}

// Error is a fault. Key names a text of the catalogue; Args are the values that text names.
type Error struct {
	Kind   Kind
	Key    string
	Args   map[string]any
	Fields []Field
	Err    error // the cause, for logs only
}

// New returns a fault of the kind with the catalogue key. args are pairs of name and value.
func New(kind Kind, key string, args ...any) *Error {
	return &Error{Kind: kind, Key: key, Args: Args(args...)}
}

// Wrap returns a fault with a cause that is logged and never shown.
func Wrap(err error, kind Kind, key string, args ...any) *Error {
	return &Error{Kind: kind, Key: key, Args: Args(args...), Err: err}
}

// Input returns an Invalid fault about the given fields.
func Input(key string, fields ...Field) *Error {
	return &Error{Kind: Invalid, Key: key, Fields: fields}
}

// Args makes a map of pairs of name and value; a last name without a value is dropped.
func Args(pairs ...any) map[string]any {
	if len(pairs) < 2 {
		return nil
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Key)
	for _, f := range e.Fields {
		fmt.Fprintf(&b, " [%s: %s]", f.Path, f.Key)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// As returns the fault in err's chain, or nil.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// KindOf returns the kind of the fault in err's chain, or Unknown.
func KindOf(err error) Kind {
	if e := As(err); e != nil {
		return e.Kind
	}
	return Unknown
}

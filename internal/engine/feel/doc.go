// Package feel reads and evaluates FEEL, the Friendly Enough Expression Language (OMG DMN 1.3,
// chapter 10, with S-FEEL of chapter 9 inside of it). It is pure: what an expression
// may know of the clock and of time zones is given with the Run.
//
// Numbers are exact decimals of 34 digits. Names may have blanks and signs; the longest name that is
// known wins. What has no value is null, and the Run holds a Note that tells why and where. A text
// that is no FEEL is an *Error with line and column.
//
// Every evaluation is bounded: by the length and nesting of the text, by the steps of the Run, by
// the depth of calls, by the size of strings. A Run that was cut short says so with Spent.
//
// Values are not changed once they were made; an Expr and Tests may be used by several goroutines,
// each with a Run of its own.
package feel

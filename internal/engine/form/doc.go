// Package form is the engine of electronic forms: a JSON Schema (draft 2020-12) says what the
// data must be, a small layout says on which question pages people are asked for it. The engine
// compiles the two against each other, decodes posted pages, validates, summarises in words and
// makes the canonical bytes that are stored. It renders nothing and does no I/O.
//
// # Data
//
// The data of a form is what encoding/json makes of an object: maps, slices, strings, float64 and
// bool. A field is named by a JSON pointer (RFC 6901) from the root, "/child/name"; inside a
// repeated group the index of the item is part of it, "/members/0/name". The pointer is also the
// name of the HTML input. One key is reserved: "_raw" holds, by pointer, text that somebody typed
// and that could not be read (31/02/2020), so that the page shows it again and nothing is lost.
//
//	string   text, textarea, phone, email, cccd, radio, select; dates as YYYY-MM-DD
//	number   number, money (whole đồng), year
//	bool     checkbox without options
//	[]string checkbox with options
//	object   area: {"code","name"}; the name is kept beside the code because both survive a
//	         reorganisation of the units only together
//	[]object repeated group
//
// # Layout
//
//	{"title", "source", "status", "lists": {"name": [options]}, "pages": [
//	  {"id", "title", "intro"?, "when"?, "fields": [
//	    {"path", "label", "help"?, "widget", "options"? or "list"?, "when"?, "suffix"?, "autocomplete"?,
//	     "prefill"?: a source ("account.name") or an earlier field ("/applicant/name"), "prefill_when"?,
//	     "not_before"?: another date, "ages"?: [{"min": years, "when"?}],
//	     "repeat"?: {"min", "max", "item", "fields": [paths from the item]}}]}]}
//
// Texts are {"vi", "en"}. A condition is {"path", "equals" | "in" | "present"} or one of {"not"},
// {"all"}, {"any"}; inside a repeated group "./x" names the field x of the same item.
//
// # Visibility
//
// Pages and fields may carry a condition ("when"). Conditions look only at fields that come
// earlier, and a hidden field counts as empty, so one pass in layout order decides what is
// visible. Hidden and unknown values are neither validated nor part of the canonical form; a
// draft keeps them, so that somebody who changes an answer back finds what was typed.
//
// # Required
//
// A field is required if it is visible and the schema of its parent object requires it, directly
// or through $ref, allOf, if/then/else or a dependent keyword. Everything else is optional.
//
// # Formats of strings
//
//	date          YYYY-MM-DD
//	past-date     a date that is not after the day given to Validate
//	partial-date  YYYY, YYYY-MM or YYYY-MM-DD, not after that day: old papers often know the year only
//	vn-phone      10 digits from 0, or 11 from 02 (land line); +84 is normalised on decoding
//	cccd          12 digits (identity card, personal number) or 9 (the former CMND)
//	email         as HTML reads it, without display name
//	past-year     for integers: not after the year of that day
package form

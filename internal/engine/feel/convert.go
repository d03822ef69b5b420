package feel

import (
	"encoding/json"
	"sort"
	"time"

	"lienthong/internal/kit/civil"
)

// From turns a value of Go into one of FEEL: numbers (json.Number exactly), strings, booleans,
// time.Time (a moment with its offset), civil.Date, slices and maps of these, whose entries are put
// in order of their names; values of FEEL stay as they are. ok is false for anything else and for
// what nests more than 120 deep.
func From(v any) (out Value, ok bool) { return from(v, 0) }

func from(v any, depth int) (Value, bool) {
	if depth > maxDepth {
		return nil, false
	}
	switch x := v.(type) {
	case nil, string, bool, Number, Date, Time, DateTime, Days, Months, List, *Context, *Range, *Function:
		return x, true
	case time.Time:
		return FromTime(x), true
	case civil.Date:
		d, ok := parseDate(x.String())
		return d, ok
	case []any:
		out := make(List, len(x))
		for i, e := range x {
			var ok bool
			if out[i], ok = from(e, depth+1); !ok {
				return nil, false
			}
		}
		return out, true
	case []string:
		out := make(List, len(x))
		for i, e := range x {
			out[i] = e
		}
		return out, true
	case map[string]any:
		keys := make([]string, 0, len(x))
		for k := range x {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		out := NewContext()
		for _, k := range keys {
			e, ok := from(x[k], depth+1)
			if !ok {
				return nil, false
			}
			out.Put(k, e)
		}
		return out, true
	}
	return numberOf(v)
}

// Plain turns a value of FEEL into what encoding/json writes: json.Number, string, bool, []any,
// map[string]any; days, times and durations as the texts of XML Schema, ranges and functions as
// FEEL writes them.
func Plain(v Value) any {
	switch x := v.(type) {
	case nil, string, bool:
		return x
	case Number:
		return json.Number(NewRun(time.Time{}, nil).plain(x))
	case List:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = Plain(e)
		}
		return out
	case *Context:
		out := make(map[string]any, x.Len())
		for _, k := range x.keys {
			out[k] = Plain(x.vals[k])
		}
		return out
	}
	return NewRun(time.Time{}, nil).Text(v)
}

// Read reads a text as a value of a built-in type: what a person types into a field, or what an
// XML document says. ok is false when the text is none.
func (r *Run) Read(text, typ string) (v Value, ok bool) {
	switch typ {
	case "number":
		n, ok := ParseNumber(text)
		return n, ok
	case "boolean":
		return text == "true" || text == "1", text == "true" || text == "false" || text == "1" || text == "0"
	case "date":
		d, ok := parseDate(text)
		return d, ok
	case "time":
		t, ok := r.parseTime(text)
		return t, ok
	case "date and time":
		t, ok := r.parseDateTime(text)
		return t, ok
	case "days and time duration", "years and months duration", "duration":
		v := parseDuration(text)
		return v, v != nil && (typ == "duration" || TypeName(v) == typ)
	}
	return text, true
}

package worktime

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
)

const (
	minutesPerDay = 24 * 60
	maxSpans      = 8 // per day; more is a mistake in the data
)

// Span is a stretch of office time within one day: minutes after midnight in Vietnam, From included,
// To not, 0 <= From < To <= 1440. In JSON it reads "07:30-11:30"; {"from":450,"to":690} is accepted.
type Span struct{ From, To int }

// String returns the span as "07:30-11:30".
func (s Span) String() string { return clock(s.From) + "-" + clock(s.To) }

func clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// MarshalText writes the span as "07:30-11:30".
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads "07:30-11:30"; "24:00" is the end of the day.
func (s *Span) UnmarshalText(b []byte) error {
	t := string(b)
	if len(t) != 11 || t[5] != '-' {
		return fmt.Errorf("office hours %q are not of the form 07:30-11:30", t)
	}
	from, err := parseClock(t[:5])
	if err != nil {
		return err
	}
	to, err := parseClock(t[6:])
	if err != nil {
		return err
	}
	*s = Span{from, to}
	return nil
}

// UnmarshalJSON reads either form of a span.
func (s *Span) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		type plain Span
		return strict(b, (*plain)(s))
	}
	var t string
	if err := json.Unmarshal(b, &t); err != nil {
		return err
	}
	return s.UnmarshalText([]byte(t))
}

func parseClock(t string) (int, error) {
	digit := func(i int) bool { return t[i] >= '0' && t[i] <= '9' }
	if len(t) != 5 || t[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4) {
		return 0, fmt.Errorf("time of day %q is not of the form HH:MM", t)
	}
	h, _ := strconv.Atoi(t[:2])
	m, _ := strconv.Atoi(t[3:])
	if m > 59 || h*60+m > minutesPerDay {
		return 0, fmt.Errorf("time of day %q is past the end of the hour or the day", t)
	}
	return h*60 + m, nil
}

// Week is the office hours of each weekday, indexed by time.Weekday; a day without spans is a day of
// weekly rest. In JSON it is an object with the keys sun, mon, tue, wed, thu, fri, sat.
type Week [7][]Span

// DefaultWeek returns the usual office week: Monday to Friday, 07:30–11:30 and 13:00–17:00, 8 hours.
func DefaultWeek() Week {
	var w Week
	for d := time.Monday; d <= time.Friday; d++ {
		w[d] = []Span{{7*60 + 30, 11*60 + 30}, {13 * 60, 17 * 60}}
	}
	return w
}

// IsZero reports whether no day has any office hours, which in a Config means "inherit".
func (w Week) IsZero() bool {
	for _, s := range w {
		if len(s) > 0 {
			return false
		}
	}
	return true
}

// longest returns the spans of the day with the most minutes; of equals the first from Monday on.
func (w Week) longest() []Span {
	var best []Span
	for i := range 7 {
		if s := w[(i+1)%7]; total(s) > total(best) {
			best = s
		}
	}
	return best
}

func total(spans []Span) int {
	n := 0
	for _, s := range spans {
		n += s.To - s.From
	}
	return n
}

func weekdayKeys() [7]string {
	return [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
}

// MarshalJSON writes the days that have office hours, Monday first.
func (w Week) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	keys := weekdayKeys()
	for i := range 7 {
		d := (i + 1) % 7
		if len(w[d]) == 0 {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		spans, err := json.Marshal(w[d])
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%q:%s", keys[d], spans)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads the object form.
func (w *Week) UnmarshalJSON(b []byte) error {
	var m map[string][]Span
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	var out Week
	for i, key := range weekdayKeys() {
		if s := m[key]; len(s) > 0 {
			out[i] = s
		}
		delete(m, key)
	}
	for key := range m {
		return fmt.Errorf("%q is not a day of the week", key)
	}
	*w = out
	return nil
}

// DatedWeek is a week in force from a day on, such as summer hours. To is its last day, or nil while
// no end is known. Of several in force on one day the one that began last decides.
type DatedWeek struct {
	From   civil.Date  `json:"from"`
	To     *civil.Date `json:"to,omitempty"`
	Week   Week        `json:"week"`
	Name   string      `json:"name,omitempty"`
	Source string      `json:"source,omitempty"` // the decision that sets these hours
}

func checkSpans(path string, spans []Span) []fault.Field {
	if len(spans) > maxSpans {
		return []fault.Field{{Path: path, Key: "worktime.spans.many", Args: fault.Args("max", maxSpans)}}
	}
	end := -1
	for i, s := range spans {
		if s.From < 0 || s.To > minutesPerDay || s.From >= s.To || s.From <= end {
			// Spans that only touch are refused too: one span says the same, and the lunch
			// break is how a half day is found.
			return []fault.Field{{Path: fmt.Sprintf("%s/%d", path, i), Key: "worktime.spans.order"}}
		}
		end = s.To
	}
	return nil
}

func checkWeek(path string, w Week) []fault.Field {
	var out []fault.Field
	for i, key := range weekdayKeys() {
		out = append(out, checkSpans(path+"/"+key, w[i])...)
	}
	return out
}

// strict decodes one JSON value, refusing unknown names and anything after it.
func strict(b []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if dec.More() {
		return fmt.Errorf("text after the end of the JSON value")
	}
	return nil
}

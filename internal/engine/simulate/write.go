package simulate

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
)

// A walk as text is fields between full stops: "1", the channel, the minute of submission, its data,
// then act, token, argument, data and minute of every choice. Minutes count from 1970 to base 36; text
// keeps letters, digits, "_" and "-" and writes every other byte as "~" and two digits to base 16. So
// it travels in an address without being escaped again.
const (
	walkFormat   = "1"
	maxWalkBytes = 16 << 10
	maxDataBytes = 1000
	headFields   = 4
	choiceFields = 5
)

// String writes the walk so that ParseWalk reads it.
func (w *Walk) String() string {
	var b strings.Builder
	field := func(s string) {
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(s)
	}
	moment := func(t time.Time) string {
		m := t.Unix() / 60
		if t.Unix() < 0 {
			m = 0
		}
		return strconv.FormatInt(m, 36)
	}
	field(walkFormat)
	field(strconv.Itoa(w.Channel))
	field(moment(w.Submitted))
	field(escape(w.Data))
	for i := range w.Choices {
		c := &w.Choices[i]
		field(escape(string(c.Act)))
		field(strconv.Itoa(c.Token))
		field(escape(c.Arg))
		field(escape(c.Data))
		field(moment(c.At))
	}
	return b.String()
}

// ParseWalk reads what String wrote. Errors are faults of kind Invalid or TooLarge; whether the choices
// can be carried out is seen when the walk is played.
func ParseWalk(s string) (Walk, error) {
	if len(s) > maxWalkBytes {
		return Walk{}, fault.New(fault.TooLarge, "simulate.walk.size", "max", maxWalkBytes)
	}
	bad := fault.New(fault.Invalid, "simulate.walk.syntax")
	f := strings.Split(s, ".")
	if len(f) < headFields || (len(f)-headFields)%choiceFields != 0 || f[0] != walkFormat {
		return Walk{}, bad
	}
	r := reader{ok: true}
	w := Walk{Channel: r.number(f[1]), Submitted: r.moment(f[2]), Data: r.text(f[3])}
	for f = f[headFields:]; len(f) > 0 && r.ok; f = f[choiceFields:] {
		w.Choices = append(w.Choices, Choice{Act: Act(r.text(f[0])), Token: r.number(f[1]), Arg: r.text(f[2]), Data: r.text(f[3]), At: r.moment(f[4])})
	}
	if !r.ok {
		return Walk{}, bad
	}
	if err := w.Check(); err != nil {
		return Walk{}, err
	}
	return w, nil
}

// reader reads fields and remembers whether all were well-formed.
type reader struct{ ok bool }

func (r *reader) number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 1<<30 || strconv.Itoa(n) != s {
		r.ok = false
	}
	return n
}

func (r *reader) moment(s string) time.Time {
	n, err := strconv.ParseInt(s, 36, 64)
	if err != nil || n < 0 || n > 1<<32 || strconv.FormatInt(n, 36) != s {
		r.ok = false
		return time.Time{}
	}
	return time.Unix(n*60, 0).In(civil.Zone())
}

func (r *reader) text(s string) string {
	out, ok := unescape(s)
	r.ok = r.ok && ok
	return out
}

func plain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

const hexDigits = "0123456789abcdef"

func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; plain(c) {
			b.WriteByte(c)
		} else {
			b.WriteByte('~')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String()
}

func unescape(s string) (string, bool) {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case plain(c):
			out = append(out, c)
		case c == '~' && i+2 < len(s):
			hi, lo := strings.IndexByte(hexDigits, s[i+1]), strings.IndexByte(hexDigits, s[i+2])
			if hi < 0 || lo < 0 || plain(byte(hi<<4|lo)) {
				return "", false // one way only to write a text
			}
			out = append(out, byte(hi<<4|lo))
			i += 2
		default:
			return "", false
		}
	}
	return string(out), utf8.Valid(out)
}

// ParseData reads variables as people write them: "phí = 8000; gấp = true; loại = cấp mới", one of a
// line or between semicolons. A name before which nothing stands ("= 8000") is the result of a service
// or decision. Values are read as JSON where they are JSON, else as text; a value left out removes the
// variable. The error is an Invalid fault.
func ParseData(s string) (map[string]any, error) {
	if len(s) > maxDataBytes || !utf8.ValidString(s) {
		return nil, fault.New(fault.TooLarge, "simulate.data.size", "max", maxDataBytes)
	}
	var out map[string]any
	for _, line := range strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == '\n' || r == '\r' }) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !found || strings.ContainsAny(name, " .\"'()") {
			return nil, fault.New(fault.Invalid, "simulate.data.line", "line", line)
		}
		if out == nil {
			out = map[string]any{}
		}
		var v any
		switch {
		case value == "":
			out[name] = nil
		case json.Unmarshal([]byte(value), &v) == nil:
			out[name] = v
		default:
			out[name] = value
		}
	}
	return out, nil
}

// usesVars reports whether a condition names a variable.
func usesVars(condition string) bool { return strings.Contains(condition, "vars.") }

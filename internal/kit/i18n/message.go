package i18n

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"lienthong/internal/kit/civil"
)

// message is a parsed text: literal parts and named values in turn.
type message struct {
	source string
	parts  []part
	names  []string // the values it names, sorted, without repeats
}

type part struct {
	lit        string // used if name is empty
	name       string
	plural     bool
	one, other string
}

// parse reads a text of the catalogue.
func parse(s string) (message, error) {
	m := message{source: s}
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			m.parts = append(m.parts, part{lit: lit.String()})
			lit.Reset()
		}
	}
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "{{"), strings.HasPrefix(s[i:], "}}"):
			lit.WriteByte(s[i])
			i++
		case s[i] == '}':
			return m, errors.New("a closing brace without an opening one")
		case s[i] != '{':
			lit.WriteByte(s[i])
		default:
			end := strings.IndexByte(s[i:], '}')
			if end < 0 {
				return m, errors.New("an opening brace without a closing one")
			}
			p, err := parseValue(s[i+1 : i+end])
			if err != nil {
				return m, err
			}
			flush()
			m.parts = append(m.parts, p)
			if !slices.Contains(m.names, p.name) {
				m.names = append(m.names, p.name)
			}
			i += end
		}
	}
	flush()
	slices.Sort(m.names)
	return m, nil
}

// parseValue reads what stands between braces: "name" or "name, one:… other:…".
func parseValue(s string) (part, error) {
	name, rest, plural := strings.Cut(s, ",")
	p := part{name: strings.TrimSpace(name), plural: plural}
	if p.name == "" || strings.ContainsAny(p.name, " {}:") {
		return p, fmt.Errorf("%q is not the name of a value", name)
	}
	if !plural {
		return p, nil
	}
	rest, ok := strings.CutPrefix(strings.TrimSpace(rest), "one:")
	if !ok {
		return p, fmt.Errorf("{%s} must read {name, one:… other:…}", s)
	}
	p.one, p.other, ok = strings.Cut(rest, " other:")
	if !ok || strings.TrimSpace(p.other) == "" {
		return p, fmt.Errorf("{%s} lacks other:", s)
	}
	return p, nil
}

func (m message) render(lang string, args []any) string {
	if len(m.parts) == 0 {
		return ""
	}
	if len(m.parts) == 1 && m.parts[0].name == "" {
		return m.parts[0].lit
	}
	var b strings.Builder
	for _, p := range m.parts {
		if p.name == "" {
			b.WriteString(p.lit)
			continue
		}
		v, ok := lookup(args, p.name)
		switch {
		case !ok:
			b.WriteString("{" + p.name + "}") // visible, so that the mistake is found
		case p.plural:
			words := p.other
			if lang == EN && isOne(v) {
				words = p.one
			}
			b.WriteString(strings.ReplaceAll(words, "#", Value(lang, v)))
		default:
			b.WriteString(Value(lang, v))
		}
	}
	return b.String()
}

func lookup(args []any, name string) (any, bool) {
	if len(args) == 1 {
		m, _ := args[0].(map[string]any)
		v, ok := m[name]
		return v, ok
	}
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1], true
		}
	}
	return nil, false
}

func isOne(v any) bool {
	switch n := v.(type) {
	case int:
		return n == 1
	case int64:
		return n == 1
	case float64:
		return n == 1
	case string:
		return n == "1"
	}
	return false
}

// Value returns v as the language writes it inside a text: numbers with their separators, dates of
// law and instants (in Vietnam) by their digits or names, texts in two languages by the language.
func Value(lang string, v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case int:
		return number(lang, float64(x), 0)
	case int32:
		return number(lang, float64(x), 0)
	case int64:
		return integer(lang, x)
	case float64:
		return number(lang, x, -1)
	case civil.Date:
		return DateIn(lang, x)
	case time.Time:
		return DateTimeIn(lang, x)
	case interface{ In(lang string) string }:
		return x.In(lang)
	case map[string]string:
		return Pick(lang, x[VI], x[EN])
	case fmt.Stringer:
		return x.String()
	case error:
		return "" // causes are for logs, never for people
	}
	return fmt.Sprint(v)
}

// Words joins the items as a list in a sentence: "a, b và c", "a, b and c".
func Words(ctx context.Context, items ...string) string {
	and := Pick(Lang(ctx), " và ", " and ")
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + and + items[len(items)-1]
}

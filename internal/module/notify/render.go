package notify

import (
	"slices"
	"strings"

	"lienthong/internal/kit/fault"
)

// A template is text with the names of values in braces, {code}. A stretch in square brackets is
// left out as a whole if a value named in it is empty: "[Hẹn trả: {due}.]". A brace or bracket that
// is meant as such is doubled. Values are put in as they are and never read as templates.

// span is a piece of a parsed template: literal text, a value, or an optional stretch.
type span struct {
	lit  string
	name string
	opt  []span
}

// maxOptional bounds how many optional stretches a template has; they do not nest.
const maxOptional = 50

// parseTemplate reads a template. The fault names the catalogue key and the piece in question.
func parseTemplate(s string) ([]span, *fault.Field) {
	var out, inner []span
	var lit strings.Builder
	in, stretches := false, 0
	add := func(p span) {
		if in {
			inner = append(inner, p)
		} else {
			out = append(out, p)
		}
	}
	flush := func() {
		if lit.Len() > 0 {
			add(span{lit: lit.String()})
			lit.Reset()
		}
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if strings.IndexByte("{}[]", c) >= 0 && i+1 < len(s) && s[i+1] == c {
			lit.WriteByte(c)
			i++
			continue
		}
		switch c {
		case '{':
			end := strings.IndexByte(s[i:], '}')
			if end < 0 {
				return nil, &fault.Field{Key: "notify.template.open_brace"}
			}
			name := strings.TrimSpace(s[i+1 : i+end])
			if name == "" {
				return nil, &fault.Field{Key: "notify.template.unknown_value", Args: fault.Args("value", "{}")}
			}
			flush()
			add(span{name: name})
			i += end
		case '[':
			if in {
				return nil, &fault.Field{Key: "notify.template.nested"}
			}
			if stretches++; stretches > maxOptional {
				return nil, &fault.Field{Key: "notify.template.too_complex"}
			}
			flush()
			in = true
		case ']':
			if !in {
				return nil, &fault.Field{Key: "notify.template.bracket"}
			}
			flush()
			in = false
			out = append(out, span{opt: inner})
			inner = nil
		case '}':
			return nil, &fault.Field{Key: "notify.template.brace"}
		default:
			lit.WriteByte(c)
		}
	}
	flush()
	if in {
		return nil, &fault.Field{Key: "notify.template.bracket"}
	}
	return out, nil
}

// names returns the names a template uses, sorted, each once.
func names(spans []span) []string {
	var out []string
	for _, p := range spans {
		switch {
		case p.opt != nil:
			out = append(out, names(p.opt)...)
		case p.name != "":
			out = append(out, p.name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// render puts the values in. A name without a value becomes nothing, and takes the optional
// stretch around it away; lines left empty by that are taken out as well.
func render(spans []span, values map[string]string) string {
	var b strings.Builder
	for _, p := range spans {
		switch {
		case p.opt != nil:
			if filled(p.opt, values) {
				b.WriteString(render(p.opt, values))
			}
		case p.name != "":
			b.WriteString(values[p.name])
		default:
			b.WriteString(p.lit)
		}
	}
	return b.String()
}

func filled(spans []span, values map[string]string) bool {
	return !slices.ContainsFunc(spans, func(p span) bool { return p.name != "" && values[p.name] == "" })
}

// tidy takes away white space at the ends of lines and more than one empty line in a row, which
// stretches that were left out leave behind.
func tidy(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r", ""), "\n")
	var out []string
	for _, l := range lines {
		l = strings.TrimRight(l, " \t")
		if l == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, l)
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

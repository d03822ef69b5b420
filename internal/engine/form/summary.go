package form

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"lienthong/internal/kit/fault"
)

// Summary says the visible answers in words, for the page where people check them, the receipt and
// the officials: option labels instead of values, dates as dd/mm/yyyy, numbers with separators.
// There is a section for each page with answers and one for each item of a repeated group.
// Optional questions without an answer are left out; required ones appear as Missing.
func (f *Form) Summary(data map[string]any, lang string) []Section {
	a := f.answers(data, toCheck)
	need := map[string]bool{}
	required(f.schema, a.root, "", need)
	var out []Section
	for _, p := range a.pages {
		s := Section{Title: p.title.In(lang), PageID: p.id}
		var groups []Section
		for _, e := range p.entries {
			if e.f.kind == kindRepeat {
				groups = append(groups, e.sections(need, lang)...)
				if len(e.items) > 0 {
					continue
				}
			}
			if l, ok := e.line(need, lang); ok {
				s.Items = append(s.Items, l)
			}
		}
		if len(s.Items) > 0 {
			out = append(out, s)
		}
		out = append(out, groups...)
	}
	return out
}

// sections says the items of a repeated group.
func (e *entry) sections(need map[string]bool, lang string) []Section {
	var out []Section
	for i, it := range e.items {
		s := Section{Title: fmt.Sprintf("%s %d", e.f.item.In(lang), i+1), PageID: e.page.id}
		for _, sub := range it.entries {
			if l, ok := sub.line(need, lang); ok {
				s.Items = append(s.Items, l)
			}
		}
		if len(s.Items) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// line says one answer; false if there is nothing to say.
func (e *entry) line(need map[string]bool, lang string) (Line, bool) {
	l := Line{Label: e.f.label.In(lang), Path: e.path, PageID: e.page.id, Value: e.words(lang)}
	l.Missing = e.raw != "" || e.bad != "" || e.value == nil && need[e.path]
	return l, l.Value != "" || l.Missing
}

// words says the value of one entry.
func (e *entry) words(lang string) string {
	if e.raw != "" {
		return e.raw
	}
	label := func(v any) string {
		for _, o := range e.f.options {
			if o.value == v {
				return o.label.In(lang)
			}
		}
		return fmt.Sprint(v)
	}
	switch v := e.value.(type) {
	case bool:
		if e.f.options != nil {
			return label(v)
		}
		if v {
			return Text{"vi": "Có", "en": "Yes"}.In(lang)
		}
		return Text{"vi": "Không", "en": "No"}.In(lang)
	case []any:
		if e.f.kind == kindRepeat {
			return ""
		}
		words := make([]string, 0, len(v))
		for _, s := range v {
			words = append(words, label(s))
		}
		return strings.Join(words, "; ")
	case map[string]any:
		name, _ := v["name"].(string)
		return name
	case nil:
		return ""
	default:
		if e.f.options != nil {
			return label(v)
		}
	}
	s := e.text(lang)
	if u := e.f.suffix.In(lang); u != "" {
		s += " " + u
	}
	return s
}

// Canonical returns the bytes of the answers that are stored, hashed and signed: JSON without
// hidden, unknown and empty fields, keys sorted, text in NFC, no insignificant space. The same
// answers always give the same bytes, and Canonical of what Parse reads from them gives them
// again. It fails with fault.Invalid if an answer is unreadable or cannot be of its field; whether
// the answers are right is for Validate to say.
func (f *Form) Canonical(data map[string]any) ([]byte, error) {
	a := f.answers(data, toStore)
	var bad []fault.Field
	for _, e := range a.entries {
		switch {
		case e.raw != "":
			bad = append(bad, e.fault(rawKeyOf(e.f, e.raw), "max", maxString))
		case e.bad != "":
			bad = append(bad, e.fault(e.bad, "max", e.limit()))
		}
	}
	if bad != nil {
		return nil, fault.Input("form.has_errors", bad...)
	}
	out, err := encode(a.root)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "form.has_errors")
	}
	return out, nil
}

// encode returns JSON with sorted keys and without insignificant space.
func encode(root map[string]any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(root); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

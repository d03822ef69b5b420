package form

import (
	"strconv"

	"lienthong/internal/kit/text"
)

// entry is one visible question with its answer.
type entry struct {
	f     *field
	page  *page
	path  string // with item indices
	value any    // normalised; nil if empty or unreadable
	raw   string // what was typed and could not be read
	bad   string // catalogue key if the value is not of a kind this field can hold
	items []item // of a repeated group
	order int
}

type item struct {
	path    string
	entries []*entry
}

// answers is the data of a form reduced to what is visible.
type answers struct {
	root    map[string]any
	kept    map[string]any // with toCheck: what toStore would have found
	pages   []*visiblePage
	entries []*entry // in the order of the pages, items after their group
	byPath  map[string]*entry
}

type visiblePage struct {
	*page
	entries []*entry // those that stand on the page itself
}

// Purposes of reading the answers.
type purpose int

const (
	toShow  purpose = iota // every item of repeated groups, also empty ones; all parent objects exist
	toCheck                // without empty items at the end; all parent objects exist, so that "required" reaches each field
	toStore                // without empty items at the end, without empty objects
)

// answers goes through the layout once. Conditions see only what has been found visible before, so
// the result does not depend on stale answers of hidden fields.
func (f *Form) answers(data map[string]any, why purpose) *answers {
	a := &answers{root: map[string]any{}, byPath: map[string]*entry{}}
	if why == toCheck {
		a.kept = map[string]any{}
	}
	r := visitor{a: a, areas: f.areas, why: why}
	for _, p := range f.pages {
		if !p.when.holds(a.root, nil) {
			continue
		}
		vp := &visiblePage{page: p}
		r.page = p
		for _, fl := range p.fields {
			if e := r.visit(fl, "", data, a.root, a.kept, nil); e != nil {
				vp.entries = append(vp.entries, e)
			}
		}
		if len(vp.entries) > 0 {
			a.pages = append(a.pages, vp)
		}
	}
	return a
}

type visitor struct {
	a     *answers
	areas func(string) (string, bool)
	why   purpose
	page  *page
}

// visit reads one field of src into dst and returns its entry, or nil if it is hidden. kept, if
// there is one, gets what is to be stored; it is the visible part of the item inside a repeated
// group.
func (r *visitor) visit(f *field, base string, src, dst, kept, it map[string]any) *entry {
	if !f.when.holds(r.a.root, it) {
		return nil
	}
	e := &entry{f: f, page: r.page, path: base + f.path, raw: rawText(src, f.path), order: len(r.a.entries)}
	r.a.entries = append(r.a.entries, e)
	r.a.byPath[e.path] = e
	if r.why != toStore {
		parent(dst, f.segs)
	}
	if f.kind == kindRepeat {
		list, keep := r.items(e, lookup(src, f.segs))
		if len(list) > 0 || r.why != toStore && f.minItems > 0 {
			put(dst, f.segs, list)
			e.value = list
		}
		if len(keep) > 0 {
			put(kept, f.segs, keep)
		}
		return e
	}
	if e.raw != "" {
		return e
	}
	e.value, e.bad = normalise(f, lookup(src, f.segs))
	if e.bad == "" && f.kind == kindArea && e.value != nil && r.areas != nil {
		m := e.value.(map[string]any)
		code, _ := m["code"].(string)
		if name, ok := r.areas(code); ok {
			m["name"] = name
		} else {
			e.bad = "form.area"
		}
	}
	if e.value != nil && e.bad == "" {
		put(dst, f.segs, e.value)
		if kept != nil {
			put(kept, f.segs, e.value)
		}
	}
	return e
}

// items reads the items of a repeated group; with toCheck, kept are those to be stored.
func (r *visitor) items(e *entry, v any) (list, kept []any) {
	src, ok := v.([]any)
	if !ok && v != nil {
		e.bad = "form.invalid"
	}
	if len(src) > e.f.maxItems {
		// The surplus is reported, not read: a list of a million items costs nothing.
		e.bad = "form.max_items"
		src = src[:e.f.maxItems]
	}
	n := len(src)
	if r.why != toShow {
		for n > e.f.minItems && r.blank(e, src[n-1], n-1) {
			n--
		}
	}
	filled := n
	if r.why != toStore {
		n = max(n, e.f.minItems)
	}
	list = make([]any, 0, n)
	for i := range n {
		it := item{path: e.path + "/" + strconv.Itoa(i)}
		var from map[string]any
		if i < len(src) {
			if from, ok = src[i].(map[string]any); !ok {
				e.bad = "form.invalid"
			}
		}
		to := map[string]any{}
		var keep map[string]any
		if r.why == toCheck {
			keep = map[string]any{}
		}
		for _, sub := range e.f.fields {
			if s := r.visit(sub, it.path, from, to, keep, to); s != nil {
				it.entries = append(it.entries, s)
			}
		}
		e.items = append(e.items, it)
		list = append(list, to)
		if keep != nil && i < filled {
			kept = append(kept, keep)
		}
	}
	return list, kept
}

// blank tells whether nobody has answered anything in the item.
func (r *visitor) blank(e *entry, v any, i int) bool {
	m, ok := v.(map[string]any)
	if !ok {
		return false
	}
	for _, sub := range e.f.fields {
		val, bad := normalise(sub, lookup(m, sub.segs))
		unticked := sub.widget == WidgetCheckbox && val == false // "no" to a question is an answer
		if rawText(m, sub.path) != "" || bad != "" || val != nil && !unticked {
			return false
		}
	}
	return true
}

// normalise returns a value in the one shape data of its kind has: text in NFC without stray
// control characters, numbers as float64, lists as []any, areas with code and name only. nil is
// no answer; bad is a catalogue key if the value cannot be of this field.
func normalise(f *field, v any) (out any, bad string) {
	if empty(v) {
		return nil, ""
	}
	switch f.kind {
	case kindString:
		s, ok := v.(string)
		if !ok {
			return nil, "form.invalid"
		}
		return normalText(f, s)
	case kindInteger, kindNumber:
		n, ok := number(v)
		if !ok || !(n >= -maxNumber && n <= maxNumber) { // false for NaN
			return nil, "form.number"
		}
		return n, ""
	case kindBool:
		if b, ok := v.(bool); ok {
			return b, ""
		}
	case kindList:
		return normalList(f, v)
	case kindArea:
		m, ok := v.(map[string]any)
		if !ok {
			return nil, "form.area"
		}
		code, _ := m["code"].(string)
		name, _ := m["name"].(string)
		if len(code) > 40 || len(name) > 1000 {
			return nil, "form.area"
		}
		if code, name = text.Line(code), text.Line(name); code == "" && name == "" {
			return nil, ""
		}
		return map[string]any{"code": code, "name": name}, ""
	}
	return nil, "form.invalid"
}

func normalText(f *field, s string) (any, string) {
	if len(s) > 4*maxString {
		return nil, "form.too_long"
	}
	if f.widget == WidgetTextarea {
		s = text.Clean(s)
	} else {
		s = text.Line(s)
	}
	switch f.widget {
	case WidgetPhone:
		s = normalPhone(s)
	case WidgetCCCD:
		s = normalCCCD(s)
	}
	if s == "" {
		return nil, ""
	}
	if f.maxLength == 0 && len(s) > maxString && len([]rune(s)) > maxString {
		return nil, "form.too_long"
	}
	return s, ""
}

func normalList(f *field, v any) (any, string) {
	list, ok := v.([]any)
	if texts, isTexts := v.([]string); isTexts {
		ok = true
		for _, s := range texts {
			list = append(list, s)
		}
	}
	if !ok || len(list) > maxItems {
		return nil, "form.invalid"
	}
	out := make([]any, 0, len(list))
	for _, e := range list {
		s, isText := e.(string)
		if !isText || len(s) > 1000 {
			return nil, "form.invalid"
		}
		out = append(out, text.Line(s))
	}
	if len(out) == 0 {
		return nil, ""
	}
	return out, ""
}

// limit returns the limit a value that is too large has passed.
func (e *entry) limit() int {
	if e.f.kind == kindRepeat {
		return e.f.maxItems
	}
	return maxString
}

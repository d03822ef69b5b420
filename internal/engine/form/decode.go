package form

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/text"
)

// Editing tells whether the post comes from a button that adds or removes an item of a repeated
// group. The page is then shown again, without errors about what has not been filled in yet.
func Editing(in url.Values) bool { return in.Get(AddName) != "" || in.Get(RemoveName) != "" }

// Decode puts what was posted from a page into a copy of data and returns it. Dates come as one
// input or as name.d, name.m and name.y, areas as name.code and name.name, as "code|name" or, for
// a form WithAreas, as the code alone. An input that was not posted keeps its value, but a
// checkbox that was not posted is not ticked. Fields that the resulting answers hide are ignored.
//
// Text that cannot be read as what the field wants stays in the result, is shown again by Pages
// and reported, here and by ValidatePage until it is corrected; so ValidatePage alone is enough to
// know whether the page is in order.
func (f *Form) Decode(pageID string, in url.Values, data map[string]any) (map[string]any, []fault.Field) {
	out := clone(data)
	p := f.page(pageID)
	if p == nil {
		return out, []fault.Field{{Key: "form.page_unknown", Args: fault.Args("page", pageID)}}
	}
	d := decoder{in: in, areas: f.areas}
	for _, fl := range p.fields {
		d.field(fl, "", out)
	}
	f.restoreHidden(p, data, out)
	var errs []fault.Field
	for _, e := range f.answers(out, toCheck).entries {
		if e.page == p && e.raw != "" {
			errs = append(errs, e.fault(rawKeyOf(e.f, e.raw), "max", maxString))
		}
	}
	return out, errs
}

func (f *Form) page(id string) *page {
	for _, p := range f.pages {
		if p.id == id {
			return p
		}
	}
	return nil
}

// restoreHidden gives fields of the page that are hidden their former value back: a post cannot
// answer what was not asked, and a draft does not forget.
func (f *Form) restoreHidden(p *page, old, out map[string]any) {
	shown := f.answers(out, toShow)
	for _, fl := range p.fields {
		if shown.byPath[fl.path] != nil {
			continue
		}
		if v := cloneValue(lookup(old, fl.segs), maxDepth); v != nil {
			put(out, fl.segs, v)
		} else {
			remove(out, fl.segs)
		}
		setRaw(out, fl.path, rawText(old, fl.path))
	}
}

type decoder struct {
	in    url.Values
	areas func(string) (string, bool)
}

// get returns the first posted value of the input, limited in length, and whether it was posted.
func (d *decoder) get(name string) (string, bool) {
	v, ok := d.in[name]
	if !ok || len(v) == 0 {
		return "", false
	}
	return limit(v[0]), true
}

// limit cuts text just above the largest answer; the remainder makes it invalid all the same.
func limit(s string) string {
	if len(s) <= maxString {
		return s
	}
	n := 0
	for i := range s {
		if n++; n > maxString+1 {
			return s[:i]
		}
	}
	return s
}

// field reads the inputs of one field at base into m, which is the root or an item.
func (d *decoder) field(f *field, base string, m map[string]any) {
	name := base + f.path
	switch {
	case f.kind == kindRepeat:
		d.repeat(f, m)
	case f.kind == kindList:
		d.list(f, name, m)
	case f.widget == WidgetCheckbox:
		v, posted := d.get(name)
		put(m, f.segs, posted && v != "" && v != "false" && v != "0" && v != "off")
		setRaw(m, f.path, "")
	case f.kind == kindArea:
		d.area(f, name, m)
	case f.widget == WidgetDate:
		d.date(f, name, m)
	default:
		if v, posted := d.get(name); posted {
			store(f, m, v)
		}
	}
}

// store reads one text as the value of f into m, or keeps it as unreadable.
func store(f *field, m map[string]any, typed string) {
	v, ok := read(f, typed)
	switch {
	case !ok:
		remove(m, f.segs)
		setRaw(m, f.path, text.Clean(typed))
	case v == nil:
		remove(m, f.segs)
		setRaw(m, f.path, "")
	default:
		put(m, f.segs, v)
		setRaw(m, f.path, "")
	}
}

// read converts a text to the value of f; nil is no answer.
func read(f *field, s string) (any, bool) {
	line := text.Line(s)
	if line == "" {
		return nil, true
	}
	if f.options != nil {
		for _, o := range f.options {
			if o.text == line {
				return o.value, true
			}
		}
		return nil, false
	}
	switch {
	case f.widget == WidgetDate:
		return parseDate(line, f.format == "partial-date")
	case f.widget == WidgetYear:
		if len(line) != 4 || text.Digits(line) != line {
			return nil, false
		}
		return float64(atoi(line)), true
	case f.kind == kindInteger || f.kind == kindNumber:
		return parseNumber(line, f.kind == kindInteger, f.suffix)
	case f.kind == kindString:
		if f.widget == WidgetTextarea {
			return text.Clean(s), true
		}
		switch f.widget {
		case WidgetPhone:
			line = normalPhone(line)
		case WidgetCCCD:
			line = normalCCCD(line)
		}
		return line, true
	}
	return nil, false
}

func (d *decoder) date(f *field, name string, m map[string]any) {
	dd, ok1 := d.get(name + ".d")
	mm, ok2 := d.get(name + ".m")
	yy, ok3 := d.get(name + ".y")
	if !ok1 && !ok2 && !ok3 {
		if v, posted := d.get(name); posted {
			store(f, m, v)
		}
		return
	}
	clean := func(s string) string { return strings.ReplaceAll(text.Line(s), "/", " ") }
	dd, mm, yy = clean(dd), clean(mm), clean(yy)
	if dd+mm+yy == "" {
		store(f, m, "")
		return
	}
	if v, ok := dateOf(dd, mm, yy, f.format == "partial-date"); ok {
		put(m, f.segs, v)
		setRaw(m, f.path, "")
		return
	}
	remove(m, f.segs)
	setRaw(m, f.path, dd+"/"+mm+"/"+yy)
}

var codeRE = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z.-]{0,39}$`)

func (d *decoder) area(f *field, name string, m map[string]any) {
	code, ok1 := d.get(name + ".code")
	label, ok2 := d.get(name + ".name")
	if one, ok := d.get(name); ok && !ok1 && !ok2 {
		ok1 = true
		before, after, cut := strings.Cut(one, "|")
		if code, label = before, after; !cut && !codeRE.MatchString(text.Line(one)) {
			code, label = "", one
		}
	}
	if !ok1 && !ok2 {
		return
	}
	code, label = text.Line(code), text.Line(label)
	if code == "" && label == "" {
		store(f, m, "")
		return
	}
	known := codeRE.MatchString(code)
	if known && d.areas != nil {
		label, known = fromRegister(d.areas, code, label)
	}
	if known && label != "" && len(label) <= 1000 {
		put(m, f.segs, map[string]any{"code": code, "name": label})
		setRaw(m, f.path, "")
		return
	}
	if label == "" {
		label = code
	}
	remove(m, f.segs)
	setRaw(m, f.path, label)
}

func fromRegister(areas func(string) (string, bool), code, typed string) (string, bool) {
	if name, ok := areas(code); ok {
		return name, true
	}
	return typed, false
}

func (d *decoder) list(f *field, name string, m map[string]any) {
	var list []any
	seen := map[string]bool{}
	for _, s := range d.in[name] {
		if s = text.Line(limit(s)); s != "" && !seen[s] && len(list) < maxItems && len(s) <= 1000 {
			seen[s] = true
			list = append(list, s)
		}
	}
	setRaw(m, f.path, "")
	if list == nil {
		remove(m, f.segs)
		return
	}
	put(m, f.segs, list)
}

// repeat reads the items of a repeated group, then does what an add or remove button asks for.
func (d *decoder) repeat(f *field, m map[string]any) {
	old, _ := lookup(m, f.segs).([]any)
	n := d.count(f, len(old))
	list := make([]any, 0, n+1)
	for i := range n {
		it := map[string]any{}
		if i < len(old) {
			if o, ok := old[i].(map[string]any); ok {
				it = o
			}
		}
		for _, sub := range f.fields {
			d.field(sub, f.path+"/"+strconv.Itoa(i), it)
		}
		list = append(list, it)
	}
	if d.in.Get(AddName) == f.path && len(list) < f.maxItems {
		for len(list) < f.minItems {
			list = append(list, map[string]any{}) // those the page shows already
		}
		if len(list) < f.maxItems {
			list = append(list, map[string]any{})
		}
	}
	if s, ok := strings.CutPrefix(d.in.Get(RemoveName), f.path+"/"); ok {
		if i := atoi(s); i >= 0 && i < len(list) {
			list = append(list[:i], list[i+1:]...)
		}
	}
	if len(list) == 0 {
		remove(m, f.segs)
		return
	}
	put(m, f.segs, list)
}

// count returns how many items were posted: what the hidden counter says, and at least one more
// than the highest index among the names. Without the counter no item is taken to be removed.
func (d *decoder) count(f *field, old int) int {
	n := old
	if s, ok := d.get(f.path + countSuffix); ok {
		n = max(0, atoi(s))
	}
	prefix := f.path + "/"
	for name := range d.in {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			index, _, _ := strings.Cut(rest, "/")
			if i := atoi(index); i >= n && i < f.maxItems {
				n = i + 1
			}
		}
	}
	return min(n, f.maxItems)
}

// countSuffix makes the name of the hidden input with the number of items shown.
const countSuffix = ".n"

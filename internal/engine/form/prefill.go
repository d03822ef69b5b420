package form

import (
	"fmt"
	"strings"

	"lienthong/internal/kit/civil"
)

// Prefill returns a copy of data in which the empty visible fields that name a source, or another
// field whose answer is the same, are filled: nobody is asked twice for what is known. src holds
// values by source name, "account.name", or nested, {"account": {"name": …}}. It is called when a
// draft begins and before a page is shown for the first time.
// A value the field could not hold is left out. Nothing tells afterwards what was filled in and
// what was typed: the answers are the person's own either way.
func (f *Form) Prefill(data map[string]any, src map[string]any) map[string]any {
	out := clone(data)
	// Visibility is read once: a field that only an answer filled in here would show stays
	// unanswered until its page is reached.
	a := f.answers(out, toShow)
	for _, e := range a.entries {
		if e.value != nil || e.raw != "" || e.bad != "" || e.f.kind == kindRepeat || !e.f.prefillWhen.holds(a.root, nil) {
			continue
		}
		var v any
		switch {
		case e.f.prefill != "":
			v = convert(e.f, source(src, e.f.prefill))
		case e.f.prefillFrom != nil:
			v = convert(e.f, lookup(a.root, e.f.prefillFrom.segs))
		}
		if v != nil {
			put(out, e.f.segs, v)
		}
	}
	return out
}

// source finds a value by its dotted name, flat or nested.
func source(src map[string]any, name string) any {
	if v, ok := src[name]; ok {
		return v
	}
	v := any(src)
	for _, s := range strings.Split(name, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[s]
	}
	return v
}

// convert makes a value of the field out of one of a register, or nil.
func convert(f *field, v any) any {
	switch t := v.(type) {
	case nil:
		return nil
	case Area:
		v = map[string]any{"code": t.Code, "name": t.Name}
	case civil.Date:
		v = t.String()
	case *civil.Date:
		if t == nil {
			return nil
		}
		v = t.String()
	case fmt.Stringer:
		v = t.String()
	}
	if s, ok := v.(string); ok && f.kind != kindArea && f.kind != kindList {
		r, ok := read(f, s)
		if !ok {
			return nil
		}
		v = r
	}
	n, bad := normalise(f, v)
	if bad != "" {
		return nil
	}
	return n
}

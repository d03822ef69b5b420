package procedureweb

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web/ui"
)

// maxRepeats bounds the items of one list in a form; real records stay below fifty.
const maxRepeats = 300

// views makes the controls for a value at a path of the record, "/methods/value".
func (s spec) views(ctx context.Context, path string, value any) []ui.FieldView {
	label, help := "", ""
	if s.label != "" {
		label = t(ctx, s.label)
	}
	if s.help != "" {
		help = t(ctx, s.help)
	}
	f := ui.FieldView{Path: path, Name: path, Label: label, Help: help, Widget: "text", Value: asText(value)}
	switch s.kind {
	case kProse:
		f.Widget, f.Rows = "textarea", 4
	case kLines:
		f.Widget, f.Rows, f.Value = "textarea", 4, strings.Join(asList(value), "\n")
		if f.Help == "" {
			f.Help = t(ctx, "h.lines")
		}
	case kInt:
		f.Widget = "number"
		if f.Value == "0" {
			f.Value = ""
		}
	case kMoney:
		f.Widget = "money"
	case kDate:
		f.Widget, f.Values = "date", dateParts(f.Value)
	case kChoice:
		f.Widget, f.Options = "select", s.options(ctx, f.Value)
	case kChoices:
		f.Widget, f.Values = "checkboxes", asList(value)
		f.Options = s.options(ctx, "")[1:]
	case kBool:
		f.Widget = "checkbox"
		if on, _ := value.(bool); on {
			f.Value = "true"
		} else {
			f.Value = ""
		}
	case kTerm:
		m, _ := value.(map[string]any)
		unit := asText(m["unit"])
		return []ui.FieldView{
			{Path: path + "/n", Name: path + "/n", Label: t(ctx, "f.term_n"), Widget: "number", Value: asText(m["n"])},
			{Path: path + "/unit", Name: path + "/unit", Label: t(ctx, "f.term_unit"), Widget: "select", Value: unit, Options: s.options(ctx, unit)},
		}
	case kObject:
		m, _ := value.(map[string]any)
		var out []ui.FieldView
		for _, x := range s.fields {
			out = append(out, x.views(ctx, path+"/"+x.name, m[x.name])...)
		}
		return out
	case kList:
		list, _ := value.([]any)
		rep := &ui.RepeatView{Path: path, Count: path + "#", AddLabel: t(ctx, s.add), Max: maxRepeats}
		for i, v := range list {
			m, _ := v.(map[string]any)
			item := ui.RepeatItem{Title: t(ctx, s.item, "n", i+1)}
			for _, x := range s.fields {
				item.Fields = append(item.Fields, x.views(ctx, path+"/"+strconv.Itoa(i)+"/"+x.name, m[x.name])...)
			}
			rep.Items = append(rep.Items, item)
		}
		f.Widget, f.Repeat = "repeat", rep
	}
	return []ui.FieldView{f}
}

// options are the choices with an empty one first; a value that is no choice stays choosable, so
// that saving another field does not change it.
func (s spec) options(ctx context.Context, value string) []ui.Option {
	out := []ui.Option{{Value: "", Label: "–"}}
	for _, o := range s.opts {
		out = append(out, ui.Option{Value: o, Label: s.word(ctx, o)})
	}
	if value != "" && !slices.Contains(s.opts, value) {
		out = append(out, ui.Option{Value: value, Label: value})
	}
	return out
}

// read makes a value of what was posted. What cannot be read stays as it was typed and is told.
func (s spec) read(form url.Values, path string, bad *[]fault.Field) any {
	typed := text.Clean(form.Get(path))
	switch s.kind {
	case kLines:
		return lines(typed)
	case kInt, kMoney:
		if typed == "" {
			if s.kind == kMoney {
				return nil
			}
			return 0
		}
		n, err := strconv.ParseInt(strings.NewReplacer(".", "", " ", "", "\u00a0", "", ",", "").Replace(typed), 10, 64)
		if err != nil {
			*bad = append(*bad, fault.Field{Path: path, Key: "procedure.cell_number", Args: fault.Args("value", clipRunes(typed, 40))})
			return typed
		}
		return n
	case kDate:
		return readDate(form, path, bad)
	case kChoices:
		return form[path]
	case kBool:
		return typed != ""
	case kTerm:
		n, unit := text.Line(form.Get(path+"/n")), text.Line(form.Get(path+"/unit"))
		if n == "" && unit == "" {
			return nil
		}
		if n == "" && unit == "same_day" {
			n = "1"
		}
		num := (spec{kind: kInt}).read(url.Values{path + "/n": {n}}, path+"/n", bad)
		return map[string]any{"n": num, "unit": unit}
	case kObject:
		m := map[string]any{}
		for _, x := range s.fields {
			m[x.name] = x.read(form, path+"/"+x.name, bad)
		}
		return m
	case kList:
		return s.readList(form, path, bad)
	}
	return typed
}

func (s spec) readList(form url.Values, path string, bad *[]fault.Field) any {
	n, err := strconv.Atoi(form.Get(path + "#"))
	if err != nil || n < 0 {
		n = 0
	}
	n = min(n, maxRepeats)
	list := []any{}
	for i := range n {
		at := path + "/" + strconv.Itoa(i)
		if form.Get("_remove") == at {
			continue
		}
		m := map[string]any{}
		for _, x := range s.fields {
			v := x.read(form, at+"/"+x.name, bad)
			if x.name == "channel" { // a choice that the record keeps as a number
				if c, err := strconv.Atoi(asText(v)); err == nil {
					v = c
				} else {
					v = 0
				}
			}
			m[x.name] = v
		}
		list = append(list, m)
	}
	if form.Get("_add") == path && len(list) < maxRepeats {
		list = append(list, map[string]any{})
	}
	return list
}

// editing tells whether a button changed the number of items, so that nothing is to be saved yet.
func editing(form url.Values) bool { return form.Get("_add") != "" || form.Get("_remove") != "" }

// readDate reads the three parts of a date; all empty means none.
func readDate(form url.Values, path string, bad *[]fault.Field) any {
	d, m, y := text.Digits(form.Get(path+".d")), text.Digits(form.Get(path+".m")), text.Digits(form.Get(path+".y"))
	if d+m+y == "" {
		return nil
	}
	pad := func(s string, n int) string { return strings.Repeat("0", max(n-len(s), 0)) + s }
	typed := y + "-" + pad(m, 2) + "-" + pad(d, 2)
	if _, err := civil.Parse(typed); err != nil {
		*bad = append(*bad, fault.Field{Path: path, Key: "procedure.bad_date", Args: fault.Args("value", clipRunes(typed, 20))})
	}
	return typed
}

// dateParts cuts YYYY-MM-DD, also a wrong one that was typed, into day, month and year.
func dateParts(s string) []string {
	p := strings.SplitN(s, "-", 3)
	if len(p) != 3 {
		return []string{"", "", ""}
	}
	return []string{p[2], p[1], p[0]}
}

func lines(s string) []string {
	out := []string{}
	for _, l := range strings.Split(s, "\n") {
		if l = text.Line(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

func asText(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case int:
		return strconv.Itoa(x)
	case int64:
		return strconv.FormatInt(x, 10)
	}
	return ""
}

func asList(v any) []string {
	switch x := v.(type) {
	case []string:
		return x
	case []any:
		var out []string
		for _, e := range x {
			if s := asText(e); s != "" {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

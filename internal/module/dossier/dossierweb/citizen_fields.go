package dossierweb

import (
	"context"
	"net/url"
	"strconv"

	"lienthong/internal/engine/form"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/org"
)

// outside is the code of an area that the province's own list does not have: another province or a
// country. Its name is what was typed.
const outside = "ngoai-tinh"

// places is the administrative areas as questions offer them, grouped by the area above. Codes are
// used again for other areas after a reform, and both may be valid on one day, so an option is named
// by the code above and its own.
type places struct {
	options []ui.Option
	areas   map[string]form.Area // by option; the name tells the areas above too: "Xã A, huyện B, tỉnh C"
}

// placesOf reads the areas of the day. How many levels there are is data: whatever has nothing
// below it can be chosen.
func placesOf(tree *org.Tree) places {
	p := places{areas: map[string]form.Area{}}
	var walk func(parent, group, tail string, depth int)
	walk = func(parent, group, tail string, depth int) {
		for _, a := range tree.Areas("", parent) {
			if depth < 8 && len(tree.Areas("", a.Code)) > 0 {
				walk(a.Code, a.Name, ", "+lowerFirst(a.Name)+tail, depth+1)
				continue
			}
			value := parent + "." + a.Code
			p.areas[value] = form.Area{Code: a.Code, Name: a.Name + tail}
			p.options = append(p.options, ui.Option{Value: value, Label: a.Name, Group: group})
		}
	}
	for _, top := range tree.Areas("", "") {
		walk(top.Code, top.Name, ", "+lowerFirst(top.Name), 0)
	}
	return p
}

// option finds the option of an answer: the same code and name, or the same code if the name has
// changed since and no other area has it.
func (p places) option(a form.Area) string {
	found, n := "", 0
	for _, o := range p.options {
		switch x := p.areas[o.Value]; {
		case x == a:
			return o.Value
		case x.Code == a.Code:
			found, n = o.Value, n+1
		}
	}
	if n == 1 {
		return found
	}
	return ""
}

// questions turns the fields of a question page into views. known are the values that came from
// the account, so that the page can say so.
func questions(ctx context.Context, fields []form.Field, p places, known map[string]any) []ui.FieldView {
	lang := i18n.Lang(ctx)
	var out []ui.FieldView
	for _, f := range fields {
		v := ui.FieldView{Path: f.Path, Name: f.Name, Label: f.Label.In(lang), Help: f.Help.In(lang), Widget: string(f.Widget),
			Optional: f.Optional, Value: f.Text, InputMode: f.InputMode, Autocomplete: f.Autocomplete, Suffix: f.Suffix.In(lang),
			MaxLength: f.MaxLength, Lang: langOf(ctx, f.Label)}
		for _, o := range f.Options {
			v.Options = append(v.Options, ui.Option{Value: o.Value, Label: o.Label.In(lang)})
		}
		if s, ok := known[f.Prefill].(string); ok && f.Prefill != "" && f.Value == s {
			v.Source = tr(ctx, "from_account")
		}
		switch f.Widget {
		case form.WidgetDate:
			v.Values = []string{f.Date.D, f.Date.M, f.Date.Y}
			if f.Partial && v.Help == "" {
				v.Help = tr(ctx, "partial_date")
			}
		case form.WidgetRadio, form.WidgetSelect:
			v.Value = ""
			if len(f.Selected) > 0 {
				v.Value = f.Selected[0]
			}
		case form.WidgetCheckbox:
			v.Values = f.Selected
			v.Value = strconv.FormatBool(f.IsSelected("true"))
		case form.WidgetRepeat:
			v.Repeat = repeatView(ctx, f, p, known)
		case form.WidgetArea:
			out = append(out, areaViews(ctx, v, f, p)...)
			continue
		}
		out = append(out, v)
	}
	return out
}

func repeatView(ctx context.Context, f form.Field, p places, known map[string]any) *ui.RepeatView {
	lang := i18n.Lang(ctx)
	r := &ui.RepeatView{Path: f.Path, Count: f.Repeat.CountName, Add: form.AddName, Remove: form.RemoveName,
		Min: f.Repeat.Min, Max: f.Repeat.Max, AddLabel: tr(ctx, "add_item", "item", lowerFirst(f.Repeat.Item.In(lang)))}
	for _, it := range f.Repeat.Items {
		r.Items = append(r.Items, ui.RepeatItem{Path: it.Path, Title: f.Repeat.Item.In(lang) + " " + strconv.Itoa(it.Number),
			Fields: questions(ctx, it.Fields, p, known)})
	}
	return r
}

// areaViews asks for an area: a list of the province's own, and a line for places elsewhere.
func areaViews(ctx context.Context, v ui.FieldView, f form.Field, p places) []ui.FieldView {
	v.Widget, v.Value = "area", p.option(f.Area)
	v.Options = append(append([]ui.Option{}, p.options...), ui.Option{Value: outside, Label: tr(ctx, "elsewhere")})
	other := ui.FieldView{Path: f.Path + "/other", Name: f.Name + ".other", Label: tr(ctx, "elsewhere_label"),
		Help: tr(ctx, "elsewhere_help"), Optional: true, MaxLength: 200}
	if v.Value == "" && f.Area.Name != "" {
		v.Value, other.Value = outside, f.Area.Name
	}
	return []ui.FieldView{v, other}
}

// readPlaces puts what was chosen or typed for areas into the form the engine reads: a code with
// its name. It changes a copy.
func readPlaces(in url.Values, fields []form.Field, p places) url.Values {
	out := url.Values{}
	for k, v := range in {
		out[k] = v
	}
	readAreas(out, fields, p)
	return out
}

func readAreas(in url.Values, fields []form.Field, p places) {
	for _, f := range fields {
		if f.Repeat != nil {
			for _, it := range f.Repeat.Items {
				readAreas(in, it.Fields, p)
			}
		}
		if f.Widget != form.WidgetArea || !in.Has(f.Name) && !in.Has(f.Name+".other") {
			continue
		}
		chosen, other := in.Get(f.Name), text.Line(in.Get(f.Name+".other"))
		delete(in, f.Name)
		area, ours := p.areas[chosen]
		if !ours && other != "" {
			area = form.Area{Code: outside, Name: other}
		}
		in.Set(f.Name+".code", area.Code)
		in.Set(f.Name+".name", area.Name)
	}
}

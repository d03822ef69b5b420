package form

import "fmt"

// Pages returns the visible pages with their visible fields, in order, as the answers stand.
func (f *Form) Pages(data map[string]any) []Page {
	a := f.answers(data, toShow)
	need := map[string]bool{}
	required(f.schema, a.root, "", need)
	out := make([]Page, 0, len(a.pages))
	for _, p := range a.pages {
		v := Page{ID: p.id, Title: p.title, Intro: p.intro}
		for _, e := range p.entries {
			v.Fields = append(v.Fields, e.view(need))
		}
		out = append(out, v)
	}
	return out
}

// Page returns the page with the id, if it is visible.
func (f *Form) Page(data map[string]any, id string) (Page, bool) {
	for _, p := range f.Pages(data) {
		if p.ID == id {
			return p, true
		}
	}
	return Page{}, false
}

// Revealed returns the paths of the questions that the page shows for the answers after, and did not
// show for those before. Without JavaScript a page meets them only once it has been posted: it is
// then shown again, with no complaint about what nobody has been asked yet.
func (f *Form) Revealed(pageID string, before, after map[string]any) []string {
	old := f.answers(before, toShow)
	var out []string
	for _, e := range f.answers(after, toShow).entries {
		if e.page.id == pageID && old.byPath[e.path] == nil {
			out = append(out, e.path)
		}
	}
	return out
}

// view makes what a page shows of the entry. need holds the required locations.
func (e *entry) view(need map[string]bool) Field {
	f := e.f
	v := Field{
		Path: e.path, Name: e.path, Label: f.label, Help: f.help, Widget: f.widget, Suffix: f.suffix,
		Optional: !need[e.path], Value: e.value, Autocomplete: f.autocomplete, Prefill: f.prefill,
		Partial: f.format == "partial-date",
	}
	for _, o := range f.options {
		v.Options = append(v.Options, Option{o.text, o.label})
	}
	switch f.kind {
	case kindRepeat:
		v.Optional = v.Optional && f.minItems == 0
		v.Value = nil
		v.Repeat = e.repeat(need)
		return v
	case kindList:
		list, _ := e.value.([]any)
		for _, s := range list {
			v.Selected = append(v.Selected, fmt.Sprint(s))
		}
		return v
	case kindArea:
		if m, ok := e.value.(map[string]any); ok {
			v.Area.Code, _ = m["code"].(string)
			v.Area.Name, _ = m["name"].(string)
		} else {
			v.Area.Name = e.raw
		}
		v.Text = v.Area.Name
		return v
	}
	v.Text = e.text("vi")
	v.InputMode, v.MaxLength = inputMode(f.widget), f.maxLength
	if f.options != nil || f.kind == kindBool {
		v.MaxLength = 0
		if s := scalar(e.value); s != nil && (f.options != nil || s == true) {
			v.Selected = []string{fmt.Sprint(s)}
		}
		v.Text = e.raw
	}
	if f.widget == WidgetDate {
		s, _ := e.value.(string)
		v.Date = dateParts(s, e.raw)
	}
	return v
}

func (e *entry) repeat(need map[string]bool) *Repeat {
	f := e.f
	r := &Repeat{Min: f.minItems, Max: f.maxItems, Item: f.item, CountName: e.path + countSuffix,
		CanAdd: len(e.items) < f.maxItems}
	for i, it := range e.items {
		v := Item{Path: it.path, Number: i + 1, CanRemove: len(e.items) > f.minItems}
		for _, s := range it.entries {
			v.Fields = append(v.Fields, s.view(need))
		}
		r.Items = append(r.Items, v)
	}
	return r
}

// text is what a single input shows: the value as people write it, or what was typed.
func (e *entry) text(lang string) string {
	if e.raw != "" {
		return e.raw
	}
	switch v := e.value.(type) {
	case string:
		if e.f.widget == WidgetDate {
			return dateVN(v)
		}
		return v
	case float64:
		if e.f.widget == WidgetYear {
			return fmt.Sprintf("%.0f", v)
		}
		return formatNumber(v, lang)
	}
	return ""
}

func inputMode(w Widget) string {
	switch w {
	case WidgetPhone:
		return "tel"
	case WidgetEmail:
		return "email"
	case WidgetCCCD, WidgetDate, WidgetYear, WidgetMoney:
		return "numeric"
	case WidgetNumber:
		return "decimal"
	}
	return ""
}

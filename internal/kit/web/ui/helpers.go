package ui

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
)

// FieldID returns the id of the first control of the field with this path, where the summary of
// errors leads: "/child/name" and "child.name" give "f-child-name".
func FieldID(path string) string {
	var b strings.Builder
	b.WriteString("f")
	gap := true
	for _, r := range path {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' {
			if gap {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		} else {
			gap = true
		}
	}
	return b.String()
}

// ID returns the id of the field's first control.
func (f FieldView) ID() string {
	if f.Path != "" {
		return FieldID(f.Path)
	}
	return FieldID(f.Name)
}

// describedBy lists the ids of what describes the control.
func (f FieldView) describedBy() string {
	var ids []string
	if f.Help != "" || f.longText() {
		ids = append(ids, f.ID()+"-h")
	}
	if f.Source != "" {
		ids = append(ids, f.ID()+"-s")
	}
	if f.Error != "" {
		ids = append(ids, f.ID()+"-e")
	}
	return strings.Join(ids, " ")
}

// longText tells whether the limit of the text is worth telling.
func (f FieldView) longText() bool { return f.Widget == "textarea" && f.MaxLength > 0 }

// value returns Values[i], or nothing.
func (f FieldView) value(i int) string {
	if i < len(f.Values) {
		return f.Values[i]
	}
	return ""
}

func (f FieldView) chosen(v string) bool {
	for _, c := range f.Values {
		if c == v {
			return true
		}
	}
	return false
}

// grouped tells whether the control is several controls under one legend.
func (f FieldView) grouped() bool {
	switch f.Widget {
	case "date", "radio", "checkboxes":
		return true
	}
	return f.Widget == "checkbox" && len(f.Options) > 0
}

// control returns the attributes of a plain input by widget: phones show the fitting keyboard,
// and nothing is cut off while typing, because a scanner types more than a person.
func (f FieldView) control() templ.Attributes {
	a := templ.Attributes{"type": "text"}
	switch f.Widget {
	case "phone":
		a["type"], a["inputmode"] = "tel", "tel"
	case "email":
		a["type"], a["inputmode"], a["autocapitalize"] = "email", "email", "none"
	case "cccd", "number", "money", "year":
		a["inputmode"] = "numeric"
	case "code":
		a["inputmode"], a["autocomplete"] = "numeric", "one-time-code"
	case "password":
		a["type"] = "password"
	case "search":
		a["type"] = "search"
	}
	if f.InputMode != "" {
		a["inputmode"] = f.InputMode
	}
	if f.Autocomplete != "" {
		a["autocomplete"] = f.Autocomplete
	}
	f.common(a)
	if f.Suggest != "" {
		a["list"], a["data-suggest"] = f.ID()+"-l", f.Suggest
	}
	return a
}

// common adds what every control of the field has.
func (f FieldView) common(a templ.Attributes) {
	if d := f.describedBy(); d != "" {
		a["aria-describedby"] = d
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	if f.ReadOnly {
		a["readonly"] = true
	}
	if f.Scan {
		a["data-scan"] = true
	}
	if f.Autofocus {
		a["autofocus"] = true
	}
}

func (f FieldView) extra() templ.Attributes {
	a := templ.Attributes{}
	f.common(a)
	if f.Autocomplete != "" {
		a["autocomplete"] = f.Autocomplete
	}
	return a
}

// datePart returns the attributes of the i-th part of a date. Only the error describes the parts:
// the legend's help is read once with the group.
func (f FieldView) datePart(i int) templ.Attributes {
	a := templ.Attributes{"inputmode": "numeric", "autocomplete": "off"}
	if f.Autocomplete == "bday" {
		a["autocomplete"] = [...]string{"bday-day", "bday-month", "bday-year"}[i]
	}
	if f.Error != "" {
		a["aria-invalid"], a["aria-describedby"] = "true", f.ID()+"-e"
	}
	if f.ReadOnly {
		a["readonly"] = true
	}
	if f.Autofocus && i == 0 {
		a["autofocus"] = true
	}
	return a
}

// width returns the class of the control's width.
func (f FieldView) width() string {
	if f.Width != "" {
		return "w-" + f.Width
	}
	switch f.Widget {
	case "year":
		return "w-xs"
	case "number", "code":
		return "w-s"
	case "phone", "cccd", "money":
		return "w-m"
	}
	return ""
}

func (f FieldView) rows() string {
	if f.Rows > 0 {
		return strconv.Itoa(f.Rows)
	}
	return "4"
}

// optionGroups returns the options in runs of equal group, in their order.
func (f FieldView) optionGroups() [][]Option {
	var out [][]Option
	for i, o := range f.Options {
		if i == 0 || o.Group != f.Options[i-1].Group {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], o)
	}
	return out
}

// icon returns the icon that goes with a tone.
func (k Kind) icon() string {
	switch k {
	case OK:
		return "circle-check"
	case Info:
		return "info-circle"
	case Warn, Bad, Overdue:
		return "alert-triangle"
	}
	return ""
}

// deadlineIcon returns the icon of a deadline in this state.
func (k Kind) deadlineIcon() string {
	switch k {
	case Idle:
		return "player-pause"
	case Warn:
		return "clock-hour-4"
	}
	return k.icon()
}

func (k Kind) tagClass() string {
	if k == Overdue {
		return "tag badfill"
	}
	if k == "" {
		return "tag"
	}
	return "tag " + string(k)
}

func (k Kind) noteClass() string {
	switch k {
	case Warn, OK:
		return "note " + string(k)
	case Bad, Overdue:
		return "note bad"
	}
	return "note"
}

// windowTitle returns the text of the window's title.
func (p Page) windowTitle(ctx context.Context, suffix string) string {
	t := p.Title
	if len(p.Errors) > 0 {
		t = T(ctx, "ui.error_title", "title", p.Title)
	}
	if suffix != "" && suffix != p.Title {
		t += " – " + suffix
	}
	return t
}

func (p Page) density(otherwise string) string {
	if p.Density != "" {
		return p.Density
	}
	return otherwise
}

// deskDensity is the density of an official's page: the page's own unless the official likes more room.
func deskDensity(ctx context.Context, p Page) string {
	if d := actor.From(ctx).Prefs.Density; d == actor.Comfortable {
		return d
	}
	return p.density("compact")
}

// summary returns the distinct messages with the id of the control each leads to.
func summary(ctx context.Context, errs []fault.Field) []Link {
	var out []Link
	seen := map[Link]bool{}
	for _, e := range errs {
		l := Link{Label: Message(ctx, e)}
		if e.Path != "" {
			l.Href = "#" + FieldID(e.Path)
		}
		if !seen[l] {
			seen[l] = true
			out = append(out, l)
		}
	}
	return out
}

// statusWord says what a status means in the words of the error page's small print.
func statusWord(status int) string { return strconv.Itoa(status) + " " + http.StatusText(status) }

// count writes a number of a menu: above 999 the exact number is not worth its width.
func count(ctx context.Context, n int) string {
	if n > 999 {
		return i18n.Int(ctx, 999) + "+"
	}
	return i18n.Int(ctx, n)
}

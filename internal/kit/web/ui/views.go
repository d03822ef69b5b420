package ui

import (
	"context"

	"github.com/a-h/templ"

	"lienthong/internal/kit/fault"
)

// Kind is the tone of a tag, note or deadline. Colour never stands alone: each kind has an icon.
type Kind string

// The tones.
const (
	Idle    Kind = "idle"    // nothing to do, or the clock stands still
	OK      Kind = "ok"      // done, in time
	Info    Kind = "info"    // worth knowing
	Warn    Kind = "warn"    // soon due, or to be looked at
	Bad     Kind = "bad"     // wrong
	Overdue Kind = "overdue" // past its deadline
)

// Page describes a page to its layout.
type Page struct {
	Title   string        // of the window; the heading is the page's own
	Errors  []fault.Field // if any, the window title begins with "Lỗi:"; render them with ErrorSummary
	Current string        // path of the menu entry this page belongs to; the present path if empty
	Crumbs  []Link        // where this page hangs, from the top; the page itself is not in it
	Back    Link          // of question pages
	Density string        // "comfortable", "compact", "dense"; each layout has its own default
	Bare    bool          // the page brings its own bands and wrappers (home page)
	Index   bool          // search engines may list it; off unless the page is public and lasting
	Keys    []Shortcut    // further keyboard shortcuts of this page, for the help
}

// Link is a link with an optional icon. An empty Href is no link.
type Link struct {
	Label string
	Href  string
	Icon  string
}

// Shortcut is a key and what it does, for the keyboard help.
type Shortcut struct{ Key, Label string }

// NavGroup is a group of the officials' side menu.
type NavGroup struct {
	Title string
	Links []NavLink
}

// NavLink is an entry of the side menu. A Count of 0 is not shown; Alert marks it as overdue work.
type NavLink struct {
	Label string
	Href  string
	Icon  string
	Count int
	Alert bool
}

// Step is one step of a list of steps.
type Step struct {
	Label string
	Note  string // small print under it: a date, a source
	Href  string // may be empty
	State string // "done", "current" or ""
}

// Item is one line of a definition list. Body, if set, stands in place of Value.
type Item struct {
	Label string
	Value string
	Href  string // makes the value a link
	Body  templ.Component
	Lang  string // of the value, if it differs from the page's: "vi" for legal text
	Edit  Link   // "change", at the end of the line
}

// Pager is the foot of a list with keyset paging. Empty links are not shown.
type Pager struct {
	From, To int // the rows shown, from 1; 0 if unknown
	Total    int // of all pages; -1 if unknown
	Prev     string
	Next     string
	Exports  []Link // XLSX, CSV
}

// Sort is a sortable column head. Href is the address with this column's order applied.
type Sort struct {
	Label string
	Href  string
	Dir   string // "asc", "desc", or "" if the table is sorted by another column
	Num   bool   // right-aligned
}

// Empty is what stands in place of an empty list.
type Empty struct {
	Icon  string
	Title string
	Text  string
	Link  Link
}

// Deadline is a deadline in words and as a date.
type Deadline struct {
	Kind    Kind
	Words   string // "còn 1 ngày 3 giờ làm việc"
	Date    string // "hẹn 25/11"; may be empty
	Explain string // address of the page that explains the date; may be empty
}

// Confirm is a page that asks before something is done.
type Confirm struct {
	Question string
	Text     string
	Items    []Item // what it is about
	Action   string // where the form is posted
	Hidden   []Hidden
	Fields   []FieldView // a reason, for example
	Yes      string      // label of the button, naming the act
	Danger   bool
	Cancel   string // address to go back to
}

// Hidden is a value a form carries along.
type Hidden struct{ Name, Value string }

// FormView describes a form.
type FormView struct {
	ID        string
	Action    string // a path without the language prefix
	Method    string // "post" unless "get"
	Autosave  string // address the form is saved to in the background; empty for none
	Multipart bool   // the form carries files even without JavaScript
	Hidden    []Hidden
}

// Option is a choice. Group names the heading it stands under in a select.
type Option struct {
	Value    string
	Label    string
	Help     string
	Group    string
	Disabled bool
}

// FieldView is one question of a form.
type FieldView struct {
	Path         string // JSON pointer or name; errors find the field by it. Name if empty
	Name         string // of the control
	Label        string
	Help         string
	Widget       string   // see Widgets
	Value        string   // of all widgets but the two below
	Values       []string // date: day, month, year as typed; checkboxes: the chosen values
	Options      []Option
	Optional     bool // shown as "(không bắt buộc)"; required fields are not marked
	Error        string
	InputMode    string // HTML's keyboard for phones, if the widget's own does not fit
	Autocomplete string // HTML's names; "bday" is spread over the three parts of a date
	Source       string // where a value that was filled in comes from, "Từ tài khoản của bạn"
	Suffix       string // unit after the control, "₫", "m²"
	MaxLength    int    // characters, 0 for none; counted by the server, shown as help for long texts
	Rows         int    // of a textarea; 4 if 0
	Width        string // "xs", "s", "m" or "" for the widget's own width
	Suggest      string // address that answers ?q= with a JSON list of {value,label}
	Scan         bool   // takes what a handheld scanner types while nothing has the focus
	Autofocus    bool
	ReadOnly     bool
	Lang         string      // of label and help, if it differs from the page's
	Repeat       *RepeatView // the field is a repeated group
	Upload       *UploadView // the field takes files
}

// Widgets names the values FieldView.Widget may take; anything else is a text field. A "checkbox"
// with options is "checkboxes". An "area" is a select of its options (grouped by Option.Group), or
// without options a text field with suggestions. A date is posted as Name.d, Name.m and Name.y.
func Widgets() []string {
	return []string{"text", "textarea", "date", "radio", "select", "checkbox", "checkboxes", "phone", "email", "cccd",
		"area", "number", "money", "year", "code", "password", "search", "hidden", "static", "repeat", "upload"}
}

// RepeatView is a group of questions that may be answered several times. Adding and removing are
// submit buttons named Add and Remove, so they work without JavaScript: the add button's value is
// the group's path, a remove button's value the path and the item's index ("/children/0").
type RepeatView struct {
	Path     string
	Count    string // name of a hidden input that tells how many items the page showed; none if empty
	Add      string // name of the add buttons; "_add" if empty
	Remove   string // name of the remove buttons; "_remove" if empty
	AddLabel string // "Thêm người con"
	Items    []RepeatItem
	Max      int // no add button from this number on; 0 for no limit
	Min      int // no remove buttons down to this number
}

// RepeatItem is one answer of a repeated group.
type RepeatItem struct {
	Path   string // value of its remove button; the group's path and the index if empty
	Title  string // "Người con thứ 1"
	Fields []FieldView
}

// UploadView is the upload of one paper. With JavaScript the files go in resumable chunks to URL
// (see the protocol in app.js); without it they travel with the form, which must be multipart.
type UploadView struct {
	URL      string // where uploads are created; empty for plain uploads only
	Accept   string // "image/*,application/pdf" if empty
	Multiple bool
	MaxBytes int64 // shown and checked before sending; 0 for none
	Files    []FileView
	Remove   string // name of the remove buttons; "_remove_file" if empty
}

// FileView is a file already there.
type FileView struct {
	ID   string // sent along as the value of the field, and by the remove button
	Name string
	Size string // "640 KB"
	Href string // to look at it; may be empty
	Note string // "Đã đối chiếu"
}

// Message returns the sentence about one place of the input, in the language of ctx.
func Message(ctx context.Context, f fault.Field) string {
	if len(f.Args) == 0 {
		return T(ctx, f.Key)
	}
	return T(ctx, f.Key, f.Args)
}

// Mark returns copies of the fields with the message of the first error that concerns each of
// them, in the words the summary uses too.
func Mark(ctx context.Context, fields []FieldView, errs []fault.Field) []FieldView {
	if len(errs) == 0 {
		return fields
	}
	byID := map[string]string{}
	for _, e := range errs {
		if id := FieldID(e.Path); byID[id] == "" {
			byID[id] = Message(ctx, e)
		}
	}
	return mark(fields, byID)
}

func mark(fields []FieldView, byID map[string]string) []FieldView {
	out := make([]FieldView, len(fields))
	for i, f := range fields {
		if m := byID[f.ID()]; m != "" {
			f.Error = m
		}
		if f.Repeat != nil {
			r := *f.Repeat
			r.Items = make([]RepeatItem, len(f.Repeat.Items))
			for j, it := range f.Repeat.Items {
				r.Items[j] = RepeatItem{Path: it.Path, Title: it.Title, Fields: mark(it.Fields, byID)}
			}
			f.Repeat = &r
		}
		out[i] = f
	}
	return out
}

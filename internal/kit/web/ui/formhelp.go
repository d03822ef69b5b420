package ui

import (
	"context"
	"strconv"

	"github.com/a-h/templ"
)

func hasEmpty(options []Option) bool {
	for _, o := range options {
		if o.Value == "" {
			return true
		}
	}
	return false
}

// choiceID gives the first choice the id of the field, where the summary of errors leads.
func choiceID(f FieldView, i int) string {
	if i == 0 {
		return f.ID()
	}
	return f.ID() + "-" + strconv.Itoa(i+1)
}

func invalid(f FieldView) templ.Attributes {
	if f.Error == "" {
		return nil
	}
	return templ.Attributes{"aria-invalid": "true"}
}

func isTrue(v string) bool { return v == "true" || v == "on" || v == "1" }

func itemPath(path string, i int) string { return path + "/" + strconv.Itoa(i) }

// inputValue never sends a password back.
func inputValue(f FieldView) string {
	if f.Widget == "password" {
		return ""
	}
	return f.Value
}

// uploadOf returns the field's upload with its defaults.
func uploadOf(f FieldView) UploadView {
	var u UploadView
	if f.Upload != nil {
		u = *f.Upload
	}
	u.Accept = orDefault(u.Accept, "image/*,application/pdf")
	return u
}

// fileName keeps the files of a plain upload apart from the ids of files that are already there.
func fileName(f FieldView) string { return f.Name + ".file" }

func pagerWords(ctx context.Context, p Pager) string {
	switch {
	case p.Total == 0:
		return T(ctx, "ui.rows_none")
	case p.From > 0 && p.Total > 0:
		return T(ctx, "ui.rows_of", "from", p.From, "to", p.To, "n", p.Total)
	case p.From > 0:
		return T(ctx, "ui.rows", "from", p.From, "to", p.To)
	case p.Total > 0:
		return T(ctx, "ui.rows_total", "n", p.Total)
	}
	return ""
}

package dossierweb

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"lienthong/internal/engine/form"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
)

// citizen is the citizens' half of Handlers; it has its own type so that both halves may call
// their handlers by the plain word.
type citizen struct{ *Handlers }

// tr is i18n.T with the prefix of this package's keys, shorter in templates.
func tr(ctx context.Context, key string, args ...any) string {
	return i18n.T(ctx, "dossierweb.citizen."+key, args...)
}

// pathID reads an id of the address; whatever is no id is a page that does not exist.
func pathID(r *http.Request, name string) (id.ID, error) {
	v, err := id.Parse(r.PathValue(name))
	if err != nil {
		return v, fault.New(fault.NotFound, "web.error.not_found")
	}
	return v, nil
}

// pageErrors turns trouble that a person can do something about into what the page says about it,
// with the status to answer. Other trouble is not for the page: ok is false.
func pageErrors(ctx context.Context, err error) (errs []fault.Field, status int, ok bool) {
	f := fault.As(err)
	if f == nil {
		return nil, 0, false
	}
	switch f.Kind {
	case fault.Invalid, fault.Conflict, fault.TooLarge, fault.TooMany:
	default:
		return nil, 0, false
	}
	if len(f.Fields) > 0 {
		return form.Localise(f.Fields, i18n.Lang(ctx)), web.Status(f.Kind), true
	}
	return form.Localise([]fault.Field{{Key: f.Key, Args: f.Args}}, i18n.Lang(ctx)), web.Status(f.Kind), true
}

// lowerFirst puts a name of an area inside a list of names: "huyện Chợ Đồn".
func lowerFirst(s string) string {
	for i, r := range s {
		return strings.ToLower(string(r)) + s[i+len(string(r)):]
	}
	return s
}

// statusSentence says what a status means for the applicant and what comes next.
func statusSentence(ctx context.Context, s dossier.Status) string {
	return tr(ctx, "status."+strconv.Itoa(int(s)))
}

// deadlineOf says how long an open dossier still takes. Red is for overdue alone.
func deadlineOf(ctx context.Context, d *dossier.Dossier, left worktime.Left) ui.Deadline {
	switch {
	case d.Closed() || !d.Finished.IsZero():
		if d.Finished.IsZero() {
			return ui.Deadline{Kind: ui.Idle, Words: statusWords(ctx, d.Status)}
		}
		if d.Late {
			return ui.Deadline{Kind: ui.Warn, Words: tr(ctx, "due.finished_late"), Date: i18n.Date(ctx, civil.From(d.Finished))}
		}
		return ui.Deadline{Kind: ui.OK, Words: tr(ctx, "due.finished"), Date: i18n.Date(ctx, civil.From(d.Finished))}
	case d.Received.IsZero():
		return ui.Deadline{Kind: ui.Info, Words: tr(ctx, "due.not_received")}
	case d.Due.IsZero():
		return ui.Deadline{Kind: ui.Idle, Words: tr(ctx, "due.paused")}
	}
	dl := ui.Deadline{Kind: ui.OK, Words: capital(worktime.Phrase(left, i18n.Lang(ctx))), Date: tr(ctx, "due.on", "date", i18n.DateTime(ctx, d.Due))}
	switch {
	case left.Overdue:
		dl.Kind = ui.Overdue
	case left.Days < 1:
		dl.Kind = ui.Warn
	}
	return dl
}

// langOf returns "vi" for a text that has no English form on an English page, so that screen
// readers say it right; empty otherwise.
func langOf(ctx context.Context, t form.Text) string {
	if i18n.Lang(ctx) == i18n.EN && t["en"] == "" {
		return i18n.VI
	}
	return ""
}

// viOnly is the lang of official Vietnamese wording on an English page.
func viOnly(ctx context.Context) string {
	if i18n.Lang(ctx) == i18n.EN {
		return i18n.VI
	}
	return ""
}

// setCookie remembers a small, harmless choice in the browser for a year.
func setCookie(w http.ResponseWriter, r *http.Request, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true,
		Secure: web.Secure(r), SameSite: http.SameSiteLaxMode})
}

// orPage returns the language of a text, or that of the page.
func orPage(ctx context.Context, lang string) string {
	if lang != "" {
		return lang
	}
	return i18n.Lang(ctx)
}

package dossierweb

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
)

// t is ui.T; the pages speak so often that the short name reads better.
func t(ctx context.Context, key string, args ...any) string { return ui.T(ctx, key, args...) }

// capital raises the first letter of a sentence made of parts.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// soonMinutes is the office time of two working days, from which on a deadline is marked as near.
const soonMinutes = 2 * 480

// deadline says when something is due, as words and as a date. Red is for what is overdue alone.
func deadline(ctx context.Context, now, due time.Time, left worktime.Left) ui.Deadline {
	if due.IsZero() {
		return ui.Deadline{Kind: ui.Idle, Words: t(ctx, "dossierweb.clock_stands")}
	}
	words := worktime.Phrase(left, i18n.Lang(ctx))
	d := ui.Deadline{Kind: ui.OK, Words: capital(words), Date: t(ctx, "dossierweb.due_at", "at", shortTime(ctx, now, due))}
	switch {
	case left.Overdue:
		d.Kind = ui.Overdue
	case civil.From(due) == civil.From(now):
		d.Kind, d.Words = ui.Warn, t(ctx, "dossierweb.today_left", "left", words)
	case left.TotalMinutes <= soonMinutes:
		d.Kind = ui.Warn
	}
	return d
}

// itemDeadline is the deadline of a worklist's line: that of the dossier, or before it is received
// that of the step.
func itemDeadline(ctx context.Context, now time.Time, w *dossier.WorkItem) ui.Deadline {
	due := w.Task.DossierDue
	if due.IsZero() && !w.Paused {
		due = w.Task.Due
	}
	if due.IsZero() && !w.Paused {
		return ui.Deadline{Kind: ui.Idle, Words: t(ctx, "dossierweb.no_deadline")}
	}
	return deadline(ctx, now, due, w.Left)
}

// shortTime leaves out the year that is plain.
func shortTime(ctx context.Context, now, at time.Time) string {
	day := civil.From(at)
	if day.Year() == civil.From(now).Year() {
		return i18n.DayMonth(ctx, day) + " " + i18n.Time(ctx, at)
	}
	return i18n.DateTime(ctx, at)
}

func statusWords(ctx context.Context, s dossier.Status) string {
	return t(ctx, "dossier.status."+strconv.Itoa(int(s)))
}

// statusKind is the tone of a status.
func statusKind(s dossier.Status) ui.Kind {
	switch s {
	case dossier.StatusFinished, dossier.StatusReturned:
		return ui.OK
	case dossier.StatusSupplement, dossier.StatusDuty:
		return ui.Warn
	case dossier.StatusNew, dossier.StatusReceived, dossier.StatusProcessing:
		return ui.Info
	}
	return ui.Idle
}

func channelWords(ctx context.Context, c dossier.Channel) string {
	return t(ctx, "dossier.channel."+strconv.Itoa(c))
}

func channelIcon(c dossier.Channel) string {
	switch c {
	case dossier.Online:
		return "world"
	case dossier.Post:
		return "send"
	}
	return "building-community"
}

// actWords says what an entry of the history is; an act this program does not know is shown by
// its name rather than not at all.
func actWords(ctx context.Context, e dossier.Entry) string {
	if key := "dossier.act." + e.Act; i18n.From(ctx) != nil && i18n.From(ctx).Has(key) {
		return t(ctx, key)
	}
	return e.Act
}

// actorWords names who acted; the platform itself has a name in both languages.
func actorWords(ctx context.Context, e dossier.Entry) string {
	if e.ActorKind == actor.SystemKind {
		return t(ctx, "dossierweb.by_system")
	}
	return e.ActorName
}

// dateMoved says from when to when a date was put, for acts that put it.
func dateMoved(ctx context.Context, e dossier.Entry) string {
	day := func(key string) string {
		s, _ := e.Data[key].(string)
		x, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return ""
		}
		return i18n.DateTime(ctx, x)
	}
	from, to := day("old"), day("new")
	if from == "" || to == "" {
		return ""
	}
	return from + " → " + to
}

// unitName returns the name of a unit of today, or nothing for one that is gone.
func unitName(ctx context.Context, tree *org.Tree, u id.ID) string {
	if x, ok := tree.Unit(u); ok {
		return x.In(i18n.Lang(ctx))
	}
	return ""
}

// unitPath names a division together with its agency.
func unitPath(ctx context.Context, tree *org.Tree, u id.ID) string {
	name := unitName(ctx, tree, u)
	if a := tree.Agency(u); a != nil && a.ID != u {
		return name + ", " + a.In(i18n.Lang(ctx))
	}
	return name
}

// birthWords shows a date of birth as people write it; forms allow the year alone.
func birthWords(ctx context.Context, s string) string {
	if d, err := civil.Parse(s); err == nil {
		return i18n.Date(ctx, d)
	}
	if y, m, ok := strings.Cut(s, "-"); ok {
		return m + "/" + y
	}
	return s
}

// at writes an instant, or nothing for none.
func at(ctx context.Context, x time.Time) string {
	if x.IsZero() {
		return ""
	}
	return i18n.DateTime(ctx, x)
}

func langWord(ctx context.Context) string { return i18n.Lang(ctx) }

package dossierweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"lienthong/internal/engine/form"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
)

const desk = ui.PathDesk

// dossierPath is the address of a dossier's page, or of one below it.
func dossierPath(code string, below ...string) string {
	p := desk + "/ho-so/" + url.PathEscape(code)
	for _, b := range below {
		p += "/" + b
	}
	return p
}

// troubles turns a refusal into what a form shows beside what was typed, with the status of the
// answer. Anything else is passed on: a page about it has nothing to correct.
func troubles(err error, lang string) ([]fault.Field, int, error) {
	f := fault.As(err)
	if f == nil {
		return nil, 0, err
	}
	switch f.Kind {
	case fault.Invalid, fault.Conflict, fault.TooLarge, fault.TooMany:
	default:
		return nil, 0, err
	}
	if len(f.Fields) > 0 {
		return form.Localise(f.Fields, lang), http.StatusUnprocessableEntity, nil
	}
	status := web.Status(f.Kind)
	if f.Kind == fault.Invalid {
		status = http.StatusUnprocessableEntity
	}
	return []fault.Field{{Key: f.Key, Args: f.Args}}, status, nil
}

// again answers with the same page and what was wrong, or passes an error on that a form cannot
// put right.
func again(w http.ResponseWriter, r *http.Request, err error, page func([]fault.Field) templ.Component) error {
	errs, status, err := troubles(err, i18n.Lang(r.Context()))
	if err != nil {
		return err
	}
	return web.Render(w, r, status, page(errs))
}

// idOf reads an id from the address or a form; what is none is as if it were not there.
func idOf(s string) (id.ID, error) {
	x, err := id.Parse(s)
	if err != nil || x.Zero() {
		return id.ID{}, fault.New(fault.NotFound, "dossier.not_found")
	}
	return x, nil
}

// mayDo tells whether the official holds the permission at an agency that takes part, which is the
// module's own rule for acts on a whole dossier.
func mayDo(who actor.Actor, d *dossier.Dossier, perm string) bool {
	return slices.ContainsFunc([]id.ID{d.Holder, d.Reception, d.Decision}, func(a id.ID) bool { return who.MayAt(perm, a) })
}

// myTask returns the actor's open task that the page is about: the one asked for, or else one that
// is assigned to the actor, or else the first. It is nil if the actor has none.
func myTask(who actor.Actor, v *dossier.View, asked string) *dossier.Task {
	for _, k := range v.MyTasks {
		if asked != "" && k.ID.String() == asked {
			return k
		}
	}
	for _, k := range v.MyTasks {
		if k.Assignee == who.Account {
			return k
		}
	}
	if len(v.MyTasks) > 0 {
		return v.MyTasks[0]
	}
	return nil
}

// errorWords says a refusal in one sentence, for reports row by row.
func errorWords(ctx context.Context, err error) (string, bool) {
	f := fault.As(err)
	if f == nil || f.Kind == fault.Unknown {
		return "", false
	}
	if len(f.Fields) > 0 {
		return ui.Message(ctx, form.Localise(f.Fields[:1], i18n.Lang(ctx))[0]), true
	}
	if cat := i18n.From(ctx); cat != nil && !cat.Has(f.Key) {
		return t(ctx, "dossierweb.refused_row"), true
	}
	return t(ctx, f.Key, f.Args), true
}

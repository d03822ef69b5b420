package dossierweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
)

// reportsPath is where subscriptions are changed.
const reportsPath = desk + "/thong-ke/dinh-ky"

// ReportPath returns the address of the officials' page that shows the choice over the days.
func ReportPath(c dossier.Choice, from, to civil.Date) string {
	q := choiceQuery(c)
	q.Set("tu", from.String())
	q.Set("den", to.String())
	return desk + "/thong-ke?" + q.Encode()
}

// choiceQuery is a choice in the words of the page's address.
func choiceQuery(c dossier.Choice) url.Values {
	q := url.Values{}
	set := func(key, value string) {
		if value != "" {
			q.Set(key, value)
		}
	}
	if !c.Agency.Zero() {
		set("co-quan", c.Agency.String())
	}
	set(groupLevel, c.Level)
	set(groupField, c.Field)
	set("thu-tuc", c.Procedure)
	set("nhom", c.By)
	if c.Channel != 0 {
		set("kenh", strconv.Itoa(c.Channel))
	}
	return q
}

// maxChoice bounds each word of a choice that is stored.
const maxChoice = 100

// readChoice reads a choice from the words of the page's address; words that mean nothing are left out.
func readChoice(q url.Values) dossier.Choice {
	word := func(key string) string {
		if v := q.Get(key); len(v) <= maxChoice {
			return v
		}
		return ""
	}
	c := dossier.Choice{Level: word(groupLevel), Field: word(groupField), Procedure: word("thu-tuc"), By: word("nhom")}
	if a, err := id.Parse(q.Get("co-quan")); err == nil {
		c.Agency = a
	}
	if n, err := strconv.Atoi(q.Get("kenh")); err == nil && slices.Contains(dossier.Channels(), n) {
		c.Channel = n
	}
	return c
}

// everyOptions are the words for how often a report is sent.
func everyOptions(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, e := range []string{dossier.EveryMonth, dossier.EveryWeek, dossier.EveryDay} {
		out = append(out, ui.Option{Value: e, Label: t(ctx, "dossierweb.report.every."+e)})
	}
	return out
}

// reportFields are the visible fields of the form that subscribes what the page shows.
func reportFields(ctx context.Context, errs []fault.Field) []ui.FieldView {
	return ui.Mark(ctx, []ui.FieldView{
		{Name: "name", Label: t(ctx, "dossierweb.report.name"), MaxLength: 120},
		{Name: "every", Label: t(ctx, "dossierweb.report.every"), Widget: "select", Value: dossier.EveryMonth, Options: everyOptions(ctx)},
	}, errs)
}

// hidden are the choices of the page, for forms that send them on.
func (p *figuresPage) hidden() []ui.Option {
	q, err := url.ParseQuery(p.query())
	if err != nil {
		return nil
	}
	if len(p.filter.Procedures) == 1 && p.Field == "" {
		q.Set("thu-tuc", p.filter.Procedures[0])
	}
	var out []ui.Option
	for _, k := range []string{"co-quan", groupLevel, groupField, "thu-tuc", "kenh", "nhom", "tu", "den"} {
		if v := q.Get(k); v != "" {
			out = append(out, ui.Option{Value: v, Label: k})
		}
	}
	return out
}

// reportSubscribe has what the page shows sent to the official.
func (h *Handlers) reportSubscribe(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	choice := readChoice(in)
	_, err = h.Dossiers.SubscribeReport(r.Context(), in.Get("name"), in.Get("every"), choice)
	if err == nil {
		web.Flash(w, r, ui.OK, "dossierweb.report.done")
		return web.Redirect(w, r, desk+"/thong-ke?"+choiceQuery(choice).Encode())
	}
	errs, status, err := troubles(err, langWord(r.Context()))
	if err != nil {
		return err
	}
	r.URL.RawQuery = choiceQuery(choice).Encode()
	p, err := h.figuresPage(r)
	if err != nil {
		return err
	}
	p.Errors = append(p.Errors, errs...)
	return web.Render(w, r, status, officialFigures(p))
}

// reportChange pauses, resumes or ends a subscription of the official's.
func (h *Handlers) reportChange(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	x, err := pathID(r, "id")
	if err != nil {
		return err
	}
	switch in.Get("do") {
	case "pause":
		err = h.Dossiers.PauseReport(r.Context(), x, true)
	case "resume":
		err = h.Dossiers.PauseReport(r.Context(), x, false)
	case "drop":
		err = h.Dossiers.DropReport(r.Context(), x)
	default:
		err = fault.New(fault.Invalid, "web.error.form")
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.OK, "dossierweb.report.changed")
	return web.Redirect(w, r, desk+"/thong-ke")
}

// reportLine says how often a report is sent, and until when it was.
func reportLine(ctx context.Context, x *dossier.Subscription) string {
	if !x.Paused.IsZero() {
		return t(ctx, "dossierweb.report.paused", "at", i18n.DateTime(ctx, x.Paused))
	}
	return t(ctx, "dossierweb.report.every."+x.Every)
}

package dossierweb

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
)

// holdAsk is the page that stops a dossier's clock.
func (h *Handlers) holdAsk(r *http.Request) (*dossier.Dossier, askPage, error) {
	ctx := r.Context()
	d, p, err := h.head(r, "tam-dung", "dossierweb.hold")
	if err != nil {
		return d, p, err
	}
	p.Icon, p.Text = "player-pause", t(ctx, "dossierweb.hold_text")
	note := noteField(ctx, "dossierweb.reason", "", r.FormValue("note"), false)
	note.Autofocus = false
	p.Fields = []ui.FieldView{
		{Name: "cause", Widget: "radio", Label: t(ctx, "dossierweb.clock.cause"), Value: r.FormValue("cause"), Options: []ui.Option{
			{Value: "", Label: t(ctx, "dossierweb.clock.cause_own")},
			{Value: worktime.OtherAgency, Label: t(ctx, "dossierweb.clock.cause_other")}}},
		{Name: "basis", Label: t(ctx, "dossierweb.clock.basis"), Help: t(ctx, "dossierweb.clock.basis_help"), Value: r.FormValue("basis"),
			Lang: i18n.VI, Optional: true, MaxLength: 300},
		note}
	if rules, ok := h.Dossiers.RuleSet(d.Regime); ok && !rules.Pauses(worktime.OtherAgency) {
		p.Fields[0].Help = t(ctx, "dossierweb.clock.cause_runs")
	}
	return d, p, nil
}

// holdPage asks why the clock is to stop.
func (h *Handlers) holdPage(w http.ResponseWriter, r *http.Request) error {
	_, p, err := h.holdAsk(r)
	if err != nil {
		return err
	}
	return p.show(w, r, nil)
}

// hold stops the clock.
func (h *Handlers) hold(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.Form(r); err != nil {
		return err
	}
	d, p, err := h.holdAsk(r)
	if err != nil {
		return err
	}
	o := dossier.HoldOrder{Cause: r.FormValue("cause"), Basis: r.FormValue("basis"), Reason: r.FormValue("note")}
	if _, err := h.Dossiers.HoldFor(r.Context(), d.ID, o); err != nil {
		return p.show(w, r, err)
	}
	return done(w, r, d.Code, "dossierweb.done.held")
}

func (h *Handlers) extendAsk(r *http.Request) (*dossier.Dossier, askPage, error) {
	ctx := r.Context()
	d, p, err := h.head(r, "gia-han", "dossierweb.extend")
	if err != nil {
		return d, p, err
	}
	p.Icon, p.Text = "calendar-time", t(ctx, "dossierweb.extend_text")
	p.Facts = []ui.Item{{Label: t(ctx, "dossierweb.fact.due"), Value: at(ctx, d.Due)}}
	if rules, ok := h.Dossiers.RuleSet(d.Regime); ok {
		cal, err := h.Dossiers.Calendars.Calendar(ctx, d.Decision)
		if err != nil {
			return d, p, err
		}
		if !d.Due.IsZero() && rules.ExtensionNotice > 0 {
			p.Facts = append(p.Facts, ui.Item{Label: t(ctx, "dossierweb.clock.extend_by"), Value: at(ctx, cal.Before(d.Due, rules.ExtensionNotice))})
		}
		p.Facts = append(p.Facts, ui.Item{Label: t(ctx, "dossierweb.clock.extend_most"), Value: i18n.Int(ctx, int64(rules.MaxExtensions))},
			ui.Item{Label: t(ctx, "dossierweb.clock.rules"), Value: rules.Source})
	}
	note := noteField(ctx, "dossierweb.reason", "dossierweb.extend_help", r.FormValue("note"), false)
	note.Autofocus = false
	p.Fields = []ui.FieldView{{Name: "days", Widget: "number", Label: t(ctx, "dossierweb.extend_days"), Suffix: t(ctx, "dossierweb.working_days"),
		Value: r.FormValue("days"), Width: "xs", Autofocus: true}, note}
	return d, p, nil
}

// extendPage asks for the new term and the reason for which the office apologises.
func (h *Handlers) extendPage(w http.ResponseWriter, r *http.Request) error {
	_, p, err := h.extendAsk(r)
	if err != nil {
		return err
	}
	return p.show(w, r, nil)
}

// extend puts the date off; the apology can then be printed.
func (h *Handlers) extend(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.Form(r); err != nil {
		return err
	}
	d, p, err := h.extendAsk(r)
	if err != nil {
		return err
	}
	days, _ := strconv.Atoi(text.Line(r.FormValue("days"))) // what is no number is out of range, which the module says
	if _, err := h.Dossiers.Extend(r.Context(), d.ID, days, r.FormValue("note")); err != nil {
		return p.show(w, r, err)
	}
	return done(w, r, d.Code, "dossierweb.done.extended")
}

// rulesLines says under which rules a date was counted and what is not known of them.
func rulesLines(ctx context.Context, s *dossier.Service, key string) []string {
	rules, ok := s.RuleSet(key)
	if !ok || rules.Source == "" {
		return nil
	}
	out := []string{t(ctx, "dossierweb.clock.by_rules", "source", rules.Source)}
	if len(rules.Unknown) > 0 {
		names := make([]string, 0, len(rules.Unknown))
		for _, n := range slices.Sorted(slices.Values(rules.Unknown)) {
			names = append(names, t(ctx, "dossierweb.rule."+n))
		}
		out = append(out, t(ctx, "dossierweb.clock.unknown", "what", strings.Join(names, ", ")))
	}
	return out
}

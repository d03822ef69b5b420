package orgweb

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
)

// editSeason asks for office hours that are in force for some time, such as those of the summer.
func (h *Handlers) editSeason(w http.ResponseWriter, r *http.Request) error {
	return h.showSeason(w, r, http.StatusOK, nil, nil)
}

func (h *Handlers) showSeason(w http.ResponseWriter, r *http.Request, status int, form url.Values, errs []fault.Field) error {
	v, err := h.loadCalendar(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	own := worktime.DatedWeek{}
	was := r.URL.Query().Get("mua")
	if form != nil {
		was = form.Get("was")
	}
	title := "org.cal_season"
	i, found := seasonOf(v.Own.Config.Weeks, was)
	if found {
		own, title = v.Own.Config.Weeks[i], "org.cal_season_change"
	} else {
		was = ""
	}
	f := h.calendarForm(r, v, form, title, pathCalendar+"/"+v.Unit.ID.String()+"/mua", errs)
	f.Intro = ui.T(ctx, "org.cal_season_intro", "name", v.Unit.In(i18n.Lang(ctx)))
	f.Hidden = append(f.Hidden, ui.Hidden{Name: "was", Value: was})
	from := &own.From
	if !found {
		from = nil
	}
	f.Fields = []ui.FieldView{
		{Name: "name", Label: ui.T(ctx, "org.cal_name"), Value: typed(form, "name", own.Name), Lang: i18n.VI, MaxLength: 200},
		{Name: "from", Label: ui.T(ctx, "org.cal_season_from"), Widget: "date", Values: dateParts(form, "from", from)},
		{Name: "to", Label: ui.T(ctx, "org.cal_season_to"), Widget: "date", Values: dateParts(form, "to", own.To), Optional: true}}
	for _, d := range weekdays() {
		f.Fields = append(f.Fields, ui.FieldView{Name: d.Key, Label: ui.T(ctx, "org.cal_day."+d.Key), Width: "m", Optional: true,
			Value: typed(form, d.Key, hours(own.Week[d.N])), Help: ui.T(ctx, "org.cal_hours_now", "hours", hoursWords(ctx, v.Week[d.N]))})
	}
	f.Fields = append(f.Fields, ui.FieldView{Name: "source", Label: ui.T(ctx, "org.cal_source"), Help: ui.T(ctx, "org.cal_source_help"),
		Value: typed(form, "source", own.Source), Lang: i18n.VI, MaxLength: 500})
	if found {
		f.Fields = append(f.Fields, ui.FieldView{Name: "drop", Widget: "checkbox", Label: ui.T(ctx, "org.cal_season_drop"), Optional: true})
	}
	return h.show(w, r, status, f)
}

// seasonOf finds the season by its place in the list and its first day, as in the address.
func seasonOf(list []worktime.DatedWeek, key string) (int, bool) {
	at, from, _ := strings.Cut(key, ".")
	i, err := strconv.Atoi(at)
	if err != nil || i < 0 || i >= len(list) || list[i].From.String() != from {
		return 0, false
	}
	return i, true
}

// seasonKey names a season in addresses.
func seasonKey(i int, w worktime.DatedWeek) string { return strconv.Itoa(i) + "." + w.From.String() }

// setSeason shows what the hours change, and saves them once that was confirmed.
func (h *Handlers) setSeason(w http.ResponseWriter, r *http.Request) error {
	v, err := h.loadCalendar(r)
	if err != nil {
		return err
	}
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	again := func(status int, errs []fault.Field) error {
		out := slices.Clone(errs)
		for i := range out {
			if rest, ok := strings.CutPrefix(out[i].Path, "/weeks/"); ok {
				p := strings.Split(rest, "/")
				out[i].Path = p[min(len(p)-1, 1)]
				if len(p) > 2 && p[1] == "week" {
					out[i].Path = p[2]
				}
			}
		}
		return h.showSeason(w, r, status, form, out)
	}
	p := proposal{title: ui.T(r.Context(), "org.cal_season_preview"), path: pathCalendar + "/" + v.Unit.ID.String() + "/mua"}
	p.start(v, form)
	p.cal.Config.Weeks = slices.Clone(v.Own.Config.Weeks)
	i, found := seasonOf(p.cal.Config.Weeks, form.Get("was"))
	if found {
		p.cal.Config.Weeks = slices.Delete(p.cal.Config.Weeks, i, i+1)
	}
	if found && form.Get("drop") != "" {
		return h.propose(w, r, p, again)
	}
	season, bad := readSeason(form)
	if len(bad) > 0 {
		return again(http.StatusUnprocessableEntity, bad)
	}
	p.year = season.From.Year()
	p.cal.Config.Weeks = append(p.cal.Config.Weeks, season)
	slices.SortStableFunc(p.cal.Config.Weeks, func(a, b worktime.DatedWeek) int { return int(a.From) - int(b.From) })
	return h.propose(w, r, p, again)
}

func readSeason(form url.Values) (s worktime.DatedWeek, bad []fault.Field) {
	s.Name, s.Source = text.Line(form.Get("name")), text.Line(form.Get("source"))
	var ok bool
	if s.From, ok = date(form, "from"); !ok {
		bad = append(bad, fault.Field{Path: "from", Key: "org.date_form"})
	}
	if s.To, ok = optionalDate(form, "to"); !ok || s.To != nil && *s.To < s.From {
		bad = append(bad, fault.Field{Path: "to", Key: "org.date_form"})
	}
	for _, d := range weekdays() {
		spans, ok := parseHours(form.Get(d.Key))
		if !ok {
			bad = append(bad, fault.Field{Path: d.Key, Key: "org.cal_hours_form"})
		}
		s.Week[d.N] = spans
	}
	if s.Name == "" {
		bad = append(bad, fault.Field{Path: "name", Key: "org.cal_name_missing"})
	}
	if s.Source == "" {
		bad = append(bad, fault.Field{Path: "source", Key: "org.cal_source_missing"})
	}
	return s, bad
}

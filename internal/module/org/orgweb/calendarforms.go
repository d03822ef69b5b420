package orgweb

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/org"
)

// proposal is a calendar as somebody wants it, before it is saved.
type proposal struct {
	view  org.CalendarView
	cal   org.StoredCalendar
	title string
	path  string     // where the form is posted
	form  url.Values // what was typed, carried along to the second question
	year  int
}

// previewView shows what a proposal changes and asks whether to save it.
type previewView struct {
	Title   string
	Crumbs  []ui.Link
	Confirm ui.Confirm
	Rows    []changedDay
	Count   int
	More    bool // there are more changed days than were counted
	Counted bool // dossiers were counted
	Effect  org.CalendarEffect
	Tree    *org.Tree
}

type changedDay struct {
	Date          civil.Date
	Before, After worktime.DayInfo
}

// The most changed days that are counted, and listed. New office hours change every working day.
const (
	mostChanged = 1000
	mostListed  = 60
)

func (h *Handlers) loadCalendar(r *http.Request) (org.CalendarView, error) {
	u, err := pathID(r, "unit")
	if err != nil {
		return org.CalendarView{}, err
	}
	v, err := h.Org.ViewCalendar(r.Context(), u)
	if err != nil {
		return v, err
	}
	t, err := h.Org.Tree(r.Context())
	if err == nil && !org.MayEditCalendar(actor.From(r.Context()), t, u) {
		err = fault.New(fault.Forbidden, "org.may_not_edit")
	}
	return v, err
}

func calendarCrumbs(r *http.Request, v org.CalendarView) []ui.Link {
	return []ui.Link{{Label: ui.T(r.Context(), "org.cal_title"), Href: pathCalendar}, {Label: v.Unit.Label(), Href: calendarPath(v.Unit.Key, 0)}}
}

// propose saves the proposal if it was confirmed, or shows what it would change.
func (h *Handlers) propose(w http.ResponseWriter, r *http.Request, p proposal, again func(status int, errs []fault.Field) error) error {
	ctx := r.Context()
	p.cal.Unit = p.view.Unit.ID
	next := calendarPath(p.view.Unit.Key, p.year)
	if p.form.Get("confirm") != "" {
		err := h.Org.SetCalendar(ctx, actor.From(ctx), p.cal)
		return h.outcome(w, r, err, "org.cal_saved", next, again)
	}
	before, after, err := h.Org.CalendarWith(ctx, p.view.Unit.ID, p.cal.Config)
	if err != nil {
		return h.outcome(w, r, err, "", next, again)
	}
	v := previewView{Title: p.title, Crumbs: calendarCrumbs(r, p.view)}
	first, last := org.YearsOf(h.Org.Today(), p.view.Own.Config, p.cal.Config)
	days := worktime.Changed(before, after, first, last, mostChanged)
	v.Count, v.More = len(days), len(days) == mostChanged
	for _, d := range days[:min(len(days), mostListed)] {
		v.Rows = append(v.Rows, changedDay{d, before.Day(d), after.Day(d)})
	}
	if h.Dossiers != nil {
		if v.Effect, err = h.Dossiers.AffectedByCalendar(ctx, p.view.Unit.ID, before, after); err != nil {
			return err
		}
		if v.Tree, err = h.Org.Tree(ctx); err != nil {
			return err
		}
		v.Counted = true
	}
	v.Confirm = ui.Confirm{Question: p.title, Text: ui.T(ctx, "org.cal_confirm_text", "name", p.view.Unit.In(i18n.Lang(ctx))), Action: p.path,
		Yes: ui.T(ctx, "org.cal_confirm"), Cancel: next}
	for name, values := range p.form {
		for _, value := range values {
			if name != "confirm" {
				v.Confirm.Hidden = append(v.Confirm.Hidden, ui.Hidden{Name: name, Value: value})
			}
		}
	}
	slices.SortStableFunc(v.Confirm.Hidden, func(a, b ui.Hidden) int { return strings.Compare(a.Name, b.Name) })
	v.Confirm.Hidden = append(v.Confirm.Hidden, ui.Hidden{Name: "confirm", Value: "1"})
	return web.Render(w, r, http.StatusOK, calendarPreview(v))
}

// start is the proposal that changes nothing yet.
func (p *proposal) start(v org.CalendarView, form url.Values) {
	p.view, p.form, p.cal = v, form, v.Own
	p.cal.Version = version(form)
	p.cal.Config.Days = slices.Clone(v.Own.Config.Days)
}

func (h *Handlers) calendarForm(r *http.Request, v org.CalendarView, form url.Values, title, path string, errs []fault.Field) formView {
	out := formView{Title: ui.T(r.Context(), title), Crumbs: calendarCrumbs(r, v), Action: path, Errs: errs, Current: pathCalendar,
		Yes: ui.T(r.Context(), "org.cal_see_change"), Back: calendarPath(v.Unit.Key, 0),
		Hidden: []ui.Hidden{{Name: "version", Value: strconv.FormatInt(v.Own.Version, 10)}}}
	if form != nil {
		out.Hidden[0].Value = form.Get("version") // what was typed was typed for that version
	}
	return out
}

// The day of the unit's own that a form is about; nil for one to be added.
func ownDay(v org.CalendarView, date string) *worktime.Day {
	for i := range v.Own.Config.Days {
		if d := &v.Own.Config.Days[i]; date != "" && d.Date.String() == date {
			return d
		}
	}
	return nil
}

func (h *Handlers) editDay(w http.ResponseWriter, r *http.Request) error {
	return h.showDay(w, r, http.StatusOK, nil, nil)
}

func (h *Handlers) showDay(w http.ResponseWriter, r *http.Request, status int, form url.Values, errs []fault.Field) error {
	v, err := h.loadCalendar(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	was := r.URL.Query().Get("ngay")
	if form != nil {
		was = form.Get("was")
	}
	var d worktime.Day
	var date *civil.Date
	title := "org.cal_add_day"
	if own := ownDay(v, was); own != nil {
		d, date, title = *own, &own.Date, "org.cal_change_day"
	} else {
		was = ""
		d.Kind = worktime.CompensatoryOff
	}
	f := h.calendarForm(r, v, form, title, pathCalendar+"/"+v.Unit.ID.String()+"/ngay", errs)
	f.Hidden = append(f.Hidden, ui.Hidden{Name: "was", Value: was})
	f.Intro = ui.T(ctx, "org.cal_day_intro", "name", v.Unit.In(i18n.Lang(ctx)))
	var kinds []ui.Option
	for _, k := range marked() {
		kinds = append(kinds, ui.Option{Value: string(k), Label: kindWords(ctx, k)})
	}
	f.Fields = []ui.FieldView{
		{Name: "date", Label: ui.T(ctx, "org.cal_date"), Widget: "date", Values: dateParts(form, "date", date)},
		{Name: "kind", Label: ui.T(ctx, "org.cal_kind"), Widget: "radio", Value: typed(form, "kind", string(d.Kind)), Options: kinds},
		{Name: "name", Label: ui.T(ctx, "org.cal_name"), Help: ui.T(ctx, "org.cal_name_help"), Value: typed(form, "name", d.Name), Lang: i18n.VI, MaxLength: 200},
		{Name: "name_en", Label: ui.T(ctx, "org.name_en"), Value: typed(form, "name_en", d.NameEN), Optional: true, MaxLength: 200},
		{Name: "swap", Label: ui.T(ctx, "org.cal_swap"), Help: ui.T(ctx, "org.cal_swap_help"), Widget: "date", Values: dateParts(form, "swap", d.Swap), Optional: true},
		{Name: "hours", Label: ui.T(ctx, "org.cal_hours"), Help: ui.T(ctx, "org.cal_day_hours_help"), Value: typed(form, "hours", hours(d.Spans)), Width: "m", Optional: true},
		{Name: "source", Label: ui.T(ctx, "org.cal_source"), Help: ui.T(ctx, "org.cal_source_help"), Value: typed(form, "source", d.Source), Lang: i18n.VI, MaxLength: 500},
	}
	return h.show(w, r, status, f)
}

// readDay reads the form of a day.
func readDay(form url.Values) (worktime.Day, []fault.Field) {
	var bad []fault.Field
	d := worktime.Day{Kind: worktime.Kind(form.Get("kind")), Name: text.Line(form.Get("name")), NameEN: text.Line(form.Get("name_en")),
		Source: text.Line(form.Get("source"))}
	var ok bool
	if d.Date, ok = date(form, "date"); !ok {
		bad = append(bad, fault.Field{Path: "date", Key: "org.date_form"})
	}
	if d.Swap, ok = optionalDate(form, "swap"); !ok {
		bad = append(bad, fault.Field{Path: "swap", Key: "org.date_form"})
	}
	if d.Spans, ok = parseHours(form.Get("hours")); !ok {
		bad = append(bad, fault.Field{Path: "hours", Key: "org.cal_hours_form"})
	}
	if d.Name == "" {
		bad = append(bad, fault.Field{Path: "name", Key: "org.cal_name_missing"})
	}
	if d.Source == "" {
		bad = append(bad, fault.Field{Path: "source", Key: "org.cal_source_missing"})
	}
	return d, bad
}

func (h *Handlers) setDay(w http.ResponseWriter, r *http.Request) error {
	v, err := h.loadCalendar(r)
	if err != nil {
		return err
	}
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	again := func(status int, errs []fault.Field) error {
		return h.showDay(w, r, status, form, dayErrors(errs))
	}
	d, bad := readDay(form)
	if len(bad) > 0 {
		return again(http.StatusUnprocessableEntity, bad)
	}
	p := proposal{title: ui.T(r.Context(), "org.cal_preview_day", "date", d.Date), path: pathCalendar + "/" + v.Unit.ID.String() + "/ngay", year: d.Date.Year()}
	p.start(v, form)
	if was := form.Get("was"); was != "" {
		p.cal.Config.Days = slices.DeleteFunc(p.cal.Config.Days, func(o worktime.Day) bool { return o.Date.String() == was })
	}
	// A day that is there already is told by the calendar's own check.
	p.cal.Config.Days = append(p.cal.Config.Days, d)
	slices.SortStableFunc(p.cal.Config.Days, func(a, b worktime.Day) int { return int(a.Date) - int(b.Date) })
	return h.propose(w, r, p, again)
}

// dayErrors turns the paths of a calendar's check into the names of the day form's fields.
func dayErrors(errs []fault.Field) []fault.Field {
	out := slices.Clone(errs)
	for i := range out {
		for _, name := range []string{"date", "kind", "swap", "spans", "source"} {
			if strings.HasPrefix(out[i].Path, "/days/") && strings.Contains(out[i].Path, "/"+name) {
				out[i].Path = map[bool]string{true: "hours", false: name}[name == "spans"]
				break
			}
		}
	}
	return out
}

func (h *Handlers) askRemoveDay(w http.ResponseWriter, r *http.Request) error {
	v, err := h.loadCalendar(r)
	if err != nil {
		return err
	}
	return h.remove(w, r, v, url.Values{"was": {r.URL.Query().Get("ngay")}, "version": {strconv.FormatInt(v.Own.Version, 10)}})
}

func (h *Handlers) removeDay(w http.ResponseWriter, r *http.Request) error {
	v, err := h.loadCalendar(r)
	if err != nil {
		return err
	}
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	return h.remove(w, r, v, form)
}

func (h *Handlers) remove(w http.ResponseWriter, r *http.Request, v org.CalendarView, form url.Values) error {
	d := ownDay(v, form.Get("was"))
	if d == nil {
		return fault.New(fault.NotFound, "org.cal_day_unknown")
	}
	p := proposal{title: ui.T(r.Context(), "org.cal_remove_day", "date", d.Date), path: pathCalendar + "/" + v.Unit.ID.String() + "/xoa-ngay", year: d.Date.Year()}
	p.start(v, form)
	p.cal.Config.Days = slices.DeleteFunc(p.cal.Config.Days, func(o worktime.Day) bool { return o.Date == d.Date })
	return h.propose(w, r, p, func(_ int, errs []fault.Field) error {
		return fault.New(fault.Conflict, errs[0].Key)
	})
}

func (h *Handlers) editHours(w http.ResponseWriter, r *http.Request) error {
	return h.showHours(w, r, http.StatusOK, nil, nil)
}

func (h *Handlers) showHours(w http.ResponseWriter, r *http.Request, status int, form url.Values, errs []fault.Field) error {
	v, err := h.loadCalendar(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	f := h.calendarForm(r, v, form, "org.cal_edit_hours", pathCalendar+"/"+v.Unit.ID.String()+"/gio", errs)
	f.Intro = ui.T(ctx, "org.cal_hours_intro", "name", v.Unit.In(i18n.Lang(ctx)))
	own := v.Own.Config.Week
	for _, d := range weekdays() {
		f.Fields = append(f.Fields, ui.FieldView{Name: d.Key, Label: ui.T(ctx, "org.cal_day."+d.Key), Width: "m", Optional: true,
			Value: typed(form, d.Key, hours(own[d.N])), Help: ui.T(ctx, "org.cal_hours_now", "hours", hoursWords(ctx, v.Week[d.N]))})
	}
	f.Fields = append(f.Fields,
		ui.FieldView{Name: "name", Label: ui.T(ctx, "org.cal_calendar_name"), Value: typed(form, "name", v.Own.Config.Name), Lang: i18n.VI, MaxLength: 200},
		ui.FieldView{Name: "source", Label: ui.T(ctx, "org.cal_source"), Help: ui.T(ctx, "org.cal_hours_source_help"), Value: typed(form, "source", v.Own.Source), Lang: i18n.VI, MaxLength: 500},
		ui.FieldView{Name: "status", Label: ui.T(ctx, "org.status"), Widget: "select", Width: "m", Value: typed(form, "status", v.Own.Status), Options: statuses(r)})
	return h.show(w, r, status, f)
}

func (h *Handlers) setHours(w http.ResponseWriter, r *http.Request) error {
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
			if rest, ok := strings.CutPrefix(out[i].Path, "/week/"); ok {
				out[i].Path, _, _ = strings.Cut(rest, "/")
			}
		}
		return h.showHours(w, r, status, form, out)
	}
	p := proposal{title: ui.T(r.Context(), "org.cal_preview_hours"), path: pathCalendar + "/" + v.Unit.ID.String() + "/gio"}
	p.start(v, form)
	p.cal.Source, p.cal.Status, p.cal.Config.Name = text.Line(form.Get("source")), form.Get("status"), text.Line(form.Get("name"))
	var bad []fault.Field
	for _, d := range weekdays() {
		spans, ok := parseHours(form.Get(d.Key))
		if !ok {
			bad = append(bad, fault.Field{Path: d.Key, Key: "org.cal_hours_form"})
		}
		p.cal.Config.Week[d.N] = spans
	}
	if p.cal.Config.Name == "" {
		bad = append(bad, fault.Field{Path: "name", Key: "org.cal_calendar_name_missing"})
	}
	if p.cal.Source == "" {
		bad = append(bad, fault.Field{Path: "source", Key: "org.cal_source_missing"})
	}
	if len(bad) > 0 {
		return again(http.StatusUnprocessableEntity, bad)
	}
	return h.propose(w, r, p, again)
}

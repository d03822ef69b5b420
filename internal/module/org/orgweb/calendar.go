package orgweb

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/org"
)

const pathCalendar = "/quan-tri/lich"

// Affected tells what a change of a working calendar does to work under way. What the actor may not
// read is counted and not named.
type Affected interface {
	AffectedByCalendar(ctx context.Context, unit id.ID, before, after *worktime.Calendar) (org.CalendarEffect, error)
}

func calendarRoutes(r *web.Router, h *Handlers) {
	const p = org.PermCalendar
	r.Handle("GET "+pathCalendar, p, h.calendar)
	r.Handle("GET "+pathCalendar+"/{unit}/ngay", p, h.editDay)
	r.Handle("POST "+pathCalendar+"/{unit}/ngay", p, h.setDay)
	r.Handle("GET "+pathCalendar+"/{unit}/xoa-ngay", p, h.askRemoveDay)
	r.Handle("POST "+pathCalendar+"/{unit}/xoa-ngay", p, h.removeDay)
	r.Handle("GET "+pathCalendar+"/{unit}/thong-bao", p, h.editNotice)
	r.Handle("POST "+pathCalendar+"/{unit}/thong-bao", p, h.setNotice)
	r.Handle("GET "+pathCalendar+"/{unit}/mua", p, h.editSeason)
	r.Handle("POST "+pathCalendar+"/{unit}/mua", p, h.setSeason)
	r.Handle("GET "+pathCalendar+"/{unit}/gio", p, h.editHours)
	r.Handle("POST "+pathCalendar+"/{unit}/gio", p, h.setHours)
}

// calendarView is the page of an agency's working year.
type calendarView struct {
	org.CalendarView
	Year    int
	Today   civil.Date
	Units   []unitGroup
	Months  []month
	Special []worktime.DayInfo // the days of the year that are not as the week says
	Own     []worktime.Day     // set by this unit, the newest first
	MayEdit bool
	Count   map[worktime.Kind]int
	Errs    []fault.Field
}

// unitGroup is the agencies of one kind, for choosing.
type unitGroup struct {
	kind  string
	units []*org.Unit
}

// month is a month as a grid of weeks that begin on Monday; days of other months are zero.
type month struct {
	first civil.Date
	weeks [][7]worktime.DayInfo
}

// The years that can be looked at; beyond them nobody plans and the yearly notices are not known.
const (
	firstYear = 2000
	lastYear  = 2100
)

func (h *Handlers) calendar(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return err
	}
	if len(tree.Roots()) == 0 {
		return fault.New(fault.NotFound, "org.unit_unknown")
	}
	unit, ok := tree.Roots()[0], true
	if key := q.Get("don-vi"); key != "" {
		if unit, ok = tree.ByKey(key); !ok {
			return fault.New(fault.NotFound, "org.unit_unknown")
		}
	}
	v := calendarView{Today: h.Org.Today(), Count: map[worktime.Kind]int{}}
	status := http.StatusOK
	v.Year = v.Today.Year()
	if s := q.Get("nam"); s != "" {
		y, err := strconv.Atoi(s)
		if err != nil || y < firstYear || y > lastYear {
			v.Errs = []fault.Field{{Path: "nam", Key: "org.cal_year_form", Args: fault.Args("min", strconv.Itoa(firstYear), "max", strconv.Itoa(lastYear))}}
			status = http.StatusUnprocessableEntity
		} else {
			v.Year = y
		}
	}
	if v.CalendarView, err = h.Org.ViewCalendar(ctx, unit.ID); err != nil {
		return err
	}
	v.MayEdit = org.MayEditCalendar(actor.From(ctx), tree, unit.ID)
	v.Units = agencies(tree)
	v.fill()
	return web.Render(w, r, status, calendarPage(v))
}

// agencies groups all agencies by kind, in the order of the tree.
func agencies(t *org.Tree) []unitGroup {
	var out []unitGroup
	for _, u := range t.Units() {
		if u.Kind == org.Division {
			continue
		}
		i := slices.IndexFunc(out, func(g unitGroup) bool { return g.kind == u.Kind })
		if i < 0 {
			i = len(out)
			out = append(out, unitGroup{kind: u.Kind})
		}
		out[i].units = append(out[i].units, u)
	}
	return out
}

// fill reads the year from the calendar.
func (v *calendarView) fill() {
	for m := range 12 {
		first := civil.Of(v.Year, 1, 1).AddMonths(m)
		next := first.AddMonths(1)
		mo := month{first: first}
		var week [7]worktime.DayInfo
		for d := first; d < next; d++ {
			info := v.Calendar.Day(d)
			v.Count[info.Kind]++
			if info.Kind != worktime.Workday && info.Kind != worktime.Weekend {
				v.Special = append(v.Special, info)
			}
			col := (int(d.Weekday()) + 6) % 7
			week[col] = info
			if col == 6 || d == next-1 {
				mo.weeks = append(mo.weeks, week)
				week = [7]worktime.DayInfo{}
			}
		}
		v.Months = append(v.Months, mo)
	}
	v.Own = slices.Clone(v.CalendarView.Own.Config.Days)
	slices.SortFunc(v.Own, func(a, b worktime.Day) int { return int(b.Date) - int(a.Date) })
}

// working is the number of days of the year on which the agency is open.
func (v calendarView) working() int {
	return v.Count[worktime.Workday] + v.Count[worktime.MakeupWorkday] + v.Count[worktime.HalfDay] + v.Count[worktime.Open]
}

func (v calendarView) href(year int) string {
	return calendarPath(v.Unit.Key, year)
}

func calendarPath(key string, year int) string {
	p := pathCalendar + "?don-vi=" + key
	if year > 0 {
		p += "&nam=" + strconv.Itoa(year)
	}
	return p
}

func (v calendarView) act(what string) string { return pathCalendar + "/" + v.Unit.ID.String() + what }

// weekdays lists the days of the week from Monday on, as forms and tables show them.
func weekdays() [7]struct {
	Key string
	N   int // as time.Weekday
} {
	return [7]struct {
		Key string
		N   int
	}{{"mon", 1}, {"tue", 2}, {"wed", 3}, {"thu", 4}, {"fri", 5}, {"sat", 6}, {"sun", 0}}
}

// hours writes office hours as "07:30-11:30, 13:00-17:00".
func hours(spans []worktime.Span) string {
	var out []string
	for _, s := range spans {
		out = append(out, s.String())
	}
	return strings.Join(out, ", ")
}

// hoursWords is hours, or the word for none.
func hoursWords(ctx context.Context, spans []worktime.Span) string {
	if len(spans) == 0 {
		return ui.T(ctx, "org.cal_no_hours")
	}
	return hours(spans)
}

// parseHours reads what people write for office hours: "7:30 – 11:30, 13:00-17:00".
func parseHours(s string) ([]worktime.Span, bool) {
	var out []worktime.Span
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		from, to, ok := strings.Cut(strings.NewReplacer("–", "-", "—", "-", " ", "", "\u00a0", "", "h", ":", "\r", "").Replace(part), "-")
		if !ok {
			if strings.TrimSpace(part) == "" {
				continue
			}
			return nil, false
		}
		for _, p := range []*string{&from, &to} {
			if strings.HasSuffix(*p, ":") { // "17h"
				*p += "00"
			}
			if len(*p) == 4 {
				*p = "0" + *p
			}
		}
		var x worktime.Span
		if x.UnmarshalText([]byte(from+"-"+to)) != nil {
			return nil, false
		}
		out = append(out, x)
	}
	return out, true
}

func kindWords(ctx context.Context, k worktime.Kind) string {
	switch k {
	case worktime.Workday, worktime.Weekend, worktime.Holiday, worktime.CompensatoryOff, worktime.MakeupWorkday, worktime.HalfDay,
		worktime.Closed, worktime.Open:
		return ui.T(ctx, "org.cal_kind."+string(k))
	}
	return string(k)
}

// kindMark is the letter that stands beside the colour of a kind of day; plain days have none.
func kindMark(ctx context.Context, k worktime.Kind) string {
	switch k {
	case worktime.Holiday, worktime.CompensatoryOff, worktime.MakeupWorkday, worktime.HalfDay, worktime.Closed, worktime.Open:
		return ui.T(ctx, "org.cal_mark."+string(k))
	}
	return ""
}

// marked are the kinds of day a legend explains.
func marked() []worktime.Kind {
	return []worktime.Kind{worktime.Holiday, worktime.CompensatoryOff, worktime.MakeupWorkday, worktime.HalfDay, worktime.Closed, worktime.Open}
}

func dayTone(k worktime.Kind) ui.Kind {
	switch k {
	case worktime.Holiday, worktime.Closed:
		return ui.Warn
	case worktime.CompensatoryOff:
		return ui.Info
	case worktime.MakeupWorkday, worktime.Open:
		return ui.OK
	}
	return ui.Idle
}

func (v calendarView) cell(d worktime.DayInfo) string {
	c := string(d.Kind)
	if d.Date == v.Today {
		c += " now"
	}
	return c
}

func dayName(ctx context.Context, vi, en string) string {
	return i18n.Pick(i18n.Lang(ctx), vi, en)
}

func dayNumber(d civil.Date) string {
	_, _, n := d.YMD()
	return strconv.Itoa(n)
}

func monthName(ctx context.Context, d civil.Date) string {
	_, m, _ := d.YMD()
	return ui.T(ctx, "org.cal_month."+strconv.Itoa(int(m)))
}

// ruleOf says which calendar decides what a day is.
func ruleOf(ctx context.Context, v calendarView, d worktime.DayInfo) string {
	if slices.ContainsFunc(v.Own, func(o worktime.Day) bool {
		return o.Date == d.Date || o.Swap != nil && *o.Swap == d.Date && d.Swap != nil
	}) {
		return ui.T(ctx, "org.cal_rule_own")
	}
	if d.Owner == "" {
		return ui.T(ctx, "org.cal_rule_law")
	}
	if from := v.From; from != nil {
		return ui.T(ctx, "org.cal_rule_above", "name", d.Owner)
	}
	return ui.T(ctx, "org.cal_rule_yearly", "name", d.Owner)
}

// hourItems is the week in force, day by day.
func hourItems(ctx context.Context, v calendarView) []ui.Item { return weekItems(ctx, v.Week) }

func weekItems(ctx context.Context, w worktime.Week) []ui.Item {
	var out []ui.Item
	for _, d := range weekdays() {
		out = append(out, ui.Item{Label: ui.T(ctx, "org.cal_day."+d.Key), Value: hoursWords(ctx, w[d.N])})
	}
	return out
}

// weekPeriod writes when a dated week is in force; To is its last day.
func weekPeriod(ctx context.Context, w worktime.DatedWeek) string {
	if w.To == nil {
		return period(ctx, w.From, nil)
	}
	end := *w.To + 1
	return period(ctx, w.From, &end)
}

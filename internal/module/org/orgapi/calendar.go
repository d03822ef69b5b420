package orgapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/org"
)

func registerCalendar(api *rest.API, h *handlers) {
	rest.Register(api, rest.SignedIn, op("get-calendar", http.MethodGet, "/units/{unit}/calendar", "How a unit counts working time"), h.calendar)
	o := done("set-calendar", "/units/{unit}/calendar", "Replace a unit's own working calendar")
	o.Method = http.MethodPut
	rest.Register(api, rest.Perm(org.PermCalendar), o, h.setCalendar)
}

type calendarIn struct {
	Unit string `path:"unit" maxLength:"36"`
	Year string `query:"year" maxLength:"4" doc:"The year whose days are told; this year if empty."`
}

// orgDay is a day that is not as the week says.
type orgDay struct {
	Date   civil.Date  `json:"date"`
	Kind   string      `json:"kind" enum:"holiday,compensatory_off,makeup_workday,half_day,closed,open"`
	Name   string      `json:"name,omitempty"`
	NameEN string      `json:"name_en,omitempty"`
	Swap   *civil.Date `json:"swap,omitempty" doc:"The other day of an exchange."`
	Hours  []string    `json:"hours" nullable:"false" doc:"Office hours, such as 07:30-11:30."`
	Rule   string      `json:"rule,omitempty" doc:"Name of the calendar that decides; empty for the national holidays."`
	Source string      `json:"source,omitempty"`
}

// orgCalendar is a unit's working calendar.
type orgCalendar struct {
	Unit          id.ID           `json:"unit"`
	Version       int64           `json:"version" doc:"To be sent back with a change; 0 if the unit has no calendar of its own."`
	Config        json.RawMessage `json:"config" doc:"The unit's own settings; what is absent is inherited."`
	Source        string          `json:"source,omitempty"`
	Status        string          `json:"status,omitempty"`
	InheritedFrom *id.ID          `json:"inherited_from,omitempty" doc:"The nearest unit above with a calendar of its own; absent if only the national holidays are inherited."`
	Year          int             `json:"year"`
	WorkingDays   int             `json:"working_days"`
	Days          []orgDay        `json:"days" nullable:"false" doc:"The days of the year that are not as the week says."`
}

type calendarOut struct{ Body orgCalendar }

func (h *handlers) calendar(ctx context.Context, in *calendarIn) (*calendarOut, error) {
	u, err := pathID(in.Unit, "org.unit_unknown")
	if err != nil {
		return nil, err
	}
	year := h.org.Today().Year()
	if in.Year != "" {
		if year, err = strconv.Atoi(in.Year); err != nil || year < worktime.FirstYear || year > worktime.LastYear {
			return nil, fault.Input("org.input", fault.Field{Path: "query.year", Key: "org.cal_year_form",
				Args: fault.Args("min", strconv.Itoa(worktime.FirstYear), "max", strconv.Itoa(worktime.LastYear))})
		}
	}
	v, err := h.org.ViewCalendar(ctx, u)
	if err != nil {
		return nil, err
	}
	cfg, err := json.Marshal(v.Own.Config)
	if err != nil {
		return nil, err
	}
	out := orgCalendar{Unit: u, Version: v.Own.Version, Config: cfg, Source: v.Own.Source, Status: v.Own.Status, Year: year, Days: []orgDay{}}
	if v.From != nil {
		out.InheritedFrom = &v.From.ID
	}
	for d := civil.Of(year, 1, 1); d.Year() == year; d++ {
		x := v.Calendar.Day(d)
		if x.Minutes > 0 {
			out.WorkingDays++
		}
		if x.Kind == worktime.Workday || x.Kind == worktime.Weekend {
			continue
		}
		day := orgDay{Date: d, Kind: string(x.Kind), Name: x.Name, NameEN: x.NameEN, Swap: x.Swap, Rule: x.Owner, Source: x.Source, Hours: []string{}}
		for _, s := range x.Spans {
			day.Hours = append(day.Hours, s.String())
		}
		out.Days = append(out.Days, day)
	}
	return &calendarOut{out}, nil
}

type setCalendarIn struct {
	Unit string `path:"unit" maxLength:"36"`
	Body struct {
		Version int64           `json:"version" doc:"Of the calendar when it was read; 0 for the first one."`
		Config  json.RawMessage `json:"config" doc:"Name, week, weeks, holidays, choices and days; {} inherits everything."`
		Source  string          `json:"source" maxLength:"500" doc:"The decision or notice this is based on."`
		Status  string          `json:"status,omitempty" doc:"verified, memory, assumed or unknown."`
	}
}

func (h *handlers) setCalendar(ctx context.Context, in *setCalendarIn) (*empty, error) {
	u, err := pathID(in.Unit, "org.unit_unknown")
	if err != nil {
		return nil, err
	}
	cfg, err := worktime.ParseConfig(in.Body.Config)
	if err != nil {
		return nil, err
	}
	return &empty{}, h.org.SetCalendar(ctx, actor.From(ctx), org.StoredCalendar{Unit: u, Version: in.Body.Version, Config: cfg,
		Source: in.Body.Source, Status: in.Body.Status})
}

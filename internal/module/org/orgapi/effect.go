package orgapi

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/org"
)

func registerEffect(api *rest.API, h *handlers) {
	o := op("preview-calendar", http.MethodPost, "/units/{unit}/calendar/preview", "See what a working calendar would change")
	o.Description = "Nothing is stored. Tells the days that would count otherwise, this year and the next and in every year that has a day of its own, and the open dossiers that would be due at another time."
	rest.Register(api, rest.Perm(org.PermCalendar), o, h.previewCalendar)
}

type calendarPreviewIn struct {
	Unit string `path:"unit" maxLength:"36"`
	Body struct {
		Config json.RawMessage `json:"config" doc:"As in set-calendar."`
	}
}

// orgEffect is what a calendar would change.
type orgEffect struct {
	Days     []orgDayChange   `json:"days" nullable:"false" doc:"At most 1000."`
	Open     int              `json:"open" doc:"Received and unfinished dossiers that follow the calendar."`
	Moved    int              `json:"moved" doc:"Of these, due at another time."`
	Earlier  int              `json:"earlier"`
	Later    int              `json:"later"`
	Overdue  int              `json:"overdue" doc:"Of those moved, overdue by the new date and not by the old one."`
	Agencies []orgEffectAt    `json:"agencies" nullable:"false"`
	Dossiers []orgEffectMoved `json:"dossiers" nullable:"false" doc:"Those the caller may read, the earliest new date first, at most 500."`
}

// orgDayChange is a day before and after.
type orgDayChange struct {
	Date        civil.Date `json:"date"`
	Kind        string     `json:"kind"`
	Minutes     int        `json:"minutes" doc:"Office minutes now."`
	NewKind     string     `json:"new_kind"`
	NewMinutes  int        `json:"new_minutes"`
	NewName     string     `json:"new_name,omitempty"`
	CurrentName string     `json:"name,omitempty"`
}

// orgEffectAt is an agency's part.
type orgEffectAt struct {
	Agency id.ID `json:"agency"`
	Open   int   `json:"open"`
	Moved  int   `json:"moved"`
}

// orgEffectMoved is a dossier that would be due at another time.
type orgEffectMoved struct {
	Code      string    `json:"code"`
	Procedure string    `json:"procedure"`
	Agency    id.ID     `json:"agency"`
	Old       time.Time `json:"old"`
	New       time.Time `json:"new"`
}

type effectOut struct{ Body orgEffect }

// mostDays bounds the changed days that are told.
const mostDays = 1000

func (h *handlers) previewCalendar(ctx context.Context, in *calendarPreviewIn) (*effectOut, error) {
	u, err := pathID(in.Unit, "org.unit_unknown")
	if err != nil {
		return nil, err
	}
	cfg, err := worktime.ParseConfig(in.Body.Config)
	if err != nil {
		return nil, err
	}
	tree, err := h.org.Tree(ctx)
	if err != nil {
		return nil, err
	}
	if _, ok := tree.Unit(u); !ok {
		return nil, fault.New(fault.NotFound, "org.unit_unknown")
	}
	if !org.MayEditCalendar(actor.From(ctx), tree, u) {
		return nil, fault.New(fault.Forbidden, "org.may_not_edit")
	}
	before, after, err := h.org.CalendarWith(ctx, u, cfg)
	if err != nil {
		return nil, err
	}
	own, err := h.org.StoredCalendar(ctx, u)
	if err != nil {
		return nil, err
	}
	e, err := h.affected.AffectedByCalendar(ctx, u, before, after)
	if err != nil {
		return nil, err
	}
	out := orgEffect{Days: []orgDayChange{}, Open: e.Open, Moved: e.Moved(), Earlier: e.Earlier, Later: e.Later, Overdue: e.Overdue,
		Agencies: []orgEffectAt{}, Dossiers: []orgEffectMoved{}}
	first, last := org.YearsOf(h.org.Today(), own.Config, cfg)
	for _, d := range worktime.Changed(before, after, first, last, mostDays) {
		x, y := before.Day(d), after.Day(d)
		out.Days = append(out.Days, orgDayChange{Date: d, Kind: string(x.Kind), Minutes: x.Minutes, CurrentName: x.Name, NewKind: string(y.Kind), NewMinutes: y.Minutes, NewName: y.Name})
	}
	for _, a := range e.ByAgency {
		out.Agencies = append(out.Agencies, orgEffectAt{a.Agency, a.Open, a.Moved})
	}
	for _, d := range e.Dossiers {
		out.Dossiers = append(out.Dossiers, orgEffectMoved{d.Code, d.Procedure, d.Agency, d.Old.UTC(), d.New.UTC()})
	}
	return &effectOut{out}, nil
}

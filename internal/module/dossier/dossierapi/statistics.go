package dossierapi

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/dossier"
)

const tagFigures = "Figures"

func (a *api) registerStatistics() {
	add(a, rest.Public, op(http.MethodGet, "/statistics", "get-statistics", tagFigures, "Count dossiers",
		"What happened in a period by group, and what was open at its ends, as of any day. The same figures as on the public page."), a.figures)
	add(a, rest.Public, op(http.MethodGet, "/statistics/services", "get-service-levels", tagFigures, "Count procedures by the level of their online service",
		"Levels of decree 43/2011/NĐ-CP, over the published procedures."), a.services)
	add(a, perm(dossier.PermStats), op(http.MethodGet, "/statistics/dossiers", "list-statistics-dossiers", tagFigures, "List the dossiers behind a figure",
		"Those the official may see: of what happened in the period, or of what was open at its ends, on past days too."), a.drillDown)
}

// FigureIn selects what is counted.
type FigureIn struct {
	From      string   `query:"from" format:"date" example:"2026-11-01" doc:"First day; the first of this month, if left out."`
	To        string   `query:"to" format:"date" example:"2026-11-30" doc:"Last day; today, if left out."`
	Agency    []string `query:"agency,explode" maxItems:"200" doc:"Identifiers of agencies; all, if left out. May be repeated."`
	Below     bool     `query:"below" doc:"Count the agencies under these too."`
	Procedure string   `query:"procedure" maxLength:"64" doc:"Code of one procedure; all, if left out."`
	Channel   []int    `query:"channel,explode" maxItems:"4" enum:"1,2,3,4" doc:"1 counter, 2 online, 3 post, 4 sector systems (ngành dọc); all, if left out. May be repeated."`
}

// filter reads the selection.
func (a *api) filter(ctx context.Context, in FigureIn) (dossier.FigureFilter, error) {
	var f dossier.FigureFilter
	today := civil.From(a.s.Now())
	y, m, _ := today.YMD()
	var err error
	if f.From, err = day("query.from", in.From, civil.Of(y, m, 1)); err != nil {
		return f, err
	}
	if f.To, err = day("query.to", in.To, today); err != nil {
		return f, err
	}
	if f.To < f.From {
		return f, fault.Input("dossier.period_backwards", fault.Field{Path: "query.from", Key: "dossier.period_backwards"})
	}
	if f.Agencies, err = parseAll("query.agency", in.Agency); err != nil {
		return f, err
	}
	if in.Below && len(f.Agencies) > 0 {
		tree, err := a.tree(ctx)
		if err != nil {
			return f, err
		}
		var all []id.ID
		for _, x := range f.Agencies {
			all = append(all, append([]id.ID{x}, tree.Agencies(x)...)...)
		}
		slices.SortFunc(all, func(x, y id.ID) int { return strings.Compare(string(x[:]), string(y[:])) })
		f.Agencies = slices.Compact(all)
	}
	if in.Procedure != "" {
		f.Procedures = []string{code(in.Procedure)}
	}
	f.Channels = in.Channel
	return f, nil
}

// code keeps the letters a procedure's code may have; whatever else was sent matches nothing.
func code(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}

// FigureGroup are the figures of one group.
type FigureGroup struct {
	Key         string `json:"key,omitempty" doc:"What the group is: an agency's identifier, a kind of agency, a code of a procedure or field, 1 to 4, YYYY, YYYY-Qn, YYYY-MM or YYYY-MM-DD; missing without groups."`
	Name        string `json:"name,omitempty" doc:"The same in words."`
	Submitted   int64  `json:"submitted"`
	Online      int64  `json:"online" doc:"Of those submitted, the ones that came online or arose on sector systems (ngành dọc)."`
	Sector      int64  `json:"sector" doc:"Of the online ones, those that arose on sector systems."`
	Received    int64  `json:"received"`
	Refused     int64  `json:"refused" doc:"Not received."`
	Withdrawn   int64  `json:"withdrawn"`
	Stopped     int64  `json:"stopped" doc:"Refused after receipt."`
	OnTime      int64  `json:"on_time" doc:"Finished by their date."`
	Late        int64  `json:"late" doc:"Finished after their date."`
	Returned    int64  `json:"returned" doc:"Results handed over."`
	Share       *int64 `json:"on_time_share,omitempty" minimum:"0" maximum:"10000" doc:"Hundredths of a percent of the finished ones that were on time; missing when none was finished."`
	OnlineShare *int64 `json:"online_share,omitempty" minimum:"0" maximum:"10000" doc:"Hundredths of a percent: online of all submitted; missing when none was submitted."`
	OnlineAlone *int64 `json:"online_share_without_sector,omitempty" minimum:"0" maximum:"10000" doc:"The same with sector systems left out of both numbers."`
	Carried     *int64 `json:"carried,omitempty" doc:"In progress before the first day; missing for groups by time. Counted where a dossier lay, like the three below; the others are counted where it is decided."`
	Open        *int64 `json:"open,omitempty" doc:"In progress at the end of the last day, or now if that day is not over; missing for groups by time."`
	Overdue     *int64 `json:"overdue,omitempty" doc:"Of the open ones, past their date then."`
	Paused      *int64 `json:"paused,omitempty" doc:"Of the open ones, those whose clock stands."`
}

// FigureTable are figures of a period by group.
type FigureTable struct {
	From  string        `json:"from" format:"date"`
	To    string        `json:"to" format:"date"`
	By    string        `json:"by,omitempty"`
	Items []FigureGroup `json:"items" nullable:"false"`
	Notes []FigureNote  `json:"notes" nullable:"false" doc:"What has to be said beside figures of this period."`
}

// FigureNote is what has to be said beside figures of a time.
type FigureNote struct {
	Text   string `json:"text"`
	Source string `json:"source"`
}

// ServiceLevels are numbers of procedures by the level of their online service.
type ServiceLevels struct {
	All     int  `json:"all"`
	Three   int  `json:"level_3"`
	Four    int  `json:"level_4"`
	Share34 *int `json:"share_levels_3_and_4,omitempty" minimum:"0" maximum:"10000" doc:"Hundredths of a percent of all; missing when there are none."`
	Share4  *int `json:"share_level_4,omitempty" minimum:"0" maximum:"10000" doc:"Hundredths of a percent of all; missing when there are none."`
}

func (a *api) services(ctx context.Context, _ *struct{}) (*out[ServiceLevels], error) {
	cat, err := a.s.Procedures.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	n := cat.ServiceLevels()
	l := ServiceLevels{All: n.All, Three: n.Three, Four: n.Four}
	if both, ok := n.Share34(); ok {
		l.Share34 = &both
	}
	if four, ok := n.Share4(); ok {
		l.Share4 = &four
	}
	return &out[ServiceLevels]{l}, nil
}

func (a *api) figures(ctx context.Context, in *struct {
	FigureIn
	By string `query:"by" enum:"agency,level,procedure,field,channel,year,quarter,month,day" doc:"How the figures are broken down; one sum, if left out. By day, a period has at most 92 days."`
}) (*out[FigureTable], error) {
	f, err := a.filter(ctx, in.FigureIn)
	if err != nil {
		return nil, err
	}
	by := dossier.Group(in.By)
	switch in.By {
	case "":
		by = dossier.ByChannel // the fewest rows to sum up
	case "level":
		by = dossier.ByAgency
	case "field":
		by = dossier.ByProcedure
	}
	rows, err := a.s.Figures(ctx, f, by)
	if err != nil {
		return nil, err
	}
	name, err := a.groupOf(ctx, in.By)
	if err != nil {
		return nil, err
	}
	t := FigureTable{From: f.From.String(), To: f.To.String(), By: in.By, Items: []FigureGroup{}, Notes: []FigureNote{}}
	for _, n := range a.s.NotesOn(f.From, f.To) {
		t.Notes = append(t.Notes, FigureNote{n.Text.For(ctx), n.Source})
	}
	sums := map[string]int{}
	var kept []dossier.Figures
	if in.By == "" {
		rows = append(rows, dossier.Figures{}) // one sum, if only of nothing
	}
	for _, r := range rows {
		key, words := name(r)
		i, ok := sums[key]
		if !ok {
			i = len(kept)
			sums[key] = i
			kept = append(kept, dossier.Figures{})
			t.Items = append(t.Items, FigureGroup{Key: key, Name: words})
		}
		kept[i] = kept[i].Plus(r)
	}
	for i, r := range kept {
		t.Items[i] = showFigures(t.Items[i], r, !by.Timed())
	}
	return &out[FigureTable]{t}, nil
}

// groupOf returns how a row's group is keyed and named. Levels and fields are sums of agencies and
// procedures, which the rollups are kept by.
func (a *api) groupOf(ctx context.Context, by string) (func(dossier.Figures) (key, name string), error) {
	tree, err := a.tree(ctx)
	if err != nil {
		return nil, err
	}
	switch by {
	case "agency":
		return func(f dossier.Figures) (string, string) {
			return f.Agency.String(), agencyOf(ctx, tree, f.Agency).Name
		}, nil
	case "level":
		return func(f dossier.Figures) (string, string) {
			if u, ok := tree.Unit(f.Agency); ok {
				return u.Kind, ""
			}
			return "", ""
		}, nil
	case "procedure", "field":
		return func(f dossier.Figures) (string, string) {
			v, err := a.s.Procedures.Published(ctx, f.Procedure)
			switch {
			case by == "procedure" && err != nil: // no longer published: its figures stay
				return f.Procedure, ""
			case by == "procedure":
				return f.Procedure, v.Record.Title(i18n.Lang(ctx))
			case err != nil:
				return "", ""
			}
			field := v.Record.Field.Value
			if field.Code == "" { // fields whose code nobody knows yet are told apart by name
				return field.Name, field.Name
			}
			return field.Code, field.Name
		}, nil
	case "":
		return func(dossier.Figures) (string, string) { return "", "" }, nil
	case "channel":
		return func(f dossier.Figures) (string, string) {
			n := strconv.Itoa(f.Channel)
			return n, i18n.T(ctx, "dossier.channel."+n)
		}, nil
	}
	return func(f dossier.Figures) (string, string) { return f.Day, "" }, nil
}

func showFigures(g FigureGroup, f dossier.Figures, standing bool) FigureGroup {
	g.Sector = f.Sector
	if share, ok := f.OnlineShare(); ok {
		g.OnlineShare = &share
	}
	if share, ok := f.OnlineShareAlone(); ok {
		g.OnlineAlone = &share
	}
	g.Submitted, g.Online, g.Received, g.Refused = f.Submitted, f.Online, f.Received, f.Refused
	g.Withdrawn, g.Stopped, g.OnTime, g.Late, g.Returned = f.Withdrawn, f.Stopped, f.OnTime, f.Late, f.Returned
	if share, ok := f.OnTimeShare(); ok {
		g.Share = &share
	}
	if standing {
		g.Carried, g.Open, g.Overdue, g.Paused = &f.Carried, &f.Open, &f.Overdue, &f.Paused
	}
	return g
}

func (a *api) drillDown(ctx context.Context, in *struct {
	FigureIn
	What   string `query:"what" required:"true" enum:"submitted,received,online,sector,refused,withdrawn,stopped,on_time,late,returned,carried,open,overdue,paused" doc:"Which figure. What happened comes newest first, what was open in the order of the due dates."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"100" doc:"How many items at most."`
	Cursor string `query:"cursor" maxLength:"700" doc:"Where to go on: next of the page before, as it was; empty for the first page."`
}) (*out[rest.PageOut[DossierHit]], error) {
	f, err := a.filter(ctx, in.FigureIn)
	if err != nil {
		return nil, err
	}
	var after dossier.DrillKey
	if in.Cursor != "" {
		var k workKey
		if err := rest.DecodeCursor(in.Cursor, &k); err != nil {
			return nil, err
		}
		after.At = k.At
		if after.ID, err = parse("query.cursor", k.After); err != nil {
			return nil, err
		}
	}
	rows, err := a.s.DrillDown(ctx, f, in.What, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page, err := rest.Page(rows, in.Limit, func(h dossier.Hit) workKey {
		k := h.DrillKey()
		return workKey{k.At, k.ID.String()}
	}, showHit(ctx))
	return &out[rest.PageOut[DossierHit]]{page}, err
}

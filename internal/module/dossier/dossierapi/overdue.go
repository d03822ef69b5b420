package dossierapi

import (
	"context"
	"net/http"
	"time"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/dossier"
)

func (a *api) registerOverdue() {
	add(a, perm(dossier.PermStats), op(http.MethodGet, "/statistics/overdue", "get-overdue", tagFigures, "Count what became overdue",
		"Steps and dossiers by the day of their date, each with the agency, division and official who had it when it became overdue, wherever it was brought since. At the agencies whose figures the caller may see; at most three years."), a.overdue)
	add(a, perm(dossier.PermStats), op(http.MethodGet, "/statistics/overdue/items", "list-overdue", tagFigures, "List what became overdue", "The latest date first."), a.overdueItems)
	add(a, perm(dossier.PermApprove), op(http.MethodGet, "/deadline-warnings", "list-deadline-warnings", tagWork, "List when officials are told of deadlines",
		"The rules of the agencies where the caller approves. Where an agency has none its superior's count, at last the program's."), a.watchRules)
	o := op(http.MethodPut, "/deadline-warnings", "set-deadline-warnings", tagWork, "Say when officials are told of deadlines",
		"For an agency and those below it, for one procedure or for all. Without warn and escalate the rule is taken away.")
	o.DefaultStatus = http.StatusNoContent
	add(a, perm(dossier.PermApprove), o, a.setWatch)
}

// OverdueIn selects what became overdue.
type OverdueIn struct {
	From     string   `query:"from" format:"date" example:"2026-11-01" doc:"First day; the first of this month, if left out."`
	To       string   `query:"to" format:"date" example:"2026-11-30" doc:"Last day; today, if left out."`
	Agency   []string `query:"agency,explode" maxItems:"200" doc:"Identifiers of agencies; all the caller may see, if left out. May be repeated."`
	Kind     string   `query:"kind" enum:"step,dossier" doc:"Both, if left out."`
	Standing bool     `query:"standing" doc:"Only what still is overdue."`
}

func (a *api) overdueFilter(in OverdueIn) (f dossier.OverdueFilter, err error) {
	today := civil.From(a.s.Now())
	y, m, _ := today.YMD()
	if f.From, err = day("query.from", in.From, civil.Of(y, m, 1)); err != nil {
		return f, err
	}
	if f.To, err = day("query.to", in.To, today); err != nil {
		return f, err
	}
	f.Kind, f.Standing = in.Kind, in.Standing
	f.Agencies, err = parseAll("query.agency", in.Agency)
	return f, err
}

// OverdueGroup counts what became overdue.
type OverdueGroup struct {
	Agency    *DossierAgency `json:"agency,omitempty"`
	Unit      *DossierAgency `json:"unit,omitempty" doc:"The division, or the agency itself."`
	OfficerID string         `json:"officer_id,omitempty" format:"uuid" doc:"Missing for steps nobody had taken."`
	Officer   string         `json:"officer,omitempty"`
	Procedure string         `json:"procedure,omitempty"`
	Node      string         `json:"node,omitempty" doc:"The step's identifier in its process."`
	Step      string         `json:"step,omitempty"`
	Steps     int64          `json:"steps" doc:"Steps that became overdue."`
	Dossiers  int64          `json:"dossiers" doc:"Dossiers that became overdue."`
	Standing  int64          `json:"standing" doc:"Of both, still overdue."`
	Minutes   int64          `json:"minutes" doc:"Office minutes overdue of those that ended, all together."`
	Longest   int64          `json:"longest" doc:"The most of them."`
}

func (a *api) overdue(ctx context.Context, in *struct {
	OverdueIn
	By string `query:"by" enum:"agency,unit,officer,step,procedure" default:"agency" doc:"How they are counted."`
}) (*out[list[OverdueGroup]], error) {
	f, err := a.overdueFilter(in.OverdueIn)
	if err != nil {
		return nil, err
	}
	by := dossier.OverdueBy(in.By)
	rows, err := a.s.Overdue(ctx, f, by)
	if err != nil {
		return nil, err
	}
	tree, err := a.tree(ctx)
	if err != nil {
		return nil, err
	}
	l := items(rows, func(g dossier.OverdueGroup) OverdueGroup {
		x := OverdueGroup{Agency: agencyIf(ctx, tree, g.Agency), Unit: agencyIf(ctx, tree, g.Unit), Procedure: g.Procedure, Node: g.Node,
			Steps: g.Steps, Dossiers: g.Dossiers, Standing: g.Standing, Minutes: g.Minutes, Longest: g.Longest}
		if !g.Officer.Zero() {
			x.OfficerID, x.Officer = g.Officer.String(), g.Name
		}
		if by == dossier.OverdueByStep {
			x.Step = g.Name
		}
		return x
	})
	return &out[list[OverdueGroup]]{l}, nil
}

// OverdueItem is a step or a dossier that became overdue.
type OverdueItem struct {
	Code      string        `json:"code"`
	Kind      string        `json:"kind" enum:"step,dossier"`
	Procedure string        `json:"procedure"`
	Step      string        `json:"step" doc:"The step, or the one the dossier rested at."`
	Agency    DossierAgency `json:"agency" doc:"Which had it when it became overdue."`
	OfficerID string        `json:"officer_id,omitempty" format:"uuid"`
	Officer   string        `json:"officer,omitempty"`
	DueAt     time.Time     `json:"due_at"`
	EndedAt   *time.Time    `json:"ended_at,omitempty" doc:"When it ended to be; missing while it is overdue."`
	Minutes   int64         `json:"minutes" doc:"Office minutes overdue, or so far."`
}

func (a *api) overdueItems(ctx context.Context, in *struct {
	OverdueIn
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"100" doc:"How many items at most."`
	Cursor string `query:"cursor" maxLength:"700" doc:"Where to go on: next of the page before, as it was; empty for the first page."`
}) (*out[rest.PageOut[OverdueItem]], error) {
	f, err := a.overdueFilter(in.OverdueIn)
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
	rows, err := a.s.OverdueItems(ctx, f, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	tree, err := a.tree(ctx)
	if err != nil {
		return nil, err
	}
	page, err := rest.Page(rows, in.Limit, func(x dossier.OverdueItem) workKey { return workKey{x.Key().At, x.Key().ID.String()} },
		func(x dossier.OverdueItem) OverdueItem {
			o := OverdueItem{Code: x.Code, Kind: x.Kind, Procedure: x.Procedure, Step: x.Step, Agency: agencyOf(ctx, tree, x.Agency), Officer: x.Name,
				DueAt: x.Due.UTC(), EndedAt: when(x.Ended), Minutes: x.Minutes}
			if !x.Officer.Zero() {
				o.OfficerID = x.Officer.String()
			}
			return o
		})
	return &out[rest.PageOut[OverdueItem]]{page}, err
}

// DeadlineEscalation has somebody told that a date has passed.
type DeadlineEscalation struct {
	After int    `json:"after" minimum:"0" maximum:"28800" doc:"Office minutes after the date."`
	To    string `json:"to" enum:"officer,division_head,leader,superior" doc:"Whose task it is, the division's head, the agency's leaders, or those of its superior."`
}

// DeadlineWarning is a rule on when officials are told of deadlines.
type DeadlineWarning struct {
	Agency    string               `json:"agency" format:"uuid"`
	Procedure string               `json:"procedure,omitempty" maxLength:"64" doc:"Missing for all."`
	Version   int64                `json:"version" doc:"As read; 0 for a new rule."`
	Warn      []int                `json:"warn,omitempty" maxItems:"10" doc:"Office minutes before the date."`
	Escalate  []DeadlineEscalation `json:"escalate,omitempty" maxItems:"10"`
}

func (a *api) watchRules(ctx context.Context, _ *struct{}) (*out[list[DeadlineWarning]], error) {
	rules, err := a.s.WatchRules(ctx)
	if err != nil {
		return nil, err
	}
	l := items(rules, func(r dossier.WatchRule) DeadlineWarning {
		w := DeadlineWarning{Agency: r.Agency.String(), Procedure: r.Procedure, Version: r.Version, Warn: r.Choice.Warn}
		for _, e := range r.Choice.Escalate {
			w.Escalate = append(w.Escalate, DeadlineEscalation{e.After, e.To})
		}
		return w
	})
	return &out[list[DeadlineWarning]]{l}, nil
}

func (a *api) setWatch(ctx context.Context, in *struct{ Body DeadlineWarning }) (*struct{}, error) {
	unit, err := id.Parse(in.Body.Agency)
	if err != nil {
		return nil, fault.Input("dossier.watch_wrong", fault.Field{Path: "/agency", Key: "dossier.watch_place"})
	}
	r := dossier.WatchRule{Agency: unit, Procedure: in.Body.Procedure, Version: in.Body.Version, Choice: dossier.WatchChoice{Warn: in.Body.Warn}}
	for _, e := range in.Body.Escalate {
		r.Choice.Escalate = append(r.Choice.Escalate, dossier.Escalation{After: e.After, To: e.To})
	}
	return nil, located(a.s.SetWatch(ctx, r), "", "")
}

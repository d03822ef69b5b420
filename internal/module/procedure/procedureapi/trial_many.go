package procedureapi

import (
	"context"
	"time"

	"lienthong/internal/engine/simulate"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/module/procedure"
)

// TrialTask is what is assumed about one task.
type TrialTask struct {
	Minutes int                `json:"minutes,omitempty" minimum:"0" doc:"Mean office minutes of work; the suggestion if 0."`
	Shares  map[string]float64 `json:"shares,omitempty" doc:"Of its outcomes, by key."`
}

// TrialPlan is what is assumed about many dossiers. What is left out is as the place suggests: people
// from the organisation, months and outcomes from dossiers of the past where there are any.
type TrialPlan struct {
	TrialSetting
	Dossiers  int                  `json:"dossiers,omitempty" minimum:"0" maximum:"10000" doc:"1,000 if it is not given."`
	Seed      uint64               `json:"seed,omitempty" doc:"The same seed gives the same figures."`
	From      string               `json:"from,omitempty" format:"date" doc:"First day of the year; the first of next month if it is not named."`
	Months    []int                `json:"months,omitempty" minItems:"12" maxItems:"12" doc:"Proportions of arrivals from January; all 0 is evenly."`
	Staff     map[string]int       `json:"staff,omitempty" doc:"People by id of lane, an empty key for tasks in no lane."`
	Tasks     map[string]TrialTask `json:"tasks,omitempty" doc:"By id of the task."`
	Applicant *float64             `json:"applicant_days,omitempty" doc:"Mean days of the calendar until the applicant answers."`
	Elsewhere *int                 `json:"elsewhere_minutes,omitempty" doc:"Mean office minutes until services and messages answer."`
	Data      string               `json:"data,omitempty" maxLength:"1000" doc:"Variables of every dossier as name = value, one to a line."`
	Spread    *float64             `json:"spread,omitempty" doc:"Standard deviation of durations as a share of their mean."`
}

// TrialSpread describes many durations in office minutes.
type TrialSpread struct {
	N       int     `json:"n"`
	Mean    float64 `json:"mean"`
	Median  int     `json:"median"`
	P90     int     `json:"p90"`
	Longest int     `json:"longest"`
}

func spread(s simulate.Spread) TrialSpread {
	return TrialSpread{s.N, s.Mean, s.Median, s.P90, s.Longest}
}

// TrialTaskResult is what happened at one task.
type TrialTaskResult struct {
	Node    string      `json:"node"`
	Name    string      `json:"name"`
	Lane    string      `json:"lane"`
	Opened  int         `json:"opened"`
	Done    int         `json:"done"`
	Late    int         `json:"late" doc:"Over the task's budget."`
	Wait    TrialSpread `json:"wait"`
	Busy    TrialSpread `json:"busy"`
	Queued  int         `json:"queued" doc:"Waiting when the year was over."`
	Share   int         `json:"share" doc:"Of all waiting, in hundredths of a per cent."`
	Minutes int         `json:"assumed_minutes"`
}

// TrialLaneResult is how busy the people of a lane were.
type TrialLaneResult struct {
	Lane      string     `json:"lane"`
	Name      string     `json:"name"`
	Staff     int        `json:"staff"`
	Found     int        `json:"found" doc:"Who holds the lane's role at its agency."`
	Use       int        `json:"use" doc:"Share of office time that was work, in hundredths of a per cent."`
	Longest   int        `json:"longest" doc:"Most dossiers waiting at once."`
	LongestAt *time.Time `json:"longest_at,omitempty"`
	Mean      float64    `json:"mean"`
	Weeks     []int      `json:"weeks" nullable:"false" doc:"Most waiting at once in each week."`
}

// TrialTrouble is a reason for which dossiers could not go on.
type TrialTrouble struct {
	Node    string `json:"node,omitempty"`
	Message string `json:"message"`
	Count   int    `json:"count"`
}

// TrialResult is what became of many dossiers: dossiers = out + open + blocked.
type TrialResult struct {
	From       civil.Date        `json:"from" format:"date"`
	Seed       uint64            `json:"seed"`
	Past       int               `json:"past" doc:"Dossiers of the last twelve months whose months were suggested."`
	Dossiers   int               `json:"dossiers"`
	Out        int               `json:"out"`
	Open       int               `json:"open"`
	Queued     int               `json:"queued"`
	Worked     int               `json:"worked"`
	Outside    int               `json:"outside"`
	Blocked    int               `json:"blocked"`
	OnTime     int               `json:"on_time"`
	Late       int               `json:"late"`
	OpenLate   int               `json:"open_late"`
	Refused    int               `json:"refused"`
	Turnaround TrialSpread       `json:"turnaround"`
	Worst      string            `json:"worst,omitempty" doc:"The task at which most waiting piles up."`
	Tasks      []TrialTaskResult `json:"tasks" nullable:"false"`
	Lanes      []TrialLaneResult `json:"lanes" nullable:"false"`
	Troubles   []TrialTrouble    `json:"troubles" nullable:"false"`
}

type (
	manyLibraryIn struct {
		Key
		Body TrialPlan
	}
	manyVersionIn struct {
		Code
		Number int `path:"number" minimum:"1"`
		Body   TrialPlan
	}
	manyOut struct{ Body TrialResult }
)

func (h *trialHandlers) manyLibrary(ctx context.Context, in *manyLibraryIn) (*manyOut, error) {
	src, err := h.t.Library(ctx, actor.From(ctx), in.Key.Key, in.Body.Draft)
	if err != nil {
		return nil, err
	}
	return h.many(ctx, src, &in.Body)
}

func (h *trialHandlers) manyVersion(ctx context.Context, in *manyVersionIn) (*manyOut, error) {
	src, err := h.t.Version(ctx, actor.From(ctx), in.Code.Code, in.Number)
	if err != nil {
		return nil, err
	}
	return h.many(ctx, src, &in.Body)
}

// apply puts what the request says in the place of what was suggested.
func (in *TrialPlan) apply(p *simulate.Plan) {
	if in.Dossiers > 0 {
		p.Dossiers = in.Dossiers
	}
	if in.Seed > 0 {
		p.Seed = in.Seed
	}
	if len(in.Months) == len(p.Months) {
		copy(p.Months[:], in.Months)
	}
	for lane, n := range in.Staff {
		p.Staff[lane] = n
	}
	for node, t := range in.Tasks {
		task := p.Tasks[node]
		if t.Minutes > 0 {
			task.Minutes = t.Minutes
		}
		if len(t.Shares) > 0 {
			task.Shares = t.Shares
		}
		p.Tasks[node] = task
	}
	if in.Applicant != nil {
		p.Applicant = *in.Applicant
	}
	if in.Elsewhere != nil {
		p.Elsewhere = *in.Elsewhere
	}
	if in.Spread != nil {
		p.Spread = *in.Spread
	}
}

func (h *trialHandlers) many(ctx context.Context, src *procedure.TrialSource, in *TrialPlan) (*manyOut, error) {
	y, m, _ := civil.From(h.t.Now()).YMD()
	from := civil.Of(y, m+1, 1)
	if in.From != "" {
		var err error
		if from, err = civil.Parse(in.From); err != nil {
			return nil, fault.Input("procedure.invalid", fault.Field{Path: "/from", Key: "procedure.bad_date", Args: fault.Args("value", in.From)})
		}
	}
	place, err := h.place(ctx, src, in.TrialSetting, simulate.ChannelOnline, from)
	if err != nil {
		return nil, err
	}
	plan, basis, err := h.t.Plan(ctx, src, place, from)
	if err != nil {
		return nil, err
	}
	in.apply(&plan)
	if plan.Vars, err = simulate.ParseData(in.Data); err != nil {
		return nil, err
	}
	r, err := place.Scene.Many(ctx, plan)
	if err != nil {
		return nil, err
	}
	return &manyOut{result(ctx, r, basis)}, nil
}

func result(ctx context.Context, r *simulate.Result, basis procedure.Basis) TrialResult {
	lang := i18n.Lang(ctx)
	out := TrialResult{From: r.Plan.From, Seed: r.Plan.Seed, Past: basis.Arrivals, Dossiers: r.Dossiers, Out: r.Out, Open: r.Open, Queued: r.Queued,
		Worked: r.Worked, Outside: r.Outside, Blocked: r.Blocked, OnTime: r.OnTime, Late: r.Late, OpenLate: r.OpenLate, Refused: r.Refused,
		Turnaround: spread(r.Turnaround), Tasks: []TrialTaskResult{}, Lanes: []TrialLaneResult{}, Troubles: []TrialTrouble{}}
	if r.Worst >= 0 {
		out.Worst = r.Tasks[r.Worst].Node.ID
	}
	for _, x := range r.Tasks {
		out.Tasks = append(out.Tasks, TrialTaskResult{Node: x.Node.ID, Name: x.Node.Title(lang), Lane: x.Lane, Opened: x.Opened, Done: x.Done, Late: x.Late,
			Wait: spread(x.Wait), Busy: spread(x.Busy), Queued: x.Queued, Share: x.Share, Minutes: r.Plan.Tasks[x.Node.ID].Minutes})
	}
	for _, l := range r.Lanes {
		x := TrialLaneResult{Lane: l.ID, Staff: l.Staff, Found: basis.People[l.ID], Use: l.Use(), Longest: l.Longest, LongestAt: when(l.LongestAt), Mean: l.Mean, Weeks: l.Weeks}
		if l.Lane != nil {
			x.Name = l.Lane.Title(lang)
		}
		out.Lanes = append(out.Lanes, x)
	}
	for _, t := range r.Troubles {
		x := TrialTrouble{Count: t.Count}
		if t.Node != nil {
			x.Node = t.Node.ID
		}
		switch f := fault.As(t.Err); {
		case t.Problem != nil:
			x.Message = t.Problem.Text(lang)
		case f != nil:
			x.Message = i18n.T(ctx, f.Key, f.Args)
		}
		out.Troubles = append(out.Troubles, x)
	}
	return out
}

package procedureapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/simulate"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/procedure"
)

// RegisterTrial adds the operations that try processes out, with the permission of the library. They
// change nothing.
func RegisterTrial(a *rest.API, tr *procedure.Trial) {
	h := &trialHandlers{tr}
	op := func(path, id, summary string) huma.Operation {
		return huma.Operation{Method: http.MethodPost, Path: path, OperationID: id, Summary: summary, Tags: []string{tag}, DefaultStatus: http.StatusOK}
	}
	rest.Register(a, edit, op("/procedure-processes/{key}/walk", "process-walk", "Lead one made-up dossier through a process of the library"), h.walkLibrary)
	rest.Register(a, edit, op("/procedure-processes/{key}/simulation", "process-simulate", "Send many made-up dossiers through a process of the library"), h.manyLibrary)
	rest.Register(a, edit, op("/procedures/{code}/versions/{number}/walk", "procedure-version-walk", "Lead one made-up dossier through a version's process"), h.walkVersion)
	rest.Register(a, edit, op("/procedures/{code}/versions/{number}/simulation", "procedure-version-simulate", "Send many made-up dossiers through a version's process"), h.manyVersion)
}

type trialHandlers struct{ t *procedure.Trial }

// TrialSetting is where a trial takes place.
type TrialSetting struct {
	Agency string     `json:"agency,omitempty" maxLength:"80" doc:"Key of the agency; one that suggests itself if none is named."`
	Term   *TrialTerm `json:"term,omitempty" doc:"The legal limit; the procedure's own if none is given."`
	Draft  bool       `json:"draft,omitempty" doc:"Try what is being drawn under the key, not what is in the library."`
}

// TrialTerm is a length of time.
type TrialTerm struct {
	N    int    `json:"n" minimum:"0" maximum:"20000" doc:"0: no limit."`
	Unit string `json:"unit,omitempty" enum:"working_hour,working_day,day,week,month,same_day"`
}

// TrialChoice is one thing done to a token or, with token 0, to the dossier.
type TrialChoice struct {
	Act   string    `json:"act" enum:"complete,timer,message,answer,error,fail,retry,data,extend,hold,resume,withdraw"`
	Token int       `json:"token,omitempty" minimum:"0"`
	Arg   string    `json:"arg,omitempty" maxLength:"200" doc:"Key of the outcome, code of the error, or days of the extension."`
	Data  string    `json:"data,omitempty" maxLength:"1000" doc:"Variables as name = value, one to a line; = value is the result of a service or decision."`
	At    time.Time `json:"at"`
}

// TrialWalk is a made-up dossier with what was chosen so far.
type TrialWalk struct {
	TrialSetting
	Submitted time.Time     `json:"submitted"`
	Channel   int           `json:"channel,omitempty" enum:"1,2" default:"2" doc:"1: at the counter, received at once; 2: online."`
	Data      string        `json:"data,omitempty" maxLength:"1000"`
	Choices   []TrialChoice `json:"choices,omitempty" maxItems:"200"`
}

// TrialEvent is what happened and how things stand after it.
type TrialEvent struct {
	At      time.Time  `json:"at"`
	Act     string     `json:"act" doc:"submit for the first."`
	Auto    bool       `json:"auto,omitempty" doc:"A timer that came by itself."`
	Node    string     `json:"node,omitempty"`
	Name    string     `json:"name,omitempty"`
	Arg     string     `json:"arg,omitempty"`
	StepDue *time.Time `json:"step_due,omitempty"`
	Late    bool       `json:"late,omitempty" doc:"Done after step_due."`
	Minutes int        `json:"minutes" doc:"Office minutes since it was opened."`
	Status  int        `json:"status" doc:"National status code of the dossier."`
	TrialClock
}

// TrialClock is how the dossier's time stands.
type TrialClock struct {
	Clock       string     `json:"clock" enum:"notstarted,running,paused,stopped"`
	Due         *time.Time `json:"due,omitempty"`
	LeftMinutes int        `json:"left_minutes" doc:"Office minutes until due, negative when overdue."`
	Left        string     `json:"left,omitempty" doc:"The same in words."`
}

// TrialWaiting is what the dossier waits for.
type TrialWaiting struct {
	Token   int        `json:"token"`
	Node    string     `json:"node"`
	Name    string     `json:"name"`
	State   string     `json:"state"`
	Since   time.Time  `json:"since"`
	Due     *time.Time `json:"due,omitempty" doc:"End of the task's budget, or the moment of the timer."`
	Suggest time.Time  `json:"suggested_at" doc:"When to do it if nothing else is chosen."`
	Options []TrialAct `json:"options" nullable:"false"`
	Problem string     `json:"problem,omitempty"`
}

// TrialAct is something that can be chosen.
type TrialAct struct {
	Act  string `json:"act"`
	Arg  string `json:"arg,omitempty"`
	Name string `json:"name,omitempty" doc:"Of the outcome."`
}

// TrialRefusal is a choice that could not be carried out; those after it were not tried.
type TrialRefusal struct {
	Index   int    `json:"index"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// TrialPlay is a walk carried out.
type TrialPlay struct {
	Walk     string     `json:"walk" doc:"The walk as the pages write it into their address."`
	Now      time.Time  `json:"now"`
	Status   int        `json:"status"`
	Done     bool       `json:"done"`
	Received *time.Time `json:"received,omitempty"`
	Finished *time.Time `json:"finished,omitempty"`
	Late     bool       `json:"late"`
	TrialClock
	Explanation string         `json:"explanation,omitempty" doc:"The due date in one sentence."`
	Account     []string       `json:"account,omitempty" doc:"Every day counted or skipped, with the rule behind it."`
	Events      []TrialEvent   `json:"events" nullable:"false"`
	Waiting     []TrialWaiting `json:"waiting" nullable:"false"`
	General     []TrialAct     `json:"general" nullable:"false" doc:"What can be done to the dossier as a whole."`
	Refused     *TrialRefusal  `json:"refused,omitempty"`
}

type (
	walkLibraryIn struct {
		Key
		Body TrialWalk
	}
	walkVersionIn struct {
		Code
		Number int `path:"number" minimum:"1"`
		Body   TrialWalk
	}
	walkOut struct{ Body TrialPlay }
)

func (h *trialHandlers) walkLibrary(ctx context.Context, in *walkLibraryIn) (*walkOut, error) {
	src, err := h.t.Library(ctx, actor.From(ctx), in.Key.Key, in.Body.Draft)
	if err != nil {
		return nil, err
	}
	return h.walk(ctx, src, &in.Body)
}

func (h *trialHandlers) walkVersion(ctx context.Context, in *walkVersionIn) (*walkOut, error) {
	src, err := h.t.Version(ctx, actor.From(ctx), in.Code.Code, in.Number)
	if err != nil {
		return nil, err
	}
	return h.walk(ctx, src, &in.Body)
}

// place looks the setting up.
func (h *trialHandlers) place(ctx context.Context, src *procedure.TrialSource, s TrialSetting, channel int, on civil.Date) (*procedure.Place, error) {
	term := src.Term(channel)
	if s.Term != nil {
		term = worktime.Term{N: s.Term.N, Unit: worktime.Unit(s.Term.Unit)}
	}
	return h.t.Place(ctx, src, procedure.Setting{Agency: s.Agency, Term: term, On: on})
}

func (h *trialHandlers) walk(ctx context.Context, src *procedure.TrialSource, in *TrialWalk) (*walkOut, error) {
	w := simulate.Walk{Submitted: in.Submitted, Channel: in.Channel, Data: in.Data}
	if w.Channel == 0 {
		w.Channel = simulate.ChannelOnline
	}
	for _, c := range in.Choices {
		w.Choices = append(w.Choices, simulate.Choice{Act: simulate.ActNamed(c.Act), Token: c.Token, Arg: c.Arg, Data: c.Data, At: c.At})
	}
	place, err := h.place(ctx, src, in.TrialSetting, w.Channel, civil.From(w.Submitted))
	if err != nil {
		return nil, err
	}
	p, err := place.Scene.Play(w)
	if err != nil {
		return nil, asFault(err)
	}
	lang := i18n.Lang(ctx)
	out := TrialPlay{Walk: w.String(), Now: p.Now, Status: p.Status, Done: p.State.Done, Received: when(p.Received), Finished: when(p.Finished), Late: p.Late,
		TrialClock: clockOf(lang, p.Clock, p.Left), Events: []TrialEvent{}, Waiting: []TrialWaiting{}, General: actsOf(lang, p.General)}
	if p.Clock.State != worktime.NotStarted {
		out.Explanation, out.Account = worktime.Explain(p.Clock, lang)
	}
	for _, e := range p.Events {
		x := TrialEvent{At: e.At, Act: e.Act.Name(), Auto: e.Auto, Arg: e.Arg, StepDue: when(e.Due), Late: e.Late, Minutes: e.Used, Status: e.Status,
			TrialClock: clockOf(lang, e.Clock, e.Left)}
		if e.Act == "" {
			x.Act = "submit"
		}
		if e.Node != nil {
			x.Node, x.Name = e.Node.ID, e.Node.Title(lang)
		}
		out.Events = append(out.Events, x)
	}
	for _, o := range p.Waiting {
		x := TrialWaiting{Token: o.Token, Node: o.Node.ID, Name: o.Node.Title(lang), State: string(o.State), Since: o.Since, Due: when(o.Due),
			Suggest: o.At, Options: actsOf(lang, o.Options)}
		if o.Why != nil {
			x.Problem = o.Why.Text(lang)
		}
		out.Waiting = append(out.Waiting, x)
	}
	if r := p.Refused; r != nil {
		out.Refused = &TrialRefusal{Index: r.Index}
		if f := fault.As(asFault(r.Err)); f != nil {
			out.Refused.Code, out.Refused.Message = f.Key, i18n.T(ctx, f.Key, f.Args)
		}
	}
	return &walkOut{out}, nil
}

// asFault gives a problem of a process the shape of the house.
func asFault(err error) error {
	if p := (*bpmn.Problem)(nil); errors.As(err, &p) {
		return p.Fault()
	}
	return err
}

func clockOf(lang string, c worktime.Result, left worktime.Left) TrialClock {
	out := TrialClock{Clock: string(c.State), Due: when(c.Due), LeftMinutes: left.TotalMinutes}
	if c.State == worktime.Running {
		out.Left = worktime.Phrase(left, lang)
	}
	return out
}

func actsOf(lang string, list []simulate.Option) []TrialAct {
	out := []TrialAct{}
	for _, o := range list {
		a := TrialAct{Act: o.Act.Name(), Arg: o.Arg}
		if o.Outcome != nil {
			a.Name = o.Outcome.Title(lang)
		}
		out = append(out, a)
	}
	return out
}

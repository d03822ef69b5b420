package dossierapi

import (
	"context"
	"net/http"
	"slices"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
)

func (a *api) registerTasks() {
	// Every role that works on dossiers holds dossier.read; whose task it is the use case decides.
	read := perm(dossier.PermRead)
	add(a, read, op(http.MethodPost, "/tasks/{task}/claim", "claim-task", tagWork, "Claim a task", "Accepts it and takes it for oneself."), a.claim)
	add(a, read, op(http.MethodPost, "/tasks/{task}/release", "release-task", tagWork, "Release a task", "Puts a claimed task back for the colleagues."), a.release)
	add(a, read, op(http.MethodPost, "/tasks/{task}/assign", "assign-task", tagWork, "Give a task to a colleague",
		"By the division's head, the leader, or whoever holds the task now; to an official of one's own agency."), a.assign)
	add(a, read, op(http.MethodPost, "/tasks/{task}/complete", "complete-task", tagWork, "Complete a task",
		"With one of the outcomes its process offers. Receiving starts the clock; returning hands the result over."), a.complete)
	add(a, read, op(http.MethodPost, "/tasks/complete", "complete-tasks", tagWork, "Complete several tasks",
		"Each by itself, such as a leader's approvals; the answer says for each what became of it. At most 100."), a.completeMany)
	add(a, read, op(http.MethodPost, "/tasks/{task}/take-back", "take-back-task", tagWork, "Take a wrong transfer back",
		"Of a step one has completed oneself, as long as nobody on the other side accepted it."), a.takeBack)
	add(a, read, op(http.MethodGet, "/colleagues", "list-colleagues", tagWork, "List colleagues",
		"Officials of one's own agency whom tasks can be given to."), a.colleagues)
}

func (a *api) claim(ctx context.Context, in *ByTask) (*out[DossierBrief], error) {
	task, err := parse("path.task", in.Task)
	if err != nil {
		return nil, err
	}
	d, err := a.s.Claim(ctx, task)
	return a.acted(ctx, d, err)
}

type taskNote struct {
	ByTask
	Body *DossierNote
}

func (a *api) release(ctx context.Context, in *taskNote) (*out[DossierBrief], error) {
	task, err := parse("path.task", in.Task)
	if err != nil {
		return nil, err
	}
	d, err := a.s.Release(ctx, task, in.Body.note())
	return a.acted(ctx, d, err)
}

// TaskAssign names who is to do a task.
type TaskAssign struct {
	Account string `json:"account" format:"uuid" doc:"The colleague's account; see list-colleagues."`
	Note    string `json:"note,omitempty" maxLength:"4000"`
}

func (a *api) assign(ctx context.Context, in *struct {
	ByTask
	Body TaskAssign
}) (*out[DossierBrief], error) {
	task, err := parse("path.task", in.Task)
	if err != nil {
		return nil, err
	}
	to, err := a.colleague(ctx, "/account", in.Body.Account)
	if err != nil {
		return nil, err
	}
	d, err := a.s.Assign(ctx, task, to.Account, in.Body.Note)
	return a.acted(ctx, d, err)
}

// colleague finds an official of the actor's own agency; path is where the account was named.
func (a *api) colleague(ctx context.Context, path, account string) (Colleague, error) {
	want, err := parse(path, account)
	if err != nil {
		return Colleague{}, err
	}
	list, err := a.people.Colleagues(ctx, actorOf(ctx).Agency)
	if err != nil {
		return Colleague{}, err
	}
	for _, c := range list {
		if c.Account == want && !want.Zero() {
			return c, nil
		}
	}
	return Colleague{}, fault.Input("dossier.step_incomplete", fault.Field{Path: path, Key: "dossierapi.no_colleague"})
}

// TaskStep is what was decided at a task.
type TaskStep struct {
	Outcome  string `json:"outcome" minLength:"1" maxLength:"60" example:"accept" doc:"Key of an outcome of the task."`
	Note     string `json:"note,omitempty" maxLength:"4000" doc:"Needed where the outcome says so."`
	Number   string `json:"number,omitempty" maxLength:"100" example:"15/TLKS-BS" doc:"For action number: number and sign of the result."`
	Signed   string `json:"signed,omitempty" maxLength:"200" doc:"For action return: who took the result over, or how."`
	Assignee string `json:"assignee,omitempty" format:"uuid" doc:"For action assign: the account that does the next step."`
}

func (a *api) step(ctx context.Context, path string, task id.ID, in TaskStep) (*dossier.Dossier, error) {
	st := dossier.Step{Task: task, Outcome: in.Outcome, Note: in.Note, Number: in.Number, Signed: in.Signed}
	if in.Assignee != "" {
		to, err := a.colleague(ctx, path+"/assignee", in.Assignee)
		if err != nil {
			return nil, err
		}
		st.Assignee = to.Account
	}
	return a.s.Complete(ctx, st)
}

func (a *api) complete(ctx context.Context, in *struct {
	ByTask
	Body TaskStep
}) (*out[DossierBrief], error) {
	task, err := parse("path.task", in.Task)
	if err != nil {
		return nil, err
	}
	d, err := a.step(ctx, "", task, in.Body)
	return a.acted(ctx, d, err)
}

// TaskSteps is what was decided at several tasks.
type TaskSteps struct {
	Steps []TaskStepOf `json:"steps" minItems:"1" maxItems:"100"`
}

// TaskStepOf is what was decided at one of them.
type TaskStepOf struct {
	Task string `json:"task" format:"uuid"`
	TaskStep
}

// TaskReport says what became of one step: the dossier as it is now, or why nothing was done.
type TaskReport struct {
	Task    string        `json:"task" format:"uuid"`
	Dossier *DossierBrief `json:"dossier,omitempty"`
	Code    string        `json:"code,omitempty" doc:"What went wrong, for programs."`
	Message string        `json:"message,omitempty" doc:"What went wrong, for people."`
}

func (a *api) completeMany(ctx context.Context, in *struct{ Body TaskSteps }) (*out[list[TaskReport]], error) {
	l := list[TaskReport]{Items: []TaskReport{}}
	for _, st := range in.Body.Steps {
		r := TaskReport{Task: st.Task}
		task, err := parse("/task", st.Task)
		var d *dossier.Dossier
		if err == nil {
			d, err = a.step(ctx, "", task, st.TaskStep)
		}
		if err == nil {
			var b DossierBrief
			if b, err = a.brief(ctx, d); err != nil {
				return nil, err
			}
			r.Dossier = &b
		} else {
			f := fault.As(err)
			if f == nil || f.Kind == fault.Unknown || f.Kind == fault.Unavailable {
				return nil, err // the following would fare no better
			}
			r.Code, r.Message = f.Key, i18n.T(ctx, f.Key, f.Args)
			for _, x := range f.Fields {
				r.Message += " " + i18n.T(ctx, x.Key, x.Args)
			}
		}
		l.Items = append(l.Items, r)
	}
	return &out[list[TaskReport]]{l}, nil
}

func (a *api) takeBack(ctx context.Context, in *struct {
	ByTask
	Body DossierReason
}) (*out[DossierBrief], error) {
	task, err := parse("path.task", in.Task)
	if err != nil {
		return nil, err
	}
	d, err := a.s.TakeBack(ctx, task, in.Body.Reason)
	return a.acted(ctx, d, located(err, "", "reason"))
}

// DossierColleague is an official whom tasks can be given to.
type DossierColleague struct {
	Account string        `json:"account" format:"uuid"`
	Name    string        `json:"name"`
	Title   string        `json:"title,omitempty"`
	Unit    DossierAgency `json:"unit"`
	Roles   []string      `json:"roles" nullable:"false"`
}

func (a *api) colleagues(ctx context.Context, in *struct {
	Role string `query:"role" maxLength:"60" example:"specialist" doc:"Only those who hold the role."`
}) (*out[list[DossierColleague]], error) {
	rows, err := a.people.Colleagues(ctx, actorOf(ctx).Agency)
	if err != nil {
		return nil, err
	}
	tree, err := a.tree(ctx)
	if err != nil {
		return nil, err
	}
	l := list[DossierColleague]{Items: []DossierColleague{}}
	for _, c := range rows {
		if in.Role == "" || slices.Contains(c.Roles, in.Role) {
			l.Items = append(l.Items, DossierColleague{c.Account.String(), c.Name, c.Title, agencyOf(ctx, tree, c.Unit), append([]string{}, c.Roles...)})
		}
	}
	return &out[list[DossierColleague]]{l}, nil
}

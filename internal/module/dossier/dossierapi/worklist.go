package dossierapi

import (
	"context"
	"net/http"
	"time"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/rest"
	"lienthong/internal/kit/text"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
)

const tagWork = "Officials' work"

func (a *api) registerWorklist() {
	add(a, perm(dossier.PermRead), op(http.MethodGet, "/worklist", "list-work", tagWork, "List my work",
		"Open tasks the official may do, the most urgent first; tasks of dossiers whose clock stands come last."), a.worklist)
	add(a, perm(dossier.PermRead), op(http.MethodGet, "/worklist/counts", "count-work", tagWork, "Count my work", "By urgency."), a.workCounts)
	add(a, perm(dossier.PermRead), op(http.MethodPost, "/search", "search-dossiers", tagWork, "Find dossiers",
		"By dossier code, the QR code of a receipt or identity card as scanned, card number, phone or name with or without marks; at most 50 that the official may see, the newest first. A body, because what people search for is personal and addresses end in logs."), a.search)
}

// WorkIn narrows the worklist.
type WorkIn struct {
	Mine   bool   `query:"mine" doc:"Only what is assigned to me."`
	Free   bool   `query:"free" doc:"Only what nobody has claimed."`
	Due    string `query:"due" enum:"overdue,today,soon,later,paused" doc:"overdue; today; soon: within two further working days; later; paused: the clock stands."`
	Field  string `query:"field" maxLength:"60" doc:"Code of a field of government."`
	Action string `query:"action" maxLength:"60" example:"receive" doc:"What the step is: receive, assign, examine, approve, number, pay, return or another word of the process."`
	Text   string `query:"text" maxLength:"100" doc:"A part of the dossier code or of the applicant's name, with or without marks."`
	Sort   string `query:"sort" enum:"due,code,procedure,applicant,step,channel" doc:"Column the list is sorted by; the due date if empty. A list of more than 10,000 tasks can be sorted by its due date only."`
	Desc   bool   `query:"desc" doc:"The other way round."`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"How many items at most."`
	Cursor string `query:"cursor" maxLength:"700" doc:"Where to go on: next of the page before, as it was; empty for the first page."`
}

// placeKey is where a page of the worklist ends. The order it was made for is part of it: it means
// nothing in another.
type placeKey struct {
	By    string `json:"by"`
	Desc  bool   `json:"desc"`
	Key   string `json:"key"`
	After string `json:"after"`
}

// workKey is where a page of the dossiers behind a figure ends.
type workKey struct {
	At    int64  `json:"at"`
	After string `json:"after"`
}

// WorkItem is one line of a worklist.
type WorkItem struct {
	Task          string         `json:"task" format:"uuid"`
	Name          string         `json:"name" example:"Thẩm định hồ sơ" doc:"The step, in Vietnamese."`
	Action        string         `json:"action" example:"examine"`
	Role          string         `json:"role" example:"specialist" doc:"Whose work it is."`
	Agency        DossierAgency  `json:"agency"`
	Unit          *DossierAgency `json:"unit,omitempty" doc:"The division."`
	FromUnit      *DossierAgency `json:"from_unit,omitempty" doc:"Where it came from."`
	AssigneeID    string         `json:"assignee_id,omitempty" format:"uuid"`
	Assignee      string         `json:"assignee,omitempty"`
	Accepted      bool           `json:"accepted" doc:"Somebody of the division has accepted it."`
	CreatedAt     time.Time      `json:"created_at"`
	StepDueAt     *time.Time     `json:"step_due_at,omitempty" doc:"End of the step's own time budget."`
	Dossier       string         `json:"dossier" format:"uuid"`
	Code          string         `json:"code"`
	ProcedureName string         `json:"procedure_name"`
	Field         string         `json:"field,omitempty"`
	Applicant     string         `json:"applicant"`
	Channel       int            `json:"channel" enum:"1,2,3"`
	Status        int            `json:"status" minimum:"1" maximum:"10"`
	StatusName    string         `json:"status_name"`
	DueAt         *time.Time     `json:"due_at,omitempty" doc:"When the dossier is due."`
	Paused        bool           `json:"paused"`
	Left          *DossierLeft   `json:"left,omitempty" doc:"Until the dossier, or else the step, is due."`
}

func showWork(ctx context.Context, tree *org.Tree, w *dossier.WorkItem) WorkItem {
	t := w.Task
	x := WorkItem{Task: t.ID.String(), Name: t.Name, Action: t.Action, Role: t.Role, Agency: agencyOf(ctx, tree, t.Agency),
		FromUnit: agencyIf(ctx, tree, t.FromUnit), AssigneeID: t.Assignee.String(), Assignee: t.AssigneeBy,
		Accepted: !t.Accepted.IsZero(), CreatedAt: t.Created.UTC(), StepDueAt: when(t.Due), Dossier: t.Dossier.String(),
		Code: w.Code, ProcedureName: w.Procedure, Field: w.Field, Applicant: w.Applicant, Channel: w.Channel, Status: int(w.Status),
		StatusName: statusName(ctx, w.Status), DueAt: when(t.DossierDue), Paused: w.Paused}
	if t.Unit != t.Agency {
		x.Unit = agencyIf(ctx, tree, t.Unit)
	}
	if !w.Paused && (!t.DossierDue.IsZero() || !t.Due.IsZero()) {
		x.Left = showLeft(ctx, w.Left)
	}
	return x
}

func (a *api) worklist(ctx context.Context, in *WorkIn) (*out[rest.PageOut[WorkItem]], error) {
	f := dossier.WorkFilter{Mine: in.Mine, Free: in.Free, Due: in.Due, Field: text.Line(in.Field), Action: text.Line(in.Action),
		Text: text.Line(in.Text), Limit: in.Limit + 1,
		Order: dossier.Order{By: in.Sort, Desc: in.Desc}}
	if in.Cursor != "" {
		var k placeKey
		if err := rest.DecodeCursor(in.Cursor, &k); err != nil {
			return nil, err
		}
		after, err := parse("query.cursor", k.After)
		if err != nil {
			return nil, err
		}
		if k.By != in.Sort || k.Desc != in.Desc {
			return nil, fault.New(fault.Invalid, "rest.bad_cursor")
		}
		f.After = dossier.Place{Key: k.Key, ID: after}
	}
	rows, err := a.s.Worklist(ctx, f)
	if err != nil {
		return nil, err
	}
	tree, err := a.tree(ctx)
	if err != nil {
		return nil, err
	}
	page, err := rest.Page(rows, in.Limit, func(w *dossier.WorkItem) placeKey {
		at := w.Place()
		return placeKey{in.Sort, in.Desc, at.Key, at.ID.String()}
	}, func(w *dossier.WorkItem) WorkItem { return showWork(ctx, tree, w) })
	return &out[rest.PageOut[WorkItem]]{page}, err
}

// WorkCounts are how many tasks wait, by urgency.
type WorkCounts struct {
	All     int `json:"all"`
	Overdue int `json:"overdue"`
	Today   int `json:"today"`
	Soon    int `json:"soon" doc:"Due within two further working days."`
	Later   int `json:"later"`
	Paused  int `json:"paused"`
	Mine    int `json:"mine" doc:"Assigned to me."`
}

func (a *api) workCounts(ctx context.Context, _ *struct{}) (*out[WorkCounts], error) {
	c, err := a.s.Counts(ctx)
	return &out[WorkCounts]{WorkCounts(c)}, err
}

// DossierQuery is what was typed or scanned.
type DossierQuery struct {
	Query string `json:"query" minLength:"1" maxLength:"500" example:"Nong Thi Hoa"`
}

// DossierHit is a dossier that was found.
type DossierHit struct {
	ID            string     `json:"id" format:"uuid"`
	Code          string     `json:"code"`
	ProcedureName string     `json:"procedure_name"`
	Applicant     string     `json:"applicant"`
	Status        int        `json:"status" minimum:"1" maximum:"10"`
	StatusName    string     `json:"status_name"`
	SubmittedAt   time.Time  `json:"submitted_at"`
	DueAt         *time.Time `json:"due_at,omitempty"`
}

func showHit(ctx context.Context) func(dossier.Hit) DossierHit {
	return func(h dossier.Hit) DossierHit {
		return DossierHit{h.ID.String(), h.Code, h.Procedure, h.Applicant, int(h.Status), statusName(ctx, h.Status), h.Submitted.UTC(), when(h.Due)}
	}
}

func (a *api) search(ctx context.Context, in *struct{ Body DossierQuery }) (*out[list[DossierHit]], error) {
	rows, err := a.s.Find(ctx, text.Line(in.Body.Query))
	if err != nil {
		return nil, err
	}
	return &out[list[DossierHit]]{items(rows, showHit(ctx))}, nil
}

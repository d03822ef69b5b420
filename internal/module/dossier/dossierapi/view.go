package dossierapi

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
)

// DossierAgency names an agency or division.
type DossierAgency struct {
	ID   string `json:"id" format:"uuid"`
	Name string `json:"name,omitempty" example:"UBND thị trấn Bằng Lũng" doc:"Missing for a unit that no longer exists."`
}

func agencyOf(ctx context.Context, tree *org.Tree, unit id.ID) DossierAgency {
	a := DossierAgency{ID: unit.String()}
	if u, ok := tree.Unit(unit); ok {
		a.Name = u.In(i18n.Lang(ctx))
	}
	return a
}

// agencyIf is agencyOf, or nothing for none.
func agencyIf(ctx context.Context, tree *org.Tree, unit id.ID) *DossierAgency {
	if unit.Zero() {
		return nil
	}
	a := agencyOf(ctx, tree, unit)
	return &a
}

func actorOf(ctx context.Context) actor.Actor { return actor.From(ctx) }

func statusName(ctx context.Context, s dossier.Status) string {
	return i18n.T(ctx, "dossier.status."+strconv.Itoa(int(s)))
}

// DossierBrief is a dossier in a line: what lists show and what acts answer with.
type DossierBrief struct {
	ID            string        `json:"id" format:"uuid"`
	Code          string        `json:"code" example:"000.18.25.H03-210301-0001"`
	Version       int64         `json:"version" minimum:"1" doc:"Counted up by every act."`
	Status        int           `json:"status" minimum:"1" maximum:"10" doc:"National status code: 1 new, 2 received, 3 not received, 4 processing, 5 supplement asked, 6 financial duty, 7 withdrawn, 8 stopped, 9 finished, 10 returned."`
	StatusName    string        `json:"status_name" example:"Đang xử lý"`
	Closed        bool          `json:"closed" doc:"Nothing more can happen to it."`
	Procedure     string        `json:"procedure" example:"1.001193" doc:"The procedure's code."`
	ProcedureName string        `json:"procedure_name"`
	Channel       int           `json:"channel" enum:"1,2,3,4" doc:"1 counter, 2 online, 3 post, 4 sector systems (ngành dọc)."`
	Holder        DossierAgency `json:"holder" doc:"The agency that holds it now."`
	SubmittedAt   time.Time     `json:"submitted_at"`
	ReceivedAt    *time.Time    `json:"received_at,omitempty" doc:"When the clock began to run."`
	DueAt         *time.Time    `json:"due_at,omitempty" doc:"When the result is due; missing while the clock does not run."`
	Paused        bool          `json:"paused" doc:"It was received and its clock stands."`
	FinishedAt    *time.Time    `json:"finished_at,omitempty"`
	ReturnedAt    *time.Time    `json:"returned_at,omitempty"`
	Late          bool          `json:"late" doc:"It was finished after its date."`
}

// brief shows a dossier in a line.
func (a *api) brief(ctx context.Context, d *dossier.Dossier) (DossierBrief, error) {
	tree, err := a.tree(ctx)
	if err != nil {
		return DossierBrief{}, err
	}
	return showBrief(ctx, tree, d), nil
}

func showBrief(ctx context.Context, tree *org.Tree, d *dossier.Dossier) DossierBrief {
	return DossierBrief{ID: d.ID.String(), Code: d.Code, Version: d.Version, Status: int(d.Status), StatusName: statusName(ctx, d.Status),
		Closed: d.Closed(), Procedure: d.ProcedureCode, ProcedureName: d.ProcedureName, Channel: d.Channel,
		Holder: agencyOf(ctx, tree, d.Holder), SubmittedAt: d.Submitted.UTC(), ReceivedAt: when(d.Received), DueAt: when(d.Due),
		Paused: d.Paused(), FinishedAt: when(d.Finished), ReturnedAt: when(d.Returned), Late: d.Late}
}

// acted answers an act with the dossier as it is now.
func (a *api) acted(ctx context.Context, d *dossier.Dossier, err error) (*out[DossierBrief], error) {
	if err != nil {
		return nil, located(err, "", "")
	}
	b, err := a.brief(ctx, d)
	return &out[DossierBrief]{b}, err
}

// DossierLeft is the working time until the dossier is due.
type DossierLeft struct {
	Minutes int    `json:"minutes" doc:"Working minutes; negative when overdue."`
	Overdue bool   `json:"overdue"`
	Text    string `json:"text" example:"còn 1 ngày 3 giờ làm việc"`
}

func showLeft(ctx context.Context, l worktime.Left) *DossierLeft {
	return &DossierLeft{Minutes: l.TotalMinutes, Overdue: l.Overdue, Text: worktime.Phrase(l, i18n.Lang(ctx))}
}

// DossierPerson is the applicant as written in the form.
type DossierPerson struct {
	Name    string `json:"name"`
	Birth   string `json:"birth,omitempty"`
	Doc     string `json:"doc,omitempty" doc:"Number of the identity card."`
	Phone   string `json:"phone,omitempty"`
	Email   string `json:"email,omitempty"`
	Address string `json:"address,omitempty"`
	Checked bool   `json:"checked" doc:"An official compared the card with the person."`
}

// DossierFull is a dossier with everything the actor may know of it.
type DossierFull struct {
	DossierFiled
	Field       string              `json:"field,omitempty" doc:"Code of the procedure's field of government."`
	Assisted    *DossierAgency      `json:"assisted,omitempty" doc:"Where an official filed it for the applicant."`
	Reception   DossierAgency       `json:"reception" doc:"The agency whose counter receives it."`
	Decision    DossierAgency       `json:"decision" doc:"The agency that decides."`
	Applicant   DossierPerson       `json:"applicant"`
	Data        json.RawMessage     `json:"data" doc:"The form as submitted, or as corrected since."`
	Case        string              `json:"case,omitempty"`
	Copies      int                 `json:"copies,omitempty"`
	Shown       []string            `json:"shown,omitempty" doc:"Codes of papers handed over or shown at the counter."`
	Delivery    string              `json:"delivery,omitempty"`
	Fee         DossierFee          `json:"fee"`
	Duty        string              `json:"duty,omitempty" doc:"The notice of the financial duty it waits for."`
	Hold        string              `json:"hold,omitempty" doc:"Why the office stopped the clock."`
	HoldBasis   string              `json:"hold_basis,omitempty" doc:"The clause under which the wait for another agency stops it."`
	Tacit       string              `json:"tacit,omitempty" format:"date-time" doc:"When the term ended unanswered, where the law takes that for a yes."`
	Number      string              `json:"number,omitempty" doc:"Number and sign of the result."`
	Left        *DossierLeft        `json:"left,omitempty" doc:"Missing while the clock does not run."`
	Clock       DossierClock        `json:"clock"`
	Progress    []DossierStage      `json:"progress" nullable:"false" doc:"The process diagram in words, with where the dossier stands."`
	Tasks       []DossierTask       `json:"tasks" nullable:"false" doc:"Where it rests: open steps. For officials also the steps done."`
	TakeBack    string              `json:"take_back,omitempty" format:"uuid" doc:"The actor's own finished step that may still be taken back."`
	Files       []DossierFile       `json:"files" nullable:"false"`
	Supplements []DossierSupplement `json:"supplements" nullable:"false"`
	Payments    []DossierPayment    `json:"payments" nullable:"false"`
	Waits       []DossierWait       `json:"waits,omitempty" doc:"For officials: what the process waits for beside people."`
	Rating      int                 `json:"rating,omitempty" minimum:"1" maximum:"4" doc:"The applicant's judgement: 1 very satisfied to 4 not satisfied."`
}

// DossierTask is one step of a dossier.
type DossierTask struct {
	ID         string         `json:"id,omitempty" format:"uuid" doc:"Missing for applicants, who have no tasks to act on by themselves."`
	Node       string         `json:"node" doc:"The step in the process diagram."`
	Name       string         `json:"name"`
	Action     string         `json:"action,omitempty" doc:"receive, assign, examine, approve, number, pay, return or another word of the process."`
	Role       string         `json:"role" doc:"Whose work it is; applicant waits for the applicant."`
	Agency     *DossierAgency `json:"agency,omitempty"`
	Unit       *DossierAgency `json:"unit,omitempty" doc:"The division."`
	State      string         `json:"state" enum:"open,done,cancelled,taken_back"`
	Mine       bool           `json:"mine" doc:"The actor may do it."`
	AssigneeID string         `json:"assignee_id,omitempty" format:"uuid"`
	Assignee   string         `json:"assignee,omitempty"`
	CreatedAt  time.Time      `json:"created_at"`
	AcceptedAt *time.Time     `json:"accepted_at,omitempty"`
	DueAt      *time.Time     `json:"due_at,omitempty" doc:"End of the step's own time budget."`
	DoneAt     *time.Time     `json:"done_at,omitempty"`
	Outcome    string         `json:"outcome,omitempty" doc:"Key of the outcome it ended with."`
	Note       string         `json:"note,omitempty"`
	Outcomes   []TaskOutcome  `json:"outcomes,omitempty" doc:"How it can end; for those whose task it is."`
}

// TaskOutcome is one way a task can end.
type TaskOutcome struct {
	Key       string `json:"key" example:"accept"`
	Name      string `json:"name" example:"Tiếp nhận"`
	Kind      string `json:"kind" enum:"forward,back,supplement,refuse,finish" doc:"A supplement is asked for by its own operation."`
	NeedsNote bool   `json:"needs_note" doc:"A reason has to be given."`
}

// full shows a dossier to whom it belongs, or to an official.
func (a *api) full(ctx context.Context, v *dossier.View) (DossierFull, error) {
	tree, err := a.tree(ctx)
	if err != nil {
		return DossierFull{}, err
	}
	d, who, lang := v.Dossier, actorOf(ctx), i18n.Lang(ctx)
	own := dossier.Owns(who, d)
	f := DossierFull{DossierFiled: DossierFiled{DossierBrief: showBrief(ctx, tree, d), LookupSecret: a.secretFor(ctx, d)},
		Field: d.Field, Assisted: agencyIf(ctx, tree, d.Assisted), Reception: agencyOf(ctx, tree, d.Reception),
		Decision: agencyOf(ctx, tree, d.Decision), Applicant: showPerson(d.Applicant), Data: d.Form, Case: d.Extra.Case,
		Copies: d.Extra.Copies, Shown: d.Extra.Shown, Delivery: d.Delivery,
		Fee:  DossierFee{Amount: d.Fee, Paid: d.FeePaid, Text: d.FeeText},
		Duty: d.Extra.Duty, Hold: d.Extra.Hold, HoldBasis: d.Extra.HoldBasis, Tacit: d.Extra.Tacit, Number: d.Extra.Number, Progress: progress(ctx, v), Tasks: []DossierTask{}, Files: []DossierFile{},
		Supplements: []DossierSupplement{}, Rating: v.Rated,
		Payments: items(v.Payments, func(p *dossier.Payment) DossierPayment { return showPayment(p, own) }).Items}
	if !d.Due.IsZero() && d.Open() {
		f.Left = showLeft(ctx, v.Left)
	}
	f.Clock = a.showClock(lang, v)
	for _, t := range v.Tasks {
		if own && t.State != "open" {
			continue
		}
		f.Tasks = append(f.Tasks, showTask(ctx, tree, v, t, own))
	}
	for _, x := range v.Files {
		if own && !ownFile(d, x) {
			continue
		}
		sf := showFile(x)
		if own {
			sf.Verdict, sf.Remark = "", ""
		}
		f.Files = append(f.Files, sf)
	}
	for _, x := range v.Supplements {
		if !own || x.State == "sent" || x.State == "answered" {
			f.Supplements = append(f.Supplements, showSupplement(ctx, tree, x, own))
		}
	}
	if t := v.Returnable(who); t != nil && !own {
		f.TakeBack = t.ID.String()
	}
	if !own {
		f.Waits = showWaits(ctx, v)
	}
	return f, nil
}

// ownFile tells whether applicants see that the file exists: nothing internal, and a result only
// once it is one.
func ownFile(d *dossier.Dossier, f dossier.File) bool {
	switch f.Kind {
	case "internal":
		return false
	case "result":
		return d.Status == dossier.StatusFinished || d.Status == dossier.StatusReturned
	}
	return true
}

func showPerson(p dossier.Applicant) DossierPerson {
	return DossierPerson{Name: p.Name, Birth: p.Birth, Doc: p.Doc, Phone: p.Phone, Email: p.Email, Address: p.Address, Checked: p.Checked}
}

// showTask shows a step; to applicants only where the dossier rests, not who works there.
func showTask(ctx context.Context, tree *org.Tree, v *dossier.View, t *dossier.Task, own bool) DossierTask {
	node := v.Proc.Process.Node(t.Node)
	x := DossierTask{Node: t.Node, Name: nodeName(ctx, node, t.Name), Action: t.Action, Role: t.Role, State: t.State,
		Agency: agencyIf(ctx, tree, t.Agency), CreatedAt: t.Created.UTC(), Mine: dossier.MayWork(actorOf(ctx), t) && t.State == "open"}
	if own {
		x.Mine = t.Role == bpmn.RoleApplicant
		return x
	}
	x.ID, x.AssigneeID, x.Assignee = t.ID.String(), t.Assignee.String(), t.AssigneeBy
	x.AcceptedAt, x.DueAt, x.DoneAt, x.Outcome, x.Note = when(t.Accepted), when(t.Due), when(t.Done), t.Outcome, t.Note
	if t.Unit != t.Agency {
		x.Unit = agencyIf(ctx, tree, t.Unit)
	}
	if x.Mine && node != nil {
		for i := range node.Outcomes {
			o := &node.Outcomes[i]
			x.Outcomes = append(x.Outcomes, TaskOutcome{o.Key, o.Title(i18n.Lang(ctx)), o.Kind, o.NeedsNote})
		}
	}
	return x
}

func nodeName(ctx context.Context, n *bpmn.Node, otherwise string) string {
	if n == nil {
		return otherwise
	}
	return n.Title(i18n.Lang(ctx))
}

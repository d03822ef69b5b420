package dossierapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/kit/text"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
)

const tagHandovers = "Hand-overs of paper"

func (a *api) registerHandovers() {
	read := perm(dossier.PermRead)
	add(a, read, op(http.MethodGet, "/handovers", "list-handovers", tagHandovers, "List hand-overs",
		"Given by or waiting for one's own unit, the newest first; at most 100, without their items."), a.handovers)
	add(a, read, op(http.MethodGet, "/handovers/waiting", "list-waiting", tagHandovers, "List what lies on the piles",
		"Tasks that came from one's own unit, that nobody accepted yet and that are on no list."), a.waiting)
	add(a, read, created("/handovers", "create-handover", tagHandovers, "Hand a batch over", "A list of tasks for one division."), a.handOver)
	add(a, read, op(http.MethodGet, "/handovers/{handover}", "get-handover", tagHandovers, "Read a hand-over", "To both sides."), a.getHandover)
	add(a, read, op(http.MethodPost, "/handovers/{handover}/confirm", "confirm-handover", tagHandovers, "Confirm a hand-over",
		"By the taking side: what is on the pile is accepted, the rest stays with the giver, with a remark."), a.takeOver)
}

// DossierHandover is a batch of paper dossiers carried from one unit to another.
type DossierHandover struct {
	ID      string                `json:"id" format:"uuid"`
	From    DossierAgency         `json:"from"`
	To      DossierAgency         `json:"to"`
	State   string                `json:"state" enum:"sent,confirmed"`
	GivenBy string                `json:"given_by"`
	GivenAt time.Time             `json:"given_at"`
	TakenBy string                `json:"taken_by,omitempty"`
	TakenAt *time.Time            `json:"taken_at,omitempty"`
	Items   []DossierHandoverItem `json:"items,omitempty"`
}

// DossierHandoverItem is one dossier of the batch.
type DossierHandoverItem struct {
	Task          string `json:"task" format:"uuid"`
	Dossier       string `json:"dossier" format:"uuid"`
	Code          string `json:"code"`
	ProcedureName string `json:"procedure_name"`
	Applicant     string `json:"applicant"`
	Taken         bool   `json:"taken" doc:"It was on the pile."`
	Remark        string `json:"remark,omitempty"`
}

func showHandover(ctx context.Context, tree *org.Tree, h *dossier.Handover) DossierHandover {
	x := DossierHandover{ID: h.ID.String(), From: agencyOf(ctx, tree, h.From), To: agencyOf(ctx, tree, h.To), State: h.State,
		GivenBy: h.GivenBy, GivenAt: h.Given.UTC(), TakenBy: h.TakenBy, TakenAt: when(h.Taken)}
	for _, it := range h.Items {
		x.Items = append(x.Items, DossierHandoverItem{it.Task.String(), it.Dossier.String(), it.Code, it.Name, it.Who, it.Taken, it.Note})
	}
	return x
}

func (a *api) handovers(ctx context.Context, _ *struct{}) (*out[list[DossierHandover]], error) {
	rows, err := a.s.Handovers(ctx, dossier.HandoverFilter{})
	if err != nil {
		return nil, err
	}
	tree, err := a.tree(ctx)
	if err != nil {
		return nil, err
	}
	return &out[list[DossierHandover]]{items(rows, func(h *dossier.Handover) DossierHandover { return showHandover(ctx, tree, h) })}, nil
}

func (a *api) waiting(ctx context.Context, _ *struct{}) (*out[list[WorkItem]], error) {
	rows, err := a.s.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	tree, err := a.tree(ctx)
	if err != nil {
		return nil, err
	}
	return &out[list[WorkItem]]{items(rows, func(w *dossier.WorkItem) WorkItem { return showWork(ctx, tree, w) })}, nil
}

// HandoverNew is a batch to be handed over.
type HandoverNew struct {
	To    string   `json:"to" format:"uuid" doc:"The division that takes."`
	Tasks []string `json:"tasks" minItems:"1" maxItems:"500" uniqueItems:"true" doc:"Tasks of the pile for that division."`
}

type handoverOut struct {
	Location string `header:"Location"`
	Body     DossierHandover
}

// handover shows a list with its items.
func (a *api) handover(ctx context.Context, h id.ID) (*handoverOut, error) {
	x, err := a.s.Handover(ctx, h)
	if err != nil {
		return nil, err
	}
	tree, err := a.tree(ctx)
	if err != nil {
		return nil, err
	}
	return &handoverOut{rest.Prefix + "/handovers/" + h.String(), showHandover(ctx, tree, x)}, nil
}

func (a *api) handOver(ctx context.Context, in *struct{ Body HandoverNew }) (*handoverOut, error) {
	to, err := parse("/to", in.Body.To)
	if err != nil {
		return nil, err
	}
	tasks, err := parseAll("/tasks", in.Body.Tasks)
	if err != nil {
		return nil, err
	}
	h, err := a.s.HandOver(ctx, to, tasks)
	if err != nil {
		return nil, err
	}
	return a.handover(ctx, h.ID)
}

// ByHandover is the input of an operation on one hand-over.
type ByHandover struct {
	Handover string `path:"handover" format:"uuid" doc:"The hand-over list's identifier."`
}

func (a *api) getHandover(ctx context.Context, in *ByHandover) (*handoverOut, error) {
	h, err := parse("path.handover", in.Handover)
	if err != nil {
		return nil, err
	}
	return a.handover(ctx, h)
}

// HandoverTaken is what the taking side found on the pile.
type HandoverTaken struct {
	Found   []string         `json:"found" maxItems:"500" nullable:"false" doc:"Tasks whose dossiers are there."`
	Remarks []HandoverRemark `json:"remarks,omitempty" maxItems:"500"`
}

// HandoverRemark says why a dossier of the list is not there, or what is wrong with it.
type HandoverRemark struct {
	Task   string `json:"task" format:"uuid"`
	Remark string `json:"remark" maxLength:"1000"`
}

func (a *api) takeOver(ctx context.Context, in *struct {
	ByHandover
	Body HandoverTaken
}) (*handoverOut, error) {
	h, err := parse("path.handover", in.Handover)
	if err != nil {
		return nil, err
	}
	found, err := parseAll("/found", in.Body.Found)
	if err != nil {
		return nil, err
	}
	list, err := a.s.Handover(ctx, h)
	if err != nil {
		return nil, err
	}
	on := map[id.ID]bool{}
	for _, it := range list.Items {
		on[it.Task] = true
	}
	for i, t := range found {
		if !on[t] { // said to be found, and not on the list: the lists of the two sides differ
			return nil, fault.Input("rest.422", fault.Field{Path: "/found/" + strconv.Itoa(i), Key: "dossierapi.not_on_list"})
		}
	}
	remarks := map[id.ID]string{}
	for i, r := range in.Body.Remarks {
		t, err := parse("/remarks/"+strconv.Itoa(i)+"/task", r.Task)
		if err != nil {
			return nil, err
		}
		remarks[t] = text.Line(r.Remark)
	}
	if _, err := a.s.TakeOver(ctx, h, found, remarks); err != nil {
		return nil, err
	}
	return a.handover(ctx, h)
}

package dossierapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
)

const tagDossiers = "Dossiers"

func (a *api) registerDossiers() {
	add(a, rest.SignedIn, op(http.MethodGet, "/dossiers", "list-own-dossiers", tagDossiers, "List my dossiers",
		"The dossiers of the account that acts, the newest first. Officials use the worklist and search."), a.ownDossiers)
	add(a, rest.SignedIn, op(http.MethodGet, "/dossiers/{code}", "get-dossier", tagDossiers, "Read a dossier",
		"To applicants without the office's internals. That an official looked is noted in the ledger."), a.getDossier)
	add(a, rest.SignedIn, op(http.MethodGet, "/dossiers/{code}/history", "list-history", tagDossiers, "Read a dossier's history",
		"Oldest first, whole. To applicants the public acts without names of officials. That an official looked is noted in the ledger."), a.history)
}

func (a *api) ownDossiers(ctx context.Context, in *rest.PageIn) (*out[rest.PageOut[DossierBrief]], error) {
	after, err := place(*in)
	if err != nil {
		return nil, err
	}
	rows, err := a.s.MinePage(ctx, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	tree, err := a.tree(ctx)
	if err != nil {
		return nil, err
	}
	return paged(rows, *in, func(d *dossier.Dossier) DossierBrief { return showBrief(ctx, tree, d) })
}

func (a *api) getDossier(ctx context.Context, in *ByDossier) (*out[DossierFull], error) {
	v, err := a.s.Open(ctx, strings.ToUpper(in.Code))
	if err != nil {
		return nil, err
	}
	f, err := a.full(ctx, v)
	return &out[DossierFull]{f}, err
}

// HistoryEntry is one line of a dossier's history, which is only ever added to.
type HistoryEntry struct {
	N       int               `json:"n" minimum:"1"`
	At      time.Time         `json:"at"`
	Act     string            `json:"act" example:"received" doc:"For programs."`
	Name    string            `json:"name" example:"Tiếp nhận hồ sơ" doc:"For people."`
	Status  int               `json:"status" minimum:"1" maximum:"10" doc:"The dossier's status after the act."`
	By      string            `json:"by,omitempty" doc:"Who did it. To applicants only themselves."`
	Agency  *DossierAgency    `json:"agency,omitempty"`
	Step    string            `json:"step,omitempty" doc:"The step of the process it happened at."`
	Outcome string            `json:"outcome,omitempty" doc:"The outcome that was chosen, in words."`
	Note    string            `json:"note,omitempty"`
	Items   []SupplementItem  `json:"items,omitempty" doc:"Of a supplement request: the defects."`
	Changed []HistoryChange   `json:"changed,omitempty" doc:"Of a correction: what was corrected."`
	Details map[string]string `json:"details,omitempty" doc:"amount (đồng), method, receipt, number, days, old and new date, to (an assignee)."`
}

// HistoryChange is one corrected answer.
type HistoryChange struct {
	Label string `json:"label"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

func (a *api) history(ctx context.Context, in *ByDossier) (*out[list[HistoryEntry]], error) {
	v, err := a.s.Open(ctx, strings.ToUpper(in.Code))
	if err != nil {
		return nil, err
	}
	tree, err := a.tree(ctx)
	if err != nil {
		return nil, err
	}
	own := dossier.Owns(actorOf(ctx), v.Dossier)
	l := list[HistoryEntry]{Items: []HistoryEntry{}}
	for _, e := range v.History {
		if !own || public(e.Act) {
			l.Items = append(l.Items, showEntry(ctx, tree, v, e, own))
		}
	}
	return &out[list[HistoryEntry]]{l}, nil
}

// public tells whether applicants read of the act. Comments, claims and assignments are the
// office's own; an act this list does not know is not shown.
func public(act string) bool {
	switch act {
	case "submitted", "received", "rederived", "version", "version_back", "step", "supplement", "answered", "extended", "held", "resumed", "withdrawn", "corrected",
		"duty", "paid", "payment_cancelled", "notice", "tacit":
		return true
	}
	return false
}

// publicNote tells whether applicants read the act's note: what was written to them or by them,
// and why a step ended against them, but not what officials write to each other.
func publicNote(e dossier.Entry) bool {
	switch e.Act {
	case "received", "resumed", "payment_cancelled":
		return false
	case "step":
		return word(e.Data, "kind") == bpmn.OutcomeRefuse
	}
	return true
}

func showEntry(ctx context.Context, tree *org.Tree, v *dossier.View, e dossier.Entry, own bool) HistoryEntry {
	h := HistoryEntry{N: e.N, At: e.At.UTC(), Act: e.Act, Name: i18n.T(ctx, "dossier.act."+e.Act), Status: int(e.Status),
		By: e.ActorName, Agency: agencyIf(ctx, tree, e.Agency), Note: e.Note}
	if e.Node != "" {
		h.Step = nodeName(ctx, v.Proc.Process.Node(e.Node), e.Node)
	}
	if e.Act == "step" && (!own || word(e.Data, "kind") != bpmn.OutcomeBack) {
		h.Outcome = word(e.Data, "outcome")
	}
	if own {
		if e.ActorKind != actor.Citizen {
			h.By = ""
		}
		if !publicNote(e) {
			h.Note = ""
		}
	}
	for _, x := range maps(e.Data, "items") {
		h.Items = append(h.Items, SupplementItem{word(x, "component"), word(x, "name"), word(x, "what")})
	}
	for _, x := range maps(e.Data, "changed") {
		h.Changed = append(h.Changed, HistoryChange{word(x, "label"), word(x, "old"), word(x, "new")})
	}
	for _, k := range details(own) {
		if w := word(e.Data, k); w != "" {
			if h.Details == nil {
				h.Details = map[string]string{}
			}
			h.Details[k] = w
		}
	}
	return h
}

// details are the values of an act that are shown.
func details(own bool) []string {
	if own {
		return []string{"amount", "method", "receipt", "number", "days", "old", "new"}
	}
	return []string{"amount", "method", "receipt", "number", "days", "old", "new", "to", "signed"}
}

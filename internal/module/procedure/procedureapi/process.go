package procedureapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/procedure"
)

// registerProcesses adds the operations on drafts and versions of the library's processes.
func registerProcesses(a *rest.API, h *handlers, op func(method, path, id, summary string) huma.Operation, edit, publish rest.Perm) {
	const at = "/procedure-processes/{key}"
	save := op(http.MethodPut, at+"/draft", "process-draft-save", "Replace the draft's file")
	save.MaxBodyBytes, save.BodyReadTimeout = 4<<20, 2*time.Minute
	rest.Register(a, edit, op(http.MethodGet, at+"/draft", "process-draft", "The draft of a process, with its problems"), h.processDraft)
	rest.Register(a, edit, op(http.MethodPost, at+"/draft", "process-draft-start", "Begin the next version of a process, or return the draft there is"), h.startProcess)
	rest.Register(a, edit, save, h.saveProcess)
	rest.Register(a, edit, op(http.MethodDelete, at+"/draft", "process-draft-discard", "Discard the draft of a process"), h.discardProcess)
	rest.Register(a, edit, op(http.MethodPost, at+"/draft/propose", "process-propose", "Ask somebody else to publish the draft"), h.proposeProcess)
	rest.Register(a, edit, op(http.MethodPost, at+"/draft/return", "process-return", "Give a proposed draft back"), h.returnProcess)
	rest.Register(a, publish, op(http.MethodPost, at+"/draft/publish", "process-publish", "Publish a draft that somebody else has proposed"), h.publishProcess)
	rest.Register(a, edit, op(http.MethodGet, at+"/versions", "process-versions", "The versions of a process, the newest first"), h.processVersions)
	rest.Register(a, edit, op(http.MethodGet, at+"/versions/{number}", "process-version", "One version of a process with its file"), h.processVersion)
}

// ProcessProblem is one thing that keeps a process from being published.
type ProcessProblem struct {
	Element string `json:"element,omitempty" doc:"Id of the element in the file."`
	Message string `json:"message"`
}

// ProcessDraft is the draft of a library process.
type ProcessDraft struct {
	Key        string           `json:"key"`
	Title      string           `json:"title"`
	Base       int              `json:"base" doc:"The version it began from, 0 for a new process."`
	Revision   int64            `json:"revision" doc:"Sent back with a change."`
	EditedAt   time.Time        `json:"edited_at"`
	EditedBy   id.ID            `json:"edited_by" format:"uuid"`
	ProposedAt *time.Time       `json:"proposed_at,omitempty"`
	ProposedBy *id.ID           `json:"proposed_by,omitempty" format:"uuid"`
	Reason     string           `json:"reason,omitempty"`
	Returned   string           `json:"returned,omitempty" doc:"Why it was given back."`
	Problems   []ProcessProblem `json:"problems" nullable:"false"`
	BPMN       string           `json:"bpmn" doc:"BPMN 2.0 XML."`
}

type processDraftOut struct{ Body ProcessDraft }

func (h *handlers) processDraftOf(ctx context.Context, d *procedure.ProcessDraft, err error) (*processDraftOut, error) {
	if err != nil {
		return nil, err
	}
	out := ProcessDraft{Key: d.Key, Title: d.Title, Base: d.Base, Revision: d.Revision, EditedAt: d.EditedAt, EditedBy: d.EditedBy,
		ProposedAt: when(d.ProposedAt), Reason: d.Reason, Returned: d.Returned, Problems: []ProcessProblem{}, BPMN: string(d.BPMN)}
	if d.Proposed() {
		out.ProposedBy = &d.ProposedBy
	}
	for _, p := range h.s.DraftProblems(ctx, d) {
		out.Problems = append(out.Problems, ProcessProblem{p.Element, p.Text(i18n.Lang(ctx))})
	}
	return &processDraftOut{out}, nil
}

func (h *handlers) processDraft(ctx context.Context, in *Key) (*processDraftOut, error) {
	d, err := h.s.ProcessDraft(ctx, actor.From(ctx), in.Key)
	return h.processDraftOf(ctx, d, err)
}

func (h *handlers) startProcess(ctx context.Context, in *Key) (*processDraftOut, error) {
	d, err := h.s.StartProcessDraft(ctx, actor.From(ctx), in.Key)
	return h.processDraftOf(ctx, d, err)
}

type saveProcessIn struct {
	Key
	Revision int64  `query:"revision" minimum:"1" required:"true" doc:"The draft's revision that was read."`
	RawBody  []byte `contentType:"application/xml" doc:"BPMN 2.0."`
}

func (h *handlers) saveProcess(ctx context.Context, in *saveProcessIn) (*processDraftOut, error) {
	d, err := h.s.SaveProcessDraft(ctx, actor.From(ctx), in.Key.Key, in.Revision, in.RawBody)
	return h.processDraftOf(ctx, d, err)
}

type discardProcessIn struct {
	Key
	Revision int64 `query:"revision" minimum:"1" required:"true"`
}

func (h *handlers) discardProcess(ctx context.Context, in *discardProcessIn) (*struct{}, error) {
	return nil, h.s.DiscardProcessDraft(ctx, actor.From(ctx), in.Key.Key, in.Revision)
}

type decideProcessIn struct {
	Key
	Body struct {
		Revision int64  `json:"revision" minimum:"1" doc:"The draft's revision that was read."`
		Reason   string `json:"reason" minLength:"1" maxLength:"2000"`
	}
}

func (h *handlers) proposeProcess(ctx context.Context, in *decideProcessIn) (*processDraftOut, error) {
	d, err := h.s.ProposeProcess(ctx, actor.From(ctx), in.Key.Key, in.Body.Revision, in.Body.Reason)
	return h.processDraftOf(ctx, d, err)
}

func (h *handlers) returnProcess(ctx context.Context, in *decideProcessIn) (*processDraftOut, error) {
	d, err := h.s.ReturnProcess(ctx, actor.From(ctx), in.Key.Key, in.Body.Revision, in.Body.Reason)
	return h.processDraftOf(ctx, d, err)
}

type publishProcessIn struct {
	Key
	Body struct {
		Revision   int64    `json:"revision" minimum:"1" doc:"The draft's revision that was read."`
		Procedures []string `json:"procedures,omitempty" maxItems:"500" doc:"Codes of the procedures that go on with the new version; each gets a new version of its own."`
	}
}

// LibraryProcess is one version of a library process.
type LibraryProcess struct {
	Key         string    `json:"key"`
	Number      int       `json:"number"`
	Title       string    `json:"title"`
	Origin      string    `json:"origin" enum:"pack,editor,other"`
	Reason      string    `json:"reason,omitempty"`
	EditedBy    *id.ID    `json:"edited_by,omitempty" format:"uuid"`
	ProposedBy  *id.ID    `json:"proposed_by,omitempty" format:"uuid"`
	ApprovedBy  *id.ID    `json:"approved_by,omitempty" format:"uuid"`
	PublishedAt time.Time `json:"published_at"`
	BPMN        string    `json:"bpmn,omitempty" doc:"BPMN 2.0 XML; missing in lists."`
}

type processVersionOut struct{ Body LibraryProcess }

func libraryProcess(v *procedure.ProcessVersion) LibraryProcess {
	who := func(account id.ID) *id.ID {
		if account.Zero() {
			return nil
		}
		return &account
	}
	return LibraryProcess{Key: v.Key, Number: v.Number, Title: v.Title, Origin: v.Origin, Reason: v.Reason, EditedBy: who(v.EditedBy),
		ProposedBy: who(v.ProposedBy), ApprovedBy: who(v.ApprovedBy), PublishedAt: v.PublishedAt, BPMN: string(v.BPMN)}
}

func (h *handlers) publishProcess(ctx context.Context, in *publishProcessIn) (*processVersionOut, error) {
	v, err := h.s.ApproveProcess(ctx, actor.From(ctx), in.Key.Key, in.Body.Revision, in.Body.Procedures)
	if err != nil {
		return nil, err
	}
	return &processVersionOut{libraryProcess(v)}, nil
}

type processVersionsOut struct {
	Body struct {
		Items []LibraryProcess `json:"items" nullable:"false"`
	}
}

func (h *handlers) processVersions(ctx context.Context, in *Key) (*processVersionsOut, error) {
	versions, err := h.s.ProcessVersions(ctx, in.Key)
	out := &processVersionsOut{}
	out.Body.Items = []LibraryProcess{}
	for i := range versions {
		out.Body.Items = append(out.Body.Items, libraryProcess(&versions[i]))
	}
	return out, err
}

type processVersionIn struct {
	Key
	Number int `path:"number" minimum:"1"`
}

func (h *handlers) processVersion(ctx context.Context, in *processVersionIn) (*processVersionOut, error) {
	v, err := h.s.ProcessVersion(ctx, in.Key.Key, in.Number)
	if err != nil {
		return nil, err
	}
	return &processVersionOut{libraryProcess(v)}, nil
}

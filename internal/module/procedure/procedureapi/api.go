// Package procedureapi is the catalogue of procedures for programs: everything the pages do.
package procedureapi

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/procedure"
)

const (
	edit    = rest.Perm(procedure.PermEdit)
	publish = rest.Perm(procedure.PermPublish)
	tag     = "procedures"
)

// Register adds the operations to the API.
func Register(a *rest.API, s *procedure.Service) {
	h := &handlers{s}
	op := func(method, path, id, summary string) huma.Operation {
		return huma.Operation{Method: method, Path: path, OperationID: id, Summary: summary, Tags: []string{tag}}
	}
	large := func(o huma.Operation, bytes int64) huma.Operation {
		o.MaxBodyBytes, o.BodyReadTimeout = bytes, 2*time.Minute
		return o
	}
	// A record is read by the same strict reader as an import, which says more about mistakes.
	raw := func(o huma.Operation) huma.Operation {
		o.SkipValidateBody = true
		return large(o, 4<<20)
	}
	rest.Register(a, rest.Public, op(http.MethodGet, "/procedures", "procedures-search", "Search the published procedures"), h.search)
	rest.Register(a, rest.Public, op(http.MethodGet, "/procedures/{code}", "procedure-get", "The published version of a procedure"), h.get)
	rest.Register(a, rest.Public, op(http.MethodGet, "/procedures/{code}/agencies", "procedure-agencies", "The agencies that receive a procedure today"), h.agencies)
	rest.Register(a, rest.Public, op(http.MethodGet, "/procedures/{code}/fee", "procedure-fee", "What filing costs"), h.fee)
	rest.Register(a, rest.Public, op(http.MethodGet, "/procedures/{code}/form", "procedure-form", "The e-form: JSON Schema and layout"), h.form)
	rest.Register(a, rest.Public, op(http.MethodGet, "/procedures/{code}/process", "procedure-process", "The process as BPMN 2.0"), h.process)

	rest.Register(a, edit, op(http.MethodGet, "/procedures/export", "procedures-export", "Export records as JSON or XLSX"), h.export)
	rest.Register(a, edit, large(op(http.MethodPost, "/procedures/import", "procedures-import", "Import records from JSON or XLSX, row by row"), procedure.MaxImportBytes+1<<20), h.importFile)
	rest.Register(a, edit, op(http.MethodGet, "/procedures/list", "procedures-list", "Every procedure, published or not"), h.list)
	create := op(http.MethodPost, "/procedures", "procedure-create", "Add a procedure with a first draft")
	create.DefaultStatus = http.StatusCreated
	rest.Register(a, edit, raw(create), h.create)
	rest.Register(a, edit, op(http.MethodGet, "/procedures/{code}/versions", "procedure-versions", "The versions of a procedure"), h.versions)
	rest.Register(a, edit, op(http.MethodGet, "/procedures/{code}/versions/{number}", "procedure-version", "One version, drafts too"), h.version)
	rest.Register(a, edit, op(http.MethodPost, "/procedures/{code}/draft", "procedure-draft-start", "Start the next version, or return the draft there is"), h.startDraft)
	rest.Register(a, edit, raw(op(http.MethodPut, "/procedures/{code}/draft", "procedure-draft-save", "Replace the draft's content")), h.saveDraft)
	rest.Register(a, edit, op(http.MethodDelete, "/procedures/{code}/draft", "procedure-draft-discard", "Discard the draft"), h.discard)
	rest.Register(a, edit, op(http.MethodGet, "/procedures/{code}/draft/problems", "procedure-draft-problems", "What keeps the draft from being published"), h.problems)
	rest.Register(a, publish, op(http.MethodPost, "/procedures/{code}/draft/publish", "procedure-publish", "Publish the draft"), h.publish)
	rest.Register(a, publish, op(http.MethodPost, "/procedures/{code}/retire", "procedure-retire", "End a procedure"), h.retire)
	rest.Register(a, edit, op(http.MethodPut, "/procedures/{code}/agencies/{agency}", "procedure-offer-set", "Switch a procedure on or off at an agency"), h.setOffer)

	rest.Register(a, edit, op(http.MethodGet, "/procedure-forms", "forms-list", "The library's forms"), h.forms)
	rest.Register(a, edit, large(op(http.MethodPut, "/procedure-forms/{key}", "form-put", "Add or replace a form"), 4<<20), h.putForm)
	rest.Register(a, edit, op(http.MethodGet, "/procedure-processes", "processes-list", "The library's processes"), h.processes)
	rest.Register(a, edit, large(op(http.MethodPut, "/procedure-processes/{key}", "process-put", "Begin the draft of a process with a file; somebody else publishes it"), 4<<20), h.putProcess)
	registerProcesses(a, h, op, edit, publish)
}

type handlers struct{ s *procedure.Service }

// ProcedureItem is a procedure in a list of results.
type ProcedureItem struct {
	Code        string   `json:"code"`
	Name        string   `json:"name"`
	NameEN      string   `json:"name_en,omitempty"`
	Field       string   `json:"field"`
	Levels      []string `json:"levels" nullable:"false"`
	LifeEvents  []string `json:"life_events" nullable:"false"`
	Description string   `json:"description,omitempty"`
	ServiceKind string   `json:"service_kind,omitempty"`
	Online      bool     `json:"online" doc:"It can be filed online here."`
	Fee         int64    `json:"fee" doc:"Whole đồng; see fee_known."`
	FeeKnown    bool     `json:"fee_known" doc:"False: no rate is known, or it depends on who applies."`
	TermText    string   `json:"term_text,omitempty"`
	Version     id.ID    `json:"version" format:"uuid"`
	Unverified  []string `json:"unverified" nullable:"false" doc:"What was not compared with the original text: fee, term, legal."`
}

func item(e *procedure.Entry) ProcedureItem {
	return ProcedureItem{Code: e.Code, Name: e.Name, NameEN: e.NameEN, Field: e.Field.Name, Levels: list(e.Levels), LifeEvents: list(e.LifeEvents),
		Description: e.Description, ServiceKind: e.Kind, Online: e.Online, Fee: e.Fee.Amount, FeeKnown: e.Fee.Known && !e.Fee.Choice,
		TermText: e.TermText, Version: e.Version, Unverified: list(e.Unverified)}
}

// list is a list that is never null in JSON.
func list[T any](in []T) []T {
	if in == nil {
		return []T{}
	}
	return in
}

// ProcedureVersion is a version of a procedure.
type ProcedureVersion struct {
	ID            id.ID            `json:"id" format:"uuid"`
	Code          string           `json:"code"`
	Number        int              `json:"number"`
	State         procedure.State  `json:"state" enum:"draft,published,retired"`
	EffectiveFrom civil.Date       `json:"effective_from" format:"date"`
	Revision      int64            `json:"revision" doc:"Sent back with a change of a draft."`
	Record        *ProcedureRecord `json:"record,omitempty" doc:"The record in the format of packs and imports; missing in lists."`
	FormKey       string           `json:"form_key,omitempty"`
	ProcessKey    string           `json:"process_key"`
	Note          string           `json:"note,omitempty"`
	CreatedAt     time.Time        `json:"created_at"`
	PublishedAt   *time.Time       `json:"published_at,omitempty"`
	RetiredAt     *time.Time       `json:"retired_at,omitempty"`
	Unverified    []string         `json:"unverified,omitempty"`
}

func version(v *procedure.Version, whole bool) ProcedureVersion {
	out := ProcedureVersion{ID: v.ID, Code: v.Code, Number: v.Number, State: v.State, EffectiveFrom: v.EffectiveFrom, Revision: v.Revision,
		FormKey: v.FormKey, ProcessKey: v.ProcessKey, Note: v.Note, CreatedAt: v.CreatedAt, PublishedAt: when(v.PublishedAt), RetiredAt: when(v.RetiredAt)}
	if whole {
		out.Record, out.Unverified = &ProcedureRecord{v.Record}, v.Record.Unverified()
	}
	return out
}

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// ProcedureProblem is one rule that is broken.
type ProcedureProblem struct {
	Location string `json:"location" doc:"JSON pointer into the record, or a cell of the spreadsheet."`
	Code     string `json:"code"`
	Message  string `json:"message"`
}

// Code is the path parameter of a procedure.
type Code struct {
	Code string `path:"code" maxLength:"40" doc:"The national code, such as 1.001193." example:"1.001193"`
}

// ProcedureRecord is a record in the format of packs and imports.
type ProcedureRecord struct{ procedure.Record }

// Schema describes the record: every field has a value, a source and a status. The values'
// own shapes are those of the pack format.
func (ProcedureRecord) Schema(huma.Registry) *huma.Schema {
	var statuses []any
	for _, s := range procedure.Statuses() {
		statuses = append(statuses, string(s))
	}
	s := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Properties: map[string]*huma.Schema{},
		Description: "An administrative procedure with the fields of the national database, as in province packs and imports."}
	for _, key := range procedure.FieldKeys() {
		s.Properties[key] = &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{
			"value":  {Description: "The value, null or empty if it is not known."},
			"source": {Type: huma.TypeString, Description: "Where it comes from."},
			"status": {Type: huma.TypeString, Enum: statuses, Description: "How sure that is."},
		}}
	}
	return s
}

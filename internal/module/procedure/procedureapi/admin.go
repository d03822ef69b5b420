package procedureapi

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/procedure"
)

type exportIn struct {
	Format string   `query:"format" enum:"json,xlsx" default:"json"`
	Code   []string `query:"code,explode" maxItems:"500" doc:"Only these; all if none is named."`
}

type fileOut struct {
	ContentType        string `header:"Content-Type"`
	ContentDisposition string `header:"Content-Disposition"`
	Body               []byte
}

func (h *handlers) export(ctx context.Context, in *exportIn) (*fileOut, error) {
	var b bytes.Buffer
	if in.Format == "xlsx" {
		err := h.s.ExportXLSX(ctx, &b, in.Code...)
		return &fileOut{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", `attachment; filename="thu-tuc.xlsx"`, b.Bytes()}, err
	}
	err := h.s.ExportJSON(ctx, &b, in.Code...)
	return &fileOut{"application/json", `attachment; filename="thu-tuc.json"`, b.Bytes()}, err
}

type importIn struct {
	Publish bool   `query:"publish" doc:"Publish at once what may be published."`
	Replace bool   `query:"replace_drafts" doc:"Overwrite drafts there may be."`
	Note    string `query:"note" maxLength:"500"`
	RawBody []byte `contentType:"application/octet-stream" doc:"The file itself: JSON or XLSX."`
}

// ProcedureImportRow is what an import did with one row.
type ProcedureImportRow struct {
	Line   int                `json:"line"`
	Code   string             `json:"code,omitempty"`
	OK     bool               `json:"ok"`
	Action string             `json:"action,omitempty" enum:"unchanged,drafted,published"`
	Errors []ProcedureProblem `json:"errors,omitempty"`
}

type importOut struct {
	Body struct {
		Good int                  `json:"good"`
		Bad  int                  `json:"bad"`
		Rows []ProcedureImportRow `json:"rows" nullable:"false"`
	}
}

func (h *handlers) importFile(ctx context.Context, in *importIn) (*importOut, error) {
	rep, err := h.s.ImportRecords(ctx, actor.From(ctx), in.RawBody, procedure.ImportOptions{Publish: in.Publish, ReplaceDrafts: in.Replace, Note: in.Note})
	if err != nil {
		return nil, err
	}
	out := &importOut{}
	out.Body.Good, out.Body.Bad = rep.Counts()
	out.Body.Rows = []ProcedureImportRow{}
	for _, r := range rep.Rows {
		out.Body.Rows = append(out.Body.Rows, ProcedureImportRow{r.Line, r.Code, r.OK, r.Action, problems(ctx, r.Errors)})
	}
	return out, nil
}

func problems(ctx context.Context, fields []fault.Field) []ProcedureProblem {
	var out []ProcedureProblem
	for _, f := range fields {
		out = append(out, ProcedureProblem{f.Path, f.Key, i18n.T(ctx, f.Key, f.Args)})
	}
	return out
}

type listIn struct {
	rest.PageIn
	Q      string `query:"q" maxLength:"200"`
	Filter string `query:"filter" enum:"draft,published,unpublished"`
}

// ListedProcedure is a procedure in the administrators' list.
type ListedProcedure struct {
	Code       string    `json:"code"`
	Name       string    `json:"name"`
	Published  int       `json:"published" doc:"Number of the published version, 0 for none."`
	Draft      int       `json:"draft" doc:"Number of the draft, 0 for none."`
	ChangedAt  time.Time `json:"changed_at"`
	Unverified []string  `json:"unverified" nullable:"false"`
}

type listOut struct{ Body rest.PageOut[ListedProcedure] }

type listKey struct {
	Code string `json:"c"`
}

func (h *handlers) list(ctx context.Context, in *listIn) (*listOut, error) {
	q := procedure.ListQuery{Text: in.Q, Filter: in.Filter, Limit: in.Limit}
	if in.Cursor != "" {
		var k listKey
		if err := rest.DecodeCursor(in.Cursor, &k); err != nil {
			return nil, err
		}
		q.After = k.Code
	}
	rows, more, err := h.s.List(ctx, actor.From(ctx), q)
	if err != nil {
		return nil, err
	}
	out := &listOut{rest.PageOut[ListedProcedure]{Items: []ListedProcedure{}}}
	for _, l := range rows {
		out.Body.Items = append(out.Body.Items, ListedProcedure{l.Code, l.Name, l.Published, l.Draft, l.ChangedAt, list(l.Unverified)})
	}
	if more {
		out.Body.Next, err = rest.EncodeCursor(listKey{rows[len(rows)-1].Code})
	}
	return out, err
}

type createIn struct {
	EffectiveFrom string `query:"effective_from" doc:"The first day new dossiers may get it, YYYY-MM-DD; today if it is not named."`
	Note          string `query:"note" maxLength:"2000"`
	RawBody       []byte `contentType:"application/json" doc:"The record in the format of packs and imports."`
}

// change reads a record with when it takes effect.
func (h *handlers) change(raw []byte, from, note string) (procedure.Change, error) {
	c := procedure.Change{EffectiveFrom: civil.From(h.s.Now()), Note: note}
	r, bad := procedure.DecodeRecord(raw)
	if from != "" {
		d, err := civil.Parse(from)
		if err != nil {
			bad = append(bad, fault.Field{Path: "query.effective_from", Key: "procedure.bad_date", Args: fault.Args("value", from)})
		}
		c.EffectiveFrom = d
	}
	if len(bad) > 0 {
		return c, fault.Input("procedure.invalid", bad...)
	}
	c.Record = r
	return c, nil
}

func (h *handlers) create(ctx context.Context, in *createIn) (*versionOut, error) {
	c, err := h.change(in.RawBody, in.EffectiveFrom, in.Note)
	if err != nil {
		return nil, err
	}
	v, err := h.s.Create(ctx, actor.From(ctx), c)
	if err != nil {
		return nil, err
	}
	return &versionOut{version(v, true)}, nil
}

type versionsOut struct {
	Body struct {
		Items []ProcedureVersion `json:"items" nullable:"false"`
	}
}

func (h *handlers) versions(ctx context.Context, in *Code) (*versionsOut, error) {
	vs, err := h.s.Versions(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	out := &versionsOut{}
	out.Body.Items = []ProcedureVersion{}
	for i := range vs {
		out.Body.Items = append(out.Body.Items, version(&vs[i], false))
	}
	return out, nil
}

type numberIn struct {
	Code
	Number int `path:"number" minimum:"1"`
}

func (h *handlers) version(ctx context.Context, in *numberIn) (*versionOut, error) {
	v, err := h.s.Numbered(ctx, actor.From(ctx), in.Code.Code, in.Number)
	if err != nil {
		return nil, err
	}
	return &versionOut{version(v, true)}, nil
}

func (h *handlers) startDraft(ctx context.Context, in *Code) (*versionOut, error) {
	v, err := h.s.NewDraft(ctx, actor.From(ctx), in.Code)
	if err != nil {
		return nil, err
	}
	return &versionOut{version(v, true)}, nil
}

type saveIn struct {
	Code
	Revision      int64  `query:"revision" minimum:"1" required:"true" doc:"The draft's revision that was read."`
	EffectiveFrom string `query:"effective_from" doc:"The first day new dossiers may get it, YYYY-MM-DD; unchanged if it is not named."`
	Note          string `query:"note" maxLength:"2000" doc:"What changed and why."`
	RawBody       []byte `contentType:"application/json" doc:"The record in the format of packs and imports."`
}

func (h *handlers) saveDraft(ctx context.Context, in *saveIn) (*versionOut, error) {
	who := actor.From(ctx)
	d, err := h.s.DraftOf(ctx, who, in.Code.Code)
	if err != nil {
		return nil, err
	}
	from := in.EffectiveFrom
	if from == "" {
		from = d.EffectiveFrom.String()
	}
	c, err := h.change(in.RawBody, from, in.Note)
	if err != nil {
		return nil, err
	}
	v, err := h.s.SaveDraft(ctx, who, d.ID, in.Revision, c)
	if err != nil {
		return nil, err
	}
	return &versionOut{version(v, true)}, nil
}

type discardIn struct {
	Code
	Revision int64 `query:"revision" minimum:"1" required:"true"`
}

func (h *handlers) discard(ctx context.Context, in *discardIn) (*struct{}, error) {
	d, err := h.s.DraftOf(ctx, actor.From(ctx), in.Code.Code)
	if err != nil {
		return nil, err
	}
	return nil, h.s.DiscardDraft(ctx, actor.From(ctx), d.ID, in.Revision)
}

type problemsOut struct {
	Body struct {
		Items []ProcedureProblem `json:"items" nullable:"false"`
	}
}

func (h *handlers) problems(ctx context.Context, in *Code) (*problemsOut, error) {
	d, err := h.s.DraftOf(ctx, actor.From(ctx), in.Code)
	if err != nil {
		return nil, err
	}
	out := &problemsOut{}
	out.Body.Items = list(problems(ctx, h.s.Check(d)))
	return out, nil
}

type publishIn struct {
	Code
	Body struct {
		Revision int64 `json:"revision" minimum:"1" doc:"The draft's revision that was read."`
	}
}

func (h *handlers) publish(ctx context.Context, in *publishIn) (*versionOut, error) {
	who := actor.From(ctx)
	d, err := h.s.DraftOf(ctx, who, in.Code.Code)
	if err != nil {
		return nil, err
	}
	v, err := h.s.Publish(ctx, who, d.ID, in.Body.Revision)
	if err != nil {
		return nil, err
	}
	return &versionOut{version(v, true)}, nil
}

type retireIn struct {
	Code
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"2000"`
	}
}

func (h *handlers) retire(ctx context.Context, in *retireIn) (*struct{}, error) {
	return nil, h.s.Retire(ctx, actor.From(ctx), in.Code.Code, in.Body.Reason)
}

type offerIn struct {
	Code
	Agency string `path:"agency" maxLength:"36"`
	Body   struct {
		Enabled bool   `json:"enabled"`
		From    string `json:"from,omitempty" format:"date" doc:"The first day it holds; today if it is not named."`
	}
}

func (h *handlers) setOffer(ctx context.Context, in *offerIn) (*struct{}, error) {
	agency, err := id.Parse(in.Agency)
	if err != nil {
		return nil, fault.New(fault.NotFound, "procedure.no_such_unit", "key", in.Agency)
	}
	from := civil.From(h.s.Now())
	if in.Body.From != "" {
		if from, err = civil.Parse(in.Body.From); err != nil {
			return nil, fault.Input("procedure.invalid", fault.Field{Path: "/from", Key: "procedure.bad_date", Args: fault.Args("value", in.Body.From)})
		}
	}
	return nil, h.s.SetOffer(ctx, actor.From(ctx), in.Code.Code, agency, in.Body.Enabled, from)
}

// ProcedureAsset is a form or process of the library.
type ProcedureAsset struct {
	Key       string    `json:"key"`
	Title     string    `json:"title"`
	Content   string    `json:"content" doc:"SHA-256 of the content."`
	UpdatedAt time.Time `json:"updated_at"`
}

type assetsOut struct {
	Body struct {
		Items []ProcedureAsset `json:"items" nullable:"false"`
	}
}

func assets(in []procedure.Asset, err error) (*assetsOut, error) {
	if err != nil {
		return nil, err
	}
	out := &assetsOut{}
	out.Body.Items = []ProcedureAsset{}
	for _, a := range in {
		out.Body.Items = append(out.Body.Items, ProcedureAsset{a.Key, a.Title, a.Content, a.UpdatedAt})
	}
	return out, nil
}

func (h *handlers) forms(ctx context.Context, _ *struct{}) (*assetsOut, error) {
	return assets(h.s.Forms(ctx))
}

func (h *handlers) processes(ctx context.Context, _ *struct{}) (*assetsOut, error) {
	return assets(h.s.Processes(ctx))
}

// Key is the path parameter of a form or process.
type Key struct {
	Key string `path:"key" maxLength:"80" doc:"Lower-case letters, digits and hyphens."`
}

type putFormIn struct {
	Key
	Body struct {
		Schema map[string]any `json:"schema" doc:"JSON Schema 2020-12."`
		Layout map[string]any `json:"layout" doc:"Question pages."`
	}
}

func (h *handlers) putForm(ctx context.Context, in *putFormIn) (*struct{}, error) {
	schema, err := json.Marshal(in.Body.Schema)
	if err != nil {
		return nil, err
	}
	layout, err := json.Marshal(in.Body.Layout)
	if err != nil {
		return nil, err
	}
	return nil, h.s.PutForm(ctx, actor.From(ctx), in.Key.Key, schema, layout)
}

type putProcessIn struct {
	Key
	RawBody []byte `contentType:"application/xml" doc:"BPMN 2.0."`
}

func (h *handlers) putProcess(ctx context.Context, in *putProcessIn) (*struct{}, error) {
	_, err := h.s.UploadProcess(ctx, actor.From(ctx), in.Key.Key, in.RawBody)
	return nil, err
}

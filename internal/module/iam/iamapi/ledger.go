package iamapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lienthong/internal/engine/logproof"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/iam"
)

// Dossiers finds the object of a ledger's search. It opens nothing: whoever asks reads the ledger.
type Dossiers interface {
	// LedgerID returns the identifier under which the ledger knows the dossier with the code; NotFound
	// if there is none.
	LedgerID(ctx context.Context, code string) (id.ID, error)
}

func (h *handlers) registerLedger(api *rest.API) {
	op := func(name, method, path, summary, doc string) huma.Operation {
		return huma.Operation{OperationID: name, Method: method, Path: path, Summary: summary, Description: doc, DefaultStatus: http.StatusOK, Tags: []string{"Ledger"}}
	}
	rest.Register(api, rest.Public, op("newest-ledger-head", http.MethodGet, "/ledger/heads/newest", "Newest signed head of the ledger",
		"A checkpoint in a signed note (C2SP tlog-checkpoint, signed-note), Ed25519. Keep one elsewhere: no later head can continue it if the ledger is altered."), h.newestHead)
	rest.Register(api, rest.Public, op("get-ledger-head", http.MethodGet, "/ledger/heads/{size}", "Signed head over so many rows", ""), h.headAt)
	rest.Register(api, rest.Public, op("list-ledger-heads", http.MethodGet, "/ledger/heads", "Signed heads, the newest first", ""), h.heads)
	rest.Register(api, rest.Public, op("list-ledger-keys", http.MethodGet, "/ledger/keys", "Public keys that sign heads, the present one first", ""), h.keys)
	rest.Register(api, rest.Public, op("prove-ledger-consistency", http.MethodGet, "/ledger/consistency", "Proof that the ledger only grew between two heads",
		"RFC 9162, section 2.1.4. The answer is a file for lienthong verify-proof."), h.consistency)
	rest.Register(api, rest.Public, op("check-ledger-code", http.MethodPost, "/ledger/check", "Whether the row with a paper's check code stands in the ledger",
		"Tells nothing of what the row is about. At most 60 wrong codes an hour from one address."), h.checkCode)
	rest.Register(api, iam.LedgerRead, op("export-ledger", http.MethodGet, "/ledger/export", "Rows of the ledger as a file, under one signed head",
		"In the order of their places; the last record holds the number of rows and the head. The export is itself a row of the ledger."), h.export)
}

// ledgerHead is a signed head.
type ledgerHead struct {
	Size int64         `json:"size" doc:"Rows it speaks of."`
	At   time.Time     `json:"at"`
	Root logproof.Hash `json:"root" doc:"RFC 9162 root, base64."`
	Note string        `json:"note" doc:"The signed note, for checking."`
	Key  string        `json:"key" doc:"That signed it: name+id+base64."`
}

type ledgerHeadOut struct{ Body ledgerHead }

func showHead(h iam.SignedHead) ledgerHead {
	return ledgerHead{h.Size, h.At.UTC(), h.Root, h.Note, h.Key.String()}
}

func (h *handlers) newestHead(ctx context.Context, _ *empty) (*ledgerHeadOut, error) {
	x, err := h.iam.Ledger.NewestHead(ctx)
	return &ledgerHeadOut{showHead(x)}, err
}

type headAtIn struct {
	Size int64 `path:"size" minimum:"0"`
}

func (h *handlers) headAt(ctx context.Context, in *headAtIn) (*ledgerHeadOut, error) {
	x, err := h.iam.Ledger.HeadAt(ctx, in.Size)
	return &ledgerHeadOut{showHead(x)}, err
}

type headsIn struct {
	rest.PageIn
	Day string `query:"day" maxLength:"10" doc:"Heads of this day, YYYY-MM-DD; of any if left out."`
}

type headsOut struct{ Body rest.PageOut[ledgerHead] }

func (h *handlers) heads(ctx context.Context, in *headsIn) (*headsOut, error) {
	var day *civil.Date
	if in.Day != "" {
		d, err := civil.Parse(in.Day)
		if err != nil {
			return nil, fault.Input("iam.input", fault.Field{Path: "query.day", Key: "iam.date_form"})
		}
		day = &d
	}
	below := int64(0)
	if in.Cursor != "" {
		var err error
		if below, err = strconv.ParseInt(in.Cursor, 10, 64); err != nil || below < 1 {
			return nil, fault.New(fault.Invalid, "iam.cursor")
		}
	}
	hs, err := h.iam.Ledger.Heads(ctx, day, below, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &headsOut{rest.PageOut[ledgerHead]{Items: make([]ledgerHead, 0, len(hs))}}
	for _, x := range hs {
		out.Body.Items = append(out.Body.Items, showHead(x))
	}
	if len(hs) == in.Limit && hs[len(hs)-1].Size > 0 {
		out.Body.Next = strconv.FormatInt(hs[len(hs)-1].Size, 10)
	}
	return out, nil
}

type keysOut struct {
	Body struct {
		Keys []string `json:"keys" nullable:"false" doc:"name+id+base64, as signed notes write keys."`
	}
}

func (h *handlers) keys(context.Context, *empty) (*keysOut, error) {
	out := &keysOut{}
	for _, k := range h.iam.Ledger.Keys() {
		out.Body.Keys = append(out.Body.Keys, k.String())
	}
	return out, nil
}

type consistencyIn struct {
	First  int64 `query:"first" required:"true" minimum:"1" doc:"Size of the earlier head."`
	Second int64 `query:"second" required:"true" minimum:"1" doc:"Size of the later head."`
}

type consistencyOut struct{ Body logproof.Consistency }

func (h *handlers) consistency(ctx context.Context, in *consistencyIn) (*consistencyOut, error) {
	p, err := h.iam.Ledger.Consistency(ctx, in.First, in.Second)
	return &consistencyOut{p}, err
}

type checkCodeIn struct {
	Body struct {
		Code string `json:"code" maxLength:"60" doc:"As it is printed; small letters, spaces and hyphens are forgiven."`
	}
}

type checkCodeOut struct {
	Body struct {
		Unaltered bool                `json:"unaltered"`
		Place     int64               `json:"place" doc:"Of the row, counted from 0."`
		SignedAt  *time.Time          `json:"signed_at,omitempty" doc:"Of the head it was checked against."`
		Proof     *logproof.Inclusion `json:"proof,omitempty" doc:"A file for lienthong verify-proof."`
	}
}

func (h *handlers) checkCode(ctx context.Context, in *checkCodeIn) (*checkCodeOut, error) {
	line, err := h.iam.LedgerCode(ctx, in.Body.Code)
	if err != nil {
		return nil, err
	}
	out := &checkCodeOut{}
	out.Body.Place = *line.Entry.Seq
	if line.State == iam.LineWhole {
		at := line.Head.At.UTC()
		out.Body.Unaltered, out.Body.SignedAt, out.Body.Proof = true, &at, &line.Proof
	}
	return out, nil
}

// LedgerSearch is what a list or an export of the ledger is narrowed to.
type LedgerSearch struct {
	Action  string `query:"action" maxLength:"60" doc:"The start of an action, such as org. or iam.signin."`
	Object  string `query:"object" maxLength:"60" doc:"The kind of object, such as org.unit."`
	ID      string `query:"object_id" maxLength:"36"`
	Dossier string `query:"dossier" maxLength:"64" doc:"The code of a dossier, in place of object_id."`
	Actor   string `query:"actor" maxLength:"36" doc:"The account that acted."`
	Agency  string `query:"agency" maxLength:"36" doc:"The agency for which it acted."`
	From    string `query:"from" maxLength:"40" doc:"An instant, RFC 3339; inclusive."`
	To      string `query:"to" maxLength:"40" doc:"An instant, RFC 3339; exclusive."`
}

// filter reads the search.
func (h *handlers) filter(ctx context.Context, in LedgerSearch) (iam.LedgerFilter, error) {
	f := iam.LedgerFilter{Action: in.Action, Object: in.Object}
	for _, x := range []struct {
		name, v string
		into    *id.ID
	}{{"object_id", in.ID, &f.ID}, {"actor", in.Actor, &f.Actor}, {"agency", in.Agency, &f.Agency}} {
		if x.v == "" {
			continue
		}
		var err error
		if *x.into, err = id.Parse(x.v); err != nil {
			return f, fault.Input("iam.input", fault.Field{Path: "query." + x.name, Key: "iam.ledger_object_form"})
		}
	}
	if in.Dossier != "" {
		var err error
		if f.ID, err = h.dossiers.LedgerID(ctx, in.Dossier); err != nil {
			return f, err
		}
		f.Object = "dossier"
	}
	for _, x := range []struct {
		name, v string
		into    *time.Time
	}{{"from", in.From, &f.From}, {"to", in.To, &f.To}} {
		if x.v == "" {
			continue
		}
		var err error
		if *x.into, err = time.Parse(time.RFC3339, x.v); err != nil {
			return f, fault.Input("iam.input", fault.Field{Path: "query." + x.name, Key: "iam.date_form"})
		}
	}
	return f, nil
}

type ledgerIn struct {
	rest.PageIn
	LedgerSearch
}

type ledgerOut struct{ Body rest.PageOut[iam.LedgerEntry] }

func (h *handlers) ledger(ctx context.Context, in *ledgerIn) (*ledgerOut, error) {
	f, err := h.filter(ctx, in.LedgerSearch)
	if err != nil {
		return nil, err
	}
	f.After, f.Limit = in.Cursor, in.Limit
	list, next, err := h.iam.Ledger.List(ctx, actor.From(ctx), f)
	if err != nil {
		return nil, err
	}
	return &ledgerOut{rest.PageOut[iam.LedgerEntry]{Items: append([]iam.LedgerEntry{}, list...), Next: next}}, nil
}

type exportIn struct {
	Format string `query:"format" enum:"csv,ndjson" default:"ndjson"`
	LedgerSearch
}

func (h *handlers) export(ctx context.Context, in *exportIn) (*huma.StreamResponse, error) {
	f, err := h.filter(ctx, in.LedgerSearch)
	if err != nil {
		return nil, err
	}
	x, err := h.iam.Ledger.Export(ctx, actor.From(ctx), f, in.Format)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", x.Media())
		c.SetHeader("Content-Disposition", `attachment; filename="`+x.Name()+`"`)
		c.SetHeader("Cache-Control", "no-store")
		// What breaks off lacks its closing record; the status was sent long ago.
		if err := x.Write(c.Context(), c.BodyWriter()); err != nil {
			h.iam.Log.WarnContext(c.Context(), "ledger: an export broke off", "err", err)
		}
	}}, nil
}

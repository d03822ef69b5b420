package dossierapi

import (
	"context"
	"embed"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
)

// Texts are the messages this package adds to the catalogue, in Vietnamese and English.
//
//go:embed texts.vi.json texts.en.json
var Texts embed.FS

// Colleague is an official whom work can be given to.
type Colleague struct {
	Account id.ID
	Name    string
	Title   string // of the position
	Unit    id.ID  // the division, or the agency itself
	Roles   []string
}

// Colleagues answers which officials with an account work at an agency today, its divisions
// included.
type Colleagues interface {
	Colleagues(ctx context.Context, agency id.ID) ([]Colleague, error)
}

// api is what the operations share.
type api struct {
	rest   *rest.API
	s      *dossier.Service
	limits dossier.Limits
	people Colleagues
	looks  dossier.Looks
	lines  dossier.Lines
}

// Register adds the operations of dossiers. limits counts the attempts of the public look-up;
// people names the officials whom tasks are given to; looks tells owners who looked, and lines
// proves it to them.
func Register(r *rest.API, s *dossier.Service, limits dossier.Limits, people Colleagues, looks dossier.Looks, lines dossier.Lines) {
	a := &api{rest: r, s: s, limits: limits, people: people, looks: looks, lines: lines}
	a.registerDrafts()
	a.registerUploads()
	a.registerFiles()
	a.registerDossiers()
	a.registerApplicant()
	a.registerLooks()
	a.registerPapers()
	a.registerLookup()
	a.registerWorklist()
	a.registerTasks()
	a.registerSupplements()
	a.registerActs()
	a.registerPayments()
	a.registerHandovers()
	a.registerStatistics()
	a.registerSubscriptions()
	a.registerProcess()
	a.registerOverdue()
	a.registerChangeovers()
}

// op describes an operation; tag is the chapter of the description it stands in.
func op(method, path, name, tag, summary, description string) huma.Operation {
	return huma.Operation{Method: method, Path: path, OperationID: name, Tags: []string{tag}, Summary: summary,
		Description: description}
}

// created is op for what makes a new record and answers with its address.
func created(path, name, tag, summary, description string) huma.Operation {
	o := op(http.MethodPost, path, name, tag, summary, description)
	o.DefaultStatus = http.StatusCreated
	return o
}

// add registers an operation of the API.
func add[I, O any](a *api, perm rest.Perm, o huma.Operation, handle func(ctx context.Context, in *I) (*O, error)) {
	rest.Register(a.rest, perm, o, handle)
}

// perm makes a registration's permission of the module's.
func perm(p string) rest.Perm { return rest.Perm(p) }

// out is the answer of an operation with a JSON body.
type out[T any] struct{ Body T }

// list is the body of an answer that is never paged.
type list[T any] struct {
	Items []T `json:"items" nullable:"false"`
}

// items shows rows as a list, never null.
func items[R, T any](rows []R, show func(R) T) list[T] {
	l := list[T]{Items: make([]T, 0, len(rows))}
	for _, r := range rows {
		l.Items = append(l.Items, show(r))
	}
	return l
}

// mayKeepDrafts stops tokens that were not made for filing: drafts hold what citizens told an
// official and belong to the account without any grant.
func mayKeepDrafts(ctx context.Context) error {
	if who := actor.From(ctx); who.Kind == actor.Token && !who.May(dossier.PermReceive) {
		return fault.New(fault.Forbidden, "rest.403")
	}
	return nil
}

// mayUpload stops tokens that were made for reading only.
func mayUpload(ctx context.Context) error {
	who := actor.From(ctx)
	if who.Kind != actor.Token {
		return nil
	}
	for _, p := range []string{dossier.PermReceive, dossier.PermProcess, dossier.PermAssign, dossier.PermApprove, dossier.PermNumber} {
		if who.May(p) {
			return nil
		}
	}
	return fault.New(fault.Forbidden, "rest.403")
}

// mayDownload stops tokens that were not made for dossiers: the files of a draft are the account's
// own and ask for no grant.
func mayDownload(ctx context.Context) error {
	if who := actor.From(ctx); who.Kind == actor.Token && !who.May(dossier.PermRead) {
		return fault.New(fault.Forbidden, "rest.403")
	}
	return nil
}

// tree returns the agencies of today, for their names.
func (a *api) tree(ctx context.Context) (*org.Tree, error) { return a.s.Agencies.Tree(ctx) }

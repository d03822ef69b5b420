package rest

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed texts/*.json
var texts embed.FS

// Module is the name under which Migrations are run: db.Migrate(ctx, rest.Module, rest.Migrations()).
const Module = "kit_rest"

// Migrations returns the tables of this package.
func Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return migrations // cannot happen: the folder is embedded
	}
	return sub
}

// Texts returns what this package says to people.
func Texts() i18n.Source { return i18n.Files(texts) }

// Prefix is where the operations are; their own paths begin after it.
const Prefix = "/api/v1"

// Perm names what an actor must hold to use an operation. The empty Perm is not a permission.
type Perm string

// The permissions that need no grant.
const (
	Public   Perm = actor.PermPublic
	SignedIn Perm = actor.PermSignedIn
	Citizen  Perm = actor.PermCitizen
	Staff    Perm = actor.PermStaff
)

// Authenticator tells whose bearer token the request carries. A token nobody knows, or that has
// ended, gives an anonymous actor; an error means that it cannot be known now.
type Authenticator interface {
	Authenticate(r *http.Request) (actor.Actor, error)
}

// Config is what the API needs to know.
type Config struct {
	Title       i18n.Text
	Description i18n.Text
	Version     string
	Permissions []Perm // the access list: what may be named beside the four above
	// Auth reads bearer tokens. Nil takes the actor whom an outer router found, and only for
	// requests with an Authorization header; that router must not have looked at cookies.
	Auth    Authenticator
	DB      *db.DB // keeps answers for Idempotency-Key
	Secret  []byte // of this installation, the same in all replicas: seals the stored answers
	Catalog *i18n.Catalog
	Now     func() time.Time
	IDs     *id.Source
	Log     *slog.Logger
}

// BodyLimit is how many bytes a request may carry unless its operation's MaxBodyBytes says
// otherwise; BodyTime how long sending them may take.
const (
	BodyLimit = 1 << 20
	BodyTime  = 30 * time.Second
)

// Route is a registered operation, for the matrix test.
type Route struct {
	Method    string
	Pattern   string // with Prefix, as http.ServeMux takes it
	Perm      Perm
	Operation string
}

// API takes registrations and then serves. Registering is not safe for concurrent use; serving is.
type API struct {
	c      Config
	mux    *http.ServeMux
	huma   huma.API
	known  map[Perm]bool
	routes []Route
	errs   []error
	built  bool
	spec   []byte
	docs   map[string][]byte // by language
}

// New returns an API without operations.
func New(c Config) *API {
	a := &API{c: c, mux: http.NewServeMux(), known: map[Perm]bool{Public: true, SignedIn: true, Citizen: true, Staff: true}}
	for _, p := range c.Permissions {
		a.known[p] = true
	}
	if c.DB == nil || c.Now == nil || c.Log == nil || c.Catalog == nil {
		a.errs = append(a.errs, errors.New("api: database, clock, log or catalogue is missing"))
	}
	json := huma.DefaultJSONFormat
	a.huma = huma.NewAPI(huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: c.Title.VI, Description: c.Description.VI, Version: c.Version},
			Servers: []*huma.Server{{URL: Prefix}},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"bearer": {Type: "http", Scheme: "bearer", Description: "An access token issued by this system (RFC 6750)."},
				},
			},
		},
		Formats:                      map[string]huma.Format{"application/json": json, "json": json},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{a.translate},
	}, humago.NewAdapter(a.mux, Prefix))
	return a
}

// Register adds an operation. Its path begins after Prefix; operation id and summary are needed
// because the description of the API is made of them. The handler's errors are faults; anything
// else is answered as 500 without detail.
func Register[I, O any](a *API, perm Perm, op huma.Operation, handle func(ctx context.Context, in *I) (*O, error)) {
	name := op.Method + " " + op.Path
	no := func(format string, args ...any) {
		a.errs = append(a.errs, fmt.Errorf("operation "+name+": "+format, args...))
	}
	switch {
	case a.built:
		no("registered after serving began")
	case perm == "":
		no("names no permission")
	case !a.known[perm]:
		no("needs %q, which is not on the access list", perm)
	case handle == nil:
		no("has no handler")
	case op.OperationID == "" || op.Summary == "":
		no("has no operation id or no summary")
	case op.Method == "" || !strings.HasPrefix(op.Path, "/") || strings.HasPrefix(op.Path, Prefix):
		no("want a method and a path that begins after %s", Prefix)
	case slices.ContainsFunc(a.routes, func(r Route) bool { return r.Operation == op.OperationID }):
		no("the operation id %s is taken", op.OperationID)
	default:
		a.describe(&op, perm)
		op.Middlewares = append(huma.Middlewares{a.guard(perm), a.idempotent}, op.Middlewares...)
		err := try(func() {
			huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
				out, err := handle(ctx, in)
				if err != nil {
					return nil, a.problem(ctx, err)
				}
				return out, nil
			})
		})
		if err != nil {
			no("%v", err)
			return
		}
		a.routes = append(a.routes, Route{op.Method, Prefix + op.Path, perm, op.OperationID})
	}
}

// try turns huma's and the mux's panics about bad registrations into errors.
func try(f func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	f()
	return nil
}

// describe adds to the description what every operation has in common.
func (a *API) describe(op *huma.Operation, perm Perm) {
	if op.MaxBodyBytes == 0 {
		op.MaxBodyBytes = BodyLimit
	}
	if op.BodyReadTimeout == 0 {
		op.BodyReadTimeout = BodyTime
	}
	if op.Extensions == nil {
		op.Extensions = map[string]any{}
	}
	op.Extensions["x-permission"] = string(perm)
	if perm != Public {
		op.Security = []map[string][]string{{"bearer": {}}}
	}
	if takesKey(op.Method) && perm != Public {
		op.Parameters = append(op.Parameters, &huma.Param{Name: keyHeader, In: "header",
			Description: "Chosen by the client, new for each act: a request sent again with the same key and content is answered again instead of done again. Kept for 24 hours, readable only with the key. If this system broke off after it had written something and before it could keep the answer, 409 with the code rest.key_unsure says so: read the record before sending the request with a new key.",
			Schema:      &huma.Schema{Type: huma.TypeString, MaxLength: ptr(maxKey)}})
	}
}

func ptr[T any](v T) *T { return &v }

// Routes returns the registered operations in the order of their patterns.
func (a *API) Routes() []Route {
	out := slices.Clone(a.routes)
	slices.SortFunc(out, func(x, y Route) int {
		return strings.Compare(x.Pattern+" "+x.Method, y.Pattern+" "+y.Method)
	})
	return out
}

// OpenAPI returns the description of the API as YAML, for the committed copy.
func (a *API) OpenAPI() ([]byte, error) {
	a.tidy()
	return a.huma.OpenAPI().YAML()
}

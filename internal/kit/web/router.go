package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web/static"
	"lienthong/internal/kit/web/ui"
)

// Perm names what an actor must hold to use a route. The empty Perm is not a permission.
type Perm string

// The permissions that need no grant.
const (
	Public   Perm = actor.PermPublic
	SignedIn Perm = actor.PermSignedIn
	Citizen  Perm = actor.PermCitizen
	Staff    Perm = actor.PermStaff
)

// Handler answers a request. Before it has written anything it may return an error, which becomes
// a page or a problem document; see Fail.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Authenticator tells who is acting. An unknown or ended session is not an error but an anonymous
// actor; an error means that it cannot be known now. It fills everything but IP, Lang and
// RequestID, which the router sets. On API routes the request carries no cookies.
type Authenticator interface {
	Authenticate(r *http.Request) (actor.Actor, error)
}

// Route is a registered route, for the matrix test.
type Route struct {
	Method  string // empty if the pattern takes every method
	Pattern string // without the method
	Perm    Perm
	API     bool
}

// Options are what a router needs to know.
type Options struct {
	Hosts          []string       // allowed Host names, without port; "*" allows any (tests only)
	Secure         bool           // the public address is https: sends Strict-Transport-Security
	TrustedProxies []netip.Prefix // whose X-Forwarded-For, -Proto and -Host are believed
	Auth           Authenticator  // nil: everybody is anonymous
	Permissions    []Perm         // the access list: what may be named beside the four above
	Catalog        *i18n.Catalog
	Site           ui.Site
	Files          *static.Files
	Nav            func(ctx context.Context) []ui.NavGroup
	Tools          func(ctx context.Context) []ui.Tool
	Log            *slog.Logger
	Now            func() time.Time
	IDs            *id.Source
	BodyLimit      int64 // bytes; 1 MiB if 0
	// Observe, if set, is told about every finished request; for metrics.
	Observe func(route Route, status int, took time.Duration)
}

// DefaultBodyLimit is how many bytes a request may carry unless its route says otherwise.
const DefaultBodyLimit = 1 << 20

// Router takes registrations and then serves. Registering is not safe for concurrent use; serving
// is.
type Router struct {
	opt    Options
	mux    *http.ServeMux
	routes []Route
	errs   []error
	known  map[Perm]bool
	cross  *http.CrossOriginProtection
	built  http.Handler
}

// NewRouter returns a router without routes.
func NewRouter(opt Options) *Router {
	rt := &Router{
		opt:   opt,
		mux:   http.NewServeMux(),
		known: map[Perm]bool{Public: true, SignedIn: true, Citizen: true, Staff: true},
		cross: http.NewCrossOriginProtection(),
	}
	for _, p := range opt.Permissions {
		rt.known[p] = true
	}
	if rt.opt.BodyLimit <= 0 {
		rt.opt.BodyLimit = DefaultBodyLimit
	}
	if rt.opt.Log == nil {
		rt.opt.Log = slog.New(slog.DiscardHandler)
	}
	if rt.opt.Now == nil {
		rt.opt.Now = time.Now
	}
	if len(opt.Hosts) == 0 {
		rt.errs = append(rt.errs, errors.New("router: no allowed host"))
	}
	return rt
}

type routeConfig struct {
	Route
	limit int64
	raw   bool
}

// RouteOption changes how one route is served.
type RouteOption func(*routeConfig)

// MaxBody lets the route's requests carry up to n bytes.
func MaxBody(n int64) RouteOption { return func(c *routeConfig) { c.limit = n } }

// API marks a route for programs: its errors are problem documents, it has no sibling in English
// (the language comes from Accept-Language), and cookies are taken off the request before anybody
// sees them.
func API() RouteOption { return func(c *routeConfig) { c.API = true } }

// Uncompressed keeps the answer as it is written: for files that are compressed already and for
// streams.
func Uncompressed() RouteOption { return func(c *routeConfig) { c.raw = true } }

// Handle registers a route. pattern is one of http.ServeMux, with its method. A permission that is
// empty or not on the access list, or a pattern that conflicts with another, is remembered and
// keeps the program from starting; see Handler.
func (rt *Router) Handle(pattern string, p Perm, h Handler, opts ...RouteOption) {
	method, path, found := strings.Cut(pattern, " ")
	if !found {
		method, path = "", pattern
	}
	path = strings.TrimSpace(path)
	cfg := routeConfig{Route: Route{Method: method, Pattern: path, Perm: p}, limit: rt.opt.BodyLimit}
	for _, o := range opts {
		o(&cfg)
	}
	cfg.API = cfg.API || strings.HasPrefix(path, "/api/") // a cookie is never accepted there
	switch {
	case rt.built != nil:
		rt.errs = append(rt.errs, fmt.Errorf("route %q is registered after serving began", pattern))
	case p == "":
		rt.errs = append(rt.errs, fmt.Errorf("route %q names no permission", pattern))
	case !rt.known[p]:
		rt.errs = append(rt.errs, fmt.Errorf("route %q needs %q, which is not on the access list", pattern, p))
	case h == nil:
		rt.errs = append(rt.errs, fmt.Errorf("route %q has no handler", pattern))
	case !strings.HasPrefix(path, "/"):
		rt.errs = append(rt.errs, fmt.Errorf("route %q does not begin with /", pattern))
	case path == "/" || strings.HasPrefix(path, static.Prefix) || path == "/en" || strings.HasPrefix(path, "/en/"):
		rt.errs = append(rt.errs, fmt.Errorf("route %q lies where the router itself answers", pattern))
	default:
		if err := rt.register(pattern, cfg, h); err != nil {
			rt.errs = append(rt.errs, err)
			return
		}
		rt.routes = append(rt.routes, cfg.Route)
	}
}

// Mount registers a handler of the standard library, such as the API's own router. It takes its
// pattern apart itself; what it answers is not changed.
func (rt *Router) Mount(pattern string, p Perm, h http.Handler, opts ...RouteOption) {
	rt.Handle(pattern, p, func(w http.ResponseWriter, r *http.Request) error {
		h.ServeHTTP(w, r)
		return nil
	}, opts...)
}

// register turns the mux's panic about a bad pattern into an error.
func (rt *Router) register(pattern string, cfg routeConfig, h Handler) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("route %q: %v", pattern, p)
		}
	}()
	rt.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { rt.serveRoute(w, r, cfg, h) })
	return nil
}

// Routes returns the registered routes in the order of their patterns.
func (rt *Router) Routes() []Route {
	out := slices.Clone(rt.routes)
	slices.SortFunc(out, func(a, b Route) int {
		if c := strings.Compare(a.Pattern, b.Pattern); c != 0 {
			return c
		}
		return strings.Compare(a.Method, b.Method)
	})
	return out
}

// Handler returns the router ready to serve, or every mistake made while registering. Routes
// cannot be added afterwards.
func (rt *Router) Handler() (http.Handler, error) {
	if err := errors.Join(rt.errs...); err != nil {
		return nil, err
	}
	if rt.built != nil {
		return rt.built, nil
	}
	// The jitter keeps the compressed length from telling what a page holds (BREACH).
	gz, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.RandomJitter(32, 0, false), gzhttp.ContentTypeFilter(packable))
	if err != nil {
		return nil, fmt.Errorf("router: %w", err)
	}
	rt.mux.HandleFunc("/", rt.serveUnknown)
	rt.built = &server{Router: rt, packed: gz(rt.mux)}
	return rt.built, nil
}

// packable tells which answers compression helps; photographs and PDF files it does not.
func packable(ctype string) bool {
	ctype, _, _ = strings.Cut(ctype, ";")
	switch strings.TrimSpace(ctype) {
	case "text/html", "text/plain", "text/css", "text/csv", "text/javascript", "image/svg+xml",
		"application/json", "application/problem+json", "application/xml":
		return true
	}
	return false
}

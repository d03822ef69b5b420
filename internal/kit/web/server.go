package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/pace"
	"lienthong/internal/kit/web/static"
	"lienthong/internal/kit/web/ui"
)

// Policy is the content security policy of every page: nothing from other hosts, nothing inline.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"

type server struct {
	*Router
	packed http.Handler
}

type stateKey struct{}

// state is what the passage of a request knows about it; each request has its own.
type state struct {
	id     string
	client string
	secure bool
	api    bool
	route  Route
	actor  actor.Actor
	known  bool // the actor was asked for
	posted bool // the route was found and the request asks to change something
}

func stateOf(r *http.Request) *state {
	if s, ok := r.Context().Value(stateKey{}).(*state); ok {
		return s
	}
	return &state{}
}

// ServeHTTP takes a request through the passage described at the package.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := s.opt.Now()
	st := &state{id: s.newID(), api: strings.HasPrefix(r.URL.Path, "/api/")}
	rec := &recorder{ResponseWriter: w, verb: r.Method}
	st.client, st.secure = s.resolve(r)
	ctx := context.WithValue(r.Context(), stateKey{}, st)
	r = r.WithContext(ctx)

	defer func() {
		if p := recover(); p != nil {
			s.logPanic(r, p)
			if rec.status != 0 || p == http.ErrAbortHandler { // the value itself is the signal
				// Half an answer is out; cut the connection so that nobody takes it for a whole one.
				s.finish(ctx, st, rec, start)
				panic(http.ErrAbortHandler)
			}
			// Pages are what may have panicked, so this says it without one.
			s.plain(rec, r, http.StatusInternalServerError, "web.error.unknown")
		}
		s.finish(ctx, st, rec, start)
	}()
	s.pass(rec, r, st)
}

// logPanic writes a panic to the log, unless it is the one that means to cut a connection.
func (rt *Router) logPanic(r *http.Request, p any) {
	if p == http.ErrAbortHandler {
		return
	}
	st := stateOf(r)
	rt.opt.Log.LogAttrs(r.Context(), slog.LevelError, "panic", slog.String("request", st.id),
		slog.String("route", orUnmatched(st.route.Pattern)), slog.String("panic", fmt.Sprint(p)), slog.String("stack", string(debug.Stack())))
}

// pass is everything up to the route.
func (s *server) pass(w http.ResponseWriter, r *http.Request, st *state) {
	h := w.Header()
	h.Set("X-Request-Id", st.id)
	s.secureHeaders(h, st)
	r = s.localise(r, st)

	if !s.hostAllowed(r.Host) {
		s.plain(w, r, http.StatusMisdirectedRequest, "web.error.host")
		return
	}
	if strings.HasPrefix(r.URL.Path, static.Prefix) || r.URL.Path == "/favicon.ico" {
		s.serveFile(w, r)
		return
	}
	if err := s.cross.Check(r); err != nil {
		s.fail(w, r, fault.Wrap(err, fault.Forbidden, "web.error.cross_site"), false)
		return
	}
	s.packed.ServeHTTP(w, r)
}

func (s *server) secureHeaders(h http.Header, st *state) {
	h.Set("Content-Security-Policy", Policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // addresses of dossiers stay here
	h.Set("Permissions-Policy", "camera=(self), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if st.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	// Pages hold personal data and say so; a handler may relax this for public ones.
	h.Set("Cache-Control", "no-store")
}

// localise finds the language, takes its prefix off the path and puts both into the context.
func (s *server) localise(r *http.Request, st *state) *http.Request {
	lang := i18n.VI
	if st.api {
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(r.Header.Get("Accept-Language"))), "en") {
			lang = i18n.EN
		}
	} else if rest, ok := strings.CutPrefix(r.URL.Path, "/en"); ok && (rest == "" || rest[0] == '/') {
		lang = i18n.EN
		u := *r.URL
		u.Path, u.RawPath = rest, strings.TrimPrefix(u.RawPath, "/en")
		if u.Path == "" {
			u.Path = "/"
		}
		r2 := *r
		r2.URL = &u
		r = &r2
	}
	ctx := i18n.With(r.Context(), s.opt.Catalog, lang)
	ctx = ui.WithEnv(ctx, ui.Env{
		Site: s.opt.Site, Files: s.opt.Files, Path: r.URL.Path, Query: r.URL.Query(), Nav: s.opt.Nav, Tools: s.opt.Tools,
	})
	st.actor = actor.Actor{Kind: actor.Anonymous, IP: st.client, Lang: lang, RequestID: st.id}
	return r.WithContext(actor.With(ctx, st.actor))
}

func (s *server) serveFile(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.plain(w, r, http.StatusMethodNotAllowed, "web.error.method")
		return
	}
	if r.URL.Path == "/favicon.ico" {
		// Browsers ask for it where a page names no icon; ours do, so a pointer is enough.
		http.Redirect(w, r, s.opt.Files.URL("favicon.svg"), http.StatusFound)
		return
	}
	stateOf(r).route = Route{Pattern: static.Prefix, Perm: Public}
	if s.opt.Files == nil || !s.opt.Files.ServeHTTP(w, r) {
		s.plain(w, r, http.StatusNotFound, "web.error.not_found")
	}
}

// plain answers before there is a page to answer with.
func (s *server) plain(w http.ResponseWriter, r *http.Request, status int, key string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, i18n.T(r.Context(), key)) // the client may be gone
}

// serveRoute is everything from the route on.
func (rt *Router) serveRoute(w http.ResponseWriter, r *http.Request, cfg routeConfig, h Handler) {
	st := stateOf(r)
	st.route, st.api = cfg.Route, cfg.API
	st.posted = r.Method == http.MethodPost
	if cfg.API {
		r.Header.Del("Cookie")
	}
	if cfg.raw {
		w.Header().Set(gzhttp.HeaderNoCompression, "1")
	}
	// This recorder lies inside the compression, which holds small answers back: only it knows
	// whether the handler has begun to answer.
	rec := &recorder{ResponseWriter: w, verb: r.Method}
	w = rec
	defer func() {
		if p := recover(); p != nil {
			rt.logPanic(r, p)
			if rec.status != 0 || p == http.ErrAbortHandler {
				panic(http.ErrAbortHandler)
			}
			rt.fail(w, r, fmt.Errorf("panic: %v", p), true)
		}
	}()
	if r.ContentLength > cfg.limit {
		rt.fail(w, r, fault.New(fault.TooLarge, "web.error.too_large"), false)
		return
	}
	if cfg.limit > DefaultBodyLimit && !cfg.API { // an upload; what a form of ordinary size may take, the server bounds
		r.Body = pace.Body(r.Body, http.NewResponseController(w).SetReadDeadline, time.Now)
	}
	r.Body = http.MaxBytesReader(w, r.Body, cfg.limit)
	r, err := rt.authenticate(r)
	if err == nil {
		err = rt.allow(r, cfg.Perm)
	}
	if err == nil {
		r = rt.takeFlash(w, r)
		err = h(w, r)
	}
	if err != nil {
		rt.fail(w, r, err, false)
	}
}

// authenticate asks once who is acting and puts the answer into the context.
func (rt *Router) authenticate(r *http.Request) (*http.Request, error) {
	st := stateOf(r)
	if st.known || rt.opt.Auth == nil {
		return r, nil
	}
	st.known = true
	a, err := rt.opt.Auth.Authenticate(r)
	if err != nil {
		return r, err
	}
	if a.Kind == "" || a.Kind == actor.SystemKind {
		a = actor.Actor{Kind: actor.Anonymous} // no request acts as the platform itself
	}
	a.IP, a.Lang, a.RequestID = st.client, i18n.Lang(r.Context()), st.id
	st.actor = a
	return r.WithContext(actor.With(r.Context(), a)), nil
}

func (rt *Router) allow(r *http.Request, p Perm) error {
	a := actor.From(r.Context())
	switch {
	case a.May(string(p)):
		return nil
	case !a.SignedIn():
		return fault.New(fault.Unauthenticated, "web.error.unauthenticated")
	}
	return fault.New(fault.Forbidden, "web.error.forbidden")
}

// serveUnknown answers what no route takes: a wrong method, a slash too many, or nothing here.
func (rt *Router) serveUnknown(w http.ResponseWriter, r *http.Request) {
	st := stateOf(r)
	if st.api {
		r.Header.Del("Cookie")
	}
	var allowed []string
	for _, m := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
		if m != r.Method && rt.matches(r, m, r.URL.Path) {
			allowed = append(allowed, m)
		}
	}
	path := strings.TrimRight(r.URL.Path, "/")
	if len(allowed) == 0 && path != r.URL.Path && path != "" && isRead(r) && rt.matches(r, r.Method, path) {
		if r.URL.RawQuery != "" {
			path += "?" + r.URL.RawQuery
		}
		http.Redirect(w, r, i18n.Path(r.Context(), path), http.StatusMovedPermanently)
		return
	}
	// The page of the error shows who is signed in; if that cannot be told, nobody is.
	if r2, err := rt.authenticate(r); err == nil {
		r = r2
	}
	if len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		rt.problem(w, r, http.StatusMethodNotAllowed, "web.error.method", nil, nil)
		return
	}
	rt.fail(w, r, fault.New(fault.NotFound, "web.error.not_found"), false)
}

func (rt *Router) matches(r *http.Request, method, path string) bool {
	u := *r.URL
	u.Path, u.RawPath = path, ""
	_, pattern := rt.mux.Handler(&http.Request{Method: method, URL: &u, Host: r.Host})
	return pattern != "/" && pattern != ""
}

func isRead(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

func (s *server) newID() string {
	if s.opt.IDs != nil {
		return s.opt.IDs.New().String()
	}
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}

// finish writes the access log: the pattern, never the path or the query, because those may hold
// what people looked for; no address and no name.
func (s *server) finish(ctx context.Context, st *state, rec *recorder, start time.Time) {
	took := s.opt.Now().Sub(start)
	status := rec.status
	if status == 0 {
		status = http.StatusOK
	}
	level := slog.LevelInfo
	if status >= 500 {
		level = slog.LevelError
	}
	s.opt.Log.LogAttrs(ctx, level, "request", slog.String("request", st.id), slog.String("method", rec.verb),
		slog.String("route", orUnmatched(st.route.Pattern)), slog.Int("status", status), slog.Int64("bytes", rec.bytes),
		slog.Duration("took", took), slog.String("actor", string(st.actor.Kind)))
	if s.opt.Observe != nil {
		s.opt.Observe(st.route, status, took)
	}
}

func orUnmatched(p string) string {
	if p == "" {
		return "unmatched"
	}
	return p
}

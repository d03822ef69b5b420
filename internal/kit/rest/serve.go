package rest

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
)

var problemType = reflect.TypeFor[Problem]()

// Handler returns the API ready to serve everything under /api/, or every mistake made while
// registering. Operations cannot be added afterwards.
func (a *API) Handler() (http.Handler, error) {
	if a.built {
		return http.HandlerFunc(a.serve), nil
	}
	a.tidy()
	spec, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		a.errs = append(a.errs, err)
	}
	a.spec = spec
	if a.docs, err = a.renderDocs(); err != nil {
		a.errs = append(a.errs, err)
	}
	a.mux.HandleFunc("GET "+Prefix+"/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		a.file(w, r, "application/openapi+json", a.spec)
	})
	a.mux.HandleFunc("GET /api/docs", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Accept-Language")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		a.file(w, r, "text/html; charset=utf-8", a.docs[i18n.Lang(r.Context())])
	})
	a.mux.HandleFunc("GET /api/docs.css", func(w http.ResponseWriter, r *http.Request) {
		a.file(w, r, "text/css; charset=utf-8", docsCSS)
	})
	if err := errors.Join(a.errs...); err != nil {
		return nil, err
	}
	a.built = true
	return http.HandlerFunc(a.serve), nil
}

// file answers with something that changes only with the program.
func (a *API) file(w http.ResponseWriter, r *http.Request, ctype string, b []byte) {
	sum := sha256.Sum256(b)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "public, max-age=0, must-revalidate")
	if slices.Contains(strings.Split(strings.ReplaceAll(r.Header.Get("If-None-Match"), " ", ""), ","), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", ctype)
	_, _ = w.Write(b) // the client may be gone
}

// serve is the passage of every request.
func (a *API) serve(w http.ResponseWriter, r *http.Request) {
	rec := &began{ResponseWriter: w}
	ctx := a.context(r)
	r = r.WithContext(ctx)
	r.Header.Del("Cookie")
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if p == http.ErrAbortHandler {
			panic(p)
		}
		problem := a.problem(r.Context(), panicked(p, debug.Stack()))
		if rec.began {
			panic(http.ErrAbortHandler) // half an answer is out; nobody must take it for a whole one
		}
		write(rec, problem)
	}()
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")

	who, err := a.authenticate(r)
	if err != nil {
		p := a.problem(ctx, err)
		if fault.KindOf(err) == fault.Unauthenticated {
			p.headers.Set("WWW-Authenticate", `Bearer error="invalid_token"`) // RFC 6750, 3.1
		}
		write(rec, p)
		return
	}
	r = r.WithContext(actor.With(ctx, who))

	if _, pattern := a.mux.Handler(r); pattern == "" {
		a.unknown(rec, r)
		return
	}
	a.mux.ServeHTTP(rec, r)
}

// context adds language, catalogue and request id where no outer router did.
func (a *API) context(r *http.Request) context.Context {
	ctx := r.Context()
	if i18n.From(ctx) == nil {
		lang := i18n.VI
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(r.Header.Get("Accept-Language"))), "en") {
			lang = i18n.EN
		}
		ctx = i18n.With(ctx, a.c.Catalog, lang)
	}
	who := actor.From(ctx)
	if who.RequestID == "" {
		who.RequestID, who.Lang = a.c.IDs.New().String(), i18n.Lang(ctx)
		ctx = actor.With(ctx, who)
	}
	return ctx
}

// authenticate says who is acting: nobody without a bearer token, whatever else the request has.
func (a *API) authenticate(r *http.Request) (actor.Actor, error) {
	outer := actor.From(r.Context())
	nobody := actor.Actor{Kind: actor.Anonymous, IP: outer.IP, Lang: outer.Lang, RequestID: outer.RequestID}
	head := r.Header.Values("Authorization")
	if len(head) == 0 {
		return nobody, nil
	}
	scheme, token, _ := strings.Cut(head[0], " ")
	if len(head) > 1 || !strings.EqualFold(scheme, "Bearer") || strings.TrimSpace(token) == "" {
		return nobody, fault.New(fault.Unauthenticated, "rest.bad_token")
	}
	who := outer
	if a.c.Auth != nil {
		var err error
		if who, err = a.c.Auth.Authenticate(r); err != nil {
			return nobody, err
		}
		who.IP, who.Lang, who.RequestID = outer.IP, outer.Lang, outer.RequestID
	}
	if !who.SignedIn() { // unknown, ended, or the platform itself, which no request acts as
		return nobody, fault.New(fault.Unauthenticated, "rest.bad_token")
	}
	return who, nil
}

// guard lets only those through who hold the permission somewhere; the use case asks where.
func (a *API) guard(perm Perm) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		who := actor.From(ctx.Context())
		if who.May(string(perm)) {
			next(ctx)
			return
		}
		_, w := humago.Unwrap(ctx)
		if who.SignedIn() {
			write(w, a.problem(ctx.Context(), fault.New(fault.Forbidden, "rest.403")))
			return
		}
		write(w, a.problem(ctx.Context(), fault.New(fault.Unauthenticated, "rest.401")))
	}
}

// unknown answers what no operation takes.
func (a *API) unknown(w http.ResponseWriter, r *http.Request) {
	// The mux itself knows whether another method would do.
	probe := &swallow{header: http.Header{}}
	a.mux.ServeHTTP(probe, r)
	switch {
	case probe.status == http.StatusMethodNotAllowed:
		p := a.answer(r.Context(), probe.status, "rest.405", nil)
		p.headers.Set("Allow", probe.header.Get("Allow"))
		write(w, p)
	default:
		write(w, a.problem(r.Context(), fault.New(fault.NotFound, "rest.404")))
	}
}

// swallow takes an answer nobody is to see.
type swallow struct {
	header http.Header
	status int
}

func (s *swallow) Header() http.Header         { return s.header }
func (s *swallow) WriteHeader(status int)      { s.status = status }
func (s *swallow) Write(p []byte) (int, error) { return len(p), nil }

// began knows whether the answer has begun.
type began struct {
	http.ResponseWriter
	began bool
}

func (b *began) WriteHeader(status int) {
	b.began = true
	b.ResponseWriter.WriteHeader(status)
}

func (b *began) Write(p []byte) (int, error) {
	b.began = true
	return b.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController through.
func (b *began) Unwrap() http.ResponseWriter { return b.ResponseWriter }

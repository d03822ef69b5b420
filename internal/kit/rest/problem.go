package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
)

// Problem is the answer to a request that was not fulfilled (RFC 9457), with this API's extensions.
type Problem struct {
	Type      string         `json:"type" doc:"Always about:blank: the status and code say what it is."`
	Title     string         `json:"title" doc:"What kind of trouble it is, for people."`
	Status    int            `json:"status" doc:"The HTTP status."`
	Detail    string         `json:"detail,omitempty" doc:"What it is and what can be done, for people."`
	Code      string         `json:"code" doc:"What it is, for programs; does not change with the language."`
	RequestID string         `json:"request_id" doc:"Tell it to support: it finds the request in the log."`
	Errors    []ProblemField `json:"errors,omitempty" doc:"The places of the input that break a rule."`

	headers http.Header
}

// ProblemField is one place of the input that breaks a rule.
type ProblemField struct {
	Location string `json:"location" doc:"A JSON pointer into the body (RFC 6901), or query.name, header.name, path.name."`
	Code     string `json:"code" doc:"The rule, for programs."`
	Message  string `json:"message" doc:"What is wrong, for people."`
}

// Error, GetStatus, GetHeaders and ContentType are what huma asks of an error it writes.
func (p *Problem) Error() string { return p.Code }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders returns the headers that go with the problem.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType returns the media type of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// status returns the HTTP status of a fault's kind; pages answer the same.
func status(k fault.Kind) int {
	switch k {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// problem makes the answer to an error. What is unknown, or has a hidden cause, goes to the log.
func (a *API) problem(ctx context.Context, err error) *Problem {
	f := fault.As(err)
	if f == nil {
		var large *http.MaxBytesError
		switch {
		case errors.As(err, &large):
			f = fault.Wrap(err, fault.TooLarge, "rest.413", "limit", large.Limit)
		case errors.Is(err, context.Canceled) && ctx.Err() != nil:
			f = fault.New(fault.Unavailable, "rest.503") // the client is gone: nobody reads this, nothing to log
		case errors.Is(err, context.DeadlineExceeded):
			f = fault.Wrap(err, fault.Unavailable, "rest.503")
		default:
			if f = db.Trouble(err); f == nil {
				f = fault.Wrap(err, fault.Unknown, "rest.500")
			}
		}
	}
	if f.Kind == fault.Unknown || f.Kind == fault.Unavailable && f.Err != nil {
		a.c.Log.ErrorContext(ctx, "api: failed", "request", actor.From(ctx).RequestID, "err", err)
	}
	p := a.answer(ctx, status(f.Kind), f.Key, f.Args)
	if f.Kind == fault.Unknown {
		p = a.answer(ctx, http.StatusInternalServerError, "rest.500", nil) // whatever it was, it is not for clients
	}
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, ProblemField{field.Path, field.Key, i18n.T(ctx, field.Key, field.Args)})
	}
	switch f.Kind {
	case fault.Unauthenticated:
		p.headers.Set("WWW-Authenticate", "Bearer")
	case fault.TooMany:
		p.headers.Set("Retry-After", strconv.Itoa(seconds(f.Args["wait"], 60)))
	case fault.Unavailable:
		p.headers.Set("Retry-After", strconv.Itoa(seconds(f.Args["wait"], 30)))
	}
	return p
}

func seconds(v any, otherwise int) int {
	switch n := v.(type) {
	case int:
		return max(n, 1)
	case int64:
		return int(max(n, 1))
	case float64:
		return int(math.Ceil(max(n, 1)))
	}
	return otherwise
}

// answer makes a problem with the texts of the key, or of the status where the key has none.
func (a *API) answer(ctx context.Context, status int, key string, args map[string]any) *Problem {
	general := "rest." + strconv.Itoa(status)
	if !a.c.Catalog.Has(general) {
		general = "rest.400"
	}
	text := key
	if !a.c.Catalog.Has(text) {
		text = general
	}
	title := general + ".title"
	if a.c.Catalog.Has(key + ".title") {
		title = key + ".title"
	}
	return &Problem{Type: "about:blank", Title: i18n.T(ctx, title), Status: status, Detail: i18n.T(ctx, text, args),
		Code: key, RequestID: actor.From(ctx).RequestID, headers: http.Header{}}
}

// translate replaces huma's own error document, which it makes when an input does not fit its
// description, by a Problem. The value that was sent is not sent back: it may be personal, and
// problems end in logs.
func (a *API) translate(ctx huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	key := "rest." + strconv.Itoa(e.Status)
	p := a.answer(ctx.Context(), e.Status, key, nil)
	if e.Status >= 500 {
		a.c.Log.ErrorContext(ctx.Context(), "api: failed", "request", p.RequestID, "err", e.Detail)
		return p, nil
	}
	for _, d := range e.Errors {
		if d != nil {
			p.Errors = append(p.Errors, ProblemField{pointer(d.Location), "rest.schema", d.Message})
		}
	}
	return p, nil
}

// pointer turns huma's "body.items[3].name" into the JSON pointer "/items/3/name" and leaves other
// places, such as "query.limit", as they are.
func pointer(location string) string {
	rest, ok := strings.CutPrefix(location, "body")
	if !ok || rest != "" && rest[0] != '.' && rest[0] != '[' {
		return location
	}
	var b strings.Builder
	for _, part := range strings.FieldsFunc(rest, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		b.WriteByte('/')
		b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(part))
	}
	return b.String()
}

// write answers with a problem outside of huma.
func write(w http.ResponseWriter, p *Problem) {
	h := w.Header()
	for k, v := range p.headers {
		h[k] = v
	}
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(p) // the client may be gone
}

// tidy takes huma's error document out of the description and puts Problem in its place.
func (a *API) tidy() {
	spec := a.huma.OpenAPI()
	schemas := spec.Components.Schemas
	problem := schemas.Schema(problemType, true, "Problem")
	for _, item := range spec.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Head, item.Post, item.Put, item.Patch, item.Delete, item.Options} {
			if op == nil {
				continue
			}
			for code, r := range op.Responses {
				if m, ok := r.Content["application/problem+json"]; ok {
					m.Schema = problem
				}
				if n, err := strconv.Atoi(code); err == nil && r.Description == "" {
					r.Description = http.StatusText(n)
				}
			}
			op.Responses["default"] = &huma.Response{Description: "A problem (RFC 9457)",
				Content: map[string]*huma.MediaType{"application/problem+json": {Schema: problem}}}
		}
	}
	delete(schemas.Map(), "ErrorModel")
	delete(schemas.Map(), "ErrorDetail")
}

// panicked makes an error of a recovered panic.
func panicked(v any, stack []byte) error { return fmt.Errorf("panic: %v\n%s", v, stack) }

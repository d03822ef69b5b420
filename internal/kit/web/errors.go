package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web/ui"
)

// Status returns the HTTP status of a fault's kind for pages and the API alike.
func Status(k fault.Kind) int {
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

// kindKey returns the catalogue key that tells about the kind where a fault has none of its own.
func kindKey(k fault.Kind) string {
	switch k {
	case fault.Invalid:
		return "web.error.invalid"
	case fault.Unauthenticated:
		return "web.error.unauthenticated"
	case fault.Forbidden:
		return "web.error.forbidden"
	case fault.NotFound:
		return "web.error.not_found"
	case fault.Conflict:
		return "web.error.conflict"
	case fault.TooLarge:
		return "web.error.too_large"
	case fault.TooMany:
		return "web.error.too_many"
	case fault.Unavailable:
		return "web.error.unavailable"
	}
	return "web.error.unknown"
}

// classify makes a fault of what a handler returned: a body over its limit and a request that ran
// out of time are known troubles, and so is a database out of reach; anything else that is no fault is unknown.
func classify(err error) *fault.Error {
	if f := fault.As(err); f != nil {
		return f
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return fault.Wrap(err, fault.TooLarge, "web.error.too_large")
	case errors.Is(err, context.DeadlineExceeded):
		return fault.Wrap(err, fault.Unavailable, "web.error.unavailable")
	}
	if f := db.Trouble(err); f != nil {
		return f
	}
	return fault.Wrap(err, fault.Unknown, "web.error.unknown")
}

// fail answers with the page or problem document of err. logged says that err is in the log.
func (rt *Router) fail(w http.ResponseWriter, r *http.Request, err error, logged bool) {
	ctx, st := r.Context(), stateOf(r)
	if rec := recorderOf(w); rec != nil && rec.status != 0 {
		rt.opt.Log.LogAttrs(ctx, slog.LevelError, "error after the answer began", slog.String("request", st.id),
			slog.String("route", st.route.Pattern), slog.String("error", err.Error()))
		return
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		w.WriteHeader(499) // the client is gone; nobody reads this but the log
		return
	}
	f := classify(err)
	if (f.Kind == fault.Unknown || f.Err != nil && f.Kind == fault.Unavailable) && !logged {
		rt.opt.Log.LogAttrs(ctx, slog.LevelError, "failed", slog.String("request", st.id),
			slog.String("route", st.route.Pattern), slog.String("error", err.Error()))
	}
	if f.Kind == fault.TooMany {
		w.Header().Set("Retry-After", strconv.Itoa(wait(f)))
	}
	if f.Kind == fault.Unavailable {
		w.Header().Set("Retry-After", "30")
	}
	if f.Kind == fault.Unauthenticated && !st.api && isRead(r) && r.Header.Get("HX-Request") == "" {
		next := r.URL.Path
		if r.URL.RawQuery != "" {
			next += "?" + r.URL.RawQuery
		}
		http.Redirect(w, r, i18n.Path(ctx, ui.PathSignIn)+"?next="+url.QueryEscape(i18n.Path(ctx, next)), http.StatusSeeOther)
		return
	}
	var resend *ui.Resend
	if f.Kind == fault.Unauthenticated && !st.api {
		w.Header().Set("WWW-Authenticate", `Session realm="lienthong"`) // RFC 9110, 11.6.1 wants one with 401
		resend = typed(r)
	}
	key := f.Key
	if f.Kind == fault.Unknown {
		key = "web.error.unknown" // whatever it was, it is not for people
	}
	if cat := rt.opt.Catalog; cat != nil && !cat.Has(key) {
		key = kindKey(f.Kind)
	}
	if resend != nil {
		key = "web.error.resend"
	}
	rt.problem(w, r, Status(f.Kind), key, f, resend)
}

// wait returns the seconds a fault asks to wait, at least 1; a minute if it does not say.
func wait(f *fault.Error) int {
	switch v := f.Args["wait"].(type) {
	case int:
		return max(v, 1)
	case int64:
		return int(max(v, 1))
	case float64:
		return int(math.Ceil(max(v, 1)))
	}
	return 60
}

// problem renders the sentence of key with the status.
func (rt *Router) problem(w http.ResponseWriter, r *http.Request, status int, key string, f *fault.Error, resend *ui.Resend) {
	ctx, st := r.Context(), stateOf(r)
	var args map[string]any
	kind := fault.Invalid
	if f != nil {
		args, kind = f.Args, f.Kind
	}
	detail := i18n.T(ctx, key, args)
	titleKey := key + ".title"
	if cat := rt.opt.Catalog; cat == nil || !cat.Has(titleKey) {
		titleKey = kindKey(kind) + ".title"
	}
	title := i18n.T(ctx, titleKey)
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Del("ETag")
	h.Del("Content-Disposition")
	h.Del("Content-Encoding")
	if st.api {
		writeProblem(w, r, status, key, title, detail, f)
		return
	}
	p := ui.Problem{Status: status, Title: title, Text: detail, Resend: resend}
	if status >= 500 {
		p.ID = st.id
	}
	if f != nil && f.Kind == fault.Invalid && len(f.Fields) > 0 {
		for _, field := range f.Fields {
			p.Details = append(p.Details, ui.Message(ctx, field))
		}
	}
	var b bytes.Buffer
	if err := ui.ProblemPage(p).Render(ctx, &b); err != nil {
		rt.opt.Log.LogAttrs(ctx, slog.LevelError, "error page", slog.String("request", st.id), slog.String("error", err.Error()))
		b.Reset()
		fmt.Fprintf(&b, "<!DOCTYPE html><title>%d</title>", status)
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the client may be gone
}

// problemDoc is a problem document of RFC 9457 with the extensions this API uses.
type problemDoc struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail,omitempty"`
	Code   string         `json:"code"`
	ID     string         `json:"request_id"`
	Errors []problemField `json:"errors,omitempty"`
}

type problemField struct {
	Location string `json:"location"`
	Code     string `json:"code"`
	Message  string `json:"message"`
}

func writeProblem(w http.ResponseWriter, r *http.Request, status int, key, title, detail string, f *fault.Error) {
	doc := problemDoc{Type: "about:blank", Title: title, Status: status, Detail: detail, Code: key, ID: RequestID(r)}
	if f != nil {
		for _, field := range f.Fields {
			doc.Errors = append(doc.Errors, problemField{field.Path, field.Key, ui.Message(r.Context(), field)})
		}
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(doc) // the client may be gone
}

// resendLimit bounds what is carried in the page that offers to send a form again.
const (
	resendLimit  = 256 << 10
	resendFields = 500
)

// typed returns what somebody had typed when their session had ended, for a page from which it
// can be sent again. Secrets are left out, and so are files. It is nil where nothing can be kept.
func typed(r *http.Request) *ui.Resend {
	st := stateOf(r)
	ctype := r.Header.Get("Content-Type")
	if !st.posted || r.Header.Get("HX-Request") != "" || !strings.HasPrefix(ctype, "application/x-www-form-urlencoded") || r.ContentLength > resendLimit {
		return nil
	}
	if err := r.ParseForm(); err != nil || len(r.PostForm) == 0 {
		return nil
	}
	target := i18n.Path(r.Context(), r.URL.Path)
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	// The tab that signs in ends on the account's page; this one stays for the second try.
	out := &ui.Resend{Action: target, SignIn: i18n.Path(r.Context(), ui.PathSignIn)}
	size := 0
	for _, name := range sortedKeys(r.PostForm) {
		if secret(name) {
			return nil // a form that asks for a secret cannot be sent again without it
		}
		for _, v := range r.PostForm[name] {
			size += len(name) + len(v)
			out.Hidden = append(out.Hidden, ui.Hidden{Name: name, Value: v})
		}
	}
	if size > resendLimit || len(out.Hidden) > resendFields {
		return nil
	}
	return out
}

// secret tells whether a field holds what must not stand in a page.
func secret(name string) bool {
	n := strings.ToLower(name)
	for _, s := range []string{"password", "passwd", "mat_khau", "matkhau", "otp", "secret"} {
		if strings.Contains(n, s) {
			return true
		}
	}
	return n == "code"
}

// ActorOf returns who is acting in r; the same as actor.From of its context.
func ActorOf(r *http.Request) actor.Actor { return actor.From(r.Context()) }

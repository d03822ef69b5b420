package web

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web/ui"
)

// Path returns the address of a page in the language of ctx; see i18n.Path.
func Path(ctx context.Context, p string) string { return i18n.Path(ctx, p) }

// Render writes a page or a fragment with the status. Nothing is written if rendering fails, so
// the error still becomes a page.
func Render(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	b := templ.GetBuffer()
	defer templ.ReleaseBuffer(b)
	if err := c.Render(r.Context(), b); err != nil {
		return fmt.Errorf("render: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the client may be gone
	return nil
}

// Redirect leads to a page of this site in the present language, after a form was taken (303). The
// path may carry a query. It never leads elsewhere: see Next for paths that came from outside.
func Redirect(w http.ResponseWriter, r *http.Request, p string) error {
	http.Redirect(w, r, i18n.Path(r.Context(), p), http.StatusSeeOther)
	return nil
}

// Next returns the path a form or address asked to be led to, if it is a path of this site, or
// otherwise the other one. Anything a browser could read as another host is refused.
func Next(asked, otherwise string) string {
	if asked == "" || len(asked) > 2048 || asked[0] != '/' || strings.ContainsAny(asked, "\\\t\r\n\x00") {
		return otherwise
	}
	u, err := url.Parse(asked)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || strings.HasPrefix(u.Path, "//") || path.Clean(u.Path) != strings.TrimSuffix(u.Path, "/") && u.Path != "/" {
		return otherwise
	}
	return asked
}

// Form reads the form of a request, with its limits, and returns what was posted. Values are valid
// UTF-8; cleaning and typing them is the use case's part. Errors are faults.
func Form(r *http.Request) (url.Values, error) {
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		err = r.ParseMultipartForm(1 << 20)
	} else {
		err = r.ParseForm()
	}
	if err != nil {
		if f := classify(err); f.Kind == fault.TooLarge {
			return nil, f
		}
		return nil, fault.Wrap(err, fault.Invalid, "web.error.form")
	}
	for _, values := range r.PostForm {
		for i, v := range values {
			if !utf8.ValidString(v) {
				values[i] = strings.ToValidUTF8(v, "\uFFFD")
			}
		}
	}
	return r.PostForm, nil
}

const flashCookie = "flash"

// Flash tells on the next page what was just done. key is a key of the catalogue without values;
// the browser carries it, so it must not be a secret.
func Flash(w http.ResponseWriter, r *http.Request, kind ui.Kind, key string) {
	http.SetCookie(w, &http.Cookie{
		Name: flashCookie, Value: string(kind) + "." + key, Path: "/", MaxAge: 60,
		HttpOnly: true, Secure: Secure(r), SameSite: http.SameSiteLaxMode,
	})
}

// takeFlash moves a message left by Flash into the context of a page and takes it off the browser.
// Only keys of the catalogue count: the cookie is written by whoever holds the browser.
func (rt *Router) takeFlash(w http.ResponseWriter, r *http.Request) *http.Request {
	c, err := r.Cookie(flashCookie)
	if err != nil || r.Method != http.MethodGet || r.Header.Get("HX-Request") != "" || r.Header.Get("Sec-Fetch-Dest") == "empty" {
		return r
	}
	http.SetCookie(w, &http.Cookie{Name: flashCookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: Secure(r), SameSite: http.SameSiteLaxMode})
	kind, key, _ := strings.Cut(c.Value, ".")
	if rt.opt.Catalog == nil || !rt.opt.Catalog.Has(key) {
		return r
	}
	env := *ui.From(r.Context())
	env.Flash = &ui.Flash{Kind: ui.Info, Key: key}
	switch ui.Kind(kind) {
	case ui.OK, ui.Warn, ui.Bad:
		env.Flash.Kind = ui.Kind(kind)
	}
	return r.WithContext(ui.WithEnv(r.Context(), env))
}

func sortedKeys(v url.Values) []string { return slices.Sorted(maps.Keys(v)) }

// recorderOf finds the recorder under the writers that compression puts on top of it.
func recorderOf(w http.ResponseWriter) *recorder {
	for {
		switch x := w.(type) {
		case *recorder:
			return x
		case interface{ Unwrap() http.ResponseWriter }:
			w = x.Unwrap()
		default:
			return nil
		}
	}
}

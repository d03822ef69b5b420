package ui

import (
	"context"
	"embed"
	"net/url"
	"strings"

	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web/static"
)

//go:embed texts
var texts embed.FS

// Texts returns the texts of the shell, its components and its error pages.
func Texts() i18n.Source { return i18n.Files(texts) }

// The addresses the shell itself links to.
const (
	PathHome     = "/"
	PathLookup   = "/tra-cuu"
	PathStats    = "/thong-ke"
	PathAccount  = "/toi"
	PathSignIn   = "/dang-nhap"
	PathSignOut  = "/dang-xuat"
	PathDesk     = "/can-bo"
	PathDeskFind = "/can-bo/tim"
	// PathPreferences takes how an official likes the pages: "phim-tat" is bat or tat.
	PathPreferences = "/can-bo/tai-khoan/tuy-chon"
)

// Site says whose portal this is. Nothing of it is hard-coded, because the same program serves
// every province.
type Site struct {
	Name      i18n.Text // the province, "Bắc Kạn"
	Authority i18n.Text // who answers for the portal, "Ủy ban nhân dân tỉnh Bắc Kạn"
	Portal    i18n.Text // what citizens call it, "Dịch vụ công Bắc Kạn"
	Tagline   i18n.Text // one line under it, may be empty
	Desk      i18n.Text // what officials call it, "Một cửa Bắc Kạn"
	About     i18n.Text // a sentence for the footer
	Hotline   string    // a telephone number, may be empty
	Footer    []SiteLink
	Notice    i18n.Text // shown on top of every page, "Bản trình diễn"; empty on a real portal
	NoticeURL string    // where the notice leads, may be empty
}

// SiteLink is a link of the site's footer.
type SiteLink struct {
	Label i18n.Text
	Href  string
}

// Tool is a link in the officials' top bar, such as the notifications.
type Tool struct {
	Label string
	Icon  string
	Href  string
	Count int
}

// Flash is a message about what was just done, shown once on the next page.
type Flash struct {
	Kind Kind
	Key  string // a key of the catalogue without values
}

// Env is what every component may ask of the request it is rendered for.
type Env struct {
	Site  Site
	Files *static.Files
	Path  string                               // the path without the language prefix
	Query url.Values                           // of the request; never nil in a request
	Nav   func(ctx context.Context) []NavGroup // the officials' side menu, may be nil
	Tools func(ctx context.Context) []Tool     // the officials' top bar, may be nil
	Flash *Flash
}

type envKey struct{}

// WithEnv returns a context in which components find env.
func WithEnv(ctx context.Context, env Env) context.Context {
	return context.WithValue(ctx, envKey{}, &env)
}

// From returns the environment of ctx; outside a request it is empty, and components render
// without a site's name. It is shared by everything that is rendered for the request: to change it,
// change a copy and put that into a new context.
func From(ctx context.Context) *Env {
	if e, ok := ctx.Value(envKey{}).(*Env); ok {
		return e
	}
	return &Env{}
}

// Asset returns the address of a shared file, with its hash.
func Asset(ctx context.Context, name string) string { return From(ctx).Files.URL(name) }

// T is i18n.T, shorter in templates.
func T(ctx context.Context, key string, args ...any) string { return i18n.T(ctx, key, args...) }

// Path is i18n.Path: the address of a page in the language of ctx.
func Path(ctx context.Context, p string) string { return i18n.Path(ctx, p) }

// Sibling returns the address of the present page in the other language, and that language.
func Sibling(ctx context.Context) (href, lang string) {
	e := From(ctx)
	lang = i18n.EN
	if i18n.Lang(ctx) == i18n.EN {
		lang = i18n.VI
	}
	p := e.Path
	if p == "" {
		p = "/"
	}
	if q := e.Query.Encode(); q != "" {
		p += "?" + q
	}
	return i18n.PathIn(lang, p), lang
}

// Query returns the present page's address with some parameters changed: pairs of name and value,
// where an empty value removes the parameter. Tables keep their state in the address with it.
func Query(ctx context.Context, pairs ...string) string {
	e := From(ctx)
	q := url.Values{}
	for k, v := range e.Query {
		q[k] = v
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			q.Del(pairs[i])
		} else {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	p := Path(ctx, e.Path)
	if s := q.Encode(); s != "" {
		return p + "?" + s
	}
	return p
}

// current tells which of the links stands for the present path: the one with the longest path
// that is the present one or a folder above it. The home page stands only for itself.
func current(ctx context.Context, active string, hrefs []string) int {
	if active == "" {
		active = From(ctx).Path
	}
	best, at := 0, -1
	for i, h := range hrefs {
		h, _, _ = strings.Cut(h, "?")
		if h == active || h != "/" && strings.HasPrefix(active, strings.TrimSuffix(h, "/")+"/") {
			if len(h) > best {
				best, at = len(h), i
			}
		}
	}
	return at
}

package ui

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/i18n"
)

// mainMenu is the citizens' main menu.
func mainMenu(ctx context.Context) []Link {
	return []Link{
		{Label: T(ctx, "ui.nav.procedures"), Href: PathHome},
		{Label: T(ctx, "ui.nav.lookup"), Href: PathLookup},
		{Label: T(ctx, "ui.nav.stats"), Href: PathStats},
		{Label: T(ctx, "ui.nav.mine"), Href: PathAccount},
	}
}

func hrefs(links []Link) []string {
	out := make([]string, len(links))
	for i, l := range links {
		out[i] = l.Href
	}
	return out
}

func sideMenu(ctx context.Context) []NavGroup {
	if nav := From(ctx).Nav; nav != nil {
		return nav(ctx)
	}
	return nil
}

func activeSide(ctx context.Context, active string, groups []NavGroup) string {
	var all []string
	for _, g := range groups {
		for _, l := range g.Links {
			all = append(all, l.Href)
		}
	}
	if i := current(ctx, active, all); i >= 0 {
		return all[i]
	}
	return ""
}

func tools(ctx context.Context) []Tool {
	if t := From(ctx).Tools; t != nil {
		return t(ctx)
	}
	return nil
}

func toolLabel(ctx context.Context, t Tool) string {
	if t.Count == 0 {
		return t.Label
	}
	return t.Label + ", " + T(ctx, "ui.new_items", "n", t.Count)
}

func standardKeys(ctx context.Context) []Shortcut {
	return []Shortcut{
		{"J", T(ctx, "ui.keys.down")}, {"K", T(ctx, "ui.keys.up")}, {"Enter", T(ctx, "ui.keys.open")},
		{"X", T(ctx, "ui.keys.select")}, {"/", T(ctx, "ui.keys.search")}, {"?", T(ctx, "ui.keys.help")},
	}
}

// signInHref leads to the sign-in page and back to where the visitor was.
func signInHref(ctx context.Context) string {
	e := From(ctx)
	if e.Path == "" || e.Path == PathHome || e.Path == PathSignIn {
		return Path(ctx, PathSignIn)
	}
	return Path(ctx, PathSignIn+"?next="+url.QueryEscape(Query(ctx)))
}

func signInStaff(ctx context.Context) string { return Path(ctx, PathDesk) }

func accountHome(a actor.Actor) string {
	if a.Kind == actor.Staff {
		return PathDesk
	}
	return PathAccount
}

// officialOf continues "Trang chính thức" by whose page it is.
func officialOf(ctx context.Context) string {
	who := From(ctx).Site.Authority.For(ctx)
	if who == "" {
		return ""
	}
	return " " + T(ctx, "ui.official_of", "authority", who)
}

func telHref(number string) string {
	return "tel:" + strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, number)
}

// findValue keeps what was searched for in the field on the page of results only.
func findValue(ctx context.Context) string {
	if e := From(ctx); e.Path == PathDeskFind {
		return e.Query.Get("q")
	}
	return ""
}

func orDefault(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func barWidth(percent float64) string {
	return strconv.FormatFloat(min(max(percent, 0), 100), 'f', 1, 64) + "%"
}

// langOr returns the language of a value, or that of the page.
func langOr(ctx context.Context, lang string) string { return orDefault(lang, i18n.Lang(ctx)) }

// accountRoot is where somebody who is lost begins again.
func accountRoot(ctx context.Context) string {
	if actor.From(ctx).Kind == actor.Staff {
		return PathDesk
	}
	return PathHome
}

func paperClass(paper string) string {
	switch paper {
	case "A5":
		return "a5"
	case "A4L": // across
		return "a4l"
	}
	return "a4"
}

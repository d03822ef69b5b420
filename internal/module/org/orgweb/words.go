package orgweb

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/org"
)

// kindName returns the words for a kind of unit. Kinds are data: one without words is shown as it is.
func kindName(ctx context.Context, kind string) string {
	key := "org.kind." + kind
	if cat := i18n.From(ctx); cat == nil || !cat.Has(key) {
		return kind
	}
	return ui.T(ctx, key)
}

func schemeName(ctx context.Context, scheme string) string {
	switch scheme {
	case "qcvn102", "qd20":
		return ui.T(ctx, "org.scheme."+scheme)
	}
	return scheme
}

// statusName says how far a datum can be trusted.
func statusName(ctx context.Context, status string) string {
	switch status {
	case "verified", "memory", "assumed", "unknown":
		return ui.T(ctx, "org.status."+status)
	}
	return status
}

func statusKind(status string) ui.Kind {
	switch status {
	case "verified":
		return ui.OK
	case "memory":
		return ui.Info
	}
	return ui.Warn
}

// period writes a span of days; the last day shown is the last on which it still holds.
func period(ctx context.Context, from civil.Date, to *civil.Date) string {
	if to == nil {
		return ui.T(ctx, "org.since", "from", from)
	}
	return i18n.Date(ctx, from) + " – " + i18n.Date(ctx, *to-1)
}

// roleNames returns the words for roles, which belong to the module that knows them.
func roleNames(ctx context.Context, roles []string) string {
	out := make([]string, 0, len(roles))
	for _, r := range roles {
		key := "iam.role." + r
		if cat := i18n.From(ctx); cat != nil && cat.Has(key) {
			r = ui.T(ctx, key)
		}
		out = append(out, r)
	}
	return strings.Join(out, ", ")
}

// sortOptions sorts by agency and then by label, as the words are sorted in Vietnamese lists.
func sortOptions(o []ui.Option) {
	slices.SortStableFunc(o, func(a, b ui.Option) int {
		return cmp.Or(cmp.Compare(text.Fold(a.Group), text.Fold(b.Group)), cmp.Compare(text.Fold(a.Label), text.Fold(b.Label)))
	})
}

// unitCrumbs is the way down to the unit a page is about.
func unitCrumbs(ctx context.Context, v unitView) []ui.Link {
	out := crumbs(v.Tree, v.Record.ID, false)
	out[0].Label = ui.T(ctx, "org.title")
	return out
}

// unitNote is the kind and code of an agency; of a division its name says enough.
func unitNote(ctx context.Context, u *org.Unit) string {
	if u.Kind == org.Division {
		return u.Code
	}
	if u.Code == "" {
		return kindName(ctx, u.Kind)
	}
	return kindName(ctx, u.Kind) + " · " + u.Code
}

// placeOrTag is the area an agency serves, or the tag by which processes find a division.
func placeOrTag(ctx context.Context, v unitView) ui.Item {
	if v.Unit.Kind == org.Division {
		return ui.Item{Label: ui.T(ctx, "org.tag"), Value: v.Unit.Tag}
	}
	return ui.Item{Label: ui.T(ctx, "org.area"), Value: v.Area, Lang: i18n.VI}
}

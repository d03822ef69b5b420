package iamweb

import (
	"context"
	"strings"

	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/iam"
)

func roleNames(ctx context.Context, roles []string) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = roleName(ctx, r)
	}
	return strings.Join(names, ", ")
}

// roleName returns the words for a role; data may hold one this program no longer knows.
func roleName(ctx context.Context, role string) string {
	if known, _ := (iam.RoleBook{}).Known(role); !known {
		return role
	}
	return ui.T(ctx, "iam.role."+role)
}

// device names a browser and a system the way people do; anything unusual is "another device".
func device(ctx context.Context, s iam.Session) string {
	if s.Bearer {
		return ui.T(ctx, "iam.program")
	}
	browser, system := "", ""
	for _, x := range []struct{ mark, name string }{{"Edg/", "Edge"}, {"coc_coc", "Cốc Cốc"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}} {
		if strings.Contains(s.UA, x.mark) {
			browser = x.name
			break
		}
	}
	for _, x := range []struct{ mark, name string }{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"},
		{"Mac OS X", "macOS"}, {"Linux", "Linux"}} {
		if strings.Contains(s.UA, x.mark) {
			system = x.name
			break
		}
	}
	if browser == "" || system == "" {
		return ui.T(ctx, "iam.other_device")
	}
	return browser + i18n.Pick(i18n.Lang(ctx), " trên ", " on ") + system
}

func accountName(a iam.Account) string {
	if a.Name != "" {
		return a.Name
	}
	return iam.MaskContact(a.Phone + a.Email)
}

// accountKey is what the account's owner signs in with.
func accountKey(a iam.Account) string {
	if a.Login != "" {
		return a.Login
	}
	return strings.Trim(a.Phone+" "+a.Email, " ")
}

func assuranceName(ctx context.Context, a iam.Account) string {
	switch a.Assurance {
	case iam.AssuranceDeclared:
		return ui.T(ctx, "iam.assurance.1")
	case iam.AssuranceCard:
		return ui.T(ctx, "iam.assurance.2")
	case iam.AssuranceProvider:
		return ui.T(ctx, "iam.assurance.3")
	}
	return ui.T(ctx, "iam.assurance.0")
}

// actionName returns the words for an action of the ledger: "org.unit.add" has its words under
// "org.act.unit.add", in the catalogue of the module it belongs to. Without words it stays a code.
func actionName(ctx context.Context, action string) string {
	module, rest, _ := strings.Cut(action, ".")
	key := module + ".act." + rest
	if cat := i18n.From(ctx); cat == nil || !cat.Has(key) {
		return ""
	}
	return ui.T(ctx, key)
}

// accountFacts lists what is known about an account.
func accountFacts(ctx context.Context, a iam.Account) []ui.Item {
	out := []ui.Item{{Label: ui.T(ctx, "iam.login_or_contact"), Value: accountKey(a)}}
	if a.Kind == iam.Staff {
		out = append(out, ui.Item{Label: ui.T(ctx, "iam.phone"), Value: a.Phone}, ui.Item{Label: ui.T(ctx, "iam.email"), Value: a.Email})
	} else {
		out = append(out, ui.Item{Label: ui.T(ctx, "iam.assurance"), Value: assuranceName(ctx, a)})
	}
	return append(out, ui.Item{Label: ui.T(ctx, "iam.created"), Value: i18n.DateTime(ctx, a.Created)})
}

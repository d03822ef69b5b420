// Package actor says who is acting. Every request, job and event handler carries exactly one
// Actor in its context; use cases ask it what it may do and where, and the ledger records it.
// The package knows no agency, role or procedure: permissions are plain strings that the modules
// define, and grants are resolved once, when the actor is authenticated.
package actor

import (
	"context"
	"slices"
	"strings"

	"lienthong/internal/kit/id"
)

// Kind sorts actors by how they came in.
type Kind string

// The kinds of actors. The zero Kind counts as Anonymous.
const (
	Anonymous  Kind = "anonymous" // nobody signed in
	Citizen    Kind = "citizen"   // a person acting for themselves or their business
	Staff      Kind = "staff"     // an official, acting from a position at an agency
	Token      Kind = "token"     // a program, with an account's grants narrowed to the token's scopes
	SystemKind Kind = "system"    // the platform itself: jobs, imports, clock-driven acts
)

// The standing permissions that follow from the kind alone and need no grant.
const (
	PermPublic   = "public"    // everybody
	PermSignedIn = "signed-in" // everybody but anonymous visitors
	PermCitizen  = "citizen"   // a signed-in citizen; officials use a citizen account for their own affairs
	PermStaff    = "staff"     // a signed-in official, whatever the position
)

// Standing tells whether perm is one of the permissions that need no grant.
func Standing(perm string) bool {
	switch perm {
	case PermPublic, PermSignedIn, PermCitizen, PermStaff:
		return true
	}
	return false
}

// Grant is one permission held at one agency.
type Grant struct {
	Perm   string
	Agency id.ID // where it is held; none with All
	Unit   id.ID // the division it is limited to; none means the whole agency
	All    bool  // held for the whole province
}

// Actor is who is acting. It is a value: copies may be kept and compared by fields, and nobody
// changes its slices after it was made.
type Actor struct {
	Kind       Kind
	Account    id.ID // none for anonymous and system
	Name       string
	Session    id.ID // the session or token the act came through
	Agency     id.ID // the agency an official works at now; none for others
	Unit       id.ID // the division inside that agency, if any
	AgencyName string
	UnitName   string
	Title      string // the position's title, as printed on papers
	Roles      []string
	Grants     []Grant
	Assurance  int      // how sure we are of the person: 0 unknown, higher is surer; the scale is iam's
	Scopes     []string // of a token: "dossier.read", or "dossier.*" for all that start with "dossier."
	IP         string   // the client's address, after trusted proxies
	Lang       string   // "vi" or "en"
	RequestID  string
	Prefs      Prefs
}

// Comfortable is the density with more room; an empty density leaves it to each page.
const Comfortable = "comfortable"

// Prefs is how an official likes the pages. They belong to the account, not to a device.
type Prefs struct {
	Density string // Comfortable, or empty
	NoKeys  bool   // shortcuts of a single key are off (WCAG 2.2, 2.1.4)
}

// SignedIn tells whether somebody is known to act: a citizen, an official or a token.
func (a Actor) SignedIn() bool {
	return a.Kind == Citizen || a.Kind == Staff || a.Kind == Token
}

// May tells whether the actor holds the permission anywhere. It guards routes and menus; a use
// case about one record asks MayAt, or the module's own rule.
func (a Actor) May(perm string) bool {
	switch perm {
	case "":
		return false // a forgotten permission opens nothing, not even to the system
	case PermPublic:
		return true
	case PermSignedIn:
		return a.SignedIn()
	case PermCitizen:
		return a.Kind == Citizen
	case PermStaff:
		return a.Kind == Staff
	}
	if a.Kind == SystemKind {
		return true
	}
	return a.inScope(perm) && slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.Perm == perm })
}

// MayAt tells whether the actor holds the permission at the agency, or for the whole province. A
// grant limited to a division counts: the module that knows the record's division narrows further
// (see Units).
func (a Actor) MayAt(perm string, agency id.ID) bool {
	if perm == "" || Standing(perm) {
		return false // standing permissions are held nowhere in particular
	}
	if a.Kind == SystemKind {
		return true
	}
	return a.inScope(perm) && slices.ContainsFunc(a.Grants, func(g Grant) bool {
		return g.Perm == perm && (g.All || !agency.Zero() && g.Agency == agency)
	})
}

// Agencies returns the agencies at which the actor holds the permission, in the order of the
// grants and without repeats. all is true if it is held for the whole province; ids is then nil.
// Lists are filtered by this, with the same outcome as MayAt on each record.
func (a Actor) Agencies(perm string) (ids []id.ID, all bool) {
	if perm == "" || Standing(perm) {
		return nil, false
	}
	if a.Kind == SystemKind {
		return nil, true
	}
	if !a.inScope(perm) {
		return nil, false
	}
	for _, g := range a.Grants {
		switch {
		case g.Perm != perm:
		case g.All:
			return nil, true
		case !g.Agency.Zero() && !slices.Contains(ids, g.Agency):
			ids = append(ids, g.Agency)
		}
	}
	return ids, false
}

// Units returns the divisions of the agency to which the permission is limited. whole is true if
// it is held for the whole agency or province; units is then nil. Neither means not held at all.
func (a Actor) Units(perm string, agency id.ID) (units []id.ID, whole bool) {
	if !a.MayAt(perm, agency) {
		return nil, false
	}
	if a.Kind == SystemKind {
		return nil, true
	}
	for _, g := range a.Grants {
		switch {
		case g.Perm != perm || !g.All && g.Agency != agency:
		case g.All || g.Unit.Zero():
			return nil, true
		case !slices.Contains(units, g.Unit):
			units = append(units, g.Unit)
		}
	}
	return units, false
}

// HasRole tells whether the actor holds the role; for words on screens, never for access.
func (a Actor) HasRole(role string) bool { return slices.Contains(a.Roles, role) }

// inScope tells whether a token's scopes cover the permission; other kinds have no scopes. A token
// without scopes may do nothing.
func (a Actor) inScope(perm string) bool {
	if a.Kind != Token {
		return true
	}
	return slices.ContainsFunc(a.Scopes, func(s string) bool {
		prefix, wild := strings.CutSuffix(s, "*")
		if wild {
			return strings.HasSuffix(prefix, ".") && strings.HasPrefix(perm, prefix)
		}
		return s == perm
	})
}

// System returns the platform itself acting under the given name, such as "outbox" or "import".
func System(name string) Actor { return Actor{Kind: SystemKind, Name: name, Lang: "vi"} }

type key struct{}

// With returns a context in which a is acting.
func With(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, key{}, a)
}

// From returns who is acting in ctx, or an anonymous actor if nobody was set: forgetting to set
// one can only take rights away.
func From(ctx context.Context) Actor {
	if a, ok := ctx.Value(key{}).(Actor); ok {
		return a
	}
	return Actor{Kind: Anonymous}
}

package iam

import (
	"slices"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/org"
)

// The permissions. Modules name them by these strings.
const (
	DossierRead      = "dossier.read"
	DossierReceive   = "dossier.receive" // receive, file at the counter, correct, hand over, return the result
	DossierProcess   = "dossier.process"
	DossierAssign    = "dossier.assign"
	DossierApprove   = "dossier.approve"
	DossierNumber    = "dossier.number"
	DossierDeliver   = "dossier.deliver" // of programs: hand messages to dossiers of the agency
	FeeCollect       = "fee.collect"
	StatsRead        = "stats.read"
	ProcedureEdit    = "procedure.edit"
	ProcedurePublish = "procedure.publish"
	OrgEdit          = org.PermEdit
	IAMEdit          = "iam.edit"
	LedgerRead       = "ledger.read"
	NotifyEdit       = "notify.edit"
	CalendarEdit     = "calendar.edit"
)

// Permissions returns every permission that a grant can carry, sorted; the access list of routes.
func Permissions() []string {
	out := []string{DossierRead, DossierReceive, DossierProcess, DossierAssign, DossierApprove, DossierNumber, DossierDeliver, FeeCollect,
		StatsRead, ProcedureEdit, ProcedurePublish, OrgEdit, IAMEdit, LedgerRead, NotifyEdit, CalendarEdit}
	slices.Sort(out)
	return out
}

// reachOf says how far a role reaches from the position that gives it.
type reachOf int

const (
	atUnit    reachOf = iota // the position's agency, narrowed to its division if it has one
	below                    // the agency and every agency under it
	province                 // everywhere
	oversight                // province from a provincial office of control, otherwise below
)

// Role is what a position gives to whoever holds it.
type Role struct {
	Key   string
	Perms []string
	reach reachOf
}

// Wide tells whether the role may reach over the whole province; only somebody who may edit the
// whole province gives such a role.
func (r Role) Wide() bool { return r.reach == province || r.reach == oversight }

// Roles returns all roles in the order in which forms offer them.
func Roles() []Role {
	return []Role{
		{"receiver", []string{DossierRead, DossierReceive}, atUnit},
		{"cashier", []string{DossierRead, FeeCollect}, atUnit},
		{"specialist", []string{DossierRead, DossierProcess}, atUnit},
		{"division_head", []string{DossierRead, DossierProcess, DossierAssign, StatsRead}, atUnit},
		{"leader", []string{DossierRead, DossierApprove, StatsRead}, atUnit},
		{"clerk", []string{DossierRead, DossierNumber}, atUnit},
		{"unit_admin", []string{OrgEdit, IAMEdit, DossierDeliver}, below},
		{"controller", []string{DossierRead, StatsRead, ProcedureEdit}, oversight},
		{"province_admin", []string{OrgEdit, IAMEdit, ProcedureEdit, ProcedurePublish, NotifyEdit, CalendarEdit, StatsRead, DossierDeliver}, province},
		{"auditor", []string{LedgerRead, StatsRead}, province},
	}
}

// RoleBook answers org's question about roles.
type RoleBook struct{}

// Known tells whether the role exists and whether it is wide.
func (RoleBook) Known(role string) (known, wide bool) {
	for _, r := range Roles() {
		if r.Key == role {
			return true, r.Wide()
		}
	}
	return false, false
}

// controlOffice is the key of the Office of the provincial People's Committee, which controls
// administrative procedures for the whole province; packs give it this key.
const controlOffice = "vp-ubnd"

// GrantsOf returns what the positions held on the tree's day allow, each grant once. Roles nobody
// knows and positions in units that are not valid give nothing.
func GrantsOf(t *org.Tree, held []org.Holding) []actor.Grant {
	var out []actor.Grant
	seen := map[actor.Grant]bool{}
	add := func(g actor.Grant) {
		if !seen[g] {
			seen[g] = true
			out = append(out, g)
		}
	}
	roles := Roles()
	for _, h := range held {
		unit, ok := t.Unit(h.Position.Unit)
		if !ok {
			continue
		}
		agency := t.Agency(unit.ID)
		for _, key := range h.Position.Roles {
			i := slices.IndexFunc(roles, func(r Role) bool { return r.Key == key })
			if i < 0 {
				continue
			}
			for _, at := range places(t, roles[i].reach, agency, unit) {
				for _, p := range roles[i].Perms {
					at.Perm = p
					add(at)
				}
			}
		}
	}
	return out
}

// places returns the grants without their permission that a role of the reach gives at the unit.
func places(t *org.Tree, r reachOf, agency, unit *org.Unit) []actor.Grant {
	provincial := agency.Parent.Zero() || agency.Key == controlOffice
	switch {
	case r == province, r == oversight && provincial:
		return []actor.Grant{{All: true}}
	case r == atUnit:
		g := actor.Grant{Agency: agency.ID}
		if unit.ID != agency.ID {
			g.Unit = unit.ID
		}
		return []actor.Grant{g}
	}
	var out []actor.Grant
	for _, a := range t.Agencies(agency.ID) {
		out = append(out, actor.Grant{Agency: a})
	}
	return out
}

// rolesOf returns the roles of the positions, each once, in the order of Roles.
func rolesOf(held []org.Holding) []string {
	var out []string
	for _, r := range Roles() {
		if slices.ContainsFunc(held, func(h org.Holding) bool { return slices.Contains(h.Position.Roles, r.Key) }) {
			out = append(out, r.Key)
		}
	}
	return out
}

// reach tells whether the actor may manage the account of somebody with these holdings, now or
// later. It is the one rule for a single account and for lists: the permission is needed at every
// agency at which the person holds something, and everywhere if a role is wide, so that nobody
// takes over an account that may do more than he himself can give. Citizens' accounts and people
// without any position are managed only by somebody who may do so everywhere.
func reach(who actor.Actor, kind AccountKind, t *org.Tree, held []org.Holding) bool {
	if _, all := who.Agencies(IAMEdit); all {
		return true
	}
	if kind != Staff || len(held) == 0 {
		return false
	}
	var book RoleBook
	for _, h := range held {
		a := t.Agency(h.Position.Unit)
		if a == nil || !who.MayAt(IAMEdit, a.ID) {
			return false
		}
		for _, r := range h.Position.Roles {
			if _, wide := book.Known(r); wide {
				return false
			}
		}
	}
	return true
}

// managedUnits returns the agencies and divisions in which the actor manages accounts, or all.
func managedUnits(who actor.Actor, t *org.Tree) (units []id.ID, all bool) {
	agencies, all := who.Agencies(IAMEdit)
	if all {
		return nil, true
	}
	return t.Within(agencies), false
}

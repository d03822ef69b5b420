package org

import (
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// MayEdit tells whether the actor may change the unit: the agency it belongs to must be within
// the actor's grants. A grant for a subtree comes as one grant for each agency in it.
func MayEdit(who actor.Actor, t *Tree, unit id.ID) bool {
	a := t.Agency(unit)
	return a != nil && who.MayAt(PermEdit, a.ID)
}

// mayEdit is MayEdit inside a writer, where planned and closed units count too.
func (w *world) mayEdit(who actor.Actor, unit id.ID, on civil.Date) error {
	agency := w.agency(unit, on)
	if agency.Zero() || !who.MayAt(PermEdit, agency) {
		return fault.New(fault.Forbidden, "org.may_not_edit")
	}
	return nil
}

// mayGive tells whether the actor may attach the roles to a position: wide roles are given only
// by somebody who edits the whole province, and unknown roles by nobody.
func mayGive(who actor.Actor, book RoleBook, roles []string) error {
	_, all := who.Agencies(PermEdit)
	for _, r := range roles {
		if book == nil {
			if !all {
				return fault.New(fault.Forbidden, "org.role_too_wide", "role", r)
			}
			continue
		}
		known, wide := book.Known(r)
		if !known {
			return fault.Input("org.role_unknown", fault.Field{Path: "roles", Key: "org.role_unknown", Args: fault.Args("role", r)})
		}
		if wide && !all {
			return fault.New(fault.Forbidden, "org.role_too_wide", "role", r)
		}
	}
	return nil
}

package notify

import (
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// PermEdit is the permission to change templates and to see and repeat deliveries. It is held for
// the whole province: messages of all agencies lie in one log.
const PermEdit = "notify.edit"

// mayAdminister guards templates and the delivery log.
func mayAdminister(who actor.Actor) error {
	if _, all := who.Agencies(PermEdit); !all {
		return fault.New(fault.Forbidden, "notify.may_not")
	}
	return nil
}

// owner returns whose inbox the actor may open: the one of the account the actor signed in with.
func owner(who actor.Actor) (id.ID, error) {
	if who.Account.Zero() || who.Kind != actor.Citizen && who.Kind != actor.Staff && who.Kind != actor.Token {
		return id.ID{}, fault.New(fault.Unauthenticated, "notify.sign_in")
	}
	return who.Account, nil
}

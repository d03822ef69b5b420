package iam

import (
	"context"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
)

// CitizenByContact returns the active account of the citizen who confirmed the phone number or
// e-mail address, for an official who compares an identity card at a counter. Only the whole number
// or address finds an account: a counter cannot leaf through the citizens. Faults: Forbidden for
// anybody but an official who receives dossiers; Invalid for what is no contact; NotFound.
func (s *Service) CitizenByContact(ctx context.Context, who actor.Actor, contact string) (Account, error) {
	if who.Kind != actor.Staff || !who.May(DossierReceive) {
		return Account{}, fault.New(fault.Forbidden, "iam.may_not")
	}
	c, err := NormaliseContact(contact)
	if err != nil {
		return Account{}, err
	}
	return findAccount(s.DB.Read(ctx), "a.kind = 'citizen' AND a.status = 'active' AND (a.phone = $1 OR a.email = $1)", c)
}

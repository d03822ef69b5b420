package iam

import (
	"context"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
)

// ContactCode signs a citizen in by a code that was sent to a telephone number or e-mail address.
// The first right code makes the account, so there is nothing to register and nothing to find out.
type ContactCode struct{ To, Code string }

func (c ContactCode) name() string { return "code" }

// guards is empty: a code counts its own tries.
func (c ContactCode) guards(*Service, actor.Actor) []guard { return nil }

func (c ContactCode) verify(ctx context.Context, s *Service, who actor.Actor) (Account, error) {
	to, err := parseContact(c.To)
	if err != nil {
		return Account{}, err
	}
	if err := s.CheckCode(ctx, who, PurposeSignIn, c.To, c.Code); err != nil {
		return Account{}, err
	}
	a, err := s.citizenFor(ctx, who, to)
	if err == nil && a.Status != Active {
		err = fault.New(fault.Forbidden, "iam.account_locked")
	}
	return a, err
}

// citizenFor returns the citizen's account of a contact that was just proven, a new one if there
// is none.
func (s *Service) citizenFor(ctx context.Context, who actor.Actor, to contact) (Account, error) {
	where, v := "a.kind = 'citizen' AND a.phone = $1", to.phone
	if to.email != "" {
		where, v = "a.kind = 'citizen' AND a.email = $1", to.email
	}
	fresh := Account{ID: s.IDs.New(), Kind: Citizen, Phone: to.phone, Email: to.email, Status: Active, Created: s.Now()}
	var a Account
	add := func(tx *db.Tx) error {
		var err error
		if a, err = findAccount(tx, where, v); err == nil || fault.KindOf(err) != fault.NotFound {
			return err
		}
		a = fresh
		if err := insertAccount(tx, a); err != nil {
			return err
		}
		as := who
		as.Kind, as.Account = actor.Citizen, a.ID
		return s.Ledger.Record(tx, as, "iam.account.open", "iam.account", a.ID, nil)
	}
	err := s.DB.Write(ctx, add)
	if db.IsUnique(err) { // opened on another device in this moment
		err = s.DB.Write(ctx, add)
	}
	return a, err
}

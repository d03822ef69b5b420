package iam

import (
	"context"
	"strings"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// Password signs an official in by login and password.
type Password struct{ Login, Password string }

func (p Password) name() string { return "password" }

func cleanLogin(s string) string { return strings.ToLower(text.Line(s)) }

// guards counts by the login from one network, which waits soon, and by the login from anywhere,
// which waits late: somebody far away cannot shut an official out with a handful of guesses.
func (p Password) guards(s *Service, who actor.Actor) []guard {
	l := s.limits()
	login := cleanLogin(p.Login)
	return []guard{
		{s.tag("login-ip", login+" "+network(who.IP)), l.PerLoginIP},
		{s.tag("login", login), l.PerLogin},
	}
}

func wrongPassword() error {
	return fault.Input("iam.password_wrong", fault.Field{Path: "password", Key: "iam.password_wrong"})
}

func (p Password) verify(ctx context.Context, s *Service, _ actor.Actor) (Account, error) {
	a, err := findAccount(s.DB.Read(ctx), "a.kind = 'staff' AND a.login = $1", cleanLogin(p.Login))
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return Account{}, unreadable(err)
	}
	ok, old, err := s.matches(ctx, a.password, p.Password) // of nobody: the same work, never right
	if err != nil {
		return Account{}, err
	}
	if !ok {
		return a, wrongPassword()
	}
	if a.Status != Active {
		return a, fault.New(fault.Forbidden, "iam.account_locked")
	}
	if old {
		err = s.rehash(ctx, a, p.Password)
	}
	return a, err
}

// rehash stores the password at today's cost.
func (s *Service) rehash(ctx context.Context, a Account, password string) error {
	h, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE iam_account SET password = $2 WHERE id = $1 AND password = $3", a.ID, h, a.password)
		return err
	})
}

// initialLife is how long the page that replaces an initial password may stay open.
const initialLife = 15 * time.Minute

type initialTicket struct {
	Account id.ID
	Version int64 // the ticket is void once the password is another
}

// ReplaceInitial trades the ticket of a sign-in with an initial password for a session, and stores
// the official's own password.
func (s *Service) ReplaceInitial(ctx context.Context, who actor.Actor, ticket, password string, d Device) (Outcome, error) {
	var t initialTicket
	if err := s.Unseal("initial", ticket, &t); err != nil {
		return Outcome{}, err
	}
	a, err := findAccount(s.DB.Read(ctx), "a.id = $1", t.Account)
	if err != nil {
		return Outcome{}, unreadable(err)
	}
	if a.Version != t.Version || !a.MustChange || a.Status != Active {
		return Outcome{}, fault.New(fault.Invalid, "iam.ticket")
	}
	as := who
	as.Kind, as.Account = actor.Staff, a.ID
	if err := s.setPassword(ctx, as, a, password); err != nil {
		return Outcome{}, err
	}
	a.MustChange = false
	return s.enter(ctx, who, a, Password{}.name(), d, Password{Login: a.Login}.guards(s, who))
}

// setPassword stores a password the official chose and ends all other sessions.
func (s *Service) setPassword(ctx context.Context, who actor.Actor, a Account, password string) error {
	if err := CheckPassword(password, a.Login); err != nil {
		return err
	}
	if same, _, err := s.matches(ctx, a.password, password); err != nil {
		return err
	} else if same {
		return fault.Input("iam.input", fault.Field{Path: "password", Key: "iam.password_same"})
	}
	h, err := s.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := bump(tx, a.ID, a.Version); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE iam_account SET password = $2, must_change = $3 WHERE id = $1", a.ID, h, false); err != nil {
			return err
		}
		if err := s.endSessions(tx, a.ID, who.Session); err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, "iam.password.change", "iam.account", a.ID, nil)
	})
}

// ChangePassword replaces the actor's own password after the present one was given once more.
func (s *Service) ChangePassword(ctx context.Context, who actor.Actor, present, password string) error {
	if who.Kind != actor.Staff {
		return fault.New(fault.Forbidden, "iam.may_not")
	}
	a, err := findAccount(s.DB.Read(ctx), "a.id = $1", who.Account)
	if err != nil {
		return unreadable(err)
	}
	guards := Password{Login: a.Login}.guards(s, who)
	if err := s.DB.Write(ctx, func(tx *db.Tx) error { return s.attempt(tx, guards) }); err != nil {
		return err
	}
	ok, _, err := s.matches(ctx, a.password, present)
	if err != nil {
		return err
	}
	if !ok {
		return fault.Input("iam.input", fault.Field{Path: "present", Key: "iam.present_wrong"})
	}
	if err := s.DB.Write(ctx, func(tx *db.Tx) error { return pardon(tx, guards) }); err != nil {
		return err
	}
	return s.setPassword(ctx, who, a, password)
}

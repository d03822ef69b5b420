package iam

import (
	"context"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
)

// Method is one way to prove whose account it is. It knows nothing of sessions; another way is
// another file with another Method.
type Method interface {
	name() string
	// guards returns the counters under which a guess is counted before it is judged.
	guards(s *Service, who actor.Actor) []guard
	// verify returns the account, or a fault that does not tell whether there is one.
	verify(ctx context.Context, s *Service, who actor.Actor) (Account, error)
}

// Device is what signs in.
type Device struct {
	UA     string // the User-Agent header
	Bearer bool   // a program that will send the session as a bearer token, not a browser
}

// Outcome is what a sign-in leads to: a session, or, with an initial password, a ticket for the
// page that replaces it.
type Outcome struct {
	Account Account
	Session Session
	Token   string // the session's secret; shown nowhere else
	Ticket  string // instead of a token: must be traded with ReplaceInitial
}

// SignIn proves whose account it is by the method and opens a session. who is the anonymous actor
// of the request. Faults: Invalid for a wrong proof, the same whether or not an account exists;
// TooMany while a wait runs; Forbidden for a locked account, told only after a right proof.
func (s *Service) SignIn(ctx context.Context, who actor.Actor, m Method, d Device) (Outcome, error) {
	guards := m.guards(s, who)
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		if len(guards) > 0 {
			if err := s.take(tx, who, s.tag("signin-ip", network(who.IP)), s.limits().SignInPerIP); err != nil {
				return err
			}
		}
		return s.attempt(tx, guards)
	})
	if err != nil {
		return Outcome{}, err
	}
	a, err := m.verify(ctx, s, who)
	if err != nil {
		if fault.KindOf(err) == fault.Invalid {
			// Known and unknown logins leave the same row, so that they take the same time.
			if e := s.DB.Write(ctx, func(tx *db.Tx) error {
				return s.Ledger.Record(tx, who, "iam.signin.fail", "iam.account", a.ID, nil)
			}); e != nil {
				return Outcome{}, e
			}
		}
		return Outcome{}, err
	}
	if a.MustChange {
		t, err := s.Seal("initial", initialTicket{a.ID, a.Version}, initialLife)
		return Outcome{Account: a, Ticket: t}, err
	}
	return s.enter(ctx, who, a, m.name(), d, guards)
}

// enter opens a session after somebody has proven whose account it is.
func (s *Service) enter(ctx context.Context, who actor.Actor, a Account, method string, d Device, guards []guard) (Outcome, error) {
	prefix := ""
	if d.Bearer {
		prefix = sessionPrefix
	}
	token, hash, err := s.newSecret(prefix)
	if err != nil {
		return Outcome{}, err
	}
	now := s.Now()
	n := Session{ID: s.IDs.New(), Account: a.ID, Method: method, Bearer: d.Bearer, Created: now, Seen: now,
		Expires: now.Add(idle(a.Kind)), UA: cleanUA(d.UA), IP: coarse(who.IP)}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		// The account may have been locked since it was read.
		var status string
		if err := tx.QueryRow("SELECT status FROM iam_account WHERE id = $1"+db.ForUpdate(tx, false), a.ID).Scan(&status); err != nil {
			return err
		}
		if status != Active {
			return fault.New(fault.Forbidden, "iam.account_locked")
		}
		if err := pardon(tx, guards); err != nil {
			return err
		}
		if err := s.openSession(tx, a, n, hash); err != nil {
			return err
		}
		as := who
		as.Kind, as.Account, as.Session = actor.Citizen, a.ID, n.ID
		if a.Kind == Staff {
			as.Kind = actor.Staff
		}
		return s.Ledger.Record(tx, as, "iam.signin", "iam.account", a.ID, map[string]any{"method": method, "session": n.ID})
	})
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{Account: a, Session: n, Token: token}, nil
}

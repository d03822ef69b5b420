package iam

import (
	"context"
	"regexp"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
	"lienthong/internal/module/org"
)

// NewStaff is an official's account to be made for a person of org.
type NewStaff struct {
	Person id.ID  `json:"person"`
	Login  string `json:"login"`
	Email  string `json:"email,omitempty"`
	Phone  string `json:"phone,omitempty"`
}

// Detail is an account with what its owner holds now or will hold.
type Detail struct {
	Account  Account
	Holdings []org.Holding
	Waiting  bool // wrong passwords keep the login shut for now
}

var loginForm = regexp.MustCompile(`^[a-z0-9]+([._-][a-z0-9]+)*$`)

// Detail returns an account the actor manages; for others it does not exist.
func (s *Service) Detail(ctx context.Context, who actor.Actor, account id.ID) (Detail, error) {
	a, held, err := s.managed(ctx, who, account)
	if err != nil {
		return Detail{}, err
	}
	d := Detail{Account: a, Holdings: held}
	if a.Login != "" {
		var n int
		err = s.DB.Read(ctx).QueryRow("SELECT count(*) FROM iam_guard WHERE key = $1 AND until > $2", s.tag("login", a.Login), db.Micros(s.Now())).Scan(&n)
		d.Waiting = n > 0
	}
	return d, unreadable(err)
}

// managed finds an account and applies the rule of reach to it.
func (s *Service) managed(ctx context.Context, who actor.Actor, account id.ID) (Account, []org.Holding, error) {
	unknown := fault.New(fault.NotFound, "iam.account_unknown")
	if !who.May(IAMEdit) {
		return Account{}, nil, unknown
	}
	a, err := findAccount(s.DB.Read(ctx), "a.id = $1", account)
	if err != nil {
		return a, nil, unreadable(err)
	}
	t, err := s.Org.Tree(ctx)
	if err != nil {
		return a, nil, err
	}
	var held []org.Holding
	if !a.Person.Zero() {
		m, err := s.Org.HoldingsFrom(ctx, []id.ID{a.Person}, t.On)
		if err != nil {
			return a, nil, err
		}
		held = m[a.Person]
	}
	if !reach(who, a.Kind, t, held) {
		return Account{}, nil, unknown
	}
	return a, held, nil
}

// ownOrManaged returns the account if it is the actor's own or one the actor manages.
func (s *Service) ownOrManaged(ctx context.Context, who actor.Actor, account id.ID) (Account, error) {
	if !account.Zero() && who.Account == account && who.Kind != actor.Token {
		a, err := findAccount(s.DB.Read(ctx), "a.id = $1", account)
		return a, unreadable(err)
	}
	a, _, err := s.managed(ctx, who, account)
	return a, err
}

// CreateStaff makes an official's account and returns its initial password, which is shown only
// this once and opens nothing but the page that replaces it.
func (s *Service) CreateStaff(ctx context.Context, who actor.Actor, n NewStaff) (id.ID, string, error) {
	if !who.May(IAMEdit) {
		return id.ID{}, "", fault.New(fault.Forbidden, "iam.may_not")
	}
	a, err := s.newStaff(ctx, who, n)
	if err != nil {
		return id.ID{}, "", err
	}
	initial, err := s.initialPassword()
	if err != nil {
		return id.ID{}, "", err
	}
	if a.password, err = s.hash(ctx, initial); err != nil {
		return id.ID{}, "", err
	}
	a.MustChange = true
	return a.ID, initial, s.storeStaff(ctx, who, a)
}

// newStaff checks the input and returns the account without a password.
func (s *Service) newStaff(ctx context.Context, who actor.Actor, n NewStaff) (Account, error) {
	a := Account{ID: s.IDs.New(), Kind: Staff, Login: cleanLogin(n.Login), Person: n.Person, Status: Active, Created: s.Now()}
	var fields []fault.Field
	if len(a.Login) < 3 || len(a.Login) > 60 || !loginForm.MatchString(a.Login) {
		fields = append(fields, fault.Field{Path: "login", Key: "iam.login_form"})
	}
	for path, v := range map[string]string{"email": n.Email, "phone": n.Phone} {
		if text.Line(v) == "" {
			continue
		}
		c, err := parseContact(v)
		if err != nil || path == "email" && c.email == "" || path == "phone" && c.phone == "" {
			fields = append(fields, fault.Field{Path: path, Key: "iam." + path + "_form"})
		}
		a.Email, a.Phone = a.Email+c.email, a.Phone+c.phone
	}
	if len(fields) > 0 {
		return a, fault.Input("iam.input", fields...)
	}
	p, err := s.Org.Person(ctx, n.Person)
	if err != nil {
		return a, err
	}
	a.Name = p.Name
	t, err := s.Org.Tree(ctx)
	if err != nil {
		return a, err
	}
	m, err := s.Org.HoldingsFrom(ctx, []id.ID{n.Person}, t.On)
	if err != nil {
		return a, err
	}
	if !reach(who, Staff, t, m[n.Person]) {
		return a, fault.New(fault.Forbidden, "iam.out_of_reach")
	}
	return a, nil
}

func (s *Service) storeStaff(ctx context.Context, who actor.Actor, a Account) error {
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		for _, x := range []struct {
			path, key, where string
			v                any
		}{{"login", "iam.login_taken", "login", a.Login}, {"person", "iam.person_has_account", "person_id", a.Person}} {
			var n int
			if err := tx.QueryRow("SELECT count(*) FROM iam_account WHERE "+x.where+" = $1", x.v).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				return fault.Input("iam.input", fault.Field{Path: x.path, Key: x.key})
			}
		}
		if err := insertAccount(tx, a); err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, "iam.account.create", "iam.account", a.ID, map[string]any{"person": a.Person, "login": a.Login})
	})
	if db.IsUnique(err) {
		return fault.Wrap(err, fault.Invalid, "iam.login_taken")
	}
	return err
}

// SetStatus locks or unlocks an account. Locking ends all its sessions; nobody locks himself out.
func (s *Service) SetStatus(ctx context.Context, who actor.Actor, account id.ID, version int64, status string) error {
	if status != Active && status != Locked {
		return fault.New(fault.Invalid, "iam.input")
	}
	a, _, err := s.managed(ctx, who, account)
	if err != nil {
		return err
	}
	if a.ID == who.Account {
		return fault.New(fault.Conflict, "iam.not_oneself")
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := bump(tx, account, version); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE iam_account SET status = $2 WHERE id = $1", account, status); err != nil {
			return err
		}
		if status == Locked {
			if err := s.endSessions(tx, account, id.ID{}); err != nil {
				return err
			}
		} else if a.Login != "" {
			if _, err := tx.Exec("DELETE FROM iam_guard WHERE key = $1", s.tag("login", a.Login)); err != nil {
				return err
			}
		}
		return s.Ledger.Record(tx, who, "iam.account."+status, "iam.account", account, nil)
	})
}

// ResetPassword gives an official's account a new initial password, ends its sessions and makes
// its tokens void.
func (s *Service) ResetPassword(ctx context.Context, who actor.Actor, account id.ID, version int64) (string, error) {
	a, _, err := s.managed(ctx, who, account)
	if err != nil {
		return "", err
	}
	if a.Kind != Staff {
		return "", fault.New(fault.Conflict, "iam.no_password")
	}
	initial, err := s.initialPassword()
	if err != nil {
		return "", err
	}
	h, err := s.hash(ctx, initial)
	if err != nil {
		return "", err
	}
	return initial, s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := bump(tx, account, version); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE iam_account SET password = $2, must_change = $3 WHERE id = $1", account, h, true); err != nil {
			return err
		}
		if err := s.endSessions(tx, account, id.ID{}); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE iam_token SET revoked = $2 WHERE account = $1 AND revoked = 0", account, db.Micros(s.Now())); err != nil {
			return err
		}
		if _, err := tx.Exec("DELETE FROM iam_guard WHERE key = $1", s.tag("login", a.Login)); err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, "iam.password.reset", "iam.account", account, nil)
	})
}

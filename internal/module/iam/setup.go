package iam

import (
	"context"
	"strings"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/org"
)

// SetupPath is the page behind the first administrator's link.
const SetupPath = "/quan-tri/khoi-dau"

const setupLife = 24 * time.Hour

// setupKey is the stable key of the position that the first administrator gets.
const setupKey = "quan-tri-he-thong"

// FirstAdminLink returns the one-time link with which the first administrator sets login and
// password, as long as no official has an account; created is false afterwards. Only the link's
// hash is stored, so every start makes a new one; each is good for 24 hours, and all end when one
// is used.
func (s *Service) FirstAdminLink(ctx context.Context) (url string, created bool, err error) {
	token, hash, err := s.newSecret("")
	if err != nil {
		return "", false, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		created = false
		n, err := countStaff(tx)
		if err != nil || n > 0 {
			return err
		}
		created = true
		now := s.Now()
		if _, err := tx.Exec("INSERT INTO iam_setup (hash, created, expires) VALUES ($1, $2, $3)", hash, db.Micros(now), db.Micros(now.Add(setupLife))); err != nil {
			return err
		}
		return s.Ledger.Record(tx, system(), "iam.setup.link", "iam.setup", id.ID{}, nil)
	})
	if err != nil || !created {
		return "", false, err
	}
	return strings.TrimSuffix(s.URL, "/") + SetupPath + "?t=" + token, true, nil
}

func countStaff(q db.Q) (n int, err error) {
	err = q.QueryRow("SELECT count(*) FROM (SELECT 1 FROM iam_account WHERE kind = 'staff' LIMIT 1) x").Scan(&n)
	return n, err
}

// SetupOpen tells whether the first administrator's token is good; a fault of kind NotFound if not.
func (s *Service) SetupOpen(ctx context.Context, token string) error {
	return s.setupOpen(s.DB.Read(ctx), token)
}

func (s *Service) setupOpen(q db.Q, token string) error {
	var n int
	err := q.QueryRow("SELECT count(*) FROM iam_setup WHERE hash = $1 AND expires > $2", secretHash(token), db.Micros(s.Now())).Scan(&n)
	if err != nil {
		return unreadable(err)
	}
	if n == 0 {
		return fault.New(fault.NotFound, "iam.setup_void")
	}
	return nil
}

// FirstAdmin is who uses the first administrator's link.
type FirstAdmin struct{ Token, Name, Login, Password, UA string }

// CreateFirstAdmin makes the first administrator: a person in a position with the role
// province_admin at the root of the organisation, with an account and an open session.
func (s *Service) CreateFirstAdmin(ctx context.Context, who actor.Actor, f FirstAdmin) (Outcome, error) {
	if err := s.SetupOpen(ctx, f.Token); err != nil {
		return Outcome{}, err
	}
	login := cleanLogin(f.Login)
	if len(login) < 3 || len(login) > 60 || !loginForm.MatchString(login) {
		return Outcome{}, fault.Input("iam.input", fault.Field{Path: "login", Key: "iam.login_form"})
	}
	if err := CheckPassword(f.Password, login); err != nil {
		return Outcome{}, err
	}
	hash, err := s.hash(ctx, f.Password)
	if err != nil {
		return Outcome{}, err
	}
	person, err := s.adminPerson(ctx, f.Name)
	if err != nil {
		return Outcome{}, err
	}
	p, err := s.Org.Person(ctx, person)
	if err != nil {
		return Outcome{}, err
	}
	a := Account{ID: s.IDs.New(), Kind: Staff, Login: login, Name: p.Name, Person: person, Status: Active, Created: s.Now(), password: hash}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("DELETE FROM iam_setup WHERE hash = $1 AND expires > $2", secretHash(f.Token), db.Micros(s.Now()))
		if err != nil {
			return err
		}
		staff, err := countStaff(tx)
		if err != nil {
			return err
		}
		if n == 0 || staff > 0 {
			return fault.New(fault.NotFound, "iam.setup_void")
		}
		if _, err := tx.Exec("DELETE FROM iam_setup"); err != nil {
			return err
		}
		if err := insertAccount(tx, a); err != nil {
			return err
		}
		as := who
		as.Kind, as.Account = actor.Staff, a.ID
		return s.Ledger.Record(tx, as, "iam.setup.admin", "iam.account", a.ID, map[string]any{"person": person, "login": login})
	})
	if err != nil {
		return Outcome{}, err
	}
	return s.enter(ctx, who, a, "setup", Device{UA: f.UA}, nil)
}

// adminPerson makes the person and gives him the position. The organisation is another module, so
// this is not one transaction with the account; repeated after a crash it leaves at most a person
// without an account.
func (s *Service) adminPerson(ctx context.Context, name string) (id.ID, error) {
	t, err := s.Org.Tree(ctx)
	if err != nil {
		return id.ID{}, err
	}
	if len(t.Roots()) == 0 {
		return id.ID{}, fault.New(fault.Conflict, "iam.setup_no_tree")
	}
	as := actor.System("setup")
	pos, err := s.Org.PositionByKey(ctx, setupKey)
	if fault.KindOf(err) == fault.NotFound {
		pos.ID, err = s.Org.AddPosition(ctx, as, org.NewPosition{Key: setupKey, Unit: t.Roots()[0].ID,
			Title: "Quản trị hệ thống toàn tỉnh", Roles: []string{"province_admin"}, From: t.On})
	}
	if err != nil {
		return id.ID{}, err
	}
	person, err := s.Org.AddPerson(ctx, as, name)
	if err != nil {
		return id.ID{}, err
	}
	return person, s.Org.Assign(ctx, as, org.Assignment{Person: person, Position: pos.ID, From: t.On})
}

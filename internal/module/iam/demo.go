package iam

import (
	"bytes"
	"context"
	"encoding/json"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/org"
)

// DemoAccount is an account of the demo world, for printing.
type DemoAccount struct {
	Login string // an official's
	Phone string // a citizen's
	Name  string
	Title string   // of the first position
	Unit  string   // where it is
	Roles []string // of all positions
}

type demoFile struct {
	Demo      bool   `json:"demo"`
	Note      string `json:"note"`
	Positions []struct {
		Key   string   `json:"key"`
		Unit  string   `json:"unit"`
		Title string   `json:"title"`
		Roles []string `json:"roles"`
	} `json:"positions"`
	People []struct {
		Login     string   `json:"login"`
		Name      string   `json:"name"`
		Positions []string `json:"positions"`
	} `json:"people"`
	Citizens []struct {
		Name      string     `json:"name"`
		Phone     string     `json:"phone"`
		Email     string     `json:"email"`
		CCCD      string     `json:"cccd"`
		BirthDate civil.Date `json:"birth_date"`
		Sex       string     `json:"sex"`
		Address   string     `json:"address"`
		Verified  bool       `json:"verified"`
	} `json:"citizens"`
}

// ImportDemo loads invented people (packs/<name>/demo/people.json) with accounts, all officials
// with the given password, and returns them for printing. Run again it adds what is missing and
// leaves the rest as it is. Only `demo` calls it.
func (s *Service) ImportDemo(ctx context.Context, peopleJSON []byte, password string) ([]DemoAccount, error) {
	var f demoFile
	dec := json.NewDecoder(bytes.NewReader(peopleJSON))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "iam.demo_unreadable", "why", err.Error())
	}
	if !f.Demo {
		return nil, fault.New(fault.Invalid, "iam.demo_only") // nobody loads real people by this door
	}
	t, err := s.Org.Tree(ctx)
	if err != nil {
		return nil, err
	}
	// One hash for all of them: the password is printed on the screen anyway, and forty hashes
	// would make the start wait.
	hash, err := s.hash(ctx, password)
	if err != nil {
		return nil, err
	}
	positions := map[string]org.Position{}
	for _, p := range f.Positions {
		got, err := s.demoPosition(ctx, t, p.Key, p.Unit, p.Title, p.Roles)
		if err != nil {
			return nil, err
		}
		positions[p.Key] = got
	}
	var out []DemoAccount
	for _, p := range f.People {
		d := DemoAccount{Login: p.Login, Name: p.Name}
		var held []org.Position
		for _, k := range p.Positions {
			pos, ok := positions[k]
			if !ok {
				return nil, fault.New(fault.Invalid, "iam.demo_position", "key", k)
			}
			held = append(held, pos)
			if u, ok := t.Unit(pos.Unit); ok && d.Title == "" {
				d.Title, d.Unit = pos.Title, t.Agency(u.ID).Label()
			}
		}
		d.Roles = rolesOf(asHoldings(held))
		if err := s.demoOfficial(ctx, t, p.Login, p.Name, hash, held); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	for _, c := range f.Citizens {
		if err := s.demoCitizen(ctx, c.Phone, c.Email, Identity{DocKind: "cccd", DocNumber: c.CCCD, Name: c.Name, BirthDate: &c.BirthDate}, c.Verified); err != nil {
			return nil, err
		}
		out = append(out, DemoAccount{Phone: c.Phone, Name: c.Name})
	}
	return out, nil
}

func asHoldings(ps []org.Position) (out []org.Holding) {
	for _, p := range ps {
		out = append(out, org.Holding{Position: p})
	}
	return out
}

func (s *Service) demoPosition(ctx context.Context, t *org.Tree, key, unit, title string, roles []string) (org.Position, error) {
	p, err := s.Org.PositionByKey(ctx, key)
	if err == nil || fault.KindOf(err) != fault.NotFound {
		return p, err
	}
	u, ok := t.ByKey(unit)
	if !ok {
		return p, fault.New(fault.Invalid, "iam.demo_unit", "key", unit)
	}
	// From the unit's first day on, so that journeys can be played at any date.
	pid, err := s.Org.AddPosition(ctx, actor.System("demo"), org.NewPosition{Key: key, Unit: u.ID, Title: title, Roles: roles, From: u.From})
	if err != nil {
		return p, err
	}
	return s.Org.Position(ctx, pid)
}

func (s *Service) demoOfficial(ctx context.Context, t *org.Tree, login, name, hash string, held []org.Position) error {
	as := actor.System("demo")
	a, err := findAccount(s.DB.Read(ctx), "a.login = $1", login)
	if fault.KindOf(err) == fault.NotFound {
		person, err := s.Org.AddPerson(ctx, as, name)
		if err != nil {
			return err
		}
		a = Account{ID: s.IDs.New(), Kind: Staff, Login: login, Name: name, Person: person, Status: Active, Created: s.Now(), password: hash}
		if err := s.storeStaff(ctx, as, a); err != nil {
			return err
		}
	} else if err != nil {
		return unreadable(err)
	}
	has := map[id.ID]bool{}
	tenures, err := s.Org.Tenures(ctx, a.Person)
	if err != nil {
		return err
	}
	for _, h := range tenures {
		has[h.Position.ID] = true
	}
	for _, p := range held {
		if has[p.ID] {
			continue
		}
		if err := s.Org.Assign(ctx, as, org.Assignment{Person: a.Person, Position: p.ID, From: p.From}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) demoCitizen(ctx context.Context, phone, email string, d Identity, verified bool) error {
	_, err := findAccount(s.DB.Read(ctx), "a.kind = 'citizen' AND a.phone = $1", phone)
	if err == nil || fault.KindOf(err) != fault.NotFound {
		return unreadable(err)
	}
	a := Account{ID: s.IDs.New(), Kind: Citizen, Phone: phone, Email: email, Name: d.Name, Status: Active, Created: s.Now()}
	if err := s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := insertAccount(tx, a); err != nil {
			return err
		}
		return s.Ledger.Record(tx, actor.System("demo"), "iam.account.open", "iam.account", a.ID, nil)
	}); err != nil {
		return err
	}
	if verified {
		return s.LinkVerified(ctx, actor.System("demo"), a.ID, d)
	}
	return s.Declare(ctx, actor.Actor{Kind: actor.Citizen, Account: a.ID}, d)
}

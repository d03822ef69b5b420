package iam

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/base64"
	"slices"
	"strings"
	"unicode/utf8"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
	"lienthong/internal/module/org"
)

// AccountFilter says which accounts a list shows, in the order of Vietnamese names.
type AccountFilter struct {
	Kind   AccountKind // Staff if empty
	Query  string      // words of the name with or without marks, or the start of a login, number or address
	Status string      // Active, Locked or "" for both
	After  string      // the cursor of the page before
	Limit  int         // 1 to 200; 0 means 50
}

// Page is one page of accounts.
type Page struct {
	Accounts []Account
	Holdings map[id.ID][]org.Holding // by person
	Next     string                  // cursor of the next page, "" on the last one
}

// Accounts returns the accounts the actor manages.
func (s *Service) Accounts(ctx context.Context, who actor.Actor, f AccountFilter) (Page, error) {
	if !who.May(IAMEdit) {
		return Page{}, fault.New(fault.Forbidden, "iam.may_not")
	}
	if f.Kind == "" {
		f.Kind = Staff
	}
	if f.Limit < 1 || f.Limit > 200 {
		f.Limit = 50
	}
	t, err := s.Org.Tree(ctx)
	if err != nil {
		return Page{}, err
	}
	units, all := managedUnits(who, t)
	if !all && f.Kind != Staff {
		return Page{}, nil
	}
	where, args, err := f.where()
	if err != nil {
		return Page{}, err
	}
	var list []Account
	if all {
		list, err = db.Collect[Account](s.DB.Read(ctx).Query("SELECT "+accountCols+" FROM iam_account a WHERE "+where+
			" ORDER BY a.sort_key, a.id LIMIT "+args.Add(f.Limit+1), args...))(rowAccount)
	} else {
		list, err = s.inUnits(ctx, who, t, units, f)
	}
	if err != nil {
		return Page{}, unreadable(err)
	}
	p := Page{Accounts: list}
	if len(list) > f.Limit {
		p.Accounts = list[:f.Limit]
		last := p.Accounts[f.Limit-1]
		p.Next = cursor(text.SortName(last.Name), last.ID)
	}
	var people []id.ID
	for _, a := range p.Accounts {
		if !a.Person.Zero() {
			people = append(people, a.Person)
		}
	}
	p.Holdings, err = s.Org.HoldingsFrom(ctx, people, t.On)
	return p, err
}

// inUnits returns the accounts of people who work in the units and are within the actor's reach.
// An agency's administrator manages some hundreds of people at most, so they are all looked at.
func (s *Service) inUnits(ctx context.Context, who actor.Actor, t *org.Tree, units []id.ID, f AccountFilter) ([]Account, error) {
	var people []id.ID
	for after := ""; ; {
		ps, err := s.Org.People(ctx, org.PeopleFilter{Units: units, On: t.On, After: after, Limit: 200})
		if err != nil {
			return nil, err
		}
		for _, p := range ps {
			people = append(people, p.ID)
		}
		if len(ps) < 200 {
			break
		}
		after = ps[len(ps)-1].Cursor()
	}
	held, err := s.Org.HoldingsFrom(ctx, people, t.On)
	if err != nil {
		return nil, err
	}
	people = slices.DeleteFunc(people, func(p id.ID) bool { return !reach(who, Staff, t, held[p]) })
	var out []Account
	for part := range slices.Chunk(people, 500) {
		where, args, err := f.where()
		if err != nil {
			return nil, err
		}
		as, err := db.Collect[Account](s.DB.Read(ctx).Query("SELECT "+accountCols+" FROM iam_account a WHERE "+where+
			" AND a.person_id IN "+args.In(part)+" ORDER BY a.sort_key, a.id LIMIT "+args.Add(f.Limit+1), args...))(rowAccount)
		if err != nil {
			return nil, err
		}
		out = append(out, as...)
	}
	slices.SortFunc(out, func(a, b Account) int {
		return cmp.Or(cmp.Compare(text.SortName(a.Name), text.SortName(b.Name)), slices.Compare(a.ID[:], b.ID[:]))
	})
	return out[:min(len(out), f.Limit+1)], nil
}

func (f AccountFilter) where() (string, db.Args, error) {
	var a db.Args
	parts := []string{"a.kind = " + a.Add(string(f.Kind))}
	if f.Status == Active || f.Status == Locked {
		parts = append(parts, "a.status = "+a.Add(f.Status))
	}
	if q := text.Line(f.Query); q != "" {
		var words []string
		for _, w := range strings.Fields(text.Fold(q)) {
			words = append(words, "a.name_fold LIKE "+a.Add("%"+w+"%"))
		}
		start := a.Add(likeStart(strings.ToLower(q)))
		cond := "a.login LIKE " + start + ` ESCAPE '\' OR a.email LIKE ` + start + ` ESCAPE '\'`
		if d := text.Digits(q); len(d) >= 4 {
			cond += " OR a.phone LIKE " + a.Add("%"+d+"%")
		}
		if len(words) > 0 {
			cond += " OR (" + strings.Join(words, " AND ") + ")"
		}
		parts = append(parts, "("+cond+")")
	}
	if f.After != "" {
		key, i, err := parseCursor(f.After)
		if err != nil {
			return "", nil, err
		}
		parts = append(parts, "(a.sort_key, a.id) > ("+a.Add(key)+", "+a.Add(i)+")")
	}
	return strings.Join(parts, " AND "), a, nil
}

// likeStart returns a pattern for texts that begin with s, whatever signs s has.
func likeStart(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s) + "%"
}

// Names returns the names that accounts show to colleagues: history and worklists hold identifiers
// and ask for the names when they are read. Unknown accounts are left out.
func (s *Service) Names(ctx context.Context, accounts []id.ID) (map[id.ID]string, error) {
	out := make(map[id.ID]string, len(accounts))
	for part := range slices.Chunk(accounts, 500) {
		var a db.Args
		type row struct {
			id   id.ID
			name string
		}
		rows, err := db.Collect[row](s.DB.Read(ctx).Query("SELECT a.id, a.name FROM iam_account a WHERE a.id IN "+a.In(part), a...))(
			func(r *sql.Rows) (x row, err error) { return x, r.Scan(&x.id, &x.name) })
		if err != nil {
			return nil, unreadable(err)
		}
		for _, x := range rows {
			out[x.id] = x.name
		}
	}
	return out, nil
}

// Contact returns the number and address of a citizen's account, for notifications.
func (s *Service) Contact(ctx context.Context, account id.ID) (phone, email string, err error) {
	a, err := findAccount(s.DB.Read(ctx), "a.id = $1", account)
	return a.Phone, a.Email, unreadable(err)
}

// Colleague is an official who can be given work: an account in a position.
type Colleague struct {
	Account id.ID    `json:"account"`
	Person  id.ID    `json:"person"`
	Name    string   `json:"name"`
	Unit    id.ID    `json:"unit"`
	Title   string   `json:"title"`
	Roles   []string `json:"roles"`
}

// Colleagues returns the officials with an active account who hold a position with the role (any
// if "") in one of the units today, by name.
func (s *Service) Colleagues(ctx context.Context, units []id.ID, role string) ([]Colleague, error) {
	holders, err := s.Org.Holders(ctx, units, role, civil.From(s.Now()))
	if err != nil {
		return nil, err
	}
	var people []id.ID
	for _, h := range holders {
		people = append(people, h.Person.ID)
	}
	slices.SortFunc(people, func(a, b id.ID) int { return slices.Compare(a[:], b[:]) })
	people = slices.Compact(people)
	account := map[id.ID]id.ID{}
	for part := range slices.Chunk(people, 500) {
		var a db.Args
		in := a.In(part)
		rows, err := db.Collect[[2]id.ID](s.DB.Read(ctx).Query("SELECT a.person_id, a.id FROM iam_account a WHERE a.status = 'active' AND a.person_id IN "+in, a...))(
			func(r *sql.Rows) (x [2]id.ID, err error) { return x, r.Scan(&x[0], &x[1]) })
		if err != nil {
			return nil, unreadable(err)
		}
		for _, x := range rows {
			account[x[0]] = x[1]
		}
	}
	out := []Colleague{}
	for _, h := range holders {
		if a, ok := account[h.Person.ID]; ok {
			out = append(out, Colleague{a, h.Person.ID, h.Person.Name, h.Position.Unit, h.Position.Title, h.Position.Roles})
		}
	}
	return out, nil
}

// AccountByLogin returns the official's account with the login, for whoever reads the ledger or
// manages accounts everywhere.
func (s *Service) AccountByLogin(ctx context.Context, who actor.Actor, login string) (id.ID, error) {
	_, ledger := who.Agencies(LedgerRead)
	_, manage := who.Agencies(IAMEdit)
	if !ledger && !manage {
		return id.ID{}, fault.New(fault.Forbidden, "iam.may_not")
	}
	a, err := findAccount(s.DB.Read(ctx), "a.login = $1", cleanLogin(login))
	return a.ID, unreadable(err)
}

// cursor marks a row's place in a list by its sort key and identifier. It says where a list goes
// on, never what may be seen.
func cursor(key string, row id.ID) string {
	return base64.RawURLEncoding.EncodeToString(append(row[:], key...))
}

func parseCursor(s string) (key string, row id.ID, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) < len(row) || !utf8.Valid(b[len(row):]) || len(b) > 1000 {
		return "", row, fault.New(fault.Invalid, "iam.cursor")
	}
	return string(b[copy(row[:], b):]), row, nil
}

package org

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"unicode/utf8"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// Assignment gives a person a position for a period.
type Assignment struct {
	Person   id.ID       `json:"person"`
	Position id.ID       `json:"position"`
	From     civil.Date  `json:"from"`
	To       *civil.Date `json:"to,omitempty"` // the first day the person no longer holds it; none means open
}

// Holder is a person in a position.
type Holder struct {
	Person Person
	Holding
}

// PeopleFilter says which people a list shows. The list is in the order of Vietnamese names.
type PeopleFilter struct {
	Query      string     // words of the name, with or without marks
	Units      []id.ID    // only those who hold a position in one of these; nil means no such limit
	Unassigned bool       // with Units: also those who hold nothing on the day
	On         civil.Date // the day that counts
	After      string     // the Cursor of the last person of the page before
	Limit      int        // 1 to 500; 0 means 50
}

// AddPerson adds a person who holds no position yet. Whoever may edit any agency may add people.
func (s *Service) AddPerson(ctx context.Context, who actor.Actor, name string) (id.ID, error) {
	name, err := checkName(name)
	if err != nil {
		return id.ID{}, err
	}
	if !who.May(PermEdit) {
		return id.ID{}, fault.New(fault.Forbidden, "org.may_not_edit")
	}
	p := s.IDs.New()
	return p, s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("INSERT INTO org_person (id, name, name_fold, sort_key, created, version) VALUES ($1, $2, $3, $4, $5, 1)",
			p, name, text.Fold(name), text.SortName(name), db.Micros(s.Now())); err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, "org.person.add", "org.person", p, map[string]any{"name": name})
	})
}

// RenamePerson corrects a person's name; the actor must be allowed to edit every agency at which
// the person holds something now or later.
func (s *Service) RenamePerson(ctx context.Context, who actor.Actor, person id.ID, version int64, name string) error {
	name, err := checkName(name)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *db.Tx, w *world) error {
		if !who.May(PermEdit) {
			return fault.New(fault.Forbidden, "org.may_not_edit")
		}
		today := s.Today()
		held, err := queryHoldings(tx, "h.person_id = $1 AND (h.valid_to IS NULL OR h.valid_to > $2)", person, today)
		if err != nil {
			return err
		}
		for _, h := range held {
			if err := w.mayEdit(who, h.Position.Unit, today); err != nil {
				return err
			}
		}
		n, err := tx.Exec(`UPDATE org_person SET name = $3, name_fold = $4, sort_key = $5, version = version + 1
			WHERE id = $1 AND version = $2`, person, version, name, text.Fold(name), text.SortName(name))
		if err != nil {
			return err
		}
		if n == 0 {
			return s.missingOrChanged(tx, person)
		}
		return s.Ledger.Record(tx, who, "org.person.rename", "org.person", person, map[string]any{"name": name})
	})
}

func (s *Service) missingOrChanged(q db.Q, person id.ID) error {
	var n int
	if err := q.QueryRow("SELECT count(*) FROM org_person WHERE id = $1", person).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.NotFound, "org.person_unknown")
	}
	return fault.New(fault.Conflict, "org.changed_meanwhile")
}

// Assign gives a person a position for a period within the position's own. The same person cannot
// hold the same position twice at a time; several people may hold one position.
func (s *Service) Assign(ctx context.Context, who actor.Actor, a Assignment) error {
	if a.To != nil && *a.To <= a.From {
		return fault.Input("org.input", fault.Field{Path: "to", Key: "org.to_before_from"})
	}
	return s.write(ctx, func(tx *db.Tx, w *world) error {
		p, err := s.positionFor(tx, w, who, a.Position, a.From)
		if err != nil {
			return err
		}
		if err := mayGive(who, s.Roles, p.Roles); err != nil {
			return err
		}
		a := a
		if a.To == nil {
			a.To = p.To
		}
		if !within(a.From, a.To, p.From, p.To) || p.To != nil && a.From >= *p.To {
			return fault.Input("org.input", fault.Field{Path: "from", Key: "org.outside_position", Args: fault.Args("date", p.From)})
		}
		var n int
		if err := tx.QueryRow("SELECT count(*) FROM org_person WHERE id = $1", a.Person).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "org.person_unknown")
		}
		held, err := queryHoldings(tx, "h.person_id = $1 AND h.position_id = $2", a.Person, a.Position)
		if err != nil {
			return err
		}
		for _, h := range held {
			if overlap(a.From, a.To, h.From, h.To) {
				return fault.New(fault.Conflict, "org.holds_already", "date", h.From)
			}
		}
		if _, err := tx.Exec("INSERT INTO org_holding (person_id, position_id, valid_from, valid_to) VALUES ($1, $2, $3, $4)",
			a.Person, a.Position, a.From, a.To); err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, "org.holding.begin", "org.position", a.Position, a)
	})
}

// EndHolding ends a person's tenure: the given day is the first on which it no longer counts. A
// tenure that would end before it began is taken back whole; the ledger still shows both acts.
func (s *Service) EndHolding(ctx context.Context, who actor.Actor, person, position id.ID, on civil.Date) error {
	return s.write(ctx, func(tx *db.Tx, w *world) error {
		p, err := s.positionFor(tx, w, who, position, on)
		if err != nil {
			return err
		}
		if err := mayGive(who, s.Roles, p.Roles); err != nil {
			return err
		}
		held, err := queryHoldings(tx, "h.person_id = $1 AND h.position_id = $2 AND (h.valid_to IS NULL OR h.valid_to > $3)", person, position, on)
		if err != nil {
			return err
		}
		if len(held) == 0 {
			return fault.New(fault.NotFound, "org.holds_not")
		}
		for _, h := range held {
			q := "UPDATE org_holding SET valid_to = $4 WHERE person_id = $1 AND position_id = $2 AND valid_from = $3"
			args := []any{person, position, h.From, on}
			if h.From >= on {
				q, args = "DELETE FROM org_holding WHERE person_id = $1 AND position_id = $2 AND valid_from = $3", args[:3]
			}
			if _, err := tx.Exec(q, args...); err != nil {
				return err
			}
		}
		return s.Ledger.Record(tx, who, "org.holding.end", "org.position", position, map[string]any{"person": person, "on": on})
	})
}

// positionFor is openPosition for acts that leave the position itself as it is, so its version
// does not matter.
func (s *Service) positionFor(tx *db.Tx, w *world, who actor.Actor, position id.ID, on civil.Date) (Position, error) {
	p, err := scanPosition(tx.QueryRow("SELECT "+positionCols+" FROM org_position p WHERE p.id = $1", position))
	if db.Missing(err) {
		return p, fault.New(fault.NotFound, "org.position_unknown")
	}
	if err != nil {
		return p, err
	}
	return p, w.mayEdit(who, p.Unit, on)
}

// Holdings returns what the person holds on the day, the longest held first.
func (s *Service) Holdings(ctx context.Context, person id.ID, on civil.Date) ([]Holding, error) {
	return s.holdings(ctx, on, "h.person_id = $1 AND h.valid_from <= $2 AND (h.valid_to IS NULL OR h.valid_to > $2)", person, on)
}

// Tenures returns everything the person ever held or will hold, by first day.
func (s *Service) Tenures(ctx context.Context, person id.ID) ([]Holding, error) {
	return s.holdings(ctx, s.Today(), "h.person_id = $1", person)
}

// HoldingsFrom returns, for each of the people, what they hold on the day or will hold later.
func (s *Service) HoldingsFrom(ctx context.Context, people []id.ID, on civil.Date) (map[id.ID][]Holding, error) {
	var a db.Args
	day := a.Add(on)
	hs, err := s.holdings(ctx, on, "(h.valid_to IS NULL OR h.valid_to > "+day+") AND h.person_id IN "+a.In(people), a...)
	out := make(map[id.ID][]Holding, len(people))
	for _, h := range hs {
		out[h.Person] = append(out[h.Person], h)
	}
	return out, err
}

func (s *Service) holdings(ctx context.Context, on civil.Date, where string, args ...any) ([]Holding, error) {
	t, err := s.TreeOn(ctx, on)
	if err != nil {
		return nil, err
	}
	hs, err := queryHoldings(s.DB.Read(ctx), where, args...)
	if err != nil {
		return nil, outOfReach(err)
	}
	for i := range hs {
		hs[i].Unit, _ = t.Unit(hs[i].Position.Unit)
	}
	return hs, nil
}

// Holders returns who holds a position in one of the units on the day, by name. A role other than
// "" keeps only positions that have it.
func (s *Service) Holders(ctx context.Context, units []id.ID, role string, on civil.Date) ([]Holder, error) {
	t, err := s.TreeOn(ctx, on)
	if err != nil {
		return nil, err
	}
	var a db.Args
	day := a.Add(on)
	all, err := db.Collect[Holder](s.DB.Read(ctx).Query("SELECT e.name, e.version, "+holdingCols+` FROM org_holding h
		JOIN org_position p ON p.id = h.position_id JOIN org_person e ON e.id = h.person_id
		WHERE h.valid_from <= `+day+" AND (h.valid_to IS NULL OR h.valid_to > "+day+") AND p.unit_id IN "+a.In(units)+
		" ORDER BY e.sort_key, e.id, p.title", a...))(func(r *sql.Rows) (h Holder, err error) {
		var roles string
		err = r.Scan(append([]any{&h.Person.Name, &h.Person.Version, &h.Holding.Person, &h.From, &h.To}, positionInto(&h.Position, &roles)...)...)
		if err != nil {
			return h, err
		}
		h.Person.ID = h.Holding.Person
		return h, db.FromJSON(roles, &h.Position.Roles)
	})
	if err != nil {
		return nil, outOfReach(err)
	}
	out := all[:0]
	for _, h := range all {
		if role != "" && !slices.Contains(h.Position.Roles, role) {
			continue
		}
		h.Unit, _ = t.Unit(h.Position.Unit)
		out = append(out, h)
	}
	return out, nil
}

// Person returns one person.
func (s *Service) Person(ctx context.Context, person id.ID) (Person, error) {
	p := Person{ID: person}
	err := s.DB.Read(ctx).QueryRow("SELECT name, version FROM org_person WHERE id = $1", person).Scan(&p.Name, &p.Version)
	if db.Missing(err) {
		return p, fault.New(fault.NotFound, "org.person_unknown")
	}
	return p, outOfReach(err)
}

// Cursor marks the person's place in a list, for PeopleFilter.After.
func (p Person) Cursor() string { return text.SortName(p.Name) + "|" + p.ID.String() }

// People returns a page of people.
func (s *Service) People(ctx context.Context, f PeopleFilter) ([]Person, error) {
	where, args, err := f.where()
	if err != nil {
		return nil, err
	}
	limit := f.Limit
	if limit < 1 || limit > 500 {
		limit = 50
	}
	ps, err := db.Collect[Person](s.DB.Read(ctx).Query("SELECT e.id, e.name, e.version FROM org_person e WHERE "+where+
		" ORDER BY e.sort_key, e.id LIMIT "+args.Add(limit), args...))(func(r *sql.Rows) (p Person, err error) {
		return p, r.Scan(&p.ID, &p.Name, &p.Version)
	})
	return ps, outOfReach(err)
}

func (f PeopleFilter) where() (string, db.Args, error) {
	var a db.Args
	parts := []string{"1 = 1"}
	for _, w := range strings.Fields(text.Fold(f.Query)) {
		parts = append(parts, "e.name_fold LIKE "+a.Add("%"+w+"%")) // folded words hold no % or _
	}
	if f.Units != nil {
		day := a.Add(f.On)
		open := "SELECT 1 FROM org_holding h JOIN org_position p ON p.id = h.position_id WHERE h.person_id = e.id AND (h.valid_to IS NULL OR h.valid_to > " + day + ")"
		cond := "EXISTS (" + open + " AND p.unit_id IN " + a.In(f.Units) + ")"
		if f.Unassigned {
			cond = "(" + cond + " OR NOT EXISTS (" + open + "))"
		}
		parts = append(parts, cond)
	}
	if f.After != "" {
		key, last, ok := strings.Cut(f.After, "|")
		p, err := id.Parse(last)
		if !ok || err != nil {
			return "", nil, fault.New(fault.Invalid, "org.cursor")
		}
		parts = append(parts, "(e.sort_key, e.id) > ("+a.Add(key)+", "+a.Add(p)+")")
	}
	return strings.Join(parts, " AND "), a, nil
}

func checkName(name string) (string, error) {
	name = text.Line(name)
	if name == "" {
		return "", fault.Input("org.input", fault.Field{Path: "name", Key: "org.person_name_missing"})
	}
	if utf8.RuneCountInString(name) > maxName {
		return "", fault.Input("org.input", fault.Field{Path: "name", Key: "org.name_long", Args: fault.Args("max", maxName)})
	}
	return name, nil
}

// Seen returns a person with everything held, if the actor may see him: somebody who edits an
// agency sees who works in it now or will, and whoever works nowhere, because he may assign him.
func (s *Service) Seen(ctx context.Context, who actor.Actor, person id.ID) (Person, []Holding, error) {
	p, err := s.Person(ctx, person)
	if err != nil {
		return p, nil, err
	}
	held, err := s.Tenures(ctx, person)
	if err != nil {
		return p, nil, err
	}
	t, err := s.Tree(ctx)
	if err != nil {
		return p, nil, err
	}
	_, seen := who.Agencies(PermEdit)
	free := true
	for _, h := range held {
		if h.To == nil || *h.To > t.On {
			free = false
			seen = seen || MayEdit(who, t, h.Position.Unit)
		}
	}
	if !seen && !(free && who.May(PermEdit)) {
		return Person{}, nil, fault.New(fault.NotFound, "org.person_unknown")
	}
	return p, held, nil
}

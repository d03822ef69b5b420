package org

import (
	"context"
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

// NewPosition is a position to be added. Key may be empty.
type NewPosition struct {
	Key   string     `json:"key,omitempty"`
	Unit  id.ID      `json:"unit"`
	Title string     `json:"title"`
	Roles []string   `json:"roles"`
	From  civil.Date `json:"from"`
}

// PositionChange gives a position a new title and new roles from a day on.
type PositionChange struct {
	Position id.ID      `json:"position"`
	Version  int64      `json:"version"`
	From     civil.Date `json:"from"`
	Title    string     `json:"title"`
	Roles    []string   `json:"roles"`
}

// AddPosition adds a position to a unit from a day on.
func (s *Service) AddPosition(ctx context.Context, who actor.Actor, n NewPosition) (id.ID, error) {
	n.Title, n.Roles = text.Line(n.Title), roleSet(n.Roles)
	if err := checkTitle(n.Title); err != nil {
		return id.ID{}, err
	}
	if err := mayGive(who, s.Roles, n.Roles); err != nil {
		return id.ID{}, err
	}
	p := Position{ID: s.IDs.New(), Key: n.Key, Unit: n.Unit, Title: n.Title, Roles: n.Roles, From: n.From}
	return p.ID, s.write(ctx, func(tx *db.Tx, w *world) error {
		h := w.units[n.Unit]
		if h == nil {
			return fault.New(fault.NotFound, "org.unit_unknown")
		}
		if err := w.mayEdit(who, n.Unit, n.From); err != nil {
			return err
		}
		p := p
		first, last := h.life()
		p.To = last
		if !within(p.From, p.To, first, last) || last != nil && p.From >= *last {
			return fault.New(fault.Conflict, "org.not_valid_then", "date", n.From)
		}
		if err := insertPosition(tx, p); err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, "org.position.add", "org.position", p.ID, n)
	})
}

// ChangePosition gives a position a new title and roles. From a later day than its first, the old
// position ends and a new one begins to which its holders move, so that what somebody was allowed
// on an earlier day stays on record. It returns the identifier that is valid from the day on.
func (s *Service) ChangePosition(ctx context.Context, who actor.Actor, c PositionChange) (id.ID, error) {
	c.Title, c.Roles = text.Line(c.Title), roleSet(c.Roles)
	if err := checkTitle(c.Title); err != nil {
		return id.ID{}, err
	}
	if err := mayGive(who, s.Roles, c.Roles); err != nil {
		return id.ID{}, err
	}
	next := s.IDs.New()
	out := next
	err := s.write(ctx, func(tx *db.Tx, w *world) error {
		out = next
		p, err := openPosition(tx, w, who, c.Position, c.Version, c.From)
		if err != nil {
			return err
		}
		if err := mayGive(who, s.Roles, p.Roles); err != nil { // a wide position is not emptied from below either
			return err
		}
		if !covers(p.From, p.To, c.From) {
			return fault.New(fault.Conflict, "org.not_valid_then", "date", c.From)
		}
		if c.From == p.From {
			out = p.ID
			if _, err := tx.Exec("UPDATE org_position SET title = $2, roles = $3, version = version + 1 WHERE id = $1",
				p.ID, c.Title, db.JSON(c.Roles)); err != nil {
				return err
			}
		} else if err := splitPosition(tx, p, Position{ID: next, Key: p.Key, Unit: p.Unit, Title: c.Title, Roles: c.Roles, From: c.From, To: p.To}); err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, "org.position.change", "org.position", c.Position, c)
	})
	return out, err
}

// splitPosition ends p where n begins and moves the tenures that reach over that day.
func splitPosition(tx *db.Tx, p, n Position) error {
	if _, err := tx.Exec("UPDATE org_position SET valid_to = $2, key = NULL, version = version + 1 WHERE id = $1", p.ID, n.From); err != nil {
		return err
	}
	if err := insertPosition(tx, n); err != nil {
		return err
	}
	held, err := queryHoldings(tx, "h.position_id = $1 AND (h.valid_to IS NULL OR h.valid_to > $2)", p.ID, n.From)
	if err != nil {
		return err
	}
	for _, h := range held {
		if h.From >= n.From {
			if _, err := tx.Exec("UPDATE org_holding SET position_id = $4 WHERE person_id = $1 AND position_id = $2 AND valid_from = $3",
				h.Person, p.ID, h.From, n.ID); err != nil {
				return err
			}
			continue
		}
		if _, err := tx.Exec("UPDATE org_holding SET valid_to = $4 WHERE person_id = $1 AND position_id = $2 AND valid_from = $3",
			h.Person, p.ID, h.From, n.From); err != nil {
			return err
		}
		if _, err := tx.Exec("INSERT INTO org_holding (person_id, position_id, valid_from, valid_to) VALUES ($1, $2, $3, $4)",
			h.Person, n.ID, n.From, h.To); err != nil {
			return err
		}
	}
	return nil
}

// ClosePosition ends a position: the given day is the first on which it is no more. Somebody who
// holds it on or after that day forbids it.
func (s *Service) ClosePosition(ctx context.Context, who actor.Actor, position id.ID, version int64, on civil.Date) error {
	return s.write(ctx, func(tx *db.Tx, w *world) error {
		p, err := openPosition(tx, w, who, position, version, on)
		if err != nil {
			return err
		}
		if err := mayGive(who, s.Roles, p.Roles); err != nil {
			return err
		}
		if on <= p.From {
			return fault.New(fault.Invalid, "org.close_before_start", "date", p.From)
		}
		if p.To != nil && *p.To <= on {
			return fault.New(fault.Conflict, "org.closed_already", "date", *p.To)
		}
		held, err := queryHoldings(tx, "h.position_id = $1 AND (h.valid_to IS NULL OR h.valid_to > $2)", position, on)
		if err != nil {
			return err
		}
		if len(held) > 0 {
			return fault.New(fault.Conflict, "org.open_holdings", "n", len(held))
		}
		if _, err := tx.Exec("UPDATE org_position SET valid_to = $2, version = version + 1 WHERE id = $1", position, on); err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, "org.position.close", "org.position", position, map[string]any{"on": on})
	})
}

// Positions returns the positions of the units that are valid on the day or begin later, by unit
// and title.
func (s *Service) Positions(ctx context.Context, units []id.ID, on civil.Date) ([]Position, error) {
	var a db.Args
	day := a.Add(on)
	ps, err := db.Collect[Position](s.DB.Read(ctx).Query("SELECT "+positionCols+" FROM org_position p WHERE (p.valid_to IS NULL OR p.valid_to > "+
		day+") AND p.unit_id IN "+a.In(units)+" ORDER BY p.unit_id, p.title, p.id", a...))(rowPosition)
	return ps, outOfReach(err)
}

// Position returns one position.
func (s *Service) Position(ctx context.Context, position id.ID) (Position, error) {
	p, err := scanPosition(s.DB.Read(ctx).QueryRow("SELECT "+positionCols+" FROM org_position p WHERE p.id = $1", position))
	if db.Missing(err) {
		return p, fault.New(fault.NotFound, "org.position_unknown")
	}
	return p, outOfReach(err)
}

// PositionByKey returns the position with the stable key.
func (s *Service) PositionByKey(ctx context.Context, key string) (Position, error) {
	p, err := scanPosition(s.DB.Read(ctx).QueryRow("SELECT "+positionCols+" FROM org_position p WHERE p.key = $1", key))
	if db.Missing(err) {
		return p, fault.New(fault.NotFound, "org.position_unknown")
	}
	return p, outOfReach(err)
}

func openPosition(tx *db.Tx, w *world, who actor.Actor, position id.ID, version int64, on civil.Date) (Position, error) {
	p, err := scanPosition(tx.QueryRow("SELECT "+positionCols+" FROM org_position p WHERE p.id = $1", position))
	if db.Missing(err) {
		return p, fault.New(fault.NotFound, "org.position_unknown")
	}
	if err != nil {
		return p, err
	}
	if err := w.mayEdit(who, p.Unit, on); err != nil {
		return p, err
	}
	if p.Version != version {
		return p, fault.New(fault.Conflict, "org.changed_meanwhile")
	}
	return p, nil
}

func insertPosition(tx *db.Tx, p Position) error {
	_, err := tx.Exec(`INSERT INTO org_position (id, key, unit_id, title, roles, valid_from, valid_to, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 1)`, p.ID, keyOrNull(p.Key), p.Unit, p.Title, db.JSON(p.Roles), p.From, p.To)
	return err
}

func checkTitle(title string) error {
	if title == "" {
		return fault.Input("org.input", fault.Field{Path: "title", Key: "org.title_missing"})
	}
	if utf8.RuneCountInString(title) > maxName {
		return fault.Input("org.input", fault.Field{Path: "title", Key: "org.name_long", Args: fault.Args("max", maxName)})
	}
	return nil
}

// roleSet returns the roles trimmed, sorted and without repeats; never nil, so that it is stored
// as a list.
func roleSet(roles []string) []string {
	out := []string{}
	for _, r := range roles {
		if r = strings.TrimSpace(r); r != "" {
			out = append(out, r)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

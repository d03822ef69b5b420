package org

import (
	"context"
	"time"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
)

// freshFor is how long a replica trusts its snapshot before it compares versions again.
const freshFor = time.Second

// otherDays bounds how many trees of other days are kept.
const otherDays = 8

// Tree returns the organisation of today. A change made anywhere is seen within a second, one
// made through this Service at once.
func (s *Service) Tree(ctx context.Context) (*Tree, error) {
	now := s.Now()
	today := civil.From(now)
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	t := s.cache.tree
	if t != nil && t.On == today {
		if age := now.Sub(s.cache.checked); age >= 0 && age < freshFor {
			return t, nil
		}
		v, err := readVersion(s.DB.Read(ctx))
		if err != nil {
			return nil, outOfReach(err)
		}
		if v == t.Version {
			s.cache.checked = now
			return t, nil
		}
	}
	t, err := loadTree(s.DB.Read(ctx), today)
	if err != nil {
		return nil, outOfReach(err)
	}
	s.cache.tree, s.cache.checked = t, now
	clear(s.cache.others)
	return t, nil
}

// TreeOn returns the organisation of any day, past or planned.
func (s *Service) TreeOn(ctx context.Context, on civil.Date) (*Tree, error) {
	today, err := s.Tree(ctx)
	if err != nil || today.On == on {
		return today, err
	}
	s.cache.mu.Lock()
	t := s.cache.others[on]
	s.cache.mu.Unlock()
	if t != nil && t.Version == today.Version {
		return t, nil
	}
	if t, err = loadTree(s.DB.Read(ctx), on); err != nil {
		return nil, outOfReach(err)
	}
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	if s.cache.others == nil || len(s.cache.others) >= otherDays {
		s.cache.others = map[civil.Date]*Tree{}
	}
	s.cache.others[on] = t
	return t, nil
}

// stale makes the next Tree compare versions, whatever its age.
func (s *Service) stale() {
	s.cache.mu.Lock()
	s.cache.checked = time.Time{}
	s.cache.mu.Unlock()
}

func readVersion(q db.Q) (v int64, err error) {
	err = q.QueryRow("SELECT version FROM org_state WHERE one = 1").Scan(&v)
	return v, err
}

// loadTree reads the version first: a change that lands between the statements leaves a version
// that is too old, so the tree is loaded again, never one that is too new.
func loadTree(q db.Q, on civil.Date) (*Tree, error) {
	v, err := readVersion(q)
	if err != nil {
		return nil, err
	}
	units, err := queryUnits(q, on)
	if err != nil {
		return nil, err
	}
	aliases, err := queryAliases(q, on)
	if err != nil {
		return nil, err
	}
	areas, err := queryAreas(q, on)
	if err != nil {
		return nil, err
	}
	return newTree(on, v, units, aliases, areas), nil
}

// outOfReach says that the records cannot be read now, unless err is already a fault.
func outOfReach(err error) error {
	if err == nil || fault.As(err) != nil {
		return err
	}
	return fault.Wrap(err, fault.Unavailable, "org.unreadable")
}

package org

import (
	"context"
	"database/sql"
	"encoding/json"
	"sync"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/text"
)

// PermCalendar is the permission to change when an agency works.
const PermCalendar = "calendar.edit"

// StoredCalendar is an agency's own working time as it is edited.
type StoredCalendar struct {
	Unit    id.ID           `json:"unit"`
	Version int64           `json:"version"`
	Config  worktime.Config `json:"config"`
	Source  string          `json:"source"`
	Status  string          `json:"status"`
}

// calendars are the computed calendars of one version of the organisation.
type calendars struct {
	mu      sync.Mutex
	version int64
	stored  map[id.ID]worktime.Config
	built   map[id.ID]*worktime.Calendar
	root    *worktime.Calendar
}

// Calendar returns how time is counted at the unit: by its own calendar, where it has none by
// that of the nearest superior that has one, at last by the national rules.
func (s *Service) Calendar(ctx context.Context, unit id.ID) (*worktime.Calendar, error) {
	t, err := s.Tree(ctx)
	if err != nil {
		return nil, err
	}
	c := &s.cals
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.built == nil || c.version != t.Version {
		if err := s.loadCalendars(ctx, t.Version); err != nil {
			return nil, err
		}
	}
	return c.of(t, unit, 0)
}

// maxDepth bounds the climb, should the tree ever hold a circle.
const maxDepth = 50

func (c *calendars) of(t *Tree, unit id.ID, depth int) (*worktime.Calendar, error) {
	if k := c.built[unit]; k != nil {
		return k, nil
	}
	up := c.root
	if p, ok := t.Parent(unit); ok && depth < maxDepth {
		var err error
		if up, err = c.of(t, p.ID, depth+1); err != nil {
			return nil, err
		}
	}
	k := up
	if cfg, ok := c.stored[unit]; ok {
		var err error
		if k, err = worktime.New(cfg, up); err != nil {
			return nil, err
		}
	}
	c.built[unit] = k
	return k, nil
}

func (s *Service) loadCalendars(ctx context.Context, version int64) error {
	stored, err := s.storedCalendars(s.DB.Read(ctx))
	if err != nil {
		return outOfReach(err)
	}
	root, err := worktime.New(worktime.Config{}, nil)
	if err != nil {
		return err
	}
	s.cals.version, s.cals.root = version, root
	s.cals.stored, s.cals.built = map[id.ID]worktime.Config{}, map[id.ID]*worktime.Calendar{}
	for _, c := range stored {
		s.cals.stored[c.Unit] = c.Config
	}
	return nil
}

func (s *Service) storedCalendars(q db.Q) ([]StoredCalendar, error) {
	return db.Collect[StoredCalendar](q.Query(`SELECT unit_id, version, config, source, status FROM org_calendar`))(
		func(r *sql.Rows) (c StoredCalendar, err error) {
			var cfg string
			if err = r.Scan(&c.Unit, &c.Version, &cfg, &c.Source, &c.Status); err != nil {
				return c, err
			}
			c.Config, err = worktime.ParseConfig([]byte(cfg))
			return c, err
		})
}

// StoredCalendar returns the unit's own calendar; one without any has version 0.
func (s *Service) StoredCalendar(ctx context.Context, unit id.ID) (StoredCalendar, error) {
	all, err := s.storedCalendars(s.DB.Read(ctx))
	if err != nil {
		return StoredCalendar{}, outOfReach(err)
	}
	for _, c := range all {
		if c.Unit == unit {
			return c, nil
		}
	}
	return StoredCalendar{Unit: unit}, nil
}

// CalendarView is an agency's working time as it is shown: what counts, and where it comes from.
type CalendarView struct {
	Unit     *Unit
	Own      StoredCalendar // version 0 if the unit has none
	Calendar *worktime.Calendar
	From     *Unit         // the nearest unit above that has a calendar of its own; nil for the national rules
	Week     worktime.Week // the office hours in force when no dated week says otherwise
	WeekFrom *Unit         // whose hours they are; nil for the usual ones
}

// ViewCalendar returns the unit's calendar with where each part of it comes from.
func (s *Service) ViewCalendar(ctx context.Context, unit id.ID) (CalendarView, error) {
	t, err := s.Tree(ctx)
	if err != nil {
		return CalendarView{}, err
	}
	u, ok := t.Unit(unit)
	if !ok {
		return CalendarView{}, fault.New(fault.NotFound, "org.unit_unknown")
	}
	v := CalendarView{Unit: u, Own: StoredCalendar{Unit: unit}, Week: worktime.DefaultWeek()}
	if v.Calendar, err = s.Calendar(ctx, unit); err != nil {
		return v, err
	}
	all, err := s.storedCalendars(s.DB.Read(ctx))
	if err != nil {
		return v, outOfReach(err)
	}
	stored := map[id.ID]StoredCalendar{}
	for _, c := range all {
		stored[c.Unit] = c
	}
	if c, ok := stored[unit]; ok {
		v.Own = c
	}
	for _, x := range append([]*Unit{u}, t.Ancestors(unit)...) {
		c, ok := stored[x.ID]
		if ok && v.From == nil && x != u {
			v.From = x
		}
		if ok && v.WeekFrom == nil && !c.Config.Week.IsZero() {
			v.Week, v.WeekFrom = c.Config.Week, x
		}
	}
	return v, nil
}

// CalendarWith returns how time is counted at the unit now, and how it would be counted if its own
// calendar were cfg. Errors are faults of kind Invalid, or NotFound for a unit that is not there.
func (s *Service) CalendarWith(ctx context.Context, unit id.ID, cfg worktime.Config) (before, after *worktime.Calendar, err error) {
	t, err := s.Tree(ctx)
	if err != nil {
		return nil, nil, err
	}
	if _, ok := t.Unit(unit); !ok {
		return nil, nil, fault.New(fault.NotFound, "org.unit_unknown")
	}
	if before, err = s.Calendar(ctx, unit); err != nil {
		return nil, nil, err
	}
	var up *worktime.Calendar
	if p, ok := t.Parent(unit); ok {
		up, err = s.Calendar(ctx, p.ID)
	} else {
		up, err = worktime.New(worktime.Config{}, nil)
	}
	if err != nil {
		return nil, nil, err
	}
	after, err = worktime.New(cfg, up)
	return before, after, err
}

// MayEditCalendar tells whether the actor may change when the unit works.
func MayEditCalendar(who actor.Actor, t *Tree, unit id.ID) bool {
	a := t.Agency(unit)
	return a != nil && who.MayAt(PermCalendar, a.ID)
}

// SetCalendar stores the unit's own calendar and announces that it changed. c.Version is the
// version that was loaded. An empty configuration inherits everything.
func (s *Service) SetCalendar(ctx context.Context, who actor.Actor, c StoredCalendar) error {
	c.Source, c.Status = text.Line(c.Source), text.Line(c.Status)
	if c.Status != "" && !goodStatus(c.Status) {
		return fault.Input("org.input", fault.Field{Path: "status", Key: "org.status_form"})
	}
	t, err := s.Tree(ctx)
	if err != nil {
		return err
	}
	if t.Agency(c.Unit) == nil {
		return fault.New(fault.NotFound, "org.unit_unknown")
	}
	if !MayEditCalendar(who, t, c.Unit) {
		return fault.New(fault.Forbidden, "org.may_not_edit")
	}
	// A configuration can be right in itself and still not make a calendar; one that does not
	// would stop every agency below.
	if _, _, err := s.CalendarWith(ctx, c.Unit, c.Config); err != nil {
		return err
	}
	return s.write(ctx, func(tx *db.Tx, _ *world) error {
		n, err := tx.Exec(`INSERT INTO org_calendar (unit_id, version, config, source, status) VALUES ($1, 1, $2, $3, $4)
			ON CONFLICT (unit_id) DO UPDATE SET version = org_calendar.version + 1, config = excluded.config,
			source = excluded.source, status = excluded.status WHERE org_calendar.version = $5`,
			c.Unit, db.JSON(c.Config), c.Source, c.Status, c.Version)
		if err != nil {
			return err
		}
		if n != 1 {
			return fault.New(fault.Conflict, "org.changed_meanwhile")
		}
		if err := s.announce(tx, c.Unit); err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, "org.calendar.change", "org.unit", c.Unit, c.Config)
	})
}

// announce puts the fact that the unit's calendar changed into the outbox.
func (s *Service) announce(tx *db.Tx, unit id.ID) error {
	if s.Events == nil {
		return nil
	}
	version, err := readVersion(tx)
	if err != nil {
		return err
	}
	return s.Events.Put(tx, outbox.Event{ID: s.IDs.New(), Subject: SubjectCalendarChanged, At: s.Now(),
		Payload: CalendarChanged{Unit: unit, Version: version}})
}

// announceMove puts the fact that the unit stands elsewhere into the outbox.
func (s *Service) announceMove(tx *db.Tx, unit id.ID) error {
	if s.Events == nil {
		return nil
	}
	version, err := readVersion(tx)
	if err != nil {
		return err
	}
	return s.Events.Put(tx, outbox.Event{ID: s.IDs.New(), Subject: SubjectUnitMoved, At: s.Now(),
		Payload: UnitMoved{Unit: unit, Version: version}})
}

// ImportCalendar stores a pack's calendar for the unit with the key unless it has one already:
// what an administrator has changed is never overwritten.
func (s *Service) ImportCalendar(ctx context.Context, who actor.Actor, key string, raw []byte) error {
	var file struct {
		Source string `json:"source"`
		Status string `json:"status"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return fault.Wrap(err, fault.Invalid, "org.calendar_unreadable")
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return fault.Wrap(err, fault.Invalid, "org.calendar_unreadable")
	}
	delete(all, "source")
	delete(all, "status")
	var days []map[string]json.RawMessage
	if err := json.Unmarshal(all["days"], &days); err == nil {
		for _, d := range days {
			delete(d, "status") // how sure the pack is of a day stays in the pack; its source is kept
		}
		all["days"], _ = json.Marshal(days)
	}
	clean, err := json.Marshal(all)
	if err != nil {
		return err
	}
	cfg, err := worktime.ParseConfig(clean)
	if err != nil {
		return err
	}
	t, err := s.Tree(ctx)
	if err != nil {
		return err
	}
	u, ok := t.ByKey(key)
	if !ok {
		return fault.New(fault.NotFound, "org.unit_unknown")
	}
	if c, err := s.StoredCalendar(ctx, u.ID); err != nil || c.Version > 0 {
		return err
	}
	return s.SetCalendar(ctx, who, StoredCalendar{Unit: u.ID, Config: cfg, Source: file.Source, Status: file.Status})
}

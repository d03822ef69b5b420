package procedure

import (
	"context"
	"slices"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/text"
)

// offerSet is the rules of one procedure.
type offerSet []offerRow

// enabled decides for one agency on a day. A switch goes before a rule of the record for the
// agency itself, and that before a rule for its kind; of equals the latest counts.
func (set offerSet) enabled(unit id.ID, kind string, day civil.Date) bool {
	best, on := -1, false
	for _, o := range set {
		if !o.inForce(day) {
			continue
		}
		rank := -1
		switch {
		case o.Unit == unit && !unit.Zero() && o.Origin == "switch":
			rank = 2
		case o.Unit == unit && !unit.Zero():
			rank = 1
		case o.Kind != "" && o.Kind == kind:
			rank = 0
		}
		if rank >= 0 && rank >= best { // rows are sorted by valid_from, so the later one wins
			best, on = rank, o.Enabled
		}
	}
	return on
}

// OfferedBy tells whether the agency receives dossiers of the procedure today. A procedure that
// is unknown or not published is offered by nobody.
func (s *Service) OfferedBy(ctx context.Context, code string, agency id.ID) (bool, error) {
	cat, err := s.Catalogue(ctx)
	if err != nil {
		return false, err
	}
	e, ok := cat.ByCode(code)
	if !ok || agency.Zero() {
		return false, nil
	}
	u, ok, err := s.Units.Unit(ctx, agency)
	if err != nil || !ok {
		return false, err
	}
	return e.offers.enabled(u.ID, u.Kind, s.today()), nil
}

// OfferingAgencies returns the agencies that receive dossiers of the procedure today, sorted by
// name. It is empty for a procedure that is unknown or not published.
func (s *Service) OfferingAgencies(ctx context.Context, code string) ([]Unit, error) {
	all, err := s.Availability(ctx, code)
	if err != nil {
		return nil, err
	}
	var out []Unit
	for _, a := range all {
		if a.Enabled {
			out = append(out, a.Unit)
		}
	}
	return out, nil
}

// Available is an agency that the rules of a procedure speak about.
type Available struct {
	Unit
	Enabled  bool        // today
	Switched bool        // by an administrator, not by the record's rules
	Next     *civil.Date // the day on which a known change takes effect, nil for none
	NextOn   bool        // what it will be then
}

// Availability returns every agency that the rules speak about today or later, with what holds
// today and the next change, sorted by name.
func (s *Service) Availability(ctx context.Context, code string) ([]Available, error) {
	cat, err := s.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	e, ok := cat.ByCode(code)
	if !ok {
		return nil, nil
	}
	day := s.today()
	units := map[id.ID]Unit{}
	kinds := map[string]bool{}
	for _, o := range e.offers {
		if o.To != nil && *o.To <= day {
			continue
		}
		if o.Kind != "" && !kinds[o.Kind] {
			kinds[o.Kind] = true
			of, err := s.Units.UnitsOfKind(ctx, o.Kind)
			if err != nil {
				return nil, err
			}
			for _, u := range of {
				units[u.ID] = u
			}
		}
		if !o.Unit.Zero() {
			u, ok, err := s.Units.Unit(ctx, o.Unit)
			if err != nil {
				return nil, err
			}
			if ok {
				units[u.ID] = u
			}
		}
	}
	out := make([]Available, 0, len(units))
	for _, u := range units {
		a := Available{Unit: u, Enabled: e.offers.enabled(u.ID, u.Kind, day)}
		for _, o := range e.offers {
			if o.Unit == u.ID && o.Origin == "switch" && o.inForce(day) {
				a.Switched = true
			}
			if o.From > day && (a.Next == nil || o.From < *a.Next) && (o.Unit == u.ID || o.Kind == u.Kind) {
				if on := e.offers.enabled(u.ID, u.Kind, o.From); on != a.Enabled {
					from := o.From
					a.Next, a.NextOn = &from, on
				}
			}
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b Available) int {
		if c := strings.Compare(text.Fold(a.Name), text.Fold(b.Name)); c != 0 {
			return c
		}
		return strings.Compare(a.Key, b.Key)
	})
	return out, nil
}

// SetOffer switches a procedure on or off at an agency from a day on, today or later. It goes
// before the rules of the record and stays when a new version is published. The actor needs
// procedure.edit at the agency or for the whole province.
func (s *Service) SetOffer(ctx context.Context, who actor.Actor, code string, agency id.ID, enabled bool, from civil.Date) error {
	if !who.MayAt(PermEdit, agency) {
		return fault.New(fault.Forbidden, "procedure.forbidden")
	}
	u, ok, err := s.Units.Unit(ctx, agency)
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.NotFound, "procedure.no_such_unit", "key", agency.String())
	}
	if from < s.today() {
		return fault.Input("procedure.invalid", fault.Field{Path: "from", Key: "procedure.offer_past"})
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		e, err := entryByCode(tx, code)
		if err != nil {
			return err
		}
		if e, err = lockEntry(tx, e.ID); err != nil {
			return err
		}
		rows, err := offerRows(tx, e.ID)
		if err != nil {
			return err
		}
		for _, o := range rows {
			// The new switch ends the one in force and replaces any planned for later: what is
			// said last is what is meant.
			if o.Unit == u.ID && o.Origin == "switch" && (o.To == nil || *o.To > from) {
				if err := endOffer(tx, o, from); err != nil {
					return err
				}
			}
		}
		row := offerRow{ID: s.IDs.New(), Procedure: e.ID, Unit: u.ID, Enabled: enabled, Origin: "switch", From: from}
		if err := insertOffer(tx, row); err != nil {
			return err
		}
		if err := bump(tx); err != nil {
			return err
		}
		if err := s.record(tx, who, "procedure.offer", e.ID, map[string]any{
			"code": code, "agency": u.ID.String(), "enabled": enabled, "from": from.String()}); err != nil {
			return err
		}
		return s.Outbox.Put(tx, outbox.Event{ID: s.IDs.New(), Subject: SubjectOfferChanged, At: s.Now(), Payload: OfferChangedEvent{
			Procedure: e.ID, Code: code, Agency: u.ID, Enabled: enabled, From: from}})
	})
	if err == nil {
		s.catalogue.stale()
	}
	return err
}

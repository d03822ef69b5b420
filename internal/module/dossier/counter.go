package dossier

import (
	"context"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/procedure"
)

// CounterOf returns those of the offering agencies whose dossiers of the procedure the actor may
// file at their counter, in the order given: the actor's own agency, and those for which the
// actor's counter receives.
func (s *Service) CounterOf(ctx context.Context, r *procedure.Record, offers []id.ID) ([]id.ID, error) {
	who := actor.From(ctx)
	var out []id.ID
	for _, o := range offers {
		p, err := s.places(ctx, r, o)
		switch kind := fault.KindOf(err); {
		case err == nil && who.MayAt(PermReceive, p.reception):
			out = append(out, o)
		case err != nil && kind != fault.NotFound && kind != fault.Conflict: // an offer that leads nowhere is no counter's
			return nil, err
		}
	}
	return out, nil
}

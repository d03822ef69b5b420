package dossier

import (
	"context"
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/procedure"
)

// Preview is what a draft would become if it were filed now: who receives it, who decides, what it
// costs and when the result could be expected if it were received at once.
type Preview struct {
	Reception, Decision id.ID
	Fee                 procedure.FeeQuote
	Term                worktime.Term // N is 0 if the limit is not known
	Due                 time.Time     // zero if the limit is not known
}

// Preview works the draft's outcome out. It checks nothing of the form; see Problems.
func (s *Service) Preview(ctx context.Context, d *Draft) (Preview, error) {
	proc, err := s.Procedures.ByVersion(ctx, d.ProcedureVersion)
	if err != nil {
		return Preview{}, err
	}
	at, err := s.mayFile(ctx, actor.From(ctx), &proc.Record, d.Agency, d.Channel)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Reception: at.reception, Decision: at.decision, Fee: proc.Record.Fee(d.Channel, d.Extra.Copies)}
	p.Term, _ = proc.Record.Term(d.Channel)
	p.Due, err = s.Foresee(ctx, at.decision, p.Term)
	return p, err
}

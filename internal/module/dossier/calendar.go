package dossier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/module/org"
)

// Consumer is the name under which this module receives events; receipts are kept by it.
const Consumer = "dossier"

// Bus is where events come from.
type Bus interface {
	Subscribe(name string, subjects []string, handle func(ctx context.Context, e outbox.Event) error)
}

// Subscribe has the bus tell this module when an agency's working calendar changed or a unit moved,
// and what processes say to each other.
func (s *Service) Subscribe(b Bus) {
	b.Subscribe(Consumer, []string{org.SubjectCalendarChanged, org.SubjectUnitMoved, SubjectMessage, SubjectSignal}, s.Handle)
}

// Handle does what an event asks for. Doing it twice changes nothing; an error means: deliver it again.
func (s *Service) Handle(ctx context.Context, e outbox.Event) error {
	switch e.Subject {
	case org.SubjectUnitMoved:
		return s.handleMoved(ctx, e)
	case SubjectMessage, SubjectSignal:
		return s.handleHeard(ctx, e)
	}
	return s.handleCalendar(ctx, e)
}

// handleCalendar brings due dates in line with a changed calendar. Doing it twice changes nothing,
// so the receipt may come after the work. An error means: deliver it again.
func (s *Service) handleCalendar(ctx context.Context, e outbox.Event) error {
	var f org.CalendarChanged
	if err := e.Into(&f); err != nil {
		return err
	}
	tree, err := s.Agencies.Tree(ctx)
	if err != nil {
		return err
	}
	if tree.Version < f.Version {
		return fmt.Errorf("this replica has not seen version %d of the organisation yet", f.Version)
	}
	n, err := s.Rederive(ctx, f.Unit)
	if err == nil {
		s.Log.InfoContext(ctx, "dossier: due dates follow the working calendar", "unit", f.Unit.String(), "moved", n)
	}
	return err
}

// errSame ends an act that would change nothing, and with it its transaction.
var errSame = errors.New("the dates are as they should be")

// rederive brings the dossier's date and those of its open steps in line with the calendar. What
// happened before stays as it was: a step that was opened keeps its budget, not its hour.
func (c *change) rederive(tx *db.Tx) error {
	old := c.d.Due
	if !c.d.Open() {
		return errSame
	}
	if err := c.derive(); err != nil {
		return err
	}
	steps := 0
	for _, t := range c.open {
		if !c.stepDue(t).Equal(t.Due) {
			steps++
			if err := c.forgetLate(tx, t.ID); err != nil {
				return err
			}
		}
	}
	timers, err := c.rederiveTimers(tx)
	if err != nil {
		return err
	}
	if err := c.restep(tx); err != nil {
		return err
	}
	if c.d.Due.Equal(old) && steps == 0 && !timers {
		return errSame
	}
	data := map[string]any{"calendar": c.cal.Name()}
	moved := !c.d.Due.Equal(old)
	if moved {
		if err := c.forgetLate(tx, c.d.ID); err != nil {
			return err
		}
		data["old"], data["new"] = stamp(old), stamp(c.d.Due)
	}
	c.note("rederived", "", "", data)
	if moved {
		c.emit(SubjectRederived, c.fact())
	}
	return nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

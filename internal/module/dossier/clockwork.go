package dossier

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
)

const (
	lookEvery = time.Second // how often the clockwork looks although nobody woke it
	dueBatch  = 200         // waits and deliveries read at a time
	atOnce    = 8           // of them carried out at a time
)

// Clockwork carries out what dossiers wait for beside people, when it is due: timers, calls of
// services, messages and signals on their way. Every replica runs one; a lease makes one of them
// work. Should two believe for a moment that they hold it, the dossier's own row decides: what is
// due is looked at again in the transaction of the step, so it happens once.
type Clockwork struct {
	Service *Service
	Holder  string // this replica, unique among running ones
	Log     *slog.Logger

	lease *outbox.Lease
}

// Run works until ctx ends, then gives the lease up.
func (k *Clockwork) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	k.lease = &outbox.Lease{DB: k.Service.DB, Name: "dossier-clockwork", Holder: k.Holder, Now: k.Service.Now, Log: k.Log}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := k.lease.Release(end); err != nil {
			k.Log.Warn("dossier: the lease of the clockwork was not given up", "err", err)
		}
	}()
	for {
		if err := k.round(ctx); err != nil && ctx.Err() == nil {
			k.Log.Error("dossier: what was due could not be carried out", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-k.Service.Wake:
		case <-tick.C:
		}
	}
}

// round takes the lease only when something is due: a quiet province writes nothing.
func (k *Clockwork) round(ctx context.Context) error {
	due, err := k.Service.anyDue(ctx)
	if err != nil || !due {
		return err
	}
	held, err := k.lease.Hold(ctx)
	if err != nil || !held {
		return err
	}
	_, err = k.Service.CarryOut(ctx)
	return err
}

// ring wakes the clockwork of this process once the transaction is on the disk.
func (s *Service) ring(tx *db.Tx) {
	if s.Wake == nil {
		return
	}
	tx.AfterCommit(func() {
		select {
		case s.Wake <- struct{}{}:
		default:
		}
	})
}

func (s *Service) anyDue(ctx context.Context) (bool, error) {
	var one int
	err := s.DB.Read(ctx).QueryRow(`SELECT 1 WHERE EXISTS (SELECT 1 FROM dossier_wait WHERE due_at > 0 AND due_at <= $1)
		OR EXISTS (SELECT 1 FROM dossier_delivery WHERE due_at > 0 AND due_at <= $1)`, db.Micros(s.Now())).Scan(&one)
	if db.Missing(err) {
		return false, nil
	}
	return err == nil, err
}

// CarryOut does everything that is due now and returns how much that was. What fails is tried again
// later or becomes an incident; the error tells only of the database out of reach. It may run in
// several places at once.
func (s *Service) CarryOut(ctx context.Context) (n int, err error) {
	ctx = actor.With(ctx, actor.System("clockwork"))
	for {
		waits, err := s.dueWaits(ctx)
		if err != nil {
			return n, err
		}
		deliveries, err := s.dueDeliveries(ctx)
		if err != nil {
			return n, err
		}
		todo := make([]func() (bool, error), 0, len(waits)+len(deliveries))
		for _, w := range waits {
			todo = append(todo, func() (bool, error) { return s.carryOut(ctx, w) })
		}
		for _, d := range deliveries {
			todo = append(todo, func() (bool, error) { return s.deliver(ctx, d) })
		}
		done, err := together(ctx, todo)
		n += done
		if err != nil || done == 0 || len(waits) < dueBatch && len(deliveries) < dueBatch {
			return n, err
		}
	}
}

// together runs the pieces of work, some at a time, and returns how many did something.
func together(ctx context.Context, todo []func() (bool, error)) (n int, err error) {
	var mu sync.Mutex
	var group sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for _, do := range todo {
		if ctx.Err() != nil {
			break
		}
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			did, e := do()
			mu.Lock()
			defer mu.Unlock()
			if did {
				n++
			}
			err = errors.Join(err, e)
		})
	}
	group.Wait()
	return n, errors.Join(err, ctx.Err())
}

func (s *Service) dueWaits(ctx context.Context) ([]*Wait, error) {
	rows, err := s.DB.Read(ctx).Query(`SELECT `+waitColumns+` FROM dossier_wait WHERE due_at > 0 AND due_at <= $1
		ORDER BY due_at LIMIT $2`, db.Micros(s.Now()), dueBatch)
	return db.Collect[*Wait](rows, err)(scanWaits)
}

// carryOut does what is due about one wait; did says whether anything happened.
func (s *Service) carryOut(ctx context.Context, w *Wait) (did bool, err error) {
	switch w.Kind {
	case WaitService:
		return s.callOut(ctx, w)
	case WaitCondition:
		err = s.lookAt(ctx, w)
	default:
		err = s.fire(ctx, w)
	}
	return s.outcome(ctx, w.Dossier, err, w.stops, w.waitsOn)
}

// stops keeps as an incident that what was due about the wait cannot be carried out.
func (w *Wait) stops(tx *db.Tx, c *change, f *fault.Error) error {
	c.trouble(&Incident{Token: w.Token, Kind: IncidentWait, Node: w.Node}, f)
	_, err := tx.Exec(`UPDATE dossier_wait SET due_at = 0, trouble = $3 WHERE dossier_id = $1 AND token = $2`, w.Dossier, w.Token, f.Key)
	return err
}

// waitsOn puts the wait off after a failure nobody expected, so that it holds up no other.
func (w *Wait) waitsOn(tx *db.Tx, until time.Time) error {
	_, err := tx.Exec(`UPDATE dossier_wait SET due_at = $3, tries = tries + 1 WHERE dossier_id = $1 AND token = $2 AND due_at > 0`,
		w.Dossier, w.Token, db.Micros(until))
	return err
}

// afterTrouble is how long something is put off that failed for a reason nobody expected.
const afterTrouble = 5 * time.Minute

// outcome sorts what became of a piece of work: done, overtaken by somebody else, to be tried again,
// or refused, which stays as an incident. stop keeps the incident, later puts the work off.
func (s *Service) outcome(ctx context.Context, dossier id.ID, err error, stop func(*db.Tx, *change, *fault.Error) error,
	later func(*db.Tx, time.Time) error) (bool, error) {
	f := fault.As(err)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, errSame):
		return false, nil
	case f == nil || f.Kind == fault.Unknown:
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		s.Log.ErrorContext(ctx, "dossier: what was due failed and is tried again", "dossier", dossier.String(), "err", err)
		return false, s.DB.Write(ctx, func(tx *db.Tx) error { return later(tx, s.Now().Add(afterTrouble)) })
	case f.Kind == fault.Unavailable:
		return false, err
	case f.Key == "dossier.changed_meanwhile":
		return false, nil
	}
	_, err = s.change(ctx, dossier, func(tx *db.Tx, c *change) error { return stop(tx, c, f) })
	return err == nil, err
}

// due returns the wait as it stands, with the dossier locked; errSame when nothing is due about it.
func (c *change) due(tx *db.Tx, w *Wait) (*Wait, error) {
	now, err := scanWait(tx.QueryRow(`SELECT `+waitColumns+` FROM dossier_wait WHERE dossier_id = $1 AND token = $2`, w.Dossier, w.Token))
	if db.Missing(err) {
		return nil, errSame
	}
	if err == nil && (now.Due.IsZero() || now.Due.After(c.now)) {
		return nil, errSame
	}
	return now, err
}

// fire lets a timer come.
func (s *Service) fire(ctx context.Context, w *Wait) error {
	_, err := s.change(ctx, w.Dossier, func(tx *db.Tx, c *change) error {
		now, err := c.due(tx, w)
		if err != nil {
			return err
		}
		c.fired = now.Due
		return c.stepAlone(bpmn.Event{Kind: bpmn.EventTimer, Token: w.Token})
	})
	return err
}

// lookAt tests a condition that time may have made true.
func (s *Service) lookAt(ctx context.Context, w *Wait) error {
	_, err := s.change(ctx, w.Dossier, func(tx *db.Tx, c *change) error {
		if _, err := c.due(tx, w); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE dossier_wait SET due_at = $3 WHERE dossier_id = $1 AND token = $2`,
			w.Dossier, w.Token, db.Micros(c.now.Add(lookAgain))); err != nil {
			return err
		}
		return c.stepAlone(bpmn.Event{Kind: bpmn.EventVars})
	})
	return err
}

// stepAlone is step for what nobody at a task has caused; other modules hear of it as of any move.
func (c *change) stepAlone(ev bpmn.Event) error {
	from := c.d.Status
	if err := c.step(ev, ""); err != nil {
		return err
	}
	if len(c.entries) > 0 {
		c.announce(from)
	}
	return nil
}

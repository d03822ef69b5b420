package bus

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
)

const (
	maxTries   = 8
	ackWait    = 30 * time.Second
	fetchMost  = 64               // messages handled together
	idleWait   = 30 * time.Second // one long poll
	reregister = time.Hour
)

// pause returns how long to wait after the given failed try (1, 2, …).
func pause(try int) time.Duration {
	waits := [...]time.Duration{time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute}
	return waits[min(max(try, 1), len(waits))-1]
}

type subscription struct {
	b        *Bus
	name     string
	subjects []string
	handle   func(ctx context.Context, e Event) error // one of the two
	inTx     func(tx *db.Tx, e Event) error
	pause    func(try int) time.Duration
}

// Subscribe registers a durable consumer, before Start. name is unique in the program and stays
// the same over versions; subjects are as in "dossier.opened.v1", "dossier.*.v1" or "dossier.>".
// The handler may be called again for an event it has handled, if the process ended just then.
func (b *Bus) Subscribe(name string, subjects []string, handle func(ctx context.Context, e Event) error) {
	b.add(&subscription{b: b, name: name, subjects: subjects, handle: handle, pause: pause})
}

// SubscribeTx registers a durable consumer whose effects are all in the database: the handler
// runs in the transaction that also takes the receipt, so they happen once. The handler does
// nothing but SQL and may be run again if the transaction is not kept, see db.Write; later work is
// a job inserted with tx.
func (b *Bus) SubscribeTx(name string, subjects []string, handle func(tx *db.Tx, e Event) error) {
	b.add(&subscription{b: b, name: name, subjects: subjects, inTx: handle, pause: pause})
}

func (b *Bus) add(s *subscription) {
	for _, o := range b.subs {
		if o.name == s.name {
			b.errs = append(b.errs, fmt.Errorf("consumer %s is subscribed twice", s.name))
		}
	}
	b.subs = append(b.subs, s)
}

// Start registers the consumers with the outbox, so that it waits for them, and begins to handle
// events. Errors of the subscriptions are returned here. Close ends it.
func (b *Bus) Start(ctx context.Context) error {
	if err := errors.Join(b.errs...); err != nil {
		return err
	}
	if err := b.register(ctx); err != nil {
		return err
	}
	ctx, b.stop = context.WithCancel(context.WithoutCancel(ctx))
	for _, s := range b.subs {
		b.running.Go(func() { s.run(ctx) })
	}
	b.running.Go(func() {
		t := time.NewTicker(reregister)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				if err := b.register(ctx); err != nil {
					b.c.Log.Error("bus: consumers were not registered again", "err", err)
				}
			}
		}
	})
	return nil
}

func (b *Bus) register(ctx context.Context) error {
	var cs []outbox.Consumer
	for _, s := range b.subs {
		cs = append(cs, outbox.Consumer{Name: s.name, Subjects: s.subjects})
	}
	return b.c.Outbox.Register(ctx, b.c.DB, cs...)
}

// run handles events until ctx ends, finding or making its place in the stream again whenever it
// is lost.
func (s *subscription) run(ctx context.Context) {
	for fails := 0; ctx.Err() == nil; {
		c, err := s.consumer(ctx)
		for err == nil && ctx.Err() == nil {
			fails = 0
			err = s.next(ctx, c)
		}
		if ctx.Err() != nil {
			return
		}
		fails++
		s.b.lost()
		s.b.c.Log.Warn("bus: consumer interrupted", "consumer", s.name, "err", err)
		select {
		case <-ctx.Done():
		case <-time.After(min(time.Second<<min(fails, 5), 5*time.Second)):
		}
	}
}

// consumer returns the durable place of this consumer in the stream. A new one begins with what
// the stream still holds; receipts tell what it has had already.
func (s *subscription) consumer(ctx context.Context) (jetstream.Consumer, error) {
	if err := s.b.ensure(ctx); err != nil {
		return nil, err
	}
	var filters []string
	for _, p := range s.subjects {
		filters = append(filters, prefix+p)
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	return s.b.js.CreateOrUpdateConsumer(ctx, stream, jetstream.ConsumerConfig{
		Durable: s.name, FilterSubjects: filters, DeliverPolicy: jetstream.DeliverAllPolicy,
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxDeliver: -1, MaxAckPending: 16 * fetchMost,
		InactiveThreshold: 7 * 24 * time.Hour, // a consumer that later versions no longer have
	})
}

// next waits for messages and handles them.
func (s *subscription) next(ctx context.Context, c jetstream.Consumer) error {
	wait, cancel := context.WithTimeout(ctx, idleWait)
	defer cancel()
	batch, err := c.Fetch(1, jetstream.FetchContext(wait))
	if err != nil {
		return err
	}
	var msgs []jetstream.Msg
	for m := range batch.Messages() {
		msgs = append(msgs, m)
	}
	if err := batch.Error(); err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
		if len(msgs) == 0 {
			return err
		}
	}
	if len(msgs) == 0 {
		return nil
	}
	if more, err := c.FetchNoWait(fetchMost - 1); err == nil {
		for m := range more.Messages() {
			msgs = append(msgs, m)
		}
	}
	s.work(ctx, msgs)
	return nil
}

type delivery struct {
	msg   jetstream.Msg
	event Event
	tries int // this one included
}

// work handles the messages in their order and acknowledges each. While it does, the server is
// told that they are being worked on, so that a slow handler is not taken for a dead one.
func (s *subscription) work(ctx context.Context, msgs []jetstream.Msg) {
	var ds []delivery
	for _, m := range msgs {
		e, only, err := event(m)
		switch {
		case err != nil:
			// Not written by Publish; nobody waits for its receipt.
			s.b.c.Log.Error("bus: a message that is no event", "consumer", s.name, "subject", m.Subject(), "err", err)
			s.done(m.Term())
		case only != "" && only != s.name:
			s.done(m.Ack())
		default:
			d := delivery{msg: m, event: e, tries: 1}
			if md, err := m.Metadata(); err == nil {
				d.tries = int(md.NumDelivered)
			}
			ds = append(ds, d)
		}
	}
	alive, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		t := time.NewTicker(ackWait / 3)
		defer t.Stop()
		for {
			select {
			case <-alive.Done():
				return
			case <-t.C:
				for _, d := range ds {
					d.msg.InProgress() // one already acknowledged refuses, which is fine
				}
			}
		}
	}()
	if s.inTx != nil && len(ds) > 1 && s.together(ctx, ds) {
		return
	}
	for _, d := range ds {
		if ctx.Err() != nil {
			s.done(d.msg.Nak())
			continue
		}
		s.one(ctx, d)
	}
}

// together runs the handler for all in one transaction and tells whether that worked out; if not,
// nothing happened and each is tried alone.
func (s *subscription) together(ctx context.Context, ds []delivery) bool {
	again := 0
	err := s.b.c.DB.Write(ctx, func(tx *db.Tx) error {
		again = 0
		for _, d := range ds {
			first, err := s.once(tx, d.event)
			if err != nil {
				return err
			}
			if !first {
				again++
			}
		}
		return nil
	})
	if err != nil {
		return false
	}
	s.b.c.Metrics.delivered(s.name, "ok", len(ds)-again)
	s.b.c.Metrics.delivered(s.name, "again", again)
	for _, d := range ds {
		s.done(d.msg.Ack())
	}
	return true
}

// once runs the transaction's handler unless the receipt is there already.
func (s *subscription) once(tx *db.Tx, e Event) (first bool, err error) {
	first, err = s.b.c.Outbox.Once(tx, s.name, e.ID)
	if err != nil || !first {
		return false, err
	}
	return true, s.inTx(tx, e)
}

func (s *subscription) one(ctx context.Context, d delivery) {
	first, err := s.try(ctx, d.event)
	switch {
	case err == nil:
		result := "ok"
		if !first {
			result = "again"
		}
		s.b.c.Metrics.delivered(s.name, result, 1)
		s.done(d.msg.Ack())
		return
	case ctx.Err() != nil: // the program ends; not the handler's fault
		s.done(d.msg.Nak())
		return
	}
	log := s.b.c.Log.With("consumer", s.name, "subject", d.event.Subject, "event", d.event.ID.String(), "try", d.tries, "err", err)
	if d.tries < maxTries {
		log.Warn("bus: an event was not handled and will be tried again")
		s.b.c.Metrics.delivered(s.name, "failed", 1)
		s.done(d.msg.NakWithDelay(s.pause(d.tries)))
		return
	}
	bury := s.b.c.DB.Write(ctx, func(tx *db.Tx) error {
		return s.b.c.Outbox.Bury(tx, s.name, d.event, d.tries, err)
	})
	if bury != nil {
		log.Error("bus: an event could be neither handled nor buried", "bury", bury)
		s.done(d.msg.NakWithDelay(s.pause(d.tries)))
		return
	}
	log.Error("bus: an event was given up and is kept in kit_dead")
	s.b.c.Metrics.delivered(s.name, "dead", 1)
	s.done(d.msg.Ack())
}

// try runs the handler, whichever kind, and makes sure of the receipt.
func (s *subscription) try(ctx context.Context, e Event) (first bool, err error) {
	if s.inTx != nil {
		err = s.b.c.DB.Write(ctx, func(tx *db.Tx) (err error) {
			first, err = s.once(tx, e)
			return err
		})
		return first, err
	}
	had, err := outbox.Received(s.b.c.DB.Read(ctx), s.name, e.ID)
	if err != nil || had {
		return false, err
	}
	if err := guard(func() error { return s.handle(actor.With(ctx, actor.System(s.name)), e) }); err != nil {
		return true, err
	}
	// The handler may have left the receipt itself, in its own transaction.
	if had, err := outbox.Received(s.b.c.DB.Read(ctx), s.name, e.ID); err == nil && had {
		return true, nil
	}
	return true, s.receipt(ctx, e.ID)
}

func (s *subscription) receipt(ctx context.Context, event id.ID) error {
	return s.b.c.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := s.b.c.Outbox.Once(tx, s.name, event)
		return err
	})
}

// guard turns a panic into an error, so that one event cannot end the consumer.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in an event handler: %v\n%s", p, debug.Stack())
		}
	}()
	return f()
}

// done looks at the outcome of an acknowledgement: a lost one means the event comes again.
func (s *subscription) done(err error) {
	if err != nil {
		s.b.c.Log.Warn("bus: an acknowledgement was lost", "consumer", s.name, "err", err)
	}
}

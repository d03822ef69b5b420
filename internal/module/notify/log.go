package notify

import (
	"context"
	"errors"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// Filter selects deliveries; empty fields select all.
type Filter struct {
	State    State
	Channel  Channel // account messages are nobody's business; they are never listed
	Template string
	Dossier  string // the dossier's code
	To       string // a whole number or address, as a person asks about theirs
	Before   id.ID
	Limit    int
}

// Deliveries returns messages sent by e-mail and SMS, newest first, targets masked and without
// their texts.
func (s *Service) Deliveries(ctx context.Context, f Filter) ([]Message, error) {
	if err := mayAdminister(actor.From(ctx)); err != nil {
		return nil, err
	}
	var args db.Args
	where := "channel IN ('email', 'sms')"
	if f.Channel != "" {
		where = "channel = " + args.Add(string(f.Channel)) + " AND channel <> 'account'"
	}
	if f.State != "" {
		where += " AND state = " + args.Add(string(f.State))
	}
	if f.Template != "" {
		where += " AND template = " + args.Add(f.Template)
	}
	if f.Dossier != "" {
		where += " AND dossier_code = " + args.Add(strings.ToUpper(strings.TrimSpace(f.Dossier)))
	}
	if f.To != "" {
		to := phoneOf(f.To)
		if to == "" {
			to = mailOf(f.To)
		}
		if to == "" {
			return nil, nil // nobody can have that number
		}
		where += " AND target = " + args.Add(to)
	}
	ms, err := list(s.DB.Read(ctx), where, args, f.Before, page(f.Limit))
	for i := range ms {
		ms[i].Target, ms[i].Subject, ms[i].Body = Mask(ms[i].Target), "", ""
	}
	return ms, err
}

// Delivery returns one message with its text, the target masked. That somebody read it is written
// in the ledger. The fault is NotFound for account messages too.
func (s *Service) Delivery(ctx context.Context, message id.ID) (Message, error) {
	who := actor.From(ctx)
	if err := mayAdminister(who); err != nil {
		return Message{}, err
	}
	m, _, err := get(s.DB.Read(ctx), message, false)
	if db.Missing(err) || err == nil && m.Channel == Account {
		return Message{}, fault.New(fault.NotFound, "notify.no_message")
	}
	if err != nil {
		return Message{}, err
	}
	m.Target = Mask(m.Target)
	return m, s.DB.Write(ctx, func(tx *db.Tx) error {
		return s.Ledger.Record(tx, who, "notify.message.read", "notify.message", m.ID, map[string]any{"state": m.State})
	})
}

// Retry sends a failed message again, under its own id. The fault is Conflict if it did not fail,
// or if there is nothing left to send: a code that is no longer good, or a target erased.
func (s *Service) Retry(ctx context.Context, message id.ID) error {
	who := actor.From(ctx)
	if err := mayAdminister(who); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		m, _, err := get(tx, message, true)
		if db.Missing(err) || err == nil && m.Channel == Account {
			return fault.New(fault.NotFound, "notify.no_message")
		}
		if err != nil {
			return err
		}
		return s.retry(tx, who, m)
	})
}

func (s *Service) retry(tx *db.Tx, who actor.Actor, m Message) error {
	switch {
	case m.State != Failed:
		return fault.New(fault.Conflict, "notify.not_failed")
	case m.Template == KeyCode:
		return fault.New(fault.Conflict, "notify.code_gone")
	case m.Target == "":
		return fault.New(fault.Conflict, "notify.erased")
	case s.sender(m.Channel) == nil:
		return fault.New(fault.Conflict, "notify.still_off")
	}
	before := m
	now := s.Now()
	m.State, m.Attempts, m.Error, m.Next, m.GiveUp = Queued, 0, "", now, now.Add(giveUpAfter)
	if err := update(tx, m, before, ""); err != nil {
		if errors.Is(err, errMoved) {
			return fault.New(fault.Conflict, "notify.not_failed")
		}
		return err
	}
	if err := s.schedule(tx, m, m.Next); err != nil {
		return err
	}
	return s.Ledger.Record(tx, who, "notify.message.retry", "notify.message", m.ID, map[string]any{"error": before.Error})
}

// retryMost bounds how many messages one press of the button sends again.
const retryMost = 500

// RetryFailed sends the failed messages of a channel again, oldest first, at most 500 at a time,
// and returns how many. Codes are left out. It is for the day after a provider was out of order
// or not configured.
func (s *Service) RetryFailed(ctx context.Context, c Channel) (n int, err error) {
	who := actor.From(ctx)
	if err := mayAdminister(who); err != nil {
		return 0, err
	}
	if c != Email && c != SMS {
		return 0, fault.New(fault.NotFound, "notify.no_message")
	}
	if s.sender(c) == nil {
		return 0, fault.New(fault.Conflict, "notify.still_off")
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		n = 0
		ids, err := db.Collect[id.ID](tx.Query(`SELECT id FROM notify_message WHERE state = 'failed' AND channel = $1 AND template <> $2
			AND target <> '' ORDER BY id LIMIT $3`+db.ForUpdate(tx, true), string(c), KeyCode, retryMost))(scanID)
		if err != nil {
			return err
		}
		for _, i := range ids {
			m, _, err := get(tx, i, false)
			if err != nil {
				return err
			}
			if err := s.retry(tx, who, m); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// Shown is a message of the demonstration's outbox, as its recipient would have got it.
type Shown struct {
	Message
	Code string // the one-time code in it, if it carries one
}

// Outbox returns the newest messages that would have gone out, codes included. Only the
// demonstration has it: otherwise the fault is NotFound.
func (s *Service) Outbox(ctx context.Context, before id.ID, limit int) ([]Shown, error) {
	if !s.Demo {
		return nil, fault.New(fault.NotFound, "notify.no_message")
	}
	q := s.DB.Read(ctx)
	ms, err := list(q, "channel IN ('email', 'sms')", nil, before, page(limit))
	if err != nil {
		return nil, err
	}
	var out []Shown
	for _, m := range ms {
		x := Shown{Message: m}
		if m.Template == KeyCode {
			if _, x.Code, err = get(q, m.ID, false); err != nil {
				return nil, err
			}
			x.Body = withCode(m.Body, x.Code)
		}
		out = append(out, x)
	}
	return out, nil
}

package notify

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

const (
	sendTime   = 30 * time.Second // how long a provider may take
	lease      = 90 * time.Second // after it a message still "sending" belongs to a process that is gone
	lostAfter  = 5 * time.Minute  // after it a message still "queued" has lost its job
	keepTarget = 90 * 24 * time.Hour
	reclaimMax = 200
	eraseStep  = 2000
	maxError   = 300
)

// pause returns how long to wait after the given failed attempt (1, 2, …). Codes are wanted while
// somebody waits in front of the form.
func pause(template string, attempt int) time.Duration {
	waits := []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute,
		10 * time.Minute, 20 * time.Minute, 40 * time.Minute, time.Hour}
	if template == KeyCode {
		waits = []time.Duration{3 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second}
	}
	return waits[min(max(attempt, 1), len(waits))-1]
}

// taken is a message marked as being sent by this process.
type taken struct {
	Message
	secret string
	until  time.Time // end of the lease; tells this attempt from every other one
	sender Sender    // nil: there is nothing to send
}

// deliver sends one message, if it still waits. An error means that the database failed; what the
// provider does is written in the row.
func (s *Service) deliver(ctx context.Context, message id.ID) error {
	t, err := s.take(ctx, message)
	if err != nil || t.sender == nil {
		return err
	}
	send, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	err = t.sender.Send(send, Letter{ID: t.ID, To: t.Target, Lang: t.Lang, Subject: t.Subject,
		Body: withCode(t.Body, t.secret), Created: t.Created})
	// What happened is written down even if the program is ending.
	return s.settle(context.WithoutCancel(ctx), t, err)
}

// take marks the message as being sent, or closes it if it cannot be sent any more.
func (s *Service) take(ctx context.Context, message id.ID) (t taken, err error) {
	now := s.Now()
	var again, closed bool
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		again, closed = false, false
		m, secret, err := get(tx, message, true)
		if db.Missing(err) {
			t = taken{}
			return nil
		}
		if err != nil {
			return err
		}
		t = taken{Message: m, secret: secret}
		switch {
		case m.State == Queued:
		case m.State == Sending && !now.Before(m.Next):
			again = true
		default:
			return nil // done, or another process is at it
		}
		t.Repeated = m.Repeated || again
		to := s.sender(m.Channel)
		// A clock that jumps a day ahead is no reason to give up what was never tried; a code would
		// only mislead.
		if to == nil || !now.Before(m.GiveUp) && (m.Attempts > 0 || m.Template == KeyCode) {
			closed = true
			why := errGaveUp
			switch {
			case to == nil:
				why = errOff
			case m.Template == KeyCode:
				why = errExpired
			case m.Error != "":
				why = m.Error
			}
			t.State, t.Error = Failed, why
			return update(tx, t.Message, m, "")
		}
		t.sender, t.until = to, now.Add(lease)
		t.State, t.Attempts, t.Next = Sending, m.Attempts+1, t.until
		return update(tx, t.Message, m, secret)
	})
	if err != nil {
		return taken{}, err
	}
	if again {
		s.repeats(ctx, t.Message, processEnded)
	}
	if closed {
		s.tell(ctx, slog.LevelError, "notify: a message was given up", t.Message)
	}
	return t, nil
}

// repeats says that somebody may get the message twice.
func (s *Service) repeats(ctx context.Context, m Message, why string) {
	s.Log.WarnContext(ctx, "notify: a message was in flight and is sent again under the same id; it may arrive twice",
		"message", m.ID.String(), "channel", string(m.Channel), "template", m.Template, "attempt", m.Attempts, "why", why)
}

func (s *Service) tell(ctx context.Context, level slog.Level, what string, m Message) {
	s.Log.Log(ctx, level, what, "message", m.ID.String(), "channel", string(m.Channel), "template", m.Template,
		"attempt", m.Attempts, "error", m.Error)
}

// settle writes down how the attempt ended and plans the next one.
func (s *Service) settle(ctx context.Context, t taken, sendErr error) error {
	now := s.Now()
	before := t.Message
	m := t.Message
	out := outcomeOf(sendErr)
	secret := t.secret
	switch {
	case sendErr == nil:
		m.State, m.Sent, m.Error = Sent, now, ""
		if m.Repeated {
			m.State = MaybeRepeated
		}
		if !s.Demo {
			secret = "" // the demonstration shows it at /demo/outbox
		}
	case out.Outcome == Never:
		m.State, m.Error, secret = Failed, reason(t, out.Err), ""
	default:
		m.State, m.Error = Queued, reason(t, out.Err)
		if out.Outcome == Doubt {
			m.Repeated = true
		}
		m.Next = now.Add(max(pause(m.Template, m.Attempts), min(out.After, time.Hour)))
		if !m.Next.Before(m.GiveUp) {
			m.State, secret = Failed, ""
		}
	}
	lost := false
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		lost = false
		err := update(tx, m, before, secret)
		if errors.Is(err, errMoved) {
			lost = true // the lease had ended and another process went on with the message
			return nil
		}
		if err != nil || m.State != Queued {
			return err
		}
		return s.schedule(tx, m, m.Next)
	})
	switch {
	case err != nil:
		// The row stays "sending": after the lease it is sent again under the same id.
		return err
	case lost:
		s.tell(ctx, slog.LevelWarn, "notify: a provider answered too late", m)
	case m.State == Failed:
		s.tell(ctx, slog.LevelError, "notify: a message failed for good", m)
	case m.State == Queued && out.Outcome == Doubt:
		s.repeats(ctx, m, lostAnswer)
	case m.State == Queued:
		s.tell(ctx, slog.LevelWarn, "notify: a message was not taken and is tried again", m)
	}
	return nil
}

// reason returns the provider's words as they may be stored: on one line, short, without the
// address they were about and without the code.
func reason(t taken, err error) string {
	e := text.Line(err.Error())
	hide := []string{t.Target}
	if t.Channel == SMS {
		hide = append(hide, international(t.Target), strings.TrimPrefix(international(t.Target), "+"))
	}
	for _, h := range hide {
		if h != "" {
			e = strings.ReplaceAll(e, h, Mask(t.Target))
		}
	}
	if t.secret != "" {
		e = strings.ReplaceAll(e, t.secret, "***")
	}
	return cut(e, maxError)
}

// reclaim finds messages that were in flight when their process died, and messages whose job got
// lost, and gives them new jobs.
func (s *Service) reclaim(ctx context.Context) error {
	now := s.Now()
	var again []Message
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		again = nil
		ids, err := stuck(tx, now, now.Add(-lostAfter), reclaimMax)
		if err != nil {
			return err
		}
		for _, i := range ids {
			before, secret, err := get(tx, i, false)
			if err != nil {
				return err
			}
			m := before
			if m.State == Sending {
				m.Repeated = true
				again = append(again, m)
			}
			m.State, m.Next = Queued, now
			if err := update(tx, m, before, secret); err != nil {
				return err
			}
			if err := s.schedule(tx, m, time.Time{}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, m := range again {
		s.repeats(ctx, m, processEnded)
	}
	return nil
}

// erase removes numbers, addresses and the texts sent to them after 90 days, and codes that are
// no longer good. What is in an account stays.
func (s *Service) erase(ctx context.Context) error {
	now := s.Now()
	if !s.Demo {
		err := s.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE notify_message SET secret = '' WHERE secret <> '' AND give_up_at < $1", db.Micros(now))
			return err
		})
		if err != nil {
			return err
		}
	}
	for {
		var n int64
		err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
			n, err = tx.Exec(`UPDATE notify_message SET target = '', subject = '', body = '', secret = '' WHERE id IN (
				SELECT id FROM notify_message WHERE target <> '' AND channel <> 'account' AND created_at < $1
				AND state NOT IN ('queued', 'sending') LIMIT $2)`, db.Micros(now.Add(-keepTarget)), eraseStep)
			return err
		})
		if err != nil || n < eraseStep {
			return err
		}
	}
}

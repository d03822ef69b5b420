package notify

import (
	"context"
	"time"

	"lienthong/internal/kit/id"
)

// What the tests outside the package need of its inside.

const (
	Lease     = lease
	LostAfter = lostAfter
)

func (s *Service) Deliver(ctx context.Context, m id.ID) error { return s.deliver(ctx, m) }
func (s *Service) Reclaim(ctx context.Context) error          { return s.reclaim(ctx) }
func (s *Service) Erase(ctx context.Context) error            { return s.erase(ctx) }

// Crash does what a process does that dies between handing a message over and writing that down.
func (s *Service) Crash(ctx context.Context, m id.ID) error {
	t, err := s.take(ctx, m)
	if err != nil {
		return err
	}
	return t.sender.Send(ctx, Letter{ID: t.ID, To: t.Target, Lang: t.Lang, Subject: t.Subject, Body: withCode(t.Body, t.secret), Created: t.Created})
}

// Secret returns the stored code of a message.
func (s *Service) Secret(ctx context.Context, m id.ID) (Message, string, error) {
	return get(s.DB.Read(ctx), m, false)
}

func Pause(template string, attempt int) time.Duration { return pause(template, attempt) }

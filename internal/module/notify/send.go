package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lienthong/internal/kit/config"
	"lienthong/internal/kit/id"
)

// Letter is a message on its way out.
type Letter struct {
	ID      id.ID  // the same however often the message is handed over
	To      string // an e-mail address, or a telephone number in its national form
	Lang    string
	Subject string // of an e-mail
	Body    string
	Created time.Time
}

// Sender hands messages of one channel to its provider. A nil error means that the provider has
// taken the message over. Errors are of type SendError; any other counts as Doubt.
type Sender interface {
	Send(ctx context.Context, l Letter) error
}

// Outcome says what is known about a message that a provider did not confirm.
type Outcome int

// The outcomes.
const (
	Doubt Outcome = iota // the provider may or may not have it
	Later                // the provider does not have it and may take it later
	Never                // the provider refused it for good
)

// SendError is why a message was not confirmed.
type SendError struct {
	Outcome Outcome
	After   time.Duration // the provider asked to wait that long; 0 if it did not
	Err     error
}

func (e *SendError) Error() string { return e.Err.Error() }

func (e *SendError) Unwrap() error { return e.Err }

// outcomeOf returns what an error of a Sender says.
func outcomeOf(err error) SendError {
	var e *SendError
	if errors.As(err, &e) {
		return *e
	}
	return SendError{Outcome: Doubt, Err: err}
}

// Senders returns what carries e-mail and SMS with this configuration; nil for a channel that is
// not configured.
func Senders(c config.Config) (email, sms Sender, err error) {
	if c.SMTP.Addr != "" {
		if email, err = NewSMTP(c.SMTP); err != nil {
			return nil, nil, fmt.Errorf("smtp: %w", err)
		}
	}
	if c.SMS.URL != "" {
		if sms, err = NewSMSGateway(c.SMS); err != nil {
			return nil, nil, fmt.Errorf("sms: %w", err)
		}
	}
	return email, sms, nil
}

// demoSender takes everything and sends nothing: the rows themselves are the outbox.
type demoSender struct{}

func (demoSender) Send(context.Context, Letter) error { return nil }

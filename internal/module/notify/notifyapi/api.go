// Package notifyapi is the JSON API of messages under /api/v1: a citizen's own notifications, and
// templates and the delivery log for administrators, over the same use cases as the pages.
//
// Numbers and addresses are masked everywhere, and one-time codes are in no answer.
package notifyapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/notify"
)

// Register adds the operations of messages.
func Register(a *rest.API, s *notify.Service) {
	h := handlers{s}
	rest.Register(a, rest.Citizen, op(http.MethodGet, "/notifications", "listNotifications", "notifications",
		"List my notifications", "The notifications in the account of whoever is signed in, newest first."), h.inbox)
	rest.Register(a, rest.Citizen, op(http.MethodPost, "/notifications/read", "markNotificationsRead", "notifications",
		"Mark notifications as read", "Marks one notification, or all of them if none is named. Those of others are left alone."), h.read)
	rest.Register(a, notify.PermEdit, op(http.MethodGet, "/notifications/deliveries", "listDeliveries", "messages",
		"List deliveries", "Messages sent by e-mail and SMS, newest first, recipients masked and without texts."), h.deliveries)
	rest.Register(a, notify.PermEdit, op(http.MethodGet, "/notifications/deliveries/{message}", "getDelivery", "messages",
		"Read a delivery", "One message with its text, the recipient masked. Reading it is noted in the ledger."), h.delivery)
	rest.Register(a, notify.PermEdit, op(http.MethodPost, "/notifications/deliveries/{message}/retry", "retryDelivery", "messages",
		"Send a failed message again", "It is sent under its own id. 409 if it has not failed or nothing is left to send."), h.retry)
	rest.Register(a, notify.PermEdit, op(http.MethodGet, "/notifications/channels", "listChannels", "messages",
		"State of the channels", "Which channels are on and how much waits."), h.channels)
	h.registerTemplates(a)
}

func op(method, path, name, tag, summary, description string) huma.Operation {
	return huma.Operation{Method: method, Path: path, OperationID: name, Tags: []string{tag}, Summary: summary, Description: description}
}

type handlers struct{ s *notify.Service }

// Notification is a message in somebody's account.
type Notification struct {
	ID      string     `json:"id" format:"uuid"`
	Kind    string     `json:"kind" doc:"What it is about: received, supplement, finished, …"`
	Lang    string     `json:"lang" enum:"vi,en"`
	Subject string     `json:"subject"`
	Body    string     `json:"body" doc:"Plain text."`
	Dossier string     `json:"dossier,omitempty" doc:"The dossier's code."`
	At      time.Time  `json:"at"`
	ReadAt  *time.Time `json:"read_at,omitempty"`
}

// cursor is where a list goes on.
type cursor struct {
	ID id.ID `json:"id"`
}

// position reads the cursor of a list; an empty one begins at the top.
func position(p rest.PageIn) (id.ID, error) {
	var c cursor
	if p.Cursor == "" {
		return c.ID, nil
	}
	err := rest.DecodeCursor(p.Cursor, &c)
	return c.ID, err
}

func cursorOf(m notify.Message) cursor { return cursor{m.ID} }

// instant leaves out what has not happened.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

type inboxOut struct {
	Body struct {
		rest.PageOut[Notification]
		Unread int `json:"unread" doc:"Of all pages."`
	}
}

func (h handlers) inbox(ctx context.Context, in *struct{ rest.PageIn }) (*inboxOut, error) {
	before, err := position(in.PageIn)
	if err != nil {
		return nil, err
	}
	ms, err := h.s.Inbox(ctx, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &inboxOut{}
	if out.Body.Unread, err = h.s.Unread(ctx); err != nil {
		return nil, err
	}
	out.Body.PageOut, err = rest.Page(ms, in.Limit, cursorOf, func(m notify.Message) Notification {
		return Notification{ID: m.ID.String(), Kind: m.Template, Lang: m.Lang, Subject: m.Subject, Body: m.Body, Dossier: m.DossierCode,
			At: m.Created.UTC(), ReadAt: instant(m.Read)}
	})
	return out, err
}

type readIn struct {
	Body struct {
		ID string `json:"id,omitempty" maxLength:"36" doc:"The notification; all of them if missing."`
	}
}

func (h handlers) read(ctx context.Context, in *readIn) (*struct{}, error) {
	var one id.ID
	if in.Body.ID != "" {
		var err error
		if one, err = id.Parse(in.Body.ID); err != nil || one.Zero() {
			return nil, fault.New(fault.NotFound, "notify.no_message")
		}
	}
	return nil, h.s.MarkRead(ctx, one)
}

// Delivery is a message sent by e-mail or SMS.
type Delivery struct {
	ID              string     `json:"id" format:"uuid" doc:"Also its Message-ID and the SMS provider's Idempotency-Key."`
	Channel         string     `json:"channel" enum:"email,sms"`
	Target          string     `json:"target,omitempty" doc:"Masked; missing when it was erased after 90 days."`
	Kind            string     `json:"kind"`
	TemplateVersion int64      `json:"template_version" doc:"0 is the text that comes with the program."`
	Lang            string     `json:"lang" enum:"vi,en"`
	Subject         string     `json:"subject,omitempty"`
	Body            string     `json:"body,omitempty" doc:"Only where one message is read. A one-time code is never in it."`
	State           string     `json:"state" enum:"queued,sending,sent,failed,maybe_repeated"`
	Attempts        int        `json:"attempts"`
	Error           string     `json:"error,omitempty" doc:"A key beginning with notify.err., or the provider's words."`
	Dossier         string     `json:"dossier,omitempty"`
	CreatedAt       time.Time  `json:"created_at"`
	NextAt          *time.Time `json:"next_at,omitempty" doc:"When it is tried next, while queued."`
	SentAt          *time.Time `json:"sent_at,omitempty"`
}

func show(m notify.Message) Delivery {
	d := Delivery{ID: m.ID.String(), Channel: string(m.Channel), Target: m.Target, Kind: m.Template, TemplateVersion: m.Version, Lang: m.Lang,
		Subject: m.Subject, Body: m.Body, State: string(m.State), Attempts: m.Attempts, Error: m.Error, Dossier: m.DossierCode,
		CreatedAt: m.Created.UTC(), SentAt: instant(m.Sent)}
	if m.State == notify.Queued {
		d.NextAt = instant(m.Next)
	}
	return d
}

type deliveriesIn struct {
	rest.PageIn
	State   string `query:"state" enum:"queued,sending,sent,failed,maybe_repeated"`
	Channel string `query:"channel" enum:"email,sms"`
	Kind    string `query:"kind" maxLength:"40"`
	Dossier string `query:"dossier" maxLength:"80" doc:"The dossier's code."`
	To      string `query:"to" maxLength:"254" doc:"A whole number or address."`
}

type deliveriesOut struct{ Body rest.PageOut[Delivery] }

func (h handlers) deliveries(ctx context.Context, in *deliveriesIn) (*deliveriesOut, error) {
	before, err := position(in.PageIn)
	if err != nil {
		return nil, err
	}
	ms, err := h.s.Deliveries(ctx, notify.Filter{State: notify.State(in.State), Channel: notify.Channel(in.Channel), Template: in.Kind,
		Dossier: in.Dossier, To: in.To, Before: before, Limit: in.Limit + 1})
	if err != nil {
		return nil, err
	}
	page, err := rest.Page(ms, in.Limit, cursorOf, show)
	return &deliveriesOut{page}, err
}

type messageIn struct {
	Message string `path:"message" maxLength:"36"`
}

func (in messageIn) id() (id.ID, error) {
	i, err := id.Parse(in.Message)
	if err != nil {
		return i, fault.New(fault.NotFound, "notify.no_message")
	}
	return i, nil
}

type deliveryOut struct{ Body Delivery }

func (h handlers) delivery(ctx context.Context, in *messageIn) (*deliveryOut, error) {
	i, err := in.id()
	if err != nil {
		return nil, err
	}
	m, err := h.s.Delivery(ctx, i)
	if err != nil {
		return nil, err
	}
	return &deliveryOut{show(m)}, nil
}

func (h handlers) retry(ctx context.Context, in *messageIn) (*struct{}, error) {
	i, err := in.id()
	if err != nil {
		return nil, err
	}
	return nil, h.s.Retry(ctx, i)
}

// ChannelState says how a channel does.
type ChannelState struct {
	Channel string `json:"channel" enum:"email,sms"`
	On      bool   `json:"on" doc:"A provider is configured."`
	Demo    bool   `json:"demo" doc:"Messages are shown instead of sent."`
	Waiting int    `json:"waiting"`
	Late    int    `json:"late" doc:"Of those waiting, tried before without success."`
	Failed  int    `json:"failed" doc:"Within the last 24 hours."`
}

type channelsOut struct {
	Body struct {
		Items []ChannelState `json:"items" nullable:"false"`
	}
}

func (h handlers) channels(ctx context.Context, _ *struct{}) (*channelsOut, error) {
	status, err := h.s.Status(ctx)
	if err != nil {
		return nil, err
	}
	out := &channelsOut{}
	for _, s := range status {
		out.Body.Items = append(out.Body.Items, ChannelState{string(s.Channel), !s.Off, s.Demo, s.Waiting, s.Late, s.Failed})
	}
	return out, nil
}

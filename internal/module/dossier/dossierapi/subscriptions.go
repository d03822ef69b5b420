package dossierapi

import (
	"context"
	"net/http"
	"time"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
)

func (a *api) registerSubscriptions() {
	add(a, perm(dossier.PermStats), op(http.MethodGet, "/report-subscriptions", "list-report-subscriptions", tagFigures, "List my subscribed reports",
		"The oldest first."), a.subscriptions)
	add(a, perm(dossier.PermStats), created("/report-subscriptions", "create-report-subscription", tagFigures, "Have a report sent by e-mail",
		"After each whole period a mail with sums and a link that asks to sign in. An account has at most 20."), a.subscribe)
	add(a, perm(dossier.PermStats), op(http.MethodPut, "/report-subscriptions/{subscription}/paused", "pause-report-subscription", tagFigures,
		"Pause a subscribed report, or let it go on", "It goes on with the period that is running then."), a.pauseReport)
	add(a, perm(dossier.PermStats), op(http.MethodDelete, "/report-subscriptions/{subscription}", "delete-report-subscription", tagFigures,
		"End a subscribed report", "It is not sent any more."), a.dropReport)
}

// ReportChoice is what a subscribed report is about; what is left out leaves everything in.
type ReportChoice struct {
	Agency    string `json:"agency,omitempty" format:"uuid" doc:"One agency; all the reader may see, if left out."`
	Level     string `json:"level,omitempty" maxLength:"100" doc:"A kind of agency."`
	Field     string `json:"field,omitempty" maxLength:"100" doc:"A field of government: its name in small letters without marks, words joined by hyphens." example:"ho-tich"`
	Procedure string `json:"procedure,omitempty" maxLength:"64" doc:"Code of one procedure."`
	Channel   int    `json:"channel,omitempty" enum:"1,2,3,4" doc:"1 counter, 2 online, 3 post, 4 sector systems."`
}

// ReportSubscription is a report that is sent by e-mail.
type ReportSubscription struct {
	ID        string       `json:"id" format:"uuid"`
	Name      string       `json:"name"`
	Every     string       `json:"every" enum:"day,week,month"`
	Choice    ReportChoice `json:"choice"`
	Paused    bool         `json:"paused"`
	Through   string       `json:"through" format:"date" doc:"Last day of the last period that was sent, or was over before the subscription began."`
	CreatedAt time.Time    `json:"created_at"`
}

func showSubscription(x *dossier.Subscription) ReportSubscription {
	c := ReportChoice{Level: x.Choice.Level, Field: x.Choice.Field, Procedure: x.Choice.Procedure, Channel: x.Choice.Channel}
	if !x.Choice.Agency.Zero() {
		c.Agency = x.Choice.Agency.String()
	}
	return ReportSubscription{ID: x.ID.String(), Name: x.Name, Every: x.Every, Choice: c, Paused: !x.Paused.IsZero(),
		Through: x.Sent.String(), CreatedAt: x.Created}
}

func (a *api) subscriptions(ctx context.Context, _ *struct{}) (*out[list[ReportSubscription]], error) {
	rows, err := a.s.Subscriptions(ctx)
	return &out[list[ReportSubscription]]{items(rows, showSubscription)}, err
}

func (a *api) subscribe(ctx context.Context, in *struct {
	Body struct {
		Name   string       `json:"name" minLength:"1" maxLength:"120"`
		Every  string       `json:"every" enum:"day,week,month"`
		Choice ReportChoice `json:"choice,omitempty"`
	}
}) (*out[ReportSubscription], error) {
	b := in.Body
	c := dossier.Choice{Level: b.Choice.Level, Field: b.Choice.Field, Procedure: b.Choice.Procedure, Channel: b.Choice.Channel}
	if b.Choice.Agency != "" {
		var err error
		if c.Agency, err = parse("body.choice.agency", b.Choice.Agency); err != nil {
			return nil, err
		}
	}
	x, err := a.s.SubscribeReport(ctx, b.Name, b.Every, c)
	if err != nil {
		return nil, err
	}
	return &out[ReportSubscription]{showSubscription(x)}, nil
}

// subscription reads the identifier of a path; one that is none is a subscription nobody has.
func subscription(s string) (id.ID, error) {
	x, err := id.Parse(s)
	if err != nil {
		return x, fault.New(fault.NotFound, "dossier.no_subscription")
	}
	return x, nil
}

func (a *api) pauseReport(ctx context.Context, in *struct {
	Subscription string `path:"subscription"`
	Body         struct {
		Paused bool `json:"paused"`
	}
}) (*out[ReportSubscription], error) {
	x, err := subscription(in.Subscription)
	if err != nil {
		return nil, err
	}
	if err := a.s.PauseReport(ctx, x, in.Body.Paused); err != nil {
		return nil, err
	}
	now, err := a.s.Subscription(ctx, x)
	if err != nil {
		return nil, err
	}
	return &out[ReportSubscription]{showSubscription(now)}, nil
}

func (a *api) dropReport(ctx context.Context, in *struct {
	Subscription string `path:"subscription"`
}) (*struct{}, error) {
	x, err := subscription(in.Subscription)
	if err != nil {
		return nil, err
	}
	return nil, a.s.DropReport(ctx, x)
}

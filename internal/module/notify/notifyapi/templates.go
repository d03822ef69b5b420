package notifyapi

import (
	"context"
	"net/http"
	"time"

	"lienthong/internal/kit/rest"
	"lienthong/internal/module/notify"
)

func (h handlers) registerTemplates(a *rest.API) {
	const one = "/notifications/templates/{kind}/{channel}/{lang}"
	rest.Register(a, notify.PermEdit, op(http.MethodGet, "/notifications/templates", "listTemplates", "messages",
		"List message texts", "Every text, as it holds now."), h.templates)
	rest.Register(a, notify.PermEdit, op(http.MethodGet, one, "getTemplate", "messages", "Read a message text", ""), h.template)
	rest.Register(a, notify.PermEdit, op(http.MethodPut, one, "saveTemplate", "messages", "Change a message text",
		"Values are named in braces; a stretch in square brackets is left out if a value in it does not exist. 409 if version is not the newest."), h.save)
	rest.Register(a, notify.PermEdit, op(http.MethodPost, one+"/reset", "resetTemplate", "messages", "Use the original text again", ""), h.reset)
	rest.Register(a, notify.PermEdit, op(http.MethodPost, one+"/preview", "previewTemplate", "messages", "Preview a message text",
		"With example values; nothing is saved."), h.preview)
}

// Template is a text of messages.
type Template struct {
	Kind      string     `json:"kind"`
	Channel   string     `json:"channel" enum:"account,email,sms"`
	Lang      string     `json:"lang" enum:"vi,en"`
	Subject   string     `json:"subject,omitempty"`
	Body      string     `json:"body"`
	Version   int64      `json:"version" doc:"Grows with each change; 0 was never changed."`
	Custom    bool       `json:"custom" doc:"Differs from the text that comes with the program."`
	Values    []string   `json:"values" nullable:"false" doc:"What the text may name in braces."`
	ChangedAt *time.Time `json:"changed_at,omitempty"`
}

func showTemplate(t notify.Template) Template {
	return Template{t.Key, string(t.Channel), t.Lang, t.Subject, t.Body, t.Version, t.Custom, t.Names(), instant(t.Changed)}
}

type templatesOut struct {
	Body struct {
		Items []Template `json:"items" nullable:"false"`
	}
}

func (h handlers) templates(ctx context.Context, _ *struct{}) (*templatesOut, error) {
	ts, err := h.s.Templates(ctx)
	if err != nil {
		return nil, err
	}
	out := &templatesOut{}
	for _, t := range ts {
		out.Body.Items = append(out.Body.Items, showTemplate(t))
	}
	return out, nil
}

// PlaceIn names a text in an address.
type PlaceIn struct {
	Kind    string `path:"kind" maxLength:"40"`
	Channel string `path:"channel" maxLength:"10"`
	Lang    string `path:"lang" maxLength:"2"`
}

type templateOut struct{ Body Template }

func (h handlers) template(ctx context.Context, in *PlaceIn) (*templateOut, error) {
	t, err := h.s.Template(ctx, in.Kind, in.Lang, notify.Channel(in.Channel))
	if err != nil {
		return nil, err
	}
	return &templateOut{showTemplate(t)}, nil
}

type saveIn struct {
	PlaceIn
	Body struct {
		Version int64  `json:"version" minimum:"0" doc:"The version that was changed."`
		Subject string `json:"subject,omitempty" maxLength:"1000"`
		Body    string `json:"body" maxLength:"20000"`
	}
}

func (h handlers) save(ctx context.Context, in *saveIn) (*templateOut, error) {
	t, err := h.s.SaveTemplate(ctx, notify.Template{Key: in.Kind, Lang: in.Lang, Channel: notify.Channel(in.Channel),
		Version: in.Body.Version, Subject: in.Body.Subject, Body: in.Body.Body})
	if err != nil {
		return nil, err
	}
	return &templateOut{showTemplate(t)}, nil
}

type resetIn struct {
	PlaceIn
	Body struct {
		Version int64 `json:"version" minimum:"0"`
	}
}

func (h handlers) reset(ctx context.Context, in *resetIn) (*templateOut, error) {
	t, err := h.s.ResetTemplate(ctx, in.Kind, in.Lang, notify.Channel(in.Channel), in.Body.Version)
	if err != nil {
		return nil, err
	}
	return &templateOut{showTemplate(t)}, nil
}

type previewIn struct {
	PlaceIn
	Body struct {
		Subject string `json:"subject,omitempty" maxLength:"1000"`
		Body    string `json:"body" maxLength:"20000"`
	}
}

// Preview is a text with example values put in.
type Preview struct {
	Subject string `json:"subject,omitempty"`
	Body    string `json:"body"`
	Units   int    `json:"units,omitempty" doc:"Places an SMS takes."`
	Parts   int    `json:"parts,omitempty" doc:"SMS the provider charges."`
}

type previewOut struct{ Body Preview }

func (h handlers) preview(ctx context.Context, in *previewIn) (*previewOut, error) {
	p, err := h.s.PreviewTemplate(ctx, notify.Template{Key: in.Kind, Lang: in.Lang, Channel: notify.Channel(in.Channel),
		Subject: in.Body.Subject, Body: in.Body.Body})
	if err != nil {
		return nil, err
	}
	return &previewOut{Preview{p.Subject, p.Body, p.Size.Units, p.Size.Parts}}, nil
}

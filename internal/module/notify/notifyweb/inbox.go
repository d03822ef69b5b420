package notifyweb

import (
	"context"
	"net/http"
	"net/url"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/notify"
)

type inboxView struct {
	Messages []notify.Message
	Unread   int
	After    string // the page shown, to come back to
	Next     string
	Path     string // of the inbox
	Desk     bool   // an official's
}

// dossier is the address of a dossier for whoever reads.
func (v inboxView) dossier(code string) string {
	if v.Desk {
		return ui.PathDesk + "/ho-so/" + url.PathEscape(code)
	}
	return dossierPath(code)
}

// onward leads on from an empty inbox.
func (v inboxView) onward(ctx context.Context) ui.Link {
	if v.Desk {
		return ui.Link{}
	}
	return ui.Link{Label: ui.T(ctx, "ui.nav.procedures"), Href: ui.PathHome}
}

func (h *Handlers) inbox(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := inboxView{After: r.URL.Query().Get("sau"), Path: PathInbox, Desk: actor.From(ctx).Kind == actor.Staff}
	if v.Desk {
		v.Path = PathDeskInbox
	}
	var err error
	if v.Messages, err = h.Notify.Inbox(ctx, after(v.After), perPage+1); err != nil {
		return err
	}
	if v.Unread, err = h.Notify.Unread(ctx); err != nil {
		return err
	}
	if len(v.Messages) > perPage {
		v.Messages = v.Messages[:perPage]
		v.Next = v.Path + "?sau=" + v.Messages[perPage-1].ID.String()
	}
	return web.Render(w, r, http.StatusOK, inboxPage(v))
}

// markRead marks one message as read, or all of them if none is named.
func (h *Handlers) markRead(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	var one id.ID
	if s := form.Get("message"); s != "" {
		if one, err = id.Parse(s); err != nil || one.Zero() {
			return noMessage()
		}
	}
	if err := h.Notify.MarkRead(r.Context(), one); err != nil {
		return err
	}
	if one.Zero() {
		web.Flash(w, r, ui.OK, "notify.all_read")
	}
	to := PathInbox
	if actor.From(r.Context()).Kind == actor.Staff {
		to = PathDeskInbox
	}
	if i := after(form.Get("sau")); !i.Zero() {
		to += "?sau=" + i.String()
	}
	return web.Redirect(w, r, to)
}

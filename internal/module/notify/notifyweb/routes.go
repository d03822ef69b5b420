// Package notifyweb holds the pages of messages: the citizen's inbox, the texts and the delivery
// log for administrators, and the outbox of the demonstration.
package notifyweb

import (
	"context"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/notify"
)

// The addresses of this package's pages.
const (
	PathInbox     = "/toi/thong-bao"
	PathDeskInbox = "/can-bo/thong-bao"
	PathTemplates = "/quan-tri/mau-tin"
	PathLog       = "/quan-tri/tin-nhan"
	PathOutbox    = "/demo/outbox" // exists in the demonstration only
	pathDossier   = "/toi/ho-so/"
)

// Handlers answers the pages.
type Handlers struct {
	Notify *notify.Service
}

// Routes registers the pages.
func Routes(r *web.Router, h *Handlers) {
	r.Handle("GET "+PathInbox, web.Citizen, h.inbox)
	r.Handle("POST "+PathInbox+"/da-doc", web.Citizen, h.markRead)

	r.Handle("GET "+PathDeskInbox, web.Staff, h.inbox)
	r.Handle("POST "+PathDeskInbox+"/da-doc", web.Staff, h.markRead)

	r.Handle("GET "+PathTemplates, notify.PermEdit, h.templates)
	r.Handle("GET "+PathTemplates+"/{key}/{channel}/{lang}", notify.PermEdit, h.template)
	r.Handle("POST "+PathTemplates+"/{key}/{channel}/{lang}", notify.PermEdit, h.changeTemplate)

	r.Handle("GET "+PathLog, notify.PermEdit, h.log)
	r.Handle("POST "+PathLog+"/gui-lai", notify.PermEdit, h.retryFailed)
	r.Handle("GET "+PathLog+"/{message}", notify.PermEdit, h.message)
	r.Handle("POST "+PathLog+"/{message}/gui-lai", notify.PermEdit, h.retry)

	if h.Notify.Demo {
		r.Handle("GET "+PathOutbox, web.Public, h.outbox)
	}
}

// InboxLink returns the link to the inbox of whoever is signed in, with the number of unread
// messages, for the head of a page. A count that cannot be read is left out: no page fails for it.
func (h *Handlers) InboxLink(ctx context.Context) ui.Tool {
	n, err := h.Notify.Unread(ctx)
	if err != nil {
		n = 0
	}
	to := PathInbox
	if actor.From(ctx).Kind == actor.Staff {
		to = PathDeskInbox
	}
	return ui.Tool{Label: ui.T(ctx, "notify.inbox"), Icon: "bell", Href: to, Count: n}
}

// perPage is how many messages a page shows.
const perPage = 50

// noMessage is the answer to an address that holds no identifier.
func noMessage() error { return fault.New(fault.NotFound, "notify.no_message") }

// after reads where a list goes on; anything else than an identifier begins at the top.
func after(s string) id.ID {
	i, err := id.Parse(s)
	if err != nil {
		return id.ID{}
	}
	return i
}

package notifyweb

import (
	"net/http"
	"net/url"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/notify"
)

type logView struct {
	Filter   notify.Filter
	Messages []notify.Message
	Status   []notify.ChannelStatus
	Next     string
	Errs     []fault.Field
}

// The names of the filters in the address.
const (
	byState   = "trang-thai"
	byChannel = "kenh"
	byKind    = "loai"
	byDossier = "ho-so"
	byTarget  = "den"
)

func (h *Handlers) log(w http.ResponseWriter, r *http.Request) error {
	return h.showLog(w, r, http.StatusOK, nil)
}

func (h *Handlers) showLog(w http.ResponseWriter, r *http.Request, code int, errs []fault.Field) error {
	ctx, q := r.Context(), r.URL.Query()
	v := logView{Errs: errs, Filter: notify.Filter{State: notify.State(q.Get(byState)), Channel: notify.Channel(q.Get(byChannel)),
		Template: q.Get(byKind), Dossier: q.Get(byDossier), To: q.Get(byTarget), Before: after(q.Get("sau")), Limit: perPage + 1}}
	var err error
	if v.Messages, err = h.Notify.Deliveries(ctx, v.Filter); err != nil {
		return err
	}
	if v.Status, err = h.Notify.Status(ctx); err != nil {
		return err
	}
	if len(v.Messages) > perPage {
		v.Messages = v.Messages[:perPage]
		next := url.Values{"sau": {v.Messages[perPage-1].ID.String()}}
		for _, name := range []string{byState, byChannel, byKind, byDossier, byTarget} {
			if x := q.Get(name); x != "" {
				next.Set(name, x)
			}
		}
		v.Next = PathLog + "?" + next.Encode()
	}
	return web.Render(w, r, code, logPage(v))
}

type messageView struct {
	Message notify.Message
	Errs    []fault.Field
}

func (h *Handlers) message(w http.ResponseWriter, r *http.Request) error {
	return h.showMessage(w, r, http.StatusOK, nil)
}

func (h *Handlers) showMessage(w http.ResponseWriter, r *http.Request, code int, errs []fault.Field) error {
	i, err := id.Parse(r.PathValue("message"))
	if err != nil {
		return noMessage()
	}
	m, err := h.Notify.Delivery(r.Context(), i)
	if err != nil {
		return err
	}
	return web.Render(w, r, code, messagePage(messageView{m, errs}))
}

func (h *Handlers) retry(w http.ResponseWriter, r *http.Request) error {
	i, err := id.Parse(r.PathValue("message"))
	if err != nil {
		return noMessage()
	}
	err = h.Notify.Retry(r.Context(), i)
	if f := fault.As(err); f != nil && f.Kind == fault.Conflict {
		return h.showMessage(w, r, http.StatusConflict, []fault.Field{{Key: f.Key, Args: f.Args}})
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.OK, "notify.retried")
	return web.Redirect(w, r, PathLog+"/"+i.String())
}

func (h *Handlers) retryFailed(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	n, err := h.Notify.RetryFailed(r.Context(), notify.Channel(form.Get(byChannel)))
	if f := fault.As(err); f != nil && f.Kind == fault.Conflict {
		return h.showLog(w, r, http.StatusConflict, []fault.Field{{Key: f.Key, Args: f.Args}})
	}
	if err != nil {
		return err
	}
	if n == 0 {
		web.Flash(w, r, ui.Info, "notify.nothing_to_retry")
	} else {
		web.Flash(w, r, ui.OK, "notify.retried_all")
	}
	return web.Redirect(w, r, PathLog)
}

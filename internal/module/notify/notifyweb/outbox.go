package notifyweb

import (
	"net/http"

	"lienthong/internal/kit/web"
	"lienthong/internal/module/notify"
)

type outboxView struct {
	Messages []notify.Shown
	Next     string
}

// outbox shows what would have gone out. It is registered in the demonstration only, and the use
// case refuses elsewhere as well.
func (h *Handlers) outbox(w http.ResponseWriter, r *http.Request) error {
	ms, err := h.Notify.Outbox(r.Context(), after(r.URL.Query().Get("sau")), perPage+1)
	if err != nil {
		return err
	}
	v := outboxView{Messages: ms}
	if len(ms) > perPage {
		v.Messages = ms[:perPage]
		v.Next = PathOutbox + "?sau=" + ms[perPage-1].ID.String()
	}
	return web.Render(w, r, http.StatusOK, outboxPage(v))
}

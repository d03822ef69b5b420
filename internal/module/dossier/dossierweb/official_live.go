package dossierweb

import (
	"net/http"
	"net/url"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/web"
)

// Figures that refresh by themselves come from addresses of their own, which answer with the same
// fragment the page holds and, while nothing changed, with 304.

// liveWork answers with the numbers above a worklist. The list's own state is in the query, so that
// the links of the numbers lead where those of the page do.
func (h *Handlers) liveWork(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p := workPage{Query: r.URL.Query(), Path: desk, Me: actor.From(ctx)}
	var err error
	if p.Counts, err = h.Dossiers.Counts(ctx); err != nil {
		return err
	}
	return web.RenderLive(w, r, dueCards(p))
}

// liveFigures answers with the officials' statistics.
func (h *Handlers) liveFigures(w http.ResponseWriter, r *http.Request) error {
	p, err := h.figuresPage(r)
	if err != nil {
		return err
	}
	return web.RenderLive(w, r, figuresBody(p))
}

// liveStats answers with the public statistics.
func (h citizen) liveStats(w http.ResponseWriter, r *http.Request) error {
	v, err := h.figures(r.Context(), r.URL.Query())
	if err != nil {
		return err
	}
	return web.RenderLive(w, r, statsBody(v))
}

// liveAddress is the address a part of the page refreshes from.
func liveAddress(path string, q url.Values) string {
	if s := q.Encode(); s != "" {
		return path + "?" + s
	}
	return path
}

package dossierweb

import (
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/module/dossier"
)

// findPage is what the search field found.
type findPage struct {
	Query  string
	Hits   []dossier.Hit
	Card   person // the card that was scanned, if it was one
	May    bool   // the official may file for its holder
	Errors []fault.Field
}

// find answers the search field on every page: one hit opens the dossier, a card without one
// offers to file for its holder.
func (h *Handlers) find(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	q := text.Line(r.URL.Query().Get("q"))
	p := findPage{Query: q, May: actor.From(ctx).May(dossier.PermReceive)}
	if q == "" {
		return web.Render(w, r, http.StatusOK, officialFind(p))
	}
	var err error
	if p.Card, err = h.personOf(ctx, url.Values{"quet": {q}}); err != nil {
		return err
	}
	p.Hits, err = h.Dossiers.Find(ctx, q)
	if err != nil {
		return again(w, r, err, func(errs []fault.Field) templ.Component {
			p.Errors = errs
			return officialFind(p)
		})
	}
	if len(p.Hits) == 1 {
		return web.Redirect(w, r, dossierPath(p.Hits[0].Code))
	}
	if p.Card.Scan != "" {
		p.Query = "" // the card's number and name need not stand on the screen
	}
	return web.Render(w, r, http.StatusOK, officialFind(p))
}

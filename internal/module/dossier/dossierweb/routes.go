package dossierweb

import "lienthong/internal/kit/web"

// Routes registers the pages of dossiers.
func Routes(r *web.Router, h *Handlers) {
	citizenRoutes(r, h)
	officialRoutes(r, h)
	moveRoutes(r, h)
}

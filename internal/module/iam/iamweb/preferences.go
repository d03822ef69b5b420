package iamweb

import (
	"net/http"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/iam"
)

// setPreferences keeps how the official likes the pages. What the form does not name stays: the
// keyboard help sends its one switch alone.
func (h *Handlers) setPreferences(w http.ResponseWriter, r *http.Request) error {
	form, err := web.Form(r)
	if err != nil {
		return err
	}
	var c iam.PrefsChange
	if form.Has("mat-do") {
		density := ""
		if form.Get("mat-do") == "thoang" {
			density = actor.Comfortable
		}
		c.Density = &density
	}
	if form.Has("phim-tat") {
		off := form.Get("phim-tat") != "bat"
		c.NoKeys = &off
	}
	if _, err := h.IAM.SetPrefs(r.Context(), actor.From(r.Context()), c); err != nil {
		return err
	}
	if r.Header.Get("Sec-Fetch-Dest") != "empty" { // a script sees no message, and the next page should not say it
		web.Flash(w, r, ui.OK, "iam.preferences_kept")
	}
	return web.Redirect(w, r, pathAccount)
}

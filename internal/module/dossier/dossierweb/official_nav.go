package dossierweb

import (
	"context"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
)

// Nav returns this module's group of the officials' side menu, with how much work waits. Figures
// that cannot be had now are left out: a menu never keeps a page from being shown.
func (h *Handlers) Nav(ctx context.Context) []ui.NavGroup {
	who := actor.From(ctx)
	if who.Kind != actor.Staff || !who.May(dossier.PermRead) && !who.May(dossier.PermStats) && !who.May(dossier.PermIncident) {
		return nil
	}
	g := ui.NavGroup{Title: t(ctx, "dossierweb.nav")}
	add := func(show bool, icon, key, path string) *ui.NavLink {
		if show {
			g.Links = append(g.Links, ui.NavLink{Label: t(ctx, key), Icon: icon, Href: path})
			return &g.Links[len(g.Links)-1]
		}
		return &ui.NavLink{}
	}
	receive := who.May(dossier.PermReceive)
	if who.May(dossier.PermRead) {
		l := add(true, "inbox", "dossierweb.nav.worklist", desk)
		if c, err := h.Dossiers.Counts(ctx); err == nil {
			l.Count, l.Alert = c.All, c.Overdue > 0
		}
	}
	add(receive, "world", "dossierweb.newcomers", desk+"/moi")
	add(receive, "file-plus", "dossierweb.counter", desk+"/tiep-nhan")
	add(who.May(dossier.PermRead), "send", "dossierweb.passed", desk+"/da-chuyen")
	add(who.May(dossier.PermRead), "packages", "dossierweb.handover", desk+"/ban-giao")
	add(who.May(dossier.PermFee), "cash", "dossierweb.fees", desk+"/thu-phi")
	if l := add(who.May(dossier.PermApprove), "message-report", "dossierweb.nav.proposals", desk+"/de-nghi"); l.Href != "" {
		if ids, all := who.Agencies(dossier.PermApprove); !all && len(ids) > 0 {
			if list, err := h.Dossiers.Proposals(ctx, ids); err == nil {
				l.Count = len(list)
			}
		}
	}
	add(who.May(dossier.PermRead), "notes", "dossierweb.register", desk+"/so-theo-doi")
	add(receive, "id", "dossierweb.citizen_card", desk+"/nguoi-dan")
	add(who.May(dossier.PermStats), "chart-bar", "dossierweb.figures", desk+"/thong-ke")
	add(who.May(dossier.PermStats), "alert-triangle", "dossierweb.overdue", pathOverdue)
	if l := add(who.May(dossier.PermIncident), "alert-triangle", "dossierweb.incidents", incidentsPath); l.Href != "" {
		if list, err := h.Dossiers.IncidentGroups(ctx); err == nil {
			for _, x := range list {
				l.Count += x.N
			}
			l.Alert = l.Count > 0
		}
	}
	return []ui.NavGroup{g}
}

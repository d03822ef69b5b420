package dossierweb

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
)

// incidentsPath lists where processes stopped.
const incidentsPath = "/quan-tri/su-co"

// incidentsView is the administrator's list, by kind and one by one.
type incidentsView struct {
	Groups []dossier.IncidentGroup
	List   []*dossier.Incident
	Names  map[string]string // of procedures, by code
	Of     string            // code of the procedure the list is narrowed to
}

// incidentView is one incident with the element on its diagram.
type incidentView struct {
	*dossier.Incident
	Procedure string // name
	Diagram   string // SVG
	Outline   []bpmn.OutlineItem
	Reason    string // as typed
	Errors    []fault.Field
}

// why says in plain words why a process stopped.
func why(ctx context.Context, key string, args map[string]any) string { return i18n.T(ctx, key, args) }

// whyGroup says it for several dossiers, whose values differ.
func whyGroup(ctx context.Context, p incidentsView, g dossier.IncidentGroup) string {
	for _, x := range p.List {
		if x.Key == g.Key && x.Node == g.Node && x.Procedure == g.Procedure {
			return why(ctx, x.Key, x.Args)
		}
	}
	return why(ctx, g.Key, nil)
}

func (h *Handlers) incidents(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p := incidentsView{Names: map[string]string{}, Of: r.URL.Query().Get("thu-tuc")}
	var err error
	if p.Groups, err = h.Dossiers.IncidentGroups(ctx); err != nil {
		return err
	}
	if p.List, err = h.Dossiers.Incidents(ctx, dossier.IncidentFilter{Procedure: p.Of}); err != nil {
		return err
	}
	cat, err := h.Procedures.Catalogue(ctx)
	if err != nil {
		return err
	}
	if p.Of != "" {
		p.Groups = slices.DeleteFunc(p.Groups, func(g dossier.IncidentGroup) bool { return g.Procedure != p.Of })
	}
	for _, g := range p.Groups {
		p.Names[g.Procedure] = g.Procedure
		if e, ok := cat.ByCode(g.Procedure); ok {
			if p.Names[g.Procedure] = e.Name; i18n.Lang(ctx) == i18n.EN && e.NameEN != "" {
				p.Names[g.Procedure] = e.NameEN
			}
		}
	}
	return web.Render(w, r, http.StatusOK, officialIncidents(p))
}

func (h *Handlers) showIncident(w http.ResponseWriter, r *http.Request, status int, reason string, errs []fault.Field) error {
	ctx := r.Context()
	at, err := incidentID(r)
	if err != nil {
		return err
	}
	x, err := h.Dossiers.Incident(ctx, at)
	if err != nil {
		return err
	}
	proc, err := h.Dossiers.IncidentProcess(ctx, x)
	if err != nil {
		return err
	}
	p := incidentView{Incident: x, Procedure: proc.Record.Title(i18n.Lang(ctx)), Reason: reason, Errors: errs}
	marks := map[string]bpmn.Mark{}
	if x.Node != "" {
		marks[x.Node] = bpmn.Mark{State: bpmn.MarkCurrent, Note: t(ctx, "dossierweb.incident_here")}
	}
	p.Diagram = proc.Process.SVG(marks, bpmn.SVGOptions{Lang: i18n.Lang(ctx), ID: "process"})
	p.Outline = proc.Process.Outline(marks)
	return web.Render(w, r, status, officialIncident(p))
}

func (h *Handlers) incident(w http.ResponseWriter, r *http.Request) error {
	return h.showIncident(w, r, http.StatusOK, "", nil)
}

// typed reads what was typed as a value of a process: a number, true, false, or words; nil for nothing.
func typed(s string) any {
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	var v any
	if json.Unmarshal([]byte(s), &v) == nil {
		return v
	}
	return s
}

func incidentID(r *http.Request) (id.ID, error) {
	x, err := idOf(r.PathValue("id"))
	if err != nil {
		return x, fault.New(fault.NotFound, "dossier.no_incident")
	}
	return x, nil
}

func (h *Handlers) retryIncident(w http.ResponseWriter, r *http.Request) error {
	x, err := incidentID(r)
	if err != nil {
		return err
	}
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	var vars map[string]any
	if name := strings.TrimSpace(in.Get("bien")); name != "" {
		vars = map[string]any{name: typed(in.Get("gia-tri"))}
	}
	again, err := h.Dossiers.RetryIncident(r.Context(), x, vars)
	if err != nil {
		errs, status, err := troubles(err, langWord(r.Context()))
		if err != nil {
			return err
		}
		return h.showIncident(w, r, status, "", errs)
	}
	if again {
		web.Flash(w, r, ui.Warn, "dossierweb.incident_again")
	} else {
		web.Flash(w, r, ui.OK, "dossierweb.incident_retried")
	}
	return web.Redirect(w, r, incidentsPath)
}

func (h *Handlers) retryIncidents(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	done, err := h.Dossiers.RetryIncidents(r.Context(), dossier.IncidentFilter{Procedure: in.Get("thu-tuc"), Node: in.Get("buoc"), Key: in.Get("loai")})
	if err != nil {
		return err
	}
	if done.Again+done.Failed > 0 {
		web.Flash(w, r, ui.Warn, "dossierweb.incidents_again")
	} else {
		web.Flash(w, r, ui.OK, "dossierweb.incidents_retried")
	}
	return web.Redirect(w, r, incidentsPath)
}

func (h *Handlers) skipIncident(w http.ResponseWriter, r *http.Request) error {
	x, err := incidentID(r)
	if err != nil {
		return err
	}
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	result := typed(in.Get("ket-qua"))
	err = h.Dossiers.SkipIncident(r.Context(), x, in.Get("reason"), result)
	if err == nil {
		web.Flash(w, r, ui.OK, "dossierweb.incident_skipped")
		return web.Redirect(w, r, incidentsPath)
	}
	errs, status, err := troubles(err, langWord(r.Context()))
	if err != nil {
		return err
	}
	return h.showIncident(w, r, status, in.Get("reason"), errs)
}

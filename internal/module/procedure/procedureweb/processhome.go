package procedureweb

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/procedure"
)

// People tells the names that accounts show to colleagues; unknown accounts are left out.
type People interface {
	Names(ctx context.Context, accounts []id.ID) (map[id.ID]string, error)
}

// processRoutes registers the pages on which processes are drawn, compared and published.
func processRoutes(r *web.Router, h *Handlers, edit, publish web.Perm) {
	const at = "/quan-tri/thu-vien/quy-trinh"
	r.Handle("GET "+at+"/{key}", edit, h.processHome)
	r.Handle("POST /quan-tri/thu-vien/quy-trinh-moi", edit, h.newProcess)
	r.Handle("POST "+at+"/{key}/nhap", edit, h.startProcess)
	r.Handle("GET "+at+"/{key}/nhap.bpmn", edit, h.processFile, web.Uncompressed())
	r.Handle("GET "+at+"/{key}/so-do", edit, h.canvas)
	r.Handle("POST "+at+"/{key}/so-do", edit, h.saveCanvas, web.MaxBody(4<<20))
	r.Handle("GET "+at+"/{key}/buoc", edit, h.steps)
	r.Handle("POST "+at+"/{key}/ten", edit, h.renameProcess)
	r.Handle("GET "+at+"/{key}/buoc/{element}", edit, h.stepPage)
	r.Handle("POST "+at+"/{key}/buoc/{element}", edit, h.saveStep)
	r.Handle("GET "+at+"/{key}/lan/{lane}", edit, h.lanePage)
	r.Handle("POST "+at+"/{key}/lan/{lane}", edit, h.saveLane)
	r.Handle("GET "+at+"/{key}/them-buoc", edit, h.addStepPage)
	r.Handle("POST "+at+"/{key}/them-buoc", edit, h.addStep)
	r.Handle("POST "+at+"/{key}/bo-buoc", edit, h.removeStep)
	r.Handle("POST "+at+"/{key}/doi-cho", edit, h.swapStep)
	r.Handle("GET "+at+"/{key}/so-sanh", edit, h.compareProcess)
	r.Handle("GET "+at+"/{key}/trinh", edit, h.proposePage)
	r.Handle("POST "+at+"/{key}/trinh", edit, h.propose)
	r.Handle("POST "+at+"/{key}/tra-lai", edit, h.giveBack)
	r.Handle("GET "+at+"/{key}/duyet", publish, h.approvePage)
	r.Handle("POST "+at+"/{key}/duyet", publish, h.approve)
	r.Handle("GET "+at+"/{key}/huy-nhap", edit, h.discardProcessPage)
	r.Handle("POST "+at+"/{key}/huy-nhap", edit, h.discardProcess)
}

// processPath is the address of a page of a process.
func processPath(key, rest string) string {
	return pathLib + "/quy-trinh/" + url.PathEscape(key) + rest
}

// elementPath is the address of the form of one element.
func elementPath(key, kind, element string) string {
	return processPath(key, "/"+kind+"/"+url.PathEscape(element))
}

// processView is the page of a process: what is in force, what is being drawn, what was before.
type processView struct {
	key, title string
	asset      *procedure.Asset // nil for a process that was never published
	drawn      *bpmn.Definition // of the library, nil without
	draft      *procedure.ProcessDraft
	problems   []problemRow
	versions   []procedure.ProcessVersion
	uses       []procedure.ProcessUse
	names      map[id.ID]string
	all        bool // may edit
	publish    bool // may publish
	mine       bool // the draft waits for somebody else
}

// problemRow is one problem of a draft, with where it can be put right.
type problemRow struct{ element, text, href string }

func (h *Handlers) processHome(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := actor.From(ctx)
	v := processView{key: r.PathValue("key"), all: mayAll(ctx, procedure.PermEdit), publish: mayAll(ctx, procedure.PermPublish)}
	var err error
	if v.asset, err = h.Procedures.Process(ctx, v.key); err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	missing := err
	if v.draft, err = h.Procedures.ProcessDraft(ctx, who, v.key); err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	if err != nil {
		v.draft = nil
	}
	switch {
	case missing != nil && v.draft == nil:
		return missing
	case missing != nil:
		v.asset, v.title = nil, v.draft.Title
	default:
		if v.drawn, err = bpmn.Parse(v.asset.BPMN); err != nil {
			return err
		}
		v.title = v.drawn.Title(i18n.Lang(ctx))
	}
	if v.draft != nil {
		v.problems = h.problemRows(ctx, v.draft)
		v.mine = v.draft.Proposed() && !v.draft.MayApprove(who)
	}
	if v.versions, err = h.Procedures.ProcessVersions(ctx, v.key); err != nil {
		return err
	}
	if v.uses, err = h.Procedures.ProcessUses(ctx, v.key, nil); err != nil {
		return err
	}
	if v.names, err = h.namesOf(ctx, v.draft, v.versions); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, processHomePage(v))
}

// namesOf returns the names of everybody who had a hand in a draft and the versions.
func (h *Handlers) namesOf(ctx context.Context, d *procedure.ProcessDraft, versions []procedure.ProcessVersion) (map[id.ID]string, error) {
	if h.People == nil {
		return nil, nil
	}
	var ids []id.ID
	if d != nil {
		ids = append(ids, d.CreatedBy, d.EditedBy, d.ProposedBy)
	}
	for _, v := range versions {
		ids = append(ids, v.EditedBy, v.ProposedBy, v.ApprovedBy)
	}
	return h.People.Names(ctx, ids)
}

// name says who an account is.
func (v processView) name(ctx context.Context, account id.ID) string {
	if n := v.names[account]; n != "" {
		return n
	}
	return t(ctx, "process.somebody")
}

// problemRows says what keeps a draft from being published, each with the form that puts it right.
func (h *Handlers) problemRows(ctx context.Context, d *procedure.ProcessDraft) []problemRow {
	lang := i18n.Lang(ctx)
	def, err := bpmn.Parse(d.BPMN)
	if err != nil {
		def = nil
	}
	var out []problemRow
	for _, p := range h.Procedures.DraftProblems(ctx, d) {
		row := problemRow{element: p.Element, text: p.Text(lang)}
		if def != nil && p.Element != "" {
			switch {
			case def.Node(p.Element) != nil:
				row.href = elementPath(d.Key, "buoc", p.Element)
			case def.Lane(p.Element) != nil:
				row.href = elementPath(d.Key, "lan", p.Element)
			case def.Flow(p.Element) != nil:
				row.href = processPath(d.Key, "/so-do?phan-tu="+url.QueryEscape(p.Element))
			}
		}
		out = append(out, row)
	}
	return out
}

// processDraft returns the draft a page is about.
func (h *Handlers) processDraft(r *http.Request) (*procedure.ProcessDraft, error) {
	return h.Procedures.ProcessDraft(r.Context(), actor.From(r.Context()), r.PathValue("key"))
}

func draftRevision(d *procedure.ProcessDraft) []ui.Hidden {
	return []ui.Hidden{{Name: "revision", Value: strconv.FormatInt(d.Revision, 10)}}
}

func (h *Handlers) startProcess(w http.ResponseWriter, r *http.Request) error {
	key := r.PathValue("key")
	if _, err := h.Procedures.StartProcessDraft(r.Context(), actor.From(r.Context()), key); err != nil {
		return err
	}
	return web.Redirect(w, r, processPath(key, ""))
}

func (h *Handlers) newProcess(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	d, err := h.Procedures.NewProcess(r.Context(), actor.From(r.Context()), text.Line(in.Get("key")), in.Get("name"), in.Get("from"))
	if f := retry(err); f != nil {
		return h.renderLibrary(w, r, f)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, processPath(d.Key, ""))
}

// processFile gives the draft's file: to the drawing page, and to who wants to keep a copy.
func (h *Handlers) processFile(w http.ResponseWriter, r *http.Request) error {
	d, err := h.processDraft(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+d.Key+`.bpmn"`)
	_, err = w.Write(d.BPMN)
	return err
}

func (h *Handlers) discardProcessPage(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	d, err := h.processDraft(r)
	if err != nil {
		return err
	}
	c := ui.Confirm{Question: t(ctx, "process.discard_q", "name", d.Title), Text: t(ctx, "process.discard_text"),
		Action: processPath(d.Key, "/huy-nhap"), Hidden: draftRevision(d), Yes: t(ctx, "process.discard"), Danger: true, Cancel: processPath(d.Key, "")}
	return web.Render(w, r, http.StatusOK, confirmPage(t(ctx, "process.discard"), ui.Link{Label: d.Title, Href: processPath(d.Key, "")}, c, ui.Page{}))
}

func (h *Handlers) discardProcess(w http.ResponseWriter, r *http.Request) error {
	revision, err := revisionOf(r)
	if err != nil {
		return err
	}
	key := r.PathValue("key")
	if err := h.Procedures.DiscardProcessDraft(r.Context(), actor.From(r.Context()), key, revision); err != nil {
		return err
	}
	web.Flash(w, r, ui.OK, "procedure.process.done_discard")
	return web.Redirect(w, r, pathLib)
}

// processCrumbs is where a page of a process hangs.
func processCrumbs(ctx context.Context, key, title string, more ...ui.Link) []ui.Link {
	list := []ui.Link{{Label: t(ctx, "admin.library"), Href: pathLib}, {Label: title, Href: processPath(key, "")}}
	return crumbs(ctx, append(list, more...)...)
}

// filled leaves the empty ones out.
func filled(list ...string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

// checked is the value of a box that is ticked or not.
func checked(on bool) string {
	if on {
		return "on"
	}
	return ""
}

// processOptions are the library's processes as choices.
func processOptions(list []procedure.Asset) []ui.Option {
	var out []ui.Option
	for _, a := range list {
		out = append(out, ui.Option{Value: a.Key, Label: a.Title})
	}
	return out
}

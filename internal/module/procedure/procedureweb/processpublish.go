package procedureweb

import (
	"context"
	"net/http"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/procedure"
)

// decideView is the page on which a draft is proposed or published.
type decideView struct {
	d        *procedure.ProcessDraft
	changes  []changeRow // against what is in force
	first    bool        // nothing is in force
	problems []problemRow
	uses     []procedure.ProcessUse
	taken    []string // codes that were ticked
	names    map[id.ID]string
	may      bool // publish it
	errs     []fault.Field
	reason   string
}

// decide gathers what somebody has to know before a draft goes on.
func (h *Handlers) decide(ctx context.Context, r *http.Request, f *fault.Error) (decideView, error) {
	d, err := h.processDraft(r)
	if err != nil {
		return decideView{}, err
	}
	v := decideView{d: d, problems: h.problemRows(ctx, d), may: whoMay(ctx, d), errs: fieldsOf(ctx, f), reason: d.Reason}
	def, err := bpmn.Parse(d.BPMN)
	if err != nil {
		def = nil
	}
	if v.uses, err = h.Procedures.ProcessUses(ctx, d.Key, def); err != nil {
		return v, err
	}
	a, err := h.Procedures.Process(ctx, d.Key)
	if v.first = fault.KindOf(err) == fault.NotFound; err != nil && !v.first {
		return v, err
	}
	if !v.first && def != nil {
		old, err := bpmn.Parse(a.BPMN)
		if err != nil {
			return v, err
		}
		v.changes = changeRows(ctx, bpmn.Compare(old, def))
	}
	for _, u := range v.uses {
		if takes(u) {
			v.taken = append(v.taken, u.Code)
		}
	}
	v.names, err = h.namesOf(ctx, d, nil)
	return v, err
}

// takes tells whether a procedure can go on with the new process as it is.
func takes(u procedure.ProcessUse) bool { return len(u.Problems) == 0 && !u.HasDraft }

// takeField asks which procedures go on with the process; those that cannot say why.
func (v decideView) takeField(ctx context.Context) ui.FieldView {
	f := ui.FieldView{Path: "/code", Name: "code", Label: t(ctx, "process.take_along"), Help: t(ctx, "process.take_help"), Widget: "checkboxes", Values: v.taken}
	for _, u := range v.uses {
		o := ui.Option{Value: u.Code, Label: u.Code + " " + u.Name, Disabled: !takes(u)}
		if u.HasDraft {
			o.Help = t(ctx, "process.use_draft")
		}
		for _, p := range u.Budget {
			o.Help = joinWith(filled(o.Help, p.Text(i18n.Lang(ctx))), " ")
		}
		f.Options = append(f.Options, o)
	}
	return f
}

func (h *Handlers) proposePage(w http.ResponseWriter, r *http.Request) error {
	v, err := h.decide(r.Context(), r, nil)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, proposePage(v))
}

func (h *Handlers) propose(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	revision, err := revisionOf(r)
	if err != nil {
		return err
	}
	key, reason := r.PathValue("key"), r.PostForm.Get("reason")
	_, err = h.Procedures.ProposeProcess(ctx, actor.From(ctx), key, revision, reason)
	if f := retry(err); f != nil {
		v, err := h.decide(ctx, r, f)
		if err != nil {
			return err
		}
		v.reason = reason
		return web.Render(w, r, statusOf(f), proposePage(v))
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.OK, "procedure.process.done_propose")
	return web.Redirect(w, r, processPath(key, ""))
}

func (h *Handlers) giveBack(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	revision, err := revisionOf(r)
	if err != nil {
		return err
	}
	key := r.PathValue("key")
	_, err = h.Procedures.ReturnProcess(ctx, actor.From(ctx), key, revision, r.PostForm.Get("reason"))
	if f := retry(err); f != nil {
		v, err := h.decide(ctx, r, f)
		if err != nil {
			return err
		}
		return web.Render(w, r, statusOf(f), approvePage(v))
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.OK, "procedure.process.done_return")
	return web.Redirect(w, r, processPath(key, ""))
}

func (h *Handlers) approvePage(w http.ResponseWriter, r *http.Request) error {
	v, err := h.decide(r.Context(), r, nil)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, approvePage(v))
}

func (h *Handlers) approve(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	revision, err := revisionOf(r)
	if err != nil {
		return err
	}
	key := r.PathValue("key")
	codes := r.PostForm["code"]
	_, err = h.Procedures.ApproveProcess(ctx, actor.From(ctx), key, revision, codes)
	if f := retry(err); f != nil {
		v, err := h.decide(ctx, r, f)
		if err != nil {
			return err
		}
		v.taken = codes
		return web.Render(w, r, statusOf(f), approvePage(v))
	}
	if err != nil {
		return err
	}
	web.Flash(w, r, ui.OK, "procedure.process.done_approve")
	return web.Redirect(w, r, processPath(key, ""))
}

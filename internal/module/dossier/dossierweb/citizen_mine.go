package dossierweb

import (
	"net/http"
	"strconv"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
)

// mineView is a citizen's unfinished and filed dossiers.
type mineView struct {
	page   ui.Page
	drafts []draftLine
	open   []mineLine
	closed []mineLine
	more   string // address of the next page
	later  bool   // this is not the first page
}

// mineRows is how many filed dossiers a page of them shows.
const mineRows = 50

// mineLine is one filed dossier.
type mineLine struct {
	code, name, nameVI, agency, href string
	status                           dossier.Status
	deadline                         ui.Deadline
	answer                           bool // something is asked
}

func (h citizen) mine(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := mineView{page: ui.Page{Title: i18n.T(ctx, "ui.nav.mine"), Current: "/toi"}}
	var err error
	after := dossier.ReadMoment(r.URL.Query().Get("sau"))
	if v.later = !after.After.Zero(); !v.later {
		if v.drafts, err = h.drafts(ctx, ""); err != nil {
			return err
		}
	}
	list, err := h.Dossiers.MinePage(ctx, after, mineRows+1)
	if err != nil {
		return err
	}
	if len(list) > mineRows {
		list = list[:mineRows]
		v.more = "/toi?sau=" + list[mineRows-1].Moment().String()
	}
	tree, err := h.Org.Tree(ctx)
	if err != nil {
		return err
	}
	cat, err := h.Procedures.Catalogue(ctx)
	if err != nil {
		return err
	}
	for _, d := range list {
		var left worktime.Left
		if !d.Due.IsZero() && d.Finished.IsZero() {
			cal, err := h.Org.Calendar(ctx, d.Decision)
			if err != nil {
				return err
			}
			left = cal.Left(h.Now(), d.Due)
		}
		l := mineLine{code: d.Code, name: d.ProcedureName, nameVI: viOnly(ctx), agency: unitName(ctx, tree, d.Holder), href: ownPath(d.Code),
			status: d.Status, deadline: deadlineOf(ctx, d, left), answer: d.Status == dossier.StatusSupplement}
		if e, ok := cat.ByCode(d.ProcedureCode); ok && e.NameEN != "" && l.nameVI != "" {
			l.name, l.nameVI = e.NameEN, ""
		}
		if d.Closed() || !d.Finished.IsZero() && d.Status == dossier.StatusReturned {
			v.closed = append(v.closed, l)
		} else {
			v.open = append(v.open, l)
		}
	}
	return web.Render(w, r, http.StatusOK, minePage(v))
}

// withdraw asks before a dossier is taken back.
func (h citizen) withdraw(w http.ResponseWriter, r *http.Request) error {
	return h.showWithdraw(w, r, http.StatusOK, "", nil)
}

func (h citizen) showWithdraw(w http.ResponseWriter, r *http.Request, status int, reason string, errs []fault.Field) error {
	ctx := r.Context()
	v, err := h.open(ctx, r)
	if err != nil {
		return err
	}
	if v.Process.Done || !v.Finished.IsZero() {
		return fault.New(fault.Conflict, "dossier.cannot_withdraw")
	}
	fields := []ui.FieldView{{Name: "note", Label: tr(ctx, "withdraw.reason"), Widget: "textarea", Rows: 3, MaxLength: 1000, Value: reason}}
	return web.Render(w, r, status, confirmPage(
		ui.Page{Title: tr(ctx, "withdraw.title"), Errors: errs, Current: "/toi", Back: ui.Link{Label: v.Code, Href: ownPath(v.Code)}},
		ui.Confirm{Question: tr(ctx, "withdraw.title"), Text: tr(ctx, "withdraw.text"), Action: ownPath(v.Code, "rut"),
			Items:  []ui.Item{{Label: tr(ctx, "code"), Value: v.Code}, {Label: tr(ctx, "procedure"), Value: v.Proc.Record.Title(i18n.Lang(ctx))}},
			Fields: ui.Mark(ctx, fields, errs), Yes: tr(ctx, "withdraw.yes"), Danger: true, Cancel: ownPath(v.Code)}))
}

func (h citizen) withdrawPost(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	reason := in.Get("note")
	switch n := len([]rune(reason)); {
	case n == 0:
		return h.showWithdraw(w, r, http.StatusUnprocessableEntity, reason, []fault.Field{{Path: "note", Key: "dossier.note_missing"}})
	case n > 1000:
		return h.showWithdraw(w, r, http.StatusUnprocessableEntity, reason,
			[]fault.Field{{Path: "note", Key: "dossier.note_too_long", Args: fault.Args("n", 1000)}})
	}
	v, err := h.open(ctx, r)
	if err != nil {
		return err
	}
	if _, err := h.Dossiers.Withdraw(ctx, v.ID, reason); err != nil {
		if errs, status, ok := pageErrors(ctx, err); ok && fault.KindOf(err) != fault.Conflict {
			return h.showWithdraw(w, r, status, reason, errs)
		}
		return err
	}
	web.Flash(w, r, ui.OK, "dossierweb.citizen.withdraw.done")
	return web.Redirect(w, r, ownPath(v.Code))
}

// ratePost keeps the applicant's judgement of how the dossier was dealt with.
func (h citizen) ratePost(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	v, err := h.open(ctx, r)
	if err != nil {
		return err
	}
	remark := in.Get("remark")
	if len([]rune(remark)) > 1000 {
		remark = string([]rune(remark)[:1000])
	}
	score, err := strconv.Atoi(in.Get("score"))
	if err != nil {
		score = 0
	}
	if err := h.Dossiers.Rate(ctx, v.ID, score, remark); err != nil {
		if errs, status, ok := pageErrors(ctx, err); ok {
			return h.showOwn(w, r, status, in.Get("score"), remark, errs)
		}
		return err
	}
	web.Flash(w, r, ui.OK, "dossierweb.citizen.rate.done")
	return web.Redirect(w, r, ownPath(v.Code))
}

package dossierweb

import (
	"net/http"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/text"
	"lienthong/internal/kit/web"
	"lienthong/internal/module/dossier"
)

// noted is an act on a dossier that asks for a note and nothing else.
type noted struct {
	below, key    string // part of the address, name of the act
	label, help   string
	text, icon    string
	danger, maybe bool // maybe: the note may be left out
	flash         string
	do            func(r *http.Request, d *dossier.Dossier, note string) error
}

func (h *Handlers) notedPage(w http.ResponseWriter, r *http.Request, n noted) error {
	_, p, err := h.head(r, n.below, n.key)
	if err != nil {
		return err
	}
	p = n.fill(r, p)
	return p.show(w, r, nil)
}

func (n noted) fill(r *http.Request, p askPage) askPage {
	ctx := r.Context()
	p.Icon, p.Danger = n.icon, n.danger
	if n.text != "" {
		p.Text = t(ctx, n.text)
	}
	p.Fields = append(p.Fields, noteField(ctx, n.label, n.help, r.FormValue("note"), n.maybe))
	return p
}

func (h *Handlers) notedAct(w http.ResponseWriter, r *http.Request, n noted) error {
	if _, err := web.Form(r); err != nil {
		return err
	}
	d, p, err := h.head(r, n.below, n.key)
	if err != nil {
		return err
	}
	if err := n.do(r, d, r.FormValue("note")); err != nil {
		return n.fill(r, p).show(w, r, err)
	}
	return done(w, r, d.Code, n.flash)
}

func (h *Handlers) resuming() noted {
	return noted{below: "tiep-tuc", key: "dossierweb.resume", label: "dossierweb.note", text: "dossierweb.resume_text", icon: "player-play",
		maybe: true, flash: "dossierweb.done.resumed", do: func(r *http.Request, d *dossier.Dossier, note string) error {
			_, err := h.Dossiers.Resume(r.Context(), d.ID, note)
			return err
		}}
}

func (h *Handlers) resumePage(w http.ResponseWriter, r *http.Request) error {
	return h.notedPage(w, r, h.resuming())
}
func (h *Handlers) resume(w http.ResponseWriter, r *http.Request) error {
	return h.notedAct(w, r, h.resuming())
}

func (h *Handlers) withdrawing() noted {
	return noted{below: "rut", key: "dossierweb.withdraw", label: "dossierweb.reason", help: "dossierweb.withdraw_help", text: "dossierweb.withdraw_text",
		icon: "file-download", danger: true, flash: "dossierweb.done.withdrawn", do: func(r *http.Request, d *dossier.Dossier, note string) error {
			if text.Clean(note) == "" {
				return fault.Input("dossier.step_incomplete", fault.Field{Path: "note", Key: "dossier.note_missing"})
			}
			_, err := h.Dossiers.Withdraw(r.Context(), d.ID, note)
			return err
		}}
}

func (h *Handlers) withdrawPage(w http.ResponseWriter, r *http.Request) error {
	return h.notedPage(w, r, h.withdrawing())
}
func (h *Handlers) withdraw(w http.ResponseWriter, r *http.Request) error {
	return h.notedAct(w, r, h.withdrawing())
}

func (h *Handlers) takingBack() noted {
	return noted{below: "lay-lai", key: "dossierweb.take_back", label: "dossierweb.reason", text: "dossierweb.take_back_text", icon: "arrow-back-up",
		flash: "dossierweb.done.taken_back", do: func(r *http.Request, d *dossier.Dossier, note string) error {
			v, err := h.Dossiers.Open(r.Context(), d.Code)
			if err != nil {
				return err
			}
			k := v.Returnable(actor.From(r.Context()))
			if k == nil {
				return fault.New(fault.Conflict, "dossier.cannot_take_back")
			}
			_, err = h.Dossiers.TakeBack(r.Context(), k.ID, note)
			return err
		}}
}

func (h *Handlers) takeBackPage(w http.ResponseWriter, r *http.Request) error {
	return h.notedPage(w, r, h.takingBack())
}
func (h *Handlers) takeBack(w http.ResponseWriter, r *http.Request) error {
	return h.notedAct(w, r, h.takingBack())
}

// comment adds a remark for colleagues.
func (h *Handlers) comment(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.Form(r); err != nil {
		return err
	}
	d, err := h.Dossiers.ByCode(r.Context(), r.PathValue("code"))
	if err != nil {
		return err
	}
	if _, err := h.Dossiers.Comment(r.Context(), d.ID, r.FormValue("note")); err != nil {
		return h.dossierAgain(w, r, err)
	}
	return done(w, r, d.Code, "dossierweb.done.comment")
}

// judge notes a verdict on a file.
func (h *Handlers) judge(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	d, err := h.Dossiers.ByCode(r.Context(), r.PathValue("code"))
	if err != nil {
		return err
	}
	file, err := idOf(in.Get("tep"))
	if err != nil {
		return err
	}
	remark := in.Get("ghi-chu")
	if in.Get("ket-luan") != "defect" {
		remark = ""
	}
	if _, err := h.Dossiers.Judge(r.Context(), d.ID, file, in.Get("ket-luan"), remark); err != nil {
		return h.dossierAgain(w, r, err)
	}
	return web.Redirect(w, r, dossierPath(d.Code)+"#thanh-phan")
}

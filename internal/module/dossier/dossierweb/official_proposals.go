package dossierweb

import (
	"net/http"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/dossier"
)

// listRows is how many requests that wait for a leader a page shows.
const listRows = 50

// proposal is a further request for supplements that waits for the leader.
type proposal struct {
	*dossier.Supplement
	Code, Procedure, Applicant string
	Earlier                    []*dossier.Supplement
	Note                       string
	Errors                     []fault.Field
}

type proposalsPage struct {
	List   []proposal
	More   string // address of the next page
	Later  bool   // this is not the first page
	Errors []fault.Field
}

func (h *Handlers) proposalsPage(r *http.Request) (proposalsPage, error) {
	ctx := r.Context()
	var p proposalsPage
	agencies, all := actor.From(ctx).Agencies(dossier.PermApprove)
	after := dossier.ReadMoment(r.URL.Query().Get("sau"))
	p.Later = !after.After.Zero()
	list, err := h.Dossiers.ProposalsPage(ctx, agencies, all, after, listRows+1)
	if err != nil {
		return p, err
	}
	if len(list) > listRows {
		list = list[:listRows]
		p.More = desk + "/de-nghi?sau=" + list[listRows-1].Moment().String()
	}
	for _, x := range list {
		d, err := h.Dossiers.Get(ctx, x.Dossier)
		if err != nil {
			return p, err
		}
		earlier, err := h.Dossiers.Supplements(ctx, x.Dossier)
		if err != nil {
			return p, err
		}
		q := proposal{Supplement: x, Code: d.Code, Procedure: d.ProcedureName, Applicant: d.Applicant.Name}
		for _, e := range earlier {
			if e.N < x.N {
				q.Earlier = append(q.Earlier, e)
			}
		}
		p.List = append(p.List, q)
	}
	return p, nil
}

// proposals shows a leader the further requests that wait for a decision.
func (h *Handlers) proposals(w http.ResponseWriter, r *http.Request) error {
	p, err := h.proposalsPage(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, officialProposals(p))
}

// decide is the leader's word on one of them.
func (h *Handlers) decide(w http.ResponseWriter, r *http.Request) error {
	in, err := web.Form(r)
	if err != nil {
		return err
	}
	x, err := idOf(r.PathValue("id"))
	if err != nil {
		return fault.New(fault.NotFound, "dossier.no_supplement")
	}
	agree := in.Get("y-kien") == "dong-y"
	_, err = h.Dossiers.DecideSupplement(r.Context(), x, agree, in.Get("note"))
	if err == nil {
		key := "dossierweb.done.proposal_rejected"
		if agree {
			key = "dossierweb.done.proposal_approved"
		}
		web.Flash(w, r, ui.OK, key)
		return web.Redirect(w, r, desk+"/de-nghi")
	}
	errs, status, err := troubles(err, langWord(r.Context()))
	if err != nil {
		return err
	}
	p, err := h.proposalsPage(r)
	if err != nil {
		return err
	}
	for i := range p.List {
		if q := &p.List[i]; q.ID == x {
			q.Note = in.Get("note")
			for j := range errs {
				errs[j].Path = "note." + x.String() // every proposal has a field of its own
			}
			q.Errors = errs
		}
	}
	p.Errors = errs
	return web.Render(w, r, status, officialProposals(p))
}

package iamweb

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/iam"
)

type ledgerView struct {
	Action, Object, Dossier, Login, Agency, From, To string // as typed
	Agencies                                         []ui.Option
	Hidden                                           []ui.Hidden // the search, for an export
	Rows                                             []ledgerRow
	Next                                             string
	Report                                           *iam.Report
	Took                                             time.Duration
	Errs                                             []fault.Field
}

type ledgerRow struct {
	iam.LedgerEntry
	Who    string
	Agency string
}

func (h *Handlers) ledger(w http.ResponseWriter, r *http.Request) error {
	return h.showLedger(w, r, nil, 0)
}

// verify computes the whole ledger anew. It reads much, so it is a POST, and the answer shows the
// same page with the outcome on top.
func (h *Handlers) verify(w http.ResponseWriter, r *http.Request) error {
	start := h.IAM.Now()
	rep, err := h.IAM.Ledger.Verify(r.Context())
	if err != nil {
		return err
	}
	return h.showLedger(w, r, &rep, h.IAM.Now().Sub(start))
}

func (h *Handlers) showLedger(w http.ResponseWriter, r *http.Request, rep *iam.Report, took time.Duration) error {
	ctx, q := r.Context(), r.URL.Query()
	v := ledgerView{Action: q.Get("action"), Object: q.Get("object"), Dossier: q.Get("dossier"), Login: q.Get("login"), Agency: q.Get("agency"),
		From: q.Get("from"), To: q.Get("to"), Report: rep, Took: took, Hidden: hiddenQuery(q)}
	f, errs, empty := h.ledgerFilter(ctx, q)
	v.Errs = errs
	status := http.StatusOK
	var list []iam.LedgerEntry
	if len(errs) == 0 && !empty {
		var next string
		var err error
		list, next, err = h.IAM.Ledger.List(ctx, actor.From(ctx), f)
		if err != nil {
			var ok bool
			if v.Errs, status, ok = formErrors(w, err); !ok || status == http.StatusForbidden {
				return err
			}
		}
		if next != "" {
			args := url.Values{}
			for k, x := range q {
				args[k] = x
			}
			args.Set("after", next)
			v.Next = pathLedger + "?" + args.Encode()
		}
	} else if len(errs) > 0 {
		status = http.StatusUnprocessableEntity
	}
	var err error
	if v.Rows, err = h.ledgerRows(r, list); err != nil {
		return err
	}
	t, err := h.IAM.Org.Tree(ctx)
	if err != nil {
		return err
	}
	v.Agencies = agencyOptions(ctx, t)
	return web.Render(w, r, status, ledgerPage(v))
}

// ledgerFilter reads the search. empty says that nothing can match.
func (h *Handlers) ledgerFilter(ctx context.Context, q url.Values) (f iam.LedgerFilter, errs []fault.Field, empty bool) {
	f = iam.LedgerFilter{Action: q.Get("action"), After: q.Get("after")}
	bad := func(path, key string) { errs = append(errs, fault.Field{Path: path, Key: key}) }
	if s := q.Get("object"); s != "" {
		var err error
		if f.ID, err = id.Parse(s); err != nil {
			bad("object", "iam.ledger_object_form")
		}
	}
	if s := strings.TrimSpace(q.Get("dossier")); s != "" {
		if h.Dossiers == nil {
			return f, errs, true
		}
		var err error
		if f.ID, err = h.Dossiers.LedgerID(ctx, s); err != nil {
			return f, errs, true
		}
		f.Object = "dossier"
	}
	if s := q.Get("agency"); s != "" {
		var err error
		if f.Agency, err = id.Parse(s); err != nil {
			bad("agency", "iam.ledger_object_form")
		}
	}
	for _, x := range []struct {
		name string
		into *time.Time
		plus civil.Date
	}{{"from", &f.From, 0}, {"to", &f.To, 1}} {
		s := q.Get(x.name)
		if s == "" {
			continue
		}
		d, err := civil.Parse(s)
		if err != nil {
			bad(x.name, "iam.date_form")
			continue
		}
		*x.into = (d + x.plus).At(0)
	}
	if s := strings.TrimSpace(q.Get("login")); s != "" {
		a, err := id.Parse(s) // an account without a login, as a citizen's, is named by its identifier
		if err != nil {
			if a, err = h.IAM.AccountByLogin(ctx, actor.From(ctx), s); err != nil {
				return f, errs, true
			}
		}
		f.Actor = a
	}
	return f, errs, false
}

// ledgerRows adds the names that the ledger itself does not hold.
func (h *Handlers) ledgerRows(r *http.Request, list []iam.LedgerEntry) ([]ledgerRow, error) {
	ctx := r.Context()
	var accounts []id.ID
	for _, e := range list {
		if !e.ActorID.Zero() {
			accounts = append(accounts, e.ActorID)
		}
	}
	names, err := h.IAM.Names(ctx, accounts)
	if err != nil {
		return nil, err
	}
	t, err := h.IAM.Org.Tree(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]ledgerRow, 0, len(list))
	for _, e := range list {
		row := ledgerRow{LedgerEntry: e, Who: names[e.ActorID]}
		if e.ActorKind == string(actor.Citizen) {
			row.Who = ui.T(ctx, "iam.a_citizen") // who that was is for the dossier's own history
		} else if row.Who == "" {
			row.Who = e.ActorKind
		}
		if u, ok := t.Unit(e.Agency); ok {
			row.Agency = u.Label()
		}
		out = append(out, row)
	}
	return out, nil
}

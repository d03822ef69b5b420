package app

import (
	"context"
	"fmt"
	"strings"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossierapi"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/notify"
	"lienthong/internal/module/org"
	"lienthong/internal/module/procedure"
	"lienthong/internal/module/procedure/procedureweb"
)

// codes lets dossiers ask for one-time codes.
type codes struct{ *iam.Service }

// RequestCode implements dossier.Codes.
func (c codes) RequestCode(ctx context.Context, who actor.Actor, purpose, to string) error {
	_, err := c.Service.RequestCode(ctx, who, purpose, to)
	return err
}

// contacts tells the notifications whom a dossier concerns and what they may read.
type contacts struct {
	dossiers *dossier.Service
	org      *org.Service
	base     string
}

// Contact implements notify.Dossiers.
func (c contacts) Contact(ctx context.Context, of id.ID) (notify.Contact, error) {
	ctx = actor.With(ctx, actor.System("notify"))
	d, err := c.dossiers.Get(ctx, of)
	if err != nil {
		return notify.Contact{}, err
	}
	history, err := c.dossiers.History(ctx, of)
	if err != nil {
		return notify.Contact{}, err
	}
	tree, err := c.org.Tree(ctx)
	if err != nil {
		return notify.Contact{}, err
	}
	out := notify.Contact{Account: d.Account, Code: d.Code, Procedure: d.ProcedureName, Name: d.Applicant.Name,
		Phone: d.Applicant.Phone, Email: d.Applicant.Email, Lang: d.Applicant.Lang, Due: d.Due, Held: d.Extra.Hold != "",
		Link: c.base + "/tra-cuu?ma=" + d.Code, Notes: map[int]string{}}
	if !d.Account.Zero() {
		out.Link = c.base + "/toi/ho-so/" + d.Code
	}
	if d.Fee > d.FeePaid {
		out.Amount = d.Fee - d.FeePaid
	}
	if u, ok := tree.Unit(d.Holder); ok {
		out.Agency = u.In(out.Lang)
	}
	if out.Officials, err = c.dossiers.Workers(ctx, of); err != nil {
		return notify.Contact{}, err
	}
	for _, e := range history {
		if n := publicNote(e); n != "" {
			out.Notes[e.N] = n
		}
	}
	return out, nil
}

// publicNote returns what an applicant may read of a history entry: reasons addressed to them,
// never what officials write to each other.
func publicNote(e dossier.Entry) string {
	switch e.Act {
	case "supplement":
		lines := []string{e.Note}
		if items, ok := e.Data["items"].([]any); ok {
			for _, it := range items {
				if m, ok := it.(map[string]any); ok {
					lines = append(lines, fmt.Sprintf("- %v: %v", m["name"], m["what"]))
				}
			}
		}
		return strings.Join(lines, "\n")
	case "extended", "duty", "held", "withdrawn", "notice", "tacit":
		return e.Note
	case "step":
		if e.Data["kind"] == "refuse" {
			return e.Note
		}
	}
	return ""
}

// colleagues tells the API whom work can be given to.
type colleagues struct {
	iam *iam.Service
	org *org.Service
}

// Colleagues implements dossierapi.Colleagues.
func (c colleagues) Colleagues(ctx context.Context, agency id.ID) ([]dossierapi.Colleague, error) {
	tree, err := c.org.Tree(ctx)
	if err != nil {
		return nil, err
	}
	units := []id.ID{agency}
	for _, u := range tree.Children(agency) {
		if u.Kind == org.Division {
			units = append(units, u.ID)
		}
	}
	found, err := c.iam.Colleagues(ctx, units, "")
	if err != nil {
		return nil, err
	}
	var out []dossierapi.Colleague
	for _, x := range found {
		out = append(out, dossierapi.Colleague{Account: x.Account, Name: x.Name, Title: x.Title, Unit: x.Unit, Roles: x.Roles})
	}
	return out, nil
}

// posts tells dossiers what an official holds.
type posts struct {
	iam *iam.Service
	org *org.Service
}

// Posts implements dossier.Staff.
func (p posts) Posts(ctx context.Context, account id.ID) ([]dossier.Held, error) {
	tree, err := p.org.Tree(ctx)
	if err != nil {
		return nil, err
	}
	d, err := p.iam.Detail(ctx, actor.System("posts"), account)
	if fault.KindOf(err) == fault.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []dossier.Held
	today := p.org.Today()
	for _, h := range d.Holdings {
		agency := tree.Agency(h.Position.Unit)
		if agency == nil || d.Account.Status != iam.Active || h.From > today || h.To != nil && *h.To <= today {
			continue
		}
		for _, r := range h.Position.Roles {
			out = append(out, dossier.Held{Name: d.Account.Name, Role: r, Agency: agency.ID, Unit: h.Position.Unit})
		}
	}
	return out, nil
}

// popular tells which procedures are filed most, from the figures of the last year.
type popular struct{ dossiers *dossier.Service }

// MostUsed implements procedure.Popular.
func (p popular) MostUsed(ctx context.Context, n int) ([]string, error) {
	today := civil.From(p.dossiers.Now())
	rows, err := p.dossiers.Figures(ctx, dossier.FigureFilter{From: today - 365, To: today}, dossier.ByProcedure)
	if err != nil {
		return nil, err
	}
	var out []string
	for len(out) < n {
		best := -1
		for i, r := range rows {
			if r.Submitted > 0 && (best < 0 || r.Submitted > rows[best].Submitted) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		out = append(out, rows[best].Procedure)
		rows[best].Submitted = 0
	}
	return out, nil
}

// figures shows the month's work on the home page.
type figures struct{ dossiers *dossier.Service }

// Today implements procedureweb.Figures.
func (f figures) Today(ctx context.Context) (procedureweb.PublicFigures, bool) {
	now := f.dossiers.Now()
	y, m, _ := civil.From(now).YMD()
	rows, err := f.dossiers.Figures(ctx, dossier.FigureFilter{From: civil.Of(y, m, 1), To: civil.From(now)}, dossier.ByNothing)
	if err != nil || len(rows) == 0 || rows[0].Received == 0 {
		return procedureweb.PublicFigures{}, false
	}
	out := procedureweb.PublicFigures{Received: int(rows[0].Received), Returned: int(rows[0].Returned), OnTime: -1, AsOf: now}
	if share, ok := rows[0].OnTimeShare(); ok {
		out.OnTime = float64(share) / 10000
	}
	return out, true
}

// trial tries processes out, at the agencies there are and with what their dossiers were like.
func (a *App) trial() *procedure.Trial {
	return &procedure.Trial{Procedures: a.Procedures, Office: procedure.OrgOffice{Org: a.Org}, RuleSets: a.Province.Rules, Now: a.Now, Past: a.Dossiers,
		Draft: func(ctx context.Context, who actor.Actor, key string) ([]byte, error) {
			d, err := a.Procedures.ProcessDraft(ctx, who, key)
			if err != nil {
				return nil, err
			}
			return d.BPMN, nil
		}}
}

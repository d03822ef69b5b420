package app

import (
	"context"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier/dossierweb"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/org"
)

// looks tells citizens who looked at their dossiers, from the ledger. The ledger knows accounts;
// which post that was on the day is the organisation's to say.
type looks struct {
	iam *iam.Service
	org *org.Service
}

// WhoLooked implements dossierweb.Looks.
func (l looks) WhoLooked(ctx context.Context, dossier id.ID) ([]dossierweb.Look, error) {
	entries, err := l.iam.Ledger.ByObject(ctx, "dossier", dossier)
	if err != nil {
		return nil, err
	}
	lang, posts, trees := i18n.Lang(ctx), map[id.ID][]org.Holding{}, map[civil.Date]*org.Tree{}
	var out []dossierweb.Look
	for _, e := range entries {
		x := dossierweb.Look{Row: e.ID, At: e.At, Who: e.ActorID, What: lookOf(e.Action), Program: e.ActorKind == string(actor.Token)}
		official := x.Program || e.ActorKind == string(actor.Staff)
		if x.What == "" || !official && e.ActorKind != string(actor.Anonymous) {
			continue
		}
		if official {
			day := civil.From(e.At)
			if trees[day] == nil {
				if trees[day], err = l.org.TreeOn(ctx, day); err != nil {
					return nil, err
				}
			}
			if _, known := posts[e.ActorID]; !known && !x.Program {
				if posts[e.ActorID], err = l.held(ctx, e.ActorID, civil.From(entries[len(entries)-1].At)); err != nil {
					return nil, err
				}
			}
			describe(&x, e.Agency, posts[e.ActorID], trees[day], day, lang)
		}
		out = append(out, x)
	}
	return out, nil
}

// lookOf says what an act of the ledger is to the owner of a dossier; nothing for acts that are no
// looking, which the dossier's history tells.
func lookOf(action string) string {
	switch action {
	case "dossier.read":
		return dossierweb.LookedAtDossier
	case "dossier.file_read":
		return dossierweb.LookedAtFile
	case "dossier.result_read":
		return dossierweb.TookResult
	case "dossier.paper_read":
		return dossierweb.LookedByPaper
	}
	return ""
}

// held returns what the owner of the account held since the day; nothing for accounts that are gone.
func (l looks) held(ctx context.Context, account id.ID, since civil.Date) ([]org.Holding, error) {
	d, err := l.iam.Detail(ctx, actor.System("looks"), account)
	if fault.KindOf(err) == fault.NotFound || err == nil && d.Account.Person.Zero() {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := l.org.HoldingsFrom(ctx, []id.ID{d.Account.Person}, since)
	if err != nil {
		return nil, err
	}
	return all[d.Account.Person], nil
}

// describe names the agency, and the division and post the official had there on the day.
func describe(x *dossierweb.Look, agency id.ID, held []org.Holding, t *org.Tree, day civil.Date, lang string) {
	if u, ok := t.Unit(agency); ok {
		x.Agency = u.In(lang)
	}
	for _, h := range held {
		a := t.Agency(h.Position.Unit)
		if a == nil || a.ID != agency || h.From > day || h.To != nil && *h.To <= day {
			continue
		}
		x.Post = h.Position.Title
		if u, ok := t.Unit(h.Position.Unit); ok && u.ID != agency {
			x.Unit = u.In(lang)
		}
		return
	}
}

package app

import (
	"context"
	"slices"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossierweb"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/notify"
	"lienthong/internal/module/org"
)

// reports writes the mails of subscribed reports, by what their readers may see at that moment.
type reports struct {
	dossiers *dossier.Service
	iam      *iam.Service
	org      *org.Service
	base     string
}

// ReportMail implements notify.Reports.
func (r reports) ReportMail(ctx context.Context, subscription id.ID, from, to civil.Date) (notify.ReportMail, error) {
	x, err := r.dossiers.Subscription(actor.With(ctx, actor.System("report")), subscription)
	if err != nil {
		return notify.ReportMail{}, err
	}
	d, err := r.iam.Detail(ctx, actor.System("report"), x.Account)
	if err != nil {
		return notify.ReportMail{}, err
	}
	gone := fault.New(fault.NotFound, "dossier.no_subscription")
	if d.Account.Status != iam.Active || !x.Paused.IsZero() {
		return notify.ReportMail{}, gone
	}
	tree, err := r.org.Tree(ctx)
	if err != nil {
		return notify.ReportMail{}, err
	}
	today := r.org.Today()
	held := slices.DeleteFunc(slices.Clone(d.Holdings), func(h org.Holding) bool { return h.From > today || h.To != nil && *h.To <= today })
	reader := actor.Actor{Kind: actor.Staff, Account: x.Account, Name: d.Account.Name, Lang: x.Lang, Grants: iam.GrantsOf(tree, held)}
	sum, err := r.dossiers.Summary(actor.With(ctx, reader), x, from, to)
	if fault.KindOf(err) == fault.Forbidden {
		return notify.ReportMail{}, gone
	}
	if err != nil {
		return notify.ReportMail{}, err
	}
	v := map[string]string{"report": x.Name, "period": from.VN() + " – " + to.VN(), "received": i18n.IntIn(x.Lang, sum.Received),
		"finished": i18n.IntIn(x.Lang, sum.Finished()), "open": i18n.IntIn(x.Lang, sum.Open), "overdue": i18n.IntIn(x.Lang, sum.Overdue),
		"link": r.base + dossierweb.ReportPath(x.Choice, from, to)}
	if n, ok := sum.OnTimeShare(); ok {
		v["on_time"] = i18n.PercentIn(x.Lang, float64(n)/10000)
	}
	if n, ok := sum.OnlineShare(); ok {
		v["online"] = i18n.PercentIn(x.Lang, float64(n)/10000)
	}
	return notify.ReportMail{Account: x.Account, Name: d.Account.Name, Email: d.Account.Email, Lang: x.Lang, Values: v}, nil
}

package app

import (
	"context"
	"slices"
	"strings"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/notify"
	"lienthong/internal/module/org"
)

// desks tells officials of deadlines, and dossiers who holds a role.
type desks struct {
	dossiers *dossier.Service
	iam      *iam.Service
	org      *org.Service
	base     string
}

// Holders implements dossier.Roster.
func (d desks) Holders(ctx context.Context, units []id.ID, role string) ([]id.ID, error) {
	found, err := d.iam.Colleagues(ctx, units, role)
	if err != nil {
		return nil, err
	}
	var out []id.ID
	for _, x := range found {
		if !slices.Contains(out, x.Account) {
			out = append(out, x.Account)
		}
	}
	return out, nil
}

// AlertNote implements notify.Desks.
func (d desks) AlertNote(ctx context.Context, task id.ID, due int64) (notify.DeskNote, error) {
	ctx = actor.With(ctx, actor.System("notify"))
	dos, t, err := d.dossiers.AlertTask(ctx, task)
	if err != nil {
		return notify.DeskNote{}, err
	}
	at := db.Time(due)
	if !at.Equal(t.Due) && !at.Equal(dos.Due) {
		return notify.DeskNote{}, fault.New(fault.NotFound, "dossier.task_gone") // the date has moved since
	}
	cal, err := d.org.Calendar(ctx, t.Agency)
	if err != nil {
		return notify.DeskNote{}, err
	}
	tree, err := d.org.Tree(ctx)
	if err != nil {
		return notify.DeskNote{}, err
	}
	v := map[string]string{"code": dos.Code, "procedure": dos.ProcedureName, "step": t.Name, "officer": t.AssigneeBy,
		"due": i18n.DateTimeIn(i18n.VI, at), "left": worktime.Phrase(cal.Left(d.dossiers.Now(), at), i18n.VI)}
	if u, ok := tree.Unit(t.Unit); ok {
		v["agency"] = u.Name
	}
	return notify.DeskNote{Code: dos.Code, Values: v, Lang: i18n.VI}, nil
}

// digestLines is how many steps a digest names.
const digestLines = 20

// DigestMail implements notify.Desks.
func (d desks) DigestMail(ctx context.Context, account id.ID, day civil.Date) (notify.DeskNote, error) {
	ctx = actor.With(ctx, actor.System("notify"))
	who, err := d.iam.Detail(ctx, actor.System("notify"), account)
	if err != nil {
		return notify.DeskNote{}, err
	}
	lines, overdue, soon, err := d.dossiers.Digest(ctx, account, day, digestLines)
	if err != nil {
		return notify.DeskNote{}, err
	}
	if who.Account.Status != iam.Active || overdue+soon == 0 {
		return notify.DeskNote{}, fault.New(fault.NotFound, "dossier.task_gone")
	}
	var list []string
	for _, l := range lines {
		list = append(list, "- "+l.Code+", "+l.Step+": "+i18n.DateTimeIn(i18n.VI, l.Due))
	}
	return notify.DeskNote{Name: who.Account.Name, Email: who.Account.Email, Lang: i18n.VI, Values: map[string]string{"day": day.VN(),
		"overdue": i18n.IntIn(i18n.VI, int64(overdue)), "soon": i18n.IntIn(i18n.VI, int64(soon)), "lines": strings.Join(list, "\n"),
		"link": d.base + "/can-bo"}}, nil
}

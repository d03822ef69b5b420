package notify_test

import (
	"context"
	"strings"
	"testing"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/notify"
	"lienthong/internal/module/notify/notifytest"
)

// aDesk has one task that is still open, and one account with something due.
type aDesk struct{ task, account id.ID }

// AlertNote implements notify.Desks.
func (d aDesk) AlertNote(_ context.Context, task id.ID, _ int64) (notify.DeskNote, error) {
	if task != d.task {
		return notify.DeskNote{}, fault.New(fault.NotFound, "dossier.task_gone")
	}
	return notify.DeskNote{Code: "A-1", Lang: "vi", Values: map[string]string{"code": "A-1", "procedure": "Khai sinh", "step": "Thẩm định",
		"due": "17:00 26/11/2026", "left": "còn 2 giờ làm việc"}}, nil
}

// DigestMail implements notify.Desks.
func (d aDesk) DigestMail(_ context.Context, account id.ID, day civil.Date) (notify.DeskNote, error) {
	if account != d.account {
		return notify.DeskNote{}, fault.New(fault.NotFound, "dossier.task_gone")
	}
	return notify.DeskNote{Name: "Nông Thị Nga", Email: "nga@example.vn", Lang: "vi", Values: map[string]string{"day": day.VN(), "overdue": "1", "soon": "2",
		"lines": "- A-1, Thẩm định: 17:00 26/11/2026", "link": "https://example.vn/can-bo"}}, nil
}

// A deadline is told to everybody it is for, once; a step that is done meanwhile, or a desk that has
// become empty, to nobody.
func TestDeadlines(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := notifytest.New(t, d)
		desk := aDesk{task: id.ID{5}, account: id.ID{6}}
		h.Service.Desks = desk
		tell := func(subject string, payload map[string]any) {
			t.Helper()
			e := outbox.Event{ID: h.IDs.New(), Subject: subject, At: h.Clock.Now(), Payload: payload}
			for range 2 {
				if err := h.Handle(t.Context(), e); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, kind := range []string{"step_warn", "dossier_late"} {
			for _, task := range []id.ID{desk.task, {9}} {
				tell("dossier.alert.v1", map[string]any{"dossier": id.ID{1}, "code": "A-1", "task": task, "kind": kind, "minutes": 120, "due": 1, "to": []id.ID{{6}, {7}}})
			}
		}
		for _, account := range []id.ID{{6}, {7}} {
			ms, err := h.Inbox(actor.With(t.Context(), actor.Actor{Kind: actor.Staff, Account: account}), id.ID{}, 10)
			if err != nil || len(ms) != 2 || ms[0].Template != notify.KeyDeadlineLate || ms[1].Template != notify.KeyDeadlineWarn || ms[0].DossierCode != "A-1" ||
				!strings.Contains(ms[1].Body, "“Thẩm định”") || !strings.Contains(ms[1].Body, "còn 2 giờ làm việc") {
				t.Errorf("%s reads %+v, %v", account, ms, err)
			}
		}
		for _, account := range []id.ID{desk.account, {8}} {
			tell("dossier.digest_due.v1", map[string]any{"account": account, "day": "2026-11-26"})
		}
		n := 0
		for _, m := range all(t, h) {
			if m.Template == notify.KeyDigest {
				n++
				if m.Channel != notify.Email || m.Target != "nga@example.vn" || !strings.Contains(m.Body, "- A-1, Thẩm định") || !strings.Contains(m.Body, "Việc quá hạn: 1") {
					t.Errorf("%+v", m)
				}
			}
		}
		if n != 1 {
			t.Errorf("%d digests", n)
		}
	})
}

package notify_test

import (
	"database/sql"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/notify"
	"lienthong/internal/module/notify/notifytest"
)

type rows = *sql.Rows

func TestInbox(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := notifytest.New(t, d)
		h.Dossiers.Put(id.ID{7}, hoa)
		for i := range 5 {
			h.Tell("received", id.ID{7}, 2, i)
		}
		mine, other := notifytest.Citizen(t.Context(), hoa.Account), notifytest.Citizen(t.Context(), id.ID{2})
		first, err := h.Inbox(mine, id.ID{}, 2)
		if err != nil || len(first) != 2 {
			t.Fatal(first, err)
		}
		rest, err := h.Inbox(mine, first[1].ID, 10)
		if err != nil || len(rest) != 3 {
			t.Fatal(rest, err)
		}
		if got, err := h.Inbox(other, id.ID{}, 10); err != nil || len(got) != 0 {
			t.Error("somebody else's inbox is open", got, err)
		}
		count := func() int {
			n, err := h.Unread(mine)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if count() != 5 {
			t.Error(count())
		}
		if err := h.MarkRead(other, first[0].ID); err != nil || count() != 5 {
			t.Error("somebody else read it", err, count())
		}
		if err := h.MarkRead(mine, first[0].ID); err != nil || count() != 4 {
			t.Error(err, count())
		}
		h.Clock.Move(time.Hour)
		if err := h.MarkRead(mine, id.ID{}); err != nil || count() != 0 {
			t.Error(err, count())
		}
		if m, _, _ := h.Secret(t.Context(), first[0].ID); m.Read.Equal(h.Clock.Now()) {
			t.Error("the time of the first reading was lost")
		}
		for _, a := range []actor.Actor{{}, actor.System("x")} {
			ctx := actor.With(t.Context(), a)
			if _, err := h.Inbox(ctx, id.ID{}, 1); fault.KindOf(err) != fault.Unauthenticated {
				t.Errorf("%s: %v", a.Kind, err)
			}
			if n, err := h.Unread(ctx); n != 0 || err != nil {
				t.Error(n, err)
			}
		}
	})
}

func TestDeliveries(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := notifytest.New(t, d)
		h.Dossiers.Put(id.ID{7}, hoa)
		other := hoa
		other.Code, other.Phone, other.Email = "000.00.25.H03-261123-0008", "0988000222", ""
		h.Dossiers.Put(id.ID{8}, other)
		h.Tell("received", id.ID{7}, 2, 1)
		h.Tell("finished", id.ID{8}, 9, 1)
		admin := notifytest.Admin(t.Context())
		for _, c := range []struct {
			name string
			f    notify.Filter
			want []string
		}{
			{"all", notify.Filter{Limit: 10}, []string{"finished sms", "received email", "received sms"}},
			{"mail", notify.Filter{Channel: notify.Email, Limit: 10}, []string{"received email"}},
			{"never the account's", notify.Filter{Channel: notify.Account, Limit: 10}, nil},
			{"by kind", notify.Filter{Template: "finished", Limit: 10}, []string{"finished sms"}},
			{"by dossier", notify.Filter{Dossier: " 000.00.25.h03-261123-0008", Limit: 10}, []string{"finished sms"}},
			{"by number", notify.Filter{To: "+84 912 000 107", Limit: 10}, []string{"received sms"}},
			{"by address", notify.Filter{To: "hoa@example.vn", Limit: 10}, []string{"received email"}},
			{"by nonsense", notify.Filter{To: "hoa", Limit: 10}, nil},
			{"sent", notify.Filter{State: notify.Sent, Limit: 10}, nil},
			{"failed", notify.Filter{State: notify.Failed, Limit: 1}, []string{"finished sms"}},
		} {
			ms, err := h.Deliveries(admin, c.f)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range ms {
				got = append(got, m.Template+" "+string(m.Channel))
				if m.Body != "" || m.Subject != "" || !strings.Contains(m.Target, "***") {
					t.Errorf("%+v", m)
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s: %s", c.name, diff)
			}
		}
		ms, _ := h.Deliveries(admin, notify.Filter{Limit: 10})
		m, err := h.Delivery(admin, ms[0].ID)
		if err != nil || m.Body == "" || !strings.Contains(m.Target, "***") {
			t.Errorf("%+v %v", m, err)
		}
		if acts := h.Ledger.Acts(); !slices.Contains(acts, "notify.message.read") {
			t.Error(acts)
		}
		inbox, _ := h.Inbox(notifytest.Citizen(t.Context(), hoa.Account), id.ID{}, 1)
		for _, i := range []id.ID{inbox[0].ID, {99}} {
			if _, err := h.Delivery(admin, i); fault.KindOf(err) != fault.NotFound {
				t.Error(err)
			}
			if err := h.Retry(admin, i); fault.KindOf(err) != fault.NotFound {
				t.Error(err)
			}
		}
	})
}

// Whoever does not administer messages for the whole province administers none.
func TestPolicy(t *testing.T) {
	t.Parallel()
	h := notifytest.New(t, testkit.SQLite(t))
	for name, a := range map[string]actor.Actor{
		"nobody":            {},
		"a citizen":         {Kind: actor.Citizen, Account: id.ID{1}},
		"an official":       {Kind: actor.Staff, Account: id.ID{1}, Grants: []actor.Grant{{Perm: "iam.edit", All: true}}},
		"one of one agency": {Kind: actor.Staff, Account: id.ID{1}, Grants: []actor.Grant{{Perm: notify.PermEdit, Agency: id.ID{3}}}},
		"a narrow token":    {Kind: actor.Token, Account: id.ID{1}, Scopes: []string{"dossier.*"}, Grants: []actor.Grant{{Perm: notify.PermEdit, All: true}}},
	} {
		ctx := actor.With(t.Context(), a)
		tries := map[string]error{}
		_, tries["templates"] = h.Templates(ctx)
		_, tries["template"] = h.Template(ctx, "opened", "vi", notify.SMS)
		_, tries["save"] = h.SaveTemplate(ctx, notify.Template{Key: "opened", Lang: "vi", Channel: notify.SMS, Body: "x"})
		_, tries["reset"] = h.ResetTemplate(ctx, "opened", "vi", notify.SMS, 0)
		_, tries["preview"] = h.PreviewTemplate(ctx, notify.Template{Key: "opened", Lang: "vi", Channel: notify.SMS, Body: "x"})
		_, tries["deliveries"] = h.Deliveries(ctx, notify.Filter{})
		_, tries["delivery"] = h.Delivery(ctx, id.ID{1})
		tries["retry"] = h.Retry(ctx, id.ID{1})
		_, tries["retry all"] = h.RetryFailed(ctx, notify.SMS)
		for what, err := range tries {
			if fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s may %s: %v", name, what, err)
			}
		}
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := notifytest.New(t, d)
		admin := notifytest.Admin(t.Context())
		h.Service.SMS = texter(t, notifytest.NewGateway(t))
		h.Dossiers.Put(id.ID{7}, notify.Contact{Code: "A-1", Phone: "0912000107"})
		list, err := h.Templates(admin)
		if err != nil || len(list) != 96 {
			t.Fatalf("%d texts, %v", len(list), err)
		}
		x, err := h.Template(admin, "received", "vi", notify.SMS)
		if err != nil || x.Custom || x.Version != 0 || x.Body == "" {
			t.Fatalf("%+v, %v", x, err)
		}
		own := x.Body
		x.Body = "Đã nhận {code}.[ Hẹn {due}.]  \n"
		saved, err := h.SaveTemplate(admin, x)
		if err != nil || saved.Version != 1 || !saved.Custom || saved.Body != "Đã nhận {code}.[ Hẹn {due}.]" {
			t.Fatalf("%+v, %v", saved, err)
		}
		if _, err := h.SaveTemplate(admin, x); fault.KindOf(err) != fault.Conflict {
			t.Errorf("two changes of one version: %v", err)
		}
		bad := saved
		bad.Body = "{cccd}"
		if _, err := h.SaveTemplate(admin, bad); fault.KindOf(err) != fault.Invalid || fault.As(err).Fields[0].Key != "notify.template.unknown_value" {
			t.Error(err)
		}
		h.Tell("received", id.ID{7}, 2, 1)
		m := all(t, h)[0]
		if m.Body != "Da nhan A-1." || m.Version != 1 {
			t.Errorf("%+v", m)
		}
		back, err := h.ResetTemplate(admin, "received", "vi", notify.SMS, 1)
		if err != nil || back.Custom || back.Version != 2 || back.Body != own {
			t.Errorf("%+v, %v", back, err)
		}
		h.Tell("received", id.ID{7}, 2, 1)
		if m := all(t, h)[1]; !strings.Contains(m.Body, "da duoc tiep nhan") || m.Version != 2 {
			t.Errorf("%+v", m)
		}
		p, err := h.PreviewTemplate(admin, notify.Template{Key: "received", Lang: "vi", Channel: notify.SMS, Body: "Hẹn {due}"})
		if err != nil || p.Body != "Hen 25/11/2026 17:00" || p.Size.Parts != 1 {
			t.Errorf("%+v, %v", p, err)
		}
		p, err = h.PreviewTemplate(admin, notify.Template{Key: "received", Lang: "en", Channel: notify.Email, Subject: "{code}", Body: "Due {due}"})
		if err != nil || !strings.HasPrefix(p.Body, "Dear Nguyen Thi Vi Du,\n\nDue 25 November 2026, 17:00\n\n") {
			t.Errorf("%+v, %v", p, err)
		}
		for _, q := range [][3]string{{"nothing", "vi", "sms"}, {"opened", "fr", "sms"}, {"opened", "vi", "fax"}, {"code", "vi", "account"}} {
			if _, err := h.Template(admin, q[0], q[1], notify.Channel(q[2])); fault.KindOf(err) != fault.NotFound {
				t.Errorf("%v: %v", q, err)
			}
		}
		if diff := cmp.Diff([]string{"notify.template.change", "notify.template.reset"}, h.Ledger.Acts()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestEraseAndReclaim(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := notifytest.New(t, d)
		gw := notifytest.NewGateway(t)
		h.Service.SMS = texter(t, gw)
		c := hoa
		c.Email = ""
		h.Dossiers.Put(id.ID{7}, c)
		h.Tell("received", id.ID{7}, 2, 1)
		// The job of a queued message got lost: another is made, and no second message.
		h.Clock.Move(notify.LostAfter + time.Second)
		if err := h.Reclaim(t.Context()); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := d.Read(t.Context()).QueryRow("SELECT count(*) FROM river_job WHERE kind = 'notify_deliver'").Scan(&n); err != nil || n != 2 {
			t.Errorf("%d jobs, %v", n, err)
		}
		deliverAll(t, h)
		if len(gw.Sent()) != 1 || len(gw.Requests()) != 1 {
			t.Error("not sent once")
		}
		h.Clock.Move(89 * 24 * time.Hour)
		if err := h.Erase(t.Context()); err != nil {
			t.Fatal(err)
		}
		find := func(ch notify.Channel) notify.Message {
			for _, m := range all(t, h) {
				if m.Channel == ch {
					return m
				}
			}
			t.Fatal("gone")
			return notify.Message{}
		}
		if find(notify.SMS).Target == "" {
			t.Error("erased too early")
		}
		h.Clock.Move(48 * time.Hour)
		if err := h.Erase(t.Context()); err != nil {
			t.Fatal(err)
		}
		if m := find(notify.SMS); m.Target != "" || m.Body != "" || m.State != notify.Sent {
			t.Errorf("%+v", m)
		}
		if m := find(notify.Account); m.Body == "" {
			t.Error("what is in the account went as well")
		}
	})
}

package notify_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/notify"
	"lienthong/internal/module/notify/notifytest"
)

func TestSendCode(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := notifytest.New(t, d)
		ms, gw := notifytest.NewMailServer(t, "none", ""), notifytest.NewGateway(t)
		h.Service.Email, h.Service.SMS = mailer(t, ms, "none", ""), texter(t, gw)
		h.Start()
		if err := h.SendCode(t.Context(), "+84 912 000 107", "482913", "vi"); err != nil {
			t.Fatal(err)
		}
		if err := h.SendCode(t.Context(), "hoa@example.vn", "771204", "en"); err != nil {
			t.Fatal(err)
		}
		if err := h.SendCode(t.Context(), "02093", "111111", "vi"); fault.KindOf(err) != fault.Invalid {
			t.Error(err)
		}
		until(t, "both codes sent", func() bool { return len(ms.Got()) == 1 && len(gw.Sent()) == 1 })
		if x := gw.Sent()[0]; !strings.HasPrefix(x.Text, "482913 la ma xac thuc cua ban tren Dich vu cong Bac Kan") {
			t.Error(x.Text)
		}
		if x := ms.Got()[0]; !strings.Contains(x.Data, "Your verification code is: 771204") || strings.Contains(strings.SplitN(x.Data, "\r\n\r\n", 2)[0], "771204") {
			t.Error(x.Data)
		}
		until(t, "both settled", func() bool {
			for _, m := range all(t, h) {
				if m.State != notify.Sent {
					return false
				}
			}
			return true
		})
		for _, m := range all(t, h) {
			_, secret, err := h.Secret(t.Context(), m.ID)
			if err != nil || secret != "" || strings.Contains(m.Body+m.Subject, "482913") || strings.Contains(m.Body, "771204") {
				t.Errorf("the code is still there: %+v %q %v", m, secret, err)
			}
			if err := h.Retry(notifytest.Admin(t.Context()), m.ID); fault.KindOf(err) != fault.Conflict {
				t.Error(err)
			}
		}
		if log := h.Logged.String(); strings.Contains(log, "482913") || strings.Contains(log, "771204") {
			t.Errorf("a code in the log: %s", log)
		}
	})
}

// A code that cannot be sent while it is good is not sent afterwards, and is not kept.
func TestCodeExpires(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := notifytest.New(t, d)
		gw := notifytest.NewGateway(t)
		h.Service.SMS = texter(t, gw)
		gw.Answer(func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(503); return true })
		if err := h.SendCode(t.Context(), "0912000107", "482913", "vi"); err != nil {
			t.Fatal(err)
		}
		deliverAll(t, h)
		m := all(t, h)[0]
		if _, secret, _ := h.Secret(t.Context(), m.ID); m.State != notify.Queued || secret != "482913" || m.Next.Sub(h.Clock.Now()) > 5*time.Second {
			t.Fatalf("%+v", m)
		}
		gw.Answer(nil)
		h.Clock.Move(5 * time.Minute)
		deliverAll(t, h)
		m, secret, err := h.Secret(t.Context(), m.ID)
		if err != nil || m.State != notify.Failed || m.Error != "notify.err.expired" || secret != "" || len(gw.Sent()) != 0 {
			t.Errorf("%+v %q %v", m, secret, err)
		}
		if err := h.Retry(notifytest.Admin(t.Context()), m.ID); fault.KindOf(err) != fault.Conflict {
			t.Error(err)
		}
	})
}

// Without a provider nothing is dropped in silence: the person is told, the message is kept as
// failed, and the state of the channels says so.
func TestChannelOff(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := notifytest.New(t, d)
		if err := h.SendCode(t.Context(), "0912000107", "482913", "vi"); fault.KindOf(err) != fault.Unavailable {
			t.Error(err)
		}
		h.Dossiers.Put(id.ID{7}, hoa)
		h.Tell("received", id.ID{7}, 2, 1)
		ms := all(t, h)
		if len(ms) != 4 {
			t.Fatalf("%d messages", len(ms))
		}
		for _, m := range ms {
			if _, secret, _ := h.Secret(t.Context(), m.ID); secret != "" {
				t.Error("a code that will never be sent is kept")
			}
			if m.Channel == notify.Account {
				if m.State != notify.Sent {
					t.Errorf("%+v", m)
				}
			} else if m.State != notify.Failed || m.Error != "notify.err.channel_off" {
				t.Errorf("%+v", m)
			}
		}
		if n := strings.Count(h.Logged.String(), "the channel is off"); n != 3 {
			t.Errorf("%d warnings", n)
		}
		st, err := h.Status(t.Context())
		if err != nil || len(st) != 2 || !st[0].Off || !st[1].Off || st[0].Key != "notify.status.off_email" || st[0].Failed != 1 || st[1].Failed != 2 {
			t.Errorf("%+v, %v", st, err)
		}
		admin := notifytest.Admin(t.Context())
		if _, err := h.RetryFailed(admin, notify.SMS); fault.KindOf(err) != fault.Conflict {
			t.Error(err)
		}
		// The provider is configured; what waited goes out, the old code does not.
		gw := notifytest.NewGateway(t)
		h.Service.SMS = texter(t, gw)
		if n, err := h.RetryFailed(admin, notify.SMS); n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		deliverAll(t, h)
		if x := gw.Sent(); len(x) != 1 || !strings.Contains(x[0].Text, "da duoc tiep nhan") {
			t.Errorf("%+v", x)
		}
	})
}

// In the demonstration nothing leaves the house and the outbox shows everything, codes included.
func TestDemo(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := notifytest.New(t, d)
		if _, err := h.Outbox(t.Context(), id.ID{}, 10); fault.KindOf(err) != fault.NotFound {
			t.Error("an outbox that is not of the demonstration")
		}
		h.Demo = true
		if err := h.SendCode(t.Context(), "0912000107", "482913", "vi"); err != nil {
			t.Fatal(err)
		}
		h.Dossiers.Put(id.ID{7}, hoa)
		h.Tell("received", id.ID{7}, 2, 1)
		deliverAll(t, h)
		got, err := h.Outbox(t.Context(), id.ID{}, 10)
		if err != nil || len(got) != 3 {
			t.Fatalf("%+v, %v", got, err)
		}
		if got[2].Code != "482913" || !strings.HasPrefix(got[2].Body, "482913 la ma") || got[2].Target != "0912000107" || got[0].Code != "" {
			t.Errorf("%+v", got)
		}
		st, err := h.Status(t.Context())
		if err != nil || st[0].Off || !st[0].Demo || st[0].Waiting != 0 {
			t.Errorf("%+v, %v", st, err)
		}
	})
}

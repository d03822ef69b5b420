package notify_test

import (
	"crypto/tls"
	"errors"
	"io"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/config"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/notify"
	"lienthong/internal/module/notify/notifytest"
)

func mailer(t *testing.T, m *notifytest.MailServer, mode, user string) *notify.SMTP {
	t.Helper()
	s, err := notify.NewSMTP(config.SMTP{Addr: m.Addr, TLS: mode, User: user, Password: "secret", From: "Dịch vụ công Bắc Kạn <khong-tra-loi@example.gov.vn>"})
	if err != nil {
		t.Fatal(err)
	}
	s.TLS = &tls.Config{RootCAs: m.Roots}
	return s
}

func texter(t *testing.T, g *notifytest.Gateway) *notify.SMSGateway {
	t.Helper()
	s, err := notify.NewSMSGateway(config.SMS{URL: g.URL, Key: "k-123", Sender: "DVC BACKAN"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var hoa = notify.Contact{Account: id.ID{1}, Code: "000.00.25.H03-261123-0007", Procedure: "Đăng ký khai sinh", Agency: "Ủy ban nhân dân phường Phùng Chí Kiên",
	Name: "Nguyễn Thị Hoa", Phone: "0912 000 107", Email: "hoa@example.vn", Lang: "vi", Link: "https://dvc.example.gov.vn/toi/ho-so/000.00.25.H03-261123-0007",
	Due: time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC), Notes: map[int]string{3: "Giấy chứng sinh bị mờ.\nThiếu bản sao."}}

// all returns every message, oldest first, as the tests see them.
func all(t *testing.T, h *notifytest.House) []notify.Message {
	t.Helper()
	ids, err := db.Collect[id.ID](h.DB.Read(t.Context()).Query("SELECT id FROM notify_message ORDER BY id"))(func(r rows) (i id.ID, err error) {
		return i, r.Scan(&i)
	})
	if err != nil {
		t.Fatal(err)
	}
	var out []notify.Message
	for _, i := range ids {
		m, _, err := h.Secret(t.Context(), i)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

func deliverAll(t *testing.T, h *notifytest.House) {
	t.Helper()
	for _, m := range all(t, h) {
		if err := h.Deliver(t.Context(), m.ID); err != nil {
			t.Fatal(err)
		}
	}
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(8 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

// One event reaches the account, the telephone and the mailbox, through the real queue, a real
// mail server and a real HTTP provider; delivered again it changes nothing.
func TestEventToPerson(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := notifytest.New(t, d)
		ms, gw := notifytest.NewMailServer(t, "starttls", "portal"), notifytest.NewGateway(t)
		h.Service.Email, h.Service.SMS = mailer(t, ms, "starttls", "portal"), texter(t, gw)
		dossier := id.ID{7}
		h.Dossiers.Put(dossier, hoa)
		h.Start()
		e := h.Tell("received", dossier, 2, 2)
		for range 3 {
			if err := h.Handle(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		until(t, "both sent", func() bool {
			n := 0
			for _, m := range all(t, h) {
				if m.State == notify.Sent {
					n++
				}
			}
			return n == 3
		})
		msgs := all(t, h)
		if len(msgs) != 3 || len(ms.Got()) != 1 || len(gw.Requests()) != 1 {
			t.Fatalf("%d messages, %d mails, %d SMS", len(msgs), len(ms.Got()), len(gw.Requests()))
		}
		byChannel := map[notify.Channel]notify.Message{}
		for _, m := range msgs {
			byChannel[m.Channel] = m
		}
		sms := gw.Requests()[0]
		if diff := cmp.Diff(notifytest.Text{Key: byChannel[notify.SMS].ID.String(), ID: byChannel[notify.SMS].ID.String(), Auth: "Bearer k-123", From: "DVC BACKAN", To: "+84912000107",
			Text: "Dich vu cong Bac Kan: Ho so 000.00.25.H03-261123-0007 da duoc tiep nhan. Hen tra ket qua: 25/11/2026 17:00."}, sms); diff != "" {
			t.Error(diff)
		}
		got := ms.Got()[0]
		if !got.TLS || got.User != "portal" || !slices.Equal(got.To, []string{"hoa@example.vn"}) || got.From != "khong-tra-loi@example.gov.vn" {
			t.Errorf("%+v", got)
		}
		m, err := mail.ReadMessage(strings.NewReader(got.Data))
		if err != nil {
			t.Fatal(err)
		}
		if v := m.Header.Get("Message-ID"); v != "<"+byChannel[notify.Email].ID.String()+"@example.gov.vn>" {
			t.Errorf("Message-ID %q", v)
		}
		if v := m.Header.Get("Content-Type"); v != "text/plain; charset=UTF-8" {
			t.Errorf("Content-Type %q", v)
		}
		if v, err := m.Header.Date(); err != nil || !v.Equal(h.Clock.Now()) {
			t.Errorf("Date %v, %v", v, err)
		}
		if v := m.Header.Get("Auto-Submitted"); v != "auto-generated" || m.Header.Get("X-Mailer") != "" || m.Header.Get("User-Agent") != "" {
			t.Error(m.Header)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		want := "Kính gửi Ông/Bà Nguyễn Thị Hoa,\r\n\r\nỦy ban nhân dân phường Phùng Chí Kiên đã tiếp nhận hồ sơ 000.00.25.H03-261123-0007 về thủ tục “Đăng ký khai sinh”.\r\n\r\n" +
			"Hẹn trả kết quả: 25/11/2026 17:00.\r\n\r\nTheo dõi hồ sơ tại: https://dvc.example.gov.vn/toi/ho-so/000.00.25.H03-261123-0007\r\n\r\n" +
			"Dịch vụ công Bắc Kạn\r\nTổng đài hỗ trợ: 0209 3810 000\r\n\r\nThư này được gửi tự động, xin không trả lời thư này."
		if diff := cmp.Diff(want, strings.TrimRight(string(body), "\r\n")); err != nil || diff != "" {
			t.Error(err, diff)
		}
		inbox, err := h.Inbox(notifytest.Citizen(t.Context(), hoa.Account), id.ID{}, 10)
		if err != nil || len(inbox) != 1 || inbox[0].Subject != "Hồ sơ 000.00.25.H03-261123-0007 đã được tiếp nhận" || inbox[0].DossierCode != hoa.Code {
			t.Errorf("%+v, %v", inbox, err)
		}
		if log := h.Logged.String(); strings.Contains(log, "0912") || strings.Contains(log, "hoa@") || strings.Contains(log, "Hoa") {
			t.Errorf("personal data in the log: %s", log)
		}
	})
}

func TestEvents(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := notifytest.New(t, d)
		dossier := id.ID{7}
		c := hoa
		c.Phone, c.Email = "", ""
		held := c
		c.Officials = []id.ID{{77}} // works on it, and is told of what happens without anybody's doing
		h.Dossiers.Put(dossier, c)
		held.Held = true
		heldDossier := id.ID{8}
		h.Dossiers.Put(heldDossier, held)
		h.Tell("opened", dossier, 1, 1)
		h.Tell("opened", dossier, 4, 1)    // filed and received at a counter in one act
		h.Tell("finished", dossier, 10, 9) // and finished and handed over in one
		h.Tell("supplement", dossier, 5, 3)
		h.Tell("stopped", heldDossier, 8, 4)
		h.Tell("stopped", dossier, 8, 4)
		for _, s := range []string{"duty", "extended", "rederived", "version", "not_taken", "finished", "returned"} {
			h.Tell(s, dossier, 0, 3)
		}
		h.Tell("received", id.ID{99}, 2, 1) // erased meanwhile
		var got []string
		for _, m := range all(t, h) {
			if m.State != notify.Sent || m.Channel != notify.Account {
				t.Errorf("%+v", m)
			}
			got = append(got, m.Template)
			if m.Template == "supplement" && !strings.Contains(m.Body, "Giấy chứng sinh bị mờ.\nThiếu bản sao.") {
				t.Error(m.Body)
			}
		}
		if diff := cmp.Diff([]string{"opened", "supplement", "held", "stopped", "duty", "extended", "rederived", "rederived_desk", "version", "not_taken", "finished", "returned"}, got); diff != "" {
			t.Error(diff)
		}
		// While the dossiers cannot be asked, the event stays with the bus.
		h.Dossiers.Fail(errors.New("out of reach"))
		e := outbox.Event{ID: h.IDs.New(), Subject: "dossier.received.v1", At: h.Clock.Now(), Payload: map[string]any{"dossier": dossier, "status": 2}}
		if err := h.Handle(t.Context(), e); err == nil {
			t.Error("an event whose dossier could not be asked about was taken")
		}
		h.Dossiers.Fail(nil)
		if err := h.Handle(t.Context(), e); err != nil {
			t.Error(err)
		}
		desk, err := h.Inbox(actor.With(t.Context(), actor.Actor{Kind: actor.Staff, Account: id.ID{77}}), id.ID{}, 10)
		if err != nil || len(desk) != 2 || desk[1].Template != notify.KeyRederivedDesk || !strings.Contains(desk[1].Body, "Hạn mới: ") || desk[0].Template != notify.KeyVersion {
			t.Errorf("the official reads %+v, %v", desk, err)
		}
		if n := len(all(t, h)); n != 13 {
			t.Errorf("%d messages", n)
		}
	})
}

// The provider takes a message and the process dies before it can write that down: the message is
// sent again under the same id, marked and logged, and a provider that knows the id sends it once.
func TestCrashWhileSending(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := notifytest.New(t, d)
		ms, gw := notifytest.NewMailServer(t, "none", ""), notifytest.NewGateway(t)
		h.Service.Email, h.Service.SMS = mailer(t, ms, "none", ""), texter(t, gw)
		dossier := id.ID{7}
		c := hoa
		c.Account = id.ID{}
		h.Dossiers.Put(dossier, c)
		h.Tell("finished", dossier, 9, 5)
		for _, m := range all(t, h) {
			if err := h.Crash(t.Context(), m.ID); err != nil {
				t.Fatal(err)
			}
		}
		// The lease holds: nobody else touches the messages.
		deliverAll(t, h)
		if err := h.Reclaim(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(ms.Got()) != 1 || len(gw.Requests()) != 1 {
			t.Fatal("sent again although the process may still be at it")
		}
		h.Clock.Move(notify.Lease + time.Second)
		if err := h.Reclaim(t.Context()); err != nil {
			t.Fatal(err)
		}
		deliverAll(t, h)
		deliverAll(t, h)
		if len(ms.Got()) != 2 || len(gw.Requests()) != 2 || len(gw.Sent()) != 1 {
			t.Fatalf("%d mails, %d requests", len(ms.Got()), len(gw.Requests()))
		}
		for _, m := range all(t, h) {
			if m.State != notify.MaybeRepeated || m.Attempts != 2 {
				t.Errorf("%+v", m)
			}
			if log := h.Logged.String(); strings.Count(log, m.ID.String()) != 1 || !strings.Contains(log, "may arrive twice") {
				t.Errorf("the log: %s", log)
			}
			if m.Channel == notify.Email {
				for _, g := range ms.Got() {
					if !strings.Contains(g.Data, m.ID.String()) {
						t.Error("another Message-ID")
					}
				}
			}
		}
	})
}

// The same without the sweep: the job of the dead process is run by another one.
func TestJobAfterCrash(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := notifytest.New(t, d)
		gw := notifytest.NewGateway(t)
		h.Service.SMS = texter(t, gw)
		if err := h.SendCode(t.Context(), "0912000107", "482913", "vi"); err != nil {
			t.Fatal(err)
		}
		m := all(t, h)[0]
		if err := h.Crash(t.Context(), m.ID); err != nil {
			t.Fatal(err)
		}
		h.Clock.Move(notify.Lease)
		deliverAll(t, h)
		m = all(t, h)[0]
		if m.State != notify.MaybeRepeated || len(gw.Sent()) != 1 || len(gw.Requests()) != 2 {
			t.Errorf("%+v, %d requests", m, len(gw.Requests()))
		}
	})
}

func TestProviderDown(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := notifytest.New(t, d)
		ms, gw := notifytest.NewMailServer(t, "none", ""), notifytest.NewGateway(t)
		h.Service.Email, h.Service.SMS = mailer(t, ms, "none", ""), texter(t, gw)
		ms.Failure(&smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "come back later"})
		gw.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Retry-After", "600")
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		})
		h.Dossiers.Put(id.ID{7}, hoa)
		h.Tell("received", id.ID{7}, 2, 1)
		deliverAll(t, h)
		for _, m := range all(t, h) {
			if m.Channel == notify.Account {
				continue
			}
			wait := notify.Pause("received", 1)
			if m.Channel == notify.SMS {
				wait = 10 * time.Minute
			}
			if m.State != notify.Queued || m.Repeated || m.Attempts != 1 || m.Error == "" || !m.Next.Equal(h.Clock.Now().Add(wait)) {
				t.Errorf("%+v", m)
			}
		}
		st, err := h.Status(t.Context())
		if err != nil || st[0].Waiting != 1 || st[0].Late != 1 || st[1].Waiting != 1 || st[0].Off || st[1].Off {
			t.Errorf("%+v, %v", st, err)
		}
		// Both come back.
		ms.Failure(nil)
		gw.Answer(nil)
		h.Clock.Move(time.Hour)
		deliverAll(t, h)
		for _, m := range all(t, h) {
			if m.State != notify.Sent || m.Error != "" {
				t.Errorf("%+v", m)
			}
		}
		if len(ms.Got()) != 1 || len(gw.Sent()) != 1 {
			t.Error("not sent")
		}
		// Down for longer than a day: given up, and told.
		gw.Answer(func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(500); return true })
		h.Tell("finished", id.ID{7}, 9, 2)
		deliverAll(t, h)
		for range 30 {
			h.Clock.Move(time.Hour)
			deliverAll(t, h)
		}
		failed, err := h.Deliveries(notifytest.Admin(t.Context()), notify.Filter{State: notify.Failed})
		if err != nil || len(failed) != 1 || failed[0].Channel != notify.SMS || failed[0].Target != "091 *** 107" || failed[0].Body != "" ||
			!strings.HasPrefix(failed[0].Error, "500") || failed[0].Attempts < 20 {
			t.Fatalf("%+v, %v", failed, err)
		}
		// An administrator sends it again when the provider is well.
		gw.Answer(nil)
		if err := h.Retry(notifytest.Admin(t.Context()), failed[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := h.Retry(notifytest.Admin(t.Context()), failed[0].ID); fault.KindOf(err) != fault.Conflict {
			t.Error(err)
		}
		deliverAll(t, h)
		if n := len(gw.Sent()); n != 2 || gw.Sent()[1].Key != failed[0].ID.String() {
			t.Errorf("%d sent", n)
		}
	})
}

func TestRefusalsAndDoubts(t *testing.T) {
	t.Parallel()
	d := testkit.SQLite(t)
	h := notifytest.New(t, d)
	ms, gw := notifytest.NewMailServer(t, "none", ""), notifytest.NewGateway(t)
	h.Service.Email, h.Service.SMS = mailer(t, ms, "none", ""), texter(t, gw)
	one := func(what string, target notify.Contact) notify.Message {
		t.Helper()
		dossier := h.IDs.New()
		h.Dossiers.Put(dossier, target)
		h.Tell("received", dossier, 2, 1)
		ms := all(t, h)
		last := ms[len(ms)-1]
		if err := h.Deliver(t.Context(), last.ID); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		m, _, err := h.Secret(t.Context(), last.ID)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	byMail, bySMS := notify.Contact{Email: "hoa@example.vn"}, notify.Contact{Phone: "0912000107"}

	ms.Failure(&smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "hoa@example.vn is unknown here"})
	if m := one("unknown mailbox", byMail); m.State != notify.Failed || strings.Contains(m.Error, "hoa@") || !strings.Contains(m.Error, "550") {
		t.Errorf("%+v", m)
	}
	ms.Failure(nil)
	ms.DropAfterData(true)
	if m := one("the answer to the dot got lost", byMail); m.State != notify.Queued || !m.Repeated {
		t.Errorf("%+v", m)
	}
	ms.DropAfterData(false)
	for _, c := range []struct {
		status   int
		state    notify.State
		repeated bool
	}{{400, notify.Failed, false}, {404, notify.Failed, false}, {401, notify.Queued, false}, {307, notify.Queued, false}, {429, notify.Queued, false},
		{500, notify.Queued, false}, {502, notify.Queued, true}, {504, notify.Queued, true}, {409, notify.Sent, false}, {201, notify.Sent, false}} {
		gw.Answer(func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, "about 84912000107")
			return true
		})
		m := one("status", bySMS)
		if m.State != c.state || m.Repeated != c.repeated || strings.Contains(m.Error, "912000107") {
			t.Errorf("%d: %+v", c.status, m)
		}
	}
	gw.Answer(func(w http.ResponseWriter, _ *http.Request) bool { panic(http.ErrAbortHandler) })
	if m := one("cut off", bySMS); m.State != notify.Queued || !m.Repeated {
		t.Errorf("%+v", m)
	}
	h.Service.SMS, _ = notify.NewSMSGateway(config.SMS{URL: "http://127.0.0.1:1/"})
	if m := one("nobody listens", bySMS); m.State != notify.Queued || m.Repeated {
		t.Errorf("%+v", m)
	}
	wrong, err := notify.NewSMTP(config.SMTP{Addr: ms.Addr, TLS: "starttls", From: "a@example.vn"})
	if err != nil {
		t.Fatal(err)
	}
	h.Service.Email = wrong
	before := len(ms.Got())
	if m := one("no encryption offered", byMail); m.State != notify.Queued || m.Repeated || len(ms.Got()) != before {
		t.Errorf("%+v", m)
	}
}

func TestSMTPModes(t *testing.T) {
	t.Parallel()
	l := notify.Letter{ID: id.ID{1}, To: "hoa@example.vn", Subject: "Chào", Body: "Nội dung", Created: time.Unix(1e9, 0)}
	for _, c := range []struct{ mode, server, user string }{{"none", "none", ""}, {"starttls", "starttls", "u"}, {"tls", "tls", "u"}} {
		ms := notifytest.NewMailServer(t, c.server, c.user)
		if err := mailer(t, ms, c.mode, c.user).Send(t.Context(), l); err != nil {
			t.Errorf("%s: %v", c.mode, err)
			continue
		}
		if got := ms.Got(); len(got) != 1 || got[0].TLS != (c.mode != "none") || got[0].User != c.user {
			t.Errorf("%s: %+v", c.mode, got)
		}
	}
	// A certificate nobody vouches for, a wrong password, a password without encryption.
	ms := notifytest.NewMailServer(t, "tls", "u")
	s := mailer(t, ms, "tls", "u")
	s.TLS = nil
	for what, s := range map[string]*notify.SMTP{"untrusted": s, "wrong user": mailer(t, ms, "tls", "v")} {
		var e *notify.SendError
		if err := s.Send(t.Context(), l); !errors.As(err, &e) || e.Outcome != notify.Later {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, bad := range []config.SMTP{{Addr: "host", From: "a@b.vn"}, {Addr: "h:99999", From: "a@b.vn"}, {Addr: "h:25", From: "nobody"},
		{Addr: "h:25", From: "a@b.vn\r\nBcc: x@y.vn"}, {Addr: "h:25", From: "a@b.vn", TLS: "maybe"}} {
		if _, err := notify.NewSMTP(bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
	for _, bad := range []string{"", "ftp://x", "http://sms.example.vn/send", "://"} {
		if _, err := notify.NewSMSGateway(config.SMS{URL: bad}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if _, err := notify.NewSMSGateway(config.SMS{URL: "https://sms.example.vn/send"}); err != nil {
		t.Error(err)
	}
}

// Nothing a person typed becomes a header, a recipient or a command.
func TestHeaderInjection(t *testing.T) {
	t.Parallel()
	ms := notifytest.NewMailServer(t, "none", "")
	s := mailer(t, ms, "none", "")
	evil := "Hồ sơ\r\nBcc: thief@example.com\r\n\r\n<html>"
	err := s.Send(t.Context(), notify.Letter{ID: id.ID{1}, To: "hoa@example.vn", Subject: evil, Body: "dòng\r\n.\r\nRCPT TO:<thief@example.com>\r\n" + evil, Created: time.Unix(1e9, 0)})
	if err != nil {
		t.Fatal(err)
	}
	got := ms.Got()
	if len(got) != 1 || !slices.Equal(got[0].To, []string{"hoa@example.vn"}) {
		t.Fatalf("%+v", got)
	}
	m, err := mail.ReadMessage(strings.NewReader(got[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for k := range m.Header {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	if diff := cmp.Diff([]string{"Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}, keys); diff != "" {
		t.Error(diff)
	}
	for _, to := range []string{"hoa@example.vn\r\nBcc: thief@example.com", "hoa@example.vn> RCPT TO:<thief@example.com", "hoa@example.vn, thief@example.com", ""} {
		var e *notify.SendError
		if err := s.Send(t.Context(), notify.Letter{ID: id.ID{1}, To: to, Subject: "x", Body: "y"}); !errors.As(err, &e) || e.Outcome != notify.Never {
			t.Errorf("%q: %v", to, err)
		}
	}
	if len(ms.Got()) != 1 {
		t.Error("a letter to a crooked address went out")
	}
}

// Many processes with a job for the same message hand it over once.
func TestConcurrentDelivery(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := notifytest.New(t, d)
		gw := notifytest.NewGateway(t)
		h.Service.SMS = texter(t, gw)
		c := hoa
		c.Account, c.Email = id.ID{}, ""
		h.Dossiers.Put(id.ID{7}, c)
		h.Tell("received", id.ID{7}, 2, 1)
		m := all(t, h)[0]
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := h.Deliver(t.Context(), m.ID); err != nil {
					t.Error(err)
				}
			})
		}
		// The same event, delivered several times at once, stays one message.
		e := outbox.Event{ID: h.IDs.New(), Subject: "dossier.finished.v1", At: h.Clock.Now(), Payload: map[string]any{"dossier": id.ID{7}, "status": 9}}
		for range 4 {
			wg.Go(func() {
				if err := h.Handle(t.Context(), e); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := len(gw.Requests()); n != 1 {
			t.Errorf("handed over %d times", n)
		}
		if n := len(all(t, h)); n != 2 {
			t.Errorf("%d messages", n)
		}
	})
}

package notifytest_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/notify"
	"lienthong/internal/module/notify/notifytest"
)

// mails answers for subscriptions.
type mails map[id.ID]notify.ReportMail

func (m mails) ReportMail(_ context.Context, subscription id.ID, _, _ civil.Date) (notify.ReportMail, error) {
	x, ok := m[subscription]
	if !ok {
		return x, fault.New(fault.NotFound, "dossier.no_subscription")
	}
	return x, nil
}

// The event of a report becomes one mail however often it comes, and none where nobody is to be told.
func TestReportIsMailedOnce(t *testing.T) {
	t.Parallel()
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := notifytest.New(t, d)
		mine, silent := id.ID{1}, id.ID{2}
		h.Reports = mails{
			mine: {Account: id.ID{7}, Name: "Hoàng Văn Ví", Email: "vi@example.vn", Lang: "vi", Values: map[string]string{"report": "Hộ tịch",
				"period": "01/10/2026 – 31/10/2026", "received": "1.204", "finished": "1.198", "on_time": "98,1%", "open": "31", "overdue": "2",
				"link": "https://dvc.example.vn/can-bo/thong-ke?nhom=thang"}},
			silent: {Account: id.ID{8}, Name: "Không Có Hòm Thư", Lang: "vi"},
		}
		for _, x := range []id.ID{mine, silent, {3}} {
			raw, err := json.Marshal(dossier.ReportDue{Subscription: x, From: civil.Must("2026-10-01"), To: civil.Must("2026-10-31")})
			if err != nil {
				t.Fatal(err)
			}
			e := outbox.Event{ID: h.IDs.New(), Subject: dossier.SubjectReportDue, At: h.Clock.Now(), Payload: json.RawMessage(raw)}
			for range 2 {
				if err := h.Handle(t.Context(), e); err != nil {
					t.Fatal(err)
				}
			}
		}
		list, err := h.Deliveries(notifytest.Admin(t.Context()), notify.Filter{})
		if err != nil || len(list) != 1 {
			t.Fatalf("%d messages, %v", len(list), err)
		}
		m := list[0] // lists show no texts
		if err := d.Read(t.Context()).QueryRow(`SELECT subject, body FROM notify_message`).Scan(&m.Subject, &m.Body); err != nil {
			t.Fatal(err)
		}
		if m.Template != notify.KeyReport || m.Channel != notify.Email || m.Account != (id.ID{7}) || m.Subject != "Báo cáo “Hộ tịch”, 01/10/2026 – 31/10/2026" {
			t.Errorf("%+v", m)
		}
		for _, want := range []string{"Kính gửi Ông/Bà Hoàng Văn Ví", "Tiếp nhận: 1.204", "quá hạn: 2", "Tỷ lệ đúng hạn: 98,1%", "https://dvc.example.vn/can-bo/thong-ke?nhom=thang"} {
			if !strings.Contains(m.Body, want) {
				t.Errorf("%q is not in %q", want, m.Body)
			}
		}
		if strings.Contains(m.Body, "trực tuyến:") {
			t.Errorf("a share that is not known is told: %q", m.Body)
		}
	})
}

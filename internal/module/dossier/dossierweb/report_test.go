package dossierweb_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/module/dossier"
)

// An official looks at figures of past days, goes to the dossiers behind them, and has them sent.
func TestReportsOfAnOfficial(t *testing.T) {
	d := newDesk(t)
	until := civil.Must("2026-11-24")
	d.Dossiers.Notes = []dossier.Note{{To: &until, Text: i18n.Text{VI: "Trước khi sáp nhập", EN: "Before the merger"}, Source: "Nghị quyết"}}
	code, _ := d.file()
	d.Clock.Set("2026-12-02 09:00")
	d.as("Chủ tịch", deskCommune, "leader")
	period := "tu=2026-11-23&den=2026-11-30"
	for _, by := range []string{"nam", "quy", "thang"} {
		page := d.get("/can-bo/thong-ke?nhom=" + by + "&" + period)
		if !strings.Contains(page, `<svg class="ch"`) || !strings.Contains(text(page), "Trước khi sáp nhập") {
			t.Errorf("by %s: no chart, or no note", by)
		}
	}
	if page := text(d.get("/can-bo/thong-ke?tu=2026-12-01&den=2026-12-02")); strings.Contains(page, "Trước khi sáp nhập") || !strings.Contains(page, "Tồn kỳ trước") {
		t.Errorf("December:\n%s", page)
	}
	for _, what := range []string{"open&" + period, "overdue&" + period, "submitted&" + period, "carried&tu=2026-12-01&den=2026-12-02"} {
		if s := text(d.get("/can-bo/thong-ke/ho-so?loai=" + what)); !strings.Contains(s, code) {
			t.Errorf("%s does not lead to the dossier:\n%s", what, s)
		}
	}
	if s := text(d.get("/can-bo/thong-ke/ho-so?loai=withdrawn&" + period)); strings.Contains(s, code) {
		t.Error("a dossier nobody took back is listed as such")
	}
	if body := d.get("/can-bo/thong-ke/tep/thong-ke.csv?nhom=nam&" + period); !strings.Contains(body, "Ngành dọc") {
		t.Errorf("the table is %q", body)
	}

	if status, page, _ := d.post("/can-bo/thong-ke/dinh-ky", url.Values{"every": {"month"}}); status != http.StatusUnprocessableEntity || !strings.Contains(text(page), "tên báo cáo") {
		t.Errorf("a report without a name: %d", status)
	}
	d.sent("/can-bo/thong-ke/dinh-ky", url.Values{"name": {"Hộ tịch hằng tháng"}, "every": {"month"}, "linh-vuc": {"ho-tich"}, "nhom": {"thang"}})
	page := d.get("/can-bo/thong-ke")
	at := regexp.MustCompile(`/can-bo/thong-ke/dinh-ky/[0-9a-f-]+`).FindString(page)
	if at == "" || !strings.Contains(text(page), "Hộ tịch hằng tháng") || !strings.Contains(page, "linh-vuc=ho-tich") {
		t.Fatalf("the report is not listed:\n%s", text(page))
	}
	d.sent(at, url.Values{"do": {"pause"}})
	if !strings.Contains(text(d.get("/can-bo/thong-ke")), "tạm dừng từ") {
		t.Error("the report does not say that it is paused")
	}
	d.sent(at, url.Values{"do": {"resume"}})
	if status, _, _ := d.post(at, url.Values{"do": {"sing"}}); status != http.StatusUnprocessableEntity && status != http.StatusBadRequest {
		t.Errorf("an act nobody knows: %d", status)
	}
	d.sent(at, url.Values{"do": {"drop"}})
	if strings.Contains(text(d.get("/can-bo/thong-ke")), "Hộ tịch hằng tháng") {
		t.Error("the report is still listed")
	}
}

package dossierweb_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
)

// The report of what became overdue names whom it was with, and can be taken along; rules on warnings
// are set, shown, found wrong and taken away on their page. The dossier's page says by which rules its
// date was counted and what of them nobody knows.
func TestOverduePages(t *testing.T) {
	d := newDesk(t)
	rules := worktime.DefaultRules()
	rules.Key, rules.From, rules.Source, rules.Unknown = "thu", civil.Must("2020-01-01"), "Văn bản thử", []string{"max_extensions"}
	d.Dossiers.RuleSets = []worktime.Rules{rules}
	d.as("Nguyễn Văn Một", deskCommune, "receiver")
	code, _ := d.file()
	d.as("Chủ tịch", deskCommune, "leader")
	page := text(d.get("/can-bo/ho-so/" + code))
	for _, want := range []string{"Đếm theo: Văn bản thử.", "Chưa có văn bản để biết: số lần gia hạn"} {
		if !strings.Contains(page, want) {
			t.Errorf("the dossier's page lacks %q", want)
		}
	}
	if page = text(d.get("/can-bo/qua-han")); !strings.Contains(page, "Không có việc nào quá hạn") {
		t.Error("something is overdue at once")
	}
	d.Later(20 * 24 * time.Hour)
	if _, err := d.Dossiers.Watch(actor.With(context.Background(), actor.System("watch"))); err != nil {
		t.Fatal(err)
	}
	for _, by := range []string{"", "agency", "unit", "officer", "step", "procedure"} {
		page = text(d.get("/can-bo/qua-han?tu=2026-01-01&den=2027-01-01&nhom=" + by))
		if !strings.Contains(page, code) || !strings.Contains(page, "Chưa ai nhận") {
			t.Errorf("by %q the report lacks the dossier: %s", by, page)
		}
	}
	for _, file := range []string{"qua-han.csv", "qua-han.xlsx"} {
		status, body, _ := d.do(newGet("/can-bo/qua-han/tep/" + file + "?tu=2026-01-01&den=2027-01-01"))
		if status != http.StatusOK || strings.HasSuffix(file, "csv") && !strings.Contains(body, code) {
			t.Errorf("%s: %d %s", file, status, body)
		}
	}
	if status, _, _ := d.do(newGet("/can-bo/qua-han?tu=2027-01-01&den=2026-01-01")); status != http.StatusUnprocessableEntity {
		t.Errorf("a period backwards: %d", status)
	}

	const watch = "/can-bo/qua-han/nhac-han"
	form := fields(d.get(watch), watch)
	if form.Get("warn") != "8; 2" || form.Get("superior") != "24" || form.Get("version") != "0" {
		t.Fatalf("offered: %v", form)
	}
	form.Set("warn", "tám giờ")
	if status, body, _ := d.post(watch, form); status != http.StatusUnprocessableEntity || !strings.Contains(text(body), "giờ làm việc, không quá") {
		t.Errorf("hours in words: %d", status)
	}
	form.Set("warn", "4; 1,5")
	form.Del("superior")
	if status, _, to := d.post(watch, form); status != http.StatusSeeOther || to != watch {
		t.Fatalf("%d to %s", status, to)
	}
	page = text(d.get(watch))
	for _, want := range []string{"4 giờ làm việc", "1 giờ 30 phút làm việc", "Trưởng bộ phận", "1 ngày làm việc: Lãnh đạo cơ quan"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q: %s", want, page)
		}
	}
	if status, _, _ := d.post(watch, url.Values{"agency": form["agency"], "procedure": {""}, "version": {"1"}, "drop": {"1"}}); status != http.StatusSeeOther {
		t.Errorf("taken away: %d", status)
	}
	if rules, err := d.Dossiers.WatchRules(actor.With(context.Background(), d.who)); err != nil || len(rules) != 0 {
		t.Errorf("still there: %v, %v", rules, err)
	}

	// Stopping the clock for another agency asks for the clause.
	hold := "/can-bo/ho-so/" + code + "/tam-dung"
	form = fields(d.get(hold), hold)
	form.Set("cause", worktime.OtherAgency)
	form.Set("note", "chờ xác minh")
	if status, body, _ := d.post(hold, form); status != http.StatusUnprocessableEntity || !strings.Contains(text(body), "điều, khoản") {
		t.Errorf("held without a clause: %d", status)
	}
	form.Set("basis", "khoản 1 Điều thử")
	if status, _, _ := d.post(hold, form); status != http.StatusSeeOther {
		t.Errorf("held: %d", status)
	}
}

package orgweb_test

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/kit/web"
	"lienthong/internal/module/iam/iamtest"
	"lienthong/internal/module/org"
	"lienthong/internal/module/org/orgweb"
)

// threeOfSeven counts dossiers as a fixed figure and keeps what it was asked.
type threeOfSeven struct {
	unit          id.ID
	before, after *worktime.Calendar
}

func (a *threeOfSeven) AffectedByCalendar(_ context.Context, unit id.ID, before, after *worktime.Calendar) (org.CalendarEffect, error) {
	a.unit, a.before, a.after = unit, before, after
	old := civil.Must("2021-06-18").At(17 * 60)
	return org.CalendarEffect{Open: 7, Later: 2, Earlier: 1, Overdue: 1, ByAgency: []org.AgencyEffect{{Agency: unit, Open: 7, Moved: 3}},
		Dossiers: []org.MovedDossier{{Code: "H03-1", Agency: unit, Old: old, New: old.Add(72 * time.Hour)}}}, nil
}

// confirm returns the form of a page that asks, as a browser would post it.
func confirm(t *testing.T, body string) url.Values {
	t.Helper()
	form := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		form.Add(m[1], strings.NewReplacer("&#34;", `"`, "&amp;", "&").Replace(m[2]))
	}
	if form.Get("confirm") == "" {
		t.Fatalf("the page does not ask: %s", body)
	}
	return form
}

func TestCalendarPages(t *testing.T) {
	h := iamtest.New(t, testkit.SQLite(t))
	dossiers := &threeOfSeven{}
	s := h.Serve(func(r *web.Router) { orgweb.Routes(r, &orgweb.Handlers{Org: h.Org, Dossiers: dossiers}) }, nil)
	h.Official("quantri", "tinh", "province_admin")
	h.Official("nga", "xa-1", "receiver")
	b := s.As(h.Enter("quantri"))
	top, commune := h.Unit("tinh"), h.Unit("xa-1")
	page := "/quan-tri/lich"
	day := func(form url.Values, name, date string) url.Values {
		p := strings.Split(date, "-")
		form.Set(name+".y", p[0])
		form.Set(name+".m", p[1])
		form.Set(name+".d", p[2])
		return form
	}

	want(t, s.As(h.Enter("nga")).Get(page), 403)
	want(t, b.Get(page), 200, "Lịch làm việc 2021: UBND tỉnh", "Quốc khánh", "Bộ luật Lao động", "Thứ Hai", "Tháng 12", "hôm nay", "07:30-11:30, 13:00-17:00",
		"Ngày lễ chung của cả nước", "250 ngày làm việc")
	want(t, b.Get(page+"?nam=2026&don-vi=xa-1"), 200, "Lịch làm việc 2026: UBND xã Một", "Ngày Văn hóa Việt Nam", "24/11/2026")
	want(t, b.Get("/en"+page), 200, "Working calendar 2021", "National Day")
	want(t, b.Get(page+"?nam=1899"), 422, "Nhập năm từ 2000 đến 2100")
	want(t, b.Get(page+"?don-vi=x"), 404)

	// A day is asked for, shown with what it changes, and only then saved.
	set := page + "/" + top.ID.String() + "/ngay"
	want(t, b.Get(set), 200, "Thêm ngày", "Nghỉ bù, nghỉ hoán đổi", `name="version" value="0"`)
	want(t, b.Post(set, url.Values{"version": {"0"}, "kind": {"closed"}, "hours": {"sáng"}}), 422, "<title>Lỗi: ", "Nhập đủ ngày", "Nhập tên gọi", "Ghi căn cứ",
		"Ghi giờ theo dạng")
	form := day(url.Values{"version": {"0"}, "kind": {"closed"}, "name": {`Bão "số 2"`}, "source": {"Công điện 01"}}, "date", "2021-06-17")
	want(t, b.Post(set, day(url.Values{"version": {"0"}, "kind": {"closed"}, "name": {"Bão"}, "source": {"x"}, "hours": {"7h-9h"}}, "date", "2021-06-17")), 422,
		"Ngày nghỉ không có giờ làm việc")
	ask := b.Post(set, form)
	want(t, ask, 200, "1 ngày thay đổi", "7 hồ sơ đang mở theo lịch này, trong đó 3 hồ sơ đổi ngày hẹn trả", "17/06/2021", "Đóng cửa theo quyết định",
		"Lùi ngày hẹn: 2 hồ sơ. Sớm lên: 1 hồ sơ.", "1 hồ sơ đang trong hạn sẽ thành quá hạn", "H03-1", "18/06/2021", "21/06/2021", "Còn 2 hồ sơ khác")
	if dossiers.unit != top.ID || dossiers.before.Day(civil.Must("2021-06-17")).Minutes != 480 || dossiers.after.Day(civil.Must("2021-06-17")).Minutes != 0 {
		t.Error("dossiers were counted by other calendars")
	}
	if c, err := h.Org.StoredCalendar(t.Context(), top.ID); err != nil || c.Version != 0 {
		t.Fatalf("saved before it was confirmed: %+v, %v", c, err)
	}
	yes := confirm(t, ask.Body)
	leads(t, b.Post(set, yes), page+"?don-vi=tinh&nam=2021")
	want(t, b.Get(page+"?don-vi=tinh&nam=2021"), 200, "Đã lưu lịch làm việc", "Bão &#34;số 2&#34;", "Công điện 01", "249 ngày làm việc")
	want(t, b.Post(set, yes), 422, "đã có trong lịch riêng này")
	yes.Set("was", "2021-06-17")
	want(t, b.Post(set, yes), 409, "Vừa có người khác thay đổi")

	// Units below inherit it and say so.
	want(t, b.Get(page+"?don-vi=xa-1&nam=2021"), 200, "đang theo lịch của UBND tỉnh", "Bão", "249 ngày làm việc")
	local := page + "/" + commune.ID.String() + "/gio"
	want(t, b.Get(local), 200, "Sửa giờ làm việc", "Đang áp dụng: 07:30-11:30")
	hours := url.Values{"version": {"0"}, "name": {"Lịch xã Một"}, "source": {"Quyết định của xã"}, "status": {"assumed"}}
	want(t, b.Post(local, url.Values{"version": {"0"}, "mon": {"8-11"}, "status": {"assumed"}}), 422, "Ghi giờ theo dạng", "Nhập tên lịch", "Ghi căn cứ")
	for _, d := range []string{"mon", "tue", "wed", "thu", "fri"} {
		hours.Set(d, "7h30 – 11:30; 13:30-17h")
	}
	bad := url.Values{"mon": {"13:00-17:00, 07:00-11:00"}}
	for k, v := range hours {
		if k != "mon" {
			bad[k] = v
		}
	}
	want(t, b.Post(local, bad), 422, "Khoảng giờ phải có giờ đầu trước giờ cuối")
	ask = b.Post(local, hours)
	want(t, ask, 200, "ngày thay đổi", "Chỉ liệt kê 60 ngày đầu", "07:30-11:30, 13:30-17:00")
	leads(t, b.Post(local, confirm(t, ask.Body)), page+"?don-vi=xa-1")
	want(t, b.Get(page+"?don-vi=xa-1"), 200, "có lịch riêng; phần không đặt riêng theo lịch của UBND tỉnh", "13:30-17:00", "Quyết định của xã", "Bão")

	// A day is changed and taken away.
	want(t, b.Get(set+"?ngay=2021-06-17"), 200, "Sửa ngày", `name="was" value="2021-06-17"`, `value="Công điện 01"`)
	form.Set("version", "1")
	form.Set("was", "2021-06-17")
	form.Set("kind", "half_day")
	leads(t, b.Post(set, confirm(t, b.Post(set, form).Body)), page+"?don-vi=tinh&nam=2021")
	want(t, b.Get(page+"?don-vi=tinh&nam=2021"), 200, "Làm việc nửa ngày")
	drop := page + "/" + top.ID.String() + "/xoa-ngay"
	want(t, b.Get(drop+"?ngay=2021-06-18"), 404)
	ask = b.Get(drop + "?ngay=2021-06-17")
	want(t, ask, 200, "Bỏ ngày riêng 17/06/2021", "1 ngày thay đổi")
	leads(t, b.Post(drop, confirm(t, ask.Body)), page+"?don-vi=tinh&nam=2021")
	if c, err := h.Org.StoredCalendar(t.Context(), top.ID); err != nil || len(c.Config.Days) != 0 || c.Version != 3 {
		t.Errorf("left over: %+v, %v", c, err)
	}
}

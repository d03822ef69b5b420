package orgweb_test

import (
	"net/url"
	"testing"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/kit/web"
	"lienthong/internal/module/iam/iamtest"
	"lienthong/internal/module/org/orgweb"
)

// A yearly notice is entered at once, seen with what it changes, and corrects an earlier one; hours of a
// season hold from a day to a day.
func TestNoticeAndSeason(t *testing.T) {
	h := iamtest.New(t, testkit.SQLite(t))
	s := h.Serve(func(r *web.Router) {
		orgweb.Routes(r, &orgweb.Handlers{Org: h.Org, Dossiers: &threeOfSeven{}})
	}, nil)
	h.Official("quantri", "tinh", "province_admin")
	h.Official("nga", "xa-1", "receiver")
	b := s.As(h.Enter("quantri"))
	top := h.Unit("tinh")
	page := "/quan-tri/lich"
	notice := page + "/" + top.ID.String() + "/thong-bao"
	want(t, s.As(h.Enter("nga")).Get(notice), 403)
	want(t, b.Get(page+"?don-vi=tinh"), 200, "Nhập thông báo nghỉ", "Giờ làm việc theo mùa")
	want(t, b.Get(notice), 200, "Nhập cả thông báo hằng năm", `name="version" value="0"`)
	form := url.Values{"version": {"0"}, "source": {""}, "name": {""}, "lines": {""}}
	want(t, b.Post(notice, form), 422, "Ghi căn cứ", "Nhập tên gọi", "Ghi ít nhất một ngày")
	form = url.Values{"version": {"0"}, "source": {"Thông báo thử"}, "name": {"Nghỉ hoán đổi"}}
	for _, bad := range []string{"31/08/2026", "31/02/2026 nghỉ", "31/08/2026 chơi", "31/08/2026 đổi 31/08/2026", "20/02/2026-16/02/2026 nghỉ",
		"31/08/2026-01/09/2026 đổi 22/08/2026", "01/01/2026-31/12/2026 nghỉ"} {
		form.Set("lines", "02/01/2026 đổi 10/01/2026\n"+bad)
		want(t, b.Post(notice, form), 422, "Dòng 2 không đọc được")
	}
	form.Set("lines", "31/08/2026 đổi 22/08/2026\r\n\r\n16/2/2026-20/2/2026 Nghỉ\n13/02/2026 nửa ngày")
	ask := b.Post(notice, form)
	want(t, ask, 200, "Nhập thông báo: 7 ngày", "22/08/2026", "Hồ sơ đổi ngày hẹn trả")
	leads(t, b.Post(notice, confirm(t, ask.Body)), page+"?don-vi=tinh&nam=2026")
	cal, err := h.Org.Calendar(t.Context(), h.Unit("xa-1").ID)
	if err != nil {
		t.Fatal(err)
	}
	for day, kind := range map[string]worktime.Kind{"2026-08-31": worktime.CompensatoryOff, "2026-08-22": worktime.MakeupWorkday,
		"2026-02-16": worktime.Holiday, "2026-02-20": worktime.Holiday, "2026-02-13": worktime.HalfDay} {
		if got := cal.Day(civil.Must(day)); got.Kind != kind || got.Source != "Thông báo thử" {
			t.Errorf("%s is %+v", day, got)
		}
	}
	// The next one corrects it.
	form = url.Values{"version": {"1"}, "source": {"Thông báo sửa"}, "name": {"Mở cửa"}, "lines": {"13/02/2026 làm việc"}}
	leads(t, b.Post(notice, confirm(t, b.Post(notice, form).Body)), page+"?don-vi=tinh&nam=2026")
	if cal, err = h.Org.Calendar(t.Context(), top.ID); err != nil || cal.Day(civil.Must("2026-02-13")).Kind != worktime.Open || cal.Day(civil.Must("2026-02-16")).Kind != worktime.Holiday {
		t.Errorf("corrected: %+v, %v", cal.Day(civil.Must("2026-02-13")), err)
	}

	season := page + "/" + top.ID.String() + "/mua"
	summer := url.Values{"version": {"2"}, "name": {"Giờ mùa hè"}, "source": {"Quyết định thử"}, "mon": {"07:00-11:00, 13:30-17:30"}, "was": {""}}
	for k, v := range map[string]string{"from.d": "15", "from.m": "4", "from.y": "2026", "to.d": "1", "to.m": "4", "to.y": "2026"} {
		summer.Set(k, v)
	}
	want(t, b.Get(season), 200, "Giờ làm việc theo mùa", "Đang áp dụng: 07:30-11:30")
	want(t, b.Post(season, summer), 422, "<title>Lỗi: ")
	summer.Set("to.d", "15")
	summer.Set("to.m", "10")
	for _, d := range []string{"mon", "tue", "wed", "thu", "fri"} {
		summer.Set(d, "07:00-11:00, 13:30-17:30")
	}
	ask = b.Post(season, summer)
	want(t, ask, 200, "ngày thay đổi", "07:00-11:00, 13:30-17:30")
	leads(t, b.Post(season, confirm(t, ask.Body)), page+"?don-vi=tinh&nam=2026")
	if cal, err = h.Org.Calendar(t.Context(), top.ID); err != nil || cal.Day(civil.Must("2026-06-01")).Spans[0].From != 7*60 || cal.Day(civil.Must("2026-12-01")).Spans[0].From != 450 {
		t.Errorf("in June %+v, %v", cal.Day(civil.Must("2026-06-01")), err)
	}
	want(t, b.Get(page+"?don-vi=tinh"), 200, "Giờ mùa hè", "mua=0.2026-04-15")
	want(t, b.Get(season+"?mua=0.2026-04-15"), 200, "Sửa giờ làm việc theo mùa", `value="Giờ mùa hè"`)
	drop := url.Values{"version": {"3"}, "was": {"0.2026-04-15"}, "drop": {"true"}}
	leads(t, b.Post(season, confirm(t, b.Post(season, drop).Body)), page+"?don-vi=tinh")
	if c, err := h.Org.StoredCalendar(t.Context(), top.ID); err != nil || len(c.Config.Weeks) != 0 {
		t.Errorf("left over: %+v, %v", c.Config.Weeks, err)
	}
}

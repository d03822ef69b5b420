package orgweb_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/kit/web"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/iam/iamtest"
	"lienthong/internal/module/org"
	"lienthong/internal/module/org/orgweb"
)

func site(t *testing.T) (iamtest.House, iamtest.Site) {
	t.Helper()
	h := iamtest.New(t, testkit.SQLite(t))
	var roles []orgweb.Role
	for _, r := range iam.Roles() {
		roles = append(roles, orgweb.Role{Key: r.Key, Text: "iam.role." + r.Key})
	}
	return h, h.Serve(func(r *web.Router) { orgweb.Routes(r, &orgweb.Handlers{Org: h.Org, Roles: roles}) }, nil)
}

func want(t *testing.T, a iamtest.Answer, status int, words ...string) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d, want %d (to %q): %.800s", a.Status, status, a.Location, a.Body)
	}
	for _, w := range words {
		if !strings.Contains(a.Body, w) {
			t.Errorf("the page lacks %q: %s", w, a.Body)
		}
	}
}

func leads(t *testing.T, a iamtest.Answer, to string) {
	t.Helper()
	if a.Status != 303 || a.Location != to {
		t.Fatalf("status %d to %q, want 303 to %q: %.800s", a.Status, a.Location, to, a.Body)
	}
}

// day is the three parts of a date field.
func day(form url.Values, name, date string) url.Values {
	p := strings.Split(date, "-")
	form.Set(name+".y", p[0])
	form.Set(name+".m", p[1])
	form.Set(name+".d", p[2])
	return form
}

func TestTreePage(t *testing.T) {
	h, s := site(t)
	h.Official("quantri", "tinh", "province_admin")
	b := s.As(h.Enter("quantri"))
	want(t, b.Get("/quan-tri/to-chuc"), 200, "UBND tỉnh", "UBND xã Một", "<details open>")
	want(t, b.Get("/quan-tri/to-chuc?q=xa+mot"), 200, "UBND xã Một")
	want(t, b.Get("/quan-tri/to-chuc?q=khong+co"), 200, "Không tìm thấy đơn vị nào")
	want(t, b.Get("/quan-tri/to-chuc?ngay=1990-01-01"), 200, "Chưa có đơn vị nào", "01/01/1990")
	want(t, b.Get("/quan-tri/to-chuc?ngay=hom-qua"), 422, "Nhập đủ ngày")
	want(t, b.Get("/en/quan-tri/to-chuc"), 200, "Organisation", "Commune")
	h.Official("nga", "xa-1", "receiver")
	want(t, s.As(h.Enter("nga")).Get("/quan-tri/to-chuc"), 403)
}

func TestUnitPages(t *testing.T) {
	h, s := site(t)
	h.Official("quantri", "tinh", "province_admin")
	h.Official("xaquantri", "xa-1", "unit_admin")
	b, local := s.As(h.Enter("quantri")), s.As(h.Enter("xaquantri"))
	u, other := h.Unit("xa-1"), h.Unit("xa-2")
	page := "/quan-tri/to-chuc/don-vi/" + u.ID.String()
	want(t, b.Get(page), 200, "UBND xã Một", "Cán bộ xaquantri", "Quản trị đơn vị", "Lịch sử", page+"/sua")
	want(t, local.Get(page), 200, page+"/sua")
	if a := local.Get("/quan-tri/to-chuc/don-vi/" + other.ID.String()); a.Status != 200 || strings.Contains(a.Body, "/sua\"") {
		t.Errorf("a neighbour's unit offers a change: %s", a.Body)
	}
	want(t, b.Get("/quan-tri/to-chuc/don-vi/x"), 404)
	want(t, b.Get("/quan-tri/to-chuc/don-vi/"+iamtest.ProvinceAdmin().Account.String()), 404)

	// A change shows its mistakes, keeps what was typed, and then counts from its day.
	want(t, b.Get(page+"/sua"), 200, `value="UBND xã Một"`, `value="huyen"`, `name="version" value="1"`)
	form := day(url.Values{"version": {"1"}, "name": {"UBND phường Một"}, "parent": {"không có"}}, "from", "2021-7-1")
	want(t, b.Post(page+"/sua", form), 422, "<title>Lỗi: ", "Không tìm thấy đơn vị cấp trên", `value="UBND phường Một"`, `value="7"`)
	form.Set("parent", "huyen")
	form.Set("from.d", "31")
	form.Set("from.m", "2")
	want(t, b.Post(page+"/sua", form), 422, "Nhập đủ ngày, tháng, năm")
	day(form, "from", "2021-07-01")
	leads(t, b.Post(page+"/sua", form), page)
	want(t, b.Post(page+"/sua", form), 409, "Vừa có người khác thay đổi")
	want(t, b.Get(page), 200, "UBND phường Một", "UBND xã Một", "Đã ghi thay đổi")
	want(t, local.Post("/quan-tri/to-chuc/don-vi/"+other.ID.String()+"/sua", day(url.Values{"version": {"1"}, "name": {"x"}, "parent": {"huyen"}}, "from", "2021-07-01")), 403, "không có quyền sửa")

	// A code, flagged as assigned here.
	want(t, b.Post(page+"/ma", day(url.Values{"version": {"2"}, "scheme": {"qcvn102"}, "code": {"mã"}}, "from", "2021-06-15")), 422, "Mã chỉ có chữ số")
	leads(t, b.Post(page+"/ma", day(url.Values{"version": {"2"}, "scheme": {"qcvn102"}, "code": {"000.21.36.H03"}, "assigned": {"true"}}, "from", "2021-06-15")), page)
	want(t, b.Get(page), 200, "000.21.36.H03", "Do gói dữ liệu gán")

	// A division is added and closed.
	want(t, b.Get(page+"/them"), 200, "Phòng, bộ phận")
	a := local.Post(page+"/them", day(url.Values{"kind": {"division"}, "name": {"Bộ phận Một cửa"}, "tag": {"mot-cua"}}, "from", "2021-06-15"))
	if a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	division := a.Location
	want(t, b.Get(division), 200, "Bộ phận Một cửa")
	want(t, b.Get(page+"/dong"), 200, "Kết thúc đơn vị")
	want(t, b.Post(page+"/dong", day(url.Values{"version": {"3"}}, "on", "2021-12-01")), 409, "Còn đơn vị trực thuộc: Bộ phận Một cửa")
	leads(t, b.Post(division+"/dong", day(url.Values{"version": {"1"}}, "on", "2021-06-16")), division)

	// The forms of a neighbour's unit are as closed as saving them, also after the unit has ended.
	for _, f := range []string{"/sua", "/them", "/dong", "/ma", "/chuc-danh"} {
		want(t, local.Get("/quan-tri/to-chuc/don-vi/"+other.ID.String()+f), 403, "không có quyền sửa")
		want(t, local.Get(page+f), 200)
		want(t, b.Get("/quan-tri/to-chuc/don-vi/"+other.ID.String()+f), 200)
	}
	h.Clock.Move(48 * time.Hour) // sessions end meanwhile
	b, local = s.As(h.Enter("quantri")), s.As(h.Enter("xaquantri"))
	want(t, b.Get(division+"/sua"), 200)
	want(t, local.Get(division+"/sua"), 200)
	h.Official("xahaiquantri", "xa-2", "unit_admin")
	neighbour := s.As(h.Enter("xahaiquantri"))
	want(t, neighbour.Get(division+"/sua"), 403)
	ps, err := h.Org.Positions(t.Context(), []id.ID{u.ID}, h.Org.Today())
	if err != nil || len(ps) == 0 {
		t.Fatal(ps, err)
	}
	for _, f := range []string{"", "/dong"} {
		want(t, neighbour.Get("/quan-tri/to-chuc/chuc-danh/"+ps[0].ID.String()+f), 403, "không có quyền sửa")
		want(t, local.Get("/quan-tri/to-chuc/chuc-danh/"+ps[0].ID.String()+f), 200)
	}
}

func TestPeoplePages(t *testing.T) {
	h, s := site(t)
	h.Official("quantri", "tinh", "province_admin")
	h.Official("xaquantri", "xa-1", "unit_admin")
	b, local := s.As(h.Enter("quantri")), s.As(h.Enter("xaquantri"))
	u := h.Unit("xa-1")
	unit := "/quan-tri/to-chuc/don-vi/" + u.ID.String()

	// The commune's administrator makes a position; wide roles are not offered to him.
	a := local.Get(unit + "/chuc-danh")
	want(t, a, 200, "Tiếp nhận và trả kết quả")
	if strings.Contains(a.Body, "province_admin") {
		t.Error("a wide role is offered")
	}
	want(t, local.Post(unit+"/chuc-danh", day(url.Values{"title": {""}, "roles": {"receiver"}}, "from", "2021-06-15")), 422, "Nhập tên chức danh", "checked")
	want(t, local.Post(unit+"/chuc-danh", day(url.Values{"title": {"X"}, "roles": {"province_admin"}}, "from", "2021-06-15")), 403, "toàn tỉnh")
	leads(t, local.Post(unit+"/chuc-danh", day(url.Values{"title": {"Công chức tiếp nhận"}, "roles": {"receiver", "cashier"}}, "from", "2021-06-15")), unit)
	want(t, local.Get(unit), 200, "Công chức tiếp nhận", "Đang trống", "Thu phí, lệ phí")
	ps, err := h.Org.Positions(t.Context(), []id.ID{u.ID}, h.Org.Today())
	if err != nil {
		t.Fatal(err)
	}
	var pos org.Position
	for _, p := range ps {
		if p.Title == "Công chức tiếp nhận" {
			pos = p
		}
	}

	// A person is added for it and assigned.
	want(t, local.Get("/quan-tri/to-chuc/nguoi/moi?position="+pos.ID.String()), 200, pos.ID.String())
	want(t, local.Post("/quan-tri/to-chuc/nguoi/moi", url.Values{"name": {" "}}), 422, "Nhập họ và tên")
	a = local.Post("/quan-tri/to-chuc/nguoi/moi", url.Values{"name": {"Hoàng Thị Nga"}, "position": {pos.ID.String()}})
	if a.Status != 303 || !strings.HasSuffix(a.Location, "/phan-cong?position="+pos.ID.String()) {
		t.Fatalf("%d %s", a.Status, a.Location)
	}
	person := strings.TrimSuffix(a.Location, "/phan-cong?position="+pos.ID.String())
	want(t, local.Get(a.Location), 200, `value="`+pos.ID.String()+`" selected`)
	want(t, local.Post(person+"/phan-cong", day(url.Values{"position": {"x"}}, "from", "2021-06-15")), 422, "Chọn chức danh")
	want(t, local.Post(person+"/phan-cong", day(day(url.Values{"position": {pos.ID.String()}}, "from", "2021-06-15"), "to", "2021-06-01")), 422, "phải sau ngày bắt đầu")
	leads(t, local.Post(person+"/phan-cong", day(url.Values{"position": {pos.ID.String()}}, "from", "2021-06-15")), person)
	want(t, local.Get(person), 200, "Hoàng Thị Nga", "Công chức tiếp nhận", "Từ 15/06/2021")
	want(t, local.Get("/quan-tri/to-chuc/nguoi?q=hoang"), 200, "Hoàng Thị Nga")
	want(t, local.Get("/quan-tri/to-chuc/nguoi?q=quantri"), 200, "Cán bộ xaquantri")
	if a := local.Get("/quan-tri/to-chuc/nguoi"); strings.Contains(a.Body, "Cán bộ quantri") {
		t.Error("people of other agencies are listed")
	}

	// Her position changes from a later day, and then ends.
	want(t, local.Post("/quan-tri/to-chuc/chuc-danh/"+pos.ID.String()+"/dong", day(url.Values{"version": {"1"}}, "on", "2021-12-01")), 409, "Còn 1 người giữ chức danh")
	want(t, local.Get("/quan-tri/to-chuc/chuc-danh/"+pos.ID.String()), 200, `value="Công chức tiếp nhận"`)
	leads(t, local.Post("/quan-tri/to-chuc/chuc-danh/"+pos.ID.String(), day(url.Values{"version": {strconv.FormatInt(pos.Version, 10)}, "title": {"Trưởng bộ phận"}, "roles": {"receiver"}}, "from", "2021-06-15")), unit)
	want(t, local.Get(person+"/thoi/"+pos.ID.String()), 200, "thôi giữ chức danh Trưởng bộ phận")
	leads(t, local.Post(person+"/thoi/"+pos.ID.String(), day(url.Values{}, "on", "2021-06-16")), person)
	leads(t, local.Post("/quan-tri/to-chuc/chuc-danh/"+pos.ID.String()+"/dong", day(url.Values{"version": {"2"}}, "on", "2021-12-01")), unit)
	leads(t, local.Post(person+"/ten", url.Values{"version": {"1"}, "name": {"Hoàng Thị Ngà"}}), person)
	want(t, b.Get(person), 200, "Hoàng Thị Ngà", "15/06/2021 – 15/06/2021")

	// Somebody who works elsewhere is nobody to a commune's administrator.
	acc := h.Official("khac", "xa-2", "leader")
	want(t, local.Get("/quan-tri/to-chuc/nguoi/"+acc.Person.String()), 404)
	want(t, local.Post("/quan-tri/to-chuc/nguoi/"+acc.Person.String()+"/ten", url.Values{"version": {"1"}, "name": {"Ai"}}), 404)
}

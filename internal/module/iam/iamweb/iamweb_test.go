package iamweb_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"lienthong/internal/kit/testkit"
	"lienthong/internal/kit/web"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/iam/iamtest"
	"lienthong/internal/module/iam/iamweb"
)

func site(t *testing.T) (iamtest.House, iamtest.Site) {
	t.Helper()
	h := iamtest.New(t, testkit.SQLite(t))
	return h, h.Serve(func(r *web.Router) { iamweb.Routes(r, &iamweb.Handlers{IAM: h.Service, Outbox: "/demo/outbox"}) }, nil)
}

func want(t *testing.T, a iamtest.Answer, status int, words ...string) {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d, want %d (to %q): %.600s", a.Status, status, a.Location, a.Body)
	}
	for _, w := range words {
		if !strings.Contains(a.Body, w) {
			t.Errorf("the page lacks %q: %s", w, a.Body)
		}
	}
}

func leads(t *testing.T, a iamtest.Answer, to string) {
	t.Helper()
	if a.Status != http.StatusSeeOther || a.Location != to {
		t.Fatalf("status %d to %q, want 303 to %q: %.600s", a.Status, a.Location, to, a.Body)
	}
}

var ticketForm = regexp.MustCompile(`name="t" value="([^"]+)"`)

func TestCitizenJourney(t *testing.T) {
	h, s := site(t)
	b := s.Browser()
	want(t, b.Get("/dang-nhap?next=/toi/ho-so/1"), 200, "Đăng nhập", `value="/toi/ho-so/1"`)
	want(t, b.Post("/dang-nhap", url.Values{"to": {"12"}}), 422, "<title>Lỗi: ", "số điện thoại di động 10 chữ số", `value="12"`, `href="#f-to"`)
	a := b.Post("/dang-nhap", url.Values{"to": {"0912 345 678"}, "next": {"/toi/ho-so/1"}})
	if a.Status != 303 || !strings.HasPrefix(a.Location, "/dang-nhap/ma?t=") || strings.Contains(a.Location, "345") {
		t.Fatalf("%d %s", a.Status, a.Location)
	}
	page := b.Get(a.Location)
	want(t, page, 200, "091 *** 678", "/demo/outbox")
	if strings.Contains(page.Body, "0912345678") || strings.Contains(page.Body, "0912 345 678") {
		t.Error("the page shows the number")
	}
	ticket := ticketForm.FindStringSubmatch(page.Body)[1]
	want(t, b.Post("/dang-nhap", url.Values{"t": {ticket}}), 429, "Vừa gửi một mã rồi")
	want(t, b.Post("/dang-nhap/ma", url.Values{"t": {ticket}, "code": {"000"}}), 422, "<title>Lỗi: ", "Mã không đúng hoặc đã hết hạn")
	leads(t, b.Post("/dang-nhap/ma", url.Values{"t": {ticket}, "code": {h.Out.Last(t, "0912345678")}}), "/toi/ho-so/1")
	leads(t, b.Get("/dang-nhap"), "/toi")
	leads(t, b.Get("/dang-nhap?next=/can-bo/ho-so/1"), "/can-bo/dang-nhap?next=%2Fcan-bo%2Fho-so%2F1")
	want(t, b.Get("/quan-tri/tai-khoan"), 403)
	leads(t, b.Post("/dang-xuat", nil), "/")
	want(t, b.Get("/dang-nhap"), 200)
	// Everything has its sibling in English.
	want(t, s.Browser().Get("/en/dang-nhap"), 200, "Send me a code", `action="/en/dang-nhap"`)
	// A forged ticket leads back to the start, a foreign address nowhere.
	leads(t, b.Get("/dang-nhap/ma?t=xyz"), "/dang-nhap")
	want(t, b.Get("/dang-nhap?next=//evil.example/x"), 200, `name="next" value=""`)
}

func TestStaffJourney(t *testing.T) {
	h, s := site(t)
	acc := h.Official("nga", "huyen.mot-cua", "receiver")
	b := s.Browser()
	leads(t, b.Get("/can-bo/tai-khoan"), "/dang-nhap?next=%2Fcan-bo%2Ftai-khoan")
	want(t, b.Get("/can-bo/dang-nhap?next=/can-bo/tai-khoan"), 200, "Tên đăng nhập")
	want(t, b.Post("/can-bo/dang-nhap", url.Values{"login": {"nga"}, "password": {"sai"}}), 422, "Tên đăng nhập hoặc mật khẩu không đúng", `value="nga"`)
	leads(t, b.Post("/can-bo/dang-nhap", url.Values{"login": {"nga"}, "password": {iamtest.PasswordOf("nga")}, "next": {"/can-bo/tai-khoan"}}), "/can-bo/tai-khoan")
	want(t, b.Get("/can-bo/tai-khoan"), 200, "Cán bộ nga", "Thiết bị này", "Tiếp nhận và trả kết quả")
	leads(t, b.Get("/can-bo/toi"), "/can-bo/tai-khoan")
	// What the keyboard help switches off stays off on every page and device, and leaves the rest.
	want(t, b.Get("/can-bo/tai-khoan"), 200, `data-density="compact"`, "Mật độ hiển thị")
	leads(t, b.Post("/can-bo/tai-khoan/tuy-chon", url.Values{"mat-do": {"thoang"}, "phim-tat": {"bat"}}), "/can-bo/tai-khoan")
	leads(t, b.Post("/can-bo/tai-khoan/tuy-chon", url.Values{"phim-tat": {"tat"}}), "/can-bo/tai-khoan")
	want(t, b.Get("/can-bo/tai-khoan"), 200, `data-density="comfortable"`, `data-keys="off"`)
	leads(t, b.Post("/can-bo/tai-khoan/tuy-chon", url.Values{"mat-do": {"gon"}, "phim-tat": {"bat"}}), "/can-bo/tai-khoan")
	want(t, b.Post("/can-bo/tai-khoan/mat-khau", url.Values{"present": {iamtest.PasswordOf("nga")}, "password": {"một mật khẩu mới tinh"}, "again": {"khác"}}), 422, "Hai lần nhập mật khẩu không giống nhau")
	want(t, b.Post("/can-bo/tai-khoan/mat-khau", url.Values{"present": {"sai"}, "password": {"một mật khẩu mới tinh"}, "again": {"một mật khẩu mới tinh"}}), 422, "Mật khẩu hiện tại không đúng")
	want(t, b.Post("/can-bo/tai-khoan/ma-truy-cap", url.Values{"name": {"Máy quét"}, "scopes": {iam.DossierRead}, "days": {"0"}}), 422, "Thời hạn từ 1 đến", `value="Máy quét"`)
	want(t, b.Post("/can-bo/tai-khoan/ma-truy-cap", url.Values{"name": {"Máy quét"}, "scopes": {iam.DossierRead}, "days": {"30"}}), 200, "ltk_", "không cho xem lại")
	toks, err := h.Tokens(t.Context(), h.As(h.Enter("nga")))
	if err != nil || len(toks) != 1 {
		t.Fatal(toks, err)
	}
	leads(t, b.Post("/can-bo/tai-khoan/ma-truy-cap/"+toks[0].ID.String()+"/thu-hoi", nil), "/can-bo/tai-khoan")
	leads(t, b.Post("/can-bo/tai-khoan/phien", nil), "/can-bo/tai-khoan")
	want(t, b.Post("/can-bo/tai-khoan/phien/"+acc.ID.String(), nil), 404)
	want(t, b.Post("/can-bo/tai-khoan/phien/abc", nil), 404)
	leads(t, b.Post("/can-bo/tai-khoan/mat-khau", url.Values{"present": {iamtest.PasswordOf("nga")}, "password": {"một mật khẩu mới tinh"}, "again": {"một mật khẩu mới tinh"}}), "/can-bo/tai-khoan")
	leads(t, b.Post("/dang-xuat", nil), "/can-bo/dang-nhap")
}

func TestAccountsPages(t *testing.T) {
	h, s := site(t)
	acc := h.Official("nga", "huyen.mot-cua", "receiver")
	h.Official("quantri", "tinh", "province_admin")
	h.Official("xaquantri", "xa-1", "unit_admin")
	h.Citizen("0912345678")
	b, local := s.As(h.Enter("quantri")), s.As(h.Enter("xaquantri"))
	want(t, b.Get("/quan-tri/tai-khoan?q=nga"), 200, "Cán bộ nga", "Chức danh huyen.mot-cua, UBND huyện")
	want(t, b.Get("/quan-tri/tai-khoan?kind=citizen"), 200, "091 *** 678", "0912345678")
	if a := local.Get("/quan-tri/tai-khoan"); a.Status != 200 || strings.Contains(a.Body, "Cán bộ nga") || strings.Contains(a.Body, `name="kind"`) {
		t.Errorf("a commune's administrator sees too much: %s", a.Body)
	}
	page := "/quan-tri/tai-khoan/" + acc.ID.String()
	want(t, b.Get(page), 200, "Cán bộ nga", "Đặt lại mật khẩu", "Khoá tài khoản", "Tiếp nhận và trả kết quả")
	want(t, local.Get(page), 404)
	want(t, local.Post(page+"/mat-khau", url.Values{"version": {"1"}}), 404)
	d, err := h.Detail(t.Context(), iamtest.ProvinceAdmin(), acc.ID)
	if err != nil {
		t.Fatal(err)
	}
	version := url.Values{"version": {itoa(d.Account.Version)}}
	a := b.Post(page+"/mat-khau", version)
	want(t, a, 200, "không cho xem lại", "Chờ đặt mật khẩu")
	initial := regexp.MustCompile(`<code>([a-z0-9-]{19})</code>`).FindStringSubmatch(a.Body)[1]
	want(t, b.Post(page+"/mat-khau", version), 409, "vừa được người khác thay đổi")

	// The first sign-in with it leads to the page that replaces it.
	n := s.Browser()
	a = n.Post("/can-bo/dang-nhap", url.Values{"login": {"nga"}, "password": {initial}})
	if a.Status != 303 || !strings.HasPrefix(a.Location, "/can-bo/doi-mat-khau?t=") {
		t.Fatalf("%d %s", a.Status, a.Location)
	}
	a = n.Get(a.Location)
	want(t, a, 200, "Đặt mật khẩu của bạn")
	ticket := ticketForm.FindStringSubmatch(a.Body)[1]
	want(t, n.Post("/can-bo/doi-mat-khau", url.Values{"t": {ticket}, "password": {"ngắn"}, "again": {"ngắn"}}), 422, "ít nhất 10 ký tự")
	leads(t, n.Post("/can-bo/doi-mat-khau", url.Values{"t": {ticket}, "password": {"câu này chỉ tôi biết"}, "again": {"câu này chỉ tôi biết"}}), "/can-bo")

	d, err = h.Detail(t.Context(), iamtest.ProvinceAdmin(), acc.ID)
	if err != nil {
		t.Fatal(err)
	}
	leads(t, b.Post(page+"/trang-thai", url.Values{"version": {itoa(d.Account.Version)}, "status": {"locked"}}), page)
	leads(t, n.Get("/can-bo/tai-khoan"), "/dang-nhap?next=%2Fcan-bo%2Ftai-khoan")
	want(t, b.Get(page), 200, "Mở khoá", "Đã đổi trạng thái tài khoản")
	leads(t, b.Post(page+"/phien", url.Values{}), page)

	// A new person gets an account.
	p, err := h.Org.AddPerson(t.Context(), iamtest.ProvinceAdmin(), "Lý Thị Mới")
	if err != nil {
		t.Fatal(err)
	}
	want(t, b.Get("/quan-tri/tai-khoan/moi?person="+p.String()), 200, "Lý Thị Mới")
	want(t, b.Post("/quan-tri/tai-khoan/moi", url.Values{"person": {p.String()}, "login": {"NGA"}}), 422, "đã có người dùng", `value="NGA"`)
	want(t, b.Post("/quan-tri/tai-khoan/moi", url.Values{"person": {p.String()}, "login": {"moi.xa"}}), 201, "không cho xem lại", "Chưa giữ chức danh nào")
	want(t, b.Get("/quan-tri/tai-khoan/moi?person=x"), 404)
}

func TestLedgerPage(t *testing.T) {
	h, s := site(t)
	h.Official("giamsat", "tinh", "auditor")
	h.Official("quantri", "tinh", "province_admin")
	b := s.As(h.Enter("giamsat"))
	want(t, b.Get("/quan-tri/nhat-ky"), 200, "Đăng nhập", "iam.signin", "Đang xếp")
	want(t, b.Get("/quan-tri/nhat-ky?action=org."), 200, "Giao chức danh")
	want(t, b.Get("/quan-tri/nhat-ky?login=giamsat&from=2021-06-01&to=2021-06-30"), 200, "Cán bộ giamsat")
	want(t, b.Get("/quan-tri/nhat-ky?login=khong.co"), 200, "Không có dòng nhật ký nào")
	want(t, b.Get("/quan-tri/nhat-ky?from=hom-qua"), 422, "Ngày chưa đúng")
	want(t, b.Get("/quan-tri/nhat-ky?action='"), 422, "Tên hành động")
	want(t, b.Get("/quan-tri/nhat-ky?object=x"), 422, "Mã đối tượng chưa đúng")
	seq := iam.Sequencer{Ledger: h.Ledger, Name: "test"}
	if err := seq.Catch(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(t, b.Post("/quan-tri/nhat-ky/kiem-tra", nil), 200, "Nhật ký nguyên vẹn")
	want(t, s.As(h.Enter("quantri")).Get("/quan-tri/nhat-ky"), 403)
}

func TestSetupPage(t *testing.T) {
	h, s := site(t)
	link, _, err := h.FirstAdminLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := s.Browser()
	path := strings.TrimPrefix(link, "http://127.0.0.1:8080")
	want(t, b.Get(path), 200, "Người quản trị đầu tiên")
	want(t, b.Get(iam.SetupPath+"?t=x"), 404, "đã dùng hoặc đã hết hạn")
	form := url.Values{"t": {path[strings.Index(path, "t=")+2:]}, "name": {"Nông Quốc Việt"}, "login": {"quantri"}, "password": {"ngắn"}, "again": {"ngắn"}}
	want(t, b.Post(iam.SetupPath, form), 422, "ít nhất 10 ký tự", `value="Nông Quốc Việt"`, `value="quantri"`)
	form.Set("password", "câu thật dài của riêng tôi")
	form.Set("again", "câu thật dài của riêng tôi")
	leads(t, b.Post(iam.SetupPath, form), "/quan-tri/to-chuc")
	want(t, b.Get("/quan-tri/tai-khoan"), 200, "Nông Quốc Việt")
	want(t, s.Browser().Get(path), 404)
}

// The waits of a sign-in reach the page as words and as a header.
func TestWaits(t *testing.T) {
	h, s := site(t)
	h.Official("nga", "huyen.mot-cua", "receiver")
	b := s.Browser()
	for range 5 {
		want(t, b.Post("/can-bo/dang-nhap", url.Values{"login": {"nga"}, "password": {"sai"}}), 422)
	}
	a := b.Post("/can-bo/dang-nhap", url.Values{"login": {"nga"}, "password": {"sai"}})
	want(t, a, 429, "Hãy thử lại sau 1 phút")
	if a.Header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
	}
	h.Clock.Move(time.Minute)
	leads(t, b.Post("/can-bo/dang-nhap", url.Values{"login": {"nga"}, "password": {iamtest.PasswordOf("nga")}}), "/can-bo")
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

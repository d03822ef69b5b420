package notifyweb_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/static"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/notify"
	"lienthong/internal/module/notify/notifytest"
	"lienthong/internal/module/notify/notifyweb"
)

var people = map[string]actor.Actor{
	"hoa":     {Kind: actor.Citizen, Account: id.ID{1}, Name: "Nguyễn Thị Hoa"},
	"nam":     {Kind: actor.Citizen, Account: id.ID{2}, Name: "Lý Văn Nam"},
	"clerk":   {Kind: actor.Staff, Account: id.ID{3}, Name: "Hà Thị Lan", Grants: []actor.Grant{{Perm: "dossier.read", All: true}}},
	"commune": {Kind: actor.Staff, Account: id.ID{4}, Name: "Triệu Văn Bình", Grants: []actor.Grant{{Perm: notify.PermEdit, Agency: id.ID{8}}}},
	"admin":   {Kind: actor.Staff, Account: id.ID{5}, Name: "Nông Thị Mai", Grants: []actor.Grant{{Perm: notify.PermEdit, All: true}}},
}

type auth struct{}

func (auth) Authenticate(r *http.Request) (actor.Actor, error) {
	c, err := r.Cookie("who")
	if err != nil {
		return actor.Actor{}, nil
	}
	return people[c.Value], nil
}

type site struct {
	*notifytest.House
	http http.Handler
	cat  *i18n.Catalog
	t    *testing.T
}

func open(t *testing.T, demo bool) *site {
	t.Helper()
	h := notifytest.New(t, testkit.SQLite(t))
	h.Demo = demo
	cat, err := i18n.New(ui.Texts(), i18n.Files(notify.Texts))
	if err != nil {
		t.Fatal(err)
	}
	files, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	rt := web.NewRouter(web.Options{Hosts: []string{"*"}, Auth: auth{}, Permissions: []web.Perm{notify.PermEdit}, Catalog: cat, Files: files,
		Log: slog.New(slog.DiscardHandler), Now: h.Clock.Now, IDs: id.NewSource(nil), Site: ui.Site{Portal: i18n.Text{VI: "Dịch vụ công Bắc Kạn"}, Desk: i18n.Text{VI: "Một cửa Bắc Kạn"}}})
	notifyweb.Routes(rt, &notifyweb.Handlers{Notify: h.Service})
	handler, err := rt.Handler()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{House: h, http: handler, cat: cat, t: t}
	t.Cleanup(func() {
		if m := cat.Missing(); len(m) > 0 {
			t.Errorf("texts that do not exist: %v", m)
		}
	})
	h.Dossiers.Put(id.ID{7}, notify.Contact{Account: id.ID{1}, Code: "000.00.25.H03-261123-0007", Procedure: "Đăng ký khai sinh", Agency: "UBND phường",
		Name: "Nguyễn Thị Hoa", Phone: "0912000107", Email: "hoa@example.vn", Lang: "vi"})
	return s
}

// do sends a request as somebody and returns status and body; a form makes it a POST.
func (s *site) do(who, path string, form url.Values) (*http.Response, string) {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if form != nil {
		r = httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if who != "" {
		r.AddCookie(&http.Cookie{Name: "who", Value: who})
	}
	w := httptest.NewRecorder()
	s.http.ServeHTTP(w, r)
	b, err := io.ReadAll(w.Result().Body)
	if err != nil {
		s.t.Fatal(err)
	}
	body := string(b)
	if strings.Contains(body, " style=") || strings.Contains(body, "<script>") || strings.Contains(body, "onclick") {
		s.t.Errorf("%s: something inline", path)
	}
	return w.Result(), body
}

func (s *site) want(who, path string, form url.Values, status int, parts ...string) string {
	s.t.Helper()
	resp, body := s.do(who, path, form)
	if resp.StatusCode != status {
		s.t.Fatalf("%s as %s: %d, want %d", path, who, resp.StatusCode, status)
	}
	for _, p := range parts {
		if !strings.Contains(body, p) {
			s.t.Errorf("%s as %s: no %q in\n%s", path, who, p, body)
		}
	}
	return body
}

func TestInboxPage(t *testing.T) {
	t.Parallel()
	s := open(t, false)
	s.want("hoa", "/toi/thong-bao", nil, 200, "Bạn chưa có thông báo nào")
	for i := range 60 {
		s.Tell("received", id.ID{7}, 2, i)
	}
	body := s.want("hoa", "/toi/thong-bao", nil, 200, "60 thông báo chưa đọc", "Hồ sơ 000.00.25.H03-261123-0007 đã được tiếp nhận",
		`href="/toi/ho-so/000.00.25.H03-261123-0007"`, "Mới")
	next := regexp.MustCompile(`href="(/toi/thong-bao\?sau=[^"]+)"`).FindStringSubmatch(body)
	if next == nil || strings.Count(body, "<article") != 50 {
		t.Fatalf("%d messages, next %v", strings.Count(body, "<article"), next)
	}
	if b := s.want("hoa", next[1], nil, 200); strings.Count(b, "<article") != 10 {
		t.Error("the second page is not the rest")
	}
	one := regexp.MustCompile(`name="message" value="([^"]+)"`).FindStringSubmatch(body)[1]
	s.want("nam", "/toi/thong-bao/da-doc", url.Values{"message": {one}}, 303)
	s.want("hoa", "/toi/thong-bao", nil, 200, "60 thông báo chưa đọc")
	s.want("hoa", "/toi/thong-bao/da-doc", url.Values{"message": {one}}, 303)
	s.want("hoa", "/toi/thong-bao", nil, 200, "59 thông báo chưa đọc")
	s.want("hoa", "/toi/thong-bao/da-doc", url.Values{"message": {"x"}}, 404)
	s.want("hoa", "/toi/thong-bao/da-doc", url.Values{}, 303)
	if b := s.want("hoa", "/toi/thong-bao", nil, 200); strings.Contains(b, "chưa đọc") {
		t.Error("still unread")
	}
	s.want("hoa", "/en/toi/thong-bao", nil, 200, "Notifications", `lang="vi"`, `href="/en/toi/ho-so/`)
	s.want("nam", "/toi/thong-bao", nil, 200, "Bạn chưa có thông báo nào")
}

func TestAccess(t *testing.T) {
	t.Parallel()
	s := open(t, false)
	for _, c := range []struct {
		who, path string
		form      url.Values
		status    int
	}{
		{"", "/toi/thong-bao", nil, 303}, {"clerk", "/toi/thong-bao", nil, 403}, {"hoa", "/quan-tri/mau-tin", nil, 403},
		{"clerk", "/quan-tri/mau-tin", nil, 403}, {"clerk", "/quan-tri/tin-nhan", nil, 403}, {"commune", "/quan-tri/mau-tin", nil, 403},
		{"commune", "/quan-tri/tin-nhan", nil, 403}, {"admin", "/quan-tri/tin-nhan/x", nil, 404}, {"admin", "/quan-tri/mau-tin/opened/fax/vi", nil, 404},
		{"commune", "/quan-tri/tin-nhan/gui-lai", url.Values{"kenh": {"sms"}}, 403},
		{"commune", "/quan-tri/mau-tin/opened/sms/vi", url.Values{"do": {"save"}, "version": {"0"}, "body": {"x"}}, 403},
		{"", "/demo/outbox", nil, 404}, {"admin", "/demo/outbox", nil, 404},
	} {
		if resp, _ := s.do(c.who, c.path, c.form); resp.StatusCode != c.status {
			t.Errorf("%s as %q: %d, want %d", c.path, c.who, resp.StatusCode, c.status)
		}
	}
}

func TestTemplatePages(t *testing.T) {
	t.Parallel()
	s := open(t, false)
	s.want("admin", "/quan-tri/mau-tin", nil, 200, "Xin lỗi và hẹn lại ngày trả", `href="/quan-tri/mau-tin/received/sms/vi"`, "Không dùng", "smtp-addr", "sms-url")
	p := "/quan-tri/mau-tin/received/sms/vi"
	s.want("admin", p, nil, 200, "Hồ sơ {code} đã được tiếp nhận.", "Ho so 000.00.00.H00-261123-0001 da duoc tiep nhan.", "Bản gốc", "1 tin SMS", "{due}")
	s.want("admin", p, url.Values{"version": {"0"}, "do": {"preview"}, "body": {"Xong {code}"}}, 200, "Xong 000.00.00.H00", "Xong {code}", "Bản gốc")
	s.want("admin", p, url.Values{"version": {"0"}, "body": {strings.Repeat("dài lắm ", 60)}}, 200, "dài hơn hai tin SMS")
	s.want("admin", p, url.Values{"version": {"0"}, "do": {"save"}, "body": {"Số {cccd}"}}, 422, "Lỗi:", "Mẫu tin này không có giá trị {cccd}", "Số {cccd}")
	s.want("admin", p, url.Values{"version": {"0"}, "do": {"save"}, "body": {"Xong {code}"}}, 303)
	s.want("admin", p, nil, 200, "Đã sửa", "bản sửa số 1")
	s.want("admin", p, url.Values{"version": {"0"}, "do": {"save"}, "body": {"Khác"}}, 409, "vừa được người khác sửa", "Khác")
	s.want("admin", p, url.Values{"version": {"x"}, "do": {"save"}, "body": {"Khác"}}, 409)
	s.want("admin", "/quan-tri/mau-tin", nil, 200, "Đã sửa")
	s.want("admin", p, url.Values{"version": {"1"}, "do": {"reset"}, "body": {"gì cũng được"}}, 303)
	s.want("admin", p, nil, 200, "Bản gốc", "Hồ sơ {code} đã được tiếp nhận.")
	for _, k := range notify.Kinds() {
		for _, c := range k.Channels {
			s.want("admin", "/en/quan-tri/mau-tin/"+k.Key+"/"+string(c)+"/en", nil, 200)
			s.want("admin", "/quan-tri/mau-tin/"+k.Key+"/"+string(c)+"/vi", nil, 200)
		}
	}
}

func TestLogPages(t *testing.T) {
	t.Parallel()
	s := open(t, false)
	s.want("admin", "/quan-tri/tin-nhan", nil, 200, "Không có tin nào")
	for i := range 30 {
		s.Tell("received", id.ID{7}, 2, i)
	}
	if err := s.SendCode(t.Context(), "0912000107", "482913", "vi"); err == nil {
		t.Error("a code went out although the channel is off")
	}
	body := s.want("admin", "/quan-tri/tin-nhan", nil, 200, "Gửi không được", "091 *** 107", "h***@example.vn", "Kênh gửi chưa được cấu hình")
	if strings.Contains(body, "0912000107") || strings.Contains(body, "hoa@") || strings.Contains(body, "482913") || strings.Contains(body, "Nguyễn Thị Hoa") {
		t.Error("personal data in the list")
	}
	next := regexp.MustCompile(`href="(/quan-tri/tin-nhan\?sau=[^"]+)"`).FindStringSubmatch(body)
	if next == nil {
		t.Fatal("no second page")
	}
	if b := s.want("admin", next[1], nil, 200); strings.Count(b, "<tr>") != 12 {
		t.Errorf("%d rows", strings.Count(b, "<tr>"))
	}
	s.want("admin", "/quan-tri/tin-nhan?kenh=sms&loai=code", nil, 200, "Mã xác thực")
	s.want("admin", "/quan-tri/tin-nhan?den=%2B84912000107&trang-thai=sent", nil, 200, "Không có tin nào")
	one := regexp.MustCompile(`href="(/quan-tri/tin-nhan/[0-9a-f-]{36})"`).FindAllStringSubmatch(body, 2)
	b := s.want("admin", one[0][1], nil, 200, "••••••", "Mã xác thực", "Gửi lại")
	if strings.Contains(b, "482913") {
		t.Error("a code")
	}
	s.want("admin", one[0][1]+"/gui-lai", url.Values{}, 409, "Mã xác thực chỉ có hiệu lực 5 phút")
	s.want("admin", one[1][1]+"/gui-lai", url.Values{}, 409, "chưa được cấu hình")
	s.want("admin", "/quan-tri/tin-nhan/gui-lai", url.Values{"kenh": {"sms"}}, 409, "chưa được cấu hình")
	s.Demo = true // a provider appears
	s.want("admin", one[1][1]+"/gui-lai", url.Values{}, 303)
	s.want("admin", one[1][1], nil, 200, "Chờ gửi", "Lần gửi tiếp theo")
	s.want("admin", "/quan-tri/tin-nhan/gui-lai", url.Values{"kenh": {"sms"}}, 303)
	s.want("admin", "/quan-tri/tin-nhan/gui-lai", url.Values{"kenh": {"account"}}, 404)
	s.want("admin", "/en/quan-tri/tin-nhan", nil, 200, "Sent messages", "Waiting")
}

func TestOutboxPage(t *testing.T) {
	t.Parallel()
	s := open(t, true)
	s.want("", "/demo/outbox", nil, 200, "Chưa có tin nào")
	if err := s.SendCode(t.Context(), "0912000107", "482913", "vi"); err != nil {
		t.Fatal(err)
	}
	s.Tell("received", id.ID{7}, 2, 1)
	body := s.want("", "/demo/outbox", nil, 200, "<code>482913</code>", "SMS: 0912000107", "Hồ sơ 000.00.25.H03-261123-0007 đã được tiếp nhận", "da duoc tiep nhan")
	if strings.Contains(body, "http-equiv") || strings.Contains(body, "{code}") {
		t.Error(body)
	}
	s.want("", "/en/demo/outbox", nil, 200, "Verification code:")
	link := (&notifyweb.Handlers{Notify: s.Service}).InboxLink(i18n.With(notifytest.Citizen(t.Context(), id.ID{1}), s.cat, "vi"))
	if link.Count != 1 || link.Label != "Thông báo" || link.Href != "/toi/thong-bao" {
		t.Errorf("%+v", link)
	}
}

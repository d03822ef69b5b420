package procedureweb_test

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/simulate"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/static"
	"lienthong/internal/kit/web/ui"
	"lienthong/internal/module/procedure"
	"lienthong/internal/module/procedure/proceduretest"
	"lienthong/internal/module/procedure/procedureweb"
)

// site is the pages of this module on a catalogue with the province's pack.
type site struct {
	t     *testing.T
	url   string
	cat   *i18n.Catalog
	s     *procedure.Service
	units proceduretest.Units
	clock *testkit.Clock
}

// who names an actor by a header, which only tests have.
type who map[string]actor.Actor

func (w who) Authenticate(r *http.Request) (actor.Actor, error) { return w[r.Header.Get("X-Who")], nil }

type figures struct{}

func (figures) Today(context.Context) (procedureweb.PublicFigures, bool) {
	return procedureweb.PublicFigures{Received: 12480, Returned: 12001, OnTime: 0.976, AsOf: time.Unix(1_790_000_000, 0)}, true
}

func newSite(t *testing.T) *site {
	t.Helper()
	clock := testkit.At("2026-11-23 08:00")
	s, _, units := proceduretest.New(t, testkit.SQLite(t), clock.Now)
	if err := s.ImportPack(t.Context(), os.DirFS("../../../../packs/bac-kan")); err != nil {
		t.Log(err)
	}
	cat, err := i18n.New(ui.Texts(), i18n.Files(procedure.Texts), i18n.Texts(bpmn.Texts()), i18n.Texts(simulate.Texts()), i18n.Texts(worktime.Texts()))
	if err != nil {
		t.Fatal(err)
	}
	files, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	rt := web.NewRouter(web.Options{
		Hosts: []string{"*"}, Catalog: cat, Files: files, Log: testkit.Log(t), Now: clock.Now, IDs: id.NewSource(nil),
		Permissions: []web.Perm{procedure.PermEdit, procedure.PermPublish},
		Site:        ui.Site{Name: i18n.Text{VI: "Bắc Kạn"}, Portal: i18n.Text{VI: "Dịch vụ công Bắc Kạn"}, Desk: i18n.Text{VI: "Một cửa Bắc Kạn"}},
		Auth:        who{"admin": proceduretest.Admin(), "commune": proceduretest.Editor(units["xa-02020"].ID)},
	})
	procedureweb.Routes(rt, &procedureweb.Handlers{Procedures: s, Trial: proceduretest.NewTrial(s, units), Figures: figures{}, Now: clock.Now})
	h, err := rt.Handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return &site{t, server.URL, cat, s, units, clock}
}

// do sends a request and returns the status and the body; redirects are not followed.
func (s *site) do(as, method, path string, body io.Reader, kind string) (int, string, http.Header) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("X-Who", as)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(b), res.Header
}

func (s *site) get(as, path string) (int, string) {
	s.t.Helper()
	code, body, _ := s.do(as, "GET", path, nil, "")
	return code, body
}

func (s *site) post(as, path string, form url.Values) (int, string, string) {
	s.t.Helper()
	code, body, h := s.do(as, "POST", path, strings.NewReader(form.Encode()), "application/x-www-form-urlencoded")
	return code, body, h.Get("Location")
}

func wantAll(t *testing.T, body string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(body, w) {
			t.Errorf("the page does not say %q", w)
		}
	}
}

const birth = "1.001193"

func TestPublicPages(t *testing.T) {
	s := newSite(t)
	code, body := s.get("", "/")
	if code != 200 {
		t.Fatal(code, body)
	}
	wantAll(t, body, "Bạn cần làm thủ tục gì?", `action="/thu-tuc"`, `action="/tra-cuu"`, "Sinh con", "12.480", "97,6%", "/thu-tuc?viec=sinh-con")

	code, body = s.get("", "/thu-tuc?q="+url.QueryEscape("giấy khai sinh"))
	if code != 200 {
		t.Fatal(code)
	}
	wantAll(t, body, "<mark>khai sinh</mark>", "/thu-tuc/"+birth, "khớp với “giấy khai sinh”", `name="linh-vuc"`, "Miễn phí", "chưa đối chiếu với văn bản gốc")
	code, body = s.get("", "/thu-tuc?q=zzzzzz")
	if code != 200 {
		t.Fatal(code)
	}
	wantAll(t, body, "Không có thủ tục nào khớp")
	if code, body = s.get("", "/thu-tuc?sau=rác"); code != 200 || !strings.Contains(body, "sau=") {
		t.Error(code, "a cursor that is gone does not begin again")
	}
	if code, body = s.get("", `/thu-tuc?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E`); code != 200 || strings.Contains(body, "<script>alert") {
		t.Error(code, "the query is not escaped")
	}

	code, body = s.get("", "/thu-tuc/"+birth)
	if code != 200 {
		t.Fatal(code)
	}
	wantAll(t, body, "Giấy chứng sinh", "60/2014/QH13", "Miễn lệ phí khi đăng ký đúng hạn", "<svg", `class="bpmn"`, "/thu-tuc/"+birth+"/nop",
		"Chưa đối chiếu với văn bản gốc", "Trong ngày", "thị trấn Bằng Lũng", "3 nơi tiếp nhận")
	if strings.Contains(body, "kiến thức chung, chưa đối chiếu") {
		t.Error("citizens are shown the administrators' sources")
	}
	if strings.Contains(body, "style=") || regexp.MustCompile(`<script>|onclick=`).MatchString(body) {
		t.Error("inline style or script")
	}
	code, body = s.get("", "/en/thu-tuc/"+birth)
	if code != 200 {
		t.Fatal(code)
	}
	wantAll(t, body, "Birth registration", "What to submit", `lang="vi"`, "/en/thu-tuc/"+birth+"/nop")
	if code, _ = s.get("", "/thu-tuc/9.999999"); code != 404 {
		t.Error(code)
	}
	if code, _ = s.get("", "/thu-tuc/%00"); code != 404 && code != 400 {
		t.Error(code)
	}
	if m := s.cat.Missing(); len(m) > 0 {
		t.Error("texts that do not exist:", m)
	}
}

// Every page of the administrators opens in both languages, to those who may.
func TestAdminPages(t *testing.T) {
	s := newSite(t)
	admin := proceduretest.Admin()
	if _, err := s.s.NewDraft(t.Context(), admin, birth); err != nil {
		t.Fatal(err)
	}
	base := "/quan-tri/thu-tuc/" + birth
	paths := []string{"/quan-tri/thu-tuc", "/quan-tri/thu-tuc?q=khai+sinh&loc=draft", "/quan-tri/thu-tuc/moi", "/quan-tri/thu-tuc/nhap", base,
		base + "/sua", base + "/phien-ban/1", base + "/phien-ban/2", base + "/phien-ban/1/bieu-mau", base + "/phien-ban/1/bieu-mau?trang=2",
		base + "/cong-bo", base + "/bai-bo", base + "/huy-nhap", base + "/noi-cung-cap", "/quan-tri/thu-vien", "/quan-tri/thu-vien/quy-trinh/so-nganh",
		base + "/sua/platform", base + "/sua/version"}
	for _, f := range procedure.FieldKeys() {
		if f != "code" {
			paths = append(paths, base+"/sua/"+f)
		}
	}
	for _, p := range paths {
		for _, lang := range []string{"", "/en"} {
			code, body := s.get("admin", lang+p)
			if code != 200 || !strings.Contains(body, "<h1") {
				t.Errorf("%s%s: %d", lang, p, code)
			}
			if strings.Contains(body, "style=") {
				t.Errorf("%s%s has inline styles", lang, p)
			}
		}
		if code, _ := s.get("", p); code == 200 {
			t.Errorf("%s is open to everybody", p)
		}
	}
	if _, body := s.get("admin", "/en"+base+"/phien-ban/1"); !strings.Contains(body, "version 1, published") || strings.Contains(body, "not get any more") {
		t.Error("the version in force is not called so")
	}
	if m := s.cat.Missing(); len(m) > 0 {
		t.Error("texts that do not exist:", m)
	}
	for _, p := range []string{base + "/sua/nothing", base + "/sua/code", base + "/phien-ban/7", base + "/phien-ban/x", "/quan-tri/thu-tuc/9.999999", "/quan-tri/thu-vien/quy-trinh/x"} {
		if code, _ := s.get("admin", p); code != 404 {
			t.Errorf("%s: %d", p, code)
		}
	}
	for _, p := range []string{"/quan-tri/thu-tuc/xuat.json", "/quan-tri/thu-tuc/xuat.xlsx?ma=" + birth} {
		code, body, h := s.do("admin", "GET", p, nil, "")
		if code != 200 || len(body) < 1000 || !strings.Contains(h.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %d %d", p, code, len(body))
		}
	}
	if code, _, h := s.do("admin", "GET", "/quan-tri/thu-tuc/xuat.xlsx?ma=9.999999", nil, ""); code != 404 || h.Get("Content-Disposition") != "" {
		t.Error(code, h)
	}
}

// hidden returns the value of a hidden field of a page.
func hidden(t *testing.T, body, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("the page has no field %s", name)
	}
	return m[1]
}

// An administrator changes a field with a repeated group, without JavaScript, and publishes.
func TestEditAndPublish(t *testing.T) {
	s := newSite(t)
	base := "/quan-tri/thu-tuc/" + birth
	if code, _, to := s.post("admin", base+"/nhap", nil); code != 303 || to != base+"/sua" {
		t.Fatal(code, to)
	}
	_, body := s.get("admin", base+"/sua/legal")
	form := url.Values{"revision": {hidden(t, body, "revision")}, "/legal/value#": {"1"},
		"/legal/value/0/number": {"60/2014/QH13"}, "/legal/value/0/title": {"Luật Hộ tịch"},
		"/legal/value/0/date.d": {"20"}, "/legal/value/0/date.m": {"11"}, "/legal/value/0/date.y": {"2014"},
		"/legal/source": {"Công báo"}, "/legal/status": {"verified"}}
	form.Set("_add", "/legal/value")
	code, body, _ := s.post("admin", base+"/sua/legal", form)
	if code != 200 || !strings.Contains(body, `name="/legal/value/1/number"`) || !strings.Contains(body, `value="60/2014/QH13"`) {
		t.Fatal(code, "adding an entry loses what was typed")
	}
	form.Del("_add")
	form.Set("/legal/value/0/date.m", "13")
	if code, body, _ = s.post("admin", base+"/sua/legal", form); code != 422 || !strings.Contains(body, "Luật Hộ tịch") || !strings.Contains(body, "<title>Lỗi:") || !strings.Contains(body, `value="13"`) {
		t.Fatal(code, "a wrong date is not told, or what was typed is lost")
	}
	form.Set("/legal/value/0/date.m", "11")
	form.Set("/legal/source", "")
	if code, body, _ = s.post("admin", base+"/sua/legal", form); code != 422 || !strings.Contains(body, "thiếu nguồn") {
		t.Fatal(code)
	}
	form.Set("/legal/source", "Công báo")
	form.Set("next", "requirements")
	code, _, to := s.post("admin", base+"/sua/legal", form)
	if code != 303 || to != base+"/sua/requirements" {
		t.Fatal(code, to)
	}
	// Somebody with the page of before is told, not overwritten.
	if code, body, _ = s.post("admin", base+"/sua/legal", form); code != 409 || !strings.Contains(body, "người khác lưu") {
		t.Fatal(code)
	}
	_, body = s.get("admin", base+"/cong-bo")
	if code, _, to = s.post("admin", base+"/cong-bo", url.Values{"revision": {hidden(t, body, "revision")}}); code != 303 || to != base {
		t.Fatal(code, to)
	}
	v, err := s.s.Published(t.Context(), birth)
	if err != nil || v.Number != 2 || len(v.Record.Legal.Value) != 1 || v.Record.Legal.Value[0].Date != "2014-11-20" || v.Record.Legal.Status != procedure.Verified {
		t.Fatal(err, v.Record.Legal)
	}
	// What was not edited came through the form's tree unchanged.
	old, err := s.s.Numbered(t.Context(), proceduretest.Admin(), birth, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := old.Record
	want.Legal = v.Record.Legal
	if v.Content == old.Content || !equal(want, v.Record) {
		t.Error("another field changed with it")
	}
}

// Every field's page, saved as it came, leaves the record as it was: the forms lose nothing.
func TestEditorRoundTrip(t *testing.T) {
	s := newSite(t)
	for _, code := range []string{birth, "2.000815", "1.010803", "2.000488"} {
		base := "/quan-tri/thu-tuc/" + code
		if status, _, _ := s.post("admin", base+"/nhap", nil); status != 303 {
			t.Fatal(status)
		}
		before, err := s.s.DraftOf(t.Context(), proceduretest.Admin(), code)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range append(procedure.FieldKeys()[1:], "platform", "version") {
			_, body := s.get("admin", base+"/sua/"+f)
			if status, out, _ := s.post("admin", base+"/sua/"+f, asPosted(t, body)); status != 303 {
				t.Fatalf("%s %s: %d %s", code, f, status, between(out, `role="alert"`, "</div>"))
			}
		}
		after, err := s.s.DraftOf(t.Context(), proceduretest.Admin(), code)
		if err != nil {
			t.Fatal(err)
		}
		if !equal(before.Record, after.Record) {
			t.Errorf("%s changed by being saved: %s", code, diff(before.Record, after.Record))
		}
	}
}

func TestImportPage(t *testing.T) {
	s := newSite(t)
	send := func(as, name, content string) (int, string) {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		if name != "" {
			w, err := m.CreateFormFile("file", name)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(w, content)
		}
		_ = m.WriteField("publish", "true")
		m.Close()
		code, body, _ := s.do(as, "POST", "/quan-tri/thu-tuc/nhap", &b, m.FormDataContentType())
		return code, body
	}
	_, all := s.get("admin", "/quan-tri/thu-tuc/xuat.json?ma="+birth)
	if code, body := send("admin", "x.json", all); code != 200 || !strings.Contains(body, "Không thay đổi") {
		t.Error(code)
	}
	if code, body := send("admin", "x.json", strings.Replace(all, `"status": "memory"`, `"status": "sure"`, 1)); code != 200 || !strings.Contains(body, "thiếu trạng thái") || !strings.Contains(body, "0 dòng được nhận, 1 dòng lỗi") {
		t.Error(code)
	}
	if code, body := send("admin", "x.json", "{"); code != 422 || !strings.Contains(body, "Không đọc được tệp") {
		t.Error(code)
	}
	if code, body := send("admin", "", ""); code != 422 || !strings.Contains(body, "Hãy chọn một tệp") {
		t.Error(code)
	}
	if code, _ := send("commune", "x.json", all); code != 403 {
		t.Error(code)
	}
}

// An agency's editor switches the offers of that agency and nothing else.
func TestOffersPage(t *testing.T) {
	s := newSite(t)
	path := "/quan-tri/thu-tuc/" + birth + "/noi-cung-cap"
	mine, other := s.units["xa-02020"].ID, s.units["xa-02023"].ID
	code, body := s.get("commune", path)
	if code != 200 || !strings.Contains(body, mine.String()) || strings.Contains(body, other.String()) {
		t.Fatal(code, "the editor of an agency is offered others")
	}
	form := url.Values{"agency": {mine.String()}, "enabled": {"0"}, "from.d": {"23"}, "from.m": {"11"}, "from.y": {"2026"}}
	if code, _, to := s.post("commune", path, form); code != 303 || to != path {
		t.Fatal(code, to)
	}
	if ok, err := s.s.OfferedBy(t.Context(), birth, mine); ok || err != nil {
		t.Error(ok, err)
	}
	form.Set("agency", other.String())
	if code, _, _ := s.post("commune", path, form); code != 403 {
		t.Error(code)
	}
	form.Set("agency", "xa-02023")
	form.Set("from.d", "1")
	if code, body, _ := s.post("admin", path, form); code != 422 || !strings.Contains(body, "từ hôm nay") {
		t.Error(code)
	}
	form.Set("agency", "khong-co")
	form.Del("enabled")
	if code, body, _ := s.post("admin", path, form); code != 422 || !strings.Contains(body, "khong-co") || !strings.Contains(body, "Hãy điền mục này") {
		t.Error(code)
	}
}

func TestNewProcedure(t *testing.T) {
	s := newSite(t)
	code, body, _ := s.post("admin", "/quan-tri/thu-tuc/moi", url.Values{"code": {"abc"}, "name": {""}})
	if code != 422 || strings.Count(body, "không nói") > 3 {
		t.Error(code)
	}
	wantAll(t, body, `value="abc"`, "Lỗi:")
	code, _, to := s.post("admin", "/quan-tri/thu-tuc/moi", url.Values{"code": {"1.999999"}, "name": {"Thủ tục thử"}, "source": {"thử"}})
	if code != 303 || to != "/quan-tri/thu-tuc/1.999999/sua" {
		t.Fatal(code, to)
	}
	if code, body = s.get("admin", to); code != 200 || !strings.Contains(body, "trước khi công bố") {
		t.Error(code)
	}
	if code, _, _ = s.post("admin", "/quan-tri/thu-tuc/1.999999/cong-bo", url.Values{"revision": {"1"}}); code != 422 {
		t.Error(code)
	}
	if code, _, _ = s.post("commune", "/quan-tri/thu-tuc/moi", url.Values{"code": {"1.999998"}, "name": {"x"}, "source": {"x"}}); code != 403 {
		t.Error(code)
	}
}

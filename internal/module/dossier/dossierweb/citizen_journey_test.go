package dossierweb_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"lienthong/internal/module/dossier"
)

// file begins a birthCode registration and fills it to the page where everything is checked.
func (s *site) file(t *testing.T, who string) (draft string) {
	t.Helper()
	s.get(t, who, "/thu-tuc/"+birthCode+"/nop").is(http.StatusOK).has("Giấy chứng sinh", "Bắt đầu")
	at := s.get(t, who, s.post(t, who, "/thu-tuc/"+birthCode+"/nop", url.Values{"agency": {homeCommune}}).next()).next()
	v, err := s.Proc.Published(t.Context(), birthCode)
	must(t, err)
	c, err := s.Proc.ByVersion(t.Context(), v.ID)
	must(t, err)
	at = s.fillForm(t, who, at, example(t, c.FormKey), c.Form)
	draft = strings.TrimSuffix(at, "/tuy-chon")
	if draft == at {
		t.Fatalf("the form ends at %s", at)
	}
	o := s.get(t, who, at).is(http.StatusOK)
	at = s.post(t, who, at, url.Values{"version": {o.hidden("version")}, "case": {c.Record.Components.Value[0].Case}, "delivery": {"counter"}}).next()
	if !strings.HasSuffix(at, "/giay-to") {
		t.Fatalf("after the choices comes %s", at)
	}
	var files []string
	for _, p := range c.Record.ComponentsOf("") {
		if p.Required && !p.EForm && !p.Presented {
			files = append(files, "paper."+p.Code+".file", pdf)
		}
	}
	if len(files) > 0 {
		s.upload(t, who, at, url.Values{}).is(http.StatusUnprocessableEntity).has("Còn thiếu")
	}
	if at = s.upload(t, who, at, url.Values{}, files...).next(); at != draft+"/kiem-tra" {
		t.Fatalf("after the papers comes %s", at)
	}
	return draft
}

// move completes the dossier's open task of the action as an official, with its first outcome of
// the kind.
func (s *site) move(t *testing.T, code, role, action, kind string) *dossier.Dossier {
	t.Helper()
	ctx := s.Staff("Cán bộ "+role, homeCommune, role)
	d, err := s.Dossiers.ByCode(ctx, code)
	must(t, err)
	p, err := s.Proc.ByVersion(ctx, d.ProcedureVersion)
	must(t, err)
	tasks, err := s.Dossiers.Tasks(ctx, d.ID)
	must(t, err)
	for _, x := range tasks {
		if x.State != "open" || x.Action != action {
			continue
		}
		for _, o := range p.Process.Node(x.Node).Outcomes {
			if o.Kind == kind || kind == "forward" && o.Kind == "finish" {
				d, err = s.Dossiers.Complete(ctx, dossier.Step{Task: x.ID, Outcome: o.Key, Note: "Ghi chú nội bộ", Number: "15/TLKS"})
				must(t, err)
				return d
			}
		}
	}
	t.Fatalf("%s has no open task %s", code, action)
	return nil
}

// result attaches the result of a dossier as the specialist.
func (s *site) result(t *testing.T, d *dossier.Dossier, role string) string {
	t.Helper()
	f, err := s.Dossiers.Attach(s.Staff("Cán bộ "+role, homeCommune, role), d.ID, "result", "", "Giấy khai sinh.pdf", int64(len(pdf)), strings.NewReader(pdf))
	must(t, err)
	return f.ID.String()
}

func TestCitizenJourney(t *testing.T) {
	s := newSite(t)
	draft := s.file(t, "hoa")
	s.get(t, "hoa", draft+"/kiem-tra").is(http.StatusOK).has("Chưa nộp", "Nộp hồ sơ", "Thị trấn Bằng Lũng, huyện Chợ Đồn, tỉnh Bắc Kạn", "giấy tờ 0.pdf", "Dự kiến trả kết quả").lacks("errsum")
	s.get(t, "hoa", "/en"+draft+"/kiem-tra").is(http.StatusOK).has("Not filed yet", "File the dossier")
	at := s.post(t, "hoa", draft+"/kiem-tra", nil).next()
	if again := s.post(t, "hoa", draft+"/kiem-tra", nil).next(); again != at {
		t.Errorf("pressed twice, the button leads to %s and to %s", at, again)
	}
	s.get(t, "hoa", at).is(http.StatusOK).has("Xác nhận nộp hồ sơ", "-0001", `class="qr"`, "Mã tra cứu").lacks("/tep/")
	home := strings.TrimSuffix(at, "/bien-nhan")
	code := home[strings.LastIndexByte(home, '/')+1:]
	s.get(t, "hoa", home).is(http.StatusOK).has("Chờ tiếp nhận", "Rút hồ sơ", "Tiến trình", `<svg class="wide" viewBox`)
	s.get(t, "hoa", "/en"+home).is(http.StatusOK).has("Waiting for receipt", "Withdraw")
	s.get(t, "hoa", "/toi").is(http.StatusOK).has(code)
	if next := s.get(t, "hoa", draft+"/kiem-tra").next(); next != home {
		t.Errorf("a filed draft leads to %s", next)
	}
	for _, p := range []string{home, home + "/bien-nhan", home + "/rut", home + "/bo-sung", draft, draft + "/giay-to", draft + "/kiem-tra"} {
		s.get(t, "khac", p).is(http.StatusNotFound).lacks("0912")
		if next := s.get(t, "", p).next(); !strings.HasPrefix(next, "/dang-nhap?next=") {
			t.Errorf("a visitor at %s is led to %s", p, next)
		}
	}
	s.post(t, "khac", draft+"/kiem-tra", nil).is(http.StatusNotFound)
	s.post(t, "khac", home+"/rut", url.Values{"note": {"x"}}).is(http.StatusNotFound)

	d := s.move(t, code, "receiver", "receive", "forward")
	s.get(t, "hoa", home).is(http.StatusOK).has("Tiếp nhận hồ sơ", "hẹn ", "Ngày này được tính thế nào?").lacks("Ghi chú nội bộ")
	s.get(t, "hoa", home+"/bien-nhan").is(http.StatusOK).has("Giấy tiếp nhận hồ sơ và hẹn trả kết quả", "chưa đối chiếu với văn bản gốc")
	s.supplement(t, d, home)
	s.lookups(t, d)
	s.forgotten(t, d)

	d = s.move(t, code, "specialist", "examine", "forward")
	d = s.move(t, code, "leader", "approve", "forward")
	s.result(t, d, "clerk")
	d = s.move(t, code, "clerk", "number", "forward")
	s.get(t, "hoa", home).is(http.StatusOK).has("Kết quả", "Nhận kết quả bằng mã", "Bạn hài lòng thế nào").lacks("Rút hồ sơ")
	s.results(t, d)
	s.post(t, "hoa", home+"/rut", url.Values{"note": {"quá muộn"}}).is(http.StatusConflict)
	s.post(t, "hoa", home+"/danh-gia", url.Values{"remark": {"nhanh"}}).is(http.StatusUnprocessableEntity).has("Chọn mức hài lòng", "nhanh")
	if next := s.post(t, "hoa", home+"/danh-gia", url.Values{"score": {"1"}}).next(); next != home {
		t.Errorf("rating leads to %s", next)
	}
	s.get(t, "hoa", home).has("Bạn đã đánh giá: Rất hài lòng")
	s.figures(t)
}

// supplement asks for something, answers it and goes on.
func (s *site) supplement(t *testing.T, d *dossier.Dossier, home string) {
	t.Helper()
	s.get(t, "hoa", home+"/bo-sung").is(http.StatusConflict)
	ctx := s.Staff("Cán bộ specialist", homeCommune, "specialist")
	tasks, err := s.Dossiers.Tasks(ctx, d.ID)
	must(t, err)
	var task *dossier.Task
	for _, x := range tasks {
		if x.State == "open" {
			task = x
		}
	}
	p, err := s.Proc.ByVersion(ctx, d.ProcedureVersion)
	must(t, err)
	paper := p.Record.ComponentsOf("")[1]
	_, err = s.Dossiers.AskSupplement(ctx, task.ID, []dossier.Defect{{Component: paper.Code, Name: paper.Name, What: "Ảnh mờ, không đọc được số"},
		{What: "Họ tên trẻ viết thiếu dấu"}}, "Hồ sơ chưa đủ điều kiện thẩm định")
	must(t, err)
	s.get(t, "hoa", home).is(http.StatusOK).has("Ảnh mờ, không đọc được số", "Họ tên trẻ viết thiếu dấu", "Bổ sung hồ sơ", "Tạm dừng tính thời gian")
	page := s.get(t, "hoa", home+"/bo-sung").is(http.StatusOK).has("Ảnh mờ", "Họ tên trẻ viết thiếu dấu", home+"/bo-sung/tre#f-child-name")
	s.get(t, "khac", home+"/bo-sung").is(http.StatusNotFound)
	in := url.Values{"shown": {page.hidden("shown")}}
	s.upload(t, "hoa", home+"/bo-sung", in).is(http.StatusUnprocessableEntity).has("Bạn chưa sửa tờ khai")
	q := s.get(t, "hoa", home+"/bo-sung/tre").is(http.StatusOK).has("Lưu và quay lại")
	f, _ := p.Form.Page(example(t, p.FormKey), "tre")
	fix := posted(f.Fields)
	fix.Set("version", q.hidden("version"))
	fix.Set("/child/name", "")
	s.post(t, "hoa", home+"/bo-sung/tre", fix).is(http.StatusUnprocessableEntity).has("errsum")
	fix.Set("version", s.get(t, "hoa", home+"/bo-sung/tre").hidden("version"))
	fix.Set("/child/name", "Nông Đức Ấn")
	if next := s.post(t, "hoa", home+"/bo-sung/tre", fix).next(); next != home+"/bo-sung" {
		t.Errorf("a corrected page leads to %s", next)
	}
	s.get(t, "hoa", home+"/bo-sung").has("Nông Đức Ấn")
	s.upload(t, "hoa", home+"/bo-sung", in, "paper."+paper.Code+".file", "no paper at all").is(http.StatusUnprocessableEntity).has("không phải ảnh")
	in.Set("note", "Đã chụp lại")
	if next := s.upload(t, "hoa", home+"/bo-sung", in, "paper."+paper.Code+".file", pdf).next(); next != home {
		t.Errorf("the answer leads to %s", next)
	}
	s.get(t, "hoa", home).is(http.StatusOK).has("Đã bổ sung hồ sơ", "Đã chụp lại", "Nông Đức Ấn", "bổ sung ngày").lacks("Tạm dừng tính thời gian")
}

// lookups tries the public look-up with right and wrong keys.
func (s *site) lookups(t *testing.T, d *dossier.Dossier) {
	t.Helper()
	secret := s.Dossiers.Secret(d.ID, d.SecretGen)
	s.get(t, "", "/tra-cuu").is(http.StatusOK).has("Tra cứu hồ sơ")
	s.get(t, "", "/tra-cuu?ma="+d.Code).is(http.StatusOK).has(`value="` + d.Code + `"`)
	s.get(t, "", "/tra-cuu?"+url.Values{"ma": {d.Code}, "bm": {secret}}.Encode()).is(http.StatusOK).
		has(d.Code, "Đang ở", "Từ lúc", "Tiến trình").lacks(d.Applicant.Name, "giấy tờ 0", "Nông Đức Ấn", "0912")
	s.post(t, "", "/tra-cuu", url.Values{"ma": {" " + strings.ToLower(d.Code) + " "}, "bm": {strings.ToLower(secret)}}).is(http.StatusOK).has("Đang ở")
	s.post(t, "", "/tra-cuu", url.Values{"ma": {"https://dvc.example.vn/tra-cuu?ma=" + d.Code + "&bm=" + secret}, "bm": {"x"}}).is(http.StatusOK).has("Đang ở")
	wrong := s.post(t, "", "/tra-cuu", url.Values{"ma": {d.Code}, "bm": {"AAA-AAA-AAA"}}).is(http.StatusUnprocessableEntity).has("không đúng")
	none := s.post(t, "", "/tra-cuu", url.Values{"ma": {d.Code + "9"}, "bm": {"AAA-AAA-AAA"}}).is(http.StatusUnprocessableEntity)
	if strings.ReplaceAll(none.body, d.Code+"9", d.Code) != wrong.body {
		t.Error("a wrong code and a wrong secret are answered differently")
	}
	s.post(t, "", "/tra-cuu", url.Values{}).is(http.StatusUnprocessableEntity).has("Nhập mã hồ sơ", "Nhập mã tra cứu")
}

// forgotten looks without the secret: by the end of the paper's number and a one-time code.
func (s *site) forgotten(t *testing.T, d *dossier.Dossier) {
	t.Helper()
	const path = "/tra-cuu/quen-ma"
	end := d.Applicant.Doc[len(d.Applicant.Doc)-4:]
	other := "0000"
	if end == other {
		other = "1111"
	}
	s.get(t, "", "/tra-cuu").has(path)
	s.get(t, "", "/en"+path).is(http.StatusOK).has("last 4 characters")
	s.get(t, "", path+"?ma="+d.Code).is(http.StatusOK).has(`value="` + d.Code + `"`)
	s.post(t, "", path, url.Values{}).is(http.StatusUnprocessableEntity).has("Nhập mã hồ sơ", "Nhập đúng 4 ký tự")
	right := s.post(t, "", path, url.Values{"ma": {d.Code}, "so": {end}}).is(http.StatusOK).has("Nếu thông tin khớp", "/demo/outbox").lacks(d.Applicant.Name)
	wrong := s.post(t, "", path, url.Values{"ma": {d.Code}, "so": {other}}).is(http.StatusOK)
	none := s.post(t, "", path, url.Values{"ma": {d.Code + "9"}, "so": {end}}).is(http.StatusOK)
	if strings.ReplaceAll(wrong.body, `value="`+other, `value="`+end) != right.body || strings.ReplaceAll(none.body, d.Code+"9", d.Code) != right.body {
		t.Error("the answer tells whether a code was sent")
	}
	keys := url.Values{"ma": {d.Code}, "so": {end}, "otp": {"000000"}}
	bad := s.post(t, "", path+"/xem", keys).is(http.StatusUnprocessableEntity).has("không khớp").lacks(d.Applicant.Name, "Đang ở")
	keys.Set("so", other)
	keys.Set("otp", "123456")
	if a := s.post(t, "", path+"/xem", keys).is(http.StatusUnprocessableEntity); strings.ReplaceAll(a.body, `value="`+other, `value="`+end) != bad.body {
		t.Error("wrong digits and a wrong code are answered differently")
	}
	keys.Set("so", end)
	keys.Set("otp", "123 456")
	s.post(t, "", path+"/xem", keys).is(http.StatusOK).has(d.Code, "Tiến trình").lacks(d.Applicant.Name, "/tra-cuu/ket-qua", "0912")
}

// results gets the result in the two ways there are.
func (s *site) results(t *testing.T, d *dossier.Dossier) {
	t.Helper()
	var file string
	files, err := s.Dossiers.Files(t.Context(), d.ID)
	must(t, err)
	for _, f := range files {
		if f.Kind == "result" {
			file = f.ID.String()
		}
	}
	s.get(t, "hoa", "/tep/"+file).is(http.StatusForbidden)
	s.as("hoa2", s.Citizen("Nông Thị Hoa", 2))
	if a := s.get(t, "hoa2", "/tep/"+file).is(http.StatusOK); a.body != pdf {
		t.Errorf("the result comes back as %q", a.body)
	}
	keys := url.Values{"ma": {d.Code}, "bm": {s.Dossiers.Secret(d.ID, d.SecretGen)}}
	s.post(t, "", "/tra-cuu/ket-qua", url.Values{"ma": keys["ma"], "bm": keys["bm"], "file": {file}, "otp": {"000000"}}).lacks("%PDF")
	s.post(t, "", "/tra-cuu/ma", keys).is(http.StatusOK).has("Mã một lần", "/demo/outbox").lacks("Giấy khai sinh.pdf")
	keys.Set("file", file)
	keys.Set("otp", "12 34 56")
	a := s.post(t, "", "/tra-cuu/ket-qua", keys).is(http.StatusOK)
	if a.body != pdf || !strings.HasPrefix(a.head.Get("Content-Disposition"), "attachment") {
		t.Errorf("the result comes back as %q with %v", a.body, a.head)
	}
}

// figures looks at the public statistics.
func (s *site) figures(t *testing.T) {
	t.Helper()
	s.Later(time.Minute)
	s.get(t, "", "/thong-ke").is(http.StatusOK).has("Tình hình giải quyết hồ sơ", "Cấp xã", "100%",
		"Qua các năm", "chia cho toàn bộ hồ sơ đã nộp", "mức độ 3 và 4")
	s.get(t, "", "/thong-ke?ky=tat-ca&kenh=4").is(http.StatusOK).has("Chưa có hồ sơ nào")
	for _, by := range []string{"nam", "quy", "co-quan", "linh-vuc", "thu-tuc", "kenh", "thang", "cap", "nonsense"} {
		s.get(t, "", "/thong-ke?theo="+by).is(http.StatusOK)
		s.get(t, "", "/en/thong-ke?theo="+by).is(http.StatusOK)
	}
	s.get(t, "", "/thong-ke?cq="+homeCommune+"&theo=thu-tuc").is(http.StatusOK).has("khai sinh")
	s.get(t, "", "/thong-ke?cq=no-such-unit").is(http.StatusOK).has("Chưa có hồ sơ nào")
	s.get(t, "", "/thong-ke?ky=tuy-chon&tu=2026-02-30&den=x").is(http.StatusUnprocessableEntity).has("errsum")
	s.get(t, "", "/thong-ke?ky=tuy-chon&tu=2026-03-02&den=2026-03-01").is(http.StatusUnprocessableEntity).has("errsum")
	raw := s.get(t, "", "/thong-ke/xuat.csv?theo=co-quan").is(http.StatusOK).body
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(raw, "\uFEFF"))).ReadAll()
	must(t, err)
	if len(rows) != 3 || rows[1][2] != "1" || rows[2][0] != "Tổng số" {
		t.Errorf("the table is %q", rows)
	}
	if a := s.get(t, "", "/thong-ke/xuat.xlsx").is(http.StatusOK); !strings.HasPrefix(a.body, "PK") {
		t.Errorf("the workbook begins with %.10q", a.body)
	}
}

package dossierweb_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"lienthong/internal/module/dossier"
)

// file files a deskBirth registration at the counter as an official does: choose the procedure, type,
// send, answer the questions that come up, send again. It returns the code and how often the page
// was sent.
func (d *deskWorld) file() (code string, sends int) {
	d.t.Helper()
	d.as("Nông Văn Một", deskCommune, "receiver")
	if page := d.get("/can-bo/tiep-nhan?q=khai+sinh"); !strings.Contains(page, `value="`+deskBirth+`"`) {
		d.t.Fatalf("the counter does not find deskBirth registration:\n%s", text(page))
	}
	to := d.sent("/can-bo/tiep-nhan", url.Values{"thu-tuc": {deskBirth}})
	known := d.answers("khai-sinh")
	known.Set("/child/birth_date.y", "2021") // the example lies ahead of the clock
	known.Set("/child/birth_date.m", "02")
	known.Set("/parents/marriage_date.y", "2019")
	for sends = 1; sends <= 5; sends++ {
		page := d.get(to)
		in := fields(page, strings.Split(to, "?")[0])
		shown := map[string]bool{}
		for _, path := range in["hien"] {
			shown[path] = true
		}
		for k, v := range known {
			base, _, _ := strings.Cut(k, ".")
			if shown[base] {
				in[k] = v
			}
		}
		in.Set("consent", "true")
		in.Set("shown.giay-chung-sinh", "true")
		in.Set("lam", "nop")
		path := strings.Split(to, "?")[0]
		status, body, next := d.post(path, in)
		if status != http.StatusSeeOther {
			d.t.Fatalf("POST %s: %d\n%s", path, status, text(body))
		}
		if code, ok := strings.CutPrefix(next, "/can-bo/da-tiep-nhan/"); ok {
			return code, sends
		}
		to = next
	}
	d.t.Fatal("the counter's page asks without end")
	return "", 0
}

func TestCounterToResult(t *testing.T) {
	d := newDesk(t)
	code, sends := d.file()
	if sends > 3 {
		t.Errorf("a deskBirth registration is sent %d times, want at most 3", sends)
	}
	if page := text(d.get("/can-bo/da-tiep-nhan/" + code)); !strings.Contains(page, "Hồ sơ tiếp theo cho người này") {
		t.Errorf("no next dossier for the same person:\n%s", page)
	}
	receipt := text(d.get("/can-bo/ho-so/" + code + "/in/giay-tiep-nhan"))
	for _, want := range []string{"Giấy tiếp nhận hồ sơ và hẹn trả kết quả", code, "Hoàng Văn Tuyến", "08 giờ 00 phút, ngày", "Bằng Lũng, ngày", "Giấy chứng sinh (bản giấy)",
		"Mã kiểm tra sổ nhật ký", paperCode, "https://example.vn/so-nhat-ky"} {
		if !strings.Contains(receipt, want) {
			t.Errorf("the receipt lacks %q:\n%s", want, receipt)
		}
	}
	// The same person's next dossier is typed no second time.
	to := d.sent("/can-bo/tiep-nhan", url.Values{"thu-tuc": {deskBirth}, "tu": {code}})
	if in := fields(d.get(to), to); in.Get("/applicant/name") != "Hoàng Văn Tuyến" || in.Get("/applicant/cccd") != "006090000123" || in.Get("/applicant/birth_date.d") != "12" {
		t.Errorf("the next form does not know the applicant: %v", in)
	}

	d.Later(time.Hour)
	d.as("Lý Văn Hai", deskCommune, "specialist")
	list := d.get("/can-bo")
	if !strings.Contains(list, code) {
		t.Fatalf("the specialist's worklist lacks the dossier:\n%s", text(list))
	}
	page := d.get("/can-bo/ho-so/" + code)
	for _, want := range []string{"Đủ điều kiện", "Yêu cầu bổ sung", "Không đủ điều kiện", "Tiến trình", "<svg", "Đã nhận bản giấy tại quầy"} {
		if !strings.Contains(page, want) {
			t.Errorf("the specialist's page lacks %q", want)
		}
	}
	claim := fields(page, "/can-bo/ho-so/"+code+"/nhan")
	d.sent("/can-bo/ho-so/"+code+"/nhan", claim)
	step := "/can-bo/ho-so/" + code + "/buoc"
	d.sent(step, url.Values{"viec": claim["viec"][:1], "chon": {"pass"}})

	d.as("Ma Văn Ba", deskCommune, "leader")
	sel := fields(d.get("/can-bo"), "/can-bo/hang-loat")
	row := row(d.get("/can-bo"), code)
	if row == "" {
		t.Fatalf("the leader's worklist lacks the dossier: %v", sel)
	}
	status, ask, _ := d.post("/can-bo/hang-loat", url.Values{"lam": {"duyet"}, "viec": {row}})
	if status != http.StatusOK || !strings.Contains(ask, "Ký duyệt 1 hồ sơ") {
		t.Fatalf("bulk approval asks with %d:\n%s", status, text(ask))
	}
	_, report, _ := d.post("/can-bo/hang-loat", url.Values{"lam": {"duyet-that"}, "viec": {row, row}})
	if !strings.Contains(text(report), "Đã làm xong 1 trên 2 hồ sơ đã chọn.") {
		t.Errorf("the report does not tell row by row:\n%s", text(report))
	}

	d.as("Hà Văn Tư", deskCommune, "clerk")
	task := myTask(t, d, code)
	if status, page, _ := d.post(step, url.Values{"viec": {task}, "chon": {"issued"}}); status != http.StatusUnprocessableEntity ||
		!strings.Contains(page, "Ghi số, ký hiệu của kết quả.") || !strings.Contains(page, "<title>Lỗi:") {
		t.Errorf("a result without number: %d\n%s", status, text(page))
	}
	d.sent(step, url.Values{"viec": {task}, "chon": {"issued"}, "number": {"12/TLKS"}})

	d.as("Nông Văn Một", deskCommune, "receiver")
	d.sent(step, url.Values{"viec": {myTask(t, d, code)}, "chon": {"returned"}, "signed": {"Hoàng Văn Tuyến"}})
	got, err := d.Dossiers.ByCode(d.Staff("Nông Văn Một", deskCommune, "receiver"), code)
	d.must(err)
	if got.Status != dossier.StatusReturned || got.Extra.Number != "12/TLKS" {
		t.Errorf("status %d, number %q", got.Status, got.Extra.Number)
	}
	if s := text(d.get("/can-bo/ho-so/" + code + "/in/kiem-soat")); !strings.Contains(s, "Lý Văn Hai") || !strings.Contains(s, "hạn") || strings.Contains(s, paperCode) {
		t.Errorf("the control sheet does not tell who had the dossier:\n%s", s)
	}
	if s := text(d.get("/en/can-bo/ho-so/" + code)); !strings.Contains(s, "Main facts") {
		t.Errorf("the English sibling:\n%s", s)
	}
}

// row returns the value that selects the dossier on a worklist.
func row(page, code string) string {
	i := strings.Index(page, ":"+code+`"`)
	if i < 0 {
		return ""
	}
	return page[strings.LastIndexByte(page[:i], '"')+1:i] + ":" + code
}

// myTask returns the task the official's page of the dossier is about.
func myTask(t *testing.T, d *deskWorld, code string) string {
	t.Helper()
	page := d.get("/can-bo")
	r := row(page, code)
	if r == "" {
		t.Fatalf("%s has no task of %s:\n%s", d.who.Name, code, text(page))
	}
	task, _, _ := strings.Cut(r, ":")
	return task
}

func TestSupplementAndProposal(t *testing.T) {
	d := newDesk(t)
	code, _ := d.file()
	ask := func() (int, string) {
		d.as("Lý Văn Hai", deskCommune, "specialist")
		task := myTask(t, d, code)
		d.get("/can-bo/ho-so/" + code + "/bo-sung?viec=" + task)
		empty, page, _ := d.post("/can-bo/ho-so/"+code+"/bo-sung", url.Values{"viec": {task}, "what.2": {""}, "reason": {"Theo quy định"}})
		if empty != http.StatusUnprocessableEntity || !strings.Contains(page, "Theo quy định") {
			t.Errorf("a request without defects: %d, or what was typed is lost", empty)
		}
		status, page, _ := d.post("/can-bo/ho-so/"+code+"/bo-sung", url.Values{"viec": {task}, "what.2": {"Giấy chứng sinh mờ"}, "reason": {"Không đọc được"}})
		return status, page
	}
	if status, page := ask(); status != http.StatusSeeOther {
		t.Fatalf("the first request: %d\n%s", status, text(page))
	}
	if s := text(d.get("/can-bo/ho-so/" + code + "/in/bo-sung")); !strings.Contains(s, "Giấy chứng sinh mờ") || !strings.Contains(s, paperCode) {
		t.Errorf("the printed request lacks the defect:\n%s", s)
	}
	d.as("Nông Văn Một", deskCommune, "receiver")
	form := "/can-bo/ho-so/" + code + "/nop-bo-sung"
	in := fields(d.get(form), form)
	if in.Get("/child/name") == "" {
		t.Fatalf("the answer's page does not show the form: %v", in)
	}
	d.sent(form, in)
	if status, page := ask(); status != http.StatusSeeOther {
		t.Fatalf("the second request: %d\n%s", status, text(page))
	}
	got, err := d.Dossiers.ByCode(d.Staff("Lý Văn Hai", deskCommune, "specialist"), code)
	d.must(err)
	if got.Status == dossier.StatusSupplement {
		t.Error("a second request went out without the leader")
	}
	d.as("Ma Văn Ba", deskCommune, "leader")
	page := d.get("/can-bo/de-nghi")
	i := strings.Index(page, `action="/can-bo/de-nghi/`)
	if i < 0 {
		t.Fatalf("the leader sees no proposal:\n%s", text(page))
	}
	path := strings.SplitN(page[i+8:], `"`, 2)[0]
	if status, _, _ := d.post(path, url.Values{"y-kien": {"khong"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("turning down without a reason: %d", status)
	}
	d.sent(path, url.Values{"y-kien": {"dong-y"}})
	if got, err = d.Dossiers.ByCode(d.Staff("Lý Văn Hai", deskCommune, "specialist"), code); err != nil || got.Status != dossier.StatusSupplement {
		t.Errorf("after the leader agreed the status is %d (%v)", got.Status, err)
	}
}

func TestLeadersActs(t *testing.T) {
	d := newDesk(t)
	code, _ := d.file()
	base := "/can-bo/ho-so/" + code
	d.as("Ma Văn Ba", deskCommune, "leader")
	d.get(base + "/gia-han")
	if status, page, _ := d.post(base+"/gia-han", url.Values{"days": {"x"}, "note": {"Mất điện"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "Mất điện") {
		t.Errorf("an extension by no number: %d, or the reason is lost", status)
	}
	d.sent(base+"/gia-han", url.Values{"days": {"2"}, "note": {"Mất điện toàn xã"}})
	if s := text(d.get(base + "/in/xin-loi")); !strings.Contains(s, "Phiếu xin lỗi và hẹn lại ngày trả kết quả") || !strings.Contains(s, "Mất điện toàn xã") || !strings.Contains(s, paperCode) {
		t.Errorf("the apology:\n%s", s)
	}
	d.get(base + "/tam-dung")
	d.sent(base+"/tam-dung", url.Values{"note": {"Chờ xác minh"}})
	if s := text(d.get(base)); !strings.Contains(s, "Hồ sơ đang tạm dừng: Chờ xác minh") {
		t.Errorf("the dossier does not say that it is on hold:\n%s", s)
	}
	d.get(base + "/tiep-tuc")
	d.sent(base+"/tiep-tuc", url.Values{})
	task := dossierTask(t, d, code)
	d.get(base + "/giao?viec=" + task)
	if status, _, _ := d.post(base+"/giao", url.Values{"viec": {task}, "assignee": {"ai-do"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("work given to nobody known: %d", status)
	}
	who, err := d.Accounts("Lò Thị Phượng")
	d.must(err)
	d.sent(base+"/giao", url.Values{"viec": {task}, "assignee": {who}})
	if s := text(d.get(base)); !strings.Contains(s, "Lò Thị Phượng") {
		t.Errorf("the page does not name the assignee:\n%s", s)
	}
	d.get("/can-bo/thong-ke")
	d.get("/can-bo/thong-ke?nhom=thang")
	if s := text(d.get("/can-bo/thong-ke/ho-so?loai=received")); !strings.Contains(s, code) {
		t.Errorf("the figure does not lead to its dossier:\n%s", s)
	}
	if s := text(d.get("/can-bo/thong-ke?nhom=linh-vuc")); !strings.Contains(s, "Hộ tịch") {
		t.Errorf("the figures by field do not name it:\n%s", s)
	}
	if s := text(d.get("/can-bo/thong-ke?nhom=cap")); !strings.Contains(s, "Cấp xã") {
		t.Errorf("the figures by level do not name it:\n%s", s)
	}
	for query, want := range map[string]bool{"linh-vuc=ho-tich": true, "linh-vuc=dat-dai": false, "cap=commune": true, "cap=district": false, "sau=ai.do": true} {
		if s := text(d.get("/can-bo/thong-ke/ho-so?loai=received&" + query)); strings.Contains(s, code) != want {
			t.Errorf("%s: its dossier is listed %t:\n%s", query, !want, s)
		}
	}
	for _, f := range []string{"/can-bo/danh-sach/danh-sach.xlsx", "/can-bo/danh-sach/danh-sach.csv", "/can-bo/thong-ke/tep/thong-ke.xlsx", "/can-bo/thong-ke/tep/thong-ke.csv"} {
		if len(d.get(f)) < 20 {
			t.Errorf("%s is empty", f)
		}
	}
}

func TestMoneyHandoverAndCards(t *testing.T) {
	d := newDesk(t)
	code, _ := d.file()
	base := "/can-bo/ho-so/" + code

	// A specialist states a duty, the cashier takes it, cancels it and takes it again.
	d.as("Lý Văn Hai", deskCommune, "specialist")
	d.get(base + "/nghia-vu")
	if status, _, _ := d.post(base+"/nghia-vu", url.Values{"amount": {"năm nghìn"}, "notice": {"TB 12"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("an amount in words is taken: %d", status)
	}
	d.sent(base+"/nghia-vu", url.Values{"amount": {"15.000 ₫"}, "notice": {"Thông báo 12/TB ngày 02/3"}})
	d.as("Hứa Thị Năm", deskCommune, "cashier")
	if in := fields(d.get(base+"/thu-tien"), base+"/thu-tien"); in.Get("amount") != "15.000" || in.Get("payer") != "Hoàng Văn Tuyến" {
		t.Errorf("the cashier's page: %v", in)
	}
	if status, page, _ := d.post(base+"/thu-tien", url.Values{"amount": {"15.000"}, "method": {"cash"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "Ghi số biên lai.") {
		t.Errorf("a payment without receipt: %d", status)
	}
	d.sent(base+"/thu-tien", url.Values{"amount": {"15.000"}, "method": {"cash"}, "receipt": {"AB-001"}, "payer": {"=1+1"}})
	page := d.get("/can-bo/thu-phi")
	i := strings.Index(page, "/can-bo/thu-phi/huy/")
	if i < 0 || !strings.Contains(text(page), "15.000") {
		t.Fatalf("the day list:\n%s", text(page))
	}
	cancel := strings.SplitN(page[i:], `"`, 2)[0]
	d.get(cancel)
	if status, _, _ := d.post(cancel, url.Values{"reason": {" "}}); status != http.StatusUnprocessableEntity {
		t.Errorf("a payment cancelled without a reason: %d", status)
	}
	d.sent(cancel, url.Values{"reason": {"Ghi nhầm số"}})
	if sheet := d.get("/can-bo/thu-phi/tep/thu-phi.csv"); !strings.Contains(sheet, "'=1+1") || !strings.Contains(sheet, "Ghi nhầm số") {
		t.Errorf("the exported day list:\n%s", sheet)
	}
	d.get("/can-bo/thu-phi/in")
	d.get("/can-bo/thu-phi?ngay=2026-03-02&cua=tat-ca")

	// The counter carries papers to the division, which misses one and says so.
	d.as("Nông Văn Một", deskCommune, "receiver")
	d.get("/can-bo/ban-giao")
	if status, _, _ := d.post("/can-bo/ban-giao", url.Values{"noi-nhan": {d.Unit(deskCommune).String()}}); status != http.StatusUnprocessableEntity {
		t.Errorf("an empty hand-over list: %d", status)
	}

	to := division(t, d)
	page = d.get("/can-bo/ban-giao")
	in := fields(page, "/can-bo/ban-giao")
	if in.Get("noi-nhan") != d.Unit(to).String() || len(in["viec"]) != 1 {
		t.Fatalf("the counter's pile: %v", in)
	}
	list := d.sent("/can-bo/ban-giao", in)
	if s := text(d.get(list + "/in")); !strings.Contains(s, "Danh sách bàn giao hồ sơ") || !strings.Contains(s, code) {
		t.Errorf("the printed list:\n%s", s)
	}
	d.as("Lý Văn Hai", to, "specialist")
	if s := d.get("/can-bo/ban-giao"); !strings.Contains(s, list) {
		t.Errorf("the division does not see the list:\n%s", text(s))
	}
	if status, page, _ := d.post(list, url.Values{}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "Ghi lý do chưa nhận hồ sơ "+code) {
		t.Errorf("a missing paper needs no remark: %d", status)
	}
	d.sent(list, url.Values{"co": in["viec"]})
	if s := text(d.get(list)); !strings.Contains(s, "Đã xác nhận") {
		t.Errorf("the confirmed list:\n%s", s)
	}

	// Somebody with an account brings the card.
	d.as("Nông Văn Một", deskCommune, "receiver")
	d.get("/can-bo/nguoi-dan")
	scan := "006090000123||Hoàng Văn Tuyến|12041990|Nam|Thôn Bản Mẫu|01012022"
	status, page, _ := d.post("/can-bo/nguoi-dan", url.Values{"contact": {"0911222333"}, "quet": {scan}})
	in = fields(page, "/can-bo/nguoi-dan")
	if status != http.StatusOK || in.Get("name") != "Hoàng Văn Tuyến" || in.Get("birth_date.d") != "12" || in.Get("contact") != "0911222333" {
		t.Fatalf("a scanned card fills %d %v", status, in)
	}
	in.Set("quet", "")
	if status, _, _ := d.post("/can-bo/nguoi-dan", in); status != http.StatusUnprocessableEntity {
		t.Errorf("a card nobody compared is taken: %d", status)
	}
	in.Set("compared", "true")
	// The card belongs to an older account: nothing is moved before the official says so.
	d.taken = true
	status, page, _ = d.post("/can-bo/nguoi-dan", in)
	if status != http.StatusConflict || !strings.Contains(page, `name="chuyen"`) || !strings.Contains(page, "Chuyển căn cước này") || d.moved.DocNumber != "" {
		t.Errorf("a card of another account: %d %s", status, page)
	}
	in.Set("chuyen", "true")
	d.sent("/can-bo/nguoi-dan", in)
	if d.moved.DocNumber == "" || d.linked.DocNumber != "" {
		t.Errorf("moved %+v, linked %+v", d.moved, d.linked)
	}
	in.Del("chuyen")
	d.taken = false
	d.sent("/can-bo/nguoi-dan", in)
	if d.linked.DocNumber != "006090000123" || d.linked.BirthDate == nil {
		t.Errorf("linked %+v", d.linked)
	}
	got, err := d.Dossiers.ByCode(d.Staff("Nông Văn Một", deskCommune, "receiver"), code)
	d.must(err)
	if got.Account != d.citizen {
		t.Error("the dossier filed at the counter did not join the checked account")
	}

	// A card in the search field finds the dossier; an unknown one offers to file.
	if status, _, head := d.do(newGet("/can-bo/tim?q=" + url.QueryEscape(scan))); status != http.StatusSeeOther || head.Get("Location") != base {
		t.Errorf("the scanned card leads to %d %s", status, head.Get("Location"))
	}
	other := strings.Replace(scan, "006090000123", "006090000999", 1)
	if page := d.get("/can-bo/tim?q=" + url.QueryEscape(other)); !strings.Contains(page, "Tiếp nhận hồ sơ cho người này") {
		t.Errorf("an unknown card:\n%s", text(page))
	}
	if page := text(d.get("/can-bo/tim?q=" + url.QueryEscape("khong co ai"))); !strings.Contains(page, "Không tìm thấy hồ sơ nào") {
		t.Errorf("nothing found:\n%s", page)
	}
	// The correction keeps old and new words.
	form := base + "/sua"
	in = fields(d.get(form), form)
	in.Set("/applicant/phone", "0987654321")
	if status, _, _ := d.post(form, in); status != http.StatusUnprocessableEntity {
		t.Errorf("a correction without a reason: %d", status)
	}
	in.Set("reason", "Ghi nhầm số điện thoại")
	d.sent(form, in)
	if s := text(d.get(base)); !strings.Contains(s, "“0912345678” sửa thành “0987654321”") && !strings.Contains(s, "0987654321") {
		t.Errorf("the history does not tell the correction:\n%s", s)
	}
}

// division returns the key of the division that examines birth registrations at the commune.
func division(t *testing.T, d *deskWorld) string {
	t.Helper()
	tree, err := d.Org.Tree(t.Context())
	d.must(err)
	u, ok := tree.Division(d.Unit(deskCommune), "tu-phap-ho-tich")
	if !ok {
		t.Fatal("the commune has no such division")
	}
	return u.Key
}

// TestNotTheirs asks that pages for one kind of work stay closed to the others, and that another
// agency's dossier does not exist for an official.
func TestNotTheirs(t *testing.T) {
	d := newDesk(t)
	code, _ := d.file()
	d.as("Lý Văn Hai", deskCommune, "specialist")
	for _, path := range []string{"/can-bo/tiep-nhan", "/can-bo/thu-phi", "/can-bo/de-nghi", "/can-bo/nguoi-dan", "/can-bo/ho-so/" + code + "/gia-han"} {
		if status, _, _ := d.do(newGet(path)); status != http.StatusForbidden {
			t.Errorf("a specialist gets %s: %d", path, status)
		}
	}
	d.as("Bàn Thị Sáu", "xa-01906", "specialist", "receiver", "leader")
	for _, path := range []string{"", "/in/giay-tiep-nhan", "/sua", "/bo-sung", "/gia-han", "/buoc"} {
		if status, _, _ := d.do(newGet("/can-bo/ho-so/" + code + path)); status != http.StatusNotFound {
			t.Errorf("another commune gets %q of the dossier: %d", path, status)
		}
	}
	if s := text(d.get("/can-bo/tim?q=" + url.QueryEscape("Hoàng Văn Tuyến"))); strings.Contains(s, code) {
		t.Error("another commune finds the dossier")
	}
}

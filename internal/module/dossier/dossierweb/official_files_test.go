package dossierweb_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

const tinyPDF = "%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"

// upload posts a form with one file, as a browser without scripts does.
func (d *deskWorld) upload(path string, in url.Values, field, name, body string) (int, string, string) {
	d.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, list := range in {
		for _, v := range list {
			d.must(m.WriteField(k, v))
		}
	}
	f, err := m.CreateFormFile(field, name)
	d.must(err)
	_, err = f.Write([]byte(body))
	d.must(err)
	d.must(m.Close())
	r := httptest.NewRequest("POST", path, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	code, page, head := d.do(r)
	return code, page, head.Get("Location")
}

func TestFilesOfTheDesk(t *testing.T) {
	d := newDesk(t)
	d.as("Nông Văn Một", deskCommune, "receiver")

	// A scan at the counter stays with the draft even if the form is not complete yet; a file of
	// the wrong kind is refused at its own paper.
	to := d.sent("/can-bo/tiep-nhan", url.Values{"thu-tuc": {deskBirth}})
	in := fields(d.get(to), to)
	in.Set("/applicant/name", "Hoàng Văn Tuyến")
	status, page, _ := d.upload(to, in, "paper.giay-chung-sinh.file", "scan.exe", "MZ\x90\x00")
	if status != http.StatusUnprocessableEntity || !strings.Contains(page, "scan.exe") || !strings.Contains(page, "Hoàng Văn Tuyến") {
		t.Errorf("a program as a paper: %d\n%s", status, text(page))
	}
	in = fields(page, to)
	if status, page, _ = d.upload(to, in, "paper.giay-chung-sinh.file", "giấy chứng sinh.pdf", tinyPDF); status != http.StatusUnprocessableEntity || !strings.Contains(page, "giấy chứng sinh.pdf") {
		t.Errorf("an incomplete form with a scan: %d, or the scan is lost\n%s", status, text(page))
	}
	// Of two windows the slower is told and loses nothing that it typed.
	old := fields(page, to)
	d.sent(to, url.Values{"version": old["version"], "lam": {"luu"}})
	old.Set("/applicant/name", "Tên ở cửa sổ thứ hai")
	old.Set("lam", "luu")
	if status, page, _ := d.post(to, old); status != http.StatusConflict || !strings.Contains(page, "Tên ở cửa sổ thứ hai") {
		t.Errorf("the slower window: %d", status)
	}
	r := httptest.NewRequest("POST", to+"/luu", strings.NewReader(url.Values{"/applicant/name": {"x"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if status, _, head := d.do(r); status != http.StatusNoContent || head.Get("X-Draft-Version") == "" {
		t.Errorf("autosave: %d %v", status, head)
	}
	d.sent(to, url.Values{"lam": {"bo"}})

	code, _ := d.file()
	base := "/can-bo/ho-so/" + code
	d.as("Lý Văn Hai", deskCommune, "specialist")
	if status, page, _ := d.upload(base+"/tep", url.Values{"loai": {"result"}}, "x", "", ""); status != http.StatusUnprocessableEntity || !strings.Contains(page, "Chọn ít nhất một tệp.") {
		t.Errorf("attaching nothing: %d", status)
	}
	if status, page, _ := d.upload(base+"/tep", url.Values{"loai": {"result"}}, "tep", "trích lục.pdf", tinyPDF); status != http.StatusSeeOther {
		t.Fatalf("attaching a result: %d\n%s", status, text(page))
	}
	page = d.get(base)
	i := strings.Index(page, "/can-bo/tep/")
	if i < 0 || !strings.Contains(page, "trích lục.pdf") {
		t.Fatalf("the result is not listed:\n%s", text(page))
	}
	link := strings.SplitN(page[i:], `"`, 2)[0]
	if body := d.get(link); body != tinyPDF {
		t.Errorf("the file reads %q", body)
	}
	file := link[strings.LastIndexByte(link, '/')+1:]
	if status, page, _ := d.post(base+"/kiem-tra", url.Values{"tep": {file}, "ket-luan": {"defect"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "Ghi rõ lý do.") {
		t.Errorf("a defect without a word: %d", status)
	}
	d.sent(base+"/kiem-tra", url.Values{"tep": {file}, "ket-luan": {"defect"}, "ghi-chu": {"Thiếu dấu"}})
	d.sent(base+"/tep/go", url.Values{"tep": {file}})
	if page := d.get(base); strings.Contains(page, "trích lục.pdf") {
		t.Error("the removed result is still listed")
	}
	d.as("Bàn Thị Sáu", "xa-01906", "specialist")
	if status, _, _ := d.do(newGet(link)); status != http.StatusNotFound {
		t.Errorf("another commune opens the file: %d", status)
	}
}

package dossierweb_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The lists of the desk: sorted both ways, opened with a way to the neighbours, exported; figures
// that are asked for again answer 304 until something changes.
func TestListsOfTheDesk(t *testing.T) {
	d := newDesk(t)
	var codes []string
	for range 3 {
		code, _ := d.file()
		codes = append(codes, code)
		d.Later(time.Minute)
	}
	d.as("Lý Văn Hai", deskCommune, "specialist")

	down := d.get("/can-bo?xep=-ma")
	if a, b := strings.Index(down, codes[2]), strings.Index(down, codes[0]); a < 0 || a > b {
		t.Error("not sorted by code downwards")
	}
	if !strings.Contains(down, `aria-sort="descending"`) {
		t.Error("the head does not say how the list is sorted")
	}
	if page := d.get("/can-bo?xep=gi-do&sau=nonsense"); !strings.Contains(page, codes[0]) {
		t.Error("an unknown order hides the list")
	}
	// The middle one of three leads to both of its neighbours, in the list's own order.
	href := regexp.MustCompile(`href="(/can-bo/ho-so/` + regexp.QuoteMeta(codes[1]) + `\?[^"]*)"`).FindStringSubmatch(down)
	if href == nil {
		t.Fatal("no link to the dossier")
	}
	page := d.get(strings.ReplaceAll(href[1], "&amp;", "&"))
	prev := regexp.MustCompile(`href="/can-bo/ho-so/([^?"]*)\?[^"]*" rel="prev" data-key="k"`).FindStringSubmatch(page)
	next := regexp.MustCompile(`href="/can-bo/ho-so/([^?"]*)\?[^"]*" rel="next" data-key="j"`).FindStringSubmatch(page)
	if prev == nil || next == nil || prev[1] != codes[2] || next[1] != codes[0] {
		t.Errorf("beside it: %v and %v", prev, next)
	}
	if page := d.get("/can-bo/ho-so/" + codes[1] + "?ds=" + url.QueryEscape("%zz") + "&viec=x"); strings.Contains(page, `rel="next"`) {
		t.Error("a list that cannot be read has neighbours")
	}

	ask := func(path, tag string) (int, string, string) {
		r := newGet(path)
		if tag != "" {
			r.Header.Set("If-None-Match", tag)
		}
		code, body, head := d.do(r)
		return code, body, head.Get("ETag")
	}
	code, body, tag := ask("/can-bo/so-luong?xep=-ma", "")
	if code != http.StatusOK || tag == "" || !strings.Contains(body, "han=hom-nay") || !strings.Contains(body, "xep=-ma") || strings.Contains(body, "<html") {
		t.Fatalf("%d %s\n%s", code, tag, body)
	}
	if code, body, _ = ask("/can-bo/so-luong?xep=-ma", tag); code != http.StatusNotModified || body != "" {
		t.Errorf("asked again: %d %q", code, body)
	}
	d.file()
	d.as("Lý Văn Hai", deskCommune, "specialist")
	if code, _, fresh := ask("/can-bo/so-luong?xep=-ma", tag); code != http.StatusOK || fresh == tag {
		t.Errorf("after another filing: %d", code)
	}
	if code, body, _ := ask("/thong-ke/so-lieu", ""); code != http.StatusOK || !strings.Contains(text(body), "Đã tiếp nhận") {
		t.Errorf("public figures: %d %s", code, text(body))
	}
	d.as("Chủ tịch", deskCommune, "leader")
	if code, body, _ := ask("/can-bo/thong-ke/so-lieu", ""); code != http.StatusOK || !strings.Contains(text(body), "4") {
		t.Errorf("figures: %d", code)
	}

	register := text(d.get("/can-bo/so-theo-doi"))
	paper := text(d.get("/can-bo/so-theo-doi/in"))
	for _, c := range codes {
		if !strings.Contains(register, c) || !strings.Contains(paper, c) {
			t.Errorf("%s is not in the register", c)
		}
	}
	for _, want := range []string{"Sổ theo dõi hồ sơ", "Quyển số: ..........", "Phương thức nhận kết quả", "Ký nhận"} {
		if !strings.Contains(paper, want) {
			t.Errorf("the register lacks %q", want)
		}
	}
	for _, path := range []string{"/can-bo/so-theo-doi/tep/so.csv", "/can-bo/da-chuyen/ds.csv", "/can-bo/ban-giao-tep/bg.xlsx", "/can-bo/danh-sach/ds.csv?trang=moi"} {
		if code, body, _ := d.do(newGet(path)); code != http.StatusOK || body == "" {
			t.Errorf("%s: %d", path, code)
		}
	}
	if status, body, _ := d.do(newGet("/can-bo/so-theo-doi?tu=2026-11-30&den=2026-11-01")); status != http.StatusUnprocessableEntity || !strings.Contains(text(body), "Ngày đầu") {
		t.Errorf("a period backwards: %d", status)
	}
}

// The notice of stopping exists for what is stopped under decree 118/2025/NĐ-CP, and leaves blank
// what nobody knows of its form.
func TestStopNotice(t *testing.T) {
	for _, regime := range []string{"nd61-2018", "nd118-2025"} {
		d := newDesk(t)
		d.Dossiers.RuleSets[0].Key = regime
		code, _ := d.file()
		d.as("Chủ tịch", deskCommune, "leader")
		path := "/can-bo/ho-so/" + code + "/in/dung"
		if status, _, _ := d.do(newGet(path)); status != http.StatusNotFound {
			t.Errorf("%s: a notice of a dossier that runs: %d", regime, status)
		}
		d.sent("/can-bo/ho-so/"+code+"/tam-dung", url.Values{"note": {"chờ xác minh"}})
		status, body, _ := d.do(newGet(path))
		if regime == "nd61-2018" {
			if status != http.StatusNotFound {
				t.Errorf("a notice the forms of 2018 do not have: %d", status)
			}
			continue
		}
		paper := text(body)
		for _, want := range []string{"Thông báo dừng giải quyết hồ sơ", code, "chờ xác minh", "Số: ........../..........", "chưa đối chiếu với văn bản gốc"} {
			if !strings.Contains(paper, want) {
				t.Errorf("%d: the notice lacks %q:\n%s", status, want, paper)
			}
		}
	}
}

package dossierweb_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
)

func TestCitizenPages(t *testing.T) {
	s := newSite(t)
	t.Run("questions keep what was typed", func(t *testing.T) { questionsKeepWhatWasTyped(t, s) })
	t.Run("resumable upload", func(t *testing.T) { resumableUpload(t, s) })
	t.Run("a wrong upload keeps the rest", func(t *testing.T) { wrongUploadKeepsTheRest(t, s) })
	t.Run("strangers get nothing", func(t *testing.T) { strangersGetNothing(t, s) })
}

func questionsKeepWhatWasTyped(t *testing.T, s *site) {
	home := s.post(t, "hoa", "/thu-tuc/"+birthCode+"/nop", url.Values{"agency": {homeCommune}}).next()
	s.post(t, "hoa", "/thu-tuc/"+birthCode+"/nop", url.Values{"agency": {"nowhere"}}).is(http.StatusUnprocessableEntity).has("Chọn cơ quan")
	first := s.get(t, "hoa", home).next()
	page := s.get(t, "hoa", first).is(http.StatusOK).has("0912345678", "Lấy từ tài khoản", `data-autosave="`+first+`/luu"`)
	in := url.Values{"version": {page.hidden("version")}, "/applicant/name": {"Triệu Thị <b>Mỷ</b>"}, "/applicant/birth_date.d": {"31"},
		"/applicant/birth_date.m": {"2"}, "/applicant/birth_date.y": {"1990"}}
	bad := s.post(t, "hoa", first, in).is(http.StatusUnprocessableEntity).has("Lỗi: ", "errsum", "Triệu Thị &lt;b&gt;Mỷ&lt;/b&gt;", `value="31"`)
	s.get(t, "hoa", first).is(http.StatusOK).has("Triệu Thị &lt;b&gt;Mỷ&lt;/b&gt;", `value="31"`)

	// The window that is behind is told, and keeps what was typed in it.
	in.Set("version", "1")
	in.Set("/applicant/name", "Another name")
	s.post(t, "hoa", first, in).is(http.StatusConflict).has("cửa sổ khác", "Another name")
	s.get(t, "hoa", first).has("Triệu Thị")

	auto := s.post(t, "hoa", first+"/luu", url.Values{"version": {bad.hidden("version")}, "/applicant/name": {"Saved by itself"}}).is(http.StatusNoContent)
	if v := auto.head.Get("X-Draft-Version"); v == "" || v == bad.hidden("version") {
		t.Errorf("saving in the background gave version %q after %q", v, bad.hidden("version"))
	}
	s.get(t, "hoa", first).has("Saved by itself")
	s.get(t, "hoa", "/thu-tuc/"+birthCode+"/nop").is(http.StatusOK).has("Tiếp tục bản nháp", "Tạo mới", "Chưa nộp")
	s.get(t, "hoa", "/toi").has("Chưa nộp")
	s.get(t, "hoa", home+"/kiem-tra").is(http.StatusOK).has("errsum", "?loi=1#f-applicant")
	s.post(t, "hoa", home+"/kiem-tra", nil).is(http.StatusUnprocessableEntity).has("?loi=1#f-applicant")
	s.get(t, "hoa", first+"?loi=1").is(http.StatusOK).has("errsum")
	s.get(t, "hoa", home+"/no-such-page").is(http.StatusNotFound)
	s.get(t, "khac", home+"/huy").is(http.StatusNotFound)
	s.post(t, "khac", home+"/huy", nil).is(http.StatusNotFound)
	s.get(t, "hoa", home+"/huy").is(http.StatusOK).has("Xoá bản nháp")
	if next := s.post(t, "hoa", home+"/huy", nil).next(); next != "/toi" {
		t.Errorf("dropping a draft leads to %s", next)
	}
	s.get(t, "hoa", home).is(http.StatusNotFound)
}

func resumableUpload(t *testing.T, s *site) {
	home := s.post(t, "hoa", "/thu-tuc/"+birthCode+"/nop", url.Values{"agency": {homeCommune}}).next()
	draft := strings.TrimPrefix(home, "/nop/")
	target := "/tai-len?" + url.Values{"hs": {draft}, "loai": {"paper"}, "giay": {"giay-chung-sinh"}}.Encode()
	size := strconv.Itoa(len(pdf))
	head := map[string]string{"Upload-Length": size, "Upload-Name": url.PathEscape("giấy chứng sinh.pdf")}
	s.do(t, "khac", "POST", target, nil, head).is(http.StatusNotFound)
	made := s.do(t, "hoa", "POST", target, nil, head).is(http.StatusCreated)
	at := made.head.Get("Location")
	offset := func(want string) {
		t.Helper()
		if got := s.do(t, "hoa", "HEAD", at, nil, nil).is(http.StatusOK).head.Get("Upload-Offset"); got != want {
			t.Fatalf("%s bytes are stored, want %s", got, want)
		}
	}
	offset("0")
	patch := func(who, from, body string) answer {
		t.Helper()
		return s.do(t, who, "PATCH", at, strings.NewReader(body), map[string]string{"Upload-Offset": from, "Content-Type": "application/offset+octet-stream"})
	}
	patch("hoa", "0", pdf[:10]).is(http.StatusNoContent)
	offset("10")
	if a := patch("hoa", "3", pdf[3:]).is(http.StatusConflict); a.head.Get("Upload-Offset") != "10" {
		t.Errorf("a wrong offset is answered with %q", a.head.Get("Upload-Offset"))
	}
	patch("khac", "10", pdf[10:]).is(http.StatusNotFound)
	if a := patch("hoa", "10", pdf[10:]).is(http.StatusNoContent); a.head.Get("Upload-Offset") != size {
		t.Errorf("the last piece is answered with %q", a.head.Get("Upload-Offset"))
	}
	file := at[strings.LastIndexByte(at, '/')+1:]
	got := s.get(t, "hoa", "/tep/"+file).is(http.StatusOK)
	if got.body != pdf || got.head.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(got.head.Get("Content-Disposition"), "inline") {
		t.Errorf("the file comes back as %q with %v", got.body, got.head)
	}
	s.get(t, "khac", "/tep/"+file).is(http.StatusNotFound)

	// A file that lies about its type is refused in words.
	head["Upload-Length"], head["Upload-Name"] = "9", "anh.jpg"
	at = s.do(t, "hoa", "POST", target, nil, head).is(http.StatusCreated).head.Get("Location")
	lie := patch("hoa", "0", "MZ\x90\x00\x03\x00\x00\x00x")
	if lie.code < 400 || !strings.Contains(lie.body, "anh.jpg") {
		t.Errorf("a program named as a picture is answered with %d %s", lie.code, lie.body)
	}
	head["Upload-Length"] = strconv.Itoa(dossier.MaxFile + 1)
	s.do(t, "hoa", "POST", target, nil, head).is(http.StatusRequestEntityTooLarge).has("quá lớn")
	s.do(t, "khac", "DELETE", "/tai-len/"+file, nil, nil).is(http.StatusNotFound)
	s.do(t, "hoa", "DELETE", "/tai-len/"+file, nil, nil).is(http.StatusNoContent)
	s.do(t, "hoa", "DELETE", "/tai-len/"+file, nil, nil).is(http.StatusNotFound)
	s.get(t, "hoa", "/tep/"+file).is(http.StatusNotFound)
}

func wrongUploadKeepsTheRest(t *testing.T, s *site) {
	home := s.post(t, "hoa", "/thu-tuc/"+birthCode+"/nop", url.Values{"agency": {homeCommune}}).next()
	v, err := s.Proc.Published(t.Context(), birthCode)
	must(t, err)
	var codes []string
	for _, c := range v.Record.ComponentsOf("") {
		if !c.EForm && !c.Presented {
			codes = append(codes, c.Code)
		}
	}
	if len(codes) < 2 {
		t.Fatalf("the procedure takes %d papers", len(codes))
	}
	page := s.upload(t, "hoa", home+"/giay-to", url.Values{}, "paper."+codes[0]+".file", pdf, "paper."+codes[1]+".file", "MZ\x90\x00 no paper").
		is(http.StatusUnprocessableEntity).has("giấy tờ 0.pdf", "không phải ảnh")
	file := page.hidden("paper." + codes[0])
	if next := s.upload(t, "hoa", home+"/giay-to", url.Values{"_remove_file": {file}}).next(); next != home+"/giay-to" {
		t.Errorf("taking a file off leads to %s", next)
	}
	s.get(t, "hoa", home+"/giay-to").is(http.StatusOK).lacks("giấy tờ 0.pdf")

	// What scripts uploaded since the page was shown and the form does not name was taken off again;
	// what was there before stays, whatever the form names.
	s.upload(t, "hoa", home+"/giay-to", url.Values{}, "paper."+codes[0]+".file", pdf)
	s.Later(time.Minute)
	shown := s.get(t, "hoa", home+"/giay-to").is(http.StatusOK).hidden("shown")
	s.Later(time.Minute)
	draft, err := id.Parse(strings.TrimPrefix(home, "/nop/"))
	must(t, err)
	ctx := s.Citizen("Nông Thị Hoa", 0)
	late, err := s.Dossiers.Attach(ctx, draft, "paper", codes[0], "late.pdf", int64(len(pdf)), strings.NewReader(pdf))
	must(t, err)
	s.upload(t, "hoa", home+"/giay-to", url.Values{"shown": {shown}, "paper." + codes[0]: {late.ID.String()}})
	s.get(t, "hoa", home+"/giay-to").has("late.pdf", "giấy tờ 0.pdf")
	s.upload(t, "hoa", home+"/giay-to", url.Values{"shown": {shown}})
	s.get(t, "hoa", home+"/giay-to").has("giấy tờ 0.pdf").lacks("late.pdf")
}

func strangersGetNothing(t *testing.T, s *site) {
	for _, p := range []string{"/toi/ho-so/nothing", "/nop/not-an-id", "/nop/" + s.IDs.New().String(), "/tep/" + s.IDs.New().String()} {
		s.get(t, "hoa", p).is(http.StatusNotFound)
	}
	s.get(t, "hoa", "/thu-tuc/9.999999/nop").is(http.StatusNotFound)
	if _, err := s.Dossiers.ByCode(t.Context(), "nothing"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("an unknown code gives %v", err)
	}
}

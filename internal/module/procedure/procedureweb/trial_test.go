package procedureweb_test

import (
	"html"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"lienthong/internal/kit/actor"
	"lienthong/internal/module/procedure/proceduretest"
)

const trialOf = "/quan-tri/thu-vien/quy-trinh/co-nghia-vu-tai-chinh/chay-thu"

// hiddenOf returns the hidden values of the form that holds the text.
func hiddenOf(t *testing.T, body, text string) url.Values {
	t.Helper()
	for _, form := range regexp.MustCompile(`(?s)<form.*?</form>`).FindAllString(body, -1) {
		if !strings.Contains(form, text) {
			continue
		}
		out := url.Values{}
		for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(form, -1) {
			out.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
		}
		return out
	}
	t.Fatalf("no form with %q", text)
	return nil
}

// TestWalkPage leads a dossier two steps on, back one, and says what is wrong with a choice.
func TestWalkPage(t *testing.T) {
	s := newSite(t)
	for _, x := range []struct {
		who  string
		code int
	}{{"", 303}, {"commune", 200}, {"admin", 200}} {
		if code, _ := s.get(x.who, trialOf); code != x.code {
			t.Errorf("%q gets %d, want %d", x.who, code, x.code)
		}
	}
	if code, _ := s.get("admin", "/quan-tri/thu-vien/quy-trinh/khong-co/chay-thu"); code != 404 {
		t.Errorf("an unknown process is %d", code)
	}
	if code, _ := s.get("admin", trialOf+"?ban=nhap"); code != 404 {
		t.Errorf("a draft that is not there is %d", code)
	}
	begin := url.Values{"bat-dau": {"1"}, "cq": {"xa-02020"}, "han": {"5"}, "dv": {"working_day"}, "kenh": {"2"},
		"nop.d": {"25"}, "nop.m": {"11"}, "nop.y": {"2026"}, "gio": {"9:00"}}
	code, _, h := s.do("admin", "GET", trialOf+"?"+begin.Encode(), nil, "")
	at := h.Get("Location")
	if code != 303 || !strings.Contains(at, "di=1.2.") || !strings.Contains(at, "cq=xa-02020") || !strings.Contains(at, "han=5") {
		t.Fatalf("began with %d at %q", code, at)
	}
	code, body := s.get("admin", at)
	if code != 200 {
		t.Fatal(code, body)
	}
	wantAll(t, body, "Mới đăng ký", "Tiếp nhận hồ sơ", "Yêu cầu bổ sung", "5 ngày làm việc", `value="11:00"`, "Bằng Lũng")

	next := hiddenOf(t, body, "c:accept")
	choice := func(act, day, hour string) url.Values {
		in := url.Values{}
		for k, list := range next {
			in[k] = list
		}
		in.Set("viec", act)
		in.Set("luc.d", day)
		in.Set("luc.m", "11")
		in.Set("luc.y", "2026")
		in.Set("gio", hour)
		return in
	}
	code, _, h = s.do("admin", "GET", trialOf+"?"+choice("c:accept", "25", "10:00").Encode(), nil, "")
	if code != 303 {
		t.Fatalf("the choice is %d", code)
	}
	_, body = s.get("admin", h.Get("Location"))
	wantAll(t, body, "Được tiếp nhận", "Phân công thụ lý", "02/12/2026 17:00", "Lùi một bước", "đúng hạn bước", `class="task c"`, `class="task d"`,
		"thời hạn 5 ngày làm việc")
	for what, x := range map[string]struct {
		in   url.Values
		want string
	}{
		"before the last":  {choice("c:accept", "25", "08:00"), "trước việc đã làm cuối cùng"},
		"no time":          {choice("c:accept", "25", "ngọ"), "Hãy ghi giờ"},
		"no day":           {choice("c:accept", "31", "10:00"), "không có thật"},
		"no such outcome":  {choice("c:maybe", "25", "10:00"), "Không thể chọn việc này"},
		"nothing chosen":   {choice("", "25", "10:00"), "Không thể chọn việc này"},
		"a token of words": {func() url.Values { v := choice("c:accept", "25", "10:00"); v.Set("buoc", "x"); return v }(), "Không thể chọn việc này"},
		"a broken walk":    {url.Values{"di": {"1.2.x"}}, "Không đọc được chuỗi bước"},
		"no such agency":   {url.Values{"cq": {"khong-co"}}, "khong-co"},
		"no such limit":    {url.Values{"han": {"x"}}, "Thời hạn không hợp lệ"},
		"a year long gone": {url.Values{"bat-dau": {"1"}, "nop.d": {"1"}, "nop.m": {"1"}, "nop.y": {"1990"}, "gio": {"8:00"}}, "các năm 2014"},
	} {
		code, body := s.get("admin", trialOf+"?"+x.in.Encode())
		if code != 422 || !strings.Contains(body, x.want) || !strings.Contains(body, "Lỗi:") {
			t.Errorf("%s: %d, no %q", what, code, x.want)
		}
	}
	// The walk as a whole: withdrawn.
	whole := hiddenOf(t, body, "w:")
	whole.Set("viec", "w:")
	whole.Set("luc.d", "26")
	whole.Set("luc.m", "11")
	whole.Set("luc.y", "2026")
	whole.Set("gio", "10:00")
	code, _, h = s.do("admin", "GET", trialOf+"?"+whole.Encode(), nil, "")
	if code != 303 {
		t.Fatalf("withdrawing is %d", code)
	}
	_, body = s.get("admin", h.Get("Location"))
	wantAll(t, body, "Rút hồ sơ", "Hồ sơ đã đi hết quy trình")
	if code, body = s.get("admin", "/en"+trialOf); code != 200 || !strings.Contains(body, "Receive the dossier") {
		t.Error(code, "no English page")
	}
	code, body = s.get("admin", "/quan-tri/thu-tuc/"+birth+"/phien-ban/1/chay-thu")
	if code != 200 {
		t.Fatal(code, body)
	}
	wantAll(t, body, birth, "trong ngày làm việc")
}

// byFee is a process of the pack whose receipt goes on by a variable.
func byFee(t *testing.T) string {
	t.Helper()
	src, err := os.ReadFile("../../../../packs/bac-kan/processes/mot-cua-co-tham-dinh.bpmn")
	if err != nil {
		t.Fatal(err)
	}
	out := string(src)
	for _, x := range [][2]string{{`outcome == "accept"`, `outcome == "accept" and vars.gap &gt; 0`},
		{`<bpmn:exclusiveGateway id="receive_decided"`, `<bpmn:exclusiveGateway id="receive_decided" default="f_receive_decided_not_accepted"`},
		{`<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">outcome == "refuse"</bpmn:conditionExpression>`, ""}} {
		if !strings.Contains(out, x[0]) {
			t.Fatalf("the process has no %s", x[0])
		}
		out = strings.Replace(out, x[0], x[1], 1)
	}
	return out
}

// TestManyPage shows where work piles up, takes other assumptions and says which are out of range.
func TestManyPage(t *testing.T) {
	s := newSite(t)
	many := trialOf + "/nhieu"
	code, body := s.get("admin", many)
	if code != 200 {
		t.Fatal(code, body)
	}
	wantAll(t, body, "1.000", "Theo bước", "Theo làn", "Giả định", "Đang có 2 người", `name="phut.examine"`, `name="ty.examine.pass"`, `name="thang.12"`,
		`aria-current="page">Một nghìn hồ sơ`)
	busy := url.Values{"n": {"2000"}, "nguoi.specialist": {"1"}, "phut.examine": {"240"}, "ty.receive.accept": {"1"}, "ty.receive.supplement": {"0"},
		"ty.receive.refuse": {"0"}, "tan": {"25,5"}}
	code, body = s.get("admin", many+"?"+busy.Encode())
	if code != 200 {
		t.Fatal(code, body)
	}
	wantAll(t, body, "Hồ sơ dồn ở bước “Thẩm định hồ sơ”", `class="task h"`, `<svg class="ch"`, "Về giả định ban đầu", `value="25,5"`)
	if err := s.s.PutProcess(actor.With(t.Context(), proceduretest.Admin()), proceduretest.Admin(), "theo-le-phi", []byte(byFee(t))); err != nil {
		t.Fatal(err)
	}
	fee := "/quan-tri/thu-vien/quy-trinh/theo-le-phi/chay-thu/nhieu"
	if _, body := s.get("admin", fee); !strings.Contains(body, "hồ sơ không đi tiếp được") || !strings.Contains(body, `name="dl"`) {
		t.Error("nobody hears of the data that is missing")
	}
	if _, body := s.get("admin", fee+"?"+url.Values{"dl": {"gap = 1"}}.Encode()); strings.Contains(body, "hồ sơ không đi tiếp được") {
		t.Error("the data is not given to the dossiers")
	}
	for name, x := range map[string]struct{ key, value, want string }{
		"data":          {"dl", "a b", "tên = giá trị"},
		"nobody works":  {"nguoi.specialist", "0", "Số người của mỗi làn"},
		"too many":      {"n", "100000", "Số hồ sơ phải từ 1"},
		"no number":     {"phut.examine", "lâu", "Hãy ghi một số"},
		"below nothing": {"ngay-dan", "-1", "Số ngày phải từ 0"},
	} {
		code, body := s.get("admin", many+"?"+url.Values{x.key: {x.value}}.Encode())
		if code != 422 || !strings.Contains(body, x.want) {
			t.Errorf("%s: %d, no %q", name, code, x.want)
		}
	}
	if code, body = s.get("admin", "/en/quan-tri/thu-tuc/"+birth+"/phien-ban/1/chay-thu/nhieu"); code != 200 || !strings.Contains(body, "By lane") {
		t.Error(code, "no English page")
	}
}

package notify

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
)

func TestRender(t *testing.T) {
	t.Parallel()
	v := map[string]string{"a": "A", "b": "B {a}", "none": ""}
	for in, want := range map[string]string{
		"x":                      "x",
		"{a} và { b }":           "A và B {a}",
		"[x {a}.] y":             "x A. y",
		"[x {none}.]y":           "y",
		"[x {a} {none}]y":        "y",
		"[without values]":       "without values",
		"{{a}} [[b]]":            "{a} [b]",
		"{none}":                 "",
		"one\n\n[{none}\n\n]two": "one\n\ntwo",
		"one\n\n\n\n  two  \n":   "one\n\n  two",
		"[[{a}]]":                "[A]",
		"{unknown}[{unknown} x]": "",
	} {
		spans, bad := parseTemplate(in)
		if bad != nil {
			t.Errorf("%q: %s", in, bad.Key)
			continue
		}
		if got := tidy(render(spans, v)); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	email := func(key string) place { return place{key, "vi", Email} }
	for _, c := range []struct {
		name string
		at   place
		w    wording
		want []string // path and key
	}{
		{"good", email("received"), wording{Subject: "Hồ sơ {code}", Body: "[Hẹn {due}]"}, nil},
		{"an unknown value", email("received"), wording{Subject: "x", Body: "{cccd}"}, []string{"body notify.template.unknown_value"}},
		{"a value of another kind", email("opened"), wording{Subject: "x {due}", Body: "{due}"},
			[]string{"body notify.template.unknown_value", "subject notify.template.unknown_value"}},
		{"hidden in an optional stretch", email("opened"), wording{Subject: "x", Body: "[{secret}]"}, []string{"body notify.template.unknown_value"}},
		{"no name", email("opened"), wording{Subject: "x", Body: "{}"}, []string{"body notify.template.unknown_value"}},
		{"empty", email("opened"), wording{Subject: " ", Body: ""}, []string{"body notify.template.empty", "subject notify.template.empty"}},
		{"open brace", email("opened"), wording{Subject: "x", Body: "{code"}, []string{"body notify.template.open_brace"}},
		{"closing brace", email("opened"), wording{Subject: "x", Body: "code}"}, []string{"body notify.template.brace"}},
		{"open bracket", email("opened"), wording{Subject: "x", Body: "[x"}, []string{"body notify.template.bracket"}},
		{"nested", email("opened"), wording{Subject: "x", Body: "[x [y] ]"}, []string{"body notify.template.nested"}},
		{"too long", email("opened"), wording{Subject: strings.Repeat("ê", 151), Body: strings.Repeat("ê", 4001)},
			[]string{"body notify.template.too_long", "subject notify.template.too_long"}},
		{"a code message without the code", email(KeyCode), wording{Subject: "x", Body: "Xin chào"}, []string{"body notify.template.needs_value"}},
		{"with the code only now and then", email(KeyCode), wording{Subject: "x", Body: "[{code} {hotline}]"}, []string{"body notify.template.needs_value"}},
		{"with the code in the subject", email(KeyCode), wording{Subject: "{code}", Body: "{code}"}, []string{"subject notify.template.code_in_subject"}},
		{"a frame without the letter", email(KeyFrame), wording{Body: "{portal}"}, []string{"body notify.template.needs_value"}},
		{"two lines of subject", email("opened"), wording{Subject: "x\r\nBcc: a@b.vn", Body: "y"}, []string{"subject notify.template.one_line"}},
		{"an SMS of the account's code", place{KeyCode, "vi", Account}, wording{Body: "{code}"}, []string{"body notify.template.unknown_kind"}},
		{"another language", place{"opened", "fr", Email}, wording{Subject: "x", Body: "y"}, []string{"body notify.template.unknown_kind"}},
	} {
		var got []string
		for _, f := range check(c.at, c.w) {
			got = append(got, f.Path+" "+f.Key)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// Every text that comes with the program is complete with long values, reads well without the
// optional ones, and as an SMS takes at most two parts.
func TestDefaults(t *testing.T) {
	t.Parallel()
	own, err := loadDefaults()
	if err != nil {
		t.Fatal(err)
	}
	s := &Service{Portal: i18n.Text{VI: "Dịch vụ công Bắc Kạn", EN: "Bắc Kạn public services"}, Hotline: "0209 3810 000"}
	for p, w := range own {
		full := map[string]string{"name": "Nguyễn Thị Ngọc Ánh", "code": "000.00.25.H03-261118-0107", "link": "https://dichvucong.example.gov.vn/toi/ho-so/000.00.25.H03-261118-0107",
			"procedure": "Thủ tục đăng ký khai sinh kết hợp đăng ký nhận cha, mẹ, con", "agency": "Ủy ban nhân dân phường Phùng Chí Kiên",
			"due": "25/11/2026 17:00", "amount": "100.000 ₫", "reason": "Thiếu giấy chứng sinh.", "body": "Nội dung", "minutes": "5"}
		s.common(p.Lang, full)
		bare := map[string]string{"code": full["code"], "agency": full["agency"], "procedure": full["procedure"], "portal": full["portal"], "body": "Nội dung", "minutes": "5"}
		for _, v := range []map[string]string{full, bare} {
			f, err := finish(p, w, own[place{KeyFrame, p.Lang, Email}], v)
			if err != nil {
				t.Errorf("%v: %v", p, err)
				continue
			}
			if strings.ContainsAny(f.Subject+f.Body, "{}[]") || strings.Contains(f.Body, "\n\n\n") || strings.Contains(f.Body, "  ") || strings.Contains(f.Body, ": .") {
				t.Errorf("%v: leftovers in %q", p, f.Body)
			}
			if p.hasSubject() && f.Subject == "" {
				t.Errorf("%v: no subject", p)
			}
			if p.Channel == SMS {
				if m := MeasureSMS(f.Body); m.Unicode || m.Parts > 2 || f.Subject != "" {
					t.Errorf("%v: %+v %q", p, m, f.Body)
				}
			}
			if p.Channel == Email && p.Key != KeyFrame && !strings.Contains(f.Body, full["portal"]) {
				t.Errorf("%v: not framed: %q", p, f.Body)
			}
		}
	}
	if f, _ := finish(place{KeyCode, "vi", SMS}, own[place{KeyCode, "vi", SMS}], wording{}, s.example(KeyCode, "vi")); MeasureSMS(f.Body).Parts != 1 {
		t.Errorf("the SMS with the code takes more than one part: %q", f.Body)
	}
}

func TestFinishKeepsValuesApart(t *testing.T) {
	t.Parallel()
	w := wording{Subject: "Hồ sơ của {name}", Body: "Chào {name}: {reason}"}
	f, err := finish(place{"not_taken", "vi", Email}, w, wording{Body: "{body}"},
		map[string]string{"name": "A\r\nBcc: x@y.vn {code}", "reason": "một\nhai\u202e"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(finished{"Hồ sơ của A Bcc: x@y.vn {code}", "Chào A Bcc: x@y.vn {code}: một\nhai"}, f); diff != "" {
		t.Error(diff)
	}
	long, err := finish(place{"not_taken", "vi", SMS}, wording{Body: "{reason}"}, wording{}, map[string]string{"reason": strings.Repeat("rất dài ", 100)})
	if err != nil || len(long.Body) > smsValue+3 {
		t.Errorf("%d characters, %v", len(long.Body), err)
	}
}

func TestContacts(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"0912000107": "0912000107", "+84 912 000 107": "0912000107", "0084912000107": "0912000107", "84912000107": "0912000107",
		"0912.000.107": "0912000107", "02093810000": "", "1900": "", "": "", "abc": "", "+4915123456789": "+4915123456789",
		"+84": "", "0112000107": "",
	} {
		if got := phoneOf(in); got != want {
			t.Errorf("phone %q gives %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"hoa@example.vn": "hoa@example.vn", " hoa@example.vn ": "hoa@example.vn", "hoa@localhost": "", "hoa": "",
		"hoa@example.vn\r\nBcc: x@y.vn": "", "<hoa@example.vn>": "", "Hoa <hoa@example.vn>": "", "a b@example.vn": "",
		"\"a\"@example.vn": "", "a@b.vn,c@d.vn": "", "hòa@example.vn": "", strings.Repeat("a", 250) + "@b.vn": "",
	} {
		if got := mailOf(in); got != want {
			t.Errorf("mail %q gives %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"0912000107": "091 *** 107", "hoa@example.vn": "h***@example.vn", "": "", "12": "***", "@x": "***"} {
		if got := Mask(in); got != want {
			t.Errorf("mask %q gives %q, want %q", in, got, want)
		}
	}
	if got := international("0912000107"); got != "+84912000107" {
		t.Error(got)
	}
}

func TestReasonHidesTheTarget(t *testing.T) {
	t.Parallel()
	got := reason(taken{Message: Message{ID: id.ID{1}, Channel: SMS, Target: "0912000107"}, secret: "482913"},
		&SendError{Err: fault.New(fault.Unknown, "no route to 0912000107 or +84912000107 or 84912000107, text 482913 "+strings.Repeat("x", 500))})
	if strings.Contains(got, "912000107") || strings.Contains(got, "482913") || len(got) > maxError+3 {
		t.Error(got)
	}
	if pause(KeyCode, 1) > 5*time.Second || pause("opened", 100) != time.Hour || pause("opened", 0) <= 0 {
		t.Error("pauses")
	}
}

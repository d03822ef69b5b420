package form

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
)

func TestPrefill(t *testing.T) {
	f := testForm(t)
	data := obj("applicant", obj("name", "Typed"), rawKey, obj("/applicant/phone", "x y z"))
	src := obj("account", obj("name", "Register", "phone", "0912345678"), "account.birth_date", civil.Must("1990-04-12"))
	got := f.Prefill(data, src)
	want := obj("applicant", obj("name", "Typed", "born", "1990-04-12"), rawKey, obj("/applicant/phone", "x y z"))
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if String(data, "/applicant/born") != "" {
		t.Error("Prefill changed its argument")
	}
	got = f.Prefill(nil, obj("account.name", 7, "account.phone", "+84912345678", "account.birth_date", "no date"))
	if d := cmp.Diff(obj("applicant", obj("phone", "0912345678")), got); d != "" {
		t.Error(d)
	}
}

func TestPrefillFromAnotherField(t *testing.T) {
	f := testForm(t)
	data := good()
	data["married"], data["spouse"] = true, obj("name", "C", "job", "other")
	if got := String(f.Prefill(data, nil), "/spouse/job_other"); got != "" {
		t.Errorf("filled with %q though the condition does not hold", got)
	}
	data["applicant"].(map[string]any)["email"] = "a@example.com"
	if got := String(f.Prefill(data, nil), "/spouse/job_other"); got != "Hoàng Văn A" {
		t.Errorf("filled with %q", got)
	}
}

func TestAgeByAnotherAnswer(t *testing.T) {
	f := testForm(t)
	data := good()
	data["applicant"].(map[string]any)["born"] = "2005-11-24" // 20 years old
	if got := f.Validate(data, today); got != nil {
		t.Errorf("unmarried: %v", keysOf(got))
	}
	data["married"], data["spouse"], data["home"] = true, obj("name", "C"), obj("code", "1", "name", "x")
	got := f.Validate(data, today)
	if len(got) != 1 || got[0].Key != "form.min_age" || got[0].Args["min"] != 21 {
		t.Errorf("married: %v", got)
	}
}

func TestSummary(t *testing.T) {
	f := testForm(t)
	data := good()
	data["married"] = true
	data["spouse"] = obj("name", "C", "job", "farm")
	data["income"], data["size"], data["since"] = 1500000.0, 12.5, 1990.0
	data["wants"] = []any{"a", "c"}
	data["people"] = []any{obj("name", "B", "pupil", true, "school", "Trường Mẫu"), obj("born", "2015-01-02")}
	data["home"] = obj("code", "02020", "name", "Bằng Lũng")
	data["applicant"].(map[string]any)["joined"] = "1991-02"
	var got []string
	for _, s := range f.Summary(data, "vi") {
		got = append(got, "# "+s.Title)
		for _, l := range s.Items {
			line := l.PageID + " " + l.Path + " " + l.Value
			if l.Missing {
				line += "!"
			}
			got = append(got, line)
		}
	}
	want := []string{
		"# Người khai", "one /applicant/name Hoàng Văn A", "one /applicant/phone 0912345678", "one /applicant/born 12/04/1990", "one /applicant/joined 02/1991",
		"# Gia đình", "two /married Có", "two /spouse/name C", "two /spouse/job Làm ruộng", "two /home Bằng Lũng",
		"# Số liệu", "three /income 1.500.000 đồng", "three /size 12,5 m²", "three /since 1990", "three /wants Một; Ba",
		"# Thành viên", "four /sure Có",
		"# Thành viên 1", "four /people/0/name B", "four /people/0/pupil Có", "four /people/0/school Trường Mẫu",
		"# Thành viên 2", "four /people/1/name !", "four /people/1/born 02/01/2015",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	en := f.Summary(data, "en")
	if en[0].Title != "Applicant" || en[1].Items[0].Value != "Yes" || en[2].Items[0].Value != "1,500,000 VND" || en[1].Items[2].Value != "Farming" {
		t.Errorf("%+v", en)
	}
}

func TestCanonical(t *testing.T) {
	f := testForm(t)
	data := good()
	data["junk"] = "x"
	data["applicant"].(map[string]any)["name"] = " Hoa\u0300ng <A> "
	data["applicant"].(map[string]any)["email"] = ""
	data["wants"] = []string{"b"}
	data["income"] = 1500000
	b, err := f.Canonical(data)
	want := `{"applicant":{"born":"1990-04-12","name":"Hoàng <A>","phone":"0912345678"},"income":1500000,"married":false,"people":[{"name":"B"}],"sure":true,"wants":["b"]}`
	if err != nil || string(b) != want {
		t.Errorf("%s (%v)\nwant %s", b, err, want)
	}
	again, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if b2, err := f.Canonical(again); err != nil || string(b2) != want {
		t.Errorf("a second time: %s (%v)", b2, err)
	}
	for _, n := range []float64{math.NaN(), math.Inf(1), 1e300} {
		data["income"] = n
		if _, err := f.Canonical(data); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%v is stored (%v)", n, err)
		}
		if d := cmp.Diff([]string{"/income number"}, keysOf(f.Validate(data, today))); d != "" {
			t.Error(d)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, s := range map[string]string{
		"empty":           ``,
		"list":            `[]`,
		"duplicate key":   `{"a":1,"a":2}`,
		"duplicate below": `{"a":{"b":1,"b":1}}`,
		"escaped twin":    `{"a":1,"\u0061":2}`,
		"trailing":        `{} {}`,
		"deep":            strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat(`}`, 40),
		"deep list":       `{"a":` + strings.Repeat(`[`, 100000) + strings.Repeat(`]`, 100000) + `}`,
		"many":            `{"a":[` + strings.Repeat(`0,`, maxNodes) + `0]}`,
		"huge number":     `{"a":1e999999999}`,
		"tiny number":     `{"a":1e-999999999}`,
		"big number":      `{"a":1e16}`,
		"NaN":             `{"a":NaN}`,
		"bad UTF-8":       "{\"a\":\"\xff\"}",
		"too large":       `{"a":"` + strings.Repeat("x", maxDataBytes) + `"}`,
	} {
		if v, err := Parse([]byte(s)); err == nil || fault.As(err) == nil {
			t.Errorf("%s: %v, %v", name, len(v), err)
		}
	}
	v, err := Parse([]byte(`{"a":[1,2.5,null,true,{"b":"c"}]}`))
	want := obj("a", []any{1.0, 2.5, nil, true, obj("b", "c")})
	if d := cmp.Diff(want, v); d != "" || err != nil {
		t.Errorf("%s (%v)", d, err)
	}
}

package form

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lienthong/internal/kit/civil"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		s     string
		whole bool
		want  float64
		bad   bool
	}{
		{s: "0", want: 0}, {s: "007", want: 7}, {s: "1.234", want: 1234}, {s: "1.234.567", want: 1234567},
		{s: "1.234,5", want: 1234.5}, {s: "1,5", want: 1.5}, {s: "85.5", want: 85.5}, {s: "0.125", want: 0.125},
		{s: "1,234", want: 1.234}, {s: "1,234", whole: true, want: 1234}, {s: "1,234,567", want: 1234567},
		{s: "1,234.5", want: 1234.5}, {s: "1234.567", want: 1234.567}, {s: "-3", want: -3}, {s: "+3", want: 3},
		{s: "1 234 567 ₫", whole: true, want: 1234567}, {s: "500.000Đ", whole: true, want: 500000}, {s: "12 m²", want: 12},
		{s: "1\u00a0000", want: 1000}, {s: "9 người", want: 9},
		{s: "1.23.4", bad: true}, {s: "1,2,3", bad: true}, {s: "", bad: true}, {s: "-", bad: true}, {s: "1e5", bad: true},
		{s: "0x10", bad: true}, {s: "NaN", bad: true}, {s: "Inf", bad: true}, {s: "１２", bad: true}, {s: "1.0000001", bad: true},
		{s: strings.Repeat("9", 16), bad: true}, {s: "--3", bad: true}, {s: "1.234.56", bad: true},
	} {
		got, ok := parseNumber(c.s, c.whole, Text{"vi": "người"})
		if ok == c.bad || !c.bad && got != c.want {
			t.Errorf("%q: %v %v, want %v", c.s, got, ok, c.want)
		}
	}
}

func TestNumbersReadAsTheyAreWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := float64(rapid.Int64Range(-1e12, 1e12).Draw(t, "n")) / rapid.SampledFrom([]float64{1, 10, 100, 1000}).Draw(t, "scale")
		s := formatNumber(n, "vi")
		if got, ok := parseNumber(s, n == float64(int64(n)), nil); !ok || got != n {
			t.Fatalf("%v is written %s and read %v, %v", n, s, got, ok)
		}
	})
}

func TestDates(t *testing.T) {
	for _, c := range []struct {
		s       string
		partial bool
		want    string
	}{
		{"23/11/2026", false, "2026-11-23"}, {"3-2-1950", false, "1950-02-03"}, {"03.02.1950", false, "1950-02-03"}, {"3 2 1950", false, "1950-02-03"},
		{"23112026", false, "2026-11-23"}, {"2026/11/23", false, "2026-11-23"}, {"2026-11-23", true, "2026-11-23"}, {"29/2/2024", false, "2024-02-29"},
		{"1950", true, "1950"}, {"2/1950", true, "1950-02"}, {"1950-02", true, "1950-02"},
		{"1950", false, ""}, {"2/1950", false, ""}, {"29/2/2023", false, ""}, {"31/4/2020", false, ""}, {"1/13/2020", false, ""}, {"1/1/20", false, ""},
		{"1/1/0020", false, ""}, {"0/1/2020", false, ""}, {"13/1950", true, ""}, {"1/1/2020/5", false, ""}, {"11/23/2026", false, ""}, {"", false, ""}, {"٢٣/١١/٢٠٢٦", false, ""},
	} {
		if got, ok := parseDate(c.s, c.partial); ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%q: %q %v, want %q", c.s, got, ok, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := civil.Date(rapid.Int32Range(-60000, 80000).Draw(t, "day"))
		if got, ok := parseDate(d.VN(), rapid.Bool().Draw(t, "partial")); !ok || got != d.String() || dateVN(got) != d.VN() {
			t.Fatalf("%s is read %q, %v", d.VN(), got, ok)
		}
	})
}

func TestPhones(t *testing.T) {
	for in, want := range map[string]string{
		"0912345678": "0912345678", "+84912345678": "0912345678", "84 912 345 678": "0912345678", "0084-912-345-678": "0912345678",
		"+84 (0) 912 345 678": "0912345678", "0209.3870.123": "02093870123", "091234567": "091234567", "00912345678": "00912345678", "1900 1234": "1900 1234",
	} {
		if got := normalPhone(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if once := normalPhone(s); normalPhone(once) != once || once != s && !validPhone(once) {
			t.Fatalf("%q: %q", s, once)
		}
	})
}

// names are the inputs of the test form, and some that are none.
var names = []string{"/applicant/name", "/applicant/phone", "/applicant/email", "/applicant/cccd", "/applicant/born", "/applicant/born.d",
	"/applicant/born.m", "/applicant/born.y", "/applicant/joined.y", "/married", "/spouse/name", "/spouse/job", "/spouse/job_other", "/home", "/home.code",
	"/home.name", "/income", "/size", "/since", "/wants", "/people", "/people.n", "/people/0/name", "/people/1/born", "/people/2/pupil", "/people/-1/name",
	"/people/0/school", "/note", "/sure", "_add", "_remove", "_raw", "/_raw", ""}

// Whatever is posted in whatever order: nothing panics, the answers stay plain JSON, a page finds
// no more than the whole form does, and what is in order can be stored and read again.
func TestAnyPosts(t *testing.T) {
	f := testForm(t)
	value := rapid.OneOf(rapid.StringN(0, 12, 40), rapid.SampledFrom([]string{"true", "false", "1", "2", "0", "31", "2000", "1/2/2000", "0912345678", "a", "b",
		"farm", "other", "02020|Bằng Lũng", "1.500.000", "/people", "/people/0", "/people/1", "A\u0300"}))
	rapid.Check(t, func(t *rapid.T) {
		data := map[string]any{}
		for range rapid.IntRange(1, 6).Draw(t, "posts") {
			in := url.Values{}
			for _, name := range rapid.SliceOfN(rapid.SampledFrom(names), 0, 8).Draw(t, "names") {
				in.Add(name, value.Draw(t, "value"))
			}
			page := rapid.SampledFrom([]string{"one", "two", "three", "four"}).Draw(t, "page")
			next, errs := f.Decode(page, in, data)
			b, err := json.Marshal(next)
			if err != nil {
				t.Fatal(err)
			}
			if data, err = Parse(b); err != nil {
				t.Fatal(err)
			}
			whole := map[string]bool{}
			for _, e := range f.Validate(data, today) {
				whole[e.Path+e.Key] = true
			}
			for _, e := range append(errs, f.ValidatePage(page, data, today)...) {
				if !whole[e.Path+e.Key] {
					t.Fatalf("only the page finds %s %s", e.Path, e.Key)
				}
			}
		}
		checkAnswers(t, f, data)
	})
}

type failer interface{ Fatalf(string, ...any) }

// checkAnswers checks what must hold for any answers.
func checkAnswers(t failer, f *Form, data map[string]any) {
	f.Pages(data)
	f.Summary(data, "vi")
	f.Prefill(data, map[string]any{"account": map[string]any{"name": "A"}})
	bad := f.Validate(data, today)
	b, err := f.Canonical(data)
	both, wrong := f.Check(data, today)
	if !cmp.Equal(bad, wrong) || len(bad) == 0 && !bytes.Equal(b, both) {
		t.Fatalf("Validate finds %v, Check %v; to be stored are %s and %s", bad, wrong, b, both)
	}
	if err != nil {
		if len(bad) == 0 {
			t.Fatalf("in order, but not stored: %v", err)
		}
		return
	}
	again, err := Parse(b)
	if err != nil {
		t.Fatalf("stored %s: %v", b, err)
	}
	b2, err := f.Canonical(again)
	if err != nil || !bytes.Equal(b, b2) {
		t.Fatalf("stored %s, then %s (%v)", b, b2, err)
	}
	if len(bad) == 0 && len(f.Validate(again, today)) != 0 {
		t.Fatalf("in order until it was stored: %s", b)
	}
}

func FuzzDecode(f *testing.F) {
	form := testForm(f)
	for _, s := range []string{"/married=true&/spouse/name=A", "/people.n=3&/people/1/born=x&_add=/people", "/applicant/born.d=31&/applicant/born.m=2", "/income=1.000&/wants=a&/wants=z", "%ff=%ff", "_remove=/people/0"} {
		f.Add("two", s, `{"married":true,"people":[{"_raw":{"/born":"x"}},null,3]}`)
		f.Add("four", s, `{"_raw":{"/income":"x"},"applicant":[],"home":{"code":1}}`)
	}
	f.Fuzz(func(t *testing.T, page, query, stored string) {
		in, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		data, err := Parse([]byte(stored))
		if err != nil {
			data = nil
		}
		out, _ := form.Decode(page, in, data)
		checkAnswers(t, form, out)
	})
}

func FuzzCompile(f *testing.F) {
	f.Add(testSchema, testLayout)
	s, l := mini(propA, ``, fieldA)
	f.Add(string(s), string(l))
	s, l = mini(`"a":{"$ref":"#/$defs/x"}`, `,"$defs":{"x":{"type":"array","items":{"type":"object","properties":{"a":{"type":"string","enum":["x"]}}}}},"required":["a"]`,
		`{"path":"/a","label":{"vi":"A"},"repeat":{"min":1,"item":{"vi":"I"},"fields":[{"path":"/a","label":{"vi":"A"},"widget":"radio","when":{"not":{"path":"./a","present":true}}}]}}`)
	f.Add(string(s), string(l))
	f.Fuzz(func(t *testing.T, schema, layout string) {
		form, err := Compile([]byte(schema), []byte(layout))
		if (err == nil) != (form != nil) {
			t.Fatalf("form %v, error %v", form, err)
		}
		if err == nil {
			checkAnswers(t, form, nil)
			checkAnswers(t, form, good())
		}
	})
}

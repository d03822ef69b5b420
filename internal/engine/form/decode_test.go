package form

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

func TestDecodeConverts(t *testing.T) {
	f := testForm(t)
	for _, c := range []struct {
		name, page string
		in         url.Values
		path       string
		want       any
	}{
		{"text", "one", values("/applicant/name", "  Hoa\u0300ng \n Văn A "), "/applicant/name", "Hoàng Văn A"},
		{"phone", "one", values("/applicant/phone", "(+84) 912.345-678"), "/applicant/phone", "0912345678"},
		{"phone nobody understands", "one", values("/applicant/phone", "hỏi bà Lan"), "/applicant/phone", "hỏi bà Lan"},
		{"cccd", "one", values("/applicant/cccd", "006 090 000 123"), "/applicant/cccd", "006090000123"},
		{"three inputs", "one", values("/applicant/born.d", "5", "/applicant/born.m", "08", "/applicant/born.y", "1993"), "/applicant/born", "1993-08-05"},
		{"one input", "one", values("/applicant/born", "5/8/1993"), "/applicant/born", "1993-08-05"},
		{"browser's date", "one", values("/applicant/born", "1993-08-05"), "/applicant/born", "1993-08-05"},
		{"year only", "one", values("/applicant/joined.d", "", "/applicant/joined.m", "", "/applicant/joined.y", "1950"), "/applicant/joined", "1950"},
		{"month and year", "one", values("/applicant/joined", "02/1950"), "/applicant/joined", "1950-02"},
		{"yes", "two", values("/married", "true"), "/married", true},
		{"no", "two", values("/married", "false"), "/married", false},
		{"option", "two", values("/married", "true", "/spouse/job", "shop"), "/spouse/job", "shop"},
		{"area in two", "two", values("/home.code", "02020", "/home.name", "Bằng Lũng"), "/home", obj("code", "02020", "name", "Bằng Lũng")},
		{"area in one", "two", values("/home", "02020|Bằng Lũng"), "/home", obj("code", "02020", "name", "Bằng Lũng")},
		{"money", "three", values("/income", "1.500.000 đồng"), "/income", 1500000.0},
		{"number", "three", values("/size", "1.234,5 m2"), "/size", 1234.5},
		{"year", "three", values("/since", " 1990 "), "/since", 1990.0},
		{"list", "three", url.Values{"/wants": {"b", "a", "b", ""}}, "/wants", []any{"b", "a"}},
		{"textarea", "four", values("/note", "một\r\nhai "), "/note", "một\nhai"},
		{"tick", "four", values("/sure", "true"), "/sure", true},
		{"no tick", "four", values(), "/sure", false},
		{"item", "four", values("/people/0/name", "Lan"), "/people", []any{obj("name", "Lan", "pupil", false)}},
		{"counted items", "four", values("/people.n", "2"), "/people", []any{obj("pupil", false), obj("pupil", false)}},
		{"never more than allowed", "four", values("/people.n", "99999999", "/people/7/name", "x"), "/people", []any{obj("pupil", false), obj("pupil", false), obj("pupil", false)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := obj("married", false)
			if c.page == "four" {
				data["married"] = true
			}
			got, errs := f.Decode(c.page, c.in, data)
			if d := cmp.Diff(c.want, Value(got, c.path)); d != "" || errs != nil {
				t.Errorf("%s %v", d, keysOf(errs))
			}
		})
	}
}

// What cannot be read is kept, shown, reported, and gone once it is corrected.
func TestNothingTypedIsLost(t *testing.T) {
	f := testForm(t)
	for _, c := range []struct {
		page, path string
		bad, good  url.Values
		key        string
		show       func(Field) string
		want       string
	}{
		{"one", "/applicant/born", values("/applicant/born.d", "31", "/applicant/born.m", "2", "/applicant/born.y", "2020"), values("/applicant/born", "1/3/2000"),
			"date", func(q Field) string { return q.Date.D + "-" + q.Date.M + "-" + q.Date.Y }, "31-2-2020"},
		{"one", "/applicant/born", values("/applicant/born.d", "31", "/applicant/born.m", "2"), values("/applicant/born", ""),
			"date_incomplete", func(q Field) string { return q.Date.D + "-" + q.Date.M + "-" + q.Date.Y }, "31-2-"},
		{"one", "/applicant/born", values("/applicant/born", "hôm qua"), values("/applicant/born", "1/3/2000"),
			"date", func(q Field) string { return q.Text + q.Date.D }, "hôm quahôm qua"},
		{"two", "/home", values("/home.name", "Nà Mẫu"), values("/home", ""), "area", func(q Field) string { return q.Text }, "Nà Mẫu"},
		{"three", "/income", values("/income", "một triệu"), values("/income", "1000000"), "number", func(q Field) string { return q.Text }, "một triệu"},
		{"three", "/since", values("/since", "90"), values("/since", "1990"), "year", func(q Field) string { return q.Text }, "90"},
		{"two", "/married", values("/married", "maybe"), values("/married", "false"), "option", func(q Field) string { return q.Text }, "maybe"},
	} {
		t.Run(c.path, func(t *testing.T) {
			data := good()
			got, errs := f.Decode(c.page, c.bad, data)
			want := []string{c.path + " " + c.key}
			if d := cmp.Diff(want, keysOf(errs)); d != "" {
				t.Fatal(d)
			}
			if d := cmp.Diff(want, keysOf(f.ValidatePage(c.page, got, today))); d != "" {
				t.Error(d)
			}
			p, _ := f.Page(got, c.page)
			for _, q := range p.Fields {
				if q.Path == c.path && (c.show(q) != c.want || q.Value != nil) {
					t.Errorf("shows %q (value %v), want %q", c.show(q), q.Value, c.want)
				}
			}
			if _, err := f.Canonical(got); err == nil {
				t.Error("unreadable text is stored")
			}
			if d := cmp.Diff(good(), data); d != "" {
				t.Errorf("Decode changed its argument: %s", d)
			}
			got, errs = f.Decode(c.page, c.good, got)
			if errs != nil || got[rawKey] != nil {
				t.Errorf("corrected, still %v %v", keysOf(errs), got[rawKey])
			}
		})
	}
}

func TestDecodeIgnoresHiddenFields(t *testing.T) {
	f := testForm(t)
	data := obj("married", true, "spouse", obj("name", "C"))
	got, errs := f.Decode("two", values("/married", "false", "/spouse/name", "X", "/spouse/job", "nonsense"), data)
	if d := cmp.Diff(obj("married", false, "spouse", obj("name", "C")), got); d != "" || errs != nil {
		t.Errorf("%s %v", d, keysOf(errs))
	}
	got, _ = f.Decode("three", values("/income", "5000"), obj())
	if d := cmp.Diff(obj(), got); d != "" {
		t.Errorf("a hidden page was answered: %s", d)
	}
	_, errs = f.Decode("none", values("/x", "y"), data)
	if d := cmp.Diff([]string{" page_unknown"}, keysOf(errs)); d != "" {
		t.Error(d)
	}
}

func TestRevealed(t *testing.T) {
	f := testForm(t)
	before := obj("married", false)
	after, _ := f.Decode("two", values("/married", "true"), before)
	if d := cmp.Diff([]string{"/spouse/name", "/spouse/job"}, f.Revealed("two", before, after)); d != "" {
		t.Error(d)
	}
	if got := f.Revealed("two", after, before); got != nil {
		t.Errorf("hiding reveals %v", got)
	}
	before, after = obj("people", []any{obj("name", "A")}), obj("people", []any{obj("name", "A", "pupil", true)})
	if d := cmp.Diff([]string{"/people/0/school"}, f.Revealed("four", before, after)); d != "" {
		t.Error(d)
	}
}

func TestDecodeKeepsWhatWasNotPosted(t *testing.T) {
	f := testForm(t)
	got, _ := f.Decode("one", values("/applicant/name", ""), good())
	want := good()
	delete(want["applicant"].(map[string]any), "name")
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestRepeatedGroup(t *testing.T) {
	f := testForm(t)
	items := func(data map[string]any) string {
		var names []string
		p, _ := f.Page(data, "four")
		for _, it := range p.Fields[0].Repeat.Items {
			names = append(names, it.Fields[0].Text)
		}
		return strings.Join(names, "|")
	}
	step := func(data map[string]any, want string, pairs ...string) map[string]any {
		t.Helper()
		in := values(pairs...)
		got, _ := f.Decode("four", in, data)
		if s := items(got); s != want {
			t.Errorf("after %v: %q, want %q", pairs, s, want)
		}
		if (in.Get("_add")+in.Get("_remove") != "") != Editing(in) {
			t.Error("Editing is wrong")
		}
		return got
	}
	d := step(obj(), "|", "_add", "/people") // the one that is needed was shown already
	d = step(d, "A|B|", "/people.n", "2", "/people/0/name", "A", "/people/1/name", "B", "/people/1/born", "mai", "_add", "/people")
	d = step(d, "A|B|C", "/people/2/name", "C", "_add", "/people")
	if got := Value(d, "/people/1/_raw"); !cmp.Equal(got, map[string]any{"/born": "mai"}) {
		t.Errorf("kept %v", got)
	}
	d = step(d, "B|C", "_remove", "/people/0")
	if got := keysOf(f.Validate(d, today)); got[len(got)-2] != "/people/0/born date" {
		t.Errorf("after removing the first item: %v", got)
	}
	d = step(d, "B|C", "_remove", "/people/9")
	d = step(d, "B|C", "_remove", "/people/x")
	d = step(d, "B", "/people.n", "1", "/people/0/born", "")
	step(d, "", "_remove", "/people/0")
	if p, _ := f.Page(nil, "four"); p.Fields[0].Repeat.Items[0].CanRemove || !p.Fields[0].Repeat.CanAdd || p.Fields[0].Optional {
		t.Errorf("%+v", p.Fields[0].Repeat)
	}
}

func TestHugeInput(t *testing.T) {
	f := testForm(t)
	huge := strings.Repeat("ă", 3*maxString)
	got, _ := f.Decode("four", values("/note", huge, "/people/0/name", huge), obj())
	if n := len([]rune(String(got, "/note"))); n != maxString+1 {
		t.Errorf("%d characters are kept", n)
	}
	if d := cmp.Diff([]string{"/people/0/name too_long", "/note too_long", "/sure confirm"}, keysOf(f.ValidatePage("four", got, today))); d != "" {
		t.Error(d)
	}
	got, errs := f.Decode("three", values("/income", huge), good())
	if d := cmp.Diff([]string{"/income too_long"}, keysOf(errs)); d != "" {
		t.Error(d)
	}
	if len(String(got, "/_raw/~1income")) > 4*maxString {
		t.Error("unreadable text of any length is kept")
	}
}

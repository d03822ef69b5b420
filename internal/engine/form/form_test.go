package form

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
)

var today = civil.Must("2026-11-23")

const testSchema = `{
 "$schema": "https://json-schema.org/draft/2020-12/schema",
 "type": "object",
 "properties": {
  "applicant": {"type": "object", "required": ["name", "phone", "born"], "properties": {
   "name": {"type": "string", "minLength": 2, "maxLength": 20},
   "phone": {"type": "string", "format": "vn-phone"},
   "email": {"type": "string", "format": "email"},
   "cccd": {"type": "string", "format": "cccd"},
   "born": {"type": "string", "format": "past-date"},
   "joined": {"type": "string", "format": "partial-date"}
  }},
  "home": {"$ref": "#/$defs/area"},
  "married": {"type": "boolean"},
  "spouse": {"type": "object", "required": ["name"], "properties": {
   "name": {"type": "string"}, "job": {"type": "string", "enum": ["farm", "shop", "other"]}, "job_other": {"type": "string"}}},
  "income": {"type": "integer", "minimum": 1000, "maximum": 5000000},
  "size": {"type": "number", "exclusiveMinimum": 0},
  "since": {"type": "integer", "format": "past-year", "minimum": 1950},
  "wants": {"type": "array", "items": {"type": "string", "enum": ["a", "b", "c"]}, "uniqueItems": true},
  "people": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"type": "object", "required": ["name"], "properties": {
   "name": {"type": "string"}, "born": {"type": "string", "format": "past-date"}, "pupil": {"type": "boolean"},
   "school": {"type": "string"}, "start": {"type": "string", "format": "past-date"}},
   "if": {"required": ["pupil"], "properties": {"pupil": {"const": true}}}, "then": {"required": ["school"]}}},
  "note": {"type": "string"},
  "sure": {"type": "boolean", "const": true}
 },
 "required": ["applicant", "married", "people", "sure"],
 "if": {"required": ["married"], "properties": {"married": {"const": true}}},
 "then": {"required": ["spouse", "home"]},
 "$defs": {"area": {"type": "object", "required": ["code", "name"], "properties": {
  "code": {"type": "string", "minLength": 1}, "name": {"type": "string", "minLength": 1}}}}
}`

const testLayout = `{"title": {"vi": "Thử", "en": "Test"}, "pages": [
 {"id": "one", "title": {"vi": "Người khai", "en": "Applicant"}, "fields": [
  {"path": "/applicant/name", "label": {"vi": "Họ tên", "en": "Name"}, "widget": "text", "prefill": "account.name", "autocomplete": "name"},
  {"path": "/applicant/phone", "label": {"vi": "Điện thoại", "en": "Phone"}, "widget": "phone", "prefill": "account.phone"},
  {"path": "/applicant/email", "label": {"vi": "Thư điện tử"}, "widget": "email"},
  {"path": "/applicant/cccd", "label": {"vi": "Số định danh"}, "widget": "cccd"},
  {"path": "/applicant/born", "label": {"vi": "Ngày sinh", "en": "Date of birth"}, "widget": "date", "prefill": "account.birth_date", "ages": [{"min": 14}, {"min": 21, "when": {"path": "/married", "equals": true}}]},
  {"path": "/applicant/joined", "label": {"vi": "Ngày vào"}, "widget": "date", "not_before": "/applicant/born"}]},
 {"id": "two", "title": {"vi": "Gia đình"}, "fields": [
  {"path": "/married", "label": {"vi": "Đã kết hôn?", "en": "Married?"}, "widget": "radio"},
  {"path": "/spouse/name", "label": {"vi": "Tên vợ hoặc chồng"}, "widget": "text", "when": {"path": "/married", "equals": true}},
  {"path": "/spouse/job", "label": {"vi": "Nghề"}, "widget": "select", "when": {"path": "/married", "equals": true},
   "options": [{"value": "farm", "label": {"vi": "Làm ruộng", "en": "Farming"}}, {"value": "shop", "label": {"vi": "Buôn bán"}}, {"value": "other", "label": {"vi": "Khác"}}]},
  {"path": "/spouse/job_other", "label": {"vi": "Nghề khác"}, "widget": "text", "prefill": "/applicant/name", "prefill_when": {"path": "/applicant/email", "present": true}, "when": {"path": "/spouse/job", "equals": "other"}},
  {"path": "/home", "label": {"vi": "Nơi ở", "en": "Home"}, "widget": "area"}]},
 {"id": "three", "title": {"vi": "Số liệu"}, "when": {"any": [{"path": "/married", "present": true}, {"path": "/home/code", "in": ["02020", "02035"]}]}, "fields": [
  {"path": "/income", "label": {"vi": "Thu nhập", "en": "Income"}, "widget": "money", "suffix": {"vi": "đồng", "en": "VND"}},
  {"path": "/size", "label": {"vi": "Diện tích"}, "widget": "number", "suffix": {"vi": "m²"}},
  {"path": "/since", "label": {"vi": "Từ năm"}, "widget": "year"},
  {"path": "/wants", "label": {"vi": "Muốn gì"}, "widget": "checkbox", "options": [{"value": "a", "label": {"vi": "Một"}}, {"value": "b", "label": {"vi": "Hai"}}, {"value": "c", "label": {"vi": "Ba"}}]}]},
 {"id": "four", "title": {"vi": "Thành viên"}, "fields": [
  {"path": "/people", "label": {"vi": "Thành viên"}, "repeat": {"min": 1, "max": 3, "item": {"vi": "Thành viên", "en": "Member"}, "fields": [
   {"path": "/name", "label": {"vi": "Tên"}, "widget": "text"},
   {"path": "/born", "label": {"vi": "Ngày sinh"}, "widget": "date"},
   {"path": "/pupil", "label": {"vi": "Đi học"}, "widget": "checkbox"},
   {"path": "/school", "label": {"vi": "Trường"}, "widget": "text", "when": {"path": "./pupil", "equals": true}},
   {"path": "/start", "label": {"vi": "Ngày nhập học"}, "widget": "date", "not_before": "./born"}]}},
  {"path": "/note", "label": {"vi": "Ghi chú"}, "widget": "textarea"},
  {"path": "/sure", "label": {"vi": "Tôi cam đoan"}, "widget": "checkbox"}]}
]}`

func testForm(t testing.TB) *Form {
	t.Helper()
	f, err := Compile([]byte(testSchema), []byte(testLayout))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func obj(pairs ...any) map[string]any {
	if m := fault.Args(pairs...); m != nil {
		return m
	}
	return map[string]any{}
}

// good returns answers in which nothing is wrong.
func good() map[string]any {
	return obj(
		"applicant", obj("name", "Hoàng Văn A", "phone", "0912345678", "born", "1990-04-12"),
		"married", false,
		"people", []any{obj("name", "B")},
		"sure", true)
}

func keysOf(list []fault.Field) []string {
	var out []string
	for _, e := range list {
		out = append(out, e.Path+" "+strings.TrimPrefix(e.Key, "form."))
	}
	return out
}

func TestGoodAnswersAreInOrder(t *testing.T) {
	if got := testForm(t).Validate(good(), today); got != nil {
		t.Errorf("found %v", keysOf(got))
	}
}

func TestEmptyFormTellsEverythingThatIsRequired(t *testing.T) {
	got := keysOf(testForm(t).Validate(nil, today))
	want := []string{"/applicant/name required", "/applicant/phone required", "/applicant/born required",
		"/married required_choice", "/people/0/name required", "/sure confirm"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestValidateFindings(t *testing.T) {
	f := testForm(t)
	for _, c := range []struct {
		name string
		path string
		v    any
		want string // the only finding, "" for none
	}{
		{"name too short", "/applicant/name", "A", "/applicant/name too_short"},
		{"name too long", "/applicant/name", strings.Repeat("ă", 21), "/applicant/name too_long"},
		{"name as long as may be", "/applicant/name", strings.Repeat("ă", 20), ""},
		{"name as long as may be, decomposed", "/applicant/name", strings.Repeat("a\u0306", 20), ""},
		{"name of white space", "/applicant/name", " \t ", "/applicant/name required"},
		{"name is a number", "/applicant/name", 3.0, "/applicant/name invalid"},
		{"name is an object", "/applicant/name", obj("x", 1), "/applicant/name invalid"},
		{"huge name", "/applicant/name", strings.Repeat("x", 1<<20), "/applicant/name too_long"},
		{"phone", "/applicant/phone", "12345", "/applicant/phone phone"},
		{"foreign form of the phone", "/applicant/phone", "+84 912 345 678", ""},
		{"land line", "/applicant/phone", "02093870123", ""},
		{"email", "/applicant/email", "a@b", "/applicant/email email"},
		{"cccd", "/applicant/cccd", "0060900001", "/applicant/cccd cccd"},
		{"old card", "/applicant/cccd", "090123456", ""},
		{"no such day", "/applicant/born", "1990-02-30", "/applicant/born date"},
		{"born tomorrow", "/applicant/born", "2026-11-24", "/applicant/born date_future"},
		{"too young", "/applicant/born", "2012-11-24", "/applicant/born min_age"},
		{"old enough today", "/applicant/born", "2012-11-23", ""},
		{"order of dates", "/applicant/joined", "1989", "/applicant/joined date_order"},
		{"same year, day unknown", "/applicant/joined", "1990", ""},
		{"month before", "/applicant/joined", "1990-03", "/applicant/joined date_order"},
		{"month to come", "/applicant/joined", "2026-12", "/applicant/joined date_future"},
		{"not an area", "/home", "02020", "/home area"},
		{"area without name", "/home", obj("code", "02020"), "/home area"},
		{"area", "/home", obj("code", "02020", "name", "Bằng Lũng", "junk", 1), ""},
		{"too little", "/income", 999.0, "/income min"},
		{"too much", "/income", 5000001.0, "/income max"},
		{"fraction", "/income", 1500.5, "/income integer"},
		{"income is text", "/income", "1500", "/income number"},
		{"nothing", "/size", 0.0, "/size above"},
		{"year to come", "/since", 2027.0, "/since year_future"},
		{"year too early", "/since", 1949.0, "/since min"},
		{"no option", "/wants", []any{"a", "z"}, "/wants option"},
		{"twice", "/wants", []any{"a", "a"}, "/wants unique"},
		{"not a list", "/wants", "a", "/wants invalid"},
		{"answer of the wrong type", "/married", "yes", "/married invalid"},
		{"not sure", "/sure", false, "/sure confirm"},
		{"no people", "/people", []any{}, "/people/0/name required"},
		{"people of the wrong type", "/people", "x", "/people invalid,/people/0/name required"},
		{"too many", "/people", []any{obj("name", "1"), obj("name", "2"), obj("name", "3"), obj("name", "4")}, "/people max_items"},
		{"an empty item at the end is no item", "/people", []any{obj("name", "1"), obj("pupil", false)}, ""},
		{"an empty item in between is", "/people", []any{obj("name", "1"), obj(), obj("name", "3")}, "/people/1/name required"},
		{"an item that is none", "/people", []any{"x"}, "/people invalid,/people/0/name required"},
		{"pupil without school", "/people", []any{obj("name", "1", "pupil", true)}, "/people/0/school required"},
		{"order in an item", "/people", []any{obj("name", "1", "born", "2015-01-02", "start", "2015-01-01")}, "/people/0/start date_order"},
		{"unknown field", "/junk", obj("a", 1), ""},
		{"unknown raw", "/_raw", "junk", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := good()
			segs, _ := split(c.path)
			put(data, segs, c.v)
			got := f.Validate(data, today)
			if s := strings.Join(keysOf(got), ","); s != c.want {
				t.Errorf("found %q, want %q", s, c.want)
			}
			for _, lang := range []string{"vi", "en"} {
				for _, e := range got {
					if m := Message(lang, e); strings.ContainsAny(m, "{}") || m == e.Key {
						t.Errorf("message %q", m)
					}
				}
			}
		})
	}
}

func TestConditionalBranch(t *testing.T) {
	f := testForm(t)
	data := good()
	data["married"] = true
	want := []string{"/spouse/name required", "/home required_choice"}
	if d := cmp.Diff(want, keysOf(f.Validate(data, today))); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(want, keysOf(f.ValidatePage("two", data, today))); d != "" {
		t.Error(d)
	}
	if got := f.ValidatePage("one", data, today); got != nil {
		t.Errorf("page one: %v", keysOf(got))
	}
	p, _ := f.Page(data, "two")
	var optional []string
	for _, q := range p.Fields {
		if q.Optional {
			optional = append(optional, q.Path)
		}
	}
	if d := cmp.Diff([]string{"/spouse/job"}, optional); d != "" {
		t.Error(d)
	}
}

// A stale answer of a hidden field must not show another one.
func TestHiddenAnswersDecideNothing(t *testing.T) {
	f := testForm(t)
	data := good()
	data["spouse"] = obj("name", "C", "job", "other", "job_other", "Thợ rèn")
	p, _ := f.Page(data, "two")
	if len(p.Fields) != 2 {
		t.Errorf("%d fields are shown, want 2", len(p.Fields))
	}
	b, err := f.Canonical(data)
	if err != nil || strings.Contains(string(b), "spouse") {
		t.Errorf("stored %s (%v)", b, err)
	}
	delete(data, "married")
	if _, shown := f.Page(data, "three"); shown {
		t.Error("page three is shown without an answer on page two")
	}
	data["home"] = obj("code", "02020", "name", "x")
	if _, shown := f.Page(data, "three"); !shown {
		t.Error("page three is hidden in spite of the area")
	}
}

func TestWithAreas(t *testing.T) {
	f := testForm(t).WithAreas(func(code string) (string, bool) { return "Thị trấn Bằng Lũng", code == "02020" })
	data := good()
	data["home"] = obj("code", "02020", "name", "somewhere else")
	b, err := f.Canonical(data)
	if err != nil || !strings.Contains(string(b), `"home":{"code":"02020","name":"Thị trấn Bằng Lũng"}`) {
		t.Errorf("stored %s (%v)", b, err)
	}
	data["home"] = obj("code", "1", "name", "x")
	if d := cmp.Diff([]string{"/home area"}, keysOf(f.Validate(data, today))); d != "" {
		t.Error(d)
	}
	if _, err := f.Canonical(data); fault.KindOf(err) != fault.Invalid {
		t.Errorf("an unknown area is stored: %v", err)
	}
}

func TestTextsAreComplete(t *testing.T) {
	all := Texts()
	if len(all["vi"]) == 0 || len(all["vi"]) != len(all["en"]) {
		t.Fatalf("%d Vietnamese, %d English texts", len(all["vi"]), len(all["en"]))
	}
	for k, vi := range all["vi"] {
		if en := all["en"][k]; en == "" || strings.Count(en, "{") != strings.Count(vi, "{") {
			t.Errorf("%s: %q, %q", k, vi, en)
		}
	}
}

func TestLocalise(t *testing.T) {
	f := testForm(t)
	data := good()
	data["income"] = 1.0
	list := Localise(f.Validate(data, today), "en")
	if len(list) != 1 || list[0].Args["label"] != "Income" || list[0].Args["min"] != "1,000" {
		t.Errorf("%+v", list)
	}
}

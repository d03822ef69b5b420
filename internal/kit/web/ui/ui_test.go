package ui

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
)

func testContext(t *testing.T, lang string, env Env) context.Context {
	t.Helper()
	cat, err := i18n.New(Texts(), i18n.Texts{
		i18n.VI: {"test.required": "Hãy điền {label}"}, i18n.EN: {"test.required": "Enter {label}"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return WithEnv(i18n.With(context.Background(), cat, lang), env)
}

func render(t *testing.T, ctx context.Context, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFieldID(t *testing.T) {
	tests := []struct{ in, want string }{
		{"/child/name", "f-child-name"}, {"child.name", "f-child-name"}, {"/children/0/name", "f-children-0-name"},
		{"reason", "f-reason"}, {"", "f"}, {`/a"><script>`, "f-a-script"},
	}
	for _, tt := range tests {
		if got := FieldID(tt.in); got != tt.want {
			t.Errorf("FieldID(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestMarkReachesRepeatedGroups(t *testing.T) {
	ctx := testContext(t, i18n.EN, Env{})
	fields := []FieldView{{Name: "a"}, {Path: "/list", Repeat: &RepeatView{Path: "/list", Items: []RepeatItem{{Fields: []FieldView{{Path: "/list/0/b"}}}}}}}
	label := map[string]string{"vi": "tên", "en": "the name"}
	got := Mark(ctx, fields, []fault.Field{
		{Path: "/list/0/b", Key: "test.required", Args: map[string]any{"label": label}},
		{Path: "/list/0/b", Key: "ui.send"}, // only the first stands at the field
	})
	if got[0].Error != "" || got[1].Repeat.Items[0].Fields[0].Error != "Enter the name" {
		t.Errorf("%+v %+v", got, got[1].Repeat)
	}
	if fields[1].Repeat.Items[0].Fields[0].Error != "" {
		t.Error("the caller's fields were changed")
	}
}

func TestSummary(t *testing.T) {
	ctx := testContext(t, i18n.VI, Env{})
	twice := fault.Field{Path: "/a", Key: "test.required", Args: map[string]any{"label": "tên"}}
	got := render(t, ctx, ErrorSummary([]fault.Field{twice, twice, {Key: "web.error.form"}}))
	for _, want := range []string{"Còn 2 chỗ cần sửa", `<a href="#f-a">Hãy điền tên</a>`, "<li>Không đọc được", `tabindex="-1"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
	if got := render(t, ctx, ErrorSummary(nil)); got != "" {
		t.Errorf("nothing wrong, but %q", got)
	}
}

func TestAddresses(t *testing.T) {
	ctx := testContext(t, i18n.EN, Env{Path: "/can-bo/ds", Query: url.Values{"sort": {"due"}, "q": {"khai sinh"}}})
	if got := Query(ctx, "sort", "", "sau", "x&y"); got != "/en/can-bo/ds?q=khai+sinh&sau=x%26y" {
		t.Error(got)
	}
	if href, lang := Sibling(ctx); href != "/can-bo/ds?q=khai+sinh&sort=due" || lang != "vi" {
		t.Error(href, lang)
	}
	if got := signInHref(ctx); got != "/en/dang-nhap?next="+url.QueryEscape("/en/can-bo/ds?q=khai+sinh&sort=due") {
		t.Error(got)
	}
	links := []string{"/", "/can-bo", "/can-bo/ds?x=1", "/can-bo/dsach"}
	for active, want := range map[string]int{"": 2, "/": 0, "/can-bo/khac": 1, "/can-bo/dsach/5": 3, "/tra-cuu": -1} {
		if got := current(ctx, active, links); got != want {
			t.Errorf("current(%q) = %d, want %d", active, got, want)
		}
	}
}

func TestFieldWidgets(t *testing.T) {
	ctx := testContext(t, i18n.VI, Env{})
	tests := []struct {
		name string
		f    FieldView
		want []string
		not  []string
	}{
		{"text", FieldView{Name: "a", Label: "Tên", Value: `"<b>`}, []string{`<label for="f-a"`, `value="&#34;&lt;b&gt;"`}, []string{"<b>", "aria-describedby", "aria-invalid"}},
		{"described", FieldView{Name: "a", Help: "h", Error: "e", Source: "s"}, []string{`aria-describedby="f-a-h f-a-s f-a-e"`, `aria-invalid="true"`, `id="f-a-e"`}, nil},
		{"unknown widget is text", FieldView{Name: "a", Widget: "wheel"}, []string{`type="text"`}, nil},
		{"password never comes back", FieldView{Name: "a", Widget: "password", Value: "geheim"}, []string{`type="password"`}, []string{"geheim"}},
		{"money", FieldView{Name: "a", Widget: "money", Value: "5"}, []string{"₫", `inputmode="numeric"`}, nil},
		{"one-time code", FieldView{Name: "a", Widget: "code"}, []string{`autocomplete="one-time-code"`}, nil},
		{"select offers nothing first", FieldView{Name: "a", Widget: "select", Options: []Option{{Value: "1", Label: "Một"}}}, []string{`<option value="">Chọn…</option>`}, []string{"selected"}},
		{"select with its own nothing", FieldView{Name: "a", Widget: "select", Value: "1", Options: []Option{{Label: "Tất cả"}, {Value: "1", Label: "Một", Group: "Nhóm"}}}, []string{`<optgroup label="Nhóm">`, `value="1" selected`}, []string{"Chọn…"}},
		{"radio", FieldView{Name: "a", Widget: "radio", Value: "2", Options: []Option{{Value: "1"}, {Value: "2"}}}, []string{`id="f-a" name="a" value="1"`, `id="f-a-2" name="a" value="2" checked`, "<fieldset"}, nil},
		{"checkbox", FieldView{Name: "a", Widget: "checkbox", Value: "true", Label: "Đồng ý"}, []string{`value="true" checked`}, nil},
		{"area without choices", FieldView{Name: "a", Widget: "area", Suggest: "/goi-y"}, []string{`list="f-a-l"`, `<datalist id="f-a-l">`, `data-suggest="/goi-y"`}, []string{"<select"}},
		{"date", FieldView{Name: "a", Widget: "date", Values: []string{"1", "2"}}, []string{`name="a.d" value="1"`, `name="a.m" value="2"`, `name="a.y" value=""`}, nil},
		{"no more than the most", FieldView{Name: "a", Repeat: &RepeatView{Path: "/a", Max: 1, Min: 1, Items: []RepeatItem{{}}}}, nil, []string{"_add", "_remove"}},
		{"as many as were shown", FieldView{Name: "a", Repeat: &RepeatView{Path: "/a", Count: "/a.n", Items: []RepeatItem{{}, {Path: "/a/b"}}}}, []string{`name="/a.n" value="2"`, `name="_remove" value="/a/0"`, `name="_remove" value="/a/b"`}, nil},
		{"several boxes", FieldView{Name: "a", Widget: "checkbox", Values: []string{"2"}, Options: []Option{{Value: "1"}, {Value: "2"}}}, []string{"<legend", `value="2" checked`}, []string{`value="1" checked`}},
		{"plain upload", FieldView{Name: "a", Widget: "upload"}, []string{`type="file"`, `name="a.file"`}, []string{"data-upload-url"}},
		{"hidden", FieldView{Name: "a", Widget: "hidden", Value: "v"}, []string{`type="hidden" name="a" value="v"`}, []string{"<label"}},
	}
	for _, tt := range tests {
		got := render(t, ctx, Field(tt.f))
		for _, w := range tt.want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: %s is not in %s", tt.name, w, got)
			}
		}
		for _, w := range tt.not {
			if strings.Contains(got, w) {
				t.Errorf("%s: %s is in %s", tt.name, w, got)
			}
		}
	}
}

// Enter in a field presses the first submit button; that must not be one that adds or removes.
func TestFirstButtonSendsTheForm(t *testing.T) {
	ctx := testContext(t, i18n.EN, Env{})
	got := render(t, templ.WithChildren(ctx, Fields([]FieldView{{Name: "a", Repeat: &RepeatView{Path: "/a"}}})), Form(FormView{Action: "/luu"}))
	if i, j := strings.Index(got, "<button"), strings.Index(got, `name="_add"`); i < 0 || j < i || strings.Contains(got[i:strings.Index(got, "</button>")], "name=") {
		t.Error(got)
	}
	if !strings.Contains(got, `action="/en/luu"`) {
		t.Error("the form leaves the language")
	}
}

func TestPagerWords(t *testing.T) {
	ctx := testContext(t, i18n.VI, Env{})
	var got []string
	for _, p := range []Pager{{}, {From: 1, To: 20, Total: 1234}, {From: 21, To: 40, Total: -1}, {Total: 7}, {Total: -1}} {
		got = append(got, pagerWords(ctx, p))
	}
	if diff := cmp.Diff([]string{"Không có dòng nào", "1–20 trên 1.234", "21–40", "Tổng số 7", ""}, got); diff != "" {
		t.Error(diff)
	}
}

func TestUnsafeAddressesAreNotLinked(t *testing.T) {
	ctx := testContext(t, i18n.VI, Env{})
	got := render(t, ctx, Definitions([]Item{{Label: "x", Value: "y", Href: "javascript:alert(1)"}}))
	if strings.Contains(got, "javascript:") {
		t.Error(got)
	}
}

// Without a catalogue or a site, as in a test of another package, components still render.
func TestBareContext(t *testing.T) {
	if got := render(t, context.Background(), CitizenPage(Page{Title: "X"})); !strings.Contains(got, "<title>X</title>") {
		t.Error(got)
	}
	if got := render(t, context.Background(), OfficialPage(Page{Title: "X"})); !strings.Contains(got, "/static/site.css") {
		t.Error(got)
	}
}

package i18n

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lienthong/internal/kit/civil"
)

func catalog(t *testing.T, vi, en map[string]string) *Catalog {
	t.Helper()
	c, err := New(Texts{VI: vi, EN: en})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestT(t *testing.T) {
	c := catalog(t,
		map[string]string{"left": "Còn {n} hồ sơ của {who}", "plain": "Tìm", "brace": "{{x}}", "n": "{n, one:# hồ sơ other:# hồ sơ}"},
		map[string]string{"left": "{n, one:# dossier other:# dossiers} of {who} left", "plain": "Search", "brace": "{{x}}", "n": "{n, one:one dossier other:# dossiers}"})
	vi, en := With(context.Background(), c, VI), With(context.Background(), c, EN)
	tests := []struct {
		ctx  context.Context
		key  string
		args []any
		want string
	}{
		{vi, "left", []any{"n", 1200, "who", "Lò Thị Phượng"}, "Còn 1.200 hồ sơ của Lò Thị Phượng"},
		{en, "left", []any{"n", 1, "who", "X"}, "1 dossier of X left"},
		{en, "left", []any{"n", 1200, "who", "X"}, "1,200 dossiers of X left"},
		{en, "n", []any{"n", int64(1)}, "one dossier"},
		{vi, "n", []any{"n", 1}, "1 hồ sơ"},
		{vi, "left", []any{map[string]any{"n": 2, "who": Text{"ông A", "Mr A"}}}, "Còn 2 hồ sơ của ông A"},
		{en, "left", []any{map[string]any{"n": 2, "who": Text{"ông A", "Mr A"}}}, "2 dossiers of Mr A left"},
		{en, "left", []any{"n", 2, "who", map[string]string{"vi": "ông A"}}, "2 dossiers of ông A left"},
		{vi, "left", []any{"n", 2}, "Còn 2 hồ sơ của {who}"},
		{vi, "left", nil, "Còn {n} hồ sơ của {who}"},
		{vi, "left", []any{"n", errors.New("secret"), "who", nil}, "Còn  hồ sơ của "},
		{en, "plain", nil, "Search"},
		{vi, "brace", nil, "{x}"},
		{context.Background(), "plain", nil, "plain"},
		{With(context.Background(), c, "fr"), "plain", nil, "Tìm"},
	}
	for _, tt := range tests {
		if got := T(tt.ctx, tt.key, tt.args...); got != tt.want {
			t.Errorf("T(%s, %q, %v) = %q, want %q", Lang(tt.ctx), tt.key, tt.args, got, tt.want)
		}
	}
	if len(c.Missing()) != 0 {
		t.Errorf("missing keys: %v", c.Missing())
	}
	if got := T(vi, "nowhere.to.be.found"); got != "nowhere.to.be.found" || c.Missing()[got] != 1 {
		t.Errorf("missing key: %q, counted %v", got, c.Missing())
	}
}

func TestMissingIsBounded(t *testing.T) {
	c := catalog(t, nil, nil)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 2 * missingLimit {
				c.Text(VI, fmt.Sprintf("hostile.%d.%d", g, i))
			}
		})
	}
	wg.Wait()
	if n := len(c.Missing()); n != missingLimit {
		t.Errorf("%d missing keys remembered, want %d", n, missingLimit)
	}
}

func TestNewFindsMistakes(t *testing.T) {
	tests := []struct{ name, vi, en, want string }{
		{"no English", `{"a":"x"}`, `{}`, `"a" has no English`},
		{"no Vietnamese", `{}`, `{"a":"x"}`, `"a" has no Vietnamese`},
		{"other values", `{"a":"{x}"}`, `{"a":"{y}"}`, "names [x] in Vietnamese and [y]"},
		{"open brace", `{"a":"{x"}`, `{"a":"x"}`, "without a closing"},
		{"closing brace", `{"a":"x}"}`, `{"a":"x"}`, "without an opening"},
		{"no name", `{"a":"{}"}`, `{"a":""}`, "not the name"},
		{"half a plural", `{"a":"{n, one:x}"}`, `{"a":"{n}"}`, "lacks other"},
		{"key twice", `{"a":"x","a":"y"}`, `{"a":"x"}`, "stands twice"},
		{"not a text", `{"a":{"b":"x"}}`, `{"a":"x"}`, "not a text"},
		{"not an object", `["a"]`, `{}`, "one JSON object"},
		{"cut off", `{"a":"x"`, `{"a":"x"}`, "EOF"},
	}
	for _, tt := range tests {
		_, err := New(Files(fstest.MapFS{"vi.json": {Data: []byte(tt.vi)}, "en.json": {Data: []byte(tt.en)}}))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q in it", tt.name, err, tt.want)
		}
	}
	if _, err := New(Files(fstest.MapFS{"README": {}})); err == nil {
		t.Error("a source without any text was accepted")
	}
	one, two := Texts{VI: {"a": "x"}, EN: {"a": "x"}}, Texts{VI: {"a": "y"}, EN: {"a": "x"}}
	if _, err := New(one, two); err == nil {
		t.Error("one key with two texts was accepted")
	}
	if _, err := New(one, one); err != nil {
		t.Errorf("the same text twice: %v", err)
	}
}

func TestFilesInFolders(t *testing.T) {
	c, err := New(Files(fstest.MapFS{
		"texts/form.vi.json": {Data: []byte(`{"a":"một"}`)}, "texts/form.en.json": {Data: []byte(`{"a":"one"}`)},
		"other/vi.json": {Data: []byte(`{"b":"hai"}`)}, "other/en.json": {Data: []byte(`{"b":"two"}`)},
		"other/levi.json": {Data: []byte(`not a catalogue`)},
	}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b"}, c.Keys()); diff != "" {
		t.Error(diff)
	}
	if !c.Has("b") || c.Has("c") {
		t.Error("Has is wrong")
	}
}

func TestFormats(t *testing.T) {
	vi, en := With(context.Background(), nil, VI), With(context.Background(), nil, EN)
	d := civil.Must("2026-11-23")
	at := time.Date(2026, 11, 23, 7, 5, 0, 0, time.UTC)
	tests := []struct{ name, got, want string }{
		{"date", Date(vi, d), "23/11/2026"}, {"date", Date(en, d), "23 November 2026"},
		{"day", DayMonth(vi, civil.Must("2026-02-03")), "03/02"}, {"day", DayMonth(en, d), "23 Nov"},
		{"weekday", Weekday(vi, d), "Thứ Hai"}, {"weekday", Weekday(en, d), "Monday"},
		{"time", Time(vi, at), "14:05"},
		{"both", DateTime(vi, at), "23/11/2026 14:05"}, {"both", DateTime(en, at), "23 November 2026, 14:05"},
		{"late", DateTime(vi, at.Add(10*time.Hour)), "24/11/2026 00:05"},
		{"money", Money(vi, 100000), "100.000\u00a0₫"}, {"money", Money(en, 1234567), "1,234,567\u00a0₫"},
		{"money", Money(vi, 0), "0\u00a0₫"}, {"money", Money(vi, -8000), "-8.000\u00a0₫"},
		{"number", Number(vi, 1234.5, 1), "1.234,5"}, {"number", Number(en, 1234.5, 1), "1,234.5"},
		{"number", Number(vi, 0.05, 1), "0,1"}, {"number", Number(vi, -0.01, 1), "0"},
		{"number", Number(vi, 97.60, 2), "97,6"}, {"number", Number(vi, 999.99, 0), "1.000"},
		{"int", Int(vi, 12480), "12.480"}, {"int", Int(en, int64(999)), "999"},
		{"percent", Percent(vi, 0.976), "97,6%"}, {"percent", Percent(en, 1), "100%"},
		{"bytes", Bytes(vi, 655360), "640\u00a0KB"}, {"bytes", Bytes(vi, 6501171), "6,2\u00a0MB"}, {"bytes", Bytes(en, 12), "12\u00a0B"},
		{"words", Words(vi, "a", "b", "c"), "a, b và c"}, {"words", Words(en, "a", "b"), "a and b"}, {"words", Words(vi, "a"), "a"},
		{"value", Value(VI, d), "23/11/2026"}, {"value", Value(VI, 2.5), "2,5"},
		{"pick", Pick(EN, "một", ""), "một"}, {"pick", Pick(EN, "một", "one"), "one"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

func TestPath(t *testing.T) {
	tests := []struct{ in, en string }{
		{"/", "/en"}, {"/?q=x", "/en?q=x"}, {"/#a", "/en#a"}, {"/tra-cuu", "/en/tra-cuu"}, {"/x?a=b", "/en/x?a=b"},
		{"/static/app.css", "/static/app.css"}, {"/api/v1/x", "/api/v1/x"}, {"/en", "/en"}, {"/en/x", "/en/x"},
		{"/english", "/en/english"}, {"#main", "#main"}, {"?p=2", "?p=2"}, {"https://x/y", "https://x/y"}, {"//x", "//x"}, {"tel:1022", "tel:1022"},
	}
	for _, tt := range tests {
		if got := PathIn(EN, tt.in); got != tt.en {
			t.Errorf("PathIn(en, %q) = %q, want %q", tt.in, got, tt.en)
		}
		if got := PathIn(VI, tt.in); got != tt.in {
			t.Errorf("PathIn(vi, %q) = %q", tt.in, got)
		}
	}
}

// Whatever the number, taking the separators out again gives its digits.
func TestGroupingKeepsDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "n")
		for _, lang := range []string{VI, EN} {
			if got := strings.NewReplacer(".", "", ",", "").Replace(integer(lang, n)); got != fmt.Sprint(n) {
				t.Fatalf("%d written as %s", n, integer(lang, n))
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "x", "{n}", "{{", "}}", "{n, one:a other:b}", "{n, one: other:}", "{", "}", "{a}{b}{a}", "{{{n}}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := parse(s)
		if err != nil {
			return
		}
		got := m.render(EN, []any{map[string]any{}})
		if len(got) > 4*len(s)+8 {
			t.Errorf("%q grew to %q", s, got)
		}
		if len(m.names) == 0 && !strings.ContainsAny(s, "{}") && got != s {
			t.Errorf("%q came back as %q", s, got)
		}
	})
}

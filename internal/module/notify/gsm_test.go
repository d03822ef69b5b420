package notify

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestMeasureSMS(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		text  string
		units int
		parts int
		uni   bool
	}{
		{"empty", "", 0, 0, false},
		{"160 letters are one part", strings.Repeat("a", 160), 160, 1, false},
		{"161 letters are two", strings.Repeat("a", 161), 161, 2, false},
		{"306 letters are two", strings.Repeat("a", 306), 306, 2, false},
		{"307 letters are three", strings.Repeat("a", 307), 307, 3, false},
		{"brackets take two places", "[a]{b}€~|^\\", 20, 1, false},
		{"one mark makes 70 a part", strings.Repeat("ạ", 70), 70, 1, true},
		{"71 marked letters are two parts", strings.Repeat("ạ", 71), 71, 2, true},
		{"135 marked letters are three parts", strings.Repeat("ạ", 135), 135, 3, true},
		{"a face takes two units", "🙂", 2, 1, true},
		{"Western accents are in the alphabet", "àéùìòñ", 6, 1, false},
	} {
		got := MeasureSMS(c.text)
		if got.Units != c.units || got.Parts != c.parts || got.Unicode != c.uni {
			t.Errorf("%s: %+v, want %d units, %d parts, unicode %v", c.name, got, c.units, c.parts, c.uni)
		}
	}
}

func TestPlainSMS(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Hồ sơ của Ông/Bà đã được tiếp nhận": "Ho so cua Ong/Ba da duoc tiep nhan",
		"ĐỀ NGHỊ – “bổ sung”…":               "DE NGHI - \"bo sung\"...",
		"100.000\u00a0₫":                     "100.000 dong",
		"Nguye\u0302\u0303n":                 "Nguyen", // NFD on input
		"a\u202eb\u200bc":                    "abc",
		"漢字 🙂":                               "?? ?",
		"một\nhai":                           "mot\nhai",
		"\xffx":                              "?x",
	} {
		if got := PlainSMS(in); got != want {
			t.Errorf("PlainSMS(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPlainSMSIsPlain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		p := PlainSMS(s)
		if MeasureSMS(p).Unicode {
			t.Fatalf("%q became %q, which is not in the GSM alphabet", s, p)
		}
		if PlainSMS(p) != p {
			t.Fatalf("%q is not stable: %q", p, PlainSMS(p))
		}
	})
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"", "{code}", "[a {due}]", "{{x}}", "[[x]]", "[", "]", "{", "}", "{}", "[[{a}]]", "[a[b]]", "[{due}]]]", "\xff{ name }"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		spans, bad := parseTemplate(s)
		if bad != nil {
			if !strings.HasPrefix(bad.Key, "notify.template.") {
				t.Fatalf("%q: fault %q", s, bad.Key)
			}
			return
		}
		v := map[string]string{}
		for _, n := range names(spans) {
			if n == "" {
				t.Fatalf("%q names a value without a name", s)
			}
			v[n] = "{" + n + "}[" + n + "]" // values are never read as templates
		}
		full := render(spans, v)
		if len(render(spans, nil)) > len(full) {
			t.Fatalf("%q: longer without values", s)
		}
		if utf8.ValidString(s) && !utf8.ValidString(full) {
			t.Fatalf("%q: torn characters in %q", s, full)
		}
	})
}

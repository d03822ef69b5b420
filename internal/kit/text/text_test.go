package text

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Đăng ký khai sinh":                     "dang ky khai sinh",
		norm.NFD.String("Nguyễn Thị Minh Khai"): "nguyen thi minh khai",
		"  Cấp — đổi (GPLX)  ":                  "cap doi gplx",
		"ĐƯỜNG số 3/2":                          "duong so 3 2",
		"":                                      "",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFoldTwiceIsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if a := Fold(s); Fold(a) != a {
			t.Fatalf("Fold(%q) = %q folds again to %q", s, a, Fold(a))
		}
		if a := Clean(s); Clean(a) != a {
			t.Fatalf("Clean(%q) = %q cleans again to %q", s, a, Clean(a))
		}
	})
}

func TestCleanNames(t *testing.T) {
	if got := Line(norm.NFD.String(" Hoàng  Văn\u202e Thụ\x00 ")); got != "Hoàng Văn Thụ" {
		t.Errorf("Line = %q", got)
	}
	if got := SortName("Nguyễn Văn Ước"); got != "uoc nguyen van" {
		t.Errorf("SortName = %q", got)
	}
	if got := Mask("Nguyễn Văn Ước"); got != "Nguyễn V*** Ư***" {
		t.Errorf("Mask = %q", got)
	}
}

// The shortcut for text that is clean already gives what the whole work gives.
func TestSettledTextIsClean(t *testing.T) {
	piece := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{" ", "  ", "\n", "\t", "\u00a0", "\u0085", "\u00ad", "ế", "Ữ", "đ", "e\u0302",
		"\u0301", "a", "Nguyễn Văn", "\u1e9b", "\u212b", "\x00", "\xff", "\u200e", "ǆ", "\u2028", "\ufeff"}))
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "pieces"), "")
		if got, want := Clean(s), clean(s); got != want {
			t.Fatalf("Clean(%q) = %q, want %q", s, got, want)
		}
		if got, want := Line(s), line(s); got != want {
			t.Fatalf("Line(%q) = %q, want %q", s, got, want)
		}
	})
	for r := rune(0); r < 0x2000; r++ { // every letter, alone and between others
		for _, s := range []string{string(r), "a" + string(r) + "b", string(r) + "\u0301"} {
			if Clean(s) != clean(s) || Line(s) != line(s) {
				t.Errorf("%q: %q %q, want %q %q", s, Clean(s), Line(s), clean(s), line(s))
			}
		}
	}
}

package text

import (
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

package outbox

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"lienthong/internal/kit/i18n"
)

// Every fault this package makes has its words in both languages, and there are no others.
func TestTexts(t *testing.T) {
	cat, err := i18n.New(Texts())
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`fault\.(?:New|Wrap)\([^"\n]*"([a-z_.]+)"`).FindAllSubmatch(b, -1) {
			used[string(m[1])] = true
		}
	}
	if len(used) == 0 {
		t.Fatal("no fault was found in the source")
	}
	for k := range used {
		if !cat.Has(k) {
			t.Errorf("no words for %s", k)
		}
	}
	for _, k := range cat.Keys() {
		if !used[k] {
			t.Errorf("nobody says %s", k)
		}
	}
}

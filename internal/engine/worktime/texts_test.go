package worktime

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTextsAreComplete reads the package's own source: every key it hands out has a text in both
// languages, and no text is for a key that is gone.
func TestTextsAreComplete(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	form := regexp.MustCompile(`"(worktime\.[a-z_.]*[a-z_])"`)
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") || f == "texts.go" {
			continue
		}
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range form.FindAllStringSubmatch(string(src), -1) {
			used[m[1]] = true
		}
	}
	for lang, texts := range Texts() {
		for k := range used {
			if texts[k] == "" {
				t.Errorf("%s lacks %s", lang, k)
			}
		}
		for k := range texts {
			if !used[k] {
				t.Errorf("%s has %s, which nothing uses", lang, k)
			}
		}
	}
}

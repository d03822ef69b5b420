package disk

import (
	"os"
	"path/filepath"
	"testing"
)

// What the sync itself is worth a kill cannot show; test/badday watches the system calls.
func TestMkdirAll(t *testing.T) {
	base := t.TempDir()
	deep := filepath.Join(base, "a", "b", "c")
	for range 2 { // the second time it is there already
		if err := MkdirAll(deep); err != nil {
			t.Fatal(err)
		}
	}
	i, err := os.Stat(deep)
	if err != nil || !i.IsDir() || i.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", i, err)
	}
	file := filepath.Join(base, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		if err := MkdirAll(dir); err == nil {
			t.Errorf("%s was made of a file", dir)
		}
	}
}

package dmn

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// FuzzDMN reads any bytes as a model and asks all of its decisions: nothing may panic, run long, or
// fail without a sentence.
func FuzzDMN(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "tck", "*", "*", "*.dmn"))
	if err != nil || len(files) == 0 {
		f.Fatal("no cases", err)
	}
	for i, name := range files {
		if i%4 != 0 {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Add([]byte(file(tableOf(`hitPolicy="PRIORITY"`, one, `< 10 | - | "cao"`, `not(3) | "x" | "thấp"`))))
	f.Fuzz(func(t *testing.T, src []byte) {
		m, err := Parse(src)
		if err != nil {
			var p *Problem
			if !errors.As(err, &p) || p.Text("vi") == p.Key || p.Text("en") == p.Key {
				t.Fatal(err)
			}
			return
		}
		if string(m.Bytes()) != string(src) {
			t.Fatal("the file changed")
		}
		for _, p := range m.Check() {
			if p.Text("vi") == p.Key || p.Text("en") == p.Key {
				t.Fatalf("no sentence for %s", p.Key)
			}
		}
		for _, n := range m.Nodes() {
			if n.Kind != KindDecision && n.Kind != KindService {
				continue
			}
			res, err := m.Decide(n.ID, Question{Now: time.Unix(1e9, 0), Steps: 20_000, Inputs: map[string]any{"a": 3, "b": "x"}})
			if err != nil && res.Value != nil {
				t.Fatalf("%v and a value", err)
			}
			res.Explain("vi")
		}
	})
}

package dmn

import (
	"fmt"
	"testing"
)

// BenchmarkDecide asks a table of twenty rules over two inputs.
func BenchmarkDecide(b *testing.B) {
	var rules []string
	for i := range 20 {
		rules = append(rules, fmt.Sprintf(`[%d..%d) | "x", "y" | %d`, i*10, i*10+10, i*1000))
	}
	m, err := Parse([]byte(file(tableOf(``, `<output/>`, rules...))))
	if err != nil {
		b.Fatal(err)
	}
	ask := Question{Inputs: map[string]any{"a": 155, "b": "y"}}
	b.ReportAllocs()
	for b.Loop() {
		if res, err := m.Decide("D", ask); err != nil || text(res.Value) != "15000" {
			b.Fatal(res, err)
		}
	}
}

// BenchmarkParse reads and checks the same table.
func BenchmarkParse(b *testing.B) {
	var rules []string
	for i := range 20 {
		rules = append(rules, fmt.Sprintf(`[%d..%d) | "x", "y" | %d`, i*10, i*10+10, i*1000))
	}
	src := []byte(file(tableOf(``, `<output/>`, rules...)))
	b.ReportAllocs()
	for b.Loop() {
		m, err := Parse(src)
		if err != nil {
			b.Fatal(err)
		}
		if ps := m.Check(); len(ps) != 1 {
			b.Fatal(ps)
		}
	}
}

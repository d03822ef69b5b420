package simulate_test

import (
	"testing"

	"lienthong/internal/kit/civil"
)

func BenchmarkMany(b *testing.B) {
	sc := pack(b, "lien-thong-xa-huyen-tinh", 20)
	p := sc.DefaultPlan(civil.Must("2027-01-01"))
	b.ReportAllocs()
	for b.Loop() {
		many(b, sc, p)
	}
}

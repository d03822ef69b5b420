package simulate_test

import (
	"testing"

	"lienthong/internal/engine/simulate"
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

// BenchmarkPlay replays a dossier's whole life, as every page of a walk does.
func BenchmarkPlay(b *testing.B) {
	sc := pack(b, "co-nghia-vu-tai-chinh", 5)
	w := simulate.Walk{Submitted: at("2026-11-25 09:00"), Channel: simulate.ChannelOnline}
	for {
		p, err := sc.Play(w)
		if err != nil || p.Refused != nil {
			b.Fatal(err, p.Refused)
		}
		if p.State.Done {
			break
		}
		x := p.Waiting[0]
		w.Choices = append(w.Choices, simulate.Choice{Act: x.Options[0].Act, Token: x.Token, Arg: x.Options[0].Arg, At: x.At})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sc.Play(w); err != nil {
			b.Fatal(err)
		}
	}
}

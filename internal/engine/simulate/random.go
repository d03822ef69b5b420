package simulate

import (
	"math"
	"slices"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
)

// random is SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): a
// seed gives the same numbers in every version of Go.
type random struct{ state uint64 }

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// unit returns a number from 0 to just under 1.
func (r *random) unit() float64 { return float64(r.next()>>11) / (1 << 53) }

// below returns a number from 0 to n-1; n is at most a few million, so that the bias of the remainder
// does not matter.
func (r *random) below(n int) int { return int(r.next() % uint64(max(n, 1))) }

// normal returns a standard normal number (Box and Muller, 1958).
func (r *random) normal() float64 {
	u := 1 - r.unit()
	return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*r.unit())
}

// around returns a positive duration with the mean and a standard deviation of spread times the mean,
// lognormal as durations of work are skewed: most are short, some are long.
func (r *random) around(mean, spread float64) float64 {
	if spread <= 0 || mean <= 0 {
		return mean
	}
	variance := math.Log1p(spread * spread)
	return mean * math.Exp(math.Sqrt(variance)*r.normal()-variance/2)
}

// pick returns the key of an outcome by the shares; without shares all are alike.
func (r *random) pick(n *bpmn.Node, shares map[string]float64) string {
	if len(n.Outcomes) == 0 {
		return ""
	}
	sum := 0.0
	for i := range n.Outcomes {
		sum += shares[n.Outcomes[i].Key]
	}
	if sum <= 0 {
		return n.Outcomes[r.below(len(n.Outcomes))].Key
	}
	at, last := r.unit()*sum, ""
	for i := range n.Outcomes {
		s := shares[n.Outcomes[i].Key]
		if s <= 0 {
			continue
		}
		if last = n.Outcomes[i].Key; at < s {
			return last
		}
		at -= s
	}
	return last
}

// arrivals returns the moments of submission in order of time: each dossier chooses a month by its
// proportion and then an office minute of it, so that within a month arrivals are those of a Poisson
// process given their number.
func arrivals(r *random, c *worktime.Calendar, p *Plan) []time.Time {
	type stretch struct {
		from    time.Time
		minutes int
		weight  float64
	}
	var months []stretch
	sum := 0.0
	for from, end := p.From, p.From.AddMonths(12); from < end; {
		y, m, _ := from.YMD()
		to := min(civil.Of(y, m+1, 1), end)
		s := stretch{from: from.At(0), minutes: c.Between(from.At(0), to.At(0))}
		s.weight = float64(s.minutes)
		if p.Months != [12]int{} {
			// The first and the last month may each be in the year in part.
			whole := c.Between(civil.Of(y, m, 1).At(0), civil.Of(y, m+1, 1).At(0))
			s.weight = float64(p.Months[m-1]) * float64(s.minutes) / float64(max(whole, 1))
		}
		if s.minutes > 0 {
			months = append(months, s)
			sum += s.weight
		}
		from = to
	}
	if sum <= 0 {
		return nil
	}
	out := make([]time.Time, 0, p.Dossiers)
	for range p.Dossiers {
		at, k := r.unit()*sum, 0
		for k < len(months)-1 && at >= months[k].weight {
			at -= months[k].weight
			k++
		}
		out = append(out, c.Add(months[k].from, 1+r.below(months[k].minutes)))
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

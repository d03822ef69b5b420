package simulate_test

import (
	"context"
	"math"
	"reflect"
	"slices"
	"testing"

	"lienthong/internal/engine/simulate"
	"lienthong/internal/kit/civil"
)

func many(t testing.TB, sc *simulate.Scene, p simulate.Plan) *simulate.Result {
	t.Helper()
	r, err := sc.Many(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// queueOnly is one task without anything around it: the textbook's single queue.
const queueOnly = `<startEvent id="s"/><userTask id="a" name="Việc" lt:action="examine" lt:budget="1d"/><endEvent id="e"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="a"/><sequenceFlow id="f2" sourceRef="a" targetRef="e"/>`

// TestManyIsTheTextbooksQueue compares the mean wait with the formula of Pollaczek and Khinchine for
// random arrivals and constant service: λs²/(2(1-ρ)).
func TestManyIsTheTextbooksQueue(t *testing.T) {
	sc := scene(t, drawn(queueOnly), 0)
	const n, service = 5000, 17
	office := sc.Calendar.Between(civil.Must("2027-01-01").At(0), civil.Must("2028-01-01").At(0))
	rate := float64(n) / float64(office)
	load := rate * service
	want := rate * service * service / (2 * (1 - load))
	sum, runs := 0.0, 12
	for seed := range runs {
		p := sc.DefaultPlan(civil.Must("2027-01-01"))
		p.Dossiers, p.Seed, p.Spread = n, uint64(seed), 0
		p.Tasks["a"] = simulate.TaskPlan{Minutes: service}
		r := many(t, sc, p)
		sum += r.Tasks[0].Wait.Mean
		if use := float64(r.Lanes[0].Use()) / 10000; math.Abs(use-load) > 0.01 {
			t.Errorf("the lane is busy %.3f of its time, want %.3f", use, load)
		}
	}
	if got := sum / float64(runs); math.Abs(got-want) > 0.12*want {
		t.Errorf("waits %.1f minutes in the mean, the formula says %.1f", got, want)
	}
}

// TestMany conserves dossiers and keeps Little's law on every process of the pack.
func TestMany(t *testing.T) {
	for _, key := range []string{"mot-cua-co-tham-dinh", "co-nghia-vu-tai-chinh", "lien-thong-xa-huyen-tinh", "lien-thong-song-song"} {
		t.Run(key, func(t *testing.T) {
			sc := pack(t, key, 5)
			p := sc.DefaultPlan(civil.Must("2027-01-01"))
			r := many(t, sc, p)
			if r.Dossiers != p.Dossiers || r.Out+r.Open+r.Blocked != r.Dossiers || r.Queued+r.Worked+r.Outside != r.Open {
				t.Errorf("%d in, %d out, %d open (%d, %d, %d), %d blocked", r.Dossiers, r.Out, r.Open, r.Queued, r.Worked, r.Outside, r.Blocked)
			}
			if r.Blocked != 0 {
				t.Errorf("%+v", r.Troubles)
			}
			for _, l := range r.Lanes {
				waited := 0.0
				for _, task := range r.Tasks {
					if task.Lane == l.ID && task.Queued == 0 {
						waited += task.Wait.Mean * float64(task.Wait.N)
					} else if task.Lane == l.ID {
						waited = math.Inf(-1)
					}
				}
				// Little: dossiers waiting in the mean are arrivals by time, times the mean wait.
				office := float64(l.Capacity / l.Staff)
				if little := waited / office; !math.IsInf(little, -1) && math.Abs(little-l.Mean) > 0.02*l.Mean+1e-6 {
					t.Errorf("lane %s: %.3f wait in the mean, Little's law says %.3f", l.ID, l.Mean, little)
				}
				if l.Use() > 10000 || l.Longest > 0 && slices.Max(l.Weeks) != l.Longest {
					t.Errorf("lane %s: used %d, longest %d of %v", l.ID, l.Use(), l.Longest, l.Weeks)
				}
			}
			if !reflect.DeepEqual(r, many(t, sc, p)) {
				t.Error("the same seed gave another result")
			}
			p.Seed = 2
			if reflect.DeepEqual(r.Lanes, many(t, sc, p).Lanes) {
				t.Error("another seed gave the same result")
			}
		})
	}
}

package history

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
	"lienthong/internal/module/dossier"
)

// author makes up lives.
type author struct {
	data   *Data
	market *market
	past   *dossier.Past
}

// day makes up everything that is filed on the day, in the order of the hours. The chance is the
// day's own, so the same day comes out the same whichever run makes it up.
func (a *author) day(ctx context.Context, d Day) ([]dossier.Life, error) {
	r := rand.New(rand.NewPCG(uint64(a.data.Seed), uint64(d.Date)))
	lives := make([]dossier.Life, 0, d.Sum())
	for channel := dossier.Counter; channel <= dossier.Sector; channel++ {
		for range d.N[channel] {
			l, err := a.life(ctx, r, channel, d)
			if err != nil {
				return nil, err
			}
			lives = append(lives, l)
		}
	}
	slices.SortStableFunc(lives, func(x, y dossier.Life) int { return x.Times[0].Compare(y.Times[0]) })
	return lives, nil
}

func (a *author) life(ctx context.Context, r *rand.Rand, channel dossier.Channel, d Day) (dossier.Life, error) {
	s := a.market.pick(r, channel, d.Date, d.End)
	chance := a.data.Outcomes.Value
	way := dossier.Way{Pay: true}
	late := r.Float64() < chance.Late
	if s.what.sameDay {
		late = late && r.IntN(3) == 0
	} else {
		way.Ask = r.Float64() < chance.Ask
		way.Back = r.Float64() < chance.Back
		if r.Float64() < chance.Extend {
			way.Extend = 2 + r.IntN(3)
		}
	}
	way.Early = channel == dossier.Online && r.Float64() < chance.Early
	way.Duty = r.Float64() < chance.Duty
	way.Early = way.Early && !way.Ask
	w, err := a.past.Way(ctx, s.what.version.ID, s.at.id, channel, way)
	if err != nil {
		return dossier.Life{}, err
	}
	cal, err := a.past.Calendar(ctx, w, s.at.id)
	if err != nil {
		return dossier.Life{}, err
	}
	l := dossier.Life{Way: w, Offer: s.at.id, Number: strconv.Itoa(1+r.IntN(4999)) + "/KQ", Duty: int64(1+r.IntN(60)) * 50_000}
	if l.Times, err = a.times(r, w, cal, d, late); err != nil {
		return l, fmt.Errorf("procedure %s filed on %s: %w", s.what.version.Code, d.Date, err)
	}
	l.Form, l.Applicant = s.what.sheet.fill(a.data, r, d.Date, s.at.places)
	return l, nil
}

// times makes up when each step of a life happens: filed on the day, finished before or, if late,
// after the date, everything over before the end of the last day.
func (a *author) times(r *rand.Rand, w *dossier.PastWay, cal *worktime.Calendar, d Day, late bool) ([]time.Time, error) {
	out := make([]time.Time, len(w.Steps))
	out[0] = filedAt(r, w.Channel, cal, d)
	received, at := 0, out[0]
	for i, s := range w.Steps {
		if s.Receives {
			received = i
			break
		}
	}
	// Before receipt: online dossiers wait for an official, at most a working day.
	for i := 1; i <= received; i++ {
		if w.Steps[i].Outside {
			at = outside(r, at, 40)
		} else {
			at = cal.Add(at, 8+r.IntN(200)).Add(second(r))
		}
		out[i] = at
	}
	budget, err := a.budget(r, w, cal, at, late)
	if err != nil {
		return nil, err
	}
	finish := len(w.Steps) - 1
	weights, all := make([]float64, len(w.Steps)), 0.0
	for i := received + 1; i < len(w.Steps); i++ {
		if w.Steps[i].Outside || i > finish {
			continue
		}
		weights[i] = (0.3 + r.Float64()) * float64(max(w.Steps[i].Minutes, 60))
		all += weights[i]
		if w.Steps[i].Finishes {
			finish = i
		}
	}
	for i := received + 1; i < len(w.Steps); i++ {
		switch {
		case w.Steps[i].Outside:
			at = outside(r, at, 130)
		case i > finish: // the result lies ready until somebody comes for it
			at = cal.Add(at, 10+r.IntN(900)).Add(second(r))
		default:
			at = cal.Add(at, max(int(float64(budget)*weights[i]/all), 2)).Add(second(r))
		}
		out[i] = at
	}
	return out, within(out, cal, cal.Add(d.End.At(0), cal.Day(d.End).Minutes-1))
}

// budget is how many office minutes there are between receipt and finish.
func (a *author) budget(r *rand.Rand, w *dossier.PastWay, cal *worktime.Calendar, received time.Time, late bool) (int, error) {
	if w.Term.N == 0 {
		return 240 + r.IntN(4000), nil
	}
	rule, err := a.past.Rules(civil.From(received))
	if err != nil {
		return 0, err
	}
	due, err := worktime.Due(cal, w.Term, rule, []worktime.Entry{{Kind: worktime.Receive, At: received}})
	if err != nil {
		return 0, err
	}
	all := cal.Between(received, due.Due)
	if late {
		return all + 480*5 + r.IntN(480*4), nil // beyond what an extension could give
	}
	return int(float64(all) * (0.25 + 0.65*r.Float64())), nil
}

// filedAt is when the dossier is handed in: in office hours, or online at any time of a day.
func filedAt(r *rand.Rand, channel dossier.Channel, cal *worktime.Calendar, d Day) time.Time {
	if channel == dossier.Online {
		minute := 6*60 + r.IntN(17*60)
		if d.Date == d.End { // the day's officials must still get to it
			minute = 6*60 + r.IntN(6*60)
		}
		return d.Date.At(minute).Add(second(r))
	}
	open := cal.Day(d.Date).Minutes
	if d.Date == d.End {
		open /= 2
	}
	// More come early than late.
	x := min(r.IntN(max(open-10, 1)), r.IntN(max(open-10, 1)))
	return cal.Add(d.Date.At(0), x).Add(second(r))
}

// outside is when an applicant comes back: after some hours, by day.
func outside(r *rand.Rand, after time.Time, hours int) time.Time {
	at := after.Add(time.Duration(2+r.IntN(hours)) * time.Hour)
	day := civil.From(at)
	minute := int(at.Sub(day.At(0)) / time.Minute)
	if minute < 8*60 || minute > 20*60 {
		return (day + 1).At(8*60 + r.IntN(8*60)).Add(second(r))
	}
	return at.Add(second(r))
}

// second keeps acts of different dossiers from falling on the same instant.
func second(r *rand.Rand) time.Duration {
	return time.Duration(r.Int64N(int64(50 * time.Second))).Truncate(time.Microsecond)
}

// within presses a life together, so that its last step comes before the end, and keeps each step
// after the one before. It fails if there are not two office minutes for each.
func within(times []time.Time, cal *worktime.Calendar, end time.Time) error {
	last := len(times) - 1
	if times[last].After(end) {
		have, need := cal.Between(times[0], end)-last, cal.Between(times[0], times[last])
		if have < 2*last {
			return fmt.Errorf("%d office minutes are left for %d steps", have, last)
		}
		first := times[0]
		for i := 1; i <= last; i++ {
			part := int(int64(cal.Between(first, times[i])) * int64(have) / int64(max(need, 1)))
			times[i] = cal.Add(first, part+i).Add(time.Duration(times[i].Nanosecond()/1000) * time.Microsecond)
		}
	}
	for i := 1; i <= last; i++ {
		if !times[i].After(times[i-1]) {
			times[i] = times[i-1].Add(time.Second)
		}
	}
	return nil
}

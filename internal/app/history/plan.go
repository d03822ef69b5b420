package history

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
	"lienthong/internal/module/dossier"
)

// Day is how many dossiers are filed on a day by each channel; N[0] is not used.
type Day struct {
	Date civil.Date
	N    [dossier.Sector + 1]int64
	End  civil.Date // the last day on which what is filed today is finished: the last of its part
}

// Sum returns how many are filed by all channels.
func (d Day) Sum() (n int64) {
	for _, x := range d.N {
		n += x
	}
	return n
}

// Plan spreads total dossiers over the days of the history, in the proportions of its parts and of
// the seasons; with the total of the data the parts come out exactly. Days without dossiers are
// left out. The calendar is the province's.
func Plan(d *Data, cal *worktime.Calendar, total int64) ([]Day, error) {
	if total <= 0 {
		return nil, fmt.Errorf("a history of %d dossiers", total)
	}
	parts := d.Parts.Periods
	var received, online []float64
	for _, p := range parts {
		received, online = append(received, float64(p.Received)), append(online, float64(p.Online))
	}
	all := apportion(total, received)
	ofOnline := apportion(int64(math.Round(float64(total)*sum(online)/sum(received))), online)
	days := map[civil.Date]*Day{}
	for i, p := range parts {
		web := min(ofOnline[i], all[i])
		var n [dossier.Sector + 1]int64
		n[dossier.Sector] = int64(math.Round(float64(web) * d.SectorShare.Value))
		n[dossier.Online] = web - n[dossier.Sector]
		n[dossier.Post] = int64(math.Round(float64(all[i]-web) * d.PostShare.Value))
		n[dossier.Counter] = all[i] - web - n[dossier.Post]
		if err := d.spread(days, cal, p, n); err != nil {
			return nil, err
		}
	}
	out := make([]Day, 0, len(days))
	for _, x := range days {
		out = append(out, *x)
	}
	slices.SortFunc(out, func(a, b Day) int { return cmp.Compare(a.Date, b.Date) })
	return out, nil
}

// spread gives the days of the part their dossiers.
func (d *Data) spread(days map[civil.Date]*Day, cal *worktime.Calendar, p Period, n [dossier.Sector + 1]int64) error {
	last := p.To
	for last >= p.From && cal.Day(last).Minutes == 0 {
		last--
	}
	if last < p.From {
		return fmt.Errorf("nobody works between %s and %s", p.From, p.To)
	}
	var dates []civil.Date
	var office, home []float64
	for day := p.From; day <= last; day++ {
		w := d.season(day)
		dates = append(dates, day)
		home = append(home, w*d.Weekdays.Value[day.Weekday()])
		if cal.Day(day).Minutes == 0 {
			w = 0
		} else if x := d.Weekdays.Value[day.Weekday()]; x > 0.5 { // a Saturday made up for is a day like others
			w *= x
		}
		office = append(office, w)
	}
	for channel := dossier.Counter; channel <= dossier.Sector; channel++ {
		weights := office
		if channel == dossier.Online {
			weights = home
		}
		for i, x := range apportion(n[channel], weights) {
			if x == 0 {
				continue
			}
			if days[dates[i]] == nil {
				days[dates[i]] = &Day{Date: dates[i], End: last}
			}
			days[dates[i]].N[channel] = x
		}
	}
	return nil
}

// season is how busy the time of the year is, with the quiet weeks around the first day of Tết.
func (d *Data) season(day civil.Date) float64 {
	y, m, _ := day.YMD()
	w := d.Months.Value[m-1]
	tet, ok := worktime.FromLunar(worktime.Lunar{Year: y, Month: 1, Day: 1})
	switch {
	case !ok:
	case day < tet && int(tet-day) <= d.Tet.Value.Before:
		w *= d.Tet.Value.BeforeFactor
	case day >= tet && int(day-tet) <= d.Tet.Value.After:
		w *= d.Tet.Value.AfterFactor
	}
	return w
}

func sum(w []float64) (s float64) {
	for _, x := range w {
		s += x
	}
	return s
}

// apportion divides n in the proportions of the weights, by largest remainder; equal remainders go
// to the earlier one.
func apportion(n int64, weights []float64) []int64 {
	out := make([]int64, len(weights))
	all := sum(weights)
	if all <= 0 || n <= 0 {
		return out
	}
	type rest struct {
		i int
		r float64
	}
	rests := make([]rest, len(weights))
	left := n
	for i, w := range weights {
		share := float64(n) * w / all
		out[i] = int64(share)
		left -= out[i]
		rests[i] = rest{i, share - math.Floor(share)}
	}
	slices.SortStableFunc(rests, func(a, b rest) int { return cmp.Compare(b.r, a.r) })
	for i := range left {
		out[rests[i].i]++
	}
	return out
}

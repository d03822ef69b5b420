package history

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
	"lienthong/internal/module/procedure"
)

// market is everything people could file, and how often they do: procedures at the agencies that
// offer them, by channel.
type market struct {
	data   *Data
	stalls [dossier.Sector + 1][]stall
}

// stall is one procedure at one agency; upTo is the sum of the weights of it and all before it.
type stall struct {
	what *offered
	at   *agency
	upTo float64
}

// offered is a procedure with what its past lives need.
type offered struct {
	version *procedure.Compiled
	sheet   *sheet
	days    int  // its term in calendar days, roughly
	sameDay bool // to be finished on the day
}

// agency is a place to file at.
type agency struct {
	id     id.ID
	places []string // where its applicants live
}

// open finds out what is offered where and weighs it. The pack gives the examples of its forms.
func open(ctx context.Context, s Sources, d *Data, pack fs.FS) (*market, error) {
	m := &market{data: d}
	cat, err := s.Procedures.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	tree, err := s.Org.Tree(ctx)
	if err != nil {
		return nil, err
	}
	agencies := map[id.ID]*agency{}
	entries := slices.Clone(cat.Entries())
	slices.SortFunc(entries, func(a, b *procedure.Entry) int { return strings.Compare(a.Code, b.Code) })
	for _, e := range entries {
		o, err := offer(ctx, s, pack, e)
		if err != nil {
			return nil, fmt.Errorf("procedure %s: %w", e.Code, err)
		}
		at, err := s.Procedures.OfferingAgencies(ctx, e.Code)
		if err != nil {
			return nil, err
		}
		slices.SortFunc(at, func(a, b procedure.Unit) int { return strings.Compare(a.Key, b.Key) })
		weight, known := d.Procedures.Value[e.Code]
		if !known {
			weight = d.Other.Value
		}
		weights := make([]float64, len(at))
		for i, u := range at {
			if agencies[u.ID] == nil {
				agencies[u.ID] = &agency{id: u.ID, places: homes(tree, u.ID)}
			}
			weights[i] = d.size(tree, u.ID)
		}
		all := sum(weights)
		for channel := dossier.Counter; channel <= dossier.Sector; channel++ {
			if !d.takes(&o.version.Record, channel) {
				continue
			}
			for i, u := range at {
				m.add(channel, stall{what: o, at: agencies[u.ID]}, weight*weights[i]/all)
			}
		}
	}
	for channel := dossier.Counter; channel <= dossier.Sector; channel++ {
		if len(m.stalls[channel]) == 0 {
			return nil, fmt.Errorf("nothing can be filed by channel %d", channel)
		}
	}
	return m, nil
}

func (m *market) add(channel dossier.Channel, s stall, weight float64) {
	if weight <= 0 {
		return
	}
	list := m.stalls[channel]
	s.upTo = weight
	if len(list) > 0 {
		s.upTo += list[len(list)-1].upTo
	}
	m.stalls[channel] = append(list, s)
}

func offer(ctx context.Context, s Sources, pack fs.FS, e *procedure.Entry) (*offered, error) {
	v, err := s.Procedures.ByVersion(ctx, e.Version)
	if err != nil {
		return nil, err
	}
	o := &offered{version: v}
	var example []byte
	if v.Form != nil {
		if example, err = fs.ReadFile(pack, "forms/"+v.FormKey+"/example.json"); err != nil {
			return nil, err
		}
	}
	if o.sheet, err = newSheet(v.Form, example); err != nil {
		return nil, err
	}
	term, _ := v.Record.Term(dossier.Counter)
	o.sameDay = term.Unit == worktime.SameDay || term.Unit == worktime.WorkingHour
	switch term.Unit {
	case worktime.WorkingDay:
		o.days = term.N * 7 / 5
	case worktime.SameDay, worktime.WorkingHour:
		o.days = 1
	default:
		o.days = max(term.N, 1)
	}
	return o, nil
}

// takes tells whether dossiers of the procedure come by the channel.
func (d *Data) takes(r *procedure.Record, channel dossier.Channel) bool {
	switch channel {
	case dossier.Online:
		return r.Online()
	case dossier.Sector:
		return slices.Contains(d.SectorFields.Value, r.Field.Value.Name)
	}
	_, ok := r.Method(channel)
	return ok
}

// size is how much is filed at the agency beside others.
func (d *Data) size(tree *org.Tree, unit id.ID) float64 {
	u, ok := tree.Unit(unit)
	if !ok {
		return 0
	}
	if w, ok := d.Kinds.Value[u.Kind]; ok {
		return w
	}
	name := u.Name
	if a, ok := tree.Area(u.Area); ok {
		name = a.Name
	}
	for _, c := range d.Communes.Value {
		if strings.HasPrefix(name, c.Prefix) {
			return c.Weight
		}
	}
	return 1
}

// homes returns where applicants of the agency live: its commune, or the communes below its area.
func homes(tree *org.Tree, unit id.ID) []string {
	u, ok := tree.Unit(unit)
	if !ok {
		return nil
	}
	a, ok := tree.Area(u.Area)
	if !ok {
		return nil
	}
	under := tree.Areas("", a.Code)
	if len(under) == 0 {
		return []string{full(tree, a)}
	}
	var out []string
	for _, x := range under {
		if below := tree.Areas("", x.Code); len(below) > 0 {
			for _, y := range below {
				out = append(out, full(tree, y))
			}
			continue
		}
		out = append(out, full(tree, x))
	}
	slices.Sort(out)
	return out
}

func full(tree *org.Tree, a *org.Area) string {
	name := a.Name
	for p, ok := tree.Area(a.Parent); ok && a.Parent != ""; p, ok = tree.Area(p.Parent) {
		name += ", " + p.Name
		if p.Parent == "" {
			break
		}
	}
	return name
}

// pick chooses what is filed by the channel on a day. Close to the end of a part it prefers what is
// finished in time: it tries again, but not for ever.
func (m *market) pick(r *rand.Rand, channel dossier.Channel, day, end civil.Date) *stall {
	list := m.stalls[channel]
	var s *stall
	for range 8 {
		x := r.Float64() * list[len(list)-1].upTo
		s = &list[min(sort.Search(len(list), func(i int) bool { return list[i].upTo > x }), len(list)-1)]
		if int(end-day) >= s.what.days {
			break
		}
	}
	return s
}

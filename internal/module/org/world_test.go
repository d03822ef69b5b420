package org

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/id"
)

// Whatever changes the rules let through, on every day the units form a tree: walked day by day,
// without looking at how the rules work.
func TestRulesKeepTheTree(t *testing.T) {
	const days, most = 24, 7
	rapid.Check(t, func(t *rapid.T) {
		w := &world{units: map[id.ID]*history{}, keys: map[string]id.ID{}}
		var all []id.ID
		day := func(label string) civil.Date { return civil.Date(rapid.IntRange(0, days-1).Draw(t, label)) }
		pick := func(label string) id.ID {
			if len(all) == 0 || rapid.IntRange(0, 5).Draw(t, label+" none") == 0 {
				return id.ID{}
			}
			return rapid.SampledFrom(all).Draw(t, label)
		}
		kept := 0
		for step := range rapid.IntRange(1, 40).Draw(t, "steps") {
			values := Values{Name: fmt.Sprint(step), Parent: pick("parent")}
			u := pick("unit")
			h := w.units[u]
			switch op := rapid.IntRange(0, 3).Draw(t, "op"); {
			case op == 0 && len(all) < most:
				n := &history{id: id.ID{byte(len(all) + 1)}, kind: "agency", spans: []Span{{From: day("from"), Values: values}}}
				w.units[n.id] = n
				if w.check(n.id, n.spans) != nil {
					delete(w.units, n.id)
					continue
				}
				all = append(all, n.id)
			case h == nil:
				continue
			case op == 1:
				spans, err := h.closing(day("close"))
				if err != nil || w.check(u, spans) != nil {
					continue
				}
				h.spans = spans
			default:
				spans, err := h.change(day("change"), values)
				if err != nil || w.check(u, spans) != nil {
					continue
				}
				h.spans = spans
			}
			kept++
			for d := range civil.Date(days + 2) {
				sound(t, w, d)
			}
		}
		if kept == 0 && len(all) > 0 {
			t.Fatal("nothing was kept")
		}
	})
}

func sound(t *rapid.T, w *world, d civil.Date) {
	valid := func(u id.ID) (Span, bool) {
		n, out := 0, Span{}
		for _, s := range w.units[u].spans {
			if s.From <= d && (s.To == nil || d < *s.To) {
				out = s
				n++
			}
		}
		if n > 1 {
			t.Fatalf("unit %x has %d spans on day %d", u[0], n, d)
		}
		return out, n == 1
	}
	for u, h := range w.units {
		first, last := h.spans[0].From, h.spans[len(h.spans)-1].To
		s, ok := valid(u)
		if inLife := first <= d && (last == nil || d < *last); ok != inLife {
			t.Fatalf("unit %x has a gap on day %d", u[0], d)
		}
		for steps := 0; ok && !s.Parent.Zero(); steps++ {
			if steps > len(w.units) {
				t.Fatalf("a circle above unit %x on day %d", u[0], d)
			}
			if s, ok = valid(s.Parent); !ok {
				t.Fatalf("above unit %x something is not valid on day %d", u[0], d)
			}
		}
	}
}

package dmn

import (
	"sort"
	"strconv"
	"strings"

	"lienthong/internal/engine/feel"
)

// rank sorts rows by the priority of their outputs, the first output first (clause 8.2.11): the
// order of the allowed values is that of priority. The rules' numbers in f are sorted alike.
func (t *table) rank(q *question, s *feel.Scope, rows []feel.Value, f *Firing) bool {
	keys := make([][]int, len(rows))
	ranked := false
	for o, out := range t.outputs {
		if out.values == nil {
			continue
		}
		order, ok := q.of(out.values, s).(feel.List)
		if !ok {
			continue
		}
		ranked = true
		for i, r := range rows {
			v := r
			if c, is := r.(*feel.Context); is && len(t.outputs) > 1 {
				v, _ = c.Get(t.outputs[o].name)
			}
			at := len(order)
			for j, e := range order {
				if eq, ok := feel.Equal(v, e); ok && eq {
					at = j
					break
				}
			}
			keys[i] = append(keys[i], at)
		}
	}
	if !ranked {
		return false
	}
	index := make([]int, len(rows))
	for i := range index {
		index[i] = i
	}
	sort.SliceStable(index, func(a, b int) bool {
		x, y := keys[index[a]], keys[index[b]]
		for i := range x {
			if x[i] != y[i] {
				return x[i] < y[i]
			}
		}
		return false
	})
	before, old := append([]feel.Value(nil), rows...), *f
	f.Rules, f.RuleIDs, f.Tests, f.Annotations = nil, nil, nil, nil
	for i, j := range index {
		rows[i] = before[j]
		f.Rules = append(f.Rules, old.Rules[j])
		f.RuleIDs = append(f.RuleIDs, old.RuleIDs[j])
		f.Tests = append(f.Tests, old.Tests[j])
		f.Annotations = append(f.Annotations, old.Annotations[j])
	}
	return true
}

func numbers(list []int) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = strconv.Itoa(n)
	}
	return strings.Join(out, ", ")
}

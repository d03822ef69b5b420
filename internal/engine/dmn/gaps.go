package dmn

import (
	"slices"
	"sort"
	"strings"
	"time"

	"lienthong/internal/engine/feel"
)

// Limits on the look at a table; a larger one is left alone.
const (
	maxLooks    = 200_000 // steps of the search
	maxExamples = 5       // of one kind that are told
)

// grid is a table over representatives: for each column some values such that every value an entry
// can tell apart from others has one of them, and for each rule those it matches. What is found with
// them is a real input; what is not found may still exist where tests speak of other variables.
type grid struct {
	t       *table
	columns [][]feel.Value
	hits    [][][]bool // rule, column, representative
	known   []bool     // rules whose entries depend on their inputs alone
	looks   int
}

// newGrid returns the grid; ok is false when a column's values cannot be told.
func newGrid(t *table) (*grid, bool) {
	g := &grid{t: t, known: make([]bool, len(t.rules)), hits: make([][][]bool, len(t.rules))}
	run := feel.NewRun(time.Unix(0, 0).UTC(), nil)
	for i := range g.known {
		g.known[i] = true
	}
	for c, in := range t.inputs {
		var points feel.List
		for i, r := range t.rules {
			if c >= len(r.tests) || r.tests[c] == nil {
				return nil, false
			}
			vs, fixed := r.tests[c].Constants(run)
			if !fixed {
				g.known[i] = false
			}
			points = append(points, vs...)
		}
		if in.allowed != nil {
			vs, _ := in.allowed.Constants(run)
			points = append(points, vs...)
		}
		reps := representatives(points, in.typ)
		reps = slices.DeleteFunc(reps, func(v feel.Value) bool {
			return in.allowed != nil && !in.allowed.Match(run, nil, v) || in.typ != nil && !in.typ.Has(run, v)
		})
		if len(reps) == 0 {
			return nil, false
		}
		g.columns = append(g.columns, reps)
	}
	for i, r := range t.rules {
		for c := range t.inputs {
			row := make([]bool, len(g.columns[c]))
			for j, v := range g.columns[c] {
				row[j] = r.tests[c].Match(run, nil, v)
			}
			g.hits[i] = append(g.hits[i], row)
		}
	}
	return g, !run.Spent() && run.Steps > 0
}

// representatives returns the points themselves, one value between any two and one beyond each end.
func representatives(points feel.List, typ *feel.Type) []feel.Value {
	var out []feel.Value
	kind := typ.Kind()
	var sorted feel.List
	for _, p := range points {
		if p == nil {
			continue
		}
		if kind == "Any" {
			kind = feel.TypeName(p)
		}
		if feel.TypeName(p) != kind {
			continue
		}
		if !slices.ContainsFunc(sorted, func(v feel.Value) bool { eq, _ := feel.Equal(v, p); return eq }) {
			sorted = append(sorted, p)
		}
	}
	switch kind {
	case "boolean":
		return []feel.Value{true, false}
	case "string":
		out = append(out, sorted...)
		return append(out, "…")
	}
	sort.SliceStable(sorted, func(i, j int) bool { c, _ := feel.Compare(sorted[i], sorted[j]); return c < 0 })
	for i, p := range sorted {
		var before feel.Value
		if i > 0 {
			before = sorted[i-1]
		}
		if v, ok := feel.Between(before, p); ok {
			out = append(out, v)
		}
		out = append(out, p)
	}
	if len(sorted) > 0 {
		if v, ok := feel.Between(sorted[len(sorted)-1], nil); ok {
			out = append(out, v)
		}
	} else if kind == "number" {
		out = append(out, feel.NewNumber(0))
	}
	return out
}

// say writes an input that was found: one representative of each column.
func (g *grid) say(at []int) string {
	q := &question{}
	parts := make([]string, 0, len(at))
	for c, j := range at {
		if j < 0 {
			continue
		}
		parts = append(parts, g.t.inputs[c].label+" = "+q.short(g.columns[c][j]))
	}
	return strings.Join(parts, ", ")
}

// overlap returns an input that both rules match.
func (g *grid) overlap(a, b int) ([]int, bool) {
	at := make([]int, len(g.columns))
	for c := range g.columns {
		at[c] = -1
		for j := range g.columns[c] {
			if g.looks++; g.hits[a][c][j] && g.hits[b][c][j] {
				at[c] = j
				break
			}
		}
		if at[c] < 0 {
			return nil, false
		}
	}
	return at, true
}

// hole returns an input inside of a box that none of the rules matches. The box is that of a rule,
// or everything for -1.
func (g *grid) hole(box int, rules []int, column int, at []int) ([]int, bool) {
	if g.looks++; g.looks > maxLooks {
		return nil, false
	}
	if column == len(g.columns) {
		return slices.Clone(at), len(rules) == 0
	}
	var seen []string
	for j := range g.columns[column] {
		if box >= 0 && !g.hits[box][column][j] {
			continue
		}
		var rest []int
		for _, r := range rules {
			if g.looks++; g.hits[r][column][j] {
				rest = append(rest, r)
			}
		}
		key := numbers(rest)
		if slices.Contains(seen, key) {
			continue // another value that leaves the same rules was looked at
		}
		seen = append(seen, key)
		if found, ok := g.hole(box, rest, column+1, append(at, j)); ok {
			return found, true
		}
	}
	return nil, false
}

// rows looks for rules that contradict each other, that are never used, and for inputs without one.
func (t *table) rows() []Problem {
	if len(t.rules) == 0 || len(t.inputs) == 0 || len(t.rules) > 500 {
		return nil
	}
	for _, r := range t.rules {
		if len(r.tests) != len(t.inputs) {
			return nil
		}
	}
	g, ok := newGrid(t)
	if !ok {
		return nil
	}
	var out []Problem
	all := make([]int, 0, len(t.rules))
	every := true
	for i := range t.rules {
		every = every && g.known[i]
		if !g.known[i] {
			continue
		}
		_, open := g.overlap(i, i)
		if !open || t.policy == 'F' && g.covered(i, all) {
			p := newProblem(t.rules[i].id, "dmn.table.unreachable", "rule", i+1)
			p.Warning = true
			out = append(out, *p)
		}
		for _, j := range all {
			if t.policy != 'U' || len(out) >= 4*maxExamples {
				break
			}
			if at, both := g.overlap(j, i); both {
				out = append(out, *newProblem(t.rules[i].id, "dmn.table.overlap", "a", j+1, "b", i+1, "example", g.say(at)))
			}
		}
		all = append(all, i)
	}
	fallback := slices.ContainsFunc(t.outputs, func(o tableOutput) bool { return o.has })
	if every && !fallback && strings.IndexByte("UAPF", t.policy) >= 0 {
		if at, ok := g.hole(-1, all, 0, nil); ok {
			p := newProblem(t.id, "dmn.table.gap", "example", g.say(at))
			p.Warning = true
			out = append(out, *p)
		}
	}
	return out
}

// covered tells whether rules before it match whatever a rule matches.
func (g *grid) covered(rule int, before []int) bool {
	_, open := g.hole(rule, before, 0, nil)
	return !open && g.looks <= maxLooks
}

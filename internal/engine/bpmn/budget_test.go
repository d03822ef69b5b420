package bpmn

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// budgeted is a task that may take that long.
func budgeted(id, budget string) string {
	return strings.Replace(task(id), "lt:action", `lt:budget="`+budget+`" lt:action`, 1)
}

// The longest way counts, whatever the shape: of branches that run side by side, all of them or some,
// the longest; a way back once; what the applicant or a standing clock takes, nothing.
func TestBudgetShapes(t *testing.T) {
	s, e := node("startEvent", "s"), node("endEvent", "e")
	for name, c := range map[string]struct {
		src  string
		want int
	}{
		"in a row":  {model(s+budgeted("a", "1d")+budgeted("b", "4h")+e, "s>a", "a>b", "b>e"), 720},
		"parallel":  {model(s+node("parallelGateway", "g")+budgeted("a", "1d")+budgeted("b", "3d")+node("parallelGateway", "j")+budgeted("c", "1h")+e, "s>g", "g>a", "g>b", "a>j", "b>j", "j>c", "c>e"), 3*480 + 60},
		"inclusive": {model(s+node("inclusiveGateway", "g")+budgeted("a", "1d")+budgeted("b", "2d")+budgeted("c", "30m")+node("inclusiveGateway", "j")+e, "s>g", "g>a", "g>b", "g>c", "a>j", "b>j", "c>j", "j>e"), 960},
		"exclusive": {model(s+node("exclusiveGateway", "g")+budgeted("a", "1d")+budgeted("b", "2d")+budgeted("c", "1d")+e, "s>g", "g>a", "g>b", "a>c", "c>e", "b>e"), 960},
		"loop":      {model(s+budgeted("a", "1d")+budgeted("b", "1d")+node("exclusiveGateway", "g")+e, "s>a", "a>b", "b>g", "g>a", "g>e"), 960},
		"loop in a branch": {model(s+node("parallelGateway", "g")+budgeted("a", "1d")+node("exclusiveGateway", "x")+budgeted("b", "90m")+node("parallelGateway", "j")+e,
			"s>g", "g>a", "a>x", "x>a", "x>j", "g>b", "b>j", "j>e"), 480},
		"branches in branches": {model(s+node("parallelGateway", "g")+budgeted("a", "1d")+node("inclusiveGateway", "h")+budgeted("b", "2h")+budgeted("c", "5h")+node("inclusiveGateway", "i")+
			budgeted("d", "4h")+node("parallelGateway", "j")+e, "s>g", "g>a", "a>j", "g>h", "h>b", "h>c", "b>i", "c>i", "i>d", "d>j", "j>e"), 9 * 60},
	} {
		d := mustParse(t, c.src)
		if d.Budget() != c.want {
			t.Errorf("%s: %s, want %s", name, FormatBudget(d.Budget()), FormatBudget(c.want))
		}
		if d.CheckBudget(c.want) != nil || len(d.CheckBudget(c.want-1)) != 1 {
			t.Errorf("%s: %v under its budget, %v under less", name, d.CheckBudget(c.want), d.CheckBudget(c.want-1))
		}
	}
}

// In any process without ways back the budget is that of the longest way found by walking all of them.
func TestBudgetIsTheLongestWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "tasks")
		budget := make([]int, n)
		next := make([][]int, n) // n stands for the end
		nodes, flows := node("startEvent", "s")+node("endEvent", "e"), []string{"s>t0"}
		for i := range n {
			budget[i] = rapid.IntRange(1, 2000).Draw(t, "minutes")
			nodes += budgeted(fmt.Sprint("t", i), FormatBudget(budget[i])) + node(rapid.SampledFrom([]string{"parallelGateway", "inclusiveGateway", "exclusiveGateway"}).Draw(t, "gateway"), fmt.Sprint("g", i))
			flows = append(flows, fmt.Sprintf("t%d>g%d", i, i))
			for j := i + 1; j <= n; j++ {
				if j == i+1 || rapid.Bool().Draw(t, "flow") {
					next[i] = append(next[i], j)
					to := fmt.Sprint("t", j)
					if j == n {
						to = "e"
					}
					flows = append(flows, fmt.Sprintf("g%d>%s", i, to))
				}
			}
		}
		var walk func(i int) int
		walk = func(i int) int {
			if i == n {
				return 0
			}
			best := 0
			for _, j := range next[i] {
				best = max(best, walk(j))
			}
			return budget[i] + best
		}
		d, err := Parse([]byte(model(nodes, flows...)))
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Budget(); got != walk(0) {
			t.Fatalf("%d, walking finds %d", got, walk(0))
		}
	})
}

package bpmn

import (
	"strconv"
	"strings"
)

// CheckBudget returns a problem when the budgets along the longest way through the process come to
// more than minutes, the working time the law gives (a day has 480). Ways back are not counted, nor
// is work while the clock stands (status 5 and 6) or that the applicant does; of parallel
// branches the longer counts.
func (d *Definition) CheckBudget(minutes int) []Problem {
	sum, last := d.longest()
	if sum <= minutes || last < 0 {
		return nil
	}
	return []Problem{*newProblem(d.Nodes[last].ID, "bpmn.budget.over",
		"sum", FormatBudget(sum), "term", FormatBudget(minutes), "name", d.Nodes[last].Title(""))}
}

// Budget returns the working minutes along the longest way through the process, as CheckBudget
// counts them.
func (d *Definition) Budget() int {
	sum, _ := d.longest()
	return sum
}

func (d *Definition) longest() (sum, last int) { return d.longestIn("", map[string][2]int{}) }

// longestIn returns the longest way through one scope; a sub-process counts with the longest way
// through it, an activity with several instances once.
func (d *Definition) longestIn(key string, known map[string][2]int) (sum, last int) {
	if k, ok := known[key]; ok {
		return k[0], k[1] // a process may be called from many places
	}
	total := make([]int, len(d.Nodes))
	last = -1
	for _, i := range d.order {
		n := &d.Nodes[i]
		if n.Parent != key {
			continue
		}
		at := i
		if l := d.Lane(n.Lane); n.Status != 5 && n.Status != 6 && (l == nil || l.Role != RoleApplicant) {
			own := n.Budget
			if n.kind == kindSub {
				if inner, deepest := d.longestIn(n.inner, known); inner > own {
					own, at = inner, deepest
				}
			}
			total[i] += own
		}
		if total[i] > sum {
			sum, last = total[i], at
		}
		for _, s := range d.steps(i) {
			if d.Nodes[s.to].Parent == key && !(s.flow >= 0 && d.back[s.flow]) && total[s.to] < total[i] {
				total[s.to] = total[i]
			}
		}
	}
	known[key] = [2]int{sum, last}
	return sum, last
}

// FormatBudget writes working minutes as ParseBudget reads them: "1d4h30m"; zero is "0m".
func FormatBudget(minutes int) string {
	if minutes <= 0 {
		return "0m"
	}
	var b strings.Builder
	for _, u := range []struct {
		n    int
		name string
	}{{480, "d"}, {60, "h"}, {1, "m"}} {
		if n := minutes / u.n; n > 0 {
			b.WriteString(strconv.Itoa(n) + u.name)
			minutes -= n * u.n
		}
	}
	return b.String()
}

// ParseBudget reads working time such as "4h", "2d", "1d4h30m" as minutes; a day has 8 working
// hours. It refuses what is empty, zero, out of order or above one year of working days.
func ParseBudget(s string) (minutes int, ok bool) {
	rest, last := s, byte(0)
	for rest != "" {
		i, n := 0, 0
		for i < len(rest) && rest[i] >= '0' && rest[i] <= '9' && i < 5 {
			n = n*10 + int(rest[i]-'0')
			i++
		}
		if i == 0 || i == len(rest) {
			return 0, false
		}
		unit := rest[i]
		switch {
		case unit == 'd' && last == 0:
			minutes += n * 480
		case unit == 'h' && (last == 0 || last == 'd'):
			minutes += n * 60
		case unit == 'm' && last != 'm':
			minutes += n
		default:
			return 0, false
		}
		last, rest = unit, rest[i+1:]
	}
	return minutes, minutes > 0 && minutes <= 366*480
}

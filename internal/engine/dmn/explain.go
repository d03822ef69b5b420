package dmn

import "strings"

const (
	outcomeMatched  = "matched"
	outcomeDefault  = "default"
	outcomeNone     = "none"
	outcomeConflict = "conflict"
	outcomeRefused  = "refused"
)

// Firing tells what one decision table saw and which of its rules matched.
type Firing struct {
	Decision    string     // the name of the decision or knowledge model
	Table       string     // the table's id
	Policy      string     // such as U or C+
	Inputs      []Seen     // in the order of the columns
	Rules       []int      // numbers from 1, in the order in which they count
	RuleIDs     []string   // their ids
	Tests       [][]string // their input entries
	Annotations [][]string // their annotations
	Outcome     string     // matched, default, none, conflict or refused
	Value       string     // as FEEL writes it, cut short
}

// Seen is an input of a table with the value it had.
type Seen struct{ Name, Value string }

// Explain tells in one sentence a table what it saw, which rules matched and what came of it, for
// an auditor: lang "en", otherwise Vietnamese.
func (r Result) Explain(lang string) string {
	out := make([]string, 0, len(r.Tables))
	for _, f := range r.Tables {
		out = append(out, f.Text(lang))
	}
	return strings.Join(out, "\n")
}

// Text returns the sentence about one table: "en", otherwise Vietnamese.
func (f Firing) Text(lang string) string {
	seen := make([]string, len(f.Inputs))
	for i, s := range f.Inputs {
		seen[i] = s.Name + " = " + s.Value
	}
	why := make([]string, 0, len(f.Rules))
	for i, n := range f.Rules {
		var tests []string
		for j, t := range f.Tests[i] {
			if t == "" || t == "-" || j >= len(f.Inputs) {
				continue
			}
			tests = append(tests, f.Inputs[j].Name+": "+t)
		}
		note := ""
		if a := strings.Join(f.Annotations[i], "; "); strings.Trim(a, "; ") != "" {
			note = " — " + clip(a)
		}
		if len(tests) == 0 {
			tests = []string{"-"}
		}
		why = append(why, fill(lang, "dmn.explain.rule", map[string]any{"rule": n, "tests": clip(strings.Join(tests, ", "))})+note)
		if i == 9 {
			why = append(why, "…")
			break
		}
	}
	return strings.Replace(fill(lang, "dmn.explain."+f.Outcome, map[string]any{"decision": f.Decision, "policy": f.Policy,
		"inputs": clip(strings.Join(seen, ", ")), "rules": numbers(f.Rules), "value": f.Value}), "{why}", clipLong(strings.Join(why, "; ")), 1)
}

func clipLong(s string) string {
	if r := []rune(s); len(r) > 1500 {
		return string(r[:1500]) + "…"
	}
	return s
}

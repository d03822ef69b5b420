package bpmn

import (
	"fmt"
	"strings"

	"lienthong/internal/kit/fault"
)

// Problem is one thing that is wrong with a file, a definition or a step, said so that the person
// who drew the process can find it: Element is the id of the element in the file (empty when it
// concerns the whole), Key names the sentence, Args the values the sentence names. It is an error.
type Problem struct {
	Element string         `json:"element,omitempty"`
	Key     string         `json:"key"`
	Args    map[string]any `json:"args,omitempty"`
}

func newProblem(element, key string, args ...any) *Problem {
	return &Problem{Element: element, Key: key, Args: fault.Args(args...)}
}

// Error returns the English sentence with the element's id.
func (p *Problem) Error() string {
	if p.Element == "" {
		return "bpmn: " + p.Text("en")
	}
	return "bpmn: " + p.Element + ": " + p.Text("en")
}

// Text returns the plain sentence in the language: "en", otherwise Vietnamese.
func (p *Problem) Text(lang string) string {
	vi, en := sentence(p.Key)
	s := vi
	if lang == "en" {
		s = en
	}
	if s == "" {
		return p.Key
	}
	if strings.Contains(s, "{element}") {
		s = strings.ReplaceAll(s, "{element}", clip(p.Element))
	}
	for k, v := range p.Args {
		s = strings.ReplaceAll(s, "{"+k+"}", clip(fmt.Sprint(v)))
	}
	return s
}

// Problems are several things that are wrong with a file. It is an error.
type Problems []Problem

// Error returns the English sentences, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i := range ps {
		lines[i] = ps[i].Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns every problem, so that errors.As finds the first.
func (ps Problems) Unwrap() []error {
	out := make([]error, len(ps))
	for i := range ps {
		out[i] = &ps[i]
	}
	return out
}

// Fault returns the problem as a fault: Conflict when the state does not allow the step, otherwise
// Invalid with the element as the field's path.
func (p *Problem) Fault() *fault.Error {
	kind := fault.Invalid
	if strings.HasPrefix(p.Key, "bpmn.state.") {
		kind = fault.Conflict
	} else if strings.HasPrefix(p.Key, "bpmn.size.") {
		kind = fault.TooLarge
	}
	// The catalogue fills sentences from the arguments alone, so they name the element and are cut.
	args := map[string]any{"element": clip(p.Element)}
	for k, v := range p.Args {
		args[k] = v
		if s, ok := v.(string); ok {
			args[k] = clip(s)
		}
	}
	e := &fault.Error{Kind: kind, Key: p.Key, Args: args}
	if p.Element != "" {
		e.Fields = []fault.Field{{Path: p.Element, Key: p.Key, Args: args}}
	}
	return e
}

// clip keeps a hostile name from filling the page; the cut is at a rune.
func clip(s string) string {
	const limit = 120
	n := 0
	for i := range s {
		if n == limit {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

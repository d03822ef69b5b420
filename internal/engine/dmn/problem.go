package dmn

import (
	"fmt"
	"strings"

	"lienthong/internal/kit/fault"
)

// Problem is one thing that is wrong with a model, said so that the person who drew it can find it:
// Element is the id (or the name, without one) of the element in the file, Key names the sentence,
// Args the values the sentence names; Warning tells that the model may be published all the same.
// It is an error.
type Problem struct {
	Element string         `json:"element,omitempty"`
	Key     string         `json:"key"`
	Args    map[string]any `json:"args,omitempty"`
	Warning bool           `json:"warning,omitempty"`
	reason  interface{ Text(lang string) string }
}

func newProblem(element, key string, args ...any) *Problem {
	return &Problem{Element: element, Key: key, Args: fault.Args(args...)}
}

// Error returns the English sentence with the element's id.
func (p *Problem) Error() string {
	if p.Element == "" {
		return "dmn: " + p.Text("en")
	}
	return "dmn: " + p.Element + ": " + p.Text("en")
}

// Text returns the plain sentence in the language: "en", otherwise Vietnamese.
func (p *Problem) Text(lang string) string {
	s := fill(lang, p.Key, p.Args)
	if p.reason != nil {
		s = strings.ReplaceAll(s, "{reason}", p.reason.Text(lang))
	}
	return strings.ReplaceAll(s, "{element}", clip(p.Element))
}

// Fault returns the problem as a fault: TooLarge for limits, otherwise Invalid with the element as
// the field's path.
func (p *Problem) Fault() *fault.Error {
	kind := fault.Invalid
	if strings.HasPrefix(p.Key, "dmn.size.") {
		kind = fault.TooLarge
	}
	args := map[string]any{"element": clip(p.Element)}
	for k, v := range p.Args {
		if args[k] = v; fmt.Sprint(v) != "" {
			if s, ok := v.(string); ok {
				args[k] = clip(s)
			}
		}
	}
	if p.reason != nil {
		args["reason"] = p.reason.Text("vi")
	}
	e := &fault.Error{Kind: kind, Key: p.Key, Args: args}
	if p.Element != "" {
		e.Fields = []fault.Field{{Path: p.Element, Key: p.Key, Args: args}}
	}
	return e
}

func fill(lang, key string, args map[string]any) string {
	for _, t := range dmnTexts() {
		if t[0] != key {
			continue
		}
		s := t[1]
		if lang == "en" {
			s = t[2]
		}
		for k, v := range args {
			s = strings.ReplaceAll(s, "{"+k+"}", clip(fmt.Sprint(v)))
		}
		return s
	}
	return key
}

// clip keeps a hostile name from filling the page; the cut is at a rune.
func clip(s string) string {
	const limit = 160
	n := 0
	for i := range s {
		if n == limit {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

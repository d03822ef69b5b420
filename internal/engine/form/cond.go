package form

import (
	"encoding/json"
	"errors"
	"fmt"
)

// condition is a compiled "when".
type condition struct {
	op   string // equals in present not all any
	segs []string
	item bool // segs start at the item of the repeated group, not at the root
	vals []any
	want bool
	subs []*condition
}

// layoutCond is a condition as it is written. Exactly one of the operators is given; path goes
// with equals, in and present.
type layoutCond struct {
	Path    string       `json:"path"`
	Equals  any          `json:"equals"`
	In      []any        `json:"in"`
	Present *bool        `json:"present"`
	Not     *layoutCond  `json:"not"`
	All     []layoutCond `json:"all"`
	Any     []layoutCond `json:"any"`
}

// compileCond checks a condition. resolve turns its path into segments and fails on a field that
// does not exist or comes later.
func compileCond(c *layoutCond, depth int, resolve func(path string) ([]string, bool, error)) (*condition, error) {
	if c == nil {
		return nil, nil
	}
	if depth > 8 {
		return nil, errors.New("condition nested too deeply")
	}
	out := &condition{}
	n := 0
	if c.Equals != nil {
		n, out.op, out.vals = n+1, "equals", []any{scalar(c.Equals)}
	}
	if c.In != nil {
		n, out.op = n+1, "in"
		for _, v := range c.In {
			out.vals = append(out.vals, scalar(v))
		}
	}
	if c.Present != nil {
		n, out.op, out.want = n+1, "present", *c.Present
	}
	if n > 0 {
		for _, v := range out.vals {
			if v == nil {
				return nil, fmt.Errorf("condition on %s compares with something else than text, number or true/false", c.Path)
			}
		}
		segs, item, err := resolve(c.Path)
		if err != nil {
			return nil, err
		}
		out.segs, out.item = segs, item
	} else if c.Path != "" {
		return nil, fmt.Errorf("condition on %s says neither equals, in nor present", c.Path)
	}
	subs := func(op string, list []layoutCond) error {
		n, out.op = n+1, op
		for i := range list {
			s, err := compileCond(&list[i], depth+1, resolve)
			if err != nil {
				return err
			}
			out.subs = append(out.subs, s)
		}
		return nil
	}
	var err error
	if c.Not != nil {
		err = errors.Join(err, subs("not", []layoutCond{*c.Not}))
	}
	if c.All != nil {
		err = errors.Join(err, subs("all", c.All))
	}
	if c.Any != nil {
		err = errors.Join(err, subs("any", c.Any))
	}
	if err == nil && n != 1 {
		err = errors.New("a condition has exactly one of equals, in, present, not, all, any")
	}
	return out, err
}

// holds tells whether the condition is met by the visible answers so far. A list meets equals and
// in if it contains the value.
func (c *condition) holds(root, item map[string]any) bool {
	if c == nil {
		return true
	}
	switch c.op {
	case "not":
		return !c.subs[0].holds(root, item)
	case "all":
		for _, s := range c.subs {
			if !s.holds(root, item) {
				return false
			}
		}
		return true
	case "any":
		for _, s := range c.subs {
			if s.holds(root, item) {
				return true
			}
		}
		return false
	}
	m := root
	if c.item {
		m = item
	}
	v := lookup(m, c.segs)
	if c.op == "present" {
		return c.want == !empty(v)
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, e := range list {
		for _, w := range c.vals {
			if s := scalar(e); s != nil && s == w {
				return true
			}
		}
	}
	return false
}

// scalar returns v in the one Go type its JSON type is compared in, or nil if it is no scalar.
func scalar(v any) any {
	switch v := v.(type) {
	case string, bool:
		return v
	case json.Number, float64, float32, int, int32, int64:
		if f, ok := number(v); ok {
			return f
		}
	}
	return nil
}

// empty tells whether a value is no answer: nothing, no text, an empty list or object. false and 0
// are answers.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

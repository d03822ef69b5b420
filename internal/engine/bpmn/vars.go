package bpmn

import (
	"maps"
	"math"
)

// Limits on the variables of a process. Data belongs to the dossier; only what decides about the
// way belongs here.
const (
	maxVars     = 8 << 10 // bytes of all variables, estimated as JSON
	maxVarDepth = 8       // of nested lists and objects
)

// setVars merges variables as JSON values, so that a state read back from storage is the same.
func (r *run) setVars(in map[string]any) *Problem {
	if len(in) == 0 {
		return nil
	}
	vars := maps.Clone(r.st.Vars)
	if vars == nil {
		vars = make(map[string]any, len(in))
	}
	for k, v := range in {
		if v == nil {
			delete(vars, k)
			continue
		}
		j, ok := jsonValue(v, 0)
		if !ok {
			return newProblem("", "bpmn.event.vars", "name", k)
		}
		vars[k] = j
	}
	if jsonSize(vars) > maxVars {
		return newProblem("", "bpmn.size.vars", "limit", maxVars)
	}
	if len(vars) == 0 {
		vars = nil
	}
	r.st.Vars = vars
	return nil
}

// jsonValue returns a copy of v made of what JSON reads back: nil, bool, string, float64, []any and
// map[string]any. Numbers beyond 2^53 are refused instead of being changed in silence.
func jsonValue(v any, depth int) (any, bool) {
	if depth > maxVarDepth {
		return nil, false
	}
	switch x := v.(type) {
	case nil, bool, string:
		return x, true
	case float64:
		return x, !math.IsNaN(x) && !math.IsInf(x, 0)
	case int:
		return float64(x), int(float64(x)) == x && x <= 1<<53 && x >= -1<<53
	case int64:
		return float64(x), x <= 1<<53 && x >= -1<<53
	case []any:
		out := make([]any, len(x))
		for i := range x {
			j, ok := jsonValue(x[i], depth+1)
			if !ok {
				return nil, false
			}
			out[i] = j
		}
		return out, true
	case []string:
		out := make([]any, len(x))
		for i := range x {
			out[i] = x[i]
		}
		return out, true
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			j, ok := jsonValue(e, depth+1)
			if !ok {
				return nil, false
			}
			out[k] = j
		}
		return out, true
	}
	return nil, false
}

// jsonSize estimates the bytes of a JSON value.
func jsonSize(v any) int {
	switch x := v.(type) {
	case string:
		return len(x) + 2
	case []any:
		n := 2
		for _, e := range x {
			n += jsonSize(e) + 1
		}
		return n
	case map[string]any:
		n := 2
		for k, e := range x {
			n += len(k) + 4 + jsonSize(e)
		}
		return n
	}
	return 8
}

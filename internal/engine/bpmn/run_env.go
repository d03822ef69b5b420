package bpmn

import (
	"maps"
)

// env returns what an expression in the scope may speak about: the variables of the process, over
// them those of the instances around it, the inner ones last.
func (r *run) env(scope int, outcome string) *condEnv {
	e := &condEnv{Outcome: outcome, Outcomes: r.st.Outcomes, Vars: r.st.Vars}
	if scope == 0 {
		return e
	}
	var local []map[string]any
	for scope != 0 {
		i := r.token(scope)
		if i < 0 {
			break
		}
		t := &r.st.Tokens[i]
		if t.Vars != nil {
			local = append(local, t.Vars)
		}
		switch {
		case t.State == TokenLoop && e.Loop.Total == 0:
			own := e.Loop.Counter
			e.Loop = r.loopEnv(t)
			if own > 0 {
				e.Loop.Counter = own
			}
		case t.State == TokenScope && t.N > 0 && e.Loop.Counter == 0:
			e.Loop.Counter = t.N
		}
		scope = t.Scope
	}
	if len(local) > 0 {
		e.Vars = maps.Clone(e.Vars)
		if e.Vars == nil {
			e.Vars = map[string]any{}
		}
		for i := len(local) - 1; i >= 0; i-- {
			maps.Copy(e.Vars, local[i])
		}
	}
	return e
}

// holds decides a condition.
func (r *run) holds(c *condition, f *Flow, env *condEnv) (bool, *Problem) {
	if r.oracle != nil && (c.vars || c.problem != nil) {
		return r.oracle.next(), nil
	}
	return c.eval(f, env)
}

// assign sets variables where they live: in the innermost instance that has one of the name, else
// in the process.
func (r *run) assign(scope int, vars map[string]any) *Problem {
	if len(vars) == 0 {
		return nil
	}
	vars = maps.Clone(vars)
	for scope != 0 {
		i := r.token(scope)
		if i < 0 {
			break
		}
		t := &r.st.Tokens[i]
		own := false
		for k, v := range vars {
			if _, ok := t.Vars[k]; !ok {
				continue
			}
			j, ok := jsonValue(v, 0)
			if !ok {
				return newProblem("", "bpmn.event.vars", "name", k)
			}
			if !own {
				t.Vars, own = maps.Clone(t.Vars), true
			}
			t.Vars[k] = j
			delete(vars, k)
		}
		scope = t.Scope
	}
	return r.setVars(vars)
}

// give sets the variables that a completed instance brings: its own first.
func (r *run) give(t *Token, vars map[string]any) *Problem {
	if len(vars) == 0 {
		return nil
	}
	rest := maps.Clone(vars)
	own := maps.Clone(t.Vars)
	for k := range t.Vars {
		if v, ok := rest[k]; ok {
			j, ok := jsonValue(v, 0)
			if !ok {
				return newProblem("", "bpmn.event.vars", "name", k)
			}
			own[k] = j
			delete(rest, k)
		}
	}
	t.Vars = own
	return r.assign(t.Scope, rest)
}

// oracle stands for the data while the ways of a process are explored: it answers the undecided
// questions of one step, each time differently, until all answers have been given.
type oracle struct {
	tape  []bool
	at    int
	moves int // nodes entered so far
}

func (o *oracle) next() bool {
	if o.at == len(o.tape) {
		o.tape = append(o.tape, false)
	}
	o.at++
	return o.tape[o.at-1]
}

// turn sets the answers for the next try; false when all have been tried.
func (o *oracle) turn() bool {
	o.tape = o.tape[:o.at]
	for len(o.tape) > 0 && o.tape[len(o.tape)-1] {
		o.tape = o.tape[:len(o.tape)-1]
	}
	if len(o.tape) == 0 {
		return false
	}
	o.tape[len(o.tape)-1] = true
	o.at = 0
	return true
}

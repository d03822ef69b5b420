package dossier

import (
	"encoding/json"
	"maps"
	"reflect"
	"strings"

	"lienthong/internal/engine/bpmn"
)

// Names that a process's expressions find under "vars" without anybody setting them. A process that
// uses one of them as a variable of its own finds the dossier's value in it after each step.
const (
	varForm      = "form"      // the answers of the form, as vars.form.<section>.<question>
	varFee       = "fee"       // đồng
	varFeePaid   = "fee_paid"  // đồng
	varDecision  = "decision"  // key of the deciding agency
	varReception = "reception" // key of the receiving agency
	varTermLeft  = "term_left" // office minutes until the dossier is due, negative after; null while no date holds
	varLate      = "late"      // the date is past
	varCase      = "case"      // the procedure's case the applicant is in
	varCopies    = "copies"
	varProcedure = "procedure" // national code
)

// datum returns what the dossier itself knows under a name; ok is false for any other name.
func (c *change) datum(name string) (v any, ok bool) {
	d := c.d
	switch name {
	case varFee:
		return float64(d.Fee), true
	case varFeePaid:
		return float64(d.FeePaid), true
	case varDecision:
		if u, ok := c.tree.Unit(d.Decision); ok {
			return u.Key, true
		}
		return nil, true
	case varReception:
		if u, ok := c.tree.Unit(d.Reception); ok {
			return u.Key, true
		}
		return nil, true
	case varTermLeft:
		if d.Due.IsZero() {
			return nil, true
		}
		return float64(c.cal.Between(c.now, d.Due)), true
	case varLate:
		return !d.Due.IsZero() && c.now.After(d.Due), true
	case varCase:
		return d.Extra.Case, true
	case varCopies:
		return float64(d.Extra.Copies), true
	case varProcedure:
		return d.ProcedureCode, true
	}
	return nil, false
}

// data returns the dossier's own values of all variables that expressions of its process look at.
// No others: the state is stored with every act.
func (c *change) data() map[string]any {
	var out map[string]any
	var answers map[string]any
	for _, p := range c.proc.Process.Uses() {
		name, rest, deep := strings.Cut(p, ".")
		v, ok := c.datum(name)
		switch {
		case name == varForm && deep:
			if answers == nil {
				answers = map[string]any{}
				// Answers are stored as they were checked; what is no object has no answers.
				if err := json.Unmarshal(c.d.Form, &answers); err != nil {
					answers = map[string]any{}
				}
			}
			if out == nil {
				out = map[string]any{}
			}
			form, _ := out[varForm].(map[string]any)
			if form == nil {
				form = map[string]any{}
			}
			pick(form, answers, strings.Split(rest, "."))
			out[varForm] = form
		case ok:
			if out == nil {
				out = map[string]any{}
			}
			out[name] = v
		}
	}
	return out
}

// pick copies the answer at the path; one that was not given is null, so that conditions can ask.
func pick(to, from map[string]any, path []string) {
	for i, key := range path {
		if i == len(path)-1 {
			to[key] = from[key]
			return
		}
		next, _ := to[key].(map[string]any)
		if next == nil {
			next = map[string]any{}
			to[key] = next
		}
		to = next
		from, _ = from[key].(map[string]any)
	}
}

// informed returns the event with what the dossier knows and the process has not been told yet.
func (c *change) informed(ev bpmn.Event) bpmn.Event {
	if ev.Kind == bpmn.EventCancel {
		return ev
	}
	fresh := c.data()
	for k, v := range fresh {
		if v == nil && c.d.Process.Vars[k] == nil || reflect.DeepEqual(c.d.Process.Vars[k], v) {
			delete(fresh, k)
		}
	}
	if len(fresh) == 0 {
		return ev
	}
	maps.Copy(fresh, ev.Vars)
	ev.Vars = fresh
	return ev
}

// heed lets conditions of the process come true that depend on what this act changed in the dossier
// beside its process, such as a payment.
func (c *change) heed() error {
	if c.d.Process.Done || c.d.Process.V == 0 || !waitsFor(c.d.Process, bpmn.TokenWhen) {
		return nil
	}
	ev := c.informed(bpmn.Event{Kind: bpmn.EventVars})
	if len(ev.Vars) == 0 {
		return nil
	}
	return c.step(ev, "")
}

// waitsFor tells whether a token waits for that.
func waitsFor(s bpmn.State, what bpmn.TokenState) bool {
	for i := range s.Tokens {
		if s.Tokens[i].State == what {
			return true
		}
	}
	return false
}

// everything returns the variables of the process, the dossier's own with its whole form among
// them, and those of the instance that asks: what services and decisions may look at.
func (c *change) everything(instance map[string]any) map[string]any {
	out := maps.Clone(c.d.Process.Vars)
	if out == nil {
		out = map[string]any{}
	}
	for _, name := range []string{varFee, varFeePaid, varDecision, varReception, varTermLeft, varLate, varCase, varCopies, varProcedure} {
		if v, ok := c.datum(name); ok {
			out[name] = v
		}
	}
	form := map[string]any{}
	if err := json.Unmarshal(c.d.Form, &form); err == nil {
		out[varForm] = form
	}
	maps.Copy(out, instance)
	return out
}

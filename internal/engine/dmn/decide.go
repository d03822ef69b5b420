package dmn

import (
	"slices"
	"time"

	"lienthong/internal/engine/feel"
	"lienthong/internal/kit/fault"
)

// maxLevel bounds how deep decisions, functions and boxed expressions call each other.
const maxLevel = 2000

// Question is what a decision is asked with.
type Question struct {
	// Inputs are the values of the input data by name: what feel.From takes. Input data of imported
	// models stand under "import.name". What is missing is null.
	Inputs map[string]any
	// Now is what now() and today() tell, in the zone of whoever asks.
	Now time.Time
	// Zones finds IANA zones by name; without it expressions know offsets alone.
	Zones func(name string) (*time.Location, error)
	// Steps bounds the work, feel.MaxSteps when zero.
	Steps int
}

// Result is what a decision came to and why.
type Result struct {
	Value  feel.Value
	Tables []Firing // the decision tables that were asked, in order
	Notes  []Note   // why values are null, at most 60
}

// Plain returns the value as encoding/json writes it.
func (r Result) Plain() any { return feel.Plain(r.Value) }

// Note tells why a value is null: Element is an id in the file.
type Note struct {
	Element string
	Key     string
	Args    map[string]any
	reason  interface{ Text(lang string) string }
}

// Text returns the sentence in the language: "en", otherwise Vietnamese.
func (n Note) Text(lang string) string {
	if n.reason != nil {
		return fill(lang, "dmn.null.expression", map[string]any{"text": n.Args["text"], "reason": n.reason.Text(lang)})
	}
	return fill(lang, n.Key, n.Args)
}

// question is one question on its way.
type question struct {
	model  *Model
	run    *feel.Run
	given  map[string]any
	cache  map[*drg]feel.Value
	tables []Firing
	notes  []Note
	level  int
	owner  *drg
}

func (q *question) note(element, key string, args ...any) {
	if element == "" && q.owner != nil {
		element = q.owner.id
	}
	if len(q.notes) < 60 {
		q.notes = append(q.notes, Note{Element: element, Key: key, Args: fault.Args(args...)})
	}
}

// tell takes over what an expression noted.
func (q *question) tell(element, text string, from int) {
	for i := from; i < len(q.run.Notes) && len(q.notes) < 60; i++ {
		n := q.run.Notes[i]
		q.notes = append(q.notes, Note{Element: element, Key: n.Key, Args: map[string]any{"text": clip(text)}, reason: n})
	}
	q.run.Notes = q.run.Notes[:from]
}

// short writes a value for a sentence.
func (q *question) short(v feel.Value) string {
	r := feel.NewRun(time.Time{}, nil)
	r.Steps = 200
	s := r.Text(v)
	if _, ok := v.(string); ok {
		s = `"` + s + `"`
	}
	return clip(s)
}

func questionOf(r *feel.Run) *question {
	q, _ := r.Owner.(*question)
	return q
}

// Decide asks the decision or the decision service with the id or the name. The error is a *Problem:
// there is no such decision, an input is of a kind FEEL has not, or the work was cut short. Inputs of
// a wrong type are null with a note, as everything in the standard is.
func (m *Model) Decide(ref string, ask Question) (Result, error) {
	d := m.find(ref, KindDecision, KindService)
	if d == nil {
		return Result{}, newProblem(clip(ref), "dmn.decision.unknown", "name", ref)
	}
	q, p := m.ask(ask)
	if p != nil {
		return Result{}, p
	}
	var v feel.Value
	if d.kind == KindService {
		f := q.service(d)
		args := make([]feel.Value, len(f.Params))
		for i, n := range slices.Concat(d.inputs, d.given) {
			args[i] = q.input(n)
		}
		v = f.Invoke(q.run, args)
	} else {
		v = q.decision(d)
	}
	return q.result(d, v)
}

// Call invokes a business knowledge model or a decision service with arguments by position.
func (m *Model) Call(ref string, args []any, ask Question) (Result, error) {
	d := m.find(ref, KindKnowledge, KindService)
	if d == nil {
		return Result{}, newProblem(clip(ref), "dmn.decision.unknown", "name", ref)
	}
	q, p := m.ask(ask)
	if p != nil {
		return Result{}, p
	}
	values := make([]feel.Value, len(args))
	for i, a := range args {
		v, ok := feel.From(a)
		if !ok {
			return Result{}, newProblem(d.id, "dmn.input.kind", "name", d.name)
		}
		values[i] = v
	}
	f, ok := q.function(d).(*feel.Function)
	if !ok {
		return q.result(d, nil)
	}
	v := f.Invoke(q.run, values)
	return q.result(d, v)
}

func (m *Model) ask(ask Question) (*question, *Problem) {
	q := &question{model: m, run: feel.NewRun(ask.Now, ask.Zones), given: map[string]any{}, cache: map[*drg]feel.Value{}}
	q.run.Owner = q
	if ask.Steps > 0 {
		q.run.Steps = ask.Steps
	}
	for name, v := range ask.Inputs {
		w, ok := feel.From(v)
		if !ok {
			return nil, newProblem("", "dmn.input.kind", "name", name)
		}
		q.given[name] = w
	}
	return q, nil
}

func (q *question) result(d *drg, v feel.Value) (Result, error) {
	q.tell(d.id, d.name, 0)
	out := Result{Value: v, Tables: q.tables, Notes: q.notes}
	if q.run.Spent() || q.run.Steps < 0 {
		out.Value = nil
		return out, newProblem(d.id, "dmn.size.steps", "name", d.name)
	}
	return out, nil
}

// input returns the value of input data, or of a decision that a service is given.
func (q *question) input(d *drg) feel.Value {
	if v, ok := q.cache[d]; ok {
		return v
	}
	v := q.given[d.name]
	for _, i := range q.model.imports {
		if w, ok := q.given[i.name+"."+d.name]; ok && i.model == d.model {
			v = w
		}
	}
	v = q.coerce(d.id, d.name, d.typ, v)
	q.cache[d] = v
	return v
}

// decision returns the value of a decision; each is made once.
func (q *question) decision(d *drg) feel.Value {
	if v, ok := q.cache[d]; ok {
		return v
	}
	before := q.owner
	q.owner = d
	defer func() { q.owner = before }()
	v := q.of(d.logic, q.scope(d))
	v = q.coerce(d.id, d.name, d.typ, v)
	q.cache[d] = v
	return v
}

// scope holds what an element requires, by name; elements of other models stand in a context of the
// import's name.
func (q *question) scope(d *drg) *feel.Scope {
	vars := map[string]feel.Value{}
	for _, n := range slices.Concat(d.needs, d.knowledge) {
		v := q.node(n)
		where := ""
		if n.model != d.model {
			for _, i := range d.model.imports {
				if i.model == n.model {
					where = i.name
				}
			}
		}
		if where == "" {
			vars[n.name] = v
			continue
		}
		c, _ := vars[where].(*feel.Context)
		if c == nil {
			c = feel.NewContext()
			vars[where] = c
		}
		c.Put(n.name, v)
	}
	return feel.NewScope(nil, vars)
}

func (q *question) node(d *drg) feel.Value {
	if d.kind == KindKnowledge || d.kind == KindService {
		return q.function(d)
	}
	if v, ok := q.cache[d]; ok {
		return v
	}
	if q.level++; q.level > maxLevel || d.kind == KindInput {
		q.level--
		return q.input(d)
	}
	defer func() { q.level-- }()
	return q.decision(d)
}

// function returns a knowledge model or a service as a function.
func (q *question) function(d *drg) feel.Value {
	if d.kind == KindService {
		return q.service(d)
	}
	if v, ok := q.cache[d]; ok {
		return v
	}
	if d.logic == nil && !d.external {
		return nil
	}
	s := q.scope(d)
	f := feel.NewFunction(d.name, d.params, d.result, func(_ *feel.Run, args []feel.Value) feel.Value {
		if d.external {
			q.note(d.id, "dmn.function.kind", "kind", "")
			return nil
		}
		before := q.owner
		q.owner = d
		defer func() { q.owner = before }()
		vars := map[string]feel.Value{}
		for i, p := range d.params {
			vars[p.Name] = args[i]
		}
		return q.of(d.logic, feel.NewScope(s, vars))
	})
	q.cache[d] = f
	return f
}

// service returns a decision service as a function of its input data and input decisions (clause
// 10.4, the values of its decisions being made from the arguments alone).
func (q *question) service(d *drg) *feel.Function {
	params := make([]feel.Param, 0, len(d.inputs)+len(d.given))
	around := slices.Concat(d.inputs, d.given)
	for _, n := range around {
		params = append(params, feel.Param{Name: n.name, Type: n.typ})
	}
	return feel.NewFunction(d.name, params, nil, func(_ *feel.Run, args []feel.Value) feel.Value {
		sub := &question{model: q.model, run: q.run, given: map[string]any{}, cache: map[*drg]feel.Value{}, level: q.level + 1, owner: d}
		q.run.Owner = sub
		defer func() {
			q.run.Owner = q
			q.tables = append(q.tables, sub.tables...)
			if len(q.notes) < 60 {
				q.notes = append(q.notes, sub.notes...)
			}
		}()
		if sub.level > maxLevel {
			q.run.Steps = -1
			return nil
		}
		for i, n := range around {
			sub.cache[n] = args[i]
		}
		if len(d.output) == 1 {
			return q.coerce(d.id, d.name, serviceType(d), sub.decision(d.output[0]))
		}
		out := feel.NewContext()
		for _, o := range d.output {
			out.Put(o.name, sub.decision(o))
		}
		return q.coerce(d.id, d.name, serviceType(d), out)
	})
}

// serviceType is what a service returns, when its variable says so.
func serviceType(d *drg) *feel.Type {
	if d.typ.Kind() == "function" {
		return d.typ.Result()
	}
	return d.typ
}

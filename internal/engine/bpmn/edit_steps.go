package bpmn

import "strings"

// Step says what a new step is; see AddStep. Lane may be empty: the lane of the step before it.
type Step struct {
	Type     string // TypeUserTask when empty, or TypeExclusive
	Name     string
	NameEn   string
	Lane     string
	Action   string
	Budget   int // working minutes, 0 without
	Outcomes []Outcome
}

// Sizes of what is drawn new, as the project's own files draw.
const (
	stepW, stepH, gateSide = 126.0, 60.0, 44.0
	stepGap                = 26.0
)

// AddStep puts a new step on a flow and returns its id: the flow leads to it, and a new flow from it
// to where the flow led. The drawing makes room to the right of the step before. It fails with a
// *Problem when there is no such flow.
func (f *File) AddStep(flow string, s Step) (id string, err error) {
	err = f.whole(func() error {
		id, err = f.addStep(flow, s)
		return err
	})
	return id, err
}

func (f *File) addStep(flow string, s Step) (string, error) {
	if s.Type == "" {
		s.Type = TypeUserTask
	}
	stem := "step"
	if s.Type == TypeExclusive {
		stem = "decide"
	}
	e := f.edit()
	i := e.find(flow)
	if i < 0 || !e.s[i].is(nsModel, "sequenceFlow") || s.Type != TypeUserTask && s.Type != TypeExclusive {
		return "", newProblem(clip(flow), "bpmn.edit.missing", "element", clip(flow))
	}
	from, to := e.find(e.attr(i, "sourceRef")), e.find(e.attr(i, "targetRef"))
	if from < 0 || to < 0 {
		return "", newProblem(clip(flow), "bpmn.edit.missing", "element", clip(flow))
	}
	fromID, toID := e.attr(from, "id"), e.attr(to, "id")
	id := f.free(stem)
	next := f.free("f_" + id + "_" + toID)
	p := e.s[from].prefix
	lt, declare := "", ""
	if s.Type == TypeUserTask && (s.Action != "" || s.Budget > 0 || s.NameEn != "") {
		lt, declare = e.prefixOf(from, NS)
	}
	text := "<" + p + s.Type + declare + ` id="` + id + `"`
	for _, a := range [][2]string{{"name", s.Name}, {lt + "nameEn", s.NameEn}, {lt + "action", s.Action}} {
		if a[1] != "" {
			text += " " + a[0] + `="` + quoted(a[1]) + `"`
		}
	}
	if s.Budget > 0 {
		text += " " + lt + `budget="` + FormatBudget(s.Budget) + `"`
	}
	text += "><" + p + "incoming>" + quoted(flow) + "</" + p + "incoming><" + p + "outgoing>" + quoted(next) + "</" + p + "outgoing></" + p + s.Type + ">"
	e.after(from, text)
	e.after(i, "<"+e.s[i].prefix+`sequenceFlow id="`+quoted(next)+`" sourceRef="`+id+`" targetRef="`+quoted(toID)+`"/>`)
	e.set(i, "targetRef", id)
	e.refer(to, "incoming", flow, next)
	if err := e.done(); err != nil {
		return "", err
	}
	if len(s.Outcomes) > 0 {
		if err := f.SetOutcomes(id, s.Outcomes); err != nil {
			return "", err
		}
	}
	lane := s.Lane
	if lane == "" {
		lane = f.laneOf(fromID)
	}
	if lane == "" {
		lane = f.laneOf(toID)
	}
	if lane != "" {
		if err := f.relane(id, lane); err != nil {
			return "", err
		}
	}
	return id, f.drawStep(id, s.Type, fromID, lane, flow, next)
}

// refer changes what an incoming or outgoing element of a node says; a node that does not list its
// flows stays so.
func (e *editor) refer(node int, name, from, to string) {
	for _, k := range e.s[node].kids {
		if s := &e.s[k]; s.is(nsModel, name) && e.inner(k) == from {
			e.cuts = append(e.cuts, cut{s.open, s.closed, quoted(to)})
			return
		}
	}
}

// laneOf returns the innermost lane that lists the node, "" without one.
func (f *File) laneOf(node string) string {
	e := f.edit()
	lane := ""
	for i := range e.s {
		if !e.s[i].is(nsModel, "lane") {
			continue
		}
		for _, k := range e.s[i].kids {
			if e.s[k].is(nsModel, "flowNodeRef") && e.inner(k) == node {
				lane = e.attr(i, "id")
			}
		}
	}
	return lane
}

// drawStep draws a new step right of the one before it and the two flows at it.
func (f *File) drawStep(id, typ, before, lane, flow, next string) error {
	dr := f.drawing()
	a, ok := dr.bounds(before)
	if !ok || dr.plane < 0 {
		return nil // a file without a drawing, or one that leaves this out, is laid out when it is read
	}
	w, h := stepW, stepH
	if typ == TypeExclusive {
		w, h = gateSide, gateSide
	}
	y := a.Center().Y - h/2
	if l, ok := dr.bounds(lane); ok && lane != f.laneOf(before) {
		y = l.Y + (l.H-h)/2
	}
	if err := f.widen(a.X+a.W, w+2*stepGap, before); err != nil {
		return err
	}
	r := Rect{a.X + a.W + stepGap, y, w, h}
	dr = f.drawing()
	e := dr.e
	di, d1 := e.prefixOf(dr.plane, nsDI)
	dc, d2 := e.prefixOf(dr.plane, nsDC)
	shape := f.free(id + "_di")
	e.into(dr.plane, "<"+di+"BPMNShape"+d1+d2+` id="`+shape+`" bpmnElement="`+id+`"><`+dc+`Bounds x="`+num(r.X)+`" y="`+num(r.Y)+
		`" width="`+num(r.W)+`" height="`+num(r.H)+`"/></`+di+"BPMNShape>")
	if err := e.done(); err != nil {
		return err
	}
	if err := f.draw(flow); err != nil {
		return err
	}
	return f.draw(next)
}

// RemoveStep takes a step with one way on out of the process: what led to it leads to where it led.
// It fails with a *Problem when something else hangs on the step: several ways on, a boundary event,
// an association, a message.
func (f *File) RemoveStep(id string) error {
	return f.whole(func() error { return f.removeStep(id) })
}

func (f *File) removeStep(id string) error {
	e := f.edit()
	n := e.find(id)
	if n < 0 || !e.node(n) {
		return newProblem(clip(id), "bpmn.edit.missing", "element", clip(id))
	}
	name := e.attr(n, "name")
	if name == "" {
		name = id
	}
	in, out := e.flowsAt(id)
	if len(out) != 1 || len(in) == 0 || e.attr(out[0], "targetRef") == id || e.s[n].name == "startEvent" {
		return newProblem(id, "bpmn.edit.ways", "name", name, "count", len(out))
	}
	if e.held(n, id, in, out) {
		return newProblem(id, "bpmn.edit.held", "name", name)
	}
	gone, to := e.attr(out[0], "id"), e.attr(out[0], "targetRef")
	target := e.find(to)
	if target < 0 {
		return newProblem(clip(to), "bpmn.edit.missing", "element", clip(to))
	}
	first := true
	for _, i := range in {
		e.set(i, "targetRef", to)
		flow := e.attr(i, "id")
		if first {
			e.refer(target, "incoming", gone, flow)
			first = false
			continue
		}
		if k := e.kid(target, nsModel, "incoming"); k >= 0 {
			p := e.s[target].prefix
			e.after(k, "<"+p+"incoming>"+quoted(flow)+"</"+p+"incoming>")
		}
	}
	e.remove(n)
	e.remove(out[0])
	for i := range e.s {
		if e.s[i].is(nsModel, "flowNodeRef") && e.inner(i) == id {
			e.remove(i)
		}
	}
	e.unline(id, gone, in)
	return e.done()
}

// unline takes the drawing of a step and of its way on away; the lines that led to it go on where
// the way on went.
func (e *editor) unline(id, gone string, in []int) {
	dr := &drawing{e: e, plane: -1, shapes: map[string]int{}, edges: map[string]int{}}
	for i := range e.s {
		if e.s[i].is(nsDI, "BPMNShape") {
			dr.note(dr.shapes, i)
		} else if e.s[i].is(nsDI, "BPMNEdge") {
			dr.note(dr.edges, i)
		}
	}
	b, drawn := dr.bounds(id)
	rest, _ := dr.points(gone)
	if i, ok := dr.shapes[id]; ok {
		e.remove(i)
	}
	if i, ok := dr.edges[gone]; ok {
		e.remove(i)
	}
	if !drawn || len(rest) < 2 {
		return
	}
	for _, k := range in {
		_, tags := dr.points(e.attr(k, "id"))
		if len(tags) < 2 {
			continue
		}
		last := tags[len(tags)-1]
		text := ""
		p := e.s[last].prefix
		sep := e.indent(last)
		for n, q := range append([]Point{b.Center()}, rest[1:]...) {
			if n > 0 {
				text += sep
			}
			text += "<" + p + `waypoint x="` + num(q.X) + `" y="` + num(q.Y) + `"/>`
		}
		e.cuts = append(e.cuts, cut{e.s[last].from, e.s[last].to, text})
	}
}

// node reports whether an element is a flow node.
func (e *editor) node(i int) bool {
	return flowNodeType(&element{space: e.s[i].space, name: e.s[i].name})
}

// flowsAt returns the sequence flows to and from a node.
func (e *editor) flowsAt(id string) (in, out []int) {
	for i := range e.s {
		if !e.s[i].is(nsModel, "sequenceFlow") {
			continue
		}
		if e.attr(i, "targetRef") == id {
			in = append(in, i)
		}
		if e.attr(i, "sourceRef") == id {
			out = append(out, i)
		}
	}
	return in, out
}

// held reports whether anything but flows, lanes and the drawing refers to a node, or to what stands
// in it or to its way on.
func (e *editor) held(n int, id string, in, out []int) bool {
	mine := map[string]bool{id: true, e.attr(out[0], "id"): true}
	for i := range e.s {
		if e.s[i].from > e.s[n].from && e.s[i].to < e.s[n].to {
			if own := e.attr(i, "id"); own != "" {
				mine[own] = true
			}
		}
	}
	for i := range e.s {
		s := &e.s[i]
		inside := s.from >= e.s[n].from && s.to <= e.s[n].to
		if inside || i == out[0] || s.space != nsModel {
			continue
		}
		for _, a := range e.f.tags[i].attrs {
			if a.prefix != "" || a.local == "id" || a.local == "name" || s.name == "sequenceFlow" {
				continue
			}
			v := strings.TrimSpace(e.f.value(a))
			if mine[v] && !(a.local == "default" && v != id) {
				return true
			}
		}
		if len(s.kids) == 0 && s.name != "flowNodeRef" && s.name != "incoming" && mine[e.inner(i)] {
			return true
		}
	}
	return false
}

// Lead makes a flow lead to another node of the same scope. It fails with a *Problem when one of
// both does not exist.
func (f *File) Lead(flow, to string) error {
	return f.whole(func() error {
		e := f.edit()
		i, t := e.find(flow), e.find(to)
		if i < 0 || !e.s[i].is(nsModel, "sequenceFlow") {
			return newProblem(clip(flow), "bpmn.edit.missing", "element", clip(flow))
		}
		if t < 0 || !e.node(t) || e.s[t].parent != e.s[i].parent || e.s[t].name == "startEvent" || e.s[t].name == "boundaryEvent" {
			return newProblem(clip(to), "bpmn.edit.missing", "element", clip(to))
		}
		old := e.find(e.attr(i, "targetRef"))
		if old == t {
			return nil
		}
		e.set(i, "targetRef", to)
		if old >= 0 {
			for _, k := range e.s[old].kids {
				if e.s[k].is(nsModel, "incoming") && e.inner(k) == flow {
					e.remove(k)
				}
			}
		}
		e.list(t, "incoming", flow)
		if err := e.done(); err != nil {
			return err
		}
		return f.draw(flow)
	})
}

// list adds a flow to the incoming or outgoing elements of a node that lists its flows: incoming
// before outgoing, both behind what they follow in the schema (BPMN 8.4.4).
func (e *editor) list(node int, name, flow string) {
	at, any := -1, false
	for _, k := range e.s[node].kids {
		s := &e.s[k]
		if s.space != nsModel {
			continue
		}
		switch s.name {
		case "documentation", "extensionElements", "auditing", "monitoring", "categoryValueRef":
			at = k
		case "incoming":
			at, any = k, true
		case "outgoing":
			any = true
			if name == "outgoing" {
				at = k
			}
		}
	}
	if !any {
		return // nobody lists flows here
	}
	p := e.s[node].prefix
	text := "<" + p + name + ">" + quoted(flow) + "</" + p + name + ">"
	if at >= 0 {
		e.after(at, text)
	} else {
		e.first(node, text)
	}
}

// AddWay adds a flow between two nodes of one scope, with a condition unless it is empty, and
// returns its id.
func (f *File) AddWay(from, to, condition, name string) (id string, err error) {
	err = f.whole(func() error {
		e := f.edit()
		a, b := e.find(from), e.find(to)
		if a < 0 || !e.node(a) || e.s[a].name == "endEvent" {
			return newProblem(clip(from), "bpmn.edit.missing", "element", clip(from))
		}
		if b < 0 || !e.node(b) || e.s[a].parent != e.s[b].parent || e.s[b].name == "startEvent" || e.s[b].name == "boundaryEvent" {
			return newProblem(clip(to), "bpmn.edit.missing", "element", clip(to))
		}
		id = f.free("f_" + from + "_" + to)
		p := e.s[a].prefix
		text := "<" + p + `sequenceFlow id="` + quoted(id) + `"`
		if name != "" {
			text += ` name="` + quoted(name) + `"`
		}
		text += ` sourceRef="` + quoted(from) + `" targetRef="` + quoted(to) + `"`
		if condition == "" {
			text += "/>"
		} else {
			text += "><" + p + "conditionExpression>" + quoted(condition) + "</" + p + "conditionExpression></" + p + "sequenceFlow>"
		}
		_, out := e.flowsAt(from)
		if len(out) > 0 {
			e.after(out[len(out)-1], text)
		} else {
			e.after(a, text)
		}
		e.list(a, "outgoing", id)
		if a != b {
			e.list(b, "incoming", id)
		}
		if err := e.done(); err != nil {
			return err
		}
		return f.draw(id)
	})
	return id, err
}

// SetOutcomeWay makes an outcome of a task lead to a node. The task has one way on; when that does
// not lead to a gateway that decides for it alone, one is put there, and what was the way on becomes
// its default. It fails with a *Problem when the task has several ways on or nothing is there.
func (f *File) SetOutcomeWay(task string, o Outcome, to string) error {
	return f.whole(func() error {
		e := f.edit()
		i := e.find(task)
		if i < 0 || !e.node(i) {
			return newProblem(clip(task), "bpmn.edit.missing", "element", clip(task))
		}
		_, out := e.flowsAt(task)
		if len(out) != 1 {
			return newProblem(task, "bpmn.edit.ways", "name", e.attr(i, "name"), "count", len(out))
		}
		flow, gate := e.attr(out[0], "id"), e.attr(out[0], "targetRef")
		g := e.find(gate)
		in, _ := e.flowsAt(gate)
		if g < 0 || !e.s[g].is(nsModel, TypeExclusive) || len(in) != 1 {
			var err error
			if gate, err = f.AddStep(flow, Step{Type: TypeExclusive}); err != nil {
				return err
			}
			e = f.edit()
			_, after := e.flowsAt(gate)
			if err := f.SetAttr(gate, "", "default", e.attr(after[0], "id")); err != nil {
				return err
			}
			e = f.edit()
		}
		_, ways := e.flowsAt(gate)
		for _, w := range ways {
			c := e.kid(w, nsModel, "conditionExpression")
			if c < 0 {
				continue
			}
			if cond := compileCondition("", characters(e.inner(c))); cond.problem == nil && cond.simple && cond.equals == o.Key {
				return f.Lead(e.attr(w, "id"), to)
			}
		}
		_, err := f.AddWay(gate, to, OutcomeCondition(o.Key), o.Name)
		return err
	})
}

// SetTimerWork gives a timer event a time in working minutes (lt:work), in place of what it waited
// for before. It fails with a *Problem when the element is no timer event.
func (f *File) SetTimerWork(event string, minutes int) error {
	e := f.edit()
	i := e.find(event)
	def := -1
	if i >= 0 && e.s[i].space == nsModel {
		def = e.kid(i, nsModel, "timerEventDefinition")
	}
	if def < 0 {
		return newProblem(clip(event), "bpmn.edit.missing", "element", clip(event))
	}
	for _, k := range e.s[def].kids {
		if s := &e.s[k]; s.space == nsModel && (s.name == "timeDate" || s.name == "timeDuration" || s.name == "timeCycle") {
			e.remove(k)
		}
	}
	value := FormatBudget(minutes)
	for _, a := range e.f.tags[def].attrs {
		if a.local == "work" && a.prefix != "" && f.space(def, a.prefix) == NS {
			e.cuts = append(e.cuts, cut{a.valueFrom, a.valueTo, value})
			return e.done()
		}
	}
	p, declare := e.prefixOf(def, NS)
	at := e.f.tags[def].to - 1
	if e.f.text[at-1] == '/' {
		at--
	}
	e.cuts = append(e.cuts, cut{at, at, declare + " " + p + `work="` + value + `"`})
	return e.done()
}

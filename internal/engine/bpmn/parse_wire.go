package bpmn

import (
	"strconv"
	"strings"
)

// wire connects flows and nodes. A flow that begins or ends nowhere is refused, because nothing
// about the process could then be said.
func (r *reader) wire() {
	d := r.d
	for i := range d.Flows {
		f := &d.Flows[i]
		from, ok1 := r.end(f.From)
		to, ok2 := r.end(f.To)
		if !ok1 {
			r.dangling(f.ID, "sourceRef", f.From)
		}
		if !ok2 {
			r.dangling(f.ID, "targetRef", f.To)
		}
		if !ok1 || !ok2 {
			continue
		}
		if d.Nodes[from].Parent != d.Nodes[to].Parent {
			r.problem(f.ID, "bpmn.flow.crosses", "element", f.ID)
		}
		f.from, f.to = from, to
		f.From, f.To = d.Nodes[from].ID, d.Nodes[to].ID
		d.Nodes[from].out = append(d.Nodes[from].out, i)
		d.Nodes[to].in = append(d.Nodes[to].in, i)
	}
	for i := range d.Nodes {
		n := &d.Nodes[i]
		e := r.ids[n.ID]
		r.orderOut(n, e)
		r.attach(i, e)
		for _, k := range n.in {
			n.In = append(n.In, d.Flows[k].ID)
		}
		if n.Default != "" {
			if ref, _ := r.resolve(n.Default); r.d.nodes != nil {
				n.Default = ref
			}
		}
		for _, k := range n.out {
			n.Out = append(n.Out, d.Flows[k].ID)
			if d.Flows[k].ID == n.Default {
				n.def = k
			}
		}
		if n.Default != "" && n.def < 0 {
			r.dangling(n.ID, "default", n.Default)
		}
	}
}

// end returns the node a flow begins or ends at.
func (r *reader) end(ref string) (int, bool) {
	if i, ok := r.d.nodes[ref]; ok {
		return i, true
	}
	ref, _ = r.resolve(ref)
	i, ok := r.d.nodes[ref]
	return i, ok
}

// contents notes what every scope holds, where it starts and what handles events in it.
func (r *reader) contents() {
	d := r.d
	none := 0
	for i := range d.Nodes {
		n := &d.Nodes[i]
		s := d.scopes[n.Parent]
		s.nodes = append(s.nodes, i)
		if n.unsupported != "" {
			continue
		}
		switch {
		case n.kind == kindStart && n.Parent == "":
			if n.Event == nil {
				none++
				d.start = i
			}
		case n.Triggered:
			s.handlers = append(s.handlers, i)
		}
		if n.kind == kindStart {
			s.starts = append(s.starts, i)
		}
	}
	if none > 1 {
		d.start = -1 // several: Check says so
	}
	if s := d.StartEvents(); none == 0 && len(s) == 1 {
		d.start = d.nodes[s[0].ID]
	}
	for key, s := range d.scopes {
		if len(s.starts) > 0 || key == "" && none > 0 {
			continue
		}
		for _, i := range s.nodes { // without start events everything nothing leads to starts (BPMN 13.2)
			if d.Nodes[i].kind == kindStart { // one that is not executed does not stand for all others
				s.starts = nil
				break
			}
			if n := &d.Nodes[i]; len(n.in) == 0 && n.kind != kindBoundary && !n.Triggered && !n.Compensates && !(n.kind == kindCatch && n.is(TriggerLink)) {
				s.starts = append(s.starts, i)
			}
		}
	}
	d.undoable()
	d.uses = d.looked()
	for i := range d.Nodes {
		n := &d.Nodes[i]
		if n.kind != kindSub {
			continue
		}
		inside := append(append([]int(nil), d.scope(n).starts...), d.scope(n).handlers...)
		for _, j := range inside {
			n.virt = append(n.virt, j)
			d.Nodes[j].virtIn = append(d.Nodes[j].virtIn, i)
		}
	}
	for i := range d.Nodes {
		if n := &d.Nodes[i]; n.kind == kindInclusive && len(n.in) > 1 {
			for _, fi := range n.in {
				n.up = append(n.up, d.upstream(i, fi))
			}
		}
	}
}

// orderOut sorts the outgoing flows as the node lists them, because conditions are tried in that
// order (BPMN 10.6.2); flows the node does not list follow in the order of the file.
func (r *reader) orderOut(n *Node, e *element) {
	var listed []int
	for _, k := range e.kids {
		if k.space != nsModel || (k.name != "incoming" && k.name != "outgoing") {
			continue
		}
		ref, target := r.resolve(k.text())
		if target == nil || !target.is(nsModel, "sequenceFlow") {
			r.dangling(n.ID, k.name, ref)
			continue
		}
		if k.name == "outgoing" {
			i, ok := r.d.flows[ref]
			if !ok || r.d.Flows[i].From != n.ID {
				r.dangling(n.ID, "outgoing", ref)
				continue
			}
			listed = append(listed, i)
		}
	}
	out := make([]int, 0, len(n.out))
	have := make(map[int]bool, len(n.out))
	for _, i := range append(listed, n.out...) {
		if !have[i] {
			have[i] = true
			out = append(out, i)
		}
	}
	n.out = out
}

// lanes reads the leaf lanes; a nested lane without role or agency has those of the lane around it.
func (r *reader) lanes(proc *element) {
	for _, k := range proc.kids {
		if k.is(nsModel, "laneSet") {
			r.laneSet(k, Lane{})
		} else if k.space == nsModel && isSubProcess(k.name) {
			r.lanes(k)
		}
	}
	// What is drawn inside a sub-process is in the lane of the sub-process, unless it has its own.
	for i := range r.d.Nodes {
		n := &r.d.Nodes[i]
		for n.Lane == "" && n.Parent != "" {
			k, ok := r.d.nodes[n.Parent]
			if !ok {
				break
			}
			if l := r.d.Nodes[k].Lane; l != "" {
				r.d.Nodes[i].Lane = l
				break
			}
			n = &r.d.Nodes[k]
		}
	}
}

func (r *reader) laneSet(set *element, outer Lane) {
	d := r.d
	for _, e := range set.kids {
		if !e.is(nsModel, "lane") {
			continue
		}
		l := Lane{ID: e.attr("id"), Name: name(e.attr("name")), NameEn: name(e.lt("nameEn")),
			Role: first(e.lt("role"), outer.Role), Agency: first(e.lt("agency"), outer.Agency),
			Division: first(e.lt("division"), outer.Division)}
		if l.ID == "" {
			r.refuseFile("", "bpmn.id.missing", "type", "lane")
			continue
		}
		for _, k := range e.kids {
			if !k.is(nsModel, "flowNodeRef") {
				continue
			}
			ref, target := r.resolve(k.text())
			if i, ok := d.nodes[ref]; ok {
				d.Nodes[i].Lane = l.ID // a nested lane comes later and is the nearer one
			} else if target == nil {
				r.dangling(l.ID, "flowNodeRef", ref)
			}
		}
		if inner := e.child(nsModel, "childLaneSet"); inner != nil && inner.child(nsModel, "lane") != nil {
			before := len(d.Lanes)
			r.laneSet(inner, l)
			if len(d.Lanes) > before {
				r.adopt(l.ID, d.Lanes[before].ID)
				continue
			}
		}
		d.lanes[l.ID] = len(d.Lanes)
		d.Lanes = append(d.Lanes, l)
	}
}

// adopt moves nodes that only the outer lane lists to its first inner lane, so that every node's
// lane is a leaf.
func (r *reader) adopt(outer, inner string) {
	for i := range r.d.Nodes {
		if r.d.Nodes[i].Lane == outer {
			r.d.Nodes[i].Lane = inner
		}
	}
}

// references refuses the references of the model that lead nowhere. Types and what other files
// define are not followed: they are no part of what runs.
func (r *reader) references(e *element) {
	if e.space == nsModel {
		for _, a := range e.attrs {
			if a.Name.Space != "" || strings.TrimSpace(a.Value) == "" {
				continue
			}
			switch a.Name.Local {
			case "attachedToRef", "sourceRef", "targetRef", "messageRef", "signalRef", "errorRef", "escalationRef",
				"activityRef", "dataObjectRef", "dataStoreRef", "categoryValueRef", "processRef", "inMessageRef", "outMessageRef":
				if ref, target := r.resolve(a.Value); target == nil {
					r.dangling(r.owner(e), a.Name.Local, ref)
				}
			}
		}
		switch e.name {
		case "sourceRef", "targetRef", "flowNodeRef", "participantRef", "dataInputRefs", "dataOutputRefs", "loopDataInputRef", "loopDataOutputRef":
			if s := strings.TrimSpace(e.text()); s != "" {
				if ref, target := r.resolve(s); target == nil {
					r.dangling(r.owner(e), e.name, ref)
				}
			}
		}
	}
	for _, k := range e.kids {
		k.parent = e
		r.references(k)
	}
}

// owner returns the id of the nearest element around e that has one.
func (r *reader) owner(e *element) string {
	for e != nil {
		if id := e.attr("id"); id != "" {
			return id
		}
		e = e.parent
	}
	return ""
}

// diagram reads bounds and way points (BPMN 12, BPMN DI). A diagram that leaves out a flow node
// is not used at all: half a picture would mislead, a layout is made instead.
func (r *reader) diagram(root *element) {
	d := r.d
	notes := map[string]int{}
	for i := range d.Notes {
		notes[d.Notes[i].ID] = i
	}
	for _, dia := range root.kids {
		if !dia.is(nsDI, "BPMNDiagram") {
			continue
		}
		plane := dia.child(nsDI, "BPMNPlane")
		if plane == nil {
			continue
		}
		if v := plane.attr("bpmnElement"); v != "" {
			if ref, target := r.resolve(v); target == nil {
				r.dangling(plane.attr("id"), "bpmnElement", ref)
			}
		}
		if ref, _ := r.resolve(plane.attr("bpmnElement")); ref != "" && d.nodes != nil {
			if _, inner := d.nodes[ref]; inner {
				continue // the inside of a collapsed sub-process has coordinates of its own
			}
		}
		for _, s := range plane.kids {
			if s.space != nsDI || (s.name != "BPMNShape" && s.name != "BPMNEdge") {
				continue
			}
			ref, target := r.resolve(s.attr("bpmnElement"))
			if target == nil {
				if ref != "" { // a shape that shows nothing of the model is kept and not drawn
					r.dangling(s.attr("id"), "bpmnElement", ref)
				}
				continue
			}
			label := Rect{}
			if l := s.child(nsDI, "BPMNLabel"); l != nil {
				label = bounds(l)
			}
			if s.name == "BPMNEdge" {
				if i, ok := d.flows[ref]; ok && d.Flows[i].Points == nil {
					d.Flows[i].Points, d.Flows[i].Label = waypoints(s), label
				}
				continue
			}
			b := bounds(s)
			if i, ok := d.nodes[ref]; ok && d.Nodes[i].Bounds.Zero() {
				d.Nodes[i].Bounds, d.Nodes[i].Label = b, label
			} else if i, ok := d.lanes[ref]; ok && d.Lanes[i].Bounds.Zero() {
				d.Lanes[i].Bounds, d.Lanes[i].Vertical = b, s.attr("isHorizontal") == "false"
			} else if i, ok := notes[ref]; ok {
				d.Notes[i].Bounds = b
			} else if ref == r.pool && r.pool != "" {
				d.PoolBounds = b
			}
		}
	}
	r.drawn = len(d.Nodes) > 0
	for i := range d.Nodes {
		if d.Nodes[i].Bounds.Zero() && d.Nodes[i].Parent == "" {
			r.drawn = false // what a collapsed sub-process holds need not be drawn
		}
	}
	for i := range d.Flows {
		f := &d.Flows[i]
		if r.drawn && len(f.Points) < 2 && f.from >= 0 && d.Nodes[f.from].Parent == "" {
			f.Points = []Point{d.Nodes[f.from].Bounds.Center(), d.Nodes[f.to].Bounds.Center()}
		}
	}
}

// maxCoord keeps coordinates where a picture can be drawn.
const maxCoord = 100000

func bounds(e *element) Rect {
	b := e.child(nsDC, "Bounds")
	if b == nil {
		return Rect{}
	}
	var v [4]float64
	for i, k := range []string{"x", "y", "width", "height"} {
		f, ok := coord(b.attr(k))
		if !ok {
			return Rect{}
		}
		v[i] = f
	}
	return Rect{v[0], v[1], v[2], v[3]}
}

func waypoints(e *element) []Point {
	var out []Point
	for _, k := range e.kids {
		if !k.is(nsDD, "waypoint") {
			continue
		}
		x, ok1 := coord(k.attr("x"))
		y, ok2 := coord(k.attr("y"))
		if !ok1 || !ok2 || len(out) >= 200 {
			return nil
		}
		out = append(out, Point{x, y})
	}
	return out
}

func coord(s string) (float64, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return f, err == nil && f >= -maxCoord && f <= maxCoord // also refuses NaN
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

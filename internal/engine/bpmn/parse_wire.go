package bpmn

import (
	"strconv"
	"strings"
)

// wire connects flows and nodes. A flow that begins or ends nowhere is refused, because nothing
// about the process could then be said.
func (r *reader) wire(proc *element) *Problem {
	d := r.d
	for i := range d.Flows {
		f := &d.Flows[i]
		from, ok := d.nodes[f.From]
		if !ok {
			return newProblem(f.ID, "bpmn.ref.dangling", "attribute", "sourceRef", "ref", f.From)
		}
		to, ok := d.nodes[f.To]
		if !ok {
			return newProblem(f.ID, "bpmn.ref.dangling", "attribute", "targetRef", "ref", f.To)
		}
		if d.Nodes[from].Parent != d.Nodes[to].Parent {
			r.problem(f.ID, "bpmn.flow.crosses", "element", f.ID)
		}
		f.from, f.to = from, to
		d.Nodes[from].out = append(d.Nodes[from].out, i)
		d.Nodes[to].in = append(d.Nodes[to].in, i)
	}
	for i := range d.Nodes {
		n := &d.Nodes[i]
		if p := r.orderOut(n, r.ids[n.ID]); p != nil {
			return p
		}
		for _, k := range n.in {
			n.In = append(n.In, d.Flows[k].ID)
		}
		for _, k := range n.out {
			n.Out = append(n.Out, d.Flows[k].ID)
			if d.Flows[k].ID == n.Default {
				n.def = k
			}
		}
		if n.Default != "" && n.def < 0 {
			return newProblem(n.ID, "bpmn.ref.dangling", "attribute", "default", "ref", n.Default)
		}
		if n.Type == TypeStart && n.Parent == "" && n.unsupported == "" {
			if d.start >= 0 {
				d.start = -2 // several: Check says so
			} else if d.start == -1 {
				d.start = i
			}
		}
	}
	if d.start < 0 {
		d.start = -1
	}
	return nil
}

// orderOut sorts the outgoing flows as the node lists them, because conditions are tried in that
// order (BPMN 10.6.2); flows the node does not list follow in the order of the file.
func (r *reader) orderOut(n *Node, e *element) *Problem {
	var listed []int
	for _, k := range e.kids {
		if k.space != nsModel || (k.name != "incoming" && k.name != "outgoing") {
			continue
		}
		ref, target := r.resolve(k.text())
		if target == nil || !target.is(nsModel, "sequenceFlow") {
			return newProblem(n.ID, "bpmn.ref.dangling", "attribute", k.name, "ref", ref)
		}
		if k.name == "outgoing" {
			i, ok := r.d.flows[ref]
			if !ok || r.d.Flows[i].From != n.ID {
				return newProblem(n.ID, "bpmn.ref.dangling", "attribute", "outgoing", "ref", ref)
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
	return nil
}

// lanes reads the leaf lanes; a nested lane without role or agency has those of the lane around it.
func (r *reader) lanes(proc *element) *Problem {
	for _, k := range proc.kids {
		if k.is(nsModel, "laneSet") {
			if p := r.laneSet(k, Lane{}); p != nil {
				return p
			}
		}
	}
	return nil
}

func (r *reader) laneSet(set *element, outer Lane) *Problem {
	d := r.d
	for _, e := range set.kids {
		if !e.is(nsModel, "lane") {
			continue
		}
		l := Lane{ID: e.attr("id"), Name: name(e.attr("name")), NameEn: name(e.lt("nameEn")),
			Role: first(e.lt("role"), outer.Role), Agency: first(e.lt("agency"), outer.Agency),
			Division: first(e.lt("division"), outer.Division)}
		if l.ID == "" {
			return newProblem("", "bpmn.id.missing", "type", "lane")
		}
		for _, k := range e.kids {
			if !k.is(nsModel, "flowNodeRef") {
				continue
			}
			ref, _ := r.resolve(k.text())
			i, ok := d.nodes[ref]
			if !ok {
				return newProblem(l.ID, "bpmn.ref.dangling", "attribute", "flowNodeRef", "ref", ref)
			}
			d.Nodes[i].Lane = l.ID // a nested lane comes later and is the nearer one
		}
		if inner := e.child(nsModel, "childLaneSet"); inner != nil && inner.child(nsModel, "lane") != nil {
			before := len(d.Lanes)
			if p := r.laneSet(inner, l); p != nil {
				return p
			}
			if len(d.Lanes) > before {
				r.adopt(l.ID, d.Lanes[before].ID)
				continue
			}
		}
		d.lanes[l.ID] = len(d.Lanes)
		d.Lanes = append(d.Lanes, l)
	}
	return nil
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

// references refuses the remaining references of the model that lead nowhere.
func (r *reader) references(e *element) *Problem {
	if e.space == nsModel {
		for _, a := range e.attrs {
			if a.Name.Space != "" || a.Value == "" {
				continue
			}
			switch a.Name.Local {
			case "attachedToRef", "sourceRef", "targetRef":
				if ref, target := r.resolve(a.Value); target == nil {
					return newProblem(e.attr("id"), "bpmn.ref.dangling", "attribute", a.Name.Local, "ref", ref)
				}
			}
		}
	}
	for _, k := range e.kids {
		if p := r.references(k); p != nil {
			return p
		}
	}
	return nil
}

// diagram reads bounds and way points (BPMN 12, BPMN DI). A diagram that leaves out a flow node
// is not used at all: half a picture would mislead, a layout is made instead.
func (r *reader) diagram(root, proc *element) *Problem {
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
				return newProblem(plane.attr("id"), "bpmn.ref.dangling", "attribute", "bpmnElement", "ref", ref)
			}
		}
		for _, s := range plane.kids {
			if s.space != nsDI || (s.name != "BPMNShape" && s.name != "BPMNEdge") {
				continue
			}
			ref, target := r.resolve(s.attr("bpmnElement"))
			if target == nil {
				return newProblem(s.attr("id"), "bpmn.ref.dangling", "attribute", "bpmnElement", "ref", ref)
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
			r.drawn = false
		}
	}
	for i := range d.Flows {
		f := &d.Flows[i]
		if r.drawn && len(f.Points) < 2 && d.Nodes[f.from].Parent == "" {
			f.Points = []Point{d.Nodes[f.from].Bounds.Center(), d.Nodes[f.to].Bounds.Center()}
		}
	}
	return nil
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

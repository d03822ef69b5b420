package bpmn

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// drawing is the diagram of a file that is being changed (BPMN clause 12): the shapes and edges by
// the id of the element they draw.
type drawing struct {
	e      *editor
	plane  int // the plane that draws the process, -1 without a diagram
	shapes map[string]int
	edges  map[string]int
}

func (f *File) drawing() *drawing {
	dr := &drawing{e: f.edit(), plane: -1, shapes: map[string]int{}, edges: map[string]int{}}
	for i := range dr.e.s {
		s := &dr.e.s[i]
		if s.space != nsDI {
			continue
		}
		switch s.name {
		case "BPMNPlane":
			if dr.plane < 0 {
				dr.plane = i
			}
		case "BPMNShape":
			dr.note(dr.shapes, i)
		case "BPMNEdge":
			dr.note(dr.edges, i)
		}
	}
	return dr
}

// note keeps the first drawing of an element; a prefix of another tool in the reference is dropped.
func (dr *drawing) note(m map[string]int, i int) {
	ref := strings.TrimSpace(dr.e.attr(i, "bpmnElement"))
	if dr.e.find(ref) < 0 {
		if _, local, ok := strings.Cut(ref, ":"); ok {
			ref = local
		}
	}
	if _, have := m[ref]; !have {
		m[ref] = i
	}
}

// rect reads a Bounds element.
func (e *editor) rect(i int) (Rect, bool) {
	var r Rect
	for name, v := range map[string]*float64{"x": &r.X, "y": &r.Y, "width": &r.W, "height": &r.H} {
		n, err := strconv.ParseFloat(strings.TrimSpace(e.attr(i, name)), 64)
		if err != nil || math.IsNaN(n) || math.Abs(n) > 1e6 {
			return Rect{}, false
		}
		*v = n
	}
	return r, true
}

func (e *editor) point(i int) (Point, bool) {
	x, err1 := strconv.ParseFloat(strings.TrimSpace(e.attr(i, "x")), 64)
	y, err2 := strconv.ParseFloat(strings.TrimSpace(e.attr(i, "y")), 64)
	return Point{x, y}, err1 == nil && err2 == nil && math.Abs(x) < 1e6 && math.Abs(y) < 1e6
}

// bounds returns where an element is drawn.
func (dr *drawing) bounds(id string) (Rect, bool) {
	i, ok := dr.shapes[id]
	if !ok {
		return Rect{}, false
	}
	b := dr.e.kid(i, nsDC, "Bounds")
	if b < 0 {
		return Rect{}, false
	}
	r, ok := dr.e.rect(b)
	return r, ok && !r.Zero()
}

// points returns the way points of an edge with their tags.
func (dr *drawing) points(id string) (pts []Point, tags []int) {
	i, ok := dr.edges[id]
	if !ok {
		return nil, nil
	}
	for _, k := range dr.e.s[i].kids {
		if dr.e.s[k].is(nsDD, "waypoint") {
			if p, ok := dr.e.point(k); ok {
				pts, tags = append(pts, p), append(tags, k)
			}
		}
	}
	return pts, tags
}

// container reports whether an element holds others on the drawing, so that it grows with them.
func (dr *drawing) container(id string) bool {
	i := dr.e.find(id)
	if i < 0 {
		return false
	}
	s := &dr.e.s[i]
	if s.space != nsModel {
		return false
	}
	if s.name == "lane" || s.name == "participant" {
		return true
	}
	if !isSubProcess(s.name) {
		return false
	}
	return slices.ContainsFunc(s.kids, func(k int) bool {
		_, drawn := dr.shapes[dr.e.attr(k, "id")]
		return drawn
	})
}

// hit reports whether another node is drawn where r is, or closer than a line needs.
func (dr *drawing) hit(r Rect, except string) bool {
	const air = 8
	for id := range dr.shapes {
		b, ok := dr.bounds(id)
		if !ok || id == except || dr.container(id) {
			continue
		}
		if b.X < r.X+r.W+air && r.X < b.X+b.W+air && b.Y < r.Y+r.H+air && r.Y < b.Y+b.H+air {
			return true
		}
	}
	return false
}

// widen moves everything that is drawn at or to the right of x by dx, and lets lanes, pools and open
// sub-processes that reach over x grow. The node except stays. Lines that end at a node that stays
// keep their end.
func (f *File) widen(x, dx float64, except string) error {
	dr := f.drawing()
	e := dr.e
	moves := map[string]bool{}
	for id, i := range dr.shapes {
		b, ok := dr.bounds(id)
		if !ok {
			continue
		}
		bt := e.kid(i, nsDC, "Bounds")
		switch {
		case b.X >= x && id != except:
			moves[id] = true
			e.set(bt, "x", num(b.X+dx))
		case b.X+b.W >= x && dr.container(id):
			e.set(bt, "width", num(b.W+dx))
		}
		if l := e.kid(i, nsDI, "BPMNLabel"); l >= 0 && moves[id] {
			if lb := e.kid(l, nsDC, "Bounds"); lb >= 0 {
				if r, ok := e.rect(lb); ok {
					e.set(lb, "x", num(r.X+dx))
				}
			}
		}
	}
	var torn []string // lines straight up or down between a node that moves and one that stays
	for id, i := range dr.edges {
		pts, tags := dr.points(id)
		if len(pts) < 2 {
			continue
		}
		move := make([]bool, len(pts))
		for k, p := range pts {
			move[k] = p.X >= x
		}
		from, to := dr.ends(id)
		if from != "" {
			move[0] = moves[from]
			for k := 1; k < len(pts) && math.Abs(pts[k].X-pts[k-1].X) < 0.5; k++ {
				move[k] = move[k-1]
			}
		}
		if to != "" {
			n := len(pts) - 1
			move[n] = moves[to]
			for k := n - 1; k >= 0 && math.Abs(pts[k].X-pts[k+1].X) < 0.5; k-- {
				move[k] = move[k+1]
			}
			if from != "" && move[0] != moves[from] {
				torn = append(torn, id)
			}
		}
		for k, p := range pts {
			if move[k] {
				e.set(tags[k], "x", num(p.X+dx))
			}
		}
		if l := e.kid(i, nsDI, "BPMNLabel"); l >= 0 && move[0] {
			if lb := e.kid(l, nsDC, "Bounds"); lb >= 0 {
				if r, ok := e.rect(lb); ok {
					e.set(lb, "x", num(r.X+dx))
				}
			}
		}
	}
	if err := e.done(); err != nil {
		return err
	}
	slices.Sort(torn)
	for _, id := range torn {
		if err := f.draw(id); err != nil {
			return err
		}
	}
	return nil
}

// ends returns the nodes an edge is drawn between, as far as they are drawn.
func (dr *drawing) ends(id string) (from, to string) {
	i := dr.e.find(id)
	if i < 0 {
		return "", ""
	}
	from, to = dr.e.attr(i, "sourceRef"), dr.e.attr(i, "targetRef")
	if _, ok := dr.bounds(from); !ok {
		from = ""
	}
	if _, ok := dr.bounds(to); !ok {
		to = ""
	}
	return from, to
}

// place puts a shape somewhere else, with its label.
func (f *File) place(id string, to Rect) error {
	dr := f.drawing()
	i, ok := dr.shapes[id]
	was, has := dr.bounds(id)
	if !ok || !has {
		return nil
	}
	e := dr.e
	bt := e.kid(i, nsDC, "Bounds")
	e.set(bt, "x", num(to.X))
	e.set(bt, "y", num(to.Y))
	if l := e.kid(i, nsDI, "BPMNLabel"); l >= 0 {
		if lb := e.kid(l, nsDC, "Bounds"); lb >= 0 {
			if r, ok := e.rect(lb); ok {
				e.set(lb, "x", num(r.X+to.X-was.X))
				e.set(lb, "y", num(r.Y+to.Y-was.Y))
			}
		}
	}
	return e.done()
}

// reroute draws every flow at a node anew.
func (f *File) reroute(node string) error {
	dr := f.drawing()
	var flows []string
	for id := range dr.edges {
		if i := dr.e.find(id); i >= 0 && dr.e.s[i].is(nsModel, "sequenceFlow") && (dr.e.attr(i, "sourceRef") == node || dr.e.attr(i, "targetRef") == node) {
			flows = append(flows, id)
		}
	}
	slices.Sort(flows)
	for _, id := range flows {
		if err := f.draw(id); err != nil {
			return err
		}
	}
	return nil
}

// draw gives a flow a line from its source to its target, where both are drawn; an edge that is not
// there yet is made. The label goes back to where modelers put it by themselves.
func (f *File) draw(flow string) error {
	dr := f.drawing()
	from, to := dr.ends(flow)
	if from == "" || to == "" || dr.plane < 0 {
		return nil
	}
	a, _ := dr.bounds(from)
	b, _ := dr.bounds(to)
	return dr.line(flow, orthogonal(a, b))
}

// line replaces the way points of an edge, or makes the edge.
func (dr *drawing) line(flow string, pts []Point) error {
	e := dr.e
	i, ok := dr.edges[flow]
	at := dr.plane
	if ok {
		at = i
	}
	p, declare := e.prefixOf(at, nsDD)
	var lines []string
	for _, q := range pts {
		lines = append(lines, "<"+p+"waypoint"+declare+` x="`+num(q.X)+`" y="`+num(q.Y)+`"/>`)
	}
	if !ok {
		di, d2 := e.prefixOf(at, nsDI)
		id := e.f.free(domID(flow) + "_di")
		e.into(at, "<"+di+"BPMNEdge"+d2+` id="`+quoted(id)+`" bpmnElement="`+quoted(flow)+`">`+strings.Join(lines, "")+"</"+di+"BPMNEdge>")
		return e.done()
	}
	for _, k := range e.s[i].kids {
		if e.s[k].is(nsDD, "waypoint") {
			e.remove(k)
		} else if e.s[k].is(nsDI, "BPMNLabel") {
			if lb := e.kid(k, nsDC, "Bounds"); lb >= 0 {
				e.remove(lb)
			}
		}
	}
	if e.s[i].to == e.s[i].open {
		e.into(i, strings.Join(lines, ""))
		return e.done()
	}
	sep := ""
	if len(e.s[i].kids) > 0 {
		sep = e.indent(e.s[i].kids[0])
	}
	e.cuts = append(e.cuts, cut{e.s[i].open, e.s[i].open, sep + strings.Join(lines, sep)})
	return e.done()
}

// orthogonal runs a line from a to b with level and upright stretches: onward from the right side
// to the left one, back below both.
func orthogonal(a, b Rect) []Point {
	ac, bc := a.Center(), b.Center()
	switch {
	case b.X >= a.X+a.W: // onward
		if math.Abs(ac.Y-bc.Y) < 1 {
			return []Point{{a.X + a.W, ac.Y}, {b.X, ac.Y}}
		}
		mid := math.Max(a.X+a.W+4, b.X-13)
		if mid > b.X {
			mid = (a.X + a.W + b.X) / 2
		}
		return []Point{{a.X + a.W, ac.Y}, {mid, ac.Y}, {mid, bc.Y}, {b.X, bc.Y}}
	case b.Y >= a.Y+a.H: // below, one over the other
		if math.Abs(ac.X-bc.X) < 1 {
			return []Point{{ac.X, a.Y + a.H}, {ac.X, b.Y}}
		}
		mid := (a.Y + a.H + b.Y) / 2
		return []Point{{ac.X, a.Y + a.H}, {ac.X, mid}, {bc.X, mid}, {bc.X, b.Y}}
	case a.Y >= b.Y+b.H: // above
		if math.Abs(ac.X-bc.X) < 1 {
			return []Point{{ac.X, a.Y}, {ac.X, b.Y + b.H}}
		}
		mid := (b.Y + b.H + a.Y) / 2
		return []Point{{ac.X, a.Y}, {ac.X, mid}, {bc.X, mid}, {bc.X, b.Y + b.H}}
	}
	low := math.Max(a.Y+a.H, b.Y+b.H) + 16
	return []Point{{ac.X, a.Y + a.H}, {ac.X, low}, {bc.X, low}, {bc.X, b.Y + b.H}}
}

package bpmn

import (
	"math"
	"strings"
)

// done reports whether a flow is drawn as passed.
func (c *canvas) done(f *Flow) bool {
	if m, ok := c.marks[f.ID]; ok {
		return m.State == MarkDone
	}
	if c.flowMarks {
		return false
	}
	from, to := c.marks[f.From].State, c.marks[f.To].State
	return from == MarkDone && (to == MarkDone || to == MarkCurrent)
}

// flowLines draws the flows, those that were passed last, so that they lie on top.
func (c *canvas) flowLines() {
	for i := range c.d.Flows {
		if _, ok := c.marks[c.d.Flows[i].ID]; ok {
			c.flowMarks = true
		}
	}
	for _, pass := range []bool{false, true} {
		for i := range c.d.Flows {
			f := &c.d.Flows[i]
			if len(f.Points) < 2 || c.done(f) != pass {
				continue
			}
			class, arrow := "flow", "a"
			if pass {
				class, arrow = "flow d", "ad"
			}
			c.b.WriteString(`<path class="` + class + `" d="` + roundedPath(f.Points) + `" marker-end="url(#` + c.id + `-` + arrow + `)"/>`)
			for _, p := range f.Points {
				c.cover(p.X, p.Y)
			}
			n := &c.d.Nodes[f.from]
			if n.Default == f.ID && len(n.out) > 1 { // the slash of a default flow
				a, b := f.Points[0], f.Points[1]
				if l := math.Hypot(b.X-a.X, b.Y-a.Y); l > 16 {
					ux, uy := (b.X-a.X)/l, (b.Y-a.Y)/l
					m := Point{a.X + ux*9, a.Y + uy*9}
					c.stroke([]Point{{m.X - ux*2 - uy*5, m.Y - uy*2 + ux*5}, {m.X + ux*2 + uy*5, m.Y + uy*2 - ux*5}})
				}
			}
		}
	}
}

// flowNames draws the names of flows above everything, so that no line crosses them.
func (c *canvas) flowNames() {
	for i := range c.d.Flows {
		f := &c.d.Flows[i]
		name := f.Title(c.lang)
		if name == "" || len(f.Points) < 2 {
			continue
		}
		r := f.Label
		if r.Zero() {
			r = labelBeside(f.Points, textWidth(name, sizeSmall))
		} else if lines := c.d.breaks.wrap(name, sizeSmall, math.Max(r.W, 72)); len(lines) > 0 {
			// Keep the side the label was put on: the text is as wide as it is, not as the box.
			w := 0.0
			for _, l := range lines {
				w = math.Max(w, textWidth(l, sizeSmall))
			}
			if f.Points[0].X <= r.X+4 {
				r = Rect{r.X, r.Y, w, r.H}
			} else if f.Points[0].X >= r.X+r.W-4 {
				r = Rect{r.X + r.W - w, r.Y, w, r.H}
			}
		}
		c.named(r, name, math.Max(r.W, 72))
	}
}

// labelBeside places a name at the first stretch of a flow that is long enough for it: above a
// level one, to the right of an upright one.
func labelBeside(pts []Point, width float64) Rect {
	for i := 0; i+1 < len(pts); i++ {
		a, b := pts[i], pts[i+1]
		switch {
		case math.Abs(a.Y-b.Y) < 1 && math.Abs(a.X-b.X) >= math.Min(width, 60):
			x := a.X + 4
			if b.X < a.X {
				x = a.X - width - 4
			}
			return Rect{x, a.Y - lineSmall - 3, width, lineSmall}
		case math.Abs(a.X-b.X) < 1 && math.Abs(a.Y-b.Y) >= lineSmall+6:
			y := a.Y + 4
			if b.Y < a.Y {
				y = a.Y - lineSmall - 4
			}
			return Rect{a.X + 5, y, width, lineSmall}
		}
	}
	a, b := pts[0], pts[len(pts)-1]
	return Rect{(a.X+b.X)/2 - width/2, (a.Y+b.Y)/2 - lineSmall - 2, width, lineSmall}
}

// stroke draws a thin line in the colour of the flows.
func (c *canvas) stroke(pts []Point) {
	c.b.WriteString(`<path class="flow" d="M` + num(pts[0].X) + ` ` + num(pts[0].Y))
	for _, p := range pts[1:] {
		c.b.WriteString(`L` + num(p.X) + ` ` + num(p.Y))
	}
	c.b.WriteString(`"/>`)
}

// roundedPath draws the way points with small bends.
func roundedPath(pts []Point) string {
	var b strings.Builder
	b.WriteString("M" + num(pts[0].X) + " " + num(pts[0].Y))
	for i := 1; i < len(pts); i++ {
		p := pts[i]
		if i == len(pts)-1 {
			b.WriteString("L" + num(p.X) + " " + num(p.Y))
			break
		}
		in, out := math.Hypot(p.X-pts[i-1].X, p.Y-pts[i-1].Y), math.Hypot(pts[i+1].X-p.X, pts[i+1].Y-p.Y)
		r := math.Min(cornerBend, math.Min(in, out)/2)
		if r < 1 {
			b.WriteString("L" + num(p.X) + " " + num(p.Y))
			continue
		}
		from := Point{p.X - (p.X-pts[i-1].X)/in*r, p.Y - (p.Y-pts[i-1].Y)/in*r}
		to := Point{p.X + (pts[i+1].X-p.X)/out*r, p.Y + (pts[i+1].Y-p.Y)/out*r}
		b.WriteString("L" + num(from.X) + " " + num(from.Y) + "Q" + num(p.X) + " " + num(p.Y) + " " + num(to.X) + " " + num(to.Y))
	}
	return b.String()
}

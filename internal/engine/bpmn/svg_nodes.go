package bpmn

import (
	"math"
)

// framed reports whether a sub-process is drawn open, as a frame around what is in it.
func (c *canvas) framed(n *Node) bool {
	if n.kind != kindSub && !isSubProcess(n.Type) || n.Bounds.Zero() {
		return false
	}
	for i := range c.d.Nodes {
		if m := &c.d.Nodes[i]; m.Parent == n.ID && !m.Bounds.Zero() && n.Bounds.has(m.Bounds.Center()) {
			return true
		}
	}
	return false
}

func (r Rect) has(p Point) bool {
	return p.X >= r.X && p.X <= r.X+r.W && p.Y >= r.Y && p.Y <= r.Y+r.H
}

// frames draws open sub-processes below everything that is in them, the outer ones first as they
// stand first in the file.
func (c *canvas) frames() {
	for i := range c.d.Nodes {
		n := &c.d.Nodes[i]
		if !c.framed(n) {
			continue
		}
		class := "lane"
		if c.marks[n.ID].State == MarkDone {
			class = "lane d"
		}
		c.rect(class, n.Bounds, 10)
		c.coverRect(n.Bounds)
		y := n.Bounds.Y + lineName
		for _, l := range wrap(n.Title(c.lang), sizeSmall, n.Bounds.W-16) {
			c.line("sm", n.Bounds.X+8, y, "start", l)
			y += lineSmall
		}
	}
}

// event draws a circle as BPMN 10.5 draws it: thin at the start, double in between and on a boundary,
// thick at the end, dashed when it does not stop its activity, with a sign for its kind.
func (c *canvas) event(n *Node) {
	p := n.Bounds.Center()
	radius := math.Min(n.Bounds.W, n.Bounds.H) / 2
	class, dash := "ev", ""
	if n.Type == TypeEnd {
		class += " e"
		radius-- // the thick line grows outward
	}
	if s := c.marks[n.ID].State; s == MarkDone || s == MarkCurrent {
		class += " d"
	}
	if n.Event != nil && !n.Interrupting && (n.kind == kindBoundary || n.kind == kindStart && n.Parent != "") && !n.is(TriggerCompensation) {
		dash = ` stroke-dasharray="4 3"`
	}
	c.ring(class, dash, p, radius)
	if n.kind == kindThrow || n.kind == kindCatch || n.kind == kindBoundary {
		c.ring(class, dash, p, radius-3)
	}
	switch {
	case n.Terminate:
		c.b.WriteString(`<circle cx="` + num(p.X) + `" cy="` + num(p.Y) + `" r="` + num(radius*0.55) + `" fill="#7c8b9a"/>`)
	case n.Event != nil:
		c.sign(n.Event.Kind, p, radius*0.45)
	}
	c.label(n)
}

// ring draws a circle; dash is empty or an attribute.
func (c *canvas) ring(class, dash string, p Point, r float64) {
	c.b.WriteString(`<circle class="` + class + `"` + dash + ` cx="` + num(p.X) + `" cy="` + num(p.Y) + `" r="` + num(math.Max(r, 1)) + `"/>`)
}

// sign draws what kind of event it is, k pixels to each side of p.
func (c *canvas) sign(kind TriggerKind, p Point, k float64) {
	at := func(xy ...float64) []Point {
		var out []Point
		for i := 0; i+1 < len(xy); i += 2 {
			out = append(out, Point{p.X + xy[i]*k, p.Y + xy[i+1]*k})
		}
		return out
	}
	switch kind {
	case TriggerTimer:
		c.ring("ev", "", p, k)
		c.stroke(at(0.2, -0.7, 0, 0, 0.6, 0))
	case TriggerMessage:
		c.stroke(at(-1, -0.7, 1, -0.7, 1, 0.7, -1, 0.7, -1, -0.7, 0, 0.1, 1, -0.7))
	case TriggerSignal:
		c.stroke(at(0, -1, 1, 0.7, -1, 0.7, 0, -1))
	case TriggerError:
		c.stroke(at(-1, 0.8, -0.4, -0.8, 0.3, 0.4, 1, -0.8))
	case TriggerEscalation:
		c.stroke(at(0, -1, 0.8, 0.9, 0, 0.2, -0.8, 0.9, 0, -1))
	case TriggerCondition:
		c.stroke(at(-0.7, -0.9, 0.7, -0.9, 0.7, 0.9, -0.7, 0.9, -0.7, -0.9))
		c.stroke(at(-0.4, -0.4, 0.4, -0.4))
		c.stroke(at(-0.4, 0.1, 0.4, 0.1))
	case TriggerCompensation:
		c.stroke(at(0, 0, 1, -0.7, 1, 0.7, 0, 0))
		c.stroke(at(-1, 0, 0, -0.7, 0, 0.7, -1, 0))
	case TriggerLink:
		c.stroke(at(-1, -0.4, 0.2, -0.4, 0.2, -0.9, 1, 0, 0.2, 0.9, 0.2, 0.4, -1, 0.4, -1, -0.4))
	}
}

func (c *canvas) gateway(n *Node) {
	r := n.Bounds
	p := r.Center()
	class := "gw"
	if c.marks[n.ID].State == MarkDone {
		class = "gw d"
	}
	c.b.WriteString(`<path class="` + class + `" d="M` + num(p.X) + ` ` + num(r.Y) + `L` + num(r.X+r.W) + ` ` + num(p.Y) +
		`L` + num(p.X) + ` ` + num(r.Y+r.H) + `L` + num(r.X) + ` ` + num(p.Y) + `z"/>`)
	k := r.W * 0.15
	switch n.Type {
	case TypeExclusive:
		c.stroke([]Point{{p.X - k, p.Y - k}, {p.X + k, p.Y + k}})
		c.stroke([]Point{{p.X + k, p.Y - k}, {p.X - k, p.Y + k}})
	case TypeParallel:
		k *= 1.35
		c.stroke([]Point{{p.X, p.Y - k}, {p.X, p.Y + k}})
		c.stroke([]Point{{p.X - k, p.Y}, {p.X + k, p.Y}})
	case TypeInclusive:
		c.ring(class, "", p, k*1.4)
	case TypeEventGate:
		c.ring(class, "", p, k*1.9)
		c.ring(class, "", p, k*1.5)
	}
	c.label(n)
}

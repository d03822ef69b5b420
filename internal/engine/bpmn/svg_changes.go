package bpmn

import "math"

// changes draws the marks of a comparison above everything else: a frame in the class of the change
// and a badge with its sign and word, so that colour is never the only sign. A mark of any other
// state draws nothing here.
func (c *canvas) changes() {
	for i := range c.d.Flows {
		f := &c.d.Flows[i]
		m := c.marks[f.ID]
		sign := changeSign(m.State)
		if sign == "" || len(f.Points) < 2 {
			continue
		}
		c.b.WriteString(`<path class="mkf ` + m.State + `" d="` + roundedPath(f.Points) + `"/>`)
		c.badge(middle(f.Points), sign, "", m.State)
	}
	for i := range c.d.Lanes {
		l := &c.d.Lanes[i]
		if m := c.marks[l.ID]; changeSign(m.State) != "" && !l.Bounds.Zero() {
			left := l.Bounds.X
			if !l.Vertical {
				left += laneBand - laneHead
			}
			c.badge(Point{left + 14, l.Bounds.Y + 14}, changeSign(m.State), m.Note, m.State)
		}
	}
	for i := range c.d.Nodes {
		n := &c.d.Nodes[i]
		m := c.marks[n.ID]
		sign := changeSign(m.State)
		if sign == "" || n.Bounds.Zero() {
			continue
		}
		r := n.Bounds
		c.rect("mk "+m.State, Rect{r.X - 4, r.Y - 4, r.W + 8, r.H + 8}, 10)
		c.coverRect(Rect{r.X - 8, r.Y - 16, r.W + 16, r.H + 24})
		c.badge(Point{r.X + 6, r.Y - 4}, sign, m.Note, m.State)
	}
}

// changeSign returns the sign of a change, "" for marks of other kinds.
func changeSign(state string) string {
	switch state {
	case ChangeAdded:
		return "+"
	case ChangeRemoved:
		return "−"
	case ChangeChanged:
		return "≠"
	}
	return ""
}

// badge draws a sign with a word at a point.
func (c *canvas) badge(p Point, sign, word, class string) {
	text := sign
	if word != "" {
		text += " " + word
	}
	w := textWidth(text, sizeSmall) + 10
	r := Rect{p.X - 6, p.Y - 9, w, 18}
	c.coverRect(r)
	c.b.WriteString(`<g class="mkb ` + class + `">`)
	c.rect("", r, 9)
	c.line("sm", r.X+w/2, r.Y+13, "middle", text)
	c.b.WriteString(`</g>`)
}

// middle returns the point half-way along a line.
func middle(pts []Point) Point {
	total := 0.0
	for i := 1; i < len(pts); i++ {
		total += math.Hypot(pts[i].X-pts[i-1].X, pts[i].Y-pts[i-1].Y)
	}
	rest := total / 2
	for i := 1; i < len(pts); i++ {
		l := math.Hypot(pts[i].X-pts[i-1].X, pts[i].Y-pts[i-1].Y)
		if l >= rest && l > 0 {
			k := rest / l
			return Point{pts[i-1].X + (pts[i].X-pts[i-1].X)*k, pts[i-1].Y + (pts[i].Y-pts[i-1].Y)*k}
		}
		rest -= l
	}
	return pts[0]
}

package bpmn

import (
	"html"
	"math"
	"strconv"
	"strings"

	"lienthong/internal/kit/text"
)

// SVGOptions says how a diagram is drawn.
type SVGOptions struct {
	Lang  string // "en", otherwise Vietnamese
	ID    string // prefix of the ids in the picture, for several pictures on a page; "bpmn" when empty
	Title string // read out first; the process's name when empty
	Desc  string // read out next; made from the marks when empty
}

// Sizes of the drawing, in pixels of the diagram.
const (
	laneHead   = 112.0 // width of a lane's head
	laneBand   = 30.0  // the band modelers leave for a lane's name
	lineName   = 17.0  // line height of names
	lineSmall  = 15.0  // line height of small text
	sizeName   = 13.0
	sizeSmall  = 11.5
	cornerBend = 6.0
	wideFrom   = 1000.0 // a picture wider than this asks for more room by the class "wide",
	widerFrom  = 1300.0 // and by "wider", so that its text keeps its size
)

// SVG draws the process as one svg element, from the diagram of the file or from a layout made
// here. It carries classes only, no styles, so that the page's style sheet and its content
// security policy decide; all text is escaped. marks are by id of node or flow; flows without a
// mark of their own are done between done nodes.
func (d *Definition) SVG(marks map[string]Mark, o SVGOptions) string {
	c := &canvas{d: d, marks: marks, lang: o.Lang, id: domID(o.ID)}
	c.lanes()
	c.frames()
	c.flowLines()
	c.nodes()
	c.flowNames()
	c.notes()
	c.changes()
	title := text.Line(o.Title)
	if title == "" {
		title = d.Title(o.Lang)
	}
	desc := text.Line(o.Desc)
	if desc == "" {
		desc = d.describe(marks, o.Lang)
	}
	if c.maxX < c.minX { // nothing drawn
		c.minX, c.minY, c.maxX, c.maxY = 0, 0, 100, 40
	}
	const margin = 4
	w, h := c.maxX-c.minX+2*margin, c.maxY-c.minY+2*margin
	class := ""
	switch {
	case w > widerFrom:
		class = ` class="wider"`
	case w > wideFrom:
		class = ` class="wide"`
	}
	var b strings.Builder
	b.Grow(c.b.Len() + 1500)
	b.WriteString(`<svg` + class + ` viewBox="` + num(c.minX-margin) + ` ` + num(c.minY-margin) + ` ` + num(w) + ` ` + num(h) +
		`" role="img" aria-labelledby="` + c.id + `-t ` + c.id + `-d">`)
	b.WriteString(`<title id="` + c.id + `-t">` + esc(title) + `</title><desc id="` + c.id + `-d">` + esc(desc) + `</desc><defs>`)
	for _, m := range []struct{ id, fill string }{{"a", "#7c8b9a"}, {"ad", "#146c43"}} {
		b.WriteString(`<marker id="` + c.id + `-` + m.id + `" viewBox="0 0 10 10" refX="9" refY="5" markerUnits="userSpaceOnUse" markerWidth="10" markerHeight="10" orient="auto"><path d="M0 0L10 5L0 10z" fill="` + m.fill + `"/></marker>`)
	}
	b.WriteString(`</defs>`)
	b.WriteString(c.b.String())
	b.WriteString(`</svg>`)
	return b.String()
}

// canvas collects the drawing and the area it covers.
type canvas struct {
	d                      *Definition
	marks                  map[string]Mark
	lang, id               string
	b                      strings.Builder
	minX, minY, maxX, maxY float64
	any                    bool
	flowMarks              bool // some flow has a mark, so a flow without one was not passed
}

func (c *canvas) cover(x, y float64) {
	if !c.any {
		c.minX, c.minY, c.maxX, c.maxY, c.any = x, y, x, y, true
		return
	}
	c.minX, c.maxX = math.Min(c.minX, x), math.Max(c.maxX, x)
	c.minY, c.maxY = math.Min(c.minY, y), math.Max(c.maxY, y)
}

func (c *canvas) coverRect(r Rect) {
	c.cover(r.X, r.Y)
	c.cover(r.X+r.W, r.Y+r.H)
}

// lanes draws the bands with their heads. Modelers leave a narrow band for a rotated name; here the
// head is widened to the left and the name stands upright.
func (c *canvas) lanes() {
	left := math.Inf(1)
	for i := range c.d.Lanes {
		if l := &c.d.Lanes[i]; !l.Bounds.Zero() && !l.Vertical {
			left = math.Min(left, l.Bounds.X)
		}
	}
	for i := range c.d.Lanes {
		l := &c.d.Lanes[i]
		r := l.Bounds
		if r.Zero() {
			continue
		}
		head := Rect{left + laneBand - laneHead, r.Y, laneHead, r.H}
		band := Rect{head.X, r.Y, r.X + r.W - head.X, r.H}
		if l.Vertical {
			head, band = Rect{r.X, r.Y, r.W, math.Min(laneBand, r.H)}, r
		}
		c.rect("lane", band, 0)
		c.rect("laneh", head, 0)
		c.block("lt", head, c.d.breaks.wrap(l.Title(c.lang), sizeSmall+1, head.W-12), lineSmall+1)
		c.coverRect(band)
	}
}

func (c *canvas) nodes() {
	for i := range c.d.Nodes {
		n := &c.d.Nodes[i]
		if n.Bounds.Zero() {
			continue
		}
		c.coverRect(n.Bounds)
		switch {
		case n.isEvent():
			c.event(n)
		case n.isGateway():
			c.gateway(n)
		case c.framed(n):
		default:
			c.task(n)
		}
	}
}

func (c *canvas) task(n *Node) {
	m := c.marks[n.ID]
	class := "task"
	switch m.State {
	case MarkDone:
		class = "task d"
	case MarkCurrent:
		class = "task c"
	case MarkWarm:
		class = "task w"
	case MarkHot:
		class = "task h"
	}
	c.b.WriteString(`<g class="` + class + `">`)
	c.rect("", n.Bounds, 8)
	r := n.Bounds
	note := wrap(m.Note, sizeSmall, r.W-6)
	if changeSign(m.State) != "" {
		note = nil // it stands in the badge
	}
	lines := c.d.breaks.wrap(n.Title(c.lang), sizeName, r.W-10)
	height := lineName
	small := ""
	if float64(len(lines))*lineName+float64(len(note))*lineSmall > r.H-4 {
		lines, height, small = c.d.breaks.wrap(n.Title(c.lang), sizeSmall, r.W-8), lineSmall-1, "sm"
	}
	total := float64(len(lines))*height + float64(len(note))*lineSmall
	y := r.Y + (r.H-total)/2
	for _, l := range lines {
		c.line(small, r.X+r.W/2, y+height*0.75, "middle", l)
		y += height
	}
	for _, l := range note {
		c.line("sm", r.X+r.W/2, y+lineSmall*0.76, "middle", l)
		y += lineSmall
	}
	c.b.WriteString(`</g>`)
}

// label draws the name of an event or gateway where the diagram puts it, otherwise below. Names
// differ in length between languages, so the text keeps to the side of the node the label is on.
func (c *canvas) label(n *Node) {
	if n.Name == "" {
		return
	}
	b, r := n.Bounds, n.Label
	if r.Zero() {
		r = Rect{b.X + b.W/2 - 48, b.Y + b.H + 3, 96, lineSmall}
	}
	width := math.Max(r.W, 78)
	lines := c.d.breaks.wrap(n.Title(c.lang), sizeSmall, width)
	w := 0.0
	for _, l := range lines {
		w = math.Max(w, textWidth(l, sizeSmall))
	}
	switch {
	case r.Y+r.H <= b.Y+1: // above: the last line stays next to the node
		r.Y = math.Min(r.Y, b.Y-3-float64(len(lines))*lineSmall)
	case r.Y >= b.Y+b.H-1: // below
	case r.X >= b.X+b.W-1: // right
		r.W = w
	case r.X+r.W <= b.X+1: // left
		r.X, r.W = r.X+r.W-w, w
	}
	c.named(r, n.Title(c.lang), width)
}

// named draws small text centred on an area, wrapped to the width.
func (c *canvas) named(r Rect, s string, width float64) {
	y := r.Y + lineSmall*0.75
	for _, l := range c.d.breaks.wrap(s, sizeSmall, width) {
		c.line("sm", r.X+r.W/2, y, "middle", l)
		half := textWidth(l, sizeSmall) / 2
		c.coverRect(Rect{r.X + r.W/2 - half, y - lineSmall, 2 * half, lineSmall + 4})
		y += lineSmall
	}
}

func (c *canvas) notes() {
	for i := range c.d.Notes {
		n := &c.d.Notes[i]
		if n.Bounds.Zero() {
			continue
		}
		c.coverRect(n.Bounds)
		r := n.Bounds
		c.stroke([]Point{{r.X + 8, r.Y}, {r.X, r.Y}, {r.X, r.Y + r.H}, {r.X + 8, r.Y + r.H}})
		y := r.Y + lineSmall
		for _, l := range c.d.breaks.wrap(text.Line(n.Text), sizeSmall, r.W-8) {
			c.line("sm", r.X+6, y, "start", l)
			y += lineSmall
		}
	}
}

func (c *canvas) rect(class string, r Rect, round float64) {
	c.b.WriteString(`<rect`)
	if class != "" {
		c.b.WriteString(` class="` + class + `"`)
	}
	c.b.WriteString(` x="` + num(r.X) + `" y="` + num(r.Y) + `" width="` + num(r.W) + `" height="` + num(r.H) + `"`)
	if round > 0 {
		c.b.WriteString(` rx="` + num(round) + `"`)
	}
	c.b.WriteString(`/>`)
}

// line writes one line of text; class may be empty.
func (c *canvas) line(class string, x, y float64, anchor, s string) {
	c.b.WriteString(`<text`)
	if class != "" {
		c.b.WriteString(` class="` + class + `"`)
	}
	c.b.WriteString(` x="` + num(x) + `" y="` + num(y) + `"`)
	if anchor != "start" {
		c.b.WriteString(` text-anchor="` + anchor + `"`)
	}
	c.b.WriteString(`>` + esc(s) + `</text>`)
}

// block writes lines centred in an area.
func (c *canvas) block(class string, r Rect, lines []string, height float64) {
	y := r.Y + (r.H-float64(len(lines))*height)/2
	for _, l := range lines {
		c.line(class, r.X+r.W/2, y+height*0.75, "middle", l)
		y += height
	}
}

// num writes a coordinate with at most one decimal.
func num(f float64) string {
	t := math.Round(f * 10)
	if !(math.Abs(t) < 1e9) {
		return strconv.FormatFloat(t/10, 'f', -1, 64)
	}
	n := int64(t)
	if n%10 == 0 {
		return strconv.FormatInt(n/10, 10)
	}
	var a [16]byte
	b := a[:0]
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	return string(append(strconv.AppendInt(b, n/10, 10), '.', byte('0'+n%10)))
}

func esc(s string) string { return html.EscapeString(s) }

// domID keeps an id prefix to what needs no escaping.
func domID(s string) string {
	if !validKey(s) || s[0] < 'A' {
		return "bpmn"
	}
	return s
}

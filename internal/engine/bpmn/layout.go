package bpmn

import "math"

// Sizes of the layout made for files without a usable diagram.
const (
	layTaskW, layTaskH = 126.0, 60.0
	layEvent, layGate  = 32.0, 44.0
	layRow             = 104.0 // height of one row of nodes
	layGap             = 40.0  // free space between columns, where lines run up and down
	layLeft            = 60.0
)

// layout places the nodes from left to right by how far they are from the start, in rows by lane,
// and runs every flow through the free space between columns and rows, so that no line crosses a
// node. It is used when a file has no diagram or one that leaves out a node.
func (d *Definition) layout() {
	d.AutoLayout = true
	d.PoolBounds = Rect{}
	if len(d.Nodes) == 0 {
		return
	}
	l := &layouter{d: d, level: d.levels(), row: make([]int, len(d.Nodes)), lines: map[int]int{}, gaps: map[int]int{}}
	l.rows()
	l.place()
	for i := range d.Flows {
		l.route(i)
	}
	y := 0.0
	right := l.colX[len(l.colX)-1] + 20
	for i := range d.Lanes {
		h := float64(l.laneRows[i]) * layRow
		d.Lanes[i].Bounds, d.Lanes[i].Vertical = Rect{0, y, right, h}, false
		y += h
	}
	for i := range d.Notes {
		d.Notes[i].Bounds = Rect{}
	}
}

type layouter struct {
	d        *Definition
	level    []int // column by node
	row      []int // row by node, over all lanes
	laneRows []int
	colX     []float64 // left edges of the columns, and the right edge of the last
	colW     []float64
	lines    map[int]int // level lines already laid beside a row
	gaps     map[int]int // upright lines already laid left of a column
}

// rows gives every lane as many rows as its fullest column has nodes; nodes outside any lane come
// in rows below.
func (l *layouter) rows() {
	d := l.d
	at := map[[2]int]int{} // lane and column -> nodes so far
	laneOf := make([]int, len(d.Nodes))
	l.laneRows = make([]int, len(d.Lanes)+1)
	for i := range d.Lanes {
		l.laneRows[i] = 1
	}
	sub := make([]int, len(d.Nodes))
	for _, i := range d.order {
		lane, ok := d.lanes[d.Nodes[i].Lane]
		if !ok {
			lane = len(d.Lanes)
		}
		laneOf[i] = lane
		if d.Nodes[i].attached >= 0 {
			continue // on the edge of its activity
		}
		k := [2]int{lane, l.level[i]}
		sub[i] = at[k]
		at[k]++
		l.laneRows[lane] = max(l.laneRows[lane], at[k])
	}
	first := make([]int, len(l.laneRows))
	for i := 1; i < len(first); i++ {
		first[i] = first[i-1] + l.laneRows[i-1]
	}
	for i := range d.Nodes {
		l.row[i] = first[laneOf[i]] + sub[i]
	}
}

func laySize(n *Node) (w, h float64) {
	switch {
	case n.isEvent():
		return layEvent, layEvent
	case n.isGateway():
		return layGate, layGate
	}
	return layTaskW, layTaskH
}

// place gives every column the width of its widest node and every node its bounds.
func (l *layouter) place() {
	d := l.d
	columns := 0
	for _, c := range l.level {
		columns = max(columns, c+1)
	}
	l.colW = make([]float64, columns)
	for i := range d.Nodes {
		w, _ := laySize(&d.Nodes[i])
		l.colW[l.level[i]] = math.Max(l.colW[l.level[i]], w)
	}
	l.colX = make([]float64, columns+1)
	x := layLeft
	for c := range l.colW {
		l.colX[c] = x
		x += l.colW[c] + layGap
	}
	l.colX[columns] = x
	for i := range d.Nodes {
		n := &d.Nodes[i]
		w, h := laySize(n)
		cx, cy := l.colX[l.level[i]]+l.colW[l.level[i]]/2, l.rowY(l.row[i])
		n.Bounds, n.Label = Rect{cx - w/2, cy - h/2, w, h}, Rect{}
	}
	for i := range d.Nodes {
		for k, bi := range d.attachedTo(i) { // along the lower edge, from the right
			host, b := &d.Nodes[i], &d.Nodes[bi]
			l.row[bi], l.level[bi] = l.row[i], l.level[i]
			b.Bounds.X = host.Bounds.X + host.Bounds.W - (float64(k)+1)*(layEvent+4)
			b.Bounds.Y = host.Bounds.Y + host.Bounds.H - layEvent/2
		}
	}
}

// attachedTo returns the boundary events of an activity.
func (d *Definition) attachedTo(i int) []int {
	var out []int
	for _, v := range d.Nodes[i].virt {
		if d.Nodes[v].attached == i {
			out = append(out, v)
		}
	}
	return out
}

func (l *layouter) rowY(row int) float64 { return (float64(row) + 0.5) * layRow }

// route lays one flow: straight to a neighbour, by a step in the gap to a node of the next column,
// otherwise along the free strip beside the row.
func (l *layouter) route(i int) {
	d := l.d
	f := &d.Flows[i]
	f.Label = Rect{}
	a, b := &d.Nodes[f.from], &d.Nodes[f.to]
	p, q := a.Bounds.Center(), b.Bounds.Center()
	out, in := Point{a.Bounds.X + a.Bounds.W, p.Y}, Point{b.Bounds.X, q.Y}
	next := l.level[f.to] == l.level[f.from]+1
	firstOut := len(a.out) > 0 && a.out[0] == i
	if next && l.row[f.from] == l.row[f.to] {
		f.Points = []Point{out, in}
		return
	}
	turn := l.gap(l.level[f.to])
	if next && (firstOut || !a.isGateway()) {
		f.Points = []Point{out, {turn, out.Y}, {turn, in.Y}, in}
		return
	}
	// Leave upward or downward into the strip beside the row.
	down := l.row[f.to] >= l.row[f.from]
	strip := l.strip(l.row[f.from], down)
	start := []Point{{p.X, a.Bounds.Y}}
	if down {
		start[0].Y = a.Bounds.Y + a.Bounds.H
	}
	if !a.isGateway() && !d.back[i] { // tasks and events go on to the right
		x := a.Bounds.X + a.Bounds.W + 12
		start = []Point{out, {x, out.Y}}
	}
	last := start[len(start)-1]
	f.Points = append(start, Point{last.X, strip}, Point{turn, strip}, Point{turn, in.Y}, in)
}

// gap returns where the next upright line left of the column runs.
func (l *layouter) gap(col int) float64 {
	k := l.gaps[col]
	l.gaps[col]++
	return l.colX[col] - 14 - float64(k%4)*6
}

// strip returns the height of the next level line above or below the row.
func (l *layouter) strip(row int, below bool) float64 {
	side := 2 * row
	if below {
		side++
	}
	k := l.lines[side]
	l.lines[side]++
	off := layTaskH/2 + 6 + float64(k%3)*5
	if !below {
		off = -off
	}
	return l.rowY(row) + off
}

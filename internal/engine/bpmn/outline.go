package bpmn

// OutlineItem is one line of the diagram's text twin: a step with who does it, where it stands and
// what can follow.
type OutlineItem struct {
	ID             string
	Type           string // of the Node: startEvent, userTask, boundaryEvent, subProcess, …
	Depth          int    // how many sub-processes it stands in
	Name, NameEn   string
	Lane, LaneEn   string
	State, Note    string // of the Mark
	Budget, Status int    // as in Node
	Ways           []OutlineWay
}

// OutlineWay is one way on from a step: to the element To when Label is decided; several ways with
// Together are taken at the same time.
type OutlineWay struct {
	Label, LabelEn string
	To             string
	Name, NameEn   string
	Back           bool // leads to an earlier step
	Together       bool
}

// Title returns the step's name in the language.
func (o OutlineItem) Title(lang string) string { return pick(lang, o.Name, o.NameEn, o.ID) }

// LaneTitle returns the lane's name in the language, empty without a lane.
func (o OutlineItem) LaneTitle(lang string) string { return pick(lang, o.Lane, o.LaneEn, "") }

// Title returns the name of the step the way leads to.
func (w OutlineWay) Title(lang string) string { return pick(lang, w.Name, w.NameEn, w.To) }

// LabelTitle returns what decides for the way, empty when it is the only one.
func (w OutlineWay) LabelTitle(lang string) string { return pick(lang, w.Label, w.LabelEn, "") }

// Outline returns the steps in the order a reader meets them: the main way first, steps aside after
// it. Gateways are not steps; they show as the ways of the step before them.
func (d *Definition) Outline(marks map[string]Mark) []OutlineItem {
	var out []OutlineItem
	for _, i := range d.order {
		n := &d.Nodes[i]
		if n.isGateway() || n.isEvent() && n.Name == "" && (n.Type != TypeStart && n.Type != TypeEnd || n.Parent != "") {
			continue // nothing a reader could call by a name
		}
		m := marks[n.ID]
		item := OutlineItem{ID: n.ID, Type: n.Type, Name: n.Title(""), NameEn: n.NameEn, Depth: d.depth(n),
			State: m.State, Note: m.Note, Budget: n.Budget, Status: n.Status}
		if l := d.LaneOf(n); l != nil {
			item.Lane, item.LaneEn = l.Title(""), l.NameEn
		}
		d.outlineWays(i, OutlineWay{}, map[int]bool{i: true}, &item.Ways)
		out = append(out, item)
	}
	return out
}

// depth returns how many sub-processes the node stands in.
func (d *Definition) depth(n *Node) int {
	depth := 0
	for n != nil && n.Parent != "" && depth < maxDepth {
		depth++
		n = d.Node(n.Parent)
	}
	return depth
}

// outlineWays follows gateways until the next steps; each gateway is looked at once.
func (d *Definition) outlineWays(node int, way OutlineWay, seen map[int]bool, out *[]OutlineWay) {
	n := &d.Nodes[node]
	for _, fi := range n.out {
		f := &d.Flows[fi]
		w := way
		w.Back = way.Back || d.back[fi]
		w.Together = way.Together || ((n.Type == TypeParallel || n.Type == TypeInclusive) && len(n.out) > 1)
		if label, en := d.flowLabel(f); label != "" {
			w.Label, w.LabelEn = join(w.Label, label), join(w.LabelEn, en)
		}
		to := &d.Nodes[f.to]
		if to.isGateway() {
			if !seen[f.to] && len(*out) < 100 {
				seen[f.to] = true
				d.outlineWays(f.to, w, seen, out)
			}
			continue
		}
		w.To, w.Name, w.NameEn = to.ID, to.Title(""), to.NameEn
		*out = append(*out, w)
	}
}

// flowLabel returns what decides for a flow: its name, or the name of the outcome it waits for, or
// the condition as written.
func (d *Definition) flowLabel(f *Flow) (vi, en string) {
	if f.Name != "" {
		return f.Name, pick("en", f.Name, f.NameEn, "")
	}
	if f.cond == nil || !f.cond.simple {
		return f.Condition, f.Condition
	}
	tasks := []int{f.from}
	if !d.Nodes[f.from].IsTask() {
		tasks, _ = d.tasksBefore(f.from)
	}
	for _, t := range tasks {
		if o := d.Nodes[t].Outcome(f.cond.equals); o != nil {
			return o.Title(""), o.Title("en")
		}
	}
	return f.cond.equals, f.cond.equals
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

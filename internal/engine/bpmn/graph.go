package bpmn

// analyse finds which flows close a loop and in which order a reader meets the nodes. Both come
// from one depth-first walk: a flow that leads back to a node still on the walk's path closes a
// loop; the reverse order of finishing is an order in which every other flow leads onward.
func (d *Definition) analyse() {
	d.back = make([]bool, len(d.Flows))
	const (
		white, grey, black = 0, 1, 2
	)
	colour := make([]byte, len(d.Nodes))
	post := make([]int, 0, len(d.Nodes))
	type frame struct {
		node int
		next []step
	}
	walk := func(root int) {
		if colour[root] != white {
			return
		}
		stack := []frame{{root, d.steps(root)}}
		colour[root] = grey
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if len(top.next) == 0 {
				colour[top.node] = black
				post = append(post, top.node)
				stack = stack[:len(stack)-1]
				continue
			}
			k := len(top.next) - 1 // last step first, so that the first one leads the order
			s := top.next[k]
			top.next = top.next[:k]
			switch colour[s.to] {
			case grey:
				if s.flow >= 0 {
					d.back[s.flow] = true
				}
			case white:
				colour[s.to] = grey
				stack = append(stack, frame{s.to, d.steps(s.to)})
			}
		}
	}
	// Roots are visited last to first, so that in the reversed order the start comes first.
	var roots []int
	if d.start >= 0 {
		roots = append(roots, d.start)
	}
	for i := range d.Nodes {
		if i != d.start && len(d.Nodes[i].in) == 0 && len(d.Nodes[i].virtIn) == 0 {
			roots = append(roots, i)
		}
	}
	for i := range d.Nodes {
		roots = append(roots, i)
	}
	if d.start >= 0 {
		walk(d.start) // loops are judged from where execution begins
		main := post
		post = nil
		for i := len(roots) - 1; i >= 0; i-- {
			walk(roots[i])
		}
		post = append(post, main...)
	} else {
		for i := len(roots) - 1; i >= 0; i-- {
			walk(roots[i])
		}
	}
	d.order = make([]int, len(post))
	for i, n := range post {
		d.order[len(post)-1-i] = n
	}
}

// step is a way from one node to another: a flow, or -1 for what is no flow (from an activity to
// its boundary events, from a sub-process to what is in it, from link to link).
type step struct{ to, flow int }

// steps returns the ways on from a node. What is inside it comes first, what interrupts it last.
func (d *Definition) steps(i int) []step {
	n := &d.Nodes[i]
	out := make([]step, 0, len(n.out)+len(n.virt))
	for _, v := range n.virt {
		if d.Nodes[v].kind != kindBoundary {
			out = append(out, step{v, -1})
		}
	}
	for _, fi := range n.out {
		out = append(out, step{d.Flows[fi].to, fi})
	}
	for _, v := range n.virt {
		if d.Nodes[v].kind == kindBoundary {
			out = append(out, step{v, -1})
		}
	}
	return out
}

// reach returns which nodes can be reached from the given ones (which are included), along the
// flows (forward) or against them. With onward, flows that close a loop are not followed.
func (d *Definition) reach(from []int, forward, onward bool) []bool {
	seen := make([]bool, len(d.Nodes))
	queue := append([]int(nil), from...)
	for _, i := range from {
		seen[i] = true
	}
	for len(queue) > 0 {
		n := &d.Nodes[queue[0]]
		queue = queue[1:]
		flows, virt := n.out, n.virt
		if !forward {
			flows, virt = n.in, n.virtIn
		}
		visit := func(to int) {
			if !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		}
		for _, fi := range flows {
			if onward && d.back[fi] {
				continue
			}
			if forward {
				visit(d.Flows[fi].to)
			} else {
				visit(d.Flows[fi].from)
			}
		}
		for _, v := range virt {
			visit(v)
		}
	}
	return seen
}

// upstream returns the nodes of the same scope from which a token can come to the join by the
// given incoming flow without passing the join (BPMN 13.4.3).
func (d *Definition) upstream(join, flow int) []bool {
	seen := make([]bool, len(d.Nodes))
	from := d.Flows[flow].from
	if from == join {
		return seen
	}
	seen[from] = true
	queue := []int{from}
	for len(queue) > 0 {
		n := &d.Nodes[queue[0]]
		queue = queue[1:]
		visit := func(i int) {
			if i != join && !seen[i] && d.Nodes[i].Parent == d.Nodes[join].Parent {
				seen[i] = true
				queue = append(queue, i)
			}
		}
		for _, fi := range n.in {
			visit(d.Flows[fi].from)
		}
		for _, v := range n.virtIn { // from the activity to its boundary events, from link to link
			visit(v)
		}
	}
	return seen
}

// tasksBefore returns the tasks whose outcome a token can carry when it reaches the node: the
// nearest tasks against the flows. anyStart is true when the node can be reached without a task, or
// after work that may bring outcomes of its own, as a called process does.
func (d *Definition) tasksBefore(node int) (tasks []int, anyStart bool) {
	seen := make([]bool, len(d.Nodes))
	queue := []int{node}
	look := func(from int) {
		if seen[from] {
			return
		}
		seen[from] = true
		n := &d.Nodes[from]
		switch {
		case n.IsTask() && n.Loop == nil:
			tasks = append(tasks, from)
		case n.IsTask():
			tasks = append(tasks, from)
			anyStart = true // perhaps no instance
		case n.kind == kindCall:
			anyStart = true
		case n.kind == kindSub:
			anyStart = true
			for _, i := range d.inside(n) {
				if d.Nodes[i].IsTask() {
					seen[i] = true
					tasks = append(tasks, i)
				}
			}
		default:
			queue = append(queue, from)
		}
	}
	for len(queue) > 0 {
		n := &d.Nodes[queue[0]]
		queue = queue[1:]
		if len(n.in) == 0 && len(n.virtIn) == 0 {
			anyStart = true
		}
		for _, fi := range n.in {
			look(d.Flows[fi].from)
		}
		for _, v := range n.virtIn {
			switch m := &d.Nodes[v]; {
			case n.kind == kindBoundary, m.kind == kindSub: // what the token brought to the activity
				anyStart = anyStart || m.kind == kindSub
				if !seen[v] {
					seen[v] = true
					queue = append(queue, v)
				}
			default:
				look(v)
			}
		}
	}
	return tasks, anyStart
}

// inside returns all nodes in a sub-process, also in those within.
func (d *Definition) inside(n *Node) []int {
	var out []int
	seen := map[string]bool{}
	var look func(n *Node)
	look = func(n *Node) {
		if seen[n.inner] {
			return // a process may be called from many places
		}
		seen[n.inner] = true
		for _, i := range d.scope(n).nodes {
			out = append(out, i)
			if d.Nodes[i].kind == kindSub {
				look(&d.Nodes[i])
			}
		}
	}
	look(n)
	return out
}

// levels returns for each node the length of the longest way to it without loops.
func (d *Definition) levels() []int {
	lv := make([]int, len(d.Nodes))
	done := make([]bool, len(d.Nodes))
	for _, i := range d.order {
		done[i] = true
		for _, s := range d.steps(i) {
			if s.flow >= 0 && d.back[s.flow] || done[s.to] {
				continue
			}
			lv[s.to] = max(lv[s.to], lv[i]+1)
		}
	}
	return lv
}

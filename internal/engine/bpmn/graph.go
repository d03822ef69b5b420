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
	type frame struct{ node, next int }
	walk := func(root int) {
		if colour[root] != white {
			return
		}
		stack := []frame{{root, len(d.Nodes[root].out) - 1}}
		colour[root] = grey
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next < 0 {
				colour[top.node] = black
				post = append(post, top.node)
				stack = stack[:len(stack)-1]
				continue
			}
			fi := d.Nodes[top.node].out[top.next] // last flow first, so that the first one leads the order
			top.next--
			to := d.Flows[fi].to
			switch colour[to] {
			case grey:
				d.back[fi] = true
			case white:
				colour[to] = grey
				stack = append(stack, frame{to, len(d.Nodes[to].out) - 1})
			}
		}
	}
	// Roots are visited last to first, so that in the reversed order the start comes first.
	var roots []int
	if d.start >= 0 {
		roots = append(roots, d.start)
	}
	for i := range d.Nodes {
		if i != d.start && len(d.Nodes[i].in) == 0 {
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
		flows := n.out
		if !forward {
			flows = n.in
		}
		for _, fi := range flows {
			if onward && d.back[fi] {
				continue
			}
			to := d.Flows[fi].to
			if !forward {
				to = d.Flows[fi].from
			}
			if !seen[to] {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	return seen
}

// tasksBefore returns the tasks whose outcome a token can carry when it reaches the node: the
// nearest tasks against the flows. anyStart is true when the node can be reached without a task.
func (d *Definition) tasksBefore(node int) (tasks []int, anyStart bool) {
	seen := make([]bool, len(d.Nodes))
	queue := []int{node}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		for _, fi := range d.Nodes[i].in {
			from := d.Flows[fi].from
			if seen[from] {
				continue
			}
			seen[from] = true
			switch {
			case d.Nodes[from].IsTask():
				tasks = append(tasks, from)
			case len(d.Nodes[from].in) == 0:
				anyStart = true
			default:
				queue = append(queue, from)
			}
		}
	}
	return tasks, anyStart
}

// levels returns for each node the length of the longest way to it without loops.
func (d *Definition) levels() []int {
	lv := make([]int, len(d.Nodes))
	for _, i := range d.order {
		for _, fi := range d.Nodes[i].out {
			if d.back[fi] {
				continue
			}
			if to := d.Flows[fi].to; lv[to] < lv[i]+1 {
				lv[to] = lv[i] + 1
			}
		}
	}
	return lv
}

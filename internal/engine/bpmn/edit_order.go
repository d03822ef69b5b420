package bpmn

// SwapWithNext lets a step change places with the one after it: one way leads from the step to the
// next, one way on from there, and nothing decides between them. It fails with a *Problem where the
// order is more than that.
func (f *File) SwapWithNext(id string) error {
	return f.whole(func() error {
		e := f.edit()
		a := e.find(id)
		if a < 0 || !e.node(a) {
			return newProblem(clip(id), "bpmn.edit.missing", "element", clip(id))
		}
		name := e.attr(a, "name")
		inA, outA := e.flowsAt(id)
		if len(outA) != 1 || len(inA) == 0 {
			return newProblem(id, "bpmn.edit.order", "name", name)
		}
		next := e.attr(outA[0], "targetRef")
		b := e.find(next)
		inB, outB := e.flowsAt(next)
		if b < 0 || len(inB) != 1 || len(outB) != 1 || !e.step(a) || !e.step(b) || !e.plain(e.attr(outB[0], "targetRef")) {
			return newProblem(id, "bpmn.edit.order", "name", name)
		}
		for _, k := range inA {
			e.set(k, "targetRef", next)
		}
		e.set(outA[0], "sourceRef", next)
		e.set(outA[0], "targetRef", id)
		e.set(outB[0], "sourceRef", id)
		between := e.attr(outA[0], "id")
		var intoA []string
		for _, k := range inA {
			intoA = append(intoA, e.attr(k, "id"))
		}
		on := e.attr(outB[0], "id")
		e.relist(a, []string{between}, []string{on})
		e.relist(b, intoA, []string{between})
		if err := e.done(); err != nil {
			return err
		}
		dr := f.drawing()
		ra, ok1 := dr.bounds(id)
		rb, ok2 := dr.bounds(next)
		if !ok1 || !ok2 {
			return nil
		}
		// Each keeps the height of its lane; only the places from left to right change.
		toA, toB := ra, rb
		toA.X, toB.X = rb.Center().X-ra.W/2, ra.Center().X-rb.W/2
		if err := f.place(id, toA); err != nil {
			return err
		}
		if err := f.place(next, toB); err != nil {
			return err
		}
		if err := f.reroute(id); err != nil {
			return err
		}
		return f.reroute(next)
	})
}

// step reports whether an element is a task or a sub-process.
func (e *editor) step(i int) bool {
	k := kindOf(e.s[i].name)
	return e.node(i) && k != kindStart && k != kindEnd && k != kindBoundary && !(&Node{Type: e.s[i].name}).isGateway()
}

// plain reports whether what stands behind two steps does not ask which of them was the last.
func (e *editor) plain(id string) bool {
	i := e.find(id)
	if i < 0 {
		return false
	}
	_, out := e.flowsAt(id)
	return !(&Node{Type: e.s[i].name}).isGateway() || len(out) < 2 || e.s[i].name == TypeParallel
}

// relist writes the incoming and outgoing elements of a node anew, if it has any.
func (e *editor) relist(node int, in, out []string) {
	var old []int
	for _, k := range e.s[node].kids {
		if e.s[k].is(nsModel, "incoming") || e.s[k].is(nsModel, "outgoing") {
			old = append(old, k)
		}
	}
	if len(old) == 0 {
		return
	}
	p := e.s[node].prefix
	sep := e.indent(old[0])
	text := ""
	for _, id := range in {
		text += sep + "<" + p + "incoming>" + quoted(id) + "</" + p + "incoming>"
	}
	for _, id := range out {
		text += sep + "<" + p + "outgoing>" + quoted(id) + "</" + p + "outgoing>"
	}
	for _, k := range old {
		e.remove(k)
	}
	last := e.s[old[len(old)-1]].to
	e.cuts = append(e.cuts, cut{last, last, text})
}

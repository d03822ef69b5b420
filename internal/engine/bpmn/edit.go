package bpmn

import (
	"strconv"
	"strings"
)

// SetOutcomes gives a task the outcomes of the list, in its order (lt:outcome). What other modelers
// wrote on an outcome that stays is kept. It fails with a *Problem when there is no such element.
func (f *File) SetOutcomes(id string, list []Outcome) error {
	return f.whole(func() error {
		ext, err := f.extension(id)
		if err != nil || ext < 0 && len(list) == 0 {
			return err
		}
		if ext < 0 {
			if ext, err = f.addExtension(id); err != nil {
				return err
			}
		}
		e := f.edit()
		old := map[string]int{}
		last := -1
		for _, k := range e.s[ext].kids {
			if e.s[k].is(NS, "outcome") {
				old[strings.TrimSpace(e.attr(k, "key"))] = k
				e.remove(k)
				last = k
			}
		}
		p, declare := e.prefixOf(ext, NS)
		var lines []string
		for _, o := range list {
			lines = append(lines, e.outcome(p, declare, o, old))
		}
		if len(lines) == 0 {
			return e.done()
		}
		sep := "\n"
		if last >= 0 {
			sep = e.indent(last)
			text := sep + strings.Join(lines, sep)
			e.cuts = append(e.cuts, cut{e.s[last].to, e.s[last].to, text})
			return e.done()
		}
		if in := e.indent(ext); in != "" {
			sep = in + "  "
		}
		e.into(ext, strings.Join(lines, sep))
		return e.done()
	})
}

// outcome writes one outcome; attributes and children that this package does not know are taken over
// from the one of the same key.
func (e *editor) outcome(prefix, declare string, o Outcome, old map[string]int) string {
	attrs := `key="` + quoted(o.Key) + `" name="` + quoted(o.Name) + `"`
	if o.NameEn != "" {
		attrs += ` nameEn="` + quoted(o.NameEn) + `"`
	}
	attrs += ` needsNote="` + strconv.FormatBool(o.NeedsNote) + `" kind="` + quoted(o.Kind) + `"`
	inside := ""
	if k, ok := old[o.Key]; ok {
		for _, a := range e.f.tags[k].attrs {
			switch {
			case a.prefix == "xmlns" && declare != "" && a.local == strings.TrimSuffix(prefix, ":"):
			case a.prefix == "" && (a.local == "key" || a.local == "name" || a.local == "nameEn" || a.local == "needsNote" || a.local == "kind"):
			default:
				attrs += " " + strings.TrimSpace(string(e.f.text[a.from:a.to]))
			}
		}
		if s := &e.s[k]; s.closed > s.open {
			inside = string(e.f.text[s.open:s.closed])
		}
	}
	tag := "<" + prefix + "outcome" + declare + " " + attrs
	if inside == "" {
		return tag + "/>"
	}
	return tag + ">" + inside + "</" + prefix + "outcome>"
}

// extension returns the extensionElements of an element, -1 without them.
func (f *File) extension(id string) (int, error) {
	e := f.edit()
	i := e.find(id)
	if i < 0 || e.s[i].space != nsModel {
		return -1, newProblem(clip(id), "bpmn.edit.missing", "element", clip(id))
	}
	return e.kid(i, nsModel, "extensionElements"), nil
}

// addExtension gives an element its extensionElements: behind its documentation, before the rest
// (BPMN 8.3.1).
func (f *File) addExtension(id string) (int, error) {
	e := f.edit()
	i := e.find(id)
	text := "<" + e.s[i].prefix + "extensionElements></" + e.s[i].prefix + "extensionElements>"
	doc := -1
	for _, k := range e.s[i].kids {
		if e.s[k].is(nsModel, "documentation") {
			doc = k
		}
	}
	if doc >= 0 {
		e.after(doc, text)
	} else {
		e.first(i, text)
	}
	if err := e.done(); err != nil {
		return -1, err
	}
	return f.extension(id)
}

// SetCondition gives a sequence flow the condition, or takes it away with "".
func (f *File) SetCondition(flow, condition string) error {
	e := f.edit()
	i := e.find(flow)
	if i < 0 || !e.s[i].is(nsModel, "sequenceFlow") {
		return newProblem(clip(flow), "bpmn.edit.missing", "element", clip(flow))
	}
	old := e.kid(i, nsModel, "conditionExpression")
	switch {
	case old >= 0 && condition == "":
		e.remove(old)
	case old >= 0:
		s := &e.s[old]
		if s.to == s.open {
			e.into(old, quoted(condition))
		} else {
			e.cuts = append(e.cuts, cut{s.open, s.closed, quoted(condition)})
		}
		for _, a := range e.f.tags[old].attrs { // the language of the old text
			if a.prefix == "" && a.local == "language" {
				e.cuts = append(e.cuts, cut{a.from, a.to, ""})
			}
		}
	case condition != "":
		p := e.s[i].prefix
		e.into(i, "<"+p+"conditionExpression>"+quoted(condition)+"</"+p+"conditionExpression>")
	}
	return e.done()
}

// OutcomeCondition returns the condition that a token follows after the outcome.
func OutcomeCondition(key string) string { return "outcome == " + strconv.Quote(key) }

// WaitsFor returns the outcome a flow waits for when that is all its condition says.
func (f *Flow) WaitsFor() (outcome string, ok bool) {
	if f.cond == nil || !f.cond.simple || f.cond.problem != nil {
		return "", false
	}
	return f.cond.equals, true
}

// Decides returns the tasks whose outcome a condition at the node can look at: the node itself, or
// the nearest ones before it.
func (d *Definition) Decides(node string) []*Node {
	i, ok := d.nodes[node]
	if !ok {
		return nil
	}
	if d.Nodes[i].IsTask() {
		return []*Node{&d.Nodes[i]}
	}
	var out []*Node
	tasks, _ := d.tasksBefore(i)
	for _, t := range tasks {
		out = append(out, &d.Nodes[t])
	}
	return out
}

// SetLane puts a node into another lane, on the list and on the drawing; the lines at it are drawn
// anew. It fails with a *Problem when one of both does not exist.
func (f *File) SetLane(node, lane string) error {
	return f.whole(func() error {
		if err := f.relane(node, lane); err != nil {
			return err
		}
		dr := f.drawing()
		b, ok := dr.bounds(node)
		l, drawn := dr.bounds(lane)
		if !ok || !drawn {
			return nil
		}
		to := Rect{b.X, l.Y + (l.H-b.H)/2, b.W, b.H}
		if hit := dr.hit(to, node); hit { // room is made in all lanes, so that columns stay columns
			if err := f.widen(b.X+b.W, b.W+40, ""); err != nil {
				return err
			}
			to.X = b.X + b.W + 20
		}
		if err := f.place(node, to); err != nil {
			return err
		}
		return f.reroute(node)
	})
}

// relane changes which lane lists the node.
func (f *File) relane(node, lane string) error {
	e := f.edit()
	if i := e.find(node); i < 0 || e.s[i].space != nsModel {
		return newProblem(clip(node), "bpmn.edit.missing", "element", clip(node))
	}
	to := e.find(lane)
	if to < 0 || !e.s[to].is(nsModel, "lane") {
		return newProblem(clip(lane), "bpmn.edit.missing", "element", clip(lane))
	}
	for i := range e.s {
		if !e.s[i].is(nsModel, "lane") {
			continue
		}
		for _, k := range e.s[i].kids {
			if e.s[k].is(nsModel, "flowNodeRef") && e.inner(k) == node {
				e.remove(k)
			}
		}
	}
	if err := e.done(); err != nil {
		return err
	}
	e = f.edit()
	to = e.find(lane)
	p := e.s[to].prefix
	line := "<" + p + "flowNodeRef>" + quoted(node) + "</" + p + "flowNodeRef>"
	last := -1
	for _, k := range e.s[to].kids { // before a childLaneSet (BPMN 10.8.1)
		if !e.s[k].is(nsModel, "childLaneSet") {
			last = k
		}
	}
	switch {
	case last >= 0:
		e.after(last, line)
	case len(e.s[to].kids) > 0:
		e.first(to, line)
	default:
		e.into(to, line)
	}
	return e.done()
}

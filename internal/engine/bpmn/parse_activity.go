package bpmn

import (
	"strings"
)

// vendor returns an attribute that the project or other modelers add: lt's first, then that of any
// other name space.
func (e *element) vendor(names ...string) string {
	for _, n := range names {
		if v := e.lt(n); v != "" {
			return v
		}
	}
	for _, n := range names {
		for _, a := range e.attrs {
			if a.Name.Space != "" && a.Name.Space != NS && a.Name.Local == n {
				return strings.TrimSpace(a.Value)
			}
		}
	}
	return ""
}

// extension returns an attribute of an extension element of any modeler.
func (e *element) extension(element, attr string) string {
	ext := e.child(nsModel, "extensionElements")
	if ext == nil {
		return ""
	}
	for _, k := range ext.kids {
		if k.name == element {
			return strings.TrimSpace(k.attr(attr))
		}
	}
	return ""
}

// activity reads what an activity does: whom it calls, its script, its message and its loop.
func (r *reader) activity(e *element, n *Node) {
	n.Compensates = e.attr("isForCompensation") == "true"
	for _, q := range []string{"startQuantity", "completionQuantity"} {
		if v := e.attr(q); v != "" && v != "1" {
			n.unsupported = q
		}
	}
	if e.name == TypeReceiveTask && e.attr("instantiate") == "true" || e.name == TypeEventGate && (e.attr("instantiate") == "true" || e.attr("eventGatewayType") == "Parallel") {
		n.unsupported = "instantiate"
	}
	n.need(needOf(n.kind), e.name)
	n.Result = first(e.vendor("result", "resultVariable"), first(e.extension("calledDecision", "resultVariable"), e.extension("script", "resultVariable")))
	switch n.kind {
	case kindSend, kindReceive:
		n.Event = &Trigger{Kind: TriggerMessage}
		n.Event.Ref, n.Event.Name = r.named(n, e, "messageRef", "message", "")
		if n.Event.Name == "" {
			n.Event.Name = n.ID
		}
	case kindService:
		n.Work = first(e.vendor("service", "topic", "class", "delegateExpression"), e.extension("taskDefinition", "type"))
		if v := strings.TrimSpace(e.attr("operationRef")); n.Work == "" && v != "" {
			ref, target := r.resolve(v)
			if target == nil {
				r.dangling(n.ID, "operationRef", ref)
			} else {
				n.Work = first(name(target.attr("name")), ref)
			}
		}
		n.Work = first(n.Work, n.ID)
	case kindRule:
		n.Work = first(e.vendor("decision", "decisionRef"), first(e.extension("calledDecision", "decisionId"), n.ID))
	case kindScript:
		r.script(e, n)
	case kindSub:
		n.Triggered = e.attr("triggeredByEvent") == "true"
		n.inner = n.ID
	case kindCall:
		r.call(e, n)
	}
	for _, k := range e.kids {
		if k.space == nsModel && strings.HasSuffix(k.name, "LoopCharacteristics") {
			if n.Loop != nil {
				n.unsupported = "severalLoopCharacteristics"
			}
			n.Loop = r.loop(n, k)
			if n.Loop.refusals != "" {
				n.unsupported = n.Loop.refusals
			}
		}
	}
}

// call reads whom a call activity calls: a process of the same file runs inside this one, any other
// is the caller's to start.
func (r *reader) call(e *element, n *Node) {
	v := first(strings.TrimSpace(e.attr("calledElement")), e.extension("calledElement", "processId"))
	ref, target := r.resolve(v)
	n.Work = ref
	switch {
	case v == "":
		n.broken = true
		r.problem(n.ID, "bpmn.call.missing", "name", n.Title(""), "element", n.ID)
	case target == nil: // another file's
	case target.is(nsModel, "process"):
		n.kind, n.inner, n.needs, n.needsName = kindSub, ref, 0, ""
		r.called = append(r.called, call{n.ID, n.Parent, ref})
	case strings.HasPrefix(target.name, "global"):
	default:
		r.dangling(n.ID, "calledElement", ref)
	}
}

// call is a call activity of a process in the same file.
type call struct{ node, parent, process string }

// loop reads loop characteristics (BPMN 10.3.8).
func (r *reader) loop(n *Node, e *element) *Loop {
	l := &Loop{}
	id := n.ID
	expr := func(child string, into **condition, value bool) {
		k := e.child(nsModel, child)
		if k == nil || strings.TrimSpace(k.text()) == "" {
			return
		}
		x := expression{element: id, src: strings.TrimSpace(k.text()), language: k.attr("language"), value: value}
		r.later = append(r.later, func() {
			*into = r.compile(x)
			if p := (*into).problem; p != nil {
				r.d.foreign = append(r.d.foreign, *p)
			}
		})
	}
	if e.name == "standardLoopCharacteristics" {
		l.Standard, l.TestBefore = true, e.attr("testBefore") == "true"
		if v := strings.TrimSpace(e.attr("loopMaximum")); v != "" {
			m, ok := count(v)
			if !ok {
				r.problem(id, "bpmn.loop.maximum", "value", v)
			}
			l.Max = m
		}
		if e.child(nsModel, "loopCondition") == nil && l.Max == 0 {
			n.broken = true
			r.problem(id, "bpmn.loop.endless", "name", n.Title(""), "element", id)
		}
		expr("loopCondition", &l.until, false)
		return l
	}
	if e.name != "multiInstanceLoopCharacteristics" {
		l.refusals = e.name
		return l
	}
	if v := e.attr("behavior"); v != "" && v != "All" {
		l.refusals = "behavior=" + v
	}
	l.Sequential = e.attr("isSequential") == "true"
	expr("loopCardinality", &l.count, true)
	expr("completionCondition", &l.until, false)
	l.Collection = r.dataName(e.child(nsModel, "loopDataInputRef"))
	l.Output = r.dataName(e.child(nsModel, "loopDataOutputRef"))
	if k := e.child(nsModel, "inputDataItem"); k != nil {
		l.Element = first(name(k.attr("name")), k.attr("id"))
	}
	if k := e.child(nsModel, "outputDataItem"); k != nil {
		l.OutputItem = first(name(k.attr("name")), k.attr("id"))
	}
	l.Collection = first(l.Collection, variableName(first(e.vendor("collection"), e.extension("loopCharacteristics", "inputCollection"))))
	l.Element = first(l.Element, first(e.vendor("element", "elementVariable"), e.extension("loopCharacteristics", "inputElement")))
	l.Output = first(l.Output, e.extension("loopCharacteristics", "outputCollection"))
	l.OutputItem = first(l.OutputItem, variableName(e.extension("loopCharacteristics", "outputElement")))
	for _, v := range []string{l.Collection, l.Element, l.Output, l.OutputItem} {
		r.declare(v)
	}
	if e.child(nsModel, "loopCardinality") == nil && l.Collection == "" {
		n.broken = true
		r.problem(id, "bpmn.loop.count", "name", n.Title(""), "element", id)
	}
	return l
}

// dataName returns the name of the data object a reference means, else the reference itself.
func (r *reader) dataName(e *element) string {
	if e == nil {
		return ""
	}
	ref, target := r.resolve(e.text())
	for range 3 { // a reference to a reference to the object
		if target == nil {
			return ref
		}
		if n := name(target.attr("name")); n != "" {
			return n
		}
		next := first(target.attr("dataObjectRef"), target.attr("itemSubjectRef"))
		if next == "" {
			return ref
		}
		if _, t := r.resolve(next); t != nil {
			ref, target = next, t
		}
	}
	return ref
}

// variableName takes the name out of "${x}", "=x" or "vars.x"; anything else stays.
func variableName(s string) string {
	if out, foreign, _ := translate(s, ""); foreign {
		s = out
	}
	return strings.TrimPrefix(s, "vars.")
}

// count reads a number of repetitions.
func count(s string) (int, bool) {
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' || n > maxInstances {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, s != "" && n >= 1 && n <= maxInstances
}

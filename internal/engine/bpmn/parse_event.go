package bpmn

import (
	"strings"
)

// triggerKind returns the kind of an event definition element, "" for one that is not executed.
func triggerKind(element string) TriggerKind {
	switch k := TriggerKind(strings.TrimSuffix(element, "EventDefinition")); k {
	case TriggerMessage, TriggerTimer, TriggerSignal, TriggerError, TriggerEscalation, TriggerCompensation, TriggerTerminate, TriggerLink:
		return k
	case "compensate":
		return TriggerCompensation
	case "conditional":
		return TriggerCondition
	}
	return ""
}

// placeOf returns where an event stands, "" for what is no event.
func (r *reader) placeOf(n *Node, handler bool) place {
	switch n.kind {
	case kindStart:
		if handler {
			return placeHandler
		}
		if r.process(n.Parent) {
			return placeStart
		}
		return placeInner
	case kindEnd:
		return placeEnd
	case kindThrow:
		return placeThrow
	case kindCatch:
		return placeCatch
	case kindBoundary:
		return placeBoundary
	}
	return ""
}

// process reports whether the scope is a whole process, the one that runs or one it calls.
func (r *reader) process(key string) bool {
	return key == "" || r.ids[key] != nil && r.ids[key].is(nsModel, "process")
}

// event reads the event definition of an event (BPMN 10.5.5). handler says that the event stands in
// an event sub-process.
func (r *reader) event(e *element, n *Node, handler bool) {
	at := r.placeOf(n, handler)
	if at == "" {
		return
	}
	var defs []*element
	for _, k := range e.kids {
		if k.space != nsModel {
			continue
		}
		switch {
		case strings.HasSuffix(k.name, "EventDefinition"):
			defs = append(defs, k)
		case k.name == "eventDefinitionRef":
			if ref, target := r.resolve(k.text()); target == nil || !strings.HasSuffix(target.name, "EventDefinition") {
				r.dangling(n.ID, "eventDefinitionRef", ref)
			} else {
				defs = append(defs, target)
			}
		}
	}
	n.Interrupting = e.attr("cancelActivity") != "false"
	if n.kind == kindStart {
		n.Interrupting = handler && e.attr("isInterrupting") != "false"
	} else if n.kind != kindBoundary {
		n.Interrupting = false
	}
	switch {
	case e.attr("parallelMultiple") == "true":
		n.unsupported = "parallelMultiple"
		return
	case len(defs) > 1:
		n.unsupported = "multipleEventDefinitions"
		return
	}
	kind := TriggerKind("")
	if len(defs) == 1 {
		kind = triggerKind(defs[0].name)
		if kind == "" {
			n.unsupported = defs[0].name
			return
		}
		n.Event = r.trigger(n, kind, defs[0])
	}
	ok := false
	for _, k := range allowed(at) {
		ok = ok || k == kind
	}
	if !ok {
		n.unsupported = e.name // an event without a definition where one is needed
		if kind != "" {
			n.unsupported = defs[0].name
		}
		return
	}
	if (kind == TriggerError || kind == TriggerCompensation) && (at == placeBoundary || at == placeHandler) {
		n.Interrupting = kind == TriggerError // an error always stops the activity (BPMN 10.5.4)
	}
	n.Terminate = kind == TriggerTerminate
	if len(defs) == 1 {
		n.need(needOfTrigger(kind), defs[0].name)
	}
}

// need notes what the caller has to be able to for the node.
func (n *Node) need(a ability, name string) {
	if a != 0 {
		n.needs |= a
		n.needsName = name
	}
}

// trigger reads one event definition.
func (r *reader) trigger(n *Node, kind TriggerKind, e *element) *Trigger {
	t := &Trigger{Kind: kind, wait: true}
	switch kind {
	case TriggerMessage:
		t.Ref, t.Name = r.named(n, e, "messageRef", "message", "")
	case TriggerSignal:
		t.Ref, t.Name = r.named(n, e, "signalRef", "signal", "")
	case TriggerError:
		t.Ref, t.Name = r.named(n, e, "errorRef", "error", "errorCode")
	case TriggerEscalation:
		t.Ref, t.Name = r.named(n, e, "escalationRef", "escalation", "escalationCode")
	case TriggerLink:
		t.Name = name(e.attr("name"))
		if t.Name == "" {
			t.Name = n.Name
		}
	case TriggerCompensation:
		t.wait = e.attr("waitForCompletion") != "false"
		if v := strings.TrimSpace(e.attr("activityRef")); v != "" {
			ref, target := r.resolve(v)
			if target == nil || !flowNodeType(target) {
				r.dangling(n.ID, "activityRef", ref)
			}
			t.Ref = ref
		}
	case TriggerCondition:
		src, lang := "", ""
		if c := e.child(nsModel, "condition"); c != nil {
			src, lang = strings.TrimSpace(c.text()), c.attr("language")
		}
		if src == "" {
			n.broken = true
			r.problem(n.ID, "bpmn.event.condition", "name", n.Title(""))
			break
		}
		id := n.ID
		r.later = append(r.later, func() {
			if t.cond = r.compile(expression{element: id, src: src, language: lang}); t.cond.problem != nil {
				r.d.foreign = append(r.d.foreign, *t.cond.problem)
			}
		})
	case TriggerTimer:
		n.broken = !r.timer(n.ID, t, e)
	}
	if (kind == TriggerMessage || kind == TriggerSignal) && t.Name == "" {
		t.Name = n.ID // nothing names it, so only this element can be meant
	}
	return t
}

// named follows a reference to a message, signal, error or escalation and returns its id and name,
// or its code where that is what counts.
func (r *reader) named(n *Node, e *element, attr, element, code string) (ref, called string) {
	v := strings.TrimSpace(e.attr(attr))
	if v == "" {
		return "", ""
	}
	ref, target := r.resolve(v)
	if target == nil || !target.is(nsModel, element) {
		r.dangling(n.ID, attr, ref)
		return ref, ""
	}
	if code != "" {
		called = strings.TrimSpace(target.attr(code))
	}
	if called == "" {
		called = name(target.attr("name"))
	}
	if called == "" {
		called = ref
	}
	return ref, called
}

// timer reads a timer and reports whether it says a time; a text that is no expression has to be
// ISO 8601.
func (r *reader) timer(id string, t *Trigger, e *element) (ok bool) {
	ok = true
	for _, x := range []struct{ element, kind string }{{"timeDate", TimerDate}, {"timeDuration", TimerDuration}, {"timeCycle", TimerCycle}} {
		k := e.child(nsModel, x.element)
		if k == nil {
			continue
		}
		if t.Timer.Kind != "" {
			r.problem(id, "bpmn.timer.several", "element", id)
			ok = false
		}
		t.Timer.Kind, t.Timer.Text = x.kind, strings.TrimSpace(k.text())
		src, lang := t.Timer.Text, k.attr("language")
		if strings.HasPrefix(src, "=") || strings.HasPrefix(src, "${") || strings.HasPrefix(src, "#{") || strings.HasPrefix(src, "vars.") {
			r.later = append(r.later, func() {
				if t.Timer.Work > 0 {
					return // working time takes its place
				}
				t.text = r.compile(expression{element: id, src: src, language: lang, value: true})
				if t.text.problem != nil {
					r.d.foreign = append(r.d.foreign, *t.text.problem)
				}
			})
		} else if !validTimer(x.kind, src) {
			r.problem(id, "bpmn.timer.text", "value", src, "element", id)
			ok = false
		}
	}
	if v := e.lt("work"); v != "" {
		b, valid := ParseBudget(v)
		if !valid {
			r.problem(id, "bpmn.task.budget", "value", v)
		}
		ok = valid
		t.Timer = Timer{Kind: TimerDuration, Work: b}
	} else if t.Timer.Kind == "" {
		r.problem(id, "bpmn.timer.missing", "element", id)
		ok = false
	}
	return ok
}

// attach connects a boundary event with its activity (BPMN 10.5.4).
func (r *reader) attach(i int, e *element) {
	n := &r.d.Nodes[i]
	if n.kind != kindBoundary {
		return
	}
	ref, target := r.resolve(e.attr("attachedToRef"))
	host, ok := r.d.nodes[ref]
	if target == nil || !ok || !isActivityName(r.d.Nodes[host].Type) || r.d.Nodes[host].Parent != n.Parent {
		r.dangling(n.ID, "attachedToRef", ref)
		return
	}
	h := &r.d.Nodes[host]
	n.Attached, n.attached = h.ID, host
	h.virt = append(h.virt, i)
	n.virtIn = append(n.virtIn, host)
	if !n.is(TriggerCompensation) {
		h.boundary = append(h.boundary, i)
	}
}

// isActivityName reports whether the element is an activity, executed or not.
func isActivityName(s string) bool {
	return strings.HasSuffix(s, "Task") || s == "task" || isSubProcess(s) || s == TypeCall
}

// undoes connects an activity with what compensates it: the association that leaves a
// compensation boundary event leads there (BPMN 10.7.1).
func (r *reader) undoes(e *element) {
	for _, k := range e.kids {
		if k.space != nsModel {
			continue
		}
		if isSubProcess(k.name) {
			r.undoes(k)
		}
		if k.name != "association" {
			continue
		}
		from, _ := r.resolve(k.attr("sourceRef"))
		to, _ := r.resolve(k.attr("targetRef"))
		b, ok1 := r.d.nodes[from]
		h, ok2 := r.d.nodes[to]
		if !ok1 || !ok2 {
			continue
		}
		n := &r.d.Nodes[b]
		if n.kind != kindBoundary || !n.is(TriggerCompensation) || n.attached < 0 || !r.d.Nodes[h].activity() {
			continue
		}
		n.handler = h
		r.d.Nodes[n.attached].handler = h
		n.virt = append(n.virt, h)
		r.d.Nodes[h].virtIn = append(r.d.Nodes[h].virtIn, b)
	}
}

// link connects throwing and catching link events of the same name in the same scope (BPMN 10.5.5).
func (r *reader) link() {
	d := r.d
	for i := range d.Nodes {
		n := &d.Nodes[i]
		if !n.is(TriggerLink) || n.kind != kindThrow {
			continue
		}
		for j := range d.Nodes {
			if m := &d.Nodes[j]; m.kind == kindCatch && m.is(TriggerLink) && m.Event.Name == n.Event.Name && m.Parent == n.Parent {
				n.virt = append(n.virt, j)
				m.virtIn = append(m.virtIn, i)
			}
		}
	}
}

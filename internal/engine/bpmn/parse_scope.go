package bpmn

import (
	"strings"

	"lienthong/internal/kit/text"
)

// choose finds the process to run: the one with the id, else the executable one, else the first
// that holds anything.
func (r *reader) choose(root *element, id string) (*element, *Problem) {
	var all, exec, full []*element
	for _, k := range root.kids {
		if !k.is(nsModel, "process") {
			continue
		}
		all = append(all, k)
		if k.attr("isExecutable") == "true" {
			exec = append(exec, k)
		}
		for _, c := range k.kids {
			if flowNodeType(c) {
				full = append(full, k)
				break
			}
		}
	}
	var proc *element
	several := exec
	switch {
	case id != "":
		if e := r.ids[id]; e != nil && e.is(nsModel, "process") {
			proc, several = e, nil
		} else {
			return nil, newProblem(clip(id), "bpmn.process.unknown", "process", id)
		}
	case len(all) == 0:
		return nil, newProblem("", "bpmn.process.none")
	case len(exec) > 0:
		proc = exec[0]
	case len(full) > 0:
		proc, several = full[0], full
	default:
		proc, several = all[0], all
	}
	if proc.attr("id") == "" {
		return nil, newProblem("", "bpmn.id.missing", "type", "process")
	}
	r.others = several
	for _, k := range root.kids {
		if !k.is(nsModel, "collaboration") {
			continue
		}
		for _, c := range k.kids {
			switch {
			case c.is(nsModel, "messageFlow"):
				r.d.messageFlows = append(r.d.messageFlows, c.attr("id"))
			case c.is(nsModel, "participant"):
				ref, target := r.resolve(c.attr("processRef"))
				if c.attr("processRef") != "" && target == nil {
					r.dangling(c.attr("id"), "processRef", ref)
				}
				if target == proc {
					r.pool, r.d.Pool = c.attr("id"), name(c.attr("name"))
				}
			}
		}
	}
	return proc, nil
}

// whole reads the process with everything in it.
func (r *reader) whole(proc *element) {
	d := r.d
	d.ID, d.Name, d.NameEn = proc.attr("id"), name(proc.attr("name")), name(proc.lt("nameEn"))
	d.Executable = proc.attr("isExecutable") == "true"
	if d.Name == "" {
		d.Name = d.Pool
	}
	r.procs = append(r.procs, proc)
	r.scope(proc, "")
	called := map[string]bool{d.ID: true}
	for _, c := range r.called {
		called[c.process] = true
	}
	for _, o := range r.others {
		if id := o.attr("id"); !called[id] {
			r.problem(id, "bpmn.process.several", "count", len(r.others))
		}
	}
}

// scope reads what is drawn directly inside a process or sub-process, and inside that.
func (r *reader) scope(owner *element, parent string) {
	d := r.d
	d.scopes[parent] = &scope{}
	handler := owner.attr("triggeredByEvent") == "true"
	for _, e := range owner.kids {
		if e.space != nsModel {
			continue
		}
		id := e.attr("id")
		if id == "" && (e.name == "sequenceFlow" || flowNodeType(e)) {
			r.refuseFile("", "bpmn.id.missing", "type", e.name)
			continue
		}
		switch {
		case e.name == "sequenceFlow":
			if len(d.Flows) >= maxFlows {
				r.refuseFile(id, "bpmn.size.flows", "limit", maxFlows)
				return
			}
			r.flow(e)
		case flowNodeType(e):
			if len(d.Nodes) >= maxNodes {
				r.refuseFile(id, "bpmn.size.nodes", "limit", maxNodes)
				return
			}
			d.nodes[id] = len(d.Nodes)
			d.Nodes = append(d.Nodes, r.node(e, parent, handler))
			if isSubProcess(e.name) {
				r.scope(e, id)
			}
		case e.name == "textAnnotation":
			n := Note{ID: id}
			if t := e.child(nsModel, "text"); t != nil {
				n.Text = text.Clean(t.text())
			}
			d.Notes = append(d.Notes, n)
		case e.name == "dataObject" || e.name == "dataObjectReference" || e.name == "dataStoreReference" || e.name == "property":
			x := Data{ID: id, Name: name(e.attr("name")), Type: e.name}
			d.Data = append(d.Data, x)
			r.declare(x.Name)
		case harmless(e.name):
		default:
			r.refuse(id, e.name)
		}
	}
}

// flow reads one sequence flow.
func (r *reader) flow(e *element) {
	d := r.d
	i := len(d.Flows)
	f := Flow{ID: e.attr("id"), Name: name(e.attr("name")), NameEn: name(e.lt("nameEn")),
		From: strings.TrimSpace(e.attr("sourceRef")), To: strings.TrimSpace(e.attr("targetRef")), from: -1, to: -1}
	if c := e.child(nsModel, "conditionExpression"); c != nil {
		f.Condition = strings.TrimSpace(c.text())
		if x := (expression{element: f.ID, src: f.Condition, language: c.attr("language")}); f.Condition != "" {
			r.later = append(r.later, func() { d.Flows[i].cond = r.compile(x) })
		}
	}
	d.flows[f.ID] = i
	d.Flows = append(d.Flows, f)
}

// node reads one flow node with the project's attributes.
func (r *reader) node(e *element, parent string, handler bool) Node {
	id := e.attr("id")
	n := Node{ID: id, Type: e.name, Parent: parent, Name: name(e.attr("name")), NameEn: name(e.lt("nameEn")),
		Action: e.lt("action"), Form: e.lt("form"), kind: kindOf(e.name), def: -1, attached: -1, handler: -1}
	n.Default = strings.TrimSpace(e.attr("default"))
	if n.kind == kindOther {
		n.unsupported = e.name
	}
	for _, k := range e.kids {
		switch {
		case k.is(nsModel, "documentation"):
			n.Doc = text.Clean(k.text())
		case k.is(nsModel, "extensionElements"):
			n.Outcomes = append(n.Outcomes, r.outcomes(id, k)...)
		case k.is(nsModel, "property") || k.is(nsModel, "dataObject"):
			r.declare(name(k.attr("name")))
		}
	}
	r.event(e, &n, handler)
	if n.kind != kindOther {
		r.activity(e, &n)
	}
	if v := e.lt("budget"); v != "" {
		b, ok := ParseBudget(v)
		if !ok {
			r.problem(id, "bpmn.task.budget", "value", v)
		}
		n.Budget = b
	}
	if v := e.lt("status"); v != "" {
		s, ok := statusCode(v)
		if !ok {
			r.problem(id, "bpmn.node.status", "value", v)
		}
		n.Status = s
	}
	return n
}

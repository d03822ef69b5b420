package bpmn

import (
	"strings"

	"lienthong/internal/kit/text"
)

// Parse reads a BPMN 2.0 file (OMG formal/2013-12-09) as bpmn.io's modeler writes it. It refuses
// what cannot be a process at all: more than MaxBytes, a document type or entities, deep nesting,
// broken XML, ids used twice, references to nothing, no process or several executable ones. The
// error is a *Problem. A draft that parses may still be unfit to run: see Check.
func Parse(src []byte) (*Definition, error) {
	root, p := readTree(src)
	if p != nil {
		return nil, p
	}
	if !root.is(nsModel, "definitions") {
		return nil, newProblem("", "bpmn.xml.root", "name", root.name)
	}
	r := &reader{ids: map[string]*element{}, d: &Definition{breaks: &breaks{},
		start: -1, nodes: map[string]int{}, flows: map[string]int{}, lanes: map[string]int{},
	}}
	if p := r.register(root); p != nil {
		return nil, p
	}
	proc, p := r.choose(root)
	if p != nil {
		return nil, p
	}
	for _, step := range []func(*element) *Problem{r.process, r.wire, r.lanes} {
		if p := step(proc); p != nil {
			return nil, p
		}
	}
	if p := r.references(root); p != nil {
		return nil, p
	}
	if p := r.diagram(root, proc); p != nil {
		return nil, p
	}
	r.d.analyse()
	if !r.drawn {
		r.d.layout()
	}
	return r.d, nil
}

// reader carries a definition through the passes of Parse.
type reader struct {
	d     *Definition
	ids   map[string]*element
	drawn bool
	pool  string // id of the participant of the process
}

// register notes the id of every element and finds ids used twice (BPMN 8.3.1: ids are unique).
func (r *reader) register(e *element) *Problem {
	if id := e.attr("id"); id != "" {
		if len(id) > maxID {
			return newProblem(clip(id), "bpmn.id.long", "limit", maxID)
		}
		if r.ids[id] != nil {
			return newProblem(id, "bpmn.id.twice", "element", id)
		}
		r.ids[id] = e
	}
	for _, k := range e.kids {
		if p := r.register(k); p != nil {
			return p
		}
	}
	return nil
}

// resolve returns the element a QName or id reference means; a prefix of another tool's name space
// is dropped when the whole is no id.
func (r *reader) resolve(ref string) (string, *element) {
	ref = strings.TrimSpace(ref)
	if e := r.ids[ref]; e != nil {
		return ref, e
	}
	if _, local, ok := strings.Cut(ref, ":"); ok {
		if e := r.ids[local]; e != nil {
			return local, e
		}
	}
	return ref, nil
}

// choose finds the process to run: the executable one, or the only one that holds anything.
func (r *reader) choose(root *element) (*element, *Problem) {
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
	switch {
	case len(all) == 0:
		return nil, newProblem("", "bpmn.process.none")
	case len(exec) > 1:
		return nil, newProblem(exec[1].attr("id"), "bpmn.process.several", "count", len(exec))
	case len(exec) == 1:
		proc = exec[0]
	case len(full) == 1:
		proc = full[0]
	case len(all) == 1:
		proc = all[0]
	default:
		return nil, newProblem(all[1].attr("id"), "bpmn.process.several", "count", len(all))
	}
	if proc.attr("id") == "" {
		return nil, newProblem("", "bpmn.id.missing", "type", "process")
	}
	for _, p := range full {
		if p != proc {
			r.refuse(p.attr("id"), "process")
		}
	}
	for _, k := range root.kids {
		if !k.is(nsModel, "collaboration") {
			continue
		}
		for _, c := range k.kids {
			switch {
			case c.is(nsModel, "messageFlow"):
				r.refuse(c.attr("id"), "messageFlow")
			case c.is(nsModel, "participant"):
				ref, target := r.resolve(c.attr("processRef"))
				if c.attr("processRef") != "" && target == nil {
					return nil, newProblem(c.attr("id"), "bpmn.ref.dangling", "attribute", "processRef", "ref", ref)
				}
				if target == proc {
					r.pool, r.d.Pool = c.attr("id"), name(c.attr("name"))
				}
			}
		}
	}
	return proc, nil
}

// process reads the flow nodes, flows and annotations.
func (r *reader) process(proc *element) *Problem {
	d := r.d
	d.ID, d.Name, d.NameEn = proc.attr("id"), name(proc.attr("name")), name(proc.lt("nameEn"))
	d.Executable = proc.attr("isExecutable") == "true"
	if d.Name == "" {
		d.Name = d.Pool
	}
	return r.scope(proc, "")
}

func (r *reader) scope(owner *element, parent string) *Problem {
	d := r.d
	for _, e := range owner.kids {
		if e.space != nsModel {
			continue
		}
		id := e.attr("id")
		if id == "" && (e.name == "sequenceFlow" || flowNodeType(e)) {
			return newProblem("", "bpmn.id.missing", "type", e.name)
		}
		switch {
		case e.name == "sequenceFlow":
			if len(d.Flows) >= maxFlows {
				return newProblem(id, "bpmn.size.flows", "limit", maxFlows)
			}
			f := Flow{ID: id, Name: name(e.attr("name")), NameEn: name(e.lt("nameEn")),
				From: strings.TrimSpace(e.attr("sourceRef")), To: strings.TrimSpace(e.attr("targetRef")), from: -1, to: -1}
			if c := e.child(nsModel, "conditionExpression"); c != nil {
				f.Condition = strings.TrimSpace(c.text())
				if f.Condition != "" {
					f.cond = compileCondition(id, f.Condition)
				}
			}
			d.flows[id] = len(d.Flows)
			d.Flows = append(d.Flows, f)
		case flowNodeType(e):
			if len(d.Nodes) >= maxNodes {
				return newProblem(id, "bpmn.size.nodes", "limit", maxNodes)
			}
			d.nodes[id] = len(d.Nodes)
			d.Nodes = append(d.Nodes, r.node(e, parent))
			if isSubProcess(e.name) {
				if p := r.scope(e, id); p != nil {
					return p
				}
			}
		case e.name == "textAnnotation":
			n := Note{ID: id}
			if t := e.child(nsModel, "text"); t != nil {
				n.Text = text.Clean(t.text())
			}
			d.Notes = append(d.Notes, n)
		case harmless(e.name):
		case parent == "":
			r.refuse(id, e.name)
		}
	}
	return nil
}

// node reads one flow node with the project's attributes.
func (r *reader) node(e *element, parent string) Node {
	id := e.attr("id")
	n := Node{ID: id, Type: e.name, Parent: parent, Name: name(e.attr("name")), NameEn: name(e.lt("nameEn")),
		Action: e.lt("action"), Form: e.lt("form"), def: -1}
	n.Default = strings.TrimSpace(e.attr("default"))
	switch e.name {
	case TypeStart, TypeEnd, TypePass, TypeUserTask, TypeManualTask, TypeExclusive, TypeParallel:
	default:
		n.unsupported = e.name
	}
	for _, k := range e.kids {
		if k.space != nsModel {
			continue
		}
		switch {
		case k.name == "documentation":
			n.Doc = text.Clean(k.text())
		case k.name == "terminateEventDefinition" && e.name == TypeEnd:
			n.Terminate = true
		case strings.HasSuffix(k.name, "EventDefinition") || strings.HasSuffix(k.name, "LoopCharacteristics") ||
			k.name == "eventDefinitionRef":
			n.unsupported = k.name
		case k.name == "extensionElements":
			n.Outcomes = append(n.Outcomes, r.outcomes(id, k)...)
		}
	}
	if e.attr("isForCompensation") == "true" {
		n.unsupported = "isForCompensation"
	}
	for _, q := range []string{"startQuantity", "completionQuantity"} {
		if v := e.attr(q); v != "" && v != "1" {
			n.unsupported = q
		}
	}
	if n.unsupported == "" && e.attr("parallelMultiple") == "true" {
		n.unsupported = "parallelMultiple"
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

// outcomes reads the lt:outcome elements of a task.
func (r *reader) outcomes(id string, ext *element) []Outcome {
	var out []Outcome
	seen := map[string]bool{}
	for _, k := range ext.kids {
		if !k.is(NS, "outcome") {
			continue
		}
		o := Outcome{Key: strings.TrimSpace(k.attr("key")), Name: name(k.attr("name")), NameEn: name(k.attr("nameEn")),
			NeedsNote: k.attr("needsNote") == "true", Kind: strings.TrimSpace(k.attr("kind"))}
		if o.Kind == "" {
			o.Kind = OutcomeForward
		}
		switch o.Kind {
		case OutcomeForward, OutcomeBack, OutcomeSupplement, OutcomeRefuse, OutcomeFinish:
		default:
			r.problem(id, "bpmn.outcome.kind", "outcome", o.Key, "kind", o.Kind)
		}
		switch {
		case !validKey(o.Key):
			r.problem(id, "bpmn.outcome.key", "outcome", o.Key)
		case seen[o.Key]:
			r.problem(id, "bpmn.outcome.twice", "outcome", o.Key)
		case o.Name == "":
			r.problem(id, "bpmn.outcome.name", "outcome", o.Key)
		}
		seen[o.Key] = true
		out = append(out, o)
	}
	return out
}

func (r *reader) problem(element, key string, args ...any) {
	r.d.foreign = append(r.d.foreign, *newProblem(element, key, args...))
}

func (r *reader) refuse(id, typ string) {
	r.problem(id, "bpmn.unsupported", "type", typ, "element", id)
}

// flowNodeType reports whether the element is a flow node (BPMN clauses 10.3, 10.5, 10.6).
func flowNodeType(e *element) bool {
	if e.space != nsModel {
		return false
	}
	switch e.name {
	case "task", "callActivity", "subProcess", "transaction", "adHocSubProcess", "callChoreography",
		"choreographyTask", "subChoreography", "event":
		return true
	}
	return strings.HasSuffix(e.name, "Event") || strings.HasSuffix(e.name, "Gateway") || strings.HasSuffix(e.name, "Task")
}

func isSubProcess(name string) bool {
	return name == "subProcess" || name == "transaction" || name == "adHocSubProcess"
}

// harmless reports whether an element of a process only documents: it has no effect on tokens
// (artifacts: clause 8.4.1; data: 10.4).
func harmless(name string) bool {
	switch name {
	case "documentation", "extensionElements", "laneSet", "association", "group", "dataObject",
		"dataObjectReference", "dataStoreReference", "ioSpecification", "property", "auditing",
		"monitoring", "incoming", "outgoing", "categoryValue", "childLaneSet",
		"supports", "resourceRole", "performer", "humanPerformer", "potentialOwner":
		return true
	}
	return strings.HasSuffix(name, "EventDefinition") || strings.HasSuffix(name, "LoopCharacteristics")
}

// name returns a name on one line, cut to maxName bytes at a rune.
func name(s string) string {
	s = text.Line(s)
	if len(s) <= maxName {
		return s
	}
	cut := 0
	for i := range s {
		if i > maxName {
			break
		}
		cut = i
	}
	return s[:cut]
}

// validKey reports whether s may be an outcome key: ASCII letters, digits, "_" and "-", at most 40.
func validKey(s string) bool {
	if s == "" || len(s) > 40 {
		return false
	}
	for _, c := range []byte(s) {
		if c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

func statusCode(s string) (int, bool) {
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' || len(s) > 2 {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, n >= 1 && n <= 10
}

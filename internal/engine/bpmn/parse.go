package bpmn

import (
	"strings"

	"lienthong/internal/kit/text"
)

// Parse reads a BPMN 2.0 file (OMG formal/2013-12-09) of any modeler and returns the process that it
// runs: the executable one, else the first that holds anything. It refuses what cannot be a process
// at all: more than MaxBytes, a document type or entities, deep nesting, broken XML, ids used twice,
// references to nothing, processes that call themselves, no process. The error is a *Problem, or
// Problems when there are several. A draft that parses may still be unfit to run: see Check.
func Parse(src []byte) (*Definition, error) { return ParseProcess(src, "") }

// ParseProcess is Parse for the process with the id, of a file that has several; an empty id leaves
// the choice to Parse.
func ParseProcess(src []byte, id string) (*Definition, error) {
	root, p := readTree(src)
	if p != nil {
		return nil, p
	}
	if !root.is(nsModel, "definitions") {
		return nil, newProblem("", "bpmn.xml.root", "name", root.name)
	}
	r := &reader{ids: map[string]*element{}, vars: map[string]bool{}, d: &Definition{breaks: &breaks{},
		start: -1, nodes: map[string]int{}, flows: map[string]int{}, lanes: map[string]int{}, scopes: map[string]*scope{},
	}}
	r.imports = root.child(nsModel, "import") != nil
	r.register(root)
	if err := r.refusal(); err != nil {
		return nil, err // ids used twice make every reference uncertain
	}
	proc, p := r.choose(root, id)
	if p != nil {
		return nil, p
	}
	r.whole(proc)
	for i := 0; i < len(r.called); i++ {
		key := r.called[i].process
		if _, read := r.d.scopes[key]; !read {
			r.scope(r.ids[key], key)
			r.procs = append(r.procs, r.ids[key])
		}
	}
	r.cycles(proc.attr("id"))
	r.references(root)
	r.wire()
	for _, p := range r.procs {
		r.lanes(p)
		r.undoes(p)
	}
	r.diagram(root)
	if err := r.refusal(); err != nil {
		return nil, err
	}
	r.link()
	for _, compile := range r.later {
		compile()
	}
	r.contents()
	r.d.analyse()
	if !r.drawn {
		r.d.layout()
	}
	return r.d, nil
}

// reader carries a definition through the passes of Parse.
type reader struct {
	d       *Definition
	ids     map[string]*element
	vars    map[string]bool // variables the process declares
	later   []func()        // expressions, compiled when all variables are known
	called  []call
	procs   []*element // the process and those it calls
	bad     []Problem  // what keeps the file from being read
	imports bool       // the file draws on other files, so a prefixed reference may lead there
	drawn   bool
	pool    string     // id of the participant of the process
	others  []*element // processes that could be meant as well
}

// refuseFile notes a problem for which the file is not read.
func (r *reader) refuseFile(element, key string, args ...any) {
	p := *newProblem(element, key, args...)
	for i := range r.bad {
		q := &r.bad[i]
		if q.Element == p.Element && q.Key == p.Key && q.Args["attribute"] == p.Args["attribute"] && q.Args["ref"] == p.Args["ref"] {
			return
		}
	}
	if len(r.bad) < maxProblems {
		r.bad = append(r.bad, p)
	}
}

// dangling notes a reference that leads nowhere, or to the wrong kind of element.
func (r *reader) dangling(element, attribute, ref string) {
	if r.imports && strings.Contains(ref, ":") {
		return
	}
	r.refuseFile(element, "bpmn.ref.dangling", "attribute", attribute, "ref", ref)
}

// refusal returns the problems for which the file is not read.
func (r *reader) refusal() error {
	switch len(r.bad) {
	case 0:
		return nil
	case 1:
		return &r.bad[0]
	}
	return Problems(r.bad)
}

// cycles finds processes of the file that call themselves, at once or through others: they could
// never end.
func (r *reader) cycles(root string) {
	next := map[string][]call{}
	for _, c := range r.called {
		owner := c.parent
		for owner != "" && !r.ids[owner].is(nsModel, "process") { // the call may stand in a sub-process
			owner = r.d.Nodes[r.d.nodes[owner]].Parent
		}
		if owner == "" {
			owner = root
		}
		next[owner] = append(next[owner], c)
	}
	state := map[string]int{}
	var visit func(string)
	visit = func(p string) {
		state[p] = 1
		for _, c := range next[p] {
			switch state[c.process] {
			case 0:
				visit(c.process)
			case 1:
				r.refuseFile(c.node, "bpmn.call.cycle", "element", c.node, "process", c.process)
			}
		}
		state[p] = 2
	}
	visit(root)
}

// register notes the id of every element and finds ids used twice (BPMN 8.3.1: ids are unique).
func (r *reader) register(e *element) {
	if id := e.attr("id"); id != "" {
		switch {
		case len(id) > maxID:
			r.refuseFile(clip(id), "bpmn.id.long", "limit", maxID)
		case r.ids[id] != nil && e.bpmn():
			if old := r.ids[id]; old.bpmn() {
				r.refuseFile(id, "bpmn.id.twice", "element", id)
			} else {
				r.ids[id] = e
			}
		case r.ids[id] == nil:
			r.ids[id] = e
		}
	}
	for _, k := range e.kids {
		r.register(k)
	}
}

// bpmn reports whether the element is of the standard; ids of other name spaces are their own.
func (e *element) bpmn() bool {
	return e.space == nsModel || e.space == nsDI || e.space == nsDC || e.space == nsDD
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
		"monitoring", "artifact", "correlationSubscription", "ioBinding", "incoming", "outgoing", "categoryValue", "childLaneSet",
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

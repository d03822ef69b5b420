package dmn

import (
	"slices"
	"strings"

	"lienthong/internal/engine/feel"
)

// Model is a decision model (DMN 1.3, clause 6.3.2) together with the models it imports.
type Model struct {
	ID, Name, Namespace string

	src      []byte
	root     *element
	items    map[string]*item
	imports  []imported
	nodes    []*drg
	byID     map[string]*drg
	problems []Problem
	names    *feel.Names // names of item components, known behind a point
}

// imported is a model under the name this one gives it.
type imported struct {
	name  string
	model *Model
}

// Kind tells what an element of a decision requirements graph is.
type Kind string

// The kinds of elements (clause 6.3).
const (
	KindDecision  Kind = "decision"
	KindInput     Kind = "inputData"
	KindKnowledge Kind = "businessKnowledgeModel"
	KindService   Kind = "decisionService"
)

// Node is what may be told of an element of the graph.
type Node struct {
	ID, Name string
	Kind     Kind
	Type     string   // the type of its variable, "Any" without one
	Needs    []string // ids of the elements it requires
}

// drg is an element of the decision requirements graph.
type drg struct {
	model     *Model
	el        *element
	id, name  string
	kind      Kind
	typ       *feel.Type
	needs     []*drg
	knowledge []*drg
	logic     logic // of a decision or a business knowledge model
	params    []feel.Param
	result    *feel.Type
	external  bool
	output    []*drg // of a service
	inner     []*drg
	given     []*drg // decisions that are given to a service
	inputs    []*drg
}

// Nodes returns the elements of the graph in the order of the file.
func (m *Model) Nodes() []Node {
	out := make([]Node, len(m.nodes))
	for i, d := range m.nodes {
		out[i] = Node{ID: d.id, Name: d.name, Kind: d.kind, Type: d.typ.Name()}
		for _, n := range slices.Concat(d.needs, d.knowledge) {
			out[i].Needs = append(out[i].Needs, n.id)
		}
	}
	return out
}

// Bytes returns the file as it was read, to the byte: extensions, coordinates and comments too.
func (m *Model) Bytes() []byte { return slices.Clone(m.src) }

// find returns the element with the id or, failing that, with the name.
func (m *Model) find(ref string, kinds ...Kind) *drg {
	if d := m.byID[ref]; d != nil && (len(kinds) == 0 || slices.Contains(kinds, d.kind)) {
		return d
	}
	for _, d := range m.nodes {
		if d.name == ref && (len(kinds) == 0 || slices.Contains(kinds, d.kind)) {
			return d
		}
	}
	return nil
}

func (m *Model) problem(element, key string, args ...any) *Problem {
	if len(m.problems) < 200 {
		m.problems = append(m.problems, *newProblem(element, key, args...))
	} else {
		return &Problem{}
	}
	return &m.problems[len(m.problems)-1]
}

// namespaces of DMN 1.1 to 1.5 and of the drafts after it, whose elements mean the same.
func version(space string) string {
	switch space {
	case "http://www.omg.org/spec/DMN/20151101/dmn.xsd":
		return "1.1"
	case "http://www.omg.org/spec/DMN/20180521/MODEL/":
		return "1.2"
	case "https://www.omg.org/spec/DMN/20191111/MODEL/":
		return "1.3"
	case "https://www.omg.org/spec/DMN/20211108/MODEL/":
		return "1.4"
	case "https://www.omg.org/spec/DMN/20230324/MODEL/":
		return "1.5"
	}
	return ""
}

// Version returns the version of DMN the file is written in, "1.1" to "1.5".
func (m *Model) Version() string { return version(m.root.space) }

// Parse reads a model. imports are the models it may import, found by their namespace. The error is
// a *Problem: what keeps the file from being a model at all. What is wrong inside of expressions,
// tables and types is told by Check.
func Parse(src []byte, imports ...*Model) (*Model, error) {
	root, p := readTree(src)
	if p != nil {
		return nil, p
	}
	if root.name != "definitions" || version(root.space) == "" {
		return nil, newProblem("", "dmn.xml.root", "name", clip(root.name), "namespace", clip(root.space))
	}
	m := &Model{ID: root.attr("id"), Name: root.attr("name"), Namespace: root.attr("namespace"), src: slices.Clone(src), root: root,
		items: map[string]*item{}, byID: map[string]*drg{}, names: feel.NewNames()}
	for _, i := range root.all("import") {
		if p := m.addImport(i, imports); p != nil {
			return nil, p
		}
	}
	m.readItems()
	if p := m.readNodes(); p != nil {
		return nil, p
	}
	if p := m.requirements(); p != nil {
		return nil, p
	}
	m.compile()
	return m, nil
}

func (m *Model) addImport(i *element, models []*Model) *Problem {
	ns := strings.TrimSpace(i.attr("namespace"))
	for _, o := range models {
		if o.Namespace == ns {
			m.imports = append(m.imports, imported{i.attr("name"), o})
			return nil
		}
	}
	if t := i.attr("importType"); version(t) == "" {
		return nil // a schema or a PMML file; what refers to it is told of where it does
	}
	return newProblem(i.attr("id"), "dmn.import.missing", "namespace", clip(ns))
}

func (m *Model) readNodes() *Problem {
	for _, e := range m.root.kids {
		if e.space != m.root.space {
			continue
		}
		k := Kind(e.name)
		if k != KindDecision && k != KindInput && k != KindKnowledge && k != KindService {
			continue
		}
		d := &drg{model: m, el: e, id: e.attr("id"), name: e.attr("name"), kind: k}
		v := e.child("variable")
		if n := v.attr("name"); n != "" {
			d.name = n
		}
		if d.id == "" {
			d.id = d.name
		}
		if d.id == "" || len(d.id) > 300 || len(d.name) > 400 {
			return newProblem(clip(d.id), "dmn.id.missing", "type", e.name)
		}
		if m.byID[d.id] != nil {
			return newProblem(d.id, "dmn.id.twice")
		}
		if t := v.attr("typeRef"); t != "" {
			d.typ = m.typeRef(d.id, t)
		}
		m.byID[d.id] = d
		m.nodes = append(m.nodes, d)
	}
	return nil
}

// target follows a reference: "#id", or "namespace#id" into an imported model.
func (m *Model) target(from *drg, e *element, kinds ...Kind) (*drg, *Problem) {
	href := strings.TrimSpace(e.attr("href"))
	ns, id, ok := strings.Cut(href, "#")
	if !ok {
		ns, id = "", href
	}
	if ns == "" || ns == m.Namespace {
		if d := m.byID[id]; d != nil && slices.Contains(kinds, d.kind) {
			return d, nil
		}
	}
	for _, i := range m.imports {
		if d := i.model.byID[id]; i.model.Namespace == ns && d != nil && slices.Contains(kinds, d.kind) {
			return d, nil
		}
	}
	return nil, newProblem(from.id, "dmn.ref.dangling", "attribute", e.name, "ref", clip(href))
}

// requirements follows all references and refuses circles.
func (m *Model) requirements() *Problem {
	for _, d := range m.nodes {
		var list []reference
		for _, r := range d.el.all("informationRequirement") {
			list = append(list, reference{r.child("requiredDecision"), &d.needs, []Kind{KindDecision}}, reference{r.child("requiredInput"), &d.needs, []Kind{KindInput}})
		}
		for _, r := range d.el.all("knowledgeRequirement") {
			list = append(list, reference{r.child("requiredKnowledge"), &d.knowledge, []Kind{KindKnowledge, KindService}})
		}
		for _, r := range []struct {
			name string
			into *[]*drg
			kind Kind
		}{{"outputDecision", &d.output, KindDecision}, {"encapsulatedDecision", &d.inner, KindDecision}, {"inputDecision", &d.given, KindDecision}, {"inputData", &d.inputs, KindInput}} {
			if d.kind == KindService {
				for _, e := range d.el.all(r.name) {
					list = append(list, reference{e, r.into, []Kind{r.kind}})
				}
			}
		}
		for _, r := range list {
			if r.el == nil {
				continue
			}
			to, p := m.target(d, r.el, r.kinds...)
			if p != nil {
				return p
			}
			*r.into = append(*r.into, to)
		}
	}
	state := map[*drg]int{}
	for _, d := range m.nodes {
		if at := circle(d, state); at != nil {
			return newProblem(at.id, "dmn.ref.cycle", "name", at.name)
		}
	}
	return nil
}

type reference struct {
	el    *element
	into  *[]*drg
	kinds []Kind
}

// circle returns an element that requires itself, or nil. A service may be called again by what it
// holds, which calls bound; a business knowledge model may not require itself.
func circle(d *drg, state map[*drg]int) *drg {
	switch state[d] {
	case 1:
		return d
	case 2:
		return nil
	}
	state[d] = 1
	for _, n := range slices.Concat(d.needs, d.knowledge, d.output, d.inner) {
		if at := circle(n, state); at != nil {
			return at
		}
	}
	state[d] = 2
	return nil
}

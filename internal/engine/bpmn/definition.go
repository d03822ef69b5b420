package bpmn

import "strings"

// Namespaces of the files this package reads. NS is the project's own, carried as attributes and
// extension elements so that other modelers keep it.
const (
	NS      = "https://lienthong.vn/ns/bpmn/1"
	nsModel = "http://www.omg.org/spec/BPMN/20100524/MODEL"
	nsDI    = "http://www.omg.org/spec/BPMN/20100524/DI"
	nsDC    = "http://www.omg.org/spec/DD/20100524/DC"
	nsDD    = "http://www.omg.org/spec/DD/20100524/DI"
)

// Element types this package executes; Node.Type holds these and the name of any other BPMN
// element as it stands in the file (BPMN 2.0.2 clauses 10.3 to 10.6).
const (
	TypeStart      = "startEvent"
	TypeEnd        = "endEvent"
	TypePass       = "intermediateThrowEvent" // as a none event a milestone that is passed
	TypeUserTask   = "userTask"
	TypeManualTask = "manualTask"
	TypeExclusive  = "exclusiveGateway"
	TypeParallel   = "parallelGateway"

	TypeCatch       = "intermediateCatchEvent"
	TypeBoundary    = "boundaryEvent"
	TypeTask        = "task" // without a type: a person does it
	TypeReceiveTask = "receiveTask"
	TypeSendTask    = "sendTask"
	TypeServiceTask = "serviceTask"
	TypeRuleTask    = "businessRuleTask"
	TypeScriptTask  = "scriptTask"
	TypeSubProcess  = "subProcess" // embedded, or started by an event
	TypeCall        = "callActivity"
	TypeInclusive   = "inclusiveGateway"
	TypeEventGate   = "eventBasedGateway"
)

// Kinds of outcomes: what an outcome means for the dossier, beside the flow it selects.
const (
	OutcomeForward    = "forward"    // goes on
	OutcomeBack       = "back"       // returned to an earlier step inside the agencies
	OutcomeSupplement = "supplement" // the applicant is asked to complete the dossier
	OutcomeRefuse     = "refuse"     // not accepted, or refused
	OutcomeFinish     = "finish"     // the result is with the applicant
)

// Lane roles and agencies with a meaning of their own; every other role is a free key.
const (
	RoleApplicant   = "applicant" // work the applicant does; no agency has it on a worklist
	AgencyReception = "reception" // the agency that received the dossier
	AgencyDecision  = "decision"  // the agency competent to decide
	AgencySuperior  = "superior"  // the agency above the receiving one
	AgencyUnit      = "unit:"     // prefix of the key of one agency
)

// Point is a place on the diagram, in the pixels of the BPMN diagram interchange.
type Point struct{ X, Y float64 }

// Rect is an area of the diagram; a Rect without width has no area and means "not drawn".
type Rect struct{ X, Y, W, H float64 }

// Zero reports whether r has no area.
func (r Rect) Zero() bool { return r.W <= 0 || r.H <= 0 }

// Center returns the middle of r.
func (r Rect) Center() Point { return Point{r.X + r.W/2, r.Y + r.H/2} }

// Definition is one process as it was drawn, ready to be checked, executed and drawn again. It is
// not changed after Parse and may be used by many goroutines.
type Definition struct {
	ID         string // id of the process element
	Name       string
	NameEn     string // lt:nameEn of the process, may be empty
	Executable bool   // isExecutable, as written; the only process of a file runs in any case
	Pool       string // name of the participant drawn around the process, may be empty
	PoolBounds Rect
	Lanes      []Lane // leaf lanes, in document order
	Nodes      []Node // flow nodes, in document order
	Flows      []Flow // sequence flows, in document order
	Notes      []Note // text annotations

	Data []Data // data objects, stores and properties, in document order

	AutoLayout bool // true when the file had no usable diagram and the layout was made here

	nodes        map[string]int
	flows        map[string]int
	lanes        map[string]int
	scopes       map[string]*scope // by id of the sub-process or called process, "" for the process
	start        int               // index of the none start event, -1 without
	messageFlows []string          // ids of messages between pools
	foreign      []Problem         // elements that parse but are not executed, and attributes that make no sense
	back         []bool            // by flow: true when the flow closes a loop
	order        []int             // nodes in the order a reader meets them
	uses         []string          // variables that expressions look at, sorted
	breaks       *breaks           // of names into lines
}

// Data is a data object, data store or property of the process. Its name is a variable that
// conditions may use without "vars.".
type Data struct{ ID, Name, Type string }

// scope is what is drawn directly inside the process or a sub-process.
type scope struct {
	nodes    []int
	starts   []int // start events; without any, the nodes that nothing leads to (BPMN 13.2)
	handlers []int // event sub-processes
	undoable bool  // something in it can be compensated
}

// Lane says who does the work drawn in it.
type Lane struct {
	ID       string
	Name     string
	NameEn   string
	Role     string // lt:role: receiver, division_head, specialist, leader, clerk, cashier, applicant, …
	Agency   string // lt:agency: reception, decision, superior or unit:<key>
	Division string // lt:division: tag of a division inside the agency, may be empty
	Bounds   Rect
	Vertical bool
}

// Node is a flow node: an event, a task or a gateway.
type Node struct {
	ID       string
	Name     string
	NameEn   string
	Type     string // local name of the BPMN element
	Lane     string // id of the lane, empty without one
	Parent   string // id of the sub-process the node is drawn in, empty in the process itself
	Action   string // lt:action: what the task is (receive, assign, examine, approve, …)
	Form     string // lt:form: key of the form the task shows, may be empty
	Budget   int    // lt:budget in working minutes (a day has 480), 0 without
	Status   int    // lt:status: national status code 1 to 10, 0 when the node does not set one
	Outcomes []Outcome
	Default  string   // id of the default flow, may be empty
	In, Out  []string // ids of the flows; Out in the order in which conditions are tried
	Doc      string   // text of the documentation element
	Bounds   Rect
	Label    Rect // where the name of an event or gateway is drawn; zero: below it

	Terminate    bool     // an end event that ends all other tokens too
	Event        *Trigger // what the event waits for or causes, nil for a none event; also of send and receive tasks
	Attached     string   // boundary event: id of the activity
	Interrupting bool     // boundary event, or start of an event sub-process: stops what goes on
	Triggered    bool     // sub-process that is started by an event
	Loop         *Loop    // nil when the activity runs once
	Work         string   // service, decision or called process: by which name the caller knows it
	Result       string   // variable that takes the result of a script, service or decision
	Compensates  bool     // runs only to undo the activity it is associated with

	kind         kind
	def          int      // index of the default flow, -1 without
	in, out      []int    // indices of In and Out
	unsupported  string   // why the node cannot be executed: the type name, empty when it can
	needs        ability  // what the caller has to be able to
	needsName    string   // the element that says so
	inner        string   // key of the scope inside, of kindSub
	attached     int      // index of the activity of a boundary event, -1 without
	boundary     []int    // boundary events that listen, on an activity
	handler      int      // compensation handler of the activity, -1 without
	virt, virtIn []int    // nodes reached other than by flows: boundary events, links, what is inside
	up           [][]bool // inclusive join: by incoming flow, the nodes from which it can be reached
	script       []assign
	broken       bool // what it should do is not understood; Check says so, and Step refuses to enter
}

// Outcome is one way a task can end; the person at the task chooses it.
type Outcome struct {
	Key       string
	Name      string
	NameEn    string
	NeedsNote bool   // the person has to write a reason
	Kind      string // forward, back, supplement, refuse or finish
}

// Flow is a sequence flow from one node to another.
type Flow struct {
	ID        string
	Name      string
	NameEn    string
	From, To  string
	Condition string // expr-lang over outcome, outcomes and vars; empty without
	Points    []Point
	Label     Rect

	from, to int
	cond     *condition
}

// Note is a text annotation of the diagram.
type Note struct {
	ID, Text string
	Bounds   Rect
}

// scope returns what is inside a sub-process.
func (d *Definition) scope(n *Node) *scope {
	if s := d.scopes[n.inner]; s != nil && n.kind == kindSub {
		return s
	}
	return &scope{}
}

// StartEvents returns the start events of the process: the none start event, which EventStart means
// when it names no node, and those that a message, timer, signal or condition triggers, which the
// caller watches for.
func (d *Definition) StartEvents() []*Node {
	var out []*Node
	for i := range d.Nodes {
		if n := &d.Nodes[i]; n.Type == TypeStart && n.Parent == "" && n.unsupported == "" {
			out = append(out, n)
		}
	}
	return out
}

// Node returns the flow node with the id, or nil.
func (d *Definition) Node(id string) *Node {
	if i, ok := d.nodes[id]; ok {
		return &d.Nodes[i]
	}
	return nil
}

// Flow returns the sequence flow with the id, or nil.
func (d *Definition) Flow(id string) *Flow {
	if i, ok := d.flows[id]; ok {
		return &d.Flows[i]
	}
	return nil
}

// Lane returns the lane with the id, or nil.
func (d *Definition) Lane(id string) *Lane {
	if i, ok := d.lanes[id]; ok {
		return &d.Lanes[i]
	}
	return nil
}

// LaneOf returns the lane the node is drawn in, or nil.
func (d *Definition) LaneOf(n *Node) *Lane {
	if n == nil {
		return nil
	}
	return d.Lane(n.Lane)
}

// Start returns the none start event, or nil when the process has none or several.
func (d *Definition) Start() *Node {
	if d.start < 0 {
		return nil
	}
	return &d.Nodes[d.start]
}

// Title returns the name in the language ("en", otherwise Vietnamese), the id without any.
func (d *Definition) Title(lang string) string { return pick(lang, d.Name, d.NameEn, d.ID) }

// Title returns the name in the language, the id without any.
func (n *Node) Title(lang string) string { return pick(lang, n.Name, n.NameEn, n.ID) }

// Title returns the name in the language, the id without any.
func (l *Lane) Title(lang string) string { return pick(lang, l.Name, l.NameEn, l.ID) }

// Title returns the name in the language, the key without any.
func (o *Outcome) Title(lang string) string { return pick(lang, o.Name, o.NameEn, o.Key) }

// Title returns the name in the language; a flow without a name has an empty title.
func (f *Flow) Title(lang string) string { return pick(lang, f.Name, f.NameEn, "") }

// IsTask reports whether a person has to do something at the node.
func (n *Node) IsTask() bool { return kindOf(n.Type) == kindTask }

// Outcome returns the outcome with the key, or nil.
func (n *Node) Outcome(key string) *Outcome {
	for i := range n.Outcomes {
		if n.Outcomes[i].Key == key {
			return &n.Outcomes[i]
		}
	}
	return nil
}

// isGateway reports whether the node is drawn as a diamond.
func (n *Node) isGateway() bool { return strings.HasSuffix(n.Type, "Gateway") }

// isEvent reports whether the node is drawn as a circle.
func (n *Node) isEvent() bool { return strings.HasSuffix(n.Type, "Event") }

func pick(lang, vi, en, id string) string {
	if lang == "en" && en != "" {
		return en
	}
	if vi != "" {
		return vi
	}
	return id
}

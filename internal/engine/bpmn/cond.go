package bpmn

import (
	"sort"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"
)

// Limits on conditions. Nothing in a condition can repeat (no loops, ranges, let or pattern
// matching), so its cost is bounded by its length times the size of the variables.
const (
	maxCondition      = 1000 // bytes of the source
	maxConditionNodes = 200  // of the syntax tree
	condMemory        = 10000
)

// condEnv is what a condition may speak about.
type condEnv struct {
	Outcome  string            `expr:"outcome"`  // of the last task completed on this token's way
	Outcomes map[string]string `expr:"outcomes"` // last outcome by task id, over all branches
	Vars     map[string]any    `expr:"vars"`
	Loop     loopEnv           `expr:"loop"`
}

// loopEnv is what a loop or several instances know of themselves (BPMN 10.3.8).
type loopEnv struct {
	Counter int            `expr:"counter"` // of this instance, from 1
	Total   int            `expr:"total"`   // instances wanted
	Active  int            `expr:"active"`  // instances at work
	Done    int            `expr:"done"`    // instances completed
	Votes   map[string]int `expr:"votes"`   // completed instances by outcome
}

// loopNames are the names by which the standard and engines in use call the counters.
func loopName(s string) string {
	switch s {
	case "loopCounter":
		return "counter"
	case "nrOfInstances", "numberOfInstances":
		return "total"
	case "nrOfActiveInstances", "numberOfActiveInstances":
		return "active"
	case "nrOfCompletedInstances", "numberOfCompletedInstances":
		return "done"
	}
	return ""
}

// condition is a compiled expression, or the problem that kept it from compiling.
type condition struct {
	src     string
	prog    *vm.Program
	equals  string // with simple: the outcome it compares with
	simple  bool   // the condition is just outcome == "…"
	vars    bool   // it looks at more than outcome, so outcome alone does not decide it
	names   []string
	tasks   []string
	paths   []string // variables it looks at, such as "form.land.area"
	problem *Problem
}

// expression is what is compiled: a condition, or with value anything that gives a value.
type expression struct {
	element  string // to which problems are attributed
	src      string
	language string // as the file names it, may be empty
	value    bool
	names    map[string]bool // variables the process declares, which need no "vars."
}

// compileCondition compiles the condition of a flow as the project's own files write it.
func compileCondition(flowID, src string) *condition {
	return compileExpression(expression{element: flowID, src: src})
}

// compileExpression compiles an expression; the result always says what is wrong instead of
// failing, because a draft with a broken condition has to open in the editor.
func compileExpression(x expression) *condition {
	c := &condition{src: x.src}
	if len(x.src) > maxCondition {
		c.problem = newProblem(x.element, "bpmn.condition.long", "limit", maxCondition)
		return c
	}
	text, foreign, refused := translate(x.src, x.language)
	if refused != "" {
		c.problem = newProblem(x.element, "bpmn.condition.language", "condition", x.src, "language", refused)
		return c
	}
	opts := []expr.Option{expr.Env(condEnv{}), expr.MaxNodes(maxConditionNodes),
		expr.DisableAllBuiltins(), expr.EnableBuiltin("len"), expr.EnableBuiltin("lower"),
		expr.EnableBuiltin("upper"), expr.EnableBuiltin("trim"), expr.EnableBuiltin("int"),
		expr.EnableBuiltin("float"), expr.EnableBuiltin("abs"),
		expr.Patch(&namer{any: foreign, names: x.names}),
		expr.Optimize(false)} // folding could run what the inspection below refuses
	if x.value {
		opts = append(opts, expr.EnableBuiltin("string"), expr.EnableBuiltin("round"), expr.EnableBuiltin("floor"),
			expr.EnableBuiltin("ceil"), expr.EnableBuiltin("min"), expr.EnableBuiltin("max"))
	} else {
		opts = append(opts, expr.AsBool())
	}
	prog, err := expr.Compile(text, opts...)
	if err != nil {
		c.problem = newProblem(x.element, "bpmn.condition.compile", "condition", x.src, "reason", firstLine(err.Error()))
		return c
	}
	root := prog.Node()
	v := &condVisitor{names: map[string]bool{}, tasks: map[string]bool{}, paths: map[string]bool{}}
	ast.Walk(&root, v)
	if v.refused != "" {
		c.problem = newProblem(x.element, "bpmn.condition.refused", "condition", x.src, "what", v.refused)
		return c
	}
	c.prog, c.vars = prog, v.vars
	c.names, c.tasks, c.paths = keys(v.names), keys(v.tasks), keys(v.paths)
	if b, ok := root.(*ast.BinaryNode); ok && b.Operator == "==" {
		id, isID := b.Left.(*ast.IdentifierNode)
		lit, isLit := b.Right.(*ast.StringNode)
		if isID && isLit && id.Value == "outcome" {
			c.simple, c.equals = true, lit.Value
		}
	}
	return c
}

// namer turns bare names into variables: any name in the languages of other modelers, otherwise
// those the process declares.
type namer struct {
	any   bool
	names map[string]bool
}

// Visit replaces an identifier; expr-lang calls it.
func (v *namer) Visit(n *ast.Node) {
	id, ok := (*n).(*ast.IdentifierNode)
	if !ok {
		return
	}
	switch id.Value {
	case "vars", "outcome", "outcomes", "loop", "$env":
		return
	}
	if counter := loopName(id.Value); counter != "" && !v.names[id.Value] {
		ast.Patch(n, &ast.MemberNode{Node: &ast.IdentifierNode{Value: "loop"}, Property: &ast.StringNode{Value: counter}})
	} else if v.any || v.names[id.Value] {
		ast.Patch(n, &ast.MemberNode{Node: &ast.IdentifierNode{Value: "vars"}, Property: &ast.StringNode{Value: id.Value}})
	}
}

// eval decides the condition. The error of a condition that cannot be decided (a variable that is
// missing, a value that is not true or false) names the flow.
func (c *condition) eval(f *Flow, env *condEnv) (bool, *Problem) {
	if c.problem != nil {
		return false, c.problem
	}
	if c.simple {
		return env.Outcome == c.equals, nil
	}
	out, p := c.value(f.ID, env)
	if p != nil {
		return false, p
	}
	b, ok := out.(bool)
	if !ok {
		return false, newProblem(f.ID, "bpmn.state.condition", "condition", c.src, "reason", "not a yes or no")
	}
	return b, nil
}

// value evaluates the expression; the error of one that cannot be evaluated names the element.
func (c *condition) value(element string, env *condEnv) (any, *Problem) {
	if c.problem != nil {
		return nil, c.problem
	}
	m := vm.VM{MemoryBudget: condMemory}
	out, err := m.Run(c.prog, *env)
	if err != nil {
		return nil, newProblem(element, "bpmn.state.condition", "condition", c.src, "reason", firstLine(err.Error()))
	}
	return out, nil
}

// condVisitor walks a condition: it refuses what could cost more than the condition is long, and
// notes which outcomes and tasks the condition names, so that a misspelt one is found in Check.
type condVisitor struct {
	refused string
	vars    bool
	names   map[string]bool
	tasks   map[string]bool
	paths   map[string]bool
}

func (v *condVisitor) Visit(n *ast.Node) {
	switch x := (*n).(type) {
	case *ast.IdentifierNode:
		if x.Value == "vars" || x.Value == "outcomes" || x.Value == "loop" {
			v.vars = true
		} else if x.Value != "outcome" {
			v.refuse(x.Value) // $env and the like
		}
	case *ast.BinaryNode:
		switch x.Operator {
		case "==", "!=":
			v.compare(x.Left, x.Right)
			v.compare(x.Right, x.Left)
		case "in":
			if arr, ok := x.Right.(*ast.ArrayNode); ok {
				for _, e := range arr.Nodes {
					v.compare(x.Left, e)
				}
			}
		case "..", "matches", "**", "^":
			v.refuse(x.Operator)
		}
	case *ast.MemberNode:
		if id, ok := x.Node.(*ast.IdentifierNode); ok && id.Value == "outcomes" {
			if s, ok := x.Property.(*ast.StringNode); ok {
				v.tasks[s.Value] = true
			}
		}
		if p := path(x); p != "" {
			v.paths[p] = true
		}
	case *ast.NilNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode,
		*ast.UnaryNode, *ast.ChainNode, *ast.ArrayNode, *ast.BuiltinNode, *ast.ConditionalNode,
		*ast.ConstantNode:
	default:
		v.refuse(nodeName(x))
	}
}

func (v *condVisitor) refuse(what string) {
	if v.refused == "" {
		v.refused = what
	}
}

// compare notes the literal that the identifier outcome is compared with.
func (v *condVisitor) compare(a, b ast.Node) {
	id, ok := a.(*ast.IdentifierNode)
	if !ok || id.Value != "outcome" {
		return
	}
	if s, ok := b.(*ast.StringNode); ok {
		v.names[s.Value] = true
	}
}

func nodeName(n ast.Node) string {
	switch n.(type) {
	case *ast.CallNode:
		return "call"
	case *ast.PredicateNode:
		return "predicate"
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		return "let"
	case *ast.MapNode, *ast.PairNode:
		return "map"
	case *ast.SliceNode:
		return "slice"
	}
	return "syntax"
}

func keys(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func firstLine(s string) string {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = s[:i]
	}
	return strings.TrimSpace(s)
}

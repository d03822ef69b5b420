package bpmn

import (
	"strings"
)

// assign is one line of a script: the variable takes the value.
type assign struct {
	name  string
	value *condition
}

// scriptFormat reports whether scripts in the format are read: expr-lang, or FEEL and the
// expression language of Java EE as far as translate knows them.
func scriptFormat(s string) (language string, ok bool) {
	f := strings.ToLower(strings.TrimSpace(s))
	f = strings.TrimPrefix(strings.TrimPrefix(f, "application/"), "text/")
	switch strings.TrimPrefix(f, "x-") {
	case "", "expr", "expr-lang":
		return "", true
	case "feel":
		return "feel", true
	case "juel":
		return "juel", true
	}
	return "", false
}

// script reads a script task (BPMN 10.3.3): with a result variable one expression, otherwise lines
// of "name = expression".
func (r *reader) script(e *element, n *Node) {
	lang, ok := scriptFormat(e.attr("scriptFormat"))
	src := ""
	if k := e.child(nsModel, "script"); k != nil {
		src = strings.TrimSpace(k.text())
	}
	if src == "" {
		src = e.extension("script", "expression")
	}
	switch {
	case !ok:
		n.broken = true
		r.problem(n.ID, "bpmn.script.format", "format", e.attr("scriptFormat"), "element", n.ID)
		return
	case src == "":
		n.broken = true
		r.problem(n.ID, "bpmn.script.empty", "name", n.Title(""), "element", n.ID)
		return
	}
	type line struct{ name, src string }
	var lines []line
	if n.Result != "" {
		lines = []line{{n.Result, src}}
	} else {
		for _, l := range strings.FieldsFunc(src, func(c rune) bool { return c == '\n' || c == ';' }) {
			if l = strings.TrimSpace(l); l == "" || strings.HasPrefix(l, "//") {
				continue
			}
			at := strings.IndexByte(l, '=')
			target := ""
			if at > 0 {
				target = strings.TrimPrefix(strings.TrimSpace(l[:at]), "vars.")
			}
			if !validKey(target) || strings.HasPrefix(l[at+1:], "=") || strings.Contains(target, "-") {
				n.broken = true
				r.problem(n.ID, "bpmn.script.line", "line", l, "element", n.ID)
				return
			}
			lines = append(lines, line{target, strings.TrimSpace(l[at+1:])})
		}
	}
	id, node := n.ID, len(r.d.Nodes) // the node is appended after it is read
	for _, l := range lines {
		r.declare(l.name)
	}
	r.later = append(r.later, func() {
		for _, l := range lines {
			c := r.compile(expression{element: id, src: l.src, language: lang, value: true})
			if c.problem != nil {
				r.d.foreign = append(r.d.foreign, *c.problem)
			}
			r.d.Nodes[node].script = append(r.d.Nodes[node].script, assign{l.name, c})
		}
	})
}

// declare notes a variable of the process, which expressions may then name without "vars.".
func (r *reader) declare(name string) {
	if name != "" {
		r.vars[name] = true
	}
}

// compile compiles an expression with the variables the process declares.
func (r *reader) compile(x expression) *condition {
	x.names = r.vars
	return compileExpression(x)
}

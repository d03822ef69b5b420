package bpmn

import (
	"slices"
	"strconv"
)

// What a Change says about an element.
const (
	ChangeAdded   = "added"
	ChangeRemoved = "removed"
	ChangeChanged = "changed"
)

// Change is one difference between two versions of a process.
type Change struct {
	What    string // ChangeAdded, ChangeRemoved or ChangeChanged
	Element string // id
	Type    string // local name of the element: userTask, sequenceFlow, lane, process, …
	Name    string // as it is now, of what was removed as it was; a flow without a name has none
	NameEn  string
	From    string // of a flow: the names of the nodes at its ends
	To      string
	Fields  []FieldChange
}

// FieldChange is one property that differs. Field is the name of the attribute, or "outcome:<key>"
// for an outcome, "script:<variable>" for a line of a script, or "condition", "from", "to", "default", "lane", "doc", "event", "loop", "nodes".
// Lanes and nodes are told by their names; an empty value means that there was or is none.
type FieldChange struct{ Field, Old, New string }

// Title returns the element's name in the language, the id without any.
func (c *Change) Title(lang string) string { return pick(lang, c.Name, c.NameEn, c.Element) }

// Compare returns what differs between two versions of a process: the process itself, lanes, nodes
// and flows, each in the order of the file. Where something is drawn does not count, nor do
// annotations, data objects and the order of outcomes and of ways.
func Compare(old, new *Definition) []Change {
	c := &comparison{}
	c.both(old.ID, Change{Type: "process", Name: new.Name, NameEn: new.NameEn}, old.fields(), new.fields())
	for i := range old.Lanes {
		l := &old.Lanes[i]
		if m := new.Lane(l.ID); m != nil {
			c.both(l.ID, Change{Type: "lane", Name: m.Name, NameEn: m.NameEn}, l.fields(), m.fields())
		} else {
			c.one(ChangeRemoved, l.ID, Change{Type: "lane", Name: l.Name, NameEn: l.NameEn}, l.fields())
		}
	}
	for i := range new.Lanes {
		if l := &new.Lanes[i]; old.Lane(l.ID) == nil {
			c.one(ChangeAdded, l.ID, Change{Type: "lane", Name: l.Name, NameEn: l.NameEn}, l.fields())
		}
	}
	for i := range old.Nodes {
		n := &old.Nodes[i]
		if m := new.Node(n.ID); m != nil {
			c.both(n.ID, new.nodeChange(m), old.nodeFields(n), new.nodeFields(m))
		} else {
			c.one(ChangeRemoved, n.ID, old.nodeChange(n), old.nodeFields(n))
		}
	}
	for i := range new.Nodes {
		if n := &new.Nodes[i]; old.Node(n.ID) == nil {
			c.one(ChangeAdded, n.ID, new.nodeChange(n), new.nodeFields(n))
		}
	}
	for i := range old.Flows {
		f := &old.Flows[i]
		if g := new.Flow(f.ID); g != nil {
			c.both(f.ID, new.flowChange(g), old.flowFields(f), new.flowFields(g))
		} else {
			c.one(ChangeRemoved, f.ID, old.flowChange(f), old.flowFields(f))
		}
	}
	for i := range new.Flows {
		if f := &new.Flows[i]; old.Flow(f.ID) == nil {
			c.one(ChangeAdded, f.ID, new.flowChange(f), new.flowFields(f))
		}
	}
	return c.out
}

type comparison struct{ out []Change }

// field is one property: key is what is compared, value what people read.
type field struct{ name, value, key string }

func plainField(name, value string) field { return field{name, value, value} }

// both notes what differs between two states of one element.
func (c *comparison) both(id string, ch Change, was, is []field) {
	for _, f := range was {
		if now := fieldOf(is, f.name); now.key != f.key {
			ch.Fields = append(ch.Fields, change(f, now))
		}
	}
	for _, f := range is {
		if !slices.ContainsFunc(was, func(x field) bool { return x.name == f.name }) && f.value != "" {
			ch.Fields = append(ch.Fields, FieldChange{f.name, "", f.value})
		}
	}
	if len(ch.Fields) > 0 {
		ch.What, ch.Element = ChangeChanged, id
		c.out = append(c.out, ch)
	}
}

// one notes an element that only one version has.
func (c *comparison) one(what, id string, ch Change, all []field) {
	ch.What, ch.Element = what, id
	for _, f := range all {
		switch {
		case f.value == "" || f.name == "name" || f.name == "nameEn": // the change itself tells the name
		case what == ChangeAdded:
			ch.Fields = append(ch.Fields, FieldChange{f.name, "", f.value})
		default:
			ch.Fields = append(ch.Fields, FieldChange{f.name, f.value, ""})
		}
	}
	c.out = append(c.out, ch)
}

func fieldOf(list []field, name string) field {
	for _, f := range list {
		if f.name == name {
			return f
		}
	}
	return field{name: name}
}

// change tells of a property that differs. Two nodes of the same name are told apart by their ids.
func change(was, is field) FieldChange {
	if was.value == is.value && was.value != "" {
		return FieldChange{was.name, was.value + " (" + was.key + ")", is.value + " (" + is.key + ")"}
	}
	return FieldChange{was.name, was.value, is.value}
}

func (d *Definition) fields() []field {
	return []field{plainField("name", d.Name), plainField("nameEn", d.NameEn)}
}

func (l *Lane) fields() []field {
	return []field{plainField("name", l.Name), plainField("nameEn", l.NameEn), plainField("role", l.Role), plainField("agency", l.Agency),
		plainField("division", l.Division)}
}

func (d *Definition) nodeFields(n *Node) []field {
	out := []field{plainField("type", n.Type), plainField("name", n.Name), plainField("nameEn", n.NameEn)}
	if l := d.LaneOf(n); l != nil {
		out = append(out, field{"lane", l.Title(""), l.ID})
	}
	budget, status := "", ""
	if n.Budget > 0 {
		budget = FormatBudget(n.Budget)
	}
	if n.Status > 0 {
		status = strconv.Itoa(n.Status)
	}
	out = append(out, plainField("action", n.Action), plainField("form", n.Form), plainField("budget", budget), plainField("status", status),
		plainField("service", n.Work), plainField("result", n.Result), plainField("doc", n.Doc))
	if e := n.Event; e != nil {
		v := string(e.Kind)
		for _, x := range []string{e.Name, e.Timer.Kind, e.Timer.Text} {
			if x != "" {
				v += " " + x
			}
		}
		out = append(out, field{"event", v, v + " " + e.Ref})
		if e.Timer.Work > 0 {
			out = append(out, plainField("work", FormatBudget(e.Timer.Work)))
		}
		if e.cond != nil {
			out = append(out, plainField("condition", e.cond.src))
		}
	}
	if n.Terminate && n.Event == nil {
		out = append(out, plainField("event", string(TriggerTerminate)))
	}
	if n.kind == kindBoundary {
		out = append(out, plainField("attached", n.Attached), plainField("interrupting", strconv.FormatBool(n.Interrupting)))
	}
	if l := n.Loop; l != nil {
		v := "parallel"
		switch {
		case l.Standard:
			v = "loop"
		case l.Sequential:
			v = "sequential"
		}
		for _, x := range []string{l.Collection, l.Element} {
			if x != "" {
				v += " " + x
			}
		}
		for _, x := range []*condition{l.count, l.until} {
			if x != nil {
				v += " " + x.src
			}
		}
		out = append(out, plainField("loop", v))
	}
	for _, o := range n.Outcomes {
		v := o.Name + " (" + o.Kind
		if o.NeedsNote {
			v += ", needsNote"
		}
		out = append(out, field{"outcome:" + o.Key, v + ")", v + ") " + o.NameEn})
	}
	for _, a := range n.script {
		out = append(out, plainField("script:"+a.name, a.value.src))
	}
	if f := d.Flow(n.Default); f != nil {
		out = append(out, field{"default", d.ending(f.To), f.ID})
	}
	return out
}

func (d *Definition) flowFields(f *Flow) []field {
	return []field{plainField("name", f.Name), plainField("nameEn", f.NameEn), {"from", d.ending(f.From), f.From}, {"to", d.ending(f.To), f.To},
		plainField("condition", f.Condition)}
}

func (d *Definition) nodeChange(n *Node) Change {
	if n.Name == "" && n.isGateway() {
		return Change{Type: n.Type, Name: d.gateName(n)}
	}
	return Change{Type: n.Type, Name: n.Name, NameEn: n.NameEn}
}

func (d *Definition) flowChange(f *Flow) Change {
	return Change{Type: "sequenceFlow", Name: f.Name, NameEn: f.NameEn, From: d.ending(f.From), To: d.ending(f.To)}
}

// gateName names a gateway that has no name by the step that it decides after.
func (d *Definition) gateName(n *Node) string {
	if before := d.Decides(n.ID); len(before) > 0 {
		return "◇ " + before[0].Title("")
	}
	return n.ID
}

// ending names the node at the end of a flow.
func (d *Definition) ending(id string) string {
	n := d.Node(id)
	switch {
	case n == nil:
		return id
	case n.Name == "" && n.isGateway():
		return d.gateName(n)
	}
	return n.Title("")
}

// ChangeMarks returns the marks by which SVG shows differences: of the old version what was removed
// or changed, of the new one what was added or changed. notes are the words for the three, such as
// "mới", which stand beside the sign.
func ChangeMarks(list []Change, notes map[string]string) (old, new map[string]Mark) {
	old, new = map[string]Mark{}, map[string]Mark{}
	for _, c := range list {
		m := Mark{State: c.What, Note: notes[c.What]}
		if c.What != ChangeAdded {
			old[c.Element] = m
		}
		if c.What != ChangeRemoved {
			new[c.Element] = m
		}
	}
	return old, new
}

package dmn

// analyse looks at the tables of an element.
func analyse(d *drg) []Problem {
	var out []Problem
	for _, t := range tablesOf(d.logic, nil) {
		out = append(out, t.check()...)
	}
	return out
}

// tablesOf collects the decision tables inside of logic.
func tablesOf(l logic, into []*table) []*table {
	switch x := l.(type) {
	case *table:
		into = append(into, x)
	case *typed:
		into = tablesOf(x.of, into)
	case *boxedContext:
		for _, e := range x.entries {
			into = tablesOf(e.x, into)
		}
		into = tablesOf(x.result, into)
	case *boxedFunction:
		into = tablesOf(x.body, into)
	case *boxedCall:
		into = tablesOf(x.fn, into)
		for _, a := range x.args {
			into = tablesOf(a, into)
		}
	case *boxedList:
		for _, e := range x.items {
			into = tablesOf(e, into)
		}
	case *boxedIf:
		into = tablesOf(x.no, tablesOf(x.yes, tablesOf(x.cond, into)))
	case *boxedLoop:
		into = tablesOf(x.body, tablesOf(x.in, into))
	}
	return into
}

// check tells what is wrong with the table's rules.
func (t *table) check() []Problem {
	var out []Problem
	if t.policy == 'P' || t.policy == 'O' {
		ranked := false
		for _, o := range t.outputs {
			ranked = ranked || o.values != nil
		}
		if !ranked {
			out = append(out, *newProblem(t.id, "dmn.table.priority"))
		}
	}
	return append(out, t.rows()...)
}

package feel

import "sort"

// listOf returns the list a function is given: a value alone is a list of one.
func listOf(v Value) (List, bool) {
	switch x := v.(type) {
	case List:
		return x, true
	case nil:
		return nil, false
	}
	return List{v}, true
}

// listFunctions are the functions of clauses 10.3.4.4 and 10.3.4.8.
func listFunctions(name string) (string, body) {
	first := func(f func(r *Run, l List, args []Value) Value) body {
		return func(r *Run, args []Value) Value {
			l, ok := listOf(args[0])
			if !ok || !r.spend(len(l)) {
				return r.wrong(name, args...)
			}
			return f(r, l, args)
		}
	}
	switch name {
	case "list contains":
		return "list, element", first(func(_ *Run, l List, args []Value) Value {
			for _, e := range l {
				if eq, ok := Equal(e, args[1]); ok && eq {
					return true
				}
			}
			return false
		})
	case "count":
		return "list", first(func(_ *Run, l List, _ []Value) Value { return NewNumber(int64(len(l))) })
	case "sublist":
		return "list, start position, length?", first(sublist)
	case "append":
		return "list, items...", func(r *Run, args []Value) Value {
			l, ok := args[0].(List)
			if !ok {
				l = List{args[0]}
			}
			if !r.spend(len(l)) {
				return nil
			}
			return append(append(List{}, l...), args[1:]...)
		}
	case "concatenate", "union":
		return "list...", func(r *Run, args []Value) Value {
			out := List{}
			for _, a := range args {
				l, ok := a.(List)
				if !ok {
					l = List{a}
				}
				if !r.spend(len(l)) {
					return nil
				}
				out = append(out, l...)
			}
			if name == "union" {
				return r.distinct(out)
			}
			return out
		}
	case "insert before":
		return "list, position, newItem", first(func(r *Run, l List, args []Value) Value {
			at, ok := place(args[1], len(l))
			if !ok {
				return r.wrong(name, args...)
			}
			return append(append(append(List{}, l[:at]...), args[2]), l[at:]...)
		})
	case "remove":
		return "list, position", first(func(r *Run, l List, args []Value) Value {
			at, ok := place(args[1], len(l))
			if !ok {
				return r.wrong(name, args...)
			}
			return append(append(List{}, l[:at]...), l[at+1:]...)
		})
	case "list replace":
		return "list, position, newItem|list, match, newItem", first(listReplace)
	case "reverse":
		return "list", first(func(_ *Run, l List, _ []Value) Value {
			out := make(List, len(l))
			for i, e := range l {
				out[len(l)-1-i] = e
			}
			return out
		})
	case "index of":
		return "list, match", first(func(_ *Run, l List, args []Value) Value {
			out := List{}
			for i, e := range l {
				if eq, ok := Equal(e, args[1]); ok && eq {
					out = append(out, NewNumber(int64(i+1)))
				}
			}
			return out
		})
	case "distinct values":
		return "list", first(func(r *Run, l List, _ []Value) Value { return r.distinct(l) })
	case "flatten":
		return "list", first(func(r *Run, l List, _ []Value) Value { return r.flatten(List{}, l, 0) })
	case "sort":
		return "list, precedes?", first(sortList)
	}
	return "", nil
}

// place turns a position from one, or from minus one at the end, into an index.
func place(v Value, n int) (int, bool) {
	i, ok := truncOf(v)
	switch {
	case ok && i > 0 && i <= int64(n):
		return int(i - 1), true
	case ok && i < 0 && -i <= int64(n):
		return n + int(i), true
	}
	return 0, false
}

func sublist(r *Run, l List, args []Value) Value {
	at, ok := place(args[1], len(l))
	if !ok {
		return r.wrong("sublist", args...)
	}
	end := len(l)
	if len(args) > 2 && args[2] != nil {
		n, ok := truncOf(args[2])
		if !ok || n < 0 || n > int64(len(l)-at) {
			return r.wrong("sublist", args...)
		}
		end = at + int(n)
	}
	return append(List{}, l[at:end]...)
}

func listReplace(r *Run, l List, args []Value) Value {
	if f, ok := args[1].(*Function); ok {
		out := make(List, len(l))
		for i, e := range l {
			b, is := f.Invoke(r, []Value{e, args[2]}).(bool)
			if !is {
				return r.wrong("list replace", args...)
			}
			if out[i] = e; b {
				out[i] = args[2]
			}
		}
		return out
	}
	at, ok := place(args[1], len(l))
	if !ok {
		return r.wrong("list replace", args...)
	}
	out := append(List{}, l...)
	out[at] = args[2]
	return out
}

func (r *Run) distinct(l List) Value {
	out := List{}
next:
	for _, e := range l {
		if !r.spend(1 + len(out)) {
			return nil
		}
		for _, o := range out {
			if eq, ok := Equal(e, o); ok && eq {
				continue next
			}
		}
		out = append(out, e)
	}
	return out
}

func (r *Run) flatten(into, l List, depth int) List {
	if depth > maxDepth || !r.spend(len(l)) {
		return into
	}
	for _, e := range l {
		if in, ok := e.(List); ok {
			into = r.flatten(into, in, depth+1)
		} else {
			into = append(into, e)
		}
	}
	return into
}

func sortList(r *Run, l List, args []Value) Value {
	out := append(List{}, l...)
	bad := false
	less := func(a, b Value) bool {
		c, ok := compare(a, b)
		bad = bad || !ok
		return c < 0
	}
	if len(args) > 1 {
		f, ok := args[1].(*Function)
		if !ok || len(f.Params) != 2 {
			return r.wrong("sort", args...)
		}
		less = func(a, b Value) bool {
			v, ok := f.Invoke(r, []Value{a, b}).(bool)
			bad = bad || !ok
			return v
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return !bad && less(out[i], out[j]) })
	if bad {
		return r.wrong("sort", args...)
	}
	return out
}

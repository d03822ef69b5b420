package feel

import "strings"

// body is what a built-in function does with its arguments.
type body func(r *Run, args []Value) Value

// builtin returns the built-in function of a name (clause 10.3.4), nil when there is none.
func builtin(name string) *Function {
	for _, group := range []func(string) (string, body){conversions, stringFunctions, listFunctions, sumFunctions, numberFunctions, timeFunctions, rangeFunctions, contextFunctions} {
		if sig, f := group(name); f != nil {
			return signed(name, sig, f)
		}
	}
	return nil
}

// signed makes a function of its parameters: "a, b?" for one that may be missing, "a..." for one
// that may be given any number of times, "a|b" for other sets of names.
func signed(name, sig string, f body) *Function {
	out := &Function{Name: name, builtin: f, single: single(name)}
	for i, set := range strings.Split(sig, "|") {
		var names []string
		for _, p := range strings.Split(set, ",") {
			p = strings.TrimSpace(p)
			if p == "" {
				continue
			}
			if rest, ok := strings.CutSuffix(p, "..."); ok && i == 0 {
				out.Variadic, p = true, rest
			} else if i == 0 && !strings.HasSuffix(p, "?") {
				out.least++
			}
			names = append(names, p)
		}
		out.sets = append(out.sets, names)
		if i > 0 {
			out.least = min(out.least, len(names))
			for len(out.Params) < len(names) {
				out.Params = append(out.Params, Param{})
			}
			continue
		}
		for _, p := range names {
			out.Params = append(out.Params, Param{Name: p})
		}
	}
	return out
}

// Builtins returns the names of all built-in functions (clause 10.3.4 of DMN 1.3, and those of
// later versions that change nothing of it).
func Builtins() []string {
	return []string{
		"date", "date and time", "time", "number", "string", "duration", "years and months duration", "not",
		"substring", "string length", "upper case", "lower case", "substring before", "substring after", "replace", "contains",
		"starts with", "ends with", "matches", "split", "string join",
		"list contains", "count", "min", "max", "sum", "mean", "all", "any", "sublist", "append", "concatenate", "insert before",
		"remove", "reverse", "index of", "union", "distinct values", "flatten", "product", "median", "stddev", "mode", "sort", "list replace",
		"decimal", "floor", "ceiling", "abs", "modulo", "sqrt", "log", "exp", "odd", "even",
		"round up", "round down", "round half up", "round half down",
		"is", "day of year", "day of week", "month of year", "week of year", "now", "today",
		"before", "after", "meets", "met by", "overlaps", "overlaps before", "overlaps after", "finishes", "finished by",
		"includes", "during", "starts", "started by", "coincides", "range",
		"get value", "get entries", "context", "context put", "context merge",
	}
}

// builtinPhrases returns the names of built-in functions with a keyword in them.
func builtinPhrases(first string) []string {
	switch first {
	case "date":
		return []string{"date and time"}
	case "years":
		return []string{"years and months duration"}
	}
	return nil
}

// wrong notes that an argument is not what the function takes.
func (r *Run) wrong(name string, args ...Value) Value {
	kinds := make([]string, len(args))
	for i, a := range args {
		kinds[i] = TypeName(a)
	}
	return r.null(0, "feel.null.argument", "name", name, "given", strings.Join(kinds, ", "))
}

// arg returns the i-th argument, null when it is missing.
func arg(args []Value, i int) Value {
	if i < len(args) {
		return args[i]
	}
	return nil
}

// Apply calls a built-in function by its name; null when there is none.
func Apply(r *Run, name string, args ...Value) Value {
	f := builtin(name)
	if f == nil {
		return nil
	}
	return f.Invoke(r, args)
}

// At returns the element of a list with the number, from one or from minus one at the end; null
// when there is none.
func At(l List, n Number) Value {
	i, ok := place(n, len(l))
	if !ok {
		return nil
	}
	return l[i]
}

// single tells whether a function's parameters are single values, so that a list of one stands for
// its element (clause 10.3.2.9.4).
func single(name string) bool {
	switch name {
	case "string", "string join", "is", "not":
		return false
	}
	for _, group := range []func(string) (string, body){conversions, stringFunctions, numberFunctions, timeFunctions} {
		if _, f := group(name); f != nil {
			return true
		}
	}
	return false
}

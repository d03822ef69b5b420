package feel

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// stringFunctions are the functions of clause 10.3.4.3.
func stringFunctions(name string) (string, body) {
	two := func(f func(a, b string) Value) body {
		return func(r *Run, args []Value) Value {
			a, ok := args[0].(string)
			b, ok2 := args[1].(string)
			if !ok || !ok2 {
				return r.wrong(name, args...)
			}
			if !r.spend((len(a) + len(b)) / 16) {
				return nil
			}
			return f(a, b)
		}
	}
	one := func(f func(a string) Value) body {
		return func(r *Run, args []Value) Value {
			a, ok := args[0].(string)
			if !ok {
				return r.wrong(name, args...)
			}
			return f(a)
		}
	}
	switch name {
	case "substring":
		return "string, start position, length?", substring
	case "string length":
		return "string", one(func(a string) Value { return NewNumber(int64(utf8.RuneCountInString(a))) })
	case "upper case":
		return "string", one(func(a string) Value { return strings.ToUpper(a) })
	case "lower case":
		return "string", one(func(a string) Value { return strings.ToLower(a) })
	case "substring before":
		return "string, match", two(func(a, b string) Value {
			before, _, ok := strings.Cut(a, b)
			if !ok {
				return ""
			}
			return before
		})
	case "substring after":
		return "string, match", two(func(a, b string) Value {
			_, after, _ := strings.Cut(a, b)
			return after
		})
	case "contains":
		return "string, match", two(func(a, b string) Value { return strings.Contains(a, b) })
	case "starts with":
		return "string, match", two(func(a, b string) Value { return strings.HasPrefix(a, b) })
	case "ends with":
		return "string, match", two(func(a, b string) Value { return strings.HasSuffix(a, b) })
	case "replace":
		return "input, pattern, replacement, flags?", replace
	case "matches":
		return "input, pattern, flags?", func(r *Run, args []Value) Value {
			s, ok := args[0].(string)
			p, ok2 := args[1].(string)
			flags, ok3 := flagsOf(arg(args, 2))
			if !ok || !ok2 || !ok3 {
				return r.wrong(name, args...)
			}
			re := r.pattern(p, flags)
			if re == nil || !r.spend(len(s)*len(p)/64) {
				return nil
			}
			return re.MatchString(s)
		}
	case "split":
		return "string, delimiter", func(r *Run, args []Value) Value {
			s, ok := args[0].(string)
			d, ok2 := args[1].(string)
			if !ok || !ok2 {
				return r.wrong(name, args...)
			}
			re := r.pattern(d, "")
			if re == nil || !r.spend(len(s)+len(s)*len(d)/64) {
				return nil
			}
			out := List{}
			for _, p := range re.Split(s, -1) {
				out = append(out, p)
			}
			return out
		}
	case "string join":
		return "list, delimiter?, prefix?, suffix?", join
	}
	return "", nil
}

func substring(r *Run, args []Value) Value {
	s, ok := args[0].(string)
	start, ok2 := truncOf(args[1])
	if !ok || !ok2 || start == 0 || !r.spend(len(s)/16) {
		return r.wrong("substring", args...)
	}
	runes := []rune(s)
	n := int64(len(runes))
	if start < 0 {
		start = n + start
	} else {
		start--
	}
	if start < 0 || start >= n {
		return ""
	}
	end := n
	if len(args) > 2 && args[2] != nil {
		l, ok := truncOf(args[2])
		if !ok || l < 0 {
			return r.wrong("substring", args...)
		}
		if l < n-start {
			end = start + l
		}
	}
	return string(runes[start:end])
}

func flagsOf(v Value) (string, bool) {
	if v == nil {
		return "", true
	}
	s, ok := v.(string)
	return s, ok
}

// pattern compiles an expression of XQuery and XPath Functions, clause 5.6.1. What the library has
// no name for (back references, subtraction of classes) is refused with a note.
func (r *Run) pattern(p, flags string) *regexp.Regexp {
	bad := func() *regexp.Regexp {
		r.null(0, "feel.null.pattern", "pattern", p)
		return nil
	}
	if len(p) > 2000 || !r.spend(200+len(p)) || strings.Trim(flags, "smixq") != "" {
		return bad()
	}
	set := ""
	for _, f := range []string{"s", "m", "i"} {
		if strings.Contains(flags, f) {
			set += f
		}
	}
	if set != "" {
		set = "(?" + set + ")"
	}
	if !strings.Contains(flags, "q") {
		out, ok := translate(p, flags)
		if !ok {
			return bad()
		}
		re, err := regexp.Compile(set + out)
		if err != nil {
			return bad()
		}
		return re
	}
	re, err := regexp.Compile(set + regexp.QuoteMeta(p))
	if err != nil {
		return bad()
	}
	return re
}

func replace(r *Run, args []Value) Value {
	s, a := args[0].(string)
	p, b := args[1].(string)
	by, c := args[2].(string)
	flags, d := flagsOf(arg(args, 3))
	if !a || !b || !c || !d {
		return r.wrong("replace", args...)
	}
	re := r.pattern(p, flags)
	if re == nil || !r.spend(len(s)*len(p)/64) {
		return nil
	}
	if strings.Contains(flags, "q") {
		by = strings.NewReplacer(`\`, `\\`, `$`, `\$`).Replace(by)
	}
	var out strings.Builder
	last := 0
	for _, m := range re.FindAllStringSubmatchIndex(s, -1) {
		out.WriteString(s[last:m[0]])
		last = m[1]
		if !expand(&out, s, by, m) {
			return r.null(0, "feel.null.pattern", "pattern", by)
		}
		if out.Len() > maxString || !r.spend(1+len(by)/16) {
			return r.null(0, "feel.null.overflow", "op", "replace")
		}
	}
	out.WriteString(s[last:])
	return out.String()
}

// expand writes a replacement, in which $1 is the first group.
func expand(out *strings.Builder, s, by string, m []int) bool {
	groups := len(m)/2 - 1
	for i := 0; i < len(by); i++ {
		switch by[i] {
		case '\\':
			if i++; i >= len(by) || by[i] != '\\' && by[i] != '$' {
				return false
			}
			out.WriteByte(by[i])
		case '$':
			n, j := -1, i+1
			for j < len(by) && by[j] >= '0' && by[j] <= '9' {
				next := max(n, 0)*10 + int(by[j]-'0')
				if n >= 0 && next > groups {
					break
				}
				n = next
				j++
			}
			if n < 0 {
				return false
			}
			if n <= groups && m[2*n] >= 0 {
				out.WriteString(s[m[2*n]:m[2*n+1]])
			}
			i = j - 1
		default:
			out.WriteByte(by[i])
		}
	}
	return true
}

func join(r *Run, args []Value) Value {
	if len(args) == 3 {
		return r.wrong("string join", args...)
	}
	var list List
	switch x := args[0].(type) {
	case List:
		list = x
	case string:
		list = List{x}
	default:
		return r.wrong("string join", args...)
	}
	var text [3]string
	for i := range text {
		switch x := arg(args, i+1).(type) {
		case nil:
		case string:
			text[i] = x
		default:
			return r.wrong("string join", args...)
		}
	}
	var b strings.Builder
	b.WriteString(text[1])
	first := true
	for _, e := range list {
		if e == nil {
			continue
		}
		s, ok := e.(string)
		if !ok {
			return r.wrong("string join", args...)
		}
		if !first {
			b.WriteString(text[0])
		}
		first = false
		b.WriteString(s)
		if b.Len() > maxString || !r.spend(1) {
			return r.null(0, "feel.null.overflow", "op", "string join")
		}
	}
	b.WriteString(text[2])
	return b.String()
}

package bpmn

import "strings"

// translate turns the expression languages that modelers write by default into expr-lang, as far
// as both say the same: a whole text in ${…} or #{…} (the expression language of Java EE), one that
// begins with "=" (FEEL, as DMN and some modelers write it), or either when the language attribute
// says so. foreign is true for these, whose bare names are variables. refused is the name of a
// language that is not read.
func translate(src, language string) (out string, foreign bool, refused string) {
	s := strings.TrimSpace(src)
	lang := strings.ToLower(language)
	switch {
	case (strings.HasPrefix(s, "${") || strings.HasPrefix(s, "#{")) && strings.HasSuffix(s, "}") && closes(s):
		return dialect(s[2:len(s)-1], false), true, ""
	case strings.HasPrefix(s, "=") && !strings.HasPrefix(s, "=="):
		return dialect(s[1:], true), true, ""
	case strings.Contains(lang, "feel"):
		return dialect(s, true), true, ""
	case strings.Contains(lang, "juel") || strings.Contains(lang, "unified"):
		return dialect(s, false), true, ""
	}
	for _, l := range []string{"xpath", "javascript", "ecmascript", "groovy", "python", "ruby", "java", "mvel", "drools", "xquery"} {
		if strings.Contains(lang, l) {
			return s, false, l
		}
	}
	return s, false, ""
}

// closes reports whether the brace opened at the second byte is closed by the last one only.
func closes(s string) bool {
	depth, quote := 0, byte(0)
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return i == len(s)-1
			}
		}
	}
	return false
}

// dialect rewrites the words and signs that differ, outside of strings.
func dialect(s string, feel bool) string {
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\'':
			j := i + 1
			for j < len(s) && s[j] != c {
				if s[j] == '\\' {
					j++
				}
				j++
			}
			j = min(j+1, len(s))
			b.WriteString(s[i:j])
			i = j
		case wordByte(c) && (c < '0' || c > '9'):
			j := i
			for j < len(s) && wordByte(s[j]) {
				j++
			}
			w := s[i:j]
			if i > 0 && s[i-1] == '.' {
				b.WriteString(w)
			} else if arg, n := variableCall(s[i:]); n > 0 {
				b.WriteString("vars[" + arg + "]")
				j = i + n
			} else {
				b.WriteString(word(w, feel))
			}
			i = j
		case strings.HasPrefix(s[i:], "<>"):
			b.WriteString("!=")
			i += 2
		case c == '=' && feel && !strings.HasPrefix(s[i:], "==") && (i == 0 || !strings.ContainsRune("=<>!", rune(s[i-1]))):
			b.WriteString("==")
			i++
		default:
			b.WriteByte(c)
			i++
		}
	}
	return strings.TrimSpace(b.String())
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func word(w string, feel bool) string {
	if w == "null" {
		return "nil"
	}
	if feel {
		return w
	}
	switch w {
	case "eq":
		return "=="
	case "ne":
		return "!="
	case "gt":
		return ">"
	case "lt":
		return "<"
	case "ge":
		return ">="
	case "le":
		return "<="
	case "div":
		return "/"
	case "mod":
		return "%"
	}
	return w
}

// variableCall recognises execution.getVariable("x"), by which scripts of Java engines read a
// variable, and returns its quoted argument and its length.
func variableCall(s string) (arg string, n int) {
	const call = "execution.getVariable("
	if !strings.HasPrefix(s, call) {
		return "", 0
	}
	end := strings.IndexByte(s, ')')
	if end < len(call)+2 {
		return "", 0
	}
	arg = s[len(call):end]
	if q := arg[0]; (q != '"' && q != '\'') || arg[len(arg)-1] != q || strings.ContainsAny(arg[1:len(arg)-1], `"'\`) {
		return "", 0
	}
	return arg, end + 1
}

package feel

import (
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// translate writes a pattern of XPath (XQuery and XPath Functions, clause 5.6.1) as one of package
// regexp; ok is false for what is no such pattern, and for back references, which take time without
// bound.
func translate(p, flags string) (string, bool) {
	if strings.Contains(flags, "x") {
		p = withoutBlanks(p)
	}
	var b strings.Builder
	for i := 0; i < len(p); {
		switch c := p[i]; {
		case c == '\\':
			set, next, ok := escaped(p, i, false)
			if !ok {
				return "", false
			}
			b.WriteString(set)
			i = next
		case c == '[':
			set, next, ok := classOf(p, i, 0, strings.Contains(flags, "i"))
			if !ok {
				return "", false
			}
			b.WriteString("(?-i:" + set.String() + ")")
			i = next
		case c == '.' && !strings.Contains(flags, "s"):
			b.WriteString(`[^\n\r]`)
			i++
		case c == '(' && strings.HasPrefix(p[i:], "(?") && !strings.HasPrefix(p[i:], "(?:"):
			return "", false
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String(), true
}

// withoutBlanks drops blanks outside of classes, as the flag x asks.
func withoutBlanks(p string) string {
	var b strings.Builder
	level := 0
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case c == '\\' && i+1 < len(p) && strings.IndexByte(" \t\r\n", p[i+1]) < 0:
			b.WriteString(p[i : i+2])
			i++
		case level == 0 && strings.IndexByte(" \t\r\n", c) >= 0:
		default:
			if c == '[' {
				level++
			} else if c == ']' && level > 0 {
				level--
			}
			b.WriteByte(c)
		}
	}
	return b.String()
}

// escaped reads an escape; inside a class it writes what may stand there.
func escaped(p string, i int, inside bool) (string, int, bool) {
	if i+1 >= len(p) {
		return "", 0, false
	}
	wrap := func(neg bool, set string) (string, int, bool) {
		if inside && neg {
			return "", 0, false
		}
		switch {
		case inside:
			return set, i + 2, true
		case neg:
			return "[^" + set + "]", i + 2, true
		}
		return "[" + set + "]", i + 2, true
	}
	switch c := p[i+1]; c {
	case 'i', 'I':
		return wrap(c == 'I', `\pL_:`)
	case 'c', 'C':
		return wrap(c == 'C', `\pL\p{Nd}\p{M}_:.\-`)
	case 'd':
		return `\p{Nd}`, i + 2, true
	case 'D':
		return `\P{Nd}`, i + 2, true
	case 's', 'S':
		return wrap(c == 'S', ` \t\n\r`)
	case 'w':
		return wrap(false, `\pL\pM\pN\pS`)
	case 'W':
		return wrap(false, `\pP\pZ\pC`)
	case 'p', 'P':
		end := strings.IndexByte(p[i:], '}')
		if i+2 >= len(p) || p[i+2] != '{' || end < 0 {
			return "", 0, false
		}
		name := p[i+3 : i+end]
		if strings.HasPrefix(name, "Is") {
			set := block(name[2:])
			if set == "" {
				return "", 0, false
			}
			out, _, ok := wrap(c == 'P', set)
			return out, i + end + 1, ok
		}
		return p[i : i+end+1], i + end + 1, true
	case 'n', 'r', 't', '\\', '|', '.', '-', '^', '?', '*', '+', '{', '}', '(', ')', '[', ']', '$':
		return p[i : i+2], i + 2, true
	}
	return "", 0, false
}

// block returns a block of Unicode by its name without blanks: those Vietnamese is written in.
func block(name string) string {
	switch name {
	case "BasicLatin":
		return `\x{0}-\x{7F}`
	case "Latin-1Supplement":
		return `\x{80}-\x{FF}`
	case "LatinExtended-A":
		return `\x{100}-\x{17F}`
	case "LatinExtended-B":
		return `\x{180}-\x{24F}`
	case "LatinExtendedAdditional":
		return `\x{1E00}-\x{1EFF}`
	case "CombiningDiacriticalMarks":
		return `\x{300}-\x{36F}`
	case "Greek", "GreekandCoptic":
		return `\x{370}-\x{3FF}`
	case "Cyrillic":
		return `\x{400}-\x{4FF}`
	}
	return ""
}

// runes is a set of characters as pairs of first and last.
type runes []rune

// String writes the set as a class.
func (s runes) String() string {
	if len(s) == 0 {
		return `[^\x{0}-\x{10FFFF}]`
	}
	var b strings.Builder
	b.WriteByte('[')
	for i := 0; i+1 < len(s); i += 2 {
		fmt.Fprintf(&b, `\x{%X}-\x{%X}`, s[i], s[i+1])
	}
	b.WriteByte(']')
	return b.String()
}

// minus returns the set without another, which is of one pair.
func (s runes) minus(t runes) runes {
	var out runes
	for i := 0; i+1 < len(s); i += 2 {
		lo, hi := s[i], s[i+1]
		for j := 0; j+1 < len(t) && lo <= hi; j += 2 {
			if t[j+1] < lo || t[j] > hi {
				continue
			}
			if t[j] > lo {
				out = append(out, lo, t[j]-1)
			}
			lo = t[j+1] + 1
		}
		if lo <= hi {
			out = append(out, lo, hi)
		}
	}
	return out
}

// classOf reads a class, from which another may be taken away: [A-Z-[OI]].
func classOf(p string, i, depth int, fold bool) (runes, int, bool) {
	var b strings.Builder
	b.WriteByte('[')
	i++
	negated := i < len(p) && p[i] == '^'
	if negated {
		i++
	}
	empty := true
	var less runes
	for i < len(p) && p[i] != ']' {
		switch c := p[i]; {
		case c == '\\':
			set, next, ok := escaped(p, i, true)
			if !ok {
				return nil, 0, false
			}
			b.WriteString(set)
			i = next
		case c == '-' && i+1 < len(p) && p[i+1] == '[':
			set, next, ok := runes(nil), 0, depth < 10
			if ok {
				set, next, ok = classOf(p, i+1, depth+1, fold)
			}
			if !ok || next >= len(p) || p[next] != ']' || empty {
				return nil, 0, false
			}
			less, i = set, next
			continue
		case c == '[':
			return nil, 0, false
		default:
			r, n := utf8.DecodeRuneInString(p[i:])
			if c == '^' || c == '&' || c == '~' {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
			i += n
		}
		empty = false
	}
	if i >= len(p) || empty {
		return nil, 0, false
	}
	b.WriteByte(']')
	rules := syntax.Perl
	if fold {
		rules |= syntax.FoldCase
	}
	re, err := syntax.Parse(b.String(), rules)
	if err != nil {
		return nil, 0, false
	}
	var set runes
	switch re.Op {
	case syntax.OpCharClass:
		set = runes(re.Rune)
	case syntax.OpLiteral:
		set = runes{re.Rune[0], re.Rune[0]}
		for r := unicode.SimpleFold(re.Rune[0]); fold && r != re.Rune[0]; r = unicode.SimpleFold(r) {
			set = append(set, r, r)
		}
	case syntax.OpAnyChar:
		set = runes{0, unicode.MaxRune}
	case syntax.OpAnyCharNotNL:
		set = runes{0, '\n' - 1, '\n' + 1, unicode.MaxRune}
	default:
		return nil, 0, false
	}
	if negated {
		all := runes{0, unicode.MaxRune}
		for j := 0; j+1 < len(set); j += 2 {
			all = all.minus(set[j : j+2])
		}
		set = all
	}
	for j := 0; j+1 < len(less); j += 2 {
		set = set.minus(less[j : j+2])
	}
	return set, i + 1, true
}

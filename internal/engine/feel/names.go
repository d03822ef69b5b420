package feel

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Names are names that a text may speak of. FEEL allows blanks and signs in names, so that what is
// one name and what is an expression depends on which names there are (clause 10.3.1.2, rules 25 to
// 29): the longest known name wins.
type Names struct {
	first   map[string][]known // by the first part
	members *Names             // known behind a point and in filters only
}

type known struct {
	name  string
	parts []string
}

// NewNames returns a set of names, without the names of built-in functions, which every text knows.
func NewNames(names ...string) *Names {
	n := &Names{first: map[string][]known{}}
	for _, s := range names {
		n.Add(s)
	}
	return n
}

// Add adds a name.
func (n *Names) Add(name string) {
	parts := nameParts(name)
	if len(parts) == 0 || len(name) > maxName {
		return
	}
	for _, k := range n.first[parts[0]] {
		if k.name == name {
			return
		}
	}
	n.first[parts[0]] = append(n.first[parts[0]], known{name, parts})
}

// AddMember adds the name of an entry of a type, which is known behind a point and inside filters.
func (n *Names) AddMember(name string) {
	if n.members == nil {
		n.members = NewNames()
	}
	n.members.Add(name)
}

// Has tells whether the set has the name.
func (n *Names) Has(name string) bool {
	if n == nil {
		return false
	}
	for _, list := range n.first {
		for _, k := range list {
			if k.name == name {
				return true
			}
		}
	}
	return false
}

// Clone returns a copy that may be added to.
func (n *Names) Clone() *Names {
	out := NewNames()
	if n != nil {
		for k, v := range n.first {
			out.first[k] = append([]known(nil), v...)
		}
		if n.members != nil {
			out.members = n.members.Clone()
		}
	}
	return out
}

// startsName and continuesName follow rules 28 and 29 of the grammar.
func startsName(r rune) bool {
	return r == '?' || r == '_' || unicode.IsLetter(r) || r >= 0x10000 && r <= 0xEFFFF ||
		r >= 0x2070 && r <= 0x218F && !unicode.IsSpace(r) || r >= 0x2C00 && r <= 0x2FEF
}

func continuesName(r rune) bool {
	return startsName(r) || r >= '0' && r <= '9' || r == 0xB7 || unicode.IsMark(r) || r == 0x203F || r == 0x2040 || unicode.IsDigit(r)
}

// nameParts splits a name into words and single signs, without the blanks.
func nameParts(s string) []string {
	var out []string
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case isSpace(r):
			i += n
		case continuesName(r):
			j := wordEnd(s, i)
			out = append(out, s[i:j])
			i = j
		default:
			out = append(out, s[i:i+n])
			i += n
		}
	}
	return out
}

// wordEnd returns where the word that begins at i ends.
func wordEnd(s string, i int) int {
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !continuesName(r) {
			break
		}
		i += n
	}
	return i
}

// isSpace tells what separates (rules 60 to 62).
func isSpace(r rune) bool {
	return r == ' ' || r >= 0x9 && r <= 0xD || r == 0x85 || r == 0xA0 || r == 0x1680 || r == 0x180E ||
		r >= 0x2000 && r <= 0x200B || r == 0x2028 || r == 0x2029 || r == 0x202F || r == 0x205F || r == 0x3000 || r == 0xFEFF
}

// match returns where the parts end when they stand at i, or -1. Before every part but the first
// there may be blanks.
func match(src string, i int, parts []string) int {
	for n, p := range parts {
		if n > 0 {
			i = skipSpace(src, i)
		}
		if !strings.HasPrefix(src[i:], p) {
			return -1
		}
		if r, _ := utf8.DecodeRuneInString(p); continuesName(r) && wordEnd(src, i) != i+len(p) {
			return -1
		}
		i += len(p)
	}
	return i
}

func skipSpace(src string, i int) int {
	for i < len(src) {
		r, n := utf8.DecodeRuneInString(src[i:])
		if !isSpace(r) {
			break
		}
		i += n
	}
	return i
}

// keyword tells whether a word ends a name that nobody declared.
func keyword(w string) bool {
	switch w {
	case "and", "or", "in", "between", "then", "else", "return", "satisfies", "instance", "if", "for", "some", "every",
		"function", "true", "false", "null", "external":
		return true
	}
	return false
}

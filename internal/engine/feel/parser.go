package feel

import (
	"strings"
	"unicode/utf8"
)

// Limits on what a text may cost.
const (
	MaxText  = 1 << 17 // bytes of one expression
	maxDepth = 120     // of nested expressions, types and values
	maxName  = 400     // bytes of a name
	maxChain = 5000    // operators, calls, paths and filters of one text
)

// Error is a text that is no FEEL. Pos is the byte at which reading stopped, Line and Column count
// from one (Column in characters).
type Error struct {
	Key               string
	Pos, Line, Column int
	Near              string // what stands there, cut short
}

// Error returns the English sentence.
func (e *Error) Error() string { return e.Text("en") }

// parser reads a text from left to right without going back.
type parser struct {
	src     string
	pos     int
	depth   int
	chain   int
	names   *Names
	types   TypeNames
	locals  []known
	members []known  // entries of contexts that were read, known behind a point
	dotted  bool     // the name stands behind a point
	loose   int      // inside a filter or a function's body: names may be those of the items
	unknown []NameAt // names that nothing declares
	asks    bool     // uses the input, ?
	err     *Error
}

// TypeNames returns the type of a name that is not built in, such as that of an item definition.
type TypeNames func(name string) (*Type, bool)

// NameAt is a name and the byte where it stands.
type NameAt struct {
	Name string
	Pos  int
}

func (p *parser) fail(key string) node {
	if p.err == nil {
		e := &Error{Key: key, Pos: p.pos, Line: 1, Column: 1}
		for _, r := range p.src[:p.pos] {
			if e.Column++; r == '\n' {
				e.Line, e.Column = e.Line+1, 1
			}
		}
		near := strings.ToValidUTF8(p.src[p.pos:], "�")
		n := 0
		for i := range near {
			if n++; n > 20 {
				near = near[:i] + "…"
				break
			}
		}
		e.Near = near
		p.err = e
	}
	return &constant{}
}

// ws passes over blanks and comments (rules 60 to 64).
func (p *parser) ws() {
	for p.pos < len(p.src) {
		p.pos = skipSpace(p.src, p.pos)
		switch {
		case strings.HasPrefix(p.src[p.pos:], "//"):
			if i := strings.IndexByte(p.src[p.pos:], '\n'); i >= 0 {
				p.pos += i + 1
			} else {
				p.pos = len(p.src)
			}
		case strings.HasPrefix(p.src[p.pos:], "/*"):
			i := strings.Index(p.src[p.pos+2:], "*/")
			if i < 0 {
				p.fail("feel.parse.comment")
				p.pos = len(p.src)
				return
			}
			p.pos += i + 4
		default:
			return
		}
	}
}

// at tells whether the sign stands here, after blanks.
func (p *parser) at(sign string) bool {
	p.ws()
	return strings.HasPrefix(p.src[p.pos:], sign)
}

// take passes over the sign if it stands here.
func (p *parser) take(sign string) bool {
	if !p.at(sign) {
		return false
	}
	p.pos += len(sign)
	return true
}

func (p *parser) want(sign string) bool {
	if p.err != nil {
		return false
	}
	if !p.take(sign) {
		p.fail("feel.parse.unexpected")
		return false
	}
	return true
}

// word returns the word that stands here, or nothing.
func (p *parser) word() string {
	p.ws()
	r, _ := utf8.DecodeRuneInString(p.src[p.pos:])
	if p.pos >= len(p.src) || !startsName(r) {
		return ""
	}
	return p.src[p.pos:wordEnd(p.src, p.pos)]
}

// takeWord passes over the word if it stands here.
func (p *parser) takeWord(w string) bool {
	if p.word() != w {
		return false
	}
	p.pos += len(w)
	return true
}

func (p *parser) wantWord(w string) bool {
	if p.err != nil {
		return false
	}
	if !p.takeWord(w) {
		p.fail("feel.parse.unexpected")
		return false
	}
	return true
}

// deeper guards against texts that nest without end.
func (p *parser) deeper() bool {
	if p.depth++; p.depth > maxDepth {
		p.fail("feel.parse.depth")
		return false
	}
	return p.err == nil
}

func (p *parser) declare(name string) {
	p.locals = append(p.locals, known{name, nameParts(name)})
}

// declared returns the longest declared name that stands here and where it ends.
func (p *parser) declared() (string, int) {
	best, end := "", -1
	for i := len(p.locals) - 1; i >= 0; i-- {
		if e := match(p.src, p.pos, p.locals[i].parts); e > end {
			best, end = p.locals[i].name, e
		}
	}
	w := p.word()
	if w == "" {
		return best, end
	}
	if p.names != nil {
		for _, k := range p.names.first[w] {
			if e := match(p.src, p.pos, k.parts); e > end {
				best, end = k.name, e
			}
		}
	}
	if p.dotted || p.loose > 0 {
		for _, k := range p.members {
			if e := match(p.src, p.pos, k.parts); e > end {
				best, end = k.name, e
			}
		}
		if p.names != nil && p.names.members != nil {
			for _, k := range p.names.members.first[w] {
				if e := match(p.src, p.pos, k.parts); e > end {
					best, end = k.name, e
				}
			}
		}
	}
	for _, n := range builtinPhrases(w) {
		if e := match(p.src, p.pos, nameParts(n)); e > end {
			best, end = n, e
		}
	}
	return best, end
}

// name reads a name: the longest declared one, or the words up to a keyword, whichever is longer,
// since two words beside each other mean nothing else. ok tells whether it was declared.
func (p *parser) name() (name string, ok bool) {
	p.ws()
	best, end := p.declared()
	i, from := p.pos, p.pos
	var words []string
	for {
		r, _ := utf8.DecodeRuneInString(p.src[i:])
		if i >= len(p.src) || len(words) == 0 && !startsName(r) || !continuesName(r) {
			break
		}
		j := wordEnd(p.src, i)
		if keyword(p.src[i:j]) {
			break
		}
		words = append(words, p.src[i:j])
		from = j
		i = skipSpace(p.src, j)
	}
	if len(words) > 0 && from > end {
		p.pos = from
		s := strings.Join(words, " ")
		if len(s) > maxName {
			p.fail("feel.parse.name")
		}
		return s, false
	}
	if end < 0 {
		p.fail("feel.parse.name")
		return "", false
	}
	p.pos = end
	return best, true
}

// freshName reads a name that is being declared, up to one of the signs or keywords after it.
func (p *parser) freshName(stop string) string {
	p.ws()
	i := p.pos
	from, end := i, i
	r, _ := utf8.DecodeRuneInString(p.src[i:])
	if i >= len(p.src) || !startsName(r) {
		p.fail("feel.parse.name")
		return ""
	}
	for i < len(p.src) {
		r, n := utf8.DecodeRuneInString(p.src[i:])
		if continuesName(r) {
			j := wordEnd(p.src, i)
			if stop != ":" && keyword(p.src[i:j]) {
				break
			}
			i, end = j, j
			continue
		}
		if isSpace(r) {
			i += n
			continue
		}
		if stop == ":" && strings.ContainsRune("./-’'+*", r) {
			i += n
			end = i
			continue
		}
		break
	}
	p.pos = end
	return clean(p.src[from:end])
}

// clean writes the blanks inside a name as single ones.
func clean(s string) string {
	return strings.Join(strings.FieldsFunc(s, isSpace), " ")
}

// argumentName tells whether "name:" stands here, and passes over it.
func (p *parser) argumentName() (string, bool) {
	p.ws()
	i := p.pos
	r, _ := utf8.DecodeRuneInString(p.src[i:])
	if i >= len(p.src) || !startsName(r) {
		return "", false
	}
	for i < len(p.src) && i-p.pos <= maxName {
		r, n := utf8.DecodeRuneInString(p.src[i:])
		if r == ':' {
			name := clean(p.src[p.pos:i])
			p.pos = i + 1
			return name, true
		}
		if !continuesName(r) && !isSpace(r) && !strings.ContainsRune("./-’'+*", r) {
			return "", false
		}
		i += n
	}
	return "", false
}

package feel

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// primary reads an operand.
func (p *parser) primary() node {
	p.ws()
	if p.err != nil || p.pos >= len(p.src) {
		return p.fail("feel.parse.end")
	}
	at := p.pos
	switch c := p.src[p.pos]; {
	case c >= '0' && c <= '9', c == '.' && p.pos+1 < len(p.src) && p.src[p.pos+1] >= '0' && p.src[p.pos+1] <= '9':
		return p.number()
	case c == '"':
		return &constant{pos: at, v: p.text()}
	case c == '@':
		p.pos++
		if p.pos >= len(p.src) || p.src[p.pos] != '"' {
			return p.fail("feel.parse.unexpected")
		}
		return &atLiteral{pos: at, text: p.text()}
	case c == '(':
		p.pos++
		n := p.test()
		if p.at("..") {
			return p.rangeRest(at, n, false)
		}
		p.want(")")
		return n
	case c == '[':
		return p.listOrRange()
	case c == ']':
		p.pos++
		n := p.expr()
		if !p.at("..") {
			return p.fail("feel.parse.unexpected")
		}
		return p.rangeRest(at, n, false)
	case c == '{':
		return p.context()
	case c == '<' || c == '>' || c == '=' || c == '!':
		return p.test()
	}
	return p.worded()
}

// worded reads what begins with a word: a keyword's expression, a literal or a name.
func (p *parser) worded() node {
	at := p.pos
	w := p.word()
	if keyword(w) {
		// A declared name may begin with a keyword; it wins when it is longer.
		if name, end := p.declared(); end > p.pos+len(w) {
			p.pos = end
			return p.named(at, name, true)
		}
		p.pos += len(w)
		switch w {
		case "true", "false":
			return &constant{pos: at, v: w == "true"}
		case "null":
			return &constant{pos: at}
		case "if":
			n := &choice{pos: at, cond: p.expr()}
			p.wantWord("then")
			n.yes = p.expr()
			p.wantWord("else")
			n.no = p.expr()
			return n
		case "for", "some", "every":
			return p.iteration(at, w)
		case "function":
			return p.function(at)
		}
		p.pos = at
		return p.fail("feel.parse.unexpected")
	}
	if w == "" {
		return p.fail("feel.parse.unexpected")
	}
	name, ok := p.name()
	return p.named(at, name, ok)
}

func (p *parser) named(at int, name string, ok bool) node {
	if name == "?" {
		p.asks = true
		return &input{pos: at}
	}
	n := &variable{pos: at, name: name, built: builtin(name)}
	if !ok && n.built == nil && p.loose == 0 && len(p.unknown) < 100 {
		p.unknown = append(p.unknown, NameAt{name, at})
	}
	return n
}

// number reads a number (rules 35 to 37); two points in a row belong to a range.
func (p *parser) number() node {
	at, i := p.pos, p.pos
	digit := func() {
		for i < len(p.src) && p.src[i] >= '0' && p.src[i] <= '9' {
			i++
		}
	}
	digit()
	if i+1 < len(p.src) && p.src[i] == '.' && p.src[i+1] >= '0' && p.src[i+1] <= '9' {
		i++
		digit()
	}
	if i < len(p.src) && (p.src[i] == 'e' || p.src[i] == 'E') {
		j := i + 1
		if j < len(p.src) && (p.src[j] == '+' || p.src[j] == '-') {
			j++
		}
		if j < len(p.src) && p.src[j] >= '0' && p.src[j] <= '9' {
			i = j
			digit()
		}
	}
	n, ok := ParseNumber(p.src[at:i])
	if !ok {
		return p.fail("feel.parse.number")
	}
	p.pos = i
	return &constant{pos: at, v: n}
}

// text reads a string with its escapes (rule 33).
func (p *parser) text() string {
	p.pos++
	var b strings.Builder
	for p.pos < len(p.src) {
		switch c := p.src[p.pos]; c {
		case '"':
			p.pos++
			return b.String()
		case '\\':
			if !p.escape(&b) {
				p.fail("feel.parse.escape")
				return ""
			}
		default:
			b.WriteByte(c)
			p.pos++
		}
	}
	p.fail("feel.parse.string")
	return ""
}

func (p *parser) escape(b *strings.Builder) bool {
	if p.pos+1 >= len(p.src) {
		return false
	}
	c := p.src[p.pos+1]
	p.pos += 2
	switch c {
	case 'n':
		b.WriteByte('\n')
	case 't':
		b.WriteByte('\t')
	case 'r':
		b.WriteByte('\r')
	case '"', '\\', '\'':
		b.WriteByte(c)
	case 'u', 'U':
		n := 4
		if c == 'U' {
			n = 6
		}
		r, ok := p.hex(n)
		if !ok {
			return false
		}
		if utf16.IsSurrogate(r) && strings.HasPrefix(p.src[p.pos:], `\u`) {
			p.pos += 2
			low, ok := p.hex(4)
			if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
				return false
			}
		}
		b.WriteRune(r)
	default:
		b.WriteByte('\\')
		b.WriteByte(c)
	}
	return true
}

func (p *parser) hex(n int) (rune, bool) {
	if p.pos+n > len(p.src) {
		return 0, false
	}
	v, err := strconv.ParseUint(p.src[p.pos:p.pos+n], 16, 32)
	p.pos += n
	return rune(v), err == nil && v <= utf8.MaxRune
}

func (p *parser) rangeRest(at int, low node, closed bool) node {
	p.want("..")
	n := &rangeLit{pos: at, lo: low, hi: p.expr(), loClosed: closed}
	switch {
	case p.take("]"):
		n.hiClosed = true
	case p.take(")"), p.take("["):
	default:
		return p.fail("feel.parse.unexpected")
	}
	return n
}

func (p *parser) listOrRange() node {
	at := p.pos
	p.pos++
	l := &listLit{pos: at}
	if p.take("]") {
		return l
	}
	for p.err == nil {
		n := p.test()
		if len(l.items) == 0 && p.at("..") {
			return p.rangeRest(at, n, true)
		}
		l.items = append(l.items, n)
		if !p.take(",") {
			break
		}
	}
	p.want("]")
	return l
}

// context reads a context (rules 55 to 57); an entry knows those before it.
func (p *parser) context() node {
	at, before := p.pos, len(p.locals)
	p.pos++
	c := &contextLit{pos: at}
	if p.take("}") {
		return c
	}
	for p.err == nil {
		p.ws()
		var key string
		if p.at(`"`) {
			key = p.text()
		} else {
			key = p.freshName(":")
		}
		p.want(":")
		c.keys = append(c.keys, key)
		c.vals = append(c.vals, p.expr())
		p.declare(key)
		if !p.take(",") {
			break
		}
	}
	p.want("}")
	p.members = append(p.members, p.locals[before:]...)
	p.locals = p.locals[:before]
	return c
}

// iteration reads for, some and every (rules 44 to 48).
func (p *parser) iteration(at int, w string) node {
	before := len(p.locals)
	n := &loop{pos: at, kind: w}
	for p.err == nil {
		v := p.freshName("in")
		if !p.wantWord("in") {
			break
		}
		it := iterator{name: v, from: p.expr()}
		if p.take("..") {
			it.to = p.expr()
		}
		n.over = append(n.over, it)
		p.declare(v)
		if !p.take(",") {
			break
		}
	}
	if w == "for" {
		p.declare("partial")
		p.wantWord("return")
	} else {
		p.wantWord("satisfies")
	}
	n.body = p.expr()
	p.locals = p.locals[:before]
	return n
}

// function reads a function definition (rule 54).
func (p *parser) function(at int) node {
	before := len(p.locals)
	f := &functionLit{pos: at}
	p.want("(")
	if !p.take(")") {
		for p.err == nil {
			param := Param{Name: p.freshName("")}
			if p.take(":") {
				param.Type = p.typ()
			}
			f.params = append(f.params, param)
			p.declare(param.Name)
			if !p.take(",") {
				break
			}
		}
		p.want(")")
	}
	if p.takeWord("external") {
		f.external = true
	}
	f.body = p.expr()
	p.locals = p.locals[:before]
	return f
}

// typ reads a type (rule 52).
func (p *parser) typ() *Type {
	defer func() { p.depth-- }()
	if !p.deeper() {
		return nil
	}
	p.ws()
	for _, phrase := range []string{"days and time duration", "years and months duration", "date and time"} {
		if e := match(p.src, p.pos, nameParts(phrase)); e > 0 {
			p.pos = e
			t, _ := TypeOf(phrase)
			return t
		}
	}
	at := p.pos
	w := p.word()
	if w == "list" || w == "range" || w == "context" || w == "function" {
		i := skipSpace(p.src, p.pos+len(w))
		if i < len(p.src) && p.src[i] == '<' {
			p.pos = i + 1
			return p.generic(w)
		}
		if w == "function" {
			p.pos += len(w)
			t, _ := TypeOf(w)
			return t
		}
	}
	name := p.freshName("type")
	for p.err == nil && !p.at("..") && p.take(".") {
		name += "." + p.freshName("type")
	}
	if t, ok := TypeOf(name); ok {
		return t
	}
	if p.types != nil {
		if t, ok := p.types(name); ok {
			return t
		}
	}
	if p.err == nil {
		p.pos = at
		p.fail("feel.parse.type")
	}
	return nil
}

func (p *parser) generic(w string) *Type {
	t, _ := TypeOf(w)
	switch w {
	case "list", "range":
		t.elem = p.typ()
		p.want(">")
	case "context":
		t.open = false
		for p.err == nil {
			f := Param{Name: p.freshName(":")}
			p.want(":")
			f.Type = p.typ()
			t.fields = append(t.fields, f)
			if !p.take(",") {
				break
			}
		}
		p.want(">")
	case "function":
		t.any = false
		if !p.take(">") {
			for p.err == nil {
				t.params = append(t.params, p.typ())
				if !p.take(",") {
					break
				}
			}
			p.want(">")
		}
		p.want("->")
		t.result = p.typ()
	}
	return t
}

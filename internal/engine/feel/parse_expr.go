package feel

import "strings"

// expr reads an expression of the loosest kind (rule 1).
func (p *parser) expr() node {
	defer func() { p.depth-- }()
	if !p.deeper() {
		return &constant{}
	}
	return p.or()
}

func (p *parser) or() node {
	at := p.pos
	n := p.and()
	for p.err == nil && p.takeWord("or") {
		n = &logic{pos: at, or: true, a: n, b: p.and()}
		if !p.wide() {
			break
		}
	}
	return n
}

// wide bounds chains such as 1+1+1+…, which are read in a loop and yet nest when they are walked.
func (p *parser) wide() bool {
	if p.chain++; p.chain > maxChain {
		p.fail("feel.parse.depth")
		return false
	}
	return p.err == nil
}

func (p *parser) and() node {
	at := p.pos
	n := p.comparison()
	for p.err == nil && p.takeWord("and") {
		n = &logic{pos: at, a: n, b: p.comparison()}
		if !p.wide() {
			break
		}
	}
	return n
}

// sign returns the comparison that stands here.
func (p *parser) sign() string {
	p.ws()
	for _, s := range []string{"<=", ">=", "!=", "=", "<", ">"} {
		if strings.HasPrefix(p.src[p.pos:], s) {
			return s
		}
	}
	return ""
}

func (p *parser) comparison() node {
	n := p.sum()
	for p.err == nil {
		p.ws()
		at := p.pos
		if s := p.sign(); s != "" {
			p.pos += len(s)
			n = &comparing{pos: at, op: s, a: n, b: p.sum()}
		} else if p.takeWord("between") {
			lo := p.sum()
			p.wantWord("and")
			n = &between{pos: at, v: n, lo: lo, hi: p.sum()}
		} else if p.takeWord("in") {
			n = &inside{pos: at, v: n, tests: p.inTests()}
		} else {
			return n
		}
		if !p.wide() {
			return n
		}
	}
	return n
}

// inTests reads what stands behind "in": one test, or several in parentheses.
func (p *parser) inTests() []node {
	if p.at("(") {
		from := p.pos
		p.pos++
		var list []node
		first := p.test()
		if p.at("..") {
			r := p.rangeRest(from, first, false)
			return []node{r}
		}
		list = append(list, first)
		for p.err == nil && p.take(",") {
			list = append(list, p.test())
			if !p.wide() {
				break
			}
		}
		p.want(")")
		if len(list) == 1 {
			// What stood in parentheses may be the beginning of a longer operand.
			return []node{p.after(list[0])}
		}
		return list
	}
	if s := p.sign(); s != "" {
		return []node{p.compared(s)}
	}
	return []node{p.sum()}
}

// compared reads a comparison without a left side, such as < 5 (rule 7).
func (p *parser) compared(s string) node {
	at := p.pos
	p.pos += len(s)
	return &compared{pos: at, op: s, v: p.sum()}
}

// test reads a positive unary test (rules 13 to 15).
func (p *parser) test() node {
	if s := p.sign(); s != "" {
		if !p.deeper() {
			return &constant{}
		}
		defer func() { p.depth-- }()
		return p.compared(s)
	}
	return p.expr()
}

func (p *parser) sum() node {
	n := p.product()
	for p.err == nil {
		p.ws()
		at := p.pos
		switch {
		case p.take("+"):
			n = &calc{pos: at, op: '+', a: n, b: p.product()}
		case p.take("-"):
			n = &calc{pos: at, op: '-', a: n, b: p.product()}
		default:
			return n
		}
		if !p.wide() {
			return n
		}
	}
	return n
}

func (p *parser) product() node {
	n := p.power()
	for p.err == nil {
		p.ws()
		at := p.pos
		switch {
		case !p.at("**") && p.take("*"):
			n = &calc{pos: at, op: '*', a: n, b: p.power()}
		case p.take("/"):
			n = &calc{pos: at, op: '/', a: n, b: p.power()}
		default:
			return n
		}
		if !p.wide() {
			return n
		}
	}
	return n
}

func (p *parser) power() node {
	n := p.unary()
	for p.err == nil {
		p.ws()
		at := p.pos
		if !p.take("**") {
			return n
		}
		n = &calc{pos: at, op: '^', a: n, b: p.unary()}
		if !p.wide() {
			return n
		}
	}
	return n
}

func (p *parser) unary() node {
	p.ws()
	at := p.pos
	if p.take("-") {
		defer func() { p.depth-- }()
		if !p.deeper() {
			return &constant{}
		}
		return &negative{pos: at, v: p.unary()}
	}
	return p.after(p.primary())
}

// after reads what may follow an operand: paths, filters, calls, "instance of".
func (p *parser) after(n node) node {
	for p.err == nil {
		p.ws()
		at := p.pos
		switch {
		case !p.at("..") && p.take("."):
			p.dotted = true
			name, _ := p.name()
			p.dotted = false
			n = &path{pos: at, of: n, name: name}
		case p.at("[") && !p.endsRange():
			p.pos++
			n = p.filterRest(at, n)
		case p.take("("):
			n = p.callRest(at, n)
		case p.word() == "instance":
			p.pos += len("instance")
			if p.wantWord("of") {
				n = &isA{pos: at, v: n, t: p.typ()}
			}
		default:
			return n
		}
		if !p.wide() {
			return n
		}
	}
	return n
}

// endsRange tells whether the bracket that stands here is the open end of a range, as in [1..10[:
// no filter begins with what follows it.
func (p *parser) endsRange() bool {
	i := skipSpace(p.src, p.pos+1)
	if i >= len(p.src) || strings.IndexByte("=<>!)],.}*/+", p.src[i]) >= 0 {
		return true
	}
	switch p.src[i:wordEnd(p.src, i)] {
	case "and", "or", "in", "between", "then", "else", "return", "satisfies", "instance":
		return true
	}
	return false
}

func (p *parser) filterRest(at int, of node) node {
	before := len(p.locals)
	p.declare("item")
	p.loose++
	asks := p.asks
	cond := p.expr()
	p.asks = asks || p.asks
	p.loose--
	p.locals = p.locals[:before]
	p.want("]")
	return &filter{pos: at, of: of, cond: cond}
}

func (p *parser) callRest(at int, of node) node {
	c := &call{pos: at, fn: of}
	if p.take(")") {
		return c
	}
	if name, ok := p.argumentName(); ok {
		for p.err == nil {
			c.names = append(c.names, name)
			c.args = append(c.args, p.expr())
			if !p.take(",") {
				break
			}
			if name, ok = p.argumentName(); !ok {
				return p.fail("feel.parse.argument")
			}
		}
	} else {
		for p.err == nil {
			c.args = append(c.args, p.expr())
			if !p.take(",") {
				break
			}
		}
	}
	p.want(")")
	return c
}

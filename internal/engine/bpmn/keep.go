package bpmn

import (
	"slices"
	"strings"
)

// nsInstance is the name space of xsi:type (XML Schema part 1, 2.6).
const nsInstance = "http://www.w3.org/2001/XMLSchema-instance"

// Keep carries over what a modeler has left out of a file because it does not know it: attributes
// and elements of other name spaces on every element of the old file that is still in the new one.
// What belongs to elements that are gone goes with them. The standard's own content and the lt
// extension are as the new file says, because modelers know these. The error is a *Problem when one
// of both cannot be read.
func Keep(old, edited []byte) ([]byte, error) {
	was, err := ReadFile(old)
	if err != nil {
		return nil, err
	}
	now, err := ReadFile(edited)
	if err != nil {
		return nil, err
	}
	a, b := was.edit(), now.edit()
	for i := range a.s {
		k := counterpart(a, b, i)
		if k < 0 || own(a.s[i].space) == foreign {
			continue
		}
		b.keepAttrs(a, i, k)
		b.keepKids(a, i, k)
	}
	if err := b.done(); err != nil {
		return nil, err
	}
	return now.Bytes(), nil
}

// origin says whose an element or attribute is.
type origin int

const (
	standard origin = iota
	project
	foreign
)

func own(space string) origin {
	switch space {
	case nsModel, nsDI, nsDC, nsDD, nsInstance, "http://www.w3.org/XML/1998/namespace":
		return standard
	case NS:
		return project
	}
	return foreign
}

// counterpart returns the element of b that is the same as element i of a: the one with its id, the
// outermost, or the extensionElements of such a one.
func counterpart(a, b *editor, i int) int {
	if i == 0 {
		return 0
	}
	if id := a.attr(i, "id"); id != "" {
		if a.f.byID[id] != i {
			return -1
		}
		return b.find(id)
	}
	if a.s[i].is(nsModel, "extensionElements") && a.s[i].parent >= 0 {
		if p := counterpart(a, b, a.s[i].parent); p >= 0 {
			return b.kid(p, nsModel, "extensionElements")
		}
	}
	return -1
}

// keepAttrs gives element k the attributes of other name spaces that element i of a has.
func (e *editor) keepAttrs(a *editor, i, k int) {
	have := map[string]bool{}
	for _, x := range e.f.tags[k].attrs {
		if x.prefix != "" && x.prefix != "xmlns" {
			have[e.f.space(k, x.prefix)+" "+x.local] = true
		}
	}
	declared := map[string]string{} // name spaces declared here besides
	for _, x := range a.f.tags[i].attrs {
		if x.prefix == "" || x.prefix == "xmlns" {
			continue
		}
		ns := a.f.space(i, x.prefix)
		if own(ns) != foreign || ns == "" || have[ns+" "+x.local] {
			continue
		}
		p := e.f.prefix(k, ns)
		text := " "
		if p == "" {
			if p = declared[ns]; p == "" {
				for p = x.prefix; e.f.space(k, p) != "" || slices.Contains(values(declared), p); p += "x" {
				}
				declared[ns] = p
				text += "xmlns:" + p + `="` + quoted(ns) + `" `
			}
		}
		text += p + ":" + x.local + `="` + quoted(a.f.value(x)) + `"`
		at := e.f.tags[k].to - 1
		if e.f.text[at-1] == '/' {
			at--
		}
		e.cuts = append(e.cuts, cut{at, at, text})
	}
}

func values(m map[string]string) []string {
	var out []string
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// keepKids puts the foreign children of element i of a into element k, unless they are there.
func (e *editor) keepKids(a *editor, i, k int) {
	have, count := map[string]int{}, map[string]int{}
	for _, c := range e.s[k].kids {
		if own(e.s[c].space) == foreign {
			have[e.says(c)]++
			count[e.s[c].space+" "+e.s[c].name]++
		}
	}
	var texts []string
	missing := map[string]int{}
	for _, c := range a.s[i].kids {
		if own(a.s[c].space) == foreign {
			missing[a.s[c].space+" "+a.s[c].name]++
		}
	}
	for _, c := range a.s[i].kids {
		if own(a.s[c].space) != foreign {
			continue
		}
		name := a.s[c].space + " " + a.s[c].name
		if s := a.says(c); have[s] > 0 {
			have[s]--
		} else if missing[name] > count[name] { // one was lost, not changed
			missing[name]--
			texts = append(texts, a.standing(c))
		}
	}
	ext := a.kid(i, nsModel, "extensionElements")
	lost := ext >= 0 && e.kid(k, nsModel, "extensionElements") < 0 && !a.s[i].is(nsModel, "extensionElements")
	if lost { // the whole of it was left out
		inner := ""
		for _, c := range a.s[ext].kids {
			if own(a.s[c].space) == foreign {
				inner += a.standing(c)
			}
		}
		if inner != "" {
			p := e.s[k].prefix
			text := "<" + p + "extensionElements>" + inner + "</" + p + "extensionElements>"
			if doc := e.kid(k, nsModel, "documentation"); doc >= 0 {
				e.after(doc, text)
			} else {
				texts = append([]string{text}, texts...)
				e.first(k, strings.Join(texts, ""))
				return
			}
		}
	}
	if len(texts) == 0 {
		return
	}
	if a.s[i].is(nsModel, "extensionElements") {
		e.into(k, strings.Join(texts, ""))
	} else {
		e.first(k, strings.Join(texts, ""))
	}
}

// says writes what an element says, whatever its prefixes, quotation marks and white space between
// elements are.
func (e *editor) says(i int) string {
	var b strings.Builder
	b.WriteString("<{" + e.s[i].space + "}" + e.s[i].name)
	var attrs []string
	for _, a := range e.f.tags[i].attrs {
		if a.prefix == "xmlns" || a.prefix == "" && a.local == "xmlns" {
			continue
		}
		ns := ""
		if a.prefix != "" {
			ns = e.f.space(i, a.prefix)
		}
		attrs = append(attrs, " {"+ns+"}"+a.local+"="+quoted(e.f.value(a)))
	}
	slices.Sort(attrs)
	b.WriteString(strings.Join(attrs, "") + ">")
	if len(e.s[i].kids) == 0 {
		b.WriteString(characters(e.inner(i)))
	}
	for _, k := range e.s[i].kids {
		b.WriteString(e.says(k))
	}
	b.WriteString("</>")
	return b.String()
}

// characters resolves what can be written in two ways: CDATA sections and escaped characters.
func characters(s string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "<![CDATA[")
		b.WriteString(unescape(before))
		if !ok {
			return strings.TrimSpace(b.String())
		}
		raw, after, _ := strings.Cut(rest, "]]>")
		b.WriteString(raw)
		s = after
	}
}

func unescape(s string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&#10;", "\n", "&#xA;", "\n", "&#9;", "\t", "&amp;", "&").Replace(s)
}

// standing returns an element as written, with the declarations of the prefixes that it takes from
// around it.
func (e *editor) standing(i int) string {
	need := map[string]bool{}
	for k := i; k < len(e.s) && e.s[k].from < e.s[i].to; k++ {
		need[strings.TrimSuffix(e.s[k].prefix, ":")] = true
		for _, a := range e.f.tags[k].attrs {
			if a.prefix != "" && a.prefix != "xmlns" {
				need[a.prefix] = true
			}
		}
	}
	for _, a := range e.f.tags[i].attrs {
		if a.prefix == "xmlns" {
			delete(need, a.local)
		} else if a.prefix == "" && a.local == "xmlns" {
			delete(need, "")
		}
	}
	delete(need, "xml")
	var names []string
	for p := range need {
		names = append(names, p)
	}
	slices.Sort(names)
	declare := ""
	for _, p := range names {
		if p == "" {
			declare += ` xmlns="` + quoted(e.f.named(i, "")) + `"`
		} else if ns := e.f.space(i, p); ns != "" {
			declare += " xmlns:" + p + `="` + quoted(ns) + `"`
		}
	}
	text := string(e.f.text[e.s[i].from:e.s[i].to])
	at := 1 + len(e.s[i].prefix) + len(e.s[i].name)
	return text[:at] + declare + text[at:]
}

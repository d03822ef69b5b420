package bpmn

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"io"
	"slices"
	"strconv"
	"strings"
)

// span is one element of a File by the places of its bytes; index i of the spans belongs to tag i.
type span struct {
	space, name  string
	prefix       string // of the name, with its colon, "" without
	from, to     int    // from "<" to behind the end of the element
	open, closed int    // behind the start tag, and before the end tag; both to when there is none
	parent       int
	kids         []int
}

// spans returns where every element stands.
func (f *File) spans() []span {
	out := make([]span, len(f.tags))
	dec := xml.NewDecoder(bytes.NewReader(f.text))
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	var stack []int
	next := 0
	for {
		from := int(dec.InputOffset())
		tok, err := dec.RawToken()
		if err != nil {
			return out // the end: scan has read the same text
		}
		switch x := tok.(type) {
		case xml.StartElement:
			t := f.tags[next]
			s := &out[next]
			s.from, s.open, s.parent, s.name = t.from, t.to, t.parent, x.Name.Local
			if x.Name.Space != "" {
				s.prefix = x.Name.Space + ":"
			}
			s.space = f.named(next, x.Name.Space)
			if t.parent >= 0 {
				out[t.parent].kids = append(out[t.parent].kids, next)
			}
			stack = append(stack, next)
			next++
		case xml.EndElement:
			s := &out[stack[len(stack)-1]]
			stack = stack[:len(stack)-1]
			s.closed, s.to = from, int(dec.InputOffset())
		}
	}
}

// named returns the name space of an element's prefix at a tag, "" being the default one.
func (f *File) named(t int, prefix string) string {
	if prefix != "" {
		return f.space(t, prefix)
	}
	for ; t >= 0; t = f.tags[t].parent {
		for _, a := range f.tags[t].attrs {
			if a.prefix == "" && a.local == "xmlns" {
				return f.value(a)
			}
		}
	}
	return ""
}

func (s *span) is(space, name string) bool { return s.space == space && s.name == name }

// cut is one change of the text: what stands between two places becomes something else.
type cut struct {
	from, to int
	text     string
}

// editor is one change of a file in the making. It looks at the file as it was when the editor was
// made; done carries everything out at once.
type editor struct {
	f    *File
	s    []span
	cuts []cut
}

func (f *File) edit() *editor { return &editor{f: f, s: f.spans()} }

// done carries the changes out. At the same place what is put in stands before what is taken away;
// otherwise changes stay in the order in which they were asked.
func (e *editor) done() error {
	if len(e.cuts) == 0 {
		return nil
	}
	slices.SortStableFunc(e.cuts, func(a, b cut) int { return cmp.Or(a.from-b.from, min(a.to-a.from, 1)-min(b.to-b.from, 1)) })
	var out []byte
	at := 0
	for _, c := range e.cuts {
		if c.from < at { // inside of what an earlier change has taken away
			continue
		}
		out = append(append(out, e.f.text[at:c.from]...), c.text...)
		at = c.to
	}
	out = append(out, e.f.text[at:]...)
	if len(out) > MaxBytes {
		return newProblem("", "bpmn.size.file", "limit", "2 MiB")
	}
	e.f.text, e.f.changed, e.cuts = out, true, nil
	return e.f.scan()
}

// whole runs a change of several steps; when one fails, the file is as it was before the first.
func (f *File) whole(change func() error) error {
	text, changed := f.text, f.changed
	if err := change(); err != nil {
		f.text, f.changed = text, changed
		_ = f.scan() // it has been read before
		return err
	}
	return nil
}

// find returns the element with the id, -1 without one.
func (e *editor) find(id string) int {
	if i, ok := e.f.byID[id]; ok {
		return i
	}
	return -1
}

// kid returns the first child with the name, -1 without one.
func (e *editor) kid(i int, space, name string) int {
	for _, k := range e.s[i].kids {
		if e.s[k].is(space, name) {
			return k
		}
	}
	return -1
}

// attr returns an attribute without a prefix, as it reads.
func (e *editor) attr(i int, name string) string {
	for _, a := range e.f.tags[i].attrs {
		if a.prefix == "" && a.local == name {
			return e.f.value(a)
		}
	}
	return ""
}

// set gives an attribute without a prefix a value.
func (e *editor) set(i int, name, value string) {
	for _, a := range e.f.tags[i].attrs {
		if a.prefix == "" && a.local == name {
			e.cuts = append(e.cuts, cut{a.valueFrom, a.valueTo, quoted(value)})
			return
		}
	}
	at := e.f.tags[i].to - 1
	if e.f.text[at-1] == '/' {
		at--
	}
	for at > 0 && space(e.f.text[at-1]) {
		at--
	}
	e.cuts = append(e.cuts, cut{at, at, " " + name + `="` + quoted(value) + `"`})
}

// inner returns the characters of an element as written, without white space around.
func (e *editor) inner(i int) string {
	s := &e.s[i]
	if s.closed < s.open {
		return ""
	}
	return strings.TrimSpace(string(e.f.text[s.open:s.closed]))
}

// remove takes an element away with the line it stands on.
func (e *editor) remove(i int) {
	from := e.s[i].from
	for from > 0 && space(e.f.text[from-1]) {
		from--
	}
	if from > 0 && e.f.text[from-1] != '>' {
		from = e.s[i].from // text stands before it
	}
	e.cuts = append(e.cuts, cut{from, e.s[i].to, ""})
}

// indent returns the line break and white space before an element, "" when it stands in a line with
// others.
func (e *editor) indent(i int) string {
	from := e.s[i].from
	for from > 0 && (e.f.text[from-1] == ' ' || e.f.text[from-1] == '\t') {
		from--
	}
	if from == 0 || e.f.text[from-1] != '\n' {
		return ""
	}
	return "\n" + string(e.f.text[from:e.s[i].from])
}

// after puts text behind an element, on a line of its own where the element has one.
func (e *editor) after(i int, text string) {
	e.cuts = append(e.cuts, cut{e.s[i].to, e.s[i].to, e.indent(i) + text})
}

// into puts text as the last child into an element. It may be asked once for one element without
// content.
func (e *editor) into(i int, text string) {
	s := &e.s[i]
	if s.to == s.open { // <x/>: it gets an end tag
		at := s.open - 2
		in := e.indent(i)
		deep := in
		if in != "" {
			deep += "  "
		}
		e.cuts = append(e.cuts, cut{at, s.open, ">" + deep + text + in + "</" + s.prefix + s.name + ">"})
		return
	}
	if n := len(s.kids); n > 0 {
		e.after(s.kids[n-1], text)
		return
	}
	in := e.indent(i)
	deep := in
	if in != "" {
		deep += "  "
	}
	e.cuts = append(e.cuts, cut{s.closed, s.closed, deep + text + in})
}

// first puts text as the first child into an element that has content, or as its only one.
func (e *editor) first(i int, text string) {
	s := &e.s[i]
	if len(s.kids) == 0 {
		e.into(i, text)
		return
	}
	e.cuts = append(e.cuts, cut{s.open, s.open, e.indent(s.kids[0]) + text})
}

// prefixOf returns how elements of a name space are written at an element, with the colon. declare
// is what its start tag has to carry besides when nothing stands for the name space there.
func (e *editor) prefixOf(i int, ns string) (prefix, declare string) {
	if ns == nsModel && e.s[i].space == nsModel {
		return e.s[i].prefix, ""
	}
	if p := e.f.prefix(i, ns); p != "" {
		return p + ":", ""
	}
	if e.f.named(i, "") == ns {
		return "", ""
	}
	p := e.f.newPrefix(i, ns)
	return p + ":", ` xmlns:` + p + `="` + quoted(ns) + `"`
}

// free returns an id that begins with the given one and that nothing in the file has.
func (f *File) free(id string) string {
	for n := 0; ; n++ {
		try := id
		if n > 0 {
			try += "_" + strconv.Itoa(n+1)
		}
		if _, taken := f.byID[try]; !taken {
			return try
		}
	}
}

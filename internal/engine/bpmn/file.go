package bpmn

import (
	"bytes"
	"encoding/xml"
	"io"
	"slices"
	"strings"
)

// File is a process file that can be changed in places while every other byte stays as it is:
// elements and attributes of other modelers, coordinates, comments, processing instructions, the
// order and spelling of attributes, white space. A file that was not changed is given back byte by
// byte, also in another encoding than UTF-8.
type File struct {
	origin  []byte
	text    []byte // as UTF-8
	tags    []tag
	byID    map[string]int
	changed bool
}

// tag is one start tag: where it stands and what it says.
type tag struct {
	from, to int // from "<" to behind ">"
	parent   int // index of the tag around it, -1 for the outermost
	id       string
	attrs    []attribute
}

// attribute is one attribute of a start tag, as written.
type attribute struct {
	prefix, local      string
	from, to           int // the white space before it and all of it
	valueFrom, valueTo int // without the quotation marks
}

// ReadFile reads a process file under the limits of Parse. The error is a *Problem.
func ReadFile(src []byte) (*File, error) {
	if _, p := readTree(src); p != nil {
		return nil, p
	}
	text, err := UTF8(src)
	if err != nil {
		return nil, err
	}
	f := &File{origin: src, text: text}
	if err := f.scan(); err != nil {
		return nil, err
	}
	return f, nil
}

// Bytes returns the file: as it was read when nothing was changed, otherwise as UTF-8.
func (f *File) Bytes() []byte {
	if !f.changed {
		return slices.Clone(f.origin)
	}
	return slices.Clone(f.text)
}

// scan notes where every start tag stands.
func (f *File) scan() error {
	f.tags, f.byID = nil, map[string]int{}
	dec := xml.NewDecoder(bytes.NewReader(f.text))
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	stack := []int{-1}
	for {
		from := int(dec.InputOffset())
		tok, err := dec.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			line, _ := dec.InputPos()
			return newProblem("", "bpmn.xml.broken", "line", line)
		}
		switch tok.(type) {
		case xml.StartElement:
			t := tag{from: from, to: int(dec.InputOffset()), parent: stack[len(stack)-1]}
			t.attrs = attributes(f.text[t.from:t.to], t.from)
			for _, a := range t.attrs {
				if a.prefix == "" && a.local == "id" {
					t.id = f.value(a)
				}
			}
			if _, twice := f.byID[t.id]; t.id != "" && !twice {
				f.byID[t.id] = len(f.tags)
			}
			stack = append(stack, len(f.tags))
			f.tags = append(f.tags, t)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		}
	}
}

// attributes finds the attributes in a start tag that an XML reader has accepted.
func attributes(raw []byte, base int) []attribute {
	var out []attribute
	i := 1
	for i < len(raw) && !space(raw[i]) && raw[i] != '/' && raw[i] != '>' {
		i++
	}
	for i < len(raw) {
		start := i
		for i < len(raw) && space(raw[i]) {
			i++
		}
		nameFrom := i
		for i < len(raw) && !space(raw[i]) && raw[i] != '=' && raw[i] != '/' && raw[i] != '>' {
			i++
		}
		qname := string(raw[nameFrom:i])
		for i < len(raw) && (space(raw[i]) || raw[i] == '=') {
			i++
		}
		if qname == "" || i >= len(raw) || raw[i] != '"' && raw[i] != '\'' {
			break
		}
		end := bytes.IndexByte(raw[i+1:], raw[i])
		if end < 0 {
			break
		}
		a := attribute{local: qname, from: base + start, valueFrom: base + i + 1, valueTo: base + i + 1 + end, to: base + i + end + 2}
		if p, l, ok := strings.Cut(qname, ":"); ok {
			a.prefix, a.local = p, l
		}
		out = append(out, a)
		i += end + 2
	}
	return out
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// value returns what an attribute says, with its entities resolved.
func (f *File) value(a attribute) string {
	raw := f.text[a.valueFrom:a.valueTo]
	if bytes.IndexByte(raw, '&') < 0 {
		return string(raw)
	}
	dec := xml.NewDecoder(io.MultiReader(strings.NewReader("<a>"), bytes.NewReader(bytes.ReplaceAll(raw, []byte("<"), []byte("&lt;"))), strings.NewReader("</a>")))
	var b strings.Builder
	for {
		tok, err := dec.Token()
		if err != nil {
			return b.String()
		}
		if c, ok := tok.(xml.CharData); ok {
			b.Write(c)
		}
	}
}

// Attr returns an attribute of the element with the id, in the name space ("" for those of the
// standard itself).
func (f *File) Attr(id, namespace, name string) (string, bool) {
	t, ok := f.byID[id]
	if !ok {
		return "", false
	}
	for _, a := range f.tags[t].attrs {
		if a.local == name && a.prefix != "xmlns" && (a.prefix == "" && namespace == "" || a.prefix != "" && f.space(t, a.prefix) == namespace) {
			return f.value(a), true
		}
	}
	return "", false
}

// space returns the name space a prefix stands for at a tag.
func (f *File) space(t int, prefix string) string {
	for ; t >= 0; t = f.tags[t].parent {
		for _, a := range f.tags[t].attrs {
			if a.prefix == "xmlns" && a.local == prefix {
				return f.value(a)
			}
		}
	}
	return ""
}

// prefix returns a prefix that stands for the name space at a tag, "" without one.
func (f *File) prefix(t int, namespace string) string {
	for at := t; at >= 0; at = f.tags[at].parent {
		for _, a := range f.tags[at].attrs {
			if a.prefix == "xmlns" && f.value(a) == namespace && f.space(t, a.local) == namespace {
				return a.local
			}
		}
	}
	return ""
}

// SetAttr gives an attribute of the element with the id a value, or takes it away with the value
// "". It fails with a *Problem when there is no such element, and for an id, which references hold.
func (f *File) SetAttr(id, namespace, name, value string) error {
	t, ok := f.byID[id]
	if !ok || !validName(name) || name == "id" && namespace == "" {
		return newProblem(clip(id), "bpmn.ref.dangling", "attribute", clip(name), "ref", clip(id))
	}
	for _, a := range f.tags[t].attrs {
		if a.local != name || a.prefix == "xmlns" || !(a.prefix == "" && namespace == "" || a.prefix != "" && f.space(t, a.prefix) == namespace) {
			continue
		}
		switch {
		case value == "":
			return f.splice(a.from, a.to, "")
		case f.value(a) == value:
			return nil
		}
		return f.splice(a.valueFrom, a.valueTo, quoted(value))
	}
	if value == "" {
		return nil
	}
	text := " "
	if namespace != "" {
		p := f.prefix(t, namespace)
		if p == "" {
			p = f.newPrefix(t, namespace)
			text += `xmlns:` + p + `="` + quoted(namespace) + `" `
		}
		text += p + ":"
	}
	text += name + `="` + quoted(value) + `"`
	at := f.tags[t].to - 1
	for at > 0 && (f.text[at-1] == '/' || space(f.text[at-1])) {
		at--
	}
	return f.splice(at, at, text)
}

// newPrefix returns a prefix that means nothing yet at a tag.
func (f *File) newPrefix(t int, namespace string) string {
	p := "ns"
	if namespace == NS {
		p = "lt"
	}
	for f.space(t, p) != "" {
		p += "x"
	}
	return p
}

func (f *File) splice(from, to int, text string) error {
	out := make([]byte, 0, len(f.text)+len(text))
	out = append(append(append(out, f.text[:from]...), text...), f.text[to:]...)
	if len(out) > MaxBytes {
		return newProblem("", "bpmn.size.file", "limit", "2 MiB")
	}
	f.text, f.changed = out, true
	return f.scan()
}

// quoted writes a value so that it stands in an attribute with either quotation mark.
func quoted(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "'", "&apos;", "\n", "&#10;", "\t", "&#9;", "\r", "&#13;").Replace(s)
}

// validName reports whether s can be the name of an attribute: ASCII letters, digits, "_", "-" and
// ".", a letter or "_" first.
func validName(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c != '-' && c != '.' && (c < '0' || c > '9')) {
			return false
		}
	}
	return s != "" && len(s) <= 100
}

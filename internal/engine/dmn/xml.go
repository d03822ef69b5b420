package dmn

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"unicode/utf8"
)

// Limits on what a file may cost.
const (
	MaxBytes    = 4 << 20 // of the file
	maxDepth    = 100     // of nested elements
	maxElements = 100_000 // XML elements of any kind
	maxText     = 1 << 17 // bytes of characters directly inside one element
)

// element is an XML element of the file.
type element struct {
	space, name string
	attrs       []xml.Attr
	kids        []*element
	chars       []byte
}

func (e *element) attr(name string) string {
	if e == nil {
		return ""
	}
	for _, a := range e.attrs {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// child returns the first child of the standard with the name, or nil.
func (e *element) child(name string) *element {
	if e == nil {
		return nil
	}
	for _, k := range e.kids {
		if k.name == name && k.space == e.space {
			return k
		}
	}
	return nil
}

func (e *element) all(name string) []*element {
	if e == nil {
		return nil
	}
	var out []*element
	for _, k := range e.kids {
		if k.name == name && k.space == e.space {
			out = append(out, k)
		}
	}
	return out
}

// words returns the trimmed text of a child <text>, or of the element itself in DMN 1.1 files.
func (e *element) words() string {
	if e == nil {
		return ""
	}
	if t := e.child("text"); t != nil {
		return strings.TrimSpace(string(t.chars))
	}
	return strings.TrimSpace(string(e.chars))
}

// readTree reads the whole file. A document type is refused before anything in it is read, so that
// no entity is ever declared.
func readTree(src []byte) (*element, *Problem) {
	if len(src) > MaxBytes {
		return nil, newProblem("", "dmn.size.file", "limit", "4 MiB")
	}
	src = bytes.TrimPrefix(src, []byte("\xEF\xBB\xBF"))
	dec := xml.NewDecoder(bytes.NewReader(src))
	charset := ""
	dec.CharsetReader = func(name string, in io.Reader) (io.Reader, error) {
		switch strings.ToLower(name) {
		case "us-ascii", "ascii":
			return in, nil
		case "iso-8859-1", "latin1", "latin-1":
			return latin1(in)
		}
		charset = name
		return nil, io.ErrUnexpectedEOF
	}
	var root *element
	var stack []*element
	count := 0
	broken := func() *Problem {
		if charset != "" {
			return newProblem("", "dmn.xml.charset", "charset", clip(charset))
		}
		line, _ := dec.InputPos()
		return newProblem("", "dmn.xml.broken", "line", line)
	}
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, broken()
		}
		switch t := tok.(type) {
		case xml.Directive:
			return nil, newProblem("", "dmn.xml.doctype")
		case xml.StartElement:
			if root != nil && len(stack) == 0 {
				return nil, broken()
			}
			if count++; count > maxElements || len(stack) >= maxDepth || len(t.Attr) > 64 {
				return nil, newProblem("", "dmn.size.elements")
			}
			e := &element{space: t.Name.Space, name: t.Name.Local, attrs: t.Copy().Attr}
			if len(stack) == 0 {
				root = e
			} else {
				up := stack[len(stack)-1]
				up.kids = append(up.kids, e)
			}
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if len(stack) > 0 {
				e := stack[len(stack)-1]
				if len(e.chars)+len(t) > maxText {
					return nil, newProblem(clip(e.attr("id")), "dmn.size.text", "limit", maxText)
				}
				e.chars = append(e.chars, t...)
			}
		}
	}
	if root == nil || len(stack) > 0 {
		return nil, broken()
	}
	return root, nil
}

// latin1 turns each byte into the rune of the same number.
func latin1(in io.Reader) (io.Reader, error) {
	raw, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(raw))
	for _, b := range raw {
		out = utf8.AppendRune(out, rune(b))
	}
	return bytes.NewReader(out), nil
}

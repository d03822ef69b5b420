package bpmn

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
)

// Limits on what a file may cost. A process people can read has some dozens of elements; these
// are far above that and far below what hurts.
const (
	MaxBytes    = 2 << 20 // of the file
	maxDepth    = 64      // of nested elements
	maxElements = 20000   // XML elements of any kind
	maxAttrs    = 64      // of one element
	maxText     = 1 << 18 // bytes of characters directly inside one element, indentation included
	maxID       = 200     // bytes of an id
	maxNodes    = 1000    // flow nodes
	maxFlows    = 2000    // sequence flows
	maxName     = 400     // bytes of a name, cut at a rune
	maxProblems = 100     // problems told of at once
)

// element is an XML element with what this package looks at; the rest of the file is the caller's
// to keep as it came.
type element struct {
	space, name string
	attrs       []xml.Attr
	kids        []*element
	chars       []byte
	parent      *element // set while references are followed
}

// text returns the characters directly inside the element.
func (e *element) text() string { return string(e.chars) }

// attr returns the unqualified attribute.
func (e *element) attr(name string) string { return e.attrNS("", name) }

// lt returns the attribute of the project's namespace.
func (e *element) lt(name string) string { return strings.TrimSpace(e.attrNS(NS, name)) }

func (e *element) attrNS(space, name string) string {
	for _, a := range e.attrs {
		if a.Name.Space == space && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (e *element) is(space, name string) bool { return e.space == space && e.name == name }

// child returns the first child with the qualified name, or nil.
func (e *element) child(space, name string) *element {
	for _, k := range e.kids {
		if k.is(space, name) {
			return k
		}
	}
	return nil
}

// readTree reads the whole file into elements. A document type is refused before anything in it
// is read, so no entity is ever declared and none but the five of XML itself is known.
func readTree(src []byte) (*element, *Problem) {
	src, p := decode(src)
	if p != nil {
		return nil, p
	}
	if len(bytes.TrimSpace(src)) == 0 {
		return nil, newProblem("", "bpmn.xml.empty")
	}
	dec := xml.NewDecoder(bytes.NewReader(src))
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // decoded above
	var (
		root  *element
		stack []*element
		count int
	)
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			line, _ := dec.InputPos()
			return nil, newProblem("", "bpmn.xml.broken", "line", line)
		}
		switch t := tok.(type) {
		case xml.Directive:
			return nil, newProblem("", "bpmn.xml.doctype")
		case xml.StartElement:
			if root != nil && len(stack) == 0 {
				line, _ := dec.InputPos()
				return nil, newProblem("", "bpmn.xml.broken", "line", line)
			}
			if len(stack) >= maxDepth {
				return nil, newProblem("", "bpmn.size.depth", "limit", maxDepth)
			}
			if count++; count > maxElements {
				return nil, newProblem("", "bpmn.size.elements", "limit", maxElements)
			}
			if len(t.Attr) > maxAttrs {
				return nil, newProblem(clip(t.Name.Local), "bpmn.size.attributes", "limit", maxAttrs)
			}
			for i, a := range t.Attr {
				for _, b := range t.Attr[:i] {
					if a.Name == b.Name {
						line, _ := dec.InputPos()
						return nil, newProblem("", "bpmn.xml.broken", "line", line)
					}
				}
			}
			e := &element{space: t.Name.Space, name: t.Name.Local, attrs: t.Copy().Attr}
			if len(stack) == 0 {
				root = e
			} else {
				p := stack[len(stack)-1]
				p.kids = append(p.kids, e)
			}
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if len(stack) > 0 {
				e := stack[len(stack)-1]
				if len(e.chars)+len(t) > maxText {
					return nil, newProblem(clip(e.attr("id")), "bpmn.size.text", "limit", maxText)
				}
				e.chars = append(e.chars, t...)
			}
		}
	}
	if root == nil || len(stack) > 0 {
		return nil, newProblem("", "bpmn.xml.broken", "line", 1)
	}
	return root, nil
}

package bpmn

import (
	"bytes"
	"encoding/xml"
	"io"
	"regexp"
	"slices"
	"strings"
)

// Calls returns the names of the called processes that are not in the file, each once, in the order of
// the file.
func (d *Definition) Calls() []string {
	var out []string
	for i := range d.Nodes {
		if n := &d.Nodes[i]; n.kind == kindCall && n.Work != "" && !slices.Contains(out, n.Work) {
			out = append(out, n.Work)
		}
	}
	return out
}

// Include returns the process file with another one in it, so that its call activities that name key
// find the process of that file. Every id of the other file, and what refers to it, begins with the key
// and a dot from then on; its process has the key itself as its id. Pools and drawings of the other file
// are left out. Everything else of both files stays as it is. The error is a *Problem.
func Include(src []byte, key string, called []byte) ([]byte, error) {
	other, err := Parse(called)
	if err != nil {
		return nil, err
	}
	outer, err := ReadFile(src)
	if err != nil {
		return nil, err
	}
	text, err := UTF8(called)
	if err != nil {
		return nil, err
	}
	inner, p := excerpt(text, key, other.ID)
	if p != nil {
		return nil, p
	}
	end := bytes.LastIndex(outer.text, []byte("</"))
	if end < 0 {
		return nil, newProblem("", "bpmn.xml.broken", "line", 1)
	}
	out := make([]byte, 0, len(outer.text)+len(inner))
	out = append(append(append(out, outer.text[:end]...), inner...), outer.text[end:]...)
	if len(out) > MaxBytes {
		return nil, newProblem("", "bpmn.size.file", "limit", "2 MiB")
	}
	return out, nil
}

// edit replaces a stretch of a text.
type edit struct {
	from, to int
	with     string
}

// excerpt returns what stands in the definitions of a file, but for pools and drawings, with its ids
// renamed. process is the id of the process that takes the key.
func excerpt(text []byte, key, process string) ([]byte, *Problem) {
	f := &File{origin: text, text: text}
	if err := f.scan(); err != nil {
		return nil, newProblem("", "bpmn.xml.broken", "line", 1)
	}
	renamed := func(id string) (string, bool) {
		if id == process && id != "" {
			return key, true
		}
		if _, ok := f.byID[id]; ok && id != "" {
			return key + "." + id, true
		}
		return "", false
	}
	var edits []edit
	for _, t := range f.tags {
		for _, a := range t.attrs {
			if a.prefix != "" || a.local == "xmlns" || a.local == "name" || a.local == "value" {
				continue
			}
			if now, ok := renamed(f.value(a)); ok {
				edits = append(edits, edit{a.valueFrom, a.valueTo, quoted(now)})
			}
		}
	}
	var spaces string // what the root declares, which each of its children has to say by itself
	if len(f.tags) > 0 {
		for _, a := range f.tags[0].attrs {
			if a.prefix == "xmlns" || a.prefix == "" && a.local == "xmlns" {
				spaces += string(text[a.from:a.to])
			}
		}
	}
	dec := xml.NewDecoder(bytes.NewReader(text))
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	namedTask := regexp.MustCompile(`\boutcomes\.([A-Za-z_][A-Za-z0-9_]*)`)
	depth, from, keep := 0, 0, false
	var kept []edit // the children, as stretches
	for {
		at := int(dec.InputOffset())
		tok, err := dec.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, newProblem("", "bpmn.xml.broken", "line", 1)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if depth == 1 {
				from, keep = at, t.Name.Local != "collaboration" && t.Name.Local != "BPMNDiagram"
				if keep {
					edits = append(edits, ownSpaces(text[at:dec.InputOffset()], at, spaces)...)
				}
			}
			depth++
		case xml.EndElement:
			if depth--; depth == 1 && keep {
				kept = append(kept, edit{from: from, to: int(dec.InputOffset())})
			}
		case xml.CharData:
			if depth > 2 && bytes.Contains(t, []byte("outcomes.")) { // what conditions say of other tasks
				for _, m := range namedTask.FindAllSubmatchIndex(text[at:dec.InputOffset()], -1) {
					if now, ok := renamed(string(text[at+m[2] : at+m[3]])); ok {
						edits = append(edits, edit{at + m[2] - 1, at + m[3], `["` + now + `"]`})
					}
				}
				continue
			}
			word := strings.TrimSpace(string(t))
			if now, ok := renamed(word); ok && depth > 2 { // references that are written as elements
				i := bytes.Index(text[at:], []byte(word))
				edits = append(edits, edit{at + i, at + i + len(word), quoted(now)})
			}
		}
	}
	slices.SortFunc(edits, func(a, b edit) int { return a.from - b.from })
	var out bytes.Buffer
	for _, k := range kept {
		pos := k.from
		for _, e := range edits {
			if e.from < k.from || e.to > k.to {
				continue
			}
			out.Write(text[pos:e.from])
			out.WriteString(e.with)
			pos = e.to
		}
		out.Write(text[pos:k.to])
		out.WriteByte('\n')
	}
	return out.Bytes(), nil
}

// ownSpaces adds the name spaces of the root to a start tag that does not declare them itself.
func ownSpaces(raw []byte, base int, spaces string) []edit {
	own := attributes(raw, base)
	add := ""
	for _, a := range attributes([]byte("<x"+spaces+">"), 0) {
		mine := slices.ContainsFunc(own, func(o attribute) bool { return o.prefix == a.prefix && o.local == a.local })
		if !mine {
			add += ("<x" + spaces + ">")[a.from:a.to]
		}
	}
	if add == "" {
		return nil
	}
	i := 1
	for i < len(raw) && !space(raw[i]) && raw[i] != '/' && raw[i] != '>' {
		i++
	}
	return []edit{{base + i, base + i, add}}
}

package bpmn

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"lienthong/internal/kit/text"
)

// textWidth estimates the width of a line in Inter at the size in pixels; the server has no font to
// measure with, and a few per cent too wide is the safe side.
func textWidth(s string, size float64) float64 {
	w := 0.0
	for _, r := range s {
		w += runeWidth(r)
	}
	return w * size
}

func runeWidth(r rune) float64 {
	switch r {
	case ' ', '.', ',', ':', ';', '\'', '|', '!', 'i', 'j', 'l', 'I', 'í', 'ì', 'ỉ', 'ĩ', 'ị', '(', ')', '[', ']', '/':
		return 0.29
	case 'f', 't', 'r', '-', '"':
		return 0.38
	case 'm', 'w', 'M', 'W', '…', '—', '✓':
		return 0.88
	}
	switch {
	case unicode.IsUpper(r):
		return 0.69
	case r > 0x2E80: // wide scripts
		return 1
	}
	return 0.58
}

// breaks remembers how the names of a definition were broken into lines. A picture of the process
// stands on every page about a dossier, and breaking the names again takes longer than drawing.
type breaks struct{ m sync.Map }

type broken struct {
	s           string
	size, width float64
}

// wrap is wrap, remembered. It is for texts of the definition alone: what it remembers stays.
func (b *breaks) wrap(s string, size, width float64) []string {
	if b == nil {
		return wrap(s, size, width)
	}
	key := broken{s, size, width}
	if l, ok := b.m.Load(key); ok {
		return l.([]string)
	}
	l := wrap(s, size, width)
	b.m.Store(key, l)
	return l
}

// wrap breaks a text into the fewest lines of at most width pixels at the size. When the last line
// would be a lone short word, earlier lines give it company. Nothing is left out.
func wrap(s string, size, width float64) []string {
	lines := fill(s, size, width)
	least := width / 2
	for _, word := range strings.Fields(s) {
		least = max(least, textWidth(word, size))
	}
	for try, w := lines, width; len(lines) > 1 && len(try) == len(lines) && w >= least; w -= width / 20 {
		if try = fill(s, size, w); len(try) == len(lines) && textWidth(try[len(try)-1], size) >= 0.4*textWidth(try[0], size) {
			return try
		}
	}
	return lines
}

// fill puts as many words on each line as fit. A word that is wider than a line is broken too.
func fill(s string, size, width float64) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text.Line(s)) {
		next := word
		if line != "" {
			next = line + " " + word
		}
		if textWidth(next, size) <= width {
			line = next
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for textWidth(word, size) > width {
			cut := 0
			for i, r := range word {
				end := i + utf8.RuneLen(r)
				if cut > 0 && textWidth(word[:end], size) > width {
					break
				}
				cut = end
			}
			if cut >= len(word) {
				break
			}
			lines = append(lines, word[:cut])
			word = word[cut:]
		}
		line = word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// describe says in one or two sentences where the process stands.
func (d *Definition) describe(marks map[string]Mark, lang string) string {
	var done, current, next []string
	for _, i := range d.order {
		n := &d.Nodes[i]
		if !n.IsTask() {
			continue
		}
		switch marks[n.ID].State {
		case MarkDone:
			done = append(done, n.Title(lang))
		case MarkCurrent:
			current = append(current, n.Title(lang))
		case MarkNext:
			next = append(next, n.Title(lang))
		}
	}
	heads := []string{"Đã xong: ", "Đang xử lý: ", "Tiếp theo: "}
	if lang == "en" {
		heads = []string{"Done: ", "In progress: ", "Next: "}
	}
	var parts []string
	for k, names := range [][]string{done, current, next} {
		if len(names) > 0 {
			parts = append(parts, heads[k]+strings.Join(names, ", ")+".")
		}
	}
	if len(parts) == 0 {
		for _, i := range d.order {
			if n := &d.Nodes[i]; n.IsTask() {
				done = append(done, n.Title(lang))
			}
		}
		head := "Các bước: "
		if lang == "en" {
			head = "Steps: "
		}
		if len(done) > 0 {
			parts = append(parts, head+strings.Join(done, ", ")+".")
		}
	}
	return strings.Join(parts, " ")
}

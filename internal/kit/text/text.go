// Package text prepares Vietnamese text for storing, searching and sorting. Search and sort keys
// are made here and stored, because SQLite's lower() folds only ASCII and its full-text index
// does not know that đ is found by d.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Clean returns s as it is stored: valid UTF-8 in NFC, without control characters other than
// line breaks and tabs, without invisible direction marks, outer white space trimmed.
func Clean(s string) string {
	if settled(s, false) {
		return s
	}
	return clean(s)
}

// clean is Clean without the shortcut for text that needs no cleaning.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r':
			return -1
		case unicode.IsControl(r):
			return -1
		case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F, r == 0xFEFF:
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(norm.NFC.String(s))
}

// Line returns Clean(s) on one line: runs of white space become one space.
func Line(s string) string {
	if settled(s, true) {
		return s
	}
	return line(s)
}

// line is Line without the shortcut for text that needs no cleaning.
func line(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// settled tells in one pass that cleaning would change nothing. Every answer is cleaned again
// whenever it is read, and nearly all of them are clean already. It knows the letters of Latin
// scripts, Vietnamese among them, each of which is one code point that NFC leaves alone; for
// anything else it says no and the whole work is done.
func settled(s string, oneLine bool) bool {
	space := true // as if before the text, where no space may stand
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c == ' ':
				if space && (oneLine || i == 1) {
					return false
				}
				space = true
				continue
			case c < ' ' || c == 0x7F:
				return false
			}
			space = false
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if !(r > 0xA0 && r < 0x300 || r >= 0x1E00 && r < 0x1F00) {
			return false
		}
		i += n
		space = false
	}
	return s == "" || !space
}

// Fold returns the key by which s is searched: lower case, marks removed, đ as d, everything that
// is neither letter nor digit as one space. Fold(Fold(s)) == Fold(s).
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range norm.NFD.String(strings.ToValidUTF8(s, " ")) {
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case r == 'đ' || r == 'Đ' || r == 'ð' || r == 'Ð':
			r = 'd'
		default:
			r = unicode.ToLower(r)
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// SortName returns the key by which a person's name is sorted in Vietnamese lists: the given name
// (the last word) first, then the rest.
func SortName(name string) string {
	w := strings.Fields(Fold(name))
	if len(w) < 2 {
		return strings.Join(w, " ")
	}
	return w[len(w)-1] + " " + strings.Join(w[:len(w)-1], " ")
}

// Mask returns a name that a passer-by may see: each word but the first keeps its first letter.
func Mask(name string) string {
	w := strings.Fields(name)
	for i := range w {
		if i == 0 && len(w) > 1 {
			continue
		}
		r, _ := utf8.DecodeRuneInString(w[i])
		w[i] = string(r) + "***"
	}
	return strings.Join(w, " ")
}

// Digits returns the ASCII digits of s.
func Digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

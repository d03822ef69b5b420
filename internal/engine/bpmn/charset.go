package bpmn

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// UTF8 returns a process file as UTF-8 without a byte order mark: as it is when it is that already,
// otherwise decoded, with the encoding of its XML declaration put right and nothing else changed.
// It reads UTF-8, US-ASCII, ISO-8859-1, Windows-1252 and UTF-16. The error is a *Problem.
func UTF8(src []byte) ([]byte, error) {
	out, p := decode(src)
	if p != nil {
		return nil, p
	}
	if from, to, _ := declared(out); from > 0 {
		out = bytes.Join([][]byte{out[:from], []byte("UTF-8"), out[to:]}, nil)
	}
	return out, nil
}

// decode returns the characters of a file as UTF-8; the XML declaration still says what it said.
func decode(src []byte) ([]byte, *Problem) {
	if len(src) > MaxBytes {
		return nil, newProblem("", "bpmn.size.file", "limit", "2 MiB")
	}
	switch {
	case bytes.HasPrefix(src, []byte("\xEF\xBB\xBF")):
		return src[3:], nil
	case bytes.HasPrefix(src, []byte{0xFF, 0xFE}):
		return decodeUTF16(src[2:], false)
	case bytes.HasPrefix(src, []byte{0xFE, 0xFF}):
		return decodeUTF16(src[2:], true)
	case bytes.HasPrefix(src, []byte{'<', 0, '?', 0}):
		return decodeUTF16(src, false)
	case bytes.HasPrefix(src, []byte{0, '<', 0, '?'}):
		return decodeUTF16(src, true)
	}
	_, _, name := declared(src)
	switch strings.ToLower(name) {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return src, nil
	case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1":
		return decodeBytes(src, nil), nil
	case "windows-1252", "cp1252":
		return decodeBytes(src, windows1252()), nil
	}
	return nil, newProblem("", "bpmn.xml.charset", "charset", clip(name))
}

// declared finds the encoding in the XML declaration, and where its name stands.
func declared(src []byte) (from, to int, name string) {
	if !bytes.HasPrefix(src, []byte("<?xml")) {
		return 0, 0, ""
	}
	end := bytes.Index(src, []byte("?>"))
	if end < 0 || end > 1000 {
		return 0, 0, ""
	}
	i := bytes.Index(src[:end], []byte("encoding"))
	if i < 0 {
		return 0, 0, ""
	}
	i += len("encoding")
	for i < end && (src[i] == ' ' || src[i] == '\t' || src[i] == '\r' || src[i] == '\n' || src[i] == '=') {
		i++
	}
	if i >= end || src[i] != '"' && src[i] != '\'' {
		return 0, 0, ""
	}
	n := bytes.IndexByte(src[i+1:end], src[i])
	if n < 0 {
		return 0, 0, ""
	}
	return i + 1, i + 1 + n, string(src[i+1 : i+1+n])
}

func decodeUTF16(src []byte, big bool) ([]byte, *Problem) {
	if len(src)%2 != 0 {
		return nil, newProblem("", "bpmn.xml.broken", "line", 1)
	}
	out := make([]byte, 0, len(src))
	for i := 0; i < len(src); i += 2 {
		u := unit(src[i:], big)
		r := rune(u)
		if utf16.IsSurrogate(r) {
			if i+4 > len(src) {
				return nil, newProblem("", "bpmn.xml.broken", "line", 1)
			}
			i += 2
			if r = utf16.DecodeRune(r, rune(unit(src[i:], big))); r == utf8.RuneError {
				return nil, newProblem("", "bpmn.xml.broken", "line", 1)
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out, nil
}

func unit(b []byte, big bool) uint16 {
	if big {
		return uint16(b[0])<<8 | uint16(b[1])
	}
	return uint16(b[1])<<8 | uint16(b[0])
}

// decodeBytes maps each byte to the rune of the same number, except where high says otherwise for
// the bytes from 0x80 to 0x9F.
func decodeBytes(src []byte, high []rune) []byte {
	out := make([]byte, 0, len(src)+len(src)/8)
	for _, b := range src {
		if high != nil && b >= 0x80 && b <= 0x9F {
			out = utf8.AppendRune(out, high[b-0x80])
		} else {
			out = utf8.AppendRune(out, rune(b))
		}
	}
	return out
}

// windows1252 returns what the bytes from 0x80 to 0x9F mean in that code page; the five it leaves
// open are controls.
func windows1252() []rune {
	return []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ")
}

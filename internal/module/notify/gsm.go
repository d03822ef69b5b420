package notify

import (
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"
)

// The lengths of an SMS in its two alphabets (3GPP TS 23.038 and 23.040): alone, and as one part
// of several, where a header takes room.
const (
	gsmSingle, gsmPart         = 160, 153
	unicodeSingle, unicodePart = 70, 67
)

// gsmBasic is the GSM 7-bit default alphabet without the escape character (3GPP TS 23.038, 6.2.1).
const gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
	"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

// gsmExtended are the characters that take two places (3GPP TS 23.038, 6.2.1.1).
const gsmExtended = "\f^{}\\[~]|€"

// SMSSize says how long a text is as an SMS.
type SMSSize struct {
	Units   int  // places taken: septets, or UTF-16 units if Unicode
	Parts   int  // messages the provider charges; 0 for an empty text
	Unicode bool // some character is not in the GSM alphabet, so that a part holds 70 instead of 160
}

// MeasureSMS returns how many parts the text takes.
func MeasureSMS(s string) SMSSize {
	var m SMSSize
	for _, r := range s {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			m.Units++
		case strings.ContainsRune(gsmExtended, r):
			m.Units += 2
		default:
			m.Unicode = true
		}
	}
	single, part := gsmSingle, gsmPart
	if m.Unicode {
		m.Units = len(utf16.Encode([]rune(s)))
		single, part = unicodeSingle, unicodePart
	}
	switch {
	case m.Units == 0:
	case m.Units <= single:
		m.Parts = 1
	default:
		// A character of two units is not torn apart, which can cost one unit a part; the count of
		// parts is therefore the least possible one.
		m.Parts = (m.Units + part - 1) / part
	}
	return m
}

// PlainSMS returns the text as it is sent: without diacritics, in characters every telephone and
// every gateway knows. Signs with a usual spelling get it; what has none becomes "?".
func PlainSMS(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFD.String(strings.ToValidUTF8(s, "?")) {
		switch {
		case r == '\n' || r >= 0x20 && r < 0x7f && r != '`':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
		default:
			b.WriteString(spelled(r))
		}
	}
	return strings.TrimSpace(b.String())
}

func spelled(r rune) string {
	switch r {
	case 'đ', 'ð':
		return "d"
	case 'Đ', 'Ð':
		return "D"
	case '₫':
		return "dong"
	case '‘', '’', '‚', '`', '´', '′':
		return "'"
	case '“', '”', '„', '«', '»', '″':
		return "\""
	case '–', '—', '‐', '‑', '‒', '−', '•', '·':
		return "-"
	case '…':
		return "..."
	case '×':
		return "x"
	case '№':
		return "No."
	}
	switch {
	case unicode.IsSpace(r):
		return " "
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
		return ""
	}
	return "?"
}

package form

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/text"
)

// parseDate reads a date as people write it: 23/11/2026, 3-2-1950, 03.02.1950, 3 2 1950, 23112026,
// or 2026-11-23, which browsers post. With partial it also reads 1950 and 02/1950. The result is
// in the form the data holds.
func parseDate(s string, partial bool) (string, bool) {
	s = text.Line(s)
	if validDate(s) || partial && validPartial(s) {
		return s, true
	}
	if len(s) == 8 && text.Digits(s) == s {
		return dateOf(s[:2], s[2:4], s[4:], partial)
	}
	p := strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == '-' || r == '.' || r == ' ' })
	switch {
	case len(p) == 3 && len(p[0]) == 4:
		return dateOf(p[2], p[1], p[0], partial)
	case len(p) == 3:
		return dateOf(p[0], p[1], p[2], partial)
	case len(p) == 2 && partial:
		return dateOf("", p[0], p[1], partial)
	}
	return "", false
}

// dateOf reads the three inputs of a date. With partial the day, or day and month, may be empty.
func dateOf(d, m, y string, partial bool) (string, bool) {
	d, m, y = text.Line(d), text.Line(m), text.Line(y)
	if len(y) != 4 || len(m) > 2 || len(d) > 2 || text.Digits(d+m+y) != d+m+y {
		return "", false
	}
	pad := func(s string) string { return strings.Repeat("0", 2-len(s)) + s }
	out := y
	switch {
	case d != "" && m != "":
		out = y + "-" + pad(m) + "-" + pad(d)
		return out, validDate(out)
	case !partial || d != "":
		return "", false
	case m != "":
		out = y + "-" + pad(m)
	}
	return out, validPartial(out)
}

var (
	plainRE   = regexp.MustCompile(`^\d+$`)
	groupVNRE = regexp.MustCompile(`^[1-9]\d{0,2}(\.\d{3})+(,\d+)?$`)
	groupENRE = regexp.MustCompile(`^[1-9]\d{0,2}((,\d{3}){2,}(\.\d+)?|,\d{3}\.\d+)$`)
	oneENRE   = regexp.MustCompile(`^[1-9]\d{0,2},\d{3}$`)
	commaRE   = regexp.MustCompile(`^\d+,\d+$`)
	dotRE     = regexp.MustCompile(`^\d+\.\d+$`)
)

// parseNumber reads a number with Vietnamese separators: 1.234.567,5. What cannot be meant so is
// read as people also type it: 85.5 and 0.125 are decimal, 1,234,567 is grouped, and where only
// whole numbers make sense so is 1,234. unit may stand behind the number.
func parseNumber(s string, whole bool, unit Text) (float64, bool) {
	s = strings.ToLower(text.Line(s))
	s = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "_", "", "'", "").Replace(s)
	units := []string{"đồng", "vnđ", "vnd", "đ", "₫", "m²", "m2"}
	for _, u := range unit {
		units = append([]string{strings.ToLower(strings.ReplaceAll(u, " ", ""))}, units...)
	}
	for _, u := range units {
		if t, ok := strings.CutSuffix(s, u); ok && u != "" {
			s = t
			break
		}
	}
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	switch {
	case len(s) > 40:
		return 0, false
	case plainRE.MatchString(s):
	case groupVNRE.MatchString(s):
		s = strings.Replace(strings.ReplaceAll(s, ".", ""), ",", ".", 1)
	case groupENRE.MatchString(s), whole && oneENRE.MatchString(s):
		s = strings.ReplaceAll(s, ",", "")
	case commaRE.MatchString(s):
		s = strings.Replace(s, ",", ".", 1)
	case dotRE.MatchString(s):
	default:
		return 0, false
	}
	if i := strings.IndexByte(s, '.'); i >= 0 && len(s)-i-1 > 6 {
		return 0, false // more decimals than float64 keeps beside a large whole part
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n > maxNumber {
		return 0, false
	}
	if neg && n != 0 {
		n = -n
	}
	return n, true
}

// formatNumber writes a number with Vietnamese separators, or English ones.
func formatNumber(n float64, lang string) string {
	dot, comma := ".", ","
	if lang == "en" {
		dot, comma = ",", "."
	}
	s := strconv.FormatFloat(math.Abs(n), 'f', -1, 64)
	whole, frac, has := strings.Cut(s, ".")
	var b strings.Builder
	if n < 0 {
		b.WriteByte('-')
	}
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(dot)
		}
		b.WriteRune(r)
	}
	if has {
		b.WriteString(comma + frac)
	}
	return b.String()
}

// dateParts cuts a date of the data, or the text of one that could not be read, into what the
// three inputs show.
func dateParts(value, raw string) DateParts {
	if raw != "" {
		p := strings.SplitN(raw, "/", 3)
		if len(p) == 3 {
			return DateParts{strings.TrimSpace(p[0]), strings.TrimSpace(p[1]), strings.TrimSpace(p[2])}
		}
		return DateParts{D: raw}
	}
	p := strings.Split(value, "-")
	for len(p) < 3 {
		p = append(p, "")
	}
	return DateParts{p[2], p[1], p[0]}
}

// dateVN writes a date of the data as people do.
func dateVN(s string) string {
	if d, err := civil.Parse(s); err == nil {
		return d.VN()
	}
	return partialVN(s)
}

package form

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/text"
)

// errFormat is the only error of a format: which words people read is decided by the format's name.
var errFormat = errors.New("malformed")

// formats returns the string formats of this engine. Those about "today" check the syntax only;
// the day is known to Validate alone, because a compiled form is shared and time passes.
func formats() map[string]func(any) bool {
	isDate := func(v any) bool { s, ok := v.(string); return !ok || validDate(s) }
	return map[string]func(any) bool{
		"date":         isDate,
		"past-date":    isDate,
		"partial-date": func(v any) bool { s, ok := v.(string); return !ok || validPartial(s) },
		"past-year":    func(any) bool { return true },
		"vn-phone":     func(v any) bool { s, ok := v.(string); return !ok || validPhone(s) },
		"cccd":         func(v any) bool { s, ok := v.(string); return !ok || validCCCD(s) },
		"email":        func(v any) bool { s, ok := v.(string); return !ok || validEmail(s) },
	}
}

func register(c *jsonschema.Compiler) {
	for name, ok := range formats() {
		c.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(v any) error {
			if !ok(v) {
				return errFormat
			}
			return nil
		}})
	}
}

// validDate accepts days of the years 1800 to 2200; nobody alive and no paper needs others, and a
// year of 0203 or 20023 is a slip of the finger.
func validDate(s string) bool {
	d, err := civil.Parse(s)
	return err == nil && len(s) == 10 && validYear(d.Year())
}

func validYear(y int) bool { return y >= 1800 && y <= 2200 }

func validPartial(s string) bool {
	switch len(s) {
	case 4:
		return validDate(s + "-01-01")
	case 7:
		return validDate(s + "-01")
	}
	return validDate(s)
}

// earliest returns the first day a full or partial date can mean.
func earliest(s string) (civil.Date, bool) {
	if !validPartial(s) {
		return 0, false
	}
	d, err := civil.Parse(s + "-01-01"[:min(6, 10-len(s))])
	return d, err == nil
}

// validPhone accepts 10 digits from 0 and the 11 digits of a land line from 02.
func validPhone(s string) bool {
	if len(s) == 0 || s[0] != '0' || text.Digits(s) != s {
		return false
	}
	return len(s) == 10 && s[1] != '0' || len(s) == 11 && s[1] == '2'
}

// normalPhone writes a number that validPhone accepts in its national form without separators:
// +84 912.345.678, 0084912345678 and 84 912 345 678 are all 0912345678. What it does not
// understand it returns as it was typed.
func normalPhone(s string) string {
	d := strings.NewReplacer(" ", "", ".", "", "-", "", "(", "", ")", "", "/", "").Replace(s)
	switch {
	case strings.HasPrefix(d, "+84"):
		d = "0" + strings.TrimPrefix(d[3:], "0")
	case strings.HasPrefix(d, "0084"):
		d = "0" + strings.TrimPrefix(d[4:], "0")
	case strings.HasPrefix(d, "84") && len(d) >= 11:
		d = "0" + d[2:]
	}
	if validPhone(d) {
		return d
	}
	return s
}

// validCCCD accepts the 12 digits of the identity card and personal number (Law on Identification
// 26/2023/QH15) and the 9 of the former CMND, which old papers still show.
func validCCCD(s string) bool {
	return (len(s) == 12 || len(s) == 9) && text.Digits(s) == s
}

func normalCCCD(s string) string {
	d := strings.NewReplacer(" ", "", ".", "", "-", "").Replace(s)
	if validCCCD(d) {
		return d
	}
	return s
}

// emailPattern is the syntax of an address in HTML forms (WHATWG HTML, "valid e-mail address"),
// with a dot required in the domain.
const emailPattern = `^[a-zA-Z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+$`

var emailRE = regexp.MustCompile(emailPattern)

func validEmail(s string) bool { return len(s) <= 254 && emailRE.MatchString(s) }

// partialVN writes YYYY, YYYY-MM or YYYY-MM-DD as people do: 1950, 02/1950, 03/02/1950.
func partialVN(s string) string {
	p := strings.Split(s, "-")
	for i, j := 0, len(p)-1; i < j; i, j = i+1, j-1 {
		p[i], p[j] = p[j], p[i]
	}
	return strings.Join(p, "/")
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

package iam

import (
	"net/mail"
	"regexp"
	"strings"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/text"
)

// contact is where a code can be sent: a telephone number or an e-mail address.
type contact struct {
	phone, email string
}

var mobileForm = regexp.MustCompile(`^0[35789][0-9]{8}$`) // Vietnamese mobile numbers since 2018

// parseContact reads what a person typed. Numbers may come with spaces, dots and +84.
func parseContact(s string) (contact, error) {
	s = text.Line(s)
	if strings.Contains(s, "@") {
		e := strings.ToLower(s)
		a, err := mail.ParseAddress(e)
		if err == nil && a.Address == e && a.Name == "" && len(e) <= 254 && strings.Contains(e[strings.LastIndexByte(e, '@'):], ".") && !strings.ContainsAny(e, " \"(),:;<>[]\\") {
			return contact{email: e}, nil
		}
		return contact{}, fault.Input("iam.input", fault.Field{Path: "to", Key: "iam.email_form"})
	}
	if strings.Trim(s, "0123456789+ .-()") != "" {
		return contact{}, fault.Input("iam.input", fault.Field{Path: "to", Key: "iam.contact_form"})
	}
	d := text.Digits(s)
	for _, prefix := range []string{"0084", "84"} {
		if rest, ok := strings.CutPrefix(d, prefix); ok && len(rest) == 9 {
			d = "0" + rest
			break
		}
	}
	if !mobileForm.MatchString(d) {
		return contact{}, fault.Input("iam.input", fault.Field{Path: "to", Key: "iam.contact_form"})
	}
	return contact{phone: d}, nil
}

// String returns the number or address as it is stored.
func (c contact) String() string {
	if c.email != "" {
		return c.email
	}
	return c.phone
}

// masked returns what may be shown to somebody who has not proven that it is his.
func (c contact) masked() string {
	if c.email != "" {
		name, host, _ := strings.Cut(c.email, "@")
		return name[:1] + "***@" + host
	}
	return c.phone[:3] + " *** " + c.phone[len(c.phone)-3:]
}

// NormaliseContact returns the number or address as accounts and codes know it, or a fault about
// the field "to".
func NormaliseContact(s string) (string, error) {
	c, err := parseContact(s)
	if err != nil {
		return "", err
	}
	return c.String(), nil
}

// MaskContact returns a number or address with its middle hidden; "***" for anything else.
func MaskContact(s string) string {
	c, err := parseContact(s)
	if err != nil {
		return "***"
	}
	return c.masked()
}

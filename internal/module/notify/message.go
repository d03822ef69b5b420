package notify

import (
	"context"
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/text"
)

// How long delivery is tried.
const (
	giveUpAfter = 24 * time.Hour
	codeLife    = 5 * time.Minute // of iam's one-time codes; afterwards a code would only mislead
	codeMinutes = "5"
)

// The errors the module itself notes beside a message, as catalogue keys.
const (
	errOff        = "notify.err.channel_off"
	errExpired    = "notify.err.expired"
	errGaveUp     = "notify.err.gave_up"
	errBadAddress = "notify.err.bad_address"
)

// Why a message may arrive twice, for the log.
const (
	lostAnswer   = "the provider's answer got lost"
	processEnded = "the process that was sending it ended"
)

var mobileForm = regexp.MustCompile(`^0[35789][0-9]{8}$`) // Vietnamese mobile numbers since 2018; fixed lines take no SMS

// phoneOf returns a Vietnamese mobile number in its national form, "0912000107", or "" if s is none.
// Foreign numbers keep their plus sign.
func phoneOf(s string) string {
	s = text.Line(s)
	d := text.Digits(s)
	plus := strings.HasPrefix(s, "+")
	switch {
	case plus && !strings.HasPrefix(d, "84") && len(d) >= 8 && len(d) <= 15:
		return "+" + d
	case strings.HasPrefix(d, "0084"):
		d = "0" + d[4:]
	case strings.HasPrefix(d, "84") && (plus || len(d) >= 11):
		d = "0" + d[2:]
	}
	if !mobileForm.MatchString(d) {
		return ""
	}
	return d
}

// mailOf returns a plain address, or "" if s is none. What would need quoting in a header or in
// the SMTP dialogue is refused, so nothing a person typed reaches either as syntax.
func mailOf(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 254 || strings.ContainsAny(s, " \t\r\n\"(),:;<>[]\\") {
		return ""
	}
	for _, r := range s {
		if r <= ' ' || r >= 0x7f {
			return ""
		}
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || a.Name != "" || !strings.Contains(s[strings.LastIndexByte(s, '@'):], ".") {
		return ""
	}
	return s
}

// Mask returns a number or address with its middle hidden.
func Mask(target string) string {
	if name, host, ok := strings.Cut(target, "@"); ok && name != "" {
		return name[:1] + "***@" + host
	}
	if len(target) >= 9 {
		return target[:3] + " *** " + target[len(target)-3:]
	}
	if target == "" {
		return ""
	}
	return "***"
}

// draft is a message before its text is made.
type draft struct {
	msg    Message
	values map[string]string
	secret string
}

// queue makes the texts of the drafts and writes them with their jobs. Account messages have
// arrived by that; those of a channel that is off stay as failed.
func (s *Service) queue(tx *db.Tx, drafts ...*draft) error {
	var langs = map[string]map[place]Template{}
	now := s.Now()
	for _, d := range drafts {
		m := &d.msg
		m.Lang = langOf(m.Lang)
		k := m.Template + " " + m.Lang
		stored, ok := langs[k]
		if !ok {
			var err error
			stored, err = current(tx, "t.lang = $1 AND t.key IN ($2, $3)", m.Lang, m.Template, KeyFrame)
			if err != nil {
				return err
			}
			langs[k] = stored
		}
		if err := s.write(d, stored); err != nil {
			return err
		}
		m.ID, m.Created = s.IDs.New(), now
		secret := d.secret
		switch {
		case m.Channel == Account:
			m.State, m.Sent = Sent, now
		case s.sender(m.Channel) == nil:
			m.State, m.Error, secret = Failed, errOff, ""
		default:
			m.State, m.Next, m.GiveUp = Queued, now, now.Add(giveUpAfter)
			if m.Template == KeyCode {
				m.GiveUp = now.Add(codeLife)
			}
		}
		if err := insert(tx, *m, secret); err != nil {
			return err
		}
		if m.State == Queued {
			if err := s.schedule(tx, *m, time.Time{}); err != nil {
				return err
			}
		}
	}
	return nil
}

// write makes subject and body of a message.
func (s *Service) write(d *draft, stored map[place]Template) error {
	m := &d.msg
	p := place{m.Template, m.Lang, m.Channel}
	t, err := s.resolved(stored, p)
	if err != nil {
		return err
	}
	if t.Body == "" {
		return fmt.Errorf("notify: no text for %s by %s", m.Template, m.Channel)
	}
	frame, err := s.resolved(stored, place{KeyFrame, m.Lang, Email})
	if err != nil {
		return err
	}
	f, err := finish(p, wording{Subject: t.Subject, Body: t.Body}, wording{Body: frame.Body}, d.values)
	if err != nil {
		return err
	}
	m.Subject, m.Body, m.Version = f.Subject, f.Body, t.Version
	return nil
}

// off warns about messages that cannot go out, once for each act.
func (s *Service) off(ctx context.Context, drafts []*draft) {
	for _, d := range drafts {
		if d.msg.State == Failed && d.msg.Error == errOff {
			s.Log.WarnContext(ctx, "notify: the channel is off, the message is kept as failed", "message", d.msg.ID.String(),
				"channel", string(d.msg.Channel), "template", d.msg.Template)
		}
	}
}

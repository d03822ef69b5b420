package notify

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/text"
)

//go:embed defaults/vi.json defaults/en.json
var defaultFiles embed.FS

// The templates that are not about a dossier.
const (
	KeyCode  = "code"  // a one-time code
	KeyFrame = "frame" // what stands around the text of every e-mail
	// KeyReport is the mail of a report an official has sent to them: some sums, and the address of
	// the page, which asks to sign in. An attached table would lie in mailboxes that nobody guards.
	KeyReport = "report"

	// A dossier's date moved with the office's calendar: what its applicant reads, and the note to
	// the officials who work on it.
	KeyRederived     = "rederived"
	KeyRederivedDesk = "rederived_desk"

	// Deadlines: what officials read in their accounts, and the mail of the morning.
	KeyDeadlineWarn = "deadline_warn"
	KeyDeadlineLate = "deadline_late"
	KeyDigest       = "digest"
	// KeyTacit is what the applicant reads when a term ended unanswered and that counts as a yes.
	KeyTacit = "tacit"
	// KeyVersion is the note to the officials who work on a dossier that goes on by another version of
	// its procedure. The applicant reads of it in the history.
	KeyVersion = "version"
)

// Limits of a template, in characters.
const (
	MaxSubject = 150
	MaxBody    = 4000
	MaxSMS     = 600
)

// smsValue is how many characters of a value go into an SMS: a reason of a page would cost twenty
// parts. Links stay whole.
const smsValue = 120

// Kind is a kind of message that has a text of its own.
type Kind struct {
	Key      string
	Channels []Channel
	Names    []string // the values its texts may name
	Needs    []string // those they must name
}

// Kinds returns all kinds in the order of a dossier's life.
func Kinds() []Kind {
	about := func(key string, more ...string) Kind {
		return Kind{Key: key, Channels: Channels(),
			Names: append([]string{"name", "code", "procedure", "agency", "link", "portal", "hotline"}, more...)}
	}
	return []Kind{
		{Key: KeyCode, Channels: []Channel{Email, SMS}, Names: []string{"code", "minutes", "portal", "hotline"}, Needs: []string{"code"}},
		{Key: KeyFrame, Channels: []Channel{Email}, Names: []string{"body", "name", "portal", "hotline"}, Needs: []string{"body"}},
		{Key: KeyReport, Channels: []Channel{Email}, Names: []string{"report", "period", "received", "finished", "on_time", "online",
			"open", "overdue", "name", "link", "portal", "hotline"}},
		about("opened"),
		about("received", "due"),
		about("supplement", "reason"),
		about("duty", "amount", "reason"),
		about("extended", "due", "reason"),
		about(KeyRederived, "due"),
		{Key: KeyRederivedDesk, Channels: []Channel{Account}, Names: []string{"name", "code", "procedure", "agency", "due", "portal", "hotline"}, Needs: []string{"code"}},
		about("notice", "reason"),
		{Key: KeyDeadlineWarn, Channels: []Channel{Account}, Names: []string{"name", "code", "procedure", "step", "due", "left", "portal", "hotline"}, Needs: []string{"code"}},
		{Key: KeyDeadlineLate, Channels: []Channel{Account}, Names: []string{"name", "code", "procedure", "step", "officer", "agency", "due", "left", "portal", "hotline"}, Needs: []string{"code"}},
		{Key: KeyDigest, Channels: []Channel{Email}, Names: []string{"day", "overdue", "soon", "lines", "name", "link", "portal", "hotline"}},
		about(KeyTacit, "due", "reason"),
		{Key: KeyVersion, Channels: []Channel{Account}, Names: []string{"name", "code", "procedure", "agency", "due", "portal", "hotline"}, Needs: []string{"code"}},
		about("not_taken", "reason"),
		about("held", "reason"),
		about("stopped", "reason"),
		about("finished"),
		about("returned"),
	}
}

// KindOf returns the kind with the key.
func KindOf(key string) (Kind, bool) {
	for _, k := range Kinds() {
		if k.Key == key {
			return k, true
		}
	}
	return Kind{}, false
}

// wording is a subject and a body as they are written, before values are put in. An SMS has no
// subject.
type wording struct {
	Subject string
	Body    string
	Version int64
}

// place names a text: what about, in which language, for which channel.
type place struct {
	Key     string
	Lang    string
	Channel Channel
}

// valid tells whether such a text exists.
func (p place) valid() bool {
	k, ok := KindOf(p.Key)
	return ok && (p.Lang == i18n.VI || p.Lang == i18n.EN) && slices.Contains(k.Channels, p.Channel)
}

type defaults map[place]wording

// loadDefaults reads the texts that come with the program. Account and e-mail share a text there;
// administrators may part them.
func loadDefaults() (defaults, error) {
	out := defaults{}
	for _, lang := range []string{i18n.VI, i18n.EN} {
		raw, err := defaultFiles.ReadFile("defaults/" + lang + ".json")
		if err != nil {
			return nil, err
		}
		var file map[string]struct {
			Subject string `json:"subject"`
			Text    string `json:"text"`
			SMS     string `json:"sms"`
		}
		if err := json.Unmarshal(raw, &file); err != nil {
			return nil, fmt.Errorf("defaults/%s.json: %w", lang, err)
		}
		for _, k := range Kinds() {
			w, ok := file[k.Key]
			if !ok {
				return nil, fmt.Errorf("defaults/%s.json: %q is missing", lang, k.Key)
			}
			for _, c := range k.Channels {
				p, v := place{k.Key, lang, c}, wording{Subject: w.Subject, Body: w.Text}
				if c == SMS {
					v = wording{Body: w.SMS}
				}
				if fields := check(p, v); len(fields) > 0 {
					return nil, fmt.Errorf("defaults/%s.json: %s by %s: %s %v", lang, k.Key, c, fields[0].Key, fields[0].Args)
				}
				out[p] = v
			}
		}
	}
	return out, nil
}

// own returns the texts that come with the program.
func (s *Service) own() (defaults, error) {
	s.once.Do(func() { s.texts, s.bad = loadDefaults() })
	return s.texts, s.bad
}

// hasSubject tells whether texts of the place have a subject of their own; the frame stands
// around letters that bring theirs.
func (p place) hasSubject() bool { return p.Channel != SMS && p.Key != KeyFrame }

// clean prepares what an administrator typed.
func (p place) clean(w wording) wording {
	w.Subject = text.Line(w.Subject)
	w.Body = tidy(text.Clean(w.Body))
	if !p.hasSubject() {
		w.Subject = ""
	}
	return w
}

// check returns what is wrong with a wording, nothing if it can be used.
func check(p place, w wording) (bad []fault.Field) {
	k, ok := KindOf(p.Key)
	if !ok || !p.valid() {
		return []fault.Field{{Path: "body", Key: "notify.template.unknown_kind"}}
	}
	limit := MaxBody
	if p.Channel == SMS {
		limit = MaxSMS
	}
	bad = append(bad, checkPart(k, "body", w.Body, limit, k.Needs)...)
	if p.hasSubject() {
		if strings.ContainsAny(w.Subject, "\r\n") {
			bad = append(bad, fault.Field{Path: "subject", Key: "notify.template.one_line"})
		}
		bad = append(bad, checkPart(k, "subject", w.Subject, MaxSubject, nil)...)
		// A code in the subject would stand on the locked screen of a telephone and in the log.
		if spans, err := parseTemplate(w.Subject); err == nil && p.Key == KeyCode && slices.Contains(names(spans), "code") {
			bad = append(bad, fault.Field{Path: "subject", Key: "notify.template.code_in_subject"})
		}
	}
	return bad
}

func checkPart(k Kind, path, s string, limit int, needs []string) (bad []fault.Field) {
	if strings.TrimSpace(s) == "" {
		return []fault.Field{{Path: path, Key: "notify.template.empty"}}
	}
	if n := utf8.RuneCountInString(s); n > limit {
		return []fault.Field{{Path: path, Key: "notify.template.too_long", Args: fault.Args("n", n, "max", limit)}}
	}
	spans, f := parseTemplate(s)
	if f != nil {
		f.Path = path
		return []fault.Field{*f}
	}
	used := names(spans)
	for _, n := range used {
		if !slices.Contains(k.Names, n) {
			bad = append(bad, fault.Field{Path: path, Key: "notify.template.unknown_value", Args: fault.Args("value", "{"+n+"}")})
		}
	}
	for _, n := range needs {
		if !always(spans, n) {
			bad = append(bad, fault.Field{Path: path, Key: "notify.template.needs_value", Args: fault.Args("value", "{"+n+"}")})
		}
	}
	return bad
}

// always tells whether the value is named outside of optional stretches.
func always(spans []span, name string) bool {
	return slices.ContainsFunc(spans, func(p span) bool { return p.opt == nil && p.name == name })
}

// finished is a text as people get it.
type finished struct {
	Subject string
	Body    string
}

// finish puts the values into a wording for its channel. Values are cleaned here, so that nothing
// a person typed breaks out of a line or carries control characters.
func finish(p place, w, frame wording, values map[string]string) (finished, error) {
	v := make(map[string]string, len(values))
	for name, x := range values {
		switch {
		case p.Channel == SMS && name != "link":
			v[name] = cut(text.Line(x), smsValue)
		case name == "reason":
			v[name] = text.Clean(x)
		default:
			v[name] = text.Line(x)
		}
	}
	body, f := parseTemplate(w.Body)
	if f != nil {
		return finished{}, fmt.Errorf("template %s %s %s: %s", p.Key, p.Lang, p.Channel, f.Key)
	}
	out := finished{Body: tidy(render(body, v))}
	switch p.Channel {
	case SMS:
		out.Body = PlainSMS(out.Body)
		return out, nil
	case Email:
		if p.Key != KeyFrame && frame.Body != "" {
			spans, f := parseTemplate(frame.Body)
			if f != nil {
				return finished{}, fmt.Errorf("template %s %s: %s", KeyFrame, p.Lang, f.Key)
			}
			v["body"] = out.Body
			out.Body = tidy(render(spans, v))
		}
	}
	subject, f := parseTemplate(w.Subject)
	if f != nil {
		return finished{}, fmt.Errorf("template %s %s %s: %s", p.Key, p.Lang, p.Channel, f.Key)
	}
	out.Subject = cut(text.Line(render(subject, v)), MaxSubject)
	return out, nil
}

// cut returns at most n characters of s, ended by "…" if something was left out.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return strings.TrimSpace(string(r[:n-1])) + "…"
}

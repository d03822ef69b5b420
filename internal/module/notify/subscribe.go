package notify

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
)

// Consumer is the name under which this module receives events; receipts are kept by it.
const Consumer = "notify"

// fact is what this module reads of the dossier module's events. It is declared here, not taken
// from there, so that neither module imports the other; a test compares the two.
type fact struct {
	Dossier id.ID  `json:"dossier"`
	Code    string `json:"code"`
	Status  int    `json:"status"`
	Entry   int    `json:"entry"`
}

// The national status codes on which a message depends.
const (
	statusNew      = 1
	statusReturned = 10
)

// subjectReport announces that a period of a report somebody subscribed to is over.
const subjectReport = "dossier.report_due.v1"

// Subjects returns the events this module reacts to.
func Subjects() []string {
	out := []string{subjectReport, subjectAlert, subjectDigest}
	for _, k := range []string{KeyTacit, "opened", "received", "supplement", "duty", "extended", "rederived", "notice", "version", "not_taken", "stopped", "finished", "returned"} {
		out = append(out, "dossier."+k+".v1")
	}
	return out
}

// Bus is where events come from.
type Bus interface {
	Subscribe(name string, subjects []string, handle func(ctx context.Context, e outbox.Event) error)
}

// Subscribe has the bus hand this module its events.
func (s *Service) Subscribe(b Bus) { b.Subscribe(Consumer, Subjects(), s.Handle) }

// Handle tells the applicant what an event says: in the account, by SMS and by e-mail, as far as
// each is known. An event that was handled before does nothing. An error means: deliver it again.
func (s *Service) Handle(ctx context.Context, e outbox.Event) error {
	switch e.Subject {
	case subjectReport:
		return s.handleReport(ctx, e)
	case subjectAlert:
		return s.handleAlert(ctx, e)
	case subjectDigest:
		return s.handleDigest(ctx, e)
	}
	var f fact
	if err := e.Into(&f); err != nil {
		return err
	}
	key := strings.TrimSuffix(strings.TrimPrefix(e.Subject, "dossier."), ".v1")
	if _, ok := KindOf(key); !ok || key == KeyCode || key == KeyFrame || key == KeyReport {
		return fmt.Errorf("notify: nothing is said about %s", e.Subject)
	}
	var drafts []*draft
	if !overtaken(key, f) {
		c, err := s.Dossiers.Contact(ctx, f.Dossier)
		switch {
		case fault.KindOf(err) == fault.NotFound:
			s.Log.WarnContext(ctx, "notify: nobody is to be told", "subject", e.Subject, "dossier", f.Dossier.String())
		case err != nil:
			return fmt.Errorf("whom to tell about dossier %s: %w", f.Dossier, err)
		default:
			drafts = s.about(key, e.ID, f, c)
		}
	}
	return s.queueOnce(ctx, e, drafts)
}

// queueOnce queues the drafts if the event was not handled before.
func (s *Service) queueOnce(ctx context.Context, e outbox.Event, drafts []*draft) error {
	fresh := make([]Message, len(drafts))
	for i, d := range drafts {
		fresh[i] = d.msg
	}
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		for i, d := range drafts {
			d.msg = fresh[i]
		}
		first, err := s.Events.Once(tx, Consumer, e.ID)
		if err != nil || !first {
			return err
		}
		return s.queue(tx, drafts...)
	})
	if err == nil {
		s.off(ctx, drafts)
	}
	return err
}

// overtaken tells whether one act brought the dossier further than the event says, as at a
// counter, where filing and receipt are one: the later event says more, and one SMS is enough.
func overtaken(key string, f fact) bool {
	switch key {
	case "opened":
		return f.Status != statusNew
	case "finished":
		return f.Status == statusReturned
	}
	return false
}

// about makes one draft for each way to the applicant.
func (s *Service) about(key string, event id.ID, f fact, c Contact) []*draft {
	if key == "stopped" && c.Held {
		key = "held"
	}
	lang := langOf(c.Lang)
	code := c.Code
	if code == "" {
		code = f.Code
	}
	v := map[string]string{
		"name": c.Name, "code": code, "procedure": c.Procedure, "agency": c.Agency, "link": c.Link, "reason": c.Notes[f.Entry],
	}
	if !c.Due.IsZero() {
		v["due"] = i18n.DateTimeIn(lang, c.Due)
	}
	if c.Amount > 0 {
		v["amount"] = i18n.MoneyIn(lang, c.Amount)
	}
	s.common(lang, v)
	if key == KeyRederived && c.Due.IsZero() {
		return nil // the clock stands: there is no date to tell
	}
	base := Message{Template: key, Lang: lang, Dossier: f.Dossier, DossierCode: code, Event: event}
	var out []*draft
	add := func(ch Channel, account id.ID, target string) {
		m := base
		m.Channel, m.Account, m.Target = ch, account, target
		values := v
		if ch == Account { // the inbox links to the dossier itself
			values = maps.Clone(v)
			delete(values, "link")
		}
		out = append(out, &draft{msg: m, values: values})
	}
	if key == KeyVersion {
		return s.atDesks(KeyVersion, base, v, c)
	}
	if !c.Account.Zero() {
		add(Account, c.Account, "")
	}
	if p := phoneOf(c.Phone); p != "" {
		add(SMS, c.Account, p)
	}
	if m := mailOf(c.Email); m != "" {
		add(Email, c.Account, m)
	}
	if key == KeyRederived {
		out = append(out, s.atDesks(KeyRederivedDesk, base, v, c)...)
	}
	return out
}

// atDesks makes a draft for each official who works on the dossier.
func (s *Service) atDesks(template string, base Message, v map[string]string, c Contact) (out []*draft) {
	for _, o := range c.Officials {
		m := base
		m.Template, m.Lang, m.Channel, m.Account = template, i18n.VI, Account, o
		m.Event = id.ID{} // an event has one message in an account, the applicant's; its receipt guards these too
		values := maps.Clone(v)
		if !c.Due.IsZero() {
			values["due"] = i18n.DateTimeIn(i18n.VI, c.Due)
		}
		s.common(i18n.VI, values)
		out = append(out, &draft{msg: m, values: values})
	}
	return out
}

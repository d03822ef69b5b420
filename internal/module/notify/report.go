package notify

import (
	"context"
	"fmt"
	"maps"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
)

// ReportMail is what the mail of a subscribed report says, in its reader's language. Fields that do
// not apply stay empty.
type ReportMail struct {
	Account id.ID
	Name    string // the reader's
	Email   string
	Lang    string
	// Values are report, period, received, finished, on_time, online, open, overdue and link.
	Values map[string]string
}

// Reports answers what the mail of a subscribed report says.
type Reports interface {
	// ReportMail returns the mail over the days from and to. The fault NotFound means that nobody is
	// to be told: the subscription is gone, or its reader may not see the report any more.
	ReportMail(ctx context.Context, subscription id.ID, from, to civil.Date) (ReportMail, error)
}

// reportDue is what this module reads of the event.
type reportDue struct {
	Subscription id.ID      `json:"subscription"`
	From         civil.Date `json:"from"`
	To           civil.Date `json:"to"`
}

// handleReport mails a subscribed report.
func (s *Service) handleReport(ctx context.Context, e outbox.Event) error {
	var f reportDue
	if err := e.Into(&f); err != nil {
		return err
	}
	var drafts []*draft
	m, err := s.Reports.ReportMail(ctx, f.Subscription, f.From, f.To)
	switch to := mailOf(m.Email); {
	case fault.KindOf(err) == fault.NotFound:
		s.Log.InfoContext(ctx, "notify: nobody is to be sent the report", "subscription", f.Subscription.String())
	case err != nil:
		return fmt.Errorf("the report of subscription %s: %w", f.Subscription, err)
	case to == "":
		s.Log.WarnContext(ctx, "notify: the reader of a report has no address", "subscription", f.Subscription.String())
	default:
		lang := langOf(m.Lang)
		v := maps.Clone(m.Values)
		v["name"] = m.Name
		s.common(lang, v)
		drafts = append(drafts, &draft{values: v,
			msg: Message{Template: KeyReport, Lang: lang, Channel: Email, Account: m.Account, Target: to, Event: e.ID}})
	}
	return s.queueOnce(ctx, e, drafts)
}

package dossier

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/text"
)

// How often a report is sent.
const (
	EveryDay   = "day"
	EveryWeek  = "week" // Monday to Sunday
	EveryMonth = "month"
)

// Choice is what a report is about, in the words of the page's address. Empty fields leave
// everything in.
type Choice struct {
	Agency    id.ID   `json:"agency,omitempty"`
	Level     string  `json:"level,omitempty"` // kind of agency
	Field     string  `json:"field,omitempty"` // FieldSlug of its name
	Procedure string  `json:"procedure,omitempty"`
	Channel   Channel `json:"channel,omitempty"`
	By        string  `json:"by,omitempty"` // how the page breaks it down
}

// Subscription is a report that an official has sent to them.
type Subscription struct {
	ID      id.ID
	Version int64
	Account id.ID
	Name    string
	Every   string
	Choice  Choice
	Lang    string
	Created time.Time
	Paused  time.Time  // zero while it runs
	Sent    civil.Date // the last day of the last period that was sent, or that ended before it began
}

// Limits of subscriptions.
const (
	maxSubscriptions = 20
	maxReportName    = 120 // characters
)

// FieldSlug names a field of government in addresses; not every record knows the national code.
func FieldSlug(name string) string { return strings.ReplaceAll(text.Fold(name), " ", "-") }

// lastPeriod returns the last period that is over on the day.
func lastPeriod(every string, today civil.Date) (from, to civil.Date) {
	switch every {
	case EveryWeek:
		to = today - civil.Date((int(today.Weekday())+6)%7) - 1 // the Sunday before this week's Monday
		return to - 6, to
	case EveryMonth:
		y, m, _ := today.YMD()
		from = civil.Of(y, m, 1).AddMonths(-1)
		return from, from.AddMonths(1) - 1
	}
	return today - 1, today - 1
}

const subscriptionColumns = `id, version, account_id, name, every, choice, lang, created_at, paused_at, sent`

func scanSubscription(r scanner) (*Subscription, error) {
	var x Subscription
	var choice string
	var created, paused int64
	err := r.Scan(&x.ID, &x.Version, &x.Account, &x.Name, &x.Every, &choice, &x.Lang, &created, &paused, &x.Sent)
	if db.Missing(err) {
		return nil, fault.New(fault.NotFound, "dossier.no_subscription")
	}
	if err != nil {
		return nil, err
	}
	x.Created, x.Paused = db.Time(created), db.Time(paused)
	return &x, db.FromJSON(choice, &x.Choice)
}

// SubscribeReport has the report sent to the actor from the end of the present period on. An
// account has at most 20; name is 1 to 120 characters.
func (s *Service) SubscribeReport(ctx context.Context, name, every string, choice Choice) (*Subscription, error) {
	who := actor.From(ctx)
	name = text.Line(name)
	var bad []fault.Field
	if name == "" || utf8.RuneCountInString(name) > maxReportName {
		bad = append(bad, fault.Field{Path: "name", Key: "dossier.report_name", Args: fault.Args("max", maxReportName)})
	}
	if !slices.Contains([]string{EveryDay, EveryWeek, EveryMonth}, every) {
		bad = append(bad, fault.Field{Path: "every", Key: "dossier.report_every"})
	}
	if len(bad) > 0 {
		return nil, fault.Input("dossier.report_incomplete", bad...)
	}
	if who.Account.Zero() || !who.May(PermStats) {
		return nil, fault.New(fault.Forbidden, "dossier.no_subscription")
	}
	now := s.Now()
	_, sent := lastPeriod(every, civil.From(now))
	x := &Subscription{ID: s.IDs.New(), Version: 1, Account: who.Account, Name: name, Every: every, Choice: choice, Lang: who.Lang,
		Created: now, Sent: sent}
	return x, s.DB.Write(ctx, func(tx *db.Tx) error {
		var n int
		if err := tx.QueryRow(`SELECT count(*) FROM dossier_subscription WHERE account_id = $1`, who.Account).Scan(&n); err != nil {
			return err
		}
		if n >= maxSubscriptions {
			return fault.New(fault.Conflict, "dossier.too_many_subscriptions", "n", maxSubscriptions)
		}
		if _, err := tx.Exec(`INSERT INTO dossier_subscription (`+subscriptionColumns+`) VALUES `+db.Rows(1, 10), x.ID, x.Version, x.Account,
			x.Name, x.Every, db.JSON(x.Choice), x.Lang, db.Micros(now), 0, x.Sent); err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, "report.subscribed", "report", x.ID, map[string]string{"every": every})
	})
}

// Subscriptions returns the actor's own, the oldest first.
func (s *Service) Subscriptions(ctx context.Context) ([]*Subscription, error) {
	rows, err := s.DB.Read(ctx).Query(`SELECT `+subscriptionColumns+` FROM dossier_subscription WHERE account_id = $1
		ORDER BY created_at, id`, actor.From(ctx).Account)
	return db.Collect[*Subscription](rows, err)(func(r *sql.Rows) (*Subscription, error) { return scanSubscription(r) })
}

// Subscription returns one of the actor's own, and any to the platform itself; others are as if
// they were not there.
func (s *Service) Subscription(ctx context.Context, subscription id.ID) (*Subscription, error) {
	x, err := scanSubscription(s.DB.Read(ctx).QueryRow(`SELECT `+subscriptionColumns+` FROM dossier_subscription WHERE id = $1`, subscription))
	if err != nil {
		return nil, err
	}
	if who := actor.From(ctx); who.Kind != actor.SystemKind && (who.Account.Zero() || who.Account != x.Account) {
		return nil, fault.New(fault.NotFound, "dossier.no_subscription")
	}
	return x, nil
}

// PauseReport stops a subscription of the actor's for a while, or lets it go on with the period
// that is running now.
func (s *Service) PauseReport(ctx context.Context, subscription id.ID, pause bool) error {
	x, err := s.Subscription(ctx, subscription)
	if err != nil || x.Paused.IsZero() != pause {
		return err
	}
	now := s.Now()
	paused, act := int64(0), "report.resumed"
	if pause {
		paused, act = db.Micros(now), "report.paused"
	} else {
		_, x.Sent = lastPeriod(x.Every, civil.From(now))
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE dossier_subscription SET version = version + 1, paused_at = $3, sent = $4 WHERE id = $1 AND version = $2`,
			x.ID, x.Version, paused, x.Sent)
		if err == nil && n != 1 {
			err = fault.New(fault.Conflict, "dossier.changed_meanwhile")
		}
		if err != nil {
			return err
		}
		return s.Ledger.Record(tx, actor.From(ctx), act, "report", x.ID, nil)
	})
}

// DropReport ends a subscription of the actor's.
func (s *Service) DropReport(ctx context.Context, subscription id.ID) error {
	x, err := s.Subscription(ctx, subscription)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`DELETE FROM dossier_subscription WHERE id = $1`, x.ID)
		if err != nil || n == 0 {
			return err
		}
		return s.Ledger.Record(tx, actor.From(ctx), "report.dropped", "report", x.ID, nil)
	})
}

// ReportDue says that a period of a subscribed report is over. Figures are taken when the mail is
// written, by what its reader may see then.
type ReportDue struct {
	Subscription id.ID      `json:"subscription"`
	From         civil.Date `json:"from"`
	To           civil.Date `json:"to"`
}

// DueReports announces each running subscription whose last period is over and was not announced,
// once: the mark and the event are one transaction. Of several missed periods only the last is sent.
func (s *Service) DueReports(ctx context.Context) error {
	now := s.Now()
	for _, every := range []string{EveryDay, EveryWeek, EveryMonth} {
		from, to := lastPeriod(every, civil.From(now))
		for {
			due, err := db.Collect[id.ID](s.DB.Read(ctx).Query(`SELECT id FROM dossier_subscription
				WHERE paused_at = 0 AND every = $1 AND sent < $2 LIMIT 100`, every, to))(func(r *sql.Rows) (x id.ID, err error) { return x, r.Scan(&x) })
			if err != nil {
				return err
			}
			for _, x := range due {
				if err := s.announceReport(ctx, ReportDue{x, from, to}, now); err != nil {
					return err
				}
			}
			if len(due) < 100 {
				break
			}
		}
	}
	return nil
}

func (s *Service) announceReport(ctx context.Context, f ReportDue, now time.Time) error {
	event := outbox.Event{ID: s.IDs.New(), Subject: SubjectReportDue, At: now, Payload: f}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE dossier_subscription SET version = version + 1, sent = $2 WHERE id = $1 AND sent < $2 AND paused_at = 0`,
			f.Subscription, f.To)
		if err != nil || n == 0 { // another replica was first
			return err
		}
		return s.Events.Put(tx, event)
	})
}

// Summary sums the subscribed report over the period as far as the actor may see it. The fault
// Forbidden means that the actor may see none of it any more.
func (s *Service) Summary(ctx context.Context, x *Subscription, from, to civil.Date) (Figures, error) {
	f, ok, err := s.chosen(ctx, x.Choice)
	if err != nil {
		return Figures{}, err
	}
	if !ok {
		return Figures{}, fault.New(fault.Forbidden, "dossier.no_subscription")
	}
	f.From, f.To = from, to
	rows, err := s.Figures(ctx, f, ByNothing)
	if err != nil || len(rows) == 0 {
		return Figures{}, err
	}
	return rows[0], nil
}

// chosen turns a choice into a filter within what the actor may see; ok is false when nothing is left.
func (s *Service) chosen(ctx context.Context, c Choice) (f FigureFilter, ok bool, err error) {
	tree, err := s.Agencies.Tree(ctx)
	if err != nil {
		return f, false, err
	}
	ids, all := actor.From(ctx).Agencies(PermStats)
	switch {
	case !c.Agency.Zero():
		if !all && !slices.Contains(ids, c.Agency) {
			return f, false, nil
		}
		ids, all = []id.ID{c.Agency}, false
	case c.Level != "" && all:
		ids, all = nil, false
		for _, u := range tree.OfKind(c.Level) {
			ids = append(ids, u.ID)
		}
	}
	if c.Level != "" {
		ids = slices.DeleteFunc(slices.Clone(ids), func(a id.ID) bool { u, ok := tree.Unit(a); return !ok || u.Kind != c.Level })
	}
	if !all && len(ids) == 0 {
		return f, false, nil
	}
	f.Agencies = ids
	if c.Channel != 0 {
		f.Channels = []Channel{c.Channel}
	}
	switch {
	case c.Procedure != "":
		f.Procedures = []string{c.Procedure}
	case c.Field != "":
		cat, err := s.Procedures.Catalogue(ctx)
		if err != nil {
			return f, false, err
		}
		for _, e := range cat.Entries() {
			if FieldSlug(e.Field.Name) == c.Field {
				f.Procedures = append(f.Procedures, e.Code)
			}
		}
		if len(f.Procedures) == 0 {
			return f, false, nil
		}
	}
	return f, true, nil
}

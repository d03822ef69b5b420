package notify

import (
	"context"
	"database/sql"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/id"
)

// Template is a text as administrators see it.
type Template struct {
	Key     string
	Lang    string
	Channel Channel
	Subject string // empty for SMS and for the frame of e-mails
	Body    string
	Version int64 // grows with each change; 0 was never changed
	Custom  bool  // differs from the text that comes with the program
	Changed time.Time
	By      id.ID // the account that changed it
}

func (t Template) place() place { return place{t.Key, t.Lang, t.Channel} }

// HasSubject tells whether the text has a subject of its own.
func (t Template) HasSubject() bool { return t.place().hasSubject() }

// Names returns the values the text may name.
func (t Template) Names() []string {
	k, _ := KindOf(t.Key)
	return k.Names
}

// current reads the newest version of every text the query's condition selects.
func current(q db.Q, where string, args ...any) (map[place]Template, error) {
	rows, err := db.Collect[Template](q.Query(`SELECT t.key, t.lang, t.channel, t.version, t.custom, t.subject, t.body, t.changed_at, t.changed_by
		FROM notify_template t WHERE `+where+` AND t.version = (SELECT max(v.version) FROM notify_template v
			WHERE v.key = t.key AND v.lang = t.lang AND v.channel = t.channel)`, args...))(func(r *sql.Rows) (t Template, err error) {
		var at int64
		err = r.Scan(&t.Key, &t.Lang, &t.Channel, &t.Version, &t.Custom, &t.Subject, &t.Body, &at, &t.By)
		t.Changed = db.Time(at)
		return t, err
	})
	out := make(map[place]Template, len(rows))
	for _, t := range rows {
		out[t.place()] = t
	}
	return out, err
}

// resolved returns the text that holds at the place, of those stored and those of the program.
func (s *Service) resolved(stored map[place]Template, p place) (Template, error) {
	own, err := s.own()
	if err != nil {
		return Template{}, err
	}
	t, ok := stored[p]
	if !ok {
		t = Template{Key: p.Key, Lang: p.Lang, Channel: p.Channel}
	}
	if !t.Custom {
		t.Subject, t.Body = own[p].Subject, own[p].Body
	}
	return t, nil
}

// Templates returns all texts in the order of Kinds, each by channel and language.
func (s *Service) Templates(ctx context.Context) ([]Template, error) {
	if err := mayAdminister(actor.From(ctx)); err != nil {
		return nil, err
	}
	stored, err := current(s.DB.Read(ctx), "1 = 1")
	if err != nil {
		return nil, err
	}
	var out []Template
	for _, k := range Kinds() {
		for _, c := range k.Channels {
			for _, lang := range []string{i18n.VI, i18n.EN} {
				t, err := s.resolved(stored, place{k.Key, lang, c})
				if err != nil {
					return nil, err
				}
				out = append(out, t)
			}
		}
	}
	return out, nil
}

// Template returns one text, or the fault NotFound.
func (s *Service) Template(ctx context.Context, key, lang string, c Channel) (Template, error) {
	if err := mayAdminister(actor.From(ctx)); err != nil {
		return Template{}, err
	}
	p := place{key, lang, c}
	if !p.valid() {
		return Template{}, fault.New(fault.NotFound, "notify.no_template")
	}
	stored, err := current(s.DB.Read(ctx), "t.key = $1 AND t.lang = $2 AND t.channel = $3", key, lang, string(c))
	if err != nil {
		return Template{}, err
	}
	return s.resolved(stored, p)
}

// SaveTemplate changes a text. t.Version is the version that was edited; the fault Conflict says
// that somebody changed it meanwhile, Invalid what is wrong with the text.
func (s *Service) SaveTemplate(ctx context.Context, t Template) (Template, error) {
	p := t.place()
	if !p.valid() {
		return t, fault.New(fault.NotFound, "notify.no_template")
	}
	w := p.clean(wording{Subject: t.Subject, Body: t.Body})
	if bad := check(p, w); len(bad) > 0 {
		return t, fault.Input("notify.template.wrong", bad...)
	}
	t.Subject, t.Body, t.Custom = w.Subject, w.Body, true
	return s.change(ctx, t, "notify.template.change")
}

// ResetTemplate lets the text that comes with the program hold again.
func (s *Service) ResetTemplate(ctx context.Context, key, lang string, c Channel, version int64) (Template, error) {
	p := place{key, lang, c}
	if !p.valid() {
		return Template{}, fault.New(fault.NotFound, "notify.no_template")
	}
	return s.change(ctx, Template{Key: key, Lang: lang, Channel: c, Version: version}, "notify.template.reset")
}

func (s *Service) change(ctx context.Context, t Template, action string) (Template, error) {
	who := actor.From(ctx)
	if err := mayAdminister(who); err != nil {
		return t, err
	}
	now := s.Now()
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		var newest int64
		err := tx.QueryRow("SELECT coalesce(max(version), 0) FROM notify_template WHERE key = $1 AND lang = $2 AND channel = $3",
			t.Key, t.Lang, string(t.Channel)).Scan(&newest)
		if err != nil {
			return err
		}
		if newest != t.Version {
			return fault.New(fault.Conflict, "notify.template.changed")
		}
		_, err = tx.Exec(`INSERT INTO notify_template (key, lang, channel, version, custom, subject, body, changed_at, changed_by)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, t.Key, t.Lang, string(t.Channel), newest+1, t.Custom, t.Subject, t.Body,
			db.Micros(now), who.Account)
		if db.IsUnique(err) { // two administrators at the same moment
			return fault.New(fault.Conflict, "notify.template.changed")
		}
		if err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, action, "notify.template", id.ID{}, map[string]any{
			"key": t.Key, "lang": t.Lang, "channel": t.Channel, "version": newest + 1, "subject": t.Subject, "body": t.Body})
	})
	if err != nil {
		return t, err
	}
	t.Version, t.Changed, t.By = t.Version+1, now, who.Account
	if !t.Custom {
		return s.resolved(map[place]Template{t.place(): t}, t.place())
	}
	return t, nil
}

// Preview is a text with example values put in.
type Preview struct {
	Subject string
	Body    string
	Size    SMSSize // of an SMS
}

// PreviewTemplate returns how a text would reach somebody, with example values; it need not be
// saved. The fault Invalid says what is wrong with it.
func (s *Service) PreviewTemplate(ctx context.Context, t Template) (Preview, error) {
	if err := mayAdminister(actor.From(ctx)); err != nil {
		return Preview{}, err
	}
	p := t.place()
	if !p.valid() {
		return Preview{}, fault.New(fault.NotFound, "notify.no_template")
	}
	w := p.clean(wording{Subject: t.Subject, Body: t.Body})
	if bad := check(p, w); len(bad) > 0 {
		return Preview{}, fault.Input("notify.template.wrong", bad...)
	}
	frame, err := s.Template(ctx, KeyFrame, t.Lang, Email)
	if err != nil {
		return Preview{}, err
	}
	f, err := finish(p, w, wording{Body: frame.Body}, s.example(t.Key, t.Lang))
	if err != nil {
		return Preview{}, err
	}
	out := Preview{Subject: f.Subject, Body: f.Body}
	if t.Channel == SMS {
		out.Size = MeasureSMS(f.Body)
	}
	return out, nil
}

// example returns the values a preview shows. They are those of nobody.
func (s *Service) example(key, lang string) map[string]string {
	pick := func(vi, en string) string { return i18n.Pick(lang, vi, en) }
	v := map[string]string{
		"name": pick("Nguyễn Thị Ví Dụ", "Nguyen Thi Vi Du"), "code": "000.00.00.H00-261123-0001",
		"procedure": pick("Thủ tục đăng ký khai sinh", "Registration of birth"),
		"agency":    pick("Ủy ban nhân dân xã Ví Dụ", "People's Committee of Ví Dụ commune"),
		"link":      "https://…/toi/ho-so/000.00.00.H00-261123-0001",
		"due":       i18n.DateTimeIn(lang, time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)),
		"amount":    i18n.MoneyIn(lang, 100000),
		"reason":    pick("Giấy chứng sinh bị mờ, không đọc được số.", "The certificate of birth is blurred; its number cannot be read."),
		"body":      pick("Nội dung của từng thư nằm ở đây.", "The text of each letter stands here."),
	}
	s.common(lang, v)
	if key == KeyReport {
		v["report"], v["period"] = pick("Hồ sơ đất đai", "Land dossiers"), "01/10/2026 – 31/10/2026"
		v["received"], v["finished"], v["open"], v["overdue"], v["on_time"], v["online"] = "120", "113", "31", "2", "98%", "45%"
		v["link"] = "https://…/can-bo/thong-ke"
	}
	if key == KeyCode {
		v["code"], v["name"] = "482913", ""
		v["minutes"] = codeMinutes
	}
	return v
}

// common adds the values every message may name.
func (s *Service) common(lang string, v map[string]string) {
	v["portal"], v["hotline"] = s.Portal.In(lang), s.Hotline
}

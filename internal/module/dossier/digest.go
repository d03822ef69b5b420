package dossier

import (
	"context"
	"database/sql"
	"time"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
)

// DigestDue says that an official is to be sent the day's digest of deadlines.
type DigestDue struct {
	Account id.ID      `json:"account"`
	Day     civil.Date `json:"day"`
}

// digestAhead is how many days ahead a deadline is in an official's digest.
const digestAhead = 2

// keepDigests is for how many days it is remembered that a digest was asked for.
const keepDigests = 30

// Digests announces the day's digest to every official who has a step that is overdue or due within
// two days, or whose dossier is, each once, and to nobody on a day on which the province's offices are closed. Only the platform itself may do it.
func (s *Service) Digests(ctx context.Context, day civil.Date) error {
	if err := onlyPlatform(ctx); err != nil {
		return err
	}
	tree, err := s.Agencies.Tree(ctx)
	if err != nil {
		return err
	}
	if roots := tree.Roots(); len(roots) > 0 {
		cal, err := s.Calendars.Calendar(ctx, roots[0].ID)
		if err != nil || cal.Day(day).Minutes == 0 {
			return err
		}
	}
	if err := s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM dossier_digest WHERE day < $1`, (day - keepDigests).String())
		return err
	}); err != nil {
		return err
	}
	until := db.Micros((day + digestAhead + 1).At(0))
	accounts, err := collectIDs(s.DB.Read(ctx).Query(`SELECT DISTINCT assignee_id FROM dossier_task WHERE state = 'open' AND assignee_id IS NOT NULL
		AND (due_at > 0 AND due_at < $1 OR dossier_due > 0 AND dossier_due < $1) ORDER BY assignee_id`, until))
	if err != nil {
		return err
	}
	now := s.Now()
	for _, a := range accounts {
		event := outbox.Event{ID: s.IDs.New(), Subject: SubjectDigest, At: now, Payload: DigestDue{a, day}}
		err := s.DB.Write(ctx, func(tx *db.Tx) error {
			n, err := tx.Exec(`INSERT INTO dossier_digest (account_id, day) VALUES ($1, $2) ON CONFLICT (account_id, day) DO NOTHING`, a, day)
			if err != nil || n == 0 {
				return err
			}
			return s.Events.Put(tx, event)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// DigestLine is a step in an official's digest.
type DigestLine struct {
	Code, Procedure, Step string
	Due                   time.Time // the nearer one of the step's date and its dossier's
	Overdue               bool
}

// Digest returns the account's open steps that are overdue or due within two days of the day, the most
// urgent first, at most limit of them, and how many are overdue and how many are due in all. Only the
// platform itself may ask.
func (s *Service) Digest(ctx context.Context, account id.ID, day civil.Date, limit int) (lines []DigestLine, overdue, soon int, err error) {
	if err := onlyPlatform(ctx); err != nil {
		return nil, 0, 0, err
	}
	until, now := db.Micros((day + digestAhead + 1).At(0)), s.Now()
	const nearer = `(CASE WHEN t.due_at > 0 AND (t.dossier_due = 0 OR t.due_at < t.dossier_due) THEN t.due_at ELSE t.dossier_due END)`
	all, err := db.Collect[DigestLine](s.DB.Read(ctx).Query(`SELECT d.code, d.procedure_name, t.name, `+nearer+` AS date FROM dossier_task t
		JOIN dossier_dossier d ON d.id = t.dossier_id WHERE t.assignee_id = $1 AND t.state = 'open' AND `+nearer+` > 0 AND `+nearer+` < $2
		ORDER BY date, d.code`, account, until))(func(r *sql.Rows) (l DigestLine, err error) {
		var due int64
		err = r.Scan(&l.Code, &l.Procedure, &l.Step, &due)
		l.Due = db.Time(due)
		l.Overdue = now.After(l.Due)
		return l, err
	})
	for _, l := range all {
		if l.Overdue {
			overdue++
		} else {
			soon++
		}
	}
	return all[:min(len(all), limit)], overdue, soon, err
}

// AlertTask returns what an alert says about its task: the dossier and the step. The fault NotFound
// means that the step is over, and nobody is to be told any more. Only the platform itself may ask.
func (s *Service) AlertTask(ctx context.Context, task id.ID) (*Dossier, *Task, error) {
	if err := onlyPlatform(ctx); err != nil {
		return nil, nil, err
	}
	t, err := scanTask(s.DB.Read(ctx).QueryRow(`SELECT `+taskColumns+` FROM dossier_task WHERE id = $1 AND state = 'open'`, task))
	if err != nil {
		return nil, nil, err
	}
	d, err := s.get(s.DB.Read(ctx), t.Dossier)
	return d, t, err
}

package dossier

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/jobs"
)

// closeMonths is the job that closes months; it looks every night, since an import or a clock that
// went wrong may have opened one again.
type closeMonths struct {
	Day civil.Date `json:"day"`
}

// Kind names the job in the queue.
func (closeMonths) Kind() string { return "dossier.close_months" }

// dueReports is the job that announces subscribed reports, every morning.
type dueReports struct {
	Day civil.Date `json:"day"`
}

// Kind names the job in the queue.
func (dueReports) Kind() string { return "dossier.due_reports" }

// watchJob is the job that looks at deadlines, every minute.
type watchJob struct{}

// Kind names the job in the queue.
func (watchJob) Kind() string { return "dossier.watch" }

// digests is the job that announces the officials' digests of deadlines, every morning.
type digests struct {
	Day civil.Date `json:"day"`
}

// Kind names the job in the queue.
func (digests) Kind() string { return "dossier.digests" }

// Queue takes jobs in the act's transaction. jobs.Client answers it.
type Queue interface {
	Insert(tx *db.Tx, args river.JobArgs, opts *river.InsertOpts) error
}

// changeovers is the job that moves dossiers to another version. It is put into the queue by the
// order and looked for every minute, so that one that was killed goes on soon.
type changeovers struct{}

// Kind names the job in the queue.
func (changeovers) Kind() string { return "dossier.changeovers" }

// RegisterJobs tells the queue what this module does in the background.
func (s *Service) RegisterJobs(k *jobs.Client) {
	jobs.Handle(k, func(ctx context.Context, _ *river.Job[closeMonths]) error { return s.CloseMonths(ctx) })
	jobs.Handle(k, func(ctx context.Context, _ *river.Job[dueReports]) error { return s.DueReports(ctx) })
	jobs.Handle(k, func(ctx context.Context, _ *river.Job[watchJob]) error { _, err := s.Watch(ctx); return err })
	jobs.Handle(k, func(ctx context.Context, j *river.Job[digests]) error { return s.Digests(ctx, j.Args.Day) })
	k.Every("dossier-watch", time.Minute, watchJob{})
	k.Daily("dossier.digests", 7*60, func(day civil.Date) river.JobArgs { return digests{day} })
	jobs.Handle(k, func(ctx context.Context, _ *river.Job[changeovers]) error { return s.RunChangeovers(ctx) })
	k.Every("dossier-changeovers", time.Minute, changeovers{})
	k.Daily("dossier.due_reports", 6*60, func(day civil.Date) river.JobArgs { return dueReports{day} })
	k.Daily("dossier.close_months", 60, func(day civil.Date) river.JobArgs { return closeMonths{day} })
}

package dossier

import (
	"context"

	"github.com/riverqueue/river"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/jobs"
)

// closeMonths is the job that closes months; it looks every night, since an import or a clock that
// went wrong may have opened one again.
type closeMonths struct {
	Day civil.Date `json:"day"`
}

// Kind names the job in the queue.
func (closeMonths) Kind() string { return "dossier.close_months" }

// RegisterJobs tells the queue what this module does in the background.
func (s *Service) RegisterJobs(k *jobs.Client) {
	jobs.Handle(k, func(ctx context.Context, _ *river.Job[closeMonths]) error { return s.CloseMonths(ctx) })
	k.Daily("dossier.close_months", 60, func(day civil.Date) river.JobArgs { return closeMonths{day} })
}

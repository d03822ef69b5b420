package app

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"lienthong/internal/kit/jobs"
)

// housekeeping is the job that throws away what nobody needs any more.
type housekeeping struct{}

// Kind names the job in the queue.
func (housekeeping) Kind() string { return "app.housekeeping" }

// What is kept how long before housekeeping takes it away.
const (
	keepUploads = 3 * 24 * time.Hour
	keepDrafts  = 90 * 24 * time.Hour
)

// registerJobs tells the queue what this package does in the background.
func (a *App) registerJobs() {
	jobs.Handle(a.Jobs, func(ctx context.Context, _ *river.Job[housekeeping]) error {
		_, keys := a.API.PruneKeys(ctx)
		return errors.Join(a.Dossiers.Sweep(ctx, keepUploads, keepDrafts), a.IAM.Sweep(ctx), keys)
	})
	a.Jobs.Every("housekeeping", 6*time.Hour, housekeeping{})
}

package app

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/jobs"
)

// housekeeping is the job that throws away what nobody needs any more.
type housekeeping struct{}

// Kind names the job in the queue.
func (housekeeping) Kind() string { return "app.housekeeping" }

// reindexing is the job that writes what lists and searches read by, where it is missing.
type reindexing struct{}

// Kind names the job in the queue.
func (reindexing) Kind() string { return "dossier.reindex" }

// What is kept how long before housekeeping takes it away.
const (
	keepUploads = 3 * 24 * time.Hour
	keepDrafts  = 90 * 24 * time.Hour
)

// registerJobs tells the queue what this package does in the background.
func (a *App) registerJobs() {
	jobs.Handle(a.Jobs, func(ctx context.Context, _ *river.Job[housekeeping]) error {
		_, keys := a.API.PruneKeys(ctx)
		_, routes := a.Dossiers.Reroute(actor.With(ctx, actor.System("housekeeping"))) // moves of units that were planned for today
		return errors.Join(a.Dossiers.Sweep(ctx, keepUploads, keepDrafts), a.IAM.Sweep(ctx), keys, routes,
			a.Dossiers.SweepMessages(actor.With(ctx, actor.System("housekeeping"))))
	})
	a.Jobs.Every("housekeeping", 6*time.Hour, housekeeping{})
	jobs.Handle(a.Jobs, func(ctx context.Context, _ *river.Job[reindexing]) error {
		n, err := a.Dossiers.Reindex(ctx)
		if n > 0 {
			a.Log.InfoContext(ctx, "dossier: rows that lists and searches read by were written", "n", n)
		}
		return err
	})
	a.Jobs.Every("dossier-reindex", time.Minute, reindexing{})
}

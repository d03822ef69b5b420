package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
)

// Option changes how a kind of job is run.
type Option func(*settings)

type settings struct {
	timeout time.Duration
	retry   func(attempt int) time.Duration
}

// Timeout bounds one run; the default is 5 minutes. The worker must heed its context.
func Timeout(d time.Duration) Option { return func(s *settings) { s.timeout = d } }

// RetryAfter sets how long to wait after the given failed attempt (1, 2, …); the default is the
// attempt's fourth power in seconds.
func RetryAfter(f func(attempt int) time.Duration) Option {
	return func(s *settings) { s.retry = f }
}

// Handle registers the worker of the job kind T. The worker acts as the platform itself: its
// context carries actor.System(kind). A kind registered twice is told by Start.
func Handle[T river.JobArgs](k *Client, work func(ctx context.Context, job *river.Job[T]) error, opts ...Option) {
	w := &worker[T]{k: k, work: work}
	for _, o := range opts {
		o(&w.settings)
	}
	if err := river.AddWorkerSafely(k.workers, w); err != nil {
		k.errs = append(k.errs, err)
	}
}

type worker[T river.JobArgs] struct {
	k    *Client
	work func(context.Context, *river.Job[T]) error
	settings
}

func (w *worker[T]) Middleware(*rivertype.JobRow) []rivertype.WorkerMiddleware { return nil }

func (w *worker[T]) Timeout(*river.Job[T]) time.Duration { return w.timeout }

func (w *worker[T]) NextRetry(job *river.Job[T]) time.Time {
	if w.retry == nil {
		return time.Time{}
	}
	return time.Now().Add(w.retry(job.Attempt)) // River's own clock is the machine's
}

func (w *worker[T]) Work(ctx context.Context, job *river.Job[T]) (err error) {
	start, done := time.Now(), false
	defer func() { w.k.c.Metrics.ran(job.Kind, done && err == nil, time.Since(start)) }()
	err = w.work(actor.With(ctx, actor.System(job.Kind)), job)
	done = true
	return err
}

// Cancel returns an error that ends the job for good: trying again would not help.
func Cancel(err error) error { return river.JobCancel(err) }

// Snooze returns an error that runs the job again after d without counting a try.
func Snooze(d time.Duration) error { return river.JobSnooze(d) }

// Every inserts the job again and again; a job that still waits or runs is not doubled. period is
// at least a second. One replica does the inserting.
func (k *Client) Every(name string, period time.Duration, args river.JobArgs) {
	if period < time.Second {
		k.errs = append(k.errs, fmt.Errorf("periodic job %s: a period of %v is too short", name, period))
		return
	}
	k.periodic = append(k.periodic, river.NewPeriodicJob(river.PeriodicInterval(period),
		func() (river.JobArgs, *river.InsertOpts) {
			return args, &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
				rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
				rivertype.JobStateRetryable, rivertype.JobStateScheduled}}}
		}, &river.PeriodicJobOpts{ID: name}))
}

// Daily inserts one job for each day at the given minute after midnight in Vietnam. build makes
// the job of a day, and the day must be among its arguments: that is how a day is not done twice.
// A day whose time passed while nothing ran is made up for at the next start, the last one only.
func (k *Client) Daily(name string, minute int, build func(civil.Date) river.JobArgs) {
	if minute < 0 || minute >= 24*60 {
		k.errs = append(k.errs, fmt.Errorf("daily job %s: minute %d is not of a day", name, minute))
		return
	}
	k.periodic = append(k.periodic, river.NewPeriodicJob(daily(minute),
		func() (river.JobArgs, *river.InsertOpts) {
			// River may ask a moment before the time has come.
			return build(daily(minute).last(k.c.Now().Add(time.Second))), &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true}}
		}, &river.PeriodicJobOpts{ID: name, RunOnStart: true}))
}

// daily is a time of the day in minutes after midnight.
type daily int

// Next returns the next instant after t at which the time of the day comes.
func (m daily) Next(t time.Time) time.Time { return (m.last(t) + 1).At(int(m)) }

// last returns the latest day whose time has come at t.
func (m daily) last(t time.Time) civil.Date {
	day := civil.From(t)
	if t.Before(day.At(int(m))) {
		day--
	}
	return day
}

package notify

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/jobs"
)

// The queues of this module. Codes have one of their own, so that they wait neither behind a
// thousand letters nor behind a mail server that does not answer.
const (
	queueCodes   = "notify_code"
	queueLetters = "notify"
)

// Queues returns the queues this module's jobs run in and how many run at a time; they belong
// into jobs.Config.Queues of every process that delivers.
func Queues() map[string]int { return map[string]int{queueCodes: 8, queueLetters: 8} }

// Queue is where jobs are put; *jobs.Client is one.
type Queue interface {
	Insert(tx *db.Tx, args river.JobArgs, opts *river.InsertOpts) error
}

// deliverJob sends one message. More than one for the same message does no harm.
type deliverJob struct {
	Message id.ID `json:"message"`
}

// Kind names the job.
func (deliverJob) Kind() string { return "notify_deliver" }

// reclaimJob looks for messages whose job got lost.
type reclaimJob struct{}

// Kind names the job.
func (reclaimJob) Kind() string { return "notify_reclaim" }

// eraseJob erases what was kept long enough.
type eraseJob struct {
	Day civil.Date `json:"day"`
}

// Kind names the job.
func (eraseJob) Kind() string { return "notify_erase" }

// RegisterJobs has the client run this module's jobs.
func (s *Service) RegisterJobs(k *jobs.Client) {
	jobs.Handle(k, func(ctx context.Context, job *river.Job[deliverJob]) error {
		return s.deliver(ctx, job.Args.Message)
	}, jobs.Timeout(lease))
	jobs.Handle(k, func(ctx context.Context, _ *river.Job[reclaimJob]) error { return s.reclaim(ctx) }, jobs.Timeout(time.Minute))
	jobs.Handle(k, func(ctx context.Context, _ *river.Job[eraseJob]) error { return s.erase(ctx) })
	k.Every("notify_reclaim", time.Minute, reclaimJob{})
	k.Daily("notify_erase", 2*60+30, func(day civil.Date) river.JobArgs { return eraseJob{day} })
}

// schedule inserts the job that sends the message, at the given time or at once.
func (s *Service) schedule(tx *db.Tx, m Message, at time.Time) error {
	opts := &river.InsertOpts{Queue: queueLetters, Priority: 2, ScheduledAt: at}
	if m.Template == KeyCode {
		opts.Queue, opts.Priority = queueCodes, 1
	}
	return s.Queue.Insert(tx, deliverJob{m.ID}, opts)
}

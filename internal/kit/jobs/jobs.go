package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"lienthong/internal/kit/db"
)

// Config says where jobs are kept and how many run at a time.
type Config struct {
	DB  *db.DB
	Log *slog.Logger
	Now func() time.Time // the clock daily jobs go by; River itself goes by the machine's
	// Queues names the queues this process works on and how many jobs each runs at a time;
	// nil means {"default": 16}. An empty, non-nil map inserts jobs and works on none.
	Queues map[string]int
	// Poll is how often each queue is looked at; 0 means 500 ms.
	Poll    time.Duration
	Metrics *Metrics // may be nil
}

// DefaultQueue is where jobs go that name no queue.
const DefaultQueue = river.QueueDefault

const (
	cooldown      = 25 * time.Millisecond  // least time between two looks at a queue that has work
	defaultPoll   = 500 * time.Millisecond // three idle queues then cost under 1 % of a core
	jobTimeout    = 5 * time.Minute        // unless Timeout says otherwise
	keepCompleted = 48 * time.Hour         // longer than a day: it keeps daily jobs from running twice
	keepCancelled = 30 * 24 * time.Hour
	keepDiscarded = 90 * 24 * time.Hour
	// rescueAfter is when a job still marked as running belongs to a process that was killed; above
	// every Timeout. River's own hour would stop a periodic job for that long, because one that runs
	// is not inserted a second time.
	rescueAfter = 10 * time.Minute
)

// Client inserts jobs and runs them. Register workers and schedules, then call Start.
type Client struct {
	c        Config
	driver   riverdriver.Driver[*sql.Tx]
	inserter *river.Client[*sql.Tx]
	workers  *river.Workers
	periodic []*river.PeriodicJob
	errs     []error // of registration, told by Start

	mu      sync.Mutex
	running *river.Client[*sql.Tx]
}

// polling is the SQLite driver without its notification table: the table costs a row for every
// insert and a query every 50 ms, where a look at the queue itself is enough.
type polling struct{ *riversqlite.Driver }

func (polling) SupportsListener() bool     { return false }
func (polling) SupportsListenNotify() bool { return false }

// New returns a client that can insert at once and run jobs after Start.
func New(c Config) (*Client, error) {
	if c.Queues == nil {
		c.Queues = map[string]int{DefaultQueue: 16}
	}
	if c.Poll == 0 {
		c.Poll = defaultPoll
	}
	k := &Client{c: c, workers: river.NewWorkers()}
	if c.DB.Engine() == db.SQLite {
		k.driver = polling{riversqlite.New(c.DB.WritePool())}
	} else {
		k.driver = riverdatabasesql.New(c.DB.WritePool())
	}
	var err error
	k.inserter, err = river.NewClient(k.driver, &river.Config{Logger: quiet(c.Log)})
	return k, err
}

// Migrate brings River's own tables to the newest version.
func (k *Client) Migrate(ctx context.Context) error {
	m, err := rivermigrate.New(k.driver, &rivermigrate.Config{Logger: quiet(k.c.Log)})
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrations of the job queue: %w", err)
	}
	return nil
}

// Insert puts a job into the queue as part of the caller's transaction. opts may be nil. On hot
// paths write an event to the outbox instead and insert jobs in bulk where it arrives.
func (k *Client) Insert(tx *db.Tx, args river.JobArgs, opts *river.InsertOpts) error {
	// The caller's context stays out of the transaction, see kit/db.
	_, err := k.inserter.InsertTx(context.Background(), tx.SQL(), args, opts)
	return err
}

// InsertMany puts many jobs into the queue with few statements, as part of the caller's transaction.
func (k *Client) InsertMany(tx *db.Tx, jobs ...river.InsertManyParams) error {
	if len(jobs) == 0 {
		return nil
	}
	_, err := k.inserter.InsertManyFastTx(context.Background(), tx.SQL(), jobs)
	return err
}

// Inherit puts jobs back that are marked as running, before Start and only where no other process can
// be working on the queue: on SQLite, whose folder is locked. They are of a process that was killed.
func (k *Client) Inherit(ctx context.Context) error {
	return k.c.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE river_job SET state = 'available' WHERE state = 'running'")
		return err
	})
}

// Start begins to run jobs; Stop ends it. An error of any registration is returned here.
func (k *Client) Start(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := errors.Join(k.errs...); err != nil {
		return err
	}
	if k.running != nil {
		return errors.New("jobs are already running")
	}
	if len(k.c.Queues) == 0 {
		return nil
	}
	queues := map[string]river.QueueConfig{}
	for name, n := range k.c.Queues {
		queues[name] = river.QueueConfig{MaxWorkers: n}
	}
	c, err := river.NewClient(k.driver, &river.Config{
		Logger:            quiet(k.c.Log),
		Queues:            queues,
		Workers:           k.workers,
		PeriodicJobs:      k.periodic,
		FetchCooldown:     cooldown,
		FetchPollInterval: k.c.Poll,
		// While a new version is rolled out, the old one must not take jobs it does not know.
		FetchOnlyKnownKinds:         true,
		JobTimeout:                  jobTimeout,
		CompletedJobRetentionPeriod: keepCompleted,
		CancelledJobRetentionPeriod: keepCancelled,
		DiscardedJobRetentionPeriod: keepDiscarded,
		RescueStuckJobsAfter:        rescueAfter,
		ErrorHandler:                &errorLog{k.c.Log, k.c.Metrics},
	})
	if err != nil {
		return err
	}
	// Ending the start context would cut jobs off; Stop lets them finish.
	if err := c.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	k.running = c
	return nil
}

// Stop takes no more jobs and waits for the running ones until ctx ends; then their contexts are
// cancelled, and they will be run again.
func (k *Client) Stop(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := k.running
	if c == nil {
		return nil
	}
	k.running = nil
	if err := c.Stop(ctx); err == nil {
		return nil
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return c.StopAndCancel(end)
}

// errorLog logs what went wrong; River decides about the next try.
type errorLog struct {
	log     *slog.Logger
	metrics *Metrics
}

func (e *errorLog) HandleError(_ context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	level := slog.LevelWarn
	if job.Attempt >= job.MaxAttempts {
		level = slog.LevelError
	}
	e.log.Log(context.Background(), level, "job failed", "kind", job.Kind, "job", job.ID, "attempt", job.Attempt, "of", job.MaxAttempts, "err", err)
	return nil
}

func (e *errorLog) HandlePanic(_ context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	e.log.Error("job panicked", "kind", job.Kind, "job", job.ID, "attempt", job.Attempt, "panic", fmt.Sprint(value), "stack", trace)
	return nil
}

// quiet passes on warnings and errors only: River tells about every start and election.
func quiet(l *slog.Logger) *slog.Logger { return slog.New(atLeastWarn{l.Handler()}) }

type atLeastWarn struct{ slog.Handler }

func (h atLeastWarn) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && h.Handler.Enabled(ctx, l)
}

func (h atLeastWarn) WithAttrs(as []slog.Attr) slog.Handler {
	return atLeastWarn{h.Handler.WithAttrs(as)}
}

func (h atLeastWarn) WithGroup(name string) slog.Handler {
	return atLeastWarn{h.Handler.WithGroup(name)}
}

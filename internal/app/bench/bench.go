// Package bench measures the figures a province should know before it trusts the program with its
// work: how soon it is ready, how much memory it holds when nothing happens, how many dossiers can
// be filed each second, and how long officials wait for a list.
//
// Speed is given as ratios. Absolute numbers tell about the machine; a ratio to a bare loop that
// sends the same SQL in the same transactions, measured in the same minute, tells what the product
// adds to the database's own price.
//
// Everything happens in folders and databases of its own, which are removed at the end.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"lienthong/internal/app"
	"lienthong/internal/kit/config"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/obs"
)

// Options say what is measured. The zero values of the sizes are replaced by those of `make bench`.
type Options struct {
	Parent   string // folder on the disk to be measured; a folder is made in it and removed
	Pack     string // key of the province pack
	Postgres string // address of a server on which a database may be created; empty measures SQLite alone
	Binary   string // program to start for readiness and memory; empty leaves these out

	Clients  int           // filing at the same time; 64
	Rounds   int           // rounds of each kind, of which the median counts; 3
	PerRound int           // submissions in a round; 1500
	Dossiers int           // dossiers in the table when lists are measured; 20000
	Past     int           // past dossiers written in bulk; 10000
	Asks     int           // how often each list is asked for; 100
	Pages    int           // look-ups over HTTP in a round; 5000
	Uploads  int           // papers attached in a round; 600
	Open     int           // open dossiers whose dates are counted anew when the calendar changes; 100000
	Catalog  int           // procedures among which is searched; 6000
	Idle     time.Duration // how long a process rests before its memory is read; 10 s

	Build obs.Build
}

func (o Options) filled() Options {
	set := func(n *int, v int) {
		if *n <= 0 {
			*n = v
		}
	}
	set(&o.Clients, 64)
	set(&o.Rounds, 3)
	set(&o.PerRound, 1500)
	set(&o.Dossiers, 20000)
	set(&o.Past, 10000)
	set(&o.Asks, 100)
	set(&o.Pages, 5000)
	set(&o.Uploads, 600)
	set(&o.Open, 100000)
	set(&o.Catalog, 6000)
	if o.Idle <= 0 {
		o.Idle = 10 * time.Second
	}
	return o
}

// Report is what was measured.
type Report struct {
	Submits     []Submits
	Completions []Completions
	Lists       []Lists
	Pages       []Pages
	Worklists   []Worklist
	Uploads     []Uploads
	Searches    []Search
	Past        []Past
	Rederives   []Rederive
	Process     []Process
}

// Run measures everything and prints it to out as it becomes known.
func Run(ctx context.Context, o Options, out io.Writer) (_ Report, err error) {
	o = o.filled()
	var r Report
	if err := os.MkdirAll(o.Parent, 0o700); err != nil {
		return r, err
	}
	dir, err := os.MkdirTemp(o.Parent, ".lienthong-bench-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	fmt.Fprintf(out, "%s, %d processors, %s/%s\n", o.Build, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	fmt.Fprintf(out, "%d clients at a time, median of %d rounds of %d submissions\n", o.Clients, o.Rounds, o.PerRound)

	if err := onEngine(ctx, o, filepath.Join(dir, "sqlite"), "", &r, out); err != nil {
		return r, fmt.Errorf("on SQLite: %w", err)
	}
	x, err := past(ctx, o, filepath.Join(dir, "past-sqlite"), "", out)
	if err != nil {
		return r, fmt.Errorf("the past on SQLite: %w", err)
	}
	r.Past = append(r.Past, x)
	for _, server := range []string{"", o.Postgres} {
		if server == "" && len(r.Rederives) > 0 {
			continue
		}
		y, err := rederives(ctx, o, filepath.Join(dir, fmt.Sprint("calendar-", len(r.Rederives))), server, out)
		if err != nil {
			return r, fmt.Errorf("the calendar: %w", err)
		}
		r.Rederives = append(r.Rederives, y)
	}
	if o.Postgres != "" {
		if x, err = past(ctx, o, filepath.Join(dir, "past-postgres"), o.Postgres, out); err != nil {
			return r, fmt.Errorf("the past on PostgreSQL: %w", err)
		}
		r.Past = append(r.Past, x)
		url, drop, err := newDatabase(ctx, o.Postgres)
		if err != nil {
			return r, err
		}
		err = onEngine(ctx, o, filepath.Join(dir, "postgres"), url, &r, out)
		if err = errors.Join(err, drop()); err != nil {
			return r, fmt.Errorf("on PostgreSQL: %w", err)
		}
	}
	if err := searches(ctx, o, filepath.Join(dir, "catalogue"), &r, out); err != nil {
		return r, err
	}
	if o.Binary != "" {
		rest := filepath.Join(dir, "rest")
		if err := restingFolder(ctx, o, rest); err != nil {
			return r, err
		}
		for _, command := range []string{"serve", "demo"} {
			p, err := measureProcess(ctx, o.Binary, command, rest, o.Idle)
			if err != nil {
				return r, fmt.Errorf("the program started as %s: %w", command, err)
			}
			p.print(out)
			r.Process = append(r.Process, p)
		}
	}
	return r, nil
}

// Bars are the shares below which a measurement fails. Absolute figures tell about a machine and
// fail nothing; a share compares two loops of the same minutes.
const (
	barSubmit   = 0.5 // final submissions to the bare loop over the same statements
	barComplete = 0.5 // tasks completed over HTTP to the bare loop over the same statements
	barUpload   = 0.5 // papers attached to files written, synced and renamed
	// barRederive is how many times longer the 95th percentile of submissions may take while the dates of
	// open dossiers are counted anew.
	barRederive = 2
	barLookup   = 0.4 // look-up pages to bare pages of the same size
)

// Below says which of the measured shares lie below their bars; nil if none does.
func (r Report) Below() error {
	var low []error
	check := func(what string, have, bare, bar float64) {
		if have < bar*bare {
			low = append(low, fmt.Errorf("%s: %.2f of the bare loop, at least %.2f is wanted", what, have/bare, bar))
		}
	}
	for _, x := range r.Submits {
		check(fmt.Sprintf("final submission on %s at %s", x.Engine, x.Where), x.Product, x.Bare, barSubmit)
	}
	for _, x := range r.Completions {
		check(fmt.Sprintf("completed tasks on %s", x.Engine), x.Product, x.Bare, barComplete)
	}
	for _, x := range r.Uploads {
		check(fmt.Sprintf("papers with %s", x.Engine), x.Product, x.Bare, barUpload)
	}
	for _, x := range r.Pages {
		check(fmt.Sprintf("public look-up on %s", x.Engine), x.Rate, x.Bare, barLookup)
	}
	for _, x := range r.Rederives {
		if x.During > barRederive*x.Calm {
			low = append(low, fmt.Errorf("filing on %s while dates are counted anew: 95th percentile %s after %s, at most %d times is wanted",
				x.Engine, x.During, x.Calm, barRederive))
		}
	}
	return errors.Join(low...)
}

// onEngine measures submissions and lists on one engine.
func onEngine(ctx context.Context, o Options, dir, url string, r *Report, out io.Writer) error {
	c := config.Defaults()
	c.Data, c.Database, c.Demo = dir, config.Address(url), true
	a, err := app.New(ctx, app.Options{Config: c, Pack: o.Pack, Log: slog.New(slog.DiscardHandler), Build: o.Build})
	if err != nil {
		return err
	}
	defer a.Close(context.WithoutCancel(ctx))
	fmt.Fprintf(out, "\n%s", a.DB.Engine())
	settings, err := a.DB.Settings(ctx)
	if err != nil {
		return err
	}
	for _, s := range settings {
		weak := ""
		if !s.Good {
			weak = " (too weak for real dossiers: these figures flatter)"
		}
		fmt.Fprintf(out, ", %s %s%s", s.Name, s.Value, weak)
	}
	fmt.Fprintln(out)
	if _, err := a.LoadDemo(ctx, o.Pack); err != nil {
		return err
	}
	s, err := newStage(ctx, a, o.Clients)
	if err != nil {
		return err
	}
	// Lists come first: submissions end with the background at work, which would disturb them.
	if err := s.lists(ctx, o, r, out); err != nil {
		return err
	}
	if err := s.lookups(ctx, o, o.Dossiers, r, out); err != nil {
		return err
	}
	if err := s.worklistPage(o, o.Dossiers, r, out); err != nil {
		return err
	}
	if err := s.uploads(ctx, o, dir, r, out); err != nil {
		return err
	}
	if err := s.completions(ctx, o, r, out); err != nil {
		return err
	}
	return s.submissions(ctx, o, r, out)
}

// restingFolder makes a data folder with the demonstration's people and as many dossiers as the
// lists are measured on, where no work is waiting.
func restingFolder(ctx context.Context, o Options, dir string) error {
	c := config.Defaults()
	c.Data, c.Demo = dir, true
	a, err := app.New(ctx, app.Options{Config: c, Pack: o.Pack, Log: slog.New(slog.DiscardHandler), Build: o.Build})
	if err != nil {
		return err
	}
	defer a.Close(context.WithoutCancel(ctx))
	if _, err := a.LoadDemo(ctx, o.Pack); err != nil {
		return err
	}
	if err := a.Start(ctx); err != nil {
		return err
	}
	s, err := newStage(ctx, a, 1)
	if err != nil {
		return err
	}
	// What the new agencies and calendars set off is done before there are dossiers it would touch.
	if err := s.settle(ctx); err != nil {
		return err
	}
	if _, err = s.fill(ctx, o.Dossiers); err != nil {
		return err
	}
	return s.settle(ctx)
}

// settle waits until every event has reached whom it concerns.
func (s *stage) settle(ctx context.Context) error {
	for range int(patience / (100 * time.Millisecond)) {
		var waiting int
		if err := s.a.DB.Read(ctx).QueryRow("SELECT count(*) FROM kit_outbox").Scan(&waiting); err != nil {
			return err
		}
		if waiting == 0 {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("events still wait after %s", patience)
}

// newDatabase creates an empty database on the server and returns its address and what drops it.
func newDatabase(ctx context.Context, server string) (url string, drop func() error, err error) {
	name := "lienthong_bench_" + fmt.Sprintf("%x", id.NewSource(nil).New())
	run := func(query string) error {
		d, err := db.Open(ctx, db.Config{URL: server, Readers: 1})
		if err != nil {
			return err
		}
		_, err = d.WritePool().ExecContext(context.WithoutCancel(ctx), query)
		return errors.Join(err, d.Close())
	}
	if url, err = withName(server, name); err != nil {
		return "", nil, err
	}
	if err := run("CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'UTF8'"); err != nil {
		return "", nil, fmt.Errorf("a database of its own for the measurement: %w", err)
	}
	return url, func() error { return run("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)") }, nil
}

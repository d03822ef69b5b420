package history

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/org"
	"lienthong/internal/module/procedure"
)

// Sources are the parts of the program that a history is written through.
type Sources struct {
	DB         *db.DB
	IDs        *id.Source
	Org        *org.Service
	Procedures *procedure.Service
	Dossiers   *dossier.Service
	Ledger     *iam.Ledger
	Pack       fs.FS
}

// Options choose a history.
type Options struct {
	Name  string // of the run, under which it is continued; empty is "history"
	Total int64  // dossiers in all, spread like the published ones; 0 is exactly those
	Batch int    // dossiers of one transaction, at least; 0 is 2,500
	// Each is called after each batch with how many dossiers are written; nil is not called. An
	// error it returns ends the run.
	Each func(done, total int64) error
}

// Result is what a run did.
type Result struct {
	Written int64 // by this run
	Total   int64
	Took    time.Duration
}

// Fill writes the history, or what is missing of it. Each batch is one transaction, so it may be
// cut off at any moment and started again with the same options; it then writes the rest and
// nothing twice. When ctx ends it stops after the batch it is at and returns ctx's error.
func Fill(ctx context.Context, s Sources, o Options) (res Result, err error) {
	start := time.Now()
	defer func() { res.Took = time.Since(start) }()
	if o.Name == "" {
		o.Name = "history"
	}
	if o.Batch <= 0 {
		o.Batch = 2500
	}
	data, err := Read(s.Pack)
	if err != nil {
		return res, err
	}
	if res.Total = o.Total; res.Total == 0 {
		res.Total = data.Total()
	}
	a, days, run, err := prepare(ctx, s, data, o.Name, res.Total)
	if err != nil {
		return res, err
	}
	first := run.Done
	if run.Done < run.Total {
		err = a.write(ctx, s, days, &run, o)
	}
	res.Written = run.Done - first
	if err != nil {
		return res, err
	}
	if run.Done != run.Total {
		return res, fmt.Errorf("the history has %d dossiers and not %d", run.Done, run.Total)
	}
	return res, s.Dossiers.CloseMonths(ctx)
}

// prepare makes the plan and finds where the run stands.
func prepare(ctx context.Context, s Sources, data *Data, name string, total int64) (*author, []Day, dossier.PastRun, error) {
	var run dossier.PastRun
	tree, err := s.Org.Tree(ctx)
	if err != nil {
		return nil, nil, run, err
	}
	roots := tree.Roots()
	if len(roots) == 0 {
		return nil, nil, run, errors.New("the province has no agencies")
	}
	cal, err := s.Org.Calendar(ctx, roots[0].ID)
	if err != nil {
		return nil, nil, run, err
	}
	days, err := Plan(data, cal, total)
	if err != nil {
		return nil, nil, run, err
	}
	past, err := s.Dossiers.NewPast(ctx, staff(data, tree))
	if err != nil {
		return nil, nil, run, err
	}
	run, begun, err := past.Run(ctx, name)
	if err != nil {
		return nil, nil, run, err
	}
	if begun && (run.Seed != data.Seed || run.Total != total) {
		return nil, nil, run, fmt.Errorf("the history %q was begun with %d dossiers (seed %d) and cannot be continued with %d (seed %d)",
			name, run.Total, run.Seed, total, data.Seed)
	}
	run.Seed, run.Total = data.Seed, total
	for begun && len(days) > 0 && days[0].Date < run.Next {
		days = days[1:]
	}
	a := &author{data: data, past: past}
	if a.market, err = open(ctx, s, data, s.Pack); err != nil {
		return nil, nil, run, err
	}
	return a, days, run, a.keep(ctx)
}

// keep stores the papers and results that the dossiers share.
func (a *author) keep(ctx context.Context) error {
	seen := map[string]bool{}
	for _, list := range a.market.stalls {
		for i := range list {
			v := list[i].what.version
			if seen[v.Code] {
				continue
			}
			seen[v.Code] = true
			if err := a.past.Keep(ctx, dossier.ResultOf(v.Code), paperContent("Result of procedure "+v.Code, "Demonstration")); err != nil {
				return err
			}
			for _, c := range v.Record.ComponentsOf("") {
				if !seen[c.Code] {
					seen[c.Code] = true
					if err := a.past.Keep(ctx, c.Code, paperContent("Paper "+c.Code, "Demonstration")); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// sealed is a batch on its way to the database, with the run's state after it.
type sealed struct {
	batch *dossier.PastBatch
	run   dossier.PastRun
	err   error
}

// write makes up one batch while the one before is being written.
func (a *author) write(ctx context.Context, s Sources, days []Day, run *dossier.PastRun, o Options) (err error) {
	ledger := ledger{s.Ledger, "history " + s.IDs.New().String()}
	defer func() { // whoever comes next need not wait for the lease to end
		err = errors.Join(err, s.DB.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error { return s.Ledger.ReleasePast(tx, ledger.holder) }))
	}()
	made := make(chan sealed)
	quit := make(chan struct{})
	defer close(quit)
	go a.make(ctx, days, *run, ledger, o.Batch, made, quit)
	for x := range made {
		if x.err != nil {
			return x.err
		}
		if err := store(ctx, s.DB, x.batch); err != nil {
			return err
		}
		*run = x.run
		if o.Each != nil {
			if err := o.Each(run.Done, run.Total); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// make fills batches of whole days until the days or the caller's patience end.
func (a *author) make(ctx context.Context, days []Day, run dossier.PastRun, l dossier.PastLedger, size int, made chan<- sealed, quit <-chan struct{}) {
	defer close(made)
	send := func(x sealed) bool {
		select {
		case made <- x:
			return x.err == nil
		case <-quit:
			return false
		}
	}
	b := a.past.Batch()
	for i, d := range days {
		if ctx.Err() != nil {
			return
		}
		lives, err := a.day(ctx, d)
		for j := 0; j < len(lives) && err == nil; j++ {
			_, err = b.Add(ctx, lives[j])
		}
		if err != nil {
			send(sealed{err: err})
			return
		}
		if b.Lives < size && i < len(days)-1 {
			continue
		}
		b.Reach(run, d.Date+1)
		b.Seal(l)
		run.Done, run.Next = run.Done+int64(b.Lives), d.Date+1
		if !send(sealed{batch: b, run: run}) {
			return
		}
		b = a.past.Batch()
	}
}

// A process that was killed a moment ago keeps the ledger's lease for some seconds.
const leasePatience = 20

// store writes the batch. While somebody else numbers the ledger's rows it waits.
func store(ctx context.Context, d *db.DB, b *dossier.PastBatch) error {
	for try := 0; ; try++ {
		err := d.WriteBulk(ctx, b.Write)
		if err == nil || !errors.Is(err, iam.ErrLease) || try == leasePatience {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// ledger lets past lives write the audit ledger.
type ledger struct {
	*iam.Ledger
	holder string
}

// Past implements dossier.PastLedger.
func (l ledger) Past(acts []dossier.LedgerAct) func(tx *db.Tx) error {
	out := make([]iam.PastAct, len(acts))
	for i := range acts {
		x := &acts[i]
		out[i] = iam.PastAct{At: x.At, Who: x.Who, Account: x.Account, Agency: x.Agency, Action: x.Action, Object: "dossier",
			ObjectID: x.ObjectID, Content: x.Content}
	}
	b := l.Ledger.Past(out)
	return func(tx *db.Tx) error { return l.RecordPast(tx, l.holder, b) }
}

package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/org"
)

// Rederive is what a change of the province's calendar costs with many open dossiers, and what people
// who file meanwhile feel of it.
type Rederive struct {
	Engine    db.Engine
	Dossiers  int           // open ones
	Moved     int           // that got another date
	Preview   time.Duration // telling whom the change touches, before it is applied
	Counted   time.Duration // reading and counting them anew, when it is
	Stored    time.Duration // writing the new dates, without the rests
	Took      time.Duration // from the change to the last new date, filing going on
	Calm      time.Duration // 95th percentile of submissions without it
	During    time.Duration // and while it runs
	Submitted int           // meanwhile
}

// rederiveClients is how many people file at the same time while dates are counted anew: half of the
// counters of a province's communes at one moment, each with the next dossier ready.
const rederiveClients = 16

// rederives measures it on one engine, in a database of its own.
func rederives(ctx context.Context, o Options, dir, server string, out io.Writer) (x Rederive, err error) {
	url := ""
	if server != "" {
		var drop func() error
		if url, drop, err = newDatabase(ctx, server); err != nil {
			return x, err
		}
		defer func() { err = errors.Join(err, drop()) }()
	}
	a, err := fresh(ctx, o, filepath.Join(dir, "rederive"), url)
	if err != nil {
		return x, err
	}
	defer a.Close(context.WithoutCancel(ctx))
	s, err := newStage(ctx, a, min(o.Clients, rederiveClients))
	if err != nil {
		return x, err
	}
	if err := s.fillOpen(ctx, o.Open); err != nil {
		return x, err
	}
	x.Engine, x.Dossiers = a.DB.Engine(), o.Open
	if err := s.rederive(ctx, o, &x); err != nil {
		return x, err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\na change of the calendar on %s\topen\tmoved\ttold before\tcounted\tstored\tall of it\tfiling, p95\tmeanwhile, p95\tfiled meanwhile\t\n", x.Engine)
	fmt.Fprintf(w, "\t%d\t%d\t%.2f s\t%.2f s\t%.1f s\t%.1f s\t%s\t%s\t%d\t\n", x.Dossiers, x.Moved, x.Preview.Seconds(), x.Counted.Seconds(), x.Stored.Seconds(),
		x.Took.Seconds(), ms(x.Calm), ms(x.During), x.Submitted)
	return x, w.Flush()
}

// rederive closes the province's offices for a day in the midst of most terms and has the dates follow
// while the clients file.
func (s *stage) rederive(ctx context.Context, o Options, x *Rederive) error {
	system := actor.With(ctx, actor.System("bench"))
	tree, err := s.a.Org.Tree(ctx)
	if err != nil {
		return err
	}
	top := tree.Roots()[0].ID
	own, err := s.a.Org.StoredCalendar(ctx, top)
	if err != nil {
		return err
	}
	day := civil.From(s.a.Now()) - 1
	for own.Config.Week[day.Weekday()] == nil || slices.ContainsFunc(own.Config.Days, func(d worktime.Day) bool { return d.Date == day }) {
		day--
	}
	storm := own
	storm.Config.Days = append(slices.Clone(own.Config.Days), worktime.Day{Date: day, Kind: worktime.Closed, Name: "Bão", Source: "Công điện"})

	calm, err := s.prepare(ctx, o.PerRound, s.communes)
	if err != nil {
		return err
	}
	_, took, err := load(len(s.clients), len(calm), func(i int) error {
		_, err := s.a.Dossiers.Submit(s.clients[calm[i].client], calm[i].id)
		return err
	})
	if err != nil {
		return err
	}
	slices.Sort(took)
	x.Calm = took[len(took)*95/100]

	drafts, err := s.prepare(ctx, 20*o.PerRound, s.communes)
	if err != nil {
		return err
	}
	before, after, err := s.a.Org.CalendarWith(ctx, top, storm.Config)
	if err != nil {
		return err
	}
	start := time.Now()
	e, err := s.a.Dossiers.AffectedByCalendar(system, top, before, after)
	if err != nil {
		return err
	}
	x.Preview = time.Since(start)
	if err := s.a.Org.SetCalendar(system, actor.System("bench"), org.StoredCalendar{Unit: top, Version: own.Version, Config: storm.Config,
		Source: own.Source, Status: own.Status}); err != nil {
		return err
	}
	return s.while(system, top, drafts, e.Moved(), x)
}

// while has the dates follow and the clients file until that is done.
func (s *stage) while(system context.Context, top id.ID, drafts []prepared, want int, x *Rederive) error {
	var over atomic.Bool
	type result struct {
		r    dossier.Rederived
		took time.Duration
		err  error
	}
	done := make(chan result, 1)
	start := time.Now()
	go func() {
		r, err := s.a.Dossiers.RederiveAll(system, top)
		over.Store(true)
		done <- result{r, time.Since(start), err}
	}()
	_, took, err := load(len(s.clients), len(drafts), func(i int) error {
		if over.Load() {
			return nil
		}
		_, err := s.a.Dossiers.Submit(s.clients[drafts[i].client], drafts[i].id)
		return err
	})
	r := <-done
	if err := errors.Join(err, r.err); err != nil {
		return err
	}
	took = slices.DeleteFunc(took, func(d time.Duration) bool { return d < 50*time.Microsecond }) // those that came after the end
	if len(took) == 0 || r.r.Moved < want {
		return fmt.Errorf("%d of %d dates moved while %d dossiers were filed", r.r.Moved, want, len(took))
	}
	slices.Sort(took)
	x.Moved, x.Counted, x.Stored, x.Took = r.r.Moved, r.r.Counted, r.r.Stored, r.took
	x.During, x.Submitted = took[len(took)*95/100], len(took)
	return nil
}

// fillOpen copies one dossier that a counter has received until n are open, received over two months
// with terms of 10 to 60 working days, some paused before, each with the date that follows.
func (s *stage) fillOpen(ctx context.Context, n int) error {
	counter := s.official(ctx, s.communes[0])
	dr, err := s.draft(counter, s.communes[0], dossier.Counter)
	if err != nil {
		return err
	}
	d, err := s.a.Dossiers.Submit(counter, dr.ID)
	if err != nil {
		return err
	}
	var doc, tasks, entries, parties rows
	for _, x := range []struct {
		to           *rows
		table, where string
	}{{&doc, "dossier_dossier", "id = $1"}, {&tasks, "dossier_task", "dossier_id = $1 AND state = 'open'"},
		{&entries, "dossier_entry", "dossier_id = $1"}, {&parties, "dossier_party", "dossier_id = $1"}} {
		if *x.to, err = readRows(ctx, s.a.DB, x.table, x.where, d.ID); err != nil {
			return err
		}
	}
	rules, ok := s.a.Dossiers.RuleSet(d.Regime)
	if !ok {
		return fmt.Errorf("no rule set %q", d.Regime)
	}
	const step = 200
	for from := 0; from < n; from += step {
		err := s.a.DB.Write(ctx, func(tx *db.Tx) error {
			for i := from; i < min(from+step, n); i++ {
				agency := s.communes[i%len(s.communes)]
				cal, err := s.a.Org.Calendar(ctx, agency)
				if err != nil {
					return err
				}
				at := s.a.Now().Add(-time.Duration(i%60*24*60+i%480+60) * time.Minute)
				term := worktime.Term{N: 10 + i%50, Unit: worktime.WorkingDay}
				clock := []worktime.Entry{{Kind: worktime.Receive, At: at}}
				for p := range i % 3 {
					pause := at.Add(time.Duration(p+1) * 20 * time.Minute)
					clock = append(clock, worktime.Entry{Kind: worktime.Pause, At: pause, Reason: worktime.Supplement},
						worktime.Entry{Kind: worktime.Resume, At: pause.Add(15 * time.Minute), Reason: worktime.Supplement})
				}
				res, err := worktime.Due(cal, term, rules, clock)
				if err != nil {
					return err
				}
				of := s.ids.New()
				set := map[string]any{"id": of, "code": fmt.Sprintf("R%06d.H03-%s", i, civil.From(at).Code()), "reception_id": agency, "decision_id": agency,
					"holder_id": agency, "submitted_at": db.Micros(at), "received_at": db.Micros(at), "due_at": db.Micros(res.Due),
					"clock": db.JSON(clock), "term": db.JSON(term)}
				if _, err := tx.Exec(doc.insert, doc.copy(set)...); err != nil {
					return err
				}
				t := tasks.copy(map[string]any{"dossier_id": of, "agency_id": agency, "unit_id": agency, "dossier_due": db.Micros(res.Due), "due_at": int64(0), "node": "none"})
				tasks.each(t, "id", func() any { return s.ids.New() })
				if _, err := tx.Exec(tasks.insert, t...); err != nil {
					return err
				}
				if _, err := tx.Exec(entries.insert, entries.copy(map[string]any{"dossier_id": of})...); err != nil {
					return err
				}
				if _, err := tx.Exec(parties.insert, parties.copy(map[string]any{"dossier_id": of, "agency_id": agency})...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if s.a.DB.Engine() == db.Postgres { // in life autovacuum has done this long ago
		_, err = s.a.DB.WritePool().ExecContext(ctx, "ANALYZE")
	}
	return err
}
